/* Tensors and their statistics: the short table, all that is known, and the numbers alone. */
#include "export/export_statistics.h"
#include "export/export_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mtui/ranking.h>

static const char *const kinds[] = {
	[TENSOR_INITIALIZER] = "initializer",
	[TENSOR_CONSTANT] = "constant",
	[TENSOR_SPARSE] = "sparse",
	[TENSOR_INDICES] = "indices",
};

/* The file's name as the model gives it, or the last part of the model's own path. */
static struct text tensor_file(const struct export_run *run, const struct tensor *tensor)
{
	const char *path = session_path(run->subject->session, run->subject->document);
	const char *slash = strrchr(path, '/');

	if (tensor->file > 0 && tensor->file < run->model->n_files)
		return run->model->files[tensor->file].location;
	return text_from(slash ? slash + 1 : path);
}

void export_tensor_place(struct export_run *run, uint32_t index)
{
	export_tensor_name(run, "name", index);
	export_graph_path(run, "graph_path", run->model->tensors[index].graph);
}

void export_tensor_type(struct export_run *run, uint32_t index)
{
	const struct tensor *tensor = run->model->tensors + index;
	struct records *out = &run->records;
	struct json_out *list;
	char dtype[16];

	records_string(out, "dtype", export_dtype(tensor, dtype));
	list = records_list(out, "shape");
	for (uint32_t i = 0; i < tensor->n_dims; i++)
		json_out_integer(list, NULL, tensor->dims[i]);
	records_close(out, list);
}

void export_tensor_identity(struct export_run *run, uint32_t index)
{
	export_tensor_place(run, index);
	records_string(&run->records, "kind", kinds[run->model->tensors[index].kind]);
	export_tensor_type(run, index);
}

static void put_storage(struct export_run *run, const struct tensor *tensor)
{
	struct records *out = &run->records;

	records_string(out, "storage", storage_name(tensor->storage));
	records_text(out, "file", tensor_file(run, tensor));
	if (tensor->n_runs > 0)
		records_count(out, "offset", tensor_offset(tensor));
	else
		records_null(out, "offset");
	records_count(out, "nbytes", tensor->nbytes);
}

static const char *const missing_moments[] = { "mean", "std" };
static const char *const missing_counts[] = { "zeros", "nan", "inf" };

static void put_short_statistics(struct export_run *run, const struct export_result *result)
{
	const struct statistics *statistics = &result->statistics;
	struct records *out = &run->records;

	export_extremes(out, run->model->tensors[result->tensor].dtype,
			result->good ? statistics : NULL);
	if (!result->good || statistics->finite == 0) {
		for (size_t i = 0; i < 2; i++)
			records_null(out, missing_moments[i]);
	} else {
		records_number(out, "mean", statistics->mean);
		records_number(out, "std", statistics->std);
	}
	if (!result->good) {
		for (size_t i = 0; i < 3; i++)
			records_null(out, missing_counts[i]);
		return;
	}
	records_count(out, "zeros", statistics->zeros);
	records_count(out, "nan", statistics->nan);
	records_count(out, "inf", statistics->posinf + statistics->neginf);
}

void export_tensor_problem(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;

	if (tensor->present != tensor->count)
		records_count(&run->records, "present", tensor->present);
	if (result->error.code != ERROR_NONE)
		records_string(&run->records, "problem", result->error.message);
	else if (tensor->problem != TENSOR_OK)
		records_string(&run->records, "problem", export_problem(tensor));
}

static void put_tensor(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct records *out = &run->records;

	records_row(out);
	export_tensor_identity(run, result->tensor);
	put_storage(run, tensor);
	records_count(out, "count", tensor->count);
	put_short_statistics(run, result);
	export_tensor_problem(run, result);
	records_row_end(out);
}

bool export_view_tensors(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"name",	  "graph_path", "kind",	 "dtype",   "shape",   "storage", "file",
		"offset", "nbytes",	"count", "min",	    "max",     "mean",	  "std",
		"zeros",  "nan",	"inf",	 "present", "problem", NULL,
	};
	bool good;

	records_table(&run->records, "tensors", columns);
	good = export_batches(run, export_statistics, put_tensor, err);
	records_table_end(&run->records);
	return good;
}

