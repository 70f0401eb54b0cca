/* The cells of a drawn graph. Lines first, those across before those down, so that where two cross
 * the one that goes down is whole; then what stands out, once more; then boxes over the ends. */
#include <stdio.h>
#include <string.h>

#include "ui/canvas/line_art.h"
#include "ui/canvas/number.h"
#include "ui/views/graph_view.h"
#include "ui/views/graph_words.h"
#include "ui/views/shape.h"

struct drawing {
	const struct graph_view *view;
	const struct graph_layout *layout;
	const struct view_context *context;
	struct canvas *canvas; /* of the drawing alone */
	int32_t left, top;
	/* The pass that draws lines: all in light, or those that stand out. */
	uint8_t front; /* 0: all */
	enum role role;
	enum line_weight weight;
};

static bool is_drawn(const struct drawing *d, uint32_t end)
{
	return d->front == 0 || (d->view->end_fronts && (d->view->end_fronts[end] & d->front));
}

static bool in_pane(const struct drawing *d, int32_t y0, int32_t y1)
{
	return y1 >= d->top && y0 < d->top + d->canvas->height;
}

static void across(const struct drawing *d, int32_t x0, int32_t x1, int32_t y)
{
	line_art_across(d->canvas, (x0 < x1 ? x0 : x1) - d->left, (x0 < x1 ? x1 : x0) - d->left,
			y - d->top, d->role, d->weight);
}

static void down(const struct drawing *d, int32_t x, int32_t y0, int32_t y1)
{
	line_art_down(d->canvas, x - d->left, y0 - d->top, y1 - d->top, d->role, d->weight);
}

static void joint(const struct drawing *d, int32_t x, int32_t y, unsigned sides)
{
	canvas_put(d->canvas, x - d->left, y - d->top, d->role,
		   line_art_code(d->canvas->glyphs, sides, d->weight));
}

/* Columns that a wire's track spans: of all ends, or of those that are drawn; false if none is. */
static bool track_span(const struct drawing *d, const struct layout_wire *wire, bool all,
		       int32_t *low, int32_t *high)
{
	bool any = false;

	*low = *high = wire->jog >= 0 ? wire->jog_x : wire->x;
	for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++) {
		int32_t x = d->layout->ends[k].x;

		any = any || is_drawn(d, k);
		if (!all && !is_drawn(d, k))
			continue;
		*low = x < *low ? x : *low;
		*high = x > *high ? x : *high;
	}
	return any;
}

static void draw_across(const struct drawing *d, const struct layout_wire *wire)
{
	int32_t low, high;

	if (!track_span(d, wire, false, &low, &high))
		return;
	if (wire->jog >= 0)
		across(d, wire->x, wire->jog_x, wire->jog);
	if (wire->track >= 0)
		across(d, low, high, wire->track);
}

static void draw_jog(const struct drawing *d, const struct layout_wire *wire)
{
	bool right = wire->jog_x > wire->x;

	down(d, wire->x, wire->top, wire->jog - 1);
	joint(d, wire->x, wire->jog, LINE_UP | (right ? LINE_RIGHT : LINE_LEFT));
	joint(d, wire->jog_x, wire->jog, LINE_DOWN | (right ? LINE_LEFT : LINE_RIGHT));
	down(d, wire->jog_x, wire->jog + 1, wire->track - 1);
}

static void draw_down(const struct drawing *d, const struct layout_wire *wire)
{
	int32_t low, high, x = wire->jog >= 0 ? wire->jog_x : wire->x;
	unsigned sides = LINE_UP;

	/* Joints have all their sides, also those of branches that do not stand out. */
	if (!track_span(d, wire, true, &low, &high))
		return;
	if (wire->track < 0) {
		down(d, wire->x, wire->top, d->layout->ends[wire->first_end].y - 1);
		return;
	}
	if (wire->jog >= 0)
		draw_jog(d, wire);
	else
		down(d, wire->x, wire->top, wire->track - 1);
	for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++) {
		const struct layout_end *end = &d->layout->ends[k];

		if (end->x == x)
			sides |= LINE_DOWN;
		if (!is_drawn(d, k))
			continue;
		down(d, end->x, wire->track + 1, end->y - 1);
		if (end->x != x)
			joint(d, end->x, wire->track,
			      LINE_DOWN | (end->x > low ? LINE_LEFT : 0u) |
				      (end->x < high ? LINE_RIGHT : 0u));
	}
	joint(d, x, wire->track,
	      sides | (x > low ? LINE_LEFT : 0u) | (x < high ? LINE_RIGHT : 0u));
}

