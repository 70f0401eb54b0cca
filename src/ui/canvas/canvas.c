/*
 * Invariant of every canvas: a wide character stands in two neighbouring cells of one row, the
 * base (width 2) and then its padding (width 0). Whoever overwrites one of the two blanks the
 * other first (`sever`), also when that other half lies outside of the window being drawn to:
 * windows share cells with their parent, so the neighbour is always there.
 */
#include "ui/canvas/canvas.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mtui/gate.h>
#include <mtui/limits.h>

#include "ui/canvas/number.h"

const char *const role_names[ROLE_COUNT] = {
#define X(id, name, meaning) [id] = name,
	ROLES(X)
#undef X
};

static const struct cell blank = { .code = { ' ' }, .width = 1, .role = ROLE_NORMAL };

bool canvas_init(struct canvas *canvas, int width, int height, const struct glyphs *glyphs)
{
	*canvas = (struct canvas){ .glyphs = glyphs, .owner = true };
	return canvas_resize(canvas, width, height);
}

bool canvas_resize(struct canvas *canvas, int width, int height)
{
	if (width < 0)
		width = 0;
	if (height < 0)
		height = 0;
	size_t count;
	if (__builtin_mul_overflow((size_t)width, (size_t)height, &count))
		return false;
	/* one more, so that an empty canvas has cells to point to */
	struct cell *cells = calloc(count + 1, sizeof(*cells));
	if (!cells)
		return false;
	free(canvas->cells);
	canvas->cells = cells;
	canvas->width = canvas->stride = width;
	canvas->height = height;
	for (size_t i = 0; i < count; i++)
		cells[i] = blank;
	return true;
}

void canvas_free(struct canvas *canvas)
{
	if (canvas->owner)
		free(canvas->cells);
	*canvas = (struct canvas){ .glyphs = canvas->glyphs };
}

struct canvas canvas_window(const struct canvas *canvas, int x, int y, int width, int height)
{
	struct canvas window = *canvas;
	long left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
	long right = (long)x + width, bottom = (long)y + height;

	window.owner = false;
	if (right > canvas->width)
		right = canvas->width;
	if (bottom > canvas->height)
		bottom = canvas->height;
	if (right <= left || bottom <= top) {
		window.width = window.height = 0;
		return window;
	}
	window.cells += (size_t)top * (size_t)canvas->stride + (size_t)left;
	window.width = (int)(right - left);
	window.height = (int)(bottom - top);
	return window;
}

static bool inside(const struct canvas *canvas, long x, long y)
{
	return x >= 0 && y >= 0 && x < canvas->width && y < canvas->height;
}

static struct cell *cell_at(struct canvas *canvas, int x, int y)
{
	return canvas->cells + (size_t)y * (size_t)canvas->stride + x;
}

static void sever(struct cell *cell)
{
	if (cell->width == 2) {
		cell[1] = blank;
		cell[1].role = cell->role;
	} else if (cell->width == 0) {
		cell[-1].code[0] = ' ';
		cell[-1].code[1] = cell[-1].code[2] = 0;
		cell[-1].width = 1;
	}
}

/* Draws one character at a column that may lie outside; a wide one that does not fit whole
 * leaves a blank. The width is 1 or 2. */
static void put_glyph(struct canvas *canvas, long x, int y, enum role role, const uint32_t code[3],
		      int width)
{
	if (width == 2 && (!inside(canvas, x, y) || !inside(canvas, x + 1, y))) {
		const uint32_t space[3] = { ' ' };
		put_glyph(canvas, x, y, role, space, 1);
		put_glyph(canvas, x + 1, y, role, space, 1);
		return;
	}
	if (!inside(canvas, x, y))
		return;
	struct cell *cell = cell_at(canvas, (int)x, y);
	sever(cell);
	if (width == 2)
		sever(cell + 1);
	*cell = (struct cell){ .code = { code[0], code[1], code[2] }, .width = (uint8_t)width,
			       .role = (uint8_t)role };
	if (width == 2)
		cell[1] = (struct cell){ .role = (uint8_t)role, .flags = CELL_PADDING };
}

static int clip_column(const struct canvas *canvas, long x)
{
	return x < 0 ? 0 : x > canvas->width ? canvas->width : (int)x;
}

static int code_width(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return 1;
	if (code >= 0x2500 && code < 0x2600) /* boxes, blocks, shapes */
		return 1;
	if (code >= 0x2800 && code < 0x2900) /* braille */
		return 1;
	return gate_code_width(code);
}

