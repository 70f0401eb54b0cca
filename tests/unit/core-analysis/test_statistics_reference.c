/* Statistics against what numpy says: see tests/tools/gen_statistics_reference.py. */
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

#include <mtui/statistics.h>

#include "core/kernels/cpu.h"
#include "one_tensor.h"
#include "random_bytes.h"

struct reference {
	char name[32], dtype_name[16], kind[16];
	uint64_t n, seed;
	double scale, offset;
	int64_t counts[14];
	double moments[10], quantiles[STATISTICS_N_PERCENTS], entropy;
	uint64_t bins[HISTOGRAM_BINS];
};

static double read_double(FILE *file)
{
	char word[64];

	assert_int_equal(fscanf(file, "%63s", word), 1);
	return strtod(word, NULL);
}

static void expect_word(FILE *file, const char *expected)
{
	char word[32];

	assert_int_equal(fscanf(file, "%31s", word), 1);
	assert_string_equal(word, expected);
}

static bool read_reference(FILE *file, struct reference *reference)
{
	char word[32];

	if (fscanf(file, "%31s", word) != 1)
		return false;
	assert_string_equal(word, "case");
	assert_int_equal(fscanf(file, "%31s %15s %15s %" SCNu64 " %" SCNu64, reference->name,
				reference->dtype_name, reference->kind, &reference->n,
				&reference->seed), 5);
	reference->scale = read_double(file);
	reference->offset = read_double(file);
	expect_word(file, "counts");
	for (size_t i = 0; i < 14; i++)
		assert_int_equal(fscanf(file, "%" SCNd64, &reference->counts[i]), 1);
	expect_word(file, "moments");
	for (size_t i = 0; i < 10; i++)
		reference->moments[i] = read_double(file);
	expect_word(file, "quantiles");
	for (size_t i = 0; i < STATISTICS_N_PERCENTS; i++)
		reference->quantiles[i] = read_double(file);
	expect_word(file, "entropy");
	reference->entropy = read_double(file);
	expect_word(file, "bins");
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		assert_int_equal(fscanf(file, "%" SCNu64, &reference->bins[i]), 1);
	return true;
}

/* Rounded to nearest, ties to even; no value of the recipes is out of range. */
static uint16_t f16_code(double value)
{
	double size = fabs(value), unit;
	uint16_t sign = signbit(value) ? 0x8000 : 0;
	int exponent;

	frexp(size, &exponent);
	exponent = exponent < -13 ? -13 : exponent;
	unit = ldexp(1, exponent - 11);
	/* A carry out of the mantissa is one into the exponent. */
	return (uint16_t)(sign | (((exponent + 13) << 10) + (int)nearbyint(size / unit)));
}

/* One element as the recipe says; every number it makes is exact in its type but for f32. */
static void put_element(enum dtype dtype, double value, uint8_t *out)
{
	float narrow = (float)value;
	int64_t integer = (int64_t)value;

	switch (dtype) {
	case DTYPE_F32: memcpy(out, &narrow, 4); return;
	case DTYPE_F64: memcpy(out, &value, 8); return;
	case DTYPE_F16: memcpy(out, &(uint16_t){ f16_code(value) }, 2); return;
	case DTYPE_I32:
	case DTYPE_U32: memcpy(out, &integer, 4); return;
	case DTYPE_I64: memcpy(out, &integer, 8); return;
	default: fail_msg("no recipe for %s", dtype_name(dtype));
	}
}

static uint8_t *make_elements(const struct reference *reference, enum dtype dtype, size_t len)
{
	uint8_t *bytes = malloc(len + 1);
	uint64_t state = reference->seed;

	if (strcmp(reference->kind, "bits") == 0) {
		random_fill(&state, bytes, len);
		return bytes;
	}
	for (uint64_t i = 0; i < reference->n; i++) {
		uint64_t word = random_next(&state);
		double value = (double)(word % 1000);

		if (strcmp(reference->kind, "normal") == 0)
			value = (double)((word & 0xffff) + (word >> 16 & 0xffff) +
					 (word >> 32 & 0xffff) + (word >> 48)) - 131070.0;
		put_element(dtype, value * reference->scale + reference->offset,
			    bytes + i * dtype_traits[dtype].bits / 8);
	}
	return bytes;
}

static void assert_number(const struct reference *reference, const char *what, double value,
			  double expected, double tolerance)
{
	if (isnan(expected) ? isnan(value)
			    : value == expected || fabs(value - expected) <= tolerance)
		return;
	fail_msg("%s %s: %s is %.17g, not %.17g", reference->dtype_name, reference->name, what,
		 value, expected);
}

static void assert_count(const struct reference *reference, const char *what, uint64_t value,
			 int64_t expected)
{
	if (value != (uint64_t)expected)
		fail_msg("%s %s: %s is %" PRIu64 ", not %" PRId64, reference->dtype_name,
			 reference->name, what, value, expected);
}

