/*
 * From names to values. A graph sees its own names and those of the graphs around it. Graphs are
 * visited from the outside in; `bound` of a name is the value that it means at the moment, and a
 * log of replaced bindings is rolled back where a graph is left. Each name and each reference is
 * touched once, so this is linear whatever the names are.
 */
#include "core/formats/onnx.h"

#include <stdlib.h>

enum { MANY = 1 << 20 };

struct binding {
	uint32_t name, before;
};

struct frame {
	uint32_t next; /* child to visit */
	size_t log;    /* where the graph's bindings begin */
};

struct edges {
	struct onnx *onnx;
	bool several; /* more than one outermost graph */
	bool logging; /* a graph that is left for another one; the only outermost one never is */
	VECTOR(struct binding) log;
};

static struct onnx_name *name_of(struct onnx *onnx, uint32_t name)
{
	return &onnx->names.list.items[name];
}

/* Makes a name mean a new value unless its graph has one of that name. */
static bool bind(struct edges *edges, uint32_t name, uint32_t index)
{
	struct onnx *onnx = edges->onnx;
	struct value *value = &onnx->values.items[index];
	uint32_t before = name_of(onnx, name)->bound;
	if (before != NO_INDEX && onnx->values.items[before].graph == value->graph) {
		value->flags |= VALUE_DUPLICATE;
		onnx->values.items[before].flags |= VALUE_DUPLICATE;
		return true;
	}
	if (before != NO_INDEX && onnx->graphs.items[value->graph].kind != GRAPH_TRAINING)
		value->flags |= VALUE_SHADOWS;
	if (edges->logging) {
		if (!ONNX_ROOM(onnx, edges->log))
			return false;
		edges->log.items[edges->log.count++] = (struct binding){ name, before };
	}
	name_of(onnx, name)->bound = index;
	return true;
}

static bool add_value(struct edges *edges, uint32_t graph, uint32_t name, uint32_t *index)
{
	struct onnx *onnx = edges->onnx;
	if (onnx->values.count >= NO_INDEX - 1)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, 0, "more than 2^32 values");
	if (!ONNX_ROOM(onnx, onnx->values))
		return false;
	*index = (uint32_t)onnx->values.count++;
	onnx->values.items[*index] = (struct value){ .name = onnx_name_text(onnx, name),
						     .graph = graph,
						     .producer = NO_INDEX,
						     .first_consumer = NO_INDEX,
						     .type = NO_INDEX,
						     .tensor = NO_INDEX };
	return bind(edges, name, *index);
}

/* The value of that name in this very graph, made where there is none. */
static bool own_value(struct edges *edges, uint32_t graph, uint32_t name, uint32_t *index)
{
	uint32_t bound = name_of(edges->onnx, name)->bound;
	if (bound != NO_INDEX && edges->onnx->values.items[bound].graph == graph) {
		*index = bound;
		return true;
	}
	return add_value(edges, graph, name, index);
}

static bool define_inputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct onnx_scope *scope = &onnx->scopes.items[graph];
	onnx->graphs.items[graph].first_input = (uint32_t)onnx->refs.count;
	for (uint32_t i = 0; i < scope->n_infos; i++) {
		const struct onnx_info *info = &onnx->infos.items[scope->first_info + i];
		uint32_t value;
		char shown[ONNX_SHOWN];
		if (info->role != ONNX_INPUT)
			continue;
		if (!own_value(edges, graph, info->name, &value) || !ONNX_ROOM(onnx, onnx->refs))
			return false;
		struct value *it = &onnx->values.items[value];
		if (it->flags & VALUE_INPUT &&
		    !onnx_notice(onnx, SEVERITY_PROBLEM, "duplicate-input", -1, SUBJECT_VALUE,
				 value, "two graph inputs are named \"%s\"",
				 onnx_shown(shown, it->name)))
			return false;
		it->flags |= VALUE_INPUT;
		if (it->type == NO_INDEX)
			it->type = info->type;
		onnx->refs.items[onnx->refs.count++] = value;
		onnx->graphs.items[graph].n_inputs++;
	}
	return true;
}

