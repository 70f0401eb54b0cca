/* Every variant of the kernels against plain C, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/cpu.h"
#include "core/kernels/vector.h"
#include "guard_page.h"
#include "random_bytes.h"

#define N	BLOCK
#define SHORT	200

/* Everything the kernels say about one piece of data. */
struct answers {
	double wide[N], wide_i32[N], wide_u32[N], wide_i64[N], wide_u64[N];
	double sum[LANES], absolute[LANES], powers[4][LANES];
	uint16_t places[N], edges[N];
	size_t at_edges;
	float half[N], restored[N];
	struct survey survey_f32, survey_f64;
	uint16_t guesses[N];
	uint64_t sure, keys_f32[N], keys_f64[N];
	int8_t codes[N];
	struct quantize_sums sums;
	struct floats_look look, look_finite;
	struct floats_catch caught;
	size_t equal;
	int range[3][2];
};

/* Counts of leading bits are added before they mean anything. */
struct counted {
	float_keys keys;
};

/* Which of the tables counts a bin is a variant's own business. */
static void fold_bins(struct floats_catch *caught)
{
	for (size_t t = 1; t < FLOAT_BIN_TABLES; t++)
		for (size_t b = 0; b < 256; b++)
			caught->bins[0][b] += caught->bins[t][b];
	memset(caught->bins[1], 0, sizeof caught->bins - sizeof caught->bins[0]);
}

static void ask(const struct kernels *kernels, const uint8_t *bytes, size_t n, const double *values,
		const float *scales, const struct bins *bins, const struct floats_aim *aim,
		struct counted *counted, struct answers *answers)
{
	const float *floats = (const float *)(const void *)(values + N);

	memset(answers, 0, sizeof *answers);
	kernels->widen_f32(bytes, n, answers->wide);
	kernels->widen_f16(bytes, n, answers->half);
	kernels->widen_i32(bytes, n, answers->wide_i32);
	kernels->widen_u32(bytes, n, answers->wide_u32);
	kernels->widen_i64(bytes, n / 2, answers->wide_i64);
	kernels->widen_u64(bytes, n / 2, answers->wide_u64);
	kernels->survey_f32(bytes, n, &answers->survey_f32);
	kernels->survey_f64(values, n, 0x1p-100, &answers->survey_f64);
	kernels->sums(values, n, answers->sum, answers->absolute);
	kernels->powers(values, n, 0.3, answers->powers);
	kernels->place(&(struct places){ -1, 32768 }, values, n, answers->places);
	answers->at_edges = kernels->at_edges(answers->places, n, answers->edges);
	memset(answers->edges + answers->at_edges, 0, 2 * (N - answers->at_edges));
	answers->sure = kernels->guess_bins(bins, values, n, answers->guesses);
	kernels->keys_f32(values, n, answers->keys_f32);
	kernels->keys_f64(values, n, answers->keys_f64);
	kernels->quantize(floats, scales, n, 127, answers->codes, answers->restored);
	kernels->compare(floats, answers->restored, n, &answers->sums);
	kernels->look_f32(bytes, n, 0.3, &answers->look, &counted->keys);
	/* NaN is one NaN or another. */
	for (size_t s = 0; s < FLOAT_SUMS; s++)
		if (isnan(answers->look.sums[s]))
			answers->look.sums[s] = NAN;
	kernels->look_f32((const uint8_t *)floats, n, 0.3, &answers->look_finite, NULL);
	kernels->catch_f32(bytes, n, aim, &answers->caught);
	memset(answers->caught.wanted + answers->caught.n_wanted, 0,
	       sizeof answers->caught.wanted - 4 * answers->caught.n_wanted);
	memset(answers->caught.doubtful + answers->caught.n_doubtful, 0,
	       sizeof answers->caught.doubtful - 4 * answers->caught.n_doubtful);
	fold_bins(&answers->caught);
	answers->equal = kernels->equal_u32(bytes, n, UINT32_C(1) << 31);
	for (int order = 0; order < 3; order++)
		kernels->range_u16(bytes, n, (enum codes_order)order, &answers->range[order][0],
				   &answers->range[order][1]);
}

static void assert_same_counts(struct counted *a, struct counted *b)
{
	for (size_t key = 0; key < KEY_DIGITS; key++) {
		uint64_t difference = 0;

		for (size_t t = 0; t < FLOAT_TABLES; t++)
			difference += (uint64_t)a->keys[key][t] - b->keys[key][t];
		assert_int_equal(difference, 0);
	}
}

/* NaN, infinities, zeros of both signs and subnormals among ordinary numbers. */
static float some_float(uint64_t *seed)
{
	static const float special[] = { 0.0f,	   -0.0f,     0x1p-149f, -0x1p-130f,
					 INFINITY, -INFINITY, NAN,	 3.4e38f };
	uint64_t word = random_next(seed);

	if (word % 32 == 0)
		return special[word / 32 % 8];
	return (float)(int32_t)(word >> 32) * 0x1p-31f;
}

