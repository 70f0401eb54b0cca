#include "core/kernels/codes.h"

#include <mtui/bytes.h>

#include "core/kernels/decode.h"
#include "core/kernels/lanes.h"

/* Elements after which a 32-bit count could overflow. */
#define RECENT_MAX UINT32_MAX

size_t codes_of(enum dtype dtype)
{
	return (size_t)1 << dtype_traits[dtype].bits;
}

/* 32-bit counts keep more of the table in the cache; they are added up now and then. */
static inline void note(struct codes *codes, size_t code, uint64_t index)
{
	if (codes->recent[code]++ == 0 && codes->counts[code] == 0)
		codes->first[code] = index;
}

static void count_words(const uint8_t *bytes, size_t n, uint64_t index, struct codes *codes)
{
	for (size_t i = 0; i < n; i++)
		note(codes, load_u16(bytes + 2 * i), index + i);
}

static uint64_t find_byte(const uint8_t *bytes, uint8_t byte)
{
	uint64_t i = 0;

	while (bytes[i] != byte)
		i++;
	return i;
}

/* Four tables, so that a value that repeats does not wait for its own last increment. */
static void count_bytes(const uint8_t *bytes, size_t n, uint64_t index, struct codes *codes)
{
	uint16_t tables[4][256] = { { 0 } };
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		uint32_t word = load_u32(bytes + i);

		tables[0][word & 255]++;
		tables[1][word >> 8 & 255]++;
		tables[2][word >> 16 & 255]++;
		tables[3][word >> 24]++;
	}
	for (; i < n; i++)
		tables[0][bytes[i]]++;
	for (size_t code = 0; code < 256; code++) {
		uint64_t found = (uint64_t)tables[0][code] + tables[1][code] + tables[2][code] +
				 tables[3][code];

		if (found > 0 && codes->counts[code] == 0)
			codes->first[code] = index + find_byte(bytes, (uint8_t)code);
		codes->counts[code] += found;
	}
}

void codes_count(enum dtype dtype, const uint8_t *bytes, size_t n, uint64_t index,
		 struct codes *codes)
{
	unsigned bits = dtype_traits[dtype].bits;

	if (bits == 8) {
		count_bytes(bytes, n, index, codes);
		return;
	}
	if (codes->n_recent > RECENT_MAX - n)
		codes_finish(codes);
	codes->n_recent += n;
	if (bits == 16) {
		count_words(bytes, n, index, codes);
		return;
	}
	for (size_t i = 0; i < n; i++)
		note(codes, decode_code(dtype, bytes, i), index + i);
}

void codes_finish(struct codes *codes)
{
	for (size_t code = 0; code < CODES_MAX && codes->n_recent > 0; code++) {
		codes->counts[code] += codes->recent[code];
		codes->recent[code] = 0;
	}
	codes->n_recent = 0;
}