static bool define_initializers(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct onnx_scope *scope = &onnx->scopes.items[graph];
	for (uint32_t i = scope->first_tensor; i < scope->first_tensor + scope->n_tensors; i++) {
		struct tensor *tensor = &onnx->tensors.items[i];
		uint32_t value;
		char shown[ONNX_SHOWN];
		if (tensor->node != NO_INDEX || tensor->kind == TENSOR_INDICES)
			continue;
		if (!own_value(edges, graph, tensor->value, &value))
			return false;
		struct value *it = &onnx->values.items[value];
		tensor->value = value;
		if (it->tensor == NO_INDEX)
			it->tensor = i;
		else if (!onnx_notice(onnx, SEVERITY_PROBLEM, "duplicate-initializer",
				      (int64_t)onnx->tensor_offsets.items[i], SUBJECT_TENSOR, i,
				      "two initializers are named \"%s\"",
				      onnx_shown(shown, it->name)))
			return false;
		it->flags |= VALUE_INITIALIZER;
	}
	return true;
}

static bool made_twice(struct onnx *onnx, uint32_t node, uint32_t value)
{
	const struct value *it = &onnx->values.items[value];
	uint32_t first = onnx->graphs.items[it->graph].first_node;
	char shown[ONNX_SHOWN];
	return onnx_notice(onnx, SEVERITY_PROBLEM, "duplicate-output",
			   (int64_t)onnx->nodes.items[node].offset, SUBJECT_NODE, node,
			   "node %u makes \"%s\", which its graph has already", node - first,
			   onnx_shown(shown, it->name));
}

static bool define_outputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct graph *it = &onnx->graphs.items[graph];
	for (uint32_t n = it->first_node; n < it->first_node + it->n_nodes; n++) {
		const struct node *node = &onnx->nodes.items[n];
		for (uint32_t i = 0; i < node->n_outputs; i++) {
			uint32_t *ref = &onnx->refs.items[node->first_output + i], value;
			if (*ref == NO_NAME) {
				*ref = NO_INDEX;
				continue;
			}
			if (!add_value(edges, graph, *ref, &value))
				return false;
			onnx->values.items[value].producer = n;
			if (onnx->values.items[value].flags & VALUE_DUPLICATE &&
			    !made_twice(onnx, n, value))
				return false;
			*ref = value;
		}
	}
	return true;
}

/* Which values the Constant nodes give; types of values that value_info declares. */
static void attach(struct onnx *onnx, uint32_t graph)
{
	const struct onnx_scope *scope = &onnx->scopes.items[graph];
	for (uint32_t i = scope->first_tensor; i < scope->first_tensor + scope->n_tensors; i++) {
		struct tensor *tensor = &onnx->tensors.items[i];
		if (tensor->node == NO_INDEX || tensor->kind == TENSOR_INDICES)
			continue;
		const struct node *node = &onnx->nodes.items[tensor->node];
		if (node->n_outputs == 0 || !onnx_is_constant(node->op))
			continue;
		tensor->value = onnx->refs.items[node->first_output];
		if (tensor->value != NO_INDEX &&
		    onnx->values.items[tensor->value].tensor == NO_INDEX)
			onnx->values.items[tensor->value].tensor = i;
	}
	for (uint32_t i = 0; i < scope->n_infos; i++) {
		const struct onnx_info *info = &onnx->infos.items[scope->first_info + i];
		uint32_t value = name_of(onnx, info->name)->bound;
		if (info->role != ONNX_INPUT && value != NO_INDEX &&
		    onnx->values.items[value].graph == graph &&
		    onnx->values.items[value].type == NO_INDEX)
			onnx->values.items[value].type = info->type;
	}
}

/* What a name means here; a name that nobody makes becomes a dangling value of this graph. */
static inline bool look_up(struct edges *edges, uint32_t graph, uint32_t name, uint32_t *index,
			   bool *dangling)
{
	struct onnx *onnx = edges->onnx;
	*index = name_of(onnx, name)->bound;
	*dangling = *index == NO_INDEX;
	if (*dangling) {
		if (!add_value(edges, graph, name, index))
			return false;
		onnx->values.items[*index].flags |= VALUE_DANGLING;
	} else if (onnx->values.items[*index].graph != graph) {
		onnx->values.items[*index].flags |= VALUE_CAPTURED;
	}
	return true;
}

