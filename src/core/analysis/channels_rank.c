/* Which slices stand out: modified z-scores of the largest magnitudes, see channels.h. */
#include <math.h>
#include <stdlib.h>

#include "core/analysis/channels_parts.h"

#define MAD_FACTOR  0.6745
#define MEAN_FACTOR 1.2533

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The lower median of n > 0 values; sorts them. */
static double median_of(double *values, size_t n)
{
	qsort(values, n, sizeof *values, ascending);
	return values[(n - 1) / 2];
}

static size_t magnitudes(const struct channels *channels, double *values)
{
	size_t n = 0;

	for (uint64_t i = 0; i < channels->n; i++)
		if (!isnan(channels->items[i].min))
			values[n++] = channel_magnitude(&channels->items[i]);
	return n;
}

/* Scaled to stay finite: magnitudes near the end of the range of a double have no sum. */
static double mean_deviation(const double *deviations, size_t n)
{
	double mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += deviations[i] / (double)n;
	return mean;
}

static void score(struct channels *channels, double *values)
{
	size_t n = magnitudes(channels, values);
	double spread = 0, factor = MAD_FACTOR;

	channels->median = channels->mad = NAN;
	if (n > 0) {
		channels->median = median_of(values, n);
		for (size_t i = 0; i < n; i++)
			values[i] = fabs(values[i] - channels->median);
		channels->mad = spread = median_of(values, n);
		if (spread == 0) {
			spread = mean_deviation(values, n);
			factor = 1 / MEAN_FACTOR;
		}
	}
	for (uint64_t i = 0; i < channels->n; i++) {
		struct channel *item = &channels->items[i];
		double distance = channel_magnitude(item) - channels->median;

		item->score = isnan(item->min) ? NAN : 0;
		if (distance != 0 && spread > 0 && !isnan(item->min))
			item->score = factor * (distance / spread);
		channels->n_outliers += fabs(item->score) > CHANNELS_OUTLIER;
	}
}

struct rank {
	double score; /* magnitude of it; below 0 where there is none */
	uint32_t slice;
};

static int by_score(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->slice < y->slice ? -1 : 1;
}

bool channels_rank(struct channels *channels, struct error *err)
{
	size_t n = (size_t)channels->n;
	struct rank *ranks = malloc(n * sizeof *ranks);
	double *values = malloc(n * sizeof *values);
	bool enough = ranks && values;

	if (enough) {
		score(channels, values);
		for (size_t i = 0; i < n; i++) {
			double size = fabs(channels->items[i].score);

			ranks[i] = (struct rank){ isnan(size) ? -1 : size, (uint32_t)i };
		}
		qsort(ranks, n, sizeof *ranks, by_score);
		for (size_t i = 0; i < n; i++)
			channels->ranked[i] = ranks[i].slice;
	}
	free(ranks);
	free(values);
	return enough || error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
}
