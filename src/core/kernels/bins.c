#include "core/kernels/bins.h"

#include <math.h>

#include "core/kernels/vector.h"

static void fill_edges(struct bins *bins)
{
	double width = bins->last - bins->first;
	double step = width / (double)bins->n;

	for (size_t i = 0; i < bins->n; i++)
		bins->edges[i] = (step == 0 ? (double)i / (double)bins->n * width
					    : (double)i * step) + bins->first;
	bins->edges[bins->n] = bins->last;
}

void bins_init(struct bins *bins, double low, double high, size_t n)
{
	bins->n = n;
	bins->scale = 1;
	if (low == high) {
		low -= 0.5;
		high += 0.5;
	}
	/* A width, or its reciprocal, that a double cannot hold. */
	if (!isfinite(high - low))
		bins->scale = 0x1p-8;
	else if (high > low && !isfinite((double)n / (high - low)))
		bins->scale = 0x1p64;
	bins->first = low * bins->scale;
	bins->last = high * bins->scale;
	bins->norm = high > low ? (double)n / (bins->last - bins->first) : 0;
	/* Rounding moves a guess by some 2^-52 of the edges; where that is much of a bin, no guess
	 * is sure. */
	bins->slack = 1;
	if (fmax(fabs(low), fabs(high)) < (high - low) * 0x1p20)
		bins->slack = 0x1p-20;
	fill_edges(bins);
}

static inline size_t correct(const struct bins *bins, double x, size_t index)
{
	index -= index == bins->n;
	index -= x < bins->edges[index];
	index += x >= bins->edges[index + 1] && index != bins->n - 1;
	return index;
}

size_t bins_index(const struct bins *bins, double value)
{
	double x = value * bins->scale;

	if (!(x >= bins->first && x <= bins->last))
		return SIZE_MAX;
	if (bins->norm == 0)
		return bins->n / 2;
	return correct(bins, x, (size_t)((x - bins->first) * bins->norm));
}

void bins_count(const struct bins *bins, const double *values, size_t n, uint64_t *counts)
{
	uint16_t guesses[BLOCK];

	if (bins->norm == 0) {
		for (size_t i = 0; i < n; i++)
			counts[bins->n / 2] += values[i] * bins->scale == bins->first;
		return;
	}
	if (kernels_current()->guess_bins(bins, values, n, guesses)) {
		for (size_t i = 0; i < n; i++)
			counts[guesses[i]]++;
		return;
	}
	/* A guess is wrong by one at most; only what lies outside has none. */
	for (size_t i = 0; i < n; i++) {
		double x = values[i] * bins->scale;

		if (x >= bins->first && x <= bins->last)
			counts[correct(bins, x, guesses[i])]++;
	}
}
