/*
 * From the top: what it is and how much; the numbers of all its weights as one, exact or for the
 * moment of a sample; their histogram, where the window has room for it; a table that scrolls, of
 * the tensors, ranked, and then of the parts by dtype and by operator.
 */
#include "ui/views/weights_scope.h"

#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"
#include "ui/views/detail.h"
#include "ui/views/statistics_figures.h"

#define HEAD_ROWS     2	 /* title and sums */
#define TABLE_ROWS    4	 /* that the histogram leaves to the table */
#define HISTOGRAM_MIN 5
#define HISTOGRAM_MAX 12
#define PARTS_MAX     8	 /* of a kind in the table: those with most elements */

static struct request scope_request(const struct view_context *context, enum report_kind kind)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = NO_INDEX,
				 .row = context->focus.row,
				 .kind = kind };
}

static const struct report *done_report(const struct view_context *context, enum report_kind kind)
{
	struct request request = scope_request(context, kind);
	const struct report *report = session_report(context->session, &request);

	return report && report->state == REPORT_DONE ? report : NULL;
}

/* Exact, else of the sample, else NULL. */
static const struct statistics *statistics_of(const struct view_context *context,
					      enum dtype *dtype, bool *exact)
{
	const struct report *report = done_report(context, REPORT_SCOPE);

	*exact = report != NULL;
	*dtype = report ? (enum dtype)report->scope.group.dtype : DTYPE_UNKNOWN;
	if (report)
		return &report->scope.statistics;
	report = done_report(context, REPORT_SAMPLE);
	return report ? &report->statistics : NULL;
}

static size_t shown_parts(const struct scope_parts *parts)
{
	return parts->n < PARTS_MAX ? parts->n : PARTS_MAX;
}

static size_t tail_of(const struct view_context *context)
{
	const struct report *report = done_report(context, REPORT_SCOPE);

	return report ? shown_parts(&report->scope.dtypes) + shown_parts(&report->scope.ops) : 0;
}

static const struct scope_part *part_at(const struct scope_statistics *scope, size_t i)
{
	size_t dtypes = shown_parts(&scope->dtypes);

	return i < dtypes ? &scope->dtypes.items[i] : &scope->ops.items[i - dtypes];
}

void weights_scope_update(struct tensor_list *list, const struct view_context *context)
{
	struct request request = scope_request(context, REPORT_SAMPLE);
	const struct layer *layer = &context->layers->rows[context->focus.row];

	if (layer->parameters >= SAMPLE_WORTH && !done_report(context, REPORT_SCOPE))
		session_want(context->session, &request);
	request.kind = REPORT_SCOPE;
	session_want(context->session, &request);
	tensor_list_update(list, context);
	list->tail = tail_of(context);
}

/* --- How much room --------------------------------------------------------------------------- */

/* Rows of figures with the lines around them; 0 without. */
static int figure_rows(const struct view_context *context, int width)
{
	enum dtype dtype;
	bool exact;
	const struct statistics *s = statistics_of(context, &dtype, &exact);

	return s ? statistics_figures_rows(s, dtype, width) + 1 : 1;
}

static int histogram_rows(const struct view_context *context, int width, int height)
{
	enum dtype dtype;
	bool exact;
	const struct statistics *s = statistics_of(context, &dtype, &exact);
	int left = height - HEAD_ROWS - figure_rows(context, width) - TABLE_ROWS - 2;

	if (!s || !statistics_figures_has_histogram(s, dtype))
		return 0;
	if (context->whole)
		return HISTOGRAM_MAX;
	if (left < HISTOGRAM_MIN)
		return 0;
	return left / 2 < HISTOGRAM_MIN ? HISTOGRAM_MIN :
	       left / 2 > HISTOGRAM_MAX ? HISTOGRAM_MAX : left / 2;
}

/* Where the table begins. */
static int table_top(const struct view_context *context, int width, int height)
{
	int histogram = histogram_rows(context, width, height);

	return HEAD_ROWS + figure_rows(context, width) + 1 + histogram + (histogram > 0);
}

