/* What a quantized model was quantized with, and what it lost against the one it came from. */
#include "export/export_xray.h"

static void put_numbers(struct records *out, const struct xray_weight *weight,
			const struct xray_report *report)
{
	char text[QUANT_SCHEME_TEXT];
	struct json_out *list;

	records_string(
		out, "scheme",
		report->scheme.id == SCHEME_NONE ? "" : quant_scheme_print(text, &report->scheme));
	records_count(out, "count", report->count);
	records_count(out, "levels_used", report->levels_used);
	records_count(out, "levels", report->levels);
	records_defined(out, "low_share", report->low_share);
	records_defined(out, "high_share", report->high_share);
	records_count(out, "scales", report->n_scales);
	records_defined(out, "scale_min", report->scale_min);
	records_defined(out, "scale_median", report->scale_median);
	records_defined(out, "scale_max", report->scale_max);
	records_count(out, "bad_scales", report->bad_scales);
	records_count(out, "zero_points", report->n_zeros);
	records_integer(out, "zero_point_min", report->zero_min);
	records_integer(out, "zero_point_max", report->zero_max);
	records_count(out, "off_centre", report->off_centre);
	records_defined(out, "min", report->min);
	records_defined(out, "max", report->max);
	records_defined(out, "mean", report->mean);
	records_defined(out, "std", report->std);
	records_count(out, "zeros", report->zero_values);
	if (weight->bits > 16)
		return;
	list = records_list(out, "code_histogram");
	for (int i = 0; i < HISTOGRAM_BINS; i++)
		json_out_count(list, NULL, report->histogram[i]);
	records_close(out, list);
}

static void put_loss(struct export_run *run, const struct xray_pair *pair,
		     const struct xray_loss *loss)
{
	const struct model *original = run->subject->original;
	struct records *out = &run->records;
	char buffer[64];

	records_text(out, "against", model_tensor_label(original, pair->tensor, buffer));
	records_string(out, "matched_by", pair->match == XRAY_BY_NAME ? "name" : "position");
	records_defined(out, "mse", loss->mse);
	records_defined(out, "rmse", loss->rmse);
	records_defined(out, "rel_fro", loss->rel_fro);
	records_defined(out, "sqnr_db", loss->sqnr_db);
	records_defined(out, "max_abs", loss->max_abs);
	records_count(out, "max_index", loss->max_index);
	records_defined(out, "bias", loss->bias);
	records_defined(out, "cosine", loss->cosine);
}

static void put_identity(struct export_run *run, const struct xray_weight *weight)
{
	struct records *out = &run->records;
	struct json_out *list;
	char buffer[64];

	export_tensor_name(run, "tensor", weight->codes);
	export_graph_path(run, "graph_path", run->model->tensors[weight->codes].graph);
	records_text(out, "node", model_node_label(run->model, weight->node, buffer));
	records_string(out, "form", xray_form_words(weight->form));
	records_integer(out, "bits", weight->bits);
	list = records_list(out, "shape");
	for (uint32_t i = 0; i < weight->n_dims; i++)
		json_out_integer(list, NULL, weight->dims[i]);
	records_close(out, list);
	records_string(out, "granularity",
		       weight->granularity == QUANT_PER_TENSOR	  ? "tensor"
		       : weight->granularity == QUANT_PER_CHANNEL ? "channel"
								  : "group");
	if (weight->axis >= 0)
		records_integer(out, "axis", weight->axis);
	else
		records_null(out, "axis");
	if (weight->group)
		records_integer(out, "group", weight->group);
	else
		records_null(out, "group");
}

static void put_weight(struct export_run *run, const struct export_xray_result *result)
{
	records_row(&run->records);
	put_identity(run, result->weight);
	if (result->good)
		put_numbers(&run->records, result->weight, &result->report);
	else
		records_string(&run->records, "problem", result->error.message);
	if (result->good && result->pair)
		put_loss(run, result->pair, &result->loss);
	records_row_end(&run->records);
}

static void put_facts(struct records *out, const struct export_xray *x)
{
	records_count(out, "weights", x->found.n_weights);
	records_count(out, "quantize_nodes", x->found.n_quantize);
	records_count(out, "dequantize_nodes", x->found.n_dequantize);
	records_count(out, "dynamic_nodes", x->found.n_dynamic);
	records_count(out, "qlinear_nodes", x->found.n_qlinear);
	records_count(out, "integer_nodes", x->found.n_integer);
	records_count(out, "packed_nodes", x->found.n_packed);
	records_count(out, "annotated_tensors", x->found.n_annotated);
	if (!x->pairs)
		return;
	records_count(out, "matched", x->n_matched);
	records_count(out, "unmatched", x->found.n_weights - x->n_matched);
}

bool export_view_xray(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"tensor",
		"graph_path",
		"node",
		"form",
		"bits",
		"shape",
		"granularity",
		"axis",
		"group",
		"scheme",
		"count",
		"levels_used",
		"levels",
		"low_share",
		"high_share",
		"scales",
		"scale_min",
		"scale_median",
		"scale_max",
		"bad_scales",
		"zero_points",
		"zero_point_min",
		"zero_point_max",
		"off_centre",
		"min",
		"max",
		"mean",
		"std",
		"zeros",
		"against",
		"matched_by",
		"mse",
		"rmse",
		"rel_fro",
		"sqnr_db",
		"max_abs",
		"max_index",
		"bias",
		"cosine",
		"problem",
		NULL,
	};
	struct export_xray_result result;
	struct export_xray x;

	if (!export_xray_begin(&x, run, err))
		return false;
	put_facts(&run->records, &x);
	records_table(&run->records, "tensors", columns);
	while (export_xray_next(&x, &result, err))
		put_weight(run, &result);
	records_table_end(&run->records);
	export_xray_end(&x);
	return !x.failed;
}
