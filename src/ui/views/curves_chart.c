/* The large chart of one tag: runs, groups or differences, with a legend below. */
#include "ui/views/curves.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>
#include <mtui/metric.h>

#include "ui/canvas/number.h"

#define EXPORT_ROWS  20 /* of the chart, in an export */
#define MARKS_DRAWN  400
#define NUMBER_WIDTH 10

/* --- Between curves and the chart -------------------------------------------------------------- */

static struct chart_part part_of(const struct curve *curve, bool smooth, unsigned piece, double low,
				 double high, bool closed)
{
	struct curve_part part = curve_part(curve, smooth, piece, low, high, closed);

	return (struct chart_part){ .min = part.extent.min, .max = part.extent.max,
				    .first = part.first, .last = part.last, .any = part.n > 0,
				    .finite = part.extent.finite > 0 };
}

static struct chart_part smooth_part(const void *source, unsigned piece, double low, double high,
				     bool closed)
{
	return part_of(source, true, piece, low, high, closed);
}

static struct chart_part raw_part(const void *source, unsigned piece, double low, double high,
				  bool closed)
{
	return part_of(source, false, piece, low, high, closed);
}

static double smooth_at(const void *source, unsigned piece, double x)
{
	(void)piece;
	return curve_at(source, true, x);
}

static double raw_at(const void *source, unsigned piece, double x)
{
	(void)piece;
	return curve_at(source, false, x);
}

struct chart_line curves_chart_line(const struct curve *curve, unsigned style)
{
	return (struct chart_line){ .source = curve, .part = smooth_part, .at = smooth_at,
				    .pieces = curve->n_pieces, .style = style };
}

static struct chart_line background_line(const struct curve *curve)
{
	return (struct chart_line){ .source = curve, .part = raw_part, .at = raw_at,
				    .pieces = curve->n_pieces, .background = true };
}

/* --- Axes -------------------------------------------------------------------------------------- */

static void visible(const struct curves *curves, double *low, double *high)
{
	*low = curves->zoomed ? curves->low : curves->span_low;
	*high = curves->zoomed ? curves->high : curves->span_high;
}

/* The finite values of a curve between two x; on a logarithmic axis those above 0. */
static void extend(struct axis *y, const struct curve *curve, double low, double high)
{
	enum { COLUMNS = 256 };

	for (unsigned p = 0; p < curve->n_pieces; p++) {
		struct curve_part all = curve_part(curve, true, p, low, high, true);

		if (all.extent.finite && all.extent.max > y->high)
			y->high = all.extent.max;
		if (all.extent.finite && (y->scale != AXIS_LOG || all.extent.min > 0)) {
			y->low = fmin(y->low, all.extent.min);
			continue;
		}
		for (int i = 0; i < COLUMNS && all.extent.finite; i++) {
			double x = low + (high - low) * i / COLUMNS;
			struct curve_part part =
				curve_part(curve, true, p, x, x + (high - low) / COLUMNS, true);
			double least = part.extent.min > 0 ? part.extent.min : part.extent.max;

			if (part.extent.finite && least > 0)
				y->low = fmin(y->low, least);
		}
	}
}

static struct axis x_axis(const struct curves *curves)
{
	static const enum axis_unit units[] = { AXIS_COUNT, AXIS_NUMBER, AXIS_SECONDS, AXIS_TIME,
						AXIS_COUNT };
	struct axis axis = { .unit = units[curves->axis] };

	visible(curves, &axis.low, &axis.high);
	if (curves->axis == CURVE_COLUMN && !(curves->span_high >= 1000))
		axis.unit = AXIS_NUMBER;
	if (axis.unit == AXIS_COUNT && axis.high - axis.low < 4)
		axis.unit = AXIS_NUMBER;
	axis_open(&axis);
	return axis;
}

static struct axis y_axis(const struct curves *curves, const struct axis *x)
{
	struct axis axis = { .scale = curves->y_scale, .low = INFINITY, .high = -INFINITY };

	if (curves->n_groups) {
		for (unsigned i = 0; i < curves->n_groups; i++) {
			const struct band *band = &curves->groups[i].band;

			extend(&axis, &band->mean, x->low, x->high);
			extend(&axis, &band->low, x->low, x->high);
			extend(&axis, &band->high, x->low, x->high);
		}
	} else {
		for (unsigned i = 0; i < curves->n_lines; i++)
			extend(&axis, &curves->lines[i].curve, x->low, x->high);
	}
	double far = fmax(fabs(axis.low), fabs(axis.high));

