/* Quant: what the scheme on the dial costs the selected tensor, or the ranking of a scope. */
#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"
#include "ui/views/quant_frontier.h"
#include "ui/views/quant_plan.h"
#include "ui/views/tensor_list.h"
#include "ui/views/view.h"

#define HISTOGRAM_MIN 7	 /* rows below which the view scrolls instead */
#define HISTOGRAM_ALL 14 /* rows in an export */
#define SCOPE_HEAD    5	 /* rows above a scope's table */
#define LABELS	      16 /* columns of the table's labels */
#define COLUMN	      24 /* of one granularity */
#define FEW_LEVELS    32 /* that have a tick each */

/* The pages, in the order of their key; those with a name among the views are reports, too. */
enum quant_page { PAGE_ERROR, PAGE_BITS, PAGE_SIZE, PAGE_PLAN, PAGE_COUNT };

static const struct {
	const char *name;
	bool view;
} pages[PAGE_COUNT] = {
	[PAGE_ERROR] = { "error", false },
	[PAGE_BITS] = { "frontier", true },
	[PAGE_SIZE] = { "size", false },
	[PAGE_PLAN] = { "plan", true },
};

struct quant_state {
	enum quant_page shown;
	struct quant_plan page;
	struct quant_frontier frontier;
	struct scroll scroll;
	struct tensor_list list;
	const struct model *model; /* of the scroll position */
	uint32_t tensor;
};

/* One line of the table: what it says of an error. */
struct quant_line {
	const char *label;
	void (*write)(const struct quant_error *error, char *buffer, size_t size);
};

static void write_number(double value, int significant, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s", isnan(value) ? "–" : number_value(number, value, significant));
}

static void write_sqnr(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	if (isnan(error->sqnr_db))
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s%s", number_decibel(number, error->sqnr_db),
			 isinf(error->sqnr_db) ? "" : " dB");
}

static void write_mse(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->mse, 4, buffer, size);
}

static void write_rmse(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->rmse, 4, buffer, size);
}

static void write_relative(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s",
		 isnan(error->rel_fro) ? "–" : number_percent(number, error->rel_fro));
}

static void write_max(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	if (isnan(error->max_abs) || error->max_index == UINT64_MAX)
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s at %llu", number_value(number, error->max_abs, 4),
			 (unsigned long long)error->max_index);
}

static void write_bias(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->bias, 3, buffer, size);
}

static void write_cosine(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->cosine, 7, buffer, size);
}

static void write_levels(const struct quant_error *error, char *buffer, size_t size)
{
	if (error->levels == 0) {
		snprintf(buffer, size, "–");
		return;
	}
	snprintf(buffer, size, "%u of %u", error->levels_used, error->levels);
}

static void write_clipped(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	snprintf(buffer, size, "%s",
		 isnan(error->clipped) ? "–" : number_percent(number, error->clipped));
}

static void write_kl(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->kl, 3, buffer, size);
}

static void write_scales(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];

	number_count(number, error->granules);
	if (error->granules == 0)
		snprintf(buffer, size, "–");
	else if (error->axis >= 0)
		snprintf(buffer, size, "%s on axis %d", number, error->axis);
	else
		snprintf(buffer, size, "%s", number);
}

static void write_bits(const struct quant_error *error, char *buffer, size_t size)
{
	write_number(error->bits_per_weight, 4, buffer, size);
}

static void write_size(const struct quant_error *error, char *buffer, size_t size)
{
	char before[NUMBER_SIZE], after[NUMBER_SIZE];

	snprintf(buffer, size, "%s → %s", number_bytes(before, error->bytes_before),
		 number_bytes(after, error->bytes_after));
}

static void write_ratio(const struct quant_error *error, char *buffer, size_t size)
{
	char number[NUMBER_SIZE];
	double after = (double)error->bytes_after;

	if (error->bytes_after == 0)
		snprintf(buffer, size, "–");
	else
		snprintf(buffer, size, "%s×",
			 number_value(number, (double)error->bytes_before / after, 3));
}

