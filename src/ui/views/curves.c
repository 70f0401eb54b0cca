/* The view Curves: takes over versions of the runs and hands over to the page that is shown. */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

/* --- Versions ---------------------------------------------------------------------------------- */

/* Runs are found again by name, the selected tag by its name. */
static bool take_version(struct curves *curves, const struct runs *runs)
{
	const struct runs *old = curves->runs;
	const struct curves_entry *entry = curves_entry(curves);
	bool *off = calloc(runs->count + 1, sizeof *off), good;
	struct text tag = entry ? entry->tag : (struct text){ 0 };

	if (!off)
		return false;
	for (size_t i = 0; old && i < old->count; i++)
		for (size_t k = 0; k < runs->count && curves->off[i]; k++)
			off[k] |= text_equal(old->items[i]->name, runs->items[k]->name);
	free(curves->off);
	curves->off = off;
	curves->runs = runs_retain(runs);
	curves_grid_free(curves);
	good = curves_catalogue_build(curves) && curves_list(curves);
	if (good && tag.len)
		curves_select(curves, tag);
	/* The page and the names of what is shown pointed into the old version. */
	page_reset(&curves->text);
	curves->text_version = 0;
	curves->shown = text_equal(curves->shown, tag) && curves_entry(curves) &&
					text_equal(curves_entry(curves)->tag, tag)
				? curves_entry(curves)->tag
				: (struct text){ 0 };
	curves->stale = true;
	/* Their series are gone; the curves wait to be told by their first chunk, which must not be
	 * freed, and its place used again, before. */
	curves->n_lines = 0;
	curves->n_marks = 0;
	curves_groups_free(curves);
	if (curves->previous) {
		curves_lines_free(curves);
		runs_release(curves->previous);
	}
	curves->previous = old;
	return good;
}

bool curves_take(struct curves *curves, const struct view_context *context)
{
	return !context->runs ||
	       (curves->runs && curves->runs->version == context->runs->version) ||
	       take_version(curves, context->runs);
}

static void forget_previous(struct curves *curves)
{
	if (!curves->previous)
		return;
	if (curves->n_lines == 0)
		curves_lines_free(curves);
	runs_release(curves->previous);
	curves->previous = NULL;
}

/* Of the run selected in the legend: the model that was saved nearest to the cursor. */
static void find_checkpoint(struct curves *curves, const struct view_context *context)
{
	const struct curves_line *line = curves->lines + curves->legend;
	const char *name;
	int64_t step;
	size_t at;

	curves->checkpoint[0] = '\0';
	if (!curves->has_cursor || curves->legend >= curves->n_lines || curves->axis != CURVE_STEP)
		return;
	at = curve_nearest(&line->curve, curves->cursor);
	if (at >= line->curve.n)
		return;
	step = (int64_t)fmax(fmin(line->curve.x[at], 9e18), -9e18);
	name = session_checkpoint(context->session, curves->runs->items[line->run], step,
				  &curves->checkpoint_step);
	if (name)
		gate_text(context->glyphs->gate, curves->checkpoint, sizeof curves->checkpoint, 40,
			  text_from(name));
}

static void curves_update(struct view *view, const struct view_context *context)
{
	struct curves *curves = view->state;
	const struct curves_entry *entry;
	bool good = curves_take(curves, context);

	if (!curves->runs)
		return;
	entry = curves_entry(curves);
	if (curves->page == CURVES_GRID && good) {
		good = curves_grid_update(curves, context);
	} else if (good && entry && curves_is_chart(entry->kind)) {
		good = curves_lines_update(curves);
		find_checkpoint(curves, context);
	} else if (good && entry) {
		good = curves_heat_update(curves) && curves_pr_update(curves) &&
		       curves_table_update(curves, context->width);
	}
	if (curves->page != CURVES_GRID && entry && !curves_is_chart(entry->kind))
		curves->stale = false;
	forget_previous(curves);
	curves->failed = !good;
}

static void curves_close(struct view *view)
{
	struct curves *curves = view->state;

	curves_lines_free(curves);
	curves_groups_free(curves);
	curves_grid_free(curves);
	curves_heat_free(curves);
	curves_pr_free(curves);
	page_free(&curves->text);
	for (size_t i = 0; i < curves->n_pins; i++)
		free(curves->pins[i].tag);
	free(curves->pins);
	free(curves->marks);
	free(curves->listed);
	free(curves->catalogue.items);
	free(curves->off);
	if (curves->filter)
		pattern_free(curves->filter);
	free(curves->rows);
	if (curves->runs)
		runs_release(curves->runs);
}

