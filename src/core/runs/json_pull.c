#include "core/runs/json_pull.h"

#include <math.h>

#include <mtui/gate.h>

#include "core/base/decimal.h"

enum { EXPECT_VALUE, EXPECT_FIRST_ITEM, EXPECT_FIRST_KEY, EXPECT_KEY, EXPECT_MORE, EXPECT_NOTHING };

void json_pull_init(struct json_pull *pull, const char *bytes, size_t len)
{
	pull->begin = pull->p = pull->start = len ? bytes : "";
	pull->end = pull->begin + len;
	pull->depth = 0;
	pull->expect = EXPECT_VALUE;
	pull->many = false;
	pull->why = NULL;
	pull->deep = false;
	pull->text = (struct text){ NULL, 0 };
}

static enum json_token bad(struct json_pull *pull, const char *why)
{
	pull->why = why;
	return JSON_BAD;
}

static void skip_blanks(struct json_pull *pull)
{
	while (pull->p < pull->end &&
	       (*pull->p == ' ' || *pull->p == '\n' || *pull->p == '\t' || *pull->p == '\r'))
		pull->p++;
}

static void value_is_done(struct json_pull *pull)
{
	pull->expect = pull->depth ? EXPECT_MORE : EXPECT_NOTHING;
}

static enum json_token read_string(struct json_pull *pull, enum json_token token)
{
	const char *p = pull->p + 1;

	pull->escaped = false;
	for (; p < pull->end && *p != '"'; p++) {
		if (*p != '\\')
			continue;
		pull->escaped = true;
		if (++p == pull->end)
			return JSON_TORN;
		if (!memchr("\"\\/bfnrtu", *p, 9)) {
			pull->start = p - 1;
			return bad(pull, "an escape that JSON does not have");
		}
		for (int i = 0; *p == 'u' && i < 4; i++) {
			if (p + 1 + i >= pull->end)
				return JSON_TORN;
			char c = p[1 + i];
			if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'))) {
				pull->start = p - 1;
				return bad(pull, "\\u without four hexadecimal digits");
			}
		}
	}
	if (p >= pull->end)
		return JSON_TORN;
	pull->text = (struct text){ pull->p + 1, (size_t)(p - pull->p - 1) };
	pull->p = p + 1;
	if (token == JSON_STRING)
		value_is_done(pull);
	return token;
}

/* A word; the bytes may end inside it. */
static enum json_token read_word(struct json_pull *pull, const char *word, enum json_token token)
{
	size_t len = strlen(word), have = (size_t)(pull->end - pull->p);

