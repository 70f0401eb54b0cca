#include "core/runs/name_table.h"

#include <stdlib.h>

#include <mtui/hash.h>

void name_table_free(struct name_table *table)
{
	free(table->items);
	free(table->slots);
	*table = (struct name_table){ 0 };
}

struct name *name_table_find(const struct name_table *table, struct text text)
{
	if (table->count == 0)
		return NULL;
	uint64_t hash = hash_bytes(text.data, text.len, table->seed);
	for (size_t at = hash;; at++) {
		uint32_t slot = table->slots[at & (table->slot_count - 1)];
		if (slot == 0)
			return NULL;
		struct name *item = table->items[slot - 1];
		if (item->hash == hash && text_equal(item->text, text))
			return item;
	}
}

static void place(struct name_table *table, size_t index)
{
	size_t at = table->items[index]->hash;

	while (table->slots[at & (table->slot_count - 1)])
		at++;
	table->slots[at & (table->slot_count - 1)] = (uint32_t)index + 1;
}

static bool grow(struct name_table *table)
{
	size_t room = table->room ? table->room * 2 : 8;
	struct name **items;
	uint32_t *slots;

	if (room >= UINT32_MAX / 4)
		return false;
	items = realloc(table->items, room * sizeof(struct name *));
	if (!items)
		return false;
	table->items = items;
	slots = calloc(room * 2, sizeof *slots);
	if (!slots)
		return false;
	if (!table->slots)
		table->seed = hash_seed();
	free(table->slots);
	table->slots = slots;
	table->slot_count = room * 2;
	table->room = room;
	for (size_t i = 0; i < table->count; i++)
		place(table, i);
	return true;
}

bool name_table_add(struct name_table *table, struct name *item)
{
	if (table->count == table->room && !grow(table))
		return false;
	item->hash = hash_bytes(item->text.data, item->text.len, table->seed);
	table->items[table->count] = item;
	place(table, table->count++);
	return true;
}
