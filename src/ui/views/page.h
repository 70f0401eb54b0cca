/*
 * Text of styled lines that a view builds when the selection changes and draws by the window.
 *
 * Used by views that are mostly words: Overview, Check, Help. Lines wrap nowhere; cells beyond the
 * canvas are cut by it.
 */
#ifndef VIEWS_PAGE_H
#define VIEWS_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/text.h>

#include "ui/canvas/canvas.h"

struct page_span {
	struct text text;	/* through the gate when drawn */
	uint16_t column;	/* where it starts */
	uint8_t role;
	struct page_span *next; /* in the same line */
};

struct page_line {
	struct page_span *first, *last;
	uint32_t target; /* layer row that Enter jumps to, or NO_INDEX */
};

struct page {
	struct arena arena;
	VECTOR(struct page_line) lines;
};

void page_init(struct page *page);
void page_free(struct page *page);
void page_reset(struct page *page);

/* Begins a line; page_text and page_print add to the line begun last, at a column (or, with -1,
 * right after what is there, one blank between). Out of memory drops the rest silently. */
void page_line(struct page *page);
void page_text(struct page *page, int column, enum role role, struct text text);
void page_print(struct page *page, int column, enum role role, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void page_target(struct page *page, uint32_t row);

/* A blank line and a heading. */
void page_heading(struct page *page, const char *title);

/* "label    value" with the label dim. */
void page_field(struct page *page, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void page_draw(const struct page *page, struct canvas *canvas, uint64_t top);

#endif
