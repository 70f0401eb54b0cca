/* Values: the numbers themselves in a grid, any stretch of the tensor, read as it is looked at. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/values.h>

#include "ui/canvas/number.h"
#include "ui/views/detail.h"
#include "ui/views/element_index.h"
#include "ui/views/element_text.h"
#include "ui/views/view.h"

#define WINDOW_MAX  4096 /* elements on the screen at most */
#define WHOLE_MAX   1000 /* elements in an export */
#define STRINGS_MAX (4 << 20)
/* Data without a fixed size an element has to be walked from its start, on the thread that
 * answers the keys. */
#define WALK_MAX    4000000
#define SHORT_ROW   4	    /* elements; of shorter rows there are several on a line */
#define SIGNIFICANT 5 /* digits of a float in the grid; the bottom line has all of them */

struct values_state {
	const struct model *model; /* whose values the window holds */
	uint32_t tensor;
	uint64_t cursor; /* element */
	uint64_t top;	 /* row of the grid */
	bool hex;
	uint64_t first; /* of the window */
	size_t count;
	struct element *window;
	struct arena strings;
	struct error error; /* of the last read; ERROR_NONE if it went well */
};

/* How the grid is laid out at some width. */
struct grid {
	int header, cell, per_row;
	uint64_t rows;
};

/* A row that is an innermost row, several where these are short, or an even part of one, is easier
 * to read. */
static int even_row(int fit, const struct tensor *tensor)
{
	int64_t inner = tensor->n_dims > 0 ? tensor->dims[tensor->n_dims - 1] : 1;

	if (!element_has_index(tensor) || inner <= 1)
		return fit >= 10 ? fit - fit % 10 : fit;
	if (inner <= fit)
		return (int)(inner >= SHORT_ROW ? inner : fit - fit % inner);
	for (int n = fit; n * 2 > fit; n--)
		if (inner % n == 0)
			return n;
	return fit;
}

static struct grid grid_of(const struct values_state *state, const struct tensor *tensor, int width)
{
	struct grid grid = { .header = element_index_width(tensor) + 2, .per_row = 1 };
	int room;

	grid.cell = element_text_width(tensor->dtype, SIGNIFICANT);
	if (state->hex)
		grid.cell += 1 + element_hex_width(tensor->dtype);
	room = width - grid.header;
	if (tensor->dtype != DTYPE_STRING && room > grid.cell + 1)
		grid.per_row = even_row(room / (grid.cell + 2), tensor);
	if (grid.per_row < 1)
		grid.per_row = 1;
	grid.rows = tensor->present / (uint64_t)grid.per_row +
		    (tensor->present % (uint64_t)grid.per_row != 0);
	return grid;
}

static int head_rows(const struct view_context *context)
{
	return detail_head_rows(context) + 1;
}

/* Rows of the grid on the screen: below the head, above the bottom line. */
static int page_rows(const struct view_context *context, const struct grid *grid)
{
	int rows = context->height - head_rows(context) - 1;

	if (rows > WINDOW_MAX / grid->per_row)
		rows = WINDOW_MAX / grid->per_row;
	return rows > 1 ? rows : 1;
}

static void keep_cursor_visible(struct values_state *state, const struct tensor *tensor,
				const struct grid *grid, int page)
{
	uint64_t row;

	if (tensor->present == 0) {
		state->cursor = state->top = 0;
		return;
	}
	if (state->cursor >= tensor->present)
		state->cursor = tensor->present - 1;
	row = state->cursor / (uint64_t)grid->per_row;
	if (row < state->top)
		state->top = row;
	if (row - state->top >= (uint64_t)page)
		state->top = row - (uint64_t)page + 1;
	if (state->top + (uint64_t)page > grid->rows)
		state->top = grid->rows > (uint64_t)page ? grid->rows - (uint64_t)page : 0;
}

