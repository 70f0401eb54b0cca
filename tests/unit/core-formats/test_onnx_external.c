/* External data: places beside the model, in real directories. */
#include "pb_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char root[64], model[96]; /* root/m/model.onnx; root/secret is outside */
};

static void write_file(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	char path[128];
	assert_non_null(place);
	snprintf(place->root, sizeof place->root, "/tmp/mtui-external-XXXXXX");
	assert_non_null(mkdtemp(place->root));
	snprintf(path, sizeof path, "%s/m", place->root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/secret", place->root);
	write_file(path, "secret!!", 8);
	snprintf(path, sizeof path, "%s/m/w.bin", place->root);
	write_file(path, "0123456789abcdef", 16);
	snprintf(path, sizeof path, "%s/m/fifo", place->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof path, "%s/m/link", place->root);
	assert_int_equal(symlink("../secret", path), 0);
	snprintf(place->model, sizeof place->model, "%s/m/model.onnx", place->root);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	static const char *const names[] = { "m/w.bin",	     "m/fifo", "m/link",
					     "m/model.onnx", "m/hard", "secret" };
	char path[128];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", place->root, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/m", place->root);
	rmdir(path);
	rmdir(place->root);
	free(place);
	return 0;
}

static void add_entry(struct pb *tensor, const char *key, const void *value, size_t len)
{
	struct pb entry = { 0 };
	pb_string(&entry, 1, key);
	pb_bytes(&entry, 2, value, len);
	pb_put(tensor, 13, &entry);
}

/* u8[count] at a location; NULL leaves a key out. */
static void add_external(struct pb *graph, const char *name, int64_t count, const char *location,
			 const char *offset, const char *length)
{
	struct pb t = onnx_tensor(name, 2, 1, &count);
	if (location)
		add_entry(&t, "location", location, strlen(location));
	if (offset)
		add_entry(&t, "offset", offset, strlen(offset));
	if (length)
		add_entry(&t, "length", length, strlen(length));
	pb_int(&t, 14, 1);
	pb_put(graph, 5, &t);
}

static struct model *open_graph(const struct place *place, struct pb *graph)
{
	struct pb pb = onnx_model(graph);
	struct error err = { .code = ERROR_NONE };
	write_file(place->model, pb.data, pb.len);
	pb_free(&pb);
	struct model *model = model_open(place->model, &err);
	if (!model)
		fail_msg("%s", err.message);
	return model;
}

static void good_extents(void **state)
{
	struct pb graph = { 0 };
	add_external(&graph, "all", 16, "w.bin", NULL, NULL);
	add_external(&graph, "middle", 4, "w.bin", "4", "4");
	add_external(&graph, "rest", 6, "w.bin", "10", NULL);
	struct model *m = open_graph(*state, &graph);
	assert_int_equal(m->n_files, 2);
	assert_text(m->files[1].location, "w.bin");
	for (size_t i = 0; i < 3; i++) {
		const struct tensor *t = &m->tensors[i];
		assert_int_equal(t->storage, STORAGE_EXTERNAL);
		assert_int_equal(t->problem, TENSOR_OK);
		assert_int_equal(t->present, t->count);
		assert_int_equal(t->nbytes, t->count);
		assert_ptr_equal(model_tensor_file(m, t), m->files[1].file);
	}
	assert_int_equal(tensor_offset(&m->tensors[1]), 4);
	assert_int_equal(tensor_offset(&m->tensors[2]), 10);
	/* B25 */
	assert_notice(m, "external-overlap", "overlap by");
	model_unref(m);
}

static void b19_outside(void **state)
{
	static const char *const locations[] = { "../secret",	  "/etc/passwd", "a/../../secret",
						 "C:\\x",	  "\\\\srv\\x",	 "..",
						 "m/../../secret" };
	for (size_t i = 0; i < sizeof locations / sizeof *locations; i++) {
		struct pb graph = { 0 };
		add_external(&graph, "w", 4, locations[i], NULL, NULL);
		struct model *m = open_graph(*state, &graph);
		assert_notice(m, "external-file", "points outside the model's directory");
		assert_int_equal(m->tensors[0].problem, TENSOR_NO_DATA);
		assert_int_equal(m->tensors[0].n_runs, 0);
		assert_null(model_tensor_file(m, &m->tensors[0]));
		assert_int_equal(m->files[1].error.code, ERROR_REFUSED);
		model_unref(m);
	}
}

