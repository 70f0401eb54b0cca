/* Operators that work element by element: the shape stays, or the inputs' shapes are broadcast. */
#include "core/inference/infer.h"

#include <math.h>
#include <string.h>

/* Output 0 like input 0, with the element type of the argument (DTYPE_UNKNOWN: the same). */
void infer_same(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), call->argument);
}

void infer_bool_like(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_BOOL);
}

/* The same, and small integer data goes through. */
void infer_identity(struct call *call)
{
	struct known known = *call_input(call, 0);
	uint32_t n;
	const struct quantity *data = call_data(call, 0, &n);

	known.data = data;
	known.n_data = n;
	known.data_asked = false;
	if (known.kind != TYPE_NONE)
		call_set(call, 0, known);
}

/* An element brought to an element type; unknown where that cannot be told. */
static struct quantity convert(struct quantity q, enum dtype dtype)
{
	enum dtype_class class = dtype_traits[dtype].class;

	if (class == CLASS_FLOAT) {
		if (q.kind == QUANTITY_NUMBER)
			return quantity_real((double)q.number);
		if (q.kind == QUANTITY_REAL && dtype == DTYPE_F32)
			return quantity_real((double)(float)q.real);
		return q; /* a size stays one until it is whole again */
	}
	if (q.kind == QUANTITY_REAL)
		return fabs(q.real) < 9e15 && (class == CLASS_SIGNED || class == CLASS_UNSIGNED)
			       ? quantity_number((int64_t)q.real)
			       : (struct quantity){ 0 };
	if (class == CLASS_BOOL)
		return q.kind == QUANTITY_NUMBER ? quantity_number(q.number != 0)
						 : (struct quantity){ 0 };
	return class == CLASS_SIGNED || class == CLASS_UNSIGNED ? q : (struct quantity){ 0 };
}

/* Cast: attribute `to`; CastLike (argument 1): the type of input 1. */
void infer_cast(struct call *call)
{
	struct known known = *call_input(call, 0);
	enum dtype dtype = call->argument ? call_input(call, 1)->dtype
					  : dtype_from_onnx(call_int(call, "to", 0));
	uint32_t n;
	const struct quantity *data = call_data(call, 0, &n);
	struct quantity *converted = data && n ? call_room(call, n) : NULL;

	for (uint32_t i = 0; converted && i < n; i++)
		converted[i] = convert(data[i], dtype);
	known.kind = TYPE_TENSOR;
	known.dtype = (uint8_t)dtype;
	known.data = converted;
	known.n_data = converted ? n : 0;
	known.data_asked = false;
	call_set(call, 0, known);
}

static struct quantity whole_or_real(double value, bool real)
{
	return real ? quantity_real(value) : quantity_number((int64_t)value);
}

/* A size times or by a factor that a float holds: whole factors stay whole. */
static struct quantity with_factor(struct infer *in, char op, struct quantity size, double factor)
{
	if (factor != floor(factor) || fabs(factor) > 1e9)
		return (struct quantity){ 0 };
	return op == '*'   ? size_multiply(&in->sizes, size, quantity_number((int64_t)factor))
	       : op == '/' ? size_divide_even(&in->sizes, size, quantity_number((int64_t)factor))
			   : (struct quantity){ 0 };
}

static struct quantity divide_whole(struct infer *in, struct quantity a, struct quantity b)
{
	if (a.kind == QUANTITY_NUMBER && b.kind == QUANTITY_NUMBER)
		return b.number == 0 || (b.number == -1 && a.number == INT64_MIN)
			       ? (struct quantity){ 0 }
			       : quantity_number(a.number / b.number);
	return size_divide(&in->sizes, a, b);
}

static struct quantity compare(char op, struct quantity a, struct quantity b)
{
	double x = a.kind == QUANTITY_REAL ? a.real : (double)a.number;
	double y = b.kind == QUANTITY_REAL ? b.real : (double)b.number;

