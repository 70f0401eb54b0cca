/* Check: the notices about the file, one line each; Enter goes to the row that one is about. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "session/library.h"
#include "ui/canvas/number.h"
#include "ui/views/page.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

struct check {
	struct page page;
	uint32_t *first_line; /* of each notice; one more for the end. In the page's arena */
	struct scroll scroll; /* over the notices; its top is not used */
	uint64_t top;	      /* first line shown */
	const struct model *model;
	const struct layers *layers;
	int width;
	int verdict_state; /* enum report_state, -1: libonnx was not asked */
	const char *verdict;
};

/* From this width on a notice is one line with columns; below, its place has a line of its own. */
#define ONE_LINE 100

static const struct {
	const char *mark, *word;
	enum role role;
} severities[] = {
	[SEVERITY_NOTE] = { "·", "note", ROLE_DIM },
	[SEVERITY_WARNING] = { "!", "warning", ROLE_WARNING },
	[SEVERITY_PROBLEM] = { "✗", "problem", ROLE_BAD },
};

static uint32_t row_of_value(const struct view_context *context, const struct value *value)
{
	const struct layers *layers = context->layers;

	if (value->tensor != NO_INDEX)
		return layers->row_of_tensor[value->tensor];
	if (value->producer != NO_INDEX)
		return layers->row_of_node[value->producer];
	if (value->n_consumers == 0)
		return 0;
	return layers->row_of_node[context->model->consumers[value->first_consumer]];
}

static uint32_t row_of(const struct view_context *context, const struct notice *notice)
{
	const struct layers *layers = context->layers;
	const struct model *model = context->model;
	uint32_t subject = notice->subject;

	switch ((enum subject_kind)notice->subject_kind) {
	case SUBJECT_MODEL:
		return 0;
	case SUBJECT_GRAPH:
		for (uint32_t row = 0; row < layers->n_rows; row++) {
			if (layers->rows[row].kind == LAYER_GRAPH &&
			    layers->rows[row].item == subject)
				return row;
		}
		return 0;
	case SUBJECT_NODE:
		return subject < model->n_nodes ? layers->row_of_node[subject] : NO_INDEX;
	case SUBJECT_VALUE:
		return subject < model->n_values ? row_of_value(context, &model->values[subject])
						 : NO_INDEX;
	case SUBJECT_TENSOR:
		return subject < model->n_tensors ? layers->row_of_tensor[subject] : NO_INDEX;
	}
	return NO_INDEX;
}

static bool place(struct page *page, const struct view_context *context,
		  const struct notice *notice, int column)
{
	char buffer[64];

	if (notice->subject_kind == SUBJECT_MODEL) {
		page_print(page, column, ROLE_DIM, "model");
		return true;
	}
	uint32_t row = row_of(context, notice);
	if (row == NO_INDEX)
		return false;
	struct text label = layer_label(context->layers, row, buffer);
	page_text(page, column, ROLE_NAME, arena_text(&page->arena, label.data, label.len));
	return true;
}

static int widest_rule(const struct model *model)
{
	size_t widest = 4;

	for (size_t i = 0; i < model->n_notices; i++) {
		size_t len = strlen(model->notices[i].rule);
		widest = len > widest ? len : widest;
	}
	return (int)(widest < 28 ? widest : 28);
}

static void add_notice(struct check *check, const struct view_context *context,
		       const struct notice *notice, int rule_width, int width)
{
	enum { WORD = 2, REST = 10 };
	struct page *page = &check->page;
	enum role role = severities[notice->severity].role;
	char offset[32] = "";

	if (notice->offset >= 0)
		snprintf(offset, sizeof offset, "0x%" PRIx64, (uint64_t)notice->offset);
	page_line(page);
	page_print(page, 0, role, "%s", severities[notice->severity].mark);
	page_print(page, WORD, role, "%s", severities[notice->severity].word);
	if (width >= ONE_LINE) {
		int at_place = REST + rule_width + 1, at_message = at_place + width / 5;
		page_print(page, REST, ROLE_DIM, "%s", notice->rule);
		place(page, context, notice, at_place);
		page_wrap(page, at_message, width - 14, ROLE_NORMAL, notice->message);
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s", offset);
		return;
	}
	page_wrap(page, REST, width, ROLE_NORMAL, notice->message);
	page_line(page);
	page_print(page, REST, ROLE_DIM, "%s", notice->rule);
	if (place(page, context, notice, PAGE_AFTER) || offset[0])
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s", offset);
}

static int verdict_state(const struct library_answer *answer)
{
	return answer ? (int)answer->state : -1;
}

/* What libonnx's checker says of the whole, after what mtui says itself. */
static void add_verdict(struct check *check, const struct library_answer *answer, int width)
{
	struct page *page = &check->page;
	const char *text = "libonnx is being asked ...";
	enum role role = ROLE_DIM;

	if (!answer || answer->state == REPORT_STOPPED)
		return;
	page_line(page);
	if (answer->state == REPORT_DONE) {
		bool good = answer->verdict[0] == '\0';

		role = good ? ROLE_GOOD : ROLE_BAD;
		text = good ? "The checker of libonnx finds nothing wrong." : answer->verdict;
		page_print(page, 0, role, good ? "✓" : "✗");
		role = ROLE_NORMAL;
		if (!good)
			page_print(page, 2, ROLE_BAD, "libonnx");
	} else if (answer->state == REPORT_FAILED) {
		text = answer->error.message;
	}
	page_wrap(page, answer->state == REPORT_DONE && answer->verdict[0] ? 10 : 2, width, role,
		  arena_text(&page->arena, text, strlen(text)));
}