	if (memcmp(pull->p, word, have < len ? have : len) != 0)
		return bad(pull, "neither a value nor an end");
	if (have < len)
		return JSON_TORN;
	pull->text = (struct text){ pull->p, len };
	pull->p += len;
	value_is_done(pull);
	return token;
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static enum json_token read_number(struct json_pull *pull)
{
	const char *p = pull->p + (*pull->p == '-'), *end = pull->end;

	if (p == end)
		return JSON_TORN;
	if (*p == 'I' || *p == 'N') {
		bool minus = p != pull->p;
		pull->p = p;
		pull->number = *p == 'N' ? NAN : minus ? -INFINITY : INFINITY;
		enum json_token token = *p == 'N' && minus ? bad(pull, "-NaN") :
					read_word(pull, *p == 'N' ? "NaN" : "Infinity", JSON_NUMBER);
		pull->text = (struct text){ p - minus, (size_t)(pull->p - p) + minus };
		return token;
	}
	if (!is_digit(p, end))
		return bad(pull, "neither a value nor an end");
	if (*p == '0' && is_digit(p + 1, end))
		return bad(pull, "a number that begins with 0");
	while (is_digit(p, end))
		p++;
	if (p < end && *p == '.') {
		if (++p < end && !is_digit(p, end))
			return bad(pull, "a point without digits behind it");
		while (is_digit(p, end))
			p++;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (p < end && !is_digit(p, end))
			return bad(pull, "an exponent without digits");
		while (is_digit(p, end))
			p++;
	}
	/* At the end of the bytes more digits may come, or a point have none behind it. */
	if (p == end && (pull->depth || !is_digit(p - 1, end)))
		return JSON_TORN;
	pull->text = (struct text){ pull->p, (size_t)(p - pull->p) };
	if (!decimal_read(pull->text.data, pull->text.len, '.', &pull->number))
		pull->number = NAN;
	pull->p = p;
	value_is_done(pull);
	return JSON_NUMBER;
}

static enum json_token open_container(struct json_pull *pull, bool object)
{
	if (pull->depth == LIMIT_JSON_DEPTH) {
		pull->deep = true;
		return bad(pull, "nested deeper than allowed");
	}
	pull->objects[pull->depth++] = object;
	pull->p++;
	pull->expect = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token close_container(struct json_pull *pull)
{
	bool object = pull->objects[pull->depth - 1];

	if (*pull->p != (object ? '}' : ']'))
		return bad(pull, "a bracket that closes nothing");
	pull->p++;
	pull->depth--;
	value_is_done(pull);
	return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_token read_value(struct json_pull *pull)
{
	switch (*pull->p) {
	case '{':
		return open_container(pull, true);
	case '[':
		return open_container(pull, false);
	case '"':
		return read_string(pull, JSON_STRING);
	case 't':
		return read_word(pull, "true", JSON_TRUE);
	case 'f':
		return read_word(pull, "false", JSON_FALSE);
	case 'n':
		return read_word(pull, "null", JSON_NULL);
	default:
		return read_number(pull);
	}
}

static enum json_token read_key(struct json_pull *pull)
{
	const char *behind;

	if (*pull->p != '"')
		return bad(pull, "a key that is no string");
	enum json_token token = read_string(pull, JSON_KEY);
	if (token != JSON_KEY)
		return token;
	behind = pull->p;
	skip_blanks(pull);
	if (pull->p == pull->end)
		return JSON_TORN;
	if (*pull->p != ':') {
		pull->start = behind;
		return bad(pull, "a key without a colon");
	}
	pull->p++;
	pull->expect = EXPECT_VALUE;
	return JSON_KEY;
}

enum json_token json_pull_next(struct json_pull *pull)
{
	if (pull->why)
		return JSON_BAD;
	if (pull->expect == EXPECT_NOTHING && pull->many) {
		pull->expect = EXPECT_VALUE;
		return JSON_DONE;
	}
	skip_blanks(pull);
	pull->start = pull->p;
	if (pull->p == pull->end)
		return pull->expect == EXPECT_NOTHING ? JSON_DONE : JSON_TORN;
	char c = *pull->p;
	switch (pull->expect) {
	case EXPECT_NOTHING:
		return bad(pull, "something behind the end");
	case EXPECT_FIRST_ITEM:
		return c == ']' ? close_container(pull) : read_value(pull);
	case EXPECT_FIRST_KEY:
		return c == '}' ? close_container(pull) : read_key(pull);
	case EXPECT_KEY:
		return read_key(pull);
	case EXPECT_MORE:
		if (c != ',')
			return c == ']' || c == '}' ? close_container(pull) :
						      bad(pull, "a comma is missing");
		pull->p++;
		pull->expect = pull->objects[pull->depth - 1] ? EXPECT_KEY : EXPECT_VALUE;
		return json_pull_next(pull);
	default:
		return read_value(pull);
	}
}

enum json_token json_pull_skip(struct json_pull *pull)
{
	unsigned depth = pull->depth;
	const char *start = pull->start;
	enum json_token token;

	do {
		token = json_pull_next(pull);
	} while (token != JSON_TORN && token != JSON_BAD && pull->depth >= depth);
	if (token != JSON_BAD)
		pull->start = start;
	return token;
}

bool json_pull_fail(const struct json_pull *pull, uint64_t position, struct error *err)
{
	uint64_t at = position + (uint64_t)(pull->start - pull->begin);

	if (pull->deep)
		return error_set(err, ERROR_REFUSED, (int64_t)at, "JSON nested deeper than %d",
				 LIMIT_JSON_DEPTH);
	return error_set(err, ERROR_MALFORMED, (int64_t)at, "JSON: %s",
			 pull->why ? pull->why : "ends too early");
}

static uint32_t hexadecimal(const char *p)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	return code;
}

/* The code point of \uXXXX at p, where two of them may be one; *p moves behind it. */
static uint32_t unescape(const char **p, const char *end)
{
	uint32_t code = hexadecimal(*p + 2);

	*p += 6;
	if (code >> 10 == 0xd800 >> 10 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		uint32_t low = hexadecimal(*p + 2);
		if (low >> 10 == 0xdc00 >> 10) {
			*p += 6;
			return 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
		}
	}
	return code;
}

struct text json_pull_text(const struct json_pull *pull, char *room)
{
	const char *p = pull->text.data, *end = p + pull->text.len;
	char *out = room;

	if (!pull->escaped)
		return pull->text;
	while (p < end) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		if (p[1] != 'u') {
			static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
			const char *found = strchr(from, p[1]);
			*out++ = found ? to[found - from] : p[1];
			p += 2;
			continue;
		}
		uint32_t code = unescape(&p, end);
		if (code >> 11 == 0xd800 >> 11) {
			*out++ = (char)(0xe0 | code >> 12);
			*out++ = (char)(0x80 | (code >> 6 & 0x3f));
			*out++ = (char)(0x80 | (code & 0x3f));
		} else {
			out += gate_encode(code, out);
		}
	}
	return (struct text){ room, (size_t)(out - room) };
}
