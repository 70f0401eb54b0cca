/*
 * Compiled once for every variant, with KERNELS_ISA from the command line.
 *
 * The loops have the form compilers vectorise: groups of LANES with one accumulator a lane, no
 * branches, conditions as values. A shorter last group goes through the same inline function.
 */
#include "core/kernels/vector.h"

#include <float.h>
#include <math.h>
#include <string.h>

#ifndef KERNELS_ISA
#define KERNELS_ISA plain
#endif

#define JOINED(name, isa) name##_##isa
#define JOIN(name, isa)	  JOINED(name, isa)
#define VARIANT(name)	  JOIN(name, KERNELS_ISA)
#define QUOTED(name)	  #name
#define QUOTE(name)	  QUOTED(name)

/* A group is a vector or a few: unrolled too early, its lanes are not recognised as such. */
#define KEEP_LOOP _Pragma("GCC unroll 1")

static inline float load_float(const uint8_t *bytes)
{
	float value;

	memcpy(&value, bytes, sizeof value);
	return value;
}

static void widen_f32(const uint8_t *bytes, size_t n, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = load_float(bytes + 4 * i);
}

#define WIDEN(name, type)                                                                          \
	static void name(const uint8_t *bytes, size_t n, double *out)                              \
	{                                                                                          \
		for (size_t i = 0; i < n; i++) {                                                   \
			type value;                                                                \
                                                                                                   \
			memcpy(&value, bytes + sizeof value * i, sizeof value);                    \
			out[i] = (double)value;                                                    \
		}                                                                                  \
	}

WIDEN(widen_i32, int32_t)
WIDEN(widen_u32, uint32_t)
WIDEN(widen_i64, int64_t)
WIDEN(widen_u64, uint64_t)

/* The exponent is moved by a multiplication, which also makes subnormals normal. */
static void widen_f16(const uint8_t *bytes, size_t n, float *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t magnitude, bits, special;
		uint16_t code;
		float moved;

		memcpy(&code, bytes + 2 * i, sizeof code);
		magnitude = (uint32_t)(code & 0x7fff) << 13;
		memcpy(&moved, &magnitude, sizeof moved);
		moved *= 0x1p112f;
		memcpy(&bits, &moved, sizeof bits);
		special = magnitude >= (uint32_t)0x7c00 << 13 ? magnitude | 0x7f800000 : bits;
		bits = special | (uint32_t)(code & 0x8000) << 16;
		memcpy(&out[i], &bits, sizeof bits);
	}
}

/* The counts are as wide as the values, so that they share their vectors. */
struct survey_f32_lanes {
	float min[LANES], max[LANES], least[LANES];
	int32_t negative[LANES], bad[LANES];
};

static inline void survey_f32_group(const uint8_t *bytes, size_t n,
				    struct survey_f32_lanes *lanes)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		float x = load_float(bytes + 4 * k), size = fabsf(x);

		lanes->min[k] = x < lanes->min[k] ? x : lanes->min[k];
		lanes->max[k] = x > lanes->max[k] ? x : lanes->max[k];
		lanes->least[k] = size < lanes->least[k] ? size : lanes->least[k];
		lanes->negative[k] += x < 0;
		lanes->bad[k] += !(size <= FLT_MAX);
	}
}

struct survey_f64_lanes {
	double min[LANES], max[LANES], least[LANES], negative[LANES], bad[LANES];
};

static inline void survey_f64_group(const double *values, size_t n,
				    struct survey_f64_lanes *lanes)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		double x = values[k], size = fabs(x);

		lanes->min[k] = x < lanes->min[k] ? x : lanes->min[k];
		lanes->max[k] = x > lanes->max[k] ? x : lanes->max[k];
		lanes->least[k] = size < lanes->least[k] ? size : lanes->least[k];
		lanes->negative[k] += x < 0 ? 1.0 : 0.0;
		lanes->bad[k] += size <= DBL_MAX ? 0.0 : 1.0;
	}
}

/* Adding 0 turns -0 into 0, so the sign of a zero does not depend on the order. No fmin and fmax:
 * gcc 12 for arm64 fails on them here. */
