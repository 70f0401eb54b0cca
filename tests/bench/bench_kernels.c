/*
 * What the kernels reach, as a share of the plain read limit measured in the same run.
 *
 *	build/bench/bench_kernels [MIB [CPU [WORD]]]      (default 64 auto, all jobs)
 *
 * Normally distributed weights in memory; each line is the best of several turns, in which
 * every job is run once, so that all see the same disturbances. Time is that of the CPU, so that
 * other programs count little; for two threads it is that of the wall.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mtui/quant_error.h>
#include <mtui/statistics.h>

#include "core/kernels/bins.h"
#include "core/kernels/codes.h"
#include "core/kernels/cpu.h"
#include "core/kernels/decode.h"
#include "core/kernels/floats.h"
#include "core/kernels/keys.h"
#include "core/kernels/lanes.h"
#include "core/kernels/moments.h"
#include "core/kernels/quantize.h"
#include "one_tensor.h"
#include "random_bytes.h"

#define TURNS	9
#define COLUMNS 4096

struct bench {
	uint8_t *bytes, *bf16, *f64, *i64; /* the same values, as often as they fill len bytes */
	size_t len;
	struct pool *pool;
	struct codes codes;
	struct bins bins, f32_bins;
	struct floats_aim aim;
	float_keys float_keys;
	struct floats_catch caught;
	uint64_t counts[KEY_DIGITS];
	double values[BLOCK];
	uint64_t keys[BLOCK];
	float narrow[BLOCK], scales[BLOCK], restored[BLOCK];
	int8_t quantized[BLOCK];
	double sink;
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void read_limit(struct bench *bench)
{
	uint64_t sum[8] = { 0 };

	for (size_t i = 0; i + 64 <= bench->len; i += 64)
		for (size_t k = 0; k < 8; k++) {
			uint64_t word;

			memcpy(&word, bench->bytes + i + 8 * k, 8);
			sum[k] += word;
		}
	for (size_t k = 0; k < 8; k++)
		bench->sink += (double)sum[k];
}

#define FOR_BLOCKS(bench, at) for (size_t at = 0; at + 4 * BLOCK <= (bench)->len; at += 4 * BLOCK)

static void decode(struct bench *bench)
{
	FOR_BLOCKS(bench, at)
	decode_f64(DTYPE_F32, bench->bytes + at, BLOCK, bench->values);
}

static void survey(struct bench *bench)
{
	struct survey found;

	FOR_BLOCKS(bench, at)
	{
		survey_block_f32(bench->bytes + at, BLOCK, &found);
		bench->sink += found.max;
	}
}

static void decode_and_moments(struct bench *bench)
{
	struct moments all = { 0 }, block;

	FOR_BLOCKS(bench, at)
	{
		decode_f64(DTYPE_F32, bench->bytes + at, BLOCK, bench->values);
		moments_block(bench->values, BLOCK, &block);
		moments_merge(&all, &block);
	}
	bench->sink += all.m4;
}

static void look(struct bench *bench, float_keys *keys)
{
	struct floats_look found;

	FOR_BLOCKS(bench, at)
	{
		floats_look(bench->bytes + at, BLOCK, 0.001, &found, keys);
		bench->sink += found.sums[FLOAT_D4];
	}
}

static void look_at_moments(struct bench *bench)
{
	look(bench, NULL);
}

static void first_look(struct bench *bench)
{
	look(bench, &bench->float_keys);
}

static void second_look(struct bench *bench)
{
	FOR_BLOCKS(bench, at)
	{
		floats_catch(bench->bytes + at, BLOCK, &bench->aim, &bench->caught);
		bench->sink += (double)bench->caught.n_wanted;
		bench->caught.n_wanted = bench->caught.n_doubtful = 0;
	}
}

static void decode_and_keys(struct bench *bench)
{
	FOR_BLOCKS(bench, at)
	{
		decode_f64(DTYPE_F32, bench->bytes + at, BLOCK, bench->values);
		keys_block(DTYPE_F32, bench->values, NULL, BLOCK, bench->keys);
		keys_count(bench->keys, BLOCK, 16, bench->counts);
	}
}

static void decode_and_bins(struct bench *bench)
{
	FOR_BLOCKS(bench, at)
	{
		decode_f64(DTYPE_F32, bench->bytes + at, BLOCK, bench->values);
		bins_count(&bench->bins, bench->values, BLOCK, bench->counts);
	}
}

static void count_codes(struct bench *bench, enum dtype dtype, size_t size)
{
	memset(&bench->codes, 0, sizeof bench->codes);
	codes_init(&bench->codes);
	for (size_t at = 0; at + BLOCK * size <= bench->len; at += BLOCK * size)
		codes_count(dtype, bench->bytes + at, BLOCK, at, &bench->codes);
}

