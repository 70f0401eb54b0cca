/*
 * What the page knows: every setting is first estimated from a sample where that saves time, then
 * measured, one setting after the other and of each setting one tensor after the other, so that
 * little is under way when the selection moves. What quant_frontier_chart.c draws of it is there
 * from the first point on.
 */
#include "ui/views/quant_frontier.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/model_plan.h>

#include "ui/views/detail.h"

#define SAMPLES 4  /* that are asked for at a time */
#define WANTS	16 /* tensors, likewise */

void quant_frontier_free(struct quant_frontier *page)
{
	free(page->tensors);
	free(page->losses);
	*page = (struct quant_frontier){ 0 };
}

static bool list_tensors(struct quant_frontier *page, const struct view_context *context)
{
	const struct layer *rows = context->layers->rows;
	uint32_t end = rows[page->row].end;

	page->tensors = calloc(end - page->row + 1, sizeof *page->tensors);
	if (!page->tensors)
		return false;
	if (page->tensor != NO_INDEX) {
		page->tensors[page->n++] = page->tensor;
		return true;
	}
	for (uint32_t at = page->row; at < end; at++)
		if (rows[at].kind == LAYER_TENSOR &&
		    context->model->tensors[rows[at].item].kind != TENSOR_INDICES)
			page->tensors[page->n++] = rows[at].item;
	return true;
}

