/* Several tensors taken as one say what one tensor with all their elements says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/group.h>
#include <mtui/sample.h>
#include <mtui/scope.h>

#include "one_tensor.h"
#include "random_bytes.h"

#define PIECES 5

/* One run of bytes as one tensor, and cut into tensors. */
struct cut {
	struct one_tensor whole;
	struct tensor pieces[PIECES];
	struct run_of_bytes runs[PIECES];
	uint32_t indices[PIECES];
};

static void cut_init(struct cut *cut, enum dtype dtype, uint64_t n, const void *bytes, size_t len)
{
	static const unsigned shares[PIECES + 1] = { 0, 1, 2, 40, 41, 100 };
	uint64_t each = len / n;

	one_tensor_init(&cut->whole, dtype, n, bytes, len);
	for (uint32_t i = 0; i < PIECES; i++) {
		uint64_t first = n * shares[i] / 100, end = n * shares[i + 1] / 100;

		cut->runs[i] = (struct run_of_bytes){ first * each, (end - first) * each, RUN_PLAIN };
		cut->pieces[i] = cut->whole.tensor;
		cut->pieces[i].runs = &cut->runs[i];
		cut->pieces[i].count = cut->pieces[i].present = end - first;
		cut->indices[i] = i;
	}
	cut->whole.model.tensors = cut->pieces;
	cut->whole.model.n_tensors = PIECES;
}

static void merge(struct cut *cut, struct group *group, struct statistics *merged)
{
	struct error err = { .code = ERROR_NONE };

	*group = (struct group){ 0 };
	for (uint32_t i = 0; i < PIECES; i++) {
		struct statistics s;

		if (!statistics_compute(&cut->whole.model, &cut->pieces[i], NULL, &s, &err))
			fail_msg("%s", err.message);
		group_add(group, &cut->pieces[i], i, &s);
	}
	if (!group_finish(group, &cut->whole.model, cut->indices, PIECES, NULL, merged, &err))
		fail_msg("%s", err.message);
	group_free(group);
}

static bool near(double a, double b, double scale)
{
	return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= 1e-12 * fmax(fabs(b), scale);
}

static void assert_same(const struct statistics *a, const struct statistics *b)
{
	assert_true(a->count == b->count && a->finite == b->finite && a->zeros == b->zeros);
	assert_true(a->negative == b->negative && a->positive == b->positive);
	assert_true(a->subnormal == b->subnormal && a->nan == b->nan);
	assert_true(a->posinf == b->posinf && a->neginf == b->neginf);
	assert_true(a->min == b->min && a->max == b->max && a->max_abs == b->max_abs);
	assert_true(near(a->mean, b->mean, b->std) && near(a->std, b->std, 0));
	assert_true(near(a->skew, b->skew, 1) && near(a->kurtosis, b->kurtosis, 1));
	assert_true(near(a->sum, b->sum, b->l1) && near(a->l1, b->l1, 0) && near(a->l2, b->l2, 0));
	for (int q = 0; q < STATISTICS_N_PERCENTS; q++)
		assert_true(a->quantiles[q] == b->quantiles[q]);
	assert_memory_equal(a->bins, b->bins, sizeof a->bins);
	assert_true(a->entropy == b->entropy && a->distinct == b->distinct);
}

static void pieces_say_what_the_whole_says(void **state)
{
	static const enum dtype dtypes[] = { DTYPE_F32, DTYPE_F64, DTYPE_F16, DTYPE_BF16, DTYPE_I8,
					     DTYPE_U8,	DTYPE_I32, DTYPE_I64, DTYPE_U64,
					     DTYPE_F8E4M3FN };
	static const uint64_t lengths[] = { 100, 4097, 300001 };
	uint64_t seed = 77;

	(void)state;
	for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
		for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
			size_t len = (size_t)lengths[l] * dtype_traits[dtypes[d]].bits / 8;
			uint8_t *bytes = malloc(len);
			struct statistics merged, whole;
			struct group group;
			struct cut *cut = calloc(1, sizeof *cut);

			random_fill(&seed, bytes, len);
			cut_init(cut, dtypes[d], lengths[l], bytes, len);
			merge(cut, &group, &merged);
			assert_true(statistics_compute(&cut->whole.model, &cut->whole.tensor, NULL,
						       &whole, NULL));
			assert_same(&merged, &whole);
			assert_int_equal(group.argmin + cut->runs[group.min_tensor].offset * 8 /
							dtype_traits[dtypes[d]].bits, whole.argmin);
			assert_int_equal(group.argmax + cut->runs[group.max_tensor].offset * 8 /
							dtype_traits[dtypes[d]].bits, whole.argmax);
			one_tensor_free(&cut->whole);
			free(cut);
			free(bytes);
		}
	}
}

static void any_quantile(void **state)
{
	enum { N = 70000, PERCENTS = 19 };
	double *values = malloc(N * sizeof *values), percents[PERCENTS], found[PERCENTS];
	struct cut cut;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[i] = (double)((i * 40503) % N);
	for (int i = 0; i < PERCENTS; i++)
		percents[i] = i * 100.0 / (PERCENTS - 1);
	cut_init(&cut, DTYPE_F64, N, values, N * sizeof *values);
	assert_true(group_quantiles(&cut.whole.model, cut.indices, PIECES, percents, PERCENTS, NULL,
				    found, NULL));
	for (int i = 0; i < PERCENTS; i++)
		assert_true(found[i] == floor(percents[i] / 100 * (N - 1)));
	one_tensor_free(&cut.whole);
	free(values);
}

