#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/app/theme.h"

static char directory[] = "/tmp/mtui-theme-XXXXXX";

static int set_up(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(directory))
		return 1;
	setenv("XDG_CONFIG_HOME", directory, 1);
	snprintf(path, sizeof(path), "%s/mtui", directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/mtui/themes", directory);
	mkdir(path, 0700);
	return 0;
}

static int tear_down(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void write_theme(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mtui/themes/%s.json", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_default_is_dark(void **state)
{
	(void)state;
	struct theme built_in, from_file;
	struct error err;
	theme_default(&built_in);
	assert_string_equal(built_in.name, "dark");
	assert_int_equal(built_in.roles[ROLE_ACCENT].fore, 0x5fafff);
	assert_true(built_in.roles[ROLE_ACCENT].bold);
	assert_true(theme_load(&from_file, "themes/dark.json", &err));
	assert_string_equal(from_file.name, "dark");
	assert_memory_equal(&built_in.roles, &from_file.roles, sizeof(built_in.roles));
}

static void test_all_files_load(void **state)
{
	(void)state;
	static const char *const names[] = { "dark", "light", "contrast", "mono", "dusk" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		struct theme theme;
		struct error err = { .message = "" };
		snprintf(path, sizeof(path), "themes/%s.json", names[i]);
		if (!theme_load(&theme, path, &err))
			fail_msg("%s", err.message);
		assert_string_equal(theme.name, names[i]);
		assert_true(strlen(theme.title) > 3);
	}
	struct theme mono;
	assert_true(theme_load(&mono, "themes/mono.json", NULL));
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_int_equal(mono.roles[i].fore, THEME_DEFAULT_COLOUR);
		assert_int_equal(mono.roles[i].back, THEME_DEFAULT_COLOUR);
	}
}

static void test_roles_inherit_from_normal(void **state)
{
	(void)state;
	struct theme theme;
	write_theme("own", "{\"title\": \"Own\", \"glyphs\": \"braille\", \"colours\": {\"ink\": \"#010203\"},"
			   "\"roles\": {\"dim\": {\"dim\": true}, \"normal\": {\"fore\": \"ink\", "
			   "\"back\": \"#FFFFFF\"}, \"op\": {\"fore\": \"default\"}},"
			   "\"focused\": {\"reverse\": true}}");
	assert_true(theme_load(&theme, "own", NULL));
	assert_string_equal(theme.glyphs, "braille");
	assert_int_equal(theme.roles[ROLE_DIM].fore, 0x010203);
	assert_true(theme.roles[ROLE_DIM].dim);
	assert_int_equal(theme.roles[ROLE_KEY].back, 0xffffff);
	assert_int_equal(theme.roles[ROLE_OP].fore, THEME_DEFAULT_COLOUR);
	assert_true(theme.focused.reverse);
	assert_false(theme.selected.reverse);
}

static void test_bad_themes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "[]", "theme bad: a theme is a JSON object" },
		{ "{\"rolls\": {}}", "theme bad: \"theme\": unknown key \"rolls\"" },
		{ "{\"roles\": {\"norml\": {}}}", "theme bad: \"roles\": unknown role \"norml\"" },
		{ "{\"roles\": {\"dim\": {\"fore\": \"#12345\"}}}",
		  "theme bad: \"dim\": not #rrggbb and not a name out of \"colours\": \"#12345\"" },
		{ "{\"roles\": {\"dim\": {\"fore\": 7}}}",
		  "theme bad: \"dim\": a colour is a string, found \"something else\"" },
		{ "{\"roles\": {\"dim\": {\"bold\": 1}}}",
		  "theme bad: \"dim\": is true or false: \"bold\"" },
		{ "{\"glyphs\": \"x\\u001b[31m\"}",
		  "theme bad: \"glyphs\": unknown glyph set \"x\\\\x1b[31m\"" },
		{ "{\"selected\": []}",
		  "theme bad: \"selected\": a style is an object, found \"something else\"" },
		{ "{", NULL },
		{ "", NULL },
	};
	struct theme standard;
	theme_default(&standard);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct theme theme;
		struct error err = { .message = "" };
		write_theme("bad", cases[i].text);
		assert_false(theme_load(&theme, "bad", &err));
		if (cases[i].message && !strstr(cases[i].text, "u001b"))
			assert_string_equal(err.message, cases[i].message);
		assert_int_equal(strncmp(err.message, "theme bad: ", 11), 0);
		assert_null(strchr(err.message, '\x1b'));
		assert_memory_equal(&theme.roles, &standard.roles, sizeof(theme.roles));
	}
	struct theme theme;
	struct error err;
	assert_false(theme_load(&theme, "nowhere", &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(theme_load(&theme, "/dev/zero", &err));
	assert_false(theme_load(&theme, "./nowhere.json", &err));
	assert_int_equal(err.code, ERROR_READ);
}

static void test_names(void **state)
{
	(void)state;
	write_theme("aaa", "{}");
	char **names = theme_names();
	bool dark = false;
	assert_string_equal(names[0], "aaa");
	for (int i = 0; names[i]; i++) {
		if (i > 0)
			assert_true(strcmp(names[i - 1], names[i]) < 0);
		dark |= strcmp(names[i], "dark") == 0;
	}
	assert_true(dark);
	theme_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_is_dark),
		cmocka_unit_test(test_all_files_load),
		cmocka_unit_test(test_roles_inherit_from_normal),
		cmocka_unit_test(test_bad_themes),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