/* Counts consumers; until they are listed, first_consumer is the last node counted. Looks out for
 * what may be made too late, also for the node that holds the graph of this one. */
static inline void note_use(struct onnx *onnx, uint32_t index, uint32_t node, uint32_t graph)
{
	struct value *value = &onnx->values.items[index];
	value->n_consumers += value->first_consumer != node;
	value->first_consumer = node;
	if (value->producer != NO_INDEX && (value->producer >= node || value->graph != graph))
		onnx->scopes.items[value->graph].suspect = true;
}

static bool resolve_inputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct graph *it = &onnx->graphs.items[graph];
	for (uint32_t n = it->first_node; n < it->first_node + it->n_nodes; n++) {
		const struct node *node = &onnx->nodes.items[n];
		for (uint32_t i = 0; i < node->n_inputs; i++) {
			uint32_t *ref = &onnx->refs.items[node->first_input + i], value;
			char shown[ONNX_SHOWN];
			bool dangling;
			if (*ref == NO_NAME) {
				*ref = NO_INDEX;
				continue;
			}
			if (!look_up(edges, graph, *ref, &value, &dangling))
				return false;
			*ref = value;
			note_use(onnx, value, n, graph);
			if (dangling &&
			    !onnx_notice(onnx, SEVERITY_PROBLEM, "dangling-input",
					 (int64_t)node->offset, SUBJECT_NODE, n,
					 "node %u needs \"%s\", which nobody makes",
					 n - it->first_node,
					 onnx_shown(shown, onnx->values.items[value].name)))
				return false;
		}
	}
	return true;
}

static bool resolve_outputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct onnx_scope *scope = &onnx->scopes.items[graph];
	onnx->graphs.items[graph].first_output = (uint32_t)onnx->refs.count;
	for (uint32_t i = 0; i < scope->n_infos; i++) {
		const struct onnx_info *info = &onnx->infos.items[scope->first_info + i];
		uint32_t value;
		char shown[ONNX_SHOWN];
		bool dangling;
		if (info->role != ONNX_OUTPUT)
			continue;
		if (!look_up(edges, graph, info->name, &value, &dangling) ||
		    !ONNX_ROOM(onnx, onnx->refs))
			return false;
		struct value *it = &onnx->values.items[value];
		if (dangling) {
			it->type = info->type;
			if (!onnx_notice(onnx, SEVERITY_PROBLEM, "dangling-output", -1,
					 SUBJECT_VALUE, value,
					 "graph output \"%s\" is made by nobody",
					 onnx_shown(shown, it->name)))
				return false;
		}
		if (it->graph == graph)
			it->flags |= VALUE_OUTPUT;
		else if (onnx->graphs.items[graph].node != NO_INDEX)
			note_use(onnx, value, onnx->graphs.items[graph].node, graph);
		onnx->refs.items[onnx->refs.count++] = value;
		onnx->graphs.items[graph].n_outputs++;
	}
	return true;
}

static void link_annotations(struct onnx *onnx, uint32_t graph)
{
	for (size_t i = onnx->scopes.items[graph].first_quant;
	     i < onnx->quants.count && onnx->quants.items[i].graph == graph; i++) {
		const struct onnx_quant *quant = &onnx->quants.items[i];
		uint32_t value = name_of(onnx, quant->name)->bound;
		uint32_t tensor = value == NO_INDEX ? NO_INDEX : onnx->values.items[value].tensor;
		if (tensor != NO_INDEX)
			onnx->tensors.items[tensor].quant = quant->annotation;
	}
}

static bool resolve_graph(struct edges *edges, uint32_t graph)
{
	return define_inputs(edges, graph) && define_initializers(edges, graph) &&
	       define_outputs(edges, graph) && (attach(edges->onnx, graph), true) &&
	       resolve_inputs(edges, graph) && resolve_outputs(edges, graph) &&
	       (link_annotations(edges->onnx, graph), true);
}

/* Children of every graph, in order. */
static void link_children(struct onnx *onnx)
{
	for (size_t g = onnx->graphs.count; g-- > 0;) {
		uint32_t outer = onnx->scopes.items[g].outer;
		if (outer == NO_INDEX || outer == g)
			continue;
		onnx->scopes.items[g].sibling = onnx->scopes.items[outer].child;
		onnx->scopes.items[outer].child = (uint32_t)g;
	}
}

