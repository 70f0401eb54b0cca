/* The granules of a tensor or its channels: the range of each, and then its scale. */
#ifndef ANALYSIS_GRANULES_H
#define ANALYSIS_GRANULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>

#include "core/quant/quant_codec.h"
#include "core/quant/quant_lines.h"

struct granules {
	const struct quant_lines *lines;
	uint64_t n;    /* 1, or channels that have elements; at most QUANT_MAX_GRANULES */
	bool channels; /* one a channel */
	float *low;    /* +Inf, -Inf where there are no values; then the scale */
	float *high;   /* then the offset */
	double *sums;  /* of magnitudes, and how many; NULL unless they are asked for */
	uint64_t *counts;
};

bool granules_init(struct granules *granules, const struct quant_lines *lines, bool channels,
		   bool sums, struct error *err);
/* Room for n of them, to be freed; n is bounded by QUANT_MAX_GRANULES. NULL without memory. */
float *granules_floats(size_t n);
void granules_free(struct granules *granules);

/* Of n values from a position on, NaN left out. Of sums only magnitudes above `above`, one
 * threshold a granule, or all where it is NULL. */
void granules_widen(struct granules *granules, const float *values, size_t n, uint64_t position);
void granules_sum(struct granules *granules, const float *values, size_t n, uint64_t position,
		  const float *above);

/* Turns ranges into scales and offsets. */
void granules_make_scales(struct granules *granules, const struct quant_codec *codec);

/* The scale and offset of each of n elements from a position on. */
void granules_spread(const struct granules *granules, uint64_t position, size_t n, float *scales,
		     float *offsets);

/* Elements of a piece in one granule, or, with `each`, one in every granule from there on. */
struct granule_run {
	uint64_t granule;
	size_t n;
	bool each;
};

struct granule_run granules_run(const struct granules *granules, uint64_t position, size_t left);

#endif
