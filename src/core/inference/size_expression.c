#include "core/inference/size_expression.h"

#include <stdio.h>
#include <string.h>

#include <mtui/hash.h>

#define LONGEST_TEXT 200

/* An expression on the stack: what sums and products are worked out in. */
struct sum {
	uint32_t n_terms;
	bool valid;
	struct size_term terms[EXPRESSION_TERMS];
};

void size_expressions_init(struct size_expressions *x, struct arena *texts, struct arena *memory)
{
	*x = (struct size_expressions){ .texts = texts, .memory = memory, .seed = hash_seed() };
}

void size_expressions_free(struct size_expressions *x)
{
	vector_free(&x->items);
}

bool quantity_equal(struct quantity a, struct quantity b)
{
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case QUANTITY_NUMBER:
		return a.number == b.number;
	case QUANTITY_EXPRESSION:
		return a.expression == b.expression;
	case QUANTITY_REAL:
		return a.real == b.real;
	default:
		return false;
	}
}

/* Order of terms in the normal form: more atoms first, then by the atoms' ids; the number last. */
static int term_compare(const struct size_term *a, const struct size_term *b)
{
	if (a->n_atoms != b->n_atoms)
		return a->n_atoms > b->n_atoms ? -1 : 1;
	for (uint32_t i = 0; i < a->n_atoms; i++)
		if (a->atoms[i] != b->atoms[i])
			return a->atoms[i] < b->atoms[i] ? -1 : 1;
	return 0;
}

static void sum_add_term(struct sum *sum, const struct size_term *term)
{
	uint32_t at = 0;

	while (at < sum->n_terms && term_compare(&sum->terms[at], term) < 0)
		at++;
	if (at < sum->n_terms && term_compare(&sum->terms[at], term) == 0) {
		if (__builtin_add_overflow(sum->terms[at].factor, term->factor,
					   &sum->terms[at].factor))
			sum->valid = false;
		if (sum->terms[at].factor == 0) {
			memmove(&sum->terms[at], &sum->terms[at + 1],
				(sum->n_terms - at - 1) * sizeof *sum->terms);
			sum->n_terms--;
		}
		return;
	}
	if (term->factor == 0)
		return;
	if (sum->n_terms == EXPRESSION_TERMS) {
		sum->valid = false;
		return;
	}
	memmove(&sum->terms[at + 1], &sum->terms[at], (sum->n_terms - at) * sizeof *sum->terms);
	sum->terms[at] = *term;
	sum->n_terms++;
}

static struct sum sum_of(const struct size_expressions *x, struct quantity q)
{
	struct sum sum = { .valid = true };

	if (q.kind == QUANTITY_NUMBER) {
		struct size_term term = { .factor = q.number };

		sum_add_term(&sum, &term);
	} else if (q.kind == QUANTITY_EXPRESSION) {
		const struct size_expression *expression = &x->items.items[q.expression];

		sum.n_terms = expression->n_terms;
		memcpy(sum.terms, expression->terms, sum.n_terms * sizeof *sum.terms);
	} else {
		sum.valid = false;
	}
	return sum;
}

static bool multiply_terms(const struct size_term *a, const struct size_term *b,
			   struct size_term *product)
{
	uint32_t i = 0, j = 0;

	*product = (struct size_term){ 0 };
	if (a->n_atoms + b->n_atoms > EXPRESSION_ATOMS ||
	    __builtin_mul_overflow(a->factor, b->factor, &product->factor))
		return false;
	while (i < a->n_atoms || j < b->n_atoms) {
		bool from_a = j == b->n_atoms || (i < a->n_atoms && a->atoms[i] <= b->atoms[j]);

		product->atoms[product->n_atoms++] = from_a ? a->atoms[i++] : b->atoms[j++];
	}
	return true;
}

/* term / by without a remainder; false where there is one. */
static bool divide_term(const struct size_term *term, const struct size_term *by,
			struct size_term *quotient)
{
	uint32_t j = 0;

	*quotient = (struct size_term){ 0 };
	if (by->factor <= 0 || term->factor % by->factor != 0)
		return false;
	quotient->factor = term->factor / by->factor;
	for (uint32_t i = 0; i < term->n_atoms; i++) {
		if (j < by->n_atoms && term->atoms[i] == by->atoms[j])
			j++;
		else
			quotient->atoms[quotient->n_atoms++] = term->atoms[i];
	}
	return j == by->n_atoms;
}

static bool append(char *text, size_t *len, const char *bytes, size_t n)
{
	if (n > LONGEST_TEXT - *len)
		return false;
	memcpy(text + *len, bytes, n);
	*len += n;
	return true;
}

