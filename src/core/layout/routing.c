/*
 * Lines through the gaps between rows. A strand is all links of one net below one item: it leaves
 * the item at one column, goes aside in one row of the gap (its track), and down at the column of
 * every end. Ports of a box are chosen so that lines are straight where they can be.
 *
 * Two strands never share a cell but to cross. What needs care is a column where one strand comes
 * down to its track and another one leaves its own: the first must have the higher track. Where
 * these wishes form a circle, a strand goes aside twice (jog).
 */
#include "core/layout/layered.h"

#include <stdlib.h>
#include <string.h>

#define NO_STRAND UINT32_MAX

struct strand {
	uint32_t item, net, first; /* first of its links in w->links, n of them */
	uint32_t n, waiting;	   /* strands that must have a higher track */
	int32_t top, low, high;	   /* column where it leaves; columns that its track spans */
	int32_t key, track, jog, jog_x;
	bool reversed, straight, placed;
};

struct at_column {
	int32_t x;
	uint32_t strand;
};

struct span {
	int32_t low, high, track;
};

struct work {
	struct layered *l;
	struct graph_layout *layout;
	struct strand *strands; /* of one gap */
	uint32_t *links;	/* of one gap, strand by strand */
	uint32_t *sorted;	/* strands that need tracks, as they want them from above */
	struct at_column *tops, *bottoms;
	struct span *spans; /* taken so far */
	uint8_t *used;	    /* columns of the gap where a line goes down */
	int32_t *wish;
	int32_t words_end; /* column after the last words of this gap */
	uint32_t n, n_tops, n_bottoms, n_spans, columns;
};

static int32_t clamp(int32_t x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : x;
}

/* Columns of a box where lines may meet it: not at its corners where it has room. */
static int32_t inset(const struct item *item)
{
	return item->width >= 9 ? 2 : 1;
}

static int32_t port_low(const struct item *item)
{
	return item->kind == PLACE_BOX && item->width > 2 ? item->x - item->left + inset(item)
							  : item->x;
}

static int32_t port_high(const struct item *item)
{
	return item->kind == PLACE_BOX && item->width > 2
		       ? item->x - item->left + item->width - 1 - inset(item) : item->x;
}

/* --- Ports ------------------------------------------------------------------------------------- */

static void add_strands(struct work *w, uint32_t index, uint32_t *n_links)
{
	struct layered *l = w->l;
	uint32_t begin = l->first_down[index], end = l->first_down[index + 1], from = w->n;

	for (uint32_t i = begin; i < end; i++) {
		const struct link *link = &l->links.items[l->down[i]];
		uint32_t s = from;

		while (s < w->n && (w->strands[s].net != link->net ||
				    w->strands[s].reversed != link->reversed))
			s++;
		if (s == w->n)
			w->strands[w->n++] = (struct strand){
				.item = index, .net = link->net, .reversed = link->reversed,
				.jog = -1, .track = -1,
			};
		w->strands[s].n++;
	}
	for (uint32_t s = from; s < w->n; s++) {
		struct strand *strand = &w->strands[s];

		strand->first = *n_links;
		for (uint32_t i = begin; i < end; i++) {
			const struct link *link = &l->links.items[l->down[i]];

			if (link->net == strand->net && link->reversed == strand->reversed)
				w->links[(*n_links)++] = l->down[i];
		}
	}
}

/* Where a strand would like to leave its item. */
static int32_t wish_of(const struct work *w, const struct strand *strand, bool alone)
{
	const struct item *items = w->l->items.items, *from = &items[strand->item];
	int64_t sum = 0;

	if (strand->n == 1) {
		const struct item *to = &items[w->l->links.items[w->links[strand->first]].lower];

		int32_t straight = clamp(from->x, port_low(to), port_high(to));

		return straight < port_low(from) || straight > port_high(from) ? from->x : straight;
	}
	if (alone)
		return from->x;
	for (uint32_t i = 0; i < strand->n; i++)
		sum += items[w->l->links.items[w->links[strand->first + i]].lower].x;
	return clamp((int32_t)(sum / strand->n), port_low(from), port_high(from));
}

static int compare_wishes(const void *a, const void *b)
{
	const struct strand *x = a, *y = b;

	if (x->top != y->top)
		return x->top < y->top ? -1 : 1;
	if (x->net != y->net)
		return x->net < y->net ? -1 : 1;
	return x->reversed - y->reversed;
}

