/* Histograms over time: a heat map, values upwards and steps to the right, or percentiles as bands.
 * Buckets are brought to a grid once; a value counts to all the height of its bucket. */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/canvas/number.h"

#define BUCKETS_MAX 1000000 /* of one histogram; more are not looked at */

static const double shares[HEAT_PERCENTILES] = { 0.05, 0.25, 0.5, 0.75, 0.95 };

void curves_heat_free(struct curves *curves)
{
	for (unsigned i = 0; curves->heat && i < HEAT_PERCENTILES; i++)
		curve_free(&curves->heat->percentiles[i]);
	free(curves->heat);
	curves->heat = NULL;
}

/* The run's histograms of that tag; `which` of those runs that are on and have some. */
static const struct run_histogram *find(const struct curves *curves, struct text tag,
					uint32_t which, const struct run **run, uint32_t *count)
{
	const struct run_histogram *found = NULL;

	*count = 0;
	for (size_t r = 0; r < curves->runs->count; r++) {
		const struct run *it = curves->runs->items[r];

		for (size_t i = 0; i < it->histogram_count && !curves->off[r]; i++) {
			if (!text_equal(it->histograms[i].tag, tag))
				continue;
			if ((*count)++ == which) {
				found = it->histograms + i;
				*run = it;
			}
		}
	}
	return found;
}

/* The edges of a bucket that are no numbers, or end nowhere, come from what else is known. */
static bool bucket(const struct run_histogram_step *step, uint32_t i, double *low, double *high)
{
	*low = step->left[i];
	*high = step->right[i];
	if (isfinite(step->min))
		*low = fmax(*low, step->min);
	if (isfinite(step->max))
		*high = fmin(*high, step->max);
	return step->counts[i] > 0 && isfinite(step->counts[i]) && fabs(*low) < 1e300 &&
	       fabs(*high) < 1e300 && *low <= *high;
}

static const struct run_histogram_step *step_at(const struct run_histogram *histogram,
						unsigned column, unsigned columns)
{
	return histogram->steps[(size_t)column * histogram->count / columns];
}

static void find_range(struct curves_heat *heat, const struct run_histogram *histogram)
{
	heat->low = INFINITY;
	heat->high = -INFINITY;
	for (unsigned c = 0; c < heat->columns; c++) {
		const struct run_histogram_step *step = step_at(histogram, c, heat->columns);

		heat->step[c] = step->step;
		for (uint32_t i = 0; i < step->buckets && i < BUCKETS_MAX; i++) {
			double low, high;

			if (!bucket(step, i, &low, &high))
				continue;
			heat->low = fmin(heat->low, low);
			heat->high = fmax(heat->high, high);
		}
	}
	if (heat->low == heat->high) {
		heat->low -= fmax(fabs(heat->low) / 20, 1e-9);
		heat->high += fmax(fabs(heat->high) / 20, 1e-9);
	}
}

static void fill_column(struct curves_heat *heat, unsigned column,
			const struct run_histogram_step *step)
{
	double scale = HEAT_ROWS / (heat->high - heat->low), cells[HEAT_ROWS] = { 0 }, most = 0;

	for (uint32_t i = 0; i < step->buckets && i < BUCKETS_MAX; i++) {
		double low, high;

		if (!bucket(step, i, &low, &high))
			continue;
		double from = fmin((low - heat->low) * scale, HEAT_ROWS - 1e-6);
		double to = fmax((high - heat->low) * scale, from + 1e-6);

		for (int row = (int)from; row < HEAT_ROWS && row < to; row++)
			cells[row] += step->counts[i] * (fmin(to, row + 1) - fmax(from, row)) /
				      (to - from);
	}
	for (int row = 0; row < HEAT_ROWS; row++)
		most = fmax(most, cells[row]);
	for (int row = 0; row < HEAT_ROWS; row++)
		heat->cells[column][row] = most > 0 ? (float)(cells[row] / most) : 0;
}

/* Where that share of all counts lies, on the line through its bucket. */
static double percentile(const struct run_histogram_step *step, double share)
{
	double total = 0, sum = 0, low, high;

	for (uint32_t i = 0; i < step->buckets && i < BUCKETS_MAX; i++)
		total += bucket(step, i, &low, &high) ? step->counts[i] : 0;
	for (uint32_t i = 0; i < step->buckets && i < BUCKETS_MAX; i++) {
		if (!bucket(step, i, &low, &high))
			continue;
		sum += step->counts[i];
		if (sum >= share * total)
			return high - (sum - share * total) / step->counts[i] * (high - low);
	}
	return NAN;
}

static bool fill_percentiles(struct curves_heat *heat, const struct run_histogram *histogram)
{
	double x[HEAT_COLUMNS], y[HEAT_COLUMNS];

	for (unsigned p = 0; p < HEAT_PERCENTILES; p++) {
		for (unsigned c = 0; c < heat->columns; c++) {
			x[c] = (double)heat->step[c];
			y[c] = percentile(step_at(histogram, c, heat->columns), shares[p]);
		}
		if (!curve_of_points(&heat->percentiles[p], x, y, heat->columns))
			return false;
	}
	return true;
}