/* Elements [first, first + count) into the window, unless they are there. */
static void read_window(struct values_state *state, const struct view_context *context,
			const struct tensor *tensor, uint64_t first, size_t count)
{
	bool same = state->model == context->model && state->tensor == context->focus.tensor;

	if (same && state->first == first && state->count >= count)
		return;
	state->model = context->model;
	state->tensor = context->focus.tensor;
	state->first = first;
	state->count = 0;
	state->error = (struct error){ .code = ERROR_NONE, .offset = -1 };
	arena_free(&state->strings);
	arena_init(&state->strings, STRINGS_MAX);
	if (!state->window)
		state->window = calloc(WINDOW_MAX, sizeof *state->window);
	if (!state->window) {
		error_set(&state->error, ERROR_MEMORY, -1, "out of memory");
	} else if (!tensor_is_plain(tensor) && first > WALK_MAX) {
		error_set(&state->error, ERROR_REFUSED, -1,
			  "values beyond %d are not shown: they have no fixed size here", WALK_MAX);
	} else if (count > 0 && values_read(context->model, tensor, first, count, state->window,
					    &state->strings, &state->error)) {
		state->count = count;
	}
}

static void values_update(struct view *view, const struct view_context *context)
{
	struct values_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	struct grid grid;
	uint64_t first, count;

	if (!tensor)
		return;
	if (state->model != context->model || state->tensor != context->focus.tensor)
		state->cursor = state->top = 0;
	grid = grid_of(state, tensor, context->width);
	if (context->whole) {
		first = 0;
		count = WHOLE_MAX;
	} else {
		keep_cursor_visible(state, tensor, &grid, page_rows(context, &grid));
		first = state->top * (uint64_t)grid.per_row;
		count = (uint64_t)page_rows(context, &grid) * (uint64_t)grid.per_row;
	}
	if (count > WINDOW_MAX)
		count = WINDOW_MAX;
	if (first > tensor->present)
		first = tensor->present;
	if (count > tensor->present - first)
		count = tensor->present - first;
	read_window(state, context, tensor, first, (size_t)count);
}

static int values_measure(struct view *view, const struct view_context *context, int width)
{
	struct values_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	struct grid grid;
	uint64_t shown;

	if (!tensor)
		return 1;
	grid = grid_of(state, tensor, width);
	shown = tensor->present < WHOLE_MAX ? tensor->present : WHOLE_MAX;
	return head_rows(context) + 1 +
	       (int)((shown + (uint64_t)grid.per_row - 1) / (uint64_t)grid.per_row);
}

/* Columns after the decimal point, with the point and an exponent. */
static int fraction_width(const char *text)
{
	const char *point = strchr(text, '.');

	return point ? (int)strlen(point) : 0;
}

/* Columns that the cells keep free behind a number without a fraction, so that decimal points stand
 * below each other; 0 where numbers differ too much for that. */
static int fraction_of(const struct values_state *state, const struct tensor *tensor, int width)
{
	char text[ELEMENT_TEXT_SIZE];
	int fraction = 0, whole = 0;

	if (dtype_traits[tensor->dtype].class != CLASS_FLOAT)
		return 0;
	for (size_t i = 0; i < state->count; i++) {
		element_text(tensor->dtype, state->window + i, SIGNIFICANT, text);
		int behind = fraction_width(text), before = (int)strlen(text) - behind;
		fraction = behind > fraction ? behind : fraction;
		whole = before > whole ? before : whole;
	}
	return whole + fraction <= width ? fraction : 0;
}

static void draw_cell(const struct values_state *state, const struct tensor *tensor,
		      const struct element *element, int width, int fraction,
		      struct canvas *canvas, int x, int y)
{
	char text[ELEMENT_TEXT_SIZE], hex[ELEMENT_TEXT_SIZE];
	int hex_width = state->hex ? element_hex_width(tensor->dtype) + 1 : 0;

	if (tensor->dtype == DTYPE_STRING) {
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NAME, element->string);
		return;
	}
	element_text(tensor->dtype, element, SIGNIFICANT, text);
	int behind = fraction > 0 ? fraction - fraction_width(text) : 0;
	canvas_print_right(canvas, x + width - hex_width - behind, y,
			   isfinite(element->real) ? ROLE_NUMBER : ROLE_BAD, "%s", text);
	if (state->hex)
		canvas_string(canvas, x + width - hex_width + 1, y, ROLE_DIM,
			      element_hex(tensor->dtype, element, hex));
}

