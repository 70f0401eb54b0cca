/* Picture: the selected tensor as a matrix, drawn in one of four ways. */
#include "ui/views/picture_modes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/views/detail.h"

#define HEAD_MIN   16 /* rows below which there is no head, only the picture */
#define MODE_ROWS  1
#define EXPORT_CELLS 64 /* across and down, of what was never drawn */

static const struct mode {
	const char *name, *title;
} modes[] = {
	[PICTURE_MAP] = { "map", "map" },
	[PICTURE_FILTERS] = { "kernels", "kernels" },
	[PICTURE_PCA] = { "pca", "PCA" },
	[PICTURE_SVD] = { "svd", "singular values" },
};

#define N_MODES ((int)(sizeof modes / sizeof modes[0]))

static bool has_numbers(const struct tensor *tensor)
{
	return dtype_is_numeric(tensor->dtype) && tensor->present > 0;
}

/* Forgets where it was when another tensor is selected. */
static void follow(struct picture_state *state, const struct view_context *context)
{
	if (state->model == context->model && state->tensor == context->focus.tensor)
		return;
	state->model = context->model;
	state->tensor = context->focus.tensor;
	state->view = (struct matrix_view){ .split = 1 };
	state->window = (struct matrix_window){ 0 };
	state->row = state->column = state->line = state->outlier = state->rank = 0;
}

static int head_rows(const struct view_context *context)
{
	return context->whole || context->height >= HEAD_MIN ? detail_head_rows(context) + 1 : 0;
}

int picture_width(const struct view_context *context)
{
	return context->width > 0 ? context->width : 1;
}

int picture_height(const struct view_context *context)
{
	int height = context->height - head_rows(context) - MODE_ROWS;

	return context->whole ? PICTURE_ROWS : height > 1 ? height : 1;
}

bool picture_pixels(const struct picture_state *state, const struct view_context *context)
{
	return state->pixels && context->glyphs->level != GLYPHS_ASCII;
}

/* What is shown: kernels only where there are some. */
static enum picture_mode mode_shown(const struct picture_state *state,
				    const struct view_context *context)
{
	bool kernels = state->mode == PICTURE_AUTO || state->mode == PICTURE_FILTERS;

	if (!kernels)
		return state->mode;
	return filters_apply(state, context) ? PICTURE_FILTERS : PICTURE_MAP;
}

struct request picture_request(const struct picture_state *state,
			       const struct view_context *context, enum report_kind kind)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = context->focus.tensor,
				 .kind = kind,
				 .picture.view = state->view };
}

static struct request wanted(const struct picture_state *state, const struct view_context *context)
{
	switch (mode_shown(state, context)) {
	case PICTURE_FILTERS:
		return filters_request(state, context);
	case PICTURE_PCA:
		return picture_request(state, context, REPORT_PCA);
	case PICTURE_SVD:
		return picture_request(state, context, REPORT_SINGULAR_VALUES);
	case PICTURE_AUTO:
	case PICTURE_MAP:
		break;
	}
	return map_request(state, context);
}

static const struct report *report_of(const struct picture_state *state,
				      const struct view_context *context)
{
	struct request request = wanted(state, context);

	return session_report(context->session, &request);
}

static void picture_update(struct view *view, const struct view_context *context)
{
	struct picture_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	struct request request;

	if (detail_is_scope(context)) {
		tensor_list_update(&state->list, context);
		return;
	}
	follow(state, context);
	if (!tensor || !has_numbers(tensor))
		return;
	request = wanted(state, context);
	session_want(context->session, &request);
}

/* Rows of the part that is shown. */
static int part_rows(const struct picture_state *state, const struct view_context *context)
{
	const struct report *report = report_of(state, context);

	if (!report || report->state != REPORT_DONE)
		return 1;
	if (report->request.kind != REPORT_PICTURE)
		return picture_height(context);
	if (mode_shown(state, context) == PICTURE_FILTERS)
		return filters_rows(state, context);
	return map_rows(state, context, &report->picture);
}

static int picture_measure(struct view *view, const struct view_context *context, int width)
{
	struct picture_state *state = view->state;

	(void)width;
	if (detail_is_scope(context))
		return TENSOR_LIST_HEAD + tensor_list_rows(&state->list);
	if (!detail_tensor(context))
		return 1;
	if (!has_numbers(detail_tensor(context)))
		return detail_head_rows(context) + 2;
	return head_rows(context) + MODE_ROWS + part_rows(state, context);
}

