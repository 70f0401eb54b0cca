/* Event files: byte 0 and 1 say where the file is cut. With byte 0 odd the rest is the file; else it
 * is records, each a length of one byte and data, which get their sums here. */
#include "fuzz_log.h"

#include <mtui/bytes.h>

#include "core/base/crc32c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAME = 16 };

static size_t put_record(uint8_t *out, const uint8_t *bytes, size_t len)
{
	uint32_t sum;

	store_u64(out, len);
	sum = crc32c_masked(crc32c_plain(0, out, 8));
	memcpy(out + 8, &sum, 4);
	memcpy(out + 12, bytes, len);
	sum = crc32c_masked(crc32c_plain(0, bytes, len));
	memcpy(out + 12 + len, &sum, 4);
	return len + FRAME;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used = 0, cut;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] >> 1 | (size_t)data[1] << 7;
	if (data[0] & 1) {
		fuzz_log("events.out.tfevents.1", data + 2, size - 2, cut);
		return 0;
	}
	uint8_t *file = malloc(size * (FRAME + 1) + FRAME);
	if (!file)
		abort();
	for (size_t at = 2; at < size;) {
		size_t len = data[at++];
		len = len < size - at ? len : size - at;
		used += put_record(file + used, data + at, len);
		at += len;
	}
	fuzz_log("events.out.tfevents.1", file, used, cut);
	free(file);
	return 0;
}
