/* Weights: statistics and histogram of the selected tensor, or the tensors of a scope. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/initialisation.h>
#include <mtui/values.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"
#include "ui/views/element_text.h"
#include "ui/views/overlay.h"
#include "ui/views/statistics_figures.h"
#include "ui/views/view.h"
#include "ui/views/weights_scope.h"
#include "ui/views/zoom.h"

#define FIRST_VALUES  16   /* shown of strings, and of tensors that have no more */
#define HISTOGRAM_MIN 6	   /* rows below which the view scrolls instead */
#define HISTOGRAM_ALL 14   /* rows in an export */

struct weights_state {
	bool log_counts;
	struct zoom zoom;
	struct overlay overlay;
	struct scroll scroll;
	struct tensor_list list;
	const struct model *model; /* whose values these are */
	uint32_t tensor;
	size_t n_values;
	struct element values[FIRST_VALUES];
	struct arena strings;
};

static struct request weights_request(const struct view_context *context)
{
	return (struct request){
		.document = context->focus.document,
		.tensor = context->focus.tensor,
		.kind = REPORT_STATISTICS,
	};
}

static bool has_statistics(const struct tensor *tensor)
{
	return dtype_is_numeric(tensor->dtype) && tensor->present > 0;
}

static const struct report *weights_report(const struct view_context *context)
{
	struct request request = weights_request(context);

	return session_report(context->session, &request);
}

/* What a sample says of a large tensor while it is being read, or NULL. */
static const struct statistics *preview_of(const struct view_context *context)
{
	struct request request = weights_request(context);
	const struct report *report;

	request.kind = REPORT_SAMPLE;
	report = session_report(context->session, &request);
	return report && report->state == REPORT_DONE ? &report->statistics : NULL;
}

static struct request zoom_request(const struct weights_state *state,
				   const struct view_context *context, const struct statistics *s)
{
	struct request request = weights_request(context);

	request.kind = REPORT_HISTOGRAM;
	request.bins = zoom_axis(&state->zoom, s);
	return request;
}

/* Short tensors and strings: the values themselves say more than numbers about them. */
static void read_values(struct weights_state *state, const struct view_context *context,
			const struct tensor *tensor)
{
	size_t count = tensor->present < FIRST_VALUES ? (size_t)tensor->present : FIRST_VALUES;

	if (state->model == context->model && state->tensor == context->focus.tensor)
		return;
	arena_free(&state->strings);
	arena_init(&state->strings, 1 << 20);
	state->model = context->model;
	state->tensor = context->focus.tensor;
	state->n_values = 0;
	state->scroll = (struct scroll){ 0 };
	state->zoom.partial = false;
	if (count == 0 || (tensor->present > FIRST_VALUES && tensor->dtype != DTYPE_STRING))
		return;
	if (values_read(context->model, tensor, 0, count, state->values, &state->strings, NULL))
		state->n_values = count;
}

static void weights_update(struct view *view, const struct view_context *context)
{
	struct weights_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report;
	struct request request;

	if (detail_is_scope(context)) {
		weights_scope_update(&state->list, context);
		return;
	}
	if (!tensor)
		return;
	read_values(state, context, tensor);
	if (!has_statistics(tensor))
		return;
	request = weights_request(context);
	report = session_report(context->session, &request);
	if (tensor->present >= SAMPLE_WORTH && !(report && report->state == REPORT_DONE)) {
		request.kind = REPORT_SAMPLE;
		session_want(context->session, &request);
		request.kind = REPORT_STATISTICS;
	}
	session_want(context->session, &request);
	overlay_update(&state->overlay, context, &state->zoom);
	report = session_report(context->session, &request);
	if (report && report->state == REPORT_DONE &&
	    zoom_counts(&state->zoom, &report->statistics)) {
		request = zoom_request(state, context, &report->statistics);
		session_want(context->session, &request);
	}
}

/* Rows that the values take. */
static int value_rows(const struct weights_state *state, const struct tensor *tensor)
{
	if (state->n_values == 0)
		return 0;
	return tensor->dtype == DTYPE_STRING ? (int)state->n_values + 1 : 1;
}

static int draw_values(const struct weights_state *state, const struct tensor *tensor,
		       struct canvas *canvas, int y)
{
	char rest[NUMBER_SIZE], text[ELEMENT_TEXT_SIZE];
	int x;

	if (state->n_values == 0)
		return y;
	if (tensor->dtype != DTYPE_STRING) {
		x = canvas_string(canvas, 0, y, ROLE_DIM, "values ");
		for (size_t i = 0; i < state->n_values && x < canvas->width; i++) {
			x = canvas_string(canvas, x, y, ROLE_NUMBER,
					  element_text(tensor->dtype, state->values + i, 6, text));
			x = canvas_string(canvas, x, y, ROLE_DIM,
					  i + 1 < state->n_values ? ", " : "");
		}
		return y + 1;
	}
	for (size_t i = 0; i < state->n_values; i++, y++) {
		x = canvas_print(canvas, 0, y, ROLE_DIM, "%3zu  ", i);
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NAME, state->values[i].string);
	}
	if (tensor->present > state->n_values)
		canvas_print(canvas, 5, y, ROLE_DIM, "and %s more: see Values",
			     number_count(rest, tensor->present - state->n_values));
	return y + 1;
}

