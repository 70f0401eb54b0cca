/*
 * The charts: a letter for each setting, a line for each family or for the convex hull, and a ring
 * for the dial. Both axes are such that a share of them is what is drawn.
 */
#include <math.h>
#include <stdio.h>

#include "ui/canvas/line_chart.h"
#include "ui/canvas/number.h"
#include "ui/canvas/scatter.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"
#include "ui/views/quant_frontier.h"

#define HEAD	    4  /* rows above the chart */
#define CHART_LEAST 8  /* rows, with its axis */
#define CHART_MOST  20
#define TABLE_LEAST 4  /* rows, with its titles */
#define HIGHEST	    110 /* dB that the axis goes up to */
#define LEGEND_GAP  2

/* --- Head ------------------------------------------------------------------------------------ */

static void draw_title(const struct quant_frontier *page, const struct view_context *context,
		       bool sizes, struct canvas *canvas)
{
	char label[64];
	int x = canvas_string(canvas, 0, 0, ROLE_TITLE,
			      sizes ? "Size against error" : "Error against bits");

	x = canvas_string(canvas, x, 0, ROLE_DIM, " of ");
	canvas_text(canvas, x, 0, canvas->width - x, ROLE_NAME,
		    page->tensor == NO_INDEX ? context->layers->rows[page->row].label :
					       model_tensor_label(page->model, page->tensor, label));
}

/* "24.3 dB", "≈ 24.3 ± 0.1 dB", "..." */
static void sqnr_words(const struct frontier_point *point, char *buffer, size_t size)
{
	char number[NUMBER_SIZE], error[NUMBER_SIZE];

	if (!frontier_point_known(point))
		snprintf(buffer, size, point->state == FRONTIER_REFUSED ? "not for it" : "…");
	else if (point->state == FRONTIER_SAMPLED)
		snprintf(buffer, size, "≈ %s ± %s", number_decibel(number, point->sqnr_db),
			 number_value(error, point->sqnr_error, 1));
	else
		snprintf(buffer, size, "%s", number_decibel(number, point->sqnr_db));
}

static void draw_dial_line(const struct quant_frontier *page, struct canvas *canvas, int y)
{
	char words[DIAL_WORDS], sqnr[80], bits[NUMBER_SIZE], size[NUMBER_SIZE];
	int x = canvas_put(canvas, 0, y, ROLE_ACCENT, 'o');

	sqnr_words(&page->dial, sqnr, sizeof sqnr);
	x = canvas_print(canvas, x + 1, y, ROLE_ACCENT, "%s", dial_words(words, &page->dial.scheme));
	canvas_print(canvas, x, y, ROLE_NORMAL, ": %s%s · %s bits · %s", sqnr,
		     frontier_point_known(&page->dial) && isfinite(page->dial.sqnr_db) ? " dB" : "",
		     number_value(bits, page->dial.bits_per_weight, 3),
		     number_bytes(size, page->dial.bytes));
}

static void draw_counts(const struct quant_frontier *page, struct canvas *canvas, int y)
{
	unsigned counts[FRONTIER_REFUSED + 1] = { 0 };
	int x;

	for (unsigned i = 0; i < page->frontier.n; i++)
		counts[page->frontier.points[i].state]++;
	x = canvas_print(canvas, 0, y, ROLE_DIM, "weight error, not accuracy · %u of %u settings",
			 counts[FRONTIER_EXACT], page->frontier.n);
	if (counts[FRONTIER_SAMPLED])
		x = canvas_print(canvas, x, y, ROLE_DIM, " · %u ≈ sampled",
				 counts[FRONTIER_SAMPLED]);
	if (counts[FRONTIER_REFUSED])
		x = canvas_print(canvas, x, y, ROLE_DIM, " · %u not for it",
				 counts[FRONTIER_REFUSED]);
	if (page->stopped)
		canvas_string(canvas, x + 1, y, ROLE_WARNING, "stopped; move or press r");
}

/* --- Charts ---------------------------------------------------------------------------------- */

