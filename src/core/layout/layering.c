/*
 * Layers: longest way from the sources in topological order (Kahn). Where a cycle leaves no vertex
 * without an unplaced source, the first one in index order goes next and its open edges go up.
 * Then, from the last vertex to the first, a vertex whose lines would get no longer by it moves
 * down to what uses it. Parts that hang together are packed on shelves.
 */
#include <mtui/graph_layout.h>

#include <string.h>

#define SHELF 6 /* vertices side by side before the next part starts a new row of parts */

struct work {
	const struct layout_graph *graph;
	struct layering *out;
	uint32_t *first_net; /* by vertex, and one more */
	uint32_t *open;	     /* edges in from vertices that have no place yet */
	uint32_t *order;     /* vertices, sources first */
	uint32_t *at;	     /* place of a vertex in order; n: none yet */
	uint32_t *part;	     /* union-find */
	uint32_t *shelf;     /* by the vertex that stands for a part: added to its layers */
};

static bool allocate(struct work *w, struct arena *arena)
{
	const struct layout_graph *g = w->graph;
	struct layering *out = w->out;
	size_t n = g->n_vertices, ends = 0;

	if (g->n_nets)
		ends = g->nets[g->n_nets - 1].first_target + g->nets[g->n_nets - 1].n_targets;
	out->layer_of = arena_array(arena, n + 1, sizeof(uint32_t));
	out->first = arena_array(arena, n + 2, sizeof(uint32_t));
	out->members = arena_array(arena, n + 1, sizeof(uint32_t));
	out->reversed = arena_array(arena, ends + 1, 1);
	w->first_net = arena_array(arena, n + 2, sizeof(uint32_t));
	w->open = arena_array(arena, n + 1, sizeof(uint32_t));
	w->order = arena_array(arena, n + 1, sizeof(uint32_t));
	w->at = arena_array(arena, n + 1, sizeof(uint32_t));
	w->part = arena_array(arena, n + 1, sizeof(uint32_t));
	w->shelf = arena_array(arena, n + 1, sizeof(uint32_t));
	return out->layer_of && out->first && out->members && out->reversed && w->first_net &&
	       w->open && w->order && w->at && w->part && w->shelf;
}

static uint32_t part_of(struct work *w, uint32_t v)
{
	while (w->part[v] != v) {
		w->part[v] = w->part[w->part[v]];
		v = w->part[v];
	}
	return v;
}

static void read_edges(struct work *w)
{
	const struct layout_graph *g = w->graph;

	for (uint32_t v = 0; v < g->n_vertices; v++)
		w->part[v] = v;
	for (uint32_t i = 0; i < g->n_nets; i++) {
		const struct layout_net *net = &g->nets[i];

		w->first_net[net->source + 1]++;
		for (uint32_t j = net->first_target; j < net->first_target + net->n_targets; j++) {
			uint32_t a = part_of(w, net->source), b = part_of(w, g->targets[j]);

			w->open[g->targets[j]] += g->targets[j] != net->source;
			w->part[a > b ? a : b] = a > b ? b : a;
		}
	}
	for (uint32_t v = 0; v < g->n_vertices; v++)
		w->first_net[v + 1] += w->first_net[v];
}

static void place(struct work *w, uint32_t v, uint32_t *placed)
{
	w->at[v] = *placed;
	w->order[(*placed)++] = v;
}

static void follow(struct work *w, uint32_t v, uint32_t *placed)
{
	const struct layout_graph *g = w->graph;
	uint32_t *layer_of = w->out->layer_of;

	for (uint32_t i = w->first_net[v]; i < w->first_net[v + 1]; i++) {
		const uint32_t *target = g->targets + g->nets[i].first_target;

		for (uint32_t j = 0; j < g->nets[i].n_targets; j++) {
			uint32_t t = target[j];

			if (w->at[t] != g->n_vertices) {
				w->out->reversed[g->nets[i].first_target + j] = 1;
				continue;
			}
			if (layer_of[t] < layer_of[v] + 1)
				layer_of[t] = layer_of[v] + 1;
			if (--w->open[t] == 0)
				place(w, t, placed);
		}
	}
}

static void sort_vertices(struct work *w)
{
	uint32_t n = w->graph->n_vertices, placed = 0, next = 0;

	for (uint32_t v = 0; v < n; v++)
		w->at[v] = n;
	for (uint32_t v = 0; v < n; v++)
		if (w->open[v] == 0)
			place(w, v, &placed);
	for (uint32_t done = 0; done < n; done++) {
		for (; done == placed; next++)
			if (w->at[next] == n)
				place(w, next, &placed);
		follow(w, w->order[done], &placed);
	}
}

