/* The session against readers and analyses that do as the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <mtui/reader.h>

#include "session/reports.h"
#include "session/session.h"

#define LARGE ((uint64_t)2 << 20)

static struct lab {
	size_t n_tensors; /* of the next model that is opened */
	uint64_t present; /* elements of each */
	atomic_bool hold; /* analyses do not end, but when they are cancelled */
	atomic_int running, statistics, quant, cancelled;
	const char *file; /* that the model is said to come from, or NULL */
	bool broken;	  /* the file cannot be read */
} lab;

struct model *model_open(const char *path, struct error *err)
{
	struct model *model;
	struct tensor *tensors;

	(void)path;
	if (lab.broken) {
		error_set(err, ERROR_MALFORMED, 7, "broken");
		return NULL;
	}
	model = calloc(1, sizeof *model);
	arena_init(&model->arena, 0);
	model->references = 1;
	model->format = "onnx";
	tensors = arena_array(&model->arena, lab.n_tensors, sizeof *tensors);
	for (size_t i = 0; i < lab.n_tensors; i++)
		tensors[i] = (struct tensor){ .name = arena_format(&model->arena, "t%zu", i),
					      .dtype = DTYPE_F32,
					      .count = lab.present,
					      .present = lab.present,
					      .value = NO_INDEX,
					      .node = NO_INDEX,
					      .indices = NO_INDEX,
					      .quant = NO_INDEX };
	model->graphs = arena_alloc(&model->arena, sizeof *model->graphs);
	model->n_graphs = 1;
	model->tensors = tensors;
	model->n_tensors = lab.n_tensors;
	if (lab.file) {
		struct model_file *file = arena_alloc(&model->arena, sizeof *file);

		file->file = file_open(lab.file, err);
		model->files = file;
		model->n_files = 1;
	}
	return model;
}

static bool work(atomic_int *counter, const struct tensor *tensor,
		 const struct analysis_watch *watch, struct error *err)
{
	atomic_fetch_add(counter, 1);
	atomic_fetch_add(&lab.running, 1);
	do {
		if (watch->progress(watch->context, 1, 2)) {
			atomic_fetch_add(&lab.cancelled, 1);
			atomic_fetch_sub(&lab.running, 1);
			return error_set(err, ERROR_CANCELLED, -1, "cancelled");
		}
		if (atomic_load(&lab.hold))
			nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	} while (atomic_load(&lab.hold));
	atomic_fetch_sub(&lab.running, 1);
	if (text_is(tensor->name, "t13"))
		return error_set(err, ERROR_CHANGED, 0, "unlucky");
	return true;
}

bool statistics_compute(const struct model *model, const struct tensor *tensor,
			const struct analysis_watch *watch, struct statistics *result,
			struct error *err)
{
	(void)model;
	result->finite = tensor->present;
	result->bins[0] = 1;
	result->bins[255] = 1000;
	result->nan = 1;
	return work(&lab.statistics, tensor, watch, err);
}

bool quant_applies(const struct tensor *tensor)
{
	return tensor->dtype == DTYPE_F32;
}

uint64_t quant_bytes_after(const struct model *model, const struct tensor *tensor,
			   const struct quant_scheme *scheme)
{
	(void)model;
	return tensor->present * quant_scheme_bits(scheme) / 8;
}

/* Nobody here asks for a plan; the real one would bring the real quantization with it. */
/* So that the real ones, with all they need, are not linked. */
bool quant_error_by_axis(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const double *weights, uint64_t n,
			 const struct analysis_watch *watch, struct quant_error *result,
			 struct error *err)
{
	(void)weights;
	(void)n;
	return quant_error_compute(model, tensor, scheme, watch, result, err);
}

bool fusion_compute(const struct model *model, const struct fusion_site *site,
		    const struct quant_scheme *scheme, const struct analysis_watch *watch,
		    struct fusion_report *report, struct error *err)
{
	(void)model;
	(void)site;
	(void)scheme;
	(void)watch;
	(void)report;
	return error_set(err, ERROR_REFUSED, -1, "no fusion here");
}

