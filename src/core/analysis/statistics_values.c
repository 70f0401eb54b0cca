/*
 * Any type, by its elements as doubles, in passes that several threads may share.
 *
 * Pass 1 counts, finds the extremes and sums moments (value_survey.h). Few elements are gathered
 * by it and sorted, and that was all. Otherwise pass 2 counts in PLACES equal steps between the
 * extremes, 256 of which are a bin; the elements next to the edge of a bin are looked at again.
 * Pass 3 finds the quantiles by the counts (place_order.h). Integers over a range of at most
 * PLACES values have a place each, and need no pass 3.
 *
 * Where single steps hold too many elements (an outlier, a value that repeats) or are too small
 * for a double, the quantiles come from the order keys, 16 bits a pass (order.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/distinct.h"
#include "core/analysis/order.h"
#include "core/analysis/place_order.h"
#include "core/analysis/statistics_parts.h"
#include "core/analysis/stripes.h"
#include "core/analysis/value_survey.h"
#include "core/kernels/bins.h"
#include "core/kernels/keys.h"

#define PLACES_A_BIN  (PLACES / HISTOGRAM_BINS)
#define PLACE_TABLES  2
#define GATHER_MOST   (2 * ORDER_GATHER)
#define DRAIN_AFTER   ((uint64_t)1 << 31)
#define EXACT_INTEGER 0x1p53

/* Fourth powers of values beyond these, or their sums, leave the range of a double. */
#define HUGE_MAGNITUDE 0x1p200
#define TINY_MAGNITUDE 0x1p-200

enum way { BY_GATHERING, BY_PLACES, BY_VALUES };

struct shared {
	enum dtype dtype;
	struct statistics *result;
	struct value_counts counts; /* of all readers, after pass 1 */
	enum way way;
	struct bins bins;
	bool place_is_value; /* of an integer type */
	struct place_order places;
	struct order order;   /* where places do not do */
	atomic_bool draining; /* a lock held for microseconds, rarely */
};

struct reader {
	struct shared *shared;
	struct value_survey survey;
	struct distinct distinct;
	uint64_t uncounted; /* elements since counts were last drained */
	uint64_t bins[HISTOGRAM_BINS];
	int64_t moved[HISTOGRAM_BINS]; /* what a bin has more than its places say */
	uint16_t places[BLOCK], found[BLOCK];
	uint64_t keys[BLOCK];
	uint32_t counts[PLACES][PLACE_TABLES];
};

/* --- Pass 1 ---------------------------------------------------------------------------------- */

static bool survey_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	struct shared *shared = reader->shared;
	struct value_survey *survey = &reader->survey;

	value_survey_add(survey, bytes, n, first);
	if (shared->way == BY_GATHERING) {
		keys_block(shared->dtype, survey->values, bytes, survey->n, reader->keys);
		order_add(&shared->order, reader->keys, survey->n);
	}
	return true;
}

static void take_moments(void *context, struct moments *moments)
{
	struct reader *reader = context;

	*moments = reader->survey.moments;
	reader->survey.moments = (struct moments){ 0 };
}

static bool scaled_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	const struct value_counts *counts = &reader->shared->counts;

	(void)first;
	value_survey_load(&reader->survey, bytes, n, counts->finite < counts->count);
	value_survey_moments(&reader->survey);
	return true;
}

/* --- Pass 2 ---------------------------------------------------------------------------------- */

/* Places at the edge of a bin: what they hold may belong to the next one. */
static void look_at_edges(struct reader *reader)
{
	const struct shared *shared = reader->shared;
	const struct value_survey *survey = &reader->survey;

	size_t n = places_at_edges(reader->places, survey->n, reader->found);

	for (size_t i = 0; i < n; i++) {
		size_t at = reader->found[i], guess = reader->places[at] / PLACES_A_BIN;
		size_t bin = bins_index(&shared->bins, survey->values[at]);

		if (bin < HISTOGRAM_BINS) {
			reader->moved[bin]++;
			reader->moved[guess]--;
		}
	}
}

static void drain_counts(struct reader *reader)
{
	struct shared *shared = reader->shared;

	while (atomic_exchange(&shared->draining, true))
		;
	for (size_t place = 0; place < PLACES; place++)
		for (size_t t = 0; t < PLACE_TABLES; t++)
			shared->places.totals[place] += reader->counts[place][t];
	atomic_store(&shared->draining, false);
	memset(reader->counts, 0, sizeof reader->counts);
	reader->uncounted = 0;
}

