/* Operators that keep the elements and change the shape around them, or make shapes into data. */
#include "core/inference/infer.h"

#include <math.h>
#include <string.h>

static void set_with_data(struct call *call, int dtype, const struct quantity *dims,
			  uint32_t n_dims, const struct quantity *data, uint32_t n_data)
{
	if (dims)
		call_set(call, 0,
			 (struct known){ .kind = TYPE_TENSOR,
					 .dtype = (uint8_t)dtype,
					 .dims = dims,
					 .n_dims = n_dims,
					 .has_shape = true,
					 .data = data,
					 .n_data = data ? n_data : 0 });
}

/* Constant: shapes_new has it from the file. */
void infer_given(struct call *call)
{
	(void)call;
}

/* Attributes start and end (operator set 15) cut the list, clamped to it. */
void infer_shape(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims = call_room(call, 1);
	int64_t n = x->n_dims, start = call_int(call, "start", 0), end = call_int(call, "end", n);

	if (!dims)
		return;
	if (!x->has_shape) {
		call_set_tensor(call, 0, DTYPE_I64, dims, 1);
		return;
	}
	start = start < -n ? 0 : start < 0 ? start + n : start > n ? n : start;
	end = end < -n ? 0 : end < 0 ? end + n : end > n ? n : end;
	if (end < start)
		end = start;
	dims[0] = quantity_number(end - start);
	set_with_data(call, DTYPE_I64, dims, 1, x->dims ? x->dims + start : call_room(call, 0),
		      (uint32_t)(end - start));
}

void infer_size(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *size = call_room(call, 1);

	if (size && x->has_shape)
		*size = dims_product(call->in, x->dims, x->n_dims);
	set_with_data(call, DTYPE_I64, call_room(call, 0), 0, size, 1);
}

/* The one dimension that Reshape leaves open: all elements over those of the others. Dimensions
 * that are copied stand on both sides, so that they need not be known. */
static struct quantity left_open(struct call *call, const struct known *x,
				 const struct quantity *target, const bool *copied, uint32_t n,
				 uint32_t open)
{
	struct size_expressions *s = &call->in->sizes;
	struct quantity above = quantity_number(1), below = quantity_number(1);

	for (uint32_t i = 0; i < x->n_dims; i++)
		if (i >= n || !copied[i])
			above = size_multiply(s, above, x->dims[i]);
	for (uint32_t i = 0; i < n; i++)
		if (i != open && !copied[i])
			below = size_multiply(s, below, target[i]);
	return size_divide_even(s, above, below);
}

static void reshape_to(struct call *call, const struct quantity *wish, uint32_t n)
{
	const struct known *x = call_input(call, 0);
	bool keep_zero = call_int(call, "allowzero", 0) != 0;
	bool copied[LIMIT_DIMS] = { false };
	struct quantity *dims = call_room(call, n);
	uint32_t open = NO_INDEX, n_data;
	const struct quantity *data;

	if (!dims || n > LIMIT_DIMS)
		return;
	for (uint32_t i = 0; i < n; i++) {
		dims[i] = wish[i];
		if (wish[i].kind == QUANTITY_REAL) {
			dims[i] = (struct quantity){ 0 };
		} else if (quantity_is(wish[i], 0) && !keep_zero) {
			dims[i] =
				x->has_shape && i < x->n_dims ? x->dims[i] : (struct quantity){ 0 };
			copied[i] = true;
		} else if (wish[i].kind == QUANTITY_NUMBER && wish[i].number < 0) {
			dims[i] = (struct quantity){ 0 };
			open = i;
		} else if (x->has_shape && i < x->n_dims && quantity_equal(wish[i], x->dims[i])) {
			copied[i] = true; /* the same size on both sides */
		}
	}
	if (open != NO_INDEX && x->has_shape)
		dims[open] = left_open(call, x, dims, copied, n, open);
	data = call_data(call, 0, &n_data);
	set_with_data(call, x->dtype, dims, n, data, n_data);
}

