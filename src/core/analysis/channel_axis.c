#include <mtui/channels.h>

#include <mtui/graph.h>

static bool attribute_is_set(const struct model *model, const struct node *node, const char *name)
{
	for (uint32_t a = 0; a < node->n_attributes; a++) {
		const struct attribute *attribute = &model->attributes[node->first_attribute + a];

		if (attribute->kind == ATTRIBUTE_INT && text_is(attribute->name, name))
			return attribute->i != 0;
	}
	return false;
}

static bool reads_as_second(const struct model *model, const struct node *node, uint32_t value)
{
	return node->n_inputs > 1 && model->refs[node->first_input + 1] == value;
}

static int axis_for(const struct model *model, const struct node *node, uint32_t value, int last)
{
	struct text type = node->op->type, domain = node->op->domain;

	if (domain.len != 0 && !text_is(domain, "ai.onnx"))
		return last;
	if (!reads_as_second(model, node, value))
		return last;
	if (text_is(type, "Conv"))
		return 0;
	if (text_is(type, "ConvTranspose"))
		return 1;
	if (text_is(type, "Gemm"))
		return attribute_is_set(model, node, "transB") ? 0 : 1;
	return last;
}

int channel_axis(const struct model *model, const struct tensor *tensor)
{
	const struct value *value;
	int last = (int)tensor->n_dims - 1;

	if (tensor->n_dims < 2)
		return -1;
	if (tensor->value == NO_INDEX)
		return last;
	value = &model->values[tensor->value];
	if (value->n_consumers == 0)
		return last;
	return axis_for(model, &model->nodes[model->consumers[value->first_consumer]],
			tensor->value, last);
}
