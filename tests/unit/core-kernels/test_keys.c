#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/codes.h"
#include "core/kernels/decode.h"
#include "core/kernels/keys.h"
#include "guard_page.h"
#include "random_bytes.h"

static const enum dtype keyed[] = { DTYPE_F32, DTYPE_I32, DTYPE_U32, DTYPE_I64,
				    DTYPE_U64, DTYPE_F64, DTYPE_F16, DTYPE_C64 };

/* Three-way comparison that also tells 64-bit integers apart. */
static int compare(enum dtype dtype, const uint8_t *a, const uint8_t *b, double x, double y)
{
	if (dtype == DTYPE_I64) {
		int64_t i = decode_i64(dtype, a, 0), j = decode_i64(dtype, b, 0);

		return (i > j) - (i < j);
	}
	if (dtype == DTYPE_U64) {
		uint64_t i = (uint64_t)decode_i64(dtype, a, 0), j = (uint64_t)decode_i64(dtype, b, 0);

		return (i > j) - (i < j);
	}
	return (x > y) - (x < y);
}

static void keys_compare_as_values(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (size_t d = 0; d < sizeof keyed / sizeof *keyed; d++) {
		enum dtype dtype = keyed[d];
		size_t size = dtype_traits[dtype].bits / 8;

		for (int round = 0; round < 2000; round++) {
			uint8_t bytes[16];
			double values[2];
			uint64_t keys[2];
			int order;

			random_fill(&seed, bytes, sizeof bytes);
			if (round % 3 == 0) /* neighbours, to the last bit */
				memcpy(bytes + size, bytes, size - 1);
			decode_f64(dtype, bytes, 2, values);
			if (!isfinite(values[0]) || !isfinite(values[1]))
				continue;
			keys_block(dtype, values, bytes, 2, keys);
			order = compare(dtype, bytes, bytes + size, values[0], values[1]);
			assert_int_equal((keys[0] > keys[1]) - (keys[0] < keys[1]), order);
			assert_true(keys_value(dtype, keys[0]) == values[0]);
			assert_true(keys_bits(dtype) == 64 || keys[0] >> 32 == 0);
			if (dtype == DTYPE_I64 || dtype == DTYPE_U64)
				assert_true(keys_integer(dtype, keys[0]) ==
					    decode_i64(dtype, bytes, 0));
		}
	}
}

static void zeros_have_one_key(void **state)
{
	const double zeros[2] = { 0.0, -0.0 };
	uint64_t keys[2];

	(void)state;
	keys_block(DTYPE_F32, zeros, NULL, 2, keys);
	assert_true(keys[0] == keys[1]);
	keys_block(DTYPE_F64, zeros, NULL, 2, keys);
	assert_true(keys[0] == keys[1]);
	assert_false(signbit(keys_value(DTYPE_F64, keys[0])));
}

static void keys_are_sorted(void **state)
{
	uint64_t keys[200], scratch[200], seed = 7, checksum;

	(void)state;
	for (size_t n = 0; n <= 200; n++) {
		checksum = 0;
		for (size_t i = 0; i < n; i++) {
			keys[i] = random_next(&seed) & (n % 2 ? UINT64_MAX : 0xff0000ff);
			checksum += keys[i];
		}
		keys_sort(keys, scratch, n);
		for (size_t i = 0; i < n; i++) {
			assert_true(i == 0 || keys[i - 1] <= keys[i]);
			checksum -= keys[i];
		}
		assert_true(checksum == 0);
	}
}

static void codes_of_any_length(void **state)
{
	static const enum dtype dtypes[] = { DTYPE_F16, DTYPE_I8, DTYPE_U4, DTYPE_I2 };
	struct guarded guarded = guarded_new(4096);
	struct codes *codes = malloc(sizeof *codes);
	uint8_t random[512];
	uint64_t seed = 8;

	(void)state;
	random_fill(&seed, random, sizeof random);
	for (size_t i = 0; i < sizeof random; i += 2)
		random[i] = 0; /* so that 16-bit codes occur more than once */
	for (size_t d = 0; d < 4; d++) {
		enum dtype dtype = dtypes[d];

		assert_int_equal(codes_of(dtype), 1u << dtype_traits[dtype].bits);
		for (size_t n = 0; n < 200; n += 3) {
			size_t len = (n * dtype_traits[dtype].bits + 7) / 8;
			const uint8_t *bytes = guarded_copy(&guarded, random + n % 16, len);
			uint64_t total = 0;

			memset(codes, 0, sizeof *codes);
			codes_init(codes);
			codes_count(dtype, bytes, n / 2 * 2, 1000, codes);
			codes_count(dtype, bytes + n / 2 * 2 * dtype_traits[dtype].bits / 8,
				    dtype_traits[dtype].bits < 8 ? 0 : n % 2, 1000 + n / 2 * 2, codes);
			codes_finish(dtype, codes);
			for (size_t c = 0; c < codes_of(dtype); c++)
				total += codes->counts[c];
			assert_int_equal(total, dtype_traits[dtype].bits < 8 ? n / 2 * 2 : n);
			for (size_t i = total; i-- > 0;) {
				uint16_t code = decode_code(dtype, bytes, i);

				assert_true(codes->counts[code] > 0);
				/* Of these, one stands for all NaN, and few others are noted. */
				if (dtype == DTYPE_F16 && ((code & 0x7fff) >= 0x7c00 ||
							   codes->first[code] == UINT64_MAX))
					continue;
				assert_true(codes->first[code] <= 1000 + i);
				assert_int_equal(decode_code(dtype, bytes, codes->first[code] - 1000),
						 code);
			}
		}
	}
	free(codes);
	guarded_free(&guarded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_compare_as_values),
		cmocka_unit_test(zeros_have_one_key),
		cmocka_unit_test(keys_are_sorted),
		cmocka_unit_test(codes_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
