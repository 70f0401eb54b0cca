/* The tree over models made by hand. */
#include "view_fixture.h"

#include <time.h>

static struct fixture *network(int width, int height)
{
	struct fixture *f = fixture_new();

	add_network(&f->build);
	show(f, &tree_view, width, height);
	return f;
}

static void know(struct fixture *f, uint32_t tensor, float sqnr)
{
	f->session.wanted[tensor] = true;
	f->session.summaries[tensor] = (struct summary){
		.sqnr_db = sqnr,
		.bins = { 0, 32, 128, 255, 255, 128, 32, 0 },
		.state = REPORT_DONE,
		.has_bins = true,
	};
}

static void test_columns(void **state)
{
	struct fixture *f = network(78, 10);

	(void)state;
	know(f, 0, 41.25f);
	know(f, 1, 25.5f);
	know(f, 2, 12);
	know(f, 3, INFINITY);
	act(f, COMMAND_UNFOLD_ALL, "");
	act(f, COMMAND_DOWN, "");
	assert_string_equal(
		screen(f),
		" name   2 of 13 op      weights  shape             params share    MACs   int8\n"
		" - net                   .|##|.                       536 ######         12.0!\n"
		"> - conv1       Conv     .|##|.  Nx16x112x112         432 #####          41.3\n"
		"     weight     f32      .|##|.  16x3x3x3             432 #####          41.3\n"
		"  - block                .|##|.                       104 #.             12.0!\n"
		"   - 10                  .|##|.                        32 -              25.5v\n"
		"    - fc        Gemm     .|##|.                        32 -              25.5v\n"
		"       weight   f16      .|##|.  8x4                   32 -              25.5v\n"
		"      relu      Relu\n"
		"   - 2                   .|##|.                        72 =              12.0!\n");
	fixture_free(f);
}

static void test_narrow(void **state)
{
	struct fixture *f = network(46, 6);

	(void)state;
	know(f, 0, 41.25f);
	assert_string_equal(screen(f), " name    1 of 9 op      weights  params   int8\n"
				       ">- net                              536 ~41.3\n"
				       "  + conv1       Conv     .|##|.     432  41.3\n"
				       "  - block                           104     -\n"
				       "   - 10                              32     -\n"
				       "    + fc        Gemm                 32     -\n");
	f->session.summaries[0].has_nonfinite = true;
	f->context.width = 18;
	assert_string_equal(screen(f), " name       1 of 9\n"
				       ">- net\n"
				       "  + conv1\n"
				       "  - block\n"
				       "   - 10\n"
				       "    + fc\n");
	fixture_free(f);
}

/* The line of the screen that holds a word. */
static const char *line(struct fixture *f, const char *word)
{
	static char copy[MAX_WIDTH * 12 + 1];
	const char *found = strstr(screen(f), word);

	assert_non_null(found);
	while (found > f->screen && found[-1] != '\n')
		found--;
	snprintf(copy, sizeof copy, "%.*s", (int)strcspn(found, "\n"), found);
	return copy;
}

static void test_scope_is_blank_until_all_is_known(void **state)
{
	struct fixture *f = network(46, 8);

	(void)state;
	screen(f);
	/* a small model: the scopes ask for what is folded away */
	for (int i = 0; i < 4; i++)
		assert_true(f->session.wanted[i]);
	know(f, 1, 30);
	assert_null(strchr(line(f, "block"), '#'));
	assert_non_null(strstr(line(f, "block"), "30.0"));
	know(f, 2, 20);
	know(f, 3, 25);
	assert_non_null(strchr(line(f, "block"), '#'));
	assert_non_null(strstr(line(f, "block"), "20.0"));
	fixture_free(f);
}

