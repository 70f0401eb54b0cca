/* The ONNX reader on broken and hostile models, by row of the matrix of bad inputs. */
#include "pb_write.h"

#include <stdio.h>
#include <time.h>

#include <mtui/limits.h>

static void a02_empty(void **state)
{
	struct read read = read_bytes("", 0);
	(void)state;
	assert_refused(read, ERROR_MALFORMED, 0, "file is empty");
	read_done(&read);
}

/* A model with a bit of everything, for cutting and shaking. */
static struct pb rich_model(void)
{
	struct pb graph = { 0 }, t, node, a, inner = { 0 };
	onnx_value(&graph, 11, "x", 1, 2, (int64_t[]){ 1, 3 });
	t = onnx_tensor("w", 1, 1, (int64_t[]){ 3 });
	pb_bytes(&t, 9, "123456789abc", 12);
	pb_put(&graph, 5, &t);
	node = onnx_node("If", "x", "y");
	a = onnx_attribute("then_branch", 5);
	onnx_add_node(&inner, "Mul", "x w", "z");
	onnx_value(&inner, 12, "z", 1, 0, NULL);
	pb_put(&a, 6, &inner);
	pb_put(&node, 5, &a);
	a = onnx_attribute("list", 7);
	pb_bytes(&a, 8, "\1\2\3", 3);
	pb_put(&node, 5, &a);
	pb_put(&graph, 1, &node);
	onnx_value(&graph, 12, "y", 1, 1, (int64_t[]){ -1 });
	return onnx_model(&graph);
}

/* Every prefix is refused with 4 or 5, or (cut between two fields) opens. */
static void a04_prefixes(void **state)
{
	struct pb pb = rich_model();
	(void)state;
	for (size_t len = 1; len < pb.len; len++) {
		struct read read = read_bytes(pb.data, len);
		if (!read.model) {
			assert_true(read.err.code == ERROR_MALFORMED ||
				    read.err.code == ERROR_FORMAT);
			assert_true(read.err.offset >= 0 && read.err.offset <= (int64_t)len);
			assert_true(read.err.message[0] != '\0');
		}
		read_done(&read);
	}
	struct read whole = read_pb(&pb);
	assert_non_null(whole.model);
	read_done(&whole);
}

/* B01: any single byte may change; nothing but an error or an odd model comes of it. */
static void b01_shaken(void **state)
{
	struct pb pb = rich_model();
	uint32_t random = 1;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		random = random * 1664525 + 1013904223;
		size_t at = (random >> 8) % pb.len;
		uint8_t before = pb.data[at];
		random = random * 1664525 + 1013904223;
		pb.data[at] = (uint8_t)(random >> 24);
		struct read read = read_bytes(pb.data, pb.len);
		if (!read.model)
			assert_true(error_exit_status(read.err.code) >= 4 &&
				    error_exit_status(read.err.code) <= 6);
		read_done(&read);
		pb.data[at] = before;
	}
	pb_free(&pb);
}

static void b01_random(void **state)
{
	uint8_t bytes[300];
	uint32_t random = 7;
	(void)state;
	for (int round = 0; round < 10000; round++) {
		size_t len = (size_t)round % sizeof bytes + 1;
		for (size_t i = 0; i < len; i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(random >> 24);
		}
		struct read read = read_bytes(bytes, len);
		if (!read.model)
			assert_true(read.err.code == ERROR_MALFORMED ||
				    read.err.code == ERROR_FORMAT ||
				    read.err.code == ERROR_REFUSED);
		read_done(&read);
	}
}

static void b02_varint(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_int(&pb, 1, 8);
	pb_tag(&pb, 5, 0);
	for (int i = 0; i < 11; i++)
		pb_byte(&pb, 0x80);
	struct read read = read_pb(&pb);
	assert_refused(read, ERROR_MALFORMED, 3, "varint longer than 10 bytes");
	read_done(&read);
}

static void b03_length_beyond_parent(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	pb_raw(&graph, "\x0a\x80\x80\x80\x80\x80\x20", 7);
	pb_raw(&graph, "twelve bytes", 12);
	struct read read = read_graph(&graph);
	assert_refused(read, ERROR_MALFORMED, 8, "needs 1,099,511,627,776 bytes, 12 left");
	read_done(&read);
}

