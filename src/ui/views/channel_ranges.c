/* Channels: the slices of the selected tensor along an axis, the ones that stand out first. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"
#include "ui/views/channel_strip.h"
#include "ui/views/detail.h"
#include "ui/views/tensor_list.h"
#include "ui/views/view.h"

#define STRIP_ALL  10	/* rows in an export */
#define STRIP_MAX  14
#define TABLE_MIN  5	/* rows kept for the table before the strip gets any */
#define TABLE_ALL  1000 /* channels in an export */
#define NOTE	   16	/* columns */
#define HEAD_MIN   12	/* rows below which there is no head, only the table */

struct channels_state {
	struct scroll scroll; /* over the ranked channels */
	struct tensor_list list;
	const struct model *model; /* of the position and the axis */
	uint32_t tensor;
	int axis; /* -1: channels_default_axis decides */
};

/* Forgets position and axis when another tensor is selected. */
static void follow(struct channels_state *state, const struct view_context *context)
{
	if (state->model == context->model && state->tensor == context->focus.tensor)
		return;
	state->model = context->model;
	state->tensor = context->focus.tensor;
	state->scroll = (struct scroll){ 0 };
	state->axis = -1;
}

static bool has_channels(const struct tensor *tensor)
{
	return dtype_is_numeric(tensor->dtype) && tensor->present > 0 && tensor->n_dims > 0;
}

static int axis_shown(const struct channels_state *state, const struct view_context *context)
{
	return state->axis >= 0 ? state->axis
				: channels_default_axis(context->model, detail_tensor(context));
}

static struct request channels_request(const struct channels_state *state,
				       const struct view_context *context)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = context->focus.tensor,
				 .kind = REPORT_CHANNELS,
				 .axis = axis_shown(state, context) };
}

static const struct report *channels_report(const struct channels_state *state,
					    const struct view_context *context)
{
	struct request request = channels_request(state, context);

	return session_report(context->session, &request);
}

static const struct channels *channels_done(const struct channels_state *state,
					    const struct view_context *context)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report = NULL;

	if (tensor && has_channels(tensor) && !detail_is_scope(context))
		report = channels_report(state, context);
	return report && report->state == REPORT_DONE ? &report->channels : NULL;
}

static void channels_update(struct view *view, const struct view_context *context)
{
	struct channels_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);

	if (detail_is_scope(context)) {
		tensor_list_update(&state->list, context);
		return;
	}
	follow(state, context);
	if (tensor && has_channels(tensor)) {
		struct request request = channels_request(state, context);
		session_want(context->session, &request);
	}
}

/* --- Layout ---------------------------------------------------------------------------------- */

/* Where the parts of the picture are; a strip of 0 rows is not there. */
struct parts {
	int summary, strip, strip_rows, table, table_rows;
};

static struct parts parts_of(const struct view_context *context, const struct channels *channels)
{
	struct parts parts = { .summary = detail_head_rows(context) + 1 };
	bool low = context->height < HEAD_MIN && !context->whole;
	int left = context->height - parts.summary - 3;

	if (low) {
		parts.summary = 0;
		parts.table = 2;
		parts.table_rows = context->height - 2;
		return parts;
	}
	parts.strip = parts.summary + 3;
	parts.strip_rows = left - 1 - TABLE_MIN < left / 2 ? left - 1 - TABLE_MIN : left / 2;
	if (parts.strip_rows > STRIP_MAX)
		parts.strip_rows = STRIP_MAX;
	if (context->whole)
		parts.strip_rows = STRIP_ALL;
	if (parts.strip_rows < CHANNEL_STRIP_MIN)
		parts.strip_rows = 0;
	parts.table = parts.strip + (parts.strip_rows ? parts.strip_rows + 1 : 0);
	parts.table_rows = context->height - parts.table;
	if (context->whole)
		parts.table_rows =
			1 + (int)(channels->n < TABLE_ALL ? channels->n : TABLE_ALL + 1);
	return parts;
}

static uint64_t page_of(const struct parts *parts)
{
	return parts->table_rows > 2 ? (uint64_t)parts->table_rows - 1 : 1;
}

