/*
 * Items of the layer tree while it is being made: a parent, and a list of children in order,
 * because scopes fill up in any order. Items are found by index; scopes by a hash of (parent item,
 * label). The item of a scope is linked into its parent's list only when its first node is, so
 * that it stands where that node stands.
 */
#ifndef MODEL_LAYER_ITEMS_H
#define MODEL_LAYER_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/layer.h>
#include <mtui/model.h>

struct item {
	struct text label;
	uint32_t parent, next;
	uint32_t first, last; /* children; last becomes the row when the rows are laid out */
	uint32_t index;	      /* of the node, tensor or graph */
	uint8_t kind;	      /* enum layer_kind */
	uint8_t depth;	      /* saturates: tells only how many more scopes may follow */
	bool linked;
	bool collapses; /* node: gives its row to a scope that holds nothing else */
};

enum { LAYER_RECENT = 16 };

struct layer_items {
	const struct model *model;
	struct item *items; /* moves when it grows; [0] is the model */
	uint32_t n_items, capacity;
	uint32_t *table; /* of scopes, open addressing, NO_INDEX where free */
	uint32_t table_mask, n_scopes, max_scopes;
	uint32_t recent[LAYER_RECENT]; /* scope found last below one of that depth; 0: none */
	uint64_t seed;
	uint32_t *item_of_node, *item_of_tensor, *item_of_graph;
};

/* All zero before. False when memory is exhausted; layer_items_free frees in both cases. */
bool layer_items_init(struct layer_items *b, const struct model *model);
void layer_items_free(struct layer_items *b);

/* Fills them from the model: layer_build.c. False when memory is exhausted. */
bool layer_items_build(struct layer_items *b);

/* NO_INDEX when memory is exhausted. */
uint32_t item_new(struct layer_items *b, uint8_t kind, uint32_t index, struct text label);
void item_append(struct layer_items *b, uint32_t parent, uint32_t child);

/* The scope of that label below parent, made if it is new; NO_INDEX when memory is exhausted. */
uint32_t scope_below(struct layer_items *b, uint32_t parent, struct text label);

/* Links a scope and the scopes above it that are not linked yet, the uppermost first. */
void scope_link(struct layer_items *b, uint32_t scope);

/* The deepest scope above both. */
uint32_t scope_shared(const struct layer_items *b, uint32_t x, uint32_t y);

#endif
