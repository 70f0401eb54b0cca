/* Layouts of graphs like networks: blocks of attention and of two branches, with lines past them.
 * Prints milliseconds of processor time: all of 5,000 vertices; of 50,000 the first window. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <mtui/graph_layout.h>

#define BLOCK 10

/* 0 norm; 1 2 3 projections of it; 4 of 1 and 2; 5 of 4 and 3; 6 of 5 and what came in; 7 8 a
 * branch; 9 of 8 and 6. All blocks use vertex 0, a mask. */
static void make(struct layout_graph *graph, struct layout_net *nets, uint32_t *targets, uint32_t n)
{
	static const uint8_t edges[BLOCK][4] = {
		{ 1, 2, 3 }, { 4 }, { 4 }, { 5 }, { 5 }, { 6 }, { 7, 9 }, { 8 }, { 9 }, { BLOCK, BLOCK + 6 },
	};
	uint32_t used = 0;

	*graph = (struct layout_graph){ .nets = nets, .targets = targets, .n_vertices = n };
	nets[0] = (struct layout_net){ 0, 0, 0 };
	for (uint32_t v = 1; v + 2 * BLOCK < n; v += 5 * BLOCK)
		targets[used++] = v + 4;
	nets[0].n_targets = used;
	graph->n_nets = 1;
	for (uint32_t v = 1; v < n; v++) {
		uint32_t at = (v - 1) % BLOCK, begin = v - at, first = used;

		for (unsigned i = 0; i < 4 && edges[at][i]; i++)
			if (begin + edges[at][i] < n)
				targets[used++] = begin + edges[at][i];
		if (used > first)
			nets[graph->n_nets++] = (struct layout_net){ v, first, used - first };
	}
}

static void box(const void *context, uint32_t vertex, struct layout_size *size)
{
	(void)context;
	*size = (struct layout_size){ 12 + (int)(vertex % 9), 3, 8 };
}

static int label(const void *context, uint32_t net)
{
	(void)context;
	return 6 + (int)(net % 8);
}

static double milliseconds(uint32_t n, uint32_t most)
{
	const struct layout_measure measure = { box, label, NULL };
	const struct layout_window window = { .anchor = n / 2, .max_vertices = most, .max_row = 64 };
	struct layout_net *nets = calloc(n, sizeof *nets);
	uint32_t *targets = calloc(4 * (size_t)n, sizeof *targets);
	struct layout_graph graph;
	double best = 1e9;

	if (!nets || !targets)
		exit(1);
	make(&graph, nets, targets, n);
	for (int turn = 0; turn < 7; turn++) {
		struct layering layering;
		struct graph_layout layout;
		struct arena arena;
		clock_t begin = clock();
		double spent;

		arena_init(&arena, 0);
		if (!layering_compute(&graph, &arena, &layering, NULL) ||
		    !graph_layout_compute(&graph, &layering, &measure, &window, &arena, &layout, NULL))
			exit(1);
		arena_free(&arena);
		spent = (double)(clock() - begin) * 1e3 / CLOCKS_PER_SEC;
		best = spent < best ? spent : best;
	}
	free(nets);
	free(targets);
	return best;
}

int main(void)
{
	printf("layout_whole_5000 %.2f\n", milliseconds(5000, 0));
	printf("layout_window_50000 %.2f\n", milliseconds(50000, 1200));
	return 0;
}
