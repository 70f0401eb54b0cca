/*
 * Initializers of the plainest form, which most weights of a large model have: small dimensions, a
 * data type, a short name and, at the end, raw data of the right length. They are taken apart with
 * two pointers, without a draft and a struct pb_field for each of their fields. What is not plain
 * is left untouched to onnx_tensor.c, which reads any form; both come to the same result.
 */
#ifndef FORMATS_ONNX_PLAIN_H
#define FORMATS_ONNX_PLAIN_H

#include "core/formats/onnx.h"

enum { ONNX_PLAIN_DIMS = 8 };

struct onnx_plain {
	int64_t dims[ONNX_PLAIN_DIMS];
	size_t n_dims;
	const uint8_t *name; /* in the window */
	size_t name_len;
	uint64_t start, nbytes; /* of the data; start counts from the beginning of the message */
	uint64_t count;
	int32_t data_type;
	enum dtype dtype;
};

/* What a tensor points to. */
struct onnx_plain_data {
	struct run_of_bytes run;
	int64_t dims[]; /* of the tensor */
};

/* False where it is not plain, or where the walk has failed. */
bool onnx_parse_plain(struct pbwire *wire, const struct pb_field *where, struct onnx_plain *plain);

/* The tensor, but for its name and value. */
void onnx_plain_tensor(const struct onnx_plain *plain, const struct pb_field *where, uint32_t graph,
		       struct tensor *tensor, struct onnx_plain_data *data);
static inline size_t onnx_plain_size(const struct onnx_plain *plain) /* of its data */
{
	return sizeof(struct onnx_plain_data) + plain->n_dims * sizeof *plain->dims;
}

/* The whole initializer into the model, where it is plain (`taken` says so). */
bool onnx_take_plain(struct onnx *onnx, const struct pb_field *where, uint32_t graph, bool *taken);

#endif