static void b05_field_zero(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	pb_raw(&graph, "\x00\x00", 2);
	struct read read = read_graph(&graph);
	assert_refused(read, ERROR_MALFORMED, 8, "field number 0");
	read_done(&read);
}

static void b06_groups(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_byte(&pb, 0x0b);
	for (int i = 0; i < 5000; i++)
		pb_byte(&pb, 0x7b);
	for (int i = 0; i < 5000; i++)
		pb_byte(&pb, 0x7c);
	struct read read = read_pb(&pb);
	assert_refused(read, ERROR_MALFORMED, 100, "nested deeper than 100");
	read_done(&read);
}

static void b07_sequences(void **state)
{
	(void)state;
	for (int depth = 40; depth <= 5000; depth += 4960) {
		struct pb graph = { 0 }, info = { 0 }, type = { 0 };
		for (int i = 0; i < depth; i++) {
			struct pb sequence = { 0 };
			pb_put(&sequence, 1, &type);
			pb_put(&type, 4, &sequence);
		}
		pb_string(&info, 1, "x");
		pb_put(&info, 2, &type);
		pb_put(&graph, 11, &info);
		struct read read = read_graph(&graph);
		if (depth == 40)
			assert_non_null(read.model);
		else
			assert_true(read.err.code == ERROR_MALFORMED &&
				    strstr(read.err.message, "nested deeper than 100"));
		read_done(&read);
	}
}

/* If in If in If ..., on one or on both sides. */
static struct pb nested(int depth, bool both)
{
	struct pb graph = { 0 };
	onnx_add_node(&graph, "Constant", "", "r");
	for (int i = 0; i < depth; i++) {
		struct pb outer = { 0 }, node = onnx_node("If", "c", "r"), a;
		a = onnx_attribute("then_branch", 5);
		if (both)
			pb_bytes(&a, 6, graph.data, graph.len);
		else
			pb_bytes(&a, 6, "", 0);
		pb_put(&node, 5, &a);
		a = onnx_attribute("else_branch", 5);
		pb_put(&a, 6, &graph);
		pb_put(&node, 5, &a);
		pb_put(&outer, 1, &node);
		onnx_value(&outer, 12, "r", 1, 0, NULL);
		graph = outer;
	}
	return graph;
}

static void b08_nested_if(void **state)
{
	static const int depths[] = { 31, 32, 64, 65, 1000 };
	(void)state;
	for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
		struct pb graph = nested(depths[i], false);
		struct read read = read_graph(&graph);
		if (depths[i] > 64) {
			assert_int_equal(read.err.code, ERROR_REFUSED);
			assert_string_equal(read.err.message, "subgraphs nested deeper than 64");
		} else {
			assert_non_null(read.model);
			assert_int_equal(read.model->n_subgraphs, 2 * depths[i]);
			assert_true((find_notice(read.model, "deep") != NULL) == (depths[i] > 31));
		}
		if (depths[i] == 64) {
			struct arena arena;
			arena_init(&arena, 0);
			uint32_t last = (uint32_t)read.model->n_graphs - 1;
			assert_int_equal(read.model->graphs[last].depth, 64);
			assert_int_equal(model_graph_path(read.model, last, &arena).len,
					 64 * 17 - 1);
			arena_free(&arena);
			assert_notice(read.model, "deep",
				      "library checks off: nested deeper than 31");
		}
		read_done(&read);
	}
}

static void b09_both_branches(void **state)
{
	struct pb graph = nested(12, true);
	(void)state;
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_subgraphs, (1 << 13) - 2);
	assert_int_equal(read.model->n_all_nodes, (1 << 13) - 1);
	read_done(&read);
}

static void b10_empty_nodes(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	for (int i = 0; i < 1000000; i++)
		pb_raw(&graph, "\x0a\x00", 2);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_nodes, 1000000);
	assert_true(read.model->arena.used < 160 << 20);
	read_done(&read);
}

static void b11_empty_attributes(void **state)
{
	struct pb graph = { 0 }, node = { 0 };
	(void)state;
	for (int i = 0; i < 500000; i++)
		pb_raw(&node, "\x2a\x00", 2);
	pb_put(&graph, 1, &node);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->nodes[0].n_attributes, 500000);
	assert_true(read.model->arena.used < 48 << 20);
	read_done(&read);
}

