/* An excerpt while it is made: vertices, and edges that become nets. */
#ifndef LAYOUT_EXCERPT_BUILD_H
#define LAYOUT_EXCERPT_BUILD_H

#include <mtui/excerpt.h>

struct raw_edge {
	uint32_t source, value, target;
};

struct excerpt_build {
	struct excerpt *excerpt;
	const struct model *model;
	const struct layers *layers;
	VECTOR(struct vertex) vertices;
	VECTOR(struct raw_edge) edges;
	bool failed; /* memory is exhausted */
};

void excerpt_begin(struct excerpt_build *b, const struct layers *layers, struct excerpt *excerpt);

/* NO_INDEX when memory is exhausted, which sticks. */
uint32_t excerpt_add(struct excerpt_build *b, enum vertex_kind kind, uint32_t item);

/* Edges of one vertex may come in any order; those of one value one after another. */
void excerpt_connect(struct excerpt_build *b, uint32_t source, uint32_t value, uint32_t target);

bool excerpt_finish(struct excerpt_build *b, struct error *err);

/* A Constant or another node that only holds a tensor. */
bool node_is_constant(const struct model *model, uint32_t node);

#endif