/* Where a point stands: bits or bytes, and decibels or the relative error. */
struct plane {
	const struct quant_frontier *page;
	struct axis x, y;
	struct scatter shares; /* 0 .. 1 on both axes */
	struct canvas canvas;
	bool sizes;
};

static double across(const struct plane *plane, const struct frontier_point *point)
{
	return plane->sizes ? (double)point->bytes : point->bits_per_weight;
}

static double up(const struct plane *plane, const struct frontier_point *point)
{
	return plane->sizes ? frontier_relative(point) : point->sqnr_db;
}

static void share_of(const struct plane *plane, const struct frontier_point *point, double *x,
		     double *y)
{
	*x = axis_share(&plane->x, across(plane, point));
	*y = axis_share(&plane->y, up(plane, point));
	/* What is exact, or beyond the axis, stands at its end. */
	if (plane->sizes && !(*y >= 0))
		*y = 0;
	*y = fmin(fmax(*y, 0), 1);
}

static void widen(struct plane *plane, const struct frontier_point *point)
{
	double x = across(plane, point), y = up(plane, point);

	plane->x.low = fmin(plane->x.low, x);
	plane->x.high = fmax(plane->x.high, x);
	if (!frontier_point_known(point) || !isfinite(y) || (plane->sizes && y <= 0))
		return;
	plane->y.low = fmin(plane->y.low, y);
	plane->y.high = fmax(plane->y.high, y);
}

static struct plane plane_of(const struct quant_frontier *page, bool sizes)
{
	struct plane plane = {
		.page = page,
		.sizes = sizes,
		.x = { AXIS_LOG, sizes ? AXIS_COUNT : AXIS_NUMBER, INFINITY, -INFINITY, 1 },
		.y = { sizes ? AXIS_LOG : AXIS_LINEAR, AXIS_NUMBER, INFINITY, -INFINITY, 1 },
		.shares = { 0, 1, 0, 1 },
	};

	for (unsigned i = 0; i < page->frontier.n; i++)
		widen(&plane, &page->frontier.points[i]);
	widen(&plane, &page->dial);
	if (!sizes)
		plane.y.high = fmin(plane.y.high, HIGHEST);
	if (!sizes && plane.y.low > 0 && plane.y.low < plane.y.high)
		plane.y.low = 0;
	axis_open(&plane.x);
	axis_open(&plane.y);
	return plane;
}

static enum role role_of(const struct frontier_point *point)
{
	return chart_role(point->line);
}

static void join(struct plane *plane, const struct frontier_point *a,
		 const struct frontier_point *b, enum role role)
{
	double x1, y1, x2, y2;

	share_of(plane, a, &x1, &y1);
	share_of(plane, b, &x2, &y2);
	scatter_line(&plane->canvas, &plane->shares, x1, y1, x2, y2, role);
}

/* In ascii lines would hide the letters of others. Codebooks of values and of vectors are two. */
static bool are_joined(const struct plane *plane, const struct frontier_point *a,
		       const struct frontier_point *b)
{
	return plane->canvas.glyphs->level != GLYPHS_ASCII &&
	       (a->line != FRONTIER_CODEBOOK || a->scheme.id == b->scheme.id);
}

/* Families, or what is on the hull, from the smallest on. */
static void draw_lines(struct plane *plane)
{
	const struct quant_frontier *page = plane->page;

	for (unsigned line = 0; line < (plane->sizes ? 1 : FRONTIER_LINE_COUNT); line++) {
		const struct frontier_point *before = NULL;

		for (unsigned i = 0; i < page->frontier.n; i++) {
			const struct frontier_point *point = &page->frontier.points[page->order[i]];

			if (!frontier_point_known(point) ||
			    (plane->sizes ? !point->on_hull : point->line != line))
				continue;
			if (before && (plane->sizes || are_joined(plane, before, point)))
				join(plane, before, point, plane->sizes ? ROLE_ACCENT : ROLE_DIM);
			before = point;
		}
	}
}

static bool cell_of(const struct plane *plane, const struct frontier_point *point, int *column,
		    int *row)
{
	double x, y;

	share_of(plane, point, &x, &y);
	return frontier_point_known(point) &&
	       scatter_cell(&plane->canvas, &plane->shares, x, y, column, row);
}

