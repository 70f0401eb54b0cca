/* If, Loop, Scan and model-local functions: graphs inside a node. */
#include "core/inference/infer.h"

#include <string.h>

/* An input of a body takes what is known of a value outside; what the file declares stays. */
static void seed(struct infer *in, const struct graph *body, uint32_t i, struct known known)
{
	uint32_t value = i < body->n_inputs ? in->model->refs[body->first_input + i] : NO_INDEX;

	if (value == NO_INDEX || known.kind == TYPE_NONE)
		return;
	if (in->known[value].kind == TYPE_NONE ||
	    (in->known[value].kind == known.kind && !in->known[value].has_shape))
		in->known[value] = known;
}

static struct known without_shape(const struct known *known)
{
	return (struct known){ .kind = known->kind,
			       .dtype = known->dtype,
			       .element = known->element };
}

static struct known scalar(const struct call *call, enum dtype dtype)
{
	return (struct known){ .kind = TYPE_TENSOR,
			       .dtype = (uint8_t)dtype,
			       .dims = call_room(call, 0),
			       .has_shape = true };
}

/* A tensor with an axis taken out. */
static struct known without_axis(const struct call *call, const struct known *x, int64_t axis)
{
	struct known part = without_shape(x);
	struct quantity *dims;
	uint32_t out, n = 0;

	if (!x->has_shape || !axis_normalize(axis, x->n_dims, &out) ||
	    !(dims = call_room(call, x->n_dims)))
		return part;
	for (uint32_t i = 0; i < x->n_dims; i++)
		if (i != out)
			dims[n++] = x->dims[i];
	part.dims = dims;
	part.n_dims = n;
	part.has_shape = true;
	return part;
}

/* The same with an axis put in. */
static struct known with_axis(const struct call *call, const struct known *x, int64_t axis,
			      struct quantity size)
{
	struct known whole = without_shape(x);
	struct quantity *dims;
	uint32_t at;

	if (!x->has_shape || !axis_normalize(axis, x->n_dims + 1, &at) ||
	    !(dims = call_room(call, x->n_dims + 1)))
		return whole;
	for (uint32_t i = 0; i <= x->n_dims; i++)
		dims[i] = i < at ? x->dims[i] : i > at ? x->dims[i - 1] : size;
	whole.dims = dims;
	whole.n_dims = x->n_dims + 1;
	whole.has_shape = true;
	return whole;
}

static int64_t axis_of(const struct call *call, const char *name, uint32_t i)
{
	uint32_t n;
	const int64_t *axes = call_ints(call, name, &n);

	return i < n ? axes[i] : 0;
}

/* Scan before operator set 9 has a batch axis and an input of sequence lengths in front. */
static bool scan_has_batch(const struct call *call)
{
	return call->version < 9;
}

/* Scan's inputs: state variables, then the scanned ones. */
static uint32_t n_states(const struct call *call)
{
	uint32_t n = call->node->n_inputs - (scan_has_batch(call) && call->node->n_inputs > 0);
	int64_t n_scanned = call_int(call, "num_scan_inputs", 0);

	return n_scanned < 0 || n_scanned > n ? n : n - (uint32_t)n_scanned;
}

static void enter_scan(const struct call *call, const struct graph *body)
{
	bool batch = scan_has_batch(call);

	for (uint32_t i = 0; i < body->n_inputs; i++) {
		const struct known *x = call_input(call, i + batch);
		struct known part = *x;

		if (i >= n_states(call))
			part = without_axis(
				call, x,
				batch ? 1 : axis_of(call, "scan_input_axes", i - n_states(call)));
		if (batch)
			part = without_axis(call, &part, 0);
		part.data = NULL;
		seed(call->in, body, i, part);
	}
}

/* The carried values of a loop may change their shape from turn to turn, not their type. */
static void enter_loop(const struct call *call, const struct graph *body)
{

	seed(call->in, body, 0, scalar(call, DTYPE_I64));
	seed(call->in, body, 1, scalar(call, DTYPE_BOOL));
	for (uint32_t i = 2; i < body->n_inputs; i++)
		seed(call->in, body, i, without_shape(call_input(call, i)));
}

