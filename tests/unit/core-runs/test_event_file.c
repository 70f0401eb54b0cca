#include "event_write.h"

#include "log_checks.h"

#define NAME "events.out.tfevents.1"

static const struct run *read_log(const struct pb *log)
{
	return read_grown(NAME, log->data, log->len);
}

static void done(struct pb *log)
{
	grown_log_end(&grown);
	pb_free(log);
}

static void sums_are_the_same_by_any_way(void **state)
{
	uint8_t bytes[300];
	crc32c_function *best = crc32c_best();

	(void)state;
	assert_int_equal(crc32c_plain(0, (const uint8_t *)"123456789", 9), 0xe3069283);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + (i >> 3));
	for (size_t from = 0; from < 9; from++)
		for (size_t len = 0; len + from <= sizeof bytes; len++)
			assert_int_equal(best(0, bytes + from, len), crc32c_plain(0, bytes + from, len));
	assert_int_equal(best(best(0, bytes, 100), bytes + 100, 55), best(0, bytes, 155));
}

static void scalars_of_both_encodings(void **state)
{
	struct pb log = { 0 }, one = { 0 }, tensor = event_tensor(1, 0, NULL);
	float number = 0.25f;

	(void)state;
	event_version(&log);
	event_scalar(&log, "loss", 0, 2.5f);
	event_scalar(&log, "loss", 300, 1.5f);
	pb_string(&one, 1, "acc");
	pb_bytes(&tensor, 4, &number, 4);
	pb_put(&one, 8, &tensor);
	event_plugin(&one, "scalars", NULL);
	event_add_value(&log, 1e9, 7, &one);
	/* The plugin is named in the first value alone; the number stands in float_val. */
	tensor = event_tensor(1, 0, NULL);
	pb_float(&tensor, 5, 0.75f);
	pb_string(&one, 1, "acc");
	pb_put(&one, 8, &tensor);
	event_add_value(&log, 1e9, -3, &one);
	const struct run *run = read_log(&log);
	assert_int_equal(run->series_count, 2);
	assert_true(value(find(run, "loss"), 0) == 2.5 && value(find(run, "loss"), 1) == 1.5);
	assert_int_equal(series_point(find(run, "loss"), 1).step, 300);
	assert_true(series_point(find(run, "loss"), 1).wall_time == 1e9 + 300);
	assert_true(value(find(run, "acc"), 0) == 0.25 && value(find(run, "acc"), 1) == 0.75);
	assert_int_equal(series_point(find(run, "acc"), 1).step, -3);
	assert_int_equal(run->files[0].records, 5);
	assert_int_equal(run->files[0].damaged, 0);
	done(&log);
}

/* I01, I02 */
static void a_cut_record_waits_and_comes(void **state)
{
	struct pb log = { 0 };

	(void)state;
	event_version(&log);
	event_scalar(&log, "loss", 1, 1);
	size_t before = log.len;
	event_scalar(&log, "loss", 2, 2);
	for (size_t cut = before; cut < log.len; cut++) {
		grown_log_begin(&grown, NAME);
		grown_log_look(&grown, log.data, cut, true);
		const struct run *run = grown_log_run(&grown);
		assert_int_equal(find(run, "loss")->count, 1);
		assert_int_equal(run->files[0].damaged, 0);
		assert_int_equal(run->files[0].state.len > 0, cut > before);
		for (size_t len = cut; len <= log.len; len++)
			grown_log_look(&grown, log.data, len, false);
		run = grown_log_run(&grown);
		assert_int_equal(find(run, "loss")->count, 2);
		assert_int_equal(run->files[0].state.len, 0);
		grown_log_end(&grown);
	}
	pb_free(&log);
}

/* I03 */
static void behind_a_wrong_length_the_next_good_one_counts(void **state)
{
	struct pb log = { 0 };

	(void)state;
	event_version(&log);
	event_scalar(&log, "loss", 1, 1);
	size_t at = log.len;
	event_frame(&log, 5, "hello", 5, 1, 0);
	grown_log_begin(&grown, NAME);
	grown_log_look(&grown, log.data, log.len, false);
	assert_non_null(strstr(grown.file->state_text, "damaged at byte"));
	assert_int_equal(grown.file->offset, at);
	event_scalar(&log, "loss", 2, 2);
	grown.look.now = 4;
	grown_log_look(&grown, log.data, log.len, false);
	assert_non_null(strstr(grown.file->state_text, "it is read again"));
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 1);
	grown.look.now = 6;
	grown_log_look(&grown, log.data, log.len, false);
	const struct run *run = grown_log_run(&grown);
	assert_int_equal(find(run, "loss")->count, 2);
	assert_int_equal(run->files[0].damaged, 1);
	assert_int_equal(run->notice_count, 1);
	assert_int_equal(run->files[0].state.len, 0);
	done(&log);
}

