/* The overview of the model, and of a scope or graph: what is in it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mtui/cost.h>

#include "session/dims.h"
#include "ui/canvas/number.h"
#include "ui/views/overview.h"
#include "ui/views/shape.h"
#include "ui/views/structure_lines.h"

#define LARGEST	  10  /* tensors in the table of the largest */
#define STRUCTURE_SHOWN 5 /* entries of a list of what the graph is made of */
#define SCOPE_OPS 128 /* distinct operators of a scope that are told apart */

/* As long as the page. */
static struct text kept(struct overview_page *o, struct text text)
{
	return arena_text(&o->page->arena, text.data, text.len);
}

void overview_ops(struct overview_page *o, const struct overview_op *ops, size_t n, uint64_t total)
{
	char buffer[256], count[NUMBER_SIZE], share[NUMBER_SIZE];

	page_heading(o->page, "operators");
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%s of %zu kind%s", number_count(count, total), n,
		   n == 1 ? "" : "s");
	for (size_t i = 0; i < n && i < OVERVIEW_LIST; i++) {
		page_line(o->page);
		page_text(o->page, 2, ROLE_OP, kept(o, model_op_label(ops[i].op, buffer)));
		page_print(o->page, o->type_column, ROLE_NUMBER, "%7s",
			   number_count(count, ops[i].count));
		if (total > 0)
			page_print(o->page, PAGE_AFTER, ROLE_DIM, " %7s",
				   number_percent(share, (double)ops[i].count / (double)total));
	}
	overview_more(o, n);
}

void overview_tensor_line(struct overview_page *o, uint32_t index, uint64_t of)
{
	const struct tensor *tensor = &o->model->tensors[index];
	char buffer[64], shape[200], count[NUMBER_SIZE], share[NUMBER_SIZE];

	page_line(o->page);
	page_text(o->page, 2, ROLE_NAME, kept(o, model_tensor_label(o->model, index, buffer)));
	dtype_words(tensor, buffer, sizeof buffer);
	shape_of_tensor(tensor, SHAPE_LIST, shape, sizeof shape);
	page_print(o->page, o->type_column, ROLE_DTYPE, "%s %s", buffer, shape);
	page_print(o->page, o->other_column, ROLE_NUMBER, "%7s",
		   number_short(count, tensor->count));
	if (of > 0)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, " %7s",
			   number_percent(share, (double)tensor->count / (double)of));
}

void overview_largest(struct overview_page *o, uint32_t row)
{
	const struct layer *rows = o->context->layers->rows;
	const struct tensor *tensors = o->model->tensors;
	uint32_t largest[LARGEST], n = 0;
	uint64_t total = 0;

	for (uint32_t at = row; at < rows[row].end; at++) {
		if (rows[at].kind != LAYER_TENSOR)
			continue;
		total++;
		uint64_t count = tensors[rows[at].item].count;
		if (n == LARGEST && count <= tensors[largest[n - 1]].count)
			continue;
		uint32_t place = n < LARGEST ? n++ : n - 1;
		for (; place > 0 && tensors[largest[place - 1]].count < count; place--)
			largest[place] = largest[place - 1];
		largest[place] = rows[at].item;
	}
	if (n == 0)
		return;
	char count[NUMBER_SIZE];
	page_heading(o->page, "largest tensors");
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "of %s", number_count(count, total));
	for (uint32_t i = 0; i < n; i++)
		overview_tensor_line(o, largest[i], rows[row].parameters);
}

struct census {
	struct overview_op ops[SCOPE_OPS];
	size_t n_ops;
	uint64_t nodes, other_nodes, scopes, tensors, bytes;
};

static void count_op(struct census *census, const struct op *op)
{
	size_t i = 0;

	while (i < census->n_ops && census->ops[i].op != op)
		i++;
	if (i == census->n_ops) {
		if (i == SCOPE_OPS) {
			census->other_nodes++;
			return;
		}
		census->ops[census->n_ops++] = (struct overview_op){ op, 0 };
	}
	census->ops[i].count++;
	/* Towards the front, step by step: the frequent are found soon, and it ends up sorted. */
	for (; i > 0 && census->ops[i].count > census->ops[i - 1].count; i--) {
		struct overview_op moved = census->ops[i];
		census->ops[i] = census->ops[i - 1];
		census->ops[i - 1] = moved;
	}
}

