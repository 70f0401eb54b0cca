/* Histograms: in JSON edges and counts of each tensor, in CSV a row a bin, as cells a chart each. */
#include "export/export_histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/export_view.h"
#include "export/progress.h"
#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"

#define CHART_ROWS (EXPORT_HISTOGRAM_ROWS - 3) /* below two lines, above an empty one */

struct histogram_progress {
	const struct export_run *run;
	struct progress line;
	uint32_t tensor;
};

/* Does something with one tensor's histogram, or with the reason why there is none. other: of the
 * tensor that it is held against, on the same axis; or NULL. */
typedef void histogram_each(struct export_run *run, uint32_t tensor,
			    const struct histogram *histogram, const struct histogram *other,
			    const struct error *error);

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	struct histogram_progress *progress = context;
	char buffer[64];

	return progress_update(&progress->line, done, total,
			       model_tensor_label(progress->run->model, progress->tensor, buffer));
}

/* An axis that holds both tensors, where the range is open. */
static bool join_ranges(const struct export_run *run, uint32_t tensor, uint32_t against,
			const struct analysis_watch *watch, struct histogram_axis *axis,
			struct error *err)
{
	static const struct histogram_axis one_bin = { NAN, NAN, 1, false, 0 };
	const uint32_t both[] = { tensor, against };
	struct histogram range;

	for (int i = 0; i < 2 && (i == 0 || !isnan(axis->low)); i++) {
		if (i == 0 && !isnan(axis->low))
			return true;
		if (!histogram_compute(run->model, run->model->tensors + both[i], &one_bin, watch,
				       &range, err))
			return false;
		axis->low = i ? fmin(axis->low, range.axis.low) : range.axis.low;
		axis->high = i ? fmax(axis->high, range.axis.high) : range.axis.high;
		histogram_free(&range);
	}
	return true;
}

static bool compute_both(const struct export_run *run, uint32_t tensor,
			 const struct histogram_axis *axis, const struct analysis_watch *watch,
			 struct histogram *own, struct histogram *other, struct error *err)
{
	const uint32_t *against = run->subject->against;
	const struct tensor *tensors = run->model->tensors;
	struct histogram_axis joint = *axis;

	if (!against)
		return histogram_compute(run->model, tensors + tensor, axis, watch, own, err);
	if (!join_ranges(run, tensor, *against, watch, &joint, err) ||
	    !histogram_compute(run->model, tensors + tensor, &joint, watch, own, err))
		return false;
	if (histogram_compute(run->model, tensors + *against, &own->axis, watch, other, err))
		return true;
	histogram_free(own);
	return false;
}

static void for_each(struct export_run *run, histogram_each *each)
{
	static const struct histogram_axis all = { NAN, NAN, HISTOGRAM_BINS, false, 0 };
	const struct histogram_axis *axis = run->subject->bins ? run->subject->bins : &all;
	struct histogram_progress progress = { .run = run };
	const struct analysis_watch watch = { .progress = on_progress, .context = &progress };
	size_t at = 0;

	progress_begin(&progress.line, run->subject->progress, run->output);
	while (!(run->output && output_failed(run->output)) &&
	       (progress.tensor = export_next_tensor(run, &at)) != NO_INDEX) {
		struct error error = { .code = ERROR_NONE };
		struct histogram histogram, other = { .edges = NULL };
		bool good = compute_both(run, progress.tensor, axis, &watch, &histogram, &other,
					 &error);

		each(run, progress.tensor, good ? &histogram : NULL,
		     good && run->subject->against ? &other : NULL, &error);
		if (good)
			histogram_free(&histogram);
		histogram_free(&other);
	}
	progress_end(&progress.line);
}

/* --- JSON and CSV ---------------------------------------------------------------------------- */

static void put_arrays(struct records *out, const struct histogram *histogram)
{
	struct json_out *list = records_list(out, "edges");

	for (uint32_t i = 0; i <= histogram->axis.bins; i++)
		json_out_number(list, NULL, histogram->edges[i]);
	records_close(out, list);
	list = records_list(out, "counts");
	for (uint32_t i = 0; i < histogram->axis.bins; i++)
		json_out_count(list, NULL, histogram->counts[i]);
	records_close(out, list);
}

static void put_other(struct export_run *run, const struct histogram *other)
{
	struct json_out *object = records_object(&run->records, "against");
	char buffer[64];

	json_out_text(object, "name",
		      model_tensor_label(run->model, *run->subject->against, buffer));
	json_out_count(object, "count", other->count);
	json_out_array(object, "counts");
	for (uint32_t i = 0; i < other->axis.bins; i++)
		json_out_count(object, NULL, other->counts[i]);
	json_out_end(object);
	records_close(&run->records, object);
}

static void put_object(struct export_run *run, uint32_t tensor, const struct histogram *histogram,
		       const struct histogram *other, const struct error *error)
{
	struct records *out = &run->records;

	records_row(out);
	export_tensor_identity(run, tensor);
	if (histogram) {
		records_count(out, "count", histogram->count);
		records_flag(out, "log", histogram->axis.symlog);
		if (histogram->axis.symlog)
			records_number(out, "threshold", histogram->axis.threshold);
		records_count(out, "below", histogram->below);
		records_count(out, "above", histogram->above);
		records_count(out, "nan", histogram->nan);
		records_count(out, "inf", histogram->inf);
		put_arrays(out, histogram);
		if (other)
			put_other(run, other);
	} else {
		records_string(out, "problem", error->message);
	}
	records_row_end(out);
}

