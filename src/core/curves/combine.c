#include <mtui/combine.h>

#include <math.h>
#include <stdlib.h>

#define BAND_PLACES 4096

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Where the curves are compared: *n places, ascending. NULL: out of memory, or none. */
static double *places_of(const struct curve *const *curves, size_t n_curves, size_t *n)
{
	double low = INFINITY, high = -INFINITY, from, to, *places;
	size_t total = 0, unique = 0;

	for (size_t i = 0; i < n_curves; i++) {
		total += curves[i]->n;
		if (curve_span(curves[i], &from, &to)) {
			low = fmin(low, from);
			high = fmax(high, to);
		}
	}
	*n = total > BAND_PLACES ? BAND_PLACES : total;
	places = malloc((*n ? *n : 1) * sizeof *places);
	if (!places)
		return NULL;
	if (total > BAND_PLACES) {
		for (size_t i = 0; i < *n; i++)
			places[i] = low + (high - low) * (double)i / (double)(*n - 1);
		return places;
	}
	for (size_t i = 0; i < n_curves; i++)
		for (size_t k = 0; k < curves[i]->n; k++)
			places[unique++] = curves[i]->x[k];
	qsort(places, unique, sizeof *places, compare_doubles);
	*n = 0;
	for (size_t i = 0; i < unique; i++)
		if (*n == 0 || places[i] != places[*n - 1])
			places[(*n)++] = places[i];
	return places;
}

struct sums {
	double mean, squares, low, high; /* squares: of the differences from the mean */
	size_t n;
};

static struct sums sums_at(const struct curve *const *curves, size_t n_curves, double x)
{
	struct sums sums = { .low = INFINITY, .high = -INFINITY };

	for (size_t i = 0; i < n_curves; i++) {
		double value = curve_at(curves[i], true, x), before = sums.mean;

		if (!isfinite(value))
			continue;
		sums.n++;
		sums.mean += (value - before) / (double)sums.n;
		sums.squares += (value - before) * (value - sums.mean);
		sums.low = fmin(sums.low, value);
		sums.high = fmax(sums.high, value);
	}
	return sums;
}

bool band_make(struct band *band, const struct curve *const *curves, size_t n_curves,
	       enum band_kind kind)
{
	size_t n = 0, kept = 0;
	double *x = places_of(curves, n_curves, &n);
	double *values = malloc((3 * n + 1) * sizeof *values);
	double *mean = values, *low = values + n, *high = values + 2 * n;
	bool good = x && values;

	*band = (struct band){ 0 };
	for (size_t i = 0; good && i < n; i++) {
		struct sums sums = sums_at(curves, n_curves, x[i]);

		if (!sums.n)
			continue;
		double deviation = sqrt(sums.squares / (double)sums.n);

		x[kept] = x[i];
		mean[kept] = sums.mean;
		low[kept] = kind == BAND_RANGE ? sums.low : sums.mean - deviation;
		high[kept++] = kind == BAND_RANGE ? sums.high : sums.mean + deviation;
	}
	good = good && curve_of_points(&band->mean, x, mean, kept) &&
	       curve_of_points(&band->low, x, low, kept) &&
	       curve_of_points(&band->high, x, high, kept);
	free(x);
	free(values);
	if (!good)
		band_free(band);
	return good;
}

void band_free(struct band *band)
{
	curve_free(&band->mean);
	curve_free(&band->low);
	curve_free(&band->high);
}

bool combine_two(struct curve *result, const struct curve *a, const struct curve *b,
		 enum combine how)
{
	double *x = malloc((a->n + 1) * sizeof *x), *values = malloc((a->n + 1) * sizeof *values);
	size_t n = 0;
	bool good = x && values;

	*result = (struct curve){ 0 };
	for (size_t i = 0; good && i < a->n; i++) {
		double other = curve_at(b, true, a->x[i]);

		if (isnan(other) || (how == COMBINE_RATIO && other == 0))
			continue;
		x[n] = a->x[i];
		values[n++] = how == COMBINE_RATIO ? a->smooth[i] / other : a->smooth[i] - other;
	}
	good = good && curve_of_points(result, x, values, n);
	free(x);
	free(values);
	return good;
}
