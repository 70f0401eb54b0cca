#include "ui/tui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define RESCUE_SECONDS 2

static const int caught[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP,
			      SIGCONT, SIGWINCH, SIGALRM, SIGPIPE };
#define CAUGHT_COUNT (sizeof(caught) / sizeof(caught[0]))

/* The signal guard: the state that handlers need, and so the one global of this room. */
static struct {
	int pipe[2];
	volatile sig_atomic_t events[4]; /* by bit of enum signal_event */
	volatile sig_atomic_t ending;
	struct sigaction before[CAUGHT_COUNT];
	const struct terminal *terminal;
	char bytes[256];
	size_t n_bytes;
} guard = { .pipe = { -1, -1 } };

static void wake(int event)
{
	if (guard.events[event])
		return;
	guard.events[event] = 1;
	char byte = 0;
	ssize_t n = write(guard.pipe[1], &byte, 1); /* full: the loop is going to wake anyway */
	(void)n;
}

/* Only calls that are safe in a handler. */
static void rescue(void)
{
	if (guard.terminal) {
		ssize_t n = write(guard.terminal->fd[TERMINAL_OUT], guard.bytes, guard.n_bytes);
		(void)n;
		for (int end = TERMINAL_IN; end <= TERMINAL_OUT; end++)
			tcsetattr(guard.terminal->fd[end], TCSANOW, &guard.terminal->cooked[end]);
	}
	_exit(128 + guard.ending);
}

static void handle(int number)
{
	int saved_errno = errno;

	switch (number) {
	case SIGWINCH:
		wake(1);
		break;
	case SIGTSTP:
		wake(2);
		break;
	case SIGCONT:
		wake(3);
		break;
	case SIGALRM:
		if (guard.ending)
			rescue();
		break;
	default:
		if (!guard.ending) {
			guard.ending = number;
			alarm(RESCUE_SECONDS);
		}
		wake(0);
	}
	errno = saved_errno;
}

static bool ends(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP;
}

bool signals_open(struct error *err)
{
	if (pipe2(guard.pipe, O_NONBLOCK | O_CLOEXEC) != 0)
		return error_set_errno(err, ERROR_TERMINAL, -1, errno, "signals");
	guard.ending = 0;
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
		sigfillset(&action.sa_mask);
		if (caught[i] == SIGPIPE)
			action.sa_handler = SIG_IGN;
		sigaction(caught[i], NULL, &guard.before[i]);
		if (ends(caught[i]) && guard.before[i].sa_handler == SIG_IGN)
			continue;
		sigaction(caught[i], &action, NULL);
	}
	return true;
}

void signals_close(void)
{
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		sigaction(caught[i], &guard.before[i], NULL);
	alarm(0);
	guard.terminal = NULL;
	for (int i = 0; i < 2; i++) {
		close(guard.pipe[i]);
		guard.pipe[i] = -1;
	}
}

int signals_fd(void)
{
	return guard.pipe[0];
}

unsigned signals_take(void)
{
	char bytes[64];
	unsigned events = 0;

	while (read(guard.pipe[0], bytes, sizeof(bytes)) > 0)
		;
	for (int i = 0; i < 4; i++) {
		if (guard.events[i])
			events |= 1u << i;
		guard.events[i] = 0;
	}
	return events;
}

int signals_ending(void)
{
	return guard.ending;
}

void signals_set_rescue(const struct terminal *terminal, const char *bytes, size_t n)
{
	if (n > sizeof(guard.bytes))
		n = 0;
	memcpy(guard.bytes, bytes, n);
	guard.n_bytes = n;
	guard.terminal = terminal;
}

void signals_stop(bool group)
{
	struct sigaction stop = { .sa_handler = SIG_DFL }, before;

	sigemptyset(&stop.sa_mask);
	sigaction(SIGTSTP, &stop, &before);
	kill(group ? 0 : getpid(), SIGTSTP);
	sigaction(SIGTSTP, &before, NULL);
}
