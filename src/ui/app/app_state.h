/* What an app is made of; for the files of this room only. */
#ifndef APP_APP_STATE_H
#define APP_APP_STATE_H

#include "ui/app/app.h"
#include "ui/app/complete.h"
#include "ui/app/history.h"
#include "ui/app/keymap.h"
#include "ui/app/layout.h"
#include "ui/app/prompt.h"
#include "ui/views/pattern.h"

#define APP_MAX_TABS 12

/* The row of inputs or outputs one is walking along with repeated p or c. */
struct neighbours {
	enum command command; /* COMMAND_PRODUCER, COMMAND_CONSUMER, or none */
	uint32_t document, origin; /* row where it began */
	uint32_t target;	   /* row where it stands: anything else ends it */
	uint64_t index;
};

/* What a search or filter prompt goes back to when it is cancelled. */
struct search_origin {
	struct focus focus;
	char pattern[PATTERN_MAX + 1];
};

struct open_document {
	uint32_t row; /* selected */
	char filter[PATTERN_MAX + 1];
};

struct app {
	struct session *session; /* not owned */
	app_exporter *exporter;
	app_look *look; /* NULL: nobody looks at keys meanwhile */
	void *look_context;
	struct theme theme;
	const struct glyphs *glyphs;
	struct keymap keymap;

	struct view tree, help;
	struct view tabs[APP_MAX_TABS];
	unsigned n_tabs, active;
	bool detail_focus, help_open;

	struct focus focus; /* of the tree; the detail shows `shown`, which follows: app_follow */
	struct focus shown;
	struct open_document *documents;
	uint32_t n_documents;
	struct quant_scheme dial, dial_home, dial_away; /* as in the context of views */
	const struct ladder *ladder;
	const char *budget;
	struct history history;
	struct neighbours neighbours;

	int width, height;
	char file_state[256];

	struct prompt prompt;
	struct completion completion;
	struct search_origin origin;
	char search[PATTERN_MAX + 1];
	char tag_filter[PATTERN_MAX + 1]; /* of the curves beside a model */
	char export_path[LIMIT_PASTE + 1]; /* waits for "overwrite? y/n"; "" if nothing does */

	char message[sizeof((struct error *)0)->message];
	bool message_bad;
};

/* How the selection moves: a step stays in the place of the history, a jump makes a new one, a
 * preview (of a search) leaves the history alone. */
enum move { MOVE_STEP, MOVE_JUMP, MOVE_PREVIEW };

static inline char *app_filter(const struct app *app)
{
	return app->documents[app->focus.document].filter;
}

struct layout app_layout(const struct app *app);
struct view_context app_view_context(struct app *app, const struct view *view);
void app_focus(struct app *app, struct focus focus, enum move move);
void app_focus_row(struct app *app, uint32_t row, enum move move);
void app_show_document(struct app *app, uint32_t document);

/* Lets all views, hidden ones too, see that a document was read anew, while the old one lives. */
void app_renew_views(struct app *app);
void app_complain(struct app *app, const struct error *err);

/* dispatch.c: acts on what a view answered; gives a command to a view and does so. False when the
 * view passed. */
bool app_take(struct app *app, unsigned effects, const struct view_answer *answer, enum move move);
bool app_offer(struct app *app, struct view *view, enum command command, struct text argument,
	       enum move move);
bool app_show_tab(struct app *app, const struct view_ops *ops);

/* Of the tab shown, the kind of picture that has the name; nothing for other names. */
void app_show_kind(struct app *app, struct text name);

/* action.c: the commands that are the app's own. */
unsigned app_action(struct app *app, enum command command, struct text argument);
void app_export(struct app *app, struct text path);
void app_answer_overwrite(struct app *app, const struct key *key);

/* ask.c: prompts. */
bool ask_wants(enum command command);
void ask_open(struct app *app, enum command command);
unsigned ask_key(struct app *app, const struct key *key);

/* find.c: search and filter, live. find_edit shows what a pattern would give. */
void find_begin(struct app *app, enum command command);
void find_edit(struct app *app, enum command command, struct text pattern);
void find_accept(struct app *app, enum command command, struct text pattern);
void find_cancel(struct app *app, enum command command);

/* bind_dim.c: "batch=1" gives a named dimension a size, "batch=" takes it away. */
void bind_dim(struct app *app, struct text argument);

/* neighbour.c */
void neighbour_go(struct app *app, enum command command);

/* reload.c: reads the document's file again and finds the selected rows anew, by their path. */
void reload_document(struct app *app);

/* mouse.c */
unsigned mouse_key(struct app *app, const struct key *key);

/* bars.c: parts of the screen that are not views. A tab's place is relative to its frame. */
struct tab_place {
	int x, width;
	bool full; /* with its title; else its key alone */
};

enum command bars_tab_command(const struct app *app, unsigned tab); /* that shows it */
void bars_tabs(const struct app *app, int width, struct tab_place places[APP_MAX_TABS]);
void bars_top(const struct app *app, struct canvas *canvas);
void bars_bottom(const struct app *app, struct canvas *canvas);
struct rect bars_help(const struct app *app); /* frame of the help */

#endif
