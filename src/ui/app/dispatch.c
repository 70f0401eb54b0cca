/*
 * The way of a key: prompt, if one is open -> keymap -> focused view -> the other view, for its own
 * commands -> the app. What views answer is acted on in one place, app_take.
 */
#include <stdio.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/app/app_state.h"

static struct view *focused_view(struct app *app)
{
	return app->detail_focus ? app_detail(app) : &app->tree;
}

static struct view *other_view(struct app *app)
{
	return app->detail_focus ? &app->tree : app_detail(app);
}

bool app_take(struct app *app, unsigned effects, const struct view_answer *answer, enum move move)
{
	if (effects & EFFECT_PASS)
		return false;
	if (effects & EFFECT_MESSAGE)
		app_message(app, "%s", answer->message);
	if (effects & EFFECT_DIAL) {
		app->dial_away = app->dial;
		app->dial = answer->dial;
		session_resume(app->session);
	}
	if (effects & EFFECT_FOCUS)
		app_focus(app, answer->focus, move);
	return true;
}

bool app_offer(struct app *app, struct view *view, enum command command, struct text argument,
	       enum move move)
{
	if (view != &app->tree)
		app_follow(app);
	struct view_answer answer = { .focus = app->focus, .dial = app->dial };
	struct view_context context = app_view_context(app, view);
	unsigned effects = EFFECT_PASS;

	if (view->ops->command)
		effects = view->ops->command(view, &context, command, argument, &answer);
	return app_take(app, effects, &answer, move);
}

bool app_show_tab(struct app *app, const struct view_ops *ops)
{
	if (ops == app->tree.ops || ops == &tree_view) {
		app->detail_focus = false;
		return true;
	}
	for (unsigned i = 0; i < app->n_tabs; i++) {
		if (app->tabs[i].ops != ops)
			continue;
		app->active = i;
		session_resume(app->session);
		/* Where only one pane is shown, the view asked for is the one. */
		if (!app_layout(app).both)
			app->detail_focus = true;
		return true;
	}
	return false;
}

void app_show_kind(struct app *app, struct text name)
{
	struct view *view = app_detail(app);
	struct view_context context = app_view_context(app, view);
	struct view_answer answer;

	if (quant_page_named(name))
		view->ops->command(view, &context, COMMAND_QUANT_PAGE, name, &answer);
	if (picture_kind_named(name))
		view->ops->command(view, &context, COMMAND_PICTURE, name, &answer);
}

static bool is_step(enum command command)
{
	switch (command) {
	case COMMAND_UP:
	case COMMAND_DOWN:
	case COMMAND_LEFT:
	case COMMAND_RIGHT:
	case COMMAND_PAGE_UP:
	case COMMAND_PAGE_DOWN:
	case COMMAND_FOLD:
	case COMMAND_FOLD_ALL:
	case COMMAND_UNFOLD_ALL:
	case COMMAND_SORT:
	case COMMAND_SORT_REVERSE:
		return true;
	default:
		return false;
	}
}

/* General commands that are the tree's, wherever the focus is. */
static bool is_of_tree(enum command command)
{
	return command == COMMAND_SEARCH_NEXT || command == COMMAND_SEARCH_PREVIOUS ||
	       command == COMMAND_SORT || command == COMMAND_SORT_REVERSE ||
	       command == COMMAND_GOTO;
}

static unsigned help_command(struct app *app, enum command command, struct text argument)
{
	switch (command) {
	case COMMAND_BACK:
	case COMMAND_HELP:
	case COMMAND_QUIT:
	case COMMAND_ENTER:
		app->help_open = false;
		return APP_DRAW;
	case COMMAND_REDRAW:
	case COMMAND_SUSPEND:
	case COMMAND_THEME:
	case COMMAND_GLYPHS:
		return app_action(app, command, argument);
	case COMMAND_FOLD: /* Space, as pagers have it */
		command = COMMAND_PAGE_DOWN;
		/* fall through */
	default:
		app_offer(app, &app->help, command, argument, MOVE_PREVIEW);
		return APP_DRAW;
	}
}

static bool stop_work(struct app *app)
{
	if (!session_progress(app->session).tasks)
		return false;
	session_stop(app->session);
	app_message(app, "stopped; goes on when you move");
	return true;
}

