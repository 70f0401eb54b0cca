/*
 * TensorProto. A draft collects dimensions and, for every field that can hold elements, the runs
 * of bytes it was seen in; nothing of the elements is copied. When the message has ended, one
 * storage is chosen by fixed rules (external, raw_data, the field of the data type, any other)
 * and what it holds is measured against the shape.
 */
#include "core/formats/onnx.h"

#include <stdio.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/base/grouped.h"

enum { FORESEE_AFTER = 64, FORESEE_MOST = 64 << 10 };

void onnx_draft_begin(struct onnx_draft *draft, uint64_t offset)
{
	draft->runs.count = 0;
	draft->n_dims = 0;
	draft->offset = offset;
	draft->name = draft->location = NO_NAME;
	draft->data_type = 0;
	draft->storages = 0;
	draft->seen = draft->external = draft->ragged = draft->repeated_key = false;
	draft->has_location = draft->has_offset = draft->has_length = false;
	draft->external_offset = draft->external_length = draft->external_unknown =
		(struct text){ "", 0 };
}

bool onnx_run_join(struct onnx_run *last, const struct onnx_run *next)
{
	if (last->storage != next->storage || last->run.encoding != RUN_TAGGED ||
	    next->run.encoding != RUN_TAGGED ||
	    last->run.offset + last->run.nbytes != next->run.offset)
		return false;
	last->run.nbytes += next->run.nbytes;
	last->entries += next->entries;
	return true;
}

static bool add_run(struct onnx *onnx, struct onnx_draft *draft, uint64_t offset, uint64_t nbytes,
		    uint64_t entries, enum run_encoding encoding, enum storage storage)
{
	struct onnx_run run = { { offset, nbytes, (uint8_t)encoding }, entries, (uint8_t)storage };
	if (ONNX_JOIN(draft->runs, run))
		return true;
	draft->storages |= 1u << storage;
	if (!ONNX_ROOM(onnx, draft->runs))
		return false;
	draft->runs.items[draft->runs.count++] = run;
	return true;
}

static bool add_tagged(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field,
		       enum storage storage)
{
	return add_run(onnx, draft, field->offset, field->start + field->len - field->offset, 1,
		       RUN_TAGGED, storage);
}

static bool add_packed(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field,
		       unsigned width, enum storage storage)
{
	if (field->len % width)
		draft->ragged = true;
	return field->len == 0 || add_run(onnx, draft, field->start, field->len, field->len / width,
					  RUN_PLAIN, storage);
}

/* Varints are counted where that is affordable; a longer field is taken at its word. */
static bool add_varints(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field,
			enum storage storage)
{
	uint64_t entries = field->len;
	if (field->len == 0)
		return true;
	if (field->len <= LIMIT_WINDOW_BYTES &&
	    !pbwire_count_varints(&onnx->wire, pb_message(field), &entries))
		return false;
	return add_run(onnx, draft, field->start, field->len, entries, RUN_VARINT, storage);
}

static bool set_raw(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field)
{
	size_t kept = 0; /* the last one counts */
	for (size_t i = 0; i < draft->runs.count; i++)
		if (draft->runs.items[i].storage != STORAGE_RAW)
			draft->runs.items[kept++] = draft->runs.items[i];
	draft->runs.count = kept;
	draft->storages |= 1u << STORAGE_RAW;
	return field->len == 0 ||
	       add_run(onnx, draft, field->start, field->len, field->len, RUN_PLAIN, STORAGE_RAW);
}

bool onnx_draft_dims(struct onnx *onnx, struct onnx_draft *draft, const struct pb_field *field)
{
	struct pb_message packed = pb_message(field);
	uint64_t dim = field->value, n;
	if ((field->tag & 7) == PB_VARINT) {
		if (draft->n_dims < LIMIT_DIMS)
			draft->dims[draft->n_dims] = (int64_t)dim;
		draft->n_dims++;
		return true;
	}
	while (draft->n_dims < LIMIT_DIMS && pbwire_varint(&onnx->wire, &packed, &dim))
		draft->dims[draft->n_dims++] = (int64_t)dim;
	if (!pbwire_ok(&onnx->wire) || !pbwire_count_varints(&onnx->wire, packed, &n))
		return false;
	draft->n_dims += n;
	return true;
}

