/* Points and curves of dots: in braille eight dots a cell, in ascii one. */
#ifndef CANVAS_SCATTER_H
#define CANVAS_SCATTER_H

#include <stdbool.h>

#include "ui/canvas/canvas.h"

/* Part of the plane on a canvas that it fills; low < high on both axes. */
struct scatter {
	double low_x, high_x, low_y, high_y;
};

/* Widens a range that has no width, and rounds none of it away. */
void scatter_range(double *low, double *high);

/* Points outside, and those that are not finite, are left out. */
void scatter_point(struct canvas *canvas, const struct scatter *scatter, double x, double y,
		   enum role role);

/* The cell of a point; false for one outside. */
bool scatter_cell(const struct canvas *canvas, const struct scatter *scatter, double x, double y,
		  int *column, int *row);

/* A line of dots between two points, both inside. */
void scatter_line(struct canvas *canvas, const struct scatter *scatter, double x1, double y1,
		  double x2, double y2, enum role role);

#endif
