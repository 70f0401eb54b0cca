/* Bytes that end where an inaccessible page begins: reading one too many is a crash. */
#ifndef GUARD_PAGE_H
#define GUARD_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
	uint8_t *map;
	size_t map_len, room;
};

static inline struct guarded guarded_new(size_t room)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guarded guarded = { .room = (room + page - 1) / page * page };

	guarded.map_len = guarded.room + page;
	guarded.map = mmap(NULL, guarded.map_len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guarded.map == MAP_FAILED ||
	    mprotect(guarded.map + guarded.room, page, PROT_NONE) != 0)
		abort();
	return guarded;
}

/* A copy of n <= room bytes, the last one just before the guard. */
static inline uint8_t *guarded_copy(const struct guarded *guarded, const void *bytes, size_t n)
{
	uint8_t *copy = guarded->map + guarded->room - n;

	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

static inline void guarded_free(struct guarded *guarded)
{
	munmap(guarded->map, guarded->map_len);
}

#endif
