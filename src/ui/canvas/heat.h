/*
 * Heat maps on a scale around zero.
 *
 * A value has one of nine levels, -4 to 4: its share of the limit, rounded to quarters. Without
 * colours the glyph says it: one ramp for positive values, another one for negative ones, a blank
 * for zero. As pixels, two rows of values share a row of cells and colours alone say it.
 */
#ifndef CANVAS_HEAT_H
#define CANVAS_HEAT_H

#include <stddef.h>

#include "ui/canvas/canvas.h"

#define HEAT_LEVELS 4 /* on each side of zero */

struct heat {
	double limit; /* of the scale, above 0: values beyond have the last level */
	bool pixels;
};

/* NaN has none: 0. */
int heat_level(const struct heat *heat, double value);

/* One value in `columns` x `rows` cells; as pixels, y and rows count half cells. A NaN is a '?'
 * where `missing`, else a blank. */
void heat_put(struct canvas *canvas, const struct heat *heat, int x, int y, int columns, int rows,
	      double value, bool missing);

/* "-0.31 %=-'  .+*# 0.31" from column x on; returns the column after it. */
int heat_legend(struct canvas *canvas, const struct heat *heat, int x, int y);

/* What the values are like; zero before the first. NaN is left out. */
struct heat_survey {
	double largest, squares; /* magnitude, sum */
	size_t n;
};

void heat_survey_add(struct heat_survey *survey, double value);

/* A limit that shows most of the values: three root mean squares, at most the largest magnitude; 1
 * where all are zero. With `all` the largest magnitude. */
double heat_survey_limit(const struct heat_survey *survey, bool all);

#endif
