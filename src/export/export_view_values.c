/* The first values of every tensor, exactly. */
#include "export/export_view.h"

#include <stdio.h>
#include <stdlib.h>

#include <mtui/values.h>

#define VALUES_MAX 1000 /* of one tensor */

static void put_real(struct records *out, const char *key, double value, bool narrow)
{
	if (narrow)
		records_f32(out, key, (float)value);
	else
		records_number(out, key, value);
}

static void put_part(struct json_out *pair, double value, bool narrow)
{
	if (narrow)
		json_out_f32(pair, NULL, (float)value);
	else
		json_out_number(pair, NULL, value);
}

/* One element as a field of a row; as an item of the list that is open where key is NULL. */
static void put_element(struct records *out, const char *key, const struct tensor *tensor,
			const struct element *element)
{
	bool narrow = tensor->dtype != DTYPE_F64 && tensor->dtype != DTYPE_C128;
	struct json_out *pair;

	switch (dtype_traits[tensor->dtype].class) {
	case CLASS_SIGNED:
		records_integer(out, key, element->integer);
		break;
	case CLASS_UNSIGNED:
		records_count(out, key, (uint64_t)element->integer);
		break;
	case CLASS_BOOL:
		records_flag(out, key, element->real != 0);
		break;
	case CLASS_FLOAT:
		put_real(out, key, element->real, narrow);
		break;
	case CLASS_COMPLEX:
		pair = records_list(out, key);
		put_part(pair, element->real, narrow);
		put_part(pair, element->imaginary, narrow);
		records_close(out, pair);
		break;
	case CLASS_STRING:
		records_text(out, key, element->string);
		break;
	case CLASS_NONE:
		break;
	}
}

static void put_list(struct export_run *run, const struct tensor *tensor,
		     const struct element *elements, size_t count)
{
	struct json_out *list = records_list(&run->records, "values");

	for (size_t i = 0; i < count; i++)
		put_element(&run->records, NULL, tensor, elements + i);
	records_close(&run->records, list);
}

/* Very long strings come only with their beginning. */
static bool any_cut(const struct element *elements, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (elements[i].string_len > elements[i].string.len)
			return true;
	return false;
}

static void put_rows(struct export_run *run, uint32_t index, const struct element *elements,
		     size_t count)
{
	struct records *out = &run->records;

	for (size_t i = 0; i < count; i++) {
		records_row(out);
		export_tensor_name(run, "tensor", index);
		records_count(out, "index", i);
		put_element(out, "value", run->model->tensors + index, elements + i);
		records_row_end(out);
	}
}

static void put_values(struct export_run *run, uint32_t index, struct element *elements)
{
	const struct tensor *tensor = run->model->tensors + index;
	size_t count = tensor->present < VALUES_MAX ? (size_t)tensor->present : VALUES_MAX;
	struct records *out = &run->records;
	struct error error = { .code = ERROR_NONE };
	struct arena arena;

	arena_init(&arena, 0);
	if (count > 0 && !values_read(run->model, tensor, 0, count, elements, &arena, &error))
		count = 0;
	if (records_is_csv(out)) {
		put_rows(run, index, elements, count);
	} else {
		records_row(out);
		export_tensor_identity(run, index);
		records_count(out, "count", tensor->count);
		records_count(out, "present", tensor->present);
		put_list(run, tensor, elements, count);
		if (any_cut(elements, count))
			records_flag(out, "strings_cut", true);
		if (error.code != ERROR_NONE)
			records_string(out, "problem", error.message);
		else if (tensor->problem != TENSOR_OK)
			records_string(out, "problem", export_problem(tensor));
		records_row_end(out);
	}
	arena_free(&arena);
}

bool export_view_values(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "tensor", "index", "value", NULL };
	struct element *elements = calloc(VALUES_MAX, sizeof *elements);
	size_t at = 0;

	if (!elements)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	records_table(&run->records, "tensors", columns);
	for (uint32_t t;
	     !output_failed(run->output) && (t = export_next_tensor(run, &at)) != NO_INDEX;)
		put_values(run, t, elements);
	records_table_end(&run->records);
	free(elements);
	return true;
}
