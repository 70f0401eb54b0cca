/*
 * Nodes that compute the same on every run. They are marked in the order of the file; those that
 * hang together are joined into regions (union-find over the nodes).
 */
#include <stdlib.h>
#include <string.h>

#include "core/structure/structure_parts.h"

bool shape_count(const struct type *type, uint64_t *count)
{
	*count = 1;
	if (!type || type->kind != TYPE_TENSOR || !type->has_shape)
		return false;
	for (uint32_t i = 0; i < type->n_dims; i++)
		if (type->dims[i].value < 0 ||
		    __builtin_mul_overflow(*count, (uint64_t)type->dims[i].value, count))
			return false;
	return true;
}

struct folding {
	const struct shapes *shapes;
	const struct model *model;
	uint32_t *region; /* by node of the main graph: its parent in the union; NO_INDEX: not foldable */
};

static uint32_t root_of(struct folding *f, uint32_t node)
{
	while (f->region[node] != node) {
		f->region[node] = f->region[f->region[node]];
		node = f->region[node];
	}
	return node;
}

static bool is_of_onnx(const struct node *node)
{
	return node->op->domain.len == 0 || text_is(node->op->domain, "ai.onnx");
}

/* Another result on every run, something that must stay as it is, or nothing to be folded. */
static bool is_excluded(const struct model *model, const struct node *node)
{
	static const char *const types[] = { "RandomNormal",	  "RandomNormalLike",
					     "RandomUniform",	  "RandomUniformLike",
					     "Bernoulli",	  "Multinomial",
					     "Dropout",		  "DequantizeLinear",
					     "QuantizeLinear",	  "Constant" };

	if (!is_of_onnx(node) || node->op->function != NO_INDEX)
		return true;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (text_is(node->op->type, types[i]))
			return true;
	for (uint32_t i = 0; i < node->n_attributes; i++) {
		uint8_t kind = model->attributes[node->first_attribute + i].kind;

		if (kind == ATTRIBUTE_GRAPH || kind == ATTRIBUTE_GRAPHS)
			return true;
	}
	return false;
}

static bool is_foldable(struct folding *f, const struct node *node)
{
	const struct model *model = f->model;
	uint32_t n = 0;
	uint64_t count;

	if (is_excluded(model, node))
		return false;
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t v = model->refs[node->first_input + i];
		const struct value *value = v == NO_INDEX ? NULL : &model->values[v];

		if (!value)
			continue;
		n++;
		if (text_is(node->op->type, "Shape") || text_is(node->op->type, "Size")) {
			if (!shape_count(f->shapes->values[v].type, &count))
				return false;
			continue;
		}
		/* From IR 4 on an initializer that is an input may be replaced by the caller. */
		if (value->tensor != NO_INDEX &&
		    !(value->flags & VALUE_INPUT && model->ir_version > 3))
			continue;
		if (value->producer == NO_INDEX || model->nodes[value->producer].graph != 0 ||
		    f->region[value->producer - model->graphs[0].first_node] == NO_INDEX)
			return false;
	}
	return n > 0;
}

static void join_inputs(struct folding *f, uint32_t place, const struct node *node)
{
	const struct model *model = f->model;

	f->region[place] = place;
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t v = model->refs[node->first_input + i];
		uint32_t maker = v == NO_INDEX ? NO_INDEX : model->values[v].producer;

		if (maker == NO_INDEX || model->nodes[maker].graph != 0)
			continue;
		maker -= model->graphs[0].first_node;
		if (f->region[maker] == NO_INDEX)
			continue;
		uint32_t a = root_of(f, maker), b = root_of(f, place);
		f->region[a > b ? a : b] = a > b ? b : a;
	}
}

