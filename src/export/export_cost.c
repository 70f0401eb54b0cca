#include "export/export_cost.h"

#include <stdlib.h>

#include <mtui/limits.h>

#include "ui/canvas/number.h"

#define HEADING_ROWS 11
#define OP_COLUMNS   30
#define COLUMNS	     13

static int by_cost(const void *a, const void *b)
{
	const struct export_cost_op *x = a, *y = b;

	if (x->cost.macs != y->cost.macs)
		return x->cost.macs > y->cost.macs ? -1 : 1;
	if (x->cost.operations != y->cost.operations)
		return x->cost.operations > y->cost.operations ? -1 : 1;
	if (x->nodes != y->nodes)
		return x->nodes > y->nodes ? -1 : 1;
	return text_compare(x->op->type, y->op->type);
}

/* Nodes of one operator share its struct op; the model has them in order of frequency. */
static struct export_cost_op *find_op(struct export_cost *cost, const struct op *op)
{
	for (size_t i = 0; i < cost->n_ops; i++)
		if (cost->ops[i].op == op)
			return &cost->ops[i];
	cost->ops[cost->n_ops].op = op;
	return &cost->ops[cost->n_ops++];
}

static bool sum_by_op(struct export_cost *cost, const struct model *model, struct error *err)
{
	const struct graph *graph = &model->graphs[0];
	struct export_cost_op *last = NULL;

	cost->ops = arena_array(&cost->arena, model->n_ops, sizeof *cost->ops);
	if (!cost->ops)
		return arena_exhausted(&cost->arena, err);
	for (uint32_t i = 0; i < graph->n_nodes; i++) {
		const struct op *op = model->nodes[graph->first_node + i].op;

		if (!last || last->op != op)
			last = find_op(cost, op);
		last->nodes++;
		cost_add(&last->cost, &cost->report.nodes[i]);
	}
	qsort(cost->ops, cost->n_ops, sizeof *cost->ops, by_cost);
	return true;
}

bool export_cost_compute(struct export_cost *cost, const struct export_subject *subject,
			 struct error *err)
{
	/* Not changed: the shapes count a reference. */
	struct model *model = (struct model *)session_model(subject->session, subject->document);
	struct shape_inference inference;

	*cost = (struct export_cost){ .n_ops = 0 };
	arena_init(&cost->arena, limit_index_memory());
	cost->bindings = cost_bindings(model, subject->dims, subject->n_dims, &cost->arena,
				       &cost->n_bindings);
	if (!cost->bindings)
		return arena_exhausted(&cost->arena, err);
	cost->shapes = shapes_new(model, err);
	if (!cost->shapes ||
	    !shape_inference_run(cost->shapes, cost->bindings, cost->n_bindings, &inference, err))
		return false;
	shapes_publish(cost->shapes);
	return cost_compute(cost->shapes, &cost->arena, &cost->report, err) &&
	       sum_by_op(cost, model, err);
}

void export_cost_free(struct export_cost *cost)
{
	shapes_unref(cost->shapes);
	arena_free(&cost->arena);
}

static void put_cost(struct records *out, const struct cost *cost)
{
	records_count(out, "macs", cost->macs);
	records_count(out, "flops", cost->operations);
	records_count(out, "parameters", cost->parameters);
	records_count(out, "weight_bytes", cost->weight_bytes);
	records_count(out, "activation_bytes", cost->activation_bytes);
	records_count(out, "read_bytes", cost->read_bytes);
	records_defined(out, "intensity", cost_intensity(cost));
}

