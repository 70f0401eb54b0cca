/* Operators that pick elements out, or put tensors together. */
#include "core/inference/infer.h"

#include <math.h>
#include <string.h>

static struct quantity *copy_dims(struct call *call, const struct known *x)
{
	struct quantity *dims = call_room(call, x->n_dims);

	if (dims && x->n_dims)
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	return dims;
}

/* Elements of vectors one behind the other. */
static void concat_data(struct call *call, struct known *out)
{
	uint32_t n_all = 0, n;
	struct quantity *data;

	for (uint32_t i = 0; i < call->node->n_inputs; i++) {
		if (!call_data(call, i, &n) || n > DATA_ELEMENTS - n_all)
			return;
		n_all += n;
	}
	data = call_room(call, n_all);
	out->data = data;
	out->n_data = data ? n_all : 0;
	for (uint32_t i = 0; data && i < call->node->n_inputs; i++) {
		const struct quantity *part = call_data(call, i, &n);

		memcpy(data, part, n * sizeof *data);
		data += n;
	}
}

void infer_concat(struct call *call)
{
	const struct known *first = call_input(call, 0);
	struct known out = { .kind = TYPE_TENSOR, .dtype = first->dtype, .has_shape = true };
	struct quantity *dims;
	uint32_t axis;

	if (!first->has_shape || !axis_normalize(call_int(call, "axis", 1), first->n_dims, &axis) ||
	    !(dims = copy_dims(call, first))) {
		call_set_unranked(call, 0, first->dtype);
		return;
	}
	for (uint32_t i = 1; i < call->node->n_inputs; i++) {
		const struct known *x = call_input(call, i);

		if (!x->has_shape || x->n_dims != first->n_dims) {
			dims[axis] = (struct quantity){ 0 };
			continue;
		}
		for (uint32_t k = 0; k < x->n_dims; k++) {
			if (k == axis)
				dims[k] = size_add(&call->in->sizes, dims[k], x->dims[k]);
			else if (dims[k].kind != QUANTITY_NUMBER &&
				 x->dims[k].kind != QUANTITY_UNKNOWN)
				dims[k] = x->dims[k];
		}
	}
	out.dims = dims;
	out.n_dims = first->n_dims;
	if (out.n_dims == 1)
		concat_data(call, &out);
	call_set(call, 0, out);
}

/* QLinearConcat of com.microsoft: inputs from 2 on come as (tensor, scale, zero point). */
void infer_qlinear_concat(struct call *call)
{
	const struct known *first = call_input(call, 2);
	struct quantity *dims;
	uint32_t axis;

	if (!first->has_shape || !axis_normalize(call_int(call, "axis", 1), first->n_dims, &axis) ||
	    !(dims = copy_dims(call, first))) {
		call_set_unranked(call, 0, first->dtype);
		return;
	}
	for (uint32_t i = 5; i < call->node->n_inputs; i += 3) {
		const struct known *x = call_input(call, i);

		dims[axis] = x->has_shape && x->n_dims == first->n_dims
				     ? size_add(&call->in->sizes, dims[axis], x->dims[axis])
				     : (struct quantity){ 0 };
	}
	call_set_tensor(call, 0, first->dtype, dims, first->n_dims);
}

/* Parts by attribute or input `split`, or equal ones, the last of which may be smaller
 * (num_outputs, operator set 18). */
void infer_split(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t n_ints, n_data, axis, n = call->node->n_outputs;
	const int64_t *ints = call_ints(call, "split", &n_ints);
	const struct quantity *parts = call_data(call, 1, &n_data);
	struct size_expressions *s = &call->in->sizes;
	struct quantity each = { 0 };

	if (!x->has_shape || !axis_normalize(call_int(call, "axis", 0), x->n_dims, &axis)) {
		for (uint32_t i = 0; i < n; i++)
			call_set_unranked(call, i, x->dtype);
		return;
	}
	if (!ints && !call_has_input(call, 1))
		each = size_divide(s, size_add(s, x->dims[axis], quantity_number((int64_t)n - 1)),
				   quantity_number(n));
	for (uint32_t i = 0; i < n; i++) {
		struct quantity *dims = copy_dims(call, x);

		if (!dims)
			return;
		if (ints)
			dims[axis] = i < n_ints ? quantity_number(ints[i]) : (struct quantity){ 0 };
		else if (call_has_input(call, 1))
			dims[axis] = parts && i < n_data ? parts[i] : (struct quantity){ 0 };
		else if (i + 1 < n)
			dims[axis] = each;
		else
			dims[axis] = size_subtract(s, x->dims[axis],
						   size_multiply(s, each, quantity_number(i)));
		call_set_tensor(call, i, x->dtype, dims, x->n_dims);
	}
}