/* All short ones, then those around the edges of vectors, up to a whole block. */
static size_t next_length(size_t n)
{
	if (n < SHORT || n % 256 == 255 || n % 256 == 0 || n >= N - 32)
		return n + 1;
	return n - n % 256 + 255;
}

static void check_variant(const struct kernels *kernels)
{
	struct guarded raw = guarded_new(4 * N + 16), wide = guarded_new(12 * N);
	struct answers *plain = malloc(sizeof *plain), *other = malloc(sizeof *other);
	struct counted *counted = calloc(2, sizeof *counted);
	struct bins *bins = malloc(sizeof *bins), *f32_bins = malloc(sizeof *bins);
	const uint16_t wanted[] = {
		0x3f00, 0xbf01, 0x3e80, 0x0000, 0x8000, 0x3d12, 0xbe99, 0x3f7f
	};
	uint8_t *bytes = malloc(4 * N + 16);
	double *values = malloc((N + N / 2) * sizeof *values);
	float *scales = malloc(N * sizeof *scales), *clean = malloc(N * sizeof *clean);
	struct floats_aim aim;
	uint64_t seed = 60;

	bins_init(bins, BINS_F64, -0.75, 0.75, 256);
	bins_init(f32_bins, BINS_F32, -0.99, 0.98, 256);
	assert_true(floats_aim_at(&aim, f32_bins, wanted, 8));
	for (size_t n = 0; n <= N; n = next_length(n)) {

		for (size_t i = 0; i < N; i++) {
			float value = some_float(&seed);

			memcpy(bytes + 4 * i, &value, 4);
			clean[i] = isfinite(value) ? value : 0.25f;
			values[i] = n % 2 ? clean[i] : value;
			scales[i] = 0.01f;
		}
		memcpy(values + N, clean, N * sizeof *clean);
		memset(bytes + 4 * N, 0, 16);
		for (size_t offset = 0; offset < 16; offset += n % 8 ? 15 : 1) {
			/* The end lies at the guard, so the beginning has every alignment. */
			const uint8_t *at = guarded_copy(&raw, bytes, 4 * n + offset) + offset;
			const double *v =
				(const double *)(void *)guarded_copy(&wide, values, 12 * N);

			ask(&kernels_plain, at, n, v, scales, bins, &aim, &counted[0], plain);
			ask(kernels, at, n, v, scales, bins, &aim, &counted[1], other);
			assert_memory_equal(other, plain, sizeof *plain);
		}
	}
	assert_same_counts(&counted[0], &counted[1]);
	free(bytes);
	free(values);
	free(scales);
	free(clean);
	free(counted);
	free(f32_bins);
	free(bins);
	free(plain);
	free(other);
	guarded_free(&raw);
	guarded_free(&wide);
}

/* No value that is finite and inside may be read behind the last one either. */
static void nothing_behind_the_end(const struct kernels *kernels)
{
	struct guarded guarded = guarded_new(8 * N);
	struct survey survey;
	double values[SHORT] = { 0 }, sums[2][LANES], powers[4][LANES];
	uint16_t guesses[SHORT];
	uint64_t keys[SHORT];
	struct bins *bins = malloc(sizeof *bins);

	bins_init(bins, BINS_F64, -1, 1, 7);
	for (size_t n = 0; n < SHORT; n++) {
		const double *v = (const double *)(void *)guarded_copy(&guarded, values, 8 * n);

		kernels->survey_f64(v, n, 0, &survey);
		kernels->sums(v, n, sums[0], sums[1]);
		kernels->powers(v, n, 0, powers);
		kernels->guess_bins(bins, v, n, guesses);
		kernels->keys_f32(v, n, keys);
		kernels->keys_f64(v, n, keys);
		assert_int_equal(survey.zeros, n);
	}
	free(bins);
	guarded_free(&guarded);
}

static void check_named(const char *name)
{
	if (!kernels_select(name)) {
		print_message("this CPU or build has no %s\n", name);
		skip();
	}
	assert_string_equal(kernels_name(), name);
	check_variant(kernels_current());
	nothing_behind_the_end(kernels_current());
	assert_true(kernels_select("auto"));
}

static void plain_is_always_there(void **state)
{
	(void)state;
	check_named("plain");
	assert_false(kernels_select("abacus"));
}

static void avx2_equals_plain(void **state)
{
	(void)state;
	check_named("avx2");
}

static void avx512_equals_plain(void **state)
{
	(void)state;
	check_named("avx512");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_always_there),
		cmocka_unit_test(avx2_equals_plain),
		cmocka_unit_test(avx512_equals_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
