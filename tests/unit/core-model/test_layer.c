#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include <mtui/limits.h>

#include "build_model.h"

#define SHAPE(...) (sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), (int64_t[]){ __VA_ARGS__ }

/* The tree as text, one row a line: indent, label, op or dtype, parameters. */
static char *dump(const struct model *model)
{
	static const char kinds[] = "msntg";
	const struct layers *layers = model_layers(model, NULL);
	size_t size = 0;
	char *out, buffer[64];
	FILE *stream = open_memstream(&out, &size);

	assert_non_null(layers);
	for (uint32_t i = 0; i < layers->n_rows; i++) {
		const struct layer *row = &layers->rows[i];
		struct text label = layer_label(layers, i, buffer);
		fprintf(stream, "%*s%.*s %c", row->depth * 2, "", (int)label.len, label.data,
			kinds[row->kind]);
		if (row->parameters)
			fprintf(stream, " %d", (int)row->parameters);
		fputc('\n', stream);
	}
	fclose(stream);
	return out;
}

/* Every row's end and parent fit each other, and the row tables lead back. */
static void check(const struct model *model)
{
	const struct layers *layers = model_layers(model, NULL);

	for (uint32_t i = 0; i < layers->n_rows; i++) {
		const struct layer *row = &layers->rows[i];
		assert_in_range(row->end, i + 1, layers->n_rows);
		if (i > 0) {
			assert_true(row->parent < i);
			assert_true(row->end <= layers->rows[row->parent].end);
			assert_int_equal(row->depth, layers->rows[row->parent].depth + 1);
		}
	}
	for (uint32_t i = 0; i < model->n_nodes; i++) {
		const struct layer *row = &layers->rows[layers->row_of_node[i]];
		assert_int_equal(row->kind, LAYER_NODE);
		assert_int_equal(row->item, i);
	}
	for (uint32_t i = 0; i < model->n_tensors; i++) {
		if (model->tensors[i].kind == TENSOR_INDICES) {
			assert_int_equal(layers->row_of_tensor[i], NO_INDEX);
			continue;
		}
		const struct layer *row = &layers->rows[layers->row_of_tensor[i]];
		assert_int_equal(row->kind, LAYER_TENSOR);
		assert_int_equal(row->item, i);
	}
}

static void expect(struct build *b, const char *tree)
{
	const struct model *model = build_done(b);
	char *found = dump(model);

	assert_string_equal(found, tree);
	check(model);
	free(found);
	build_free(b);
}

static void test_scopes_from_node_names(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	build_tensor(&b, "conv1.weight", DTYPE_F32, SHAPE(4, 3));
	build_tensor(&b, "layer1.0.conv1.weight", DTYPE_F32, SHAPE(5));
	build_tensor(&b, "layer1.0.conv1.bias", DTYPE_F32, SHAPE(1));
	build_node(&b, "/conv1/Conv", "Conv", "x conv1.weight", "a");
	build_node(&b, "/layer1/layer1.0/conv1/Conv", "Conv",
		   "a layer1.0.conv1.weight layer1.0.conv1.bias", "c");
	build_node(&b, "/Relu", "Relu", "c", "d");
	build_node(&b, "/layer1/layer1.0/relu/Relu_1", "Relu", "d", "e");
	build_node(&b, "/layer1/layer1.0/Add", "Add", "e a", "f");
	expect(&b, "net m 18\n"
		   "  conv1 n 12\n"
		   "    weight t 12\n"
		   "  layer1 s 6\n"
		   "    layer1.0 s 6\n"
		   "      conv1 n 6\n"
		   "        weight t 5\n"
		   "        bias t 1\n"
		   "      relu n\n"
		   "      Add n\n"
		   "  Relu n\n");
}

static void test_scopes_from_parameter_names(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	build_tensor(&b, "layer1.0.conv1.weight", DTYPE_F32, SHAPE(2, 2));
	build_tensor(&b, "layer1.0.bn1.scale", DTYPE_F32, SHAPE(2));
	build_tensor(&b, "layer2.fc.weight", DTYPE_F32, SHAPE(3));
	build_tensor(&b, "const_0.5", DTYPE_F32, SHAPE(1));
	build_node(&b, "", "Conv", "x layer1.0.conv1.weight", "a");
	build_node(&b, "Relu_1", "Relu", "a", "r");
	build_node(&b, "", "BatchNormalization", "r layer1.0.bn1.scale", "c");
	build_node(&b, "", "Mul", "c const_0.5", "d");
	build_node(&b, "first_linear", "Gemm", "d layer2.fc.weight", "e");
	build_node(&b, "", "Softmax", "e", "f");
	expect(&b, "net m 10\n"
		   "  layer1 s 6\n"
		   "    0 s 6\n"
		   "      conv1 n 4\n"
		   "        weight t 4\n"
		   "      Relu_1 n\n"
		   "      bn1 n 2\n"
		   "        scale t 2\n"
		   "  Mul#3 n 1\n"
		   "    const_0.5 t 1\n"
		   "  layer2 s 3\n"
		   "    fc s 3\n"
		   "      first_linear n 3\n"
		   "        weight t 3\n"
		   "  Softmax#5 n\n");
}

