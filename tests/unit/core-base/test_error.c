#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <mtui/error.h>
#include <mtui/gate.h>

static bool is_utf8(const char *string)
{
	size_t len = strlen(string);

	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t taken = gate_decode(string + at, len - at, &code);

		if (taken == 0)
			return false;
		at += taken;
	}
	return true;
}

static void sets_all_fields(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_false(error_set(&err, ERROR_MALFORMED, 77, "found %d, allowed %s", 3, "2"));
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_int_equal(err.offset, 77);
	assert_string_equal(err.message, "found 3, allowed 2");
	assert_false(error_set(NULL, ERROR_MALFORMED, 0, "nobody asks"));
	assert_false(error_set_errno(NULL, ERROR_READ, 0, ENOENT, "nobody asks"));
}

static void appends_the_reason(void **state)
{
	struct error err;

	(void)state;
	error_set_errno(&err, ERROR_READ, -1, ENOENT, "cannot open");
	assert_string_equal(err.message, "cannot open: No such file or directory");
	error_set_errno(&err, ERROR_READ, -1, 4095, "cannot open");
	assert_string_equal(err.message, "cannot open: error 4095");
}

static void keeps_the_reason_of_long_messages(void **state)
{
	char name[1000];
	struct error err;

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	error_set_errno(&err, ERROR_READ, -1, EACCES, "%s", name);
	assert_int_equal(strlen(err.message), sizeof err.message - 1);
	assert_non_null(strstr(err.message, "x: Permission denied"));
}

/* Whatever the alignment of the cut, no half character stays. */
static void never_cuts_a_character(void **state)
{
	static const char *const characters[] = { "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80" };

	(void)state;
	for (size_t c = 0; c < 3; c++) {
		for (size_t shift = 0; shift < 5; shift++) {
			char name[600] = { 0 };
			struct error err;

			memset(name, 'x', shift);
			while (strlen(name) < 500)
				strcat(name, characters[c]);
			error_set(&err, ERROR_READ, -1, "%s", name);
			assert_true(is_utf8(err.message));
			assert_true(strlen(err.message) > sizeof err.message - 5);
			error_set_errno(&err, ERROR_READ, -1, EIO, "%s", name);
			assert_true(is_utf8(err.message));
			assert_non_null(strstr(err.message, ": Input/output error"));
		}
	}
}

static void maps_codes_to_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(error_exit_status(ERROR_NONE), 0);
	assert_int_equal(error_exit_status(ERROR_CHANGED), 3);
	assert_int_equal(error_exit_status(ERROR_MEMORY), 6);
	assert_int_equal(error_exit_status(ERROR_INTERNAL), 70);
	assert_int_equal(error_exit_status((enum error_code)1000), 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_all_fields),
		cmocka_unit_test(appends_the_reason),
		cmocka_unit_test(keeps_the_reason_of_long_messages),
		cmocka_unit_test(never_cuts_a_character),
		cmocka_unit_test(maps_codes_to_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
