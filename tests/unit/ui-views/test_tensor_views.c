/* Weights, Quant, Values and Help over a model made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_data.h"
#include "fake_session.h"
#include "ui/views/view.h"

#define WIDTH  78
#define HEIGHT 60

/* Rows of the layer tree: the model, then each tensor. */
enum { RAMP, IDS, WORDS, FLAGS, PARTIAL, NOTHING, PAIRS, BROKEN, TENSORS };

struct sample {
	struct build build;
	struct build_data data;
	struct session session;
	struct layer rows[TENSORS + 1];
	uint32_t row_of_tensor[TENSORS];
	struct layers layers;
	struct view view;
	struct view_context context;
	struct canvas canvas;
	struct view_answer answer;
	char screen[HEIGHT * (WIDTH * 12 + 2)];
};

static void add_tensors(struct sample *s)
{
	static const int64_t ids[6] = { 1, -2, INT64_MAX, INT64_MIN, 9007199254740993, 0 };
	static const float pair[4] = { 1.5f, -2, 0, 3 };
	static const uint8_t flags[5] = { 1, 0, 1, 1, 0 };
	const struct text words[3] = { TEXT("plain"), TEXT("\x1b[31m"), TEXT("\xff") };
	struct build *b = &s->build;
	float ramp[64];

	for (int i = 0; i < 64; i++)
		ramp[i] = (float)i / 8 - 4;
	build_bytes(b, &s->data, build_tensor(b, "ramp", DTYPE_F32, 3, (int64_t[]){ 4, 4, 4 }), ramp,
		    sizeof ramp);
	build_bytes(b, &s->data, build_tensor(b, "ids", DTYPE_I64, 1, (int64_t[]){ 6 }), ids,
		    sizeof ids);
	build_strings(b, &s->data, build_tensor(b, "words", DTYPE_STRING, 1, (int64_t[]){ 3 }), words,
		      3);
	build_bytes(b, &s->data, build_tensor(b, "flags", DTYPE_BOOL, 1, (int64_t[]){ 5 }), flags, 5);
	build_bytes(b, &s->data,
		    build_tensor(b, "partial", DTYPE_F32, 2, (int64_t[]){ 2000, 2000 }), ramp, 16);
	build_tensor(b, "nothing", DTYPE_F32, 2, (int64_t[]){ 0, 3 });
	build_bytes(b, &s->data, build_tensor(b, "pairs", DTYPE_C64, 1, (int64_t[]){ 2 }), pair,
		    sizeof pair);
	build_tensor(b, "broken", DTYPE_UNKNOWN, 1, (int64_t[]){ 4 });
	b->tensors[BROKEN].problem = TENSOR_BAD_DTYPE;
	b->tensors[BROKEN].dtype_number = 99;
	build_notice(b, SEVERITY_PROBLEM, "short", "16 bytes, shape needs 16,000,000",
		     SUBJECT_TENSOR, PARTIAL);
}

static int setup(void **state)
{
	struct sample *s = calloc(1, sizeof *s);

	build_init(&s->build);
	add_tensors(s);
	build_node(&s->build, "/a/op", "Gather", "ramp ids words", "y");
	build_done(&s->build);
	build_files(&s->build, &s->data);
	s->rows[0] = (struct layer){ .label = TEXT("net"), .item = NO_INDEX, .parent = NO_INDEX,
				     .end = TENSORS + 1, .kind = LAYER_MODEL };
	for (uint32_t i = 0; i < TENSORS; i++) {
		s->rows[i + 1] = (struct layer){ .label = s->build.tensors[i].name, .item = i,
						 .end = i + 2, .depth = 1, .kind = LAYER_TENSOR };
		s->row_of_tensor[i] = i + 1;
	}
	s->layers = (struct layers){ .rows = s->rows, .n_rows = TENSORS + 1,
				     .row_of_tensor = s->row_of_tensor };
	s->session = (struct session){ .model = &s->build.model, .layers = &s->layers,
				       .path = "m.onnx",
				       .reports = calloc(FAKE_REPORTS, sizeof(struct report)) };
	s->context = (struct view_context){ .session = &s->session, .model = &s->build.model,
					    .layers = &s->layers, .dial = quant_scheme_default(SCHEME_INT8),
					    .glyphs = glyphs_get(GLYPHS_BLOCKS), .search = "",
					    .focused = true, .width = WIDTH, .height = HEIGHT };
	assert_true(canvas_init(&s->canvas, WIDTH, HEIGHT, s->context.glyphs));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	if (s->view.ops && s->view.ops->close)
		s->view.ops->close(&s->view);
	free(s->view.state);
	canvas_free(&s->canvas);
	for (size_t i = 0; i < s->session.n_reports; i++)
		if (s->session.reports[i].request.kind == REPORT_SCOPE)
			scope_statistics_free(&s->session.reports[i].scope);
	free(s->session.reports);
	build_data_free(&s->data);
	build_free(&s->build);
	free(s);
	return 0;
}

