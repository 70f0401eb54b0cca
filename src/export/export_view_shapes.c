#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export_shapes.h"
#include "export/export_view.h"
#include "session/library.h"
#include "ui/views/shape.h"

enum { TYPE_SIZE = 512, ORIGIN_COLUMNS = 21 };

const struct library_answer *export_ask_shapes(const struct export_subject *subject)
{
	session_update_begin(subject->session);
	session_want_shapes(subject->session, subject->document);
	session_update_end(subject->session);
	session_finish(subject->session);
	return session_shapes(subject->session, subject->document);
}

/* Values that the export is about, as flags by value; NULL when memory is exhausted. */
static bool *choose_values(const struct export_subject *subject, const struct model *model)
{
	bool all = !subject->tensors && !subject->nodes;
	bool *chosen = malloc(model->n_values + 1);

	if (!chosen)
		return NULL;
	memset(chosen, all, model->n_values + 1);
	for (size_t i = 0; subject->tensors && i < subject->n_tensors; i++)
		if (model->tensors[subject->tensors[i]].value != NO_INDEX)
			chosen[model->tensors[subject->tensors[i]].value] = true;
	for (size_t i = 0; subject->nodes && i < subject->n_nodes; i++) {
		const struct node *node = &model->nodes[subject->nodes[i]];

		for (uint32_t o = 0; o < node->n_outputs; o++)
			if (model->refs[node->first_output + o] != NO_INDEX)
				chosen[model->refs[node->first_output + o]] = true;
	}
	return chosen;
}

static enum shape_origin origin_of(const struct model *model, const struct shapes *shapes,
				   uint32_t value)
{
	if (shapes)
		return shapes->values[value].origin;
	return model->values[value].type != NO_INDEX || model->values[value].tensor != NO_INDEX
		       ? SHAPE_DECLARED
		       : SHAPE_UNKNOWN;
}

static void put_dims(struct records *out, const struct type *type)
{
	struct json_out *list;

	if (!type || !type->has_shape) {
		records_null(out, "shape");
		return;
	}
	list = records_list(out, "shape");
	for (uint32_t i = 0; i < type->n_dims; i++) {
		if (type->dims[i].value >= 0)
			json_out_integer(list, NULL, type->dims[i].value);
		else if (type->dims[i].symbol.len)
			json_out_text(list, NULL, type->dims[i].symbol);
		else
			json_out_null(list, NULL);
	}
	records_close(out, list);
}

static void put_value(struct export_run *run, const struct shapes *shapes, uint32_t index)
{
	const struct value *value = &run->model->values[index];
	const struct type *type = shapes ? shapes->values[index].type
				  : value->type != NO_INDEX ? &run->model->types[value->type] : NULL;
	struct records *out = &run->records;
	char words[TYPE_SIZE];
	bool known = value_words(run->model, shapes, index, GATE_UNICODE, words, sizeof words);

	records_row(out);
	records_text(out, "name", value->name);
	export_graph_path(run, "graph_path", value->graph);
	records_string(out, "origin",
		       shape_origin_name(origin_of(run->model, shapes, index)));
	if (known)
		records_string(out, "type", words + (words[0] == '~'));
	else
		records_null(out, "type");
	if (type && (type->kind == TYPE_TENSOR || type->kind == TYPE_SPARSE_TENSOR))
		records_string(out, "dtype", dtype_name(type->dtype));
	else
		records_null(out, "dtype");
	put_dims(out, type);
	records_row_end(out);
}

bool export_view_shapes(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "name",	"graph_path", "origin", "type",
					       "dtype", "shape",      NULL };
	const struct library_answer *answer = export_ask_shapes(run->subject);
	const struct shapes *shapes = answer ? answer->shapes : NULL;
	struct records *out = &run->records;
	bool *chosen = choose_values(run->subject, run->model);

	if (!chosen)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (answer && answer->state == REPORT_FAILED)
		records_string(out, "inference", answer->error.message);
	else
		records_null(out, "inference");
	records_table(out, "values", columns);
	for (uint32_t i = 0; i < run->model->n_values && !output_failed(run->output); i++)
		if (chosen[i])
			put_value(run, shapes, i);
	records_table_end(out);
	free(chosen);
	return true;
}

static void draw_value(struct canvas *canvas, int y, int name, const struct model *model,
		       const struct shapes *shapes, uint32_t index)
{
	enum shape_origin origin = origin_of(model, shapes, index);
	char words[TYPE_SIZE];

	value_words(model, shapes, index, canvas->glyphs->gate, words, sizeof words);
	canvas_text(canvas, 0, y, name, ROLE_NAME, model->values[index].name);
	canvas_text(canvas, name + 1, y, canvas->width - name - 2 - ORIGIN_COLUMNS,
		    origin == SHAPE_UNKNOWN ? ROLE_DIM : ROLE_DTYPE, text_from(words));
	canvas_string(canvas, canvas->width - ORIGIN_COLUMNS, y, ROLE_DIM,
		      shape_origin_words(origin));
}

bool export_shapes_table(const struct export_subject *subject, int width,
			 const struct glyphs *glyphs, struct canvas *canvas, struct error *err)
{
	const struct model *model = session_model(subject->session, subject->document);
	const struct library_answer *answer = export_ask_shapes(subject);
	const struct shapes *shapes = answer ? answer->shapes : NULL;
	bool failed = answer && answer->state == REPORT_FAILED;
	bool *chosen = choose_values(subject, model);
	size_t rows = 0, most = EXPORT_MAX_CELLS / (size_t)width - 2;
	int y = 1, name = (width - ORIGIN_COLUMNS) * 2 / 5;

	for (size_t i = 0; chosen && i < model->n_values; i++)
		rows += chosen[i];
	if (!chosen || rows > most ||
	    !canvas_init(canvas, width, (int)rows + 1 + failed, glyphs)) {
		free(chosen);
		return rows > most ? error_set(err, ERROR_REFUSED, -1,
					       "the table is too tall for text (found %zu rows, "
					       "allowed %zu)", rows, most)
				   : error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	canvas_string(canvas, 0, 0, ROLE_DIM, "name");
	canvas_string(canvas, name + 1, 0, ROLE_DIM, "type");
	canvas_string(canvas, width - ORIGIN_COLUMNS, 0, ROLE_DIM, "origin");
	for (uint32_t i = 0; i < model->n_values; i++)
		if (chosen[i])
			draw_value(canvas, y++, name, model, shapes, i);
	if (failed)
		canvas_text(canvas, 0, y, width, ROLE_WARNING, text_from(answer->error.message));
	free(chosen);
	return true;
}
