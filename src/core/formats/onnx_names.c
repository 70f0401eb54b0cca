#include "core/formats/onnx.h"

#include <string.h>

enum { FIRST_SIZE = 64 };

/*
 * The table is open addressing in two arrays: a byte with 7 bits of the hash (0: free) and the id.
 * The bytes of a large model's table fit a processor's cache, so most questions about new names
 * are answered without a trip to memory.
 */
static inline uint8_t tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 57 | 0x80);
}

/* A table of four times the size. */
static bool grow_table(struct onnx *onnx)
{
	struct onnx_names *names = &onnx->names;
	size_t size = names->tags.count ? 4 * names->tags.count : FIRST_SIZE;
	names->tags.count = names->ids.count = 0;
	if (!onnx_reserve(onnx, names->tags, size) || !onnx_reserve(onnx, names->ids, size))
		return false;
	memset(names->tags.items, 0, size);
	names->tags.count = names->ids.count = size;
	for (size_t id = 0; id < names->list.count; id++) {
		const struct onnx_name *it = &names->list.items[id];
		uint64_t hash = hash_bytes(it->data, it->len, names->seed);
		size_t at = hash & (size - 1);
		while (names->tags.items[at])
			at = (at + 1) & (size - 1);
		names->tags.items[at] = tag_of(hash);
		names->ids.items[at] = (uint32_t)id;
	}
	return true;
}

bool onnx_names_init(struct onnx *onnx)
{
	uint32_t name;
	onnx->names.seed = hash_seed();
	return onnx_intern(onnx, "", 0, &name);
}

void onnx_names_free(struct onnx *onnx)
{
	vector_free(&onnx->names.list);
	vector_free(&onnx->names.tags);
	vector_free(&onnx->names.ids);
}

/* Finds or adds a name; `keep` says that the bytes lie in the arena already. */
static bool intern(struct onnx *onnx, const char *bytes, size_t len, bool keep, uint32_t *name)
{
	struct onnx_names *names = &onnx->names;
	uint64_t hash = hash_bytes(bytes, len, names->seed);
	if (names->list.count * 2 >= names->tags.count && !grow_table(onnx))
		return false;
	const uint8_t *tags = names->tags.items;
	uint8_t tag = tag_of(hash);
	size_t mask = names->tags.count - 1, at = hash & mask;
	for (; tags[at]; at = (at + 1) & mask) {
		if (tags[at] != tag)
			continue;
		uint32_t id = names->ids.items[at];
		const struct onnx_name *known = &names->list.items[id];
		if (known->len == len && memcmp(known->data, bytes, len) == 0) {
			*name = id;
			return true;
		}
	}
	if (names->list.count >= NO_INDEX - 1 || len > UINT32_MAX)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, 0, "more than 2^32 names");
	if (!ONNX_ROOM(onnx, names->list))
		return false;
	if (!keep && len) {
		char *copy = onnx_take_text(onnx, len);
		if (!copy)
			return false;
		memcpy(copy, bytes, len);
		bytes = copy;
	}
	*name = (uint32_t)names->list.count++;
	names->list.items[*name] = (struct onnx_name){ len ? bytes : "", (uint32_t)len, NO_INDEX };
	names->tags.items[at] = tag;
	names->ids.items[at] = *name;
	return true;
}

bool onnx_intern(struct onnx *onnx, const void *bytes, size_t len, uint32_t *name)
{
	return intern(onnx, bytes, len, false, name);
}

/* Copies a payload of any length into the arena. */
static bool copy_payload(struct onnx *onnx, const struct pb_field *field, struct text *text)
{
	*text = (struct text){ "", 0 };
	if (field->len == 0)
		return true;
	char *copy = onnx_take_text(onnx, (size_t)field->len);
	if (!copy)
		return false;
	if (field->len > PB_WINDOW_MAX) {
		if (!file_read(onnx->wire.file, field->start, copy, (size_t)field->len,
			       onnx->err)) {
			onnx->wire.failed = true;
			return false;
		}
	} else {
		size_t have;
		const uint8_t *bytes = pbwire_view(&onnx->wire, field->start, field->len, &have);
		if (!bytes)
			return false;
		memcpy(copy, bytes, have);
	}
	*text = (struct text){ copy, (size_t)field->len };
	return true;
}

bool onnx_read_text(struct onnx *onnx, const struct pb_field *field, struct text *text)
{
	return copy_payload(onnx, field, text);
}

bool onnx_read_name(struct onnx *onnx, const struct pb_field *field, uint32_t *name)
{
	if (field->len > PB_WINDOW_MAX) {
		struct text text;
		return copy_payload(onnx, field, &text) &&
		       intern(onnx, text.data, text.len, true, name);
	}
	size_t have = (size_t)field->len;
	const uint8_t *bytes = pbwire_peek(&onnx->wire, field->start, have);
	if (!bytes && !(bytes = pbwire_view(&onnx->wire, field->start, have, &have)))
		return false;
	/* In most graphs a node takes what the one before has made. */
	const struct onnx_name *latest = &onnx->names.list.items[onnx->names.latest];
	if (latest->len == have && memcmp(latest->data, bytes, have) == 0) {
		*name = onnx->names.latest;
		return true;
	}
	return intern(onnx, (const char *)bytes, have, false, name);
}