static const char *draw(struct sample *s)
{
	size_t n = 0;

	s->view.ops->update(&s->view, &s->context);
	canvas_clear(&s->canvas);
	s->view.ops->draw(&s->view, &s->context, &s->canvas);
	for (int y = 0; y < s->canvas.height; y++) {
		n += canvas_row(&s->canvas, y, s->screen + n, sizeof s->screen - n);
		s->screen[n++] = '\n';
	}
	s->screen[n] = '\0';
	return s->screen;
}

static const char *show(struct sample *s, const struct view_ops *ops, uint32_t tensor)
{
	s->view.ops = ops;
	if (!s->view.state)
		s->view.state = calloc(1, ops->state_size);
	s->context.focus.row = tensor == NO_INDEX ? 0 : tensor + 1;
	s->context.focus.tensor = tensor == NO_INDEX ? RAMP : tensor;
	return draw(s);
}

static unsigned press(struct sample *s, enum command command, const char *argument)
{
	unsigned effect;

	memset(&s->answer, 0, sizeof s->answer);
	effect = s->view.ops->command(&s->view, &s->context, command, text_from(argument),
				      &s->answer);
	draw(s);
	return effect;
}

#define assert_shows(s, string)                                                                    \
	do {                                                                                       \
		if (!strstr((s)->screen, (string)))                                                \
			fail_msg("no \"%s\" in\n%s", (string), (s)->screen);                       \
	} while (0)

#define assert_hides(s, string)                                                                    \
	do {                                                                                       \
		if (strstr((s)->screen, (string)))                                                 \
			fail_msg("\"%s\" in\n%s", (string), (s)->screen);                          \
	} while (0)

static void weights_shows_statistics(void **state)
{
	struct sample *s = *state;

	show(s, &weights_view, RAMP);
	assert_shows(s, "ramp   f32 [4, 4, 4]   initializer");
	assert_shows(s, "64 values · 256 B at 0x0 · used by /a/op (Gather)");
	assert_shows(s, "-4");
	assert_shows(s, "3.875");
	assert_shows(s, "-0.0625");
	assert_shows(s, "256 bins · linear · exact");
	assert_shows(s, "█");
}

static void weights_log_counts_change_the_chart(void **state)
{
	struct sample *s = *state;

	show(s, &weights_view, PARTIAL);
	assert_int_equal(press(s, COMMAND_LOG, ""), EFFECT_REDRAW);
	assert_shows(s, "256 bins · log counts · exact");
	press(s, COMMAND_LOG, "");
	assert_shows(s, "linear");
}

static void weights_says_what_is_missing(void **state)
{
	struct sample *s = *state;

	show(s, &weights_view, PARTIAL);
	assert_shows(s, "problem: 16 bytes, shape needs 16,000,000");
	assert_shows(s, "of 4 present of 4,000,000");
	assert_shows(s, "values -4, -3.875, -3.75, -3.625");
	show(s, &weights_view, NOTHING);
	assert_shows(s, "0 elements");
	show(s, &weights_view, BROKEN);
	assert_shows(s, "type 99 [4]");
	assert_shows(s, "no data to read");
}

static void weights_has_other_types(void **state)
{
	struct sample *s = *state;

	show(s, &weights_view, WORDS);
	assert_shows(s, "  0  plain");
	assert_shows(s, "  1  \\x1b[31m");
	assert_shows(s, "  2  \\xff");
	assert_shows(s, "no numbers: no statistics");
	show(s, &weights_view, FLAGS);
	assert_shows(s, "true 3 (60.0 %)");
	assert_shows(s, "false 2 (40.0 %)");
	show(s, &weights_view, IDS);
	assert_shows(s, "9223372036854775807, -9223372036854775808, 9007199254740993");
}

