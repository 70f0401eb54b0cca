/* Charts drawn into a canvas; pure functions of their data. */
#ifndef CANVAS_PLOT_H
#define CANVAS_PLOT_H

#include <stddef.h>
#include <stdint.h>

#include "ui/canvas/canvas.h"

/* One row of bars, as many columns as bins: values are shares of the largest, 0..255. */
void plot_spark(struct canvas *canvas, int x, int y, int columns, const uint8_t *shares, size_t n,
		enum role role);

/* Horizontal bar of `share` (0..1) of `columns` columns. */
void plot_share(struct canvas *canvas, int x, int y, int columns, double share, enum role role);

struct plot_histogram {
	const uint64_t *bins;	     /* n_bins counts over [low, high] */
	const uint64_t *other;	     /* drawn in ROLE_CHART_OTHER on the same axis, or NULL */
	size_t n_bins;
	double low, high;
	bool integers;		     /* a bin for each integer of [low, high] */
	bool log_counts;
	bool levels;		     /* ticks below the bars where `other` is not empty */
	const double *zero;	     /* share of the axis where 0 is, NULL: by low and high */
	const char *caption;	     /* below, right: "256 bins · linear · exact"; or NULL */
};

/* Counts of few values as those of many: each by to / of, which is at least 1. */
void plot_scale(const uint64_t *counts, size_t n, uint64_t of, uint64_t to, uint64_t *scaled);

/* Bars with a count axis left and a value axis below, filling the canvas; bins are brought to the
 * columns there are, each column standing for an equal stretch of the axis. In braille, dots; in blocks, eighths; in ascii, # and . */
void plot_histogram(struct canvas *canvas, const struct plot_histogram *histogram);

#endif
