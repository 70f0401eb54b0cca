/*
 * What a graph is made of: weights that are shared, scopes that repeat, nodes that fuse or fold, and
 * in one sentence what the model seems to be.
 */
#ifndef MTUI_STRUCTURE_H
#define MTUI_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/duplicates.h>
#include <mtui/error.h>
#include <mtui/layer.h>
#include <mtui/patterns.h>
#include <mtui/shapes.h>

/* An initializer that several nodes use. Those of fewer than SHARED_ELEMENTS are not told. */
struct shared_tensor {
	uint32_t tensor;
	uint32_t users; /* nodes, 2 or more */
};

#define SHARED_ELEMENTS 64

/* Scopes beside each other with the same operators and parameters of the same shapes, in the same
 * order. Repeats inside of one are told of its first scope only. */
struct repeat {
	uint32_t first_row, last_row; /* of the layers: the first scope of that kind, and the last */
	uint32_t count;		      /* 2 or more */
	uint32_t n_nodes;	      /* of each; 2 or more */
	uint64_t parameters;	      /* of each */
};

/* Nodes of the main graph that hang together and compute the same on every run: from constants, and
 * from shapes that are known as numbers. Dequantizing is left alone. */
struct foldable {
	uint32_t first_node;
	uint32_t n_nodes;
	uint64_t freed;	 /* bytes of constants that nothing else uses */
	uint64_t result; /* bytes of constants that take their place; UINT64_MAX: not known */
};

/* Bytes a file gets smaller by (negative: larger); false where that is not known. */
bool foldable_saves(const struct foldable *foldable, int64_t *bytes);

struct structure {
	const struct shared_tensor *shared; /* those with most elements first */
	const struct repeat *repeats;	    /* in the order of the rows */
	const struct foldable *foldable;    /* in the order of the nodes */
	size_t n_shared, n_repeats, n_foldable;
	struct patterns patterns;
	const uint64_t *saved; /* by pattern: bytes inside that a fused operator need not write;
				  UINT64_MAX where a size is not known */
	struct duplicates duplicates; /* of at least 1,024 bytes */
	struct text summary; /* a judgement, in mtui's own words; empty where none is safe */
	struct arena arena;
};

/* sized: shapes with sizes for the names of dimensions, for bytes; may be the same. Reads small
 * constants, and tensors that may be duplicates. On success structure_free. */
bool structure_find(const struct shapes *shapes, const struct shapes *sized,
		    const struct layers *layers,
		    const struct analysis_watch *watch, struct structure *structure,
		    struct error *err);
void structure_free(struct structure *structure);

#endif
