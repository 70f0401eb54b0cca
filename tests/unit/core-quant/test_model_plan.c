/* Ladders and budgets in words; plans of a small model against the sums of what was measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mtui/model_plan.h>

static void ladders(void **state)
{
	struct ladder ladder;
	struct error err;

	(void)state;
	assert_true(ladder_parse(TEXT(LADDER_DEFAULT), &ladder, &err));
	assert_int_equal(ladder.n, 7);
	assert_int_equal(ladder.schemes[0].id, SCHEME_F16);
	assert_int_equal(ladder.schemes[4].range, RANGE_AFFINE);
	assert_false(ladder_parse(TEXT(""), &ladder, &err));
	assert_false(ladder_parse(TEXT("int8,,int4"), &ladder, &err));
	assert_false(ladder_parse(TEXT("int8,int4,int8:minmax"), &ladder, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void budgets(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "50%", 500 }, { "12.5%", 125 }, { "40M", 40 << 20 }, { "1.5KiB", 1536 },
		     { "7", 7 },     { "2kB", 2048 },  { "0%", 0 } };
	static const char *const bad[] = { "", "%", "-5", "5X", "1e999", "nan", "50 %", "1KX" };
	struct error err;
	uint64_t budget;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(plan_budget_parse(text_from(good[i].text), 1000, &budget, &err));
		assert_int_equal(budget, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(plan_budget_parse(text_from(bad[i]), 1000, &budget, &err));
}

/* Three matrices and a bias; what they cost is made up. */
static void plans(void **state)
{
	static const int64_t matrix[] = { 10, 10 }, line[] = { 100 };
	static const uint32_t numbers[] = { 0, 1, 2, 3 };
	struct tensor tensors[4];
	struct model model = { .tensors = tensors, .n_tensors = 4 };
	struct ladder ladder;
	struct model_plan plan;
	struct error err;

	(void)state;
	for (int i = 0; i < 4; i++)
		tensors[i] = (struct tensor){ .dtype = DTYPE_F32, .dims = i < 3 ? matrix : line,
					      .n_dims = i < 3 ? 2 : 1, .count = 100,
					      .present = 100, .nbytes = 400 };
	assert_true(ladder_parse(TEXT("int8,int4"), &ladder, &err));
	assert_true(model_plan_init(&plan, &model, numbers, 4, &ladder, &err));
	assert_int_equal(plan.bytes_before, 1600);
	assert_int_equal(plan.n_missing, 3);
	for (int i = 0; i < 2; i++) {
		struct ladder_costs costs = { .costs = { { 100, 1.0 + i }, { 50, 10.0 + 90 * i } },
					      .energy = 1000 };
		model_plan_take(&plan, (size_t)i, &costs);
	}
	model_plan_take(&plan, 2, NULL); /* could not be read: stays */
	assert_int_equal(plan.n_missing, 0);

	/* 400 + 400 stay; the second suffers more from 4 bits */
	assert_true(model_plan_at(&plan, 800 + 150, &err));
	assert_true(plan.fits);
	assert_int_equal(plan.tensors[0].chosen, 1);
	assert_int_equal(plan.tensors[1].chosen, 0);
	assert_int_equal(plan.tensors[2].chosen, 2);
	assert_int_equal(plan.tensors[3].chosen, 2);
	assert_int_equal(plan.total.bytes, 950);
	assert_true(plan.total.error == 12.0);
	assert_true(fabs(model_plan_sqnr(&plan, 0) - 20) < 1e-12);
	assert_true(isinf(model_plan_sqnr(&plan, 2)));

	model_plan_pin(&plan, 1, 2);
	assert_true(model_plan_at(&plan, 800 + 450, &err));
	assert_int_equal(plan.tensors[1].chosen, 2);
	assert_int_equal(plan.tensors[0].chosen, 1);
	assert_true(plan.fits);
	assert_true(model_plan_at(&plan, 10, &err));
	assert_false(plan.fits);
	model_plan_pin(&plan, 1, PLAN_FREE);
	assert_true(model_plan_at(&plan, 1600, &err));
	assert_true(plan.total.error == 0);
	assert_int_equal(plan.total.bytes, 1600);
	model_plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ladders),
		cmocka_unit_test(budgets),
		cmocka_unit_test(plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