/* One axis of a slice. */
struct cut {
	uint32_t axis;
	struct quantity start, end;
	int64_t step; /* 0: not known */
};

/* An end of a cut brought into 0 .. size; unknown where that depends on what is not known. */
static struct quantity clamp_end(struct infer *in, struct quantity end, struct quantity size,
				 int64_t step)
{
	int64_t lowest = step < 0 ? -1 : 0;

	if (end.kind == QUANTITY_NUMBER && size.kind == QUANTITY_NUMBER) {
		int64_t n = size.number, e = end.number;

		e = e < 0 ? (e < -n ? -1 : e + n) : e;
		return quantity_number(e < lowest ? lowest : e > n ? n : e);
	}
	if (quantity_equal(end, size) || (end.kind == QUANTITY_NUMBER && end.number >= INT32_MAX))
		return size;
	if (end.kind == QUANTITY_NUMBER && end.number < 0)
		return end.number < -1000000 ? quantity_number(lowest)
					     : size_add(&in->sizes, size, end);
	return quantity_is(end, 0) ? end : (struct quantity){ 0 };
}

static struct quantity cut_size(struct infer *in, const struct cut *cut, struct quantity size)
{
	struct size_expressions *s = &in->sizes;
	int64_t step = cut->step;
	struct quantity start = clamp_end(in, cut->start, size, step), end, n;

	end = clamp_end(in, cut->end, size, step);
	if (step == 0 || step == INT64_MIN)
		return (struct quantity){ 0 };
	if (step < 0 && start.kind == QUANTITY_NUMBER && size.kind == QUANTITY_NUMBER &&
	    start.number > size.number - 1)
		start = quantity_number(size.number - 1);
	n = step > 0 ? size_subtract(s, end, start) : size_subtract(s, start, end);
	step = step < 0 ? -step : step;
	n = size_divide(s, size_add(s, n, quantity_number(step - 1)), quantity_number(step));
	return n.kind == QUANTITY_NUMBER && n.number < 0 ? quantity_number(0) : n;
}

/* Elements of a vector's slice. */
static void cut_data(struct call *call, const struct cut *cut, struct known *out)
{
	uint32_t n;
	const struct quantity *from = call_data(call, 0, &n);
	struct quantity size = quantity_number(n), start;
	struct quantity *data;

	if (!from || out->dims[0].kind != QUANTITY_NUMBER || out->dims[0].number > n)
		return;
	start = clamp_end(call->in, cut->start, size, cut->step);
	data = call_room(call, (size_t)out->dims[0].number);
	if (!data || start.kind != QUANTITY_NUMBER)
		return;
	for (int64_t i = 0; i < out->dims[0].number; i++) {
		int64_t at = start.number + i * cut->step;

		if (at >= (int64_t)n)
			at = cut->step < 0 ? at - 1 : at;
		if (at >= 0 && at < (int64_t)n)
			data[i] = from[at];
	}
	out->data = data;
	out->n_data = (uint32_t)out->dims[0].number;
}

