/*
 * Scales and zero points of quantizing operators: positive and finite scales, zero points of the
 * type of the codes, and as many as the axis has indices (docs/Operators.md of onnx/onnx,
 * docs/ContribOperators.md of onnxruntime).
 */
#include <math.h>
#include <stdlib.h>

#include <mtui/values.h>

#include "core/check/checking.h"

#define CHUNK	64	  /* elements read at a time */
#define MOST	(1 << 20) /* scales of a tensor that are looked at */
#define TRIPLES 3

/* Which inputs belong together; -1: none. Codes of -1 are those of the output. */
struct triple {
	int8_t codes, scale, zero;
};

static const struct operator
{
	const char *type;
	bool microsoft, has_axis;
	struct triple triples[TRIPLES];
	uint8_t n;
} operators[] = {
	{ "QuantizeLinear", false, true, { { -1, 1, 2 } }, 1 },
	{ "DequantizeLinear", false, true, { { 0, 1, 2 } }, 1 },
	{ "QuantizeLinear", true, true, { { -1, 1, 2 } }, 1 },
	{ "DequantizeLinear", true, true, { { 0, 1, 2 } }, 1 },
	{ "QLinearConv", false, false, { { 0, 1, 2 }, { 3, 4, 5 }, { -1, 6, 7 } }, 3 },
	{ "QLinearMatMul", false, false, { { 0, 1, 2 }, { 3, 4, 5 }, { -1, 6, 7 } }, 3 },
	{ "ConvInteger", false, false, { { 0, -1, 2 }, { 1, -1, 3 } }, 2 },
	{ "MatMulInteger", false, false, { { 0, -1, 2 }, { 1, -1, 3 } }, 2 },
	{ "QGemm", true, false, { { 0, 1, 2 }, { 3, 4, 5 }, { -1, 7, 8 } }, 3 },
	{ "QLinearAdd", true, false, { { 0, 1, 2 }, { 3, 4, 5 }, { -1, 6, 7 } }, 3 },
	{ "QLinearMul", true, false, { { 0, 1, 2 }, { 3, 4, 5 }, { -1, 6, 7 } }, 3 },
	{ "QLinearSigmoid", true, false, { { 0, 1, 2 }, { -1, 3, 4 } }, 2 },
	{ "QLinearLeakyRelu", true, false, { { 0, 1, 2 }, { -1, 3, 4 } }, 2 },
	{ "QLinearAveragePool", true, false, { { 0, 1, 2 }, { -1, 3, 4 } }, 2 },
	{ "QLinearGlobalAveragePool", true, false, { { 0, 1, 2 }, { -1, 3, 4 } }, 2 },
	{ "MatMulIntegerToFloat", true, false, { { 0, 2, 4 }, { 1, 3, 5 } }, 2 },
	{ "DynamicQuantizeMatMul", true, false, { { 1, 2, 3 } }, 1 },
	{ "MatMulNBits", true, false, { { -1, 2, -1 } }, 1 },
};

static const struct operator*operator_of(const struct node *node)
{
	bool microsoft = text_is(node->op->domain, "com.microsoft");

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (operators[i].microsoft == microsoft &&
		    text_is(node->op->type, operators[i].type) &&
		    (microsoft || check_is(node, operators[i].type)))
			return &operators[i];
	return NULL;
}

static uint32_t value_of(const struct model *model, const struct node *node, int input)
{
	return input >= 0 && (uint32_t)input < node->n_inputs
		       ? model->refs[node->first_input + (uint32_t)input]
		       : NO_INDEX;
}

static uint32_t tensor_of(const struct model *model, uint32_t value)
{
	return value == NO_INDEX ? NO_INDEX : model->values[value].tensor;
}

static bool is_bad_scale(double scale)
{
	return !(scale > 0) || isinf(scale);
}

/* The first element that is not wanted; how many there are. Data that cannot be read has none. */
static uint64_t count_bad(const struct model *model, uint32_t index, bool is_bad(double),
			  uint64_t *first, double *bad)
{
	const struct tensor *tensor = &model->tensors[index];
	uint64_t n = tensor->present < MOST ? tensor->present : MOST, found = 0;
	struct element elements[CHUNK];
	struct arena none;

	if (!dtype_is_numeric(tensor->dtype) || tensor->kind == TENSOR_SPARSE)
		return 0;
	arena_init(&none, 0);
	for (uint64_t at = 0; at < n; at += CHUNK) {
		size_t count = n - at < CHUNK ? (size_t)(n - at) : CHUNK;

		if (!values_read(model, tensor, at, count, elements, &none, NULL))
			break;
		for (size_t i = 0; i < count; i++) {
			if (!is_bad(elements[i].real))
				continue;
			if (found++ == 0) {
				*first = at + i;
				*bad = elements[i].real;
			}
		}
	}
	arena_free(&none);
	return found;
}

static void check_scale(struct checking *checking, uint32_t tensor)
{
	const struct model *model = checking->model;
	uint64_t first = 0, bad;
	double scale = 0;
	char label[64], shown[CHECK_SHOWN], count[GROUPED_SIZE], at[GROUPED_SIZE];

	bad = count_bad(model, tensor, is_bad_scale, &first, &scale);
	if (bad == 0)
		return;
	check_shown(shown, model_tensor_label(model, tensor, label));
	if (model->tensors[tensor].count == 1)
		check_found(checking, RULE_QUANT_SCALE, SUBJECT_TENSOR, tensor,
			    "the scale \"%s\" is %s", shown,
			    isnan(scale)  ? "NaN"
			    : scale == 0  ? "zero"
			    : isinf(scale) ? "infinite"
					  : "negative");
	else
		check_found(checking, RULE_QUANT_SCALE, SUBJECT_TENSOR, tensor,
			    "%s scale%s of \"%s\" %s zero, negative, NaN or infinite, first at %s",
			    grouped(count, bad), bad == 1 ? "" : "s", shown,
			    bad == 1 ? "is" : "are", grouped(at, first));
}

