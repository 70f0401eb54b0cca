/*
 * Multiply-and-fold: 16 bytes at a time are xored with two secrets, multiplied to 128 bits and
 * folded to 64. Short names take two multiplications. The last 16 bytes of a long input are read
 * again with overlap instead of a loop over the tail. A factor of zero would swallow the other
 * one, so every word of the input meets a key that depends on the seed before it is multiplied.
 */
#include <mtui/hash.h>

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define SECRET_0 0x9e3779b97f4a7c15u
#define SECRET_1 0xd1b54a32d192ed03u
#define SECRET_2 0x8cb92ba72f3d8dd7u
#define SECRET_3 0xaef17502108ef2d9u

__extension__ typedef unsigned __int128 wide;

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t read_8(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

static inline uint64_t read_4(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

static inline uint64_t finish(uint64_t a, uint64_t b, size_t len, uint64_t key, uint64_t state)
{
	return fold(fold(a ^ key, b ^ state) ^ SECRET_3, len ^ state ^ SECRET_2);
}

/* More than 16 bytes. Apart from the rest, which then keeps its few variables in registers. */
static __attribute__((noinline)) uint64_t hash_long(const uint8_t *p, size_t len, uint64_t key,
						    uint64_t state)
{
	size_t left = len;

	for (; left > 32; p += 32, left -= 32) {
		uint64_t other = fold(read_8(p + 16) ^ ~key, read_8(p + 24) ^ state);

		state = fold(read_8(p) ^ key, read_8(p + 8) ^ state) ^ other * SECRET_3;
	}
	if (left > 16)
		state = fold(read_8(p) ^ key, read_8(p + 8) ^ state);
	p += left;
	return finish(read_8(p - 16), read_8(p - 8), len, key, state);
}

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t state = seed ^ SECRET_0;
	uint64_t key = (seed ^ SECRET_2) * SECRET_1;
	uint64_t a = 0, b = 0;

	key ^= key >> 32;

	if (len > 16)
		return hash_long(p, len, key, state);
	if (len >= 8) {
		a = read_8(p);
		b = read_8(p + len - 8);
	} else if (len >= 4) {
		a = read_4(p);
		b = read_4(p + len - 4);
	} else if (len > 0) {
		a = (uint64_t)p[0] << 16 | (uint64_t)p[len >> 1] << 8 | p[len - 1];
	}
	return finish(a, b, len, key, state);
}

uint64_t hash_seed(void)
{
	uint64_t seed;
	struct timespec now;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
		return seed;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seed = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&now;
	return hash_bytes(&seed, sizeof seed, SECRET_0);
}
