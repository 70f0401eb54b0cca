/* Collecting the points of a series and packing them into chunks. */
#ifndef RUNS_SERIES_PACK_H
#define RUNS_SERIES_PACK_H

#include <mtui/arena.h>
#include <mtui/series.h>

#include "core/runs/name_table.h"

/* One tag while it grows: full chunks, packed, and the points behind them, as they came. */
struct series_builder {
	struct name name; /* the tag; first, for its table */
	enum series_role role;
	bool fresh;	  /* has points that no version shows yet */
	struct series_point *tail;
	uint32_t filled, room;
	struct series packed; /* the full chunks alone; tag and role are above */
	size_t chunk_room;
};

static inline uint64_t series_builder_count(const struct series_builder *builder)
{
	return builder->packed.count + builder->filled;
}

/* False when memory is exhausted. The tail is freed with series_builder_free; the rest lies in the
 * arena. */
bool series_builder_grow(struct series_builder *builder, struct arena *arena);
void series_builder_free(struct series_builder *builder);

static inline bool series_append(struct series_builder *builder, struct arena *arena, int64_t step,
				 double wall_time, double value)
{
	if (builder->filled == builder->room && !series_builder_grow(builder, arena))
		return false;
	builder->tail[builder->filled++] = (struct series_point){ step, wall_time, value };
	builder->fresh = true;
	return true;
}

/* An immutable series of the points that builders hold now (of one tag, in this order), counted by
 * reference; NULL when memory is exhausted. Its chunks live in the builders' arenas. */
struct series *series_snapshot(const struct series_builder *const *builders, size_t count);
void series_retain(const struct series *series);
void series_release(const struct series *series);

#endif
