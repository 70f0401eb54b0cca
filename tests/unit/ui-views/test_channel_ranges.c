/* The view Channels, and its strip. */
#include "view_fixture.h"

#include "build_data.h"
#include "ui/views/channel_strip.h"

enum { GRID, SCALAR, WORDS, NONE };

struct sample {
	struct fixture *fixture;
	struct build_data data;
};

/* grid [6, 4]: rows are plain but for an outlier (4), a dead one (1), equal ones (0 and 5); used as
 * the weight of a convolution, so that axis 0 is its own. */
static int setup(void **state)
{
	static const float grid[6][4] = {
		{ 1, -1, 0.5f, 0 }, { 0, 0, 0, 0 },	{ 1.25f, -1, 0, 1 },
		{ 0.75f, 0, 0, 0.5f }, { 90, 1, 2, NAN }, { 1, -1, 0.5f, 0 },
	};
	static const float scalar = 2;
	const struct text words[1] = { TEXT("a") };
	struct sample *s = calloc(1, sizeof *s);
	struct build *b;

	s->fixture = fixture_new();
	b = &s->fixture->build;
	build_bytes(b, &s->data, build_tensor(b, "grid", DTYPE_F32, SHAPE(6, 4)), grid, sizeof grid);
	build_bytes(b, &s->data, build_tensor(b, "scalar", DTYPE_F32, 0, NULL), &scalar,
		    sizeof scalar);
	build_strings(b, &s->data, build_tensor(b, "words", DTYPE_STRING, SHAPE(1)), words, 1);
	build_tensor(b, "none", DTYPE_F32, SHAPE(0, 3));
	build_node(b, "conv", "Conv", "x grid", "y");
	show(s->fixture, &channels_view, 78, 24);
	build_files(b, &s->data);
	s->fixture->session.reports = calloc(FAKE_REPORTS, sizeof(struct report));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;
	struct session *session = &s->fixture->session;

	for (size_t i = 0; i < session->n_reports; i++)
		if (session->reports[i].state == REPORT_DONE)
			channels_free(&session->reports[i].channels);
	free(session->reports);
	build_data_free(&s->data);
	fixture_free(s->fixture);
	free(s);
	return 0;
}

static struct fixture *go(void **state, uint32_t tensor)
{
	struct fixture *f = ((struct sample *)*state)->fixture;

	f->context.focus.tensor = tensor;
	f->context.focus.row = f->context.layers->row_of_tensor[tensor];
	screen(f);
	return f;
}

/* The line that holds all of these words in this order, or NULL. */
static const char *line_with(struct fixture *f, const char *first, const char *second)
{
	static char line[1024];
	const char *from = screen(f);

	for (; *from; from += strcspn(from, "\n") + 1) {
		snprintf(line, sizeof line, "%.*s", (int)strcspn(from, "\n"), from);
		const char *at = strstr(line, first);

		if (at && strstr(at + strlen(first), second))
			return line;
	}
	return NULL;
}

static void test_numbers(void **state)
{
	struct fixture *f = go(state, GRID);

	assert_non_null(line_with(f, "axis 0 of 2", "6 channels of 4 values"));
	assert_null(line_with(f, "axis 0 of 2", "chosen"));
	assert_non_null(line_with(f, "1 outlier", "1 dead"));
	assert_non_null(line_with(f, "1 duplicate", "1 with NaN or Inf"));
	assert_non_null(line_with(f, ">        4         1        90", "outlier NaN"));
	assert_non_null(line_with(f, "        5        -1         1", "= 0"));
	assert_non_null(line_with(f, "        1         0         0", "dead"));
	assert_non_null(line_with(f, "channel", "min"));
	/* The marks: outlier with its NaN is the cursor, dead and equal. */
	assert_non_null(line_with(f, "     0", "="));
	assert_non_null(line_with(f, "90 |", "."));
}

static void test_cursor(void **state)
{
	struct fixture *f = go(state, GRID);

	act(f, COMMAND_LEFT, "");
	assert_non_null(line_with(f, ">        3", "0.75"));
	act(f, COMMAND_RIGHT, "");
	act(f, COMMAND_RIGHT, "");
	assert_non_null(line_with(f, ">        5", "= 0"));
	act(f, COMMAND_RIGHT, "");
	assert_non_null(line_with(f, ">        5", "= 0"));
	act(f, COMMAND_FIRST, "");
	assert_non_null(line_with(f, ">        4", "outlier"));
	act(f, COMMAND_LAST, "");
	assert_null(line_with(f, ">        4", "outlier"));
	act(f, COMMAND_PANE, "");
	assert_int_equal(f->effects, EFFECT_PASS);
}

