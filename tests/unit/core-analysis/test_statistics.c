#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mtui/statistics.h>

#include "one_tensor.h"
#include "random_bytes.h"

static struct statistics compute(enum dtype dtype, uint64_t n, const void *bytes, size_t len)
{
	struct one_tensor one;
	struct statistics result;
	struct error err = { .code = ERROR_NONE };

	one_tensor_init(&one, dtype, n, bytes, len);
	if (!statistics_compute(&one.model, &one.tensor, NULL, &result, &err))
		fail_msg("%s", err.message);
	one_tensor_free(&one);
	return result;
}

static void nothing_to_describe(void **state)
{
	const float broken[] = { NAN, INFINITY, -INFINITY, -INFINITY };
	struct statistics s = compute(DTYPE_F32, 0, "", 0);

	(void)state;
	assert_int_equal(s.count, 0);
	assert_true(isnan(s.min) && isnan(s.mean) && isnan(s.std) && isnan(s.quantiles[4]));
	assert_true(s.argmin == UINT64_MAX && s.first_nan == UINT64_MAX);
	s = compute(DTYPE_F32, 4, broken, sizeof broken);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.finite, 0);
	assert_int_equal(s.nan, 1);
	assert_int_equal(s.posinf, 1);
	assert_int_equal(s.neginf, 2);
	assert_int_equal(s.first_nan, 0);
	assert_int_equal(s.first_inf, 1);
	assert_int_equal(s.distinct, 0);
	assert_true(isnan(s.max) && isnan(s.max_abs) && isnan(s.kurtosis) && s.sum == 0);
}

static void zeros_are_neither_sign(void **state)
{
	const float values[] = { 0.0f, -0.0f, 0.0f };
	struct statistics s = compute(DTYPE_F32, 3, values, sizeof values);

	(void)state;
	assert_int_equal(s.zeros, 3);
	assert_int_equal(s.negative, 0);
	assert_int_equal(s.positive, 0);
	assert_int_equal(s.subnormal, 0);
	assert_int_equal(s.distinct, 1);
	assert_false(signbit(s.min) || signbit(s.max) || signbit(s.quantiles[0]));
	assert_int_equal(s.argmin, 0);
	assert_int_equal(s.argmax, 0);
}

static void a_constant_has_no_deviation(void **state)
{
	enum { N = 70001 };
	double *values = malloc(N * sizeof *values);
	struct statistics s;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[i] = 0.1;
	s = compute(DTYPE_F64, N, values, N * sizeof *values);
	assert_true(s.std == 0 && s.mean == 0.1 && s.min == 0.1 && s.max == 0.1);
	assert_true(isnan(s.skew) && isnan(s.kurtosis));
	assert_int_equal(s.bins[128], N);
	assert_int_equal(s.distinct, 1);
	assert_true(s.entropy == 0);
	free(values);
}

static void large_integers_are_told_apart(void **state)
{
	const int64_t values[] = { INT64_MAX - 1, INT64_MAX, INT64_MIN + 1, INT64_MIN, 0 };
	const uint64_t unsigneds[] = { UINT64_MAX - 1, 5, UINT64_MAX, 4 };
	struct statistics s = compute(DTYPE_I64, 5, values, sizeof values);

	(void)state;
	assert_int_equal(s.argmax, 1);
	assert_int_equal(s.argmin, 3);
	assert_true(s.max_integer == INT64_MAX && s.min_integer == INT64_MIN);
	assert_int_equal(s.distinct, 5);
	s = compute(DTYPE_U64, 4, unsigneds, sizeof unsigneds);
	assert_int_equal(s.argmax, 2);
	assert_int_equal(s.argmin, 3);
	assert_true((uint64_t)s.max_integer == UINT64_MAX && s.min_integer == 4);
	assert_int_equal(s.distinct, 4);
}

static void sums_of_huge_values(void **state)
{
	const double values[] = { 3e307, -4e307, 0 };
	struct statistics s = compute(DTYPE_F64, 3, values, sizeof values);

	(void)state;
	assert_true(fabs(s.l2 / 5e307 - 1) < 1e-14);
	assert_true(fabs(s.l1 / 7e307 - 1) < 1e-14);
	assert_true(isfinite(s.std) && isfinite(s.kurtosis));
}