static void take_census(struct overview_page *o, uint32_t row, struct census *census)
{
	const struct layer *rows = o->context->layers->rows;

	for (uint32_t at = row + 1; at < rows[row].end; at++) {
		switch ((enum layer_kind)rows[at].kind) {
		case LAYER_NODE:
			census->nodes++;
			count_op(census, o->model->nodes[rows[at].item].op);
			break;
		case LAYER_TENSOR:
			census->tensors++;
			if (dtype_is_parameter(o->model->tensors[rows[at].item].dtype))
				census->bytes += o->model->tensors[rows[at].item].nbytes;
			break;
		case LAYER_SCOPE:
			census->scopes++;
			break;
		case LAYER_GRAPH:
		case LAYER_MODEL:
			break;
		}
	}
}

static void graph_values(struct overview_page *o, const char *title, uint32_t first, uint32_t n,
			 bool inputs)
{
	uint32_t shown = 0, defaults = 0;
	char count[NUMBER_SIZE];

	page_heading(o->page, title);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t value = o->model->refs[first + i];
		/* Up to IR 3 every initializer is an input too; that says nothing. */
		if (inputs && value != NO_INDEX && o->model->values[value].tensor != NO_INDEX) {
			defaults++;
			continue;
		}
		if (shown++ < OVERVIEW_LIST)
			overview_value(o, value, !inputs);
	}
	overview_more(o, shown);
	if (shown == 0 && defaults == 0) {
		page_line(o->page);
		page_print(o->page, 2, ROLE_DIM, "–");
	}
	if (defaults > 0) {
		page_line(o->page);
		page_print(o->page, 2, ROLE_DIM, "%s that have initializers as defaults",
			   number_count(count, defaults));
	}
}

static void graph_interface(struct overview_page *o, uint32_t index)
{
	const struct graph *graph = &o->model->graphs[index];

	struct overview_page fitted = *o;

	overview_fit(&fitted, graph->first_input, graph->n_inputs, graph->first_output,
		     graph->n_outputs);
	graph_values(&fitted, "inputs", graph->first_input, graph->n_inputs, true);
	graph_values(&fitted, "outputs", graph->first_output, graph->n_outputs, false);
}

void overview_of_scope(struct overview_page *o, uint32_t row)
{
	const struct layer *layer = &o->context->layers->rows[row];
	struct census census = { .n_ops = 0 };
	char nodes[NUMBER_SIZE], tensors[NUMBER_SIZE], share[NUMBER_SIZE];
	struct text path = layer_path(o->context->layers, row, &o->page->arena);

	take_census(o, row, &census);
	page_line(o->page);
	page_text(o->page, 0, ROLE_TITLE, path);
	if (layer->kind == LAYER_GRAPH) {
		const struct graph *graph = &o->model->graphs[layer->item];
		page_field(o->page, "kind", "%s",
			   graph->kind == GRAPH_FUNCTION   ? "function of this model"
			   : graph->kind == GRAPH_TRAINING ? "training graph"
							   : "subgraph");
		page_field_text(o->page, "name", ROLE_NAME, graph->name);
	} else {
		page_field(o->page, "kind", "scope of names");
	}
	page_field(o->page, "nodes", "%s", number_count(nodes, census.nodes));
	if (census.scopes > 0)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "in %s scopes",
			   number_count(tensors, census.scopes + 1));
	page_field(o->page, "tensors", "%s", number_count(tensors, census.tensors));
	overview_parameters(o, layer->parameters, census.bytes);
	if (layer->parameters > 0 && o->model->n_parameters > 0)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· %s of the model",
			   number_percent(share, (double)layer->parameters /
							 (double)o->model->n_parameters));
	if (layer->kind == LAYER_GRAPH)
		graph_interface(o, layer->item);
	if (census.n_ops > 0)
		overview_ops(o, census.ops, census.n_ops, census.nodes);
	if (census.other_nodes > 0) {
		page_line(o->page);
		page_print(o->page, 2, ROLE_DIM, "… and %s of other kinds",
			   number_count(nodes, census.other_nodes));
	}
	overview_largest(o, row);
	if (layer->kind == LAYER_GRAPH)
		overview_notices(o, SUBJECT_GRAPH, layer->item);
}

