/* A scope as a graph: every row of its subtree is shown by a vertex, that of the uppermost row
 * which is not open. */
#include <stdlib.h>
#include <string.h>

#include "core/layout/excerpt_build.h"

#define SHOWS_NOTHING (NO_INDEX - 1) /* constants; functions among the model's rows */

enum { ROW_OPEN = 1, ROW_UNROLLED = 2 };

struct scope {
	struct excerpt_build b;
	uint32_t row, end;
	uint32_t graph;	      /* that the scope's nodes are in */
	uint8_t *flags;	      /* by row */
	uint32_t *shown;      /* by row: vertex; rows outside: that values come from */
	uint32_t *shown_to;   /* rows outside: vertex that values go to */
	uint32_t *of_value;   /* vertices of graph inputs, by value; 0: none, else one more */
};

static uint32_t graph_of_row(const struct layers *layers, uint32_t row)
{
	while (row != 0 && layers->rows[row].kind != LAYER_GRAPH)
		row = layers->rows[row].parent;
	return row == 0 ? 0 : layers->rows[row].item;
}

static bool prepare(struct scope *s, const struct excerpt_open *open)
{
	struct arena *arena = &s->b.excerpt->arena;
	size_t n = s->b.layers->n_rows;

	s->flags = arena_array(arena, n, 1);
	s->shown = arena_array(arena, n, sizeof *s->shown);
	s->shown_to = arena_array(arena, n, sizeof *s->shown_to);
	s->of_value = arena_array(arena, s->b.model->n_values + 1, sizeof *s->of_value);
	if (!s->flags || !s->shown || !s->shown_to || !s->of_value)
		return false;
	memset(s->shown, 0xff, n * sizeof *s->shown);
	memset(s->shown_to, 0xff, n * sizeof *s->shown_to);
	for (size_t i = 0; open && i < open->n_scopes; i++)
		if (open->scopes[i] < n)
			s->flags[open->scopes[i]] |= ROW_OPEN;
	for (size_t i = 0; open && i < open->n_unrolled; i++)
		if (open->unrolled[i] < n)
			s->flags[open->unrolled[i]] |= ROW_UNROLLED;
	return true;
}

static void show_subtree(struct scope *s, uint32_t row, uint32_t end, uint32_t vertex)
{
	for (; row < end; row++)
		s->shown[row] = vertex;
}

/* A scope, or a row of scopes that are alike; returns the row after it. */
static uint32_t add_scope(struct scope *s, uint32_t row)
{
	uint32_t end = s->b.layers->rows[row].end, count = 1, vertex;

	if (!(s->flags[row] & ROW_UNROLLED))
		count = scopes_alike(s->b.layers, row, &end);
	for (uint32_t r = row; count > 1 && r < end; r = s->b.layers->rows[r].end)
		if (s->flags[r] & (ROW_OPEN | ROW_UNROLLED))
			count = 1;
	if (count == 1)
		end = s->b.layers->rows[row].end;
	vertex = excerpt_add(&s->b, count > 1 ? VERTEX_REPEAT : VERTEX_SCOPE, row);
	if (vertex == NO_INDEX)
		return end;
	for (uint32_t r = row; r < end; r = s->b.layers->rows[r].end)
		s->b.vertices.items[vertex].last = r;
	s->b.vertices.items[vertex].count = count;
	show_subtree(s, row, end, vertex);
	return end;
}

/* After the first of unrolled scopes the others are to stand alone, too. */
static void unroll(struct scope *s, uint32_t row)
{
	uint32_t end;

	if (!(s->flags[row] & ROW_UNROLLED) || scopes_alike(s->b.layers, row, &end) < 2)
		return;
	for (uint32_t r = s->b.layers->rows[row].end; r < end; r = s->b.layers->rows[r].end)
		s->flags[r] |= ROW_UNROLLED;
}