int weights_scope_rows(const struct tensor_list *list, const struct view_context *context,
		       int width)
{
	return table_top(context, width, context->height) + tensor_list_rows(list);
}

/* --- Drawing --------------------------------------------------------------------------------- */

static void draw_sums(const struct tensor_list *list, const struct view_context *context,
		      struct canvas *canvas)
{
	char tensors[NUMBER_SIZE], values[NUMBER_SIZE], bytes[NUMBER_SIZE], rank[TENSOR_LIST_RANK];
	const struct report *report = done_report(context, REPORT_SCOPE);
	int x = canvas_print(canvas, 0, 1, ROLE_DIM, "%s %s · %s values · %s",
			     number_count(tensors, list->tensors),
			     list->tensors == 1 ? "tensor" : "tensors",
			     number_count(values, list->elements),
			     number_bytes(bytes, list->bytes));

	if (report && report->scope.failed > 0)
		canvas_print(canvas, x, 1, ROLE_BAD, " · %s cannot be read",
			     number_count(tensors, report->scope.failed));
	else if (report && report->scope.group.tensors < list->tensors)
		canvas_print(canvas, x, 1, ROLE_DIM, " · numbers of %s weights",
			     number_count(tensors, report->scope.group.tensors));
	else
		canvas_print(canvas, x, 1, ROLE_DIM, " · ranked by %s",
			     tensor_list_rank(list, context, rank));
}

/* "min in conv1.weight at 12 · max in fc.bias at 3" */
static void draw_places(const struct view_context *context, const struct group *group,
			struct canvas *canvas, int y)
{
	const struct {
		const char *label;
		uint32_t tensor;
		uint64_t index;
	} places[] = { { "min in ", group->min_tensor, group->argmin },
		       { "max in ", group->max_tensor, group->argmax },
		       { "NaN in ", group->nan_tensor, group->first_nan },
		       { "Inf in ", group->inf_tensor, group->first_inf } };
	char label[64], number[NUMBER_SIZE];
	int x = 0;

	for (size_t i = 0; i < sizeof places / sizeof *places && x < canvas->width; i++) {
		if (places[i].tensor == NO_INDEX)
			continue;
		x = canvas_print(canvas, x, y, ROLE_DIM, "%s%s", x ? " · " : "", places[i].label);
		x = canvas_text(canvas, x, y, canvas->width / 3, ROLE_NAME,
				model_tensor_label(context->model, places[i].tensor, label));
		x = canvas_print(canvas, x, y, ROLE_DIM, " at %s",
				 number_count(number, places[i].index));
	}
}

/* "≈ a sample of 131,072 values · reading ... 34 %" */
static int draw_numbers(const struct view_context *context, struct canvas *canvas, int y)
{
	struct request request = scope_request(context, REPORT_SCOPE);
	const struct report *report = session_report(context->session, &request);
	enum dtype dtype;
	bool exact;
	const struct statistics *s = statistics_of(context, &dtype, &exact);
	struct canvas state;
	char count[NUMBER_SIZE];
	int x = 0;

	if (!exact && s)
		x = canvas_print(canvas, 0, y, ROLE_WARNING, "≈ a sample of %s values · ",
				 number_count(count, s->count));
	if (!exact) {
		state = canvas_window(canvas, x, y, canvas->width - x, 1);
		detail_state(context, report, &state, 0);
		y++;
	}
	y = s ? statistics_figures_draw(s, dtype, canvas, y) : y;
	if (exact)
		draw_places(context, &report->scope.group, canvas, y++);
	return y;
}

/* "f32   3 tensors · mean 0.0021 std 0.13 · 1.2M" */
static void draw_part(const struct tensor_list *list, const struct scope_part *part, bool is_op,
		      struct canvas *canvas, int y)
{
	const struct group *group = &part->group;
	char buffer[256], number[NUMBER_SIZE], tensors[NUMBER_SIZE];
	struct statistics s;
	int x = 2, end = canvas->width - 9;

