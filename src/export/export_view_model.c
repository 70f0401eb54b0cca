/* Facts about a model as a whole; the keys are documented in mtui(1). */
#include "export/export_view.h"

#include <stdlib.h>
#include <string.h>

#include "session/library.h"

#define OPSETS_COMPARED 64

static const char *const severities[] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_PROBLEM] = "problem",
};

static const char *const subject_kinds[] = {
	[SUBJECT_MODEL] = "model", [SUBJECT_GRAPH] = "graph",	[SUBJECT_NODE] = "node",
	[SUBJECT_VALUE] = "value", [SUBJECT_TENSOR] = "tensor",
};

static void put_notices(struct export_run *run)
{
	static const char *const columns[] = { "severity", "rule",	   "message", "offset",
					       "subject",  "subject_kind", NULL };
	const struct model *model = run->model;
	struct records *out = &run->records;

	records_table(out, "notices", columns);
	for (size_t i = 0; i < model->n_notices; i++) {
		const struct notice *notice = model->notices + i;
		struct arena arena;
		struct text subject;
		char buffer[64];

		arena_init(&arena, 0);
		subject = model_subject(model, (enum subject_kind)notice->subject_kind, notice->subject,
					buffer, &arena);
		if (!subject.data && notice->subject_kind == SUBJECT_GRAPH)
			out->json.failed = true;
		records_row(out);
		records_string(out, "severity", severities[notice->severity]);
		records_string(out, "rule", notice->rule);
		records_text(out, "message", notice->message);
		if (notice->offset >= 0)
			records_integer(out, "offset", notice->offset);
		else
			records_null(out, "offset");
		records_text(out, "subject", subject);
		records_string(out, "subject_kind", subject_kinds[notice->subject_kind]);
		records_row_end(out);
		arena_free(&arena);
	}
	records_table_end(out);
}

/* The verdict of libonnx's checker: "" is a good one. */
static void put_verdict(struct export_run *run)
{
	const struct export_subject *subject = run->subject;
	const struct library_answer *answer;
	struct records *out = &run->records;

	session_update_begin(subject->session);
	session_want_verdict(subject->session, subject->document);
	session_update_end(subject->session);
	session_finish(subject->session);
	answer = session_verdict(subject->session, subject->document);
	if (answer && answer->state == REPORT_DONE)
		records_string(out, "checker", answer->verdict);
	else
		records_null(out, "checker");
	if (answer && answer->state == REPORT_FAILED)
		records_string(out, "checker_error", answer->error.message);
	else
		records_null(out, "checker_error");
}

bool export_view_check(struct export_run *run, struct error *err)
{
	(void)err;
	records_count(&run->records, "notices_dropped", run->model->n_notices_dropped);
	put_verdict(run);
	put_notices(run);
	return true;
}

/* "sequence(" and so on, outside in; NULL where the chain ends. */
static const char *type_word(const struct type *type)
{
	switch ((enum type_kind)type->kind) {
	case TYPE_TENSOR:
		return "tensor(";
	case TYPE_SPARSE_TENSOR:
		return "sparse_tensor(";
	case TYPE_SEQUENCE:
		return "sequence(";
	case TYPE_MAP:
		return "map(";
	case TYPE_OPTIONAL:
		return "optional(";
	case TYPE_OPAQUE:
		return "opaque(";
	case TYPE_NONE:
		break;
	}
	return NULL;
}

struct text export_type_text(const struct model *model, uint32_t index, struct arena *arena)
{
	struct text text = TEXT("");
	char closing[128];
	size_t depth = 0;

	for (; index != NO_INDEX && depth < sizeof closing; depth++) {
		const struct type *type = model->types + index;
		const char *word = type_word(type);
		bool leaf = type->kind == TYPE_TENSOR || type->kind == TYPE_SPARSE_TENSOR;

		if (!word)
			break;
		closing[depth] = ')';
		if (type->kind == TYPE_OPAQUE) /* its name is raw bytes */
			text = arena_format(arena, "%.*s%s%.*s", (int)text.len, text.data, word,
					    (int)(type->name.len < 4096 ? type->name.len : 4096),
					    type->name.len ? type->name.data : "");
		else
			text = arena_format(
				arena, "%.*s%s%s%s", (int)text.len, text.len ? text.data : "", word,
				leaf || type->kind == TYPE_MAP ? dtype_name(type->dtype) : "",
				type->kind == TYPE_MAP ? ", " : "");
		if (!text.data)
			return TEXT("");
		index = leaf || type->kind == TYPE_OPAQUE ? NO_INDEX : type->inner;
	}
	return arena_format(arena, "%.*s%.*s", (int)text.len, text.len ? text.data : "", (int)depth,
			    closing);
}

/* dtype and shape of a value; of a sequence or the like the dtype of its elements. */
static void put_type(struct export_run *run, uint32_t index, struct arena *arena)
{
	const struct model *model = run->model;
	struct records *out = &run->records;
	const struct type *type = index != NO_INDEX ? model->types + index : NULL;
	const struct type *element = type;

	while (element && element->kind != TYPE_TENSOR && element->kind != TYPE_SPARSE_TENSOR)
		element = element->inner != NO_INDEX && element->kind != TYPE_NONE &&
					  element->kind != TYPE_OPAQUE
				  ? model->types + element->inner
				  : NULL;
	if (element && element->dtype != DTYPE_UNKNOWN)
		records_string(out, "dtype", dtype_name(element->dtype));
	else
		records_null(out, "dtype");
	if (type && type == element && type->has_shape) {
		struct json_out *list = records_list(out, "shape");
		for (uint32_t i = 0; i < type->n_dims; i++) {
			if (type->dims[i].value >= 0 || type->dims[i].declared)
				json_out_integer(list, NULL, type->dims[i].value);
			else if (type->dims[i].symbol.len > 0)
				json_out_text(list, NULL, type->dims[i].symbol);
			else
				json_out_null(list, NULL);
		}
		records_close(out, list);
	} else {
		records_null(out, "shape");
	}
	if (type && type->kind != TYPE_TENSOR && type->kind != TYPE_NONE)
		records_text(out, "type", export_type_text(model, index, arena));
}

