/* The neighbourhood of nodes: a walk in breadth over the edges, both ways. */
#include <string.h>

#include "core/layout/excerpt_build.h"

#define MOST_NODES  5000 /* of one neighbourhood */
#define MOST_SHARED 8	 /* users of a value that are each other's neighbours */

struct near {
	struct excerpt_build b;
	uint32_t graph;	   /* that the first node is in */
	uint32_t *vertex;  /* by node: one more than its vertex; 0: none */
	uint8_t *distance; /* by node: one more; 0: not reached */
	bool *came_up;	   /* by node: reached from one of its users */
	uint32_t *queue;
	uint32_t *of_value; /* by value: one more than the vertex of a graph input */
	uint32_t n, hops;
};

/* Nodes of a subgraph count as the node that holds it, seen from outside. */
static uint32_t lift(const struct near *s, uint32_t node)
{
	const struct model *model = s->b.model;
	uint32_t up = node;

	while (model->nodes[up].graph != s->graph) {
		up = model->graphs[model->nodes[up].graph].node;
		if (up == NO_INDEX)
			return node;
	}
	return up;
}

static void visit(struct near *s, uint32_t node, unsigned distance, bool came_up)
{
	if (s->distance[node] || (distance > 0 && node_is_constant(s->b.model, node)))
		return;
	if (s->n == MOST_NODES) {
		s->b.excerpt->cut++;
		return;
	}
	s->distance[node] = (uint8_t)(distance + 1);
	s->came_up[node] = came_up;
	s->queue[s->n++] = node;
}

static void visit_users(struct near *s, uint32_t index, unsigned distance)
{
	const struct value *value = &s->b.model->values[index];

	for (uint32_t i = 0; i < value->n_consumers; i++)
		visit(s, lift(s, s->b.model->consumers[value->first_consumer + i]), distance, false);
}

static void spread(struct near *s, uint32_t node)
{
	const struct model *model = s->b.model;
	const struct node *it = &model->nodes[node];
	unsigned next = s->distance[node];

	for (uint32_t i = 0; i < it->n_inputs; i++) {
		uint32_t index = model->refs[it->first_input + i];

		if (index != NO_INDEX && model->values[index].producer != NO_INDEX)
			visit(s, lift(s, model->values[index].producer), next, true);
	}
	for (uint32_t i = 0; i < it->n_outputs; i++) {
		uint32_t index = model->refs[it->first_output + i];

		if (index != NO_INDEX &&
		    (!s->came_up[node] || model->values[index].n_consumers <= MOST_SHARED))
			visit_users(s, index, next);
	}
}

static void add_edge_in(struct near *s, uint32_t node, uint32_t index)
{
	const struct model *model = s->b.model;
	const struct value *value = &model->values[index];
	struct vertex *vertex = &s->b.vertices.items[s->vertex[node] - 1];

	if (value->tensor != NO_INDEX)
		return;
	if (value->producer != NO_INDEX) {
		uint32_t source = lift(s, value->producer);

		if (!s->vertex[source] && !node_is_constant(model, source))
			vertex->left_out_in++;
		return;
	}
	if (s->distance[node] > s->hops) {
		vertex->left_out_in++;
		return;
	}
	if (s->of_value[index] == 0)
		s->of_value[index] = excerpt_add(&s->b, VERTEX_INPUT, index) + 1;
	excerpt_connect(&s->b, s->of_value[index] - 1, index, s->vertex[node] - 1);
}

static void add_edges_out(struct near *s, uint32_t node, uint32_t index)
{
	const struct model *model = s->b.model;
	const struct value *value = &model->values[index];
	uint32_t from = s->vertex[node] - 1, last = NO_INDEX;

	for (uint32_t i = 0; i < value->n_consumers; i++) {
		uint32_t user = lift(s, model->consumers[value->first_consumer + i]);

		if (user == last)
			continue;
		last = user;
		if (s->vertex[user])
			excerpt_connect(&s->b, from, index, s->vertex[user] - 1);
		else
			s->b.vertices.items[from].left_out_out++;
	}
	if (!(value->flags & VALUE_OUTPUT) || value->graph != s->graph)
		return;
	if (s->distance[node] > s->hops)
		s->b.vertices.items[from].left_out_out++;
	else
		excerpt_connect(&s->b, from, index, excerpt_add(&s->b, VERTEX_OUTPUT, index));
}

static void add_edges(struct near *s, uint32_t node)
{
	const struct model *model = s->b.model;
	const struct node *it = &model->nodes[node];

	for (uint32_t i = 0; i < it->n_inputs && !s->b.failed; i++)
		if (model->refs[it->first_input + i] != NO_INDEX)
			add_edge_in(s, node, model->refs[it->first_input + i]);
	for (uint32_t i = 0; i < it->n_outputs && !s->b.failed; i++)
		if (model->refs[it->first_output + i] != NO_INDEX)
			add_edges_out(s, node, model->refs[it->first_output + i]);
}

static bool prepare(struct near *s)
{
	struct arena *arena = &s->b.excerpt->arena;
	size_t n = s->b.model->n_nodes + 1;

	s->vertex = arena_array(arena, n, sizeof *s->vertex);
	s->distance = arena_array(arena, n, sizeof *s->distance);
	s->came_up = arena_array(arena, n, sizeof *s->came_up);
	s->queue = arena_array(arena, MOST_NODES, sizeof *s->queue);
	s->of_value = arena_array(arena, s->b.model->n_values + 1, sizeof *s->of_value);
	return s->vertex && s->distance && s->came_up && s->queue && s->of_value;
}

/* Vertices in the order of the graph. */
static void add_nodes(struct near *s)
{
	for (uint32_t node = 0; node < s->b.model->n_nodes && !s->b.failed; node++)
		if (s->distance[node])
			s->vertex[node] = excerpt_add(&s->b, VERTEX_NODE, node) + 1;
	for (uint32_t node = 0; node < s->b.model->n_nodes && !s->b.failed; node++)
		if (s->distance[node])
			add_edges(s, node);
}

bool excerpt_near(const struct layers *layers, const uint32_t *nodes, size_t n, unsigned hops,
		  struct excerpt *excerpt, struct error *err)
{
	struct near s;

	memset(&s, 0, sizeof s);
	excerpt_begin(&s.b, layers, excerpt);
	excerpt->hops = s.hops = hops;
	if (n > 0) {
		excerpt->row = layers->row_of_node[nodes[0]];
		s.graph = layers->model->nodes[nodes[0]].graph;
	}
	if (!prepare(&s)) {
		s.b.failed = true;
		return excerpt_finish(&s.b, err);
	}
	for (size_t i = 0; i < n; i++)
		visit(&s, nodes[i], 0, false);
	for (uint32_t i = 0; i < s.n; i++)
		if (s.distance[s.queue[i]] <= hops)
			spread(&s, s.queue[i]);
	add_nodes(&s);
	return excerpt_finish(&s.b, err);
}