static void draw_passes(const struct drawing *d)
{
	for (uint32_t i = 0; i < d->layout->n_places; i++) {
		const struct layout_place *place = &d->layout->places[i];

		if (place->kind != PLACE_PASS || !in_pane(d, place->y, place->y + place->height))
			continue;
		if (d->front == 0 ||
		    (d->view->place_fronts && (d->view->place_fronts[i] & d->front)))
			down(d, place->x, place->y, place->y + place->height - 1);
	}
}

static void draw_lines(const struct drawing *d)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < d->layout->n_wires; i++) {
			const struct layout_wire *wire = &d->layout->wires[i];

			if (!in_pane(d, wire->top, d->layout->ends[wire->first_end].y))
				continue;
			if (pass == 0)
				draw_across(d, wire);
			else
				draw_down(d, wire);
		}
	}
	draw_passes(d);
}

static void draw_labels(const struct drawing *d)
{
	char words[256];

	for (uint32_t i = 0; i < d->layout->n_labels; i++) {
		const struct layout_label *label = &d->layout->labels[i];
		struct canvas window;
		int x = label->x - d->left, y = label->y - d->top;

		if (!in_pane(d, label->y, label->y))
			continue;
		graph_net_words(&d->view->excerpt, d->view->shapes, label->net,
				d->canvas->glyphs->gate, words, sizeof words);
		if (x < 0) {
			canvas_string(d->canvas, x, y, ROLE_DIM, words);
			continue;
		}
		window = canvas_window(d->canvas, x, y, label->width, 1);
		if (window.width > 0)
			canvas_string(&window, 0, 0, ROLE_DIM, words);
	}
}

/* "+3" in a frame's border: edges that are not drawn. */
static void draw_left_out(const struct drawing *d, const struct layout_place *place, uint32_t count,
			  int32_t y)
{
	char text[24];
	int width = snprintf(text, sizeof text, "+%u", (unsigned)count);

	if (count > 0 && width + 2 < place->width)
		canvas_string(d->canvas, place->x + place->width - 1 - width - d->left, y - d->top,
			      ROLE_DIM, text);
}

static void draw_box(const struct drawing *d, const struct layout_place *place)
{
	const struct graph_view *view = d->view;
	const struct vertex *vertex = &view->excerpt.vertices[place->vertex];
	bool between = view->between && view->between[place->vertex];
	bool dim = view->n_between > 1 && !between;
	int x = place->x - d->left, y = place->y - d->top;
	enum role role = between ? ROLE_ACCENT : ROLE_BORDER;
	struct graph_words words;

	graph_words_of(&view->excerpt, place->vertex, d->canvas->glyphs->gate, &words);
	if (!graph_has_frame(&view->excerpt, place->vertex)) {
		graph_words_draw(&words, d->canvas, x, y + place->height - 1, dim);
		return;
	}
	canvas_fill(d->canvas, x < 0 ? 0 : x, y < 0 ? 0 : y, place->width + (x < 0 ? x : 0),
		    place->height + (y < 0 ? y : 0), ROLE_NORMAL, ' ');
	line_art_box(d->canvas, x, y, place->width, place->height, role,
		     between ? LINE_HEAVY : LINE_LIGHT);
	graph_words_draw(&words, d->canvas, x + (place->width - words.width) / 2, y + 1, dim);
	draw_left_out(d, place, place->left_out_in + vertex->left_out_in, place->y);
	draw_left_out(d, place, place->left_out_out + vertex->left_out_out,
		      place->y + place->height - 1);
}

static void draw_place(const struct drawing *d, const struct layout_place *place)
{
	char number[NUMBER_SIZE];
	struct graph_words words;

	switch ((enum place_kind)place->kind) {
	case PLACE_BOX:
		draw_box(d, place);
		break;
	case PLACE_REFERENCE:
		graph_reference_words(&d->view->excerpt, place->vertex, d->canvas->glyphs->gate,
				      &words);
		graph_words_draw(&words, d->canvas, place->x - d->left, place->y - d->top, false);
		break;
	case PLACE_MORE:
		canvas_print(d->canvas, place->x - d->left, place->y - d->top, ROLE_DIM, "… %s more",
			     number_count(number, place->count));
		break;
	case PLACE_PASS:
		break;
	}
}

