/* The ONNX reader on well-formed models: every storage, attribute, type, scope. */
#include "pb_write.h"

static const struct tensor *tensor_named(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_tensors; i++)
		if (text_is(model->tensors[i].name, name))
			return &model->tensors[i];
	fail_msg("no tensor %s", name);
	return NULL;
}

static const struct value *value_named(const struct model *model, uint32_t graph, const char *name)
{
	uint32_t value = model_find_value(model, graph, text_from(name));
	if (value == NO_INDEX)
		fail_msg("no value %s", name);
	return &model->values[value];
}

static const struct attribute *attribute_named(const struct model *model, uint32_t node,
					       const char *name)
{
	for (uint32_t i = 0; i < model->nodes[node].n_attributes; i++) {
		const struct attribute *a =
			&model->attributes[model->nodes[node].first_attribute + i];
		if (text_is(a->name, name))
			return a;
	}
	fail_msg("no attribute %s", name);
	return NULL;
}

static void minimal(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	pb_string(&graph, 2, "net");
	onnx_value(&graph, 11, "x", 1, 2, (int64_t[]){ 1, -1 });
	onnx_add_node(&graph, "Relu", "x", "y");
	onnx_value(&graph, 12, "y", 10, 0, NULL);
	struct pb pb = onnx_model(&graph), entry = { 0 };
	pb_string(&pb, 2, "maker");
	pb_string(&pb, 3, "1.2");
	pb_string(&pb, 4, "org.example");
	pb_int(&pb, 5, 42);
	pb_string(&pb, 6, "documentation");
	pb_string(&entry, 1, "key");
	pb_string(&entry, 2, "value");
	pb_put(&pb, 14, &entry);
	pb_int(&pb, 99, 1); /* a field of the future */
	struct read read = read_pb(&pb);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->ir_version, 8);
	assert_int_equal(m->n_opsets, 1);
	assert_int_equal(m->opsets[0].version, 17);
	assert_text(m->producer_name, "maker");
	assert_text(m->producer_version, "1.2");
	assert_text(m->domain, "org.example");
	assert_int_equal(m->model_version, 42);
	assert_int_equal(m->doc_len, 13);
	assert_memory_equal(read.bytes + m->doc_offset, "documentation", 13);
	assert_int_equal(m->n_metadata, 1);
	assert_text(m->metadata[0].key, "key");
	assert_text(m->metadata[0].value, "value");
	assert_text(m->graphs[0].name, "net");
	assert_int_equal(m->n_top_nodes, 1);
	assert_int_equal(m->n_notices, 0);
	const struct value *x = &m->values[m->refs[m->graphs[0].first_input]];
	assert_text(x->name, "x");
	assert_int_equal(x->flags, VALUE_INPUT);
	assert_int_equal(x->n_consumers, 1);
	assert_int_equal(m->consumers[x->first_consumer], 0);
	const struct type *type = &m->types[x->type];
	assert_int_equal(type->kind, TYPE_TENSOR);
	assert_int_equal(type->dtype, DTYPE_F32);
	assert_int_equal(type->n_dims, 2);
	assert_int_equal(type->dims[0].value, 1);
	assert_true(type->dims[1].value < 0 && !type->dims[1].declared);
	const struct value *y = &m->values[m->refs[m->graphs[0].first_output]];
	assert_int_equal(y->flags, VALUE_OUTPUT);
	assert_int_equal(y->producer, 0);
	assert_true(m->types[y->type].has_shape && m->types[y->type].n_dims == 0);
	read_done(&read);
}