static void b12_dims(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct pb graph = { 0 }, t = { 0 }, dims = { 0 };
		for (int i = 0; i < 5000000; i++) {
			if (!packed)
				pb_byte(&dims, 8);
			pb_byte(&dims, 1);
		}
		if (packed)
			pb_put(&t, 1, &dims);
		else
			t = dims;
		pb_put(&graph, 5, &t);
		struct read read = read_graph(&graph);
		assert_int_equal(read.err.code, ERROR_MALFORMED);
		assert_string_equal(read.err.message, "5,000,000 dimensions (max 64)");
		read_done(&read);
	}
	struct pb graph = { 0 }, t = { 0 };
	for (int i = 0; i < 64; i++)
		pb_int(&t, 1, 1);
	pb_int(&t, 2, 2);
	pb_bytes(&t, 9, "x", 1);
	pb_put(&graph, 5, &t);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->tensors[0].n_dims, 64);
	assert_int_equal(read.model->n_notices, 0);
	read_done(&read);
}

/* One tensor, good or bad, beside a good one that must stay so. */
struct bad_tensor {
	int dtype;
	size_t n_dims;
	int64_t dims[4];
	const char *raw; /* NULL: none */
	size_t raw_len;
	size_t floats, int32s, strings;
	enum tensor_problem problem;
	uint64_t count, present;
	const char *rule, *words;
};

static void check_tensor(const struct bad_tensor *bad)
{
	struct pb graph = { 0 }, t = onnx_tensor("bad", bad->dtype, bad->n_dims, bad->dims);
	for (size_t i = 0; i < bad->floats; i++)
		pb_float(&t, 4, 1);
	for (size_t i = 0; i < bad->int32s; i++)
		pb_int(&t, 5, 1);
	for (size_t i = 0; i < bad->strings; i++)
		pb_string(&t, 6, "s");
	if (bad->raw)
		pb_bytes(&t, 9, bad->raw, bad->raw_len);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("good", 2, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 9, "ok", 2);
	pb_put(&graph, 5, &t);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	const struct tensor *it = &read.model->tensors[0];
	if (it->problem != bad->problem || it->count != bad->count || it->present != bad->present)
		fail_msg("%s: problem %u, count %llu, present %llu", bad->rule ? bad->rule : "fine",
			 it->problem, (unsigned long long)it->count,
			 (unsigned long long)it->present);
	if (bad->rule)
		assert_notice(read.model, bad->rule, bad->words);
	assert_int_equal(read.model->n_notices, bad->rule != NULL);
	assert_int_equal(read.model->tensors[1].problem, TENSOR_OK);
	assert_int_equal(read.model->tensors[1].present, 2);
	read_done(&read);
}

