/* Keys and keymaps, layout, prompt, history of places, configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/app/config.h"
#include "ui/app/history.h"
#include "ui/app/key.h"
#include "ui/app/keymap.h"
#include "ui/app/layout.h"
#include "ui/app/prompt.h"

static void test_key_parse(void **state)
{
	static const struct {
		const char *script;
		uint32_t codes[8];
	} rows[] = {
		{ "", { KEY_CODE_NONE } },
		{ "j<Enter>k", { 'j', 13, 'k', KEY_CODE_NONE } },
		{ "<lt><Space> <esc>", { '<', ' ', ' ', 27, KEY_CODE_NONE } },
		{ "<C-a><c-Z><BackTab>", { 1, 26, KEY_CODE_BACK_TAB, KEY_CODE_NONE } },
		{ "<F1><F12>", { KEY_CODE_F1, KEY_CODE_F12, KEY_CODE_NONE } },
		{ ">\xc3\xa9\xe2\x82\xac", { '>', 0xe9, 0x20ac, KEY_CODE_NONE } },
	};
	static const char *const bad[] = { "<",	 "<Nope>", "<Enter", "<C->", "<C-1>", "<F13>",
					   "<>", "\x01",   "\xff",   "\xc3", "a<b" };
	struct error err;
	struct key key;
	char name[16];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *at = rows[i].script;

		for (size_t k = 0;; k++) {
			assert_true(key_parse(&at, &key, &err));
			assert_int_equal(key.code, rows[i].codes[k]);
			if (key.code == KEY_CODE_NONE)
				break;
		}
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *at = bad[i];

		while (*at && *at != '<' && *at >= 'a' && *at <= 'z')
			at++;
		assert_false(key_parse(&at, &key, &err));
		assert_int_equal(err.code, ERROR_USAGE);
	}
	assert_string_equal(key_name('j', name), "j");
	assert_string_equal(key_name('<', name), "<");
	assert_string_equal(key_name(15, name), "C-o");
	assert_string_equal(key_name(KEY_CODE_F1 + 4, name), "F5");
	assert_string_equal(key_name(0xe9, name), "\xc3\xa9");
	assert_string_equal(key_name(KEY_CODE_MOUSE, name), "");
}

static void test_keymap(void **state)
{
	struct keymap keymap;
	struct error err;
	char keys[40];

	(void)state;
	keymap_default(&keymap);
	/* Every default key works, and does one thing in its scope. */
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++) {
		const char *at = commands[command].keys;
		struct key key;

		for (;;) {
			at += strspn(at, " ");
			assert_true(key_parse(&at, &key, &err));
			if (key.code == KEY_CODE_NONE)
				break;
			assert_int_equal(keymap_find(&keymap, commands[command].scope, key.code),
					 command);
		}
	}
	assert_int_equal(keymap_find(&keymap, SCOPE_VALUES, 'x'), COMMAND_HEX);
	assert_int_equal(keymap_find(&keymap, SCOPE_GENERAL, 'x'), COMMAND_NONE);
	assert_int_equal(keymap_find(&keymap, SCOPE_QUANT, 'j'), COMMAND_DOWN);
	assert_string_equal(keymap_keys(&keymap, COMMAND_DOWN, keys, sizeof keys), "Down j");
	assert_string_equal(keymap_keys(&keymap, COMMAND_DOWN, keys, 6), "Down");
	assert_string_equal(keymap_keys(&keymap, COMMAND_GOTO, keys, sizeof keys), "");
	assert_int_equal(keymap_first(&keymap, COMMAND_GOTO), KEY_CODE_NONE);

	assert_true(keymap_bind(&keymap, SCOPE_GENERAL, "  J  j ", COMMAND_QUIT, &err));
	assert_int_equal(keymap_find(&keymap, SCOPE_TREE, 'j'), COMMAND_QUIT);
	assert_string_equal(keymap_keys(&keymap, COMMAND_DOWN, keys, sizeof keys), "Down");
	assert_false(keymap_bind(&keymap, SCOPE_GENERAL, "<Foo>", COMMAND_QUIT, &err));
	assert_string_equal(err.message, "unknown key <Foo>; the character '<' is written <lt>");
}

static bool overlap(struct rect a, struct rect b)
{
	return a.width > 0 && b.width > 0 && a.x < b.x + b.width && b.x < a.x + a.width &&
	       a.y < b.y + b.height && b.y < a.y + a.height;
}

static void check_inside(struct rect rect, int x, int y, int width, int height)
{
	assert_true(rect.width > 0 && rect.height > 0);
	assert_true(rect.x >= x && rect.y >= y);
	assert_true(rect.x + rect.width <= x + width && rect.y + rect.height <= y + height);
}

