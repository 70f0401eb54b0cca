#include "export/export_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/channels.h>

#include "export/export_view.h"
#include "ui/canvas/number.h"

#define SCHEME_COLUMNS 26
#define SIZE_COLUMNS   11
#define SQNR_COLUMNS   9
#define HEAD_ROWS      4

/* --- The plan -------------------------------------------------------------------------------- */

/* What is being filled while results come in, in the order of the plan's tensors. */
struct filling {
	struct model_plan plan;
	size_t at;
};

static bool compute_ladder(const struct export_run *run, const struct analysis_watch *watch,
			   struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;

	return ladder_applies(tensor) &&
	       ladder_compute(run->model, tensor, run->subject->plan->ladder, watch,
			      &result->ladder, &result->error);
}

static void take_ladder(struct export_run *run, const struct export_result *result)
{
	struct filling *filling = run->context;

	model_plan_take(&filling->plan, filling->at++, result->good ? &result->ladder : NULL);
}

/* "GLOB=SETTING", the setting one of the ladder's, or "keep". */
static bool apply_pin(struct model_plan *plan, const char *pin, struct error *err)
{
	const char *equals = strchr(pin, '=');
	struct text glob = { pin, equals ? (size_t)(equals - pin) : 0 };
	struct quant_scheme scheme;
	unsigned choice = plan->ladder->n, hits = 0;
	char label[64];

	if (!equals)
		return error_set(err, ERROR_USAGE, -1, "--pin: expected GLOB=SETTING");
	if (strcmp(equals + 1, "keep") != 0) {
		if (!quant_scheme_parse(text_from(equals + 1), &scheme, err))
			return false;
		choice = 0;
		while (choice < plan->ladder->n &&
		       !quant_scheme_same(&plan->ladder->schemes[choice], &scheme))
			choice++;
		if (choice == plan->ladder->n)
			return error_set(err, ERROR_USAGE, -1,
					 "--pin: the setting is not one of the plan's; see --plan");
	}
	for (size_t i = 0; i < plan->n; i++) {
		if (!text_glob(glob, model_tensor_label(plan->model, plan->tensors[i].tensor,
							label)))
			continue;
		hits++;
		if (plan->tensors[i].applies &&
		    (choice == plan->ladder->n ||
		     isfinite(model_plan_choice(plan, i, choice)->error)))
			model_plan_pin(plan, i, (int32_t)choice);
	}
	return hits > 0 || error_set(err, ERROR_USAGE, -1, "--pin: no tensor matches");
}

/* filling->plan is to be freed in any case. */
static bool make_plan(struct export_run *run, struct filling *filling, struct error *err)
{
	const struct export_plan *wanted = run->subject->plan;
	uint32_t *tensors = calloc(run->model->n_tensors + 1, sizeof *tensors);
	void *context = run->context;
	size_t at = 0, n = 0;
	uint64_t budget;
	bool good;

	*filling = (struct filling){ .at = 0 };
	if (wanted->made)
		return true;
	if (!tensors)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (uint32_t t; (t = export_next_tensor(run, &at)) != NO_INDEX;)
		tensors[n++] = t;
	good = model_plan_init(&filling->plan, run->model, tensors, n, wanted->ladder, err);
	free(tensors);
	run->context = filling;
	good = good && export_batches(run, compute_ladder, take_ladder, err);
	run->context = context;
	for (size_t i = 0; good && i < wanted->n_pins; i++)
		good = apply_pin(&filling->plan, wanted->pins[i], err);
	return good &&
	       plan_budget_parse(text_from(wanted->budget), filling->plan.bytes_before, &budget,
				 err) &&
	       model_plan_at(&filling->plan, budget, err);
}

static const struct quant_scheme *chosen_scheme(const struct model_plan *plan, size_t i)
{
	uint32_t chosen = plan->tensors[i].chosen;

	return chosen < plan->ladder->n ? &plan->ladder->schemes[chosen] : NULL;
}

static const char *scheme_words(const struct model_plan *plan, size_t i,
				char text[QUANT_SCHEME_TEXT])
{
	const struct quant_scheme *scheme = chosen_scheme(plan, i);

	return scheme ? quant_scheme_print(text, scheme) : "keep";
}

/* --- JSON and CSV ---------------------------------------------------------------------------- */

static void put_totals(struct records *out, const struct model_plan *plan)
{
	records_count(out, "bytes_before", plan->bytes_before);
	records_count(out, "bytes_after", plan->total.bytes);
	records_flag(out, "fits", plan->fits);
	records_number(out, "squared_error", plan->total.error);
	records_defined(out, "sqnr_db", plan->energy > 0 ? model_plan_total_sqnr(plan) : NAN);
}