void infer_reshape(struct call *call)
{
	const struct known *x = call_input(call, 0), *shape = call_input(call, 1);
	uint32_t n;
	const int64_t *ints = call_ints(call, "shape", &n);
	const struct quantity *wish = call_data(call, 1, &n);
	struct quantity *room;

	if (call_has_input(call, 1)) {
		if (wish)
			reshape_to(call, wish, n);
		else if (shape->has_shape && shape->n_dims == 1 &&
			 shape->dims[0].kind == QUANTITY_NUMBER &&
			 shape->dims[0].number <= LIMIT_DIMS)
			call_set_tensor(call, 0, x->dtype,
					call_room(call, (size_t)shape->dims[0].number),
					(uint32_t)shape->dims[0].number);
		else
			call_set_unranked(call, 0, x->dtype);
		return;
	}
	ints = call_ints(call, "shape", &n);
	room = call_room(call, n);
	for (uint32_t i = 0; room && i < n; i++)
		room[i] = quantity_number(ints[i]);
	if (room && ints)
		reshape_to(call, room, n);
}

void infer_flatten(struct call *call)
{
	const struct known *x = call_input(call, 0);
	int64_t axis = call_int(call, "axis", 1);
	struct quantity *dims = call_room(call, 2);

	if (!dims)
		return;
	if (axis < 0)
		axis += x->n_dims;
	if (x->has_shape && axis >= 0 && axis <= x->n_dims) {
		dims[0] = dims_product(call->in, x->dims, (uint32_t)axis);
		dims[1] = dims_product(call->in, x->dims + axis, x->n_dims - (uint32_t)axis);
	}
	call_set_tensor(call, 0, x->dtype, dims, 2);
}

void infer_squeeze(struct call *call)
{
	const struct known *x = call_input(call, 0);
	int64_t axes[LIMIT_DIMS];
	bool gone[LIMIT_DIMS] = { false };
	uint32_t n, n_data, n_dims = 0, axis;
	const struct quantity *data = call_data(call, 0, &n_data);
	struct quantity *dims;

	if (!x->has_shape || x->n_dims > LIMIT_DIMS || !call_axes(call, 1, "axes", axes, &n) ||
	    !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!axis_normalize(axes[i], x->n_dims, &axis))
			return;
		gone[axis] = true;
	}
	for (uint32_t i = 0; i < x->n_dims; i++) {
		if (n == 0 && x->dims[i].kind != QUANTITY_NUMBER) {
			call_set_unranked(call, 0, x->dtype);
			return;
		}
		if (n == 0 ? !quantity_is(x->dims[i], 1) : !gone[i])
			dims[n_dims++] = x->dims[i];
	}
	set_with_data(call, x->dtype, dims, n_dims, data, n_data);
}

