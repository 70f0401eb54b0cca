/* Axes: round numbers and places; line charts: dots, dashes, gaps, bands, as pictures in cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/line_chart.h"

static void assert_ticks(const struct axis *axis, unsigned most, const char *expected)
{
	struct axis_tick ticks[AXIS_TICKS_MAX];
	unsigned n = axis_ticks(axis, most, ticks);
	char found[512] = "";

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strcat(found, " ");
		strcat(found, ticks[i].label);
		assert_true(i == 0 || ticks[i].value > ticks[i - 1].value);
	}
	assert_true(n <= AXIS_TICKS_MAX);
	assert_string_equal(found, expected);
}

static void round_numbers(void **state)
{
	(void)state;
	assert_ticks(&(struct axis){ .low = 0.02, .high = 2.33 }, 5, "0.5 1 1.5 2");
	assert_ticks(&(struct axis){ .low = -0.3, .high = 0.3 }, 4, "-0.2 0 0.2");
	assert_ticks(&(struct axis){ .low = 1000.1, .high = 1000.35 }, 4, "1000.1 1000.2 1000.3");
	assert_ticks(&(struct axis){ .low = 0, .high = 18000, .unit = AXIS_COUNT }, 5,
		     "0 5K 10K 15K");
	assert_ticks(&(struct axis){ .low = 0, .high = 900, .unit = AXIS_COUNT }, 4,
		     "0 500");
	assert_ticks(&(struct axis){ .low = 0, .high = 3, .unit = AXIS_COUNT }, 9, "0 1 2 3");
	assert_ticks(&(struct axis){ .low = 0, .high = 5000, .unit = AXIS_SECONDS }, 4,
		     "0s 30m 1h");
	assert_ticks(&(struct axis){ .low = 1.7e9, .high = 1.7e9 + 7200, .unit = AXIS_TIME }, 4,
		     "22:30 23:00 23:30 00:00");
	assert_ticks(&(struct axis){ .low = 2e-5, .high = 3, .scale = AXIS_LOG }, 6,
		     "0.0001 0.001 0.01 0.1 1");
	assert_ticks(&(struct axis){ .low = 0.2, .high = 0.9, .scale = AXIS_LOG }, 4,
		     "0.2 0.4 0.6 0.8");
	assert_ticks(&(struct axis){ .low = -50, .high = 100, .scale = AXIS_SYMLOG, .linear = 0.1 },
		     7, "-1 0 1 100");
}

static void hostile_axes(void **state)
{
	static const double ends[] = { 0, -0.0, 1e-320, 1e308, -1e308, 5e-324, INFINITY, -INFINITY,
				       NAN,  1,	    1e15,   9007199254740993.0 };
	struct axis_tick ticks[AXIS_TICKS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
			for (int scale = 0; scale < 3; scale++)
				for (int unit = 0; unit < 4; unit++) {
					struct axis axis = { scale, unit, ends[i], ends[k], 1e-3 };

					axis_open(&axis);
					assert_true(axis.low < axis.high && isfinite(axis.low) &&
						    isfinite(axis.high));
					unsigned n = axis_ticks(&axis, 9, ticks);

					assert_true(n <= AXIS_TICKS_MAX);
					for (unsigned t = 0; t < n; t++)
						assert_true(isfinite(ticks[t].value));
				}
}

static void places(void **state)
{
	struct axis log = { .scale = AXIS_LOG, .low = 0.01, .high = 100 };
	struct axis symlog = { .scale = AXIS_SYMLOG, .low = -10, .high = 10, .linear = 0.1 };

	(void)state;
	assert_true(fabs(axis_share(&log, 1) - 0.5) < 1e-12);
	assert_true(isnan(axis_share(&log, 0)) && isnan(axis_share(&log, -1)));
	assert_true(fabs(axis_share(&symlog, 0) - 0.5) < 1e-12);
	assert_true(fabs(axis_value(&symlog, axis_share(&symlog, -3)) + 3) < 1e-9);
	assert_true(fabs(axis_value(&log, axis_share(&log, 7)) - 7) < 1e-9);
}

/* --- Charts ------------------------------------------------------------------------------------ */

struct points {
	const double *x, *y;
	size_t n;
};

static struct chart_part part(const void *source, unsigned piece, double low, double high,
			      bool closed)
{
	const struct points *points = source;
	struct chart_part part = { .min = INFINITY, .max = -INFINITY };

	(void)piece;
	for (size_t i = 0; i < points->n; i++) {
		double x = points->x[i], y = points->y[i];

		if (x < low || x > high || (x == high && !closed))
			continue;
		if (!part.any)
			part.first = y;
		part.last = y;
		part.any = true;
		if (isfinite(y)) {
			part.min = fmin(part.min, y);
			part.max = fmax(part.max, y);
			part.finite = true;
		}
	}
	return part;
}

static double at(const void *source, unsigned piece, double x)
{
	const struct points *points = source;

	(void)piece;
	for (size_t i = 0; i < points->n; i++)
		if (points->x[i] == x)
			return points->y[i];
	return NAN;
}

