/* The overview of a node and of a tensor. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/views/op_doc_lines.h"
#include "ui/views/overview.h"
#include "ui/views/shape.h"

#define ATTRIBUTE_ITEMS 64 /* of a list that are shown */
#define KIND_COLUMN	22
#define VALUE_COLUMN	(KIND_COLUMN + 8)

static void graph_path(struct overview_page *o, uint32_t graph)
{
	struct text path = model_graph_path(o->model, graph, &o->page->arena);

	page_field_text(o->page, "graph", ROLE_SCOPE, path);
}

/* The version of the operator's domain: a function has imports of its own. */
int64_t overview_opset(const struct model *model, const struct node *node)
{
	const struct opset *opsets = model->opsets;
	size_t n = model->n_opsets;
	uint32_t graph = node->graph;
	struct text domain = node->op->domain;

	while (model->graphs[graph].kind == GRAPH_SUBGRAPH && model->graphs[graph].parent < graph)
		graph = model->graphs[graph].parent;
	if (model->graphs[graph].kind == GRAPH_FUNCTION) {
		opsets = model->graphs[graph].opsets;
		n = model->graphs[graph].n_opsets;
	}
	if (text_is(domain, "ai.onnx"))
		domain.len = 0;
	for (size_t i = 0; i < n; i++) {
		struct text known = opsets[i].domain;
		if (text_is(known, "ai.onnx"))
			known.len = 0;
		if (text_equal(known, domain))
			return opsets[i].version;
	}
	return -1;
}

static void operator_field(struct overview_page *o, const struct node *node)
{
	int64_t version = overview_opset(o->model, node);

	page_line(o->page);
	page_print(o->page, 0, ROLE_DIM, "operator");
	page_text(o->page, PAGE_VALUE, ROLE_OP, node->op->type);
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "of");
	if (node->op->domain.len)
		page_text(o->page, PAGE_AFTER, ROLE_NORMAL, node->op->domain);
	else
		page_print(o->page, PAGE_AFTER, ROLE_NORMAL, "ai.onnx");
	if (version >= 0)
		page_print(o->page, PAGE_AFTER, ROLE_NUMBER, "opset %" PRId64, version);
	else
		page_print(o->page, PAGE_AFTER, ROLE_WARNING, "opset not imported");
	if (node->op->function != NO_INDEX)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· function of this model");
}

/* Beside the heading of a list: whose the types with a ~ are, or why there are none. */
static void say_inferred(struct overview_page *o, uint32_t first, uint32_t n, bool as_input)
{
	bool inferred = false, open = false;

	for (uint32_t i = 0; i < n && i < OVERVIEW_LIST; i++) {
		uint32_t value = o->model->refs[first + i];
		char type[64];

		if (value == NO_INDEX)
			continue;
		open |= !value_words(o->model, o->shapes, value, o->gate, type, sizeof type) ||
			strchr(type, '?') || strstr(type, "any rank");
		inferred |= type[0] == '~';
	}
	if (inferred)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "  ~ inferred");
	if (open && o->inference && o->inference->state == REPORT_WAITING)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "  libonnx is being asked ...");
	/* Once, at the outputs. */
	if (as_input || !o->inference || o->inference->state != REPORT_FAILED)
		return;
	/* That there is nobody to ask is of interest only where something is missing. */
	if (!open && (o->inference->absent || o->inference->error.code == ERROR_FORMAT))
		return;
	page_line(o->page);
	page_wrap(o->page, 2, o->width, ROLE_WARNING,
		  arena_text(&o->page->arena, o->inference->error.message,
			     strlen(o->inference->error.message)));
}

static void values(struct overview_page *o, const char *title, uint32_t first, uint32_t n,
		   bool as_input)
{
	if (n == 0)
		return;
	page_heading(o->page, title);
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%" PRIu32, n);
	say_inferred(o, first, n, as_input);
	for (uint32_t i = 0; i < n && i < OVERVIEW_LIST; i++)
		overview_value(o, o->model->refs[first + i], as_input);
	overview_more(o, n);
}

static void tensor_words(struct overview_page *o, uint32_t index)
{
	const struct tensor *tensor = &o->model->tensors[index];
	char dtype[32], shape[200];

	dtype_words(tensor, dtype, sizeof dtype);
	shape_of_tensor(tensor, SHAPE_LIST, shape, sizeof shape);
	page_print(o->page, PAGE_AFTER, ROLE_DTYPE, "%s %s", dtype, shape);
	if (tensor->name.len)
		page_text(o->page, PAGE_AFTER, ROLE_NAME, tensor->name);
}

