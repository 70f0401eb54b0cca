#include "export/json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/canvas/number.h"

#define KEYS_FIRST 16 /* slots; a power of two */
#define MARKS_MOST 2  /* combining marks on one base; terminals have choked on more */

/*
 * Keys are remembered by a 64-bit hash of what was written. Should two keys collide, the second
 * one gets a number it did not need, which does no harm.
 */
struct json_keys_slot {
	uint64_t hash;	 /* 0: empty */
	uint64_t number; /* the last one given to a repetition */
};

struct json_keys {
	struct json_keys_slot *slots;
	size_t capacity, count;
};

static struct json_keys_slot *keys_slot(const struct json_keys *keys, uint64_t hash)
{
	size_t i = (size_t)(hash ^ hash >> 32) & (keys->capacity - 1);

	while (keys->slots[i].hash && keys->slots[i].hash != hash)
		i = (i + 1) & (keys->capacity - 1);
	return keys->slots + i;
}

static bool keys_grow(struct json_keys *keys)
{
	struct json_keys grown = { .capacity = keys->capacity ? keys->capacity * 2 : KEYS_FIRST };

	if (keys->count * 2 < keys->capacity)
		return true;
	grown.slots = calloc(grown.capacity, sizeof *grown.slots);
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < keys->capacity; i++)
		if (keys->slots[i].hash)
			*keys_slot(&grown, keys->slots[i].hash) = keys->slots[i];
	free(keys->slots);
	keys->slots = grown.slots;
	keys->capacity = grown.capacity;
	return true;
}

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_final(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	hash ^= hash >> 32;
	return hash ? hash : 1;
}

/* The number that makes a key unique: 1 for a new one. 0 when memory is exhausted. */
static uint64_t keys_number(struct json_keys *keys, uint64_t raw_hash)
{
	struct json_keys_slot *slot;
	uint64_t hash = hash_final(raw_hash), number;

	if (!keys_grow(keys))
		return 0;
	slot = keys_slot(keys, hash);
	if (!slot->hash) {
		*slot = (struct json_keys_slot){ hash, 1 };
		keys->count++;
		return 1;
	}
	for (number = slot->number + 1;; number++) {
		char suffix[32];
		int n = snprintf(suffix, sizeof suffix, "#%" PRIu64, number);
		struct json_keys_slot *other =
			keys_slot(keys, hash_final(hash_bytes(raw_hash, suffix, (size_t)n)));

		if (other->hash)
			continue;
		slot->number = number;
		*other = (struct json_keys_slot){
			hash_final(hash_bytes(raw_hash, suffix, (size_t)n)), 1
		};
		keys->count++;
		return number;
	}
}

static void keys_free(struct json_keys *keys)
{
	if (keys)
		free(keys->slots);
	free(keys);
}

void json_out_init(struct json_out *json,
		   void (*write)(void *context, const char *bytes, size_t len), void *context,
		   unsigned wrapped)
{
	*json = (struct json_out){ .write = write, .context = context, .wrapped = wrapped };
}

void json_out_free(struct json_out *json)
{
	for (unsigned i = 0; i <= JSON_OUT_DEPTH; i++) {
		keys_free(json->levels[i].keys);
		json->levels[i].keys = NULL;
	}
}

static void put(struct json_out *json, const char *string)
{
	json->write(json->context, string, strlen(string));
}

static struct json_level *level_of(struct json_out *json)
{
	return json->levels + json->depth;
}

static void put_break(struct json_out *json, unsigned depth)
{
	char blanks[JSON_OUT_DEPTH + 2] = "\n";

	memset(blanks + 1, ' ', depth);
	json->write(json->context, blanks, depth + 1);
}

/* Comma and line break before a member or an item. */
static void put_separator(struct json_out *json)
{
	struct json_level *level = level_of(json);

	if (level->pending) {
		level->pending = false;
		return;
	}
	if (level->items)
		put(json, ",");
	if (json->depth > 0 && json->depth <= json->wrapped)
		put_break(json, json->depth);
	else if (level->items)
		put(json, " ");
	level->items = true;
}

static void put_key(struct json_out *json, const char *key)
{
	put_separator(json);
	if (!key)
		return;
	put(json, "\"");
	put(json, key);
	put(json, "\": ");
}

/* Length of the well-formed UTF-8 sequence at s, 0 where there is none; *code gets its value. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *code)
{
	static const uint32_t lowest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t value = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	if (n == 0 || n > len || s[0] >= 0xf8)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if (n > 1 && (value < lowest[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))
		return 0;
	*code = value;
	return n;
}

static bool is_utf8(struct text text)
{
	const unsigned char *s = (const unsigned char *)text.data;
	uint32_t code;

	for (size_t i = 0, n; i < text.len; i += n) {
		n = decode(s + i, text.len - i, &code);
		if (n == 0)
			return false;
	}
	return true;
}

/* The inside of a JSON string; the hash is of all that was written. */
struct string_writer {
	struct json_out *json;
	uint64_t hash;
};

static void put_piece(struct string_writer *writer, const char *bytes, size_t len)
{
	writer->hash = hash_bytes(writer->hash, bytes, len);
	writer->json->write(writer->json->context, bytes, len);
}

