/* Sequences and optionals: a type around a type. */
#include "core/inference/infer.h"

static void set_around(struct call *call, enum type_kind kind, const struct known *inside)
{
	struct known *element = arena_alloc(&call->in->memory, sizeof *element);

	if (!element) {
		call->in->sizes.failed = true;
		return;
	}
	*element = *inside;
	element->data = NULL;
	element->n_data = 0;
	call_set(call, 0, (struct known){ .kind = (uint8_t)kind, .element = element });
}

/* All inputs in one sequence: its element is what they have in common. */
void infer_sequence_construct(struct call *call)
{
	struct known element = *call_input(call, 0);

	for (uint32_t i = 1; i < call->node->n_inputs; i++)
		element = known_union(call->in, &element, call_input(call, i));
	if (element.kind != TYPE_NONE)
		set_around(call, TYPE_SEQUENCE, &element);
}

void infer_sequence_empty(struct call *call)
{
	struct known element = { .kind = TYPE_TENSOR,
				 .dtype = (uint8_t)dtype_from_onnx(call_int(call, "dtype", 1)) };

	set_around(call, TYPE_SEQUENCE, &element);
}

/* An empty sequence takes on the shape of what comes in only where it has none of its own; a type
 * alone is what both are sure of. */
void infer_sequence_insert(struct call *call)
{
	const struct known *sequence = call_input(call, 0);
	struct known both;

	if (!sequence->element)
		return;
	both = known_union(call->in, sequence->element, call_input(call, 1));
	set_around(call, TYPE_SEQUENCE, both.kind == TYPE_NONE ? sequence->element : &both);
}

void infer_sequence_at(struct call *call)
{
	if (call_input(call, 0)->element)
		call_set(call, 0, *call_input(call, 0)->element);
}

void infer_sequence_erase(struct call *call)
{
	call_set(call, 0, *call_input(call, 0));
}

void infer_sequence_length(struct call *call)
{
	call_set_tensor(call, 0, DTYPE_I64, call_room(call, 0), 0);
}

/* Pieces of length 1 (without their axis if keepdims is 0), of one length, or of a list's. */
void infer_split_to_sequence(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct known element = { .kind = TYPE_TENSOR, .dtype = x->dtype };
	uint32_t axis, n = 0, n_split;
	bool has_split = call_has_input(call, 1), keep = call_int(call, "keepdims", 1) != 0;
	const struct quantity *split = call_data(call, 1, &n_split);
	struct quantity *dims;

	if (x->has_shape && axis_normalize(call_int(call, "axis", 0), x->n_dims, &axis) &&
	    (dims = call_room(call, x->n_dims))) {
		for (uint32_t i = 0; i < x->n_dims; i++) {
			if (i != axis)
				dims[n++] = x->dims[i];
			else if (has_split)
				dims[n++] = split && n_split == 1 &&
							    x->dims[i].kind == QUANTITY_NUMBER &&
							    split[0].kind == QUANTITY_NUMBER &&
							    split[0].number > 0 &&
							    x->dims[i].number % split[0].number == 0
						    ? split[0]
						    : (struct quantity){ 0 };
			else if (keep)
				dims[n++] = quantity_number(1);
		}
		element.dims = dims;
		element.n_dims = n;
		element.has_shape = true;
	}
	set_around(call, TYPE_SEQUENCE, &element);
}

/* Along an axis, or along a new one (new_axis 1). */
void infer_concat_from_sequence(struct call *call)
{
	const struct known *element = call_input(call, 0)->element;
	uint32_t n, axis, from = 0;
	bool fresh = call_int(call, "new_axis", 0) != 0;
	struct quantity *dims;

	if (!element)
		return;
	n = element->n_dims + fresh;
	if (!element->has_shape || !axis_normalize(call_int(call, "axis", 0), n, &axis) ||
	    !(dims = call_room(call, n))) {
		call_set_unranked(call, 0, element->dtype);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (i != axis)
			dims[i] = element->dims[from];
		from += i != axis || !fresh;
	}
	call_set_tensor(call, 0, element->dtype, dims, n);
}

void infer_optional(struct call *call)
{
	if (call_input(call, 0)->kind != TYPE_NONE)
		set_around(call, TYPE_OPTIONAL, call_input(call, 0));
}

/* Since operator set 18 also of what is no optional. */
void infer_optional_get(struct call *call)
{
	const struct known *x = call_input(call, 0);

	call_set(call, 0, x->kind == TYPE_OPTIONAL && x->element ? *x->element : *x);
}

void infer_optional_has(struct call *call)
{
	call_set_tensor(call, 0, DTYPE_BOOL, call_room(call, 0), 0);
}
