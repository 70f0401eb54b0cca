/* Each pattern in the ways that exporters write it, and what must not be taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <mtui/patterns.h>

#include "build_data.h"

struct net {
	struct build build;
	struct build_data data;
	struct arena arena;
	const struct model *model;
	struct patterns patterns;
};

static void net_init(struct net *net)
{
	memset(net, 0, sizeof *net);
	build_init(&net->build);
	arena_init(&net->arena, 0);
}

static void number(struct net *net, const char *name, float value)
{
	uint32_t tensor = build_tensor(&net->build, name, DTYPE_F32, 0, NULL);

	build_bytes(&net->build, &net->data, tensor, &value, sizeof value);
}

static void row(struct net *net, const char *names)
{
	char copy[200], *rest = copy;

	strcpy(copy, names);
	for (char *name; (name = strtok_r(rest, " ", &rest));)
		build_tensor(&net->build, name, DTYPE_F32, 1, (int64_t[]){ 8 });
}

static void matrix(struct net *net, const char *name)
{
	build_tensor(&net->build, name, DTYPE_F32, 2, (int64_t[]){ 8, 8 });
}

static void add(struct net *net, const char *op, const char *inputs, const char *outputs)
{
	build_node(&net->build, "", op, inputs, outputs);
}

static void is_output(struct net *net, const char *name)
{
	net->build.values[build_value(&net->build, name)].flags |= VALUE_OUTPUT;
}

static void find(struct net *net)
{
	struct error err;

	net->model = build_done(&net->build);
	build_files(&net->build, &net->data);
	assert_true(patterns_find(net->model, &net->arena, &net->patterns, &err));
}

static void net_free(struct net *net)
{
	arena_free(&net->arena);
	build_data_free(&net->data);
	build_free(&net->build);
}

/* Exactly one, of so many nodes; frees the net. */
static void expect_one(struct net *net, enum pattern_kind kind, uint32_t n_nodes)
{
	find(net);
	assert_int_equal(net->patterns.n, 1);
	assert_int_equal(net->patterns.items[0].kind, kind);
	assert_int_equal(net->patterns.items[0].n_nodes, n_nodes);
	assert_int_equal(net->patterns.counts[kind], 1);
	assert_string_not_equal(pattern_name(kind), "");
	net_free(net);
}

static void expect_none(struct net *net)
{
	find(net);
	assert_int_equal(net->patterns.n, 0);
	net_free(net);
}

static void convolutions(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	row(&net, "s b m v");
	build_tensor(&net.build, "w", DTYPE_F32, 4, (int64_t[]){ 8, 3, 3, 3 });
	add(&net, "Conv", "x w", "c");
	add(&net, "BatchNormalization", "c s b m v", "n");
	add(&net, "Relu", "n", "y");
	is_output(&net, "y");
	find(&net);
	assert_int_equal(net.patterns.n, 1);
	assert_int_equal(net.patterns.items[0].kind, PATTERN_CONV_BN_ACT);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(net.patterns.items[0].nodes[i], i);
	net_free(&net);
}

static void convolution_without_activation(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	row(&net, "s b m v");
	matrix(&net, "w");
	add(&net, "Conv", "x w", "c");
	add(&net, "BatchNormalization", "c s b m v", "n");
	add(&net, "Relu", "n", "y");
	add(&net, "Add", "n y", "z"); /* the normalized is needed, too */
	expect_one(&net, PATTERN_CONV_BN, 2);

	net_init(&net);
	matrix(&net, "w");
	add(&net, "Conv", "x w", "c");
	add(&net, "Clip", "c", "y");
	expect_one(&net, PATTERN_CONV_ACT, 2);
}

/* Somebody else uses the middle, the weight is computed, the normalization learns. */
static void convolutions_that_are_none(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	row(&net, "s b m v");
	matrix(&net, "w");
	add(&net, "Conv", "x w", "c");
	add(&net, "BatchNormalization", "c s b m v", "n");
	is_output(&net, "c");
	expect_none(&net);

	net_init(&net);
	row(&net, "s b m v");
	add(&net, "Conv", "x w", "c");
	add(&net, "BatchNormalization", "c s b m v", "n");
	expect_none(&net);

	net_init(&net);
	row(&net, "s b m v");
	matrix(&net, "w");
	add(&net, "Conv", "x w", "c");
	add(&net, "BatchNormalization", "c s b m v", "n");
	build_attribute(&net.build, "training_mode",
			(struct attribute){ .kind = ATTRIBUTE_INT, .i = 1 });
	expect_none(&net);

	net_init(&net);
	matrix(&net, "w");
	add(&net, "Conv", "x w", "c");
	add(&net, "Relu", "c", "y");
	net.build.values[build_value(&net.build, "c")].flags |= VALUE_CAPTURED;
	expect_none(&net);
}

static void linear(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	matrix(&net, "w");
	row(&net, "b");
	add(&net, "MatMul", "x w", "p");
	add(&net, "Add", "b p", "y");
	expect_one(&net, PATTERN_LINEAR, 2);

	net_init(&net);
	matrix(&net, "w");
	row(&net, "b");
	add(&net, "Gemm", "x w b", "p");
	add(&net, "Relu", "p", "y");
	expect_one(&net, PATTERN_LINEAR_ACT, 2);

	net_init(&net);
	matrix(&net, "w");
	add(&net, "MatMul", "x w", "p");
	add(&net, "Add", "p x", "y"); /* a residual, no bias */
	expect_none(&net);
}