/* Index, value in full, bytes and place of the element under the cursor. */
static void draw_bottom(const struct values_state *state, const struct view_context *context,
			const struct tensor *tensor, struct canvas *canvas, int y)
{
	const struct element *element;
	char text[ELEMENT_TEXT_SIZE], index[ELEMENT_INDEX_SIZE], count[NUMBER_SIZE];
	int x;

	if (state->cursor < state->first || state->cursor - state->first >= state->count)
		return;
	element = state->window + (state->cursor - state->first);
	canvas_fill(canvas, 0, y, canvas->width, 1, ROLE_NORMAL, ' ');
	element_index(tensor, state->cursor, index);
	x = canvas_print(canvas, 0, y, ROLE_DIM, "[%s] ", index);
	if (tensor->dtype == DTYPE_STRING) {
		x = canvas_print(canvas, x, y, ROLE_DIM, "%s bytes at 0x%" PRIx64 " ",
				 number_count(count, element->string_len), element->offset);
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NUMBER, element->string);
		return;
	}
	x = canvas_string(canvas, x, y, ROLE_NUMBER,
			  element_text(tensor->dtype, element, ELEMENT_EXACT, text));
	x = canvas_print(canvas, x, y, ROLE_DIM, "  0x%s",
			 element_hex(tensor->dtype, element, text));
	x = canvas_print(canvas, x, y, ROLE_DIM, " at 0x%" PRIx64, element->offset);
	if (element_has_index(tensor))
		canvas_print(canvas, x, y, ROLE_DIM, " · number %s of %s",
			     number_count(text, state->cursor),
			     number_count(count, context->model->tensors[state->tensor].present));
}

static void draw_grid(const struct values_state *state, const struct view_context *context,
		      const struct tensor *tensor, const struct grid *grid, struct canvas *canvas,
		      int y, int rows)
{
	char index[ELEMENT_INDEX_SIZE];
	int fraction = fraction_of(state, tensor,
				   grid->cell - (state->hex ? element_hex_width(tensor->dtype) + 1 : 0));

	for (size_t i = 0; i < state->count; i++) {
		int row = (int)(i / (size_t)grid->per_row),
		    column = (int)(i % (size_t)grid->per_row);
		int x = grid->header + column * (grid->cell + 2);

		if (row >= rows)
			return;
		if (column == 0) {
			element_index(tensor, state->first + i, index);
			canvas_print_right(canvas, grid->header - 2, y + row, ROLE_DIM, "%s",
					   index);
		}
		draw_cell(state, tensor, state->window + i, grid->cell, fraction, canvas, x,
			  y + row);
		if (state->first + i == state->cursor && !context->whole)
			canvas_mark(canvas, x, y + row,
				    tensor->dtype == DTYPE_STRING ? canvas->width - x : grid->cell,
				    context->focused ? CELL_SELECTED | CELL_FOCUSED
						     : CELL_SELECTED);
	}
}

static void draw_tensor(const struct values_state *state, const struct view_context *context,
			const struct tensor *tensor, struct canvas *canvas)
{
	struct grid grid = grid_of(state, tensor, canvas->width);
	int y = detail_head(context, canvas, 0) + 1, bottom = canvas->height - 1, x;
	char rest[NUMBER_SIZE];

	if (tensor->present == 0) {
		canvas_string(canvas, 0, y, ROLE_DIM,
			      tensor->count == 0 && tensor->problem == TENSOR_OK
				      ? "0 elements"
				      : "no data to read");
		return;
	}
	if (state->error.code != ERROR_NONE) {
		x = canvas_string(canvas, 0, y, ROLE_BAD, "cannot show: ");
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NORMAL,
			    text_from(state->error.message));
		return;
	}
	if (context->whole) {
		draw_grid(state, context, tensor, &grid, canvas, y, canvas->height);
		if (tensor->present > state->count)
			canvas_print(canvas, 0, bottom, ROLE_DIM, "and %s more",
				     number_count(rest, tensor->present - state->count));
		return;
	}
	if (bottom <= y) { /* a very low pane: a row of the grid matters more than the head */
		y = bottom > 0 ? bottom - 1 : 0;
		canvas_fill(canvas, 0, y, canvas->width, bottom + 1 - y, ROLE_NORMAL, ' ');
	}
	draw_grid(state, context, tensor, &grid, canvas, y, bottom - y > 0 ? bottom - y : 1);
	draw_bottom(state, context, tensor, canvas, bottom);
}

