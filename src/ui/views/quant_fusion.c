#include "ui/views/quant_fusion.h"

#include <math.h>
#include <stdlib.h>

#include "session/library.h"
#include "ui/canvas/number.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"

#define HEAD  4	 /* rows above the table */
#define WANTS 32 /* sites that are asked for at a time */

void quant_fusion_free(struct quant_fusion *page)
{
	if (page->model)
		arena_free(&page->arena);
	free(page->rows);
	free(page->order);
	*page = (struct quant_fusion){ 0 };
}

/* The patterns of a model, once. */
static bool find(struct quant_fusion *page, const struct view_context *context)
{
	struct error err;

	if (page->model == context->model)
		return !page->failed;
	quant_fusion_free(page);
	page->model = context->model;
	arena_init(&page->arena, 0);
	page->failed = true;
	if (!patterns_find(context->model, &page->arena, &page->patterns, &err))
		return false;
	page->rows = calloc(page->patterns.n + 1, sizeof *page->rows);
	page->order = calloc(page->patterns.n + 1, sizeof *page->order);
	if (!page->rows || !page->order)
		return false;
	for (uint32_t i = 0; i < page->patterns.n; i++) {
		const struct pattern *pattern = &page->patterns.items[i];

		page->rows[i].pattern = i;
		if (pattern->kind == PATTERN_CONV_BN || pattern->kind == PATTERN_CONV_BN_ACT)
			page->rows[i].has_site = fusion_site_of(context->model, pattern->nodes[0],
								pattern->nodes[1],
								&page->rows[i].site);
	}
	page->failed = false;
	return true;
}

static struct request request_of(const struct view_context *context,
				 const struct fusion_site *site)
{
	return (struct request){ .document = context->focus.document, .tensor = site->weight,
				 .kind = REPORT_FUSION, .scheme = context->dial,
				 .fusion = *site };
}

static const struct report *report_of(const struct view_context *context,
				      const struct fusion_site *site)
{
	struct request request = request_of(context, site);

	return session_report(context->session, &request);
}

static const struct fusion_report *fusion_of(const struct view_context *context,
					     const struct fusion_site *site)
{
	const struct report *report = report_of(context, site);

	return report && report->state == REPORT_DONE ? &report->fusion : NULL;
}

/* --- The selected weight --------------------------------------------------------------------- */

static const struct fusion_site *selected(const struct quant_fusion *page,
					  const struct view_context *context)
{
	if (page->failed || page->model != context->model || detail_is_scope(context))
		return NULL;
	for (size_t i = 0; i < page->patterns.n; i++)
		if (page->rows[i].has_site && page->rows[i].site.weight == context->focus.tensor)
			return &page->rows[i].site;
	return NULL;
}

bool quant_fusion_want(struct quant_fusion *page, const struct view_context *context)
{
	const struct fusion_site *site = find(page, context) ? selected(page, context) : NULL;
	struct request request;

	if (!site)
		return false;
	request = request_of(context, site);
	session_want(context->session, &request);
	return true;
}

/* "38.1 > 32.4 dB" */
static int put_change(struct canvas *canvas, int x, int y, double apart, double folded)
{
	char a[NUMBER_SIZE], b[NUMBER_SIZE];

	x = canvas_print(canvas, x, y, detail_sqnr_role(apart), "%s", number_decibel(a, apart));
	x = canvas_print(canvas, x, y, ROLE_DIM, " → ");
	return canvas_print(canvas, x, y, detail_sqnr_role(folded), "%s",
			    number_decibel(b, folded));
}

bool quant_fusion_line(const struct quant_fusion *page, const struct view_context *context,
		       struct canvas *canvas, int y)
{
	const struct fusion_site *site = selected(page, context);
	const struct fusion_report *fusion = site ? fusion_of(context, site) : NULL;
	char number[NUMBER_SIZE];
	int x;

	if (!site)
		return false;
	x = canvas_string(canvas, 0, y, ROLE_DIM, "normalization folded ");
	if (!fusion) {
		canvas_string(canvas, x, y, ROLE_DIM, "…");
		return true;
	}
	x = put_change(canvas, x, y, fusion->apart[FUSION_DIAL], fusion->folded[FUSION_DIAL]);
	canvas_print(canvas, x, y, ROLE_NORMAL, " dB · range %s×",
		     number_value(number, fusion->max_after / fusion->max_before, 3));
	return true;
}

/* --- The list -------------------------------------------------------------------------------- */

static bool is_below(const struct quant_fusion *page, const struct view_context *context,
		     const struct fusion_row *row)
{
	uint32_t at = pattern_row(context->layers, &page->patterns.items[row->pattern]);
	uint32_t focus = context->focus.row;

	/* One that reaches beyond the row is of a row above it. */
	return at >= focus && at < context->layers->rows[focus].end;
}

struct ranked {
	const struct quant_fusion *page;
	const struct view_context *context;
};

