/*
 * Singular values of a matrix, and how much of it a matrix of lower rank can keep.
 *
 * The energy is the sum of the squares: that of all elements, and of all singular values. By the
 * theorem of Eckart and Young no matrix of rank r keeps more of it than the first r squares.
 *
 * Up to a shorter side of SINGULAR_EXACT_SIDE and SINGULAR_EXACT_WORK operations all values are
 * exact to rounding (some 1e-15 of the largest): QR factorisations of one stretch of the matrix
 * after another, never the matrix' product with itself, then a bidiagonal form and its values
 * (LAPACK's dtpqrt, dlabrd, dlasq1). Beyond, they are approximate: those of the matrix on a space of
 * `dimension` directions, found from random signs and one power iteration (N. Halko,
 * P. Martinsson, J. Tropp, SIAM Review 53, 2011, algorithm 4.3). Each is then at most the true one,
 * each rank at least the true one.
 *
 * Memory stays below 64 MiB at any size. Numbers are in double; scaled, so nothing overflows.
 */
#ifndef MTUI_SINGULAR_VALUES_H
#define MTUI_SINGULAR_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/matrix.h>
#include <mtui/statistics.h>

#define SINGULAR_EXACT_SIDE 2048
#define SINGULAR_EXACT_WORK 0x1p37  /* 2 x longer side x shorter side squared */
#define SINGULAR_MAX_COLUMNS 131072 /* more than these, where the rows are many as well, are refused */

/* Shares of the energy, in percent, whose ranks are told. */
#define SINGULAR_SHARES(X) X(90) X(99) X(99.9)
#define SINGULAR_N_SHARES 3

extern const double singular_shares[SINGULAR_N_SHARES];

struct singular_values {
	struct matrix matrix;
	uint64_t rows, columns; /* of which: the matrix' whole rows */
	uint32_t n;		/* the shorter side, or the dimension */
	double *values;		/* largest first */
	bool approximate;
	uint32_t dimension;	/* of the space, 0 where exact */
	double norm;		/* root of the energy; exact in both ways */
	double kept;		/* share of the energy in the values; 1 where exact */
	uint32_t ranks[SINGULAR_N_SHARES]; /* least that keep so much; 0: more than n, or no energy */
	uint32_t rank; /* values above max(rows, columns) 2^-52 of the largest; 0 where approximate */
};

/* NaN and infinities, and too many rows and columns, are ERROR_REFUSED, so is a machine without
 * LAPACK; the rest as in matrix_of. On success the caller frees the result. */
bool singular_values_compute(const struct model *model, const struct tensor *tensor,
			     const struct matrix_view *view, const struct analysis_watch *watch,
			     struct singular_values *result, struct error *err);
void singular_values_free(struct singular_values *values);

/* Share of the energy that the first `rank` values have. */
double singular_values_kept(const struct singular_values *values, uint32_t rank);

#endif