	axis.linear = isfinite(far) && far > 0 ? pow(10, floor(log10(far)) - 3) : 1;
	axis_open(&axis);
	return axis;
}

/* --- Legend ------------------------------------------------------------------------------------ */

static void number_cell(struct canvas *canvas, int end, int y, enum role role, double value)
{
	char number[NUMBER_SIZE];

	if (isnan(value))
		canvas_print_right(canvas, end, y, ROLE_DIM, "–");
	else
		canvas_print_right(canvas, end, y, role, "%s", number_value(number, value, 5));
}

/* Which columns there is room for; what comes last goes first. */
struct legend {
	int name, at, last, best, step; /* ends of the columns; 0: not shown */
};

static struct legend legend_of(const struct curves *curves, int width)
{
	struct legend legend = { 0 };
	int *columns[] = { &legend.at, &legend.last, &legend.best, &legend.step };
	int first = curves->has_cursor ? 0 : 1, room = (width - 18) / NUMBER_WIDTH, end = width;
	int shown = room < 4 - first ? room : 4 - first;

	for (int i = first + shown - 1; i >= first; i--) {
		*columns[i] = end;
		end -= NUMBER_WIDTH;
	}
	legend.name = end;
	return legend;
}

static void legend_head(const struct curves *curves, const struct legend *legend,
			const struct axis *x, struct canvas *canvas, int y)
{
	char at[24];

	canvas_string(canvas, 6, y, ROLE_DIM, curves->n_groups ? "group" : "run");
	if (legend->at) {
		axis_label(x, curves->cursor, 4, at);
		canvas_print_right(canvas, legend->at, y, ROLE_ACCENT, "at %.8s", at);
	}
	if (legend->last)
		canvas_print_right(canvas, legend->last, y, ROLE_DIM, "last");
	if (legend->best)
		canvas_print_right(canvas, legend->best, y, ROLE_DIM,
				   metric_rises(curves->shown) ? "max" : "min");
	if (legend->step && !curves->n_groups)
		canvas_print_right(canvas, legend->step, y, ROLE_DIM, "at step");
}

static void legend_line(const struct curves *curves, const struct legend *legend, unsigned i,
			struct canvas *canvas, int y)
{
	const struct curves_line *line = curves->lines + i;
	const struct run *run = curves->runs->items[line->run];
	char step[NUMBER_SIZE];
	int x;

	line_chart_sample(canvas, 1, y, 4, line->style);
	x = canvas_text(canvas, 6, y, legend->name - 7, ROLE_NAME,
			curves_run_name(curves, line->run));
	if (run->state == RUN_LIVE && x + 7 < legend->name)
		canvas_string(canvas, x + 1, y, ROLE_GOOD, "● live");
	else if (run->state == RUN_GONE && x + 8 < legend->name)
		canvas_string(canvas, x + 1, y, ROLE_WARNING, "deleted");
	if (legend->at) {
		size_t at = curve_nearest(&line->curve, curves->cursor);

		number_cell(canvas, legend->at, y, ROLE_ACCENT,
			    at < line->curve.n ? line->curve.smooth[at] : NAN);
	}
	if (legend->last && isnan(line->last.value))
		canvas_print_right(canvas, legend->last, y, ROLE_BAD, "NaN");
	else if (legend->last)
		number_cell(canvas, legend->last, y, ROLE_NUMBER, line->last.value);
	if (legend->best)
		number_cell(canvas, legend->best, y, ROLE_NUMBER, line->best.value);
	if (legend->step && !isnan(line->best.value)) {
		snprintf(step, sizeof step, "%lld", (long long)line->best.step);
		canvas_print_right(canvas, legend->step, y, ROLE_NUMBER, "%s", step);
	}
}

static double group_best(const struct curve *mean, struct text tag)
{
	struct extent extent = pyramid_query(&mean->raw_pyramid, mean->raw, 0, mean->n);

	return !extent.finite ? NAN : metric_rises(tag) ? extent.max : extent.min;
}

static void legend_group(const struct curves *curves, const struct legend *legend, unsigned i,
			 struct canvas *canvas, int y)
{
	const struct curves_group *group = curves->groups + i;
	const struct curve *mean = &group->band.mean;
	int x;