static void add_rows(struct scope *s)
{
	const struct layer *rows = s->b.layers->rows;
	uint32_t row = s->row + 1;

	s->shown[s->row] = SHOWS_NOTHING;
	while (row < s->end && !s->b.failed) {
		const struct layer *layer = &rows[row];

		switch ((enum layer_kind)layer->kind) {
		case LAYER_SCOPE:
			unroll(s, row);
			if (s->flags[row] & ROW_OPEN)
				s->shown[row++] = SHOWS_NOTHING;
			else
				row = add_scope(s, row);
			break;
		case LAYER_NODE:
			show_subtree(s, row, layer->end,
				     node_is_constant(s->b.model, layer->item)
					     ? SHOWS_NOTHING
					     : excerpt_add(&s->b, VERTEX_NODE, layer->item));
			row = layer->end;
			break;
		default:
			show_subtree(s, row, layer->end, SHOWS_NOTHING);
			row = layer->end;
		}
	}
}

/* The row outside that stands beside the scope, or beside one around it. */
static uint32_t row_beside(const struct scope *s, uint32_t row)
{
	const struct layer *rows = s->b.layers->rows;

	while (rows[row].parent != NO_INDEX &&
	       !(rows[row].parent <= s->row && s->row < rows[rows[row].parent].end))
		row = rows[row].parent;
	return row;
}

static uint32_t outside(struct scope *s, uint32_t node, bool to)
{
	uint32_t *map = to ? s->shown_to : s->shown, row = s->b.layers->row_of_node[node];

	if (row == NO_INDEX)
		return NO_INDEX;
	row = row_beside(s, row);
	if (map[row] == NO_INDEX)
		map[row] = excerpt_add(&s->b, to ? VERTEX_TO : VERTEX_FROM, row);
	return map[row];
}

static uint32_t input_vertex(struct scope *s, uint32_t value)
{
	if (s->of_value[value] == 0)
		s->of_value[value] = excerpt_add(&s->b, VERTEX_INPUT, value) + 1;
	return s->of_value[value] - 1;
}

static bool is_inside(const struct scope *s, uint32_t node)
{
	uint32_t row = s->b.layers->row_of_node[node];

	return row != NO_INDEX && row >= s->row && row < s->end;
}

/* Edges from what is not made in the scope; values that are are seen where they are made. */
static void connect_inputs(struct scope *s, uint32_t node, uint32_t vertex)
{
	const struct model *model = s->b.model;

	for (uint32_t i = 0; i < model->nodes[node].n_inputs; i++) {
		uint32_t index = model->refs[model->nodes[node].first_input + i];
		const struct value *value = index == NO_INDEX ? NULL : &model->values[index];

		if (!value || value->tensor != NO_INDEX)
			continue;
		if (value->producer == NO_INDEX) {
			/* Inputs of a subgraph inside are that node's own affair. */
			if (value->graph == s->graph || model->nodes[node].graph == s->graph)
				excerpt_connect(&s->b, input_vertex(s, index), index, vertex);
		} else if (!is_inside(s, value->producer) &&
			   !node_is_constant(model, value->producer)) {
			excerpt_connect(&s->b, outside(s, value->producer, false), index, vertex);
		}
	}
}

static void connect_outputs(struct scope *s, uint32_t node, uint32_t vertex)
{
	const struct model *model = s->b.model;

	for (uint32_t i = 0; i < model->nodes[node].n_outputs; i++) {
		uint32_t index = model->refs[model->nodes[node].first_output + i];
		const struct value *value = index == NO_INDEX ? NULL : &model->values[index];

		for (uint32_t j = 0; value && j < value->n_consumers; j++) {
			uint32_t user = model->consumers[value->first_consumer + j], target;

			target = is_inside(s, user) ? s->shown[s->b.layers->row_of_node[user]]
						    : outside(s, user, true);
			if (target != vertex && target != SHOWS_NOTHING)
				excerpt_connect(&s->b, vertex, index, target);
		}
		if (value && (value->flags & VALUE_OUTPUT) && value->graph == s->graph)
			excerpt_connect(&s->b, vertex, index,
					excerpt_add(&s->b, VERTEX_OUTPUT, index));
	}
}

