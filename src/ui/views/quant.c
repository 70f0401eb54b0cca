/* Quant: what the scheme on the dial costs the selected tensor, or the ranking of a scope. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"
#include "ui/views/quant_figures.h"
#include "ui/views/quant_frontier.h"
#include "ui/views/quant_fusion.h"
#include "ui/views/quant_histograms.h"
#include "ui/views/quant_plan.h"
#include "ui/views/quant_xray.h"
#include "ui/views/tensor_list.h"
#include "ui/views/view.h"

#define HISTOGRAM_MIN 7	 /* rows below which the view scrolls instead */
#define HISTOGRAM_ALL 14 /* rows in an export */
#define SCOPE_HEAD    5	 /* rows above a scope's table */
#define LABELS	      16 /* columns of the table's labels */
#define COLUMN	      24 /* of one granularity */

/* The pages, in the order of their key; those with a name among the views are reports, too. */
enum quant_page { PAGE_ERROR, PAGE_BITS, PAGE_SIZE, PAGE_PLAN, PAGE_XRAY, PAGE_FUSION, PAGE_COUNT };

static const struct {
	const char *name;
	bool view;
} pages[PAGE_COUNT] = {
	[PAGE_ERROR] = { "error", false },
	[PAGE_BITS] = { "frontier", true },
	[PAGE_SIZE] = { "size", false },
	[PAGE_PLAN] = { "plan", true },
	[PAGE_XRAY] = { "xray", true },
	[PAGE_FUSION] = { "fusion", true },
};

struct quant_state {
	enum quant_page shown;
	struct quant_plan page;
	struct quant_frontier frontier;
	struct quant_xray xray;
	struct quant_fusion fusion;
	const struct importance *importance; /* of the command, or NULL; the session's */
	struct scroll scroll;
	struct tensor_list list;
	const struct model *model; /* of the scroll position */
	uint32_t tensor;
};

static struct request quant_request(const struct view_context *context, uint8_t granularity)
{
	struct request request = {
		.document = context->focus.document,
		.tensor = context->focus.tensor,
		.kind = REPORT_QUANT_ERROR,
		.scheme = context->dial,
		.importance = context->importance,
	};

	request.scheme.granularity = granularity;
	return request;
}

static struct request sample_request(const struct view_context *context)
{
	struct request request = quant_request(context, context->dial.granularity);

	request.kind = REPORT_QUANT_SAMPLE;
	return request;
}

/* Of the dial's setting, while the error itself is not there. */
static const struct quant_sample *sample_done(const struct view_context *context)
{
	struct request request = sample_request(context);
	const struct report *report = session_report(context->session, &request);

	return report && report->state == REPORT_DONE ? &report->quant_sample : NULL;
}

/* The granularities that are shown side by side: the dial's alone where it is another one, or the
 * scheme has no channels. */
static bool both_granularities(const struct view_context *context)
{
	return context->dial.granularity != QUANT_PER_GROUP &&
	       scheme_has_granularity(context->dial.id, QUANT_PER_CHANNEL);
}

static const struct report *quant_report(const struct view_context *context, uint8_t granularity)
{
	struct request request = quant_request(context, granularity);

	return session_report(context->session, &request);
}

static const struct quant_error *quant_done(const struct report *report)
{
	return report && report->state == REPORT_DONE ? &report->quant_error : NULL;
}

/* There will be no numbers. While they are waited for, the table keeps its place. */
static bool is_lost(const struct report *report)
{
	return report && (report->state == REPORT_FAILED || report->state == REPORT_STOPPED);
}

static struct view_context weighted_by(const struct quant_state *state,
				       const struct view_context *plain)
{
	struct view_context context = *plain;

	context.importance = state->importance;
	return context;
}

static bool is_frontier(const struct quant_state *state)
{
	return state->shown == PAGE_BITS || state->shown == PAGE_SIZE;
}

/* Codes have an x-ray and no error of their own. */
static bool is_xray(const struct quant_state *state, const struct view_context *context)
{
	return state->shown == PAGE_XRAY ||
	       (state->shown == PAGE_ERROR && quant_xray_has(context));
}