static void b14_to_b18_tensors(void **state)
{
	static const int64_t big = (int64_t)1 << 32;
	const struct bad_tensor rows[] = {
		/* B14 */
		{ .dtype = 1,
		  .n_dims = 2,
		  .dims = { big, big },
		  .problem = TENSOR_OVERFLOW,
		  .rule = "count-overflow",
		  .words = "element count overflows 64 bits" },
		{ .dtype = 1,
		  .n_dims = 2,
		  .dims = { big, big },
		  .raw = "abcd",
		  .raw_len = 4,
		  .problem = TENSOR_OVERFLOW,
		  .rule = "count-overflow",
		  .words = "overflows 64 bits" },
		/* B15 */
		{ .dtype = 1,
		  .n_dims = 2,
		  .dims = { 3, -5 },
		  .problem = TENSOR_BAD_DIMS,
		  .rule = "negative-dimension",
		  .words = "negative dimension" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { INT64_MIN },
		  .problem = TENSOR_BAD_DIMS,
		  .rule = "negative-dimension",
		  .words = "negative dimension" },
		{ .dtype = 1, .n_dims = 3, .dims = { INT64_MAX, 0, 1 } },
		{ .dtype = 1,
		  .n_dims = 3,
		  .dims = { INT64_MAX, 0, 3 },
		  .problem = TENSOR_OVERFLOW,
		  .rule = "count-overflow",
		  .words = "overflows" },
		/* B16 */
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1000000 },
		  .raw = "abcd",
		  .raw_len = 4,
		  .problem = TENSOR_SHORT,
		  .count = 1000000,
		  .present = 1,
		  .rule = "raw-data-length",
		  .words = "raw_data 4 bytes, shape needs 4,000,000" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .raw = "abcdefgh",
		  .raw_len = 8,
		  .problem = TENSOR_LONG,
		  .count = 1,
		  .present = 1,
		  .rule = "raw-data-length",
		  .words = "raw_data 8 bytes, shape needs 4" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 2 },
		  .raw = "abcdefg",
		  .raw_len = 7,
		  .problem = TENSOR_SHORT,
		  .count = 2,
		  .present = 1,
		  .rule = "raw-data-length",
		  .words = "raw_data 7 bytes, shape needs 8" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .raw = "abcdefg",
		  .raw_len = 7,
		  .problem = TENSOR_LONG,
		  .count = 1,
		  .present = 1,
		  .rule = "raw-data-length",
		  .words = "raw_data 7 bytes, shape needs 4" },
		{ .dtype = 22,
		  .n_dims = 1,
		  .dims = { 3 },
		  .raw = "ab",
		  .raw_len = 2,
		  .count = 3,
		  .present = 3 },
		{ .dtype = 22,
		  .n_dims = 1,
		  .dims = { 5 },
		  .raw = "ab",
		  .raw_len = 2,
		  .problem = TENSOR_SHORT,
		  .count = 5,
		  .present = 4,
		  .rule = "raw-data-length",
		  .words = "raw_data 2 bytes, shape needs 3" },
		{ .dtype = 25, .n_dims = 1, .dims = { 3 }, .int32s = 1, .count = 3, .present = 3 },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 3 },
		  .floats = 2,
		  .problem = TENSOR_SHORT,
		  .count = 3,
		  .present = 2,
		  .rule = "typed-data-length",
		  .words = "float_data holds 2 elements, shape needs 3" },
		{ .dtype = 14,
		  .n_dims = 1,
		  .dims = { 1 },
		  .floats = 3,
		  .problem = TENSOR_LONG,
		  .count = 1,
		  .present = 1,
		  .rule = "typed-data-length",
		  .words = "float_data" },
		/* B17 */
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .floats = 1,
		  .raw = "abcd",
		  .raw_len = 4,
		  .count = 1,
		  .present = 1,
		  .rule = "several-storages",
		  .words = "raw_data is used" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .floats = 1,
		  .int32s = 1,
		  .count = 1,
		  .present = 1,
		  .rule = "several-storages",
		  .words = "float_data is used" },
		{ .dtype = 6,
		  .n_dims = 1,
		  .dims = { 1 },
		  .floats = 1,
		  .int32s = 1,
		  .count = 1,
		  .present = 1,
		  .rule = "several-storages",
		  .words = "int32_data is used" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .problem = TENSOR_NO_DATA,
		  .count = 1,
		  .rule = "no-data",
		  .words = "no data" },
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { 1 },
		  .int32s = 1,
		  .problem = TENSOR_BAD_DTYPE,
		  .count = 1,
		  .rule = "wrong-storage",
		  .words = "f32 elements cannot be in int32_data" },
		/* B18 */
		{ .dtype = 0,
		  .n_dims = 1,
		  .dims = { 1 },
		  .raw = "abcd",
		  .raw_len = 4,
		  .problem = TENSOR_BAD_DTYPE,
		  .count = 1,
		  .rule = "unknown-data-type",
		  .words = "data type 0 is not known" },
		{ .dtype = 99,
		  .n_dims = 1,
		  .dims = { 1 },
		  .problem = TENSOR_BAD_DTYPE,
		  .count = 1,
		  .rule = "unknown-data-type",
		  .words = "data type 99 is not known" },
		{ .dtype = -3,
		  .n_dims = 1,
		  .dims = { 1 },
		  .problem = TENSOR_BAD_DTYPE,
		  .count = 1,
		  .rule = "unknown-data-type",
		  .words = "data type -3 is not known" },
		{ .dtype = 8,
		  .n_dims = 1,
		  .dims = { 1 },
		  .raw = "abcd",
		  .raw_len = 4,
		  .problem = TENSOR_BAD_DTYPE,
		  .count = 1,
		  .rule = "wrong-storage",
		  .words = "string elements cannot be in raw_data" },
		{ .dtype = 8,
		  .n_dims = 1,
		  .dims = { 2 },
		  .strings = 1,
		  .problem = TENSOR_SHORT,
		  .count = 2,
		  .present = 1,
		  .rule = "typed-data-length",
		  .words = "string_data holds 1" },
		/* B40 */
		{ .dtype = 1,
		  .n_dims = 1,
		  .dims = { (int64_t)1 << 40 },
		  .raw = "abcdefgh",
		  .raw_len = 8,
		  .problem = TENSOR_SHORT,
		  .count = (uint64_t)1 << 40,
		  .present = 2,
		  .rule = "raw-data-length",
		  .words = "shape needs 4,398,046,511,104" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_tensor(&rows[i]);
}

