/* The three ways to a tensor's statistics, and what they end with. */
#ifndef ANALYSIS_STATISTICS_PARTS_H
#define ANALYSIS_STATISTICS_PARTS_H

#include <stdbool.h>

#include <mtui/statistics.h>

#include "core/analysis/tensor_walk.h"
#include "core/kernels/moments.h"

/* Types of at most 16 bits: from the counts of their bit patterns, in one pass. */
bool statistics_from_codes(struct tensor_walk *walk, struct statistics *result,
			   struct error *err);

/* f32, more than ORDER_GATHER elements: in two passes. */
bool statistics_from_floats(struct tensor_walk *walk, struct statistics *result,
			    struct error *err);

/* Any type: by its values, in one pass to three, rarely more. */
bool statistics_from_values(struct tensor_walk *walk, struct statistics *result,
			    struct error *err);

/* No element: what is not a count is NaN, an index UINT64_MAX. */
void statistics_set_empty(struct statistics *result);

/* Ranks of the quantiles among n sorted values. */
void statistics_ranks(uint64_t n, uint64_t ranks[STATISTICS_N_PERCENTS]);

/* Everything that follows from count, min, max and the moments of values multiplied by scale. */
void statistics_finish_moments(struct statistics *result, const struct moments *moments,
			       double scale);

/* Entropy in bits of the counts in result->bins. */
void statistics_finish_bins(struct statistics *result);

#endif
