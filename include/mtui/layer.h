/*
 * The tree of layers: the left side of the screen.
 *
 * Rows are in pre-order in graph order; each row knows where its subtree ends. Scopes come from
 * node names ("/model/layers.0/attn/q_proj/MatMul"), else from the names of a node's parameters
 * ("layer1.0.conv1.weight"); nodes without scopes stand in graph order at the top. Parameters
 * stand below the first node that uses them, subgraphs below the node that holds them, functions
 * at the end. Scopes deeper than LIMIT_TREE_DEPTH are flattened.
 */
#ifndef MTUI_LAYER_H
#define MTUI_LAYER_H

#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/text.h>

enum layer_kind { LAYER_MODEL, LAYER_SCOPE, LAYER_NODE, LAYER_TENSOR, LAYER_GRAPH };

struct layer {
	struct text label;   /* last part of the name; raw bytes */
	uint64_t parameters; /* elements in the subtree, shared tensors counted once */
	uint32_t item;	     /* node, tensor or graph; NO_INDEX for a scope and the model */
	uint32_t parent;     /* row, NO_INDEX for row 0 */
	uint32_t end;	     /* first row after the subtree */
	uint16_t depth;
	uint8_t kind;	     /* enum layer_kind */
};

struct layers {
	const struct layer *rows; /* [0] is the model */
	size_t n_rows;
	const uint32_t *row_of_node;   /* by node index */
	const uint32_t *row_of_tensor; /* by tensor index; NO_INDEX for indices of sparse tensors */
};

/* The tree, built on the first call and kept by the model; thread-safe. NULL when memory is
 * exhausted. */
const struct layers *model_layers(const struct model *model, struct error *err);

/* The tensor that stands for a row: the tensor itself, a node's largest parameter, a scope's
 * largest one; NO_INDEX where the subtree has none. */
uint32_t layer_tensor(const struct model *model, const struct layers *layers, uint32_t row);

/* Path of a row, parts joined by '/': "fire2/squeeze1x1/weight". In the caller's arena. */
struct text layer_path(const struct layers *layers, uint32_t row, struct arena *arena);

#endif
