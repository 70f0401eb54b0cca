#include <mtui/cost_sheet.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/limits.h>
#include <mtui/quant_error.h>

#include "core/inference/cost_rules.h"
#include "core/inference/node_order.h"

static int by_place(const void *a, const void *b)
{
	const struct cost_op *x = a, *y = b;

	return (uintptr_t)x->op < (uintptr_t)y->op ? -1 : (uintptr_t)x->op > (uintptr_t)y->op;
}

static int by_cost(const void *a, const void *b)
{
	const struct cost_op *x = a, *y = b;

	if (x->cost.macs != y->cost.macs)
		return x->cost.macs > y->cost.macs ? -1 : 1;
	if (x->cost.operations != y->cost.operations)
		return x->cost.operations > y->cost.operations ? -1 : 1;
	if (x->nodes != y->nodes)
		return x->nodes > y->nodes ? -1 : 1;
	return text_compare(x->op->type, y->op->type);
}

typedef void add_weight(void *sums, uint32_t row, const struct tensor *tensor, uint64_t bytes);

/* Calls add once for every weight and every row that has a node using it. bytes: of each tensor. */
static void each_weight(const struct model *model, const struct layers *layers, uint32_t *stamps,
			const struct quant_scheme *scheme, add_weight *add, void *sums)
{
	memset(stamps, 0xff, layers->n_rows * sizeof *stamps);
	for (uint32_t v = 0; v < model->n_values; v++) {
		const struct value *value = &model->values[v];
		const struct tensor *tensor;
		uint64_t bytes = 0;

		if (value->tensor == NO_INDEX)
			continue;
		tensor = &model->tensors[value->tensor];
		if (scheme && quant_applies(tensor))
			bytes = quant_bytes_after(model, tensor, scheme);
		if (!bytes && !dtype_bytes(tensor->dtype, tensor->count, &bytes))
			bytes = 0;
		for (uint32_t i = 0; i < value->n_consumers; i++) {
			uint32_t node = node_of_main(
				model, model->consumers[value->first_consumer + i]);
			uint32_t row = node == NO_INDEX ? NO_INDEX : layers->row_of_node[node];

			/* Rows above one that has it have it, too. */
			for (; row != NO_INDEX && stamps[row] != v; row = layers->rows[row].parent) {
				stamps[row] = v;
				add(sums, row, tensor, bytes);
			}
		}
	}
}

static void add_to_row(void *sums, uint32_t row, const struct tensor *tensor, uint64_t bytes)
{
	struct cost *cost = &((struct cost_row *)sums)[row].cost;

	cost->parameters = cost_sum(cost->parameters, tensor->count);
	cost->weight_bytes = cost_sum(cost->weight_bytes, bytes);
}

static void add_bytes(void *sums, uint32_t row, const struct tensor *tensor, uint64_t bytes)
{
	uint64_t *all = sums;

	(void)tensor;
	all[row] = cost_sum(all[row], bytes);
}

/* Weights of bodies belong to the nodes that hold them. */
static void take_weights(struct cost_sheet *sheet, const struct model *model,
			 const struct cost_row *rows, const struct layers *layers)
{
	struct cost_report *report = &sheet->report;

	for (uint32_t i = 0; i < report->n_nodes; i++) {
		const struct cost *cost =
			&rows[layers->row_of_node[model->graphs[0].first_node + i]].cost;

		report->nodes[i].parameters = cost->parameters;
		report->nodes[i].weight_bytes = cost->weight_bytes;
	}
	report->total.parameters = rows[0].cost.parameters;
	report->total.weight_bytes = rows[0].cost.weight_bytes;
}

static bool sum_by_row(struct cost_sheet *sheet, const struct model *model,
		       const struct layers *layers, struct error *err)
{
	struct cost_row *rows = arena_array(&sheet->arena, layers->n_rows, sizeof *rows);
	uint32_t *stamps = malloc(layers->n_rows * sizeof *stamps);

	if (!rows || !stamps) {
		free(stamps);
		return arena_exhausted(&sheet->arena, err);
	}
	for (uint32_t i = 0; i < sheet->report.n_nodes; i++) {
		struct cost_row *row =
			&rows[layers->row_of_node[model->graphs[0].first_node + i]];

		cost_add(&row->cost, &sheet->report.nodes[i]);
		row->nodes++;
	}
	for (size_t row = 0; row < layers->n_rows; row++)
		rows[row].cost.parameters = rows[row].cost.weight_bytes = 0;
	for (size_t row = layers->n_rows; row-- > 1;) {
		cost_add(&rows[layers->rows[row].parent].cost, &rows[row].cost);
		rows[layers->rows[row].parent].nodes += rows[row].nodes;
	}
	each_weight(model, layers, stamps, NULL, add_to_row, rows);
	free(stamps);
	take_weights(sheet, model, rows, layers);
	sheet->rows = rows;
	sheet->layers = layers;
	return true;
}

static bool infer(struct cost_sheet *sheet, struct model *model, struct error *err)
{
	struct shape_inference inference;
	bool good;

	sheet->shapes = shapes_new(model, err);
	if (!sheet->shapes)
		return false;
	good = shape_inference_run(sheet->shapes, sheet->bindings, sheet->n_bindings, &inference,
				   err);
	shapes_publish(sheet->shapes);
	return good;
}

