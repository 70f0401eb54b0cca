/* Checked arithmetic and unaligned little-endian loads: for sizes and bytes that a file names. */
#ifndef MTUI_BYTES_H
#define MTUI_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool add_ok(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

static inline bool mul_ok(uint64_t a, uint64_t b, uint64_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

/* True when [offset, offset + len) lies inside [0, size); never wraps. */
static inline bool extent_ok(uint64_t offset, uint64_t len, uint64_t size)
{
	return offset <= size && len <= size - offset;
}

static inline uint16_t load_u16(const void *p)
{
	const uint8_t *b = p;
	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t load_u32(const void *p)
{
	const uint8_t *b = p;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t load_u64(const void *p)
{
	return (uint64_t)load_u32(p) | (uint64_t)load_u32((const uint8_t *)p + 4) << 32;
}

static inline void store_u64(void *p, uint64_t value)
{
	uint8_t *b = p;
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(value >> 8 * i);
}

static inline float load_f32(const void *p)
{
	uint32_t bits = load_u32(p);
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static inline double load_f64(const void *p)
{
	uint64_t bits = load_u64(p);
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

#endif
