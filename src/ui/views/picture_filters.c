/*
 * The kernels of a convolution as small pictures, a line or more for each output channel; where each
 * has one input alone (depthwise), one after another.
 *
 * The kernels are rows of the tensor as a matrix whose columns are the values of one kernel, so what
 * a pane shows is a window of that matrix, in which nothing is brought down.
 */
#include <inttypes.h>
#include <stdio.h>

#include <mtui/channels.h>

#include "ui/canvas/heat.h"
#include "ui/canvas/number.h"
#include "ui/views/detail.h"
#include "ui/views/picture_modes.h"

#define LABEL	   9 /* columns left of the kernels */
#define ROWS_ABOVE 1
#define ROWS_BELOW 1 /* the legend */

/* How kernels are laid out in the pane. */
struct tiles {
	uint64_t outer, inner; /* the first two dimensions */
	uint64_t values;       /* of a kernel */
	int down, across;      /* values of it */
	int columns;	       /* that a value takes */
	int step_down, step_across, per_line;
	uint64_t lines_each;   /* of an output; 0: they follow each other */
	uint64_t lines, shown; /* in all, and in the pane */
};

static bool lay_out(const struct picture_state *state, const struct view_context *context,
		    struct tiles *tiles)
{
	const struct tensor *tensor = detail_tensor(context);
	int room = picture_width(context) - LABEL;
	int rows = picture_height(context) - ROWS_ABOVE - ROWS_BELOW, high;
	bool pixels = picture_pixels(state, context);
	struct matrix_view view = { .lead = 0, .split = 2 };
	struct matrix matrix;

	if (matrix_dims(tensor) < 3 || !matrix_of(tensor, &view, &matrix, NULL) ||
	    matrix.columns < 2 || matrix.columns > PICTURE_MAX_SIDE || matrix.whole_rows == 0)
		return false;
	*tiles = (struct tiles){ .inner = (uint64_t)tensor->dims[1], .values = matrix.columns };
	tiles->outer = (matrix.rows - 1) / tiles->inner + 1;
	tiles->across = (int)tensor->dims[tensor->n_dims - 1];
	tiles->down = (int)matrix.columns / tiles->across;
	tiles->columns = pixels || tiles->across * 2 > room ? 1 : 2;
	tiles->step_across = tiles->across * tiles->columns + 1;
	high = pixels ? (tiles->down + 1) / 2 : tiles->down;
	tiles->step_down = high + (pixels && tiles->down % 2 ? 0 : 1);
	if (room < tiles->step_across - 1 || rows < high)
		return false;
	tiles->per_line = (room + 1) / tiles->step_across;
	if (tiles->inner > 1) {
		tiles->lines_each = (tiles->inner - 1) / (uint64_t)tiles->per_line + 1;
		tiles->lines = tiles->outer * tiles->lines_each;
	} else {
		tiles->lines = (tiles->outer - 1) / (uint64_t)tiles->per_line + 1;
	}
	tiles->shown = (uint64_t)((rows + tiles->step_down - high) / tiles->step_down);
	return true;
}

bool filters_apply(const struct picture_state *state, const struct view_context *context)
{
	struct tiles tiles;

	return lay_out(state, context, &tiles);
}

/* The first kernel of a line; of the line after the last, their number. */
static uint64_t first_of(const struct tiles *tiles, uint64_t line)
{
	uint64_t all = tiles->outer * tiles->inner, first;

	if (line >= tiles->lines)
		return all;
	if (tiles->lines_each == 0)
		return line * (uint64_t)tiles->per_line;
	first = line / tiles->lines_each * tiles->inner +
		line % tiles->lines_each * (uint64_t)tiles->per_line;
	return first;
}

static uint64_t top_of(const struct picture_state *state, const struct tiles *tiles)
{
	uint64_t last = tiles->lines > tiles->shown ? tiles->lines - tiles->shown : 0;

	return state->line < last ? state->line : last;
}

struct request filters_request(const struct picture_state *state,
			       const struct view_context *context)
{
	struct request request = picture_request(state, context, REPORT_PICTURE);
	struct tiles tiles;
	uint64_t first, end;

	request.picture.view = (struct matrix_view){ .lead = 0, .split = 2 };
	request.picture.across = request.picture.down = 1;
	if (!lay_out(state, context, &tiles))
		return request;
	first = first_of(&tiles, top_of(state, &tiles));
	end = first_of(&tiles, top_of(state, &tiles) + tiles.shown);
	request.picture.window.row = first;
	request.picture.window.n_rows = end - first;
	request.picture.across = (uint32_t)tiles.values;
	request.picture.down = (uint32_t)(end - first);
	return request;
}

