/*
 * What running a model costs: multiply-accumulates, operations, parameters, memory.
 *
 * Conventions. MACs are multiply-accumulates of matrix products, convolutions and recurrent layers:
 *
 *     Conv            elements(Y) * channels(X) / group * elements(kernel)
 *     ConvTranspose   elements(X) * channels(Y) / group * elements(kernel)
 *     MatMul, Gemm    elements(Y) * K
 *     Einsum          product of the sizes of all letters
 *     RNN, GRU, LSTM  1, 3, 4 * steps * batch * directions * hidden * (input + hidden)
 *     attention       Q K^T and the product with V: 2 * batch * heads * queries * keys * head size,
 *                     and the projection where the operator holds it (com.microsoft.Attention)
 *
 * Operations (FLOPs) are 2 * MACs, and one for each element of the output of every other operator
 * that computes; for reductions one for each element of the input, for pooling one for each element
 * of each window. Operators that only move data (Reshape, Transpose, Concat, Gather, ...) have
 * none.
 *
 * Memory of activations is that of all values that are no weights, while they are needed, in the
 * graph's order of nodes: outputs come to be before inputs go away, and nothing is shared.
 *
 * Shapes decide; where one is not known, a node's cost is not, and the sums say how many nodes
 * they leave out. Only the main graph is counted: how often a body runs is not known.
 */
#ifndef MTUI_COST_H
#define MTUI_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/shape_inference.h>
#include <mtui/shapes.h>

/* Numbers stop at UINT64_MAX. */
struct cost {
	uint64_t macs;
	uint64_t operations;
	uint64_t parameters;	   /* elements of initializers and constants used */
	uint64_t weight_bytes;	   /* of those, in memory */
	uint64_t activation_bytes; /* of the outputs */
	uint64_t read_bytes;	   /* of the inputs that are no weights */
	uint64_t unknown;	   /* nodes left out of macs and operations */
};

/* Operations for a byte that is read or written; NaN if there are no bytes. */
double cost_intensity(const struct cost *cost);

/* Where the size of a cache of keys and values comes from. */
#define CACHE_SOURCES(X)                                                                           \
	X(CACHE_NONE, "none")                                                                      \
	X(CACHE_TENSORS, "tensors")     /* inputs "past...", outputs "present..." */               \
	X(CACHE_OPERATORS, "operators") /* attention that looks back */

enum cache_source {
#define X(id, name) id,
	CACHE_SOURCES(X)
#undef X
};

const char *cache_source_name(enum cache_source source);

/* What a transformer's decoder keeps for every token: keys and values of each layer. */
struct cost_cache {
	uint64_t token_bytes;	   /* of one token of one sequence, all layers; 0: not known */
	uint32_t layers;
	uint64_t heads, head_size; /* of keys; 0 where layers differ */
	uint8_t dtype;		   /* DTYPE_UNKNOWN where layers differ */
	uint8_t source;		   /* enum cache_source */
};

struct cost_report {
	struct cost *nodes; /* by node of the main graph */
	size_t n_nodes;
	struct cost total;    /* a tensor used twice is counted once */
	uint64_t peak_bytes;  /* most activation memory at once */
	uint32_t peak_node;   /* while this one runs; NO_INDEX if there is none */
	struct cost_cache cache;
	uint64_t unsized;     /* values of the main graph whose size is not known */
};

/* The report's arrays are in the arena. */
bool cost_compute(const struct shapes *shapes, struct arena *arena, struct cost_report *report,
		  struct error *err);

/* a += b, but for tensors used by both, which are counted twice. */
void cost_add(struct cost *a, const struct cost *b);

/*
 * The names of dimensions of the model's inputs that are not bound, each with size 1: what is
 * assumed when nobody says better. Given bindings come first. In the arena; NULL without memory.
 */
const struct dim_binding *cost_bindings(const struct model *model, const struct dim_binding *given,
					size_t n_given, struct arena *arena, size_t *n);

#endif
