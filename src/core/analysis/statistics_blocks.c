/*
 * Pass 1 counts, finds the extremes, sums the moments of each block and merges them, counts
 * distinct values and the leading 16 bits of the order keys. Pass 2 counts the histogram, whose
 * range is known by then, and resolves the quantiles; 64-bit types may need one or two passes
 * more for those. Up to ORDER_GATHER elements are sorted instead, and pass 1 is the only one.
 *
 * NaN and infinities are squeezed out of a block before anything else sees it.
 */
#include <math.h>
#include <stdlib.h>

#include "core/analysis/distinct.h"
#include "core/analysis/order.h"
#include "core/analysis/statistics_parts.h"
#include "core/kernels/bins.h"
#include "core/kernels/decode.h"
#include "core/kernels/keys.h"

/* Fourth powers of values beyond these, or their sums, leave the range of a double. */
#define HUGE_MAGNITUDE 0x1p200
#define TINY_MAGNITUDE 0x1p-200

struct scan {
	enum dtype dtype;
	double smallest_normal, scale;
	struct statistics *result;
	struct moments moments;
	struct survey survey; /* of the block at hand */
	uint64_t min_key, max_key; /* of 64-bit integers */
	struct order order;
	struct distinct distinct;
	struct bins bins;
	/* The block at hand: its n finite values and where they stood. */
	size_t n;
	bool squeezed;
	double values[BLOCK];
	uint64_t keys[BLOCK];
	uint16_t positions[BLOCK];
};

static bool is_wide_integer(enum dtype dtype)
{
	return dtype == DTYPE_I64 || dtype == DTYPE_U64;
}

static bool may_be_special(enum dtype dtype)
{
	return dtype_traits[dtype].class == CLASS_FLOAT || dtype_traits[dtype].class == CLASS_COMPLEX;
}

/* Takes NaN and infinities out of scan->values. */
static void squeeze(struct scan *scan)
{
	size_t kept = 0;

	scan->squeezed = true;
	for (size_t i = 0; i < scan->n; i++) {
		if (!isfinite(scan->values[i]))
			continue;
		scan->positions[kept] = (uint16_t)i;
		scan->values[kept++] = scan->values[i];
	}
	scan->n = kept;
}

/* The values of a block, and what it says of them; NaN and infinities are left in. */
static void load_block(struct scan *scan, const uint8_t *bytes, size_t n)
{
	decode_f64(scan->dtype, bytes, n, scan->values);
	scan->n = n;
	scan->squeezed = false;
	if (scan->dtype == DTYPE_F32)
		survey_block_f32(bytes, n, &scan->survey);
	else
		survey_block(scan->values, n, scan->smallest_normal, &scan->survey);
}

/* In a later pass it is known whether there is anything to squeeze out. */
static void load_finite(struct scan *scan, const uint8_t *bytes, size_t n)
{
	decode_f64(scan->dtype, bytes, n, scan->values);
	scan->n = n;
	scan->squeezed = false;
	if (scan->result->finite < scan->result->count)
		squeeze(scan);
}

static void count_special(struct statistics *result, const double *values, size_t n,
			  uint64_t first)
{
	for (size_t i = 0; i < n; i++) {
		if (isnan(values[i])) {
			if (result->nan++ == 0)
				result->first_nan = first + i;
		} else if (isinf(values[i])) {
			if (result->posinf + result->neginf == 0)
				result->first_inf = first + i;
			result->posinf += values[i] > 0;
			result->neginf += values[i] < 0;
		}
	}
}

static uint64_t index_of(const struct scan *scan, double value, uint64_t first)
{
	size_t i = 0;

	while (i < scan->n - 1 && scan->values[i] != value)
		i++;
	return first + (scan->squeezed ? scan->positions[i] : i);
}

static void survey_values(struct scan *scan, uint64_t first)
{
	struct statistics *result = scan->result;
	const struct survey *survey = &scan->survey;

	result->zeros += survey->zeros;
	result->negative += survey->negative;
	result->subnormal += survey->subnormal;
	if (is_wide_integer(scan->dtype))
		return;
	if (result->finite == 0 || survey->min < result->min) {
		result->min = survey->min;
		result->argmin = index_of(scan, survey->min, first);
	}
	if (result->finite == 0 || survey->max > result->max) {
		result->max = survey->max;
		result->argmax = index_of(scan, survey->max, first);
	}
}

/* Doubles cannot tell large integers apart; their keys can. */
static void survey_keys(struct scan *scan, uint64_t first)
{
	for (size_t i = 0; i < scan->n; i++) {
		bool start = scan->result->finite == 0 && i == 0;

		if (start || scan->keys[i] < scan->min_key) {
			scan->min_key = scan->keys[i];
			scan->result->argmin = first + i;
		}
		if (start || scan->keys[i] > scan->max_key) {
			scan->max_key = scan->keys[i];
			scan->result->argmax = first + i;
		}
	}
}

static void add_moments(struct scan *scan)
{
	struct moments block;

	if (scan->scale != 1)
		for (size_t i = 0; i < scan->n; i++)
			scan->values[i] *= scan->scale;
	moments_block(scan->values, scan->n, &block);
	moments_merge(&scan->moments, &block);
}

