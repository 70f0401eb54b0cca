#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/channels.h>
#include <mtui/layer.h>
#include <mtui/pool.h>
#include <mtui/quant_error.h>

#include "build_model.h"
#include "one_tensor.h"
#include "random_bytes.h"

static float *random_weights(size_t n, uint64_t seed)
{
	float *values = malloc(n * sizeof *values);

	for (size_t i = 0; i < n; i++) {
		uint64_t word = random_next(&seed);
		double sum = (double)((word & 0xffff) + (word >> 16 & 0xffff) +
				      (word >> 32 & 0xffff) + (word >> 48)) - 131070;

		values[i] = (float)(sum * 0x1p-17 * (1 + (double)(i % 13)));
	}
	return values;
}

static struct quant_scheme int_scheme(unsigned bits, uint8_t granularity, int8_t axis)
{
	return (struct quant_scheme){ .id = (uint8_t)(SCHEME_INT2 + bits - 2),
				      .granularity = granularity, .axis = axis };
}

/* The definition in the header, element by element. */
static void define(const float *values, size_t n, size_t inner, size_t channels, unsigned bits,
		   struct quant_error *expected)
{
	float qmax = (float)((1 << (bits - 1)) - 1), *scales = calloc(channels, sizeof *scales);
	long double error = 0, original = 0, restored = 0, product = 0, bias = 0;
	bool seen[256] = { false };

	memset(expected, 0, sizeof *expected);
	for (size_t i = 0; i < n; i++) {
		size_t c = i / inner % channels;

		if (isfinite(values[i]))
			scales[c] = fmaxf(scales[c], fabsf(values[i]));
	}
	for (size_t c = 0; c < channels; c++)
		scales[c] = scales[c] == 0 ? 1 : scales[c] / qmax;
	for (size_t i = 0; i < n; i++) {
		float scale = scales[i / inner % channels];
		float q = fmaxf(fminf(nearbyintf(values[i] / scale), qmax), -qmax);
		double x = values[i], y = q * scale;

		if (!isfinite(values[i])) {
			expected->skipped++;
			continue;
		}
		expected->count++;
		seen[(int)q + 128] = true;
		error += (x - y) * (x - y);
		original += x * x;
		restored += y * y;
		product += x * y;
		bias += y - x;
		if (expected->count == 1 || fabs(x - y) > expected->max_abs) {
			expected->max_abs = fabs(x - y);
			expected->max_index = i;
		}
	}
	for (size_t code = 0; code < 256; code++)
		expected->levels_used += seen[code];
	expected->mse = (double)(error / expected->count);
	expected->rel_fro = (double)sqrtl(error / original);
	expected->sqnr_db = (double)(10 * log10l(original / error));
	expected->cosine = (double)(product / sqrtl(original * restored));
	expected->bias = (double)(bias / expected->count);
	free(scales);
}

static void assert_close(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.17g is not %.17g", value, expected);
}

static uint64_t total(const uint64_t *bins)
{
	uint64_t sum = 0;

	for (size_t b = 0; b < HISTOGRAM_BINS; b++)
		sum += bins[b];
	return sum;
}

static void check(struct one_tensor *one, const float *values, struct quant_scheme scheme,
		  size_t inner, size_t channels)
{
	struct quant_error result, expected;
	struct error err = { .code = ERROR_NONE };
	size_t n = (size_t)one->tensor.present;

	define(values, n, inner, channels, quant_scheme_bits(&scheme), &expected);
	if (!quant_error_compute(&one->model, &one->tensor, &scheme, NULL, &result, &err))
		fail_msg("%s", err.message);
	assert_int_equal(result.count, expected.count);
	assert_int_equal(result.skipped, expected.skipped);
	assert_int_equal(result.granules, channels);
	assert_int_equal(result.levels, (1u << quant_scheme_bits(&scheme)) - 1);
	assert_int_equal(result.levels_used, expected.levels_used);
	assert_true(result.max_abs == expected.max_abs);
	assert_int_equal(result.max_index, expected.max_index);
	assert_close(result.mse, expected.mse, 6.3e-7 * expected.mse);
	assert_close(result.rmse, sqrt(expected.mse), 6.3e-7 * sqrt(expected.mse));
	assert_close(result.rel_fro, expected.rel_fro, 6.3e-7 * expected.rel_fro);
	assert_close(result.sqnr_db, expected.sqnr_db, 3e-6);
	assert_close(result.cosine, expected.cosine, 1e-12);
	assert_close(result.bias, expected.bias, 1e-12 * sqrt(expected.mse));
	assert_int_equal(total(result.original), expected.count);
	assert_int_equal(total(result.reconstructed), expected.count);
	assert_true(result.bytes_before == 4 * n);
	assert_true(result.bytes_after == (n * quant_scheme_bits(&scheme) + 7) / 8 + 4 * channels);
	assert_close(result.bits_per_weight,
		     quant_scheme_bits(&scheme) + 32.0 * (double)channels / (double)n, 1e-12);
}