/* Of types whose zero point must be 0: wide integers and floats. */
static bool is_not_zero(double zero)
{
	return zero != 0;
}

static void check_zero(struct checking *checking, const struct shapes *shapes, uint32_t codes,
		       uint32_t zero)
{
	const struct model *model = checking->model;
	const struct tensor *tensor = &model->tensors[zero];
	const struct type *type = codes == NO_INDEX ? NULL : shapes->values[codes].type;
	char label[64], shown[CHECK_SHOWN];
	uint64_t first;
	double value;

	check_shown(shown, model_tensor_label(model, zero, label));
	if (type && type->kind == TYPE_TENSOR && type->dtype != DTYPE_UNKNOWN &&
	    tensor->dtype != DTYPE_UNKNOWN && type->dtype != tensor->dtype) {
		check_found(checking, RULE_QUANT_ZERO_POINT, SUBJECT_TENSOR, zero,
			    "the zero point \"%s\" is %s, but the codes are %s", shown,
			    dtype_name(tensor->dtype), dtype_name(type->dtype));
		return;
	}
	if ((tensor->dtype == DTYPE_I32 || dtype_traits[tensor->dtype].class == CLASS_FLOAT) &&
	    count_bad(model, zero, is_not_zero, &first, &value) > 0)
		check_found(checking, RULE_QUANT_ZERO_POINT, SUBJECT_TENSOR, zero,
			    "the zero point \"%s\" is not 0, as it must be for codes of type %s",
			    shown, dtype_name(tensor->dtype));
}

static int64_t int_attribute(const struct model *model, const struct node *node, const char *name,
			     int64_t otherwise)
{
	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *a = &model->attributes[node->first_attribute + i];

		if (a->kind == ATTRIBUTE_INT && !a->is_reference && text_is(a->name, name))
			return a->i;
	}
	return otherwise;
}

/* Of QuantizeLinear and DequantizeLinear, which say what axis the scales are for. */
static void check_axis(struct checking *checking, const struct shapes *shapes,
		       const struct node *node, uint32_t scale)
{
	const struct model *model = checking->model;
	const struct tensor *tensor = &model->tensors[scale];
	uint32_t data = value_of(model, node, 0);
	const struct type *type = data == NO_INDEX ? NULL : shapes->values[data].type;
	int64_t axis = int_attribute(model, node, "axis", 1);
	char label[64], shown[CHECK_SHOWN];

	if (!type || type->kind != TYPE_TENSOR || !type->has_shape || tensor->n_dims != 1 ||
	    tensor->count == 1 || int_attribute(model, node, "block_size", 0) != 0)
		return;
	axis += axis < 0 ? type->n_dims : 0;
	if (axis >= 0 && axis < type->n_dims &&
	    (type->dims[axis].value < 0 ||
	     (uint64_t)type->dims[axis].value == tensor->count))
		return;
	check_shown(shown, model_tensor_label(model, scale, label));
	if (axis < 0 || axis >= type->n_dims)
		check_found(checking, RULE_QUANT_SIZE, SUBJECT_TENSOR, scale,
			    "\"%s\" has scales for axis %lld, which the tensor has not", shown,
			    (long long)axis);
	else
		check_found(checking, RULE_QUANT_SIZE, SUBJECT_TENSOR, scale,
			    "\"%s\" has %llu scales for an axis of %lld", shown,
			    (unsigned long long)tensor->count,
			    (long long)type->dims[axis].value);
}

static void check_triple(struct checking *checking, const struct shapes *shapes,
			 const struct node *node, const struct triple *triple, bool has_axis,
			 uint8_t *seen)
{
	const struct model *model = checking->model;
	uint32_t codes = triple->codes >= 0 ? value_of(model, node, triple->codes)
			 : node->n_outputs  ? model->refs[node->first_output]
					    : NO_INDEX;
	uint32_t scale = tensor_of(model, value_of(model, node, triple->scale));
	uint32_t zero = tensor_of(model, value_of(model, node, triple->zero));
	char label[64], shown[CHECK_SHOWN];

	if (zero != NO_INDEX && !(seen[zero] & 2)) {
		seen[zero] |= 2;
		check_zero(checking, shapes, codes, zero);
	}
	if (scale == NO_INDEX || seen[scale] & 1)
		return;
	seen[scale] |= 1;
	check_scale(checking, scale);
	if (has_axis)
		check_axis(checking, shapes, node, scale);
	if (zero != NO_INDEX && model->tensors[zero].count != model->tensors[scale].count &&
	    model->tensors[zero].count != 1)
		check_found(checking, RULE_QUANT_SIZE, SUBJECT_TENSOR, zero,
			    "\"%s\" has %llu zero points for %llu scale%s",
			    check_shown(shown, model_tensor_label(model, zero, label)),
			    (unsigned long long)model->tensors[zero].count,
			    (unsigned long long)model->tensors[scale].count,
			    model->tensors[scale].count == 1 ? "" : "s");
}

void check_quantization(struct checking *checking, const struct shapes *shapes)
{
	const struct model *model = checking->model;
	uint8_t *seen = calloc(model->n_tensors + 1, 1);

	checking->failed |= !seen;
	for (uint32_t n = 0; seen && n < model->n_nodes; n++) {
		const struct operator*op = operator_of(&model->nodes[n]);

		for (uint8_t i = 0; op && i < op->n; i++)
			check_triple(checking, shapes, &model->nodes[n], &op->triples[i],
				     op->has_axis, seen);
	}
	free(seen);
}
