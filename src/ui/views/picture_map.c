/* The heat map of a matrix: fits the pane, zooms about a cursor, tells what is under it. */
#include <math.h>
#include <stdio.h>

#include "ui/canvas/heat.h"
#include "ui/canvas/number.h"
#include "ui/views/picture_modes.h"

#define ROWS_ABOVE 1 /* the ranges */
#define ROWS_BELOW 2 /* the legend, the cursor */
#define LARGEST	   4 /* rows that one value may take */
#define FEWEST	   4 /* rows and columns that are zoomed in on */

static int grid_rows(const struct view_context *context)
{
	int rows = picture_height(context) - ROWS_ABOVE - ROWS_BELOW;

	return rows > 0 ? rows : 1;
}

struct request map_request(const struct picture_state *state, const struct view_context *context)
{
	struct request request = picture_request(state, context, REPORT_PICTURE);
	int width = picture_width(context), rows = grid_rows(context);

	rows *= picture_pixels(state, context) ? 2 : 1;
	request.picture.window = state->window;
	request.picture.across = (uint32_t)(width < 512 ? width : 512);
	request.picture.down = (uint32_t)(rows < 512 ? rows : 512);
	return request;
}

static double value_of(const struct picture_state *state, const struct picture_cell *cell)
{
	return state->extreme ? picture_extreme(cell) : cell->mean;
}

/* How large a cell of the grid is drawn: about square. */
static void magnify(const struct picture_state *state, const struct view_context *context,
		    const struct picture *picture, int *columns, int *rows)
{
	bool pixels = picture_pixels(state, context);
	int fit_down = grid_rows(context) * (pixels ? 2 : 1) / (int)picture->down;
	int fit_across = picture_width(context) / (int)picture->across;
	int aspect = pixels ? 1 : 2, most = pixels ? 2 * LARGEST : LARGEST;

	*rows = fit_across / aspect < fit_down ? fit_across / aspect : fit_down;
	*rows = *rows > most ? most : *rows;
	*columns = *rows * aspect;
	if (*rows < 1) {
		*rows = 1;
		*columns = 1;
	}
	if (picture->window.n_rows == 1 && *rows < 3) /* a vector: a line would be too thin */
		*rows = fit_down < 3 ? fit_down : 3;
}

/* The cell of the grid that an element lies in. */
static uint32_t cell_at(uint64_t place, uint32_t n, uint64_t length)
{
	uint32_t i = 0;

	while (i + 1 < n && picture_edge(i + 1, n, length) <= place)
		i++;
	return i;
}

static void cursor_cell(const struct picture_state *state, const struct picture *picture,
			uint32_t *x, uint32_t *y)
{
	const struct matrix_window *window = &picture->window;
	uint64_t row = state->row > window->row ? state->row - window->row : 0;
	uint64_t column = state->column > window->column ? state->column - window->column : 0;

	*x = cell_at(column, picture->across, window->n_columns);
	*y = cell_at(row, picture->down, window->n_rows);
}

char *picture_range(char buffer[PICTURE_RANGE], uint64_t first, uint64_t n)
{
	char from[NUMBER_SIZE], to[NUMBER_SIZE];

	if (n > 1)
		snprintf(buffer, PICTURE_RANGE, "%s–%s", number_count(from, first),
			 number_count(to, first + n - 1));
	else
		snprintf(buffer, PICTURE_RANGE, "%s", number_count(from, first));
	return buffer;
}

/* "rows 0–31 of 32 · columns 0–287 of 288 · mean of up to 1 × 4" */
static void draw_ranges(const struct picture_state *state, const struct picture *picture,
			struct canvas *canvas)
{
	const struct matrix_window *window = &picture->window;
	char range[PICTURE_RANGE], of[NUMBER_SIZE], across[NUMBER_SIZE];
	uint64_t down = (window->n_rows - 1) / picture->down + 1;
	uint64_t wide = (window->n_columns - 1) / picture->across + 1;
	int x = canvas_print(canvas, 0, 0, ROLE_DIM, "rows ");

