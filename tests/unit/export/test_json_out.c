/* The writers of JSON and CSV, to the byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mtui/json.h>

#include "export/csv_out.h"
#include "export/json_out.h"
#include "export/records.h"

struct sink {
	char text[8192];
	size_t used;
};

static void take(void *context, const char *bytes, size_t len)
{
	struct sink *sink = context;

	assert_true(sink->used + len < sizeof sink->text);
	memcpy(sink->text + sink->used, bytes, len);
	sink->used += len;
	sink->text[sink->used] = '\0';
}

static struct text bytes(const char *data, size_t len)
{
	return (struct text){ data, len };
}

static void assert_valid(const char *json)
{
	struct error err = { 0 };
	struct json *parsed = json_parse(json, strlen(json), &err);

	if (!parsed)
		fail_msg("%s in %s", err.message, json);
	json_free(parsed);
}

static void numbers_round_trip(void **state)
{
	static const double doubles[] = { 0.1, -0.0, 1e300, 5e-324, 1.0 / 3, 123456789012345678.0 };
	struct sink sink = { .used = 0 };
	struct json_out json;
	char *at = sink.text + 1;

	(void)state;
	json_out_init(&json, take, &sink, 0);
	json_out_array(&json, NULL);
	for (size_t i = 0; i < 6; i++)
		json_out_number(&json, NULL, doubles[i]);
	json_out_f32(&json, NULL, 0.1f);
	json_out_end(&json);
	json_out_free(&json);
	assert_valid(sink.text);
	for (size_t i = 0; i < 6; i++) {
		double read = strtod(at, &at);
		assert_memory_equal(&read, &doubles[i], sizeof read);
		at++;
	}
	assert_string_equal(at, " 0.1]");
}

static void integers_are_exact(void **state)
{
	struct sink sink = { .used = 0 };
	struct json_out json;

	(void)state;
	json_out_init(&json, take, &sink, 0);
	json_out_object(&json, NULL);
	json_out_integer(&json, "low", INT64_MIN);
	json_out_integer(&json, "high", INT64_MAX);
	json_out_count(&json, "most", UINT64_MAX);
	json_out_end(&json);
	json_out_free(&json);
	assert_string_equal(sink.text, "{\"low\": -9223372036854775808, \"high\": 9223372036854775807, "
				       "\"most\": 18446744073709551615}");
}

static void what_json_has_no_number_for_is_a_string(void **state)
{
	struct sink sink = { .used = 0 };
	struct json_out json;

	(void)state;
	json_out_init(&json, take, &sink, 0);
	json_out_array(&json, NULL);
	json_out_number(&json, NULL, NAN);
	json_out_number(&json, NULL, INFINITY);
	json_out_f32(&json, NULL, -INFINITY);
	json_out_null(&json, NULL);
	json_out_flag(&json, NULL, true);
	json_out_end(&json);
	json_out_free(&json);
	assert_string_equal(sink.text, "[\"NaN\", \"Infinity\", \"-Infinity\", null, true]");
}

static void text_is_escaped(void **state)
{
	static const struct {
		const char *raw;
		size_t len;
		const char *json;
	} cases[] = {
		{ "", 0, "{\"k\": \"\"}" },
		{ "a\"b\\c", 5, "{\"k\": \"a\\\"b\\\\c\"}" },
		{ "\0\x1b\n\x7f", 4, "{\"k\": \"\\u0000\\u001b\\u000a\\u007f\"}" },
		{ "gr\xc3\xbc\xc3\x9f", 6, "{\"k\": \"gr\xc3\xbc\xc3\x9f\"}" },
		{ "\xc2\x9b", 2, "{\"k\": \"\\u009b\"}" },
		{ "\xe2\x80\xae", 3, "{\"k\": \"\\u202e\"}" },
		{ "\xf3\xa0\x80\x81", 4, "{\"k\": \"\\udb40\\udc01\"}" },
		/* Marks without a base, and more than a terminal can pile on one. */
		{ "e\xcc\x81\xcc\x82\xcc\x83", 7, "{\"k\": \"e\xcc\x81\xcc\x82\\u0303\"}" },
		{ "\xcc\x81o", 3, "{\"k\": \"\\u0301o\"}" },
		{ "\n\xcc\x81", 3, "{\"k\": \"\\u000a\\u0301\"}" },
		{ "a\xff", 2, "{\"k\": \"a\\\\xff\", \"k_escaped\": true}" },
		{ "\\\x80", 2, "{\"k\": \"\\\\x5c\\\\x80\", \"k_escaped\": true}" },
		{ "\\x80", 4, "{\"k\": \"\\\\x80\"}" },
		{ "\xed\xa0\x80", 3, "{\"k\": \"\\\\xed\\\\xa0\\\\x80\", \"k_escaped\": true}" },
		{ "\xc0\x80", 2, "{\"k\": \"\\\\xc0\\\\x80\", \"k_escaped\": true}" },
		{ "\xf4\x90\x80\x80", 4,
		  "{\"k\": \"\\\\xf4\\\\x90\\\\x80\\\\x80\", \"k_escaped\": true}" },
		{ "\xe4\xb8", 2, "{\"k\": \"\\\\xe4\\\\xb8\", \"k_escaped\": true}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sink sink = { .used = 0 };
		struct json_out json;

		json_out_init(&json, take, &sink, 0);
		json_out_object(&json, NULL);
		json_out_text(&json, "k", bytes(cases[i].raw, cases[i].len));
		json_out_end(&json);
		json_out_free(&json);
		assert_string_equal(sink.text, cases[i].json);
	}
}