/* One initializer a storage, packed where the format packs. */
static void storages(void **state)
{
	struct pb graph = { 0 }, t, packed = { 0 };
	(void)state;
	t = onnx_tensor("raw", 16, 1, (int64_t[]){ 3 });
	pb_bytes(&t, 9, "\1\2\3\4\5\6", 6);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("float", 1, 2, (int64_t[]){ 1, 2 });
	pb_bytes(&t, 4, (float[]){ 1, 2 }, 8);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("complex", 14, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 4, (float[]){ 1, 2, 3, 4 }, 16);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("double", 11, 0, NULL);
	pb_bytes(&t, 10, (double[]){ 1 }, 8);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("int4", 22, 1, (int64_t[]){ 3 });
	pb_varint(&packed, 0x21);
	pb_varint(&packed, 0xff);
	pb_put(&t, 5, &packed);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("int32", 6, 1, (int64_t[]){ 2 });
	pb_varint(&packed, (uint64_t)-1);
	pb_varint(&packed, 300);
	pb_put(&t, 5, &packed);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("int64", 7, 1, (int64_t[]){ 1 });
	pb_varint(&packed, 5);
	pb_put(&t, 7, &packed);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("uint64", 12, 1, (int64_t[]){ 1 });
	pb_varint(&packed, 5);
	pb_put(&t, 11, &packed);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("string", 8, 1, (int64_t[]){ 2 });
	pb_string(&t, 6, "one");
	pb_string(&t, 6, "");
	pb_put(&graph, 5, &t);
	t = onnx_tensor("nothing", 1, 1, (int64_t[]){ 0 });
	pb_put(&graph, 5, &t);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	static const struct {
		const char *name;
		int storage, encoding, dtype;
		uint64_t count, nbytes;
	} want[] = {
		{ "raw", STORAGE_RAW, RUN_PLAIN, DTYPE_BF16, 3, 6 },
		{ "float", STORAGE_FLOAT, RUN_PLAIN, DTYPE_F32, 2, 8 },
		{ "complex", STORAGE_FLOAT, RUN_PLAIN, DTYPE_C64, 2, 16 },
		{ "double", STORAGE_DOUBLE, RUN_PLAIN, DTYPE_F64, 1, 8 },
		{ "int4", STORAGE_INT32, RUN_VARINT, DTYPE_I4, 3, 3 },
		{ "int32", STORAGE_INT32, RUN_VARINT, DTYPE_I32, 2, 12 },
		{ "int64", STORAGE_INT64, RUN_VARINT, DTYPE_I64, 1, 1 },
		{ "uint64", STORAGE_UINT64, RUN_VARINT, DTYPE_U32, 1, 1 },
		{ "string", STORAGE_STRING, RUN_TAGGED, DTYPE_STRING, 2, 7 },
		{ "nothing", STORAGE_NONE, -1, DTYPE_F32, 0, 0 },
	};
	assert_non_null(m);
	assert_int_equal(m->n_notices, 0);
	assert_int_equal(m->n_initializers, 10);
	assert_int_equal(m->n_parameters, 3 + 2 + 2 + 1 + 3 + 2 + 1 + 1);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const struct tensor *it = tensor_named(m, want[i].name);
		assert_int_equal(it->storage, want[i].storage);
		assert_int_equal(it->dtype, want[i].dtype);
		assert_int_equal(it->count, want[i].count);
		assert_int_equal(it->present, want[i].count);
		assert_int_equal(it->nbytes, want[i].nbytes);
		assert_int_equal(it->problem, TENSOR_OK);
		assert_int_equal(it->n_runs, want[i].encoding >= 0);
		if (it->n_runs)
			assert_int_equal(it->runs[0].encoding, want[i].encoding);
		assert_int_equal(m->values[it->value].flags, VALUE_INITIALIZER);
	}
	assert_memory_equal(read.bytes + tensor_offset(tensor_named(m, "raw")), "\1\2\3\4\5\6", 6);
	read_done(&read);
}

