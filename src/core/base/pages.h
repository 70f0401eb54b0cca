/*
 * Memory for large tables, in huge pages where the system has them: filling and probing such
 * tables costs more in page faults and address translation than in work.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Not zeroed; freed with free. NULL when memory is exhausted. Tables below 1 MiB are malloc's. */
void *pages_alloc(size_t size);

/* The same advice for memory that is there already: its part that whole huge pages can hold. */
void pages_prefer_huge(void *begin, size_t size);

/* To which a table's beginning is aligned. */
#define PAGES_HUGE ((size_t)2 << 20)

#endif