/* I03: a page that was written after the one behind it loses nothing. */
static void a_length_may_become_right(void **state)
{
	struct pb log = { 0 };

	(void)state;
	event_version(&log);
	size_t at = log.len;
	event_scalar(&log, "loss", 1, 1);
	event_scalar(&log, "loss", 2, 2);
	grown_log_begin(&grown, NAME);
	uint8_t right = log.data[at];
	log.data[at] = (uint8_t)~right;
	grown_log_look(&grown, log.data, log.len, false);
	assert_int_equal(grown_log_run(&grown)->series_count, 0);
	log.data[at] = right;
	grown.look.now = 3;
	grown_log_look(&grown, log.data, log.len, false);
	const struct run *run = grown_log_run(&grown);
	assert_int_equal(find(run, "loss")->count, 2);
	assert_int_equal(run->files[0].damaged, 0);
	done(&log);
}

/* I04, I07 */
static void broken_records_are_counted_and_passed(void **state)
{
	struct pb log = { 0 }, event = event_begin(1, 1), summary = { 0 }, one = { 0 };

	(void)state;
	event_version(&log);
	event_frame(&log, 5, "hello", 5, 0, 1);
	event_scalar(&log, "loss", 1, 1);
	event_frame(&log, 5, "\xff\xff\xff\xff\xff", 5, 0, 0);
	/* A good value before a broken one: nothing of the record counts. */
	pb_string(&one, 1, "half");
	pb_float(&one, 2, 1);
	pb_put(&summary, 1, &one);
	pb_bytes(&summary, 1, "\x0a\x7f", 2);
	pb_put(&event, 5, &summary);
	event_add(&log, &event);
	event_scalar(&log, "loss", 2, 2);
	const struct run *run = read_log(&log);
	assert_int_equal(run->series_count, 1);
	assert_int_equal(find(run, "loss")->count, 2);
	assert_int_equal(run->files[0].damaged, 3);
	done(&log);
}

/* I05 */
static void no_sums_are_said_and_may_be_passed(void **state)
{
	struct pb log = { 0 };

	(void)state;
	event_scalar(&log, "loss", 1, 1);
	memset(log.data + 8, 0, 4);
	memset(log.data + log.len - 4, 0, 4);
	read_log(&log);
	assert_int_equal(grown.file->error.code, ERROR_MALFORMED);
	assert_string_equal(grown.file->error.message,
			    "written without checksums; --no-checksum reads it");
	grown_log_end(&grown);
	grown_log_begin(&grown, NAME);
	grown.look.no_checksum = true;
	grown_log_look(&grown, log.data, log.len, true);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 1);
	done(&log);
}

/* I06 */
static void claims_beyond_the_file(void **state)
{
	static const struct {
		uint64_t len;
		bool waits;
	} claims[] = { { UINT64_MAX, false }, { (uint64_t)1 << 63, false }, { INT32_MAX, true },
		       { (uint64_t)1 << 31, false } };

	(void)state;
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		struct pb log = { 0 };
		event_scalar(&log, "loss", 1, 1);
		event_frame(&log, claims[i].len, "abc", 3, 0, 0);
		event_scalar(&log, "loss", 2, 2);
		const struct run *run = read_log(&log);
		assert_int_equal(find(run, "loss")->count, claims[i].waits ? 1 : 2);
		assert_int_equal(run->files[0].damaged, claims[i].waits ? 0 : 1);
		assert_int_equal(strncmp(grown.file->state_text, "waiting", 7) == 0, claims[i].waits);
		assert_true(grown.look.window_size < 1 << 20);
		done(&log);
	}
}

