/* What wins when a value's type is declared and inferred. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <mtui/shapes.h>

#include "build_model.h"

static struct type tensor_type(enum dtype dtype, uint32_t n, const struct dim *dims)
{
	return (struct type){ .kind = TYPE_TENSOR, .dtype = (uint8_t)dtype, .inner = NO_INDEX,
			      .dims = dims, .n_dims = n, .has_shape = dims != NULL };
}

static const struct dim unknown = { .value = -1 };
static const struct dim batch = { .value = -1, .symbol = { "batch", 5 } };

static uint32_t value_named(const struct model *model, const char *name)
{
	uint32_t value = model_find_value(model, 0, text_from(name));
	assert_int_not_equal(value, NO_INDEX);
	return value;
}

static void inferred_fills_what_is_open(void **state)
{
	struct build b;
	struct error err;
	bool against;
	(void)state;
	build_init(&b);
	build_tensor(&b, "w", DTYPE_F32, 2, (int64_t[]){ 4, 3 });
	build_node(&b, "n", "MatMul", "x w", "y");
	struct shapes *shapes = (build_done(&b), shapes_new(&b.model, &err));
	assert_non_null(shapes);
	uint32_t w = value_named(shapes->model, "w"), y = value_named(shapes->model, "y");
	assert_int_equal(shapes->values[w].origin, SHAPE_DECLARED);
	assert_int_equal(shapes->values[w].type->dims[1].value, 3);
	assert_null(shapes->values[y].type);

	struct type poor = tensor_type(DTYPE_F32, 2, (struct dim[]){ unknown, { .value = 3 } });
	struct type named = tensor_type(DTYPE_F32, 2, (struct dim[]){ batch, { .value = 3 } });
	struct type full = tensor_type(DTYPE_F32, 2, (struct dim[]){ { .value = 4 }, { .value = 3 } });
	assert_true(shapes_put(shapes, y, &named, SHAPE_FROM_LIBONNX, &against));
	assert_false(against);
	assert_true(shapes_put(shapes, y, &poor, SHAPE_FROM_MTUI, &against));
	assert_int_equal(shapes->values[y].origin, SHAPE_FROM_LIBONNX);
	assert_true(text_is(shapes->values[y].type->dims[0].symbol, "batch"));
	assert_true(shapes_put(shapes, y, &full, SHAPE_FROM_MTUI, &against));
	assert_int_equal(shapes->values[y].origin, SHAPE_FROM_MTUI);
	assert_int_equal(shapes->values[y].type->dims[0].value, 4);

	/* The same again changes nothing; another number is refused. */
	assert_true(shapes_put(shapes, y, &full, SHAPE_FROM_LIBONNX, &against));
	assert_int_equal(shapes->values[y].origin, SHAPE_FROM_MTUI);
	struct type other = tensor_type(DTYPE_F32, 2, (struct dim[]){ { .value = 5 }, { .value = 3 } });
	assert_true(shapes_put(shapes, y, &other, SHAPE_FROM_LIBONNX, &against));
	assert_true(against);
	struct type rank = tensor_type(DTYPE_F32, 1, (struct dim[]){ { .value = 5 } });
	assert_true(shapes_put(shapes, w, &rank, SHAPE_FROM_LIBONNX, &against));
	assert_true(against);
	struct type dtype = tensor_type(DTYPE_I8, 0, NULL);
	assert_true(shapes_put(shapes, w, &dtype, SHAPE_FROM_LIBONNX, &against));
	assert_true(against);
	assert_int_equal(shapes->values[w].type->dims[0].value, 4);

	shapes_publish(shapes);
	assert_int_equal(shapes->n_declared, 1);
	assert_int_equal(shapes->n_inferred, 1);
	assert_int_equal(shapes->n_unknown, shapes->model->n_values - 2);
	shapes_unref(shapes_ref(shapes));
	shapes_unref(shapes);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(inferred_fills_what_is_open) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