static void check_pane(struct rect frame, struct rect inside, int width, int height)
{
	check_inside(frame, 0, 0, width, height);
	check_inside(inside, frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2);
}

static void check_layout(int width, int height, bool detail)
{
	struct layout layout = layout_compute(width, height, detail);

	assert_int_equal(layout.too_small, width < LAYOUT_MIN_WIDTH || height < LAYOUT_MIN_HEIGHT);
	if (layout.too_small)
		return;
	assert_int_equal(layout.both, width >= LAYOUT_BOTH_PANES);
	check_inside(layout.top, 0, 0, width, height);
	check_inside(layout.bottom, 0, 0, width, height);
	if (layout.both || !detail)
		check_pane(layout.tree_frame, layout.tree, width, height);
	else
		assert_true(layout.tree.width == 0 && layout.tree_frame.width == 0);
	if (layout.both || detail)
		check_pane(layout.detail_frame, layout.detail, width, height);
	else
		assert_true(layout.detail.width == 0 && layout.detail_frame.width == 0);
	assert_false(overlap(layout.top, layout.bottom));
	assert_false(overlap(layout.tree_frame, layout.detail_frame));
	assert_false(overlap(layout.top, layout.tree_frame));
	assert_false(overlap(layout.top, layout.detail_frame));
	assert_false(overlap(layout.bottom, layout.tree_frame));
	assert_false(overlap(layout.bottom, layout.detail_frame));
}

static void test_layout(void **state)
{
	(void)state;
	for (int width = -1; width <= 250; width++)
		for (int height = -1; height <= 120; height++)
			for (int detail = 0; detail < 2; detail++)
				check_layout(width, height, detail);
	check_layout(65535, 65535, true);
}

static enum prompt_result press(struct prompt *prompt, const char *script)
{
	enum prompt_result result = PROMPT_NOTHING;
	struct key key;

	while (assert_true(key_parse(&script, &key, NULL)), key.code != KEY_CODE_NONE)
		result = prompt_key(prompt, &key);
	return result;
}

static void test_prompt(void **state)
{
	static const struct {
		const char *keys, *text;
		size_t cursor;
	} rows[] = {
		{ "abc", "abc", 3 },
		{ "abc<Left>x", "abxc", 3 },
		{ "abc<Home>x<End>y", "xabcy", 5 },
		{ "abc<C-a>x<C-e>y", "xabcy", 5 },
		{ "a\xc3\xa9\xe4\xb8\xadz<Left><Left><Backspace>", "a\xe4\xb8\xadz", 1 },
		{ "a\xc3\xa9<Left><Delete>", "a", 1 },
		{ "theme dark<C-w>", "theme ", 6 },
		{ "theme dark<C-w><C-w>", "", 0 },
		{ "one/two.three<C-w>", "one/two.", 8 },
		{ "abcd<Left><Left><C-u>", "cd", 0 },
		{ "abcd<Left><Left><C-k>", "ab", 2 },
		{ "<Left><Right><Delete><C-w>", "", 0 },
		{ "a<lt>b<Space>c", "a<b c", 5 },
	};
	struct prompt *prompt = calloc(1, sizeof *prompt);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		prompt_open(prompt, COMMAND_COMMAND, "", false);
		press(prompt, rows[i].keys);
		assert_string_equal(prompt->text, rows[i].text);
		assert_int_equal(prompt->len, strlen(rows[i].text));
		assert_int_equal(prompt->cursor, rows[i].cursor);
		prompt_close(prompt, false);
	}
	prompt_open(prompt, COMMAND_SEARCH, "x", false);
	assert_int_equal(press(prompt, "<Enter>"), PROMPT_ACCEPTED);
	assert_int_equal(press(prompt, "<Esc>"), PROMPT_CANCELLED);
	assert_int_equal(press(prompt, "<Backspace>"), PROMPT_EDITED);
	assert_int_equal(press(prompt, "<Backspace>"), PROMPT_CANCELLED);
	assert_int_equal(press(prompt, "<F3>"), PROMPT_NOTHING);
	free(prompt);
}

/* A proposal is replaced by typing, gone with Backspace, and edited after any other key. */
static void test_prompt_proposal(void **state)
{
	static const char *const rows[][2] = {
		{ "x", "x" },	     { "xy", "xy" },	 { "<Backspace>", "" },
		{ "<Left>x", "a xb" }, { "<End>x", "a bx" }, { "<C-a>x", "xa b" },
	};
	struct prompt *prompt = calloc(1, sizeof *prompt);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		prompt_open(prompt, COMMAND_EXPORT, "a b", true);
		press(prompt, rows[i][0]);
		assert_string_equal(prompt->text, rows[i][1]);
		prompt_close(prompt, false);
	}
	prompt_open(prompt, COMMAND_EXPORT, "a b", true);
	assert_int_equal(press(prompt, "<Enter>"), PROMPT_ACCEPTED);
	assert_string_equal(prompt->text, "a b");
	free(prompt);
}

