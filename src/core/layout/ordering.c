/*
 * The order of items in each row, for few crossings: first as a walk in depth finds them, which
 * draws trees without any, then sweeps down and up by barycentres, each followed by exchanges of
 * neighbours; the best order met is kept.
 */
#include "core/layout/layered.h"

#include <stdlib.h>
#include <string.h>

#define SWEEPS	   12
#define MAX_WORK   3000000 /* links looked at, over all sweeps */
#define MAX_PAIRS  4096	   /* pairs of lines compared for one exchange */

struct key {
	int64_t centre; /* mean position of the neighbours, in 1/4096 */
	uint32_t position, item;
};

struct work {
	struct layered *l;
	uint32_t *best;	   /* order */
	uint32_t *tree;	   /* Fenwick tree over the positions of one row */
	uint32_t *filled;  /* by row, of the first order; the walk's stack later */
	uint32_t *stack;
	struct key *keys;
	uint64_t looked; /* at links */
};

static uint32_t neighbour(const struct layered *l, const uint32_t *side, uint32_t i, bool up)
{
	const struct link *link = &l->links.items[side[i]];

	return up ? link->upper : link->lower;
}

/* --- The first order --------------------------------------------------------------------------- */

static void put(struct work *w, uint32_t item)
{
	struct layered *l = w->l;
	uint32_t row = l->items.items[item].row;

	l->position[item] = w->filled[row];
	l->order[l->first[row] + w->filled[row]++] = item;
}

/* The stack holds links still to be followed: at most all of them. */
static void walk(struct work *w, uint32_t from)
{
	struct layered *l = w->l;
	uint32_t n = 0;

	if (l->position[from] != NO_ITEM)
		return;
	put(w, from);
	for (uint32_t i = l->first_down[from + 1]; i-- > l->first_down[from];)
		w->stack[n++] = l->down[i];
	while (n > 0) {
		uint32_t item = l->links.items[w->stack[--n]].lower;

		if (l->position[item] != NO_ITEM)
			continue;
		put(w, item);
		for (uint32_t i = l->first_down[item + 1]; i-- > l->first_down[item];)
			w->stack[n++] = l->down[i];
	}
}

/* From the top row down, in the order of the graph; boxes were made row by row. */
static void first_order(struct work *w)
{
	struct layered *l = w->l;

	memset(l->position, 0xff, l->items.count * sizeof *l->position);
	for (uint32_t i = 0; i < l->items.count; i++)
		if (l->first_up[i] == l->first_up[i + 1])
			walk(w, i);
	for (uint32_t i = 0; i < l->items.count; i++)
		walk(w, i);
}

/* --- Crossings --------------------------------------------------------------------------------- */

static void tree_add(uint32_t *tree, uint32_t n, uint32_t at)
{
	for (at++; at <= n; at += at & -at)
		tree[at]++;
}

static uint32_t tree_sum(const uint32_t *tree, uint32_t at)
{
	uint32_t sum = 0;

	for (at++; at > 0; at -= at & -at)
		sum += tree[at];
	return sum;
}

/* Pairs of links that cross between a row and the next one. */
static uint64_t crossings_below(struct work *w, uint32_t row)
{
	struct layered *l = w->l;
	uint32_t width = l->first[row + 2] - l->first[row + 1], drawn = 0;
	uint64_t crossings = 0;

	memset(w->tree, 0, (width + 1) * sizeof *w->tree);
	for (uint32_t k = l->first[row]; k < l->first[row + 1]; k++) {
		uint32_t item = l->order[k];
		uint32_t from = l->first_down[item], end = l->first_down[item + 1];

		for (uint32_t i = from; i < end; i++)
			crossings += drawn - tree_sum(w->tree, l->position[neighbour(l, l->down, i,
										     false)]);
		for (uint32_t i = from; i < end; i++)
			tree_add(w->tree, width, l->position[neighbour(l, l->down, i, false)]);
		drawn += end - from;
	}
	w->looked += drawn;
	return crossings;
}

static uint64_t count_crossings(struct work *w)
{
	uint64_t crossings = 0;

	for (uint32_t row = 0; row + 1 < w->l->n_rows; row++)
		crossings += crossings_below(w, row);
	return crossings;
}

/* --- Sweeps ------------------------------------------------------------------------------------ */

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->centre != y->centre)
		return x->centre < y->centre ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

/* Items without neighbours on that side keep their places. */
static void sort_row(struct work *w, uint32_t row, bool up, bool turn_ties)
{
	struct layered *l = w->l;
	const uint32_t *first = up ? l->first_up : l->first_down, *side = up ? l->up : l->down;
	uint32_t n = 0, from = l->first[row], end = l->first[row + 1];

	if (end - from < 2)
		return;
	for (uint32_t k = from; k < end; k++) {
		uint32_t item = l->order[k], degree = first[item + 1] - first[item];
		int64_t sum = 0;

		for (uint32_t i = first[item]; i < first[item + 1]; i++)
			sum += l->position[neighbour(l, side, i, up)];
		w->looked += degree;
		if (degree)
			w->keys[n++] = (struct key){ sum * 4096 / degree,
						     turn_ties ? end - k : k, item };
	}
	qsort(w->keys, n, sizeof *w->keys, compare_keys);
	n = 0;
	for (uint32_t k = from; k < end; k++) {
		uint32_t item = l->order[k];

		if (first[item + 1] > first[item])
			l->order[k] = w->keys[n++].item;
	}
	for (uint32_t k = from; k < end; k++)
		l->position[l->order[k]] = k - from;
}

