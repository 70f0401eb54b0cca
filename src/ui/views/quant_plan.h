/* The page of Quant with the plan: a setting for each tensor of the model under a budget. */
#ifndef VIEWS_QUANT_PLAN_H
#define VIEWS_QUANT_PLAN_H

#include <mtui/model_plan.h>

#include "ui/views/scroll.h"
#include "ui/views/view.h"

struct quant_plan {
	struct model_plan plan;
	const struct model *model; /* it is of; NULL: none is made */
	uint64_t budget;
	bool solved;		   /* for the budget and the pins */
	bool failed;		   /* out of memory */
	uint32_t *order;	   /* of plan.tensors: the largest error first */
	float *sqnr_db;		   /* by tensor of the model; NaN where nothing is planned */
	struct scroll scroll;	   /* over order */
};

/* Wants what is not measured yet, and chooses once all is. */
void quant_plan_update(struct quant_plan *page, const struct view_context *context);
void quant_plan_free(struct quant_plan *page);

int quant_plan_rows(const struct quant_plan *page);
void quant_plan_draw(const struct quant_plan *page, const struct view_context *context,
		     struct canvas *canvas);
unsigned quant_plan_command(struct quant_plan *page, const struct view_context *context,
			    enum command command, struct text argument, struct view_answer *answer);

#endif
