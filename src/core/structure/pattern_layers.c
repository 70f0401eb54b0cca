/* Convolutions and matrix products with what follows them. */
#include <string.h>

#include "core/structure/pattern_match.h"

static bool is_activation(const struct match *match, uint32_t node)
{
	static const char *const types[] = { "Relu", "LeakyRelu",   "Clip",
					     "Tanh", "HardSigmoid", "Sigmoid" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (match_is(match, node, types[i]))
			return true;
	return false;
}

static bool has_attribute(const struct match *match, uint32_t node, const char *name,
			  int64_t otherwise)
{
	const struct node *it = &match->model->nodes[node];

	for (uint32_t i = 0; i < it->n_attributes; i++) {
		const struct attribute *attribute =
			&match->model->attributes[it->first_attribute + i];

		if (attribute->kind == ATTRIBUTE_INT && text_is(attribute->name, name))
			return attribute->is_reference || attribute->i != otherwise;
	}
	return false;
}

static bool constants(const struct match *match, uint32_t node, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		if (match_input(match, node, i) != NO_INDEX &&
		    !match_is_constant(match, match_input(match, node, i)))
			return false;
	return match_input(match, node, first) != NO_INDEX;
}

/* It computes what it computed in training only in training mode, and can be multiplied into a
 * kernel when its four parameters are known. */
static bool is_foldable_norm(const struct match *match, uint32_t node)
{
	return match_is(match, node, "BatchNormalization") &&
	       match->model->nodes[node].n_inputs == 5 && constants(match, node, 1, 4) &&
	       match->model->nodes[node].n_outputs == 1 &&
	       !has_attribute(match, node, "training_mode", 0) &&
	       !has_attribute(match, node, "spatial", 1);
}

/* The user of a node's first output, of the same graph and with no cast between. */
static uint32_t follower(const struct match *match, uint32_t node)
{
	uint32_t value = match_output(match, node, 0);
	const struct value *it = value == NO_INDEX ? NULL : &match->model->values[value];

	if (!it || it->n_consumers != 1 || it->flags & (VALUE_OUTPUT | VALUE_CAPTURED))
		return NO_INDEX;
	return match->model->consumers[it->first_consumer];
}

/* First inputs are what an operator works on. */
static bool follows_first(const struct match *match, uint32_t node, uint32_t before)
{
	return match_input(match, node, 0) == match_output(match, before, 0);
}

bool match_convolution(struct match *match, uint32_t node, struct error *err)
{
	uint32_t next = follower(match, node), last = node;
	bool norm, activation;

	match_add(match, node);
	norm = next != NO_INDEX && follows_first(match, next, node) &&
	       constants(match, node, 1, 2) && is_foldable_norm(match, next);
	if (norm) {
		match_add(match, next);
		last = next;
		next = follower(match, next);
	}
	activation = next != NO_INDEX && is_activation(match, next) &&
		     follows_first(match, next, last) && !match->taken[next];
	if (activation)
		match_add(match, next);
	return match_accept(match,
			    !norm	 ? PATTERN_CONV_ACT
			    : activation ? PATTERN_CONV_BN_ACT
					 : PATTERN_CONV_BN,
			    err);
}

/* A row that is added to every row of the product. */
static bool is_bias(const struct match *match, uint32_t value)
{
	const struct tensor *tensor;

	if (!match_is_constant(match, value))
		return false;
	tensor = &match->model->tensors[match->model->values[value].tensor];
	return tensor->n_dims == 1 && tensor->count > 1;
}

static bool is_matrix(const struct match *match, uint32_t value)
{
	return match_is_constant(match, value) &&
	       match->model->tensors[match->model->values[value].tensor].n_dims == 2;
}

bool match_linear(struct match *match, uint32_t node, struct error *err)
{
	uint32_t next = follower(match, node), last = node;
	bool bias, activation;

	bias = match_is(match, node, "MatMul") && is_matrix(match, match_input(match, node, 1)) &&
	       match_is(match, next, "Add") &&
	       is_bias(match, match_other(match, next, match_output(match, node, 0)));
	if (!bias && !match_is(match, node, "Gemm"))
		return true;
	match_add(match, node);
	if (bias) {
		match_add(match, next);
		last = next;
		next = follower(match, next);
	}
	activation = next != NO_INDEX && is_activation(match, next) &&
		     follows_first(match, next, last) && !match->taken[next];
	if (activation)
		match_add(match, next);
	return match_accept(match, activation ? PATTERN_LINEAR_ACT : PATTERN_LINEAR, err);
}
