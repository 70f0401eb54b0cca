/* The view Curves over logs on disk: what is shown, and what happens while they grow. */
#include "view_fixture.h"

#include <unistd.h>

#include <mtui/run.h>

#include "build_series.h"
#include "ui/views/curves.h"
#include "ui/views/layer_curves.h"

static char folder[] = "/tmp/mtui-curves-XXXXXX";

struct logs {
	struct fixture fixture;
	struct view tree;
	struct run_set *set;
	const struct runs *runs;
	char paths[2][64];
};

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void rows(const char *path, int from, int to)
{
	char line[96];

	for (int i = from; i < to; i++) {
		snprintf(line, sizeof line, "%d,%d.%03d,%d.5\n", i * 10, 4 - i % 3, i, i);
		append(path, line);
	}
}

static int set_up(void **state)
{
	struct logs *logs = calloc(1, sizeof *logs);
	const struct run_options options = { 0 };
	const char *root = folder;
	struct error err;

	strcpy(folder, "/tmp/mtui-curves-XXXXXX");
	if (!logs || !mkdtemp(folder))
		return -1;
	for (int i = 0; i < 2; i++) {
		snprintf(logs->paths[i], sizeof logs->paths[i], "%s/run%d.csv", folder, i);
		append(logs->paths[i], "step,train/loss,tokens\n");
		rows(logs->paths[i], 0, 5 + i);
	}
	logs->set = run_open(&root, 1, &options, &err);
	assert_non_null(logs->set);
	run_refresh(logs->set, 0);
	logs->runs = run_version(logs->set);
	assert_true(view_init(&logs->fixture.view, &curves_view));
	logs->fixture.context = (struct view_context){
		.session = &logs->fixture.session,
		.runs = logs->runs,
		.glyphs = glyphs_get(GLYPHS_ASCII),
		.search = "",
		.focused = true,
		.width = 80,
		.height = 20,
	};
	*state = logs;
	return 0;
}

static int tear_down(void **state)
{
	struct logs *logs = *state;

	view_free(&logs->fixture.view);
	runs_release(logs->runs);
	run_close(logs->set);
	for (int i = 0; i < 2; i++)
		unlink(logs->paths[i]);
	rmdir(folder);
	free(logs);
	return 0;
}

/* What the logs hold now becomes the version that is shown; the old one is gone. */
static void refresh(struct logs *logs)
{
	run_refresh(logs->set, 0);
	runs_release(logs->runs);
	logs->runs = run_version(logs->set);
	logs->fixture.context.runs = logs->runs;
}

static void assert_shows(struct logs *logs, const char *text)
{
	const char *found = screen(&logs->fixture);

	if (!strstr(found, text))
		fail_msg("'%s' is not on the screen:\n%s", text, found);
}

static void open_chart(struct logs *logs)
{
	screen(&logs->fixture);
	act(&logs->fixture, COMMAND_SEARCH, "train/loss");
	act(&logs->fixture, COMMAND_ENTER, "");
}

static void grid_then_chart(void **state)
{
	struct logs *logs = *state;

	assert_shows(logs, "train/loss");
	open_chart(logs);
	assert_shows(logs, "run0");
	assert_shows(logs, "run1");
	assert_shows(logs, "2.002");
	act(&logs->fixture, COMMAND_BACK, "");
	assert_int_equal(logs->fixture.effects, EFFECT_REDRAW);
	act(&logs->fixture, COMMAND_BACK, "");
	assert_int_equal(logs->fixture.effects, EFFECT_PASS);
}

/* Many versions, in every setting: pieces of a curve must not be taken for those of another. */
static void goes_on_while_logs_grow(void **state)
{
	static const enum command settings[] = { COMMAND_SMOOTH_MORE, COMMAND_GROUP, COMMAND_GROUP,
						 COMMAND_DIFFERENCE,  COMMAND_X_AXIS, COMMAND_MARKS,
						 COMMAND_BACK,	      COMMAND_BACK,   COMMAND_ENTER,
						 COMMAND_MARK_NEXT,   COMMAND_RUN_TOGGLE,
						 COMMAND_RUN_TOGGLE };
	struct logs *logs = *state;
	int count[2] = { 5, 6 };

	open_chart(logs);
	for (int round = 0; round < 60; round++) {
		int which = round % 2, more = round % 7 == 0 ? 600 : 1 + round % 5;

		rows(logs->paths[which], count[which], count[which] + more);
		count[which] += more;
		refresh(logs);
		screen(&logs->fixture);
		act(&logs->fixture, settings[round % 12], "");
		screen(&logs->fixture);
	}
	while (logs->fixture.effects != EFFECT_PASS)
		act(&logs->fixture, COMMAND_BACK, "");
	act(&logs->fixture, COMMAND_SMOOTHING, "0");
	act(&logs->fixture, COMMAND_RUN_TOGGLE, "");
	refresh(logs);
	open_chart(logs);
	assert_shows(logs, "train/loss");
}

static void newest_value_is_shown(void **state)
{
	struct logs *logs = *state;

	open_chart(logs);
	screen(&logs->fixture);
	append(logs->paths[0], "9990,7.75,1\n");
	refresh(logs);
	assert_shows(logs, "7.75");
	/* A value that is torn waits for its rest. */
	append(logs->paths[0], "9999,8.");
	refresh(logs);
	assert_shows(logs, "7.75");
	append(logs->paths[0], "25,2\n");
	refresh(logs);
	assert_shows(logs, "8.25");
}

