#include "core/kernels/codes.h"

#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/decode.h"
#include "core/kernels/lanes.h"
#include "core/kernels/vector.h"

/* Elements after which a 32-bit count could overflow. */
#define RECENT_MAX UINT32_MAX

size_t codes_of(enum dtype dtype)
{
	return (size_t)1 << dtype_traits[dtype].bits;
}

enum codes_order codes_order_of(enum dtype dtype)
{
	if (dtype_traits[dtype].class == CLASS_SIGNED)
		return CODES_SIGNED;
	if (dtype_traits[dtype].class == CLASS_FLOAT && dtype != DTYPE_F8E8M0)
		return CODES_SIGN_MAGNITUDE;
	return CODES_UNSIGNED;
}

int codes_rank(enum codes_order order, uint16_t code)
{
	if (order == CODES_UNSIGNED)
		return code - 0x8000;
	if (order == CODES_SIGNED || code < 0x8000)
		return (int16_t)code;
	return 0x8000 - code;
}

/* What range_u16 finds has one rank more, that of -0 below 0. */
static int merge_zeros(enum codes_order order, int rank)
{
	return order == CODES_SIGN_MAGNITUDE && rank < 0 ? rank + 1 : rank;
}

/* Magnitude of infinity; above it, NaN. */
static uint16_t infinity_of(enum dtype dtype)
{
	return dtype == DTYPE_F16 ? 0x7c00 : dtype == DTYPE_BF16 ? 0x7f80 : 0xffff;
}

static void note_first(uint64_t *first, uint64_t index)
{
	*first = index < *first ? index : *first;
}

/* A block with NaN or infinities: the range of the rest; false when there is none. */
static bool look_closely(const uint8_t *bytes, size_t n, uint64_t index, uint16_t infinity,
			 struct codes_range *range, int *lowest, int *highest)
{
	*lowest = INT16_MAX;
	*highest = INT16_MIN;
	for (size_t i = 0; i < n; i++) {
		uint16_t code = load_u16(bytes + 2 * i), magnitude = code & 0x7fff;
		int rank = codes_rank(CODES_SIGN_MAGNITUDE, code);

		if (magnitude > infinity) {
			note_first(&range->first_nan, index + i);
		} else if (magnitude == infinity) {
			note_first(&range->first_inf, index + i);
		} else {
			*lowest = rank < *lowest ? rank : *lowest;
			*highest = rank > *highest ? rank : *highest;
		}
	}
	return *lowest <= *highest;
}

/* The bytes may change meanwhile: it is looked for in the block only. */
static uint64_t find_rank(const uint8_t *bytes, size_t n, enum codes_order order, int rank)
{
	size_t i = 0;

	while (i < n - 1 && codes_rank(order, load_u16(bytes + 2 * i)) != rank)
		i++;
	return i;
}

static void widen_range(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
			struct codes_range *range)
{
	enum codes_order order = codes_order_of(dtype);
	uint16_t infinity = infinity_of(dtype);
	int lowest, highest;

	kernels_current()->range_u16(bytes, n, order, &lowest, &highest);
	lowest = merge_zeros(order, lowest);
	highest = merge_zeros(order, highest);
	if (order == CODES_SIGN_MAGNITUDE && (lowest <= -infinity || highest >= infinity) &&
	    !look_closely(bytes, n, index, infinity, range, &lowest, &highest))
		return;
	if (!range->any || lowest < range->lowest) {
		range->lowest = lowest;
		range->lowest_at = index + find_rank(bytes, n, order, lowest);
	}
	if (!range->any || highest > range->highest) {
		range->highest = highest;
		range->highest_at = index + find_rank(bytes, n, order, highest);
	}
	range->any = true;
}

static void add_recent_words(struct codes *codes)
{
	for (size_t code = 0; code < CODES_MAX; code++)
		codes->counts[code] += (uint64_t)codes->recent[code][0] + codes->recent[code][1];
	memset(codes->recent, 0, sizeof codes->recent);
}

/* A byte holds 8 / bits codes. */
static void add_recent_bytes(struct codes *codes, unsigned bits)
{
	for (size_t byte = 0; byte < 256; byte++) {
		uint64_t found = 0;

		for (size_t t = 0; t < CODES_BYTE_TABLES; t++)
			found += codes->recent_bytes[t][byte];
		for (unsigned shift = 0; shift < 8; shift += bits)
			codes->counts[byte >> shift & ((1u << bits) - 1)] += found;
	}
	memset(codes->recent_bytes, 0, sizeof codes->recent_bytes);
}

static void add_recent(enum dtype dtype, struct codes *codes)
{
	if (dtype_traits[dtype].bits == 16)
		add_recent_words(codes);
	else
		add_recent_bytes(codes, dtype_traits[dtype].bits);
	codes->n_recent = 0;
}

