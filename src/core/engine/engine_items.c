/* HELLO and OPERATOR frames: lists of items. */
#include <inttypes.h>
#include <string.h>

#include "core/engine/engine_cursor.h"

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
		return answer_wrong(err, "an item ends too early");
	item->number = len == 8 ? (int64_t)load_u64(item->text.data) : 0;
	return true;
}

/* A version, or minus an errno. */
static int small_number(const struct item *item)
{
	return item->number < -4095 ? -4095 : item->number > 4095 ? 4095 : (int)item->number;
}

bool engine_read_hello(struct engine_answer *answer, struct cursor *cursor, struct error *err)
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
				return answer_wrong(err, "too many domains");
			engine_line(about->domains[about->n_domains++].name,
				    sizeof about->domains->name, item.text.data, item.text.len);
			break;
		case ITEM_OPSET:
			if (about->n_domains > 0)
				about->domains[about->n_domains - 1].opset = item.number;
			break;
		default:
			return answer_wrong(err, "no such item");
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

bool engine_read_operator(struct engine_answer *answer, struct cursor *cursor, struct error *err)
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
				return answer_wrong(err, "an item belongs to nothing");
			room = read_part(doc, begun, &item);
			break;
		default:
			return answer_wrong(err, "no such item");
		}
	}
	memcpy(doc->library, answer->about.library, sizeof doc->library);
	return room || answer_exhausted(err);
}