static void put_ladder(struct records *out, const struct ladder *ladder)
{
	struct json_out *list = records_list(out, "ladder");
	char text[QUANT_SCHEME_TEXT];

	for (unsigned i = 0; i < ladder->n; i++)
		json_out_string(list, NULL, quant_scheme_print(text, &ladder->schemes[i]));
	records_close(out, list);
}

static void put_tensor(struct export_run *run, const struct model_plan *plan, size_t i)
{
	const struct planned_tensor *planned = &plan->tensors[i];
	const struct tensor *tensor = run->model->tensors + planned->tensor;
	const struct plan_choice *choice = model_plan_choice(plan, i, planned->chosen);
	struct records *out = &run->records;
	char text[QUANT_SCHEME_TEXT];
	double count = (double)tensor->count;

	records_row(out);
	export_tensor_name(run, "tensor", planned->tensor);
	export_graph_path(run, "graph_path", tensor->graph);
	records_string(out, "scheme", scheme_words(plan, i, text));
	records_defined(out, "bits", tensor->count ? (double)choice->bytes * 8 / count : NAN);
	records_count(out, "bytes_before", tensor->nbytes);
	records_count(out, "bytes_after", choice->bytes);
	records_defined(out, "mse", tensor->count ? choice->error / count : NAN);
	records_defined(out, "sqnr_db", planned->applies ? model_plan_sqnr(plan, i) : NAN);
	records_defined(out, "share",
			plan->total.error > 0 ? choice->error / plan->total.error : NAN);
	records_flag(out, "pinned", planned->pinned != PLAN_FREE);
	records_row_end(out);
}

bool export_view_plan(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "tensor",      "graph_path", "scheme",  "bits",
					       "bytes_before", "bytes_after", "mse",     "sqnr_db",
					       "share",	      "pinned",	    NULL };
	const struct model_plan *plan = run->subject->plan->made;
	struct filling filling;
	bool good = make_plan(run, &filling, err);

	plan = plan ? plan : &filling.plan;
	if (good) {
		records_string(&run->records, "note", "weight error, not accuracy");
		records_string(&run->records, "budget", run->subject->plan->budget);
		put_ladder(&run->records, run->subject->plan->ladder);
		put_totals(&run->records, plan);
		records_table(&run->records, "tensors", columns);
		for (size_t i = 0; i < plan->n; i++)
			put_tensor(run, plan, i);
		records_table_end(&run->records);
	}
	model_plan_free(&filling.plan);
	return good;
}

/* --- Cells ----------------------------------------------------------------------------------- */

static void draw_head(struct canvas *canvas, const struct model_plan *plan, const char *budget)
{
	char before[NUMBER_SIZE], after[NUMBER_SIZE], share[NUMBER_SIZE], sqnr[NUMBER_SIZE];
	double part = plan->bytes_before ? (double)plan->total.bytes / (double)plan->bytes_before
					 : 0;
	int x = canvas_print(canvas, 0, 0, ROLE_NORMAL, "%s → %s (%s)",
			     number_bytes(before, plan->bytes_before),
			     number_bytes(after, plan->total.bytes), number_percent(share, part));

	if (plan->energy > 0)
		x = canvas_print(canvas, x, 0, ROLE_NORMAL, ", SQNR %s%s over all",
				 number_decibel(sqnr, model_plan_total_sqnr(plan)),
				 plan->total.error > 0 ? " dB" : "");
	if (!plan->fits)
		canvas_print(canvas, x + 2, 0, ROLE_WARNING, "more than the budget of %s", budget);
	canvas_print(canvas, 0, 1, ROLE_DIM, "weight error, not accuracy");
	canvas_string(canvas, 0, HEAD_ROWS - 1, ROLE_DIM, "tensor");
}

static void draw_planned(struct canvas *canvas, int y, const struct model_plan *plan, size_t i)
{
	const struct planned_tensor *planned = &plan->tensors[i];
	char label[64], text[QUANT_SCHEME_TEXT], number[NUMBER_SIZE];
	int size = canvas->width - SQNR_COLUMNS, scheme = size - SIZE_COLUMNS - SCHEME_COLUMNS;

	canvas_text(canvas, 0, y, scheme - 3, ROLE_NAME,
		    model_tensor_label(plan->model, planned->tensor, label));
	canvas_string(canvas, scheme, y, chosen_scheme(plan, i) ? ROLE_ACCENT : ROLE_DIM,
		      scheme_words(plan, i, text));
	if (planned->pinned != PLAN_FREE)
		canvas_put(canvas, scheme - 2, y, ROLE_NORMAL, '!');
	canvas_print_right(canvas, size, y, ROLE_NUMBER, "%s",
			   number_bytes(number, model_plan_choice(plan, i, planned->chosen)->bytes));
	if (planned->applies)
		canvas_print_right(canvas, canvas->width, y, ROLE_NUMBER, "%s",
				   number_decibel(number, model_plan_sqnr(plan, i)));
}

