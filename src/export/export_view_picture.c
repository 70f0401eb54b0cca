/*
 * Pictures of tensors as matrices: in JSON an object a tensor with what the picture is drawn from, in
 * CSV a row a cell, a point or a singular value.
 */
#include "export/export_view.h"

#include <math.h>

#include <mtui/pca.h>
#include <mtui/picture.h>
#include <mtui/singular_values.h>

#include "export/progress.h"

#define CELLS 64 /* across and down, unless asked for otherwise */

struct picture_export {
	struct export_run *run;
	struct progress line;
	uint32_t tensor;
	struct analysis_watch watch;
	const struct picture_request *request;
};

typedef bool picture_each(struct picture_export *export, const struct tensor *tensor,
			  struct error *error);

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	struct picture_export *export = context;
	char buffer[64];

	return progress_update(&export->line, done, total,
			       model_tensor_label(export->run->model, export->tensor, buffer));
}

static bool stopped(const struct export_run *run)
{
	return output_failed(run->output);
}

/* Where a row of CSV belongs, or the beginning of an object. */
static void put_identity(struct picture_export *export)
{
	struct export_run *run = export->run;
	const struct tensor *tensor = run->model->tensors + export->tensor;

	records_row(&run->records);
	if (!records_is_csv(&run->records)) {
		export_tensor_identity(run, export->tensor);
		return;
	}
	export_tensor_name(run, "tensor", export->tensor);
	export_graph_path(run, "graph_path", tensor->graph);
}

static void put_problem(struct picture_export *export, const struct error *error)
{
	put_identity(export);
	records_string(&export->run->records, "problem", error->message);
	records_row_end(&export->run->records);
}

/* Of all tensors only those that are matrices without doing violence to them; of selected ones,
 * each. */
static bool for_each(struct export_run *run, const char *const *columns, picture_each *each)
{
	static const struct picture_request plain = { .across = CELLS, .down = CELLS };
	struct picture_export export = {
		.run = run,
		.watch = { .progress = on_progress, .context = &export },
		.request = run->subject->picture ? run->subject->picture : &plain,
	};
	size_t at = 0;

	records_table(&run->records, "tensors", columns);
	progress_begin(&export.line, run->subject->progress, run->output);
	while (!stopped(run) && (export.tensor = export_next_tensor(run, &at)) != NO_INDEX) {
		const struct tensor *tensor = run->model->tensors + export.tensor;
		struct error error = { .code = ERROR_NONE };

		if (!run->subject->tensors &&
		    (!dtype_is_numeric(tensor->dtype) || tensor->present == 0 ||
		     matrix_dims(tensor) < 2))
			continue;
		if (!each(&export, tensor, &error))
			put_problem(&export, &error);
	}
	progress_end(&export.line);
	records_table_end(&run->records);
	return true;
}

static void put_matrix(struct records *out, const struct matrix *matrix)
{
	struct json_out *object = records_object(out, "matrix");

	json_out_count(object, "lead", matrix->view.lead);
	json_out_count(object, "split", matrix->view.split);
	json_out_count(object, "slice", matrix->view.slice);
	json_out_count(object, "slices", matrix->slices);
	json_out_count(object, "rows", matrix->rows);
	json_out_count(object, "columns", matrix->columns);
	records_close(out, object);
}

/* --- Heat maps ------------------------------------------------------------------------------- */

static const char *const cell_columns[] = { "tensor",	   "graph_path", "row",	 "rows", "column",
					    "columns", "mean",	 "min",	 "max",	 "finite",
					    "nan",	   "inf",	 "problem", NULL };

static void put_edges(struct records *out, const char *key, uint64_t first, uint32_t n,
		      uint64_t length)
{
	struct json_out *list = records_list(out, key);

	for (uint32_t i = 0; i <= n; i++)
		json_out_count(list, NULL, first + picture_edge(i, n, length));
	records_close(out, list);
}

static double cell_mean(const struct picture_cell *cell)
{
	return cell->mean;
}

static double cell_min(const struct picture_cell *cell)
{
	return cell->min;
}

static double cell_max(const struct picture_cell *cell)
{
	return cell->max;
}