/* I08, I09 */
static void odd_times_steps_and_values_are_kept(void **state)
{
	static const double walls[] = { NAN, -1, 1e308, 0 };
	static const int64_t steps[] = { -5, INT64_MAX, INT64_MIN, 3, 1 };
	static const float values[] = { NAN, INFINITY, -INFINITY, 1e38f, 1e-45f };
	struct pb log = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct pb one = { 0 };
		pb_string(&one, 1, "x");
		pb_float(&one, 2, values[i % 5]);
		event_add_value(&log, walls[i % 4], steps[i / 4], &one);
	}
	const struct series *series = find(read_log(&log), "x");
	assert_int_equal(series->count, 20);
	assert_int_equal(series->nan, 4);
	assert_int_equal(series->infinite, 8);
	assert_false(series->ordered);
	assert_true(series->step_min == INT64_MIN && series->step_max == INT64_MAX);
	assert_true(series->low == (double)1e-45f && series->high == (double)1e38f);
	for (uint64_t i = 0; i < 20; i++) {
		struct series_point point = series_point(series, i);
		double wall = walls[i % 4], number = (double)values[i % 5];
		assert_true(point.step == steps[i / 4]);
		assert_true(point.wall_time == wall || (isnan(wall) && isnan(point.wall_time)));
		assert_true(point.value == number || (isnan(number) && isnan(point.value)));
	}
	done(&log);
}

/* I10, K01 */
static void tags_of_any_kind(void **state)
{
	struct pb log = { 0 }, one = { 0 }, histo = { 0 };
	char *tag = malloc(1 << 20);
	char name[32];

	(void)state;
	memset(tag, 't', 1 << 20);
	tag[(1 << 20) - 1] = '\0';
	event_scalar(&log, tag, 1, 1);
	event_scalar(&log, "\x1b]52;c;AAAA\a", 1, 2);
	pb_string(&one, 1, "twice");
	pb_float(&one, 2, 3);
	event_add_value(&log, 1, 1, &one);
	pb_string(&one, 1, "twice");
	pb_double(&histo, 6, 1);
	pb_double(&histo, 7, 4);
	pb_put(&one, 5, &histo);
	event_add_value(&log, 1, 2, &one);
	for (int i = 0; i < 3000; i++) {
		sprintf(name, "layer.%d/weight", i);
		event_scalar(&log, name, i, (float)i);
	}
	const struct run *run = read_log(&log);
	assert_int_equal(run->series_count, 3003);
	assert_int_equal(run->histogram_count, 1);
	assert_int_equal(run->histograms[0].steps[0]->step, 2);
	assert_true(value(find(run, tag), 0) == 1 && value(find(run, "layer.2999/weight"), 0) == 2999);
	done(&log);
	free(tag);
}

/* I11 */
static void histograms_of_both_encodings(void **state)
{
	static const int64_t dims[] = { 2, 3 };
	static const float cells[] = { -1, 0, 5, 0, NAN, -2 };
	struct pb log = { 0 }, one = { 0 }, histo = { 0 }, tensor = event_tensor(1, 2, dims);
	double limits[] = { 0, 1, INFINITY }, counts[] = { 1, 2, 3, 4 };

	(void)state;
	pb_string(&one, 1, "old");
	pb_double(&histo, 1, -2);
	pb_double(&histo, 2, 7);
	pb_double(&histo, 3, 6);
	pb_bytes(&histo, 6, limits, sizeof limits);
	pb_bytes(&histo, 7, counts, sizeof counts);
	pb_put(&one, 5, &histo);
	event_add_value(&log, 1, 4, &one);
	pb_string(&one, 1, "new");
	pb_bytes(&tensor, 4, cells, sizeof cells);
	pb_put(&one, 8, &tensor);
	event_plugin(&one, "histograms", NULL);
	event_add_value(&log, 1, 5, &one);
	const struct run *run = read_log(&log);
	const struct run_histogram_step *old = run->histograms[0].steps[0];
	const struct run_histogram_step *new = run->histograms[1].steps[0];
	assert_int_equal(old->buckets, 3);
	assert_true(old->left[0] == -2 && old->right[0] == 0 && old->left[2] == 1);
	assert_true(isinf(old->right[2]) && old->counts[2] == 3 && old->num == 6 && old->max == 7);
	assert_int_equal(run->notice_count, 1);
	assert_int_equal(new->buckets, 2);
	assert_true(new->left[0] == -1 && isnan(new->right[1]) && new->counts[1] == -2);
	assert_true(isnan(new->num));
	done(&log);
}

static void precision_and_recall(void **state)
{
	static const int64_t dims[] = { 6, 2 };
	static const float cells[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0.5f, 1, 0.25f, 0 };
	struct pb log = { 0 }, one = { 0 }, tensor = event_tensor(1, 2, dims);

	(void)state;
	pb_string(&one, 1, "pr");
	pb_bytes(&tensor, 4, cells, sizeof cells);
	pb_put(&one, 8, &tensor);
	event_plugin(&one, "pr_curves", NULL);
	event_add_value(&log, 1, 5, &one);
	const struct run_pr_step *step = read_log(&log)->pr_curves[0].steps[0];
	assert_int_equal(step->thresholds, 2);
	assert_true(step->true_positives[1] == 2 && step->false_positives[0] == 3);
	assert_true(step->precision[0] == 0.5f && step->recall[0] == 0.25f);
	done(&log);
}

