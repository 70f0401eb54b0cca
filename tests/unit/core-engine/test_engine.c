/*
 * The client of mtui-engine against engines that misbehave, and against the real one where it was
 * built. The program is its own bad engine: started with MTUI_STUB it does what that says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mtui/bytes.h>
#include <mtui/engine.h>

#include "build_model.h"
#include "core/engine/engine_protocol.h"

/* --- The bad engine -------------------------------------------------------------------------- */

static void say(const void *bytes, size_t len)
{
	if (send(0, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(0);
}

static void say_head(uint32_t len, uint32_t type)
{
	uint8_t head[8];

	put_u32(head, len);
	put_u32(head + 4, type);
	say(head, sizeof head);
}

static void greet(int64_t protocol)
{
	uint8_t item[13] = { ITEM_PROTOCOL };

	put_u32(item + 1, 8);
	put_u64(item + 5, (uint64_t)protocol);
	say_head(sizeof item, ENGINE_HELLO);
	say(item, sizeof item);
}

static void say_failed(uint32_t failure, const char *text)
{
	uint8_t number[4];

	put_u32(number, failure);
	say_head(4 + (uint32_t)strlen(text), ENGINE_FAILED);
	say(number, 4);
	say(text, strlen(text));
}

static int misbehave(const char *how)
{
	static const uint8_t garbage[4096] = { 0x7f, 'E', 'L', 'F', 0xff, 0xff, 0xff, 0xff };

	if (strcmp(how, "linker") == 0) {
		fputs("mtui-engine: error while loading shared libraries: libonnx.so.1: "
		      "\033[31mno such file\n", stderr);
		return 127;
	}
	if (strcmp(how, "silent") == 0)
		for (;;)
			pause();
	if (strcmp(how, "garbage") == 0)
		say(garbage, sizeof garbage);
	greet(strcmp(how, "version") == 0 ? 99 : ENGINE_PROTOCOL);
	if (strcmp(how, "segv") == 0) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (strcmp(how, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(how, "huge") == 0)
		say_head(UINT32_MAX, ENGINE_SHAPES);
	if (strcmp(how, "half") == 0)
		say_head(100, ENGINE_FAILED);
	if (strcmp(how, "twice") == 0)
		greet(ENGINE_PROTOCOL);
	if (strcmp(how, "deaf") == 0)
		shutdown(0, SHUT_RD);
	if (strcmp(how, "memory") == 0)
		say_failed(ENGINE_NO_MEMORY, "");
	if (strcmp(how, "escape") == 0)
		say_failed(ENGINE_REFUSES, "bad \033]0;x\a and\n\nlong");
	if (strcmp(how, "number") == 0)
		say_failed(77, "who knows");
	for (int i = 0; strcmp(how, "flood") == 0 && i < 1000000; i++) {
		const uint8_t graph[4] = { 0 };

		say_head(4, ENGINE_SHAPES);
		say(graph, 4);
	}
	if (strcmp(how, "early") == 0)
		return 0;
	/* What is still said is not worth waiting for. */
	for (;;)
		pause();
}

/* --- What is left behind --------------------------------------------------------------------- */

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static struct build b;
static struct engine_model some_model = { "\x08\x08", 2 };

static bool ask_stub(const char *how, const atomic_bool *cancel, struct error *err)
{
	int before = open_descriptors();
	struct shapes *shapes = shapes_new(&b.model, err);
	bool good;

	assert_non_null(shapes);
	setenv("MTUI_STUB", how, 1);
	good = engine_ask_shapes("/proc/self/exe", some_model, shapes, cancel, err);
	unsetenv("MTUI_STUB");
	shapes_unref(shapes);
	assert_int_equal(open_descriptors(), before);
	assert_no_children();
	return good;
}

/* M02, M05, M12 */
static void bad_engines_are_errors(void **state)
{
	static const struct {
		const char *how;
		enum error_code code;
		const char *message;
	} rows[] = {
		{ "linker", ERROR_READ, "libonnx is not available: mtui-engine: error while loading "
		  "shared libraries: libonnx.so.1: \\x1b[31mno such file" },
		{ "garbage", ERROR_MALFORMED, "mtui-engine answered badly: a frame is too long" },
		{ "version", ERROR_MALFORMED,
		  "mtui-engine is of another version (its protocol is 99, mtui's is 1)" },
		{ "segv", ERROR_READ, "shape inference stopped (signal 11, segmentation fault)" },
		{ "kill", ERROR_READ, "shape inference stopped (signal 9, killed)" },
		{ "huge", ERROR_MALFORMED, "mtui-engine answered badly: a frame is too long" },
		{ "twice", ERROR_MALFORMED, "mtui-engine answered badly: a frame out of turn" },
		{ "early", ERROR_READ, "shape inference stopped early" },
		{ "flood", ERROR_MALFORMED, "mtui-engine answered badly: too many frames" },
		{ "memory", ERROR_REFUSED, "shape inference needs more than 1024 MiB" },
		{ "escape", ERROR_READ, "shape inference: bad \\x1b]0;x\\x07 and long" },
		{ "number", ERROR_READ, "shape inference: who knows" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error err = { 0 };
		if (ask_stub(rows[i].how, NULL, &err))
			fail_msg("%s: no error", rows[i].how);
		if (strcmp(err.message, rows[i].message) != 0)
			fail_msg("%s: %s", rows[i].how, err.message);
		assert_int_equal(err.code, rows[i].code);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A frame of which the rest never comes; a socket that nobody reads, under a model that fills it. */
static void hanging_engines_are_killed(void **state)
{
	struct error err = { 0 };
	double begin = seconds();
	(void)state;
	assert_false(ask_stub("half", NULL, &err));
	assert_string_equal(err.message, "shape inference took longer than 5 s");
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_true(seconds() - begin < 8);

	some_model = (struct engine_model){ calloc(1, 8 << 20), 8 << 20 };
	begin = seconds();
	assert_false(ask_stub("silent", NULL, &err));
	assert_string_equal(err.message, "shape inference took longer than 5 s");
	assert_true(seconds() - begin < 8);
	free((void *)(uintptr_t)some_model.bytes);
	some_model = (struct engine_model){ "\x08\x08", 2 };
}

static void a_raised_flag_ends_it(void **state)
{
	atomic_bool cancel = true;
	struct error err = { 0 };
	double begin = seconds();
	(void)state;
	assert_false(ask_stub("silent", &cancel, &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_true(seconds() - begin < 2);
}

static void what_cannot_be_started_is_an_error(void **state)
{
	struct engine_about about;
	struct rlimit limit, none;
	struct error err = { 0 };
	(void)state;
	assert_false(engine_ask_about("/nonexistent/mtui-engine", &about, &err));
	assert_string_equal(err.message, "mtui-engine cannot be started: No such file or directory");
	assert_false(engine_ask_about("/etc/passwd", &about, &err));
	assert_string_equal(err.message, "mtui-engine cannot be started: Permission denied");

	/* M11: no descriptor for a pipe. */
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 4;
	setrlimit(RLIMIT_NOFILE, &none);
	bool good = engine_ask_about("/proc/self/exe", &about, &err);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_false(good);
	assert_string_equal(err.message, "mtui-engine cannot be started: Too many open files");
	assert_no_children();
}

/* --- The real one ---------------------------------------------------------------------------- */

/* Beside the program under test: build/san/mtui-engine. */
static const char *real_engine(void)
{
	static char path[4096];
	const char *mtui = getenv("MTUI");

	snprintf(path, sizeof path, "%s-engine", mtui ? mtui : "build/mtui");
	if (access(path, X_OK) == 0)
		return path;
	print_message("no mtui-engine here: libonnx-dev is not installed\n");
	skip();
	return NULL;
}

static void the_real_engine_is_confined(void **state)
{
	struct engine_about about;
	struct error err;
	(void)state;
	if (!engine_ask_about(real_engine(), &about, &err))
		fail_msg("%s", err.message);
	assert_true(about.library[0] != '\0');
	assert_true(about.ir >= 8);
	assert_true(about.n_domains >= 2);
	assert_int_equal(about.rlimits, 0);
	/* What the system does not have is said with its reason. */
	assert_true(about.landlock > 0 || about.landlock == -ENOSYS || about.landlock == -EOPNOTSUPP);
	print_message("Landlock %d, seccomp %d\n", about.landlock, about.seccomp);
	assert_no_children();
}

static void operators_are_documented(void **state)
{
	struct error err = { 0 };
	struct op_doc *doc;
	(void)state;
	doc = engine_ask_operator(real_engine(), TEXT(""), TEXT("Conv"), 0, NULL, &err);
	assert_non_null(doc);
	assert_true(text_is(doc->name, "Conv"));
	assert_true(doc->since >= 11 && doc->newest >= 17);
	assert_int_equal(doc->inputs.count, 3);
	assert_int_equal(doc->inputs.items[2].option, OP_DOC_OPTIONAL);
	assert_int_equal(doc->attributes.count, 6);
	assert_true(text_is(doc->attributes.items[0].name, "auto_pad"));
	assert_true(text_is(doc->attributes.items[0].type, "string"));
	assert_true(text_is(doc->attributes.items[0].value, "\"NOTSET\""));
	assert_true(text_is(doc->constraints.items[0].name, "T"));
	assert_true(doc->constraints.items[0].n_types >= 3);
	assert_false(op_doc_is_older(doc));
	op_doc_free(doc);

	doc = engine_ask_operator(real_engine(), TEXT("ai.onnx"), TEXT("Conv"), 7, NULL, &err);
	assert_non_null(doc);
	assert_int_equal(doc->since, 1);
	op_doc_free(doc);
	doc = engine_ask_operator(real_engine(), TEXT(""), TEXT("Conv"), 1000, NULL, &err);
	assert_non_null(doc);
	assert_true(op_doc_is_older(doc));
	op_doc_free(doc);
	doc = engine_ask_operator(real_engine(), TEXT(""), TEXT("LayerNormalization"), 5, NULL, &err);
	assert_non_null(doc);
	assert_true(op_doc_is_newer(doc));
	op_doc_free(doc);
	assert_null(engine_ask_operator(real_engine(), TEXT("com.x"), TEXT("No\033"), 1, NULL, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_non_null(strstr(err.message, "knows no operator No\\x1b"));
}

/* --- Killed at any moment -------------------------------------------------------------------- */

static atomic_bool over;

/* Kills whatever this process has started, after some milliseconds. */
static void *killer(void *argument)
{
	unsigned random = 1;
	(void)argument;
	while (!atomic_load(&over)) {
		DIR *tasks = opendir("/proc/self/task");
		struct dirent *task;

		random = random * 1103515245 + 12345;
		usleep((random >> 16) % 30000);
		while (tasks && (task = readdir(tasks))) {
			char path[300];
			int pid;

			snprintf(path, sizeof path, "/proc/self/task/%s/children", task->d_name);
			FILE *file = fopen(path, "r");
			while (file && fscanf(file, "%d", &pid) == 1)
				kill(pid, SIGKILL);
			if (file)
				fclose(file);
		}
		if (tasks)
			closedir(tasks);
	}
	return NULL;
}

/* M01; MTUI_KILLS=1000 for the whole of it. */
static void killed_engines_leave_nothing(void **state)
{
	const char *program = real_engine(), *wish = getenv("MTUI_KILLS");
	int n = wish ? atoi(wish) : 40, answered = 0, before = open_descriptors();
	pthread_t thread;
	(void)state;
	atomic_store(&over, false);
	assert_int_equal(pthread_create(&thread, NULL, killer, NULL), 0);
	for (int i = 0; i < n; i++) {
		struct error err = { 0 };
		struct op_doc *doc = engine_ask_operator(program, TEXT(""), TEXT("Conv"), 0, NULL,
							 &err);
		answered += doc != NULL;
		if (!doc && strcmp(err.message, "libonnx stopped (signal 9, killed)") != 0)
			fail_msg("%s", err.message);
		op_doc_free(doc);
	}
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	print_message("%d of %d answered\n", answered, n);
	assert_int_equal(open_descriptors(), before);
	assert_no_children();
}

static int set_up(void **state)
{
	(void)state;
	build_init(&b);
	build_node(&b, "n", "Relu", "x", "y");
	build_done(&b);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	build_free(&b);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_engines_are_errors),
		cmocka_unit_test(hanging_engines_are_killed),
		cmocka_unit_test(a_raised_flag_ends_it),
		cmocka_unit_test(what_cannot_be_started_is_an_error),
		cmocka_unit_test(the_real_engine_is_confined),
		cmocka_unit_test(operators_are_documented),
		cmocka_unit_test(killed_engines_leave_nothing),
	};
	const char *how = getenv("MTUI_STUB");

	if (how)
		return misbehave(how);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
