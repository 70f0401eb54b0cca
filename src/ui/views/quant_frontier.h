/* The pages of Quant with charts: error against bits, and size against error, of all settings. */
#ifndef VIEWS_QUANT_FRONTIER_H
#define VIEWS_QUANT_FRONTIER_H

#include <mtui/frontier.h>

#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* What one tensor loses by the setting that is measured. */
struct frontier_loss {
	struct frontier_sums sums;
	bool known;
};

struct quant_frontier {
	const struct model *model; /* of what it is; NULL: of nothing yet */
	uint32_t row, tensor;
	uint32_t *tensors;	   /* n of them: all that are in the sizes */
	size_t n;
	uint64_t weights;	   /* elements that are quantized */
	uint64_t bytes_before;
	struct frontier frontier;
	struct frontier_point dial;
	uint8_t order[FRONTIER_MAX]; /* of the points: ascending sizes */
	struct frontier_loss *losses; /* of the tensors, by the point at hand */
	const struct frontier_point *at_hand;
	bool stopped, failed;
	struct scroll scroll;	   /* over order */
};

/* Wants what is not measured yet: the dial's setting first. */
void quant_frontier_update(struct quant_frontier *page, const struct view_context *context);
void quant_frontier_free(struct quant_frontier *page);

/* `sizes`: the second chart. */
int quant_frontier_rows(const struct quant_frontier *page, int width);
void quant_frontier_draw(const struct quant_frontier *page, const struct view_context *context,
			 bool sizes, struct canvas *canvas);

/* Rows of the table on a canvas, at least 1. */
int quant_frontier_table(int width, int height);
unsigned quant_frontier_command(struct quant_frontier *page, const struct view_context *context,
				enum command command, struct view_answer *answer);

#endif
