#include "core/engine/engine_answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/gate.h>
#include <mtui/limits.h>

enum { TYPE_DEPTH = 8 };

/* What is left of a payload. After the first read past its end everything reads as 0. */
struct cursor {
	const uint8_t *at;
	size_t left;
	bool short_of;
};

static const uint8_t *take(struct cursor *cursor, size_t len)
{
	const uint8_t *at = cursor->at;

	if (len > cursor->left) {
		cursor->short_of = true;
		cursor->left = 0;
		return NULL;
	}
	cursor->at += len;
	cursor->left -= len;
	return at;
}

static uint8_t take_u8(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 1);

	return at ? *at : 0;
}

static uint32_t take_u32(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 4);

	return at ? load_u32(at) : 0;
}

static uint64_t take_u64(struct cursor *cursor)
{
	const uint8_t *at = take(cursor, 8);

	return at ? load_u64(at) : 0;
}

static bool wrong(struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED, -1, "mtui-engine answered badly: %s", what);
}

static bool exhausted(struct error *err)
{
	return error_set(err, ERROR_MEMORY, -1, "out of memory");
}

char *engine_line(char *buffer, size_t size, const char *text, size_t len)
{
	char line[ENGINE_TEXT_MAX];
	size_t n = 0;
	bool blank = false;

	for (size_t i = 0; i < len && n < sizeof line; i++) {
		bool is_blank = text[i] == ' ' || text[i] == '\n' || text[i] == '\t' ||
				text[i] == '\r';
		if (!is_blank && blank && n > 0)
			line[n++] = ' ';
		if (!is_blank && n < sizeof line)
			line[n++] = text[i];
		blank = is_blank;
	}
	gate_text(GATE_UNICODE, buffer, size, size - 1, (struct text){ line, n });
	return buffer;
}

/* --- Shapes ---------------------------------------------------------------------------------- */

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

static bool model_has_unk(const struct model *model)
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
			return wrong(err, "a dimension's name is too long");
		dim->symbol = (struct text){ (const char *)take(cursor, len), len };
		if (cursor->short_of || (!answer->keeps_unk && is_made_up(dim->symbol)))
			dim->symbol.len = 0;
		return dim->symbol.len == 0 || keep_symbol(answer, &dim->symbol) || exhausted(err);
	}
	return wrong(err, "no such kind of dimension");
}

static bool read_tensor(struct engine_answer *answer, struct cursor *cursor, struct type *type,
			struct dim dims[LIMIT_DIMS], struct error *err)
{
	uint32_t n;

	type->dtype = (uint8_t)dtype_from_onnx((int32_t)take_u32(cursor));
	type->has_shape = take_u8(cursor) != 0;
	n = take_u32(cursor);
	if (n > LIMIT_DIMS)
		return wrong(err, "a shape has too many dimensions");
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
			return wrong(err, "no such kind of type");
		*type = (struct type){ .kind = (uint8_t)kinds[kind], .inner = NO_INDEX };
		if (kind == ENGINE_MAP)
			type->dtype = (uint8_t)dtype_from_onnx((int32_t)take_u32(cursor));
		if (kind == ENGINE_TENSOR || kind == ENGINE_SPARSE)
			break;
		if (depth == TYPE_DEPTH)
			return wrong(err, "a type is nested too deeply");
		outer[depth++] = *type;
	}
	if (!read_tensor(answer, cursor, type, dims, err))
		return false;
	while (depth > 0) {
		uint32_t inner;

		if (!shapes_add_inner(answer->shapes, type, &inner))
			return exhausted(err);
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
			return wrong(err, "no such node");
		first = model->nodes[graph->first_node + node].first_output;
		n = model->nodes[graph->first_node + node].n_outputs;
	}
	if (place >= n)
		return wrong(err, "no such output");
	*value = model->refs[first + place];
	return true;
}

