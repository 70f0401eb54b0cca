#include "core/kernels/moments.h"

#include <float.h>
#include <math.h>

#include "core/kernels/lanes.h"

void exact_sum_add(struct exact_sum *sum, double value)
{
	double total = sum->high + value;

	if (fabs(sum->high) >= fabs(value))
		sum->low += (sum->high - total) + value;
	else
		sum->low += (value - total) + sum->high;
	sum->high = total;
}

double exact_sum_value(const struct exact_sum *sum)
{
	return isfinite(sum->high) ? sum->high + sum->low : sum->high;
}

bool survey_all_finite(const double *values, size_t n)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += !(fabs(values[i]) <= DBL_MAX);
	return bad == 0;
}

/* n values of at most LANES into the lanes: whole groups and the last, shorter one alike. */
static inline void survey_group(const double *x, size_t n, double smallest_normal, double *min,
				double *max, double (*counts)[LANES])
{
	for (size_t k = 0; k < n; k++) {
		min[k] = x[k] < min[k] ? x[k] : min[k];
		max[k] = x[k] > max[k] ? x[k] : max[k];
		counts[0][k] += x[k] == 0 ? 1.0 : 0.0;
		counts[1][k] += x[k] < 0 ? 1.0 : 0.0;
		counts[2][k] += fabs(x[k]) < smallest_normal ? 1.0 : 0.0;
	}
}

void survey_block(const double *values, size_t n, double smallest_normal, struct survey *survey)
{
	double min[LANES], max[LANES], counts[3][LANES] = { { 0 } };
	double low = INFINITY, high = -INFINITY;
	size_t i = 0;

	for (size_t k = 0; k < LANES; k++) {
		min[k] = INFINITY;
		max[k] = -INFINITY;
	}
	for (; i + LANES <= n; i += LANES)
		survey_group(values + i, LANES, smallest_normal, min, max, counts);
	survey_group(values + i, n - i, smallest_normal, min, max, counts);
	for (size_t k = 0; k < LANES; k++) {
		low = min[k] < low ? min[k] : low;
		high = max[k] > high ? max[k] : high;
	}
	/* Adding 0 turns -0 into 0, so the sign of a zero does not depend on the order. */
	survey->min = low + 0.0;
	survey->max = high + 0.0;
	survey->zeros = (uint32_t)lanes_sum(counts[0]);
	survey->negative = (uint32_t)lanes_sum(counts[1]);
	survey->subnormal = (uint32_t)lanes_sum(counts[2]);
	survey->subnormal -= smallest_normal > 0 ? survey->zeros : 0;
}

static inline void sum_group(const double *x, size_t n, double *sum, double *absolute)
{
	for (size_t k = 0; k < n; k++) {
		sum[k] += x[k];
		absolute[k] += fabs(x[k]);
	}
}

static inline void power_group(const double *x, size_t n, double mean, double *s1, double *s2,
			       double *s3, double *s4)
{
	for (size_t k = 0; k < n; k++) {
		double d = x[k] - mean, square = d * d;

		s1[k] += d;
		s2[k] += square;
		s3[k] += square * d;
		s4[k] += square * square;
	}
}

/* From sums of powers of x - mean, where the sum of the first powers is s1 and should be 0. */
static void correct(struct moments *moments, double s1, double s2, double s3, double s4)
{
	double n = (double)moments->n, low = s1 / n;

	moments->mean_low = low;
	moments->m2 = s2 - s1 * low;
	moments->m3 = s3 - 3 * low * s2 + 2 * s1 * low * low;
	moments->m4 = s4 - 4 * low * s3 + 6 * low * low * s2 - 3 * s1 * low * low * low;
}

void moments_block(const double *values, size_t n, struct moments *moments)
{
	double sum[LANES] = { 0 }, absolute[LANES] = { 0 };
	double s1[LANES] = { 0 }, s2[LANES] = { 0 }, s3[LANES] = { 0 }, s4[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		sum_group(values + i, LANES, sum, absolute);
	sum_group(values + i, n - i, sum, absolute);
	*moments = (struct moments){ .n = n };
	moments->sum.high = lanes_sum(sum);
	moments->absolute.high = lanes_sum(absolute);
	if (n == 0)
		return;
	moments->mean = moments->sum.high / (double)n;
	for (i = 0; i + LANES <= n; i += LANES)
		power_group(values + i, LANES, moments->mean, s1, s2, s3, s4);
	power_group(values + i, n - i, moments->mean, s1, s2, s3, s4);
	correct(moments, lanes_sum(s1), lanes_sum(s2), lanes_sum(s3), lanes_sum(s4));
}

void moments_merge(struct moments *into, const struct moments *next)
{
	if (next->n == 0)
		return;
	if (into->n == 0) {
		*into = *next;
		return;
	}
	double na = (double)into->n, nb = (double)next->n, n = na + nb;
	double delta = (next->mean - into->mean) + (next->mean_low - into->mean_low);
	double d = delta / n, d2 = d * d;
	double m2a = into->m2, m2b = next->m2, high = into->mean, low;

	into->m4 += next->m4 + delta * d * d2 * na * nb * (na * na - na * nb + nb * nb) +
		    6 * d2 * (na * na * m2b + nb * nb * m2a) +
		    4 * d * (na * next->m3 - nb * into->m3);
	into->m3 += next->m3 + delta * d2 * na * nb * (na - nb) + 3 * d * (na * m2b - nb * m2a);
	into->m2 += m2b + delta * d * na * nb;
	into->n += next->n;
	low = into->mean_low + d * nb;
	into->mean = high + low;
	into->mean_low = low - (into->mean - high);
	exact_sum_add(&into->sum, next->sum.high);
	exact_sum_add(&into->absolute, next->absolute.high);
}
