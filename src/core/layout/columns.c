/*
 * Columns of items: four times Brandes and Koepf (2001, "Fast and simple horizontal coordinate
 * assignment"), from above and from below, leaning left and leaning right. Each aligns items with
 * the middle ones of their neighbours to blocks, lines that pass through layers first, and packs
 * the blocks as a longest way over "stands left of"; the two middle ones of the four columns of an
 * item are averaged. Leaning right is leaning left in the mirror.
 */
#include "core/layout/layered.h"

#include <limits.h>
#include <string.h>

#define GAP 3 /* columns between items */

struct work {
	struct layered *l;
	uint8_t *conflicts; /* by link: crosses a line that passes through both rows */
	uint32_t *root, *next; /* blocks: root of an item, next item of the ring */
	uint32_t *open, *queue;
	int32_t *x[4]; /* by item */
	bool up, mirror; /* of this round */
};

static bool is_pass(const struct layered *l, uint32_t item)
{
	return l->items.items[item].kind == PLACE_PASS;
}

/* The item above it that a passing line comes from, where that passes too. */
static uint32_t passes_from(const struct layered *l, uint32_t item)
{
	if (!is_pass(l, item) || l->first_up[item] == l->first_up[item + 1])
		return NO_ITEM;
	uint32_t upper = l->links.items[l->up[l->first_up[item]]].upper;
	return is_pass(l, upper) ? upper : NO_ITEM;
}

static void mark_between(struct work *w, uint32_t row, uint32_t from, uint32_t end, uint32_t low,
			 uint32_t high)
{
	struct layered *l = w->l;

	for (uint32_t k = from; k <= end; k++) {
		uint32_t item = l->order[l->first[row] + k];

		for (uint32_t i = l->first_up[item]; i < l->first_up[item + 1]; i++) {
			uint32_t at = l->position[l->links.items[l->up[i]].upper];

			if (at < low || at > high)
				w->conflicts[l->up[i]] = 1;
		}
	}
}

static void mark_conflicts(struct work *w)
{
	struct layered *l = w->l;

	for (uint32_t row = 1; row < l->n_rows; row++) {
		uint32_t width = l->first[row + 1] - l->first[row], start = 0, low = 0;

		for (uint32_t k = 0; k < width; k++) {
			uint32_t upper = passes_from(l, l->order[l->first[row] + k]);

			if (upper == NO_ITEM && k + 1 < width)
				continue;
			uint32_t high = upper != NO_ITEM ? l->position[upper] : UINT32_MAX;
			mark_between(w, row, start, k, low, high);
			start = k + 1;
			low = high;
		}
	}
}

/* Position as this round sees it. */
static uint32_t seen(const struct work *w, uint32_t item)
{
	const struct layered *l = w->l;
	uint32_t row = l->items.items[item].row;

	return w->mirror ? l->first[row + 1] - l->first[row] - 1 - l->position[item]
			 : l->position[item];
}

static uint32_t item_at(const struct work *w, uint32_t row, uint32_t k)
{
	const struct layered *l = w->l;

	return l->order[w->mirror ? l->first[row + 1] - 1 - k : l->first[row] + k];
}

/* Joins an item with a middle neighbour that is free and right of those joined already; *reached
 * is one more than the position of the last one. */
static void align_item(struct work *w, uint32_t item, uint32_t *reached)
{
	struct layered *l = w->l;
	const uint32_t *first = w->up ? l->first_up : l->first_down;
	const uint32_t *side = w->up ? l->up : l->down;
	uint32_t degree = first[item + 1] - first[item];

	if (degree == 0)
		return;
	uint32_t lower = (degree - 1) / 2, upper = degree / 2;
	for (unsigned turn = 0; turn < 1 + (upper > lower); turn++) {
		uint32_t m = (turn == 0) != w->mirror ? lower : upper;
		uint32_t link = side[first[item] + m];
		uint32_t other = w->up ? l->links.items[link].upper : l->links.items[link].lower;

		if (w->next[item] != item || w->conflicts[link] || seen(w, other) < *reached)
			continue;
		w->next[other] = item;
		w->root[item] = w->root[other];
		w->next[item] = w->root[item];
		*reached = seen(w, other) + 1;
	}
}

static void align(struct work *w)
{
	struct layered *l = w->l;

	for (uint32_t i = 0; i < l->items.count; i++)
		w->root[i] = w->next[i] = i;
	for (uint32_t turn = 0; turn < l->n_rows; turn++) {
		uint32_t row = w->up ? turn : l->n_rows - 1 - turn, reached = 0;

		for (uint32_t k = 0; k < l->first[row + 1] - l->first[row]; k++)
			align_item(w, item_at(w, row, k), &reached);
	}
}

static int32_t distance(const struct work *w, uint32_t left, uint32_t right)
{
	const struct item *items = w->l->items.items;
	int32_t gap = items[left].kind == PLACE_PASS && items[right].kind == PLACE_PASS ? 2 : GAP;

	if (w->mirror)
		return items[left].left + 1 + gap + items[right].right - 1;
	return items[left].right + 1 + gap + items[right].left - 1;
}

/* The item beside it, as this round sees it; step 1 or -1. */
static uint32_t beside(const struct work *w, uint32_t item, int step)
{
	const struct layered *l = w->l;
	uint32_t row = l->items.items[item].row, width = l->first[row + 1] - l->first[row];
	uint32_t k = seen(w, item);

	if (step < 0 ? k == 0 : k + 1 == width)
		return NO_ITEM;
	return item_at(w, row, step < 0 ? k - 1 : k + 1);
}

