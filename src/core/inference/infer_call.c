/* What a rule sees of a call, and how it sets outputs. */
#include "core/inference/infer.h"

#include <stdio.h>
#include <string.h>

#include <mtui/values.h>

static const struct known nothing;

/* The attribute of a node, or the one of the calling function that it stands for. */
const struct attribute *call_attribute(const struct call *call, const char *name)
{
	const struct infer *in = call->in;
	const struct node *node = call->node;
	struct text wanted = text_from(name);
	uint32_t frame = call->frame;

	for (;;) {
		const struct attribute *found = NULL;

		for (uint32_t i = 0; i < node->n_attributes && !found; i++) {
			const struct attribute *a =
				&in->model->attributes[node->first_attribute + i];

			if (text_equal(a->name, wanted))
				found = a;
		}
		if (!found || !found->is_reference)
			return found;
		wanted = found->s;
		frame = in->frames.items[frame].call;
		if (frame == NO_INDEX)
			return NULL;
		node = &in->model->nodes[in->model->graphs[in->frames.items[frame].graph]
						 .first_node +
					 in->frames.items[frame].next];
	}
}

int64_t call_int(const struct call *call, const char *name, int64_t otherwise)
{
	const struct attribute *a = call_attribute(call, name);

	return a && a->kind == ATTRIBUTE_INT ? a->i : otherwise;
}

bool call_is(const struct call *call, const char *name, const char *string)
{
	const struct attribute *a = call_attribute(call, name);

	return a && a->kind == ATTRIBUTE_STRING && text_is(a->s, string);
}

const int64_t *call_ints(const struct call *call, const char *name, uint32_t *n)
{
	const struct attribute *a = call_attribute(call, name);

	*n = a && a->kind == ATTRIBUTE_INTS ? a->count : 0;
	return *n ? a->ints : NULL;
}

uint32_t call_input_value(const struct call *call, uint32_t i)
{
	return i < call->node->n_inputs ? call->in->model->refs[call->node->first_input + i]
					: NO_INDEX;
}

bool call_has_input(const struct call *call, uint32_t i)
{
	return call_input_value(call, i) != NO_INDEX;
}

const struct known *call_input(const struct call *call, uint32_t i)
{
	uint32_t value = call_input_value(call, i);

	return value == NO_INDEX ? &nothing : &call->in->known[value];
}

static uint32_t output_value(const struct call *call, uint32_t i)
{
	return i < call->node->n_outputs ? call->in->model->refs[call->node->first_output + i]
					 : NO_INDEX;
}

bool call_has_output(const struct call *call, uint32_t i)
{
	return output_value(call, i) != NO_INDEX;
}

const struct known *call_output(const struct call *call, uint32_t i)
{
	uint32_t value = output_value(call, i);

	return value == NO_INDEX ? &nothing : &call->in->known[value];
}

struct quantity *call_room(const struct call *call, size_t n)
{
	struct quantity *room = arena_array(&call->in->memory, n ? n : 1, sizeof *room);

	if (!room)
		call->in->sizes.failed = true;
	return room;
}

/* Elements of an initializer or a constant. */
static void read_data(const struct call *call, const struct tensor *tensor, struct known *known)
{
	struct infer *in = call->in;
	bool real = dtype_traits[tensor->dtype].class == CLASS_FLOAT;
	bool whole = dtype_traits[tensor->dtype].class == CLASS_SIGNED ||
		     dtype_traits[tensor->dtype].class == CLASS_UNSIGNED ||
		     dtype_traits[tensor->dtype].class == CLASS_BOOL;
	struct quantity *data;
	struct error unread;

	if (!(real || whole) || tensor->problem != TENSOR_OK || tensor->kind == TENSOR_SPARSE ||
	    tensor->count > DATA_ELEMENTS || tensor->present != tensor->count ||
	    !values_read(in->model, tensor, 0, tensor->count, in->scratch, &in->memory, &unread))
		return;
	data = call_room(call, tensor->count);
	if (!data)
		return;
	for (uint32_t i = 0; i < tensor->count; i++)
		data[i] = real ? quantity_real(in->scratch[i].real)
			       : quantity_number(in->scratch[i].integer);
	known->data = data;
	known->n_data = (uint32_t)tensor->count;
}

const struct quantity *call_data(const struct call *call, uint32_t i, uint32_t *n)
{
	uint32_t value = call_input_value(call, i);
	struct known *known;

	*n = 0;
	if (value == NO_INDEX)
		return NULL;
	known = &call->in->known[value];
	if (!known->data && !known->data_asked) {
		uint32_t tensor = call->in->model->values[value].tensor;

		known->data_asked = true;
		if (tensor != NO_INDEX)
			read_data(call, &call->in->model->tensors[tensor], known);
	}
	*n = known->n_data;
	return known->data;
}

