/*
 * Walks the graphs in the order of their nodes, applies one rule a node, and puts what came out
 * into the shapes.
 *
 * The walk keeps its own stack of frames, since graphs nest as deep as a file likes. At a node with
 * bodies (If, Loop, Scan, a model-local function) each body is seeded with what is known of its
 * inputs and walked first; then the node's rule reads the bodies' outputs. A function's body is
 * walked once a call, each time from scratch. A budget of visits bounds files whose functions call
 * functions that call functions.
 */
#include "core/inference/infer.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/values.h>

#include "core/inference/node_order.h"

#define MOST_PASSES  4
#define EXTRA_VISITS 2000000

static bool push_frame(struct infer *in, uint32_t graph, uint32_t call, int64_t version,
		       bool in_function)
{
	if (in->frames.count >= LIMIT_GRAPH_DEPTH)
		return true; /* deeper ones stay unknown */
	if (!vector_reserve(&in->memory, &in->frames, 1)) {
		in->sizes.failed = true;
		return false;
	}
	in->visits[graph]++;
	in->frames.items[in->frames.count++] = (struct frame){
		.graph = graph, .call = call, .version = version, .in_function = in_function
	};
	return true;
}

static int64_t onnx_version(const struct opset *opsets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (opsets[i].domain.len == 0 || text_is(opsets[i].domain, "ai.onnx"))
			return opsets[i].version;
	return 1;
}

/* A dimension of the file, with its binding. */
static struct quantity quantity_of_dim(struct infer *in, const struct dim *dim)
{
	if (dim->value >= 0)
		return quantity_number(dim->value);
	for (size_t i = 0; i < in->n_bindings; i++)
		if (text_equal(in->bindings[i].name, dim->symbol))
			return quantity_number(in->bindings[i].size);
	return size_symbol(&in->sizes, dim->symbol);
}

static struct known known_of_type(struct infer *in, const struct type *type)
{
	struct known known = { .kind = type->kind, .dtype = type->dtype };
	struct quantity *dims;

	if (!type->has_shape)
		return known;
	dims = arena_array(&in->memory, type->n_dims, sizeof *dims);
	if (!dims) {
		in->sizes.failed = true;
		return known;
	}
	for (uint32_t i = 0; i < type->n_dims; i++)
		dims[i] = quantity_of_dim(in, &type->dims[i]);
	known.dims = dims;
	known.n_dims = type->n_dims;
	known.has_shape = true;
	return known;
}

/* What the file declares, inner types included; a loop, since types nest as deep as it likes. */
static struct known declared(struct infer *in, uint32_t value)
{
	const struct value_shape *shape = &in->shapes->values[value];
	const struct type *type = shape->type;
	struct known known = { 0 };
	struct known *last = &known;

	if (!type)
		return known;
	known = known_of_type(in, type);
	for (int depth = 0; depth < LIMIT_WIRE_DEPTH; depth++) {
		struct known *element;

		type = type->kind == TYPE_SEQUENCE || type->kind == TYPE_OPTIONAL
			       ? shapes_inner(in->shapes, shape, type)
			       : NULL;
		if (!type || !(element = arena_alloc(&in->memory, sizeof *element)))
			break;
		*element = known_of_type(in, type);
		last->element = element;
		last = element;
	}
	return known;
}

static const struct rule *rule_of(struct infer *in, const struct op *op)
{
	size_t at = ((uintptr_t)op >> 4) * 0x9e3779b97f4a7c15u >> 20 & (in->n_rules - 1);

	while (in->rules[at].op && in->rules[at].op != op)
		at = (at + 1) & (in->n_rules - 1);
	if (!in->rules[at].op) {
		in->rules[at].op = op;
		in->rules[at].rule = infer_find_rule(op->domain, op->type);
	}
	return in->rules[at].rule;
}

/* The node's outputs go back to what the file says: its function is walked again. */
static void forget_outputs(struct infer *in, const struct node *node)
{
	for (uint32_t i = 0; i < node->n_outputs; i++) {
		uint32_t value = in->model->refs[node->first_output + i];

		if (value != NO_INDEX)
			in->known[value] = declared(in, value);
	}
}

