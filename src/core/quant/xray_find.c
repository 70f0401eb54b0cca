/* Which weights of a model are quantized, and how: read off the operators that use them. */
#include <mtui/xray.h>

#include <string.h>

static const char *const form_words[XRAY_FORM_COUNT] = {
#define X(id, words) [id] = words,
	XRAY_FORMS(X)
#undef X
};

const char *xray_form_words(enum xray_form form)
{
	return form_words[form];
}

/* Where an operator has its weight, that one's scale and zero point; -1: nowhere. */
struct operator
{
	const char *type;
	bool microsoft;
	uint8_t form;
	int8_t codes, scales, zeros;
	int8_t axis; /* of channels if there is more than one scale; -1: the last */
};

static const struct operator operators[] = {
	{ "ConvInteger", false, XRAY_INTEGER, 1, -1, 3, 0 },
	{ "MatMulInteger", false, XRAY_INTEGER, 1, -1, 3, -1 },
	{ "QLinearConv", false, XRAY_QLINEAR, 3, 4, 5, 0 },
	{ "QLinearMatMul", false, XRAY_QLINEAR, 3, 4, 5, -1 },
	{ "QGemm", true, XRAY_QLINEAR, 3, 4, 5, -1 },
	{ "QAttention", true, XRAY_QLINEAR, 1, 4, 7, -1 },
	{ "DynamicQuantizeMatMul", true, XRAY_INTEGER, 1, 2, 3, -1 },
	{ "MatMulIntegerToFloat", true, XRAY_INTEGER, 1, 3, 5, -1 },
};

struct finder {
	const struct model *model;
	struct arena *arena;
	struct xray *xray;
	VECTOR(struct xray_weight) weights;
	uint8_t *seen; /* by tensor */
};

