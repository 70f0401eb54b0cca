/*
 * Order keys: unsigned integers that compare as the values do, for exact quantiles and distinct
 * counts. Both zeros have one key. Keys of 32-bit types fill 32 bits, the others 64.
 */
#ifndef KERNELS_KEYS_H
#define KERNELS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/dtype.h>

#define KEY_DIGITS 65536 /* a pass resolves 16 bits of a key */

/* 32 or 64. */
unsigned keys_bits(enum dtype dtype);

/* The keys of n finite values. i64 and u64 are keyed by `bytes`, all others by `values`. */
void keys_block(enum dtype dtype, const double *values, const uint8_t *bytes, size_t n,
		uint64_t *keys);

/* The value of a key; 64-bit integers rounded to nearest. */
double keys_value(enum dtype dtype, uint64_t key);

/* The integer of a key of an integer type; u64 as the same 64 bits. */
int64_t keys_integer(enum dtype dtype, uint64_t key);

/* counts[key >> shift]++, where the result is below KEY_DIGITS. */
void keys_count(const uint64_t *keys, size_t n, unsigned shift, uint64_t *counts);

/* Ascending; scratch has room for n keys too. */
void keys_sort(uint64_t *keys, uint64_t *scratch, size_t n);

#endif
