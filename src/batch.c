#include "batch.h"

#include <stdio.h>
#include <string.h>

#include <mtui/reader.h>

#include "export/export.h"
#include "export/export_plan.h"
#include "message.h"
#include "select.h"
#include "session/dims.h"
#include "session/library.h"
#include "session/session.h"
#include "ui/app/app.h"
#include "ui/views/view.h"

#define BATCH_WIDTH	100 /* of a view alone */
#define BATCH_SCREEN_W	80  /* of the screen, without --size */
#define BATCH_SCREEN_H	24

/* One file on its way to the output. */
struct batch_file {
	const struct batch *batch;
	struct output *output;
	struct session *session; /* with this document alone */
	const char *path;
	struct model *original; /* of --against, or NULL */
	struct selection selection;
	uint32_t against; /* tensor of --against */
	size_t printed; /* pieces of this file so far */
};

static bool batch_is_report(const struct batch *batch)
{
	return export_is_report(batch->arguments->format);
}

static bool batch_select(struct batch_file *file, struct error *err)
{
	const struct arguments *arguments = file->batch->arguments;
	const struct model *model = session_model(file->session, 0);
	const struct layers *layers;

	if (arguments->n_selects == 0)
		return true;
	layers = model_layers(model, err);
	return layers && selection_find(&file->selection, model, layers, arguments->selects,
					arguments->n_selects, err);
}

static bool batch_against(struct batch_file *file, struct error *err)
{
	const char *name = file->batch->arguments->against;
	const struct model *model = session_model(file->session, 0);
	char buffer[64];

	/* Of xray --against names a file, of histogram a tensor. */
	if (!name || arguments_original(file->batch->arguments))
		return true;
	for (uint32_t i = 0; i < model->n_tensors; i++) {
		file->against = i;
		if (text_is(model->tensors[i].name, name) ||
		    text_is(model_tensor_label(model, i, buffer), name))
			return true;
	}
	return error_set(err, ERROR_USAGE, -1, "--against: no tensor of that name");
}

static struct export_subject batch_subject(const struct batch_file *file)
{
	const struct arguments *arguments = file->batch->arguments;
	bool selected = arguments->n_selects > 0;

	return (struct export_subject){
		.session = file->session,
		.view = arguments->view ? arguments->view :
			arguments->against ? "xray" :
			!session_model(file->session, 0) ? "curves" :
			selected ? "tensors" : "model",
		.tensors = selected ? file->selection.tensors : NULL,
		.n_tensors = file->selection.n_tensors,
		.nodes = selected ? file->selection.nodes : NULL,
		.n_nodes = file->selection.n_nodes,
		.rows = selected ? file->selection.rows : NULL,
		.n_rows = file->selection.n_rows,
		.hops = arguments->hops,
		.tags = selected && !session_model(file->session, 0) ? arguments->selects : NULL,
		.n_tags = arguments->n_selects,
		.dial = arguments->quant,
		.plan = &arguments->plan,
		.importance = file->batch->importance.weights,
		.n_importance = file->batch->importance.n,
		.bins = &arguments->bins,
		.against = arguments->against ? &file->against : NULL,
		.stats = arguments->has_stats ? &arguments->stats : NULL,
		.axis = arguments->axis >= 0 ? &arguments->axis : NULL,
		.picture = &arguments->picture,
		.original = file->original,
		.threads = arguments->threads,
		.progress = true,
	};
}

static bool batch_report(struct batch_file *file, struct error *err)
{
	struct export_subject subject = batch_subject(file);

	return export_report(file->output, file->batch->arguments->format, &subject, err);
}

static void batch_cells(struct batch_file *file, const struct canvas *canvas)
{
	const struct batch *batch = file->batch;
	struct export_looks looks = { .theme = batch->theme, .colours = batch->colours };

	if (file->printed++)
		output_string(file->output, "\n");
	else
		looks.title = file->path;
	export_cells(file->output, batch->arguments->format, canvas, &looks);
}

