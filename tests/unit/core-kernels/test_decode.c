#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/decode.h"
#include "guard_page.h"
#include "random_bytes.h"

/* A small float by its definition; has_inf: the highest exponent is kept for Inf and NaN. */
static double defined_value(uint32_t code, int exponent_bits, int mantissa_bits, int bias,
			    bool has_inf)
{
	int sign = (int)(code >> (exponent_bits + mantissa_bits)) & 1;
	int exponent = (int)(code >> mantissa_bits) & ((1 << exponent_bits) - 1);
	int mantissa = (int)code & ((1 << mantissa_bits) - 1);
	double size;

	if (has_inf && exponent == (1 << exponent_bits) - 1)
		size = mantissa ? NAN : INFINITY;
	else if (exponent == 0)
		size = ldexp(mantissa, 1 - bias - mantissa_bits);
	else
		size = ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
	return sign ? -size : size;
}

static double expected_value(enum dtype dtype, uint32_t code)
{
	switch (dtype) {
	case DTYPE_F16: return defined_value(code, 5, 10, 15, true);
	case DTYPE_BF16: return defined_value(code, 8, 7, 127, true);
	case DTYPE_F8E5M2: return defined_value(code, 5, 2, 15, true);
	case DTYPE_F8E4M3FN: return (code & 127) == 127 ? NAN : defined_value(code, 4, 3, 7, false);
	case DTYPE_F8E4M3FNUZ: return code == 128 ? NAN : defined_value(code, 4, 3, 8, false);
	case DTYPE_F8E5M2FNUZ: return code == 128 ? NAN : defined_value(code, 5, 2, 16, false);
	case DTYPE_F8E8M0: return code == 255 ? NAN : ldexp(1, (int)code - 127);
	case DTYPE_F4E2M1: return defined_value(code, 2, 1, 1, false);
	case DTYPE_I16: return (int16_t)code;
	case DTYPE_I8: return (int8_t)code;
	case DTYPE_I4: return code < 8 ? (int)code : (int)code - 16;
	case DTYPE_I2: return code < 2 ? (int)code : (int)code - 4;
	case DTYPE_BOOL: return code != 0;
	default: return code;
	}
}

static void assert_same(double value, double expected)
{
	if (isnan(expected))
		assert_true(isnan(value));
	else
		assert_memory_equal(&value, &expected, sizeof value);
}

static const enum dtype coded[] = {
	DTYPE_F16, DTYPE_BF16, DTYPE_F8E5M2, DTYPE_F8E4M3FN, DTYPE_F8E4M3FNUZ, DTYPE_F8E5M2FNUZ,
	DTYPE_F8E8M0, DTYPE_F4E2M1, DTYPE_I16, DTYPE_U16, DTYPE_I8, DTYPE_U8, DTYPE_BOOL,
	DTYPE_I4, DTYPE_U4, DTYPE_I2, DTYPE_U2,
};

static void every_code_has_its_value(void **state)
{
	(void)state;
	for (size_t d = 0; d < sizeof coded / sizeof *coded; d++) {
		enum dtype dtype = coded[d];
		unsigned bits = dtype_traits[dtype].bits;

		for (uint32_t code = 0; code < 1u << bits; code++) {
			uint8_t bytes[2] = { (uint8_t)code, (uint8_t)(code >> 8) };
			double wide, expected = expected_value(dtype, code);
			float narrow;

			decode_f64(dtype, bytes, 1, &wide);
			assert_same(wide, expected);
			assert_int_equal(decode_code(dtype, bytes, 0), code);
			if (dtype_traits[dtype].class == CLASS_FLOAT) {
				decode_f32(dtype, bytes, 1, &narrow);
				assert_same(narrow, expected);
			} else {
				assert_true((double)decode_i64(dtype, bytes, 0) == expected);
			}
		}
	}
}

static void wide_types_are_exact(void **state)
{
	uint8_t bytes[16];
	double value;

	(void)state;
	memcpy(bytes, (uint8_t[]){ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }, 8);
	assert_true(decode_i64(DTYPE_I64, bytes, 0) == INT64_MAX);
	decode_f64(DTYPE_I64, bytes, 1, &value);
	assert_true(value == 0x1p63);
	decode_f64(DTYPE_U64, bytes, 1, &value);
	assert_true(value == 0x1p63);
	bytes[7] = 0xff;
	decode_f64(DTYPE_U64, bytes, 1, &value);
	assert_true(value == 0x1p64);
	decode_f64(DTYPE_I64, bytes, 1, &value);
	assert_true(value == -1);
	decode_f64(DTYPE_U32, bytes, 1, &value);
	assert_true(value == 4294967295.0);
	decode_f64(DTYPE_I32, bytes, 1, &value);
	assert_true(value == -1);
}

static void magnitudes_do_not_overflow(void **state)
{
	double huge[2] = { 3e307, -4e307 }, tiny[2] = { 3e-310, 4e-310 }, value;
	float single[2] = { 3e38f, 0 }, broken[2] = { NAN, -INFINITY };

	(void)state;
	decode_f64(DTYPE_C128, (const uint8_t *)huge, 1, &value);
	assert_true(fabs(value / 5e307 - 1) < 1e-15);
	decode_f64(DTYPE_C128, (const uint8_t *)tiny, 1, &value);
	assert_true(fabs(value / 5e-310 - 1) < 1e-9);
	decode_f64(DTYPE_C64, (const uint8_t *)single, 1, &value);
	assert_true(value == (double)3e38f);
	decode_f64(DTYPE_C64, (const uint8_t *)broken, 1, &value);
	assert_true(isinf(value) && value > 0);
}

