/*
 * Graph: the selected scope, or the neighbourhood of the selected node, as boxes and lines.
 *
 * Tree row -> excerpt (vertices, nets) -> layering of all of it -> layout of a window about the
 * cursor -> cells. The first three are made when the row, the hops or what is open changes; the
 * window when the cursor comes near its end. The cursor is a vertex, which arrows move along
 * edges; Enter selects its row in the tree, and with that goes into it.
 */
#include "ui/views/graph_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/library.h"
#include "ui/views/graph_words.h"

enum {
	WHOLE_VERTICES = 6000,	  /* up to here all of a graph is laid out */
	WINDOW_VERTICES = 1200,
	EXPORT_VERTICES = 60000,  /* the same where it is printed */
	ROW_VERTICES = 64,	  /* side by side */
	NEAR_END = 12,		  /* layers before the window's end where it moves on */
};

struct measuring {
	const struct graph_view *view;
};

static void measure_box(const void *context, uint32_t vertex, struct layout_size *size)
{
	const struct graph_view *view = ((const struct measuring *)context)->view;
	struct graph_words words;

	graph_words_of(&view->excerpt, vertex, view->mode, &words);
	if (graph_has_frame(&view->excerpt, vertex)) {
		size->width = words.width + 4;
		size->height = 3;
	} else {
		uint8_t kind = view->excerpt.vertices[vertex].kind;

		size->width = words.width;
		size->height = kind == VERTEX_OUTPUT || kind == VERTEX_TO ? 2 : 1;
	}
	graph_reference_words(&view->excerpt, vertex, view->mode, &words);
	size->reference = words.width;
}

static int measure_label(const void *context, uint32_t net)
{
	const struct graph_view *view = ((const struct measuring *)context)->view;
	char buffer[256];

	return graph_net_words(&view->excerpt, view->shapes, net, view->mode, buffer,
			       sizeof buffer);
}

static void free_layout(struct graph_view *view)
{
	arena_free(&view->layout_arena);
	view->layout = (struct graph_layout){ 0 };
	view->end_fronts = view->place_fronts = NULL;
}

static void free_excerpt(struct graph_view *view)
{
	free_layout(view);
	arena_free(&view->arena);
	excerpt_free(&view->excerpt);
	free(view->between);
	view->between = NULL;
	view->made = false;
}

void graph_view_free(struct graph_view *view)
{
	free_excerpt(view);
}

/* --- What is shown ----------------------------------------------------------------------------- */

static bool lay_out(struct graph_view *view, bool whole)
{
	struct measuring measuring = { view };
	const struct layout_measure measure = { measure_box, measure_label, &measuring };
	uint32_t n = view->excerpt.graph.n_vertices;
	struct layout_window window = {
		.anchor = view->cursor == NO_INDEX ? 0 : view->cursor,
		.max_row = whole ? 0 : ROW_VERTICES,
	};

	if (whole)
		window.max_vertices = n > EXPORT_VERTICES ? EXPORT_VERTICES : 0;
	else
		window.max_vertices = n > WHOLE_VERTICES ? WINDOW_VERTICES : 0;
	free_layout(view);
	view->whole = whole;
	if (!graph_layout_compute(&view->excerpt.graph, &view->layering, &measure, &window,
				  &view->layout_arena, &view->layout, NULL))
		return false;
	view->end_fronts = arena_array(&view->layout_arena, view->layout.n_ends + 1, 1);
	view->place_fronts = arena_array(&view->layout_arena, view->layout.n_places + 1, 1);
	graph_front_update(view);
	return view->end_fronts && view->place_fronts;
}

static bool make_excerpt(struct graph_view *view, struct error *err)
{
	const struct layer *layer = &view->layers->rows[view->row];
	uint32_t row = view->row;
	const struct excerpt_open open = {
		.scopes = view->open, .n_scopes = view->n_open,
		.unrolled = view->unrolled, .n_unrolled = view->n_unrolled,
	};

	/* A parameter stands below the node that uses it. */
	if (layer->kind == LAYER_TENSOR)
		row = layer->parent;
	if (view->layers->rows[row].kind == LAYER_NODE) {
		uint32_t node = view->layers->rows[row].item;

		return excerpt_near(view->layers, &node, 1, view->hops, &view->excerpt, err);
	}
	return excerpt_scope(view->layers, row, &open, &view->excerpt, err);
}