static void graph_words(struct overview_page *o, uint32_t index)
{
	char buffer[NUMBER_SIZE];
	const struct graph *graph = &o->model->graphs[index];

	page_text(o->page, PAGE_AFTER, ROLE_SCOPE, graph->name);
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "graph of %s node%s",
		   number_count(buffer, graph->n_nodes), graph->n_nodes == 1 ? "" : "s");
}

static void text_words(struct overview_page *o, int column, struct text text)
{
	page_print(o->page, column, ROLE_DIM, "\"");
	page_text(o->page, PAGE_BESIDE, ROLE_NUMBER, text);
	page_print(o->page, PAGE_BESIDE, ROLE_DIM, "\"");
}

static void type_value(struct overview_page *o, uint32_t index)
{
	char type[256];

	type_words(o->model, index, o->gate, type, sizeof type);
	page_print(o->page, PAGE_AFTER, ROLE_DTYPE, "%s", type);
}

/* One item of a list; the columns it takes, at most. */
static size_t list_item(struct overview_page *o, const struct attribute *a, uint32_t i, int column)
{
	char buffer[NUMBER_SIZE];
	const char *comma = i + 1 < a->count ? "," : "";

	switch ((enum attribute_kind)a->kind) {
	case ATTRIBUTE_FLOATS:
		page_print(o->page, column, ROLE_NUMBER, "%s%s",
			   number_exact_f32(buffer, a->floats[i]), comma);
		return strlen(buffer) + 2;
	case ATTRIBUTE_INTS:
		snprintf(buffer, sizeof buffer, "%" PRId64 "%s", a->ints[i], comma);
		page_print(o->page, column, ROLE_NUMBER, "%s", buffer);
		return strlen(buffer) + 1;
	case ATTRIBUTE_STRINGS:
		text_words(o, column, a->strings[i]);
		return gate_width(o->gate, a->strings[i], 4096) + 3;
	case ATTRIBUTE_GRAPHS:
		graph_words(o, a->indices[i]);
		break;
	case ATTRIBUTE_TYPES:
		type_value(o, a->indices[i]);
		break;
	default:
		tensor_words(o, a->indices[i]);
	}
	return (size_t)o->width;
}

static void list_value(struct overview_page *o, const struct attribute *a)
{
	char buffer[NUMBER_SIZE];
	size_t x = VALUE_COLUMN + 1;

	page_print(o->page, PAGE_AFTER, ROLE_DIM, "[");
	for (uint32_t i = 0; i < a->count && i < ATTRIBUTE_ITEMS; i++) {
		bool wraps = i > 0 && x + 8 > (size_t)o->width;
		if (wraps) {
			page_line(o->page);
			x = VALUE_COLUMN + 1;
		}
		x += list_item(o, a, i, wraps ? VALUE_COLUMN + 1 : i ? PAGE_AFTER : PAGE_BESIDE);
	}
	if (a->count > ATTRIBUTE_ITEMS)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "… %s in all ]",
			   number_count(buffer, a->count));
	else
		page_print(o->page, PAGE_BESIDE, ROLE_DIM, "]");
}

/* Numbers that stand for an element type: Cast and the generators. */
static void dtype_meaning(struct overview_page *o, const struct attribute *a)
{
	enum dtype dtype = dtype_from_onnx(a->i);

	if ((text_is(a->name, "to") || text_is(a->name, "dtype")) && dtype != DTYPE_UNKNOWN)
		page_print(o->page, PAGE_AFTER, ROLE_DTYPE, "%s", dtype_name(dtype));
}

static void attribute_value(struct overview_page *o, const struct attribute *a)
{
	char buffer[NUMBER_SIZE];

	if (a->is_reference) {
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "from the function's attribute");
		page_text(o->page, PAGE_AFTER, ROLE_NAME, a->s);
		return;
	}
	switch ((enum attribute_kind)a->kind) {
	case ATTRIBUTE_UNDEFINED:
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "–");
		break;
	case ATTRIBUTE_FLOAT:
		page_print(o->page, PAGE_AFTER, ROLE_NUMBER, "%s", number_exact_f32(buffer, a->f));
		break;
	case ATTRIBUTE_INT:
		page_print(o->page, PAGE_AFTER, ROLE_NUMBER, "%" PRId64, a->i);
		dtype_meaning(o, a);
		break;
	case ATTRIBUTE_STRING:
		text_words(o, PAGE_AFTER, a->s);
		break;
	case ATTRIBUTE_TENSOR:
	case ATTRIBUTE_SPARSE_TENSOR:
		tensor_words(o, a->index);
		break;
	case ATTRIBUTE_GRAPH:
		graph_words(o, a->index);
		break;
	case ATTRIBUTE_TYPE:
		type_value(o, a->index);
		break;
	default:
		list_value(o, a);
	}
}

