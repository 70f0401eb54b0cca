/*
 * Graphs of nodes and the values between them.
 *
 * All of a model's nodes, values, types and attributes stand in flat arrays of struct model and
 * refer to each other by index; NO_INDEX says "none". A graph's nodes are contiguous.
 */
#ifndef MTUI_GRAPH_H
#define MTUI_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/dtype.h>
#include <mtui/tensor.h>
#include <mtui/text.h>

/* One dimension of a declared shape. */
struct dim {
	int64_t value;	    /* below 0 where the size is not known */
	struct text symbol; /* "batch"; empty where the file says nothing */
	bool declared;	    /* the file gives value as a number, which may be negative */
};

enum type_kind { TYPE_NONE, TYPE_TENSOR, TYPE_SPARSE_TENSOR, TYPE_SEQUENCE, TYPE_MAP, TYPE_OPTIONAL, TYPE_OPAQUE };

/* TypeProto. Nested types are chained through inner, at most LIMIT_WIRE_DEPTH deep. */
struct type {
	const struct dim *dims;
	uint32_t n_dims;
	uint32_t inner;	  /* element type of sequence and optional, value type of map; index */
	struct text name; /* of an opaque type, "domain.name" */
	uint8_t kind;	  /* enum type_kind */
	uint8_t dtype;	  /* of tensor and sparse tensor; key type of a map */
	bool has_shape;	  /* a tensor type may come without one: rank unknown */
};

enum value_flag {
	VALUE_INPUT = 1,	/* of its graph or function */
	VALUE_OUTPUT = 2,
	VALUE_INITIALIZER = 4,	/* may be an input too (IR 3, overridable) */
	VALUE_CAPTURED = 8,	/* used by a subgraph below */
	VALUE_DANGLING = 16,	/* used, but nobody makes it */
	VALUE_DUPLICATE = 32,	/* another value of its graph has the same name */
	VALUE_SHADOWS = 64,	/* an outer graph has a value of this name too */
};

/* One name in one graph. */
struct value {
	struct text name;
	uint32_t graph;
	uint32_t producer;	 /* node, or NO_INDEX */
	uint32_t first_consumer; /* into model->consumers: nodes, in graph order, captures included;
				    of a value that a subgraph gives out, the node that holds it */
	uint32_t n_consumers;
	uint32_t type;		 /* declared type, or NO_INDEX */
	uint32_t tensor;	 /* initializer or Constant that gives it, or NO_INDEX */
	uint32_t flags;		 /* enum value_flag */
};

/* An operator that occurs in the model; interned, so nodes of one op type share the pointer. */
struct op {
	struct text domain; /* "" is ai.onnx; "ai.onnx" in the file is kept as written */
	struct text type;
	uint32_t function;  /* graph of the model-local function of that name, or NO_INDEX */
	uint32_t count;	    /* nodes in the main graph and its subgraphs, functions not counted */
};

struct node {
	struct text name;
	const struct op *op;
	uint64_t offset;	  /* of its message in the file */
	uint32_t first_input;	  /* into model->refs: values, NO_INDEX for an omitted input */
	uint32_t n_inputs;
	uint32_t first_output;
	uint32_t n_outputs;
	uint32_t first_attribute; /* into model->attributes */
	uint32_t n_attributes;
	uint32_t graph;
};
_Static_assert(sizeof(struct node) <= 64, "a bomb of empty nodes must stay affordable");

/* AttributeProto.AttributeType, with its numbers. */
#define ATTRIBUTE_KINDS(X)                                                                         \
	X(ATTRIBUTE_UNDEFINED, 0, "undefined")                                                     \
	X(ATTRIBUTE_FLOAT, 1, "float")                                                             \
	X(ATTRIBUTE_INT, 2, "int")                                                                 \
	X(ATTRIBUTE_STRING, 3, "string")                                                           \
	X(ATTRIBUTE_TENSOR, 4, "tensor")                                                           \
	X(ATTRIBUTE_GRAPH, 5, "graph")                                                             \
	X(ATTRIBUTE_FLOATS, 6, "floats")                                                           \
	X(ATTRIBUTE_INTS, 7, "ints")                                                               \
	X(ATTRIBUTE_STRINGS, 8, "strings")                                                         \
	X(ATTRIBUTE_TENSORS, 9, "tensors")                                                         \
	X(ATTRIBUTE_GRAPHS, 10, "graphs")                                                          \
	X(ATTRIBUTE_SPARSE_TENSOR, 11, "sparse_tensor")                                            \
	X(ATTRIBUTE_SPARSE_TENSORS, 12, "sparse_tensors")                                          \
	X(ATTRIBUTE_TYPE, 13, "type_proto")                                                        \
	X(ATTRIBUTE_TYPES, 14, "type_protos")

enum attribute_kind {
#define X(id, number, name) id = (number),
	ATTRIBUTE_KINDS(X)
#undef X
};

const char *attribute_kind_name(enum attribute_kind kind);

struct attribute {
	struct text name;
	union {
		float f;
		int64_t i;
		struct text s;	       /* STRING; also the name referred to when is_reference */
		uint32_t index;	       /* TENSOR, SPARSE_TENSOR: tensor; GRAPH: graph; TYPE: type */
		const float *floats;
		const int64_t *ints;
		const struct text *strings;
		const uint32_t *indices; /* TENSORS, GRAPHS, SPARSE_TENSORS, TYPES */
	};
	uint32_t count;	   /* items of a list kind */
	uint8_t kind;	   /* enum attribute_kind */
	bool is_reference; /* ref_attr_name: takes its value from the function's caller */
};

enum graph_kind { GRAPH_MAIN, GRAPH_SUBGRAPH, GRAPH_FUNCTION, GRAPH_TRAINING };

struct opset {
	struct text domain; /* "" is ai.onnx */
	int64_t version;
};

struct graph {
	struct text name;
	struct text label;	/* attribute name of a subgraph, domain::name of a function */
	struct text domain;	/* of a function */
	const struct opset *opsets;	/* of a function */
	const struct text *parameters;	/* attribute names of a function */
	uint64_t doc_offset;	/* doc_string in the file; length 0 if none */
	uint64_t doc_len;
	uint32_t parent;	/* graph around a subgraph, or NO_INDEX */
	uint32_t node;		/* node that holds a subgraph, or NO_INDEX */
	uint32_t depth;		/* 0 for main graph, functions, training graphs */
	uint32_t first_node, n_nodes;
	uint32_t first_input, n_inputs;	  /* into model->refs: values, in declared order */
	uint32_t first_output, n_outputs;
	uint32_t n_opsets, n_parameters;
	uint32_t n_value_info;
	uint8_t kind;		/* enum graph_kind */
};

#endif
