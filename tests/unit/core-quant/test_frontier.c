/* Settings of the chart, its hull, and samples beside what they estimate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <mtui/frontier.h>

#include "../one_tensor.h"

static void settings(void **state)
{
	struct frontier *frontier = calloc(1, sizeof *frontier);
	bool seen[FRONTIER_LINE_COUNT] = { false };

	(void)state;
	frontier_init(frontier);
	assert_in_range(frontier->n, 60, FRONTIER_MAX - 1);
	for (unsigned i = 0; i < frontier->n; i++) {
		struct quant_scheme settled = frontier->points[i].scheme;

		seen[frontier->points[i].line] = true;
		quant_scheme_settle(&settled);
		assert_true(quant_scheme_same(&settled, &frontier->points[i].scheme));
		for (unsigned k = 0; k < i; k++)
			assert_false(quant_scheme_same(&settled, &frontier->points[k].scheme));
	}
	for (unsigned line = 0; line < FRONTIER_LINE_COUNT; line++)
		assert_true(seen[line]);
	free(frontier);
}

/* Sizes and errors of six points; three of them are below all lines between others. */
static void hull(void **state)
{
	static const struct {
		uint64_t bytes;
		double error;
		bool on_hull;
	} points[] = { { 10, 100, true }, { 20, 40, true },  { 20, 41, false },
		       { 30, 30, false }, { 40, 5, true },   { 50, 5, false },
		       { 60, NAN, false } };
	struct frontier *frontier = calloc(1, sizeof *frontier);
	struct error err;

	(void)state;
	frontier->n = sizeof points / sizeof points[0];
	for (unsigned i = 0; i < frontier->n; i++)
		frontier->points[i] = (struct frontier_point){ .bytes = points[i].bytes,
							       .error = points[i].error,
							       .state = FRONTIER_EXACT };
	assert_true(frontier_hull(frontier, &err));
	for (unsigned i = 0; i < frontier->n; i++)
		assert_int_equal(frontier->points[i].on_hull, points[i].on_hull);
	frontier->points[4].state = FRONTIER_WAITING;
	assert_true(frontier_hull(frontier, &err));
	assert_false(frontier->points[4].on_hull);
	assert_true(frontier->points[5].on_hull);
	free(frontier);
}

/* Channels of different spread along one of two axes, [rows, columns] elements. */
static void check_samples(int axis)
{
	static const char *const texts[] = { "int4:channel", "int3:group=32:affine", "q4_k", "f16" };
	const uint32_t index = 0;
	int64_t rows = 1024, columns = 2560;
	float *values = malloc((size_t)(rows * columns) * sizeof *values);
	uint64_t seed = 1;
	struct one_tensor one;
	struct error err;

	for (int64_t i = 0; i < rows * columns; i++) {
		int64_t channel = axis ? i % columns : i / columns;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		values[i] = (float)((double)(int32_t)(seed >> 32) * 0x1p-31 *
				    (1 + (double)(channel % 7)));
	}
	one_tensor_init(&one, DTYPE_F32, (uint64_t)(rows * columns), values,
			(size_t)(rows * columns) * sizeof *values);
	one.dims[0] = rows;
	one.dims[1] = columns;
	one.tensor.n_dims = 2;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct quant_scheme scheme;
		struct quant_sample sample;
		struct quant_error exact;

		assert_true(quant_scheme_parse(text_from(texts[i]), &scheme, &err));
		scheme.axis = (int8_t)axis;
		assert_true(quant_sample_worth(&one.model, &one.tensor, &scheme));
		assert_true(quant_sample_compute(&one.model, &index, 1, &scheme, NULL, &sample,
						 &err));
		assert_true(quant_error_compute(&one.model, &one.tensor, &scheme, NULL, &exact,
						&err));
		assert_int_equal(sample.slices, QUANT_SAMPLE_SLICES);
		assert_int_equal(sample.count, exact.count);
		assert_in_range(sample.looked, QUANT_SAMPLE_ELEMENTS / 2, exact.count / 2);
		assert_true(sample.sqnr_error > 0 && sample.sqnr_error < 1);
		assert_true(fabs(sample.sqnr_db - exact.sqnr_db) < 4 * sample.sqnr_error);
		assert_true(fabs(sample.energy / exact.energy - 1) < 0.2);
	}
	one_tensor_free(&one);
	free(values);
}

static void samples(void **state)
{
	(void)state;
	check_samples(0);
	check_samples(1);
}

/* One scale for all of it is known by looking at all of it. */
static void not_sampled(void **state)
{
	static const char *const texts[] = { "int8", "kmeans", "nf4:double", "pq", "lowrank:rank=2",
					     "int4:channel:prune=50%", "nvfp4" };
	struct quant_scheme scheme;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_true(quant_scheme_parse(text_from(texts[i]), &scheme, &err));
		assert_false(quant_sample_applies(&scheme));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(hull),
		cmocka_unit_test(samples),
		cmocka_unit_test(not_sampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
