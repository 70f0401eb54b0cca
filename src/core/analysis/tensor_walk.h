/*
 * All elements of a tensor, in order, in blocks that kernels can take.
 *
 * Whatever the runs, their encodings and the pieces the file comes in: each block but the last
 * has exactly BLOCK elements, so results do not depend on how the data was stored.
 */
#ifndef ANALYSIS_TENSOR_WALK_H
#define ANALYSIS_TENSOR_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

#include "core/kernels/lanes.h"

/* Little-endian elements of the tensor's dtype, packed below 8 bits, without alignment; valid
 * during the call. The step may be left by a fault (see file_scan_run): it must own no memory.
 * False: stop without an error. */
typedef bool walk_step(const uint8_t *bytes, size_t n, uint64_t first, void *context);

struct tensor_walk {
	const struct model *model;
	const struct tensor *tensor;
	const struct analysis_watch *watch; /* may be NULL */
	uint64_t done, total;		    /* elements over all passes, for the watch */
	uint8_t scratch[BLOCK * 16];	    /* a block that is not contiguous in the file */
};

/* One pass over tensor->present elements, or fewer where the data ends early. */
bool tensor_walk_pass(struct tensor_walk *walk, walk_step *step, void *context,
		      struct error *err);

/* Whether tensor_walk_stretch can take the tensor: its elements lie together, bytewise. */
bool tensor_walk_has_stretches(const struct tensor_walk *walk);

/* Elements first to first + n only, in blocks from there on; first + n <= present. */
bool tensor_walk_stretch(struct tensor_walk *walk, uint64_t first, uint64_t n, walk_step *step,
			 void *context, struct error *err);

/* The same in one step, so n elements must not be too many for a mapping; adds nothing to
 * walk->done. */
bool tensor_walk_window(struct tensor_walk *walk, uint64_t first, uint64_t n, walk_step *step,
			void *context, struct error *err);

#endif
