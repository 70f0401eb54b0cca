/*
 * A tensor: where its elements are and how they are encoded. No element is ever copied into it.
 *
 * Tensors live in a model's arena, exactly as long as the model; they are read-only.
 */
#ifndef MTUI_TENSOR_H
#define MTUI_TENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/dtype.h>
#include <mtui/text.h>

#define NO_INDEX UINT32_MAX

enum tensor_kind {
	TENSOR_INITIALIZER,
	TENSOR_CONSTANT, /* in an attribute of a node */
	TENSOR_SPARSE,	 /* a sparse tensor: dims are the dense shape, the runs hold the values */
	TENSOR_INDICES,	 /* the indices of a sparse tensor */
};

/* Where an ONNX TensorProto keeps its elements. The names are the field names of the format. */
#define STORAGES(X)                                                                                \
	X(STORAGE_NONE, "none") /* no data at all; right only for 0 elements */                    \
	X(STORAGE_RAW, "raw_data")                                                                 \
	X(STORAGE_FLOAT, "float_data")                                                             \
	X(STORAGE_INT32, "int32_data")                                                             \
	X(STORAGE_INT64, "int64_data")                                                             \
	X(STORAGE_DOUBLE, "double_data")                                                           \
	X(STORAGE_UINT64, "uint64_data")                                                           \
	X(STORAGE_STRING, "string_data")                                                           \
	X(STORAGE_EXTERNAL, "external")                                                            \
	X(STORAGE_ATTRIBUTE, "attribute") /* value_float(s), value_int(s) of a Constant node */

enum storage {
#define X(id, name) id,
	STORAGES(X)
#undef X
	STORAGE_COUNT
};

const char *storage_name(enum storage storage);

/* How one run of bytes encodes consecutive elements. */
enum run_encoding {
	RUN_PLAIN,  /* little-endian elements of the tensor's dtype, packed below 8 bits */
	RUN_VARINT, /* one base-128 varint an element (int32_data, int64_data, uint64_data packed);
		       for f16, bf16, f8 and packed 4- and 2-bit types the varint holds the bits */
	RUN_TAGGED, /* (tag varint, value) pairs, wire type from each tag: fields not packed, strings */
};

/* A contiguous piece of a tensor's data in one file. */
struct run_of_bytes {
	uint64_t offset; /* in the file */
	uint64_t nbytes;
	uint8_t encoding; /* enum run_encoding */
};

/* Why a tensor's data cannot be used as its shape says; the notice carries the numbers. */
enum tensor_problem {
	TENSOR_OK,
	TENSOR_OVERFLOW,    /* element count does not fit 64 bits */
	TENSOR_BAD_DIMS,    /* a negative dimension */
	TENSOR_BAD_DTYPE,   /* unknown element type, or one that cannot be in this storage */
	TENSOR_SHORT,	    /* fewer bytes than the shape needs; what is there can be read */
	TENSOR_LONG,	    /* more bytes than the shape needs; the first ones are read */
	TENSOR_NO_DATA,	    /* external data missing, refused or outside its file; or none at all */
};

struct tensor {
	struct text name;	/* "" for a nameless constant: see tensor_label in model.h */
	const int64_t *dims;	/* outermost first; negative only with TENSOR_BAD_DIMS */
	const struct run_of_bytes *runs; /* in element order; usually one */
	uint64_t count;		/* elements the shape has (1 for a scalar); 0 if not known */
	uint64_t present;	/* elements that can be read: min(count, what the data holds) */
	uint64_t nbytes;	/* of data in the file, over all runs */
	uint32_t n_dims;
	uint32_t n_runs;
	uint32_t file;		/* index into the model's files; 0 is the model itself */
	uint32_t graph;		/* graph that owns it */
	uint32_t value;		/* the value it gives (initializer, Constant output), or NO_INDEX */
	uint32_t node;		/* node whose attribute holds it, or NO_INDEX */
	uint32_t indices;	/* TENSOR_SPARSE: index of the TENSOR_INDICES tensor, else NO_INDEX */
	uint32_t quant;		/* index into the model's quantization annotations, or NO_INDEX */
	int32_t dtype_number;	/* the number in the file, for DTYPE_UNKNOWN */
	uint8_t dtype;		/* enum dtype */
	uint8_t kind;		/* enum tensor_kind */
	uint8_t storage;	/* enum storage */
	uint8_t problem;	/* enum tensor_problem */
};

/* Offset of the first byte of data in its file, or 0 where there is none. */
static inline uint64_t tensor_offset(const struct tensor *tensor)
{
	return tensor->n_runs ? tensor->runs[0].offset : 0;
}

/* The data is one plain little-endian run that a kernel can take as it lies. */
static inline bool tensor_is_plain(const struct tensor *tensor)
{
	return tensor->n_runs == 1 && tensor->runs[0].encoding == RUN_PLAIN;
}

#endif
