/* Overview: what the selected row is. Built as a page when the selection changes. */
#include "ui/views/overview.h"

#include <stdio.h>
#include <string.h>

#include "session/dims.h"
#include "ui/canvas/number.h"
#include "ui/views/layer_curves.h"
#include "ui/views/scroll.h"
#include "ui/views/shape.h"
#include "ui/views/structure_lines.h"

struct overview {
	struct page page;
	struct scroll scroll;
	/* What the page is about; anything else makes a new one. */
	const struct model *model;
	const struct layers *layers;
	uint32_t row;
	int width;
	enum gate_mode gate;
	const struct glyphs *glyphs;
	uint64_t runs; /* version + 1; 0: none are open */
	struct told {
		const struct shapes *shapes;
		const struct op_doc *op_doc;
		const struct dim_binding *dims;
		const struct report *structure;
		int inference_state, op_doc_state; /* enum report_state, -1: not asked for */
		int structure_state;
	} told; /* by libonnx */
};

static bool told_same(const struct told *a, const struct told *b)
{
	return a->shapes == b->shapes && a->op_doc == b->op_doc && a->dims == b->dims &&
	       a->structure == b->structure && a->structure_state == b->structure_state &&
	       a->inference_state == b->inference_state && a->op_doc_state == b->op_doc_state;
}

void overview_more(struct overview_page *o, uint64_t count)
{
	char buffer[NUMBER_SIZE];

	if (count <= OVERVIEW_LIST)
		return;
	page_line(o->page);
	page_print(o->page, 2, ROLE_DIM, "… and %s more",
		   number_count(buffer, count - OVERVIEW_LIST));
}

static struct text kept_node_label(struct overview_page *o, uint32_t node)
{
	char buffer[64];
	struct text label = model_node_label(o->model, node, buffer);

	return label.data == buffer ? arena_text(&o->page->arena, label.data, label.len) : label;
}

/* The operator first: names may be long, and are cut. */
static void other_node(struct overview_page *o, const char *word, uint32_t node)
{
	char buffer[256];
	struct text op = model_op_label(o->model->nodes[node].op, buffer);

	page_print(o->page, o->other_column, ROLE_DIM, "%s", word);
	page_text(o->page, PAGE_AFTER, ROLE_OP, arena_text(&o->page->arena, op.data, op.len));
	page_text(o->page, PAGE_AFTER, ROLE_NAME, kept_node_label(o, node));
}

static void value_origin(struct overview_page *o, const struct value *value)
{
	const char *word = NULL;

	if (value->producer != NO_INDEX) {
		other_node(o, "from", value->producer);
		return;
	}
	if (value->tensor != NO_INDEX)
		word = value->flags & VALUE_INPUT ? "initializer, input" : "initializer";
	else if (value->flags & VALUE_INPUT)
		word = o->model->graphs[value->graph].kind == GRAPH_MAIN ? "model input"
									 : "graph input";
	else if (value->flags & VALUE_DANGLING)
		word = "nobody makes it";
	if (word)
		page_print(o->page, o->other_column,
			   value->flags & VALUE_DANGLING ? ROLE_WARNING : ROLE_DIM, "%s", word);
}

static void value_use(struct overview_page *o, const struct value *value)
{
	char buffer[NUMBER_SIZE];
	bool output = value->flags & VALUE_OUTPUT;

	if (value->n_consumers == 0) {
		const char *graph = o->model->graphs[value->graph].kind == GRAPH_MAIN
					    ? "model output"
					    : "graph output";
		page_print(o->page, o->other_column, ROLE_DIM, "%s", output ? graph : "not used");
		return;
	}
	char word[NUMBER_SIZE + 24] = "to";
	if (value->n_consumers > 1)
		snprintf(word, sizeof word, "%s%s uses:", output ? "output, " : "",
			 number_count(buffer, value->n_consumers));
	else if (output)
		strcpy(word, "output, and to");
	other_node(o, word, o->model->consumers[value->first_consumer]);
}

/* Makes room for the widest name and type of a list. */
static void widen(const struct overview_page *o, uint32_t first, uint32_t n, size_t *name,
		  size_t *type)
{
	enum { LOOKED_AT = 200 };
	size_t most = o->width > 40 ? (size_t)o->width / 2 : 20;
	char buffer[256];

	for (uint32_t i = 0; i < n && i < LOOKED_AT; i++) {
		uint32_t index = o->model->refs[first + i];
		if (index == NO_INDEX)
			continue;
		const struct value *value = &o->model->values[index];
		size_t width = gate_width(o->gate, value->name, most);
		*name = width > *name ? width : *name;
		value_words(o->model, o->shapes, index, o->gate, buffer, sizeof buffer);
		width = gate_width(GATE_UNICODE, text_from(buffer), most);
		*type = width > *type ? width : *type;
	}
}

