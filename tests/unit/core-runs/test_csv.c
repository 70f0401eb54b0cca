#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_checks.h"

static void blank_cells_are_no_points(void **state)
{
	const struct run *run = read_grown_text("metrics.csv", "epoch,step,train_loss,val_loss\n"
							"0,10,0.5,\n0,10,,0.75\n1,20,0.25,\n");

	(void)state;
	assert_int_equal(find(run, "train_loss")->count, 2);
	assert_int_equal(find(run, "val_loss")->count, 1);
	assert_int_equal(series_point(find(run, "val_loss"), 0).step, 10);
	assert_int_equal(find(run, "step")->role, SERIES_AXIS);
	assert_int_equal(find(run, "train_loss")->role, SERIES_METRIC);
	grown_log_end(&grown);
}

/* J11, J12 */
static void numbers_in_all_their_forms(void **state)
{
	const struct run *run = read_grown_text("metrics.csv",
					 "step;a;b\r\n1;0,5;1.234,5\r\n2;1e5;\"1,234.5\"\r\n"
					 "3;NaN;inf\r\n4;0x10;-Infinity\r\n5;2024-01-31;1,234,567\r\n");
	const struct series *a = find(run, "a"), *b = find(run, "b");

	(void)state;
	assert_int_equal(a->count, 3);
	assert_true(value(a, 0) == 0.5 && value(a, 1) == 1e5 && isnan(value(a, 2)));
	assert_int_equal(b->count, 5);
	assert_true(value(b, 0) == 1234.5 && value(b, 1) == 1234.5 && isinf(value(b, 2)));
	assert_true(value(b, 3) == -INFINITY && value(b, 4) == 1234567);
	assert_int_equal(a->nan, 1);
	assert_int_equal(b->infinite, 2);
	grown_log_end(&grown);
}

static void quotes_hold_delimiters_and_lines(void **state)
{
	const struct run *run =
		read_grown_text("metrics.csv", "\"a \"\"x\"\", b\",step\n\"9,05443e-05\",1\n\"0,5\",2\n");
	const struct series *series = find(run, "a \"x\", b");

	(void)state;
	assert_true(value(series, 0) == 9.05443e-05 && value(series, 1) == 0.5);
	assert_int_equal(series_point(series, 1).step, 2);
	grown_log_end(&grown);
}

/* J10 */
static void ragged_rows_are_said_and_read(void **state)
{
	const struct run *run = read_grown_text("metrics.csv", "step,loss\n1,2\n2,3,4\n3\n4,5\n");

	(void)state;
	assert_int_equal(find(run, "loss")->count, 3);
	assert_int_equal(run->files[0].damaged, 2);
	assert_int_equal(run->notice_count, 2);
	assert_true(text_is(run->notices[0], "line 3 has 3 cells, the header 2"));
	grown_log_end(&grown);
}

/* J10 */
static void an_open_quote_waits_and_is_refused_when_it_is_long(void **state)
{
	size_t len = ((size_t)17 << 20) + 32;
	char *text = malloc(len);

	(void)state;
	memset(text, 'x', len);
	memcpy(text, "step,loss\n1,2\n3,\"", 17);
	grown_log_begin(&grown, "metrics.csv");
	grown_log_look(&grown, text, 1000, true);
	assert_string_equal(grown.file->state_text, "waiting for the rest of line 3");
	grown_log_look(&grown, text, len, true);
	assert_int_equal(grown.file->error.code, ERROR_REFUSED);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 1);
	grown_log_end(&grown);
	free(text);
}

/* J10 */
static void too_many_columns_are_refused(void **state)
{
	char *text = malloc(300000);
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 65537; i++)
		len += (size_t)sprintf(text + len, "c,");
	text[len++] = '\n';
	grown_log_begin(&grown, "metrics.csv");
	grown_log_look(&grown, text, len, true);
	assert_int_equal(grown.file->error.code, ERROR_REFUSED);
	assert_string_equal(grown.file->error.message, "line 1 has more than 65536 columns");
	grown_log_end(&grown);
	free(text);
}

