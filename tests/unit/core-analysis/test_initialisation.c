/* What weights look initialised with: synthetic ones of every kind, drifted ones, trained ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/initialisation.h>

#include "build_model.h"
#include "random_bytes.h"

#define N 24000 /* values of a weight: 40 x 600, 40 x 50 x 3 x 4 */

enum shape { UNIFORM, NORMAL, CONSTANT };

struct sample {
	struct build build;
	struct initialisation result;
	bool known;
};

static double unit(uint64_t *seed)
{
	return ((double)(random_next(seed) >> 11) + 0.5) * 0x1p-53;
}

static float draw(enum shape shape, double spread, uint64_t *seed)
{
	if (shape == CONSTANT)
		return (float)spread;
	if (shape == UNIFORM)
		return (float)(spread * (2 * unit(seed) - 1));
	double size = sqrt(-2 * log(unit(seed)));

	return (float)(spread * size * cos(6.283185307179586 * unit(seed)));
}

/* The judgement on a tensor "w" that a node of that operator uses as one of its inputs. */
static void judge(struct sample *s, const char *op, const char *inputs, uint32_t n_dims,
		  const int64_t *dims, const float *values)
{
	struct statistics statistics;
	struct run_of_bytes run = { .encoding = RUN_PLAIN };
	struct model_file file = { .location = TEXT("") };
	struct error err;
	size_t n = 1;
	uint32_t w;

	memset(s, 0, sizeof *s);
	for (uint32_t d = 0; d < n_dims; d++)
		n *= (size_t)dims[d];
	build_init(&s->build);
	w = build_tensor(&s->build, "w", DTYPE_F32, n_dims, dims);
	run.nbytes = n * sizeof *values;
	file.file = file_wrap(values, n * sizeof *values, "memory");
	build_tensor(&s->build, "other", DTYPE_F32, 2, (int64_t[]){ 100, 400 });
	build_node(&s->build, "node", op, inputs, "y");
	build_done(&s->build);
	s->build.tensors[w].present = n;
	s->build.tensors[w].runs = &run;
	s->build.tensors[w].n_runs = 1;
	s->build.model.files = &file;
	s->build.model.n_files = 1;
	assert_true(statistics_compute(&s->build.model, &s->build.model.tensors[w], NULL,
				       &statistics, &err));
	s->known = initialisation_judge(&s->build.model, &s->build.model.tensors[w], &statistics,
					&s->result);
	file_close(file.file);
	build_free(&s->build);
}

static void fill(float *values, size_t n, enum shape shape, double spread)
{
	uint64_t seed = 77;

	for (size_t i = 0; i < n; i++)
		values[i] = draw(shape, spread, &seed);
}

static void expect(const char *op, const char *inputs, uint32_t n_dims, const int64_t *dims,
		   enum shape shape, double spread, enum initialisation_kind kind)
{
	static float values[N];
	struct sample s;
	size_t n = 1;

	for (uint32_t d = 0; d < n_dims; d++)
		n *= (size_t)dims[d];
	fill(values, n, shape, spread);
	judge(&s, op, inputs, n_dims, dims, values);
	assert_true(s.known);
	if (s.result.candidates[0].kind != kind || s.result.verdict != VERDICT_UNTRAINED)
		fail_msg("%s: %s, distance %g, %s; expected %s", op,
			 initialisation_name(s.result.candidates[0].kind),
			 s.result.candidates[0].distance, initialisation_word(s.result.verdict),
			 initialisation_name(kind));
	for (unsigned i = 1; i < s.result.n; i++)
		assert_true(s.result.candidates[i - 1].distance <= s.result.candidates[i].distance);
}

static void test_kinds(void **state)
{
	const int64_t linear[] = { 40, 600 }, conv[] = { 40, 50, 3, 4 };
	const double in = 600, out = 40 * 12;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *op = i ? "Conv" : "MatMul", *inputs = "x w";
		uint32_t n = i ? 4 : 2;
		const int64_t *dims = i ? conv : linear;
		/* MatMul: (in, out) = (40, 600) */
		double fan_in = i ? in : 40, fan_out = i ? out : 600;

		expect(op, inputs, n, dims, UNIFORM, sqrt(6 / (fan_in + fan_out)),
		       INITIALISATION_XAVIER_UNIFORM);
		expect(op, inputs, n, dims, NORMAL, sqrt(2 / (fan_in + fan_out)),
		       INITIALISATION_XAVIER_NORMAL);
		expect(op, inputs, n, dims, UNIFORM, sqrt(6 / fan_in),
		       INITIALISATION_KAIMING_UNIFORM_IN);
		expect(op, inputs, n, dims, NORMAL, sqrt(2 / fan_in),
		       INITIALISATION_KAIMING_NORMAL_IN);
		expect(op, inputs, n, dims, UNIFORM, sqrt(6 / fan_out),
		       INITIALISATION_KAIMING_UNIFORM_OUT);
		expect(op, inputs, n, dims, NORMAL, sqrt(2 / fan_out),
		       INITIALISATION_KAIMING_NORMAL_OUT);
		expect(op, inputs, n, dims, UNIFORM, 1 / sqrt(fan_in), INITIALISATION_FAN_UNIFORM);
		expect(op, inputs, n, dims, NORMAL, 1 / sqrt(fan_in), INITIALISATION_FAN_NORMAL);
		expect(op, inputs, n, dims, NORMAL, 0.02, INITIALISATION_SMALL_NORMAL);
	}
	expect("Gather", "w x", 2, linear, NORMAL, 1, INITIALISATION_UNIT_NORMAL);
	expect("Gather", "w x", 2, linear, UNIFORM, 0.05, INITIALISATION_SMALL_UNIFORM);
}

