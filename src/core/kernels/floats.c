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

void floats_look_plain(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		       float_keys *keys)
{
	struct float_lanes lanes;
	size_t i = 0;

	float_lanes_start(&lanes);
	for (; i + FLOAT_LANES <= n; i += FLOAT_LANES)
		for (size_t k = 0; k < FLOAT_LANES; k++)
			float_lanes_add(&lanes, k, float_of(float_bits(bytes + 4 * (i + k))),
					shift);
	float_lanes_rest(&lanes, bytes, i, n, shift, NULL);
	for (i = 0; keys && i < n; i++)
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
