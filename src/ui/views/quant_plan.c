#include "ui/views/quant_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/canvas/scatter.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"

#define WANTS	   64 /* tensors that are asked for at a time */
#define HEAD	   5  /* rows above the curve */
#define CURVE	   9  /* rows of the curve of size and error, with what stands below it */
#define TABLE_LEAST 8 /* rows that the table has before there is a curve */
#define STEP	   100 /* of the size before, that a key moves the budget by */

/* --- Filling --------------------------------------------------------------------------------- */

void quant_plan_free(struct quant_plan *page)
{
	model_plan_free(&page->plan);
	free(page->order);
	free(page->sqnr_db);
	*page = (struct quant_plan){ 0 };
}

static bool begin(struct quant_plan *page, const struct view_context *context)
{
	const struct model *model = context->model;
	uint32_t *tensors = calloc(model->n_tensors + 1, sizeof *tensors);
	struct error err;
	size_t n = 0;
	bool good;

	quant_plan_free(page);
	page->model = model;
	page->order = calloc(model->n_tensors + 1, sizeof *page->order);
	page->sqnr_db = calloc(model->n_tensors + 1, sizeof *page->sqnr_db);
	for (uint32_t i = 0; tensors && i < model->n_tensors; i++)
		if (model->tensors[i].kind != TENSOR_INDICES)
			tensors[n++] = i;
	good = tensors && page->order && page->sqnr_db &&
	       model_plan_init(&page->plan, model, tensors, n, context->ladder, &err);
	free(tensors);
	if (good && (!context->budget ||
		     !plan_budget_parse(text_from(context->budget), page->plan.bytes_before,
					&page->budget, &err)))
		page->budget = page->plan.bytes_before / 2;
	return good;
}

/* Takes what has been measured, and asks for the next. */
static void measure_tensors(struct quant_plan *page, const struct view_context *context)
{
	struct model_plan *plan = &page->plan;
	struct request request = { .document = context->focus.document, .kind = REPORT_LADDER,
				   .ladder = plan->ladder };
	unsigned wanted = 0;

	for (size_t i = 0; plan->n_missing > 0 && i < plan->n && wanted < WANTS; i++) {
		const struct report *report;

		if (plan->tensors[i].measured)
			continue;
		request.tensor = plan->tensors[i].tensor;
		session_want(context->session, &request);
		report = session_report(context->session, &request);
		if (report && report->state == REPORT_DONE)
			model_plan_take(plan, i, &report->ladder);
		else if (report && report->state == REPORT_FAILED)
			model_plan_take(plan, i, NULL);
		else
			wanted++;
	}
}

static double error_of(const struct model_plan *plan, size_t i)
{
	return model_plan_choice(plan, i, plan->tensors[i].chosen)->error;
}

