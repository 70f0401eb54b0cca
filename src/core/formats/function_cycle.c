/*
 * Functions that call none are taken away, then those that call only such ones, and so on. What is
 * left calls something that is left, and whoever follows these calls ends up in a cycle.
 */
#include "core/formats/function_cycle.h"

#include <stdlib.h>

#include <mtui/gate.h>

struct calls {
	uint32_t *callers;	/* of all functions, one after the other */
	uint32_t *first;	/* by graph: into callers; one more for the end */
	uint32_t *left;		/* by graph: calls to functions that are still there */
	uint32_t *queue;	/* functions that call none that is there; in the end, whom each calls */
};

/* The function that a graph is or is in, or NO_INDEX. */
static uint32_t function_of(const struct model *model, uint32_t graph)
{
	while (model->graphs[graph].parent != NO_INDEX)
		graph = model->graphs[graph].parent;
	return model->graphs[graph].kind == GRAPH_FUNCTION ? graph : NO_INDEX;
}

/* Calls step(calls, caller, called) for every call between functions. */
static void each_call(const struct model *model, struct calls *calls,
		      void (*step)(struct calls *calls, uint32_t caller, uint32_t called))
{
	for (uint32_t g = 0; g < model->n_graphs; g++) {
		const struct graph *graph = &model->graphs[g];
		uint32_t caller = function_of(model, g);

		for (uint32_t i = 0; caller != NO_INDEX && i < graph->n_nodes; i++) {
			uint32_t called = model->nodes[graph->first_node + i].op->function;

			if (called != NO_INDEX)
				step(calls, caller, called);
		}
	}
}

static void count_call(struct calls *calls, uint32_t caller, uint32_t called)
{
	calls->first[called + 1]++;
	calls->left[caller]++;
}

/* first[called + 1] is where the next caller goes, and in the end where the next list begins. */
static void add_call(struct calls *calls, uint32_t caller, uint32_t called)
{
	calls->callers[calls->first[called + 1]++] = caller;
}

static bool collect(const struct model *model, struct calls *calls)
{
	size_t n = model->n_graphs;
	uint32_t total = 0;

	calls->first = calloc(n + 1, sizeof *calls->first);
	calls->left = calloc(n, sizeof *calls->left);
	calls->queue = calloc(n, sizeof *calls->queue);
	if (!calls->first || !calls->left || !calls->queue)
		return false;
	each_call(model, calls, count_call);
	for (size_t g = 0; g < n; g++) {
		uint32_t count = calls->first[g + 1];

		calls->first[g + 1] = total;
		total += count;
	}
	calls->callers = calloc((size_t)total + 1, sizeof *calls->callers);
	if (!calls->callers)
		return false;
	each_call(model, calls, add_call);
	return true;
}

/* How many of the graphs could be taken away. */
static size_t take_away(const struct model *model, struct calls *calls)
{
	size_t n = 0, done = 0;

	for (uint32_t g = 0; g < model->n_graphs; g++)
		if (calls->left[g] == 0)
			calls->queue[n++] = g;
	for (; done < n; done++) {
		uint32_t called = calls->queue[done];

		for (uint32_t i = calls->first[called]; i < calls->first[called + 1]; i++)
			if (--calls->left[calls->callers[i]] == 0)
				calls->queue[n++] = calls->callers[i];
	}
	return done;
}

static void note_call(struct calls *calls, uint32_t caller, uint32_t called)
{
	if (calls->left[called] > 0)
		calls->queue[caller] = called;
}

/* From call to call, as often as there are functions: by then it goes round in a cycle. */
static uint32_t one_of_cycle(const struct model *model, struct calls *calls)
{
	uint32_t at = 0;

	each_call(model, calls, note_call);
	while (calls->left[at] == 0)
		at++;
	for (size_t n = 0; n < model->n_graphs; n++)
		at = calls->queue[at];
	return at;
}

bool function_cycle_check(const struct model *model, struct error *err)
{
	struct calls calls = { 0 };
	bool good = true;
	char shown[200];

	if (model->n_functions == 0)
		return true;
	if (!collect(model, &calls)) {
		good = error_set(err, ERROR_MEMORY, -1, "out of memory");
	} else if (take_away(model, &calls) < model->n_graphs) {
		const struct graph *graph = &model->graphs[one_of_cycle(model, &calls)];

		gate_text(GATE_UNICODE, shown, sizeof shown, 100, graph->label);
		good = error_set(err, ERROR_REFUSED, -1, "function %s calls itself", shown);
	}
	free(calls.callers);
	free(calls.first);
	free(calls.left);
	free(calls.queue);
	return good;
}