static void note_order(struct infer *in, const struct node *node, uint32_t index)
{
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t value = in->model->refs[node->first_input + i];
		uint32_t producer =
			value == NO_INDEX ? NO_INDEX : in->model->values[value].producer;

		if (producer != NO_INDEX && producer > index && !(node->graph == 0 && in->order) &&
		    in->model->nodes[producer].graph == node->graph)
			in->unsorted = true;
	}
}

static bool on_stack(const struct infer *in, uint32_t graph)
{
	for (size_t i = 0; i < in->frames.count; i++)
		if (in->frames.items[i].graph == graph)
			return true;
	return false;
}

/* Enters the next body of the current node, if it has one more; true then. */
static bool enter_body(struct infer *in, const struct call *call)
{
	struct frame *frame = &in->frames.items[call->frame];
	const struct node *node = call->node;
	const struct model *model = in->model;
	uint32_t function = node->op->function;

	if (function != NO_INDEX) {
		const struct graph *graph = &model->graphs[function];

		if (frame->body_done || on_stack(in, function) ||
		    in->frames.count >= LIMIT_GRAPH_DEPTH || in->budget < graph->n_opsets)
			return false;
		frame->body_done = true;
		in->budget -= graph->n_opsets;
		infer_enter_function(call, function);
		return push_frame(in, function, call->frame,
				  onnx_version(graph->opsets, graph->n_opsets), true);
	}
	while (frame->attribute < node->n_attributes) {
		const struct attribute *a =
			&model->attributes[node->first_attribute + frame->attribute];
		uint32_t n = a->is_reference		   ? 0
			     : a->kind == ATTRIBUTE_GRAPH  ? 1
			     : a->kind == ATTRIBUTE_GRAPHS ? a->count
							   : 0;
		uint32_t graph;

		if (frame->item >= n) {
			frame->attribute++;
			frame->item = 0;
			continue;
		}
		graph = a->kind == ATTRIBUTE_GRAPH ? a->index : a->indices[frame->item];
		frame->item++;
		if (graph == NO_INDEX || in->frames.count >= LIMIT_GRAPH_DEPTH)
			continue;
		infer_enter_body(call, graph, a);
		return push_frame(in, graph, frame->call, frame->version, frame->in_function);
	}
	return false;
}

static void apply_rule(struct infer *in, struct call *call)
{
	const struct rule *rule;

	if (call->node->op->function != NO_INDEX) {
		infer_leave_function(call, call->node->op->function);
		return;
	}
	in->result->n_nodes++;
	rule = rule_of(in, call->node->op);
	if (!rule) {
		in->result->n_without_rule++;
		return;
	}
	call->argument = rule->argument;
	rule->function(call);
}

/* One node of the topmost graph, or one body of it entered. */
static void step(struct infer *in)
{
	uint32_t top = (uint32_t)in->frames.count - 1;
	struct frame *frame = &in->frames.items[top];
	const struct graph *graph = &in->model->graphs[frame->graph];
	struct call call = { .in = in, .frame = top, .version = frame->version };

	if (frame->next >= graph->n_nodes || in->budget == 0) {
		in->frames.count--;
		return;
	}
	call.index = graph->first_node +
		     (frame->graph == 0 && in->order ? in->order[frame->next] : frame->next);
	call.node = &in->model->nodes[call.index];
	if (frame->attribute == 0 && frame->item == 0 && !frame->body_done) {
		in->budget--;
		note_order(in, call.node, call.index);
		if (frame->in_function)
			forget_outputs(in, call.node);
	}
	if (enter_body(in, &call))
		return;
	apply_rule(in, &call);
	frame = &in->frames.items[top];
	frame->next++;
	frame->attribute = frame->item = 0;
	frame->body_done = false;
}

static bool walk(struct infer *in)
{
	for (int pass = 0; pass < MOST_PASSES; pass++) {
		in->unsorted = false;
		in->result->n_nodes = in->result->n_without_rule = 0;
		in->result->n_conflicts = 0;
		push_frame(in, 0, NO_INDEX, onnx_version(in->model->opsets, in->model->n_opsets),
			   false);
		while (in->frames.count > 0 && !in->sizes.failed)
			step(in);
		if (!in->unsorted || in->budget == 0 || in->sizes.failed)
			break;
		if (!in->order)
			in->order = node_order(in->model, &in->memory);
	}
	in->result->complete = in->budget > 0;
	return !in->sizes.failed;
}

