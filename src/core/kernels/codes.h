/*
 * Types of at most 16 bits: how often each bit pattern occurs, and where the ones that matter
 * occur first. Everything else about such a tensor follows from that.
 */
#ifndef KERNELS_CODES_H
#define KERNELS_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/dtype.h>

#define CODES_MAX	  65536
#define CODES_BYTE_TABLES 8

/* How codes of a type stand for ascending values. */
enum codes_order { CODES_UNSIGNED, CODES_SIGNED, CODES_SIGN_MAGNITUDE };

/* Extremes of 16-bit types, by rank. */
struct codes_range {
	bool any;
	int lowest, highest;		/* of finite elements; both zeros have rank 0 */
	uint64_t lowest_at, highest_at; /* index of the first of them */
	uint64_t first_nan, first_inf;	/* UINT64_MAX if none */
};

struct codes {
	uint64_t counts[CODES_MAX];
	/* Index of the first occurrence where the count is not 0. Of 16-bit types only for the
	 * codes of the least and the greatest value, and, one for all of a kind, NaN and Inf. */
	uint64_t first[CODES_MAX];
	/* Not yet added to counts: words, or bytes of one code or several. */
	union {
		uint32_t recent[CODES_MAX][2];
		struct {
			uint32_t recent_bytes[CODES_BYTE_TABLES][256], seen_bytes[256];
			bool seen[256]; /* by code */
		};
	};
	uint64_t n_recent;
	struct codes_range range;
};

/* Number of codes of a type of at most 16 bits. */
size_t codes_of(enum dtype dtype);

enum codes_order codes_order_of(enum dtype dtype);

/* Of a 16-bit code; ascends with the value, 0 for both zeros. */
int codes_rank(enum codes_order order, uint16_t code);

/* To be called on zeroed memory. */
void codes_init(struct codes *codes);

/* index: of the first of the n <= BLOCK elements. */
void codes_count(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
		 struct codes *codes);

/* Adds what was counted of other elements, with their own indices. */
void codes_merge(enum dtype dtype, struct codes *into, struct codes *from);

/* To be called before counts and first are read; nothing is counted after it. */
void codes_finish(enum dtype dtype, struct codes *codes);

#endif
