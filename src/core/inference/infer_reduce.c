/* Reductions: axes go to 1, or away. */
#include "core/inference/infer.h"

#include <string.h>

/* Drops or flattens the marked axes; all of them where none is marked and `all` says so. */
static void reduce(struct call *call, const bool *reduced, bool keep, int dtype)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims = call_room(call, x->n_dims);
	uint32_t n = 0;

	for (uint32_t i = 0; dims && i < x->n_dims; i++) {
		if (!reduced[i])
			dims[n++] = x->dims[i];
		else if (keep)
			dims[n++] = quantity_number(1);
	}
	call_set_tensor(call, 0, dtype, dims, n);
}

/* ReduceProd of a small tensor of sizes: what shape arithmetic uses it for. */
static void set_product(struct call *call)
{
	uint32_t n;
	const struct quantity *data = call_data(call, 0, &n);
	const struct known *x = call_input(call, 0);
	struct known out = {
		.kind = TYPE_TENSOR, .dtype = x->dtype, .has_shape = true, .n_data = 1
	};
	struct quantity *product = call_room(call, 1);
	bool keep = call_int(call, "keepdims", 1) != 0;
	struct quantity *dims = call_room(call, 1);

	if (!product || !dims || !data)
		return;
	dims[0] = quantity_number(1);
	*product = dims_product(call->in, data, n);
	out.dims = dims;
	out.n_dims = keep;
	out.data = product;
	call_set(call, 0, out);
}

/* Axes: an attribute, from operator set 13 (ReduceSum) and 18 (the others) on an input. */
void infer_reduce(struct call *call)
{
	const struct known *x = call_input(call, 0);
	int64_t axes[LIMIT_DIMS];
	bool reduced[LIMIT_DIMS] = { false };
	bool keep = call_int(call, "keepdims", 1) != 0;
	uint32_t n, axis;

	if (!x->has_shape || x->n_dims > LIMIT_DIMS) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	if (!call_axes(call, 1, "axes", axes, &n)) {
		struct quantity *unknown = keep ? call_room(call, x->n_dims) : NULL;

		if (unknown)
			call_set_tensor(call, 0, x->dtype, unknown, x->n_dims);
		else
			call_set_unranked(call, 0, x->dtype);
		return;
	}
	if (n == 0 && call_int(call, "noop_with_empty_axes", 0)) {
		call_set_like(call, 0, x, DTYPE_UNKNOWN);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!axis_normalize(axes[i], x->n_dims, &axis))
			return;
		reduced[axis] = true;
	}
	if (n == 0)
		memset(reduced, true, x->n_dims);
	if (call->argument == '*' && x->n_dims == 1 && reduced[0] && x->dtype == DTYPE_I64) {
		set_product(call);
		if (call_output(call, 0)->has_shape)
			return;
	}
	reduce(call, reduced, keep, x->dtype);
}

/* ArgMax, ArgMin */
void infer_arg(struct call *call)
{
	const struct known *x = call_input(call, 0);
	bool reduced[LIMIT_DIMS] = { false };
	uint32_t axis;

	if (!x->has_shape || x->n_dims > LIMIT_DIMS ||
	    !axis_normalize(call_int(call, "axis", 0), x->n_dims, &axis)) {
		call_set_unranked(call, 0, DTYPE_I64);
		return;
	}
	reduced[axis] = true;
	reduce(call, reduced, call_int(call, "keepdims", 1) != 0, DTYPE_I64);
}

/* Losses: a scalar, or with reduction "none" one for each label (input 1). Output 1 of
 * SoftmaxCrossEntropyLoss: the logarithms of the probabilities. */
void infer_loss(struct call *call)
{
	const struct known *scores = call_input(call, 0);

	if (call_is(call, "reduction", "none"))
		call_set_like(call, 0, call_input(call, 1), scores->dtype);
	else
		call_set_tensor(call, 0, scores->dtype, call_room(call, 0), 0);
	call_set_like(call, 1, scores, DTYPE_UNKNOWN);
}

/* Det: the last two dimensions go away. */
void infer_determinant(struct call *call)
{
	const struct known *x = call_input(call, 0);

	if (x->has_shape && x->n_dims >= 2)
		call_set_tensor(call, 0, x->dtype, x->dims, x->n_dims - 2);
	else
		call_set_unranked(call, 0, x->dtype);
}
