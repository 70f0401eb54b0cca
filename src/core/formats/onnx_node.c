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

enum { PLAIN_NODE = 4 << 10 };

struct node_head {
	uint32_t domain;
	struct text name;
	uint32_t type;
};

static bool read_node_field(struct onnx *onnx, const struct pb_field *field, uint32_t graph,
			    struct node_head *head)
{
	uint32_t name;
	switch (field->tag) {
	case PB_TAG(1, PB_BYTES):
		if (!onnx_read_input(onnx, field, &name) || !ONNX_ROOM(onnx, onnx->refs))
			return false;
		onnx->refs.items[onnx->refs.count++] = name;
		return true;
	case PB_TAG(2, PB_BYTES):
		if (!onnx_read_name(onnx, field, &name) || !ONNX_ROOM(onnx, onnx->outputs))
			return false;
		onnx->outputs.items[onnx->outputs.count++] = name;
		return true;
	case PB_TAG(3, PB_BYTES):
		return onnx_read_text(onnx, field, &head->name);
	case PB_TAG(4, PB_BYTES):
		return onnx_read_word(onnx, field, &head->type);
	case PB_TAG(5, PB_BYTES):
		return onnx_read_attribute(onnx, field, graph);
	case PB_TAG(7, PB_BYTES):
		return onnx_read_word(onnx, field, &head->domain);
	}
	return true;
}

static uint32_t name_hash(const struct onnx *onnx, struct text name)
{
	return name.len ? (uint32_t)hash_bytes(name.data, name.len, onnx->names.seed) | 1 : 0;
}

/* Names of a node between their announcement and their use. */
enum { PENDING = 16 };

struct pending_name {
	const uint8_t *bytes; /* in the window */
	uint64_t hash;
	size_t place; /* in refs or, of an output, in outputs */
	uint8_t len;
	bool output;
};

struct pending {
	size_t n;
	struct pending_name names[PENDING];
};

static bool intern_pending(struct onnx *onnx, struct pending *pending)
{
	for (size_t i = 0; i < pending->n; i++) {
		const struct pending_name *it = &pending->names[i];
		uint32_t name;
		if (!onnx_intern_announced(onnx, it->bytes, it->len, it->hash, &name))
			return false;
		*(it->output ? &onnx->outputs.items[it->place] : &onnx->refs.items[it->place]) =
			name;
	}
	pending->n = 0;
	return true;
}

/* In most graphs a node takes what the one before has made. */
static bool add_input(struct onnx *onnx, const uint8_t *bytes, uint8_t len, struct pending *pending)
{
	uint32_t name = onnx->names.latest;
	if (!ONNX_ROOM(onnx, onnx->refs))
		return false;
	if (!onnx_is_name(onnx, name, bytes, len))
		pending->names[pending->n++] =
			(struct pending_name){ bytes, onnx_announce(onnx, bytes, len),
					       onnx->refs.count, len, false };
	onnx->refs.items[onnx->refs.count++] = name;
	return true;
}

static bool add_output(struct onnx *onnx, const uint8_t *bytes, uint8_t len,
		       struct pending *pending)
{
	if (!ONNX_ROOM(onnx, onnx->outputs))
		return false;
	pending->names[pending->n++] =
		(struct pending_name){ bytes, onnx_announce(onnx, bytes, len), onnx->outputs.count,
				       len, true };
	onnx->outputs.items[onnx->outputs.count++] = NO_NAME;
	return true;
}

/* A field of a plain form; sets *taken to false for one that is for read_node_field. */
static bool take_plain(struct onnx *onnx, uint8_t tag, const uint8_t *bytes, uint8_t len,
		       struct node_head *head, struct pending *pending, bool *taken)
{
	char *copy;
	if (pending->n == PENDING && !intern_pending(onnx, pending))
		return false;
	switch (tag) {
	case PB_TAG(1, PB_BYTES):
		return add_input(onnx, bytes, len, pending);
	case PB_TAG(2, PB_BYTES):
		return add_output(onnx, bytes, len, pending);
	case PB_TAG(3, PB_BYTES):
		copy = onnx_take_text(onnx, len);
		if (!copy)
			return false;
		head->name = (struct text){ memcpy(copy, bytes, len), len };
		return true;
	case PB_TAG(4, PB_BYTES):
		return onnx_find_word(onnx, bytes, len, &head->type);
	}
	*taken = false;
	return true;
}

/* Most nodes begin with a few short texts: those of a node that lies in the window are read
 * without asking for the window each time. The message's position moves behind them. */
static bool read_plain(struct onnx *onnx, struct pb_message *message, struct node_head *head)
{
	struct pending pending;
	uint64_t len = message->end - message->position;
	size_t have;
	const uint8_t *p = NULL;
	bool taken = true;
	if (len <= PLAIN_NODE)
		p = pbwire_view(&onnx->wire, message->position, len, &have);
	if (!p)
		return pbwire_ok(&onnx->wire);
	const uint8_t *begin = p, *end = p + len;
	pending.n = 0;
	while (end - p >= 2 && (p[0] | p[1]) < 0x80 && p[1] <= end - p - 2) {
		if (!take_plain(onnx, p[0], p + 2, p[1], head, &pending, &taken))
			return false;
		if (!taken)
			break;
		p += 2 + p[1];
	}
	message->position += (uint64_t)(p - begin);
	return intern_pending(onnx, &pending);
}

bool onnx_read_node(struct onnx *onnx, const struct pb_field *where, uint32_t graph)
{
	struct pb_message message = pb_message(where);
	struct pb_field field;
	struct node_head head = { NO_NAME, { "", 0 }, NO_NAME };
	struct node node = { .offset = where->offset,
			     .graph = graph,
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
	node.n_inputs = (uint32_t)onnx->refs.count - node.first_input;
	node.first_output = (uint32_t)onnx->refs.count;
	node.n_outputs = (uint32_t)onnx->outputs.count;
	node.n_attributes = (uint32_t)onnx->attributes.count - node.first_attribute;
	if (onnx->refs.count + onnx->outputs.count >= NO_INDEX ||
	    onnx->attributes.count >= NO_INDEX)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, where->offset,
				   "more than 2^32 inputs, outputs or attributes");
	for (size_t i = 0; i < onnx->outputs.count; i++) {
		if (!ONNX_ROOM(onnx, onnx->refs))
			return false;
		onnx->refs.items[onnx->refs.count++] = onnx->outputs.items[i];
	}
	struct op *op = intern_op(onnx, head.domain, head.type);
	if (!op)
		return false;
	op->count += onnx->scopes.items[graph].counted;
	node.op = op;
	node.name = head.name;
	if (onnx->literals.count && onnx_is_constant(op))
		for (size_t i = 0; i < onnx->literals.count; i++)
			if (!add_literal(onnx, &onnx->literals.items[i], graph))
				return false;
	if (onnx->outputs.count)
		onnx->names.latest = onnx->outputs.items[0];
	if (!ONNX_ROOM(onnx, onnx->nodes) || !ONNX_ROOM(onnx, onnx->node_hashes))
		return false;
	onnx->node_hashes.items[onnx->node_hashes.count++] = name_hash(onnx, head.name);
	__builtin_prefetch((const char *)&onnx->nodes.items[onnx->nodes.count] + ONNX_AHEAD, 1);
	onnx->nodes.items[onnx->nodes.count++] = node;
	return true;
}
