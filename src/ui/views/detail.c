#include "ui/views/detail.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"

#define SQNR_GOOD 30.0 /* dB */
#define SQNR_FAIR 20.0

static const char *const kinds[] = {
	[TENSOR_INITIALIZER] = "initializer",
	[TENSOR_CONSTANT] = "constant",
	[TENSOR_SPARSE] = "sparse",
	[TENSOR_INDICES] = "indices",
};

const struct tensor *detail_tensor(const struct view_context *context)
{
	uint32_t tensor = context->focus.tensor;

	return tensor < context->model->n_tensors ? context->model->tensors + tensor : NULL;
}

bool detail_is_scope(const struct view_context *context)
{
	uint8_t kind;

	if (context->focus.row >= context->layers->n_rows)
		return false;
	kind = context->layers->rows[context->focus.row].kind;
	return kind == LAYER_MODEL || kind == LAYER_SCOPE || kind == LAYER_GRAPH;
}

enum role detail_sqnr_role(double decibel)
{
	if (isnan(decibel))
		return ROLE_DIM;
	return decibel >= SQNR_GOOD ? ROLE_GOOD : decibel >= SQNR_FAIR ? ROLE_FAIR : ROLE_BAD;
}

char *detail_shape(const struct tensor *tensor, char buffer[DETAIL_SHAPE])
{
	const size_t room = DETAIL_SHAPE - 32;
	size_t n = 1;

	strcpy(buffer, "[");
	for (uint32_t i = 0; i < tensor->n_dims; i++) {
		if (n > room) {
			n += (size_t)snprintf(buffer + n, DETAIL_SHAPE - n, ", ...");
			break;
		}
		n += (size_t)snprintf(buffer + n, DETAIL_SHAPE - n, "%s%" PRId64, i ? ", " : "",
				      tensor->dims[i]);
	}
	snprintf(buffer + n, DETAIL_SHAPE - n, "]");
	return buffer;
}

/* The row has more tensors than the one that is shown. */
static bool stands_for_others(const struct view_context *context)
{
	const struct layer *layer = &context->layers->rows[context->focus.row];

	return layer->kind != LAYER_TENSOR && layer->end - context->focus.row > 2;
}

static void draw_identity(const struct view_context *context, const struct tensor *tensor,
			  struct canvas *canvas, int y)
{
	char tail[DETAIL_SHAPE + 64], shape[DETAIL_SHAPE], label[64], number[16];
	const char *dtype = dtype_name(tensor->dtype);
	int x, room;

	if (tensor->dtype == DTYPE_UNKNOWN) {
		snprintf(number, sizeof number, "type %d", (int)tensor->dtype_number);
		dtype = number;
	}
	snprintf(tail, sizeof tail, "%s %s", dtype, detail_shape(tensor, shape));
	room = canvas->width - 3 - (int)strlen(tail);
	if (room < canvas->width / 3)
		room = canvas->width / 3;
	x = canvas_text(canvas, 0, y, room, ROLE_TITLE,
			model_tensor_label(context->model, context->focus.tensor, label));
	x = canvas_string(canvas, x + 3, y, ROLE_DTYPE, tail);
	if (x + 3 + (int)strlen(kinds[tensor->kind]) > canvas->width)
		return;
	x = canvas_string(canvas, x + 3, y, ROLE_DIM, kinds[tensor->kind]);
	if (stands_for_others(context) && x + (int)strlen(" · largest here") <= canvas->width + 1)
		canvas_string(canvas, x, y, ROLE_DIM, " · largest here");
}

/* " · used by NAME (Op) and 2 more" */
static void draw_use(const struct view_context *context, const struct tensor *tensor,
		     struct canvas *canvas, int x, int y)
{
	const struct model *model = context->model;
	const struct value *value;
	char label[64], buffer[256], count[NUMBER_SIZE];
	struct text op;
	uint32_t node;
	int room;

	if (tensor->value == NO_INDEX)
		return;
	value = model->values + tensor->value;
	if (value->n_consumers == 0) {
		canvas_string(canvas, x, y, ROLE_DIM,
			      value->flags & VALUE_OUTPUT ? " · an output" : " · not used");
		return;
	}
	node = model->consumers[value->first_consumer];
	op = model_op_label(model->nodes[node].op, buffer);
	x = canvas_string(canvas, x, y, ROLE_DIM, " · used by ");
	room = canvas->width - x - (op.len < 32 ? (int)op.len : 32) - 3;
	x = canvas_text(canvas, x, y, room > 8 ? room : 8, ROLE_NAME,
			model_node_label(model, node, label));
	x = canvas_string(canvas, x, y, ROLE_DIM, " (");
	x = canvas_text(canvas, x, y, canvas->width, ROLE_OP, op);
	x = canvas_string(canvas, x, y, ROLE_DIM, ")");
	if (value->n_consumers > 1)
		canvas_print(canvas, x, y, ROLE_DIM, " and %s more",
			     number_count(count, value->n_consumers - 1));
}

