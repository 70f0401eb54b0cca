/* From a node to the nodes that make its inputs or use its outputs. */
#include <stdio.h>

#include <mtui/gate.h>

#include "ui/app/app_state.h"

/* Walks over the nodes on one side; remembers the one of the wanted index. */
struct walk {
	uint64_t wanted, count;
	uint32_t found, last;
};

static void walk_visit(struct walk *walk, uint32_t node)
{
	/* One node using a value twice stands twice in a row. */
	if (node == NO_INDEX || node == walk->last)
		return;
	walk->last = node;
	if (walk->count++ == walk->wanted)
		walk->found = node;
}

static void walk_consumers(struct walk *walk, const struct model *model, uint32_t value)
{
	const struct value *made = value != NO_INDEX ? &model->values[value] : NULL;

	for (uint32_t i = 0; made && i < made->n_consumers; i++)
		walk_visit(walk, model->consumers[made->first_consumer + i]);
}

static void walk_producers(struct walk *walk, const struct model *model, const struct node *node)
{
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t value = model->refs[node->first_input + i];

		if (value != NO_INDEX)
			walk_visit(walk, model->values[value].producer);
	}
}

/* The node that speaks for a row: a scope's first or last one, the holder of a subgraph. */
static uint32_t node_of_row(const struct model *model, const struct layers *layers, uint32_t row,
			    bool last)
{
	const struct layer *layer = &layers->rows[row];
	uint32_t node = NO_INDEX;

	if (layer->kind == LAYER_NODE)
		return layer->item;
	if (layer->kind == LAYER_GRAPH && model->graphs[layer->item].node != NO_INDEX)
		return model->graphs[layer->item].node;
	for (uint32_t i = row + 1; i < layer->end; i++) {
		if (layers->rows[i].kind != LAYER_NODE)
			continue;
		node = layers->rows[i].item;
		if (!last)
			break;
	}
	return node;
}

static struct walk walk_from(const struct model *model, const struct layers *layers, uint32_t row,
			     enum command command, uint64_t wanted)
{
	const struct layer *layer = &layers->rows[row];
	struct walk walk = { wanted, 0, NO_INDEX, NO_INDEX };
	uint32_t from;

	if (layer->kind == LAYER_TENSOR) {
		const struct tensor *tensor = &model->tensors[layer->item];

		if (command == COMMAND_CONSUMER)
			walk_consumers(&walk, model, tensor->value);
		else
			walk_visit(&walk, tensor->node);
		return walk;
	}
	from = node_of_row(model, layers, row, command == COMMAND_CONSUMER);
	if (from == NO_INDEX)
		return walk;
	if (command == COMMAND_PRODUCER) {
		walk_producers(&walk, model, &model->nodes[from]);
		return walk;
	}
	for (uint32_t i = 0; i < model->nodes[from].n_outputs; i++)
		walk_consumers(&walk, model, model->refs[model->nodes[from].first_output + i]);
	return walk;
}

static void tell(struct app *app, const struct model *model, const struct walk *walk)
{
	const char *side = app->neighbours.command == COMMAND_PRODUCER ? "input" : "use";
	char buffer[64], shown[128];

	gate_text(app->glyphs->gate, shown, sizeof shown, 40,
		  model_node_label(model, walk->found, buffer));
	if (walk->count > 1)
		app_message(app, "%s %llu of %llu: %s", side,
			    (unsigned long long)app->neighbours.index + 1,
			    (unsigned long long)walk->count, shown);
	else
		app_message(app, "only %s: %s", side, shown);
}

void neighbour_go(struct app *app, enum command command)
{
	struct neighbours *at = &app->neighbours;
	const struct model *model = session_model(app->session, app->focus.document);
	const struct layers *layers = session_layers(app->session, app->focus.document);
	bool again = at->command == command && at->document == app->focus.document &&
		     at->target == app->focus.row;
	struct walk walk = { 0, 0, NO_INDEX, NO_INDEX };

	if (!model) {
		app_message(app, "no model is open");
		return;
	}
	if (again) {
		walk = walk_from(model, layers, at->origin, command, at->index + 1);
		at->index++;
		if (walk.count > 1 && walk.found == NO_INDEX) {
			walk = walk_from(model, layers, at->origin, command, 0);
			at->index = 0;
		}
	}
	/* Where there is only one way, the same key walks on along it. */
	if (!again || walk.count <= 1) {
		walk = walk_from(model, layers, app->focus.row, command, 0);
		*at = (struct neighbours){ command, app->focus.document, app->focus.row, NO_INDEX,
					   0 };
	}
	if (walk.found == NO_INDEX || layers->row_of_node[walk.found] == NO_INDEX) {
		app_message(app, command == COMMAND_PRODUCER ? "no node makes what goes in here"
							     : "no node uses what comes out here");
		return;
	}
	at->target = layers->row_of_node[walk.found];
	app_focus_row(app, at->target, MOVE_JUMP);
	tell(app, model, &walk);
}