/* J14 */
static void other_encodings_are_named(void **state)
{
	static const char utf16[] = "\xff\xfes\0t\0e\0p\0,\0l\0\n\0";

	(void)state;
	grown_log_begin(&grown, "metrics.csv");
	grown_log_look(&grown, utf16, sizeof utf16 - 1, true);
	assert_int_equal(grown.file->error.code, ERROR_MALFORMED);
	assert_string_equal(grown.file->error.message, "text in UTF-16; only UTF-8 is read");
	grown_log_end(&grown);
}

/* J15 */
static void a_new_header_begins_a_segment(void **state)
{
	const struct run *run = read_grown_text("metrics.csv", "step,loss\n1,2\nstep,loss,lr\n2,1,0.5\n");

	(void)state;
	assert_int_equal(find(run, "loss")->count, 2);
	assert_int_equal(find(run, "lr")->count, 1);
	assert_true(text_is(run->notices[0], "line 3: a new header"));
	assert_int_equal(run->files[0].damaged, 0);
	grown_log_end(&grown);
}

static void a_monitor_tells_when_it_began(void **state)
{
	const struct run *run = read_grown_text("0.monitor.csv", "#{\"t_start\": 1600000000.5, \"env_id\": "
							  "\"CartPole-v1\"}\r\nr,l,t\r\n11,12,0.5\r\n");

	(void)state;
	assert_true(series_point(find(run, "r"), 0).wall_time == 1600000001.0);
	assert_int_equal(run->info.count, 2);
	assert_true(text_is(run->info.items[1].value, "CartPole-v1"));
	grown_log_end(&grown);
}

static void dates_become_wall_times(void **state)
{
	const struct run *run = read_grown_text("metrics.csv", "step,timestamp,loss\n"
							"1,2024-02-29T12:00:00Z,1\n2,1709208001,2\n"
							"3,2024-02-29 13:00:02.5+01:00,3\n");
	const struct series *loss = find(run, "loss");

	(void)state;
	assert_true(series_point(loss, 0).wall_time == 1709208000);
	assert_true(series_point(loss, 1).wall_time == 1709208001);
	assert_true(series_point(loss, 2).wall_time == 1709208002.5);
	grown_log_end(&grown);
}

static void any_cut_gives_what_one_read_gives(void **state)
{
	static const char *const texts[] = {
		"step,train_loss,val_loss\r\n1,0.5,\r\n2,0.25,\"0,75\"\r\nstep,train_loss\r\n3,1e-3\r\n4,5",
		"#{\"t_start\": 1600000000.5}\nr,l,t\n11.5,12,0.5\n12,\"1\n2\",3\n# no comment\n1,2,3",
		"\xef\xbb\xbf" "epoch\tloss\n1\t2\n\n2\t3\t4\n3\n4\tnan\n",
		"1,2,3\n4,5,6\n7,8,9\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t len = strlen(texts[i]);
		uint64_t whole = digest_at_once("metrics.csv", texts[i], len);
		for (size_t cut = 0; cut <= len; cut++)
			assert_int_equal(digest_in_two("metrics.csv", texts[i], len, cut), whole);
	}
}

/* A last line that was taken without its end, because the file was quiet, grows after all. */
static void a_last_line_that_was_no_last_line(void **state)
{
	static const char text[] = "step,loss\n1,2\n2,3.5\n";

	(void)state;
	grown_log_begin(&grown, "metrics.csv");
	grown_log_look(&grown, text, 17, true);
	assert_true(value(find(grown_log_run(&grown), "loss"), 1) == 3);
	grown_log_look(&grown, text, sizeof text - 1, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 2);
	assert_true(value(find(grown_log_run(&grown), "loss"), 1) == 3.5);
	grown_log_end(&grown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_cells_are_no_points),
		cmocka_unit_test(numbers_in_all_their_forms),
		cmocka_unit_test(quotes_hold_delimiters_and_lines),
		cmocka_unit_test(ragged_rows_are_said_and_read),
		cmocka_unit_test(an_open_quote_waits_and_is_refused_when_it_is_long),
		cmocka_unit_test(too_many_columns_are_refused),
		cmocka_unit_test(other_encodings_are_named),
		cmocka_unit_test(a_new_header_begins_a_segment),
		cmocka_unit_test(a_monitor_tells_when_it_began),
		cmocka_unit_test(dates_become_wall_times),
		cmocka_unit_test(any_cut_gives_what_one_read_gives),
		cmocka_unit_test(a_last_line_that_was_no_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
