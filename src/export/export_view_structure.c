/* What a graph is made of; the keys are documented in mtui(1). */
#include <mtui/structure.h>

#include "export/export_view.h"

static void put_path(struct export_run *run, struct json_out *json, const char *key, uint32_t row)
{
	const struct layers *layers = session_layers(run->subject->session, run->subject->document);
	struct arena arena;

	arena_init(&arena, 0);
	json_out_text(json, key, layer_path(layers, row, &arena));
	arena_free(&arena);
}

static void put_tensor(struct export_run *run, struct json_out *json, const char *key,
		       uint32_t tensor)
{
	char label[64];

	json_out_text(json, key, model_tensor_label(run->model, tensor, label));
}

static void put_bytes(struct json_out *json, const char *key, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		json_out_null(json, key);
	else
		json_out_count(json, key, bytes);
}

static void put_shared(struct export_run *run, const struct structure *structure)
{
	struct json_out *json = records_list(&run->records, "shared");

	for (size_t i = 0; i < structure->n_shared; i++) {
		json_out_object(json, NULL);
		put_tensor(run, json, "tensor", structure->shared[i].tensor);
		json_out_count(json, "users", structure->shared[i].users);
		json_out_end(json);
	}
	records_close(&run->records, json);
	json = records_list(&run->records, "duplicates");
	for (size_t i = 0; i < structure->duplicates.n; i++) {
		const struct duplicate *it = &structure->duplicates.items[i];

		json_out_object(json, NULL);
		put_tensor(run, json, "tensor", it->tensor);
		put_tensor(run, json, "same_as", it->same_as);
		json_out_count(json, "bytes", run->model->tensors[it->tensor].nbytes);
		json_out_end(json);
	}
	records_close(&run->records, json);
}

static void put_repeats(struct export_run *run, const struct structure *structure)
{
	struct json_out *json = records_list(&run->records, "repeats");

	for (size_t i = 0; i < structure->n_repeats; i++) {
		const struct repeat *it = &structure->repeats[i];

		json_out_object(json, NULL);
		put_path(run, json, "first", it->first_row);
		put_path(run, json, "last", it->last_row);
		json_out_count(json, "count", it->count);
		json_out_count(json, "nodes", it->n_nodes);
		json_out_count(json, "parameters", it->parameters);
		json_out_end(json);
	}
	records_close(&run->records, json);
}

static void put_patterns(struct export_run *run, const struct structure *structure)
{
	const struct layers *layers = session_layers(run->subject->session, run->subject->document);
	struct json_out *json = records_list(&run->records, "patterns");
	char label[64];

	for (size_t i = 0; i < structure->patterns.n; i++) {
		const struct pattern *it = &structure->patterns.items[i];

		json_out_object(json, NULL);
		json_out_string(json, "kind", pattern_name((enum pattern_kind)it->kind));
		json_out_string(json, "becomes", pattern_becomes((enum pattern_kind)it->kind));
		put_path(run, json, "scope", pattern_row(layers, it));
		json_out_array(json, "nodes");
		for (uint32_t n = 0; n < it->n_nodes; n++)
			json_out_text(json, NULL, model_node_label(run->model, it->nodes[n], label));
		json_out_end(json);
		json_out_count(json, "saved_nodes", it->n_nodes - 1);
		put_bytes(json, "saved_bytes", structure->saved[i]);
		json_out_end(json);
	}
	records_close(&run->records, json);
}

static void put_foldable(struct export_run *run, const struct structure *structure)
{
	struct json_out *json = records_list(&run->records, "foldable");
	char label[64];
	int64_t saved;

	for (size_t i = 0; i < structure->n_foldable; i++) {
		const struct foldable *it = &structure->foldable[i];

		json_out_object(json, NULL);
		json_out_text(json, "first", model_node_label(run->model, it->first_node, label));
		json_out_count(json, "nodes", it->n_nodes);
		json_out_count(json, "freed", it->freed);
		put_bytes(json, "result", it->result);
		if (foldable_saves(it, &saved))
			json_out_integer(json, "saved_bytes", saved);
		else
			json_out_null(json, "saved_bytes");
		json_out_end(json);
	}
	records_close(&run->records, json);
}

bool export_view_structure(struct export_run *run, struct error *err)
{
	const struct export_subject *subject = run->subject;
	const struct request request = { .document = subject->document,
					 .tensor = NO_INDEX,
					 .kind = REPORT_STRUCTURE };
	const struct report *report;

	session_update_begin(subject->session);
	session_want(subject->session, &request);
	session_update_end(subject->session);
	session_finish(subject->session);
	report = session_report(subject->session, &request);
	if (!report || report->state != REPORT_DONE) {
		if (report && report->state == REPORT_FAILED && err)
			*err = report->error;
		else
			error_set(err, ERROR_MEMORY, -1, "out of memory");
		return false;
	}
	if (report->structure.summary.len > 0)
		records_text(&run->records, "summary", report->structure.summary);
	else
		records_null(&run->records, "summary");
	put_shared(run, &report->structure);
	put_repeats(run, &report->structure);
	put_patterns(run, &report->structure);
	put_foldable(run, &report->structure);
	return true;
}
