#include "ui/views/statistics_figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/figures.h"

#define EXACT_MAX 1e11 /* integers below it are shown in full */

static void add_value(struct figures *figures, const char *label, double value, int significant)
{
	char number[NUMBER_SIZE];

	figures_add(figures, label, ROLE_NUMBER, "%s",
		    isnan(value) ? "" : number_value(number, value, significant));
}

static void add_share(struct figures *figures, const char *label, enum role role, uint64_t count,
		      uint64_t of)
{
	char number[NUMBER_SIZE], share[NUMBER_SIZE];

	number_count(number, count);
	if (count == 0 || of == 0)
		figures_add(figures, label, ROLE_NUMBER, "%s", number);
	else
		figures_add(figures, label, role, "%s (%s)", number,
			    number_percent(share, (double)count / (double)of));
}

/* min and max of integer types to the last digit, as long as there is room for it. */
static void add_extreme(struct figures *figures, const char *label, enum dtype dtype, double value,
			int64_t integer)
{
	enum dtype_class class = dtype_traits[dtype].class;

	if (class == CLASS_SIGNED && fabs(value) < EXACT_MAX)
		figures_add(figures, label, ROLE_NUMBER, "%lld", (long long)integer);
	else if (class == CLASS_UNSIGNED && fabs(value) < EXACT_MAX)
		figures_add(figures, label, ROLE_NUMBER, "%llu", (unsigned long long)integer);
	else
		add_value(figures, label, value, 4);
}

static void moments(const struct statistics *s, enum dtype dtype, struct figures *figures)
{
	char number[NUMBER_SIZE];
	bool any = s->finite > 0;

	figures->count = 0;
	add_extreme(figures, "min", dtype, any ? s->min : NAN, s->min_integer);
	add_extreme(figures, "max", dtype, any ? s->max : NAN, s->max_integer);
	add_value(figures, "mean", any ? s->mean : NAN, 4);
	add_value(figures, "std", any ? s->std : NAN, 4);
	add_value(figures, "skew", s->skew, 3);
	add_value(figures, "kurtosis", s->kurtosis, 3);
	add_value(figures, "|x|max/std", any && s->std > 0 ? s->max_abs / s->std : NAN, 3);
	figures_add(figures, "distinct", ROLE_NUMBER, "%s",
		    s->distinct == UINT64_MAX ? ">65,536" : number_count(number, s->distinct));
	add_share(figures, "zeros", ROLE_NUMBER, s->zeros, s->count);
	add_share(figures, "NaN", ROLE_BAD, s->nan, s->count);
	add_share(figures, "Inf", ROLE_BAD, s->posinf + s->neginf, s->count);
	if (s->subnormal > 0)
		add_share(figures, "subnormal", ROLE_WARNING, s->subnormal, s->count);
}

static void percentiles(const struct statistics *s, struct figures *figures)
{
	static const char *const labels[] = {
#define X(percent) "p" #percent,
		STATISTICS_PERCENTS(X)
#undef X
	};

	figures->count = 0;
	for (unsigned i = 0; i < STATISTICS_N_PERCENTS; i++)
		add_value(figures, labels[i], s->finite > 0 ? s->quantiles[i] : NAN, 3);
}

static void bool_figures(const struct statistics *s, struct figures *figures)
{
	figures->count = 0;
	add_share(figures, "true", ROLE_NUMBER, s->count - s->zeros, s->count);
	add_share(figures, "false", ROLE_NUMBER, s->zeros, s->count);
}

int statistics_figures_rows(const struct statistics *s, enum dtype dtype, int width)
{
	struct figures figures;
	int rows;

	if (dtype == DTYPE_BOOL) {
		bool_figures(s, &figures);
		return figures_rows(&figures, width);
	}
	moments(s, dtype, &figures);
	rows = figures_rows(&figures, width);
	percentiles(s, &figures);
	return rows + figures_rows(&figures, width);
}

int statistics_figures_draw(const struct statistics *s, enum dtype dtype, struct canvas *canvas,
			    int y)
{
	struct figures figures;

	if (dtype == DTYPE_BOOL) {
		bool_figures(s, &figures);
		return figures_draw(&figures, canvas, y);
	}
	moments(s, dtype, &figures);
	y = figures_draw(&figures, canvas, y);
	percentiles(s, &figures);
	return figures_draw(&figures, canvas, y);
}

bool statistics_figures_has_histogram(const struct statistics *s, enum dtype dtype)
{
	return dtype != DTYPE_BOOL && s->finite > 0;
}

/* Integers of a small range, one bin for each: with bins of other widths their bars would stand in
 * odd places. False for all others. */
static bool integer_bins(const struct statistics *s, enum dtype dtype,
			 uint64_t bins[HISTOGRAM_BINS], size_t *n)
{
	enum dtype_class class = dtype_traits[dtype].class;
	uint64_t range = (uint64_t)s->max_integer - (uint64_t)s->min_integer;

	if ((class != CLASS_SIGNED && class != CLASS_UNSIGNED) || range == 0 ||
	    range >= HISTOGRAM_BINS)
		return false;
	/* Value number v fell into bin floor(v * HISTOGRAM_BINS / range), the last into the last. */
	memset(bins, 0, HISTOGRAM_BINS * sizeof *bins);
	for (uint64_t i = 0; i < HISTOGRAM_BINS; i++)
		bins[(i * range + HISTOGRAM_BINS - 1) / HISTOGRAM_BINS] += s->bins[i];
	*n = (size_t)range + 1;
	return true;
}

void statistics_figures_histogram(const struct statistics *s, enum dtype dtype, bool log_counts,
				  const char *sure, struct canvas *canvas, int y)
{
	uint64_t own[HISTOGRAM_BINS];
	struct plot_histogram histogram = {
		.bins = s->bins,
		.n_bins = HISTOGRAM_BINS,
		.low = s->min,
		.high = s->max,
		.log_counts = log_counts,
	};
	struct canvas window;
	char caption[128];

	if (y >= canvas->height)
		return;
	if (integer_bins(s, dtype, own, &histogram.n_bins)) {
		histogram.bins = own;
		histogram.integers = true;
	}
	snprintf(caption, sizeof caption, "%zu bins · %s · %s", histogram.n_bins,
		 log_counts ? "log counts" : "linear", sure);
	histogram.caption = caption;
	window = canvas_window(canvas, 0, y, canvas->width, canvas->height - y);
	plot_histogram(&window, &histogram);
}