static void quant_update(struct view *view, const struct view_context *plain)
{
	struct quant_state *state = view->state;
	const struct view_context weighted = weighted_by(state, plain), *context = &weighted;
	const struct tensor *tensor = detail_tensor(context);
	uint8_t other = context->dial.granularity == QUANT_PER_TENSOR ? QUANT_PER_CHANNEL
								      : QUANT_PER_TENSOR;

	switch (state->shown) {
	case PAGE_BITS:
	case PAGE_SIZE:
		quant_frontier_update(&state->frontier, context);
		return;
	case PAGE_PLAN:
		if (context->ladder)
			quant_plan_update(&state->page, context);
		return;
	case PAGE_XRAY:
		quant_xray_update(&state->xray, context);
		return;
	case PAGE_FUSION:
		quant_fusion_update(&state->fusion, context);
		return;
	default:
		break;
	}
	if (detail_is_scope(context)) {
		tensor_list_update(&state->list, context);
		return;
	}
	if (tensor)
		session_xray(context->session, context->focus.document);
	if (quant_xray_has(context)) {
		quant_xray_update(&state->xray, context);
		return;
	}
	if (state->model != context->model || state->tensor != context->focus.tensor)
		state->scroll = (struct scroll){ 0 };
	state->model = context->model;
	state->tensor = context->focus.tensor;
	if (tensor && quant_applies(tensor)) {
		struct request first = quant_request(context, context->dial.granularity);
		struct request second = quant_request(context, other);
		struct request sample = sample_request(context);

		session_want(context->session, &first);
		if (!quant_done(quant_report(context, context->dial.granularity)) &&
		    !context->importance &&
		    quant_sample_worth(context->model, tensor, &context->dial))
			session_want(context->session, &sample);
		/* The other one is for comparison: it must not hold up a dial that turns. */
		if (both_granularities(context) &&
		    quant_done(quant_report(context, context->dial.granularity)))
			session_want(context->session, &second);
		quant_fusion_want(&state->fusion, context);
	}
}

/* Head, blank, scheme, its note, table, blank; the histograms come below. */
static int table_rows(const struct view_context *context)
{
	return detail_head_rows(context) + 1 + 3 + QUANT_FIGURES + 1;
}

static int tensor_rows(const struct view_context *context, int width, int histogram)
{
	const struct tensor *tensor = detail_tensor(context);

	if (!quant_applies(tensor))
		return detail_head_rows(context) + 2;
	if (is_lost(quant_report(context, context->dial.granularity)))
		return detail_head_rows(context) + 4;
	return table_rows(context) + (width >= QUANT_HISTOGRAMS_BOTH ? 1 : 2) * histogram;
}

static int quant_measure(struct view *view, const struct view_context *plain, int width)
{
	struct quant_state *state = view->state;
	const struct view_context weighted = weighted_by(state, plain), *context = &weighted;

	if (state->shown == PAGE_PLAN)
		return quant_plan_rows(&state->page);
	if (is_xray(state, context))
		return quant_xray_rows(&state->xray, context);
	if (state->shown == PAGE_FUSION)
		return quant_fusion_rows(&state->fusion);
	if (is_frontier(state))
		return quant_frontier_rows(&state->frontier, width);
	if (detail_is_scope(context))
		return SCOPE_HEAD + tensor_list_rows(&state->list);
	return detail_tensor(context) ? tensor_rows(context, width, HISTOGRAM_ALL) : 1;
}

static const char *granularity_name(uint8_t granularity)
{
	static const char *const names[] = { "per tensor", "per channel", "per group" };

	return names[granularity];
}

static int draw_scheme(const struct view_context *context, struct canvas *canvas, int y)
{
	char words[DIAL_WORDS];

	canvas_print(canvas, 0, y, ROLE_ACCENT, "%s", dial_words(words, &context->dial));
	canvas_print(canvas, 0, y + 1, ROLE_DIM, "weight error, not accuracy%s",
		     context->importance ? " · weighted by importance" : "");
	return y + 2;
}

/* What a sample tells, and what is known without looking. */
static struct quant_error estimate_of(const struct view_context *context,
				      const struct quant_sample *sample)
{
	const struct tensor *tensor = detail_tensor(context);
	struct quant_error estimate = {
		.mse = sample->mse, .rmse = sample->rmse, .rel_fro = sample->rel_fro,
		.sqnr_db = sample->sqnr_db, .max_abs = NAN, .bias = NAN, .cosine = NAN,
		.clipped = NAN, .kl = NAN, .axis = -1, .bytes_before = tensor->nbytes,
		.bytes_after = quant_bytes_after(context->model, tensor, &context->dial),
	};

	estimate.bits_per_weight = (double)estimate.bytes_after * 8 / (double)tensor->present;
	return estimate;
}

