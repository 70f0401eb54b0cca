/*
 * Fuzz target of the ONNX reader: every index of a model that opens must be good, every run of
 * bytes inside its file, every label and path printable.
 */
#include <stdint.h>
#include <stdlib.h>

#include <mtui/limits.h>
#include <mtui/reader.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static bool index_ok(uint32_t index, size_t count)
{
	return index == NO_INDEX || index < count;
}

static void check_refs(const struct model *m, uint32_t first, uint32_t n)
{
	REQUIRE((uint64_t)first + n <= m->n_refs || n == 0);
	for (uint32_t i = 0; i < n; i++)
		REQUIRE(index_ok(m->refs[first + i], m->n_values));
}

static void check_graphs(const struct model *m)
{
	struct arena arena;
	arena_init(&arena, 0);
	for (size_t g = 0; g < m->n_graphs; g++) {
		const struct graph *it = &m->graphs[g];
		REQUIRE((uint64_t)it->first_node + it->n_nodes <= m->n_nodes);
		REQUIRE(index_ok(it->parent, g) && index_ok(it->node, m->n_nodes));
		REQUIRE(it->depth <= LIMIT_GRAPH_DEPTH);
		check_refs(m, it->first_input, it->n_inputs);
		check_refs(m, it->first_output, it->n_outputs);
		if (g < 64)
			model_graph_path(m, (uint32_t)g, &arena);
	}
	arena_free(&arena);
}

static void check_attribute(const struct model *m, const struct attribute *a)
{
	int64_t sum = 0; /* so that every item is read */
	size_t most = 0;
	if (a->is_reference)
		return;
	switch ((enum attribute_kind)a->kind) {
	case ATTRIBUTE_TENSOR:
	case ATTRIBUTE_SPARSE_TENSOR:
		REQUIRE(index_ok(a->index, m->n_tensors));
		break;
	case ATTRIBUTE_GRAPH:
		REQUIRE(index_ok(a->index, m->n_graphs));
		break;
	case ATTRIBUTE_TYPE:
		REQUIRE(index_ok(a->index, m->n_types));
		break;
	case ATTRIBUTE_INTS:
		for (uint32_t i = 0; i < a->count; i++)
			sum += a->ints[i] & 1;
		break;
	case ATTRIBUTE_FLOATS:
		for (uint32_t i = 0; i < a->count; i++)
			sum += a->floats[i] > 0;
		break;
	case ATTRIBUTE_STRINGS:
		for (uint32_t i = 0; i < a->count; i++)
			sum += a->strings[i].len ? a->strings[i].data[a->strings[i].len - 1] : 0;
		break;
	case ATTRIBUTE_TENSORS:
	case ATTRIBUTE_SPARSE_TENSORS:
		most = m->n_tensors;
		break;
	case ATTRIBUTE_GRAPHS:
		most = m->n_graphs;
		break;
	case ATTRIBUTE_TYPES:
		most = m->n_types;
		break;
	default:
		break;
	}
	for (uint32_t i = 0; most && i < a->count; i++)
		REQUIRE(index_ok(a->indices[i], most));
	REQUIRE(sum != INT64_MIN);
}

static void check_nodes(const struct model *m)
{
	char label[64], op[256];
	for (uint32_t n = 0; n < m->n_nodes; n++) {
		const struct node *it = &m->nodes[n];
		REQUIRE(it->graph < m->n_graphs);
		REQUIRE(n >= m->graphs[it->graph].first_node);
		check_refs(m, it->first_input, it->n_inputs);
		check_refs(m, it->first_output, it->n_outputs);
		REQUIRE((uint64_t)it->first_attribute + it->n_attributes <= m->n_attributes);
		model_node_label(m, n, label);
		model_op_label(it->op, op);
	}
	for (size_t i = 0; i < m->n_attributes; i++)
		check_attribute(m, &m->attributes[i]);
}

static void check_values(const struct model *m)
{
	for (size_t v = 0; v < m->n_values; v++) {
		const struct value *it = &m->values[v];
		REQUIRE(it->graph < m->n_graphs && index_ok(it->producer, m->n_nodes));
		REQUIRE(index_ok(it->type, m->n_types) && index_ok(it->tensor, m->n_tensors));
		REQUIRE((uint64_t)it->first_consumer + it->n_consumers <= m->n_consumers);
		for (uint32_t c = 0; c < it->n_consumers; c++)
			REQUIRE(m->consumers[it->first_consumer + c] < m->n_nodes);
		if (v < 16)
			REQUIRE(model_find_value(m, it->graph, it->name) != NO_INDEX);
	}
	for (size_t t = 0; t < m->n_types; t++)
		REQUIRE(index_ok(m->types[t].inner, m->n_types) && m->types[t].inner != t);
}

static void check_tensors(const struct model *m)
{
	char label[64];
	for (uint32_t t = 0; t < m->n_tensors; t++) {
		const struct tensor *it = &m->tensors[t];
		const struct file *file = model_tensor_file(m, it);
		uint64_t nbytes = 0;
		REQUIRE(it->graph < m->n_graphs && index_ok(it->value, m->n_values));
		REQUIRE(index_ok(it->node, m->n_nodes) && index_ok(it->indices, m->n_tensors));
		REQUIRE(index_ok(it->quant, m->n_annotations) && it->file < m->n_files);
		REQUIRE(it->dtype < DTYPE_COUNT && it->storage < STORAGE_COUNT);
		REQUIRE(it->n_dims <= LIMIT_DIMS && it->present <= it->count);
		for (uint32_t r = 0; r < it->n_runs; r++) {
			REQUIRE(file != NULL && it->runs[r].offset <= file->size);
			REQUIRE(it->runs[r].nbytes <= file->size - it->runs[r].offset);
			nbytes += it->runs[r].nbytes;
		}
		REQUIRE(nbytes == it->nbytes);
		REQUIRE(it->present == 0 || it->n_runs > 0);
		model_tensor_label(m, t, label);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = ERROR_NONE, .offset = -1 };
	struct file *file = file_wrap(data, size, "fuzz.onnx");
	if (!file)
		return 0;
	struct model *m = model_read(file, &err);
	REQUIRE((m != NULL) == (err.code == ERROR_NONE));
	if (!m) {
		REQUIRE(err.code != ERROR_INTERNAL && err.offset <= (int64_t)size);
		return 0;
	}
	REQUIRE(m->n_graphs > 0 && m->graphs[0].kind == GRAPH_MAIN);
	check_graphs(m);
	check_nodes(m);
	check_values(m);
	check_tensors(m);
	model_unref(m);
	return 0;
}
