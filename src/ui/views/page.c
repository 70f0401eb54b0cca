#include "ui/views/page.h"

#include <stdarg.h>
#include <stdio.h>

#include <mtui/gate.h>

void page_init(struct page *page)
{
	*page = (struct page){ 0 };
	arena_init(&page->arena, 0);
}

void page_free(struct page *page)
{
	vector_free(&page->lines);
	arena_free(&page->arena);
}

void page_reset(struct page *page)
{
	page_free(page);
	page_init(page);
}

void page_line(struct page *page)
{
	if (page->failed || !vector_reserve(&page->arena, &page->lines, 1)) {
		page->failed = true;
		return;
	}
	page->lines.items[page->lines.count++] = (struct page_line){ NULL, NULL };
}

static void add(struct page *page, int column, enum role role, struct text text, bool words)
{
	/* A copy that there was no memory for. */
	page->failed |= text.len > 0 && !text.data;
	if (page->failed || page->lines.count == 0)
		return;
	struct page_span *span = arena_alloc(&page->arena, sizeof *span);
	if (!span) {
		page->failed = true;
		return;
	}
	struct page_line *line = &page->lines.items[page->lines.count - 1];
	*span = (struct page_span){
		.text = text,
		.column = (uint16_t)column,
		.role = (uint8_t)role,
		.words = words,
	};
	if (line->last)
		line->last->next = span;
	else
		line->first = span;
	line->last = span;
}

void page_text(struct page *page, int column, enum role role, struct text text)
{
	add(page, column, role, text, false);
}

__attribute__((format(printf, 4, 0))) static void
print(struct page *page, int column, enum role role, const char *format, va_list list)
{
	char buffer[512];
	int len = vsnprintf(buffer, sizeof buffer, format, list);

	if (len < 0)
		return;
	size_t used = (size_t)len < sizeof buffer ? (size_t)len : sizeof buffer - 1;
	struct text text = arena_text(&page->arena, buffer, used);
	if (text.data)
		add(page, column, role, text, true);
	else
		page->failed = true;
}

void page_print(struct page *page, int column, enum role role, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print(page, column, role, format, list);
	va_end(list);
}

/* Bytes of the text that fit, cut after a blank where there is one. */
static size_t fitting(struct text text, size_t columns)
{
	size_t used = 0, width = 0, blank = 0;

	while (used < text.len) {
		struct gate_glyph glyph;
		size_t n = gate_next(GATE_UNICODE, text.data + used, text.len - used, &glyph);
		if (width + glyph.width > columns)
			return blank > 0 ? blank : used > 0 ? used : n;
		used += n;
		width += glyph.width;
		if (text.data[used - 1] == ' ')
			blank = used;
	}
	return used;
}

void page_wrap(struct page *page, int column, int end, enum role role, struct text text)
{
	size_t columns = end > column + 8 ? (size_t)(end - column) : 8;

	page->failed |= text.len > 0 && !text.data;
	for (bool first = true; text.len > 0 && !page->failed; first = false) {
		size_t n = fitting(text, columns);
		if (!first)
			page_line(page);
		page_text(page, column, role, (struct text){ text.data, n });
		text = (struct text){ text.data + n, text.len - n };
	}
}

void page_heading(struct page *page, const char *title)
{
	if (page->lines.count > 0)
		page_line(page);
	page_line(page);
	add(page, 0, ROLE_TITLE, text_from(title), true);
}

static void begin_field(struct page *page, const char *label)
{
	page_line(page);
	if (label)
		add(page, 0, ROLE_DIM, text_from(label), true);
}

void page_field(struct page *page, const char *label, const char *format, ...)
{
	va_list list;

	begin_field(page, label);
	va_start(list, format);
	print(page, PAGE_VALUE, ROLE_NUMBER, format, list);
	va_end(list);
}

void page_field_text(struct page *page, const char *label, enum role role, struct text text)
{
	if (text.len == 0)
		return;
	begin_field(page, label);
	page_text(page, PAGE_VALUE, role, text);
}

/* Columns that a span may take: up to the one before the next span that has a place. */
static int room_of(const struct page_span *span, int x, int width)
{
	const struct page_span *next = span->next;

	if (next && next->column < PAGE_BESIDE && next->column > x && next->column - 1 < width)
		return next->column - 1 - x;
	return width - x;
}

static void draw_line(const struct page_line *line, struct canvas *canvas, int y)
{
	int x = 0;

	for (const struct page_span *span = line->first; span && x < canvas->width;
	     span = span->next) {
		if (span->column == PAGE_AFTER)
			x += x > 0;
		else if (span->column != PAGE_BESIDE)
			x = x >= span->column && x > 0 ? x + 1 : span->column;
		/* Words end in a NUL and are mtui's own: they have an ASCII form. */
		if (span->words)
			x = canvas_string(canvas, x, y, (enum role)span->role, span->text.data);
		else
			x = canvas_text(canvas, x, y, room_of(span, x, canvas->width),
					(enum role)span->role, span->text);
	}
}

void page_draw(const struct page *page, struct canvas *canvas, uint64_t top)
{
	for (int y = 0; y < canvas->height && top + (uint64_t)y < page->lines.count; y++)
		draw_line(&page->lines.items[top + (uint64_t)y], canvas, y);
	if (page->failed && canvas->height > 0) {
		canvas_fill(canvas, 0, canvas->height - 1, canvas->width, 1, ROLE_BAD, ' ');
		canvas_string(canvas, 0, canvas->height - 1, ROLE_BAD, "out of memory");
	}
}