/* --- Drawing --------------------------------------------------------------------------------- */

static void put_dims(char *buffer, size_t size, const char *what, uint32_t first, uint32_t end)
{
	if (end - first > 1)
		snprintf(buffer, size, "%s dims %" PRIu32 "–%" PRIu32, what, first, end - 1);
	else
		snprintf(buffer, size, "%s dim %" PRIu32, what, first);
}

/* "slice 5 of 128 · rows dim 0 × columns dims 1–3" */
static void draw_matrix(const struct picture_state *state, const struct tensor *tensor,
			struct canvas *canvas, int x, int y)
{
	char rows[48], columns[48], slice[NUMBER_SIZE], slices[NUMBER_SIZE], line[192] = "";
	struct matrix matrix;
	size_t n = 0;

	if (matrix_dims(tensor) < 2 || !matrix_of(tensor, &state->view, &matrix, NULL))
		return;
	put_dims(rows, sizeof rows, "rows", matrix.view.lead, matrix.view.split);
	put_dims(columns, sizeof columns, "columns", matrix.view.split, tensor->n_dims);
	if (matrix.view.lead > 0)
		n = (size_t)snprintf(line, sizeof line, "slice %s of %s · ",
				     number_count(slice, matrix.view.slice),
				     number_count(slices, matrix.slices));
	snprintf(line + n, sizeof line - n, "%s × %s", rows, columns);
	/* The slice, where there is no room for more. */
	if (x + (int)gate_width(GATE_UNICODE, text_from(line), sizeof line) > canvas->width)
		line[n ? n - strlen(" · ") : 0] = '\0';
	if (x + (int)gate_width(GATE_UNICODE, text_from(line), sizeof line) <= canvas->width)
		canvas_print_right(canvas, canvas->width, y, ROLE_DIM, "%s", line);
}

/* "map  [kernels]  PCA  singular values": brackets, as colour alone says nothing. */
static void draw_modes(const struct picture_state *state, const struct view_context *context,
		       struct canvas *canvas, int y)
{
	enum picture_mode shown = mode_shown(state, context);
	int x = 0;

	for (int i = PICTURE_MAP; i < N_MODES; i++) {
		if (i == PICTURE_FILTERS && !filters_apply(state, context))
			continue;
		x = canvas_print(canvas, x, y, i == (int)shown ? ROLE_ACCENT : ROLE_DIM,
				 i == (int)shown ? "[%s]" : " %s ", modes[i].title) + 1;
	}
	if (shown != PICTURE_FILTERS)
		draw_matrix(state, detail_tensor(context), canvas, x + 1, y);
}

static void draw_report(const struct picture_state *state, const struct view_context *context,
			const struct report *report, struct canvas *canvas)
{
	switch (report->request.kind) {
	case REPORT_PCA:
		pca_draw(state, context, &report->pca, canvas);
		break;
	case REPORT_SINGULAR_VALUES:
		svd_draw(state, context, &report->singular_values, canvas);
		break;
	default:
		if (mode_shown(state, context) == PICTURE_FILTERS)
			filters_draw(state, context, &report->picture, canvas);
		else
			map_draw(state, context, &report->picture, canvas);
	}
}

/* A refusal is a fact about the tensor, not a failure to read it. */
static void draw_absence(const struct view_context *context, const struct report *report,
			 struct canvas *canvas)
{
	if (report && report->state == REPORT_FAILED && report->error.code == ERROR_REFUSED)
		canvas_text(canvas, 0, 0, canvas->width, ROLE_WARNING,
			    text_from(report->error.message));
	else
		detail_state(context, report, canvas, 0);
}

static void draw_tensor(const struct picture_state *state, const struct view_context *context,
			struct canvas *canvas)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct report *report;
	struct canvas body;
	int y = head_rows(context);

	if (y > 0 || !has_numbers(tensor))
		y = detail_head(context, canvas, 0) + 1;
	if (!has_numbers(tensor)) {
		canvas_string(canvas, 0, y, ROLE_DIM,
			      tensor->present == 0 ? "no data to read" : "no numbers: no picture");
		return;
	}
	draw_modes(state, context, canvas, y);
	body = canvas_window(canvas, 0, y + MODE_ROWS, canvas->width,
			     canvas->height - y - MODE_ROWS);
	report = report_of(state, context);
	if (report && report->state == REPORT_DONE)
		draw_report(state, context, report, &body);
	else
		draw_absence(context, report, &body);
}