/* Every axis of four dimensions and every width; some elements are no numbers. */
static void agrees_with_the_definition(void **state)
{
	const int64_t dims[4] = { 7, 5, 3, 37 };
	const size_t n = 7 * 5 * 3 * 37;
	float *values = random_weights(n, 40);
	struct one_tensor one;

	(void)state;
	for (size_t broken = 0; broken < 2; broken++) {
		one_tensor_init(&one, DTYPE_F32, n, values, n * sizeof *values);
		one.tensor.n_dims = 4;
		memcpy(one.dims, dims, sizeof dims);
		for (uint8_t bits = 2; bits <= 8; bits++) {
			size_t inner = n;

			check(&one, values, int_scheme(bits, QUANT_PER_TENSOR, -1), n, 1);
			for (int8_t axis = 0; axis < 4; axis++) {
				inner /= (size_t)dims[axis];
				check(&one, values,
				      int_scheme(bits, QUANT_PER_CHANNEL, axis), inner,
				      (size_t)dims[axis]);
			}
		}
		one_tensor_free(&one);
		values[0] = NAN;
		values[1234] = INFINITY;
		values[n - 1] = -INFINITY;
	}
	free(values);
}

static struct quant_error compute(const float *values, size_t n, struct quant_scheme scheme)
{
	struct one_tensor one;
	struct quant_error result;
	struct error err = { .code = ERROR_NONE };

	one_tensor_init(&one, DTYPE_F32, n, values, n * sizeof *values);
	if (!quant_error_compute(&one.model, &one.tensor, &scheme, NULL, &result, &err))
		fail_msg("%s", err.message);
	one_tensor_free(&one);
	return result;
}

static void exact_and_empty(void **state)
{
	const float zeros[4] = { 0 }, grid[] = { -127, -3, 0, 5, 127 }, broken[] = { NAN, INFINITY };
	const float tiny[] = { 0x1p-149f, -0x1p-149f };
	const struct quant_scheme int8 = quant_scheme_default(SCHEME_INT8);
	struct quant_error q = compute(zeros, 4, int8);

	(void)state;
	assert_true(q.mse == 0 && q.rel_fro == 0 && isinf(q.sqnr_db) && q.cosine == 1);
	assert_int_equal(q.levels_used, 1);
	q = compute(grid, 5, int8);
	assert_true(q.mse == 0 && isinf(q.sqnr_db) && q.sqnr_db > 0);
	assert_int_equal(q.levels_used, 5);
	assert_true(q.low == -127 && q.high == 127);
	q = compute(broken, 2, int8);
	assert_int_equal(q.count, 0);
	assert_int_equal(q.skipped, 2);
	assert_true(isnan(q.mse) && isnan(q.low) && q.max_index == UINT64_MAX);
	q = compute(tiny, 2, int8); /* max|x| / 127 is 0 in float */
	assert_true(q.rel_fro == 1 && q.cosine == 0);
}