static bool read_external_entry(struct onnx *onnx, struct onnx_draft *draft,
				const struct pb_field *where)
{
	struct pb_message message = pb_message(where);
	struct pb_field field, value = { .len = 0 };
	struct text key = { "", 0 };
	bool *seen = NULL;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES) && !onnx_read_text(onnx, &field, &key))
			return false;
		if (field.tag == PB_TAG(2, PB_BYTES))
			value = field;
	}
	if (!pbwire_ok(&onnx->wire))
		return false;
	bool ok = true;
	if (text_is(key, "location")) {
		seen = &draft->has_location;
		ok = onnx_read_name(onnx, &value, &draft->location);
	} else if (text_is(key, "offset")) {
		seen = &draft->has_offset;
		ok = onnx_read_text(onnx, &value, &draft->external_offset);
	} else if (text_is(key, "length")) {
		seen = &draft->has_length;
		ok = onnx_read_text(onnx, &value, &draft->external_length);
	} else if (!text_is(key, "checksum") && !text_is(key, "basepath")) {
		draft->external_unknown = key;
		return true;
	}
	if (seen) {
		draft->repeated_key |= *seen;
		*seen = true;
	}
	return ok;
}

static bool read_tensor_field(struct onnx *onnx, struct onnx_draft *draft,
			      const struct pb_field *field)
{
	switch (field->tag) {
	case PB_TAG(1, PB_VARINT):
	case PB_TAG(1, PB_BYTES):
		return onnx_draft_dims(onnx, draft, field);
	case PB_TAG(2, PB_VARINT):
		draft->data_type = (int32_t)field->value;
		return true;
	case PB_TAG(4, PB_BYTES):
		return add_packed(onnx, draft, field, 4, STORAGE_FLOAT);
	case PB_TAG(4, PB_FIXED32):
		return add_tagged(onnx, draft, field, STORAGE_FLOAT);
	case PB_TAG(5, PB_BYTES):
		return add_varints(onnx, draft, field, STORAGE_INT32);
	case PB_TAG(5, PB_VARINT):
		return add_tagged(onnx, draft, field, STORAGE_INT32);
	case PB_TAG(6, PB_BYTES):
		return add_tagged(onnx, draft, field, STORAGE_STRING);
	case PB_TAG(7, PB_BYTES):
		return add_varints(onnx, draft, field, STORAGE_INT64);
	case PB_TAG(7, PB_VARINT):
		return add_tagged(onnx, draft, field, STORAGE_INT64);
	case PB_TAG(8, PB_BYTES):
		return onnx_read_listed(onnx, field, &draft->name);
	case PB_TAG(9, PB_BYTES):
		return set_raw(onnx, draft, field);
	case PB_TAG(10, PB_BYTES):
		return add_packed(onnx, draft, field, 8, STORAGE_DOUBLE);
	case PB_TAG(10, PB_FIXED64):
		return add_tagged(onnx, draft, field, STORAGE_DOUBLE);
	case PB_TAG(11, PB_BYTES):
		return add_varints(onnx, draft, field, STORAGE_UINT64);
	case PB_TAG(11, PB_VARINT):
		return add_tagged(onnx, draft, field, STORAGE_UINT64);
	case PB_TAG(13, PB_BYTES):
		return read_external_entry(onnx, draft, field);
	case PB_TAG(14, PB_VARINT):
		draft->external = (int32_t)field->value == 1;
		return true;
	}
	return true;
}

bool onnx_draft_read(struct onnx *onnx, struct onnx_draft *draft, struct pb_message message)
{
	struct pb_field field;
	draft->seen = true;
	while (pbwire_next(&onnx->wire, &message, &field))
		if (!read_tensor_field(onnx, draft, &field))
			return false;
	return pbwire_ok(&onnx->wire);
}

