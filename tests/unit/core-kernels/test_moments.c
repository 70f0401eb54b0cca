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
#include "core/kernels/moments.h"
#include "guard_page.h"
#include "random_bytes.h"

static double random_value(uint64_t *seed)
{
	return (double)(int64_t)(random_next(seed) >> 32) * 0x1p-32 - 0.5;
}

static void assert_close(long double value, long double expected, long double scale)
{
	if (!(fabsl(value - expected) <= 1e-13L * scale))
		fail_msg("%.20Lg is not %.20Lg", value, expected);
}

static void check_against_definition(const double *values, size_t n, const struct moments *moments)
{
	long double sum = 0, absolute = 0, m2 = 0, m3 = 0, m4 = 0, mean;

	for (size_t i = 0; i < n; i++) {
		sum += values[i];
		absolute += fabsl(values[i]);
	}
	mean = n ? sum / n : 0;
	for (size_t i = 0; i < n; i++) {
		long double d = values[i] - mean;

		m2 += d * d;
		m3 += d * d * d;
		m4 += d * d * d * d;
	}
	assert_int_equal(moments->n, n);
	assert_close(exact_sum_value(&moments->sum), sum, absolute);
	assert_close(exact_sum_value(&moments->absolute), absolute, absolute);
	assert_close(moments->m2, m2, m2);
	assert_close(moments->m3, m3, powl(m2, 1.5L));
	assert_close(moments->m4, m4, m4);
}

static void blocks_of_any_length(void **state)
{
	struct guarded guarded = guarded_new(BLOCK * sizeof(double));
	double values[BLOCK];
	struct moments moments;
	uint64_t seed = 2;

	(void)state;
	for (size_t i = 0; i < BLOCK; i++)
		values[i] = random_value(&seed);
	for (size_t n = 0; n <= BLOCK; n += n < 200 ? 1 : 231) {
		const double *x = (const double *)(void *)guarded_copy(&guarded, values,
								       n * sizeof *values);

		moments_block(x, n, &moments);
		check_against_definition(x, n, &moments);
	}
	guarded_free(&guarded);
}

static void merged_blocks_are_the_whole(void **state)
{
	const size_t n = 5 * BLOCK + 77;
	double *values = malloc(n * sizeof *values);
	struct moments all = { 0 }, block;
	uint64_t seed = 3;

	(void)state;
	/* The mean moves from block to block, so every term of the merge matters. */
	for (size_t i = 0; i < n; i++)
		values[i] = random_value(&seed) + (double)(i / BLOCK * i) * 1e-4;
	for (size_t i = 0; i < n; i += BLOCK) {
		moments_block(values + i, n - i < BLOCK ? n - i : BLOCK, &block);
		moments_merge(&all, &block);
	}
	check_against_definition(values, n, &all);
	free(values);
}

static void a_mean_far_above_the_deviation(void **state)
{
	const size_t n = 4 * BLOCK;
	struct moments all = { 0 }, block;
	double values[BLOCK];

	(void)state;
	for (size_t b = 0; b < n / BLOCK; b++) {
		for (size_t i = 0; i < BLOCK; i++)
			values[i] = 1e9 + (i % 2 ? 0.5 : -0.5);
		moments_block(values, BLOCK, &block);
		moments_merge(&all, &block);
	}
	assert_true(all.mean == 1e9 && all.mean_low == 0);
	assert_true(all.m2 == (double)n / 4);
	assert_true(all.m3 == 0);
	assert_true(all.m4 == (double)n / 16);
}

static void sums_keep_what_cancels(void **state)
{
	struct exact_sum sum = { 0 };

	(void)state;
	exact_sum_add(&sum, 1);
	exact_sum_add(&sum, 1e100);
	exact_sum_add(&sum, 1);
	exact_sum_add(&sum, -1e100);
	assert_true(exact_sum_value(&sum) == 2);
	exact_sum_add(&sum, INFINITY);
	assert_true(isinf(exact_sum_value(&sum)));
}

static void survey_counts(void **state)
{
	struct guarded guarded = guarded_new(256 * sizeof(double));
	double values[200];
	uint64_t seed = 4;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		uint64_t r = random_next(&seed);

		values[i] = r % 4 == 0 ? (r % 8 ? 0.0 : -0.0)
				       : random_value(&seed) * (r % 4 == 1 ? 1e-40 : 1);
	}
	for (size_t n = 0; n < 200; n++) {
		const double *x = (const double *)(void *)guarded_copy(&guarded, values,
								       n * sizeof *values);
		struct survey survey, expected = { INFINITY, -INFINITY, 0, 0, 0, 0 };

		for (size_t i = 0; i < n; i++) {
			expected.min = fmin(expected.min, x[i]);
			expected.max = fmax(expected.max, x[i]);
			expected.zeros += x[i] == 0;
			expected.negative += x[i] < 0;
			expected.subnormal += x[i] != 0 && fabs(x[i]) < 0x1p-126;
		}
		survey_block(x, n, 0x1p-126, &survey);
		assert_true(survey.min == expected.min && survey.max == expected.max);
		assert_false(n && survey.min == 0 && signbit(survey.min));
		assert_int_equal(survey.zeros, expected.zeros);
		assert_int_equal(survey.negative, expected.negative);
		assert_int_equal(survey.subnormal, expected.subnormal);
		survey_block(x, n, 0, &survey);
		assert_int_equal(survey.subnormal, 0);
	}
	guarded_free(&guarded);
}

static void survey_finds_what_is_not_finite(void **state)
{
	double values[64] = { 0 };
	struct survey survey;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		float narrow = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;

		survey_block_f32((const uint8_t *)&narrow, 1, &survey);
		assert_int_equal(survey.bad, 1);
		values[i] = narrow;
		survey_block(values, i + 1, 0, &survey);
		assert_int_equal(survey.bad, 1);
		values[i] = 1.7976931348623157e308;
		survey_block(values, i + 1, 0, &survey);
		assert_int_equal(survey.bad, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_any_length),
		cmocka_unit_test(merged_blocks_are_the_whole),
		cmocka_unit_test(a_mean_far_above_the_deviation),
		cmocka_unit_test(sums_keep_what_cancels),
		cmocka_unit_test(survey_counts),
		cmocka_unit_test(survey_finds_what_is_not_finite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
