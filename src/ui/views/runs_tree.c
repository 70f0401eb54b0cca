/*
 * The list on the left where no model is open: the runs, then everything they hold, by group. It is
 * a view over the state of Curves: what is selected here is shown there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/views/curves.h"

static bool push(struct curves *curves, size_t *capacity, enum curves_row_kind kind, size_t index)
{
	if (curves->n_rows == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 64;
		struct curves_row *rows = realloc(curves->rows, more * sizeof *rows);

		if (!rows)
			return false;
		curves->rows = rows;
		*capacity = more;
	}
	curves->rows[curves->n_rows++] = (struct curves_row){ kind, index };
	return true;
}

static bool rows_build(struct curves *curves)
{
	size_t capacity = 0;
	bool good;

	free(curves->rows);
	curves->rows = NULL;
	curves->n_rows = 0;
	good = push(curves, &capacity, CURVES_ROW_ALL, 0);
	for (size_t i = 0; i < curves->runs->count && good; i++)
		good = push(curves, &capacity, CURVES_ROW_RUN, i);
	for (size_t i = 0; i < curves->n_listed && good; i++) {
		const struct curves_entry *entry = curves->catalogue.items + curves->listed[i];
		const struct curves_entry *before =
			i ? curves->catalogue.items + curves->listed[i - 1] : NULL;

		if (!before || before->pinned != entry->pinned ||
		    !text_equal(before->group, entry->group))
			good = push(curves, &capacity, CURVES_ROW_GROUP, i);
		good = good && push(curves, &capacity, CURVES_ROW_ENTRY, i);
	}
	return good;
}

/* The list's cursor goes along when the selection was changed on the right. */
static void follow(struct curves *curves)
{
	const struct curves_row *row = curves->rows + curves->list.cursor;

	if (curves->list.cursor < curves->n_rows &&
	    (row->kind == CURVES_ROW_ENTRY ? row->index == curves->selected
					   : curves->page == CURVES_GRID))
		return;
	for (size_t i = 0; i < curves->n_rows; i++)
		if (curves->rows[i].kind == CURVES_ROW_ENTRY &&
		    curves->rows[i].index == curves->selected)
			curves->list.cursor = i;
}

static void runs_tree_update(struct view *view, const struct view_context *context)
{
	struct curves *curves = view->state;
	uint64_t page = context->height > 1 ? (uint64_t)context->height : 1;

	/* Where only this pane is seen, nobody else takes over what is new. */
	if (!curves_take(curves, context) || !curves->runs || !rows_build(curves))
		return;
	follow(curves);
	scroll_clamp(&curves->list, curves->n_rows, page, true);
	for (uint64_t i = curves->list.top; i < curves->list.top + page && i < curves->n_rows; i++) {
		size_t place = curves->rows[i].index;

		if (curves->rows[i].kind == CURVES_ROW_ENTRY &&
		    curves_is_chart(curves->catalogue.items[curves->listed[place]].kind))
			curves_spark_want(curves, curves->listed[place]);
	}
}

/* --- Drawing ----------------------------------------------------------------------------------- */

static void draw_all(const struct curves *curves, struct canvas *canvas)
{
	char number[NUMBER_SIZE];
	int x = canvas_string(canvas, 2, 0, ROLE_SCOPE, "all curves");

	canvas_print(canvas, x + 2, 0, ROLE_DIM, "%s run%s",
		     number_count(number, curves->runs->count),
		     curves->runs->count == 1 ? "" : "s");
}

static int64_t last_step(const struct run *run)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < run->series_count; i++)
		if (run->series[i]->step_max > last)
			last = run->series[i]->step_max;
	return last;
}

static void draw_run(const struct curves *curves, size_t index, struct canvas *canvas)
{
	const struct run *run = curves->runs->items[index];
	int64_t step = last_step(run);
	char words[64] = "";
	int end = canvas->width;

	canvas_string(canvas, 2, 0, curves->off[index] ? ROLE_DIM : chart_role((unsigned)index),
		      curves->off[index] ? "o" : "●");
	if (run->series_count)
		snprintf(words, sizeof words, "step %lld", (long long)step);
	if (run->state == RUN_LIVE)
		end = canvas_print_right(canvas, end, 0, ROLE_GOOD, "● live") - 1;
	else if (run->state == RUN_GONE)
		end = canvas_print_right(canvas, end, 0, ROLE_WARNING, "deleted") - 1;
	if (end > 34)
		end = canvas_print_right(canvas, end, 0, ROLE_DIM, "%s", words);
	canvas_text(canvas, 4, 0, end - 5, curves->off[index] ? ROLE_DIM : ROLE_NAME,
		    curves_run_name(curves, index));
}

static void draw_group(const struct curves *curves, size_t place, struct canvas *canvas)
{
	const struct curves_entry *entry = curves->catalogue.items + curves->listed[place];
	int x = canvas_put(canvas, 2, 0, ROLE_DIM, canvas->glyphs->unfolded) + 1;

	if (entry->pinned)
		canvas_string(canvas, x, 0, ROLE_SCOPE, "pinned");
	else if (!entry->group.len)
		canvas_string(canvas, x, 0, ROLE_SCOPE, "scalars");
	else
		canvas_text(canvas, x, 0, canvas->width - x, ROLE_SCOPE, entry->group);
}

