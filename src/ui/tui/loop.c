/*
 * The loop: poll (keys, signals, finished work, room for output) -> drain the input -> one place
 * that updates and draws, and that only when the terminal has taken all of the frame before. A
 * terminal that is slow or stalled so gets fewer frames, never a backlog.
 *
 * Keys draw at once. What comes by itself (resizes, finished work) draws at most 30 times a second.
 * Nothing to do: poll waits without end, but for a look at the open file every few seconds, and at
 * the logs of training runs every second.
 */
#include "ui/tui/tui.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/tui/input.h"
#include "ui/tui/screen.h"
#include "ui/tui/signals.h"
#include "ui/tui/terminal.h"

#define FRAME_MILLISECONDS 34
#define BUSY_MILLISECONDS 100
#define FILE_CHECK_MILLISECONDS 3000
#define FOLLOW_MILLISECONDS 50 /* pause of the keys after which the detail follows the tree */
#define DRAIN_MILLISECONDS 500
#define KEY_ESCAPE 27
#define READS_A_TURN 64 /* of a flood of input, before a frame is drawn */

#define RUNS_MILLISECONDS 1000 /* between looks at the logs, whatever the system tells of them */
#define RUNS_SECONDS 0.02 /* of reading logs between keys */

enum { WATCH_KEYS, WATCH_OUT, WATCH_SIGNALS, WATCH_SESSION, WATCH_RUNS, WATCH_COUNT };

struct loop {
	struct app *app;
	struct session *session;
	struct terminal terminal;
	struct screen *screen;
	struct input input;
	long now, drawn_at, file_checked_at, input_at, runs_read_at;
	char file_state[64]; /* beginning of what the session said last */
	bool draw_now;	     /* a key was pressed */
	bool draw_soon;	     /* something else has changed */
	bool resized, quit;
};

static long now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void loop_resize(struct loop *loop)
{
	const struct canvas *canvas;

	loop->resized = false;
	screen_resize(loop->screen);
	canvas = screen_canvas(loop->screen, app_glyphs(loop->app));
	loop->input.width = canvas->width;
	loop->input.height = canvas->height;
	app_resize(loop->app, canvas->width, canvas->height);
	loop->draw_soon = true;
}

/* Stops the process with the terminal as it was, and comes back when it is continued. */
static void loop_suspend(struct loop *loop, bool group)
{
	screen_leave(loop->screen);
	terminal_drain(&loop->terminal, DRAIN_MILLISECONDS);
	terminal_set_cooked(&loop->terminal);
	signals_stop(group);
	terminal_set_raw(&loop->terminal);
	screen_enter(loop->screen);
	loop->resized = true;
	if (signals_take() & SIGNAL_END) /* the others are about what has just been done */
		loop->quit = true;
}

static void loop_wishes(struct loop *loop, unsigned wishes)
{
	if (wishes & APP_QUIT)
		loop->quit = true;
	if (wishes & APP_THEME)
		screen_forget_theme(loop->screen);
	if (wishes & APP_REPAINT)
		screen_repaint(loop->screen);
	if (wishes & (APP_DRAW | APP_REPAINT | APP_THEME))
		loop->draw_now = true;
	if (wishes & APP_SUSPEND)
		loop_suspend(loop, true);
}

static void loop_key(struct loop *loop, const struct key *key)
{
	if (!loop->quit)
		loop_wishes(loop, app_key(loop->app, key));
}

