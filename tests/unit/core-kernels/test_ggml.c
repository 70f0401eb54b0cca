#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/ggml.h"

#define VALUES 16384

static uint64_t hash(uint64_t value, const void *data, size_t n)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < n; i++)
		value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
	return value;
}

/* As tests/differential/quant_numpy.py makes them. */
static float *weights(void)
{
	float *values = malloc(VALUES * sizeof *values);
	uint64_t seed = 7;

	assert_non_null(values);
	for (size_t i = 0; i < VALUES; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
		int64_t sum;

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		sum = (int64_t)((z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48));
		values[i] = (float)((double)(sum - 131070) * 0x1p-17 * (double)(1 + i % 13));
	}
	return values;
}

/* FNV-1a of all blocks, and of what they decode to, from ggml's own quantizers: written by
 * tests/data/quant_reference.py. */
static const struct {
	enum ggml_format format;
	uint64_t blocks, values;
} references[] = {
	{ GGML_Q4_0, 0xa1052e42938b4e76, 0xfaff0af778ca4bd8 },
	{ GGML_Q4_1, 0xd26e5438684d7f16, 0xb9efa557384681fe },
	{ GGML_Q5_0, 0x1a0eb5230f9fc064, 0x2a23fafaee3c4281 },
	{ GGML_Q5_1, 0xe8955cf92c3aacaa, 0x1adb195b34bb8807 },
	{ GGML_Q8_0, 0x94f9e275ab5e4457, 0x5ba33006d4172654 },
	{ GGML_IQ4_NL, 0xaa81147173f4c580, 0x6c1f4cbd06d64045 },
	{ GGML_Q2_K, 0x95ec3000f0421288, 0xb6102c2f70f03a2a },
	{ GGML_Q3_K, 0x866b04cc716d4ee1, 0x163df59b8b661d72 },
	{ GGML_Q4_K, 0xb35ad2e9d93d7f4b, 0x85fd01d33181aadd },
	{ GGML_Q5_K, 0x8ae270ba497a33a9, 0x9b06c35be2ef376d },
	{ GGML_Q6_K, 0xdcfc7f456c961814, 0x62fea586bb031870 },
};

static void same_bytes_as_ggml(void **state)
{
	float *values = weights();

	(void)state;
	for (size_t r = 0; r < GGML_FORMATS; r++) {
		const struct ggml_traits *traits = &ggml_traits[references[r].format];
		uint64_t blocks = UINT64_C(0xcbf29ce484222325), restored = blocks;

		for (size_t i = 0; i < VALUES; i += traits->elements) {
			uint8_t block[GGML_MAX_BYTES];
			float back[GGML_MAX_ELEMENTS];
			uint16_t codes[GGML_MAX_ELEMENTS];

			traits->encode(values + i, block);
			traits->decode(block, back, codes);
			blocks = hash(blocks, block, traits->bytes);
			restored = hash(restored, back, traits->elements * sizeof *back);
			for (size_t k = 0; k < traits->elements; k++)
				assert_in_range(codes[k], 0, traits->levels - 1);
		}
		if (blocks != references[r].blocks || restored != references[r].values)
			fail_msg("format %zu", r);
	}
	free(values);
}

/* Any finite values: no undefined conversion, which the sanitizers would tell. */
static void extremes(void **state)
{
	static const float ends[] = { 0, FLT_MAX, -FLT_MAX, FLT_MIN, 0x1p-149f, -0x1p-149f, 65504, 1 };

	(void)state;
	for (size_t format = 0; format < GGML_FORMATS; format++) {
		for (size_t mix = 0; mix < 64; mix++) {
			float values[GGML_MAX_ELEMENTS], back[GGML_MAX_ELEMENTS];
			uint8_t block[GGML_MAX_BYTES];

			for (size_t i = 0; i < GGML_MAX_ELEMENTS; i++)
				values[i] = ends[i % 3 ? mix % 8 : mix / 8];
			ggml_traits[format].encode(values, block);
			ggml_traits[format].decode(block, back, NULL);
			if (mix == 0)
				assert_true(back[0] == 0 && back[31] == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes_as_ggml),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
