/* Plans under a budget, against all combinations of small cases. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mtui/plan.h>

#define ITEMS	4
#define CHOICES 4

struct cases {
	struct plan_choice choices[ITEMS][CHOICES];
	struct plan_item items[ITEMS];
};

static void total_of(const struct cases *c, const uint32_t *chosen, uint64_t *bytes, double *error)
{
	*bytes = 0;
	*error = 0;
	for (int i = 0; i < ITEMS; i++) {
		*bytes += c->choices[i][chosen[i]].bytes;
		*error += c->choices[i][chosen[i]].error;
	}
}

/* Least error of all combinations within a budget; negative if none is. */
static double best(const struct cases *c, uint64_t budget)
{
	double least = -1;

	for (uint32_t code = 0; code < 256; code++) {
		uint32_t chosen[ITEMS] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 };
		uint64_t bytes;
		double error;

		total_of(c, chosen, &bytes, &error);
		if (bytes <= budget && (least < 0 || error < least))
			least = error;
	}
	return least;
}

static void fill(struct cases *c, uint64_t seed)
{
	uint64_t state = seed * 2654435761u + 1;

	for (int i = 0; i < ITEMS; i++) {
		for (int k = 0; k < CHOICES; k++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			c->choices[i][k].bytes = 1 + (state >> 33) % 50;
			c->choices[i][k].error = (double)((state >> 40) % 1000) / 8;
		}
		c->items[i] = (struct plan_item){ c->choices[i], CHOICES, -1 };
	}
}

static void the_best_at_every_point_of_the_curve(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct cases c;
		struct plan *plan;
		const struct plan_point *curve;
		size_t n;

		fill(&c, seed);
		plan = plan_new(c.items, ITEMS, NULL);
		assert_non_null(plan);
		curve = plan_curve(plan, &n);
		for (size_t i = 0; i < n; i++) {
			uint32_t chosen[ITEMS];
			struct plan_point total;
			uint64_t bytes;
			double error;

			assert_true(plan_at(plan, curve[i].bytes, chosen, &total));
			total_of(&c, chosen, &bytes, &error);
			assert_true(bytes <= curve[i].bytes);
			assert_true(fabs(error - best(&c, curve[i].bytes)) < 1e-9);
			assert_true(fabs(error - total.error) < 1e-9 && bytes == total.bytes);
			if (i > 1)
				assert_true(curve[i].rate <= curve[i - 1].rate);
		}
		plan_free(plan);
	}
}

static void between_points_nothing_is_wasted(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct cases c;
		struct plan *plan;
		double last = INFINITY;

		fill(&c, seed);
		plan = plan_new(c.items, ITEMS, NULL);
		assert_non_null(plan);
		for (uint64_t budget = 0; budget <= 200; budget++) {
			uint32_t chosen[ITEMS];
			struct plan_point total;
			bool fits = plan_at(plan, budget, chosen, &total);
			const struct plan_point *curve;
			size_t n, at = 0;

			assert_int_equal(fits, best(&c, budget) >= 0);
			if (!fits)
				continue;
			curve = plan_curve(plan, &n);
			while (at + 1 < n && curve[at + 1].bytes <= budget)
				at++;
			assert_true(total.bytes <= budget);
			assert_true(total.error >= best(&c, budget) - 1e-9);
			assert_true(total.error <= curve[at].error + 1e-9);
			last = total.error < last ? total.error : last;
		}
		assert_true(fabs(last - best(&c, 1000)) < 1e-9);
		plan_free(plan);
	}
}

static void pins_and_bad_errors(void **state)
{
	struct plan_choice choices[] = { { 10, 5 }, { 1, INFINITY }, { 20, 1 }, { 2, NAN } };
	struct plan_item item = { choices, 4, -1 };
	struct error err = { .code = ERROR_NONE };
	struct plan_point total;
	struct plan *plan = plan_new(&item, 1, NULL);
	uint32_t chosen;
	(void)state;

	assert_false(plan_at(plan, 5, &chosen, &total));
	assert_int_equal(chosen, 0);
	assert_true(plan_at(plan, 100, &chosen, &total));
	assert_int_equal(chosen, 2);
	plan_free(plan);
	item.pinned = 0;
	plan = plan_new(&item, 1, NULL);
	assert_true(plan_at(plan, 100, &chosen, &total));
	assert_int_equal(chosen, 0);
	plan_free(plan);
	item = (struct plan_item){ choices + 1, 1, -1 };
	assert_null(plan_new(&item, 1, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_at_every_point_of_the_curve),
		cmocka_unit_test(between_points_nothing_is_wasted),
		cmocka_unit_test(pins_and_bad_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
