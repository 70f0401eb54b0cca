/*
 * Exact order statistics of keys that stream by several times, in bounded memory.
 *
 * Each pass takes 16 more bits: it counts the next 16 bits of the keys that begin like a wanted
 * one. As soon as the keys that are left are few, a pass gathers and sorts them instead; a small
 * tensor is gathered in its first pass.
 */
#ifndef ANALYSIS_ORDER_H
#define ANALYSIS_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>

#define ORDER_MAX_RANKS 16
#define ORDER_GATHER 65536

/* A beginning that at least one wanted key has. */
struct order_prefix {
	uint64_t bits;	     /* the leading `resolved` bits, at the low end */
	uint64_t population; /* keys that have it */
	uint64_t *counts;    /* of the next 16 bits */
};

struct order {
	unsigned key_bits, resolved;
	bool gathering, finished;
	size_t n_prefixes, n_ranks;
	struct order_prefix prefixes[ORDER_MAX_RANKS];
	uint64_t rank[ORDER_MAX_RANKS];	  /* within its prefix */
	size_t prefix_of[ORDER_MAX_RANKS];
	uint64_t found[ORDER_MAX_RANKS];  /* the keys, once finished */
	uint64_t *gathered, *sorting;
	size_t n_gathered;
	uint8_t *wanted;		  /* by the leading 16 bits: some prefix begins so */
};

/* expected: how many keys there will be at most; decides what the first pass does. */
bool order_init(struct order *order, unsigned key_bits, uint64_t expected, struct error *err);
void order_free(struct order *order);

void order_add(struct order *order, const uint64_t *keys, size_t n);

/* After the first pass: which ranks are wanted, below the number of keys seen. */
void order_want(struct order *order, const uint64_t *ranks, size_t n);

/* After each pass; then order->finished says whether another one is needed. */
bool order_end_pass(struct order *order, struct error *err);

#endif