static void connect_nodes(struct scope *s)
{
	const struct layer *rows = s->b.layers->rows;

	for (uint32_t row = s->row; row < s->end && !s->b.failed; row++) {
		if (rows[row].kind != LAYER_NODE || s->shown[row] == SHOWS_NOTHING)
			continue;
		connect_inputs(s, rows[row].item, s->shown[row]);
		connect_outputs(s, rows[row].item, s->shown[row]);
	}
}

/* Inputs and outputs that no node has to do with. */
static void add_bare_values(struct scope *s)
{
	const struct model *model = s->b.model;
	const struct graph *graph = &model->graphs[s->graph];

	for (uint32_t i = 0; i < graph->n_inputs; i++) {
		uint32_t value = model->refs[graph->first_input + i];

		if (value != NO_INDEX && model->values[value].tensor == NO_INDEX)
			input_vertex(s, value);
	}
	for (uint32_t i = 0; i < graph->n_outputs; i++) {
		uint32_t value = model->refs[graph->first_output + i];

		if (value == NO_INDEX || model->values[value].producer != NO_INDEX)
			continue;
		uint32_t output = excerpt_add(&s->b, VERTEX_OUTPUT, value);
		if (s->of_value[value])
			excerpt_connect(&s->b, s->of_value[value] - 1, value, output);
	}
}

static bool build(const struct layers *layers, uint32_t row, const struct excerpt_open *open,
		  struct excerpt *excerpt, struct error *err)
{
	struct scope s;

	memset(&s, 0, sizeof s);
	excerpt_begin(&s.b, layers, excerpt);
	s.row = excerpt->row = layer_around(layers, row);
	s.end = layers->rows[s.row].end;
	s.graph = graph_of_row(layers, s.row);
	if (prepare(&s, open)) {
		add_rows(&s);
		connect_nodes(&s);
		if (layers->rows[s.row].kind != LAYER_SCOPE)
			add_bare_values(&s);
	} else {
		s.b.failed = true;
	}
	return excerpt_finish(&s.b, err);
}

/* --- Boxes that lines leave and come back to ---------------------------------------------------
 *
 * A scope whose nodes depend on nodes outside that depend on it makes a circle where the graph has
 * none. Such a scope is opened, the smallest one of the circle, and the excerpt made anew.
 */

enum { ROUNDS = 8, CIRCLES = 64 };

struct opening {
	uint32_t scopes[(ROUNDS + 1) * CIRCLES], unrolled[(ROUNDS + 1) * CIRCLES];
	size_t n_scopes, n_unrolled;
};

static uint32_t size_of(const struct excerpt *excerpt, uint32_t v)
{
	const struct vertex *vertex = &excerpt->vertices[v];

	return excerpt->layers->rows[vertex->item].end - vertex->item;
}

/* Of the vertices on a way, the repeat or else the smallest scope; NO_INDEX if there is neither,
 * or if one that is on the way is opened already. */
static uint32_t choose_box(const struct excerpt *excerpt, const uint8_t *on_way, const uint8_t *taken)
{
	uint32_t best = NO_INDEX;

	for (uint32_t v = 0; v < excerpt->graph.n_vertices; v++) {
		uint8_t kind = excerpt->vertices[v].kind;

		if (!on_way[v] || (kind != VERTEX_SCOPE && kind != VERTEX_REPEAT))
			continue;
		if (taken[v])
			return NO_INDEX;
		if (best == NO_INDEX || kind > excerpt->vertices[best].kind ||
		    (kind == excerpt->vertices[best].kind &&
		     size_of(excerpt, v) < size_of(excerpt, best)))
			best = v;
	}
	return best;
}

static void open_box(struct opening *opening, const struct vertex *vertex)
{
	if (vertex->kind == VERTEX_REPEAT)
		opening->unrolled[opening->n_unrolled++] = vertex->item;
	else
		opening->scopes[opening->n_scopes++] = vertex->item;
}