/* f32 in one half, i8 in the other: as if both were doubles. */
static void types_may_differ(void **state)
{
	enum { N = 1000 };
	uint8_t bytes[N * 4 + N];
	double values[2 * N];
	struct cut cut;
	struct one_tensor doubles;
	struct group group = { 0 };
	struct statistics merged, whole, s;

	(void)state;
	for (int i = 0; i < N; i++) {
		float value = (float)(i * 0.37 - 100);

		memcpy(bytes + 4 * i, &value, 4);
		values[i] = value;
		bytes[4 * N + i] = (uint8_t)i;
		values[N + i] = (int8_t)i;
	}
	cut_init(&cut, DTYPE_F32, N, bytes, sizeof bytes);
	cut.pieces[0] = cut.pieces[1] = cut.whole.tensor;
	cut.runs[0] = (struct run_of_bytes){ 0, 4 * N, RUN_PLAIN };
	cut.runs[1] = (struct run_of_bytes){ 4 * N, N, RUN_PLAIN };
	cut.pieces[0].runs = &cut.runs[0];
	cut.pieces[1].runs = &cut.runs[1];
	cut.pieces[1].dtype = DTYPE_I8;
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(statistics_compute(&cut.whole.model, &cut.pieces[i], NULL, &s, NULL));
		group_add(&group, &cut.pieces[i], i, &s);
	}
	assert_true(group_finish(&group, &cut.whole.model, cut.indices, 2, NULL, &merged, NULL));
	one_tensor_init(&doubles, DTYPE_F64, 2 * N, values, sizeof values);
	assert_true(statistics_compute(&doubles.model, &doubles.tensor, NULL, &whole, NULL));
	whole.subnormal = merged.subnormal;
	assert_same(&merged, &whole);
	assert_int_equal(group.dtype, DTYPE_UNKNOWN);
	one_tensor_free(&doubles);
	one_tensor_free(&cut.whole);
}

/* Powers of values like these overflow, and underflow, a double. */
static void extreme_magnitudes(void **state)
{
	static const double scales[] = { 1e300, 1e-300, 1e-310 };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		enum { N = 3000 };
		double values[N];
		struct statistics merged, whole;
		struct group group;
		struct cut cut;

		for (int i = 0; i < N; i++)
			values[i] = ((i * 7919) % N - 1000.5) * scales[k] * (i < 60 ? 1e-250 : 1);
		cut_init(&cut, DTYPE_F64, N, values, sizeof values);
		merge(&cut, &group, &merged);
		assert_true(statistics_compute(&cut.whole.model, &cut.whole.tensor, NULL, &whole,
					       NULL));
		assert_same(&merged, &whole);
		one_tensor_free(&cut.whole);
	}
}

/* Pieces lie evenly over all tensors, and hardly overlap where elements are few. */
static void a_sample_is_like_the_whole(void **state)
{
	enum { N = 1 << 20 };
	float *values = malloc(N * sizeof *values);
	struct statistics sample, again;
	struct cut cut;

	(void)state;
	for (int i = 0; i < N; i++)
		values[i] = (float)i;
	cut_init(&cut, DTYPE_F32, N, values, N * sizeof *values);
	assert_true(sample_compute(&cut.whole.model, cut.indices, PIECES, NULL, &sample, NULL));
	assert_in_range(sample.count, SAMPLE_PIECES * SAMPLE_LENGTH * 9 / 10,
			SAMPLE_PIECES * SAMPLE_LENGTH);
	assert_true(fabs(sample.mean / (N / 2.0) - 1) < 0.03);
	assert_true(fabs(sample.quantiles[STATISTICS_N_PERCENTS / 2] / (N / 2.0) - 1) < 0.03);
	assert_true(sample.argmin == UINT64_MAX && sample.argmax == UINT64_MAX);
	assert_true(sample_compute(&cut.whole.model, cut.indices, PIECES, NULL, &again, NULL));
	assert_true(again.mean == sample.mean && again.max == sample.max);
	assert_true(sample_compute(&cut.whole.model, cut.indices, 1, NULL, &sample, NULL));
	assert_in_range(sample.count, cut.pieces[0].present * 9 / 10, cut.pieces[0].present);
	assert_true(sample.min == 0);
	one_tensor_free(&cut.whole);
	free(values);
}

static bool always(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
	return true;
}

static void stopped_and_empty(void **state)
{
	const struct analysis_watch watch = { always, NULL, NULL };
	double values[200] = { 1, 2, 3 };
	struct error err;
	struct statistics merged;
	struct group group = { 0 };
	struct cut cut;

	(void)state;
	cut_init(&cut, DTYPE_F64, 200, values, sizeof values);
	assert_true(group_finish(&group, &cut.whole.model, NULL, 0, NULL, &merged, &err));
	assert_true(merged.count == 0 && isnan(merged.min) && isnan(merged.quantiles[4]));
	for (uint32_t i = 0; i < PIECES; i++) {
		assert_true(statistics_compute(&cut.whole.model, &cut.pieces[i], NULL, &merged, &err));
		group_add(&group, &cut.pieces[i], i, &merged);
	}
	assert_false(group_finish(&group, &cut.whole.model, cut.indices, PIECES, &watch, &merged,
				  &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	/* Another element is infinite now. */
	values[1] = INFINITY;
	assert_false(group_finish(&group, &cut.whole.model, cut.indices, PIECES, NULL, &merged,
				  &err));
	assert_int_equal(err.code, ERROR_CHANGED);
	one_tensor_free(&cut.whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_say_what_the_whole_says),
		cmocka_unit_test(any_quantile),
		cmocka_unit_test(types_may_differ),
		cmocka_unit_test(extreme_magnitudes),
		cmocka_unit_test(a_sample_is_like_the_whole),
		cmocka_unit_test(stopped_and_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