static void check_counts(const struct reference *reference, const struct statistics *s)
{
	const uint64_t counts[] = { s->count, s->finite, s->zeros, s->negative, s->positive,
				    s->subnormal, s->nan, s->posinf, s->neginf, s->first_nan,
				    s->first_inf, s->argmin, s->argmax };
	static const char *const names[] = { "count", "finite", "zeros", "negative", "positive",
					     "subnormal", "nan", "posinf", "neginf", "first_nan",
					     "first_inf", "argmin", "argmax" };

	for (size_t i = 0; i < 13; i++)
		assert_count(reference, names[i], counts[i], reference->counts[i]);
	assert_count(reference, "distinct", s->distinct,
		     reference->counts[13] <= 65536 ? reference->counts[13] : -1);
	for (size_t b = 0; b < HISTOGRAM_BINS; b++)
		assert_count(reference, "bin", s->bins[b], (int64_t)reference->bins[b]);
}

/* Twelve digits; of what cancels, twelve digits of what it was before. */
static void check_numbers(const struct reference *reference, const struct statistics *s)
{
	const double *m = reference->moments;
	double digits = 1e-12;
	/* A magnitude may be rounded either way in its last digit. */
	double last = reference->dtype_name[0] == 'c' ? 4e-16 : 0;

	assert_number(reference, "min", s->min, m[0], last * m[0]);
	assert_number(reference, "max", s->max, m[1], last * m[1]);
	assert_number(reference, "mean", s->mean, m[2],
		      digits * fmax(fabs(m[2]), 1e-3 * (m[7] / (double)s->finite)));
	assert_number(reference, "std", s->std, m[3], digits * m[3]);
	assert_number(reference, "skew", s->skew, m[4], digits * fmax(fabs(m[4]), 1e-2));
	assert_number(reference, "kurtosis", s->kurtosis, m[5], digits * (fabs(m[5]) + 3));
	assert_number(reference, "sum", s->sum, m[6], digits * fmax(fabs(m[6]), 1e-3 * m[7]));
	assert_number(reference, "l1", s->l1, m[7], digits * m[7]);
	assert_number(reference, "l2", s->l2, m[8], digits * m[8]);
	assert_number(reference, "max_abs", s->max_abs, m[9], last * m[9]);
	assert_number(reference, "entropy", s->entropy, reference->entropy, digits * 8);
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		assert_number(reference, "quantile", s->quantiles[q], reference->quantiles[q],
			      last * reference->quantiles[q]);
}

static FILE *open_reference(void)
{
	FILE *file = fopen("tests/data/statistics_reference.txt", "r");
	int c;

	assert_non_null(file);
	do {
		c = fgetc(file);
	} while (c != '\n' && c != EOF);
	return file;
}

static void statistics_agree_with_numpy(void **state)
{
	FILE *file = open_reference();
	struct reference *reference = malloc(sizeof *reference);
	struct statistics *s = malloc(sizeof *s);
	struct one_tensor one;
	int cases = 0;

	(void)state;
	for (; read_reference(file, reference); cases++) {
		enum dtype dtype = dtype_from_name(text_from(reference->dtype_name));
		struct error err = { .code = ERROR_NONE };
		uint64_t len;
		uint8_t *bytes;

		assert_true(dtype_bytes(dtype, reference->n, &len));
		bytes = make_elements(reference, dtype, (size_t)len);
		one_tensor_init(&one, dtype, reference->n, bytes, (size_t)len);
		if (!statistics_compute(&one.model, &one.tensor, NULL, s, &err))
			fail_msg("%s", err.message);
		check_counts(reference, s);
		check_numbers(reference, s);
		one_tensor_free(&one);
		free(bytes);
	}
	assert_in_range(cases, 50, 1000);
	free(s);
	free(reference);
	fclose(file);
}

/* The same with every variant of the kernels and number of threads, and the same bits. */
static void every_cpu_and_pool_gives_the_same_bits(void **state)
{
	static const char *const names[] = { "avx2", "avx512" };
	struct pool *pools[] = { pool_new(2), pool_new(5) };
	FILE *file = open_reference();
	struct reference *reference = malloc(sizeof *reference);
	struct statistics *s = malloc(2 * sizeof *s);
	struct one_tensor one;

	(void)state;
	while (read_reference(file, reference)) {
		enum dtype dtype = dtype_from_name(text_from(reference->dtype_name));
		uint64_t len;
		uint8_t *bytes;

		assert_true(dtype_bytes(dtype, reference->n, &len));
		bytes = make_elements(reference, dtype, (size_t)len);
		one_tensor_init(&one, dtype, reference->n, bytes, (size_t)len);
		memset(s, 0, 2 * sizeof *s);
		assert_true(kernels_select("plain"));
		assert_true(statistics_compute(&one.model, &one.tensor, NULL, &s[0], NULL));
		for (size_t i = 0; i < 2; i++) {
			if (!kernels_select(names[i]))
				continue;
			assert_true(statistics_compute(&one.model, &one.tensor, NULL, &s[1], NULL));
			assert_memory_equal(&s[1], &s[0], sizeof *s);
		}
		for (size_t i = 0; i < 2; i++) {
			const struct analysis_watch watch = { NULL, NULL, pools[i] };

			assert_true(statistics_compute(&one.model, &one.tensor, &watch, &s[1], NULL));
			assert_memory_equal(&s[1], &s[0], sizeof *s);
		}
		one_tensor_free(&one);
		free(bytes);
	}
	assert_true(kernels_select("auto"));
	pool_free(pools[0]);
	pool_free(pools[1]);
	free(s);
	free(reference);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_agree_with_numpy),
		cmocka_unit_test(every_cpu_and_pool_gives_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
