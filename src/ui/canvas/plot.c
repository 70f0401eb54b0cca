/*
 * Charts. A bar is given in steps of a cell's height: 8 in blocks, 4 rows of dots in braille, 1 in
 * ascii. In braille a cell is also two bars wide. `struct plane` is the part of the canvas that
 * holds bars, measured in such steps; everything else here is about what to write around it.
 *
 * All bars of a histogram stand for equal stretches of the axis, or a flat histogram would look
 * ragged. Bins of which there are fewer than bars get several bars each. Of the others, many values
 * are spread over all bars, a bin on the border of two bars counting for both by its parts; few
 * values are not, so that one value does not look like two: bins are summed in groups of one size,
 * and what is left over on the right stays empty.
 */
#include "ui/canvas/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/canvas/number.h"

void plot_spark(struct canvas *canvas, int x, int y, int columns, const uint8_t *shares, size_t n,
		enum role role)
{
	if (n == 0 || columns <= 0)
		return;
	for (int column = 0; column < columns && x + column < canvas->width; column++) {
		size_t first = (size_t)column * n / (size_t)columns;
		size_t end = ((size_t)column + 1) * n / (size_t)columns;
		unsigned share = shares[first];
		for (size_t i = first; i < end; i++)
			if (shares[i] > share)
				share = shares[i];
		canvas_put(canvas, x + column, y, role, canvas->glyphs->bars[(share * 8 + 254) / 255]);
	}
}

void plot_share(struct canvas *canvas, int x, int y, int columns, double share, enum role role)
{
	if (columns <= 0 || !(share > 0))
		share = 0;
	if (share > 1)
		share = 1;
	long eighths = share > 0 ? lround(share * columns * 8) : 0;
	if (share > 0 && eighths == 0)
		eighths = 1;
	for (int column = 0; column < columns && x + column < canvas->width; column++) {
		long fill = eighths - 8L * column;
		fill = fill < 0 ? 0 : fill > 8 ? 8 : fill;
		canvas_put(canvas, x + column, y, role, canvas->glyphs->shares[fill]);
	}
}

#define SPREAD_FROM 4096 /* values */
#define WIDEST_BAR  8	 /* of one bin, in cells */

struct plane {
	struct canvas canvas;  /* of the bars alone */
	int steps_across;      /* bars in one cell */
	int steps_up;	       /* steps of height in one cell */
	long bars, steps;      /* in the whole plane */
	long used;	       /* bars that stand for bins; the rest is empty */
	double bins_per_bar;
	double max;	       /* of one bar, over both series */
	bool gaps;	       /* the last bar of each bin stays empty: the values are discrete */
	bool log_counts;
};

static double sum_of(const uint64_t *bins, size_t n_bins)
{
	double sum = 0;

	for (size_t i = 0; bins && i < n_bins; i++)
		sum += (double)bins[i];
	return sum;
}

/* What stands between two places on the axis, measured in bins. */
static double count_between(const uint64_t *bins, size_t n_bins, double from, double to)
{
	double sum = 0;

	for (size_t i = (size_t)from; i < n_bins && (double)i < to; i++) {
		double first = from > (double)i ? from : (double)i;
		double last = to < (double)i + 1 ? to : (double)i + 1;
		if (last > first)
			sum += (last - first) * (double)bins[i];
	}
	return sum;
}

static double bar_count(const struct plane *plane, const uint64_t *bins, size_t n_bins, long bar)
{
	if (!bins || bar >= plane->used)
		return 0;
	if (plane->bins_per_bar > 1)
		return count_between(bins, n_bins, (double)bar * plane->bins_per_bar,
				     (double)(bar + 1) * plane->bins_per_bar);
	long each = plane->used / (long)n_bins;
	if (plane->gaps && each > plane->steps_across && (bar + 1) % each == 0)
		return 0;
	return (double)bins[bar / each];
}

/* How many bars stand for how many bins. */
static void share_out(struct plane *plane, const struct plot_histogram *histogram)
{
	long n = (long)histogram->n_bins, each = plane->bars / n;
	bool many = sum_of(histogram->bins, histogram->n_bins) >= SPREAD_FROM;

	if (each > 0) {
		if (each > (long)WIDEST_BAR * plane->steps_across)
			each = (long)WIDEST_BAR * plane->steps_across;
		plane->used = n * each;
		plane->bins_per_bar = 1 / (double)each;
	} else if (many) {
		plane->used = plane->bars;
		plane->bins_per_bar = (double)n / (double)plane->bars;
	} else {
		long group = (n + plane->bars - 1) / plane->bars;
		plane->used = (n + group - 1) / group;
		plane->bins_per_bar = (double)group;
	}
}

static struct plane plane_of(struct canvas canvas, const struct plot_histogram *histogram)
{
	struct plane plane = { .canvas = canvas, .steps_across = 1, .steps_up = 1,
			       .gaps = histogram->integers, .log_counts = histogram->log_counts };