static void b20_link(void **state)
{
	struct pb graph = { 0 };
	add_external(&graph, "w", 4, "link", NULL, NULL);
	struct model *m = open_graph(*state, &graph);
	assert_notice(m, "external-file", "link");
	assert_int_equal(m->tensors[0].problem, TENSOR_NO_DATA);
	model_unref(m);
}

static void b22_names(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *words;
	} rows[] = {
		{ "ok\0/../x", 8, "NUL" },
		{ "a\x1b[31m", 6, "\\x1b[31m" },
		{ "a\nb", 3, "\\x0a" },
		{ "", 0, "empty" },
		{ ".", 1, "directory" },
		{ "fifo", 4, "fifo" },
		{ "*/_ORT_MEM_ADDR_/*", 18, "in-memory address marker" }, /* B27 */
		{ "missing.bin", 11, "No such file" },			  /* B26 */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pb graph = { 0 }, t = onnx_tensor("w", 2, 1, (int64_t[]){ 4 });
		add_entry(&t, "location", rows[i].name, rows[i].len);
		pb_int(&t, 14, 1);
		pb_put(&graph, 5, &t);
		struct model *m = open_graph(*state, &graph);
		assert_notice(m, "external-file", rows[i].words);
		assert_int_equal(m->tensors[0].problem, TENSOR_NO_DATA);
		model_unref(m);
	}
	char *megabyte = malloc((1 << 20) + 1);
	assert_non_null(megabyte);
	memset(megabyte, 'x', 1 << 20);
	megabyte[1 << 20] = '\0';
	struct pb graph = { 0 };
	add_external(&graph, "w", 4, megabyte, NULL, NULL);
	struct model *m = open_graph(*state, &graph);
	assert_notice(m, "external-file", "File name too long");
	model_unref(m);
	free(megabyte);
}

static void b23_numbers(void **state)
{
	static const struct {
		const char *offset, *length, *rule, *words;
		uint64_t present;
		int problem;
	} rows[] = {
		{ "13", "4", "external-extent",
		  "external data of 4 bytes at 13 lie outside their file of 16 bytes", 3,
		  TENSOR_SHORT },
		{ "17", NULL, "external-extent", "at 17 lie outside", 0, TENSOR_NO_DATA },
		{ "1000", "4", "external-extent", "at 1,000 lie outside", 0, TENSOR_NO_DATA },
		{ "-1", "4", "external-number", "offset \"-1\" is not a decimal number", 0,
		  TENSOR_NO_DATA },
		{ "1e9", "4", "external-number", "offset \"1e9\"", 0, TENSOR_NO_DATA },
		{ " 5", "4", "external-number", "offset \" 5\"", 0, TENSOR_NO_DATA },
		{ "0", "0x10", "external-number", "length \"0x10\"", 0, TENSOR_NO_DATA },
		{ "0", "", "external-number", "length \"\"", 0, TENSOR_NO_DATA },
		{ "18446744073709551616", "4", "external-number", "below 2^64", 0, TENSOR_NO_DATA },
		/* B24 */
		{ "18446744073709551614", "4", "external-extent", "lie outside", 0,
		  TENSOR_NO_DATA },
		{ "0", "18446744073709551615", "external-extent", "lie outside", 4, TENSOR_SHORT },
		{ "0", "3", "raw-data-length", "external 3 bytes, shape needs 4", 3, TENSOR_SHORT },
		{ "0", "5", "raw-data-length", "external 5 bytes, shape needs 4", 4, TENSOR_LONG },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pb graph = { 0 };
		add_external(&graph, "w", 4, "w.bin", rows[i].offset, rows[i].length);
		struct model *m = open_graph(*state, &graph);
		assert_notice(m, rows[i].rule, rows[i].words);
		assert_int_equal(m->tensors[0].problem, rows[i].problem);
		assert_int_equal(m->tensors[0].present, rows[i].present);
		for (uint32_t r = 0; r < m->tensors[0].n_runs; r++) {
			const struct run_of_bytes *run = &m->tensors[0].runs[r];
			assert_true(run->offset <= 16 && run->nbytes <= 16 - run->offset);
		}
		model_unref(m);
	}
}

