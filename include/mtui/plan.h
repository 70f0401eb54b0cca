/*
 * A scheme for every tensor under a budget of bytes.
 *
 * Each tensor has choices: what it would take (bytes) and what it would lose (an error that adds
 * up over tensors, such as the sum of squared errors). Only the lower convex hull of a tensor's
 * choices can be right for some exchange rate of error against bytes; sweeping that rate from
 * infinitely dear bytes to free ones takes the hulls' edges in the order of what they save for a
 * byte. The sweep is made once; a plan for a budget is then a look-up (Shoham and Gersho, 1988,
 * "Efficient bit allocation for an arbitrary set of quantizers").
 *
 * At the budgets where the sweep changes a tensor's choice the plan is the best there is; between
 * two of them what is left of the budget goes to the next edges that fit.
 */
#ifndef MTUI_PLAN_H
#define MTUI_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>

struct plan_choice {
	uint64_t bytes;
	double error; /* at least 0; NaN and infinity are never chosen unless pinned */
};

struct plan_item {
	const struct plan_choice *choices;
	uint32_t n_choices; /* at least 1 */
	int32_t pinned;	    /* the only choice that may be taken, or -1 */
};

struct plan;

/* A point of the size-error curve: all tensors together after an edge of the sweep. */
struct plan_point {
	uint64_t bytes;
	double error;
	double rate; /* error saved for a byte by the edge that leads here; infinity at the first */
};

/* The items and their choices are read here and not kept. NULL without memory, or ERROR_USAGE when
 * an item has no choice that may be taken. */
struct plan *plan_new(const struct plan_item *items, size_t n_items, struct error *err);
void plan_free(struct plan *plan); /* NULL is fine */

/* The curve from the fewest bytes to the least error: ascending bytes, descending error, convex. */
const struct plan_point *plan_curve(const struct plan *plan, size_t *n);

/*
 * The plan for a budget: chosen[i] is the choice of item i; *total what they come to. False when
 * not even the smallest choices fit; chosen then holds those.
 */
bool plan_at(const struct plan *plan, uint64_t budget, uint32_t *chosen, struct plan_point *total);

#endif