static void draw_points(struct plane *plane, const struct view_context *context)
{
	const struct quant_frontier *page = plane->page;
	const struct frontier_point *chosen = &page->frontier.points[page->order[page->scroll.cursor]];
	int column, row;

	/* The earlier lines are the usual ones: theirs are the letters on top. */
	for (unsigned i = page->frontier.n; i-- > 0;) {
		const struct frontier_point *point = &page->frontier.points[i];

		if (cell_of(plane, point, &column, &row))
			canvas_put(&plane->canvas, column, row, role_of(point),
				   (uint32_t)frontier_lines[point->line].letter);
	}
	if (context->focused && !context->whole && cell_of(plane, chosen, &column, &row)) {
		canvas_put(&plane->canvas, column, row, role_of(chosen),
			   (uint32_t)frontier_lines[chosen->line].letter);
		canvas_mark(&plane->canvas, column, row, 1, CELL_SELECTED | CELL_FOCUSED);
	}
	if (cell_of(plane, &page->dial, &column, &row))
		canvas_put(&plane->canvas, column, row, ROLE_ACCENT, 'o');
}

static void draw_chart(const struct quant_frontier *page, const struct view_context *context,
		       bool sizes, struct canvas *canvas)
{
	struct plane plane = plane_of(page, sizes);
	struct line_chart axes = { .x = plane.x, .y = plane.y,
				   .x_title = sizes ? "bytes; relative error up" :
						      "bits per weight; SQNR dB up" };
	struct chart_area area = line_chart_area(canvas, &axes);

	line_chart_draw(canvas, &axes);
	plane.canvas = canvas_window(canvas, area.x, area.y, area.width, area.height);
	draw_lines(&plane);
	draw_points(&plane, context);
}

/* "C integers per channel  T ...", over as many rows as it takes; NULL only counts them. */
static int draw_legend(struct canvas *canvas, int width, int y)
{
	int x = 0, rows = 1;

	for (unsigned i = 0; i <= FRONTIER_LINE_COUNT; i++) {
		bool dial = i == FRONTIER_LINE_COUNT;
		const char *name = dial ? "the dial" : frontier_lines[i].name;
		int wide = (int)text_from(name).len + 2;

		if (x > 0 && x + wide > width) {
			x = 0;
			rows++;
		}
		if (canvas) {
			canvas_put(canvas, x, y + rows - 1, dial ? ROLE_ACCENT : chart_role(i),
				   dial ? 'o' : (uint32_t)frontier_lines[i].letter);
			canvas_string(canvas, x + 2, y + rows - 1, ROLE_DIM, name);
		}
		x += wide + LEGEND_GAP;
	}
	return rows;
}

/* --- Table ----------------------------------------------------------------------------------- */

/* Where columns end; 0: not shown. */
struct point_columns {
	int name, bits, size;
};

static struct point_columns columns_of(int width)
{
	int sqnr = width >= 56 ? 15 : 8, size = width >= 48 ? width - sqnr : 0;
	int bits = size ? size - 11 : width - sqnr;

	return (struct point_columns){ bits - 6, bits, size };
}

static void draw_point(const struct quant_frontier *page, const struct view_context *context,
		       uint64_t at, struct canvas *canvas, int y)
{
	const struct frontier_point *point = &page->frontier.points[page->order[at]];
	struct point_columns columns = columns_of(canvas->width);
	char text[QUANT_SCHEME_TEXT], number[NUMBER_SIZE], sqnr[80];

	canvas_put(canvas, 2, y, role_of(point), (uint32_t)frontier_lines[point->line].letter);
	if (point->on_hull)
		canvas_put(canvas, 3, y, ROLE_ACCENT, canvas->glyphs->bullet);
	canvas_text(canvas, 5, y, columns.name - 5, ROLE_NORMAL,
		    text_from(quant_scheme_print(text, &point->scheme)));
	canvas_print_right(canvas, columns.bits, y, ROLE_NUMBER, "%s",
			   number_value(number, point->bits_per_weight, 3));
	if (columns.size)
		canvas_print_right(canvas, columns.size, y, ROLE_NUMBER, "%s",
				   number_bytes(number, point->bytes));
	sqnr_words(point, sqnr, sizeof sqnr);
	canvas_print_right(canvas, canvas->width, y,
			   frontier_point_known(point) ? detail_sqnr_role(point->sqnr_db) : ROLE_DIM,
			   "%s", sqnr);
	if (at == page->scroll.cursor && context->focused && !context->whole) {
		canvas_put(canvas, 0, y, ROLE_ACCENT, context->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width, CELL_SELECTED | CELL_FOCUSED);
	}
}

