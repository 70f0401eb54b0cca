/* Curves: smoothing against TensorBoard's formula, pyramids against brute force, pieces, bands. */
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

#include <mtui/combine.h>
#include <mtui/curve.h>

#include "build_series.h"
#include "random_bytes.h"

/* --- Smoothing --------------------------------------------------------------------------------- */

static void same_number(double found, double expected)
{
	if (isnan(expected))
		assert_true(isnan(found));
	else if (isinf(expected) || expected == 0)
		assert_true(found == expected);
	else if (!(fabs(found - expected) <= 1e-15 * fabs(expected)))
		fail_msg("%a is not %a", found, expected);
}

static void smooths_as_tensorboard(void **state)
{
	FILE *file = fopen("tests/data/smoothing_reference.txt", "r");
	char weight[64], a[64], b[64];
	size_t n, cases = 0;

	(void)state;
	assert_non_null(file);
	while (fscanf(file, " case %63s %zu", weight, &n) == 2) {
		double *values = calloc(n, sizeof *values), *expected = calloc(n, sizeof *values);
		double *whole = calloc(n, sizeof *values), *parts = calloc(n, sizeof *values);
		struct smoothing smoothing;

		for (size_t i = 0; i < n; i++) {
			assert_int_equal(fscanf(file, "%63s %63s", a, b), 2);
			values[i] = strtod(a, NULL);
			expected[i] = strtod(b, NULL);
		}
		smoothing_begin(&smoothing, strtod(weight, NULL));
		smoothing_extend(&smoothing, values, n, whole);
		smoothing_begin(&smoothing, strtod(weight, NULL));
		for (size_t i = 1; i <= n; i += 1 + i % 3)
			smoothing_extend(&smoothing, values, i, parts);
		smoothing_extend(&smoothing, values, n, parts);
		for (size_t i = 0; i < n; i++)
			same_number(whole[i], expected[i]);
		assert_memory_equal(whole, parts, n * sizeof *whole);
		free(values);
		free(expected);
		free(whole);
		free(parts);
		cases++;
	}
	fclose(file);
	assert_int_equal(cases, 32);
}

static void weight_is_brought_inside(void **state)
{
	struct smoothing smoothing;

	(void)state;
	smoothing_begin(&smoothing, 7);
	assert_true(smoothing.weight == SMOOTHING_MAX);
	smoothing_begin(&smoothing, -1);
	assert_true(smoothing.weight == 0);
	smoothing_begin(&smoothing, NAN);
	assert_true(smoothing.weight == 0);
}

/* --- Pyramid ----------------------------------------------------------------------------------- */

static struct extent by_looking(const double *values, size_t from, size_t end)
{
	struct extent extent = { .min = INFINITY, .max = -INFINITY };

	for (size_t i = from; i < end; i++) {
		if (!isfinite(values[i]))
			continue;
		extent.min = fmin(extent.min, values[i]);
		extent.max = fmax(extent.max, values[i]);
		extent.sum += values[i];
		extent.finite++;
	}
	return extent;
}

static void pyramid_is_brute_force(void **state)
{
	enum { N = 70001 };
	double *values = malloc(N * sizeof *values);
	struct pyramid pyramid = { 0 };
	uint64_t seed = 1;

	(void)state;
	/* Small integers: sums are exact in any order. */
	for (size_t i = 0; i < N; i++) {
		uint64_t word = random_next(&seed);
		values[i] = word % 97 == 0 ? NAN : word % 89 == 0 ? INFINITY : (double)(word % 1000);
	}
	for (size_t n = 0; n < N; n += random_next(&seed) % 5000)
		assert_true(pyramid_extend(&pyramid, values, n));
	assert_true(pyramid_extend(&pyramid, values, N));
	for (int round = 0; round < 3000; round++) {
		size_t from = random_next(&seed) % N;
		size_t end = from + random_next(&seed) % (round % 2 ? 200 : N - from + 1);

		end = end > N ? N : end;
		struct extent found = pyramid_query(&pyramid, values, from, end);
		struct extent expected = by_looking(values, from, end);

		assert_true(found.min == expected.min && found.max == expected.max);
		assert_true(found.sum == expected.sum && found.finite == expected.finite);
	}
	pyramid_free(&pyramid);
	free(values);
}

/* --- Curves ------------------------------------------------------------------------------------ */

