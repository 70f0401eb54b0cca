#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mtui/json.h>
#include <mtui/limits.h>

static struct json *parse(const char *text, struct error *err)
{
	return json_parse(text, strlen(text), err);
}

static void refuses(const char *bytes, size_t len, enum error_code code, int64_t offset)
{
	struct error err = { 0 };
	/* An exact copy, so that the sanitizer sees a byte too many. */
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	if (json_parse(copy, len, &err) != NULL)
		fail_msg("%.*s was taken", (int)len, bytes);
	if (err.code != code || err.offset != offset)
		fail_msg("%.*s: code %d, offset %d: %s", (int)len, bytes, (int)err.code,
			 (int)err.offset, err.message);
	free(copy);
}

#define MALFORMED(literal, offset) refuses(literal, sizeof(literal) - 1, ERROR_MALFORMED, offset)

static void reads_values(void **state)
{
	struct error err;
	struct json *root = parse(" {\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\n\"], \"b\": {},"
				  " \"\": false}\n",
				  &err);
	const struct json *item;

	(void)state;
	assert_non_null(root);
	assert_true(json_is_object(root));
	item = json_first(json_get(root, "a"));
	assert_string_equal(json_key(json_get(root, "a")), "a");
	assert_true(json_is_number(item));
	assert_true(json_number(item, 0) == 1);
	item = json_next(item);
	assert_true(json_number(item, 0) == -2500);
	item = json_next(item);
	assert_true(json_is_bool(item) && json_bool(item, false));
	assert_true(json_number(item, 7) == 7);
	item = json_next(json_next(item));
	assert_true(json_is_string(item));
	assert_string_equal(json_string(item), "x\xc3\xa9\n");
	assert_null(json_next(item));
	assert_null(json_first(json_get(root, "b")));
	assert_false(json_bool(json_get(root, ""), true));
	assert_null(json_get(root, "A"));
	assert_null(json_get(NULL, "a"));
	assert_null(json_string(NULL));
	assert_true(json_bool(json_get(root, "b"), true));
	json_free(root);
}

static void takes_scalars_and_marks(void **state)
{
	static const char *const good[] = { "0",
					    "-0",
					    "1e5",
					    "0.5E-3",
					    "\"\"",
					    " null ",
					    "[]",
					    "[[]]",
					    "{}",
					    "\xef\xbb\xbf{}",
					    "\"\\ud83d\\ude00\"",
					    "\"\xf0\x9f\x98\x80\"",
					    "[{\"a\":[]},{}]",
					    "{\"a\":1,\"a\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct error err;
		struct json *root = parse(good[i], &err);

		if (root == NULL)
			fail_msg("%s: %s", good[i], err.message);
		json_free(root);
	}
}

static void refuses_what_is_not_json(void **state)
{
	(void)state;
	MALFORMED("", 0);
	MALFORMED("  ", 2);
	MALFORMED("{", 1);
	MALFORMED("[1,]", 3);
	MALFORMED("[1 2]", 3);
	MALFORMED("{\"a\" 1}", 5);
	MALFORMED("{\"a\":1,}", 7);
	MALFORMED("{a:1}", 1);
	MALFORMED("[}", 1);
	MALFORMED("{\"a\":[1}", 7);
	MALFORMED("{} x", 3);
	MALFORMED("{}{}", 2);
	MALFORMED("1 // one", 2);
	MALFORMED("tru", 0);
	MALFORMED("truex", 4);
	MALFORMED("nul\0", 0);
	MALFORMED("{}\0", 2);
	MALFORMED("01", 0);
	MALFORMED("-", 1);
	MALFORMED("+1", 0);
	MALFORMED(".5", 0);
	MALFORMED("1.", 2);
	MALFORMED("1e", 2);
	MALFORMED("0x10", 1);
	MALFORMED("NaN", 0);
	MALFORMED("'a'", 0);
}