	group_describe(group, &s);
	x = canvas_string(canvas, x, y, ROLE_DIM, is_op ? "op " : "dtype ");
	if (is_op && part->op)
		x = canvas_text(canvas, x, y, 24, ROLE_OP, model_op_label(part->op, buffer));
	else
		x = canvas_string(canvas, x, y, is_op ? ROLE_DIM : ROLE_DTYPE,
				  is_op ? "none" : dtype_name(part->dtype));
	snprintf(buffer, sizeof buffer, " · %s %s · %s values",
		 number_count(tensors, group->tensors), group->tensors == 1 ? "tensor" : "tensors",
		 number_short(number, group->count));
	if (x + (int)sizeof " · 1,000 tensors · 100M values" < end)
		x = canvas_string(canvas, x, y, ROLE_DIM, buffer);
	const struct {
		const char *label;
		double value;
	} more[] = { { "min", s.min }, { "max", s.max }, { "mean", s.mean }, { "std", s.std } };
	for (size_t i = 0; i < 4 && x + 4 + 14 < end; i++) {
		x = canvas_print(canvas, x, y, ROLE_DIM, "%s%s ", i ? "  " : " · ", more[i].label);
		x = canvas_string(canvas, x, y, ROLE_NUMBER,
				  isnan(more[i].value) ? "–" :
							 number_value(number, more[i].value, 3));
	}
	if (list->rank_by > 0)
		canvas_print_right(canvas, canvas->width, y, ROLE_NUMBER, "%s",
				   tensor_list_number(list,
						      ranking_value(&s, (enum ranking)(list->rank_by - 1)),
						      number));
}

static void draw_parts(const struct tensor_list *list, const struct view_context *context,
		       struct canvas *table)
{
	const struct report *report = done_report(context, REPORT_SCOPE);
	uint64_t top = context->whole ? 0 : list->scroll.top;
	size_t first = top > list->count ? (size_t)(top - list->count) : 0;

	for (size_t i = first; report && i < list->tail; i++) {
		uint64_t y = 1 + (list->count + i - top);

		if (y >= (uint64_t)table->height)
			return;
		draw_part(list, part_at(&report->scope, i),
			  i >= shown_parts(&report->scope.dtypes), table, (int)y);
	}
}

void weights_scope_draw(const struct tensor_list *list, const struct view_context *context,
			bool log_counts, struct canvas *canvas)
{
	int top = table_top(context, canvas->width, canvas->height);
	int histogram = histogram_rows(context, canvas->width, canvas->height), y;
	struct canvas window;
	enum dtype dtype;
	bool exact;
	const struct statistics *s = statistics_of(context, &dtype, &exact);
	char label[64];

	canvas_text(canvas, 0, 0, canvas->width, ROLE_TITLE,
		    layer_label(context->layers, context->focus.row, label));
	if (list->tensors == 0) {
		canvas_string(canvas, 0, 1, ROLE_DIM, "no tensors here");
		return;
	}
	draw_sums(list, context, canvas);
	y = draw_numbers(context, canvas, HEAD_ROWS);
	if (histogram > 0) {
		window = canvas_window(canvas, 0, y + 1, canvas->width, histogram);
		statistics_figures_histogram(s, dtype, log_counts, exact ? "exact" : "≈ sample",
					     &window, 0);
	}
	window = canvas_window(canvas, 0, top, canvas->width, canvas->height - top);
	draw_parts(list, context, &window);
	tensor_list_draw(list, context, &window);
}

/* --- Commands -------------------------------------------------------------------------------- */

static int table_height(const struct view_context *context)
{
	return context->height - table_top(context, context->width, context->height);
}

unsigned weights_scope_command(struct tensor_list *list, const struct view_context *context,
			       enum command command, struct text argument,
			       struct view_answer *answer)
{
	if (command == COMMAND_SORT || command == COMMAND_SORT_REVERSE)
		return tensor_list_sort(list, command, argument, answer);
	return tensor_list_command(list, context, command, table_height(context), answer);
}

unsigned weights_scope_click(struct tensor_list *list, const struct view_context *context, int y,
			     int clicks, struct view_answer *answer)
{
	return tensor_list_click(list, context,
				 y - table_top(context, context->width, context->height),
				 table_height(context), clicks, answer);
}
