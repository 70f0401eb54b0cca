#include "core/layout/excerpt_build.h"

#include <string.h>

bool node_is_constant(const struct model *model, uint32_t node)
{
	const struct node *it = &model->nodes[node];

	return it->n_inputs == 0 && text_is(it->op->type, "Constant");
}

void excerpt_begin(struct excerpt_build *b, const struct layers *layers, struct excerpt *excerpt)
{
	*b = (struct excerpt_build){
		.excerpt = excerpt, .model = layers->model, .layers = layers,
	};
	*excerpt = (struct excerpt){ .model = layers->model, .layers = layers };
	arena_init(&excerpt->arena, 0);
}

void excerpt_free(struct excerpt *excerpt)
{
	arena_free(&excerpt->arena);
}

uint32_t excerpt_add(struct excerpt_build *b, enum vertex_kind kind, uint32_t item)
{
	if (b->failed || !vector_reserve(&b->excerpt->arena, &b->vertices, 1)) {
		b->failed = true;
		return NO_INDEX;
	}
	b->vertices.items[b->vertices.count] = (struct vertex){
		.item = item, .last = item, .count = 1, .kind = (uint8_t)kind,
	};
	return (uint32_t)b->vertices.count++;
}

void excerpt_connect(struct excerpt_build *b, uint32_t source, uint32_t value, uint32_t target)
{
	if (b->failed || source == NO_INDEX || target == NO_INDEX)
		return;
	if (!vector_reserve(&b->excerpt->arena, &b->edges, 1)) {
		b->failed = true;
		return;
	}
	b->edges.items[b->edges.count++] = (struct raw_edge){ source, value, target };
}

/* Edges by source, keeping their order otherwise. */
static struct raw_edge *sort_edges(struct excerpt_build *b, uint32_t *first)
{
	struct arena *arena = &b->excerpt->arena;
	struct raw_edge *sorted = arena_array(arena, b->edges.count + 1, sizeof *sorted);

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < b->edges.count; i++)
		first[b->edges.items[i].source + 1]++;
	for (size_t v = 0; v < b->vertices.count; v++)
		first[v + 1] += first[v];
	for (size_t i = 0; i < b->edges.count; i++)
		sorted[first[b->edges.items[i].source]++] = b->edges.items[i];
	return sorted;
}

/* A node has a net for each of its outputs; what stands for more has one for all. */
static bool has_one_net(const struct vertex *vertex)
{
	return vertex->kind != VERTEX_NODE;
}

static bool make_nets(struct excerpt_build *b, const struct raw_edge *edges)
{
	struct excerpt *excerpt = b->excerpt;
	size_t n = b->edges.count;
	struct layout_net *nets = arena_array(&excerpt->arena, n + 1, sizeof *nets);
	struct excerpt_net *values = arena_array(&excerpt->arena, n + 1, sizeof *values);
	uint32_t *targets = arena_array(&excerpt->arena, n + 1, sizeof *targets);
	uint32_t *seen = arena_array(&excerpt->arena, b->vertices.count + 1, sizeof *seen);
	uint32_t *counted = arena_array(&excerpt->arena, b->model->n_values + 1, sizeof *counted);
	uint32_t n_nets = 0, n_targets = 0;

	if (!nets || !values || !targets || !seen || !counted)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct raw_edge *edge = &edges[i];
		bool begins = i == 0 || edge->source != edges[i - 1].source ||
			      (edge->value != edges[i - 1].value &&
			       !has_one_net(&b->vertices.items[edge->source]));

		if (begins) {
			nets[n_nets] = (struct layout_net){ edge->source, n_targets, 0 };
			values[n_nets++] = (struct excerpt_net){ edge->value, 0 };
		}
		/* Both remember the net they were met in, counted from 1. */
		if (counted[edge->value] != n_nets)
			values[n_nets - 1].n_values++;
		counted[edge->value] = n_nets;
		if (seen[edge->target] == n_nets)
			continue;
		seen[edge->target] = n_nets;
		targets[n_targets++] = edge->target;
		nets[n_nets - 1].n_targets++;
	}
	excerpt->nets = values;
	excerpt->graph = (struct layout_graph){
		.nets = nets, .targets = targets, .n_nets = n_nets,
		.n_vertices = (uint32_t)b->vertices.count,
	};
	return true;
}

bool excerpt_finish(struct excerpt_build *b, struct error *err)
{
	struct arena *arena = &b->excerpt->arena;
	uint32_t *first = arena_array(arena, b->vertices.count + 2, sizeof *first);
	struct vertex *vertices = arena_array(arena, b->vertices.count + 1, sizeof *vertices);
	struct raw_edge *edges = first && !b->failed ? sort_edges(b, first) : NULL;
	bool good = edges && vertices && make_nets(b, edges);

	if (good && b->vertices.count)
		memcpy(vertices, b->vertices.items, b->vertices.count * sizeof *vertices);
	b->excerpt->vertices = vertices;
	vector_free(&b->vertices);
	vector_free(&b->edges);
	return good || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

uint32_t layer_around(const struct layers *layers, uint32_t row)
{
	while (row != 0 && layers->rows[row].kind != LAYER_SCOPE &&
	       layers->rows[row].kind != LAYER_GRAPH)
		row = layers->rows[row].parent;
	return row;
}

uint32_t excerpt_row_of_vertex(const struct excerpt *excerpt, uint32_t index)
{
	const struct vertex *vertex = &excerpt->vertices[index];
	const struct value *value;

	switch ((enum vertex_kind)vertex->kind) {
	case VERTEX_NODE:
		return excerpt->layers->row_of_node[vertex->item];
	case VERTEX_INPUT:
		return NO_INDEX;
	case VERTEX_OUTPUT:
		value = &excerpt->model->values[vertex->item];
		return value->producer == NO_INDEX ? NO_INDEX
						   : excerpt->layers->row_of_node[value->producer];
	default:
		return vertex->item;
	}
}

uint32_t excerpt_vertex_of_row(const struct excerpt *excerpt, uint32_t row)
{
	uint32_t best = NO_INDEX;

	for (uint32_t v = 0; v < excerpt->graph.n_vertices; v++) {
		const struct vertex *vertex = &excerpt->vertices[v];
		uint32_t first, end;

		if (vertex->kind == VERTEX_INPUT || vertex->kind == VERTEX_OUTPUT)
			continue;
		first = excerpt_row_of_vertex(excerpt, v);
		if (first == NO_INDEX || row < first)
			continue;
		end = excerpt->layers->rows[vertex->kind == VERTEX_REPEAT ? vertex->last : first].end;
		if (row < end && (best == NO_INDEX || vertex->kind <= VERTEX_REPEAT))
			best = v;
	}
	return best;
}