/* Weights stand together: after the first ones it is known how many may come. */
static bool foresee_tensors(struct onnx *onnx, uint64_t offset)
{
	uint64_t first = onnx->tensor_offsets.items[0], size = onnx->wire.file->size;
	if (size > ONNX_FORESEEN || offset < first + FORESEE_AFTER)
		return true;
	uint64_t more = (size - offset) / ((offset - first) / FORESEE_AFTER);
	if (more > FORESEE_MOST)
		more = FORESEE_MOST;
	return onnx_reserve(onnx, onnx->tensors, (size_t)more) &&
	       onnx_reserve(onnx, onnx->tensor_offsets, (size_t)more);
}

/* A place to be filled; NULL on failure. */
struct tensor *onnx_new_tensor(struct onnx *onnx, uint64_t offset)
{
	if (onnx->tensors.count >= LIMIT_TENSORS) {
		pbwire_fail(&onnx->wire, ERROR_REFUSED, offset, "more than %d tensors",
			    LIMIT_TENSORS);
		return NULL;
	}
	if (onnx->tensors.count == FORESEE_AFTER && !foresee_tensors(onnx, offset))
		return NULL;
	if (!ONNX_ROOM(onnx, onnx->tensors) || !ONNX_ROOM(onnx, onnx->tensor_offsets))
		return NULL;
	onnx->tensor_offsets.items[onnx->tensor_offsets.count++] = offset;
	__builtin_prefetch((const char *)&onnx->tensors.items[onnx->tensors.count] + ONNX_AHEAD, 1);
	return &onnx->tensors.items[onnx->tensors.count++];
}

/* Elements of a shape. A zero anywhere makes none, but the other dimensions must be sane too. */
enum tensor_problem onnx_count_elements(const int64_t *dims, size_t n, uint64_t *count)
{
	uint64_t product = 1;
	bool zero = false, overflow = false;
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		if (dims[i] < 0)
			return TENSOR_BAD_DIMS;
		if (dims[i] == 0)
			zero = true;
		else if (!mul_ok(product, (uint64_t)dims[i], &product))
			overflow = true;
	}
	if (overflow)
		return TENSOR_OVERFLOW;
	*count = zero ? 0 : product;
	return TENSOR_OK;
}

/* The typed field that the specification gives a data type. */
static enum storage field_of(enum dtype dtype)
{
	switch (dtype) {
	case DTYPE_UNKNOWN:
	case DTYPE_COUNT:
		return STORAGE_NONE;
	case DTYPE_F32:
	case DTYPE_C64:
		return STORAGE_FLOAT;
	case DTYPE_F64:
	case DTYPE_C128:
		return STORAGE_DOUBLE;
	case DTYPE_I64:
		return STORAGE_INT64;
	case DTYPE_U32:
	case DTYPE_U64:
		return STORAGE_UINT64;
	case DTYPE_STRING:
		return STORAGE_STRING;
	default:
		return STORAGE_INT32;
	}
}

static enum storage choose_storage(const struct onnx_draft *draft, enum dtype dtype, bool *several)
{
	unsigned seen = draft->storages;
	*several = (seen & (seen - 1)) != 0 || (seen && draft->external);
	if (draft->external)
		return STORAGE_EXTERNAL;
	if (seen & 1u << STORAGE_RAW)
		return STORAGE_RAW;
	if (seen & 1u << field_of(dtype))
		return field_of(dtype);
	return seen ? (enum storage)__builtin_ctz(seen) : STORAGE_NONE;
}

/* Elements that so many items of a typed field (or bytes of a run) hold. */
static uint64_t elements_of(enum dtype dtype, enum storage storage, uint64_t entries)
{
	unsigned bits = dtype_traits[dtype].bits;
	if (storage == STORAGE_RAW || storage == STORAGE_EXTERNAL) {
		if (bits == 0)
			return 0;
		return bits >= 8 ? entries / (bits / 8) : entries * (8 / bits);
	}
	if (dtype_traits[dtype].class == CLASS_COMPLEX)
		return entries / 2;
	return bits && bits < 8 ? entries * (8 / bits) : entries;
}

