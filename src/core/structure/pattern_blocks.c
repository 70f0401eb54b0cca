/*
 * Normalizations, attention and activations that exporters write in parts:
 *
 *     LayerNorm   d = x - ReduceMean(x);  d / Sqrt(ReduceMean(d^2) + eps) [* scale [+ bias]]
 *     RMSNorm     x / Sqrt(ReduceMean(x^2) + eps) [* scale]
 *     attention   MatMul(Softmax(MatMul(q, k') [* scale] [+ mask]), v)
 *     GELU        x * (Erf(x / sqrt(2)) + 1) * 0.5
 *     by tanh     x * (Tanh(0.79788 (x + 0.044715 x^3)) + 1) * 0.5
 *     SiLU        x * Sigmoid(x)
 *
 * Casts may stand anywhere between.
 */
#include <string.h>

#include "core/structure/pattern_match.h"

/* The square of *x below a mean below a root; adds all of it. */
static bool match_root(struct match *match, uint32_t root, uint32_t *x)
{
	uint32_t sum = match_maker(match, match_input(match, root, 0)), mean, square, first;
	double epsilon;

	if (!match_is(match, sum, "Add"))
		return false;
	match_add(match, sum);
	for (uint32_t i = 0; i < 2; i++) {
		mean = match_maker(match, match_input(match, sum, i));
		if (match_is(match, mean, "ReduceMean") &&
		    match_number(match, match_input(match, sum, 1 - i), &epsilon))
			break;
		mean = NO_INDEX;
	}
	if (mean == NO_INDEX)
		return false;
	match_add(match, mean);
	square = match_maker(match, match_input(match, mean, 0));
	first = match_uncast(match, match_input(match, square, 0));
	if (!(match_is(match, square, "Pow") &&
	      match_is_number(match, match_input(match, square, 1), 2)) &&
	    !(match_is(match, square, "Mul") &&
	      match_uncast(match, match_input(match, square, 1)) == first))
		return false;
	match_add(match, square);
	match_maker(match, match_input(match, square, 0)); /* for the casts */
	*x = first;
	return true;
}

/* "/ root", or "* (1 / root)"; the result, or NO_INDEX. */
static uint32_t match_division(struct match *match, uint32_t root, uint32_t x)
{
	uint32_t user = match_user(match, match_output(match, root, 0));

	if (match_is(match, user, "Reciprocal") ||
	    (match_is(match, user, "Div") &&
	     match_is_number(match, match_input(match, user, 0), 1))) {
		match_add(match, user);
		root = user;
		user = match_user(match, match_output(match, user, 0));
		if (!match_is(match, user, "Mul"))
			return NO_INDEX;
	} else if (!match_is(match, user, "Div") ||
		   match_uncast(match, match_input(match, user, 0)) != x) {
		return NO_INDEX;
	}
	if (match_other(match, user, match_output(match, root, 0)) != x)
		return NO_INDEX;
	match_add(match, user);
	return match_output(match, user, 0);
}

/* An operator of this type with a constant that is more than a number; the result, or value. */
static uint32_t match_parameter(struct match *match, uint32_t value, const char *type)
{
	uint32_t n = match->n, user = match_user(match, value);

	if (!match_is(match, user, type) || match->taken[user] ||
	    !match_is_constant(match, match_other(match, user, value))) {
		match->n = n; /* casts behind the last operator are not its own */
		return value;
	}
	match_add(match, user);
	return match_output(match, user, 0);
}

bool match_norm(struct match *match, uint32_t node, struct error *err)
{
	uint32_t x, result, centre, mean, scaled;
	bool centred;

	match_add(match, node);
	if (!match_root(match, node, &x))
		return true;
	centre = x == NO_INDEX ? NO_INDEX : match->model->values[x].producer;
	mean = match_maker(match, match_input(match, centre, 1));
	centred = match_is(match, centre, "Sub") && match_is(match, mean, "ReduceMean") &&
		  match_uncast(match, match_input(match, mean, 0)) ==
			  match_uncast(match, match_input(match, centre, 0));
	if (centred) {
		match_add(match, centre);
		match_add(match, mean);
	}
	result = match_division(match, node, x);
	if (result == NO_INDEX)
		return true;
	scaled = match_parameter(match, result, "Mul");
	if (scaled != result && centred)
		match_parameter(match, scaled, "Add");
	return match_accept(match, centred ? PATTERN_LAYER_NORM : PATTERN_RMS_NORM, err);
}

