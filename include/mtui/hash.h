/*
 * A seeded 64-bit hash for tables of names.
 *
 * Not cryptographic; without the seed nobody can prepare names that collide. Take one seed per
 * table from hash_seed. Values differ between runs: nothing that is shown or ordered may depend
 * on them.
 */
#ifndef MTUI_HASH_H
#define MTUI_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

/* A fresh seed from the kernel's random source (a clock where there is none). */
uint64_t hash_seed(void);

#endif