	if (a.kind == QUANTITY_NUMBER && b.kind == QUANTITY_NUMBER)
		return quantity_number(op == '='   ? a.number == b.number
				       : op == '<' ? a.number < b.number
						   : a.number > b.number);
	if (op == '=' && quantity_equal(a, b))
		return quantity_number(1);
	if ((a.kind != QUANTITY_NUMBER && a.kind != QUANTITY_REAL) ||
	    (b.kind != QUANTITY_NUMBER && b.kind != QUANTITY_REAL))
		/* A size is at least 0, never a marker like -1. */
		return op == '=' &&
				       ((a.kind == QUANTITY_NUMBER && a.number < 0) ||
					(b.kind == QUANTITY_NUMBER && b.number < 0)) &&
				       a.kind != QUANTITY_UNKNOWN && b.kind != QUANTITY_UNKNOWN
			       ? quantity_number(0)
			       : (struct quantity){ 0 };
	return quantity_number(op == '=' ? x == y : op == '<' ? x < y : x > y);
}

static struct quantity of_reals(char op, double x, double y)
{
	switch (op) {
	case '+':
		return quantity_real(x + y);
	case '-':
		return quantity_real(x - y);
	case '*':
		return quantity_real(x * y);
	case '/':
		return quantity_real(x / y);
	case 'm':
		return quantity_real(fmin(x, y));
	case 'M':
		return quantity_real(fmax(x, y));
	default:
		return (struct quantity){ 0 };
	}
}

static struct quantity combine(struct infer *in, char op, struct quantity a, struct quantity b)
{
	if (op == '=' || op == '<' || op == '>')
		return compare(op, a, b);
	if (a.kind == QUANTITY_UNKNOWN || b.kind == QUANTITY_UNKNOWN)
		return (struct quantity){ 0 };
	if (a.kind == QUANTITY_EXPRESSION && b.kind == QUANTITY_REAL)
		return with_factor(in, op, a, b.real);
	if (b.kind == QUANTITY_EXPRESSION && a.kind == QUANTITY_REAL && op == '*')
		return with_factor(in, op, b, a.real);
	if (a.kind == QUANTITY_REAL || b.kind == QUANTITY_REAL)
		return of_reals(op, a.kind == QUANTITY_REAL ? a.real : (double)a.number,
				b.kind == QUANTITY_REAL ? b.real : (double)b.number);
	switch (op) {
	case '+':
		return size_add(&in->sizes, a, b);
	case '-':
		return size_subtract(&in->sizes, a, b);
	case '*':
		return size_multiply(&in->sizes, a, b);
	case '/':
		return divide_whole(in, a, b);
	case 'm':
	case 'M':
		if (quantity_equal(a, b))
			return a;
		if (a.kind != QUANTITY_NUMBER || b.kind != QUANTITY_NUMBER)
			return (struct quantity){ 0 };
		return (a.number < b.number) == (op == 'm') ? a : b;
	case '%':
		return a.kind == QUANTITY_NUMBER && b.kind == QUANTITY_NUMBER && b.number > 0 &&
				       a.number >= 0
			       ? quantity_number(a.number % b.number)
			       : (struct quantity){ 0 };
	default:
		return (struct quantity){ 0 };
	}
}

/* Elements of an operator on two small tensors: equally long ones, or one of one element. */
static void combine_data(struct call *call, struct known *out, char op)
{
	uint32_t n_a, n_b, n;
	const struct quantity *a, *b;
	struct quantity *data;

	/* Most operands are activations: their weights need not be read. */
	if (!call_may_have_data(call, 0) || !call_may_have_data(call, 1))
		return;
	a = call_data(call, 0, &n_a);
	b = call_data(call, 1, &n_b);
	if (!a || !b || out->n_dims > 1 || (n_a != n_b && n_a != 1 && n_b != 1))
		return;
	n = n_a == 1 ? n_b : n_a;
	data = call_room(call, n);
	for (uint32_t i = 0; data && i < n; i++) {
		data[i] = combine(call->in, op, a[n_a == 1 ? 0 : i], b[n_b == 1 ? 0 : i]);
		if (out->dtype == DTYPE_F32 && data[i].kind == QUANTITY_REAL)
			data[i].real = (double)(float)data[i].real;
	}
	out->data = data;
	out->n_data = data ? n : 0;
}

