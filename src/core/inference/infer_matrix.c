/* Matrix products and recurrent layers. */
#include "core/inference/infer.h"

#include <string.h>

/*
 * numpy.matmul of inputs a and b with, where asked, the last two dimensions of one swapped
 * (FusedMatMul). A vector counts as a matrix whose extra dimension is dropped again.
 */
static void product(struct call *call, const struct known *a, const struct known *b, int dtype,
		    bool swap_a, bool swap_b)
{
	struct known rows = *a, columns = *b;
	uint32_t n_batch;
	struct quantity *dims;

	if (!a->has_shape || !b->has_shape || a->n_dims == 0 || b->n_dims == 0) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	rows.n_dims = a->n_dims > 2 ? a->n_dims - 2 : 0;
	columns.n_dims = b->n_dims > 2 ? b->n_dims - 2 : 0;
	n_batch = rows.n_dims > columns.n_dims ? rows.n_dims : columns.n_dims;
	dims = call_room(call, n_batch + 2);
	if (!dims || !broadcast_dims(&rows, &columns, dims))
		return;
	if (a->n_dims > 1)
		dims[n_batch++] = a->dims[a->n_dims - (swap_a ? 1 : 2)];
	if (b->n_dims > 1)
		dims[n_batch++] = b->dims[b->n_dims - (swap_b ? 2 : 1)];
	call_set_tensor(call, 0, dtype, dims, n_batch);
}

/* The argument says where the second operand and the element type are. */
void infer_matmul(struct call *call)
{
	const struct known *a = call_input(call, 0);

	switch (call->argument) {
	case 'i': /* MatMulInteger */
		product(call, a, call_input(call, 1), DTYPE_I32, false, false);
		break;
	case 'q': /* QLinearMatMul: a, its scale and zero point, b, ..., y's scale and zero point */
		product(call, a, call_input(call, 3), call_input(call, 7)->dtype, false, false);
		break;
	case 'f': /* MatMulIntegerToFloat, DynamicQuantizeMatMul */
		product(call, a, call_input(call, 1), DTYPE_F32, false, false);
		break;
	default:
		product(call, a, call_input(call, 1), a->dtype, call_int(call, "transA", 0) != 0,
			call_int(call, "transB", 0) != 0);
	}
}

/* Argument 'q': QGemm, whose b is input 3 and whose output is that of input 8, or float. */
void infer_gemm(struct call *call)
{
	const struct known *a = call_input(call, 0);
	const struct known *b = call_input(call, call->argument == 'q' ? 3 : 1);
	int dtype = a->dtype;
	struct quantity *dims;

	if (call->argument == 'q')
		dtype = call_has_input(call, 8) ? call_input(call, 8)->dtype : DTYPE_F32;
	if (!(dims = call_room(call, 2)))
		return;
	if (a->has_shape && a->n_dims == 2)
		dims[0] = a->dims[call_int(call, "transA", 0) != 0];
	if (b->has_shape && b->n_dims == 2)
		dims[1] = b->dims[call_int(call, "transB", 0) == 0];
	call_set_tensor(call, 0, dtype, dims, 2);
}

/* com.microsoft.MatMulNBits and MatMulBnb4: b is packed, its width is an attribute. */
void infer_matmul_n_bits(struct call *call)
{
	const struct known *a = call_input(call, 0);
	struct quantity *dims;

	if (!a->has_shape || a->n_dims == 0) {
		call_set_unranked(call, 0, a->dtype);
		return;
	}
	dims = call_room(call, a->n_dims);
	if (!dims)
		return;
	memcpy(dims, a->dims, a->n_dims * sizeof *dims);
	dims[a->n_dims - 1] = quantity_number(call_int(call, "N", -1));
	if (dims[a->n_dims - 1].number < 0)
		dims[a->n_dims - 1] = (struct quantity){ 0 };
	call_set_tensor(call, 0, a->dtype, dims, a->n_dims);
}

/* RNN, GRU, LSTM; layout 1 puts the batch first. */
void infer_recurrent(struct call *call)
{
	const struct known *x = call_input(call, 0), *r = call_input(call, 2);
	bool batch_first = call_int(call, "layout", 0) == 1;
	struct quantity direction =
		quantity_number(call_is(call, "direction", "bidirectional") ? 2 : 1);
	struct quantity hidden = { 0 }, sequence = { 0 }, batch = { 0 };
	struct quantity *y = call_room(call, 4), *last = call_room(call, 3);

	if (!y || !last)
		return;
	if (call_int(call, "hidden_size", -1) >= 0)
		hidden = quantity_number(call_int(call, "hidden_size", -1));
	else if (r->has_shape && r->n_dims == 3)
		hidden = r->dims[2];
	if (x->has_shape && x->n_dims == 3) {
		sequence = x->dims[batch_first];
		batch = x->dims[!batch_first];
	}
	memcpy(y,
	       batch_first ? (struct quantity[]){ batch, sequence, direction, hidden }
			   : (struct quantity[]){ sequence, direction, batch, hidden },
	       4 * sizeof *y);
	memcpy(last,
	       batch_first ? (struct quantity[]){ batch, direction, hidden }
			   : (struct quantity[]){ direction, batch, hidden },
	       3 * sizeof *last);
	call_set_tensor(call, 0, x->dtype, y, 4);
	call_set_tensor(call, 1, x->dtype, last, 3);
	call_set_tensor(call, 2, x->dtype, last, 3);
}