static void types_without_an_error(void **state)
{
	struct one_tensor one;
	struct quant_error result;
	struct error err = { .code = ERROR_NONE };
	const float value = 1;
	const struct quant_scheme int8 = quant_scheme_default(SCHEME_INT8);

	(void)state;
	one_tensor_init(&one, DTYPE_F32, 1, &value, 4);
	assert_true(quant_applies(&one.tensor));
	one.tensor.dtype = DTYPE_I32;
	assert_false(quant_applies(&one.tensor));
	assert_false(quant_error_compute(&one.model, &one.tensor,
					 &int8, NULL, &result, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	one_tensor_free(&one);
}

/* Shapes that promise far more than there is cost what there is. */
static void only_what_is_present(void **state)
{
	const float values[] = { 1, 2, 3, 4, 5, 6 };
	struct one_tensor one;
	struct quant_error result;
	struct quant_scheme scheme = int_scheme(8, QUANT_PER_CHANNEL, 0);

	(void)state;
	one_tensor_init(&one, DTYPE_F32, 6, values, sizeof values);
	one.tensor.n_dims = 2;
	one.dims[0] = (int64_t)1 << 40;
	one.dims[1] = 4;
	assert_true(quant_error_compute(&one.model, &one.tensor, &scheme, NULL, &result, NULL));
	assert_int_equal(result.granules, 2);
	assert_int_equal(result.count, 6);
	one.dims[1] = INT64_MAX;
	one.dims[2] = INT64_MAX;
	one.tensor.n_dims = 3;
	assert_true(quant_error_compute(&one.model, &one.tensor, &scheme, NULL, &result, NULL));
	assert_int_equal(result.granules, 1);
	one_tensor_free(&one);
}

static void axis_of(const char *op, const char *inputs, bool transposed, uint32_t n_dims, int axis)
{
	struct build b;
	const struct model *model;

	build_init(&b);
	build_tensor(&b, "w", DTYPE_F32, n_dims, (int64_t[]){ 2, 3, 4, 5 });
	if (op) {
		build_node(&b, "node", op, inputs, "y");
		build_attribute(&b, "transB", (struct attribute){ .kind = ATTRIBUTE_INT,
								   .i = transposed });
	}
	model = build_done(&b);
	assert_int_equal(channel_axis(model, &model->tensors[0]), axis);
	build_free(&b);
}

static void axes_follow_the_consumer(void **state)
{
	(void)state;
	axis_of("Conv", "x w", false, 4, 0);
	axis_of("Conv", "w x", false, 4, 3);
	axis_of("ConvTranspose", "x w", false, 4, 1);
	axis_of("MatMul", "x w", false, 2, 1);
	axis_of("Gemm", "x w", false, 2, 1);
	axis_of("Gemm", "x w", true, 2, 0);
	axis_of("Gather", "w x", false, 2, 1);
	axis_of("Conv", "x v w", false, 1, -1);
	axis_of(NULL, NULL, false, 3, 2);
}

/* What the fast loops say of a matrix is what the passes of the report say. */
static void check_brief(struct one_tensor *one, const char *text, struct pool *pool)
{
	const struct analysis_watch watch = { NULL, NULL, pool };
	struct quant_error brief, whole;
	struct quant_scheme scheme;
	struct error err = { .code = ERROR_NONE };

	assert_true(quant_scheme_parse(text_from(text), &scheme, &err));
	if (!quant_error_compute(&one->model, &one->tensor, &scheme, NULL, &whole, &err) ||
	    !quant_error_brief(&one->model, &one->tensor, &scheme, &watch, &brief, &err))
		fail_msg("%s: %s", text, err.message);
	if (brief.mse != whole.mse || brief.sqnr_db != whole.sqnr_db)
		fail_msg("%s: %a, not %a", text, brief.mse, whole.mse);
	assert_true(brief.rmse == whole.rmse && brief.rel_fro == whole.rel_fro);
	assert_true(brief.count == whole.count && brief.skipped == whole.skipped);
	assert_true(brief.granules == whole.granules && brief.levels == whole.levels);
	assert_true(brief.bytes_after == whole.bytes_after);
	assert_true(brief.bits_per_weight == whole.bits_per_weight);
}

static void check_all_brief(float *values, int64_t rows, int64_t columns, struct pool *pool)
{
	static const char *const schemes[] = {
		"int8:tensor", "int8:tensor:affine", "int4:tensor:full:scale=f16", "int16:channel",
		"int8:channel:axis=0", "int8:channel:axis=1", "int8:channel:axis=0:affine",
		"int4:channel:axis=1:affine:scale=pow2", "int2:channel:axis=0:full",
		"int4:group=32:axis=0", "int4:group=32:axis=0:affine", "int3:group=16:axis=1",
		"int8:group=256:axis=0", "int4:group=128:axis=0:affine:mse",
		"nf4:axis=0", "fp4:axis=0", "f8e4m3fn:tensor", "f6e2m3:channel:axis=0",
	};
	size_t n = (size_t)(rows * columns);
	struct one_tensor one;

	one_tensor_init(&one, DTYPE_F32, n, values, n * sizeof *values);
	one.tensor.n_dims = 2;
	one.dims[0] = rows;
	one.dims[1] = columns;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		check_brief(&one, schemes[i], pool);
	one_tensor_free(&one);
}

static void brief_is_the_report(void **state)
{
	static const int64_t shapes[][2] = { { 1, 1 }, { 3, 7 }, { 33, 32 }, { 17, 100 },
					     { 5, 2049 }, { 96, 64 }, { 300, 40 }, { 3, 17000 },
					     { 1200, 1111 }, { 700, 2048 } };
	struct pool *pool = pool_new(2);

	(void)state;
	assert_non_null(pool);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		size_t n = (size_t)(shapes[i][0] * shapes[i][1]);
		float *values = random_weights(n, 50 + i);

		/* Ties, a row that is all zero, and a far outlier. */
		for (size_t k = 0; k < n / 3; k++)
			values[k] = nearbyintf(values[k] * 1024) / 2048;
		for (size_t k = 0; k < n && k < 128; k++)
			values[n / 2 + k / 2] = 0;
		values[n - 1] = 3e3f;
		check_all_brief(values, shapes[i][0], shapes[i][1], pool);
		if (i == 3 || i == 8) {
			values[n / 3] = NAN;
			check_all_brief(values, shapes[i][0], shapes[i][1], pool);
			values[n / 3] = 1e-38f;
			values[n - 2] = 3e38f;
			check_all_brief(values, shapes[i][0], shapes[i][1], pool);
			for (size_t k = 0; k < n; k++)
				values[k] = (float)(k % 5) * 1e-42f;
			check_all_brief(values, shapes[i][0], shapes[i][1], pool);
		}
		free(values);
	}
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brief_is_the_report),
		cmocka_unit_test(agrees_with_the_definition),
		cmocka_unit_test(exact_and_empty),
		cmocka_unit_test(types_without_an_error),
		cmocka_unit_test(only_what_is_present),
		cmocka_unit_test(axes_follow_the_consumer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
