/* What one element or group does, for plain C and for the rest that does not fill a vector. */
#ifndef KERNELS_LOSS_LANE_H
#define KERNELS_LOSS_LANE_H

#include <math.h>
#include <string.h>

#include "core/kernels/loss.h"

/* How near to a whole number x * inverse must be: half a step, less what rounding x * inverse and
 * x' can make of 255 steps, 3 * 2^-16. */
#define LOSS_SURE (0.5f - 0x1p-14f)

/* Adding and taking away 1.5 * 2^23 rounds a float below 2^22 to an integer, ties to even. */
#define LOSS_ROUNDER 0x1.8p23f

static inline float loss_load(const uint8_t *bytes, size_t i)
{
	float value;

	memcpy(&value, bytes + 4 * i, sizeof value);
	return value;
}

static inline void loss_widen(float x, float *low, float *high)
{
	*low = x < *low ? x : *low;
	*high = x > *high ? x : *high;
}

static inline float loss_round_integer(float steps, float low, float high)
{
	steps = steps > low ? steps : low;
	steps = steps < high ? steps : high;
	return (steps + LOSS_ROUNDER) - LOSS_ROUNDER;
}

static inline float loss_round_float(const struct loss_rule *rule, float steps)
{
	float size = fabsf(steps) < rule->most ? fabsf(steps) : rule->most, lift;
	uint32_t bits;

	memcpy(&bits, &size, sizeof bits);
	bits &= 0x7f800000;
	bits = (bits > rule->least_bits ? bits : rule->least_bits) + rule->lift;
	memcpy(&lift, &bits, sizeof lift);
	return copysignf((size + lift) - lift, steps);
}

static inline float loss_round_level(const struct loss_rule *rule, float steps)
{
	float value = rule->mirrored ? fabsf(steps) : steps;
	float place = value * rule->cells + rule->origin;
	size_t cell = place > 0 ? place < LOSS_CELLS - 1 ? (size_t)place : LOSS_CELLS - 1 : 0;
	float level = value > rule->edge[cell] ? rule->above[cell] : rule->below[cell];

	return rule->mirrored ? copysignf(level, steps) : level;
}

/* The next element, with step s. */
static inline void loss_add_one(const struct loss_rule *rule, const uint8_t *bytes, size_t i,
				const struct loss_steps *steps, size_t s, bool wide,
				struct squares *squares)
{
	float x = loss_load(bytes, i), scale = steps->scale[s], rounded;

	if (rule->kind == LOSS_INTEGERS)
		rounded = loss_round_integer(x / scale, steps->low[s], steps->high[s]);
	else if (rule->kind == LOSS_FLOATS)
		rounded = loss_round_float(rule, x / scale);
	else
		rounded = loss_round_level(rule, x * steps->inverse[s]);
	squares_add(squares, x, rounded * scale, wide);
}

static inline void loss_range(const uint8_t *bytes, size_t first, size_t n, float *low, float *high)
{
	for (size_t i = first; i < n; i++)
		loss_widen(loss_load(bytes, i), low, high);
}

static inline void loss_range_each(const uint8_t *bytes, size_t first, size_t n, float *low,
				   float *high)
{
	for (size_t i = first; i < n; i++) {
		float x = loss_load(bytes, i);

		if (low)
			low[i] = x < low[i] ? x : low[i];
		x = low ? x : fabsf(x);
		high[i] = x > high[i] ? x : high[i];
	}
}

/* See struct loss_groups. */
static inline void loss_range_group(const uint8_t *bytes, size_t n, bool affine, float *least,
				    float *most)
{
	*least = INFINITY;
	*most = -INFINITY;
	loss_range(bytes, 0, n, least, most);
	if (!affine) {
		*most = -*least > *most ? -*least : *most;
		*least = -*most;
	}
}

/* The steps of groups from `first` to `end` from their ranges. */
static inline bool loss_make_steps(const struct loss_law *law, struct loss_groups *groups,
				   size_t first, size_t end)
{
	uint32_t bad = 0;

	for (size_t g = first; g < end; g++) {
		float least = groups->least[g], most = groups->most[g], scale;
		double low = least < 0 ? least : 0, high = most > 0 ? most : 0, zero;

		scale = law->affine ? (float)((high - low) / (double)law->reach)
				    : most / law->reach;
		scale = scale > 0 ? scale : 1;
		/* As LOSS_ROUNDER, for double. */
		zero = (-low / (double)scale + 0x1.8p52) - 0x1.8p52;
		zero = zero < (double)law->reach ? zero : (double)law->reach;
		zero = law->affine ? zero : 0;
		groups->scale[g] = scale;
		groups->inverse[g] = 1 / scale;
		groups->low[g] = law->low - (float)zero;
		groups->high[g] = law->high - (float)zero;
		bad |= !(scale >= LOSS_LEAST_SCALE && scale <= LOSS_MOST_SCALE);
	}
	return !bad;
}

#endif
