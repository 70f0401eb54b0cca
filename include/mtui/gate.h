/*
 * The text gate: the one way for bytes of a file to become something that is shown or printed.
 *
 * UTF-8 is decoded strictly. A code point passes when it is printable, has a width of 1 or 2
 * cells (or is a combining mark, at most 2 per base) and is none of: C0, DEL, C1, soft hyphen,
 * bidirectional controls, zero-width and joiner characters, variation selectors, tags, private
 * use, unassigned, blanks other than the space. Everything else comes out as a visible escape: \xNN for a byte that is not
 * UTF-8 (or a control byte), \u{NNNN} for a refused code point. The result is the same in every
 * locale, except that in GATE_ASCII every non-ASCII code point is escaped too.
 */
#ifndef MTUI_GATE_H
#define MTUI_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

enum gate_mode { GATE_UNICODE, GATE_ASCII };

/* One cell's worth of output: a character that passed, or a whole escape (several columns). */
struct gate_glyph {
	uint32_t code[3];  /* base and up to 2 combining marks, 0-padded; code[0] == 0: an escape */
	char escape[12];   /* "\x1b" or "\u{202e}" or "…+998" for dropped marks; NUL-terminated */
	uint8_t width;	   /* columns: 1 or 2, or the escape's length in columns */
	bool escaped;
};

/* Decodes the next glyph at source[0..len); len > 0. Returns the bytes consumed, at least 1.
 * Marks that have no base here (at the start, or beyond the second) come as an escape: a single
 * one as \u{301}, more as "…+998". */
size_t gate_next(enum gate_mode mode, const char *source, size_t len, struct gate_glyph *glyph);

/* Writes text through the gate to buffer as UTF-8, NUL-terminated, never more than columns wide
 * and never a half character. Text that does not fit ends in "…" ("..." in GATE_ASCII); where
 * the text is longer than 4 KiB, in "… 1,048,576 bytes". Returns the columns written. */
size_t gate_text(enum gate_mode mode, char *buffer, size_t size, size_t columns, struct text text);

/* Columns that the whole text takes, counting at most limit. */
size_t gate_width(enum gate_mode mode, struct text text, size_t limit);

/* Width of a code point that passes the gate (1 or 2), 0 for a combining mark, -1 if refused. */
int gate_code_width(uint32_t code);

/* One code point of strict UTF-8 (no overlong form, no surrogate, at most U+10FFFF) at
 * source[0..len); len > 0. Returns its length in bytes, or 0 when the bytes are not that. */
size_t gate_decode(const char *source, size_t len, uint32_t *code);

/* The UTF-8 of a code point, 1 to 4 bytes. */
size_t gate_encode(uint32_t code, char out[4]);

#endif