/* --- Drawing ----------------------------------------------------------------------------------- */

static int curves_measure(struct view *view, const struct view_context *context, int width)
{
	struct curves *curves = view->state;
	const struct curves_entry *entry = curves->runs ? curves_entry(curves) : NULL;
	int rows;

	(void)context;
	if (!entry)
		return 1;
	if (curves->page == CURVES_GRID)
		rows = curves_grid_rows(curves, width);
	else if (curves->page == CURVES_MARKS)
		rows = curves->n_marks < 600000 ? (int)curves->n_marks + 3 : 600000;
	else if (curves_is_chart(entry->kind))
		rows = curves_chart_rows(curves);
	else if (entry->kind == CURVES_HISTOGRAM || entry->kind == CURVES_PR)
		rows = 24;
	else
		rows = curves_table_rows(curves);
	return rows < 1 ? 1 : rows;
}

static void draw_nothing(const struct curves *curves, const struct view_context *context,
			 struct canvas *canvas)
{
	if (!context->runs) {
		canvas_string(canvas, 0, 0, ROLE_DIM, "no training run is open");
		canvas_string(canvas, 0, 2, ROLE_DIM, "open one beside the model with");
		canvas_string(canvas, 0, 3, ROLE_NORMAL, "  mtui MODEL --run=DIRECTORY");
	} else if (curves->failed) {
		canvas_string(canvas, 0, 0, ROLE_BAD, "out of memory");
	} else if (curves->filter) {
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tag matches the filter");
	} else {
		canvas_string(canvas, 0, 0, ROLE_DIM,
			      "nothing is logged yet; what comes appears here");
	}
}

static void curves_draw(const struct view *view, const struct view_context *context,
			struct canvas *canvas)
{
	const struct curves *curves = view->state;
	const struct curves_entry *entry = curves->runs ? curves_entry(curves) : NULL;

	if (!entry)
		draw_nothing(curves, context, canvas);
	else if (curves->page == CURVES_GRID)
		curves_grid_draw(curves, context, canvas);
	else if (curves->page == CURVES_MARKS)
		curves_marks_draw(curves, context, canvas);
	else if (curves_is_chart(entry->kind))
		curves_chart_draw(curves, context, canvas);
	else if (entry->kind == CURVES_HISTOGRAM)
		curves_heat_draw(curves, canvas);
	else if (entry->kind == CURVES_PR)
		curves_pr_draw(curves, canvas);
	else
		curves_table_draw(curves, context, canvas);
}

/* --- Commands ---------------------------------------------------------------------------------- */