/* B13: packed and not packed mixed, fields repeated, messages in pieces. */
static void b13_merging(void **state)
{
	struct pb graph = { 0 }, t, more = { 0 }, packed = { 0 };
	(void)state;
	t = onnx_tensor("mixed", 1, 1, (int64_t[]){ 2 });
	pb_varint(&packed, 3);
	pb_put(&t, 1, &packed); /* dims 2, 3 */
	pb_float(&t, 4, 1);
	pb_float(&t, 4, 2);
	pb_bytes(&t, 4, (float[]){ 3, 4 }, 8);
	pb_bytes(&t, 4, NULL, 0);
	pb_float(&t, 4, 5);
	pb_bytes(&t, 4, (float[]){ 6 }, 4);
	pb_put(&graph, 5, &t);
	t = onnx_tensor("first", 7, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 9, "xxxxxxxxxxxxxxxx", 16);
	pb_int(&t, 2, 1);
	pb_string(&t, 8, "last");
	pb_bytes(&t, 9, "yyyyyyyy", 8);
	pb_put(&graph, 5, &t);
	pb_string(&graph, 2, "first");
	struct pb model = onnx_model(&graph);
	pb_string(&more, 2, "last");
	onnx_add_node(&more, "Relu", "mixed", "y");
	pb_put(&model, 7, &more); /* a graph in two pieces */
	pb_int(&model, 1, 7);
	struct read read = read_pb(&model);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->ir_version, 7);
	assert_text(m->graphs[0].name, "last");
	assert_int_equal(m->n_top_nodes, 1);
	const struct tensor *it = tensor_named(m, "mixed");
	assert_int_equal(it->n_dims, 2);
	assert_int_equal(it->count, 6);
	assert_int_equal(it->present, 6);
	assert_int_equal(it->problem, TENSOR_OK);
	assert_int_equal(it->n_runs, 4);
	assert_int_equal(it->runs[0].encoding, RUN_TAGGED);
	assert_int_equal(it->runs[0].nbytes, 10);
	assert_int_equal(it->runs[1].encoding, RUN_PLAIN);
	assert_int_equal(it->runs[2].encoding, RUN_TAGGED);
	it = tensor_named(m, "last");
	assert_int_equal(it->dtype, DTYPE_F32);
	assert_int_equal(it->count, 2);
	assert_int_equal(it->problem, TENSOR_OK);
	assert_memory_equal(read.bytes + tensor_offset(it), "yyyyyyyy", 8);
	read_done(&read);
}

static void add(struct pb *node, struct pb attribute)
{
	pb_put(node, 5, &attribute);
}