void overview_fit(struct overview_page *o, uint32_t first_input, uint32_t n_inputs,
		  uint32_t first_output, uint32_t n_outputs)
{
	size_t name = 6, type = 1, room = o->width > 40 ? (size_t)o->width - 24 : 16;

	widen(o, first_input, n_inputs, &name, &type);
	widen(o, first_output, n_outputs, &name, &type);
	/* Names give way first, so that where a value comes from stays to be seen. */
	if (name + type > room)
		name = room > type + 14 ? room - type : 14;
	if (name + type > room)
		type = room > name ? room - name : 1;
	o->type_column = (int)name + 4;
	o->other_column = o->type_column + (int)type + 2;
}

void overview_value(struct overview_page *o, uint32_t index, bool as_input)
{
	char type[256];

	page_line(o->page);
	if (index == NO_INDEX) {
		page_print(o->page, 2, ROLE_DIM, "– omitted");
		return;
	}
	const struct value *value = &o->model->values[index];
	if (value->name.len)
		page_text(o->page, 2, ROLE_NAME, value->name);
	else
		page_print(o->page, 2, ROLE_DIM, "–");
	bool known = value_words(o->model, o->shapes, index, o->gate, type, sizeof type);
	page_print(o->page, o->type_column, known ? ROLE_DTYPE : ROLE_DIM, "%s", type);
	if (as_input)
		value_origin(o, value);
	else
		value_use(o, value);
}

void overview_parameters(struct overview_page *o, uint64_t parameters, uint64_t bytes)
{
	char count[NUMBER_SIZE], size[NUMBER_SIZE];

	if (parameters > 0)
		page_field(o->page, "parameters", "%s · %s", number_count(count, parameters),
			   number_bytes(size, bytes));
	else
		page_field(o->page, "parameters", "–");
}

void overview_notices(struct overview_page *o, enum subject_kind kind, uint32_t subject)
{
	bool any = false;

	for (size_t i = 0; i < o->model->n_notices; i++) {
		const struct notice *notice = &o->model->notices[i];
		if (notice->subject_kind != kind || notice->subject != subject)
			continue;
		if (!any)
			page_heading(o->page, "notices");
		any = true;
		bool bad = notice->severity == SEVERITY_PROBLEM;
		page_line(o->page);
		page_print(o->page, 2, bad ? ROLE_BAD : ROLE_WARNING, "%s",
			   bad					  ? "problem"
			   : notice->severity == SEVERITY_WARNING ? "warning"
								  : "note");
		page_text(o->page, PAGE_AFTER, ROLE_NORMAL, notice->message);
	}
}

/* The node that is selected, where its operator is one that the library may know. */
static const struct node *documented_node(const struct view_context *context)
{
	const struct layer *layer = &context->layers->rows[context->focus.row];
	const struct node *node =
		layer->kind == LAYER_NODE ? &context->model->nodes[layer->item] : NULL;

	return node && node->op->function == NO_INDEX ? node : NULL;
}

static int64_t documented_opset(const struct view_context *context, const struct node *node)
{
	int64_t opset = overview_opset(context->model, node);

	return opset > 0 ? opset : 0;
}

static void want_from_library(const struct view_context *context)
{
	const struct node *node;
	size_t n_dims;

	if (!context->layers || context->focus.row >= context->layers->n_rows ||
	    strcmp(context->model->format, "onnx") != 0)
		return;
	node = documented_node(context);
	switch ((enum layer_kind)context->layers->rows[context->focus.row].kind) {
	case LAYER_TENSOR:
		break;
	case LAYER_MODEL:
		structure_want(context);
		/* Its inputs and outputs are declared; sizes that were given change them. */
		session_dims(context->session, &n_dims);
		if (n_dims > 0)
			session_want_shapes(context->session, context->focus.document);
		break;
	case LAYER_SCOPE:
	case LAYER_GRAPH:
	case LAYER_NODE:
		session_want_shapes(context->session, context->focus.document);
		break;
	}
	if (node)
		session_want_op_doc(context->session, node->op->domain, node->op->type,
				    documented_opset(context, node));
}

static void ask_library(struct overview_page *o, struct told *told)
{
	const struct node *node = documented_node(o->context);
	const struct report *structure = structure_report(o->context);
	size_t n_dims;

	o->inference = session_shapes(o->context->session, o->context->focus.document);
	o->shapes = o->inference ? o->inference->shapes : NULL;
	if (o->shapes && o->shapes->model != o->model)
		o->shapes = NULL;
	if (node)
		o->op_doc = session_op_doc(o->context->session, node->op->domain, node->op->type,
					   documented_opset(o->context, node));
	*told = (struct told){
		.shapes = o->shapes,
		.dims = session_dims(o->context->session, &n_dims),
		.op_doc = o->op_doc ? o->op_doc->op_doc : NULL,
		.structure = structure,
		.structure_state = structure ? (int)structure->state : -1,
		.inference_state = o->inference ? (int)o->inference->state : -1,
		.op_doc_state = o->op_doc ? (int)o->op_doc->state : -1,
	};
}

#define CURVES_SHOWN 12

/* "gradients/fc1.weight ▇▅▃▂▁ 0.0123 · run": what was logged of the selected layer while it was
 * trained. */
