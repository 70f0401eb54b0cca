/*
 * The cost of rounding without codes and restored values: the two sums that quantize_compare gives
 * of what grid_encode restores, bit for bit, at the speed of memory.
 *
 * Values are f32 as they lie in the file, unaligned, n <= BLOCK. What makes it quick:
 *
 *   x / scale    is found as x * inverse. Where the two might be rounded differently, which shows
 * in the error, the loop divides: it is then next to the largest that rounding can make. x' - x of
 * integers is exact in single precision (P. H. Sterbenz, Floating-Point Computation, 1974: y / 2 <=
 * x <= 2 y): x' is 0, or x is at most half a step away, or x is clamped by less than its own half,
 * which those who make the steps see to. floats       with m bits of mantissa are rounded by adding
 * 2^(exponent + 23 - m) and taking it away. levels       the range is cut into cells so narrow that
 * each has at most one edge. sums         are those of squares.h: squares in single precision, few
 * of them added.
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
#include "core/kernels/squares.h"

enum loss_kind { LOSS_INTEGERS, LOSS_FLOATS, LOSS_LEVELS };

#define LOSS_CELLS 32
#define LOSS_TREE  16

struct loss_rule {
	enum loss_kind kind;
	/* Values may lie beyond what the codes reach, by more than rounding makes of it. */
	bool clamped;
	/* Of floats: the largest, the bits of the least normal one, what is added to the bits of an
	 * exponent, and the share of that which rounding misses at most, less a little. */
	float most, sure;
	uint32_t least_bits, lift;
	/* Of levels: value v is in cell v * cells + origin; v > edge is restored to `above`. The
	 * same as a search tree: below edge k, which parts the levels in halves, are edges 2 * k
	 * and 2 * k + 1; those there are none of are infinite. Levels of even and of odd number. */
	bool mirrored;
	float cells, origin;
	float edge[LOSS_CELLS], below[LOSS_CELLS], above[LOSS_CELLS];
	float tree[LOSS_TREE], even[LOSS_TREE / 2], odd[LOSS_TREE / 2];
};

/* False for grids that there is no fast loop for. `clamped` is set; callers that know better clear
 * it. */
bool loss_rule_of(const struct grid *grid, struct loss_rule *rule);

/* x' = round(clamp(x / scale, low, high)) * scale. low and high are whole numbers of at most 255,
 * zero point included, and mean nothing for floats and levels, or where nothing is clamped; inverse
 * is 1 / scale, scale within the bounds below. */
struct loss_steps {
	const float *scale, *inverse, *low, *high;
};

#define LOSS_LEAST_SCALE 0x1p-100f
#define LOSS_MOST_SCALE	 0x1p100f

/* How scales come from ranges: see quant_codec_scale. */
struct loss_law {
	float reach, low, high;
	bool affine;
};

/* Steps of the groups of a block. */
#define LOSS_GROUPS (BLOCK / LANES)

struct loss_groups {
	float least[LOSS_GROUPS],
		most[LOSS_GROUPS]; /* the range of each; of magnitudes if not affine */
	float scale[LOSS_GROUPS], inverse[LOSS_GROUPS], low[LOSS_GROUPS], high[LOSS_GROUPS];
};

struct loss_kernels {
	/* Widens [*low, *high]. */
	void (*range)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* Of element i widens [low[i], high[i]]; with low NULL only the magnitude high[i] >= 0. */
	void (*range_each)(const uint8_t *bytes, size_t n, float *low, float *high);
	/* The range of every group of `size` elements, a multiple of LANES, and the steps that
	 * follow from it; false where a scale is out of bounds. */
	bool (*group)(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		      struct loss_groups *groups);
	/* Elements of a block after those that are in the sums. Step i is that of the elements from
	 * size * i on; with size 0 there is one step for all, with 1 each has its own. Unless they
	 * end the block, n and size are multiples of LANES. `wide` adds in double. What lies
	 * `ahead` bytes further is asked for, unless that is 0. */
	void (*add)(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		    const struct loss_steps *steps, size_t ahead, bool wide,
		    struct squares *squares);
};

extern const struct loss_kernels loss_plain;
#if defined(__x86_64__)
extern const struct loss_kernels loss_avx2;
extern const struct loss_kernels loss_avx512;
#endif

/* The variant in use. */
const struct loss_kernels *loss_current(void);

#endif
