/* Tables of all tensors, of their statistics and of all nodes as cells, for people; JSON and CSV have every field. */
#include "export/export.h"

#include <stdio.h>
#include <string.h>

#include "export/export_histogram.h"
#include "export/export_plan.h"
#include "export/export_shapes.h"
#include "export/export_stats_table.h"
#include "export/export_xray.h"
#include "ui/canvas/number.h"

/* Columns from the right: names take what is left. */
#define DTYPE_COLUMNS	11
#define SHAPE_COLUMNS	24
#define STORAGE_COLUMNS 12
#define SIZE_COLUMNS	10
#define OP_COLUMNS	22
#define SHAPE_SIZE	256

static int name_columns(const struct canvas *canvas, int others)
{
	int columns = canvas->width - others - 1;

	return columns > 8 ? columns : 8;
}

static char *shape_text(char shape[SHAPE_SIZE], const struct tensor *tensor)
{
	size_t used = 1;

	strcpy(shape, "[");
	for (uint32_t i = 0; i < tensor->n_dims && used < SHAPE_SIZE - 24; i++)
		used += (size_t)snprintf(shape + used, SHAPE_SIZE - used, "%s%lld", i ? ", " : "",
					 (long long)tensor->dims[i]);
	strcpy(shape + used, "]");
	return shape;
}

static void draw_tensor_heading(struct canvas *canvas, int name)
{
	int x = name + 1;

	canvas_string(canvas, 0, 0, ROLE_DIM, "name");
	canvas_string(canvas, x, 0, ROLE_DIM, "dtype");
	canvas_string(canvas, x += DTYPE_COLUMNS, 0, ROLE_DIM, "shape");
	canvas_string(canvas, x += SHAPE_COLUMNS, 0, ROLE_DIM, "storage");
	canvas_print_right(canvas, canvas->width, 0, ROLE_DIM, "size");
}

static void draw_tensor(struct canvas *canvas, int y, int name, const struct model *model,
			uint32_t index)
{
	const struct tensor *tensor = model->tensors + index;
	char label[64], shape[SHAPE_SIZE], size[NUMBER_SIZE];
	int x = name + 1;

	canvas_text(canvas, 0, y, name, ROLE_NAME, model_tensor_label(model, index, label));
	canvas_string(canvas, x, y, ROLE_DTYPE, dtype_name(tensor->dtype));
	canvas_text(canvas, x += DTYPE_COLUMNS, y, SHAPE_COLUMNS - 1, ROLE_DTYPE,
		    text_from(shape_text(shape, tensor)));
	canvas_string(canvas, x += SHAPE_COLUMNS, y, ROLE_NORMAL, storage_name(tensor->storage));
	canvas_print_right(canvas, canvas->width, y, ROLE_NUMBER, "%s",
			   number_bytes(size, tensor->nbytes));
}

static void draw_tensors(struct canvas *canvas, const struct export_subject *subject,
			 const struct model *model)
{
	int name = name_columns(canvas, DTYPE_COLUMNS + SHAPE_COLUMNS + STORAGE_COLUMNS +
						SIZE_COLUMNS);
	size_t count = subject->tensors ? subject->n_tensors : model->n_tensors;
	int y = 1;

	draw_tensor_heading(canvas, name);
	for (size_t i = 0; i < count; i++) {
		uint32_t index = subject->tensors ? subject->tensors[i] : (uint32_t)i;
		if (model->tensors[index].kind != TENSOR_INDICES)
			draw_tensor(canvas, y++, name, model, index);
	}
}

/* "x, weight, bias", each name through the gate; cut at the canvas's edge. */
static void draw_inputs(struct canvas *canvas, int x, int y, const struct model *model,
			const struct node *node)
{
	for (uint32_t i = 0; i < node->n_inputs && x < canvas->width; i++) {
		uint32_t value = model->refs[node->first_input + i];
		if (i > 0)
			x = canvas_string(canvas, x, y, ROLE_DIM, ", ");
		if (value != NO_INDEX)
			x = canvas_text(canvas, x, y, canvas->width - x, ROLE_NORMAL,
					model->values[value].name);
	}
}

static void draw_nodes(struct canvas *canvas, const struct export_subject *subject,
		       const struct model *model)
{
	int name = name_columns(canvas, OP_COLUMNS) / 2;
	size_t count = subject->nodes ? subject->n_nodes : model->n_nodes;
	char label[64], op[256];

	canvas_string(canvas, 0, 0, ROLE_DIM, "name");
	canvas_string(canvas, name + 1, 0, ROLE_DIM, "op");
	canvas_string(canvas, name + 1 + OP_COLUMNS, 0, ROLE_DIM, "inputs");
	for (size_t i = 0; i < count; i++) {
		uint32_t index = subject->nodes ? subject->nodes[i] : (uint32_t)i;
		int y = (int)i + 1;
		canvas_text(canvas, 0, y, name, ROLE_NAME, model_node_label(model, index, label));
		canvas_text(canvas, name + 1, y, OP_COLUMNS - 1, ROLE_OP,
			    model_op_label(model->nodes[index].op, op));
		draw_inputs(canvas, name + 1 + OP_COLUMNS, y, model, model->nodes + index);
	}
}

/* Rows of the table without its heading. */
static size_t list_rows(const struct export_subject *subject, const struct model *model, bool nodes)
{
	size_t count = 0;

	if (nodes)
		return subject->nodes ? subject->n_nodes : model->n_nodes;
	if (subject->tensors)
		return subject->n_tensors;
	for (size_t i = 0; i < model->n_tensors; i++)
		count += model->tensors[i].kind != TENSOR_INDICES;
	return count;
}

bool export_list(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		 struct canvas *canvas, struct error *err)
{
	const struct model *model = session_model(subject->session, subject->document);
	bool nodes = strcmp(subject->view, "nodes") == 0;
	bool histogram = strcmp(subject->view, "histogram") == 0;
	if (strcmp(subject->view, "plan") == 0)
		return export_plan_table(subject, width, glyphs, canvas, err);
	if (strcmp(subject->view, "shapes") == 0)
		return export_shapes_table(subject, width, glyphs, canvas, err);
	if (strcmp(subject->view, "stats") == 0)
		return export_stats_table(subject, width, glyphs, canvas, err);
	if (strcmp(subject->view, "xray") == 0)
		return export_xray_table(subject, width, glyphs, canvas, err);

	size_t each = histogram ? EXPORT_HISTOGRAM_ROWS : 1;
	size_t rows = list_rows(subject, model, nodes) * each, most = EXPORT_MAX_CELLS / (size_t)width - 1;

	if (rows > most)
		return error_set(err, ERROR_REFUSED, -1,
				 "the table is too tall for text (found %zu rows, allowed %zu)",
				 rows, most);
	if (!canvas_init(canvas, width, (int)rows + !histogram, glyphs))
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (histogram)
		export_histogram_cells(subject, canvas);
	else if (nodes)
		draw_nodes(canvas, subject, model);
	else
		draw_tensors(canvas, subject, model);
	return true;
}