/* Floor, Ceil, Neg, Sqrt of small data; the argument is its sign. */
void infer_scalar_math(struct call *call)
{
	struct known known = *call_input(call, 0);
	uint32_t n;
	const struct quantity *from = call_data(call, 0, &n);
	struct quantity *data = from && n ? call_room(call, n) : NULL;

	for (uint32_t i = 0; data && i < n; i++) {
		struct quantity q = from[i];
		bool real = q.kind == QUANTITY_REAL;
		double x = real ? q.real : (double)q.number;

		if (q.kind == QUANTITY_EXPRESSION) {
			/* sizes are whole */
			data[i] = call->argument == 'f' || call->argument == 'c'
					  ? q
					  : (struct quantity){ 0 };
		} else if (real || (q.kind == QUANTITY_NUMBER && call->argument != 's')) {
			data[i] = whole_or_real(call->argument == 'f'	? floor(x)
						: call->argument == 'c' ? ceil(x)
						: call->argument == 's' ? sqrt(x)
									: -x,
						real);
		}
	}
	known.data = data;
	known.n_data = data ? n : 0;
	known.data_asked = false;
	if (known.kind != TYPE_NONE)
		call_set(call, 0, known);
}

/* All inputs from `first` on broadcast together. False: the rank is not known. */
static bool broadcast_inputs(struct call *call, uint32_t first, uint32_t n_inputs,
			     struct known *out)
{
	const struct known *a = call_input(call, first);

	*out = *a;
	out->data = NULL;
	for (uint32_t i = first + 1; i < n_inputs; i++) {
		const struct known *b = call_input(call, i);
		uint32_t n = out->n_dims > b->n_dims ? out->n_dims : b->n_dims;
		struct quantity *dims;

		if (!out->has_shape || !b->has_shape)
			return false;
		dims = call_room(call, n);
		if (!dims || !broadcast_dims(out, b, dims))
			return false;
		out->dims = dims;
		out->n_dims = n;
	}
	return out->has_shape;
}

/* Before operator set 7 (8 for the variadic ones) shapes were equal, or input 1 was fitted to
 * input 0 by an attribute: either way the output is like input 0. The argument's low bits are the
 * sign of the operator, the ones from bit 8 on the output's element type. */
void infer_broadcast(struct call *call)
{
	int dtype = call->argument >> 8;
	struct known out;

	if (dtype == DTYPE_UNKNOWN)
		dtype = call_input(call, 0)->dtype;
	if (call->version < 7 && call_input(call, 0)->has_shape) {
		call_set_like(call, 0, call_input(call, 0), dtype);
		return;
	}
	if (!broadcast_inputs(call, 0, call->node->n_inputs, &out)) {
		if (dtype != DTYPE_UNKNOWN)
			call_set_unranked(call, 0, dtype);
		return;
	}
	out.kind = TYPE_TENSOR;
	out.dtype = (uint8_t)dtype;
	out.data_asked = false;
	out.n_data = 0;
	if (call->argument & 0xff && call->node->n_inputs == 2)
		combine_data(call, &out, (char)(call->argument & 0xff));
	call_set(call, 0, out);
}

void infer_where(struct call *call)
{
	int dtype = call_input(call, 1)->dtype;
	uint32_t n[3];
	const struct quantity *from[3];
	struct known out;

	if (!broadcast_inputs(call, 0, 3, &out)) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	out.kind = TYPE_TENSOR;
	out.dtype = (uint8_t)dtype;
	out.n_data = 0;
	out.data_asked = false;
	for (uint32_t i = 0; i < 3; i++)
		from[i] = call_data(call, i, &n[i]);
	if (from[0] && from[1] && from[2] && n[0] && n[1] && n[2] && out.n_dims <= 1) {
		uint32_t most = n[0] > n[1] ? n[0] : n[1];
		struct quantity *data = call_room(call, most = most > n[2] ? most : n[2]);

		for (uint32_t i = 0; data && i < most; i++) {
			struct quantity condition = from[0][n[0] == 1 ? 0 : i % n[0]];
			uint32_t taken = condition.number ? 1 : 2;

			if (condition.kind == QUANTITY_NUMBER && n[taken] > 0)
				data[i] = from[taken][n[taken] == 1 ? 0 : i % n[taken]];
		}
		out.data = data;
		out.n_data = data ? most : 0;
	}
	call_set(call, 0, out);
}