static int channels_measure(struct view *view, const struct view_context *context, int width)
{
	struct channels_state *state = view->state;
	const struct channels *channels;
	struct parts parts;

	(void)width;
	if (detail_is_scope(context))
		return TENSOR_LIST_HEAD + tensor_list_rows(&state->list);
	if (!detail_tensor(context))
		return 1;
	channels = channels_done(state, context);
	if (!channels)
		return detail_head_rows(context) + 2;
	parts = parts_of(context, channels);
	return parts.table + parts.table_rows;
}

/* --- Drawing --------------------------------------------------------------------------------- */

static int draw_count(struct canvas *canvas, int x, int y, uint64_t count, const char *what,
		      enum role role)
{
	char number[NUMBER_SIZE];

	x = canvas_print(canvas, x, y, count ? role : ROLE_NUMBER, "%s",
			 number_count(number, count));
	return canvas_print(canvas, x + 1, y, ROLE_DIM, "%s", what) + 3;
}

/* "axis 0 of 4 · 32 channels of 288 values", and what stands out. */
static void draw_summary(const struct view_context *context, const struct channels *channels,
			 struct canvas *canvas, int y)
{
	const struct tensor *tensor = detail_tensor(context);
	char n[NUMBER_SIZE], each[NUMBER_SIZE];
	int x = canvas_print(canvas, 0, y, ROLE_ACCENT, "axis %d", channels->axis);

	canvas_print(canvas, x, y, ROLE_DIM, " of %u · %s %s of %s %s%s", (unsigned)tensor->n_dims,
		     number_count(n, channels->n), channels->n == 1 ? "channel" : "channels",
		     number_count(each, channels->items[0].count),
		     channels->items[0].count == 1 ? "value" : "values",
		     channels->axis == channels_default_axis(context->model, tensor) ? "" : " · chosen");
	x = draw_count(canvas, 0, y + 1, channels->n_outliers,
		       channels->n_outliers == 1 ? "outlier" : "outliers", ROLE_BAD);
	x = draw_count(canvas, x, y + 1, channels->n_dead, "dead", ROLE_WARNING);
	x = draw_count(canvas, x, y + 1, channels->n_constant, "constant", ROLE_WARNING);
	x = draw_count(canvas, x, y + 1, channels->n_duplicate,
		       channels->n_duplicate == 1 ? "duplicate" : "duplicates", ROLE_WARNING);
	if (channels->n_nonfinite)
		x = draw_count(canvas, x, y + 1, channels->n_nonfinite, "with NaN or Inf", ROLE_BAD);
	if (channels->n_unconfirmed)
		canvas_print(canvas, x, y + 1, ROLE_WARNING, "%s by hash alone",
			     number_count(n, channels->n_unconfirmed));
}

/* Columns of the table by where they end; those beyond the canvas are left out, the note never. */
static const struct column {
	const char *title;
	int end;
} columns[] = {
	{ "channel", 10 }, { "min", 20 }, { "max", 30 }, { "score", 38 }, { "mean", 48 },
	{ "std", 58 }, { "zeros", 66 }, { "NaN", 72 }, { "Inf", 78 },
};

#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

static bool column_fits(int column, int width)
{
	return columns[column].end <= width - NOTE || column < 3;
}

static void cell_text(const struct channels *channels, uint64_t index, int column,
		      char cell[NUMBER_SIZE])
{
	const struct channel *item = &channels->items[index];
	const double values[] = { item->min, item->max, item->score, item->mean, item->std };
	const uint64_t counts[] = { item->zeros, item->nan, item->inf };

	if (column == 0)
		number_count(cell, index);
	else if (column > 5)
		number_short(cell, counts[column - 6]);
	else if (isnan(values[column - 1]))
		snprintf(cell, NUMBER_SIZE, "–");
	else
		number_value(cell, values[column - 1], 3);
}

static void draw_note(const struct channel *item, struct canvas *canvas, int x, int y)
{
	if (fabs(item->score) > CHANNELS_OUTLIER)
		x = canvas_string(canvas, x, y, ROLE_BAD, "outlier") + 1;
	if (item->nan || item->inf)
		x = canvas_string(canvas, x, y, ROLE_BAD, item->nan ? "NaN" : "Inf") + 1;
	if (item->dead)
		x = canvas_string(canvas, x, y, ROLE_WARNING, "dead") + 1;
	if (item->same_as != NO_INDEX)
		canvas_print(canvas, x, y, ROLE_WARNING, "= %" PRIu32, item->same_as);
	else if (item->constant)
		canvas_string(canvas, x, y, ROLE_WARNING, "constant");
}

