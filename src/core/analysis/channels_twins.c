/*
 * Slices that hold the same elements. The first pass leaves a 128-bit hash of each slice; those
 * with equal hashes are then compared word by word with the first of them. A slice is spread over
 * the whole tensor, so the words of the first ones are kept for a window of positions at a time,
 * and each window is a pass. Of two equal positions the earlier slice's comes first in the file.
 */
#include <stdlib.h>
#include <string.h>

#include <mtui/hash.h>

#include "core/analysis/channels_parts.h"
#include "core/kernels/decode.h"

#define WINDOW_WORDS ((size_t)1 << 20)
#define MAX_PASSES   16

static inline uint64_t stir(uint64_t state, uint64_t word, uint64_t factor)
{
	state = (state ^ word) * factor;
	return state ^ state >> 32;
}

#define FACTOR_0 UINT64_C(0x9e3779b97f4a7c15)
#define FACTOR_1 UINT64_C(0xd1b54a32d192ed03)
#define OFFSET_1 UINT64_C(0x8cb92ba72f3d8dd7)

void slices_fill_words(struct slices *slices, const uint8_t *bytes, size_t n)
{
	switch (slices->dtype) {
	case DTYPE_I64:
	case DTYPE_U64:
	case DTYPE_C64:
		memcpy(slices->words, bytes, n * sizeof(uint64_t));
		break;
	case DTYPE_C128:
		memcpy(slices->words, bytes, n * 2 * sizeof(uint64_t));
		break;
	default: /* a double tells all values of the other types apart */
		memcpy(slices->words, slices->values, n * sizeof(uint64_t));
	}
}

void slices_hash(struct slices *slices, size_t n, uint64_t first)
{
	size_t each = slices_words_each(slices), n_words = n * each;
	uint64_t inner = slices->inner * each, at = first * each;

	for (size_t i = 0; i < n_words;) {
		struct slice_run run = slice_run_at(inner, slices->along, at + i, n_words - i);
		uint64_t *hash_0 = slices->hashes[0] + run.slice;
		uint64_t *hash_1 = slices->hashes[1] + run.slice;
		const uint64_t *words = slices->words + i;

		if (inner == 1) {
			for (size_t k = 0; k < run.length; k++)
				hash_0[k] = stir(hash_0[k], words[k], FACTOR_0);
			for (size_t k = 0; k < run.length; k++)
				hash_1[k] = stir(hash_1[k], words[k] + OFFSET_1, FACTOR_1);
		} else {
			uint64_t state_0 = *hash_0, state_1 = *hash_1;

			for (size_t k = 0; k < run.length; k++) {
				state_0 = stir(state_0, words[k], FACTOR_0);
				state_1 = stir(state_1, words[k] + OFFSET_1, FACTOR_1);
			}
			*hash_0 = state_0;
			*hash_1 = state_1;
		}
		i += run.length;
	}
}

/* --- By hash --------------------------------------------------------------------------------- */

static bool may_be_twin(const struct channel *item)
{
	return item->count > 1 && !item->dead;
}

static bool same_hash(const struct slices *slices, uint64_t a, uint64_t b)
{
	return slices->hashes[0][a] == slices->hashes[0][b] &&
	       slices->hashes[1][a] == slices->hashes[1][b] &&
	       slices->result->items[a].count == slices->result->items[b].count;
}

/* same_as of each slice that an earlier one looks like. The place in the table is seeded, so that
 * no file can crowd it. */
static bool group(struct slices *slices, struct error *err)
{
	struct channel *items = slices->result->items;
	size_t size = 16;
	uint64_t seed = hash_seed();
	uint32_t *table;

	while (size < 2 * slices->n)
		size *= 2;
	table = malloc(size * sizeof *table);
	if (!table)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
	memset(table, 0xff, size * sizeof *table); /* NO_INDEX */
	for (uint32_t slice = 0; slice < slices->n; slice++) {
		uint64_t key[2] = { slices->hashes[0][slice], slices->hashes[1][slice] };
		size_t at = (size_t)hash_bytes(key, sizeof key, seed) & (size - 1);

		if (!may_be_twin(&items[slice]))
			continue;
		while (table[at] != NO_INDEX && !same_hash(slices, table[at], slice))
			at = (at + 1) & (size - 1);
		if (table[at] == NO_INDEX)
			table[at] = slice;
		else
			items[slice].same_as = table[at];
	}
	free(table);
	return true;
}

/* --- Word by word ---------------------------------------------------------------------------- */

struct comparison {
	struct slices *slices;
	uint64_t begin, end; /* positions of the window, in words of a slice */
	uint64_t inner;	     /* in words */
	uint32_t *place;     /* of a slice that others look like, in the store; else NO_INDEX */
	uint64_t *store;     /* end - begin words of each */
	size_t n_places;
};

