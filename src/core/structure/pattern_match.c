#include "core/structure/pattern_match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/values.h>

#define CASTS 4 /* that are looked through, one behind another */

bool match_is(const struct match *match, uint32_t node, const char *type)
{
	const struct op *op;

	if (node == NO_INDEX)
		return false;
	op = match->model->nodes[node].op;
	return text_is(op->type, type) && (op->domain.len == 0 || text_is(op->domain, "ai.onnx"));
}

uint32_t match_input(const struct match *match, uint32_t node, uint32_t i)
{
	const struct node *it = node == NO_INDEX ? NULL : &match->model->nodes[node];

	return it && i < it->n_inputs ? match->model->refs[it->first_input + i] : NO_INDEX;
}

uint32_t match_output(const struct match *match, uint32_t node, uint32_t i)
{
	const struct node *it = node == NO_INDEX ? NULL : &match->model->nodes[node];

	return it && i < it->n_outputs ? match->model->refs[it->first_output + i] : NO_INDEX;
}

static uint32_t producer(const struct match *match, uint32_t value)
{
	return value == NO_INDEX ? NO_INDEX : match->model->values[value].producer;
}

uint32_t match_uncast(const struct match *match, uint32_t value)
{
	for (int i = 0; i < CASTS && match_is(match, producer(match, value), "Cast"); i++)
		value = match_input(match, producer(match, value), 0);
	return value;
}

uint32_t match_maker(struct match *match, uint32_t value)
{
	uint32_t node = producer(match, value);

	for (int i = 0; i < CASTS && match_is(match, node, "Cast"); i++) {
		match_add(match, node);
		node = producer(match, match_input(match, node, 0));
	}
	return node;
}

static uint32_t only_user(const struct match *match, uint32_t value)
{
	const struct value *it = value == NO_INDEX ? NULL : &match->model->values[value];
	uint32_t user;

	if (!it || it->n_consumers == 0 || it->flags & (VALUE_OUTPUT | VALUE_CAPTURED))
		return NO_INDEX;
	user = match->model->consumers[it->first_consumer];
	for (uint32_t i = 1; i < it->n_consumers; i++)
		if (match->model->consumers[it->first_consumer + i] != user)
			return NO_INDEX;
	return user;
}

uint32_t match_user(struct match *match, uint32_t value)
{
	uint32_t node = only_user(match, value);

	for (int i = 0; i < CASTS && match_is(match, node, "Cast"); i++) {
		match_add(match, node);
		node = only_user(match, match_output(match, node, 0));
	}
	return node;
}

uint32_t match_other(const struct match *match, uint32_t node, uint32_t value)
{
	uint32_t first = match_uncast(match, match_input(match, node, 0));
	uint32_t second = match_uncast(match, match_input(match, node, 1));

	value = match_uncast(match, value);
	return first == value ? second : second == value ? first : NO_INDEX;
}

bool match_is_constant(const struct match *match, uint32_t value)
{
	return value != NO_INDEX && match->model->values[value].tensor != NO_INDEX;
}

bool match_number(const struct match *match, uint32_t value, double *number)
{
	const struct model *model = match->model;
	const struct tensor *tensor;
	struct element element;
	struct arena none;
	bool good;

	value = match_uncast(match, value);
	if (!match_is_constant(match, value))
		return false;
	tensor = &model->tensors[model->values[value].tensor];
	if (tensor->count != 1 || tensor->present != 1 || tensor->kind == TENSOR_SPARSE ||
	    !dtype_is_numeric(tensor->dtype))
		return false;
	arena_init(&none, 0);
	good = values_read(model, tensor, 0, 1, &element, &none, NULL);
	arena_free(&none);
	*number = element.real;
	return good;
}

bool match_is_number(const struct match *match, uint32_t value, double wanted)
{
	double number;

	return match_number(match, value, &number) &&
	       fabs(number - wanted) <= 1e-3 * fabs(wanted);
}

void match_begin(struct match *match)
{
	match->n = 0;
	match->broken = false;
}

static bool is_in(const struct match *match, uint32_t node)
{
	for (uint32_t i = 0; i < match->n; i++)
		if (match->nodes[i] == node)
			return true;
	return false;
}

void match_add(struct match *match, uint32_t node)
{
	if (node != NO_INDEX && is_in(match, node))
		return;
	if (node == NO_INDEX || match->n == MATCH_NODES || match->taken[node] ||
	    (match->n > 0 &&
	     match->model->nodes[node].graph != match->model->nodes[match->nodes[0]].graph))
		match->broken = true;
	else
		match->nodes[match->n++] = node;
}

/* Nobody outside uses what the node makes. */
static bool is_inside(const struct match *match, uint32_t node)
{
	const struct model *model = match->model;

	for (uint32_t i = 0; i < model->nodes[node].n_outputs; i++) {
		uint32_t index = match_output(match, node, i);
		const struct value *value = index == NO_INDEX ? NULL : &model->values[index];

		if (value && value->flags & VALUE_OUTPUT)
			return false;
		for (uint32_t j = 0; value && j < value->n_consumers; j++)
			if (!is_in(match, model->consumers[value->first_consumer + j]))
				return false;
	}
	return true;
}

static int ascending(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

bool match_accept(struct match *match, enum pattern_kind kind, struct error *err)
{
	uint32_t *nodes;

	if (match->broken || match->n < 2)
		return true;
	qsort(match->nodes, match->n, sizeof *match->nodes, ascending);
	for (uint32_t i = 0; i + 1 < match->n; i++)
		if (!is_inside(match, match->nodes[i]))
			return true;
	nodes = arena_array(match->arena, match->n, sizeof *nodes);
	if (!nodes || !vector_reserve(match->arena, &match->found, 1))
		return arena_exhausted(match->arena, err);
	for (uint32_t i = 0; i < match->n; i++) {
		nodes[i] = match->nodes[i];
		match->taken[nodes[i]] = 1;
	}
	match->found.items[match->found.count++] = (struct pattern){
		.nodes = nodes,
		.n_nodes = match->n,
		.graph = match->model->nodes[nodes[0]].graph,
		.kind = (uint8_t)kind,
	};
	return true;
}