static const struct quant_line lines[] = {
	{ "SQNR", write_sqnr },	    { "RMSE", write_rmse },
	{ "MSE", write_mse },	    { "relative", write_relative },
	{ "max |e|", write_max },   { "bias", write_bias },
	{ "cosine", write_cosine }, { "clipped", write_clipped },
	{ "KL, bits", write_kl },   { "levels used", write_levels },
	{ "scales", write_scales }, { "bits per weight", write_bits },
	{ "size", write_size },	    { "smaller by", write_ratio },
};

#define LINES ((int)(sizeof lines / sizeof lines[0]))

static struct request quant_request(const struct view_context *context, uint8_t granularity)
{
	struct request request = {
		.document = context->focus.document,
		.tensor = context->focus.tensor,
		.kind = REPORT_QUANT_ERROR,
		.scheme = context->dial,
	};

	request.scheme.granularity = granularity;
	return request;
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

static bool is_frontier(const struct quant_state *state)
{
	return state->shown == PAGE_BITS || state->shown == PAGE_SIZE;
}

static void quant_update(struct view *view, const struct view_context *context)
{
	struct quant_state *state = view->state;
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
	default:
		break;
	}
	if (detail_is_scope(context)) {
		tensor_list_update(&state->list, context);
		return;
	}
	if (state->model != context->model || state->tensor != context->focus.tensor)
		state->scroll = (struct scroll){ 0 };
	state->model = context->model;
	state->tensor = context->focus.tensor;
	if (tensor && quant_applies(tensor)) {
		struct request first = quant_request(context, context->dial.granularity);
		struct request second = quant_request(context, other);
		session_want(context->session, &first);
		/* The other one is for comparison: it must not hold up a dial that turns. */
		if (both_granularities(context) &&
		    quant_done(quant_report(context, context->dial.granularity)))
			session_want(context->session, &second);
	}
}

/* Head, blank, scheme, its note, table, blank; the histogram comes below. */
static int table_rows(const struct view_context *context)
{
	return detail_head_rows(context) + 1 + 3 + LINES + 1;
}

static int tensor_rows(const struct view_context *context, int histogram)
{
	const struct tensor *tensor = detail_tensor(context);

	if (!quant_applies(tensor))
		return detail_head_rows(context) + 2;
	if (is_lost(quant_report(context, context->dial.granularity)))
		return detail_head_rows(context) + 4;
	return table_rows(context) + histogram;
}

static int quant_measure(struct view *view, const struct view_context *context, int width)
{
	struct quant_state *state = view->state;

	if (state->shown == PAGE_PLAN)
		return quant_plan_rows(&state->page);
	if (is_frontier(state))
		return quant_frontier_rows(&state->frontier, width);
	if (detail_is_scope(context))
		return SCOPE_HEAD + tensor_list_rows(&state->list);
	return detail_tensor(context) ? tensor_rows(context, HISTOGRAM_ALL) : 1;
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
	canvas_string(canvas, 0, y + 1, ROLE_DIM, "weight error, not accuracy");
	return y + 2;
}

static void draw_column(const struct view_context *context, uint8_t granularity,
			struct canvas *canvas, int x, int y)
{
	const struct report *report = quant_report(context, granularity);
	const struct quant_error *error = quant_done(report);
	bool dial = granularity == context->dial.granularity;
	char cell[64], words[DIAL_GRANULARITY];

	if (dial)
		canvas_put(canvas, x, y, ROLE_ACCENT, context->glyphs->cursor);
	canvas_string(canvas, x + 2, y, dial ? ROLE_ACCENT : ROLE_DIM,
		      dial ? dial_granularity(words, &context->dial)
			   : granularity_name(granularity));
	if (!error)
		canvas_string(canvas, x + 2, y + 1, ROLE_DIM,
			      report && report->state == REPORT_FAILED	  ? "failed"
			      : report && report->state == REPORT_STOPPED ? "stopped"
									  : "reading …");
	for (int line = 0; error && line < LINES; line++) {
		lines[line].write(error, cell, sizeof cell);
		canvas_string(canvas, x + 2, y + 1 + line,
			      line == 0 ? detail_sqnr_role(error->sqnr_db) : ROLE_NUMBER, cell);
	}
}