/* The first box from above; of a neighbourhood the node itself. */
static uint32_t first_cursor(const struct graph_view *view)
{
	uint32_t wanted = view->wanted_row == NO_INDEX ? view->row : view->wanted_row;
	uint32_t vertex = NO_INDEX;

	if (view->excerpt.graph.n_vertices == 0)
		return NO_INDEX;
	if (view->excerpt.hops || view->wanted_row != NO_INDEX)
		vertex = excerpt_vertex_of_row(&view->excerpt, wanted);
	for (uint32_t i = 0; vertex == NO_INDEX && i < view->excerpt.graph.n_vertices; i++)
		if (graph_has_frame(&view->excerpt, view->layering.members[i]))
			vertex = view->layering.members[i];
	return vertex == NO_INDEX ? view->layering.members[0] : vertex;
}

static const struct shapes *shapes_of(const struct view_context *context)
{
	const struct library_answer *answer =
		session_shapes(context->session, context->focus.document);

	return answer ? answer->shapes : NULL;
}

/* --- The window and the pane ------------------------------------------------------------------- */

static int room_across(const struct view_context *context)
{
	return context->width > 0 ? context->width : 1;
}

static int room_down(const struct view_context *context)
{
	int rows = context->height - GRAPH_ABOVE - GRAPH_BELOW;

	return rows > 0 ? rows : 1;
}

static const struct layout_place *cursor_place(const struct graph_view *view)
{
	uint32_t at = view->cursor == NO_INDEX || !view->layout.place_of
			      ? NO_INDEX : view->layout.place_of[view->cursor];

	return at == NO_INDEX ? NULL : &view->layout.places[at];
}

/* Keeps `from`..`end` in a room of cells, with a margin; a drawing that fits stands in the middle. */
static int32_t scroll_to(int32_t offset, int32_t from, int32_t end, int32_t room, int32_t size)
{
	int32_t margin = (room - (end - from)) / 4;

	if (size <= room)
		return -(room - size) / 2;
	margin = margin < 0 ? 0 : margin > 4 ? 4 : margin;
	if (end + margin > offset + room)
		offset = end + margin - room;
	if (from - margin < offset)
		offset = from - margin;
	if (offset > size - room)
		offset = size - room;
	return offset < 0 ? 0 : offset;
}

static void scroll(struct graph_view *view, const struct view_context *context)
{
	const struct layout_place *place = cursor_place(view);
	int across = room_across(context), down = room_down(context);
	struct layout_place nowhere = { 0 };

	place = place ? place : &nowhere;
	view->left = scroll_to(view->left, place->x, place->x + place->width, across,
			       view->layout.width);
	view->top = scroll_to(view->top, place->y - 2, place->y + place->height + 2, down,
			      view->layout.height);
	/* Short drawings hang from the top. */
	if (view->layout.height <= down)
		view->top = 0;
}

void graph_view_arrange(struct graph_view *view, const struct view_context *context)
{
	const struct layout_place *place = cursor_place(view);
	int32_t x = place ? place->x - view->left : room_across(context) / 2;
	int32_t y = place ? place->y - view->top : 0;

	if (!lay_out(view, context->whole)) {
		view->failed = true;
		return;
	}
	place = cursor_place(view);
	if (place) {
		view->left = place->x - x;
		view->top = place->y - y;
	}
	scroll(view, context);
}

/* The window ends near the cursor, and the graph does not. */
static bool window_is_short(const struct graph_view *view)
{
	const struct graph_layout *layout = &view->layout;
	uint32_t layer;

	if (view->cursor == NO_INDEX)
		return false;
	layer = view->layering.layer_of[view->cursor];
	return !cursor_place(view) ||
	       (layout->first_layer > 0 && layer < layout->first_layer + NEAR_END) ||
	       (layout->end_layer < view->layering.n_layers &&
		layer + NEAR_END >= layout->end_layer);
}

void graph_view_follow(struct graph_view *view, const struct view_context *context)
{
	graph_front_update(view);
	if (window_is_short(view) && view->layout.anchor != view->cursor)
		graph_view_arrange(view, context);
	else
		scroll(view, context);
}