static void attributes(struct overview_page *o, const struct node *node)
{
	if (node->n_attributes == 0)
		return;
	page_heading(o->page, "attributes");
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%" PRIu32, node->n_attributes);
	for (uint32_t i = 0; i < node->n_attributes && i < OVERVIEW_LIST; i++) {
		const struct attribute *a = &o->model->attributes[node->first_attribute + i];
		page_line(o->page);
		page_text(o->page, 2, ROLE_NAME, a->name);
		/* The kind stands in a column, the value follows it. */
		page_print(o->page, KIND_COLUMN, ROLE_DIM, "%-7s", attribute_kind_name(a->kind));
		attribute_value(o, a);
	}
	overview_more(o, node->n_attributes);
}

static void node_parameters(struct overview_page *o, uint32_t index)
{
	const struct layers *layers = o->context->layers;
	const struct layer *rows = layers->rows;
	uint32_t row = layers->row_of_node[index];
	uint64_t bytes = 0;

	for (uint32_t at = row + 1; at < rows[row].end; at++) {
		if (rows[at].kind != LAYER_TENSOR)
			continue;
		const struct tensor *tensor = &o->model->tensors[rows[at].item];
		if (dtype_is_parameter(tensor->dtype))
			bytes += tensor->nbytes;
	}
	overview_parameters(o, rows[row].parameters, bytes);
}

static void documentation(struct overview_page *o)
{
	if (!o->op_doc || o->op_doc->state == REPORT_STOPPED)
		return;
	page_heading(o->page, "documentation");
	if (o->op_doc->state == REPORT_DONE) {
		op_doc_source(o->page, o->op_doc->op_doc);
		op_doc_lines(o->page, o->op_doc->op_doc, o->width);
		return;
	}
	page_line(o->page);
	if (o->op_doc->state == REPORT_WAITING)
		page_print(o->page, 2, ROLE_DIM, "libonnx is being asked ...");
	else
		page_wrap(o->page, 2, o->width, ROLE_DIM,
			  arena_text(&o->page->arena, o->op_doc->error.message,
				     strlen(o->op_doc->error.message)));
}

void overview_of_node(struct overview_page *o, uint32_t index)
{
	const struct node *node = &o->model->nodes[index];
	char buffer[64];
	struct text label = layer_label(o->context->layers, o->context->focus.row, buffer);
	struct overview_page fitted = *o;

	page_line(o->page);
	page_text(o->page, 0, ROLE_TITLE, arena_text(&o->page->arena, label.data, label.len));
	operator_field(o, node);
	if (node->name.len)
		page_field_text(o->page, "name", ROLE_NAME, node->name);
	else
		page_field(o->page, "name", "–");
	graph_path(o, node->graph);
	node_parameters(o, index);
	page_field(o->page, "offset", "0x%" PRIx64, node->offset);
	overview_fit(&fitted, node->first_input, node->n_inputs, node->first_output,
		     node->n_outputs);
	values(&fitted, "inputs", node->first_input, node->n_inputs, true);
	values(&fitted, "outputs", node->first_output, node->n_outputs, false);
	attributes(o, node);
	overview_notices(o, SUBJECT_NODE, index);
	documentation(o);
}

static const char *const kind_words[] = {
	[TENSOR_INITIALIZER] = "initializer",
	[TENSOR_CONSTANT] = "constant",
	[TENSOR_SPARSE] = "sparse tensor",
	[TENSOR_INDICES] = "indices of a sparse tensor",
};

static const char *const problem_words[] = {
	[TENSOR_OK] = "",
	[TENSOR_OVERFLOW] = "element count does not fit 64 bits",
	[TENSOR_BAD_DIMS] = "negative dimension",
	[TENSOR_BAD_DTYPE] = "element type that this storage cannot hold, or unknown",
	[TENSOR_SHORT] = "fewer bytes than the shape needs",
	[TENSOR_LONG] = "more bytes than the shape needs",
	[TENSOR_NO_DATA] = "no data",
};