static int label_of(const struct work *w, const struct strand *strand)
{
	const struct layout_measure *measure = w->l->measure;

	if (strand->reversed || w->l->items.items[strand->item].kind != PLACE_BOX)
		return 0;
	return measure->label(measure->context, strand->net);
}

/* Ports in the order of their wishes, room between them for the words if the box has it. */
static void choose_tops(struct work *w, uint32_t from)
{
	uint32_t n = w->n - from;
	const struct item *item = n ? &w->l->items.items[w->strands[from].item] : NULL;
	int32_t low, high, words = 0;

	if (n == 0)
		return;
	low = port_low(item);
	high = port_high(item);
	for (uint32_t s = from; s < w->n; s++)
		w->strands[s].top = wish_of(w, &w->strands[s], n == 1);
	if (n == 1)
		return;
	qsort(w->strands + from, n, sizeof *w->strands, compare_wishes);
	for (uint32_t s = from; s + 1 < w->n; s++)
		words += label_of(w, &w->strands[s]) + 3;
	bool roomy = words <= high - low, even = 2 * ((int32_t)n - 1) <= high - low;
	int32_t least = low;
	for (uint32_t s = from; s < w->n; s++) {
		struct strand *strand = &w->strands[s];

		strand->top = strand->top < least ? least : strand->top;
		least = strand->top + (roomy ? label_of(w, strand) + 3 : even ? 2 : 1);
	}
	int32_t most = high;
	for (uint32_t s = w->n; s-- > from;) {
		struct strand *strand = &w->strands[s];

		if (s + 1 < w->n)
			most = w->strands[s + 1].top - (roomy ? label_of(w, strand) + 3 : even ? 2 : 1);
		strand->top = strand->top > most ? most : strand->top;
	}
}

static void read_gap(struct work *w, uint32_t row)
{
	struct layered *l = w->l;
	uint32_t n_links = 0;

	w->n = 0;
	for (uint32_t k = l->first[row]; k < l->first[row + 1]; k++) {
		uint32_t from = w->n;

		add_strands(w, l->order[k], &n_links);
		choose_tops(w, from);
	}
	for (uint32_t s = 0; s < w->n; s++)
		for (uint32_t i = 0; i < w->strands[s].n; i++)
			l->links.items[w->links[w->strands[s].first + i]].top = w->strands[s].top;
}

static void sort_up(struct layered *l, uint32_t item)
{
	/* They are sorted by items already: what is out of order are ports of one box. */
	for (uint32_t i = l->first_up[item] + 1; i < l->first_up[item + 1]; i++) {
		uint32_t link = l->up[i], k = i;

		for (; k > l->first_up[item] &&
		       l->links.items[l->up[k - 1]].top > l->links.items[link].top; k--)
			l->up[k] = l->up[k - 1];
		l->up[k] = link;
	}
}

/* Where lines from above meet an item: straight down where that is possible, else near its middle
 * on the side they come from. */
static void choose_bottoms(struct work *w, uint32_t index)
{
	struct layered *l = w->l;
	const struct item *item = &l->items.items[index];
	uint32_t n = l->first_up[index + 1] - l->first_up[index];
	int32_t low = port_low(item), high = port_high(item), least = low;
	int32_t reach = 2 * ((int32_t)n - 1);
	int32_t gap = 2 * ((int32_t)n - 1) <= high - low ? 2 : 1;

	sort_up(l, index);
	for (uint32_t i = 0; i < n; i++) {
		const struct link *link = &l->links.items[l->up[l->first_up[index] + i]];
		int32_t x = link->top;

		if (x < low || x > high)
			x = clamp(clamp(x, item->x - reach, item->x + reach), low, high);
		w->wish[i] = x > least ? x : least;
		least = w->wish[i] + gap;
	}
	int32_t most = high;
	for (uint32_t i = n; i-- > 0;) {
		w->wish[i] = w->wish[i] > most ? most : w->wish[i];
		most = w->wish[i] - gap;
		l->links.items[l->up[l->first_up[index] + i]].bottom = w->wish[i];
	}
}

/* --- Tracks ------------------------------------------------------------------------------------ */

static int compare_columns(const void *a, const void *b)
{
	const struct at_column *x = a, *y = b;

	return (x->x > y->x) - (x->x < y->x);
}

