/*
 * Regular expressions over bytes, in time linear in the subject: a small set of POSIX extended
 * ones, without back-references, the same in every locale.
 *
 *	c \c . [a-z] [^a-z] [[:alpha:]] \d \D \w \W \s \S ^ $ (x) x|y x* x+ x? x{m} x{m,} x{m,n}
 *
 * ASCII letters match in either case; '.' and sets match one byte.
 */
#ifndef VIEWS_REGEX_H
#define VIEWS_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>
#include <mtui/text.h>

struct regex;

/* NULL with ERROR_USAGE or ERROR_MEMORY. */
struct regex *regex_new(struct text source, struct error *err);
void regex_free(struct regex *regex);

/* The leftmost longest match of at least one byte. One thread at a time per regex. */
bool regex_match(const struct regex *regex, struct text subject, size_t *start, size_t *len);

#endif