static void draw_entry(const struct curves *curves, size_t place, struct canvas *canvas)
{
	const struct curves_entry *entry = curves->catalogue.items + curves->listed[place];
	const struct curves_spark *spark = curves_spark(curves, curves->listed[place]);
	struct text name = entry->tag;
	char number[NUMBER_SIZE];
	int end = canvas->width, bars = canvas->width >= 40 ? canvas->width / 4 : 0;

	if (!entry->pinned && curves_is_chart(entry->kind) && entry->group.len &&
	    entry->kind == CURVES_SCALAR) {
		name.data += entry->group.len + 1;
		name.len -= entry->group.len + 1;
	}
	if (spark) {
		canvas_print_right(canvas, end, 0, spark->nan ? ROLE_BAD : ROLE_NUMBER, "%s",
				   number_value(number, spark->last, 4));
		end -= 10;
		if (bars)
			curves_spark_draw(spark, canvas, end - bars, 0, bars);
		end -= bars + 1;
	}
	canvas_text(canvas, 4, 0, end - 4, ROLE_NAME, name);
}

static void runs_tree_draw(const struct view *view, const struct view_context *context,
			   struct canvas *canvas)
{
	const struct curves *curves = view->state;

	for (int y = 0; y < canvas->height; y++) {
		uint64_t i = curves->list.top + (uint64_t)y;
		struct canvas line = canvas_window(canvas, 0, y, canvas->width - 1, 1);

		if (!curves->runs || i >= curves->n_rows)
			break;
		switch (curves->rows[i].kind) {
		case CURVES_ROW_ALL:
			draw_all(curves, &line);
			break;
		case CURVES_ROW_RUN:
			draw_run(curves, curves->rows[i].index, &line);
			break;
		case CURVES_ROW_GROUP:
			draw_group(curves, curves->rows[i].index, &line);
			break;
		case CURVES_ROW_ENTRY:
			draw_entry(curves, curves->rows[i].index, &line);
			break;
		}
		if (i != curves->list.cursor)
			continue;
		canvas_put(canvas, 0, y, ROLE_ACCENT, canvas->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width,
			    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
	scroll_marks(canvas, curves->list.top, curves->n_rows);
}

/* --- Commands ---------------------------------------------------------------------------------- */

/* What stands under the cursor is shown on the right. */
static void show_selected(struct curves *curves)
{
	const struct curves_row *row = curves->rows + curves->list.cursor;

	if (curves->list.cursor >= curves->n_rows)
		return;
	curves->page = row->kind == CURVES_ROW_ENTRY ? CURVES_ENTRY : CURVES_GRID;
	if (row->kind == CURVES_ROW_ENTRY || row->kind == CURVES_ROW_GROUP)
		curves->selected = row->index;
	curves->text_scroll = (struct scroll){ 0 };
}

static unsigned runs_tree_command(struct view *view, const struct view_context *context,
				  enum command command, struct text argument,
				  struct view_answer *answer)
{
	struct curves *curves = view->state;
	uint64_t page = context->height > 1 ? (uint64_t)context->height : 1;
	const struct curves_row *row =
		curves->list.cursor < curves->n_rows ? curves->rows + curves->list.cursor : NULL;

	if (command == COMMAND_ENTER || command == COMMAND_BACK)
		return EFFECT_PASS;
	if (scroll_command(&curves->list, command, curves->n_rows, page, true)) {
		show_selected(curves);
		return EFFECT_REDRAW;
	}
	if (row && row->kind == CURVES_ROW_RUN &&
	    (command == COMMAND_RUN_TOGGLE || command == COMMAND_RUN_ONLY)) {
		bool others = false;

		for (size_t i = 0; i < curves->runs->count; i++)
			others |= i != row->index && !curves->off[i];
		if (command == COMMAND_RUN_TOGGLE)
			curves->off[row->index] ^= true;
		for (size_t i = 0; command == COMMAND_RUN_ONLY && i < curves->runs->count; i++)
			curves->off[i] = others && i != row->index;
		curves->stale = true;
		curves_grid_free(curves);
		return EFFECT_REDRAW;
	}
	if (command == COMMAND_SEARCH || command == COMMAND_SEARCH_NEXT ||
	    command == COMMAND_SEARCH_PREVIOUS)
		curves->page = CURVES_ENTRY;
	return curves_view.command(view, context, command, argument, answer);
}

static unsigned runs_tree_click(struct view *view, const struct view_context *context, int x, int y,
				int clicks, struct view_answer *answer)
{
	struct curves *curves = view->state;
	uint64_t row = curves->list.top + (uint64_t)y;

	(void)x;
	if (row >= curves->n_rows)
		return EFFECT_NONE;
	curves->list.cursor = row;
	show_selected(curves);
	if (clicks == 2)
		return runs_tree_command(view, context, COMMAND_RUN_TOGGLE, TEXT(""), answer);
	return EFFECT_REDRAW;
}

static int runs_tree_measure(struct view *view, const struct view_context *context, int width)
{
	const struct curves *curves = view->state;

	(void)context;
	(void)width;
	return curves->n_rows ? (int)curves->n_rows : 1;
}

const struct view_ops runs_tree_view = {
	.name = "tree",
	.title = "Runs",
	.scope = SCOPE_CURVES,
	.state_size = sizeof(struct curves),
	.update = runs_tree_update,
	.measure = runs_tree_measure,
	.draw = runs_tree_draw,
	.command = runs_tree_command,
	.click = runs_tree_click,
};
