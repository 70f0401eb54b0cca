/* How many different keys there are, exact up to DISTINCT_MAX. */
#ifndef ANALYSIS_DISTINCT_H
#define ANALYSIS_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_MAX 65536

struct distinct {
	uint64_t *slots; /* open addressing; 0 is an empty slot. NULL after an overflow */
	size_t count;	 /* of keys in slots */
	bool has_zero, overflow;
};

/* False when memory is exhausted. */
bool distinct_init(struct distinct *distinct);
void distinct_free(struct distinct *distinct);

void distinct_add(struct distinct *distinct, const uint64_t *keys, size_t n);

/* Adds the keys of another one. */
void distinct_merge(struct distinct *into, const struct distinct *from);

/* UINT64_MAX when there are more than DISTINCT_MAX. */
uint64_t distinct_count(const struct distinct *distinct);

#endif
