/*
 * The scalars of one tag: step, wall time and value of every point, in the order of the log.
 *
 * A series is immutable. Its points lie in chunks that later versions of the series share, packed
 * to a few bytes a point, so reading goes by chunk: series_steps and its brothers unpack one
 * column of one chunk. What each chunk spans is known without unpacking it; a chart of a million
 * points needs to unpack only those chunks that its columns cut.
 *
 * Nothing is thinned out or sorted: steps may repeat and go back (a restart), values may be NaN
 * and infinite. A log without wall times has NaN there.
 */
#ifndef MTUI_SERIES_H
#define MTUI_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

#define SERIES_CHUNK 256 /* most points of one chunk */

enum series_role {
	SERIES_METRIC,
	SERIES_AXIS,  /* counts or dates the others: step, epoch, _timestamp, tokens seen */
	SERIES_SYSTEM /* of the machine: GPU memory, CPU load */
};

/* Values of one column as differences from the smallest: `bits` holds count numbers of `width`
 * bytes. With width 0 the i-th is base + i * stride. Wall times are doubles whose bits are taken
 * as an integer; values likewise, those of floats in 32 bits where that loses nothing. */
struct series_column {
	uint64_t base, stride;
	const uint8_t *bits;
	uint8_t width;
};

struct series_chunk {
	uint32_t count;		    /* 1 to SERIES_CHUNK */
	uint32_t nan, infinite;	    /* among the values */
	bool ordered;		    /* steps never go back inside */
	bool narrow;		    /* the values column holds floats */
	int64_t step_min, step_max;
	double wall_min, wall_max;  /* of those that are not NaN; NaN when none is */
	double first, last;	    /* values */
	double low, high;	    /* smallest and largest finite value; NaN when there is none */
	double sum;		    /* of the finite values */
	struct series_column steps, walls, values;
};

struct series {
	struct text tag; /* raw bytes: show it through the gate */
	enum series_role role;
	bool ordered;	 /* steps never go back */
	uint64_t count;	 /* points, at least 1 */
	size_t chunk_count;
	const struct series_chunk *const *chunks;
	const uint64_t *starts; /* index of each chunk's first point; chunk_count entries */
	uint64_t nan, infinite;
	int64_t step_min, step_max;
	double wall_min, wall_max;
	double low, high; /* of the finite values; NaN when there is none */
};

struct series_point {
	int64_t step;
	double wall_time;
	double value;
};

/* One point, by its index below count; for one or a few, not for a loop over all. */
struct series_point series_point(const struct series *series, uint64_t index);

/* Unpack a column of a chunk into room for SERIES_CHUNK. */
void series_steps(const struct series_chunk *chunk, int64_t *steps);
void series_walls(const struct series_chunk *chunk, double *walls);
void series_values(const struct series_chunk *chunk, double *values);

/* The chunk that holds the point of this index. */
size_t series_chunk_of(const struct series *series, uint64_t index);

/* Index of the first point whose step is at least `step`, count if there is none. In a series that
 * is not ordered: the first one in the order of the log. */
uint64_t series_find_step(const struct series *series, int64_t step);

#endif
