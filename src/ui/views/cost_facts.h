/* What running the selected part of the model costs, in a few lines. */
#ifndef VIEWS_COST_FACTS_H
#define VIEWS_COST_FACTS_H

#include <mtui/cost_sheet.h>

#include "ui/views/page.h"
#include "ui/views/view.h"

/* then: bytes of its weights with the dial's scheme. The page is begun anew. */
void cost_facts(struct page *page, const struct view_context *context,
		const struct cost_sheet *sheet, uint32_t row, uint64_t then);

#endif