static void put_rows(struct export_run *run, uint32_t tensor, const struct histogram *histogram,
		     const struct histogram *other, const struct error *error)
{
	struct records *out = &run->records;

	for (uint32_t i = 0; i < (histogram ? histogram->axis.bins : 1); i++) {
		records_row(out);
		export_tensor_name(run, "tensor", tensor);
		export_graph_path(run, "graph_path", run->model->tensors[tensor].graph);
		if (histogram) {
			records_count(out, "bin", i);
			records_number(out, "low", histogram->edges[i]);
			records_number(out, "high", histogram->edges[i + 1]);
			records_count(out, "count", histogram->counts[i]);
			if (other)
				records_count(out, "against", other->counts[i]);
		} else {
			records_string(out, "problem", error->message);
		}
		records_row_end(out);
	}
}

bool export_view_histogram(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"tensor", "graph_path", "bin", "low", "high", "count", "problem", NULL,
	}, *const with_other[] = {
		"tensor", "graph_path", "bin",	  "low", "high",
		"count",  "against",	"problem", NULL,
	};

	(void)err;
	records_table(&run->records, "tensors", run->subject->against ? with_other : columns);
	for_each(run, records_is_csv(&run->records) ? put_rows : put_object);
	records_table_end(&run->records);
	return true;
}

/* --- Cells ----------------------------------------------------------------------------------- */

struct histogram_cells {
	struct export_run run; /* first: what is handed to draw_chart is its address */
	struct canvas *canvas;
	int y;
};

static void draw_counts(struct canvas *canvas, int y, const struct histogram *h)
{
	static const char *const words[] = { "inside", "below", "above", "NaN", "Inf" };
	const uint64_t counts[] = { h->inside, h->below, h->above, h->nan, h->inf };
	char number[NUMBER_SIZE];
	int x = canvas_print(canvas, 0, y, ROLE_DIM, "%u %s · ", h->axis.bins,
			     h->axis.bins == 1 ? "bin" : "bins");

	for (int i = 0; i < 5; i++) {
		if (i > 0 && counts[i] == 0)
			continue;
		x = canvas_print(canvas, x, y, i > 2 ? ROLE_BAD : ROLE_NUMBER, "%s ",
				 number_count(number, counts[i]));
		x = canvas_print(canvas, x, y, ROLE_DIM, "%s  ", words[i]);
	}
}

/* "  ░ NAME, scaled", behind the name of the tensor itself, which ends at x. */
static void draw_legend(struct canvas *canvas, int x, int y, const struct export_run *run,
			bool own_scaled)
{
	const struct glyphs *glyphs = canvas->glyphs;
	char label[64];

	x = canvas_string(canvas, x, y, ROLE_DIM, own_scaled ? ", scaled" : "");
	x = canvas_put(canvas, x + 2, y, ROLE_CHART_OTHER,
		       glyphs->level == GLYPHS_ASCII   ? '.' :
		       glyphs->level == GLYPHS_BRAILLE ? glyphs->horizontal :
							 glyphs->shades[1]);
	x = canvas_text(canvas, x + 1, y, canvas->width / 3, ROLE_NAME,
			model_tensor_label(run->model, *run->subject->against, label));
	canvas_string(canvas, x, y, ROLE_DIM, own_scaled ? "" : ", scaled");
}

/* Counts of the tensor with fewer values inside, brought to those of the other; NULL: no memory. */
static uint64_t *scale_fewer(const struct histogram *own, const struct histogram *other)
{
	bool own_scaled = own->inside < other->inside;
	const struct histogram *fewer = own_scaled ? own : other, *more = own_scaled ? other : own;
	uint64_t *scaled = calloc(own->axis.bins, sizeof *scaled);

	if (scaled)
		plot_scale(fewer->counts, own->axis.bins, fewer->inside, more->inside, scaled);
	return scaled;
}

static void draw_chart(struct export_run *run, uint32_t tensor, const struct histogram *h,
		       const struct histogram *other, const struct error *error)
{
	struct histogram_cells *cells = (struct histogram_cells *)run;
	struct canvas *canvas = cells->canvas, window;
	uint64_t *scaled = h && other ? scale_fewer(h, other) : NULL;
	bool own_scaled = scaled && h->inside < other->inside;
	char label[64];
	double low, zero;
	int y = cells->y, x;

	cells->y += EXPORT_HISTOGRAM_ROWS;
	x = canvas_text(canvas, 0, y, scaled ? canvas->width / 3 : canvas->width, ROLE_TITLE,
			model_tensor_label(run->model, tensor, label));
	if (scaled)
		draw_legend(canvas, x, y, run, own_scaled);
	if (!h) {
		canvas_text(canvas, 0, y + 1, canvas->width, ROLE_DIM, text_from(error->message));
		return;
	}
	draw_counts(canvas, y + 1, h);
	low = histogram_scaled(&h->axis, h->axis.low);
	zero = -low / (histogram_scaled(&h->axis, h->axis.high) - low);
	window = canvas_window(canvas, 0, y + 2, canvas->width, CHART_ROWS);
	plot_histogram(&window, &(struct plot_histogram){
					.bins = own_scaled ? scaled : h->counts,
					.other = own_scaled ? other->counts : scaled,
					.n_bins = h->axis.bins,
					.low = h->axis.low,
					.high = h->axis.high,
					.zero = &zero,
					.caption = h->axis.symlog ? "symmetric log · exact"
								  : "linear · exact" });
	free(scaled);
}

void export_histogram_cells(const struct export_subject *subject, struct canvas *canvas)
{
	struct histogram_cells cells = {
		.run = { .subject = subject,
			 .model = session_model(subject->session, subject->document),
			 .path_graph = NO_INDEX },
		.canvas = canvas,
	};

	for_each(&cells.run, draw_chart);
}
