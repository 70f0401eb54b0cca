/*
 * The child's standard input is its end of a socket pair; its standard output and error are a pipe
 * that never blocks it and of which the first bytes are kept: the dynamic linker says there why it
 * could not load a library. The parent polls both, writes what is still to be asked, and looks at
 * the clock and the cancel flag every 20 ms. In the end it always kills and always waits.
 */
#include "core/engine/engine_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { TICK_MS = 20, PIECE = 64 << 10, REQUEST_MAX = 1024 };

struct child {
	pid_t pid;
	int socket, words;	/* ours; -1 when closed */
	int64_t deadline;	/* CLOCK_MONOTONIC, ns */
	size_t sent;		/* of the whole question */
	size_t request_len;
	uint8_t request[REQUEST_MAX];
	size_t n_said;
	char said[512];		/* on standard error */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- Starting -------------------------------------------------------------------------------- */

/* The child's descriptors become 0 to 2; one that is there already would be overwritten. */
static bool above_standard(int *fd)
{
	int moved;

	if (*fd > 2)
		return true;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	if (moved < 0)
		return false;
	close(*fd);
	*fd = moved;
	return true;
}

/* Ours, the child's. */
static bool open_channels(int sockets[2], int pipes[2])
{
	sockets[0] = sockets[1] = pipes[0] = pipes[1] = -1;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0 &&
	       pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0 && above_standard(&sockets[1]) &&
	       above_standard(&pipes[1]);
}

static int spawn(const char *program, int socket, int words, pid_t *pid)
{
	char *argv[] = { (char *)"mtui-engine", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int result = posix_spawn_file_actions_init(&actions);

	if (result != 0)
		return result;
	result = posix_spawnattr_init(&attributes);
	if (result == 0) {
		sigemptyset(&none);
		sigfillset(&all);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &all);
		posix_spawnattr_setflags(&attributes,
					 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
		result = posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
		if (result == 0)
			result = posix_spawn_file_actions_adddup2(&actions, words, STDOUT_FILENO);
		if (result == 0)
			result = posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
		if (result == 0)
			result = posix_spawn(pid, program, &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

static bool start(struct child *child, const char *program, struct error *err)
{
	int sockets[2], pipes[2] = { -1, -1 };
	int failed = open_channels(sockets, pipes) ? 0 : errno;

	if (failed == 0)
		failed = spawn(program, sockets[1], pipes[1], &child->pid);
	close_fd(&sockets[1]);
	close_fd(&pipes[1]);
	child->socket = sockets[0];
	child->words = pipes[0];
	child->deadline = now_ns() + (int64_t)ENGINE_SECONDS * 1000000000;
	if (failed == 0)
		return true;
	close_fd(&child->socket);
	close_fd(&child->words);
	return error_set_errno(err, ERROR_READ, -1, failed, "mtui-engine cannot be started");
}

/* --- Asking ---------------------------------------------------------------------------------- */

static size_t put_head(uint8_t *at, size_t len, enum engine_frame type)
{
	put_u32(at, (uint32_t)len);
	put_u32(at + 4, (uint32_t)type);
	return ENGINE_FRAME_HEAD;
}

static size_t put_item(uint8_t *at, enum engine_item tag, const void *bytes, size_t len)
{
	at[0] = (uint8_t)tag;
	put_u32(at + 1, (uint32_t)len);
	if (len)
		memcpy(at + 5, bytes, len);
	return 5 + len;
}

static bool write_request(struct child *child, const struct engine_question *question,
			  struct error *err)
{
	uint8_t *at = child->request + ENGINE_FRAME_HEAD, opset[8];

	put_u32(at, (uint32_t)question->request);
	at += 4;
	if (question->request == ENGINE_ASK_OPERATOR) {
		if (question->name.len > 256 || question->domain.len > 256)
			return error_set(err, ERROR_USAGE, -1, "no operator has so long a name");
		at += put_item(at, ITEM_NAME, question->name.data, question->name.len);
		at += put_item(at, ITEM_DOMAIN, question->domain.data, question->domain.len);
		put_u64(opset, (uint64_t)question->opset);
		at += put_item(at, ITEM_OPSET, opset, sizeof opset);
	}
	child->request_len = (size_t)(at - child->request);
	put_head(child->request, child->request_len - ENGINE_FRAME_HEAD, ENGINE_REQUEST);
	return true;
}

static bool has_model(const struct engine_question *question)
{
	return question->request == ENGINE_ASK_SHAPES || question->request == ENGINE_ASK_CHECK;
}

/* A model is sent as pieces of equal length, each a frame; the last is shorter, END follows. */
static size_t question_len(const struct child *child, const struct engine_question *question)
{
	size_t pieces = (question->model.len + PIECE - 1) / PIECE;

	if (!has_model(question))
		return child->request_len;
	return child->request_len + question->model.len + (pieces + 1) * ENGINE_FRAME_HEAD;
}

/* The bytes of the question that come next, at most one piece; head is room for a frame's head. */
static const uint8_t *next_bytes(const struct child *child, const struct engine_question *question,
				 uint8_t head[ENGINE_FRAME_HEAD], size_t *len)
{
	size_t at = child->sent, piece, offset, start, left;

	if (at < child->request_len) {
		*len = child->request_len - at;
		return child->request + at;
	}
	at -= child->request_len;
	piece = at / (ENGINE_FRAME_HEAD + PIECE);
	offset = at % (ENGINE_FRAME_HEAD + PIECE);
	start = piece * PIECE;
	left = start < question->model.len ? question->model.len - start : 0;
	left = left < PIECE ? left : PIECE;
	/* A last piece that is shorter is followed by the head of END. */
	if (left > 0 && offset >= ENGINE_FRAME_HEAD + left) {
		offset -= ENGINE_FRAME_HEAD + left;
		left = 0;
	}
	if (offset < ENGINE_FRAME_HEAD) {
		put_head(head, left, left ? ENGINE_MODEL : ENGINE_END);
		*len = ENGINE_FRAME_HEAD - offset;
		return head + offset;
	}
	*len = ENGINE_FRAME_HEAD + left - offset;
	return (const uint8_t *)question->model.bytes + start + (offset - ENGINE_FRAME_HEAD);
}

/* Writes as much as the socket takes now. An engine that does not listen any more is noticed by
 * reading. */
static void ask(struct child *child, const struct engine_question *question)
{
	uint8_t head[ENGINE_FRAME_HEAD];

	while (child->sent < question_len(child, question)) {
		size_t len;
		const uint8_t *bytes = next_bytes(child, question, head, &len);
		ssize_t n = send(child->socket, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			child->sent = question_len(child, question);
		if (n <= 0)
			return;
		child->sent += (size_t)n;
	}
}

/* --- Hearing --------------------------------------------------------------------------------- */

static void hear_words(struct child *child)
{
	char buffer[1024];
	ssize_t n = read(child->words, buffer, sizeof buffer);
	size_t room = sizeof child->said - child->n_said;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close_fd(&child->words);
	} else if (n > 0) {
		room = (size_t)n < room ? (size_t)n : room;
		memcpy(child->said + child->n_said, buffer, room);
		child->n_said += room;
	}
}

/* False when the other end is closed or answers badly. */
static bool hear(struct child *child, struct engine_answer *answer, bool *closed,
		 struct error *err)
{
	uint8_t buffer[8192];
	ssize_t n = recv(child->socket, buffer, sizeof buffer, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	*closed = n <= 0;
	return n > 0 && engine_answer_take(answer, buffer, (size_t)n, err);
}

static bool is_cancelled(const struct engine_question *question)
{
	return question->cancel && atomic_load(question->cancel);
}

/* Until the answer is whole, or something is wrong; *closed: the engine went away. */
static bool talk(struct child *child, const struct engine_question *question,
		 struct engine_answer *answer, bool *closed, struct error *err)
{
	while (!answer->done) {
		bool asks = child->sent < question_len(child, question);
		struct pollfd fds[] = {
			{ .fd = child->socket, .events = (short)(POLLIN | (asks ? POLLOUT : 0)) },
			{ .fd = child->words, .events = POLLIN },
		};

		if (is_cancelled(question))
			return error_set(err, ERROR_CANCELLED, -1, "%s was stopped",
					 question->what);
		if (now_ns() > child->deadline)
			return error_set(err, ERROR_REFUSED, -1, "%s took longer than %d s",
					 question->what, ENGINE_SECONDS);
		if (poll(fds, 2, TICK_MS) <= 0)
			continue;
		if (fds[1].revents)
			hear_words(child);
		if (fds[0].revents & POLLOUT)
			ask(child, question);
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) &&
		    !hear(child, answer, closed, err))
			return false;
	}
	return true;
}

/* --- Ending ---------------------------------------------------------------------------------- */

/* Its status, or -1 where nobody knows. */
static int finish(struct child *child)
{
	int status = -1;
	pid_t pid;

	/* One that is about to end by itself keeps its own status. */
	kill(child->pid, SIGKILL);
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	while (child->words >= 0 && child->n_said < sizeof child->said) {
		size_t before = child->n_said;

		hear_words(child);
		if (child->n_said == before)
			break;
	}
	close_fd(&child->socket);
	close_fd(&child->words);
	return pid == child->pid ? status : -1;
}

static const char *signal_words(int number)
{
	switch (number) {
	case SIGSEGV:
		return ", segmentation fault";
	case SIGFPE:
		return ", arithmetic error";
	case SIGABRT:
		return ", abort";
	case SIGBUS:
		return ", bus error";
	case SIGILL:
		return ", illegal instruction";
	case SIGKILL:
		return ", killed";
	case SIGSYS:
		return ", forbidden system call";
	}
	return "";
}

static bool describe_death(const struct engine_question *question, const struct child *child,
			   const struct engine_answer *answer, int status, bool *died,
			   struct error *err)
{
	char said[240];

	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return error_set(err, ERROR_REFUSED, -1, "%s took longer than %d s",
				 question->what, ENGINE_SECONDS);
	if (!answer->greeted && status != -1 && WIFEXITED(status)) {
		engine_line(said, sizeof said, child->said, child->n_said);
		return error_set(err, ERROR_READ, -1, "libonnx is not available: %s",
				 *said ? said : "mtui-engine says nothing");
	}
	*died = true;
	if (status != -1 && WIFSIGNALED(status))
		return error_set(err, ERROR_READ, -1, "%s stopped (signal %d%s)", question->what,
				 WTERMSIG(status), signal_words(WTERMSIG(status)));
	return error_set(err, ERROR_READ, -1, "%s stopped early", question->what);
}

bool engine_process_run(const struct engine_question *question, struct engine_answer *answer,
			bool *died, struct error *err)
{
	struct child child = { .socket = -1, .words = -1 };
	bool closed = false, good;
	int status;

	*died = false;
	if (!write_request(&child, question, err) || !start(&child, question->program, err))
		return false;
	good = talk(&child, question, answer, &closed, err);
	status = finish(&child);
	if (closed)
		return describe_death(question, &child, answer, status, died, err);
	return good;
}
