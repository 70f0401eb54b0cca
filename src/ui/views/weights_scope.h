/* Weights of a row that stands for many tensors: their numbers as one, its parts, the ranking. */
#ifndef VIEWS_WEIGHTS_SCOPE_H
#define VIEWS_WEIGHTS_SCOPE_H

#include "ui/views/tensor_list.h"
#include "ui/views/view.h"

void weights_scope_update(struct tensor_list *list, const struct view_context *context);
int weights_scope_rows(const struct tensor_list *list, const struct view_context *context,
		       int width);
void weights_scope_draw(const struct tensor_list *list, const struct view_context *context,
			bool log_counts, struct canvas *canvas);
unsigned weights_scope_command(struct tensor_list *list, const struct view_context *context,
			       enum command command, struct text argument,
			       struct view_answer *answer);
unsigned weights_scope_click(struct tensor_list *list, const struct view_context *context, int y,
			     int clicks, struct view_answer *answer);

#endif