static void assert_picture(const struct line_chart *chart, enum glyph_level glyphs, int width,
			   int height, const char *expected)
{
	struct canvas canvas;
	char found[8192] = "";
	size_t used = 0;

	assert_true(canvas_init(&canvas, width, height, glyphs_get(glyphs)));
	line_chart_draw(&canvas, chart);
	for (int y = 0; y < height; y++) {
		used += canvas_row(&canvas, y, found + used, 1024);
		found[used++] = '\n';
	}
	found[used] = '\0';
	canvas_free(&canvas);
	assert_string_equal(found, expected);
}

#define LINE(points, number)                                                                       \
	{ .source = &(points), .part = part, .at = at, .pieces = 1, .style = (number) }

static const double falling_x[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
static const double falling_y[] = { 7, 6, 5, 4, 3, 2, 1, 0 };
static const double gap_y[] = { 0, 1, 2, NAN, NAN, 5, 6, 7 };

static void lines_connect(void **state)
{
	struct points falling = { falling_x, falling_y, 8 };
	struct chart_line line = LINE(falling, 0);
	struct line_chart chart = { .x = { .high = 7 }, .y = { .high = 7 }, .lines = &line,
				    .n_lines = 1, .bare = true };

	(void)state;
	assert_picture(&chart, GLYPHS_BRAILLE, 4, 2, "⠑⢄\n  ⠑⢄\n");
	assert_picture(&chart, GLYPHS_BLOCKS, 4, 4, "▚\n ▚\n  ▚\n   ▚\n");
	assert_picture(&chart, GLYPHS_ASCII, 8, 8,
		       "*\n *\n  *\n   *\n    *\n     *\n      *\n       *\n");
}

static void not_finite_breaks_the_line(void **state)
{
	struct points gap = { falling_x, gap_y, 8 };
	struct chart_line line = LINE(gap, 0);
	struct line_chart chart = { .x = { .high = 7 }, .y = { .high = 7 }, .lines = &line,
				    .n_lines = 1, .bare = true };

	(void)state;
	assert_picture(&chart, GLYPHS_ASCII, 8, 8, "       *\n      *\n     *\n\n\n  *\n *\n*\n");
	/* A dash leaves out columns, but never a single point. */
	line.style = 1;
	gap.n = 3;
	gap.x += 2;
	gap.y += 2;
	assert_picture(&chart, GLYPHS_ASCII, 8, 8, "\n\n\n\n\n  +\n\n\n");
}

static void crossing_lines_share_cells(void **state)
{
	static const double rising_y[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct points falling = { falling_x, falling_y, 8 }, rising = { falling_x, rising_y, 8 };
	struct chart_line lines[] = { LINE(falling, 0), LINE(rising, 0) };
	struct line_chart chart = { .x = { .high = 7 }, .y = { .high = 7 }, .lines = lines,
				    .n_lines = 2, .bare = true };

	(void)state;
	assert_picture(&chart, GLYPHS_BRAILLE, 4, 2, "⠑⢄⡠⠊\n⡠⠊⠑⢄\n");
	/* What was smoothed gives way. */
	lines[0].background = true;
	assert_picture(&chart, GLYPHS_BRAILLE, 4, 2, "⠑⢄⡠⠊\n⡠⠊⠑⢄\n");
}

static void axes_and_marks(void **state)
{
	struct points falling = { falling_x, falling_y, 8 };
	struct chart_line line = LINE(falling, 0);
	struct chart_mark mark = { 3.6, '^', ROLE_WARNING };
	double cursor = 7;
	struct line_chart chart = { .x = { .high = 8, .unit = AXIS_COUNT }, .y = { .high = 7 },
				    .lines = &line, .n_lines = 1, .marks = &mark, .n_marks = 1,
				    .cursor = &cursor, .x_title = "step" };

	(void)state;
	assert_picture(&chart, GLYPHS_ASCII, 32, 8,
		       "                 ^\n"
		       "    |**                     |\n"
		       "  5 +  ******               |\n"
		       "    |        *******        |\n"
		       "    |               ******* |\n"
		       "  0 +                      **\n"
		       "    ++---------------+----------\n"
		       "     0               5      step\n");
}

static void no_room_draws_nothing(void **state)
{
	struct points falling = { falling_x, falling_y, 8 };
	struct chart_line line = LINE(falling, 0);
	struct line_chart chart = { .x = { .high = 7 }, .y = { .high = 7 }, .lines = &line,
				    .n_lines = 1, .x_title = "step" };
	struct canvas canvas;

	(void)state;
	for (int width = 1; width < 30; width++)
		for (int height = 1; height < 10; height++) {
			assert_true(canvas_init(&canvas, width, height, glyphs_get(GLYPHS_ASCII)));
			line_chart_draw(&canvas, &chart);
			canvas_free(&canvas);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_numbers),
		cmocka_unit_test(hostile_axes),
		cmocka_unit_test(places),
		cmocka_unit_test(lines_connect),
		cmocka_unit_test(not_finite_breaks_the_line),
		cmocka_unit_test(crossing_lines_share_cells),
		cmocka_unit_test(axes_and_marks),
		cmocka_unit_test(no_room_draws_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