bool curves_heat_update(struct curves *curves)
{
	const struct curves_entry *entry = curves_entry(curves);
	size_t number = entry ? curves->listed[curves->selected] : 0;
	const struct run_histogram *histogram;
	const struct run *run = NULL;
	uint32_t count;

	if (!entry || entry->kind != CURVES_HISTOGRAM) {
		curves_heat_free(curves);
		return true;
	}
	if (curves->heat && curves->heat->entry == number && !curves->stale &&
	    curves->heat->version == curves->runs->version && curves->heat->which == curves->which)
		return true;
	curves_heat_free(curves);
	find(curves, entry->tag, UINT32_MAX, &run, &count);
	curves->which = count ? curves->which % count : 0;
	histogram = find(curves, entry->tag, curves->which, &run, &count);
	if (!histogram || !histogram->count)
		return true;
	curves->heat = calloc(1, sizeof *curves->heat);
	if (!curves->heat)
		return false;
	*curves->heat = (struct curves_heat){ .entry = number, .version = curves->runs->version,
					      .which = curves->which, .run = run->name,
					      .steps = histogram->count };
	curves->heat->columns =
		histogram->count < HEAT_COLUMNS ? (unsigned)histogram->count : HEAT_COLUMNS;
	find_range(curves->heat, histogram);
	for (unsigned c = 0; c < curves->heat->columns && curves->heat->low < curves->heat->high;
	     c++)
		fill_column(curves->heat, c, step_at(histogram, c, curves->heat->columns));
	return fill_percentiles(curves->heat, histogram);
}

/* --- Drawing ----------------------------------------------------------------------------------- */

static enum role heat_role(double share)
{
	static const enum role roles[] = { ROLE_HEAT_0, ROLE_HEAT_1, ROLE_HEAT_2, ROLE_HEAT_3,
					   ROLE_HEAT_4 };
	int i = (int)(share * 5);

	return roles[i > 4 ? 4 : i];
}

/* The chart's frame alone, and the cells inside of it. */
static void draw_map(const struct curves_heat *heat, struct canvas *canvas,
		     const struct line_chart *frame)
{
	struct chart_area area = line_chart_area(canvas, frame);

	line_chart_draw(canvas, frame);
	for (int x = 0; x < area.width; x++) {
		unsigned column = (unsigned)x * heat->columns / (unsigned)area.width;

		for (int y = 0; y < area.height; y++) {
			int from = (area.height - 1 - y) * HEAT_ROWS / area.height;
			int to = (area.height - y) * HEAT_ROWS / area.height;
			float share = 0;

			for (int row = from; row < (to > from ? to : from + 1); row++)
				share = fmaxf(share, heat->cells[column][row]);
			if (share > 0)
				canvas_put(canvas, area.x + x, area.y + y, heat_role(share),
					   canvas->glyphs->shades[1 + (int)fminf(share * 4, 3)]);
		}
	}
}

static void draw_bands(const struct curves_heat *heat, struct canvas *canvas,
		       struct line_chart *chart)
{
	struct chart_line lines[HEAT_PERCENTILES];
	struct chart_band band = { lines + 1, lines + 3 };

	for (unsigned p = 0; p < HEAT_PERCENTILES; p++)
		lines[p] = curves_chart_line(&heat->percentiles[p], p == 2 ? 0 : p == 1 || p == 3 ? 1 : 2);
	chart->lines = lines;
	chart->n_lines = HEAT_PERCENTILES;
	chart->bands = &band;
	chart->n_bands = 1;
	line_chart_draw(canvas, chart);
}

void curves_heat_draw(const struct curves *curves, struct canvas *canvas)
{
	const struct curves_heat *heat = curves->heat;
	const struct curves_entry *entry = curves_entry(curves);
	struct canvas window = canvas_window(canvas, 0, 1, canvas->width, canvas->height - 2);
	char steps[NUMBER_SIZE];
	int x = entry ? canvas_text(canvas, 0, 0, canvas->width, ROLE_TITLE, entry->tag) : 0;

	if (!heat || !(heat->low < heat->high)) {
		canvas_string(canvas, 0, 2, ROLE_DIM, "no histogram with values in it");
		return;
	}
	canvas_text(canvas, x + 2, 0, canvas->width - x - 2, ROLE_DIM, heat->run);
	struct line_chart chart = {
		.x = { .unit = AXIS_COUNT, .low = (double)heat->step[0],
		       .high = (double)heat->step[heat->columns - 1] },
		.y = { .low = heat->low, .high = heat->high },
		.x_title = "step",
	};

	axis_open(&chart.x);
	axis_open(&chart.y);
	if (curves->panel == 0)
		draw_map(heat, &window, &chart);
	else
		draw_bands(heat, &window, &chart);
	canvas_print(canvas, 0, canvas->height - 1, ROLE_DIM, "%s · %s steps · w: %s",
		     curves->panel == 0 ? "share of the fullest of a step"
					: "median, p25 to p75, p5 and p95",
		     number_count(steps, heat->steps),
		     curves->panel == 0 ? "percentiles" : "heat map");
}
