/*
 * The cost of rounding without codes and restored values: the two sums that quantize_compare would
 * give of what grid_encode restores, bit for bit, at the speed of memory.
 *
 * Values are f32 as they lie in the file, unaligned, n <= BLOCK. What makes it quick:
 *
 *   x / scale    of integers is found as x * inverse. They differ by at most 3 of 2^24 of their size, which is
 *                at most 255; where that might make another whole number, the loop divides.
 *   x' - x       of integers is exact in single precision (P. H. Sterbenz, Floating-Point Computation, 1974:
 *                y / 2 <= x <= 2 y): x' is 0, or x is at most half a step away, or x is clamped by
 *                less than its own half, which those who make the steps see to.
 *   floats       with m bits of mantissa are rounded by adding 2^(exponent + 23 - m) and taking it
 *                away.
 *   levels       the range is cut into cells so narrow that each has at most one edge.
 *
 * Where a value is not finite, the sum of x^2 is not, and neither sum means anything.
 */
#ifndef KERNELS_LOSS_H
#define KERNELS_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/grid.h"
#include "core/kernels/lanes.h"

enum loss_kind { LOSS_INTEGERS, LOSS_FLOATS, LOSS_LEVELS };

#define LOSS_CELLS 32

struct loss_rule {
	enum loss_kind kind;
	/* Of floats: the largest, the bits of the least normal one, and what is added to the bits
	 * of an exponent. */
	float most;
	uint32_t least_bits, lift;
	/* Of levels: value v is in cell v * cells + origin; v > edge is restored to `above`. */
	bool mirrored;
	float cells, origin;
	float edge[LOSS_CELLS], below[LOSS_CELLS], above[LOSS_CELLS];
};

/* False for grids that there is no fast loop for. */
bool loss_rule_of(const struct grid *grid, struct loss_rule *rule);

/* x' = round(clamp(x / scale, low, high)) * scale. low and high are whole numbers of at most 255,
 * zero point included, and mean nothing for floats and levels; inverse is 1 / scale, scale within
 * the bounds below. */
struct loss_steps {
	const float *scale, *inverse, *low, *high;
};

#define LOSS_LEAST_SCALE 0x1p-100f
#define LOSS_MOST_SCALE	 0x1p100f

/* By the lanes of lanes.h, over the values of a block. */
struct loss_lanes {
	double error[LANES];	/* (x - x')^2 */
	double original[LANES]; /* x^2 */
};

/* How scales come from ranges: see quant_codec_scale. */
struct loss_law {
	float reach, low, high;
	bool affine;
};

/* Steps of the groups of a block. */
#define LOSS_GROUPS (BLOCK / LANES)

struct loss_groups {
	float least[LOSS_GROUPS], most[LOSS_GROUPS]; /* the range of each */
	float scale[LOSS_GROUPS], inverse[LOSS_GROUPS], low[LOSS_GROUPS], high[LOSS_GROUPS];
};

struct loss_kernels {
	/* Widens [*low, *high]. */
	void (*range)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* Of element i widens [low[i], high[i]]. */
	void (*range_each)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* The range of every group of `size` elements, a multiple of LANES, and the steps that
	 * follow from it; false where a scale is out of bounds. */
	bool (*group)(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		      struct loss_groups *groups);
	/* Step i is that of the elements from size * i on. Unless they end the block, n is a
	 * multiple of LANES. */
	void (*add)(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		    const struct loss_steps *steps, struct loss_lanes *lanes);
	/* Step i is that of element i. */
	void (*add_each)(const struct loss_rule *rule, const uint8_t *bytes, size_t n,
			 const struct loss_steps *steps, struct loss_lanes *lanes);
};

extern const struct loss_kernels loss_plain;
#if defined(__x86_64__)
extern const struct loss_kernels loss_avx2;
extern const struct loss_kernels loss_avx512;
#endif

/* The variant in use. */
const struct loss_kernels *loss_current(void);

#endif