static int compare_errors(const void *a, const void *b, void *context)
{
	const uint32_t *x = a, *y = b;
	const struct model_plan *plan = context;
	double more = error_of(plan, *y), less = error_of(plan, *x);

	if (more != less)
		return more > less ? 1 : -1;
	if (plan->tensors[*x].applies != plan->tensors[*y].applies)
		return plan->tensors[*x].applies ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static void choose(struct quant_plan *page)
{
	struct model_plan *plan = &page->plan;
	struct error err;

	if (!model_plan_at(plan, page->budget, &err)) {
		page->failed = true;
		return;
	}
	page->solved = true;
	for (size_t i = 0; i < page->model->n_tensors; i++)
		page->sqnr_db[i] = NAN;
	for (size_t i = 0; i < plan->n; i++) {
		page->order[i] = (uint32_t)i;
		if (plan->tensors[i].applies)
			page->sqnr_db[plan->tensors[i].tensor] = (float)model_plan_sqnr(plan, i);
	}
	if (plan->n > 1)
		qsort_r(page->order, plan->n, sizeof *page->order, compare_errors, plan);
}

void quant_plan_update(struct quant_plan *page, const struct view_context *context)
{
	if (page->model != context->model)
		page->failed = !begin(page, context);
	if (page->failed)
		return;
	measure_tensors(page, context);
	if (page->plan.n_missing == 0 && !page->solved)
		choose(page);
}

/* --- Drawing --------------------------------------------------------------------------------- */

static const struct quant_scheme *setting_of(const struct model_plan *plan, size_t i)
{
	uint32_t chosen = plan->tensors[i].chosen;

	return chosen < plan->ladder->n ? &plan->ladder->schemes[chosen] : NULL;
}

static void draw_head(const struct quant_plan *page, struct canvas *canvas)
{
	const struct model_plan *plan = &page->plan;
	char before[NUMBER_SIZE], after[NUMBER_SIZE], share[NUMBER_SIZE];
	double size = plan->bytes_before ? (double)plan->bytes_before : 1;
	int x = canvas_string(canvas, 0, 0, ROLE_TITLE, "Plan");

	canvas_print(canvas, x, 0, ROLE_DIM, " of all weights · %u settings to choose from",
		     plan->ladder->n);
	canvas_string(canvas, 0, 1, ROLE_DIM, "budget");
	x = canvas_print(canvas, 7, 1, ROLE_ACCENT, "%s",
			 number_percent(share, (double)page->budget / size));
	x = canvas_print(canvas, x, 1, ROLE_DIM, " = %s ", number_bytes(after, page->budget));
	plot_share(canvas, x, 1, canvas->width - x, (double)page->budget / size, ROLE_CHART);
	if (!page->solved) {
		canvas_print(canvas, 0, 2, ROLE_NORMAL, "%zu of %zu tensors are measured …",
			     plan->n - plan->n_missing, plan->n);
	} else {
		x = canvas_print(canvas, 0, 2, plan->fits ? ROLE_NORMAL : ROLE_WARNING,
				 "%s → %s%s", number_bytes(before, plan->bytes_before),
				 number_bytes(after, plan->total.bytes),
				 plan->fits ? "" : ": more than the budget");
		if (plan->energy > 0)
			canvas_print(canvas, x, 2, ROLE_NORMAL, " · SQNR %s%s · squared error %s",
				     number_decibel(share, model_plan_total_sqnr(plan)),
				     plan->total.error > 0 ? " dB" : "",
				     number_value(before, plan->total.error, 3));
	}
	canvas_string(canvas, 0, 3, ROLE_DIM,
		      "weight error, not accuracy · largest error first");
}

static double decibel_at(const struct model_plan *plan, const struct plan_point *point)
{
	return point->error > 0 ? 10 * log10(plan->energy / point->error) : INFINITY;
}

/* Decibels of all together against their size: the curve that the budget moves along. */
static void draw_curve(const struct quant_plan *page, struct canvas *canvas)
{
	const struct model_plan *plan = &page->plan;
	size_t n;
	const struct plan_point *points = plan_curve(plan->plan, &n);
	struct scatter plane = { .low_y = INFINITY, .high_y = -INFINITY };
	struct canvas chart = canvas_window(canvas, 7, 0, canvas->width - 7, canvas->height - 2);
	char number[NUMBER_SIZE];
	int column, row;

	for (size_t i = 0; i < n; i++) {
		double decibel = decibel_at(plan, &points[i]);

		if (!isfinite(decibel))
			continue;
		plane.low_y = fmin(plane.low_y, decibel);
		plane.high_y = fmax(plane.high_y, decibel);
	}
	if (!(plane.low_y <= plane.high_y) || chart.width < 8)
		return;
	/* Beyond that nearly all stay as they are; the rest of the curve tells more. */
	plane.high_y = fmin(plane.high_y, fmax(plane.low_y + 10, 80));
	plane.low_x = (double)points[0].bytes;
	plane.high_x = (double)points[n - 1].bytes;
	scatter_range(&plane.low_x, &plane.high_x);
	scatter_range(&plane.low_y, &plane.high_y);
	for (int y = 0; y < chart.height; y++)
		canvas_put(canvas, 6, y, ROLE_BORDER, canvas->glyphs->vertical);
	canvas_print_right(canvas, 5, 0, ROLE_DIM, "%s", number_decibel(number, plane.high_y));
	canvas_print_right(canvas, 5, chart.height - 1, ROLE_DIM, "%s",
			   number_decibel(number, plane.low_y));
	canvas_print(canvas, 7, chart.height, ROLE_DIM, "%s",
		     number_bytes(number, points[0].bytes));
	canvas_print_right(canvas, canvas->width, chart.height, ROLE_DIM, "dB by size, %s",
			   number_bytes(number, points[n - 1].bytes));
	for (size_t i = 0; i < n; i++)
		scatter_point(&chart, &plane, (double)points[i].bytes,
			      decibel_at(plan, &points[i]), ROLE_CHART);
	if (scatter_cell(&chart, &plane, (double)plan->total.bytes, model_plan_total_sqnr(plan),
			 &column, &row))
		canvas_put(&chart, column, row, ROLE_ACCENT, 'o');
}

/* Where the setting begins, and where the other columns end; 0: not shown. */
struct plan_columns {
	int setting, setting_width, size, decibel, share;
};

static struct plan_columns columns_of(int width)
{
	if (width >= 72)
		return (struct plan_columns){ width - 49, 21, width - 17, width - 9, width };
	if (width >= 52)
		return (struct plan_columns){ width - 37, 21, 0, width - 9, width };
	return (struct plan_columns){ width - 22, 14, 0, width, 0 };
}

static void draw_row(const struct quant_plan *page, const struct view_context *context, size_t at,
		     struct canvas *canvas, int y)
{
	const struct model_plan *plan = &page->plan;
	size_t i = page->order[at];
	const struct planned_tensor *planned = &plan->tensors[i];
	const struct quant_scheme *setting = setting_of(plan, i);
	struct plan_columns columns = columns_of(canvas->width);
	char label[64], text[QUANT_SCHEME_TEXT], number[NUMBER_SIZE];
	struct canvas cell = canvas_window(canvas, columns.setting, y, columns.setting_width, 1);
	double decibel = model_plan_sqnr(plan, i);

	canvas_text(canvas, 2, y, columns.setting - 4, ROLE_NAME,
		    model_tensor_label(plan->model, planned->tensor, label));
	if (planned->pinned != PLAN_FREE)
		canvas_put(canvas, columns.setting - 1, y, ROLE_ACCENT, canvas->glyphs->bullet);
	canvas_print(&cell, 0, 0, setting ? ROLE_NORMAL : ROLE_DIM, "%s",
		     setting ? quant_scheme_print(text, setting) : "as it is");
	if (columns.size)
		canvas_print_right(canvas, columns.size, y, ROLE_NUMBER, "%s",
				   number_bytes(number,
						model_plan_choice(plan, i, planned->chosen)->bytes));
	if (planned->applies)
		canvas_print_right(canvas, columns.decibel, y, detail_sqnr_role(decibel), "%s",
				   number_decibel(number, decibel));
	if (columns.share && plan->total.error > 0 && setting)
		canvas_print_right(canvas, columns.share, y, ROLE_NUMBER, "%s",
				   number_percent(number, error_of(plan, i) / plan->total.error));
	if (at == page->scroll.cursor && context->focused && !context->whole) {
		canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width, CELL_SELECTED | CELL_FOCUSED);
	}
}

