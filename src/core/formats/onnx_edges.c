/*
 * From names to values. A graph sees its own names and those of the graphs around it. Graphs are
 * visited from the outside in; `bound` of a name is the value that it means at the moment, and a
 * log of replaced bindings is rolled back where a graph is left. Each name and each reference is
 * touched once or twice, so this is linear whatever the names are: an input that its graph has
 * made already, as almost all are, is found in the same walk over the nodes that adds what they
 * make; others wait until the graph is complete.
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

/* An input of which its graph does not know yet, where its node is reached, what it means. */
struct late_input {
	uint32_t ref, node;
};

struct edges {
	struct onnx *onnx;
	bool several; /* more than one outermost graph */
	bool logging; /* a graph that is left for another one; the only outermost one never is */
	VECTOR(struct binding) log;
	VECTOR(struct late_input) late; /* of one graph */
};

static struct onnx_name *name_of(struct onnx *onnx, uint32_t name)
{
	return &onnx->names.list.items[name];
}

static inline uint32_t index_of(const struct onnx *onnx, const struct value *value)
{
	return (uint32_t)(value - onnx->values.items);
}

/* Makes a name mean a new value unless its graph has one of that name. */
static inline bool bind(struct edges *edges, struct onnx_name *name, struct value *value)
{
	struct onnx *onnx = edges->onnx;
	uint32_t before = name->bound;
	if (before != NO_INDEX && onnx->values.items[before].graph == value->graph) {
		value->flags |= VALUE_DUPLICATE;
		onnx->values.items[before].flags |= VALUE_DUPLICATE;
		return true;
	}
	if (before != NO_INDEX && onnx->graphs.items[value->graph].kind != GRAPH_TRAINING) {
		value->flags |= VALUE_SHADOWS;
		if (onnx->n_shadows++ == 0)
			onnx->first_shadow = index_of(onnx, value);
	}
	if (edges->logging) {
		if (!ONNX_ROOM(onnx, edges->log))
			return false;
		edges->log.items[edges->log.count++] =
			(struct binding){ (uint32_t)(name - onnx->names.list.items), before };
	}
	name->bound = index_of(onnx, value);
	return true;
}

/* Valid until the next is added; NULL on failure. */
static inline __attribute__((always_inline)) struct value *
add_value(struct edges *edges, uint32_t graph, struct onnx_name *name)
{
	struct onnx *onnx = edges->onnx;
	if (onnx->values.count >= NO_INDEX - 1) {
		pbwire_fail(&onnx->wire, ERROR_REFUSED, 0, "more than 2^32 values");
		return NULL;
	}
	if (!ONNX_ROOM(onnx, onnx->values))
		return NULL;
	struct value *value = &onnx->values.items[onnx->values.count++];
	*value = (struct value){ .name = { name->data, name->len },
				 .graph = graph,
				 .producer = NO_INDEX,
				 .first_consumer = NO_INDEX,
				 .type = NO_INDEX,
				 .tensor = NO_INDEX };
	return bind(edges, name, value) ? value : NULL;
}

/* The value of that name in this very graph, made where there is none. */
static inline struct value *own_value(struct edges *edges, uint32_t graph, uint32_t name)
{
	struct onnx_name *it = name_of(edges->onnx, name);
	if (it->bound != NO_INDEX) {
		struct value *value = &edges->onnx->values.items[it->bound];
		if (value->graph == graph)
			return value;
	}
	return add_value(edges, graph, it);
}

