/* What names say about the tree: scopes, labels, what repeats what. Texts borrow from the name. */
#ifndef MODEL_LAYER_NAMES_H
#define MODEL_LAYER_NAMES_H

#include <stdbool.h>

#include <mtui/limits.h>
#include <mtui/text.h>

struct scope_path {
	struct text scopes[LIMIT_TREE_DEPTH]; /* outermost first */
	unsigned count;
	struct text label; /* what is left of the name below the scopes; may be empty */
};

/* "/model/layers.0/attn/MatMul": scopes model, layers.0, attn; label MatMul. At most `limit`
 * scopes, deeper ones stay in the label. False where the name has no '/'. */
bool scope_path_of_node(struct scope_path *path, struct text name, unsigned limit);

/* "layer1.0.conv1.weight": scopes layer1, 0, conv1; label weight. "fire2/squeeze1x1_w_0": scopes
 * fire2, squeeze1x1; label w_0. False where the name says nothing of a scope. */
bool scope_path_of_parameter(struct scope_path *path, struct text name, unsigned limit);

/* The rest of a tensor's name after a scope's: "weight" of "layer1.0.conv1.weight" in "conv1".
 * False where the name does not hold the scope as whole parts. */
bool name_within(struct text name, struct text scope, struct text *rest);

/* The name says no more than the operator does: "Conv", "Conv_12". */
bool name_repeats_op(struct text name, struct text op_type);

/* A name that some program made up: the same, or "n7", "node_3", "". */
bool name_is_generic(struct text name, struct text op_type);

#endif