/* 32-bit counts keep more of the table in the cache, and two of them the increments of a value
 * that repeats apart. */
static void count_words(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
			struct codes *codes)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		uint64_t words = load_u64(bytes + 2 * i);

		codes->recent[(uint16_t)words][0]++;
		codes->recent[(uint16_t)(words >> 16)][1]++;
		codes->recent[(uint16_t)(words >> 32)][0]++;
		codes->recent[words >> 48][1]++;
	}
	for (; i < n; i++)
		codes->recent[load_u16(bytes + 2 * i)][0]++;
	widen_range(dtype, bytes, n, index, &codes->range);
}

/* Whether a byte has been counted that was never seen before. */
static bool find_fresh(struct codes *codes)
{
	uint32_t fresh = 0;

	for (size_t byte = 0; byte < 256; byte++) {
		uint32_t found = 0;

		for (size_t t = 0; t < CODES_BYTE_TABLES; t++)
			found |= codes->recent_bytes[t][byte];
		found = found != 0;
		fresh |= found & ~codes->seen_bytes[byte];
		codes->seen_bytes[byte] |= found;
	}
	return fresh != 0;
}

/* Several tables, so that a value that repeats does not wait for its own last increment. */
static void count_bytes(const uint8_t *bytes, size_t n, struct codes *codes)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t word = load_u64(bytes + i);

		for (size_t k = 0; k < 8; k++)
			codes->recent_bytes[k][(uint8_t)(word >> 8 * k)]++;
	}
	for (; i < n; i++)
		codes->recent_bytes[0][bytes[i]]++;
}

static void count_narrow(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
			 struct codes *codes)
{
	unsigned bits = dtype_traits[dtype].bits;
	size_t whole = n * bits / 8, i = whole * 8 / bits;
	bool fresh = i < n;

	count_bytes(bytes, whole, codes);
	for (; i < n; i++)
		codes->counts[decode_code(dtype, bytes, i)]++;
	fresh |= find_fresh(codes);
	for (i = 0; fresh && i < n; i++) {
		size_t code = decode_code(dtype, bytes, i);

		if (codes->seen[code])
			continue;
		codes->seen[code] = true;
		codes->first[code] = index + i;
	}
}

void codes_init(struct codes *codes)
{
	codes->range.first_nan = codes->range.first_inf = UINT64_MAX;
}

void codes_count(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
		 struct codes *codes)
{
	if (n == 0)
		return;
	if (codes->n_recent > RECENT_MAX - n)
		add_recent(dtype, codes);
	codes->n_recent += n;
	if (dtype_traits[dtype].bits == 16)
		count_words(dtype, bytes, n, index, codes);
	else
		count_narrow(dtype, bytes, n, index, codes);
}

static void merge_ranges(struct codes_range *into, const struct codes_range *from)
{
	note_first(&into->first_nan, from->first_nan);
	note_first(&into->first_inf, from->first_inf);
	if (!from->any)
		return;
	if (!into->any || from->lowest < into->lowest) {
		into->lowest = from->lowest;
		into->lowest_at = from->lowest_at;
	} else if (from->lowest == into->lowest) {
		note_first(&into->lowest_at, from->lowest_at);
	}
	if (!into->any || from->highest > into->highest) {
		into->highest = from->highest;
		into->highest_at = from->highest_at;
	} else if (from->highest == into->highest) {
		note_first(&into->highest_at, from->highest_at);
	}
	into->any = true;
}

void codes_merge(enum dtype dtype, struct codes *into, struct codes *from)
{
	add_recent(dtype, into);
	add_recent(dtype, from);
	if (dtype_traits[dtype].bits == 16)
		merge_ranges(&into->range, &from->range);
	for (size_t code = 0; code < codes_of(dtype); code++) {
		if (from->counts[code] == 0)
			continue;
		if (into->counts[code] == 0)
			into->first[code] = from->first[code];
		note_first(&into->first[code], from->first[code]);
		into->counts[code] += from->counts[code];
	}
}

void codes_finish(enum dtype dtype, struct codes *codes)
{
	const struct codes_range *range = &codes->range;
	enum codes_order order = codes_order_of(dtype);
	uint16_t infinity = infinity_of(dtype);

	add_recent(dtype, codes);
	if (dtype_traits[dtype].bits != 16)
		return;
	for (size_t code = 0; code < CODES_MAX; code++) {
		int rank = codes_rank(order, (uint16_t)code);

		codes->first[code] = UINT64_MAX;
		if (order == CODES_SIGN_MAGNITUDE && (code & 0x7fff) >= infinity)
			codes->first[code] =
				(code & 0x7fff) > infinity ? range->first_nan : range->first_inf;
		else if (range->any && rank == range->lowest)
			codes->first[code] = range->lowest_at;
		else if (range->any && rank == range->highest)
			codes->first[code] = range->highest_at;
	}
}