/* Where a line meets a box: a joint in the border it leaves, an arrow where it arrives. */
static void draw_ends(const struct drawing *d, const struct layout_wire *wire)
{
	const struct glyphs *glyphs = d->canvas->glyphs;
	const struct layout_place *from = &d->layout->places[wire->place];
	bool heavy = d->view->between && from->kind == PLACE_BOX && d->view->between[from->vertex];
	bool frame = from->kind == PLACE_BOX && graph_has_frame(&d->view->excerpt, from->vertex);
	uint32_t tip = glyphs->level == GLYPHS_ASCII ? 'v' : 0x25bc;
	uint32_t tip_up = glyphs->level == GLYPHS_ASCII ? '^' : 0x25b2;

	if (frame)
		canvas_put(d->canvas, wire->x - d->left, wire->top - 1 - d->top,
			   heavy ? ROLE_ACCENT : ROLE_BORDER,
			   wire->reversed ? tip_up
					  : line_art_code(glyphs, LINE_DOWN | LINE_LEFT | LINE_RIGHT,
							  heavy ? LINE_HEAVY : LINE_LIGHT));
	for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++) {
		const struct layout_end *end = &d->layout->ends[k];
		const struct layout_place *to = &d->layout->places[end->place];

		if (to->kind != PLACE_BOX)
			continue;
		if (wire->reversed)
			joint(d, end->x, end->y, LINE_UP | LINE_LEFT | LINE_RIGHT);
		else if (to->height > 1)
			canvas_put(d->canvas, end->x - d->left, end->y - d->top, ROLE_BORDER, tip);
	}
}

static void draw_cursor(const struct drawing *d)
{
	const struct graph_view *view = d->view;
	uint32_t at = view->cursor == NO_INDEX ? NO_INDEX : d->layout->place_of[view->cursor];
	const struct layout_place *place = at == NO_INDEX ? NULL : &d->layout->places[at];
	int x, y, row;

	if (!place || d->context->whole)
		return;
	x = place->x - d->left;
	y = place->y - d->top;
	row = y + (place->height == 3 ? 1 : place->height - 1);
	canvas_put(d->canvas, place->height == 3 ? x : x - 1, row, ROLE_ACCENT,
		   d->canvas->glyphs->cursor);
	if (row >= 0 && row < d->canvas->height)
		canvas_mark(d->canvas, x < 0 ? 0 : x, row, place->width + (x < 0 ? x : 0),
			    CELL_SELECTED | (d->context->focused ? CELL_FOCUSED : 0));
}

static void draw_drawing(struct drawing *d)
{
	d->role = ROLE_BORDER;
	d->weight = LINE_LIGHT;
	draw_lines(d);
	if (!d->context->whole) {
		d->front = FRONT_CURSOR;
		d->role = ROLE_ACCENT;
		draw_lines(d);
	}
	if (d->view->between) {
		d->front = FRONT_BETWEEN;
		d->role = ROLE_ACCENT;
		d->weight = LINE_HEAVY;
		draw_lines(d);
	}
	d->front = 0;
	d->role = ROLE_BORDER;
	d->weight = LINE_LIGHT;
	draw_labels(d);
	for (uint32_t i = 0; i < d->layout->n_places; i++) {
		const struct layout_place *place = &d->layout->places[i];

		if (in_pane(d, place->y, place->y + place->height))
			draw_place(d, place);
	}
	for (uint32_t i = 0; i < d->layout->n_wires; i++)
		draw_ends(d, &d->layout->wires[i]);
	draw_cursor(d);
}

/* --- The lines above and below ----------------------------------------------------------------- */

static int put_facts(const struct graph_view *view, struct canvas *canvas, int x)
{
	const struct excerpt *excerpt = &view->excerpt;
	char boxes[NUMBER_SIZE], layers[NUMBER_SIZE];

	x = canvas_print(canvas, x, 0, ROLE_DIM, "  %s box%s in %s layer%s",
			 number_count(boxes, excerpt->graph.n_vertices),
			 excerpt->graph.n_vertices == 1 ? "" : "es",
			 number_count(layers, view->layering.n_layers),
			 view->layering.n_layers == 1 ? "" : "s");
	if (excerpt->hops)
		x = canvas_print(canvas, x, 0, ROLE_DIM, " · %u hop%s", (unsigned)excerpt->hops,
				 excerpt->hops == 1 ? "" : "s");
	if (excerpt->cut)
		x = canvas_string(canvas, x, 0, ROLE_WARNING, " · cut at 5,000 nodes");
	if (view->layering.n_reversed)
		x = canvas_print(canvas, x, 0, ROLE_WARNING, " · cycle: %u edge%s up",
				 (unsigned)view->layering.n_reversed,
				 view->layering.n_reversed == 1 ? " goes" : "s go");
	if (view->n_between)
		x = canvas_print(canvas, x, 0, ROLE_ACCENT, " · %u between", (unsigned)view->n_between);
	if (view->layout.simpler)
		x = canvas_string(canvas, x, 0, ROLE_DIM, " · lines not untangled to the end");
	return x;
}

static void draw_above(const struct graph_view *view, const struct view_context *context,
		       struct canvas *canvas)
{
	uint32_t row = view->row;
	struct arena arena;
	struct text path;
	int x;

