/* Tensors and their statistics: the short table, all that is known, and the numbers alone. */
#include "export/export_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mtui/initialisation.h>

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

static void put_place(struct export_run *run, uint32_t index)
{
	export_tensor_name(run, "name", index);
	export_graph_path(run, "graph_path", run->model->tensors[index].graph);
}

static void put_type(struct export_run *run, uint32_t index)
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
	put_place(run, index);
	records_string(&run->records, "kind", kinds[run->model->tensors[index].kind]);
	put_type(run, index);
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

/* min or max: exact for integers, where a double might not be. */
static void put_extreme(struct export_run *run, const struct export_result *result, const char *key,
			double value, int64_t integer)
{
	switch (dtype_traits[run->model->tensors[result->tensor].dtype].class) {
	case CLASS_SIGNED:
		records_integer(&run->records, key, integer);
		break;
	case CLASS_UNSIGNED:
		records_count(&run->records, key, (uint64_t)integer);
		break;
	default:
		records_number(&run->records, key, value);
	}
}

static const char *const missing_moments[] = { "mean", "std" };
static const char *const missing_counts[] = { "zeros", "nan", "inf" };

static void put_extremes(struct export_run *run, const struct export_result *result)
{
	const struct statistics *statistics = &result->statistics;

	if (!result->good || statistics->finite == 0) {
		records_null(&run->records, "min");
		records_null(&run->records, "max");
		return;
	}
	put_extreme(run, result, "min", statistics->min, statistics->min_integer);
	put_extreme(run, result, "max", statistics->max, statistics->max_integer);
}