static void filter_and_smoothing_are_checked(void **state)
{
	struct logs *logs = *state;

	act(&logs->fixture, COMMAND_FILTER, "~(");
	assert_true(logs->fixture.effects & EFFECT_MESSAGE);
	act(&logs->fixture, COMMAND_FILTER, "nothing*");
	assert_shows(logs, "no tag matches");
	act(&logs->fixture, COMMAND_FILTER, "");
	assert_shows(logs, "train/loss");
	open_chart(logs);
	screen(&logs->fixture);
	static const char *const bad[] = { "1", "0.9991", "-1", "x", "1e-1", "0,5", "." };

	for (size_t i = 0; i < sizeof bad / sizeof *bad - 1; i++) {
		act(&logs->fixture, COMMAND_SMOOTHING, bad[i]);
		assert_true(strstr(logs->fixture.answer.message, "0 to 0.999"));
	}
	act(&logs->fixture, COMMAND_SMOOTHING, "0.25");
	assert_shows(logs, "smoothing 0.25");
}

static void any_column_is_an_axis(void **state)
{
	struct logs *logs = *state;

	open_chart(logs);
	screen(&logs->fixture);
	act(&logs->fixture, COMMAND_X_AXIS, "tokens");
	assert_shows(logs, "tokens");
	act(&logs->fixture, COMMAND_X_AXIS, "absent");
	assert_true(logs->fixture.effects & EFFECT_MESSAGE);
	assert_shows(logs, "step");
}

/* Precision over recall, from the highest threshold to the lowest; the area by hand:
 * 0.5 * 1 + 0.25 * 0.8 + 0.25 * 0.5. */
static void pr_curve_has_its_area(void **state)
{
	static const float recall[] = { 1, 0.75f, 0.5f, 0 }, precision[] = { 0.5f, 0.8f, 1, 1 };
	static const struct run_pr_step step = { .step = 7, .thresholds = 4, .precision = precision,
						 .recall = recall };
	static const struct run_pr_step *const steps[] = { &step, &step };
	static const struct run_pr_curve curve = { TEXT("pr/cats"), 2, steps };
	static const struct run run = { .name = TEXT("run"), .pr_curve_count = 1,
					.pr_curves = &curve };
	static const struct run *const items[] = { &run };
	struct logs *logs = *state;
	struct runs *runs = malloc(sizeof *runs);

	/* A version of its own making, which nobody may free: the view is closed before it goes. */
	*runs = *logs->runs;
	runs->count = 1;
	runs->items = items;
	runs->version = 77;
	view_free(&logs->fixture.view);
	assert_true(view_init(&logs->fixture.view, &curves_view));
	struct curves *curves = logs->fixture.view.state;

	curves->runs = runs;
	curves->off = calloc(2, sizeof *curves->off);
	assert_true(curves_catalogue_build(curves) && curves_list(curves));
	logs->fixture.context.runs = runs;
	act(&logs->fixture, COMMAND_ENTER, "");
	assert_shows(logs, "pr/cats");
	assert_shows(logs, "step 7");
	assert_shows(logs, "area 0.825");
	curves->runs = NULL;
	logs->fixture.context.runs = logs->runs;
	free(runs);
}

/* --- Tags of layers ---------------------------------------------------------------------------- */

static void tags_belong_to_layers(void **state)
{
	static const char *const tags[] = { "gradients/block1.conv.weight", "block1/conv/weight_0",
					    "gradients/block10.conv.weight", "loss",
					    "weights/loss.conv" };
	static const double values[] = { 1, 2 };
	static const struct {
		const char *name;
		size_t count;
	} rows[] = {
		{ "block1.conv.weight", 2 }, { "block1.conv", 2 },	{ "/block1/conv", 2 },
		{ "block10", 1 },	     { "block1.conv.weigh", 0 }, { "lock1.conv.weight", 0 },
		{ "conv", 4 },		     { "loss", 2 },		 { "b", 0 },
		{ "", 0 },
	};
	struct built_series built[5];
	const struct series *series[5];
	struct run run = { .name = TEXT("run"), .series = series, .series_count = 5 };
	const struct run *items[] = { &run };
	const struct runs runs = { .count = 1, .items = items };
	struct layer_curve found[2];
	char bars[64];

	(void)state;
	for (int i = 0; i < 5; i++)
		series[i] = build_series(&built[i], tags[i], NULL, NULL, values, 2);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (layer_curves_find(&runs, text_from(rows[i].name), found, 2) != rows[i].count)
			fail_msg("%s has not %zu tags", rows[i].name, rows[i].count);
	assert_ptr_equal(layer_curves_loss(&run), series[3]);
	layer_curve_bars(series[3], glyphs_get(GLYPHS_ASCII), 4, bars, sizeof bars);
	assert_int_equal(strlen(bars), 2); /* it has but two points */
	for (int i = 0; i < 5; i++)
		built_series_free(&built[i]);
}

static void without_runs_it_says_how(void **state)
{
	struct logs *logs = *state;

	logs->fixture.context.runs = NULL;
	assert_shows(logs, "no training run is open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(grid_then_chart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(goes_on_while_logs_grow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(newest_value_is_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(filter_and_smoothing_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_column_is_an_axis, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pr_curve_has_its_area, set_up, tear_down),
		cmocka_unit_test(tags_belong_to_layers),
		cmocka_unit_test_setup_teardown(without_runs_it_says_how, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