static bool type_of_known(struct infer *in, const struct known *known, struct dim *dims,
			  struct type *type)
{
	*type = (struct type){ .kind = known->kind, .dtype = known->dtype, .inner = NO_INDEX };
	if (!known->has_shape || known->n_dims > LIMIT_DIMS)
		return true;
	for (uint32_t i = 0; i < known->n_dims; i++) {
		struct quantity q = known->dims[i];

		dims[i] = (struct dim){ .value = q.kind == QUANTITY_NUMBER ? q.number : -1,
					.declared = q.kind == QUANTITY_NUMBER,
					.symbol = size_text(&in->sizes, q) };
	}
	type->dims = dims;
	type->n_dims = known->n_dims;
	type->has_shape = true;
	return true;
}

/* The chain of inner types, from the innermost outwards. */
static bool put_inner(struct infer *in, const struct known *known, uint32_t *inner)
{
	const struct known *chain[LIMIT_WIRE_DEPTH];
	struct dim dims[LIMIT_DIMS];
	uint32_t n = 0;

	*inner = NO_INDEX;
	for (const struct known *at = known->element; at && n < LIMIT_WIRE_DEPTH; at = at->element)
		chain[n++] = at;
	while (n > 0) {
		struct type type;

		type_of_known(in, chain[--n], dims, &type);
		type.inner = *inner;
		if (!shapes_add_inner(in->shapes, &type, inner))
			return false;
	}
	return true;
}

/* Values of a function that is called several times have no one shape. */
static bool has_one_shape(const struct infer *in, uint32_t graph)
{
	while (in->model->graphs[graph].parent != NO_INDEX)
		graph = in->model->graphs[graph].parent;
	return in->model->graphs[graph].kind != GRAPH_FUNCTION || in->visits[graph] == 1;
}

static bool put_all(struct infer *in)
{
	struct dim dims[LIMIT_DIMS];
	uint32_t last = NO_INDEX;
	bool wanted = true;

	for (uint32_t v = 0; v < in->model->n_values; v++) {
		const struct known *known = &in->known[v];
		struct type type;

		if (in->model->values[v].graph != last) {
			last = in->model->values[v].graph;
			wanted = has_one_shape(in, last);
		}
		if (!wanted || known->kind == TYPE_NONE || in->model->values[v].tensor != NO_INDEX)
			continue;
		type_of_known(in, known, dims, &type);
		if ((known->element && !in->shapes->values[v].type &&
		     !put_inner(in, known, &type.inner)) ||
		    !shapes_put(in->shapes, v, &type, SHAPE_FROM_MTUI, NULL))
			return false;
	}
	return true;
}

static bool start(struct infer *in)
{
	const struct model *model = in->model;

	in->n_rules = 64;
	while (in->n_rules < 2 * model->n_ops + 2)
		in->n_rules *= 2;
	in->rules = arena_array(&in->memory, in->n_rules, sizeof *in->rules);
	in->known = arena_array(&in->memory, model->n_values, sizeof *in->known);
	in->visits = arena_array(&in->memory, model->n_graphs, sizeof *in->visits);
	in->scratch = arena_array(&in->memory, DATA_ELEMENTS, sizeof *in->scratch);
	if (!in->rules || !in->known || !in->visits || !in->scratch)
		return false;
	in->budget = 4 * (uint64_t)model->n_nodes + EXTRA_VISITS;
	for (uint32_t v = 0; v < model->n_values; v++)
		in->known[v] = declared(in, v);
	return !in->sizes.failed;
}

bool shape_inference_run(struct shapes *shapes, const struct dim_binding *bindings,
			 size_t n_bindings, struct shape_inference *result, struct error *err)
{
	struct infer in = { .model = shapes->model,
			    .shapes = shapes,
			    .bindings = bindings,
			    .n_bindings = n_bindings,
			    .result = result };
	bool ok;

	*result = (struct shape_inference){ 0 };
	arena_init(&in.memory, limit_index_memory());
	size_expressions_init(&in.sizes, &shapes->arena, &in.memory);
	ok = start(&in) && walk(&in) && put_all(&in);
	if (!ok)
		arena_exhausted(&in.memory, err);
	size_expressions_free(&in.sizes);
	vector_free(&in.frames);
	arena_free(&in.memory);
	return ok;
}
