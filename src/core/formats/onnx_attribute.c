/*
 * AttributeProto. Its type field usually comes last, so every field is collected first and the
 * attribute is put together when the message has ended. A single tensor is read where it stands;
 * graphs, types and lists of tensors are kept as extents until the type is known.
 */
#include "core/formats/onnx.h"

#include <stdio.h>
#include <string.h>

enum field_number {
	FIELD_GRAPH = 6,
	FIELD_TENSORS = 10,
	FIELD_GRAPHS = 11,
	FIELD_TYPE = 14,
	FIELD_TYPES = 15,
	FIELD_SPARSE = 22,
	FIELD_SPARSES = 23
};

struct draft {
	uint32_t graph;
	uint32_t node; /* the one being read */
	uint64_t offset;
	uint32_t name, reference;
	uint32_t type; /* as the file says, 0 if it does not */
	float f;
	int64_t i;
	struct text s;
	bool has_f, has_i, has_s;
};

static bool push_part(struct onnx *onnx, const struct pb_field *field)
{
	if (!ONNX_ROOM(onnx, onnx->parts))
		return false;
	onnx->parts.items[onnx->parts.count++] =
		(struct onnx_part){ pb_message(field), field->tag >> 3 };
	return true;
}

static bool push_run(struct onnx *onnx, uint64_t offset, uint64_t nbytes, uint64_t entries,
		     enum run_encoding encoding, enum attribute_kind kind)
{
	struct onnx_run run = { { offset, nbytes, (uint8_t)encoding }, entries, (uint8_t)kind };
	if (ONNX_JOIN(onnx->attribute_runs, run))
		return true;
	if (!ONNX_ROOM(onnx, onnx->attribute_runs))
		return false;
	onnx->attribute_runs.items[onnx->attribute_runs.count++] = run;
	return true;
}

/* A whole field as one tagged item. */
static bool push_tagged(struct onnx *onnx, const struct pb_field *field, enum attribute_kind kind)
{
	return push_run(onnx, field->offset, field->start + field->len - field->offset, 1,
			RUN_TAGGED, kind);
}

