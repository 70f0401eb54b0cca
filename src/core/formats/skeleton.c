/*
 * A walk over the file's messages with a stack of those that are open. What is to stay is copied
 * field by field; a message whose content changes is opened anew, with five bytes for a length
 * that is known when it ends. Tensors are leaves: they are looked through once and then written.
 */
#include <mtui/skeleton.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/limits.h>

#include "core/base/pbwire.h"
#include "core/formats/function_cycle.h"

enum part { PART_MODEL, PART_GRAPH, PART_FUNCTION, PART_NODE, PART_ATTRIBUTE };

/* Deep enough for LIMIT_LIBRARY_DEPTH: a graph in an attribute of a node of a graph. */
enum { LEVELS = 3 * (LIMIT_LIBRARY_DEPTH + 2) + 2, LENGTH_BYTES = 5 };

struct level {
	struct pb_message rest;
	enum part part;
	size_t start;	/* of the payload in the copy */
	uint32_t index; /* of the graph, node or attribute in the model; NO_INDEX: nobody asks */
	uint32_t next;	/* of a graph: its next node; of a node: attribute; of an attribute: graph */
	uint32_t tensor; /* of a graph: initializers before this one are written */
};

struct writer {
	const struct model *model;
	struct pbwire wire;
	struct error *err;
	uint8_t *bytes;
	size_t len, room;
	bool failed;
	unsigned depth;
	struct level levels[LEVELS];
};

/* Fields that are copied as they are, by bit; numbers below 32. */
#define FIELD(number) (1u << (number))
static const uint32_t copied[] = {
	[PART_MODEL] = FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5) | FIELD(8),
	[PART_GRAPH] = FIELD(2) | FIELD(11) | FIELD(12) | FIELD(13) | FIELD(14),
	[PART_FUNCTION] = FIELD(1) | FIELD(4) | FIELD(5) | FIELD(6) | FIELD(9) | FIELD(10),
	[PART_NODE] = FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(7),
	[PART_ATTRIBUTE] = FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(7) | FIELD(8) |
			   FIELD(9) | FIELD(14) | FIELD(15) | FIELD(20) | FIELD(21) | FIELD(22) |
			   FIELD(23),
};

/* --- Writing --------------------------------------------------------------------------------- */

static bool fail(struct writer *writer, enum error_code code, const char *message)
{
	writer->failed = true;
	return error_set(writer->err, code, -1, "%s", message);
}

static bool too_large(struct writer *writer)
{
	writer->failed = true;
	return error_set(writer->err, ERROR_REFUSED, -1,
			 "too large for libonnx: without weights more than %d MiB",
			 LIMIT_LIBRARY_BYTES >> 20);
}

/* Room for so many more bytes; NULL on failure. */
static uint8_t *room(struct writer *writer, uint64_t len)
{
	uint8_t *bytes = writer->bytes;

	if (writer->failed)
		return NULL;
	if (len > LIMIT_LIBRARY_BYTES - writer->len) {
		too_large(writer);
		return NULL;
	}
	if (writer->len + len > writer->room) {
		size_t more = writer->room * 2 > writer->len + len ? writer->room * 2
								   : writer->len + (size_t)len;
		bytes = realloc(bytes, more);
		if (!bytes) {
			fail(writer, ERROR_MEMORY, "out of memory");
			return NULL;
		}
		writer->bytes = bytes;
		writer->room = more;
	}
	writer->len += (size_t)len;
	return writer->bytes + writer->len - len;
}

static void put_varint(struct writer *writer, uint64_t value)
{
	uint8_t bytes[10], *at;
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	} while (value);
	bytes[n - 1] &= 0x7f;
	at = room(writer, n);
	if (at)
		memcpy(at, bytes, n);
}

static void put_bytes(struct writer *writer, unsigned number, const void *bytes, size_t len)
{
	uint8_t *at;

	put_varint(writer, PB_TAG(number, PB_BYTES));
	put_varint(writer, len);
	at = room(writer, len);
	if (at && len)
		memcpy(at, bytes, len);
}