	arena_init(&arena, 0);
	path = layer_path(view->layers, row, &arena);
	if (path.len > 0)
		x = canvas_text(canvas, 0, 0, canvas->width / 2, ROLE_TITLE, path);
	else
		x = canvas_string(canvas, 0, 0, ROLE_TITLE, "model");
	arena_free(&arena);
	if (view->excerpt.graph.n_vertices == 0)
		canvas_string(canvas, x, 0, ROLE_DIM, "  no nodes");
	else
		put_facts(view, canvas, x);
	(void)context;
}

/* All that is known of the box that the cursor is on. */
static void draw_below(const struct graph_view *view, struct canvas *canvas)
{
	int y = canvas->height - 1, x = 0;
	const struct vertex *vertex;
	struct graph_words words;
	char type[256];

	if (view->cursor == NO_INDEX || y < 2)
		return;
	vertex = &view->excerpt.vertices[view->cursor];
	graph_words_of(&view->excerpt, view->cursor, canvas->glyphs->gate, &words);
	x = graph_words_draw(&words, canvas, 0, y, false) + 2;
	if (vertex->kind == VERTEX_NODE) {
		const struct node *node = &view->model->nodes[vertex->item];

		for (uint32_t i = 0; i < node->n_outputs && i < 4; i++) {
			uint32_t value = view->model->refs[node->first_output + i];

			if (value == NO_INDEX)
				continue;
			value_words(view->model, view->shapes, value, canvas->glyphs->gate, type,
				    sizeof type);
			x = canvas_print(canvas, x, y, ROLE_DIM, "%s", i ? ", " : "→ ");
			x = canvas_string(canvas, x, y, ROLE_DTYPE, type);
		}
	} else if (vertex->kind == VERTEX_INPUT || vertex->kind == VERTEX_OUTPUT) {
		value_words(view->model, view->shapes, vertex->item, canvas->glyphs->gate, type,
			    sizeof type);
		x = canvas_string(canvas, x, y, ROLE_DIM,
				  vertex->kind == VERTEX_INPUT ? "input " : "output ");
		canvas_string(canvas, x, y, ROLE_DTYPE, type);
	}
}

static void draw_more_marks(const struct graph_view *view, struct canvas *canvas)
{
	const struct graph_layout *layout = &view->layout;
	const struct glyphs *glyphs = canvas->glyphs;
	int right = canvas->width - 1, bottom = canvas->height - 1;

	if (bottom < 1 || right < 1)
		return;
	if (view->top > 0 || layout->first_layer > 0)
		canvas_put(canvas, right, 0, ROLE_ACCENT, glyphs->arrow_up);
	if (view->top + canvas->height < layout->height ||
	    layout->end_layer < view->layering.n_layers)
		canvas_put(canvas, right, bottom, ROLE_ACCENT, glyphs->arrow_down);
	if (view->left > 0)
		canvas_put(canvas, 0, bottom / 2, ROLE_ACCENT, glyphs->arrow_left);
	if (view->left + canvas->width < layout->width)
		canvas_put(canvas, right, bottom / 2, ROLE_ACCENT, glyphs->arrow_right);
}

/* Of what is printed: what did not fit. */
static void draw_cut(const struct graph_view *view, struct canvas *canvas)
{
	const struct graph_layout *layout = &view->layout;
	char layers[NUMBER_SIZE], all[NUMBER_SIZE];

	if (layout->end_layer - layout->first_layer < view->layering.n_layers)
		canvas_print(canvas, 0, canvas->height - 1, ROLE_WARNING,
			     "… %s of %s layers are drawn",
			     number_count(layers, layout->end_layer - layout->first_layer),
			     number_count(all, view->layering.n_layers));
	else
		canvas_print(canvas, 0, canvas->height - 1, ROLE_WARNING,
			     "… cut: the drawing has %s columns and %s rows",
			     number_count(layers, (uint64_t)layout->width),
			     number_count(all, (uint64_t)layout->height));
}

void graph_draw(const struct graph_view *view, const struct view_context *context,
		struct canvas *canvas)
{
	int below = context->whole ? graph_is_cut(view, canvas->width, canvas->height)
				  : GRAPH_BELOW;
	int rows = canvas->height - GRAPH_ABOVE - below;
	struct canvas area = canvas_window(canvas, 0, GRAPH_ABOVE, canvas->width, rows);
	struct drawing drawing = {
		.view = view, .layout = &view->layout, .context = context, .canvas = &area,
		.left = context->whole ? 0 : view->left, .top = context->whole ? 0 : view->top,
	};

	draw_above(view, context, canvas);
	if (area.width > 0 && view->layout.n_places > 0)
		draw_drawing(&drawing);
	if (context->whole && below > 0)
		draw_cut(view, canvas);
	else if (!context->whole && area.width > 0) {
		draw_more_marks(view, &area);
		draw_below(view, canvas);
	}
}