static float float_of(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static bool push_float(struct onnx *onnx, uint32_t bits)
{
	if (!ONNX_ROOM(onnx, onnx->floats))
		return false;
	onnx->floats.items[onnx->floats.count++] = float_of(bits);
	return true;
}

static bool push_int(struct onnx *onnx, uint64_t value)
{
	if (!ONNX_ROOM(onnx, onnx->ints))
		return false;
	onnx->ints.items[onnx->ints.count++] = (int64_t)value;
	return true;
}

static bool read_floats(struct onnx *onnx, const struct pb_field *field)
{
	struct pb_message packed = pb_message(field);
	uint32_t bits;
	if (field->tag == PB_TAG(7, PB_FIXED32))
		return push_float(onnx, (uint32_t)field->value) &&
		       push_tagged(onnx, field, ATTRIBUTE_FLOATS);
	while (pbwire_fixed32(&onnx->wire, &packed, &bits))
		if (!push_float(onnx, bits))
			return false;
	return pbwire_ok(&onnx->wire) && push_run(onnx, field->start, field->len, field->len / 4,
						  RUN_PLAIN, ATTRIBUTE_FLOATS);
}

static bool read_ints(struct onnx *onnx, const struct pb_field *field)
{
	struct pb_message packed = pb_message(field);
	size_t before = onnx->ints.count;
	uint64_t value;
	if (field->tag == PB_TAG(8, PB_VARINT))
		return push_int(onnx, field->value) && push_tagged(onnx, field, ATTRIBUTE_INTS);
	while (pbwire_varint(&onnx->wire, &packed, &value))
		if (!push_int(onnx, value))
			return false;
	return pbwire_ok(&onnx->wire) &&
	       push_run(onnx, field->start, field->len, onnx->ints.count - before, RUN_VARINT,
			ATTRIBUTE_INTS);
}

/* Strings of an attribute are kept whole unless they are data in disguise (a compiled engine). */
static bool read_string(struct onnx *onnx, const struct draft *draft, const struct pb_field *field,
			struct text *text)
{
	struct pb_field head = *field;
	if (head.len > LIMIT_WINDOW_BYTES) {
		char shown[ONNX_SHOWN];
		head.len = LIMIT_NAME_SHOWN;
		if (!onnx_notice(
			    onnx, SEVERITY_NOTE, "long-string", (int64_t)field->offset,
			    SUBJECT_NODE, draft->node,
			    "attribute \"%s\" is a string of %llu bytes; the first %d are kept",
			    onnx_shown(shown, onnx_name_text(onnx, draft->name)),
			    (unsigned long long)field->len, LIMIT_NAME_SHOWN))
			return false;
	}
	return onnx_read_text(onnx, &head, text);
}

static bool read_strings(struct onnx *onnx, const struct draft *draft, const struct pb_field *field)
{
	struct text text;
	if (!read_string(onnx, draft, field, &text) || !ONNX_ROOM(onnx, onnx->strings))
		return false;
	onnx->strings.items[onnx->strings.count++] = text;
	return push_tagged(onnx, field, ATTRIBUTE_STRINGS);
}

/* f, i and s: the last one counts, so its run replaces an earlier one. */
static bool push_single(struct onnx *onnx, const struct pb_field *field, enum attribute_kind kind)
{
	for (size_t k = 0; k < onnx->attribute_runs.count; k++)
		if (onnx->attribute_runs.items[k].storage == kind)
			onnx->attribute_runs.items[k].storage = ATTRIBUTE_UNDEFINED;
	return push_tagged(onnx, field, kind);
}

static bool read_field(struct onnx *onnx, struct draft *draft, const struct pb_field *field)
{
	struct onnx_draft *tensor = &onnx->drafts[DRAFT_TENSOR];
	switch (field->tag) {
	case PB_TAG(1, PB_BYTES):
		return onnx_read_word(onnx, field, &draft->name);
	case PB_TAG(2, PB_FIXED32):
		draft->f = float_of((uint32_t)field->value);
		draft->has_f = true;
		return push_single(onnx, field, ATTRIBUTE_FLOAT);
	case PB_TAG(3, PB_VARINT):
		draft->i = (int64_t)field->value;
		draft->has_i = true;
		return push_single(onnx, field, ATTRIBUTE_INT);
	case PB_TAG(4, PB_BYTES):
		draft->has_s = true;
		return read_string(onnx, draft, field, &draft->s) &&
		       push_single(onnx, field, ATTRIBUTE_STRING);
	case PB_TAG(5, PB_BYTES):
		return onnx_draft_read(onnx, tensor, pb_message(field));
	case PB_TAG(7, PB_FIXED32):
	case PB_TAG(7, PB_BYTES):
		return read_floats(onnx, field);
	case PB_TAG(8, PB_VARINT):
	case PB_TAG(8, PB_BYTES):
		return read_ints(onnx, field);
	case PB_TAG(9, PB_BYTES):
		return read_strings(onnx, draft, field);
	case PB_TAG(20, PB_VARINT):
		draft->type = (uint32_t)field->value;
		return true;
	case PB_TAG(21, PB_BYTES):
		return onnx_read_name(onnx, field, &draft->reference);
	case PB_TAG(FIELD_GRAPH, PB_BYTES):
	case PB_TAG(FIELD_GRAPHS, PB_BYTES):
	case PB_TAG(FIELD_TENSORS, PB_BYTES):
	case PB_TAG(FIELD_TYPE, PB_BYTES):
	case PB_TAG(FIELD_TYPES, PB_BYTES):
	case PB_TAG(FIELD_SPARSE, PB_BYTES):
	case PB_TAG(FIELD_SPARSES, PB_BYTES):
		return push_part(onnx, field);
	}
	return true;
}

static bool has_part(const struct onnx *onnx, uint32_t number)
{
	for (size_t k = 0; k < onnx->parts.count; k++)
		if (onnx->parts.items[k].number == number)
			return true;
	return false;
}

/* Files of IR version 1 have no type field: what is there says what it is. */
static enum attribute_kind guess_kind(const struct onnx *onnx, const struct draft *draft)
{
	if (draft->has_f)
		return ATTRIBUTE_FLOAT;
	if (draft->has_i)
		return ATTRIBUTE_INT;
	if (draft->has_s)
		return ATTRIBUTE_STRING;
	if (onnx->drafts[DRAFT_TENSOR].seen)
		return ATTRIBUTE_TENSOR;
	if (onnx->floats.count)
		return ATTRIBUTE_FLOATS;
	if (onnx->ints.count)
		return ATTRIBUTE_INTS;
	if (onnx->strings.count)
		return ATTRIBUTE_STRINGS;
	static const struct {
		uint32_t number;
		enum attribute_kind kind;
	} parts[] = {
		{ FIELD_GRAPH, ATTRIBUTE_GRAPH },   { FIELD_SPARSE, ATTRIBUTE_SPARSE_TENSOR },
		{ FIELD_TYPE, ATTRIBUTE_TYPE },	    { FIELD_TENSORS, ATTRIBUTE_TENSORS },
		{ FIELD_GRAPHS, ATTRIBUTE_GRAPHS }, { FIELD_SPARSES, ATTRIBUTE_SPARSE_TENSORS },
		{ FIELD_TYPES, ATTRIBUTE_TYPES },
	};
	for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
		if (has_part(onnx, parts[k].number))
			return parts[k].kind;
	return ATTRIBUTE_UNDEFINED;
}

static bool add_subgraph(struct onnx *onnx, const struct draft *draft, int64_t place,
			 uint32_t *graph)
{
	struct text label = onnx_name_text(onnx, draft->name);
	if (place >= 0) {
		char *text = arena_alloc(onnx->arena, label.len + 16);
		if (!text)
			return onnx_exhausted(onnx);
		if (label.len)
			memcpy(text, label.data, label.len);
		int n = snprintf(text + label.len, 16, "[%u]", (unsigned)place);
		label = (struct text){ text, label.len + (size_t)n };
	}
	return onnx_add_graph(onnx, GRAPH_SUBGRAPH, draft->graph, draft->node, label, draft->offset,
			      graph);
}

/* A single message that may have come in several pieces, which are merged. */
static bool put_merged(struct onnx *onnx, const struct draft *draft, uint32_t number,
		       uint32_t *index)
{
	if (number == FIELD_GRAPH && !add_subgraph(onnx, draft, -1, index))
		return false;
	onnx->type_parts.count = onnx->sparse_parts.count = 0;
	for (size_t k = 0; k < onnx->parts.count; k++) {
		const struct onnx_part *part = &onnx->parts.items[k];
		if (part->number != number)
			continue;
		if (number == FIELD_GRAPH) {
			if (!onnx_add_extent(onnx, *index, part->message))
				return false;
		} else if (number == FIELD_TYPE) {
			if (!ONNX_ROOM(onnx, onnx->type_parts))
				return false;
			onnx->type_parts.items[onnx->type_parts.count++] = part->message;
		} else {
			if (!ONNX_ROOM(onnx, onnx->sparse_parts))
				return false;
			onnx->sparse_parts.items[onnx->sparse_parts.count++] = part->message;
		}
	}
	if (number == FIELD_TYPE && onnx->type_parts.count)
		return onnx_read_type(onnx, index);
	if (number == FIELD_SPARSE && onnx->sparse_parts.count)
		return onnx_read_sparse(onnx, draft->offset, draft->graph, draft->node, index);
	return true;
}

/* One item of a list of messages. */
static bool put_item(struct onnx *onnx, const struct draft *draft, const struct onnx_part *part,
		     uint32_t place, uint32_t *index)
{
	struct onnx_draft *tensor = &onnx->drafts[DRAFT_TENSOR];
	switch (part->number) {
	case FIELD_GRAPHS:
		return add_subgraph(onnx, draft, place, index) &&
		       onnx_add_extent(onnx, *index, part->message);
	case FIELD_TENSORS:
		onnx_draft_begin(tensor, part->message.position);
		return onnx_draft_read(onnx, tensor, part->message) &&
		       onnx_draft_finish(onnx, tensor, TENSOR_CONSTANT, draft->graph, draft->node,
					 index);
	case FIELD_TYPES:
		onnx->type_parts.count = 0;
		if (!ONNX_ROOM(onnx, onnx->type_parts))
			return false;
		onnx->type_parts.items[onnx->type_parts.count++] = part->message;
		return onnx_read_type(onnx, index);
	default:
		onnx->sparse_parts.count = 0;
		if (!ONNX_ROOM(onnx, onnx->sparse_parts))
			return false;
		onnx->sparse_parts.items[onnx->sparse_parts.count++] = part->message;
		return onnx_read_sparse(onnx, draft->offset, draft->graph, draft->node, index);
	}
}

static bool put_list(struct onnx *onnx, const struct draft *draft, uint32_t number,
		     struct attribute *attribute)
{
	uint32_t n = 0;
	for (size_t k = 0; k < onnx->parts.count; k++)
		n += onnx->parts.items[k].number == number;
	uint32_t *indices = onnx_take_array(onnx, n, sizeof *indices);
	if (!indices)
		return false;
	attribute->indices = indices;
	for (size_t k = 0; k < onnx->parts.count; k++) {
		if (onnx->parts.items[k].number != number)
			continue;
		if (!put_item(onnx, draft, &onnx->parts.items[k], attribute->count,
			      &indices[attribute->count]))
			return false;
		attribute->count++;
	}
	return true;
}

static bool put_array(struct onnx *onnx, struct attribute *attribute, const void *items,
		      size_t count, size_t size)
{
	void *copy = onnx_take_array(onnx, count, size);
	if (!copy)
		return false;
	if (count)
		memcpy(copy, items, count * size);
	attribute->count = (uint32_t)count;
	/* The three list members of the union are pointers to constants. */
	if (attribute->kind == ATTRIBUTE_FLOATS)
		attribute->floats = copy;
	else if (attribute->kind == ATTRIBUTE_INTS)
		attribute->ints = copy;
	else
		attribute->strings = copy;
	return true;
}

static bool put_value(struct onnx *onnx, const struct draft *draft, struct attribute *attribute)
{
	struct onnx_draft *tensor = &onnx->drafts[DRAFT_TENSOR];
	attribute->index = NO_INDEX;
	switch ((enum attribute_kind)attribute->kind) {
	case ATTRIBUTE_FLOAT:
		attribute->f = draft->f;
		return true;
	case ATTRIBUTE_INT:
		attribute->i = draft->i;
		return true;
	case ATTRIBUTE_STRING:
		attribute->s = draft->s;
		return true;
	case ATTRIBUTE_TENSOR:
		return !tensor->seen ||
		       onnx_draft_finish(onnx, tensor, TENSOR_CONSTANT, draft->graph, draft->node,
					 &attribute->index);
	case ATTRIBUTE_GRAPH:
		return put_merged(onnx, draft, FIELD_GRAPH, &attribute->index);
	case ATTRIBUTE_TYPE:
		return put_merged(onnx, draft, FIELD_TYPE, &attribute->index);
	case ATTRIBUTE_SPARSE_TENSOR:
		return put_merged(onnx, draft, FIELD_SPARSE, &attribute->index);
	case ATTRIBUTE_FLOATS:
		return put_array(onnx, attribute, onnx->floats.items, onnx->floats.count,
				 sizeof(float));
	case ATTRIBUTE_INTS:
		return put_array(onnx, attribute, onnx->ints.items, onnx->ints.count,
				 sizeof(int64_t));
	case ATTRIBUTE_STRINGS:
		return put_array(onnx, attribute, onnx->strings.items, onnx->strings.count,
				 sizeof(struct text));
	case ATTRIBUTE_TENSORS:
		return put_list(onnx, draft, FIELD_TENSORS, attribute);
	case ATTRIBUTE_GRAPHS:
		return put_list(onnx, draft, FIELD_GRAPHS, attribute);
	case ATTRIBUTE_SPARSE_TENSORS:
		return put_list(onnx, draft, FIELD_SPARSES, attribute);
	case ATTRIBUTE_TYPES:
		return put_list(onnx, draft, FIELD_TYPES, attribute);
	case ATTRIBUTE_UNDEFINED:
		break;
	}
	return true;
}

/* Remembers where value_float and its kin lie, in case the node turns out to be a Constant. */
static bool keep_literal(struct onnx *onnx, const struct attribute *attribute, uint32_t index)
{
	static const struct {
		const char *name;
		enum attribute_kind kind;
	} literals[] = {
		{ "value_float", ATTRIBUTE_FLOAT },   { "value_floats", ATTRIBUTE_FLOATS },
		{ "value_int", ATTRIBUTE_INT },	      { "value_ints", ATTRIBUTE_INTS },
		{ "value_string", ATTRIBUTE_STRING }, { "value_strings", ATTRIBUTE_STRINGS },
	};
	if (attribute->name.len < 9 || attribute->is_reference)
		return true;
	for (size_t k = 0; k < sizeof literals / sizeof *literals; k++) {
		if (literals[k].kind != attribute->kind ||
		    !text_is(attribute->name, literals[k].name))
			continue;
		uint32_t first = (uint32_t)onnx->literal_runs.count;
		for (size_t r = 0; r < onnx->attribute_runs.count; r++) {
			if (onnx->attribute_runs.items[r].storage != attribute->kind)
				continue;
			if (!ONNX_ROOM(onnx, onnx->literal_runs))
				return false;
			onnx->literal_runs.items[onnx->literal_runs.count++] =
				onnx->attribute_runs.items[r];
		}
		if (!ONNX_ROOM(onnx, onnx->literals))
			return false;
		onnx->literals.items[onnx->literals.count++] =
			(struct onnx_literal){ index, first,
					       (uint32_t)onnx->literal_runs.count - first };
	}
	return true;
}

static void empty_scratch(struct onnx *onnx, uint64_t offset)
{
	onnx->floats.count = onnx->ints.count = onnx->strings.count = 0;
	onnx->parts.count = onnx->attribute_runs.count = 0;
	if (onnx->drafts[DRAFT_TENSOR].seen)
		onnx_draft_begin(&onnx->drafts[DRAFT_TENSOR], offset);
	onnx->drafts[DRAFT_TENSOR].offset = offset;
}

bool onnx_read_attribute(struct onnx *onnx, const struct pb_field *where, uint32_t graph)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	struct draft draft = { .graph = graph,
			       .node = (uint32_t)onnx->nodes.count,
			       .offset = where->offset };
	empty_scratch(onnx, where->offset);
	while (pbwire_next(&onnx->wire, &message, &field))
		if (!read_field(onnx, &draft, &field))
			return false;
	if (!pbwire_ok(&onnx->wire) || !ONNX_ROOM(onnx, onnx->attributes))
		return false;
	if (onnx->floats.count > UINT32_MAX || onnx->ints.count > UINT32_MAX ||
	    onnx->strings.count > UINT32_MAX)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, where->offset,
				   "more than 2^32 items in an attribute");
	struct attribute attribute = { .name = onnx_name_text(onnx, draft.name) };
	attribute.kind = draft.type > ATTRIBUTE_UNDEFINED && draft.type <= ATTRIBUTE_TYPES
				 ? (uint8_t)draft.type
				 : (uint8_t)guess_kind(onnx, &draft);
	if (draft.reference != NO_NAME) {
		attribute.is_reference = true;
		attribute.s = onnx_name_text(onnx, draft.reference);
	} else if (!put_value(onnx, &draft, &attribute)) {
		return false;
	}
	uint32_t index = (uint32_t)onnx->attributes.count;
	onnx->attributes.items[onnx->attributes.count++] = attribute;
	return keep_literal(onnx, &attribute, index);
}
