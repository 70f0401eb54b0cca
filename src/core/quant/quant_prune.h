/*
 * Pruning: which values become 0 before anything else is done to them.
 *
 *   threshold  |x| < T
 *   share      the floor(share * finite values) least magnitudes of the tensor; of equal ones those
 *              that come first in the order of quant_lines
 *   N:M        in every M of a line all but the N greatest magnitudes; of equal ones the first stay
 *   channels   the floor(share * channels) channels of least L2 norm; of equal ones the first go
 */
#ifndef ANALYSIS_QUANT_PRUNE_H
#define ANALYSIS_QUANT_PRUNE_H

#include <mtui/scheme.h>

#include "core/quant/granules.h"

struct quant_prune {
	const struct quant_scheme *scheme;
	float threshold;      /* magnitudes below it go */
	uint64_t ties;	      /* of those equal to it, so many */
	uint64_t ties_gone;   /* in the pass at hand; 0 at its start */
	uint8_t *gone;	      /* by channel, or NULL */
	uint64_t channels_gone, elements_gone; /* elements of whole channels */
	struct granules channels;
};

/* Looks at the tensor as often as it must. */
bool quant_prune_init(struct quant_prune *prune, const struct quant_scheme *scheme,
		      struct quant_lines *lines, struct tensor_walk *walk, struct error *err);
void quant_prune_free(struct quant_prune *prune);

/* What is left of a piece: 0 for what is pruned and for what is not finite. */
void quant_prune_apply(struct quant_prune *prune, const struct quant_piece *piece, float *values);

#endif
