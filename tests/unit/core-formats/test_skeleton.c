/* A model without its weights: read again, it is the same graph; what is large is gone. */
#include "pb_write.h"

#include <stdio.h>

#include <mtui/limits.h>
#include <mtui/skeleton.h>

#include "core/base/pbwire.h"

/* Initializer of n elements of 4 or 8 bytes as raw_data. */
static void add_raw(struct pb *graph, const char *name, int64_t dtype, int64_t n, unsigned size)
{
	struct pb tensor = { 0 };
	uint8_t *data = calloc((size_t)n, size);

	for (int64_t i = 0; i < n; i++)
		data[(size_t)i * size] = (uint8_t)(i + 1);
	pb_int(&tensor, 1, n);
	pb_int(&tensor, 2, dtype);
	pb_string(&tensor, 8, name);
	pb_tag(&tensor, 9, PB_BYTES);
	pb_varint(&tensor, (uint64_t)n * size);
	pb_raw(&tensor, data, (size_t)n * size);
	pb_put(graph, 5, &tensor);
	free(data);
}

static void add_floats(struct pb *graph, const char *name, int64_t n)
{
	struct pb tensor = { 0 };

	pb_int(&tensor, 1, n);
	pb_int(&tensor, 2, 1);
	pb_string(&tensor, 8, name);
	for (int64_t i = 0; i < n; i++) {
		pb_tag(&tensor, 4, PB_FIXED32);
		pb_raw(&tensor, "\0\0\x80\x3f", 4);
	}
	pb_put(graph, 5, &tensor);
}

static struct model *read_skeleton(const struct model *model, struct skeleton *skeleton)
{
	struct error err = { 0 };

	if (!model_skeleton(model, skeleton, &err))
		fail_msg("%s", err.message);
	struct model *again =
		model_read(file_wrap(skeleton->bytes, skeleton->len, "skeleton"), &err);
	if (!again)
		fail_msg("%s", err.message);
	return again;
}

static const struct tensor *tensor_at(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_tensors; i++)
		if (text_is(model->tensors[i].name, name))
			return &model->tensors[i];
	fail_msg("no tensor %s", name);
	return NULL;
}

static void weights_go_and_shapes_stay(void **state)
{
	struct pb graph = { 0 };
	struct skeleton skeleton;
	(void)state;
	pb_string(&graph, 2, "net");
	pb_string(&graph, 10, "prose of the graph");
	onnx_value(&graph, 11, "x", 1, 2, (int64_t[]){ 1, -1 });
	add_raw(&graph, "weight", 1, 100000, 4);
	add_raw(&graph, "scales", 1, 4, 4);
	add_raw(&graph, "shape", 7, 512, 8);
	add_raw(&graph, "long", 7, 513, 8);
	add_floats(&graph, "floats", 1000);
	onnx_add_node(&graph, "MatMul", "x weight", "y");
	onnx_add_node(&graph, "Reshape", "y shape", "z");
	onnx_value(&graph, 12, "z", 1, 0, NULL);
	struct pb pb = onnx_model(&graph);
	pb_string(&pb, 6, "prose of the model");
	struct read read = read_pb(&pb);
	struct model *again = read_skeleton(read.model, &skeleton);

	assert_true(skeleton.len < 6000);
	assert_int_equal(again->n_nodes, 2);
	assert_int_equal(again->n_tensors, 5);
	assert_int_equal(again->opsets[0].version, read.model->opsets[0].version);
	assert_true(text_is(again->nodes[1].op->type, "Reshape"));
	assert_int_equal(tensor_at(again, "weight")->count, 100000);
	assert_int_equal(tensor_at(again, "weight")->nbytes, 1);
	assert_int_equal(tensor_at(again, "weight")->storage, STORAGE_RAW);
	assert_int_equal(tensor_at(again, "scales")->nbytes, 16);
	assert_int_equal(tensor_at(again, "shape")->problem, TENSOR_OK);
	assert_int_equal(tensor_at(again, "shape")->nbytes, 4096);
	assert_int_equal(tensor_at(again, "long")->nbytes, 1);
	assert_int_equal(tensor_at(again, "floats")->storage, STORAGE_FLOAT);
	assert_int_equal(tensor_at(again, "floats")->nbytes, 4);
	assert_int_equal(again->doc_len, 0);
	/* The graph's number stands where its prose was. */
	assert_int_equal(again->graphs[0].doc_len, 1);
	assert_int_equal(skeleton.bytes[again->graphs[0].doc_offset], '0');
	model_unref(again);
	skeleton_free(&skeleton);
	read_done(&read);
}

