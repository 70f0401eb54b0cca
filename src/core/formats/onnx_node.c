/* NodeProto: operators, inputs and outputs; the tensors that a Constant node spells out. */
#include "core/formats/onnx.h"

#include <string.h>

/* A table of twice the size. */
static bool grow_op_slots(struct onnx *onnx)
{
	size_t size = onnx->op_slots.count ? 2 * onnx->op_slots.count : 256;
	onnx->op_slots.count = 0;
	if (!onnx_reserve(onnx, onnx->op_slots, size))
		return false;
	memset(onnx->op_slots.items, 0xff, size * sizeof *onnx->op_slots.items);
	onnx->op_slots.count = size;
	for (size_t i = 0; i < onnx->ops.count; i++) {
		size_t at = onnx->op_keys.items[i].hash & (size - 1);
		while (onnx->op_slots.items[at] != NO_INDEX)
			at = (at + 1) & (size - 1);
		onnx->op_slots.items[at] = (uint32_t)i;
	}
	return true;
}

/* Where an operator stands in the table, or the free place for it. */
static uint32_t *op_slot(struct onnx *onnx, const struct onnx_op_key *key)
{
	size_t mask = onnx->op_slots.count - 1, at = key->hash & mask;
	for (; onnx->op_slots.items[at] != NO_INDEX; at = (at + 1) & mask) {
		const struct onnx_op_key *known = &onnx->op_keys.items[onnx->op_slots.items[at]];
		if (known->domain == key->domain && known->type == key->type)
			break;
	}
	return &onnx->op_slots.items[at];
}

static struct onnx_op_key op_key(const struct onnx *onnx, uint32_t domain, uint32_t type)
{
	uint32_t pair[2] = { domain, type };
	return (struct onnx_op_key){ hash_bytes(pair, sizeof pair, onnx->names.seed), domain,
				     type };
}

/* The operator of a domain and a type, made where it is new. NULL on failure. */
static struct op *intern_op(struct onnx *onnx, uint32_t domain, uint32_t type)
{
	struct onnx_recent_op *recent = &onnx->recent_ops[type % ONNX_RECENT];
	if (recent->op && recent->domain == domain && recent->type == type)
		return recent->op;
	if (onnx->ops.count * 2 >= onnx->op_slots.count && !grow_op_slots(onnx))
		return NULL;
	struct onnx_op_key key = op_key(onnx, domain, type);
	uint32_t *slot = op_slot(onnx, &key);
	if (*slot == NO_INDEX) {
		if (!ONNX_ROOM(onnx, onnx->ops) || !ONNX_ROOM(onnx, onnx->op_keys))
			return NULL;
		struct op *op = arena_alloc(onnx->arena, sizeof *op);
		if (!op) {
			onnx_exhausted(onnx);
			return NULL;
		}
		*op = (struct op){ .domain = onnx_name_text(onnx, domain),
				   .type = onnx_name_text(onnx, type),
				   .function = NO_INDEX };
		*slot = (uint32_t)onnx->ops.count;
		onnx->ops.items[onnx->ops.count++] = op;
		onnx->op_keys.items[onnx->op_keys.count++] = key;
	}
	*recent = (struct onnx_recent_op){ onnx->ops.items[*slot], domain, type };
	return recent->op;
}

/* Sets *op to NULL where the model has no such operator. */
bool onnx_find_op(struct onnx *onnx, struct text domain, struct text type, struct op **op)
{
	uint32_t domain_name, type_name;
	*op = NULL;
	if (!onnx_intern(onnx, domain.data, domain.len, &domain_name) ||
	    !onnx_intern(onnx, type.data, type.len, &type_name))
		return false;
	if (onnx->op_slots.count == 0)
		return true;
	struct onnx_op_key key = op_key(onnx, domain_name, type_name);
	uint32_t *slot = op_slot(onnx, &key);
	if (*slot != NO_INDEX)
		*op = onnx->ops.items[*slot];
	return true;
}