static void weights_shows_how_the_work_stands(void **state)
{
	struct sample *s = *state;

	s->session.held = true;
	show(s, &weights_view, RAMP);
	assert_shows(s, "reading … 25.0 %");
	s->session.state = REPORT_STOPPED;
	show(s, &weights_view, IDS);
	assert_shows(s, "stopped; move or press r");
	s->session.state = REPORT_FAILED;
	s->session.message = "the file shrank";
	show(s, &weights_view, FLAGS);
	assert_shows(s, "cannot read: byte 0x40: the file shrank");
}

static void summaries(struct sample *s)
{
	static const float sqnr[TENSORS] = { [RAMP] = 45.5f, [PARTIAL] = 12.25f };

	for (uint32_t i = 0; i < TENSORS; i++)
		s->session.summaries[i] = (struct summary){
			.state = REPORT_DONE, .sqnr_db = sqnr[i] > 0 ? sqnr[i] : NAN };
}

static void scope_ranks_the_worst_first(void **state)
{
	struct sample *s = *state;
	const char *worst, *better;

	summaries(s);
	s->session.held = true;
	show(s, &weights_view, NO_INDEX);
	assert_shows(s, "8 tensors · 4,000,084 values");
	worst = strstr(s->screen, "partial");
	better = strstr(s->screen, "ramp");
	assert_non_null(worst);
	assert_true(better > worst);
	assert_shows(s, "12.3");
	assert_int_equal(press(s, COMMAND_DOWN, ""), EFFECT_REDRAW);
	assert_int_equal(press(s, COMMAND_ENTER, ""), EFFECT_FOCUS | EFFECT_REDRAW);
	assert_int_equal(s->answer.focus.tensor, RAMP);
	assert_int_equal(s->answer.focus.row, RAMP + 1);
}

static void assert_order(const struct sample *s, const char *first, const char *second)
{
	const char *table = strstr(s->screen, "spread"), *a, *b;

	assert_non_null(table);
	a = strstr(table, first);
	b = strstr(table, second);
	assert_true(a && b && a < b);
}

/* Its parts stand below the tensors; s ranks by a statistic, the largest first. */
static void scope_says_what_all_its_values_are(void **state)
{
	struct sample *s = *state;

	summaries(s);
	for (uint32_t i = 0; i < TENSORS; i++) {
		s->session.summaries[i].has_figures = true;
		for (int r = 0; r < RANKING_COUNT; r++)
			s->session.summaries[i].figures[r] = i == RAMP ? 2 : i == PARTIAL ? 3 : NAN;
	}
	show(s, &weights_view, NO_INDEX);
	assert_shows(s, "exact");
	assert_shows(s, "min in ");
	assert_int_equal(press(s, COMMAND_SORT, "kurtosis"), EFFECT_REDRAW | EFFECT_MESSAGE);
	assert_shows(s, "kurtosis");
	assert_order(s, "partial", "ramp");
	press(s, COMMAND_SORT_REVERSE, "");
	assert_order(s, "ramp", "partial");
	assert_int_equal(press(s, COMMAND_SORT, "colour"), EFFECT_PASS);
	press(s, COMMAND_LAST, "");
	assert_shows(s, "dtype f32");
}

static void quant_shows_both_granularities(void **state)
{
	struct sample *s = *state;

	show(s, &quant_view, RAMP);
	assert_shows(s, "int8, symmetric, per tensor, min to max");
	assert_shows(s, "weight error, not accuracy");
	assert_shows(s, "per channel");
	assert_shows(s, "of 255");
	assert_shows(s, "256 B → 68 B");
	assert_shows(s, "256 B → 80 B");
	assert_shows(s, "█ original · ░ and ─ reconstructed");
	assert_int_equal(press(s, COMMAND_GRANULARITY, ""), EFFECT_DIAL | EFFECT_REDRAW);
	assert_int_equal(s->answer.dial.granularity, QUANT_PER_CHANNEL);
	assert_int_equal(s->answer.dial.id, SCHEME_INT8);
}

