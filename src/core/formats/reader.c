#include <mtui/reader.h>

#include <string.h>

#include "core/formats/onnx.h"

enum { HEAD_BYTES = 4096 };

struct model *model_open(const char *path, struct error *err)
{
	struct file *file = file_open(path, err);
	return file ? model_read(file, err) : NULL;
}

/* "x.onnx" of another kind is worth a word more: the name has misled somebody. */
static void say_kind(const struct file *file, const char *kind, struct error *err)
{
	const char *dot = file->path ? strrchr(file->path, '.') : NULL;
	if (dot && strcmp(dot, ".onnx") == 0)
		error_set(err, ERROR_FORMAT, 0, "extension says ONNX, content is %s", kind);
	else
		error_set(err, ERROR_FORMAT, 0, "not an ONNX model: %s", kind);
}

struct model *model_read(struct file *file, struct error *err)
{
	uint8_t head[HEAD_BYTES];
	size_t n = file->size < sizeof head ? (size_t)file->size : sizeof head;
	const char *kind;
	if (n == 0) {
		error_set(err, ERROR_MALFORMED, 0, "file is empty");
		file_close(file);
		return NULL;
	}
	if (!file_read(file, 0, head, n, err)) {
		file_close(file);
		return NULL;
	}
	kind = probe_kind(head, n);
	if (kind) {
		say_kind(file, kind, err);
		file_close(file);
		return NULL;
	}
	return onnx_open(file, err);
}
