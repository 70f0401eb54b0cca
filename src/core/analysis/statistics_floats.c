/*
 * f32, by the elements as they lie, in two passes that several threads may share.
 *
 * The first counts the leading 16 bits, notes extremes and sums powers of x - shift. Every GROUP
 * elements have their own shift, near their mean, so that no digits are lost where the mean is
 * large; groups are merged into stripes and stripes into the whole, in order. From the counts
 * follow the counts of signs and subnormals and, of each quantile, the leading bits. The second
 * pass counts the bins and the other 16 bits of elements that begin like a quantile.
 */
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/analysis/distinct.h"
#include "core/analysis/edge_bins.h"
#include "core/analysis/statistics_parts.h"
#include "core/analysis/stripes.h"
#include "core/kernels/decode.h"
#include "core/kernels/floats.h"

#define GROUP	   (32 * BLOCK)
#define SAMPLE	   256 /* elements that a group's shift is the mean of */
#define INFINITY16 0x7f80

/* Elements after which a worker's 32-bit counts are drained, below what could overflow. */
#define DRAIN_AFTER ((uint64_t)1 << 31)

/* Elements that begin like a quantile, of one reader, before the lock is taken for them. */
#define PENDING (8 * BLOCK)

struct counts {
	uint64_t finite, nan, posinf, neginf, first_nan, first_inf, zeros, negative_zeros;
	uint64_t argmin, argmax;
	float min, max;
};

struct shared {
	struct statistics *result;
	struct bins bins;
	struct floats_aim aim;
	bool aimed;
	size_t n_prefixes;
	uint16_t prefixes[STATISTICS_N_PERCENTS];
	size_t prefix_of[STATISTICS_N_PERCENTS];
	uint64_t rank[STATISTICS_N_PERCENTS]; /* within its prefix */
	uint8_t prefix_at[KEY_DIGITS];	      /* 1 + which; 0 for none */
	atomic_bool locked;		      /* all below, while readers run */
	uint64_t leading[KEY_DIGITS];
	uint32_t trailing[STATISTICS_N_PERCENTS][KEY_DIGITS]; /* by prefix, */
	uint64_t (*drained)[KEY_DIGITS]; /* and what no longer fits 32 bits, or NULL */
	uint64_t undrained;
};

struct reader {
	struct shared *shared;
	struct counts counts;
	uint64_t undrained;
	/* The group at hand. */
	double shift;
	uint64_t n;
	struct exact_sum powers[4], absolute;
	struct moments stripe;
	struct distinct distinct;
	uint64_t bins[HISTOGRAM_BINS];
	struct floats_catch caught;
	struct edge_bins edge;
	double wide[BLOCK];
	uint64_t keys[BLOCK];
	uint8_t squeezed[4 * BLOCK];
	union {
		float_keys leading; /* in the first pass */
		struct {
			size_t n_pending; /* in the second: bits not yet counted in trailing */
			uint32_t pending[PENDING];
		};
	};
};

static uint32_t bits_at(const uint8_t *bytes, size_t i)
{
	return load_u32(bytes + 4 * i);
}

static bool bits_are_finite(uint32_t bits)
{
	return (bits >> 16 & INFINITY16) != INFINITY16;
}

static double find_shift(const uint8_t *bytes, size_t n)
{
	double sum = 0, finite = 0;

	for (size_t i = 0; i < n && i < SAMPLE; i++) {
		if (bits_are_finite(bits_at(bytes, i))) {
			sum += load_f32(bytes + 4 * i);
			finite++;
		}
	}
	return finite > 0 ? (float)(sum / finite) : 0;
}

static void close_group(struct reader *reader)
{
	struct moments group = { .n = reader->n };

	if (reader->n > 0) {
		moments_from_powers(&group, reader->shift, reader->powers);
		group.absolute = reader->absolute;
		moments_merge(&reader->stripe, &group);
	}
	reader->n = 0;
	memset(reader->powers, 0, sizeof reader->powers);
	memset(&reader->absolute, 0, sizeof reader->absolute);
}

static void count_special(struct counts *counts, const uint8_t *bytes, size_t n, uint64_t first)
{
	for (size_t i = 0; i < n; i++) {
		float value = load_f32(bytes + 4 * i);

		if (isnan(value)) {
			if (counts->nan++ == 0)
				counts->first_nan = first + i;
		} else if (isinf(value)) {
			if (counts->posinf + counts->neginf == 0)
				counts->first_inf = first + i;
			counts->posinf += value > 0;
			counts->neginf += value < 0;
		}
	}
}

static size_t squeeze(struct reader *reader, const uint8_t *bytes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(reader->squeezed + 4 * kept, bytes + 4 * i, 4);
		kept += bits_are_finite(bits_at(bytes, i));
	}
	return kept;
}

