/*
 * Are nodes listed after the nodes they need? Where they are not, is there an order at all?
 * A node needs what its subgraphs take from outside, too. The second question is Kahn's algorithm
 * over one graph, without recursion.
 */
#include "core/formats/onnx.h"

#include <stdlib.h>

#include "core/base/grouped.h"

/* The node of a graph that is n, or that holds n in its subgraphs; NO_INDEX if none does. */
static uint32_t holder(const struct onnx *onnx, uint32_t n, uint32_t graph)
{
	while (n != NO_INDEX && onnx->nodes.items[n].graph != graph)
		n = onnx->graphs.items[onnx->nodes.items[n].graph].node;
	return n;
}

/* The first node up to `maker` that needs this value of its; NO_INDEX if all come behind it. */
static uint32_t early_user(const struct onnx *onnx, const struct value *value, uint32_t maker)
{
	uint32_t graph = onnx->nodes.items[maker].graph, earliest = NO_INDEX;
	if (value->producer != maker)
		return NO_INDEX;
	for (uint32_t c = 0; c < value->n_consumers; c++) {
		uint32_t user =
			holder(onnx, onnx->consumers.items[value->first_consumer + c], graph);
		if (user <= maker && user < earliest)
			earliest = user;
	}
	return earliest;
}

static bool find_unsorted(struct onnx *onnx, uint32_t graph, bool *sorted)
{
	const struct graph *it = &onnx->graphs.items[graph];
	uint32_t first = it->first_node;
	char shown[ONNX_SHOWN];
	for (uint32_t n = first; n < first + it->n_nodes; n++) {
		const struct node *node = &onnx->nodes.items[n];
		for (uint32_t o = 0; o < node->n_outputs; o++) {
			uint32_t ref = onnx->refs.items[node->first_output + o];
			if (ref == NO_INDEX)
				continue;
			const struct value *value = &onnx->values.items[ref];
			uint32_t user = early_user(onnx, value, n);
			if (user == NO_INDEX)
				continue;
			*sorted = false;
			return onnx_notice(onnx, SEVERITY_PROBLEM, "not-sorted",
					   (int64_t)onnx->nodes.items[user].offset, SUBJECT_NODE,
					   user,
					   "not sorted: node %u needs \"%s\", which node %u makes",
					   user - first, onnx_shown(shown, value->name), n - first);
		}
	}
	*sorted = true;
	return true;
}

/* Counts every edge from a node to others of its graph, or (with a queue) takes it away. */
static void follow(const struct onnx *onnx, uint32_t n, uint32_t first, uint32_t *waits,
		   uint32_t *queue, uint32_t *tail)
{
	const struct node *node = &onnx->nodes.items[n];
	for (uint32_t o = 0; o < node->n_outputs; o++) {
		uint32_t ref = onnx->refs.items[node->first_output + o];
		if (ref == NO_INDEX)
			continue;
		const struct value *value = &onnx->values.items[ref];
		for (uint32_t c = 0; c < value->n_consumers; c++) {
			uint32_t user =
				holder(onnx, onnx->consumers.items[value->first_consumer + c],
				       node->graph);
			if (user == NO_INDEX)
				continue;
			if (!queue)
				waits[user - first]++;
			else if (--waits[user - first] == 0)
				queue[(*tail)++] = user;
		}
	}
}

static bool find_cycle(struct onnx *onnx, uint32_t graph)
{
	const struct graph *it = &onnx->graphs.items[graph];
	uint32_t first = it->first_node, count = it->n_nodes, head = 0, tail = 0;
	uint32_t *waits = calloc(count, sizeof *waits), *queue = calloc(count, sizeof *queue);
	char number[GROUPED_SIZE];
	bool ok;
	if (!waits || !queue) {
		free(waits);
		free(queue);
		return pbwire_fail(&onnx->wire, ERROR_MEMORY, 0, "out of memory");
	}
	for (uint32_t n = 0; n < count; n++)
		follow(onnx, first + n, first, waits, NULL, NULL);
	for (uint32_t n = 0; n < count; n++)
		if (waits[n] == 0)
			queue[tail++] = first + n;
	while (head < tail)
		follow(onnx, queue[head++], first, waits, queue, &tail);
	ok = tail == count ||
	     onnx_notice(onnx, SEVERITY_PROBLEM, "cycle", -1, SUBJECT_GRAPH, graph,
			 "cycle: %s node%s in or behind a circle of edges",
			 grouped(number, count - tail), count - tail == 1 ? "" : "s");
	free(waits);
	free(queue);
	return ok;
}

bool onnx_check_order(struct onnx *onnx)
{
	for (uint32_t g = 0; g < onnx->graphs.count; g++) {
		bool sorted = !onnx->scopes.items[g].suspect;
		if (!sorted && !find_unsorted(onnx, g, &sorted))
			return false;
		if (!sorted && !find_cycle(onnx, g))
			return false;
	}
	return true;
}
