#include <math.h>
#include <stdlib.h>

#include "core/analysis/statistics_parts.h"
#include "core/analysis/stripes.h"
#include "core/kernels/bins.h"
#include "core/kernels/codes.h"
#include "core/kernels/decode.h"

struct tally {
	enum dtype dtype;
	struct codes codes;
	struct bins bins;
	double values[CODES_MAX]; /* in ascending order, by rank; NaN and infinities at the ends */
};

static bool count_block(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct tally *tally = context;

	codes_count(tally->dtype, bytes, n, first, &tally->codes);
	return true;
}

/* The code whose value is next in ascending order. */
static size_t code_at(enum dtype dtype, size_t rank)
{
	size_t n = codes_of(dtype), half = n / 2;

	switch (codes_order_of(dtype)) {
	case CODES_SIGNED: return rank ^ half;
	case CODES_SIGN_MAGNITUDE: return rank < half ? n - 1 - rank : rank - half;
	default: return rank;
	}
}

static void note_special(struct statistics *result, double value, uint64_t count, uint64_t first)
{
	if (isnan(value)) {
		result->nan += count;
		result->first_nan = first < result->first_nan ? first : result->first_nan;
		return;
	}
	result->posinf += value > 0 ? count : 0;
	result->neginf += value < 0 ? count : 0;
	result->first_inf = first < result->first_inf ? first : result->first_inf;
}

/* A code that occurs, in ascending order of values. The two zeros are one value. */
static void note_value(struct statistics *result, enum dtype dtype, double value, size_t code,
		       uint64_t count, uint64_t first)
{
	const uint8_t bytes[2] = { (uint8_t)code, (uint8_t)(code >> 8) };

	result->finite += count;
	result->zeros += value == 0 ? count : 0;
	result->negative += value < 0 ? count : 0;
	if (value != 0 && fabs(value) < decode_smallest_normal(dtype))
		result->subnormal += count;
	if (result->distinct == 0) {
		result->min = value + 0.0;
		result->min_integer = decode_i64(dtype, bytes, 0);
		result->argmin = first;
	} else if (value == result->min && first < result->argmin) {
		result->argmin = first;
	}
	if (result->distinct == 0 || value != result->max) {
		result->distinct++;
		result->max = value + 0.0;
		result->max_integer = decode_i64(dtype, bytes, 0);
		result->argmax = first;
	} else if (first < result->argmax) {
		result->argmax = first;
	}
}

static void survey_codes(struct tally *tally, struct statistics *result)
{
	const struct codes *codes = &tally->codes;

	for (size_t rank = 0; rank < codes_of(tally->dtype); rank++) {
		size_t code = code_at(tally->dtype, rank);
		const uint8_t bytes[2] = { (uint8_t)code, (uint8_t)(code >> 8) };
		uint64_t count = codes->counts[code];

		decode_f64(tally->dtype, bytes, 1, &tally->values[rank]);
		if (count == 0)
			continue;
		result->count += count;
		if (isfinite(tally->values[rank]))
			note_value(result, tally->dtype, tally->values[rank], code, count,
				   codes->first[code]);
		else
			note_special(result, tally->values[rank], count, codes->first[code]);
	}
}

/* Calls for every finite value that occurs. */
#define FOR_EACH_VALUE(tally, value, number)                                                       \
	for (size_t rank = 0; rank < codes_of((tally)->dtype); rank++)                             \
		for (double value = (tally)->values[rank],                                         \
			    number = (double)(tally)->codes.counts[code_at((tally)->dtype, rank)]; \
		     number > 0 && isfinite(value); number = 0)

static void sum_codes(const struct tally *tally, uint64_t finite, struct moments *moments)
{
	struct exact_sum m2 = { 0 }, m3 = { 0 }, m4 = { 0 };
	double n = (double)finite, mean;

	*moments = (struct moments){ .n = finite };
	FOR_EACH_VALUE(tally, value, number) {
		exact_sum_add(&moments->sum, value * number);
		exact_sum_add(&moments->absolute, fabs(value) * number);
	}
	mean = moments->mean = exact_sum_value(&moments->sum) / n;
	FOR_EACH_VALUE(tally, value, number) {
		double d = value - mean, square = d * d;

		exact_sum_add(&m2, number * square);
		exact_sum_add(&m3, number * (square * d));
		exact_sum_add(&m4, number * (square * square));
	}
	moments->m2 = exact_sum_value(&m2);
	moments->m3 = exact_sum_value(&m3);
	moments->m4 = exact_sum_value(&m4);
}

static void place_codes(struct tally *tally, struct statistics *result)
{
	bool integer = dtype_traits[tally->dtype].class != CLASS_FLOAT;
	uint64_t ranks[STATISTICS_N_PERCENTS], below = 0;
	size_t next = 0;

	statistics_ranks(result->finite, ranks);
	bins_init(&tally->bins, bins_type_of(tally->dtype), result->min, result->max, HISTOGRAM_BINS);
	FOR_EACH_VALUE(tally, value, number) {
		size_t bin = bins_index(&tally->bins, value);

		if (bin < HISTOGRAM_BINS)
			result->bins[bin] += (uint64_t)number;
		below += (uint64_t)number;
		for (; next < STATISTICS_N_PERCENTS && ranks[next] < below; next++) {
			result->quantiles[next] = value + 0.0;
			if (integer)
				result->quantiles_integer[next] = (int64_t)value;
		}
	}
}

static void describe(struct tally *tally, struct statistics *result)
{
	struct moments moments;

	codes_finish(tally->dtype, &tally->codes);
	survey_codes(tally, result);
	if (result->finite == 0)
		return;
	sum_codes(tally, result->finite, &moments);
	statistics_finish_moments(result, &moments, 1);
	place_codes(tally, result);
	statistics_finish_bins(result);
}

bool statistics_from_codes(struct tensor_walk *walk, struct statistics *result, struct error *err)
{
	void *workers[STRIPES_WORKERS];
	size_t wanted = stripes_workers(walk), n = 0;
	enum dtype dtype = walk->tensor->dtype;
	bool done = false;

	/* One is enough where there is no memory for more. */
	for (struct tally *tally; n < wanted && (tally = calloc(1, sizeof *tally)); n++) {
		tally->dtype = dtype;
		codes_init(&tally->codes);
		workers[n] = tally;
	}
	if (n == 0)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	done = stripes_pass(walk, workers, n, count_block, NULL, NULL, err);
	for (; n > 1; n--) {
		struct tally *other = workers[n - 1];

		codes_merge(dtype, &((struct tally *)workers[0])->codes, &other->codes);
		free(other);
	}
	if (done)
		describe(workers[0], result);
	free(workers[0]);
	return done;
}
