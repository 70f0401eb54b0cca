#include <mtui/group.h>

#include <math.h>
#include <stdlib.h>

#include "core/analysis/statistics_parts.h"
#include "core/kernels/moments.h"

/* Fourth powers of values beyond these, or their sums, leave the range of a double. */
#define HUGE_MAGNITUDE 0x1p200
#define TINY_MAGNITUDE 0x1p-200
/* Twice 2^-1022 would not fit a double. */
#define LOWEST_EXPONENT (-1000)

/* A smaller tensor is rather looked at once more. */
#define SOLE_WORTH 65536

static int exponent_for(double min, double max)
{
	double largest = fmax(fabs(min), fabs(max));
	int exponent;

	if (!(largest > 0) || (largest <= HUGE_MAGNITUDE && largest >= TINY_MAGNITUDE))
		return 0;
	frexp(largest, &exponent);
	return exponent > LOWEST_EXPONENT ? exponent : LOWEST_EXPONENT;
}

static struct moments moments_of(const struct group *group)
{
	return (struct moments){
		.n = group->finite,
		.sum = { group->sum[0], group->sum[1] },
		.absolute = { group->absolute[0], group->absolute[1] },
		.mean = group->mean,
		.mean_low = group->mean_low,
		.m2 = group->m2,
		.m3 = group->m3,
		.m4 = group->m4,
	};
}

static void keep_moments(struct group *group, const struct moments *moments)
{
	group->sum[0] = moments->sum.high;
	group->sum[1] = moments->sum.low;
	group->absolute[0] = moments->absolute.high;
	group->absolute[1] = moments->absolute.low;
	group->mean = moments->mean;
	group->mean_low = moments->mean_low;
	group->m2 = moments->m2;
	group->m3 = moments->m3;
	group->m4 = moments->m4;
}

static void rescale(struct moments *moments, int by)
{
	moments->sum.high = ldexp(moments->sum.high, by);
	moments->sum.low = ldexp(moments->sum.low, by);
	moments->absolute.high = ldexp(moments->absolute.high, by);
	moments->absolute.low = ldexp(moments->absolute.low, by);
	moments->mean = ldexp(moments->mean, by);
	moments->mean_low = ldexp(moments->mean_low, by);
	moments->m2 = ldexp(moments->m2, 2 * by);
	moments->m3 = ldexp(moments->m3, 3 * by);
	moments->m4 = ldexp(moments->m4, 4 * by);
}

/* The sums behind a tensor's statistics, of its values divided by 2^exponent. */
static struct moments moments_behind(const struct statistics *s, int exponent)
{
	double n = (double)s->finite, std = ldexp(s->std, -exponent), square = std * std;
	struct moments moments = { .n = s->finite, .mean = ldexp(s->mean, -exponent) };

	moments.m2 = n * square;
	if (!isnan(s->skew))
		moments.m3 = n * s->skew * (square * std);
	if (!isnan(s->kurtosis))
		moments.m4 = n * (s->kurtosis + 3) * (square * square);
	moments.sum.high = isfinite(s->sum) ? ldexp(s->sum, -exponent) : n * moments.mean;
	moments.absolute.high =
		isfinite(s->l1) ? ldexp(s->l1, -exponent) : n * ldexp(s->max_abs, -exponent);
	return moments;
}

/* Doubles cannot tell large integers apart. */
static bool is_below(enum dtype dtype, double a, int64_t a_integer, double b, int64_t b_integer)
{
	if (a != b || (dtype != DTYPE_I64 && dtype != DTYPE_U64))
		return a < b;
	return dtype == DTYPE_I64 ? a_integer < b_integer :
				    (uint64_t)a_integer < (uint64_t)b_integer;
}

static void add_extremes(struct group *group, uint32_t index, const struct statistics *s)
{
	enum dtype dtype = group->dtype;

	if (group->finite == 0 ||
	    is_below(dtype, s->min, s->min_integer, group->min, group->min_integer)) {
		group->min = s->min;
		group->min_integer = s->min_integer;
		group->argmin = s->argmin;
		group->min_tensor = index;
	}
	if (group->finite == 0 ||
	    is_below(dtype, group->max, group->max_integer, s->max, s->max_integer)) {
		group->max = s->max;
		group->max_integer = s->max_integer;
		group->argmax = s->argmax;
		group->max_tensor = index;
	}
}

static void add_counts(struct group *group, uint32_t index, const struct statistics *s)
{
	if (group->nan == 0 && s->nan > 0) {
		group->first_nan = s->first_nan;
		group->nan_tensor = index;
	}
	if (group->posinf + group->neginf == 0 && s->posinf + s->neginf > 0) {
		group->first_inf = s->first_inf;
		group->inf_tensor = index;
	}
	group->count += s->count;
	group->zeros += s->zeros;
	group->negative += s->negative;
	group->subnormal += s->subnormal;
	group->nan += s->nan;
	group->posinf += s->posinf;
	group->neginf += s->neginf;
}

static void add_moments(struct group *group, const struct statistics *s)
{
	struct moments all = moments_of(group), more;
	int exponent = exponent_for(group->min, group->max);

	if (exponent != group->exponent && group->finite > 0)
		rescale(&all, group->exponent - exponent);
	group->exponent = exponent;
	more = moments_behind(s, exponent);
	moments_merge(&all, &more);
	keep_moments(group, &all);
	group->finite += s->finite;
}

/* A group of one tensor, large enough, needs no passes. */
static void keep_sole(struct group *group, const struct statistics *s)
{
	if (group->tensors == 1 && s->count >= SOLE_WORTH)
		group->sole = malloc(sizeof *group->sole);
	else
		group_free(group);
	if (group->sole)
		*group->sole = *s;
}

void group_add(struct group *group, const struct tensor *tensor, uint32_t index,
	       const struct statistics *s)
{
	if (group->tensors++ == 0) {
		group->dtype = tensor->dtype;
		group->argmin = group->argmax = group->first_nan = group->first_inf = UINT64_MAX;
		group->min_tensor = group->max_tensor = NO_INDEX;
		group->nan_tensor = group->inf_tensor = NO_INDEX;
		group->min = group->max = NAN;
	} else if (group->dtype != tensor->dtype) {
		group->dtype = DTYPE_UNKNOWN;
	}
	add_counts(group, index, s);
	if (s->finite > 0) {
		add_extremes(group, index, s);
		add_moments(group, s);
	}
	keep_sole(group, s);
}

void group_free(struct group *group)
{
	free(group->sole);
	group->sole = NULL;
}

void group_describe(const struct group *group, struct statistics *result)
{
	struct moments moments = moments_of(group);

	statistics_set_empty(result);
	if (group->tensors == 0)
		return;
	result->count = group->count;
	result->finite = group->finite;
	result->zeros = group->zeros;
	result->negative = group->negative;
	result->subnormal = group->subnormal;
	result->nan = group->nan;
	result->posinf = group->posinf;
	result->neginf = group->neginf;
	result->first_nan = group->first_nan;
	result->first_inf = group->first_inf;
	result->argmin = group->argmin;
	result->argmax = group->argmax;
	result->min = group->min;
	result->max = group->max;
	result->min_integer = group->min_integer;
	result->max_integer = group->max_integer;
	statistics_finish_moments(result, &moments, ldexp(1, -group->exponent));
	if (group->finite > 0)
		result->entropy = NAN;
}
