/*
 * A series made ready to be drawn: x and y in flat arrays, smoothed, with pyramids over them, so
 * that a chart of any number of points costs by its columns.
 *
 * The points are split into pieces along which x never goes back: a run that was restarted draws a
 * second line over the first. One thread at a time.
 */
#ifndef MTUI_CURVE_H
#define MTUI_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/pyramid.h>
#include <mtui/run.h>
#include <mtui/smoothing.h>

/* What stands along the x axis. id, name */
#define CURVE_AXES(X)                                                                              \
	X(CURVE_STEP, "step")                                                                      \
	X(CURVE_EPOCH, "epoch")       /* of the run's series of that name, by step */              \
	X(CURVE_RELATIVE, "relative") /* seconds since the run's first point of any tag */         \
	X(CURVE_WALL, "wall")	      /* seconds since 1970 */                                     \
	X(CURVE_COLUMN, "column")     /* any other series of the run, by step: tokens */

enum curve_axis {
#define X(id, name) id,
	CURVE_AXES(X)
#undef X
	CURVE_AXIS_COUNT
};

extern const char *const curve_axis_names[CURVE_AXIS_COUNT];

struct curve_source {
	const struct run *run;
	const struct series *series;
	enum curve_axis axis;
	struct text column; /* tag of CURVE_COLUMN */
	double weight;	    /* of smoothing */
};

#define CURVE_PIECES_MAX 64 /* with more the points are sorted by x instead */

struct curve {
	size_t n;	/* points that have an x; in the order of the log */
	double *x, *raw;
	double *smooth; /* the same as raw where the weight is 0 */
	size_t pieces[CURVE_PIECES_MAX + 1]; /* first point of each; pieces[n_pieces] is n */
	unsigned n_pieces;
	struct pyramid raw_pyramid, smooth_pyramid;

	/* What it was made of, to go on from there. */
	size_t capacity;
	uint64_t taken; /* points of the series */
	struct smoothing smoothing;
	enum curve_axis axis;
	const void *first_chunk;
	double origin;	/* of CURVE_RELATIVE */
	bool sorted;
};

/* Zeroed is empty. Makes it of that source; where it was made of an earlier version of the same,
 * by the new points alone. Points without an x (no wall time, a column that begins later) are left
 * out; between the steps of a column its value is interpolated. False: out of memory, and the
 * curve is empty. */
bool curve_make(struct curve *curve, const struct curve_source *source);
void curve_free(struct curve *curve);

/* Of numbers that were computed, unsmoothed. */
bool curve_of_points(struct curve *curve, const double *x, const double *values, size_t n);

#define CURVE_SKETCH 128

/* What a series looks like in few points: means of its finite values over at most n equal parts of
 * its steps, ascending, with the last step of each. n is at most CURVE_SKETCH. Long series are read
 * no finer than their chunks. Returns how many there are. */
size_t curve_sketch(const struct series *series, size_t n, double x[], double mean[]);

/* The part of a piece with x in [low, high), and for the last column also x == high: its extent,
 * and its first and last value, which a line connects. */
struct curve_part {
	struct extent extent;
	double first, last; /* may be NaN or infinite */
	size_t n;
};

struct curve_part curve_part(const struct curve *curve, bool smooth, unsigned piece, double low,
			     double high, bool closed);

/* The point nearest to x, in the latest piece that reaches it; n if there is none. */
size_t curve_nearest(const struct curve *curve, double x);

/* The x of the next point that is at least `by` away from x, to the right, or to the left for a
 * negative one; of the outermost point there if none is; x itself where there is none at all. */
double curve_step_from(const struct curve *curve, double x, double by);

/* The value at x, on the line between its neighbours, in the latest piece that reaches over x; NaN
 * if none does. */
double curve_at(const struct curve *curve, bool smooth, double x);

/* Over all points. False where there is none. */
bool curve_span(const struct curve *curve, double *low, double *high);

/* Where the axis places a step of the run: for marks that stand at a step. NaN if unknown. */
double curve_x_of_step(const struct curve_source *source, int64_t step, double wall_time);

#endif
