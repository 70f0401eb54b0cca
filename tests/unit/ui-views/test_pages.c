/* Overview and check over models made by hand. */
#include "view_fixture.h"

static void test_overview_of_node(void **state)
{
	struct fixture *f = fixture_new();
	static const int64_t pads[] = { 1, 1, 0, 0 };
	static const struct text words[] = { TEXT("a"), TEXT("\x1b[1m") };
	static const struct opset opset = { TEXT(""), 17 };

	(void)state;
	add_network(&f->build);
	f->build.model.opsets = &opset;
	f->build.model.n_opsets = 1;
	build_attribute(&f->build, "axis", (struct attribute){ .kind = ATTRIBUTE_INT, .i = -1 });
	build_attribute(&f->build, "alpha",
			(struct attribute){ .kind = ATTRIBUTE_FLOAT, .f = 0.1f });
	build_attribute(&f->build, "pads",
			(struct attribute){ .kind = ATTRIBUTE_INTS, .ints = pads, .count = 4 });
	build_attribute(
		&f->build, "words",
		(struct attribute){ .kind = ATTRIBUTE_STRINGS, .strings = words, .count = 2 });
	build_notice(&f->build, SEVERITY_WARNING, "odd", "an odd node", SUBJECT_NODE, 4);
	show(f, &overview_view, 70, 20);
	f->context.focus.row = f->context.layers->row_of_node[4];
	assert_string_equal(
		screen(f),
		"Softmax#4\n"
		"operator     Softmax of ai.onnx opset 17\n"
		"name         -\n"
		"parameters   -\n"
		"offset       0x0\n"
		"\n"
		"inputs 1\n"
		"  e       -  from Gemm /block/2/fc/Gemm\n"
		"\n"
		"outputs 1\n"
		"  y       -  not used\n"
		"\n"
		"attributes 4\n"
		"  axis                int     -1\n"
		"  alpha               float   0.1\n"
		"  pads                ints    [1, 1, 0, 0]\n"
		"  words               strings [\"a\" \"\\x1b[1m\"]\n"
		"\n"
		"notices\n"
		"  warning an odd node\n");
	f->context.focus.row = f->context.layers->row_of_node[3];
	f->context.whole = true;
	assert_string_equal(
		screen(f),
		"fc\n"
		"operator     Gemm of ai.onnx opset 17\n"
		"name         /block/2/fc/Gemm\n"
		"parameters   72 . 288 B\n"
		"offset       0x0\n"
		"\n"
		"inputs 3\n"
		"  d                  -           from Relu /block/10/relu/Relu\n"
		"  block.2.fc.weight  f32 [8, 8]  initializer\n"
		"  block.2.fc.bias    f32 [8]     initializer\n"
		"\n"
		"outputs 1\n"
		"  e                  -           to Softmax Softmax#4\n");
	fixture_free(f);
}

