/* Every node with its attributes, subgraphs and functions included: graph_path tells them apart. */
#include "export/export_view.h"

static void put_names(struct export_run *run, const char *key, uint32_t first, uint32_t count)
{
	const struct model *model = run->model;
	struct json_out *list = records_list(&run->records, key);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t value = model->refs[first + i];
		/* an omitted input has an empty name in the file too */
		json_out_text(list, NULL, value != NO_INDEX ? model->values[value].name : TEXT(""));
	}
	records_close(&run->records, list);
}

/* {"tensor": {...}}: what it is; its values are for the views of tensors. */
static void put_tensor(struct json_out *json, const struct model *model, uint32_t index)
{
	const struct tensor *tensor;
	char dtype[16], label[64];

	if (index >= model->n_tensors) {
		json_out_null(json, NULL);
		return;
	}
	tensor = model->tensors + index;
	json_out_object(json, NULL);
	json_out_object(json, "tensor");
	json_out_text(json, "name", model_tensor_label(model, index, label));
	json_out_string(json, "dtype", export_dtype(tensor, dtype));
	json_out_array(json, "shape");
	for (uint32_t i = 0; i < tensor->n_dims; i++)
		json_out_integer(json, NULL, tensor->dims[i]);
	json_out_end(json);
	if (tensor->kind == TENSOR_SPARSE)
		json_out_flag(json, "sparse", true);
	json_out_end(json);
	json_out_end(json);
}

static void put_graph(struct json_out *json, const struct model *model, uint32_t index)
{
	struct arena arena;
	struct text path;

	if (index >= model->n_graphs) {
		json_out_null(json, NULL);
		return;
	}
	arena_init(&arena, 0);
	path = model_graph_path(model, index, &arena);
	if (!path.data)
		json->failed = true;
	json_out_object(json, NULL);
	json_out_text(json, "graph", path);
	json_out_end(json);
	arena_free(&arena);
}

static void put_type(struct json_out *json, const struct model *model, uint32_t index)
{
	struct arena arena;

	arena_init(&arena, 0);
	json_out_object(json, NULL);
	json_out_text(json, "type", export_type_text(model, index, &arena));
	json_out_end(json);
	arena_free(&arena);
}

static void put_item(struct json_out *json, const struct model *model,
		     const struct attribute *attribute, uint32_t i)
{
	switch ((enum attribute_kind)attribute->kind) {
	case ATTRIBUTE_FLOATS:
		json_out_f32(json, NULL, attribute->floats[i]);
		break;
	case ATTRIBUTE_INTS:
		json_out_integer(json, NULL, attribute->ints[i]);
		break;
	case ATTRIBUTE_STRINGS:
		json_out_text(json, NULL, attribute->strings[i]);
		break;
	case ATTRIBUTE_TENSORS:
	case ATTRIBUTE_SPARSE_TENSORS:
		put_tensor(json, model, attribute->indices[i]);
		break;
	case ATTRIBUTE_GRAPHS:
		put_graph(json, model, attribute->indices[i]);
		break;
	case ATTRIBUTE_TYPES:
		put_type(json, model, attribute->indices[i]);
		break;
	default:
		json_out_null(json, NULL);
	}
}

static void put_value(struct json_out *json, const struct model *model,
		      const struct attribute *attribute)
{
	if (attribute->is_reference) {
		json_out_object(json, NULL);
		json_out_text(json, "reference", attribute->s);
		json_out_end(json);
		return;
	}
	switch ((enum attribute_kind)attribute->kind) {
	case ATTRIBUTE_FLOAT:
		json_out_f32(json, NULL, attribute->f);
		return;
	case ATTRIBUTE_INT:
		json_out_integer(json, NULL, attribute->i);
		return;
	case ATTRIBUTE_STRING:
		json_out_text(json, NULL, attribute->s);
		return;
	case ATTRIBUTE_TENSOR:
	case ATTRIBUTE_SPARSE_TENSOR:
		put_tensor(json, model, attribute->index);
		return;
	case ATTRIBUTE_GRAPH:
		put_graph(json, model, attribute->index);
		return;
	case ATTRIBUTE_TYPE:
		put_type(json, model, attribute->index);
		return;
	case ATTRIBUTE_UNDEFINED:
		json_out_null(json, NULL);
		return;
	default:
		json_out_array(json, NULL);
		for (uint32_t i = 0; i < attribute->count; i++)
			put_item(json, model, attribute, i);
		json_out_end(json);
	}
}

static void put_attributes(struct export_run *run, const struct node *node)
{
	const struct model *model = run->model;
	struct json_out *map = records_map(&run->records, "attributes");

	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *attribute = model->attributes + node->first_attribute + i;

		json_out_map_key(map, attribute->name);
		put_value(map, model, attribute);
	}
	records_close(&run->records, map);
}

static void put_node(struct export_run *run, const struct node *node)
{
	struct records *out = &run->records;

	records_row(out);
	records_text(out, "name", node->name);
	records_text(out, "op_type", node->op->type);
	records_text(out, "domain", node->op->domain);
	export_graph_path(run, "graph_path", node->graph);
	put_names(run, "inputs", node->first_input, node->n_inputs);
	put_names(run, "outputs", node->first_output, node->n_outputs);
	put_attributes(run, node);
	records_row_end(out);
}

bool export_view_nodes(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "name",	 "op_type", "domain",	  "graph_path",
					       "inputs", "outputs", "attributes", NULL };
	const struct export_subject *subject = run->subject;
	const struct model *model = run->model;
	size_t count = subject->nodes ? subject->n_nodes : model->n_nodes;

	(void)err;
	records_table(&run->records, "nodes", columns);
	for (size_t i = 0; i < count && !output_failed(run->output); i++)
		put_node(run, model->nodes + (subject->nodes ? subject->nodes[i] : i));
	records_table_end(&run->records);
	return true;
}