static uint32_t tensor_of_input(const struct model *model, const struct node *node, int i)
{
	uint32_t value;

	if (i < 0 || (uint32_t)i >= node->n_inputs)
		return NO_INDEX;
	value = model->refs[node->first_input + (uint32_t)i];
	return value == NO_INDEX ? NO_INDEX : model->values[value].tensor;
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

static bool domain_is(const struct node *node, bool microsoft)
{
	struct text domain = node->op->domain;

	return microsoft ? text_is(domain, "com.microsoft")
			 : domain.len == 0 || text_is(domain, "ai.onnx");
}

/* Only good shapes of integers and narrow floats are looked into. */
static bool codes_ok(const struct model *model, uint32_t tensor)
{
	const struct tensor *t = tensor == NO_INDEX ? NULL : &model->tensors[tensor];

	return t && t->kind != TENSOR_SPARSE && t->problem == TENSOR_OK && t->count > 0 &&
	       t->present == t->count && dtype_traits[t->dtype].bits <= 32 &&
	       (dtype_traits[t->dtype].class == CLASS_SIGNED ||
		dtype_traits[t->dtype].class == CLASS_UNSIGNED ||
		(dtype_traits[t->dtype].class == CLASS_FLOAT && dtype_traits[t->dtype].bits <= 8));
}

static bool add(struct finder *f, const struct xray_weight *weight)
{
	if (f->seen[weight->codes])
		return true;
	f->seen[weight->codes] = 1;
	if (!vector_reserve(f->arena, &f->weights, 1))
		return false;
	f->weights.items[f->weights.count++] = *weight;
	return true;
}

/* One scale: per tensor; a block size: groups; else channels of the axis. */
static void set_granularity(const struct model *model, struct xray_weight *weight, int64_t axis,
			    int64_t block)
{
	uint64_t n = weight->scales == NO_INDEX ? 1 : model->tensors[weight->scales].count;

	weight->axis = -1;
	if (axis < 0)
		axis += weight->n_dims;
	if (n <= 1 || axis < 0 || axis >= weight->n_dims) {
		weight->granularity = QUANT_PER_TENSOR;
		return;
	}
	weight->axis = (int8_t)axis;
	weight->granularity = block > 0 ? QUANT_PER_GROUP : QUANT_PER_CHANNEL;
	weight->group = block > 0 && block <= UINT32_MAX ? (uint32_t)block : 0;
}

static bool add_plain(struct finder *f, uint32_t index, enum xray_form form, int codes, int scales,
		      int zeros, int64_t axis, int64_t block)
{
	const struct model *model = f->model;
	const struct node *node = &model->nodes[index];
	struct xray_weight weight = { .node = index, .form = (uint8_t)form };
	const struct tensor *tensor;

	weight.codes = tensor_of_input(model, node, codes);
	if (!codes_ok(model, weight.codes))
		return true;
	tensor = &model->tensors[weight.codes];
	weight.scales = tensor_of_input(model, node, scales);
	weight.zeros = tensor_of_input(model, node, zeros);
	weight.bits = (uint8_t)dtype_traits[tensor->dtype].bits;
	weight.dims = tensor->dims;
	weight.n_dims = tensor->n_dims;
	set_granularity(model, &weight, axis, block);
	return add(f, &weight);
}

/* B: [N, blocks of K, bytes of a block]. */
static bool add_packed(struct finder *f, uint32_t index)
{
	const struct model *model = f->model;
	const struct node *node = &model->nodes[index];
	int64_t bits = int_attribute(model, node, "bits", 4);
	int64_t block = int_attribute(model, node, "block_size", 0);
	int64_t *dims = arena_array(f->arena, 2, sizeof *dims);
	struct xray_weight weight = { .node = index,
				      .form = XRAY_N_BITS,
				      .bits = (uint8_t)bits,
				      .granularity = QUANT_PER_GROUP,
				      .axis = 1,
				      .n_dims = 2,
				      .dims = dims };
	const struct tensor *tensor;
	uint64_t blocks;

	if (!dims)
		return false;
	weight.codes = tensor_of_input(model, node, 1);
	weight.scales = tensor_of_input(model, node, 2);
	weight.zeros = tensor_of_input(model, node, 3);
	dims[0] = int_attribute(model, node, "N", 0);
	dims[1] = int_attribute(model, node, "K", 0);
	if (!codes_ok(model, weight.codes) || (bits != 2 && bits != 4 && bits != 8) || block < 8 ||
	    block > 4096 || block * bits % 8 || dims[0] <= 0 || dims[1] <= 0 ||
	    dims[0] > UINT32_MAX || dims[1] > UINT32_MAX)
		return true;
	tensor = &model->tensors[weight.codes];
	blocks = ((uint64_t)dims[1] + (uint64_t)block - 1) / (uint64_t)block;
	if (tensor->dtype != DTYPE_U8 ||
	    tensor->count != (uint64_t)dims[0] * blocks * (uint64_t)(block * bits / 8))
		return true;
	weight.group = (uint32_t)block;
	return add(f, &weight);
}

static bool look_at(struct finder *f, uint32_t index)
{
	const struct model *model = f->model;
	const struct node *node = &model->nodes[index];
	struct text type = node->op->type;
	bool microsoft = domain_is(node, true);

	if (!microsoft && !domain_is(node, false))
		return true;
	if (text_is(type, "QuantizeLinear"))
		f->xray->n_quantize++;
	if (text_is(type, "DynamicQuantizeLinear"))
		f->xray->n_dynamic++;
	if (text_is(type, "DequantizeLinear")) {
		f->xray->n_dequantize++;
		return add_plain(f, index, XRAY_QDQ, 0, 1, 2, int_attribute(model, node, "axis", 1),
				 int_attribute(model, node, "block_size", 0));
	}
	if (microsoft && (text_is(type, "MatMulNBits") || text_is(type, "MatMulBnb4")))
		f->xray->n_packed++;
	if (microsoft && text_is(type, "MatMulNBits"))
		return add_packed(f, index);
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		const struct operator* op = & operators[i];
		int64_t axis = op->axis;

		if (op->microsoft != microsoft || !text_is(type, op->type))
			continue;
		f->xray->n_qlinear += op->form == XRAY_QLINEAR;
		f->xray->n_integer += op->form == XRAY_INTEGER;
		if (text_is(type, "QGemm"))
			axis = int_attribute(model, node, "transB", 0) ? 0 : 1;
		return add_plain(f, index, op->form, op->codes, op->scales, op->zeros, axis, 0);
	}
	return true;
}

bool xray_find(const struct model *model, struct arena *arena, struct xray *xray, struct error *err)
{
	struct finder f = { .model = model, .arena = arena, .xray = xray };
	struct xray_weight *weights;
	bool ok;

	*xray = (struct xray){ .n_annotated = model->n_annotations };
	f.seen = arena_alloc(arena, model->n_tensors);
	ok = f.seen != NULL;
	for (uint32_t i = 0; ok && i < model->n_nodes; i++)
		ok = look_at(&f, i);
	weights = ok ? arena_array(arena, f.weights.count, sizeof *weights) : NULL;
	if (weights) {
		if (f.weights.count)
			memcpy(weights, f.weights.items, f.weights.count * sizeof *weights);
		xray->weights = weights;
		xray->n_weights = f.weights.count;
	}
	vector_free(&f.weights);
	return weights || arena_exhausted(arena, err);
}