static uint32_t strand_at(const struct at_column *columns, uint32_t n, int32_t x)
{
	struct at_column key = { x, 0 };
	const struct at_column *found =
		n ? bsearch(&key, columns, n, sizeof key, compare_columns) : NULL;

	return found ? found->strand : NO_STRAND;
}

static void use_column(struct work *w, int32_t x)
{
	if (x >= 0 && (uint32_t)x < w->columns)
		w->used[x] = 1;
}

/* Ends of the strands; those that go aside are numbered by what crosses least: of two that go the
 * same way the one that is ahead has the higher track. */
static void read_strands(struct work *w)
{
	w->n_tops = w->n_bottoms = 0;
	for (uint32_t s = 0; s < w->n; s++) {
		struct strand *strand = &w->strands[s];
		int64_t sum = 0;

		strand->low = strand->high = strand->top;
		for (uint32_t i = 0; i < strand->n; i++) {
			int32_t x = w->l->links.items[w->links[strand->first + i]].bottom;

			strand->low = x < strand->low ? x : strand->low;
			strand->high = x > strand->high ? x : strand->high;
			sum += x - strand->top;
			use_column(w, x);
		}
		use_column(w, strand->top);
		strand->straight = strand->low == strand->high;
		strand->key = sum > 0 ? INT32_MAX - strand->top : strand->top;
		if (strand->straight)
			continue;
		w->tops[w->n_tops] = (struct at_column){ strand->top, s };
		w->sorted[w->n_tops++] = s;
		for (uint32_t i = 0; i < strand->n; i++)
			w->bottoms[w->n_bottoms++] = (struct at_column){
				w->l->links.items[w->links[strand->first + i]].bottom, s
			};
	}
	qsort(w->tops, w->n_tops, sizeof *w->tops, compare_columns);
	qsort(w->bottoms, w->n_bottoms, sizeof *w->bottoms, compare_columns);
	for (uint32_t i = 0; i < w->n_tops; i++) {
		uint32_t below = strand_at(w->bottoms, w->n_bottoms, w->tops[i].x);

		if (below != NO_STRAND && below != w->tops[i].strand)
			w->strands[below].waiting++;
	}
}

static void sort_by_key(struct work *w)
{
	/* Insertion: a gap has few strands, and they come nearly sorted. */
	for (uint32_t i = 1; i < w->n_tops; i++) {
		uint32_t s = w->sorted[i], k = i;

		for (; k > 0 && w->strands[w->sorted[k - 1]].key > w->strands[s].key; k--)
			w->sorted[k] = w->sorted[k - 1];
		w->sorted[k] = s;
	}
}

/* The highest track below all that the span would touch. */
static int32_t take_track(struct work *w, int32_t low, int32_t high)
{
	int32_t track = 0;

	for (uint32_t i = 0; i < w->n_spans; i++)
		if (w->spans[i].low <= high + 1 && w->spans[i].high >= low - 1 &&
		    w->spans[i].track >= track)
			track = w->spans[i].track + 1;
	w->spans[w->n_spans++] = (struct span){ low, high, track };
	return track;
}

/* What waited for this strand to come off its column waits no longer. */
static void release(struct work *w, const struct strand *strand, int32_t top)
{
	uint32_t below = strand_at(w->bottoms, w->n_bottoms, top);

	if (below != NO_STRAND && &w->strands[below] != strand)
		w->strands[below].waiting--;
}

static void add_jog(struct work *w, struct strand *strand)
{
	int32_t x = strand->top;

	for (int32_t away = 1;; away++) {
		if (strand->top + away < (int32_t)w->columns && !w->used[strand->top + away]) {
			x = strand->top + away;
			break;
		}
		if (strand->top - away >= 0 && !w->used[strand->top - away]) {
			x = strand->top - away;
			break;
		}
	}
	use_column(w, x);
	strand->jog_x = x;
	strand->jog = take_track(w, x < strand->top ? x : strand->top,
				 x > strand->top ? x : strand->top);
	/* The track itself need not reach the column that was left. */
	strand->low = strand->high = x;
	for (uint32_t i = 0; i < strand->n; i++) {
		int32_t end = w->l->links.items[w->links[strand->first + i]].bottom;

		strand->low = end < strand->low ? end : strand->low;
		strand->high = end > strand->high ? end : strand->high;
	}
	release(w, strand, strand->top);
}

