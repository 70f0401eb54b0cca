/* Where nodes, tensors and graphs stand in the tree: the rules of <mtui/layer.h>. */
#include "core/model/layer_items.h"
#include "core/model/layer_names.h"

static const uint8_t depth_limit = LIMIT_TREE_DEPTH;

static const struct value *input_value(const struct model *model, const struct node *node,
				       uint32_t i)
{
	uint32_t value = model->refs[node->first_input + i];

	return value == NO_INDEX ? NULL : &model->values[value];
}

/* The node makes something of parameters alone: a dequantized, cast or generated weight. */
static bool works_on_parameters(const struct model *model, const struct node *node)
{
	if (node->n_inputs == 0 || node->n_inputs > 4)
		return false;
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		const struct value *value = input_value(model, node, i);
		if (value && value->tensor == NO_INDEX)
			return false;
	}
	return true;
}

/* "/a/Constant_output_0" tells where its maker stands, not its user. */
static bool path_of_parameter(struct scope_path *path, const struct value *value, unsigned limit)
{
	bool of_maker =
		value->producer != NO_INDEX && value->name.len && value->name.data[0] == '/';

	return !of_maker && scope_path_of_parameter(path, value->name, limit);
}

static bool path_of_inputs(const struct model *model, const struct node *node,
			   struct scope_path *path, unsigned limit)
{
	uint32_t n = node->n_inputs < 64 ? node->n_inputs : 64;

	for (uint32_t i = 0; i < n; i++) {
		const struct value *value = input_value(model, node, i);
		if (!value)
			continue;
		if (value->tensor != NO_INDEX) {
			if (path_of_parameter(path, value, limit))
				return true;
			continue;
		}
		if (value->producer == NO_INDEX)
			continue;
		const struct node *maker = &model->nodes[value->producer];
		if (!works_on_parameters(model, maker))
			continue;
		const struct value *raw = input_value(model, maker, 0);
		if (path_of_parameter(path, value, limit) ||
		    (raw && path_of_parameter(path, raw, limit)))
			return true;
	}
	return false;
}

static bool path_of_outputs(const struct model *model, const struct node *node,
			    struct scope_path *path, unsigned limit)
{
	for (uint32_t i = 0; i < node->n_outputs && i < 4; i++) {
		uint32_t value = model->refs[node->first_output + i];
		if (value != NO_INDEX && scope_path_of_node(path, model->values[value].name, limit))
			return true;
	}
	return false;
}

/* Makes the item of a node, with its scope as parent; NO_INDEX there when its names say nothing. */
static bool node_item(struct layer_items *b, uint32_t index, uint32_t graph_item)
{
	const struct node *node = &b->model->nodes[index];
	struct scope_path path = { .count = 0 };
	struct text label = node->name;
	uint8_t above = b->items[graph_item].depth;
	unsigned limit = above + 1 < depth_limit ? depth_limit - above - 1 : 0;
	uint32_t scope = graph_item;
	bool collapses = false;

	if (b->n_scopes >= b->max_scopes)
		limit = 0;
	if (scope_path_of_node(&path, node->name, limit)) {
		label = path.label;
		collapses = name_repeats_op(label, node->op->type);
	} else if (path_of_inputs(b->model, node, &path, limit)) {
		collapses = name_is_generic(node->name, node->op->type);
	} else if (path_of_outputs(b->model, node, &path, limit)) {
		label = label.len ? label : path.label;
	} else {
		path.count = 0;
		scope = NO_INDEX;
	}
	for (unsigned i = 0; i < path.count; i++) {
		scope = scope_below(b, scope, path.scopes[i]);
		if (scope == NO_INDEX)
			return false;
	}
	uint32_t item = item_new(b, LAYER_NODE, index, label);
	if (item == NO_INDEX)
		return false;
	b->items[item].parent = scope;
	b->items[item].collapses = collapses;
	b->item_of_node[index] = item;
	return true;
}

static void link_nodes(struct layer_items *b, const struct graph *graph, uint32_t graph_item)
{
	uint32_t before = NO_INDEX; /* scope of the last telling node */
	uint32_t end = graph->first_node + graph->n_nodes;

	for (uint32_t i = graph->first_node; i < end;) {
		uint32_t next = i;
		while (next < end && b->items[b->item_of_node[next]].parent == NO_INDEX)
			next++;
		uint32_t after = next < end ? b->items[b->item_of_node[next]].parent : NO_INDEX;
		uint32_t scope = graph_item;
		if (before != NO_INDEX && after != NO_INDEX)
			scope = scope_shared(b, before, after);
		for (; i < next; i++)
			item_append(b, scope, b->item_of_node[i]);
		if (next < end) {
			scope_link(b, after);
			item_append(b, after, b->item_of_node[i++]);
			before = after;
		}
	}
}

/* Turns scopes that hold one node, whose name adds nothing, into that node. */
static void collapse(struct layer_items *b, uint32_t first_item)
{
	for (uint32_t i = first_item; i < b->n_items; i++) {
		struct item *scope = &b->items[i];
		if (scope->kind != LAYER_SCOPE || scope->first == NO_INDEX ||
		    scope->first != scope->last)
			continue;
		const struct item *node = &b->items[scope->first];
		if (node->kind != LAYER_NODE || !node->collapses)
			continue;
		scope->kind = LAYER_NODE;
		scope->index = node->index;
		scope->first = scope->last = NO_INDEX;
		b->item_of_node[scope->index] = i;
	}
}