static void put_code(struct string_writer *writer, uint32_t code)
{
	char escape[16];

	if (code == '"' || code == '\\')
		snprintf(escape, sizeof escape, "\\%c", (char)code);
	else if (code < 0x10000)
		snprintf(escape, sizeof escape, "\\u%04x", (unsigned)code);
	else
		snprintf(escape, sizeof escape, "\\u%04x\\u%04x",
			 (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
			 (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
	put_piece(writer, escape, strlen(escape));
}

/* Whether a code point may stand as it is; *marks are those since the last base. */
static bool is_plain(uint32_t code, int *marks)
{
	int width = code >= 0x20 && code < 0x7f ? 1 : gate_code_width(code);

	if (code == '"' || code == '\\' || width < 0) {
		*marks = MARKS_MOST; /* what follows would stand on the escape */
		return false;
	}
	*marks = width == 0 ? *marks + 1 : 0;
	return *marks <= MARKS_MOST;
}

/* Returns true when bytes were escaped. */
static bool put_inside(struct string_writer *writer, struct text text)
{
	const unsigned char *s = (const unsigned char *)text.data;
	bool escaped = !is_utf8(text);
	size_t plain = 0, i = 0; /* [plain, i) goes out as it is */
	int marks = MARKS_MOST;

	if (text.len == 0)
		return false;
	while (i < text.len) {
		uint32_t code = 0;
		size_t n = decode(s + i, text.len - i, &code);
		bool byte = n == 0 || (escaped && code == '\\');

		if (is_plain(n == 0 ? '\\' : code, &marks) && !byte) {
			i += n;
			continue;
		}
		put_piece(writer, text.data + plain, i - plain);
		if (byte) {
			char escape[8];
			snprintf(escape, sizeof escape, "\\\\x%02x", s[i]);
			put_piece(writer, escape, 5);
			n = 1;
		} else {
			put_code(writer, code);
		}
		i += n;
		plain = i;
	}
	put_piece(writer, text.data + plain, text.len - plain);
	return escaped;
}

static void open_container(struct json_out *json, const char *key, bool object)
{
	put_key(json, key);
	put(json, object ? "{" : "[");
	if (json->depth == JSON_OUT_DEPTH) { /* a bug; the result must not look complete */
		json->failed = true;
		return;
	}
	json->depth++;
	*level_of(json) = (struct json_level){ .key = key, .object = object };
}

void json_out_object(struct json_out *json, const char *key)
{
	open_container(json, key, true);
}

void json_out_array(struct json_out *json, const char *key)
{
	open_container(json, key, false);
}

void json_out_map(struct json_out *json, const char *key)
{
	open_container(json, key, true);
	if (!json->failed)
		level_of(json)->keys = calloc(1, sizeof(struct json_keys));
	if (!level_of(json)->keys)
		json->failed = true;
}

void json_out_map_key(struct json_out *json, struct text key)
{
	struct json_level *level = level_of(json);
	struct string_writer writer = { json, UINT64_C(0xcbf29ce484222325) };
	uint64_t number;
	char suffix[32];

	put_separator(json);
	put(json, "\"");
	if (put_inside(&writer, key))
		level->escaped = true;
	number = level->keys ? keys_number(level->keys, writer.hash) : 0;
	if (number == 0)
		json->failed = true;
	if (number > 1) {
		snprintf(suffix, sizeof suffix, "#%" PRIu64, number);
		put(json, suffix);
	}
	put(json, "\": ");
	level->pending = true;
}

/* Says of the value written last that its bytes were escaped: at once where it has a fixed key,
 * else with the container it stands in. */
static void mark_escaped(struct json_out *json, const char *key)
{
	if (!key) {
		level_of(json)->escaped = true;
		return;
	}
	put_separator(json);
	put(json, "\"");
	put(json, key);
	put(json, "_escaped\": true");
}

void json_out_end(struct json_out *json)
{
	struct json_level level = *level_of(json);

	if (json->depth == 0)
		return;
	keys_free(level.keys);
	*level_of(json) = (struct json_level){ 0 };
	json->depth--;
	if (level.items && json->depth < json->wrapped)
		put_break(json, json->depth);
	put(json, level.object ? "}" : "]");
	if (level.escaped && json->depth > 0)
		mark_escaped(json, level.key);
}

void json_out_text(struct json_out *json, const char *key, struct text value)
{
	struct string_writer writer = { json, 0 };
	bool escaped;

	put_key(json, key);
	put(json, "\"");
	escaped = put_inside(&writer, value);
	put(json, "\"");
	if (escaped)
		mark_escaped(json, key);
}

void json_out_string(struct json_out *json, const char *key, const char *value)
{
	json_out_text(json, key, text_from(value));
}

void json_out_integer(struct json_out *json, const char *key, int64_t value)
{
	char digits[24];

	put_key(json, key);
	snprintf(digits, sizeof digits, "%" PRId64, value);
	put(json, digits);
}

void json_out_count(struct json_out *json, const char *key, uint64_t value)
{
	char digits[24];

	put_key(json, key);
	snprintf(digits, sizeof digits, "%" PRIu64, value);
	put(json, digits);
}

static void put_number(struct json_out *json, const char *key, bool finite, const char *digits)
{
	put_key(json, key);
	put(json, finite ? "" : "\"");
	put(json, digits);
	put(json, finite ? "" : "\"");
}

void json_out_number(struct json_out *json, const char *key, double value)
{
	char digits[NUMBER_SIZE];

	put_number(json, key, isfinite(value), number_exact(digits, value));
}

void json_out_f32(struct json_out *json, const char *key, float value)
{
	char digits[NUMBER_SIZE];

	put_number(json, key, isfinite(value), number_exact_f32(digits, value));
}

void json_out_flag(struct json_out *json, const char *key, bool value)
{
	put_key(json, key);
	put(json, value ? "true" : "false");
}

void json_out_null(struct json_out *json, const char *key)
{
	put_key(json, key);
	put(json, "null");
}
