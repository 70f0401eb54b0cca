#include "export/export_view.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/cost_sheet.h>

#include "session/library.h"

/* One export of what a model costs. */
struct cost_export {
	const struct cost_sheet *sheet;
	uint64_t *at; /* bytes of weights by row of the layers, with the scheme of the dial */
};

/* False with err where the sheet could not be made. */
static bool ask(struct cost_export *cost, const struct export_subject *subject, struct error *err)
{
	const struct library_answer *answer;

	session_update_begin(subject->session);
	session_want_cost(subject->session, subject->document);
	session_update_end(subject->session);
	session_finish(subject->session);
	answer = session_cost(subject->session, subject->document);
	if (answer && answer->state == REPORT_FAILED) {
		*err = answer->error;
		return false;
	}
	cost->sheet = answer ? answer->cost : NULL;
	if (cost->sheet)
		cost->at = malloc(cost->sheet->layers->n_rows * sizeof *cost->at);
	return (cost->at && cost_sheet_at(cost->sheet, &subject->dial, cost->at)) ||
	       error_set(err, ERROR_MEMORY, -1, "out of memory");
}

/* then: bytes of the weights with the scheme of the dial. */
static void put_cost(struct records *out, const struct cost *cost, uint64_t then)
{
	struct cost quantized = cost_with_weights(cost, then);

	records_count(out, "macs", cost->macs);
	records_count(out, "flops", cost->operations);
	records_count(out, "parameters", cost->parameters);
	records_count(out, "weight_bytes", cost->weight_bytes);
	records_count(out, "dial_weight_bytes", then);
	records_count(out, "activation_bytes", cost->activation_bytes);
	records_count(out, "read_bytes", cost->read_bytes);
	records_defined(out, "intensity", cost_intensity(cost));
	records_defined(out, "dial_intensity", cost_intensity(&quantized));
}

static void put_cache(struct records *out, const struct cost_cache *cache)
{
	struct json_out *object;

	if (!cache->token_bytes) {
		records_null(out, "kv_cache");
		return;
	}
	object = records_object(out, "kv_cache");
	json_out_count(object, "bytes_per_token", cache->token_bytes);
	json_out_count(object, "layers", cache->layers);
	if (cache->heads) {
		json_out_count(object, "heads", cache->heads);
		json_out_count(object, "head_size", cache->head_size);
		json_out_string(object, "dtype", dtype_name(cache->dtype));
	}
	json_out_string(object, "source", cache_source_name(cache->source));
	records_close(out, object);
}

static void put_dims(struct records *out, const struct cost_sheet *sheet)
{
	struct json_out *dims = records_map(out, "dims"), *assumed;

	for (size_t i = 0; i < sheet->n_bindings; i++) {
		json_out_map_key(dims, sheet->bindings[i].name);
		json_out_integer(dims, NULL, sheet->bindings[i].size);
	}
	records_close(out, dims);
	assumed = records_list(out, "assumed_dims");
	for (size_t i = sheet->n_given; i < sheet->n_bindings; i++)
		json_out_text(assumed, NULL, sheet->bindings[i].name);
	records_close(out, assumed);
}

static void put_facts(struct export_run *run, const struct cost_export *cost)
{
	const struct cost_report *report = &cost->sheet->report;
	struct records *out = &run->records;
	char buffer[64], dial[QUANT_SCHEME_TEXT];

	put_dims(out, cost->sheet);
	records_string(out, "dial", quant_scheme_print(dial, &run->subject->dial));
	put_cost(out, &report->total, cost->at[0]);
	records_count(out, "unknown_nodes", report->total.unknown);
	records_count(out, "unsized_values", report->unsized);
	records_count(out, "peak_activation_bytes", report->peak_bytes);
	if (report->peak_node != NO_INDEX)
		records_text(out, "peak_node",
			     model_node_label(run->model, report->peak_node, buffer));
	else
		records_null(out, "peak_node");
	put_cache(out, &report->cache);
}

