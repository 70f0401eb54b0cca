/*
 * Order statistics of values that stream by twice: they are counted in PLACES equal steps first,
 * then those in the few places that matter are gathered and sorted. A place is a rounded product,
 * but a larger value never has a lower one. Zeros, the value that repeats most, are not gathered.
 */
#ifndef ANALYSIS_PLACE_ORDER_H
#define ANALYSIS_PLACE_ORDER_H

#include <stdatomic.h>
#include <stdbool.h>

#include <mtui/statistics.h>

#include "core/kernels/bins.h"

#define PLACES 65536

struct place_order {
	struct places places;
	uint64_t totals[PLACES]; /* values in each; filled by the caller */
	uint8_t wanted[PLACES];
	uint64_t position[STATISTICS_N_PERCENTS]; /* among the gathered keys and zeros, sorted */
	uint64_t zeros;				  /* those in a wanted place */
	size_t room;
	uint64_t *gathered;
	atomic_size_t n_gathered;
};

/* After counting: marks the places that values of these ranks are in. Returns how many keys there
 * are to gather; zeros: how many values are 0. */
uint64_t place_order_want(struct place_order *order, const uint64_t ranks[STATISTICS_N_PERCENTS],
			  uint64_t zeros);

/* Makes room for so many; false when memory is exhausted. */
bool place_order_begin(struct place_order *order, uint64_t n);

/* Keys of values in wanted places, by any thread in any order. */
void place_order_keep(struct place_order *order, const uint64_t *keys, size_t n);

/* The keys of the ranks; zero is that of 0. */
void place_order_pick(struct place_order *order, uint64_t zero,
		      uint64_t keys[STATISTICS_N_PERCENTS]);

void place_order_free(struct place_order *order);

#endif