static bool place_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	const struct shared *shared = reader->shared;
	struct value_survey *survey = &reader->survey;
	size_t i = 0;

	(void)first;
	value_survey_load(survey, bytes, n, shared->counts.finite < shared->counts.count);
	places_find(&shared->places.places, survey->values, survey->n, reader->places);
	for (; i + 2 <= survey->n; i += 2) {
		reader->counts[reader->places[i]][0]++;
		reader->counts[reader->places[i + 1]][1]++;
	}
	if (i < survey->n)
		reader->counts[reader->places[i]][0]++;
	reader->uncounted += survey->n;
	if (shared->place_is_value)
		return true;
	look_at_edges(reader);
	if (!reader->distinct.overflow) {
		keys_block(shared->dtype, survey->values, bytes, survey->n, reader->keys);
		distinct_add(&reader->distinct, reader->keys, survey->n);
	}
	return true;
}

static void place_end(void *context, struct moments *moments)
{
	struct reader *reader = context;

	(void)moments;
	if (reader->uncounted >= DRAIN_AFTER)
		drain_counts(reader);
}

/* Bins that places cannot guess. */
static bool values_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	const struct shared *shared = reader->shared;
	struct value_survey *survey = &reader->survey;

	(void)first;
	value_survey_load(survey, bytes, n, shared->counts.finite < shared->counts.count);
	bins_count(&shared->bins, survey->values, survey->n, reader->bins);
	if (!reader->distinct.overflow) {
		keys_block(shared->dtype, survey->values, bytes, survey->n, reader->keys);
		distinct_add(&reader->distinct, reader->keys, survey->n);
	}
	return true;
}

/* --- Pass 3 ---------------------------------------------------------------------------------- */

static bool gather_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	struct shared *shared = reader->shared;
	struct value_survey *survey = &reader->survey;
	size_t size = dtype_traits[shared->dtype].bits / 8, found = 0, kept = 0;

	(void)first;
	value_survey_load(survey, bytes, n, shared->counts.finite < shared->counts.count);
	places_find(&shared->places.places, survey->values, survey->n, reader->places);
	for (size_t i = 0; i < survey->n; i++) {
		reader->found[found] = (uint16_t)i;
		found += shared->places.wanted[reader->places[i]];
	}
	for (size_t k = 0; k < found; k++) {
		size_t i = reader->found[k];

		/* 64-bit integers are keyed by their bytes; nothing was squeezed out of those. */
		if (survey->values[i] != 0)
			keys_block(shared->dtype, survey->values + i, bytes + size * i, 1,
				   &reader->keys[kept++]);
	}
	if (kept > 0)
		place_order_keep(&shared->places, reader->keys, kept);
	return true;
}

static bool keys_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	struct shared *shared = reader->shared;
	struct value_survey *survey = &reader->survey;

	(void)first;
	value_survey_load(survey, bytes, n, shared->counts.finite < shared->counts.count);
	keys_block(shared->dtype, survey->values, bytes, survey->n, reader->keys);
	order_add(&shared->order, reader->keys, survey->n);
	return true;
}

/* --- Between the passes ---------------------------------------------------------------------- */

static void set_quantile(struct shared *shared, size_t q, uint64_t key)
{
	shared->result->quantiles[q] = keys_value(shared->dtype, key);
	if (dtype_is_integer(shared->dtype))
		shared->result->quantiles_integer[q] = keys_integer(shared->dtype, key);
}

static void set_quantiles(struct shared *shared, const uint64_t keys[STATISTICS_N_PERCENTS])
{
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		set_quantile(shared, q, keys[q]);
}

static uint64_t key_of(const struct shared *shared, double value)
{
	const int64_t integer = shared->dtype == DTYPE_U64 ? (int64_t)(uint64_t)value :
				shared->dtype == DTYPE_I64 ? (int64_t)value :
							     0;
	uint8_t bytes[8];
	uint64_t key;

	for (size_t k = 0; k < sizeof bytes; k++)
		bytes[k] = (uint8_t)((uint64_t)integer >> 8 * k);
	keys_block(shared->dtype, &value, bytes, 1, &key);
	return key;
}

/* Sorted keys of all elements: what other passes would have found. */
static void describe_gathered(struct shared *shared, struct reader *reader)
{
	const struct order *order = &shared->order;
	uint64_t distinct = 1;

	for (size_t i = 1; i < order->n_gathered; i++)
		distinct += order->gathered[i] != order->gathered[i - 1];
	shared->result->distinct = distinct;
	for (size_t begin = 0; begin < order->n_gathered; begin += BLOCK) {
		size_t left = order->n_gathered - begin, n = left < BLOCK ? left : BLOCK;

		for (size_t i = 0; i < n; i++)
			reader->survey.values[i] =
				keys_value(shared->dtype, order->gathered[begin + i]);
		bins_count(&shared->bins, reader->survey.values, n, shared->result->bins);
	}
}

