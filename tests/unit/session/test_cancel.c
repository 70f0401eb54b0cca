/* Scans that are given up at random moments: nothing leaks, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mtui/file.h>
#include <mtui/reader.h>

#include "one_tensor.h"
#include "random_bytes.h"
#include "session/session.h"

#define TIMES	1000
#define TENSORS 5
#define ELEMENTS (((uint64_t)1 << 20) + 70000) /* of two stripes each */

static const enum dtype dtypes[TENSORS] = { DTYPE_F32, DTYPE_F64, DTYPE_BF16, DTYPE_I64, DTYPE_I8 };

static size_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void put_field(FILE *file, unsigned number, const uint8_t *bytes, size_t len)
{
	uint8_t head[16];
	size_t n = put_varint(head, number << 3 | 2);

	n += put_varint(head + n, len);
	assert_int_equal(fwrite(head, 1, n, file), n);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
}

static size_t put_number(uint8_t *out, unsigned number, uint64_t value)
{
	size_t n = put_varint(out, number << 3);

	return n + put_varint(out + n, value);
}

static void fill(uint8_t *bytes, size_t len, uint64_t *seed)
{
	for (size_t i = 0; i < len; i += 2) {
		uint64_t word = random_next(seed);

		memcpy(bytes + i, &word, len - i < 2 ? len - i : 2);
	}
}

/* TensorProto: dims, data_type, name, raw_data. */
static uint8_t *make_tensor(enum dtype dtype, uint64_t *seed, size_t *len)
{
	size_t size = (size_t)ELEMENTS * dtype_traits[dtype].bits / 8, n = 0;
	uint8_t *bytes = malloc(size + 64);

	n += put_number(bytes, 1, ELEMENTS);
	n += put_number(bytes + n, 2, (uint64_t)dtype_traits[dtype].onnx);
	n += put_varint(bytes + n, 8 << 3 | 2);
	bytes[n++] = 2;
	bytes[n++] = 't';
	bytes[n++] = (uint8_t)('0' + dtype % 10);
	n += put_varint(bytes + n, 9 << 3 | 2);
	n += put_varint(bytes + n, size);
	fill(bytes + n, size, seed);
	*len = n + size;
	return bytes;
}

static void write_model(const char *path)
{
	FILE *file = fopen(path, "wb"), *graph;
	uint64_t seed = 5;
	uint8_t version[4];
	char *bytes = NULL;
	size_t len = 0;

	assert_non_null(file);
	graph = open_memstream(&bytes, &len);
	assert_non_null(graph);
	for (size_t t = 0; t < TENSORS; t++) {
		size_t tensor_len;
		uint8_t *tensor = make_tensor(dtypes[t], &seed, &tensor_len);

		put_field(graph, 5, tensor, tensor_len);
		free(tensor);
	}
	fclose(graph);
	assert_int_equal(fwrite(version, 1, put_number(version, 1, 8), file), 2);
	put_field(file, 7, (const uint8_t *)bytes, len);
	free(bytes);
	fclose(file);
}

static void want_only(struct session *session, uint32_t tensor)
{
	const struct request request = { .tensor = tensor, .kind = REPORT_STATISTICS };

	session_update_begin(session);
	if (tensor < TENSORS)
		session_want(session, &request);
	session_update_end(session);
}

static void check_report(struct session *session, uint32_t tensor)
{
	const struct request request = { .tensor = tensor, .kind = REPORT_STATISTICS };
	const struct report *report;
	struct statistics *expected = malloc(sizeof *expected);
	const struct model *model = session_model(session, 0);

	session_resume(session);
	want_only(session, tensor);
	session_finish(session);
	report = session_report(session, &request);
	assert_non_null(report);
	assert_int_equal(report->state, REPORT_DONE);
	assert_true(statistics_compute(model, &model->tensors[tensor], NULL, expected, NULL));
	assert_memory_equal(&report->statistics, expected, sizeof *expected);
	free(expected);
}

static void random_moments(const char *path)
{
	struct session *session = session_new(3, NULL);
	uint64_t seed = 77;
	uint32_t reached = 0;

	assert_non_null(session);
	assert_true(session_open(session, path, NULL));
	for (int turn = 0; turn < TIMES; turn++) {
		uint64_t word = random_next(&seed);
		const struct timespec pause = { .tv_nsec = (long)(word >> 32) % 400000 };

		want_only(session, (uint32_t)(word % TENSORS));
		nanosleep(&pause, NULL);
		if (word % 3 == 0) {
			session_stop(session);
			session_resume(session);
		} else if (word % 3 == 1) {
			want_only(session, NO_INDEX);
		}
		session_collect(session);
		reached += session_progress(session).tasks > 0;
		/* Reports that were done are forgotten with their document. */
		if (turn % 100 == 99)
			assert_true(session_reload(session, 0, NULL));
	}
	assert_true(reached > 0);
	for (uint32_t t = 0; t < TENSORS; t++)
		check_report(session, t);
	session_free(session);
}

