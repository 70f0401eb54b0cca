/* The loop under a pseudo-terminal, with an app that only says what it was told. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include <cmocka.h>

#include "ui/tui/tui.h"

/* The app of these tests: one line of text; 'q' quits, 'z' suspends, 'b' is busy for a while. */
struct app {
	struct theme theme;
	int keys, frames, last, busy;
	int width, height;
};

unsigned app_key(struct app *app, const struct key *key)
{
	app->keys++;
	app->last = (int)key->code;
	switch (key->code) {
	case 'q':
		return APP_QUIT;
	case 'z':
		return APP_SUSPEND;
	case 'b':
		app->busy = 5;
		return APP_DRAW;
	case 'i':
		return APP_NOTHING;
	default:
		return APP_DRAW;
	}
}

void app_resize(struct app *app, int width, int height)
{
	app->width = width;
	app->height = height;
}

void app_update(struct app *app)
{
	app->frames++;
	if (app->busy > 0)
		app->busy--;
}

void app_draw(struct app *app, struct canvas *canvas)
{
	canvas_fill(canvas, 0, 0, canvas->width, canvas->height, ROLE_CHART, '.');
	canvas_print(canvas, 0, 0, ROLE_TITLE, "[%dx%d]", app->width, app->height);
	canvas_print(canvas, 0, 1, ROLE_BAD, "keys %d last %x", app->keys, (unsigned)app->last);
	canvas_put(canvas, 0, 2, ROLE_NORMAL, 0x4e2d);
	if (app->busy)
		canvas_print(canvas, 0, 3, ROLE_NORMAL, "busy %d", app->busy);
}

bool app_lags(const struct app *app)
{
	(void)app;
	return false;
}

void app_follow(struct app *app)
{
	(void)app;
}

void app_set_look(struct app *app, app_look *look, void *context)
{
	(void)app;
	(void)look;
	(void)context;
}

bool app_is_busy(const struct app *app)
{
	return app->busy > 0;
}

const struct theme *app_theme(const struct app *app)
{
	return &app->theme;
}

const struct glyphs *app_glyphs(const struct app *app)
{
	(void)app;
	return glyphs_get(GLYPHS_BLOCKS);
}

struct view_context app_context(struct app *app)
{
	(void)app;
	return (struct view_context){ 0 };
}

int session_wake_fd(const struct session *session)
{
	(void)session;
	return -1;
}

bool session_collect(struct session *session)
{
	(void)session;
	return false;
}

const struct runs *session_runs(const struct session *session)
{
	(void)session;
	return NULL;
}

bool session_refresh_runs(struct session *session, double seconds)
{
	(void)session;
	(void)seconds;
	return false;
}

int session_runs_fd(const struct session *session)
{
	(void)session;
	return -1;
}

bool session_runs_unread(const struct session *session)
{
	(void)session;
	return false;
}

const char *session_file_state(struct session *session, uint32_t document)
{
	(void)session;
	(void)document;
	return "";
}

struct terminal_run {
	int master;
	pid_t child;
	struct termios before;
	char *out; /* all output so far, NUL-terminated */
	size_t n;
	int status;
};

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void child_main(enum tui_colour colour)
{
	struct app app = { 0 };
	struct error err = { .message = "" };
	int number = 0;

	setlocale(LC_CTYPE, "C.UTF-8");
	theme_default(&app.theme);
	if (!tui_run(&app, colour, true, &number, &err)) {
		fprintf(stderr, "%s\n", err.message);
		_exit(error_exit_status(err.code));
	}
	_exit(number ? 128 + number : 0);
}

static void start_with(struct terminal_run *run, int width, int height, const char *term,
		       enum tui_colour colour)
{
	struct winsize size = { .ws_row = (unsigned short)height, .ws_col = (unsigned short)width };
	int slave;

