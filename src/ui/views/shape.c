#include "ui/views/shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
	char *buffer;
	size_t size, len;
	bool full;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
	va_list list;

	if (w->full)
		return;
	va_start(list, format);
	int n = vsnprintf(w->buffer + w->len, w->size - w->len, format, list);
	va_end(list);
	if (n >= 0 && (size_t)n < w->size - w->len) {
		w->len += (size_t)n;
		return;
	}
	w->full = true;
	w->buffer[w->len] = '\0';
	if (w->len > w->size - 4)
		w->len = w->size - 4;
	/* Never in the middle of a character. */
	while (w->len > 0 && ((unsigned char)w->buffer[w->len] & 0xc0) == 0x80)
		w->len--;
	memcpy(w->buffer + w->len, "...", 4);
}

static void begin(struct writer *w, enum shape_style style)
{
	if (style == SHAPE_LIST)
		put(w, "[");
}

static void next(struct writer *w, enum shape_style style, uint32_t i)
{
	if (i > 0)
		put(w, style == SHAPE_LIST ? ", " : "×");
}

static void finish(struct writer *w, enum shape_style style, uint32_t n_dims)
{
	if (style == SHAPE_LIST)
		put(w, "]");
	else if (n_dims == 0)
		put(w, "scalar");
}

void shape_of_tensor(const struct tensor *tensor, enum shape_style style, char *buffer, size_t size)
{
	struct writer w = { .buffer = buffer, .size = size };

	buffer[0] = '\0';
	begin(&w, style);
	for (uint32_t i = 0; i < tensor->n_dims; i++) {
		next(&w, style, i);
		put(&w, "%" PRId64, tensor->dims[i]);
	}
	finish(&w, style, tensor->n_dims);
}

static void put_shape(struct writer *w, const struct type *type, enum gate_mode mode,
		      enum shape_style style)
{
	char symbol[128];

	begin(w, style);
	for (uint32_t i = 0; i < type->n_dims; i++) {
		const struct dim *dim = &type->dims[i];
		next(w, style, i);
		if (dim->value >= 0) {
			put(w, "%" PRId64, dim->value);
		} else if (dim->symbol.len) {
			gate_text(mode, symbol, sizeof symbol, 40, dim->symbol);
			put(w, "%s", symbol);
		} else {
			put(w, "?");
		}
	}
	finish(w, style, type->n_dims);
}

bool shape_of_type(const struct type *type, enum gate_mode mode, enum shape_style style,
		   char *buffer, size_t size)
{
	struct writer w = { .buffer = buffer, .size = size };

	buffer[0] = '\0';
	if ((type->kind != TYPE_TENSOR && type->kind != TYPE_SPARSE_TENSOR) || !type->has_shape)
		return false;
	put_shape(&w, type, mode, style);
	return true;
}

void type_words_in(const struct type *types, size_t n_types, const struct type *type,
		   enum gate_mode mode, char *buffer, size_t size)
{
	struct writer w = { .buffer = buffer, .size = size };
	char name[256];

	buffer[0] = '\0';
	for (; type && !w.full; type = type->inner < n_types ? &types[type->inner] : NULL) {
		switch ((enum type_kind)type->kind) {
		case TYPE_SPARSE_TENSOR:
			put(&w, "sparse ");
			/* fall through */
		case TYPE_TENSOR:
			put(&w, "%s ", dtype_name(type->dtype));
			if (type->has_shape)
				put_shape(&w, type, mode, SHAPE_LIST);
			else
				put(&w, "of any rank");
			return;
		case TYPE_SEQUENCE:
			put(&w, "sequence of ");
			break;
		case TYPE_OPTIONAL:
			put(&w, "optional ");
			break;
		case TYPE_MAP:
			put(&w, "map from %s to ", dtype_name(type->dtype));
			break;
		case TYPE_OPAQUE:
			gate_text(mode, name, sizeof name, 60, type->name);
			put(&w, "opaque %s", name);
			return;
		case TYPE_NONE:
			put(&w, "unknown type");
			return;
		}
	}
	put(&w, "?");
}

void type_words(const struct model *model, uint32_t index, enum gate_mode mode, char *buffer,
		size_t size)
{
	type_words_in(model->types, model->n_types,
		      index < model->n_types ? &model->types[index] : NULL, mode, buffer, size);
}

bool value_words(const struct model *model, const struct shapes *shapes, uint32_t index,
		 enum gate_mode mode, char *buffer, size_t size)
{
	const struct value *value = &model->values[index];
	const struct value_shape *shape = shapes ? &shapes->values[index] : NULL;
	char dtype[32], dims[200];

	if (shape && shape->type && shape->origin != SHAPE_DECLARED) {
		snprintf(buffer, size, "~");
		type_words_in(shapes->inner_types.items, shapes->inner_types.count, shape->type,
			      mode, buffer + 1, size - 1);
	} else if (value->type != NO_INDEX) {
		type_words(model, value->type, mode, buffer, size);
	} else if (value->tensor != NO_INDEX) {
		const struct tensor *tensor = &model->tensors[value->tensor];

		dtype_words(tensor, dtype, sizeof dtype);
		shape_of_tensor(tensor, SHAPE_LIST, dims, sizeof dims);
		snprintf(buffer, size, "%s %s", dtype, dims);
	} else {
		snprintf(buffer, size, "–");
		return false;
	}
	return true;
}

void dtype_words(const struct tensor *tensor, char *buffer, size_t size)
{
	if (tensor->dtype == DTYPE_UNKNOWN)
		snprintf(buffer, size, "type %d", (int)tensor->dtype_number);
	else
		snprintf(buffer, size, "%s", dtype_name(tensor->dtype));
}