static void count_open(struct work *w, uint32_t n, uint32_t *queued)
{
	memset(w->open, 0, n * sizeof *w->open);
	for (uint32_t i = 0; i < n; i++)
		w->open[w->root[i]] += beside(w, i, -1) != NO_ITEM;
	for (uint32_t i = 0; i < n; i++)
		if (w->root[i] == i && w->open[i] == 0)
			w->queue[(*queued)++] = i;
}

/* Blocks as far left as they go, each after all that stand left of it. */
static uint32_t pack_left(struct work *w, int32_t *x)
{
	uint32_t n = (uint32_t)w->l->items.count, queued = 0;

	count_open(w, n, &queued);
	for (uint32_t done = 0; done < queued; done++) {
		uint32_t root = w->queue[done], item = root;

		do {
			uint32_t right = beside(w, item, 1);

			if (right != NO_ITEM) {
				uint32_t other = w->root[right];
				int32_t least = x[root] + distance(w, item, right);

				x[other] = least > x[other] ? least : x[other];
				if (--w->open[other] == 0)
					w->queue[queued++] = other;
			}
			item = w->next[item];
		} while (item != root);
	}
	return queued;
}

/* And then right again, up to what stands there. */
static void pull_right(struct work *w, int32_t *x, uint32_t queued)
{
	while (queued-- > 0) {
		uint32_t root = w->queue[queued], item = root;
		int32_t most = INT32_MAX;

		do {
			uint32_t right = beside(w, item, 1);

			if (right != NO_ITEM) {
				int32_t room = x[w->root[right]] - distance(w, item, right);
				most = room < most ? room : most;
			}
			item = w->next[item];
		} while (item != root);
		if (most != INT32_MAX && most > x[root])
			x[root] = most;
	}
}

static void pack(struct work *w, int32_t *x)
{
	uint32_t n = (uint32_t)w->l->items.count;

	memset(x, 0, n * sizeof *x);
	pull_right(w, x, pack_left(w, x));
	for (uint32_t i = 0; i < n; i++)
		if (w->root[i] != i)
			x[i] = x[w->root[i]];
	for (uint32_t i = 0; w->mirror && i < n; i++)
		x[i] = -x[i];
}

struct extent {
	int32_t low, high;
};

static struct extent extent_of(const struct layered *l, const int32_t *x)
{
	struct extent extent = { INT32_MAX, INT32_MIN };

	for (uint32_t i = 0; i < l->items.count; i++) {
		const struct item *item = &l->items.items[i];

		if (x[i] - item->left < extent.low)
			extent.low = x[i] - item->left;
		if (x[i] + item->right > extent.high)
			extent.high = x[i] + item->right;
	}
	return extent;
}

static void swap_down(int32_t *a, int32_t *b)
{
	if (*a > *b) {
		int32_t other = *a;

		*a = *b;
		*b = other;
	}
}

/* The four drawings beside the narrowest one, leaning left at its left edge, leaning right at its
 * right one. */
static void combine(struct work *w)
{
	struct layered *l = w->l;
	struct extent extents[4], narrow;
	int32_t shift[4], low;

	for (int i = 0; i < 4; i++)
		extents[i] = extent_of(l, w->x[i]);
	narrow = extents[0];
	for (int i = 1; i < 4; i++)
		if (extents[i].high - extents[i].low < narrow.high - narrow.low)
			narrow = extents[i];
	for (int i = 0; i < 4; i++)
		shift[i] = i % 2 ? narrow.high - extents[i].high : narrow.low - extents[i].low;
	for (uint32_t i = 0; i < l->items.count; i++) {
		int32_t at[4];

		for (int k = 0; k < 4; k++)
			at[k] = w->x[k][i] + shift[k];
		swap_down(&at[0], &at[1]);
		swap_down(&at[2], &at[3]);
		swap_down(&at[0], &at[2]);
		swap_down(&at[1], &at[3]);
		/* rounded down, also below 0 */
		w->x[0][i] = (at[1] + at[2] - ((at[1] + at[2]) & 1)) / 2;
	}
	low = extent_of(l, w->x[0]).low;
	for (uint32_t i = 0; i < l->items.count; i++)
		l->items.items[i].x = w->x[0][i] - low;
}

bool columns_compute(struct layered *l)
{
	size_t n = l->items.count;
	struct work w = { .l = l };

	if (n == 0)
		return true;
	w.conflicts = arena_array(l->arena, l->links.count + 1, 1);
	w.root = arena_array(l->arena, n, sizeof *w.root);
	w.next = arena_array(l->arena, n, sizeof *w.next);
	w.open = arena_array(l->arena, n, sizeof *w.open);
	w.queue = arena_array(l->arena, n, sizeof *w.queue);
	for (int i = 0; i < 4; i++)
		if (!(w.x[i] = arena_array(l->arena, n, sizeof *w.x[i])))
			return false;
	if (!w.conflicts || !w.root || !w.next || !w.open || !w.queue)
		return false;
	mark_conflicts(&w);
	for (int i = 0; i < 4; i++) {
		w.up = i < 2;
		w.mirror = i % 2;
		align(&w);
		pack(&w, w.x[i]);
	}
	combine(&w);
	return true;
}
