/*
 * A matrix brought down to a grid of cells: what a heat map shows.
 *
 * Cell i of n over R rows stands for the rows from floor(i R / n) to floor((i + 1) R / n),
 * likewise over columns; a grid never has more cells than the window has rows or columns, so where
 * a matrix fits, each cell is one element. All values are looked at; NaN and infinities are counted
 * and kept out of the rest; complex values enter by magnitude.
 */
#ifndef MTUI_PICTURE_H
#define MTUI_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/matrix.h>
#include <mtui/statistics.h>

#define PICTURE_MAX_SIDE 4096 /* cells across, and down */
#define PICTURE_MAX_CELLS (1u << 18)

struct picture_request {
	struct matrix_view view;
	struct matrix_window window; /* n_rows or n_columns 0: all from there on */
	uint32_t across, down;	     /* cells at most, at least 1 */
};

struct picture_cell {
	double mean, min, max; /* of the finite values; NaN when there are none */
	uint64_t finite, nan, inf;
};

struct picture {
	struct matrix matrix;
	struct matrix_window window; /* inside the matrix */
	uint32_t across, down;
	struct picture_cell *cells; /* row after row */
	double min, max;	    /* of the finite values in the window; NaN when there are none */
	uint64_t finite, nan, inf;
};

/* First row (of the window) that cell i of n over `rows` rows stands for; i up to n. */
uint64_t picture_edge(uint32_t i, uint32_t n, uint64_t rows);

/* The extreme of a cell: the value whose magnitude is largest; NaN when there is none. */
double picture_extreme(const struct picture_cell *cell);

/* A window that begins outside the matrix, or a grid without cells or with too many, is
 * ERROR_USAGE; the rest as in matrix_of. On success the caller frees the result. */
bool picture_compute(const struct model *model, const struct tensor *tensor,
		     const struct picture_request *request, const struct analysis_watch *watch,
		     struct picture *picture, struct error *err);
void picture_free(struct picture *picture);

#endif
