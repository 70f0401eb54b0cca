#include <mtui/graph_layout.h>

#include <stdlib.h>
#include <string.h>

#include "core/layout/layered.h"

bool graph_layout_compute(const struct layout_graph *graph, const struct layering *layering,
			  const struct layout_measure *measure, const struct layout_window *window,
			  struct arena *arena, struct graph_layout *layout, struct error *err)
{
	struct layered l = {
		.graph = graph, .layering = layering, .measure = measure, .window = window,
		.arena = arena,
	};
	bool good;

	*layout = (struct graph_layout){ .anchor = window->anchor };
	good = layered_build(&l) && ordering_compute(&l) && columns_compute(&l) &&
	       routing_compute(&l, layout);
	layered_free(&l);
	if (!good)
		return arena_exhausted(arena, err);
	layout->first_layer = l.first_layer;
	layout->end_layer = l.end_layer;
	layout->crossings = l.crossings;
	layout->whole = l.whole;
	layout->simpler = l.simpler;
	return true;
}

/* Sets a bit at all vertices that can be reached from one, itself included. `heads` has the edges
 * by their beginning: as first and ends. */
static void reach(const uint32_t *first, const uint32_t *ends, uint32_t from, uint8_t bit,
		  uint8_t *marked, uint32_t *stack)
{
	uint32_t n = 0;

	marked[from] |= bit;
	stack[n++] = from;
	while (n > 0) {
		uint32_t v = stack[--n];

		for (uint32_t i = first[v]; i < first[v + 1]; i++) {
			if (marked[ends[i]] & bit)
				continue;
			marked[ends[i]] |= bit;
			stack[n++] = ends[i];
		}
	}
}

/* Edges by one of their ends, like the nets' targets: first has n_vertices + 2 places. */
static void index_edges(const struct layout_graph *graph, bool backward, uint32_t *first,
			uint32_t *ends)
{
	uint32_t n = graph->n_vertices;

	memset(first, 0, ((size_t)n + 2) * sizeof *first);
	for (unsigned fill = 0; fill < 2; fill++) {
		for (uint32_t i = 0; i < graph->n_nets; i++) {
			const struct layout_net *net = &graph->nets[i];

			for (uint32_t j = 0; j < net->n_targets; j++) {
				uint32_t target = graph->targets[net->first_target + j];
				uint32_t from = backward ? target : net->source;

				if (fill)
					ends[first[from + 1]++] = backward ? net->source : target;
				else
					first[from + 2]++;
			}
		}
		for (uint32_t v = 2; !fill && v < n + 2; v++)
			first[v] += first[v - 1];
	}
}

bool graph_between(const struct layout_graph *graph, uint32_t a, uint32_t b, uint8_t *marked)
{
	enum { FROM_A = 1, TO_B = 2 };
	size_t n = graph->n_vertices, n_edges = 0;
	uint32_t *first, *ends, *stack;
	bool found = false;

	for (uint32_t i = 0; i < graph->n_nets; i++)
		n_edges += graph->nets[i].n_targets;
	first = calloc(n + 2, sizeof *first);
	ends = calloc(n_edges + 1, sizeof *ends);
	stack = calloc(n + 1, sizeof *stack);
	if (first && ends && stack) {
		memset(marked, 0, n);
		index_edges(graph, false, first, ends);
		reach(first, ends, a, FROM_A, marked, stack);
		index_edges(graph, true, first, ends);
		reach(first, ends, b, TO_B, marked, stack);
		found = marked[b] & FROM_A;
		for (size_t v = 0; v < n; v++)
			marked[v] = found && marked[v] == (FROM_A | TO_B);
	}
	free(first);
	free(ends);
	free(stack);
	return found;
}
