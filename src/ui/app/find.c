/* Search and filter while they are typed: the tree shows at once what a pattern would give. */
#include <stdio.h>
#include <string.h>

#include "ui/app/app_state.h"

/* Curves have tags of their own: with the focus there, those are searched and filtered. */
static struct view *target(struct app *app)
{
	return app->detail_focus && app_detail(app)->ops == &curves_view ? app_detail(app)
									 : &app->tree;
}

static char *pattern_of(struct app *app, enum command command)
{
	if (command == COMMAND_FILTER && target(app)->ops == &curves_view)
		return app->tag_filter;
	return command == COMMAND_SEARCH ? app->search : app_filter(app);
}

void find_begin(struct app *app, enum command command)
{
	app->origin.focus = app->focus;
	strcpy(app->origin.pattern, pattern_of(app, command));
}

static void try_pattern(struct app *app, enum command command, struct text pattern)
{
	char *kept = pattern_of(app, command);

	app->message[0] = '\0';
	if (pattern.len > PATTERN_MAX) {
		app_message(app, "pattern: longer than %d bytes", PATTERN_MAX);
		app->message_bad = true;
		return;
	}
	memcpy(kept, pattern.data, pattern.len);
	kept[pattern.len] = '\0';
	if (pattern.len || command == COMMAND_FILTER)
		app_offer(app, target(app), command, pattern, MOVE_PREVIEW);
}

void find_edit(struct app *app, enum command command, struct text pattern)
{
	app_focus(app, app->origin.focus, MOVE_PREVIEW);
	try_pattern(app, command, pattern);
}

void find_accept(struct app *app, enum command command, struct text pattern)
{
	if (command == COMMAND_SEARCH && !pattern.len) {
		find_cancel(app, command);
		return;
	}
	if (command == COMMAND_SEARCH)
		app_focus(app, app->origin.focus, MOVE_PREVIEW);
	try_pattern(app, command, pattern);
	app_focus(app, app->focus, MOVE_JUMP);
}

void find_cancel(struct app *app, enum command command)
{
	try_pattern(app, command, TEXT(""));
	strcpy(pattern_of(app, command), app->origin.pattern);
	if (command == COMMAND_FILTER && app->origin.pattern[0])
		try_pattern(app, command, text_from(app->origin.pattern));
	app_focus(app, app->origin.focus, MOVE_PREVIEW);
}
