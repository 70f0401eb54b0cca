#include "core/analysis/place_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/kernels/keys.h"

uint64_t place_order_want(struct place_order *order, const uint64_t ranks[STATISTICS_N_PERCENTS],
			  uint64_t zeros)
{
	uint64_t below = 0, left_out = 0, wanted = 0;
	const double zero = 0;
	uint16_t zero_place;
	size_t q = 0;

	for (size_t place = 0; place < PLACES; place++) {
		uint64_t count = order->totals[place];

		for (; q < STATISTICS_N_PERCENTS && ranks[q] < below + count; q++) {
			order->wanted[place] = 1;
			order->position[q] = ranks[q] - left_out;
		}
		below += count;
		if (order->wanted[place])
			wanted += count;
		else
			left_out += count;
	}
	places_find(&order->places, &zero, 1, &zero_place);
	if (order->wanted[zero_place])
		order->zeros = zeros;
	return wanted > order->zeros ? wanted - order->zeros : 0;
}

bool place_order_begin(struct place_order *order, uint64_t n)
{
	order->room = (size_t)n;
	order->gathered = malloc((2 * order->room + 1) * sizeof *order->gathered);
	return order->gathered != NULL;
}

void place_order_keep(struct place_order *order, const uint64_t *keys, size_t n)
{
	size_t at = atomic_fetch_add(&order->n_gathered, n);

	/* More than were counted: the file was rewritten meanwhile. */
	if (at < order->room && n <= order->room - at)
		memcpy(order->gathered + at, keys, n * sizeof *keys);
}

void place_order_pick(struct place_order *order, uint64_t zero,
		      uint64_t keys[STATISTICS_N_PERCENTS])
{
	size_t n = atomic_load(&order->n_gathered), before = 0;

	n = n < order->room ? n : order->room;
	keys_sort(order->gathered, order->gathered + order->room, n);
	while (before < n && order->gathered[before] < zero)
		before++;
	for (size_t q = 0; q < STATISTICS_N_PERCENTS; q++) {
		uint64_t at = order->position[q];

		keys[q] = zero;
		if (n == 0 || (at >= before && at - before < order->zeros))
			continue;
		at -= at < before ? 0 : order->zeros;
		keys[q] = order->gathered[at < n ? at : n - 1];
	}
}

void place_order_free(struct place_order *order)
{
	free(order->gathered);
}
