/*
 * The grid: a small chart of every tag, for all runs that are on. A tag's curves are averaged into
 * few points, from what the chunks of long series know of themselves, when it comes into view; they
 * are kept until its runs change.
 *
 * Cells are as high as lets all tags be seen at once, between three rows and seven; in a low window
 * the name stands beside a sparkline.
 */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/canvas/number.h"

#define CELL_WIDTH   30
#define CELL_LOWEST  4
#define CELL_HIGHEST 7
#define SPARK_RUNS   6
#define SPARKS_MAX   4096
#define NUMBER_ROOM  10

static void spark_free(struct curves_spark *spark)
{
	for (unsigned i = 0; i < spark->count; i++)
		curve_free(spark->curves + i);
	free(spark->curves);
	free(spark->styles);
	*spark = (struct curves_spark){ 0 };
}

void curves_grid_free(struct curves *curves)
{
	for (size_t i = 0; i < curves->n_sparks; i++) {
		if (curves->sparks[i])
			spark_free(curves->sparks[i]);
		free(curves->sparks[i]);
	}
	free(curves->sparks);
	curves->sparks = NULL;
	curves->n_sparks = 0;
	curves->made = 0;
}

/* --- What the cells show ----------------------------------------------------------------------- */

static bool spark_curve(struct curve *curve, const struct series *series)
{
	double x[CURVE_SKETCH], values[CURVE_SKETCH];
	size_t n = curve_sketch(series, CURVE_SKETCH, x, values);

	return curve_of_points(curve, x, values, n);
}

static double last_value(const struct series *series)
{
	uint64_t i = series->count;

	return i ? series_point(series, i - 1).value : NAN;
}

static bool spark_add(struct curves_spark *spark, const struct series *series, unsigned style)
{
	struct curve *curve = spark->curves + spark->count;
	double low, high;

	if (!spark_curve(curve, series))
		return false;
	spark->styles[spark->count++] = style;
	if (isnan(spark->last))
		spark->last = last_value(series);
	spark->nan += series->nan + series->infinite;
	if (!curve_span(curve, &low, &high))
		return true;
	spark->x_low = fmin(spark->x_low, low);
	spark->x_high = fmax(spark->x_high, high);
	struct extent extent = pyramid_query(&curve->raw_pyramid, curve->raw, 0, curve->n);

	spark->low = fmin(spark->low, extent.min);
	spark->high = fmax(spark->high, extent.max);
	return true;
}

static bool spark_make(const struct curves *curves, struct curves_spark *spark, size_t entry)
{
	const struct curves_entry *item = curves->catalogue.items + entry;
	unsigned style = 0;

	*spark = (struct curves_spark){ .last = NAN, .low = INFINITY, .high = -INFINITY,
					.x_low = INFINITY, .x_high = -INFINITY };
	spark->curves = calloc(SPARK_RUNS, sizeof *spark->curves);
	spark->styles = calloc(SPARK_RUNS, sizeof *spark->styles);
	if (!spark->curves || !spark->styles)
		return false;
	for (uint32_t r = 0; r < curves->runs->count && spark->count < SPARK_RUNS; r++) {
		const struct series *series = run_series(curves->runs->items[r], item->tag);

		if (!series)
			continue;
		if (!curves->off[r] && !spark_add(spark, series, style))
			return false;
		style++;
	}
	return true;
}

const struct curves_spark *curves_spark(const struct curves *curves, size_t entry)
{
	return entry < curves->n_sparks ? curves->sparks[entry] : NULL;
}

bool curves_spark_want(struct curves *curves, size_t entry)
{
	struct curves_spark *spark;

	if (!curves->sparks) {
		curves->sparks = calloc(curves->catalogue.count + 1, sizeof *curves->sparks);
		curves->n_sparks = curves->sparks ? curves->catalogue.count : 0;
	}
	if (!curves->sparks)
		return false;
	if (curves->sparks[entry])
		return true;
	/* Of very many tags those that come into view last; an export has charts of the first. */
	if (curves->made == SPARKS_MAX && curves->whole)
		return true;
	if (curves->made == SPARKS_MAX) {
		curves_grid_free(curves);
		return curves_spark_want(curves, entry);
	}
	spark = malloc(sizeof *spark);
	if (!spark || !spark_make(curves, spark, entry)) {
		if (spark)
			spark_free(spark);
		free(spark);
		return false;
	}
	curves->sparks[entry] = spark;
	curves->made++;
	return true;
}