/* Inputs 0 and 3 are the operands, the others scales and zero points. */
void infer_qlinear_binary(struct call *call)
{
	const struct known *a = call_input(call, 0), *b = call_input(call, 3);
	uint32_t n = a->n_dims > b->n_dims ? a->n_dims : b->n_dims;
	struct quantity *dims;

	if (!a->has_shape || !b->has_shape || !(dims = call_room(call, n)) ||
	    !broadcast_dims(a, b, dims))
		call_set_unranked(call, 0, a->dtype);
	else
		call_set_tensor(call, 0, a->dtype, dims, n);
}

/* LayerNormalization and its kin: mean and inverse deviation have the normalized axes as 1. */
void infer_normalization(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t axis;
	struct quantity *dims;

	call_set_like(call, 0, x, DTYPE_UNKNOWN);
	if (!call_has_output(call, 1) || !x->has_shape ||
	    !axis_normalize(call_int(call, "axis", -1), x->n_dims, &axis) ||
	    !(dims = call_room(call, x->n_dims)))
		return;
	for (uint32_t i = 0; i < x->n_dims; i++)
		dims[i] = i < axis ? x->dims[i] : quantity_number(1);
	for (uint32_t i = 1; i < 3; i++)
		call_set_tensor(call, i, (int)dtype_from_onnx(call_int(call, "stash_type", 1)),
				dims, x->n_dims);
}

void infer_dropout(struct call *call)
{
	const struct known *x = call_input(call, 0);

	call_set_like(call, 0, x, DTYPE_UNKNOWN);
	call_set_like(call, 1, x, call->version >= 10 ? DTYPE_BOOL : DTYPE_UNKNOWN);
}

/* Y like X; the other outputs are per channel, as the running mean (input 3) and variance are. */
void infer_batch_normalization(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_UNKNOWN);
	for (uint32_t i = 1; i < call->node->n_outputs; i++)
		call_set_like(call, i, call_input(call, i % 2 ? 3 : 4), DTYPE_UNKNOWN);
}

void infer_quantize(struct call *call)
{
	int dtype = (int)dtype_from_onnx(call_int(call, "output_dtype", 0));

	if (call_has_input(call, 2))
		dtype = call_input(call, 2)->dtype;
	else if (dtype == DTYPE_UNKNOWN)
		dtype = DTYPE_U8;
	call_set_like(call, 0, call_input(call, 0), dtype);
}

void infer_dequantize(struct call *call)
{
	int dtype = (int)dtype_from_onnx(call_int(call, "output_dtype", 0));

	if (dtype == DTYPE_UNKNOWN)
		dtype = call_input(call, 1)->dtype;
	call_set_like(call, 0, call_input(call, 0), dtype ? dtype : DTYPE_F32);
}

void infer_dynamic_quantize(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_U8);
	call_set_tensor(call, 1, DTYPE_F32, call_room(call, 0), 0);
	call_set_tensor(call, 2, DTYPE_U8, call_room(call, 0), 0);
}

/* Argument 0: attribute shape; 1: like input 0, whose type it takes unless told otherwise. */
void infer_random(struct call *call)
{
	int dtype = (int)dtype_from_onnx(call_int(call, "dtype", 0));
	uint32_t n;
	const int64_t *shape = call_ints(call, "shape", &n);
	struct quantity *dims;

	if (call->argument) {
		call_set_like(call, 0, call_input(call, 0), dtype);
		return;
	}
	dims = call_room(call, n);
	for (uint32_t i = 0; dims && i < n; i++)
		dims[i] = quantity_number(shape[i]);
	call_set_tensor(call, 0, dtype == DTYPE_UNKNOWN ? DTYPE_F32 : dtype, dims, n);
}
