/* Clicks and wheel: always a shorter way to what keys do. */
#include "ui/app/app_state.h"

#define WHEEL_ROWS 3

static bool inside(struct rect rect, int x, int y)
{
	return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

static void click_tab(struct app *app, int x, int width)
{
	struct tab_place places[APP_MAX_TABS];

	bars_tabs(app, width, places);
	for (unsigned i = 0; i < app->n_tabs; i++)
		if (x >= places[i].x && x < places[i].x + places[i].width)
			app_show_tab(app, app->tabs[i].ops);
}

static void click_view(struct app *app, struct view *view, struct rect area, const struct key *key)
{
	if (view != &app->tree)
		app_follow(app);
	struct view_answer answer = { .focus = app->focus, .dial = app->dial };
	struct view_context context = app_view_context(app, view);
	int clicks = key->action == MOUSE_DOUBLE ? 2 : 1;

	if (!view->ops->click || !inside(area, key->x, key->y))
		return;
	app_take(
		app,
		view->ops->click(view, &context, key->x - area.x, key->y - area.y, clicks, &answer),
		&answer, MOVE_STEP);
}

static void click(struct app *app, const struct layout *layout, const struct key *key)
{
	if (inside(layout->tree_frame, key->x, key->y)) {
		app->detail_focus = false;
		click_view(app, &app->tree, layout->tree, key);
	} else if (inside(layout->detail_frame, key->x, key->y)) {
		app->detail_focus = true;
		if (key->y == layout->detail_frame.y)
			click_tab(app, key->x - layout->detail_frame.x, layout->detail_frame.width);
		else
			click_view(app, app_detail(app), layout->detail, key);
	}
}

static void wheel(struct app *app, struct view *view, const struct key *key)
{
	enum command command = key->action == MOUSE_WHEEL_UP ? COMMAND_UP : COMMAND_DOWN;

	for (int i = 0; i < WHEEL_ROWS; i++)
		app_offer(app, view, command, TEXT(""), MOVE_STEP);
}

unsigned mouse_key(struct app *app, const struct key *key)
{
	struct layout layout = app_layout(app);
	bool turned = key->action == MOUSE_WHEEL_UP || key->action == MOUSE_WHEEL_DOWN;

	if (app->help_open) {
		if (turned)
			wheel(app, &app->help, key);
		else if (!inside(bars_help(app), key->x, key->y))
			app->help_open = false;
	} else if (!turned) {
		click(app, &layout, key);
	} else if (inside(layout.tree_frame, key->x, key->y)) {
		wheel(app, &app->tree, key);
	} else if (inside(layout.detail_frame, key->x, key->y)) {
		wheel(app, app_detail(app), key);
	} else {
		return APP_NOTHING;
	}
	return APP_DRAW;
}
