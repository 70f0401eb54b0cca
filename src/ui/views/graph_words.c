#include "ui/views/graph_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/model/layer_names.h"
#include "ui/canvas/number.h"
#include "ui/views/shape.h"

enum { NAME_WIDTH = 26, OP_WIDTH = 24, LABEL_WIDTH = 28 };

static void add_text(struct graph_words *words, enum gate_mode mode, enum role role, int most,
		     struct text text)
{
	struct graph_span *span = &words->spans[words->n];
	int width = (int)gate_width(mode, text, (size_t)most + 1);

	if (text.len == 0 || words->n == GRAPH_SPANS)
		return;
	/* A short text may be in a buffer of the caller's. */
	if (text.len <= sizeof span->buffer) {
		memcpy(span->buffer, text.data, text.len);
		text.data = NULL;
	}
	span->text = text;
	span->width = width > most ? most : width;
	span->role = role;
	span->words = false;
	words->width += span->width + (words->n > 0);
	words->n++;
}

static void add_words(struct graph_words *words, enum role role, const char *string)
{
	struct graph_span *span = &words->spans[words->n];

	if (!string[0] || words->n == GRAPH_SPANS)
		return;
	snprintf(span->buffer, sizeof span->buffer, "%s", string);
	span->width = (int)gate_width(GATE_UNICODE, text_from(span->buffer), sizeof span->buffer);
	span->role = role;
	span->words = true;
	words->width += span->width + (words->n > 0);
	words->n++;
}

static void add_parameters(struct graph_words *words, uint64_t count)
{
	char number[NUMBER_SIZE];

	if (count > 0)
		add_words(words, ROLE_DIM, number_short(number, count));
}

static const struct attribute *attribute_of(const struct model *model, const struct node *node,
					    const char *name)
{
	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *attribute = &model->attributes[node->first_attribute + i];

		if (attribute->kind == ATTRIBUTE_INTS && !attribute->is_reference &&
		    attribute->count > 0 && attribute->count <= 3 && text_is(attribute->name, name))
			return attribute;
	}
	return NULL;
}

/* "3×3 /2": kernel and stride, as figures of networks have them. */
static void add_window(struct graph_words *words, const struct model *model, const struct node *node)
{
	const struct attribute *kernel = attribute_of(model, node, "kernel_shape");
	const struct attribute *strides = attribute_of(model, node, "strides");
	char text[80];
	int n = 0;
	bool even = true;

	if (!kernel)
		return;
	for (uint32_t i = 0; i < kernel->count; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s%" PRId64, i ? "×" : "",
			      kernel->ints[i]);
	for (uint32_t i = 1; strides && i < strides->count; i++)
		even = even && strides->ints[i] == strides->ints[0];
	if (strides && even && strides->ints[0] != 1)
		snprintf(text + n, sizeof text - (size_t)n, " /%" PRId64, strides->ints[0]);
	if (strlen(text) < 24)
		add_words(words, ROLE_NUMBER, text);
}

static uint64_t parameters_of_row(const struct excerpt *excerpt, uint32_t row)
{
	return row == NO_INDEX ? 0 : excerpt->layers->rows[row].parameters;
}

static void node_words(const struct excerpt *excerpt, uint32_t node, enum gate_mode mode,
		       struct graph_words *words)
{
	const struct model *model = excerpt->model;
	const struct node *it = &model->nodes[node];
	uint32_t row = excerpt->layers->row_of_node[node];
	char buffer[64];

	add_text(words, mode, ROLE_OP, OP_WIDTH, it->op->type);
	add_window(words, model, it);
	if (row != NO_INDEX) {
		struct text label = layer_label(excerpt->layers, row, buffer);

		bool named = excerpt->layers->rows[row].label.len > 0;

		if (it->op->type.len == 0 || (named && !name_repeats_op(label, it->op->type)))
			add_text(words, mode, ROLE_NAME, NAME_WIDTH, label);
	}
	add_parameters(words, parameters_of_row(excerpt, row));
}

/* "layers.0 … 11": of the last name what comes with its number. */
static void repeat_words(const struct excerpt *excerpt, const struct vertex *vertex,
			 enum gate_mode mode, struct graph_words *words)
{
	const struct layer *rows = excerpt->layers->rows;
	struct text first = rows[vertex->item].label, last = rows[vertex->last].label;
	uint64_t parameters = 0;
	size_t same = 0;
	char times[24];