static void b29_cycles(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	onnx_add_node(&graph, "Relu", "a", "b");
	onnx_add_node(&graph, "Relu", "b", "a");
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_notice(read.model, "not-sorted",
		      "not sorted: node 0 needs \"a\", which node 1 makes");
	assert_notice(read.model, "cycle", "2 nodes");
	read_done(&read);
	onnx_add_node(&graph, "Relu", "a", "a");
	read = read_graph(&graph);
	assert_notice(read.model, "cycle", "1 node in");
	read_done(&read);
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	onnx_add_node(&graph, "Neg", "b", "c");
	onnx_add_node(&graph, "Relu", "x", "b");
	read = read_graph(&graph);
	assert_notice(read.model, "not-sorted", "node 0 needs \"b\", which node 1 makes");
	assert_null(find_notice(read.model, "cycle"));
	assert_int_equal(read.model->n_notices, 1);
	read_done(&read);

	/* What a subgraph takes from outside must be made before the node that holds it. */
	for (int own = 0; own < 2; own++) {
		struct pb inner = { 0 }, node = onnx_node("If", "x", "y"),
			  a = onnx_attribute("then_branch", 5);
		onnx_value(&graph, 11, "x", 1, 0, NULL);
		onnx_add_node(&inner, "Neg", own ? "y" : "late", "z");
		pb_put(&a, 6, &inner);
		pb_put(&node, 5, &a);
		pb_put(&graph, 1, &node);
		onnx_add_node(&graph, "Relu", "x", "late");
		read = read_graph(&graph);
		assert_notice(read.model, "not-sorted",
			      own ? "node 0 needs \"y\", which node 0 makes"
				  : "node 0 needs \"late\", which node 1 makes");
		assert_true((find_notice(read.model, "cycle") != NULL) == own);
		read_done(&read);
	}
}

/* A subgraph gives out what is made outside it, by a node that needs the one that holds it. */
static void b29_cycle_through_output(void **state)
{
	struct pb graph = { 0 }, inner = { 0 }, node = onnx_node("If", "x", "y"),
		  a = onnx_attribute("then_branch", 5);
	(void)state;
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	onnx_value(&inner, 12, "late", 1, 0, NULL);
	pb_put(&a, 6, &inner);
	pb_put(&node, 5, &a);
	pb_put(&graph, 1, &node);
	onnx_add_node(&graph, "Relu", "y", "late");
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_notice(read.model, "not-sorted", "node 0 needs \"late\", which node 1 makes");
	assert_notice(read.model, "cycle", "2 nodes");
	const struct node *maker = &read.model->nodes[1];
	const struct value *late = &read.model->values[read.model->refs[maker->first_output]];
	assert_int_equal(late->n_consumers, 1);
	assert_int_equal(read.model->consumers[late->first_consumer], 0);
	read_done(&read);
}

