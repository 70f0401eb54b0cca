/* Slices of a tensor along an axis while they are being added up. */
#ifndef ANALYSIS_CHANNELS_PARTS_H
#define ANALYSIS_CHANNELS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/channels.h>

#include "core/analysis/tensor_walk.h"

/* Element i lies in slice i / inner % along. */
struct slices {
	enum dtype dtype;
	uint64_t inner, along;
	uint64_t n;    /* slices that have elements */
	uint64_t seen; /* elements so far */
	struct channels *result;
	/* By slice: the first finite value, sums of deviations from it and of their squares, each
	 * with the rounding errors it lost. */
	double *origin, *sum, *sum_low, *square, *square_low, *min, *max;
	double *scale;		/* powers of two, or NULL: see channels.c */
	uint64_t *hashes[2];	/* of the elements in order */
	/* The block at hand: values, and the bits that make elements differ. */
	double values[BLOCK];
	uint64_t words[2 * BLOCK];
};

/* How the items from i on lie: `length` of them in slice `slice`; when inner is 1, in the slices
 * from there on. */
struct slice_run {
	uint64_t slice;
	size_t length;
};

static inline struct slice_run slice_run_at(uint64_t inner, uint64_t along, uint64_t i, size_t left)
{
	uint64_t row = i / inner;
	struct slice_run run = { .slice = row % along };
	uint64_t length = inner == 1 ? along - run.slice : inner - i % inner;

	run.length = length < left ? (size_t)length : left;
	return run;
}

/* Words an element takes in slices->words. */
static inline size_t slices_words_each(const struct slices *slices)
{
	return slices->dtype == DTYPE_C128 ? 2 : 1;
}

/* Fills words from a block whose values are decoded already. */
void slices_fill_words(struct slices *slices, const uint8_t *bytes, size_t n);

/* Adds the block's words, the first of element `first`, to the hashes. */
void slices_hash(struct slices *slices, size_t n, uint64_t first);

/* Finds slices with equal hashes and compares them element by element; fills same_as. */
bool slices_find_twins(struct slices *slices, struct tensor_walk *walk, struct error *err);

/* Scores and ranks; result->items are filled otherwise. */
bool channels_rank(struct channels *channels, struct error *err);

#endif