struct one_run {
	struct run run;
	struct built_series built[2];
	const struct series *series[2];
};

static void build_run(struct one_run *one)
{
	one->run = (struct run){ .name = TEXT("run"), .series = one->series, .series_count = 1 };
	if (one->series[1])
		one->run.series_count = 2;
}

static void restart_makes_a_piece(void **state)
{
	static const int64_t steps[] = { 0, 10, 20, 30, 15, 25, 35 };
	static const double values[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct one_run one = { 0 };
	struct curve curve = { 0 };

	(void)state;
	one.series[0] = build_series(&one.built[0], "loss", steps, NULL, values, 7);
	build_run(&one);
	assert_true(curve_make(&curve, &(struct curve_source){ &one.run, one.series[0], CURVE_STEP,
							       TEXT(""), 0 }));
	assert_int_equal(curve.n_pieces, 2);
	assert_int_equal(curve.pieces[1], 4);
	assert_true(curve_at(&curve, true, 30) == 6.5); /* the later piece counts */
	assert_true(curve_at(&curve, true, 10) == 2);
	assert_true(isnan(curve_at(&curve, true, 36)));
	assert_int_equal(curve_nearest(&curve, 24), 5);
	struct curve_part part = curve_part(&curve, true, 0, 10, 30, false);
	assert_int_equal(part.n, 2);
	assert_true(part.first == 2 && part.last == 3);
	part = curve_part(&curve, true, 0, 10, 30, true);
	assert_true(part.n == 3 && part.last == 4 && part.extent.sum == 9);
	curve_free(&curve);
	built_series_free(&one.built[0]);
}

static void no_order_is_sorted(void **state)
{
	enum { N = 3000 };
	struct one_run one = { 0 };
	struct curve curve = { 0 };
	int64_t steps[N];
	double values[N];
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < N; i++)
		values[i] = (double)(steps[i] = (int64_t)(random_next(&seed) % 1000000));
	one.series[0] = build_series(&one.built[0], "loss", steps, NULL, values, N);
	build_run(&one);
	assert_true(curve_make(&curve, &(struct curve_source){ &one.run, one.series[0], CURVE_STEP,
							       TEXT(""), 0.5 }));
	assert_int_equal(curve.n_pieces, 1);
	for (int i = 1; i < N; i++)
		assert_true(curve.x[i - 1] <= curve.x[i] && curve.raw[i] == curve.x[i]);
	curve_free(&curve);
	built_series_free(&one.built[0]);
}

/* A curve that grew is the curve that was made at once. */
static void grows(void **state)
{
	enum { N = 5000 };
	struct one_run one = { 0 };
	struct curve grown = { 0 }, whole = { 0 };
	double values[N];
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < N; i++)
		values[i] = i < 700 ? 0.5 : (double)(random_next(&seed) % 1000) / 7;
	one.series[0] = build_series(&one.built[0], "loss", NULL, NULL, values, N);
	build_run(&one);
	struct curve_source source = { &one.run, one.series[0], CURVE_RELATIVE, TEXT(""), 0.9 };
	struct series_chunk *last;

	for (size_t n = 520; n <= N; n += 97) {
		/* An earlier version: fewer points in its last chunk. */
		one.built[0].series.count = n;
		one.built[0].series.chunk_count = (n + SERIES_CHUNK - 1) / SERIES_CHUNK;
		last = one.built[0].chunks + one.built[0].series.chunk_count - 1;
		last->count = (uint32_t)(n - (one.built[0].series.chunk_count - 1) * SERIES_CHUNK);
		assert_true(curve_make(&grown, &source));
		last->count = n > N - N % SERIES_CHUNK ? N % SERIES_CHUNK : SERIES_CHUNK;
	}
	last = one.built[0].chunks + N / SERIES_CHUNK;
	last->count = N % SERIES_CHUNK;
	one.built[0].series.count = N;
	one.built[0].series.chunk_count = N / SERIES_CHUNK + 1;
	assert_true(curve_make(&grown, &source));
	assert_true(curve_make(&whole, &source));
	assert_int_equal(grown.n, whole.n);
	assert_memory_equal(grown.smooth, whole.smooth, whole.n * sizeof *whole.smooth);
	assert_memory_equal(grown.x, whole.x, whole.n * sizeof *whole.x);
	for (size_t from = 0; from < whole.n; from += 311) {
		struct curve_part a = curve_part(&grown, true, 0, (double)from, 1e9, true);
		struct curve_part b = curve_part(&whole, true, 0, (double)from, 1e9, true);

		assert_memory_equal(&a, &b, sizeof a);
	}
	curve_free(&grown);
	curve_free(&whole);
	built_series_free(&one.built[0]);
}

