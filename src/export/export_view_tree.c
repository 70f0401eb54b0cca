/* The rows of the layer tree. */
#include "export/export_view.h"

static const char *const kinds[] = {
	[LAYER_MODEL] = "model",   [LAYER_SCOPE] = "scope", [LAYER_NODE] = "node",
	[LAYER_TENSOR] = "tensor", [LAYER_GRAPH] = "graph",
};

bool export_view_tree(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "path",	"kind",	      "depth", "op",
					       "dtype", "parameters", "share", NULL };
	const struct model *model = run->model;
	const struct layers *layers = model_layers(model, err);
	struct records *out = &run->records;

	if (!layers)
		return false;
	records_table(out, "rows", columns);
	for (uint32_t i = 0; i < layers->n_rows && !output_failed(run->output); i++) {
		const struct layer *row = layers->rows + i;
		struct arena arena;
		char label[256], dtype[16];

		arena_init(&arena, 0);
		records_row(out);
		records_text(out, "path", layer_path(layers, i, &arena));
		records_string(out, "kind", kinds[row->kind]);
		records_count(out, "depth", row->depth);
		if (row->kind == LAYER_NODE)
			records_text(out, "op", model_op_label(model->nodes[row->item].op, label));
		if (row->kind == LAYER_TENSOR)
			records_string(out, "dtype",
				       export_dtype(model->tensors + row->item, dtype));
		records_count(out, "parameters", row->parameters);
		if (model->n_parameters > 0)
			records_number(out, "share",
				       (double)row->parameters / (double)model->n_parameters);
		records_row_end(out);
		arena_free(&arena);
	}
	records_table_end(out);
	return true;
}
