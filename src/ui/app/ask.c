/* Prompts: what is typed, and what becomes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/app/app_state.h"

bool ask_wants(enum command command)
{
	switch (command) {
	case COMMAND_COMMAND:
	case COMMAND_SEARCH:
	case COMMAND_FILTER:
	case COMMAND_DIM:
	case COMMAND_GOTO:
	case COMMAND_INDEX:
	case COMMAND_VIEW:
	case COMMAND_EXPORT:
		return true;
	default:
		return false;
	}
}

/* "model-weights.txt" in the current directory. */
static void export_name(struct app *app, char *name, size_t size)
{
	const char *path = app->n_documents ? session_path(app->session, app->focus.document)
					    : "runs";
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	int len = (int)(dot && dot > base ? (size_t)(dot - base) : strnlen(base, 200));

	if (len > 200)
		len = 200;
	if (!len || strcmp(path, "-") == 0)
		snprintf(name, size, "model-%s.txt", app_detail(app)->ops->name);
	else
		snprintf(name, size, "%.*s-%s.txt", len, base, app_detail(app)->ops->name);
}

void ask_open(struct app *app, enum command command)
{
	char text[300] = "";

	if (command == COMMAND_EXPORT)
		export_name(app, text, sizeof text);
	if (command == COMMAND_FILTER)
		strcpy(text, app_filter(app));
	if (command == COMMAND_SEARCH || command == COMMAND_FILTER)
		find_begin(app, command);
	app->completion.active = false;
	prompt_open(&app->prompt, command, text, command == COMMAND_EXPORT);
}

static bool is_live(enum command command)
{
	return command == COMMAND_SEARCH || command == COMMAND_FILTER;
}

static void edited(struct app *app)
{
	if (is_live(app->prompt.command))
		find_edit(app, app->prompt.command, prompt_text(&app->prompt));
}

static void complete(struct app *app, bool forward)
{
	struct completion *completion = &app->completion;
	struct view_context context = app_view_context(app, &app->tree);
	const struct complete_words words = { &context, app->tree.ops, app_detail(app)->ops };
	char line[COMPLETE_MAX];

	if (!completion->active) {
		if (app->prompt.len >= sizeof completion->stem)
			return;
		strcpy(completion->stem, app->prompt.text);
		completion->index = forward ? -1 : 0;
	}
	completion->index += forward ? 1 : -1;
	completion->active = complete_line(&words, app->prompt.command, text_from(completion->stem),
					   completion->index, line, sizeof line);
	if (!completion->active)
		return;
	prompt_set(&app->prompt, text_from(line));
	edited(app);
}

static unsigned accept(struct app *app)
{
	enum command command = app->prompt.command;
	char *line = strdup(app->prompt.text);
	unsigned wishes = APP_DRAW;

	prompt_close(&app->prompt, true);
	if (!line) {
		app_message(app, "out of memory");
		return wishes;
	}
	if (command == COMMAND_COMMAND)
		wishes = app_command_line(app, text_from(line));
	else if (is_live(command))
		find_accept(app, command, text_from(line));
	else if (line[0])
		wishes = app_command(app, command, text_from(line));
	free(line);
	return wishes;
}

static void cancel(struct app *app)
{
	enum command command = app->prompt.command;

	prompt_close(&app->prompt, false);
	if (is_live(command))
		find_cancel(app, command);
}

unsigned ask_key(struct app *app, const struct key *key)
{
	enum prompt_result result;

	if (key->code == KEY_CODE_MOUSE)
		return APP_NOTHING;
	result = prompt_key(&app->prompt, key);
	if (result != PROMPT_NOTHING && result != PROMPT_MOVED)
		app->message[0] = '\0';
	if (result != PROMPT_NEXT && result != PROMPT_PREVIOUS)
		app->completion.active = false;
	switch (result) {
	case PROMPT_EDITED:
		edited(app);
		break;
	case PROMPT_NEXT:
	case PROMPT_PREVIOUS:
		complete(app, result == PROMPT_NEXT);
		break;
	case PROMPT_ACCEPTED:
		return accept(app);
	case PROMPT_CANCELLED:
		cancel(app);
		break;
	case PROMPT_NOTHING:
	case PROMPT_MOVED:
		break;
	}
	return APP_DRAW;
}
