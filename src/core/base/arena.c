/*
 * A chain of blocks, newest first. Small requests are cut from the newest block; blocks double up
 * to 1 MiB, so a tiny model costs 4 KiB and a large one few calls. A request larger than a block
 * gets one of its own, put behind the newest so that the room left there stays in use.
 */
#include <mtui/arena.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT   16
#define FIRST_BLOCK ((size_t)4 << 10)
#define LARGE_BLOCK ((size_t)1 << 20)

struct arena_block {
	struct arena_block *older;
	size_t size, filled; /* of bytes[] */
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t budget)
{
	*arena = (struct arena){ .budget = budget };
}

void arena_free(struct arena *arena)
{
	struct arena_block *block = arena->newest;

	while (block != NULL) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	arena_init(arena, arena->budget);
}

/* Counts bytes against the budget; false and `refused` when they do not fit. */
static bool charge(struct arena *arena, size_t bytes)
{
	if (arena->budget != 0 &&
	    (arena->used > arena->budget || bytes > arena->budget - arena->used)) {
		arena->refused = true;
		return false;
	}
	arena->used += bytes;
	return true;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	size_t whole = sizeof(struct arena_block) + size;

	if (!charge(arena, whole))
		return NULL;

	/* calloc: fresh pages of a large block are zero without being touched. */
	struct arena_block *block = calloc(1, whole);

	if (block == NULL) {
		arena->used -= whole;
		return NULL;
	}
	block->size = size;
	return block;
}

static struct arena_block *block_for(struct arena *arena, size_t size)
{
	struct arena_block *newest = arena->newest;

	if (newest != NULL && newest->size - newest->filled >= size)
		return newest;

	size_t usual = newest == NULL ? FIRST_BLOCK : newest->size * 2;

	if (usual > LARGE_BLOCK)
		usual = LARGE_BLOCK;
	if (size <= usual / 4) {
		struct arena_block *block = add_block(arena, usual);

		if (block == NULL)
			return NULL;
		block->older = newest;
		arena->newest = block;
		return block;
	}

	struct arena_block *own = add_block(arena, size);

	if (own == NULL)
		return NULL;
	if (newest == NULL) {
		arena->newest = own;
	} else {
		own->older = newest->older;
		newest->older = own;
	}
	return own;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2) {
		arena->refused = arena->budget != 0;
		return NULL;
	}
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size == 0)
		size = ALIGNMENT;

	struct arena_block *block = block_for(arena, size);

	if (block == NULL)
		return NULL;

	void *memory = block->bytes + block->filled;

	block->filled += size;
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	return arena_alloc(arena, bytes);
}

struct text arena_text(struct arena *arena, const void *data, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (copy != NULL && len > 0)
		memcpy(copy, data, len);
	return (struct text){ copy, len };
}

struct text arena_format(struct arena *arena, const char *format, ...)
{
	char brief[256];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(brief, sizeof brief, format, arguments);

	va_end(arguments);
	if (len < 0)
		return (struct text){ NULL, 0 };
	if ((size_t)len < sizeof brief)
		return arena_text(arena, brief, (size_t)len);

	char *text = arena_alloc(arena, (size_t)len + 1);

	if (text != NULL) {
		va_start(arguments, format);
		vsnprintf(text, (size_t)len + 1, format, arguments);
		va_end(arguments);
	}
	return (struct text){ text, (size_t)len };
}

bool arena_exhausted(const struct arena *arena, struct error *err)
{
	if (arena->refused)
		return error_set(err, ERROR_REFUSED, -1,
				 "needs more than the %zu MiB allowed for its index",
				 arena->budget >> 20);
	return error_set(err, ERROR_MEMORY, -1, "out of memory");
}

bool vector_grow(struct arena *arena, void **items, size_t *capacity, size_t count, size_t more,
		 size_t item_size)
{
	size_t need, bytes;

	if (__builtin_add_overflow(count, more, &need) ||
	    __builtin_mul_overflow(need, item_size, &bytes)) {
		arena->refused = arena->budget != 0;
		return false;
	}
	if (need <= *capacity)
		return true;

	size_t most = PTRDIFF_MAX / item_size;
	size_t wanted = *capacity < 16 ? 16 : *capacity + *capacity / 2;

	if (wanted < need)
		wanted = need;
	if (need > most) {
		arena->refused = arena->budget != 0;
		return false;
	}
	if (wanted > most)
		wanted = most;

	size_t extra = (wanted - *capacity) * item_size;

	if (!charge(arena, extra))
		return false;

	/* glibc moves large blocks by remapping pages: no copy, and the old pages are not kept. */
	void *grown = realloc(*items, wanted * item_size);

	if (grown == NULL) {
		arena->used -= extra;
		return false;
	}
	*items = grown;
	*capacity = wanted;
	return true;
}

void vector_release(void **items, size_t *count, size_t *capacity)
{
	free(*items);
	*items = NULL;
	*count = *capacity = 0;
}