static void draw_titles(struct canvas *canvas, int y)
{
	struct plan_columns columns = columns_of(canvas->width);

	canvas_string(canvas, 2, y, ROLE_DIM, "tensor");
	canvas_string(canvas, columns.setting, y, ROLE_DIM, "setting");
	if (columns.size)
		canvas_print_right(canvas, columns.size, y, ROLE_DIM, "size");
	canvas_print_right(canvas, columns.decibel, y, ROLE_DIM, "dB");
	if (columns.share)
		canvas_print_right(canvas, columns.share, y, ROLE_DIM, "of error");
}

static bool has_curve(const struct quant_plan *page, int height)
{
	return page->solved && page->plan.energy > 0 && height >= HEAD + CURVE + TABLE_LEAST;
}

int quant_plan_rows(const struct quant_plan *page)
{
	return HEAD + CURVE + 1 + (page->plan.n < INT32_MAX / 2 ? (int)page->plan.n : INT32_MAX / 2);
}

void quant_plan_draw(const struct quant_plan *page, const struct view_context *context,
		     struct canvas *canvas)
{
	bool curve = has_curve(page, canvas->height);
	int y = HEAD + (curve ? CURVE : 0);

	if (!context->ladder || page->failed || page->model != context->model) {
		canvas_string(canvas, 0, 0, ROLE_BAD, page->failed ? "out of memory" : "no plan");
		return;
	}
	draw_head(page, canvas);
	if (!page->solved)
		return;
	if (curve) {
		struct canvas window = canvas_window(canvas, 0, HEAD, canvas->width, CURVE);

		draw_curve(page, &window);
	}
	draw_titles(canvas, y - 1);
	for (size_t at = context->whole ? 0 : page->scroll.top; at < page->plan.n; at++, y++) {
		if (y >= canvas->height)
			break;
		draw_row(page, context, at, canvas, y);
	}
}