static void attributes(void **state)
{
	struct pb graph = { 0 }, node = onnx_node("Custom", "", "y"), a, t;
	(void)state;
	a = onnx_attribute("f", 1);
	pb_float(&a, 2, 0.5f);
	add(&node, a);
	a = onnx_attribute("i", 2);
	pb_int(&a, 3, -7);
	add(&node, a);
	a = onnx_attribute("s", 3);
	pb_string(&a, 4, "text");
	add(&node, a);
	a = onnx_attribute("floats", 6);
	pb_float(&a, 7, 1);
	pb_bytes(&a, 7, (float[]){ 2, 3 }, 8);
	add(&node, a);
	a = onnx_attribute("ints", 7);
	pb_bytes(&a, 8, "\1\2", 2);
	pb_int(&a, 8, -3);
	add(&node, a);
	a = onnx_attribute("strings", 8);
	pb_string(&a, 9, "one");
	pb_string(&a, 9, "two");
	add(&node, a);
	a = onnx_attribute("tensors", 9);
	for (int64_t i = 0; i < 3; i++) {
		t = onnx_tensor("", 3, 1, &i);
		pb_bytes(&t, 9, "\0\1", (size_t)i);
		pb_put(&a, 10, &t);
	}
	add(&node, a);
	a = onnx_attribute("reference", 2);
	pb_string(&a, 21, "outer");
	add(&node, a);
	a = onnx_attribute("type", 13);
	pb_bytes(&a, 14, "\x0a\x02\x08\x07", 4);
	add(&node, a);
	a = onnx_attribute("types", 14);
	pb_bytes(&a, 15, "\x0a\x02\x08\x07", 4);
	pb_bytes(&a, 15, "\x22\x06\x0a\x04\x0a\x02\x08\x01", 8);
	add(&node, a);
	a = onnx_attribute("untyped", 0);
	pb_bytes(&a, 8, "\x05", 1);
	add(&node, a);
	pb_put(&graph, 1, &node);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_true(attribute_named(m, 0, "f")->f == 0.5f);
	assert_int_equal(attribute_named(m, 0, "i")->i, -7);
	assert_text(attribute_named(m, 0, "s")->s, "text");
	const struct attribute *list = attribute_named(m, 0, "floats");
	assert_int_equal(list->count, 3);
	assert_true(list->floats[0] == 1 && list->floats[1] == 2 && list->floats[2] == 3);
	list = attribute_named(m, 0, "ints");
	assert_int_equal(list->count, 3);
	assert_true(list->ints[0] == 1 && list->ints[1] == 2 && list->ints[2] == -3);
	list = attribute_named(m, 0, "strings");
	assert_int_equal(list->count, 2);
	assert_text(list->strings[1], "two");
	list = attribute_named(m, 0, "tensors");
	assert_int_equal(list->count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(m->tensors[list->indices[i]].count, i);
	char label[64];
	assert_text(model_tensor_label(m, list->indices[2], label), "Custom#0.tensors[2]");
	assert_true(attribute_named(m, 0, "reference")->is_reference);
	assert_text(attribute_named(m, 0, "reference")->s, "outer");
	assert_int_equal(m->types[attribute_named(m, 0, "type")->index].dtype, DTYPE_I64);
	list = attribute_named(m, 0, "types");
	assert_int_equal(list->count, 2);
	assert_int_equal(m->types[list->indices[1]].kind, TYPE_SEQUENCE);
	assert_int_equal(m->types[m->types[list->indices[1]].inner].dtype, DTYPE_F32);
	assert_int_equal(attribute_named(m, 0, "untyped")->kind, ATTRIBUTE_INTS);
	assert_int_equal(attribute_named(m, 0, "untyped")->ints[0], 5);
	read_done(&read);
}

static void constant(struct pb *graph, const char *output, struct pb attribute)
{
	struct pb node = onnx_node("Constant", "", output);
	add(&node, attribute);
	pb_put(graph, 1, &node);
}

static void constants(void **state)
{
	struct pb graph = { 0 }, a, t;
	(void)state;
	a = onnx_attribute("value", 4);
	t = onnx_tensor(NULL, 1, 1, (int64_t[]){ 1 });
	pb_bytes(&t, 9, "\0\0\x80\x3f", 4);
	pb_put(&a, 5, &t);
	constant(&graph, "whole", a);
	a = onnx_attribute("value_float", 1);
	pb_float(&a, 2, 9);
	pb_float(&a, 2, 1.5f);
	constant(&graph, "float", a);
	a = onnx_attribute("value_floats", 6);
	pb_bytes(&a, 7, (float[]){ 1, 2 }, 8);
	constant(&graph, "floats", a);
	a = onnx_attribute("value_int", 2);
	pb_int(&a, 3, 300);
	constant(&graph, "int", a);
	a = onnx_attribute("value_ints", 7);
	pb_bytes(&a, 8, "\1\x80\1\3", 4);
	constant(&graph, "ints", a);
	a = onnx_attribute("value_string", 3);
	pb_string(&a, 4, "abc");
	constant(&graph, "string", a);
	a = onnx_attribute("value_strings", 8);
	pb_string(&a, 9, "a");
	pb_string(&a, 9, "bc");
	constant(&graph, "strings", a);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	static const struct {
		const char *name;
		int dtype, storage, encoding;
		uint64_t count, nbytes;
		uint32_t n_dims;
	} want[] = {
		{ "whole", DTYPE_F32, STORAGE_RAW, RUN_PLAIN, 1, 4, 1 },
		{ "float", DTYPE_F32, STORAGE_ATTRIBUTE, RUN_TAGGED, 1, 5, 0 },
		{ "floats", DTYPE_F32, STORAGE_ATTRIBUTE, RUN_PLAIN, 2, 8, 1 },
		{ "int", DTYPE_I64, STORAGE_ATTRIBUTE, RUN_TAGGED, 1, 3, 0 },
		{ "ints", DTYPE_I64, STORAGE_ATTRIBUTE, RUN_VARINT, 3, 4, 1 },
		{ "string", DTYPE_STRING, STORAGE_ATTRIBUTE, RUN_TAGGED, 1, 5, 0 },
		{ "strings", DTYPE_STRING, STORAGE_ATTRIBUTE, RUN_TAGGED, 2, 7, 1 },
	};
	assert_non_null(m);
	assert_int_equal(m->n_notices, 0);
	assert_int_equal(m->n_tensors, 7);
	assert_int_equal(m->n_parameters, 1 + 1 + 2 + 1 + 3);
	for (uint32_t i = 0; i < 7; i++) {
		const struct tensor *it = &m->tensors[i];
		char label[64];
		assert_text(model_tensor_label(m, i, label), want[i].name);
		assert_int_equal(it->kind, TENSOR_CONSTANT);
		assert_int_equal(it->node, i);
		assert_int_equal(it->dtype, want[i].dtype);
		assert_int_equal(it->storage, want[i].storage);
		assert_int_equal(it->n_runs, 1);
		assert_int_equal(it->runs[0].encoding, want[i].encoding);
		assert_int_equal(it->count, want[i].count);
		assert_int_equal(it->present, want[i].count);
		assert_int_equal(it->nbytes, want[i].nbytes);
		assert_int_equal(it->n_dims, want[i].n_dims);
		assert_int_equal(m->values[it->value].tensor, i);
	}
	/* The last of the repeated floats, with its tag. */
	assert_memory_equal(read.bytes + tensor_offset(&m->tensors[1]), "\x15\0\0\xc0\x3f", 5);
	read_done(&read);
}

static struct pb branch(const char *input, const char *output)
{
	struct pb graph = { 0 };
	onnx_add_node(&graph, "Neg", input, output);
	onnx_value(&graph, 12, output, 1, 0, NULL);
	return graph;
}

/* B42: names from outside, names that hide others; paths; sums. */
static void b42_scopes(void **state)
{
	struct pb graph = { 0 }, inner, outer = { 0 }, node, a;
	(void)state;
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	onnx_value(&graph, 11, "c", 9, 0, NULL);
	onnx_add_node(&graph, "Abs", "x", "h");
	/* If(c) { then: If(c) { then: y = Neg(h) }, else: h = Neg(x); y = Neg(h) } */
	node = onnx_node("If", "c", "inner_out");
	a = onnx_attribute("then_branch", 5);
	inner = branch("h", "deep");
	pb_put(&a, 6, &inner);
	add(&node, a);
	pb_put(&outer, 1, &node);
	onnx_value(&outer, 12, "inner_out", 1, 0, NULL);
	node = onnx_node("If", "c", "y");
	pb_string(&node, 3, "choice");
	a = onnx_attribute("then_branch", 5);
	pb_put(&a, 6, &outer);
	add(&node, a);
	a = onnx_attribute("else_branch", 5);
	onnx_add_node(&outer, "Neg", "x", "h");
	onnx_add_node(&outer, "Neg", "h", "last");
	onnx_value(&outer, 12, "last", 1, 0, NULL);
	pb_put(&a, 6, &outer);
	add(&node, a);
	pb_put(&graph, 1, &node);
	onnx_value(&graph, 12, "y", 1, 0, NULL);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->n_graphs, 4);
	assert_int_equal(m->n_subgraphs, 3);
	assert_int_equal(m->n_top_nodes, 2);
	assert_int_equal(m->n_all_nodes, 6);
	struct arena arena;
	arena_init(&arena, 0);
	assert_text(model_graph_path(m, 0, &arena), "");
	assert_text(model_graph_path(m, 1, &arena), "choice.then_branch");
	assert_text(model_graph_path(m, 2, &arena), "choice.else_branch");
	assert_text(model_graph_path(m, 3, &arena), "choice.then_branch/If#0.then_branch");
	arena_free(&arena);
	const struct value *h = value_named(m, 3, "h");
	assert_int_equal(h->graph, 0);
	assert_true(h->flags & VALUE_CAPTURED);
	assert_int_equal(h->n_consumers, 1);
	assert_int_equal(m->nodes[m->consumers[h->first_consumer]].graph, 3);
	h = value_named(m, 2, "h");
	assert_int_equal(h->graph, 2);
	assert_true(h->flags & VALUE_SHADOWS);
	assert_int_equal(h->n_consumers, 1);
	const struct value *c = value_named(m, 0, "c");
	assert_int_equal(c->n_consumers, 2);
	assert_notice(m, "shadowed-name", "1 name of an outer graph");
	assert_int_equal(m->n_notices, 1);
	assert_int_equal(m->n_ops, 3);
	assert_text(m->ops[0]->type, "Neg");
	assert_int_equal(m->ops[0]->count, 3);
	read_done(&read);
}

