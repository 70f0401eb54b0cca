/* What can run as one, what that saves, and what folding normalizations costs a quantization. */
#include "export/export_view.h"

#include <math.h>

#include <mtui/fusion.h>
#include <mtui/patterns.h>

#include "export/progress.h"
#include "session/library.h"

struct fusing {
	struct progress progress;
	struct text name; /* of the node at hand */
	uint64_t done, total;
};

static bool show_progress(void *context, uint64_t done, uint64_t total)
{
	struct fusing *fusing = context;

	(void)done;
	(void)total;
	return progress_update(&fusing->progress, fusing->done, fusing->total, fusing->name);
}

/* The shapes that the session knows, after asking; NULL where they are not known. */
static const struct shapes *ask_shapes(const struct export_subject *subject)
{
	const struct library_answer *answer;

	session_update_begin(subject->session);
	session_want_shapes(subject->session, subject->document);
	session_update_end(subject->session);
	session_finish(subject->session);
	answer = session_shapes(subject->session, subject->document);
	return answer ? answer->shapes : NULL;
}

static bool is_selected(const struct export_subject *subject, const struct pattern *pattern)
{
	for (size_t i = 0; i < subject->n_nodes; i++)
		for (uint32_t k = 0; k < pattern->n_nodes; k++)
			if (subject->nodes[i] == pattern->nodes[k])
				return true;
	return !subject->nodes;
}

static void put_pattern(struct export_run *run, const struct pattern *pattern,
			const struct shapes *shapes)
{
	struct records *out = &run->records;
	struct json_out *list;
	char label[64];
	uint64_t bytes;

	records_text(out, "node", model_node_label(run->model, pattern->nodes[0], label));
	records_string(out, "pattern", pattern_name(pattern->kind));
	records_string(out, "becomes", pattern_becomes(pattern->kind));
	list = records_list(out, "nodes");
	for (uint32_t i = 0; i < pattern->n_nodes; i++)
		json_out_text(list, NULL,
			      model_node_label(run->model, pattern->nodes[i], label));
	records_close(out, list);
	records_count(out, "nodes_saved", pattern->n_nodes - 1);
	if (shapes && pattern_saved_bytes(shapes, pattern, &bytes))
		records_count(out, "bytes_saved", bytes);
	else
		records_null(out, "bytes_saved");
}

static void put_folding(struct records *out, const struct fusion_report *report)
{
	records_count(out, "channels", report->channels);
	records_count(out, "dead_channels", report->dead);
	records_number(out, "factor_min", report->factor_min);
	records_number(out, "factor_max", report->factor_max);
	records_number(out, "range_before", report->max_before);
	records_number(out, "range_after", report->max_after);
	records_defined(out, "spread_before", report->spread_before);
	records_defined(out, "spread_after", report->spread_after);
	records_defined(out, "sqnr_db_apart", report->apart[FUSION_DIAL]);
	records_defined(out, "sqnr_db_folded", report->folded[FUSION_DIAL]);
	records_defined(out, "tensor_sqnr_db_apart", report->apart[FUSION_PER_TENSOR]);
	records_defined(out, "tensor_sqnr_db_folded", report->folded[FUSION_PER_TENSOR]);
	records_defined(out, "channel_sqnr_db_apart", report->apart[FUSION_PER_CHANNEL]);
	records_defined(out, "channel_sqnr_db_folded", report->folded[FUSION_PER_CHANNEL]);
}

/* False when stopped or without memory. */
static bool put_row(struct export_run *run, struct fusing *fusing, const struct pattern *pattern,
		    const struct shapes *shapes, struct error *err)
{
	const struct analysis_watch watch = { show_progress, fusing, NULL };
	bool normed = pattern->kind == PATTERN_CONV_BN || pattern->kind == PATTERN_CONV_BN_ACT;
	struct fusion_report report;
	struct fusion_site site;

	records_row(&run->records);
	put_pattern(run, pattern, shapes);
	if (normed && fusion_site_of(run->model, pattern->nodes[0], pattern->nodes[1], &site)) {
		export_tensor_name(run, "weight", site.weight);
		if (fusion_compute(run->model, &site, &run->subject->dial, &watch, &report, err))
			put_folding(&run->records, &report);
		else if (err->code == ERROR_MEMORY || err->code == ERROR_CANCELLED)
			return false;
		else
			records_string(&run->records, "problem", err->message);
	}
	records_row_end(&run->records);
	return true;
}

bool export_view_fusion(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"node", "pattern", "becomes", "nodes", "nodes_saved", "bytes_saved", "weight",
		"channels", "dead_channels", "factor_min", "factor_max", "range_before",
		"range_after", "spread_before", "spread_after", "sqnr_db_apart", "sqnr_db_folded",
		"tensor_sqnr_db_apart", "tensor_sqnr_db_folded", "channel_sqnr_db_apart",
		"channel_sqnr_db_folded", "problem", NULL
	};
	const struct shapes *shapes = ask_shapes(run->subject);
	struct fusing fusing = { .done = 0 };
	struct patterns patterns;
	struct arena arena;
	char setting[QUANT_SCHEME_TEXT], label[64];
	bool good;

	arena_init(&arena, 0);
	good = patterns_find(run->model, &arena, &patterns, err);
	if (good) {
		records_string(&run->records, "note", "weight error, not accuracy");
		records_string(&run->records, "setting",
			       quant_scheme_print(setting, &run->subject->dial));
		records_table(&run->records, "patterns", columns);
		fusing.total = patterns.n;
		progress_begin(&fusing.progress, run->subject->progress, run->output);
		for (size_t i = 0; good && i < patterns.n; i++) {
			fusing.done = i;
			fusing.name = model_node_label(run->model, patterns.items[i].nodes[0], label);
			if (is_selected(run->subject, &patterns.items[i]))
				good = put_row(run, &fusing, &patterns.items[i], shapes, err);
		}
		progress_end(&fusing.progress);
		records_table_end(&run->records);
	}
	arena_free(&arena);
	return good;
}
