/*
 * Groups of nodes that other programs run as one: a convolution with its batch normalization, the
 * seven operators that are a layer normalization, and so on.
 *
 * A match is closed: nobody outside uses what its nodes make, but for what the last one makes. No
 * node is in two matches; the larger kinds come first. Only nodes of one graph match together, and
 * constants that decide (an exponent of 2, the 0.5 of a GELU) are read from the file.
 */
#ifndef MTUI_PATTERNS_H
#define MTUI_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/layer.h>
#include <mtui/model.h>
#include <mtui/shapes.h>

/* id, name in exports, what is there, what it can become */
#define PATTERNS(X)                                                                                \
	X(PATTERN_CONV_BN_ACT, "conv-bn-activation",                                               \
	  "convolution, batch normalization, activation", "one convolution with an activation")    \
	X(PATTERN_CONV_BN, "conv-bn", "convolution, batch normalization", "one convolution")       \
	X(PATTERN_CONV_ACT, "conv-activation", "convolution, activation", "FusedConv")             \
	X(PATTERN_LINEAR_ACT, "linear-activation", "matrix product, bias, activation",             \
	  "FusedGemm")                                                                             \
	X(PATTERN_LINEAR, "linear", "MatMul, Add of a bias", "Gemm")                               \
	X(PATTERN_ATTENTION, "attention", "product, softmax, product", "Attention")                \
	X(PATTERN_LAYER_NORM, "layer-norm", "layer normalization in parts", "LayerNormalization")  \
	X(PATTERN_RMS_NORM, "rms-norm", "root mean square normalization in parts",                 \
	  "RMSNormalization")                                                                      \
	X(PATTERN_GELU, "gelu", "GELU in parts", "Gelu")                                           \
	X(PATTERN_GELU_TANH, "gelu-tanh", "GELU by tanh in parts", "Gelu, approximate=tanh")       \
	X(PATTERN_SILU, "silu", "x * Sigmoid(x)", "Swish")

enum pattern_kind {
#define X(id, name, words, becomes) id,
	PATTERNS(X)
#undef X
	PATTERN_COUNT
};

const char *pattern_name(enum pattern_kind kind);
const char *pattern_words(enum pattern_kind kind);
const char *pattern_becomes(enum pattern_kind kind);

/*
 * nodes: in the order of the graph, the last one makes the result. Of a convolution nodes[0] is the
 * Conv or ConvTranspose, nodes[1] the BatchNormalization (where the kind has one); its weight, its
 * bias if it has one and the four parameters of the normalization are constants. Of a linear layer
 * nodes[0] is the MatMul or Gemm.
 */
struct pattern {
	const uint32_t *nodes; /* model->nodes; n_nodes - 1 of them are saved */
	uint32_t n_nodes;
	uint32_t graph;
	uint8_t kind; /* enum pattern_kind */
};

/* In the order of their first nodes; arrays in the arena. */
struct patterns {
	const struct pattern *items;
	size_t n;
	size_t counts[PATTERN_COUNT];
};

/* Takes time by nodes. False only when memory is exhausted. */
bool patterns_find(const struct model *model, struct arena *arena, struct patterns *patterns,
		   struct error *err);

/* Bytes of the values inside, which a fused operator need not write; false where the shape of one
 * of them is not known. */
bool pattern_saved_bytes(const struct shapes *shapes, const struct pattern *pattern,
			 uint64_t *bytes);

/* The deepest row of the tree that holds all of its nodes. */
uint32_t pattern_row(const struct layers *layers, const struct pattern *pattern);

#endif
