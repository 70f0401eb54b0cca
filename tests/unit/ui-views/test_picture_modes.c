/* The view Picture: its kinds, its keys, tensors that have nothing to draw. */
#include "view_fixture.h"

#include "build_data.h"
#include "random_bytes.h"

enum { GRID, CONV, SCALAR, WORDS, NONE, NANS, SHORT, VECTOR, N_TENSORS };

struct sample {
	struct fixture *fixture;
	struct build_data data;
};

static int setup(void **state)
{
	static float values[4 * 3 * 3 * 3];
	static const float scalar = 2, nans[2][2] = { { NAN, NAN }, { INFINITY, NAN } };
	const struct text words[1] = { TEXT("a") };
	struct sample *s = calloc(1, sizeof *s);
	struct build *b;

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		values[i] = (float)((int)(i * 7 % 23) - 11);
	s->fixture = fixture_new();
	b = &s->fixture->build;
	build_bytes(b, &s->data, build_tensor(b, "grid", DTYPE_F32, SHAPE(6, 4)), values, 6 * 4 * 4);
	build_bytes(b, &s->data, build_tensor(b, "conv", DTYPE_F32, SHAPE(4, 3, 3, 3)), values,
		    sizeof values);
	build_bytes(b, &s->data, build_tensor(b, "scalar", DTYPE_F32, 0, NULL), &scalar, 4);
	build_strings(b, &s->data, build_tensor(b, "words", DTYPE_STRING, SHAPE(1)), words, 1);
	build_tensor(b, "none", DTYPE_F32, SHAPE(0, 3));
	build_bytes(b, &s->data, build_tensor(b, "nans", DTYPE_F32, SHAPE(2, 2)), nans, sizeof nans);
	build_bytes(b, &s->data, build_tensor(b, "short", DTYPE_F32, SHAPE((int64_t)1 << 30, 2, 3, 3)),
		    values, 100);
	build_bytes(b, &s->data, build_tensor(b, "vector", DTYPE_F32, SHAPE(20)), values, 80);
	build_node(b, "conv", "Conv", "x conv", "y");
	show(s->fixture, &picture_view, 78, 24);
	/* show says that all is there. */
	b->tensors[SHORT].present = 25;
	build_files(b, &s->data);
	s->fixture->session.reports = calloc(FAKE_REPORTS, sizeof(struct report));
	*state = s;
	return 0;
}

static void forget(struct fixture *f)
{
	for (size_t i = 0; i < f->session.n_reports; i++) {
		struct report *report = &f->session.reports[i];

		if (report->state != REPORT_DONE)
			continue;
		if (report->request.kind == REPORT_PICTURE)
			picture_free(&report->picture);
		if (report->request.kind == REPORT_PCA)
			pca_free(&report->pca);
		if (report->request.kind == REPORT_SINGULAR_VALUES)
			singular_values_free(&report->singular_values);
	}
	f->session.n_reports = 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	forget(s->fixture);
	free(s->fixture->session.reports);
	build_data_free(&s->data);
	fixture_free(s->fixture);
	free(s);
	return 0;
}

static struct fixture *go(void **state, uint32_t tensor)
{
	struct fixture *f = ((struct sample *)*state)->fixture;

	f->context.focus = (struct focus){ 0, f->context.layers->row_of_tensor[tensor], tensor };
	return f;
}

static void assert_shows(struct fixture *f, const char *text)
{
	if (!strstr(screen(f), text))
		fail_msg("without \"%s\":\n%s", text, f->screen);
}

