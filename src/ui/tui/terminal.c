/*
 * Output never blocks: a terminal that nobody reads (a stalled SSH connection, a paused pane) must
 * not keep the program from answering a signal. That needs O_NONBLOCK, which belongs to the open
 * file description and so to every process that shares it; hence the terminal is opened anew, and
 * only where that is not permitted the shared flag is changed and put back.
 */
#include "ui/tui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static bool open_end(struct terminal *terminal, enum terminal_end end, int shared)
{
	const int mode = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared);
	int fd = isatty(shared) ? open(path, mode) : -1;
	if (fd < 0)
		fd = open("/dev/tty", mode);
	terminal->own[end] = fd >= 0;
	if (fd < 0) {
		if (!isatty(shared))
			return false;
		fd = shared;
		terminal->flags[end] = fcntl(fd, F_GETFL);
		if (terminal->flags[end] < 0)
			return false;
		fcntl(fd, F_SETFL, terminal->flags[end] | O_NONBLOCK);
	}
	terminal->fd[end] = fd;
	return tcgetattr(fd, &terminal->cooked[end]) == 0;
}

bool terminal_open(struct terminal *terminal, struct error *err)
{
	*terminal = (struct terminal){ .fd = { -1, -1 } };
	if (!isatty(STDOUT_FILENO))
		return error_set(err, ERROR_TERMINAL, -1,
				 "standard output is not a terminal; try --export=text");
	if (!open_end(terminal, TERMINAL_OUT, STDOUT_FILENO) ||
	    !open_end(terminal, TERMINAL_IN, STDIN_FILENO)) {
		terminal_close(terminal);
		return error_set(err, ERROR_TERMINAL, -1,
				 "there is no terminal to read keys from; try --export=text");
	}
	for (int end = TERMINAL_IN; end <= TERMINAL_OUT; end++) {
		struct termios *raw = &terminal->raw[end];
		*raw = terminal->cooked[end];
		cfmakeraw(raw);
		raw->c_cc[VMIN] = 1;
		raw->c_cc[VTIME] = 0;
	}
	return true;
}

void terminal_close(struct terminal *terminal)
{
	for (int end = TERMINAL_IN; end <= TERMINAL_OUT; end++) {
		if (terminal->fd[end] < 0)
			continue;
		if (terminal->own[end])
			close(terminal->fd[end]);
		else
			fcntl(terminal->fd[end], F_SETFL, terminal->flags[end]);
		terminal->fd[end] = -1;
	}
	free(terminal->queue);
	terminal->queue = NULL;
	terminal->queued = terminal->sent = terminal->room = 0;
}

static void set_mode(struct terminal *terminal, const struct termios modes[2])
{
	for (int end = TERMINAL_OUT; end >= TERMINAL_IN; end--)
		while (tcsetattr(terminal->fd[end], TCSANOW, &modes[end]) != 0 && errno == EINTR)
			;
}

void terminal_set_raw(struct terminal *terminal)
{
	set_mode(terminal, terminal->raw);
}

void terminal_set_cooked(struct terminal *terminal)
{
	set_mode(terminal, terminal->cooked);
}

void terminal_size(const struct terminal *terminal, int *width, int *height)
{
	struct winsize size = { 0 };

	ioctl(terminal->fd[TERMINAL_OUT], TIOCGWINSZ, &size);
	*width = size.ws_col > 0 ? size.ws_col : 80;
	*height = size.ws_row > 0 ? size.ws_row : 24;
}

bool terminal_queue(struct terminal *terminal, const char *bytes, size_t n)
{
	if (terminal->gone)
		return true;
	if (n > terminal->room - terminal->queued) {
		size_t room = terminal->queued + n + 4096;
		char *queue = realloc(terminal->queue, room);
		if (!queue)
			return false;
		terminal->queue = queue;
		terminal->room = room;
	}
	memcpy(terminal->queue + terminal->queued, bytes, n);
	terminal->queued += n;
	return true;
}

enum terminal_state terminal_flush(struct terminal *terminal)
{
	while (terminal->sent < terminal->queued && !terminal->gone) {
		ssize_t n = write(terminal->fd[TERMINAL_OUT], terminal->queue + terminal->sent,
				  terminal->queued - terminal->sent);
		if (n >= 0)
			terminal->sent += (size_t)n;
		else if (errno == EAGAIN)
			return TERMINAL_PENDING;
		else if (errno != EINTR)
			terminal->gone = true;
	}
	terminal->sent = terminal->queued = 0;
	return terminal->gone ? TERMINAL_GONE : TERMINAL_DRAINED;
}

static long now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void terminal_drain(struct terminal *terminal, int milliseconds)
{
	long deadline = now_milliseconds() + milliseconds;

	while (terminal_flush(terminal) == TERMINAL_PENDING) {
		struct pollfd out = { .fd = terminal->fd[TERMINAL_OUT], .events = POLLOUT };
		long left = deadline - now_milliseconds();
		if (left <= 0 || (poll(&out, 1, (int)left) < 0 && errno != EINTR))
			return;
	}
}
