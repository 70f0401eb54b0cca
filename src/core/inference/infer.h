/*
 * What the rules of shape inference work with; see <mtui/shape_inference.h>.
 *
 * A rule looks at the inputs and attributes of one call of an operator and sets its outputs. It
 * never fails: without memory, or without knowledge, an output simply stays unknown.
 */
#ifndef MTUI_INFER_H
#define MTUI_INFER_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/limits.h>
#include <mtui/model.h>
#include <mtui/shape_inference.h>

#include "core/inference/size_expression.h"

/* Elements of a tensor that are followed, at most. */
#define DATA_ELEMENTS 1024

/* What is known of a value. Zeroed: nothing. */
struct known {
	const struct quantity *dims; /* n_dims, where has_shape */
	const struct quantity *data; /* the elements, row-major, or NULL */
	const struct known *element; /* of a sequence or optional */
	uint32_t n_dims;
	uint32_t n_data;
	uint8_t kind; /* enum type_kind */
	uint8_t dtype;
	bool has_shape;
	bool data_asked; /* the file has been asked for data */
};

struct rule;

/* A graph being walked. */
struct frame {
	uint32_t graph;
	uint32_t next;	    /* node of the graph, from 0 */
	uint32_t attribute; /* next attribute of that node to look for a graph in */
	uint32_t item;	    /* next graph of that attribute */
	uint32_t call;	    /* frame whose current node called this function, or NO_INDEX */
	int64_t version;    /* of ai.onnx */
	bool body_done;	    /* the function that the current node calls has been walked */
	bool in_function;
};

struct infer {
	struct model *model;
	struct shapes *shapes;
	const struct dim_binding *bindings;
	size_t n_bindings;
	struct known *known; /* by value */
	uint32_t *visits;    /* by graph */
	struct element *scratch;
	struct size_expressions sizes;
	struct arena memory;
	VECTOR(struct frame) frames;
	struct {
		const struct op *op;
		const struct rule *rule;
	} * rules; /* hash table by pointer */
	size_t n_rules;
	uint64_t budget; /* node visits left */
	bool unsorted;	 /* a node came before one it needs */
	const uint32_t *order; /* of the main graph's nodes, where the file's will not do; or NULL */
	struct shape_inference *result;
};

/* One call of an operator. */
struct call {
	struct infer *in;
	const struct node *node;
	uint32_t index; /* of the node */
	uint32_t frame;
	int64_t version; /* of the ai.onnx operator set */
	int argument;	 /* of the rule */
};

typedef void rule_function(struct call *call);

struct rule {
	const char *name;
	char domain; /* 'o' ai.onnx, 'm' com.microsoft, 'l' ai.onnx.ml */
	rule_function *function;
	int argument;
};

/* The rule for an operator, or NULL (infer_rules.c). */
const struct rule *infer_find_rule(struct text domain, struct text op_type);

/* Attributes; function attributes that refer to the caller's are followed. */
const struct attribute *call_attribute(const struct call *call, const char *name);
int64_t call_int(const struct call *call, const char *name, int64_t otherwise);
bool call_is(const struct call *call, const char *name, const char *string);
/* NULL, *n 0 where it is not there. */
const int64_t *call_ints(const struct call *call, const char *name, uint32_t *n);

/* Never NULL: an omitted or unknown input is a zeroed struct known. */
const struct known *call_input(const struct call *call, uint32_t i);
bool call_has_input(const struct call *call, uint32_t i);
uint32_t call_input_value(const struct call *call, uint32_t i); /* or NO_INDEX */
bool call_has_output(const struct call *call, uint32_t i);
const struct known *call_output(const struct call *call, uint32_t i); /* never NULL, too */

/* Elements of an input, where they are known: n_data of known then counts; else NULL. */
const struct quantity *call_data(const struct call *call, uint32_t i, uint32_t *n);

/* Not a promise, but cheap: false where call_data would give NULL without reading. */
bool call_may_have_data(const struct call *call, uint32_t i);

/* Room for dims or data, all unknown. Without memory NULL, and sizes.failed is set. */
struct quantity *call_room(const struct call *call, size_t n);

