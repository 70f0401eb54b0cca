/* Cost: what running the selected part of the model costs, as facts above and tables below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/library.h"
#include "ui/canvas/number.h"
#include "ui/views/cost_facts.h"
#include "ui/views/cost_table.h"

#define TABLE_LEAST   7	  /* rows that are left to the table in a low pane */
#define NODES_PRINTED 100 /* of the table by node, where all tables are printed */

struct cost_state {
	/* What everything below is about; a new sheet, row or dial makes it new. */
	const struct cost_sheet *sheet;
	uint32_t row;
	struct quant_scheme dial;
	const struct glyphs *glyphs;

	uint64_t *at; /* bytes of weights by row with that dial; NULL without memory */
	struct page facts;
	struct arena arena; /* of the lines */
	struct cost_table tables[COST_PAGE_COUNT];
	struct scroll scroll;
	enum cost_page page;
	enum cost_column sort;
	bool sorted; /* sort was chosen; else by MACs */
	bool reverse;
};

static enum cost_column sort_of(const struct cost_state *state)
{
	return state->sorted ? state->sort : COST_MACS;
}

static void forget(struct cost_state *state)
{
	free(state->at);
	arena_free(&state->arena);
	arena_init(&state->arena, 0);
	state->at = NULL;
	state->sheet = NULL;
	memset(state->tables, 0, sizeof state->tables);
}

/* A tensor's row tells of the node that uses it. */
static uint32_t row_of(const struct view_context *context)
{
	uint32_t row = context->focus.row;

	while (row != 0 && context->layers->rows[row].kind == LAYER_TENSOR)
		row = context->layers->rows[row].parent;
	return row;
}

static void fill(struct cost_state *state)
{
	arena_free(&state->arena);
	arena_init(&state->arena, 0);
	for (unsigned page = 0; page < COST_PAGE_COUNT; page++)
		cost_table_fill(&state->tables[page], state->sheet, page, state->row, state->at,
				sort_of(state), state->reverse, &state->arena);
}

static const struct library_answer *answer_of(const struct view_context *context)
{
	const struct library_answer *answer =
		session_cost(context->session, context->focus.document);

	return answer && answer->cost && answer->cost->layers != context->layers ? NULL : answer;
}

static void refresh(struct cost_state *state, const struct view_context *context)
{
	const struct library_answer *answer = context->layers ? answer_of(context) : NULL;
	const struct cost_sheet *sheet = answer ? answer->cost : NULL;
	uint32_t row = sheet ? row_of(context) : 0;
	bool other_sheet = sheet != state->sheet;
	bool other_dial = !quant_scheme_same(&state->dial, &context->dial);

	if (!sheet) {
		forget(state);
		return;
	}
	if (!other_sheet && !other_dial && row == state->row && state->glyphs == context->glyphs)
		return;
	if (other_sheet)
		forget(state);
	if (other_sheet || row != state->row)
		state->scroll = (struct scroll){ 0, 0 };
	if (!state->at)
		state->at = malloc(sheet->layers->n_rows * sizeof *state->at);
	if (state->at && (other_sheet || other_dial) &&
	    !cost_sheet_at(sheet, &context->dial, state->at)) {
		free(state->at);
		state->at = NULL;
	}
	state->sheet = sheet;
	state->row = row;
	state->dial = context->dial;
	state->glyphs = context->glyphs;
	cost_facts(&state->facts, context, sheet, row,
		   state->at ? state->at[row] : sheet->rows[row].cost.weight_bytes);
	fill(state);
}

/* Rows of facts in a pane: where it is low, the table matters more than the last of them. */
static int head_rows(const struct cost_state *state, int height)
{
	int head = (int)state->facts.lines.count;

	if (head + TABLE_LEAST > height)
		head = height > TABLE_LEAST ? height - TABLE_LEAST : 1;
	return head;
}

/* Of the table's lines; a blank, a heading and a header stand above them. */
static uint64_t page_rows(const struct cost_state *state, int height)
{
	int rows = height - head_rows(state, height) - 3;

	return rows > 1 ? (uint64_t)rows : 1;
}

static const struct cost_table *table_of(const struct cost_state *state)
{
	return &state->tables[state->page];
}

