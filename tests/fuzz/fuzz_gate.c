/*
 * The text gate. The first two bytes choose the mode, the columns and the buffer's size; the
 * rest is the text. Whatever it is, the output must be UTF-8 of code points that pass, as wide as
 * the gate said, within the columns, and must stay as it is when it goes through the gate again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_output(const char *text, size_t columns)
{
	size_t len = strlen(text), width = 0, marks = 0;
	char *again = malloc(len + 1);

	REQUIRE(again != NULL);
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t taken = gate_decode(text + at, len - at, &code);
		int wide = taken > 0 ? gate_code_width(code) : -1;

		REQUIRE(wide >= 0);
		marks = wide == 0 ? marks + 1 : 0;
		REQUIRE(marks <= 2);
		width += (size_t)wide;
		at += taken;
	}
	REQUIRE(width == columns);
	gate_text(GATE_UNICODE, again, len + 1, columns, text_from(text));
	REQUIRE(strcmp(again, text) == 0);
	free(again);
}

/* gate_next takes every byte once, and what passes is as wide as it says. */
static void check_glyphs(enum gate_mode mode, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		struct gate_glyph glyph;
		size_t taken = gate_next(mode, text + at, len - at, &glyph);

		REQUIRE(taken > 0 && taken <= len - at);
		REQUIRE(memchr(glyph.escape, '\0', sizeof glyph.escape) != NULL);
		REQUIRE(glyph.escaped == (glyph.code[0] == 0));
		REQUIRE(glyph.escaped || gate_code_width(glyph.code[0]) == glyph.width);
		at += taken;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;

	enum gate_mode mode = data[0] & 1 ? GATE_ASCII : GATE_UNICODE;
	size_t columns = data[0] >> 1, room = (size_t)data[1] * 4;
	struct text text = { (const char *)data + 2, size - 2 };
	char *buffer = malloc(room > 0 ? room : 1);

	REQUIRE(buffer != NULL);
	size_t written = gate_text(mode, buffer, room, columns, text);

	REQUIRE(written <= columns);
	if (room > 0) {
		REQUIRE(strlen(buffer) < room);
		check_output(buffer, written);
	}
	REQUIRE(gate_width(mode, text, columns) <= columns);
	check_glyphs(mode, text.data, text.len);
	free(buffer);
	return 0;
}
