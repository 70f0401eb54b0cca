#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/export.h"
#include "ui/app/colour.h"

struct sample {
	char directory[64], path[96];
	struct canvas canvas;
	struct theme theme;
};

static int setup(void **state)
{
	struct sample *sample = calloc(1, sizeof *sample);

	strcpy(sample->directory, "/tmp/mtui-cells-XXXXXX");
	assert_non_null(mkdtemp(sample->directory));
	snprintf(sample->path, sizeof sample->path, "%s/out", sample->directory);
	assert_true(canvas_init(&sample->canvas, 12, 2, glyphs_get(GLYPHS_BLOCKS)));
	for (int i = 0; i < ROLE_COUNT; i++)
		sample->theme.roles[i] = (struct style){ .fore = THEME_DEFAULT_COLOUR,
							 .back = THEME_DEFAULT_COLOUR };
	sample->theme.roles[ROLE_BAD].fore = 0xff0000;
	sample->theme.roles[ROLE_BAD].bold = true;
	sample->theme.selected = (struct style){ .fore = THEME_DEFAULT_COLOUR,
						 .back = 0x000000 };
	sample->theme.focused = (struct style){ .fore = THEME_DEFAULT_COLOUR,
						.back = THEME_DEFAULT_COLOUR, .reverse = true };
	*state = sample;
	return 0;
}

static int teardown(void **state)
{
	struct sample *sample = *state;

	canvas_free(&sample->canvas);
	unlink(sample->path);
	rmdir(sample->directory);
	free(sample);
	return 0;
}

static struct output *begin(struct sample *sample)
{
	struct error err;
	struct output *output = output_open(sample->path, true, &err);

	assert_non_null(output);
	return output;
}

