/* Logs that their trainer wrote through gzip. */
#ifndef RUNS_UNZIP_H
#define RUNS_UNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/file.h>

bool unzip_is(const uint8_t *head, size_t n);

/* Replaces the first bytes of a gzip file, *n of them, by at most as many of what it holds. */
bool unzip_head(uint8_t *head, size_t *n, struct error *err);

/* All that a gzip file holds, of members one after the other, into *room, which grows as with
 * realloc. The end may be torn. At most LIMIT_LOG_DOCUMENT. */
bool unzip_all(const struct file *file, uint8_t **room, size_t *room_size, size_t *len,
	       struct error *err);

/* `len` bytes of a deflated member of a zip file. */
bool unzip_member(const uint8_t *deflated, size_t n, uint8_t *out, size_t len);

#endif