/* What may stand between the product and the softmax: scales and masks. */
static bool is_score(const struct match *match, uint32_t node)
{
	static const char *const types[] = { "Add", "Div", "Mul", "Where", "Sub", "Max" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (match_is(match, node, types[i]))
			return true;
	return false;
}

static bool is_score_product(const struct match *match, uint32_t node)
{
	return match_is(match, node, "MatMul") &&
	       !match_is_constant(match, match_input(match, node, 0)) &&
	       !match_is_constant(match, match_input(match, node, 1));
}

static uint32_t plain_maker(const struct match *match, uint32_t value)
{
	value = match_uncast(match, value);
	return value == NO_INDEX ? NO_INDEX : match->model->values[value].producer;
}

#define SCORE_STEPS 6

/* Whether first inputs lead to the product. */
static bool leads_to_product(const struct match *match, uint32_t value)
{
	for (int i = 0; i < SCORE_STEPS; i++) {
		uint32_t node = plain_maker(match, value);

		if (is_score_product(match, node))
			return true;
		if (!is_score(match, node))
			return false;
		value = match_input(match, node, match_is(match, node, "Where") ? 1 : 0);
	}
	return false;
}

/* Adds what is between the product and the softmax, and the product. */
static bool match_scores(struct match *match, uint32_t value)
{
	for (int step = 0; step < SCORE_STEPS; step++) {
		uint32_t node = match_maker(match, value), n = 0;

		match_add(match, node);
		if (is_score_product(match, node))
			return true;
		if (!is_score(match, node))
			return false;
		while (n < 3 && !leads_to_product(match, match_input(match, node, n)))
			n++;
		if (n == 3)
			return false;
		value = match_input(match, node, n);
	}
	return false;
}

bool match_attention(struct match *match, uint32_t node, struct error *err)
{
	uint32_t weights = match_output(match, node, 0), user;

	match_add(match, node);
	user = match_user(match, weights);
	for (int i = 0; i < 2 && (match_is(match, user, "Dropout") || match_is(match, user, "Where"));
	     i++) {
		match_add(match, user);
		weights = match_output(match, user, 0);
		user = match_user(match, weights);
	}
	if (!match_is(match, user, "MatMul") ||
	    match_uncast(match, match_input(match, user, 0)) != match_uncast(match, weights) ||
	    match_is_constant(match, match_input(match, user, 1)))
		return true;
	match_add(match, user);
	if (!match_scores(match, match_input(match, node, 0)))
		return true;
	return match_accept(match, PATTERN_ATTENTION, err);
}

/* (value + 1) * x * 0.5 in any order; adds it and says what x is. */
static bool match_gelu_tail(struct match *match, uint32_t value, uint32_t *x)
{
	uint32_t sum = match_user(match, value), product, next, half, other;

	if (!match_is(match, sum, "Add") || !match_is_number(match, match_other(match, sum, value), 1))
		return false;
	match_add(match, sum);
	product = match_user(match, match_output(match, sum, 0));
	if (!match_is(match, product, "Mul"))
		return false;
	match_add(match, product);
	other = match_other(match, product, match_output(match, sum, 0));
	half = plain_maker(match, other);
	if (match_is(match, half, "Mul")) { /* (0.5 * x) * (1 + ...) */
		for (uint32_t i = 0; i < 2; i++) {
			if (!match_is_number(match, match_input(match, half, i), 0.5))
				continue;
			match_maker(match, other);
			match_add(match, half);
			*x = match_uncast(match, match_input(match, half, 1 - i));
			return true;
		}
	}
	next = match_user(match, match_output(match, product, 0));
	if (!match_is(match, next, "Mul"))
		return false;
	match_add(match, next);
	*x = match_other(match, next, match_output(match, product, 0));
	if (match_is_number(match, other, 0.5))
		return true;
	half = *x;
	*x = other;
	return match_is_number(match, half, 0.5);
}

/* Adds all products, sums and powers between a value and x; the constants among them must hold
 * each of `wanted`, up to its reciprocal where there is a division. */
static bool match_polynomial(struct match *match, uint32_t value, uint32_t x, const double *wanted,
			     unsigned n)
{
	uint32_t values[MATCH_NODES];
	unsigned count = 1, seen = 0;

	values[0] = value;
	for (unsigned i = 0; i < count; i++) {
		uint32_t node;

		if (match_uncast(match, values[i]) == x)
			continue;
		for (unsigned j = 0; j < n; j++)
			seen |= (unsigned)match_is_number(match, values[i], wanted[j]) << j;
		if (match_is_constant(match, match_uncast(match, values[i])))
			continue;
		node = match_maker(match, values[i]);
		if (!match_is(match, node, "Mul") && !match_is(match, node, "Add") &&
		    !match_is(match, node, "Pow") && !match_is(match, node, "Div"))
			return false;
		match_add(match, node);
		if (count + 2 > MATCH_NODES)
			return false;
		values[count++] = match_input(match, node, 0);
		values[count++] = match_input(match, node, 1);
	}
	return seen == (1u << n) - 1;
}

bool match_gelu(struct match *match, uint32_t node, struct error *err)
{
	static const double divided = 1.41421356, multiplied = 0.70710678;
	uint32_t x, inner = match_input(match, node, 0), first = plain_maker(match, inner);

	match_add(match, node);
	if (!match_gelu_tail(match, match_output(match, node, 0), &x) || x == NO_INDEX)
		return true;
	if (!match_polynomial(match, inner, x, match_is(match, first, "Div") ? &divided : &multiplied,
			      1))
		return true;
	return match_accept(match, PATTERN_GELU, err);
}

bool match_gelu_tanh(struct match *match, uint32_t node, struct error *err)
{
	static const double wanted[] = { 0.7978845608, 0.044715 };
	uint32_t x;

	match_add(match, node);
	if (!match_gelu_tail(match, match_output(match, node, 0), &x) || x == NO_INDEX ||
	    !match_polynomial(match, match_input(match, node, 0), x, wanted, 2))
		return true;
	return match_accept(match, PATTERN_GELU_TANH, err);
}

bool match_silu(struct match *match, uint32_t node, struct error *err)
{
	uint32_t gate = match_output(match, node, 0), user = match_user(match, gate);

	match_add(match, node);
	if (!match_is(match, user, "Mul") ||
	    match_other(match, user, gate) != match_uncast(match, match_input(match, node, 0)))
		return true;
	match_add(match, user);
	return match_accept(match, PATTERN_SILU, err);
}
