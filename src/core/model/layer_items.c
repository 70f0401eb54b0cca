#include "core/model/layer_items.h"

#include <stdlib.h>

#include <mtui/hash.h>
#include <mtui/limits.h>

#include "core/base/pages.h"

static uint32_t *indices_new(size_t count)
{
	uint32_t *indices = malloc((count ? count : 1) * sizeof *indices);

	for (size_t i = 0; indices && i < count; i++)
		indices[i] = NO_INDEX;
	return indices;
}

uint32_t item_new(struct layer_items *b, uint8_t kind, uint32_t index, struct text label)
{
	if (b->n_items == b->capacity) {
		uint64_t capacity = (uint64_t)b->capacity * 2 + 64;
		if (capacity >= NO_INDEX)
			return NO_INDEX;
		struct item *items = realloc(b->items, capacity * sizeof *items);
		if (!items)
			return NO_INDEX;
		b->items = items;
		b->capacity = (uint32_t)capacity;
	}
	b->items[b->n_items] = (struct item){
		.label = label,
		.parent = NO_INDEX,
		.next = NO_INDEX,
		.first = NO_INDEX,
		.last = NO_INDEX,
		.index = index,
		.kind = kind,
	};
	return b->n_items++;
}

void item_append(struct layer_items *b, uint32_t parent, uint32_t child)
{
	struct item *above = &b->items[parent];

	b->items[child].parent = parent;
	b->items[child].linked = true;
	b->items[child].depth = above->depth < UINT8_MAX ? above->depth + 1 : UINT8_MAX;
	if (above->first == NO_INDEX)
		above->first = child;
	else
		b->items[above->last].next = child;
	above->last = child;
}

static uint32_t slot_of(const struct layer_items *b, uint32_t parent, struct text label)
{
	uint64_t seed = b->seed + parent * 0x9e3779b97f4a7c15u;

	return (uint32_t)hash_bytes(label.data, label.len, seed) & b->table_mask;
}

static bool table_grow(struct layer_items *b)
{
	uint32_t size = b->table_mask ? (b->table_mask + 1) * 2 : 1024;
	uint32_t *table = indices_new(size);

	if (!table)
		return false;
	uint32_t *old = b->table;
	uint32_t old_size = old ? b->table_mask + 1 : 0;
	b->table = table;
	b->table_mask = size - 1;
	for (uint32_t i = 0; i < old_size; i++) {
		if (old[i] == NO_INDEX)
			continue;
		uint32_t slot = slot_of(b, b->items[old[i]].parent, b->items[old[i]].label);
		while (table[slot] != NO_INDEX)
			slot = (slot + 1) & b->table_mask;
		table[slot] = old[i];
	}
	free(old);
	return true;
}

static bool is_scope(const struct layer_items *b, uint32_t item, uint32_t parent, struct text label)
{
	return b->items[item].parent == parent && text_equal(b->items[item].label, label);
}

uint32_t scope_below(struct layer_items *b, uint32_t parent, struct text label)
{
	/* Mostly the node before stands in that scope, too. */
	uint32_t *recent = &b->recent[b->items[parent].depth % LAYER_RECENT];
	if (is_scope(b, *recent, parent, label))
		return *recent;
	if (b->n_scopes >= b->table_mask / 2 && !table_grow(b))
		return NO_INDEX;
	uint32_t slot = slot_of(b, parent, label);
	for (; b->table[slot] != NO_INDEX; slot = (slot + 1) & b->table_mask) {
		if (is_scope(b, b->table[slot], parent, label))
			return *recent = b->table[slot];
	}
	uint32_t scope = item_new(b, LAYER_SCOPE, NO_INDEX, label);
	if (scope == NO_INDEX)
		return NO_INDEX;
	b->items[scope].parent = parent;
	b->items[scope].depth = b->items[parent].depth + 1;
	b->table[slot] = *recent = scope;
	b->n_scopes++;
	return scope;
}

void scope_link(struct layer_items *b, uint32_t scope)
{
	uint32_t chain[LIMIT_TREE_DEPTH];
	unsigned n = 0;

	for (; !b->items[scope].linked && n < LIMIT_TREE_DEPTH; scope = b->items[scope].parent)
		chain[n++] = scope;
	while (n > 0) {
		n--;
		item_append(b, b->items[chain[n]].parent, chain[n]);
	}
}

uint32_t scope_shared(const struct layer_items *b, uint32_t x, uint32_t y)
{
	const struct item *items = b->items;

	while (x != y) {
		if (items[x].depth >= items[y].depth)
			x = items[x].parent;
		else
			y = items[y].parent;
	}
	return x;
}

bool layer_items_init(struct layer_items *b, const struct model *model)
{
	b->model = model;
	b->seed = hash_seed();
	/* More scopes than this come only from a file made to exhaust memory. */
	b->max_scopes =
		(uint32_t)(model->n_nodes < 10000000 ? model->n_nodes : 10000000) * 2 + 4096;
	b->capacity = (uint32_t)(model->n_nodes + model->n_tensors + model->n_graphs + 64);
	b->items = pages_alloc(b->capacity * sizeof *b->items);
	b->item_of_node = indices_new(model->n_nodes);
	b->item_of_tensor = indices_new(model->n_tensors);
	b->item_of_graph = indices_new(model->n_graphs);
	if (!b->items || !b->item_of_node || !b->item_of_tensor || !b->item_of_graph)
		return false;
	item_new(b, LAYER_MODEL, NO_INDEX, model->graphs[0].name);
	b->items[0].linked = true;
	return true;
}

void layer_items_free(struct layer_items *b)
{
	free(b->items);
	free(b->table);
	free(b->item_of_node);
	free(b->item_of_tensor);
	free(b->item_of_graph);
}