static int32_t choose_tracks(struct work *w)
{
	int32_t tracks = 0;

	w->n_spans = 0;
	read_strands(w);
	sort_by_key(w);
	for (uint32_t left = w->n_tops, from = 0; left > 0;) {
		uint32_t i = from;

		while (i < w->n_tops && (w->strands[w->sorted[i]].placed ||
					 w->strands[w->sorted[i]].waiting > 0))
			i++;
		if (i == w->n_tops) {
			for (i = from; w->strands[w->sorted[i]].placed ||
				       w->strands[w->sorted[i]].jog >= 0; i++)
				;
			add_jog(w, &w->strands[w->sorted[i]]);
			continue;
		}
		struct strand *strand = &w->strands[w->sorted[i]];
		strand->track = take_track(w, strand->low, strand->high);
		strand->placed = true;
		if (strand->jog < 0)
			release(w, strand, strand->top);
		left--;
		while (from < w->n_tops && w->strands[w->sorted[from]].placed)
			from++;
	}
	for (uint32_t i = 0; i < w->n_spans; i++)
		tracks = w->spans[i].track >= tracks ? w->spans[i].track + 1 : tracks;
	return tracks;
}

/* --- The layout -------------------------------------------------------------------------------- */

static void widen(struct graph_layout *layout, int32_t end)
{
	layout->width = end > layout->width ? end : layout->width;
}

static uint32_t place_of_item(const struct layered *l, uint32_t item)
{
	return l->first[l->items.items[item].row] + l->position[item];
}

/* Words stand right of the line, or left of it where there is more room. */
static void add_label(struct work *w, const struct strand *strand)
{
	struct layered *l = w->l;
	const struct item *item = &l->items.items[strand->item];
	uint32_t k = place_of_item(l, strand->item), s = (uint32_t)(strand - w->strands);
	int32_t low = 0, high = INT32_MAX / 2, width = label_of(w, strand), x = strand->top + 2;

	if (width <= 0)
		return;
	if (k > l->first[item->row]) {
		const struct item *other = &l->items.items[l->order[k - 1]];
		low = other->x + other->right + 2;
	}
	if (k + 1 < l->first[item->row + 1]) {
		const struct item *other = &l->items.items[l->order[k + 1]];
		high = other->x - other->left - 1;
	}
	if (s > 0 && w->strands[s - 1].item == strand->item)
		low = w->strands[s - 1].top + 2;
	low = low > w->words_end ? low : w->words_end + 1;
	if (s + 1 < w->n && w->strands[s + 1].item == strand->item)
		high = w->strands[s + 1].top - 1;
	if (x + width > high && strand->top - 1 - width >= low)
		x = strand->top - 1 - width;
	else if (x + width > high)
		width = high - x;
	if (width < 4 && width < label_of(w, strand))
		return;
	w->layout->labels[w->layout->n_labels++] = (struct layout_label){
		.net = strand->net, .place = k, .x = x, .y = item->y + item->height, .width = width,
	};
	w->words_end = x + width;
	widen(w->layout, x + width);
}

static void add_wire(struct work *w, const struct strand *strand, int32_t first_track)
{
	struct layered *l = w->l;
	struct graph_layout *layout = w->layout;
	const struct item *item = &l->items.items[strand->item];
	struct layout_wire *wire = &layout->wires[layout->n_wires++];

	*wire = (struct layout_wire){
		.net = strand->net,
		.place = place_of_item(l, strand->item),
		.x = strand->top,
		.top = item->y + item->height,
		.track = strand->straight ? -1 : first_track + strand->track,
		.jog = strand->jog < 0 ? -1 : first_track + strand->jog,
		.jog_x = strand->jog_x,
		.first_end = layout->n_ends,
		.n_ends = strand->n,
		.reversed = strand->reversed,
	};
	for (uint32_t i = 0; i < strand->n; i++) {
		const struct link *link = &l->links.items[w->links[strand->first + i]];

		layout->ends[layout->n_ends++] = (struct layout_end){
			.x = link->bottom, .place = place_of_item(l, link->lower),
		};
	}
	widen(layout, strand->high + 1);
	widen(layout, strand->top + 1);
	add_label(w, strand);
}

/* Those that begin a line stand at the bottom of their row, the others at its top. */
static int32_t place_row(struct work *w, uint32_t row, int32_t y)
{
	struct layered *l = w->l;
	int32_t height = 1;

	for (uint32_t k = l->first[row]; k < l->first[row + 1]; k++)
		if (l->items.items[l->order[k]].height > height)
			height = l->items.items[l->order[k]].height;
	for (uint32_t k = l->first[row]; k < l->first[row + 1]; k++) {
		uint32_t index = l->order[k];
		struct item *item = &l->items.items[index];

		if (item->kind == PLACE_PASS)
			item->height = height;
		item->y = l->first_up[index] == l->first_up[index + 1] ? y + height - item->height : y;
		widen(w->layout, item->x - item->left + item->width);
	}
	return y + height;
}

