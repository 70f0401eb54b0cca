#include "ui/views/quant_xray.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"

#define HEAD	4  /* rows above the table */
#define WANTS	64 /* weights that are asked for at a time */
#define USAGE	10 /* rows of the histogram of codes */
#define FIGURES 9  /* rows of one weight's figures */

void quant_xray_free(struct quant_xray *page)
{
	free(page->order);
	*page = (struct quant_xray){ 0 };
}

static struct request request_of(const struct view_context *context,
				 const struct xray_table *table, uint32_t weight)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = table->found.weights[weight].codes,
				 .kind = REPORT_XRAY, .xray = table, .weight = weight };
}

static const struct report *report_of(const struct view_context *context,
				      const struct xray_table *table, uint32_t weight)
{
	struct request request = request_of(context, table, weight);

	return session_report(context->session, &request);
}

static const struct xray_result *result_of(const struct view_context *context,
					   const struct xray_table *table, uint32_t weight)
{
	const struct report *report = report_of(context, table, weight);

	return report && report->state == REPORT_DONE ? &report->xray : NULL;
}

/* The weight whose codes are selected, or NO_INDEX. */
static uint32_t selected(const struct view_context *context, const struct xray_table *table)
{
	if (!table || detail_is_scope(context) || context->focus.tensor == NO_INDEX)
		return NO_INDEX;
	for (size_t i = 0; i < table->found.n_weights; i++)
		if (table->found.weights[i].codes == context->focus.tensor)
			return (uint32_t)i;
	return NO_INDEX;
}

bool quant_xray_has(const struct view_context *context)
{
	return selected(context, session_xray_known(context->session, context->focus.document)) !=
	       NO_INDEX;
}

/* --- Ranking --------------------------------------------------------------------------------- */

struct ranked {
	const struct view_context *context;
	const struct xray_table *table;
};

/* Small is bad: decibels where there is an original, else what is not at the ends. */
static double key_of(const struct ranked *ranked, uint32_t weight)
{
	const struct xray_result *result = result_of(ranked->context, ranked->table, weight);

	if (!result)
		return INFINITY;
	if (ranked->table->pairs)
		return result->compared ? result->loss.sqnr_db : 1e6;
	return -(result->report.low_share + result->report.high_share);
}

