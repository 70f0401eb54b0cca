/*
 * The levels that scaled values are rounded to, and the rounding: one function over a contiguous
 * run, whatever the scheme. Each element brings its scale and, where the grid has one, its offset.
 *
 *   GRID_INTEGER  r = round(x / scale), clamped to [low - offset, high - offset]; x' = r * scale
 *                 (the offset is the zero point; as ONNX QuantizeLinear, DequantizeLinear)
 *   GRID_FLOAT    x' = nearest(x / scale) * scale
 *   GRID_LEVELS   x' = level nearest to x * (1 / scale), times scale; of two equally near, the one
 *                 of less value, or of less magnitude on a mirrored grid
 *   GRID_SIGN     x' = sign(x) * scale where |x| > offset, else 0; with offset < 0 no zeros
 *
 * Stochastic rounding takes its chance from the seed and the element's number, so it does not
 * depend on who computes it.
 */
#ifndef KERNELS_GRID_H
#define KERNELS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/minifloat.h"

#define GRID_MAX_LEVELS 256

enum grid_kind { GRID_INTEGER, GRID_FLOAT, GRID_LEVELS, GRID_SIGN };

struct grid {
	enum grid_kind kind;
	enum rounding rounding;
	uint64_t seed;
	float low, high; /* of GRID_INTEGER: the least and the greatest code, low <= 0 <= high */
	const struct minifloat *format; /* of GRID_FLOAT */
	bool mirrored;	 /* of GRID_LEVELS: levels are magnitudes, their negatives exist, too */
	size_t n_levels;
	float levels[GRID_MAX_LEVELS]; /* ascending */
	float edges[GRID_MAX_LEVELS];  /* between each and the next */
};

void grid_integer(struct grid *grid, int low, int high);
void grid_float(struct grid *grid, enum minifloat_id format);
/* Levels ascending, at least one. */
void grid_levels(struct grid *grid, const float *levels, size_t n, bool mirrored);
void grid_sign(struct grid *grid);

/* NF4 (T. Dettmers et al., QLoRA, appendix E) and FP4 as bitsandbytes defines them. */
void grid_nf4(struct grid *grid);
void grid_fp4(struct grid *grid);

/* How many codes there are, and the magnitude that a scale of 1 reaches. */
uint32_t grid_codes(const struct grid *grid);
float grid_reach(const struct grid *grid);

/* n <= BLOCK finite values; `first` numbers them. The codes of floats are their
 * bits, others are below grid_codes. The answer is how many lay outside what the codes reach. */
size_t grid_encode(const struct grid *grid, const float *values, const float *scales,
		   const float *offsets, size_t n, uint64_t first, uint16_t *codes,
		   float *restored);

#endif
