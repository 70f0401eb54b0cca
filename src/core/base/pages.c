#include "core/base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_FROM ((size_t)1 << 20)

/* Only advice: without huge pages everything works, slower. */
void pages_prefer_huge(void *begin, size_t size)
{
	uintptr_t from = ((uintptr_t)begin + PAGES_HUGE - 1) & ~(PAGES_HUGE - 1);
	uintptr_t to = ((uintptr_t)begin + size) & ~(PAGES_HUGE - 1);

	if (from < to)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *pages_alloc(size_t size)
{
	if (size < HUGE_FROM || size > SIZE_MAX / 2)
		return malloc(size);

	size_t whole = (size + PAGES_HUGE - 1) & ~(PAGES_HUGE - 1);
	void *table = aligned_alloc(PAGES_HUGE, whole);

	if (table != NULL)
		pages_prefer_huge(table, whole);
	return table;
}
