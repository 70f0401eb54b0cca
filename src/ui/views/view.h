/*
 * A view: one way to look at what is selected, as a table of operations over private state.
 *
 * The tree on the left and every tab on the right are views. `update` asks the session for what
 * the view will show; `draw` is pure: it draws what there is. A view that scrolls keeps its own
 * position. Nothing here knows the terminal.
 */
#ifndef VIEWS_VIEW_H
#define VIEWS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/layer.h>
#include <mtui/model.h>
#include <mtui/run.h>

#include "session/session.h"
#include "ui/canvas/canvas.h"
#include "ui/views/command.h"

/* What is selected; owned by the app, moved by the tree. */
struct focus {
	uint32_t document;
	uint32_t row;	 /* of the document's layer tree */
	uint32_t tensor; /* that stands for the row, or NO_INDEX: see layer_tensor */
};

/* The dial when nobody has turned it: int8, symmetric, one scale per tensor. */
#define QUANT_DIAL_DEFAULT                                                                         \
	quant_scheme_default(SCHEME_INT8)

/* What a view may know; built anew by the app for each call. */
struct view_context {
	struct session *session;
	const struct model *model;
	const struct layers *layers; /* of focus.document */
	const struct runs *runs;     /* training runs; NULL: none is open */
	struct focus focus;
	struct quant_scheme dial;    /* the scheme whose error every row shows */
	struct quant_scheme home, away; /* where the dial began, and where it was before it went back */
	const struct ladder *ladder; /* what plans choose from; outlives the session; NULL: no plans */
	const char *budget;	     /* they begin with; NULL: half */
	const struct importance *importance; /* in Quant: what its errors weigh; or NULL */
	const float *planned;	     /* for the tree, by tensor: dB in the plan on the screen; or NULL */
	const struct glyphs *glyphs;
	const char *search;	     /* pattern whose hits are highlighted; "" if none */
	bool focused;		     /* this view's pane has the focus */
	bool whole;		     /* export: show everything at once, do not scroll */
	int width, height;	     /* of the pane the view was drawn in last */

	/* For the help: the view it is about, and the keys that a command has now, "j Down", in the
	 * buffer ("" if none). NULL: no view; the default keys. */
	const struct view_ops *about;
	char *(*keys)(const void *keymap, enum command command, char *buffer, unsigned size);
	const void *keymap;
};

/* What a command did; returned by views and acted on by the app. */
enum effect {
	EFFECT_NONE = 0,
	EFFECT_PASS = 1,     /* not for this view: try the next */
	EFFECT_REDRAW = 2,
	EFFECT_FOCUS = 4,    /* answer.focus is the new selection */
	EFFECT_DIAL = 8,     /* answer.dial is the new scheme */
	EFFECT_MESSAGE = 16, /* answer.message is to be shown */
};

/* Filled by a view's command, as the effect bits say. */
struct view_answer {
	struct focus focus;
	struct quant_scheme dial;
	char message[256];
};

struct view;

struct view_ops {
	const char *name;	   /* "weights": --view, :view */
	const char *title;	   /* "Weights": the tab */
	enum command_scope scope;  /* its own keys; SCOPE_GENERAL if none */
	size_t state_size;	   /* zeroed when the view is made */
	void (*update)(struct view *view, const struct view_context *context);
	/* Rows wanted at that width to show everything; at least 1. */
	int (*measure)(struct view *view, const struct view_context *context, int width);
	/* Columns wanted to show everything; NULL: as many as there are will do. */
	int (*columns)(struct view *view, const struct view_context *context);
	void (*draw)(const struct view *view, const struct view_context *context,
		     struct canvas *canvas);
	/* Effect bits. argument is empty unless the command was typed with one. */
	unsigned (*command)(struct view *view, const struct view_context *context,
			    enum command command, struct text argument, struct view_answer *answer);
	/* A click in the view at (x, y) of its canvas; clicks is 1 or 2. NULL: not used. */
	unsigned (*click)(struct view *view, const struct view_context *context, int x, int y,
			  int clicks, struct view_answer *answer);
	void (*close)(struct view *view); /* NULL if there is nothing to free */
	/* Words that complete the argument of one of its commands (names of columns);
	 * NULL-terminated, or NULL. May be NULL itself. */
	const char *const *(*words)(enum command command);
};

struct view {
	const struct view_ops *ops;
	void *state; /* of ops->state_size bytes */
	bool shares; /* the state is another view's */
};

bool view_init(struct view *view, const struct view_ops *ops); /* false: out of memory */
/* Another view over the same state, which must not outlive its owner. */
void view_share(struct view *view, const struct view_ops *ops, const struct view *owner);
void view_free(struct view *view);

extern const struct view_ops tree_view;
extern const struct view_ops overview_view;
extern const struct view_ops weights_view;
extern const struct view_ops quant_view;
extern const struct view_ops graph_view;
extern const struct view_ops values_view;
extern const struct view_ops check_view;
extern const struct view_ops structure_view; /* no tab */
extern const struct view_ops channels_view;
extern const struct view_ops picture_view;
extern const struct view_ops cost_view;
extern const struct view_ops curves_view;
extern const struct view_ops runs_tree_view; /* over the state of curves_view: view_share */
extern const struct view_ops help_view;

/* The tabs, in their order; NULL-terminated. tree and help are not among them. */
extern const struct view_ops *const view_tabs[];

/* The axis that was chosen in the view "channels" for the selected tensor; -1: none. */
int channels_view_axis(const struct view *view, const struct view_context *context);

/* Of curves_view, after an update: shows the next chart or table whose tag matches a shell pattern,
 * from place *from on, and moves *from behind it; false if there is none. */
bool curves_view_select(struct view *view, struct text pattern, size_t *from);

/* Of graph_view: the hops around a node; 0 of another view, or one that was never shown. */
unsigned graph_view_hops(const struct view *view);

/* "pca" and "svd" are kinds of the view "picture" that have names among the views. */
bool picture_kind_named(struct text name);

/* What that view shows of the selected tensor: the name, and in *request what it is about. */
const char *picture_view_kind(const struct view *view, const struct view_context *context,
			      struct picture_request *request);

/* "plan", "frontier", "xray" and "fusion" are pages of the view "quant" that have names among the
 * views. */
bool quant_page_named(struct text name);

/* The report that its page is: "quant" or one of those names. Of "plan" also what is planned, once
 * it is, and the budget. */
const char *quant_view_report(const struct view *view, const struct view_context *context,
			      const struct model_plan **plan, uint64_t *budget);

/* Decibels by tensor where that page is shown and the plan is made; else NULL. */
const float *quant_view_planned(const struct view *view, const struct view_context *context);

/* A tab, "tree", or the tab of a kind of picture by name; NULL if unknown. */
const struct view_ops *view_named(struct text name);

#endif
