/* What follows from counts, moments and bins. */
#include <math.h>

#include "core/analysis/log2_exact.h"
#include "core/analysis/statistics_parts.h"

const double statistics_percents[STATISTICS_N_PERCENTS] = {
#define X(percent) percent,
	STATISTICS_PERCENTS(X)
#undef X
};

void statistics_ranks(uint64_t n, uint64_t ranks[STATISTICS_N_PERCENTS])
{
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		ranks[q] = (uint64_t)floor(statistics_percents[q] / 100 * (double)(n - 1));
}

void statistics_finish_moments(struct statistics *result, const struct moments *moments,
			       double scale)
{
	double n = (double)moments->n;

	if (moments->n == 0)
		return;
	result->positive = result->finite - result->zeros - result->negative;
	result->max_abs = fmax(fabs(result->min), fabs(result->max));
	result->sum = exact_sum_value(&moments->sum) / scale;
	result->l1 = exact_sum_value(&moments->absolute) / scale;
	if (result->min == result->max) {
		result->mean = result->min;
		result->std = 0;
		result->l2 = result->max_abs * sqrt(n);
		return;
	}
	double mean = moments->mean + moments->mean_low, variance = moments->m2 / n;

	result->mean = mean / scale;
	result->std = sqrt(variance) / scale;
	result->l2 = sqrt(moments->m2 + n * mean * mean) / scale;
	if (variance * variance > 0) {
		result->skew = moments->m3 / n / (variance * sqrt(variance));
		result->kurtosis = moments->m4 / n / (variance * variance) - 3;
	}
}

void statistics_finish_bins(struct statistics *result)
{
	double entropy = 0;

	for (size_t b = 0; b < HISTOGRAM_BINS; b++) {
		if (result->bins[b] == 0)
			continue;
		double share = (double)result->bins[b] / (double)result->finite;

		entropy -= share * log2_exact(share);
	}
	result->entropy = entropy + 0.0;
}

void statistics_set_empty(struct statistics *result)
{
	*result = (struct statistics){ .first_nan = UINT64_MAX, .first_inf = UINT64_MAX,
				       .argmin = UINT64_MAX, .argmax = UINT64_MAX };
	result->min = result->max = result->mean = result->std = NAN;
	result->skew = result->kurtosis = result->max_abs = NAN;
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		result->quantiles[q] = NAN;
}
