/* The whole app without a terminal, on the demo model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/app/app.h"

#define DEMO "tests/demo/digits.onnx"

static struct bench {
	struct session *session;
	struct app *app;
	struct canvas canvas;
	char exported[256]; /* what the exporter was asked for: "PATH" or "PATH!" when forced */
	bool export_fails;
	char *row;
} bench;

static bool take_export(struct app *app, const char *path, bool force, struct error *err)
{
	(void)app;
	snprintf(bench.exported, sizeof bench.exported, "%s%s", path, force ? "!" : "");
	return !bench.export_fails || error_set(err, ERROR_EXPORT, -1, "no space left");
}

static void begin_with(const char *path, int documents, int width, int height)
{
	struct config *config = malloc(sizeof *config);
	struct theme *theme = malloc(sizeof *theme);
	struct error err;

	memset(&bench, 0, sizeof bench);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	config_load(config, NULL);
	theme_default(theme);
	bench.session = session_new(2, &err);
	for (int i = 0; i < documents; i++)
		assert_true(session_open(bench.session, path, &err));
	bench.app = app_new(&(struct app_options){ .session = bench.session,
						   .config = config,
						   .theme = theme,
						   .glyphs = glyphs_get(GLYPHS_BLOCKS),
						   .exporter = take_export },
			    &err);
	assert_non_null(bench.app);
	app_resize(bench.app, width, height);
	assert_true(canvas_init(&bench.canvas, width, height, app_glyphs(bench.app)));
	bench.row = malloc((size_t)width * 12 + 1);
	free(config);
	free(theme);
}

static void begin(int documents, int width, int height)
{
	begin_with(DEMO, documents, width, height);
}

static void end(void)
{
	free(bench.row);
	canvas_free(&bench.canvas);
	app_free(bench.app);
	session_free(bench.session);
}

static unsigned press(const char *keys)
{
	unsigned wishes;
	struct error err;

	if (!app_script(bench.app, keys, &wishes, &err))
		fail_msg("%s: %s", keys, err.message);
	app_draw(bench.app, &bench.canvas);
	return wishes;
}

/* A row of the screen as text; -1 is the last. */
static const char *screen(int y)
{
	canvas_row(&bench.canvas, y < 0 ? bench.canvas.height + y : y, bench.row,
		   (size_t)bench.canvas.width * 12 + 1);
	return bench.row;
}

static void assert_shows(int y, const char *text)
{
	if (!strstr(screen(y), text))
		fail_msg("row %d is \"%s\", without \"%s\"", y, screen(y), text);
}

static void assert_bottom(const char *text)
{
	if (strcmp(screen(-1), text) != 0)
		fail_msg("bottom is \"%s\", not \"%s\"", screen(-1), text);
}

static void assert_selected(const char *path)
{
	struct view_context context = app_context(bench.app);
	struct arena arena;
	struct text found;

	arena_init(&arena, 0);
	found = layer_path(context.layers, context.focus.row, &arena);
	if (!text_is(found, path))
		fail_msg("%.*s is selected, not %s", (int)found.len, found.data, path);
	assert_int_equal(context.focus.tensor,
			 layer_tensor(context.model, context.layers, context.focus.row));
	arena_free(&arena);
}

static void assert_tab(const char *name)
{
	assert_string_equal(app_detail(bench.app)->ops->name, name);
}

static void test_tabs(void **state)
{
	(void)state;
	begin(1, 120, 30);
	press("");
	assert_tab("overview");
	assert_shows(0, "digits.onnx  ONNX opset 13 · 17 nodes · 16,218 params · 66.8 KiB");
	assert_shows(1, "[1 Overview] 2 Weights ");
	press("2");
	assert_shows(1, " 1 Overview [2 Weights] 3 Quant ");
	assert_shows(1, "▌Layers"); /* the focus stays left while both panes are shown */
	press("]]");
	assert_tab("graph");
	press("[[[[");
	assert_tab("cost");
	press("]");
	assert_tab("overview");
	press(":view quant<Enter>");
	assert_tab("quant");
	press(":view nonsense<Enter>");
	assert_bottom(" no view is called nonsense");
	press("<Tab>");
	assert_shows(1, "┌ Layers");
	assert_shows(1, "▌ 1 Overview");
	press("<Esc>");
	assert_shows(1, "▌Layers");
	end();
}