static struct text base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return text_from(slash && slash[1] ? slash + 1 : path ? path : "model");
}

static void opsets_field(struct overview_page *o)
{
	const struct model *model = o->model;

	page_line(o->page);
	page_print(o->page, 0, ROLE_DIM, "opsets");
	if (model->n_opsets == 0)
		page_print(o->page, PAGE_VALUE, ROLE_WARNING, "–");
	for (size_t i = 0; i < model->n_opsets && i < 16; i++) {
		if (i > 0)
			page_print(o->page, PAGE_AFTER, ROLE_DIM, "·");
		struct text domain = model->opsets[i].domain;
		page_text(o->page, i ? PAGE_AFTER : PAGE_VALUE, ROLE_NORMAL,
			  domain.len ? domain : TEXT("ai.onnx"));
		page_print(o->page, PAGE_AFTER, ROLE_NUMBER, "%" PRId64, model->opsets[i].version);
	}
	if (model->n_opsets > 16)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "… %zu in all", model->n_opsets);
}

static void identity_fields(struct overview_page *o)
{
	const struct model *model = o->model;
	const char *path = session_path(o->context->session, o->context->focus.document);
	char exact[NUMBER_SIZE], size[NUMBER_SIZE];

	page_line(o->page);
	page_text(o->page, 0, ROLE_TITLE, base_name(path));
	page_field(o->page, "format", "%s", strcmp(model->format, "onnx") ? model->format : "ONNX");
	page_print(o->page, PAGE_AFTER, ROLE_NUMBER, "IR version %" PRId64, model->ir_version);
	if (model->n_files > 0 && model->files[0].file) {
		uint64_t bytes = model->files[0].file->size;
		page_field(o->page, "size", "%s", number_bytes(size, bytes));
		if (bytes >= 1024)
			page_print(o->page, PAGE_AFTER, ROLE_DIM, "· %s bytes",
				   number_count(exact, bytes));
	}
	opsets_field(o);
	if (model->producer_name.len || model->producer_version.len) {
		page_line(o->page);
		page_print(o->page, 0, ROLE_DIM, "producer");
		page_text(o->page, PAGE_VALUE, ROLE_NORMAL, model->producer_name);
		page_text(o->page, PAGE_AFTER, ROLE_NORMAL, model->producer_version);
	}
	page_field_text(o->page, "domain", ROLE_NORMAL, model->domain);
	if (model->model_version)
		page_field(o->page, "version", "%" PRId64, model->model_version);
	page_field_text(o->page, "graph", ROLE_NAME, model->graphs[0].name);
	if (model->doc_len)
		page_field(o->page, "doc string", "%s at 0x%" PRIx64,
			   number_bytes(size, model->doc_len), model->doc_offset);
}

static void count_fields(struct overview_page *o)
{
	const struct model *model = o->model;
	char count[3][NUMBER_SIZE];

	page_field(o->page, "nodes", "%s", number_count(count[0], model->n_top_nodes));
	if (model->n_subgraphs)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· %s with those of %s subgraph%s",
			   number_count(count[1], model->n_all_nodes),
			   number_count(count[2], model->n_subgraphs),
			   model->n_subgraphs == 1 ? "" : "s");
	page_field(o->page, "tensors", "%s initializer%s",
		   number_count(count[0], model->n_initializers),
		   model->n_initializers == 1 ? "" : "s");
	if (model->n_sparse)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· %s sparse",
			   number_count(count[0], model->n_sparse));
	overview_parameters(o, model->n_parameters, model->weight_bytes);
	if (model->n_files > 1)
		page_field(o->page, "files", "%zu beside the model hold tensor data",
			   model->n_files - 1);
	size_t bad = 0;
	for (size_t i = 0; i < model->n_notices; i++)
		bad += model->notices[i].severity == SEVERITY_PROBLEM;
	if (model->n_notices == 0)
		return;
	page_line(o->page);
	page_print(o->page, 0, ROLE_DIM, "notices");
	if (bad > 0)
		page_print(o->page, PAGE_VALUE, ROLE_BAD, "%zu problem%s", bad,
			   bad == 1 ? "" : "s");
	if (model->n_notices > bad)
		page_print(o->page, bad > 0 ? PAGE_AFTER : PAGE_VALUE, ROLE_WARNING, "%s%s to note",
			   bad > 0 ? "and " : "", number_count(count[0], model->n_notices - bad));
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "· see Check");
}