/* All elements are one value. */
static void describe_constant(struct shared *shared)
{
	struct statistics *result = shared->result;
	uint64_t key = dtype_is_wide_integer(shared->dtype) ? shared->counts.min_key :
							      key_of(shared, result->min);
	size_t bin = bins_index(&shared->bins, result->min);

	result->distinct = 1;
	if (bin < HISTOGRAM_BINS)
		result->bins[bin] = result->finite;
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		set_quantile(shared, q, key);
}

static enum way choose_way(struct shared *shared)
{
	const struct statistics *result = shared->result;
	const struct bins *bins = &shared->bins;

	if (dtype_is_integer(shared->dtype) && result->max - result->min < PLACES &&
	    fmax(fabs(result->min), fabs(result->max)) < EXACT_INTEGER) {
		shared->places.places = (struct places){ result->min, 1 };
		shared->place_is_value = true;
		return BY_PLACES;
	}
	shared->places.places = (struct places){ bins->first, bins->norm * PLACES_A_BIN };
	if (bins->scale == 1 && bins->slack < 1.0 / PLACES_A_BIN && bins->norm > 0x1p-1000 &&
	    bins->norm < 0x1p1000)
		return BY_PLACES;
	return BY_VALUES;
}

/* A place is a value. */
static void describe_integers(struct shared *shared)
{
	struct statistics *result = shared->result;
	uint64_t ranks[STATISTICS_N_PERCENTS], below = 0;
	size_t q = 0;

	statistics_ranks(result->finite, ranks);
	for (size_t place = 0; place < PLACES; place++) {
		double value = result->min + (double)place;
		uint64_t count = shared->places.totals[place];
		size_t bin;

		if (count == 0)
			continue;
		bin = bins_index(&shared->bins, value);
		if (bin < HISTOGRAM_BINS)
			result->bins[bin] += count;
		result->distinct++;
		below += count;
		for (; q < STATISTICS_N_PERCENTS && ranks[q] < below; q++)
			set_quantile(shared, q, key_of(shared, value));
	}
}

static bool gather(struct shared *shared, struct tensor_walk *walk, void *const *workers, size_t n,
		   uint64_t wanted, struct error *err)
{
	uint64_t keys[STATISTICS_N_PERCENTS];

	if (!place_order_begin(&shared->places, wanted))
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	if (wanted > 0) {
		walk->total += walk->tensor->present;
		if (!stripes_pass(walk, workers, n, gather_step, NULL, NULL, err))
			return false;
	}
	place_order_pick(&shared->places, key_of(shared, 0), keys);
	set_quantiles(shared, keys);
	return true;
}

/* Pass by pass from the leading bits on, by one thread. */
static bool find_by_keys(struct shared *shared, struct tensor_walk *walk, void *const *workers,
			 struct error *err)
{
	uint64_t ranks[STATISTICS_N_PERCENTS];

	if (!order_init(&shared->order, keys_bits(shared->dtype), walk->tensor->present, err))
		return false;
	statistics_ranks(shared->counts.finite, ranks);
	order_want(&shared->order, ranks, STATISTICS_N_PERCENTS);
	while (!shared->order.finished) {
		walk->total += walk->tensor->present;
		if (!stripes_pass(walk, workers, 1, keys_step, NULL, NULL, err) ||
		    !order_end_pass(&shared->order, err))
			return false;
	}
	set_quantiles(shared, shared->order.found);
	return true;
}

static void merge_second(struct shared *shared, struct reader *const *readers, size_t n)
{
	struct statistics *result = shared->result;

	for (size_t r = 0; r < n; r++) {
		drain_counts(readers[r]);
		if (r > 0)
			distinct_merge(&readers[0]->distinct, &readers[r]->distinct);
		for (size_t b = 0; b < HISTOGRAM_BINS; b++)
			result->bins[b] += readers[r]->bins[b] + (uint64_t)readers[r]->moved[b];
	}
	if (shared->place_is_value)
		return;
	result->distinct = distinct_count(&readers[0]->distinct);
	for (size_t place = 0; place < PLACES; place++)
		result->bins[place / PLACES_A_BIN] += shared->places.totals[place];
}

/* --- From beginning to end ------------------------------------------------------------------- */

/* Values so large or small that powers of them overflow: once more, moved by a power of two. */
static bool rescale(struct shared *shared, struct tensor_walk *walk, void *const *workers, size_t n,
		    double *scale, struct moments *moments, struct error *err)
{
	double largest = fmax(fabs(shared->result->min), fabs(shared->result->max));
	int exponent;

	*scale = 1;
	if (largest == 0 || (largest <= HUGE_MAGNITUDE && largest >= TINY_MAGNITUDE))
		return true;
	frexp(largest, &exponent);
	/* Twice 2^-1022 would not fit a double. */
	*scale = ldexp(1, -exponent < 1000 ? -exponent : 1000);
	for (size_t r = 0; r < n; r++)
		((struct reader *)workers[r])->survey.scale = *scale;
	*moments = (struct moments){ 0 };
	walk->total += walk->tensor->present;
	return stripes_pass(walk, workers, n, scaled_step, take_moments, moments, err);
}