static void quant_numbers_are_those_of_the_report(void **state)
{
	struct sample *s = *state;
	const struct request request = { .tensor = RAMP, .kind = REPORT_QUANT_ERROR,
					 .scheme = quant_scheme_default(SCHEME_INT8) };
	const struct report *report;
	char line[64];

	show(s, &quant_view, RAMP);
	report = session_report(&s->session, &request);
	assert_non_null(report);
	snprintf(line, sizeof line, "%u of 255", report->quant_error.levels_used);
	assert_shows(s, line);
	snprintf(line, sizeof line, "at %d", (int)report->quant_error.max_index);
	assert_shows(s, line);
}

static void quant_does_not_apply_to_integers(void **state)
{
	struct sample *s = *state;

	show(s, &quant_view, IDS);
	assert_shows(s, "i64 is not floating point: quantization does not apply");
	assert_int_equal(s->session.n_reports, 0);
	show(s, &quant_view, NOTHING);
	assert_shows(s, "no data to quantize");
}

static void quant_sums_a_scope(void **state)
{
	struct sample *s = *state;

	summaries(s);
	show(s, &quant_view, NO_INDEX);
	/* ramp 256 -> 64 + 4 bytes, partial 16 -> 4 + 4; the rest stays */
	assert_shows(s, "358 B → 162 B (2.21×) · 2 of 8 tensors");
	assert_shows(s, "weight error, not accuracy");
}

static void values_shows_a_grid(void **state)
{
	struct sample *s = *state;

	show(s, &values_view, RAMP);
	assert_shows(s, "0,0,0       -4           -3.875       -3.75        -3.625");
	assert_shows(s, "[0,0,0] -4  0xc0800000 at 0x0 · number 0 of 64");
	press(s, COMMAND_INDEX, "3,3,2");
	assert_shows(s, "[3,3,2] 3.75  0x40700000 at 0xf8");
	press(s, COMMAND_RIGHT, "");
	assert_shows(s, "[3,3,3] 3.875");
	press(s, COMMAND_RIGHT, "");
	assert_shows(s, "[3,3,3] 3.875");
	press(s, COMMAND_UP, "");
	assert_shows(s, "[3,2,3]");
	press(s, COMMAND_FIRST, "");
	assert_shows(s, "[0,0,0]");
	press(s, COMMAND_HEX, "");
	assert_shows(s, "-3.875 c0780000");
}

static void values_refuses_wrong_indices(void **state)
{
	struct sample *s = *state;

	show(s, &values_view, RAMP);
	assert_int_equal(press(s, COMMAND_INDEX, "4,0,0"), EFFECT_MESSAGE);
	assert_string_equal(s->answer.message, "index 4 is outside of dimension 0, which is 4");
	assert_int_equal(press(s, COMMAND_INDEX, "1,2"), EFFECT_MESSAGE);
	assert_string_equal(s->answer.message, "2 numbers for 3 dimensions");
	assert_int_equal(press(s, COMMAND_INDEX, "64"), EFFECT_MESSAGE);
	assert_string_equal(s->answer.message, "there are 64 elements");
	assert_int_equal(press(s, COMMAND_INDEX, "99999999999999999999999"), EFFECT_MESSAGE);
	assert_int_equal(press(s, COMMAND_INDEX, "1,"), EFFECT_MESSAGE);
	assert_int_equal(press(s, COMMAND_INDEX, "-1"), EFFECT_MESSAGE);
	assert_int_equal(press(s, COMMAND_INDEX, ""), EFFECT_PASS);
	assert_shows(s, "[0,0,0]");
}

static void values_are_exact(void **state)
{
	struct sample *s = *state;

	show(s, &values_view, IDS);
	press(s, COMMAND_INDEX, "4");
	assert_shows(s, "9223372036854775807");
	assert_shows(s, "-9223372036854775808");
	assert_shows(s, "[4] 9007199254740993  0x0020000000000001");
	show(s, &values_view, PAIRS);
	assert_shows(s, "1.5-2i");
	assert_shows(s, "0+3i");
	show(s, &values_view, FLAGS);
	assert_shows(s, "true  false   true");
	show(s, &values_view, WORDS);
	press(s, COMMAND_DOWN, "");
	assert_shows(s, "1  \\x1b[31m");
	assert_shows(s, "[1] 5 bytes at");
}

