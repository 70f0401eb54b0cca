/* Things that a log calls by name, found by it and kept in the order of their first appearance. */
#ifndef RUNS_NAME_TABLE_H
#define RUNS_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

/* The first member of whatever is kept in a table, which borrows it. */
struct name {
	struct text text;
	uint64_t hash; /* set by name_table_add */
};

struct name_table {
	struct name **items; /* `count` of them, in order */
	size_t count, room;
	uint32_t *slots;     /* index + 1, 0 is free; a power of two of them */
	size_t slot_count;
	uint64_t seed;
};

void name_table_free(struct name_table *table);

/* NULL if there is none. */
struct name *name_table_find(const struct name_table *table, struct text text);

/* Adds an item whose text is not in the table yet; false when memory is exhausted. */
bool name_table_add(struct name_table *table, struct name *item);

#endif
