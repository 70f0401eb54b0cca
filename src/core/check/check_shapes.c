/* Shapes that contradict each other, and shapes that cannot be known before the model runs. */
#include <stdio.h>

#include "core/check/checking.h"

/* As inference writes one: "f32 [batch, 64, ?]", through the text gate. */
static void type_text(const struct type *type, char buffer[CHECK_SHOWN])
{
	char text[160];
	int len = snprintf(text, sizeof text, "%s%s", dtype_name(type->dtype),
			   type->has_shape ? " [" : "");

	for (uint32_t i = 0; type->has_shape && i < type->n_dims && len < 120; i++) {
		const struct dim *dim = &type->dims[i];
		const char *comma = i ? ", " : "";

		if (dim->value >= 0)
			len += snprintf(text + len, sizeof text - (size_t)len, "%s%lld", comma,
					(long long)dim->value);
		else
			len += snprintf(text + len, sizeof text - (size_t)len, "%s%.*s", comma,
					dim->symbol.len ? (int)(dim->symbol.len < 24 ? dim->symbol.len : 24)
							: 1,
					dim->symbol.len ? dim->symbol.data : "?");
	}
	snprintf(text + len, sizeof text - (size_t)len, "%s",
		 !type->has_shape ? "" : len < 120 ? "]" : ", ...]");
	check_shown(buffer, text_from(text));
}

void check_conflicts(struct checking *checking, const struct shapes *shapes,
		     const struct shape_inference *inference)
{
	const struct model *model = checking->model;

	(void)shapes;
	for (uint64_t i = 0; i < inference->n_conflicts && i < SHAPE_CONFLICTS_KEPT; i++) {
		const struct shape_conflict *conflict = &inference->conflicts[i];
		const struct value *value = &model->values[conflict->value];
		char declared[CHECK_SHOWN], given[CHECK_SHOWN];
		char name[CHECK_SHOWN], op[256], shown_op[CHECK_SHOWN];

		/* Sequences and optionals may stand for each other in loops. */
		if (value->type == NO_INDEX ||
		    model->types[value->type].kind != TYPE_TENSOR ||
		    text_is(conflict->inferred, "?"))
			continue;
		type_text(&model->types[value->type], declared);
		check_found(checking, RULE_SHAPE_CONFLICT, SUBJECT_VALUE, conflict->value,
			    "\"%s\" is declared %s, but %s gives %s",
			    check_shown(name, value->name), declared,
			    check_shown(shown_op,
					model_op_label(model->nodes[conflict->node].op, op)),
			    check_shown(given, conflict->inferred));
	}
}

static bool is_tensor(const struct type *type)
{
	return type && (type->kind == TYPE_TENSOR || type->kind == TYPE_SPARSE_TENSOR);
}

static bool is_known(const struct type *type)
{
	if (!type || !is_tensor(type))
		return type != NULL;
	for (uint32_t i = 0; i < type->n_dims; i++)
		if (type->dims[i].value < 0 && type->dims[i].symbol.len == 0)
			return false;
	return type->has_shape;
}

/* The node loses a size that it was given: all shapes that come in are known, but not all that go
 * out. Operators that nobody knows prove nothing. */
static bool loses_shape(const struct shapes *shapes, const struct node *node)
{
	const struct model *model = shapes->model;

	if (!shape_inference_knows(node->op->domain, node->op->type))
		return false;
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t value = model->refs[node->first_input + i];

		if (value != NO_INDEX && model->values[value].tensor == NO_INDEX &&
		    !is_known(shapes->values[value].type))
			return false;
	}
	for (uint32_t i = 0; i < node->n_outputs; i++) {
		uint32_t value = model->refs[node->first_output + i];

		if (value != NO_INDEX && !is_known(shapes->values[value].type))
			return true;
	}
	return false;
}

static void check_interface(struct checking *checking, const struct shapes *shapes, uint32_t value,
			    const char *what)
{
	const struct type *type = value == NO_INDEX ? NULL : shapes->values[value].type;
	char shown[CHECK_SHOWN];

	if (value == NO_INDEX || checking->model->values[value].tensor != NO_INDEX ||
	    (type && (!is_tensor(type) || type->has_shape)))
		return;
	check_found(checking, RULE_UNKNOWN_RANK, SUBJECT_VALUE, value,
		    "the %s \"%s\" has no shape: not even its rank is known", what,
		    check_shown(shown, checking->model->values[value].name));
}

void check_dynamic(struct checking *checking, const struct shapes *shapes)
{
	const struct model *model = checking->model;
	const struct graph *graph = &model->graphs[0];
	char label[64], shown[CHECK_SHOWN], op[256], shown_op[CHECK_SHOWN];

	for (uint32_t i = 0; i < graph->n_inputs; i++)
		check_interface(checking, shapes, model->refs[graph->first_input + i], "input");
	for (uint32_t i = 0; i < graph->n_outputs; i++)
		check_interface(checking, shapes, model->refs[graph->first_output + i], "output");
	for (uint32_t n = graph->first_node; n < graph->first_node + graph->n_nodes; n++)
		if (loses_shape(shapes, &model->nodes[n]))
			check_found(checking, RULE_DYNAMIC_SHAPE, SUBJECT_NODE, n,
				    "the shape that \"%s\" (%s) gives depends on values",
				    check_shown(shown, model_node_label(model, n, label)),
				    check_shown(shown_op,
						model_op_label(model->nodes[n].op, op)));
}
