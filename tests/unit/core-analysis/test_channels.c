/* Channels against what numpy says (tests/tools/gen_channels_reference.py) and by definition. */
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

#include <mtui/channels.h>

#include "one_tensor.h"
#include "random_bytes.h"

static void set_shape(struct one_tensor *one, uint32_t n_dims, const int64_t *dims)
{
	one->tensor.n_dims = n_dims;
	for (uint32_t d = 0; d < n_dims; d++)
		one->dims[d] = dims[d];
}

static void compute(struct one_tensor *one, int axis, struct channels *channels)
{
	struct error err = { .code = ERROR_NONE };

	if (!channels_compute(&one->model, &one->tensor, axis, NULL, channels, &err))
		fail_msg("%s", err.message);
}

/* A matrix of f32. */
static void matrix(struct one_tensor *one, int64_t rows, int64_t columns, const float *values)
{
	size_t n = (size_t)(rows * columns);

	one_tensor_init(one, DTYPE_F32, n, values, n * sizeof *values);
	set_shape(one, 2, (int64_t[]){ rows, columns });
}

/* --- numpy ----------------------------------------------------------------------------------- */

static double read_double(FILE *file)
{
	char word[64];

	assert_int_equal(fscanf(file, "%63s", word), 1);
	return strtod(word, NULL);
}

static uint8_t *make_elements(enum dtype dtype, bool normal, uint64_t n, size_t len, uint64_t seed,
			      double scale, double offset)
{
	uint8_t *bytes = malloc(len + 1);

	if (!normal) {
		random_fill(&seed, bytes, len);
		return bytes;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t word = random_next(&seed);
		double value = (double)((word & 0xffff) + (word >> 16 & 0xffff) +
					(word >> 32 & 0xffff) + (word >> 48)) - 131070.0;

		value = value * scale + offset;
		if (dtype == DTYPE_F32)
			memcpy(bytes + 4 * i, &(float){ (float)value }, 4);
		else
			memcpy(bytes + 8 * i, &value, 8);
	}
	return bytes;
}

static void assert_near(const char *name, uint64_t slice, const char *what, double value,
			double expected, double tolerance)
{
	if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= tolerance))
		fail_msg("%s: slice %" PRIu64 ": %s is %.17g, expected %.17g", name, slice, what,
			 value, expected);
}

static void check_case(FILE *file)
{
	char name[32], dtype_text[16], kind[16];
	struct one_tensor one;
	struct channels channels;
	int64_t dims[4];
	uint64_t seed, n = 1, bytes_needed;
	double scale, offset;
	uint32_t n_dims;
	enum dtype dtype;
	uint8_t *bytes;
	bool complex;
	int axis;

	assert_int_equal(fscanf(file, "%31s %15s %15s %" SCNu32, name, dtype_text, kind, &n_dims), 4);
	for (uint32_t d = 0; d < n_dims; d++) {
		assert_int_equal(fscanf(file, "%" SCNd64, &dims[d]), 1);
		n *= (uint64_t)dims[d];
	}
	assert_int_equal(fscanf(file, "%d %" SCNu64, &axis, &seed), 2);
	scale = read_double(file);
	offset = read_double(file);
	dtype = dtype_from_name(text_from(dtype_text));
	assert_true(dtype_bytes(dtype, n, &bytes_needed));
	bytes = make_elements(dtype, strcmp(kind, "normal") == 0, n, bytes_needed, seed, scale,
			      offset);
	one_tensor_init(&one, dtype, n, bytes, bytes_needed);
	set_shape(&one, n_dims, dims);
	compute(&one, axis, &channels);
	complex = dtype_traits[dtype].class == CLASS_COMPLEX;
	assert_int_equal(channels.n, dims[axis]);
	for (uint64_t i = 0; i < channels.n; i++) {
		const struct channel *item = &channels.items[i];
		uint64_t counts[3];
		double min, max, mean, std, digits = 1e-12;

		assert_int_equal(fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNu64, &counts[0],
					&counts[1], &counts[2]), 3);
		min = read_double(file);
		max = read_double(file);
		mean = read_double(file);
		std = read_double(file);
		assert_int_equal(item->count, n / channels.n);
		assert_int_equal(item->zeros, counts[0]);
		assert_int_equal(item->nan, counts[1]);
		assert_int_equal(item->inf, counts[2]);
		/* numpy rounds a magnitude in its own way */
		assert_near(name, i, "min", item->min, min, complex ? 1e-15 * min : 0);
		assert_near(name, i, "max", item->max, max, complex ? 1e-15 * max : 0);
		assert_near(name, i, "mean", item->mean, mean, digits * fabs(mean));
		assert_near(name, i, "std", item->std, std, digits * fabs(std));
	}
	channels_free(&channels);
	one_tensor_free(&one);
	free(bytes);
}