static void put_copy(struct writer *writer, const struct pb_field *field)
{
	unsigned wire = field->tag & 7;
	uint8_t *at;

	if (wire == PB_GROUP || wire == PB_GROUP_END)
		return;
	put_varint(writer, field->tag);
	if (wire == PB_VARINT) {
		put_varint(writer, field->value);
	} else if (wire == PB_BYTES) {
		put_varint(writer, field->len);
		at = room(writer, field->len);
		if (at && !pbwire_copy(&writer->wire, field, at))
			writer->failed = true;
	} else {
		at = room(writer, wire == PB_FIXED64 ? 8 : 4);
		for (unsigned i = 0; at && i < (wire == PB_FIXED64 ? 8u : 4u); i++)
			at[i] = (uint8_t)(field->value >> 8 * i);
	}
}

/* A length of which the bytes are there before it is known. */
static size_t put_begin(struct writer *writer, unsigned number)
{
	put_varint(writer, PB_TAG(number, PB_BYTES));
	room(writer, LENGTH_BYTES);
	return writer->len;
}

static void put_end(struct writer *writer, size_t start)
{
	size_t len = writer->len - start;

	for (unsigned i = 0; !writer->failed && i < LENGTH_BYTES; i++)
		writer->bytes[start - LENGTH_BYTES + i] =
			(uint8_t)((len >> 7 * i & 0x7f) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}

/* --- Tensors --------------------------------------------------------------------------------- */

struct tensor_facts {
	uint64_t bytes[16]; /* of data, by the number of its field */
	uint64_t total;
	bool seen[16];
	int64_t dtype;
	bool external, empty;
};

/* float_data, int32_data, string_data, int64_data, raw_data, double_data, uint64_data */
static bool is_data(unsigned number)
{
	return (number >= 4 && number <= 7) || (number >= 9 && number <= 11);
}

static bool look_through(struct writer *writer, struct pb_message tensor, struct tensor_facts *facts)
{
	struct pb_field field;

	*facts = (struct tensor_facts){ 0 };
	while (pbwire_next(&writer->wire, &tensor, &field)) {
		unsigned number = field.tag >> 3, wire = field.tag & 7;
		struct pb_message packed = pb_message(&field);
		uint64_t dim;

		if (number == 1 && wire == PB_VARINT)
			facts->empty |= field.value == 0;
		else if (number == 1 && wire == PB_BYTES && field.len <= 10 * LIMIT_DIMS)
			while (pbwire_varint(&writer->wire, &packed, &dim))
				facts->empty |= dim == 0;
		else if (number == 2 && wire == PB_VARINT)
			facts->dtype = (int64_t)field.value;
		else if (number == 14 && wire == PB_VARINT)
			facts->external = field.value == 1;
		else if (number < 16 && is_data(number)) {
			facts->seen[number] = true;
			facts->bytes[number] += field.len;
			facts->total += field.len;
		}
	}
	return pbwire_ok(&writer->wire);
}

static bool is_integer(int64_t number)
{
	enum dtype_class class = dtype_traits[dtype_from_onnx(number)].class;

	return class == CLASS_SIGNED || class == CLASS_UNSIGNED || class == CLASS_BOOL;
}

/* The first element, so that the field is still there. */
static void put_first(struct writer *writer, unsigned number)
{
	static const uint8_t zeros[8];
	static const uint8_t size[16] = { [4] = 4, [5] = 1, [7] = 1, [9] = 1, [10] = 8, [11] = 1 };

	put_bytes(writer, number, zeros, size[number]);
}

/* What lies in another file, as if it lay here. */
static void put_external(struct writer *writer, const struct tensor_facts *facts,
			 const struct tensor *tensor)
{
	const struct file *file = tensor ? model_tensor_file(writer->model, tensor) : NULL;
	uint8_t data[SKELETON_INTEGERS];
	uint64_t most = is_integer(facts->dtype) ? SKELETON_INTEGERS : SKELETON_OTHERS;

	if (facts->empty)
		return;
	if (file && tensor->storage == STORAGE_EXTERNAL && tensor_is_plain(tensor) &&
	    tensor->problem == TENSOR_OK && tensor->nbytes <= most &&
	    file_read(file, tensor_offset(tensor), data, (size_t)tensor->nbytes, NULL))
		put_bytes(writer, 9, data, (size_t)tensor->nbytes);
	else
		put_first(writer, 9);
}

static bool put_tensor(struct writer *writer, unsigned number, const struct pb_field *where,
		       const struct tensor *known)
{
	struct pb_message message = pb_message(where);
	struct tensor_facts facts;
	struct pb_field field;
	size_t start;

	if (!look_through(writer, message, &facts))
		return false;
	bool whole = facts.total <= (is_integer(facts.dtype) ? SKELETON_INTEGERS : SKELETON_OTHERS);
	start = put_begin(writer, number);
	while (!writer->failed && pbwire_next(&writer->wire, &message, &field)) {
		unsigned inner = field.tag >> 3;

		if (inner == 1 || inner == 2 || inner == 3 || inner == 8 ||
		    (whole && is_data(inner) && !facts.external))
			put_copy(writer, &field);
	}
	for (unsigned inner = 4; inner <= 11 && !whole && !facts.external; inner++)
		if (facts.seen[inner])
			put_first(writer, inner);
	if (facts.external)
		put_external(writer, &facts, known);
	put_end(writer, start);
	return !writer->failed && pbwire_ok(&writer->wire);
}

/* --- Messages -------------------------------------------------------------------------------- */

static struct level *top(struct writer *writer)
{
	return &writer->levels[writer->depth - 1];
}

static bool open_level(struct writer *writer, enum part part, const struct pb_field *field,
		       uint32_t index)
{
	size_t start = put_begin(writer, field->tag >> 3);
	struct level *level;
	char number[16];

	if (writer->depth == LEVELS)
		return fail(writer, ERROR_REFUSED, "too deeply nested for libonnx");
	level = &writer->levels[writer->depth++];
	*level = (struct level){ pb_message(field), part, start, index, 0, 0 };
	if (part == PART_GRAPH && index != NO_INDEX) {
		snprintf(number, sizeof number, "%u", (unsigned)index);
		put_bytes(writer, 10, number, strlen(number));
	}
	return !writer->failed;
}

/* Takes the next of the numbers of a level's children. */
static uint32_t child(struct level *level, uint32_t first, uint32_t n)
{
	uint32_t next = level->next++;

	return level->index != NO_INDEX && next < n ? first + next : NO_INDEX;
}

/* Tensors stand graph by graph. */
static uint32_t first_tensor(const struct model *model, uint32_t graph)
{
	size_t low = 0, high = model->n_tensors;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->tensors[middle].graph < graph)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* The initializer that comes next, in the model. */
static const struct tensor *next_initializer(const struct model *model, struct level *level)
{
	uint32_t i;

	if (level->index == NO_INDEX)
		return NULL;
	i = level->tensor ? level->tensor : first_tensor(model, level->index);
	while (i < model->n_tensors && model->tensors[i].graph == level->index &&
	       model->tensors[i].kind != TENSOR_INITIALIZER)
		i++;
	level->tensor = i + 1;
	return i < model->n_tensors && model->tensors[i].graph == level->index ? &model->tensors[i]
									       : NULL;
}

static bool write_graph_field(struct writer *writer, struct level *level,
			      const struct pb_field *field)
{
	const struct model *model = writer->model;
	const struct graph *graph = level->index == NO_INDEX ? NULL : &model->graphs[level->index];

	if (field->tag == PB_TAG(1, PB_BYTES) && graph)
		return open_level(writer, PART_NODE, field,
				  child(level, graph->first_node, graph->n_nodes));
	if (field->tag == PB_TAG(1, PB_BYTES))
		return open_level(writer, PART_NODE, field, NO_INDEX);
	if (field->tag == PB_TAG(5, PB_BYTES))
		return put_tensor(writer, 5, field, next_initializer(model, level));
	/* Its indices are looked at one by one: half of them would be worse than all. */
	if (field->tag == PB_TAG(15, PB_BYTES))
		put_copy(writer, field);
	return !writer->failed;
}

static uint32_t attribute_graph(const struct model *model, struct level *level, bool list)
{
	const struct attribute *attribute =
		level->index == NO_INDEX ? NULL : &model->attributes[level->index];
	uint32_t next = level->next++;

	if (!attribute || attribute->is_reference)
		return NO_INDEX;
	if (!list)
		return attribute->kind == ATTRIBUTE_GRAPH ? attribute->index : NO_INDEX;
	return attribute->kind == ATTRIBUTE_GRAPHS && next < attribute->count
		       ? attribute->indices[next]
		       : NO_INDEX;
}

static bool write_attribute_field(struct writer *writer, struct level *level,
				  const struct pb_field *field)
{
	switch (field->tag) {
	case PB_TAG(5, PB_BYTES):
	case PB_TAG(10, PB_BYTES):
		return put_tensor(writer, field->tag >> 3, field, NULL);
	case PB_TAG(6, PB_BYTES):
	case PB_TAG(11, PB_BYTES):
		return open_level(writer, PART_GRAPH, field,
				  attribute_graph(writer->model, level,
						  field->tag == PB_TAG(11, PB_BYTES)));
	}
	return true;
}

static bool write_model_field(struct writer *writer, const struct pb_field *field)
{
	if (field->tag == PB_TAG(7, PB_BYTES))
		return open_level(writer, PART_GRAPH, field, 0);
	if (field->tag == PB_TAG(25, PB_BYTES))
		return open_level(writer, PART_FUNCTION, field, NO_INDEX);
	/* The keys are looked at, for repetitions; a long value is prose. */
	if (field->tag == PB_TAG(14, PB_BYTES) && field->len <= SKELETON_INTEGERS)
		put_copy(writer, field);
	return !writer->failed;
}

static bool write_field(struct writer *writer, struct level *level, const struct pb_field *field)
{
	const struct model *model = writer->model;
	unsigned number = field->tag >> 3;

	if (number < 32 && copied[level->part] & FIELD(number)) {
		put_copy(writer, field);
		return !writer->failed;
	}
	switch (level->part) {
	case PART_MODEL:
		return write_model_field(writer, field);
	case PART_GRAPH:
		return write_graph_field(writer, level, field);
	case PART_FUNCTION:
		return field->tag != PB_TAG(7, PB_BYTES) ||
		       open_level(writer, PART_NODE, field, NO_INDEX);
	case PART_NODE:
		if (field->tag != PB_TAG(5, PB_BYTES))
			return true;
		if (level->index == NO_INDEX)
			return open_level(writer, PART_ATTRIBUTE, field, NO_INDEX);
		return open_level(writer, PART_ATTRIBUTE, field,
				  child(level, model->nodes[level->index].first_attribute,
					model->nodes[level->index].n_attributes));
	case PART_ATTRIBUTE:
		return write_attribute_field(writer, level, field);
	}
	return true;
}

static bool write_all(struct writer *writer)
{
	struct pb_field field;

	writer->levels[writer->depth++] = (struct level){
		.rest = pbwire_root(&writer->wire), .part = PART_MODEL, .index = NO_INDEX
	};
	while (writer->depth > 0) {
		struct level *level = top(writer);

		if (pbwire_next(&writer->wire, &level->rest, &field)) {
			if (!write_field(writer, level, &field))
				return false;
			continue;
		}
		if (!pbwire_ok(&writer->wire))
			return false;
		if (writer->depth > 1)
			put_end(writer, level->start);
		writer->depth--;
	}
	return true;
}

static bool may_be_given(const struct model *model, struct error *err)
{
	if (strcmp(model->format, "onnx") != 0)
		return error_set(err, ERROR_REFUSED, -1, "libonnx reads ONNX models only");
	if (model->n_nodes > LIMIT_LIBRARY_NODES)
		return error_set(err, ERROR_REFUSED, -1,
				 "too large for libonnx (found %zu nodes, allowed %d)",
				 model->n_nodes, LIMIT_LIBRARY_NODES);
	for (size_t g = 0; g < model->n_graphs; g++)
		if (model->graphs[g].depth > LIMIT_LIBRARY_DEPTH)
			return error_set(err, ERROR_REFUSED, -1,
					 "library checks off: graphs are nested deeper than %d",
					 LIMIT_LIBRARY_DEPTH);
	return function_cycle_check(model, err);
}

bool model_skeleton(const struct model *model, struct skeleton *skeleton, struct error *err)
{
	struct writer *writer;
	bool good;

	*skeleton = (struct skeleton){ NULL, 0 };
	if (!may_be_given(model, err))
		return false;
	writer = calloc(1, sizeof *writer);
	if (!writer)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	writer->model = model;
	writer->err = err;
	good = pbwire_init(&writer->wire, model->files[0].file, err) && write_all(writer) &&
	       !writer->failed;
	pbwire_free(&writer->wire);
	*skeleton = (struct skeleton){ writer->bytes, writer->len };
	free(writer);
	if (!good)
		skeleton_free(skeleton);
	return good;
}

void skeleton_free(struct skeleton *skeleton)
{
	free(skeleton->bytes);
	*skeleton = (struct skeleton){ NULL, 0 };
}