static void cancelled_at_random_moments(void **state)
{
	char folder[] = "/tmp/mtui-cancel-XXXXXX", path[64];
	size_t files, threads;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/m.onnx", folder);
	write_model(path);
	assert_true(file_guard_install(NULL));
	files = count_entries("/proc/self/fd");
	threads = count_entries("/proc/self/task");
	random_moments(path);
	assert_int_equal(count_entries("/proc/self/fd"), files);
	assert_true(count_entries("/proc/self/task") <= threads + 1);
	unlink(path);
	rmdir(folder);
}

/* --- One computation with its pool ----------------------------------------------------------- */

struct patience {
	uint64_t calls, most;
};

static bool lose_patience(void *context, uint64_t done, uint64_t total)
{
	struct patience *patience = context;

	assert_true(done <= total);
	return patience->calls++ >= patience->most;
}

static void computations_are_stopped_by_their_watch(void **state)
{
	struct pool *pool = pool_new(3);
	struct statistics *s = malloc(2 * sizeof *s);
	size_t len = 8 * ELEMENTS;
	uint8_t *bytes = malloc(len);
	uint64_t seed = 9, stopped = 0, finished = 0;

	(void)state;
	fill(bytes, len, &seed);
	for (size_t t = 0; t < TENSORS; t++) {
		struct one_tensor one;
		uint64_t n = ELEMENTS;

		one_tensor_init(&one, dtypes[t], n, bytes,
				(size_t)n * dtype_traits[dtypes[t]].bits / 8);
		memset(s, 0, 2 * sizeof *s);
		assert_true(statistics_compute(&one.model, &one.tensor, NULL, &s[0], NULL));
		for (int turn = 0; turn < TIMES / TENSORS / 10; turn++) {
			struct patience patience = { .most = random_next(&seed) % 40 };
			const struct analysis_watch watch = { lose_patience, &patience, pool };
			struct error err = { .code = ERROR_NONE };

			if (statistics_compute(&one.model, &one.tensor, &watch, &s[1], &err)) {
				assert_memory_equal(&s[1], &s[0], sizeof *s);
				finished++;
			} else {
				assert_int_equal(err.code, ERROR_CANCELLED);
				stopped++;
			}
		}
		one_tensor_free(&one);
	}
	assert_true(stopped > 0 && finished > 0);
	pool_free(pool);
	free(bytes);
	free(s);
}

/* --- A file that shrinks meanwhile ------------------------------------------------------------ */

struct shrinking {
	const char *path;
	uint64_t calls, at;
};

static bool shrink(void *context, uint64_t done, uint64_t total)
{
	struct shrinking *shrinking = context;

	(void)done;
	(void)total;
	if (shrinking->calls++ == shrinking->at)
		assert_int_equal(truncate(shrinking->path, 100000), 0);
	return false;
}

static void a_file_that_shrinks_under_several_threads(void **state)
{
	char folder[] = "/tmp/mtui-cancel-XXXXXX", path[64];
	struct statistics *s = malloc(sizeof *s);
	struct pool *pool = pool_new(3);
	uint64_t seed = 4, changed = 0;
	struct model *model;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/m.onnx", folder);
	write_model(path);
	assert_true(file_guard_install(NULL));
	model = model_open(path, NULL);
	assert_non_null(model);
	for (int turn = 0; turn < 25; turn++) {
		struct shrinking shrinking = { path, 0, random_next(&seed) % 16 };
		const struct analysis_watch watch = { shrink, &shrinking, pool };
		struct error err = { .code = ERROR_NONE };

		if (!statistics_compute(model, &model->tensors[turn % TENSORS], &watch, s, &err)) {
			assert_int_equal(err.code, ERROR_CHANGED);
			changed++;
		}
		/* As long as before; the weights are zeros from now on. */
		assert_int_equal(truncate(path, (off_t)model->files[0].file->size), 0);
	}
	assert_true(changed > 0);
	model_unref(model);
	pool_free(pool);
	free(s);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancelled_at_random_moments),
		cmocka_unit_test(computations_are_stopped_by_their_watch),
		cmocka_unit_test(a_file_that_shrinks_under_several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
