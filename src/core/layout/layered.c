#include "core/layout/layered.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST	       40  /* layers that a line runs past everything before it is broken */
#define MOST_REFERENCES 8  /* lines from afar into one vertex; the rest is counted */
#define WIDEST	       96  /* a box may grow to this for the words beside its lines */
#define MORE_WIDTH     20

static uint32_t members(const struct layered *l, uint32_t layer)
{
	uint32_t count = l->layering->first[layer + 1] - l->layering->first[layer];
	uint32_t most = l->window->max_row;

	return most && count > most ? most : count;
}

/* Layers about the anchor's, down and up in turn, while there is room. */
static void choose_layers(struct layered *l)
{
	uint32_t n = l->layering->n_layers, most = l->window->max_vertices, taken;
	uint32_t layer = l->window->anchor < l->graph->n_vertices
				 ? l->layering->layer_of[l->window->anchor] : 0;
	bool down = true, up = true;

	l->first_layer = layer;
	l->end_layer = n ? layer + 1 : 0;
	taken = n ? members(l, layer) : 0;
	while (down || up) {
		down = l->end_layer < n && (!most || taken + members(l, l->end_layer) <= most);
		if (down)
			taken += members(l, l->end_layer++);
		up = l->first_layer > 0 && (!most || taken + members(l, l->first_layer - 1) <= most);
		if (up)
			taken += members(l, --l->first_layer);
	}
	l->whole = l->first_layer == 0 && l->end_layer == n;
	l->n_rows = l->end_layer - l->first_layer + (l->first_layer > 0);
}

static uint32_t row_of_layer(const struct layered *l, uint32_t layer)
{
	return layer - l->first_layer + (l->first_layer > 0);
}

static bool shows_layer(const struct layered *l, uint32_t vertex)
{
	uint32_t layer = l->layering->layer_of[vertex];

	return layer >= l->first_layer && layer < l->end_layer;
}

static uint32_t new_item(struct layered *l, enum place_kind kind, uint32_t vertex, uint32_t row)
{
	if (!vector_reserve(l->arena, &l->items, 1))
		return NO_ITEM;
	l->items.items[l->items.count] = (struct item){
		.vertex = vertex, .row = row, .kind = (uint8_t)kind, .width = 1, .height = 1,
	};
	return (uint32_t)l->items.count++;
}

/* Of a layer with too many vertices a stretch, about the anchor if it is there. */
static bool add_layer(struct layered *l, uint32_t layer)
{
	const uint32_t *all = l->layering->members + l->layering->first[layer];
	uint32_t count = l->layering->first[layer + 1] - l->layering->first[layer];
	uint32_t shown = members(l, layer), start = 0, row = row_of_layer(l, layer);

	for (uint32_t i = 0; shown < count && i < count; i++)
		if (all[i] == l->window->anchor)
			start = i > shown / 2 ? i - shown / 2 : 0;
	if (start > count - shown)
		start = count - shown;
	for (uint32_t i = start; i < start + shown; i++) {
		uint32_t item = new_item(l, PLACE_BOX, all[i], row);

		if (item == NO_ITEM)
			return false;
		l->item_of[all[i]] = item;
	}
	if (shown == count)
		return true;
	l->whole = false;
	uint32_t more = new_item(l, PLACE_MORE, NO_ITEM, row);
	if (more == NO_ITEM)
		return false;
	l->items.items[more].count = count - shown;
	l->items.items[more].width = MORE_WIDTH;
	for (uint32_t i = 0; i < count; i++)
		if (l->item_of[all[i]] == NO_ITEM)
			l->item_of[all[i]] = more;
	return true;
}

static bool add_link(struct layered *l, uint32_t upper, uint32_t lower, uint32_t net, bool reversed)
{
	if (upper == NO_ITEM || lower == NO_ITEM || !vector_reserve(l->arena, &l->links, 1))
		return false;
	l->links.items[l->links.count++] = (struct link){
		.upper = upper, .lower = lower, .net = net, .reversed = reversed,
	};
	return true;
}

/* Runs down from an item to the row above `row`; where it comes out is *from. */
static bool run_down(struct layered *l, uint32_t *from, uint32_t row, uint32_t net, bool reversed)
{
	for (uint32_t next = l->items.items[*from].row + 1; next < row; next++) {
		uint32_t pass = new_item(l, PLACE_PASS, NO_ITEM, next);

		if (!add_link(l, *from, pass, net, reversed))
			return false;
		*from = pass;
	}
	return true;
}

struct reach {
	uint32_t row, item;
};