bool quant_sample_compute(const struct model *model, const uint32_t *tensors, size_t n,
			  const struct quant_scheme *scheme, const struct analysis_watch *watch,
			  struct quant_sample *result, struct error *err)
{
	(void)model;
	(void)tensors;
	(void)n;
	(void)scheme;
	(void)watch;
	(void)result;
	return error_set(err, ERROR_REFUSED, -1, "no samples here");
}

bool ladder_compute(const struct model *model, const struct tensor *tensor,
		    const struct ladder *ladder, const struct analysis_watch *watch,
		    struct ladder_costs *result, struct error *err)
{
	(void)model;
	(void)tensor;
	(void)ladder;
	(void)watch;
	(void)result;
	return error_set(err, ERROR_REFUSED, -1, "no plans here");
}

bool quant_error_compute(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const struct analysis_watch *watch,
			 struct quant_error *result, struct error *err)
{
	(void)model;
	result->sqnr_db = quant_scheme_bits(scheme) * 6;
	return work(&lab.quant, tensor, watch, err);
}

bool quant_error_brief(const struct model *model, const struct tensor *tensor,
		       const struct quant_scheme *scheme, const struct analysis_watch *watch,
		       struct quant_error *result, struct error *err)
{
	return quant_error_compute(model, tensor, scheme, watch, result, err);
}

static struct session *open_session(size_t n_tensors, uint64_t present)
{
	struct session *session = session_new(2, NULL);

	memset(&lab, 0, sizeof lab);
	lab.n_tensors = n_tensors;
	lab.present = present;
	assert_non_null(session);
	assert_true(session_open(session, "model", NULL));
	return session;
}

static const struct quant_scheme int8 = { .id = SCHEME_INT8, .axis = -1 };
static const struct quant_scheme int4 = { .id = SCHEME_INT4, .axis = -1 };

static struct request statistics_of(uint32_t tensor)
{
	return (struct request){ .tensor = tensor, .kind = REPORT_STATISTICS };
}

static void want_only(struct session *session, uint32_t tensor)
{
	struct request request = statistics_of(tensor);

	session_update_begin(session);
	session_want(session, &request);
	session_update_end(session);
}

static int state_of(struct session *session, uint32_t tensor)
{
	struct request request = statistics_of(tensor);
	const struct report *report = session_report(session, &request);

	return report ? (int)report->state : -1;
}