static bool read_shapes(struct engine_answer *answer, struct cursor *cursor, struct error *err)
{
	const struct model *model = answer->shapes->model;
	uint32_t graph = take_u32(cursor);
	struct dim dims[LIMIT_DIMS];
	struct type type;

	if (cursor->short_of || graph >= model->n_graphs)
		return wrong(err, "no such graph");
	while (cursor->left > 0) {
		uint32_t node = take_u32(cursor), place = take_u32(cursor), value = NO_INDEX;

		if (cursor->short_of ||
		    !find_value(model, &model->graphs[graph], node, place, &value, err) ||
		    !read_type(answer, cursor, &type, dims, err))
			return cursor->short_of ? wrong(err, "a frame ends too early") : false;
		if (cursor->short_of)
			return wrong(err, "a frame ends too early");
		if (value != NO_INDEX &&
		    !shapes_put(answer->shapes, value, &type, SHAPE_FROM_LIBONNX, NULL))
			return exhausted(err);
	}
	return true;
}

/* --- Items ----------------------------------------------------------------------------------- */

struct item {
	enum engine_item tag;
	struct text text;
	int64_t number; /* where the text has 8 bytes */
};

static bool read_item(struct cursor *cursor, struct item *item, struct error *err)
{
	uint32_t len;

	item->tag = take_u8(cursor);
	len = take_u32(cursor);
	item->text = (struct text){ (const char *)take(cursor, len), len };
	if (cursor->short_of)
		return wrong(err, "an item ends too early");
	item->number = len == 8 ? (int64_t)load_u64(item->text.data) : 0;
	return true;
}

/* A version, or minus an errno. */
static int small_number(const struct item *item)
{
	return item->number < -4095 ? -4095 : item->number > 4095 ? 4095 : (int)item->number;
}

static bool read_hello(struct engine_answer *answer, struct cursor *cursor, struct error *err)
{
	struct engine_about *about = &answer->about;
	struct item item;
	int64_t protocol = 0;

	while (cursor->left > 0) {
		if (!read_item(cursor, &item, err))
			return false;
		switch (item.tag) {
		case ITEM_PROTOCOL:
			protocol = item.number;
			break;
		case ITEM_LIBRARY:
			engine_line(about->library, sizeof about->library, item.text.data,
				    item.text.len);
			break;
		case ITEM_IR:
			about->ir = item.number;
			break;
		case ITEM_LANDLOCK:
			about->landlock = small_number(&item);
			break;
		case ITEM_SECCOMP:
			about->seccomp = small_number(&item);
			break;
		case ITEM_RLIMITS:
			about->rlimits = small_number(&item);
			break;
		case ITEM_DOMAIN:
			if (about->n_domains == ENGINE_DOMAINS)
				return wrong(err, "too many domains");
			engine_line(about->domains[about->n_domains++].name,
				    sizeof about->domains->name, item.text.data, item.text.len);
			break;
		case ITEM_OPSET:
			if (about->n_domains > 0)
				about->domains[about->n_domains - 1].opset = item.number;
			break;
		default:
			return wrong(err, "no such item");
		}
	}
	answer->greeted = true;
	if (protocol != ENGINE_PROTOCOL)
		return error_set(err, ERROR_MALFORMED, -1,
				 "mtui-engine is of another version (its protocol is %" PRId64
				 ", mtui's is %d)", protocol, ENGINE_PROTOCOL);
	return true;
}

static bool keep_text(struct op_doc *doc, struct text from, struct text *to)
{
	*to = arena_text(&doc->arena, from.data, from.len);
	return to->data || from.len == 0;
}

/* Appends a zeroed item to a list of the documentation and names it. */
#define BEGIN(doc, list, named)                                                                    \
	(vector_reserve(&(doc)->arena, &(doc)->list, 1) &&                                         \
	 (memset(&(doc)->list.items[(doc)->list.count], 0, sizeof *(doc)->list.items),             \
	  keep_text((doc), (named), &(doc)->list.items[(doc)->list.count++].name)))

#define LAST(list) (&(list).items[(list).count - 1])

static bool add_type(struct op_doc *doc, struct text type)
{
	if (!vector_reserve(&doc->arena, &doc->types, 1) ||
	    !keep_text(doc, type, &doc->types.items[doc->types.count]))
		return false;
	doc->types.count++;
	LAST(doc->constraints)->n_types++;
	return true;
}

