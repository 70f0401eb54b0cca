/* The page of Quant about fusion: what folding normalizations costs, and what else can be fused. */
#ifndef VIEWS_QUANT_FUSION_H
#define VIEWS_QUANT_FUSION_H

#include <mtui/patterns.h>

#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* A pattern below the row; one with a normalization that can be folded has a site. */
struct fusion_row {
	uint32_t pattern;
	bool has_site;
	struct fusion_site site;
};

struct quant_fusion {
	const struct model *model; /* the patterns are of; NULL: of none */
	struct arena arena;
	struct patterns patterns;
	bool failed;		   /* out of memory */
	struct fusion_row *rows;   /* of all patterns, in their order */
	uint32_t *order;	   /* n of the rows: the dearest folds first */
	size_t n;
	struct scroll scroll;	   /* over order */
};

void quant_fusion_update(struct quant_fusion *page, const struct view_context *context);
void quant_fusion_free(struct quant_fusion *page);

int quant_fusion_rows(const struct quant_fusion *page);
void quant_fusion_draw(const struct quant_fusion *page, const struct view_context *context,
		       struct canvas *canvas);
unsigned quant_fusion_command(struct quant_fusion *page, const struct view_context *context,
			      enum command command, struct view_answer *answer);

/* Of the selected weight, where a normalization behind it can be folded: to be asked for, and a
 * line about it; false where there is none. */
bool quant_fusion_want(struct quant_fusion *page, const struct view_context *context);
bool quant_fusion_line(const struct quant_fusion *page, const struct view_context *context,
		       struct canvas *canvas, int y);

#endif
