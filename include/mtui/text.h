/*
 * A borrowed run of bytes that a file calls a name or a string.
 *
 * The bytes may hold NUL, control characters and invalid UTF-8; they are not terminated. They
 * live as long as the object they came from (usually a model's arena). Nothing prints them
 * directly: see <mtui/gate.h>.
 */
#ifndef MTUI_TEXT_H
#define MTUI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *data; /* NULL only when len is 0 */
	size_t len;	  /* in bytes */
};

/* A text over a string literal. */
#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })

static inline struct text text_from(const char *string)
{
	return (struct text){ string, strlen(string) };
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool text_is(struct text a, const char *string)
{
	return text_equal(a, text_from(string));
}

/* Byte order, shorter first on a tie; the order of memcmp. */
int text_compare(struct text a, struct text b);

/* Natural order: runs of ASCII digits compare by value, so "layers.2" < "layers.10". Total. */
int text_compare_natural(struct text a, struct text b);

/* Offset of the first occurrence of needle at or after from, or SIZE_MAX. */
size_t text_find(struct text haystack, struct text needle, size_t from);

/* Shell pattern over bytes: * and ? and [a-z]; linear in practice (no backtracking blow-up). */
bool text_glob(struct text pattern, struct text subject);

#endif