static void build(struct check *check, const struct view_context *context, int width)
{
	const struct model *model = context->model;
	struct page *page = &check->page;
	int rule_width = widest_rule(model);
	char count[NUMBER_SIZE];

	page_reset(page);
	check->first_line = arena_array(&page->arena, model->n_notices + 1, sizeof(uint32_t));
	for (size_t i = 0; check->first_line && i < model->n_notices; i++) {
		check->first_line[i] = (uint32_t)page->lines.count;
		add_notice(check, context, &model->notices[i], rule_width, width);
	}
	if (check->first_line)
		check->first_line[model->n_notices] = (uint32_t)page->lines.count;
	if (model->n_notices_dropped) {
		page_line(page);
		page_print(page, 2, ROLE_DIM, "… and %s more that were counted only",
			   number_count(count, model->n_notices_dropped));
	}
	if (page->lines.count == 0) {
		page_line(page);
		page_print(page, 0, ROLE_GOOD, "✓");
		page_print(page, PAGE_AFTER, ROLE_NORMAL, "No notices.");
	}
	const struct library_answer *answer =
		session_verdict(context->session, context->focus.document);
	add_verdict(check, answer, width);
	check->verdict_state = verdict_state(answer);
	check->verdict = answer ? answer->verdict : NULL;
	check->model = model;
	check->layers = context->layers;
	check->width = width;
}

static void refresh(struct check *check, const struct view_context *context, int width)
{
	const struct library_answer *answer =
		session_verdict(context->session, context->focus.document);

	if (!context->model || !context->layers)
		return;
	if (check->model != context->model || check->layers != context->layers) {
		check->scroll = (struct scroll){ 0, 0 };
		check->top = 0;
	} else if (check->width == width && check->verdict_state == verdict_state(answer) &&
		   check->verdict == (answer ? answer->verdict : NULL)) {
		return;
	}
	build(check, context, width);
}

/* The selected notice as a whole, and no empty space below the last line. */
static void clamp(struct check *check, int height)
{
	uint64_t lines = check->page.lines.count, page = height > 0 ? (uint64_t)height : 1;
	uint64_t cursor = check->scroll.cursor;

	if (check->first_line && check->model && cursor < check->model->n_notices) {
		uint64_t end = check->first_line[cursor + 1];
		if (cursor + 1 == check->model->n_notices)
			end = lines;
		if (check->top + page < end)
			check->top = end - page;
		if (check->top > check->first_line[cursor])
			check->top = check->first_line[cursor];
	}
	if (check->top + page > lines)
		check->top = lines > page ? lines - page : 0;
}

static void check_update(struct view *view, const struct view_context *context)
{
	struct check *check = view->state;

	if (context->model && strcmp(context->model->format, "onnx") == 0)
		session_want_verdict(context->session, context->focus.document);
	refresh(check, context, context->width);
	clamp(check, context->height);
}

static int check_measure(struct view *view, const struct view_context *context, int width)
{
	struct check *check = view->state;

	refresh(check, context, width);
	return check->page.lines.count ? (int)check->page.lines.count : 1;
}

static void check_draw(const struct view *view, const struct view_context *context,
		       struct canvas *canvas)
{
	const struct check *check = view->state;
	uint64_t cursor = check->scroll.cursor;

	if (check->model != context->model)
		return;
	page_draw(&check->page, canvas, context->whole ? 0 : check->top);
	if (!context->whole)
		scroll_marks(canvas, check->top, check->page.lines.count);
	if (context->whole || !check->first_line || cursor >= check->model->n_notices)
		return;
	for (uint64_t line = check->first_line[cursor]; line < check->first_line[cursor + 1];
	     line++) {
		if (line >= check->top && line - check->top < (uint64_t)canvas->height)
			canvas_mark(canvas, 0, (int)(line - check->top), canvas->width,
				    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
}

static unsigned go_to(const struct check *check, const struct view_context *context,
		      struct view_answer *answer)
{
	if (check->scroll.cursor >= context->model->n_notices)
		return EFFECT_PASS;
	uint32_t row = row_of(context, &context->model->notices[check->scroll.cursor]);
	if (row == NO_INDEX)
		return EFFECT_REDRAW;
	answer->focus = (struct focus){
		.document = context->focus.document,
		.row = row,
		.tensor = layer_tensor(context->model, context->layers, row),
	};
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

static unsigned check_command(struct view *view, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	struct check *check = view->state;

	(void)argument;
	refresh(check, context, context->width);
	if (command == COMMAND_ENTER)
		return go_to(check, context, answer);
	if (!scroll_command(&check->scroll, command, context->model->n_notices,
			    context->height > 2 ? (uint64_t)context->height / 2 : 1, true))
		return EFFECT_PASS;
	clamp(check, context->height);
	return EFFECT_REDRAW;
}

static unsigned check_click(struct view *view, const struct view_context *context, int x, int y,
			    int clicks, struct view_answer *answer)
{
	struct check *check = view->state;

	(void)x;
	refresh(check, context, context->width);
	if (y < 0 || !check->first_line)
		return EFFECT_PASS;
	for (uint64_t i = 0; i < context->model->n_notices; i++) {
		if (check->top + (uint64_t)y >= check->first_line[i + 1])
			continue;
		check->scroll.cursor = i;
		return clicks == 2 ? go_to(check, context, answer) : EFFECT_REDRAW;
	}
	return EFFECT_PASS;
}

static void check_close(struct view *view)
{
	struct check *check = view->state;

	page_free(&check->page);
}

const struct view_ops check_view = {
	.name = "check",
	.title = "Check",
	.scope = SCOPE_GENERAL,
	.state_size = sizeof(struct check),
	.update = check_update,
	.measure = check_measure,
	.draw = check_draw,
	.command = check_command,
	.click = check_click,
	.close = check_close,
};