static void put_grid(struct records *out, const char *key, const struct picture *picture,
		     double (*value)(const struct picture_cell *cell))
{
	struct json_out *list = records_list(out, key);

	for (uint32_t y = 0; y < picture->down; y++) {
		json_out_array(list, NULL);
		for (uint32_t x = 0; x < picture->across; x++) {
			double number = value(&picture->cells[(size_t)y * picture->across + x]);

			if (isnan(number))
				json_out_null(list, NULL);
			else
				json_out_number(list, NULL, number);
		}
		json_out_end(list);
	}
	records_close(out, list);
}

static void put_picture(struct picture_export *export, const struct picture *picture)
{
	struct records *out = &export->run->records;

	put_identity(export);
	put_matrix(out, &picture->matrix);
	records_defined(out, "min", picture->min);
	records_defined(out, "max", picture->max);
	records_count(out, "finite", picture->finite);
	records_count(out, "nan", picture->nan);
	records_count(out, "inf", picture->inf);
	put_edges(out, "row_edges", picture->window.row, picture->down, picture->window.n_rows);
	put_edges(out, "column_edges", picture->window.column, picture->across,
		  picture->window.n_columns);
	put_grid(out, "cell_mean", picture, cell_mean);
	put_grid(out, "cell_min", picture, cell_min);
	put_grid(out, "cell_max", picture, cell_max);
	records_row_end(out);
}

static void put_cell(struct picture_export *export, const struct picture *picture, uint32_t x,
		     uint32_t y)
{
	struct records *out = &export->run->records;
	const struct picture_cell *cell = &picture->cells[(size_t)y * picture->across + x];
	const struct matrix_window *window = &picture->window;
	uint64_t top = picture_edge(y, picture->down, window->n_rows);
	uint64_t left = picture_edge(x, picture->across, window->n_columns);

	put_identity(export);
	records_count(out, "row", window->row + top);
	records_count(out, "rows", picture_edge(y + 1, picture->down, window->n_rows) - top);
	records_count(out, "column", window->column + left);
	records_count(out, "columns",
		      picture_edge(x + 1, picture->across, window->n_columns) - left);
	records_defined(out, "mean", cell->mean);
	records_defined(out, "min", cell->min);
	records_defined(out, "max", cell->max);
	records_count(out, "finite", cell->finite);
	records_count(out, "nan", cell->nan);
	records_count(out, "inf", cell->inf);
	records_row_end(out);
}

static bool each_picture(struct picture_export *export, const struct tensor *tensor,
			 struct error *error)
{
	struct picture picture;

	if (!picture_compute(export->run->model, tensor, export->request, &export->watch, &picture,
			     error))
		return false;
	if (!records_is_csv(&export->run->records))
		put_picture(export, &picture);
	else
		for (uint32_t y = 0; y < picture.down && !stopped(export->run); y++)
			for (uint32_t x = 0; x < picture.across; x++)
				put_cell(export, &picture, x, y);
	picture_free(&picture);
	return true;
}

bool export_view_picture(struct export_run *run, struct error *err)
{
	(void)err;
	return for_each(run, cell_columns, each_picture);
}

/* --- Principal components -------------------------------------------------------------------- */

static const char *const point_columns[] = { "tensor", "graph_path", "row", "x", "y", "problem",
					     NULL };

static void put_outliers(struct records *out, const struct pca *pca)
{
	struct json_out *list = records_list(out, "outliers");

	for (unsigned i = 0; i < pca->n_outliers; i++) {
		json_out_object(list, NULL);
		json_out_count(list, "row", pca->outliers[i].row);
		json_out_number(list, "distance", pca->outliers[i].distance);
		json_out_number(list, "x", pca->outliers[i].point.x);
		json_out_number(list, "y", pca->outliers[i].point.y);
		json_out_end(list);
	}
	records_close(out, list);
}

static void put_pair(struct records *out, const char *key, const double values[2])
{
	struct json_out *list = records_list(out, key);

	json_out_number(list, NULL, values[0]);
	json_out_number(list, NULL, values[1]);
	records_close(out, list);
}