static void draw_estimate(const struct view_context *context, const struct quant_sample *sample,
			  struct canvas *canvas, int x, int y)
{
	struct quant_error estimate = estimate_of(context, sample);
	char cell[QUANT_FIGURE], some[NUMBER_SIZE], all[NUMBER_SIZE];

	for (int line = 0; line < QUANT_FIGURES; line++)
		canvas_print(canvas, x, y + line,
			     line == 0 ? detail_sqnr_role(estimate.sqnr_db) : ROLE_NUMBER, "%s%s",
			     line < QUANT_SAMPLED ? "≈ " : "",
			     quant_figure_write(line, &estimate, cell));
	canvas_print(canvas, 0, y + QUANT_FIGURES, ROLE_DIM,
		     "≈ ± %s dB: %s of %s values, %u slices of whole channels",
		     number_value(cell, sample->sqnr_error, 2), number_short(some, sample->looked),
		     number_short(all, sample->count), sample->slices);
}

static void draw_column(const struct view_context *context, uint8_t granularity,
			struct canvas *canvas, int x, int y)
{
	const struct report *report = quant_report(context, granularity);
	const struct quant_error *error = quant_done(report);
	bool dial = granularity == context->dial.granularity;
	char cell[QUANT_FIGURE], words[DIAL_GRANULARITY];

	if (dial)
		canvas_put(canvas, x, y, ROLE_ACCENT, context->glyphs->cursor);
	canvas_string(canvas, x + 2, y, dial ? ROLE_ACCENT : ROLE_DIM,
		      dial ? dial_granularity(words, &context->dial)
			   : granularity_name(granularity));
	if (!error && dial && !context->importance && sample_done(context) && !is_lost(report)) {
		draw_estimate(context, sample_done(context), canvas, x + 2, y + 1);
		return;
	}
	if (!error)
		canvas_string(canvas, x + 2, y + 1, ROLE_DIM,
			      report && report->state == REPORT_FAILED	  ? "failed"
			      : report && report->state == REPORT_STOPPED ? "stopped"
									  : "reading …");
	for (int line = 0; error && line < QUANT_FIGURES; line++) {
		quant_figure_write(line, error, cell);
		canvas_string(canvas, x + 2, y + 1 + line,
			      line == 0 ? detail_sqnr_role(error->sqnr_db) : ROLE_NUMBER, cell);
	}
}

/* A column for each granularity, the dial's marked; where only one fits, the dial's. */
static void draw_table(const struct view_context *context, struct canvas *canvas, int y)
{
	bool both = both_granularities(context) && canvas->width >= LABELS + 2 * COLUMN;

	for (int line = 0; line < QUANT_FIGURES; line++)
		canvas_string(canvas, 0, y + 1 + line, ROLE_DIM, quant_figure_label(line));
	if (!both) {
		draw_column(context, context->dial.granularity, canvas, LABELS, y);
		return;
	}
	draw_column(context, QUANT_PER_TENSOR, canvas, LABELS, y);
	draw_column(context, QUANT_PER_CHANNEL, canvas, LABELS + COLUMN, y);
}

static void draw_inapplicable(const struct tensor *tensor, struct canvas *canvas, int y)
{
	if (tensor->present == 0)
		canvas_string(canvas, 0, y, ROLE_DIM, "no data to quantize");
	else
		canvas_print(canvas, 0, y, ROLE_DIM,
			     "%s is not floating point: quantization does not apply",
			     dtype_name(tensor->dtype));
}

static void draw_tensor(const struct quant_state *state, const struct view_context *context,
			struct canvas *canvas)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report = quant_report(context, context->dial.granularity);
	const struct quant_error *error = quant_done(report);
	int y = detail_head(context, canvas, -(int)(context->whole ? 0 : state->scroll.top)) + 1;

	if (!quant_applies(tensor)) {
		draw_inapplicable(tensor, canvas, y);
		return;
	}
	y = draw_scheme(context, canvas, y);
	if (is_lost(report)) {
		detail_state(context, report, canvas, y);
		return;
	}
	draw_table(context, canvas, y);
	if (!error)
		return;
	if (error->skipped > 0) {
		char skipped[NUMBER_SIZE];
		canvas_print(canvas, 0, y + QUANT_FIGURES + 1, ROLE_WARNING,
			     "%s NaN or infinite values left out",
			     number_count(skipped, error->skipped));
	} else {
		quant_fusion_line(&state->fusion, context, canvas, y + QUANT_FIGURES + 1);
	}
	quant_histograms_draw(error, canvas, y + QUANT_FIGURES + 2);
}