/* The size a letter has among the operands seen, by letter; "..." is kept apart. */
struct letters {
	struct quantity sizes[128];
	bool seen[128];
	struct known ellipsis; /* broadcast of what the dots stand for */
};

static bool read_term(struct call *call, struct text term, const struct known *operand,
		      struct letters *letters)
{
	uint32_t n_letters = 0, at = 0;
	bool dots = false;

	for (size_t i = 0; i < term.len; i++)
		n_letters += term.data[i] != '.' && term.data[i] != ' ';
	if (!operand->has_shape || n_letters > operand->n_dims)
		return false;
	for (size_t i = 0; i < term.len; i++) {
		unsigned char c = (unsigned char)term.data[i];

		if (c == ' ' || (c == '.' && dots))
			continue;
		if (c == '.') {
			struct known part = { .dims = operand->dims + at,
					      .has_shape = true,
					      .n_dims = operand->n_dims - n_letters };
			uint32_t n = part.n_dims > letters->ellipsis.n_dims
					     ? part.n_dims
					     : letters->ellipsis.n_dims;
			struct quantity *dims = call_room(call, n);

			if (!dims || !broadcast_dims(&letters->ellipsis, &part, dims))
				return false;
			letters->ellipsis =
				(struct known){ .dims = dims, .n_dims = n, .has_shape = true };
			at += part.n_dims;
			dots = true;
			continue;
		}
		if (c >= 128 || at >= operand->n_dims)
			return false;
		if (!letters->seen[c])
			letters->sizes[c] = operand->dims[at];
		else if (!broadcast_pair(letters->sizes[c], operand->dims[at], &letters->sizes[c]))
			return false;
		letters->seen[c] = true;
		at++;
	}
	return at == operand->n_dims;
}

/* Without "->": the letters that occur once, in alphabetical order, behind the dots. */
static size_t implicit_output(struct text equation, char output[132])
{
	uint8_t times[128] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < equation.len; i++) {
		unsigned char c = (unsigned char)equation.data[i];

		if (c < 128 && times[c] < 2)
			times[c]++;
	}
	if (times['.'])
		output[n++] = '.';
	for (int c = 'A'; c <= 'z'; c++)
		if (times[c] == 1)
			output[n++] = (char)c;
	return n;
}

static void set_einsum(struct call *call, struct text output, const struct letters *letters)
{
	struct quantity *dims = call_room(call, output.len + letters->ellipsis.n_dims);
	uint32_t n = 0;
	bool dots = false;

	for (size_t i = 0; dims && i < output.len; i++) {
		unsigned char c = (unsigned char)output.data[i];

		if (c == '.' && !dots) {
			for (uint32_t k = 0; k < letters->ellipsis.n_dims; k++)
				dims[n++] = letters->ellipsis.dims[k];
			dots = true;
		} else if (c != '.' && c != ' ') {
			dims[n++] = c < 128 ? letters->sizes[c] : (struct quantity){ 0 };
		}
	}
	call_set_tensor(call, 0, call_input(call, 0)->dtype, dims, n);
}

void infer_einsum(struct call *call)
{
	const struct attribute *a = call_attribute(call, "equation");
	struct letters letters = { .ellipsis = { .has_shape = true } };
	struct text equation, left, right;
	char implicit[132];
	size_t arrow, start = 0;
	uint32_t input = 0;

	call_set_unranked(call, 0, call_input(call, 0)->dtype);
	if (!a || a->kind != ATTRIBUTE_STRING || a->s.len == 0 || a->s.len > 4096)
		return;
	equation = a->s;
	arrow = text_find(equation, TEXT("->"), 0);
	left = (struct text){ equation.data, arrow == SIZE_MAX ? equation.len : arrow };
	for (size_t i = 0; i <= left.len; i++) {
		if (i < left.len && left.data[i] != ',')
			continue;
		if (!read_term(call, (struct text){ left.data + start, i - start },
			       call_input(call, input++), &letters))
			return;
		start = i + 1;
	}
	if (arrow == SIZE_MAX)
		right = (struct text){ implicit, implicit_output(left, implicit) };
	else
		right = (struct text){ equation.data + arrow + 2, equation.len - arrow - 2 };
	set_einsum(call, right, &letters);
}
