/*
 * The right bins of values that single precision could not place: they lie on an edge, or next to
 * one. Such values come again and again, as the zeros of pruned weights and the levels of quantized
 * ones do, so what was found for a few of them is kept.
 */
#ifndef CORE_ANALYSIS_EDGE_BINS_H
#define CORE_ANALYSIS_EDGE_BINS_H

#include "core/kernels/bins.h"
#include "core/kernels/floats.h"

#define EDGE_BINS 64 /* a power of two */

struct edge_bins {
	struct edge_bin {
		uint32_t bits;
		uint16_t bin; /* 1 + the bin, 1 + bins->n for none; 0: nothing is kept here */
		uint8_t guess;
	} kept[EDGE_BINS];
};

/* Of n elements, given as their bits, takes each from the bin that was guessed and counts it in its
 * own. One edge_bins serves one bins and one aim; zeros to begin with. */
void edge_bins_correct(struct edge_bins *edge, const struct bins *bins,
		       const struct floats_aim *aim, const uint32_t *elements, size_t n,
		       uint64_t *counts);

#endif
