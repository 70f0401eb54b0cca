/*
 * Codebooks fitted to a tensor.
 *
 * kmeans: the levels of least squared error, by dynamic programming over ascending points (X. Wu,
 * Optimal Quantization by Matrix Searching, 1991: each further level moves the optimal cuts one
 * way only), or, with `lloyd`, what Lloyd's iteration reaches from equally filled cells. The points
 * are the values themselves up to QUANT_FIT_VALUES of them, above that the means of the
 * QUANT_FIT_BINS equal bins of their range with their counts.
 *
 * pq: vectors along a line, the last of a line filled with zeros; Lloyd's iteration from evenly
 * spaced vectors over an evenly spaced sample of at most QUANT_FIT_VECTORS.
 */
#ifndef ANALYSIS_QUANT_CODEBOOK_H
#define ANALYSIS_QUANT_CODEBOOK_H

#include "core/quant/granules.h"
#include "core/quant/quant_codec.h"
#include "core/quant/quant_prune.h"

#define QUANT_FIT_VALUES  4096
#define QUANT_FIT_BINS	  2048
#define QUANT_FIT_VECTORS 16384

struct quant_codebook {
	size_t levels, vector; /* of pq */
	float *centres;	       /* levels * vector */
};

/* Leaves the codec with the levels, or the codebook with its vectors. */
bool quant_codebook_fit(struct quant_codebook *codebook, struct quant_codec *codec,
			struct granules *granules, struct quant_prune *prune,
			struct quant_lines *lines, struct tensor_walk *walk, struct error *err);
void quant_codebook_free(struct quant_codebook *codebook);

/* n elements from a position on, whole vectors. */
void quant_codebook_encode(const struct quant_codebook *codebook, const struct quant_lines *lines,
			   uint64_t position, const float *values, size_t n, uint16_t *codes,
			   float *restored);

/* The k levels of least squared error over n ascending points with weights above 0, and that
 * error; fewer levels where there are fewer points. The answer is how many, 0 without memory. */
size_t quant_codebook_optimum(const double *points, const double *weights, size_t n, size_t k,
			      double *levels, double *error);

#endif