#define FOLD_SURVEY(lanes, survey, least)                                                          \
	do {                                                                                       \
		*(survey) = (struct survey){ .min = INFINITY, .max = -INFINITY };                  \
		for (size_t k = 0; k < LANES; k++) {                                               \
			if ((lanes).min[k] < (survey)->min)                                        \
				(survey)->min = (lanes).min[k];                                    \
			if ((lanes).max[k] > (survey)->max)                                        \
				(survey)->max = (lanes).max[k];                                    \
			(survey)->negative += (uint32_t)(lanes).negative[k];                       \
			(survey)->bad += (uint32_t)(lanes).bad[k];                                 \
			if ((lanes).least[k] < (least))                                            \
				(least) = (lanes).least[k];                                        \
		}                                                                                  \
		(survey)->min += 0.0;                                                              \
		(survey)->max += 0.0;                                                              \
	} while (0)

static void survey_f32(const uint8_t *bytes, size_t n, struct survey *survey)
{
	struct survey_f32_lanes lanes = { .negative = { 0 } };
	double least = INFINITY;
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++) {
		lanes.min[k] = lanes.least[k] = INFINITY;
		lanes.max[k] = -INFINITY;
	}
	for (; i + LANES <= n; i += LANES)
		survey_f32_group(bytes + 4 * i, LANES, &lanes);
	survey_f32_group(bytes + 4 * i, n - i, &lanes);
	FOLD_SURVEY(lanes, survey, least);
	if (least >= FLT_MIN) /* neither zeros nor subnormals: nearly always */
		return;
	for (i = 0; i < n; i++) {
		float size = fabsf(load_float(bytes + 4 * i));

		survey->zeros += size == 0;
		survey->subnormal += size != 0 && size < FLT_MIN;
	}
}

static void survey_f64(const double *values, size_t n, double smallest_normal,
		       struct survey *survey)
{
	struct survey_f64_lanes lanes = { .negative = { 0 } };
	double least = INFINITY;
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++) {
		lanes.min[k] = lanes.least[k] = INFINITY;
		lanes.max[k] = -INFINITY;
	}
	for (; i + LANES <= n; i += LANES)
		survey_f64_group(values + i, LANES, &lanes);
	survey_f64_group(values + i, n - i, &lanes);
	FOLD_SURVEY(lanes, survey, least);
	if (least > 0 && least >= smallest_normal)
		return;
	for (i = 0; i < n; i++) {
		survey->zeros += values[i] == 0;
		survey->subnormal += values[i] != 0 && fabs(values[i]) < smallest_normal;
	}
}

static inline void sum_group(const double *x, size_t n, double *sum, double *absolute)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		sum[k] += x[k];
		absolute[k] += fabs(x[k]);
	}
}

static void sums(const double *values, size_t n, double sum[LANES], double absolute[LANES])
{
	double a[LANES] = { 0 }, b[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		sum_group(values + i, LANES, a, b);
	sum_group(values + i, n - i, a, b);
	memcpy(sum, a, sizeof a);
	memcpy(absolute, b, sizeof b);
}

static inline void power_group(const double *x, size_t n, double mean, double *s1, double *s2,
			       double *s3, double *s4)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		double d = x[k] - mean, square = d * d;

		s1[k] += d;
		s2[k] += square;
		s3[k] += square * d;
		s4[k] += square * square;
	}
}

static void powers(const double *values, size_t n, double mean, double out[4][LANES])
{
	double s1[LANES] = { 0 }, s2[LANES] = { 0 }, s3[LANES] = { 0 }, s4[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		power_group(values + i, LANES, mean, s1, s2, s3, s4);
	power_group(values + i, n - i, mean, s1, s2, s3, s4);
	memcpy(out[0], s1, sizeof s1);
	memcpy(out[1], s2, sizeof s2);
	memcpy(out[2], s3, sizeof s3);
	memcpy(out[3], s4, sizeof s4);
}

static inline void guess_group(const struct bins *bins, const double *values, size_t n,
			       uint16_t *guesses, double *least, double *most)
{
	double first = bins->first, norm = bins->norm, scale = bins->scale;
	double top = (double)bins->n;

	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		double f = (values[k] * scale - first) * norm, rest;
		int32_t guess;

		/* What lies outside, and NaN, is moved to an edge, where it is not sure. */
		f = f > 0 ? f : 0;
		f = f < top ? f : top;
		guess = (int32_t)f;
		rest = f - guess;
		guesses[k] = (uint16_t)guess;
		least[k] = rest < least[k] ? rest : least[k];
		most[k] = rest > most[k] ? rest : most[k];
	}
}

