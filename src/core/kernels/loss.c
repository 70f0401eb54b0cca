/* Compiled once for every variant; see vector.c. */
#include "core/kernels/loss.h"

#include <math.h>
#include <string.h>

#include "core/kernels/variant.h"

/* Elements that are restored by division if one of them needs it: several groups, since asking
 * costs as much as a group. */
#define STRETCH 128

/* How far from half a step x * inverse must be: more than 3 * 2^-24 * 255. */
#define SURE (0.5f - 0x1p-14f)

/* Adding and taking away 1.5 * 2^23 rounds a float below 2^22 to an integer, ties to even. */
#define ROUNDER 0x1.8p23f

static inline float load(const uint8_t *bytes, size_t i)
{
	float value;

	memcpy(&value, bytes + 4 * i, sizeof value);
	return value;
}

static inline uint32_t magnitude(const uint8_t *bytes, size_t i)
{
	uint32_t bits;

	memcpy(&bits, bytes + 4 * i, sizeof bits);
	return bits & 0x7fffffff;
}

#define INFINITE 0x7f800000

/* --- Ranges ---------------------------------------------------------------------------------- */

struct range_lanes {
	float low[LANES], high[LANES];
	uint32_t largest[LANES];
};

static inline void range_group(const uint8_t *bytes, size_t n, struct range_lanes *lanes)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		float x = load(bytes, k);
		uint32_t bits = magnitude(bytes, k);

		lanes->low[k] = x < lanes->low[k] ? x : lanes->low[k];
		lanes->high[k] = x > lanes->high[k] ? x : lanes->high[k];
		lanes->largest[k] = bits > lanes->largest[k] ? bits : lanes->largest[k];
	}
}

static bool range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	struct range_lanes lanes;
	uint32_t largest = 0;
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++) {
		lanes.low[k] = *low;
		lanes.high[k] = *high;
		lanes.largest[k] = 0;
	}
	for (; i + LANES <= n; i += LANES)
		range_group(bytes + 4 * i, LANES, &lanes);
	range_group(bytes + 4 * i, n - i, &lanes);
	for (size_t k = 0; k < LANES; k++) {
		*low = lanes.low[k] < *low ? lanes.low[k] : *low;
		*high = lanes.high[k] > *high ? lanes.high[k] : *high;
		largest = lanes.largest[k] > largest ? lanes.largest[k] : largest;
	}
	return largest < INFINITE;
}

static bool range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	uint32_t largest = 0;

	for (size_t i = 0; i < n; i++) {
		float x = load(bytes, i);
		uint32_t bits = magnitude(bytes, i);

		low[i] = x < low[i] ? x : low[i];
		high[i] = x > high[i] ? x : high[i];
		largest = bits > largest ? bits : largest;
	}
	return largest < INFINITE;
}

/* --- Restoring ------------------------------------------------------------------------------- */

/* As grid_encode: the rounded steps of an element, and how far it was from them. */
static inline float round_clamped(float steps, float low, float high, float *distance)
{
	float rounded;

	steps = steps > low ? steps : low;
	steps = steps < high ? steps : high;
	rounded = (steps + ROUNDER) - ROUNDER;
	*distance = fabsf(steps - rounded);
	return rounded;
}

static inline bool all_sure(const float worst[LANES])
{
	uint32_t unsure = 0;

	for (size_t k = 0; k < LANES; k++)
		unsure |= worst[k] > SURE;
	return !unsure;
}

static inline void restore_group(const uint8_t *bytes, size_t n, struct loss_step step,
				 float worst[LANES], float *restored)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		float distance, rounded = round_clamped(load(bytes, k) * step.inverse, step.low,
							step.high, &distance);

		worst[k] = distance > worst[k] ? distance : worst[k];
		restored[k] = rounded * step.scale;
	}
}

static void restore_surely(const uint8_t *bytes, size_t n, size_t size,
			   const struct loss_step *steps, float *restored)
{
	float distance;

	for (size_t i = 0; i < n; i++) {
		struct loss_step step = steps[i / size];

		restored[i] = round_clamped(load(bytes, i) / step.scale, step.low, step.high,
					    &distance) * step.scale;
	}
}

static void restore_stretch(const uint8_t *bytes, size_t n, size_t size,
			    const struct loss_step *steps, float *restored)
{
	float worst[LANES] = { 0 };

	for (size_t start = 0, step = 0; start < n; start += size, step++) {
		size_t end = n - start < size ? n : start + size, i = start;

		for (; i + LANES <= end; i += LANES)
			restore_group(bytes + 4 * i, LANES, steps[step], worst, restored + i);
		if (i < end)
			restore_group(bytes + 4 * i, end - i, steps[step], worst, restored + i);
	}
	if (!all_sure(worst))
		restore_surely(bytes, n, size, steps, restored);
}

static void restore(const uint8_t *bytes, size_t n, size_t size, const struct loss_step *steps,
		    float *restored)
{
	for (size_t i = 0; i < n; i += STRETCH)
		restore_stretch(bytes + 4 * i, n - i < STRETCH ? n - i : STRETCH, size,
				steps + i / size, restored + i);
}

static inline void restore_each_group(const uint8_t *bytes, size_t n,
				      const struct loss_steps *steps, size_t at,
				      float worst[LANES], float *restored)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		float distance, rounded = round_clamped(load(bytes, k) * steps->inverse[at + k],
							steps->low[at + k], steps->high[at + k],
							&distance);

		worst[k] = distance > worst[k] ? distance : worst[k];
		restored[k] = rounded * steps->scale[at + k];
	}
}

static void restore_each(const uint8_t *bytes, size_t n, const struct loss_steps *steps,
			 float *restored)
{
	for (size_t start = 0; start < n; start += STRETCH) {
		size_t end = n - start < STRETCH ? n : start + STRETCH, i = start;
		float worst[LANES] = { 0 }, distance;

		for (; i + LANES <= end; i += LANES)
			restore_each_group(bytes + 4 * i, LANES, steps, i, worst, restored + i);
		restore_each_group(bytes + 4 * i, end - i, steps, i, worst, restored + i);
		if (all_sure(worst))
			continue;
		for (i = start; i < end; i++)
			restored[i] = round_clamped(load(bytes, i) / steps->scale[i],
						    steps->low[i], steps->high[i], &distance) *
				      steps->scale[i];
	}
}

/* --- Sums ------------------------------------------------------------------------------------ */

struct sum_lanes {
	double error[LANES], original[LANES];
};

static inline void sum_group(const uint8_t *bytes, const float *restored, size_t n,
			     struct sum_lanes *lanes)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		double x = load(bytes, k), e = restored[k] - x;

		lanes->error[k] += e * e;
		lanes->original[k] += x * x;
	}
}

static void sums(const uint8_t *bytes, size_t n, const float *restored, struct loss_sums *out)
{
	struct sum_lanes lanes = { .error = { 0 } };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		sum_group(bytes + 4 * i, restored + i, LANES, &lanes);
	sum_group(bytes + 4 * i, restored + i, n - i, &lanes);
	out->error = lanes_sum(lanes.error);
	out->original = lanes_sum(lanes.original);
}

const struct loss_kernels VARIANT(loss_kernels) = {
	.range = range,
	.range_each = range_each,
	.restore = restore,
	.restore_each = restore_each,
	.sums = sums,
};
