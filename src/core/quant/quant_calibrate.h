/*
 * Calibration: the range that a granule's scale is made from, narrower than its values.
 *
 * It looks at points, ascending values with weights: the granule's values themselves for groups,
 * the centres of a histogram's bins (QUANT_TENSOR_BINS or QUANT_CHANNEL_BINS equal ones over the
 * granule's range) for tensors and channels. Both ends of the range are multiplied by the same
 * factor, of 100 %, 98 % ... 20 % the one with the least
 *
 *   mse  sum of weight (x - x')^2
 *   kl   divergence of what the levels make of the distribution from the distribution, as
 *        TensorRT does it (S. Migacz, 8-bit Inference with TensorRT, GTC 2017): P has the outliers
 *        at its ends; Q spreads each level's inliers evenly over its points
 *
 * and of equal ones the widest. percentile P takes instead the least magnitude that P % of the
 * weight do not exceed, or, for affine schemes, the values that (100 - P) % and P % do not exceed.
 */
#ifndef ANALYSIS_QUANT_CALIBRATE_H
#define ANALYSIS_QUANT_CALIBRATE_H

#include "core/quant/quant_codec.h"

#define QUANT_TENSOR_BINS  2048
#define QUANT_CHANNEL_BINS 512

struct quant_points {
	size_t n;
	float values[QUANT_TENSOR_BINS]; /* ascending */
	double weights[QUANT_TENSOR_BINS]; /* above 0 */
	/* Of the try at hand. */
	float scales[QUANT_TENSOR_BINS], offsets[QUANT_TENSOR_BINS], restored[QUANT_TENSOR_BINS];
	uint16_t codes[QUANT_TENSOR_BINS];
	double order[QUANT_TENSOR_BINS];
};

/* n values of a group, in any order. */
void quant_points_of_values(struct quant_points *points, const float *values, size_t n);
void quant_points_of_bins(struct quant_points *points, const uint64_t *counts, size_t n,
			  double low, double high);

void quant_calibrate(const struct quant_codec *codec, struct quant_points *points, double *low,
		     double *high);

#endif
