#include <mtui/cost.h>

#include <math.h>
#include <string.h>

#include "core/inference/cost_rules.h"
#include "core/inference/node_order.h"

double cost_intensity(const struct cost *cost)
{
	double bytes = (double)cost->weight_bytes + (double)cost->activation_bytes +
		       (double)cost->read_bytes;

	return bytes > 0 ? (double)cost->operations / bytes : NAN;
}

void cost_add(struct cost *a, const struct cost *b)
{
	a->macs = cost_sum(a->macs, b->macs);
	a->operations = cost_sum(a->operations, b->operations);
	a->parameters = cost_sum(a->parameters, b->parameters);
	a->weight_bytes = cost_sum(a->weight_bytes, b->weight_bytes);
	a->activation_bytes = cost_sum(a->activation_bytes, b->activation_bytes);
	a->read_bytes = cost_sum(a->read_bytes, b->read_bytes);
	a->unknown += b->unknown;
}

static uint64_t bytes_of(const struct shapes *shapes, uint32_t value)
{
	const struct type *type = shapes->values[value].type;
	uint64_t elements, bytes;

	if (!cost_elements(type, &elements) || dtype_traits[type->dtype].bits == 0 ||
	    !dtype_bytes(type->dtype, elements, &bytes))
		return 0;
	return bytes;
}

static bool is_weight(const struct model *model, uint32_t value)
{
	return model->values[value].tensor != NO_INDEX;
}

static void add_tensor(const struct model *model, uint32_t value, struct cost *cost)
{
	const struct tensor *tensor = &model->tensors[model->values[value].tensor];
	uint64_t bytes;

	cost->parameters = cost_sum(cost->parameters, tensor->count);
	if (dtype_bytes(tensor->dtype, tensor->count, &bytes))
		cost->weight_bytes = cost_sum(cost->weight_bytes, bytes);
}

/* seen: weights that the total has already. */
static void count_memory(const struct shapes *shapes, const struct node *node, struct cost *cost,
			 struct cost *total, uint8_t *seen)
{
	const struct model *model = shapes->model;

	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t value = model->refs[node->first_input + i];

		if (value == NO_INDEX)
			continue;
		if (!is_weight(model, value)) {
			cost->read_bytes = cost_sum(cost->read_bytes, bytes_of(shapes, value));
			continue;
		}
		add_tensor(model, value, cost);
		if (!seen[value])
			add_tensor(model, value, total);
		seen[value] = 1;
	}
	for (uint32_t i = 0; i < node->n_outputs; i++) {
		uint32_t value = model->refs[node->first_output + i];

		if (value != NO_INDEX && !is_weight(model, value))
			cost->activation_bytes =
				cost_sum(cost->activation_bytes, bytes_of(shapes, value));
	}
}

/* Place of the last node that needs each value; graph outputs are needed to the end. */
static void find_last_uses(const struct model *model, const uint32_t *places, uint32_t *last)
{
	const struct graph *graph = &model->graphs[0];

	memset(last, 0xff, model->n_values * sizeof *last);
	for (uint32_t v = 0; v < model->n_values; v++) {
		const struct value *value = &model->values[v];
		uint32_t place = 0;

		for (uint32_t i = 0; i < value->n_consumers; i++) {
			uint32_t node = node_of_main(model,
						     model->consumers[value->first_consumer + i]);

			if (node != NO_INDEX && places[node - graph->first_node] >= place)
				place = places[node - graph->first_node];
		}
		if (value->n_consumers > 0)
			last[v] = place;
	}
	for (uint32_t i = 0; i < graph->n_outputs; i++)
		if (model->refs[graph->first_output + i] != NO_INDEX)
			last[model->refs[graph->first_output + i]] = UINT32_MAX - 1;
}

struct memory {
	const struct shapes *shapes;
	const uint32_t *order, *last;
	uint64_t live;
	uint8_t *here; /* by value: it is in memory */
};

static void take(struct memory *memory, uint32_t value)
{
	if (value == NO_INDEX || memory->here[value] || is_weight(memory->shapes->model, value))
		return;
	memory->here[value] = 1;
	memory->live = cost_sum(memory->live, bytes_of(memory->shapes, value));
}

static void give_back(struct memory *memory, uint32_t value, uint32_t place)
{
	uint32_t last = value == NO_INDEX ? 0 : memory->last[value];

	/* Nobody needs what has no consumer once it was made. */
	if (value == NO_INDEX || !memory->here[value] || (last != UINT32_MAX && last > place))
		return;
	memory->here[value] = 0;
	memory->live -= bytes_of(memory->shapes, value);
}

