/*
 * Models made by hand, for tests: a graph at a time, names resolved like a reader does.
 *
 *	struct build b; build_init(&b);
 *	build_tensor(&b, "conv1.weight", DTYPE_F32, 2, (int64_t[]){ 4, 3 });
 *	build_node(&b, "/conv1/Conv", "Conv", "x conv1.weight", "y");
 *	const struct model *model = build_done(&b);
 *	... build_free(&b);
 *
 * Inputs and outputs are names separated by blanks, "-" is an omitted input.
 */
#ifndef BUILD_MODEL_H
#define BUILD_MODEL_H

#include <stdlib.h>
#include <string.h>

#include <mtui/layer.h>
#include <mtui/model.h>

#define BUILD_OPS 64

struct build {
	struct model model;
	struct graph *graphs;
	struct node *nodes;
	struct value *values;
	struct tensor *tensors;
	struct attribute *attributes;
	struct type *types;
	struct notice *notices;
	uint32_t *refs, *consumers;
	struct op ops[BUILD_OPS];
	const struct op *op_list[BUILD_OPS];
	void **blocks; /* to free */
	size_t n_blocks;
	uint32_t graph; /* the one that is being filled */
};

static inline void *build_keep(struct build *b, void *block)
{
	b->blocks = realloc(b->blocks, (b->n_blocks + 1) * sizeof *b->blocks);
	return b->blocks[b->n_blocks++] = block;
}

#define BUILD_ADD(b, array, count, ...)                                                            \
	do {                                                                                       \
		size_t n_ = (b)->model.count++;                                                    \
		if ((n_ & (n_ - 1)) == 0)                                                          \
			(b)->array = realloc((b)->array, (n_ ? n_ * 2 : 1) * sizeof *(b)->array);  \
		(b)->array[n_] = __VA_ARGS__;                                                      \
	} while (0)

static inline struct text build_text(struct build *b, const char *string)
{
	return text_from(build_keep(b, strdup(string)));
}

/* A graph; nodes and tensors added from now on are its own. Nodes of a graph must be added
 * without another graph's between them. */
static inline uint32_t build_graph(struct build *b, enum graph_kind kind, const char *label,
				   uint32_t parent, uint32_t node)
{
	BUILD_ADD(b, graphs, n_graphs,
		  (struct graph){ .name = build_text(b, label),
				  .label = build_text(b, label),
				  .parent = parent,
				  .node = node,
				  .depth = parent == NO_INDEX ? 0 : b->graphs[parent].depth + 1,
				  .first_node = (uint32_t)b->model.n_nodes,
				  .kind = kind });
	return b->graph = (uint32_t)b->model.n_graphs - 1;
}

static inline void build_init(struct build *b)
{
	memset(b, 0, sizeof *b);
	b->model.format = "onnx";
	b->model.references = 1;
	b->model.ops = b->op_list;
	arena_init(&b->model.arena, 0);
	build_graph(b, GRAPH_MAIN, "net", NO_INDEX, NO_INDEX);
}

/* The value of that name, looking outwards; a new one where there is none. Linear: small tests. */
static inline uint32_t build_value_text(struct build *b, struct text name, bool outwards)
{
	for (uint32_t g = b->graph; g != NO_INDEX; g = b->graphs[g].parent) {
		for (uint32_t i = 0; i < b->model.n_values; i++) {
			if (b->values[i].graph == g && text_equal(b->values[i].name, name))
				return i;
		}
		if (!outwards)
			break;
	}
	BUILD_ADD(b, values, n_values,
		  (struct value){ .name = name,
				  .graph = b->graph,
				  .producer = NO_INDEX,
				  .type = NO_INDEX,
				  .tensor = NO_INDEX });
	return (uint32_t)b->model.n_values - 1;
}

static inline uint32_t build_value(struct build *b, const char *name)
{
	return build_value_text(b, build_text(b, name), true);
}

/* Declared type of a value: numbers, or -1 for a dimension called "N". */
static inline void build_type(struct build *b, const char *value, enum dtype dtype, uint32_t n_dims,
			      const int64_t *dims)
{
	struct dim *copy = build_keep(b, calloc(n_dims + 1, sizeof *copy));
	uint32_t index = build_value(b, value);

	for (uint32_t i = 0; i < n_dims; i++)
		copy[i] = (struct dim){ .value = dims[i],
					.symbol = dims[i] < 0 ? TEXT("N") : TEXT("") };
	BUILD_ADD(b, types, n_types,
		  (struct type){ .dims = copy,
				 .n_dims = n_dims,
				 .inner = NO_INDEX,
				 .kind = TYPE_TENSOR,
				 .dtype = dtype,
				 .has_shape = true });
	b->values[index].type = (uint32_t)b->model.n_types - 1;
}

static inline uint32_t build_tensor_new(struct build *b, struct text name, enum dtype dtype,
					uint32_t n_dims, const int64_t *dims)
{
	int64_t *copy = build_keep(b, calloc(n_dims + 1, sizeof *copy));
	uint64_t count = 1, bytes = 0;

	for (uint32_t i = 0; i < n_dims; i++)
		count *= (uint64_t)(copy[i] = dims[i]);
	dtype_bytes(dtype, count, &bytes);
	BUILD_ADD(b, tensors, n_tensors,
		  (struct tensor){ .name = name,
				   .dims = copy,
				   .count = count,
				   .nbytes = bytes,
				   .n_dims = n_dims,
				   .graph = b->graph,
				   .value = NO_INDEX,
				   .node = NO_INDEX,
				   .indices = NO_INDEX,
				   .quant = NO_INDEX,
				   .dtype = dtype,
				   .storage = STORAGE_RAW });
	return (uint32_t)b->model.n_tensors - 1;
}

