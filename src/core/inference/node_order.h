/* The order in which the nodes of a main graph can run. */
#ifndef INFERENCE_NODE_ORDER_H
#define INFERENCE_NODE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/model.h>

/* The node of the main graph that a node runs with: itself, or the one that holds its subgraph.
 * NO_INDEX for nodes of functions and training graphs. */
uint32_t node_of_main(const struct model *model, uint32_t node);

/* Places of the main graph's nodes, counted in it, each after those it needs and otherwise as the
 * file has them; nodes of cycles stand at the end. In the arena; NULL when memory is exhausted. */
uint32_t *node_order(const struct model *model, struct arena *arena);

#endif