static void escaped_items_mark_their_container(void **state)
{
	struct sink sink = { .used = 0 };
	struct json_out json;

	(void)state;
	json_out_init(&json, take, &sink, 0);
	json_out_object(&json, NULL);
	json_out_array(&json, "names");
	json_out_text(&json, NULL, TEXT("a"));
	json_out_text(&json, NULL, TEXT("\xff"));
	json_out_end(&json);
	json_out_map(&json, "map");
	json_out_map_key(&json, TEXT("\xfe"));
	json_out_array(&json, NULL);
	json_out_integer(&json, NULL, 1);
	json_out_end(&json);
	json_out_end(&json);
	json_out_array(&json, "good");
	json_out_end(&json);
	json_out_end(&json);
	json_out_free(&json);
	assert_string_equal(sink.text,
			    "{\"names\": [\"a\", \"\\\\xff\"], \"names_escaped\": true, "
			    "\"map\": {\"\\\\xfe\": [1]}, \"map_escaped\": true, \"good\": []}");
}

static void keys_of_a_map_are_unique(void **state)
{
	static const char *const keys[] = { "k", "k#2", "k", "k", "", "", "\\xff" };
	struct sink sink = { .used = 0 };
	struct json_out json;

	(void)state;
	json_out_init(&json, take, &sink, 0);
	json_out_map(&json, NULL);
	for (size_t i = 0; i < 7; i++) {
		json_out_map_key(&json, text_from(keys[i]));
		json_out_integer(&json, NULL, (int64_t)i);
	}
	json_out_map_key(&json, TEXT("\xff")); /* is written like the one before */
	json_out_null(&json, NULL);
	json_out_end(&json);
	json_out_free(&json);
	assert_string_equal(sink.text, "{\"k\": 0, \"k#2\": 1, \"k#3\": 2, \"k#4\": 3, \"\": 4, "
				       "\"#2\": 5, \"\\\\xff\": 6, \"\\\\xff#2\": null}");
	assert_false(json.failed);
}

static void drop(void *context, const char *text, size_t len)
{
	(void)text;
	*(size_t *)context += len;
}

/* Repeated keys must not take quadratic time. */
static void many_equal_keys(void **state)
{
	struct json_out json;
	size_t written = 0;

	(void)state;
	json_out_init(&json, drop, &written, 0);
	json_out_map(&json, NULL);
	for (int i = 0; i < 100000; i++) {
		json_out_map_key(&json, TEXT("same"));
		json_out_null(&json, NULL);
	}
	json_out_end(&json);
	json_out_free(&json);
	assert_false(json.failed);
	assert_true(written > 1500000);
}

static void too_deep_is_a_failure(void **state)
{
	struct json_out json;
	size_t written = 0;

	(void)state;
	json_out_init(&json, drop, &written, 0);
	for (int i = 0; i <= JSON_OUT_DEPTH; i++)
		json_out_array(&json, NULL);
	assert_true(json.failed);
	json_out_free(&json);
}

