/* What libonnx says, through the session: answers, Esc, reading again, leaving while it works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/library.h"

#define DEMO "tests/demo/digits.onnx"

/* The engine is looked for beside the running program: a link leads to the one that was built. */
static bool has_engine(void)
{
	const char *mtui = getenv("MTUI");
	char target[4096], link[4096 + 16], *real;
	ssize_t len = readlink("/proc/self/exe", link, 4096);
	char *slash;

	if (len < 0)
		return false;
	link[len] = '\0';
	slash = strrchr(link, '/');
	strcpy(slash + 1, "mtui-engine");
	snprintf(target, sizeof target, "%s-engine", mtui ? mtui : "build/mtui");
	real = realpath(target, NULL);
	if (real && access(link, X_OK) != 0 && symlink(real, link) != 0) {
		free(real);
		return false;
	}
	free(real);
	return access(link, X_OK) == 0;
}

static struct session *open_demo(void)
{
	struct error err;
	struct session *session = session_new(2, &err);

	assert_non_null(session);
	if (!session_open(session, DEMO, &err))
		fail_msg("%s", err.message);
	return session;
}

static void want_all(struct session *session)
{
	session_update_begin(session);
	session_want_shapes(session, 0);
	session_want_verdict(session, 0);
	session_want_op_doc(session, TEXT(""), TEXT("Conv"), 13);
	session_want_op_doc(session, TEXT(""), TEXT("Nonsense"), 13);
	session_update_end(session);
}

static void answers_come(void **state)
{
	(void)state;
	if (!has_engine())
		skip();
	struct session *session = open_demo();
	assert_null(session_shapes(session, 0));
	want_all(session);
	assert_int_equal(session_shapes(session, 0)->state, REPORT_WAITING);
	assert_true(session_progress(session).tasks > 0);
	session_finish(session);
	assert_int_equal(session_progress(session).tasks, 0);
	assert_int_equal(session_shapes(session, 0)->state, REPORT_DONE);
	assert_true(session_shapes(session, 0)->shapes->n_inferred > 5);
	assert_int_equal(session_verdict(session, 0)->state, REPORT_DONE);
	assert_string_equal(session_verdict(session, 0)->verdict, "");
	const struct library_answer *conv = session_op_doc(session, TEXT(""), TEXT("Conv"), 13);
	assert_int_equal(conv->state, REPORT_DONE);
	assert_true(text_is(conv->op_doc->name, "Conv"));
	assert_int_equal(session_op_doc(session, TEXT(""), TEXT("Nonsense"), 13)->state,
			 REPORT_FAILED);

	/* What is known is not asked for again; what the file was says nothing of what it is. */
	want_all(session);
	assert_int_equal(session_progress(session).tasks, 0);
	struct error err;
	assert_true(session_reload(session, 0, &err));
	assert_null(session_shapes(session, 0));
	assert_non_null(session_op_doc(session, TEXT(""), TEXT("Conv"), 13));
	session_free(session);
}

static void esc_stops_and_a_move_asks_again(void **state)
{
	(void)state;
	if (!has_engine())
		skip();
	struct session *session = open_demo();
	want_all(session);
	session_stop(session);
	session_finish(session);
	assert_int_not_equal(session_shapes(session, 0)->state, REPORT_WAITING);
	assert_int_not_equal(session_verdict(session, 0)->state, REPORT_DONE);
	want_all(session);
	assert_int_equal(session_progress(session).tasks, 0);
	session_resume(session);
	want_all(session);
	session_finish(session);
	assert_int_equal(session_shapes(session, 0)->state, REPORT_DONE);
	assert_int_equal(session_verdict(session, 0)->state, REPORT_DONE);
	session_free(session);
}

static void nobody_waits_for_what_nobody_wants(void **state)
{
	char name[16];
	(void)state;
	if (!has_engine())
		skip();
	/* A held key: a new operator in every frame. */
	struct session *session = open_demo();
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "Op%d", i);
		session_update_begin(session);
		session_want_op_doc(session, TEXT(""), text_from(name), 13);
		session_update_end(session);
		session_collect(session);
		assert_true(session_progress(session).tasks <= 2);
	}
	struct error err;
	session_want_shapes(session, 0);
	assert_true(session_reload(session, 0, &err));
	want_all(session);
	session_free(session);
}

static void off_is_off(void **state)
{
	(void)state;
	struct session *session = open_demo();
	session_use_library(session, false);
	want_all(session);
	session_finish(session);
	/* What mtui infers by itself is there all the same. */
	assert_int_equal(session_shapes(session, 0)->state, REPORT_DONE);
	assert_null(session_verdict(session, 0));
	assert_null(session_op_doc(session, TEXT(""), TEXT("Conv"), 13));
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come),
		cmocka_unit_test(esc_stops_and_a_move_asks_again),
		cmocka_unit_test(nobody_waits_for_what_nobody_wants),
		cmocka_unit_test(off_is_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