static void tensor_extent(struct overview_page *o, const struct tensor *tensor)
{
	char count[NUMBER_SIZE], bytes[NUMBER_SIZE], exact[NUMBER_SIZE];

	if (tensor->problem == TENSOR_OVERFLOW || tensor->problem == TENSOR_BAD_DIMS)
		page_field(o->page, "elements", "–");
	else
		page_field(o->page, "elements", "%s", number_count(count, tensor->count));
	if (tensor->present < tensor->count)
		page_print(o->page, PAGE_AFTER, ROLE_WARNING, "· %s present",
			   number_count(count, tensor->present));
	if (tensor->nbytes < 1024)
		page_field(o->page, "bytes", "%s", number_count(exact, tensor->nbytes));
	else
		page_field(o->page, "bytes", "%s · %s", number_count(exact, tensor->nbytes),
			   number_bytes(bytes, tensor->nbytes));
	page_field(o->page, "storage", "%s", storage_name(tensor->storage));
	if (tensor->n_runs > 1)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "in %" PRIu32 " pieces", tensor->n_runs);
	if (tensor->file > 0 && tensor->file < o->model->n_files)
		page_field_text(o->page, "file", ROLE_NAME, o->model->files[tensor->file].location);
	if (tensor->n_runs > 0)
		page_field(o->page, "offset", "0x%" PRIx64, tensor_offset(tensor));
}

static void tensor_users(struct overview_page *o, const struct tensor *tensor)
{
	const struct model *model = o->model;
	char buffer[64], op_buffer[256];

	if (tensor->value == NO_INDEX)
		return;
	const struct value *value = &model->values[tensor->value];
	page_heading(o->page, "used by");
	if (value->n_consumers == 0) {
		page_line(o->page);
		page_print(o->page, 2, ROLE_DIM, "%s",
			   value->flags & VALUE_OUTPUT ? "an output of its graph" : "no node");
		return;
	}
	page_print(o->page, PAGE_AFTER, ROLE_DIM, "%" PRIu32, value->n_consumers);
	for (uint32_t i = 0; i < value->n_consumers && i < OVERVIEW_LIST; i++) {
		uint32_t node = model->consumers[value->first_consumer + i];
		struct text label = model_node_label(model, node, buffer);
		struct text op = model_op_label(model->nodes[node].op, op_buffer);
		page_line(o->page);
		page_text(o->page, 2, ROLE_NAME,
			  arena_text(&o->page->arena, label.data, label.len));
		page_text(o->page, o->type_column, ROLE_OP,
			  arena_text(&o->page->arena, op.data, op.len));
	}
	overview_more(o, value->n_consumers);
}

static void tensor_annotation(struct overview_page *o, const struct tensor *tensor)
{
	if (tensor->quant == NO_INDEX || tensor->quant >= o->model->n_annotations)
		return;
	const struct quant_annotation *annotation = &o->model->annotations[tensor->quant];
	page_heading(o->page, "quantization annotation");
	for (uint32_t i = 0; i < annotation->n_entries && i < OVERVIEW_LIST; i++) {
		page_line(o->page);
		page_text(o->page, 2, ROLE_DIM, annotation->entries[i].key);
		page_text(o->page, o->type_column, ROLE_NAME, annotation->entries[i].value);
	}
	overview_more(o, annotation->n_entries);
}

void overview_of_tensor(struct overview_page *o, uint32_t index)
{
	const struct tensor *tensor = &o->model->tensors[index];
	char buffer[200];
	struct text label = model_tensor_label(o->model, index, buffer);

	page_line(o->page);
	page_text(o->page, 0, ROLE_TITLE, arena_text(&o->page->arena, label.data, label.len));
	page_field(o->page, "kind", "%s", kind_words[tensor->kind]);
	if (tensor->value != NO_INDEX && tensor->kind != TENSOR_CONSTANT &&
	    o->model->values[tensor->value].flags & VALUE_INPUT)
		page_print(o->page, PAGE_AFTER, ROLE_DIM, "· default of an input");
	if (tensor->node != NO_INDEX) {
		struct text node = model_node_label(o->model, tensor->node, buffer);
		page_field_text(o->page, "of node", ROLE_NAME,
				arena_text(&o->page->arena, node.data, node.len));
	}
	dtype_words(tensor, buffer, sizeof buffer);
	page_field(o->page, "dtype", "%s", buffer);
	shape_of_tensor(tensor, SHAPE_LIST, buffer, sizeof buffer);
	page_field(o->page, "shape", "%s", buffer);
	tensor_extent(o, tensor);
	if (tensor->indices != NO_INDEX && tensor->indices < o->model->n_tensors) {
		page_field(o->page, "indices", "%s", "");
		tensor_words(o, tensor->indices);
	}
	graph_path(o, tensor->graph);
	if (tensor->problem != TENSOR_OK) {
		page_line(o->page);
		page_print(o->page, 0, ROLE_BAD, "problem");
		page_print(o->page, PAGE_VALUE, ROLE_BAD, "%s", problem_words[tensor->problem]);
	}
	tensor_users(o, tensor);
	tensor_annotation(o, tensor);
	overview_notices(o, SUBJECT_TENSOR, index);
}
