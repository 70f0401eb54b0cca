/* The `e` key: what the screen shows, as a file. */
#include "export/export.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_WIDTH 100 /* columns of a view that was never drawn */

/* Tensors and nodes of the selected row and those below it; all of the model's for its first row. */
struct subtree {
	uint32_t *items; /* tensors, then nodes */
	size_t n_tensors, n_nodes;
};

static bool subtree_of(struct subtree *subtree, const struct view_context *context,
		       struct error *err)
{
	const struct layer *rows = context->layers->rows;
	uint32_t first = context->focus.row, end = rows[first].end;

	*subtree = (struct subtree){ .items = malloc((size_t)(end - first) * sizeof(uint32_t)) };
	if (!subtree->items)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (uint32_t row = first; row < end; row++)
		if (rows[row].kind == LAYER_TENSOR)
			subtree->items[subtree->n_tensors++] = rows[row].item;
	for (uint32_t row = first; row < end; row++)
		if (rows[row].kind == LAYER_NODE)
			subtree->items[subtree->n_tensors + subtree->n_nodes++] = rows[row].item;
	return true;
}

static bool export_app_report(struct app *app, struct output *output, enum export_format format,
			  struct error *err)
{
	struct view_context context = app_context(app);
	const struct view_ops *ops = app_detail(app)->ops;
	uint32_t tensor = context.focus.tensor;
	int axis = ops == &channels_view ? channels_view_axis(app_detail(app), &context) : -1;
	struct subtree subtree = { 0 };
	struct picture_request picture = { 0 };
	uint64_t budget = 0;
	char words[24];
	struct export_plan plan = { .ladder = context.ladder, .budget = words };
	struct export_subject subject = {
		.session = context.session,
		.document = context.focus.document,
		.view = ops->name,
		.dial = context.dial,
		.axis = axis >= 0 ? &axis : NULL,
		.plan = &plan,
		.original = session_original(context.session),
		.rows = &context.focus.row,
		.n_rows = 1,
		.hops = graph_view_hops(app_detail(app)),
	};

	if (ops == &quant_view)
		subject.view = quant_view_report(app_detail(app), &context, &plan.made, &budget);
	snprintf(words, sizeof words, "%" PRIu64, budget);
	if (ops == &picture_view) {
		subject.view = picture_view_kind(app_detail(app), &context, &picture);
		subject.picture = &picture;
	}
	if ((ops == &values_view || ops == &picture_view) && tensor != NO_INDEX) {
		subject.tensors = &tensor;
		subject.n_tensors = 1;
	} else if (context.focus.row > 0 && !plan.made) {
		if (!subtree_of(&subtree, &context, err))
			return false;
		subject.tensors = subtree.items;
		subject.n_tensors = subtree.n_tensors;
		subject.nodes = subtree.items + subtree.n_tensors;
		subject.n_nodes = subtree.n_nodes;
	}
	bool good = export_report(output, format, &subject, err);

	free(subtree.items);
	return good;
}

static bool export_screen_view(struct app *app, struct output *output, enum export_format format,
			       struct error *err)
{
	struct view_context context = app_context(app);
	int width = context.width > 0 ? context.width : EXPORT_WIDTH;
	struct canvas canvas;
	struct export_looks looks = {
		.theme = app_theme(app),
		.colours = 256,
		.title = session_path(context.session, context.focus.document),
	};

	if (!export_draw(app_detail(app), &context, width, false, output, &canvas, err))
		return false;
	export_cells(output, format, &canvas, &looks);
	canvas_free(&canvas);
	return true;
}

static bool export_protect(struct app *app, const struct output *output, struct error *err)
{
	const struct session *session = app_context(app).session;

	for (uint32_t i = 0; i < session_documents(session); i++)
		if (!output_protect(output, session_model(session, i), err))
			return false;
	return true;
}

/* "x.pdf" would not be what it says; "x" and "x.1" are text. */
static bool extension_is_known(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	if (!dot || !isalpha((unsigned char)dot[1]) || strcmp(dot, ".txt") == 0 ||
	    export_format_of_path(path) != EXPORT_TEXT)
		return true;
	return error_set(err, ERROR_USAGE, -1,
			 "no such format; there are .txt .ansi .json .csv .md .dot .mmd");
}

static bool watch_app(void *app, uint64_t done, uint64_t total)
{
	return app_blocked(app, done, total);
}

bool export_app(struct app *app, const char *path, bool force, struct error *err)
{
	enum export_format format = export_format_of_path(path);
	struct output *output;
	bool good;

	if (!extension_is_known(path, err))
		return false;
	/* The screen is on standard output: a file named "-" is a file here. */
	output = output_open(strcmp(path, "-") == 0 ? "./-" : path, force, err);
	if (!output)
		return false;
	output_set_watch(output, watch_app, app);
	good = export_protect(app, output, err);
	if (good && export_is_report(format))
		good = export_app_report(app, output, format, err);
	else if (good)
		good = export_screen_view(app, output, format, err);
	if (good && output_stopped(output))
		good = error_set(err, ERROR_CANCELLED, -1, "stopped");
	if (!good) {
		output_discard(output);
		return false;
	}
	return output_commit(output, err);
}
