/* The singular values of a matrix while they are being found. */
#ifndef ANALYSIS_SINGULAR_PARTS_H
#define ANALYSIS_SINGULAR_PARTS_H

#include <mtui/singular_values.h>

#include "core/analysis/lapack.h"
#include "core/analysis/matrix_walk.h"

#define TRIANGLE_PANEL 32 /* columns that dtpqrt takes at once */

/* The work on one number in a factorisation of so many columns, in numbers read: a rough measure, for
 * the watch. */
#define WORK_SHARE(columns) ((uint64_t)(columns) / 3 + 1)

struct singular {
	struct lapack lapack;
	struct matrix_walk *walk;
	struct singular_values *result;
	double scale;  /* power of two: elements times it are below 1 */
	double energy; /* of the scaled elements */
};

/* The R of a QR factorisation to which rows are added: side x side, upper triangular. */
struct triangle {
	int side;
	double *r, *block, *reflectors, *work;
	int rows; /* of a block, which is column-major with this many rows */
};

/* r is zero. False when memory is exhausted. */
bool triangle_init(struct triangle *triangle, int side, int rows, struct error *err);
void triangle_free(struct triangle *triangle);

/* Takes in the block's first n rows, some at a time; the block is destroyed. Tells the watch. */
bool triangle_add(struct triangle *triangle, struct singular *singular, int n, struct error *err);

/* The singular values of the triangle, which is destroyed, side of them, largest first. */
bool triangle_values(struct triangle *triangle, struct singular *singular, double *values,
		     struct error *err);

/* Approximate ones: result->dimension of them. */
bool singular_sketch(struct singular *singular, struct error *err);

#endif