static int compare_weights(const void *a, const void *b, void *context)
{
	const uint32_t *x = a, *y = b;
	double left = key_of(context, *x), right = key_of(context, *y);

	if (left != right)
		return left < right ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static bool is_below(const struct view_context *context, uint32_t tensor)
{
	uint32_t row = context->layers->row_of_tensor[tensor], focus = context->focus.row;

	return row == NO_INDEX ? focus == 0
			       : row >= focus && row < context->layers->rows[focus].end;
}

static bool list_weights(struct quant_xray *page, const struct view_context *context)
{
	const struct xray_table *table = page->table;

	if (page->capacity < table->found.n_weights) {
		uint32_t *order = realloc(page->order, table->found.n_weights * sizeof *order);

		if (!order)
			return false;
		page->order = order;
		page->capacity = table->found.n_weights;
	}
	page->n = 0;
	for (uint32_t i = 0; i < table->found.n_weights; i++)
		if (is_below(context, table->found.weights[i].codes))
			page->order[page->n++] = i;
	return true;
}

void quant_xray_update(struct quant_xray *page, const struct view_context *context)
{
	struct ranked ranked = { context, session_xray(context->session, context->focus.document) };
	uint32_t one = selected(context, ranked.table);
	unsigned wanted = 0;
	uint32_t chosen = NO_INDEX;

	/* A selected weight stays selected while the ranking moves; the first stays the first. */
	if (page->table == ranked.table && page->scroll.cursor > 0 && page->scroll.cursor < page->n)
		chosen = page->order[page->scroll.cursor];
	page->failed = !ranked.table;
	page->table = ranked.table;
	page->n = page->n_done = 0;
	if (page->failed || !list_weights(page, context)) {
		page->failed = true;
		return;
	}
	if (one != NO_INDEX) {
		page->n = 1;
		page->order[0] = one;
	}
	for (size_t i = 0; i < page->n; i++) {
		struct request request = request_of(context, page->table, page->order[i]);
		const struct report *report = session_report(context->session, &request);
		bool done = report && (report->state == REPORT_DONE || report->state == REPORT_FAILED);

		page->n_done += done;
		if (done || wanted++ < WANTS)
			session_want(context->session, &request);
	}
	if (page->n > 1)
		qsort_r(page->order, page->n, sizeof *page->order, compare_weights, &ranked);
	for (size_t i = 0; chosen != NO_INDEX && i < page->n; i++)
		if (page->order[i] == chosen)
			page->scroll.cursor = i;
}

/* --- The list -------------------------------------------------------------------------------- */

static int put_count(struct canvas *canvas, int x, int y, uint64_t count, const char *what)
{
	char number[NUMBER_SIZE];

	if (count == 0)
		return x;
	return canvas_print(canvas, x, y, ROLE_DIM, " · %s %s", number_count(number, count), what);
}

static void draw_head(const struct quant_xray *page, struct canvas *canvas)
{
	const struct xray *found = &page->table->found;
	char number[NUMBER_SIZE], rest[NUMBER_SIZE];
	int x = canvas_string(canvas, 0, 0, ROLE_TITLE, "X-ray");

	x = canvas_print(canvas, x, 0, ROLE_DIM, " of what is quantized already · %s weights",
			 number_count(number, found->n_weights));
	if (page->n_done < page->n)
		canvas_print(canvas, x, 0, ROLE_NORMAL, " · %s read …",
			     number_count(number, page->n_done));
	x = canvas_print(canvas, 0, 1, ROLE_DIM, "%s quantize, %s dequantize nodes",
			 number_count(number, found->n_quantize),
			 number_count(rest, found->n_dequantize));
	x = put_count(canvas, x, 1, found->n_dynamic, "dynamic");
	x = put_count(canvas, x, 1, found->n_qlinear, "QLinear");
	x = put_count(canvas, x, 1, found->n_integer, "integer");
	x = put_count(canvas, x, 1, found->n_packed, "MatMulNBits");
	put_count(canvas, x, 1, found->n_annotated, "annotated");
	if (page->table->pairs)
		canvas_print(canvas, 0, 2, ROLE_NORMAL,
			     "against the original: %s matched, %s unmatched · largest error first",
			     number_count(number, page->table->n_matched),
			     number_count(rest, found->n_weights - page->table->n_matched));
	else
		canvas_string(canvas, 0, 2, ROLE_DIM,
			      "most codes at the ends first · --against=FILE tells the true error");
}

/* Where columns end; 0: not shown. */
struct xray_columns {
	int name, scheme, levels, ends, scales, zeros, error;
};

static struct xray_columns columns_of(int width, bool compared)
{
	struct xray_columns columns = { .error = compared ? width : 0 };
	int end = width - (compared ? 8 : 0);

	if (width >= 92) {
		columns.zeros = end;
		end -= 8;
	}
	if (width >= 76) {
		columns.scales = end;
		end -= 9;
	}
	columns.ends = end;
	end -= 9;
	if (width >= 52) {
		columns.levels = end;
		end -= 9;
	}
	columns.scheme = width >= 60 ? end - 21 : end - 13;
	columns.name = columns.scheme - 1;
	return columns;
}

static const char *scheme_words(const struct xray_weight *weight, const struct xray_result *result,
				char text[QUANT_SCHEME_TEXT])
{
	if (result && result->report.scheme.id != SCHEME_NONE)
		return quant_scheme_print(text, &result->report.scheme);
	snprintf(text, QUANT_SCHEME_TEXT, "%u bits", weight->bits);
	return text;
}

static void draw_numbers(const struct xray_result *result, const struct xray_columns *columns,
			 struct canvas *canvas, int y)
{
	const struct xray_report *report = &result->report;
	char number[NUMBER_SIZE];

	if (columns->levels && report->levels)
		canvas_print_right(canvas, columns->levels, y, ROLE_NUMBER, "%u/%u",
				   report->levels_used, report->levels);
	if (report->levels)
		canvas_print_right(canvas, columns->ends, y, ROLE_NUMBER, "%s",
				   number_percent(number, report->low_share + report->high_share));
	if (columns->scales && report->n_scales > report->bad_scales)
		canvas_print_right(canvas, columns->scales, y, ROLE_NUMBER, "%s×",
				   number_value(number, report->scale_max / report->scale_min, 3));
	if (columns->zeros)
		canvas_print_right(canvas, columns->zeros, y, ROLE_NUMBER, "%s",
				   number_short(number, report->off_centre));
	if (columns->error && result->compared)
		canvas_print_right(canvas, columns->error, y,
				   detail_sqnr_role(result->loss.sqnr_db), "%s",
				   number_decibel(number, result->loss.sqnr_db));
	else if (columns->error)
		canvas_string(canvas, columns->error - 1, y, ROLE_DIM, "–");
}

static void draw_row(const struct quant_xray *page, const struct view_context *context, size_t at,
		     struct canvas *canvas, int y)
{
	uint32_t index = page->order[at];
	const struct xray_weight *weight = &page->table->found.weights[index];
	const struct report *report = report_of(context, page->table, index);
	const struct xray_result *result = result_of(context, page->table, index);
	struct xray_columns columns = columns_of(canvas->width, page->table->pairs);
	char label[64], text[QUANT_SCHEME_TEXT];
	int end = columns.levels ? columns.levels - 8 : columns.ends - 8;

	canvas_text(canvas, 2, y, columns.name - 2, ROLE_NAME,
		    model_tensor_label(context->model, weight->codes, label));
	canvas_text(canvas, columns.scheme, y, end - columns.scheme, ROLE_NORMAL,
		    text_from(scheme_words(weight, result, text)));
	if (result)
		draw_numbers(result, &columns, canvas, y);
	else
		canvas_print_right(canvas, columns.ends, y, ROLE_DIM, "%s",
				   report && report->state == REPORT_FAILED  ? "failed"
				   : report && report->state == REPORT_STOPPED ? "stopped"
									       : "…");
	if (at == page->scroll.cursor && context->focused && !context->whole) {
		canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width, CELL_SELECTED | CELL_FOCUSED);
	}
}

