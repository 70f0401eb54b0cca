/* Weights read ahead by another thread: all comes out as if there were only one. */
#include "pb_write.h"

#include <sched.h>
#include <stdio.h>

enum { NODES = 8000, ODD = 3000 };

enum oddity {
	PLAIN,
	TYPED,	     /* one of the weights in float_data */
	NAMELESS,    /* without a name */
	TWICE,	     /* with the name of another */
	SHORT,	     /* with too few bytes */
	CONSTANTS,   /* nodes hold tensors, too */
	INTERRUPTED, /* a node among the weights */
	FIRST,	     /* weights before the nodes */
	CUT,	     /* the file ends among the weights */
	BROKEN,	     /* a field there has wire type 7 */
	ODDITIES
};

static void add_weight(struct pb *graph, int i, enum oddity oddity)
{
	char name[200];
	snprintf(name, sizeof name, "model.layers.%d.a.long.name.of.a.weight.that.fills.a.file",
		 oddity == TWICE ? 7 : i);
	struct pb t = onnx_tensor(oddity == NAMELESS ? "" : name, 1, 2, (int64_t[]){ 1, 200 });
	static const uint8_t zeros[800];
	if (oddity == TYPED)
		pb_bytes(&t, 4, zeros, sizeof zeros);
	else
		pb_bytes(&t, 9, zeros, oddity == SHORT ? 796 : 800);
	pb_put(graph, 5, &t);
}

static void add_nodes(struct pb *graph, enum oddity oddity)
{
	char name[200];
	for (int i = 0; i < NODES; i++) {
		struct pb node = { 0 };
		snprintf(name, sizeof name, "x%d", i);
		pb_string(&node, 1, name);
		snprintf(name, sizeof name,
			 "model.layers.%d.a.long.name.of.a.weight.that.fills.a.file", i);
		pb_string(&node, 1, name);
		snprintf(name, sizeof name, "x%d", i + 1);
		pb_string(&node, 2, name);
		pb_string(&node, 4, "Mul");
		pb_put(graph, 1, &node);
		if (oddity == CONSTANTS && i % 100 == 0) {
			struct pb constant = { 0 }, attribute = onnx_attribute("value", 4);
			struct pb t = onnx_tensor("", 1, 0, NULL);
			pb_bytes(&t, 9, "\0\0\0\0", 4);
			pb_put(&attribute, 5, &t);
			snprintf(name, sizeof name, "c%d", i);
			pb_string(&constant, 2, name);
			pb_string(&constant, 4, "Constant");
			pb_put(&constant, 5, &attribute);
			pb_put(graph, 1, &constant);
		}
	}
}

static struct pb make(enum oddity oddity)
{
	struct pb graph = { 0 };
	if (oddity != FIRST)
		add_nodes(&graph, oddity);
	for (int i = 0; i < NODES / 2; i++) {
		if (oddity == INTERRUPTED && i == ODD)
			onnx_add_node(&graph, "Relu", "x0", "late");
		if (oddity == BROKEN && i == ODD)
			pb_raw(&graph, "\x57", 1);
		add_weight(&graph, i, i == ODD ? oddity : PLAIN);
	}
	if (oddity == FIRST)
		add_nodes(&graph, oddity);
	onnx_value(&graph, 11, "x0", 1, 0, NULL);
	struct pb model = onnx_model(&graph);
	if (oddity == CUT)
		model.len -= 500 * 900;
	return model;
}

static struct read read_by_one(const struct pb *bytes)
{
	cpu_set_t all, one;
	assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	struct read read = read_bytes(bytes->data, bytes->len);
	assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
	return read;
}

static void same_text(struct text a, struct text b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.data, b.data, a.len);
}

static void same_tensors(const struct model *a, const struct model *b)
{
	assert_int_equal(a->n_tensors, b->n_tensors);
	for (size_t i = 0; i < a->n_tensors; i++) {
		const struct tensor *t = &a->tensors[i], *u = &b->tensors[i];
		same_text(t->name, u->name);
		assert_int_equal(t->n_dims, u->n_dims);
		assert_memory_equal(t->dims, u->dims, t->n_dims * sizeof *t->dims);
		assert_int_equal(t->n_runs, u->n_runs);
		for (uint32_t r = 0; r < t->n_runs; r++) {
			assert_int_equal(t->runs[r].offset, u->runs[r].offset);
			assert_int_equal(t->runs[r].nbytes, u->runs[r].nbytes);
			assert_int_equal(t->runs[r].encoding, u->runs[r].encoding);
		}
		assert_int_equal(t->problem, u->problem);
		/* and all numbers before that */
		assert_memory_equal(&t->count, &u->count,
				    offsetof(struct tensor, problem) -
					    offsetof(struct tensor, count));
	}
}

static void same_models(const struct model *a, const struct model *b)
{
	same_tensors(a, b);
	assert_int_equal(a->n_parameters, b->n_parameters);
	assert_int_equal(a->n_initializers, b->n_initializers);
	assert_int_equal(a->n_nodes, b->n_nodes);
	assert_int_equal(a->n_values, b->n_values);
	for (size_t i = 0; i < a->n_values; i++) {
		same_text(a->values[i].name, b->values[i].name);
		assert_int_equal(a->values[i].tensor, b->values[i].tensor);
		assert_int_equal(a->values[i].producer, b->values[i].producer);
		assert_int_equal(a->values[i].flags, b->values[i].flags);
	}
	assert_int_equal(a->n_refs, b->n_refs);
	assert_memory_equal(a->refs, b->refs, a->n_refs * sizeof *a->refs);
	assert_int_equal(a->n_consumers, b->n_consumers);
	assert_memory_equal(a->consumers, b->consumers, a->n_consumers * sizeof *a->consumers);
	assert_int_equal(a->n_notices, b->n_notices);
	for (size_t i = 0; i < a->n_notices; i++) {
		same_text(a->notices[i].message, b->notices[i].message);
		assert_int_equal(a->notices[i].offset, b->notices[i].offset);
	}
}

static void same_as_by_one(void **state)
{
	(void)state;
	for (enum oddity oddity = PLAIN; oddity < ODDITIES; oddity++) {
		struct pb bytes = make(oddity);
		struct read one = read_by_one(&bytes), two = read_bytes(bytes.data, bytes.len);
		assert_int_equal(one.model == NULL, oddity == CUT || oddity == BROKEN);
		assert_int_equal(one.model == NULL, two.model == NULL);
		assert_int_equal(one.err.code, two.err.code);
		assert_int_equal(one.err.offset, two.err.offset);
		assert_string_equal(one.err.message, two.err.message);
		if (one.model)
			same_models(one.model, two.model);
		read_done(&one);
		read_done(&two);
		pb_free(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
