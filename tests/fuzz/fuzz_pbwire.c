/*
 * Fuzz target of the wire walker. The first byte chooses the window, so that refills happen at
 * every place; the walk must see the same fields through a small window as through a large one.
 */
#include <stdint.h>
#include <stdlib.h>

#include <mtui/file.h>

#include "core/base/pbwire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15u;
}

/* Walks to a depth of two messages; a digest of all that was seen. */
static uint64_t walk(const struct file *file, size_t window)
{
	struct error err = { .code = ERROR_NONE, .offset = -1 };
	struct pbwire wire;
	struct pb_field field, inner;
	uint64_t hash = 1, value, count;
	uint32_t bits;
	size_t have;
	if (!pbwire_init(&wire, file, &err))
		abort();
	wire.smallest = wire.ahead = window;
	struct pb_message message = pbwire_root(&wire);
	while (pbwire_next(&wire, &message, &field)) {
		hash = mix(mix(mix(hash, field.tag), field.value), field.offset);
		if (field.start + field.len > file->size || field.offset > field.start)
			abort();
		if ((field.tag & 7) != PB_BYTES)
			continue;
		const uint8_t *view = pbwire_view(&wire, field.start, field.len, &have);
		for (size_t i = 0; view && i < have; i++)
			hash = mix(hash, view[i]);
		struct pb_message packed = pb_message(&field);
		if (field.tag >> 3 == 1 && pbwire_count_varints(&wire, packed, &count))
			hash = mix(hash, count);
		if (field.tag >> 3 == 2)
			while (pbwire_varint(&wire, &packed, &value))
				hash = mix(hash, value);
		if (field.tag >> 3 == 3)
			while (pbwire_fixed32(&wire, &packed, &bits))
				hash = mix(hash, bits);
		if (field.tag >> 3 > 3)
			while (pbwire_next(&wire, &packed, &inner))
				hash = mix(mix(hash, inner.tag), inner.value);
	}
	if (pbwire_ok(&wire) != (err.code == ERROR_NONE))
		abort();
	if (err.offset > (int64_t)file->size)
		abort();
	hash = mix(mix(hash, (uint64_t)err.code), (uint64_t)err.offset);
	pbwire_free(&wire);
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct file *file = file_wrap(data + 1, size - 1, "fuzz");
	if (!file)
		return 0;
	if (walk(file, data[0] % 64 + 1) != walk(file, PB_WINDOW_MIN))
		abort();
	file_close(file);
	return 0;
}