/* A column for each granularity, the dial's marked; where only one fits, the dial's. */
static void draw_table(const struct view_context *context, struct canvas *canvas, int y)
{
	bool both = both_granularities(context) && canvas->width >= LABELS + 2 * COLUMN;

	for (int line = 0; line < LINES; line++)
		canvas_string(canvas, 0, y + 1 + line, ROLE_DIM, lines[line].label);
	if (!both) {
		draw_column(context, context->dial.granularity, canvas, LABELS, y);
		return;
	}
	draw_column(context, QUANT_PER_TENSOR, canvas, LABELS, y);
	draw_column(context, QUANT_PER_CHANNEL, canvas, LABELS + COLUMN, y);
}

/* With one scale for all of it, what is restored lies on the levels and nowhere else. */
static bool has_few_levels(const struct quant_error *error)
{
	return error->granules <= 1 && error->levels_used > 0 && error->levels_used <= FEW_LEVELS;
}

static void draw_histogram(const struct quant_error *error, struct canvas *canvas, int y)
{
	static const char *const captions[GLYPHS_COUNT] = {
		[GLYPHS_ASCII] = "# original · . and - reconstructed",
		[GLYPHS_BLOCKS] = "█ original · ░ and ─ reconstructed",
		[GLYPHS_BRAILLE] = "⣿ original · ⠒ reconstructed",
	};
	struct canvas window;

	if (y >= canvas->height || error->count == 0)
		return;
	window = canvas_window(canvas, 0, y, canvas->width, canvas->height - y);
	plot_histogram(&window, &(struct plot_histogram){ .bins = error->original,
							  .other = error->reconstructed,
							  .n_bins = HISTOGRAM_BINS,
							  .low = error->low,
							  .high = error->high,
							  .levels = has_few_levels(error),
							  .caption = captions[canvas->glyphs->level] });
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
		canvas_print(canvas, 0, y + LINES + 1, ROLE_WARNING,
			     "%s NaN or infinite values left out",
			     number_count(skipped, error->skipped));
	}
	draw_histogram(error, canvas, y + LINES + 2);
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

static void quant_draw(const struct view *view, const struct view_context *context,
		       struct canvas *canvas)
{
	const struct quant_state *state = view->state;

	if (state->shown == PAGE_PLAN) {
		quant_plan_draw(&state->page, context, canvas);
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
			     (uint64_t)tensor_rows(context, HISTOGRAM_MIN));
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
	static const char *const names[] = { "error", "frontier", "size", "plan", NULL };

	return command == COMMAND_QUANT_PAGE ? names : NULL;
}

const float *quant_view_planned(const struct view *view, const struct view_context *context)
{
	const struct quant_state *state = view->state;

	return state->shown == PAGE_PLAN && state->page.solved && state->page.model == context->model
		       ? state->page.sqnr_db
		       : NULL;
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
			 "no such page; there are error, frontier, size, plan");
		return EFFECT_MESSAGE;
	}
	state->shown = page;
	return EFFECT_REDRAW;
}

static unsigned quant_command(struct view *view, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	struct quant_state *state = view->state;
	unsigned turned = dial_command(context, command, argument, answer);

	if (!(turned & EFFECT_PASS))
		return turned;
	if (command == COMMAND_QUANT_PAGE)
		return show_page(state, argument, answer);
	if (state->shown == PAGE_PLAN)
		return quant_plan_command(&state->page, context, command, argument, answer);
	if (is_frontier(state))
		return quant_frontier_command(&state->frontier, context, command, answer);
	if (detail_is_scope(context))
		return tensor_list_command(&state->list, context, command,
					   context->height - SCOPE_HEAD, answer);
	if (detail_tensor(context) &&
	    scroll_command(&state->scroll, command, (uint64_t)tensor_rows(context, HISTOGRAM_MIN),
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