static int compare_reach(const void *a, const void *b)
{
	const struct reach *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* An edge of a cycle is a line of its own, from its target down to its source. */
static bool add_reversed(struct layered *l, uint32_t net, uint32_t source, uint32_t target,
			 uint32_t longest)
{
	struct item *items = l->items.items;
	uint32_t from = target;

	if (target == NO_ITEM || source == NO_ITEM || items[target].row >= items[source].row ||
	    items[source].row - items[target].row > longest || items[target].kind != PLACE_BOX ||
	    items[source].kind != PLACE_BOX) {
		if (target != NO_ITEM)
			items[target].left_out_in++;
		if (source != NO_ITEM)
			items[source].left_out_out++;
		return true;
	}
	return run_down(l, &from, items[source].row, net, true) &&
	       add_link(l, from, source, net, true);
}

/* What of a net is to be drawn downwards, by row; edges that are not are counted. */
static bool gather(struct layered *l, uint32_t index, struct reach *reaches, size_t *n,
		   uint32_t longest)
{
	const struct layout_net *net = &l->graph->nets[index];
	uint32_t source = l->item_of[net->source];
	bool hidden = source != NO_ITEM && l->items.items[source].kind == PLACE_MORE;

	*n = 0;
	for (uint32_t j = net->first_target; j < net->first_target + net->n_targets; j++) {
		uint32_t target = l->item_of[l->graph->targets[j]];

		if (l->layering->reversed[j]) {
			if (!add_reversed(l, index, source, target, longest))
				return false;
		} else if (target == NO_ITEM) {
			if (source != NO_ITEM)
				l->items.items[source].left_out_out++;
		} else if (hidden) {
			l->items.items[target].left_out_in++;
		} else {
			reaches[(*n)++] = (struct reach){ l->items.items[target].row, target };
		}
	}
	if (*n > 1)
		qsort(reaches, *n, sizeof *reaches, compare_reach);
	return true;
}

/* A line that comes from afar; NO_ITEM in *from where the target has enough of them. */
static bool add_reference(struct layered *l, uint32_t vertex, const struct reach *to, uint32_t *from)
{
	struct item *target = &l->items.items[to->item];

	*from = NO_ITEM;
	if (target->kind != PLACE_BOX || target->references == MOST_REFERENCES) {
		target->left_out_in++;
		return true;
	}
	target->references++;
	*from = new_item(l, PLACE_REFERENCE, vertex, to->row - 1);
	return *from != NO_ITEM;
}

static bool add_net(struct layered *l, uint32_t index, struct reach *reaches, uint32_t longest)
{
	uint32_t vertex = l->graph->nets[index].source, source = l->item_of[vertex], from = source;
	size_t n;

	if (!gather(l, index, reaches, &n, longest))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct reach *to = &reaches[i];

		if (i > 0 && to->item == reaches[i - 1].item) /* all that are not shown */
			continue;
		if (from == NO_ITEM || to->row - l->items.items[from].row > longest) {
			if (source != NO_ITEM)
				l->items.items[source].left_out_out++;
			if (!add_reference(l, vertex, to, &from))
				return false;
			if (from == NO_ITEM)
				continue;
		}
		if (!run_down(l, &from, to->row, index, false) ||
		    !add_link(l, from, to->item, index, false))
			return false;
	}
	return true;
}

/* How far lines may run, so that passing through layers stays a small part of the work. */
static uint32_t choose_longest(const struct layered *l)
{
	uint64_t passed[LONGEST + 1] = { 0 }, total = 0, most = 4 * (uint64_t)l->items.count + 2000;
	const struct layout_graph *g = l->graph;
	uint32_t longest = 1;

	for (uint32_t i = 0; i < g->n_nets; i++) {
		uint32_t deepest = 0, layer = l->layering->layer_of[g->nets[i].source];

		if (l->item_of[g->nets[i].source] == NO_ITEM)
			continue;
		for (uint32_t j = 0; j < g->nets[i].n_targets; j++) {
			uint32_t target = g->targets[g->nets[i].first_target + j];
			uint32_t below = l->layering->layer_of[target];

			if (l->item_of[target] != NO_ITEM && below > layer && below > deepest)
				deepest = below;
		}
		if (deepest > layer)
			passed[deepest - layer < LONGEST ? deepest - layer : LONGEST] +=
				deepest - layer - 1;
	}
	for (; longest < LONGEST; longest++) {
		total += passed[longest];
		if (total + passed[longest + 1] > most)
			break;
	}
	return longest < 3 ? 3 : longest;
}