/* Edges into a vertex that go down are counted in `open` anew. */
static void move_down(struct work *w)
{
	const struct layout_graph *g = w->graph;
	uint32_t *layer_of = w->out->layer_of;

	memset(w->open, 0, g->n_vertices * sizeof *w->open);
	for (uint32_t i = 0; i < g->n_nets; i++)
		for (uint32_t j = 0; j < g->nets[i].n_targets; j++)
			if (!w->out->reversed[g->nets[i].first_target + j])
				w->open[g->targets[g->nets[i].first_target + j]]++;
	for (uint32_t k = g->n_vertices; k-- > 0;) {
		uint32_t v = w->order[k], lowest = UINT32_MAX, out = 0;

		for (uint32_t i = w->first_net[v]; i < w->first_net[v + 1]; i++) {
			uint32_t first = g->nets[i].first_target;
			bool counts = false;

			for (uint32_t j = first; j < first + g->nets[i].n_targets; j++) {
				if (w->out->reversed[j])
					continue;
				counts = true;
				if (layer_of[g->targets[j]] < lowest)
					lowest = layer_of[g->targets[j]];
			}
			out += counts;
		}
		if (out > 0 && out >= w->open[v])
			layer_of[v] = lowest - 1;
	}
}

/* Parts in the order of their first vertices; of a part, open[] has its first layer, at[] one more
 * than its last one, order[] how many vertices it has. */
static void pack_parts(struct work *w)
{
	uint32_t n = w->graph->n_vertices, *layer_of = w->out->layer_of;
	uint32_t base = 0, depth = 0, across = 0;

	for (uint32_t v = 0; v < n; v++) {
		w->open[v] = UINT32_MAX;
		w->at[v] = w->order[v] = 0;
	}
	for (uint32_t v = 0; v < n; v++) {
		uint32_t part = part_of(w, v);

		w->order[part]++;
		if (layer_of[v] < w->open[part])
			w->open[part] = layer_of[v];
		if (layer_of[v] + 1 > w->at[part])
			w->at[part] = layer_of[v] + 1;
	}
	for (uint32_t v = 0; v < n; v++) {
		uint32_t rows, wide;

		if (w->part[v] != v)
			continue;
		rows = w->at[v] - w->open[v];
		wide = (w->order[v] + rows - 1) / rows;
		if (across > 0 && across + wide > SHELF) {
			base += depth;
			depth = across = 0;
		}
		w->shelf[v] = base;
		across += wide;
		depth = rows > depth ? rows : depth;
	}
	for (uint32_t v = 0; v < n; v++) {
		uint32_t part = part_of(w, v);

		layer_of[v] = layer_of[v] - w->open[part] + w->shelf[part];
	}
}

/* An edge that seemed to close a cycle may go down after all. */
static void find_reversed(struct work *w)
{
	const struct layout_graph *g = w->graph;
	const uint32_t *layer_of = w->out->layer_of;

	w->out->n_reversed = 0;
	for (uint32_t i = 0; i < g->n_nets; i++) {
		const struct layout_net *net = &g->nets[i];

		for (uint32_t j = net->first_target; j < net->first_target + net->n_targets; j++) {
			w->out->reversed[j] = layer_of[g->targets[j]] <= layer_of[net->source];
			w->out->n_reversed += w->out->reversed[j];
		}
	}
}

static void collect(struct work *w)
{
	struct layering *out = w->out;
	uint32_t n = w->graph->n_vertices;

	for (uint32_t v = 0; v < n; v++)
		if (out->layer_of[v] + 1 > out->n_layers)
			out->n_layers = out->layer_of[v] + 1;
	for (uint32_t v = 0; v < n; v++)
		out->first[out->layer_of[v] + 1]++;
	for (uint32_t i = 0; i < out->n_layers; i++) {
		out->first[i + 1] += out->first[i];
		w->open[i] = out->first[i];
	}
	for (uint32_t v = 0; v < n; v++)
		out->members[w->open[out->layer_of[v]]++] = v;
}

bool layering_compute(const struct layout_graph *graph, struct arena *arena,
		      struct layering *layering, struct error *err)
{
	struct work w = { .graph = graph, .out = layering };

	*layering = (struct layering){ 0 };
	if (!allocate(&w, arena))
		return arena_exhausted(arena, err);
	read_edges(&w);
	sort_vertices(&w);
	move_down(&w);
	pack_parts(&w);
	find_reversed(&w);
	collect(&w);
	return true;
}
