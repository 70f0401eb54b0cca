/* The same file read again: rows are new, so selections are found by their names. */
#include <stdio.h>

#include "ui/app/app_state.h"

/* The child of a row that is called and is what a row of the old tree was; 0 if there is none. */
static uint32_t child_like(const struct layers *layers, uint32_t parent, const struct layer *old)
{
	for (uint32_t row = parent + 1; row < layers->rows[parent].end; row = layers->rows[row].end)
		if (layers->rows[row].kind == old->kind &&
		    text_equal(layers->rows[row].label, old->label))
			return row;
	return 0;
}

/* Where a row of the old tree stands in the new one, or the deepest part of its path that does. */
static uint32_t follow(const struct layers *old, uint32_t row, const struct layers *fresh)
{
	uint32_t at = 0;

	if (row >= old->n_rows)
		return 0;
	for (uint32_t depth = 1; depth <= old->rows[row].depth; depth++) {
		uint32_t ancestor = row;

		while (old->rows[ancestor].depth > depth)
			ancestor = old->rows[ancestor].parent;

		uint32_t child = child_like(fresh, at, &old->rows[ancestor]);

		if (!child)
			break;
		at = child;
	}
	return at;
}

void reload_document(struct app *app)
{
	uint32_t document = app->focus.document;
	const struct layers *old = session_layers(app->session, document), *fresh;
	struct error err = { .offset = -1 };

	if (!app->n_documents) {
		session_refresh_runs(app->session, 0);
		app_message(app, "read again");
		return;
	}
	if (!session_reload(app->session, document, &err)) {
		app_complain(app, &err);
		return;
	}
	/* The old tree lives until the end of the next update. */
	fresh = session_layers(app->session, document);
	for (unsigned i = 0; i < app->history.count; i++) {
		struct place *place = &app->history.places[i];

		if (place->document == document)
			place->row = follow(old, place->row, fresh);
	}
	app->neighbours.command = COMMAND_NONE;
	session_resume(app->session);
	app_focus_row(app, follow(old, app->focus.row, fresh), MOVE_PREVIEW);
	app_follow(app);
	app_renew_views(app);
	if (app_filter(app)[0])
		app_offer(app, &app->tree, COMMAND_FILTER, text_from(app_filter(app)),
			  MOVE_PREVIEW);
	app_message(app, "read again");
}