static void test_norms_and_biases(void **state)
{
	const int64_t n[] = { 64 }, many[] = { N };

	(void)state;
	expect("BatchNormalization", "x w b m v", 1, n, CONSTANT, 1, INITIALISATION_ONES);
	expect("BatchNormalization", "x s w m v", 1, n, CONSTANT, 0, INITIALISATION_ZEROS);
	expect("LayerNormalization", "x w", 1, n, CONSTANT, 1, INITIALISATION_ONES);
	expect("Mul", "x w", 1, n, CONSTANT, 1, INITIALISATION_ONES);
	expect("Add", "w x", 1, n, CONSTANT, 0, INITIALISATION_ZEROS);
	expect("Gemm", "x other w", 1, n, CONSTANT, 0, INITIALISATION_ZEROS);
	/* other is 100 x 400: without transB the first is the fan-in. */
	expect("Gemm", "x other w", 1, many, UNIFORM, 0.1, INITIALISATION_FAN_UNIFORM);
}

static void test_fans(void **state)
{
	static float values[N];
	struct sample s;

	(void)state;
	fill(values, N, NORMAL, 1);
	judge(&s, "Conv", "x w", 4, (int64_t[]){ 40, 50, 3, 4 }, values);
	assert_int_equal(s.result.fan_in, 600);
	assert_int_equal(s.result.fan_out, 480);
	judge(&s, "Gemm", "x w", 2, (int64_t[]){ 40, 600 }, values);
	assert_int_equal(s.result.fan_in, 40);
	assert_int_equal(s.result.fan_out, 600);
	judge(&s, "LSTM", "x w", 3, (int64_t[]){ 1, 40, 600 }, values);
	assert_int_equal(s.result.fan_in, 600);
	assert_int_equal(s.result.fan_out, 40);
	judge(&s, "MatMul", "x w", 3, (int64_t[]){ 10, 40, 60 }, values);
	assert_int_equal(s.result.fan_in, 40);
	assert_int_equal(s.result.fan_out, 60);
}

static void test_verdicts(void **state)
{
	static float values[N];
	const int64_t dims[] = { 40, 600 };
	double spread = sqrt(2 / 640.0);
	uint64_t seed = 5;
	struct sample s;

	(void)state;
	/* A little narrower. */
	fill(values, N, NORMAL, spread * 0.93);
	judge(&s, "MatMul", "x w", 2, dims, values);
	assert_int_equal(s.result.candidates[0].kind, INITIALISATION_XAVIER_NORMAL);
	assert_int_equal(s.result.verdict, VERDICT_DRIFTED);
	/* Heavy tails. */
	for (size_t i = 0; i < N; i++)
		values[i] = draw(NORMAL, i % 4 ? 0.2 * spread : 4 * spread, &seed);
	judge(&s, "MatMul", "x w", 2, dims, values);
	assert_int_equal(s.result.verdict, VERDICT_TRAINED);
	/* Of few values a good fit says nothing, a bad one does. */
	fill(values, 1000, NORMAL, sqrt(2 / 65.0));
	judge(&s, "MatMul", "x w", 2, (int64_t[]){ 40, 25 }, values);
	assert_int_equal(s.result.verdict, VERDICT_TOO_FEW);
	for (size_t i = 0; i < 1000; i++)
		values[i] = i % 2 ? 3 : -3;
	judge(&s, "MatMul", "x w", 2, (int64_t[]){ 40, 25 }, values);
	assert_int_equal(s.result.verdict, VERDICT_TRAINED);
	/* Constants: one value off, and far off. */
	for (size_t i = 0; i < 64; i++)
		values[i] = 1;
	values[3] = 1.125f;
	judge(&s, "BatchNormalization", "x w b m v", 1, (int64_t[]){ 64 }, values);
	assert_int_equal(s.result.verdict, VERDICT_DRIFTED);
	fill(values, 64, NORMAL, 1);
	judge(&s, "BatchNormalization", "x w b m v", 1, (int64_t[]){ 64 }, values);
	assert_int_equal(s.result.verdict, VERDICT_TRAINED);
}

/* KS of a step at 0 and of a uniform against one twice as wide, by hand. */
static void test_distances(void **state)
{
	static float values[N];
	struct sample s;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		values[i] = i < 48 ? 1 : -1;
	judge(&s, "Add", "x w", 1, (int64_t[]){ 64 }, values);
	assert_true(s.result.candidates[0].distance == 0.75);
	for (size_t i = 0; i < N; i++)
		values[i] = 0.025f * (2 * ((float)i + 0.5f) / N - 1);
	judge(&s, "Gather", "w x", 2, (int64_t[]){ 40, 600 }, values);
	for (unsigned i = 0; i < s.result.n; i++)
		if (s.result.candidates[i].kind == INITIALISATION_SMALL_UNIFORM)
			assert_true(fabs(s.result.candidates[i].distance - 0.25) < 1e-3);
}

static void test_unknown(void **state)
{
	static const float values[64] = { 1 };
	struct sample s;

	(void)state;
	judge(&s, "Softmax", "w", 2, (int64_t[]){ 8, 8 }, values);
	assert_false(s.known);
	judge(&s, "Conv", "w x", 2, (int64_t[]){ 8, 8 }, values); /* the input, not the weight */
	assert_false(s.known);
	judge(&s, "BatchNormalization", "x w b m v", 2, (int64_t[]){ 8, 8 }, values);
	assert_false(s.known);
	judge(&s, "Mul", "x w", 1, (int64_t[]){ 1 }, values);
	assert_false(s.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	     cmocka_unit_test(test_norms_and_biases),
		cmocka_unit_test(test_fans),	     cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_distances),    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
