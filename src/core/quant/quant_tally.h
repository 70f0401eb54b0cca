/* What restored values miss: sums, extremes, codes seen and both histograms, piece by piece. */
#ifndef ANALYSIS_QUANT_TALLY_H
#define ANALYSIS_QUANT_TALLY_H

#include <mtui/quant_error.h>

#include "core/kernels/bins.h"
#include "core/kernels/floats.h"
#include "core/kernels/moments.h"
#include "core/quant/error_bins.h"
#include "core/quant/quant_lines.h"

#define QUANT_CODES 65536

/* Begin with zeros and a result. */
struct quant_tally {
	const struct quant_lines *lines;
	const struct quant_importance *importance; /* or NULL */
	struct quant_error *result;
	struct exact_sum error, original, power, restored, product, bias, weight;
	uint64_t clipped;
	struct bins bins;
	struct floats_aim aim;
	bool aimed;		       /* single precision can guess the bins */
	struct floats_catch caught[2]; /* of values and of what they are restored to */
	uint64_t unfolded;	       /* elements in their bins */
	struct error_bins errors;
	uint8_t seen[QUANT_CODES];
	/* The piece at hand without what is not finite, and where it stood. */
	size_t n;
	bool squeezed;
	float values[BLOCK], back[BLOCK];
	uint16_t positions[BLOCK];
	double wide[BLOCK];
};

/* result->low and high must be known; NaN when there is nothing to count. */
void quant_tally_start(struct quant_tally *tally);

/* The piece's own values and what they are restored to. codes may be NULL. */
void quant_tally_add(struct quant_tally *tally, const struct quant_piece *piece,
		     const float *restored, const uint16_t *codes, size_t clipped);

/* Whether codes are still worth having. */
bool quant_tally_wants_codes(const struct quant_tally *tally);

/* mse, rmse, rel_fro and sqnr_db from the sums over n elements of (x - x')^2 and x^2. */
void quant_tally_error(struct quant_error *result, double error, double original, double n);

/* Fills the result's error. */
void quant_tally_finish(struct quant_tally *tally);

#endif
