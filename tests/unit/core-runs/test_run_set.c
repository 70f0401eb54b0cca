#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mtui/run.h>

static char top[64];
static struct run_set *set;
static const struct runs *runs;

static const char *place(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, 256, "%s/%s", top, name);
	return path;
}

static void make_folder(const char *name)
{
	assert_int_equal(mkdir(place(name), 0755), 0);
}

static void put(const char *name, const char *text, bool append)
{
	FILE *file = fopen(place(name), append ? "a" : "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* What an editor or rsync does: another file under the name. */
static void replace(const char *name, const char *text)
{
	put("new", text, false);
	assert_int_equal(rename(place("new"), place(name)), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/mtui-runs-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	runs_release(runs);
	runs = NULL;
	run_close(set);
	set = NULL;
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static void open_set(const char *path, bool settled)
{
	struct run_options options = { .settled = settled };
	struct error err;

	set = run_open(&path, 1, &options, &err);
	assert_non_null(set);
	run_refresh(set, 0);
	runs = run_version(set);
}

static void refresh(void)
{
	run_refresh(set, 0);
	runs_release(runs);
	runs = run_version(set);
}

static const struct series *find(const char *name, const char *tag)
{
	for (size_t i = 0; i < runs->count; i++)
		for (size_t j = 0; j < runs->items[i]->series_count; j++)
			if (text_is(runs->items[i]->name, name) &&
			    text_is(runs->items[i]->series[j]->tag, tag))
				return runs->items[i]->series[j];
	fail_msg("no run \"%s\" with \"%s\"", name, tag);
	return NULL;
}

static void folders_give_runs_their_names(void **state)
{
	(void)state;
	make_folder("a");
	make_folder("b");
	make_folder("b/two");
	put("a/metrics.csv", "step,loss\n1,2\n", false);
	put("b/two/metrics.csv", "step,loss\n1,2\n", false);
	put("b/two/log.jsonl", "{\"step\":1,\"loss\":3}\n", false);
	put("b/two/hparams.yaml", "lr: 0.1\n", false);
	put("b/notes.json", "{\"vocab\": {\"a\": 1}}", false);
	open_set(top, true);
	assert_int_equal(runs->count, 3);
	assert_true(text_is(runs->items[0]->name, "a"));
	assert_true(text_is(runs->items[1]->name, "b/two/log.jsonl"));
	assert_true(text_is(runs->items[2]->name, "b/two/metrics.csv"));
	assert_int_equal(runs->items[1]->config.count, 1);
	assert_int_equal(runs->items[2]->config.count, 1);
}

static void links_are_not_followed(void **state)
{
	(void)state;
	make_folder("in");
	make_folder("out");
	put("out/metrics.csv", "step,loss\n1,2\n", false);
	assert_int_equal(symlink("../out", place("in/link")), 0);
	assert_int_equal(symlink("../out/metrics.csv", place("in/metrics.csv")), 0);
	open_set(place("in"), true);
	assert_int_equal(runs->count, 0);
}

static void what_grows_and_what_appears_is_taken_in(void **state)
{
	(void)state;
	make_folder("a");
	put("a/metrics.csv", "step,loss\n1,2\n", false);
	open_set(top, false);
	uint64_t version = runs->version;
	assert_false(run_refresh(set, 0));
	put("a/metrics.csv", "2,3\n3,", true);
	refresh();
	assert_true(runs->version > version);
	assert_int_equal(find("a", "loss")->count, 2);
	put("a/metrics.csv", "4\n", true);
	make_folder("b");
	put("b/metrics.csv", "step,acc\n1,2\n", false);
	refresh();
	assert_int_equal(find("a", "loss")->count, 3);
	assert_int_equal(find("b", "acc")->count, 1);
	assert_int_equal(runs->items[0]->state, RUN_LIVE);
}

/* A19, A20, A21, I13 */
static void what_is_cut_or_replaced_is_read_anew(void **state)
{
	(void)state;
	make_folder("a");
	put("a/metrics.csv", "step,loss\n1,2\n2,3\n3,4\n", false);
	open_set(top, false);
	put("a/metrics.csv", "step,loss\n1,9\n", false);
	refresh();
	assert_int_equal(find("a", "loss")->count, 1);
	put("a/metrics.csv", "", false);
	refresh();
	assert_int_equal(find("a", "loss")->count, 1);
	put("a/metrics.csv", "step,loss\n1,2\n2,3\n", true);
	refresh();
	assert_int_equal(find("a", "loss")->count, 2);
	replace("a/metrics.csv", "step,acc\n1,2\n2,3\n3,4\n");
	refresh();
	assert_int_equal(find("a", "acc")->count, 3);
	assert_int_equal(runs->items[0]->series_count, 2);
	assert_true(runs->items[0]->files[0].restarts >= 3);
}

/* A22 */
static void what_is_deleted_stays_until_it_comes_again(void **state)
{
	(void)state;
	make_folder("a");
	put("a/metrics.csv", "step,loss\n1,2\n", false);
	open_set(top, false);
	assert_int_equal(unlink(place("a/metrics.csv")), 0);
	refresh();
	assert_int_equal(find("a", "loss")->count, 1);
	assert_int_equal(runs->items[0]->state, RUN_GONE);
	assert_true(text_is(runs->items[0]->files[0].state, "deleted"));
	put("a/metrics.csv", "step,loss\n1,2\n2,3\n", false);
	refresh();
	assert_int_equal(find("a", "loss")->count, 2);
	assert_int_equal(runs->items[0]->state, RUN_LIVE);
}

/* I16: empty at first, then a folder that appears later, and many files without keeping them open. */
static void folders_that_come_later_and_many_files(void **state)
{
	char name[64];

	(void)state;
	open_set(place("later"), false);
	assert_int_equal(runs->count, 0);
	struct error err;
	assert_true(run_failure(set, 0, &err));
	assert_int_equal(err.code, ERROR_READ);
	make_folder("later");
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "later/run%d", i);
		make_folder(name);
		strcat(name, "/metrics.csv");
		put(name, "step,loss\n1,2\n", false);
	}
	run_close(set);
	set = NULL;
	runs_release(runs);
	open_set(place("later"), false);
	assert_int_equal(runs->count, 300);
	assert_true(text_is(runs->items[10]->name, "run10"));
	int fd = open("/dev/null", O_RDONLY);
	assert_true(fd < 16);
	close(fd);
}

/* I21 */
static void a_date_in_the_future_is_not_live(void **state)
{
	struct timespec times[2] = { { 4000000000, 0 }, { 4000000000, 0 } };

	(void)state;
	make_folder("a");
	put("a/metrics.csv", "step,loss\n1,2\n", false);
	assert_int_equal(utimensat(AT_FDCWD, place("a/metrics.csv"), times, 0), 0);
	open_set(top, false);
	assert_int_equal(runs->items[0]->state, RUN_QUIET);
}

/* I18: a refresh with a budget comes back, and the rest follows. */
static void a_large_log_comes_in_pieces(void **state)
{
	FILE *file;

	(void)state;
	make_folder("a");
	file = fopen(place("a/metrics.csv"), "w");
	assert_non_null(file);
	fputs("step,loss,acc\n", file);
	for (int i = 0; i < 400000; i++)
		fprintf(file, "%d,%d.5,0.25\n", i, i % 100);
	fclose(file);
	const char *path = top;
	struct run_options options = { 0 };
	struct error err;
	set = run_open(&path, 1, &options, &err);
	int rounds = 0;
	uint64_t before = 0;
	do {
		run_refresh(set, 0.001);
		runs_release(runs);
		runs = run_version(set);
		if (runs->count && runs->items[0]->series_count) {
			assert_true(find("a", "loss")->count >= before);
			before = find("a", "loss")->count;
		}
		rounds++;
	} while (run_unread(set));
	assert_true(rounds > 2);
	assert_int_equal(find("a", "acc")->count, 400000);
	assert_true(series_point(find("a", "loss"), 399999).value == 99.5);
}

static void the_parts_of_a_run_stand_in_the_order_of_their_files(void **state)
{
	(void)state;
	make_folder("run-1-x");
	make_folder("run-1-x/files");
	put("run-1-x/wandb-history.jsonl", "{\"_step\":0,\"loss\":1}\n", false);
	put("run-1-x/wandb-events.jsonl", "{\"system.cpu\":5,\"_timestamp\":1600000000}\n", false);
	put("run-1-x/files/output.log", "hello\n", false);
	put("run-1-x/files/wandb-summary.json", "{\"loss\":1}", false);
	open_set(top, false);
	assert_int_equal(runs->count, 1);
	assert_true(text_is(runs->items[0]->series[0]->tag, "_step") ||
		    text_is(runs->items[0]->series[0]->tag, "loss"));
	assert_int_equal(find("run-1-x", "system/cpu")->role, SERIES_SYSTEM);
	assert_int_equal(runs->items[0]->console_count, 1);
	assert_int_equal(runs->items[0]->summary.count, 1);
	/* The earlier file grows after the later one was read. */
	put("run-1-x/wandb-history.jsonl", "{\"_step\":1,\"loss\":2}\n", true);
	refresh();
	assert_int_equal(find("run-1-x", "loss")->count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(folders_give_runs_their_names),
		TEST(links_are_not_followed),
		TEST(what_grows_and_what_appears_is_taken_in),
		TEST(what_is_cut_or_replaced_is_read_anew),
		TEST(what_is_deleted_stays_until_it_comes_again),
		TEST(folders_that_come_later_and_many_files),
		TEST(a_date_in_the_future_is_not_live),
		TEST(a_large_log_comes_in_pieces),
		TEST(the_parts_of_a_run_stand_in_the_order_of_their_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