/* Starts, ends, axes, steps: attributes before operator set 10, inputs since. */
static bool read_cuts(struct call *call, struct cut cuts[LIMIT_DIMS], uint32_t *n_cuts)
{
	uint32_t n_start, n_end, n_axes, n_steps;
	bool inputs = call->node->n_inputs > 1;
	const int64_t *starts = call_ints(call, "starts", &n_start);
	const int64_t *ends = call_ints(call, "ends", &n_end),
		      *axes = call_ints(call, "axes", &n_axes);
	const struct quantity *from = inputs ? call_data(call, 1, &n_start) : NULL;
	const struct quantity *to = inputs ? call_data(call, 2, &n_end) : NULL;
	const struct quantity *along = inputs ? call_data(call, 3, &n_axes) : NULL;
	const struct quantity *steps = call_data(call, 4, &n_steps);

	if ((inputs ? !from || !to : !starts || !ends) || n_start != n_end ||
	    n_start > LIMIT_DIMS ||
	    (inputs && call_has_input(call, 3) && (!along || n_axes < n_start)) ||
	    (!inputs && axes && n_axes < n_start) || (steps && n_steps < n_start))
		return false;
	for (uint32_t i = 0; i < n_start; i++) {
		struct quantity axis = quantity_number(i), step = quantity_number(1);

		if (inputs ? along != NULL : axes != NULL)
			axis = inputs ? along[i] : quantity_number(axes[i]);
		if (call_has_input(call, 4))
			step = steps ? steps[i] : (struct quantity){ 0 };
		if (axis.kind != QUANTITY_NUMBER ||
		    !axis_normalize(axis.number, call_input(call, 0)->n_dims, &cuts[i].axis))
			return false;
		cuts[i].start = inputs ? from[i] : quantity_number(starts[i]);
		cuts[i].end = inputs ? to[i] : quantity_number(ends[i]);
		cuts[i].step = step.kind == QUANTITY_NUMBER ? step.number : 0;
	}
	*n_cuts = n_start;
	return true;
}

void infer_slice(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct known out = { .kind = TYPE_TENSOR, .dtype = x->dtype, .has_shape = true };
	struct cut cuts[LIMIT_DIMS];
	struct quantity *dims;
	uint32_t n;

	if (!x->has_shape || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	if (!read_cuts(call, cuts, &n)) {
		call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
		return;
	}
	if (x->n_dims)
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	for (uint32_t i = 0; i < n; i++)
		dims[cuts[i].axis] = cut_size(call->in, &cuts[i], x->dims[cuts[i].axis]);
	out.dims = dims;
	out.n_dims = x->n_dims;
	if (n == 1 && x->n_dims == 1)
		cut_data(call, &cuts[0], &out);
	call_set(call, 0, out);
}

void infer_gather(struct call *call)
{
	const struct known *x = call_input(call, 0), *indices = call_input(call, 1);
	struct known out = { .kind = TYPE_TENSOR, .dtype = x->dtype, .has_shape = true };
	uint32_t axis, n_from, n_at;
	const struct quantity *from = call_data(call, 0, &n_from), *at = call_data(call, 1, &n_at);
	struct quantity *dims;

	if (!x->has_shape || !indices->has_shape ||
	    !axis_normalize(call_int(call, "axis", 0), x->n_dims, &axis)) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	out.n_dims = x->n_dims - 1 + indices->n_dims;
	if (out.n_dims > LIMIT_DIMS || !(dims = call_room(call, out.n_dims)))
		return;
	for (uint32_t i = 0; i < out.n_dims; i++)
		dims[i] = i < axis		       ? x->dims[i]
			  : i < axis + indices->n_dims ? indices->dims[i - axis]
						       : x->dims[i - indices->n_dims + 1];
	out.dims = dims;
	if (from && at && x->n_dims == 1 && n_at > 0) {
		struct quantity *data = call_room(call, n_at);

		for (uint32_t i = 0; data && i < n_at; i++) {
			uint32_t index;

			if (at[i].kind == QUANTITY_NUMBER &&
			    axis_normalize(at[i].number, n_from, &index))
				data[i] = from[index];
		}
		out.data = data;
		out.n_data = data ? n_at : 0;
	}
	call_set(call, 0, out);
}

/* The shape of the indices (input 1). */
void infer_gather_elements(struct call *call)
{
	call_set_like(call, 0, call_input(call, 1), call_input(call, 0)->dtype);
}

/* indices[:-1] + data[batch_dims + indices[-1]:] */
void infer_gather_nd(struct call *call)
{
	const struct known *x = call_input(call, 0), *indices = call_input(call, 1);
	int64_t batch = call_int(call, "batch_dims", 0);
	struct quantity *dims, last;
	uint32_t n = 0;

	call_set_unranked(call, 0, x->dtype);
	if (!x->has_shape || !indices->has_shape || indices->n_dims == 0)
		return;
	last = indices->dims[indices->n_dims - 1];
	if (last.kind != QUANTITY_NUMBER || batch < 0 || batch > x->n_dims ||
	    last.number > x->n_dims - batch || last.number < 0 ||
	    !(dims = call_room(call, x->n_dims + indices->n_dims)))
		return;
	for (uint32_t i = 0; i + 1 < indices->n_dims; i++)
		dims[n++] = indices->dims[i];
	for (uint32_t i = (uint32_t)(batch + last.number); i < x->n_dims; i++)
		dims[n++] = x->dims[i];
	call_set_tensor(call, 0, x->dtype, dims, n);
}

/* ScatterElements, ScatterND, ...: like input 0. */
void infer_scatter(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_UNKNOWN);
}