static int compare_sizes(const void *a, const void *b, void *context)
{
	const uint8_t *x = a, *y = b;
	const struct frontier *frontier = context;
	uint64_t left = frontier->points[*x].bytes, right = frontier->points[*y].bytes;

	if (left != right)
		return left < right ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static bool begin(struct quant_frontier *page, const struct view_context *context)
{
	struct frontier *frontier = &page->frontier;

	quant_frontier_free(page);
	page->model = context->model;
	page->row = context->focus.row;
	page->tensor = detail_is_scope(context) ? NO_INDEX : context->focus.tensor;
	if (!list_tensors(page, context))
		return false;
	page->losses = calloc(page->n + 1, sizeof *page->losses);
	if (!page->losses)
		return false;
	for (size_t i = 0; i < page->n; i++) {
		const struct tensor *tensor = &page->model->tensors[page->tensors[i]];

		page->bytes_before += tensor->nbytes;
		page->weights += frontier_applies(tensor, page->n) ? tensor->present : 0;
	}
	frontier_init(frontier);
	for (unsigned i = 0; i < frontier->n; i++) {
		frontier_point_size(&frontier->points[i], page->model, page->tensors, page->n);
		page->order[i] = (uint8_t)i;
	}
	qsort_r(page->order, frontier->n, sizeof page->order[0], compare_sizes, frontier);
	return true;
}

/* A setting of the ladder is not measured twice. */
static struct frontier_point *ladder_point(struct quant_frontier *page,
					   const struct quant_scheme *scheme)
{
	for (unsigned i = 0; i < page->frontier.n; i++)
		if (quant_scheme_same(&page->frontier.points[i].scheme, scheme))
			return &page->frontier.points[i];
	return NULL;
}

static void begin_point(struct quant_frontier *page, const struct frontier_point *point)
{
	if (page->at_hand == point)
		return;
	page->at_hand = point;
	for (size_t i = 0; i < page->n; i++)
		page->losses[i].known = !frontier_applies(&page->model->tensors[page->tensors[i]],
							  page->n);
}

static void follow_dial(struct quant_frontier *page, const struct view_context *context)
{
	const struct frontier_point *same = ladder_point(page, &context->dial);

	if (!quant_scheme_same(&page->dial.scheme, &context->dial) || page->dial.bytes == 0) {
		frontier_point_init(&page->dial, &context->dial);
		frontier_point_size(&page->dial, page->model, page->tensors, page->n);
		if (page->at_hand == &page->dial)
			page->at_hand = NULL;
	}
	if (same)
		page->dial = *same;
}

/* --- Samples --------------------------------------------------------------------------------- */

static bool worth_a_sample(const struct quant_frontier *page, const struct frontier_point *point)
{
	return point->state == FRONTIER_WAITING && page->weights >= 4 * QUANT_SAMPLE_ELEMENTS &&
	       quant_sample_applies(&point->scheme);
}

/* True when the point has to be waited for. */
static bool sample(struct quant_frontier *page, const struct view_context *context,
		   struct frontier_point *point)
{
	struct request request = { .document = context->focus.document, .row = page->row,
				   .tensor = page->tensor, .kind = REPORT_QUANT_SAMPLE,
				   .scheme = point->scheme };
	const struct report *report;

	if (!worth_a_sample(page, point))
		return false;
	session_want(context->session, &request);
	report = session_report(context->session, &request);
	page->stopped |= report && report->state == REPORT_STOPPED;
	if (!report || report->state == REPORT_WAITING || report->state == REPORT_STOPPED)
		return true;
	if (report->state == REPORT_DONE)
		frontier_point_sampled(point, &report->quant_sample);
	return false;
}

/* --- Exact ----------------------------------------------------------------------------------- */

static void refuse(struct frontier_point *point)
{
	point->state = FRONTIER_REFUSED;
	point->sqnr_db = NAN;
}

/* Takes what is known of the point at hand; true when there is more to wait for. */
static bool measure_tensors(struct quant_frontier *page, const struct view_context *context,
			    struct frontier_point *point)
{
	struct request request = { .document = context->focus.document,
				   .kind = REPORT_QUANT_BRIEF, .scheme = point->scheme };
	unsigned wanted = 0;

	for (size_t i = 0; i < page->n && wanted < WANTS; i++) {
		const struct report *report;

		if (page->losses[i].known)
			continue;
		request.tensor = page->tensors[i];
		session_want(context->session, &request);
		report = session_report(context->session, &request);
		page->stopped |= report && report->state == REPORT_STOPPED;
		if (report && report->state == REPORT_FAILED) {
			refuse(point);
			return false;
		}
		if (report && report->state == REPORT_DONE) {
			page->losses[i].sums = (struct frontier_sums){ 0 };
			frontier_sums_add(&page->losses[i].sums, &report->quant_error);
			page->losses[i].known = true;
		} else {
			wanted++;
		}
	}
	return wanted > 0;
}

/* True when the point has to be waited for. */
static bool measure(struct quant_frontier *page, const struct view_context *context,
		    struct frontier_point *point)
{
	struct frontier_sums sums = { 0 };

	if (point->state == FRONTIER_EXACT || point->state == FRONTIER_REFUSED)
		return false;
	begin_point(page, point);
	if (measure_tensors(page, context, point))
		return true;
	page->at_hand = NULL;
	for (size_t i = 0; i < page->n && point->state != FRONTIER_REFUSED; i++)
		if (frontier_applies(&page->model->tensors[page->tensors[i]], page->n))
			frontier_sums_merge(&sums, &page->losses[i].sums);
	if (point->state != FRONTIER_REFUSED)
		frontier_point_exact(point, &sums);
	return false;
}

/* The dial's setting, then estimates of all, then all. */
static void progress(struct quant_frontier *page, const struct view_context *context)
{
	struct frontier_point *same = ladder_point(page, &context->dial);
	struct frontier_point *dial = same ? same : &page->dial;
	unsigned samples = sample(page, context, dial);

	if (measure(page, context, dial))
		return;
	for (unsigned i = 0; i < page->frontier.n && samples < SAMPLES; i++)
		samples += sample(page, context, &page->frontier.points[i]);
	for (unsigned i = 0; i < page->frontier.n && samples == 0; i++)
		if (measure(page, context, &page->frontier.points[i]))
			return;
}

void quant_frontier_update(struct quant_frontier *page, const struct view_context *context)
{
	uint32_t tensor = detail_is_scope(context) ? NO_INDEX : context->focus.tensor;
	struct error err;

	if (page->model != context->model || page->row != context->focus.row ||
	    page->tensor != tensor)
		page->failed = !begin(page, context);
	page->stopped = false;
	if (page->failed || page->weights == 0)
		return;
	follow_dial(page, context);
	progress(page, context);
	follow_dial(page, context);
	page->failed = !frontier_hull(&page->frontier, &err);
}

unsigned quant_frontier_command(struct quant_frontier *page, const struct view_context *context,
				enum command command, struct view_answer *answer)
{
	if (page->failed || page->weights == 0)
		return EFFECT_PASS;
	if (command == COMMAND_ENTER && page->scroll.cursor < page->frontier.n) {
		answer->dial = page->frontier.points[page->order[page->scroll.cursor]].scheme;
		return EFFECT_DIAL | EFFECT_REDRAW;
	}
	if (scroll_command(&page->scroll, command, page->frontier.n,
			   (uint64_t)quant_frontier_table(context->width, context->height), true))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}