static void test_stems_and_outputs(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	build_tensor(&b, "conv1_w_0", DTYPE_F32, SHAPE(9));
	build_tensor(&b, "conv1_b_0", DTYPE_F32, SHAPE(1));
	build_tensor(&b, "fire2/squeeze1x1_w_0", DTYPE_F32, SHAPE(4));
	build_tensor(&b, "fire2/expand_scale", DTYPE_F32, SHAPE(1));
	build_node(&b, "", "Conv", "x conv1_w_0 conv1_b_0", "a");
	build_node(&b, "n3", "Conv", "a fire2/squeeze1x1_w_0", "c");
	build_node(&b, "", "Relu", "c", "fire2/squeeze1x1_2");
	build_node(&b, "", "DequantizeLinear", "fire2/expand_scale", "fire2/expand_w");
	build_node(&b, "", "Conv", "c fire2/expand_w", "d");
	expect(&b, "net m 15\n"
		   "  conv1 n 10\n"
		   "    w_0 t 9\n"
		   "    b_0 t 1\n"
		   "  fire2 s 5\n"
		   "    squeeze1x1 n 4\n"
		   "      w_0 t 4\n"
		   "    squeeze1x1_2 n\n"
		   "    expand s 1\n"
		   "      DequantizeLinear#3 n 1\n"
		   "        scale t 1\n"
		   "      Conv#4 n\n");
}

static void test_interleaved_scopes_merge(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	build_node(&b, "/a/one", "Neg", "x", "1");
	build_node(&b, "/b/two", "Neg", "1", "2");
	build_node(&b, "/a/three", "Neg", "2", "3");
	build_node(&b, "stray", "Neg", "3", "4");
	build_node(&b, "/a/four", "Neg", "4", "5");
	build_node(&b, "//b///", "Neg", "5", "6");
	build_node(&b, "/", "Neg", "6", "7");
	expect(&b, "net m\n"
		   "  a s\n"
		   "    one n\n"
		   "    three n\n"
		   "    stray n\n"
		   "    four n\n"
		   "  b s\n"
		   "    two n\n"
		   "  b n\n"
		   "  / n\n");
}

static void test_shared_and_unused_tensors(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	build_tensor(&b, "unused", DTYPE_F32, SHAPE(100));
	build_tensor(&b, "wte.weight", DTYPE_F16, SHAPE(8));
	build_tensor(&b, "mask", DTYPE_BOOL, SHAPE(50));
	build_node(&b, "/wte/Gather", "Gather", "wte.weight ids", "a");
	build_node(&b, "/lm_head/MatMul", "MatMul", "a wte.weight", "c");
	build_node(&b, "/lm_head/Where", "Where", "mask c", "d");
	expect(&b, "net m 108\n"
		   "  wte n 8\n"
		   "    weight t 8\n"
		   "  lm_head s\n"
		   "    MatMul n\n"
		   "    Where n\n"
		   "      mask t\n"
		   "  unused t 100\n");
}

static void test_subgraphs_and_functions(void **state)
{
	struct build b;
	uint32_t constant, in_function;

	(void)state;
	build_init(&b);
	build_tensor(&b, "w", DTYPE_F32, SHAPE(2));
	build_node(&b, "/c/Constant", "Constant", "", "/c/out");
	constant = build_tensor_new(&b, TEXT(""), DTYPE_I64, SHAPE(1));
	b.tensors[constant].kind = TENSOR_CONSTANT;
	b.tensors[constant].node = 0;
	b.tensors[constant].value = build_value(&b, "/c/out");
	b.values[b.tensors[constant].value].tensor = constant;
	build_node(&b, "choose", "If", "cond", "y");
	build_node(&b, "last", "Neg", "y /c/out", "z");
	build_graph(&b, GRAPH_FUNCTION, "dom::f", NO_INDEX, NO_INDEX);
	build_node(&b, "/in/Neg", "Neg", "p", "q");
	in_function = build_tensor_new(&b, TEXT("value"), DTYPE_F32, SHAPE(3));
	b.tensors[in_function].node = 3;
	build_graph(&b, GRAPH_SUBGRAPH, "then_branch", 0, 1);
	build_tensor(&b, "nobody", DTYPE_F32, SHAPE(7));
	build_node(&b, "/s/Mul", "Mul", "w x", "t");
	build_graph(&b, GRAPH_SUBGRAPH, "body", 1, 3);
	build_node(&b, "/s/Mul", "Mul", "u v", "w");
	expect(&b, "net m 13\n"
		   "  c n\n"
		   "  choose n 9\n"
		   "    then_branch g 9\n"
		   "      s n 2\n"
		   "        w t 2\n"
		   "      nobody t 7\n"
		   "  last n 1\n"
		   "    /c/out t 1\n"
		   "  dom::f g 3\n"
		   "    in n 3\n"
		   "      body g\n"
		   "        s n\n"
		   "      value t 3\n");
}

