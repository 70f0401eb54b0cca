/*
 * A whole mtui without a terminal: takes keys and commands, gives a canvas.
 *
 * The terminal's loop, key scripts and tests all drive it through these few functions. One thread.
 *
 *	app_key or app_command ... -> app_update -> app_draw(canvas)
 *
 * A command goes to the focused view, then to the app itself; the effect bits that come back are
 * acted on in one place.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>

#include "session/session.h"
#include "ui/app/config.h"
#include "ui/app/key.h"
#include "ui/app/theme.h"
#include "ui/canvas/canvas.h"
#include "ui/views/view.h"

struct app;

/* What the app wants of whoever drives it, after a key. */
enum app_wish {
	APP_NOTHING = 0,
	APP_DRAW = 1,	 /* something changed on the screen */
	APP_QUIT = 2,
	APP_SUSPEND = 4,
	APP_REPAINT = 8, /* <C-l>: clear the terminal and draw all of it */
	APP_THEME = 16,	 /* theme or glyphs changed: ask app_theme again */
};

/* Writes a view to a file for the `e` key; given by main so that the app knows no sinks. */
typedef bool app_exporter(struct app *app, const char *path, bool force, struct error *err);

struct app_options {
	struct session *session; /* at least one document open; not owned */
	const struct config *config;
	const struct theme *theme;
	const struct glyphs *glyphs;
	const char *view;   /* first tab; NULL: overview */
	const struct quant_scheme *dial; /* its setting; NULL: int8 */
	const struct ladder *ladder; /* of plans, NULL: none are made; outlives the session */
	const char *budget; /* that they begin with, or NULL */
	const char *select; /* pattern of the first selected row (glob), or NULL */
	app_exporter *exporter;
};

struct app *app_new(const struct app_options *options, struct error *err);
void app_free(struct app *app);

void app_resize(struct app *app, int width, int height);
unsigned app_key(struct app *app, const struct key *key);		 /* enum app_wish bits */
unsigned app_command(struct app *app, enum command command, struct text argument);

/* A command line as typed after ':', "theme dark". */
unsigned app_command_line(struct app *app, struct text line);

/* While keys move the selection the detail stays behind, so that a held key costs a slow link no
 * more than the cursor; the driver calls app_follow once keys have paused, then draws. */
bool app_lags(const struct app *app);
void app_follow(struct app *app);

/* Lets the visible views ask for what they show. */
void app_update(struct app *app);

/* Draws the whole screen; canvas has the size of the last app_resize. Pure. */
void app_draw(struct app *app, struct canvas *canvas);

/* Replays a key script: each key, then all work it started. ERROR_USAGE on a bad script. */
bool app_script(struct app *app, const char *script, unsigned *wishes, struct error *err);

/* Updates and waits until there is nothing left to compute for what is shown. */
void app_settle(struct app *app);

/* Work that blocks the app, the export of many tensors, asks this every 100 ms: it says how far it
 * is, of a total, on the bottom line. True when it is to stop, because of Esc or the end of the
 * program. Without a driver that can look at keys meanwhile, nothing stops it. */
bool app_blocked(struct app *app, uint64_t done, uint64_t total);

/* Given by the driver: draws without app_update, and says whether Esc was pressed. */
typedef bool app_look(void *context);

void app_set_look(struct app *app, app_look *look, void *context);

/* True when only time makes the screen change (progress): then app_draw again every 100 ms. */
bool app_is_busy(const struct app *app);

/* Shown on the bottom line until the next key. */
void app_message(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

const struct theme *app_theme(const struct app *app);
const struct glyphs *app_glyphs(const struct app *app);
struct view_context app_context(struct app *app);
struct view *app_detail(struct app *app); /* the active tab */

#endif
