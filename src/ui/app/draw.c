/* The whole screen: frames and bars around the views. Pure. */
#include <stdio.h>

#include "ui/app/app_state.h"

#define HELP_WIDTH 84

struct rect bars_help(const struct app *app)
{
	struct rect frame = { 0, 1, app->width, app->height - 2 };

	if (app->width >= HELP_WIDTH + 4) {
		frame.x = (app->width - HELP_WIDTH) / 2;
		frame.width = HELP_WIDTH;
	}
	if (app->height >= 30) {
		frame.y = 3;
		frame.height = app->height - 6;
	}
	return frame;
}

static void draw_frame(const struct app *app, struct canvas *canvas, struct rect frame,
		       bool focused)
{
	canvas_box(canvas, frame.x, frame.y, frame.width, frame.height, ROLE_BORDER);
	/* The mark and the title tell where the focus is: recolouring a whole frame at every change
	 * of panes would be a lot on a slow link. */
	canvas_put(canvas, frame.x + 1, frame.y, ROLE_ACCENT, focused ? app->glyphs->cursor : ' ');
}

static void draw_view(struct app *app, struct canvas *canvas, struct view *view, struct rect area)
{
	struct view_context context = app_view_context(app, view);
	struct canvas window = canvas_window(canvas, area.x, area.y, area.width, area.height);

	if (window.width > 0 && view->ops->draw)
		view->ops->draw(view, &context, &window);
}

/* "/conv" and the filter, at the right end of the tree's frame. */
static void draw_patterns(const struct app *app, struct canvas *canvas, struct rect frame,
			  int after)
{
	char line[2 * PATTERN_MAX + 16];
	const char *filter = app_filter(app);
	int room = frame.width - (after - frame.x) - 2, width;

	snprintf(line, sizeof line, "%s%s%s%s%s", filter[0] ? "filter: " : "", filter,
		 filter[0] && app->search[0] ? "  " : "", app->search[0] ? "/" : "", app->search);
	if (!line[0] || room < 6)
		return;
	width = (int)gate_width(app->glyphs->gate, text_from(line), (size_t)room - 2);
	if (width > room - 2)
		width = room - 2;
	int x = frame.x + frame.width - width - 3;

	canvas_fill(canvas, x, frame.y, width + 2, 1, ROLE_NORMAL, ' ');
	canvas_text(canvas, x + 1, frame.y, width, ROLE_MATCH, text_from(line));
}

static void draw_tree(struct app *app, struct canvas *canvas, const struct layout *layout)
{
	struct rect frame = layout->tree_frame;
	bool focused = !app->detail_focus && !app->help_open;
	int x;

	draw_frame(app, canvas, frame, focused);
	x = canvas_print(canvas, frame.x + 2, frame.y, focused ? ROLE_BORDER_FOCUS : ROLE_TITLE,
			 "%s ", app->tree.ops->title);
	draw_patterns(app, canvas, frame, x);
	draw_view(app, canvas, &app->tree, layout->tree);
}

static void draw_tabs(const struct app *app, struct canvas *canvas, struct rect frame)
{
	struct canvas line = canvas_window(canvas, frame.x, frame.y, frame.width - 1, 1);
	struct tab_place places[APP_MAX_TABS];

	bars_tabs(app, frame.width, places);
	for (unsigned i = 0; i < app->n_tabs; i++) {
		uint32_t code = keymap_first(&app->keymap, bars_tab_command(app, i));
		bool active = i == app->active;
		char key[16];
		int x = canvas_put(&line, places[i].x, 0, ROLE_ACCENT, active ? '[' : ' ');

		x = canvas_string(&line, x, 0, ROLE_KEY, key_name(code, key));
		if (places[i].full)
			x = canvas_print(&line, x, 0,
					 !active	     ? ROLE_DIM
					 : app->detail_focus ? ROLE_BORDER_FOCUS
							     : ROLE_ACCENT,
					 " %s",
					 app->tabs[i].ops->title);
		canvas_put(&line, x, 0, ROLE_ACCENT, active ? ']' : ' ');
		if (active)
			canvas_mark(&line, places[i].x, 0, places[i].width, CELL_BOLD);
	}
}

static void draw_detail(struct app *app, struct canvas *canvas, const struct layout *layout)
{
	draw_frame(app, canvas, layout->detail_frame, app->detail_focus && !app->help_open);
	draw_tabs(app, canvas, layout->detail_frame);
	draw_view(app, canvas, app_detail(app), layout->detail);
}

static void draw_help(struct app *app, struct canvas *canvas)
{
	struct rect frame = bars_help(app);
	struct rect inside = { frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2 };
	const struct view_ops *about = app->detail_focus ? app_detail(app)->ops : app->tree.ops;

	canvas_fill(canvas, frame.x, frame.y, frame.width, frame.height, ROLE_NORMAL, ' ');
	draw_frame(app, canvas, frame, true);
	canvas_print(canvas, frame.x + 1, frame.y, ROLE_TITLE, " Keys: %s ", about->title);
	draw_view(app, canvas, &app->help, inside);
}

void app_draw(struct app *app, struct canvas *canvas)
{
	struct layout layout = app_layout(app);

	canvas->glyphs = app->glyphs;
	canvas_clear(canvas);
	if (layout.too_small) {
		int x = canvas_string(canvas, 0, 0, ROLE_NORMAL, "window too small");

		if (app->width >= 32)
			canvas_print(canvas, x, 0, ROLE_DIM, " (%d×%d)", app->width, app->height);
		return;
	}
	if (layout.tree_frame.width > 0)
		draw_tree(app, canvas, &layout);
	if (layout.detail_frame.width > 0)
		draw_detail(app, canvas, &layout);
	bars_top(app, canvas);
	bars_bottom(app, canvas);
	if (app->help_open)
		draw_help(app, canvas);
}
