#include "core/quant/error_bins.h"

#include <math.h>
#include <string.h>

#define MIDDLE (ERROR_BINS / 2)
#define HALF   (HISTOGRAM_BINS / 2)

static void twice_as_wide(struct error_bins *bins)
{
	uint64_t *counts = bins->counts;

	for (size_t i = 0; i < MIDDLE; i++)
		counts[i] = counts[2 * i] + counts[2 * i + 1];
	memmove(counts + MIDDLE / 2, counts, MIDDLE * sizeof *counts);
	memset(counts, 0, MIDDLE / 2 * sizeof *counts);
	memset(counts + MIDDLE + MIDDLE / 2, 0, MIDDLE / 2 * sizeof *counts);
	bins->reach *= 2;
}

/* The bins that hold 0 stay where they are, whatever the range. */
static void widen(struct error_bins *bins, double max_error)
{
	int exponent;

	if (bins->reach == 0) {
		frexp(max_error, &exponent);
		bins->reach = ldexp(1, exponent);
	}
	while (max_error >= bins->reach)
		twice_as_wide(bins);
}

void error_bins_add(struct error_bins *bins, const float *x, const float *y, size_t n,
		    double max_error)
{
	double per_bin;

	if (max_error == 0) {
		bins->counts[MIDDLE] += n;
		return;
	}
	if (!isfinite(max_error)) {
		max_error = 0;
		for (size_t i = 0; i < n; i++)
			if (isfinite((double)y[i] - (double)x[i]))
				max_error = fmax(max_error, fabs((double)y[i] - (double)x[i]));
	}
	if (max_error > 0)
		widen(bins, max_error);
	per_bin = bins->reach > 0 ? MIDDLE / bins->reach : 0;
	for (size_t i = 0; i < n; i++) {
		double place = ((double)y[i] - (double)x[i]) * per_bin;
		int bin;

		if (!(place >= -MIDDLE && place < MIDDLE))
			continue;
		bin = (int)place;
		bin -= place < bin; /* floor, without its call */
		bins->counts[MIDDLE + bin]++;
	}
}

void error_bins_fit(const struct error_bins *bins, double max_abs,
		    uint64_t counts[HISTOGRAM_BINS], double *range)
{
	double width = bins->reach / MIDDLE;
	int needed = width > 0 ? (int)(fmin(max_abs, bins->reach) / width) + 1 : 1;
	int each = (needed + HALF - 1) / HALF;

	memset(counts, 0, HISTOGRAM_BINS * sizeof *counts);
	if (needed > MIDDLE)
		each = MIDDLE / HALF;
	for (int i = -each * HALF; i < each * HALF; i++)
		counts[(i + each * HALF) / each] += bins->counts[MIDDLE + i];
	*range = width * each * HALF;
}
