/*
 * TypeProto. A sequence, map or optional holds a further type: levels are read one after the
 * other, each from the pieces that the level before has found (repeated fields are merged).
 */
#include "core/formats/onnx.h"

#include <string.h>

enum { TYPE_LEVELS = LIMIT_WIRE_DEPTH / 2 }; /* a level is two messages */

static bool read_dim(struct onnx *onnx, const struct pb_field *where)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	struct dim dim = { -1, { "", 0 }, false };
	uint32_t name;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT)) {
			dim = (struct dim){ (int64_t)field.value, { "", 0 }, true };
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			if (!onnx_read_name(onnx, &field, &name))
				return false;
			dim = (struct dim){ -1, onnx_name_text(onnx, name), false };
		}
	}
	if (!pbwire_ok(&onnx->wire) || !ONNX_ROOM(onnx, onnx->dims))
		return false;
	onnx->dims.items[onnx->dims.count++] = dim;
	return true;
}

/* TypeProto.Tensor and TypeProto.SparseTensor */
static bool read_tensor_type(struct onnx *onnx, const struct pb_field *where, struct type *type)
{
	struct pb_message message = pb_message(where);
	struct pb_field field, dim;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT)) {
			type->dtype = (uint8_t)dtype_from_onnx((int32_t)field.value);
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			struct pb_message shape = pb_message(&field);
			type->has_shape = true;
			while (pbwire_next(&onnx->wire, &shape, &dim))
				if (dim.tag == PB_TAG(1, PB_BYTES) && !read_dim(onnx, &dim))
					return false;
		}
	}
	return pbwire_ok(&onnx->wire);
}

/* Sequence, Map and Optional: the key type of a map, and where the inner type lies. */
static bool read_container(struct onnx *onnx, const struct pb_field *where, struct type *type)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	uint32_t inner = type->kind == TYPE_MAP ? 2 : 1;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT) && type->kind == TYPE_MAP) {
			type->dtype = (uint8_t)dtype_from_onnx((int32_t)field.value);
		} else if (field.tag == PB_TAG(inner, PB_BYTES)) {
			if (!ONNX_ROOM(onnx, onnx->next_type_parts))
				return false;
			onnx->next_type_parts.items[onnx->next_type_parts.count++] =
				pb_message(&field);
		}
	}
	return pbwire_ok(&onnx->wire);
}

static bool read_opaque(struct onnx *onnx, const struct pb_field *where, struct type *type)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	struct text domain = { "", 0 }, name = { "", 0 };
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES) && !onnx_read_text(onnx, &field, &domain))
			return false;
		if (field.tag == PB_TAG(2, PB_BYTES) && !onnx_read_text(onnx, &field, &name))
			return false;
	}
	if (!pbwire_ok(&onnx->wire))
		return false;
	char *full = arena_alloc(onnx->arena, domain.len + 1 + name.len);
	if (!full)
		return onnx_exhausted(onnx);
	size_t at = 0;
	if (domain.len) {
		memcpy(full, domain.data, domain.len);
		full[domain.len] = '.';
		at = domain.len + 1;
	}
	if (name.len)
		memcpy(full + at, name.data, name.len);
	type->name = (struct text){ full, at + name.len };
	return true;
}

static bool read_type_field(struct onnx *onnx, const struct pb_field *field, struct type *type)
{
	enum type_kind kind;
	switch (field->tag) {
	case PB_TAG(1, PB_BYTES):
		kind = TYPE_TENSOR;
		break;
	case PB_TAG(4, PB_BYTES):
		kind = TYPE_SEQUENCE;
		break;
	case PB_TAG(5, PB_BYTES):
		kind = TYPE_MAP;
		break;
	case PB_TAG(7, PB_BYTES):
		kind = TYPE_OPAQUE;
		break;
	case PB_TAG(8, PB_BYTES):
		kind = TYPE_SPARSE_TENSOR;
		break;
	case PB_TAG(9, PB_BYTES):
		kind = TYPE_OPTIONAL;
		break;
	default:
		return true;
	}
	if (type->kind != kind) { /* one of: a later kind replaces what was there */
		*type = (struct type){ .kind = (uint8_t)kind, .inner = NO_INDEX };
		onnx->dims.count = onnx->next_type_parts.count = 0;
	}
	if (kind == TYPE_TENSOR || kind == TYPE_SPARSE_TENSOR)
		return read_tensor_type(onnx, field, type);
	if (kind == TYPE_OPAQUE)
		return read_opaque(onnx, field, type);
	return read_container(onnx, field, type);
}

static bool read_level(struct onnx *onnx, uint32_t *index)
{
	struct type type = { .kind = TYPE_NONE, .inner = NO_INDEX };
	struct pb_field field;
	onnx->dims.count = onnx->next_type_parts.count = 0;
	for (size_t i = 0; i < onnx->type_parts.count; i++) {
		struct pb_message message = onnx->type_parts.items[i];
		while (pbwire_next(&onnx->wire, &message, &field))
			if (!read_type_field(onnx, &field, &type))
				return false;
	}
	if (!pbwire_ok(&onnx->wire) || !ONNX_ROOM(onnx, onnx->types))
		return false;
	size_t n = onnx->dims.count;
	if (n) {
		struct dim *dims = onnx_take_array(onnx, n, sizeof *dims);
		if (!dims)
			return false;
		memcpy(dims, onnx->dims.items, n * sizeof *dims);
		type.dims = dims;
		type.n_dims = (uint32_t)n;
	}
	*index = (uint32_t)onnx->types.count;
	onnx->types.items[onnx->types.count++] = type;
	return true;
}

bool onnx_read_type(struct onnx *onnx, uint32_t *type)
{
	uint64_t offset = onnx->type_parts.items[0].position;
	uint32_t outer = NO_INDEX, level;
	for (int depth = 0; onnx->type_parts.count; depth++) {
		if (depth == TYPE_LEVELS)
			return pbwire_fail(&onnx->wire, ERROR_MALFORMED, offset,
					   "type nested deeper than %d", LIMIT_WIRE_DEPTH);
		if (!read_level(onnx, &level))
			return false;
		if (outer == NO_INDEX)
			*type = level;
		else
			onnx->types.items[outer].inner = level;
		outer = level;
		onnx->type_parts.count = 0;
		for (size_t i = 0; i < onnx->next_type_parts.count; i++) {
			if (!ONNX_ROOM(onnx, onnx->type_parts))
				return false;
			onnx->type_parts.items[onnx->type_parts.count++] =
				onnx->next_type_parts.items[i];
		}
	}
	return true;
}