static void functions_and_training(void **state)
{
	struct pb graph = { 0 }, function = { 0 }, node, a, training = { 0 }, step = { 0 },
		  opset = { 0 };
	(void)state;
	node = onnx_node("Scale", "x", "y");
	pb_string(&node, 7, "local");
	pb_put(&graph, 1, &node);
	onnx_value(&graph, 11, "x", 1, 0, NULL);
	struct pb t = onnx_tensor("w", 1, 0, NULL);
	pb_float(&t, 4, 1);
	pb_put(&graph, 5, &t);
	onnx_value(&graph, 12, "y", 1, 0, NULL);
	struct pb model = onnx_model(&graph);
	onnx_import(&model, "local", 1);
	pb_string(&function, 1, "Scale");
	pb_string(&function, 10, "local");
	pb_string(&function, 4, "in");
	pb_string(&function, 5, "out");
	pb_string(&function, 6, "factor");
	pb_int(&opset, 2, 18);
	pb_put(&function, 9, &opset);
	node = onnx_node("Mul", "in in", "out");
	a = onnx_attribute("alpha", 1);
	pb_string(&a, 21, "factor");
	add(&node, a);
	pb_put(&function, 7, &node);
	pb_put(&model, 25, &function);
	onnx_add_node(&step, "Identity", "w", "w_new");
	pb_put(&training, 2, &step);
	pb_put(&model, 20, &training);
	struct read read = read_pb(&model);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->n_notices, 0);
	assert_int_equal(m->n_functions, 1);
	assert_int_equal(m->n_function_nodes, 1);
	assert_int_equal(m->n_all_nodes, 1);
	assert_int_equal(m->n_graphs, 3);
	assert_int_equal(m->graphs[1].kind, GRAPH_FUNCTION);
	const struct graph *f = &m->graphs[m->nodes[0].op->function];
	assert_text(f->label, "local::Scale");
	assert_int_equal(f->n_opsets, 1);
	assert_int_equal(f->opsets[0].version, 18);
	assert_int_equal(f->n_parameters, 1);
	assert_text(f->parameters[0], "factor");
	assert_int_equal(f->n_inputs, 1);
	const struct value *in = &m->values[m->refs[f->first_input]];
	assert_text(in->name, "in");
	assert_int_equal(in->n_consumers, 1); /* one node, though it takes it twice */
	assert_int_equal(m->graphs[2].kind, GRAPH_TRAINING);
	assert_text(m->graphs[2].label, "training_info[0].algorithm");
	assert_int_equal(value_named(m, 0, "w")->n_consumers, 1); /* seen from the training graph */
	assert_int_equal(m->ops[0]->count, 1);
	char label[256];
	assert_text(model_op_label(m->nodes[0].op, label), "local::Scale");
	read_done(&read);
}