/* I12: sizes only, and a large one is not held in memory. */
static void pictures_are_not_read(void **state)
{
	struct pb log = { 0 }, one = { 0 }, image = { 0 };
	size_t len = 3 << 20;
	char *png = calloc(1, len);

	(void)state;
	event_version(&log);
	pb_int(&image, 1, 480);
	pb_int(&image, 2, 640);
	pb_bytes(&image, 4, png, len);
	pb_string(&one, 1, "sample");
	pb_put(&one, 4, &image);
	event_add_value(&log, 1, 5, &one);
	event_scalar(&log, "loss", 1, 1);
	const struct run *run = read_log(&log);
	assert_int_equal(run->media_count, 1);
	assert_int_equal(run->media[0].bytes, len);
	assert_int_equal(run->media[0].width, 640);
	assert_int_equal(run->media[0].height, 480);
	assert_int_equal(find(run, "loss")->count, 1);
	assert_true(grown.look.window_size < len);
	assert_true(run_digest(run) == digest_in_two(NAME, log.data, log.len, 2 << 20));
	log.data[log.len / 2] ^= 1;
	assert_true(digest_at_once(NAME, log.data, log.len) ==
		    digest_in_two(NAME, log.data, log.len, 2 << 20));
	done(&log);
	free(png);
}

static void text_and_hyperparameters(void **state)
{
	static const int64_t dims[] = { 2 };
	struct pb log = { 0 }, one = { 0 }, tensor = event_tensor(7, 1, dims), content = { 0 };
	struct pb start = { 0 }, entry = { 0 }, number = { 0 };

	(void)state;
	pb_string(&one, 1, "note/text_summary");
	pb_string(&tensor, 8, "first");
	pb_string(&tensor, 8, "second");
	pb_put(&one, 8, &tensor);
	event_plugin(&one, "text", NULL);
	event_add_value(&log, 1, 5, &one);
	pb_string(&entry, 1, "lr");
	pb_double(&number, 2, 0.1);
	pb_put(&entry, 2, &number);
	pb_put(&start, 1, &entry);
	pb_string(&entry, 1, "optimizer");
	pb_string(&number, 3, "adam");
	pb_put(&entry, 2, &number);
	pb_put(&start, 1, &entry);
	pb_put(&content, 3, &start);
	pb_string(&one, 1, "_hparams_/session_start_info");
	event_plugin(&one, "hparams", &content);
	event_add_value(&log, 1, 0, &one);
	const struct run *run = read_log(&log);
	assert_int_equal(run->text_count, 1);
	assert_true(text_is(run->texts[0].value, "first\nsecond"));
	assert_int_equal(run->hparams.count, 2);
	assert_true(text_is(run->hparams.items[0].key, "lr"));
	assert_true(text_is(run->hparams.items[0].value, "0.1"));
	assert_true(text_is(run->hparams.items[1].value, "adam"));
	assert_int_equal(run->series_count, 0);
	done(&log);
}

/* I13, I14 */
static void metrics_of_an_experiment_are_named(void **state)
{
	struct pb log = { 0 }, one = { 0 }, name = { 0 }, metric = { 0 }, experiment = { 0 };
	struct pb content = { 0 };

	(void)state;
	pb_string(&name, 1, "validation");
	pb_string(&name, 2, "epoch_loss");
	pb_put(&metric, 1, &name);
	pb_string(&metric, 3, "loss (val.)");
	pb_put(&experiment, 5, &metric);
	pb_string(&name, 2, "accuracy");
	pb_put(&metric, 1, &name);
	pb_put(&experiment, 5, &metric);
	pb_put(&content, 2, &experiment);
	pb_string(&one, 1, "_hparams_/experiment");
	event_plugin(&one, "hparams", &content);
	event_add_value(&log, 1, 0, &one);
	const struct run *run = read_log(&log);
	assert_int_equal(run->metrics.count, 2);
	assert_true(text_is(run->metrics.items[0].key, "validation/epoch_loss"));
	assert_true(text_is(run->metrics.items[0].value, "loss (val.)"));
	assert_true(text_is(run->metrics.items[1].key, "accuracy"));
	assert_int_equal(run->metrics.items[1].value.len, 0);
	done(&log);
}