/* Decibels lost by folding; what has none, or waits, comes later. */
static double key_of(const struct ranked *ranked, uint32_t index)
{
	const struct fusion_row *row = &ranked->page->rows[index];
	const struct fusion_report *fusion =
		row->has_site ? fusion_of(ranked->context, &row->site) : NULL;
	double lost = fusion ? fusion->apart[FUSION_DIAL] - fusion->folded[FUSION_DIAL] : NAN;

	return isnan(lost) ? (row->has_site ? -1e6 : -1e9) : lost;
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const uint32_t *x = a, *y = b;
	double left = key_of(context, *x), right = key_of(context, *y);

	if (left != right)
		return left > right ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

void quant_fusion_update(struct quant_fusion *page, const struct view_context *context)
{
	struct ranked ranked = { page, context };
	unsigned wanted = 0;
	uint32_t chosen = NO_INDEX;

	if (!find(page, context))
		return;
	session_want_shapes(context->session, context->focus.document);
	/* As in lists of tensors: a selected row stays selected, the first stays the first. */
	if (page->scroll.cursor > 0 && page->scroll.cursor < page->n)
		chosen = page->order[page->scroll.cursor];
	page->n = 0;
	for (uint32_t i = 0; i < page->patterns.n; i++) {
		struct request request;
		const struct report *report;

		if (!is_below(page, context, &page->rows[i]))
			continue;
		page->order[page->n++] = i;
		if (!page->rows[i].has_site)
			continue;
		request = request_of(context, &page->rows[i].site);
		report = session_report(context->session, &request);
		if ((report && report->state != REPORT_WAITING && report->state != REPORT_STOPPED) ||
		    wanted++ < WANTS)
			session_want(context->session, &request);
	}
	if (page->n > 1)
		qsort_r(page->order, page->n, sizeof *page->order, compare_rows, &ranked);
	for (size_t i = 0; chosen != NO_INDEX && i < page->n; i++)
		if (page->order[i] == chosen)
			page->scroll.cursor = i;
}

/* Where columns end; 0: not shown. */
struct fusion_columns {
	int name, kind, saves, range, change, tensor, channel;
};

static struct fusion_columns columns_of(int width)
{
	struct fusion_columns columns = { 0 };
	int end = width;

	if (width >= 96) {
		columns.channel = end;
		end -= 14;
		columns.tensor = end;
		end -= 14;
	}
	columns.change = end;
	end -= 14;
	if (width >= 60) {
		columns.range = end;
		end -= 8;
	}
	if (width >= 72) {
		columns.saves = end;
		end -= 11;
	}
	columns.kind = width >= 48 ? end - 18 : 0;
	columns.name = columns.kind ? columns.kind - 1 : end;
	return columns;
}

static void put_change_right(struct canvas *canvas, int end, int y, double apart, double folded)
{
	char a[NUMBER_SIZE], b[NUMBER_SIZE];

	if (isnan(apart) || isnan(folded))
		return;
	canvas_print_right(canvas, end, y, detail_sqnr_role(folded), "%s → %s",
			   number_decibel(a, apart), number_decibel(b, folded));
}

static void draw_site(const struct view_context *context, const struct fusion_site *site,
		      const struct fusion_columns *columns, struct canvas *canvas, int y)
{
	const struct report *report = report_of(context, site);
	const struct fusion_report *fusion = fusion_of(context, site);
	char number[NUMBER_SIZE];

	if (!fusion) {
		canvas_print_right(canvas, columns->change, y, ROLE_DIM, "%s",
				   report && report->state == REPORT_FAILED	? "failed"
				   : report && report->state == REPORT_STOPPED ? "stopped"
									       : "…");
		return;
	}
	put_change_right(canvas, columns->change, y, fusion->apart[FUSION_DIAL],
			 fusion->folded[FUSION_DIAL]);
	if (columns->range)
		canvas_print_right(canvas, columns->range, y, ROLE_NUMBER, "%s×",
				   number_value(number, fusion->max_after / fusion->max_before, 3));
	if (!columns->tensor)
		return;
	put_change_right(canvas, columns->tensor, y, fusion->apart[FUSION_PER_TENSOR],
			 fusion->folded[FUSION_PER_TENSOR]);
	put_change_right(canvas, columns->channel, y, fusion->apart[FUSION_PER_CHANNEL],
			 fusion->folded[FUSION_PER_CHANNEL]);
}

static void draw_row(const struct quant_fusion *page, const struct view_context *context,
		     size_t at, struct canvas *canvas, int y)
{
	const struct fusion_row *row = &page->rows[page->order[at]];
	const struct pattern *pattern = &page->patterns.items[row->pattern];
	const struct library_answer *shapes =
		session_shapes(context->session, context->focus.document);
	struct fusion_columns columns = columns_of(canvas->width);
	char label[64], number[NUMBER_SIZE];
	uint64_t bytes;

	canvas_text(canvas, 2, y, columns.name - 2, ROLE_NAME,
		    model_node_label(context->model, pattern->nodes[0], label));
	if (columns.kind)
		canvas_text(canvas, columns.kind, y, 17, ROLE_OP, text_from(pattern_name(pattern->kind)));
	if (columns.saves && shapes && shapes->shapes &&
	    pattern_saved_bytes(shapes->shapes, pattern, &bytes))
		canvas_print_right(canvas, columns.saves, y, ROLE_NUMBER, "%s",
				   number_bytes(number, bytes));
	else if (columns.saves)
		canvas_print_right(canvas, columns.saves, y, ROLE_DIM, "%u nodes",
				   pattern->n_nodes - 1);
	if (row->has_site)
		draw_site(context, &row->site, &columns, canvas, y);
	else if (columns.change - 14 > columns.name)
		canvas_print_right(canvas, columns.change, y, ROLE_DIM, "%s",
				   columns.tensor ? pattern_becomes(pattern->kind) : "–");
	if (at == page->scroll.cursor && context->focused && !context->whole) {
		canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width, CELL_SELECTED | CELL_FOCUSED);
	}
}

