#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/canvas/canvas.h"

static char *row_of(const struct canvas *canvas, int y, char buffer[2048])
{
	canvas_row(canvas, y, buffer, 2048);
	return buffer;
}

#define assert_row(canvas, y, expected)                                                            \
	do {                                                                                       \
		char row_buffer[2048];                                                             \
		assert_string_equal(row_of(canvas, y, row_buffer), expected);                      \
	} while (0)

/* Wide characters are whole, padding follows its base. */
static void assert_sound(const struct canvas *canvas)
{
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++) {
			const struct cell *cell = canvas_at(canvas, x, y);
			assert_true(cell->width <= 2);
			assert_true(cell->role < ROLE_COUNT);
			if (cell->width == 2)
				assert_true(x + 1 < canvas->width && cell[1].width == 0);
			if (cell->width == 0) {
				assert_true(x > 0 && cell[-1].width == 2);
				assert_true(cell->flags & CELL_PADDING);
				assert_int_equal(cell->code[0], 0);
			} else {
				assert_true(cell->code[0] >= 0x20);
			}
		}
	}
}

static void test_clipping(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 10, 3, glyphs_get(GLYPHS_BLOCKS)));
	assert_int_equal(canvas_string(&canvas, -3, 0, ROLE_NORMAL, "abcdef"), 3);
	assert_row(&canvas, 0, "def");
	assert_int_equal(canvas_string(&canvas, 7, 1, ROLE_NORMAL, "abcdef"), 10);
	assert_row(&canvas, 1, "       ab…");
	canvas_string(&canvas, 0, 1, ROLE_NORMAL, "just fits!   ");
	assert_row(&canvas, 1, "just fits!");
	canvas_string(&canvas, 0, -1, ROLE_NORMAL, "above");
	canvas_string(&canvas, 0, 3, ROLE_NORMAL, "below");
	canvas_put(&canvas, INT32_MAX, 0, ROLE_NORMAL, 'x');
	canvas_put(&canvas, INT32_MIN, INT32_MIN, ROLE_NORMAL, 'x');
	canvas_fill(&canvas, -5, -5, INT32_MAX, 6, ROLE_DIM, '.');
	assert_row(&canvas, 0, "..........");
	assert_row(&canvas, 2, "");
	assert_row(&canvas, -1, "");
	assert_row(&canvas, 99, "");
	canvas_box(&canvas, -1, -1, 30, 30, ROLE_BORDER);
	canvas_mark(&canvas, -4, 1, 100, CELL_SELECTED);
	assert_true(canvas_at(&canvas, 9, 1)->flags & CELL_SELECTED);
	assert_false(canvas_at(&canvas, 9, 2)->flags & CELL_SELECTED);
	assert_sound(&canvas);
	canvas_free(&canvas);
}

static void test_wide_characters(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 6, 1, glyphs_get(GLYPHS_BLOCKS)));
	canvas_string(&canvas, 0, 0, ROLE_NORMAL, "中文字");
	assert_row(&canvas, 0, "中文字");
	canvas_put(&canvas, 1, 0, ROLE_NORMAL, 'x'); /* the right half of the first */
	assert_row(&canvas, 0, " x文字");
	assert_sound(&canvas);
	canvas_put(&canvas, 4, 0, ROLE_NORMAL, 'y'); /* the left half of the last */
	assert_row(&canvas, 0, " x文y");
	assert_sound(&canvas);
	canvas_put(&canvas, 5, 0, ROLE_NORMAL, 0x4e2d); /* no room for its right half */
	assert_row(&canvas, 0, " x文y");
	assert_sound(&canvas);
	canvas_put(&canvas, 3, 0, ROLE_NORMAL, 0x4e2d); /* over two halves */
	assert_row(&canvas, 0, " x 中");
	assert_sound(&canvas);
	canvas_string(&canvas, -1, 0, ROLE_NORMAL, "中");
	assert_sound(&canvas);
	canvas_free(&canvas);
}

