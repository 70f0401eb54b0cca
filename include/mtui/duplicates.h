/* Tensors that hold the same bytes under two names. */
#ifndef MTUI_DUPLICATES_H
#define MTUI_DUPLICATES_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

struct duplicate {
	uint32_t tensor;
	uint32_t same_as; /* the first one in the file with these bytes, dtype and element count */
};

struct duplicates {
	const struct duplicate *items; /* ascending by tensor; in the arena */
	size_t n;
	uint64_t bytes; /* that could be saved */
};

/*
 * Tensors of at least min_bytes (and 1) whose data lies plain in a file. Of tensors with the same
 * size a few bytes are read first; only where those are equal, all of them: by a hash of 128 bits,
 * and then byte by byte. What cannot be read has no twin.
 */
bool duplicates_find(const struct model *model, uint64_t min_bytes, struct arena *arena,
		     const struct analysis_watch *watch, struct duplicates *duplicates,
		     struct error *err);

#endif
