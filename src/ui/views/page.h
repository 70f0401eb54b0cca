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

#define PAGE_AFTER  UINT16_MAX	     /* column: right after what is there, one blank between */
#define PAGE_BESIDE (UINT16_MAX - 1) /* the same without a blank */

struct page_span {
	struct text text; /* of a file: through the gate when drawn */
	uint16_t column;  /* where it starts, or one of the above */
	uint8_t role;
	bool words;		/* mtui's own, not a file's: no gate */
	struct page_span *next; /* in the same line */
};

struct page_line {
	struct page_span *first, *last;
};

struct page {
	struct arena arena;
	VECTOR(struct page_line) lines;
	bool failed; /* memory was exhausted: the rest is missing, and the last row says so */
};

void page_init(struct page *page);
void page_free(struct page *page);
void page_reset(struct page *page);

/* Begins a line. What follows adds to the line begun last, at a column or PAGE_AFTER; a text is cut
 * before the column of the next. Out of memory drops the rest. */
void page_line(struct page *page);
/* Bytes of a file, which must live as long as the page. */
void page_text(struct page *page, int column, enum role role, struct text text);
/* mtui's own words and numbers, copied; no bytes of a file. */
void page_print(struct page *page, int column, enum role role, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A text that goes on in further lines, at the same column, where it is wider than up to end. */
void page_wrap(struct page *page, int column, int end, enum role role, struct text text);

/* A blank line and a heading. */
void page_heading(struct page *page, const char *title);

#define PAGE_VALUE 13 /* column of the values of fields */

/* "label    value" with the label dim. page_field_text leaves the line out when there is no text;
 * with NULL as label the value goes below the one before. */
void page_field(struct page *page, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void page_field_text(struct page *page, const char *label, enum role role, struct text text);

void page_draw(const struct page *page, struct canvas *canvas, uint64_t top);

#endif