void infer_enter_body(const struct call *call, uint32_t graph, const struct attribute *attribute)
{
	const struct graph *body = &call->in->model->graphs[graph];

	if (!text_is(attribute->name, "body"))
		return;
	if (text_is(call->node->op->type, "Loop"))
		enter_loop(call, body);
	else if (text_is(call->node->op->type, "Scan"))
		enter_scan(call, body);
}

void infer_enter_function(const struct call *call, uint32_t graph)
{
	struct infer *in = call->in;
	const struct graph *body = &in->model->graphs[graph];

	for (uint32_t i = 0; i < body->n_inputs; i++) {
		uint32_t value = in->model->refs[body->first_input + i], n;

		if (value == NO_INDEX)
			continue;
		call_data(call, i, &n);
		in->known[value] = *call_input(call, i);
	}
}

static const struct known *body_output(const struct call *call, uint32_t graph, uint32_t i)
{
	static const struct known nothing;
	const struct graph *body = &call->in->model->graphs[graph];
	uint32_t value =
		i < body->n_outputs ? call->in->model->refs[body->first_output + i] : NO_INDEX;

	return value == NO_INDEX ? &nothing : &call->in->known[value];
}

void infer_leave_function(const struct call *call, uint32_t graph)
{
	for (uint32_t i = 0; i < call->node->n_outputs; i++)
		call_set(call, i, *body_output(call, graph, i));
}

static uint32_t body_of(const struct call *call, const char *name)
{
	const struct attribute *a = call_attribute(call, name);

	return a && a->kind == ATTRIBUTE_GRAPH ? a->index : NO_INDEX;
}

void infer_if(struct call *call)
{
	uint32_t yes = body_of(call, "then_branch"), no = body_of(call, "else_branch");

	if (yes == NO_INDEX || no == NO_INDEX)
		return;
	for (uint32_t i = 0; i < call->node->n_outputs; i++)
		call_set(
			call, i,
			known_union(call->in, body_output(call, yes, i), body_output(call, no, i)));
}

/* Inputs: trip count, condition, carried values. Outputs: the carried values at the end, then the
 * scanned ones, one slice a turn, as many as the condition allows. Zero turns give back the carried
 * inputs. */
void infer_loop(struct call *call)
{
	uint32_t body = body_of(call, "body");
	uint32_t n_carried = call->node->n_inputs > 2 ? call->node->n_inputs - 2 : 0;

	if (body == NO_INDEX)
		return;
	for (uint32_t i = 0; i < call->node->n_outputs; i++) {
		const struct known *out = body_output(call, body, i + 1);

		if (i < n_carried) {
			struct known both = known_union(call->in, out, call_input(call, i + 2));

			if (both.kind == TYPE_NONE)
				both = without_shape(call_input(call, i + 2));
			call_set(call, i, both);
			continue;
		}
		call_set(call, i, with_axis(call, out, 0, (struct quantity){ 0 }));
	}
}

void infer_scan(struct call *call)
{
	uint32_t body = body_of(call, "body"), states = n_states(call);
	bool batch = scan_has_batch(call);
	const struct known *first = call_input(call, states + batch);
	struct quantity length = { 0 }, size = { 0 };
	uint32_t axis;

	if (body == NO_INDEX)
		return;
	if (first->has_shape &&
	    axis_normalize(batch ? 1 : axis_of(call, "scan_input_axes", 0), first->n_dims, &axis))
		length = first->dims[axis];
	if (batch && first->has_shape && first->n_dims > 0)
		size = first->dims[0];
	for (uint32_t i = 0; i < call->node->n_outputs; i++) {
		struct known out = *body_output(call, body, i);

		if (i >= states)
			out = with_axis(call, &out,
					batch ? 0 : axis_of(call, "scan_output_axes", i - states),
					length);
		if (batch)
			out = with_axis(call, &out, 0, size);
		out.data = NULL;
		call_set(call, i, out);
	}
}