static void sparse_and_quantization(void **state)
{
	struct pb graph = { 0 }, sparse = { 0 }, t, note = { 0 }, entry = { 0 };
	(void)state;
	t = onnx_tensor("s", 1, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 4, (float[]){ 1, 2 }, 8);
	pb_put(&sparse, 1, &t);
	t = onnx_tensor(NULL, 7, 1, (int64_t[]){ 2 });
	pb_bytes(&t, 7, "\0\5", 2);
	pb_put(&sparse, 2, &t);
	pb_int(&sparse, 3, 2);
	pb_int(&sparse, 3, 3);
	pb_put(&graph, 15, &sparse);
	t = onnx_tensor("q", 3, 1, (int64_t[]){ 1 });
	pb_bytes(&t, 9, "\1", 1);
	pb_put(&graph, 5, &t);
	pb_string(&note, 1, "q");
	pb_string(&entry, 1, "SCALE_TENSOR");
	pb_string(&entry, 2, "q_scale");
	pb_put(&note, 2, &entry);
	pb_put(&graph, 14, &note);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->n_notices, 0);
	assert_int_equal(m->n_sparse, 1);
	assert_int_equal(m->n_initializers, 1);
	const struct tensor *s = tensor_named(m, "s");
	assert_int_equal(s->kind, TENSOR_SPARSE);
	assert_int_equal(s->n_dims, 2);
	assert_int_equal(s->count, 6);
	assert_int_equal(s->present, 2);
	assert_int_equal(m->values[s->value].tensor, (uint32_t)(s - m->tensors));
	assert_int_equal(m->tensors[s->indices].kind, TENSOR_INDICES);
	assert_int_equal(m->n_annotations, 1);
	assert_int_equal(tensor_named(m, "q")->quant, 0);
	assert_text(m->annotations[0].entries[0].value, "q_scale");
	read_done(&read);
}