static void values_stops_at_what_is_present(void **state)
{
	struct sample *s = *state;

	show(s, &values_view, PARTIAL);
	press(s, COMMAND_LAST, "");
	assert_shows(s, "[0,3] -3.625");
	assert_shows(s, "number 3 of 4");
	show(s, &values_view, NOTHING);
	assert_shows(s, "0 elements");
	press(s, COMMAND_LAST, "");
	press(s, COMMAND_PAGE_DOWN, "");
	show(s, &values_view, BROKEN);
	assert_shows(s, "no data to read");
}

/* Every view survives every canvas, and shows nothing outside of ASCII in ASCII. */
static void views_fit_any_pane(void **state)
{
	static const struct view_ops *const all[] = { &weights_view, &quant_view, &values_view };
	static const int sizes[][2] = { { 1, 1 }, { 20, 3 }, { 40, 10 }, { 78, 21 }, { 3, 30 } };
	struct sample *s = *state;

	summaries(s);
	s->context.glyphs = glyphs_get(GLYPHS_ASCII);
	for (size_t v = 0; v < 3; v++) {
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			canvas_free(&s->canvas);
			assert_true(canvas_init(&s->canvas, sizes[i][0], sizes[i][1],
						s->context.glyphs));
			s->context.width = sizes[i][0];
			s->context.height = sizes[i][1];
			for (uint32_t t = 0; t <= TENSORS; t++) {
				show(s, all[v], t == TENSORS ? NO_INDEX : t);
				for (const char *c = s->screen; *c; c++)
					assert_true((unsigned char)*c < 0x80);
				press(s, COMMAND_PAGE_DOWN, "");
				press(s, COMMAND_DOWN, "");
				assert_true(all[v]->measure(&s->view, &s->context, sizes[i][0]) >= 1);
			}
		}
		all[v]->close(&s->view);
		free(s->view.state);
		s->view.state = NULL;
	}
	s->view.ops = NULL;
}

static char *keys_of(const void *keymap, enum command command, char *buffer, unsigned size)
{
	(void)keymap;
	snprintf(buffer, size, "%s", command == COMMAND_LOG ? "C-g" : "");
	return buffer;
}

static void help_names_every_command(void **state)
{
	struct sample *s = *state;
	char word[64];
	int rows;

	s->context.whole = true;
	show(s, &help_view, RAMP);
	rows = help_view.measure(&s->view, &s->context, 160);
	canvas_free(&s->canvas);
	assert_true(canvas_init(&s->canvas, 160, rows, s->context.glyphs));
	char *all = calloc((size_t)rows, 160 * 12 + 2), *end = all;
	help_view.draw(&s->view, &s->context, &s->canvas);
	for (int y = 0; y < rows; y++) {
		end += canvas_row(&s->canvas, y, end, 160 * 12 + 1);
		*end++ = '\n';
	}
	for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
		snprintf(word, sizeof word, ":%s", commands[i].name);
		assert_non_null(strstr(all, word));
		assert_non_null(strstr(all, commands[i].help));
	}
	assert_non_null(strstr(all, "Up k"));
	free(all);
}

static void help_begins_with_the_view_it_is_about(void **state)
{
	struct sample *s = *state;

	s->context.about = &weights_view;
	s->context.keys = keys_of;
	show(s, &help_view, RAMP);
	assert_shows(s, "C-g");
	assert_true(strstr(s->screen, "Weights") < strstr(s->screen, "Everywhere"));
	assert_int_equal(press(s, COMMAND_DOWN, ""), EFFECT_REDRAW);
	assert_hides(s, "Weights\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(weights_shows_statistics),
		TEST(weights_log_counts_change_the_chart),
		TEST(weights_says_what_is_missing),
		TEST(weights_has_other_types),
		TEST(weights_shows_how_the_work_stands),
		TEST(scope_ranks_the_worst_first),
		TEST(scope_says_what_all_its_values_are),
		TEST(quant_shows_both_granularities),
		TEST(quant_numbers_are_those_of_the_report),
		TEST(quant_does_not_apply_to_integers),
		TEST(quant_sums_a_scope),
		TEST(values_shows_a_grid),
		TEST(values_refuses_wrong_indices),
		TEST(values_are_exact),
		TEST(values_stops_at_what_is_present),
		TEST(views_fit_any_pane),
		TEST(help_names_every_command),
		TEST(help_begins_with_the_view_it_is_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