static void test_window_cuts_wide(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 6, 1, glyphs_get(GLYPHS_BLOCKS)));
	canvas_string(&canvas, 0, 0, ROLE_NORMAL, "中文字");
	struct canvas window = canvas_window(&canvas, 1, 0, 4, 1);
	assert_int_equal(window.width, 4);
	canvas_clear(&window);
	assert_row(&canvas, 0, "");
	assert_sound(&canvas);
	canvas_string(&canvas, 0, 0, ROLE_NORMAL, "中文字");
	canvas_put(&window, 0, 0, ROLE_NORMAL, '1');
	canvas_put(&window, 3, 0, ROLE_NORMAL, '2');
	assert_row(&canvas, 0, " 1文2");
	assert_sound(&canvas);
	window = canvas_window(&canvas, 7, 0, 4, 1);
	assert_int_equal(window.width, 0);
	canvas_string(&window, 0, 0, ROLE_NORMAL, "nothing");
	window = canvas_window(&canvas, -2, -2, INT32_MAX, INT32_MAX);
	assert_int_equal(window.width, 6);
	assert_int_equal(window.height, 1);
	canvas_free(&canvas);
}

static void test_text_gate(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 20, 1, glyphs_get(GLYPHS_BLOCKS)));
	assert_int_equal(canvas_text(&canvas, 0, 0, 20, ROLE_NAME, TEXT("a\x1b[31mb\xff")), 14);
	assert_row(&canvas, 0, "a\\x1b[31mb\\xff");
	assert_int_equal(canvas_at(&canvas, 0, 0)->role, ROLE_NAME);
	assert_int_equal(canvas_at(&canvas, 1, 0)->role, ROLE_ESCAPE);
	assert_int_equal(canvas_at(&canvas, 5, 0)->role, ROLE_NAME);
	canvas_clear(&canvas);
	assert_int_equal(canvas_text(&canvas, 0, 0, 5, ROLE_NAME, TEXT("abcdefgh")), 5);
	assert_row(&canvas, 0, "abcd…");
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, 0, 5, ROLE_NAME, TEXT("abcde"));
	assert_row(&canvas, 0, "abcde");
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, 0, 4, ROLE_NAME, TEXT("中文字")); /* 中 is 2, 文 would need 4 */
	assert_row(&canvas, 0, "中…");
	canvas_clear(&canvas);
	canvas_text(&canvas, 17, 0, 100, ROLE_NAME, TEXT("abcde")); /* cut by the canvas */
	assert_row(&canvas, 0, "                 ab…");
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, 0, 5, ROLE_NAME, TEXT("ab\x01\x02")); /* no half of an escape */
	assert_row(&canvas, 0, "ab…");
	assert_int_equal(canvas_text(&canvas, 3, 0, 0, ROLE_NAME, TEXT("abc")), 3);
	assert_int_equal(canvas_text(&canvas, 3, 0, -1, ROLE_NAME, TEXT("abc")), 3);
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, 0, 1, ROLE_NAME, TEXT("abc"));
	assert_row(&canvas, 0, "…");
	canvas_free(&canvas);
}

static void test_long_text_says_its_length(void **state)
{
	(void)state;
	static char name[1 << 20];
	struct canvas canvas;
	memset(name, 'n', sizeof(name));
	assert_true(canvas_init(&canvas, 60, 1, glyphs_get(GLYPHS_BLOCKS)));
	assert_int_equal(canvas_text(&canvas, 0, 0, 40, ROLE_NAME,
				     (struct text){ name, sizeof(name) }), 40);
	assert_row(&canvas, 0, "nnnnnnnnnnnnnnnnnnnnnnn… 1,048,576 bytes");
	canvas_free(&canvas);
	assert_true(canvas_init(&canvas, 60, 3, glyphs_get(GLYPHS_BLOCKS)));
	canvas_text(&canvas, 0, 0, 31, ROLE_NAME, (struct text){ name, sizeof(name) });
	assert_row(&canvas, 0, "nnnnnnnnnnnnnnnnnnnnnn… 1.0 MiB");
	canvas_text(&canvas, 0, 1, 13, ROLE_NAME, (struct text){ name, sizeof(name) });
	assert_row(&canvas, 1, "nnnn… 1.0 MiB");
	canvas_text(&canvas, 0, 2, 12, ROLE_NAME, (struct text){ name, sizeof(name) });
	assert_row(&canvas, 2, "nnnnnnnnnnn…");
	canvas_free(&canvas);
}

