/*
 * The cost of rounding without the codes: fast loops that give the sums of quantize_compare.
 *
 * Values are f32 as they lie in the file, unaligned, n <= BLOCK, finite. x / scale is found as
 * x * inverse; where that might round to another whole number than the quotient (they differ by at
 * most 3 of 2^24 of their size, which is at most 255), the loop divides after all. So restored
 * values are those of grid_encode, bit for bit.
 */
#ifndef KERNELS_LOSS_H
#define KERNELS_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/lanes.h"

/* Restored is round(clamp(x / scale, low, high)) * scale; low and high are whole numbers, offset
 * included, of at most 255; inverse is 1 / scale, scale within the bounds below. */
struct loss_step {
	float scale, inverse, low, high;
};

#define LOSS_LEAST_SCALE 0x1p-100f
#define LOSS_MOST_SCALE	 0x1p100f

/* A step for every element instead, in four arrays. */
struct loss_steps {
	const float *scale, *inverse, *low, *high;
};

struct loss_sums {
	double error;	 /* of (x - x')^2 */
	double original; /* of x^2 */
};

struct loss_kernels {
	/* Widens [*low, *high]; false, and the range means nothing, if a value is not finite. */
	bool (*range)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* Of element i widens [low[i], high[i]]. */
	bool (*range_each)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* Step i is that of the elements from size * i on; size is a power of two, at least LANES. */
	void (*restore)(const uint8_t *bytes, size_t n, size_t size, const struct loss_step *steps,
			float *restored);
	void (*restore_each)(const uint8_t *bytes, size_t n, const struct loss_steps *steps,
			     float *restored);
	void (*sums)(const uint8_t *bytes, size_t n, const float *restored,
		     struct loss_sums *sums);
};

extern const struct loss_kernels loss_kernels_plain;
#if defined(__x86_64__)
extern const struct loss_kernels loss_kernels_avx2;
extern const struct loss_kernels loss_kernels_avx512;
#endif

/* The variant in use. */
const struct loss_kernels *loss_current(void);

#endif
