/* Multiply-accumulates and operations of one node; conventions in <mtui/cost.h>. */
#ifndef INFERENCE_COST_RULES_H
#define INFERENCE_COST_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/cost.h>
#include <mtui/shapes.h>

static inline uint64_t cost_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t cost_product(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* The type of an input or output of a node, where it is there and all sizes are known; or NULL. */
const struct type *cost_input(const struct shapes *shapes, const struct node *node, uint32_t i);
const struct type *cost_output(const struct shapes *shapes, const struct node *node, uint32_t i);

/* A whole attribute above 0; else `otherwise`. */
uint64_t cost_attribute(const struct shapes *shapes, const struct node *node, const char *name,
			uint64_t otherwise);

/* Number of elements; false where a size is not known. */
bool cost_elements(const struct type *type, uint64_t *elements);

/* False: not known. */
bool cost_of_node(const struct shapes *shapes, const struct node *node, uint64_t *macs,
		  uint64_t *operations);

/* What decoders keep of a token, from the graph's inputs and outputs or from its attention
 * (cost_cache.c). */
void cost_find_cache(const struct shapes *shapes, struct cost_cache *cache);

#endif