static void test_moving_and_folding(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	act(f, COMMAND_DOWN, "");
	assert_string_equal(selected(f), "conv1");
	assert_true(f->effects & EFFECT_FOCUS);
	assert_int_equal(f->answer.focus.tensor, 0);
	act(f, COMMAND_RIGHT, "");
	act(f, COMMAND_RIGHT, "");
	assert_string_equal(selected(f), "weight");
	act(f, COMMAND_RIGHT, "");
	assert_string_equal(selected(f), "weight");
	act(f, COMMAND_LEFT, "");
	assert_string_equal(selected(f), "conv1");
	act(f, COMMAND_LEFT, "");
	assert_null(strstr(screen(f), "weight "));
	act(f, COMMAND_LAST, "");
	assert_string_equal(selected(f), "Softmax#4");
	act(f, COMMAND_FIRST, "");
	assert_string_equal(selected(f), "net");
	act(f, COMMAND_LEFT, "");
	assert_non_null(strstr(screen(f), "conv1"));
	act(f, COMMAND_UNFOLD_ALL, "");
	act(f, COMMAND_LAST, "");
	act(f, COMMAND_UP, "");
	assert_string_equal(selected(f), "bias");
	/* what one stands in is folded: the cursor goes up to it */
	act(f, COMMAND_FOLD_ALL, "");
	assert_string_equal(selected(f), "block");
	assert_true(f->effects & EFFECT_FOCUS);
	assert_int_equal(f->effects & EFFECT_PASS, 0);
	act(f, COMMAND_ENTER, "");
	assert_true(f->effects & EFFECT_PASS);
	fixture_free(f);
}

static void test_focus_from_elsewhere(void **state)
{
	struct fixture *f = network(46, 6);

	(void)state;
	act(f, COMMAND_FOLD_ALL, "");
	f->context.focus.row = f->context.layers->row_of_tensor[3];
	assert_non_null(strstr(screen(f), ">"));
	assert_non_null(strstr(f->screen, "bias"));
	act(f, COMMAND_DOWN, "");
	assert_string_equal(selected(f), "Softmax#4");
	fixture_free(f);
}

/* The labels of the rows as they stand, joined by blanks. */
static const char *order(struct fixture *f)
{
	static char labels[1024];
	char *copy = strdup(screen(f)), *save;
	size_t used = 0;

	assert_non_null(copy);
	strtok_r(copy, "\n", &save);
	for (char *line; (line = strtok_r(NULL, "\n", &save));) {
		line += strspn(line, ">+- ");
		used += (size_t)snprintf(labels + used, sizeof labels - used, "%s%.*s",
					 used ? " " : "", (int)strcspn(line, " "), line);
	}
	free(copy);
	return labels;
}

static void test_sorting(void **state)
{
	struct fixture *f = network(60, 20);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		know(f, i, 40 - 5 * (float)i);
	assert_string_equal(order(f), "net conv1 block 10 fc relu 2 fc Softmax#4");
	act(f, COMMAND_SORT, "name");
	assert_string_equal(f->answer.message, "sort: name");
	assert_string_equal(order(f), "net Softmax#4 block 2 fc 10 fc relu conv1");
	act(f, COMMAND_SORT_REVERSE, "");
	assert_string_equal(order(f), "net conv1 block 10 relu fc 2 fc Softmax#4");
	act(f, COMMAND_SORT, "params");
	assert_string_equal(order(f), "net conv1 block 2 fc 10 fc relu Softmax#4");
	/* unknown stands last, either way */
	act(f, COMMAND_SORT, "int8");
	assert_string_equal(order(f), "net block 2 fc 10 fc relu conv1 Softmax#4");
	act(f, COMMAND_SORT_REVERSE, "");
	assert_string_equal(order(f), "net conv1 block 10 fc relu 2 fc Softmax#4");
	act(f, COMMAND_SORT, "nonsense");
	assert_true(f->effects & EFFECT_MESSAGE);
	act(f, COMMAND_SORT, "graph");
	act(f, COMMAND_SORT_REVERSE, "");
	assert_string_equal(order(f), "net Softmax#4 block 2 fc 10 relu fc conv1");
	act(f, COMMAND_SORT_REVERSE, "");
	assert_string_equal(order(f), "net conv1 block 10 fc relu 2 fc Softmax#4");
	for (int i = 0; i < 10; i++)
		act(f, COMMAND_SORT, "");
	assert_string_equal(f->answer.message, "sort: graph");
	fixture_free(f);
}