/* True when something was opened. */
static bool open_circles(struct excerpt *excerpt, struct opening *opening)
{
	const struct layout_graph *graph = &excerpt->graph;
	size_t n = graph->n_vertices, before = opening->n_scopes + opening->n_unrolled;
	uint8_t *marks = calloc(2 * n + 1, 1);
	struct layering layering;
	struct arena arena;

	arena_init(&arena, 0);
	if (marks && layering_compute(graph, &arena, &layering, NULL)) {
		unsigned circles = 0;

		for (uint32_t i = 0; layering.n_reversed && i < graph->n_nets; i++) {
			const struct layout_net *net = &graph->nets[i];

			for (uint32_t j = net->first_target;
			     j < net->first_target + net->n_targets && circles < CIRCLES; j++) {
				uint32_t box;

				if (!layering.reversed[j] ||
				    !graph_between(graph, graph->targets[j], net->source, marks))
					continue;
				box = choose_box(excerpt, marks, marks + n);
				circles++;
				if (box == NO_INDEX)
					continue;
				marks[n + box] = 1;
				open_box(opening, &excerpt->vertices[box]);
			}
		}
	}
	arena_free(&arena);
	free(marks);
	return opening->n_scopes + opening->n_unrolled > before;
}

/* One scope with everything in it says nothing: true when it was opened. */
static bool open_alone(const struct excerpt *excerpt, struct opening *opening)
{
	uint32_t alone = NO_INDEX;

	for (uint32_t v = 0; v < excerpt->graph.n_vertices; v++) {
		uint8_t kind = excerpt->vertices[v].kind;

		if (kind != VERTEX_NODE && kind != VERTEX_SCOPE && kind != VERTEX_REPEAT)
			continue;
		if (alone != NO_INDEX || kind != VERTEX_SCOPE)
			return false;
		alone = v;
	}
	if (alone == NO_INDEX)
		return false;
	open_box(opening, &excerpt->vertices[alone]);
	return true;
}

static bool has_boxes(const struct excerpt *excerpt)
{
	for (uint32_t v = 0; v < excerpt->graph.n_vertices; v++)
		if (excerpt->vertices[v].kind == VERTEX_SCOPE ||
		    excerpt->vertices[v].kind == VERTEX_REPEAT)
			return true;
	return false;
}

bool excerpt_scope(const struct layers *layers, uint32_t row, const struct excerpt_open *open,
		   struct excerpt *excerpt, struct error *err)
{
	struct opening opening = { .n_scopes = 0 };
	size_t n_scopes = open ? open->n_scopes : 0, n_unrolled = open ? open->n_unrolled : 0;
	bool good = build(layers, row, open, excerpt, err);
	uint32_t *rows;

	if (!good || !has_boxes(excerpt) ||
	    (!open_alone(excerpt, &opening) && !open_circles(excerpt, &opening)))
		return good;
	rows = calloc(n_scopes + n_unrolled + 2 * (ROUNDS + 1) * CIRCLES, sizeof *rows);
	if (!rows)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (unsigned round = 1; good; round++) {
		struct excerpt_open more = {
			.scopes = rows, .n_scopes = n_scopes + opening.n_scopes,
			.unrolled = rows + n_scopes + opening.n_scopes,
			.n_unrolled = n_unrolled + opening.n_unrolled,
		};

		for (size_t i = 0; i < more.n_scopes; i++)
			rows[i] = i < n_scopes ? open->scopes[i] : opening.scopes[i - n_scopes];
		for (size_t i = 0; i < more.n_unrolled; i++)
			rows[more.n_scopes + i] = i < n_unrolled ? open->unrolled[i]
								 : opening.unrolled[i - n_unrolled];
		excerpt_free(excerpt);
		good = build(layers, row, &more, excerpt, err);
		if (round == ROUNDS || !good ||
		    (!open_alone(excerpt, &opening) && !open_circles(excerpt, &opening)))
			break;
	}
	free(rows);
	return good;
}