/* Pads: begins of all axes, then ends; on an input since 11, with axes since 18. */
void infer_pad(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct size_expressions *s = &call->in->sizes;
	uint32_t n_ints, n = 0, n_axes;
	const int64_t *ints =
		call_ints(call, call_attribute(call, "pads") ? "pads" : "paddings", &n_ints);
	const struct quantity *pads = call_data(call, 1, &n);
	const struct quantity *axes = call_data(call, 3, &n_axes);
	struct quantity *dims;

	if (!x->has_shape || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	n = (ints ? n_ints : n) / 2;
	if ((!ints && !pads) || (call_has_input(call, 3) ? !axes || n_axes != n : n != x->n_dims)) {
		call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
		return;
	}
	if (x->n_dims)
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	for (uint32_t i = 0; i < n; i++) {
		struct quantity both =
			ints ? size_add(s, quantity_number(ints[i]), quantity_number(ints[i + n]))
			     : size_add(s, pads[i], pads[i + n]);
		uint32_t axis = i;

		if (axes && (axes[i].kind != QUANTITY_NUMBER ||
			     !axis_normalize(axes[i].number, x->n_dims, &axis)))
			return;
		dims[axis] = size_add(s, dims[axis], both);
	}
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* floor(size * scale); a whole scale keeps a name. */
static struct quantity scaled(struct infer *in, struct quantity size, struct quantity scale)
{
	double factor = scale.kind == QUANTITY_REAL ? scale.real : (double)scale.number;

	if (scale.kind != QUANTITY_REAL && scale.kind != QUANTITY_NUMBER)
		return (struct quantity){ 0 };
	if (size.kind == QUANTITY_NUMBER && factor >= 0 && factor < 1e9 &&
	    (double)size.number * factor < 9e15)
		return quantity_number((int64_t)floor((double)size.number * factor));
	if (factor == floor(factor) && factor >= 1 && factor < 1e9)
		return size_multiply(&in->sizes, size, quantity_number((int64_t)factor));
	if (factor > 0 && 1 / factor == floor(1 / factor) && 1 / factor < 1e9)
		return size_divide(&in->sizes, size, quantity_number((int64_t)(1 / factor)));
	return (struct quantity){ 0 };
}

/* Resize and Upsample: sizes win over scales; axes since 18. Inputs: (x, scales) in Upsample and
 * Resize-10, (x, roi, scales, sizes) since 11; argument 'u' is Upsample. */
void infer_resize(struct call *call)
{
	const struct known *x = call_input(call, 0);
	bool old = call->argument == 'u' || call->version < 11;
	uint32_t n_scales, n_sizes, n_axes, n;
	const struct quantity *scales = call_data(call, old ? 1 : 2, &n_scales);
	const struct quantity *sizes = old ? NULL : call_data(call, 3, &n_sizes);
	const struct attribute *list = call_attribute(call, "scales");
	const int64_t *axes = call_ints(call, "axes", &n_axes);
	bool keeps_ratio = call_attribute(call, "keep_aspect_ratio_policy") &&
			   !call_is(call, "keep_aspect_ratio_policy", "stretch");
	struct quantity *dims;

	if (!x->has_shape || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	n = axes ? n_axes : x->n_dims;
	if (n <= x->n_dims && n > 0 && axes)
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t axis = i;

		if (axes && !axis_normalize(axes[i], x->n_dims, &axis))
			return;
		if (sizes && n_sizes == n && !keeps_ratio)
			dims[axis] = sizes[i];
		else if (scales && n_scales == n)
			dims[axis] = scaled(call->in, x->dims[axis], scales[i]);
		else if (list && list->kind == ATTRIBUTE_FLOATS && list->count == n)
			dims[axis] = scaled(call->in, x->dims[axis],
					    quantity_real((double)list->floats[i]));
		else
			dims[axis] = (struct quantity){ 0 };
	}
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* A new axis of the depth (input 1). */
void infer_one_hot(struct call *call)
{
	const struct known *indices = call_input(call, 0);
	int dtype = call_input(call, 2)->dtype;
	int64_t axis = call_int(call, "axis", -1);
	uint32_t n_depth, n = indices->n_dims + 1;
	const struct quantity *depth = call_data(call, 1, &n_depth);
	struct quantity *dims;

	if (axis < 0)
		axis += n;
	if (!indices->has_shape || axis < 0 || axis >= n || !(dims = call_room(call, n))) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		dims[i] = i < axis		  ? indices->dims[i]
			  : i > axis		  ? indices->dims[i - 1]
			  : depth && n_depth == 1 ? depth[0]
						  : (struct quantity){ 0 };
	if (dims[axis].kind == QUANTITY_REAL)
		dims[axis] = quantity_number((int64_t)fmin(fmax(dims[axis].real, 0), 1e15));
	call_set_tensor(call, 0, dtype, dims, n);
}

/* [rank, number of elements that are not 0] */
void infer_non_zero(struct call *call)
{
	struct quantity *dims = call_room(call, 2);

	if (dims && call_input(call, 0)->has_shape)
		dims[0] = quantity_number(call_input(call, 0)->n_dims);
	call_set_tensor(call, 0, DTYPE_I64, dims, 2);
}

/* k: an attribute before operator set 10, an input since. */
void infer_top_k(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t axis, n;
	const struct quantity *k = call_data(call, 1, &n);
	struct quantity *dims;

	if (!x->has_shape || !axis_normalize(call_int(call, "axis", -1), x->n_dims, &axis) ||
	    !(dims = copy_dims(call, x))) {
		call_set_unranked(call, 0, x->dtype);
		call_set_unranked(call, 1, DTYPE_I64);
		return;
	}
	if (!call_has_input(call, 1))
		dims[axis] = quantity_number(call_int(call, "k", -1));
	else
		dims[axis] = k && n == 1 ? k[0] : (struct quantity){ 0 };
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
	call_set_tensor(call, 1, DTYPE_I64, dims, x->n_dims);
}

/* Only the number of what is picked is open. */
void infer_compress(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims;
	uint32_t axis;

	if (!call_attribute(call, "axis")) {
		call_set_tensor(call, 0, x->dtype, call_room(call, 1), 1);
	} else if (x->has_shape && axis_normalize(call_int(call, "axis", 0), x->n_dims, &axis) &&
		   (dims = copy_dims(call, x))) {
		dims[axis] = (struct quantity){ 0 };
		call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
	}
}

void infer_unique(struct call *call)
{
	infer_compress(call);
	for (uint32_t i = 1; i < 4; i++)
		call_set_tensor(call, i, DTYPE_I64, call_room(call, 1), 1);
}

void infer_non_max_suppression(struct call *call)
{
	struct quantity *dims = call_room(call, 2);

	if (dims)
		dims[1] = quantity_number(3);
	call_set_tensor(call, 0, DTYPE_I64, dims, 2);
}

void infer_eye_like(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0),
		      (int)dtype_from_onnx(call_int(call, "dtype", 0)));
}
