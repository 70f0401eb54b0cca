#include "export/export_operator.h"

#include "export/json_out.h"
#include "ui/views/op_doc_lines.h"

static void write_output(void *output, const char *bytes, size_t len)
{
	output_bytes(output, bytes, len);
}

static void put_attributes(struct json_out *json, const struct op_doc *doc)
{
	json_out_array(json, "attributes");
	for (size_t i = 0; i < doc->attributes.count; i++) {
		const struct op_doc_attribute *attribute = &doc->attributes.items[i];

		json_out_object(json, NULL);
		json_out_text(json, "name", attribute->name);
		json_out_text(json, "type", attribute->type);
		json_out_flag(json, "required", attribute->required);
		if (attribute->value.len)
			json_out_text(json, "default", attribute->value);
		else
			json_out_null(json, "default");
		json_out_text(json, "meaning", attribute->meaning);
		json_out_end(json);
	}
	json_out_end(json);
}

static void put_parameters(struct json_out *json, const char *key,
			   const struct op_doc_parameter *list, size_t n)
{
	json_out_array(json, key);
	for (size_t i = 0; i < n; i++) {
		json_out_object(json, NULL);
		json_out_text(json, "name", list[i].name);
		json_out_text(json, "type", list[i].type);
		json_out_flag(json, "optional", list[i].option == OP_DOC_OPTIONAL);
		json_out_flag(json, "variadic", list[i].option == OP_DOC_VARIADIC);
		json_out_text(json, "meaning", list[i].meaning);
		json_out_end(json);
	}
	json_out_end(json);
}

static void put_constraints(struct json_out *json, const struct op_doc *doc)
{
	json_out_array(json, "constraints");
	for (size_t i = 0; i < doc->constraints.count; i++) {
		const struct op_doc_constraint *constraint = &doc->constraints.items[i];

		json_out_object(json, NULL);
		json_out_text(json, "name", constraint->name);
		json_out_text(json, "meaning", constraint->meaning);
		json_out_array(json, "types");
		for (uint32_t t = 0; t < constraint->n_types; t++)
			json_out_text(json, NULL, doc->types.items[constraint->first_type + t]);
		json_out_end(json);
		json_out_end(json);
	}
	json_out_end(json);
}

static bool operator_json(struct output *output, const struct op_doc *doc, struct error *err)
{
	struct json_out json;
	bool failed;

	json_out_init(&json, write_output, output, 2);
	json_out_object(&json, NULL);
	json_out_text(&json, "operator", doc->name);
	json_out_text(&json, "domain", doc->domain);
	json_out_integer(&json, "since_version", doc->since);
	json_out_flag(&json, "deprecated", doc->deprecated);
	json_out_integer(&json, "opset", doc->asked ? doc->asked : doc->newest);
	json_out_integer(&json, "opset_known", doc->newest);
	json_out_string(&json, "libonnx", doc->library);
	json_out_array(&json, "versions");
	for (size_t i = 0; i < doc->versions.count; i++)
		json_out_integer(&json, NULL, doc->versions.items[i]);
	json_out_end(&json);
	json_out_text(&json, "doc", doc->doc);
	put_attributes(&json, doc);
	put_parameters(&json, "inputs", doc->inputs.items, doc->inputs.count);
	put_parameters(&json, "outputs", doc->outputs.items, doc->outputs.count);
	put_constraints(&json, doc);
	json_out_end(&json);
	failed = json.failed;
	json_out_free(&json);
	output_string(output, "\n");
	return !failed || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

bool export_operator(struct output *output, enum export_format format, const struct op_doc *doc,
		     int width, const struct glyphs *glyphs, const struct export_looks *looks,
		     struct error *err)
{
	struct canvas canvas;
	struct page page;
	bool good;

	if (format == EXPORT_JSON)
		return operator_json(output, doc, err);
	page_init(&page);
	op_doc_page(&page, doc, width);
	good = !page.failed && canvas_init(&canvas, width, (int)page.lines.count, glyphs);
	if (good) {
		page_draw(&page, &canvas, 0);
		export_cells(output, format, &canvas, looks);
		canvas_free(&canvas);
	}
	page_free(&page);
	return good || error_set(err, ERROR_MEMORY, -1, "out of memory");
}
