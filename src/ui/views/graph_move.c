/* Moves of the cursor: along edges up and down, beside in a layer, along a path to where it forks
 * or joins. */
#include "ui/views/graph_view.h"

static int32_t middle_of(const struct graph_view *view, uint32_t vertex)
{
	uint32_t at = view->layout.place_of[vertex];

	return at == NO_INDEX ? INT32_MAX / 2
			      : view->layout.places[at].x + view->layout.places[at].width / 2;
}

/* The nearest one to the column that is straight above or below; of equal ones the first. */
struct nearest {
	uint32_t vertex;
	int64_t away;
	uint32_t count; /* of neighbours */
};

static void consider(const struct graph_view *view, uint32_t from, uint32_t vertex,
		     struct nearest *nearest)
{
	int64_t away = (int64_t)middle_of(view, vertex) - middle_of(view, from);
	int64_t layers = (int64_t)view->layering.layer_of[vertex] - view->layering.layer_of[from];

	away = away < 0 ? -away : away;
	away += 1000 * (layers < 0 ? -layers : layers);
	nearest->count++;
	if (nearest->vertex == NO_INDEX || away < nearest->away) {
		nearest->vertex = vertex;
		nearest->away = away;
	}
}

static struct nearest neighbour(const struct graph_view *view, uint32_t from, bool down)
{
	const struct layout_graph *graph = &view->excerpt.graph;
	struct nearest nearest = { .vertex = NO_INDEX };

	for (uint32_t i = 0; i < graph->n_nets; i++) {
		const struct layout_net *net = &graph->nets[i];

		if (down && net->source > from)
			break;
		if (down && net->source != from)
			continue;
		for (uint32_t j = net->first_target; j < net->first_target + net->n_targets; j++) {
			if (down && graph->targets[j] != from)
				consider(view, from, graph->targets[j], &nearest);
			else if (!down && graph->targets[j] == from && net->source != from)
				consider(view, from, net->source, &nearest);
		}
	}
	return nearest;
}

/* The next vertex of its layer; those that are not shown come in the order of the graph. */
static uint32_t beside(const struct graph_view *view, int way)
{
	const struct layering *layering = &view->layering;
	uint32_t at = view->layout.place_of[view->cursor], layer;

	if (at == NO_INDEX)
		return NO_INDEX;
	layer = view->layout.places[at].layer;
	for (int64_t i = (int64_t)at + way; i >= view->layout.first_place[layer] &&
					    i < view->layout.first_place[layer + 1]; i += way) {
		const struct layout_place *place = &view->layout.places[i];

		if (place->kind == PLACE_BOX)
			return place->vertex;
		if (place->kind != PLACE_MORE)
			continue;
		/* Beyond what is shown of the layer. */
		layer = layering->layer_of[view->cursor];
		for (uint32_t k = layering->first[layer]; k < layering->first[layer + 1]; k++) {
			uint32_t v = layering->members[k];

			if (view->layout.place_of[v] == NO_INDEX && (v > view->cursor) == (way > 0))
				return v;
		}
		return NO_INDEX;
	}
	return NO_INDEX;
}

static uint32_t follow(const struct graph_view *view, bool down)
{
	uint32_t at = view->cursor;
	uint32_t most = view->excerpt.graph.n_vertices > 64 ? 64 : view->excerpt.graph.n_vertices;

	for (uint32_t steps = 0; steps < most; steps++) {
		struct nearest next = neighbour(view, at, down);

		if (next.vertex == NO_INDEX || view->layout.place_of[next.vertex] == NO_INDEX)
			break;
		at = next.vertex;
		if (neighbour(view, at, down).count != 1 || neighbour(view, at, !down).count > 1)
			break;
	}
	return at == view->cursor ? NO_INDEX : at;
}

uint32_t graph_move(const struct graph_view *view, enum command command)
{
	const struct layering *layering = &view->layering;

	if (view->cursor == NO_INDEX)
		return NO_INDEX;
	switch (command) {
	case COMMAND_UP:
	case COMMAND_DOWN:
		return neighbour(view, view->cursor, command == COMMAND_DOWN).vertex;
	case COMMAND_LEFT:
		return beside(view, -1);
	case COMMAND_RIGHT:
		return beside(view, 1);
	case COMMAND_PAGE_UP:
	case COMMAND_PAGE_DOWN:
		return follow(view, command == COMMAND_PAGE_DOWN);
	case COMMAND_FIRST:
		return layering->members[0];
	case COMMAND_LAST:
		return layering->members[view->excerpt.graph.n_vertices - 1];
	default:
		return NO_INDEX;
	}
}
