/* The view "graph": vertices with their layer and their position in it, and edges between them. */
#include "export/export_graph.h"
#include "export/export_shapes.h"
#include "export/export_view.h"
#include "session/library.h"
#include "ui/views/graph_words.h"

#define LAID_OUT 60000 /* vertices; of more the position is the order in the model */

static const char *const kinds[] = {
	[VERTEX_NODE] = "node",	    [VERTEX_SCOPE] = "scope", [VERTEX_REPEAT] = "repeat",
	[VERTEX_INPUT] = "input",   [VERTEX_OUTPUT] = "output", [VERTEX_FROM] = "from",
	[VERTEX_TO] = "to",
};

static void measure_box(const void *context, uint32_t vertex, struct layout_size *size)
{
	(void)context;
	(void)vertex;
	*size = (struct layout_size){ 12, 3, 8 };
}

static int measure_label(const void *context, uint32_t net)
{
	(void)context;
	(void)net;
	return 0;
}

/* Layer of every vertex, and its position from the left. */
static bool find_positions(struct excerpt *excerpt, struct layering *layering, uint32_t *position,
			   struct error *err)
{
	const struct layout_measure measure = { measure_box, measure_label, NULL };
	const struct layout_window window = { 0 };
	struct graph_layout layout;

	if (!layering_compute(&excerpt->graph, &excerpt->arena, layering, err))
		return false;
	for (uint32_t layer = 0; layer < layering->n_layers; layer++)
		for (uint32_t k = layering->first[layer]; k < layering->first[layer + 1]; k++)
			position[layering->members[k]] = k - layering->first[layer];
	if (excerpt->graph.n_vertices > LAID_OUT)
		return true;
	if (!graph_layout_compute(&excerpt->graph, layering, &measure, &window, &excerpt->arena,
				  &layout, err))
		return false;
	for (uint32_t layer = 0; layer < layout.n_layers; layer++) {
		uint32_t boxes = 0;

		for (uint32_t k = layout.first_place[layer]; k < layout.first_place[layer + 1]; k++)
			if (layout.places[k].kind == PLACE_BOX)
				position[layout.places[k].vertex] = boxes++;
	}
	return true;
}

static void put_vertices(struct export_run *run, const struct excerpt *excerpt,
			 const struct layering *layering, const uint32_t *position)
{
	static const char *const columns[] = { "id",	"kind",	 "name",     "op_type",
					       "count", "layer", "position", NULL };
	struct records *out = &run->records;
	char buffer[64];

	records_table(out, "vertices", columns);
	for (uint32_t v = 0; v < excerpt->graph.n_vertices && !output_failed(run->output); v++) {
		const struct vertex *vertex = &excerpt->vertices[v];

		records_row(out);
		records_count(out, "id", v);
		records_string(out, "kind", kinds[vertex->kind]);
		records_text(out, "name", graph_vertex_name(excerpt, v, buffer));
		if (vertex->kind == VERTEX_NODE)
			records_text(out, "op_type", run->model->nodes[vertex->item].op->type);
		else
			records_null(out, "op_type");
		records_count(out, "count", vertex->count);
		records_count(out, "layer", layering->layer_of[v]);
		records_count(out, "position", position[v]);
		records_row_end(out);
	}
	records_table_end(out);
}

static void put_edges(struct export_run *run, const struct excerpt *excerpt,
		      const struct layering *layering, const struct shapes *shapes)
{
	static const char *const columns[] = { "source", "target", "value", "values",
					       "shape",	 "up",	   NULL };
	struct records *out = &run->records;
	char words[512];

	records_table(out, "edges", columns);
	for (uint32_t i = 0; i < excerpt->graph.n_nets && !output_failed(run->output); i++) {
		const struct layout_net *net = &excerpt->graph.nets[i];

		graph_net_words(excerpt, shapes, i, GATE_UNICODE, words, sizeof words);
		for (uint32_t j = net->first_target; j < net->first_target + net->n_targets; j++) {
			records_row(out);
			records_count(out, "source", net->source);
			records_count(out, "target", excerpt->graph.targets[j]);
			records_text(out, "value", run->model->values[excerpt->nets[i].value].name);
			records_count(out, "values", excerpt->nets[i].n_values);
			if (words[0] && excerpt->nets[i].n_values == 1)
				records_string(out, "shape", words);
			else
				records_null(out, "shape");
			records_flag(out, "up", layering->reversed[j]);
			records_row_end(out);
		}
	}
	records_table_end(out);
}

bool export_view_graph(struct export_run *run, struct error *err)
{
	const struct library_answer *answer = export_ask_shapes(run->subject);
	struct excerpt excerpt;
	struct layering layering;
	uint32_t *position;
	bool good = export_excerpt(run->subject, &excerpt, err);

	if (good) {
		position = arena_array(&excerpt.arena, excerpt.graph.n_vertices + 1,
				       sizeof *position);
		good = position ? find_positions(&excerpt, &layering, position, err)
				: error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	if (good) {
		records_count(&run->records, "hops", excerpt.hops);
		put_vertices(run, &excerpt, &layering, position);
		put_edges(run, &excerpt, &layering, answer ? answer->shapes : NULL);
	}
	excerpt_free(&excerpt);
	return good;
}