static void codes_of_16_bits(struct bench *bench)
{
	uint8_t *bytes = bench->bytes;

	bench->bytes = bench->bf16;
	count_codes(bench, DTYPE_BF16, 2);
	bench->bytes = bytes;
}

static void codes_of_8_bits(struct bench *bench)
{
	count_codes(bench, DTYPE_I8, 1);
}

static void quantize(struct bench *bench)
{
	struct quantize_sums sums;

	FOR_BLOCKS(bench, at)
	{
		decode_f32(DTYPE_F32, bench->bytes + at, BLOCK, bench->narrow);
		quantize_block(bench->narrow, bench->scales, BLOCK, 127, bench->quantized,
			       bench->restored);
		quantize_compare(bench->narrow, bench->restored, BLOCK, &sums);
		bench->sink += sums.error;
	}
}

static void describe(struct bench *bench, const uint8_t *bytes, enum dtype dtype, struct pool *pool)
{
	const struct analysis_watch watch = { NULL, NULL, pool };
	struct one_tensor one;
	struct statistics *result = malloc(sizeof *result);
	uint64_t n = bench->len * 8 / dtype_traits[dtype].bits;

	one_tensor_init(&one, dtype, n, bytes, bench->len);
	if (!result || !statistics_compute(&one.model, &one.tensor, &watch, result, NULL))
		abort();
	bench->sink += result->mean;
	one_tensor_free(&one);
	free(result);
}

static void statistics_f32(struct bench *bench)
{
	describe(bench, bench->bytes, DTYPE_F32, NULL);
}

static void statistics_f32_by_two(struct bench *bench)
{
	describe(bench, bench->bytes, DTYPE_F32, bench->pool);
}

#define STATISTICS_OF(name, dtype, source)                                                         \
	static void name(struct bench *bench)                                                      \
	{                                                                                          \
		describe(bench, bench->source, dtype, NULL);                                       \
	}

STATISTICS_OF(statistics_bf16, DTYPE_BF16, bf16)
STATISTICS_OF(statistics_f16, DTYPE_F16, bf16)
STATISTICS_OF(statistics_i16, DTYPE_I16, bf16)
STATISTICS_OF(statistics_i8, DTYPE_I8, bytes)
STATISTICS_OF(statistics_i4, DTYPE_I4, bytes)
STATISTICS_OF(statistics_f64, DTYPE_F64, f64)
STATISTICS_OF(statistics_i32, DTYPE_I32, bytes)
STATISTICS_OF(statistics_i64, DTYPE_I64, i64)
STATISTICS_OF(statistics_c64, DTYPE_C64, bytes)

typedef bool error_of(const struct model *model, const struct tensor *tensor,
		      const struct quant_scheme *scheme, const struct analysis_watch *watch,
		      struct quant_error *result, struct error *err);

static void quant_error(struct bench *bench, error_of *compute, const char *text, struct pool *pool)
{
	const struct analysis_watch watch = { NULL, NULL, pool };
	struct one_tensor one;
	struct quant_scheme scheme;
	struct quant_error *result = malloc(sizeof *result);

	one_tensor_init(&one, DTYPE_F32, bench->len / 4, bench->bytes, bench->len);
	one.tensor.n_dims = 2;
	one.dims[0] = (int64_t)(bench->len / 4 / COLUMNS);
	one.dims[1] = COLUMNS;
	if (!result || !quant_scheme_parse(text_from(text), &scheme, NULL) ||
	    !compute(&one.model, &one.tensor, &scheme, &watch, result, NULL))
		abort();
	bench->sink += result->mse;
	one_tensor_free(&one);
	free(result);
}

#define QUANT_ERRORS(X)                                                                            \
	X(int8_per_tensor, "int8:tensor")                                                          \
	X(int8_per_row, "int8:channel:axis=0")                                                     \
	X(int8_per_column, "int8:channel:axis=1")                                                  \
	X(int4_group_32, "int4:group=32:axis=0")                                                   \
	X(int4_affine_group_32, "int4:group=32:axis=0:affine")                                     \
	X(nf4, "nf4:axis=0")                                                                       \
	X(f8e4m3fn, "f8e4m3fn:tensor")

#define X(name, text)                                                                              \
	static void whole_##name(struct bench *bench)                                              \
	{                                                                                          \
		quant_error(bench, quant_error_compute, text, NULL);                               \
	}                                                                                          \
	static void brief_##name(struct bench *bench)                                              \
	{                                                                                          \
		quant_error(bench, quant_error_brief, text, NULL);                                 \
	}                                                                                          \
	static void by_two_##name(struct bench *bench)                                             \
	{                                                                                          \
		quant_error(bench, quant_error_brief, text, bench->pool);                          \
	}
QUANT_ERRORS(X)
#undef X

