/* Histograms of errors against counting with the last range from the beginning. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/quant/error_bins.h"

#define N 5000

static void check(const float *x, const float *y, size_t piece)
{
	struct error_bins *bins = calloc(1, sizeof *bins);
	uint64_t counts[HISTOGRAM_BINS], expected[HISTOGRAM_BINS] = { 0 };
	double range, most = 0;

	for (size_t i = 0; i < N; i += piece) {
		size_t n = N - i < piece ? N - i : piece;
		double max_error = 0;

		for (size_t k = i; k < i + n; k++)
			max_error = fmax(max_error, fabs((double)y[k] - (double)x[k]));
		error_bins_add(bins, x + i, y + i, n, max_error);
		most = fmax(most, max_error);
	}
	error_bins_fit(bins, most, counts, &range);
	free(bins);
	assert_true(range > most);
	assert_true(range <= most * 1.125 * (1 + 0x1p-10));
	for (size_t i = 0; i < N; i++) {
		double place = ((double)y[i] - (double)x[i]) / range * (HISTOGRAM_BINS / 2);

		expected[HISTOGRAM_BINS / 2 + (int)floor(place)]++;
	}
	assert_memory_equal(counts, expected, sizeof counts);
}

/* Errors that grow by many powers of two, so that the range does. */
static void growing(void **state)
{
	static float x[N], y[N];
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		x[i] = i < 100 ? 1 : 0;
		y[i] = x[i] + (i < 100 ? 0 :
			       (float)(ldexp((double)(int32_t)(seed >> 32), -31) *
				       ldexp(1, (int)(i / 100) - 20)));
	}
	check(x, y, 64);
	check(x, y, 1);
	check(x, y, N);
}

static void exact(void **state)
{
	static const float x[3] = { 1, 2, 3 };
	struct error_bins *bins = calloc(1, sizeof *bins);
	uint64_t counts[HISTOGRAM_BINS];
	double range;

	(void)state;
	error_bins_add(bins, x, x, 3, 0);
	error_bins_fit(bins, 0, counts, &range);
	assert_true(range == 0);
	assert_int_equal(counts[HISTOGRAM_BINS / 2], 3);
	free(bins);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(growing), cmocka_unit_test(exact) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
