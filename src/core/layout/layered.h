/*
 * A window of a graph while it is laid out: items in rows, links between items of neighbouring
 * rows. Long lines have become chains of links through items of their own (PLACE_PASS).
 */
#ifndef LAYOUT_LAYERED_H
#define LAYOUT_LAYERED_H

#include <mtui/graph_layout.h>

#define NO_ITEM UINT32_MAX

struct item {
	uint32_t vertex, row, count;
	uint32_t left_out_in, left_out_out;
	uint32_t references;  /* that lead here */
	int32_t width, height;
	int32_t left, right;  /* cells that it takes on either side of its column */
	int32_t x, y;	      /* its column; its first row */
	uint8_t kind;	      /* enum place_kind */
};

struct link {
	uint32_t upper, lower, net;
	int32_t top, bottom; /* columns where it leaves and arrives */
	bool reversed;
};

struct layered {
	const struct layout_graph *graph;
	const struct layering *layering;
	const struct layout_measure *measure;
	const struct layout_window *window;
	struct arena *arena;

	uint32_t first_layer, end_layer;
	bool whole, simpler;
	uint32_t n_rows;	/* one more at the top where there are layers above */
	uint32_t *item_of;	/* by vertex, or NO_ITEM */
	VECTOR(struct item) items;
	VECTOR(struct link) links;
	uint32_t *first, *order; /* by row: items from left to right */
	uint32_t *position;	 /* of an item in its row */
	uint32_t *first_up, *up;     /* by item: links from above, by position of their items */
	uint32_t *first_down, *down; /* likewise below */
	uint64_t crossings;
};

/* layered.c: chooses what is shown, makes items and links. All: false without memory. */
bool layered_build(struct layered *l);
void layered_free(struct layered *l); /* items and links; the rest is the arena's */

/* ordering.c: fills order and position; up and down sorted. */
bool ordering_compute(struct layered *l);

/* columns.c: fills x of the items; 0 is the leftmost cell. */
bool columns_compute(struct layered *l);

/* routing.c: fills the layout. */
bool routing_compute(struct layered *l, struct graph_layout *layout);

#endif
