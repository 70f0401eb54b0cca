#include "core/formats/onnx.h"

#include <string.h>

enum { FIRST_SLOTS = 64, POOL_FIRST = 1 << 10, POOL_LAST = 64 << 10 };

bool onnx_exhausted(struct onnx *onnx)
{
	struct error why = { .code = ERROR_NONE };
	arena_exhausted(onnx->arena, &why);
	return pbwire_fail(&onnx->wire, why.code, 0, "%s", why.message);
}

/* Makes a table of twice the size and puts all names into it. */
static bool grow_slots(struct onnx *onnx)
{
	struct onnx_names *names = &onnx->names;
	size_t size = names->slots.count ? 2 * names->slots.count : FIRST_SLOTS;
	uint64_t *old = names->slots.items;
	size_t old_size = names->slots.count;
	size_t old_capacity = names->slots.capacity;
	names->slots.items = NULL;
	names->slots.count = names->slots.capacity = 0;
	if (!vector_reserve(onnx->arena, &names->slots, size)) {
		names->slots.items = old;
		names->slots.count = old_size;
		names->slots.capacity = old_capacity;
		return onnx_exhausted(onnx);
	}
	uint64_t *slots = names->slots.items;
	memset(slots, 0, size * sizeof *slots);
	names->slots.count = size;
	/* Only half of each hash is kept in its slot: the rest is made again from the text. */
	for (size_t id = 0; old && id < names->list.count; id++) {
		struct text text = names->list.items[id].text;
		uint64_t hash = hash_bytes(text.data, text.len, names->seed);
		size_t at = hash & (size - 1);
		while (slots[at])
			at = (at + 1) & (size - 1);
		slots[at] = (hash >> 32) << 32 | (id + 1);
	}
	vector_release((void **)&old, &old_size, &old_capacity);
	return true;
}

bool onnx_names_init(struct onnx *onnx)
{
	uint32_t name;
	onnx->names.seed = hash_seed();
	onnx->names.block = POOL_FIRST / 2;
	return grow_slots(onnx) && onnx_intern(onnx, "", 0, &name);
}

void onnx_names_free(struct onnx *onnx)
{
	vector_free(&onnx->names.list);
	vector_free(&onnx->names.slots);
}

/* Space for a text, packed behind the last one. */
static char *pool_take(struct onnx *onnx, size_t len)
{
	struct onnx_names *names = &onnx->names;
	if (len > names->room) {
		size_t block = names->block < POOL_LAST ? names->block * 2 : POOL_LAST;
		if (len > block / 8)
			return arena_alloc(onnx->arena, len);
		names->pool = arena_alloc(onnx->arena, block);
		names->room = names->pool ? block : 0;
		names->block = block;
		if (!names->pool)
			return NULL;
	}
	char *text = names->pool;
	names->pool += len;
	names->room -= len;
	return text;
}

/* Finds or adds a name; `keep` says that the bytes lie in the arena already. */
static bool intern(struct onnx *onnx, const char *bytes, size_t len, bool keep, uint32_t *name)
{
	struct onnx_names *names = &onnx->names;
	uint64_t hash = hash_bytes(bytes, len, names->seed);
	size_t mask = names->slots.count - 1, at = hash & mask;
	for (; names->slots.items[at]; at = (at + 1) & mask) {
		uint64_t slot = names->slots.items[at];
		if ((slot ^ hash) >> 32)
			continue;
		struct text known = names->list.items[(uint32_t)slot - 1].text;
		if (known.len == len && (len == 0 || memcmp(known.data, bytes, len) == 0)) {
			*name = (uint32_t)slot - 1;
			return true;
		}
	}
	if (names->list.count >= NO_INDEX - 1)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, 0, "more than 2^32 names");
	if (!ONNX_ROOM(onnx, names->list))
		return false;
	struct text text = { bytes, len };
	if (!keep && len) {
		char *copy = pool_take(onnx, len);
		if (!copy)
			return onnx_exhausted(onnx);
		memcpy(copy, bytes, len);
		text.data = copy;
	}
	*name = (uint32_t)names->list.count++;
	names->list.items[*name] = (struct onnx_name){ text, NO_INDEX, NO_INDEX, NO_INDEX };
	names->slots.items[at] = (hash >> 32) << 32 | (*name + 1);
	return names->list.count * 3 < names->slots.count * 2 || grow_slots(onnx);
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
	char *copy = pool_take(onnx, (size_t)field->len);
	if (!copy)
		return onnx_exhausted(onnx);
	if (field->len > PB_WINDOW_MAX) {
		if (!file_read(onnx->wire.file, field->start, copy, (size_t)field->len, onnx->err)) {
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
	size_t have;
	const uint8_t *bytes = pbwire_view(&onnx->wire, field->start, field->len, &have);
	return bytes && intern(onnx, (const char *)bytes, have, false, name);
}