static void test_search(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	act(f, COMMAND_SEARCH_NEXT, "");
	assert_true(f->effects & EFFECT_MESSAGE);
	act(f, COMMAND_SEARCH, "BIAS");
	assert_string_equal(selected(f), "bias");
	f->context.search = "fc";
	act(f, COMMAND_FIRST, "");
	act(f, COMMAND_SEARCH_NEXT, "");
	act(f, COMMAND_SEARCH_NEXT, "");
	assert_string_equal(selected(f), "fc");
	assert_int_equal(f->effects & EFFECT_MESSAGE, 0);
	uint32_t second = f->context.focus.row;
	act(f, COMMAND_SEARCH_NEXT, "");
	assert_true(f->effects & EFFECT_MESSAGE);
	assert_int_not_equal(f->context.focus.row, second);
	act(f, COMMAND_SEARCH_PREVIOUS, "");
	assert_true(f->effects & EFFECT_MESSAGE);
	assert_int_equal(f->context.focus.row, second);
	act(f, COMMAND_SEARCH, "nowhere");
	assert_string_equal(f->answer.message, "not found");
	act(f, COMMAND_SEARCH, "~(");
	assert_true(f->effects & EFFECT_MESSAGE);
	act(f, COMMAND_SEARCH, "Softmax#4");
	act(f, COMMAND_SEARCH, "Softmax#4");
	assert_string_equal(f->answer.message, "the only hit");
	/* written like a path: whole names count */
	act(f, COMMAND_SEARCH, "block.2.fc.w");
	assert_int_equal(f->context.focus.tensor, 2);
	act(f, COMMAND_SEARCH, "/10/fc");
	assert_int_equal(f->context.focus.row, f->context.layers->row_of_node[1]);
	fixture_free(f);
}

static void test_search_folds_what_it_unfolded(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	act(f, COMMAND_FOLD_ALL, "");
	act(f, COMMAND_SEARCH, "bias");
	assert_non_null(strstr(screen(f), "bias"));
	act(f, COMMAND_SEARCH, "softmax");
	assert_string_equal(order(f), "net conv1 block Softmax#4");
	act(f, COMMAND_SEARCH, "relu");
	act(f, COMMAND_DOWN, "");
	act(f, COMMAND_SEARCH, "softmax");
	assert_string_equal(order(f), "net conv1 block 10 fc relu 2 Softmax#4");
	fixture_free(f);
}

static void test_search_marks_hits(void **state)
{
	struct fixture *f = network(46, 12);
	struct canvas canvas;
	unsigned marked = 0;

	(void)state;
	f->context.search = "on";
	f->view.ops->update(&f->view, &f->context);
	assert_true(canvas_init(&canvas, 46, 12, f->context.glyphs));
	f->view.ops->draw(&f->view, &f->context, &canvas);
	for (int x = 0; x < 46; x++) {
		if (canvas_at(&canvas, x, 2)->role == ROLE_MATCH) {
			assert_int_equal(canvas_at(&canvas, x, 2)->code[0], "on"[marked]);
			marked++;
		}
	}
	assert_int_equal(marked, 2);
	canvas_free(&canvas);
	fixture_free(f);
}

static void test_filter(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	act(f, COMMAND_FILTER, "op=gemm");
	assert_string_equal(order(f), "net block 10 fc 2 fc");
	assert_non_null(strstr(f->screen, "2 hits"));
	assert_string_equal(selected(f), "fc");
	act(f, COMMAND_FILTER, "dtype=f16");
	assert_string_equal(order(f), "net block 10 fc weight");
	act(f, COMMAND_FILTER, "op=gemm dtype=f32 bi");
	assert_string_equal(order(f), "net block 2 fc bias");
	act(f, COMMAND_FILTER, "conv");
	assert_string_equal(order(f), "net conv1");
	act(f, COMMAND_RIGHT, "");
	assert_string_equal(order(f), "net conv1 weight");
	/* a jump to what is hidden shows it all the same */
	f->context.focus.row = f->context.layers->row_of_node[2];
	assert_string_equal(order(f), "net conv1 weight block 10 relu");
	act(f, COMMAND_FILTER, "nothing of that name");
	assert_string_equal(f->answer.message, "nothing matches the filter");
	assert_string_equal(order(f), "net");
	act(f, COMMAND_FILTER, "~[");
	assert_true(f->effects & EFFECT_MESSAGE);
	act(f, COMMAND_FILTER, "");
	assert_string_equal(order(f), "net conv1 block 10 fc relu 2 fc Softmax#4");
	fixture_free(f);
}

static void test_goto(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	act(f, COMMAND_GOTO, "/block/10/relu/Relu");
	assert_string_equal(selected(f), "relu");
	act(f, COMMAND_GOTO, "block.2.fc.bias");
	assert_string_equal(selected(f), "bias");
	act(f, COMMAND_GOTO, "block/2");
	assert_string_equal(selected(f), "2");
	act(f, COMMAND_GOTO, "softm");
	assert_string_equal(selected(f), "Softmax#4");
	act(f, COMMAND_GOTO, "xyz");
	assert_string_equal(f->answer.message, "no layer of that name");
	fixture_free(f);
}