static void csv_quotes_and_disarms(void **state)
{
	static const struct {
		const char *raw;
		const char *cell;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "a,b", "\"a,b\"" },
		{ "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ "=1+2", "'=1+2" },
		{ "+1", "'+1" },
		{ "-1", "'-1" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "\t=1", "'\\x09=1" },
		{ "\r=1", "\"'\\x0d=1\"" },
		{ "=\"a\",b", "\"'=\"\"a\"\",b\"" },
		{ "two\nlines", "\"two\\x0alines\"" },
		{ "\x1b[31m\xff", "\\x1b[31m\\xff" },
		{ " lead", "\" lead\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sink sink = { .used = 0 };
		struct csv_out csv;
		char row[64];

		csv_out_init(&csv, take, &sink);
		csv_out_text(&csv, text_from(cases[i].raw));
		csv_out_plain(&csv, "-1.5");
		csv_out_row_end(&csv);
		snprintf(row, sizeof row, "%s,-1.5\r\n", cases[i].cell);
		assert_string_equal(sink.text, row);
	}
}

static void write_report(struct records *out)
{
	static const char *const columns[] = { "name", "shape", "count", "problem", NULL };
	struct json_out *list;
	struct error err;

	records_string(out, "view", "sample");
	records_table(out, "rows", columns);
	for (int i = 0; i < 2; i++) {
		records_row(out);
		records_string(out, "name", i ? "b\"" : "-a");
		list = records_list(out, "shape");
		json_out_integer(list, NULL, 3);
		json_out_string(list, NULL, "n\"");
		records_close(out, list);
		if (i == 0)
			records_count(out, "count", 7);
		list = records_object(out, "extra");
		json_out_integer(list, "x", 1);
		records_close(out, list);
		if (i == 1)
			records_string(out, "problem", "bad");
		records_row_end(out);
	}
	records_table_end(out);
	assert_true(records_end(out, &err));
}

static void one_report_two_forms(void **state)
{
	struct sink sink = { .used = 0 };
	struct records out;

	(void)state;
	records_begin(&out, false, false, take, &sink);
	write_report(&out);
	assert_string_equal(
		sink.text,
		"{\n \"view\": \"sample\",\n \"rows\": [\n"
		"  {\"name\": \"-a\", \"shape\": [3, \"n\\\"\"], \"count\": 7, \"extra\": {\"x\": 1}},\n"
		"  {\"name\": \"b\\\"\", \"shape\": [3, \"n\\\"\"], \"extra\": {\"x\": 1}, "
		"\"problem\": \"bad\"}\n ]\n}\n");
	sink.used = 0;
	records_begin(&out, true, false, take, &sink);
	write_report(&out);
	assert_string_equal(sink.text, "name,shape,count,problem\r\n"
				       "'-a,\"[3, \"\"n\\\"\"\"\"]\",7,\r\n"
				       "\"b\"\"\",\"[3, \"\"n\\\"\"\"\"]\",,bad\r\n");
}

static void facts_are_keys_and_values(void **state)
{
	static const char *const columns[] = { "name", NULL };
	struct sink sink = { .used = 0 };
	struct json_out *map;
	struct records out;
	struct error err;

	(void)state;
	records_begin(&out, true, true, take, &sink);
	records_string(&out, "name", "=x");
	records_number(&out, "share", -0.5);
	map = records_map(&out, "opset");
	json_out_map_key(map, TEXT(""));
	json_out_integer(map, NULL, 13);
	records_close(&out, map);
	records_table(&out, "inputs", columns);
	records_row(&out);
	records_string(&out, "name", "x");
	records_row_end(&out);
	records_table_end(&out);
	records_null(&out, "none");
	assert_true(records_end(&out, &err));
	assert_string_equal(sink.text, "key,value\r\nname,'=x\r\nshare,-0.5\r\n"
				       "opset,\"{\"\"\"\": 13}\"\r\n"
				       "inputs,\"[{\"\"name\"\": \"\"x\"\"}]\"\r\nnone,\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_round_trip),
		cmocka_unit_test(integers_are_exact),
		cmocka_unit_test(what_json_has_no_number_for_is_a_string),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(escaped_items_mark_their_container),
		cmocka_unit_test(keys_of_a_map_are_unique),
		cmocka_unit_test(many_equal_keys),
		cmocka_unit_test(too_deep_is_a_failure),
		cmocka_unit_test(csv_quotes_and_disarms),
		cmocka_unit_test(one_report_two_forms),
		cmocka_unit_test(facts_are_keys_and_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