void infer_unsqueeze(struct call *call)
{
	const struct known *x = call_input(call, 0);
	int64_t axes[LIMIT_DIMS];
	bool fresh[LIMIT_DIMS] = { false };
	uint32_t n, n_data, from = 0, axis, n_dims;
	const struct quantity *data = call_data(call, 0, &n_data);
	struct quantity *dims;

	if (!x->has_shape || !call_axes(call, 1, "axes", axes, &n) || n + x->n_dims > LIMIT_DIMS ||
	    !(dims = call_room(call, n + x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	n_dims = n + x->n_dims;
	for (uint32_t i = 0; i < n; i++) {
		if (!axis_normalize(axes[i], n_dims, &axis) || fresh[axis])
			return;
		fresh[axis] = true;
	}
	for (uint32_t i = 0; i < n_dims; i++)
		dims[i] = fresh[i] ? quantity_number(1) : x->dims[from++];
	set_with_data(call, x->dtype, dims, n_dims, data, n_data);
}

void infer_transpose(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t n, n_data;
	const int64_t *perm = call_ints(call, "perm", &n);
	const struct quantity *data = call_data(call, 0, &n_data);
	struct quantity *dims;

	if (!x->has_shape) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	dims = call_room(call, x->n_dims);
	if (!dims || (perm && n != x->n_dims))
		return;
	for (uint32_t i = 0; i < x->n_dims; i++) {
		int64_t from = perm ? perm[i] : (int64_t)(x->n_dims - 1 - i);

		if (from < 0 || from >= (int64_t)x->n_dims)
			return;
		dims[i] = x->dims[from];
	}
	set_with_data(call, x->dtype, dims, x->n_dims, x->n_dims <= 1 ? data : NULL, n_data);
}

/* Broadcast with a shape that is data; 1 there keeps the input's. */
void infer_expand(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct known wish = { .has_shape = true };
	uint32_t n;
	struct quantity *dims;

	wish.dims = call_data(call, 1, &wish.n_dims);
	n = wish.n_dims > x->n_dims ? wish.n_dims : x->n_dims;
	if (!x->has_shape || !wish.dims || n > LIMIT_DIMS || !(dims = call_room(call, n)) ||
	    !broadcast_dims(x, &wish, dims)) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	call_set_tensor(call, 0, x->dtype, dims, n);
}

void infer_tile(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t n;
	const struct quantity *repeats = call_data(call, 1, &n);
	struct quantity *dims;

	if (!x->has_shape || call->node->n_inputs > 2 || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	for (uint32_t i = 0; repeats && n == x->n_dims && i < n; i++)
		dims[i] = size_multiply(&call->in->sizes, x->dims[i], repeats[i]);
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* Attribute value: a tensor of one element, by default a float 0. */
void infer_constant_of_shape(struct call *call)
{
	const struct attribute *value = call_attribute(call, "value");
	const struct known *shape = call_input(call, 0);
	int dtype = DTYPE_F32;
	uint32_t n;
	const struct quantity *wish = call_data(call, 0, &n);

	if (value && value->kind == ATTRIBUTE_TENSOR && value->index != NO_INDEX)
		dtype = call->in->model->tensors[value->index].dtype;
	if (wish)
		call_set_tensor(call, 0, dtype, wish, n);
	else if (shape->has_shape && shape->n_dims == 1 && shape->dims[0].kind == QUANTITY_NUMBER &&
		 shape->dims[0].number <= LIMIT_DIMS)
		call_set_tensor(call, 0, dtype, call_room(call, (size_t)shape->dims[0].number),
				(uint32_t)shape->dims[0].number);
	else
		call_set_unranked(call, 0, dtype);
}

/* max(0, ceil((limit - start) / delta)) */
void infer_range(struct call *call)
{
	struct size_expressions *s = &call->in->sizes;
	const struct quantity *from[3];
	struct quantity *dims = call_room(call, 1);
	bool real = false, known = true;

	for (uint32_t i = 0; i < 3; i++) {
		uint32_t n;

		from[i] = call_data(call, i, &n);
		known &= from[i] && n == 1 && from[i]->kind != QUANTITY_UNKNOWN;
		real |= known && from[i]->kind == QUANTITY_REAL;
	}
	if (!dims)
		return;
	if (known && real) {
		double number[3], n;

		for (uint32_t i = 0; i < 3; i++)
			number[i] = from[i]->kind == QUANTITY_REAL ? from[i]->real
								   : (double)from[i]->number;
		n = ceil((number[1] - number[0]) / number[2]);
		if (from[0]->kind != QUANTITY_EXPRESSION && from[1]->kind != QUANTITY_EXPRESSION &&
		    n < 1e15)
			dims[0] = quantity_number(n > 0 ? (int64_t)n : 0);
	} else if (known && from[2]->kind == QUANTITY_NUMBER && from[2]->number > 0) {
		struct quantity up = quantity_number(from[2]->number - 1);

		dims[0] = size_divide(s, size_add(s, size_subtract(s, *from[1], *from[0]), up),
				      *from[2]);
		if (dims[0].kind == QUANTITY_NUMBER && dims[0].number < 0)
			dims[0] = quantity_number(0);
	} else if (known && from[2]->kind == QUANTITY_NUMBER && from[2]->number < 0) {
		struct quantity down = size_multiply(s, *from[2], quantity_number(-1));
		struct quantity up = size_subtract(s, down, quantity_number(1));

		dims[0] =
			size_divide(s, size_add(s, size_subtract(s, *from[0], *from[1]), up), down);
		if (dims[0].kind == QUANTITY_NUMBER && dims[0].number < 0)
			dims[0] = quantity_number(0);
	}
	call_set_tensor(call, 0, call_input(call, 0)->dtype, dims, 1);
}

/* Argument 'd': depth to space; else space to depth. */
void infer_depth_space(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct size_expressions *s = &call->in->sizes;
	struct quantity block = quantity_number(call_int(call, "blocksize", 0));
	struct quantity square = size_multiply(s, block, block);
	struct quantity *dims;

	if (!x->has_shape || x->n_dims != 4 || !(dims = call_room(call, 4))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	dims[0] = x->dims[0];
	for (int i = 1; i < 4; i++) {
		bool grows = (i == 1) != (call->argument == 'd');

		dims[i] = grows ? size_multiply(s, x->dims[i], i == 1 ? square : block)
				: size_divide_even(s, x->dims[i], i == 1 ? square : block);
	}
	call_set_tensor(call, 0, x->dtype, dims, 4);
}
