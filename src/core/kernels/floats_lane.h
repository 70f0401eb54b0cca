/* What one element does, for plain C and for the rest that does not fill a vector. */
#ifndef KERNELS_FLOATS_LANE_H
#define KERNELS_FLOATS_LANE_H

#include <math.h>
#include <string.h>

#include "core/kernels/floats.h"

struct float_lanes {
	float min[FLOAT_LANES], max[FLOAT_LANES];
	double sums[FLOAT_SUMS][FLOAT_LANES];
};

static inline uint32_t float_bits(const uint8_t *bytes)
{
	uint32_t bits;

	memcpy(&bits, bytes, sizeof bits);
	return bits;
}

static inline float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static inline void float_lanes_start(struct float_lanes *lanes)
{
	memset(lanes, 0, sizeof *lanes);
	for (size_t k = 0; k < FLOAT_LANES; k++) {
		lanes->min[k] = INFINITY;
		lanes->max[k] = -INFINITY;
	}
}

static inline void float_lanes_add(struct float_lanes *lanes, size_t k, float x, double shift)
{
	double wide = x, d = wide - shift, square = d * d;

	lanes->min[k] = x < lanes->min[k] ? x : lanes->min[k];
	lanes->max[k] = x > lanes->max[k] ? x : lanes->max[k];
	lanes->sums[FLOAT_D1][k] += d;
	lanes->sums[FLOAT_D2][k] += square;
	lanes->sums[FLOAT_D3][k] += square * d;
	lanes->sums[FLOAT_D4][k] += square * square;
	lanes->sums[FLOAT_ABSOLUTE][k] += fabs(wide);
}

/* Elements from `first` on, a multiple of FLOAT_LANES, to n. */
static inline void float_lanes_rest(struct float_lanes *lanes, const uint8_t *bytes, size_t first,
				    size_t n, double shift, float_keys *keys)
{
	for (size_t i = first; i < n; i++) {
		uint32_t bits = float_bits(bytes + 4 * i);

		float_lanes_add(lanes, i % FLOAT_LANES, float_of(bits), shift);
		if (keys)
			(*keys)[bits >> 16][i % FLOAT_TABLES]++;
	}
}

static inline void float_lanes_fold(const struct float_lanes *lanes, struct floats_look *look)
{
	look->min = INFINITY;
	look->max = -INFINITY;
	for (size_t k = 0; k < FLOAT_LANES; k++) {
		look->min = lanes->min[k] < look->min ? lanes->min[k] : look->min;
		look->max = lanes->max[k] > look->max ? lanes->max[k] : look->max;
	}
	/* Turns -0 into 0, so the sign of a zero does not depend on the order. */
	look->min += 0.0f;
	look->max += 0.0f;
	for (size_t s = 0; s < FLOAT_SUMS; s++) {
		const double *lane = lanes->sums[s];

		look->sums[s] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
				((lane[1] + lane[5]) + (lane[3] + lane[7]));
	}
}

/* The bin in units of 2^-16; INT32_MIN, as CPUs convert, for what has none. */
static inline uint32_t float_place(const struct floats_aim *aim, float x)
{
	float place = (x - aim->first) * aim->norm;

	return place > -0x1p31f && place < 0x1p31f ? (uint32_t)(int32_t)place : 0x80000000;
}

static inline bool float_is_doubtful(const struct floats_aim *aim, uint32_t place)
{
	return ((place + aim->slack) & 0xffff & ~(2 * aim->slack - 1)) == 0;
}

static inline void float_catch_rest(struct floats_catch *caught, const uint8_t *bytes, size_t first,
				    size_t n, const struct floats_aim *aim)
{
	for (size_t i = first; i < n; i++) {
		uint32_t bits = float_bits(bytes + 4 * i), place = float_place(aim, float_of(bits));
		uint16_t key = (uint16_t)(bits >> 16);

		caught->bins[i % FLOAT_BIN_TABLES][place >> 16 & 255]++;
		if (float_is_doubtful(aim, place))
			caught->doubtful[caught->n_doubtful++] = bits;
		if (aim->slots[(uint16_t)(key * aim->multiplier) >> 11] == key)
			caught->wanted[caught->n_wanted++] = bits;
	}
}

#endif