static void column_is_an_axis(void **state)
{
	static const int64_t steps[] = { 0, 5, 10, 15, 20 }, token_steps[] = { 0, 10 };
	static const double values[] = { 1, 2, 3, 4, 5 }, tokens[] = { 1000, 3000 };
	struct one_run one = { 0 };
	struct curve curve = { 0 };

	(void)state;
	one.series[0] = build_series(&one.built[0], "loss", steps, NULL, values, 5);
	one.series[1] = build_series(&one.built[1], "tokens", token_steps, NULL, tokens, 2);
	build_run(&one);
	assert_true(curve_make(&curve, &(struct curve_source){ &one.run, one.series[0],
							       CURVE_COLUMN, TEXT("tokens"), 0 }));
	assert_int_equal(curve.n, 3); /* nobody knows the tokens of steps 15 and 20 */
	assert_true(curve.x[0] == 1000 && curve.x[1] == 2000 && curve.x[2] == 3000);
	curve_free(&curve);
	built_series_free(&one.built[0]);
	built_series_free(&one.built[1]);
}

/* --- Several ----------------------------------------------------------------------------------- */

static void band_of_three(void **state)
{
	static const double x[] = { 0, 1, 2, 3 }, late[] = { 1, 3, 5 };
	static const double a[] = { 1, 1, 1, 1 }, b[] = { 3, 3, NAN, 3 }, c[] = { 5, 7, 9 };
	struct curve curves[3];
	const struct curve *group[3] = { curves, curves + 1, curves + 2 };
	struct band band;

	(void)state;
	assert_true(curve_of_points(&curves[0], x, a, 4) && curve_of_points(&curves[1], x, b, 4) &&
		    curve_of_points(&curves[2], late, c, 3));
	assert_true(band_make(&band, group, 3, BAND_RANGE));
	assert_int_equal(band.mean.n, 5);
	assert_true(band.mean.raw[0] == 2 && band.mean.raw[1] == 3 && band.mean.raw[4] == 9);
	assert_true(band.low.raw[1] == 1 && band.high.raw[1] == 5);
	assert_true(band.mean.raw[2] == 3.5); /* 1 and 6: the NaN is left out */
	band_free(&band);
	assert_true(band_make(&band, group, 3, BAND_DEVIATION));
	assert_true(band.low.raw[0] == 1 && band.high.raw[0] == 3);
	assert_true(fabs(band.high.raw[1] - 3 - sqrt(8.0 / 3)) < 1e-15);
	band_free(&band);
	for (int i = 0; i < 3; i++)
		curve_free(&curves[i]);
}

static void ratio_and_difference(void **state)
{
	static const double x[] = { 0, 1, 2, 3 }, y[] = { 2, 4, 6, 8 };
	static const double other_x[] = { 1, 3 }, other[] = { 2, 0 };
	struct curve a, b, result;

	(void)state;
	assert_true(curve_of_points(&a, x, y, 4) && curve_of_points(&b, other_x, other, 2));
	assert_true(combine_two(&result, &a, &b, COMBINE_RATIO));
	assert_int_equal(result.n, 2); /* not before b begins, not where it is 0 */
	assert_true(result.raw[0] == 2 && result.raw[1] == 6);
	curve_free(&result);
	assert_true(combine_two(&result, &a, &b, COMBINE_DIFFERENCE));
	assert_true(result.n == 3 && result.raw[2] == 8);
	curve_free(&result);
	curve_free(&a);
	curve_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smooths_as_tensorboard),
		cmocka_unit_test(weight_is_brought_inside),
		cmocka_unit_test(pyramid_is_brute_force),
		cmocka_unit_test(restart_makes_a_piece),
		cmocka_unit_test(no_order_is_sorted),
		cmocka_unit_test(grows),
		cmocka_unit_test(column_is_an_axis),
		cmocka_unit_test(band_of_three),
		cmocka_unit_test(ratio_and_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
