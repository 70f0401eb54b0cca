/*
 * A part of a model as a graph that can be drawn: a scope with its members, or the neighbourhood
 * of nodes. Vertices refer to the model and its layers; nets are what layout_graph wants.
 *
 * Initializers and Constant nodes are no vertices. A scope that is not open is one vertex, and so
 * is a row of scopes that are alike (see scopes_alike) unless it is unrolled. What a scope takes
 * from outside and gives there are vertices, too: one for each neighbour of the scope in the tree.
 */
#ifndef MTUI_EXCERPT_H
#define MTUI_EXCERPT_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/graph_layout.h>
#include <mtui/layer.h>
#include <mtui/model.h>

enum vertex_kind {
	VERTEX_NODE,
	VERTEX_SCOPE,
	VERTEX_REPEAT, /* scopes that are alike, one after another */
	VERTEX_INPUT,  /* of the graph; also a value that nobody makes */
	VERTEX_OUTPUT,
	VERTEX_FROM,   /* outside of the scope: a row that values come from */
	VERTEX_TO,     /* and one that values go to */
};

struct vertex {
	uint32_t item;	/* node; value of INPUT and OUTPUT; else row, of REPEAT the first one */
	uint32_t last;	/* REPEAT: last row */
	uint32_t count; /* REPEAT: scopes */
	uint32_t left_out_in, left_out_out; /* edges beyond the neighbourhood */
	uint8_t kind;
};

struct excerpt_net {
	uint32_t value; /* the first */
	uint32_t n_values;
};

struct excerpt {
	struct arena arena;
	const struct model *model;
	const struct layers *layers;
	const struct vertex *vertices; /* graph.n_vertices */
	struct layout_graph graph;
	const struct excerpt_net *nets; /* beside those of the graph */
	uint32_t row;  /* the scope; of a neighbourhood, of its first node */
	uint32_t hops; /* 0: a scope */
	uint32_t cut;  /* nodes of the neighbourhood beyond what one takes */
};

/* Rows of scopes that are open, so that their members are shown; and first rows of scopes alike
 * that are shown one by one. */
struct excerpt_open {
	const uint32_t *scopes, *unrolled;
	size_t n_scopes, n_unrolled;
};

#define EXCERPT_HOPS	  2
#define EXCERPT_MOST_HOPS 5

/* Of the model, a scope or a subgraph; another row's is that of the scope around it. excerpt_free
 * in any case. False when memory is exhausted. */
bool excerpt_scope(const struct layers *layers, uint32_t row, const struct excerpt_open *open,
		   struct excerpt *excerpt, struct error *err);

/*
 * All within some hops along edges, whichever way, of the nodes. A hop to other users of a value
 * does not count where it has more than 8.
 */
bool excerpt_near(const struct layers *layers, const uint32_t *nodes, size_t n, unsigned hops,
		  struct excerpt *excerpt, struct error *err);

void excerpt_free(struct excerpt *excerpt);

/* The vertex that shows a row of the layers; NO_INDEX if none does. */
uint32_t excerpt_vertex_of_row(const struct excerpt *excerpt, uint32_t row);

/* The row that a vertex stands for: what Enter goes to. NO_INDEX of a value nobody makes. */
uint32_t excerpt_row_of_vertex(const struct excerpt *excerpt, uint32_t vertex);

/* The scope, subgraph or model around a row. */
uint32_t layer_around(const struct layers *layers, uint32_t row);

/*
 * Scopes one after another that do the same: names that differ in digits only, and the same
 * operators, attributes, shapes of weights and edges in the same order. Finds those that follow
 * the first one; returns their number, itself included, and the row after the last in *end.
 */
uint32_t scopes_alike(const struct layers *layers, uint32_t first, uint32_t *end);

#endif