static void find_peak(struct memory *memory, struct cost_report *report)
{
	const struct model *model = memory->shapes->model;
	const struct graph *graph = &model->graphs[0];

	for (uint32_t i = 0; i < graph->n_inputs; i++)
		take(memory, model->refs[graph->first_input + i]);
	report->peak_bytes = memory->live;
	for (uint32_t place = 0; place < graph->n_nodes; place++) {
		uint32_t index = graph->first_node + memory->order[place];
		const struct node *node = &model->nodes[index];

		for (uint32_t i = 0; i < node->n_outputs; i++)
			take(memory, model->refs[node->first_output + i]);
		if (memory->live > report->peak_bytes) {
			report->peak_bytes = memory->live;
			report->peak_node = index;
		}
		for (uint32_t i = 0; i < node->n_inputs; i++)
			give_back(memory, model->refs[node->first_input + i], place);
		for (uint32_t i = 0; i < node->n_outputs; i++)
			give_back(memory, model->refs[node->first_output + i], place);
	}
}

static void count_unsized(const struct shapes *shapes, struct cost_report *report)
{
	for (size_t v = 0; v < shapes->model->n_values; v++) {
		uint64_t elements;

		if (shapes->model->values[v].graph == 0 &&
		    !cost_elements(shapes->values[v].type, &elements))
			report->unsized++;
	}
}

bool cost_compute(const struct shapes *shapes, struct arena *arena, struct cost_report *report,
		  struct error *err)
{
	const struct model *model = shapes->model;
	const struct graph *graph = &model->graphs[0];
	struct cost *nodes = arena_array(arena, graph->n_nodes, sizeof *nodes);
	uint8_t *seen = arena_alloc(arena, model->n_values);
	uint8_t *here = arena_alloc(arena, model->n_values);
	uint32_t *last = arena_array(arena, model->n_values, sizeof *last);
	uint32_t *order = node_order(model, arena);
	uint32_t *places = arena_array(arena, graph->n_nodes, sizeof *places);
	struct memory memory = { .shapes = shapes, .order = order, .last = last, .here = here };

	*report = (struct cost_report){ .nodes = nodes,
					.n_nodes = graph->n_nodes,
					.peak_node = NO_INDEX };
	if (!nodes || !seen || !here || !last || !order || !places)
		return arena_exhausted(arena, err);
	for (uint32_t i = 0; i < graph->n_nodes; i++) {
		const struct node *node = &model->nodes[graph->first_node + i];
		struct cost *cost = &nodes[i];

		cost->unknown = !cost_of_node(shapes, node, &cost->macs, &cost->operations);
		count_memory(shapes, node, cost, &report->total, seen);
		report->total.macs = cost_sum(report->total.macs, cost->macs);
		report->total.operations = cost_sum(report->total.operations, cost->operations);
		report->total.activation_bytes =
			cost_sum(report->total.activation_bytes, cost->activation_bytes);
		report->total.read_bytes = cost_sum(report->total.read_bytes, cost->read_bytes);
		report->total.unknown += cost->unknown;
	}
	for (uint32_t place = 0; place < graph->n_nodes; place++)
		places[order[place]] = place;
	find_last_uses(model, places, last);
	find_peak(&memory, report);
	cost_find_cache(shapes, &report->cache);
	count_unsized(shapes, report);
	return true;
}

static bool is_bound(const struct dim_binding *bindings, size_t n, struct text name)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal(bindings[i].name, name))
			return true;
	return false;
}

#define MOST_BINDINGS 64

const struct dim_binding *cost_bindings(const struct model *model, const struct dim_binding *given,
					size_t n_given, struct arena *arena, size_t *n)
{
	const struct graph *graph = &model->graphs[0];
	struct dim_binding *all = arena_array(arena, n_given + MOST_BINDINGS, sizeof *all);

	*n = 0;
	if (!all)
		return NULL;
	for (size_t i = 0; i < n_given; i++)
		all[(*n)++] = given[i];
	for (uint32_t i = 0; i < graph->n_inputs; i++) {
		uint32_t value = model->refs[graph->first_input + i];
		const struct type *type;

		if (value == NO_INDEX || model->values[value].type == NO_INDEX)
			continue;
		type = &model->types[model->values[value].type];
		for (uint32_t d = 0; type->has_shape && d < type->n_dims; d++) {
			struct text name = type->dims[d].symbol;

			if (type->dims[d].value < 0 && name.len > 0 &&
			    *n < n_given + MOST_BINDINGS && !is_bound(all, *n, name))
				all[(*n)++] = (struct dim_binding){ name, 1 };
		}
	}
	return all;
}
