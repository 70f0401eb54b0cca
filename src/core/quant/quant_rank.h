/*
 * Low rank: the matrix of a rank that is nearest to the tensor's, its first dimension by all others
 * (C. Eckart, G. Young, 1936): the projection on the eigenvectors of the larger eigenvalues of the
 * matrix' product with itself, on its shorter side. Stored are two f32 factors.
 *
 * The matrix is held as f32. By LAPACK, so the last digits are those of the machine's library.
 */
#ifndef ANALYSIS_QUANT_RANK_H
#define ANALYSIS_QUANT_RANK_H

#include "core/quant/quant_prune.h"

#define QUANT_RANK_SIDE	    2048
#define QUANT_RANK_ELEMENTS (UINT64_C(1) << 26)

struct quant_rank {
	float *values; /* restored, in the order of the file */
};

/* Too large matrices, and machines without LAPACK, are ERROR_REFUSED. */
bool quant_rank_fit(struct quant_rank *rank, const struct quant_scheme *scheme,
		    struct quant_prune *prune, struct quant_lines *lines, struct tensor_walk *walk,
		    struct error *err);
void quant_rank_free(struct quant_rank *rank);

#endif