static uint64_t index_of(const uint8_t *bytes, size_t n, float value)
{
	size_t i = 0;

	while (i < n - 1 && load_f32(bytes + 4 * i) != value)
		i++;
	return i;
}

static void note_extremes(struct counts *counts, const struct floats_look *look,
			  const uint8_t *bytes, size_t n, uint64_t first)
{
	if (look->min < counts->min) {
		counts->min = look->min;
		counts->argmin = first + index_of(bytes, n, look->min);
	}
	if (look->max > counts->max) {
		counts->max = look->max;
		counts->argmax = first + index_of(bytes, n, look->max);
	}
}

static void note_distinct(struct reader *reader, const uint8_t *bytes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t bits = bits_at(bytes, i);

		reader->keys[kept] = bits == UINT32_C(1) << 31 ? 0 : bits;
		kept += bits_are_finite(bits);
	}
	distinct_add(&reader->distinct, reader->keys, kept);
}

static bool look_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	struct floats_look look;
	size_t finite = n;

	if (first % GROUP == 0) {
		close_group(reader);
		reader->shift = find_shift(bytes, n);
	}
	floats_look(bytes, n, reader->shift, &look, &reader->leading);
	reader->undrained += n;
	if (!isfinite(look.sums[FLOAT_D4])) {
		count_special(&reader->counts, bytes, n, first);
		finite = squeeze(reader, bytes, n);
		floats_look(reader->squeezed, finite, reader->shift, &look, NULL);
	}
	if (!reader->distinct.overflow)
		note_distinct(reader, bytes, n);
	if (finite == 0)
		return true;
	note_extremes(&reader->counts, &look, bytes, n, first);
	reader->counts.finite += finite;
	reader->n += finite;
	for (size_t p = 0; p < 4; p++)
		exact_sum_add(&reader->powers[p], look.sums[FLOAT_D1 + p]);
	exact_sum_add(&reader->absolute, look.sums[FLOAT_ABSOLUTE]);
	return true;
}

static bool try_lock(struct shared *shared)
{
	return !atomic_exchange(&shared->locked, true);
}

static void lock(struct shared *shared)
{
	while (!try_lock(shared))
		sched_yield();
}

static void unlock(struct shared *shared)
{
	atomic_store(&shared->locked, false);
}

static void drain_leading(struct reader *reader)
{
	struct shared *shared = reader->shared;

	lock(shared);
	for (size_t key = 0; key < KEY_DIGITS; key++)
		for (size_t t = 0; t < FLOAT_TABLES; t++)
			shared->leading[key] += reader->leading[key][t];
	unlock(shared);
	memset(reader->leading, 0, sizeof reader->leading);
	reader->undrained = 0;
}

static void look_end(void *context, struct moments *moments)
{
	struct reader *reader = context;

	close_group(reader);
	*moments = reader->stripe;
	reader->stripe = (struct moments){ 0 };
	if (reader->undrained >= DRAIN_AFTER)
		drain_leading(reader);
}

/* The lock is held. */
static void drain_trailing(struct shared *shared)
{
	for (size_t p = 0; shared->drained && p < shared->n_prefixes; p++)
		for (size_t low = 0; low < KEY_DIGITS; low++)
			shared->drained[p][low] += shared->trailing[p][low];
	if (shared->drained)
		memset(shared->trailing, 0, sizeof shared->trailing);
	shared->undrained = 0;
}

/* The lock is held. */
static void count_pending(struct reader *reader)
{
	struct shared *shared = reader->shared;

	for (size_t i = 0; i < reader->n_pending; i++) {
		uint32_t bits = reader->pending[i], prefix = shared->prefix_at[bits >> 16];

		/* The bytes may have changed between two looks at them. */
		if (prefix > 0)
			shared->trailing[prefix - 1][bits & 0xffff]++;
	}
	shared->undrained += reader->n_pending;
	if (shared->undrained >= DRAIN_AFTER)
		drain_trailing(shared);
	reader->n_pending = 0;
}

/* Bins that single precision cannot guess: value by value. */
static void catch_slowly(struct reader *reader, const uint8_t *bytes, size_t n)
{
	const struct shared *shared = reader->shared;

	decode_f64(DTYPE_F32, bytes, n, reader->wide);
	bins_count(&shared->bins, reader->wide, n, reader->bins);
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = bits_at(bytes, i);

		reader->caught.wanted[reader->caught.n_wanted] = bits;
		reader->caught.n_wanted += shared->prefix_at[bits >> 16] != 0;
	}
}

