/*
 * Line charts: several series over two axes. Pure.
 *
 * The chart asks every series, column by column of dots, what it has there, so it costs by columns
 * whatever the number of points: 2 x 4 dots a cell in braille, 2 x 2 in blocks, 1 in ascii. Series
 * differ by role and by dash (in ascii by their character), so colour alone says nothing.
 */
#ifndef CANVAS_LINE_CHART_H
#define CANVAS_LINE_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas/axis.h"
#include "ui/canvas/canvas.h"

#define CHART_STYLES 6

/* Role of the series that stands at that place of a legend, over and over. */
enum role chart_role(unsigned style);

/* What a series has between two x. */
struct chart_part {
	double min, max;    /* of the finite values */
	double first, last; /* in the order of x; NaN and infinite break the line */
	bool any, finite;   /* there are points; some of them are finite */
};

struct chart_line {
	const void *source;
	/* [low, high), with closed also high itself; pieces are drawn apart. */
	struct chart_part (*part)(const void *source, unsigned piece, double low, double high,
				  bool closed);
	double (*at)(const void *source, unsigned piece, double x); /* NaN outside of the piece */
	unsigned pieces;
	unsigned style;	 /* role and dash */
	bool background; /* dim: the values that were smoothed */
};

/* The area between two series. */
struct chart_band {
	const struct chart_line *low, *high;
};

struct chart_mark {
	double x;
	char letter;
	enum role role;
};

struct line_chart {
	struct axis x, y;
	const struct chart_line *lines; /* the last is drawn on top */
	size_t n_lines;
	const struct chart_band *bands;
	size_t n_bands;
	const struct chart_mark *marks; /* in a row of their own above the chart */
	size_t n_marks;
	const double *cursor;		/* x of a vertical line, or NULL */
	const char *x_title;		/* below, at the right end: "step"; mtui's own words */
	bool bare;			/* no axes: a mini chart */
};

/* Where the lines go, in cells of the canvas; width 0 when there is no room. */
struct chart_area {
	int x, y, width, height;
};

struct chart_area line_chart_area(const struct canvas *canvas, const struct line_chart *chart);
void line_chart_draw(struct canvas *canvas, const struct line_chart *chart);

/* A piece of the line as a legend shows it, that many cells wide. */
void line_chart_sample(struct canvas *canvas, int x, int y, int width, unsigned style);

#endif
