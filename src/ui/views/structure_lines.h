/* What a graph is made of, as lines of a page: see <mtui/structure.h>. */
#ifndef VIEWS_STRUCTURE_LINES_H
#define VIEWS_STRUCTURE_LINES_H

#include "ui/views/page.h"
#include "ui/views/view.h"

struct report;

/* The report of the context's document; NULL where it was never wanted. */
const struct report *structure_report(const struct view_context *context);
void structure_want(const struct view_context *context);

/* The sentence, or nothing. Columns up to width. */
void structure_summary(struct page *page, const struct report *report, int width);

/* Sections with a heading each; of a list at most so many lines. */
void structure_lines(struct page *page, const struct view_context *context,
		     const struct report *report, unsigned most);

#endif