/* "sizes  batch=1 · seq not bound": what the names of dimensions stand for. */
static void sizes_field(struct overview_page *o)
{
	size_t n_bound, n = 0;
	const struct dim_binding *bound = session_dims(o->context->session, &n_bound);
	const struct dim_binding *all =
		cost_bindings(o->model, bound, n_bound, &o->page->arena, &n);
	char size[NUMBER_SIZE];

	if (!all || n == 0)
		return;
	page_line(o->page);
	page_print(o->page, 0, ROLE_DIM, "sizes");
	for (size_t i = 0; i < n && i < OVERVIEW_LIST; i++) {
		if (i)
			page_print(o->page, PAGE_AFTER, ROLE_DIM, "·");
		page_text(o->page, i ? PAGE_AFTER : PAGE_VALUE, ROLE_NAME, kept(o, all[i].name));
		if (i < n_bound)
			page_print(o->page, PAGE_BESIDE, ROLE_NUMBER, "=%s",
				   number_count(size, (uint64_t)all[i].size));
		else
			page_print(o->page, PAGE_AFTER, ROLE_WARNING, "not bound");
	}
	if (n > n_bound)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· :dim NAME=SIZE");
}

static void metadata_list(struct overview_page *o)
{
	const struct model *model = o->model;

	if (model->n_metadata == 0)
		return;
	page_heading(o->page, "metadata");
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%zu", model->n_metadata);
	for (size_t i = 0; i < model->n_metadata && i < OVERVIEW_LIST; i++) {
		page_line(o->page);
		page_text(o->page, 2, ROLE_DIM, model->metadata[i].key);
		page_text(o->page, o->type_column, ROLE_NORMAL, model->metadata[i].value);
	}
	overview_more(o, model->n_metadata);
}

static void function_list(struct overview_page *o)
{
	const struct model *model = o->model;
	uint64_t shown = 0;
	char count[2][NUMBER_SIZE];

	if (model->n_functions == 0)
		return;
	page_heading(o->page, "functions");
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%s · %s node%s",
		   number_count(count[0], model->n_functions),
		   number_count(count[1], model->n_function_nodes),
		   model->n_function_nodes == 1 ? "" : "s");
	for (size_t i = 0; i < model->n_graphs && shown < OVERVIEW_LIST; i++) {
		if (model->graphs[i].kind != GRAPH_FUNCTION)
			continue;
		shown++;
		page_line(o->page);
		page_text(o->page, 2, ROLE_SCOPE, model->graphs[i].label);
		page_print(o->page, o->type_column, ROLE_NUMBER, "%s node%s",
			   number_count(count[0], model->graphs[i].n_nodes),
			   model->graphs[i].n_nodes == 1 ? "" : "s");
	}
	overview_more(o, model->n_functions);
}

void overview_of_model(struct overview_page *o)
{
	const struct model *model = o->model;
	const struct report *structure;
	struct overview_op *ops;
	size_t n = model->n_ops < OVERVIEW_LIST ? model->n_ops : OVERVIEW_LIST;

	identity_fields(o);
	count_fields(o);
	sizes_field(o);
	structure = structure_report(o->context);
	structure_summary(o->page, structure, o->width);
	graph_interface(o, 0);
	ops = arena_array(&o->page->arena, n, sizeof *ops);
	size_t used = 0;
	/* Operators of functions alone are counted with their functions. */
	for (size_t i = 0; ops && i < n; i++) {
		if (model->ops[i]->count > 0)
			ops[used++] = (struct overview_op){ model->ops[i], model->ops[i]->count };
	}
	if (used > 0)
		overview_ops(o, ops, used, model->n_all_nodes);
	overview_largest(o, 0);
	structure_lines(o->page, o->context, structure, STRUCTURE_SHOWN);
	metadata_list(o);
	function_list(o);
}
