/* A model of one tensor over bytes in memory. */
#ifndef ONE_TENSOR_H
#define ONE_TENSOR_H

#include <stdlib.h>
#include <string.h>

#include <mtui/model.h>

#define ONE_TENSOR_RUNS 64

struct one_tensor {
	struct model model;
	struct model_file file;
	struct tensor tensor;
	struct run_of_bytes runs[ONE_TENSOR_RUNS];
	int64_t dims[8];
};

/* All bytes are one plain run; dims is one dimension of count elements. */
static inline void one_tensor_init(struct one_tensor *one, enum dtype dtype, uint64_t count,
				   const void *bytes, size_t len)
{
	memset(one, 0, sizeof *one);
	one->file.file = file_wrap(bytes, len, "memory");
	one->model.files = &one->file;
	one->model.n_files = 1;
	one->model.tensors = &one->tensor;
	one->model.n_tensors = 1;
	one->runs[0] = (struct run_of_bytes){ 0, len, RUN_PLAIN };
	one->dims[0] = (int64_t)count;
	one->tensor = (struct tensor){ .dims = one->dims, .runs = one->runs, .count = count,
				       .present = count, .nbytes = len, .n_dims = 1, .n_runs = 1,
				       .value = NO_INDEX, .node = NO_INDEX, .indices = NO_INDEX,
				       .quant = NO_INDEX, .dtype = (uint8_t)dtype,
				       .storage = STORAGE_RAW };
}

static inline void one_tensor_free(struct one_tensor *one)
{
	file_close(one->file.file);
}

/* value as a base-128 varint; returns its length, at most 10. */
static inline size_t put_varint(uint8_t *out, uint64_t value)
{
	size_t n = 0;

	for (; value > 127; value >>= 7)
		out[n++] = (uint8_t)(value | 128);
	out[n++] = (uint8_t)value;
	return n;
}

#endif
