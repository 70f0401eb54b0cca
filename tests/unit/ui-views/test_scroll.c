#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/views/command.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

static void test_select(void **state)
{
	struct scroll scroll = { 0, 0 };

	(void)state;
	assert_true(scroll_command(&scroll, COMMAND_DOWN, 100, 10, true));
	assert_int_equal(scroll.cursor, 1);
	assert_int_equal(scroll.top, 0);
	assert_true(scroll_command(&scroll, COMMAND_PAGE_DOWN, 100, 10, true));
	assert_int_equal(scroll.cursor, 10);
	assert_int_equal(scroll.top, 9);
	assert_true(scroll_command(&scroll, COMMAND_LAST, 100, 10, true));
	assert_int_equal(scroll.cursor, 99);
	assert_int_equal(scroll.top, 90);
	assert_true(scroll_command(&scroll, COMMAND_UP, 100, 10, true));
	assert_int_equal(scroll.cursor, 98);
	assert_int_equal(scroll.top, 90);
	assert_true(scroll_command(&scroll, COMMAND_FIRST, 100, 10, true));
	assert_int_equal(scroll.cursor, 0);
	assert_int_equal(scroll.top, 0);
	assert_false(scroll_command(&scroll, COMMAND_LEFT, 100, 10, true));
}

static void test_without_cursor(void **state)
{
	struct scroll scroll = { 0, 0 };

	(void)state;
	scroll_command(&scroll, COMMAND_LAST, 100, 10, false);
	assert_int_equal(scroll.top, 90);
	scroll_command(&scroll, COMMAND_DOWN, 100, 10, false);
	assert_int_equal(scroll.top, 90);
	assert_int_equal(scroll.cursor, 90);
	scroll_command(&scroll, COMMAND_LAST, 5, 10, false);
	assert_int_equal(scroll.top, 0);
}

/* Any command on any list leaves the cursor in the list and in the window. */
static void test_property(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		random = random * 1664525 + 1013904223;

		uint64_t count = random >> 8 & 31, page = random >> 16 & 15;
		struct scroll scroll = { random >> 3 & 63, random >> 5 & 63 };
		bool select = random >> 31;
		enum command command = (enum command)(COMMAND_UP + (random >> 20) % 8);

		if (i % 1000 == 0)
			scroll = (struct scroll){ UINT64_MAX, UINT64_MAX };
		if (i % 1001 == 0)
			count = UINT64_MAX;
		if (!scroll_command(&scroll, command, count, page, select))
			scroll_clamp(&scroll, count, page, select);
		assert_true(scroll.cursor < count || scroll.cursor == 0);
		assert_true(scroll.top <= scroll.cursor);
		assert_true(!page || scroll.cursor - scroll.top < page || !select);
		assert_true(!page || scroll.top <= (count > page ? count - page : 0));
	}
}

static void test_commands(void **state)
{
	(void)state;
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++) {
		assert_int_equal(command_named(text_from(commands[command].name)), command);
		assert_true(commands[command].help[0]);
	}
	assert_int_equal(command_named(TEXT("no-such-command")), COMMAND_NONE);
	assert_int_equal(command_named(TEXT("")), COMMAND_NONE);
}

static void test_views(void **state)
{
	struct view view;

	(void)state;
	for (const struct view_ops *const *tab = view_tabs; *tab; tab++) {
		assert_ptr_equal(view_named(text_from((*tab)->name)), *tab);
		assert_true(view_init(&view, *tab));
		view_free(&view);
		view_free(&view);
	}
	assert_ptr_equal(view_named(TEXT("tree")), &tree_view);
	assert_null(view_named(TEXT("help")));
	assert_null(view_named(TEXT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select),	 cmocka_unit_test(test_without_cursor),
		cmocka_unit_test(test_property), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