static bool first_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct scan *scan = context;
	struct statistics *result = scan->result;

	load_block(scan, bytes, n);
	if (scan->survey.bad) {
		count_special(result, scan->values, n, first);
		squeeze(scan);
		survey_block(scan->values, scan->n, scan->smallest_normal, &scan->survey);
	}
	result->count += n;
	if (scan->n == 0)
		return true;
	survey_values(scan, first);
	keys_block(scan->dtype, scan->values, bytes, scan->n, scan->keys);
	if (is_wide_integer(scan->dtype))
		survey_keys(scan, first);
	add_moments(scan);
	order_add(&scan->order, scan->keys, scan->n);
	if (scan->distinct.slots)
		distinct_add(&scan->distinct, scan->keys, scan->n);
	result->finite += scan->n;
	return true;
}

static bool scaled_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct scan *scan = context;

	(void)first;
	load_finite(scan, bytes, n);
	add_moments(scan);
	return true;
}

static bool second_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct scan *scan = context;

	(void)first;
	load_finite(scan, bytes, n);
	bins_count(&scan->bins, scan->values, scan->n, scan->result->bins);
	keys_block(scan->dtype, scan->values, bytes, scan->n, scan->keys);
	order_add(&scan->order, scan->keys, scan->n);
	return true;
}

static bool later_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct scan *scan = context;

	(void)first;
	load_finite(scan, bytes, n);
	keys_block(scan->dtype, scan->values, bytes, scan->n, scan->keys);
	order_add(&scan->order, scan->keys, scan->n);
	return true;
}

/* Sorted keys of all elements: what other passes would have found. */
static void describe_gathered(struct scan *scan)
{
	const struct order *order = &scan->order;
	uint64_t distinct = 1;

	for (size_t i = 1; i < order->n_gathered; i++)
		distinct += order->gathered[i] != order->gathered[i - 1];
	scan->result->distinct = distinct;
	for (size_t begin = 0; begin < order->n_gathered; begin += BLOCK) {
		size_t left = order->n_gathered - begin;

		scan->n = left < BLOCK ? left : BLOCK;
		for (size_t i = 0; i < scan->n; i++)
			scan->values[i] = keys_value(scan->dtype, order->gathered[begin + i]);
		bins_count(&scan->bins, scan->values, scan->n, scan->result->bins);
	}
}

static void finish_extremes(struct scan *scan)
{
	struct statistics *result = scan->result;

	if (is_wide_integer(scan->dtype)) {
		result->min = keys_value(scan->dtype, scan->min_key);
		result->max = keys_value(scan->dtype, scan->max_key);
		result->min_integer = keys_integer(scan->dtype, scan->min_key);
		result->max_integer = keys_integer(scan->dtype, scan->max_key);
	} else if (!may_be_special(scan->dtype)) {
		result->min_integer = (int64_t)result->min;
		result->max_integer = (int64_t)result->max;
	}
}

/* Values so large or small that powers of them overflow: once more, moved by a power of two. */
static bool rescale(struct scan *scan, struct tensor_walk *walk, struct error *err)
{
	double largest = fmax(fabs(scan->result->min), fabs(scan->result->max));
	int exponent;

	if (largest == 0 || (largest <= HUGE_MAGNITUDE && largest >= TINY_MAGNITUDE))
		return true;
	frexp(largest, &exponent);
	/* Twice 2^-1022 would not fit a double. */
	scan->scale = ldexp(1, -exponent < 1000 ? -exponent : 1000);
	scan->moments = (struct moments){ 0 };
	walk->total += walk->tensor->present;
	return tensor_walk_pass(walk, scaled_pass, scan, err);
}

static bool run_passes(struct scan *scan, struct tensor_walk *walk, struct error *err)
{
	uint64_t ranks[STATISTICS_N_PERCENTS];
	walk_step *step = second_pass;

	if (!tensor_walk_pass(walk, first_pass, scan, err))
		return false;
	if (scan->result->finite == 0)
		return true;
	finish_extremes(scan);
	if (!rescale(scan, walk, err))
		return false;
	statistics_finish_moments(scan->result, &scan->moments, scan->scale);
	bins_init(&scan->bins, bins_type_of(scan->dtype), scan->result->min, scan->result->max, HISTOGRAM_BINS);
	statistics_ranks(scan->result->finite, ranks);
	order_want(&scan->order, ranks, STATISTICS_N_PERCENTS);
	if (!order_end_pass(&scan->order, err))
		return false;
	if (scan->order.finished)
		describe_gathered(scan);
	else
		scan->result->distinct = distinct_count(&scan->distinct);
	while (!scan->order.finished) {
		if (step == later_pass)
			walk->total += walk->tensor->present;
		if (!tensor_walk_pass(walk, step, scan, err) || !order_end_pass(&scan->order, err))
			return false;
		step = later_pass;
	}
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		scan->result->quantiles[q] = keys_value(scan->dtype, scan->order.found[q]);
	statistics_finish_bins(scan->result);
	return true;
}

bool statistics_from_blocks(struct tensor_walk *walk, struct statistics *result,
			    struct error *err)
{
	struct scan *scan = calloc(1, sizeof *scan);
	uint64_t present = walk->tensor->present;
	bool done;

	if (!scan)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	scan->dtype = walk->tensor->dtype;
	scan->smallest_normal = decode_smallest_normal(scan->dtype);
	scan->scale = 1;
	scan->result = result;
	done = order_init(&scan->order, keys_bits(scan->dtype), present, err);
	if (done && !scan->order.gathering) {
		walk->total = 2 * present;
		done = distinct_init(&scan->distinct) ||
		       error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	}
	done = done && run_passes(scan, walk, err);
	order_free(&scan->order);
	distinct_free(&scan->distinct);
	free(scan);
	return done;
}