static void b23_keys(void **state)
{
	struct pb graph = { 0 }, t = onnx_tensor("w", 2, 1, (int64_t[]){ 2 });
	add_entry(&t, "location", "nowhere", 7);
	add_entry(&t, "location", "w.bin", 5);
	add_entry(&t, "checksum", "abc", 3);
	add_entry(&t, "colour", "red", 3);
	add_entry(&t, "length", "2", 1);
	pb_int(&t, 14, 1);
	pb_put(&graph, 5, &t);
	add_external(&graph, "placeless", 4, NULL, "0", "4");
	struct model *m = open_graph(*state, &graph);
	assert_notice(m, "external-key", "\"w\"");
	assert_notice(m, "external-location", "without a location");
	assert_int_equal(m->tensors[0].problem, TENSOR_OK);
	assert_int_equal(m->n_notices, 3);
	assert_int_equal(m->n_files, 2);
	model_unref(m);
}

static void a30_hard_links(void **state)
{
	const struct place *place = *state;
	struct pb graph = { 0 };
	char from[128], to[128];
	snprintf(from, sizeof from, "%s/m/w.bin", place->root);
	snprintf(to, sizeof to, "%s/m/hard", place->root);
	assert_int_equal(link(from, to), 0);
	add_external(&graph, "w", 16, "hard", NULL, NULL);
	struct model *m = open_graph(place, &graph);
	assert_notice(m, "external-links", "2 links");
	assert_int_equal(m->tensors[0].problem, TENSOR_OK);
	model_unref(m);
}

/* B28: files around 2 GiB and far beyond, of which only the header is on the disk. */
static void b28_large_files(void **state)
{
	static const uint64_t sizes[] = { ((uint64_t)1 << 31) - 1, (uint64_t)1 << 31,
					  (uint64_t)6 << 30 };
	const struct place *place = *state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct error err = { .code = ERROR_NONE };
		struct pb pb = { 0 }, tensor;
		/* Lengths are padded to 6 bytes, so that heads do not depend on them. */
		uint64_t rest = sizes[i];
		pb_int(&pb, 1, 8);
		onnx_import(&pb, "", 17);
		for (int level = 0; level < 3; level++) {
			static const unsigned numbers[] = { 7, 5, 9 };
			if (level == 2) {
				tensor = onnx_tensor("w", 2, 1,
						     (int64_t[]){ (int64_t)(rest - pb.len - 25) });
				pb_raw(&pb, tensor.data, tensor.len);
				pb_free(&tensor);
			}
			pb_tag(&pb, numbers[level], 2);
			uint64_t len = rest - pb.len - 6;
			for (int k = 0; k < 5; k++, len >>= 7)
				pb_byte(&pb, (unsigned)(len & 0x7f) | 0x80);
			pb_byte(&pb, (unsigned)len);
		}
		write_file(place->model, pb.data, pb.len);
		if (truncate(place->model, (off_t)sizes[i]) != 0) {
			pb_free(&pb);
			print_message("no room for a sparse file of this size\n");
			skip();
		}
		struct model *m = model_open(place->model, &err);
		if (!m)
			fail_msg("%s", err.message);
		assert_int_equal(m->n_initializers, 1);
		assert_int_equal(m->tensors[0].nbytes, sizes[i] - pb.len);
		assert_int_equal(tensor_offset(&m->tensors[0]), pb.len);
		assert_true((find_notice(m, "large-file") != NULL) == (sizes[i] >> 31 > 0));
		model_unref(m);
		pb_free(&pb);
	}
}

/* Bytes in memory have no directory: nothing is opened. */
static void no_directory(void **state)
{
	struct pb graph = { 0 };
	(void)state;
	add_external(&graph, "w", 16, "w.bin", NULL, NULL);
	struct read read = read_graph(&graph);
	assert_non_null(read.model);
	assert_notice(read.model, "external-file", "not read from a directory");
	read_done(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_extents, setup, teardown),
		cmocka_unit_test_setup_teardown(b19_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(b20_link, setup, teardown),
		cmocka_unit_test_setup_teardown(b22_names, setup, teardown),
		cmocka_unit_test_setup_teardown(b23_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(b23_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(a30_hard_links, setup, teardown),
		cmocka_unit_test_setup_teardown(b28_large_files, setup, teardown),
		cmocka_unit_test(no_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
