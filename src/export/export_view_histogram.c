/* Histograms: in JSON edges and counts of each tensor, in CSV a row a bin, as cells a chart each. */
#include "export/export_histogram.h"

#include <math.h>
#include <stdio.h>

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

/* Does something with one tensor's histogram, or with the reason why there is none. */
typedef void histogram_each(struct export_run *run, uint32_t tensor,
			    const struct histogram *histogram, const struct error *error);

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	struct histogram_progress *progress = context;
	char buffer[64];

	progress_update(&progress->line, done, total,
			model_tensor_label(progress->run->model, progress->tensor, buffer));
	return false;
}

static void for_each(struct export_run *run, histogram_each *each)
{
	static const struct histogram_axis all = { NAN, NAN, HISTOGRAM_BINS, false, 0 };
	const struct histogram_axis *axis = run->subject->bins ? run->subject->bins : &all;
	struct histogram_progress progress = { .run = run };
	const struct analysis_watch watch = { .progress = on_progress, .context = &progress };
	size_t at = 0;

	progress_begin(&progress.line, run->subject->progress);
	while (!(run->output && output_failed(run->output)) &&
	       (progress.tensor = export_next_tensor(run, &at)) != NO_INDEX) {
		const struct tensor *tensor = run->model->tensors + progress.tensor;
		struct error error = { .code = ERROR_NONE };
		struct histogram histogram;
		bool good = histogram_compute(run->model, tensor, axis, &watch, &histogram, &error);

		each(run, progress.tensor, good ? &histogram : NULL, &error);
		if (good)
			histogram_free(&histogram);
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

static void put_object(struct export_run *run, uint32_t tensor, const struct histogram *histogram,
		       const struct error *error)
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
	} else {
		records_string(out, "problem", error->message);
	}
	records_row_end(out);
}

static void put_rows(struct export_run *run, uint32_t tensor, const struct histogram *histogram,
		     const struct error *error)
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
	};

	(void)err;
	records_table(&run->records, "tensors", columns);
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

static void draw_chart(struct export_run *run, uint32_t tensor, const struct histogram *h,
		       const struct error *error)
{
	struct histogram_cells *cells = (struct histogram_cells *)run;
	struct canvas *canvas = cells->canvas, window;
	char label[64];
	double low, zero;
	int y = cells->y;

	cells->y += EXPORT_HISTOGRAM_ROWS;
	canvas_text(canvas, 0, y, canvas->width, ROLE_TITLE,
		    model_tensor_label(run->model, tensor, label));
	if (!h) {
		canvas_text(canvas, 0, y + 1, canvas->width, ROLE_DIM, text_from(error->message));
		return;
	}
	draw_counts(canvas, y + 1, h);
	low = histogram_scaled(&h->axis, h->axis.low);
	zero = -low / (histogram_scaled(&h->axis, h->axis.high) - low);
	window = canvas_window(canvas, 0, y + 2, canvas->width, CHART_ROWS);
	plot_histogram(&window, &(struct plot_histogram){
					.bins = h->counts,
					.n_bins = h->axis.bins,
					.low = h->axis.low,
					.high = h->axis.high,
					.zero = &zero,
					.caption = h->axis.symlog ? "symmetric log · exact"
								  : "linear · exact" });
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