static bool all_in_region(struct folding *f, const struct value *value, uint32_t root)
{
	const struct model *model = f->model;

	if (value->flags & (VALUE_OUTPUT | VALUE_CAPTURED))
		return false;
	for (uint32_t i = 0; i < value->n_consumers; i++) {
		uint32_t node = model->consumers[value->first_consumer + i];
		uint32_t place = node - model->graphs[0].first_node;

		if (model->nodes[node].graph != 0 || f->region[place] == NO_INDEX ||
		    root_of(f, place) != root)
			return false;
	}
	return true;
}

/* Constants that go away with the region, each once: by the first node that uses it. */
static uint64_t freed_by(struct folding *f, uint32_t node, uint32_t root)
{
	const struct model *model = f->model;
	const struct node *it = &model->nodes[node];
	uint64_t freed = 0;

	for (uint32_t i = 0; i < it->n_inputs; i++) {
		uint32_t v = model->refs[it->first_input + i];
		const struct value *value = v == NO_INDEX ? NULL : &model->values[v];

		if (value && value->tensor != NO_INDEX && value->n_consumers > 0 &&
		    model->consumers[value->first_consumer] == node &&
		    all_in_region(f, value, root))
			freed += model->tensors[value->tensor].nbytes;
	}
	return freed;
}

/* What must be kept of the outputs, since others use it. */
static uint64_t result_of(struct folding *f, const struct node *node, uint32_t root)
{
	const struct model *model = f->model;
	uint64_t result = 0;

	for (uint32_t i = 0; i < node->n_outputs; i++) {
		uint32_t v = model->refs[node->first_output + i];
		const struct type *type = v == NO_INDEX ? NULL : f->shapes->values[v].type;
		uint64_t count, bytes;

		if (v == NO_INDEX || (model->values[v].n_consumers == 0 &&
				      !(model->values[v].flags & VALUE_OUTPUT)) ||
		    all_in_region(f, &model->values[v], root))
			continue;
		if (!shape_count(type, &count) || dtype_traits[type->dtype].bits == 0 ||
		    !dtype_bytes(type->dtype, count, &bytes) ||
		    __builtin_add_overflow(result, bytes, &result))
			return UINT64_MAX;
	}
	return result;
}

static void add_node(struct folding *f, struct foldable *region, uint32_t node, uint32_t root)
{
	uint64_t result = result_of(f, &f->model->nodes[node], root);

	region->n_nodes++;
	region->freed += freed_by(f, node, root);
	if (__builtin_add_overflow(region->result, result, &region->result))
		region->result = UINT64_MAX;
}

bool foldable_find(const struct shapes *shapes, struct structure *structure)
{
	const struct model *model = shapes->model;
	const struct graph *graph = &model->graphs[0];
	struct folding f = { .shapes = shapes, .model = model };
	uint32_t *slots = calloc(graph->n_nodes + (size_t)1, sizeof *slots);
	struct foldable *regions = NULL;
	size_t n = 0;

	f.region = calloc(graph->n_nodes + (size_t)1, sizeof *f.region);
	if (f.region && slots) {
		memset(f.region, 0xff, (graph->n_nodes + (size_t)1) * sizeof *f.region);
		for (uint32_t place = 0; place < graph->n_nodes; place++) {
			const struct node *node = &model->nodes[graph->first_node + place];

			if (is_foldable(&f, node))
				join_inputs(&f, place, node);
		}
		for (uint32_t place = 0; place < graph->n_nodes; place++)
			if (f.region[place] == place)
				slots[place] = (uint32_t)n++;
		regions = arena_array(&structure->arena, n, sizeof *regions);
	}
	for (uint32_t place = 0; regions && place < graph->n_nodes; place++) {
		uint32_t root;

		if (f.region[place] == NO_INDEX)
			continue;
		root = root_of(&f, place);
		if (root == place)
			regions[slots[root]].first_node = graph->first_node + place;
		add_node(&f, &regions[slots[root]], graph->first_node + place, root);
	}
	free(slots);
	free(f.region);
	structure->foldable = regions;
	structure->n_foldable = n;
	return regions != NULL;
}
