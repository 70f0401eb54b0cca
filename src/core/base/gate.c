#include <mtui/gate.h>

#include <mtui/limits.h>

#include <stdio.h>

#include "core/base/gate_table.h"

/* The most marks that one "…+N" stands for: keeps the escape short and the look-ahead bounded. */
#define MARKS_COUNTED 9999

/* Width of U+0080 and above; -1 when refused. */
static int range_width(uint32_t code)
{
	size_t low = 0, high = gate_range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > gate_ranges[middle].last)
			low = middle + 1;
		else if (code < gate_ranges[middle].first)
			high = middle;
		else
			return gate_ranges[middle].width;
	}
	return -1;
}

int gate_code_width(uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f ? 1 : -1;
	return range_width(code);
}

size_t gate_decode(const char *source, size_t len, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)source;
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t count = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t value = s[0];

	if (count == 0 || s[0] > 0xf4 || count > len)
		return 0;
	if (count > 1)
		value = s[0] & (0x7fu >> count);
	for (size_t i = 1; i < count; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3fu);
	}
	if (value < least[count] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return count;
}

size_t gate_encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static void escape_byte(unsigned char byte, struct gate_glyph *glyph)
{
	glyph->escaped = true;
	glyph->width = (uint8_t)snprintf(glyph->escape, sizeof glyph->escape, "\\x%02x", byte);
}

static void escape_code(uint32_t code, struct gate_glyph *glyph)
{
	glyph->escaped = true;
	glyph->width = (uint8_t)snprintf(glyph->escape, sizeof glyph->escape, "\\u{%x}",
					 (unsigned)code & 0x1fffff);
}

/* The next code point if it is a combining mark; 0 when it is something else. */
static size_t decode_mark(const char *source, size_t len, uint32_t *code)
{
	if (len == 0 || (unsigned char)source[0] < 0xc2)
		return 0;

	size_t taken = gate_decode(source, len, code);

	return taken > 0 && range_width(*code) == 0 ? taken : 0;
}

/* Marks without a base of their own: they would join a neighbour's cell. One is escaped, more
 * are counted. Returns the bytes they take. */
static size_t stray_marks(const char *source, size_t len, struct gate_glyph *glyph)
{
	size_t at = 0, taken;
	unsigned count = 0;
	uint32_t first = 0, code = 0;

	while (count < MARKS_COUNTED && (taken = decode_mark(source + at, len - at, &code)) > 0) {
		if (count++ == 0)
			first = code;
		at += taken;
	}
	if (count == 1) {
		escape_code(first, glyph);
		return at;
	}
	int bytes = snprintf(glyph->escape, sizeof glyph->escape, "\xe2\x80\xa6+%u", count);

	glyph->escaped = true;
	glyph->width = (uint8_t)(bytes - 2); /* the ellipsis: 3 bytes, 1 column */
	return at;
}

size_t gate_next(enum gate_mode mode, const char *source, size_t len, struct gate_glyph *glyph)
{
	unsigned char byte = (unsigned char)source[0];
	uint32_t code = byte;
	size_t at = 1;

	*glyph = (struct gate_glyph){ 0 };
	if (byte < 0x20 || byte == 0x7f) {
		escape_byte(byte, glyph);
		return 1;
	}
	glyph->width = 1;
	if (byte >= 0x80) {
		at = gate_decode(source, len, &code);
		if (at == 0) {
			escape_byte(byte, glyph);
			return 1;
		}
		int width = range_width(code);

		if (width < 0 || mode == GATE_ASCII) {
			escape_code(code, glyph);
			return at;
		}
		if (width == 0)
			return stray_marks(source, len, glyph);
		glyph->width = (uint8_t)width;
	}
	glyph->code[0] = code;
	if (mode == GATE_ASCII)
		return at;
	for (int i = 1; i < 3; i++) {
		size_t taken = decode_mark(source + at, len - at, &code);

		if (taken == 0)
			break;
		glyph->code[i] = code;
		at += taken;
	}
	return at;
}

/* The glyph's UTF-8 without a NUL; out has room for 12 bytes. */
static size_t glyph_bytes(const struct gate_glyph *glyph, char *out)
{
	size_t len = 0;

	if (glyph->escaped) {
		len = strlen(glyph->escape);
		memcpy(out, glyph->escape, len);
		return len;
	}
	for (int i = 0; i < 3 && glyph->code[i] != 0; i++)
		len += gate_encode(glyph->code[i], out + len);
	return len;
}

/* What stands for the rest of a text that was cut. */
struct tail {
	char bytes[48];
	size_t len, columns;
};

static void tail_plain(enum gate_mode mode, size_t columns, struct tail *tail)
{
	if (mode == GATE_UNICODE) {
		memcpy(tail->bytes, "\xe2\x80\xa6", 3);
		tail->len = 3;
		tail->columns = 1;
	} else {
		memcpy(tail->bytes, "...", 3);
		tail->columns = tail->len = columns < 3 ? columns : 3;
	}
}

/* "… 1,048,576 bytes" behind the plain tail. */
static void tail_count(enum gate_mode mode, size_t bytes, struct tail *tail)
{
	char digits[24];
	int count = snprintf(digits, sizeof digits, "%zu", bytes);

	tail_plain(mode, 3, tail);

	size_t before = tail->len;

	tail->bytes[tail->len++] = ' ';
	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			tail->bytes[tail->len++] = ',';
		tail->bytes[tail->len++] = digits[i];
	}
	memcpy(tail->bytes + tail->len, " bytes", 6);
	tail->len += 6;
	tail->columns += tail->len - before;
}

size_t gate_text(enum gate_mode mode, char *buffer, size_t size, size_t columns, struct text text)
{
	struct tail tail;
	size_t used = 0, width = 0;	    /* written so far */
	size_t cut_used = 0, cut_width = 0; /* where the tail still fits behind */
	size_t at = 0;
	bool too_long = text.len > LIMIT_NAME_SHOWN;

	if (size == 0)
		return 0;
	buffer[0] = '\0';
	if (columns == 0 || text.len == 0)
		return 0;
	if (too_long)
		tail_count(mode, text.len, &tail);
	/* The count is worth its columns only where it leaves some of the name. */
	if (!too_long || tail.columns + 4 > columns || tail.len + 16 >= size)
		tail_plain(mode, columns, &tail);

	while (at < text.len && at < LIMIT_NAME_SHOWN) {
		struct gate_glyph glyph;
		char bytes[16];

		at += gate_next(mode, text.data + at, text.len - at, &glyph);

		size_t len = glyph_bytes(&glyph, bytes);

		if (glyph.width > columns - width || len >= size - used) {
			too_long = true;
			break;
		}
		memcpy(buffer + used, bytes, len);
		used += len;
		width += glyph.width;
		if (width + tail.columns <= columns && used + tail.len < size) {
			cut_used = used;
			cut_width = width;
		}
	}
	if (at < text.len)
		too_long = true;
	if (too_long) {
		used = cut_used;
		width = cut_width;
		if (used + tail.len < size) {
			memcpy(buffer + used, tail.bytes, tail.len);
			used += tail.len;
			width += tail.columns;
		}
	}
	buffer[used] = '\0';
	return width;
}

size_t gate_width(enum gate_mode mode, struct text text, size_t limit)
{
	size_t width = 0, at = 0;

	while (at < text.len && width < limit) {
		struct gate_glyph glyph;

		at += gate_next(mode, text.data + at, text.len - at, &glyph);
		width += glyph.width;
	}
	return width < limit ? width : limit;
}