/* A graph in a node of a graph, so many deep. */
static struct pb nested(unsigned depth)
{
	struct pb inner = { 0 };

	pb_string(&inner, 2, "body");
	onnx_add_node(&inner, "Identity", "x", "y");
	onnx_value(&inner, 12, "y", 1, 0, NULL);
	for (unsigned i = 0; i < depth; i++) {
		struct pb graph = { 0 }, node = { 0 }, attribute = { 0 };

		pb_string(&attribute, 1, "body");
		pb_int(&attribute, 20, 5);
		pb_put(&attribute, 6, &inner);
		pb_string(&node, 2, "y");
		pb_string(&node, 4, "If");
		pb_put(&node, 5, &attribute);
		pb_string(&graph, 2, "g");
		pb_put(&graph, 1, &node);
		onnx_value(&graph, 12, "y", 1, 0, NULL);
		inner = graph;
	}
	return inner;
}

static void subgraphs_are_numbered(void **state)
{
	struct pb graph = nested(LIMIT_LIBRARY_DEPTH), pb = onnx_model(&graph);
	struct read read = read_pb(&pb);
	struct skeleton skeleton;
	struct error err = { 0 };
	(void)state;
	assert_non_null(read.model);
	struct model *again = read_skeleton(read.model, &skeleton);
	assert_int_equal(again->n_graphs, LIMIT_LIBRARY_DEPTH + 1);
	for (uint32_t g = 0; g < again->n_graphs; g++) {
		char number[8];
		int len = snprintf(number, sizeof number, "%u", g);
		assert_int_equal(again->graphs[g].doc_len, len);
		assert_memory_equal(skeleton.bytes + again->graphs[g].doc_offset, number,
				    (size_t)len);
	}
	model_unref(again);
	skeleton_free(&skeleton);
	read_done(&read);

	graph = nested(LIMIT_LIBRARY_DEPTH + 1);
	pb = onnx_model(&graph);
	read = read_pb(&pb);
	assert_false(model_skeleton(read.model, &skeleton, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_string_equal(err.message,
			    "library checks off: graphs are nested deeper than 31");
	read_done(&read);
}

/* A function of one node that calls the other. */
static void add_function(struct pb *model, const char *name, const char *calls)
{
	struct pb function = { 0 }, node = { 0 };

	pb_string(&node, 1, "x");
	pb_string(&node, 2, "y");
	pb_string(&node, 4, calls);
	pb_string(&node, 7, "loc");
	pb_string(&function, 1, name);
	pb_string(&function, 4, "x");
	pb_string(&function, 5, "y");
	pb_put(&function, 7, &node);
	pb_string(&function, 10, "loc");
	pb_put(model, 25, &function);
}

static void functions_that_call_themselves(void **state)
{
	enum { CHAIN = 3000 };
	struct skeleton skeleton;
	struct error err = { 0 };
	char name[32], next[32];
	(void)state;
	for (int cycle = 0; cycle < 2; cycle++) {
		struct pb graph = { 0 };

		pb_string(&graph, 2, "g");
		onnx_add_node(&graph, "Relu", "x", "y");
		struct pb pb = onnx_model(&graph);
		for (int i = 0; i < CHAIN; i++) {
			snprintf(name, sizeof name, "f%d", i);
			snprintf(next, sizeof next, "f%d",
				 cycle && i == CHAIN - 1 ? 2990 : i + 1);
			add_function(&pb, name, next);
		}
		struct read read = read_pb(&pb);
		assert_non_null(read.model);
		bool good = model_skeleton(read.model, &skeleton, &err);
		assert_int_equal(good, !cycle);
		if (good)
			skeleton_free(&skeleton);
		read_done(&read);
	}
	/* One that is in the cycle, not one that leads to it. */
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_memory_equal(err.message, "function loc::f299", 18);
	assert_non_null(strstr(err.message, " calls itself"));
}

static void too_much_for_a_library(void **state)
{
	struct pb graph = { 0 };
	struct skeleton skeleton;
	struct error err = { 0 };
	(void)state;
	for (int i = 0; i <= LIMIT_LIBRARY_NODES; i++)
		pb_raw(&graph, "\x0a\x00", 2);
	struct pb pb = onnx_model(&graph);
	struct read read = read_pb(&pb);
	assert_non_null(read.model);
	assert_false(model_skeleton(read.model, &skeleton, &err));
	assert_string_equal(err.message,
			    "too large for libonnx (found 200001 nodes, allowed 200000)");
	read_done(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_go_and_shapes_stay),
		cmocka_unit_test(subgraphs_are_numbered),
		cmocka_unit_test(functions_that_call_themselves),
		cmocka_unit_test(too_much_for_a_library),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