/* An initializer of the graph that is being filled. */
static inline uint32_t build_tensor(struct build *b, const char *name, enum dtype dtype,
				    uint32_t n_dims, const int64_t *dims)
{
	uint32_t value = build_value_text(b, build_text(b, name), false);
	uint32_t tensor = build_tensor_new(b, b->values[value].name, dtype, n_dims, dims);

	b->tensors[tensor].value = value;
	b->values[value].tensor = tensor;
	b->values[value].flags |= VALUE_INITIALIZER;
	return tensor;
}

static inline const struct op *build_op(struct build *b, const char *type)
{
	for (size_t i = 0; i < b->model.n_ops; i++) {
		if (text_is(b->ops[i].type, type)) {
			b->ops[i].count++;
			return &b->ops[i];
		}
	}
	struct op *op = &b->ops[b->model.n_ops];
	*op = (struct op){ .type = build_text(b, type), .function = NO_INDEX, .count = 1 };
	b->op_list[b->model.n_ops++] = op;
	return op;
}

static inline uint32_t build_refs(struct build *b, const char *names, bool outputs)
{
	uint32_t n = 0;

	for (const char *at = names; *at; n++) {
		size_t len = strcspn(at, " ");
		uint32_t value = NO_INDEX;
		if (len != 1 || *at != '-') {
			char *copy = build_keep(b, strndup(at, len));
			value = build_value_text(b, text_from(copy), !outputs);
		}
		BUILD_ADD(b, refs, n_refs, value);
		if (outputs && value != NO_INDEX)
			b->values[value].producer = (uint32_t)b->model.n_nodes;
		at += len + strspn(at + len, " ");
	}
	return n;
}

static inline uint32_t build_node(struct build *b, const char *name, const char *op,
				  const char *inputs, const char *outputs)
{
	struct node node = { .name = build_text(b, name),
			     .op = build_op(b, op),
			     .graph = b->graph,
			     .first_attribute = (uint32_t)b->model.n_attributes };

	node.first_input = (uint32_t)b->model.n_refs;
	node.n_inputs = build_refs(b, inputs, false);
	node.first_output = (uint32_t)b->model.n_refs;
	node.n_outputs = build_refs(b, outputs, true);
	BUILD_ADD(b, nodes, n_nodes, node);
	b->graphs[b->graph].n_nodes++;
	return (uint32_t)b->model.n_nodes - 1;
}

/* An attribute of the node added last. */
static inline void build_attribute(struct build *b, const char *name, struct attribute attribute)
{
	attribute.name = build_text(b, name);
	BUILD_ADD(b, attributes, n_attributes, attribute);
	b->nodes[b->model.n_nodes - 1].n_attributes++;
}

static inline void build_notice(struct build *b, enum severity severity, const char *rule,
				const char *message, enum subject_kind kind, uint32_t subject)
{
	BUILD_ADD(b, notices, n_notices,
		  (struct notice){ .rule = rule,
				   .message = build_text(b, message),
				   .offset = -1,
				   .subject = subject,
				   .subject_kind = kind,
				   .severity = severity });
}

static inline void build_consumers(struct build *b)
{
	struct model *m = &b->model;

	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t n = 0; n < m->n_nodes; n++) {
			for (uint32_t i = 0; i < b->nodes[n].n_inputs; i++) {
				uint32_t v = b->refs[b->nodes[n].first_input + i];
				if (v == NO_INDEX)
					continue;
				if (pass == 1)
					b->consumers[b->values[v].first_consumer +
						     b->values[v].n_consumers] = n;
				b->values[v].n_consumers++;
			}
		}
		uint32_t total = 0;
		for (uint32_t v = 0; v < m->n_values && pass == 0; v++) {
			b->values[v].first_consumer = total;
			total += b->values[v].n_consumers;
			b->values[v].n_consumers = 0;
		}
		if (pass == 0) {
			m->n_consumers = total;
			b->consumers = calloc(total + 1, sizeof *b->consumers);
		}
	}
}

static inline const struct model *build_done(struct build *b)
{
	struct model *m = &b->model;

	build_consumers(b);
	for (size_t i = 0; i < m->n_tensors; i++) {
		if (b->tensors[i].kind == TENSOR_INDICES ||
		    !dtype_is_parameter(b->tensors[i].dtype))
			continue;
		m->n_parameters += b->tensors[i].count;
		m->weight_bytes += b->tensors[i].nbytes;
	}
	m->graphs = b->graphs, m->nodes = b->nodes, m->values = b->values;
	m->tensors = b->tensors, m->attributes = b->attributes, m->types = b->types;
	m->notices = b->notices, m->refs = b->refs, m->consumers = b->consumers;
	m->n_top_nodes = b->graphs[0].n_nodes;
	m->n_all_nodes = m->n_nodes;
	return m;
}

static inline void build_free(struct build *b)
{
	layers_free(b->model.layers);
	arena_free(&b->model.arena);
	for (size_t i = 0; i < b->n_blocks; i++)
		free(b->blocks[i]);
	free(b->blocks);
	free(b->graphs), free(b->nodes), free(b->values), free(b->tensors);
	free(b->attributes), free(b->types), free(b->notices);
	free(b->refs), free(b->consumers);
}

#endif
