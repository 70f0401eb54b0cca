/*
 * Sizes that may not be numbers: "batch", "batch*12", "floor((height + 1)/2)".
 *
 * An expression is a sum of products of atoms with whole factors, kept in one normal form, so that
 * equal expressions have equal ids. An atom is a name from the file or the floor of a quotient that
 * does not come out even. Names stand for sizes, hence for numbers of at least 0.
 *
 * What does not fit (too many terms, an overflow, too long a text) becomes unknown: a size that is
 * not known is never wrong.
 */
#ifndef MTUI_SIZE_EXPRESSION_H
#define MTUI_SIZE_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/text.h>

enum quantity_kind { QUANTITY_UNKNOWN, QUANTITY_NUMBER, QUANTITY_EXPRESSION, QUANTITY_REAL };

/* A dimension, or an element of a small tensor that shapes are computed with. Zeroed: unknown. */
struct quantity {
	uint8_t kind; /* enum quantity_kind */
	union {
		int64_t number;
		uint32_t expression; /* id */
		double real;	     /* only as an element, never as a dimension */
	};
};

#define EXPRESSION_TERMS 8
#define EXPRESSION_ATOMS 4

struct size_term {
	int64_t factor;
	uint32_t n_atoms;
	uint32_t atoms[EXPRESSION_ATOMS]; /* ids of expressions that are atoms, ascending */
};

struct size_expression {
	struct text text;
	const struct size_term *terms;
	uint32_t n_terms;
};

/* All expressions of one inference; texts live in texts, everything else in memory. */
struct size_expressions {
	struct arena *texts;
	struct arena *memory;
	VECTOR(struct size_expression) items;
	uint32_t *slots; /* hash table of id + 1, by text */
	size_t n_slots;
	uint64_t seed;
	bool failed; /* memory is exhausted; results are unknown from there on */
};

void size_expressions_init(struct size_expressions *x, struct arena *texts, struct arena *memory);
void size_expressions_free(struct size_expressions *x);

static inline struct quantity quantity_number(int64_t number)
{
	return (struct quantity){ .kind = QUANTITY_NUMBER, .number = number };
}

static inline struct quantity quantity_real(double real)
{
	return (struct quantity){ .kind = QUANTITY_REAL, .real = real };
}

static inline bool quantity_is(struct quantity q, int64_t number)
{
	return q.kind == QUANTITY_NUMBER && q.number == number;
}

/* Both known, and the same. */
bool quantity_equal(struct quantity a, struct quantity b);

/* The size a name in the file stands for; unknown for an empty name. */
struct quantity size_symbol(struct size_expressions *x, struct text name);

struct quantity size_add(struct size_expressions *x, struct quantity a, struct quantity b);
struct quantity size_subtract(struct size_expressions *x, struct quantity a, struct quantity b);
struct quantity size_multiply(struct size_expressions *x, struct quantity a, struct quantity b);

/* Rounded down. Unknown for a divisor that is 0 or a negative number. */
struct quantity size_divide(struct size_expressions *x, struct quantity a, struct quantity b);

/* a / b where the division is known to come out even (as in Reshape); unknown where that cannot be
 * written without a quotient. */
struct quantity size_divide_even(struct size_expressions *x, struct quantity a, struct quantity b);

/* As people write it; lives as long as x->texts. Empty for all but expressions. */
struct text size_text(const struct size_expressions *x, struct quantity a);

#endif
