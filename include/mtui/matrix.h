/*
 * A tensor as a matrix: which of its dimensions run down, which across, and which are held still.
 *
 * The first `lead` dimensions are held at one place, the number `slice` in row-major order; those up
 * to `split` become rows, the rest columns. So a matrix is always one stretch of the tensor's
 * elements, row after row. A weight [O, I, H, W] with lead 0 and split 1 has a row for each output
 * channel; with lead 2 and split 3 it is one filter.
 *
 * Scalars are 1 x 1, vectors one row. The dense shape of a sparse tensor says nothing about its
 * stored values: these are one row.
 */
#ifndef MTUI_MATRIX_H
#define MTUI_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>

struct matrix_view {
	uint32_t lead, split; /* both 0: lead 0, split 1 */
	uint64_t slice;
};

struct matrix {
	struct matrix_view view; /* nothing left open */
	uint64_t slices;	 /* there are */
	uint64_t first;		 /* element of the tensor that is the matrix' first */
	uint64_t rows, columns;	 /* rows that have elements; the shape may promise more */
	uint64_t whole_rows;	 /* those that have all of them */
	uint64_t present;	 /* elements */
};

/* Part of a matrix; both counts are at least 1. */
struct matrix_window {
	uint64_t row, column, n_rows, n_columns;
};

/* A view that the tensor has not is ERROR_USAGE; shapes without elements, slices whose elements are
 * not there, and types without numbers are ERROR_REFUSED. */
bool matrix_of(const struct tensor *tensor, const struct matrix_view *view, struct matrix *matrix,
	       struct error *err);

/* Dimensions that a view can divide: 1 for what is one row whatever its shape. */
uint32_t matrix_dims(const struct tensor *tensor);

/* The next way to see the tensor as a matrix, in a circle: all splits without a lead, then those
 * with a lead of 1, and so on. The slice is the first. */
struct matrix_view matrix_next(const struct tensor *tensor, const struct matrix_view *view);

#endif
