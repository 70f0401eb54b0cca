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

static inline void power_group(const double *x, size_t n, double mean, double *s2, double *s3,
			       double *s4)
{
	for (size_t k = 0; k < n; k++) {
		double d = x[k] - mean, square = d * d;

		s2[k] += square;
		s3[k] += square * d;
		s4[k] += square * square;
	}
}

void moments_block(const double *values, size_t n, struct moments *moments)
{
	double a[LANES] = { 0 }, b[LANES] = { 0 };
	double s2[LANES] = { 0 }, s3[LANES] = { 0 }, s4[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		sum_group(values + i, LANES, a, b);
	sum_group(values + i, n - i, a, b);
	*moments = (struct moments){ .n = n };
	moments->sum.high = lanes_sum(a);
	moments->absolute.high = lanes_sum(b);
	if (n == 0)
		return;

	double mean = moments->sum.high / (double)n;

	for (i = 0; i + LANES <= n; i += LANES)
		power_group(values + i, LANES, mean, s2, s3, s4);
	power_group(values + i, n - i, mean, s2, s3, s4);
	moments->m2 = lanes_sum(s2);
	moments->m3 = lanes_sum(s3);
	moments->m4 = lanes_sum(s4);
}

double moments_mean(const struct moments *moments)
{
	return exact_sum_value(&moments->sum) / (double)moments->n;
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
	double delta = moments_mean(next) - moments_mean(into);
	double d = delta / n, d2 = d * d;
	double m2a = into->m2, m2b = next->m2;

	into->m4 += next->m4 + delta * d * d2 * na * nb * (na * na - na * nb + nb * nb) +
		    6 * d2 * (na * na * m2b + nb * nb * m2a) +
		    4 * d * (na * next->m3 - nb * into->m3);
	into->m3 += next->m3 + delta * d2 * na * nb * (na - nb) + 3 * d * (na * m2b - nb * m2a);
	into->m2 += m2b + delta * d * na * nb;
	into->n += next->n;
	exact_sum_add(&into->sum, next->sum.high);
	exact_sum_add(&into->sum, next->sum.low);
	exact_sum_add(&into->absolute, next->absolute.high);
	exact_sum_add(&into->absolute, next->absolute.low);
}