/* Waits for another reader only when there is no room left. */
static void pass_on_pending(struct reader *reader)
{
	struct shared *shared = reader->shared;

	if (reader->n_pending < PENDING / 2)
		return;
	if (!try_lock(shared)) {
		if (reader->n_pending <= PENDING - BLOCK)
			return;
		lock(shared);
	}
	count_pending(reader);
	unlock(shared);
}

static void settle(struct reader *reader)
{
	struct floats_catch *caught = &reader->caught;

	edge_bins_correct(&reader->edge, &reader->shared->bins, &reader->shared->aim,
			  caught->doubtful, caught->n_doubtful, reader->bins);
	memcpy(reader->pending + reader->n_pending, caught->wanted,
	       caught->n_wanted * sizeof *caught->wanted);
	reader->n_pending += caught->n_wanted;
	pass_on_pending(reader);
	caught->n_doubtful = caught->n_wanted = 0;
}

static bool catch_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct reader *reader = context;
	const struct shared *shared = reader->shared;

	(void)first;
	if (shared->aimed)
		floats_catch(bytes, n, &shared->aim, &reader->caught);
	else
		catch_slowly(reader, bytes, n);
	settle(reader);
	if (shared->leading[0])
		reader->counts.zeros += floats_equal(bytes, n, 0);
	if (shared->leading[KEY_DIGITS / 2])
		reader->counts.negative_zeros += floats_equal(bytes, n, UINT32_C(1) << 31);
	return true;
}

static void catch_end(void *context, struct moments *moments)
{
	struct reader *reader = context;

	(void)moments;
	for (size_t t = 0; t < FLOAT_BIN_TABLES; t++)
		for (size_t b = 0; b < HISTOGRAM_BINS; b++)
			reader->bins[b] += reader->caught.bins[t][b];
	memset(reader->caught.bins, 0, sizeof reader->caught.bins);
}

static void merge_counts(struct counts *into, const struct counts *from)
{
	into->finite += from->finite;
	into->nan += from->nan;
	into->posinf += from->posinf;
	into->neginf += from->neginf;
	into->zeros += from->zeros;
	into->negative_zeros += from->negative_zeros;
	into->first_nan = from->first_nan < into->first_nan ? from->first_nan : into->first_nan;
	into->first_inf = from->first_inf < into->first_inf ? from->first_inf : into->first_inf;
	if (from->min < into->min || (from->min == into->min && from->argmin < into->argmin)) {
		into->min = from->min;
		into->argmin = from->argmin;
	}
	if (from->max > into->max || (from->max == into->max && from->argmax < into->argmax)) {
		into->max = from->max;
		into->argmax = from->argmax;
	}
}

/* The leading bits that come at a place in ascending order of values. */
static size_t key_at(size_t place)
{
	return place < KEY_DIGITS / 2 ? KEY_DIGITS - 1 - place : place - KEY_DIGITS / 2;
}

static void find_prefixes(struct shared *shared, uint64_t finite)
{
	uint64_t below = 0, ranks[STATISTICS_N_PERCENTS];
	size_t q = 0;

	statistics_ranks(finite, ranks);
	for (size_t place = 0; place < KEY_DIGITS && q < STATISTICS_N_PERCENTS; place++) {
		size_t key = key_at(place);

		if ((key & INFINITY16) == INFINITY16 || shared->leading[key] == 0)
			continue;
		for (; q < STATISTICS_N_PERCENTS && ranks[q] < below + shared->leading[key]; q++) {
			if (!shared->prefix_at[key]) {
				shared->prefixes[shared->n_prefixes++] = (uint16_t)key;
				shared->prefix_at[key] = (uint8_t)shared->n_prefixes;
			}
			shared->prefix_of[q] = shared->prefix_at[key] - 1u;
			shared->rank[q] = ranks[q] - below;
		}
		below += shared->leading[key];
	}
}

/* Trailing bits ascend with the magnitude. */
static float find_quantile(const struct shared *shared, size_t q)
{
	size_t prefix = shared->prefix_of[q];
	uint32_t key = shared->prefixes[prefix], flip = key & 0x8000 ? 0xffff : 0, bits;
	uint64_t below = 0;
	size_t place = 0;
	float value;

	for (; place < KEY_DIGITS - 1; place++) {
		size_t low = place ^ flip;

		below += shared->trailing[prefix][low];
		below += shared->drained ? shared->drained[prefix][low] : 0;
		if (below > shared->rank[q])
			break;
	}
	bits = key << 16 | ((uint32_t)place ^ flip);
	memcpy(&value, &bits, sizeof value);
	return value + 0.0f;
}

static void report_counts(const struct shared *shared, const struct counts *counts,
			  struct statistics *result)
{
	uint64_t negative = 0, tiny = 0;

