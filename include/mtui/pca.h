/*
 * The rows of a matrix in the plane of its first two principal components.
 *
 * Each row is a point of as many coordinates as there are columns; their mean is taken away. The
 * components are the directions of largest variance, found by the method of Lanczos with full
 * reorthogonalisation, started from a random direction, always the same: one pass over the rows a step, nothing but the
 * directions kept in memory. It ends when the residual of both is below PCA_RESIDUAL of the first
 * variance; where it ends earlier (`approximate`), each share is at most the true one. A
 * component's sign makes its coordinate of largest magnitude positive (the first of equals).
 *
 * Rows with NaN or infinities are left out.
 */
#ifndef MTUI_PCA_H
#define MTUI_PCA_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/matrix.h>
#include <mtui/statistics.h>

#define PCA_RESIDUAL	1e-10
#define PCA_MAX_COLUMNS 131072 /* more are refused */
#define PCA_POINTS	(1u << 18) /* of more rows every second, third, ... is kept */
#define PCA_OUTLIERS	16

struct pca_point {
	double x, y; /* along the first and the second component, from the mean */
};

struct pca_outlier {
	uint64_t row;
	struct pca_point point;
	double distance; /* root of x^2 / variance of x + y^2 / variance of y; the latter where it
			  * is not 0 */
};

struct pca {
	struct matrix matrix;
	uint64_t rows, columns; /* of which: the matrix' whole rows */
	uint64_t left_out;	/* of them, with NaN or infinities */
	double variance;	/* of all columns together: mean squared distance from the mean */
	double variances[2];	/* along the components */
	double shares[2];	/* of the variance */
	bool approximate;
	uint32_t steps;
	uint64_t stride;	  /* points[i] is row i * stride; NaN for a row left out */
	uint64_t n;		  /* points */
	struct pca_point *points;
	double low_x, high_x, low_y, high_y; /* of all rows */
	unsigned n_outliers;
	struct pca_outlier outliers[PCA_OUTLIERS]; /* the rows farthest out, farthest first */
};

/* Fewer than two rows, rows that are all the same, and too many columns are ERROR_REFUSED, so is a
 * machine without LAPACK; the rest as in matrix_of. On success the caller frees the result. */
bool pca_compute(const struct model *model, const struct tensor *tensor,
		 const struct matrix_view *view, const struct analysis_watch *watch,
		 struct pca *result, struct error *err);
void pca_free(struct pca *pca);

#endif
