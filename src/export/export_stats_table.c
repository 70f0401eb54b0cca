/* The view "stats" as cells: a line a tensor, computed as it is drawn. */
#include "export/export_stats_table.h"

#include <math.h>
#include <string.h>

#include "export/export_view.h"
#include "ui/canvas/number.h"

/* What is known of a tensor's statistics, right-aligned at the end of the line. */
static const struct column {
	const char *title;
	int width;
} columns[] = {
	{ "values", 6 }, { "min", 10 }, { "max", 10 }, { "mean", 10 },
	{ "std", 9 },	 { "zeros", 7 }, { "NaN", 6 }, { "Inf", 6 },
};

#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

struct stats_table {
	struct export_run run; /* first: what is handed to draw_line is its address */
	struct canvas *canvas;
	int y;
};

static int numbers_width(void)
{
	int width = 0;

	for (int i = 0; i < N_COLUMNS; i++)
		width += columns[i].width;
	return width;
}

static void cell_text(const struct tensor *tensor, const struct export_result *result, int column,
		      char cell[NUMBER_SIZE])
{
	const struct statistics *s = &result->statistics;

	if (column == 0) {
		number_short(cell, tensor->count);
	} else if (column < 5) {
		const double values[] = { s->min, s->max, s->mean, s->std };

		if (isnan(values[column - 1]))
			strcpy(cell, "–");
		else
			number_value(cell, values[column - 1], 3);
	} else {
		const uint64_t counts[] = { s->zeros, s->nan, s->posinf + s->neginf };

		number_short(cell, counts[column - 5]);
	}
}

static void draw_line(struct export_run *run, const struct export_result *result)
{
	struct stats_table *table = (struct stats_table *)run;
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct canvas *canvas = table->canvas;
	int x = canvas->width - numbers_width(), y = table->y++;
	char label[64], cell[NUMBER_SIZE];

	canvas_text(canvas, 0, y, x - 12, ROLE_NAME,
		    model_tensor_label(run->model, result->tensor, label));
	canvas_text(canvas, x - 11, y, 11, ROLE_DTYPE, text_from(dtype_name(tensor->dtype)));
	for (int i = 0; i < N_COLUMNS; i++) {
		bool bad = i > 5 && result->good;

		x += columns[i].width;
		if (i > 0 && !result->good)
			strcpy(cell, "–");
		else
			cell_text(tensor, result, i, cell);
		canvas_print_right(canvas, x, y,
				   bad && strcmp(cell, "0") != 0 ? ROLE_BAD : ROLE_NUMBER, "%s",
				   cell);
	}
}

bool export_stats_table(const struct export_subject *subject, struct canvas *canvas,
			struct error *err)
{
	struct stats_table table = {
		.run = { .subject = subject,
			 .model = session_model(subject->session, subject->document),
			 .path_graph = NO_INDEX },
		.canvas = canvas,
		.y = 1,
	};
	int x = canvas->width - numbers_width();

	canvas_string(canvas, 0, 0, ROLE_DIM, "name");
	canvas_string(canvas, x - 11, 0, ROLE_DIM, "dtype");
	for (int i = 0; i < N_COLUMNS; i++)
		canvas_print_right(canvas, x += columns[i].width, 0, ROLE_DIM, "%s",
				   columns[i].title);
	return export_batches(&table.run, export_statistics, draw_line, err);
}