static void test_empty_and_hostile_names(void **state)
{
	struct build b;

	(void)state;
	build_init(&b);
	expect(&b, "net m\n");

	build_init(&b);
	build_node(&b, "", "", "", "");
	build_node(&b, "\xff/\x1b]0;\xfe", "\x80", "", "");
	expect(&b, "net m\n"
		   "  node#0 n\n"
		   "  \xff s\n"
		   "    \x1b]0;\xfe n\n");
}

/* L07: a name of 10,000 scopes */
static void test_L07_deep_scopes(void **state)
{
	struct build b;
	char *name = malloc(20001);

	(void)state;
	for (int i = 0; i < 10000; i++)
		memcpy(name + 2 * i, "a/", 2);
	name[20000] = '\0';
	build_init(&b);
	for (int i = 0; i < 100; i++)
		build_node(&b, name, "Neg", "", "");
	const struct model *model = build_done(&b);
	const struct layers *layers = model_layers(model, NULL);
	check(model);
	assert_int_equal(layers->n_rows, 1 + LIMIT_TREE_DEPTH - 1 + 100);
	assert_int_equal(layers->rows[layers->n_rows - 1].depth, LIMIT_TREE_DEPTH);
	free(name);
	build_free(&b);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* L01: a chain of a million nodes; here with names that are scopes of their own too */
static void chain_of(bool scoped, double limit)
{
	enum { N = 1000000 };
	struct build b;
	char *names = malloc((size_t)N * 24);

	build_init(&b);
	const struct op *op = build_op(&b, "Neg");
	for (int i = 0; i < N; i++) {
		char *name = names + (size_t)i * 24;
		int len = scoped ? snprintf(name, 24, "/s%d/n", i) : snprintf(name, 24, "n%d", i);
		BUILD_ADD(&b, nodes, n_nodes, (struct node){ .name = { name, (size_t)len },
			.op = op });
	}
	b.graphs[0].n_nodes = N;
	const struct model *model = build_done(&b);
	double start = seconds();
	assert_non_null(model_layers(model, NULL));
	double took = seconds() - start;
	if (took > limit)
		fail_msg("%d ms", (int)(took * 1000));
	check(model);
	free(names);
	build_free(&b);
}

static void test_L01_chain(void **state)
{
	(void)state;
	chain_of(false, 2.0); /* far above what is measured: a sanitizer's run must pass */
	chain_of(true, 6.0);
}

static void test_tensor_and_path(void **state)
{
	struct build b;
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	build_init(&b);
	build_tensor(&b, "fc.bias", DTYPE_F32, SHAPE(4));
	build_tensor(&b, "fc.weight", DTYPE_F32, SHAPE(4, 4));
	build_node(&b, "/net/fc/Gemm", "Gemm", "x fc.bias fc.weight", "a");
	build_node(&b, "", "Neg", "a", "c");
	const struct model *model = build_done(&b);
	const struct layers *layers = model_layers(model, NULL);
	uint32_t gemm = layers->row_of_node[0], neg = layers->row_of_node[1];
	assert_int_equal(layer_tensor(model, layers, 0), 1);
	assert_int_equal(layer_tensor(model, layers, gemm), 1);
	assert_int_equal(layer_tensor(model, layers, neg), NO_INDEX);
	assert_int_equal(layer_tensor(model, layers, layers->row_of_tensor[0]), 0);
	assert_true(text_is(layer_path(layers, layers->row_of_tensor[0], &arena), "net/fc/bias"));
	assert_true(text_is(layer_path(layers, neg, &arena), "Neg#1"));
	assert_int_equal(layer_path(layers, 0, &arena).len, 0);
	arena_free(&arena);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scopes_from_node_names),
		cmocka_unit_test(test_scopes_from_parameter_names),
		cmocka_unit_test(test_stems_and_outputs),
		cmocka_unit_test(test_interleaved_scopes_merge),
		cmocka_unit_test(test_shared_and_unused_tensors),
		cmocka_unit_test(test_subgraphs_and_functions),
		cmocka_unit_test(test_empty_and_hostile_names),
		cmocka_unit_test(test_L07_deep_scopes),
		cmocka_unit_test(test_L01_chain),
		cmocka_unit_test(test_tensor_and_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
