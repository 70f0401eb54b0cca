/*
 * A tensor's values in the order its quantization takes them.
 *
 * With the channel axis in the middle a tensor is [outer, channels, inner]; a channel's line has
 * outer * inner elements. Where groups or blocks run along lines that do not lie together in the
 * file (outer > 1), the rows are taken in slabs of `rows`, and each slab line by line; otherwise
 * the order is that of the file. Pieces have at most BLOCK elements, and a unit (a group or block,
 * or the shorter one that ends a line or slab) is never cut. All of it follows from the shape and
 * the unit alone.
 */
#ifndef ANALYSIS_QUANT_LINES_H
#define ANALYSIS_QUANT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/tensor.h>

#include "core/analysis/tensor_walk.h"

/* Elements of a slab that are held in memory. */
#define QUANT_MAX_SLAB (UINT64_C(1) << 26)

struct quant_lines {
	uint64_t outer, channels, inner;
	uint64_t total;	   /* elements present */
	uint64_t rows;	   /* of a slab; 0: the order of the file */
	unsigned unit;	   /* 1 where nothing runs along lines */
	enum dtype dtype;
	/* The pass at hand. */
	float *slab;
	size_t slab_size;  /* capacity */
	uint64_t slab_first, slab_held;
	float *carry;	   /* an unfinished unit, in the order of the file */
	size_t carried;
};

/* axis -1: the whole tensor is one line. What the shape promises but the file lacks makes the
 * tensor one line, too. ERROR_REFUSED for slabs that are too large. */
bool quant_lines_init(struct quant_lines *lines, const struct tensor *tensor, int axis,
		      unsigned unit, struct error *err);
/* The order alone, without what a pass needs. */
void quant_lines_measure(struct quant_lines *lines, const struct tensor *tensor, int axis,
			 unsigned unit);
void quant_lines_free(struct quant_lines *lines);

/* A stretch of a piece: elements of one channel's line. */
struct quant_piece {
	const float *values;
	size_t n;
	uint64_t position; /* of the first, in the order described above */
};

typedef bool quant_step(const struct quant_piece *piece, void *context);

bool quant_lines_pass(struct quant_lines *lines, struct tensor_walk *walk, quant_step *step,
		      void *context, struct error *err);

/* Where the element at a position lies. */
struct quant_place {
	uint64_t channel;
	uint64_t index;	 /* row-major */
	uint64_t length; /* elements from it on that follow in the same channel */
	uint64_t left;	 /* elements from it on to the end of its unit, at least 1 */
};

struct quant_place quant_lines_place(const struct quant_lines *lines, uint64_t position);

/* How many units the tensor has. */
uint64_t quant_lines_units(const struct quant_lines *lines, unsigned unit);

#endif
