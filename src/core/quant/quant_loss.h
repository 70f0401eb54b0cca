/*
 * The error of a scheme and nothing else: no codes, no histograms. It reads each value once or
 * twice and gives the same mse, to the last bit, as the passes of quant_error.c.
 *
 *   groups    one pass; the scale of a group is found right before it is used
 *   rows      windows of whole rows: their ranges, then their errors, from the cache
 *   the rest  a pass for the ranges, one for the errors
 *
 * By as many threads as the watch's pool has free. The sums of each block are kept and added in
 * order at the end.
 */
#ifndef ANALYSIS_QUANT_LOSS_H
#define ANALYSIS_QUANT_LOSS_H

#include <mtui/quant_error.h>

#include "core/quant/quant_codec.h"
#include "core/quant/quant_lines.h"

/* Whether there are fast loops for the scheme and this order of the values. */
bool quant_loss_fits(const struct quant_codec *codec, const struct quant_lines *lines);

/* The sums over all elements of (x - x')^2 and x^2. *found is false where values turned out not to
 * be finite, or scales extreme: then the long way is the only one. */
bool quant_loss_sums(const struct quant_codec *codec, const struct quant_lines *lines,
		     struct tensor_walk *walk, double *error, double *original, bool *found,
		     struct error *err);

#endif