/* Each length and offset against one element at a time, with the guard right behind. */
static void any_length_and_offset(void **state)
{
	struct guarded guarded = guarded_new(16 * 256);
	uint8_t random[16 * 256];
	uint64_t seed = 1;

	(void)state;
	random_fill(&seed, random, sizeof random);
	for (int d = DTYPE_UNKNOWN + 1; d < DTYPE_COUNT; d++) {
		enum dtype dtype = (enum dtype)d;
		unsigned bits = dtype_traits[dtype].bits;

		for (size_t n = 0; bits && n < 200; n++) {
			size_t len = (n * bits + 7) / 8;
			/* The end is fixed by the guard; random + n gives other data each time. */
			const uint8_t *bytes = guarded_copy(&guarded, random + n % 16, len);
			double all[200], one;

			decode_f64(dtype, bytes, n, all);
			for (size_t i = 0; i < n; i++) {
				uint8_t alone[16] = { 0 };

				if (bits < 8)
					alone[0] = (uint8_t)decode_code(dtype, bytes, i);
				else
					memcpy(alone, bytes + i * bits / 8, bits / 8);
				decode_f64(dtype, alone, 1, &one);
				assert_same(all[i], one);
			}
		}
	}
	for (size_t offset = 0; offset < 16; offset++) {
		uint8_t moved[16 + 64];
		double here[16], there[16];

		memcpy(moved + offset, random, 64);
		decode_f64(DTYPE_I32, random, 16, here);
		decode_f64(DTYPE_I32, moved + offset, 16, there);
		assert_memory_equal(here, there, sizeof here);
	}
	guarded_free(&guarded);
}

/* TensorProto: dims 1, data_type 2, raw_data 9; all that the oracle's files use. */
struct oracle_tensor {
	uint8_t file[4096];
	const uint8_t *raw;
	size_t raw_len, count;
	enum dtype dtype;
};

static size_t read_number(const uint8_t *bytes, size_t *at)
{
	size_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		value |= (size_t)(bytes[*at] & 0x7f) << shift;
		if (!(bytes[(*at)++] & 0x80))
			return value;
	}
}

static bool read_oracle(const char *folder, const char *name, struct oracle_tensor *tensor)
{
	const char *shared = getenv("MTUI_SHARED");
	char path[1024];
	size_t len, at = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/data/onnx/dtype_oracle/%s/%s", shared ? shared : "../shared",
		 folder, name);
	file = fopen(path, "rb");
	if (!file)
		return false;
	len = fread(tensor->file, 1, sizeof tensor->file, file);
	fclose(file);
	tensor->count = 1;
	while (at < len) {
		size_t tag = read_number(tensor->file, &at), value = read_number(tensor->file, &at);

		if (tag == 0x08)
			tensor->count *= value;
		if (tag == 0x10)
			tensor->dtype = dtype_from_onnx((int64_t)value);
		if (tag == 0x4a) {
			tensor->raw = tensor->file + at;
			tensor->raw_len = value;
		}
		if ((tag & 7) == 2)
			at += value;
	}
	return true;
}

static void narrow_types_agree_with_onnx(void **state)
{
	static const char *const folders[] = {
		"test_cast_BFLOAT16_to_FLOAT", "test_cast_FLOAT4E2M1_to_FLOAT",
		"test_cast_FLOAT8E4M3FNUZ_to_FLOAT", "test_cast_FLOAT8E4M3FN_to_FLOAT",
		"test_cast_FLOAT8E5M2FNUZ_to_FLOAT", "test_cast_FLOAT8E5M2_to_FLOAT",
		"test_cast_INT2_to_FLOAT", "test_cast_INT4_to_FLOAT", "test_cast_UINT2_to_FLOAT",
		"test_cast_UINT4_to_FLOAT", "test_cast_e8m0_FLOAT8E8M0_to_FLOAT",
	};
	struct oracle_tensor input, output;

	(void)state;
	for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
		double values[64];

		if (!read_oracle(folders[f], "input_0.pb", &input) ||
		    !read_oracle(folders[f], "output_0.pb", &output)) {
			print_message("no dtype_oracle; set MTUI_SHARED\n");
			skip();
		}
		assert_in_range(input.count, 1, 64);
		assert_int_equal(output.raw_len, 4 * input.count);
		decode_f64(input.dtype, input.raw, input.count, values);
		for (size_t i = 0; i < input.count; i++) {
			float narrow = (float)values[i];
			uint32_t bits;

			memcpy(&bits, &narrow, sizeof bits);
			assert_int_equal(bits, load_u32(output.raw + 4 * i));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_its_value),
		cmocka_unit_test(wide_types_are_exact),
		cmocka_unit_test(magnitudes_do_not_overflow),
		cmocka_unit_test(any_length_and_offset),
		cmocka_unit_test(narrow_types_agree_with_onnx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