/* Types: optional(sequence(map(i64, sparse))), opaque, merged pieces, unknown ranks. */
static void types(void **state)
{
	struct pb graph = { 0 }, info, type = { 0 }, inner = { 0 }, box = { 0 };
	(void)state;
	pb_int(&inner, 1, 1); /* sparse tensor of f32, without a shape */
	pb_put(&type, 8, &inner);
	pb_int(&box, 1, 7);
	pb_put(&box, 2, &type);
	pb_put(&type, 5, &box); /* map */
	pb_put(&box, 1, &type);
	pb_put(&type, 4, &box); /* sequence */
	pb_put(&box, 1, &type);
	pb_put(&type, 9, &box); /* optional */
	info = (struct pb){ 0 };
	pb_string(&info, 1, "nested");
	pb_put(&info, 2, &type);
	pb_put(&graph, 11, &info);
	pb_string(&box, 1, "org");
	pb_string(&box, 2, "Thing");
	pb_put(&type, 7, &box);
	pb_string(&info, 1, "opaque");
	pb_put(&info, 2, &type);
	pb_put(&graph, 11, &info);
	/* {elem_type f32, dim 2} and {dim -1, dim "n"} make [2, -1, n]. */
	pb_string(&info, 1, "merged");
	pb_bytes(&info, 2, "\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x02", 10);
	pb_bytes(&info, 2,
		 "\x0a\x14\x12\x12\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x0a\x03\x12"
		 "\x01"
		 "n",
		 22);
	pb_put(&graph, 11, &info);
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	const struct type *it = &m->types[value_named(m, 0, "nested")->type];
	assert_int_equal(it->kind, TYPE_OPTIONAL);
	it = &m->types[it->inner];
	assert_int_equal(it->kind, TYPE_SEQUENCE);
	it = &m->types[it->inner];
	assert_int_equal(it->kind, TYPE_MAP);
	assert_int_equal(it->dtype, DTYPE_I64);
	it = &m->types[it->inner];
	assert_int_equal(it->kind, TYPE_SPARSE_TENSOR);
	assert_int_equal(it->dtype, DTYPE_F32);
	assert_false(it->has_shape);
	it = &m->types[value_named(m, 0, "opaque")->type];
	assert_int_equal(it->kind, TYPE_OPAQUE);
	assert_text(it->name, "org.Thing");
	it = &m->types[value_named(m, 0, "merged")->type];
	assert_int_equal(it->n_dims, 3);
	assert_int_equal(it->dtype, DTYPE_F32);
	assert_int_equal(it->dims[0].value, 2);
	assert_true(it->dims[1].declared && it->dims[1].value == -1);
	assert_text(it->dims[2].symbol, "n");
	read_done(&read);
}

/* IR 3: initializers are inputs too. */
static void initializer_and_input(void **state)
{
	struct pb graph = { 0 }, t = onnx_tensor("w", 1, 0, NULL);
	(void)state;
	pb_float(&t, 4, 1);
	pb_put(&graph, 5, &t);
	onnx_value(&graph, 11, "w", 1, 0, NULL);
	onnx_add_node(&graph, "Relu", "w", "y");
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	const struct value *w = value_named(read.model, 0, "w");
	assert_int_equal(w->flags, VALUE_INPUT | VALUE_INITIALIZER);
	assert_int_equal(w->n_consumers, 1);
	assert_int_equal(read.model->n_values, 2);
	assert_int_equal(read.model->n_notices, 0);
	read_done(&read);
}

/* Names and fields larger than any window; a payload that must be jumped over. */
static void large_fields(void **state)
{
	size_t len = 1 << 20;
	char *name = malloc(len + 1);
	struct pb graph = { 0 }, node, t;
	(void)state;
	assert_non_null(name);
	memset(name, 'A', len);
	name[len] = '\0';
	t = onnx_tensor("w", 2, 1, (int64_t[]){ (int64_t)len });
	pb_bytes(&t, 9, name, len);
	pb_put(&graph, 5, &t);
	node = onnx_node(name, "w", name);
	pb_string(&node, 3, name);
	pb_put(&graph, 1, &node);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_int_equal(read.model->nodes[0].name.len, len);
	assert_true(text_is(read.model->nodes[0].name, name));
	assert_true(text_is(read.model->nodes[0].op->type, name));
	assert_int_equal(read.model->n_notices, 0);
	read_done(&read);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minimal),
		cmocka_unit_test(storages),
		cmocka_unit_test(b13_merging),
		cmocka_unit_test(attributes),
		cmocka_unit_test(constants),
		cmocka_unit_test(b42_scopes),
		cmocka_unit_test(functions_and_training),
		cmocka_unit_test(sparse_and_quantization),
		cmocka_unit_test(types),
		cmocka_unit_test(initializer_and_input),
		cmocka_unit_test(large_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