static bool read_attribute_part(struct op_doc *doc, const struct item *item)
{
	struct op_doc_attribute *attribute = LAST(doc->attributes);

	switch (item->tag) {
	case ITEM_TYPE:
		return keep_text(doc, item->text, &attribute->type);
	case ITEM_MEANING:
		return keep_text(doc, item->text, &attribute->meaning);
	case ITEM_DEFAULT:
		return keep_text(doc, item->text, &attribute->value);
	default:
		attribute->required |= item->tag == ITEM_REQUIRED;
		return true;
	}
}

static bool read_parameter_part(struct op_doc *doc, struct op_doc_parameter *parameter,
				const struct item *item)
{
	switch (item->tag) {
	case ITEM_TYPE:
		return keep_text(doc, item->text, &parameter->type);
	case ITEM_MEANING:
		return keep_text(doc, item->text, &parameter->meaning);
	default:
		if (item->tag == ITEM_OPTION && item->number > 0 && item->number <= OP_DOC_VARIADIC)
			parameter->option = (uint8_t)item->number;
		return true;
	}
}

static bool read_constraint_part(struct op_doc *doc, const struct item *item)
{
	if (item->tag == ITEM_MEANING)
		return keep_text(doc, item->text, &LAST(doc->constraints)->meaning);
	return item->tag != ITEM_TYPE || add_type(doc, item->text);
}

/* An item that belongs to what was begun last; false when there is no memory. */
static bool read_part(struct op_doc *doc, enum engine_item begun, const struct item *item)
{
	if (begun == ITEM_ATTRIBUTE)
		return read_attribute_part(doc, item);
	if (begun == ITEM_CONSTRAINT)
		return read_constraint_part(doc, item);
	return read_parameter_part(
		doc, begun == ITEM_INPUT ? LAST(doc->inputs) : LAST(doc->outputs), item);
}

static bool begin_part(struct op_doc *doc, const struct item *item)
{
	switch (item->tag) {
	case ITEM_ATTRIBUTE:
		return BEGIN(doc, attributes, item->text);
	case ITEM_INPUT:
		return BEGIN(doc, inputs, item->text);
	case ITEM_OUTPUT:
		return BEGIN(doc, outputs, item->text);
	default:
		if (!BEGIN(doc, constraints, item->text))
			return false;
		LAST(doc->constraints)->first_type = (uint32_t)doc->types.count;
		return true;
	}
}

static bool add_version(struct op_doc *doc, int64_t version)
{
	if (!vector_reserve(&doc->arena, &doc->versions, 1))
		return false;
	doc->versions.items[doc->versions.count++] = version;
	return true;
}

static bool read_operator(struct engine_answer *answer, struct cursor *cursor, struct error *err)
{
	struct op_doc *doc = answer->doc;
	enum engine_item begun = 0;
	struct item item;
	bool room = true;

	while (cursor->left > 0 && room) {
		if (!read_item(cursor, &item, err))
			return false;
		switch (item.tag) {
		case ITEM_NAME:
			room = keep_text(doc, item.text, &doc->name);
			break;
		case ITEM_DOMAIN:
			room = keep_text(doc, item.text, &doc->domain);
			break;
		case ITEM_DOC:
			room = keep_text(doc, item.text, &doc->doc);
			break;
		case ITEM_SINCE:
			doc->since = item.number;
			break;
		case ITEM_OPSET:
			doc->newest = item.number;
			break;
		case ITEM_VERSION:
			room = add_version(doc, item.number);
			break;
		case ITEM_DEPRECATED:
			doc->deprecated = item.number != 0;
			break;
		case ITEM_ATTRIBUTE:
		case ITEM_INPUT:
		case ITEM_OUTPUT:
		case ITEM_CONSTRAINT:
			begun = item.tag;
			room = begin_part(doc, &item);
			break;
		case ITEM_TYPE:
		case ITEM_MEANING:
		case ITEM_DEFAULT:
		case ITEM_REQUIRED:
		case ITEM_OPTION:
			if (!begun)
				return wrong(err, "an item belongs to nothing");
			room = read_part(doc, begun, &item);
			break;
		default:
			return wrong(err, "no such item");
		}
	}
	memcpy(doc->library, answer->about.library, sizeof doc->library);
	return room || exhausted(err);
}