	line_chart_sample(canvas, 1, y, 4, i);
	x = canvas_text(canvas, 6, y, legend->name - 12, ROLE_NAME, text_from(group->name));
	if (group->count > 1)
		canvas_print(canvas, x + 1, y, ROLE_DIM, "%s%u", "×", group->count);
	if (legend->at) {
		size_t at = curve_nearest(mean, curves->cursor);

		number_cell(canvas, legend->at, y, ROLE_ACCENT, at < mean->n ? mean->raw[at] : NAN);
	}
	if (legend->last)
		number_cell(canvas, legend->last, y, ROLE_NUMBER,
			    mean->n ? mean->raw[mean->n - 1] : NAN);
	if (legend->best)
		number_cell(canvas, legend->best, y, ROLE_NUMBER, group_best(mean, curves->shown));
}

/* Rows of the legend with its head, in that many rows for chart and legend together. */
static int legend_rows(const struct curves *curves, int height, bool whole)
{
	int n = (int)(curves->n_groups ? curves->n_groups : curves->n_lines);
	int most = height < 10 ? 1 : height / 3;

	if (!whole && n + 1 > most)
		n = most - (most > 2);
	if (n < 1)
		n = 1;
	return n + (whole || height >= 10);
}

static void draw_legend(const struct curves *curves, const struct view_context *context,
			const struct axis *x, struct canvas *canvas)
{
	struct legend legend = legend_of(curves, canvas->width);
	unsigned n = curves->n_groups ? curves->n_groups : curves->n_lines, first = 0;
	int head = canvas->height > 1, rows = canvas->height - head;

	if (head)
		legend_head(curves, &legend, x, canvas, 0);
	if (rows > 0 && curves->legend >= (unsigned)rows)
		first = curves->legend - (unsigned)rows + 1;
	if (first + (unsigned)rows > n)
		first = n > (unsigned)rows ? n - (unsigned)rows : 0;
	for (int y = 0; y < rows && first + (unsigned)y < n; y++) {
		unsigned i = first + (unsigned)y;

		if (curves->n_groups)
			legend_group(curves, &legend, i, canvas, head + y);
		else
			legend_line(curves, &legend, i, canvas, head + y);
		if (!context->whole && i == curves->legend && n > 1)
			canvas_put(canvas, 0, head + y, ROLE_ACCENT, canvas->glyphs->cursor);
	}
}

/* --- The whole --------------------------------------------------------------------------------- */

/* "smoothing 0.6 · log · mean and range": what is not as usual. */
static void settings_words(const struct curves *curves, char *words, size_t size)
{
	static const char *const scales[] = { "", "log", "symmetric log" };
	static const char *const groupings[] = { "", "mean and range", "mean and std",
						 "difference", "ratio" };
	char weight[NUMBER_SIZE], smoothing[64] = "";

	if (curves->weight > 0)
		snprintf(smoothing, sizeof smoothing, "smoothing %s",
			 number_value(weight, curves->weight, 3));
	const char *parts[] = { smoothing, scales[curves->y_scale], groupings[curves->grouping],
				curves->zoomed ? "zoomed" : "" };

	words[0] = '\0';
	for (unsigned i = 0; i < 4; i++) {
		size_t used = strlen(words);

		if (parts[i][0])
			snprintf(words + used, size - used, "%s%s", used ? " · " : "", parts[i]);
	}
}

static void draw_title(const struct curves *curves, struct canvas *canvas)
{
	char words[320], runs[64] = "";
	uint32_t all = 0;
	int x, width;

	for (size_t i = 0; i < curves->runs->count; i++)
		all += run_series(curves->runs->items[i], curves->shown) != NULL;
	settings_words(curves, words, sizeof words);
	if (all > curves->n_lines)
		snprintf(runs, sizeof runs, "%s%u of %u runs", words[0] ? " · " : "",
			 curves->n_lines, all);
	strncat(words, runs, sizeof words - strlen(words) - 1);
	if (curves->has_cursor && curves->checkpoint[0]) {
		size_t used = strlen(words);

		snprintf(words + used, sizeof words - used, "%ssaved near: %s",
			 used ? " · " : "", curves->checkpoint);
	}
	width = (int)gate_width(GATE_UNICODE, text_from(words), sizeof words);
	/* The tag gives way to half of the line, but no further. */
	x = width + 2 < canvas->width / 2 ? canvas->width - width - 2 : canvas->width / 2;
	x = canvas_text(canvas, 0, 0, width ? x : canvas->width, ROLE_TITLE, curves->shown);
	if (width + x + 2 > canvas->width)
		width = canvas->width - x - 2;
	if (width > 0) {
		struct canvas right = canvas_window(canvas, canvas->width - width, 0, width, 1);

		canvas_string(&right, 0, 0, ROLE_DIM, words);
	}
}

