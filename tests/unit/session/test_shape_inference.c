/* Shape inference on small models: names, bindings, data, functions, contradictions. The operators
 * themselves are held against files and libonnx in tests/differential. */
#include <stdio.h>

#include "../pb_write.h"

#include <mtui/shape_inference.h>

struct inferred {
	struct read read;
	struct shapes *shapes;
	struct shape_inference result;
};

static void add_symbol_input(struct pb *graph, const char *name, const char *symbol, int64_t width)
{
	struct pb info = { 0 }, type = { 0 }, tensor = { 0 }, shape = { 0 }, first = { 0 };
	struct pb second = { 0 };

	pb_string(&first, 2, symbol);
	pb_int(&second, 1, width);
	pb_put(&shape, 1, &first);
	pb_put(&shape, 1, &second);
	pb_int(&tensor, 1, 1);
	pb_put(&tensor, 2, &shape);
	pb_put(&type, 1, &tensor);
	pb_string(&info, 1, name);
	pb_put(&info, 2, &type);
	pb_put(graph, 11, &info);
}

static void add_int64s(struct pb *graph, const char *name, size_t n, const int64_t *values)
{
	struct pb tensor = onnx_tensor(name, 7, 1, (int64_t[]){ (int64_t)n });

	pb_bytes(&tensor, 9, values, n * 8);
	pb_put(graph, 5, &tensor);
}

static struct inferred infer(struct pb *model, const struct dim_binding *bindings, size_t n)
{
	struct inferred in = { .read = read_pb(model) };

	assert_non_null(in.read.model);
	in.shapes = shapes_new(in.read.model, &in.read.err);
	assert_non_null(in.shapes);
	assert_true(shape_inference_run(in.shapes, bindings, n, &in.result, &in.read.err));
	shapes_publish(in.shapes);
	return in;
}

static void done(struct inferred *in)
{
	shapes_unref(in->shapes);
	read_done(&in->read);
}

/* "f32 [batch, 3]" */
static void assert_type(const struct inferred *in, const char *value, const char *expected)
{
	uint32_t v = model_find_value(in->read.model, 0, text_from(value));
	const struct type *type;
	char text[256];
	int n;

	assert_int_not_equal(v, NO_INDEX);
	type = in->shapes->values[v].type;
	if (!type) {
		assert_string_equal("unknown", expected);
		return;
	}
	n = snprintf(text, sizeof text, "%s", dtype_name(type->dtype));
	for (uint32_t i = 0; type->has_shape && i < type->n_dims; i++)
		n += type->dims[i].value >= 0
			     ? snprintf(text + n, sizeof text - (size_t)n, "%s%lld",
					i ? ", " : " [", (long long)type->dims[i].value)
			     : snprintf(
				       text + n, sizeof text - (size_t)n, "%s%.*s", i ? ", " : " [",
				       type->dims[i].symbol.len ? (int)type->dims[i].symbol.len : 1,
				       type->dims[i].symbol.len ? type->dims[i].symbol.data : "?");
	if (type->has_shape)
		snprintf(text + n, sizeof text - (size_t)n, "%s", type->n_dims ? "]" : " []");
	assert_string_equal(text, expected);
}

/* x [batch, 12] -> Reshape to [batch*3, 4] by way of Shape, Gather, Mul, Concat. */
static struct pb shape_arithmetic(void)
{
	struct pb graph = { 0 };

	add_symbol_input(&graph, "x", "batch", 12);
	add_int64s(&graph, "zero", 1, (int64_t[]){ 0 });
	add_int64s(&graph, "three", 1, (int64_t[]){ 3 });
	add_int64s(&graph, "rest", 1, (int64_t[]){ -1 });
	onnx_add_node(&graph, "Shape", "x", "s");
	onnx_add_node(&graph, "Gather", "s zero", "b");
	onnx_add_node(&graph, "Mul", "b three", "b3");
	struct pb concat = onnx_node("Concat", "b3 rest", "target");
	struct pb axis = onnx_attribute("axis", 2);
	pb_int(&axis, 3, 0);
	pb_put(&concat, 5, &axis);
	pb_put(&graph, 1, &concat);
	onnx_add_node(&graph, "Reshape", "x target", "y");
	onnx_add_node(&graph, "Relu", "y", "z");
	return onnx_model(&graph);
}