/* One of value_float(s), value_int(s), value_string(s) as a tensor whose bytes lie in it. */
static bool add_literal(struct onnx *onnx, const struct onnx_literal *literal, uint32_t graph)
{
	const struct attribute *attribute = &onnx->attributes.items[literal->attribute];
	bool list = attribute->kind == ATTRIBUTE_FLOATS || attribute->kind == ATTRIBUTE_INTS ||
		    attribute->kind == ATTRIBUTE_STRINGS;
	struct tensor tensor = { .name = { "", 0 },
				 .count = list ? attribute->count : 1,
				 .graph = graph,
				 .value = NO_INDEX,
				 .node = (uint32_t)onnx->nodes.count,
				 .indices = NO_INDEX,
				 .quant = NO_INDEX,
				 .n_dims = list,
				 .n_runs = literal->n_runs,
				 .kind = TENSOR_CONSTANT,
				 .storage = STORAGE_ATTRIBUTE };
	switch (attribute->kind) {
	case ATTRIBUTE_FLOAT:
	case ATTRIBUTE_FLOATS:
		tensor.dtype = DTYPE_F32;
		break;
	case ATTRIBUTE_INT:
	case ATTRIBUTE_INTS:
		tensor.dtype = DTYPE_I64;
		break;
	default:
		tensor.dtype = DTYPE_STRING;
	}
	tensor.dtype_number = dtype_traits[tensor.dtype].onnx;
	int64_t *dims = onnx_take_array(onnx, tensor.n_dims, sizeof *dims);
	struct run_of_bytes *runs = onnx_take_array(onnx, tensor.n_runs, sizeof *runs);
	if (!dims || !runs)
		return false;
	if (list)
		dims[0] = attribute->count;
	for (uint32_t i = 0; i < tensor.n_runs; i++) {
		const struct onnx_run *run = &onnx->literal_runs.items[literal->first_run + i];
		runs[i] = run->run;
		tensor.nbytes += run->run.nbytes;
		tensor.present += run->entries;
	}
	tensor.dims = dims;
	tensor.runs = runs;
	if (tensor.present < tensor.count) /* a default value that the file leaves out */
		tensor.problem = tensor.present ? TENSOR_SHORT : TENSOR_NO_DATA;
	struct tensor *place = onnx_new_tensor(onnx, tensor_offset(&tensor));
	if (!place)
		return false;
	*place = tensor;
	return true;
}

bool onnx_is_constant(const struct op *op)
{
	return text_is(op->type, "Constant") &&
	       (op->domain.len == 0 || text_is(op->domain, "ai.onnx"));
}

/*
 * Most nodes are, or begin with, a few short texts. Those are found first, without a struct
 * pb_field for each; then all names are announced, then looked up: what the table keeps of them
 * comes from memory meanwhile. What follows is read field by field, in any form.
 */
enum { PLAIN_NODE = 4 << 10, PLAIN_NAMES = 8 };

struct plain_name {
	const uint8_t *bytes; /* in the window */
	uint64_t hash;
	uint32_t id; /* NO_NAME while it is not known */
	uint8_t len;
};

struct plain_names {
	struct plain_name list[PLAIN_NAMES];
	size_t n;
};

struct plain_node {
	struct plain_names inputs, outputs;
	const uint8_t *name, *type;
	uint8_t name_len, type_len;
};

struct node_head {
	uint32_t domain;
	struct text name;
	uint32_t type; /* not beside the domain: reading both at once right after one was written
			  would make the processor wait */
	uint32_t name_hash, first_input, first_attribute;
	uint64_t first_output; /* where its name is in the file */
};

static inline bool add_plain(struct plain_names *names, const uint8_t *bytes, uint8_t len)
{
	if (names->n == PLAIN_NAMES)
		return false;
	names->list[names->n].bytes = bytes;
	names->list[names->n++].len = len;
	return true;
}

/* Returns where something else begins. */
static inline const uint8_t *parse_plain(const uint8_t *p, const uint8_t *end,
					 struct plain_node *it)
{
	while (end - p >= 2 && p[1] < 0x80 && p[1] <= end - p - 2) {
		uint8_t len = p[1];
		if (p[0] == PB_TAG(1, PB_BYTES)) {
			if (!add_plain(&it->inputs, p + 2, len))
				break;
		} else if (p[0] == PB_TAG(2, PB_BYTES)) {
			if (!add_plain(&it->outputs, p + 2, len))
				break;
		} else if (p[0] == PB_TAG(3, PB_BYTES)) {
			it->name = p + 2;
			it->name_len = len;
		} else if (p[0] == PB_TAG(4, PB_BYTES)) {
			it->type = p + 2;
			it->type_len = len;
		} else {
			break;
		}
		p += 2 + len;
	}
	return p;
}

