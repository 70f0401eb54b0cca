/* The part of the values that a histogram shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "ui/views/zoom.h"

static struct statistics sample(double min, double median, double max)
{
	struct statistics s = { .finite = 100, .min = min, .max = max,
				.max_abs = fmax(fabs(min), fabs(max)) };

	s.quantiles[4] = median;
	return s;
}

static void test_in_and_out(void **state)
{
	struct statistics s = sample(-4, 2, 12);
	struct zoom zoom = { 0 };

	(void)state;
	assert_false(zoom_counts(&zoom, &s));
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_IN, &s));
	assert_true(zoom_counts(&zoom, &s));
	assert_true(zoom.low == -1 && zoom.high == 7); /* the median stays at 3/8 */
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_IN, &s));
	assert_true(zoom.low == 0.5 && zoom.high == 4.5);
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_OUT, &s));
	assert_true(zoom.low == -1 && zoom.high == 7);
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_OUT, &s));
	assert_false(zoom_counts(&zoom, &s));
	assert_false(zoom_command(&zoom, COMMAND_ZOOM_OUT, &s));
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_IN, &s));
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_RESET, &s));
	assert_false(zoom_counts(&zoom, &s));
	assert_false(zoom_command(&zoom, COMMAND_UP, &s));
}

static void test_along(void **state)
{
	struct statistics s = sample(-4, 2, 12);
	struct zoom zoom = { .partial = true, .low = 0, .high = 8 };

	(void)state;
	assert_true(zoom_command(&zoom, COMMAND_RIGHT, &s));
	assert_true(zoom.low == 2 && zoom.high == 10);
	assert_true(zoom_command(&zoom, COMMAND_RIGHT, &s));
	assert_true(zoom.low == 4 && zoom.high == 12);
	assert_false(zoom_command(&zoom, COMMAND_RIGHT, &s));
	for (int i = 0; i < 3; i++)
		assert_true(zoom_command(&zoom, COMMAND_LEFT, &s));
	assert_true(zoom_command(&zoom, COMMAND_LEFT, &s));
	assert_true(zoom.low == -4 && zoom.high == 4);
	assert_false(zoom_command(&zoom, COMMAND_LEFT, &s));
}

static void test_ends(void **state)
{
	struct statistics s = sample(1, 1 + 0x1p-30, 2), flat = sample(3, 3, 3);
	struct zoom zoom = { 0 };
	int steps = 0;

	(void)state;
	while (zoom_command(&zoom, COMMAND_ZOOM_IN, &s) && steps < 1000)
		steps++;
	assert_in_range(steps, 20, 60);
	assert_true(zoom.low < zoom.high);
	zoom = (struct zoom){ 0 };
	assert_false(zoom_command(&zoom, COMMAND_ZOOM_IN, &flat));
	assert_false(zoom_command(&zoom, COMMAND_SYMLOG, &flat));
	zoom.symlog = true;
	assert_false(zoom_counts(&zoom, &flat));
}

static void test_symlog(void **state)
{
	struct statistics s = sample(-1023, 0, 1023);
	struct zoom zoom = { 0 };
	struct histogram_axis axis;

	(void)state;
	assert_true(zoom_command(&zoom, COMMAND_SYMLOG, &s));
	assert_true(zoom_counts(&zoom, &s));
	axis = zoom_axis(&zoom, &s);
	assert_true(axis.symlog && axis.low == -1023 && axis.bins == HISTOGRAM_BINS);
	assert_true(axis.threshold == 1023.0 / 1024);
	assert_true(zoom_command(&zoom, COMMAND_ZOOM_IN, &s));
	/* Half the places, far less than half the values. */
	assert_true(zoom.high < 64 && zoom.low == -zoom.high);
	assert_true(zoom_axis(&zoom, &s).threshold == axis.threshold);
	assert_true(zoom_command(&zoom, COMMAND_SYMLOG, &s));
	assert_false(zoom_axis(&zoom, &s).symlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_and_out),
		cmocka_unit_test(test_along),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_symlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