/* "int8, per tensor" and below it "4.7 MiB → 1.2 MiB (3.9×), 52 of 60 tensors" */
static void draw_totals(const struct tensor_list *list, const struct view_context *context,
			struct canvas *canvas, int y)
{
	uint64_t after = list->bytes_after;
	char before_text[NUMBER_SIZE], after_text[NUMBER_SIZE], ratio[NUMBER_SIZE];
	char words[DIAL_WORDS];
	char some[NUMBER_SIZE], all[NUMBER_SIZE];

	canvas_print(canvas, 0, y, ROLE_ACCENT, "%s", dial_words(words, &context->dial));
	canvas_print(canvas, 0, y + 1, ROLE_NORMAL, "%s → %s (%s×) · %s of %s tensors",
		     number_bytes(before_text, list->bytes), number_bytes(after_text, after),
		     after ? number_value(ratio, (double)list->bytes / (double)after, 3) : "–",
		     number_count(some, list->quant_tensors), number_count(all, list->tensors));
}

static void draw_scope(const struct quant_state *state, const struct view_context *context,
		       struct canvas *canvas)
{
	const struct tensor_list *list = &state->list;
	struct canvas table;

	canvas_text(canvas, 0, 0, canvas->width, ROLE_TITLE,
		    context->layers->rows[context->focus.row].label);
	if (list->tensors == 0) {
		canvas_string(canvas, 0, 1, ROLE_DIM, "no tensors here");
		return;
	}
	draw_totals(list, context, canvas, 1);
	canvas_string(canvas, 0, 3, ROLE_DIM, "weight error, not accuracy · worst first");
	table = canvas_window(canvas, 0, SCOPE_HEAD, canvas->width, canvas->height - SCOPE_HEAD);
	tensor_list_draw(list, context, &table);
}

static void quant_draw(const struct view *view, const struct view_context *plain,
		       struct canvas *canvas)
{
	const struct quant_state *state = view->state;
	const struct view_context weighted = weighted_by(state, plain), *context = &weighted;

	if (state->shown == PAGE_PLAN) {
		quant_plan_draw(&state->page, context, canvas);
		return;
	}
	if (is_xray(state, context)) {
		quant_xray_draw(&state->xray, context, canvas);
		return;
	}
	if (state->shown == PAGE_FUSION) {
		quant_fusion_draw(&state->fusion, context, canvas);
		return;
	}
	if (is_frontier(state)) {
		quant_frontier_draw(&state->frontier, context, state->shown == PAGE_SIZE, canvas);
		return;
	}
	if (detail_is_scope(context))
		draw_scope(view->state, context, canvas);
	else if (!detail_tensor(context))
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tensors here");
	else
		draw_tensor(view->state, context, canvas);
	if (!context->whole && detail_tensor(context) && !detail_is_scope(context))
		scroll_marks(canvas, state->scroll.top,
			     (uint64_t)tensor_rows(context, canvas->width, HISTOGRAM_MIN));
}

bool quant_page_named(struct text name)
{
	for (enum quant_page page = 0; page < PAGE_COUNT; page++)
		if (pages[page].view && text_is(name, pages[page].name))
			return true;
	return false;
}

static const char *const *quant_words(enum command command)
{
	static const char *const names[] = { "error", "frontier", "size", "plan",
					     "xray",  "fusion",	  NULL };

	static const char *const schemes[] = {
#define X(id, name, family, bits, block, block_bits, scale, reference) name,
		SCHEMES(X)
#undef X
		NULL,
	};

	return command == COMMAND_QUANT_PAGE ? names : command == COMMAND_DIAL ? schemes : NULL;
}

const char *quant_view_report(const struct view *view, const struct view_context *context,
			      const struct model_plan **plan, uint64_t *budget)
{
	const struct quant_state *state = view->state;
	bool planned = state->shown == PAGE_PLAN && state->page.solved &&
		       state->page.model == context->model;

	*plan = planned ? &state->page.plan : NULL;
	*budget = state->page.budget;
	if (is_xray(state, context))
		return pages[PAGE_XRAY].name;
	if (state->shown == PAGE_SIZE)
		return pages[PAGE_BITS].name;
	return state->shown == PAGE_ERROR ? "quant" : pages[state->shown].name;
}

