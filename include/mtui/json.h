/*
 * Small JSON documents (themes, configuration, index files): a reader over cJSON with the checks
 * that cJSON leaves out: trailing bytes, depth, NUL in keys, size.
 *
 * For documents of at most LIMIT_CONFIG_BYTES by default; large JSON has a reader of its own.
 */
#ifndef MTUI_JSON_H
#define MTUI_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>

struct json; /* a node; owned by its document's root */

/* Parses exactly len bytes. Free the root with json_free. NULL with ERROR_MALFORMED and offset. */
struct json *json_parse(const char *bytes, size_t len, struct error *err);

/* Reads and parses a regular file of at most limit bytes. */
struct json *json_read(const char *path, size_t limit, struct error *err);
void json_free(struct json *root);

bool json_is_object(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_string(const struct json *json);
bool json_is_bool(const struct json *json);
bool json_is_number(const struct json *json);

const struct json *json_get(const struct json *object, const char *key); /* NULL if absent */
const struct json *json_first(const struct json *container);
const struct json *json_next(const struct json *item);
const char *json_key(const struct json *member);   /* of an object's member */
const char *json_string(const struct json *json);  /* NULL if it is not a string */
bool json_bool(const struct json *json, bool fallback);
double json_number(const struct json *json, double fallback);

#endif