/* What a tensor is called below a node: its name within the nearest scope that it holds. */
static struct text tensor_label(const struct layer_items *b, const struct tensor *tensor,
				uint32_t above)
{
	struct text name = tensor->name, rest;

	if (name.len == 0 && tensor->value != NO_INDEX)
		name = b->model->values[tensor->value].name;
	for (unsigned i = 0; i < 8 && above != NO_INDEX; i++, above = b->items[above].parent) {
		if (b->items[above].kind != LAYER_SCOPE && b->items[above].kind != LAYER_NODE)
			break;
		if (name_within(name, b->items[above].label, &rest))
			return rest;
	}
	return name;
}

/* attribute: name of the attribute that holds it, for a tensor without a name of its own. */
static bool place_tensor(struct layer_items *b, uint32_t index, uint32_t above,
			 struct text attribute)
{
	const struct tensor *tensor = &b->model->tensors[index];

	if (b->item_of_tensor[index] != NO_INDEX || tensor->kind == TENSOR_INDICES)
		return true;
	struct text label = tensor_label(b, tensor, above);
	uint32_t item = item_new(b, LAYER_TENSOR, index, label.len ? label : attribute);
	if (item == NO_INDEX)
		return false;
	b->item_of_tensor[index] = item;
	item_append(b, above, item);
	return true;
}

/* Tensors in attributes that give no value of their own stay with the node. */
static bool place_attributes(struct layer_items *b, const struct node *node, uint32_t item)
{
	const struct model *model = b->model;

	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *a = &model->attributes[node->first_attribute + i];
		bool one = a->kind == ATTRIBUTE_TENSOR || a->kind == ATTRIBUTE_SPARSE_TENSOR;
		bool many = a->kind == ATTRIBUTE_TENSORS || a->kind == ATTRIBUTE_SPARSE_TENSORS;
		if ((!one && !many) || a->is_reference)
			continue;
		const uint32_t *indices = one ? &a->index : a->indices;
		uint32_t n = one ? 1 : a->count;
		for (uint32_t j = 0; j < n; j++) {
			if (indices[j] < model->n_tensors &&
			    model->tensors[indices[j]].value == NO_INDEX &&
			    !place_tensor(b, indices[j], item, many ? TEXT("") : a->name))
				return false;
		}
	}
	return true;
}

static bool place_tensors(struct layer_items *b, const struct graph *graph)
{
	const struct model *model = b->model;

	for (uint32_t i = 0; i < graph->n_nodes; i++) {
		uint32_t index = graph->first_node + i;
		const struct node *node = &model->nodes[index];
		uint32_t item = b->item_of_node[index];
		for (uint32_t j = 0; j < node->n_inputs; j++) {
			const struct value *value = input_value(model, node, j);
			if (value && value->tensor != NO_INDEX &&
			    !place_tensor(b, value->tensor, item, TEXT("")))
				return false;
		}
		if (!place_attributes(b, node, item))
			return false;
	}
	return true;
}

/* Tensors that nobody uses: below their Constant node, else below their graph. */
static bool place_unused(struct layer_items *b)
{
	const struct model *model = b->model;

	for (uint32_t i = 0; i < model->n_tensors; i++) {
		const struct tensor *tensor = &model->tensors[i];
		uint32_t item = NO_INDEX;
		if (tensor->node != NO_INDEX)
			item = b->item_of_node[tensor->node];
		else if (tensor->graph != NO_INDEX)
			item = b->item_of_graph[tensor->graph];
		/* NO_INDEX: of a function, whose turn comes later */
		if (item != NO_INDEX && !place_tensor(b, i, item, TEXT("")))
			return false;
	}
	return true;
}

static bool graph_add(struct layer_items *b, uint32_t index)
{
	const struct graph *graph = &b->model->graphs[index];
	uint32_t item = 0;

	if (index > 0) {
		item = item_new(b, LAYER_GRAPH, index,
				graph->label.len ? graph->label : graph->name);
		if (item == NO_INDEX)
			return false;
		uint32_t above = graph->node != NO_INDEX ? b->item_of_node[graph->node] : 0;
		item_append(b, above != NO_INDEX ? above : 0, item);
	}
	b->item_of_graph[index] = item;
	uint32_t first_item = b->n_items;
	for (uint32_t i = 0; i < graph->n_nodes; i++) {
		if (!node_item(b, graph->first_node + i, item))
			return false;
	}
	link_nodes(b, graph, item);
	collapse(b, first_item);
	return place_tensors(b, graph);
}

/* The main graph with its subgraphs first, then functions and training graphs with theirs. A
 * subgraph stands after its parent in the model, so one pass each is enough. */
bool layer_items_build(struct layer_items *b)
{
	const struct model *model = b->model;

	for (int turn = 0; turn < 2; turn++) {
		for (uint32_t i = 0; i < model->n_graphs; i++) {
			const struct graph *graph = &model->graphs[i];
			bool ready = turn == 1 || graph->kind == GRAPH_MAIN;
			if (graph->kind == GRAPH_SUBGRAPH && graph->parent < i)
				ready |= b->item_of_graph[graph->parent] != NO_INDEX;
			if (ready && b->item_of_graph[i] == NO_INDEX && !graph_add(b, i))
				return false;
		}
		if (!place_unused(b))
			return false;
	}
	return true;
}
