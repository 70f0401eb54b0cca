/*
 * Nodes that no output needs, and initializers and inputs that no node needs. What an output needs
 * is followed backwards: the makers of its node's inputs, and what the node's subgraphs give out.
 */
#include <stdlib.h>

#include "core/check/checking.h"

struct reach {
	const struct model *model;
	uint8_t *live;	 /* by node */
	uint32_t *stack; /* each node once at most */
	size_t n;
};

static void need(struct reach *reach, uint32_t value)
{
	uint32_t node = value == NO_INDEX ? NO_INDEX : reach->model->values[value].producer;

	if (node == NO_INDEX || reach->live[node])
		return;
	reach->live[node] = 1;
	reach->stack[reach->n++] = node;
}

static void need_outputs(struct reach *reach, uint32_t graph)
{
	const struct graph *it = &reach->model->graphs[graph];

	for (uint32_t i = 0; i < it->n_outputs; i++)
		need(reach, reach->model->refs[it->first_output + i]);
}

static void need_inputs(struct reach *reach, const struct node *node)
{
	const struct model *model = reach->model;

	for (uint32_t i = 0; i < node->n_inputs; i++)
		need(reach, model->refs[node->first_input + i]);
	for (uint32_t a = 0; a < node->n_attributes; a++) {
		const struct attribute *attribute = &model->attributes[node->first_attribute + a];

		if (attribute->kind == ATTRIBUTE_GRAPH && !attribute->is_reference)
			need_outputs(reach, attribute->index);
		for (uint32_t i = 0; attribute->kind == ATTRIBUTE_GRAPHS && i < attribute->count;
		     i++)
			need_outputs(reach, attribute->indices[i]);
	}
}

/* What it makes is there already; that is said elsewhere. */
static bool makes_again(const struct model *model, uint32_t node)
{
	const struct node *it = &model->nodes[node];

	for (uint32_t i = 0; i < it->n_outputs; i++) {
		uint32_t value = model->refs[it->first_output + i];

		if (value != NO_INDEX &&
		    (model->values[value].producer != node ||
		     model->values[value].flags & (VALUE_INITIALIZER | VALUE_INPUT)))
			return true;
	}
	return false;
}

static void find_unreachable(struct checking *checking)
{
	const struct model *model = checking->model;
	struct reach reach = { .model = model };
	char label[64], shown[CHECK_SHOWN], op[256], shown_op[CHECK_SHOWN];

	reach.live = calloc(model->n_nodes + 1, 1);
	reach.stack = calloc(model->n_nodes + 1, sizeof *reach.stack);
	checking->failed |= !reach.live || !reach.stack;
	for (uint32_t g = 0; !checking->failed && g < model->n_graphs; g++)
		if (model->graphs[g].parent == NO_INDEX)
			need_outputs(&reach, g);
	while (!checking->failed && reach.n > 0)
		need_inputs(&reach, &model->nodes[reach.stack[--reach.n]]);
	for (uint32_t n = 0; !checking->failed && n < model->n_nodes; n++) {
		uint32_t holder = model->graphs[model->nodes[n].graph].node;

		/* Below a node that is not needed nothing is, which need not be said again. */
		if (reach.live[n] || makes_again(model, n) || (holder != NO_INDEX && !reach.live[holder]))
			continue;
		check_found(checking, RULE_UNREACHABLE_NODE, SUBJECT_NODE, n,
			    "no output needs \"%s\" (%s)",
			    check_shown(shown, model_node_label(model, n, label)),
			    check_shown(shown_op, model_op_label(model->nodes[n].op, op)));
	}
	free(reach.live);
	free(reach.stack);
}

/* Scales and zero points of annotations are used, though not by nodes. */
static bool is_annotated(const struct model *model, struct text name)
{
	enum { LOOKED_AT = 4096 };

	for (size_t i = 0; i < model->n_annotations && i < LOOKED_AT; i++)
		for (uint32_t j = 0; j < model->annotations[i].n_entries && j < 16; j++)
			if (text_equal(model->annotations[i].entries[j].value, name))
				return true;
	return false;
}

static void find_unused(struct checking *checking)
{
	const struct model *model = checking->model;
	const struct graph *graph = &model->graphs[0];
	char shown[CHECK_SHOWN], number[GROUPED_SIZE];

	for (uint32_t t = 0; t < model->n_tensors; t++) {
		const struct tensor *tensor = &model->tensors[t];
		const struct value *value = tensor->value == NO_INDEX
						    ? NULL
						    : &model->values[tensor->value];

		if (tensor->node != NO_INDEX || !value || value->n_consumers > 0 ||
		    value->tensor != t ||
		    value->flags & (VALUE_OUTPUT | VALUE_CAPTURED | VALUE_DUPLICATE) ||
		    is_annotated(model, tensor->name))
			continue;
		check_found(checking, RULE_UNUSED_INITIALIZER, SUBJECT_TENSOR, t,
			    "nothing uses \"%s\", %s bytes", check_shown(shown, tensor->name),
			    grouped(number, tensor->nbytes));
	}
	for (uint32_t i = 0; i < graph->n_inputs; i++) {
		uint32_t v = model->refs[graph->first_input + i];
		const struct value *value = v == NO_INDEX ? NULL : &model->values[v];

		if (!value || value->n_consumers > 0 || value->tensor != NO_INDEX ||
		    value->flags & (VALUE_OUTPUT | VALUE_CAPTURED | VALUE_DUPLICATE))
			continue;
		check_found(checking, RULE_UNUSED_INPUT, SUBJECT_VALUE, v,
			    "nothing uses the input \"%s\"", check_shown(shown, value->name));
	}
}

void check_reach(struct checking *checking)
{
	/* A file of weights alone has no graph that could use them. */
	if (checking->model->n_nodes == 0)
		return;
	find_unreachable(checking);
	find_unused(checking);
}