/* "12"; on further lines of the same output the first input, "+16". */
static void draw_label(const struct tiles *tiles, struct canvas *canvas, int y, uint64_t line)
{
	uint64_t kernel = first_of(tiles, line), output = kernel / tiles->inner;
	uint64_t input = kernel % tiles->inner;

	if (input > 0)
		canvas_print_right(canvas, LABEL - 2, y, ROLE_DIM, "+%" PRIu64, input);
	else
		canvas_print_right(canvas, LABEL - 2, y, ROLE_NAME, "%" PRIu64, output);
}

static void draw_tile(const struct tiles *tiles, const struct heat *heat,
		      const struct picture *picture, uint64_t index, struct canvas *canvas, int x,
		      int y)
{
	for (int k = 0; k < (int)tiles->values; k++) {
		const struct picture_cell *cell =
			&picture->cells[(size_t)index * picture->across + (size_t)k];

		heat_put(canvas, heat, x + k % tiles->across * tiles->columns, y + k / tiles->across,
			 tiles->columns, 1, cell->mean, cell->nan + cell->inf > 0);
	}
}

static void draw_line(const struct tiles *tiles, const struct heat *heat,
		      const struct picture *picture, uint64_t line, struct canvas *canvas, int y)
{
	uint64_t first = first_of(tiles, line), n = (uint64_t)tiles->per_line;
	uint64_t left = tiles->inner > 1 ? tiles->inner - first % tiles->inner
					 : tiles->outer - first;

	if (n > left)
		n = left;
	draw_label(tiles, canvas, y, line);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t index = first + i - picture->window.row;

		if (first + i >= picture->window.row && index < picture->down)
			draw_tile(tiles, heat, picture, index, canvas,
				  LABEL + (int)i * tiles->step_across, heat->pixels ? 2 * y : y);
	}
}

/* "kernels of 3 × 3 · outputs 0–3 of 32 · 16 inputs each, left to right" */
static void draw_title(const struct tiles *tiles, const struct view_context *context,
		       const struct picture *picture, struct canvas *canvas)
{
	const struct tensor *tensor = detail_tensor(context);
	bool swapped = channels_default_axis(context->model, tensor) == 1;
	uint64_t first = picture->window.row / tiles->inner;
	uint64_t last = (picture->window.row + picture->window.n_rows - 1) / tiles->inner;
	char range[PICTURE_RANGE], of[NUMBER_SIZE], across[NUMBER_SIZE];
	int x = canvas_print(canvas, 0, 0, ROLE_DIM, "kernels of %d × %d · %s ", tiles->down,
			     tiles->across, swapped ? "inputs" : "outputs");

	x = canvas_string(canvas, x, 0, ROLE_NUMBER, picture_range(range, first, last - first + 1));
	x = canvas_print(canvas, x, 0, ROLE_DIM, " of %s", number_count(of, tiles->outer));
	if (tiles->inner > 1)
		canvas_print(canvas, x, 0, ROLE_DIM, " · %s %s each, left to right",
			     number_count(across, tiles->inner), swapped ? "outputs" : "inputs");
}

void filters_draw(const struct picture_state *state, const struct view_context *context,
		  const struct picture *picture, struct canvas *canvas)
{
	struct heat heat = { .pixels = picture_pixels(state, context) };
	struct heat_survey survey = { 0 };
	struct tiles tiles;
	uint64_t top;
	int y = 0;

	if (!lay_out(state, context, &tiles) || picture->across != tiles.values)
		return;
	top = top_of(state, &tiles);
	for (size_t i = 0; i < (size_t)picture->across * picture->down; i++)
		heat_survey_add(&survey, picture->cells[i].mean);
	heat.limit = heat_survey_limit(&survey, true);
	draw_title(&tiles, context, picture, canvas);
	struct canvas area = canvas_window(canvas, 0, ROWS_ABOVE, canvas->width,
					   canvas->height - ROWS_ABOVE);
	for (uint64_t line = top; line < tiles.lines && line < top + tiles.shown;
	     line++, y += tiles.step_down)
		draw_line(&tiles, &heat, picture, line, &area, y);
	heat_legend(&area, &heat, LABEL, y);
}

int filters_rows(const struct picture_state *state, const struct view_context *context)
{
	struct tiles tiles;
	uint64_t lines;

	if (!lay_out(state, context, &tiles))
		return 1;
	lines = tiles.lines < tiles.shown ? tiles.lines : tiles.shown;
	return ROWS_ABOVE + (int)lines * tiles.step_down + ROWS_BELOW;
}

bool filters_command(struct picture_state *state, const struct view_context *context,
		     enum command command)
{
	struct scroll scroll = { 0 };
	struct tiles tiles;

	if (!lay_out(state, context, &tiles))
		return false;
	scroll.top = scroll.cursor = top_of(state, &tiles);
	if (!scroll_command(&scroll, command, tiles.lines, tiles.shown, false))
		return false;
	state->line = scroll.top;
	return true;
}
