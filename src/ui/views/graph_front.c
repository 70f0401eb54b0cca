/* What of a drawn graph stands out: the lines of the cursor's box, and all ways between the marked
 * box and the cursor. */
#include <stdlib.h>

#include "ui/views/graph_view.h"

static void find_between(struct graph_view *view)
{
	uint32_t from, n = view->excerpt.graph.n_vertices;

	free(view->between);
	view->between = NULL;
	view->n_between = 0;
	if (view->mark_row == NO_INDEX || view->cursor == NO_INDEX)
		return;
	from = excerpt_vertex_of_row(&view->excerpt, view->mark_row);
	if (from == NO_INDEX)
		return;
	view->between = calloc(n + 1, 1);
	if (!view->between)
		return;
	if (!graph_between(&view->excerpt.graph, from, view->cursor, view->between) &&
	    !graph_between(&view->excerpt.graph, view->cursor, from, view->between))
		view->between[from] = view->between[view->cursor] = 1;
	for (uint32_t v = 0; v < n; v++)
		view->n_between += view->between[v];
}

static uint8_t front_of_edge(const struct graph_view *view, const struct layout_wire *wire,
			     uint32_t below)
{
	uint32_t source = view->excerpt.graph.nets[wire->net].source;
	uint8_t front = 0;

	if (source == view->cursor || (below == view->cursor && !wire->reversed))
		front |= FRONT_CURSOR;
	if (view->between && view->between[source] && view->between[below] && !wire->reversed)
		front |= FRONT_BETWEEN;
	return front;
}

/* From the lowest gap up: a place that a line passes stands out as what it leads to does. */
static void mark_lines(struct graph_view *view)
{
	const struct graph_layout *layout = &view->layout;

	for (uint32_t i = 0; i < layout->n_places; i++)
		view->place_fronts[i] = 0;
	for (uint32_t i = layout->n_wires; i-- > 0;) {
		const struct layout_wire *wire = &layout->wires[i];

		for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++) {
			uint32_t place = layout->ends[k].place;

			if (layout->places[place].kind == PLACE_PASS)
				view->end_fronts[k] = view->place_fronts[place];
			else if (layout->places[place].kind == PLACE_BOX)
				view->end_fronts[k] = front_of_edge(view, wire,
								    layout->places[place].vertex);
			else
				view->end_fronts[k] = 0;
			if (layout->places[wire->place].kind == PLACE_PASS)
				view->place_fronts[wire->place] |= view->end_fronts[k];
		}
	}
}

void graph_front_update(struct graph_view *view)
{
	find_between(view);
	if (view->end_fronts && view->place_fronts)
		mark_lines(view);
}