bool export_plan_table(const struct export_subject *subject, int width,
		       const struct glyphs *glyphs, struct canvas *canvas, struct error *err)
{
	struct export_run run = {
		.subject = subject,
		.model = session_model(subject->session, subject->document),
		.path_graph = NO_INDEX,
	};
	size_t most = EXPORT_MAX_CELLS / (size_t)width - HEAD_ROWS;
	struct filling filling;
	bool good = make_plan(&run, &filling, err);

	if (good && filling.plan.n > most)
		good = error_set(err, ERROR_REFUSED, -1,
				 "the table is too tall for text (found %zu rows, allowed %zu)",
				 filling.plan.n, most);
	good = good && (canvas_init(canvas, width, (int)filling.plan.n + HEAD_ROWS, glyphs) ||
			error_set(err, ERROR_MEMORY, -1, "out of memory"));
	if (good) {
		draw_head(canvas, &filling.plan, subject->plan->budget);
		canvas_string(canvas, width - SQNR_COLUMNS - SIZE_COLUMNS - SCHEME_COLUMNS,
			      HEAD_ROWS - 1, ROLE_DIM, "scheme");
		canvas_print_right(canvas, width - SQNR_COLUMNS, HEAD_ROWS - 1, ROLE_DIM, "size");
		canvas_print_right(canvas, width, HEAD_ROWS - 1, ROLE_DIM, "SQNR dB");
		for (size_t i = 0; i < filling.plan.n; i++)
			draw_planned(canvas, HEAD_ROWS + (int)i, &filling.plan, i);
	}
	model_plan_free(&filling.plan);
	return good;
}

/* --- Other tools ----------------------------------------------------------------------------- */

/*
 * QuantType of onnxruntime.quantization, for QuantType.from_string; NULL where it has none for the
 * setting. An override is a list of one object with quant_type, symmetric, and axis where it is per
 * channel; weights that are symmetric go from -max to max by the range of their values
 * (onnxruntime, python/tools/quantization: quant_utils.py, tensor_quant_overrides.py).
 */
static const char *ort_type(const struct quant_scheme *scheme)
{
	bool affine = scheme->range == RANGE_AFFINE;

	if (scheme->granularity == QUANT_PER_GROUP || scheme->pruning != PRUNE_NONE ||
	    scheme->range == RANGE_FULL || scheme->rounding != ROUND_EVEN ||
	    scheme->calibration != CALIBRATE_MINMAX || scheme->scale != SCALE_F32)
		return NULL;
	switch ((enum scheme_id)scheme->id) {
	case SCHEME_INT4:
		return affine ? "QUInt4" : "QInt4";
	case SCHEME_INT8:
		return affine ? "QUInt8" : "QInt8";
	case SCHEME_INT16:
		return affine ? "QUInt16" : "QInt16";
	case SCHEME_F8E4M3FN:
		return scheme->granularity == QUANT_PER_TENSOR ? "QFLOAT8E4M3FN" : NULL;
	default:
		return NULL;
	}
}

static void put_override(struct json_out *json, const struct model_plan *plan, size_t i)
{
	const struct tensor *tensor = &plan->model->tensors[plan->tensors[i].tensor];
	const struct quant_scheme *scheme = chosen_scheme(plan, i);
	int axis = scheme->axis >= 0 ? scheme->axis : channel_axis(plan->model, tensor);

	json_out_map_key(json, tensor->name);
	json_out_array(json, NULL);
	json_out_object(json, NULL);
	json_out_string(json, "quant_type", ort_type(scheme));
	json_out_flag(json, "symmetric", scheme->range != RANGE_AFFINE);
	if (scheme->granularity == QUANT_PER_CHANNEL && axis >= 0)
		json_out_integer(json, "axis", axis);
	json_out_end(json);
	json_out_end(json);
}