int canvas_put(struct canvas *canvas, int x, int y, enum role role, uint32_t code)
{
	int width = code_width(code);
	uint32_t codes[3] = { width > 0 ? code : '?' };

	if (width <= 0)
		width = 1;
	put_glyph(canvas, x, y, role, codes, width);
	return clip_column(canvas, (long)x + width);
}

void canvas_pixels(struct canvas *canvas, int x, int y, enum role upper, enum role lower)
{
	const uint32_t upper_half = 0x2580;

	if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
		return;
	canvas_put(canvas, x, y, upper, upper_half);
	cell_at(canvas, x, y)->back = (uint8_t)lower;
}

/* One glyph of the gate; returns the column after it. */
static long put_gated(struct canvas *canvas, long x, int y, enum role role,
		      const struct gate_glyph *glyph)
{
	if (!glyph->escaped) {
		put_glyph(canvas, x, y, role, glyph->code, glyph->width);
		return x + glyph->width;
	}
	const char *s = glyph->escape;
	while (*s) {
		struct gate_glyph part;
		s += gate_next(GATE_UNICODE, s, strlen(s), &part);
		if (part.escaped)
			break;
		part.code[0] = glyphs_substitute(canvas->glyphs, part.code[0]);
		put_glyph(canvas, x, y, ROLE_ESCAPE, part.code, part.width);
		x += part.width;
	}
	return x;
}

/* The part of a text that fits into `columns`, drawn; *rest is what did not fit. */
static long put_text(struct canvas *canvas, long x, int y, long columns, enum role role,
		     struct text text)
{
	long end = x + columns;

	while (text.len > 0) {
		struct gate_glyph glyph;
		size_t used = gate_next(canvas->glyphs->gate, text.data, text.len, &glyph);
		if (x + glyph.width > end)
			break;
		x = put_gated(canvas, x, y, role, &glyph);
		text.data += used;
		text.len -= used;
	}
	return x;
}

/* What stands behind a very long name: its size, shorter where there is less room, or nothing. */
static long name_size(char size[NUMBER_SIZE + 8], size_t len, long room)
{
	enum { LEAST_NAME = 4 };
	char number[NUMBER_SIZE];
	long columns = snprintf(size, NUMBER_SIZE + 8, " %s bytes", number_count(number, len));

	if (2 * columns <= room)
		return columns;
	columns = snprintf(size, NUMBER_SIZE + 8, " %s", number_bytes(number, len));
	return columns + 1 + LEAST_NAME <= room ? columns : 0;
}

int canvas_text(struct canvas *canvas, int x, int y, int columns, enum role role, struct text text)
{
	long room = (long)canvas->width - x;
	if (columns < room)
		room = columns;
	if (room <= 0 || y < 0 || y >= canvas->height)
		return clip_column(canvas, x);

	struct text shown = text;
	if (shown.len > LIMIT_NAME_SHOWN)
		shown.len = LIMIT_NAME_SHOWN;
	if (text.len == shown.len &&
	    gate_width(canvas->glyphs->gate, shown, (size_t)room + 1) <= (size_t)room)
		return clip_column(canvas, put_text(canvas, x, y, room, role, shown));

	char size[NUMBER_SIZE + 8];
	long size_columns = text.len > shown.len ? name_size(size, text.len, room) : 0;
	long at = put_text(canvas, x, y, room - 1 - size_columns, role, shown);
	const uint32_t ellipsis[3] = { canvas->glyphs->ellipsis };
	put_glyph(canvas, at++, y, ROLE_DIM, ellipsis, 1);
	if (size_columns > 0)
		at = put_text(canvas, at, y, size_columns, ROLE_DIM, text_from(size));
	return clip_column(canvas, at);
}

/* mtui's own words: UTF-8 also with ASCII glyphs, where they get a form of their own. */
static long put_words(struct canvas *canvas, long x, int y, enum role role, const char *string)
{
	size_t left = strlen(string);

	while (left > 0 && x < canvas->width) {
		struct gate_glyph glyph;
		size_t used = gate_next(GATE_UNICODE, string, left, &glyph);
		if (!glyph.escaped) {
			uint32_t code = glyphs_substitute(canvas->glyphs, glyph.code[0]);
			if (code != glyph.code[0])
				glyph = (struct gate_glyph){ .code = { code }, .width = 1 };
		}
		x = put_gated(canvas, x, y, role, &glyph);
		string += used;
		left -= used;
	}
	return x;
}

