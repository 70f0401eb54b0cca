/* Gives the tensors of a model made by hand (build_model.h) their bytes, in a file in memory. */
#ifndef BUILD_DATA_H
#define BUILD_DATA_H

#include "build_model.h"

#include <mtui/file.h>

struct build_data {
	uint8_t bytes[4096];
	size_t used;
	struct run_of_bytes runs[64];
	size_t n_runs;
	struct model_file file;
};

/* The tensor's elements as they lie in memory; fewer than its shape says make it a short one. */
static inline void build_bytes(struct build *b, struct build_data *data, uint32_t tensor,
			       const void *bytes, size_t len)
{
	struct tensor *t = &b->tensors[tensor];
	struct run_of_bytes *run = &data->runs[data->n_runs++];
	uint16_t bits = dtype_traits[t->dtype].bits;

	memcpy(data->bytes + data->used, bytes, len);
	*run = (struct run_of_bytes){ data->used, len, RUN_PLAIN };
	data->used += len;
	t->runs = run;
	t->n_runs = 1;
	t->nbytes = len;
	t->present = bits ? len * 8 / bits : 0;
	if (t->present > t->count)
		t->present = t->count;
	if (t->present < t->count)
		t->problem = TENSOR_SHORT;
}

/* Strings as tagged fields: tag of string_data, length (below 128), bytes. */
static inline void build_strings(struct build *b, struct build_data *data, uint32_t tensor,
				 const struct text *strings, size_t n)
{
	struct tensor *t = &b->tensors[tensor];
	struct run_of_bytes *run = &data->runs[data->n_runs++];
	size_t begin = data->used;

	for (size_t i = 0; i < n; i++) {
		data->bytes[data->used++] = 6 << 3 | 2;
		data->bytes[data->used++] = (uint8_t)strings[i].len;
		memcpy(data->bytes + data->used, strings[i].data, strings[i].len);
		data->used += strings[i].len;
	}
	*run = (struct run_of_bytes){ begin, data->used - begin, RUN_TAGGED };
	t->runs = run;
	t->n_runs = 1;
	t->nbytes = run->nbytes;
	t->present = n;
	t->storage = STORAGE_STRING;
}

/* After build_done: the model's one file. Closed by build_data_free. */
static inline void build_files(struct build *b, struct build_data *data)
{
	data->file = (struct model_file){ .file = file_wrap(data->bytes, data->used, "m.onnx") };
	b->model.files = &data->file;
	b->model.n_files = 1;
}

static inline void build_data_free(struct build_data *data)
{
	file_close(data->file.file);
}

#endif