static bool define_inputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	const struct onnx_scope *scope = &onnx->scopes.items[graph];
	onnx->graphs.items[graph].first_input = (uint32_t)onnx->refs.count;
	for (uint32_t i = 0; i < scope->n_infos; i++) {
		const struct onnx_info *info = &onnx->infos.items[scope->first_info + i];
		char shown[ONNX_SHOWN];
		if (info->role != ONNX_INPUT)
			continue;
		struct value *it = own_value(edges, graph, info->name);
		if (!it || !ONNX_ROOM(onnx, onnx->refs))
			return false;
		uint32_t value = index_of(onnx, it);
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
		char shown[ONNX_SHOWN];
		if (tensor->node != NO_INDEX || tensor->kind == TENSOR_INDICES)
			continue;
		struct value *it = own_value(edges, graph, tensor->value);
		if (!it)
			return false;
		tensor->value = index_of(onnx, it);
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

static inline bool define_outputs(struct edges *edges, uint32_t graph, uint32_t n)
{
	struct onnx *onnx = edges->onnx;
	const struct node *node = &onnx->nodes.items[n];
	uint32_t *ref = &onnx->refs.items[node->first_output];
	for (const uint32_t *end = ref + node->n_outputs; ref < end; ref++) {
		if (*ref == NO_NAME) {
			*ref = NO_INDEX;
			continue;
		}
		struct value *value = add_value(edges, graph, name_of(onnx, *ref));
		if (!value)
			return false;
		value->producer = n;
		*ref = index_of(onnx, value);
		if (value->flags & VALUE_DUPLICATE && !made_twice(onnx, n, *ref))
			return false;
	}
	return true;
}

/* Counts consumers; until they are listed, first_consumer is the last node counted. */
static inline void count_use(struct value *value, uint32_t node)
{
	value->n_consumers += value->first_consumer != node;
	value->first_consumer = node;
}

static inline bool find_inputs(struct edges *edges, uint32_t graph, uint32_t n)
{
	struct onnx *onnx = edges->onnx;
	const struct node *node = &onnx->nodes.items[n];
	uint32_t *ref = &onnx->refs.items[node->first_input];
	for (const uint32_t *end = ref + node->n_inputs; ref < end; ref++) {
		if (*ref == NO_NAME) {
			*ref = NO_INDEX;
			continue;
		}
		uint32_t bound = name_of(onnx, *ref)->bound;
		if (bound != NO_INDEX && onnx->values.items[bound].graph == graph) {
			*ref = bound;
			count_use(&onnx->values.items[bound], n);
			continue;
		}
		if (!ONNX_ROOM(onnx, edges->late))
			return false;
		edges->late.items[edges->late.count++] =
			(struct late_input){ (uint32_t)(ref - onnx->refs.items), n };
	}
	return true;
}

/* What nodes make; and what they take, as far as an earlier node, an input or an initializer of
 * the same graph gives it. */
static bool connect_nodes(struct edges *edges, uint32_t graph)
{
	uint32_t first = edges->onnx->graphs.items[graph].first_node;
	uint32_t end = first + edges->onnx->graphs.items[graph].n_nodes;
	edges->late.count = 0;
	for (uint32_t n = first; n < end; n++)
		if (!find_inputs(edges, graph, n) || !define_outputs(edges, graph, n))
			return false;
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
static inline struct value *look_up(struct edges *edges, uint32_t graph, uint32_t name,
				    bool *dangling)
{
	struct onnx_name *it = name_of(edges->onnx, name);
	struct value *value;
	*dangling = it->bound == NO_INDEX;
	if (*dangling) {
		value = add_value(edges, graph, it);
		if (value)
			value->flags |= VALUE_DANGLING;
		return value;
	}
	value = &edges->onnx->values.items[it->bound];
	if (value->graph != graph)
		value->flags |= VALUE_CAPTURED;
	return value;
}

/* Looks out for what may be made too late, also for the node that holds the graph of this one. */
static void note_late_use(struct onnx *onnx, struct value *value, uint32_t node, uint32_t graph)
{
	count_use(value, node);
	if (value->producer != NO_INDEX && (value->producer >= node || value->graph != graph))
		onnx->scopes.items[value->graph].suspect = true;
}

static bool report_dangling(struct onnx *onnx, uint32_t node, uint32_t value)
{
	const struct node *it = &onnx->nodes.items[node];
	char shown[ONNX_SHOWN];
	return onnx_notice(onnx, SEVERITY_PROBLEM, "dangling-input", (int64_t)it->offset,
			   SUBJECT_NODE, node, "node %u needs \"%s\", which nobody makes",
			   node - onnx->graphs.items[it->graph].first_node,
			   onnx_shown(shown, onnx->values.items[value].name));
}

static bool find_late_inputs(struct edges *edges, uint32_t graph)
{
	struct onnx *onnx = edges->onnx;
	for (size_t i = 0; i < edges->late.count; i++) {
		struct late_input late = edges->late.items[i];
		uint32_t *ref = &onnx->refs.items[late.ref];
		bool dangling;
		struct value *value = look_up(edges, graph, *ref, &dangling);
		if (!value)
			return false;
		*ref = index_of(onnx, value);
		note_late_use(onnx, value, late.node, graph);
		if (dangling && !report_dangling(onnx, late.node, *ref))
			return false;
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
		char shown[ONNX_SHOWN];
		bool dangling;
		if (info->role != ONNX_OUTPUT)
			continue;
		struct value *it = look_up(edges, graph, info->name, &dangling);
		if (!it || !ONNX_ROOM(onnx, onnx->refs))
			return false;
		uint32_t value = index_of(onnx, it);
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
			note_late_use(onnx, it, onnx->graphs.items[graph].node, graph);
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
	       connect_nodes(edges, graph) && (attach(edges->onnx, graph), true) &&
	       find_late_inputs(edges, graph) && resolve_outputs(edges, graph) &&
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
static inline void list_consumer(struct value *values, uint32_t *consumers, uint32_t ref,
				 uint32_t node)
{
	if (ref == NO_INDEX)
		return;
	struct value *value = &values[ref];
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
			list_consumer(onnx->values.items, onnx->consumers.items, ref, it->node);
	}
}

/* Consumers of one value stand together, in node order, each node once. Subgraphs stand in the
 * order of the nodes that hold them. */
static bool list_consumers(struct onnx *onnx)
{
	struct value *values = onnx->values.items;
	uint32_t total = 0, graph = 0;
	for (struct value *value = values; value < values + onnx->values.count; value++) {
		value->first_consumer = total;
		total += value->n_consumers;
		value->n_consumers = 0;
	}
	if (!onnx_reserve(onnx, onnx->consumers, total))
		return false;
	uint32_t *consumers = onnx->consumers.items;
	for (uint32_t n = 0; n < onnx->nodes.count; n++) {
		const struct node *node = &onnx->nodes.items[n];
		const uint32_t *ref = &onnx->refs.items[node->first_input];
		for (const uint32_t *last = ref + node->n_inputs; ref < last; ref++)
			list_consumer(values, consumers, *ref, n);
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
	if (!onnx->refs.items && !ONNX_ROOM(onnx, onnx->refs))
		return false;
	for (size_t n = 0; onnx->files.count > 1 && n < onnx->names.list.count; n++)
		onnx->names.list.items[n].bound = NO_INDEX;
	for (uint32_t g = 0; ok && g < onnx->graphs.count; g++)
		if (onnx->scopes.items[g].outer == NO_INDEX)
			ok = visit(&edges, g);
	ONNX_FREE(onnx, edges.log);
	ONNX_FREE(onnx, edges.late);
	return ok && list_consumers(onnx);
}
