/* The reports of a model made by hand, as JSON that is parsed again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "build_data.h"
#include "fake_session.h"

#include <mtui/json.h>

#include "export/export.h"

struct sample {
	struct build build;
	struct build_data data;
	struct session session;
	char path[64];
	char *text;
	struct json *json;
};

static void fill(struct sample *s)
{
	static const float w[4] = { -0.0f, 1.5f, NAN, INFINITY };
	static const int64_t ids[2] = { INT64_MAX, -1 }, pads[2] = { 1, 2 };
	struct build *b = &s->build;

	build_type(b, "x", DTYPE_F32, 3, (int64_t[]){ -1, 3, 8 });
	build_bytes(b, &s->data, build_tensor(b, "w", DTYPE_F32, 2, (int64_t[]){ 2, 2 }), w, sizeof w);
	build_bytes(b, &s->data, build_tensor(b, "ids\xff", DTYPE_I64, 1, (int64_t[]){ 2 }), ids,
		    sizeof ids);
	build_bytes(b, &s->data, build_tensor(b, "cut", DTYPE_F32, 1, (int64_t[]){ 100 }), w, 8);
	build_node(b, "=n", "Conv", "x w - ids\xff", "y");
	build_attribute(b, "pads", (struct attribute){ .kind = ATTRIBUTE_INTS, .count = 2,
						       .ints = pads });
	build_attribute(b, "pads", (struct attribute){ .kind = ATTRIBUTE_INT, .i = 3 });
	build_attribute(b, "alpha", (struct attribute){ .kind = ATTRIBUTE_FLOAT, .f = 0.1f });
	build_attribute(b, "t", (struct attribute){ .kind = ATTRIBUTE_TENSOR, .index = 0 });
	build_attribute(b, "g", (struct attribute){ .kind = ATTRIBUTE_GRAPH, .index = 0 });
	build_attribute(b, "r", (struct attribute){ .kind = ATTRIBUTE_INT, .is_reference = true,
						    .s = TEXT("outer") });
	build_node(b, "", "Relu", "y", "z");
	build_notice(b, SEVERITY_WARNING, "raw-data-length", "too short", SUBJECT_TENSOR, 2);
}

static int setup(void **state)
{
	static const struct opset opsets[] = { { TEXT(""), 13 }, { TEXT(""), 13 },
					       { TEXT("a.b"), 1 }, { TEXT("a.b"), 2 } };
	static const struct metadata metadata[] = { { TEXT("k"), TEXT("1") },
						    { TEXT("k"), TEXT("\xfe") } };
	struct sample *s = calloc(1, sizeof *s);
	int fd;

	build_init(&s->build);
	fill(s);
	s->build.model.opsets = opsets;
	s->build.model.n_opsets = 4;
	s->build.model.metadata = metadata;
	s->build.model.n_metadata = 2;
	s->build.model.producer_name = TEXT("maker");
	s->build.model.producer_version = TEXT("1.0");
	s->build.graphs[0].first_input = (uint32_t)s->build.model.n_refs;
	s->build.graphs[0].n_inputs = build_refs(&s->build, "x", false);
	build_done(&s->build);
	build_files(&s->build, &s->data);
	s->session = (struct session){ .model = &s->build.model, .path = "dir/m.onnx" };
	strcpy(s->path, "/tmp/mtui-views-XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	close(fd);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	unlink(s->path);
	json_free(s->json);
	free(s->text);
	build_data_free(&s->data);
	build_free(&s->build);
	free(s);
	return 0;
}

static const char *export(struct sample *s, const char *view, bool csv)
{
	const struct export_subject subject = { .session = &s->session, .view = view,
						.dial = quant_scheme_default(SCHEME_INT8) };
	struct error err = { 0 };
	struct output *output = output_open(s->path, true, &err);
	FILE *file;
	long size;

	assert_non_null(output);
	assert_true(csv ? export_csv(output, &subject, &err) : export_json(output, &subject, &err));
	assert_true(output_commit(output, &err));
	file = fopen(s->path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	free(s->text);
	s->text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(s->text, 1, (size_t)size, file), size);
	fclose(file);
	return s->text;
}

static const struct json *parsed(struct sample *s, const char *view)
{
	struct error err = { 0 };
	const char *text = export(s, view, false);

	json_free(s->json);
	s->json = json_parse(text, strlen(text), &err);
	if (!s->json)
		fail_msg("%s: %s", err.message, text);
	assert_string_equal(json_string(json_get(s->json, "file")), "dir/m.onnx");
	assert_string_equal(json_string(json_get(s->json, "view")), view);
	return s->json;
}

#define assert_has(s, string)                                                                      \
	do {                                                                                       \
		if (!strstr((s)->text, (string)))                                                  \
			fail_msg("no %s in\n%s", (string), (s)->text);                             \
	} while (0)

static void model_has_its_keys(void **state)
{
	static const char *const keys[] = {
		"format", "ir_version", "opset", "producer", "graph_name", "nodes", "nodes_total",
		"subgraphs", "functions", "function_nodes", "initializers", "parameters", "inputs",
		"outputs", "op_counts", "metadata", "notices",
	};
	struct sample *s = *state;
	const struct json *root = parsed(s, "model");

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_non_null(json_get(root, keys[i]));
	assert_has(s, "\"opset\": {\n  \"\": 13,\n  \"a.b\": 1,\n  \"a.b#2\": 2\n }");
	assert_has(s, "\"producer\": \"maker 1.0\"");
	assert_has(s, "{\"name\": \"x\", \"dtype\": \"f32\", \"shape\": [\"N\", 3, 8]}");
	assert_has(s, "\"op_counts\": {\n  \"Conv\": 1,\n  \"Relu\": 1\n }");
	assert_has(s, "\"k\": \"1\",\n  \"k#2\": \"\\\\xfe\"\n },\n \"metadata_escaped\": true");
	assert_has(s, "{\"severity\": \"warning\", \"rule\": \"raw-data-length\", \"message\": "
		      "\"too short\", \"offset\": null, \"subject\": \"cut\", \"subject_kind\": \"tensor\"}");
}

static void tensors_have_their_statistics(void **state)
{
	struct sample *s = *state;

	parsed(s, "tensors");
	assert_has(s, "{\"name\": \"w\", \"graph_path\": \"\", \"kind\": \"initializer\", "
		      "\"dtype\": \"f32\", \"shape\": [2, 2], \"storage\": \"raw_data\", "
		      "\"file\": \"m.onnx\", \"offset\": 0, \"nbytes\": 16, \"count\": 4, ");
	assert_has(s, "\"max\": 1.5, \"mean\": 0.75, \"std\": 0.75, \"zeros\": 1, \"nan\": 1, "
		      "\"inf\": 1}");
	assert_has(s, "{\"name\": \"ids\\\\xff\", \"name_escaped\": true,");
	assert_has(s, "\"min\": -1, \"max\": 9223372036854775807,");
	assert_has(s, "\"count\": 100, ");
	assert_has(s, "\"present\": 2, \"problem\": ");
}

static void nodes_have_their_attributes(void **state)
{
	struct sample *s = *state;

	parsed(s, "nodes");
	assert_has(s, "{\"name\": \"=n\", \"op_type\": \"Conv\", \"domain\": \"\", \"graph_path\": "
		      "\"\", \"inputs\": [\"x\", \"w\", \"\", \"ids\\\\xff\"], \"inputs_escaped\": "
		      "true, \"outputs\": [\"y\"], \"attributes\": {\"pads\": [1, 2], \"pads#2\": 3, "
		      "\"alpha\": 0.1, \"t\": {\"tensor\": {\"name\": \"w\", \"dtype\": \"f32\", "
		      "\"shape\": [2, 2]}}, \"g\": {\"graph\": \"\"}, \"r\": {\"reference\": "
		      "\"outer\"}}}");
	export(s, "nodes", true);
	assert_has(s, "name,op_type,domain,graph_path,inputs,outputs,attributes\r\n'=n,Conv,,,");
}

static void weights_have_a_histogram(void **state)
{
	struct sample *s = *state;
	const struct json *tensor, *histogram;
	size_t edges = 0, counts = 0;

	tensor = json_first(json_get(parsed(s, "weights"), "tensors"));
	histogram = json_get(tensor, "histogram");
	for (const struct json *i = json_first(json_get(histogram, "edges")); i; i = json_next(i))
		edges++;
	for (const struct json *i = json_first(json_get(histogram, "counts")); i; i = json_next(i))
		counts++;
	assert_int_equal(edges, HISTOGRAM_BINS + 1);
	assert_int_equal(counts, HISTOGRAM_BINS);
	assert_non_null(json_get(json_get(tensor, "quantiles"), "99.9"));
	assert_int_equal(json_number(json_get(tensor, "first_nan"), -1), 2);
}

static void quant_says_what_it_measured(void **state)
{
	static const char *const keys[] = { "tensor", "scheme", "bits", "granularity",
		"bits_per_weight", "bytes_before", "bytes_after", "mse", "rmse", "rel_fro", "sqnr_db",
		"max_abs", "max_index", "bias", "cosine", "levels_used", "levels", "clipped",
		"kl", "setting" };
	struct sample *s = *state;
	const struct json *tensor = json_first(json_get(parsed(s, "quant"), "tensors"));

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_non_null(json_get(tensor, keys[i]));
	assert_int_equal(json_number(json_get(tensor, "skipped"), -1), 2);
	assert_null(strstr(s->text, "ids")); /* integers are not listed */
}

