#include "ui/views/overlay.h"

#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"

unsigned overlay_mark(struct overlay *overlay, const struct view_context *context,
		      struct view_answer *answer)
{
	bool same = overlay->model == context->model && overlay->tensor == context->focus.tensor;

	overlay->model = same ? NULL : context->model;
	overlay->tensor = context->focus.tensor;
	snprintf(answer->message, sizeof answer->message, "%s",
		 same ? "not marked any more" : "marked: other tensors are drawn over it");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static struct request request_of(const struct view_context *context, uint32_t tensor)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = tensor,
				 .kind = REPORT_STATISTICS };
}

/* Statistics on record with a finite value, or NULL. */
static const struct statistics *known(const struct view_context *context, uint32_t tensor)
{
	struct request request = request_of(context, tensor);
	const struct report *report = session_report(context->session, &request);

	return report && report->state == REPORT_DONE && report->statistics.finite > 0 ?
		       &report->statistics : NULL;
}

static bool is_other(const struct overlay *overlay, const struct view_context *context)
{
	return overlay->model && overlay->model == context->model &&
	       overlay->tensor != context->focus.tensor;
}

bool overlay_applies(const struct overlay *overlay, const struct view_context *context)
{
	return is_other(overlay, context) && known(context, overlay->tensor) &&
	       known(context, context->focus.tensor);
}

/* Both are to be there. */
static struct request histogram_request(const struct overlay *overlay,
					const struct view_context *context,
					const struct zoom *zoom, uint32_t tensor)
{
	const struct statistics *other = known(context, overlay->tensor);
	struct statistics both = *known(context, context->focus.tensor);
	struct request request = request_of(context, tensor);

	both.min = fmin(both.min, other->min);
	both.max = fmax(both.max, other->max);
	both.max_abs = fmax(both.max_abs, other->max_abs);
	request.kind = REPORT_HISTOGRAM;
	request.bins = zoom_axis(zoom, &both);
	return request;
}

void overlay_update(const struct overlay *overlay, const struct view_context *context,
		    const struct zoom *zoom)
{
	struct request request = request_of(context, overlay->tensor);

	if (!is_other(overlay, context))
		return;
	session_want(context->session, &request);
	if (!overlay_applies(overlay, context))
		return;
	request = histogram_request(overlay, context, zoom, context->focus.tensor);
	session_want(context->session, &request);
	request = histogram_request(overlay, context, zoom, overlay->tensor);
	session_want(context->session, &request);
}

static const struct histogram *histogram_of(const struct overlay *overlay,
					    const struct view_context *context,
					    const struct zoom *zoom, uint32_t tensor,
					    const struct report **report)
{
	struct request request = histogram_request(overlay, context, zoom, tensor);

	*report = session_report(context->session, &request);
	return *report && (*report)->state == REPORT_DONE ? &(*report)->histogram : NULL;
}

/* Which of them is drawn larger than it is, for want of values. */
static void draw_legend(const struct overlay *overlay, const struct view_context *context,
			bool own_scaled, struct canvas *canvas, int y)
{
	const struct glyphs *glyphs = canvas->glyphs;
	bool ascii = glyphs->level == GLYPHS_ASCII;
	char label[64];
	int x = canvas_put(canvas, 0, y, ROLE_CHART, ascii ? '#' : glyphs->bars[8]);

	x = canvas_text(canvas, x + 1, y, canvas->width / 3, ROLE_NAME,
			model_tensor_label(context->model, context->focus.tensor, label));
	x = canvas_string(canvas, x, y, ROLE_DIM, own_scaled ? ", scaled" : "");
	x = canvas_put(canvas, x + 2, y, ROLE_CHART_OTHER,
		       ascii				       ? '.' :
		       glyphs->level == GLYPHS_BRAILLE ? glyphs->horizontal :
							 glyphs->shades[1]);
	x = canvas_text(canvas, x + 1, y, canvas->width / 3, ROLE_NAME,
			model_tensor_label(context->model, overlay->tensor, label));
	canvas_string(canvas, x, y, ROLE_DIM, own_scaled ? "" : ", scaled");
}

void overlay_draw(const struct overlay *overlay, const struct view_context *context,
		  const struct zoom *zoom, bool log_counts, struct canvas *canvas, int y)
{
	const struct report *report, *other_report;
	const struct histogram *own = histogram_of(overlay, context, zoom, context->focus.tensor,
						   &report),
			       *other = histogram_of(overlay, context, zoom, overlay->tensor,
						     &other_report);
	struct canvas window;
	uint64_t scaled[HISTOGRAM_BINS];
	double low, zero;
	bool own_scaled;

	if (y >= canvas->height)
		return;
	if (!own || !other) {
		detail_state(context, own ? other_report : report, canvas, y);
		return;
	}
	own_scaled = own->inside < other->inside;
	if (own_scaled)
		plot_scale(own->counts, own->axis.bins, own->inside, other->inside, scaled);
	else
		plot_scale(other->counts, own->axis.bins, other->inside, own->inside, scaled);
	low = histogram_scaled(&own->axis, own->axis.low);
	zero = -low / (histogram_scaled(&own->axis, own->axis.high) - low);
	draw_legend(overlay, context, own_scaled, canvas, y);
	window = canvas_window(canvas, 0, y + 1, canvas->width, canvas->height - y - 1);
	plot_histogram(&window, &(struct plot_histogram){
					.bins = own_scaled ? scaled : own->counts,
					.other = own_scaled ? other->counts : scaled,
					.n_bins = own->axis.bins,
					.low = own->axis.low,
					.high = own->axis.high,
					.log_counts = log_counts,
					.zero = &zero,
					.caption = own->axis.symlog ? "symmetric log · exact"
								    : "linear · exact" });
}