static void more_than_65536_distinct(void **state)
{
	enum { N = 65537 };
	int32_t *values = malloc(2 * N * sizeof *values);
	struct statistics s;

	(void)state;
	for (int32_t i = 0; i < 2 * N; i++)
		values[i] = i % N;
	s = compute(DTYPE_I32, N - 1, values, (N - 1) * sizeof *values);
	assert_int_equal(s.distinct, 65536);
	s = compute(DTYPE_I32, 2 * N - 2, values, (2 * N - 2) * sizeof *values);
	assert_int_equal(s.distinct, UINT64_MAX);
	values[N - 1] = 0;
	s = compute(DTYPE_I32, N, values, N * sizeof *values);
	assert_int_equal(s.distinct, 65536);
	free(values);
}

/* However the same elements are stored, the result has the same bits. */
static void storage_does_not_matter(void **state)
{
	enum { N = 70003 };
	int64_t *values = malloc(N * sizeof *values);
	uint8_t *wire = malloc(N * 10);
	struct statistics plain, other;
	struct one_tensor one;
	uint64_t seed = 30, at = 0, len = 0;

	(void)state;
	memset(&plain, 0, sizeof plain);
	memset(&other, 0, sizeof other);
	for (size_t i = 0; i < N; i++) {
		values[i] = (int64_t)(random_next(&seed) >> random_next(&seed) % 60);
		len += put_varint(wire + len, (uint64_t)values[i]);
	}
	plain = compute(DTYPE_I64, N, values, N * sizeof *values);
	other = compute(DTYPE_I64, N, values, N * sizeof *values);
	assert_memory_equal(&other, &plain, sizeof plain);

	one_tensor_init(&one, DTYPE_I64, N, wire, (size_t)len);
	one.runs[0].encoding = RUN_VARINT;
	assert_true(statistics_compute(&one.model, &one.tensor, NULL, &other, NULL));
	assert_memory_equal(&other, &plain, sizeof plain);
	one_tensor_free(&one);

	one_tensor_init(&one, DTYPE_I64, N, values, N * sizeof *values);
	for (one.tensor.n_runs = 0; one.tensor.n_runs < ONE_TENSOR_RUNS; one.tensor.n_runs++) {
		uint64_t left = N * sizeof *values - at, piece = random_next(&seed) % 20000;

		if (one.tensor.n_runs == ONE_TENSOR_RUNS - 1 || piece > left)
			piece = left;
		one.runs[one.tensor.n_runs] = (struct run_of_bytes){ at, piece, RUN_PLAIN };
		at += piece;
	}
	assert_true(statistics_compute(&one.model, &one.tensor, NULL, &other, NULL));
	assert_memory_equal(&other, &plain, sizeof plain);
	one_tensor_free(&one);
	free(wire);
	free(values);
}

static void only_what_is_present(void **state)
{
	const float values[] = { 1, 2, 3, 4 };
	struct statistics s;
	struct one_tensor one;

	(void)state;
	one_tensor_init(&one, DTYPE_F32, (uint64_t)1 << 40, values, sizeof values);
	one.tensor.present = 3;
	assert_true(statistics_compute(&one.model, &one.tensor, NULL, &s, NULL));
	assert_int_equal(s.count, 3);
	assert_true(s.max == 3);
	one_tensor_free(&one);
}