	memset(run, 0, sizeof(*run));
	run->out = calloc(1, 1 << 20);
	assert_non_null(run->out);
	assert_int_equal(openpty(&run->master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(slave, &run->before), 0);
	run->child = fork();
	assert_true(run->child >= 0);
	if (run->child == 0) {
		close(run->master);
		if (login_tty(slave) != 0)
			_exit(99);
		if (term)
			setenv("TERM", term, 1);
		else
			unsetenv("TERM");
		unsetenv("NO_COLOR");
		child_main(colour);
	}
	close(slave);
}

/* Collects output until nothing has come for `quiet` milliseconds. */
static void settle(struct terminal_run *run, int quiet)
{
	struct pollfd fd = { .fd = run->master, .events = POLLIN };

	while (poll(&fd, 1, quiet) > 0) {
		ssize_t n = read(run->master, run->out + run->n, (1 << 20) - 1 - run->n);
		if (n <= 0)
			break;
		run->n += (size_t)n;
		run->out[run->n] = '\0';
	}
}

static void start(struct terminal_run *run, int width, int height)
{
	start_with(run, width, height, "xterm-256color", TUI_COLOUR_AUTO);
	settle(run, 300);
	assert_non_null(strstr(run->out, "\x1b[?1049h"));
}

static void type(struct terminal_run *run, const char *bytes, size_t n)
{
	assert_int_equal(write(run->master, bytes, n), n);
}

/* Waits for the end; returns how long it took, fails after 5 seconds. */
static long finish(struct terminal_run *run)
{
	long from = milliseconds();

	while (waitpid(run->child, &run->status, WNOHANG) == 0) {
		if (milliseconds() - from > 5000) {
			kill(run->child, SIGKILL);
			waitpid(run->child, NULL, 0);
			fail_msg("still running");
		}
		usleep(5000);
	}
	return milliseconds() - from;
}

static void assert_restored(struct terminal_run *run)
{
	struct termios after;

	settle(run, 50);
	assert_int_equal(tcgetattr(run->master, &after), 0);
	assert_int_equal(after.c_lflag, run->before.c_lflag);
	assert_int_equal(after.c_iflag, run->before.c_iflag);
	assert_int_equal(after.c_oflag, run->before.c_oflag);
	assert_non_null(strstr(run->out, "\x1b[?1049l"));
	assert_non_null(strstr(run->out, "\x1b[?2004l"));
	assert_non_null(strstr(run->out, "\x1b[?1000l"));
	char *off = strstr(run->out, "\x1b[?25l"), *on = NULL;
	for (char *s = run->out; (s = strstr(s, "\x1b[?12l\x1b[?25h")) != NULL; s++)
		on = s;
	assert_true(off && on && on > off);
}

static void done(struct terminal_run *run)
{
	close(run->master);
	free(run->out);
}

static void test_keys_and_quit(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 80, 24);
	assert_non_null(strstr(run.out, "[80x24]"));
	assert_non_null(strstr(run.out, "中"));
	size_t before = run.n;
	type(&run, "k", 1);
	settle(&run, 100);
	assert_true(run.n > before && run.n - before < 100); /* two numbers have changed */
	before = run.n;
	type(&run, "i", 1);
	settle(&run, 1200);
	assert_int_equal(run.n, before); /* idle, and a key without effect: nothing */
	type(&run, "q", 1);
	finish(&run);
	assert_true(WIFEXITED(run.status));
	assert_int_equal(WEXITSTATUS(run.status), 0);
	assert_restored(&run);
	done(&run);
}

static void test_n08_signals(void **state)
{
	(void)state;
	static const int numbers[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
	for (size_t i = 0; i < 4; i++) {
		struct terminal_run run;
		start(&run, 80, 24);
		kill(run.child, numbers[i]);
		assert_true(finish(&run) < 1000);
		assert_true(WIFEXITED(run.status));
		assert_int_equal(WEXITSTATUS(run.status), 128 + numbers[i]);
		assert_restored(&run);
		done(&run);
	}
}

static void test_n09_stalled(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 200, 50);
	/* repaints that nobody reads, until the terminal takes no more */
	for (int i = 0; i < 40; i++) {
		struct winsize size = { .ws_row = 50, .ws_col = (unsigned short)(200 - i % 2) };
		ioctl(run.master, TIOCSWINSZ, &size);
		usleep(40000);
	}
	kill(run.child, SIGTERM);
	assert_true(finish(&run) < 3000);
	assert_true(WIFEXITED(run.status));
	assert_int_equal(WEXITSTATUS(run.status), 128 + SIGTERM);
	struct termios after;
	assert_int_equal(tcgetattr(run.master, &after), 0);
	assert_int_equal(after.c_lflag, run.before.c_lflag);
	done(&run);
}