/* "batch*12 + seq - 1" */
static bool write_sum(const struct size_expressions *x, const struct sum *sum, char *text,
		      size_t *len)
{
	*len = 0;
	for (uint32_t t = 0; t < sum->n_terms; t++) {
		const struct size_term *term = &sum->terms[t];
		uint64_t size = term->factor < 0 ? -(uint64_t)term->factor : (uint64_t)term->factor;
		const char *sign = term->factor < 0 ? (t ? " - " : "-") : (t ? " + " : "");
		char number[24];
		int digits = snprintf(number, sizeof number, "%s%llu", term->n_atoms ? "*" : "",
				      (unsigned long long)size);

		if (!append(text, len, sign, strlen(sign)))
			return false;
		for (uint32_t i = 0; i < term->n_atoms; i++) {
			struct text atom = x->items.items[term->atoms[i]].text;

			if ((i > 0 && !append(text, len, "*", 1)) ||
			    !append(text, len, atom.data, atom.len))
				return false;
		}
		if ((term->n_atoms == 0 || size != 1) && !append(text, len, number, (size_t)digits))
			return false;
	}
	return true;
}

static uint32_t *find_slot(const struct size_expressions *x, struct text text)
{
	size_t at = hash_bytes(text.data, text.len, x->seed) & (x->n_slots - 1);

	while (x->slots[at] && !text_equal(x->items.items[x->slots[at] - 1].text, text))
		at = (at + 1) & (x->n_slots - 1);
	return &x->slots[at];
}

static bool grow_slots(struct size_expressions *x)
{
	size_t n_slots = x->n_slots ? x->n_slots * 2 : 256;
	uint32_t *slots = arena_array(x->memory, n_slots, sizeof *slots);

	if (!slots)
		return false;
	x->slots = slots;
	x->n_slots = n_slots;
	for (size_t i = 0; i < x->items.count; i++)
		*find_slot(x, x->items.items[i].text) = (uint32_t)i + 1;
	return true;
}

static struct quantity out_of_memory(struct size_expressions *x)
{
	x->failed = true;
	return (struct quantity){ 0 };
}

/* The expression with this text; without terms a new one is an atom, itself its only term. */
static struct quantity intern(struct size_expressions *x, struct text text, const struct sum *sum)
{
	struct size_term *terms;
	uint32_t *slot, id, n_terms = sum ? sum->n_terms : 1;

	if (x->items.count * 2 >= x->n_slots && !grow_slots(x))
		return out_of_memory(x);
	slot = find_slot(x, text);
	if (*slot)
		return (struct quantity){ .kind = QUANTITY_EXPRESSION, .expression = *slot - 1 };
	terms = arena_array(x->memory, n_terms, sizeof *terms);
	text = arena_text(x->texts, text.data, text.len);
	if (!terms || !text.data || !vector_reserve(x->memory, &x->items, 1))
		return out_of_memory(x);
	id = (uint32_t)x->items.count++;
	if (sum)
		memcpy(terms, sum->terms, n_terms * sizeof *terms);
	else
		terms[0] = (struct size_term){ .factor = 1, .n_atoms = 1, .atoms = { id } };
	x->items.items[id] =
		(struct size_expression){ .text = text, .terms = terms, .n_terms = n_terms };
	*slot = id + 1;
	return (struct quantity){ .kind = QUANTITY_EXPRESSION, .expression = id };
}

static struct quantity from_sum(struct size_expressions *x, const struct sum *sum)
{
	const struct size_term *first = &sum->terms[0];
	char text[LONGEST_TEXT];
	size_t len;

	if (!sum->valid)
		return (struct quantity){ 0 };
	if (sum->n_terms == 0)
		return quantity_number(0);
	if (sum->n_terms == 1 && first->n_atoms == 0)
		return quantity_number(first->factor);
	if (sum->n_terms == 1 && first->n_atoms == 1 && first->factor == 1)
		return (struct quantity){ .kind = QUANTITY_EXPRESSION,
					  .expression = first->atoms[0] };
	if (!write_sum(x, sum, text, &len))
		return (struct quantity){ 0 };
	return intern(x, (struct text){ text, len }, sum);
}

struct quantity size_symbol(struct size_expressions *x, struct text name)
{
	if (name.len == 0 || name.len > LONGEST_TEXT)
		return (struct quantity){ 0 };
	return intern(x, name, NULL);
}

struct quantity size_add(struct size_expressions *x, struct quantity a, struct quantity b)
{
	struct sum sum = sum_of(x, a), other = sum_of(x, b);

	sum.valid &= other.valid;
	for (uint32_t i = 0; sum.valid && i < other.n_terms; i++)
		sum_add_term(&sum, &other.terms[i]);
	return from_sum(x, &sum);
}

struct quantity size_subtract(struct size_expressions *x, struct quantity a, struct quantity b)
{
	return size_add(x, a, size_multiply(x, b, quantity_number(-1)));
}

struct quantity size_multiply(struct size_expressions *x, struct quantity a, struct quantity b)
{
	struct sum first = sum_of(x, a), second = sum_of(x, b);
	struct sum product = { .valid = first.valid && second.valid };