static void test_one_pane(void **state)
{
	(void)state;
	begin(1, 80, 24);
	press("");
	assert_shows(1, "Layers");
	press("2");
	assert_shows(1, "[2 Weights]");
	press("<Esc>");
	assert_shows(1, "Layers");
	press("<Enter>");
	assert_shows(1, "[2 Weights]");
	press("<BackTab>");
	assert_shows(1, "Layers");
	end();
	/* Tabs that have no room for their names show their keys. */
	begin(1, 40, 10);
	press("3");
	assert_shows(1, " 1  2 [3 Quant] 5  6  7  8  9  0 ");
	end();
	begin(1, 19, 10);
	press("j2?:q");
	assert_shows(0, "window too small");
	end();
}

static void test_search(void **state)
{
	(void)state;
	begin(1, 100, 30);
	press("/FC1");
	assert_selected("head/fc1");
	assert_bottom(" /FC1");
	press("<Backspace>2"); /* live: from where the search began */
	assert_selected("head/fc2");
	press("<Esc>");
	assert_selected("");
	press("/block2<Enter>");
	assert_selected("block2");
	press("/~^act$<Enter>");
	assert_selected("block2/first/act");
	press("n");
	assert_selected("block2/act");
	press("N");
	assert_selected("block2/first/act");
	press("<C-o>");
	assert_selected("block2/act");
	press("/zzz<Enter>");
	assert_selected("block2/act");
	assert_shows(-1, "not found");
	press("/~(");
	assert_shows(-1, "pattern: ( without )");
	press("<Enter>");
	assert_shows(-1, "pattern: ( without )");
	press(":search fc<Enter>");
	assert_selected("head/fc1");
	assert_shows(1, "/fc ");
	press("/<Up>");
	assert_shows(-1, "/~(");
	press("<Up>");
	assert_shows(-1, "/zzz");
	press("<Esc><Esc>");
	assert_null(strstr(screen(1), "/fc"));
	end();
}

static void test_filter(void **state)
{
	(void)state;
	begin(2, 100, 30);
	press("fop=Gemm");
	assert_shows(1, "filter: op=Gemm");
	assert_shows(2, "2 hits");
	press("<Enter>}");
	assert_null(strstr(screen(1), "filter"));
	assert_shows(0, " 2/2 digits.onnx");
	press("{");
	assert_shows(1, "filter: op=Gemm");
	press("r");
	assert_bottom(" read again");
	assert_shows(1, "filter: op=Gemm");
	assert_shows(2, "2 hits");
	press("f<C-u><Enter>");
	assert_null(strstr(screen(1), "filter"));
	press("fop=Conv<Esc>");
	assert_null(strstr(screen(1), "filter"));
	assert_null(strstr(screen(2), "hits"));
	press(":filter op=Conv<Enter>");
	assert_shows(1, "filter: op=Conv");
	press("<Esc>");
	assert_null(strstr(screen(1), "filter"));
	end();
}

static void test_jumps(void **state)
{
	(void)state;
	begin(1, 120, 30);
	press(":goto block2/first/act<Enter>");
	assert_selected("block2/first/act");
	press("c");
	assert_selected("block2/conv");
	assert_shows(-1, "only use: /block2/conv/Conv");
	press("ccc"); /* along the only way: norm, Add, act */
	assert_selected("block2/act");
	press(":goto pool<Enter>c");
	assert_selected("block2/first/conv");
	assert_shows(-1, "use 1 of 2: /block2/first/conv/Conv");
	press("c");
	assert_selected("block2/shortcut");
	press("c");
	assert_selected("block2/first/conv");
	press("<Backspace><Backspace><Backspace>");
	assert_selected("pool");
	press("<C-n>");
	assert_selected("block2/first/conv");
	press(":goto block2/Add<Enter>p");
	assert_shows(-1, "input 1 of 2");
	press("p");
	assert_selected("block2/shortcut");
	press(":goto block1/conv<Enter>p");
	assert_shows(-1, "no node makes what goes in here");
	press(":goto head/fc1/weight<Enter>c");
	assert_selected("head/fc1");
	end();
}

