/* Operators against the operator sets that the model, or the function they are in, imports. */
#include <stdlib.h>

#include "core/check/checking.h"
#include "core/check/operator_versions.h"

/* The imported version of the domain; 1 where nothing can be imported, 0 where it is not. */
static int64_t version_of(const struct model *model, uint32_t graph, enum operator_domain domain)
{
	const struct opset *opsets = model->opsets;
	size_t n = model->n_opsets;

	while (model->graphs[graph].parent != NO_INDEX)
		graph = model->graphs[graph].parent;
	if (model->graphs[graph].kind == GRAPH_FUNCTION && model->graphs[graph].n_opsets > 0) {
		opsets = model->graphs[graph].opsets;
		n = model->graphs[graph].n_opsets;
	}
	for (size_t i = 0; i < n && i < 4096; i++) {
		bool ml = text_is(opsets[i].domain, "ai.onnx.ml");

		if (domain == OPERATORS_ML ? ml
					   : opsets[i].domain.len == 0 ||
						     text_is(opsets[i].domain, "ai.onnx"))
			return opsets[i].version;
	}
	return model->ir_version < 3 && domain == OPERATORS_ONNX;
}

/* ONNX Runtime has these under ONNX's own domain, in every operator set. */
static bool is_of_runtime(const struct node *node)
{
	return text_is(node->op->type, "LayerNormalization") ||
	       text_is(node->op->type, "SimplifiedLayerNormalization");
}

static void check_node(struct checking *checking, uint32_t index, int64_t version,
		       const char *set)
{
	const struct node *node = &checking->model->nodes[index];
	const struct operator_versions *known =
		operator_versions_find(node->op->domain, node->op->type);
	char shown[CHECK_SHOWN];

	if (is_of_runtime(node) && (!known || version < known->since)) {
		check_add(checking, RULE_UNKNOWN_OPERATOR, SEVERITY_WARNING, SUBJECT_NODE, index,
			  "%s %lld has no operator %s; ONNX Runtime has one", set,
			  (long long)version, check_shown(shown, node->op->type));
		return;
	}
	if (!known) {
		check_found(checking, RULE_UNKNOWN_OPERATOR, SUBJECT_NODE, index,
			    "%s %lld has no operator \"%s\"", set, (long long)version,
			    check_shown(shown, node->op->type));
		return;
	}
	if (version < known->since)
		check_found(checking, RULE_UNKNOWN_OPERATOR, SUBJECT_NODE, index,
			    "%s came with %s %d; the model imports %lld", known->name, set,
			    known->since, (long long)version);
	if (known->deprecated && version >= known->deprecated && version <= known->deprecated_to)
		check_found(checking, RULE_DEPRECATED_OPERATOR, SUBJECT_NODE, index,
			    "%s is deprecated since %s %d%s%s", known->name, set,
			    known->deprecated, known->instead ? "; instead there is " : "",
			    known->instead ? known->instead : "");
}

void check_operators(struct checking *checking)
{
	const struct model *model = checking->model;
	static const char *const sets[] = { [OPERATORS_ONNX] = "ai.onnx",
					    [OPERATORS_ML] = "ai.onnx.ml" };
	static const int64_t newest[] = { [OPERATORS_ONNX] = OPERATORS_ONNX_NEWEST,
					  [OPERATORS_ML] = OPERATORS_ML_NEWEST };
	int64_t versions[2] = { 0, 0 };
	uint32_t graph = NO_INDEX;

	for (uint32_t n = 0; n < model->n_nodes; n++) {
		const struct op *op = model->nodes[n].op;
		bool ml = text_is(op->domain, "ai.onnx.ml");
		enum operator_domain domain = ml ? OPERATORS_ML : OPERATORS_ONNX;

		if (model->nodes[n].graph != graph) {
			graph = model->nodes[n].graph;
			versions[OPERATORS_ONNX] = version_of(model, graph, OPERATORS_ONNX);
			versions[OPERATORS_ML] = version_of(model, graph, OPERATORS_ML);
		}
		if ((!ml && op->domain.len > 0 && !text_is(op->domain, "ai.onnx")) ||
		    op->function != NO_INDEX || versions[domain] <= 0 ||
		    versions[domain] > newest[domain])
			continue;
		check_node(checking, n, versions[domain], sets[domain]);
	}
}