static void put_facts(struct export_run *run, const struct export_cost *cost)
{
	const struct cost_report *report = &cost->report;
	struct records *out = &run->records;
	struct json_out *dims = records_map(out, "dims");
	char buffer[64];

	for (size_t i = 0; i < cost->n_bindings; i++) {
		json_out_map_key(dims, cost->bindings[i].name);
		json_out_integer(dims, NULL, cost->bindings[i].size);
	}
	records_close(out, dims);
	put_cost(out, &report->total);
	records_count(out, "unknown_nodes", report->total.unknown);
	records_count(out, "unsized_values", report->unsized);
	records_count(out, "peak_activation_bytes", report->peak_bytes);
	if (report->peak_node != NO_INDEX)
		records_text(out, "peak_node",
			     model_node_label(run->model, report->peak_node, buffer));
	else
		records_null(out, "peak_node");
	if (report->cache_bytes)
		records_count(out, "cache_bytes_per_token", report->cache_bytes);
	else
		records_null(out, "cache_bytes_per_token");
}

static void put_ops(struct export_run *run, const struct export_cost *cost)
{
	static const char *const columns[] = { NULL };
	struct records *out = &run->records;
	char op[256];

	if (records_is_csv(out))
		return;
	records_table(out, "by_op_type", columns);
	for (size_t i = 0; i < cost->n_ops; i++) {
		records_row(out);
		records_text(out, "op", model_op_label(cost->ops[i].op, op));
		records_count(out, "nodes", cost->ops[i].nodes);
		put_cost(out, &cost->ops[i].cost);
		records_count(out, "unknown_nodes", cost->ops[i].cost.unknown);
		records_row_end(out);
	}
	records_table_end(out);
}

static void put_node(struct export_run *run, const struct export_cost *cost, uint32_t i)
{
	const struct model *model = run->model;
	const struct cost *of = &cost->report.nodes[i];
	uint32_t index = model->graphs[0].first_node + i;
	uint64_t all = cost->report.total.macs;
	char buffer[64], op[256];

	records_row(&run->records);
	records_text(&run->records, "node", model_node_label(model, index, buffer));
	records_text(&run->records, "op", model_op_label(model->nodes[index].op, op));
	put_cost(&run->records, of);
	records_number(&run->records, "share", all ? (double)of->macs / (double)all : 0);
	records_flag(&run->records, "known", of->unknown == 0);
	records_row_end(&run->records);
}

static bool is_wanted(const struct export_subject *subject, uint32_t node)
{
	for (size_t i = 0; subject->nodes && i < subject->n_nodes; i++)
		if (subject->nodes[i] == node)
			return true;
	return !subject->nodes;
}

bool export_view_cost(struct export_run *run, struct error *err)
{
	static const char *const columns[] = {
		"node",
		"op",
		"macs",
		"flops",
		"parameters",
		"weight_bytes",
		"activation_bytes",
		"read_bytes",
		"intensity",
		"share",
		"known",
		NULL,
	};
	struct export_cost cost;
	bool good = export_cost_compute(&cost, run->subject, err);

	if (good) {
		put_facts(run, &cost);
		put_ops(run, &cost);
		records_table(&run->records, "nodes", columns);
		for (uint32_t i = 0; i < cost.report.n_nodes && !output_failed(run->output); i++)
			if (is_wanted(run->subject, run->model->graphs[0].first_node + i))
				put_node(run, &cost, i);
		records_table_end(&run->records);
	}
	export_cost_free(&cost);
	return good;
}

static void draw_fact(struct canvas *canvas, int y, const char *name, const char *value)
{
	canvas_string(canvas, 0, y, ROLE_DIM, name);
	canvas_string(canvas, 22, y, ROLE_NORMAL, value);
}

static int draw_bindings(struct canvas *canvas, int y, const struct export_cost *cost)
{
	char size[NUMBER_SIZE];
	int x = 22;

	canvas_string(canvas, 0, y, ROLE_DIM, "with");
	if (cost->n_bindings == 0)
		canvas_string(canvas, x, y, ROLE_NORMAL, "all sizes as the file has them");
	for (size_t i = 0; i < cost->n_bindings && x < canvas->width; i++) {
		x = canvas_text(canvas, x, y, canvas->width - x, ROLE_NAME, cost->bindings[i].name);
		x = canvas_print(canvas, x, y, ROLE_NORMAL, "=%s%s",
				 number_count(size, (uint64_t)cost->bindings[i].size),
				 i + 1 < cost->n_bindings ? ", " : "");
	}
	return y + 1;
}