int canvas_string(struct canvas *canvas, int x, int y, enum role role, const char *string)
{
	long end = put_words(canvas, x, y, role, string);
	int last = canvas->width - 1;
	size_t len = strlen(string);

	while (len > 0 && string[len - 1] == ' ')
		len--;
	if (end > last && x <= last &&
	    (long)gate_width(GATE_UNICODE, (struct text){ string, len }, 512) >
		    (long)canvas->width - x)
		canvas_put(canvas, last, y, ROLE_DIM, canvas->glyphs->ellipsis);
	return clip_column(canvas, end);
}

int canvas_print(struct canvas *canvas, int x, int y, enum role role, const char *format, ...)
{
	char buffer[513];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	return canvas_string(canvas, x, y, role, buffer);
}

int canvas_print_right(struct canvas *canvas, int x_end, int y, enum role role, const char *format,
		       ...)
{
	char buffer[513];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	long x = (long)x_end - (long)gate_width(GATE_UNICODE, text_from(buffer), SIZE_MAX);
	put_words(canvas, x, y, role, buffer);
	return clip_column(canvas, x);
}

void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, enum role role,
		 uint32_t code)
{
	struct canvas area = canvas_window(canvas, x, y, width, height);

	if (area.width == 0)
		return;
	struct cell cell = blank;
	cell.role = (uint8_t)role;
	cell.code[0] = code_width(code) == 1 ? code : '?';
	for (int row = 0; row < area.height; row++) {
		sever(cell_at(&area, 0, row));
		sever(cell_at(&area, area.width - 1, row));
		for (int column = 0; column < area.width; column++)
			*cell_at(&area, column, row) = cell;
	}
}

void canvas_clear(struct canvas *canvas)
{
	canvas_fill(canvas, 0, 0, canvas->width, canvas->height, ROLE_NORMAL, ' ');
}

void canvas_box(struct canvas *canvas, int x, int y, int width, int height, enum role role)
{
	const struct glyphs *g = canvas->glyphs;

	if (width < 2 || height < 2)
		return;
	canvas_fill(canvas, x, y, width, 1, role, g->horizontal);
	canvas_fill(canvas, x, y + height - 1, width, 1, role, g->horizontal);
	canvas_fill(canvas, x, y, 1, height, role, g->vertical);
	canvas_fill(canvas, x + width - 1, y, 1, height, role, g->vertical);
	canvas_put(canvas, x, y, role, g->top_left);
	canvas_put(canvas, x + width - 1, y, role, g->top_right);
	canvas_put(canvas, x, y + height - 1, role, g->bottom_left);
	canvas_put(canvas, x + width - 1, y + height - 1, role, g->bottom_right);
}

void canvas_mark(struct canvas *canvas, int x, int y, int width, uint8_t flags)
{
	struct canvas area = canvas_window(canvas, x, y, width, 1);

	for (int column = 0; column < area.width; column++)
		cell_at(&area, column, 0)->flags |= flags;
}

void canvas_recolour(struct canvas *canvas, int x, int y, int width, enum role role)
{
	struct canvas area = canvas_window(canvas, x, y, width, 1);

	for (int column = 0; column < area.width; column++)
		cell_at(&area, column, 0)->role = (uint8_t)role;
}

size_t canvas_cell_utf8(const struct cell *cell, char out[13])
{
	size_t length = 0;

	for (int i = 0; i < 3 && cell->code[i] != 0 && cell->width > 0; i++)
		length += gate_encode(cell->code[i], out + length);
	out[length] = '\0';
	return length;
}

size_t canvas_row(const struct canvas *canvas, int y, char *buffer, size_t size)
{
	size_t length = 0;

	if (size == 0)
		return 0;
	int end = inside(canvas, 0, y) ? canvas->width : 0;
	while (end > 0) {
		const struct cell *cell = canvas_at(canvas, end - 1, y);
		if (cell->code[0] != ' ' || cell->code[1] != 0)
			break;
		end--;
	}
	for (int x = 0; x < end; x++) {
		char bytes[13];
		size_t n = canvas_cell_utf8(canvas_at(canvas, x, y), bytes);
		if (n >= size - length)
			break;
		memcpy(buffer + length, bytes, n);
		length += n;
	}
	buffer[length] = '\0';
	return length;
}
