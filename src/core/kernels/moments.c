#include "core/kernels/moments.h"

#include <math.h>

#include "core/kernels/vector.h"

void exact_sum_add(struct exact_sum *sum, double value)
{
	double total = sum->high + value;

	if (fabs(sum->high) >= fabs(value))
		sum->low += (sum->high - total) + value;
	else
		sum->low += (value - total) + sum->high;
	sum->high = total;
}

void exact_sum_merge(struct exact_sum *into, const struct exact_sum *next)
{
	exact_sum_add(into, next->high);
	into->low += next->low;
}

double exact_sum_value(const struct exact_sum *sum)
{
	return isfinite(sum->high) ? sum->high + sum->low : sum->high;
}

void survey_block(const double *values, size_t n, double smallest_normal, struct survey *survey)
{
	kernels_current()->survey_f64(values, n, smallest_normal, survey);
}

void survey_block_f32(const uint8_t *bytes, size_t n, struct survey *survey)
{
	kernels_current()->survey_f32(bytes, n, survey);
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
	const struct kernels *kernels = kernels_current();
	double sum[LANES], absolute[LANES], powers[4][LANES];

	*moments = (struct moments){ .n = n };
	if (n == 0)
		return;
	kernels->sums(values, n, sum, absolute);
	moments->sum.high = lanes_sum(sum);
	moments->absolute.high = lanes_sum(absolute);
	moments->mean = moments->sum.high / (double)n;
	kernels->powers(values, n, moments->mean, powers);
	correct(moments, lanes_sum(powers[0]), lanes_sum(powers[1]), lanes_sum(powers[2]),
		lanes_sum(powers[3]));
}

void moments_from_powers(struct moments *moments, double shift, const struct exact_sum powers[4])
{
	double s1 = exact_sum_value(&powers[0]), n = (double)moments->n;

	correct(moments, s1, exact_sum_value(&powers[1]), exact_sum_value(&powers[2]),
		exact_sum_value(&powers[3]));
	moments->mean = shift + moments->mean_low;
	moments->mean_low += shift - moments->mean;
	moments->sum = powers[0];
	exact_sum_add(&moments->sum, shift * n);
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
	exact_sum_merge(&into->sum, &next->sum);
	exact_sum_merge(&into->absolute, &next->absolute);
}
