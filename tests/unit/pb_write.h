/*
 * Protobuf messages written by hand, for tests of readers: good ones and broken ones.
 *
 *	struct pb t = { 0 };
 *	pb_int(&t, 1, 3);			dims: 3
 *	pb_string(&t, 8, "w");
 *	pb_put(&graph, 5, &t);		takes t over and empties it
 */
#ifndef PB_WRITE_H
#define PB_WRITE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mtui/reader.h>

struct pb {
	uint8_t *data;
	size_t len, capacity;
};

static inline void pb_raw(struct pb *pb, const void *bytes, size_t len)
{
	if (pb->len + len > pb->capacity) {
		pb->capacity = (pb->len + len) * 2 + 64;
		pb->data = realloc(pb->data, pb->capacity);
		assert_non_null(pb->data);
	}
	if (len)
		memcpy(pb->data + pb->len, bytes, len);
	pb->len += len;
}

static inline void pb_byte(struct pb *pb, unsigned byte)
{
	uint8_t b = (uint8_t)byte;
	pb_raw(pb, &b, 1);
}

static inline void pb_varint(struct pb *pb, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		pb_byte(pb, (unsigned)(value & 0x7f) | 0x80);
	pb_byte(pb, (unsigned)value);
}

static inline void pb_tag(struct pb *pb, unsigned number, unsigned wire)
{
	pb_varint(pb, (uint64_t)number << 3 | wire);
}

static inline void pb_int(struct pb *pb, unsigned number, int64_t value)
{
	pb_tag(pb, number, 0);
	pb_varint(pb, (uint64_t)value);
}

static inline void pb_float(struct pb *pb, unsigned number, float value)
{
	pb_tag(pb, number, 5);
	pb_raw(pb, &value, 4);
}

static inline void pb_double(struct pb *pb, unsigned number, double value)
{
	pb_tag(pb, number, 1);
	pb_raw(pb, &value, 8);
}

static inline void pb_bytes(struct pb *pb, unsigned number, const void *bytes, size_t len)
{
	pb_tag(pb, number, 2);
	pb_varint(pb, len);
	pb_raw(pb, bytes, len);
}

static inline void pb_string(struct pb *pb, unsigned number, const char *string)
{
	pb_bytes(pb, number, string, strlen(string));
}

static inline void pb_free(struct pb *pb)
{
	free(pb->data);
	*pb = (struct pb){ 0 };
}

static inline void pb_put(struct pb *pb, unsigned number, struct pb *inner)
{
	pb_bytes(pb, number, inner->data, inner->len);
	pb_free(inner);
}

/* The messages of ONNX, as far as tests need them. */

static inline struct pb onnx_tensor(const char *name, int dtype, size_t n_dims, const int64_t *dims)
{
	struct pb tensor = { 0 };
	for (size_t i = 0; i < n_dims; i++)
		pb_int(&tensor, 1, dims[i]);
	pb_int(&tensor, 2, dtype);
	if (name)
		pb_string(&tensor, 8, name);
	return tensor;
}

/* Names separated by blanks; "-" is an empty one. */
static inline void onnx_names(struct pb *node, unsigned number, const char *names)
{
	while (*names) {
		size_t len = strcspn(names, " ");
		pb_bytes(node, number, names, len == 1 && *names == '-' ? 0 : len);
		names += len + (names[len] == ' ');
	}
}

static inline struct pb onnx_node(const char *type, const char *inputs, const char *outputs)
{
	struct pb node = { 0 };
	onnx_names(&node, 1, inputs);
	onnx_names(&node, 2, outputs);
	pb_string(&node, 4, type);
	return node;
}

static inline void onnx_add_node(struct pb *graph, const char *type, const char *inputs,
				 const char *outputs)
{
	struct pb node = onnx_node(type, inputs, outputs);
	pb_put(graph, 1, &node);
}

