/*
 * Types of at most 16 bits: how often each bit pattern occurs, and where first. Everything else
 * about such a tensor follows from that.
 */
#ifndef KERNELS_CODES_H
#define KERNELS_CODES_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/dtype.h>

#define CODES_MAX 65536

struct codes {
	uint64_t counts[CODES_MAX];
	uint64_t first[CODES_MAX];  /* index of the first occurrence, where the count is not 0 */
	uint32_t recent[CODES_MAX]; /* not yet added to counts */
	uint64_t n_recent;
};

/* Number of codes of a type of at most 16 bits. */
size_t codes_of(enum dtype dtype);

/* index: of the first of the n <= BLOCK elements. codes starts out as zeros. */
void codes_count(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
		 struct codes *codes);

/* To be called before counts are read. */
void codes_finish(struct codes *codes);

#endif
