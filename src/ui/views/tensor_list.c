#include "ui/views/tensor_list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"

#define LIST_MAX 500

/* A heap with the smallest on top keeps the LIST_MAX largest of any number of tensors. */
static void heap_down(struct tensor_entry *heap, size_t n, size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
			if (heap[child].count < heap[least].count)
				least = child;
		if (least == i)
			return;
		struct tensor_entry swapped = heap[i];
		heap[i] = heap[least];
		heap[least] = swapped;
		i = least;
	}
}

static void list_add(struct tensor_list *list, const struct tensor_entry *entry)
{
	if (list->count < LIST_MAX) {
		list->items[list->count++] = *entry;
		if (list->count == LIST_MAX)
			for (size_t i = LIST_MAX / 2; i-- > 0;)
				heap_down(list->items, LIST_MAX, i);
	} else if (entry->count > list->items[0].count) {
		list->items[0] = *entry;
		heap_down(list->items, LIST_MAX, 0);
	}
}

static void list_sum(struct tensor_list *list, const struct tensor *tensor)
{
	list->tensors++;
	list->elements += tensor->count;
	list->bytes += tensor->nbytes;
	list->quant_tensors += quant_applies(tensor);
}

static void list_cost(struct tensor_list *list, const struct view_context *context)
{
	const struct layer *rows = context->layers->rows;

	list->dial = context->dial;
	list->bytes_after = 0;
	for (uint32_t i = list->row; i < rows[list->row].end; i++) {
		const struct tensor *tensor;

		if (rows[i].kind != LAYER_TENSOR)
			continue;
		tensor = context->model->tensors + rows[i].item;
		list->bytes_after += quant_applies(tensor) ?
					     quant_bytes_after(context->model, tensor, &list->dial) :
					     tensor->nbytes;
	}
}

static void list_build(struct tensor_list *list, const struct view_context *context)
{
	const struct layers *layers = context->layers;
	struct tensor_entry *items = list->items;
	unsigned rank_by = list->rank_by;
	bool reverse = list->reverse;
	uint32_t end;

	if (!items)
		items = calloc(LIST_MAX, sizeof *items);
	*list = (struct tensor_list){ .items = items, .rank_by = rank_by, .reverse = reverse };
	if (!items || context->focus.row >= layers->n_rows)
		return;
	list->model = context->model;
	list->row = context->focus.row;
	end = layers->rows[list->row].end;
	for (uint32_t i = list->row; i < end; i++) {
		if (layers->rows[i].kind != LAYER_TENSOR)
			continue;
		const struct tensor *tensor = context->model->tensors + layers->rows[i].item;
		struct tensor_entry entry = { .tensor = layers->rows[i].item,
					      .count = tensor->count,
					      .sqnr_db = NAN,
					      .key = NAN };
		list_sum(list, tensor);
		list_add(list, &entry);
	}
	list_cost(list, context);
}

/* What is known first, the worst error or the largest number on top; then what waits; then what has
 * none. Ties by size. */
static int entry_rank(const struct tensor_entry *entry)
{
	if (!isnan(entry->key))
		return 0;
	return entry->state == REPORT_WAITING ? 1 : 2;
}

