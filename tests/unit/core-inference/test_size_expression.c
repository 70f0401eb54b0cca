/* Sizes with names: one normal form, divisions that come out even and ones that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/core/inference/size_expression.h"

struct fixture {
	struct size_expressions x;
	struct arena texts, memory;
	struct quantity batch, seq;
};

static int set_up(void **state)
{
	static struct fixture f;

	arena_init(&f.texts, 0);
	arena_init(&f.memory, 0);
	size_expressions_init(&f.x, &f.texts, &f.memory);
	f.batch = size_symbol(&f.x, TEXT("batch"));
	f.seq = size_symbol(&f.x, TEXT("seq"));
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	size_expressions_free(&f->x);
	arena_free(&f->texts);
	arena_free(&f->memory);
	return 0;
}

static struct quantity n(int64_t number)
{
	return quantity_number(number);
}

static void assert_written(struct fixture *f, struct quantity q, const char *text)
{
	struct text written = size_text(&f->x, q);
	char copy[256] = { 0 };

	assert_int_equal(q.kind, QUANTITY_EXPRESSION);
	memcpy(copy, written.data, written.len);
	assert_string_equal(copy, text);
}

static void sums_and_products(void **state)
{
	struct fixture *f = *state;
	struct size_expressions *x = &f->x;
	struct quantity twelve = size_multiply(x, f->batch, n(12));

	assert_written(f, twelve, "batch*12");
	assert_written(f, size_add(x, f->seq, n(-1)), "seq - 1");
	assert_written(f, size_multiply(x, size_add(x, f->seq, n(1)), f->batch),
		       "batch*seq + batch");
	assert_written(f, size_subtract(x, n(4), f->seq), "-seq + 4");
	assert_true(quantity_equal(size_add(x, f->batch, f->seq), size_add(x, f->seq, f->batch)));
	assert_true(quantity_is(size_subtract(x, twelve, twelve), 0));
	assert_true(quantity_is(size_multiply(x, f->batch, n(0)), 0));
	assert_true(quantity_equal(size_subtract(x, size_add(x, f->seq, n(3)), n(3)), f->seq));
}

static void quotients(void **state)
{
	struct fixture *f = *state;
	struct size_expressions *x = &f->x;
	struct quantity half = size_divide(x, f->seq, n(2));

	assert_written(f, half, "floor(seq/2)");
	assert_written(f, size_divide(x, size_add(x, f->seq, n(-1)), n(2)),
		       "floor((seq + 1)/2) - 1");
	assert_true(
		quantity_equal(size_add(x, size_divide(x, size_add(x, f->seq, n(-1)), n(2)), n(1)),
			       size_divide(x, size_add(x, f->seq, n(1)), n(2))));
	assert_true(quantity_equal(size_divide(x, size_multiply(x, f->seq, n(6)), n(3)),
				   size_multiply(x, f->seq, n(2))));
	assert_written(f,
		       size_divide(x, size_add(x, size_multiply(x, f->batch, n(4)), f->seq), n(2)),
		       "batch*2 + floor(seq/2)");
	assert_true(quantity_is(size_divide(x, n(7), n(2)), 3));
	assert_true(quantity_is(size_divide(x, n(-7), n(2)), -4));
	assert_int_equal(size_divide(x, f->seq, n(0)).kind, QUANTITY_UNKNOWN);
	assert_int_equal(size_divide_even(x, f->seq, n(2)).kind, QUANTITY_UNKNOWN);
	assert_true(quantity_equal(
		size_divide_even(x, size_multiply(x, f->seq, size_multiply(x, f->batch, n(8))),
				 size_multiply(x, f->batch, n(4))),
		size_multiply(x, f->seq, n(2))));
}

static void what_does_not_fit_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct size_expressions *x = &f->x;
	struct quantity q = f->seq;

	assert_int_equal(size_multiply(x, n(INT64_MAX), n(2)).kind, QUANTITY_UNKNOWN);
	assert_int_equal(size_add(x, n(INT64_MIN), n(-1)).kind, QUANTITY_UNKNOWN);
	assert_int_equal(size_symbol(x, (struct text){ 0 }).kind, QUANTITY_UNKNOWN);
	for (int i = 0; i < EXPRESSION_ATOMS - 1; i++) {
		q = size_multiply(x, q, f->batch);
		assert_int_equal(q.kind, QUANTITY_EXPRESSION);
	}
	assert_int_equal(size_multiply(x, q, f->batch).kind, QUANTITY_UNKNOWN);
}

static void many_names_stay_apart(void **state)
{
	struct fixture *f = *state;
	struct size_expressions *x = &f->x;
	uint32_t last = f->seq.expression;

	for (int i = 0; i < 5000; i++) {
		char name[16];
		struct quantity q;

		for (int k = 0, rest = i; k < 4; k++, rest /= 10)
			name[k] = (char)('0' + rest % 10);
		q = size_symbol(x, (struct text){ name, 4 });
		assert_int_equal(q.expression, last + 1);
		last = q.expression;
		assert_true(quantity_equal(q, size_symbol(x, (struct text){ name, 4 })));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sums_and_products, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quotients, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_names_stay_apart, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