static void cut_and_rewritten_files_begin_anew(void **state)
{
	struct pb log = { 0 }, other = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		event_scalar(&log, "loss", i, (float)i);
	event_scalar(&other, "acc", 1, 5);
	event_scalar(&other, "acc", 2, 5);
	grown_log_begin(&grown, NAME);
	grown_log_look(&grown, log.data, log.len, false);
	grown_log_look(&grown, log.data, 0, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 10);
	grown_log_look(&grown, other.data, other.len, false);
	const struct run *run = grown_log_run(&grown);
	assert_int_equal(run->series_count, 1);
	assert_int_equal(find(run, "acc")->count, 2);
	assert_int_equal(run->files[0].restarts, 1);
	pb_free(&other);
	done(&log);
}

/* I15 */
static void zeros_at_the_end_are_passed_when_they_are_filled(void **state)
{
	struct pb log = { 0 }, more = { 0 };

	(void)state;
	event_scalar(&log, "loss", 1, 1);
	size_t before = log.len;
	uint8_t *zeros = calloc(1, 100000);
	pb_raw(&log, zeros, 100000);
	free(zeros);
	grown_log_begin(&grown, NAME);
	grown_log_look(&grown, log.data, log.len, false);
	assert_non_null(strstr(grown.file->state_text, "ends in zeros from byte"));
	event_scalar(&more, "loss", 2, 2);
	memcpy(log.data + before, more.data, more.len);
	grown_log_look(&grown, log.data, log.len, false);
	assert_int_equal(find(grown_log_run(&grown), "loss")->count, 2);
	/* A writer that goes on behind them has left them there. */
	pb_raw(&log, more.data, more.len);
	grown.look.now = 10;
	grown_log_look(&grown, log.data, log.len, false);
	const struct run *run = grown_log_run(&grown);
	assert_int_equal(find(run, "loss")->count, 3);
	assert_int_equal(run->files[0].damaged, 1);
	pb_free(&more);
	done(&log);
}

/* I20 */
static void packed_files_are_named(void **state)
{
	static const uint8_t gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x0b\xe1\x60\x60\x60\0";
	struct pb log = { 0 };

	(void)state;
	pb_raw(&log, gzip, sizeof gzip);
	read_log(&log);
	assert_int_equal(grown.file->error.code, ERROR_FORMAT);
	done(&log);
}

static void any_cut_gives_what_one_read_gives(void **state)
{
	struct pb log = { 0 }, one = { 0 }, histo = { 0 };

	(void)state;
	event_version(&log);
	event_scalar(&log, "loss", 1, 1);
	event_frame(&log, 5, "hello", 5, 1, 0);
	event_scalar(&log, "loss", 2, 2);
	event_frame(&log, 5, "hello", 5, 0, 1);
	pb_string(&one, 1, "h");
	pb_double(&histo, 6, 1);
	pb_double(&histo, 7, 4);
	pb_put(&one, 5, &histo);
	event_add_value(&log, 1, 2, &one);
	event_frame(&log, UINT64_MAX, "abc", 3, 0, 0);
	event_scalar(&log, "loss", 3, 3);
	event_frame(&log, 100, "abc", 3, 0, 0);
	uint64_t whole = digest_at_once(NAME, log.data, log.len);
	for (size_t cut = 0; cut <= log.len; cut++)
		assert_int_equal(digest_in_two(NAME, log.data, log.len, cut), whole);
	pb_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_the_same_by_any_way),
		cmocka_unit_test(scalars_of_both_encodings),
		cmocka_unit_test(a_cut_record_waits_and_comes),
		cmocka_unit_test(behind_a_wrong_length_the_next_good_one_counts),
		cmocka_unit_test(a_length_may_become_right),
		cmocka_unit_test(broken_records_are_counted_and_passed),
		cmocka_unit_test(no_sums_are_said_and_may_be_passed),
		cmocka_unit_test(claims_beyond_the_file),
		cmocka_unit_test(odd_times_steps_and_values_are_kept),
		cmocka_unit_test(tags_of_any_kind),
		cmocka_unit_test(histograms_of_both_encodings),
		cmocka_unit_test(precision_and_recall),
		cmocka_unit_test(pictures_are_not_read),
		cmocka_unit_test(text_and_hyperparameters),
		cmocka_unit_test(metrics_of_an_experiment_are_named),
		cmocka_unit_test(cut_and_rewritten_files_begin_anew),
		cmocka_unit_test(zeros_at_the_end_are_passed_when_they_are_filled),
		cmocka_unit_test(packed_files_are_named),
		cmocka_unit_test(any_cut_gives_what_one_read_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
