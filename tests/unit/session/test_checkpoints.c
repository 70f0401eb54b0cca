/* Steps that names of saved models tell, and the folder they are found in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/checkpoints.h"

static void names_tell_steps(void **state)
{
	static const struct {
		const char *name;
		int64_t step;
	} rows[] = {
		{ "model_step_100.onnx", 100 },
		{ "epoch=3-step=1500.onnx", 1500 },
		{ "checkpoint-500/model.onnx", 500 },
		{ "ckpt_0042.onnx", 42 },
		{ "model-7.onnx", 7 },
		{ "net_v2_iter9000.onnx", 9000 },
		{ "run3/model.onnx", 3 },
		{ "model.onnx", -1 },
		{ "99999999999999999999.onnx", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(checkpoint_step(rows[i].name), rows[i].step);
}

static void put(const char *folder, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
}

static void folder_is_looked_through(void **state)
{
	char folder[] = "/tmp/mtui-checkpoints-XXXXXX", path[256];
	struct checkpoints found = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/checkpoint-20", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put(folder, "step_30.onnx");
	put(folder, "step_10.onnx");
	put(folder, "step_40.txt");
	put(folder, "checkpoint-20/model.onnx");
	checkpoints_look(&found, folder, 1);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.items[0].step, 10);
	assert_string_equal(found.items[1].name, "checkpoint-20/model.onnx");
	/* The disk is left alone for a while. */
	put(folder, "step_50.onnx");
	checkpoints_look(&found, folder, 2);
	assert_int_equal(found.count, 3);
	checkpoints_look(&found, folder, INT64_C(20000000000));
	assert_int_equal(found.count, 4);
	checkpoints_free(&found);
	static const char *const names[] = { "step_30.onnx", "step_10.onnx", "step_40.txt",
					     "step_50.onnx", "checkpoint-20/model.onnx" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/checkpoint-20", folder);
	rmdir(path);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_tell_steps),
		cmocka_unit_test(folder_is_looked_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