static void draw_row(const struct channels *channels, uint64_t index, struct canvas *canvas, int y)
{
	const struct channel *item = &channels->items[index];
	char cell[NUMBER_SIZE];
	int end = 0;

	for (int i = 0; i < N_COLUMNS && column_fits(i, canvas->width); i++) {
		enum role role = i == 0 ? ROLE_NAME : ROLE_NUMBER;

		if ((i == 7 && item->nan) || (i == 8 && item->inf))
			role = ROLE_BAD;
		cell_text(channels, index, i, cell);
		end = columns[i].end;
		canvas_print_right(canvas, end, y, role, "%s", cell);
	}
	draw_note(item, canvas, end + 2, y);
}

static void draw_table(const struct channels_state *state, const struct view_context *context,
		       const struct channels *channels, struct canvas *canvas)
{
	uint64_t top = context->whole ? 0 : state->scroll.top;
	uint64_t end = context->whole && channels->n > TABLE_ALL ? TABLE_ALL : channels->n;
	char rest[NUMBER_SIZE];
	int y = 1;

	for (int i = 0; i < N_COLUMNS && column_fits(i, canvas->width); i++)
		canvas_print_right(canvas, columns[i].end, 0, ROLE_DIM, "%s", columns[i].title);
	for (uint64_t i = top; i < end && y < canvas->height; i++, y++) {
		draw_row(channels, channels->ranked[i], canvas, y);
		if (i == state->scroll.cursor && !context->whole) {
			canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
			canvas_mark(canvas, 0, y, canvas->width,
				    context->focused ? CELL_SELECTED | CELL_FOCUSED : CELL_SELECTED);
		}
	}
	if (end < channels->n && y < canvas->height)
		canvas_print(canvas, 2, y, ROLE_DIM, "and %s more: JSON and CSV have all",
			     number_count(rest, channels->n - end));
}

/* One line instead of channels. */
static void draw_absence(const struct channels_state *state, const struct view_context *context,
			 struct canvas *canvas)
{
	const struct tensor *tensor = detail_tensor(context);
	int y = detail_head(context, canvas, 0) + 1;

	if (!dtype_is_numeric(tensor->dtype))
		canvas_string(canvas, 0, y, ROLE_DIM, "no numbers: no channels");
	else if (tensor->present == 0)
		canvas_string(canvas, 0, y, ROLE_DIM, "no data to read");
	else if (tensor->n_dims == 0)
		canvas_string(canvas, 0, y, ROLE_DIM, "a scalar has no channels");
	else
		detail_state(context, channels_report(state, context), canvas, y);
}

static void draw_tensor(const struct channels_state *state, const struct view_context *context,
			struct canvas *canvas)
{
	const struct channels *channels = channels_done(state, context);
	uint64_t cursor = UINT64_MAX;
	struct canvas window;
	struct parts parts;

	if (!channels) {
		draw_absence(state, context, canvas);
		return;
	}
	parts = parts_of(context, channels);
	if (parts.summary > 0)
		detail_head(context, canvas, 0);
	draw_summary(context, channels, canvas, parts.summary);
	if (!context->whole && state->scroll.cursor < channels->n)
		cursor = channels->ranked[state->scroll.cursor];
	window = canvas_window(canvas, 0, parts.strip, canvas->width, parts.strip_rows);
	if (parts.strip_rows > 0)
		channel_strip_draw(&window, channels, cursor);
	window = canvas_window(canvas, 0, parts.table, canvas->width, parts.table_rows);
	if (parts.table_rows > 0)
		draw_table(state, context, channels, &window);
}

static void channels_draw(const struct view *view, const struct view_context *context,
			  struct canvas *canvas)
{
	if (detail_is_scope(context))
		tensor_list_draw_instead(&((const struct channels_state *)view->state)->list, context,
					 "channels are those of one tensor: Enter goes to it", canvas);
	else if (!detail_tensor(context))
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tensors here");
	else
		draw_tensor(view->state, context, canvas);
}

/* --- Commands -------------------------------------------------------------------------------- */

static unsigned set_axis(struct channels_state *state, const struct view_context *context,
			 struct text argument, struct view_answer *answer)
{
	const struct tensor *tensor = detail_tensor(context);
	uint32_t axis = 0;