static void draw_titles(const struct quant_xray *page, struct canvas *canvas, int y)
{
	struct xray_columns columns = columns_of(canvas->width, page->table->pairs);

	canvas_string(canvas, 2, y, ROLE_DIM, "tensor");
	canvas_string(canvas, columns.scheme, y, ROLE_DIM, "scheme");
	if (columns.levels)
		canvas_print_right(canvas, columns.levels, y, ROLE_DIM, "levels");
	canvas_print_right(canvas, columns.ends, y, ROLE_DIM, "at ends");
	if (columns.scales)
		canvas_print_right(canvas, columns.scales, y, ROLE_DIM, "scales");
	if (columns.zeros)
		canvas_print_right(canvas, columns.zeros, y, ROLE_DIM, "off 0");
	if (columns.error)
		canvas_print_right(canvas, columns.error, y, ROLE_DIM, "dB");
}

static void draw_list(const struct quant_xray *page, const struct view_context *context,
		      struct canvas *canvas)
{
	int y = HEAD;

	draw_head(page, canvas);
	if (page->n == 0) {
		canvas_string(canvas, 0, HEAD, ROLE_DIM, "no quantized weights here");
		return;
	}
	draw_titles(page, canvas, HEAD - 1);
	for (size_t at = context->whole ? 0 : page->scroll.top; at < page->n; at++, y++) {
		if (y >= canvas->height)
			break;
		draw_row(page, context, at, canvas, y);
	}
}

/* --- One weight ------------------------------------------------------------------------------ */

static int put_figure(struct canvas *canvas, int y, const char *label, const char *value)
{
	canvas_string(canvas, 0, y, ROLE_DIM, label);
	canvas_string(canvas, 16, y, ROLE_NUMBER, value);
	return y + 1;
}