static bool add_all(struct layered *l)
{
	uint32_t longest = 0, most = 1;
	struct reach *reaches;

	l->item_of = arena_array(l->arena, l->graph->n_vertices + 1, sizeof(uint32_t));
	if (!l->item_of)
		return false;
	memset(l->item_of, 0xff, l->graph->n_vertices * sizeof *l->item_of);
	for (uint32_t layer = l->first_layer; layer < l->end_layer; layer++)
		if (!add_layer(l, layer))
			return false;
	for (uint32_t i = 0; i < l->graph->n_nets; i++)
		if (l->graph->nets[i].n_targets > most)
			most = l->graph->nets[i].n_targets;
	reaches = arena_array(l->arena, most, sizeof *reaches);
	longest = choose_longest(l);
	for (uint32_t i = 0; reaches && i < l->graph->n_nets; i++) {
		/* Below the window nothing is drawn of it. */
		if (l->layering->layer_of[l->graph->nets[i].source] >= l->end_layer &&
		    !shows_layer(l, l->graph->nets[i].source) && l->layering->n_reversed == 0)
			continue;
		if (!add_net(l, i, reaches, longest))
			return false;
	}
	return reaches;
}

static bool index_links(struct layered *l)
{
	size_t n = l->items.count;

	l->first_up = arena_array(l->arena, n + 2, sizeof(uint32_t));
	l->first_down = arena_array(l->arena, n + 2, sizeof(uint32_t));
	l->up = arena_array(l->arena, l->links.count + 1, sizeof(uint32_t));
	l->down = arena_array(l->arena, l->links.count + 1, sizeof(uint32_t));
	if (!l->first_up || !l->first_down || !l->up || !l->down)
		return false;
	/* Counted one place further on, so that filling leaves the beginnings. */
	for (size_t i = 0; i < l->links.count; i++) {
		l->first_up[l->links.items[i].lower + 2]++;
		l->first_down[l->links.items[i].upper + 2]++;
	}
	for (size_t i = 2; i < n + 2; i++) {
		l->first_up[i] += l->first_up[i - 1];
		l->first_down[i] += l->first_down[i - 1];
	}
	for (uint32_t i = 0; i < l->links.count; i++) {
		l->up[l->first_up[l->links.items[i].lower + 1]++] = i;
		l->down[l->first_down[l->links.items[i].upper + 1]++] = i;
	}
	return true;
}

/* A box is as wide as its words, its lines, and the words beside the lines below it need. */
static void measure_box(struct layered *l, uint32_t index)
{
	struct item *item = &l->items.items[index];
	struct layout_size size = { 1, 1, 1 };
	int32_t in = (int32_t)(l->first_up[index + 1] - l->first_up[index]), out = 0, words = 0;
	int32_t last = 0;
	uint32_t before = NO_ITEM;

	l->measure->box(l->measure->context, item->vertex, &size);
	for (uint32_t i = l->first_down[index]; i < l->first_down[index + 1]; i++) {
		const struct link *link = &l->links.items[l->down[i]];

		if (link->reversed || link->net == before)
			out += link->reversed;
		else {
			last = l->measure->label(l->measure->context, link->net);
			words += last + 3;
			out++;
		}
		before = link->reversed ? before : link->net;
	}
	item->width = size.width;
	item->height = size.height;
	if (2 * in + 4 > item->width && in > 1)
		item->width = 2 * in + 4;
	if (2 * out + 4 > item->width && out > 1)
		item->width = 2 * out + 4;
	if (out > 1 && words + 2 > item->width && words <= WIDEST)
		item->width = words + 2;
	item->left = (item->width - 1) / 2;
	item->right = item->width - 1 - item->left;
	if (out == 1 && last > 0 && last + 1 > item->right)
		item->right = last + 1;
}

static void measure_items(struct layered *l)
{
	for (uint32_t i = 0; i < l->items.count; i++) {
		struct item *item = &l->items.items[i];
		struct layout_size size = { 1, 1, 1 };

		if (item->kind == PLACE_BOX) {
			measure_box(l, i);
			continue;
		}
		if (item->kind == PLACE_REFERENCE) {
			l->measure->box(l->measure->context, item->vertex, &size);
			item->width = size.reference;
		}
		item->left = (item->width - 1) / 2;
		item->right = item->width - 1 - item->left;
	}
}

static bool index_rows(struct layered *l)
{
	l->first = arena_array(l->arena, l->n_rows + 2, sizeof(uint32_t));
	l->order = arena_array(l->arena, l->items.count + 1, sizeof(uint32_t));
	l->position = arena_array(l->arena, l->items.count + 1, sizeof(uint32_t));
	if (!l->first || !l->order || !l->position)
		return false;
	for (uint32_t i = 0; i < l->items.count; i++)
		l->first[l->items.items[i].row + 1]++;
	for (uint32_t row = 0; row < l->n_rows; row++)
		l->first[row + 1] += l->first[row];
	return true;
}

bool layered_build(struct layered *l)
{
	choose_layers(l);
	if (!add_all(l) || !index_links(l) || !index_rows(l))
		return false;
	measure_items(l);
	return true;
}

void layered_free(struct layered *l)
{
	vector_free(&l->items);
	vector_free(&l->links);
}