const float *quant_view_planned(const struct view *view, const struct view_context *context)
{
	const struct quant_state *state = view->state;

	return state->shown == PAGE_PLAN && state->page.solved && state->page.model == context->model
		       ? state->page.sqnr_db
		       : NULL;
}

/* Without a file nothing is weighted any more. */
static unsigned set_importance(struct quant_state *state, const struct view_context *context,
			       struct text argument, struct view_answer *answer)
{
	const struct importance *found = NULL;
	char path[1024], number[NUMBER_SIZE];
	struct error err = { .code = ERROR_NONE };

	if (argument.len >= sizeof path)
		return EFFECT_NONE;
	memcpy(path, argument.len ? argument.data : "", argument.len);
	path[argument.len] = '\0';
	if (argument.len > 0)
		found = session_importance(context->session, path, &err);
	if (argument.len > 0 && !found) {
		snprintf(answer->message, sizeof answer->message, "%.240s", err.message);
		return EFFECT_MESSAGE;
	}
	state->importance = found;
	snprintf(answer->message, sizeof answer->message, "%s %s",
		 found ? number_count(number, found->n) : "errors are",
		 found ? "weights" : "not weighted");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned show_page(struct quant_state *state, struct text argument,
			  struct view_answer *answer)
{
	enum quant_page page = 0;

	if (argument.len == 0) {
		state->shown = (state->shown + 1) % PAGE_COUNT;
		return EFFECT_REDRAW;
	}
	while (page < PAGE_COUNT && !text_is(argument, pages[page].name))
		page++;
	if (page == PAGE_COUNT) {
		snprintf(answer->message, sizeof answer->message,
			 "no such page; there are error, frontier, size, plan, xray, fusion");
		return EFFECT_MESSAGE;
	}
	state->shown = page;
	return EFFECT_REDRAW;
}

static unsigned quant_command(struct view *view, const struct view_context *plain,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	struct quant_state *state = view->state;
	const struct view_context weighted = weighted_by(state, plain), *context = &weighted;
	unsigned turned = dial_command(context, command, argument, answer);

	if (!(turned & EFFECT_PASS))
		return turned;
	if (command == COMMAND_IMPORTANCE)
		return set_importance(state, context, argument, answer);
	if (command == COMMAND_QUANT_PAGE)
		return show_page(state, argument, answer);
	if (state->shown == PAGE_PLAN)
		return quant_plan_command(&state->page, context, command, argument, answer);
	if (is_xray(state, context))
		return quant_xray_command(&state->xray, context, command, answer);
	if (state->shown == PAGE_FUSION)
		return quant_fusion_command(&state->fusion, context, command, answer);
	if (is_frontier(state))
		return quant_frontier_command(&state->frontier, context, command, answer);
	if (detail_is_scope(context))
		return tensor_list_command(&state->list, context, command,
					   context->height - SCOPE_HEAD, answer);
	if (detail_tensor(context) &&
	    scroll_command(&state->scroll, command,
			   (uint64_t)tensor_rows(context, context->width, HISTOGRAM_MIN),
			   (uint64_t)(context->height > 0 ? context->height : 1), false))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

static unsigned quant_click(struct view *view, const struct view_context *context, int x, int y,
			    int clicks, struct view_answer *answer)
{
	struct quant_state *state = view->state;

	(void)x;
	if (state->shown != PAGE_ERROR || !detail_is_scope(context))
		return EFFECT_NONE;
	return tensor_list_click(&state->list, context, y - SCOPE_HEAD,
				 context->height - SCOPE_HEAD, clicks, answer);
}

static void quant_close(struct view *view)
{
	struct quant_state *state = view->state;

	tensor_list_free(&state->list);
	quant_plan_free(&state->page);
	quant_frontier_free(&state->frontier);
	quant_xray_free(&state->xray);
	quant_fusion_free(&state->fusion);
}

const struct view_ops quant_view = {
	.name = "quant",
	.title = "Quant",
	.scope = SCOPE_QUANT,
	.state_size = sizeof(struct quant_state),
	.update = quant_update,
	.measure = quant_measure,
	.draw = quant_draw,
	.command = quant_command,
	.click = quant_click,
	.close = quant_close,
	.words = quant_words,
};
