#include "export/export_view.h"

#include <stdio.h>
#include <string.h>

#include "export/export_graph.h"

#define VIEW_COUNT (sizeof views / sizeof views[0])

/* Of the model its facts; of a selection what it is made of. */
static bool export_view_overview(struct export_run *run, struct error *err)
{
	if (!run->subject->tensors && !run->subject->nodes)
		return export_view_model(run, err);
	return export_view_nodes(run, err) && export_view_tensors(run, err);
}

static const struct {
	const char *name;
	bool facts_only; /* no table: CSV is key and value */
	export_view *write;
} views[] = {
	{ "model", true, export_view_model },	   { "overview", true, export_view_overview },
	{ "tensors", false, export_view_tensors }, { "nodes", false, export_view_nodes },
	{ "weights", false, export_view_weights }, { "quant", false, export_view_quant },
	{ "values", false, export_view_values },   { "check", false, export_view_check },
	{ "tree", false, export_view_tree },	   { "channels", false, export_view_channels },
	{ "stats", false, export_view_stats },	   { "histogram", false, export_view_histogram },
	{ "picture", false, export_view_picture }, { "pca", false, export_view_pca },
	{ "svd", false, export_view_svd },	   { "plan", false, export_view_plan },
	{ "frontier", false, export_view_frontier },
	{ "fusion", false, export_view_fusion },
		   { "shapes", false, export_view_shapes },
	{ "xray", false, export_view_xray },	   { "curves", false, export_view_curves },
	{ "cost", false, export_view_cost },	   { "graph", false, export_view_graph },
	{ "structure", true, export_view_structure },
};

bool export_has_view(const char *view)
{
	for (size_t i = 0; i < VIEW_COUNT; i++)
		if (strcmp(views[i].name, view) == 0)
			return true;
	return false;
}

static void write_output(void *output, const char *bytes, size_t len)
{
	output_bytes(output, bytes, len);
}

static bool export_records(struct output *output, const struct export_subject *subject, bool csv,
			   struct error *err)
{
	struct export_run run = {
		.subject = subject,
		.model = session_model(subject->session, subject->document),
		.output = output,
		.path_graph = NO_INDEX,
	};
	size_t i = 0;
	bool good;

	while (i < VIEW_COUNT && strcmp(views[i].name, subject->view) != 0)
		i++;
	if (i == VIEW_COUNT)
		return error_set(err, ERROR_USAGE, -1, "this view has no JSON and no CSV");
	arena_init(&run.path_arena, 0);
	records_begin(&run.records, csv, views[i].facts_only && !subject->tensors, write_output, output);
	if (run.model)
		records_string(&run.records, "file",
			       session_path(subject->session, subject->document));
	records_string(&run.records, "view", subject->view);
	good = views[i].write(&run, err) && records_end(&run.records, err);
	records_free(&run.records);
	arena_free(&run.path_arena);
	return good;
}

bool export_json(struct output *output, const struct export_subject *subject, struct error *err)
{
	return export_records(output, subject, false, err);
}

bool export_csv(struct output *output, const struct export_subject *subject, struct error *err)
{
	return export_records(output, subject, true, err);
}

bool export_is_report(enum export_format format)
{
	return format == EXPORT_JSON || format == EXPORT_CSV || format == EXPORT_DOT ||
	       format == EXPORT_MERMAID;
}

bool export_report(struct output *output, enum export_format format,
		   const struct export_subject *subject, struct error *err)
{
	if (format == EXPORT_JSON)
		return export_json(output, subject, err);
	if (format == EXPORT_CSV)
		return export_csv(output, subject, err);
	if (strcmp(subject->view, "graph") != 0)
		return error_set(err, ERROR_USAGE, -1, "dot and mermaid are of the view graph");
	return format == EXPORT_DOT ? export_graph_dot(output, subject, err)
				    : export_graph_mermaid(output, subject, err);
}

void export_graph_path(struct export_run *run, const char *key, uint32_t graph)
{
	if (run->path_graph != graph) {
		arena_free(&run->path_arena);
		arena_init(&run->path_arena, 0);
		run->path = model_graph_path(run->model, graph, &run->path_arena);
		run->path_graph = graph;
		if (!run->path.data)
			run->records.json.failed = true;
	}
	records_text(&run->records, key, run->path);
}

uint32_t export_next_tensor(const struct export_run *run, size_t *at)
{
	const struct export_subject *subject = run->subject;

	if (subject->tensors)
		return *at < subject->n_tensors ? subject->tensors[(*at)++] : NO_INDEX;
	while (*at < run->model->n_tensors && run->model->tensors[*at].kind == TENSOR_INDICES)
		(*at)++;
	return *at < run->model->n_tensors ? (uint32_t)(*at)++ : NO_INDEX;
}

void export_tensor_name(struct export_run *run, const char *key, uint32_t tensor)
{
	const struct tensor *it = run->model->tensors + tensor;
	char buffer[64];

	records_text(&run->records, key,
		     it->kind == TENSOR_INITIALIZER
			     ? it->name
			     : model_tensor_label(run->model, tensor, buffer));
}

const char *export_dtype(const struct tensor *tensor, char buffer[16])
{
	if (tensor->dtype != DTYPE_UNKNOWN)
		return dtype_name(tensor->dtype);
	snprintf(buffer, 16, "%d", (int)tensor->dtype_number);
	return buffer;
}

const char *export_problem(const struct tensor *tensor)
{
	static const char *const problems[] = {
		[TENSOR_OK] = NULL,
		[TENSOR_OVERFLOW] = "element count overflows",
		[TENSOR_BAD_DIMS] = "bad dimensions",
		[TENSOR_BAD_DTYPE] = "bad element type",
		[TENSOR_SHORT] = "data too short",
		[TENSOR_LONG] = "data too long",
		[TENSOR_NO_DATA] = "no data",
	};

	return tensor->problem < sizeof problems / sizeof problems[0] ? problems[tensor->problem]
								      : "problem";
}