static void draw_extent(const struct view_context *context, const struct tensor *tensor,
			struct canvas *canvas, int y)
{
	char count[NUMBER_SIZE], bytes[NUMBER_SIZE];
	int x;

	x = canvas_string(canvas, 0, y, ROLE_NUMBER, number_count(count, tensor->count));
	x = canvas_string(canvas, x, y, ROLE_DIM, tensor->count == 1 ? " value" : " values");
	/* Statistics are about those. */
	if (tensor->kind == TENSOR_SPARSE)
		x = canvas_print(canvas, x, y, ROLE_DIM, ", %s of them stored",
				 number_count(count, tensor->present));
	x = canvas_string(canvas, x, y, ROLE_DIM, " · ");
	x = canvas_string(canvas, x, y, ROLE_NUMBER, number_bytes(bytes, tensor->nbytes));
	if (tensor->n_runs > 0)
		x = canvas_print(canvas, x, y, ROLE_DIM, " at 0x%" PRIx64, tensor_offset(tensor));
	if (tensor->file > 0 && tensor->file < context->model->n_files) {
		x = canvas_string(canvas, x, y, ROLE_DIM, " in ");
		x = canvas_text(canvas, x, y, 24, ROLE_NAME,
				context->model->files[tensor->file].location);
	} else if (tensor->storage != STORAGE_RAW) {
		x = canvas_print(canvas, x, y, ROLE_DIM, " (%s)", storage_name(tensor->storage));
	}
	draw_use(context, tensor, canvas, x, y);
}

static const struct notice *notice_of(const struct view_context *context)
{
	const struct model *model = context->model;

	for (size_t i = 0; i < model->n_notices; i++)
		if (model->notices[i].subject_kind == SUBJECT_TENSOR &&
		    model->notices[i].subject == context->focus.tensor)
			return model->notices + i;
	return NULL;
}

static bool is_partial(const struct tensor *tensor)
{
	return tensor->problem != TENSOR_OK && tensor->present < tensor->count;
}

int detail_head_rows(const struct view_context *context)
{
	const struct tensor *tensor = detail_tensor(context);

	return 2 + (notice_of(context) ? 1 : 0) + (is_partial(tensor) ? 1 : 0);
}

int detail_head(const struct view_context *context, struct canvas *canvas, int y)
{
	const struct tensor *tensor = detail_tensor(context);
	const struct notice *notice = notice_of(context);
	char present[NUMBER_SIZE], count[NUMBER_SIZE];

	draw_identity(context, tensor, canvas, y);
	draw_extent(context, tensor, canvas, y + 1);
	y += 2;
	if (notice) {
		int x = canvas_string(
			canvas, 0, y,
			notice->severity == SEVERITY_PROBLEM ? ROLE_BAD : ROLE_WARNING,
			notice->severity == SEVERITY_PROBLEM ? "problem: " : "note: ");
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NORMAL, notice->message);
		y++;
	}
	if (is_partial(tensor)) {
		canvas_print(canvas, 0, y, ROLE_WARNING, "of %s present of %s",
			     number_count(present, tensor->present),
			     number_count(count, tensor->count));
		y++;
	}
	return y;
}

static void draw_waiting(const struct view_context *context, struct canvas *canvas, int y)
{
	struct session_progress work = session_progress(context->session);
	char percent[NUMBER_SIZE];
	int x = canvas_string(canvas, 0, y, ROLE_DIM, "reading …");

	if (work.tasks > 0 && work.total > 0 && work.done > 0)
		canvas_print(canvas, x + 1, y, ROLE_DIM, "%s",
			     number_percent(percent, (double)work.done / (double)work.total));
}

void detail_state(const struct view_context *context, const struct report *report,
		  struct canvas *canvas, int y)
{
	int x;

	if (report && report->state == REPORT_STOPPED) {
		canvas_string(canvas, 0, y, ROLE_WARNING, "stopped; move or press r");
	} else if (report && report->state == REPORT_FAILED) {
		x = canvas_string(canvas, 0, y, ROLE_BAD, "cannot read: ");
		if (report->error.offset >= 0)
			x = canvas_print(canvas, x, y, ROLE_DIM, "byte 0x%" PRIx64 ": ",
					 report->error.offset);
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NORMAL,
			    text_from(report->error.message));
	} else {
		draw_waiting(context, canvas, y);
	}
}