static bool guess_bins(const struct bins *bins, const double *values, size_t n,
		       uint16_t *guesses)
{
	double least[LANES], most[LANES] = { 0 };
	bool sure = true;
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++)
		least[k] = 1;
	for (; i + LANES <= n; i += LANES)
		guess_group(bins, values + i, LANES, guesses + i, least, most);
	guess_group(bins, values + i, n - i, guesses + i, least, most);
	for (size_t k = 0; k < LANES; k++)
		sure = sure && least[k] > bins->slack && most[k] < 1 - bins->slack;
	return sure;
}

static void place(const struct places *places, const double *values, size_t n, uint16_t *out)
{
	double first = places->first, norm = places->norm;

	for (size_t i = 0; i < n; i++) {
		double f = (values[i] - first) * norm;

		/* What lies outside, and NaN, is moved to an end. */
		f = f > 0 ? f : 0;
		f = f < UINT16_MAX ? f : UINT16_MAX;
		out[i] = (uint16_t)(int32_t)f;
	}
}

static size_t at_edges(const uint16_t *places, size_t n, uint16_t *found)
{
	size_t kept = 0;

	for (size_t begin = 0; begin < n; begin += 32) {
		size_t end = n - begin < 32 ? n : begin + 32;
		uint16_t any = 0;

		for (size_t i = begin; i < end; i++)
			any |= ((places[i] + 1) & 255) <= 1;
		if (!any)
			continue;
		for (size_t i = begin; i < end; i++) {
			uint16_t next = (uint16_t)(places[i] + 1);

			found[kept] = (uint16_t)i;
			kept += (next & 255) <= 1 && next > 1;
		}
	}
	return kept;
}

static void keys_f32(const double *values, size_t n, uint64_t *keys)
{
	for (size_t i = 0; i < n; i++) {
		float narrow = (float)values[i] + 0.0f;
		uint32_t bits;

		memcpy(&bits, &narrow, sizeof bits);
		keys[i] = bits ^ ((uint32_t)((int32_t)bits >> 31) | UINT32_C(0x80000000));
	}
}

static void keys_f64(const double *values, size_t n, uint64_t *keys)
{
	for (size_t i = 0; i < n; i++) {
		double positive_zero = values[i] + 0.0;
		uint64_t bits;

		memcpy(&bits, &positive_zero, sizeof bits);
		keys[i] = bits ^ ((uint64_t)((int64_t)bits >> 63) | UINT64_C(1) << 63);
	}
}

/* Adding and taking away 1.5 * 2^23 rounds a float below 2^22 to an integer, ties to even. */
#define ROUNDER 12582912.0f

static void quantize(const float *values, const float *scales, size_t n, float qmax,
		     int8_t *codes, float *restored)
{
	for (size_t i = 0; i < n; i++) {
		float steps = values[i] / scales[i];

		steps = steps < qmax ? steps : qmax;
		steps = steps > -qmax ? steps : -qmax;
		steps = (steps + ROUNDER) - ROUNDER;
		restored[i] = steps * scales[i];
		codes[i] = (int8_t)(int32_t)steps;
	}
}

struct compare_lanes {
	float error[LANES], original[LANES]; /* of the span at hand: see squares.h */
	double power[LANES], restored[LANES], product[LANES], bias[LANES];
	double max_error[LANES];
};