/* The app replays the keys and draws all of its screen. */
static bool batch_screen(struct batch_file *file, struct error *err)
{
	const struct batch *batch = file->batch;
	const struct arguments *arguments = batch->arguments;
	int width = arguments->width ? arguments->width : BATCH_SCREEN_W;
	int height = arguments->height ? arguments->height : BATCH_SCREEN_H;
	unsigned wishes = 0;
	const struct model *model = session_model(file->session, 0);
	struct canvas canvas;
	struct app *app = model && !model_layers(model, err) ? NULL : app_new(&(struct app_options){
		.session = file->session,
		.config = batch->config,
		.theme = batch->theme,
		.glyphs = batch->glyphs,
		.view = arguments_tab(arguments),
		.select = arguments->n_selects ? arguments->selects[0] : NULL,
		.dial = &arguments->quant,
		.ladder = &arguments->ladder,
		.budget = arguments->plan.budget,
		.exporter = export_app,
	}, err);
	bool good;

	if (!app)
		return false;
	session_set_original(file->session, file->original);
	app_resize(app, width, height);
	good = !arguments->keys || app_script(app, arguments->keys, &wishes, err);
	if (good) {
		app_settle(app);
		good = canvas_init(&canvas, width, height, app_glyphs(app)) ||
		       error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	if (good) {
		app_draw(app, &canvas);
		batch_cells(file, &canvas);
		canvas_free(&canvas);
	}
	app_free(app);
	return good;
}

static bool batch_axis(const struct batch *batch, struct view *view,
		       const struct view_context *context, struct error *err)
{
	struct view_answer answer;
	char argument[16];
	int axis = batch->arguments->axis;

	snprintf(argument, sizeof argument, "%d", axis);
	if (axis < 0 || !(view->ops->command(view, context, COMMAND_AXIS, text_from(argument),
					     &answer) & EFFECT_MESSAGE))
		return true;
	return error_set(err, ERROR_USAGE, -1, "--axis=%d: %s", axis, answer.message);
}

/* The kind of picture, and which matrix it is of. */
static bool batch_picture(const struct batch *batch, struct view *view,
			  const struct view_context *context, struct error *err)
{
	const struct arguments *arguments = batch->arguments;
	const struct matrix_view *matrix = &arguments->picture.view;
	struct view_answer answer;
	char argument[64];
	unsigned effects = 0;

	if (arguments->view && picture_kind_named(text_from(arguments->view)))
		effects = view->ops->command(view, context, COMMAND_PICTURE,
					     text_from(arguments->view), &answer);
	if (arguments->has_matrix) {
		snprintf(argument, sizeof argument, "%u,%u", matrix->lead, matrix->split);
		effects = view->ops->command(view, context, COMMAND_FLATTEN, text_from(argument),
					     &answer);
	}
	if (arguments->has_matrix && matrix->slice > 0 && !(effects & EFFECT_MESSAGE)) {
		snprintf(argument, sizeof argument, "%llu", (unsigned long long)matrix->slice);
		effects = view->ops->command(view, context, COMMAND_SLICE, text_from(argument),
					     &answer);
	}
	return !(effects & EFFECT_MESSAGE) ||
	       error_set(err, ERROR_USAGE, -1, "--matrix: %s", answer.message);
}

static bool batch_page(const struct batch *batch, struct view *view,
		       const struct view_context *context)
{
	const char *name = batch->arguments->view;
	struct view_answer answer;

	if (name && quant_page_named(text_from(name)))
		view->ops->command(view, context, COMMAND_QUANT_PAGE, text_from(name), &answer);
	return true;
}

static bool batch_view_row(struct batch_file *file, const struct view_ops *ops,
			   const struct layers *layers, uint32_t row, uint32_t tensor,
			   struct error *err)
{
	const struct batch *batch = file->batch;
	struct view_context context = {
		.session = file->session,
		.model = session_model(file->session, 0),
		.layers = layers,
		.focus = { .row = row, .tensor = tensor },
		.dial = batch->arguments->quant,
		.glyphs = batch->glyphs,
		.search = "",
	};
	struct view_answer answer;
	struct canvas canvas;
	struct view view;
	bool good;

	if (!view_init(&view, ops))
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	/* Nobody can unfold what is printed. The tree passes when it has no memory for its rows. */
	good = ops != &tree_view ||
	       ops->command(&view, &context, COMMAND_UNFOLD_ALL, TEXT(""), &answer) != EFFECT_PASS ||
	       error_set(err, ERROR_MEMORY, -1, "out of memory");
	good = good && (ops != &channels_view || batch_axis(batch, &view, &context, err));
	good = good && (ops != &quant_view || batch_page(batch, &view, &context));
	if (good && ops == &graph_view && batch->arguments->hops) {
		char hops[2] = { (char)('0' + batch->arguments->hops), '\0' };

		ops->command(&view, &context, COMMAND_HOPS, text_from(hops), &answer);
	}
	good = good && (ops != &picture_view || batch_picture(batch, &view, &context, err));
	good = good && export_draw(&view, &context, BATCH_WIDTH, true, file->output, &canvas, err);
	view_free(&view);
	if (!good)
		return false;
	batch_cells(file, &canvas);
	canvas_free(&canvas);
	return true;
}

/* Views of one tensor's numbers print once for every selected tensor; the others once for every
 * selected row. */
static bool batch_is_tensor_view(const struct view_ops *ops)
{
	return ops == &weights_view || ops == &quant_view || ops == &values_view ||
	       ops == &channels_view || ops == &picture_view;
}

static bool batch_view_rows(struct batch_file *file, const struct view_ops *ops, struct error *err)
{
	const struct model *model = session_model(file->session, 0);
	const struct layers *layers = model_layers(model, err);
	const struct selection *selection = &file->selection;

	if (!layers)
		return false;
	/* The tree and the notices are those of the whole model. */
	if (file->batch->arguments->n_selects == 0 || ops == &tree_view || ops == &check_view ||
	    ops == &structure_view)
		return batch_view_row(file, ops, layers, 0, layer_tensor(model, layers, 0), err);
	if (batch_is_tensor_view(ops)) {
		for (size_t i = 0; i < selection->n_tensors && !output_failed(file->output); i++) {
			uint32_t tensor = selection->tensors[i], row = layers->row_of_tensor[tensor];
			if (!batch_view_row(file, ops, layers, row == NO_INDEX ? 0 : row, tensor,
					    err))
				return false;
		}
		return true;
	}
	for (size_t i = 0, end = 0; i < selection->n_rows && !output_failed(file->output); i++) {
		uint32_t row = selection->rows[i];

		/* What stands below a row is in its drawing. */
		if (ops == &graph_view && row < end)
			continue;
		end = layers->rows[row].end;
		if (!batch_view_row(file, ops, layers, row, layer_tensor(model, layers, row),
				    err))
			return false;
	}
	return true;
}

static bool batch_list(struct batch_file *file, struct error *err)
{
	struct export_subject subject = batch_subject(file);
	struct canvas canvas;

	if (!export_list(&subject, BATCH_WIDTH, file->batch->glyphs, &canvas, err))
		return false;
	batch_cells(file, &canvas);
	canvas_free(&canvas);
	return true;
}

static bool batch_view(struct batch_file *file, struct error *err)
{
	const char *name = file->batch->arguments->view;
	const struct view_ops *ops;

	if (!name && file->original)
		return batch_list(file, err);
	if (!name || strcmp(name, "model") == 0)
		return batch_view_rows(file, &overview_view, err);
	/* On the screen these are pages of another view. */
	ops = strcmp(name, "plan") == 0 || strcmp(name, "xray") == 0 ? NULL
	      : strcmp(name, "structure") == 0			   ? &structure_view
								   : view_named(text_from(name));
	return ops ? batch_view_rows(file, ops, err) : batch_list(file, err);
}

/* Between files: a comma in JSON, an empty line and a heading in text. */
static void batch_heading(struct batch_file *file, size_t printed)
{
	const struct batch *batch = file->batch;
	char shown[1024];

	if (batch->arguments->n_files < 2)
		return;
	if (batch->arguments->format == EXPORT_JSON) {
		output_string(file->output, printed ? ",\n" : "");
		return;
	}
	if (printed)
		output_string(file->output, "\n");
	if (batch->arguments->format == EXPORT_TEXT || batch->arguments->format == EXPORT_ANSI) {
		gate_text(batch->glyphs->gate, shown, sizeof shown, 80, text_from(file->path));
		output_format(file->output, "==> %s <==\n", shown);
	}
}

/* Runs without a model: the grid of all tags, or a chart of each selected one. */
static bool batch_curves(struct batch_file *file, struct error *err)
{
	const struct arguments *arguments = file->batch->arguments;
	struct view_context context = {
		.session = file->session,
		.runs = session_runs(file->session),
		.glyphs = file->batch->glyphs,
		.search = "",
	};
	const struct view_ops *ops = arguments_tab(arguments) ?
					     view_named(text_from(arguments->view)) : &curves_view;
	struct canvas canvas;
	struct view view;
	bool good = true;

	if (ops != &curves_view || (arguments->view && !arguments_tab(arguments)))
		return error_set(err, ERROR_USAGE, -1, "--view=%s needs a model", arguments->view);
	if (!view_init(&view, ops))
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	ops->update(&view, &context);
	for (size_t i = 0; good && i < arguments->n_selects + !arguments->n_selects; i++) {
		size_t from = 0;

		if (!arguments->n_selects) {
			good = export_draw(&view, &context, BATCH_WIDTH, true, file->output, &canvas, err);
			if (good) {
				batch_cells(file, &canvas);
				canvas_free(&canvas);
			}
			break;
		}
		while (good && curves_view_select(&view, text_from(arguments->selects[i]), &from)) {
			good = export_draw(&view, &context, BATCH_WIDTH, true, file->output, &canvas, err);
			if (!good)
				break;
			batch_cells(file, &canvas);
			canvas_free(&canvas);
		}
		if (good && from == 0)
			good = error_set(err, ERROR_USAGE, -1, "--select: no tag matches");
	}
	view_free(&view);
	return good;
}

/* It is an error when nothing is selected, before anything is printed. */
static bool batch_tags(const struct batch_file *file, struct error *err)
{
	const struct arguments *arguments = file->batch->arguments;
	const struct runs *runs = session_runs(file->session);

	for (size_t i = 0; i < arguments->n_selects; i++)
		for (size_t j = 0; j < runs->count; j++)
			for (size_t k = 0; k < runs->items[j]->series_count; k++)
				if (text_glob(text_from(arguments->selects[i]),
					      runs->items[j]->series[k]->tag))
					return true;
	return arguments->n_selects == 0 ||
	       error_set(err, ERROR_USAGE, -1, "--select: no tag matches");
}

static bool batch_document(struct batch_file *file, size_t printed, struct error *err)
{
	const struct arguments *arguments = file->batch->arguments;

	if (!session_model(file->session, 0)) {
		if (batch_is_report(file->batch) && arguments->view &&
		    strcmp(arguments->view, "curves") != 0)
			return error_set(err, ERROR_USAGE, -1, "--view=%s needs a model",
					 arguments->view);
		if (batch_is_report(file->batch))
			return batch_tags(file, err) && batch_report(file, err);
		return arguments->width || arguments->keys ? batch_screen(file, err)
							   : batch_curves(file, err);
	}

	if (!output_protect(file->output, session_model(file->session, 0), err) ||
	    !batch_select(file, err) || !batch_against(file, err))
		return false;
	batch_heading(file, printed);
	if (arguments->plan.tool) {
		struct export_subject subject = batch_subject(file);

		return export_plan_tool(file->output, &subject, err);
	}
	if (batch_is_report(file->batch))
		return batch_report(file, err);
	if (arguments->width || arguments->keys)
		return batch_screen(file, err);
	return batch_view(file, err);
}

/* To the end: nobody waits for more. What could not be read is said; the rest is printed. */
/* What went wrong is said once, not again for every model. */
static bool batch_open_runs(struct batch_file *file, bool quiet, int *status, struct error *err)
{
	const struct arguments *arguments = file->batch->arguments;
	const struct run_options options = {
		.settled = true, .no_checksum = arguments->no_checksum,
	};
	bool hold;

	if (!session_open_runs(file->session, arguments->runs, arguments->n_runs, &options, 0, err))
		return false;
	hold = session_runs_hold(file->session) || session_model(file->session, 0);
	for (size_t i = 0; i < arguments->n_runs && !quiet; i++) {
		int failed;

		if (!session_run_failure(file->session, i, err)) {
			if (hold)
				continue;
			error_set(err, ERROR_READ, -1, "it is a directory without training logs");
		}
		failed = message_error(file->batch->gate, arguments->runs[i], err);
		*status = *status ? *status : failed;
	}
	return hold;
}

/* One file with a session of its own, so that memory does not grow with the number of files. */
static bool batch_one(const struct batch *batch, struct model *original,
		      struct output *output, const char *path, size_t printed, int *status,
		      struct error *err)
{
	struct batch_file file = { .batch = batch, .output = output, .path = path,
				   .original = original };
	bool good;

	file.session = session_new(batch->arguments->threads, err);
	if (!file.session)
		return false;
	session_use_library(file.session, batch->arguments->libonnx);
	good = session_bind_dims(file.session, batch->arguments->dims, batch->arguments->n_dims,
				 err) &&
	       (!path || session_open(file.session, path, err)) &&
	       (!batch->arguments->n_runs || batch_open_runs(&file, printed > 0, status, err)) &&
	       batch_document(&file, printed, err);
	selection_free(&file.selection);
	session_free(file.session);
	return good;
}

int batch_run(const struct batch *batch)
{
	const struct arguments *arguments = batch->arguments;
	const char *target = arguments->output ? arguments->output : "-";
	bool array = arguments->format == EXPORT_JSON && arguments->n_files > 1;
	struct error err;
	struct model *original = NULL;
	struct output *output;
	size_t printed = 0;
	int status = 0;

	if (arguments_original(arguments) && !(original = model_open(arguments->against, &err)))
		return message_error(batch->gate, arguments->against, &err);
	output = output_open(target, arguments->force, &err);
	if (!output) {
		model_unref(original);
		return message_error(batch->gate, target, &err);
	}
	if (array)
		output_string(output, "[\n");
	for (size_t i = 0; i < arguments->n_files && !output_failed(output); i++) {
		if (batch_one(batch, original, output, arguments->files[i], printed, &status,
			      &err)) {
			printed++;
			continue;
		}
		int failed = message_error(batch->gate, arguments->files[i], &err);
		status = status ? status : failed;
	}
	/* Logs alone, or beside models none of which could be read. */
	if (arguments->n_runs > 0 && printed == 0 && !output_failed(output)) {
		if (batch_one(batch, original, output, NULL, 0, &status, &err))
			printed++;
		else if (status == 0)
			status = message_error(batch->gate, arguments->runs[0], &err);
	}
	model_unref(original);
	if (array)
		output_string(output, "]\n");
	if (printed == 0 && status && arguments->output) {
		output_discard(output);
		return status;
	}
	if (!output_commit(output, &err)) {
		int failed = message_error(batch->gate, strcmp(target, "-") ? target :
					   "standard output", &err);
		status = status ? status : failed;
	}
	return status;
}