static void refuses_bad_strings(void **state)
{
	(void)state;
	MALFORMED("\"abc", 4);
	MALFORMED("\"a\nb\"", 2);
	MALFORMED("\"a\\q\"", 3);
	MALFORMED("\"\\", 2);
	MALFORMED("\"\\u12g4\"", 1);
	MALFORMED("\"\\u12", 1);
	MALFORMED("\"a\\u0000\"", 2);
	MALFORMED("\"\0\"", 1);
	MALFORMED("\"\\ud800\"", 1);
	MALFORMED("\"\\ud800\\u0041\"", 1);
	MALFORMED("\"\\udc00\"", 1);
	MALFORMED("\"\xff\"", 1);
	MALFORMED("\"\xc0\x80\"", 1);
	MALFORMED("\"\xe4\xb8\"", 1);
	MALFORMED("\"\xe4\xb8", 1);
	MALFORMED("\"\xed\xa0\x80\"", 1);
}

static void limits_depth(void **state)
{
	char text[4 * LIMIT_JSON_DEPTH + 8];
	struct error err;
	struct json *root;

	(void)state;
	memset(text, '[', LIMIT_JSON_DEPTH);
	memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
	root = json_parse(text, 2 * LIMIT_JSON_DEPTH, &err);
	assert_non_null(root);
	json_free(root);
	memset(text, '[', LIMIT_JSON_DEPTH + 1);
	refuses(text, LIMIT_JSON_DEPTH + 1, ERROR_REFUSED, LIMIT_JSON_DEPTH);
	for (int i = 0; i <= 4 * LIMIT_JSON_DEPTH; i++)
		text[i] = "{\"\":"[i % 4];
	refuses(text, 4 * LIMIT_JSON_DEPTH + 1, ERROR_REFUSED, 4 * LIMIT_JSON_DEPTH);
	refuses(text, 4 * LIMIT_JSON_DEPTH, ERROR_MALFORMED, 4 * LIMIT_JSON_DEPTH);
}

static void limits_size_and_numbers(void **state)
{
	size_t len = ((size_t)16 << 20) + 1;
	char *text = malloc(len), digits[80];
	struct error err;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	assert_null(json_parse(text, len, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	free(text);
	memset(digits, '9', sizeof digits);
	refuses(digits, 64, ERROR_REFUSED, 0);
	json_free(json_parse(digits, 63, &err));
}

/* Every prefix of a document is refused inside itself, never read beyond. */
static void every_prefix_is_refused(void **state)
{
	static const char text[] = "{\"k\\u00e9\":[1.5e-3,true,false,null,\"\xe4\xb8\xad\\\\\"],"
				   "\"o\":{\"p\":[[],{}]}}";

	(void)state;
	for (size_t len = 0; len < sizeof text - 1; len++) {
		struct error err = { .offset = -1 };
		char *copy = malloc(len > 0 ? len : 1);

		assert_non_null(copy);
		memcpy(copy, text, len);
		assert_null(json_parse(copy, len, &err));
		assert_in_range(err.offset, 0, len);
		free(copy);
	}
}

static void reads_files(void **state)
{
	char path[] = "/tmp/mtui-json-XXXXXX";
	struct error err;
	struct json *root;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[1, 2]", 6), 6);
	close(fd);
	root = json_read(path, 6, &err);
	assert_non_null(root);
	json_free(root);
	assert_null(json_read(path, 5, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_int_equal(truncate(path, 0), 0);
	assert_null(json_read(path, 5, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	unlink(path);
	assert_null(json_read(path, 5, &err));
	assert_int_equal(err.code, ERROR_READ);
	assert_null(json_read("/", 5, &err));
	assert_int_equal(err.code, ERROR_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(takes_scalars_and_marks),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_bad_strings),
		cmocka_unit_test(limits_depth),
		cmocka_unit_test(limits_size_and_numbers),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(reads_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
