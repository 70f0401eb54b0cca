#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/runs/series_pack.h"
#include "random_bytes.h"

struct growing {
	struct arena arena;
	struct series_builder builder;
};

static void begin(struct growing *growing)
{
	*growing = (struct growing){ .builder.name.text = TEXT("loss") };
	arena_init(&growing->arena, 0);
}

static void end(struct growing *growing)
{
	series_builder_free(&growing->builder);
	arena_free(&growing->arena);
}

static struct series *snapshot(const struct growing *growing)
{
	const struct series_builder *builder = &growing->builder;
	struct series *series = series_snapshot(&builder, 1);

	assert_non_null(series);
	return series;
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* Points of one kind, chosen by `kind`: what the packing has ways for. */
static struct series_point make_point(int kind, uint64_t i, uint64_t *random)
{
	uint64_t bits = random_next(random);
	struct series_point point = { (int64_t)i, 1.7e9 + (double)i, 0 };
	double any;
	float narrow;

	memcpy(&any, &bits, sizeof any);
	narrow = (float)(bits >> 40) * 1e-5f;
	switch (kind) {
	case 0:
		point.value = (double)narrow;
		break;
	case 1:
		point = (struct series_point){ (int64_t)bits, any, any };
		break;
	case 2:
		point = (struct series_point){ -(int64_t)(i * 7), NAN, i % 3 ? 0.1 : NAN };
		break;
	case 3:
		point = (struct series_point){ (int64_t)(bits % 100), 1e9 + (double)(bits % 7), INFINITY };
		break;
	default:
		point = (struct series_point){ i % 2 ? INT64_MAX : INT64_MIN, 0, (double)(bits % 5) };
		break;
	}
	return point;
}

static void what_is_packed_comes_out_again(void **state)
{
	static const size_t counts[] = { 1, 2, SERIES_CHUNK - 1, SERIES_CHUNK, SERIES_CHUNK + 1, 5000 };

	(void)state;
	for (int kind = 0; kind < 5; kind++) {
		for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
			struct growing growing;
			uint64_t random = 5, again = 5, nan = 0;
			begin(&growing);
			for (size_t i = 0; i < counts[c]; i++) {
				struct series_point p = make_point(kind, i, &random);
				assert_true(series_append(&growing.builder, &growing.arena, p.step,
							  p.wall_time, p.value));
			}
			struct series *series = snapshot(&growing);
			assert_int_equal(series->count, counts[c]);
			for (size_t i = 0; i < counts[c]; i++) {
				struct series_point want = make_point(kind, i, &again);
				struct series_point got = series_point(series, i);
				assert_true(got.step == want.step && same(got.value, want.value) &&
					    same(got.wall_time, want.wall_time));
				nan += isnan(want.value) != 0;
			}
			assert_int_equal(series->nan, nan);
			series_release(series);
			end(&growing);
		}
	}
}

static void counted_steps_and_floats_take_few_bytes(void **state)
{
	struct growing growing;
	uint64_t random = 1;

	(void)state;
	begin(&growing);
	for (size_t i = 0; i < 100000; i++) {
		struct series_point p = make_point(0, i, &random);
		series_append(&growing.builder, &growing.arena, p.step, p.wall_time, p.value);
	}
	assert_true(growing.arena.used < (size_t)100000 * 12);
	end(&growing);
}

/* A version keeps what it shows while the series goes on. */
static void versions_do_not_change(void **state)
{
	struct growing growing;

	(void)state;
	begin(&growing);
	for (int i = 0; i < 700; i++)
		series_append(&growing.builder, &growing.arena, i, i, i);
	struct series *before = snapshot(&growing);
	for (int i = 700; i < 3000; i++)
		series_append(&growing.builder, &growing.arena, i, i, -i);
	struct series *after = snapshot(&growing);
	assert_int_equal(before->count, 700);
	assert_int_equal(after->count, 3000);
	assert_ptr_equal(before->chunks[0], after->chunks[0]);
	for (uint64_t i = 0; i < 700; i++)
		assert_true(series_point(before, i).value == (double)i);
	assert_true(before->low == 0 && after->low == -2999);
	series_retain(before);
	series_release(before);
	series_release(before);
	series_release(after);
	end(&growing);
}

static void steps_are_found(void **state)
{
	struct growing growing;

	(void)state;
	begin(&growing);
	for (int i = 0; i < 2000; i++)
		series_append(&growing.builder, &growing.arena, i * 10, i, i);
	struct series *series = snapshot(&growing);
	assert_true(series->ordered);
	assert_int_equal(series_find_step(series, -5), 0);
	assert_int_equal(series_find_step(series, 10001), 1001);
	assert_int_equal(series_find_step(series, 19990), 1999);
	assert_int_equal(series_find_step(series, 19991), 2000);
	series_release(series);
	series_append(&growing.builder, &growing.arena, 0, 0, 0);
	series = snapshot(&growing);
	assert_false(series->ordered);
	assert_int_equal(series_find_step(series, 10001), 1001);
	series_release(series);
	end(&growing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out_again),
		cmocka_unit_test(counted_steps_and_floats_take_few_bytes),
		cmocka_unit_test(versions_do_not_change),
		cmocka_unit_test(steps_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
