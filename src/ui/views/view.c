#include "ui/views/view.h"

#include <stdlib.h>

const struct view_ops *const view_tabs[] = {
	&overview_view, &weights_view,	&quant_view,   &curves_view, &graph_view, &values_view,
	&check_view,	&channels_view, &picture_view, &cost_view,   NULL,
};

bool view_init(struct view *view, const struct view_ops *ops)
{
	view->ops = ops;
	view->shares = false;
	view->state = calloc(1, ops->state_size ? ops->state_size : 1);
	return view->state;
}

void view_share(struct view *view, const struct view_ops *ops, const struct view *owner)
{
	*view = (struct view){ .ops = ops, .state = owner->state, .shares = true };
}

void view_free(struct view *view)
{
	if (!view->state || view->shares)
		return;
	if (view->ops->close)
		view->ops->close(view);
	free(view->state);
	view->state = NULL;
}

const struct view_ops *view_named(struct text name)
{
	for (const struct view_ops *const *tab = view_tabs; *tab; tab++)
		if (text_is(name, (*tab)->name))
			return *tab;
	if (quant_page_named(name))
		return &quant_view;
	if (picture_kind_named(name))
		return &picture_view;
	return text_is(name, tree_view.name) ? &tree_view : NULL;
}