static bool copy_bindings(struct cost_sheet *sheet, const struct model *model,
			  const struct dim_binding *given, size_t n_given, struct error *err)
{
	struct dim_binding *copies = arena_array(&sheet->arena, n_given, sizeof *copies);

	for (size_t i = 0; copies && i < n_given; i++) {
		copies[i].name = arena_text(&sheet->arena, given[i].name.data, given[i].name.len);
		copies[i].size = given[i].size;
		if (!copies[i].name.data)
			copies = NULL;
	}
	if (copies)
		sheet->bindings = cost_bindings(model, copies, n_given, &sheet->arena,
						&sheet->n_bindings);
	sheet->n_given = n_given;
	return sheet->bindings || arena_exhausted(&sheet->arena, err);
}

struct cost_sheet *cost_sheet_new(struct model *model, const struct dim_binding *given,
				  size_t n_given, struct error *err)
{
	const struct layers *layers = model_layers(model, err);
	struct cost_sheet *sheet = layers ? calloc(1, sizeof *sheet) : NULL;

	if (!layers)
		return NULL;
	if (!sheet) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	arena_init(&sheet->arena, limit_index_memory());
	if (copy_bindings(sheet, model, given, n_given, err) && infer(sheet, model, err) &&
	    cost_compute(sheet->shapes, &sheet->arena, &sheet->report, err) &&
	    sum_by_row(sheet, model, layers, err))
		return sheet;
	cost_sheet_free(sheet);
	return NULL;
}

void cost_sheet_free(struct cost_sheet *sheet)
{
	if (!sheet)
		return;
	shapes_unref(sheet->shapes);
	arena_free(&sheet->arena);
	free(sheet);
}

double cost_share(const struct cost_sheet *sheet, const struct cost *cost)
{
	const struct cost *total = &sheet->report.total;

	if (total->macs)
		return (double)cost->macs / (double)total->macs;
	return total->operations ? (double)cost->operations / (double)total->operations : NAN;
}

bool cost_sheet_at(const struct cost_sheet *sheet, const struct quant_scheme *scheme,
		   uint64_t *bytes)
{
	size_t n = sheet->layers->n_rows;
	uint32_t *stamps = malloc(n * sizeof *stamps);

	if (!stamps)
		return false;
	memset(bytes, 0, n * sizeof *bytes);
	each_weight(sheet->shapes->model, sheet->layers, stamps, scheme, add_bytes, bytes);
	free(stamps);
	return true;
}

struct cost cost_with_weights(const struct cost *cost, uint64_t weight_bytes)
{
	struct cost with = *cost;

	with.weight_bytes = weight_bytes;
	return with;
}

static uint64_t bytes_moved(const struct cost *cost)
{
	return cost_sum(cost->weight_bytes, cost_sum(cost->activation_bytes, cost->read_bytes));
}

/* The next row of a node of the main graph, from *row on; its node counted in that graph. False at
 * the end. */
static bool next_node(const struct cost_sheet *sheet, uint32_t *row, uint32_t end, uint32_t *node)
{
	const struct model *model = sheet->shapes->model;

	for (; *row < end; ++*row) {
		const struct layer *layer = &sheet->layers->rows[*row];

		if (layer->kind != LAYER_NODE || model->nodes[layer->item].graph != 0)
			continue;
		*node = layer->item - model->graphs[0].first_node;
		return true;
	}
	return false;
}

const struct cost_op *cost_sheet_ops(const struct cost_sheet *sheet, uint32_t row,
				     const uint64_t *at, struct arena *arena, size_t *n)
{
	const struct model *model = sheet->shapes->model;
	struct cost_op *ops = arena_array(arena, model->n_ops, sizeof *ops);
	uint32_t end = sheet->layers->rows[row].end, node;

	*n = 0;
	if (!ops)
		return NULL;
	for (size_t i = 0; i < model->n_ops; i++)
		ops[i].op = model->ops[i];
	qsort(ops, model->n_ops, sizeof *ops, by_place);
	for (; next_node(sheet, &row, end, &node); row++) {
		struct cost_op key = { .op = model->nodes[sheet->layers->rows[row].item].op };
		struct cost_op *op = bsearch(&key, ops, model->n_ops, sizeof *ops, by_place);

		op->nodes++;
		cost_add(&op->cost, &sheet->report.nodes[node]);
		op->bytes_then = cost_sum(op->bytes_then, at ? at[row] : 0);
	}
	qsort(ops, model->n_ops, sizeof *ops, by_cost);
	/* Operators that occur elsewhere alone stand at the end. */
	while (*n < model->n_ops && ops[*n].nodes)
		++*n;
	return ops;
}

void cost_sheet_classes(const struct cost_sheet *sheet, uint32_t row, const uint64_t *at,
			struct cost_class classes[COST_CLASSES])
{
	uint32_t end = sheet->layers->rows[row].end, node;

	memset(classes, 0, COST_CLASSES * sizeof *classes);
	for (; next_node(sheet, &row, end, &node); row++) {
		struct cost cost = sheet->report.nodes[node];
		double intensity;
		unsigned k = 0;

		if (at)
			cost.weight_bytes = at[row];
		intensity = cost_intensity(&cost);
		if (cost.unknown || !cost.operations || isnan(intensity))
			continue;
		while (k + 1 < COST_CLASSES && intensity >= cost_class_begin(k + 1))
			k++;
		classes[k].nodes++;
		classes[k].operations = cost_sum(classes[k].operations, cost.operations);
		classes[k].bytes = cost_sum(classes[k].bytes, bytes_moved(&cost));
	}
}