static void test_other_view(void **state)
{
	(void)state;
	begin(1, 120, 30);
	press("a");
	assert_shows(-1, "a does nothing here");
	press("3a"); /* the tree has the focus, Quant is beside it */
	assert_int_equal(app_context(bench.app).dial.granularity, QUANT_PER_CHANNEL);
	assert_shows(2, "int8/c");
	press("<Tab>-"); /* and the other way round */
	assert_selected("");
	press("o");
	assert_shows(-1, "o does nothing here");
	end();
}

/* Each key changes its part of the setting, and = is the way back, and forth. */
static void test_dial(void **state)
{
	struct quant_scheme dial;

	(void)state;
	begin(1, 120, 30);
	press("3<Tab>");
	assert_shows(-1, "bB bits");
	press("bbbb");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_INT4);
	assert_shows(2, "int4");
	press("aaaaa");
	dial = app_context(bench.app).dial;
	assert_int_equal(dial.granularity, QUANT_PER_GROUP);
	assert_int_equal(dial.group, 32);
	assert_shows(2, "int4/g32");
	press("zz");
	assert_int_equal(app_context(bench.app).dial.range, RANGE_AFFINE);
	press("c");
	assert_int_equal(app_context(bench.app).dial.calibration, CALIBRATE_MSE);
	press("w");
	assert_int_equal(app_context(bench.app).dial.rounding, ROUND_AWAY);
	press("x");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_TERNARY);
	press("z");
	assert_shows(-1, "there is no ternary with a zero point");
	press("X");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_INT8);
	press("BB");
	assert_shows(-1, "there is no int16 with more bits");
	press(":dial q4_k<Enter>");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_Q4_K);
	press("B");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_Q5_K);
	press("=");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_INT8);
	press("=");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_Q5_K);
	press(":dial int9<Enter>");
	assert_int_equal(app_context(bench.app).dial.id, SCHEME_Q5_K);
	end();
}

static void test_command_line(void **state)
{
	(void)state;
	begin(1, 80, 24);
	press(":glyphs ascii<Enter>");
	assert_string_equal(app_glyphs(bench.app)->name, "ascii");
	assert_bottom(" glyphs ascii");
	press("u");
	assert_string_equal(app_glyphs(bench.app)->name, "blocks");
	press(":glyphs dots<Enter>");
	assert_bottom(" glyphs are ascii, blocks or braille");
	press(":nonsense<Enter>");
	assert_bottom(" unknown command: nonsense");
	press(":vi x<Enter>");
	assert_bottom(" more than one command begins with vi; Tab shows them");
	press(":up twice<Enter>");
	assert_bottom(" up takes no argument");
	press(":  <Enter>");
	press(":gl<Tab>");
	assert_bottom(" :glyphs NAME  next glyph set: ascii, blocks, braille");
	press("<Tab>");
	assert_shows(-1, ":glyphs");
	press("<C-u>glyphs <Tab>");
	assert_bottom(" :glyphs ascii");
	press("<Tab>");
	assert_bottom(" :glyphs blocks");
	press("<BackTab><BackTab>");
	assert_bottom(" :glyphs braille");
	press("<C-u>sort <BackTab>");
	assert_bottom(" :sort inf");
	press("<C-u>view <Tab><Tab>");
	assert_bottom(" :view weights");
	press("<C-u>goto block2/f<Tab>");
	assert_bottom(" :goto block2/first");
	press("<C-u>zzz<Tab>");
	assert_bottom(" :zzz");
	press("<Esc>");
	assert_int_equal(press(":quit<Enter>") & APP_QUIT, APP_QUIT);
	assert_int_equal(press("q") & APP_QUIT, APP_QUIT);
	assert_int_equal(press("<C-z>") & APP_SUSPEND, APP_SUSPEND);
	assert_int_equal(press("<C-l>") & APP_REPAINT, APP_REPAINT);
	assert_int_equal(press("u") & APP_THEME, APP_THEME);
	end();
}