static void put_pca(struct picture_export *export, const struct pca *pca)
{
	struct records *out = &export->run->records;
	struct json_out *list;

	put_identity(export);
	put_matrix(out, &pca->matrix);
	records_count(out, "rows", pca->rows);
	records_count(out, "left_out", pca->left_out);
	records_number(out, "variance", pca->variance);
	put_pair(out, "variances", pca->variances);
	put_pair(out, "shares", pca->shares);
	records_flag(out, "approximate", pca->approximate);
	records_count(out, "steps", pca->steps);
	put_outliers(out, pca);
	records_count(out, "stride", pca->stride);
	list = records_list(out, "points");
	for (uint64_t i = 0; i < pca->n && !stopped(export->run); i++) {
		json_out_array(list, NULL);
		json_out_number(list, NULL, pca->points[i].x);
		json_out_number(list, NULL, pca->points[i].y);
		json_out_end(list);
	}
	records_close(out, list);
	records_row_end(out);
}

static void put_points(struct picture_export *export, const struct pca *pca)
{
	struct records *out = &export->run->records;

	for (uint64_t i = 0; i < pca->n && !stopped(export->run); i++) {
		put_identity(export);
		records_count(out, "row", i * pca->stride);
		records_defined(out, "x", pca->points[i].x);
		records_defined(out, "y", pca->points[i].y);
		records_row_end(out);
	}
}

static bool each_pca(struct picture_export *export, const struct tensor *tensor,
		     struct error *error)
{
	struct pca pca;

	if (!pca_compute(export->run->model, tensor, &export->request->view, &export->watch, &pca,
			 error))
		return false;
	if (records_is_csv(&export->run->records))
		put_points(export, &pca);
	else
		put_pca(export, &pca);
	pca_free(&pca);
	return true;
}

bool export_view_pca(struct export_run *run, struct error *err)
{
	(void)err;
	return for_each(run, point_columns, each_pca);
}

/* --- Singular values ------------------------------------------------------------------------- */

static const char *const value_columns[] = { "tensor", "graph_path", "index", "value", "kept",
					     "approximate", "problem", NULL };

static void put_singular(struct picture_export *export, const struct singular_values *values)
{
	struct records *out = &export->run->records;
	struct json_out *list;

	put_identity(export);
	put_matrix(out, &values->matrix);
	records_count(out, "rows", values->rows);
	records_flag(out, "approximate", values->approximate);
	records_number(out, "norm", values->norm);
	records_number(out, "kept", values->kept);
	if (values->approximate)
		records_null(out, "rank");
	else
		records_count(out, "rank", values->rank);
	list = records_object(out, "ranks");
	for (unsigned i = 0; i < SINGULAR_N_SHARES; i++) {
		static const char *const names[] = {
#define X(percent) #percent,
			SINGULAR_SHARES(X)
#undef X
		};

		if (values->ranks[i])
			json_out_count(list, names[i], values->ranks[i]);
		else
			json_out_null(list, names[i]);
	}
	records_close(out, list);
	list = records_list(out, "values");
	for (uint32_t i = 0; i < values->n; i++)
		json_out_number(list, NULL, values->values[i]);
	records_close(out, list);
	records_row_end(out);
}

static void put_values(struct picture_export *export, const struct singular_values *values)
{
	struct records *out = &export->run->records;
	double kept = 0;

	for (uint32_t i = 0; i < values->n && !stopped(export->run); i++) {
		double share = values->norm > 0 ? values->values[i] / values->norm : 0;

		kept += share * share;
		put_identity(export);
		records_count(out, "index", i);
		records_number(out, "value", values->values[i]);
		records_number(out, "kept", fmin(kept, 1));
		records_flag(out, "approximate", values->approximate);
		records_row_end(out);
	}
}

static bool each_svd(struct picture_export *export, const struct tensor *tensor,
		     struct error *error)
{
	struct singular_values values;

	if (!singular_values_compute(export->run->model, tensor, &export->request->view,
				     &export->watch, &values, error))
		return false;
	if (records_is_csv(&export->run->records))
		put_values(export, &values);
	else
		put_singular(export, &values);
	singular_values_free(&values);
	return true;
}

bool export_view_svd(struct export_run *run, struct error *err)
{
	(void)err;
	return for_each(run, value_columns, each_svd);
}
