/* The view "graph", made of several files: what they share. */
#ifndef VIEWS_GRAPH_VIEW_H
#define VIEWS_GRAPH_VIEW_H

#include <mtui/excerpt.h>
#include <mtui/graph_layout.h>
#include <mtui/shapes.h>

#include "ui/views/view.h"

enum { GRAPH_OPEN_MOST = 256, GRAPH_DEPTH = 64 };

struct graph_view {
	/* What is shown of which model; a change of these makes it anew. */
	const struct model *model;
	const struct layers *layers;
	uint32_t row;	/* selected when it was made */
	unsigned hops;
	uint32_t open[GRAPH_OPEN_MOST], unrolled[GRAPH_OPEN_MOST]; /* rows */
	unsigned n_open, n_unrolled;

	bool made, failed;
	struct excerpt excerpt;
	struct arena arena; /* of the layering */
	struct layering layering;
	struct arena layout_arena;
	struct graph_layout layout;
	const struct shapes *shapes; /* that the words beside the lines come from */
	enum gate_mode mode;
	bool whole;

	uint32_t cursor;       /* vertex; NO_INDEX where there is none */
	int32_t left, top;     /* of the drawing, in the pane's first cell */
	uint32_t mark_row;     /* row of the marked vertex, or NO_INDEX */
	uint8_t *between;      /* by vertex: on a way between the mark and the cursor; or NULL */
	uint32_t n_between;
	uint8_t *end_fronts;   /* by end of the layout: bits of enum graph_front */
	uint8_t *place_fronts; /* by place: of those that a line passes */
	uint32_t entered[GRAPH_DEPTH]; /* rows that Enter came from; Esc goes back */
	unsigned n_entered;
	uint32_t last_graph;   /* row of the subgraph that was left last, or NO_INDEX */
	uint32_t wanted_row;   /* that the cursor is to be on when it is made next, or NO_INDEX */
};

/* Makes excerpt and drawing where the context asks for other ones, and scrolls to the cursor. */
void graph_view_make(struct graph_view *view, const struct view_context *context);

/* The same whatever the context asks for: what is open has changed, or the hops. */
void graph_view_remake(struct graph_view *view, const struct view_context *context);

/* The neighbourhood of another node, which the cursor is on; false without memory. */
bool graph_view_centre(struct graph_view *view, const struct view_context *context, uint32_t node);

/* graph_commands.c: of view_ops. */
unsigned graph_view_command(struct view *it, const struct view_context *context,
			    enum command command, struct text argument,
			    struct view_answer *answer);
unsigned graph_view_click(struct view *it, const struct view_context *context, int x, int y,
			  int clicks, struct view_answer *answer);

/* The drawing anew, about the cursor, which stays where it is in the pane. */
void graph_view_arrange(struct graph_view *view, const struct view_context *context);

/* After the cursor has moved: window, scrolling, ways from the mark. */
void graph_view_follow(struct graph_view *view, const struct view_context *context);

void graph_view_free(struct graph_view *view);

/* The drawing does not fit into that many cells, or some layers are not in it. */
bool graph_is_cut(const struct graph_view *view, int width, int height);

/* Rows of the pane that are not the drawing's: a line above, one below. */
enum { GRAPH_ABOVE = 1, GRAPH_BELOW = 1 };

/* What stands out in the drawing. */
enum graph_front { FRONT_CURSOR = 1, FRONT_BETWEEN = 2 };

/* graph_front.c: between and the fronts, from mark, cursor and layout. */
void graph_front_update(struct graph_view *view);

/* graph_draw.c */
void graph_draw(const struct graph_view *view, const struct view_context *context,
		struct canvas *canvas);

/* graph_move.c: NO_INDEX where there is nothing that way. */
uint32_t graph_move(const struct graph_view *view, enum command command);

#endif
