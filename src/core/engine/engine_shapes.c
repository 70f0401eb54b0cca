/* SHAPES frames: types for values of the model. */
#include <string.h>

#include <mtui/limits.h>

#include "core/engine/engine_cursor.h"

enum { TYPE_DEPTH = 8 };

/* libonnx calls a dimension that it knows nothing of "unk__7". */
static bool is_made_up(struct text symbol)
{
	if (symbol.len < 6 || memcmp(symbol.data, "unk__", 5) != 0)
		return false;
	for (size_t i = 5; i < symbol.len; i++)
		if (symbol.data[i] < '0' || symbol.data[i] > '9')
			return false;
	return true;
}

bool engine_model_has_unk(const struct model *model)
{
	for (size_t i = 0; i < model->n_types; i++)
		for (uint32_t d = 0; d < model->types[i].n_dims; d++)
			if (is_made_up(model->types[i].dims[d].symbol))
				return true;
	return false;
}

/* The symbol as it lies in the arena: few occur often. */
static bool keep_symbol(struct engine_answer *answer, struct text *symbol)
{
	unsigned most = sizeof answer->symbols / sizeof *answer->symbols;
	struct text kept;

	for (unsigned i = 0; i < most && i < answer->n_symbols; i++) {
		if (text_equal(answer->symbols[i], *symbol)) {
			*symbol = answer->symbols[i];
			return true;
		}
	}
	kept = arena_text(&answer->shapes->arena, symbol->data, symbol->len);
	if (!kept.data)
		return false;
	answer->symbols[answer->n_symbols++ % most] = kept;
	*symbol = kept;
	return true;
}

static bool read_dim(struct engine_answer *answer, struct cursor *cursor, struct dim *dim,
		     struct error *err)
{
	uint32_t len;

	*dim = (struct dim){ .value = -1 };
	switch (take_u8(cursor)) {
	case ENGINE_DIM_UNKNOWN:
		return true;
	case ENGINE_DIM_NUMBER:
		dim->value = (int64_t)take_u64(cursor);
		if (dim->value < 0)
			dim->value = -1;
		return true;
	case ENGINE_DIM_SYMBOL:
		len = take_u32(cursor);
		if (len > ENGINE_TEXT_MAX)
			return answer_wrong(err, "a dimension's name is too long");
		dim->symbol = (struct text){ (const char *)take(cursor, len), len };
		if (cursor->short_of || (!answer->keeps_unk && is_made_up(dim->symbol)))
			dim->symbol.len = 0;
		return dim->symbol.len == 0 || keep_symbol(answer, &dim->symbol) || answer_exhausted(err);
	}
	return answer_wrong(err, "no such kind of dimension");
}

static bool read_tensor(struct engine_answer *answer, struct cursor *cursor, struct type *type,
			struct dim dims[LIMIT_DIMS], struct error *err)
{
	uint32_t n;

	type->dtype = (uint8_t)dtype_from_onnx((int32_t)take_u32(cursor));
	type->has_shape = take_u8(cursor) != 0;
	n = take_u32(cursor);
	if (n > LIMIT_DIMS)
		return answer_wrong(err, "a shape has too many dimensions");
	for (uint32_t i = 0; i < n; i++)
		if (!read_dim(answer, cursor, &dims[i], err))
			return false;
	type->dims = dims;
	type->n_dims = type->has_shape ? n : 0;
	return true;
}

static bool read_type(struct engine_answer *answer, struct cursor *cursor, struct type *type,
		      struct dim dims[LIMIT_DIMS], struct error *err)
{
	static const enum type_kind kinds[] = {
		[ENGINE_TENSOR] = TYPE_TENSOR,	   [ENGINE_SPARSE] = TYPE_SPARSE_TENSOR,
		[ENGINE_SEQUENCE] = TYPE_SEQUENCE, [ENGINE_OPTIONAL] = TYPE_OPTIONAL,
		[ENGINE_MAP] = TYPE_MAP,
	};
	struct type outer[TYPE_DEPTH];
	unsigned depth = 0;

	for (;;) {
		uint8_t kind = take_u8(cursor);

		if (kind < ENGINE_TENSOR || kind > ENGINE_MAP)
			return answer_wrong(err, "no such kind of type");
		*type = (struct type){ .kind = (uint8_t)kinds[kind], .inner = NO_INDEX };
		if (kind == ENGINE_MAP)
			type->dtype = (uint8_t)dtype_from_onnx((int32_t)take_u32(cursor));
		if (kind == ENGINE_TENSOR || kind == ENGINE_SPARSE)
			break;
		if (depth == TYPE_DEPTH)
			return answer_wrong(err, "a type is nested too deeply");
		outer[depth++] = *type;
	}
	if (!read_tensor(answer, cursor, type, dims, err))
		return false;
	while (depth > 0) {
		uint32_t inner;

		if (!shapes_add_inner(answer->shapes, type, &inner))
			return answer_exhausted(err);
		*type = outer[--depth];
		type->inner = inner;
	}
	return true;
}

static bool find_value(const struct model *model, const struct graph *graph, uint32_t node,
		       uint32_t place, uint32_t *value, struct error *err)
{
	uint32_t first = graph->first_input, n = graph->n_inputs;

	if (node != ENGINE_INPUT) {
		if (node >= graph->n_nodes)
			return answer_wrong(err, "no such node");
		first = model->nodes[graph->first_node + node].first_output;
		n = model->nodes[graph->first_node + node].n_outputs;
	}
	if (place >= n)
		return answer_wrong(err, "no such output");
	*value = model->refs[first + place];
	return true;
}

bool engine_read_shapes(struct engine_answer *answer, struct cursor *cursor, struct error *err)
{
	const struct model *model = answer->shapes->model;
	uint32_t graph = take_u32(cursor);
	struct dim dims[LIMIT_DIMS];
	struct type type;

	if (cursor->short_of || graph >= model->n_graphs)
		return answer_wrong(err, "no such graph");
	while (cursor->left > 0) {
		uint32_t node = take_u32(cursor), place = take_u32(cursor), value = NO_INDEX;

		if (cursor->short_of ||
		    !find_value(model, &model->graphs[graph], node, place, &value, err) ||
		    !read_type(answer, cursor, &type, dims, err))
			return cursor->short_of ? answer_wrong(err, "a frame ends too early") : false;
		if (cursor->short_of)
			return answer_wrong(err, "a frame ends too early");
		if (value != NO_INDEX &&
		    !shapes_put(answer->shapes, value, &type, SHAPE_FROM_LIBONNX, NULL))
			return answer_exhausted(err);
	}
	return true;
}