static void strings_are_refused(void **state)
{
	struct one_tensor one;
	struct statistics s;
	struct error err = { .code = ERROR_NONE };

	(void)state;
	one_tensor_init(&one, DTYPE_STRING, 1, "abc", 3);
	assert_false(statistics_compute(&one.model, &one.tensor, NULL, &s, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	one_tensor_free(&one);
}

struct interruption {
	uint64_t at;
	const char *truncate; /* this file, or stop when NULL */
	uint64_t calls, total;
};

static bool interrupt(void *context, uint64_t done, uint64_t total)
{
	struct interruption *interruption = context;

	interruption->calls++;
	interruption->total = total;
	assert_true(done <= total);
	if (done < interruption->at)
		return false;
	if (!interruption->truncate)
		return true;
	assert_int_equal(truncate(interruption->truncate, 5000), 0);
	return false;
}

static void cancelled_at_any_moment(void **state)
{
	enum { N = 300000 };
	double *values = malloc(N * sizeof *values);
	struct interruption interruption = { .at = UINT64_MAX };
	struct analysis_watch watch = { interrupt, &interruption, NULL };
	struct one_tensor one;
	struct statistics s;
	uint64_t seed = 31, calls;

	(void)state;
	random_fill(&seed, (uint8_t *)values, N * sizeof *values);
	one_tensor_init(&one, DTYPE_F64, N, values, N * sizeof *values);
	assert_true(statistics_compute(&one.model, &one.tensor, &watch, &s, NULL));
	calls = interruption.calls;
	assert_in_range(calls, 8, 1000);
	for (uint64_t at = 0; at < interruption.total - N / 2; at += N / 8 + 77) {
		struct error err = { .code = ERROR_NONE };

		interruption.at = at;
		assert_false(statistics_compute(&one.model, &one.tensor, &watch, &s, &err));
		assert_int_equal(err.code, ERROR_CANCELLED);
	}
	one_tensor_free(&one);
	free(values);
}

static void cancelled_while_others_help(void **state)
{
	enum { N = 5000000 };
	uint8_t *bytes = calloc(N, 4);
	struct interruption interruption = { .at = 0 };
	struct analysis_watch watch = { interrupt, &interruption, pool_new(3) };
	struct one_tensor one;
	struct statistics s;

	(void)state;
	one_tensor_init(&one, DTYPE_F32, N, bytes, 4 * (size_t)N);
	/* Where the first thread gets no stripe any more, nobody asks; half of all is far from it.
	 */
	for (; interruption.at < N; interruption.at += N / 20 + 77) {
		struct error err = { .code = ERROR_NONE };

		if (!statistics_compute(&one.model, &one.tensor, &watch, &s, &err))
			assert_int_equal(err.code, ERROR_CANCELLED);
		else
			assert_true(interruption.at > N / 2);
	}
	interruption.at = UINT64_MAX;
	assert_true(statistics_compute(&one.model, &one.tensor, &watch, &s, NULL));
	assert_int_equal(s.zeros, N);
	assert_int_equal(s.bins[128], N);
	pool_free(watch.pool);
	one_tensor_free(&one);
	free(bytes);
}

static void a_file_that_shrinks(void **state)
{
	enum { N = 3000000 };
	char path[] = "/tmp/mtui-statistics-XXXXXX";
	int fd = mkstemp(path);
	struct interruption interruption = { .at = 100000, .truncate = path };
	struct analysis_watch watch = { interrupt, &interruption, NULL };
	struct error err = { .code = ERROR_NONE };
	struct one_tensor one;
	struct statistics s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4 * N), 0);
	close(fd);
	assert_true(file_guard_install(&err));
	one_tensor_init(&one, DTYPE_F32, N, "", 0);
	one_tensor_free(&one);
	one.file.file = file_open(path, &err);
	assert_non_null(one.file.file);
	one.runs[0].nbytes = 4 * N;
	assert_false(statistics_compute(&one.model, &one.tensor, &watch, &s, &err));
	assert_int_equal(err.code, ERROR_CHANGED);
	one_tensor_free(&one);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_describe),
		cmocka_unit_test(zeros_are_neither_sign),
		cmocka_unit_test(a_constant_has_no_deviation),
		cmocka_unit_test(large_integers_are_told_apart),
		cmocka_unit_test(sums_of_huge_values),
		cmocka_unit_test(more_than_65536_distinct),
		cmocka_unit_test(storage_does_not_matter),
		cmocka_unit_test(only_what_is_present),
		cmocka_unit_test(strings_are_refused),
		cmocka_unit_test(cancelled_at_any_moment),
		cmocka_unit_test(cancelled_while_others_help),
		cmocka_unit_test(a_file_that_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
