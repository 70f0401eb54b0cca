/* The ONNX reader on a graph with thousands of nodes: tables grow, every edge stays right. */
#include "pb_write.h"

#include <stdio.h>

enum { NODES = 20000, TWINS = 100 };

/* Operators that agree in length, first and last letter. */
static const char *const types[] = { "Mul", "Mxl", "Add", "Mel" };

static const char *weight_name(char buffer[32], int i)
{
	snprintf(buffer, 32, "model.layers.%d.weight", i);
	return buffer;
}

/* Node i takes x(i) and weight i and makes x(i + 1). The last TWINS nodes have the names of the
 * first ones. Weights are listed in order, but every seventh one changes places with the next. */
static struct pb chain(void)
{
	struct pb graph = { 0 };
	char text[32];
	for (int i = 0; i < NODES; i++) {
		struct pb node = { 0 };
		snprintf(text, sizeof text, "x%d", i);
		pb_string(&node, 1, text);
		pb_string(&node, 1, weight_name(text, i));
		snprintf(text, sizeof text, "x%d", i + 1);
		pb_string(&node, 2, text);
		snprintf(text, sizeof text, "/layers.%d",
			 i < NODES - TWINS ? i : i - NODES + TWINS);
		pb_string(&node, 3, text);
		pb_string(&node, 4, types[i % 4]);
		pb_put(&graph, 1, &node);
	}
	for (int i = 0; i < NODES; i++) {
		int which = i % 7 == 0 && i + 1 < NODES ? i + 1 : i % 7 == 1 ? i - 1 : i;
		struct pb t = onnx_tensor(weight_name(text, which), 1, 1, (int64_t[]){ 1 });
		pb_bytes(&t, 9, "\0\0\0\0", 4);
		pb_put(&graph, 5, &t);
	}
	onnx_value(&graph, 11, "x0", 1, 0, NULL);
	return graph;
}

static void edges(void **state)
{
	struct pb graph = chain();
	(void)state;
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	assert_int_equal(m->n_nodes, NODES);
	assert_int_equal(m->n_tensors, NODES);
	assert_int_equal(m->n_values, 2 * NODES + 1);
	assert_int_equal(m->n_consumers, 2 * NODES);
	assert_int_equal(m->n_ops, 4);
	for (uint32_t n = 0; n < NODES; n++) {
		const struct node *node = &m->nodes[n];
		const uint32_t *in = &m->refs[node->first_input];
		char text[32];
		assert_text(node->op->type, types[n % 4]);
		assert_int_equal(m->values[in[0]].producer, n ? n - 1 : NO_INDEX);
		assert_text(m->values[in[1]].name, weight_name(text, (int)n));
		assert_text(m->tensors[m->values[in[1]].tensor].name, text);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(m->values[in[i]].n_consumers, 1);
			assert_int_equal(m->consumers[m->values[in[i]].first_consumer], n);
		}
	}
	read_done(&read);
}

static void twins(void **state)
{
	struct pb graph = chain();
	bool seen[TWINS] = { false };
	size_t n_twins = 0;
	(void)state;
	struct read read = read_graph(&graph);
	const struct model *m = read.model;
	assert_non_null(m);
	for (size_t i = 0; i < m->n_notices; i++) {
		const struct notice *notice = &m->notices[i];
		if (strcmp(notice->rule, "duplicate-node-name") != 0)
			continue;
		assert_in_range(notice->subject, NODES - TWINS, NODES - 1);
		assert_false(seen[notice->subject - (NODES - TWINS)]);
		seen[notice->subject - (NODES - TWINS)] = true;
		n_twins++;
	}
	assert_int_equal(n_twins, TWINS);
	read_done(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(twins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
