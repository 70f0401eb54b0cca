/*
 * How (x - x')^2 and x^2 of a block are added.
 *
 *   1. Differences and squares are of single precision, and so are the sums of a span of 256
 *      elements: element i of the block goes to lane i % 16. What a lane misses is less than
 *      (2 + 1 + 15 / 2) * 2^-24 = 6.3 * 10^-7 of it, and in the mean over a tensor far less.
 *   2. The lanes of a span are added in double: k and k + 8, then k and k + 4; the four sums go to
 *      those of the block, span by span, and those are added in the end: 0 and 2, 1 and 3.
 *   3. Where one of the block's sums is not within the bounds below, squares may have been too
 * small or too large for single precision: then the same is done in double from the differences on.
 *
 * Every variant and every caller adds so; all give the same bits.
 */
#ifndef KERNELS_SQUARES_H
#define KERNELS_SQUARES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kernels/lanes.h"

#define SQUARES_SPAN 256

/* Elements that fall short of single precision weigh less than 2^-138 together. */
#define SQUARES_LEAST 0x1p-100
#define SQUARES_MOST  0x1p100

struct squares {
	/* Of the span at hand; of single precision unless all is done in double. */
	double error[LANES], original[LANES];
	/* Of the spans before it. */
	double errors[4], originals[4];
	size_t n; /* elements so far */
};

static inline void squares_fold(double lanes[LANES], double sums[4])
{
	for (size_t k = 0; k < 4; k++)
		sums[k] += (lanes[k] + lanes[k + 8]) + (lanes[k + 4] + lanes[k + 12]);
	for (size_t k = 0; k < LANES; k++)
		lanes[k] = 0;
}

static inline void squares_end_span(struct squares *squares)
{
	squares_fold(squares->error, squares->errors);
	squares_fold(squares->original, squares->originals);
}

/* One more element. */
static inline void squares_add(struct squares *squares, float x, float restored, bool wide)
{
	size_t lane = squares->n % LANES;
	float e = restored - x;
	double exact = (double)restored - (double)x;

	if (wide) {
		squares->error[lane] += exact * exact;
		squares->original[lane] += (double)x * (double)x;
	} else {
		squares->error[lane] = (double)((float)squares->error[lane] + e * e);
		squares->original[lane] = (double)((float)squares->original[lane] + x * x);
	}
	if (++squares->n % SQUARES_SPAN == 0)
		squares_end_span(squares);
}

/* At the end of a block. */
static inline void squares_end(struct squares *squares, double *error, double *original)
{
	squares_end_span(squares);
	*error = (squares->errors[0] + squares->errors[2]) +
		 (squares->errors[1] + squares->errors[3]);
	*original = (squares->originals[0] + squares->originals[2]) +
		    (squares->originals[1] + squares->originals[3]);
}

/* Whether sums of single precision stand. */
static inline bool squares_stand(double error, double original)
{
	return error >= SQUARES_LEAST && error <= SQUARES_MOST && original >= SQUARES_LEAST &&
	       original <= SQUARES_MOST;
}

#endif