/* In most graphs a node takes what the one before has made. Its name is compared in the window
 * where that still has it: the copy was only just written, and is not at hand as soon. */
static inline bool is_latest(const struct onnx *onnx, const struct plain_name *name)
{
	const struct onnx_names *names = &onnx->names;
	if (names->list.items[names->latest].len != name->len)
		return false;
	const uint8_t *latest = pbwire_peek(&onnx->wire, names->latest_at, name->len);
	return latest ? onnx_same_bytes(latest, name->bytes, name->len)
		      : onnx_is_name(onnx, names->latest, name->bytes, name->len);
}

static inline void announce(const struct onnx *onnx, struct plain_node *it)
{
	for (size_t i = 0; i < it->inputs.n; i++) {
		struct plain_name *name = &it->inputs.list[i];
		name->id = is_latest(onnx, name) ? onnx->names.latest : NO_NAME;
		if (name->id == NO_NAME)
			name->hash = onnx_announce(onnx, name->bytes, name->len);
	}
	for (size_t i = 0; i < it->outputs.n; i++) {
		struct plain_name *name = &it->outputs.list[i];
		name->id = NO_NAME;
		name->hash = onnx_announce(onnx, name->bytes, name->len);
	}
}

static inline bool append_input(struct onnx *onnx, uint32_t name)
{
	if (!ONNX_ROOM(onnx, onnx->refs))
		return false;
	onnx->refs.items[onnx->refs.count++] = name;
	return true;
}

static inline bool append_output(struct onnx *onnx, uint32_t name)
{
	if (!ONNX_ROOM(onnx, onnx->outputs))
		return false;
	onnx->outputs.items[onnx->outputs.count++] = name;
	return true;
}

static inline bool intern_plain(struct onnx *onnx, struct plain_name *name)
{
	return name->id != NO_NAME ||
	       onnx_intern_announced(onnx, name->bytes, name->len, name->hash, &name->id);
}

static uint32_t name_hash(const struct onnx *onnx, const void *name, size_t len)
{
	return len ? (uint32_t)hash_bytes(name, len, onnx->names.seed) | 1 : 0;
}

/* Takes over what was found. */
static inline bool take_plain(struct onnx *onnx, struct plain_node *it, struct node_head *head)
{
	announce(onnx, it);
	if (it->name) {
		char *copy = onnx_take_text(onnx, it->name_len);
		if (!copy)
			return false;
		head->name = (struct text){ memcpy(copy, it->name, it->name_len), it->name_len };
		head->name_hash = name_hash(onnx, it->name, it->name_len);
	}
	if (it->type && !onnx_find_word(onnx, it->type, it->type_len, &head->type))
		return false;
	for (size_t i = 0; i < it->inputs.n; i++)
		if (!intern_plain(onnx, &it->inputs.list[i]) ||
		    !append_input(onnx, it->inputs.list[i].id))
			return false;
	for (size_t i = 0; i < it->outputs.n; i++)
		if (!intern_plain(onnx, &it->outputs.list[i]) ||
		    !append_output(onnx, it->outputs.list[i].id))
			return false;
	return true;
}

/* The message's position moves behind what was read. */
static bool read_plain(struct onnx *onnx, struct pb_message *message, struct node_head *head)
{
	struct plain_node it;
	uint64_t len = message->end - message->position;
	const uint8_t *p = NULL;
	if (len <= PLAIN_NODE)
		p = pbwire_bytes(&onnx->wire, message->position, (size_t)len);
	if (!p)
		return pbwire_ok(&onnx->wire);
	it.inputs.n = it.outputs.n = 0;
	it.name = it.type = NULL;
	const uint8_t *rest = parse_plain(p, p + len, &it);
	if (it.outputs.n)
		head->first_output = message->position + (uint64_t)(it.outputs.list[0].bytes - p);
	message->position += (uint64_t)(rest - p);
	return take_plain(onnx, &it, head);
}