/* --- Where the cells are ----------------------------------------------------------------------- */

struct layout {
	unsigned columns;
	int cell_width, cell_height;
	uint64_t rows; /* of cells */
};

static struct layout layout_of(const struct curves *curves, int width, int height, bool whole)
{
	struct layout layout = { .columns = width >= 2 * CELL_WIDTH ? (unsigned)(width / CELL_WIDTH)
								    : 1 };

	if (layout.columns > curves->n_listed)
		layout.columns = curves->n_listed ? (unsigned)curves->n_listed : 1;
	if (layout.columns > 4)
		layout.columns = 4;
	layout.cell_width = width / (int)layout.columns;
	layout.rows = (curves->n_listed + layout.columns - 1) / layout.columns;
	if (whole)
		layout.cell_height = 6;
	else if (layout.rows && (uint64_t)height / layout.rows > CELL_LOWEST)
		layout.cell_height = (int)((uint64_t)height / layout.rows);
	else
		layout.cell_height = height >= 2 * CELL_LOWEST ? CELL_LOWEST : 1;
	if (layout.cell_height > CELL_HIGHEST + 1)
		layout.cell_height = CELL_HIGHEST + 1;
	return layout;
}

int curves_grid_rows(const struct curves *curves, int width)
{
	struct layout layout = layout_of(curves, width, 0, true);

	return layout.rows < 100000 ? (int)layout.rows * layout.cell_height : 600000;
}

static uint64_t page_rows(const struct layout *layout, int height)
{
	return height > layout->cell_height ? (uint64_t)(height / layout->cell_height) : 1;
}

bool curves_grid_update(struct curves *curves, const struct view_context *context)
{
	struct layout layout = layout_of(curves, context->width, context->height, context->whole);
	uint64_t page = page_rows(&layout, context->height), row;
	size_t first, end;
	bool good = true;

	curves->whole = context->whole;
	curves->grid.cursor = curves->selected / layout.columns;
	row = curves->grid.cursor;
	if (!context->whole) {
		scroll_clamp(&curves->grid, layout.rows, page, true);
		curves->grid.cursor = row;
	}
	first = context->whole ? 0 : (size_t)curves->grid.top * layout.columns;
	end = context->whole ? curves->n_listed : first + (size_t)page * layout.columns;
	for (size_t i = first; i < end && i < curves->n_listed && good; i++) {
		size_t entry = curves->listed[i];

		if (curves_is_chart(curves->catalogue.items[entry].kind))
			good = curves_spark_want(curves, entry);
	}
	return good;
}

/* --- Drawing ----------------------------------------------------------------------------------- */

static void draw_lines(const struct curves_spark *spark, struct canvas *canvas)
{
	struct chart_line lines[SPARK_RUNS];
	struct line_chart chart = {
		.bare = true,
		.lines = lines,
		.n_lines = spark->count,
		.x = { .unit = AXIS_COUNT, .low = spark->x_low, .high = spark->x_high },
		.y = { .low = spark->low, .high = spark->high },
	};

	/* The first run on top, as in the large chart. */
	for (unsigned i = 0; i < spark->count; i++)
		lines[spark->count - 1 - i] = curves_chart_line(spark->curves + i, spark->styles[i]);
	axis_open(&chart.x);
	axis_open(&chart.y);
	line_chart_draw(canvas, &chart);
}

/* One row of bars, of the first run. */
void curves_spark_draw(const struct curves_spark *spark, struct canvas *canvas, int x, int y,
		       int width)
{
	const struct curve *curve = spark->curves;

	/* A run of one point draws no line. */
	for (unsigned i = 1; i < spark->count && curve->n < 2; i++)
		curve = spark->curves + i;

	double range = spark->high - spark->low;

	for (int i = 0; i < width && spark->count && curve->n; i++) {
		double span = spark->x_high - spark->x_low;
		double value = curve_at(curve, true, spark->x_low + span * (i + 0.5) / width);
		double share = range > 0 ? (value - spark->low) / range : 0.5;

		if (isfinite(value))
			canvas_put(canvas, x + i, y, ROLE_SPARK,
				   canvas->glyphs->bars[1 + (int)lround(fmin(fmax(share, 0), 1) * 7)]);
	}
}