static void test_click(void **state)
{
	struct fixture *f = network(46, 20);

	(void)state;
	f->effects = f->view.ops->click(&f->view, &f->context, 5, 3, 1, &f->answer);
	assert_true(f->effects & EFFECT_FOCUS);
	f->context.focus = f->answer.focus;
	assert_string_equal(selected(f), "block");
	f->view.ops->click(&f->view, &f->context, 5, 3, 2, &f->answer);
	assert_string_equal(order(f), "net conv1 block Softmax#4");
	assert_true(f->view.ops->click(&f->view, &f->context, 5, 19, 1, &f->answer) & EFFECT_PASS);
	/* the header sorts */
	f->view.ops->click(&f->view, &f->context, 2, 0, 1, &f->answer);
	assert_string_equal(order(f), "net Softmax#4 block conv1");
	fixture_free(f);
}

static void test_whole(void **state)
{
	struct fixture *f = network(46, 4);

	(void)state;
	act(f, COMMAND_UNFOLD_ALL, "");
	f->context.whole = true;
	assert_string_equal(order(f),
			    "net conv1 weight block 10 fc weight relu 2 fc weight bias Softmax#4");
	assert_null(strchr(f->screen, '>'));
	fixture_free(f);
}

/* L04: no nodes at all */
static void test_L04_empty(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	build_tensor(&f->build, "alone", DTYPE_F32, SHAPE(2));
	show(f, &tree_view, 40, 10);
	assert_string_equal(order(f), "net alone");
	for (enum command command = COMMAND_UP; command <= COMMAND_LAST; command++)
		act(f, command, "");
	act(f, COMMAND_SEARCH, "alone");
	assert_string_equal(selected(f), "alone");
	fixture_free(f);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* 100,000 nodes scroll and search within a frame of 16 ms; here with room for sanitizers. */
static void test_large_model_keeps_pace(void **state)
{
	enum { N = 100000 };
	struct fixture *f = fixture_new();
	struct build *b = &f->build;
	char *names = malloc((size_t)N * 32);
	const struct op *op = build_op(b, "Neg");

	(void)state;
	for (int i = 0; i < N; i++) {
		char *name = names + (size_t)i * 32;
		int len = snprintf(name, 32, "/layers.%d/n%d", i / 10, i);
		BUILD_ADD(b, nodes, n_nodes,
			  (struct node){ .name = { name, (size_t)len }, .op = op });
	}
	b->graphs[0].n_nodes = N;
	show(f, &tree_view, 78, 30);
	act(f, COMMAND_UNFOLD_ALL, "");
	f->context.search = "no such name";
	double start = seconds(), worst = 0;
	static const enum command commands_tried[] = {
		COMMAND_PAGE_DOWN,	 COMMAND_LAST,	COMMAND_UP,   COMMAND_SEARCH_NEXT,
		COMMAND_SEARCH_PREVIOUS, COMMAND_FIRST, COMMAND_FOLD, COMMAND_FOLD_ALL,
		COMMAND_UNFOLD_ALL,
	};
	for (size_t i = 0; i < sizeof commands_tried / sizeof *commands_tried; i++) {
		act(f, commands_tried[i], "");
		screen(f);
		double now = seconds();
		if (getenv("MTUI_TIMES"))
			print_message("%s %.2f ms\n", commands[commands_tried[i]].name,
				      (now - start) * 1000);
		worst = now - start > worst ? now - start : worst;
		start = now;
	}
	if (worst > 0.3)
		fail_msg("%d ms for one frame", (int)(worst * 1000));
	act(f, COMMAND_SEARCH, "n99999");
	assert_string_equal(selected(f), "n99999");
	free(names);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_scope_is_blank_until_all_is_known),
		cmocka_unit_test(test_moving_and_folding),
		cmocka_unit_test(test_focus_from_elsewhere),
		cmocka_unit_test(test_sorting),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_folds_what_it_unfolded),
		cmocka_unit_test(test_search_marks_hits),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_goto),
		cmocka_unit_test(test_click),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_L04_empty),
		cmocka_unit_test(test_large_model_keeps_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
