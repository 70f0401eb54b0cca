/*
 * Memory of the reader's tables. Small ones grow like any vector. From 384 KiB on they live in
 * huge pages. A table that will clearly get there goes at once. All of it counts against the
 * model's budget.
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

bool onnx_grow(struct onnx *onnx, void **items, size_t *capacity, size_t count, size_t more,
	       size_t item_size)
{
	size_t need, old = *capacity * item_size, bytes;
	if (__builtin_add_overflow(count, more, &need) ||
	    __builtin_mul_overflow(need, item_size, &bytes) || !deserves_huge(onnx, bytes) ||
	    old >= HUGE_TO)
		return vector_grow(onnx->arena, items, capacity, count, more, item_size) ||
		       onnx_exhausted(onnx);
	if (need <= *capacity)
		return true;
	bytes = next_size(old, bytes);
	if (!charge(onnx->arena, bytes - old))
		return onnx_exhausted(onnx);
	void *grown = bytes < HUGE_TO ? pages_alloc(bytes) : malloc(bytes);
	if (!grown) {
		onnx->arena->used -= bytes - old;
		return onnx_exhausted(onnx);
	}
	if (count)
		memcpy(grown, *items, count * item_size);
	free(*items);
	*items = grown;
	*capacity = bytes / item_size;
	return true;
}

/* Blocks of the pool double; what a large model fills is made of huge pages. */
static bool next_block(struct onnx *onnx)
{
	struct onnx_pool *pool = &onnx->pool;
	size_t size = pool->block ? pool->block * 2 : POOL_FIRST;
	if (size > POOL_LARGE)
		size = deserves_huge(onnx, pool->total) ? POOL_HUGE : POOL_LARGE;
	char *block = arena_alloc(onnx->arena, size);
	if (!block)
		return onnx_exhausted(onnx);
	if (size == POOL_HUGE) {
		char *aligned = (char *)(((uintptr_t)block + PAGES_HUGE - 1) & ~(PAGES_HUGE - 1));
		pages_prefer_huge(block, size);
		size -= (size_t)(aligned - block);
		block = aligned;
	}
	pool->next = block;
	pool->room = size;
	pool->block = size < POOL_LARGE ? size : POOL_LARGE;
	pool->total += size;
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
