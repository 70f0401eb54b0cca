/* The fast sums of what rounding costs: against grid_encode, and every variant against plain C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/kernels/cpu.h"
#include "core/kernels/grid.h"
#include "core/kernels/loss.h"
#include "core/kernels/loss_lane.h"
#include "core/kernels/quantize.h"
#include "guard_page.h"
#include "random_bytes.h"

#define MOST 2048

struct answers {
	float low, high, lows[MOST], highs[MOST];
	bool fit;
	struct loss_groups groups;
	struct squares one, grouped, each;
};

struct steps {
	float scale[MOST], inverse[MOST], low[MOST], high[MOST];
};

static void ask(const struct loss_kernels *kernels, const struct loss_rule *rule,
		const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		const struct steps *each, bool wide, struct answers *answers)
{
	struct loss_groups *groups = &answers->groups;
	const struct loss_steps by_group = { groups->scale, groups->inverse, groups->low,
					     groups->high };
	const struct loss_steps by_element = { each->scale, each->inverse, each->low, each->high };

	memset(answers, 0, sizeof *answers);
	kernels->range(bytes, n, &answers->low, &answers->high);
	kernels->range_each(bytes, n, answers->lows, answers->highs);
	answers->fit = kernels->group(bytes, n, size, law, groups);
	kernels->add(rule, bytes, n, 0, &by_element, MOST, wide, &answers->one);
	kernels->add(rule, bytes, n, size, &by_group, MOST, wide, &answers->grouped);
	kernels->add(rule, bytes, n, 1, &by_element, MOST, wide, &answers->each);
}

/* Weights of some size, or such that lie on and beside ties. */
static void make_values(float *values, const struct steps *steps, size_t n, uint64_t *seed)
{
	for (size_t i = 0; i < n; i++) {
		float x = (float)((double)(random_next(seed) >> 40) * 0x1p-23 - 1);

		values[i] = x * 0.1f;
		if (i % 3 == 1)
			values[i] = (floorf(x * 8) + 0.5f) * steps->scale[i];
		if (i % 7 == 2)
			values[i] = nextafterf((floorf(x * 120) + 0.5f) * steps->scale[i], x);
	}
}

static void make_steps(struct steps *steps, uint64_t *seed)
{
	for (size_t i = 0; i < MOST; i++) {
		steps->scale[i] = 0.0005f + (float)(random_next(seed) >> 44) * 0x1p-32f;
		steps->inverse[i] = 1 / steps->scale[i];
		steps->low[i] = -127;
		steps->high[i] = 127;
		steps->scale[i] = i % 5 ? steps->scale[i] : 0.001f;
		steps->inverse[i] = 1 / steps->scale[i];
	}
}

static const struct loss_law laws[] = { { 7, -7, 7, false },
					{ 127.5f, -128, 127, false },
					{ 15, 0, 15, true },
					{ 255, 0, 255, true } };

static void check_variant(const struct loss_kernels *kernels, const struct loss_rule *rule)
{
	static struct answers plain, answers;
	static struct steps steps;
	static float values[MOST];
	struct guarded in = guarded_new(4 * MOST + 16), at = guarded_new(4 * MOST + 16);
	uint64_t seed = 3;

	make_steps(&steps, &seed);
	for (size_t n = 0; n < MOST; n += n < 199 ? 1 : 617)
		for (size_t offset = 0; offset < 16; offset++) {
			const struct loss_law *law = &laws[(n + offset) % 4];
			size_t size = (size_t)16 << (n + offset / 4) % 5;
			bool wide = (n + offset) % 5 == 0;
			uint8_t *end, *inside;

			make_values(values, &steps, n, &seed);
			end = guarded_copy(&in, values, 4 * n);
			inside = guarded_copy(&at, values, 4 * n) - offset;
			memmove(inside, values, 4 * n);
			ask(&loss_plain, rule, end, n, size, law, &steps, wide, &plain);
			ask(kernels, rule, end, n, size, law, &steps, wide, &answers);
			assert_memory_equal(&answers, &plain, sizeof plain);
			ask(kernels, rule, inside, n, size, law, &steps, wide, &answers);
			assert_memory_equal(&answers, &plain, sizeof plain);
		}
	guarded_free(&in);
	guarded_free(&at);
}

