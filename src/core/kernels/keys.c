#include "core/kernels/keys.h"

#include <stdbool.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/vector.h"

#define SIGN32 (UINT32_C(1) << 31)
#define SIGN64 (UINT64_C(1) << 63)

unsigned keys_bits(enum dtype dtype)
{
	return dtype == DTYPE_F32 || dtype == DTYPE_I32 || dtype == DTYPE_U32 ? 32 : 64;
}

void keys_block(enum dtype dtype, const double *values, const uint8_t *bytes, size_t n,
		uint64_t *keys)
{
	switch (dtype) {
	case DTYPE_F32:
		kernels_current()->keys_f32(values, n, keys);
		return;
	case DTYPE_I32:
		for (size_t i = 0; i < n; i++)
			keys[i] = (uint32_t)(int32_t)values[i] ^ SIGN32;
		return;
	case DTYPE_U32:
		for (size_t i = 0; i < n; i++)
			keys[i] = (uint32_t)values[i];
		return;
	case DTYPE_I64:
		for (size_t i = 0; i < n; i++)
			keys[i] = load_u64(bytes + 8 * i) ^ SIGN64;
		return;
	case DTYPE_U64:
		for (size_t i = 0; i < n; i++)
			keys[i] = load_u64(bytes + 8 * i);
		return;
	default:
		kernels_current()->keys_f64(values, n, keys);
		return;
	}
}

int64_t keys_integer(enum dtype dtype, uint64_t key)
{
	if (dtype == DTYPE_U64)
		return (int64_t)key;
	return dtype == DTYPE_I64 ? (int64_t)(key ^ SIGN64) : (int64_t)keys_value(dtype, key);
}

double keys_value(enum dtype dtype, uint64_t key)
{
	uint32_t bits32;
	float narrow;
	double value;

	switch (dtype) {
	case DTYPE_F32:
		bits32 = (uint32_t)key;
		bits32 ^= bits32 & SIGN32 ? SIGN32 : UINT32_MAX;
		memcpy(&narrow, &bits32, sizeof narrow);
		return narrow;
	case DTYPE_I32: return (int32_t)((uint32_t)key ^ SIGN32);
	case DTYPE_U32: return (uint32_t)key;
	case DTYPE_I64: return (double)(int64_t)(key ^ SIGN64);
	case DTYPE_U64: return (double)key;
	default:
		key ^= key & SIGN64 ? SIGN64 : UINT64_MAX;
		memcpy(&value, &key, sizeof value);
		return value;
	}
}

void keys_count(const uint64_t *keys, size_t n, unsigned shift, uint64_t *counts)
{
	for (size_t i = 0; i < n; i++)
		counts[keys[i] >> shift]++;
}

/* One stable distribution by 8 bits; false when all keys agree in them. */
static bool distribute(const uint64_t *from, uint64_t *to, size_t n, unsigned shift)
{
	size_t starts[256] = { 0 }, position = 0;

	for (size_t i = 0; i < n; i++)
		starts[from[i] >> shift & 255]++;
	if (starts[from[0] >> shift & 255] == n)
		return false;
	for (size_t digit = 0; digit < 256; digit++) {
		size_t count = starts[digit];

		starts[digit] = position;
		position += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[from[i] >> shift & 255]++] = from[i];
	return true;
}

void keys_sort(uint64_t *keys, uint64_t *scratch, size_t n)
{
	uint64_t *from = keys, *to = scratch;

	for (unsigned shift = 0; shift < 64 && n > 1; shift += 8) {
		if (distribute(from, to, n, shift)) {
			uint64_t *swap = from;

			from = to;
			to = swap;
		}
	}
	if (from != keys)
		memcpy(keys, from, n * sizeof *keys);
}