static void picture_draw(const struct view *view, const struct view_context *context,
			 struct canvas *canvas)
{
	if (detail_is_scope(context))
		tensor_list_draw_instead(&((const struct picture_state *)view->state)->list, context,
					 "a picture is of one tensor: Enter goes to it", canvas);
	else if (!detail_tensor(context))
		canvas_string(canvas, 0, 0, ROLE_DIM, "no tensors here");
	else
		draw_tensor(view->state, context, canvas);
}

/* --- Commands -------------------------------------------------------------------------------- */

static unsigned say(struct view_answer *answer, const char *message)
{
	snprintf(answer->message, sizeof answer->message, "%.200s", message);
	return EFFECT_MESSAGE;
}

static unsigned set_mode(struct picture_state *state, const struct view_context *context,
			 struct text name, struct view_answer *answer)
{
	const struct tensor *tensor = detail_tensor(context);
	int mode;

	if (name.len > 0) {
		for (mode = PICTURE_MAP; mode < N_MODES; mode++)
			if (text_is(name, modes[mode].name))
				break;
		if (mode == N_MODES)
			return say(answer, "pictures are map, kernels, pca or svd");
	} else {
		if (!tensor || detail_is_scope(context))
			return EFFECT_NONE;
		mode = (int)mode_shown(state, context) % (N_MODES - 1) + 1;
		if (mode == PICTURE_FILTERS && !filters_apply(state, context))
			mode++;
	}
	state->mode = (enum picture_mode)mode;
	return EFFECT_REDRAW;
}

/* Numbers separated by a comma; false when there are others or none. */
static bool parse_numbers(struct text argument, uint64_t numbers[2], unsigned wanted_numbers)
{
	unsigned n = 0;
	bool digit = false;

	numbers[0] = numbers[1] = 0;
	for (size_t i = 0; i < argument.len; i++) {
		char c = argument.data[i];

		if (c == ',' && digit && n + 1 < wanted_numbers) {
			n++;
			digit = false;
			continue;
		}
		if (c < '0' || c > '9' || __builtin_mul_overflow(numbers[n], 10, &numbers[n]) ||
		    __builtin_add_overflow(numbers[n], (uint64_t)(c - '0'), &numbers[n]))
			return false;
		digit = true;
	}
	return digit && n + 1 == wanted_numbers;
}

static unsigned set_view(struct picture_state *state, const struct tensor *tensor,
			 const struct matrix_view *view, struct view_answer *answer)
{
	struct error error = { .code = ERROR_NONE };
	struct matrix matrix;

	if (!matrix_of(tensor, view, &matrix, &error))
		return say(answer, error.message);
	state->view = *view;
	state->window = (struct matrix_window){ 0 };
	state->row = state->column = state->outlier = state->rank = 0;
	if (state->mode == PICTURE_AUTO || state->mode == PICTURE_FILTERS)
		state->mode = PICTURE_MAP;
	return EFFECT_REDRAW;
}

static unsigned flatten(struct picture_state *state, const struct tensor *tensor,
			struct text argument, struct view_answer *answer)
{
	struct matrix_view view = matrix_next(tensor, &state->view);
	uint64_t numbers[2];

	if (matrix_dims(tensor) < 2)
		return say(answer, "a vector is one row whatever is chosen");
	if (argument.len > 0) {
		if (!parse_numbers(argument, numbers, 2) || numbers[0] > UINT32_MAX ||
		    numbers[1] > UINT32_MAX)
			return say(answer, "LEAD,SPLIT: dimensions held, and the first of the columns");
		view = (struct matrix_view){ (uint32_t)numbers[0], (uint32_t)numbers[1], 0 };
	}
	return set_view(state, tensor, &view, answer);
}

static unsigned slice(struct picture_state *state, const struct tensor *tensor,
		      enum command command, struct text argument, struct view_answer *answer)
{
	struct matrix_view view = state->view;
	struct matrix matrix;
	uint64_t numbers[2];

