/*
 * A space of few directions in which most of the matrix A lies, and A on it.
 *
 *	basis = A' S		S: random signs, a row for each of A's
 *	basis = A' (A Q)	Q: the basis made orthonormal
 *	values of A Q
 *
 * Each line is one pass over the rows, some at a time; the last takes the rows of A Q into a
 * triangle. Q has orthonormal columns, so no value exceeds the true one.
 */
#include "core/analysis/singular_parts.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES (4 << 20) /* of rows of A */
#define BATCH_MAX   64

struct sketch {
	struct singular *singular;
	int columns, dimension;
	int batch;	  /* rows that are taken at once */
	double *rows;	  /* columns x batch: each column a row of A */
	double *part;	  /* batch x dimension: rows of S, or of A Q */
	double *basis;	  /* columns x dimension */
	double *next;	  /* likewise, being added up */
	double *tau;
	struct triangle triangle;
	enum { PASS_SIGNS, PASS_POWER, PASS_VALUES } pass;
	struct error error;
};

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014: the mixer. */
static uint64_t mixed(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void fill_signs(struct sketch *sketch, uint64_t first, int n)
{
	for (int column = 0; column < sketch->dimension; column++)
		for (int i = 0; i < n; i++) {
			uint64_t word = mixed((first + (uint64_t)i) * 4 + (uint64_t)column / 64);

			sketch->part[(size_t)column * (size_t)sketch->batch + (size_t)i] =
				word >> column % 64 & 1 ? 1 : -1;
		}
}

static void add_energy(struct sketch *sketch, int n)
{
	size_t columns = (size_t)sketch->columns;

	for (int i = 0; i < n; i++) {
		const double *row = sketch->rows + (size_t)i * columns;
		double sum = 0;

		for (size_t k = 0; k < columns; k++)
			sum += row[k] * row[k];
		sketch->singular->energy += sum;
	}
}

/* n rows are there; first is the number of the first. */
static bool take_batch(struct sketch *sketch, uint64_t first, int n)
{
	const struct lapack *lapack = &sketch->singular->lapack;
	const double zero = 0, one = 1;
	bool values = sketch->pass == PASS_VALUES;
	uint64_t work = (uint64_t)n * (uint64_t)sketch->columns * WORK_SHARE(sketch->dimension);

	/* One product, or two. */
	if (!matrix_walk_tell(sketch->singular->walk, sketch->pass == PASS_POWER ? 2 * work : work,
			      &sketch->error))
		return false;

	if (sketch->pass == PASS_SIGNS) {
		add_energy(sketch, n);
		fill_signs(sketch, first, n);
	} else {
		lapack->dgemm("T", "N", &n, &sketch->dimension, &sketch->columns, &one,
			      sketch->rows, &sketch->columns, sketch->basis, &sketch->columns,
			      &zero, values ? sketch->triangle.block : sketch->part, &sketch->batch,
			      1, 1);
	}
	if (values)
		return triangle_add(&sketch->triangle, sketch->singular, n, &sketch->error);
	lapack->dgemm("N", "N", &sketch->columns, &sketch->dimension, &n, &one, sketch->rows,
		      &sketch->columns, sketch->part, &sketch->batch, &one, sketch->next,
		      &sketch->columns, 1, 1);
	return true;
}

static bool on_values(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct sketch *sketch = context;
	size_t columns = (size_t)sketch->columns, at = (size_t)(row % (uint64_t)sketch->batch);
	double *out = sketch->rows + at * columns + column;

	for (size_t i = 0; i < n; i++)
		out[i] = values[i] * sketch->singular->scale;
	if (column + n < columns ||
	    (at + 1 < (size_t)sketch->batch && row + 1 < sketch->singular->result->rows))
		return true;
	return take_batch(sketch, row - at, (int)at + 1);
}

static bool run_pass(struct sketch *sketch, struct error *err)
{
	const struct singular_values *result = sketch->singular->result;
	struct matrix_window window = { 0, 0, result->rows, result->columns };

	if (!matrix_walk_run(sketch->singular->walk, &window, on_values, sketch, err))
		return false;
	if (sketch->error.code != ERROR_NONE && err)
		*err = sketch->error;
	return sketch->error.code == ERROR_NONE;
}

/* What was added up becomes the basis, orthonormal. */
static bool make_basis(struct sketch *sketch, struct error *err)
{
	const struct lapack *lapack = &sketch->singular->lapack;
	size_t size = (size_t)sketch->columns * (size_t)sketch->dimension;
	int room = sketch->dimension * TRIANGLE_PANEL, info = 0;
	double *work = sketch->triangle.work, *basis = sketch->next;

	lapack->dgeqrf(&sketch->columns, &sketch->dimension, basis, &sketch->columns, sketch->tau,
		       work, &room, &info);
	if (info == 0)
		lapack->dorgqr(&sketch->columns, &sketch->dimension, &sketch->dimension, basis,
			       &sketch->columns, sketch->tau, work, &room, &info);
	sketch->next = sketch->basis;
	sketch->basis = basis;
	memset(sketch->next, 0, size * sizeof(double));
	return info == 0 ||
	       error_set(err, ERROR_REFUSED, -1, "LAPACK's dgeqrf or dorgqr failed (%d)", info);
}

static bool sketch_init(struct sketch *sketch, struct error *err)
{
	const struct singular_values *result = sketch->singular->result;
	size_t columns = (size_t)result->columns, dimension = result->dimension;
	size_t batch = BATCH_BYTES / sizeof(double) / columns;

	batch = batch > BATCH_MAX ? BATCH_MAX : batch;
	sketch->columns = (int)columns;
	sketch->dimension = (int)dimension;
	sketch->batch = (int)batch;
	sketch->rows = malloc(columns * batch * sizeof(double));
	sketch->part = malloc(batch * dimension * sizeof(double));
	sketch->basis = malloc(columns * dimension * sizeof(double));
	sketch->next = calloc(columns * dimension, sizeof(double));
	sketch->tau = malloc(dimension * sizeof(double));
	if (!sketch->rows || !sketch->part || !sketch->basis || !sketch->next || !sketch->tau)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for singular values");
	return triangle_init(&sketch->triangle, sketch->dimension, sketch->batch, err);
}

bool singular_sketch(struct singular *singular, struct error *err)
{
	struct sketch sketch = { .singular = singular, .error = { .code = ERROR_NONE } };
	bool good = sketch_init(&sketch, err);

	for (sketch.pass = PASS_SIGNS; sketch.pass <= PASS_VALUES && good; sketch.pass++)
		good = run_pass(&sketch, err) &&
		       (sketch.pass == PASS_VALUES || make_basis(&sketch, err));
	good = good && triangle_values(&sketch.triangle, singular, singular->result->values, err);
	free(sketch.rows);
	free(sketch.part);
	free(sketch.basis);
	free(sketch.next);
	free(sketch.tau);
	triangle_free(&sketch.triangle);
	return good;
}