	x = canvas_string(canvas, x, 0, ROLE_NUMBER,
			  picture_range(range, window->row, window->n_rows));
	x = canvas_print(canvas, x, 0, ROLE_DIM, " of %s · columns ",
			 number_count(of, picture->matrix.rows));
	x = canvas_string(canvas, x, 0, ROLE_NUMBER,
			  picture_range(range, window->column, window->n_columns));
	x = canvas_print(canvas, x, 0, ROLE_DIM, " of %s", number_count(of, picture->matrix.columns));
	if (picture->nan + picture->inf > 0)
		x = canvas_print(canvas, x, 0, ROLE_BAD, " · %s NaN or Inf",
				 number_count(of, picture->nan + picture->inf));
	if (down * wide > 1)
		canvas_print(canvas, x, 0, ROLE_DIM, " · %s of up to %s × %s",
			     state->extreme ? "extreme" : "mean", number_count(of, down),
			     number_count(across, wide));
}

static void draw_legend(const struct picture_state *state, const struct picture *picture,
			const struct heat *heat, struct canvas *canvas, int y)
{
	size_t n = (size_t)picture->across * picture->down, beyond = 0;
	char number[NUMBER_SIZE];
	int x = heat_legend(canvas, heat, 0, y);

	for (size_t i = 0; i < n; i++)
		beyond += fabs(value_of(state, &picture->cells[i])) > heat->limit;
	if (beyond > 0)
		canvas_print(canvas, x, y, ROLE_DIM, " · %s %s beyond", number_count(number, beyond),
			     beyond == 1 ? "cell" : "cells");
	else
		canvas_string(canvas, x, y, ROLE_DIM, " · to the largest magnitude");
}

static void draw_cursor_line(const struct picture_state *state, const struct picture *picture,
			     struct canvas *canvas, int y)
{
	const struct matrix_window *window = &picture->window;
	char range[PICTURE_RANGE], mean[NUMBER_SIZE], min[NUMBER_SIZE], max[NUMBER_SIZE];
	const struct picture_cell *cell;
	uint64_t top, left, down, wide;
	uint32_t i, k;
	int x;

	cursor_cell(state, picture, &i, &k);
	cell = &picture->cells[(size_t)k * picture->across + i];
	top = picture_edge(k, picture->down, window->n_rows);
	left = picture_edge(i, picture->across, window->n_columns);
	down = picture_edge(k + 1, picture->down, window->n_rows) - top;
	wide = picture_edge(i + 1, picture->across, window->n_columns) - left;
	x = canvas_print(canvas, 0, y, ROLE_DIM, "row ");
	x = canvas_string(canvas, x, y, ROLE_NUMBER,
			  picture_range(range, window->row + top, down));
	x = canvas_print(canvas, x, y, ROLE_DIM, " column ");
	x = canvas_string(canvas, x, y, ROLE_NUMBER,
			  picture_range(range, window->column + left, wide));
	x = canvas_string(canvas, x, y, ROLE_DIM, ": ");
	if (cell->finite == 0) {
		canvas_string(canvas, x, y, cell->nan + cell->inf ? ROLE_BAD : ROLE_DIM,
			      cell->nan ? "NaN" : cell->inf ? "Inf" : "no data");
		return;
	}
	x = canvas_string(canvas, x, y, ROLE_NUMBER, number_value(mean, cell->mean, 4));
	if (down * wide > 1)
		canvas_print(canvas, x, y, ROLE_DIM, " mean, %s to %s",
			     number_value(min, cell->min, 4), number_value(max, cell->max, 4));
}

int map_rows(const struct picture_state *state, const struct view_context *context,
	     const struct picture *picture)
{
	int columns, rows, scale = picture_pixels(state, context) ? 2 : 1;

	magnify(state, context, picture, &columns, &rows);
	return ROWS_ABOVE + ((int)picture->down * rows + scale - 1) / scale +
	       (context->whole ? 1 : ROWS_BELOW);
}

void map_draw(const struct picture_state *state, const struct view_context *context,
	      const struct picture *picture, struct canvas *canvas)
{
	struct heat heat = { .pixels = picture_pixels(state, context) };
	struct heat_survey survey = { 0 };
	size_t n = (size_t)picture->across * picture->down;
	int columns, rows, scale = heat.pixels ? 2 : 1;
	struct canvas grid;
	uint32_t x, y;

	for (size_t i = 0; i < n; i++)
		heat_survey_add(&survey, value_of(state, &picture->cells[i]));
	heat.limit = heat_survey_limit(&survey, state->whole_scale);
	magnify(state, context, picture, &columns, &rows);
	draw_ranges(state, picture, canvas);
	grid = canvas_window(canvas, 0, ROWS_ABOVE, canvas->width, grid_rows(context));
	for (size_t i = 0; i < n; i++) {
		const struct picture_cell *cell = &picture->cells[i];

		heat_put(&grid, &heat, (int)(i % picture->across) * columns,
			 (int)(i / picture->across) * rows, columns, rows, value_of(state, cell),
			 cell->nan + cell->inf > 0);
	}
	rows = ((int)picture->down * rows + scale - 1) / scale;
	draw_legend(state, picture, &heat, canvas, ROWS_ABOVE + rows);
	if (context->whole)
		return;
	cursor_cell(state, picture, &x, &y);
	magnify(state, context, picture, &columns, &rows);
	for (int row = (int)y * rows / scale; row * scale < ((int)y + 1) * rows; row++)
		canvas_mark(&grid, (int)x * columns, row, columns,
			    context->focused ? CELL_SELECTED | CELL_FOCUSED : CELL_SELECTED);
	draw_cursor_line(state, picture, canvas,
			 ROWS_ABOVE + ((int)picture->down * rows + scale - 1) / scale + 1);
}