static bool offer_to_views(struct app *app, enum command command, struct text argument)
{
	enum move move = is_step(command) ? MOVE_STEP : MOVE_JUMP;
	enum command_scope scope = commands[command].scope;
	struct view *other = other_view(app);
	bool others = scope != SCOPE_GENERAL && scope == other->ops->scope;

	if (app_offer(app, focused_view(app), command, argument, move))
		return true;
	if (!others && !(is_of_tree(command) && other == &app->tree))
		return false;
	return app_offer(app, other, command, argument, move);
}

unsigned app_command(struct app *app, enum command command, struct text argument)
{
	if (command <= COMMAND_NONE || command >= COMMAND_COUNT)
		return APP_NOTHING;
	app->message[0] = '\0';
	if (app->help_open)
		return help_command(app, command, argument);
	if (!argument.len && ask_wants(command)) {
		ask_open(app, command);
		return APP_DRAW;
	}
	if (command == COMMAND_BACK && stop_work(app))
		return APP_DRAW;
	if (command == COMMAND_SEARCH || command == COMMAND_FILTER) {
		find_begin(app, command);
		find_accept(app, command, argument);
		return APP_DRAW;
	}
	if (offer_to_views(app, command, argument))
		return APP_DRAW;
	return app_action(app, command, argument);
}

/* A command's name, or the beginning of only one. COMMAND_COUNT: of several. */
static enum command command_begun(struct text name)
{
	enum command found = command_named(name);

	if (found)
		return found;
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++) {
		if (strncmp(commands[command].name, name.data, name.len) != 0)
			continue;
		if (found)
			return COMMAND_COUNT;
		found = command;
	}
	return found;
}

static struct text trim(struct text text)
{
	while (text.len && text.data[0] == ' ') {
		text.data++;
		text.len--;
	}
	while (text.len && text.data[text.len - 1] == ' ')
		text.len--;
	return text;
}

unsigned app_command_line(struct app *app, struct text line)
{
	struct text name = trim(line), argument = TEXT("");
	const char *blank = name.len ? memchr(name.data, ' ', name.len) : NULL;
	enum command command;
	char shown[64];

	if (!name.len)
		return APP_DRAW;
	if (blank) {
		argument.data = blank;
		argument.len = (size_t)(name.data + name.len - blank);
		argument = trim(argument);
		name.len = (size_t)(blank - name.data);
	}
	command = command_begun(name);
	gate_text(app->glyphs->gate, shown, sizeof shown, 40, name);
	if (command == COMMAND_NONE)
		app_message(app, "unknown command: %s", shown);
	else if (command == COMMAND_COUNT)
		app_message(app, "more than one command begins with %s; Tab shows them", shown);
	else if (argument.len && !commands[command].argument[0])
		app_message(app, "%s takes no argument", commands[command].name);
	else
		return app_command(app, command, argument);
	app->message_bad = true;
	return APP_DRAW;
}

static enum command find_command(struct app *app, uint32_t code)
{
	enum command_scope scope = focused_view(app)->ops->scope;
	enum command command = keymap_find(&app->keymap, scope, code);
	struct layout layout = app_layout(app);

	if (command)
		return command;
	/* The tree's own keys only where one sees what they do. */
	if (other_view(app) == &app->tree && !layout.both)
		return COMMAND_NONE;
	return keymap_find(&app->keymap, other_view(app)->ops->scope, code);
}

unsigned app_key(struct app *app, const struct key *key)
{
	enum command command;
	char name[16];

	if (key->code == KEY_CODE_NONE)
		return APP_NOTHING;
	if (key->code == KEY_CODE_RESIZE)
		return APP_DRAW | APP_REPAINT;
	if (app->export_path[0]) {
		app_answer_overwrite(app, key);
		return APP_DRAW;
	}
	if (app->prompt.command)
		return ask_key(app, key);
	if (key->code == KEY_CODE_MOUSE)
		return mouse_key(app, key);
	app->message[0] = '\0';
	command = find_command(app, key->code);
	if (command)
		return app_command(app, command, TEXT(""));
	if (key->code != KEY_CODE_PASTE && key_name(key->code, name)[0])
		app_message(app, "%s does nothing here; ? shows the keys", name);
	return APP_DRAW;
}