	if (canvas.glyphs->level == GLYPHS_BLOCKS)
		plane.steps_up = 8;
	if (canvas.glyphs->level == GLYPHS_BRAILLE) {
		plane.steps_across = 2;
		plane.steps_up = 4;
	}
	plane.bars = (long)canvas.width * plane.steps_across;
	plane.steps = (long)canvas.height * plane.steps_up;
	if (plane.bars == 0)
		return plane;
	share_out(&plane, histogram);
	for (long bar = 0; bar < plane.used; bar++) {
		double count = bar_count(&plane, histogram->bins, histogram->n_bins, bar);
		double other = bar_count(&plane, histogram->other, histogram->n_bins, bar);
		plane.max = fmax(plane.max, fmax(count, other));
	}
	return plane;
}

static long bar_height(const struct plane *plane, double count)
{
	if (!(count > 0) || !(plane->max > 0))
		return 0;
	double share = plane->log_counts ? log1p(count) / log1p(plane->max) : count / plane->max;
	long height = lround(share * (double)plane->steps);
	return height < 1 ? 1 : height > plane->steps ? plane->steps : height;
}

static long bar_of(const struct plane *plane, const uint64_t *bins, size_t n_bins, long bar)
{
	return bar_height(plane, bar_count(plane, bins, n_bins, bar));
}

/* How much of a cell whose lower edge is `base` steps up a bar fills. */
static int fill_of(const struct plane *plane, long height, long base)
{
	long fill = height - base;
	return fill <= 0 ? 0 : fill >= plane->steps_up ? plane->steps_up : (int)fill;
}

/* Blocks and ascii. The other series shows as a shade above the bars and as a line inside them. */
static void draw_column(struct plane *plane, int x, long height, long other)
{
	const struct glyphs *g = plane->canvas.glyphs;
	bool ascii = g->level == GLYPHS_ASCII;

	for (int row = 0; row < plane->canvas.height; row++) {
		long base = (long)(plane->canvas.height - 1 - row) * plane->steps_up;
		int fill = fill_of(plane, height, base);
		bool over = other > base && fill == 0;
		bool inside = other > base && other <= base + plane->steps_up && other < height;
		if (over)
			canvas_put(&plane->canvas, x, row, ROLE_CHART_OTHER, ascii ? '.' : g->shades[1]);
		else if (inside)
			canvas_put(&plane->canvas, x, row, ROLE_CHART_OTHER, g->horizontal);
		else if (fill > 0)
			canvas_put(&plane->canvas, x, row, ROLE_CHART, ascii ? '#' : g->bars[fill]);
	}
}

/* Braille: the other series is its outline, one dot a bar. */
static void draw_dots(struct plane *plane, int x, const long height[2], const long other[2])
{
	static const uint8_t dots[2][4] = { { 0x40, 0x04, 0x02, 0x01 }, { 0x80, 0x20, 0x10, 0x08 } };

	for (int row = 0; row < plane->canvas.height; row++) {
		long base = (long)(plane->canvas.height - 1 - row) * 4;
		uint32_t pattern = 0;
		enum role role = ROLE_CHART;
		for (int side = 0; side < 2; side++) {
			for (int i = 0; i < fill_of(plane, height[side], base); i++)
				pattern |= dots[side][i];
			long top = other[side] - 1 - base;
			if (other[side] > 0 && top >= 0 && top < 4) {
				pattern |= dots[side][top];
				role = ROLE_CHART_OTHER;
			}
		}
		if (pattern != 0)
			canvas_put(&plane->canvas, x, row, role, 0x2800 + pattern);
	}
}

static void draw_bars(struct plane *plane, const struct plot_histogram *histogram)
{
	for (int x = 0; x < plane->canvas.width; x++) {
		long height[2], other[2];
		for (int side = 0; side < plane->steps_across; side++) {
			long bar = (long)x * plane->steps_across + side;
			height[side] = bar_of(plane, histogram->bins, histogram->n_bins, bar);
			other[side] = bar_of(plane, histogram->other, histogram->n_bins, bar);
		}
		if (plane->steps_across == 2)
			draw_dots(plane, x, height, other);
		else
			draw_column(plane, x, height[0], other[0]);
	}
}

static uint64_t rounded(double count)
{
	return count < 0x1p63 ? (uint64_t)llround(count) : (uint64_t)1 << 63;
}

