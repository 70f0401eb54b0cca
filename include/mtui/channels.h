/*
 * A tensor slice by slice along one axis: what each channel holds, and which stand out.
 *
 * One pass over the elements; where slices look alike, further ones that compare them exactly.
 * All numbers are over the elements that are present; NaN and infinities are counted and kept out
 * of everything else; complex values enter by magnitude. Population moments, in compensated sums
 * of deviations from the slice's first value, always added in the same order.
 *
 *   dead       every element is zero
 *   constant   at least two elements, all the same value, which is not zero
 *   duplicate  at least two elements, each with the same bits as in an earlier slice, not dead
 *   score      0.6745 (a - median) / MAD with a = max |x| of the slice, the median of all a, and
 *              MAD the median of |a - median|; where MAD is 0, (a - median) / (1.2533 mean |a -
 *              median|). Of an even number the lower middle one is the median.
 *   outlier    |score| > 3.5 (B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers", 1993)
 */
#ifndef MTUI_CHANNELS_H
#define MTUI_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

/* More slices than this are refused: some 200 bytes of each are kept during the scan. */
#define CHANNELS_MAX (1u << 20)

#define CHANNELS_OUTLIER 3.5

struct channel {
	uint64_t count;		    /* elements looked at */
	uint64_t zeros, nan, inf;
	double min, max, mean, std; /* of the finite values; NaN when there are none */
	double score;		    /* NaN when there are none */
	uint32_t same_as;	    /* the first slice of the same elements, or NO_INDEX */
	bool dead, constant;
};

struct channels {
	int axis;
	uint64_t n;		/* slices that have elements; the shape may promise more */
	struct channel *items;	/* by index along the axis */
	uint32_t *ranked;	/* their indices by |score|, largest first */
	uint64_t n_outliers;	/* the first of the ranked */
	uint64_t n_dead, n_constant, n_duplicate;
	uint64_t n_nonfinite;	/* slices with NaN or infinities */
	uint64_t n_unconfirmed; /* duplicates by a 128-bit hash alone: too many to compare them all */
	double median, mad;	/* of max |x|; NaN when there are no finite values */
	double min, max;	/* of all slices; likewise */
};

/* Channel axis by operator: 0 for Conv and the B of Gemm with transB, 1 for ConvTranspose and the
 * B of Gemm, last for MatMul, Gather and the rest; from the tensor's first consumer. -1 (per
 * tensor) for fewer than two dimensions. */
int channel_axis(const struct model *model, const struct tensor *tensor);

/* The same, but 0 where that says none. */
int channels_default_axis(const struct model *model, const struct tensor *tensor);

/* Largest magnitude of a slice; NaN when it has no finite value. */
double channel_magnitude(const struct channel *channel);

/* axis -1: channels_default_axis decides. An axis that the tensor has not is ERROR_USAGE; types without
 * numbers, scalars, tensors without data and more slices than CHANNELS_MAX are ERROR_REFUSED.
 * On success the caller frees the result. */
bool channels_compute(const struct model *model, const struct tensor *tensor, int axis,
		      const struct analysis_watch *watch, struct channels *result,
		      struct error *err);
void channels_free(struct channels *channels);

#endif