/* Reads what there is; false when the terminal is gone. */
static bool loop_input(struct loop *loop)
{
	for (int i = 0; i < READS_A_TURN && !loop->quit; i++) {
		struct key key;
		size_t room;
		char *bytes = input_room(&loop->input, &room);
		ssize_t n = read(loop->terminal.fd[TERMINAL_IN], bytes, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		input_added(&loop->input, (size_t)n);
		loop->input_at = loop->now;
		while (input_next(&loop->input, loop->now, &key))
			loop_key(loop, &key);
	}
	return true;
}

static void loop_signals(struct loop *loop)
{
	unsigned events = signals_take();

	if (events & SIGNAL_END)
		loop->quit = true;
	if (events & SIGNAL_RESIZE)
		loop->resized = true;
	if (events & SIGNAL_SUSPEND && !loop->quit)
		loop_suspend(loop, false);
	if (events & SIGNAL_CONTINUE && !loop->quit) {
		terminal_set_raw(&loop->terminal); /* a shell may have changed it meanwhile */
		screen_enter(loop->screen);
		loop->resized = true;
	}
}

static void loop_check_file(struct loop *loop)
{
	const char *state = session_file_state(loop->session, app_context(loop->app).focus.document);

	loop->file_checked_at = loop->now;
	if (strncmp(loop->file_state, state, sizeof(loop->file_state) - 1) == 0)
		return;
	strncpy(loop->file_state, state, sizeof(loop->file_state) - 1);
	loop->draw_soon = true;
}

/* What is new in the logs; in pieces, so that keys never wait. */
static void loop_runs(struct loop *loop, bool told)
{
	if (!session_runs(loop->session) ||
	    (!told && !session_runs_unread(loop->session) &&
	     loop->now - loop->runs_read_at < RUNS_MILLISECONDS))
		return;
	loop->runs_read_at = loop->now;
	if (session_refresh_runs(loop->session, RUNS_SECONDS))
		loop->draw_soon = true;
}

static void loop_draw(struct loop *loop)
{
	struct canvas *canvas;

	if (loop->resized)
		loop_resize(loop);
	app_update(loop->app);
	canvas = screen_canvas(loop->screen, app_glyphs(loop->app));
	app_draw(loop->app, canvas);
	screen_present(loop->screen, app_theme(loop->app));
	loop->draw_now = loop->draw_soon = false;
	loop->drawn_at = loop->now;
}

static long least(long a, long b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

/* Milliseconds until something has to happen by itself. */
static long loop_timeout(const struct loop *loop, bool pending)
{
	long since = loop->now - loop->drawn_at;
	long timeout = FILE_CHECK_MILLISECONDS - (loop->now - loop->file_checked_at);
	int wait = input_wait(&loop->input);

	if (session_runs(loop->session))
		timeout = least(timeout, session_runs_unread(loop->session)
						 ? 0
						 : RUNS_MILLISECONDS -
							   (loop->now - loop->runs_read_at));
	if (wait >= 0)
		timeout = least(timeout, wait - (loop->now - loop->input_at));
	if (!pending && (loop->draw_soon || loop->resized))
		timeout = least(timeout, FRAME_MILLISECONDS - since);
	if (!pending && app_lags(loop->app))
		timeout = least(timeout, FOLLOW_MILLISECONDS - (loop->now - loop->input_at));
	if (!pending && app_is_busy(loop->app))
		timeout = least(timeout, BUSY_MILLISECONDS - since);
	return timeout < 0 ? 0 : timeout;
}

/* A key draws at once, but not amid a storm of resizes: each of these is a whole repaint. */
static bool loop_is_due(const struct loop *loop)
{
	long since = loop->now - loop->drawn_at;

	if (loop->draw_now && !loop->resized)
		return true;
	if (loop->draw_now || loop->draw_soon || loop->resized)
		return since >= FRAME_MILLISECONDS;
	return since >= BUSY_MILLISECONDS && app_is_busy(loop->app);
}

/* One turn; false when the terminal is gone. */
static bool loop_turn(struct loop *loop)
{
	struct pollfd fds[WATCH_COUNT] = {
		[WATCH_KEYS] = { .fd = loop->terminal.fd[TERMINAL_IN], .events = POLLIN },
		[WATCH_OUT] = { .fd = loop->terminal.fd[TERMINAL_OUT] },
		[WATCH_SIGNALS] = { .fd = signals_fd(), .events = POLLIN },
		[WATCH_SESSION] = { .fd = session_wake_fd(loop->session), .events = POLLIN },
		[WATCH_RUNS] = { .fd = session_runs_fd(loop->session), .events = POLLIN },
	};
	struct key key;
	enum terminal_state state = terminal_flush(&loop->terminal);

	if (state == TERMINAL_GONE)
		return false;
	if (state == TERMINAL_PENDING)
		fds[WATCH_OUT].events = POLLOUT;
	int ready = poll(fds, WATCH_COUNT, (int)loop_timeout(loop, state == TERMINAL_PENDING));
	loop->now = now_milliseconds();
	if (ready < 0) {
		if (errno != EINTR)
			return false;
		return true;
	}
	if (fds[WATCH_SIGNALS].revents)
		loop_signals(loop);
	if (fds[WATCH_KEYS].revents && !loop_input(loop))
		return false;
	if ((fds[WATCH_KEYS].revents | fds[WATCH_OUT].revents) & (POLLHUP | POLLERR | POLLNVAL))
		return false;
	int wait = input_wait(&loop->input);
	if (wait >= 0 && loop->now - loop->input_at >= wait && input_timeout(&loop->input, &key))
		loop_key(loop, &key);
	if (fds[WATCH_SESSION].revents && session_collect(loop->session))
		loop->draw_soon = true;
	loop_runs(loop, fds[WATCH_RUNS].revents != 0);
	if (loop->now - loop->file_checked_at >= FILE_CHECK_MILLISECONDS)
		loop_check_file(loop);
	if (app_lags(loop->app) && loop->now - loop->input_at >= FOLLOW_MILLISECONDS) {
		app_follow(loop->app);
		loop->draw_now = true;
	}
	if (loop->quit || terminal_flush(&loop->terminal) != TERMINAL_DRAINED)
		return true;
	if (loop_is_due(loop))
		loop_draw(loop);
	return true;
}

/* During work that blocks the app. Keys pressed meanwhile are not for what comes after it. */
static bool loop_look(void *context)
{
	struct loop *loop = context;
	bool escape = false;
	struct key key;

	loop->now = now_milliseconds();
	loop_signals(loop);
	for (int i = 0; i < READS_A_TURN; i++) {
		size_t room;
		char *bytes = input_room(&loop->input, &room);
		ssize_t n = read(loop->terminal.fd[TERMINAL_IN], bytes, room);
		if (n <= 0)
			break;
		input_added(&loop->input, (size_t)n);
		loop->input_at = loop->now;
		while (input_next(&loop->input, loop->now, &key))
			escape = escape || key.code == KEY_ESCAPE;
	}
	int wait = input_wait(&loop->input);
	if (wait >= 0 && loop->now - loop->input_at >= wait && input_timeout(&loop->input, &key))
		escape = escape || key.code == KEY_ESCAPE;
	if (!loop->quit && !loop->resized && terminal_flush(&loop->terminal) == TERMINAL_DRAINED) {
		app_draw(loop->app, screen_canvas(loop->screen, app_glyphs(loop->app)));
		screen_present(loop->screen, app_theme(loop->app));
	}
	return escape || loop->quit;
}

/* From a terminal in raw mode to one that is given back; *vanished when it went away. */
static bool loop_run(struct loop *loop, enum tui_colour colour, bool mouse, bool *vanished,
		     struct error *err)
{
	size_t n;
	const char *rescue;

	loop->screen = screen_open(&loop->terminal, colour, mouse, err);
	if (!loop->screen)
		return false;
	rescue = screen_rescue(loop->screen, &n);
	signals_set_rescue(&loop->terminal, rescue, n);
	input_init(&loop->input, screen_is_utf8(loop->screen));
	loop->now = now_milliseconds();
	loop_resize(loop);
	loop_check_file(loop);
	loop_draw(loop);
	app_set_look(loop->app, loop_look, loop);
	while (!loop->quit && !*vanished)
		*vanished = !loop_turn(loop);
	app_set_look(loop->app, NULL, NULL);
	screen_close(loop->screen);
	terminal_drain(&loop->terminal, DRAIN_MILLISECONDS);
	return true;
}

bool tui_run(struct app *app, enum tui_colour colour, bool mouse, int *signal_number,
	     struct error *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	bool good = false, vanished = false;

	*signal_number = 0;
	if (!loop)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	loop->app = app;
	loop->session = app_context(app).session;
	if (terminal_open(&loop->terminal, err)) {
		if (signals_open(err)) {
			terminal_set_raw(&loop->terminal);
			good = loop_run(loop, colour, mouse, &vanished, err);
			terminal_set_cooked(&loop->terminal);
			*signal_number = signals_ending();
			if (vanished && *signal_number == 0)
				*signal_number = SIGHUP;
			signals_close();
		}
		terminal_close(&loop->terminal);
	}
	free(loop);
	return good;
}
