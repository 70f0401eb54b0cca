/*
 * cJSON takes more than JSON, recurses, and ends strings at a NUL. So the bytes are checked first
 * by a small grammar of our own without recursion; what passes, cJSON turns into nodes.
 *
 * The checker is a loop over values. `stack` holds one bit for every open container (set: an
 * object), which is all that is needed to know what may follow a value.
 */
#include <mtui/json.h>

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/file.h>
#include <mtui/gate.h>
#include <mtui/limits.h>

/* cJSON makes a node of 64 bytes for as little as 2 bytes of text. */
#define BYTES_LIMIT ((size_t)16 << 20)

/* cJSON copies a number to a buffer of this size before it looks at it. */
#define NUMBER_LIMIT 63

struct checker {
	const char *bytes;
	size_t len, at;
	uint64_t stack[(LIMIT_JSON_DEPTH + 63) / 64];
	unsigned depth;
	struct error *err;
};

static bool wrong(struct checker *c, size_t at, const char *what)
{
	return error_set(c->err, ERROR_MALFORMED, (int64_t)at, "%s", what);
}

/* "expected X, found Y" at the current byte. */
static bool expected(struct checker *c, const char *what)
{
	char found[40];

	if (c->at >= c->len)
		return error_set(c->err, ERROR_MALFORMED, (int64_t)c->len,
				 "expected %s, found the end", what);
	gate_text(GATE_UNICODE, found, sizeof found, 10,
		  (struct text){ c->bytes + c->at, c->len - c->at > 4 ? 4 : c->len - c->at });
	return error_set(c->err, ERROR_MALFORMED, (int64_t)c->at, "expected %s, found \"%s\"", what,
			 found);
}

static char peek(const struct checker *c)
{
	return c->at < c->len ? c->bytes[c->at] : '\0';
}

