/* The commands that no view takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <mtui/gate.h>

#include "ui/app/app_state.h"

static void go_back(struct app *app)
{
	if (app->detail_focus)
		app->detail_focus = false;
	else if (app->search[0])
		app->search[0] = '\0';
	else if (app_filter(app)[0])
		find_accept(app, COMMAND_FILTER, TEXT(""));
}

static void show_tab(struct app *app, const struct view_ops *ops)
{
	if (app_show_tab(app, ops))
		return;
	app_message(app, "%s", ops == &curves_view ? "no training run is open; see --run"
						   : "no model is open");
	app->message_bad = true;
}

static void show_neighbour_tab(struct app *app, unsigned step)
{
	app_show_tab(app, app->tabs[(app->active + step) % app->n_tabs].ops);
}

static void show_named(struct app *app, struct text name)
{
	const struct view_ops *ops = view_named(name);
	char shown[64];

	if (ops) {
		show_tab(app, ops);
		app_show_kind(app, name);
		return;
	}
	gate_text(app->glyphs->gate, shown, sizeof shown, 40, name);
	app_message(app, "no view is called %s", shown);
	app->message_bad = true;
}

static void go_history(struct app *app, const struct place *place)
{
	struct focus focus;

	if (!place) {
		app_message(app, "nothing further in the history");
		return;
	}
	focus = (struct focus){ place->document, place->row, NO_INDEX };
	app_focus(app, focus, MOVE_PREVIEW);
}

static void next_document(struct app *app, uint32_t step)
{
	if (app->n_documents < 2)
		app_message(app, "only one file is open");
	else
		app_show_document(app, (app->focus.document + step) % app->n_documents);
}

static unsigned load_theme(struct app *app, const char *name)
{
	struct theme theme;
	struct error err;

	if (!theme_load(&theme, name, &err)) {
		app_complain(app, &err);
		return APP_DRAW;
	}
	app->theme = theme;
	app_message(app, "theme %s", theme.name);
	return APP_DRAW | APP_THEME;
}

static unsigned next_theme(struct app *app)
{
	char **names = theme_names();
	unsigned count = 0, next = 0, wishes = APP_DRAW;

	while (names && names[count]) {
		if (strcmp(names[count], app->theme.name) == 0)
			next = count + 1;
		count++;
	}
	if (count)
		wishes = load_theme(app, names[next % count]);
	else
		app_message(app, "no themes were found");
	theme_names_free(names);
	return wishes;
}

static unsigned set_theme(struct app *app, struct text name)
{
	char copy[4096];

	if (!name.len)
		return next_theme(app);
	snprintf(copy, sizeof copy, "%.*s", (int)(name.len < 4095 ? name.len : 4095), name.data);
	return load_theme(app, copy);
}

static unsigned set_glyphs(struct app *app, struct text name)
{
	const struct glyphs *glyphs = glyphs_get((app->glyphs->level + 1) % GLYPHS_COUNT);
	char copy[16];

	if (name.len) {
		snprintf(copy, sizeof copy, "%.*s", (int)(name.len < 15 ? name.len : 15),
			 name.data);
		glyphs = glyphs_named(copy);
	}
	if (!glyphs) {
		app_message(app, "glyphs are ascii, blocks or braille");
		app->message_bad = true;
		return APP_DRAW;
	}
	app->glyphs = glyphs;
	app_message(app, "glyphs %s", glyphs->name);
	return APP_DRAW | APP_THEME;
}

static void write_export(struct app *app, const char *path, bool force)
{
	struct error err = { .offset = -1 };
	char shown[200];

	gate_text(app->glyphs->gate, shown, sizeof shown, 64, text_from(path));
	if (!app->exporter)
		app_message(app, "export is not available here");
	else if (!app->exporter(app, path, force, &err))
		app_message(app, "%s: %s", shown, err.message);
	else
		app_message(app, "written: %s", shown);
	app->message_bad = !app->exporter || err.code != ERROR_NONE;
}

void app_export(struct app *app, struct text path)
{
	char copy[LIMIT_PASTE + 1], shown[200];
	const char *home = getenv("HOME");
	bool at_home = path.len > 1 && memcmp(path.data, "~/", 2) == 0 && home && home[0];
	int len = at_home ? snprintf(copy, sizeof copy, "%s%.*s", home, (int)path.len - 1,
				     path.data + 1)
			  : snprintf(copy, sizeof copy, "%.*s", (int)path.len, path.data);
	struct stat status;

	if (len < 0 || (size_t)len >= sizeof copy || memchr(path.data, '\0', path.len)) {
		app_message(app, "that is no name for a file");
		app->message_bad = true;
		return;
	}
	if (app->exporter && lstat(copy, &status) == 0 && S_ISREG(status.st_mode)) {
		gate_text(app->glyphs->gate, shown, sizeof shown, 64, path);
		app_message(app, "%s exists, overwrite? y/n", shown);
		strcpy(app->export_path, copy);
		return;
	}
	write_export(app, copy, false);
}

void app_answer_overwrite(struct app *app, const struct key *key)
{
	char path[sizeof app->export_path];

	if (key->code == KEY_CODE_MOUSE || key->code == KEY_CODE_PASTE)
		return;
	strcpy(path, app->export_path);
	app->export_path[0] = '\0';
	if (key->code == 'y' || key->code == 'Y')
		write_export(app, path, true);
	else
		app_message(app, "not written");
}

unsigned app_action(struct app *app, enum command command, struct text argument)
{
	switch (command) {
	case COMMAND_PANE:
		app->detail_focus = !app->detail_focus;
		break;
	case COMMAND_ENTER:
		app->detail_focus = true;
		break;
	case COMMAND_BACK:
		go_back(app);
		break;
	case COMMAND_VIEW_NEXT:
		show_neighbour_tab(app, 1);
		break;
	case COMMAND_VIEW_PREVIOUS:
		show_neighbour_tab(app, app->n_tabs - 1);
		break;
	case COMMAND_VIEW:
		show_named(app, argument);
		break;
	case COMMAND_VIEW_1:
	case COMMAND_VIEW_2:
	case COMMAND_VIEW_3:
	case COMMAND_VIEW_4:
	case COMMAND_VIEW_5:
	case COMMAND_VIEW_6:
	case COMMAND_VIEW_7:
	case COMMAND_VIEW_8:
	case COMMAND_VIEW_9:
	case COMMAND_VIEW_10:
		show_tab(app, view_tabs[command - COMMAND_VIEW_1]);
		break;
	case COMMAND_DIM:
		bind_dim(app, argument);
		break;
	case COMMAND_PRODUCER:
	case COMMAND_CONSUMER:
		neighbour_go(app, command);
		break;
	case COMMAND_HISTORY_BACK:
		go_history(app, history_back(&app->history));
		break;
	case COMMAND_HISTORY_FORWARD:
		go_history(app, history_forward(&app->history));
		break;
	case COMMAND_DOCUMENT_NEXT:
		next_document(app, 1);
		break;
	case COMMAND_DOCUMENT_PREVIOUS:
		next_document(app, app->n_documents - 1);
		break;
	case COMMAND_EXPORT:
		app_export(app, argument);
		break;
	case COMMAND_THEME:
		return set_theme(app, argument);
	case COMMAND_GLYPHS:
		return set_glyphs(app, argument);
	case COMMAND_RELOAD:
		reload_document(app);
		break;
	case COMMAND_REDRAW:
		return APP_DRAW | APP_REPAINT;
	case COMMAND_HELP:
		app->help_open = true;
		break;
	case COMMAND_SUSPEND:
		return APP_SUSPEND;
	case COMMAND_QUIT:
		return APP_QUIT;
	default:
		break;
	}
	return APP_DRAW;
}
