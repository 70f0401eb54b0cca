/* Histograms against what numpy counts (tests/tools/gen_histogram_reference.py) and by definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/histogram.h>

#include "core/kernels/cpu.h"
#include "one_tensor.h"
#include "random_bytes.h"

static void compute(struct one_tensor *one, const struct histogram_axis *axis,
		    struct histogram *histogram)
{
	struct error err = { .code = ERROR_NONE };

	if (!histogram_compute(&one->model, &one->tensor, axis, NULL, histogram, &err))
		fail_msg("%s", err.message);
}

/* --- numpy ----------------------------------------------------------------------------------- */

static double read_double(FILE *file)
{
	char word[64];

	assert_int_equal(fscanf(file, "%63s", word), 1);
	return strtod(word, NULL);
}

static uint8_t *make_elements(enum dtype dtype, const char *kind, uint64_t n, size_t len,
			      uint64_t seed, double scale, double offset)
{
	uint8_t *bytes = malloc(len + 1);

	if (strcmp(kind, "bits") == 0) {
		random_fill(&seed, bytes, len);
		return bytes;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t word = random_next(&seed);
		double value = (double)(word % 1000);

		if (strcmp(kind, "normal") == 0)
			value = (double)((word & 0xffff) + (word >> 16 & 0xffff) +
					 (word >> 32 & 0xffff) + (word >> 48)) - 131070.0;
		value = value * scale + offset;
		if (dtype == DTYPE_F32)
			memcpy(bytes + 4 * i, &(float){ (float)value }, 4);
		else
			memcpy(bytes + 8 * i, &value, 8);
	}
	return bytes;
}

static bool check_case(FILE *file)
{
	char dtype_text[16], kind[16];
	struct histogram_axis axis = { .low = NAN, .high = NAN };
	struct histogram histogram;
	struct one_tensor one;
	uint64_t n, seed, sums[3], found[3] = { 0 };
	double scale, offset, low, high;
	enum dtype dtype;
	uint8_t *bytes;
	uint64_t len;
	int given;

	if (fscanf(file, "%15s %15s %" SCNu64 " %" SCNu64, dtype_text, kind, &n, &seed) != 4)
		return false;
	scale = read_double(file);
	offset = read_double(file);
	assert_int_equal(fscanf(file, "%" SCNu32 " %d", &axis.bins, &given), 2);
	low = read_double(file);
	high = read_double(file);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fscanf(file, "%" SCNu64, &sums[i]), 1);
	if (given) {
		axis.low = low;
		axis.high = high;
	}
	dtype = dtype_from_name(text_from(dtype_text));
	assert_true(dtype_bytes(dtype, n, &len));
	bytes = make_elements(dtype, kind, n, len, seed, scale, offset);
	one_tensor_init(&one, dtype, n, bytes, len);
	compute(&one, &axis, &histogram);
	if (!given) {
		assert_true(histogram.axis.low == low);
		assert_true(histogram.axis.high == high);
	}
	for (uint64_t i = 0; i < axis.bins; i++) {
		found[0] += histogram.counts[i];
		found[1] += histogram.counts[i] * (i + 1);
		found[2] += histogram.counts[i] * (i + 1) * (i + 1);
	}
	if (memcmp(found, sums, sizeof sums) != 0)
		fail_msg("%s %s, seed %" PRIu64 ", %" PRIu32 " bins over %g to %g: sums %" PRIu64
			 " %" PRIu64 " %" PRIu64 ", expected %" PRIu64 " %" PRIu64 " %" PRIu64,
			 dtype_text, kind, seed, axis.bins, low, high, found[0], found[1], found[2],
			 sums[0], sums[1], sums[2]);
	assert_int_equal(histogram.inside, found[0]);
	assert_int_equal(histogram.count, n);
	assert_int_equal(histogram.inside + histogram.below + histogram.above + histogram.nan +
				 histogram.inf, n);
	histogram_free(&histogram);
	one_tensor_free(&one);
	free(bytes);
	return true;
}

static void check_all(void)
{
	FILE *file = fopen("tests/data/histogram_reference.txt", "r");
	char head[256];
	int cases = 0;

	assert_non_null(file);
	assert_non_null(fgets(head, sizeof head, file));
	while (check_case(file))
		cases++;
	assert_true(cases > 200);
	fclose(file);
}

static void test_numpy(void **state)
{
	static const char *const variants[] = { "plain", "avx2", "avx512" };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		if (kernels_select(variants[i]))
			check_all();
	assert_true(kernels_select("auto"));
}

/* --- By definition --------------------------------------------------------------------------- */

static void test_edges(void **state)
{
	static const double values[] = { 0, 1, 1, 2, 3, 4, 4, 4.5, -1, NAN, INFINITY, -INFINITY };
	const struct histogram_axis axis = { .low = 0, .high = 4, .bins = 4 };
	static const uint64_t expected[] = { 1, 2, 1, 3 }; /* the last bin is closed */
	struct one_tensor one;
	struct histogram histogram;

	(void)state;
	one_tensor_init(&one, DTYPE_F64, 12, values, sizeof values);
	compute(&one, &axis, &histogram);
	assert_memory_equal(histogram.counts, expected, sizeof expected);
	for (int i = 0; i <= 4; i++)
		assert_true(histogram.edges[i] == i);
	assert_int_equal(histogram.below, 1);
	assert_int_equal(histogram.above, 1);
	assert_int_equal(histogram.nan, 1);
	assert_int_equal(histogram.inf, 2);
	histogram_free(&histogram);
	one_tensor_free(&one);
}

