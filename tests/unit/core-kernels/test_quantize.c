#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/lanes.h"
#include "core/kernels/quantize.h"
#include "guard_page.h"
#include "random_bytes.h"

static float random_float(uint64_t *seed)
{
	return (float)((double)(random_next(seed) >> 40) * 0x1p-24 - 0.5);
}

static void codes_follow_the_definition(void **state)
{
	struct guarded in = guarded_new(800), scaled = guarded_new(800);
	float values[200], scales[200], restored[200];
	int8_t codes[200];
	uint64_t seed = 9;

	(void)state;
	for (float qmax = 1; qmax <= 127; qmax = qmax * 2 + 1) {
		for (size_t i = 0; i < 200; i++) {
			scales[i] = 0.5f / qmax * (1 + (float)(i % 3));
			values[i] = i % 4 ? random_float(&seed) * 1.5f
					  : ((float)(i % 16) - 7.5f) * scales[i]; /* ties */
		}
		for (size_t n = 0; n < 200; n++) {
			const float *x = (const float *)(void *)guarded_copy(&in, values, 4 * n);
			const float *s = (const float *)(void *)guarded_copy(&scaled, scales, 4 * n);

			quantize_block(x, s, n, qmax, codes, restored);
			for (size_t i = 0; i < n; i++) {
				float q = nearbyintf(x[i] / s[i]);

				q = fmaxf(fminf(q, qmax), -qmax);
				assert_int_equal(codes[i], (int)q);
				assert_true(restored[i] == q * s[i]);
			}
		}
	}
	guarded_free(&in);
	guarded_free(&scaled);
}

static void ties_go_to_even(void **state)
{
	const float values[] = { 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, 1e30f, -1e30f };
	const float scales[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	const int8_t expected[] = { 0, 2, 2, 0, -2, -2, 126, 127, -127 };
	int8_t codes[9];
	float restored[9];

	(void)state;
	quantize_block(values, scales, 9, 127, codes, restored);
	assert_memory_equal(codes, expected, sizeof codes);
}

/* Of single precision where that is enough, in double where squares would leave its range. */
static void check_comparison(float size)
{
	struct guarded in = guarded_new(800), back = guarded_new(800);
	float values[200], restored[200];
	uint64_t seed = 10;

	for (size_t i = 0; i < 200; i++) {
		values[i] = random_float(&seed) * size;
		restored[i] = values[i] + random_float(&seed) * 0.01f * size;
	}
	for (size_t n = 0; n < 200; n++) {
		const float *x = (const float *)(void *)guarded_copy(&in, values, 4 * n);
		const float *y = (const float *)(void *)guarded_copy(&back, restored, 4 * n);
		struct quantize_sums sums, expected = { 0 };

		for (size_t i = 0; i < n; i++) {
			double a = x[i], b = y[i];

			expected.error += (a - b) * (a - b);
			expected.power += a * a;
			expected.restored += b * b;
			expected.product += a * b;
			expected.bias += b - a;
			expected.max_error = fmax(expected.max_error, fabs(a - b));
		}
		quantize_compare(x, y, n, &sums);
		assert_true(fabs(sums.error - expected.error) <= 6.3e-7 * expected.error);
		assert_true(fabs(sums.original - expected.power) <= 6.3e-7 * expected.power);
		assert_true(fabs(sums.power - expected.power) <= 1e-13 * expected.power);
		assert_true(fabs(sums.restored - expected.restored) <= 1e-13 * expected.restored);
		assert_true(fabs(sums.product - expected.product) <= 1e-13 * expected.power);
		assert_true(fabs(sums.bias - expected.bias) <= 1e-14 * (double)size);
		assert_true(sums.max_error == expected.max_error);
	}
	guarded_free(&in);
	guarded_free(&back);
}

static void comparison_sums(void **state)
{
	(void)state;
	check_comparison(1);
	check_comparison(1e-25f);
	check_comparison(1e25f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_follow_the_definition),
		cmocka_unit_test(ties_go_to_even),
		cmocka_unit_test(comparison_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
