#include <mtui/layer.h>

#include <stdlib.h>

#include <mtui/bytes.h>
#include <mtui/dtype.h>

#include "core/base/pages.h"
#include "core/model/layer_items.h"

static uint64_t own_parameters(const struct model *model, const struct item *item)
{
	if (item->kind != LAYER_TENSOR)
		return 0;
	const struct tensor *tensor = &model->tensors[item->index];
	if (!dtype_is_parameter(tensor->dtype))
		return 0;
	return tensor->kind == TENSOR_SPARSE ? tensor->present : tensor->count;
}

/* Leaves a row: its subtree ends here and counts for the row above. */
static void row_finish(struct layer *rows, uint32_t row, size_t n_rows)
{
	rows[row].end = (uint32_t)n_rows;
	if (rows[row].parent == NO_INDEX)
		return;
	struct layer *above = &rows[rows[row].parent];
	if (!add_ok(above->parameters, rows[row].parameters, &above->parameters))
		above->parameters = UINT64_MAX;
}

static size_t rows_fill(struct layer_items *b, struct layer *rows)
{
	uint32_t at = 0, parent_row = NO_INDEX;
	size_t n = 0;

	for (;;) {
		struct item *item = &b->items[at];
		uint32_t row = (uint32_t)n++;
		rows[row] = (struct layer){
			.label = item->label,
			.parameters = own_parameters(b->model, item),
			.item = item->index,
			.parent = parent_row,
			.depth = parent_row == NO_INDEX ? 0 : rows[parent_row].depth + 1,
			.kind = item->kind,
		};
		item->last = row;
		if (item->first != NO_INDEX) {
			parent_row = row;
			at = item->first;
			continue;
		}
		row_finish(rows, row, n);
		while (at != 0 && b->items[at].next == NO_INDEX) {
			at = b->items[at].parent;
			row_finish(rows, b->items[at].last, n);
		}
		if (at == 0)
			return n;
		parent_row = rows[b->items[at].last].parent;
		at = b->items[at].next;
	}
}

static void rows_of_items(const struct layer_items *b, uint32_t *of, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (of[i] != NO_INDEX)
			of[i] = b->items[of[i]].last;
	}
}

void layers_free(struct layers *layers)
{
	if (!layers)
		return;
	free((void *)layers->rows);
	free((void *)layers->row_of_node);
	free((void *)layers->row_of_tensor);
	free(layers);
}

static uint32_t *take(uint32_t **indices)
{
	uint32_t *taken = *indices;

	*indices = NULL;
	return taken;
}

static struct layers *build(const struct model *model)
{
	struct layer_items b = { 0 };
	struct layers *layers = calloc(1, sizeof *layers);
	struct layer *rows = NULL;

	if (layers && layer_items_init(&b, model) && layer_items_build(&b))
		rows = pages_alloc(b.n_items * sizeof *rows);
	if (rows) {
		layers->n_rows = rows_fill(&b, rows);
		layers->rows = rows;
		rows_of_items(&b, b.item_of_node, model->n_nodes);
		rows_of_items(&b, b.item_of_tensor, model->n_tensors);
		layers->row_of_node = take(&b.item_of_node);
		layers->row_of_tensor = take(&b.item_of_tensor);
		layers->model = model;
	} else {
		free(layers);
		layers = NULL;
	}
	layer_items_free(&b);
	return layers;
}

const struct layers *model_layers(const struct model *model, struct error *err)
{
	/* The only field of a published model that is written: once, by whoever builds it first. */
	struct layers **slot = &((struct model *)model)->layers;
	struct layers *layers = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
	struct layers *expected = NULL;

	if (layers)
		return layers;
	layers = build(model);
	if (!layers) {
		error_set(err, ERROR_MEMORY, -1, "out of memory for the tree of %zu nodes",
			  model->n_nodes);
		return NULL;
	}
	if (__atomic_compare_exchange_n(slot, &expected, layers, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return layers;
	layers_free(layers);
	return expected;
}

struct text layer_label(const struct layers *layers, uint32_t row, char buffer[64])
{
	const struct layer *layer = &layers->rows[row];

	if (layer->label.len)
		return layer->label;
	switch ((enum layer_kind)layer->kind) {
	case LAYER_NODE:
		return model_node_label(layers->model, layer->item, buffer);
	case LAYER_TENSOR:
		return model_tensor_label(layers->model, layer->item, buffer);
	case LAYER_GRAPH:
		return TEXT("graph");
	case LAYER_SCOPE:
		return TEXT("scope");
	case LAYER_MODEL:
		break;
	}
	return TEXT("model");
}

/* A node without parameters of its own may be the one that makes a constant. */
static uint32_t tensor_made_by(const struct model *model, uint32_t node_index)
{
	const struct node *node = &model->nodes[node_index];

	for (uint32_t i = 0; i < node->n_outputs && i < 4; i++) {
		uint32_t value = model->refs[node->first_output + i];
		if (value != NO_INDEX && model->values[value].tensor != NO_INDEX)
			return model->values[value].tensor;
	}
	return NO_INDEX;
}

uint32_t layer_tensor(const struct model *model, const struct layers *layers, uint32_t row)
{
	uint32_t best = NO_INDEX;

	for (uint32_t i = row; i < layers->rows[row].end; i++) {
		if (layers->rows[i].kind != LAYER_TENSOR)
			continue;
		uint32_t index = layers->rows[i].item;
		if (best == NO_INDEX || model->tensors[index].count > model->tensors[best].count)
			best = index;
	}
	if (best == NO_INDEX && layers->rows[row].kind == LAYER_NODE)
		best = tensor_made_by(model, layers->rows[row].item);
	return best;
}

struct text layer_path(const struct layers *layers, uint32_t row, struct arena *arena)
{
	char buffer[64];
	size_t len = 0;

	for (uint32_t at = row; at != 0; at = layers->rows[at].parent)
		len += layer_label(layers, at, buffer).len + 1;
	if (len == 0)
		return (struct text){ NULL, 0 };
	char *path = arena_alloc(arena, len);
	if (!path)
		return (struct text){ NULL, 0 };
	size_t end = len - 1;
	for (uint32_t at = row; at != 0; at = layers->rows[at].parent) {
		struct text label = layer_label(layers, at, buffer);
		end -= label.len;
		memcpy(path + end, label.data, label.len);
		if (end > 0)
			path[--end] = '/';
	}
	return (struct text){ path, len - 1 };
}