/* Takes over the runs of the chosen storage. */
static bool place_runs(struct onnx *onnx, const struct onnx_draft *draft, struct tensor *tensor,
		       uint64_t *entries)
{
	uint32_t n = 0;
	for (size_t i = 0; i < draft->runs.count; i++)
		n += draft->runs.items[i].storage == tensor->storage;
	struct run_of_bytes *runs = onnx_take_array(onnx, n, sizeof *runs);
	if (!runs)
		return false;
	*entries = 0;
	for (size_t i = 0; i < draft->runs.count; i++) {
		const struct onnx_run *run = &draft->runs.items[i];
		if (run->storage != tensor->storage)
			continue;
		runs[tensor->n_runs++] = run->run;
		tensor->nbytes += run->run.nbytes;
		*entries += run->entries;
	}
	tensor->runs = runs;
	return true;
}

static bool problem(struct onnx *onnx, uint32_t index, enum tensor_problem what, const char *rule,
		    const char *message)
{
	struct tensor *tensor = &onnx->tensors.items[index];
	char shown[ONNX_SHOWN];
	if (tensor->problem == TENSOR_OK)
		tensor->problem = (uint8_t)what;
	return onnx_notice(onnx, what == TENSOR_LONG ? SEVERITY_WARNING : SEVERITY_PROBLEM, rule,
			   (int64_t)onnx->tensor_offsets.items[index], SUBJECT_TENSOR, index,
			   "tensor \"%s\": %s", onnx_shown(shown, tensor->name), message);
}

/* Compares what the data holds with what the shape needs. */
static bool measure(struct onnx *onnx, uint32_t index, uint64_t entries, bool ragged)
{
	struct tensor *tensor = &onnx->tensors.items[index];
	enum storage storage = (enum storage)tensor->storage;
	uint64_t needed = 0;
	bool bytes = (storage == STORAGE_RAW || storage == STORAGE_EXTERNAL) &&
		     dtype_bytes(tensor->dtype, tensor->count, &needed);
	if (bytes && entries == needed) {
		tensor->present = tensor->count;
		return true;
	}
	uint64_t held = elements_of(tensor->dtype, storage, entries);
	bool exact =
		bytes || dtype_traits[tensor->dtype].bits >= 8 || tensor->dtype == DTYPE_STRING;
	char message[160], a[GROUPED_SIZE], b[GROUPED_SIZE];
	ragged |= !bytes && dtype_traits[tensor->dtype].class == CLASS_COMPLEX && entries % 2;
	tensor->present = held < tensor->count ? held : tensor->count;
	if (bytes) {
		snprintf(message, sizeof message, "%s %s bytes, shape needs %s",
			 storage_name(storage), grouped(a, entries), grouped(b, needed));
	} else {
		unsigned bits = dtype_traits[tensor->dtype].bits;
		uint64_t spare = exact ? 0 : 8 / bits - 1; /* padding in the last byte */
		/* A field too long to be counted gives an upper bound only. */
		bool bound = tensor->n_runs && tensor->runs[0].encoding == RUN_VARINT &&
			     tensor->nbytes > LIMIT_WINDOW_BYTES;
		if (!ragged && held >= tensor->count && (held - tensor->count <= spare || bound))
			return true;
		snprintf(message, sizeof message, "%s holds %s elements%s, shape needs %s",
			 storage_name(storage), grouped(a, held),
			 ragged ? " and a part of one" : "", grouped(b, tensor->count));
	}
	if (held < tensor->count)
		return problem(onnx, index, tensor->present ? TENSOR_SHORT : TENSOR_NO_DATA,
			       bytes ? "raw-data-length" : "typed-data-length", message);
	return problem(onnx, index, TENSOR_LONG, bytes ? "raw-data-length" : "typed-data-length",
		       message);
}

