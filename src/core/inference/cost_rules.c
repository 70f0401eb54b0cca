#include "core/inference/cost_rules.h"

#include <string.h>

#include <mtui/limits.h>

struct counting {
	const struct shapes *shapes;
	const struct node *node;
	int argument;
	uint64_t macs, operations;
};

typedef bool cost_rule(struct counting *c);

bool cost_elements(const struct type *type, uint64_t *elements)
{
	*elements = 1;
	if (!type || (type->kind != TYPE_TENSOR && type->kind != TYPE_SPARSE_TENSOR) ||
	    !type->has_shape)
		return false;
	for (uint32_t i = 0; i < type->n_dims; i++) {
		if (type->dims[i].value < 0)
			return false;
		*elements = cost_product(*elements, (uint64_t)type->dims[i].value);
	}
	return true;
}

static const struct type *sized(const struct shapes *shapes, uint32_t ref)
{
	uint32_t value = shapes->model->refs[ref];
	const struct type *type = value == NO_INDEX ? NULL : shapes->values[value].type;
	uint64_t elements;

	return cost_elements(type, &elements) ? type : NULL;
}

const struct type *cost_input(const struct shapes *shapes, const struct node *node, uint32_t i)
{
	return i < node->n_inputs ? sized(shapes, node->first_input + i) : NULL;
}

const struct type *cost_output(const struct shapes *shapes, const struct node *node, uint32_t i)
{
	return i < node->n_outputs ? sized(shapes, node->first_output + i) : NULL;
}

static const struct type *input(const struct counting *c, uint32_t i)
{
	return cost_input(c->shapes, c->node, i);
}

static const struct type *output(const struct counting *c)
{
	return cost_output(c->shapes, c->node, 0);
}

static uint64_t elements_of(const struct type *type)
{
	uint64_t elements = 0;

	cost_elements(type, &elements);
	return elements;
}

static uint64_t dim(const struct type *type, uint32_t i)
{
	return (uint64_t)type->dims[i].value;
}

static const struct attribute *attribute(const struct shapes *shapes, const struct node *node,
					 const char *name)
{
	const struct model *model = shapes->model;

	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *a = &model->attributes[node->first_attribute + i];

		if (!a->is_reference && text_is(a->name, name))
			return a;
	}
	return NULL;
}

uint64_t cost_attribute(const struct shapes *shapes, const struct node *node, const char *name,
			uint64_t otherwise)
{
	const struct attribute *a = attribute(shapes, node, name);

	return a && a->kind == ATTRIBUTE_INT && a->i > 0 ? (uint64_t)a->i : otherwise;
}

static uint64_t count_attribute(const struct counting *c, const char *name, uint64_t otherwise)
{
	return cost_attribute(c->shapes, c->node, name, otherwise);
}

static bool set_macs(struct counting *c, uint64_t macs)
{
	c->macs = macs;
	c->operations = cost_product(2, macs);
	return true;
}

static bool cost_nothing(struct counting *c)
{
	(void)c;
	return true;
}

/* One operation an element of the output. */
static bool cost_elementwise(struct counting *c)
{
	const struct type *y = output(c);

	c->operations = y ? elements_of(y) : 0;
	return y != NULL;
}

static bool cost_reduction(struct counting *c)
{
	const struct type *x = input(c, 0);

	c->operations = x ? elements_of(x) : 0;
	return x != NULL;
}

/* The argument is the index of the weight: [out, in / group, kernel ...]. */
static bool cost_conv(struct counting *c)
{
	const struct type *w = input(c, (uint32_t)c->argument), *y = output(c);

	if (!w || !y || w->n_dims < 3 || dim(w, 0) == 0)
		return false;
	return set_macs(c, cost_product(elements_of(y), elements_of(w) / dim(w, 0)));
}