static const char *kind_words(enum curves_kind kind)
{
	switch (kind) {
	case CURVES_HISTOGRAM:
		return "histograms";
	case CURVES_PR:
		return "PR curve";
	case CURVES_TEXT:
		return "text";
	default:
		return "table";
	}
}

static void draw_head(const struct curves_entry *entry, const struct curves_spark *spark,
		      struct canvas *canvas, int width)
{
	char number[NUMBER_SIZE];
	int room = width - 2;

	if (entry->pinned)
		canvas_put(canvas, 0, 0, ROLE_ACCENT, '*');
	if (!spark) {
		room -= 11;
		canvas_print_right(canvas, width - 1, 0, ROLE_DIM, "%s", kind_words(entry->kind));
	} else {
		room -= NUMBER_ROOM;
		canvas_print_right(canvas, width - 1, 0,
				   spark->nan ? ROLE_BAD : ROLE_NUMBER, "%s",
				   number_value(number, spark->last, 4));
	}
	canvas_text(canvas, 1, 0, room, ROLE_NAME, entry->tag);
}

static void draw_cell(const struct curves *curves, const struct view_context *context,
		      const struct layout *layout, size_t place, struct canvas *canvas)
{
	size_t entry_number = curves->listed[place];
	const struct curves_entry *entry = curves->catalogue.items + entry_number;
	const struct curves_spark *spark = curves_spark(curves, entry_number);
	int width = canvas->width;

	if (layout->cell_height == 1) {
		int bars = width >= 44 ? width / 3 : width >= 26 ? 8 : 0;
		struct canvas head = canvas_window(canvas, 0, 0, width - bars, 1);

		draw_head(entry, spark, &head, width - bars);
		if (spark && bars)
			curves_spark_draw(spark, canvas, width - bars, 0, bars - 1);
	} else {
		struct canvas chart = canvas_window(canvas, 1, 1, width - 3,
						    layout->cell_height - 1 -
							    (layout->cell_height > 4));

		draw_head(entry, spark, canvas, width - 1);
		if (spark && spark->count)
			draw_lines(spark, &chart);
	}
	if (!context->whole && place == curves->selected && curves->page == CURVES_GRID) {
		canvas_put(canvas, 0, 0, ROLE_ACCENT, canvas->glyphs->cursor);
		canvas_mark(canvas, 0, 0, width - 1,
			    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
}

void curves_grid_draw(const struct curves *curves, const struct view_context *context,
		      struct canvas *canvas)
{
	struct layout layout =
		layout_of(curves, canvas->width, canvas->height, context->whole);
	size_t first = context->whole ? 0 : (size_t)curves->grid.top * layout.columns;

	for (size_t place = first; place < curves->n_listed; place++) {
		size_t at = place - first;
		int y = (int)(at / layout.columns) * layout.cell_height;
		struct canvas cell;

		if (y >= canvas->height)
			break;
		cell = canvas_window(canvas, (int)(at % layout.columns) * layout.cell_width, y,
				     layout.cell_width, layout.cell_height);
		draw_cell(curves, context, &layout, place, &cell);
	}
	if (!context->whole)
		scroll_marks(canvas, curves->grid.top * (uint64_t)layout.cell_height,
			     layout.rows * (uint64_t)layout.cell_height);
}

bool curves_grid_command(struct curves *curves, const struct view_context *context,
			 enum command command)
{
	struct layout layout = layout_of(curves, context->width, context->height, false);
	size_t columns = layout.columns, page = page_rows(&layout, context->height) * columns;
	size_t last = curves->n_listed ? curves->n_listed - 1 : 0, at = curves->selected;

	switch (command) {
	case COMMAND_LEFT:
		at -= at > 0;
		break;
	case COMMAND_RIGHT:
		at += at < last;
		break;
	case COMMAND_UP:
		at -= at >= columns ? columns : 0;
		break;
	case COMMAND_DOWN:
		at = at + columns <= last ? at + columns : at;
		break;
	case COMMAND_PAGE_UP:
		at = at > page ? at - page : 0;
		break;
	case COMMAND_PAGE_DOWN:
		at = at + page < last ? at + page : last;
		break;
	case COMMAND_FIRST:
		at = 0;
		break;
	case COMMAND_LAST:
		at = last;
		break;
	default:
		return false;
	}
	curves->selected = at;
	return true;
}
