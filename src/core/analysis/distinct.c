#include "core/analysis/distinct.h"

#include <stdlib.h>

#define SLOT_BITS 17
#define SLOTS ((size_t)1 << SLOT_BITS)

bool distinct_init(struct distinct *distinct)
{
	*distinct = (struct distinct){ .slots = calloc(SLOTS, sizeof(uint64_t)) };
	return distinct->slots != NULL;
}

void distinct_free(struct distinct *distinct)
{
	free(distinct->slots);
	distinct->slots = NULL;
}

/* Nothing will ask for the keys again. */
static void overflow(struct distinct *distinct)
{
	distinct->overflow = true;
	distinct_free(distinct);
}

/* At most half of the slots are ever used, so the search ends. */
static void insert(struct distinct *distinct, uint64_t key)
{
	size_t slot = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SLOT_BITS));

	while (distinct->slots[slot] != 0) {
		if (distinct->slots[slot] == key)
			return;
		slot = (slot + 1) % SLOTS;
	}
	if (distinct->count + distinct->has_zero == DISTINCT_MAX) {
		overflow(distinct);
		return;
	}
	distinct->slots[slot] = key;
	distinct->count++;
}

void distinct_add(struct distinct *distinct, const uint64_t *keys, size_t n)
{
	for (size_t i = 0; i < n && !distinct->overflow; i++) {
		if (keys[i] != 0)
			insert(distinct, keys[i]);
		else if (distinct->has_zero)
			continue;
		else if (distinct->count == DISTINCT_MAX)
			overflow(distinct);
		else
			distinct->has_zero = true;
	}
}

void distinct_merge(struct distinct *into, const struct distinct *from)
{
	const uint64_t zero = 0;

	if (from->overflow)
		overflow(into);
	if (from->has_zero && !into->overflow)
		distinct_add(into, &zero, 1);
	for (size_t slot = 0; slot < SLOTS && !into->overflow; slot++)
		if (from->slots[slot])
			distinct_add(into, &from->slots[slot], 1);
}

uint64_t distinct_count(const struct distinct *distinct)
{
	return distinct->overflow ? UINT64_MAX : distinct->count + distinct->has_zero;
}
