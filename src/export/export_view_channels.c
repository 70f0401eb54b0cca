/* Slices along an axis: in JSON an object a tensor with all its channels, in CSV a row a channel. */
#include "export/export_view.h"

#include <math.h>

#include <mtui/channels.h>

#include "export/progress.h"

struct channels_progress {
	const struct export_run *run;
	struct progress line;
	uint32_t tensor;
};

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	struct channels_progress *progress = context;
	char buffer[64];

	return progress_update(&progress->line, done, total,
			       model_tensor_label(progress->run->model, progress->tensor, buffer));
}

static void put_channel(struct records *out, const struct channels *channels, uint64_t index)
{
	const struct channel *item = &channels->items[index];

	records_count(out, "channel", index);
	records_count(out, "count", item->count);
	records_defined(out, "min", item->min);
	records_defined(out, "max", item->max);
	records_defined(out, "mean", item->mean);
	records_defined(out, "std", item->std);
	records_count(out, "zeros", item->zeros);
	records_count(out, "nan", item->nan);
	records_count(out, "inf", item->inf);
	records_defined(out, "score", item->score);
	records_flag(out, "outlier", fabs(item->score) > CHANNELS_OUTLIER);
	records_flag(out, "dead", item->dead);
	records_flag(out, "constant", item->constant);
	if (item->same_as == NO_INDEX)
		records_null(out, "same_as");
	else
		records_count(out, "same_as", item->same_as);
}

static void put_rows(struct export_run *run, uint32_t tensor, const struct channels *channels)
{
	struct records *out = &run->records;

	for (uint64_t i = 0; i < channels->n && !output_failed(run->output); i++) {
		records_row(out);
		export_tensor_name(run, "tensor", tensor);
		export_graph_path(run, "graph_path", run->model->tensors[tensor].graph);
		records_integer(out, "axis", channels->axis);
		put_channel(out, channels, i);
		records_row_end(out);
	}
}

static void put_problem_row(struct export_run *run, uint32_t tensor, const struct error *error)
{
	struct records *out = &run->records;

	records_row(out);
	export_tensor_name(run, "tensor", tensor);
	export_graph_path(run, "graph_path", run->model->tensors[tensor].graph);
	records_string(out, "problem", error->message);
	records_row_end(out);
}

/* Indices in the order of the ranking, those that stand out alone. */
static void put_outliers(struct records *out, const struct channels *channels)
{
	struct json_out *list = records_list(out, "outliers");

	for (uint64_t i = 0; i < channels->n_outliers; i++)
		json_out_count(list, NULL, channels->ranked[i]);
	records_close(out, list);
}

static void put_summary(struct records *out, const struct channels *channels)
{
	records_integer(out, "axis", channels->axis);
	records_count(out, "n_dead", channels->n_dead);
	records_count(out, "n_constant", channels->n_constant);
	records_count(out, "n_duplicate", channels->n_duplicate);
	records_count(out, "n_nonfinite", channels->n_nonfinite);
	records_count(out, "n_unconfirmed", channels->n_unconfirmed);
	records_defined(out, "median", channels->median);
	records_defined(out, "mad", channels->mad);
	put_outliers(out, channels);
}

static const char *const channel_columns[] = {
	"tensor", "graph_path", "axis", "channel", "count", "min",     "max",  "mean",	   "std",
	"zeros",  "nan",	"inf",	"score",   "outlier", "dead", "constant", "same_as",
	"problem", NULL,
};

static void put_object(struct export_run *run, uint32_t tensor, const struct channels *channels,
		       const struct error *error)
{
	struct records *out = &run->records;

	records_row(out);
	export_tensor_identity(run, tensor);
	if (channels) {
		put_summary(out, channels);
		records_table(out, "channels", channel_columns);
		for (uint64_t i = 0; i < channels->n && !output_failed(run->output); i++) {
			records_row(out);
			put_channel(out, channels, i);
			records_row_end(out);
		}
		records_table_end(out);
	} else {
		records_string(out, "problem", error->message);
	}
	records_row_end(out);
}

/* Of all tensors, only those that have channels at all; of selected ones, each. */
static void put_tensor(struct export_run *run, uint32_t index, struct channels_progress *progress)
{
	const struct analysis_watch watch = { .progress = on_progress, .context = progress };
	const struct tensor *tensor = run->model->tensors + index;
	struct channels channels;
	struct error error = { .code = ERROR_NONE };
	bool good;

	if (!run->subject->tensors &&
	    (!dtype_is_numeric(tensor->dtype) || tensor->n_dims == 0 || tensor->present == 0))
		return;
	progress->tensor = index;
	good = channels_compute(run->model, tensor, run->subject->axis ? *run->subject->axis : -1, &watch, &channels,
				&error);
	if (!records_is_csv(&run->records))
		put_object(run, index, good ? &channels : NULL, &error);
	else if (good)
		put_rows(run, index, &channels);
	else
		put_problem_row(run, index, &error);
	if (good)
		channels_free(&channels);
}

bool export_view_channels(struct export_run *run, struct error *err)
{
	struct channels_progress progress = { .run = run };
	size_t at = 0;

	(void)err;
	records_table(&run->records, "tensors", channel_columns);
	progress_begin(&progress.line, run->subject->progress, run->output);
	for (uint32_t t;
	     !output_failed(run->output) && (t = export_next_tensor(run, &at)) != NO_INDEX;)
		put_tensor(run, t, &progress);
	progress_end(&progress.line);
	records_table_end(&run->records);
	return true;
}
