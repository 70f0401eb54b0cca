#include "pb_write.h"

#include <zlib.h>

#include "log_checks.h"

#define NAME "run-abc.wandb"

enum { FULL = 1, FIRST, MIDDLE, LAST, BLOCK = 32768 };

static struct pb begin_log(void)
{
	struct pb log = { 0 };

	pb_raw(&log, ":W&B\xe1\xbe\0", 7);
	return log;
}

static void chunk(struct pb *log, int type, const void *bytes, size_t len)
{
	uint8_t *room;

	if (BLOCK - log->len % BLOCK < 7)
		while (log->len % BLOCK)
			pb_byte(log, 0);
	pb_raw(log, "\0\0\0\0", 4);
	pb_byte(log, (unsigned)len & 255);
	pb_byte(log, (unsigned)len >> 8);
	pb_byte(log, (unsigned)type);
	pb_raw(log, bytes, len);
	room = log->data + log->len - len - 7;
	uint32_t sum = (uint32_t)crc32(0, room + 6, (uInt)len + 1);
	memcpy(room, &sum, 4);
}

/* Takes the record over; in parts where the block ends. */
static void add(struct pb *log, unsigned number, struct pb *inner)
{
	struct pb record = { 0 };
	size_t at = 0;

	pb_put(&record, number, inner);
	for (bool first = true; first || at < record.len; first = false) {
		size_t left = BLOCK - log->len % BLOCK;
		left = left < 7 ? BLOCK - 7 : left - 7;
		size_t len = record.len - at < left ? record.len - at : left;
		bool last = at + len == record.len;
		chunk(log, first && last ? FULL : first ? FIRST : last ? LAST : MIDDLE,
		      record.data + at, len);
		at += len;
	}
	pb_free(&record);
}

static void item(struct pb *record, unsigned number, const char *key, const char *json)
{
	struct pb one = { 0 };

	pb_string(&one, 1, key);
	pb_string(&one, 16, json);
	pb_put(record, number, &one);
}

static void history(struct pb *log, int step, const char *key, const char *json)
{
	struct pb record = { 0 }, number = { 0 };

	item(&record, 1, key, json);
	pb_int(&number, 1, step);
	pb_put(&record, 2, &number);
	add(log, 2, &record);
}

static const struct run *read_log(const struct pb *log)
{
	return read_grown(NAME, log->data, log->len);
}

static void done(struct pb *log)
{
	grown_log_end(&grown);
	pb_free(log);
}

/* J01 */
static void headers_of_other_kinds(void **state)
{
	static const struct {
		const char *bytes;
		enum error_code code;
	} headers[] = { { ":W&X\xe1\xbe\0rest", ERROR_FORMAT },
			{ ":W&B\xe1\xbf\0rest", ERROR_MALFORMED },
			{ ":W&B\xe1\xbe\x09rest", ERROR_REFUSED } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		grown_log_begin(&grown, NAME);
		grown_log_look(&grown, headers[i].bytes, 11, true);
		assert_int_equal(grown.file->error.code, headers[i].code);
		grown_log_end(&grown);
	}
}

static void all_that_a_run_says(void **state)
{
	struct pb log = begin_log(), run = { 0 }, config = { 0 }, record = { 0 }, stamp = { 0 };

	(void)state;
	pb_string(&run, 1, "abc");
	pb_string(&run, 3, "project");
	item(&config, 1, "lr", "0.1");
	item(&config, 1, "net", "{\"depth\": 3, \"act\": \"relu\"}");
	pb_put(&run, 4, &config);
	pb_string(&run, 8, "pretty-name");
	add(&log, 17, &run);
	history(&log, 3, "loss", "0.5");
	item(&record, 1, "loss", "NaN");
	add(&log, 3, &record);
	pb_int(&stamp, 1, 1600000000);
	pb_put(&record, 2, &stamp);
	item(&record, 3, "cpu", "12.5");
	add(&log, 7, &record);
	pb_string(&record, 3, "epoch 1\nba");
	add(&log, 13, &record);
	pb_string(&record, 3, "r\rbaz\n");
	add(&log, 13, &record);
	pb_int(&record, 1, 3);
	add(&log, 18, &record);
	const struct run *read = read_log(&log);
	assert_true(value(find(read, "loss"), 0) == 0.5 && value(find(read, "system/cpu"), 0) == 12.5);
	assert_int_equal(series_point(find(read, "loss"), 0).step, 3);
	assert_true(series_point(find(read, "system/cpu"), 0).wall_time == 1600000000);
	assert_int_equal(find(read, "system/cpu")->role, SERIES_SYSTEM);
	assert_int_equal(read->config.count, 3);
	assert_text(read->config.items[2].key, "net.act");
	assert_text(read->config.items[2].value, "relu");
	assert_true(isnan(read->summary.items[0].number) && read->summary.items[0].is_number);
	assert_int_equal(read->console_count, 2);
	assert_text(read->console[1], "baz");
	assert_int_equal(read->exit_code, 3);
	assert_int_equal(read->state, RUN_FINISHED);
	done(&log);
}