/* --- Moving ---------------------------------------------------------------------------------- */

/* A window of so many, about a place, inside. */
static void centre(uint64_t *first, uint64_t *n, uint64_t wanted, uint64_t place, uint64_t all)
{
	*n = wanted < all ? wanted : all;
	*first = place > *n / 2 ? place - *n / 2 : 0;
	if (*first > all - *n)
		*first = all - *n;
}

static void zoom_to(struct picture_state *state, const struct matrix *matrix, uint64_t rows,
		    uint64_t columns)
{
	struct matrix_window *window = &state->window;

	centre(&window->row, &window->n_rows, rows, state->row, matrix->rows);
	centre(&window->column, &window->n_columns, columns, state->column, matrix->columns);
	if (window->n_rows == matrix->rows && window->n_columns == matrix->columns)
		*window = (struct matrix_window){ 0 };
}

static uint64_t smaller(uint64_t n)
{
	return n <= FEWEST ? n : n / 2 < FEWEST ? FEWEST : n / 2;
}

static uint64_t larger(uint64_t n)
{
	return n > UINT64_MAX / 2 ? UINT64_MAX : 2 * n;
}

/* To the neighbouring cell of the grid; beyond its edge the window follows. */
static void step(uint64_t *place, uint64_t *first, uint64_t n, uint64_t all, uint32_t cells,
		 bool back)
{
	uint64_t inside = *place > *first ? *place - *first : 0;
	uint32_t cell = cell_at(inside, cells, n);
	uint64_t each = (n - 1) / cells + 1, room;

	if (back && cell > 0) {
		*place = *first + picture_edge(cell - 1, cells, n);
	} else if (!back && cell + 1 < cells) {
		*place = *first + picture_edge(cell + 1, cells, n);
	} else if (back) {
		*first -= *first < each ? *first : each;
		*place = *first;
	} else {
		room = all - n - *first;
		*first += room < each ? room : each;
		*place = *first + n - 1;
	}
}

bool map_command(struct picture_state *state, const struct view_context *context,
		 const struct picture *picture, enum command command)
{
	const struct matrix *matrix = &picture->matrix;
	struct matrix_window window = picture->window;

	(void)context;
	switch (command) {
	case COMMAND_UP:
	case COMMAND_DOWN:
		step(&state->row, &window.row, window.n_rows, matrix->rows, picture->down,
		     command == COMMAND_UP);
		break;
	case COMMAND_LEFT:
	case COMMAND_RIGHT:
		step(&state->column, &window.column, window.n_columns, matrix->columns,
		     picture->across, command == COMMAND_LEFT);
		break;
	case COMMAND_PAGE_UP:
		window.row -= window.row < window.n_rows ? window.row : window.n_rows;
		state->row = window.row;
		break;
	case COMMAND_PAGE_DOWN:
		window.row += window.n_rows;
		if (window.row > matrix->rows - window.n_rows)
			window.row = matrix->rows - window.n_rows;
		state->row = window.row + window.n_rows - 1;
		break;
	case COMMAND_FIRST:
		state->row = window.row = 0;
		break;
	case COMMAND_LAST:
		window.row = matrix->rows - window.n_rows;
		state->row = matrix->rows - 1;
		break;
	case COMMAND_NEARER:
		zoom_to(state, matrix, smaller(window.n_rows), smaller(window.n_columns));
		return true;
	case COMMAND_FARTHER:
		zoom_to(state, matrix, larger(window.n_rows), larger(window.n_columns));
		return true;
	case COMMAND_ALL:
		state->window = (struct matrix_window){ 0 };
		return true;
	default:
		return false;
	}
	if (state->window.n_rows > 0)
		state->window = window;
	return true;
}