static void leave(struct edges *edges, size_t log)
{
	while (edges->log.count > log) {
		struct binding binding = edges->log.items[--edges->log.count];
		name_of(edges->onnx, binding.name)->bound = binding.before;
	}
}

/* Visits a graph and all that see its names. */
static bool visit(struct edges *edges, uint32_t root)
{
	struct onnx *onnx = edges->onnx;
	struct frame stack[LIMIT_GRAPH_DEPTH + 3];
	size_t depth = 0;
	edges->logging = edges->several;
	if (!resolve_graph(edges, root))
		return false;
	edges->logging = true;
	stack[depth++] = (struct frame){ onnx->scopes.items[root].child, 0 };
	while (depth) {
		struct frame *top = &stack[depth - 1];
		uint32_t child = top->next;
		if (child == NO_INDEX) {
			leave(edges, top->log);
			depth--;
			continue;
		}
		top->next = onnx->scopes.items[child].sibling;
		stack[depth++] =
			(struct frame){ onnx->scopes.items[child].child, edges->log.count };
		if (!resolve_graph(edges, child))
			return false;
	}
	return true;
}

/* One more consumer of a value, unless it is the same as the last. */
static inline void list_consumer(struct onnx *onnx, uint32_t ref, uint32_t node)
{
	uint32_t *consumers = onnx->consumers.items;
	if (ref == NO_INDEX)
		return;
	struct value *value = &onnx->values.items[ref];
	uint32_t end = value->first_consumer + value->n_consumers;
	if (value->n_consumers && consumers[end - 1] == node)
		return;
	consumers[end] = node;
	value->n_consumers++;
}

/* A graph may give out a value of a graph around it: its node needs that. */
static void list_given_out(struct onnx *onnx, uint32_t graph)
{
	const struct graph *it = &onnx->graphs.items[graph];
	for (uint32_t i = 0; i < it->n_outputs; i++) {
		uint32_t ref = onnx->refs.items[it->first_output + i];
		if (onnx->values.items[ref].graph != graph)
			list_consumer(onnx, ref, it->node);
	}
}

/* Consumers of one value stand together, in node order, each node once. Subgraphs stand in the
 * order of the nodes that hold them. */
static bool list_consumers(struct onnx *onnx)
{
	uint32_t total = 0, graph = 0;
	for (size_t i = 0; i < onnx->values.count; i++) {
		struct value *value = &onnx->values.items[i];
		value->first_consumer = total;
		total += value->n_consumers;
		value->n_consumers = 0;
	}
	if (!onnx_reserve(onnx, onnx->consumers, total))
		return false;
	for (uint32_t n = 0; n < onnx->nodes.count; n++) {
		const struct node *node = &onnx->nodes.items[n];
		for (uint32_t i = 0; i < node->n_inputs; i++)
			list_consumer(onnx, onnx->refs.items[node->first_input + i], n);
		for (; graph < onnx->graphs.count; graph++) {
			uint32_t holder = onnx->graphs.items[graph].node;
			if (holder != NO_INDEX && holder > n)
				break;
			if (holder == n)
				list_given_out(onnx, graph);
		}
	}
	onnx->consumers.count = total;
	return true;
}

bool onnx_resolve(struct onnx *onnx)
{
	struct edges edges = { .onnx = onnx };
	uint32_t outermost = 0;
	bool ok = true;
	link_children(onnx);
	for (uint32_t g = 0; g < onnx->graphs.count; g++)
		outermost += onnx->scopes.items[g].outer == NO_INDEX;
	edges.several = outermost > 1;
	if (!onnx_reserve(onnx, onnx->values,
			  onnx->names.list.count < MANY ? onnx->names.list.count : MANY))
		return false;
	for (size_t n = 0; onnx->files.count > 1 && n < onnx->names.list.count; n++)
		onnx->names.list.items[n].bound = NO_INDEX;
	for (uint32_t g = 0; ok && g < onnx->graphs.count; g++)
		if (onnx->scopes.items[g].outer == NO_INDEX)
			ok = visit(&edges, g);
	ONNX_FREE(onnx, edges.log);
	return ok && list_consumers(onnx);
}