/* Each cell the largest scale of its stretch, from the smallest to the largest on a log axis. */
static void draw_strip(const struct xray_report *report, struct canvas *canvas, int y)
{
	uint8_t shares[XRAY_STRIP];
	double low = log(report->scale_min), span = log(report->scale_max) - low;

	for (uint32_t i = 0; i < report->n_strip; i++) {
		double scale = (double)report->scale_strip[i];
		double share = scale > 0 && span > 0 ? (log(scale) - low) / span : scale > 0;

		shares[i] = (uint8_t)(32 + 223 * fmin(fmax(share, 0), 1));
	}
	canvas_string(canvas, 0, y, ROLE_DIM, "scales in order");
	plot_spark(canvas, 16, y,
		   (int)report->n_strip < canvas->width - 16 ? (int)report->n_strip
							     : canvas->width - 16,
		   shares, report->n_strip, ROLE_SPARK);
}

static int draw_figures(const struct xray_report *report, struct canvas *canvas, int y)
{
	char words[160], a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], d[NUMBER_SIZE];

	snprintf(words, sizeof words, report->levels ? "%u of %u" : "–", report->levels_used,
		 report->levels);
	y = put_figure(canvas, y, "levels used", words);
	snprintf(words, sizeof words, "%s lowest, %s highest level",
		 number_percent(a, report->low_share), number_percent(b, report->high_share));
	y = put_figure(canvas, y, "at the ends", report->levels ? words : "–");
	snprintf(words, sizeof words, "%s · %s to %s, median %s",
		 number_count(a, report->n_scales), number_value(b, report->scale_min, 3),
		 number_value(c, report->scale_max, 3), number_value(d, report->scale_median, 3));
	y = put_figure(canvas, y, "scales", report->n_scales ? words : "–");
	if (report->bad_scales > 0)
		canvas_print(canvas, 17 + (int)text_from(words).len, y - 1, ROLE_WARNING,
			     "%s bad", number_count(a, report->bad_scales));
	if (report->n_scales > report->bad_scales && report->n_strip > 1)
		draw_strip(report, canvas, y++);
	snprintf(words, sizeof words, "%s · %lld to %lld · %s off centre",
		 number_count(a, report->n_zeros), (long long)report->zero_min,
		 (long long)report->zero_max, number_count(b, report->off_centre));
	y = put_figure(canvas, y, "zero points", report->n_zeros ? words : "none");
	snprintf(words, sizeof words, "%s to %s", number_value(a, report->min, 4),
		 number_value(b, report->max, 4));
	y = put_figure(canvas, y, "restored", words);
	snprintf(words, sizeof words, "mean %s · std %s · %s zeros",
		 number_value(a, report->mean, 3), number_value(b, report->std, 4),
		 number_count(c, report->zero_values));
	return put_figure(canvas, y, "", words);
}

static int draw_loss(const struct quant_xray *page, uint32_t index,
		     const struct xray_result *result, struct canvas *canvas, int y)
{
	const struct xray_table *table = page->table;
	const struct xray_pair *pair = table->pairs ? &table->pairs[index] : NULL;
	char label[64], a[NUMBER_SIZE], b[NUMBER_SIZE];
	int x;

	if (!pair)
		return y;
	canvas_string(canvas, 0, y, ROLE_DIM, "original");
	if (!result->compared) {
		canvas_string(canvas, 16, y, ROLE_WARNING, "no tensor of it goes with this one");
		return y + 1;
	}
	x = canvas_text(canvas, 16, y, canvas->width - 32, ROLE_NAME,
			model_tensor_label(table->original, pair->tensor, label));
	canvas_print(canvas, x, y, ROLE_DIM, ", by %s%s",
		     pair->match == XRAY_BY_NAME ? "name" : "place",
		     pair->transposed ? ", transposed" : "");
	canvas_string(canvas, 0, y + 1, ROLE_DIM, "true error");
	x = canvas_print(canvas, 16, y + 1, detail_sqnr_role(result->loss.sqnr_db), "%s dB",
			 number_decibel(a, result->loss.sqnr_db));
	canvas_print(canvas, x, y + 1, ROLE_NUMBER, " · RMSE %s · max |e| %s",
		     number_value(a, result->loss.rmse, 4), number_value(b, result->loss.max_abs, 4));
	return y + 2;
}