static void b30_duplicates(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	for (int i = 0; i < 2; i++) {
		struct pb node = onnx_node("Relu", "x", "y"), t = onnx_tensor("w", 2, 0, NULL);
		pb_string(&node, 3, "n");
		pb_put(&graph, 1, &node);
		pb_bytes(&t, 9, "w", 1);
		pb_put(&graph, 5, &t);
	}
	onnx_add_node(&graph, "Neg", "y w", "z");
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_notice(m, "duplicate-input", "two graph inputs are named \"x\"");
	assert_notice(m, "duplicate-initializer", "two initializers are named \"w\"");
	assert_notice(m, "duplicate-output", "node 1 makes \"y\"");
	assert_notice(m, "duplicate-node-name", "nodes 0 and 1 have the same name \"n\"");
	uint32_t first = m->refs[m->nodes[0].first_output],
		 second = m->refs[m->nodes[1].first_output];
	assert_int_not_equal(first, second);
	assert_true(m->values[first].flags & m->values[second].flags & VALUE_DUPLICATE);
	assert_int_equal(m->refs[m->nodes[2].first_input], first);
	assert_int_equal(m->n_values, 5); /* x, w, y, y, z */
	read_done(&read);
}

static void b31_dangling_and_wide(void **state)
{
	struct pb graph = { 0 }, node = { 0 };
	(void)state;
	onnx_add_node(&graph, "Relu", "nowhere", "");
	onnx_value(&graph, 12, "nobody", 1, 0, NULL);
	for (int i = 0; i < 65536; i++)
		pb_string(&node, 1, "wide");
	pb_string(&node, 1, "");
	pb_put(&graph, 1, &node);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_notice(m, "dangling-input", "node 0 needs \"nowhere\", which nobody makes");
	assert_notice(m, "dangling-output", "graph output \"nobody\" is made by nobody");
	assert_int_equal(m->nodes[1].n_inputs, 65537);
	assert_int_equal(m->refs[m->nodes[1].first_input + 65536], NO_INDEX);
	const struct value *wide = &m->values[m->refs[m->nodes[1].first_input]];
	assert_true(wide->flags & VALUE_DANGLING);
	assert_int_equal(wide->n_consumers, 1);
	read_done(&read);
}

static void b32_names(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	onnx_add_node(&graph, "Relu", "x\xff\xfe",
		      "y\x1b]0;pwn\x07\x9b"
		      "31m\xe2\x80\xae");
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_text(read.model->values[read.model->refs[read.model->nodes[0].first_output]].name,
		    "y\x1b]0;pwn\x07\x9b"
		    "31m\xe2\x80\xae");
	assert_notice(read.model, "dangling-input", "\"x\\xff\\xfe\"");
	read_done(&read);
}

static void b34_opsets(void **state)
{
	struct pb graph = { 0 }, pb, node;
	(void)state;
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	node = onnx_node("Thing", "x", "y");
	pb_string(&node, 7, "org.unknown");
	pb_put(&graph, 1, &node);
	pb = onnx_model(&graph);
	onnx_import(&pb, "", 999);
	onnx_import(&pb, "a", 0);
	onnx_import(&pb, "b", -1);
	onnx_import(&pb, "c", 1000000000);
	struct read read = read_pb(&pb);
	assert_non_null(read.model);
	assert_notice(read.model, "opset-twice", "ai.onnx: 17 and 999");
	assert_notice(read.model, "opset-version", "operator set ");
	assert_notice(read.model, "opset-missing", "\"org.unknown\" are used");
	assert_int_equal(read.model->n_opsets, 5);
	read_done(&read);
	pb_int(&pb, 1, 8);
	pb_put(&pb, 7, &graph);
	read = read_pb(&pb);
	assert_notice(read.model, "opset-missing", "imports no operator set");
	read_done(&read);
	pb_int(&pb, 1, 8);
	onnx_import(&pb, "", 999);
	pb_put(&pb, 7, &graph);
	read = read_pb(&pb);
	assert_notice(read.model, "opset-unknown", "unknown operator set ai.onnx 999");
	read_done(&read);

	/* Known from elsewhere, or made by a function of the model. */
	for (int round = 0; round < 3; round++) {
		static const char *const domains[] = { "com.microsoft", "org.made", "org.unknown" };
		struct pb function = { 0 };
		onnx_value(&graph, 11, "x", 1, 0, NULL);
		pb = onnx_model(&graph);
		onnx_import(&pb, domains[round], 999);
		pb_string(&function, 1, "f");
		pb_string(&function, 10, "org.made");
		pb_put(&pb, 25, &function);
		read = read_pb(&pb);
		if (round < 2)
			assert_null(find_notice(read.model, "opset-unknown"));
		else
			assert_notice(read.model, "opset-unknown", "set org.unknown 999");
		read_done(&read);
	}
}

