/* What the scheme on the dial would cost every tensor. Weight error, not accuracy. */
#include "export/export_view.h"

static bool compute_quant(const struct export_run *run, const struct analysis_watch *watch,
			  struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;

	if (!quant_applies(tensor))
		return false;
	if (run->subject->importance)
		return quant_error_by_axis(run->model, tensor, &run->subject->dial,
					   run->subject->importance, run->subject->n_importance,
					   watch, &result->quant_error, &result->error);
	return quant_error_compute(run->model, tensor, &run->subject->dial, watch,
				   &result->quant_error, &result->error);
}

static void put_scheme(struct records *out, const struct quant_scheme *scheme)
{
	static const char *const granularities[] = { "tensor", "channel", "group" };
	char setting[QUANT_SCHEME_TEXT];

	records_string(out, "setting", quant_scheme_print(setting, scheme));
	records_string(out, "scheme", scheme_traits[scheme->id].name);
	records_integer(out, "bits", quant_scheme_bits(scheme));
	records_string(out, "granularity", scheme_traits[scheme->id].block_bits ?
						   "block" :
						   granularities[scheme->granularity]);
}

static void put_error(struct records *out, const struct quant_error *error)
{
	if (error->axis >= 0)
		records_integer(out, "axis", error->axis);
	else
		records_null(out, "axis");
	records_count(out, "count", error->count);
	records_count(out, "skipped", error->skipped);
	records_count(out, "pruned", error->pruned);
	records_count(out, "granules", error->granules);
	records_number(out, "bits_per_weight", error->bits_per_weight);
	records_count(out, "bytes_before", error->bytes_before);
	records_count(out, "bytes_after", error->bytes_after);
	records_defined(out, "mse", error->mse);
	records_defined(out, "rmse", error->rmse);
	records_defined(out, "rel_fro", error->rel_fro);
	records_defined(out, "sqnr_db", error->sqnr_db);
	records_defined(out, "max_abs", error->max_abs);
	if (error->max_index != UINT64_MAX)
		records_count(out, "max_index", error->max_index);
	else
		records_null(out, "max_index");
	records_defined(out, "bias", error->bias);
	records_defined(out, "cosine", error->cosine);
	records_defined(out, "clipped", error->clipped);
	records_count(out, "levels_used", error->levels_used);
	records_count(out, "levels", error->levels);
	records_defined(out, "kl", error->kl);
}

static void put_counts(struct json_out *object, const char *key,
		       const uint64_t counts[HISTOGRAM_BINS])
{
	json_out_array(object, key);
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		json_out_count(object, NULL, counts[i]);
	json_out_end(object);
}

static void put_histogram(struct records *out, const struct quant_error *error)
{
	struct json_out *object = records_object(out, "histogram");

	if (error->count == 0) {
		json_out_null(object, "low");
		json_out_null(object, "high");
	} else {
		json_out_number(object, "low", error->low);
		json_out_number(object, "high", error->high);
	}
	put_counts(object, "original", error->original);
	put_counts(object, "reconstructed", error->reconstructed);
	records_close(out, object);
	object = records_object(out, "error_histogram");
	json_out_number(object, "low", error->count ? -error->error_range : 0);
	json_out_number(object, "high", error->count ? error->error_range : 0);
	put_counts(object, "counts", error->errors);
	records_close(out, object);
}

static void put_quant(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct records *out = &run->records;

	if (!run->subject->tensors && !quant_applies(tensor))
		return;
	records_row(out);
	export_tensor_name(run, "tensor", result->tensor);
	export_graph_path(run, "graph_path", tensor->graph);
	put_scheme(out, &run->subject->dial);
	records_flag(out, "weighted", run->subject->importance != NULL);
	if (result->good) {
		put_error(out, &result->quant_error);
		put_histogram(out, &result->quant_error);
	} else {
		records_string(out, "problem",
			       result->error.code != ERROR_NONE
				       ? result->error.message
				       : "not a floating-point tensor with data");
	}
	records_row_end(out);
}

bool export_view_quant(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"tensor",	   "graph_path",   "setting",	  "scheme",    "bits",
		"granularity",	   "weighted",	   "axis",	   "count",	  "skipped",   "pruned",
		"granules",	   "bits_per_weight", "bytes_before", "bytes_after", "mse",
		"rmse",		   "rel_fro",	   "sqnr_db",	  "max_abs",   "max_index",
		"bias",		   "cosine",	   "clipped",	  "levels_used", "levels",
		"kl",		   "problem",	   NULL,
	};
	bool good;

	records_string(&run->records, "note", "weight error, not accuracy");
	records_table(&run->records, "tensors", columns);
	good = export_batches(run, compute_quant, put_quant, err);
	records_table_end(&run->records);
	return good;
}
