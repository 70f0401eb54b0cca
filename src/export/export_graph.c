/*
 * DOT (graphviz.org/doc/info/lang.html) and Mermaid flowcharts (mermaid.js.org/syntax/flowchart).
 *
 * Vertices are called n0, n1, ...; what a file says stands in quoted labels alone, through the text
 * gate, so there are no control characters in it. DOT then needs a backslash before quotes and
 * backslashes; Mermaid gets every character that could mean something to it, or to HTML, as #N;.
 */
#include "export/export_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "export/export_shapes.h"
#include "session/library.h"
#include "ui/views/graph_words.h"

enum { NAME_COLUMNS = 160, GATED = NAME_COLUMNS * 12 + 16 };

/* Nodes of all rows, each once; rows ascend. */
static bool near_rows(const struct export_subject *subject, const struct layers *layers,
		      struct excerpt *excerpt, struct error *err)
{
	uint32_t *nodes = malloc((layers->model->n_nodes + 1) * sizeof *nodes), from = 0;
	size_t n = 0;
	bool good;

	if (!nodes)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (size_t i = 0; i < subject->n_rows; i++) {
		uint32_t row = subject->rows[i], end = layers->rows[row].end;

		/* A parameter stands for the node that uses it. */
		if (layers->rows[row].kind == LAYER_TENSOR && layers->rows[row].parent >= from)
			row = layers->rows[row].parent;
		for (row = row < from ? from : row; row < end; row++) {
			if (layers->rows[row].kind == LAYER_NODE)
				nodes[n++] = layers->rows[row].item;
			from = row + 1;
		}
	}
	if (n > 0)
		good = excerpt_near(layers, nodes, n, subject->hops ? subject->hops : EXCERPT_HOPS,
				    excerpt, err);
	else
		good = error_set(err, ERROR_USAGE, -1, "no node is selected");
	free(nodes);
	return good;
}

bool export_excerpt(const struct export_subject *subject, struct excerpt *excerpt,
		    struct error *err)
{
	const struct layers *layers =
		model_layers(session_model(subject->session, subject->document), err);
	uint32_t row = subject->n_rows ? subject->rows[0] : 0;
	bool one = true;

	*excerpt = (struct excerpt){ 0 };
	if (!layers)
		return false;
	for (size_t i = 1; i < subject->n_rows; i++)
		one = one && subject->rows[i] < layers->rows[row].end;
	if (one && layer_around(layers, row) == row)
		return excerpt_scope(layers, row, NULL, excerpt, err);
	return near_rows(subject, layers, excerpt, err);
}

typedef void put_text(struct output *output, const char *gated);

static void put_dot(struct output *output, const char *gated)
{
	for (const char *c = gated; *c; c++) {
		if (*c == '"' || *c == '\\')
			output_bytes(output, "\\", 1);
		output_bytes(output, c, 1);
	}
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c & 0x80) || (c && strchr(" ._/:,+*()-", c));
}

static void put_mermaid(struct output *output, const char *gated)
{
	for (const char *c = gated; *c; c++) {
		if (is_plain(*c))
			output_bytes(output, c, 1);
		else
			output_format(output, "#%d;", (int)*c);
	}
}

/* "Conv", a line break, "conv1"; of scopes alike "layers.0 … layers.11 ×12". */
static void put_label(struct output *output, const struct excerpt *excerpt, uint32_t v,
		      put_text *put, const char *line_break)
{
	const struct vertex *vertex = &excerpt->vertices[v];
	char gated[GATED], buffer[64];

	if (vertex->kind == VERTEX_NODE) {
		gate_text(GATE_UNICODE, gated, sizeof gated, NAME_COLUMNS,
			  excerpt->model->nodes[vertex->item].op->type);
		put(output, gated);
		output_string(output, line_break);
	}
	gate_text(GATE_UNICODE, gated, sizeof gated, NAME_COLUMNS,
		  graph_vertex_name(excerpt, v, buffer));
	put(output, gated);
	if (vertex->kind != VERTEX_REPEAT)
		return;
	gate_text(GATE_UNICODE, gated, sizeof gated, NAME_COLUMNS,
		  layer_label(excerpt->layers, vertex->last, buffer));
	output_string(output, " … ");
	put(output, gated);
	output_format(output, " ×%u", (unsigned)vertex->count);
}