static enum role mark_role(enum incident_kind kind)
{
	switch (kind) {
	case INCIDENT_NAN:
	case INCIDENT_INFINITE:
	case INCIDENT_DIVERGENCE:
		return ROLE_BAD;
	case INCIDENT_RATE:
	case INCIDENT_PLATEAU:
		return ROLE_DIM;
	default:
		return ROLE_WARNING;
	}
}

static size_t fill_marks(const struct curves *curves, struct chart_mark marks[MARKS_DRAWN])
{
	size_t n = 0;

	for (size_t i = 0; i < curves->n_marks && n < MARKS_DRAWN; i++) {
		enum incident_kind kind = curves->marks[i].incident->kind;

		marks[n++] = (struct chart_mark){ curves->marks[i].x, incident_marks[kind],
						  mark_role(kind) };
	}
	return n;
}

/* Lines in the order in which they are drawn: the one selected in the legend last, on top. */
static size_t fill_lines(const struct curves *curves, struct chart_line lines[2 * CURVES_LINES])
{
	size_t n = 0;

	for (unsigned i = 0; i < curves->n_lines; i++)
		if (curves->lines[i].curve.smooth != curves->lines[i].curve.raw)
			lines[n++] = background_line(&curves->lines[i].curve);
	for (unsigned i = 0; i < curves->n_lines; i++)
		if (i != curves->legend)
			lines[n++] = curves_chart_line(&curves->lines[i].curve,
						       curves->lines[i].style);
	if (curves->legend < curves->n_lines)
		lines[n++] = curves_chart_line(&curves->lines[curves->legend].curve,
					       curves->lines[curves->legend].style);
	return n;
}

static void draw_chart(const struct curves *curves, struct canvas *canvas, const struct axis *x)
{
	struct chart_line lines[2 * CURVES_LINES], edges[2 * CURVES_LINES];
	struct chart_band bands[CURVES_LINES];
	struct chart_mark marks[MARKS_DRAWN];
	char title[80];
	struct line_chart chart = { .x = *x, .y = y_axis(curves, x), .lines = lines,
				    .bands = bands, .marks = marks, .x_title = title };

	for (unsigned i = 0; i < curves->n_groups; i++) {
		const struct band *band = &curves->groups[i].band;

		lines[chart.n_lines++] = curves_chart_line(&band->mean, i);
		if (!band->low.n || curves->groups[i].count < 2)
			continue;
		edges[2 * i] = curves_chart_line(&band->low, i);
		edges[2 * i + 1] = curves_chart_line(&band->high, i);
		bands[chart.n_bands++] = (struct chart_band){ edges + 2 * i, edges + 2 * i + 1 };
	}
	if (!curves->n_groups)
		chart.n_lines = fill_lines(curves, lines);
	chart.n_marks = fill_marks(curves, marks);
	chart.cursor = curves->has_cursor ? &curves->cursor : NULL;
	if (curves->axis == CURVE_COLUMN)
		gate_text(GATE_ASCII, title, sizeof title, 16, text_from(curves->column));
	else
		snprintf(title, sizeof title, "%s",
			 curves->axis == CURVE_WALL ? "UTC" : curve_axis_names[curves->axis]);
	line_chart_draw(canvas, &chart);
}

int curves_chart_rows(const struct curves *curves)
{
	return 1 + EXPORT_ROWS + legend_rows(curves, 0, true);
}

void curves_chart_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas)
{
	struct axis x = x_axis(curves);
	int legend = legend_rows(curves, canvas->height, context->whole), height;
	struct canvas window;

	draw_title(curves, canvas);
	if (!curves->n_lines) {
		canvas_string(canvas, 0, 2, ROLE_DIM,
			      curves->failed ? "out of memory" : "no run that has this tag is on");
		return;
	}
	height = canvas->height - 1 - legend;
	window = canvas_window(canvas, 0, 1, canvas->width, height > 0 ? height : 0);
	draw_chart(curves, &window, &x);
	window = canvas_window(canvas, 0, 1 + height, canvas->width, legend);
	draw_legend(curves, context, &x, &window);
}