static void route_gap(struct work *w, uint32_t row, int32_t *y)
{
	struct layered *l = w->l;
	int32_t tracks;

	read_gap(w, row);
	for (uint32_t k = l->first[row + 1]; k < l->first[row + 2]; k++)
		choose_bottoms(w, l->order[k]);
	memset(w->used, 0, w->columns);
	tracks = choose_tracks(w);
	w->words_end = -1;
	for (uint32_t s = 0; s < w->n; s++)
		add_wire(w, &w->strands[s], *y + 1);
	*y += 1 + tracks;
}

static void copy_places(struct work *w)
{
	struct layered *l = w->l;
	struct graph_layout *layout = w->layout;

	for (uint32_t k = 0; k < l->items.count; k++) {
		const struct item *item = &l->items.items[l->order[k]];

		layout->places[k] = (struct layout_place){
			.x = item->x - item->left, .y = item->y,
			.width = item->width, .height = item->height,
			.vertex = item->vertex, .layer = item->row, .count = item->count,
			.left_out_in = item->left_out_in, .left_out_out = item->left_out_out,
			.kind = item->kind,
		};
		if (item->kind == PLACE_BOX)
			layout->place_of[item->vertex] = k;
	}
	for (uint32_t i = 0; i < layout->n_ends; i++)
		layout->ends[i].y = layout->places[layout->ends[i].place].y;
}

static bool allocate(struct work *w)
{
	struct layered *l = w->l;
	struct graph_layout *layout = w->layout;
	size_t n = l->items.count + 1, m = l->links.count + 1;
	int32_t right = 0;

	for (uint32_t i = 0; i < l->items.count; i++)
		if (l->items.items[i].x + l->items.items[i].right > right)
			right = l->items.items[i].x + l->items.items[i].right;
	w->columns = (uint32_t)right + 2 * (uint32_t)m + 2;
	layout->places = arena_array(l->arena, n, sizeof *layout->places);
	layout->wires = arena_array(l->arena, m, sizeof *layout->wires);
	layout->ends = arena_array(l->arena, m, sizeof *layout->ends);
	layout->labels = arena_array(l->arena, m, sizeof *layout->labels);
	layout->first_wire = arena_array(l->arena, l->n_rows + 2, sizeof(uint32_t));
	layout->place_of = arena_array(l->arena, l->graph->n_vertices + 1, sizeof(uint32_t));
	w->strands = arena_array(l->arena, m, sizeof *w->strands);
	w->links = arena_array(l->arena, m, sizeof *w->links);
	w->sorted = arena_array(l->arena, m, sizeof *w->sorted);
	w->tops = arena_array(l->arena, m, sizeof *w->tops);
	w->bottoms = arena_array(l->arena, m, sizeof *w->bottoms);
	w->spans = arena_array(l->arena, 2 * m, sizeof *w->spans);
	w->wish = arena_array(l->arena, m, sizeof *w->wish);
	w->used = arena_array(l->arena, w->columns + 1, 1);
	return layout->places && layout->wires && layout->ends && layout->labels &&
	       layout->first_wire && layout->place_of && w->strands && w->links && w->sorted &&
	       w->tops && w->bottoms && w->spans && w->wish && w->used;
}

bool routing_compute(struct layered *l, struct graph_layout *layout)
{
	struct work w = { .l = l, .layout = layout };
	int32_t y = 0;

	if (!allocate(&w))
		return false;
	memset(layout->place_of, 0xff, l->graph->n_vertices * sizeof *layout->place_of);
	layout->n_places = (uint32_t)l->items.count;
	layout->n_layers = l->n_rows;
	layout->first_place = l->first;
	for (uint32_t row = 0; row < l->n_rows; row++) {
		y = place_row(&w, row, y);
		layout->first_wire[row] = layout->n_wires;
		layout->height = y;
		if (row + 1 < l->n_rows)
			route_gap(&w, row, &y);
	}
	layout->first_wire[l->n_rows] = layout->n_wires;
	copy_places(&w);
	return true;
}
