/* What the views of one tensor have in common: its head lines, its state, its problems. */
#ifndef VIEWS_DETAIL_H
#define VIEWS_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/views/view.h"

/* The tensor of the focus, or NULL where the row has none. */
const struct tensor *detail_tensor(const struct view_context *context);

/* True for rows that stand for many tensors: the model, a scope, a graph. */
bool detail_is_scope(const struct view_context *context);

/* Head lines: name, dtype, shape, kind; extent and use; what is wrong with it. Both give the
 * number of rows. */
int detail_head_rows(const struct view_context *context);
int detail_head(const struct view_context *context, struct canvas *canvas, int y);

/* One line instead of a report that is not there: reading, stopped, failed. */
void detail_state(const struct view_context *context, const struct report *report,
		  struct canvas *canvas, int y);

/* "[16, 64, 1, 1]", cut with "..." inside where there are many dimensions. */
#define DETAIL_SHAPE 96
char *detail_shape(const struct tensor *tensor, char buffer[DETAIL_SHAPE]);

/* How bad a signal-to-noise ratio of weights is. */
enum role detail_sqnr_role(double decibel);

#endif
