#include <mtui/picture.h>

#include <math.h>
#include <stdlib.h>

#include "core/analysis/matrix_walk.h"

struct drawing {
	struct picture *picture;
	uint64_t *edges; /* columns of the window where cells begin, across + 1 */
	double *sums;	 /* of the cells of the row of cells at hand, each times `small` */
	double small;	 /* a power of two: sums of f64 stay in range */
	uint64_t row;	 /* first row of that row of cells, in the window */
	uint64_t row_end;
	uint32_t down;
};

uint64_t picture_edge(uint32_t i, uint32_t n, uint64_t rows)
{
	return i * (rows / n) + i * (rows % n) / n;
}

double picture_extreme(const struct picture_cell *cell)
{
	return fabs(cell->min) > fabs(cell->max) ? cell->min : cell->max;
}

static void add(struct drawing *drawing, struct picture_cell *cell, double *sum,
		const double *values, size_t n)
{
	double total = *sum, min = cell->min, max = cell->max;
	uint64_t finite = 0, nan = 0;

	for (size_t i = 0; i < n; i++) {
		double value = values[i];

		if (isfinite(value)) {
			finite++;
			total += value * drawing->small;
			min = value < min ? value : min;
			max = value > max ? value : max;
		} else {
			nan += isnan(value);
		}
	}
	*sum = total;
	cell->min = min;
	cell->max = max;
	cell->finite += finite;
	cell->nan += nan;
	cell->inf += n - finite - nan;
}

/* Sums become means; the next row of cells begins. */
static void finish_row(struct drawing *drawing)
{
	struct picture *picture = drawing->picture;

	for (uint32_t i = 0; i < picture->across; i++) {
		struct picture_cell *cell =
			&picture->cells[(size_t)drawing->down * picture->across + i];

		picture->finite += cell->finite;
		picture->nan += cell->nan;
		picture->inf += cell->inf;
		if (cell->finite == 0) {
			cell->mean = cell->min = cell->max = NAN;
			continue;
		}
		cell->mean = drawing->sums[i] / (double)cell->finite / drawing->small;
		/* Rounding can leave the range of the values by a bit. */
		cell->mean = fmin(fmax(cell->mean, cell->min), cell->max);
		picture->min = fmin(picture->min, cell->min);
		picture->max = fmax(picture->max, cell->max);
		drawing->sums[i] = 0;
	}
	drawing->down++;
	drawing->row = drawing->row_end;
	if (drawing->down < picture->down)
		drawing->row_end = picture_edge(drawing->down + 1, picture->down,
						picture->window.n_rows);
}

/* The cell that a column of the window lies in. */
static uint32_t cell_of(const struct drawing *drawing, uint64_t column)
{
	uint32_t low = 0, high = drawing->picture->across;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (drawing->edges[middle] <= column)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool on_values(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct drawing *drawing = context;
	struct picture *picture = drawing->picture;

	row -= picture->window.row;
	column -= picture->window.column;
	while (row >= drawing->row_end)
		finish_row(drawing);
	for (uint32_t i = cell_of(drawing, column); n > 0; i++) {
		uint64_t room = drawing->edges[i + 1] - column;
		size_t take = n < room ? n : (size_t)room;

		add(drawing, &picture->cells[(size_t)drawing->down * picture->across + i],
		    &drawing->sums[i], values, take);
		values += take;
		column += take;
		n -= take;
	}
	return true;
}

static bool set_window(struct picture *picture, const struct picture_request *request,
		       struct error *err)
{
	struct matrix_window *window = &picture->window;
	const struct matrix *matrix = &picture->matrix;

	*window = request->window;
	if (window->row >= matrix->rows || window->column >= matrix->columns)
		return error_set(err, ERROR_USAGE, -1, "the window is outside the matrix");
	if (window->n_rows == 0 || window->n_rows > matrix->rows - window->row)
		window->n_rows = matrix->rows - window->row;
	if (window->n_columns == 0 || window->n_columns > matrix->columns - window->column)
		window->n_columns = matrix->columns - window->column;
	picture->across = request->across;
	picture->down = request->down;
	if (picture->across > window->n_columns)
		picture->across = (uint32_t)window->n_columns;
	if (picture->down > window->n_rows)
		picture->down = (uint32_t)window->n_rows;
	if (picture->across == 0 || picture->down == 0 || request->across > PICTURE_MAX_SIDE ||
	    request->down > PICTURE_MAX_SIDE ||
	    (uint64_t)picture->across * picture->down > PICTURE_MAX_CELLS)
		return error_set(err, ERROR_USAGE, -1, "a grid of %u x %u cells", request->across,
				 request->down);
	return true;
}

static bool allocate(struct drawing *drawing, struct error *err)
{
	struct picture *picture = drawing->picture;
	size_t n = (size_t)picture->across * picture->down;

	picture->cells = calloc(n, sizeof *picture->cells);
	drawing->edges = malloc((picture->across + (size_t)1) * sizeof *drawing->edges);
	drawing->sums = calloc(picture->across, sizeof *drawing->sums);
	if (!picture->cells || !drawing->edges || !drawing->sums)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a picture");
	for (size_t i = 0; i < n; i++) {
		picture->cells[i].min = INFINITY;
		picture->cells[i].max = -INFINITY;
	}
	for (uint32_t i = 0; i <= picture->across; i++)
		drawing->edges[i] = picture_edge(i, picture->across, picture->window.n_columns);
	drawing->row_end = picture_edge(1, picture->down, picture->window.n_rows);
	return true;
}

static bool draw(struct drawing *drawing, const struct model *model, const struct tensor *tensor,
		 const struct analysis_watch *watch, struct error *err)
{
	struct picture *picture = drawing->picture;
	const struct matrix_window *window = &picture->window;
	struct matrix_walk *walk;
	bool good;

	if (!allocate(drawing, err))
		return false;
	walk = matrix_walk_new(model, tensor, &picture->matrix, watch,
			       window->n_rows * window->n_columns, err);
	good = walk && matrix_walk_run(walk, window, on_values, drawing, err);
	free(walk);
	while (good && drawing->down < picture->down)
		finish_row(drawing);
	return good;
}

bool picture_compute(const struct model *model, const struct tensor *tensor,
		     const struct picture_request *request, const struct analysis_watch *watch,
		     struct picture *picture, struct error *err)
{
	struct drawing drawing = { .picture = picture, .small = 1 };
	bool good;

	*picture = (struct picture){ .min = NAN, .max = NAN };
	if (tensor->dtype == DTYPE_F64 || tensor->dtype == DTYPE_C128)
		drawing.small = 0x1p-64;
	good = matrix_of(tensor, &request->view, &picture->matrix, err) &&
	       set_window(picture, request, err) && draw(&drawing, model, tensor, watch, err);
	free(drawing.edges);
	free(drawing.sums);
	if (!good)
		picture_free(picture);
	return good;
}

void picture_free(struct picture *picture)
{
	free(picture->cells);
	picture->cells = NULL;
	picture->across = picture->down = 0;
}
