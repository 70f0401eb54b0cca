/* Labels, paths, look-ups and the traits of element types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "build_model.h"

#define assert_text(text, string) assert_true(text_is((text), (string)))

static void dtype_names_and_numbers(void **state)
{
	(void)state;
	for (int i = DTYPE_UNKNOWN + 1; i < DTYPE_COUNT; i++) {
		assert_int_equal(dtype_from_onnx(dtype_traits[i].onnx), i);
		assert_int_equal(dtype_from_name(text_from(dtype_name((enum dtype)i))), i);
	}
	assert_int_equal(dtype_from_onnx(0), DTYPE_UNKNOWN);
	assert_int_equal(dtype_from_onnx(27), DTYPE_UNKNOWN);
	assert_int_equal(dtype_from_onnx(-1), DTYPE_UNKNOWN);
	assert_int_equal(dtype_from_name(TEXT("?")), DTYPE_UNKNOWN);
	assert_int_equal(dtype_from_name(TEXT("")), DTYPE_UNKNOWN);
}

static void dtype_byte_counts(void **state)
{
	static const struct {
		enum dtype dtype;
		uint64_t count, bytes;
	} rows[] = {
		{ DTYPE_F32, 0, 0 },
		{ DTYPE_F32, 3, 12 },
		{ DTYPE_C128, 2, 32 },
		{ DTYPE_I4, 1, 1 },
		{ DTYPE_I4, 2, 1 },
		{ DTYPE_I4, 3, 2 },
		{ DTYPE_U2, 4, 1 },
		{ DTYPE_U2, 5, 2 },
		{ DTYPE_STRING, 9, 0 },
		{ DTYPE_U8, UINT64_MAX, UINT64_MAX },
		{ DTYPE_I4, UINT64_MAX, (uint64_t)1 << 63 },
	};
	uint64_t bytes;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(dtype_bytes(rows[i].dtype, rows[i].count, &bytes));
		assert_true(bytes == rows[i].bytes);
	}
	assert_false(dtype_bytes(DTYPE_F32, UINT64_MAX / 4 + 1, &bytes));
	assert_true(dtype_bytes(DTYPE_F32, UINT64_MAX / 4, &bytes));
}

static void dtype_parameters(void **state)
{
	(void)state;
	assert_true(dtype_is_parameter(DTYPE_F32));
	assert_true(dtype_is_parameter(DTYPE_I2));
	assert_false(dtype_is_parameter(DTYPE_BOOL));
	assert_false(dtype_is_parameter(DTYPE_STRING));
	assert_false(dtype_is_parameter(DTYPE_UNKNOWN));
}

static void node_labels(void **state)
{
	struct build b;
	char buffer[64], long_type[300];
	(void)state;
	memset(long_type, 'T', sizeof long_type - 1);
	long_type[sizeof long_type - 1] = '\0';
	build_init(&b);
	build_node(&b, "named", "Conv", "x", "y");
	build_node(&b, "", "Conv", "y", "z");
	build_node(&b, "", long_type, "z", "v");
	const struct model *model = build_done(&b);
	assert_text(model_node_label(model, 0, buffer), "named");
	assert_text(model_node_label(model, 1, buffer), "Conv#1");
	struct text label = model_node_label(model, 2, buffer);
	assert_true(label.len <= 64);
	assert_memory_equal(label.data + label.len - 2, "#2", 2);
	build_free(&b);
}

static void op_labels(void **state)
{
	char buffer[256], long_name[300];
	struct op op = { .domain = TEXT(""), .type = TEXT("Conv") };
	(void)state;
	assert_text(model_op_label(&op, buffer), "Conv");
	op.domain = TEXT("ai.onnx");
	assert_text(model_op_label(&op, buffer), "ai.onnx::Conv"); /* as written */
	op.domain = TEXT("com.example");
	assert_text(model_op_label(&op, buffer), "com.example::Conv");
	memset(long_name, 'd', sizeof long_name);
	op.domain = (struct text){ long_name, sizeof long_name };
	assert_int_equal(model_op_label(&op, buffer).len, 256);
}

static void finds_values_outwards(void **state)
{
	struct build b;
	(void)state;
	build_init(&b);
	build_node(&b, "outer", "Neg", "x", "y");
	build_graph(&b, GRAPH_SUBGRAPH, "body", 0, 0);
	build_node(&b, "inner", "Neg", "x", "z");
	const struct model *model = build_done(&b);
	assert_int_not_equal(model_find_value(model, 1, TEXT("z")), NO_INDEX);
	assert_int_not_equal(model_find_value(model, 1, TEXT("y")), NO_INDEX);
	assert_int_equal(model_find_value(model, 0, TEXT("z")), NO_INDEX);
	assert_int_equal(model_find_value(model, 0, TEXT("nothing")), NO_INDEX);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dtype_names_and_numbers),
		cmocka_unit_test(dtype_byte_counts),
		cmocka_unit_test(dtype_parameters),
		cmocka_unit_test(node_labels),
		cmocka_unit_test(op_labels),
		cmocka_unit_test(finds_values_outwards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