static void test_symlog(void **state)
{
	/* threshold 1: places of 0 1 3 7 15 are 0 1 2 3 4 */
	static const double values[] = { -15, -7, -6.99, -3, 0, 0.99, 1, 3, 7, 14.9, 15, 16 };
	const struct histogram_axis axis = { .low = -15, .high = 15, .bins = 8, .symlog = true,
					     .threshold = 1 };
	static const double edges[] = { -15, -7, -3, -1, 0, 1, 3, 7, 15 };
	static const uint64_t expected[] = { 1, 2, 1, 0, 2, 1, 1, 3 };
	struct one_tensor one;
	struct histogram histogram;

	(void)state;
	one_tensor_init(&one, DTYPE_F64, 12, values, sizeof values);
	compute(&one, &axis, &histogram);
	for (int i = 0; i <= 8; i++)
		assert_true(histogram.edges[i] == edges[i]);
	assert_memory_equal(histogram.counts, expected, sizeof expected);
	assert_int_equal(histogram.above, 1);
	assert_true(histogram_scaled(&histogram.axis, -7) == -3);
	assert_true(histogram_unscaled(&histogram.axis, 4) == 15);
	histogram_free(&histogram);
	one_tensor_free(&one);
}

/* The edges ascend, and each value is where they say, also with very many of them. */
static void test_symlog_many(void **state)
{
	enum { N = 5000 };
	static float values[N];
	const struct histogram_axis axis = { .low = NAN, .high = NAN, .bins = HISTOGRAM_MAX_BINS,
					     .symlog = true };
	struct histogram histogram;
	struct one_tensor one;
	uint64_t seed = 9, total = 0;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[i] = (float)((double)(int64_t)random_next(&seed) * 0x1p-63 *
				    pow(10, (double)(random_next(&seed) % 8) - 4));
	one_tensor_init(&one, DTYPE_F32, N, values, sizeof values);
	compute(&one, &axis, &histogram);
	assert_true(histogram.axis.threshold ==
		    fmax(-histogram.axis.low, histogram.axis.high) / 1024);
	for (uint32_t i = 0; i < axis.bins; i++) {
		uint64_t here = 0;

		assert_true(histogram.edges[i] <= histogram.edges[i + 1]);
		total += histogram.counts[i];
		if (histogram.counts[i] == 0)
			continue;
		for (size_t k = 0; k < N; k++)
			here += values[k] >= histogram.edges[i] &&
				(values[k] < histogram.edges[i + 1] ||
				 (i + 1 == axis.bins && values[k] == histogram.edges[i + 1]));
		assert_int_equal(here, histogram.counts[i]);
	}
	assert_int_equal(total, N);
	histogram_free(&histogram);
	one_tensor_free(&one);
}

static void test_extreme_ranges(void **state)
{
	static const double values[] = { -1.7e308, 0, 1.7e308, 5e-324, 0x1p-1070 };
	static const uint32_t bins[] = { 10, 5000 };
	struct one_tensor one;

	(void)state;
	one_tensor_init(&one, DTYPE_F64, 5, values, sizeof values);
	for (size_t i = 0; i < 4; i++) {
		struct histogram_axis axis = { .low = NAN, .high = NAN, .bins = bins[i / 2],
					       .symlog = i % 2 };
		struct histogram histogram;

		compute(&one, &axis, &histogram);
		assert_int_equal(histogram.inside, 5);
		histogram_free(&histogram);
		axis.low = 0;
		axis.high = 0x1p-1070;
		compute(&one, &axis, &histogram);
		assert_int_equal(histogram.inside, 3);
		assert_int_equal(histogram.below, 1);
		histogram_free(&histogram);
	}
	one_tensor_free(&one);
}

static void refuse(struct one_tensor *one, struct histogram_axis axis, enum error_code code)
{
	struct histogram histogram;
	struct error err = { .code = ERROR_NONE };

	assert_false(histogram_compute(&one->model, &one->tensor, &axis, NULL, &histogram, &err));
	assert_int_equal(err.code, code);
	assert_null(histogram.counts);
}

static void test_refused(void **state)
{
	static const float values[] = { NAN, INFINITY };
	const struct histogram_axis good = { .low = 0, .high = 1, .bins = 10 };
	struct histogram_axis axis = good;
	struct histogram histogram;
	struct one_tensor one;

	(void)state;
	one_tensor_init(&one, DTYPE_F32, 2, values, sizeof values);
	axis.bins = 0;
	refuse(&one, axis, ERROR_USAGE);
	axis.bins = HISTOGRAM_MAX_BINS + 1;
	refuse(&one, axis, ERROR_USAGE);
	axis = (struct histogram_axis){ .low = 1, .high = 0, .bins = 10 };
	refuse(&one, axis, ERROR_USAGE);
	axis = (struct histogram_axis){ .low = 1, .high = INFINITY, .bins = 10 };
	refuse(&one, axis, ERROR_USAGE);
	axis = (struct histogram_axis){ .low = NAN, .high = 1, .bins = 10 };
	refuse(&one, axis, ERROR_USAGE);
	axis = (struct histogram_axis){ .low = NAN, .high = NAN, .bins = 10 };
	refuse(&one, axis, ERROR_REFUSED);
	compute(&one, &good, &histogram);
	assert_int_equal(histogram.nan + histogram.inf, 2);
	assert_int_equal(histogram.inside, 0);
	histogram_free(&histogram);
	one.tensor.dtype = DTYPE_STRING;
	refuse(&one, good, ERROR_REFUSED);
	one_tensor_free(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numpy),	       cmocka_unit_test(test_edges),
		cmocka_unit_test(test_symlog),	       cmocka_unit_test(test_symlog_many),
		cmocka_unit_test(test_extreme_ranges), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