static void cost_update(struct view *view, const struct view_context *context)
{
	struct cost_state *state = view->state;

	if (context->model)
		session_want_cost(context->session, context->focus.document);
	refresh(state, context);
	scroll_clamp(&state->scroll, table_of(state)->count, page_rows(state, context->height),
		     true);
}

static size_t lines_printed(const struct cost_table *table)
{
	return table->page == COST_BY_NODE && table->count > NODES_PRINTED ? NODES_PRINTED
									   : table->count;
}

static int cost_measure(struct view *view, const struct view_context *context, int width)
{
	struct cost_state *state = view->state;
	size_t rows;

	(void)width;
	refresh(state, context);
	rows = state->facts.lines.count + 1;
	for (unsigned page = 0; state->sheet && page < COST_PAGE_COUNT; page++)
		if (state->tables[page].count)
			rows += lines_printed(&state->tables[page]) + 3;
	return rows < INT32_MAX ? (int)rows : INT32_MAX;
}

static void draw_heading(const struct cost_state *state, struct canvas *canvas, int y,
			 enum cost_page page, bool others)
{
	int x = canvas_string(canvas, 0, y, ROLE_TITLE, cost_page_headings[page]);

	if (page == COST_BY_INTENSITY)
		x = canvas_string(canvas, x, y, ROLE_DIM, " · operations a byte that is moved");
	if (page == COST_BY_NODE && !others && state->tables[page].count > NODES_PRINTED)
		canvas_print(canvas, x, y, ROLE_DIM, " · the first %d", NODES_PRINTED);
	if (others)
		canvas_print(canvas, x, y, ROLE_DIM, " · m: %s",
			     cost_page_headings[(page + 1) % COST_PAGE_COUNT]);
}

static void draw_tables(const struct cost_state *state, const struct view_context *context,
			struct canvas *canvas, int y)
{
	struct cost_table_look look = { .dial = &context->dial, .sort = sort_of(state),
					.reverse = state->reverse, .cursor = UINT64_MAX };

	for (unsigned page = 0; page < COST_PAGE_COUNT; page++) {
		int rows = (int)lines_printed(&state->tables[page]);
		struct canvas table;

		if (!rows)
			continue;
		draw_heading(state, canvas, y + 1, page, false);
		table = canvas_window(canvas, 0, y + 2, canvas->width, rows + 1);
		cost_table_draw(&state->tables[page], &look, &table);
		y += rows + 3;
	}
}

/* Instead of a sheet: why there is none. */
static void draw_state(const struct view_context *context, struct canvas *canvas)
{
	const struct library_answer *answer = answer_of(context);

	if (answer && answer->state == REPORT_FAILED)
		canvas_string(canvas, 0, 0, ROLE_BAD, answer->error.message);
	else if (answer && answer->state == REPORT_STOPPED)
		canvas_string(canvas, 0, 0, ROLE_DIM, "stopped; goes on when you move");
	else
		canvas_string(canvas, 0, 0, ROLE_DIM, "working it out ...");
}

static void cost_draw(const struct view *view, const struct view_context *context,
		      struct canvas *canvas)
{
	const struct cost_state *state = view->state;
	int head = context->whole ? (int)state->facts.lines.count : head_rows(state, canvas->height);
	struct cost_table_look look = { .dial = &context->dial, .sort = sort_of(state),
					.reverse = state->reverse, .top = state->scroll.top,
					.cursor = state->scroll.cursor,
					.focused = context->focused };
	struct canvas part;

	if (!state->sheet || state->sheet->layers != context->layers) {
		draw_state(context, canvas);
		return;
	}
	part = canvas_window(canvas, 0, 0, canvas->width, head);
	page_draw(&state->facts, &part, 0);
	if (context->whole) {
		draw_tables(state, context, canvas, head);
		return;
	}
	if (!table_of(state)->count)
		return;
	draw_heading(state, canvas, head + 1, state->page, true);
	part = canvas_window(canvas, 0, head + 2, canvas->width, canvas->height - head - 2);
	cost_table_draw(table_of(state), &look, &part);
	scroll_marks(&part, state->scroll.top, table_of(state)->count + 1);
}

