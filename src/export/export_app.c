/* The `e` key: what the screen shows, as a file. */
#include "export/export.h"

#include <string.h>

#define EXPORT_WIDTH 100 /* columns of a view that was never drawn */

static bool export_report(struct app *app, struct output *output, enum export_format format,
			  struct error *err)
{
	struct view_context context = app_context(app);
	uint32_t tensor = context.focus.tensor;
	struct export_subject subject = {
		.session = context.session,
		.document = context.focus.document,
		.view = app_detail(app)->ops->name,
		.tensors = tensor != NO_INDEX ? &tensor : NULL,
		.n_tensors = tensor != NO_INDEX ? 1 : 0,
		.dial = context.dial,
	};

	return format == EXPORT_JSON ? export_json(output, &subject, err) :
				       export_csv(output, &subject, err);
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

	if (!export_draw(app_detail(app), &context, width, false, &canvas, err))
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

bool export_app(struct app *app, const char *path, bool force, struct error *err)
{
	enum export_format format = export_format_of_path(path);
	/* The screen is on standard output: a file named "-" is a file here. */
	struct output *output = output_open(strcmp(path, "-") == 0 ? "./-" : path, force, err);
	bool good;

	if (!output)
		return false;
	good = export_protect(app, output, err);
	if (good && (format == EXPORT_JSON || format == EXPORT_CSV))
		good = export_report(app, output, format, err);
	else if (good)
		good = export_screen_view(app, output, format, err);
	if (!good) {
		output_discard(output);
		return false;
	}
	return output_commit(output, err);
}
