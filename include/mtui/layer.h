/*
 * The tree of layers: the left side of the screen.
 *
 * Rows are in pre-order in graph order; each row knows where its subtree ends.
 *   1. The scopes of a node come from its name ("/model/layers.0/attn/q_proj/MatMul"), else from
 *      the names of its parameters ("layer1.0.conv1.weight", "fire2/squeeze1x1_w_0"), else from
 *      the names of its outputs ("fire2/concat_1"). Equal scopes merge, also where other nodes
 *      stand between; a scope stands where its first node stands.
 *   2. A node whose names say nothing stands in the scope that the nearest telling nodes before
 *      and after it share; that is the top where they share none.
 *   3. A scope with one node whose own name says no more than its operator is one row, of the
 *      node, with the scope's label: "conv1  Conv" for "/conv1/Conv".
 *   4. Parameters stand below the first node that uses them; tensors that nobody uses below the
 *      graph that owns them; subgraphs below the node that holds them; functions at the end.
 *   5. Scopes deeper than LIMIT_TREE_DEPTH are flattened into the node's label.
 */
#ifndef MTUI_LAYER_H
#define MTUI_LAYER_H

#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/text.h>

enum layer_kind { LAYER_MODEL, LAYER_SCOPE, LAYER_NODE, LAYER_TENSOR, LAYER_GRAPH };

struct layer {
	struct text label;   /* last part of the name, may be empty; raw bytes: see layer_label */
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
	const struct model *model;     /* that keeps it */
};

/* The tree, built on the first call and kept by the model; thread-safe. NULL when memory is
 * exhausted. */
const struct layers *model_layers(const struct model *model, struct error *err);

/* Called by model_unref alone. NULL is fine. */
void layers_free(struct layers *layers);

/* A row's label, never empty: the nameless get "Conv#12" as model_node_label says it. In the
 * buffer or in the model; raw bytes. */
struct text layer_label(const struct layers *layers, uint32_t row, char buffer[64]);

/* The tensor that stands for a row: the tensor itself, a node's largest parameter, a scope's
 * largest one; NO_INDEX where the subtree has none. */
uint32_t layer_tensor(const struct model *model, const struct layers *layers, uint32_t row);

/* Path of a row below the model's, parts joined by '/': "fire2/squeeze1x1/weight"; empty for row
 * 0. In the caller's arena. */
struct text layer_path(const struct layers *layers, uint32_t row, struct arena *arena);

#endif
