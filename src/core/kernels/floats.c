#include "core/kernels/floats.h"

#include <math.h>

#include "core/kernels/floats_lane.h"
#include "core/kernels/vector.h"

/* Edges and guesses closer than this to each other are not worth guessing. */
#define SLACK_MOST 4096

/* Slots without two keys in one; every key of few keys finds its own with some multiplier. */
static bool spread(struct floats_aim *aim)
{
	for (uint32_t multiplier = 1; multiplier < 65536; multiplier += 2) {
		uint32_t taken = 0;
		bool alone = true;

		aim->multiplier = (uint16_t)multiplier;
		/* The first key has another slot than these, so nothing matches it here. */
		for (size_t s = 0; s < 32; s++)
			aim->slots[s] = aim->wanted[0];
		for (size_t w = 0; w < aim->n_wanted && alone; w++) {
			size_t slot = (uint16_t)(aim->wanted[w] * multiplier) >> 11;

			alone = !(taken >> slot & 1);
			taken |= UINT32_C(1) << slot;
			aim->slots[slot] = aim->wanted[w];
		}
		if (alone)
			return true;
	}
	return false;
}

bool floats_aim_at(struct floats_aim *aim, const struct bins *bins, const uint16_t *wanted,
		   size_t n)
{
	float norm = (float)(bins->norm * 65536);
	double largest = fmax(fabs(bins->first), fabs(bins->last));
	double doubt = 8 + 2 * largest * 0x1p-24 * (double)norm;

	aim->first = (float)bins->first;
	aim->norm = norm;
	aim->n_wanted = (uint32_t)n;
	for (size_t w = 0; w < 16; w++)
		aim->wanted[w] = wanted[w < n ? w : 0];
	if (!(norm >= 0x1p-100f && norm <= 0x1p100f) || bins->scale != 1 || !(doubt < SLACK_MOST))
		return false;
	aim->slack = 8;
	while (aim->slack < doubt)
		aim->slack *= 2;
	return spread(aim);
}

uint8_t floats_guess(const struct floats_aim *aim, uint32_t bits)
{
	return (uint8_t)(float_place(aim, float_of(bits)) >> 16);
}

/* A group is two vectors: unrolled too early, its lanes are not recognised as such. */
#define FOR_LANES(k) _Pragma("GCC unroll 1") for (size_t k = 0; k < FLOAT_LANES; k++)

/* Whole groups in three runs, so that the lanes of each fit into registers. */
static void add_extremes(struct float_lanes *lanes, const uint8_t *bytes, size_t n)
{
	float min[FLOAT_LANES], max[FLOAT_LANES];

	memcpy(min, lanes->min, sizeof min);
	memcpy(max, lanes->max, sizeof max);
	for (size_t i = 0; i < n; i += FLOAT_LANES) {
		FOR_LANES(k) {
			float x = float_of(float_bits(bytes + 4 * (i + k)));

			min[k] = x < min[k] ? x : min[k];
			max[k] = x > max[k] ? x : max[k];
		}
	}
	memcpy(lanes->min, min, sizeof min);
	memcpy(lanes->max, max, sizeof max);
}

static void add_sums(struct float_lanes *lanes, const uint8_t *bytes, size_t n, double shift)
{
	double d1[FLOAT_LANES], absolute[FLOAT_LANES];

	memcpy(d1, lanes->sums[FLOAT_D1], sizeof d1);
	memcpy(absolute, lanes->sums[FLOAT_ABSOLUTE], sizeof absolute);
	for (size_t i = 0; i < n; i += FLOAT_LANES) {
		FOR_LANES(k) {
			double wide = float_of(float_bits(bytes + 4 * (i + k)));

			d1[k] += wide - shift;
			absolute[k] += fabs(wide);
		}
	}
	memcpy(lanes->sums[FLOAT_D1], d1, sizeof d1);
	memcpy(lanes->sums[FLOAT_ABSOLUTE], absolute, sizeof absolute);
}

static void add_powers(struct float_lanes *lanes, const uint8_t *bytes, size_t n, double shift)
{
	double d2[FLOAT_LANES], d3[FLOAT_LANES], d4[FLOAT_LANES];

	memcpy(d2, lanes->sums[FLOAT_D2], sizeof d2);
	memcpy(d3, lanes->sums[FLOAT_D3], sizeof d3);
	memcpy(d4, lanes->sums[FLOAT_D4], sizeof d4);
	for (size_t i = 0; i < n; i += FLOAT_LANES) {
		FOR_LANES(k) {
			double d = float_of(float_bits(bytes + 4 * (i + k))) - shift;
			double square = d * d;

			d2[k] += square;
			d3[k] += square * d;
			d4[k] += square * square;
		}
	}
	memcpy(lanes->sums[FLOAT_D2], d2, sizeof d2);
	memcpy(lanes->sums[FLOAT_D3], d3, sizeof d3);
	memcpy(lanes->sums[FLOAT_D4], d4, sizeof d4);
}

void floats_look_plain(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		       float_keys *keys)
{
	struct float_lanes lanes;
	size_t i = 0, whole = n / FLOAT_LANES * FLOAT_LANES;

	float_lanes_start(&lanes);
	add_extremes(&lanes, bytes, whole);
	add_sums(&lanes, bytes, whole, shift);
	add_powers(&lanes, bytes, whole, shift);
	float_lanes_rest(&lanes, bytes, whole, n, shift, NULL);
	for (; keys && i < n; i++)
		(*keys)[float_bits(bytes + 4 * i) >> 16][i % FLOAT_TABLES]++;
	float_lanes_fold(&lanes, look);
}

void floats_catch_plain(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
			struct floats_catch *caught)
{
	float_catch_rest(caught, bytes, 0, n, aim);
}

void floats_look(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		 float_keys *keys)
{
	kernels_current()->look_f32(bytes, n, shift, look, keys);
}

void floats_catch(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
		  struct floats_catch *caught)
{
	kernels_current()->catch_f32(bytes, n, aim, caught);
}

size_t floats_equal(const uint8_t *bytes, size_t n, uint32_t bits)
{
	return kernels_current()->equal_u32(bytes, n, bits);
}