/* Everything that can be wrong with a tensor's declaration, before its data are measured. */
static bool check_declaration(struct onnx *onnx, uint32_t index, enum tensor_problem shape,
			      bool several, bool *usable)
{
	struct tensor *tensor = &onnx->tensors.items[index];
	enum storage storage = (enum storage)tensor->storage;
	bool typed =
		storage != STORAGE_RAW && storage != STORAGE_EXTERNAL && storage != STORAGE_NONE;
	bool string_in_bytes = tensor->dtype == DTYPE_STRING &&
			       (storage == STORAGE_RAW || storage == STORAGE_EXTERNAL);
	char message[160];
	bool ok = true;
	*usable = false;
	if (several) {
		snprintf(message, sizeof message, "elements in more than one field; %s is used",
			 storage_name(storage));
		ok = problem(onnx, index, TENSOR_OK, "several-storages", message);
	}
	if (shape == TENSOR_BAD_DIMS)
		return ok &&
		       problem(onnx, index, shape, "negative-dimension", "negative dimension");
	if (shape == TENSOR_OVERFLOW)
		return ok && problem(onnx, index, shape, "count-overflow",
				     "element count overflows 64 bits");
	if (tensor->dtype == DTYPE_UNKNOWN) {
		snprintf(message, sizeof message, "data type %d is not known",
			 tensor->dtype_number);
		return ok && problem(onnx, index, TENSOR_BAD_DTYPE, "unknown-data-type", message);
	}
	if (string_in_bytes || (typed && storage != field_of(tensor->dtype))) {
		snprintf(message, sizeof message, "%s elements cannot be in %s",
			 dtype_name(tensor->dtype), storage_name(storage));
		return ok && problem(onnx, index, TENSOR_BAD_DTYPE, "wrong-storage", message);
	}
	*usable = true;
	return ok;
}

static bool too_many_dims(struct onnx *onnx, const struct onnx_draft *draft)
{
	char number[GROUPED_SIZE];
	return pbwire_fail(&onnx->wire, ERROR_MALFORMED, draft->offset, "%s dimensions (max %d)",
			   grouped(number, draft->n_dims), LIMIT_DIMS);
}

bool onnx_draft_finish(struct onnx *onnx, struct onnx_draft *draft, enum tensor_kind kind,
		       uint32_t graph, uint32_t node, uint32_t *index)
{
	bool several, usable, named = node == NO_INDEX && kind != TENSOR_INDICES;
	uint64_t entries = 0;
	if (draft->n_dims > LIMIT_DIMS)
		return too_many_dims(onnx, draft);
	size_t n_dims = (size_t)draft->n_dims;
	int64_t *dims = onnx_take_array(onnx, n_dims, sizeof *dims);
	struct tensor *tensor = onnx_new_tensor(onnx, draft->offset);
	if (!dims || !tensor)
		return false;
	for (size_t i = 0; i < n_dims; i++)
		dims[i] = draft->dims[i];
	*index = (uint32_t)onnx->tensors.count - 1;
	*tensor = (struct tensor){ .name = onnx_name_text(onnx, draft->name),
				   .dims = dims,
				   .n_dims = (uint32_t)n_dims,
				   .graph = graph,
				   .node = node,
				   .value = named ? draft->name : NO_INDEX,
				   .indices = NO_INDEX,
				   .quant = NO_INDEX,
				   .dtype = (uint8_t)dtype_from_onnx(draft->data_type),
				   .dtype_number = draft->data_type,
				   .kind = (uint8_t)kind };
	enum tensor_problem shape = onnx_count_elements(dims, n_dims, &tensor->count);
	tensor->storage = (uint8_t)choose_storage(draft, tensor->dtype, &several);
	if (!place_runs(onnx, draft, tensor, &entries) ||
	    !check_declaration(onnx, *index, shape, several, &usable))
		return false;
	if (tensor->storage == STORAGE_EXTERNAL) {
		if (!onnx_place_external(onnx, draft, *index))
			return false;
		entries = tensor->nbytes;
		if (tensor->problem != TENSOR_OK && entries == 0)
			return true;
	}
	if (!usable)
		return true;
	if (tensor->storage == STORAGE_NONE)
		return tensor->count == 0 ||
		       problem(onnx, *index, TENSOR_NO_DATA, "no-data", "no data at all");
	return measure(onnx, *index, entries, draft->ragged);
}