static unsigned say(struct view_answer *answer, const char *words)
{
	snprintf(answer->message, sizeof answer->message, "%.255s", words);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned set_filter(struct curves *curves, struct text source, struct view_answer *answer)
{
	struct pattern *pattern = NULL;
	struct error err;

	if (source.len) {
		pattern = pattern_new(source, &err);
		if (!pattern) {
			return say(answer, err.message);
		}
	}
	if (curves->filter)
		pattern_free(curves->filter);
	curves->filter = pattern;
	if (curves->runs)
		curves_list(curves);
	return EFFECT_REDRAW;
}

/* The next tag that the pattern hits, `from` places behind the selected one, or before it. */
static unsigned search(struct curves *curves, struct text source, size_t from, bool backward,
		       struct view_answer *answer)
{
	size_t n = curves->n_listed;
	struct error err;
	struct pattern *pattern = pattern_new(source, &err);
	bool found = false;

	if (!pattern) {
		return say(answer, err.message);
	}
	for (size_t i = from; i < n + from && !found; i++) {
		size_t place = (curves->selected + (backward ? n - i % n : i)) % n;

		found = pattern_match(pattern, curves->catalogue.items[curves->listed[place]].tag,
				      NULL, NULL);
		if (found)
			curves->selected = place;
	}
	pattern_free(pattern);
	if (found)
		return EFFECT_REDRAW;
	return say(answer, "no tag matches");
}

static unsigned pin(struct curves *curves)
{
	const struct curves_entry *entry = curves_entry(curves);
	struct text tag;

	if (!entry)
		return EFFECT_REDRAW;
	tag = entry->tag;
	curves->failed = !curves_pin(curves, tag);
	curves_grid_free(curves);
	if (curves_catalogue_build(curves) && curves_list(curves))
		curves_select(curves, tag);
	return EFFECT_REDRAW;
}

static unsigned marks_command(struct curves *curves, const struct view_context *context,
			      enum command command)
{
	uint64_t page = context->height > 2 ? (uint64_t)context->height - 2 : 1;

	if (command == COMMAND_BACK || command == COMMAND_MARKS) {
		curves->page = CURVES_ENTRY;
		return EFFECT_REDRAW;
	}
	if (command == COMMAND_ENTER && curves->mark_scroll.cursor < curves->n_marks) {
		curves->cursor = curves->marks[curves->mark_scroll.cursor].x;
		curves->has_cursor = true;
		curves->page = CURVES_ENTRY;
		return EFFECT_REDRAW;
	}
	return scroll_command(&curves->mark_scroll, command, curves->n_marks, page, true)
		       ? EFFECT_REDRAW
		       : EFFECT_PASS;
}

static unsigned table_command(struct curves *curves, const struct view_context *context,
			      enum command command, enum curves_kind kind)
{
	int step = command == COMMAND_DOWN || command == COMMAND_RIGHT ? 1 : -1;

	if (command == COMMAND_PANEL) {
		curves->panel = !curves->panel;
		return EFFECT_REDRAW;
	}
	if (kind == CURVES_HPARAMS && (command == COMMAND_SORT || command == COMMAND_SORT_REVERSE)) {
		curves->sort += command == COMMAND_SORT;
		curves->reverse ^= command == COMMAND_SORT_REVERSE;
		curves->text_version = 0;
		return EFFECT_REDRAW;
	}
	if (kind == CURVES_HISTOGRAM && (command == COMMAND_UP || command == COMMAND_DOWN)) {
		curves->which += (uint32_t)step;
		return EFFECT_REDRAW;
	}
	if (kind == CURVES_PR && (command == COMMAND_LEFT || command == COMMAND_RIGHT)) {
		curves->back -= curves->back || step < 0 ? (uint32_t)step : 0;
		return EFFECT_REDRAW;
	}
	return scroll_command(&curves->text_scroll, command, curves->text.lines.count,
			      (uint64_t)context->height, false)
		       ? EFFECT_REDRAW
		       : EFFECT_PASS;
}

static unsigned curves_command(struct view *view, const struct view_context *context,
			       enum command command, struct text argument,
			       struct view_answer *answer)
{
	struct curves *curves = view->state;
	const struct curves_entry *entry = curves->runs ? curves_entry(curves) : NULL;

	if (command == COMMAND_FILTER)
		return set_filter(curves, argument, answer);
	if (!entry)
		return EFFECT_PASS;
	if (command == COMMAND_SEARCH && argument.len)
		return search(curves, argument, 0, false, answer);
	if (command == COMMAND_SEARCH_NEXT || command == COMMAND_SEARCH_PREVIOUS)
		return context->search[0] ? search(curves, text_from(context->search), 1,
						   command == COMMAND_SEARCH_PREVIOUS, answer)
					  : say(answer, "nothing was searched yet");
	if (command == COMMAND_PIN)
		return pin(curves);
	if (curves->page == CURVES_MARKS)
		return marks_command(curves, context, command);
	if (curves->page == CURVES_GRID) {
		if (command == COMMAND_ENTER) {
			curves->page = CURVES_ENTRY;
			curves->text_scroll = (struct scroll){ 0 };
			return EFFECT_REDRAW;
		}
		if (curves_grid_command(curves, context, command))
			return EFFECT_REDRAW;
		if (command == COMMAND_PAN_LEFT || command == COMMAND_PAN_RIGHT)
			return EFFECT_REDRAW;
	} else if (command == COMMAND_BACK) {
		curves->page = CURVES_GRID;
		return EFFECT_REDRAW;
	}
	if (!curves_is_chart(entry->kind))
		return table_command(curves, context, command, entry->kind);
	if (command == COMMAND_MARKS || (command == COMMAND_ENTER && curves->page == CURVES_ENTRY)) {
		curves->page = CURVES_MARKS;
		return EFFECT_REDRAW;
	}
	return curves_chart_command(curves, context, command, argument, answer);
}

bool curves_view_select(struct view *view, struct text pattern, size_t *from)
{
	struct curves *curves = view->state;

	for (size_t i = *from; i < curves->n_listed; i++) {
		struct text tag = curves->catalogue.items[curves->listed[i]].tag;

		if (!text_glob(pattern, tag) && !text_equal(pattern, tag))
			continue;
		curves->selected = i;
		curves->page = CURVES_ENTRY;
		*from = i + 1;
		return true;
	}
	return false;
}

const struct view_ops curves_view = {
	.name = "curves",
	.title = "Curves",
	.scope = SCOPE_CURVES,
	.state_size = sizeof(struct curves),
	.update = curves_update,
	.measure = curves_measure,
	.draw = curves_draw,
	.command = curves_command,
	.close = curves_close,
};
