/*
 * A triangle R that takes in rows, and its singular values.
 *
 * LAPACK's dgesdd cannot be stopped, and for a side of 2,048 it takes many seconds. The work is in
 * its first step, to a bidiagonal form, which goes panel by panel (dlabrd, then two products, as in
 * dgebrd); so that is done here, and the watch is asked after each panel.
 */
#include "core/analysis/singular_parts.h"

#include <stdlib.h>

#define PANEL	     16
#define WORK_AT_ONCE 0x1p27 /* of a factorisation */

bool triangle_init(struct triangle *triangle, int side, int rows, struct error *err)
{
	size_t n = (size_t)side;

	*triangle = (struct triangle){ .side = side, .rows = rows };
	triangle->r = calloc(n * n, sizeof(double));
	triangle->block = malloc(n * (size_t)rows * sizeof(double));
	triangle->reflectors = malloc(n * TRIANGLE_PANEL * sizeof(double));
	triangle->work = malloc(n * TRIANGLE_PANEL * sizeof(double));
	return (triangle->r && triangle->block && triangle->reflectors && triangle->work) ||
	       error_set(err, ERROR_MEMORY, -1, "out of memory for singular values");
}

void triangle_free(struct triangle *triangle)
{
	free(triangle->r);
	free(triangle->block);
	free(triangle->reflectors);
	free(triangle->work);
	*triangle = (struct triangle){ 0 };
}

/* Rows that take about a tenth of a second. */
static int rows_at_once(int side)
{
	int rows = (int)(WORK_AT_ONCE / ((double)side * side));

	return rows < TRIANGLE_PANEL ? TRIANGLE_PANEL : rows;
}

bool triangle_add(struct triangle *triangle, struct singular *singular, int n, struct error *err)
{
	int side = triangle->side, panel = side < TRIANGLE_PANEL ? side : TRIANGLE_PANEL;
	int none = 0, info = 0, step = rows_at_once(side), rows;

	for (int at = 0; at < n; at += rows) {
		rows = n - at < step ? n - at : step;
		singular->lapack.dtpqrt(&rows, &side, &none, &panel, triangle->r, &side,
					triangle->block + at, &triangle->rows, triangle->reflectors,
					&panel, triangle->work, &info);
		if (info != 0)
			return error_set(err, ERROR_REFUSED, -1, "LAPACK's dtpqrt failed (%d)", info);
		if (!matrix_walk_tell(singular->walk, (uint64_t)rows * (uint64_t)side * WORK_SHARE(side),
				      err))
			return false;
	}
	return true;
}

struct bidiagonal {
	double *d, *e, *tau_q, *tau_p, *x, *y; /* x and y: side x PANEL */
	double *memory;
};

static bool bidiagonal_init(struct bidiagonal *bidiagonal, size_t n, struct error *err)
{
	double *memory = malloc((4 + 2 * PANEL) * n * sizeof(double));

	if (!memory)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for singular values");
	*bidiagonal = (struct bidiagonal){ memory,	   memory + n,	   memory + 2 * n,
					   memory + 3 * n, memory + 4 * n,
					   memory + (4 + PANEL) * n, memory };
	return true;
}

/* One panel from row and column `at` on, and what it changes in the rest. */
static void reduce_panel(const struct lapack *lapack, struct bidiagonal *b, double *a, int side,
			 int at)
{
	const double one = 1, minus = -1;
	const int panel = PANEL;
	int n = side - at, rest = n - panel;
	size_t lda = (size_t)side;
	double *corner = a + (size_t)at * lda + at;
	double *trailing = corner + panel * lda + panel;

	lapack->dlabrd(&n, &n, &panel, corner, &side, b->d + at, b->e + at, b->tau_q + at,
		       b->tau_p + at, b->x, &side, b->y, &side);
	lapack->dgemm("N", "T", &rest, &rest, &panel, &minus, corner + panel, &side,
		      b->y + panel, &side, &one, trailing, &side, 1, 1);
	lapack->dgemm("N", "N", &rest, &rest, &panel, &minus, b->x + panel, &side,
		      corner + panel * lda, &side, &one, trailing, &side, 1, 1);
}

static bool reduce(const struct lapack *lapack, struct bidiagonal *b, double *a, int side,
		   struct matrix_walk *walk, struct error *err)
{
	int at = 0, info = 0, n;

	for (; side - at > 2 * PANEL; at += PANEL) {
		double left = side - at;

		reduce_panel(lapack, b, a, side, at);
		if (!matrix_walk_tell(walk, (uint64_t)(4 * PANEL * left * left / side) * WORK_SHARE(side),
				      err))
			return false;
	}
	n = side - at;
	lapack->dgebd2(&n, &n, a + (size_t)at * (size_t)side + at, &side, b->d + at, b->e + at,
		       b->tau_q + at, b->tau_p + at, b->x, &info);
	return info == 0 ||
	       error_set(err, ERROR_REFUSED, -1, "LAPACK's dgebd2 failed (%d)", info);
}

bool triangle_values(struct triangle *triangle, struct singular *singular, double *values,
		     struct error *err)
{
	int side = triangle->side, info = 0;
	struct bidiagonal b = { 0 };
	bool good;

	for (int column = 0; column < side; column++)
		for (int row = column + 1; row < side; row++)
			triangle->r[(size_t)column * (size_t)side + (size_t)row] = 0;
	if (!bidiagonal_init(&b, (size_t)side, err))
		return false;
	good = reduce(&singular->lapack, &b, triangle->r, side, singular->walk, err);
	if (good) {
		singular->lapack.dlasq1(&side, b.d, b.e, b.x, &info);
		good = info == 0 ||
		       error_set(err, ERROR_REFUSED, -1, "LAPACK's dlasq1 failed (%d)", info);
	}
	for (int i = 0; i < side && good; i++)
		values[i] = b.d[i];
	free(b.memory);
	return good;
}