static bool put_ops(struct export_run *run, const struct cost_export *cost, struct error *err)
{
	static const char *const columns[] = { NULL };
	struct records *out = &run->records;
	const struct cost_op *ops;
	struct arena arena;
	char label[256];
	size_t n;

	arena_init(&arena, 0);
	ops = cost_sheet_ops(cost->sheet, 0, cost->at, &arena, &n);
	if (!ops) {
		arena_free(&arena);
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	records_table(out, "by_op_type", columns);
	for (size_t i = 0; i < n; i++) {
		records_row(out);
		records_text(out, "op", model_op_label(ops[i].op, label));
		records_count(out, "nodes", ops[i].nodes);
		put_cost(out, &ops[i].cost, ops[i].bytes_then);
		records_defined(out, "share", cost_share(cost->sheet, &ops[i].cost));
		records_count(out, "unknown_nodes", ops[i].cost.unknown);
		records_row_end(out);
	}
	records_table_end(out);
	arena_free(&arena);
	return true;
}

static void put_classes(struct export_run *run, const struct cost_export *cost)
{
	static const char *const columns[] = { NULL };
	struct records *out = &run->records;
	struct cost_class classes[COST_CLASSES];

	cost_sheet_classes(cost->sheet, 0, NULL, classes);
	records_table(out, "by_intensity", columns);
	for (unsigned k = 0; k < COST_CLASSES; k++) {
		records_row(out);
		records_number(out, "from", cost_class_begin(k));
		records_count(out, "nodes", classes[k].nodes);
		records_count(out, "flops", classes[k].operations);
		records_count(out, "bytes", classes[k].bytes);
		records_row_end(out);
	}
	records_table_end(out);
}

static void put_scopes(struct export_run *run, const struct cost_export *cost)
{
	static const char *const columns[] = { NULL };
	const struct layers *layers = cost->sheet->layers;
	struct records *out = &run->records;

	records_table(out, "scopes", columns);
	for (uint32_t row = 1; row < layers->n_rows && !output_failed(run->output); row++) {
		const struct cost_row *sums = &cost->sheet->rows[row];
		struct arena arena;

		if (layers->rows[row].kind != LAYER_SCOPE || !sums->nodes)
			continue;
		arena_init(&arena, 0);
		records_row(out);
		records_text(out, "path", layer_path(layers, row, &arena));
		records_count(out, "nodes", sums->nodes);
		put_cost(out, &sums->cost, cost->at[row]);
		records_defined(out, "share", cost_share(cost->sheet, &sums->cost));
		records_count(out, "unknown_nodes", sums->cost.unknown);
		records_row_end(out);
		arena_free(&arena);
	}
	records_table_end(out);
}

static void put_node(struct export_run *run, const struct cost_export *cost, uint32_t i)
{
	const struct model *model = run->model;
	const struct cost *of = &cost->sheet->report.nodes[i];
	uint32_t index = model->graphs[0].first_node + i;
	char buffer[64], op[256];

	records_row(&run->records);
	records_text(&run->records, "node", model_node_label(model, index, buffer));
	records_text(&run->records, "op", model_op_label(model->nodes[index].op, op));
	put_cost(&run->records, of, cost->at[cost->sheet->layers->row_of_node[index]]);
	records_defined(&run->records, "share", cost_share(cost->sheet, of));
	records_flag(&run->records, "known", of->unknown == 0);
	records_row_end(&run->records);
}

static bool put_nodes(struct export_run *run, const struct cost_export *cost, struct error *err)
{
	static const char *const columns[] = {
		"node",		  "op",		       "macs",		   "flops",
		"parameters",	  "weight_bytes",      "dial_weight_bytes", "activation_bytes",
		"read_bytes",	  "intensity",	       "dial_intensity",   "share",
		"known",	  NULL,
	};
	const struct export_subject *subject = run->subject;
	uint32_t first = run->model->graphs[0].first_node;
	bool *wanted = malloc(run->model->n_nodes + 1);

	if (!wanted)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	memset(wanted, !subject->nodes, run->model->n_nodes + 1);
	for (size_t i = 0; subject->nodes && i < subject->n_nodes; i++)
		wanted[subject->nodes[i]] = true;
	records_table(&run->records, "nodes", columns);
	for (uint32_t i = 0; i < cost->sheet->report.n_nodes && !output_failed(run->output); i++)
		if (wanted[first + i])
			put_node(run, cost, i);
	records_table_end(&run->records);
	free(wanted);
	return true;
}

/* A CSV has one table, of the nodes. */
static bool put_tables(struct export_run *run, const struct cost_export *cost, struct error *err)
{
	if (!records_is_csv(&run->records)) {
		if (!put_ops(run, cost, err))
			return false;
		put_classes(run, cost);
		put_scopes(run, cost);
	}
	return put_nodes(run, cost, err);
}

bool export_view_cost(struct export_run *run, struct error *err)
{
	struct cost_export cost = { 0 };
	bool good = ask(&cost, run->subject, err);

	if (good)
		put_facts(run, &cost);
	good = good && put_tables(run, &cost, err);
	free(cost.at);
	return good;
}