static inline struct pb onnx_attribute(const char *name, int type)
{
	struct pb attribute = { 0 };
	pb_string(&attribute, 1, name);
	pb_int(&attribute, 20, type);
	return attribute;
}

/* A value with a tensor type; negative dims are left out. */
static inline void onnx_value(struct pb *graph, unsigned number, const char *name, int dtype,
			      size_t n_dims, const int64_t *dims)
{
	struct pb info = { 0 }, type = { 0 }, tensor = { 0 }, shape = { 0 };
	for (size_t i = 0; i < n_dims; i++) {
		struct pb dim = { 0 };
		if (dims[i] >= 0)
			pb_int(&dim, 1, dims[i]);
		pb_put(&shape, 1, &dim);
	}
	pb_int(&tensor, 1, dtype);
	pb_put(&tensor, 2, &shape);
	pb_put(&type, 1, &tensor);
	pb_string(&info, 1, name);
	pb_put(&info, 2, &type);
	pb_put(graph, number, &info);
}

static inline void onnx_import(struct pb *model, const char *domain, int64_t version)
{
	struct pb opset = { 0 };
	if (*domain)
		pb_string(&opset, 1, domain);
	pb_int(&opset, 2, version);
	pb_put(model, 8, &opset);
}

/* IR 8, opset 17, and the graph, which is taken over. */
static inline struct pb onnx_model(struct pb *graph)
{
	struct pb model = { 0 };
	pb_int(&model, 1, 8);
	onnx_import(&model, "", 17);
	pb_put(&model, 7, graph);
	return model;
}

/* A model from bytes. Keeps a copy that lives until read_done. */
struct read {
	struct model *model;
	struct error err;
	uint8_t *bytes; /* exactly as long as the file, so that ASan sees reads beyond it */
};

static inline struct read read_bytes(const void *bytes, size_t len)
{
	struct read read = { .err = { .code = ERROR_NONE, .offset = -1 } };
	read.bytes = malloc(len ? len : 1);
	assert_non_null(read.bytes);
	if (len)
		memcpy(read.bytes, bytes, len);
	struct file *file = file_wrap(read.bytes, len, "test.onnx");
	assert_non_null(file);
	read.model = model_read(file, &read.err);
	assert_true((read.model != NULL) == (read.err.code == ERROR_NONE));
	return read;
}

/* Takes the message over. */
static inline struct read read_pb(struct pb *pb)
{
	struct read read = read_bytes(pb->data, pb->len);
	pb_free(pb);
	return read;
}

static inline struct read read_graph(struct pb *graph)
{
	struct pb model = onnx_model(graph);
	return read_pb(&model);
}

static inline void read_done(struct read *read)
{
	model_unref(read->model);
	free(read->bytes);
}

static inline const struct notice *find_notice(const struct model *model, const char *rule)
{
	for (size_t i = 0; i < model->n_notices; i++)
		if (strcmp(model->notices[i].rule, rule) == 0)
			return &model->notices[i];
	return NULL;
}

#define assert_text(text, string) assert_true(text_is((text), (string)))

/* The notice is there and its message has the words in it. */
#define assert_notice(model, rule_, words)                                                         \
	do {                                                                                       \
		const struct notice *n_ = find_notice((model), (rule_));                           \
		assert_non_null(n_);                                                               \
		if (!memmem(n_->message.data, n_->message.len, (words), strlen(words)))            \
			fail_msg("\"%.*s\" does not say \"%s\"", (int)n_->message.len,             \
				 n_->message.data, (words));                                       \
	} while (0)

/* Reading failed with this code, offset and words. */
#define assert_refused(read, code_, offset_, words)                                                \
	do {                                                                                       \
		assert_null((read).model);                                                         \
		if ((read).err.code != (code_) || (read).err.offset != (offset_) ||                \
		    !strstr((read).err.message, (words)))                                          \
			fail_msg("code %d at %lld: \"%s\"", (int)(read).err.code,                  \
				 (long long)(read).err.offset, (read).err.message);                \
	} while (0)

#endif