/* J04 */
static void values_of_any_form(void **state)
{
	struct pb log = begin_log();

	(void)state;
	history(&log, 0, "a", "NaN");
	history(&log, 1, "a", "\"Infinity\"");
	history(&log, 2, "a", "-Infinity");
	history(&log, 3, "b", "{\"c\": {\"d\": 1e400}, \"e\": [1, 2], \"f\": \"text\"}");
	history(&log, 4, "h", "{\"_type\": \"histogram\", \"values\": [1, 2], \"bins\": [0, 1, 2]}");
	history(&log, 5, "i", "{\"_type\": \"image-file\", \"path\": \"x.png\", \"size\": 7}");
	history(&log, 6, "deep", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}");
	const struct run *run = read_log(&log);
	assert_true(isnan(value(find(run, "a"), 0)) && value(find(run, "a"), 1) == INFINITY);
	assert_true(value(find(run, "a"), 2) == -INFINITY && value(find(run, "b.c.d"), 0) == INFINITY);
	assert_int_equal(run->histograms[0].steps[0]->step, 4);
	assert_int_equal(run->histograms[0].steps[0]->buckets, 2);
	assert_int_equal(run->media[0].bytes, 7);
	assert_int_equal(run->media[0].kind, RUN_IMAGE);
	assert_int_equal(run->files[0].damaged, 0);
	done(&log);
}

/* J02 */
static void damage_is_counted_and_passed(void **state)
{
	struct pb log = begin_log(), record = { 0 };
	char *line = malloc(40000);

	(void)state;
	history(&log, 0, "loss", "1");
	size_t bad = log.len;
	history(&log, 1, "loss", "2");
	log.data[bad + 10] ^= 1; /* a good one follows: reading goes on there */
	history(&log, 2, "loss", "3");
	chunk(&log, MIDDLE, "middle without first", 20);
	chunk(&log, 5, "type 5", 6);
	chunk(&log, FIRST, "first without last", 18);
	history(&log, 3, "loss", "4");
	size_t border = log.len;
	chunk(&log, FULL, "over the border", 15);
	log.data[border + 4] = 0xff;
	log.data[border + 5] = 0xff;
	while (log.len % BLOCK)
		pb_byte(&log, 0);
	history(&log, 4, "loss", "5");
	memset(line, 'x', 40000); /* a record of several chunks */
	pb_bytes(&record, 3, line, 40000);
	add(&log, 13, &record);
	history(&log, 5, "loss", "6");
	const struct run *run = read_log(&log);
	assert_int_equal(find(run, "loss")->count, 5);
	assert_int_equal(run->files[0].damaged, 5);
	assert_int_equal(run->files[0].state.len, 0);
	free(line);
	done(&log);
}

/* J02 */
static void zeros_wait(void **state)
{
	struct pb log = begin_log();

	(void)state;
	history(&log, 0, "loss", "1");
	size_t before = log.len;
	for (int i = 0; i < 1000; i++)
		pb_byte(&log, 0);
	grown_log_begin(&grown, NAME);
	grown_log_look(&grown, log.data, log.len, false);
	assert_non_null(strstr(grown.file->state_text, "ends in zeros"));
	log.len = before;
	history(&log, 1, "loss", "2");
	for (int i = 0; i < 1000; i++)
		pb_byte(&log, 0);
	grown_log_look(&grown, log.data, log.len, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 2);
	assert_int_equal(grown_log_run(&grown)->files[0].damaged, 0);
	done(&log);
}

/* J03 */
static void any_cut_gives_what_one_read_gives(void **state)
{
	struct pb log = begin_log();

	(void)state;
	history(&log, 0, "loss", "1");
	size_t bad = log.len;
	history(&log, 1, "loss", "2");
	log.data[bad + 10] ^= 1;
	history(&log, 2, "loss", "{\"a\": 3}");
	chunk(&log, MIDDLE, "middle", 6);
	history(&log, 3, "x", "4");
	pb_raw(&log, "torn", 4);
	uint64_t whole = digest_at_once(NAME, log.data, log.len);
	for (size_t cut = 0; cut <= log.len; cut++)
		assert_int_equal(digest_in_two(NAME, log.data, log.len, cut), whole);
	pb_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_of_other_kinds),
		cmocka_unit_test(all_that_a_run_says),
		cmocka_unit_test(values_of_any_form),
		cmocka_unit_test(damage_is_counted_and_passed),
		cmocka_unit_test(zeros_wait),
		cmocka_unit_test(any_cut_gives_what_one_read_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
