/*
 * What the matchers of patterns work with.
 *
 * A matcher starts at one node, walks to its neighbours and adds those that belong to the pattern.
 * Whether the group is closed and free is seen at the end, by match_accept.
 */
#ifndef STRUCTURE_PATTERN_MATCH_H
#define STRUCTURE_PATTERN_MATCH_H

#include <mtui/patterns.h>

/* The longest pattern, GELU by tanh, has 8 operators; casts may stand between them. */
#define MATCH_NODES 20

struct match {
	const struct model *model;
	struct arena *arena;
	uint8_t *taken; /* by node */
	VECTOR(struct pattern) found;
	/* the group at hand */
	uint32_t nodes[MATCH_NODES];
	uint32_t n;
	bool broken; /* a node that belongs to it cannot be had */
};

/* An operator of ai.onnx. */
bool match_is(const struct match *match, uint32_t node, const char *type);

/* Input or output i of a node; NO_INDEX where there is none. */
uint32_t match_input(const struct match *match, uint32_t node, uint32_t i);
uint32_t match_output(const struct match *match, uint32_t node, uint32_t i);

/* The node that makes a value, with casts in between added to the group; NO_INDEX if none. */
uint32_t match_maker(struct match *match, uint32_t value);

/* The only node that uses a value, casts likewise; NO_INDEX if there are none or several. */
uint32_t match_user(struct match *match, uint32_t value);

/* Of an operator with two inputs the other one: the one that is not `value`, seen through casts. */
uint32_t match_other(const struct match *match, uint32_t node, uint32_t value);

/* The value before casts. */
uint32_t match_uncast(const struct match *match, uint32_t value);

bool match_is_constant(const struct match *match, uint32_t value);

/* A constant of one element within a thousandth of `wanted`. */
bool match_is_number(const struct match *match, uint32_t value, double wanted);
bool match_number(const struct match *match, uint32_t value, double *number);

void match_begin(struct match *match);
void match_add(struct match *match, uint32_t node); /* NO_INDEX breaks the match; twice is fine */

/* Takes the group as a pattern if it is closed, whole and free. */
bool match_accept(struct match *match, enum pattern_kind kind, struct error *err);

/* Each looks whether a pattern hangs on the node; false only without memory. */
typedef bool match_function(struct match *match, uint32_t node, struct error *err);

match_function match_convolution, match_linear, match_norm, match_attention, match_gelu,
	match_gelu_tanh, match_silu;

#endif
