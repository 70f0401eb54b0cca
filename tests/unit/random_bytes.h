/* The same pseudo-random numbers on every machine (splitmix64); tests/tools knows the recipe. */
#ifndef RANDOM_BYTES_H
#define RANDOM_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline void random_fill(uint64_t *state, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = random_next(state);

		for (size_t k = 0; k < 8 && i + k < n; k++)
			bytes[i + k] = (uint8_t)(word >> 8 * k);
	}
}

#endif