static void values_are_exact(void **state)
{
	struct sample *s = *state;

	parsed(s, "values");
	assert_has(s, "\"values\": [-0.0, 1.5, \"NaN\", \"Infinity\"]");
	assert_has(s, "\"values\": [9223372036854775807, -1]");
	export(s, "values", true);
	assert_has(s, "tensor,index,value\r\nw,0,-0.0\r\nw,1,1.5\r\nw,2,NaN\r\nw,3,Infinity\r\n");
}

static void every_view_is_valid(void **state)
{
	static const char *const views[] = { "model", "overview", "tensors", "nodes", "weights",
					     "quant", "values", "check", "tree" };
	struct sample *s = *state;

	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		const char *line;
		size_t n = 0;

		assert_true(export_has_view(views[i]));
		parsed(s, views[i]);
		for (line = export(s, views[i], true); (line = strstr(line, "\r\n")); line += 2)
			n++;
		assert_true(n >= 1);
	}
	assert_false(export_has_view("nonsense"));
}

static void an_unknown_view_is_refused(void **state)
{
	struct sample *s = *state;
	const struct export_subject subject = { .session = &s->session, .view = "nonsense" };
	struct error err = { 0 };
	struct output *output = output_open(s->path, true, &err);

	assert_non_null(output);
	assert_false(export_json(output, &subject, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	output_discard(output);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(model_has_its_keys),
		TEST(tensors_have_their_statistics),
		TEST(nodes_have_their_attributes),
		TEST(weights_have_a_histogram),
		TEST(quant_says_what_it_measured),
		TEST(values_are_exact),
		TEST(every_view_is_valid),
		TEST(an_unknown_view_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
