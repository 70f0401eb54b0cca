/* What tensors are for, and which of them are stored in a way that costs something. */
#include "core/check/checking.h"

#define HUGE	    (1 << 20) /* bytes of a constant */
#define LOOKED_INTO 4	      /* casts and the like, one behind another */
#define SHARED	    256	      /* elements of a weight that is worth a word */

static bool is_microsoft(const struct node *node, const char *type)
{
	return text_is(node->op->domain, "com.microsoft") && text_is(node->op->type, type);
}

/* Which inputs of an operator are weights and which are other parameters, as bits. */
static enum tensor_role role_of_input(const struct node *node, uint32_t input)
{
	static const struct {
		const char *type;
		uint32_t weights, parameters;
	} roles[] = {
		{ "Conv", 1 << 1, 1 << 2 },
		{ "ConvTranspose", 1 << 1, 1 << 2 },
		{ "MatMul", 1 << 0 | 1 << 1, 0 },
		{ "Gemm", 1 << 0 | 1 << 1, 1 << 2 },
		{ "Gather", 1 << 0, 0 },
		{ "LSTM", 1 << 1 | 1 << 2, 1 << 3 | 1 << 7 },
		{ "GRU", 1 << 1 | 1 << 2, 1 << 3 },
		{ "RNN", 1 << 1 | 1 << 2, 1 << 3 },
		{ "BatchNormalization", 0, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 },
		{ "LayerNormalization", 0, 1 << 1 | 1 << 2 },
		{ "InstanceNormalization", 0, 1 << 1 | 1 << 2 },
		{ "GroupNormalization", 0, 1 << 1 | 1 << 2 },
		{ "RMSNormalization", 0, 1 << 1 },
		{ "PRelu", 0, 1 << 1 },
	};

	if (input > 31)
		return TENSOR_ROLE_OTHER;
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (!check_is(node, roles[i].type))
			continue;
		return roles[i].weights >> input & 1	  ? TENSOR_ROLE_WEIGHT
		       : roles[i].parameters >> input & 1 ? TENSOR_ROLE_PARAMETER
							  : TENSOR_ROLE_OTHER;
	}
	if (is_microsoft(node, "Attention") || is_microsoft(node, "FusedConv") ||
	    is_microsoft(node, "FusedGemm") || is_microsoft(node, "FusedMatMul"))
		return input == 1   ? TENSOR_ROLE_WEIGHT
		       : input == 2 ? TENSOR_ROLE_PARAMETER
				    : TENSOR_ROLE_OTHER;
	return TENSOR_ROLE_OTHER;
}