static void test_prompt_history(void **state)
{
	static const char *const lines[] = { "one", "two", "two", "three" };
	struct prompt *prompt = calloc(1, sizeof *prompt);
	char line[16];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		prompt_open(prompt, COMMAND_COMMAND, lines[i], false);
		prompt_close(prompt, true);
	}
	prompt_open(prompt, COMMAND_SEARCH, "else", false);
	prompt_close(prompt, true);
	prompt_open(prompt, COMMAND_COMMAND, "dra", false);
	press(prompt, "ft<Up>");
	assert_string_equal(prompt->text, "three");
	press(prompt, "<Up><Up>");
	assert_string_equal(prompt->text, "one");
	press(prompt, "<Up>");
	assert_string_equal(prompt->text, "one");
	press(prompt, "<Down><Down><Down>");
	assert_string_equal(prompt->text, "draft");
	for (int i = 0; i < 200; i++) {
		snprintf(line, sizeof line, "line %d", i);
		prompt_open(prompt, COMMAND_COMMAND, line, false);
		prompt_close(prompt, true);
	}
	assert_int_equal(prompt->n_lines, PROMPT_LINES);
	prompt_free(prompt);
	free(prompt);
}

/* K14: a paste is text, cut at 4 KiB, and no key of it is run. */
static void test_k14_paste(void **state)
{
	struct prompt *prompt = calloc(1, sizeof *prompt);
	char *megabyte = malloc(1 << 20);
	struct key key = { .code = KEY_CODE_PASTE, .paste = megabyte, .paste_len = 1 << 20 };

	(void)state;
	memset(megabyte, 'q', 1 << 20);
	memcpy(megabyte, "\x1b[31m\xff", 6);
	prompt_open(prompt, COMMAND_COMMAND, "ab", false);
	press(prompt, "<Left>");
	assert_int_equal(prompt_key(prompt, &key), PROMPT_EDITED);
	assert_int_equal(prompt->len, LIMIT_PASTE);
	assert_memory_equal(prompt->text, "a\x1b[31m\xffqq", 8);
	assert_int_equal(prompt->text[LIMIT_PASTE - 1], 'b');
	assert_int_equal(prompt_key(prompt, &key), PROMPT_NOTHING);
	assert_int_equal(press(prompt, "x"), PROMPT_NOTHING);
	for (int i = 0; i < 5000; i++)
		press(prompt, i % 3 ? "<Left>" : "<Right>");
	assert_true(prompt->cursor <= prompt->len);
	press(prompt, "<C-u>");
	key.paste = "two\nlines";
	key.paste_len = 9;
	prompt_set(prompt, TEXT(""));
	prompt_key(prompt, &key);
	assert_string_equal(prompt->text, "two");
	/* Never half a character. */
	prompt_set(prompt, (struct text){ megabyte, LIMIT_PASTE - 2 });
	key.paste = "\xe4\xb8\xad";
	key.paste_len = 3;
	assert_int_equal(prompt_key(prompt, &key), PROMPT_NOTHING);
	free(megabyte);
	free(prompt);
}

static void test_history(void **state)
{
	struct history history = { 0 };
	const struct place *place;

	(void)state;
	assert_null(history_back(&history));
	assert_null(history_forward(&history));
	history_step(&history, (struct place){ 0, 0 });
	history_step(&history, (struct place){ 0, 3 });
	history_jump(&history, (struct place){ 0, 50 });
	history_jump(&history, (struct place){ 0, 50 });
	history_step(&history, (struct place){ 0, 52 });
	place = history_back(&history);
	assert_int_equal(place->row, 3);
	assert_null(history_back(&history));
	place = history_forward(&history);
	assert_int_equal(place->row, 52);
	assert_null(history_forward(&history));
	history_back(&history);
	history_jump(&history, (struct place){ 1, 7 });
	assert_null(history_forward(&history));
	for (uint32_t i = 0; i < 1000; i++)
		history_jump(&history, (struct place){ 0, i });
	assert_int_equal(history.count, HISTORY_PLACES);
	for (uint32_t i = 1; i < HISTORY_PLACES; i++)
		assert_int_equal(history_back(&history)->row, 999 - i);
	assert_null(history_back(&history));
}

