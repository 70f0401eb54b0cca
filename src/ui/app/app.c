#include "ui/app/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/arena.h>

#include "ui/app/app_state.h"

#define SETTLE_ROUNDS 100000 /* a view that always wants more must not hang a script */

static bool init_views(struct app *app, struct error *err)
{
	bool models = session_documents(app->session) > 0, ok = view_init(&app->help, &help_view);

	/* Without a model only runs are there to be seen; without runs nothing of them is. */
	for (const struct view_ops *const *tab = view_tabs; ok && *tab; tab++) {
		if (*tab == &curves_view ? !session_runs(app->session) : !models)
			continue;
		if (app->n_tabs == APP_MAX_TABS)
			break;
		ok = view_init(&app->tabs[app->n_tabs], *tab);
		app->n_tabs += ok;
	}
	if (ok && models)
		ok = view_init(&app->tree, &tree_view);
	else if (ok && app->n_tabs)
		view_share(&app->tree, &runs_tree_view, &app->tabs[0]);
	return ok || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

/* A tensor's name may say more than its row's path does: "block1.conv.weight". */
static bool select_tensor(struct app *app, struct text pattern)
{
	const struct model *model = session_model(app->session, app->focus.document);
	const struct layers *layers = session_layers(app->session, app->focus.document);
	char label[64];

	for (uint32_t i = 0; i < model->n_tensors; i++) {
		if (layers->row_of_tensor[i] == NO_INDEX ||
		    !text_glob(pattern, model_tensor_label(model, i, label)))
			continue;
		app_focus_row(app, layers->row_of_tensor[i], MOVE_STEP);
		return true;
	}
	return false;
}

static bool select_first(struct app *app, const char *select)
{
	const struct layers *layers = session_layers(app->session, app->focus.document);
	struct text pattern = text_from(select);
	struct arena arena;
	bool found = false;

	arena_init(&arena, 0);
	for (uint32_t row = 1; row < layers->n_rows && !found; row++) {
		found = text_glob(pattern, layers->rows[row].label) ||
			text_glob(pattern, layer_path(layers, row, &arena));
		if (found)
			app_focus_row(app, row, MOVE_STEP);
		if (arena.used > 1 << 20) {
			arena_free(&arena);
			arena_init(&arena, 0);
		}
	}
	arena_free(&arena);
	return found || select_tensor(app, pattern);
}

/* Of runs alone: the first tag. */
static bool select_tag(struct app *app, const char *select, struct error *err)
{
	size_t from = 0;

	if (!select)
		return true;
	app->detail_focus = true;
	app_update(app);
	if (!curves_view_select(&app->tabs[0], text_from(select), &from))
		return error_set(err, ERROR_USAGE, -1, "no tag matches the selection");
	return true;
}

static bool init_selection(struct app *app, const struct app_options *options, struct error *err)
{
	const struct view_ops *ops = NULL;

	app->n_documents = session_documents(app->session);
	if (!app->n_tabs)
		return error_set(err, ERROR_USAGE, -1, "no document is open");
	/* Without a model the filter, at least, has a place. */
	app->documents = calloc(app->n_documents + !app->n_documents, sizeof *app->documents);
	if (!app->documents || (app->n_documents && !session_layers(app->session, 0)))
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (options->view)
		ops = view_named(text_from(options->view));
	if (options->view && !ops)
		return error_set(err, ERROR_USAGE, -1, "no view has that name");
	if (app->n_documents)
		app_focus_row(app, 0, MOVE_STEP);
	if (ops) {
		app_show_tab(app, ops);
		app_show_kind(app, text_from(options->view));
	}
	if (!app->n_documents)
		return select_tag(app, options->select, err);
	if (options->select && !select_first(app, options->select))
		return error_set(err, ERROR_USAGE, -1, "no layer matches the selection");
	return true;
}

struct app *app_new(const struct app_options *options, struct error *err)
{
	struct app *app = calloc(1, sizeof *app);

	if (!app) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	app->session = options->session;
	app->exporter = options->exporter;
	app->theme = *options->theme;
	app->glyphs = options->glyphs;
	app->keymap = options->config->keymap;
	app->dial = options->dial ? *options->dial : QUANT_DIAL_DEFAULT;
	app->ladder = options->ladder;
	app->budget = options->budget;
	app->dial_home = app->dial_away = app->dial;
	app->width = 80;
	app->height = 24;
	if (!init_views(app, err) || !init_selection(app, options, err)) {
		app_free(app);
		return NULL;
	}
	app_follow(app);
	return app;
}

void app_free(struct app *app)
{
	if (!app)
		return;
	view_free(&app->tree);
	view_free(&app->help);
	for (unsigned i = 0; i < app->n_tabs; i++)
		view_free(&app->tabs[i]);
	prompt_free(&app->prompt);
	free(app->documents);
	free(app);
}

void app_resize(struct app *app, int width, int height)
{
	app->width = width;
	app->height = height;
}

struct layout app_layout(const struct app *app)
{
	return layout_compute(app->width, app->height, app->detail_focus);
}

static char *keys_of(const void *keymap, enum command command, char *buffer, unsigned size)
{
	return keymap_keys(keymap, command, buffer, size);
}

struct view_context app_view_context(struct app *app, const struct view *view)
{
	struct layout layout = app_layout(app);
	struct rect area = view == &app->tree ? layout.tree : layout.detail;

	if (view == &app->help)
		area = bars_help(app);
	struct view_context context = {
		.session = app->session,
		.model = session_model(app->session, app->focus.document),
		.layers = session_layers(app->session, app->focus.document),
		.runs = session_runs(app->session),
		.focus = view == &app->tree ? app->focus : app->shown,
		.dial = app->dial,
		.ladder = app->ladder,
		.budget = app->budget,
		.home = app->dial_home,
		.away = app->dial_away,
		.glyphs = app->glyphs,
		.search = app->search,
		.focused = view == &app->help || (view != &app->tree) == app->detail_focus,
		.width = view == &app->help ? area.width - 2 : area.width,
		.height = view == &app->help ? area.height - 2 : area.height,
		.about = app->detail_focus ? app->tabs[app->active].ops : app->tree.ops,
		.keys = keys_of,
		.keymap = &app->keymap,
	};	if (view == &app->tree && app->tabs[app->active].ops == &quant_view)
		context.planned = quant_view_planned(&app->tabs[app->active], &context);
	return context;
}

bool app_lags(const struct app *app)
{
	return app->shown.document != app->focus.document || app->shown.row != app->focus.row ||
	       app->shown.tensor != app->focus.tensor;
}

void app_follow(struct app *app)
{
	app->shown = app->focus;
}

struct view_context app_context(struct app *app)
{
	app_follow(app);
	return app_view_context(app, app_detail(app));
}

struct view *app_detail(struct app *app)
{
	return &app->tabs[app->active];
}

const struct theme *app_theme(const struct app *app)
{
	return &app->theme;
}

const struct glyphs *app_glyphs(const struct app *app)
{
	return app->glyphs;
}

void app_focus(struct app *app, struct focus focus, enum move move)
{
	const struct layers *layers = session_layers(app->session, focus.document);
	const struct model *model = session_model(app->session, focus.document);
	bool moved = focus.document != app->focus.document || focus.row != app->focus.row;
	struct place place = { focus.document, focus.row };

	if (!layers || focus.row >= layers->n_rows)
		return;
	if (moved || focus.tensor >= model->n_tensors)
		focus.tensor = layer_tensor(model, layers, focus.row);
	if (moved)
		session_resume(app->session);
	if (focus.document != app->focus.document)
		app->shown = focus;
	app->focus = focus;
	app->documents[focus.document].row = focus.row;
	if (move == MOVE_JUMP)
		history_jump(&app->history, place);
	else if (move == MOVE_STEP)
		history_step(&app->history, place);
}

void app_focus_row(struct app *app, uint32_t row, enum move move)
{
	const struct model *model = session_model(app->session, app->focus.document);
	const struct layers *layers = session_layers(app->session, app->focus.document);
	struct focus focus = app->focus;

	focus.row = row;
	if (layers && row < layers->n_rows)
		focus.tensor = layer_tensor(model, layers, row);
	app_focus(app, focus, move);
}

void app_show_document(struct app *app, uint32_t document)
{
	if (!session_layers(app->session, document))
		app_message(app, "out of memory");
	app_focus(app, (struct focus){ document, app->documents[document].row, NO_INDEX },
		  MOVE_JUMP);
}

void app_update(struct app *app)
{
	struct layout layout = app_layout(app);
	struct view *shown[] = {
		layout.detail.width > 0 ? app_detail(app) : NULL,
		layout.tree.width > 0 ? &app->tree : NULL,
		app->help_open ? &app->help : NULL,
	};

	if (!layout.both)
		app_follow(app);
	session_update_begin(app->session);
	for (unsigned i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		if (!shown[i] || !shown[i]->ops->update)
			continue;
		struct view_context context = app_view_context(app, shown[i]);

		shown[i]->ops->update(shown[i], &context);
	}
	session_update_end(app->session);
	snprintf(app->file_state, sizeof app->file_state, "%s",
		 session_file_state(app->session, app->focus.document));
}

void app_renew_views(struct app *app)
{
	struct view *views[APP_MAX_TABS + 1] = { &app->tree };

	for (unsigned i = 0; i < app->n_tabs; i++)
		views[i + 1] = &app->tabs[i];
	session_update_begin(app->session);
	for (unsigned i = 0; i <= app->n_tabs; i++) {
		struct view_context context = app_view_context(app, views[i]);

		if (views[i]->ops->update)
			views[i]->ops->update(views[i], &context);
	}
	session_update_end(app->session);
}

void app_settle(struct app *app)
{
	app_follow(app);
	for (unsigned round = 0; round < SETTLE_ROUNDS; round++) {
		app_update(app);
		if (!session_progress(app->session).tasks)
			return;
		session_finish(app->session);
	}
}

bool app_is_busy(const struct app *app)
{
	return session_progress(app->session).tasks > 0;
}

bool app_script(struct app *app, const char *script, unsigned *wishes, struct error *err)
{
	struct key key;

	*wishes = APP_NOTHING;
	app_settle(app);
	while (!(*wishes & APP_QUIT)) {
		if (!key_parse(&script, &key, err))
			return false;
		if (key.code == KEY_CODE_NONE)
			break;
		*wishes |= app_key(app, &key);
		app_settle(app);
	}
	return true;
}

void app_message(struct app *app, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(app->message, sizeof app->message, format, arguments);
	va_end(arguments);
	app->message_bad = false;
}

void app_set_look(struct app *app, app_look *look, void *context)
{
	app->look = look;
	app->look_context = context;
}

bool app_blocked(struct app *app, uint64_t done, uint64_t total)
{
	if (!app->look)
		return false;
	app_message(app, "writing %3u %%, Esc stops",
		    total ? (unsigned)((double)done / (double)total * 100) : 0u);
	return app->look(app->look_context);
}

void app_complain(struct app *app, const struct error *err)
{
	app_message(app, "%s", err->message);
	app->message_bad = true;
}