/* --- Commands -------------------------------------------------------------------------------- */

static unsigned move_budget(struct quant_plan *page, bool up)
{
	uint64_t before = page->plan.bytes_before, step = before / STEP ? before / STEP : 1;

	if (up)
		page->budget = page->budget + step < before ? page->budget + step : before;
	else
		page->budget = page->budget > step ? page->budget - step : 0;
	page->solved = false;
	return EFFECT_REDRAW;
}

static unsigned set_budget(struct quant_plan *page, struct text argument,
			   struct view_answer *answer)
{
	struct error err;

	if (!plan_budget_parse(argument, page->plan.bytes_before, &page->budget, &err)) {
		snprintf(answer->message, sizeof answer->message, "%.200s", err.message);
		return EFFECT_MESSAGE;
	}
	page->solved = false;
	return EFFECT_REDRAW;
}

/* Free -> what is chosen now; pinned -> free. To be kept as it is, likewise. */
static unsigned pin(struct quant_plan *page, bool keep)
{
	struct model_plan *plan = &page->plan;
	size_t i;
	int32_t choice;

	if (!page->solved || page->scroll.cursor >= plan->n)
		return EFFECT_NONE;
	i = page->order[page->scroll.cursor];
	if (!plan->tensors[i].applies)
		return EFFECT_NONE;
	choice = (int32_t)(keep ? plan->ladder->n : plan->tensors[i].chosen);
	model_plan_pin(plan, i, plan->tensors[i].pinned == choice ? PLAN_FREE : choice);
	page->solved = false;
	return EFFECT_REDRAW;
}

static unsigned go(const struct quant_plan *page, const struct view_context *context,
		   struct view_answer *answer)
{
	uint32_t tensor;

	if (!page->solved || page->scroll.cursor >= page->plan.n)
		return EFFECT_NONE;
	tensor = page->plan.tensors[page->order[page->scroll.cursor]].tensor;
	if (context->layers->row_of_tensor[tensor] == NO_INDEX)
		return EFFECT_NONE;
	answer->focus = context->focus;
	answer->focus.row = context->layers->row_of_tensor[tensor];
	answer->focus.tensor = tensor;
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

unsigned quant_plan_command(struct quant_plan *page, const struct view_context *context,
			    enum command command, struct text argument, struct view_answer *answer)
{
	int head = HEAD + (has_curve(page, context->height) ? CURVE : 0);
	int rows = context->height - head;

	if (page->model != context->model)
		return EFFECT_PASS;
	switch (command) {
	case COMMAND_BUDGET_UP:
	case COMMAND_BUDGET_DOWN:
		return move_budget(page, command == COMMAND_BUDGET_UP);
	case COMMAND_BUDGET:
		return set_budget(page, argument, answer);
	case COMMAND_PLAN_PIN:
	case COMMAND_PLAN_KEEP:
		return pin(page, command == COMMAND_PLAN_KEEP);
	case COMMAND_ENTER:
		return go(page, context, answer);
	default:
		break;
	}
	if (page->solved && scroll_command(&page->scroll, command, page->plan.n,
					   (uint64_t)(rows > 1 ? rows : 1), true))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}