static int entry_compare(const void *a, const void *b, void *context)
{
	const struct tensor_entry *x = a, *y = b;
	const struct tensor_list *list = context;
	int ranks = entry_rank(x) - entry_rank(y);
	bool ascending = (list->rank_by == 0) != list->reverse;

	if (ranks != 0)
		return ranks;
	if (entry_rank(x) == 0 && x->key != y->key)
		return (x->key < y->key) == ascending ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

void tensor_list_update(struct tensor_list *list, const struct view_context *context)
{
	uint32_t selected = NO_INDEX;

	if (list->model != context->model || list->row != context->focus.row)
		list_build(list, context);
	else if (list->items && !quant_scheme_same(&list->dial, &context->dial))
		list_cost(list, context);
	if (list->scroll.cursor < list->count && list->scroll.cursor > 0)
		selected = list->items[list->scroll.cursor].tensor;
	for (size_t i = 0; i < list->count; i++) {
		struct tensor_entry *entry = list->items + i;
		const struct summary *summary;

		if (dtype_is_numeric(context->model->tensors[entry->tensor].dtype))
			session_want_summary(context->session, context->focus.document,
					     entry->tensor, &context->dial);
		summary = session_summary(context->session, context->focus.document, entry->tensor,
					  &context->dial);
		entry->state = summary ? summary->state : REPORT_STOPPED;
		entry->sqnr_db = summary && summary->state == REPORT_DONE ? summary->sqnr_db : NAN;
		entry->key = entry->sqnr_db;
		if (list->rank_by > 0)
			entry->key = summary && summary->has_figures ?
					     summary->figures[list->rank_by - 1] : NAN;
	}
	if (list->count > 1)
		qsort_r(list->items, list->count, sizeof *list->items, entry_compare, list);
	/* a selected tensor stays selected while the ranking moves; the first row stays the first
	 */
	for (size_t i = 0; selected != NO_INDEX && i < list->count; i++)
		if (list->items[i].tensor == selected)
			list->scroll.cursor = i;
}

void tensor_list_free(struct tensor_list *list)
{
	free(list->items);
	*list = (struct tensor_list){ 0 };
}

int tensor_list_rows(const struct tensor_list *list)
{
	return 1 + (int)(list->count + list->tail) + (list->tensors > list->count ? 1 : 0);
}

const char *tensor_list_rank(const struct tensor_list *list, const struct view_context *context,
			     char buffer[TENSOR_LIST_RANK])
{
	if (list->rank_by > 0)
		return ranking_names[list->rank_by - 1];
	snprintf(buffer, TENSOR_LIST_RANK, "%s dB", scheme_traits[context->dial.id].name);
	return buffer;
}

const char *tensor_list_number(const struct tensor_list *list, double value,
			       char buffer[NUMBER_SIZE])
{
	enum ranking ranking = (enum ranking)(list->rank_by - 1);

	if (isnan(value))
		return strcpy(buffer, "–");
	if (ranking_is_share(ranking))
		return number_percent(buffer, value);
	if (ranking == RANKING_DISTINCT)
		return isinf(value) ? strcpy(buffer, ">65,536")
				    : number_count(buffer, (uint64_t)value);
	return number_value(buffer, value, 3);
}

unsigned tensor_list_sort(struct tensor_list *list, enum command command, struct text name,
			  struct view_answer *answer)
{
	unsigned by = (list->rank_by + 1) % (RANKING_COUNT + 1);

	if (command == COMMAND_SORT_REVERSE) {
		list->reverse = !list->reverse;
		return EFFECT_REDRAW;
	}
	if (text_is(name, "error"))
		by = 0;
	else if (name.len)
		by = 1 + ranking_named(name);
	if (by > RANKING_COUNT)
		return EFFECT_PASS;
	list->rank_by = by;
	list->reverse = false;
	snprintf(answer->message, sizeof answer->message, "ranked by %s",
		 by ? ranking_names[by - 1] : "error");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

/* Where the columns end on a canvas of some width; 0: not shown. */
struct list_columns {
	int name, dtype, shape, count, spark, error;
};

static struct list_columns list_columns(int width)
{
	struct list_columns columns = { .error = width };

	columns.spark = width >= 40 ? width - 9 : 0;
	columns.count = width >= 30 ? (columns.spark ? columns.spark - 10 : width - 9) : 0;
	columns.shape = width >= 84 ? columns.count - 8 : 0;
	columns.dtype = width >= 96 ? columns.shape - 19 : 0;
	columns.name = (columns.dtype	? columns.dtype - 7
			: columns.shape ? columns.shape - 19
			: columns.count ? columns.count - 8
					: width - 9);
	return columns;
}

static void draw_header(const struct tensor_list *list, const struct view_context *context,
			const struct list_columns *columns, struct canvas *canvas)
{
	char rank[TENSOR_LIST_RANK];

	canvas_string(canvas, 2, 0, ROLE_DIM, "tensor");
	if (columns->dtype)
		canvas_string(canvas, columns->dtype - 6, 0, ROLE_DIM, "dtype");
	if (columns->shape)
		canvas_string(canvas, columns->shape - 18, 0, ROLE_DIM, "shape");
	if (columns->count)
		canvas_print_right(canvas, columns->count, 0, ROLE_DIM, "values");
	if (columns->spark)
		canvas_string(canvas, columns->spark - 8, 0, ROLE_DIM, "spread");
	canvas_print_right(canvas, columns->error, 0, list->rank_by ? ROLE_ACCENT : ROLE_DIM, "%s",
			   tensor_list_rank(list, context, rank));
}

static void draw_entry(const struct tensor_list *list, const struct view_context *context,
		       const struct tensor_entry *entry, const struct list_columns *columns, struct canvas *canvas, int y)
{
	const struct tensor *tensor = context->model->tensors + entry->tensor;
	const struct summary *summary = session_summary(context->session, context->focus.document,
							entry->tensor, &context->dial);
	char label[64], shape[DETAIL_SHAPE], number[NUMBER_SIZE];

	canvas_text(canvas, 2, y, columns->name - 2, ROLE_NAME,
		    model_tensor_label(context->model, entry->tensor, label));
	if (columns->dtype)
		canvas_text(canvas, columns->dtype - 6, y, 6, ROLE_DTYPE,
			    text_from(dtype_name(tensor->dtype)));
	if (columns->shape)
		canvas_text(canvas, columns->shape - 18, y, 18, ROLE_DTYPE,
			    text_from(detail_shape(tensor, shape)));
	if (columns->count)
		canvas_print_right(canvas, columns->count, y, ROLE_NUMBER, "%s",
				   number_short(number, tensor->count));
	if (columns->spark && summary && summary->has_bins)
		plot_spark(canvas, columns->spark - 8, y, 8, summary->bins, SUMMARY_BINS,
			   ROLE_SPARK);
	if (!isnan(entry->key) && list->rank_by > 0)
		canvas_print_right(canvas, columns->error, y, ROLE_NUMBER, "%s",
				   tensor_list_number(list, (double)entry->key, number));
	else if (!isnan(entry->key))
		canvas_print_right(canvas, columns->error, y, detail_sqnr_role(entry->sqnr_db),
				   "%s", number_decibel(number, (double)entry->sqnr_db));
	else
		canvas_print_right(canvas, columns->error, y, ROLE_DIM, "%s",
				   entry->state == REPORT_WAITING ? "…" : "–");
}

void tensor_list_draw(const struct tensor_list *list, const struct view_context *context,
		      struct canvas *canvas)
{
	struct list_columns columns = list_columns(canvas->width);
	uint64_t top = context->whole ? 0 : list->scroll.top;
	char rest[NUMBER_SIZE];
	int y = 1;

	draw_header(list, context, &columns, canvas);
	for (uint64_t i = top; i < list->count + list->tail && y < canvas->height; i++, y++) {
		if (i < list->count)
			draw_entry(list, context, list->items + i, &columns, canvas, y);
		if (i == list->scroll.cursor && context->focused && !context->whole) {
			canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
			canvas_mark(canvas, 0, y, canvas->width, CELL_SELECTED | CELL_FOCUSED);
		}
	}
	if (list->tensors > list->count && y < canvas->height)
		canvas_print(canvas, 2, y, ROLE_DIM, "and %s smaller ones",
			     number_count(rest, list->tensors - list->count));
}

void tensor_list_draw_instead(const struct tensor_list *list, const struct view_context *context,
			      const char *why, struct canvas *canvas)
{
	struct canvas table;

	canvas_text(canvas, 0, 0, canvas->width, ROLE_TITLE,
		    context->layers->rows[context->focus.row].label);
	canvas_string(canvas, 0, 1, ROLE_DIM, list->tensors ? why : "no tensors here");
	if (list->tensors == 0)
		return;
	table = canvas_window(canvas, 0, TENSOR_LIST_HEAD, canvas->width,
			      canvas->height - TENSOR_LIST_HEAD);
	tensor_list_draw(list, context, &table);
}

static uint64_t page_of(int height)
{
	return height > 2 ? (uint64_t)height - 1 : 1;
}

static unsigned go_to_selected(const struct tensor_list *list, const struct view_context *context,
			       struct view_answer *answer)
{
	uint32_t tensor;

	if (list->scroll.cursor >= list->count)
		return EFFECT_NONE;
	tensor = list->items[list->scroll.cursor].tensor;
	if (context->layers->row_of_tensor[tensor] == NO_INDEX)
		return EFFECT_NONE;
	answer->focus = context->focus;
	answer->focus.row = context->layers->row_of_tensor[tensor];
	answer->focus.tensor = tensor;
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

unsigned tensor_list_command(struct tensor_list *list, const struct view_context *context,
			     enum command command, int height, struct view_answer *answer)
{
	if (command == COMMAND_ENTER)
		return go_to_selected(list, context, answer);
	if (scroll_command(&list->scroll, command, list->count + list->tail, page_of(height), true))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

unsigned tensor_list_click(struct tensor_list *list, const struct view_context *context, int y,
			   int height, int clicks, struct view_answer *answer)
{
	if (y < 1 || y >= height || list->scroll.top + (uint64_t)y - 1 >= list->count + list->tail)
		return EFFECT_NONE;
	list->scroll.cursor = list->scroll.top + (uint64_t)y - 1;
	return clicks > 1 ? go_to_selected(list, context, answer) : EFFECT_REDRAW;
}