static void test_axis(void **state)
{
	struct fixture *f = go(state, GRID);

	assert_int_equal(channels_view_axis(&f->view, &f->context), -1);
	act(f, COMMAND_AXIS, "");
	assert_non_null(line_with(f, "axis 1 of 2", "4 channels of 6 values"));
	assert_non_null(line_with(f, "axis 1 of 2", "chosen"));
	assert_int_equal(channels_view_axis(&f->view, &f->context), 1);
	act(f, COMMAND_AXIS, "");
	assert_non_null(line_with(f, "axis 0 of 2", "6 channels"));
	act(f, COMMAND_AXIS, "1");
	assert_non_null(line_with(f, "axis 1 of 2", "4 channels"));
	act(f, COMMAND_AXIS, "2");
	assert_int_equal(f->effects, EFFECT_MESSAGE);
	assert_string_equal(f->answer.message, "no such axis: the tensor has 0 to 1");
	act(f, COMMAND_AXIS, "-1");
	assert_int_equal(f->effects, EFFECT_MESSAGE);
	act(f, COMMAND_AXIS, "99999999999999999999");
	assert_int_equal(f->effects, EFFECT_MESSAGE);
	assert_non_null(line_with(f, "axis 1 of 2", "4 channels"));
	/* Another tensor: its own axis. */
	go(state, SCALAR);
	go(state, GRID);
	assert_non_null(line_with(f, "axis 0 of 2", "6 channels"));
}

static void test_nothing_to_show(void **state)
{
	assert_non_null(line_with(go(state, SCALAR), "a scalar", "has no channels"));
	assert_non_null(line_with(go(state, WORDS), "no numbers", "no channels"));
	assert_non_null(line_with(go(state, NONE), "no data", "to read"));
	act(go(state, NONE), COMMAND_AXIS, "");
	act(go(state, NONE), COMMAND_DOWN, "");
}

/* At every size nothing is drawn beyond the canvas, and the table stays. */
static void test_sizes(void **state)
{
	struct fixture *f = go(state, GRID);

	for (int height = 1; height <= MAX_HEIGHT; height++) {
		for (int width = 1; width <= MAX_WIDTH; width += 7) {
			f->context.width = width;
			f->context.height = height;
			screen(f);
			act(f, COMMAND_PAGE_DOWN, "");
			act(f, COMMAND_RIGHT, "");
			act(f, COMMAND_PAGE_UP, "");
			f->view.ops->click(&f->view, &f->context, width / 2, height / 2, 1,
					   &f->answer);
			if (height > 2 && width > 30)
				assert_non_null(line_with(f, "channel", "min"));
		}
	}
	f->context.whole = true;
	f->context.width = 100;
	assert_non_null(line_with(f, "score", "NaN"));
	assert_non_null(line_with(f, "        4", "outlier"));
}

static void test_clicks(void **state)
{
	struct fixture *f = go(state, GRID);
	int y = 0;

	for (const char *at = screen(f); !strstr(at, "channel") || strcspn(at, "\n") <
	     (size_t)(strstr(at, "channel") - at); at += strcspn(at, "\n") + 1)
		y++;
	f->view.ops->click(&f->view, &f->context, 5, y + 3, 1, &f->answer); /* third of the table */
	act(f, COMMAND_UP, "");
	act(f, COMMAND_UP, "");
	assert_non_null(line_with(f, ">        4", "outlier"));
	f->view.ops->click(&f->view, &f->context, 10, 7, 1, &f->answer); /* first bar */
	assert_non_null(line_with(f, ">        0", "-1"));
}

static void test_strip_groups(void **state)
{
	struct channel items[100] = { { .count = 0 } };
	struct channels channels = { .n = 100, .items = items, .min = -1, .max = 99 };
	struct canvas canvas;
	char row[1024];

	(void)state;
	for (int i = 0; i < 100; i++)
		items[i] = (struct channel){ .count = 2, .min = -1, .max = i, .mean = 0, .std = 0.5,
					     .same_as = NO_INDEX };
	items[99].dead = true;
	assert_true(canvas_init(&canvas, 60, 12, glyphs_get(GLYPHS_ASCII)));
	channel_strip_draw(&canvas, &channels, 3);
	canvas_row(&canvas, 10, row, sizeof row); /* two channels a column */
	assert_int_equal(strlen(row), 60);
	assert_int_equal(row[11], '^');
	assert_int_equal(row[59], '0');
	canvas_row(&canvas, 0, row, sizeof row);
	assert_int_equal(strspn(row + 10, " "), 45); /* only the last reach the top */
	assert_string_equal(row + 55, ".....");
	canvas_row(&canvas, 9, row, sizeof row);
	assert_int_equal(strspn(row + 10, "#"), 50);
	assert_int_equal(channel_strip_at(60, &channels, 10), 0);
	assert_int_equal(channel_strip_at(60, &channels, 59), 98);
	assert_int_equal(channel_strip_at(60, &channels, 9), UINT64_MAX);
	canvas_free(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_axis, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_show, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clicks, setup, teardown),
		cmocka_unit_test(test_strip_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