	for (size_t key = 0; key < KEY_DIGITS; key++) {
		if ((key & INFINITY16) == INFINITY16)
			continue;
		negative += key >= KEY_DIGITS / 2 ? shared->leading[key] : 0;
		tiny += (key & INFINITY16) == 0 ? shared->leading[key] : 0;
	}
	result->zeros = counts->zeros + counts->negative_zeros;
	result->negative = negative - counts->negative_zeros;
	result->subnormal = tiny - result->zeros;
}

static void merge_first(struct reader *const *readers, size_t n, struct statistics *result)
{
	struct counts *counts = &readers[0]->counts;

	for (size_t r = 0; r < n; r++) {
		drain_leading(readers[r]);
		if (r > 0) {
			merge_counts(counts, &readers[r]->counts);
			distinct_merge(&readers[0]->distinct, &readers[r]->distinct);
			readers[r]->counts = (struct counts){ .zeros = 0 };
		}
	}
	result->finite = counts->finite;
	result->nan = counts->nan;
	result->posinf = counts->posinf;
	result->neginf = counts->neginf;
	result->count = counts->finite + counts->nan + counts->posinf + counts->neginf;
	result->first_nan = counts->first_nan;
	result->first_inf = counts->first_inf;
	result->distinct = distinct_count(&readers[0]->distinct);
	for (size_t r = 0; r < n; r++)
		distinct_free(&readers[r]->distinct);
	if (counts->finite == 0)
		return;
	result->min = counts->min;
	result->max = counts->max;
	result->argmin = counts->argmin;
	result->argmax = counts->argmax;
}

static void merge_second(struct shared *shared, struct reader *const *readers, size_t n,
			 struct statistics *result)
{
	struct counts *counts = &readers[0]->counts;

	for (size_t r = 0; r < n; r++) {
		count_pending(readers[r]);
		for (size_t b = 0; b < HISTOGRAM_BINS; b++)
			result->bins[b] += readers[r]->bins[b];
		if (r > 0) {
			counts->zeros += readers[r]->counts.zeros;
			counts->negative_zeros += readers[r]->counts.negative_zeros;
		}
	}
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++)
		result->quantiles[q] = find_quantile(shared, q);
	report_counts(shared, counts, result);
}

static bool run(struct shared *shared, struct tensor_walk *walk, void *const *workers, size_t n,
		struct error *err)
{
	struct reader *readers[STRIPES_WORKERS];
	struct statistics *result = shared->result;
	struct moments moments = { 0 };

	for (size_t r = 0; r < n; r++)
		readers[r] = workers[r];
	walk->total = 2 * walk->tensor->present;
	if (!stripes_pass(walk, workers, n, look_step, look_end, &moments, err))
		return false;
	merge_first(readers, n, result);
	if (result->finite == 0)
		return true;
	bins_init(&shared->bins, BINS_F32, result->min, result->max, HISTOGRAM_BINS);
	find_prefixes(shared, result->finite);
	shared->aimed =
		floats_aim_at(&shared->aim, &shared->bins, shared->prefixes, shared->n_prefixes);
	if (walk->tensor->present > UINT32_MAX) {
		shared->drained = calloc(shared->n_prefixes, sizeof *shared->drained);
		if (!shared->drained)
			return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	}
	if (!stripes_pass(walk, workers, n, catch_step, catch_end, &moments, err))
		return false;
	merge_second(shared, readers, n, result);
	statistics_finish_moments(result, &moments, 1);
	statistics_finish_bins(result);
	return true;
}

static struct reader *reader_new(struct shared *shared)
{
	struct reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	reader->shared = shared;
	reader->counts.first_nan = reader->counts.first_inf = UINT64_MAX;
	reader->counts.argmin = reader->counts.argmax = UINT64_MAX;
	reader->counts.min = INFINITY;
	reader->counts.max = -INFINITY;
	if (distinct_init(&reader->distinct))
		return reader;
	free(reader);
	return NULL;
}

bool statistics_from_floats(struct tensor_walk *walk, struct statistics *result, struct error *err)
{
	struct shared *shared = calloc(1, sizeof *shared);
	size_t wanted = stripes_workers(walk), n = 0;
	void *readers[STRIPES_WORKERS];
	bool done;

	/* One reader is enough where there is no memory for more. */
	while (shared && n < wanted && (readers[n] = reader_new(shared)))
		n++;
	if (n > 0) {
		shared->result = result;
		done = run(shared, walk, readers, n, err);
		free(shared->drained);
	} else {
		done = error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	}
	while (n > 0) {
		struct reader *reader = readers[--n];

		distinct_free(&reader->distinct);
		free(reader);
	}
	free(shared);
	return done;
}