static void test_help(void **state)
{
	(void)state;
	begin(1, 80, 24);
	press("3?");
	assert_shows(1, "Keys: Quant");
	assert_int_equal(press("q") & APP_QUIT, 0);
	assert_shows(1, "[3 Quant]");
	press("?<Down>:2");
	assert_tab("quant");
	press("<Esc>");
	assert_shows(1, "[3 Quant]");
	end();
}

static void test_export(void **state)
{
	char path[] = "/tmp/mtui-app-XXXXXX", keys[128];
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	begin(1, 120, 24);
	press("2e");
	assert_shows(-1, " export digits-weights.txt");
	assert_string_equal(bench.exported, "");
	press("<C-u>/tmp/mtui-no-such-directory/x.json<Enter>");
	assert_string_equal(bench.exported, "/tmp/mtui-no-such-directory/x.json");
	assert_bottom(" written: /tmp/mtui-no-such-directory/x.json");

	/* What exists is asked about, and only y replaces it. */
	bench.exported[0] = '\0';
	snprintf(keys, sizeof keys, ":export %s<Enter>", path);
	press(keys);
	assert_shows(-1, "exists, overwrite? y/n");
	press("<Enter>");
	assert_bottom(" not written");
	assert_string_equal(bench.exported, "");
	press(keys);
	press("y");
	assert_int_equal(bench.exported[strlen(bench.exported) - 1], '!');
	bench.export_fails = true;
	press(":export x<Enter>");
	assert_bottom(" x: no space left");
	end();
	unlink(path);
}

static unsigned mouse(enum mouse_action action, int x, int y)
{
	struct key key = { .code = KEY_CODE_MOUSE, .x = x, .y = y, .action = action };
	unsigned wishes = app_key(bench.app, &key);

	app_settle(bench.app);
	app_draw(bench.app, &bench.canvas);
	return wishes;
}

static void test_mouse(void **state)
{
	static const int far[] = { -1, 0, 65535, INT32_MAX, INT32_MIN };

	(void)state;
	begin(1, 120, 30);
	press("");
	mouse(MOUSE_CLICK, 5, 4);
	assert_selected("block1");
	mouse(MOUSE_WHEEL_DOWN, 5, 5);
	assert_selected("block1/act");
	mouse(MOUSE_WHEEL_UP, 5, 5);
	assert_selected("block1");
	mouse(MOUSE_DOUBLE, 8, 4);
	assert_shows(5, "pool");
	mouse(MOUSE_CLICK, 70, 1); /* "2 Weights" */
	assert_tab("weights");
	assert_shows(1, "┌ Layers");
	mouse(MOUSE_CLICK, 53, 1); /* the corner is no tab */
	assert_tab("weights");
	press("?");
	mouse(MOUSE_WHEEL_DOWN, 60, 10);
	mouse(MOUSE_CLICK, 1, 1);
	assert_null(strstr(screen(3), "Keys:"));
	press(":");
	assert_int_equal(mouse(MOUSE_CLICK, 5, 5), APP_NOTHING);
	press("<Esc>");
	for (int action = MOUSE_CLICK; action <= MOUSE_WHEEL_DOWN; action++)
		for (int x = 0; x < 5; x++)
			for (int y = 0; y < 5; y++)
				mouse((enum mouse_action)action, far[x], far[y]);
	end();
}

static void test_reload(void **state)
{
	(void)state;
	begin(1, 120, 30);
	press(":goto block2/first/norm<Enter>:goto head/fc1<Enter>2rr");
	assert_selected("head/fc1");
	assert_bottom(" read again");
	press("<Backspace>");
	assert_selected("block2/first/norm");
	for (int i = 0; i < 4; i++)
		press("1r2r3r6r7r<Tab>");
	end();
}