static void put_values(struct export_run *run, const char *key, uint32_t first, uint32_t count)
{
	static const char *const columns[] = { "name", "dtype", "shape", "type", NULL };
	const struct model *model = run->model;
	struct records *out = &run->records;

	records_table(out, key, columns);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = model->refs[first + i];
		const struct value *value = index != NO_INDEX ? model->values + index : NULL;
		struct arena arena;

		arena_init(&arena, 0);
		records_row(out);
		records_text(out, "name", value ? value->name : TEXT(""));
		put_type(run, value ? value->type : NO_INDEX, &arena);
		records_row_end(out);
		arena_free(&arena);
	}
	records_table_end(out);
}

static bool put_producer(struct export_run *run, struct error *err)
{
	struct text name = run->model->producer_name, version = run->model->producer_version;
	size_t len = name.len + (name.len && version.len ? 1 : 0) + version.len;
	char *joined = malloc(len + 1);

	if (!joined)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (name.len)
		memcpy(joined, name.data, name.len);
	if (name.len && version.len)
		joined[name.len] = ' ';
	if (version.len)
		memcpy(joined + len - version.len, version.data, version.len);
	records_text(&run->records, "producer", (struct text){ joined, len });
	free(joined);
	return true;
}

/* An import that only says again what an earlier one said; looked for among the first few. */
static bool is_repeated(const struct model *model, size_t opset)
{
	for (size_t i = 0; i < opset && i < OPSETS_COMPARED; i++)
		if (model->opsets[i].version == model->opsets[opset].version &&
		    text_equal(model->opsets[i].domain, model->opsets[opset].domain))
			return true;
	return false;
}

static void put_opsets(struct export_run *run)
{
	const struct model *model = run->model;
	struct json_out *map = records_map(&run->records, "opset");

	for (size_t i = 0; i < model->n_opsets; i++) {
		if (is_repeated(model, i))
			continue;
		json_out_map_key(map, model->opsets[i].domain);
		json_out_integer(map, NULL, model->opsets[i].version);
	}
	records_close(&run->records, map);
}

/* "Conv", "com.microsoft::Attention": of any length, unlike the label on the screen. */
static bool put_op_counts(struct export_run *run, struct error *err)
{
	const struct model *model = run->model;
	struct json_out *map = records_map(&run->records, "op_counts");

	for (size_t i = 0; i < model->n_ops; i++) {
		const struct op *op = model->ops[i];
		struct text key = op->type;
		char *joined = NULL;

		if (op->count == 0) /* in functions only */
			continue;
		if (op->domain.len > 0) {
			key.len = op->domain.len + 2 + op->type.len;
			key.data = joined = malloc(key.len);
			if (!joined)
				return error_set(err, ERROR_MEMORY, -1, "out of memory");
			memcpy(joined, op->domain.data, op->domain.len);
			memcpy(joined + op->domain.len, "::", 2);
			if (op->type.len)
				memcpy(joined + op->domain.len + 2, op->type.data, op->type.len);
		}
		json_out_map_key(map, key);
		json_out_count(map, NULL, op->count);
		free(joined);
	}
	records_close(&run->records, map);
	return true;
}

static void put_metadata(struct export_run *run)
{
	const struct model *model = run->model;
	struct json_out *map = records_map(&run->records, "metadata");

	for (size_t i = 0; i < model->n_metadata; i++) {
		json_out_map_key(map, model->metadata[i].key);
		json_out_text(map, NULL, model->metadata[i].value);
	}
	records_close(&run->records, map);
}

bool export_view_model(struct export_run *run, struct error *err)
{
	const struct model *model = run->model;
	const struct graph *graph = model->graphs;
	struct records *out = &run->records;

	records_string(out, "format", model->format);
	records_count(out, "file_size", model->files[0].file ? model->files[0].file->size : 0);
	records_integer(out, "ir_version", model->ir_version);
	put_opsets(run);
	if (!put_producer(run, err))
		return false;
	records_text(out, "domain", model->domain);
	records_integer(out, "model_version", model->model_version);
	records_text(out, "graph_name", graph->name);
	records_count(out, "nodes", model->n_top_nodes);
	records_count(out, "nodes_total", model->n_all_nodes);
	records_count(out, "subgraphs", model->n_subgraphs);
	records_count(out, "functions", model->n_functions);
	records_count(out, "function_nodes", model->n_function_nodes);
	records_count(out, "initializers", model->n_initializers);
	records_count(out, "sparse_initializers", model->n_sparse);
	records_count(out, "parameters", model->n_parameters);
	records_count(out, "weight_bytes", model->weight_bytes);
	put_values(run, "inputs", graph->first_input, graph->n_inputs);
	put_values(run, "outputs", graph->first_output, graph->n_outputs);
	if (!put_op_counts(run, err))
		return false;
	put_metadata(run);
	records_count(out, "notices_dropped", model->n_notices_dropped);
	put_notices(run);
	return true;
}