/* Crossings between the lines of two neighbours with `left` on the left, less those of the other
 * way round. */
static int64_t gain(struct work *w, uint32_t left, uint32_t right, bool up)
{
	struct layered *l = w->l;
	const uint32_t *first = up ? l->first_up : l->first_down, *side = up ? l->up : l->down;
	uint64_t pairs = (uint64_t)(first[left + 1] - first[left]) * (first[right + 1] - first[right]);
	int64_t sum = 0;

	if (pairs > MAX_PAIRS)
		return 0;
	w->looked += pairs;
	for (uint32_t i = first[left]; i < first[left + 1]; i++) {
		uint32_t a = l->position[neighbour(l, side, i, up)];

		for (uint32_t j = first[right]; j < first[right + 1]; j++) {
			uint32_t b = l->position[neighbour(l, side, j, up)];

			sum += (a > b) - (a < b);
		}
	}
	return sum;
}

static void exchange(struct work *w)
{
	struct layered *l = w->l;
	bool better = true;

	for (unsigned round = 0; better && round < 4 && w->looked < MAX_WORK; round++) {
		better = false;
		for (uint32_t row = 0; row < l->n_rows; row++) {
			for (uint32_t k = l->first[row]; k + 1 < l->first[row + 1]; k++) {
				uint32_t a = l->order[k], b = l->order[k + 1];

				if (gain(w, a, b, true) + gain(w, a, b, false) <= 0)
					continue;
				l->order[k] = b;
				l->order[k + 1] = a;
				l->position[b] = k - l->first[row];
				l->position[a] = l->position[b] + 1;
				better = true;
			}
		}
	}
}

static void sweep(struct work *w, unsigned round)
{
	bool turn_ties = round % 4 >= 2;

	if (round % 2 == 0) {
		for (uint32_t row = 1; row < w->l->n_rows; row++)
			sort_row(w, row, true, turn_ties);
	} else {
		for (uint32_t row = w->l->n_rows - 1; row-- > 0;)
			sort_row(w, row, false, turn_ties);
	}
	exchange(w);
}

static void improve(struct work *w)
{
	struct layered *l = w->l;
	size_t size = l->items.count * sizeof *l->order;
	unsigned vain = 0;

	exchange(w);
	l->crossings = count_crossings(w);
	memcpy(w->best, l->order, size);
	for (unsigned round = 0; round < SWEEPS && vain < 4 && l->crossings > 0; round++) {
		if (w->looked >= MAX_WORK) {
			l->simpler = true;
			break;
		}
		sweep(w, round);
		uint64_t crossings = count_crossings(w);
		vain++;
		if (crossings >= l->crossings)
			continue;
		l->crossings = crossings;
		memcpy(w->best, l->order, size);
		vain = 0;
	}
	memcpy(l->order, w->best, size);
	for (uint32_t row = 0; row < l->n_rows; row++)
		for (uint32_t k = l->first[row]; k < l->first[row + 1]; k++)
			l->position[l->order[k]] = k - l->first[row];
}

/* --- Links in the order of what they lead to --------------------------------------------------- */

/* Walks a row's items from left to right and hands their links out on the other side, so that
 * those arrive sorted. */
static void sort_links(struct layered *l, uint32_t *next)
{
	for (uint32_t i = 0; i < l->items.count; i++)
		next[i] = l->first_up[i];
	for (uint32_t k = 0; k < l->items.count; k++) {
		uint32_t item = l->order[k];

		for (uint32_t i = l->first_down[item]; i < l->first_down[item + 1]; i++)
			l->up[next[l->links.items[l->down[i]].lower]++] = l->down[i];
	}
	for (uint32_t i = 0; i < l->items.count; i++)
		next[i] = l->first_down[i];
	for (uint32_t k = 0; k < l->items.count; k++) {
		uint32_t item = l->order[k];

		for (uint32_t i = l->first_up[item]; i < l->first_up[item + 1]; i++)
			l->down[next[l->links.items[l->up[i]].upper]++] = l->up[i];
	}
}

bool ordering_compute(struct layered *l)
{
	size_t n = l->items.count;
	struct work w = { .l = l };

	w.best = arena_array(l->arena, n + 1, sizeof *w.best);
	w.tree = arena_array(l->arena, n + 2, sizeof *w.tree);
	w.filled = arena_array(l->arena, l->n_rows + 1, sizeof *w.filled);
	w.stack = arena_array(l->arena, l->links.count + 1, sizeof *w.stack);
	w.keys = arena_array(l->arena, n + 1, sizeof *w.keys);
	if (!w.best || !w.tree || !w.filled || !w.stack || !w.keys)
		return false;
	first_order(&w);
	improve(&w);
	sort_links(l, w.best);
	return true;
}
