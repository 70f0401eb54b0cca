#include "core/kernels/grid.h"

#include <float.h>
#include <math.h>

#include "core/kernels/lanes.h"
#include "core/kernels/quantize.h"

static const float nf4_levels[16] = {
	-1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
	-0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
	0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
	0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
};

static const float fp4_magnitudes[8] = {
	0, 0.00520833349943161f, 0.16666667163372040f, 0.25f,
	0.3333333432674408f, 0.5f, 0.6666666865348816f, 1,
};

void grid_integer(struct grid *grid, int low, int high)
{
	*grid = (struct grid){ .kind = GRID_INTEGER, .low = (float)low, .high = (float)high };
}

void grid_float(struct grid *grid, enum minifloat_id format)
{
	*grid = (struct grid){ .kind = GRID_FLOAT, .format = &minifloats[format] };
}

void grid_sign(struct grid *grid)
{
	*grid = (struct grid){ .kind = GRID_SIGN };
}

void grid_levels(struct grid *grid, const float *levels, size_t n, bool mirrored)
{
	*grid = (struct grid){ .kind = GRID_LEVELS, .n_levels = n, .mirrored = mirrored };
	for (size_t i = 0; i < n; i++) {
		double next = (double)levels[i + 1 < n ? i + 1 : i];

		grid->levels[i] = levels[i];
		grid->edges[i] = i + 1 < n ? (float)(((double)levels[i] + next) / 2) : INFINITY;
	}
}

void grid_nf4(struct grid *grid)
{
	grid_levels(grid, nf4_levels, 16, false);
}

void grid_fp4(struct grid *grid)
{
	grid_levels(grid, fp4_magnitudes, 8, true);
}

uint32_t grid_codes(const struct grid *grid)
{
	switch (grid->kind) {
	case GRID_INTEGER:
		return (uint32_t)(grid->high - grid->low) + 1;
	case GRID_FLOAT:
		return grid->format->levels;
	case GRID_LEVELS:
		return (uint32_t)grid->n_levels << grid->mirrored;
	case GRID_SIGN:
		break;
	}
	return 3;
}

float grid_reach(const struct grid *grid)
{
	switch (grid->kind) {
	case GRID_INTEGER:
		return grid->high;
	case GRID_FLOAT:
		return grid->format->max;
	case GRID_LEVELS:
		return grid->levels[grid->n_levels - 1];
	case GRID_SIGN:
		break;
	}
	return 1;
}

/* In [0, 1): the finalizer of SplitMix64 over seed and number. */
static double chance(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static double share_of(const struct grid *grid, uint64_t number)
{
	return grid->rounding == ROUNDING_STOCHASTIC ? chance(grid->seed, number) : 0;
}

/* Adding and taking away 3 * 2^22 rounds to nearest even what is less than 2^22. */
#define ROUNDER 0x1.8p23f

static size_t encode_even(const struct grid *grid, const float *values, const float *scales,
			  const float *offsets, size_t n, uint16_t *codes, float *restored)
{
	uint32_t clipped = 0;

	for (size_t i = 0; i < n; i++) {
		float low = grid->low - offsets[i], high = grid->high - offsets[i];
		float steps = values[i] / scales[i];

		clipped += (steps < low - 0.5f) | (steps > high + 0.5f);
		steps = steps > low ? steps : low;
		steps = steps < high ? steps : high;
		steps = (steps + ROUNDER) - ROUNDER;
		restored[i] = steps * scales[i];
		codes[i] = (uint16_t)(int32_t)(steps - low);
	}
	return clipped;
}

/* A whole number of either sign. */
static double whole(const struct grid *grid, float steps, uint64_t number)
{
	if (grid->rounding == ROUNDING_STOCHASTIC)
		return floor((double)steps + share_of(grid, number));
	return copysign(round_steps(fabs((double)steps), grid->rounding, 0), (double)steps);
}

static size_t encode_integer(const struct grid *grid, const float *values, const float *scales,
			     const float *offsets, size_t n, uint64_t first, uint16_t *codes,
			     float *restored)
{
	size_t clipped = 0;

	for (size_t i = 0; i < n; i++) {
		float low = grid->low - offsets[i], high = grid->high - offsets[i];
		float steps = values[i] / scales[i];
		double rounded = whole(grid, steps, first + i);

		clipped += steps < low - 0.5f || steps > high + 0.5f;
		rounded = rounded < (double)low ? (double)low : rounded;
		rounded = rounded > (double)high ? (double)high : rounded;
		restored[i] = (float)rounded * scales[i];
		codes[i] = (uint16_t)((float)rounded - low);
	}
	return clipped;
}

static size_t encode_float(const struct grid *grid, const float *values, const float *scales,
			   size_t n, uint64_t first, uint16_t *codes, float *restored)
{
	size_t clipped = 0;

	for (size_t i = 0; i < n; i++) {
		float steps = values[i] / scales[i], nearest;

		nearest = minifloat_round(grid->format, steps, grid->rounding,
					  share_of(grid, first + i));
		clipped += fabsf(steps) > grid->format->max * (1 + FLT_EPSILON);
		restored[i] = nearest * scales[i];
		codes[i] = (uint16_t)minifloat_code(grid->format, nearest);
	}
	return clipped;
}

static size_t level_of(const struct grid *grid, float value)
{
	size_t low = 0, high = grid->n_levels - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (value > grid->edges[middle])
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t encode_levels(const struct grid *grid, const float *values, const float *scales,
			    size_t n, uint16_t *codes, float *restored)
{
	float least = grid->mirrored ? -grid_reach(grid) : grid->levels[0];
	float reach = grid_reach(grid) * (1 + FLT_EPSILON);
	size_t clipped = 0;

	least -= fabsf(least) * FLT_EPSILON;
	for (size_t i = 0; i < n; i++) {
		float steps = values[i] * (1 / scales[i]);
		bool negative = grid->mirrored && steps < 0;
		size_t level = level_of(grid, negative ? -steps : steps);
		float nearest = negative ? -grid->levels[level] : grid->levels[level];

		clipped += steps < least || steps > reach;
		restored[i] = nearest * scales[i];
		codes[i] = (uint16_t)(level + (negative ? grid->n_levels : 0));
	}
	return clipped;
}

static void encode_sign(const float *values, const float *scales, const float *offsets, size_t n,
			uint16_t *codes, float *restored)
{
	for (size_t i = 0; i < n; i++) {
		bool zero = fabsf(values[i]) <= offsets[i];

		restored[i] = zero ? 0 : values[i] < 0 ? -scales[i] : scales[i];
		codes[i] = zero ? 2 : values[i] < 0;
	}
}

size_t grid_encode(const struct grid *grid, const float *values, const float *scales,
		   const float *offsets, size_t n, uint64_t first, uint16_t *codes,
		   float *restored)
{
	switch (grid->kind) {
	case GRID_INTEGER:
		if (grid->rounding == ROUNDING_EVEN)
			return encode_even(grid, values, scales, offsets, n, codes, restored);
		return encode_integer(grid, values, scales, offsets, n, first, codes, restored);
	case GRID_FLOAT:
		return encode_float(grid, values, scales, n, first, codes, restored);
	case GRID_LEVELS:
		return encode_levels(grid, values, scales, n, codes, restored);
	case GRID_SIGN:
		encode_sign(values, scales, offsets, n, codes, restored);
		break;
	}
	return 0;
}