static void test_overview_of_others(void **state)
{
	struct fixture *f = fixture_new();
	static const struct metadata metadata = { TEXT("author"), TEXT("some\x07one") };

	(void)state;
	add_network(&f->build);
	f->build.model.metadata = &metadata;
	f->build.model.n_metadata = 1;
	f->build.model.ir_version = 8;
	f->build.model.producer_name = TEXT("pytorch");
	f->build.model.producer_version = TEXT("2.1");
	show(f, &overview_view, 70, 30);
	f->context.whole = true;
	assert_string_equal(screen(f),
			    "net.onnx\n"
			    "format       ONNX IR version 8\n"
			    "opsets       -\n"
			    "producer     pytorch 2.1\n"
			    "graph        net\n"
			    "nodes        5\n"
			    "tensors      0 initializers\n"
			    "parameters   536 . 2.0 KiB\n"
			    "\n"
			    "inputs\n"
			    "  -\n"
			    "\n"
			    "outputs\n"
			    "  -\n"
			    "\n"
			    "operators 5 of 4 kinds\n"
			    "  Conv                            1   20.0 %\n"
			    "  Gemm                            2   40.0 %\n"
			    "  Relu                            1   20.0 %\n"
			    "  Softmax                         1   20.0 %\n"
			    "\n"
			    "largest tensors of 4\n"
			    "  conv1.weight              f32 [16, 3, 3, 3]          432   80.6 %\n"
			    "  block.2.fc.weight         f32 [8, 8]                  64   11.9 %\n"
			    "  block.10.fc.weight        f16 [8, 4]                  32    6.0 %\n"
			    "  block.2.fc.bias           f32 [8]                      8    1.5 %\n"
			    "\n"
			    "metadata 1\n"
			    "  author                    some\\x07one\n");
	f->context.focus.row = f->context.layers->row_of_tensor[3];
	assert_string_equal(screen(f), "block.2.fc.bias\n"
				       "kind         initializer\n"
				       "dtype        f32\n"
				       "shape        [8]\n"
				       "elements     8\n"
				       "bytes        32\n"
				       "storage      raw_data\n"
				       "\n"
				       "used by 1\n"
				       "  /block/2/fc/Gemm          Gemm\n");
	f->context.focus.row = f->context.layers->rows[f->context.layers->row_of_node[2]].parent;
	assert_string_equal(
		screen(f), "block/10\n"
			   "kind         scope of names\n"
			   "nodes        2\n"
			   "tensors      1\n"
			   "parameters   32 . 64 B . 6.0 % of the model\n"
			   "\n"
			   "operators 2 of 2 kinds\n"
			   "  Gemm                            1   50.0 %\n"
			   "  Relu                            1   50.0 %\n"
			   "\n"
			   "largest tensors of 1\n"
			   "  block.10.fc.weight        f16 [8, 4]                  32    100 %\n");
	fixture_free(f);
}

static void test_overview_scrolls(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	for (int i = 0; i < 3000; i++)
		build_node(&f->build, "n", "Neg", "x", "");
	show(f, &overview_view, 60, 10);
	screen(f);
	act(f, COMMAND_LAST, "");
	assert_null(strstr(screen(f), "net.onnx"));
	act(f, COMMAND_FIRST, "");
	assert_non_null(strstr(screen(f), "net.onnx"));
	fixture_free(f);
}

/* L09, B31: lists that are longer than anybody reads are cut and say so */
static void test_L09_long_lists(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	build_tensor(&f->build, "w", DTYPE_F32, SHAPE(2));
	for (int i = 0; i < 5000; i++)
		build_node(&f->build, "n", "Neg", "w", "");
	show(f, &overview_view, 60, 10);
	f->context.focus.row = f->context.layers->row_of_tensor[0];
	screen(f);
	act(f, COMMAND_LAST, "");
	assert_non_null(strstr(screen(f), "and 4,000 more"));
	fixture_free(f);
}

static void keep_reports(struct fixture *f)
{
	f->session.reports = calloc(FAKE_REPORTS, sizeof *f->session.reports);
}

/* Of the check alone. */
static void forget_reports(struct fixture *f)
{
	for (size_t i = 0; i < f->session.n_reports; i++)
		if (f->session.reports[i].state == REPORT_DONE)
			findings_free(&f->session.reports[i].findings);
	free(f->session.reports);
	f->session.n_reports = 0;
	f->session.reports = NULL;
}

/* A bias that goes through a Relu; the graph gives that out. */
static void add_sound(struct fixture *f)
{
	build_tensor(&f->build, "bias", DTYPE_I64, SHAPE(4));
	build_node(&f->build, "relu", "Relu", "bias", "y");
	f->build.graphs[0].first_output = (uint32_t)f->build.model.n_refs;
	f->build.graphs[0].n_outputs = 1;
	BUILD_ADD(&f->build, refs, n_refs, build_value(&f->build, "y"));
	f->build.values[build_value(&f->build, "y")].flags |= VALUE_OUTPUT;
}

