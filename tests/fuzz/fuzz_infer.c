/*
 * Fuzz target of the shape inference and of what is worked out from it, behind the ONNX reader:
 * what comes out must be consistent, and the file's own numbers must stand.
 */
#include <stdint.h>
#include <stdlib.h>

#include <mtui/cost_sheet.h>
#include <mtui/limits.h>
#include <mtui/reader.h>
#include <mtui/shape_inference.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static void check_type(const struct shapes *shapes, const struct value_shape *shape)
{
	const struct type *type = shape->type;
	size_t depth = 0, sum = 0;

	REQUIRE(type->kind <= TYPE_OPAQUE && type->dtype < DTYPE_COUNT);
	if (type->has_shape && shape->origin == SHAPE_FROM_MTUI) {
		REQUIRE(type->n_dims <= LIMIT_DIMS);
		for (uint32_t i = 0; i < type->n_dims; i++) {
			REQUIRE(type->dims[i].value >= -1);
			for (size_t k = 0; k < type->dims[i].symbol.len; k++)
				sum += (size_t)type->dims[i].symbol.data[k];
		}
	}
	while ((type = shapes_inner(shapes, shape, type)))
		REQUIRE(++depth <= LIMIT_WIRE_DEPTH);
	REQUIRE(sum != 1);
}

static void check_types(const struct model *model, const struct shapes *shapes)
{
	for (size_t i = 0; i < model->n_values; i++)
		if (shapes->values[i].type)
			check_type(shapes, &shapes->values[i]);
}

static void infer(struct model *model)
{
	struct error err = { .code = ERROR_NONE, .offset = -1 };
	struct shapes *shapes = shapes_new(model, &err);
	struct shape_inference result;

	if (!shapes)
		return;
	if (shape_inference_run(shapes, NULL, 0, &result, &err)) {
		check_types(model, shapes);
		for (size_t i = 0; i < result.n_conflicts && i < SHAPE_CONFLICTS_KEPT; i++)
			REQUIRE(result.conflicts[i].node < model->n_nodes &&
				result.conflicts[i].value < model->n_values);
	} else {
		REQUIRE(err.code == ERROR_MEMORY || err.code == ERROR_REFUSED);
	}
	shapes_publish(shapes);
	shapes_unref(shapes);
}

/* With sizes bound; sums must be those of their parts. */
static void work_out_cost(struct model *model)
{
	const struct dim_binding bindings[] = { { TEXT("batch"), 3 }, { TEXT("N"), 0 } };
	struct error err = { .code = ERROR_NONE, .offset = -1 };
	struct cost_sheet *sheet = cost_sheet_new(model, bindings, 2, &err);
	uint64_t operations = 0, at_root;
	struct arena arena;
	size_t n, nodes = 0;

	if (!sheet) {
		REQUIRE(err.code == ERROR_MEMORY || err.code == ERROR_REFUSED);
		return;
	}
	check_types(model, sheet->shapes);
	arena_init(&arena, 0);
	const struct cost_op *ops = cost_sheet_ops(sheet, 0, NULL, &arena, &n);
	for (size_t i = 0; ops && i < n; i++) {
		operations += ops[i].cost.operations;
		nodes += ops[i].nodes;
	}
	at_root = sheet->rows[0].cost.operations;
	REQUIRE(!ops || nodes == sheet->rows[0].nodes);
	REQUIRE(!ops || at_root == operations || at_root == UINT64_MAX);
	arena_free(&arena);
	cost_sheet_free(sheet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = ERROR_NONE, .offset = -1 };
	struct file *file = file_wrap(data, size, "fuzz.onnx");
	struct model *model = file ? model_read(file, &err) : NULL;

	if (!model)
		return 0;
	infer(model);
	work_out_cost(model);
	model_unref(model);
	return 0;
}