static bool is_looked_through(const struct node *node)
{
	static const char *const types[] = { "Cast", "Transpose", "Identity", "DequantizeLinear",
					     "QuantizeLinear", "Unsqueeze", "Squeeze" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (check_is(node, types[i]))
			return true;
	return false;
}

static bool has_input(const struct model *model, const struct node *node, uint32_t value,
		      uint32_t *input)
{
	for (*input = 0; *input < node->n_inputs; ++*input)
		if (model->refs[node->first_input + *input] == value)
			return true;
	return false;
}

static bool is_vector(const struct tensor *tensor)
{
	return tensor->n_dims == 1 && tensor->count > 1;
}

enum tensor_role check_role(const struct model *model, uint32_t index)
{
	const struct tensor *tensor = &model->tensors[index];
	uint32_t value = tensor->value;

	if (model->n_nodes == 0)
		return tensor->n_dims > 1    ? TENSOR_ROLE_WEIGHT
		       : is_vector(tensor)   ? TENSOR_ROLE_PARAMETER
					     : TENSOR_ROLE_OTHER;
	for (int step = 0; step < LOOKED_INTO && value != NO_INDEX; step++) {
		const struct value *it = &model->values[value];
		const struct node *node;
		uint32_t input;

		if (it->n_consumers == 0)
			break;
		node = &model->nodes[model->consumers[it->first_consumer]];
		if (!has_input(model, node, value, &input))
			break;
		if (check_is(node, "Add") && is_vector(tensor))
			return TENSOR_ROLE_PARAMETER;
		if (!is_looked_through(node))
			return role_of_input(node, input);
		if (input > 0) /* a scale, a permutation */
			break;
		value = node->n_outputs ? model->refs[node->first_output] : NO_INDEX;
	}
	return TENSOR_ROLE_OTHER;
}

/* Inputs and outputs in float64 show that it is meant. */
static bool means_double(const struct model *model)
{
	const struct graph *graph = &model->graphs[0];

	for (uint32_t i = 0; i < graph->n_inputs + graph->n_outputs; i++) {
		uint32_t value = i < graph->n_inputs
					 ? model->refs[graph->first_input + i]
					 : model->refs[graph->first_output + i - graph->n_inputs];
		uint32_t type = value == NO_INDEX ? NO_INDEX : model->values[value].type;

		if (type != NO_INDEX && model->types[type].dtype == DTYPE_F64 &&
		    model->values[value].tensor == NO_INDEX)
			return true;
	}
	return false;
}

static void find_doubles(struct checking *checking)
{
	const struct model *model = checking->model;
	uint64_t single = 0, doubled = 0;
	char label[64], shown[CHECK_SHOWN], number[GROUPED_SIZE];

	for (size_t t = 0; t < model->n_tensors; t++) {
		single += model->tensors[t].dtype == DTYPE_F32 ? model->tensors[t].count : 0;
		doubled += model->tensors[t].dtype == DTYPE_F64 ? model->tensors[t].count : 0;
	}
	if (doubled == 0 || single <= doubled || means_double(model))
		return;
	for (uint32_t t = 0; t < model->n_tensors; t++)
		if (model->tensors[t].dtype == DTYPE_F64)
			check_found(checking, RULE_DOUBLE_CONSTANT, SUBJECT_TENSOR, t,
				    "\"%s\" is float64, %s element%s, in a model of float32",
				    check_shown(shown, model_tensor_label(model, t, label)),
				    grouped(number, model->tensors[t].count),
				    model->tensors[t].count == 1 ? "" : "s");
}

static void find_huge(struct checking *checking)
{
	const struct model *model = checking->model;
	char label[64], shown[CHECK_SHOWN], number[GROUPED_SIZE];

	for (uint32_t t = 0; t < model->n_tensors; t++)
		if (model->tensors[t].kind == TENSOR_CONSTANT && model->tensors[t].nbytes > HUGE)
			check_found(checking, RULE_HUGE_CONSTANT, SUBJECT_TENSOR, t,
				    "the constant \"%s\" has %s bytes inside its node",
				    check_shown(shown, model_tensor_label(model, t, label)),
				    grouped(number, model->tensors[t].nbytes));
}

/* Nodes that use a value, each once; they stand in order. */
static uint32_t count_users(const struct model *model, const struct value *value)
{
	uint32_t users = 0, last = NO_INDEX;

	for (uint32_t i = 0; i < value->n_consumers; i++) {
		uint32_t user = model->consumers[value->first_consumer + i];

		users += user != last;
		last = user;
	}
	return users;
}

static void find_shared(struct checking *checking)
{
	const struct model *model = checking->model;
	char shown[CHECK_SHOWN];

	for (uint32_t t = 0; t < model->n_tensors; t++) {
		const struct tensor *tensor = &model->tensors[t];
		uint32_t users;

		if (tensor->value == NO_INDEX || tensor->count < SHARED || tensor->n_dims < 2 ||
		    model->values[tensor->value].n_consumers < 2 ||
		    check_role(model, t) != TENSOR_ROLE_WEIGHT)
			continue;
		users = count_users(model, &model->values[tensor->value]);
		if (users > 1)
			check_found(checking, RULE_SHARED_WEIGHT, SUBJECT_TENSOR, t,
				    "%u nodes use \"%s\"", users,
				    check_shown(shown, tensor->name));
	}
}

void check_tensors(struct checking *checking)
{
	find_doubles(checking);
	find_huge(checking);
	find_shared(checking);
}