/* --- Frames ---------------------------------------------------------------------------------- */

static void keep_answer_text(struct engine_answer *answer, struct cursor *cursor)
{
	size_t len = cursor->left < ENGINE_TEXT_MAX ? cursor->left : ENGINE_TEXT_MAX;

	if (len)
		memcpy(answer->text, cursor->at, len);
	answer->text_len = len;
}

static bool read_frame(struct engine_answer *answer, uint32_t type, struct cursor cursor,
		       struct error *err)
{
	if (answer->done || (type == ENGINE_HELLO) == answer->greeted)
		return wrong(err, "a frame out of turn");
	switch (type) {
	case ENGINE_HELLO:
		return read_hello(answer, &cursor, err);
	case ENGINE_SHAPES:
		if (answer->request != ENGINE_ASK_SHAPES)
			break;
		return read_shapes(answer, &cursor, err);
	case ENGINE_VERDICT:
		if (answer->request != ENGINE_ASK_CHECK || answer->answered)
			break;
		keep_answer_text(answer, &cursor);
		answer->answered = true;
		return true;
	case ENGINE_OPERATOR:
		if (answer->request != ENGINE_ASK_OPERATOR || answer->answered)
			break;
		answer->answered = true;
		return read_operator(answer, &cursor, err);
	case ENGINE_DONE:
		if (!answer->answered && (answer->request == ENGINE_ASK_CHECK ||
					  answer->request == ENGINE_ASK_OPERATOR))
			break;
		answer->done = true;
		return true;
	case ENGINE_FAILED:
		answer->failure = take_u32(&cursor);
		keep_answer_text(answer, &cursor);
		answer->done = answer->failed = true;
		return true;
	}
	return wrong(err, "a frame out of turn");
}

void engine_answer_init(struct engine_answer *answer, enum engine_request request,
			struct shapes *shapes)
{
	memset(answer, 0, sizeof *answer);
	answer->request = request;
	answer->shapes = shapes;
	answer->keeps_unk = shapes && model_has_unk(shapes->model);
}

void engine_answer_free(struct engine_answer *answer)
{
	op_doc_free(answer->doc);
	free(answer->frame);
}

static bool frame_room(struct engine_answer *answer, size_t need, struct error *err)
{
	size_t room = answer->room * 2 > need ? answer->room * 2 : need;
	uint8_t *frame;

	if (need <= answer->room)
		return true;
	frame = realloc(answer->frame, room);
	if (!frame)
		return exhausted(err);
	answer->frame = frame;
	answer->room = room;
	return true;
}

bool engine_answer_take(struct engine_answer *answer, const void *bytes, size_t len,
			struct error *err)
{
	const uint8_t *at = bytes;

	if (len > ANSWER_BYTES - answer->bytes)
		return wrong(err, "too long an answer");
	answer->bytes += len;
	while (len > 0) {
		size_t whole = ENGINE_FRAME_HEAD, n;

		if (answer->have >= ENGINE_FRAME_HEAD)
			whole += load_u32(answer->frame);
		n = whole - answer->have < len ? whole - answer->have : len;
		if (!frame_room(answer, answer->have + n, err))
			return false;
		memcpy(answer->frame + answer->have, at, n);
		answer->have += n;
		at += n;
		len -= n;
		if (answer->have < ENGINE_FRAME_HEAD)
			break;
		if (load_u32(answer->frame) > ENGINE_FRAME_MAX)
			return wrong(err, "a frame is too long");
		if (answer->have < ENGINE_FRAME_HEAD + load_u32(answer->frame))
			continue;
		answer->have = 0;
		if (++answer->frames > ANSWER_FRAMES)
			return wrong(err, "too many frames");
		if (!read_frame(answer, load_u32(answer->frame + 4),
				(struct cursor){ answer->frame + ENGINE_FRAME_HEAD,
						 load_u32(answer->frame), false }, err))
			return false;
	}
	return true;
}