static void test_map(void **state)
{
	struct fixture *f = go(state, GRID);

	assert_shows(f, "[map]");
	assert_null(strstr(f->screen, "kernels"));
	assert_shows(f, "rows 0-5 of 6 . columns 0-3 of 4");
	assert_shows(f, "row 0 column 0: -11");
	act(f, COMMAND_DOWN, "");
	act(f, COMMAND_RIGHT, "");
	assert_shows(f, "row 1 column 1: 1");
	act(f, COMMAND_LAST, "");
	assert_shows(f, "row 5 column 1: -2");
	act(f, COMMAND_NEARER, "");
	assert_shows(f, "rows 2-5 of 6 . columns 0-3 of 4");
	act(f, COMMAND_PAGE_UP, "");
	assert_shows(f, "rows 0-3 of 6");
	act(f, COMMAND_ALL, "");
	assert_shows(f, "rows 0-5 of 6");
	act(f, COMMAND_PIXELS, "");
	assert_true(f->effects & EFFECT_MESSAGE); /* there are none in ascii */
}

static void test_flatten(void **state)
{
	struct fixture *f = go(state, CONV);

	assert_shows(f, "[kernels]");
	assert_shows(f, "kernels of 3 x 3 . outputs 0-");
	act(f, COMMAND_PICTURE, "map");
	assert_shows(f, "rows dim 0 x columns dims 1-3");
	act(f, COMMAND_FLATTEN, "2,3");
	assert_shows(f, "slice 0 of 12");
	act(f, COMMAND_SLICE_PREVIOUS, "");
	assert_shows(f, "slice 11 of 12");
	act(f, COMMAND_SLICE, "3");
	assert_shows(f, "slice 3 of 12");
	act(f, COMMAND_SLICE, "12");
	assert_string_equal(f->answer.message, "no slice 12 (there are 12)");
	act(f, COMMAND_FLATTEN, "x");
	assert_true(f->effects & EFFECT_MESSAGE);
	act(f, COMMAND_FLATTEN, "");
	assert_shows(f, "rows dim 0 x columns dims 1-3");
	act(f, COMMAND_PICTURE, "portrait");
	assert_true(f->effects & EFFECT_MESSAGE);
}

static void test_nothing_to_draw(void **state)
{
	assert_shows(go(state, WORDS), "no numbers: no picture");
	assert_shows(go(state, NONE), "no data to read");
	assert_shows(go(state, SCALAR), "row 0 column 0: 2");
	assert_shows(go(state, NANS), "4 NaN or Inf");
	assert_shows(go(state, NANS), "????");
	act(go(state, VECTOR), COMMAND_FLATTEN, "");
	assert_true(go(state, VECTOR)->effects & EFFECT_MESSAGE);
}

/* Every kind of every tensor at every size, under any keys, draws something. */
static void test_any_keys(void **state)
{
	static const enum command keys[] = {
		COMMAND_UP, COMMAND_DOWN, COMMAND_LEFT, COMMAND_RIGHT, COMMAND_PAGE_UP,
		COMMAND_PAGE_DOWN, COMMAND_FIRST, COMMAND_LAST, COMMAND_PICTURE, COMMAND_NEARER,
		COMMAND_FARTHER, COMMAND_ALL, COMMAND_FLATTEN, COMMAND_SLICE_NEXT,
		COMMAND_SLICE_PREVIOUS, COMMAND_EXTREME, COMMAND_SCALE, COMMAND_PIXELS,
	};
	static const int sizes[][2] = { { 78, 24 }, { 120, 40 }, { 40, 8 }, { 12, 4 }, { 1, 1 } };
	uint64_t seed = 11;

	for (unsigned i = 0; i < 1500; i++) {
		unsigned which = (unsigned)(random_next(&seed) % 5);
		struct fixture *f = go(state, (uint32_t)(random_next(&seed) % N_TENSORS));

		f->context.width = sizes[which][0];
		f->context.height = sizes[which][1];
		f->context.glyphs = glyphs_get((enum glyph_level)(random_next(&seed) % GLYPHS_COUNT));
		screen(f);
		for (int k = 0; k < 3; k++)
			act(f, keys[random_next(&seed) % (sizeof keys / sizeof keys[0])], "");
		screen(f);
		if (f->session.n_reports > FAKE_REPORTS - 4)
			forget(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_map, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flatten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_draw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_any_keys, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
