/*
 * Memory that is freed all at once, with a budget.
 *
 * An arena belongs to one object (a model, a page of text) and is used by one thread at a time.
 * Requests beyond the budget fail like an exhausted heap, so a hostile file cannot take the
 * machine's memory.
 */
#ifndef MTUI_ARENA_H
#define MTUI_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/text.h>

struct arena_block;

struct arena {
	struct arena_block *newest;
	size_t used;   /* bytes handed out and reserved in blocks */
	size_t budget; /* 0: no budget of its own */
	bool refused;  /* a request failed because of the budget, not the heap */
};

void arena_init(struct arena *arena, size_t budget);
void arena_free(struct arena *arena);

/* Zeroed, aligned to 16 bytes; NULL when the heap or the budget is exhausted. size 0 is fine. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy; data is NULL with len > 0 on failure. */
struct text arena_text(struct arena *arena, const void *data, size_t len);
struct text arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports an exhausted arena: ERROR_MEMORY, or ERROR_REFUSED naming the budget. Returns false. */
bool arena_exhausted(const struct arena *arena, struct error *err);

/* A typed array that grows in place where the heap can (mremap), counted against the arena's
 * budget. `items` moves on growth: keep indices, not pointers, until the array is final. */
#define VECTOR(type)                                                                               \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count, capacity;                                                            \
	}

/* Makes room for one more item; false when memory or the budget is exhausted. */
#define vector_reserve(arena, vector, more)                                                        \
	vector_grow((arena), (void **)&(vector)->items, &(vector)->capacity, (vector)->count,      \
		    (more), sizeof(*(vector)->items))
/* The budget stays charged: for vectors that live about as long as their arena. */
#define vector_free(vector) vector_release((void **)&(vector)->items, &(vector)->count, &(vector)->capacity)

bool vector_grow(struct arena *arena, void **items, size_t *capacity, size_t count, size_t more,
		 size_t item_size);
void vector_release(void **items, size_t *count, size_t *capacity);

#endif
