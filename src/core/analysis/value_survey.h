/*
 * The first look at the elements of any dtype, as doubles: what they are, their extremes and their
 * moments, block by block. One survey belongs to one thread; counts of several are merged.
 */
#ifndef ANALYSIS_VALUE_SURVEY_H
#define ANALYSIS_VALUE_SURVEY_H

#include <mtui/statistics.h>

#include "core/kernels/lanes.h"
#include "core/kernels/moments.h"

struct value_counts {
	uint64_t count, finite, zeros, negative, subnormal;
	uint64_t nan, posinf, neginf, first_nan, first_inf;
	double min, max;	   /* not of 64-bit integers, */
	uint64_t min_key, max_key; /* which have these: see keys.h */
	uint64_t argmin, argmax;
};

struct value_survey {
	enum dtype dtype;
	double smallest_normal, scale; /* moments are those of values times scale */
	struct value_counts counts;
	struct moments moments; /* of the blocks since they were last taken */
	/* The block at hand: its n finite values and where they stood. */
	size_t n;
	bool squeezed;
	double values[BLOCK];
	uint64_t keys[BLOCK]; /* of 64-bit integers only */
	uint16_t positions[BLOCK];
};

/* On zeroed memory. */
void value_survey_init(struct value_survey *survey, enum dtype dtype);

/* Loads a block, counts it, adds its moments. */
void value_survey_add(struct value_survey *survey, const uint8_t *bytes, size_t n, uint64_t first);

/* Only loads it; squeeze: there are NaN or infinities somewhere, which are taken out. */
void value_survey_load(struct value_survey *survey, const uint8_t *bytes, size_t n, bool squeeze);

/* Adds the moments of the block that is loaded, values multiplied by scale in place. */
void value_survey_moments(struct value_survey *survey);

void value_counts_merge(enum dtype dtype, struct value_counts *into,
			const struct value_counts *from);

/* Counts and extremes; leaves alone what NaN and UINT64_MAX stand for where there are none. */
void value_counts_report(enum dtype dtype, const struct value_counts *counts,
			 struct statistics *result);

static inline bool dtype_is_wide_integer(enum dtype dtype)
{
	return dtype == DTYPE_I64 || dtype == DTYPE_U64;
}

static inline bool dtype_is_integer(enum dtype dtype)
{
	return dtype_traits[dtype].class != CLASS_FLOAT &&
	       dtype_traits[dtype].class != CLASS_COMPLEX;
}

#endif