/* Names of the nodes that read a tensor. */
static void put_consumers(struct json_out *json, const struct model *model, uint32_t tensor)
{
	const struct value *value;

	if (model->tensors[tensor].value == NO_INDEX)
		return;
	value = model->values + model->tensors[tensor].value;
	for (uint32_t c = 0; c < value->n_consumers; c++) {
		const struct node *node =
			&model->nodes[model->consumers[value->first_consumer + c]];

		if (node->name.len)
			json_out_text(json, NULL, node->name);
	}
}

static void write_output(void *output, const char *bytes, size_t len)
{
	output_bytes(output, bytes, len);
}

static bool write_ort(struct output *output, const struct model_plan *plan, struct error *err)
{
	const struct model *model = plan->model;
	char text[QUANT_SCHEME_TEXT];
	struct json_out json;
	bool failed;

	json_out_init(&json, write_output, output, 2);
	json_out_object(&json, NULL);
	json_out_array(&json, "nodes_to_exclude");
	for (size_t i = 0; i < plan->n; i++)
		if (plan->tensors[i].applies && !chosen_scheme(plan, i))
			put_consumers(&json, model, plan->tensors[i].tensor);
	json_out_end(&json);
	json_out_map(&json, "TensorQuantOverrides");
	for (size_t i = 0; i < plan->n; i++)
		if (chosen_scheme(plan, i) && ort_type(chosen_scheme(plan, i)))
			put_override(&json, plan, i);
	json_out_end(&json);
	json_out_map(&json, "not_expressible");
	for (size_t i = 0; i < plan->n; i++)
		if (chosen_scheme(plan, i) && !ort_type(chosen_scheme(plan, i))) {
			json_out_map_key(&json, model->tensors[plan->tensors[i].tensor].name);
			json_out_string(&json, NULL, scheme_words(plan, i, text));
		}
	json_out_end(&json);
	json_out_end(&json);
	failed = json.failed;
	json_out_free(&json);
	output_string(output, "\n");
	return !failed || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

/*
 * llama-quantize --tensor-type NAME=TYPE: NAME is a regular expression that is searched for in the
 * tensors' names, after it was made lower case, and TYPE the name of a ggml type in any case
 * (llama.cpp, tools/quantize/quantize.cpp, src/llama-quant.cpp). So a name stands between ^ and $
 * with its dots quoted, and one with capitals cannot be given.
 */
static bool is_plain(struct text name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._/:-";

	for (size_t i = 0; i < name.len; i++)
		if (!name.data[i] || !strchr(plain, name.data[i]))
			return false;
	return name.len > 0;
}

static void write_tensor_type(struct output *output, struct text name, const char *type)
{
	output_string(output, "--tensor-type '^");
	for (size_t i = 0; i < name.len; i++)
		output_format(output, "%s%c", name.data[i] == '.' ? "\\" : "", name.data[i]);
	output_format(output, "$=%s'\n", type);
}

static const char *ggml_type(const struct model_plan *plan, size_t i)
{
	const struct quant_scheme *scheme = chosen_scheme(plan, i);

	if (!scheme)
		return dtype_name(plan->model->tensors[plan->tensors[i].tensor].dtype);
	if (scheme->pruning != PRUNE_NONE)
		return NULL;
	if (scheme_traits[scheme->id].family == FAMILY_GGUF || scheme->id == SCHEME_F16 ||
	    scheme->id == SCHEME_BF16)
		return scheme_traits[scheme->id].name;
	return NULL;
}

static void write_llama(struct output *output, const struct model_plan *plan)
{
	char label[64], shown[256], text[QUANT_SCHEME_TEXT];

	for (size_t i = 0; i < plan->n; i++) {
		const char *type = ggml_type(plan, i);
		struct text name = model_tensor_label(plan->model, plan->tensors[i].tensor, label);

		if (!plan->tensors[i].applies)
			continue;
		if (type && is_plain(name)) {
			write_tensor_type(output, name, type);
			continue;
		}
		gate_text(GATE_ASCII, shown, sizeof shown, 60, name);
		output_format(output, "# %s: %s\n", shown,
			      type ? "no pattern in lower case finds it" : scheme_words(plan, i, text));
	}
}

bool export_plan_tool(struct output *output, const struct export_subject *subject,
		      struct error *err)
{
	struct export_run run = {
		.subject = subject,
		.model = session_model(subject->session, subject->document),
		.path_graph = NO_INDEX,
	};
	struct filling filling;
	bool good = make_plan(&run, &filling, err);

	if (good && subject->plan->tool == PLAN_TOOL_ORT)
		good = write_ort(output, &filling.plan, err);
	else if (good)
		write_llama(output, &filling.plan);
	model_plan_free(&filling.plan);
	return good;
}
