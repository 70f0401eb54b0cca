/* The marked tensor's histogram over that of the selected one, on an axis that holds both. */
#ifndef VIEWS_OVERLAY_H
#define VIEWS_OVERLAY_H

#include "ui/views/view.h"
#include "ui/views/zoom.h"

struct overlay {
	const struct model *model; /* of the marked tensor; NULL: none */
	uint32_t tensor;
};

/* Marks the selected tensor, or takes its mark away. */
unsigned overlay_mark(struct overlay *overlay, const struct view_context *context,
		      struct view_answer *answer);

/* Another tensor than the selected one is marked, and both have finite values on record. */
bool overlay_applies(const struct overlay *overlay, const struct view_context *context);

/* Asks for what it takes. */
void overlay_update(const struct overlay *overlay, const struct view_context *context,
		    const struct zoom *zoom);

/* Fills the canvas from row y on: a legend and both, the marked one by its share of values. */
void overlay_draw(const struct overlay *overlay, const struct view_context *context,
		  const struct zoom *zoom, bool log_counts, struct canvas *canvas, int y);

#endif
