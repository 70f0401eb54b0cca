#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/runs/json_pull.h"
#include "log_checks.h"

static enum json_token last_token(const char *bytes, size_t len, size_t *offset)
{
	struct json_pull pull;
	enum json_token token;

	json_pull_init(&pull, bytes, len);
	do {
		token = json_pull_next(&pull);
	} while (token != JSON_DONE && token != JSON_BAD && token != JSON_TORN);
	*offset = (size_t)(pull.start - bytes);
	return token;
}

/* J06, J09 */
static void the_grammar_is_that_of_json(void **state)
{
	static const struct {
		const char *text;
		enum json_token last;
		size_t offset;
	} cases[] = {
		{ "[1, -0, 1e400, 0.5e-3, NaN, -Infinity, true, null]", JSON_DONE, 50 },
		{ "{\"a\": {\"b\": [{}, []]}}", JSON_DONE, 22 },
		{ "[0x10]", JSON_BAD, 2 },
		{ "[+1]", JSON_BAD, 1 },
		{ "[.5]", JSON_BAD, 1 },
		{ "[01]", JSON_BAD, 1 },
		{ "[1.]", JSON_BAD, 1 },
		{ "[1,]", JSON_BAD, 3 },
		{ "{\"a\" 1}", JSON_BAD, 4 },
		{ "[\"\\x\"]", JSON_BAD, 2 },
		{ "[1] x", JSON_BAD, 4 },
		{ "[1][2]", JSON_BAD, 3 },
		{ "[1] // comment", JSON_BAD, 4 },
		{ "[1}", JSON_BAD, 2 },
		{ "[\"a", JSON_TORN, 1 },
		{ "[tru", JSON_TORN, 1 },
		{ "", JSON_TORN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t offset;
		enum json_token last = last_token(cases[i].text, strlen(cases[i].text), &offset);
		if (last != cases[i].last || (last == JSON_BAD && offset != cases[i].offset))
			fail_msg("%s: token %d at %zu", cases[i].text, (int)last, offset);
	}
}

/* J06 */
static void depth_is_limited(void **state)
{
	char *deep = malloc(200000);
	struct json_pull pull;
	struct error err;
	size_t offset;

	(void)state;
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	assert_int_equal(last_token(deep, 200000, &offset), JSON_BAD);
	assert_int_equal(offset, LIMIT_JSON_DEPTH);
	json_pull_init(&pull, deep, 200000);
	while (json_pull_next(&pull) != JSON_BAD)
		;
	json_pull_fail(&pull, 0, &err);
	assert_int_equal(err.code, ERROR_REFUSED);
	free(deep);
}

/* J06: kept as what it is, a number that nobody can hold. */
static void a_number_of_a_million_digits(void **state)
{
	size_t len = 1000000;
	char *text = malloc(len + 64);

	(void)state;
	strcpy(text, "{\"step\": 1, \"x\": ");
	size_t at = strlen(text);
	memset(text + at, '7', len);
	strcpy(text + at + len, "}\n");
	const struct run *run = read_grown_text("log.jsonl", text);
	assert_true(isnan(value(find(run, "x"), 0)));
	grown_log_end(&grown);
	free(text);
}

/* J08 */
static void strings_are_unescaped(void **state)
{
	static const char text[] = "\"a\\n\\u00e9\\ud83d\\ude00\\ud83d\\u0000\"";
	struct json_pull pull;
	char room[64];

	(void)state;
	json_pull_init(&pull, text, sizeof text - 1);
	assert_int_equal(json_pull_next(&pull), JSON_STRING);
	struct text made = json_pull_text(&pull, room);
	static const char want[] = "a\n\xc3\xa9\xf0\x9f\x98\x80\xed\xa0\xbd";
	assert_true(text_equal(made, (struct text){ want, sizeof want })); /* the NUL, too */
}

/* J08 */
static void keys_that_differ_behind_a_nul_stay_two(void **state)
{
	const struct run *run =
		read_grown_text("log.jsonl", "{\"step\": 1, \"a\\u0000b\": 1, \"a\\u0000c\": 2}\n");

	(void)state;
	assert_int_equal(run->series_count, 3);
	assert_int_equal(run->series[2]->tag.len, 3);
	grown_log_end(&grown);
}

/* J05 */
static void lines_with_all_that_comes_in_between(void **state)
{
	static const char text[] = "\xef\xbb\xbf{\"step\": 5, \"loss\": 1}\r\n\r\n{\"loss\": 2, "
				   "\"lr\": {\"head\": 0.5}}\r\nno json\n{\"step\": 7, \"loss\": Na";
	const struct run *run = read_grown("log.jsonl", text, sizeof text - 1);

	(void)state;
	assert_int_equal(find(run, "loss")->count, 2);
	assert_int_equal(series_point(find(run, "loss"), 1).step, 5);
	assert_true(value(find(run, "lr.head"), 0) == 0.5);
	assert_int_equal(run->files[0].damaged, 1);
	assert_true(text_is(run->files[0].state, "waiting for the rest of line 5"));
	grown_log_end(&grown);
}

/* J05 */
static void a_line_of_many_mebibytes_is_refused(void **state)
{
	size_t len = (size_t)17 << 20;
	char *text = malloc(len);

	(void)state;
	memset(text, ' ', len);
	memcpy(text, "{\"step\": 1}\n{\"x\": ", 18);
	read_grown("log.jsonl", text, len);
	assert_int_equal(grown.file->error.code, ERROR_REFUSED);
	assert_int_equal(find(grown_log_run(&grown), "step")->count, 1);
	grown_log_end(&grown);
	free(text);
}

static void the_state_of_a_trainer(void **state)
{
	const struct run *run = read_grown_text(
		"trainer_state.json",
		"{\"best_metric\": 0.5, \"log_history\": [{\"epoch\": 0.1, \"loss\": 2.5, \"step\": 10},"
		" {\"epoch\": 0.2, \"eval_loss\": NaN, \"step\": 20}], \"global_step\": 20}");

	(void)state;
	assert_int_equal(grown.file->reader->source, RUN_TRAINER_STATE);
	assert_int_equal(series_point(find(run, "loss"), 0).step, 10);
	assert_true(isnan(value(find(run, "eval_loss"), 0)));
	assert_int_equal(run->summary.count, 2);
	grown_log_end(&grown);
}

static void an_object_of_arrays(void **state)
{
	const struct run *run = read_grown_text("history.json", "{\"history\": {\"loss\": [3, 2, 1], "
							  "\"acc\": [0.5, null, 1], \"epoch\": [5, 6, 7]}}");

	(void)state;
	assert_int_equal(find(run, "history.loss")->count, 3);
	assert_int_equal(series_point(find(run, "history.loss"), 2).step, 7);
	assert_int_equal(find(run, "history.acc")->count, 2);
	assert_int_equal(series_point(find(run, "history.acc"), 1).step, 7);
	grown_log_end(&grown);
}

/* J15: what is not complete does not replace what was. */
static void a_document_that_is_written_anew(void **state)
{
	static const char first[] = "{\"loss\": [1, 2]}", next[] = "{\"loss\": [1, 2, 3]}";

	(void)state;
	grown_log_begin(&grown, "history.json");
	grown_log_look(&grown, first, sizeof first - 1, false);
	grown_log_look(&grown, next, 9, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 2);
	grown_log_look(&grown, "", 0, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 2);
	grown_log_look(&grown, next, sizeof next - 1, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 3);
	grown_log_end(&grown);
}

/* J07 */
static void many_keys_and_a_long_array(void **state)
{
	size_t keys = 200000, len = 0;
	char *text = malloc(keys * 24 + 400000);

	(void)state;
	text[len++] = '{';
	for (size_t i = 0; i < keys; i++)
		len += (size_t)sprintf(text + len, "\"key%zu\":%zu,", i, i);
	len += (size_t)sprintf(text + len, "\"loss\":[0");
	for (int i = 1; i < 100000; i++)
		len += (size_t)sprintf(text + len, ",1");
	len += (size_t)sprintf(text + len, "]}");
	const struct run *run = read_grown("trainer_state.json", text, len);
	assert_int_equal(run->summary.count, keys);
	assert_int_equal(find(run, "loss")->count, 100000);
	grown_log_end(&grown);
	free(text);
}

static void configurations_in_yaml(void **state)
{
	const struct run *run = read_grown_text("config.yaml", "wandb_version: 1\n\nlr:\n  desc: null\n"
							 "  value: 0.1\nsizes:\n  desc: null\n  value:\n"
							 "  - 1\n  - 'x y'\nopt:\n  beta: .inf # most\n");

	(void)state;
	assert_int_equal(run->config.count, 4);
	assert_true(text_is(run->config.items[1].key, "lr") && run->config.items[1].number == 0.1);
	assert_true(text_is(run->config.items[2].key, "sizes"));
	assert_true(text_is(run->config.items[2].value, "[1, x y]"));
	assert_true(text_is(run->config.items[3].key, "opt.beta"));
	assert_true(run->config.items[3].number == INFINITY);
	grown_log_end(&grown);
}

static void any_cut_gives_what_one_read_gives(void **state)
{
	static const struct {
		const char *name, *text;
	} logs[] = {
		{ "log.jsonl", "{\"epoch\":1,\"loss\":0.5}\n\n{\"step\":2,\"loss\":NaN,\"a\":{\"b\":[1]}}\n"
			       "{\"x\":\n{\"loss\":1}" },
		{ "wandb-history.jsonl", "{\"_step\":0,\"loss\":1}\n{\"_step\":1,\"loss\":2}" },
		{ "trainer_state.json", "{\"log_history\":[{\"step\":1,\"loss\":2.5}],\"global_step\":2}" },
		{ "history.json", "{\"loss\":[1,2.5e3,NaN],\"epoch\":[1,2,3]}" },
		{ "output.log", "a\r\nb\rc\nlast" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		size_t len = strlen(logs[i].text);
		uint64_t whole = digest_at_once(logs[i].name, logs[i].text, len);
		for (size_t cut = 0; cut <= len; cut++)
			if (digest_in_two(logs[i].name, logs[i].text, len, cut) != whole)
				fail_msg("%s cut at %zu", logs[i].name, cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_grammar_is_that_of_json),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(a_number_of_a_million_digits),
		cmocka_unit_test(strings_are_unescaped),
		cmocka_unit_test(keys_that_differ_behind_a_nul_stay_two),
		cmocka_unit_test(lines_with_all_that_comes_in_between),
		cmocka_unit_test(a_line_of_many_mebibytes_is_refused),
		cmocka_unit_test(the_state_of_a_trainer),
		cmocka_unit_test(an_object_of_arrays),
		cmocka_unit_test(a_document_that_is_written_anew),
		cmocka_unit_test(many_keys_and_a_long_array),
		cmocka_unit_test(configurations_in_yaml),
		cmocka_unit_test(any_cut_gives_what_one_read_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