static unsigned say(struct view_answer *answer, const char *words)
{
	snprintf(answer->message, sizeof answer->message, "%s", words);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned turn_page(struct cost_state *state, struct text name, struct view_answer *answer)
{
	unsigned page = (state->page + 1u) % COST_PAGE_COUNT;

	if (name.len)
		for (page = 0; page < COST_PAGE_COUNT && !text_is(name, cost_page_names[page]);)
			page++;
	if (page == COST_PAGE_COUNT)
		return say(answer, "costs are shown by operators, layers, nodes or intensity");
	state->page = page;
	state->scroll = (struct scroll){ 0, 0 };
	return EFFECT_REDRAW;
}

static unsigned sort_by(struct cost_state *state, enum command command, struct text name,
			struct view_answer *answer)
{
	unsigned by = (sort_of(state) + 1u) % COST_COLUMN_COUNT;

	if (state->page == COST_BY_INTENSITY)
		return say(answer, "classes of intensity stand in their order");
	if (command == COMMAND_SORT_REVERSE) {
		state->reverse = !state->reverse;
	} else {
		by += by == COST_BAR;
		if (name.len)
			for (by = 0; by < COST_COLUMN_COUNT &&
				     !text_is(name, cost_column_names[by]);)
				by++;
		if (by == COST_COLUMN_COUNT)
			return EFFECT_PASS;
		state->sort = by;
		state->sorted = true;
		state->reverse = false;
	}
	fill(state);
	snprintf(answer->message, sizeof answer->message, "sort: %s%s",
		 cost_column_names[sort_of(state)], state->reverse ? ", reversed" : "");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

/* Into the layer or node under the cursor. */
static unsigned enter(const struct cost_state *state, const struct view_context *context,
		      struct view_answer *answer)
{
	const struct cost_table *table = table_of(state);
	uint32_t row;

	if (state->page == COST_BY_INTENSITY || state->page == COST_BY_OP ||
	    state->scroll.cursor >= table->count)
		return EFFECT_PASS;
	row = table->lines[state->scroll.cursor].row;
	answer->focus = (struct focus){
		.document = context->focus.document,
		.row = row,
		.tensor = layer_tensor(context->model, context->layers, row),
	};
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

static unsigned cost_command(struct view *view, const struct view_context *context,
			     enum command command, struct text argument,
			     struct view_answer *answer)
{
	struct cost_state *state = view->state;

	refresh(state, context);
	if (!state->sheet)
		return EFFECT_PASS;
	switch (command) {
	case COMMAND_COST_PAGE:
		return turn_page(state, argument, answer);
	case COMMAND_SORT:
	case COMMAND_SORT_REVERSE:
		return sort_by(state, command, argument, answer);
	case COMMAND_ENTER:
		return enter(state, context, answer);
	default:
		break;
	}
	if (!scroll_command(&state->scroll, command, table_of(state)->count,
			    page_rows(state, context->height), true))
		return EFFECT_PASS;
	return EFFECT_REDRAW;
}

static unsigned cost_click(struct view *view, const struct view_context *context, int x, int y,
			   int clicks, struct view_answer *answer)
{
	struct cost_state *state = view->state;
	int header = head_rows(state, context->height) + 2;
	enum cost_column column;
	uint64_t line;

	refresh(state, context);
	if (!state->sheet || y < header)
		return EFFECT_PASS;
	if (y == header) {
		column = cost_table_column_at(state->page, context->width, x);
		if (column == COST_COLUMN_COUNT)
			return EFFECT_PASS;
		return sort_by(state, COMMAND_SORT, text_from(cost_column_names[column]), answer);
	}
	line = state->scroll.top + (uint64_t)(y - header - 1);
	if (line >= table_of(state)->count)
		return EFFECT_PASS;
	state->scroll.cursor = line;
	return clicks == 2 ? enter(state, context, answer) : EFFECT_REDRAW;
}

static void cost_close(struct view *view)
{
	struct cost_state *state = view->state;

	free(state->at);
	arena_free(&state->arena);
	page_free(&state->facts);
}

static const char *const *cost_words(enum command command)
{
	return command == COMMAND_COST_PAGE ? cost_page_names :
	       command == COMMAND_SORT	    ? cost_column_names : NULL;
}

const struct view_ops cost_view = {
	.name = "cost",
	.title = "Cost",
	.scope = SCOPE_COST,
	.state_size = sizeof(struct cost_state),
	.update = cost_update,
	.measure = cost_measure,
	.draw = cost_draw,
	.command = cost_command,
	.click = cost_click,
	.close = cost_close,
	.words = cost_words,
};
