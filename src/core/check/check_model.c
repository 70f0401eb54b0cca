/* The rules of the graph: all that can be said without reading weights. */
#include <stdlib.h>

#include "core/check/checking.h"

bool check_is(const struct node *node, const char *type)
{
	struct text domain = node->op->domain;

	return text_is(node->op->type, type) && (domain.len == 0 || text_is(domain, "ai.onnx"));
}

static bool check_shapes(struct checking *checking, struct model *model, struct error *err)
{
	struct shapes *shapes = shapes_new(model, err);
	struct shape_inference inference;

	if (!shapes)
		return false;
	if (!shape_inference_run(shapes, checking->options->dims, checking->options->n_dims,
				 &inference, err)) {
		shapes_unref(shapes);
		return false;
	}
	shapes_publish(shapes);
	check_conflicts(checking, shapes, &inference);
	check_dynamic(checking, shapes);
	check_quantization(checking, shapes);
	shapes_unref(shapes);
	return true;
}

bool check_model(struct model *model, const struct check_options *options,
		 struct findings *findings, struct error *err)
{
	struct checking checking;

	checking_begin(&checking, model, options, findings);
	check_notices(&checking);
	check_reach(&checking);
	check_operators(&checking);
	check_tensors(&checking);
	return checking_end(&checking, check_shapes(&checking, model, err), err);
}