/* Lists that are compared with each other must not make reading quadratic. */
static void b34_many_operator_sets(void **state)
{
	struct pb graph = { 0 }, pb;
	char domain[32];
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct pb node = onnx_node("R", "x", "y");
		snprintf(domain, sizeof domain, "used%d", i);
		pb_string(&node, 7, domain);
		pb_put(&graph, 1, &node);
	}
	pb = onnx_model(&graph);
	for (int i = 0; i < 200000; i++) {
		struct pb function = { 0 };
		snprintf(domain, sizeof domain, "d%d", i);
		onnx_import(&pb, domain, 1);
		pb_string(&function, 10, domain);
		pb_put(&pb, 25, &function);
	}
	clock_t begin = clock();
	struct read read = read_pb(&pb);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_opsets, 200001);
	assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 8);
	read_done(&read);
}

static void b35_ir_versions(void **state)
{
	static const int64_t versions[] = { 0, -1, 99, 1, 3, 13 };
	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct pb pb = { 0 }, graph = { 0 };
		pb_int(&pb, 1, versions[i]);
		onnx_import(&pb, "", 7);
		pb_put(&pb, 7, &graph);
		struct read read = read_pb(&pb);
		assert_non_null(read.model);
		assert_int_equal(read.model->ir_version, versions[i]);
		assert_true((find_notice(read.model, "ir-version") != NULL) == (i < 3));
		read_done(&read);
	}
}

static struct pb sparse_model(const int64_t *places, size_t n, size_t n_dims, const int64_t *dims)
{
	struct pb graph = { 0 }, sparse = { 0 }, t;
	t = onnx_tensor("s", 2, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 9, "ab", 2);
	pb_put(&sparse, 1, &t);
	t = onnx_tensor(NULL, 7, n_dims, dims);
	pb_bytes(&t, 9, places, n * sizeof *places);
	pb_put(&sparse, 2, &t);
	pb_int(&sparse, 3, 2);
	pb_int(&sparse, 3, 3);
	pb_put(&graph, 15, &sparse);
	return graph;
}

static void b39_sparse(void **state)
{
	static const struct {
		int64_t places[4];
		size_t n, n_dims;
		int64_t dims[2];
		const char *words;
	} rows[] = {
		{ { 0, 5 }, 2, 1, { 2 }, NULL },
		{ { 0, 2, 1, 1 }, 4, 2, { 2, 2 }, NULL },
		{ { 0, 6 }, 2, 1, { 2 }, "index number 1 is 6, allowed 0 to below 6" },
		{ { -1, 0 }, 2, 1, { 2 }, "index number 0 is -1" },
		{ { 0, 3, 0, 0 }, 4, 2, { 2, 2 }, "index number 1 is 3, allowed 0 to below 3" },
		{ { 0 }, 1, 1, { 1 }, "neither" },
		{ { 0, 0 }, 2, 2, { 2, 1 }, "neither" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pb graph =
			sparse_model(rows[i].places, rows[i].n, rows[i].n_dims, rows[i].dims);
		struct read read = read_graph(&graph);
		assert_non_null(read.model);
		if (rows[i].words)
			assert_notice(read.model, "sparse-tensor", rows[i].words);
		else
			assert_int_equal(read.model->n_notices, 0);
		assert_true((read.model->tensors[0].problem != TENSOR_OK) ==
			    (rows[i].words != NULL));
		read_done(&read);
	}
}

/* More values than the dense shape has room for. */
static void b39_crowded(void **state)
{
	struct pb graph = { 0 }, sparse = { 0 }, t;
	(void)state;
	t = onnx_tensor("s", 2, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 9, "ab", 2);
	pb_put(&sparse, 1, &t);
	t = onnx_tensor(NULL, 7, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 7, "\0\0", 2);
	pb_put(&sparse, 2, &t);
	pb_int(&sparse, 3, 0);
	pb_put(&graph, 15, &sparse);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_notice(read.model, "sparse-tensor", "more values than");
	assert_int_equal(read.model->tensors[0].count, 0);
	assert_int_equal(read.model->tensors[0].present, 0);
	read_done(&read);
}

static void l01_chain(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	for (int i = 0; i < 200000; i++) {
		char in[16], out[16];
		snprintf(in, sizeof in, "x%d", i);
		snprintf(out, sizeof out, "x%d", i + 1);
		onnx_add_node(&graph, "Relu", in, out);
	}
	onnx_value(&graph, 11, "x0", 1, 0, NULL);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_values, 200001);
	assert_int_equal(read.model->n_consumers, 200000);
	assert_int_equal(read.model->n_notices, 0);
	assert_int_equal(read.model->n_ops, 1);
	read_done(&read);
}

