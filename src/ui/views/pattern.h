/*
 * What is typed to search or filter names, compiled.
 *
 *	~REGEX        a POSIX extended regular expression, anywhere in the name
 *	a*b  c?       with * or ?: a shell pattern for the whole name
 *	anything else a substring
 *
 * All three take ASCII letters of either case as the same. At most
 * LIMIT_NAME_SHOWN bytes of a name are looked at. Names may hold NUL and any other byte.
 */
#ifndef VIEWS_PATTERN_H
#define VIEWS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>
#include <mtui/text.h>

#define PATTERN_MAX 256 /* bytes; a longer one is refused */

struct pattern; /* used by one thread at a time */

/* NULL with ERROR_USAGE (the message fits a prompt's line) or ERROR_MEMORY. An empty source
 * matches nothing. Back-references are refused: no matcher is linear with them. */
struct pattern *pattern_new(struct text source, struct error *err);

/* start and len (may be NULL) get the first hit in the subject, in bytes; len is at least 1. */
bool pattern_match(const struct pattern *pattern, struct text subject, size_t *start, size_t *len);
void pattern_free(struct pattern *pattern);

#endif