/* Groups whose scales come from their own ranges: nothing is beyond the codes. */
static void check_unclamped(const struct loss_kernels *kernels, struct loss_rule rule, float reach)
{
	const struct loss_law law = { reach, -reach, reach, false };
	struct loss_groups groups;
	const struct loss_steps steps = { groups.scale, groups.inverse, groups.low, groups.high };
	static struct steps unused;
	static float values[MOST];
	uint64_t seed = 5;

	make_steps(&unused, &seed);
	rule.clamped = false;
	for (size_t turn = 0; turn < 300; turn++) {
		struct squares plain = { .n = 0 }, sums = { .n = 0 };
		size_t n = turn < 200 ? turn : MOST - turn, size = (size_t)16 << turn % 5;

		make_values(values, &unused, n, &seed);
		assert_true(kernels->group((const uint8_t *)values, n, size, &law, &groups));
		loss_plain.add(&rule, (const uint8_t *)values, n, size, &steps, 0, false, &plain);
		kernels->add(&rule, (const uint8_t *)values, n, size, &steps, 64, false, &sums);
		assert_memory_equal(&sums, &plain, sizeof plain);
	}
}

static void (*const grids[])(struct grid *) = { grid_nf4, grid_fp4 };
static const enum minifloat_id formats[] = { MINIFLOAT_F16,    MINIFLOAT_F8E4M3FN,
					     MINIFLOAT_F8E5M2, MINIFLOAT_F8E5M2FNUZ,
					     MINIFLOAT_F6E2M3, MINIFLOAT_F6E3M2,
					     MINIFLOAT_F4E2M1 };

#define N_FORMATS (sizeof formats / sizeof *formats)
#define N_GRIDS	  (1 + N_FORMATS + 2)

/* Integers, floats, levels. */
static void make_grid(struct grid *grid, size_t which)
{
	if (which == 0)
		grid_integer(grid, -127, 127);
	else if (which <= N_FORMATS)
		grid_float(grid, formats[which - 1]);
	else
		grids[which - 1 - N_FORMATS](grid);
}

static void variants_equal_plain(void **state)
{
	static struct grid grid;
	struct loss_rule rule;

	(void)state;
	for (size_t which = 0; which < N_GRIDS; which++) {
		make_grid(&grid, which);
		assert_true(loss_rule_of(&grid, &rule));
#if defined(__x86_64__)
		if (kernels_select("avx2")) {
			check_variant(&loss_avx2, &rule);
			check_unclamped(&loss_avx2, rule, grid_reach(&grid));
		}
		if (kernels_select("avx512")) {
			check_variant(&loss_avx512, &rule);
			check_unclamped(&loss_avx512, rule, grid_reach(&grid));
		}
#endif
		check_variant(&loss_plain, &rule);
	}
	kernels_select("auto");
}

/* What grid_encode restores, compared by quantize_compare. */
static void sums_are_those_of_the_codes(void **state)
{
	static float values[MOST], restored[MOST], offsets[MOST];
	static uint16_t codes[MOST];
	static struct steps steps;
	static struct grid grid;
	const struct loss_steps each = { steps.scale, steps.inverse, steps.low, steps.high };
	struct quantize_sums expected;
	struct loss_rule rule;
	uint64_t seed = 8;

	(void)state;
	for (size_t turn = 0; turn < 8 * N_GRIDS; turn++) {
		struct squares squares = { .n = 0 };
		double error, original;

		make_grid(&grid, turn % N_GRIDS);
		assert_true(loss_rule_of(&grid, &rule));
		make_steps(&steps, &seed);
		make_values(values, &steps, MOST, &seed);
		/* Edges between levels, and beside them. */
		for (size_t i = 0; rule.kind == LOSS_LEVELS && i + 1 < MOST; i += 3) {
			float edge = grid.edges[i % (grid.n_levels - 1)];

			values[i] = edge * steps.scale[i];
			values[i + 1] = nextafterf(-edge * steps.scale[i + 1], (float)(i % 2));
		}
		grid_encode(&grid, values, steps.scale, offsets, MOST, 0, codes, restored);
		quantize_compare(values, restored, MOST, &expected);
		loss_current()->add(&rule, (const uint8_t *)values, MOST, 1, &each, 0, false,
				    &squares);
		squares_end(&squares, &error, &original);
		assert_true(error == expected.error);
		assert_true(original == expected.original);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants_equal_plain),
		cmocka_unit_test(sums_are_those_of_the_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