static void test_check(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	keep_reports(f);
	add_sound(f);
	show(f, &check_view, 70, 10);
	assert_non_null(strstr(screen(f), "Nothing found."));
	assert_true(
		f->view.ops->command(&f->view, &f->context, COMMAND_ENTER, TEXT(""), &f->answer) &
		EFFECT_PASS);
	forget_reports(f);
	fixture_free(f);

	f = fixture_new();
	keep_reports(f);
	add_sound(f);
	build_notice(&f->build, SEVERITY_PROBLEM, "raw-data-length",
		     "raw_data holds 4 bytes, the shape needs 4,000,000; what is there can be read "
		     "and the rest is missing",
		     SUBJECT_TENSOR, 0);
	f->build.notices[0].offset = 0x1f40;
	build_notice(&f->build, SEVERITY_WARNING, "ir-version", "ir_version 99", SUBJECT_MODEL, 0);
	build_notice(&f->build, SEVERITY_NOTE, "deep", "nobody uses it", SUBJECT_NODE, 0);
	f->build.model.n_notices_dropped = 12;
	show(f, &check_view, 70, 14);
	assert_string_equal(screen(f),
			    "1 error . 1 warning . 1 note\n"
			    "\n"
			    "x error   raw_data holds 4 bytes, the shape needs 4,000,000; what is\n"
			    "          there can be read and the rest is missing\n"
			    "          raw-data-length bias 0x1f40\n"
			    "          Export the model again; the file was cut, or its shape was\n"
			    "          edited.\n"
			    "! warning ir_version 99\n"
			    "          ir-version model\n"
			    "          See that the runtime reads this version.\n"
			    ". note    nobody uses it\n"
			    "          deep relu\n"
			    "          Know that other tools stop at 31 levels.\n"
			    "  ~ and 12 more that were counted only\n");
	f->context.width = 120;
	assert_string_equal(screen(f),
			    "1 error . 1 warning . 1 note\n"
			    "\n"
			    "x error   raw-data-length bias                    raw_data holds 4 bytes, the shape needs 4,000,000; what\n"
			    "                                                  is there can be read and the rest is missing 0x1f40\n"
			    "                                                  Export the model again; the file was cut, or its shape was edited.\n"
			    "! warning ir-version      model                   ir_version 99\n"
			    "                                                  See that the runtime reads this version.\n"
			    ". note    deep            relu                    nobody uses it\n"
			    "                                                  Know that other tools stop at 31 levels.\n"
			    "  ~ and 12 more that were counted only\n"
			    "\n"
			    "\n"
			    "\n"
			    "\n");
	act(f, COMMAND_ENTER, "");
	assert_string_equal(selected(f), "bias");
	act(f, COMMAND_LAST, "");
	act(f, COMMAND_ENTER, "");
	assert_string_equal(selected(f), "relu");
	f->context.width = 70;
	f->context.height = 3;
	assert_non_null(strstr(screen(f), "nobody uses it"));
	forget_reports(f);
	fixture_free(f);
}

/* Many findings of one rule are a few and a line that unfolds. */
static void test_check_unfolds(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	keep_reports(f);
	add_sound(f);
	for (int i = 0; i < 20; i++)
		build_node(&f->build, "lost", "Neg", "bias", "");
	show(f, &check_view, 70, 30);
	assert_non_null(strstr(screen(f), "and 17 more"));
	act(f, COMMAND_LAST, "");
	act(f, COMMAND_ENTER, "");
	assert_null(strstr(screen(f), "and 17 more"));
	f->context.height = 3;
	act(f, COMMAND_LAST, "");
	act(f, COMMAND_ENTER, "");
	assert_string_equal(selected(f), "lost");
	assert_int_equal(f->answer.focus.row, f->context.layers->row_of_node[20]);
	forget_reports(f);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overview_of_node),
		cmocka_unit_test(test_overview_of_others),
		cmocka_unit_test(test_overview_scrolls),
		cmocka_unit_test(test_L09_long_lists),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_unfolds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
