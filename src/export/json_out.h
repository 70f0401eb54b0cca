/*
 * Writing JSON as a stream: valid for strict parsers whatever the bytes of a file hold.
 *
 * Numbers read back as the same value; NaN, Infinity and -Infinity are strings. Text that is UTF-8
 * keeps its code points; those that the text gate refuses (controls, bidirectional marks, ...) are
 * written as \uNNNN, which changes nothing for a parser. Text with bytes that are not UTF-8 is
 * marked: each such byte becomes \xNN in the string, each backslash \x5c, so the bytes can be had
 * back, and a member "<key>_escaped": true follows. Inside an array or a map it follows the whole
 * array or map. Keys that come from a file (json_out_map) are made unique: "k", "k#2", "k#3".
 */
#ifndef EXPORT_JSON_OUT_H
#define EXPORT_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

#define JSON_OUT_DEPTH 16 /* containers that mtui ever nests; deeper ones are a bug */

struct json_keys; /* keys that a map has had */

struct json_level {
	const char *key;	/* of the container in the object around it, or NULL */
	struct json_keys *keys; /* of a map, from its first member on */
	bool object, items;
	bool pending; /* a map key is written, its value not yet */
	bool escaped; /* text inside had bytes that are not UTF-8 */
};

struct json_out {
	void (*write)(void *context, const char *bytes, size_t len);
	void *context;
	unsigned depth;
	unsigned wrapped; /* levels whose members stand on lines of their own */
	bool failed;	  /* out of memory: the text is not complete */
	struct json_level levels[JSON_OUT_DEPTH + 1];
};

void json_out_init(struct json_out *json,
		   void (*write)(void *context, const char *bytes, size_t len), void *context,
		   unsigned wrapped);
void json_out_free(struct json_out *json); /* also after a failure half way */

/* The key must live until its value is complete; NULL in an array and after json_out_map_key. */
void json_out_object(struct json_out *json, const char *key);
void json_out_array(struct json_out *json, const char *key);
void json_out_map(struct json_out *json, const char *key); /* an object with keys from a file */
void json_out_map_key(struct json_out *json, struct text key);
void json_out_end(struct json_out *json); /* of the container begun last */

void json_out_text(struct json_out *json, const char *key, struct text value);
void json_out_string(struct json_out *json, const char *key, const char *value);
void json_out_integer(struct json_out *json, const char *key, int64_t value);
void json_out_count(struct json_out *json, const char *key, uint64_t value);
void json_out_number(struct json_out *json, const char *key, double value);
void json_out_f32(struct json_out *json, const char *key, float value);
void json_out_flag(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);

#endif