static void layer_curves(struct overview_page *o)
{
	const struct view_context *context = o->context;
	struct layer_curve found[CURVES_SHOWN];
	char bars[100], number[NUMBER_SIZE];
	size_t n = layer_curves_of_row(context, context->focus.row, &o->page->arena, found,
				       CURVES_SHOWN);

	if (!n)
		return;
	page_heading(o->page, "training");
	for (size_t i = 0; i < n && i < CURVES_SHOWN; i++) {
		const struct series *series = found[i].series;

		layer_curve_bars(series, context->glyphs, 16, bars, sizeof bars);
		page_line(o->page);
		page_text(o->page, 2, ROLE_NAME,
			  arena_text(&o->page->arena, series->tag.data, series->tag.len));
		page_print(o->page, o->type_column, ROLE_SPARK, "%s", bars);
		page_print(o->page, o->type_column + 17, ROLE_NUMBER, "%s",
			   number_value(number, series_point(series, series->count - 1).value, 4));
		page_text(o->page, o->type_column + 29, ROLE_DIM,
			  arena_text(&o->page->arena, found[i].run->name.data,
				     found[i].run->name.len));
	}
	if (n > CURVES_SHOWN) {
		page_line(o->page);
		page_print(o->page, 2, ROLE_DIM, "and %s more: see Curves",
			   number_count(number, n - CURVES_SHOWN));
	}
}

static void build(struct overview *overview, struct overview_page *page, int width)
{
	struct overview_page o = *page;
	const struct view_context *context = o.context;
	const struct layer *layer = &context->layers->rows[context->focus.row];

	o.type_column = width * 2 / 5 < 16 ? 16 : width * 2 / 5 > 44 ? 44 : width * 2 / 5;
	o.other_column = o.type_column + (width / 3 < 16 ? 16 : width / 3 > 34 ? 34 : width / 3);
	page_reset(&overview->page);
	switch ((enum layer_kind)layer->kind) {
	case LAYER_MODEL:
		overview_of_model(&o);
		break;
	case LAYER_SCOPE:
	case LAYER_GRAPH:
		overview_of_scope(&o, context->focus.row);
		break;
	case LAYER_NODE:
		overview_of_node(&o, layer->item);
		break;
	case LAYER_TENSOR:
		overview_of_tensor(&o, layer->item);
		break;
	}
	layer_curves(&o);
}

static void refresh(struct overview *overview, const struct view_context *context, int width)
{
	enum gate_mode gate = context->glyphs->gate;
	struct overview_page o = {
		.page = &overview->page,
		.context = context,
		.model = context->model,
		.gate = gate,
		.width = width,
	};
	struct told told;

	if (!context->layers || context->focus.row >= context->layers->n_rows)
		return;
	ask_library(&o, &told);
	bool same = overview->layers == context->layers && overview->row == context->focus.row;
	if (same && overview->model == context->model && overview->width == width &&
	    overview->gate == gate && overview->glyphs == context->glyphs &&
	    overview->runs == (context->runs ? context->runs->version + 1 : 0) && told_same(&overview->told, &told))
		return;
	if (!same)
		overview->scroll = (struct scroll){ 0, 0 };
	build(overview, &o, width);
	overview->told = told;
	overview->model = context->model;
	overview->layers = context->layers;
	overview->row = context->focus.row;
	overview->width = width;
	overview->gate = gate;
	overview->glyphs = context->glyphs;
	overview->runs = context->runs ? context->runs->version + 1 : 0;
}

static void overview_update(struct view *view, const struct view_context *context)
{
	struct overview *overview = view->state;

	want_from_library(context);
	refresh(overview, context, context->width);
	scroll_clamp(&overview->scroll, overview->page.lines.count, (uint64_t)context->height,
		     false);
}

static int overview_measure(struct view *view, const struct view_context *context, int width)
{
	struct overview *overview = view->state;

	refresh(overview, context, width);
	return overview->page.lines.count ? (int)overview->page.lines.count : 1;
}

static void overview_draw(const struct view *view, const struct view_context *context,
			  struct canvas *canvas)
{
	const struct overview *overview = view->state;

	if (overview->layers == context->layers && overview->row == context->focus.row)
		page_draw(&overview->page, canvas, context->whole ? 0 : overview->scroll.top);
	if (!context->whole)
		scroll_marks(canvas, overview->scroll.top, overview->page.lines.count);
}

static unsigned overview_command(struct view *view, const struct view_context *context,
				 enum command command, struct text argument,
				 struct view_answer *answer)
{
	struct overview *overview = view->state;

	(void)argument;
	(void)answer;
	if (!scroll_command(&overview->scroll, command, overview->page.lines.count,
			    (uint64_t)context->height, false))
		return EFFECT_PASS;
	return EFFECT_REDRAW;
}

static void overview_close(struct view *view)
{
	struct overview *overview = view->state;

	page_free(&overview->page);
}

const struct view_ops overview_view = {
	.name = "overview",
	.title = "Overview",
	.scope = SCOPE_GENERAL,
	.state_size = sizeof(struct overview),
	.update = overview_update,
	.measure = overview_measure,
	.draw = overview_draw,
	.command = overview_command,
	.close = overview_close,
};
