#include "core/inference/node_order.h"

uint32_t node_of_main(const struct model *model, uint32_t node)
{
	while (node != NO_INDEX && model->nodes[node].graph != 0)
		node = model->graphs[model->nodes[node].graph].node;
	return node;
}

/* Calls of the consumers of what a node makes, those in its own bodies left out. */
static void release(const struct model *model, uint32_t node, uint32_t *missing, uint32_t *ready,
		    uint32_t *n_ready)
{
	uint32_t first = model->graphs[0].first_node;
	const struct node *it = &model->nodes[first + node];

	for (uint32_t o = 0; o < it->n_outputs; o++) {
		uint32_t ref = model->refs[it->first_output + o];

		for (uint32_t c = 0; ref != NO_INDEX && c < model->values[ref].n_consumers; c++) {
			uint32_t user = node_of_main(
				model, model->consumers[model->values[ref].first_consumer + c]);

			if (user != NO_INDEX && model->values[ref].producer == first + node &&
			    user != first + node && --missing[user - first] == 0)
				ready[(*n_ready)++] = user - first;
		}
	}
}

/* How many values each node waits for. */
static void count_missing(const struct model *model, uint32_t *missing)
{
	const struct graph *graph = &model->graphs[0];

	for (size_t v = 0; v < model->n_values; v++) {
		const struct value *value = &model->values[v];
		uint32_t maker = value->producer;

		if (maker == NO_INDEX || model->nodes[maker].graph != 0)
			continue;
		for (uint32_t c = 0; c < value->n_consumers; c++) {
			uint32_t user =
				node_of_main(model, model->consumers[value->first_consumer + c]);

			if (user != NO_INDEX && user != maker)
				missing[user - graph->first_node]++;
		}
	}
}

/* Of those that could run, the first in the file: a heap of places. */
static void heap_push(uint32_t *heap, uint32_t *n, uint32_t node)
{
	uint32_t at = (*n)++;

	for (; at > 0 && heap[(at - 1) / 2] > node; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = node;
}

static uint32_t heap_pop(uint32_t *heap, uint32_t *n)
{
	uint32_t top = heap[0], last = heap[--*n], at = 0;

	for (uint32_t child = 1; child < *n; child = 2 * at + 1) {
		child += child + 1 < *n && heap[child + 1] < heap[child];
		if (heap[child] >= last)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return top;
}

uint32_t *node_order(const struct model *model, struct arena *arena)
{
	uint32_t n = model->graphs[0].n_nodes, n_heap = 0, n_done = 0;
	uint32_t *order = arena_array(arena, n, sizeof *order);
	uint32_t *missing = arena_array(arena, n, sizeof *missing);
	uint32_t *heap = arena_array(arena, n, sizeof *heap);
	uint32_t *ready = arena_array(arena, n, sizeof *ready);

	if (!order || !missing || !heap || !ready)
		return NULL;
	count_missing(model, missing);
	for (uint32_t node = 0; node < n; node++)
		if (missing[node] == 0)
			heap_push(heap, &n_heap, node);
	while (n_heap > 0) {
		uint32_t node = heap_pop(heap, &n_heap), n_ready = 0;

		order[n_done++] = node;
		release(model, node, missing, ready, &n_ready);
		for (uint32_t i = 0; i < n_ready; i++)
			heap_push(heap, &n_heap, ready[i]);
	}
	/* What waits for itself, as the file has it. */
	for (uint32_t node = 0; node < n && n_done < n; node++)
		if (missing[node] > 0)
			order[n_done++] = node;
	return order;
}