/* "judgement: drifted · begun as Kaiming normal, fan-in? KS 0.02" */
static int draw_initialisation(const struct view_context *context, const struct tensor *tensor,
			       const struct statistics *s, struct canvas *canvas, int y)
{
	struct initialisation initialisation;
	char number[NUMBER_SIZE];
	int x;

	if (!initialisation_judge(context->model, tensor, s, &initialisation))
		return y;
	x = canvas_string(canvas, 0, y, ROLE_DIM, "judgement: ");
	x = canvas_string(canvas, x, y,
			  initialisation.verdict == VERDICT_UNTRAINED ? ROLE_WARNING : ROLE_NORMAL,
			  initialisation_word(initialisation.verdict));
	canvas_print(canvas, x, y, ROLE_DIM, " · begun as %s? KS %s",
		     initialisation_name(initialisation.candidates[0].kind),
		     number_value(number, initialisation.candidates[0].distance, 3));
	return y + 1;
}

/* Rows above the histogram. */
static int figure_rows(const struct view_context *context, const struct statistics *s,
		       const struct tensor *tensor, int width)
{
	struct initialisation initialisation;
	bool judged = tensor->dtype != DTYPE_BOOL &&
		      initialisation_judge(context->model, tensor, s, &initialisation);

	return statistics_figures_rows(s, tensor->dtype, width) + judged + 1;
}

static int tensor_rows(const struct weights_state *state, const struct view_context *context,
		       int width, int histogram)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report = weights_report(context);
	int rows = detail_head_rows(context) + 1 + value_rows(state, tensor);

	if (!has_statistics(tensor))
		return rows + 1;
	if (!report || report->state != REPORT_DONE) {
		const struct statistics *preview = preview_of(context);

		return rows + 1 +
		       (preview ? statistics_figures_rows(preview, tensor->dtype, width) + 1 +
					  histogram
				: 0);
	}
	rows += figure_rows(context, &report->statistics, tensor, width);
	return rows + (statistics_figures_has_histogram(&report->statistics, tensor->dtype) ? histogram : 0);
}

static int weights_measure(struct view *view, const struct view_context *context, int width)
{
	struct weights_state *state = view->state;

	if (detail_is_scope(context))
		return weights_scope_rows(&state->list, context, width);
	if (!detail_tensor(context))
		return 1;
	return tensor_rows(state, context, width, HISTOGRAM_ALL);
}

/* What was counted for the zoom, or one line while it is not. */
static void draw_zoomed(const struct weights_state *state, const struct view_context *context,
			const struct statistics *s, struct canvas *canvas, int y)
{
	struct request request = zoom_request(state, context, s);
	const struct report *report = session_report(context->session, &request);
	const struct histogram *h;
	char inside[NUMBER_SIZE], all[NUMBER_SIZE], caption[128];
	struct canvas window;
	double low, zero;

	if (y >= canvas->height)
		return;
	if (!report || report->state != REPORT_DONE) {
		detail_state(context, report, canvas, y);
		return;
	}
	h = &report->histogram;
	low = histogram_scaled(&h->axis, h->axis.low);
	zero = -low / (histogram_scaled(&h->axis, h->axis.high) - low);
	snprintf(caption, sizeof caption, "%s of %s values · %s%s", number_count(inside, h->inside),
		 number_count(all, h->count), h->axis.symlog ? "symmetric log" : "linear",
		 state->log_counts ? " · log counts" : "");
	window = canvas_window(canvas, 0, y, canvas->width, canvas->height - y);
	plot_histogram(&window, &(struct plot_histogram){ .bins = h->counts,
							  .n_bins = h->axis.bins,
							  .low = h->axis.low,
							  .high = h->axis.high,
							  .log_counts = state->log_counts,
							  .zero = &zero,
							  .caption = caption });
}

static void draw_statistics(const struct weights_state *state, const struct view_context *context,
			    const struct statistics *s, struct canvas *canvas, int y)
{
	const struct tensor *tensor = detail_tensor(context);

	y = statistics_figures_draw(s, tensor->dtype, canvas, y);
	if (tensor->dtype == DTYPE_BOOL)
		return;
	y = draw_initialisation(context, tensor, s, canvas, y);
	if (overlay_applies(&state->overlay, context))
		overlay_draw(&state->overlay, context, &state->zoom, state->log_counts, canvas,
			     y + 1);
	else if (zoom_counts(&state->zoom, s))
		draw_zoomed(state, context, s, canvas, y + 1);
	else if (s->finite > 0)
		statistics_figures_histogram(s, tensor->dtype, state->log_counts, "exact", canvas,
					     y + 1);
	else
		canvas_string(canvas, 0, y, ROLE_BAD, "no finite value: no histogram");
}

