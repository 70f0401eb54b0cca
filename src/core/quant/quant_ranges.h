/* The passes that narrow the ranges of tensors and channels, and the scales of scales. */
#ifndef ANALYSIS_QUANT_RANGES_H
#define ANALYSIS_QUANT_RANGES_H

#include "core/quant/granules.h"
#include "core/quant/quant_calibrate.h"
#include "core/quant/quant_prune.h"

/* Ranges of granules that hold their values become what the scheme's calibration says. */
bool quant_ranges_calibrate(struct granules *granules, const struct quant_codec *codec,
			    struct quant_prune *prune, struct quant_lines *lines,
			    struct tensor_walk *walk, struct quant_points *points,
			    struct error *err);

/*
 * The second quantization of bitsandbytes ("double" or "nested"): the mean is taken away, what is
 * left is quantized in blocks of 256 to 8 bits of its dynamic map, whose 255 nonzero levels lie
 * evenly between powers of ten.
 */
#define QUANT_DOUBLE_BLOCK 256
bool quant_ranges_double(float *scales, uint64_t n, struct error *err);

#endif
