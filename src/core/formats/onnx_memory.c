/*
 * Memory of the reader's tables. Small ones grow like any vector. From 384 KiB on they live in
 * huge pages; a table that will clearly get there goes at once. A large table that is still open
 * has pages of its own. One whose final size is known, or foreseen and not large, settles in the
 * pool, which is itself made of huge pages then: the less is begun, the less the system clears.
 * What settled belongs to the model's arena. All of it counts against the model's budget.
 */
#include "core/formats/onnx.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/base/pages.h"

#define HUGE_FROM  ((size_t)384 << 10)
#define HUGE_STEP  ((size_t)8 << 20)
#define HUGE_SOON  ((size_t)64 << 10) /* for a table that will be twice HUGE_FROM */
#define HUGE_TO	   ((size_t)64 << 20) /* beyond, growing in place saves more */
#define POOL_FIRST ((size_t)1 << 10)
#define POOL_LARGE ((size_t)8 * ONNX_TAKEN_HERE)
#define POOL_HUGE  ((size_t)8 << 20)
#define POOL_MOST  ((size_t)32 << 20)
#define OPEN_MOST  ((size_t)1 << 20)  /* foreseen, of a table that settles while it grows */
#define KNOWN_MOST ((size_t)16 << 20) /* the same where the size is known */

enum { TABLE_ALIGNMENT = 64 };

/* Stands at the beginning of a block of huge pages. */
struct onnx_hall {
	struct onnx_hall *older;
	char *end;
};

bool onnx_exhausted(struct onnx *onnx)
{
	struct error why = { .code = ERROR_NONE };
	arena_exhausted(onnx->arena, &why);
	return pbwire_fail(&onnx->wire, why.code, 0, "%s", why.message);
}

static bool charge(struct arena *arena, size_t bytes)
{
	if (arena->budget && (arena->used > arena->budget || bytes > arena->budget - arena->used)) {
		arena->refused = true;
		return false;
	}
	arena->used += bytes;
	return true;
}

bool onnx_charge(struct onnx *onnx, size_t bytes)
{
	return charge(onnx->arena, bytes) || onnx_exhausted(onnx);
}

bool onnx_keep(struct onnx *onnx, void *block, size_t bytes)
{
	struct model *model = onnx->model;
	if (!onnx_charge(onnx, bytes))
		return false;
	model->blocks[model->n_blocks++] = block;
	return true;
}

uint64_t onnx_project(const struct onnx *onnx, uint64_t so_far)
{
	uint64_t walked = onnx->walked < PB_WINDOW_MIN ? PB_WINDOW_MIN : onnx->walked, all;
	if (!mul_ok(so_far, onnx->wire.file->size / walked, &all) || all < so_far)
		return so_far;
	return all;
}

static bool deserves_huge(const struct onnx *onnx, size_t bytes)
{
	if (bytes < HUGE_SOON || onnx->wire.file->size > ONNX_FORESEEN)
		return bytes >= HUGE_FROM;
	return onnx_project(onnx, bytes) >= 2 * HUGE_FROM || bytes >= HUGE_FROM;
}

/* Pages that are not touched cost nothing, copies do: 8 MiB, 32 MiB, 96 MiB. */
static size_t next_size(size_t old, size_t need)
{
	size_t size = old < HUGE_STEP ? HUGE_STEP : 4 * old;
	if (size >= HUGE_TO)
		size = HUGE_TO + HUGE_TO / 2;
	if (size < need)
		size = need;
	return (size + PAGES_HUGE - 1) & ~(PAGES_HUGE - 1);
}

/* A block for what a large model fills. */
static bool next_hall(struct onnx *onnx)
{
	struct onnx_pool *pool = &onnx->pool;
	uint64_t file_size = onnx->wire.file->size;
	size_t size = POOL_HUGE;
	if (file_size > size / 3 && file_size <= ONNX_FORESEEN)
		size = file_size < POOL_MOST / 3 ? 3 * (size_t)file_size : POOL_MOST;
	char *block = arena_alloc(onnx->arena, size);
	if (!block)
		return onnx_exhausted(onnx);
	pages_prefer_huge(block, size);
	char *aligned = (char *)(((uintptr_t)block + PAGES_HUGE - 1) & ~(PAGES_HUGE - 1));
	struct onnx_hall *hall = (struct onnx_hall *)aligned;
	*hall = (struct onnx_hall){ pool->halls, block + size };
	pool->halls = hall;
	pool->next = (char *)(hall + 1);
	pool->room = (size_t)(hall->end - pool->next);
	pool->total += pool->room;
	return true;
}