static bool finish_order(struct shared *shared, struct reader *reader, struct error *err)
{
	uint64_t ranks[STATISTICS_N_PERCENTS];

	statistics_ranks(shared->result->finite, ranks);
	order_want(&shared->order, ranks, STATISTICS_N_PERCENTS);
	if (!order_end_pass(&shared->order, err))
		return false;
	describe_gathered(shared, reader);
	set_quantiles(shared, shared->order.found);
	return true;
}

static bool run_later(struct shared *shared, struct tensor_walk *walk, void *const *workers,
		      struct reader *const *readers, size_t n, struct error *err)
{
	uint64_t ranks[STATISTICS_N_PERCENTS], wanted;

	walk->total += walk->tensor->present;
	shared->way = choose_way(shared);
	if (!stripes_pass(walk, workers, n, shared->way == BY_PLACES ? place_step : values_step,
			  place_end, NULL, err))
		return false;
	merge_second(shared, readers, n);
	if (shared->way == BY_VALUES)
		return find_by_keys(shared, walk, workers, err);
	if (shared->place_is_value) {
		describe_integers(shared);
		return true;
	}
	statistics_ranks(shared->counts.finite, ranks);
	wanted = place_order_want(&shared->places, ranks, shared->counts.zeros);
	if (wanted > GATHER_MOST)
		return find_by_keys(shared, walk, workers, err);
	return gather(shared, walk, workers, n, wanted, err);
}

static bool run(struct shared *shared, struct tensor_walk *walk, void *const *workers, size_t n,
		struct error *err)
{
	struct reader *readers[STRIPES_WORKERS];
	struct statistics *result = shared->result;
	struct moments moments = { 0 };
	double scale;
	bool done = true;

	for (size_t r = 0; r < n; r++)
		readers[r] = workers[r];
	if (!stripes_pass(walk, workers, n, survey_step, take_moments, &moments, err))
		return false;
	shared->counts = readers[0]->survey.counts;
	for (size_t r = 1; r < n; r++)
		value_counts_merge(shared->dtype, &shared->counts, &readers[r]->survey.counts);
	value_counts_report(shared->dtype, &shared->counts, result);
	if (result->finite == 0)
		return true;
	if (!rescale(shared, walk, workers, n, &scale, &moments, err))
		return false;
	statistics_finish_moments(result, &moments, scale);
	bins_init(&shared->bins, bins_type_of(shared->dtype), result->min, result->max,
		  HISTOGRAM_BINS);
	if (shared->way == BY_GATHERING)
		done = finish_order(shared, readers[0], err);
	else if (dtype_is_wide_integer(shared->dtype) ?
			 shared->counts.min_key == shared->counts.max_key :
			 result->min == result->max)
		describe_constant(shared);
	else
		done = run_later(shared, walk, workers, readers, n, err);
	if (done)
		statistics_finish_bins(result);
	return done;
}

static struct reader *reader_new(struct shared *shared)
{
	struct reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	reader->shared = shared;
	value_survey_init(&reader->survey, shared->dtype);
	if (shared->way == BY_GATHERING || distinct_init(&reader->distinct))
		return reader;
	free(reader);
	return NULL;
}

static bool prepare(struct shared *shared, const struct tensor *tensor, struct error *err)
{
	shared->dtype = tensor->dtype;
	if (tensor->present > ORDER_GATHER) {
		shared->way = BY_PLACES;
		return true;
	}
	shared->way = BY_GATHERING;
	return order_init(&shared->order, keys_bits(tensor->dtype), tensor->present, err);
}

bool statistics_from_values(struct tensor_walk *walk, struct statistics *result, struct error *err)
{
	struct shared *shared = calloc(1, sizeof *shared);
	void *readers[STRIPES_WORKERS];
	size_t wanted, n = 0;
	bool done;

	if (!shared)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	shared->result = result;
	done = prepare(shared, walk->tensor, err);
	/* One reader is enough where there is no memory for more. */
	wanted = !done ? 0 : shared->way == BY_GATHERING ? 1 : stripes_workers(walk);
	while (n < wanted && (readers[n] = reader_new(shared)))
		n++;
	if (n > 0)
		done = run(shared, walk, readers, n, err);
	else if (done)
		done = error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	while (n > 0) {
		struct reader *reader = readers[--n];

		distinct_free(&reader->distinct);
		free(reader);
	}
	order_free(&shared->order);
	place_order_free(&shared->places);
	free(shared);
	return done;
}
