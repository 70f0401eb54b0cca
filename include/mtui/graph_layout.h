/*
 * Where the boxes and lines of a drawn graph stand, in cells of a character grid.
 *
 * The drawing is layered (Sugiyama, Tagawa, Toda 1981): every vertex stands in a layer below its
 * sources; lines run down through the gaps between layers. A net is a value with its source and
 * all its targets; it is drawn as one line with branches, so long lines of one value are bundled.
 *
 *   1. layering_compute gives every vertex its layer. Linear; edges of a cycle that have to go up
 *      are found, not refused. Parts that hang together nowhere stand side by side, some to a row.
 *   2. graph_layout_compute lays out a window of layers about an anchor, or all of them: order
 *      within layers by barycentres and transposition, columns after Brandes and Koepf (2001),
 *      then ports of boxes and rows of horizontal pieces.
 *
 * A line that would run further than some layers past everything is broken: its far end gets a
 * reference, a place that names the source. What is not drawn at all is counted (left_out_*).
 * The same input gives the same drawing. Nothing recurses; work is bounded by counts.
 */
#ifndef MTUI_GRAPH_LAYOUT_H
#define MTUI_GRAPH_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>

/* Sources ascend from net to net. A net names a target once. */
struct layout_net {
	uint32_t source;
	uint32_t first_target, n_targets; /* into targets: vertices */
};

struct layout_graph {
	const struct layout_net *nets;
	const uint32_t *targets;
	uint32_t n_vertices, n_nets;
};

struct layering {
	uint32_t *layer_of; /* by vertex */
	uint32_t *first;    /* by layer, and one more: into members */
	uint32_t *members;  /* vertices, layer by layer, ascending in each */
	uint8_t *reversed;  /* by place in targets: the edge goes up, or to its own source */
	uint32_t n_layers, n_reversed;
};

/* Arrays are in the arena. False when memory is exhausted. */
bool layering_compute(const struct layout_graph *graph, struct arena *arena,
		      struct layering *layering, struct error *err);

struct layout_size {
	int width, height; /* in cells, with the frame */
	int reference;	   /* width of the words that name it where its line is broken */
};

/* How large things are; asked for what the window shows only. */
struct layout_measure {
	void (*box)(const void *context, uint32_t vertex, struct layout_size *size);
	int (*label)(const void *context, uint32_t net); /* columns beside the line; 0: none */
	const void *context;
};

struct layout_window {
	uint32_t anchor;       /* vertex that is shown whatever else is */
	uint32_t max_vertices; /* a layer of more than max_row counts as that; 0: all layers */
	uint32_t max_row;      /* vertices of one layer, the rest is one place; 0: all */
};

enum place_kind {
	PLACE_BOX,
	PLACE_REFERENCE, /* words: the vertex's line goes on from here */
	PLACE_MORE,	 /* words: `count` vertices of the layer that are not shown */
	PLACE_PASS,	 /* a line on its way through the layer; one column */
};

struct layout_place {
	int32_t x, y, width, height;
	uint32_t vertex;	  /* NO_INDEX of PLACE_MORE and PLACE_PASS */
	uint32_t layer;		  /* row of places, from 0 */
	uint32_t count;		  /* of PLACE_MORE */
	uint32_t left_out_in;	  /* edges of a box that are not drawn */
	uint32_t left_out_out;
	uint8_t kind;
};

/* Where a branch ends: at column x of the top of a place, or of a place it passes. */
struct layout_end {
	int32_t x, y; /* y: the first row of the place */
	uint32_t place;
};

/*
 * A net's line from one place through the gap below it: from (x, top) down to row `track`, along
 * it, and down to every end. track < 0: straight down to the only end. With jog >= 0 it first
 * goes down to row jog, along to column jog_x, and on down to track.
 */
struct layout_wire {
	uint32_t net, place;
	int32_t x, top, track, jog, jog_x;
	uint32_t first_end, n_ends;
	bool reversed; /* it is read from below: an edge of a cycle */
};

/* Columns for words beside the beginning of a net's line. */
struct layout_label {
	uint32_t net, place;
	int32_t x, y, width;
};

struct graph_layout {
	struct layout_place *places; /* layer by layer, left to right */
	struct layout_wire *wires;   /* gap by gap, downwards */
	struct layout_end *ends;
	struct layout_label *labels;
	uint32_t *first_place; /* by layer, n_layers + 1 */
	uint32_t *first_wire;  /* by the layer above the gap, n_layers + 1 */
	uint32_t *place_of;    /* by vertex; UINT32_MAX: not shown */
	uint32_t n_places, n_wires, n_ends, n_labels, n_layers;
	uint32_t first_layer, end_layer; /* of the layering: what is shown */
	uint32_t anchor;
	int32_t width, height;
	uint64_t crossings; /* of lines, by their order in the layers */
	bool whole;	    /* all layers are here, none cut */
	bool simpler;	    /* the work was cut: more crossings than need be */
};

bool graph_layout_compute(const struct layout_graph *graph, const struct layering *layering,
			  const struct layout_measure *measure, const struct layout_window *window,
			  struct arena *arena, struct graph_layout *layout, struct error *err);

/* Marks what lies on a way from a to b along the edges: by vertex; at least a and b when there is
 * one. False when there is none, or memory is exhausted. */
bool graph_between(const struct layout_graph *graph, uint32_t a, uint32_t b, uint8_t *marked);

#endif