/* "≈ a sample of 131,072 values · reading ... 34 %", and what it says. */
static void draw_preview(const struct weights_state *state, const struct view_context *context,
			 const struct report *report, struct canvas *canvas, int y)
{
	const struct statistics *preview = preview_of(context);
	enum dtype dtype = detail_tensor(context)->dtype;
	struct canvas rest;
	char count[NUMBER_SIZE];
	int x = 0;

	if (preview)
		x = canvas_print(canvas, 0, y, ROLE_WARNING, "≈ a sample of %s values · ",
				 number_count(count, preview->count));
	rest = canvas_window(canvas, x, y, canvas->width - x, 1);
	detail_state(context, report, &rest, 0);
	if (!preview)
		return;
	y = statistics_figures_draw(preview, dtype, canvas, y + 1);
	if (statistics_figures_has_histogram(preview, dtype))
		statistics_figures_histogram(preview, dtype, state->log_counts, "≈ sample", canvas,
					     y + 1);
}

static void draw_tensor(const struct weights_state *state, const struct view_context *context,
			struct canvas *canvas)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report = weights_report(context);
	int y = detail_head(context, canvas, -(int)(context->whole ? 0 : state->scroll.top)) + 1;

	y = draw_values(state, tensor, canvas, y);
	if (tensor->count == 0 && tensor->problem == TENSOR_OK)
		canvas_string(canvas, 0, y, ROLE_DIM, "0 elements");
	else if (tensor->present == 0)
		canvas_string(canvas, 0, y, ROLE_DIM, "no data to read");
	else if (!dtype_is_numeric(tensor->dtype))
		canvas_string(canvas, 0, y, ROLE_DIM, "no numbers: no statistics");
	else if (report && report->state == REPORT_DONE)
		draw_statistics(state, context, &report->statistics, canvas, y);
	else
		draw_preview(state, context, report, canvas, y);
}

static void weights_draw(const struct view *view, const struct view_context *context,
			 struct canvas *canvas)
{
	const struct weights_state *state = view->state;

	if (detail_is_scope(context))
		weights_scope_draw(&state->list, context, state->log_counts, canvas);
	else if (!detail_tensor(context))
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tensors here");
	else
		draw_tensor(state, context, canvas);
	if (!context->whole && detail_tensor(context) && !detail_is_scope(context))
		scroll_marks(canvas, state->scroll.top,
			     (uint64_t)tensor_rows(state, context, canvas->width, HISTOGRAM_MIN));
}

static bool zoom_histogram(struct weights_state *state, const struct view_context *context,
		 enum command command)
{
	const struct report *report = weights_report(context);

	return report && report->state == REPORT_DONE &&
	       statistics_figures_has_histogram(&report->statistics, detail_tensor(context)->dtype) &&
	       zoom_command(&state->zoom, command, &report->statistics);
}

static unsigned weights_command(struct view *view, const struct view_context *context,
				enum command command, struct text argument,
				struct view_answer *answer)
{
	struct weights_state *state = view->state;

	if (command == COMMAND_LOG) {
		state->log_counts = !state->log_counts;
		return EFFECT_REDRAW;
	}
	if (detail_is_scope(context))
		return weights_scope_command(&state->list, context, command, argument, answer);
	if (command == COMMAND_MARK)
		return detail_tensor(context) ? overlay_mark(&state->overlay, context, answer) :
						EFFECT_PASS;
	if (detail_tensor(context) && zoom_histogram(state, context, command))
		return EFFECT_REDRAW;
	if (detail_tensor(context) &&
	    scroll_command(&state->scroll, command,
			   (uint64_t)tensor_rows(state, context, context->width, HISTOGRAM_MIN),
			   (uint64_t)(context->height > 0 ? context->height : 1), false))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

static unsigned weights_click(struct view *view, const struct view_context *context, int x, int y,
			      int clicks, struct view_answer *answer)
{
	struct weights_state *state = view->state;

	(void)x;
	if (!detail_is_scope(context))
		return EFFECT_NONE;
	return weights_scope_click(&state->list, context, y, clicks, answer);
}

static void weights_close(struct view *view)
{
	struct weights_state *state = view->state;

	tensor_list_free(&state->list);
	arena_free(&state->strings);
}

const struct view_ops weights_view = {
	.name = "weights",
	.title = "Weights",
	.scope = SCOPE_WEIGHTS,
	.state_size = sizeof(struct weights_state),
	.update = weights_update,
	.measure = weights_measure,
	.draw = weights_draw,
	.command = weights_command,
	.click = weights_click,
	.close = weights_close,
};
