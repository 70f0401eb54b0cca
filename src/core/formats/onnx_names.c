#include "core/formats/onnx.h"

#include <string.h>

enum { FIRST_SIZE = 64, GROW_MOST = 64, LISTED_NEAR = 4 };

/*
 * The table is open addressing in two arrays: a byte with 7 bits of the hash (0: free) and the id.
 * The bytes of a large model's table fit a processor's cache, so most questions about new names
 * are answered without a trip to memory.
 */
static inline uint8_t tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 57 | 0x80);
}

/* A table of at least four times the size. */
static bool grow_table(struct onnx *onnx)
{
	struct onnx_names *names = &onnx->names;
	size_t old = names->tags.count, size = old ? 4 * old : FIRST_SIZE;
	uint64_t names_to_come = onnx_project(onnx, names->list.count);
	while (size < GROW_MOST * old && size / 4 * 3 < names_to_come)
		size *= 2;
	names->tags.count = names->ids.count = 0;
	if (!onnx_reserve(onnx, names->tags, size) || !onnx_reserve(onnx, names->ids, size))
		return false;
	memset(names->tags.items, 0, size);
	names->tags.count = names->ids.count = size;
	names->most = size / 4 * 3;
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
	ONNX_FREE(onnx, onnx->names.list);
	ONNX_FREE(onnx, onnx->names.tags);
	ONNX_FREE(onnx, onnx->names.ids);
}

/* A new name; its bytes lie in the arena already, or for `copy` are to be put there. */
static inline bool add_name(struct onnx *onnx, const void *bytes, size_t len, bool copy,
			    uint32_t *name)
{
	struct onnx_names *names = &onnx->names;
	if (names->list.count >= NO_INDEX - 1 || len > UINT32_MAX)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, 0, "more than 2^32 names");
	if (!ONNX_ROOM(onnx, names->list))
		return false;
	if (copy) {
		char *memory = onnx_take_text(onnx, len);
		if (!memory)
			return false;
		bytes = memcpy(memory, bytes, len);
	}
	struct onnx_name *it = &names->list.items[names->list.count];
	*name = (uint32_t)names->list.count++;
	__builtin_prefetch((const char *)it + ONNX_AHEAD, 1);
	*it = (struct onnx_name){ bytes, (uint32_t)len, NO_INDEX };
	return true;
}

/* Finds or adds a name. */
static inline bool intern_hashed(struct onnx *onnx, const void *bytes, size_t len, uint64_t hash,
				 bool copy, uint32_t *name)
{
	struct onnx_names *names = &onnx->names;
	if (names->list.count >= names->most && !grow_table(onnx))
		return false;
	const uint8_t *tags = names->tags.items;
	uint8_t tag = tag_of(hash);
	size_t mask = names->tags.count - 1, at = hash & mask;
	for (; tags[at]; at = (at + 1) & mask) {
		if (tags[at] != tag)
			continue;
		*name = names->ids.items[at];
		if (onnx_is_name(onnx, *name, bytes, len))
			return true;
	}
	if (!add_name(onnx, bytes, len, copy, name))
		return false;
	names->tags.items[at] = tag;
	names->ids.items[at] = *name;
	return true;
}

bool onnx_intern_announced(struct onnx *onnx, const void *bytes, size_t len, uint64_t hash,
			   uint32_t *name)
{
	return intern_hashed(onnx, bytes, len, hash, true, name);
}

bool onnx_intern(struct onnx *onnx, const void *bytes, size_t len, uint32_t *name)
{
	uint64_t hash = hash_bytes(bytes, len, onnx->names.seed);
	return intern_hashed(onnx, bytes, len, hash, true, name);
}

/* The bytes of a text where the window can hold them, else NULL. */
static inline const uint8_t *view_text(struct onnx *onnx, const struct pb_field *field)
{
	size_t have;
	const uint8_t *bytes = pbwire_peek(&onnx->wire, field->start, field->len);
	if (bytes || field->len > PB_WINDOW_MAX)
		return bytes;
	return pbwire_view(&onnx->wire, field->start, field->len, &have);
}

bool onnx_read_text(struct onnx *onnx, const struct pb_field *field, struct text *text)
{
	*text = (struct text){ "", 0 };
	if (field->len == 0)
		return true;
	char *copy = onnx_take_text(onnx, (size_t)field->len);
	const uint8_t *bytes = view_text(onnx, field);
	if (!copy || (!bytes && !pbwire_copy(&onnx->wire, field, copy)))
		return false;
	if (bytes)
		memcpy(copy, bytes, (size_t)field->len);
	*text = (struct text){ copy, (size_t)field->len };
	return true;
}

/* A name that no window can hold; or reading failed. */
static __attribute__((noinline, cold)) bool read_long(struct onnx *onnx,
						      const struct pb_field *field, uint32_t *name)
{
	struct text text;
	if (!pbwire_ok(&onnx->wire) || !onnx_read_text(onnx, field, &text))
		return false;
	uint64_t hash = hash_bytes(text.data, text.len, onnx->names.seed);
	return intern_hashed(onnx, text.data, text.len, hash, false, name);
}

bool onnx_read_name(struct onnx *onnx, const struct pb_field *field, uint32_t *name)
{
	const uint8_t *bytes = view_text(onnx, field);
	if (!bytes)
		return read_long(onnx, field, name);
	return onnx_intern(onnx, bytes, (size_t)field->len, name);
}

/* In most graphs a node takes what the one before has made. */
bool onnx_read_input(struct onnx *onnx, const struct pb_field *field, uint32_t *name)
{
	const uint8_t *bytes = view_text(onnx, field);
	if (!bytes)
		return read_long(onnx, field, name);
	*name = onnx->names.latest;
	return onnx_is_name(onnx, *name, bytes, (size_t)field->len) ||
	       onnx_intern(onnx, bytes, (size_t)field->len, name);
}

bool onnx_find_word(struct onnx *onnx, const uint8_t *bytes, size_t len, uint32_t *name)
{
	size_t mix = len ? len + bytes[0] + bytes[len - 1] : 0;
	uint32_t *word = &onnx->names.words[mix % ONNX_WORDS];
	if (!onnx_is_name(onnx, *word, bytes, len) && !onnx_intern(onnx, bytes, len, word))
		return false;
	*name = *word;
	return true;
}

bool onnx_read_word(struct onnx *onnx, const struct pb_field *field, uint32_t *name)
{
	const uint8_t *bytes = view_text(onnx, field);
	if (!bytes)
		return read_long(onnx, field, name);
	return onnx_find_word(onnx, bytes, (size_t)field->len, name);
}

/* Between the weights of neighbouring nodes stand, in the list, what those nodes make. */
bool onnx_find_listed(struct onnx *onnx, const uint8_t *bytes, size_t len, uint32_t *name)
{
	struct onnx_names *names = &onnx->names;
	size_t near = names->listed;
	for (int i = 0; i < LISTED_NEAR && ++near < names->list.count; i++)
		if (onnx_is_name(onnx, (uint32_t)near, bytes, len)) {
			*name = names->listed = (uint32_t)near;
			return true;
		}
	if (!onnx_intern(onnx, bytes, len, name))
		return false;
	names->listed = *name;
	return true;
}

bool onnx_read_listed(struct onnx *onnx, const struct pb_field *field, uint32_t *name)
{
	const uint8_t *bytes = view_text(onnx, field);
	if (!bytes)
		return read_long(onnx, field, name);
	return onnx_find_listed(onnx, bytes, (size_t)field->len, name);
}
