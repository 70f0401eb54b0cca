#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/canvas/plot.h"

static void assert_rows(const struct canvas *canvas, const char *const *expected, int n)
{
	char row[4096];

	assert_int_equal(canvas->height, n);
	for (int y = 0; y < n; y++) {
		canvas_row(canvas, y, row, sizeof(row));
		assert_string_equal(row, expected[y]);
	}
}

static void test_spark(void **state)
{
	(void)state;
	const uint8_t shares[8] = { 0, 1, 64, 128, 255, 254, 32, 0 };
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 12, 1, glyphs_get(GLYPHS_BLOCKS)));
	plot_spark(&canvas, 1, 0, 8, shares, 8, ROLE_SPARK);
	assert_rows(&canvas, (const char *[]){ "  ▁▃▅██▂" }, 1);
	canvas_clear(&canvas);
	plot_spark(&canvas, 0, 0, 4, shares, 8, ROLE_SPARK);
	assert_rows(&canvas, (const char *[]){ "▁▅█▂" }, 1);
	canvas_clear(&canvas);
	plot_spark(&canvas, -2, 0, 8, shares, 8, ROLE_SPARK);
	assert_rows(&canvas, (const char *[]){ "▃▅██▂" }, 1);
	plot_spark(&canvas, 0, 0, 0, shares, 8, ROLE_SPARK);
	plot_spark(&canvas, 0, 0, 8, shares, 0, ROLE_SPARK);
	canvas_free(&canvas);
}

static void test_share(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 10, 1, glyphs_get(GLYPHS_BLOCKS)));
	plot_share(&canvas, 0, 0, 10, 0.5, ROLE_CHART);
	assert_rows(&canvas, (const char *[]){ "█████" }, 1);
	plot_share(&canvas, 0, 0, 10, 1e-9, ROLE_CHART);
	assert_rows(&canvas, (const char *[]){ "▏" }, 1);
	plot_share(&canvas, 0, 0, 10, NAN, ROLE_CHART);
	assert_rows(&canvas, (const char *[]){ "" }, 1);
	plot_share(&canvas, 0, 0, 10, 7, ROLE_CHART);
	assert_rows(&canvas, (const char *[]){ "██████████" }, 1);
	canvas_free(&canvas);
}

static void test_histogram_blocks(void **state)
{
	(void)state;
	const uint64_t bins[12] = { 0, 1, 2, 4, 8, 16, 16, 8, 4, 2, 1, 0 };
	const struct plot_histogram histogram = { .bins = bins, .n_bins = 12, .low = -1, .high = 1,
						  .caption = "12 bins" };
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 19, 6, glyphs_get(GLYPHS_BLOCKS)));
	plot_histogram(&canvas, &histogram);
	assert_rows(&canvas,
		    (const char *[]){
			    "   16 ┤     ██",
			    "      │     ██",
			    "      │    ████",
			    "    0 ┼ ▂▄██████▄▂",
			    "       -1    0    1",
			    "            12 bins",
		    },
		    6);
	canvas_free(&canvas);
}

static void test_histogram_ascii(void **state)
{
	(void)state;
	const uint64_t bins[4] = { 1, 2, 3, 4 }, other[4] = { 4, 3, 2, 1 };
	struct plot_histogram histogram = { .bins = bins, .other = other, .n_bins = 4, .low = 0,
					    .high = 4 };
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 15, 5, glyphs_get(GLYPHS_ASCII)));
	plot_histogram(&canvas, &histogram);
	assert_rows(&canvas,
		    (const char *[]){
			    "    4 +..    ##",
			    "      |....####",
			    "      |..##--##",
			    "    0 +######--",
			    "       0      4",
		    },
		    5);
	canvas_free(&canvas);
}

static void test_histogram_braille(void **state)
{
	(void)state;
	const uint64_t bins[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct plot_histogram histogram = { .bins = bins, .n_bins = 8, .low = 0, .high = 8 };
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 4, 2, glyphs_get(GLYPHS_BRAILLE)));
	plot_histogram(&canvas, &histogram);
	assert_rows(&canvas, (const char *[]){ "  ⣠⣾", "⣠⣾⣿⣿" }, 2);
	canvas_free(&canvas);
}

