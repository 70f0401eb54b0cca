#include <mtui/model.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/layer.h>
#include <mtui/limits.h>

struct model *model_ref(struct model *model)
{
	atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void model_unref(struct model *model)
{
	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < model->n_files; i++)
		file_close(model->files[i].file);
	for (size_t i = 0; i < model->n_blocks; i++)
		free(model->blocks[i]);
	layers_free(model->layers);
	arena_free(&model->arena);
	free(model);
}

const struct file *model_tensor_file(const struct model *model, const struct tensor *tensor)
{
	return tensor->file < model->n_files ? model->files[tensor->file].file : NULL;
}

/* Puts pieces of text into a label of fixed size, cut where it is full. */
struct label {
	char *data;
	size_t len, size;
};

static void label_text(struct label *label, struct text text)
{
	size_t room = label->size - label->len;
	size_t n = text.len < room ? text.len : room;
	if (n)
		memcpy(label->data + label->len, text.data, n);
	label->len += n;
}

static void label_number(struct label *label, const char *before, uint32_t number,
			 const char *after)
{
	char digits[16];
	snprintf(digits, sizeof digits, "%u", number);
	label_text(label, text_from(before));
	label_text(label, text_from(digits));
	label_text(label, text_from(after));
}

struct text model_node_label(const struct model *model, uint32_t node, char buffer[64])
{
	const struct node *it = &model->nodes[node];
	struct label label = { buffer, 0, 64 };
	if (it->name.len)
		return it->name;
	/* The type is cut, never the number: labels stay distinct. */
	struct text type = it->op->type.len ? it->op->type : TEXT("node");
	if (type.len > 50)
		type.len = 50;
	label_text(&label, type);
	label_number(&label, "#", node - model->graphs[it->graph].first_node, "");
	return (struct text){ buffer, label.len };
}

/* The attribute of a node that holds a tensor; sets its place in a list, or -1. */
static const struct attribute *holding_attribute(const struct model *model, const struct node *node,
						 uint32_t tensor, int64_t *place)
{
	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *attribute = &model->attributes[node->first_attribute + i];
		*place = -1;
		if (attribute->is_reference)
			continue;
		if ((attribute->kind == ATTRIBUTE_TENSOR ||
		     attribute->kind == ATTRIBUTE_SPARSE_TENSOR) &&
		    attribute->index == tensor)
			return attribute;
		if (attribute->kind != ATTRIBUTE_TENSORS &&
		    attribute->kind != ATTRIBUTE_SPARSE_TENSORS)
			continue;
		for (uint32_t k = 0; k < attribute->count; k++)
			if (attribute->indices[k] == tensor) {
				*place = k;
				return attribute;
			}
	}
	return NULL;
}

static uint32_t sparse_of_indices(const struct model *model, uint32_t tensor)
{
	/* The two stand next to each other: values first. */
	if (tensor > 0 && model->tensors[tensor - 1].indices == tensor)
		return tensor - 1;
	return NO_INDEX;
}

struct text model_tensor_label(const struct model *model, uint32_t tensor, char buffer[64])
{
	const struct tensor *it = &model->tensors[tensor];
	struct label label = { buffer, 0, 64 };
	const char *after = "";
	char part[64];
	if (it->name.len)
		return it->name;
	if (it->kind == TENSOR_INDICES && sparse_of_indices(model, tensor) != NO_INDEX) {
		it = &model->tensors[--tensor];
		after = ".indices";
		label.size -= strlen(after);
	}
	if (it->value != NO_INDEX && model->values[it->value].name.len) {
		if (!*after)
			return model->values[it->value].name;
		label_text(&label, model->values[it->value].name);
	} else if (it->name.len) {
		label_text(&label, it->name);
	} else if (it->node != NO_INDEX) {
		int64_t place;
		const struct attribute *attribute =
			holding_attribute(model, &model->nodes[it->node], tensor, &place);
		label_text(&label, model_node_label(model, it->node, part));
		label_text(&label, TEXT("."));
		label_text(&label, attribute ? attribute->name : TEXT("value"));
		if (attribute && place >= 0)
			label_number(&label, "[", (uint32_t)place, "]");
	} else {
		label_number(&label, "tensor#", tensor, "");
	}
	label.size = 64;
	label_text(&label, text_from(after));
	return (struct text){ buffer, label.len };
}

struct text model_graph_path(const struct model *model, uint32_t graph, struct arena *arena)
{
	uint32_t chain[LIMIT_GRAPH_DEPTH + 2];
	size_t n = 0, len = 0;
	char part[64];
	for (uint32_t g = graph; g != NO_INDEX && n < LIMIT_GRAPH_DEPTH + 2;
	     g = model->graphs[g].parent)
		chain[n++] = g;
	for (size_t i = 0; i < n; i++) {
		const struct graph *it = &model->graphs[chain[i]];
		len += it->label.len + 2;
		if (it->node != NO_INDEX)
			len += model_node_label(model, it->node, part).len;
	}
	char *path = arena_alloc(arena, len + 1);
	if (!path)
		return (struct text){ NULL, 0 };
	struct label label = { path, 0, len };
	while (n--) {
		const struct graph *it = &model->graphs[chain[n]];
		if (it->kind == GRAPH_MAIN)
			continue;
		if (label.len)
			label_text(&label, TEXT("/"));
		if (it->node != NO_INDEX) {
			label_text(&label, model_node_label(model, it->node, part));
			label_text(&label, TEXT("."));
		}
		label_text(&label, it->label);
	}
	return (struct text){ path, label.len };
}

struct text model_op_label(const struct op *op, char buffer[256])
{
	struct label label = { buffer, 0, 256 };
	if (op->domain.len == 0)
		return op->type;
	label_text(&label, op->domain);
	label_text(&label, TEXT("::"));
	label_text(&label, op->type);
	return (struct text){ buffer, label.len };
}

uint32_t model_find_value(const struct model *model, uint32_t graph, struct text name)
{
	uint32_t best = NO_INDEX, best_distance = UINT32_MAX;
	for (size_t i = 0; i < model->n_values; i++) {
		if (!text_equal(model->values[i].name, name))
			continue;
		uint32_t distance = 0;
		for (uint32_t g = graph; g != NO_INDEX; g = model->graphs[g].parent, distance++) {
			if (model->values[i].graph != g)
				continue;
			if (distance < best_distance) {
				best = (uint32_t)i;
				best_distance = distance;
			}
			break;
		}
	}
	return best;
}

struct text model_subject(const struct model *model, enum subject_kind kind, uint32_t subject,
			  char buffer[64], struct arena *arena)
{
	switch (kind) {
	case SUBJECT_GRAPH:
		return subject < model->n_graphs ? model_graph_path(model, subject, arena)
						 : TEXT("");
	case SUBJECT_NODE:
		return subject < model->n_nodes ? model_node_label(model, subject, buffer)
						: TEXT("");
	case SUBJECT_VALUE:
		return subject < model->n_values ? model->values[subject].name : TEXT("");
	case SUBJECT_TENSOR:
		return subject < model->n_tensors ? model_tensor_label(model, subject, buffer)
						  : TEXT("");
	case SUBJECT_MODEL:
		break;
	}
	return TEXT("");
}
