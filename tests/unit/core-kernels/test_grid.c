#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "core/kernels/decode.h"
#include "core/kernels/grid.h"
#include "core/kernels/microscaling.h"
#include "core/kernels/quantize.h"

static const struct {
	enum minifloat_id format;
	enum dtype dtype;
} decoded[] = {
	{ MINIFLOAT_F16, DTYPE_F16 },		{ MINIFLOAT_BF16, DTYPE_BF16 },
	{ MINIFLOAT_F8E4M3FN, DTYPE_F8E4M3FN }, { MINIFLOAT_F8E5M2, DTYPE_F8E5M2 },
	{ MINIFLOAT_F8E4M3FNUZ, DTYPE_F8E4M3FNUZ }, { MINIFLOAT_F8E5M2FNUZ, DTYPE_F8E5M2FNUZ },
	{ MINIFLOAT_F4E2M1, DTYPE_F4E2M1 },
};

static float value_of(enum dtype dtype, unsigned code)
{
	const uint8_t bytes[2] = { (uint8_t)code, (uint8_t)(code >> 8) };
	float value;

	decode_f32(dtype, bytes, 1, &value);
	return value;
}

/* Every finite code stands for itself; halfway to the next value the even code wins. */
static void codes_of_floats(void **state)
{
	(void)state;
	for (size_t d = 0; d < sizeof decoded / sizeof decoded[0]; d++) {
		const struct minifloat *format = &minifloats[decoded[d].format];
		uint32_t finite = 0;

		for (unsigned code = 0; code < 1u << format->bits; code++) {
			float value = value_of(decoded[d].dtype, code), next, middle;

			if (!isfinite(value))
				continue;
			finite++;
			assert_true(minifloat_round(format, value, ROUNDING_EVEN, 0) == value);
			assert_int_equal(minifloat_code(format, value), code);
			next = value_of(decoded[d].dtype, code + 1);
			if (code + 1 >= 1u << (format->bits - 1) || !isfinite(next))
				continue;
			middle = (float)(((double)value + (double)next) / 2);
			assert_true(minifloat_round(format, middle, ROUNDING_EVEN, 0) ==
				    (code % 2 ? next : value));
			assert_true(minifloat_round(format, -middle, ROUNDING_AWAY, 0) == -next);
			assert_true(minifloat_round(format, middle, ROUNDING_STOCHASTIC, 0.5) == next);
			assert_true(minifloat_round(format, middle, ROUNDING_STOCHASTIC, 0.49) ==
				    value);
		}
		assert_int_equal(finite, format->levels);
		assert_true(minifloat_round(format, 3e38f, ROUNDING_EVEN, 0) <= format->max);
	}
}

/* OCP MX 1.0, sections 5.3.2 and 5.3.3: the values of the formats without a decoder here. */
static void six_bits(void **state)
{
	const float e2m3[] = { 0, 0.125f, 0.875f, 1, 1.875f, 7.5f };
	const float e3m2[] = { 0, 0.0625f, 0.1875f, 0.25f, 3.5f, 28 };
	const uint32_t codes2[] = { 0, 1, 7, 8, 15, 31 }, codes3[] = { 0, 1, 3, 4, 19, 31 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(minifloat_code(&minifloats[MINIFLOAT_F6E2M3], e2m3[i]), codes2[i]);
		assert_int_equal(minifloat_code(&minifloats[MINIFLOAT_F6E3M2], -e3m2[i]),
				 codes3[i] + 32);
	}
}

/* The plain symmetric kernel is the same arithmetic. */
static void integers_as_the_kernel(void **state)
{
	float values[2048], scales[2048], zeros[2048] = { 0 }, ours[2048], theirs[2048];
	uint16_t codes[2048];
	int8_t small[2048];
	struct grid grid;

	(void)state;
	grid_integer(&grid, -127, 127);
	for (size_t i = 0; i < 2048; i++) {
		values[i] = (float)((int)(i * 7919 % 2048) - 1024) * 0.37f;
		scales[i] = 0.5f + (float)(i % 5);
	}
	grid_encode(&grid, values, scales, zeros, 2048, 0, codes, ours);
	quantize_block(values, scales, 2048, 127, small, theirs);
	for (size_t i = 0; i < 2048; i++) {
		assert_true(ours[i] == theirs[i]);
		assert_int_equal((int)codes[i] - 127, small[i]);
	}
}

/* On average right, and the same whoever asks and in whatever pieces. */
static void stochastic(void **state)
{
	enum { N = 2048 };
	float values[N], scales[N], zeros[N] = { 0 }, whole[N], part[N];
	uint16_t codes[N];
	struct grid grid;
	double sum = 0;

	(void)state;
	grid_integer(&grid, -7, 7);
	grid.rounding = ROUNDING_STOCHASTIC;
	grid.seed = 5;
	for (size_t i = 0; i < N; i++) {
		values[i] = 2.3f;
		scales[i] = 1;
	}
	grid_encode(&grid, values, scales, zeros, N, 0, codes, whole);
	for (size_t i = 0; i < N; i += 100)
		grid_encode(&grid, values + i, scales + i, zeros + i, N - i < 100 ? N - i : 100, i,
			    codes + i, part + i);
	for (size_t i = 0; i < N; i++) {
		assert_true(whole[i] == part[i] && (whole[i] == 2 || whole[i] == 3));
		sum += (double)whole[i];
	}
	assert_true(fabs(sum / N - 2.3) < 0.04);
}

/* Blocks by hand: the exponent of the largest magnitude, less that of the format's largest. */
static void shared_scales(void **state)
{
	const float values[] = { 1, -2.9f, 7.9f, 0.2f };
	const float fp4[] = { 1, -3, 6, 0 }, int8[] = { 1, -2.875f, 7.875f, 0.1875f };
	float restored[4];
	uint16_t codes[4];

	(void)state;
	assert_int_equal(mx_float_block(&minifloats[MINIFLOAT_F4E2M1], values, 4, codes, restored), 1);
	for (size_t i = 0; i < 4; i++)
		assert_true(restored[i] == fp4[i]);
	assert_int_equal(mx_int8_block(values, 4, codes, restored), 0);
	for (size_t i = 0; i < 4; i++)
		assert_true(restored[i] == int8[i]);
	mx_float_block(&minifloats[MINIFLOAT_F8E4M3FN], (const float[2]){ 0 }, 2, codes, restored);
	assert_true(restored[0] == 0 && codes[1] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_floats),	cmocka_unit_test(six_bits),
		cmocka_unit_test(integers_as_the_kernel), cmocka_unit_test(stochastic),
		cmocka_unit_test(shared_scales),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
