/*
 * Counts, extremes and central moments of finite values.
 *
 * A tensor is described by merging the moments of its blocks (at most BLOCK values each) in index
 * order. Central moments of a block are taken about the block's own mean as it was rounded, in a
 * second run over values that are still in the cache, and corrected for the rounding; so a mean
 * far larger than the deviation costs no digits.
 */
#ifndef KERNELS_MOMENTS_H
#define KERNELS_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

/* A sum that carries its rounding error along (Neumaier). */
struct exact_sum {
	double high, low;
};

struct moments {
	uint64_t n;
	struct exact_sum sum, absolute;
	double mean, mean_low; /* the mean is their sum: deltas of means need the digits */
	double m2, m3, m4;     /* sums of powers of deviations from the mean */
};

struct survey {
	double min, max; /* +Inf, -Inf for no values; zeros are +0 */
	uint32_t zeros, negative, subnormal;
	uint32_t bad; /* NaN and infinite; when there are any, the rest means nothing */
};

void exact_sum_add(struct exact_sum *sum, double value);
void exact_sum_merge(struct exact_sum *into, const struct exact_sum *next);
double exact_sum_value(const struct exact_sum *sum);

/* n <= BLOCK values; those with a magnitude below smallest_normal, except 0, are subnormal. */
void survey_block(const double *values, size_t n, double smallest_normal, struct survey *survey);

/* The same of f32 as it lies in the file. */
void survey_block_f32(const uint8_t *bytes, size_t n, struct survey *survey);

/* Of finite values, n <= BLOCK. */
void moments_block(const double *values, size_t n, struct moments *moments);

/* From sums of powers 1 to 4 of x - shift, where shift is near the mean and has 24 bits, and n, at
 * most 2^29, is set; absolute is left alone. */
void moments_from_powers(struct moments *moments, double shift, const struct exact_sum powers[4]);

/* P. Pébay, SAND2008-6212, equations 2.1 and 3.1. */
void moments_merge(struct moments *into, const struct moments *next);

#endif
