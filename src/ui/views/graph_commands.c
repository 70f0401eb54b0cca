/* Commands of the view "graph": along edges, into boxes and out, what is open, marks. */
#include <stdio.h>

#include "ui/views/graph_view.h"

static unsigned say(struct view_answer *answer, const char *words)
{
	snprintf(answer->message, sizeof answer->message, "%s", words);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned focus_row(const struct view_context *context, uint32_t row,
			  struct view_answer *answer)
{
	answer->focus = (struct focus){
		.document = context->focus.document,
		.row = row,
		.tensor = layer_tensor(context->model, context->layers, row),
	};
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

/* The row of the next subgraph of a node after the one left last; NO_INDEX if it has none. */
static uint32_t subgraph_row(const struct graph_view *view, uint32_t row)
{
	const struct layer *rows = view->layers->rows;
	uint32_t first = NO_INDEX;
	bool passed = false;

	for (uint32_t r = row + 1; r < rows[row].end; r = rows[r].end) {
		if (rows[r].kind != LAYER_GRAPH)
			continue;
		if (passed)
			return r;
		passed = r == view->last_graph;
		first = first == NO_INDEX ? r : first;
	}
	return first;
}

static unsigned enter(struct graph_view *view, const struct view_context *context,
		      struct view_answer *answer)
{
	uint32_t row = view->cursor == NO_INDEX
			       ? NO_INDEX : excerpt_row_of_vertex(&view->excerpt, view->cursor), to;

	if (row == NO_INDEX)
		return say(answer, "an input of the graph: there is nothing to go to");
	to = row;
	if (view->layers->rows[row].kind == LAYER_NODE) {
		uint32_t inner = subgraph_row(view, row);

		/* Into the subgraph of a node that is selected already. */
		if (inner != NO_INDEX && (row == view->row || !view->excerpt.hops))
			to = inner;
	}
	if (to == view->row)
		return say(answer, "this node is selected; Esc or o goes out");
	if (view->n_entered < GRAPH_DEPTH)
		view->entered[view->n_entered++] = view->row;
	return focus_row(context, to, answer);
}

/* Out to where Enter came from, or to the scope around. */
static unsigned leave(struct graph_view *view, const struct view_context *context, bool around,
		      struct view_answer *answer)
{
	uint32_t to, row = view->row;

	if (view->layers->rows[row].kind == LAYER_GRAPH)
		view->last_graph = row;
	if (!around && view->n_entered > 0) {
		view->wanted_row = row;
		return focus_row(context, view->entered[--view->n_entered], answer);
	}
	if (!around)
		return EFFECT_PASS;
	if (row == 0)
		return say(answer, "this is all of the model");
	to = layer_around(view->layers, view->layers->rows[row].parent);
	view->wanted_row = row;
	return focus_row(context, to, answer);
}

static unsigned set_hops(struct graph_view *view, const struct view_context *context,
			 unsigned hops, struct view_answer *answer)
{
	if (!view->excerpt.hops)
		return say(answer, "hops are of a node; this is a scope");
	if (hops < 1 || hops > EXCERPT_MOST_HOPS)
		return say(answer, hops < 1 ? "one hop at least" : "five hops at most");
	view->hops = hops;
	view->wanted_row = excerpt_row_of_vertex(&view->excerpt, view->cursor);
	graph_view_remake(view, context);
	snprintf(answer->message, sizeof answer->message, "%u hop%s", hops, hops == 1 ? "" : "s");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static bool add_row(uint32_t *rows, unsigned *n, uint32_t row)
{
	if (*n == GRAPH_OPEN_MOST)
		return false;
	rows[(*n)++] = row;
	return true;
}

static bool remove_row(uint32_t *rows, unsigned *n, uint32_t row)
{
	for (unsigned i = 0; i < *n; i++) {
		if (rows[i] != row)
			continue;
		rows[i] = rows[--*n];
		return true;
	}
	return false;
}

/* The first of the scopes alike that an unrolled one stands among; the row itself if none. */
static uint32_t first_alike(const struct graph_view *view, uint32_t row)
{
	for (unsigned i = 0; i < view->n_unrolled; i++) {
		uint32_t end;

		scopes_alike(view->layers, view->unrolled[i], &end);
		if (row >= view->unrolled[i] && row < end)
			return view->unrolled[i];
	}
	return row;
}

/* Opens what the box stands for in place; what is open closes around the box. */
static unsigned expand(struct graph_view *view, const struct view_context *context,
		       struct view_answer *answer)
{
	const struct vertex *vertex =
		view->cursor == NO_INDEX ? NULL : &view->excerpt.vertices[view->cursor];
	uint32_t row = vertex ? excerpt_row_of_vertex(&view->excerpt, view->cursor) : NO_INDEX;
	uint32_t around;
	bool good = true;

	if (row == NO_INDEX || view->excerpt.hops)
		return say(answer, "nothing to open here");
	around = view->layers->rows[row].parent;
	if (vertex->kind == VERTEX_REPEAT)
		good = add_row(view->unrolled, &view->n_unrolled, row);
	else if (vertex->kind == VERTEX_SCOPE && first_alike(view, row) == row &&
		 !(remove_row(view->unrolled, &view->n_unrolled, row)))
		good = add_row(view->open, &view->n_open, row);
	else if (vertex->kind == VERTEX_SCOPE)
		remove_row(view->unrolled, &view->n_unrolled, first_alike(view, row));
	else if (remove_row(view->open, &view->n_open, around))
		row = around;
	else
		return say(answer, "nothing to open here");
	if (!good)
		return say(answer, "no more can be open at once");
	view->wanted_row = row;
	graph_view_remake(view, context);
	return EFFECT_REDRAW;
}

static unsigned mark(struct graph_view *view, struct view_answer *answer)
{
	uint32_t row = view->cursor == NO_INDEX
			       ? NO_INDEX : excerpt_row_of_vertex(&view->excerpt, view->cursor);

	if (row == NO_INDEX)
		return say(answer, "this cannot be marked");
	if (view->mark_row == row) {
		view->mark_row = NO_INDEX;
		graph_front_update(view);
		return say(answer, "no longer marked");
	}
	view->mark_row = row;
	graph_front_update(view);
	return say(answer, "marked; move on to see the ways from here");
}

static bool parse_hops(struct text argument, unsigned *hops)
{
	if (argument.len != 1 || argument.data[0] < '1' ||
	    argument.data[0] > '0' + EXCERPT_MOST_HOPS)
		return false;
	*hops = (unsigned)(argument.data[0] - '0');
	return true;
}

/* Beyond what is shown of a neighbourhood the walk goes on about the cursor. */
static unsigned step(struct graph_view *view, const struct view_context *context,
		     enum command command)
{
	uint32_t to = graph_move(view, command);
	const struct vertex *at = view->cursor == NO_INDEX ? NULL
							   : &view->excerpt.vertices[view->cursor];

	if (to == NO_INDEX && at && view->excerpt.hops && at->kind == VERTEX_NODE &&
	    ((command == COMMAND_DOWN && at->left_out_out) ||
	     (command == COMMAND_UP && at->left_out_in))) {
		if (!graph_view_centre(view, context, at->item))
			return EFFECT_REDRAW;
		to = graph_move(view, command);
	}
	if (to == NO_INDEX)
		return EFFECT_REDRAW;
	view->cursor = to;
	graph_view_follow(view, context);
	return EFFECT_REDRAW;
}

unsigned graph_view_command(struct view *it, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	struct graph_view *view = it->state;
	unsigned hops;

	graph_view_make(view, context);
	if (!view->made || view->failed)
		return EFFECT_PASS;
	switch (command) {
	case COMMAND_UP:
	case COMMAND_DOWN:
	case COMMAND_LEFT:
	case COMMAND_RIGHT:
	case COMMAND_PAGE_UP:
	case COMMAND_PAGE_DOWN:
	case COMMAND_FIRST:
	case COMMAND_LAST:
		return step(view, context, command);
	case COMMAND_ENTER:
		return enter(view, context, answer);
	case COMMAND_BACK:
		return leave(view, context, false, answer);
	case COMMAND_LEAVE:
		return leave(view, context, true, answer);
	case COMMAND_HOPS_MORE:
		return set_hops(view, context, view->hops + 1, answer);
	case COMMAND_HOPS_FEWER:
		return set_hops(view, context, view->hops - 1, answer);
	case COMMAND_HOPS:
		if (!parse_hops(argument, &hops))
			return say(answer, "hops are 1 to 5");
		if (!view->excerpt.hops) {
			view->hops = hops;
			return EFFECT_REDRAW;
		}
		return set_hops(view, context, hops, answer);
	case COMMAND_EXPAND:
		return expand(view, context, answer);
	case COMMAND_MARK_NODE:
		return mark(view, answer);
	default:
		return EFFECT_PASS;
	}
}

unsigned graph_view_click(struct view *it, const struct view_context *context, int x, int y,
			    int clicks, struct view_answer *answer)
{
	struct graph_view *view = it->state;

	graph_view_make(view, context);
	if (!view->made || view->failed)
		return EFFECT_PASS;
	x += view->left;
	y += view->top - GRAPH_ABOVE;
	for (uint32_t i = 0; i < view->layout.n_places; i++) {
		const struct layout_place *place = &view->layout.places[i];

		if (place->kind != PLACE_BOX || x < place->x || x >= place->x + place->width ||
		    y < place->y || y >= place->y + place->height)
			continue;
		view->cursor = place->vertex;
		graph_view_follow(view, context);
		return clicks == 2 ? enter(view, context, answer) : EFFECT_REDRAW;
	}
	return EFFECT_PASS;
}