/* [in, out / group, kernel ...] */
static bool cost_conv_transpose(struct counting *c)
{
	const struct type *x = input(c, 0), *w = input(c, 1);

	if (!w || !x || w->n_dims < 3 || dim(w, 0) == 0)
		return false;
	return set_macs(c, cost_product(elements_of(x), elements_of(w) / dim(w, 0)));
}

/* Last dimension of the first operand; transA of Gemm and FusedMatMul: the one before. */
static bool cost_matmul(struct counting *c)
{
	const struct type *a = input(c, 0), *y = output(c);
	bool swapped;

	if (!a || !y || a->n_dims == 0)
		return false;
	swapped = a->n_dims > 1 && count_attribute(c, "transA", 0) > 0;
	return set_macs(c, cost_product(elements_of(y), dim(a, a->n_dims - 1 - swapped)));
}

/* The sizes of all letters, once each; what the dots stand for counts as the output has it. */
static bool cost_einsum(struct counting *c)
{
	const struct attribute *a = attribute(c->shapes, c->node, "equation");
	uint64_t sizes[128] = { 0 }, macs = 1;
	uint32_t operand = 0, at = 0;

	if (!a || a->kind != ATTRIBUTE_STRING)
		return false;
	for (size_t i = 0; i < a->s.len && a->s.data[i] != '-'; i++) {
		unsigned char letter = (unsigned char)a->s.data[i];
		const struct type *x = input(c, operand);

		if (letter == ',') {
			operand++;
			at = 0;
		} else if (letter != ' ') {
			if (letter == '.' || letter >= 128 || !x || at >= x->n_dims)
				return false;
			if (dim(x, at) > sizes[letter])
				sizes[letter] = dim(x, at);
			at++;
		}
	}
	for (int letter = 0; letter < 128; letter++)
		if (sizes[letter])
			macs = cost_product(macs, sizes[letter]);
	return set_macs(c, macs);
}

/* W holds [directions, gates * hidden, input], R [directions, gates * hidden, hidden]: each element
 * is used once for each step of each sequence. */
static bool cost_recurrent(struct counting *c)
{
	const struct type *x = input(c, 0), *w = input(c, 1), *r = input(c, 2);

	if (!x || !w || !r || x->n_dims != 3)
		return false;
	return set_macs(c, cost_product(cost_product(dim(x, 0), dim(x, 1)),
					cost_sum(elements_of(w), elements_of(r))));
}

static bool cost_pool(struct counting *c)
{
	const struct type *y = output(c);
	const struct attribute *kernel = attribute(c->shapes, c->node, "kernel_shape");
	uint64_t window = 1;

	if (!y || !kernel || kernel->kind != ATTRIBUTE_INTS)
		return false;
	for (uint32_t i = 0; i < kernel->count; i++)
		window = cost_product(window, kernel->ints[i] > 0 ? (uint64_t)kernel->ints[i] : 0);
	c->operations = cost_product(elements_of(y), window);
	return true;
}

/* The keys of earlier tokens: [batch, heads, tokens, head size], or with 2 in front. */
static uint64_t keys_before(const struct counting *c)
{
	struct text type = c->node->op->type;
	const struct type *past = input(c, text_is(type, "GroupQueryAttention")	    ? 3
					   : text_is(type, "MultiHeadAttention") ? 6
					   : text_is(type, "QAttention")	 ? 8
										 : 4);

	return past && past->n_dims >= 4 ? dim(past, past->n_dims - 2) : 0;
}

/* Softmax(Q K^T) V over [batch, queries, hidden]: the keys are as many as their input says, and
 * those that were kept; 'p': the operator projects its input first, too. */
static bool cost_attention(struct counting *c)
{
	const struct type *q = input(c, 0), *second = input(c, 1), *y = output(c);
	uint64_t keys, projection = 0;

	if (!q || !y || q->n_dims < 3)
		return false;
	keys = dim(q, q->n_dims - 2);
	if (c->argument == 'p') {
		if (!second || second->n_dims != 2)
			return false;
		projection = cost_product(elements_of(q), dim(second, 1));
	} else if (second && second->n_dims >= 3) {
		keys = dim(second, second->n_dims - 2);
	}
	keys = cost_sum(keys, keys_before(c));
	return set_macs(c,
			cost_sum(projection, cost_product(2, cost_product(elements_of(y), keys))));
}