static void test_n10_vanished(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 80, 24);
	close(run.master);
	assert_true(finish(&run) < 1000);
	assert_true(WIFEXITED(run.status));
	assert_int_equal(WEXITSTATUS(run.status), 128 + SIGHUP);
	free(run.out);
}

static void test_n02_resize_storm(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 80, 24);
	size_t before = run.n;
	long from = milliseconds();
	for (int i = 0; milliseconds() - from < 1000; i++) {
		struct winsize size = { .ws_row = (unsigned short)(1 + i % 60),
					.ws_col = (unsigned short)(1 + i * 7 % 300) };
		ioctl(run.master, TIOCSWINSZ, &size);
		kill(run.child, SIGWINCH);
		settle(&run, 0);
	}
	struct winsize last = { .ws_row = 30, .ws_col = 100 };
	ioctl(run.master, TIOCSWINSZ, &last);
	settle(&run, 300);
	int frames = 0;
	for (char *s = run.out + before; (s = strstr(s, "\x1b[2J")) != NULL; s++)
		frames++;
	assert_in_range(frames, 2, 35);
	assert_non_null(strstr(run.out + before, "[100x30]"));
	type(&run, "q", 1);
	finish(&run);
	assert_int_equal(WEXITSTATUS(run.status), 0);
	done(&run);
}

static void test_n01_sizes(void **state)
{
	(void)state;
	static const struct {
		int width, height, status;
		const char *shown;
	} sizes[] = { { 1, 1, 0, "" },		    { 200, 1, 0, "[200x1]" }, { 1, 200, 0, "" },
		      { 2, 2, 0, "" },		    { 3, 3, 0, "" },	      { 0, 0, 0, "[80x24]" },
		      { 2000, 500, 0, "[1000x400]" }, { 65535, 65535, 7, "" } };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct terminal_run run;
		start_with(&run, sizes[i].width, sizes[i].height, "xterm-256color", TUI_COLOUR_AUTO);
		settle(&run, 500);
		assert_non_null(strstr(run.out, sizes[i].shown));
		if (sizes[i].status == 0)
			type(&run, "kq", 2);
		settle(&run, 100);
		finish(&run);
		assert_true(WIFEXITED(run.status));
		assert_int_equal(WEXITSTATUS(run.status), sizes[i].status);
		done(&run);
	}
}

static void test_n03_n04_terminals(void **state)
{
	(void)state;
	static const char *const refused[] = { NULL, "", "no-such-terminal", "dumb", "\x1b]0;x\a" };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct terminal_run run;
		start_with(&run, 80, 24, refused[i], TUI_COLOUR_AUTO);
		settle(&run, 200);
		finish(&run);
		assert_int_equal(WEXITSTATUS(run.status), 7);
		assert_non_null(strstr(run.out, "try --export=text"));
		assert_null(strchr(run.out, '\x1b'));
		done(&run);
	}
}

/* A colour among the parameters of any ESC [ ... m. */
static bool has_colours(const char *s)
{
	while ((s = strstr(s, "\x1b[")) != NULL) {
		const char *end = s + 2 + strspn(s + 2, "0123456789;:");
		for (s += 2; *end == 'm' && s < end; s++) {
			char *after;
			long number = strtol(s, &after, 10);
			if ((number >= 30 && number < 50) || number >= 90)
				return true;
			s = after;
		}
	}
	return false;
}