/* A bin for each level, or of 256 where there are more. */
static void draw_usage(const struct xray_report *report, struct canvas *canvas, int y)
{
	uint32_t n = report->levels < HISTOGRAM_BINS ? report->levels : HISTOGRAM_BINS;
	uint64_t bins[HISTOGRAM_BINS];
	struct canvas window = canvas_window(canvas, 0, y, canvas->width, canvas->height - y);

	if (n == 0 || y >= canvas->height)
		return;
	for (uint32_t i = 0; i < n; i++)
		bins[i] = report->histogram[(uint64_t)i * HISTOGRAM_BINS / n];
	plot_histogram(&window, &(struct plot_histogram){
					.bins = bins, .n_bins = n, .low = report->lowest,
					.high = report->lowest + (double)report->levels - 1,
					.integers = n == report->levels,
					.caption = "how often each code occurs" });
}

static void draw_one(const struct quant_xray *page, const struct view_context *context,
		     struct canvas *canvas)
{
	uint32_t index = page->order[0];
	const struct xray_weight *weight = &page->table->found.weights[index];
	const struct report *report = report_of(context, page->table, index);
	const struct xray_result *result = result_of(context, page->table, index);
	char text[QUANT_SCHEME_TEXT], label[64];
	int y = detail_head(context, canvas, context->whole ? 0 : -(int)page->scroll.top) + 1, x;

	x = canvas_print(canvas, 0, y, ROLE_ACCENT, "%s", scheme_words(weight, result, text));
	x = canvas_print(canvas, x, y++, ROLE_DIM, " · %s in ", xray_form_words(weight->form));
	canvas_text(canvas, x, y - 1, canvas->width - x, ROLE_NAME,
		    model_node_label(context->model, weight->node, label));
	if (!result) {
		detail_state(context, report, canvas, y);
		return;
	}
	y = draw_loss(page, index, result, canvas, y);
	y = draw_figures(&result->report, canvas, y) + 1;
	draw_usage(&result->report, canvas, y);
}

/* --- Page ------------------------------------------------------------------------------------ */

static bool is_one(const struct quant_xray *page, const struct view_context *context)
{
	return page->table && page->n == 1 && selected(context, page->table) == page->order[0];
}

static int one_rows(const struct view_context *context)
{
	return detail_head_rows(context) + 1 + FIGURES + 3 + USAGE;
}

int quant_xray_rows(const struct quant_xray *page, const struct view_context *context)
{
	if (is_one(page, context))
		return one_rows(context);
	return HEAD + (page->n < INT32_MAX / 2 ? (int)page->n : INT32_MAX / 2) + (page->n == 0);
}

void quant_xray_draw(const struct quant_xray *page, const struct view_context *context,
		     struct canvas *canvas)
{
	if (page->failed || page->table != session_xray_known(context->session,
							      context->focus.document))
		canvas_string(canvas, 0, 0, ROLE_BAD, page->failed ? "out of memory" : "no x-ray");
	else if (is_one(page, context))
		draw_one(page, context, canvas);
	else
		draw_list(page, context, canvas);
}

static unsigned go(const struct quant_xray *page, const struct view_context *context,
		   struct view_answer *answer)
{
	uint32_t tensor;

	if (page->scroll.cursor >= page->n)
		return EFFECT_NONE;
	tensor = page->table->found.weights[page->order[page->scroll.cursor]].codes;
	if (context->layers->row_of_tensor[tensor] == NO_INDEX)
		return EFFECT_NONE;
	answer->focus = context->focus;
	answer->focus.row = context->layers->row_of_tensor[tensor];
	answer->focus.tensor = tensor;
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

unsigned quant_xray_command(struct quant_xray *page, const struct view_context *context,
			    enum command command, struct view_answer *answer)
{
	bool one = is_one(page, context);
	uint64_t count = one ? (uint64_t)one_rows(context) : page->n;
	int rows = context->height - (one ? 0 : HEAD);

	if (page->failed || !page->table)
		return EFFECT_PASS;
	if (command == COMMAND_ENTER && !one)
		return go(page, context, answer);
	if (scroll_command(&page->scroll, command, count, (uint64_t)(rows > 1 ? rows : 1), !one))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}
