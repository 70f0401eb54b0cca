/* Structure: the whole of what the overview of a model tells in brief; for print, it is no tab. */
#include "ui/views/page.h"
#include "ui/views/structure_lines.h"
#include "ui/views/view.h"

#define MOST 1000 /* lines of a list */

struct structure_state {
	struct page page;
	const struct report *report;
	int width;
};

static void refresh(struct structure_state *state, const struct view_context *context, int width)
{
	const struct report *report = structure_report(context);
	struct page *page = &state->page;

	if (!context->layers || (state->report == report && state->width == width))
		return;
	page_reset(page);
	structure_summary(page, report, width);
	structure_lines(page, context, report, MOST);
	if (report && report->state == REPORT_DONE && page->lines.count == 0) {
		page_line(page);
		page_print(page, 0, ROLE_DIM, "Nothing repeats, is shared, fuses or folds.");
	}
	state->report = report;
	state->width = width;
}

static void structure_update(struct view *view, const struct view_context *context)
{
	structure_want(context);
	refresh(view->state, context, context->width);
}

static int structure_measure(struct view *view, const struct view_context *context, int width)
{
	struct structure_state *state = view->state;

	refresh(state, context, width);
	return state->page.lines.count ? (int)state->page.lines.count : 1;
}

static void structure_draw(const struct view *view, const struct view_context *context,
			   struct canvas *canvas)
{
	const struct structure_state *state = view->state;

	(void)context;
	page_draw(&state->page, canvas, 0);
}

static unsigned structure_command(struct view *view, const struct view_context *context,
				  enum command command, struct text argument,
				  struct view_answer *answer)
{
	(void)view;
	(void)context;
	(void)command;
	(void)argument;
	(void)answer;
	return EFFECT_PASS;
}

static void structure_close(struct view *view)
{
	struct structure_state *state = view->state;

	page_free(&state->page);
}

const struct view_ops structure_view = {
	.name = "structure",
	.title = "Structure",
	.scope = SCOPE_GENERAL,
	.state_size = sizeof(struct structure_state),
	.update = structure_update,
	.measure = structure_measure,
	.draw = structure_draw,
	.command = structure_command,
	.close = structure_close,
};
