/*
 * A JSON parser that hands out one token after the other and holds none of them: for documents of
 * any size, whose bytes lie in memory.
 *
 * The grammar is that of RFC 8259; besides, NaN, Infinity and -Infinity are numbers, as Python
 * writes them, and control characters may stand in strings. Nesting stops at LIMIT_JSON_DEPTH.
 */
#ifndef RUNS_JSON_PULL_H
#define RUNS_JSON_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/limits.h>
#include <mtui/text.h>

enum json_token {
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,    /* its value is the next token */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_DONE,   /* the value is complete and nothing but blanks follows */
	JSON_TORN,   /* the bytes end inside the value, or before it */
	JSON_BAD     /* see json_pull_fail */
};

struct json_pull {
	const char *begin, *p, *end;
	unsigned depth;
	bool objects[LIMIT_JSON_DEPTH]; /* whether the containers around are objects */
	uint8_t expect;
	bool many;		 /* documents may follow each other: JSON_DONE after each */
	const char *why;	 /* of JSON_BAD */
	bool deep;		 /* JSON_BAD because of the limit */
	const char *start;	 /* of the token's first byte */
	struct text text;	 /* of a key or string: between its quotes; of a number: all of it */
	bool escaped;		 /* the text holds backslashes */
	double number;		 /* NaN for one of more than 700 characters */
};

void json_pull_init(struct json_pull *pull, const char *bytes, size_t len);
enum json_token json_pull_next(struct json_pull *pull);

/* Behind JSON_OBJECT or JSON_ARRAY: goes on to the end of it, which is the token returned (or
 * JSON_TORN, JSON_BAD). Then `start` is still that of the container. */
enum json_token json_pull_skip(struct json_pull *pull);

/* Sets err to what JSON_BAD (or JSON_TORN) was about, with its offset; returns false. */
bool json_pull_fail(const struct json_pull *pull, uint64_t position, struct error *err);

/* The text of a key or string with its escapes resolved, into room for text.len bytes. A lone
 * surrogate becomes the three bytes that it would be in UTF-8, which the gate refuses. */
struct text json_pull_text(const struct json_pull *pull, char *room);

#endif