/* A flat histogram looks flat at every width, spread over all columns or not. */
static void test_flat_is_flat(void **state)
{
	(void)state;
	uint64_t bins[240];
	for (uint64_t each = 7; each <= 700; each += 693) {
		for (int i = 0; i < 240; i++)
			bins[i] = each;
		struct plot_histogram histogram = { .bins = bins, .n_bins = 240, .low = 0,
						    .high = 1 };
		for (int width = 1; width <= 200; width++) {
			struct canvas canvas;
			assert_true(canvas_init(&canvas, width, 2, glyphs_get(GLYPHS_BLOCKS)));
			plot_histogram(&canvas, &histogram);
			int axis = width >= 14 ? 7 : 0, bars = width - axis;
			int group = (240 + bars - 1) / bars, used = 240 / group;
			for (int x = 0; x < (each == 7 ? used : bars); x++)
				assert_int_equal(canvas_at(&canvas, axis + x, 0)->code[0], 0x2588);
			canvas_free(&canvas);
		}
	}
}

/* One value is one bar at every width, and a bar for each value stands by itself. */
static void test_few_values(void **state)
{
	(void)state;
	uint64_t bins[256] = { 0 };
	bins[127] = 1;
	struct plot_histogram histogram = { .bins = bins, .n_bins = 256, .low = 0, .high = 1 };
	for (int width = 1; width <= 200; width++) {
		struct canvas canvas;
		int bars = 0;
		assert_true(canvas_init(&canvas, width, 2, glyphs_get(GLYPHS_BLOCKS)));
		plot_histogram(&canvas, &histogram);
		for (int x = 0; x < width; x++)
			bars += canvas_at(&canvas, x, 0)->code[0] == 0x2588;
		assert_int_equal(bars, 1);
		canvas_free(&canvas);
	}
	const uint64_t three[3] = { 2, 1, 2 };
	const struct plot_histogram integers = { .bins = three, .n_bins = 3, .low = -1, .high = 1,
						 .integers = true };
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 20, 3, glyphs_get(GLYPHS_ASCII)));
	plot_histogram(&canvas, &integers);
	assert_rows(&canvas,
		    (const char *[]){
			    "    2 +###     ###",
			    "    0 +### ### ###",
			    "       -1   0    1",
		    },
		    3);
	canvas_free(&canvas);
}

/* Every small size, with a frame around the window that must stay untouched. */
static void test_small_sizes(void **state)
{
	(void)state;
	const uint64_t bins[5] = { 0, UINT64_MAX, 3, 0, UINT64_MAX };
	const uint64_t other[5] = { UINT64_MAX, 1, 0, 0, 9 };
	const struct plot_histogram histograms[] = {
		{ .bins = bins, .other = other, .n_bins = 5, .low = -3e300, .high = 1.2345e300,
		  .caption = "a caption that is longer than the canvas · exact" },
		{ .bins = bins, .n_bins = 5, .low = 1, .high = 1, .log_counts = true },
		{ .bins = bins, .n_bins = 1, .low = NAN, .high = INFINITY },
		{ .bins = bins, .n_bins = 0 },
		{ .bins = bins, .n_bins = 1, .low = 0, .high = 0 },
	};
	for (int level = 0; level < GLYPHS_COUNT; level++)
		for (int height = 0; height <= 9; height++)
			for (int width = 0; width <= 30; width++)
				for (size_t i = 0; i < 5; i++) {
					struct canvas canvas, window;
					assert_true(canvas_init(&canvas, width + 2, height + 2,
								glyphs_get((enum glyph_level)level)));
					canvas_fill(&canvas, 0, 0, width + 2, height + 2, ROLE_NORMAL, '@');
					window = canvas_window(&canvas, 1, 1, width, height);
					plot_histogram(&window, &histograms[i]);
					for (int y = 0; y < height + 2; y++)
						for (int x = 0; x < width + 2; x++)
							if (x == 0 || y == 0 || x == width + 1 ||
							    y == height + 1)
								assert_int_equal(
									canvas_at(&canvas, x, y)->code[0],
									'@');
					canvas_free(&canvas);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spark),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_histogram_blocks),
		cmocka_unit_test(test_histogram_ascii),
		cmocka_unit_test(test_histogram_braille),
		cmocka_unit_test(test_flat_is_flat),
		cmocka_unit_test(test_few_values),
		cmocka_unit_test(test_small_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