/* Commits, and compares the file with the expected text. */
static void assert_written(struct sample *sample, struct output *output, const char *expected)
{
	char found[512] = "";
	struct error err;
	FILE *file;

	assert_true(output_commit(output, &err));
	file = fopen(sample->path, "r");
	assert_non_null(file);
	found[fread(found, 1, sizeof found - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(found, expected);
}

static void text_cuts_trailing_blanks(void **state)
{
	struct sample *sample = *state;
	struct output *output = begin(sample);

	canvas_string(&sample->canvas, 1, 0, ROLE_NORMAL, "a 漢 b  ");
	export_text(output, &sample->canvas);
	assert_written(sample, output, " a 漢 b\n\n");
}

static void ansi_changes_looks_where_they_change(void **state)
{
	struct sample *sample = *state;
	struct output *output = begin(sample);

	canvas_string(&sample->canvas, 0, 0, ROLE_NORMAL, "a");
	canvas_string(&sample->canvas, 1, 0, ROLE_BAD, "bc");
	canvas_string(&sample->canvas, 3, 0, ROLE_NORMAL, "d");
	export_ansi(output, &sample->canvas, &sample->theme, 256);
	assert_written(sample, output, "a\033[0;1;38;5;196mbc\033[0md\n\n");
	output = begin(sample);
	export_ansi(output, &sample->canvas, &sample->theme, 16);
	assert_written(sample, output, "a\033[0;1;91mbc\033[0md\n\n");
	output = begin(sample);
	export_ansi(output, &sample->canvas, &sample->theme, 0);
	assert_written(sample, output, "a\033[0;1mbc\033[0md\n\n");
}

static void ansi_lays_the_selection_over(void **state)
{
	struct sample *sample = *state;
	struct output *output = begin(sample);

	canvas_string(&sample->canvas, 0, 0, ROLE_BAD, "x");
	canvas_mark(&sample->canvas, 0, 0, 3, CELL_SELECTED | CELL_FOCUSED);
	export_ansi(output, &sample->canvas, &sample->theme, 256);
	assert_written(sample, output, "\033[0;1;7;38;5;196;48;5;16mx\033[0;7;48;5;16m  \033[0m\n\n");
}

static void markdown_fence_is_longer_than_backticks(void **state)
{
	struct sample *sample = *state;
	struct output *output = begin(sample);

	canvas_string(&sample->canvas, 0, 0, ROLE_NORMAL, "a ```` b");
	export_markdown(output, &sample->canvas, "<b>*\n`.onnx");
	assert_written(sample, output,
		       "## &lt;b\\>\\*\\\\x0a\\`.onnx\n\n`````text\na ```` b\n\n`````\n");
}

static void output_refuses_what_is_there(void **state)
{
	struct sample *sample = *state;
	struct error err = { .code = ERROR_NONE };
	struct output *output = begin(sample);

	output_string(output, "one");
	assert_written(sample, output, "one");
	assert_null(output_open(sample->path, false, &err));
	assert_int_equal(err.code, ERROR_EXPORT);
	output = begin(sample);
	output_string(output, "two");
	output_discard(output);
	output = begin(sample);
	for (int i = 0; i < 100; i++)
		output_format(output, "%d%s", i % 10, i == 99 ? "!" : "");
	assert_true(output_commit(output, &err));
	assert_null(output_open("/nonexistent/directory/file", false, &err));
	assert_int_equal(err.code, ERROR_EXPORT);
	assert_null(output_open("", false, &err));
}

static void output_appearing_meanwhile_is_not_replaced(void **state)
{
	struct sample *sample = *state;
	struct error err = { .code = ERROR_NONE };
	struct output *first = output_open(sample->path, false, &err);
	struct output *second = output_open(sample->path, false, &err);

	assert_non_null(first);
	assert_non_null(second);
	output_string(first, "first");
	output_string(second, "second");
	assert_written(sample, first, "first");
	assert_false(output_commit(second, &err));
	assert_int_equal(err.code, ERROR_EXPORT);
}

static void formats_by_name_and_extension(void **state)
{
	(void)state;
	assert_int_equal(export_format_named("json"), EXPORT_JSON);
	assert_int_equal(export_format_named("JSON"), EXPORT_FORMAT_COUNT);
	assert_int_equal(export_format_of_path("a/b.md"), EXPORT_MARKDOWN);
	assert_int_equal(export_format_of_path("a.json/b"), EXPORT_TEXT);
	assert_int_equal(export_format_of_path(".csv"), EXPORT_CSV);
	assert_int_equal(export_format_of_path("b"), EXPORT_TEXT);
}

static void colours_reduce_to_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(colour_256(0x000000), 16);
	assert_int_equal(colour_256(0xffffff), 231);
	assert_int_equal(colour_256(0xff0000), 196);
	assert_int_equal(colour_256(0x5fafff), 75);
	assert_int_equal(colour_256(0x808080), 244);
	assert_int_equal(colour_16(0x000000), 0);
	assert_int_equal(colour_16(0xffffff), 15);
	assert_int_equal(colour_16(0xff1010), 9);
	/* Every colour of the palette is its own nearest. */
	for (unsigned i = 232; i < 256; i++) {
		uint32_t level = 8 + 10 * (i - 232);
		uint8_t found = colour_256(level << 16 | level << 8 | level);
		assert_true(found == i || level == 95 || level == 135 || level == 175 || level == 215);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_cuts_trailing_blanks, setup, teardown),
		cmocka_unit_test_setup_teardown(ansi_changes_looks_where_they_change, setup, teardown),
		cmocka_unit_test_setup_teardown(ansi_lays_the_selection_over, setup, teardown),
		cmocka_unit_test_setup_teardown(markdown_fence_is_longer_than_backticks, setup, teardown),
		cmocka_unit_test_setup_teardown(output_refuses_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(output_appearing_meanwhile_is_not_replaced, setup,
						teardown),
		cmocka_unit_test(formats_by_name_and_extension),
		cmocka_unit_test(colours_reduce_to_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