static void layer_norm(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	number(&net, "two", 2);
	number(&net, "eps", 1e-5f);
	row(&net, "g b");
	add(&net, "ReduceMean", "x", "m");
	add(&net, "Sub", "x m", "d");
	add(&net, "Pow", "d two", "q");
	add(&net, "ReduceMean", "q", "v");
	add(&net, "Add", "v eps", "e");
	add(&net, "Sqrt", "e", "r");
	add(&net, "Div", "d r", "n");
	add(&net, "Mul", "n g", "s");
	add(&net, "Add", "s b", "y");
	expect_one(&net, PATTERN_LAYER_NORM, 9);

	net_init(&net);
	number(&net, "three", 3);
	number(&net, "eps", 1e-5f);
	add(&net, "ReduceMean", "x", "m");
	add(&net, "Sub", "x m", "d");
	add(&net, "Pow", "d three", "q");
	add(&net, "ReduceMean", "q", "v");
	add(&net, "Add", "v eps", "e");
	add(&net, "Sqrt", "e", "r");
	add(&net, "Div", "d r", "y");
	expect_none(&net);
}

static void rms_norm(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	number(&net, "eps", 1e-5f);
	number(&net, "one", 1);
	row(&net, "g");
	add(&net, "Mul", "x x", "q");
	add(&net, "ReduceMean", "q", "v");
	add(&net, "Add", "v eps", "e");
	add(&net, "Sqrt", "e", "r");
	add(&net, "Div", "one r", "i");
	add(&net, "Mul", "x i", "n");
	add(&net, "Cast", "n", "c");
	add(&net, "Mul", "g c", "y");
	expect_one(&net, PATTERN_RMS_NORM, 8);
}

static void attention(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	number(&net, "scale", 8);
	add(&net, "MatMul", "q k", "p");
	add(&net, "Div", "p scale", "s");
	add(&net, "Add", "mask s", "a");
	add(&net, "Softmax", "a", "w");
	add(&net, "MatMul", "w v", "y");
	expect_one(&net, PATTERN_ATTENTION, 5);

	net_init(&net);
	matrix(&net, "k");
	add(&net, "MatMul", "q k", "p"); /* a classifier */
	add(&net, "Softmax", "p", "w");
	add(&net, "MatMul", "w v", "y");
	expect_none(&net);
}

static void gelus(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	number(&net, "root", 1.41421356f);
	number(&net, "one", 1);
	number(&net, "half", 0.5f);
	add(&net, "Div", "x root", "a");
	add(&net, "Erf", "a", "b");
	add(&net, "Add", "b one", "c");
	add(&net, "Mul", "x c", "d");
	add(&net, "Mul", "d half", "y");
	expect_one(&net, PATTERN_GELU, 5);

	net_init(&net);
	number(&net, "root", 0.70710678f);
	number(&net, "one", 1);
	number(&net, "half", 0.5f);
	add(&net, "Mul", "x half", "h");
	add(&net, "Mul", "x root", "a");
	add(&net, "Erf", "a", "b");
	add(&net, "Add", "one b", "c");
	add(&net, "Mul", "h c", "y");
	expect_one(&net, PATTERN_GELU, 5);

	net_init(&net);
	number(&net, "root", 2);
	number(&net, "one", 1);
	number(&net, "half", 0.5f);
	add(&net, "Div", "x root", "a");
	add(&net, "Erf", "a", "b");
	add(&net, "Add", "b one", "c");
	add(&net, "Mul", "x c", "d");
	add(&net, "Mul", "d half", "y");
	expect_none(&net);
}

static void gelu_by_tanh(void **state)
{
	struct net net;

	(void)state;
	net_init(&net);
	number(&net, "three", 3);
	number(&net, "cubic", 0.044715f);
	number(&net, "slope", 0.7978846f);
	number(&net, "one", 1);
	number(&net, "half", 0.5f);
	add(&net, "Pow", "x three", "a");
	add(&net, "Mul", "cubic a", "b");
	add(&net, "Add", "x b", "c");
	add(&net, "Mul", "slope c", "d");
	add(&net, "Tanh", "d", "e");
	add(&net, "Add", "one e", "f");
	add(&net, "Mul", "half x", "g");
	add(&net, "Mul", "g f", "y");
	expect_one(&net, PATTERN_GELU_TANH, 8);
}

static void silu_and_saved_bytes(void **state)
{
	struct net net;
	struct shapes *shapes;
	struct error err;
	uint64_t bytes;

	(void)state;
	net_init(&net);
	build_type(&net.build, "g", DTYPE_F16, 2, (int64_t[]){ 4, 5 });
	add(&net, "Sigmoid", "x", "g");
	add(&net, "Mul", "g x", "y");
	find(&net);
	assert_int_equal(net.patterns.n, 1);
	assert_int_equal(net.patterns.items[0].kind, PATTERN_SILU);
	shapes = shapes_new((struct model *)(uintptr_t)net.model, &err);
	assert_non_null(shapes);
	shapes_publish(shapes);
	assert_true(pattern_saved_bytes(shapes, &net.patterns.items[0], &bytes));
	assert_int_equal(bytes, 40);
	shapes_unref(shapes);
	net_free(&net);

	net_init(&net);
	add(&net, "Sigmoid", "x", "g");
	add(&net, "Mul", "g z", "y");
	expect_none(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions),
		cmocka_unit_test(convolution_without_activation),
		cmocka_unit_test(convolutions_that_are_none),
		cmocka_unit_test(linear),
		cmocka_unit_test(layer_norm),
		cmocka_unit_test(rms_norm),
		cmocka_unit_test(attention),
		cmocka_unit_test(gelus),
		cmocka_unit_test(gelu_by_tanh),
		cmocka_unit_test(silu_and_saved_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