/* Edge i of the bins, as numpy.linspace puts it; constant values get a bin range of width 1. */
static double bin_edge(const struct statistics *statistics, unsigned i)
{
	double low = statistics->min, high = statistics->max;

	if (low == high) {
		low -= 0.5;
		high += 0.5;
	}
	double step = (high - low) / HISTOGRAM_BINS;
	if (i == HISTOGRAM_BINS)
		return high;
	if (isinf(step) || step == 0) /* a range that a double cannot divide */
		return low * (1 - (double)i / HISTOGRAM_BINS) + high * ((double)i / HISTOGRAM_BINS);
	return low + i * step;
}

static void put_histogram(struct records *out, const struct statistics *statistics)
{
	struct json_out *object;

	if (statistics->finite == 0) {
		records_null(out, "histogram");
		return;
	}
	object = records_object(out, "histogram");
	json_out_array(object, "edges");
	for (unsigned i = 0; i <= HISTOGRAM_BINS; i++)
		json_out_number(object, NULL, bin_edge(statistics, i));
	json_out_end(object);
	json_out_array(object, "counts");
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		json_out_count(object, NULL, statistics->bins[i]);
	json_out_end(object);
	records_close(out, object);
}

static void put_full_statistics(struct export_run *run, const struct export_result *result)
{
	const struct statistics *s = &result->statistics;
	struct records *out = &run->records;

	put_short_statistics(run, result);
	if (!result->good)
		return;
	records_count(out, "posinf", s->posinf);
	records_count(out, "neginf", s->neginf);
	records_count(out, "finite", s->finite);
	records_count(out, "negative", s->negative);
	records_count(out, "positive", s->positive);
	records_count(out, "subnormal", s->subnormal);
	export_index(out, "argmin", s->finite ? s->argmin : UINT64_MAX);
	export_index(out, "argmax", s->finite ? s->argmax : UINT64_MAX);
	export_index(out, "first_nan", s->first_nan);
	export_index(out, "first_inf", s->first_inf);
	records_defined(out, "skew", s->skew);
	records_defined(out, "kurtosis", s->kurtosis);
	records_defined(out, "sum", s->sum);
	records_defined(out, "l1", s->l1);
	records_defined(out, "l2", s->l2);
	records_defined(out, "max_abs", s->finite ? s->max_abs : NAN);
	records_defined(out, "max_abs_per_std", statistics_absmax_over_std(s));
	export_index(out, "distinct", s->distinct);
	records_defined(out, "entropy", s->entropy);
	export_quantiles(out, run->model->tensors[result->tensor].dtype, s, NULL);
	put_histogram(out, s);
}

static void put_weights(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct records *out = &run->records;

	records_row(out);
	export_tensor_identity(run, result->tensor);
	put_storage(run, tensor);
	records_count(out, "count", tensor->count);
	put_full_statistics(run, result);
	export_tensor_problem(run, result);
	records_row_end(out);
}

bool export_view_weights(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"name",
		"graph_path",
		"kind",
		"dtype",
		"shape",
		"storage",
		"file",
		"offset",
		"nbytes",
		"count",
		"min",
		"max",
		"mean",
		"std",
		"zeros",
		"nan",
		"inf",
		"posinf",
		"neginf",
		"finite",
		"negative",
		"positive",
		"subnormal",
		"argmin",
		"argmax",
		"first_nan",
		"first_inf",
		"skew",
		"kurtosis",
		"sum",
		"l1",
		"l2",
		"max_abs",
		"max_abs_per_std",
		"distinct",
		"entropy",
#define X(percent) "p" #percent,
		STATISTICS_PERCENTS(X)
#undef X
			"present",
		"problem",
		NULL,
	};
	bool good;

	records_table(&run->records, "tensors", columns);
	good = export_batches(run, export_statistics, put_weights, err);
	records_table_end(&run->records);
	return good;
}