static void draw_titles(struct canvas *canvas, int y)
{
	struct fusion_columns columns = columns_of(canvas->width);

	canvas_string(canvas, 2, y, ROLE_DIM, "from");
	if (columns.kind)
		canvas_string(canvas, columns.kind, y, ROLE_DIM, "pattern");
	if (columns.saves)
		canvas_print_right(canvas, columns.saves, y, ROLE_DIM, "saves");
	if (columns.range)
		canvas_print_right(canvas, columns.range, y, ROLE_DIM, "range");
	canvas_print_right(canvas, columns.change, y, ROLE_DIM, "dB folded");
	if (!columns.tensor)
		return;
	canvas_print_right(canvas, columns.tensor, y, ROLE_DIM, "per tensor");
	canvas_print_right(canvas, columns.channel, y, ROLE_DIM, "per channel");
}

static void draw_head(const struct quant_fusion *page, const struct view_context *context,
		      struct canvas *canvas)
{
	char words[DIAL_WORDS];
	size_t sites = 0, saved = 0;

	for (size_t i = 0; i < page->n; i++) {
		sites += page->rows[page->order[i]].has_site;
		saved += page->patterns.items[page->rows[page->order[i]].pattern].n_nodes - 1;
	}
	canvas_print(canvas, canvas_string(canvas, 0, 0, ROLE_TITLE, "Fusion"), 0, ROLE_DIM,
		     " · %zu patterns, %zu nodes saved · %zu foldable", page->n, saved, sites);
	canvas_print(canvas, 0, 1, ROLE_ACCENT, "%s", dial_words(words, &context->dial));
	canvas_string(canvas, 0, 2, ROLE_DIM,
		      "weight error behind the normalization: as it is → folded");
}

int quant_fusion_rows(const struct quant_fusion *page)
{
	return HEAD + (page->n < INT32_MAX / 2 ? (int)page->n : INT32_MAX / 2) + (page->n == 0);
}

void quant_fusion_draw(const struct quant_fusion *page, const struct view_context *context,
		       struct canvas *canvas)
{
	int y = HEAD;

	if (page->failed || page->model != context->model) {
		canvas_string(canvas, 0, 0, ROLE_BAD,
			      page->failed ? "out of memory" : "no patterns");
		return;
	}
	draw_head(page, context, canvas);
	if (page->n == 0) {
		canvas_string(canvas, 0, HEAD, ROLE_DIM, "nothing to fuse here");
		return;
	}
	draw_titles(canvas, HEAD - 1);
	for (size_t at = context->whole ? 0 : page->scroll.top; at < page->n; at++, y++) {
		if (y >= canvas->height)
			break;
		draw_row(page, context, at, canvas, y);
	}
}

static unsigned go(const struct quant_fusion *page, const struct view_context *context,
		   struct view_answer *answer)
{
	const struct pattern *pattern;
	uint32_t row;

	if (page->scroll.cursor >= page->n)
		return EFFECT_NONE;
	pattern = &page->patterns.items[page->rows[page->order[page->scroll.cursor]].pattern];
	row = context->layers->row_of_node[pattern->nodes[0]];
	if (row == NO_INDEX)
		return EFFECT_NONE;
	answer->focus = context->focus;
	answer->focus.row = row;
	answer->focus.tensor = layer_tensor(context->model, context->layers, row);
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

unsigned quant_fusion_command(struct quant_fusion *page, const struct view_context *context,
			      enum command command, struct view_answer *answer)
{
	int rows = context->height - HEAD;

	if (page->failed || page->model != context->model)
		return EFFECT_PASS;
	if (command == COMMAND_ENTER)
		return go(page, context, answer);
	if (scroll_command(&page->scroll, command, page->n, (uint64_t)(rows > 1 ? rows : 1), true))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}
