/* Which elements of a tensor share a scale, and the range of each such granule. */
#ifndef ANALYSIS_GRANULES_H
#define ANALYSIS_GRANULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/tensor.h>

/* The channel of element i is i / inner % channels; one channel is the whole tensor. */
struct granules {
	uint64_t inner, channels;
	uint64_t n;    /* granules that have elements, at most QUANT_MAX_GRANULES */
	float *low;    /* of the finite values; +Inf, -Inf where there are none */
	float *high;   /* replaced by the scale in granules_make_scales */
};

/* axis -1: per tensor. */
bool granules_init(struct granules *granules, const struct tensor *tensor, int axis,
		   struct error *err);
void granules_free(struct granules *granules);

/* Widens the ranges by n values from element `first` on; NaN is skipped. */
void granules_widen(struct granules *granules, const float *values, size_t n, uint64_t first);

/* Replaces high by max|x| / qmax, by 1 where that is 0; low and high become the overall range of
 * the values and of what they are restored to (NaN when there are none). */
void granules_make_scales(struct granules *granules, float qmax, double *low, double *high);

/* The scale of each of n elements from `first` on. */
void granules_scales(const struct granules *granules, uint64_t first, size_t n, float *scales);

#endif