static void test_update_while_hidden(void **state)
{
	(void)state;
	begin(1, 80, 24);
	/* The tree is not on the screen while its model is replaced, twice. */
	press(":goto head/fc1<Enter>2rrrr<Tab>");
	assert_selected("head/fc1");
	assert_shows(0, "digits.onnx");
	end();
}

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char buffer[4096];
	size_t n;

	assert_true(in && out);
	while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
		fwrite(buffer, 1, n, out);
	fclose(in);
	fclose(out);
}

/* The rows that were selected are gone from the file. */
static void test_reload_smaller(void **state)
{
	static const char empty[] = "\x08\x08\x42\x02\x10\x11\x3a\x03\x12\x01g";
	char path[] = "/tmp/mtui-app-XXXXXX";
	struct key last = { .code = 'G' }, reload = { .code = 'r' };
	FILE *file;

	(void)state;
	close(mkstemp(path));
	copy_file(DEMO, path);
	begin_with(path, 1, 120, 30);
	press(":goto head/fc2<Enter>:goto block1/norm<Enter>7<Tab><Tab>");
	app_key(bench.app, &last); /* the detail lags behind */
	file = fopen(path, "wb");
	fwrite(empty, 1, sizeof empty - 1, file);
	fclose(file);
	app_key(bench.app, &reload);
	app_update(bench.app);
	app_draw(bench.app, &bench.canvas);
	press("1236");
	assert_selected("");
	assert_shows(0, "0 nodes");
	press("<Backspace><Backspace><C-n>pcnG");
	assert_selected("");
	end();
	unlink(path);
}

/* Any key at any size: nothing breaks, nothing is drawn outside. */
static void test_random_keys(void **state)
{
	static const char keys[] = "jjjkkhlgG12367[]/?:fsSnNpc}{aLxi eutr-+*=0.,~(";
	uint32_t random = 7;

	(void)state;
	begin(2, 120, 30);
	for (int i = 0; i < 4000; i++) {
		struct key key = { 0 };

		random = random * 1664525 + 1013904223;
		key.code = (unsigned char)keys[(random >> 8) % (sizeof keys - 1)];
		if (random >> 28 < 4)
			key.code = KEY_CODE_UP + (random >> 16) % 12;
		if (random >> 28 == 5)
			key.code = (random >> 16) % 32;
		if (random >> 28 == 6)
			key = (struct key){ .code = KEY_CODE_PASTE,
					    .paste = "\x1b]0;x\a\xff",
					    .paste_len = 7 };
		if (random >> 28 == 7)
			key = (struct key){ .code = KEY_CODE_MOUSE,
					    .x = (int)(random >> 8 & 127),
					    .y = (int)(random >> 16 & 31),
					    .action = (enum mouse_action)(random >> 22 & 3) };
		app_key(bench.app, &key);
		if (i % 37 == 0) {
			int width = (int)(random >> 9) % 220, height = (int)(random >> 19) % 60;

			app_resize(bench.app, width, height);
			canvas_resize(&bench.canvas, width ? width : 1, height ? height : 1);
		}
		session_collect(bench.session);
		app_update(bench.app);
		app_draw(bench.app, &bench.canvas);
	}
	end();
}

static void test_speed(void **state)
{
	struct timespec from, to;
	double seconds;

	(void)state;
	begin(1, 200, 50);
	press("2");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 50; i++)
		app_draw(bench.app, &bench.canvas);
	clock_gettime(CLOCK_MONOTONIC, &to);
	seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
	print_message("a frame of 200x50: %d us\n", (int)(seconds * 1e6 / 50));
	assert_true(seconds / 50 < 0.02); /* 1 ms is asked for; sanitizers take more */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tabs),	       cmocka_unit_test(test_one_pane),
		cmocka_unit_test(test_search),	       cmocka_unit_test(test_filter),
		cmocka_unit_test(test_jumps),	       cmocka_unit_test(test_other_view),
		cmocka_unit_test(test_dial),	       cmocka_unit_test(test_command_line),   cmocka_unit_test(test_help),
		cmocka_unit_test(test_export),	       cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_reload),	       cmocka_unit_test(test_update_while_hidden),
		cmocka_unit_test(test_reload_smaller), cmocka_unit_test(test_random_keys),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