bool call_may_have_data(const struct call *call, uint32_t i)
{
	uint32_t value = call_input_value(call, i);

	return value != NO_INDEX &&
	       (call->in->known[value].data || call->in->model->values[value].tensor != NO_INDEX);
}

/* "f32 [batch, 64, ?]", as far as it fits. */
static struct text known_text(const struct call *call, const struct known *known)
{
	enum { ROOM = 120, NAME = 24 };
	char buffer[ROOM + NAME + 8];
	int len = snprintf(buffer, sizeof buffer, "%s%s", dtype_name(known->dtype),
			   known->has_shape ? " [" : "");

	for (uint32_t i = 0; known->has_shape && i < known->n_dims && len < ROOM; i++) {
		struct quantity dim = known->dims[i];
		char number[NAME] = "?";
		struct text name = text_from(number);

		if (dim.kind == QUANTITY_NUMBER) {
			snprintf(number, sizeof number, "%lld", (long long)dim.number);
			name = text_from(number);
		} else if (dim.kind == QUANTITY_EXPRESSION) {
			name = call->in->sizes.items.items[dim.expression].text;
		}
		len += snprintf(buffer + len, sizeof buffer - (size_t)len, "%s%.*s", i ? ", " : "",
				(int)(name.len < NAME ? name.len : NAME), name.data);
	}
	return arena_format(call->in->sizes.texts, "%s%s", buffer,
			    !known->has_shape ? "" : len < ROOM ? "]" : ", ...]");
}

static void note_conflict(const struct call *call, uint32_t value, const struct known *fresh)
{
	struct shape_inference *result = call->in->result;

	if (result->n_conflicts < SHAPE_CONFLICTS_KEPT)
		result->conflicts[result->n_conflicts] =
			(struct shape_conflict){ .node = call->index,
						 .value = value,
						 .inferred = known_text(call, fresh) };
	result->n_conflicts++;
}

/* Dims of two that must be the same: numbers win, then what was worked out, then the file's. */
static bool unite_dims(const struct call *call, const struct known *there,
		       const struct known *fresh, const struct quantity **united)
{
	struct quantity *dims = call_room(call, there->n_dims);

	*united = dims;
	for (uint32_t i = 0; dims && i < there->n_dims; i++) {
		struct quantity a = there->dims[i], b = fresh->dims[i];

		if (a.kind == QUANTITY_NUMBER && b.kind == QUANTITY_NUMBER && a.number != b.number)
			return false;
		dims[i] = a.kind == QUANTITY_NUMBER || b.kind == QUANTITY_UNKNOWN ? a : b;
	}
	return dims != NULL;
}

static bool is_tensor(const struct known *known)
{
	return known->kind == TYPE_TENSOR || known->kind == TYPE_SPARSE_TENSOR;
}

static bool has_bad_dim(const struct known *known)
{
	for (uint32_t i = 0; i < known->n_dims; i++)
		if (known->dims[i].kind == QUANTITY_REAL ||
		    (known->dims[i].kind == QUANTITY_NUMBER && known->dims[i].number < 0))
			return true;
	return false;
}

void call_set(const struct call *call, uint32_t i, struct known fresh)
{
	uint32_t value = output_value(call, i);
	const struct quantity *dims;
	struct known *there;

	if (value == NO_INDEX || call->in->sizes.failed)
		return;
	there = &call->in->known[value];
	if (fresh.has_shape && (fresh.n_dims > LIMIT_DIMS || has_bad_dim(&fresh))) {
		fresh.has_shape = false;
		fresh.n_dims = 0;
		fresh.data = NULL;
	}
	if (there->kind == TYPE_NONE) {
		*there = fresh;
		return;
	}
	if (fresh.kind == TYPE_NONE)
		return;
	if (there->kind != fresh.kind ||
	    (there->dtype != DTYPE_UNKNOWN && fresh.dtype != DTYPE_UNKNOWN &&
	     there->dtype != fresh.dtype && is_tensor(there)) ||
	    (there->has_shape && fresh.has_shape && there->n_dims != fresh.n_dims)) {
		note_conflict(call, value, &fresh);
		return;
	}
	if (there->has_shape && fresh.has_shape && !unite_dims(call, there, &fresh, &dims)) {
		note_conflict(call, value, &fresh);
		return;
	}
	if (fresh.has_shape) {
		there->dims = there->has_shape ? dims : fresh.dims;
		there->has_shape = true;
		there->n_dims = fresh.n_dims;
	}
	if (there->dtype == DTYPE_UNKNOWN)
		there->dtype = fresh.dtype;
	if (!there->element)
		there->element = fresh.element;
	there->data = fresh.data;
	there->n_data = fresh.data ? fresh.n_data : 0;
}

