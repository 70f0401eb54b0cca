/*
 * A histogram of errors whose range nobody knows before the end: it doubles when an error is
 * outside, and bins are put together in pairs. Edges of coarse bins are edges of fine ones, so that
 * the counts are those that one pass with the last range would have given.
 */
#ifndef QUANT_ERROR_BINS_H
#define QUANT_ERROR_BINS_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/statistics.h>

#define ERROR_BINS 4096

/* Begin with zeros. */
struct error_bins {
	double reach; /* a power of two: they are over [-reach, reach); 0: all errors were 0 */
	uint64_t counts[ERROR_BINS];
};

/* y - x of n finite values; max_error is at least the largest magnitude. Infinite ones are left
 * out. */
void error_bins_add(struct error_bins *bins, const float *x, const float *y, size_t n,
		    double max_error);

/* Brought to HISTOGRAM_BINS bins over [-*range, *range), which is at most an eighth wider than
 * max_abs; 0 where all errors are 0, which stand in the bin from 0 on. */
void error_bins_fit(const struct error_bins *bins, double max_abs,
		    uint64_t counts[HISTOGRAM_BINS], double *range);

#endif
