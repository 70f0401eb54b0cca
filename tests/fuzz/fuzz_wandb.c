/* .wandb files: byte 0 and 1 say where the file is cut. With byte 0 odd the rest is the file; else it
 * is chunks, each a type, a length of one byte and data, which get header and sums here. */
#include "fuzz_log.h"

#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHUNK = 7, BLOCK = 32768 };

static size_t put_chunk(uint8_t *out, uint8_t type, const uint8_t *bytes, size_t len)
{
	out[4] = (uint8_t)len;
	out[5] = (uint8_t)(len >> 8);
	out[6] = type;
	memcpy(out + CHUNK, bytes, len);
	uint32_t sum = (uint32_t)crc32(0, out + 6, (uInt)len + 1);
	memcpy(out, &sum, 4);
	return len + CHUNK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t header[] = { ':', 'W', '&', 'B', 0xe1, 0xbe, 0 };
	size_t used = sizeof header, cut;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] >> 1 | (size_t)data[1] << 7;
	if (data[0] & 1) {
		fuzz_log("run-x.wandb", data + 2, size - 2, cut);
		return 0;
	}
	uint8_t *file = calloc(1, size * (CHUNK + 1) + 2 * BLOCK);
	if (!file)
		abort();
	memcpy(file, header, sizeof header);
	for (size_t at = 2; at + 2 <= size;) {
		uint8_t type = data[at];
		size_t len = data[at + 1], left = BLOCK - used % BLOCK;
		at += 2;
		len = len < size - at ? len : size - at;
		if (left < CHUNK + len)
			used += left;
		used += put_chunk(file + used, type & 7, data + at, len);
		at += len;
	}
	fuzz_log("run-x.wandb", file, used, cut);
	free(file);
	return 0;
}
