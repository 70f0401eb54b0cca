/*
 * The two looks at f32 as it lies in the file that its statistics take; see statistics_floats.c.
 *
 * The first counts the leading 16 bits of every element, finds the extremes and sums powers of
 * x - shift. The second counts linear bins and picks out the elements whose leading 16 bits are
 * wanted. Element i of a block goes to lane i % FLOAT_LANES.
 */
#ifndef KERNELS_FLOATS_H
#define KERNELS_FLOATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/bins.h"
#include "core/kernels/keys.h"
#include "core/kernels/lanes.h"

#define FLOAT_LANES  8
#define FLOAT_TABLES 2

/* What the lanes sum: powers of d = x - shift, then |x|. */
enum float_sum { FLOAT_D1, FLOAT_D2, FLOAT_D3, FLOAT_D4, FLOAT_ABSOLUTE, FLOAT_SUMS };

/* Of n <= BLOCK elements. NaN and infinities make sums[FLOAT_D4] not finite, whatever else is
 * there; the sums and extremes then mean nothing. */
struct floats_look {
	float min, max; /* +Inf, -Inf for no values; zeros are +0 */
	double sums[FLOAT_SUMS];
};

/* How often leading bits occur: the sum over a key's counts. Two of them, so that a key that
 * repeats does not wait for its own last increment; more would crowd the cache. */
typedef uint32_t float_keys[KEY_DIGITS][FLOAT_TABLES];

/* What the second look needs: made by floats_aim_at. */
struct floats_aim {
	float first, norm; /* (x - first) * norm is the bin in units of 2^-16 */
	uint32_t slack;	   /* within it of an edge a bin is doubtful; a power of two */
	uint32_t n_wanted;
	uint16_t wanted[16]; /* leading bits; behind n_wanted the first again */
	uint16_t multiplier; /* (key * multiplier) >> 11 is the slot of a key, */
	uint16_t slots[32];  /* the only wanted key that may be there */
};

#define FLOAT_BIN_TABLES 8

struct floats_catch {
	uint32_t bins[FLOAT_BIN_TABLES][256]; /* doubtful ones by their guess */
	size_t n_wanted, n_doubtful;	      /* in the order of the elements */
	uint32_t wanted[BLOCK + 16];	      /* their bits */
	uint32_t doubtful[BLOCK + 16];
};

/* At most 16 wanted keys, all different, at least one; bins of type f32 with n = 256. False where
 * single precision cannot guess such bins. */
bool floats_aim_at(struct floats_aim *aim, const struct bins *bins, const uint16_t *wanted,
		   size_t n);

/* The bin that is counted for the bits of an element. */
uint8_t floats_guess(const struct floats_aim *aim, uint32_t bits);

/* keys may be NULL. */
void floats_look_plain(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		       float_keys *keys);
/* Adds to what is caught. */
void floats_catch_plain(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
			struct floats_catch *caught);
#if defined(__x86_64__)
void floats_look_avx2(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		      float_keys *keys);
void floats_catch_avx2(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
		       struct floats_catch *caught);
void floats_look_avx512(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
			float_keys *keys);
void floats_catch_avx512(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
			 struct floats_catch *caught);
#endif

/* By the variant in use. */
void floats_look(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		 float_keys *keys);
void floats_catch(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
		  struct floats_catch *caught);
size_t floats_equal(const uint8_t *bytes, size_t n, uint32_t bits);

#endif