static void test_n05_n07_colours(void **state)
{
	(void)state;
	static const struct {
		const char *term;
		enum tui_colour colour;
		const char *with, *without; /* NULL: no colours at all; not looked for */
	} cases[] = {
		{ "vt100", TUI_COLOUR_AUTO, NULL, NULL },
		{ "linux", TUI_COLOUR_AUTO, "\x1b[3", "38;5" },
		{ "screen", TUI_COLOUR_AUTO, "\x1b[3", "38;5" },
		{ "tmux-256color", TUI_COLOUR_AUTO, "38;5;75", NULL },
		{ "xterm-direct", TUI_COLOUR_AUTO, "38:2::95:175:255", NULL },
		{ "xterm-256color", TUI_COLOUR_AUTO, "38;5;75", NULL },
		{ "xterm-256color", TUI_COLOUR_16, "\x1b[", "38;5" },
		{ "xterm-256color", TUI_COLOUR_NEVER, NULL, NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct terminal_run run;
		start_with(&run, 80, 24, cases[i].term, cases[i].colour);
		settle(&run, 300);
		if (strstr(run.out, "is unknown")) { /* not every machine describes them all */
			print_message("no description of %s: skipped\n", cases[i].term);
			finish(&run);
			done(&run);
			continue;
		}
		assert_non_null(strstr(run.out, "[80x24]"));
		if (cases[i].with)
			assert_non_null(strstr(run.out, cases[i].with));
		if (cases[i].without)
			assert_null(strstr(run.out, cases[i].without));
		assert_int_equal(has_colours(run.out), cases[i].with != NULL);
		type(&run, "q", 1);
		finish(&run);
		assert_int_equal(WEXITSTATUS(run.status), 0);
		done(&run);
	}
}

/* Alone in its process group the stop of the key does nothing (nobody could continue it); a stop
 * from outside and a continue must bring the whole screen back, in its new size. */
static void test_n11_stop_and_continue(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 80, 24);
	size_t before = run.n;
	type(&run, "z", 1);
	settle(&run, 300);
	assert_non_null(strstr(run.out + before, "\x1b[?1049l"));
	assert_non_null(strstr(run.out + before, "[80x24]"));

	kill(run.child, SIGSTOP);
	assert_int_equal(waitpid(run.child, &run.status, WUNTRACED), run.child);
	assert_true(WIFSTOPPED(run.status));
	tcsetattr(run.master, TCSANOW, &run.before);
	struct winsize size = { .ws_row = 30, .ws_col = 100 };
	ioctl(run.master, TIOCSWINSZ, &size);
	before = run.n;
	kill(run.child, SIGCONT);
	settle(&run, 300);
	assert_non_null(strstr(run.out + before, "[100x30]"));
	struct termios now;
	tcgetattr(run.master, &now);
	assert_false(now.c_lflag & ICANON);
	type(&run, "q", 1);
	finish(&run);
	assert_int_equal(WEXITSTATUS(run.status), 0);
	assert_restored(&run);
	done(&run);
}

static void test_busy_ticks_end(void **state)
{
	(void)state;
	struct terminal_run run;
	start(&run, 80, 24);
	size_t before = run.n;
	type(&run, "b", 1);
	settle(&run, 300);
	assert_non_null(strstr(run.out + before, "busy"));
	before = run.n;
	settle(&run, 500);
	assert_int_equal(run.n, before);
	type(&run, "q", 1);
	finish(&run);
	done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_and_quit),
		cmocka_unit_test(test_n08_signals),
		cmocka_unit_test(test_n09_stalled),
		cmocka_unit_test(test_n10_vanished),
		cmocka_unit_test(test_n02_resize_storm),
		cmocka_unit_test(test_n01_sizes),
		cmocka_unit_test(test_n03_n04_terminals),
		cmocka_unit_test(test_n05_n07_colours),
		cmocka_unit_test(test_n11_stop_and_continue),
		cmocka_unit_test(test_busy_ticks_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
