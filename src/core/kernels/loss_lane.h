/* What one element or group does, for plain C and for the rest that does not fill a vector. */
#ifndef KERNELS_LOSS_LANE_H
#define KERNELS_LOSS_LANE_H

#include <math.h>
#include <string.h>

#include "core/kernels/loss.h"

/* How near to a whole number x * inverse must be: half a step, less 3 * 2^-24 * 255 and more. */
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

/* Element i with step s goes to a lane. */
static inline void loss_add_one(const uint8_t *bytes, size_t i, const struct loss_steps *steps,
				size_t s, size_t lane, struct loss_lanes *lanes)
{
	float x = loss_load(bytes, i), rounded = x / steps->scale[s];
	double e;

	rounded = rounded > steps->low[s] ? rounded : steps->low[s];
	rounded = rounded < steps->high[s] ? rounded : steps->high[s];
	rounded = (rounded + LOSS_ROUNDER) - LOSS_ROUNDER;
	e = (double)(rounded * steps->scale[s]) - (double)x;
	lanes->error[lane] += e * e;
	lanes->original[lane] += (double)x * (double)x;
}

/* Elements from `first` on to n, of the first step or each of their own. */
static inline void loss_add_rest(const uint8_t *bytes, size_t first, size_t n, bool each,
				 const struct loss_steps *steps, struct loss_lanes *lanes)
{
	for (size_t i = first; i < n; i++)
		loss_add_one(bytes, i, steps, each ? i : 0, (i - first) % LANES, lanes);
}

static inline void loss_range_rest(const uint8_t *bytes, size_t first, size_t n, bool each,
				   float *low, float *high)
{
	for (size_t i = first; i < n; i++)
		loss_widen(loss_load(bytes, i), low + (each ? i : 0), high + (each ? i : 0));
}

/* The steps of n groups from their ranges. */
static inline bool loss_make_steps(const struct loss_law *law, struct loss_groups *groups, size_t n)
{
	uint32_t bad = 0;

	for (size_t g = 0; g < n; g++) {
		float least = groups->least[g], most = groups->most[g], scale;
		float span = -least > most ? -least : most;
		double low = least < 0 ? least : 0, high = most > 0 ? most : 0, zero;

		scale = law->affine ? (float)((high - low) / (double)law->reach) : span / law->reach;
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