	if (!tensor || !has_channels(tensor) || detail_is_scope(context))
		return EFFECT_NONE;
	follow(state, context);
	if (argument.len == 0) {
		axis = ((uint32_t)axis_shown(state, context) + 1) % tensor->n_dims;
	} else {
		bool digits = argument.len <= 2;

		for (size_t i = 0; i < argument.len && digits; i++) {
			digits = argument.data[i] >= '0' && argument.data[i] <= '9';
			axis = axis * 10 + (uint32_t)(argument.data[i] - '0');
		}
		if (!digits || axis >= tensor->n_dims) {
			snprintf(answer->message, sizeof answer->message,
				 "no such axis: the tensor has 0 to %u",
				 (unsigned)tensor->n_dims - 1);
			return EFFECT_MESSAGE;
		}
	}
	state->axis = (int)axis;
	state->scroll = (struct scroll){ 0 };
	return EFFECT_REDRAW;
}

/* The cursor to a channel: its rank is looked for. */
static void go_to(struct channels_state *state, const struct channels *channels, uint64_t index,
		  const struct parts *parts)
{
	for (uint64_t rank = 0; rank < channels->n; rank++)
		if (channels->ranked[rank] == index)
			state->scroll.cursor = rank;
	scroll_clamp(&state->scroll, channels->n, page_of(parts), true);
}

static unsigned channels_command(struct view *view, const struct view_context *context,
				 enum command command, struct text argument,
				 struct view_answer *answer)
{
	struct channels_state *state = view->state;
	const struct channels *channels;
	struct parts parts;
	uint64_t at;

	if (command == COMMAND_AXIS)
		return set_axis(state, context, argument, answer);
	if (detail_is_scope(context))
		return tensor_list_command(&state->list, context, command,
					   context->height - TENSOR_LIST_HEAD, answer);
	channels = channels_done(state, context);
	if (!channels || state->scroll.cursor >= channels->n)
		return EFFECT_PASS;
	parts = parts_of(context, channels);
	at = channels->ranked[state->scroll.cursor];
	if (command == COMMAND_LEFT || command == COMMAND_RIGHT) {
		if (command == COMMAND_LEFT ? at > 0 : at + 1 < channels->n)
			go_to(state, channels, command == COMMAND_LEFT ? at - 1 : at + 1, &parts);
		return EFFECT_REDRAW;
	}
	if (scroll_command(&state->scroll, command, channels->n, page_of(&parts), true))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

static unsigned channels_click(struct view *view, const struct view_context *context, int x, int y,
			       int clicks, struct view_answer *answer)
{
	struct channels_state *state = view->state;
	const struct channels *channels = channels_done(state, context);
	struct parts parts;
	uint64_t index;

	if (detail_is_scope(context))
		return tensor_list_click(&state->list, context, y - TENSOR_LIST_HEAD,
					 context->height - TENSOR_LIST_HEAD, clicks, answer);
	if (!channels)
		return EFFECT_NONE;
	parts = parts_of(context, channels);
	if (y > parts.table && state->scroll.top + (uint64_t)(y - parts.table - 1) < channels->n) {
		state->scroll.cursor = state->scroll.top + (uint64_t)(y - parts.table - 1);
		return EFFECT_REDRAW;
	}
	index = channel_strip_at(context->width, channels, x);
	if (y < parts.strip || y >= parts.strip + parts.strip_rows || index == UINT64_MAX)
		return EFFECT_NONE;
	go_to(state, channels, index, &parts);
	return EFFECT_REDRAW;
}

static void channels_close(struct view *view)
{
	struct channels_state *state = view->state;

	tensor_list_free(&state->list);
}

int channels_view_axis(const struct view *view, const struct view_context *context)
{
	const struct channels_state *state = view->state;

	return state->model == context->model && state->tensor == context->focus.tensor
		       ? state->axis
		       : -1;
}

const struct view_ops channels_view = {
	.name = "channels",
	.title = "Channels",
	.scope = SCOPE_CHANNELS,
	.state_size = sizeof(struct channels_state),
	.update = channels_update,
	.measure = channels_measure,
	.draw = channels_draw,
	.command = channels_command,
	.click = channels_click,
	.close = channels_close,
};