static void test_numpy(void **state)
{
	FILE *file = fopen("tests/data/channels_reference.txt", "r");
	char word[256];
	int cases = 0;

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(word, sizeof word, file));
	for (; fscanf(file, "%255s", word) == 1; cases++) {
		assert_string_equal(word, "case");
		check_case(file);
	}
	assert_true(cases > 60);
	fclose(file);
}

/* --- Dead, constant, equal ------------------------------------------------------------------- */

static void test_kinds(void **state)
{
	static const float values[6][3] = {
		{ 1, 2, 3 }, { 0, -0.0f, 0 }, { 5, 5, 5 }, { 1, 2, 3 }, { 0, 0, 0 }, { 1, 2, 4 },
	};
	float turned[3][6];
	struct one_tensor one;
	struct channels channels;

	(void)state;
	for (size_t r = 0; r < 6; r++)
		for (size_t c = 0; c < 3; c++)
			turned[c][r] = values[r][c];
	for (int axis = 0; axis < 2; axis++) {
		matrix(&one, axis ? 3 : 6, axis ? 6 : 3, axis ? turned[0] : values[0]);
		compute(&one, axis, &channels);
		assert_int_equal(channels.n, 6);
		assert_int_equal(channels.n_dead, 2);
		assert_int_equal(channels.n_constant, 1);
		assert_int_equal(channels.n_duplicate, 1);
		assert_int_equal(channels.n_unconfirmed, 0);
		assert_true(channels.items[1].dead && channels.items[4].dead);
		assert_true(channels.items[2].constant);
		assert_int_equal(channels.items[3].same_as, 0);
		assert_int_equal(channels.items[4].same_as, NO_INDEX);
		assert_int_equal(channels.items[5].same_as, NO_INDEX);
		channels_free(&channels);
		one_tensor_free(&one);
	}
}

/* Elements are told apart by their bits, also where a double could not. */
static void test_bits(void **state)
{
	static const int64_t large[4][2] = {
		{ INT64_MAX, 1 }, { INT64_MAX - 1, 1 }, { INT64_MAX, 1 }, { INT64_MAX, 2 },
	};
	static const double pairs[3][4] = { { 3, 4, 1, 0 }, { 4, 3, 1, 0 }, { 3, 4, 1, 0 } };
	static const float zeros[4][2] = { { 0.0f, 1 }, { -0.0f, 1 }, { NAN, 1 }, { NAN, 1 } };
	struct one_tensor one;
	struct channels channels;

	(void)state;
	one_tensor_init(&one, DTYPE_I64, 8, large, sizeof large);
	set_shape(&one, 2, (int64_t[]){ 4, 2 });
	compute(&one, 0, &channels);
	assert_int_equal(channels.n_duplicate, 1);
	assert_int_equal(channels.items[2].same_as, 0);
	channels_free(&channels);
	one_tensor_free(&one);

	one_tensor_init(&one, DTYPE_C128, 6, pairs, sizeof pairs);
	set_shape(&one, 2, (int64_t[]){ 3, 2 });
	compute(&one, 0, &channels);
	assert_int_equal(channels.n_duplicate, 1);
	assert_int_equal(channels.items[2].same_as, 0);
	channels_free(&channels);
	one_tensor_free(&one);

	matrix(&one, 4, 2, zeros[0]);
	compute(&one, 0, &channels);
	assert_int_equal(channels.n_duplicate, 1);
	assert_int_equal(channels.items[3].same_as, 2);
	assert_int_equal(channels.items[3].nan, 1);
	channels_free(&channels);
	one_tensor_free(&one);
}