static void l04_only_initializers(void **state)
{
	struct pb graph = { 0 }, t = onnx_tensor("w", 2, 0, NULL);
	(void)state;
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_nodes, 0);
	read_done(&read);
	pb_bytes(&t, 9, "w", 1);
	pb_put(&graph, 5, &t);
	read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->n_initializers, 1);
	read_done(&read);
}

/* A circle through 100,000 nodes, listed backwards: linear, no recursion. */
static void l05_long_cycle(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	for (int i = 100000; i > 0; i--) {
		char in[16], out[16];
		snprintf(in, sizeof in, "x%d", i);
		snprintf(out, sizeof out, "x%d", i == 100000 ? 1 : i + 1);
		onnx_add_node(&graph, "Relu", in, out);
	}
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_notice(read.model, "cycle", "100,000 nodes");
	read_done(&read);
}

static void floods_of_notices(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct pb node = onnx_node("Relu", "", "");
		pb_string(&node, 3, "same");
		pb_put(&graph, 1, &node);
	}
	onnx_add_node(&graph, "Relu", "nowhere", "y");
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_true(read.model->n_notices <= LIMIT_NOTICES);
	assert_int_equal(read.model->n_notices + read.model->n_notices_dropped, 3000);
	assert_string_equal(read.model->notices[0].rule, "dangling-input");
	read_done(&read);
}

static void no_graph(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_int(&pb, 1, 8);
	struct read read = read_pb(&pb);
	assert_refused(read, ERROR_MALFORMED, 2, "the model has no graph");
	read_done(&read);
	pb_string(&pb, 200, "something else in protobuf, with \x01\x02 in it");
	read = read_pb(&pb);
	assert_int_equal(read.err.code, ERROR_FORMAT);
	read_done(&read);
	read = read_bytes("\0\1\2\3", 4);
	assert_refused(read, ERROR_FORMAT, 0, "not an ONNX model: field number 0");
	read_done(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a02_empty),
		cmocka_unit_test(a04_prefixes),
		cmocka_unit_test(b01_shaken),
		cmocka_unit_test(b01_random),
		cmocka_unit_test(b02_varint),
		cmocka_unit_test(b03_length_beyond_parent),
		cmocka_unit_test(b05_field_zero),
		cmocka_unit_test(b06_groups),
		cmocka_unit_test(b07_sequences),
		cmocka_unit_test(b08_nested_if),
		cmocka_unit_test(b09_both_branches),
		cmocka_unit_test(b10_empty_nodes),
		cmocka_unit_test(b11_empty_attributes),
		cmocka_unit_test(b12_dims),
		cmocka_unit_test(b14_to_b18_tensors),
		cmocka_unit_test(b29_cycles),
		cmocka_unit_test(b29_cycle_through_output),
		cmocka_unit_test(b30_duplicates),
		cmocka_unit_test(b31_dangling_and_wide),
		cmocka_unit_test(b32_names),
		cmocka_unit_test(b34_opsets),
		cmocka_unit_test(b34_many_operator_sets),
		cmocka_unit_test(b35_ir_versions),
		cmocka_unit_test(b39_sparse),
		cmocka_unit_test(b39_crowded),
		cmocka_unit_test(l01_chain),
		cmocka_unit_test(l04_only_initializers),
		cmocka_unit_test(l05_long_cycle),
		cmocka_unit_test(floods_of_notices),
		cmocka_unit_test(no_graph),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
