/* The page of Quant about what is quantized already: the list of weights, or one of them. */
#ifndef VIEWS_QUANT_XRAY_H
#define VIEWS_QUANT_XRAY_H

#include "ui/views/scroll.h"
#include "ui/views/view.h"

struct quant_xray {
	const struct xray_table *table; /* of session_xray, of the last update */
	uint32_t *order;	/* n of its weights: those below the row, the worst first */
	size_t n, capacity;
	size_t n_done;		/* of all of them */
	bool failed;		/* out of memory */
	struct scroll scroll;	/* over order, or the rows of one */
};

/* Wants what is shown. */
void quant_xray_update(struct quant_xray *page, const struct view_context *context);
void quant_xray_free(struct quant_xray *page);

/* Whether the selected tensor holds the codes of a quantized weight; pure. */
bool quant_xray_has(const struct view_context *context);

int quant_xray_rows(const struct quant_xray *page, const struct view_context *context);
void quant_xray_draw(const struct quant_xray *page, const struct view_context *context,
		     struct canvas *canvas);
unsigned quant_xray_command(struct quant_xray *page, const struct view_context *context,
			    enum command command, struct view_answer *answer);

#endif