static bool read_node_field(struct onnx *onnx, const struct pb_field *field, uint32_t graph,
			    struct node_head *head)
{
	uint32_t name;
	switch (field->tag) {
	case PB_TAG(1, PB_BYTES):
		return onnx_read_input(onnx, field, &name) && append_input(onnx, name);
	case PB_TAG(2, PB_BYTES):
		if (onnx->outputs.count == 0)
			head->first_output = field->start;
		return onnx_read_name(onnx, field, &name) && append_output(onnx, name);
	case PB_TAG(3, PB_BYTES):
		if (!onnx_read_text(onnx, field, &head->name))
			return false;
		head->name_hash = name_hash(onnx, head->name.data, head->name.len);
		return true;
	case PB_TAG(4, PB_BYTES):
		return onnx_read_word(onnx, field, &head->type);
	case PB_TAG(5, PB_BYTES):
		return onnx_read_attribute(onnx, field, graph);
	case PB_TAG(7, PB_BYTES):
		return onnx_read_word(onnx, field, &head->domain);
	}
	return true;
}

static bool add_literals(struct onnx *onnx, uint32_t graph)
{
	for (size_t i = 0; i < onnx->literals.count; i++)
		if (!add_literal(onnx, &onnx->literals.items[i], graph))
			return false;
	return true;
}

/* Puts the node into the table; its outputs come into refs, behind its inputs. */
static bool add_node(struct onnx *onnx, const struct node_head *head, struct op *op,
		     uint64_t offset, uint32_t graph)
{
	size_t first_output = onnx->refs.count, n = onnx->outputs.count;
	if (first_output + n >= NO_INDEX || onnx->attributes.count >= NO_INDEX)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, offset,
				   "more than 2^32 inputs, outputs or attributes");
	for (size_t i = 0; i < n; i++)
		if (!append_input(onnx, onnx->outputs.items[i]))
			return false;
	if (n) {
		onnx->names.latest = onnx->outputs.items[0];
		onnx->names.latest_at = head->first_output;
	}
	if (!ONNX_ROOM(onnx, onnx->nodes) || !ONNX_ROOM(onnx, onnx->node_hashes))
		return false;
	onnx->node_hashes.items[onnx->node_hashes.count++] = head->name_hash;
	struct node *node = &onnx->nodes.items[onnx->nodes.count++];
	__builtin_prefetch((const char *)node + ONNX_AHEAD, 1);
	node->name = head->name;
	node->op = op;
	node->offset = offset;
	node->first_input = head->first_input;
	node->n_inputs = (uint32_t)first_output - head->first_input;
	node->first_output = (uint32_t)first_output;
	node->n_outputs = (uint32_t)n;
	node->first_attribute = head->first_attribute;
	node->n_attributes = (uint32_t)onnx->attributes.count - head->first_attribute;
	node->graph = graph;
	return true;
}

bool onnx_read_node(struct onnx *onnx, const struct pb_field *where, uint32_t graph)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	struct node_head head = { .name = { "", 0 },
				  .first_input = (uint32_t)onnx->refs.count,
				  .first_attribute = (uint32_t)onnx->attributes.count };
	if (onnx->nodes.count >= LIMIT_NODES)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, where->offset, "more than %d nodes",
				   LIMIT_NODES);
	onnx->outputs.count = onnx->literals.count = onnx->literal_runs.count = 0;
	if (!read_plain(onnx, &message, &head))
		return false;
	while (pbwire_next(&onnx->wire, &message, &field))
		if (!read_node_field(onnx, &field, graph, &head))
			return false;
	if (!pbwire_ok(&onnx->wire))
		return false;
	struct op *op = intern_op(onnx, head.domain, head.type);
	if (!op)
		return false;
	op->count += onnx->scopes.items[graph].counted;
	if (onnx->literals.count && onnx_is_constant(op) && !add_literals(onnx, graph))
		return false;
	return add_node(onnx, &head, op, where->offset, graph);
}