/* One element says nothing: a bias is neither constant nor full of duplicates. */
static void test_single_elements(void **state)
{
	static const float values[4] = { 1, 1, 0, 2 };
	struct one_tensor one;
	struct channels channels;

	(void)state;
	one_tensor_init(&one, DTYPE_F32, 4, values, sizeof values);
	compute(&one, -1, &channels);
	assert_int_equal(channels.axis, 0);
	assert_int_equal(channels.n_dead, 1);
	assert_int_equal(channels.n_constant + channels.n_duplicate, 0);
	channels_free(&channels);
	one_tensor_free(&one);
}

/* Slices longer than the window that is compared at a time, in either direction. */
static void test_long_twins(void **state)
{
	enum { LENGTH = 1300000 };
	float *values = malloc(3 * LENGTH * sizeof *values);
	struct one_tensor one;
	struct channels channels;

	(void)state;
	for (int axis = 0; axis < 2; axis++) {
		for (size_t i = 0; i < 3 * (size_t)LENGTH; i++)
			values[i] = (float)((axis ? i / 3 : i % LENGTH) * 7 % 1000003);
		values[axis ? 3 * (LENGTH - 2) + 1 : 2 * LENGTH - 2] += 1; /* in the middle slice */
		matrix(&one, axis ? LENGTH : 3, axis ? 3 : LENGTH, values);
		compute(&one, axis, &channels);
		assert_int_equal(channels.n_duplicate, 1);
		assert_int_equal(channels.n_unconfirmed, 0);
		assert_int_equal(channels.items[1].same_as, NO_INDEX);
		assert_int_equal(channels.items[2].same_as, 0);
		channels_free(&channels);
		one_tensor_free(&one);
	}
	free(values);
}

/* --- Outliers -------------------------------------------------------------------------------- */

static void test_scores(void **state)
{
	/* Magnitudes 1 2 3 4 100: median 3, MAD 1. */
	static const float values[5][2] = { { 1, 0 }, { 0, -2 }, { 3, 1 }, { 4, 4 }, { -100, 1 } };
	/* Three equal ones: MAD 0, mean deviation 2/5. */
	static const float flat[5][1] = { { 7 }, { 7 }, { 9 }, { 7 }, { 7 } };
	static const uint32_t order[5] = { 4, 0, 1, 3, 2 };
	struct one_tensor one;
	struct channels channels;

	(void)state;
	matrix(&one, 5, 2, values[0]);
	compute(&one, 0, &channels);
	assert_true(channels.median == 3 && channels.mad == 1);
	assert_true(channels.items[4].score == 0.6745 * 97);
	assert_true(channels.items[0].score == 0.6745 * -2);
	assert_true(channels.items[2].score == 0);
	assert_int_equal(channels.n_outliers, 1);
	assert_memory_equal(channels.ranked, order, sizeof order);
	assert_true(channels.min == -100 && channels.max == 4);
	channels_free(&channels);
	one_tensor_free(&one);

	matrix(&one, 5, 1, flat[0]);
	compute(&one, 0, &channels);
	assert_true(channels.mad == 0);
	assert_near("flat", 2, "score", channels.items[2].score, 2 / (1.2533 * 0.4), 1e-14);
	assert_int_equal(channels.n_outliers, 1);
	channels_free(&channels);
	one_tensor_free(&one);
}

static void test_nothing_finite(void **state)
{
	static const float values[3][2] = { { NAN, INFINITY }, { 1, 2 }, { -INFINITY, NAN } };
	struct one_tensor one;
	struct channels channels;

	(void)state;
	matrix(&one, 3, 2, values[0]);
	compute(&one, 0, &channels);
	assert_true(isnan(channels.items[0].min) && isnan(channels.items[0].score));
	assert_int_equal(channels.items[0].nan, 1);
	assert_int_equal(channels.items[0].inf, 1);
	assert_int_equal(channels.ranked[0], 1);
	assert_int_equal(channels.n_outliers, 0);
	assert_true(channels.min == 1 && channels.max == 2);
	channels_free(&channels);
	one_tensor_free(&one);
}

/* --- Where the elements lie, and how many ---------------------------------------------------- */