/* Blocks of the pool double. */
static bool next_block(struct onnx *onnx)
{
	struct onnx_pool *pool = &onnx->pool;
	size_t size = pool->block ? pool->block * 2 : POOL_FIRST;
	if (pool->halls || (size > POOL_LARGE && deserves_huge(onnx, pool->total)))
		return next_hall(onnx);
	size = size < POOL_LARGE ? size : POOL_LARGE;
	char *block = arena_alloc(onnx->arena, size);
	if (!block)
		return onnx_exhausted(onnx);
	pool->next = block;
	pool->room = pool->block = size;
	pool->total += size;
	return true;
}

static bool is_settled(const struct onnx *onnx, const void *table)
{
	const char *at = table;
	for (const struct onnx_hall *hall = onnx->pool.halls; hall; hall = hall->older)
		if (at > (const char *)hall && at < hall->end)
			return true;
	return false;
}

void *onnx_own(const struct onnx *onnx, void *table)
{
	return is_settled(onnx, table) ? NULL : table;
}

/* With what size a table of so many bytes is to settle in the pool; 0 if it is not. */
static size_t settled_size(const struct onnx *onnx, size_t bytes, bool known)
{
	const struct onnx_pool *pool = &onnx->pool;
	bool huge = deserves_huge(onnx, bytes);
	if (known && bytes <= KNOWN_MOST && (huge || (pool->halls && bytes <= pool->room)))
		return bytes;
	if (known || !huge || onnx->wire.file->size > ONNX_FORESEEN)
		return 0;
	uint64_t foreseen = onnx_project(onnx, bytes);
	return foreseen <= OPEN_MOST ? (size_t)foreseen : 0;
}

/* NULL where no block of the pool can hold so much; then pages of its own are to be had. */
static void *settle(struct onnx *onnx, size_t bytes)
{
	struct onnx_pool *pool = &onnx->pool;
	if (!pool->halls || pool->room < bytes + TABLE_ALIGNMENT)
		if (bytes > POOL_HUGE - 2 * PAGES_HUGE || !next_hall(onnx))
			return NULL;
	size_t gap = -(uintptr_t)pool->next & (TABLE_ALIGNMENT - 1);
	char *table = pool->next + gap;
	pool->next += gap + bytes;
	pool->room -= gap + bytes;
	return table;
}

/* `old` bytes that it replaces are charged already. */
static void *own_pages(struct onnx *onnx, size_t bytes, size_t old)
{
	if (!charge(onnx->arena, bytes - old))
		return NULL;
	void *table = bytes < HUGE_TO ? pages_alloc(bytes) : malloc(bytes);
	if (!table)
		onnx->arena->used -= bytes - old;
	return table;
}

/* Who asks for more than one knows how many there will be. */
bool onnx_grow(struct onnx *onnx, void **items, size_t *capacity, size_t count, size_t more,
	       size_t item_size)
{
	size_t need, old = *capacity * item_size, bytes;
	bool settled = is_settled(onnx, *items);
	void *grown = NULL;
	if (__builtin_add_overflow(count, more, &need) ||
	    __builtin_mul_overflow(need, item_size, &bytes) || bytes > SIZE_MAX / 2) {
		onnx->arena->refused = true;
		return onnx_exhausted(onnx);
	}
	if (need <= *capacity)
		return true;
	size_t size = settled && more == 1 ? 0 : settled_size(onnx, bytes, more > 1);
	if (size)
		grown = settle(onnx, size);
	if (!grown && !settled && (!deserves_huge(onnx, bytes) || old >= HUGE_TO))
		return vector_grow(onnx->arena, items, capacity, count, more, item_size) ||
		       onnx_exhausted(onnx);
	if (!grown) {
		size = next_size(old, bytes);
		grown = own_pages(onnx, size, settled ? 0 : old);
	}
	if (!grown)
		return onnx_exhausted(onnx);
	if (count)
		memcpy(grown, *items, count * item_size);
	free(onnx_own(onnx, *items));
	*items = grown;
	*capacity = size / item_size;
	return true;
}

void *onnx_take_more(struct onnx *onnx, size_t size, size_t alignment)
{
	struct onnx_pool *pool = &onnx->pool;
	if (size == 0)
		size = 1; /* NULL means failure */
	size_t gap = -(uintptr_t)pool->next & (alignment - 1);
	if (size > ONNX_TAKEN_HERE || (pool->room < size + gap && size > POOL_FIRST / 2)) {
		void *own = arena_alloc(onnx->arena, size);
		if (!own)
			onnx_exhausted(onnx);
		return own;
	}
	if (pool->room < size + gap) {
		if (!next_block(onnx))
			return NULL;
		gap = 0; /* blocks are aligned */
	}
	char *memory = pool->next + gap;
	pool->next += size + gap;
	pool->room -= size + gap;
	return memory;
}