static const struct {
	const char *name;
	void (*run)(struct bench *);
} jobs[] = {
	{ "plain read (the limit)", read_limit },
	{ "decode f32", decode },
	{ "survey of f32", survey },
	{ "decode, moments", decode_and_moments },
	{ "f32: moments, extremes", look_at_moments },
	{ "f32: first pass", first_look },
	{ "f32: second pass", second_look },
	{ "decode, keys, leading 16 bits", decode_and_keys },
	{ "decode, 256 bins", decode_and_bins },
	{ "codes of 16 bits", codes_of_16_bits },
	{ "codes of 8 bits", codes_of_8_bits },
	{ "quantize to int8, compare", quantize },
	{ "statistics of f32, whole", statistics_f32 },
	{ "statistics of f32, two threads", statistics_f32_by_two },
	{ "statistics of bf16, whole", statistics_bf16 },
	{ "statistics of f16, whole", statistics_f16 },
	{ "statistics of i16, whole", statistics_i16 },
	{ "statistics of i8, whole", statistics_i8 },
	{ "statistics of i4, whole", statistics_i4 },
	{ "statistics of f64, whole", statistics_f64 },
	{ "statistics of i32, whole", statistics_i32 },
	{ "statistics of i64, whole", statistics_i64 },
	{ "statistics of c64, whole", statistics_c64 },
#define X(name, text)                                                                              \
	{ "report of " text, whole_##name }, { "error of " text, brief_##name },                   \
		{ "by two, " text, by_two_##name },
	QUANT_ERRORS(X)
#undef X
};

#define N_JOBS (sizeof jobs / sizeof *jobs)

static void fill(struct bench *bench)
{
	/* Those of the percentiles of such values. */
	static const uint16_t keys[] = { 0xbde2, 0xbdb0, 0xbd7a, 0xbcd2, 0x3951,
					 0x3cd2, 0x3d7a, 0x3db0, 0x3de2 };
	uint64_t seed = 1;

	for (size_t i = 0; i + 4 <= bench->len; i += 4) {
		uint64_t word = random_next(&seed);
		float value = (float)((double)((word & 0xffff) + (word >> 16 & 0xffff) +
					       (word >> 32 & 0xffff) + (word >> 48)) -
				      131070) *
			      0x1p-20f;

		memcpy(bench->bytes + i, &value, 4);
		memcpy(bench->bf16 + i / 2, bench->bytes + i + 2, 2);
		if (i < bench->len / 2) {
			double wide = value * (1 + 0x1p-30 * (double)(word >> 40));
			int64_t integer = (int64_t)(value * 1e9f);

			memcpy(bench->f64 + 2 * i, &wide, 8);
			memcpy(bench->i64 + 2 * i, &integer, 8);
		}
	}
	memcpy(bench->bf16 + bench->len / 2, bench->bf16, bench->len / 2);
	for (size_t i = 0; i < BLOCK; i++)
		bench->scales[i] = 0.001f;
	bins_init(&bench->bins, BINS_F64, -0.13, 0.13, HISTOGRAM_BINS);
	bins_init(&bench->f32_bins, BINS_F32, -0.125, 0.125, HISTOGRAM_BINS);
	floats_aim_at(&bench->aim, &bench->f32_bins, keys, sizeof keys / sizeof *keys);
}

int main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof *bench);
	double best[N_JOBS] = { 0 };

	if (!bench || !kernels_select(argc > 2 ? argv[2] : "auto"))
		return 1;
	printf("%s kernels\n", kernels_name());
	bench->len = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
	bench->bytes = malloc(bench->len);
	bench->bf16 = malloc(bench->len);
	bench->f64 = malloc(bench->len);
	bench->i64 = malloc(bench->len);
	bench->pool = pool_new(2);
	if (!bench->bytes || !bench->bf16 || !bench->f64 || !bench->i64 || !bench->pool)
		return 1;
	fill(bench);
	for (size_t turn = 0; turn < TURNS; turn++) {
		for (size_t j = 0; j < N_JOBS; j++) {
			clockid_t clock = strstr(jobs[j].name, "two") ? CLOCK_MONOTONIC :
									CLOCK_PROCESS_CPUTIME_ID;
			double start = seconds(clock), time;

			if (j > 0 && argc > 3 && !strstr(jobs[j].name, argv[3]))
				continue;
			jobs[j].run(bench);
			time = seconds(clock) - start;
			if (best[j] == 0 || time < best[j])
				best[j] = time;
		}
	}
	printf("%-40s %8s %8s\n", "kernel", "GB/s", "ratio");
	for (size_t j = 0; j < N_JOBS; j++) {
		if (best[j] > 0)
			printf("%-40s %8.2f %8.3f\n", jobs[j].name,
			       (double)bench->len / best[j] * 1e-9, best[0] / best[j]);
	}
	if (bench->sink == 0.5)
		puts("");
	pool_free(bench->pool);
	free(bench->i64);
	free(bench->f64);
	free(bench->bf16);
	free(bench->bytes);
	free(bench);
	return 0;
}