void call_set_tensor(const struct call *call, uint32_t i, int dtype, const struct quantity *dims,
		     uint32_t n_dims)
{
	if (dims)
		call_set(call, i,
			 (struct known){ .kind = TYPE_TENSOR,
					 .dtype = (uint8_t)dtype,
					 .dims = dims,
					 .n_dims = n_dims,
					 .has_shape = true });
}

void call_set_unranked(const struct call *call, uint32_t i, int dtype)
{
	call_set(call, i, (struct known){ .kind = TYPE_TENSOR, .dtype = (uint8_t)dtype });
}

void call_set_like(const struct call *call, uint32_t i, const struct known *like, int dtype)
{
	struct known copy = *like;

	if (copy.kind == TYPE_NONE && dtype == DTYPE_UNKNOWN)
		return;
	if (copy.kind == TYPE_NONE)
		copy.kind = TYPE_TENSOR;
	if (dtype != DTYPE_UNKNOWN)
		copy.dtype = (uint8_t)dtype;
	copy.data = NULL;
	copy.n_data = 0;
	copy.data_asked = false;
	call_set(call, i, copy);
}

bool axis_normalize(int64_t axis, uint32_t n, uint32_t *normal)
{
	if (axis < -(int64_t)n || axis >= (int64_t)n)
		return false;
	*normal = (uint32_t)(axis < 0 ? axis + (int64_t)n : axis);
	return true;
}

bool call_axes(const struct call *call, uint32_t input, const char *name, int64_t axes[LIMIT_DIMS],
	       uint32_t *n)
{
	const int64_t *ints;
	uint32_t count;

	*n = 0;
	if (call_has_input(call, input)) {
		const struct quantity *data = call_data(call, input, &count);

		if (!data || count > LIMIT_DIMS)
			return false;
		for (uint32_t i = 0; i < count; i++) {
			if (data[i].kind != QUANTITY_NUMBER)
				return false;
			axes[i] = data[i].number;
		}
		*n = count;
		return true;
	}
	ints = call_ints(call, name, &count);
	if (count > LIMIT_DIMS)
		return false;
	for (uint32_t i = 0; i < count; i++)
		axes[i] = ints[i];
	*n = count;
	return true;
}

struct known known_union(struct infer *in, const struct known *a, const struct known *b)
{
	struct known both = { .kind = a->kind, .dtype = a->dtype };
	struct quantity *dims;

	if (a->kind == TYPE_NONE || a->kind != b->kind || a->dtype != b->dtype)
		return (struct known){ 0 };
	if (a->element && b->element && a->element->dtype == b->element->dtype)
		both.element = a->element;
	if (!a->has_shape || !b->has_shape || a->n_dims != b->n_dims)
		return both;
	dims = arena_array(&in->memory, a->n_dims ? a->n_dims : 1, sizeof *dims);
	if (!dims) {
		in->sizes.failed = true;
		return both;
	}
	for (uint32_t i = 0; i < a->n_dims; i++)
		if (quantity_equal(a->dims[i], b->dims[i]))
			dims[i] = a->dims[i];
	both.dims = dims;
	both.n_dims = a->n_dims;
	both.has_shape = true;
	return both;
}

bool broadcast_pair(struct quantity a, struct quantity b, struct quantity *dim)
{
	if (quantity_is(a, 1) || quantity_equal(a, b)) {
		*dim = b;
	} else if (quantity_is(b, 1)) {
		*dim = a;
	} else if (a.kind == QUANTITY_NUMBER && b.kind == QUANTITY_NUMBER) {
		return false;
	} else {
		/* A number other than 1 decides; two names may be the same, or one of them 1. */
		*dim = a.kind == QUANTITY_NUMBER   ? a
		       : b.kind == QUANTITY_NUMBER ? b
						   : (struct quantity){ 0 };
	}
	return true;
}

bool broadcast_dims(const struct known *a, const struct known *b, struct quantity *dims)
{
	uint32_t n = a->n_dims > b->n_dims ? a->n_dims : b->n_dims;

	for (uint32_t i = 0; i < n; i++) {
		struct quantity one = quantity_number(1);
		struct quantity from_a = i + a->n_dims < n ? one : a->dims[i + a->n_dims - n];
		struct quantity from_b = i + b->n_dims < n ? one : b->dims[i + b->n_dims - n];

		if (!broadcast_pair(from_a, from_b, &dims[i]))
			return false;
	}
	return true;
}

struct quantity dims_product(struct infer *in, const struct quantity *dims, uint32_t n)
{
	struct quantity product = quantity_number(1);

	for (uint32_t i = 0; i < n; i++)
		product = size_multiply(&in->sizes, product, dims[i]);
	return product;
}