static void wait_for(atomic_int *counter, int value)
{
	for (int i = 0; i < 20000 && atomic_load(counter) < value; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	assert_true(atomic_load(counter) >= value);
}

static void want_rows(struct session *session, uint32_t count, const struct quant_scheme *scheme)
{
	session_update_begin(session);
	for (uint32_t i = 0; i < count; i++)
		session_want_summary(session, 0, i, scheme);
	session_update_end(session);
}

static void test_detail(void **state)
{
	struct session *session = open_session(20, 100);
	struct request request = statistics_of(3), bad = statistics_of(20);
	struct pollfd wake = { .fd = session_wake_fd(session), .events = POLLIN };

	(void)state;
	assert_null(session_report(session, &request));
	want_only(session, 3);
	assert_int_equal(poll(&wake, 1, 5000), 1);
	session_finish(session);
	assert_int_equal(poll(&wake, 1, 0), 0);
	assert_int_equal(state_of(session, 3), REPORT_DONE);
	assert_int_equal(session_report(session, &request)->statistics.finite, 100);
	want_only(session, 3);
	session_finish(session);
	assert_int_equal(lab.statistics, 1);

	want_only(session, 13);
	session_finish(session);
	assert_int_equal(state_of(session, 13), REPORT_FAILED);
	request = statistics_of(13);
	assert_string_equal(session_report(session, &request)->error.message, "unlucky");

	session_want(session, &bad); /* no such tensor */
	bad.document = 9;
	session_want(session, &bad);
	session_finish(session);
	assert_int_equal(lab.statistics, 2);
	session_free(session);
}

static void test_newest_wins(void **state)
{
	struct session *session = open_session(100, 100);

	(void)state;
	lab.hold = true;
	for (uint32_t i = 0; i < 100; i++)
		want_only(session, i);
	assert_int_equal(session_progress(session).tasks, 1);
	lab.hold = false;
	session_finish(session);
	assert_int_equal(state_of(session, 99), REPORT_DONE);
	assert_int_equal(state_of(session, 50), -1);
	assert_true(lab.statistics - lab.cancelled <= 3);
	assert_int_equal(session_progress(session).tasks, 0);
	session_free(session);
}

static void test_running_is_cancelled(void **state)
{
	struct session *session = open_session(4, 100);

	(void)state;
	lab.hold = true;
	want_only(session, 1);
	wait_for(&lab.running, 1);
	assert_int_equal(state_of(session, 1), REPORT_WAITING);
	session_update_begin(session);
	session_update_end(session);
	assert_int_equal(state_of(session, 1), -1);
	session_finish(session);
	assert_int_equal(lab.cancelled, 1);

	/* Wanted again while the first is still dying: computed anew. */
	want_only(session, 1);
	wait_for(&lab.running, 1);
	want_only(session, 2);
	want_only(session, 1);
	lab.hold = false;
	session_finish(session);
	assert_int_equal(state_of(session, 1), REPORT_DONE);
	session_free(session);
}

static void test_stop(void **state)
{
	struct session *session = open_session(4, 100);

	(void)state;
	lab.hold = true;
	want_only(session, 1);
	wait_for(&lab.running, 1);
	session_stop(session);
	assert_int_equal(state_of(session, 1), REPORT_STOPPED);
	assert_int_equal(session_progress(session).tasks, 0);
	want_only(session, 1);
	want_only(session, 2);
	want_rows(session, 4, &int8);
	assert_int_equal(session_summary(session, 0, 3, &int8)->state, REPORT_STOPPED);
	session_finish(session);
	assert_int_equal(state_of(session, 1), REPORT_STOPPED);
	assert_int_equal(lab.statistics, 1);

	lab.hold = false;
	session_resume(session);
	want_only(session, 1);
	session_finish(session);
	assert_int_equal(state_of(session, 1), REPORT_DONE);
	assert_int_equal(state_of(session, 2), REPORT_STOPPED);
	want_rows(session, 4, &int8);
	session_finish(session);
	assert_int_equal(session_summary(session, 0, 3, &int8)->state, REPORT_DONE);

	/* Rows that are being computed stop as well. */
	lab.hold = true;
	want_rows(session, 4, &int4);
	wait_for(&lab.running, 1);
	session_stop(session);
	assert_int_equal(session_summary(session, 0, 0, &int4)->state, REPORT_STOPPED);
	assert_true(session_summary(session, 0, 0, &int4)->has_bins);
	session_free(session);
}

static void want_one(struct session *session, const struct request *request)
{
	session_update_begin(session);
	session_want(session, request);
	session_update_end(session);
}

/* A row of many tensors: stopped, wanted anew, given up when the next one is wanted. */
static void test_scope(void **state)
{
	struct session *session = open_session(20, 100);
	struct request request = { .tensor = NO_INDEX, .row = 0, .kind = REPORT_SCOPE };
	struct request beyond = { .tensor = NO_INDEX, .row = 1000, .kind = REPORT_SCOPE };

	(void)state;
	atomic_store(&lab.hold, true);
	want_one(session, &beyond);
	assert_null(session_report(session, &beyond));
	want_one(session, &request);
	wait_for(&lab.statistics, 1);
	session_stop(session);
	assert_int_equal(session_report(session, &request)->state, REPORT_STOPPED);
	session_finish(session);
	assert_int_equal(lab.cancelled, 1);
	session_resume(session);
	want_one(session, &request);
	wait_for(&lab.statistics, 2);
	assert_int_equal(session_report(session, &request)->state, REPORT_WAITING);
	assert_int_equal(session_progress(session).tasks, 1);
	session_update_begin(session);
	session_update_end(session);
	assert_null(session_report(session, &request));
	session_finish(session);
	assert_int_equal(lab.cancelled, 2);
	session_free(session);
}

static void test_no_numbers(void **state)
{
	static const struct {
		struct tensor tensor;
		enum error_code code;
		enum report_state row;
		const char *message;
	} rows[] = {
		{ { .dtype = DTYPE_F32, .problem = TENSOR_OVERFLOW },
		  ERROR_MALFORMED,
		  REPORT_FAILED,
		  "the shape has too many elements" },
		{ { .dtype = DTYPE_F32, .problem = TENSOR_BAD_DIMS },
		  ERROR_MALFORMED,
		  REPORT_FAILED,
		  "the shape has a negative dimension" },
		{ { .dtype_number = 99, .problem = TENSOR_BAD_DTYPE, .storage = STORAGE_RAW },
		  ERROR_MALFORMED,
		  REPORT_FAILED,
		  "elements of type 99 cannot be read from raw_data" },
		{ { .dtype = DTYPE_F32, .problem = TENSOR_NO_DATA, .file = 5 },
		  ERROR_MALFORMED,
		  REPORT_FAILED,
		  "the data is missing" },
		{ { .dtype = DTYPE_STRING },
		  ERROR_REFUSED,
		  REPORT_DONE,
		  "elements of type string are no numbers" },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct session *session = open_session(1, 1);
		struct request request = statistics_of(0);

		*(struct tensor *)session_model(session, 0)->tensors = rows[i].tensor;
		want_only(session, 0);
		assert_int_equal(state_of(session, 0), REPORT_FAILED);
		assert_int_equal(session_report(session, &request)->error.code, rows[i].code);
		assert_string_equal(session_report(session, &request)->error.message,
				    rows[i].message);
		want_rows(session, 1, &int8);
		assert_int_equal(session_summary(session, 0, 0, &int8)->state, rows[i].row);
		assert_false(session_summary(session, 0, 0, &int8)->has_bins);
		session_free(session);
	}
	struct session *session = open_session(1, 1);
	struct request request = { .kind = REPORT_QUANT_ERROR, .scheme = int8 };

	((struct tensor *)session_model(session, 0)->tensors)->dtype = DTYPE_I64;
	session_want(session, &request);
	assert_int_equal(session_report(session, &request)->state, REPORT_FAILED);
	want_rows(session, 1, &int8);
	session_finish(session);
	assert_int_equal(session_summary(session, 0, 0, &int8)->state, REPORT_DONE);
	assert_true(isnan(session_summary(session, 0, 0, &int8)->sqnr_db));
	assert_int_equal(lab.quant, 0);
	session_free(session);
}

static void test_summaries(void **state)
{
	struct session *session = open_session(300, 100);
	const struct summary *summary;

	(void)state;
	assert_null(session_summary(session, 0, 0, &int8));
	want_rows(session, 300, &int8);
	assert_int_equal(session_summary(session, 0, 299, &int8)->state, REPORT_WAITING);
	session_finish(session);
	summary = session_summary(session, 0, 7, &int8);
	assert_int_equal(summary->state, REPORT_DONE);
	assert_true(summary->sqnr_db == 48);
	assert_true(summary->has_bins && summary->has_nonfinite);
	assert_int_equal(summary->bins[0], 1); /* little, but not nothing */
	assert_int_equal(summary->bins[1], 0);
	assert_int_equal(summary->bins[7], 255);
	assert_int_equal(session_summary(session, 0, 13, &int8)->state, REPORT_FAILED);
	assert_int_equal(lab.statistics, 300);
	assert_int_equal(lab.quant, 300);

	/* Another scheme: another error, the same histogram. */
	assert_int_equal(session_summary(session, 0, 7, &int4)->state, REPORT_WAITING);
	want_rows(session, 300, &int4);
	assert_true(session_summary(session, 0, 7, &int4)->has_bins);
	session_finish(session);
	assert_true(session_summary(session, 0, 7, &int4)->sqnr_db == 24);
	assert_true(lab.statistics <= 301);
	assert_int_equal(session_summary(session, 0, 7, &int8)->state, REPORT_WAITING);
	session_free(session);
}

static void test_nothing_twice(void **state)
{
	struct session *session = open_session(1, LARGE);
	struct request statistics = statistics_of(0);
	struct request quant = { .kind = REPORT_QUANT_ERROR, .scheme = int8 };

	(void)state;
	/* The row of a large tensor waits for the details of the same tensor. */
	lab.hold = true;
	session_update_begin(session);
	session_want(session, &statistics);
	session_want(session, &quant);
	session_want_summary(session, 0, 0, &int8);
	session_update_end(session);
	wait_for(&lab.running, 2);
	lab.hold = false;
	session_finish(session);
	assert_int_equal(session_summary(session, 0, 0, &int8)->state, REPORT_DONE);
	assert_int_equal(lab.statistics, 1);
	assert_int_equal(lab.quant, 1);

	/* The row alone looks at less; the details need more than that. */
	want_rows(session, 1, &int4);
	session_finish(session);
	assert_int_equal(lab.statistics, 1);
	assert_int_equal(lab.quant, 2);
	quant.scheme = int4;
	session_update_begin(session);
	session_want(session, &quant);
	session_update_end(session);
	session_finish(session);
	assert_int_equal(session_report(session, &quant)->state, REPORT_DONE);
	assert_int_equal(lab.quant, 3);
	session_free(session);
}

static void test_large_rows(void **state)
{
	struct session *session = open_session(12, LARGE);

	(void)state;
	want_rows(session, 12, &int8);
	session_finish(session);
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(session_summary(session, 0, i, &int8)->state, REPORT_DONE);
	assert_int_equal(lab.statistics, 12);

	/* One worker is left for details. */
	lab.hold = true;
	session_update_begin(session);
	for (uint32_t i = 0; i < 12; i++)
		session_want_summary(session, 0, i, &int4);
	session_update_end(session);
	wait_for(&lab.running, 1);
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	assert_int_equal(lab.running, 1);
	session_stop(session);
	session_free(session);
}

static void test_many_wishes(void **state)
{
	enum { COUNT = 100000 };
	struct session *session = open_session(COUNT, 1);
	struct timespec from, to;
	double best = 1;

	(void)state;
	lab.hold = true;
	for (int round = 0; round < 5; round++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		session_update_begin(session);
		for (uint32_t i = 0; i < COUNT; i++)
			session_want_summary(session, 0, i, &int8);
		session_update_end(session);
		clock_gettime(CLOCK_MONOTONIC, &to);
		double seconds = (double)(to.tv_sec - from.tv_sec) +
				 (double)(to.tv_nsec - from.tv_nsec) * 1e-9;

		best = seconds < best ? seconds : best;
	}
	print_message("100,000 wishes: %d us\n", (int)(best * 1e6));
	/* 5 ms is asked for; sanitizers and busy machines take more. */
	assert_true(best < 0.5);
	assert_true(session_progress(session).tasks > COUNT / 2);
	session_free(session); /* with jobs running and queued */
}

static void test_bounded(void **state)
{
	size_t most = REPORTS_BYTES / sizeof(struct report_entry);
	struct session *session = open_session(most + 500, 1);

	(void)state;
	for (uint32_t i = 0; i < most + 500; i++) {
		struct request request = statistics_of(i), first = statistics_of(0);

		session_update_begin(session);
		session_want(session, &request);
		session_want(session, &first); /* stays young */
		if (i % 64 == 0)
			session_finish(session);
	}
	session_finish(session);
	assert_int_equal(state_of(session, 0), REPORT_DONE);
	assert_int_equal(state_of(session, 1), -1);
	assert_int_equal(state_of(session, (uint32_t)most + 499), REPORT_DONE);
	session_free(session);
}

static void test_reload(void **state)
{
	struct session *session = open_session(4, 100);
	const struct model *old = session_model(session, 0);
	struct error err;

	(void)state;
	want_rows(session, 2, &int8);
	session_finish(session);
	lab.hold = true;
	want_only(session, 2);
	wait_for(&lab.running, 1);
	lab.n_tensors = 2;
	assert_true(session_reload(session, 0, &err));
	assert_ptr_not_equal(session_model(session, 0), old);
	assert_int_equal(old->n_tensors, 4); /* lives until the update ends */
	assert_int_equal(state_of(session, 2), -1);
	assert_null(session_summary(session, 0, 0, &int8));
	lab.hold = false;
	want_only(session, 1);
	session_finish(session);
	assert_int_equal(state_of(session, 1), REPORT_DONE);
	assert_int_equal(state_of(session, 2), -1);

	lab.broken = true;
	old = session_model(session, 0);
	assert_false(session_reload(session, 0, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_ptr_equal(session_model(session, 0), old);
	assert_int_equal(state_of(session, 1), REPORT_DONE);
	assert_false(session_open(session, "x", &err));
	assert_false(session_reload(session, 1, &err));
	assert_int_equal(session_documents(session), 1);
	session_free(session);
}

static void test_file_state(void **state)
{
	char path[] = "/tmp/mtui-session-XXXXXX";
	int fd = mkstemp(path);
	struct session *session = session_new(1, NULL);

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	memset(&lab, 0, sizeof lab);
	lab.file = path;
	assert_true(session_open(session, path, NULL));
	assert_int_equal(ftruncate(fd, 4), 0);
	assert_string_equal(session_file_state(session, 0),
			    "file changed: was 10 bytes, is 4 bytes; press r");
	unlink(path); /* not looked at again so soon */
	assert_string_equal(session_file_state(session, 0),
			    "file changed: was 10 bytes, is 4 bytes; press r");
	assert_string_equal(session_file_state(session, 1), "");
	close(fd);
	session_free(session);
}

static void test_progress(void **state)
{
	struct session *session = open_session(4, 100);
	struct session_progress progress;

	(void)state;
	lab.hold = true;
	want_only(session, 2);
	wait_for(&lab.running, 1);
	progress = session_progress(session);
	assert_int_equal(progress.tasks, 1);
	assert_int_equal(progress.total, 100);
	assert_true(text_is(progress.name, "t2"));
	assert_true(progress.seconds > 0);
	lab.hold = false;
	session_finish(session);
	assert_int_equal(session_progress(session).total, 0);
	assert_true(session_progress(session).seconds == 0);
	session_free(session);
}

/* What is left does not grow while it is being done, though large tensors take turns. */
static void test_progress_of_many(void **state)
{
	struct session *session = open_session(8, LARGE);
	uint64_t most = 0;

	(void)state;
	lab.hold = true;
	for (int round = 0; round < 3; round++) {
		want_rows(session, 8, &int8);
		uint64_t total = session_progress(session).total;
		assert_true(round == 0 || total == most);
		most = total;
	}
	assert_true(most >= 8 * LARGE);
	lab.hold = false;
	while (session_progress(session).tasks) {
		session_collect(session);
		struct session_progress progress = session_progress(session);
		assert_true(progress.total == 0 || progress.total == most);
		assert_true(progress.done <= progress.total);
	}
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_running_is_cancelled),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_summaries),
		cmocka_unit_test(test_nothing_twice),
		cmocka_unit_test(test_large_rows),
		cmocka_unit_test(test_many_wishes),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_file_state),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_progress_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