/* Count labels and the line left of the bars, `axis` columns wide. */
static void draw_count_axis(struct canvas *canvas, const struct plane *plane, int axis, int rows)
{
	const struct glyphs *g = canvas->glyphs;
	char label[NUMBER_SIZE];

	for (int y = 0; y < rows; y++)
		canvas_put(canvas, axis - 1, y, ROLE_BORDER, g->vertical);
	if (rows > 1) {
		canvas_print_right(canvas, axis - 2, 0, ROLE_DIM, "%s", number_short(label, rounded(plane->max)));
		canvas_put(canvas, axis - 1, 0, ROLE_BORDER, g->axis_tick);
	}
	canvas_print_right(canvas, axis - 2, rows - 1, ROLE_DIM, "0");
	canvas_put(canvas, axis - 1, rows - 1, ROLE_BORDER, g->cross);
}

/* Low, 0 where it lies between, and high, each below its place, as far as they fit. */
static void draw_value_axis(struct canvas *canvas, const struct plane *plane,
			    const struct plot_histogram *histogram, int x, int y)
{
	char low[NUMBER_SIZE], high[NUMBER_SIZE];
	int low_width = 0, high_width = 0, width = canvas->width - x;

	for (int significant = 4; significant >= 1; significant--) {
		low_width = (int)strlen(number_value(low, histogram->low, significant));
		high_width = (int)strlen(number_value(high, histogram->high, significant));
		if (low_width + 1 + high_width <= width)
			break;
	}
	if (low_width > width)
		return;
	canvas_print(canvas, x, y, ROLE_DIM, "%s", low);
	if (!(histogram->high > histogram->low) || low_width + 1 + high_width > width)
		return;

	/* the last bars may be empty, or stand for less than the others */
	double bins = (double)plane->bars * plane->bins_per_bar;
	double span = (double)histogram->n_bins / bins;
	int end = (int)lround(span * width);
	if (plane->gaps && plane->bins_per_bar < 1)
		end--;
	int high_at = (end > width ? width : end) - high_width;
	if (high_at < low_width + 1)
		high_at = low_width + 1;
	canvas_print(canvas, x + high_at, y, ROLE_DIM, "%s", high);
	if (histogram->low < 0 && histogram->high > 0) {
		double share = -histogram->low / (histogram->high - histogram->low);
		if (histogram->integers)
			share = (-histogram->low + 0.25) / (double)histogram->n_bins;
		if (histogram->zero)
			share = *histogram->zero;
		int zero = (int)(share * span * width);
		if (zero > low_width && zero + 1 < high_at)
			canvas_print(canvas, x + zero, y, ROLE_DIM, "0");
	}
}

static void draw_levels(struct canvas *canvas, const struct plane *plane,
			const struct plot_histogram *histogram, int axis, int y)
{
	for (long bar = 0; bar < plane->used; bar++)
		if (bar_count(plane, histogram->other, histogram->n_bins, bar) > 0)
			canvas_put(canvas, axis + (int)(bar / plane->steps_across), y,
				   ROLE_CHART_OTHER, canvas->glyphs->arrow_up);
}

void plot_scale(const uint64_t *counts, size_t n, uint64_t of, uint64_t to, uint64_t *scaled)
{
	double factor = of ? (double)to / (double)of : 0;

	for (size_t i = 0; i < n; i++)
		scaled[i] = rounded((double)counts[i] * factor);
}

void plot_histogram(struct canvas *canvas, const struct plot_histogram *histogram)
{
	enum { NARROWEST_WITH_AXIS = 14, LOWEST_WITH_AXIS = 3, LOWEST_WITH_CAPTION = 6,
	       LOWEST_WITH_LEVELS = 4 };

	if (canvas->width <= 0 || canvas->height <= 0 || !histogram->bins || histogram->n_bins == 0)
		return;
	bool caption = canvas->height >= LOWEST_WITH_CAPTION && histogram->caption &&
		       histogram->caption[0];
	int rows = canvas->height;
	if (canvas->height >= LOWEST_WITH_AXIS)
		rows -= caption ? 2 : 1;
	bool levels = histogram->levels && histogram->other && rows >= LOWEST_WITH_LEVELS;
	rows -= levels;

	/* the label's width depends on the largest count, that on the columns there are: one round
	 * with the widest label (5 columns) settles it */
	int axis = canvas->width >= NARROWEST_WITH_AXIS ? 5 + 2 : 0;
	struct plane plane = plane_of(canvas_window(canvas, axis, 0, canvas->width - axis, rows),
				      histogram);
	draw_bars(&plane, histogram);
	if (axis > 0)
		draw_count_axis(canvas, &plane, axis, rows);
	if (levels)
		draw_levels(canvas, &plane, histogram, axis, rows++);
	if (canvas->height >= LOWEST_WITH_AXIS)
		draw_value_axis(canvas, &plane, histogram, axis, rows);
	if (caption) {
		size_t width = gate_width(GATE_UNICODE, text_from(histogram->caption), 1000);
		int x = canvas->width - (int)width;
		canvas_string(canvas, x < 0 ? 0 : x, rows + 1, ROLE_DIM, histogram->caption);
	}
}