static void draw_totals(struct canvas *canvas, const struct export_cost *cost,
			const struct model *model)
{
	const struct cost_report *report = &cost->report;
	char number[NUMBER_SIZE], label[64];
	int y = 0, x;

	draw_fact(canvas, y++, "multiply-accumulates", number_short(number, report->total.macs));
	draw_fact(canvas, y++, "operations (FLOPs)",
		  number_short(number, report->total.operations));
	draw_fact(canvas, y++, "parameters", number_short(number, report->total.parameters));
	draw_fact(canvas, y++, "weights", number_bytes(number, report->total.weight_bytes));
	draw_fact(canvas, y++, "activations", number_bytes(number, report->total.activation_bytes));
	canvas_string(canvas, 0, y, ROLE_DIM, "most at once");
	x = canvas_string(canvas, 22, y, ROLE_NORMAL, number_bytes(number, report->peak_bytes));
	if (report->peak_node != NO_INDEX) {
		x = canvas_string(canvas, x, y, ROLE_DIM, " at ");
		canvas_text(canvas, x, y, canvas->width - x, ROLE_NAME,
			    model_node_label(model, report->peak_node, label));
	}
	y++;
	draw_fact(canvas, y++, "operations a byte",
		  report->total.activation_bytes
			  ? number_value(number, cost_intensity(&report->total), 3)
			  : "–");
	draw_fact(canvas, y++, "cache for a token",
		  report->cache_bytes ? number_bytes(number, report->cache_bytes) : "–");
	draw_fact(canvas, y++, "nodes left out", number_count(number, report->total.unknown));
	draw_bindings(canvas, y, cost);
}

static void draw_op(struct canvas *canvas, int y, const struct export_cost *cost,
		    const struct export_cost_op *row)
{
	uint64_t all = cost->report.total.macs;
	char op[256], number[NUMBER_SIZE];
	int x = OP_COLUMNS;

	canvas_text(canvas, 0, y, OP_COLUMNS - COLUMNS, ROLE_OP, model_op_label(row->op, op));
	canvas_print_right(canvas, x, y, ROLE_NUMBER, "%s", number_count(number, row->nodes));
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_NUMBER, "%s",
			   row->cost.unknown == row->nodes ? "–"
							   : number_short(number, row->cost.macs));
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_NUMBER, "%s",
			   all ? number_percent(number, (double)row->cost.macs / (double)all)
			       : "–");
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_NUMBER, "%s",
			   number_short(number, row->cost.parameters));
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_NUMBER, "%s",
			   number_bytes(number, row->cost.activation_bytes));
}

static void draw_heading(struct canvas *canvas, int y)
{
	int x = OP_COLUMNS;

	canvas_string(canvas, 0, y, ROLE_DIM, "op");
	canvas_print_right(canvas, x, y, ROLE_DIM, "nodes");
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_DIM, "MACs");
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_DIM, "share");
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_DIM, "params");
	canvas_print_right(canvas, x += COLUMNS, y, ROLE_DIM, "activations");
}

bool export_cost_table(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		       struct canvas *canvas, struct error *err)
{
	const struct model *model = session_model(subject->session, subject->document);
	struct export_cost cost;
	bool good = export_cost_compute(&cost, subject, err);

	if (good && cost.n_ops > EXPORT_MAX_CELLS / (size_t)width - HEADING_ROWS - 1)
		good = error_set(err, ERROR_REFUSED, -1, "the table is too tall for text");
	if (good && !canvas_init(canvas, width, (int)cost.n_ops + HEADING_ROWS + 1, glyphs))
		good = error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (good) {
		draw_totals(canvas, &cost, model);
		draw_heading(canvas, HEADING_ROWS);
		for (size_t i = 0; i < cost.n_ops; i++)
			draw_op(canvas, HEADING_ROWS + 1 + (int)i, &cost, &cost.ops[i]);
	}
	export_cost_free(&cost);
	return good;
}