static inline void compare_group(const float *values, const float *restored, size_t n,
				 struct compare_lanes *lanes)
{
	KEEP_LOOP
	for (size_t k = 0; k < n; k++) {
		double x = values[k], y = restored[k], e = y - x;
		double size = fabs(e);
		float narrow = restored[k] - values[k];

		lanes->error[k] += narrow * narrow;
		lanes->original[k] += values[k] * values[k];
		lanes->power[k] += x * x;
		lanes->restored[k] += y * y;
		lanes->product[k] += x * y;
		lanes->bias[k] += e;
		lanes->max_error[k] = size > lanes->max_error[k] ? size : lanes->max_error[k];
	}
}

static void compare_end_span(struct compare_lanes *lanes, struct squares *squares)
{
	for (size_t k = 0; k < LANES; k++) {
		squares->error[k] = (double)lanes->error[k];
		squares->original[k] = (double)lanes->original[k];
		lanes->error[k] = lanes->original[k] = 0;
	}
	squares_end_span(squares);
}

static void compare_wide(const float *values, const float *restored, size_t n,
			 struct quantize_sums *out)
{
	struct squares squares = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		squares_add(&squares, values[i], restored[i], true);
	squares_end(&squares, &out->error, &out->original);
}

static void compare(const float *values, const float *restored, size_t n,
		    struct quantize_sums *out)
{
	struct compare_lanes lanes = { .error = { 0 } };
	struct squares squares = { .n = 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		if (i > 0 && i % SQUARES_SPAN == 0)
			compare_end_span(&lanes, &squares);
		compare_group(values + i, restored + i, LANES, &lanes);
	}
	if (i > 0 && i % SQUARES_SPAN == 0)
		compare_end_span(&lanes, &squares);
	compare_group(values + i, restored + i, n - i, &lanes);
	compare_end_span(&lanes, &squares);
	squares_end(&squares, &out->error, &out->original);
	if (!squares_stand(out->error, out->original))
		compare_wide(values, restored, n, out);
	out->power = lanes_sum(lanes.power);
	out->restored = lanes_sum(lanes.restored);
	out->product = lanes_sum(lanes.product);
	out->bias = lanes_sum(lanes.bias);
	out->max_error = 0;
	for (size_t k = 0; k < LANES; k++)
		out->max_error = fmax(out->max_error, lanes.max_error[k]);
}

static size_t equal_u32(const uint8_t *bytes, size_t n, uint32_t bits)
{
	uint32_t found = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t word;

		memcpy(&word, bytes + 4 * i, sizeof word);
		found += word == bits;
	}
	return found;
}

static void range_u16(const uint8_t *bytes, size_t n, enum codes_order order, int *lowest,
		      int *highest)
{
	const uint16_t flip = order == CODES_UNSIGNED ? 0x8000 : 0;
	const uint16_t fold = order == CODES_SIGN_MAGNITUDE ? 0x7fff : 0;
	int16_t low = INT16_MAX, high = INT16_MIN;

	for (size_t i = 0; i < n; i++) {
		uint16_t code, negative;
		int16_t rank;

		memcpy(&code, bytes + 2 * i, sizeof code);
		negative = (uint16_t)-(code >> 15);
		rank = (int16_t)(uint16_t)(code ^ flip ^ (negative & fold));
		low = rank < low ? rank : low;
		high = rank > high ? rank : high;
	}
	*lowest = low;
	*highest = high;
}

const struct kernels VARIANT(kernels) = {
	.name = QUOTE(KERNELS_ISA),
	.widen_f32 = widen_f32,
	.widen_i32 = widen_i32,
	.widen_u32 = widen_u32,
	.widen_i64 = widen_i64,
	.widen_u64 = widen_u64,
	.widen_f16 = widen_f16,
	.survey_f32 = survey_f32,
	.survey_f64 = survey_f64,
	.sums = sums,
	.powers = powers,
	.guess_bins = guess_bins,
	.place = place,
	.at_edges = at_edges,
	.keys_f32 = keys_f32,
	.keys_f64 = keys_f64,
	.quantize = quantize,
	.compare = compare,
	.look_f32 = VARIANT(floats_look),
	.catch_f32 = VARIANT(floats_catch),
	.equal_u32 = equal_u32,
	.range_u16 = range_u16,
	.loss = &VARIANT(loss),
};
