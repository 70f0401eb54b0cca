#include "core/analysis/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/kernels/keys.h"

static bool out_of_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, -1, "out of memory for the statistics of a tensor");
}

static bool start_gathering(struct order *order, struct error *err)
{
	order->gathering = true;
	order->gathered = malloc(2 * ORDER_GATHER * sizeof(uint64_t));
	if (!order->gathered)
		return out_of_memory(err);
	order->sorting = order->gathered + ORDER_GATHER;
	return true;
}

bool order_init(struct order *order, unsigned key_bits, uint64_t expected, struct error *err)
{
	*order = (struct order){ .key_bits = key_bits, .n_prefixes = 1 };
	if (expected <= ORDER_GATHER)
		return start_gathering(order, err);
	order->prefixes[0].counts = calloc(KEY_DIGITS, sizeof(uint64_t));
	return order->prefixes[0].counts || out_of_memory(err);
}

void order_free(struct order *order)
{
	for (size_t p = 0; p < ORDER_MAX_RANKS; p++)
		free(order->prefixes[p].counts);
	free(order->gathered);
	free(order->wanted);
}

static size_t find_prefix(const struct order *order, uint64_t bits)
{
	size_t p = 0;

	while (p < order->n_prefixes && order->prefixes[p].bits != bits)
		p++;
	return p;
}

/* A key of a pass after the first. */
static void add_wanted(struct order *order, uint64_t key)
{
	size_t p = find_prefix(order, key >> (order->key_bits - order->resolved));

	if (p == order->n_prefixes)
		return;
	if (!order->gathering)
		order->prefixes[p].counts[key >> (order->key_bits - order->resolved - 16) & 0xffff]++;
	else if (order->n_gathered < ORDER_GATHER)
		order->gathered[order->n_gathered++] = key;
}

void order_add(struct order *order, const uint64_t *keys, size_t n)
{
	unsigned top = order->key_bits - 16;

	if (order->finished)
		return;
	if (order->resolved > 0) {
		for (size_t i = 0; i < n; i++)
			if (order->wanted[keys[i] >> top])
				add_wanted(order, keys[i]);
	} else if (order->gathering) {
		size_t room = ORDER_GATHER - order->n_gathered;

		n = n < room ? n : room;
		memcpy(order->gathered + order->n_gathered, keys, n * sizeof *keys);
		order->n_gathered += n;
	} else {
		keys_count(keys, n, top, order->prefixes[0].counts);
	}
}

void order_want(struct order *order, const uint64_t *ranks, size_t n)
{
	order->n_ranks = n;
	memcpy(order->rank, ranks, n * sizeof *ranks);
}

/* The sorted keys of a prefix lie together; a rank counts from the first of them. */
static void pick_gathered(struct order *order)
{
	unsigned shift = order->key_bits - order->resolved;

	keys_sort(order->gathered, order->sorting, order->n_gathered);
	for (size_t r = 0; r < order->n_ranks; r++) {
		uint64_t bits = order->prefixes[order->prefix_of[r]].bits;
		size_t low = 0, high = order->n_gathered;

		while (order->resolved > 0 && low < high) {
			size_t middle = low + (high - low) / 2;

			if (order->gathered[middle] >> shift < bits)
				low = middle + 1;
			else
				high = middle;
		}
		/* Fewer keys than in the first pass: the file was rewritten meanwhile. */
		if (low + order->rank[r] < order->n_gathered)
			order->found[r] = order->gathered[low + order->rank[r]];
	}
	order->finished = true;
}

/* The 16 bits in which rank lies; rank becomes the rank among the keys that have them. */
static uint64_t find_digit(const uint64_t *counts, uint64_t *rank)
{
	uint64_t digit = 0;

	while (digit < KEY_DIGITS - 1 && counts[digit] <= *rank)
		*rank -= counts[digit++];
	return digit;
}

/* Replaces the prefixes by those 16 bits longer; false when some counts cannot be allocated. */
static bool descend(struct order *order)
{
	struct order_prefix old[ORDER_MAX_RANKS];
	size_t n_old = order->n_prefixes;
	uint64_t left = 0;
	bool enough = true;

	memcpy(old, order->prefixes, sizeof old);
	memset(order->prefixes, 0, sizeof order->prefixes);
	order->n_prefixes = 0;
	order->resolved += 16;
	for (size_t r = 0; r < order->n_ranks; r++) {
		const struct order_prefix *parent = &old[order->prefix_of[r]];
		uint64_t digit = find_digit(parent->counts, &order->rank[r]);
		uint64_t bits = parent->bits << 16 | digit;
		size_t p = find_prefix(order, bits);

		if (p == order->n_prefixes) {
			order->n_prefixes++;
			order->prefixes[p].bits = bits;
			order->prefixes[p].population = parent->counts[digit];
			left += parent->counts[digit];
		}
		order->prefix_of[r] = p;
		order->found[r] = bits;
	}
	order->finished = order->resolved == order->key_bits;
	order->gathering = !order->finished && left <= ORDER_GATHER;
	for (size_t p = 0; p < n_old; p++)
		free(old[p].counts);
	for (size_t p = 0; p < order->n_prefixes && !order->finished && !order->gathering; p++) {
		order->prefixes[p].counts = calloc(KEY_DIGITS, sizeof(uint64_t));
		enough = enough && order->prefixes[p].counts;
	}
	return enough;
}

bool order_end_pass(struct order *order, struct error *err)
{
	if (order->n_ranks == 0)
		order->finished = true;
	if (order->finished)
		return true;
	if (order->gathering) {
		pick_gathered(order);
		return true;
	}
	if (!descend(order))
		return out_of_memory(err);
	if (order->finished)
		return true;
	if (order->gathering && !start_gathering(order, err))
		return false;
	if (!order->wanted)
		order->wanted = malloc(KEY_DIGITS);
	if (!order->wanted)
		return out_of_memory(err);
	memset(order->wanted, 0, KEY_DIGITS);
	for (size_t p = 0; p < order->n_prefixes; p++)
		order->wanted[order->prefixes[p].bits >> (order->resolved - 16)] = 1;
	return true;
}