	while (same < first.len && same < last.len && first.data[same] == last.data[same])
		same++;
	while (same > 0 && first.data[same - 1] >= '0' && first.data[same - 1] <= '9')
		same--;
	add_words(words, ROLE_ACCENT, "▸");
	add_text(words, mode, ROLE_SCOPE, NAME_WIDTH, first);
	add_words(words, ROLE_DIM, "…");
	add_text(words, mode, ROLE_SCOPE, NAME_WIDTH / 2,
		 (struct text){ last.data + same, last.len - same });
	snprintf(times, sizeof times, "×%" PRIu32, vertex->count);
	add_words(words, ROLE_ACCENT, times);
	for (uint32_t row = vertex->item; row <= vertex->last; row = rows[row].end)
		parameters += rows[row].parameters;
	add_parameters(words, parameters);
}

struct text graph_vertex_name(const struct excerpt *excerpt, uint32_t index, char buffer[64])
{
	const struct vertex *vertex = &excerpt->vertices[index];

	switch ((enum vertex_kind)vertex->kind) {
	case VERTEX_NODE:
		return model_node_label(excerpt->model, vertex->item, buffer);
	case VERTEX_INPUT:
	case VERTEX_OUTPUT:
		return excerpt->model->values[vertex->item].name;
	default:
		return layer_label(excerpt->layers, vertex->item, buffer);
	}
}

void graph_words_of(const struct excerpt *excerpt, uint32_t index, enum gate_mode mode,
		    struct graph_words *words)
{
	const struct vertex *vertex = &excerpt->vertices[index];
	char buffer[64];

	words->n = 0;
	words->width = 0;
	switch ((enum vertex_kind)vertex->kind) {
	case VERTEX_NODE:
		node_words(excerpt, vertex->item, mode, words);
		return;
	case VERTEX_SCOPE:
		add_words(words, ROLE_ACCENT, "▸");
		add_text(words, mode, ROLE_SCOPE, NAME_WIDTH,
			 layer_label(excerpt->layers, vertex->item, buffer));
		add_parameters(words, parameters_of_row(excerpt, vertex->item));
		return;
	case VERTEX_REPEAT:
		repeat_words(excerpt, vertex, mode, words);
		return;
	case VERTEX_FROM:
		graph_reference_words(excerpt, index, mode, words);
		return;
	case VERTEX_TO:
		add_words(words, ROLE_DIM, "↓");
		add_text(words, mode, ROLE_DIM, NAME_WIDTH, graph_vertex_name(excerpt, index, buffer));
		return;
	case VERTEX_INPUT:
	case VERTEX_OUTPUT:
		add_text(words, mode, ROLE_TITLE, NAME_WIDTH,
			 graph_vertex_name(excerpt, index, buffer));
		if (words->n == 0)
			add_words(words, ROLE_DIM, "–");
		return;
	}
}

void graph_reference_words(const struct excerpt *excerpt, uint32_t vertex, enum gate_mode mode,
			   struct graph_words *words)
{
	char buffer[64];

	words->n = 0;
	words->width = 0;
	add_words(words, ROLE_DIM, "↑");
	add_text(words, mode, ROLE_DIM, NAME_WIDTH, graph_vertex_name(excerpt, vertex, buffer));
}

int graph_words_draw(const struct graph_words *words, struct canvas *canvas, int x, int y, bool dim)
{
	for (unsigned i = 0; i < words->n; i++) {
		const struct graph_span *span = &words->spans[i];
		enum role role = dim ? ROLE_DIM : span->role;
		struct text text = { span->text.data ? span->text.data : span->buffer,
				     span->text.len };

		x += i > 0;
		if (span->words)
			canvas_string(canvas, x, y, role, span->buffer);
		else
			canvas_text(canvas, x, y, span->width, role, text);
		x += span->width;
	}
	return x;
}

int graph_net_words(const struct excerpt *excerpt, const struct shapes *shapes, uint32_t index,
		    enum gate_mode mode, char *buffer, size_t size)
{
	const struct excerpt_net *net = &excerpt->nets[index];
	const struct value *value = &excerpt->model->values[net->value];
	const struct type *type = shapes ? shapes->values[net->value].type : NULL;
	char words[256], number[NUMBER_SIZE];

	buffer[0] = '\0';
	if (net->n_values > 1) {
		snprintf(buffer, size, "%s tensors", number_count(number, net->n_values));
		return (int)strlen(buffer);
	}
	if (!type && value->type != NO_INDEX)
		type = &excerpt->model->types[value->type];
	if (!type || !shape_of_type(type, mode, SHAPE_TIMES, words, sizeof words) || !words[0])
		return 0;
	/* Gated already: this cuts. */
	return (int)gate_text(GATE_UNICODE, buffer, size, LABEL_WIDTH, text_from(words));
}

bool graph_has_frame(const struct excerpt *excerpt, uint32_t vertex)
{
	return excerpt->vertices[vertex].kind <= VERTEX_REPEAT;
}