/* Pieces of odd lengths give the same to the last bit. */
static void test_runs(void **state)
{
	enum { ROWS = 37, COLUMNS = 501, N = ROWS * COLUMNS };
	float *values = malloc(N * sizeof *values);
	uint64_t seed = 5;
	struct one_tensor one;
	struct channels whole, pieces;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[i] = (float)(random_next(&seed) >> 40) * 0x1p-24f - 0.25f;
	matrix(&one, ROWS, COLUMNS, values);
	for (int axis = 0; axis < 2; axis++) {
		compute(&one, axis, &whole);
		one.tensor.n_runs = 3;
		one.runs[0] = (struct run_of_bytes){ 0, 4 * 1001 + 2, RUN_PLAIN };
		one.runs[1] = (struct run_of_bytes){ 4 * 1001 + 2, 7, RUN_PLAIN };
		one.runs[2] = (struct run_of_bytes){ 4 * 1001 + 9, 4 * N - 4 * 1001 - 9, RUN_PLAIN };
		compute(&one, axis, &pieces);
		assert_int_equal(whole.n, pieces.n);
		for (uint64_t i = 0; i < whole.n; i++)
			assert_memory_equal(&whole.items[i], &pieces.items[i],
					    offsetof(struct channel, same_as));
		channels_free(&whole);
		channels_free(&pieces);
		one.tensor.n_runs = 1;
		one.runs[0] = (struct run_of_bytes){ 0, 4 * N, RUN_PLAIN };
	}
	one_tensor_free(&one);
	free(values);
}

/* Data that ends inside a slice: that one is short, later ones are not there. */
static void test_short_data(void **state)
{
	static const float values[7] = { 1, 2, 3, 1, 2, 3, 1 };
	struct one_tensor one;
	struct channels channels;

	(void)state;
	one_tensor_init(&one, DTYPE_F32, 7, values, sizeof values);
	set_shape(&one, 2, (int64_t[]){ 5, 3 });
	one.tensor.count = 15;
	one.tensor.problem = TENSOR_SHORT;
	compute(&one, 0, &channels);
	assert_int_equal(channels.n, 3);
	assert_int_equal(channels.items[2].count, 1);
	assert_int_equal(channels.items[1].same_as, 0);
	channels_free(&channels);
	compute(&one, 1, &channels);
	assert_int_equal(channels.n, 3);
	assert_int_equal(channels.items[0].count, 3);
	assert_int_equal(channels.items[2].count, 2);
	channels_free(&channels);
	one_tensor_free(&one);
}

static void refuse(struct one_tensor *one, int axis, enum error_code code, const char *word)
{
	struct channels channels;
	struct error err = { .code = ERROR_NONE };

	assert_false(channels_compute(&one->model, &one->tensor, axis, NULL, &channels, &err));
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.message, word));
	assert_null(channels.items);
}

static void test_refused(void **state)
{
	static const float values[4] = { 1, 2, 3, 4 };
	struct one_tensor one;

	(void)state;
	matrix(&one, 2, 2, values);
	refuse(&one, 2, ERROR_USAGE, "no axis 2");
	refuse(&one, -2, ERROR_USAGE, "no axis");
	one.tensor.dtype = DTYPE_STRING;
	refuse(&one, 0, ERROR_REFUSED, "string");
	one.tensor.dtype = DTYPE_F32;
	one.tensor.n_dims = 0;
	refuse(&one, -1, ERROR_REFUSED, "scalar");
	one.tensor.n_dims = 2;
	one.tensor.present = 0;
	refuse(&one, 0, ERROR_REFUSED, "no elements");
	one_tensor_free(&one);
}

static void test_too_many(void **state)
{
	uint8_t *values = calloc(CHANNELS_MAX + 1, 1);
	struct one_tensor one;

	(void)state;
	one_tensor_init(&one, DTYPE_I8, CHANNELS_MAX + 1, values, CHANNELS_MAX + 1);
	refuse(&one, 0, ERROR_REFUSED, "slices along axis 0 (max 1048576)");
	one_tensor_free(&one);
	free(values);
}

static bool stop_at_once(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	assert_true(done <= total);
	return true;
}

static void test_cancel(void **state)
{
	static const float values[4] = { 1, 2, 3, 4 };
	const struct analysis_watch watch = { .progress = stop_at_once };
	struct one_tensor one;
	struct channels channels;
	struct error err;

	(void)state;
	matrix(&one, 2, 2, values);
	assert_false(channels_compute(&one.model, &one.tensor, 0, &watch, &channels, &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	one_tensor_free(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numpy),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_single_elements),
		cmocka_unit_test(test_long_twins),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_nothing_finite),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_short_data),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