	if (quantity_is(a, 0) || quantity_is(b, 0))
		return quantity_number(0);
	for (uint32_t i = 0; product.valid && i < first.n_terms; i++) {
		for (uint32_t j = 0; product.valid && j < second.n_terms; j++) {
			struct size_term term;

			if (multiply_terms(&first.terms[i], &second.terms[j], &term))
				sum_add_term(&product, &term);
			else
				product.valid = false;
		}
	}
	return from_sum(x, &product);
}

/* The floor of a quotient as an atom. */
static struct quantity quotient_atom(struct size_expressions *x, const struct sum *sum,
				     struct quantity divisor)
{
	char above[LONGEST_TEXT], below[LONGEST_TEXT], text[LONGEST_TEXT];
	struct sum by = sum_of(x, divisor);
	bool brackets = sum->n_terms > 1;
	size_t n_above, n_below, len = 0;

	if (!write_sum(x, sum, above, &n_above) || !write_sum(x, &by, below, &n_below) ||
	    !append(text, &len, brackets ? "floor((" : "floor(", brackets ? 7 : 6) ||
	    !append(text, &len, above, n_above) ||
	    !append(text, &len, brackets ? ")/" : "/", brackets ? 2 : 1) ||
	    !append(text, &len, divisor.kind == QUANTITY_NUMBER ? "" : "(",
		    divisor.kind != QUANTITY_NUMBER) ||
	    !append(text, &len, below, n_below) ||
	    !append(text, &len, divisor.kind == QUANTITY_NUMBER ? "" : ")",
		    divisor.kind != QUANTITY_NUMBER) ||
	    !append(text, &len, ")", 1))
		return (struct quantity){ 0 };
	return intern(x, (struct text){ text, len }, NULL);
}

/* Splits a sum into what the divisor divides (divided by it) and the rest. */
static void split_sum(const struct sum *sum, const struct size_term *by, struct sum *even,
		      struct sum *rest)
{
	*even = (struct sum){ .valid = true };
	*rest = (struct sum){ .valid = true };
	for (uint32_t i = 0; i < sum->n_terms; i++) {
		struct size_term term;

		if (divide_term(&sum->terms[i], by, &term))
			sum_add_term(even, &term);
		else
			sum_add_term(rest, &sum->terms[i]);
	}
}

/* The remaining number of (e + c) / d, 0 <= c < d: the multiples of d in c go to even. */
static void carry_number(struct sum *even, struct sum *rest, int64_t divisor)
{
	struct size_term *last = rest->n_terms ? &rest->terms[rest->n_terms - 1] : NULL;
	struct size_term whole = { 0 };
	int64_t remainder;

	if (!last || last->n_atoms > 0)
		return;
	remainder = last->factor % divisor;
	if (remainder < 0)
		remainder += divisor;
	whole.factor = (last->factor - remainder) / divisor;
	if (remainder)
		last->factor = remainder;
	else
		rest->n_terms--;
	sum_add_term(even, &whole);
}

struct quantity size_divide(struct size_expressions *x, struct quantity a, struct quantity b)
{
	struct sum sum = sum_of(x, a), by = sum_of(x, b), even, rest;

	if (!sum.valid || !by.valid || (b.kind == QUANTITY_NUMBER && b.number <= 0))
		return (struct quantity){ 0 };
	if (quantity_equal(a, b) && b.kind == QUANTITY_NUMBER)
		return quantity_number(1);
	if (by.n_terms != 1)
		return quantity_equal(a, b) ? quantity_number(1) : quotient_atom(x, &sum, b);
	split_sum(&sum, &by.terms[0], &even, &rest);
	if (b.kind == QUANTITY_NUMBER)
		carry_number(&even, &rest, b.number);
	if (rest.n_terms == 0 ||
	    (rest.n_terms == 1 && rest.terms[0].n_atoms == 0 && b.kind == QUANTITY_NUMBER))
		return from_sum(x, &even);
	return size_add(x, from_sum(x, &even), quotient_atom(x, &rest, b));
}

struct quantity size_divide_even(struct size_expressions *x, struct quantity a, struct quantity b)
{
	struct sum sum = sum_of(x, a), by = sum_of(x, b), even, rest;

	if (!sum.valid || !by.valid || quantity_is(b, 0))
		return (struct quantity){ 0 };
	if (quantity_equal(a, b))
		return quantity_number(1);
	if (by.n_terms != 1)
		return (struct quantity){ 0 };
	split_sum(&sum, &by.terms[0], &even, &rest);
	return rest.n_terms == 0 ? from_sum(x, &even) : (struct quantity){ 0 };
}

struct text size_text(const struct size_expressions *x, struct quantity a)
{
	return a.kind == QUANTITY_EXPRESSION ? x->items.items[a.expression].text
					     : (struct text){ 0 };
}