static void values_draw(const struct view *view, const struct view_context *context,
			struct canvas *canvas)
{
	const struct values_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);

	if (!tensor)
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tensors here");
	else if (state->model == context->model && state->tensor == context->focus.tensor)
		draw_tensor(state, context, tensor, canvas);
}

static uint64_t moved(uint64_t cursor, uint64_t count, bool forward, uint64_t by)
{
	if (!forward)
		return cursor >= by ? cursor - by : cursor;
	return count > 0 && by <= count - 1 - cursor ? cursor + by : cursor;
}

static bool move_cursor(struct values_state *state, const struct tensor *tensor,
			const struct grid *grid, uint64_t page, enum command command)
{
	uint64_t row = (uint64_t)grid->per_row, leap = (page > 2 ? page - 1 : 1) * row;
	uint64_t count = tensor->present, *cursor = &state->cursor;

	switch (command) {
	case COMMAND_UP:
		*cursor = moved(*cursor, count, false, row);
		return true;
	case COMMAND_DOWN:
		*cursor = moved(*cursor, count, true, row);
		return true;
	case COMMAND_LEFT:
		*cursor = moved(*cursor, count, false, 1);
		return true;
	case COMMAND_RIGHT:
		*cursor = moved(*cursor, count, true, 1);
		return true;
	case COMMAND_PAGE_UP:
		*cursor = *cursor >= leap ? *cursor - leap : *cursor % row;
		return true;
	case COMMAND_PAGE_DOWN:
		*cursor = count > 0 && leap <= count - 1 - *cursor ? *cursor + leap : count - 1;
		return true;
	case COMMAND_FIRST:
		*cursor = 0;
		return true;
	case COMMAND_LAST:
		*cursor = count - 1;
		return true;
	default:
		return false;
	}
}

static unsigned values_command(struct view *view, const struct view_context *context,
			       enum command command, struct text argument,
			       struct view_answer *answer)
{
	struct values_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	struct grid grid;

	if (command == COMMAND_HEX) {
		state->hex = !state->hex;
		return EFFECT_REDRAW;
	}
	if (!tensor || (command == COMMAND_INDEX && argument.len == 0))
		return EFFECT_PASS;
	if (command == COMMAND_INDEX)
		return element_index_parse(tensor, argument, &state->cursor, answer->message)
			       ? EFFECT_REDRAW
			       : EFFECT_MESSAGE;
	if (tensor->present == 0)
		return EFFECT_PASS;
	grid = grid_of(state, tensor, context->width);
	if (move_cursor(state, tensor, &grid, (uint64_t)page_rows(context, &grid), command))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

static unsigned values_click(struct view *view, const struct view_context *context, int x, int y,
			     int clicks, struct view_answer *answer)
{
	struct values_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	struct grid grid;
	uint64_t at;

	(void)clicks;
	(void)answer;
	if (!tensor)
		return EFFECT_NONE;
	grid = grid_of(state, tensor, context->width);
	y -= head_rows(context);
	x = (x - grid.header) / (grid.cell + 2);
	if (y < 0 || y >= page_rows(context, &grid) || x < 0 || x >= grid.per_row)
		return EFFECT_NONE;
	at = (state->top + (uint64_t)y) * (uint64_t)grid.per_row + (uint64_t)x;
	if (at < tensor->present)
		state->cursor = at;
	return EFFECT_REDRAW;
}

static void values_close(struct view *view)
{
	struct values_state *state = view->state;

	free(state->window);
	arena_free(&state->strings);
}

const struct view_ops values_view = {
	.name = "values",
	.title = "Values",
	.scope = SCOPE_VALUES,
	.state_size = sizeof(struct values_state),
	.update = values_update,
	.measure = values_measure,
	.draw = values_draw,
	.command = values_command,
	.click = values_click,
	.close = values_close,
};