static char directory[] = "/tmp/mtui-config-XXXXXX", path[128];

static int make_directory(void **state)
{
	char sub[64];

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(sub, sizeof sub, "%s/mtui", directory);
	snprintf(path, sizeof path, "%s/config.json", sub);
	unsetenv("HOME");
	setenv("XDG_CONFIG_HOME", directory, 1);
	return mkdir(sub, 0700);
}

static int remove_directory(void **state)
{
	char sub[64];

	(void)state;
	snprintf(sub, sizeof sub, "%s/mtui", directory);
	unlink(path);
	rmdir(sub);
	return rmdir(directory);
}

static void write_config(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

static void test_config(void **state)
{
	static const char good[] = "{\"theme\": \"dusk\", \"glyphs\": \"ascii\", \"mouse\": false,"
				   " \"keys\": {\"tree\": {\"fold\": \"z\"},"
				   " \"general\": {\"down\": \"<C-j> J\"}}}";
	struct config *config = malloc(sizeof *config);
	struct error err;

	(void)state;
	assert_true(config_load(config, &err)); /* no file */
	assert_true(config->mouse && !config->theme[0] && !config->glyphs);
	write_config(good, strlen(good));
	assert_true(config_load(config, &err));
	assert_string_equal(config->theme, "dusk");
	assert_string_equal(config->glyphs->name, "ascii");
	assert_false(config->mouse);
	assert_int_equal(keymap_find(&config->keymap, SCOPE_TREE, 'z'), COMMAND_FOLD);
	assert_int_equal(keymap_find(&config->keymap, SCOPE_TREE, 'J'), COMMAND_DOWN);
	assert_int_equal(keymap_find(&config->keymap, SCOPE_TREE, 'j'), COMMAND_DOWN);
	free(config);
}

/* N21: a bad file is one clear message and the defaults. */
static void test_n21_config(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "[]", "not a JSON object" },
		{ "{\"colour\": 1}",
		  "unknown key \"colour\"; known are theme, glyphs, mouse, keys" },
		{ "{\"co\\u001b]0;x\": 1}", "\\x1b]0;x" },
		{ "{\"theme\": 3}", "\"theme\" is not the name of a theme" },
		{ "{\"mouse\": false, \"glyphs\": \"nice\"}",
		  "\"glyphs\" is not ascii, blocks or braille" },
		{ "{\"mouse\": 1}", "\"mouse\" is not true or false" },
		{ "{\"keys\": 1}", "\"keys\" is not an object" },
		{ "{\"keys\": {\"prompt\": {}}}", "keys.prompt: expected general" },
		{ "{\"keys\": {\"tree\": 1}}", "keys.tree: expected general" },
		{ "{\"keys\": {\"tree\": {\"jump\": \"j\"}}}", "unknown command \"jump\"" },
		{ "{\"keys\": {\"tree\": {\"down\": 1}}}", "keys.tree.down: expected keys" },
		{ "{\"keys\": {\"tree\": {\"down\": \"<Ctrl>\"}}}", "unknown key <Ctrl>" },
		{ "{", "config.json" },
		{ "", "config.json" },
		{ "{} x", "config.json" },
	};
	struct config *config = malloc(sizeof *config), *defaults = malloc(sizeof *defaults);
	struct error err;
	char *large = malloc(2 << 20);

	(void)state;
	unlink(path);
	assert_true(config_load(defaults, &err));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_config(rows[i].text, strlen(rows[i].text));
		assert_false(config_load(config, &err));
		if (!strstr(err.message, rows[i].message))
			fail_msg("%s: %s", rows[i].text, err.message);
		assert_non_null(strstr(err.message, "using the defaults"));
		assert_null(strchr(err.message, '\x1b'));
		assert_true(config->mouse && !config->glyphs && !config->theme[0]);
		assert_int_equal(config->keymap.count, defaults->keymap.count);
	}
	memset(large, ' ', 2 << 20);
	write_config(large, 2 << 20);
	assert_false(config_load(config, &err));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(config_load(config, &err));
	unlink(path);
	unsetenv("XDG_CONFIG_HOME");
	assert_true(config_load(config, &err)); /* nor a HOME */
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_true(config_load(config, &err));
	setenv("XDG_CONFIG_HOME", directory, 1);
	free(large);
	free(config);
	free(defaults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_parse),      cmocka_unit_test(test_keymap),
		cmocka_unit_test(test_layout),	       cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_prompt_proposal),
		cmocka_unit_test(test_prompt_history), cmocka_unit_test(test_k14_paste),
		cmocka_unit_test(test_history),	       cmocka_unit_test(test_config),
		cmocka_unit_test(test_n21_config),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