/* Sets an output. Of an input given as a template, data does not come along unless asked. */
void call_set(const struct call *call, uint32_t i, struct known known);
void call_set_tensor(const struct call *call, uint32_t i, int dtype, const struct quantity *dims,
		     uint32_t n_dims);
void call_set_unranked(const struct call *call, uint32_t i, int dtype);
/* Shape of `like`, with this element type (DTYPE_UNKNOWN: its own). */
void call_set_like(const struct call *call, uint32_t i, const struct known *like, int dtype);

/* An axis counted from the end brought to 0 .. n - 1; false outside. */
bool axis_normalize(int64_t axis, uint32_t n, uint32_t *normal);

/* Axes of a call: an input (of int64 data) if it is there, else an attribute. False: not known.
 * *n 0 with true: none were given. Numbers only. */
bool call_axes(const struct call *call, uint32_t input, const char *name, int64_t axes[LIMIT_DIMS],
	       uint32_t *n);

/* Two shapes in one: what they agree on. For branches and loops. */
struct known known_union(struct infer *in, const struct known *a, const struct known *b);

/* Multidirectional broadcasting (docs/Broadcasting.md of onnx). False: it cannot be. */
bool broadcast_dims(const struct known *a, const struct known *b, struct quantity *dims);
bool broadcast_pair(struct quantity a, struct quantity b, struct quantity *dim);

/* Product of dims; unknown if one of them is. */
struct quantity dims_product(struct infer *in, const struct quantity *dims, uint32_t n);

/* Seeds the inputs of a body graph of a control operator before it is walked
 * (infer_control.c). */
void infer_enter_body(const struct call *call, uint32_t graph, const struct attribute *attribute);
void infer_enter_function(const struct call *call, uint32_t graph);
void infer_leave_function(const struct call *call, uint32_t graph);

/* The rules, a group for each file from infer_elementwise.c to infer_contrib.c. */
rule_function infer_same, infer_cast, infer_broadcast, infer_where, infer_normalization,
	infer_dropout, infer_batch_normalization, infer_quantize, infer_dequantize,
	infer_dynamic_quantize, infer_qlinear_binary, infer_random, infer_bool_like,
	infer_scalar_math;
rule_function infer_matmul, infer_gemm, infer_einsum, infer_matmul_n_bits, infer_recurrent;
rule_function infer_conv, infer_conv_transpose, infer_pool, infer_global_pool, infer_roi_pool,
	infer_grid_sample, infer_affine_grid, infer_signal_window;
rule_function infer_shape, infer_size, infer_reshape, infer_flatten, infer_squeeze, infer_unsqueeze,
	infer_transpose, infer_expand, infer_tile, infer_constant_of_shape, infer_range,
	infer_depth_space, infer_identity, infer_given;
rule_function infer_concat, infer_split, infer_slice, infer_gather, infer_gather_elements,
	infer_gather_nd, infer_pad, infer_resize, infer_one_hot, infer_non_zero, infer_top_k,
	infer_compress, infer_unique, infer_non_max_suppression, infer_scatter, infer_eye_like;
rule_function infer_reduce, infer_arg, infer_loss, infer_determinant;
rule_function infer_if, infer_loop, infer_scan;
rule_function infer_sequence_construct, infer_sequence_empty, infer_sequence_insert,
	infer_sequence_at, infer_sequence_erase, infer_sequence_length, infer_split_to_sequence,
	infer_concat_from_sequence, infer_optional, infer_optional_get, infer_optional_has;
rule_function infer_ms_attention, infer_embed_layer_norm, infer_skip_layer_norm,
	infer_multi_head_attention, infer_group_query_attention, infer_qlinear_concat,
	infer_linear_classifier, infer_linear_regressor, infer_ml_same, infer_onnx_attention;
rule_function infer_qlinear_where, infer_torch_embedding, infer_gather_block_quantized,
	infer_expand_dims, infer_relative_position_bias, infer_split_gelu, infer_same_all,
	infer_generation, infer_packed_attention, infer_qlinear_reduce, infer_scalar,
	infer_label_encoder, infer_array_feature_extractor, infer_one_hot_encoder,
	infer_tree_ensemble;

#endif
