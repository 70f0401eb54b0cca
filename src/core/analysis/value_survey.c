/* NaN and infinities are squeezed out of a block before anything else sees it. */
#include "core/analysis/value_survey.h"

#include <math.h>

#include "core/kernels/decode.h"
#include "core/kernels/keys.h"

void value_survey_init(struct value_survey *survey, enum dtype dtype)
{
	struct value_counts *counts = &survey->counts;

	survey->dtype = dtype;
	survey->smallest_normal = decode_smallest_normal(dtype);
	survey->scale = 1;
	counts->min = INFINITY;
	counts->max = -INFINITY;
	counts->min_key = UINT64_MAX;
	counts->first_nan = counts->first_inf = counts->argmin = counts->argmax = UINT64_MAX;
}

/* Takes NaN and infinities out of survey->values. */
static void squeeze_block(struct value_survey *survey)
{
	size_t kept = 0;

	survey->squeezed = true;
	for (size_t i = 0; i < survey->n; i++) {
		double value = survey->values[i];

		survey->positions[kept] = (uint16_t)i;
		survey->values[kept] = value;
		kept += isfinite(value) != 0;
	}
	survey->n = kept;
}

static void count_special(struct value_counts *counts, const double *values, size_t n,
			  uint64_t first)
{
	for (size_t i = 0; i < n; i++) {
		if (isnan(values[i])) {
			if (counts->nan++ == 0)
				counts->first_nan = first + i;
		} else if (isinf(values[i])) {
			if (counts->posinf + counts->neginf == 0)
				counts->first_inf = first + i;
			counts->posinf += values[i] > 0;
			counts->neginf += values[i] < 0;
		}
	}
}

static uint64_t index_of(const struct value_survey *survey, double value, uint64_t first)
{
	size_t i = 0;

	while (i < survey->n - 1 && survey->values[i] != value)
		i++;
	return first + (survey->squeezed ? survey->positions[i] : i);
}

static void widen(struct value_survey *survey, const struct survey *found, uint64_t first)
{
	struct value_counts *counts = &survey->counts;

	if (found->min < counts->min) {
		counts->min = found->min;
		counts->argmin = index_of(survey, found->min, first);
	}
	if (found->max > counts->max) {
		counts->max = found->max;
		counts->argmax = index_of(survey, found->max, first);
	}
}

static uint64_t index_of_key(const struct value_survey *survey, uint64_t key)
{
	size_t i = 0;

	while (i < survey->n - 1 && survey->keys[i] != key)
		i++;
	return i;
}

/* Doubles cannot tell large integers apart; their keys can. */
static void widen_keys(struct value_survey *survey, const uint8_t *bytes, uint64_t first)
{
	struct value_counts *counts = &survey->counts;
	uint64_t least = UINT64_MAX, most = 0;

	keys_block(survey->dtype, survey->values, bytes, survey->n, survey->keys);
	for (size_t i = 0; i < survey->n; i++) {
		uint64_t key = survey->keys[i];

		least = key < least ? key : least;
		most = key > most ? key : most;
	}
	if (counts->finite == 0 || least < counts->min_key) {
		counts->min_key = least;
		counts->argmin = first + index_of_key(survey, least);
	}
	if (counts->finite == 0 || most > counts->max_key) {
		counts->max_key = most;
		counts->argmax = first + index_of_key(survey, most);
	}
}

void value_survey_moments(struct value_survey *survey)
{
	struct moments block;

	if (survey->scale != 1)
		for (size_t i = 0; i < survey->n; i++)
			survey->values[i] *= survey->scale;
	moments_block(survey->values, survey->n, &block);
	moments_merge(&survey->moments, &block);
}

void value_survey_add(struct value_survey *survey, const uint8_t *bytes, size_t n, uint64_t first)
{
	struct value_counts *counts = &survey->counts;
	struct survey found;

	value_survey_load(survey, bytes, n, false);
	counts->count += n;
	if (survey->dtype == DTYPE_F32)
		survey_block_f32(bytes, n, &found);
	else
		survey_block(survey->values, n, survey->smallest_normal, &found);
	if (found.bad) {
		count_special(counts, survey->values, n, first);
		squeeze_block(survey);
		survey_block(survey->values, survey->n, survey->smallest_normal, &found);
	}
	if (survey->n == 0)
		return;
	counts->zeros += found.zeros;
	counts->negative += found.negative;
	counts->subnormal += found.subnormal;
	if (dtype_is_wide_integer(survey->dtype))
		widen_keys(survey, bytes, first);
	else
		widen(survey, &found, first);
	counts->finite += survey->n;
	value_survey_moments(survey);
}

void value_survey_load(struct value_survey *survey, const uint8_t *bytes, size_t n, bool squeeze)
{
	decode_f64(survey->dtype, bytes, n, survey->values);
	survey->n = n;
	survey->squeezed = false;
	if (squeeze)
		squeeze_block(survey);
}

/* Of two extremes the better one; of equal ones the first. */
static bool is_before(bool better, bool equal, uint64_t index, uint64_t than)
{
	return better || (equal && index < than);
}

static void merge_extremes(enum dtype dtype, struct value_counts *into,
			   const struct value_counts *from)
{
	bool wide = dtype_is_wide_integer(dtype);

	if (from->finite == 0)
		return;
	if (is_before(wide ? from->min_key < into->min_key : from->min < into->min,
		      wide ? from->min_key == into->min_key : from->min == into->min, from->argmin,
		      into->argmin)) {
		into->min = from->min;
		into->min_key = from->min_key;
		into->argmin = from->argmin;
	}
	if (is_before(wide ? from->max_key > into->max_key : from->max > into->max,
		      wide ? from->max_key == into->max_key : from->max == into->max, from->argmax,
		      into->argmax)) {
		into->max = from->max;
		into->max_key = from->max_key;
		into->argmax = from->argmax;
	}
}

void value_counts_merge(enum dtype dtype, struct value_counts *into,
			const struct value_counts *from)
{
	merge_extremes(dtype, into, from);
	into->count += from->count;
	into->finite += from->finite;
	into->zeros += from->zeros;
	into->negative += from->negative;
	into->subnormal += from->subnormal;
	into->nan += from->nan;
	into->posinf += from->posinf;
	into->neginf += from->neginf;
	into->first_nan = from->first_nan < into->first_nan ? from->first_nan : into->first_nan;
	into->first_inf = from->first_inf < into->first_inf ? from->first_inf : into->first_inf;
}

void value_counts_report(enum dtype dtype, const struct value_counts *counts,
			 struct statistics *result)
{
	result->count = counts->count;
	result->finite = counts->finite;
	result->zeros = counts->zeros;
	result->negative = counts->negative;
	result->subnormal = counts->subnormal;
	result->nan = counts->nan;
	result->posinf = counts->posinf;
	result->neginf = counts->neginf;
	result->first_nan = counts->first_nan;
	result->first_inf = counts->first_inf;
	if (counts->finite == 0)
		return;
	result->argmin = counts->argmin;
	result->argmax = counts->argmax;
	if (dtype_is_wide_integer(dtype)) {
		result->min = keys_value(dtype, counts->min_key);
		result->max = keys_value(dtype, counts->max_key);
		result->min_integer = keys_integer(dtype, counts->min_key);
		result->max_integer = keys_integer(dtype, counts->max_key);
		return;
	}
	result->min = counts->min;
	result->max = counts->max;
	if (dtype_is_integer(dtype)) {
		result->min_integer = (int64_t)counts->min;
		result->max_integer = (int64_t)counts->max;
	}
}