static void names_are_computed_with(void **state)
{
	struct pb pb = shape_arithmetic();
	struct inferred in = infer(&pb, NULL, 0);
	(void)state;

	assert_type(&in, "s", "i64 [2]");
	assert_type(&in, "z", "f32 [batch*3, 4]");
	assert_int_equal(in.result.n_conflicts, 0);
	assert_int_equal(in.result.n_without_rule, 0);
	assert_true(in.result.complete);
	assert_int_equal(in.shapes->n_unknown, 0);
	done(&in);
}

static void bindings_make_numbers(void **state)
{
	struct pb pb = shape_arithmetic();
	struct inferred in = infer(&pb, (struct dim_binding[]){ { TEXT("batch"), 2 } }, 1);
	(void)state;

	assert_type(&in, "x", "f32 [2, 12]");
	assert_type(&in, "z", "f32 [6, 4]");
	done(&in);
}

static void the_file_wins_a_contradiction(void **state)
{
	struct pb graph = { 0 };
	(void)state;

	onnx_value(&graph, 11, "x", 1, 2, (int64_t[]){ 2, 3 });
	onnx_value(&graph, 13, "y", 1, 2, (int64_t[]){ 2, 4 });
	onnx_add_node(&graph, "Relu", "x", "y");
	onnx_add_node(&graph, "Relu", "y", "z");
	struct pb pb = onnx_model(&graph);
	struct inferred in = infer(&pb, NULL, 0);

	assert_int_equal(in.result.n_conflicts, 1);
	assert_int_equal(in.result.conflicts[0].node, 0);
	assert_type(&in, "y", "f32 [2, 4]");
	assert_type(&in, "z", "f32 [2, 4]");
	done(&in);
}

static void unsorted_nodes_are_walked_again(void **state)
{
	struct pb graph = { 0 };
	(void)state;

	onnx_value(&graph, 11, "x", 1, 1, (int64_t[]){ 5 });
	onnx_add_node(&graph, "Relu", "b", "c");
	onnx_add_node(&graph, "Relu", "a", "b");
	onnx_add_node(&graph, "Relu", "x", "a");
	struct pb pb = onnx_model(&graph);
	struct inferred in = infer(&pb, NULL, 0);

	assert_type(&in, "c", "f32 [5]");
	done(&in);
}

static void unknown_operators_are_counted(void **state)
{
	struct pb graph = { 0 };
	(void)state;

	onnx_value(&graph, 11, "x", 1, 1, (int64_t[]){ 5 });
	onnx_add_node(&graph, "Frobnicate", "x", "y");
	onnx_add_node(&graph, "Relu", "y", "z");
	struct pb pb = onnx_model(&graph);
	struct inferred in = infer(&pb, NULL, 0);

	assert_int_equal(in.result.n_without_rule, 1);
	assert_type(&in, "z", "unknown");
	done(&in);
}

/* f0 calls f1 twice, f1 calls f2 twice, ...: 2^40 visits if nobody counted. */
static void functions_upon_functions_end(void **state)
{
	struct pb graph = { 0 };
	(void)state;

	onnx_value(&graph, 11, "x", 1, 1, (int64_t[]){ 5 });
	struct pb node = onnx_node("f0", "x", "y");
	pb_string(&node, 7, "local");
	pb_put(&graph, 1, &node);
	struct pb model = onnx_model(&graph);
	onnx_import(&model, "local", 1);
	for (int i = 0; i < 40; i++) {
		struct pb function = { 0 };
		char name[8], next[8];

		snprintf(name, sizeof name, "f%d", i);
		snprintf(next, sizeof next, "f%d", i + 1);
		pb_string(&function, 1, name);
		pb_string(&function, 4, "in");
		pb_string(&function, 5, "out");
		for (int k = 0; k < 2; k++) {
			struct pb call =
				onnx_node(i == 39 ? "Relu" : next, k ? "t" : "in", k ? "out" : "t");
			if (i < 39)
				pb_string(&call, 7, "local");
			pb_put(&function, 7, &call);
		}
		pb_string(&function, 10, "local");
		pb_put(&model, 25, &function);
	}
	struct inferred in = infer(&model, NULL, 0);

	assert_false(in.result.complete);
	done(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_computed_with),
		cmocka_unit_test(bindings_make_numbers),
		cmocka_unit_test(the_file_wins_a_contradiction),
		cmocka_unit_test(unsorted_nodes_are_walked_again),
		cmocka_unit_test(unknown_operators_are_counted),
		cmocka_unit_test(functions_upon_functions_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