static void test_ascii_words(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 40, 2, glyphs_get(GLYPHS_ASCII)));
	canvas_print(&canvas, 0, 0, ROLE_NORMAL, "256 bins · %s · ≈3 × 4 – …", "linear");
	assert_row(&canvas, 0, "256 bins . linear . ~3 x 4 - ~");
	canvas_text(&canvas, 0, 1, 40, ROLE_NORMAL, TEXT("fé"));
	assert_row(&canvas, 1, "f\\u{e9}");
	canvas_free(&canvas);
}

static void test_right_aligned(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 10, 1, glyphs_get(GLYPHS_BLOCKS)));
	assert_int_equal(canvas_print_right(&canvas, 10, 0, ROLE_NORMAL, "%d·", 42), 7);
	assert_row(&canvas, 0, "       42·");
	assert_int_equal(canvas_print_right(&canvas, 3, 0, ROLE_NORMAL, "abcdef"), 0);
	assert_row(&canvas, 0, "def    42·");
	canvas_free(&canvas);
}

static void test_row_fits_its_buffer(void **state)
{
	(void)state;
	struct canvas canvas;
	char small[8];
	assert_true(canvas_init(&canvas, 10, 1, glyphs_get(GLYPHS_BLOCKS)));
	canvas_string(&canvas, 0, 0, ROLE_NORMAL, "中文字");
	assert_int_equal(canvas_row(&canvas, 0, small, sizeof(small)), 6);
	assert_string_equal(small, "中文");
	assert_int_equal(canvas_row(&canvas, 0, small, 1), 0);
	canvas_free(&canvas);
}

static void test_no_cells(void **state)
{
	(void)state;
	struct canvas canvas;
	assert_true(canvas_init(&canvas, 0, -7, glyphs_get(GLYPHS_BRAILLE)));
	canvas_string(&canvas, 0, 0, ROLE_NORMAL, "nothing");
	canvas_text(&canvas, 0, 0, 5, ROLE_NORMAL, TEXT("nothing"));
	canvas_clear(&canvas);
	canvas_box(&canvas, 0, 0, 5, 5, ROLE_BORDER);
	assert_row(&canvas, 0, "");
	canvas_free(&canvas);
}

static void test_glyph_sets(void **state)
{
	(void)state;
	for (int level = 0; level < GLYPHS_COUNT; level++) {
		const struct glyphs *g = glyphs_get((enum glyph_level)level);
		assert_ptr_equal(glyphs_named(g->name), g);
		for (int i = 0; i < 9; i++) {
			assert_int_equal(gate_code_width(g->bars[i]), 1);
			assert_int_equal(gate_code_width(g->shares[i]), 1);
			if (level == GLYPHS_ASCII)
				assert_true(g->bars[i] < 0x7f && g->shares[i] < 0x7f);
		}
		for (const uint32_t *code = &g->horizontal; code <= &g->axis_tick; code++)
			assert_int_equal(gate_code_width(*code), 1);
	}
	assert_null(glyphs_named("none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clipping),
		cmocka_unit_test(test_wide_characters),
		cmocka_unit_test(test_window_cuts_wide),
		cmocka_unit_test(test_text_gate),
		cmocka_unit_test(test_long_text_says_its_length),
		cmocka_unit_test(test_ascii_words),
		cmocka_unit_test(test_right_aligned),
		cmocka_unit_test(test_row_fits_its_buffer),
		cmocka_unit_test(test_no_cells),
		cmocka_unit_test(test_glyph_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