/* n words of a slice from position on, all inside the window. */
static void compare(struct comparison *comparison, uint64_t slice, uint64_t position,
		    const uint64_t *words, size_t n)
{
	struct channel *item = &comparison->slices->result->items[slice];
	size_t width = (size_t)(comparison->end - comparison->begin);
	size_t offset = (size_t)(position - comparison->begin);
	uint32_t place = comparison->place[slice];

	if (place != NO_INDEX)
		memcpy(comparison->store + place * width + offset, words, n * sizeof *words);
	if (item->same_as == NO_INDEX)
		return;
	place = comparison->place[item->same_as];
	if (memcmp(comparison->store + place * width + offset, words, n * sizeof *words) != 0)
		item->same_as = NO_INDEX;
}

static void compare_run(struct comparison *comparison, struct slice_run run, uint64_t position,
			const uint64_t *words)
{
	uint64_t last = position + (comparison->inner == 1 ? 1 : run.length);

	if (last <= comparison->begin || position >= comparison->end)
		return;
	if (comparison->inner == 1) {
		for (size_t k = 0; k < run.length; k++)
			compare(comparison, run.slice + k, position, words + k, 1);
		return;
	}
	uint64_t from = position > comparison->begin ? position : comparison->begin;
	uint64_t to = last < comparison->end ? last : comparison->end;

	compare(comparison, run.slice, from, words + (from - position), (size_t)(to - from));
}

static bool compare_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct comparison *comparison = context;
	struct slices *slices = comparison->slices;
	size_t each = slices_words_each(slices), n_words = n * each;
	uint64_t inner = comparison->inner, at = first * each, row = inner * slices->along;

	if (at / row * inner >= comparison->end)
		return false;
	decode_f64(slices->dtype, bytes, n, slices->values);
	slices_fill_words(slices, bytes, n);
	for (size_t i = 0; i < n_words;) {
		struct slice_run run = slice_run_at(inner, slices->along, at + i, n_words - i);
		uint64_t position = (at + i) / row * inner + (at + i) % inner;

		compare_run(comparison, run, position, slices->words + i);
		i += run.length;
	}
	return true;
}

/* Gives a place to each slice that others look like. */
static void assign_places(struct comparison *comparison)
{
	const struct slices *slices = comparison->slices;
	const struct channel *items = slices->result->items;

	memset(comparison->place, 0xff, (size_t)slices->n * sizeof *comparison->place);
	for (uint64_t slice = 0; slice < slices->n; slice++) {
		uint32_t same_as = items[slice].same_as;

		if (same_as != NO_INDEX && comparison->place[same_as] == NO_INDEX)
			comparison->place[same_as] = (uint32_t)comparison->n_places++;
	}
}

/* The longest slice comes first: only later ones can lack a part. */
static bool compare_all(struct comparison *comparison, struct tensor_walk *walk,
			struct error *err)
{
	struct slices *slices = comparison->slices;
	uint64_t length = slices->result->items[0].count * slices_words_each(slices);
	uint64_t width = WINDOW_WORDS / comparison->n_places;

	width = width < 1 ? 1 : width > length ? length : width;
	comparison->store = malloc(comparison->n_places * (size_t)width * sizeof(uint64_t));
	if (!comparison->store)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
	for (unsigned pass = 0; comparison->end < length && pass < MAX_PASSES; pass++) {
		comparison->begin = comparison->end;
		comparison->end = comparison->begin + width;
		walk->total += walk->tensor->present;
		if (!tensor_walk_pass(walk, compare_pass, comparison, err))
			return false;
	}
	return true;
}

static void count_twins(struct comparison *comparison)
{
	struct slices *slices = comparison->slices;
	struct channels *result = slices->result;
	size_t each = slices_words_each(slices);

	for (uint64_t slice = 0; slice < slices->n; slice++) {
		if (result->items[slice].same_as == NO_INDEX)
			continue;
		result->n_duplicate++;
		if (comparison->end < result->items[slice].count * each)
			result->n_unconfirmed++;
	}
}

bool slices_find_twins(struct slices *slices, struct tensor_walk *walk, struct error *err)
{
	struct comparison comparison = { .slices = slices };
	bool done = false;

	if (!group(slices, err))
		return false;
	comparison.inner = slices->inner * slices_words_each(slices);
	comparison.place = malloc((size_t)slices->n * sizeof *comparison.place);
	if (!comparison.place)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
	assign_places(&comparison);
	done = comparison.n_places == 0 || compare_all(&comparison, walk, err);
	if (done)
		count_twins(&comparison);
	free(comparison.store);
	free(comparison.place);
	return done;
}
