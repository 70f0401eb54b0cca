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

#include "core/kernels/bins.h"
#include "core/kernels/lanes.h"
#include "guard_page.h"
#include "random_bytes.h"

/* The bin by its definition: the last edge that is not above the value. */
static size_t searched(const struct bins *bins, double value)
{
	size_t b = 0;

	if (!(value >= bins->edges[0] && value <= bins->edges[bins->n]))
		return SIZE_MAX;
	while (b < bins->n - 1 && value >= bins->edges[b + 1])
		b++;
	return b;
}

static void every_value_in_its_bin(void **state)
{
	const double ranges[][2] = { { -1, 1 }, { 0, 0.7 }, { -3.3, 1e-3 }, { 1e6, 1e6 + 1 },
				     { -1e300, 1e300 }, { 1e-300, 3e-300 } };
	const size_t numbers[] = { 1, 2, 7, 64, 256, BINS_MAX };
	struct guarded guarded = guarded_new(200 * sizeof(double));
	struct bins *bins = malloc(sizeof *bins);
	uint64_t seed = 5;

	(void)state;
	for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
		for (size_t k = 0; k < 6; k++) {
			double low = ranges[r][0], width = ranges[r][1] - low, values[200];

			bins_init(bins, BINS_F64, low, ranges[r][1], numbers[k]);
			assert_true(bins->edges[0] == low && bins->edges[numbers[k]] == ranges[r][1]);
			for (size_t i = 0; i < 200; i++) {
				uint64_t word = random_next(&seed);

				values[i] = low + width * ((double)(word >> 11) * 0x1.2p-53 - 0.05);
				if (word % 4 == 0) /* an edge or its neighbour */
					values[i] = nextafter(bins->edges[word / 4 % numbers[k]],
							      word % 8 ? INFINITY : -INFINITY);
				if (word % 4 == 1)
					values[i] = bins->edges[word / 4 % (numbers[k] + 1)];
			}
			values[3] = NAN;
			values[5] = INFINITY;
			for (size_t n = 0; n < 200; n += 1 + k) {
				uint64_t counts[BINS_MAX] = { 0 }, expected[BINS_MAX] = { 0 };
				const double *x = (const double *)(void *)guarded_copy(
					&guarded, values, n * sizeof *values);

				for (size_t i = 0; i < n; i++) {
					size_t bin = searched(bins, x[i]);

					assert_int_equal(bins_index(bins, x[i]), bin);
					if (bin != SIZE_MAX)
						expected[bin]++;
				}
				bins_count(bins, x, n, counts);
				assert_memory_equal(counts, expected, sizeof counts);
			}
		}
	}
	free(bins);
	guarded_free(&guarded);
}

static size_t only_bin(double low, double high, double value)
{
	struct bins *bins = malloc(sizeof *bins);
	uint64_t counts[256] = { 0 };
	size_t bin;

	bins_init(bins, BINS_F64, low, high, 256);
	bins_count(bins, &value, 1, counts);
	bin = bins_index(bins, value);
	assert_true(bin < 256);
	assert_int_equal(counts[bin], 1);
	free(bins);
	return bin;
}

static void ranges_at_the_limits(void **state)
{
	(void)state;
	assert_int_equal(only_bin(3, 3, 3), 128);
	assert_int_equal(only_bin(0, 0, 0), 128);
	assert_int_equal(only_bin(1e300, 1e300, 1e300), 128);
	assert_int_equal(only_bin(-DBL_MAX, DBL_MAX, DBL_MAX), 255);
	assert_int_equal(only_bin(-DBL_MAX, DBL_MAX, -DBL_MAX), 0);
	assert_int_equal(only_bin(-DBL_MAX, DBL_MAX, 1), 128);
	assert_int_equal(only_bin(0, 0x1p-1074 * 1024, 0x1p-1074 * 1024), 255);
	assert_int_equal(only_bin(0, 0x1p-1074 * 1024, 0x1p-1074 * 4), 1);
	/* Edges this close coincide; one step of correction is what numpy takes, too. */
	assert_int_equal(only_bin(1, nextafter(1, 2), 1), 1);
	assert_int_equal(only_bin(1, nextafter(1, 2), nextafter(1, 2)), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_in_its_bin),
		cmocka_unit_test(ranges_at_the_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