static void put_short_statistics(struct export_run *run, const struct export_result *result)
{
	const struct statistics *statistics = &result->statistics;
	struct records *out = &run->records;

	put_extremes(run, result);
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

static void put_problem(struct export_run *run, const struct export_result *result)
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
	put_problem(run, result);
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

static void put_index(struct records *out, const char *key, uint64_t index)
{
	if (index == UINT64_MAX)
		records_null(out, key);
	else
		records_count(out, key, index);
}

/* "0.1", "50": the percent as a key. */
static void percent_key(char key[16], const char *prefix, unsigned i)
{
	static const char *const percents[] = {
#define X(percent) #percent,
		STATISTICS_PERCENTS(X)
#undef X
	};

	snprintf(key, 16, "%s%s", prefix, percents[i]);
}

static void put_quantiles(struct records *out, enum dtype dtype,
			  const struct statistics *statistics)
{
	enum dtype_class class = dtype_traits[dtype].class;
	const int64_t *integers = statistics->quantiles_integer;
	struct json_out *map;
	char key[16];

	if (statistics->finite == 0) {
		records_null(out, "quantiles");
		return;
	}
	map = records_map(out, "quantiles");
	for (unsigned i = 0; i < STATISTICS_N_PERCENTS; i++) {
		percent_key(key, "", i);
		json_out_map_key(map, text_from(key));
		if (class == CLASS_SIGNED)
			json_out_integer(map, NULL, integers[i]);
		else if (class == CLASS_UNSIGNED)
			json_out_count(map, NULL, (uint64_t)integers[i]);
		else
			json_out_number(map, NULL, statistics->quantiles[i]);
	}
	records_close(out, map);
	for (unsigned i = 0; records_is_csv(out) && i < STATISTICS_N_PERCENTS; i++) {
		percent_key(key, "p", i);
		if (class == CLASS_SIGNED)
			records_integer(out, key, integers[i]);
		else if (class == CLASS_UNSIGNED)
			records_count(out, key, (uint64_t)integers[i]);
		else
			records_number(out, key, statistics->quantiles[i]);
	}
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
	put_index(out, "argmin", s->finite ? s->argmin : UINT64_MAX);
	put_index(out, "argmax", s->finite ? s->argmax : UINT64_MAX);
	put_index(out, "first_nan", s->first_nan);
	put_index(out, "first_inf", s->first_inf);
	records_defined(out, "skew", s->skew);
	records_defined(out, "kurtosis", s->kurtosis);
	records_defined(out, "sum", s->sum);
	records_defined(out, "l1", s->l1);
	records_defined(out, "l2", s->l2);
	records_defined(out, "max_abs", s->finite ? s->max_abs : NAN);
	records_defined(out, "max_abs_per_std",
			s->finite && s->std > 0 ? s->max_abs / s->std : NAN);
	put_index(out, "distinct", s->distinct);
	records_defined(out, "entropy", s->entropy);
	put_quantiles(out, run->model->tensors[result->tensor].dtype, s);
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
	put_problem(run, result);
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

static const char *const stats_columns[] = {
	"name",	  "graph_path", "dtype",    "shape",	"count", "min",	   "max",
	"argmin", "argmax",	"mean",	    "std",	"skew",	 "kurtosis", "sum",
	"l1",	  "l2",		"zeros",    "negative", "nan",	 "posinf",   "neginf",
	"subnormal",
#define X(percent) "p" #percent,
	STATISTICS_PERCENTS(X)
#undef X
	"distinct", "entropy", "begun_as", "distance", "judgement", "present", "problem", NULL,
};

/* Members that a tensor without numbers has, too; all null. */
static void put_no_stats(struct records *out)
{
	for (const char *const *key = stats_columns + 5; strcmp(*key, "begun_as") != 0; key++) {
		if (strcmp(*key, "distinct") == 0)
			records_null(out, "quantiles");
		if ((*key)[0] != 'p' || (*key)[1] == 'o') /* not p50, but posinf */
			records_null(out, *key);
	}
}

static void put_stats_numbers(struct export_run *run, const struct export_result *result)
{
	const struct statistics *s = &result->statistics;
	struct records *out = &run->records;
	bool any = s->finite > 0;

	put_extremes(run, result);
	put_index(out, "argmin", any ? s->argmin : UINT64_MAX);
	put_index(out, "argmax", any ? s->argmax : UINT64_MAX);
	records_defined(out, "mean", s->mean);
	records_defined(out, "std", s->std);
	records_defined(out, "skew", s->skew);
	records_defined(out, "kurtosis", s->kurtosis);
	records_defined(out, "sum", s->sum);
	records_defined(out, "l1", s->l1);
	records_defined(out, "l2", s->l2);
	records_count(out, "zeros", s->zeros);
	records_count(out, "negative", s->negative);
	records_count(out, "nan", s->nan);
	records_count(out, "posinf", s->posinf);
	records_count(out, "neginf", s->neginf);
	records_count(out, "subnormal", s->subnormal);
	put_quantiles(out, run->model->tensors[result->tensor].dtype, s);
	put_index(out, "distinct", s->distinct);
	records_defined(out, "entropy", s->entropy);
}

static void put_candidates(struct records *out, const struct initialisation *initialisation)
{
	struct json_out *object = records_object(out, "initialisation");

	json_out_string(object, "judgement", initialisation_word(initialisation->verdict));
	if (initialisation->fan_in) {
		json_out_count(object, "fan_in", initialisation->fan_in);
		json_out_count(object, "fan_out", initialisation->fan_out);
	}
	json_out_array(object, "candidates");
	for (unsigned i = 0; i < initialisation->n; i++) {
		const struct initialisation_candidate *it = &initialisation->candidates[i];

		json_out_object(object, NULL);
		json_out_string(object, "name", initialisation_name(it->kind));
		json_out_number(object, "spread", it->spread);
		json_out_number(object, "distance", it->distance);
		json_out_end(object);
	}
	json_out_end(object);
	records_close(out, object);
}

static void put_initialisation(struct export_run *run, const struct export_result *result)
{
	struct records *out = &run->records;
	struct initialisation initialisation;

	if (!initialisation_judge(run->model, run->model->tensors + result->tensor,
				  &result->statistics, &initialisation))
		return;
	put_candidates(out, &initialisation);
	if (!records_is_csv(out))
		return;
	records_string(out, "begun_as", initialisation_name(initialisation.candidates[0].kind));
	records_number(out, "distance", initialisation.candidates[0].distance);
	records_string(out, "judgement", initialisation_word(initialisation.verdict));
}

static void put_stats(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct records *out = &run->records;

	records_row(out);
	put_place(run, result->tensor);
	put_type(run, result->tensor);
	records_count(out, "count", tensor->count);
	if (result->good) {
		put_stats_numbers(run, result);
		put_initialisation(run, result);
	} else {
		put_no_stats(out);
	}
	put_problem(run, result);
	records_row_end(out);
}

bool export_view_stats(struct export_run *run, struct error *err)
{
	bool good;

	records_table(&run->records, "tensors", stats_columns);
	good = export_batches(run, export_statistics, put_stats, err);
	records_table_end(&run->records);
	return good;
}