static bool cost_n_bits(struct counting *c)
{
	const struct type *y = output(c);

	return y && set_macs(c, cost_product(elements_of(y), count_attribute(c, "K", 0)));
}

static const struct cost_row {
	const char *name;
	cost_rule *rule;
	int argument;
} rows[] = {
	{ "ArgMax", cost_reduction, 0 },
	{ "ArgMin", cost_reduction, 0 },
	{ "Attention", cost_attention, 'p' },
	{ "AveragePool", cost_pool, 0 },
	{ "BeamSearch", NULL, 0 },
	{ "Cast", cost_nothing, 0 },
	{ "CastLike", cost_nothing, 0 },
	{ "Compress", cost_nothing, 0 },
	{ "Concat", cost_nothing, 0 },
	{ "Constant", cost_nothing, 0 },
	{ "ConstantOfShape", cost_nothing, 0 },
	{ "Conv", cost_conv, 1 },
	{ "ConvInteger", cost_conv, 1 },
	{ "ConvTranspose", cost_conv_transpose, 0 },
	{ "DecoderMaskedMultiHeadAttention", cost_attention, 0 },
	{ "DecoderMaskedSelfAttention", cost_attention, 'p' },
	{ "DepthToSpace", cost_nothing, 0 },
	{ "Dropout", cost_nothing, 0 },
	{ "DynamicQuantizeLSTM", cost_recurrent, 0 },
	{ "DynamicQuantizeMatMul", cost_matmul, 0 },
	{ "Einsum", cost_einsum, 0 },
	{ "Expand", cost_nothing, 0 },
	{ "ExpandDims", cost_nothing, 0 },
	{ "EyeLike", cost_nothing, 0 },
	{ "Flatten", cost_nothing, 0 },
	{ "FusedConv", cost_conv, 1 },
	{ "FusedGemm", cost_matmul, 0 },
	{ "FusedMatMul", cost_matmul, 0 },
	{ "FusedMatMulActivation", cost_matmul, 0 },
	{ "GRU", cost_recurrent, 0 },
	{ "Gather", cost_nothing, 0 },
	{ "GatherBlockQuantized", cost_nothing, 0 },
	{ "GatherElements", cost_nothing, 0 },
	{ "GatherND", cost_nothing, 0 },
	{ "Gemm", cost_matmul, 0 },
	{ "GemmFastGelu", cost_matmul, 0 },
	{ "GlobalAveragePool", cost_reduction, 0 },
	{ "GlobalLpPool", cost_reduction, 0 },
	{ "GlobalMaxPool", cost_reduction, 0 },
	{ "GreedySearch", NULL, 0 },
	{ "GroupQueryAttention", cost_attention, 0 },
	{ "Identity", cost_nothing, 0 },
	{ "If", NULL, 0 },
	{ "LSTM", cost_recurrent, 0 },
	{ "LongformerAttention", NULL, 0 },
	{ "Loop", NULL, 0 },
	{ "LpPool", cost_pool, 0 },
	{ "MatMul", cost_matmul, 0 },
	{ "MatMulBnb4", cost_n_bits, 0 },
	{ "MatMulFpQ4", NULL, 0 },
	{ "MatMulInteger", cost_matmul, 0 },
	{ "MatMulInteger16", cost_matmul, 0 },
	{ "MatMulIntegerToFloat", cost_matmul, 0 },
	{ "MatMulNBits", cost_n_bits, 0 },
	{ "MaxPool", cost_pool, 0 },
	{ "MaxpoolWithMask", cost_pool, 0 },
	{ "MoE", NULL, 0 },
	{ "MultiHeadAttention", cost_attention, 0 },
	{ "NhwcConv", cost_conv, 1 },
	{ "NhwcFusedConv", cost_conv, 1 },
	{ "NhwcMaxPool", cost_pool, 0 },
	{ "OneHot", cost_nothing, 0 },
	{ "PackedAttention", NULL, 0 },
	{ "PackedMultiHeadAttention", NULL, 0 },
	{ "Pad", cost_nothing, 0 },
	{ "PagedAttention", NULL, 0 },
	{ "QAttention", cost_attention, 'p' },
	{ "QGemm", cost_matmul, 0 },
	{ "QLinearAveragePool", cost_pool, 0 },
	{ "QLinearConcat", cost_nothing, 0 },
	{ "QLinearConv", cost_conv, 3 },
	{ "QLinearGlobalAveragePool", cost_reduction, 0 },
	{ "QLinearMatMul", cost_matmul, 0 },
	{ "QLinearReduceMean", cost_reduction, 0 },
	{ "QMoE", NULL, 0 },
	{ "RNN", cost_recurrent, 0 },
	{ "Range", cost_nothing, 0 },
	{ "ReduceL1", cost_reduction, 0 },
	{ "ReduceL2", cost_reduction, 0 },
	{ "ReduceLogSum", cost_reduction, 0 },
	{ "ReduceLogSumExp", cost_reduction, 0 },
	{ "ReduceMax", cost_reduction, 0 },
	{ "ReduceMean", cost_reduction, 0 },
	{ "ReduceMin", cost_reduction, 0 },
	{ "ReduceProd", cost_reduction, 0 },
	{ "ReduceSum", cost_reduction, 0 },
	{ "ReduceSumSquare", cost_reduction, 0 },
	{ "Reshape", cost_nothing, 0 },
	{ "ReverseSequence", cost_nothing, 0 },
	{ "Sampling", NULL, 0 },
	{ "Scan", NULL, 0 },
	{ "Scatter", cost_nothing, 0 },
	{ "ScatterElements", cost_nothing, 0 },
	{ "ScatterND", cost_nothing, 0 },
	{ "SequenceMap", NULL, 0 },
	{ "Shape", cost_nothing, 0 },
	{ "Size", cost_nothing, 0 },
	{ "Slice", cost_nothing, 0 },
	{ "SpaceToDepth", cost_nothing, 0 },
	{ "SparseAttention", NULL, 0 },
	{ "SparseToDenseMatMul", cost_matmul, 0 },
	{ "Split", cost_nothing, 0 },
	{ "Squeeze", cost_nothing, 0 },
	{ "Tile", cost_nothing, 0 },
	{ "TorchEmbedding", cost_nothing, 0 },
	{ "Transpose", cost_nothing, 0 },
	{ "TransposeMatMul", cost_matmul, 0 },
	{ "Unsqueeze", cost_nothing, 0 },
	{ "WhisperBeamSearch", NULL, 0 },
};

static const struct cost_row *find_row(struct text type)
{
	size_t low = 0, high = sizeof rows / sizeof *rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = text_compare(type, text_from(rows[middle].name));

		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool cost_of_node(const struct shapes *shapes, const struct node *node, uint64_t *macs,
		  uint64_t *operations)
{
	struct counting c = { .shapes = shapes, .node = node };
	const struct cost_row *row = find_row(node->op->type);
	bool known;

	if (row)
		c.argument = row->argument;
	/* ONNX's own Attention projects nothing. */
	if (row && row->argument == 'p' && !text_is(node->op->domain, "com.microsoft"))
		c.argument = 0;
	if (node->op->function != NO_INDEX || (row && !row->rule))
		return false;
	known = row ? row->rule(&c) : cost_elementwise(&c);
	*macs = known ? c.macs : 0;
	*operations = known ? c.operations : 0;
	return known;
}