	if (!matrix_of(tensor, &view, &matrix, NULL))
		return EFFECT_NONE;
	if (view.lead == 0)
		return say(answer, "one slice holds all; a holds dimensions still");
	if (command == COMMAND_SLICE_NEXT)
		view.slice = view.slice + 1 < matrix.slices ? view.slice + 1 : 0;
	else if (command == COMMAND_SLICE_PREVIOUS)
		view.slice = view.slice > 0 ? view.slice - 1 : matrix.slices - 1;
	else if (parse_numbers(argument, numbers, 1))
		view.slice = numbers[0];
	else
		return say(answer, "the slice's number is wanted");
	return set_view(state, tensor, &view, answer);
}

static bool part_command(struct picture_state *state, const struct view_context *context,
			 enum command command)
{
	const struct report *report = report_of(state, context);

	if (!report || report->state != REPORT_DONE)
		return false;
	switch (mode_shown(state, context)) {
	case PICTURE_FILTERS:
		return filters_command(state, context, command);
	case PICTURE_PCA:
		return pca_command(state, &report->pca, command);
	case PICTURE_SVD:
		return svd_command(state, &report->singular_values, command);
	case PICTURE_AUTO:
	case PICTURE_MAP:
		break;
	}
	return map_command(state, context, &report->picture, command);
}

static unsigned picture_command(struct view *view, const struct view_context *context,
				enum command command, struct text argument,
				struct view_answer *answer)
{
	struct picture_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);

	if (command == COMMAND_PICTURE)
		return set_mode(state, context, argument, answer);
	if (detail_is_scope(context))
		return tensor_list_command(&state->list, context, command,
					   context->height - TENSOR_LIST_HEAD, answer);
	if (!tensor || !has_numbers(tensor))
		return EFFECT_PASS;
	follow(state, context);
	switch (command) {
	case COMMAND_FLATTEN:
		return flatten(state, tensor, argument, answer);
	case COMMAND_SLICE:
	case COMMAND_SLICE_NEXT:
	case COMMAND_SLICE_PREVIOUS:
		return slice(state, tensor, command, argument, answer);
	case COMMAND_EXTREME:
		state->extreme = !state->extreme;
		return EFFECT_REDRAW;
	case COMMAND_SCALE:
		state->whole_scale = !state->whole_scale;
		return EFFECT_REDRAW;
	case COMMAND_PIXELS:
		state->pixels = !state->pixels;
		if (state->pixels && context->glyphs->level == GLYPHS_ASCII)
			return EFFECT_REDRAW | say(answer, "ascii has no halves of cells; u changes glyphs");
		return EFFECT_REDRAW;
	default:
		return part_command(state, context, command) ? EFFECT_REDRAW : EFFECT_PASS;
	}
}

static unsigned picture_click(struct view *view, const struct view_context *context, int x, int y,
			      int clicks, struct view_answer *answer)
{
	struct picture_state *state = view->state;

	(void)x;
	if (!detail_is_scope(context))
		return EFFECT_NONE;
	return tensor_list_click(&state->list, context, y - TENSOR_LIST_HEAD,
				 context->height - TENSOR_LIST_HEAD, clicks, answer);
}

static void picture_close(struct view *view)
{
	struct picture_state *state = view->state;

	tensor_list_free(&state->list);
}

bool picture_kind_named(struct text name)
{
	return text_is(name, modes[PICTURE_PCA].name) || text_is(name, modes[PICTURE_SVD].name);
}

const char *picture_view_kind(const struct view *view, const struct view_context *context,
			      struct picture_request *request)
{
	const struct picture_state *state = view->state;
	const struct tensor *tensor = detail_tensor(context);
	enum picture_mode mode = PICTURE_AUTO;

	*request = (struct picture_request){ .across = EXPORT_CELLS, .down = EXPORT_CELLS };
	if (tensor && !detail_is_scope(context) && has_numbers(tensor) &&
	    state->model == context->model && state->tensor == context->focus.tensor) {
		mode = mode_shown(state, context);
		*request = wanted(state, context).picture;
	}
	return mode == PICTURE_PCA || mode == PICTURE_SVD ? modes[mode].name : picture_view.name;
}

const struct view_ops picture_view = {
	.name = "picture",
	.title = "Picture",
	.scope = SCOPE_PICTURE,
	.state_size = sizeof(struct picture_state),
	.update = picture_update,
	.measure = picture_measure,
	.draw = picture_draw,
	.command = picture_command,
	.click = picture_click,
	.close = picture_close,
};