struct graph_export {
	struct excerpt excerpt;
	const struct shapes *shapes;
};

static bool begin(struct graph_export *graph, const struct export_subject *subject,
		  struct error *err)
{
	const struct library_answer *answer = export_ask_shapes(subject);

	graph->shapes = answer ? answer->shapes : NULL;
	return export_excerpt(subject, &graph->excerpt, err);
}

bool export_graph_dot(struct output *output, const struct export_subject *subject,
		      struct error *err)
{
	static const char *const shapes[] = {
		[VERTEX_NODE] = "box",	     [VERTEX_SCOPE] = "folder",	   [VERTEX_REPEAT] = "box3d",
		[VERTEX_INPUT] = "ellipse",  [VERTEX_OUTPUT] = "ellipse", [VERTEX_FROM] = "plaintext",
		[VERTEX_TO] = "plaintext",
	};
	struct graph_export graph;
	const struct excerpt *excerpt = &graph.excerpt;
	bool good = begin(&graph, subject, err);
	char words[GATED];

	if (good)
		output_string(output, "digraph model {\n\tnode [shape=box];\n");
	for (uint32_t v = 0; good && v < excerpt->graph.n_vertices && !output_failed(output); v++) {
		output_format(output, "\tn%u [shape=%s, label=\"", (unsigned)v,
			      shapes[excerpt->vertices[v].kind]);
		put_label(output, excerpt, v, put_dot, "\\n");
		output_string(output, "\"];\n");
	}
	for (uint32_t i = 0; good && i < excerpt->graph.n_nets && !output_failed(output); i++) {
		const struct layout_net *net = &excerpt->graph.nets[i];

		graph_net_words(excerpt, graph.shapes, i, GATE_UNICODE, words, sizeof words);
		for (uint32_t j = 0; j < net->n_targets; j++) {
			output_format(output, "\tn%u -> n%u", (unsigned)net->source,
				      (unsigned)excerpt->graph.targets[net->first_target + j]);
			if (words[0]) {
				output_string(output, " [label=\"");
				put_dot(output, words);
				output_string(output, "\"]");
			}
			output_string(output, ";\n");
		}
	}
	if (good)
		output_string(output, "}\n");
	excerpt_free(&graph.excerpt);
	return good;
}

bool export_graph_mermaid(struct output *output, const struct export_subject *subject,
			  struct error *err)
{
	static const char *const frames[][2] = {
		[VERTEX_NODE] = { "[\"", "\"]" },     [VERTEX_SCOPE] = { "[[\"", "\"]]" },
		[VERTEX_REPEAT] = { "[[\"", "\"]]" }, [VERTEX_INPUT] = { "([\"", "\"])" },
		[VERTEX_OUTPUT] = { "([\"", "\"])" }, [VERTEX_FROM] = { "(\"", "\")" },
		[VERTEX_TO] = { "(\"", "\")" },
	};
	struct graph_export graph;
	const struct excerpt *excerpt = &graph.excerpt;
	bool good = begin(&graph, subject, err);
	char words[GATED];

	if (good)
		output_string(output, "flowchart TD\n");
	for (uint32_t v = 0; good && v < excerpt->graph.n_vertices && !output_failed(output); v++) {
		const char *const *frame = frames[excerpt->vertices[v].kind];

		output_format(output, "\tn%u%s", (unsigned)v, frame[0]);
		put_label(output, excerpt, v, put_mermaid, "<br/>");
		output_format(output, "%s\n", frame[1]);
	}
	for (uint32_t i = 0; good && i < excerpt->graph.n_nets && !output_failed(output); i++) {
		const struct layout_net *net = &excerpt->graph.nets[i];

		graph_net_words(excerpt, graph.shapes, i, GATE_UNICODE, words, sizeof words);
		for (uint32_t j = 0; j < net->n_targets; j++) {
			output_format(output, "\tn%u -->", (unsigned)net->source);
			if (words[0]) {
				output_string(output, "|\"");
				put_mermaid(output, words);
				output_string(output, "\"|");
			}
			output_format(output, " n%u\n",
				      (unsigned)excerpt->graph.targets[net->first_target + j]);
		}
	}
	excerpt_free(&graph.excerpt);
	return good;
}