static void skip_space(struct checker *c)
{
	while (c->at < c->len && memchr(" \t\r\n", c->bytes[c->at], 4) != NULL)
		c->at++;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool check_digits(struct checker *c)
{
	if (!is_digit(peek(c)))
		return expected(c, "a digit");
	while (is_digit(peek(c)))
		c->at++;
	return true;
}

static bool check_number_form(struct checker *c)
{
	if (peek(c) == '-')
		c->at++;
	if (peek(c) == '0') {
		c->at++;
		if (is_digit(peek(c)))
			return wrong(c, c->at - 1, "a number begins with 0");
	} else if (!check_digits(c)) {
		return false;
	}
	if (peek(c) == '.') {
		c->at++;
		if (!check_digits(c))
			return false;
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		c->at++;
		if (peek(c) == '+' || peek(c) == '-')
			c->at++;
		return check_digits(c);
	}
	return true;
}

static bool check_number(struct checker *c)
{
	size_t start = c->at;

	if (!check_number_form(c))
		return false;
	if (c->at - start <= NUMBER_LIMIT)
		return true;
	return error_set(c->err, ERROR_REFUSED, (int64_t)start,
			 "a number of %zu bytes (allowed %d)", c->at - start, NUMBER_LIMIT);
}

/* The four hexadecimal digits of \uXXXX; -1 when they are not. */
static int hex_4(const struct checker *c, size_t at)
{
	int value = 0;

	if (c->len - at < 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		char byte = c->bytes[i];

		if (is_digit(byte))
			value = value * 16 + (byte - '0');
		else if (byte >= 'a' && byte <= 'f')
			value = value * 16 + (byte - 'a' + 10);
		else if (byte >= 'A' && byte <= 'F')
			value = value * 16 + (byte - 'A' + 10);
		else
			return -1;
	}
	return value;
}

/* c->at is behind the backslash and the u. */
static bool check_unicode_escape(struct checker *c)
{
	size_t start = c->at - 2;
	int code = hex_4(c, c->at);

	if (code < 0)
		return wrong(c, start, "\\u without four hexadecimal digits");
	if (code == 0)
		return wrong(c, start, "a NUL character in a string");
	c->at += 4;
	if (code < 0xd800 || code > 0xdfff)
		return true;
	if (code <= 0xdbff && c->len - c->at >= 6 && memcmp(c->bytes + c->at, "\\u", 2) == 0) {
		int low = hex_4(c, c->at + 2);

		if (low >= 0xdc00 && low <= 0xdfff) {
			c->at += 6;
			return true;
		}
	}
	return wrong(c, start, "half of a surrogate pair");
}

static bool check_string(struct checker *c)
{
	if (peek(c) != '"')
		return expected(c, "a string");
	for (c->at++; c->at < c->len;) {
		unsigned char byte = (unsigned char)c->bytes[c->at];

		if (byte == '"') {
			c->at++;
			return true;
		}
		if (byte < 0x20)
			return wrong(c, c->at, "a control character in a string");
		if (byte >= 0x80) {
			size_t taken =
				gate_decode(c->bytes + c->at, c->len - c->at, &(uint32_t){ 0 });

			if (taken == 0)
				return wrong(c, c->at, "invalid UTF-8");
			c->at += taken;
			continue;
		}
		c->at++;
		if (byte != '\\')
			continue;

		char escape = peek(c);

		if (c->at >= c->len || memchr("\"\\/bfnrtu", escape, 9) == NULL)
			return expected(c, "an escape");
		c->at++;
		if (escape == 'u' && !check_unicode_escape(c))
			return false;
	}
	return wrong(c, c->len, "a string without an end");
}

static bool check_word(struct checker *c, const char *word)
{
	size_t len = strlen(word);

	if (c->len - c->at < len || memcmp(c->bytes + c->at, word, len) != 0)
		return expected(c, "a value");
	c->at += len;
	return true;
}

static bool in_object(const struct checker *c)
{
	unsigned top = c->depth - 1;

	return c->depth > 0 && (c->stack[top / 64] >> (top % 64) & 1);
}

static bool open_container(struct checker *c, bool object)
{
	if (c->depth == LIMIT_JSON_DEPTH)
		return error_set(c->err, ERROR_REFUSED, (int64_t)c->at,
				 "JSON nested deeper than %d", LIMIT_JSON_DEPTH);

	uint64_t bit = (uint64_t)1 << (c->depth % 64);
	uint64_t *word = &c->stack[c->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	c->depth++;
	c->at++;
	return true;
}

static bool check_key(struct checker *c)
{
	skip_space(c);
	if (!check_string(c))
		return false;
	skip_space(c);
	if (peek(c) != ':')
		return expected(c, "\":\"");
	c->at++;
	return true;
}

/* A scalar, or the opening of a container; *opened tells which. */
static bool check_value_start(struct checker *c, bool *opened)
{
	*opened = false;
	skip_space(c);
	switch (peek(c)) {
	case '{':
	case '[':
		*opened = true;
		return open_container(c, peek(c) == '{');
	case '"':
		return check_string(c);
	case 't':
		return check_word(c, "true");
	case 'f':
		return check_word(c, "false");
	case 'n':
		return check_word(c, "null");
	default:
		if (peek(c) == '-' || is_digit(peek(c)))
			return check_number(c);
		return expected(c, "a value");
	}
}

/* Behind a complete value: closes what ends here and moves to where the next value begins. */
static bool check_value_end(struct checker *c)
{
	while (c->depth > 0) {
		bool object = in_object(c);

		skip_space(c);
		if (peek(c) == ',') {
			c->at++;
			return !object || check_key(c);
		}
		if (peek(c) != (object ? '}' : ']'))
			return expected(c, object ? "\",\" or \"}\"" : "\",\" or \"]\"");
		c->at++;
		c->depth--;
	}
	return true;
}

static bool check_document(struct checker *c)
{
	do {
		bool opened;

		if (!check_value_start(c, &opened))
			return false;
		if (opened) {
			bool object = in_object(c);

			skip_space(c);
			if (peek(c) != (object ? '}' : ']')) {
				if (object && !check_key(c))
					return false;
				continue;
			}
			c->at++;
			c->depth--;
		}
		if (!check_value_end(c))
			return false;
	} while (c->depth > 0);
	skip_space(c);
	return c->at == c->len || wrong(c, c->at, "bytes after the end of the document");
}

struct json *json_parse(const char *bytes, size_t len, struct error *err)
{
	struct checker checker = { .bytes = bytes, .len = len, .err = err };

	if (len > BYTES_LIMIT) {
		error_set(err, ERROR_REFUSED, -1, "JSON of %zu bytes (allowed %zu)", len,
			  BYTES_LIMIT);
		return NULL;
	}
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		checker.at = 3;

	size_t start = checker.at;

	if (!check_document(&checker))
		return NULL;

	cJSON *root = cJSON_ParseWithLengthOpts(bytes + start, len - start, NULL, 0);

	/* The text is JSON, so the heap is all that can be missing. */
	if (root == NULL)
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	return (struct json *)root;
}

struct json *json_read(const char *path, size_t limit, struct error *err)
{
	struct file *file = file_open(path, err);
	struct json *root = NULL;
	char *bytes = NULL;

	if (file == NULL)
		return NULL;
	if (file->size > limit) {
		error_set(err, ERROR_REFUSED, -1, "%llu bytes (allowed %zu)",
			  (unsigned long long)file->size, limit);
	} else {
		bytes = malloc((size_t)file->size + 1);
		if (bytes == NULL)
			error_set(err, ERROR_MEMORY, -1, "out of memory");
		else if (file_read(file, 0, bytes, (size_t)file->size, err))
			root = json_parse(bytes, (size_t)file->size, err);
	}
	free(bytes);
	file_close(file);
	return root;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)root);
}

static const cJSON *node(const struct json *json)
{
	return (const cJSON *)json;
}

bool json_is_object(const struct json *json)
{
	return cJSON_IsObject(node(json));
}

bool json_is_array(const struct json *json)
{
	return cJSON_IsArray(node(json));
}

bool json_is_string(const struct json *json)
{
	return cJSON_IsString(node(json));
}

bool json_is_bool(const struct json *json)
{
	return cJSON_IsBool(node(json));
}

bool json_is_number(const struct json *json)
{
	return cJSON_IsNumber(node(json));
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (!json_is_object(object))
		return NULL;
	return (const struct json *)cJSON_GetObjectItemCaseSensitive(node(object), key);
}

const struct json *json_first(const struct json *container)
{
	if (!json_is_object(container) && !json_is_array(container))
		return NULL;
	return (const struct json *)node(container)->child;
}

const struct json *json_next(const struct json *item)
{
	return item != NULL ? (const struct json *)node(item)->next : NULL;
}

const char *json_key(const struct json *member)
{
	return member != NULL ? node(member)->string : NULL;
}

const char *json_string(const struct json *json)
{
	return json_is_string(json) ? node(json)->valuestring : NULL;
}

bool json_bool(const struct json *json, bool fallback)
{
	return json_is_bool(json) ? cJSON_IsTrue(node(json)) != 0 : fallback;
}

double json_number(const struct json *json, double fallback)
{
	return json_is_number(json) ? node(json)->valuedouble : fallback;
}