static void draw_titles(struct canvas *canvas, int y)
{
	struct point_columns columns = columns_of(canvas->width);
	int x = canvas_string(canvas, 2, y, ROLE_DIM, "setting ");

	if (columns.name - x > 14) {
		x = canvas_put(canvas, x, y, ROLE_ACCENT, canvas->glyphs->bullet);
		canvas_string(canvas, x, y, ROLE_DIM, " on the hull");
	}
	canvas_print_right(canvas, columns.bits, y, ROLE_DIM, "bits");
	if (columns.size)
		canvas_print_right(canvas, columns.size, y, ROLE_DIM, "size");
	canvas_print_right(canvas, canvas->width, y, ROLE_DIM, "dB");
}

static void draw_table(const struct quant_frontier *page, const struct view_context *context,
		       struct canvas *canvas, int y)
{
	draw_titles(canvas, y++);
	for (uint64_t at = context->whole ? 0 : page->scroll.top; at < page->frontier.n; at++, y++) {
		if (y >= canvas->height)
			break;
		draw_point(page, context, at, canvas, y);
	}
}

/* --- Page ------------------------------------------------------------------------------------ */

/* Rows of the chart on a canvas; 0: there is no room for one. */
static int chart_rows(int width, int height)
{
	int rows = height - HEAD - draw_legend(NULL, width, 0) - TABLE_LEAST;

	if (rows > height / 2)
		rows = height / 2;
	return rows < CHART_LEAST || width < 40 ? 0 : rows > CHART_MOST ? CHART_MOST : rows;
}

static int head_rows(int chart)
{
	return chart ? HEAD : HEAD - 1;
}

int quant_frontier_table(int width, int height)
{
	int chart = chart_rows(width, height);
	int rows = height - head_rows(chart) - chart - (chart ? draw_legend(NULL, width, 0) : 0) - 1;

	return rows > 1 ? rows : 1;
}

int quant_frontier_rows(const struct quant_frontier *page, int width)
{
	if (page->failed || page->weights == 0)
		return 2;
	return HEAD + 2 * CHART_MOST + draw_legend(NULL, width, 0) + 3 + (int)page->frontier.n;
}

void quant_frontier_draw(const struct quant_frontier *page, const struct view_context *context,
			 bool sizes, struct canvas *canvas)
{
	int rows = context->whole ? CHART_MOST : chart_rows(canvas->width, canvas->height);
	int y = head_rows(rows);

	if (page->failed || page->model != context->model) {
		canvas_string(canvas, 0, 0, ROLE_BAD, page->failed ? "out of memory" : "no chart");
		return;
	}
	draw_title(page, context, sizes, canvas);
	if (page->weights == 0) {
		canvas_string(canvas, 0, 1, ROLE_DIM, "no floating-point values to quantize");
		return;
	}
	draw_dial_line(page, canvas, 1);
	draw_counts(page, canvas, 2);
	for (int chart = 0; rows > 0 && chart < (context->whole ? 2 : 1); chart++) {
		struct canvas window = canvas_window(canvas, 0, y, canvas->width, rows);

		draw_chart(page, context, context->whole ? chart == 1 : sizes, &window);
		y += rows + (chart == 0 && context->whole);
	}
	if (rows > 0)
		y += draw_legend(canvas, canvas->width, y) + (context->whole ? 1 : 0);
	draw_table(page, context, canvas, y);
}