void graph_view_remake(struct graph_view *view, const struct view_context *context)
{
	free_excerpt(view);
	view->model = context->model;
	view->layers = context->layers;
	view->row = context->focus.row;
	view->shapes = shapes_of(context);
	view->mode = context->glyphs->gate;
	view->failed = !make_excerpt(view, NULL) ||
		       !layering_compute(&view->excerpt.graph, &view->arena, &view->layering, NULL);
	view->made = true;
	if (view->failed)
		return;
	view->cursor = first_cursor(view);
	view->wanted_row = NO_INDEX;
	view->left = view->top = 0;
	view->failed = !lay_out(view, context->whole);
	scroll(view, context);
}

bool graph_view_centre(struct graph_view *view, const struct view_context *context, uint32_t node)
{
	struct excerpt next;

	if (!excerpt_near(view->layers, &node, 1, view->hops, &next, NULL)) {
		excerpt_free(&next);
		return false;
	}
	free_excerpt(view);
	view->excerpt = next;
	view->made = true;
	view->failed = !layering_compute(&view->excerpt.graph, &view->arena, &view->layering, NULL);
	if (view->failed)
		return false;
	view->cursor = excerpt_vertex_of_row(&view->excerpt, view->layers->row_of_node[node]);
	graph_view_arrange(view, context);
	return !view->failed;
}

void graph_view_make(struct graph_view *view, const struct view_context *context)
{
	if (!context->model || !context->layers)
		return;
	if (view->hops == 0) { /* new */
		view->hops = EXCERPT_HOPS;
		view->mark_row = view->last_graph = view->wanted_row = NO_INDEX;
		arena_init(&view->arena, 0);
		arena_init(&view->layout_arena, 0);
	}
	if (view->model != context->model || view->layers != context->layers) {
		view->n_open = view->n_unrolled = view->n_entered = 0;
		view->mark_row = view->last_graph = view->wanted_row = NO_INDEX;
		graph_view_remake(view, context);
	} else if (!view->made || view->row != context->focus.row) {
		graph_view_remake(view, context);
	} else if (view->shapes != shapes_of(context) || view->mode != context->glyphs->gate ||
		   view->whole != context->whole) {
		view->shapes = shapes_of(context);
		view->mode = context->glyphs->gate;
		graph_view_arrange(view, context);
	} else {
		scroll(view, context);
	}
}

/* --- The view ---------------------------------------------------------------------------------- */

static void graph_update(struct view *it, const struct view_context *context)
{
	if (context->model && strcmp(context->model->format, "onnx") == 0)
		session_want_shapes(context->session, context->focus.document);
	graph_view_make(it->state, context);
}

bool graph_is_cut(const struct graph_view *view, int width, int height)
{
	return view->layout.end_layer - view->layout.first_layer < view->layering.n_layers ||
	       view->layout.width > width || view->layout.height + GRAPH_ABOVE > height;
}

static int graph_measure(struct view *it, const struct view_context *context, int width)
{
	struct graph_view *view = it->state;
	int rows;

	graph_view_make(view, context);
	rows = view->layout.height + GRAPH_ABOVE;
	if (!context->whole)
		return rows + GRAPH_BELOW;
	rows += graph_is_cut(view, width, context->height);
	return rows > context->height ? context->height : rows;
}

static int graph_columns(struct view *it, const struct view_context *context)
{
	struct graph_view *view = it->state;

	graph_view_make(view, context);
	return view->layout.width;
}

static void graph_draw_view(const struct view *it, const struct view_context *context,
			    struct canvas *canvas)
{
	const struct graph_view *view = it->state;

	if (view->failed)
		canvas_string(canvas, 0, 0, ROLE_BAD, "out of memory");
	else if (view->made && view->model == context->model)
		graph_draw(view, context, canvas);
}

unsigned graph_view_hops(const struct view *it)
{
	return it->ops == &graph_view ? ((const struct graph_view *)it->state)->hops : 0;
}

static void graph_close(struct view *it)
{
	graph_view_free(it->state);
}

const struct view_ops graph_view = {
	.name = "graph",
	.title = "Graph",
	.scope = SCOPE_GRAPH,
	.state_size = sizeof(struct graph_view),
	.update = graph_update,
	.measure = graph_measure,
	.columns = graph_columns,
	.draw = graph_draw_view,
	.command = graph_view_command,
	.click = graph_view_click,
	.close = graph_close,
};
