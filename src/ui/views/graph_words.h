/* What stands in the boxes of a drawn graph, and beside its lines. */
#ifndef VIEWS_GRAPH_WORDS_H
#define VIEWS_GRAPH_WORDS_H

#include <mtui/excerpt.h>
#include <mtui/shapes.h>

#include "ui/canvas/canvas.h"

#define GRAPH_SPANS 6

struct graph_span {
	char buffer[64];
	struct text text; /* of the file, or in the buffer */
	int width;	  /* cut to it */
	enum role role;
	bool words; /* mtui's own */
};

/* One line of words, a blank between spans. */
struct graph_words {
	struct graph_span spans[GRAPH_SPANS];
	unsigned n;
	int width;
};

/* "Conv 3×3 /2 conv1 9.41K". */
void graph_words_of(const struct excerpt *excerpt, uint32_t vertex, enum gate_mode mode,
		    struct graph_words *words);

/* The same in short, where a line comes from afar: "↑ conv1". */
void graph_reference_words(const struct excerpt *excerpt, uint32_t vertex, enum gate_mode mode,
			   struct graph_words *words);

/* Draws from column x on; returns the column after. */
int graph_words_draw(const struct graph_words *words, struct canvas *canvas, int x, int y,
		     bool dim);

/* Beside a line: "1×64×56×56", "3 tensors"; "" where nothing is known. Returns its width. */
int graph_net_words(const struct excerpt *excerpt, const struct shapes *shapes, uint32_t net,
		    enum gate_mode mode, char *buffer, size_t size);

/* It has a frame: 3 rows; the others are words alone. */
bool graph_has_frame(const struct excerpt *excerpt, uint32_t vertex);

/* The name of a vertex alone, raw bytes: of a node its own. */
struct text graph_vertex_name(const struct excerpt *excerpt, uint32_t vertex, char buffer[64]);

#endif
