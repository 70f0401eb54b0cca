/*
 * What a confined process may not do (M06). Each attempt is made in a child of its own; where the
 * system lacks a layer, what only that layer stops is not asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/confine.h"

/* Each returns 0 when it was allowed, else the errno. */
static int does_nothing(void)
{
	return 0;
}

static int opens(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int writes(void)
{
	return open("/tmp/mtui-confine", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int stats(void)
{
	struct stat state;

	return stat("/etc/passwd", &state) < 0 ? errno : 0;
}

static int accesses(void)
{
	return access("/etc/passwd", F_OK) < 0 ? errno : 0;
}

static int connects(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int executes(void)
{
	char *argv[] = { (char *)"true", NULL };

	return execve("/bin/true", argv, NULL) < 0 ? errno : 0;
}

static int forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int signals_others(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int takes_memory(void)
{
	return mmap(NULL, (size_t)2 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

/* What the engine needs. */
static __attribute__((unused)) int computes(void)
{
	struct stat state;
	struct timespec now;
	void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED || munmap(memory, 1 << 20) != 0)
		return errno;
	if (fstat(0, &state) != 0 || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return errno;
	return 0;
}

enum { BY_SIGNAL = 256 };

/* The errno of the attempt, or BY_SIGNAL and the signal that ended it. */
static int attempt(int (*what)(void), struct confinement *confinement)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* Descriptors above 2 are closed. */
		dup2(pipes[1], 1);
		struct confinement is = confine();
		if (write(1, &is, sizeof is) != sizeof is)
			_exit(255);
		syscall(SYS_exit_group, what());
	}
	close(pipes[1]);
	if (read(pipes[0], confinement, sizeof *confinement) != (ssize_t)sizeof *confinement)
		fail_msg("the child did not get through confine()");
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static void nothing_but_computing(void **state)
{
	static const struct {
		const char *name;
		int (*what)(void);
		int with_seccomp; /* what comes of it */
	} rows[] = {
		{ "nothing", does_nothing, 0 },
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger than the limit */
		{ "computing", computes, 0 },
#endif
		{ "open", opens, ENOENT },
		{ "write", writes, ENOENT },
		{ "stat", stats, ENOENT },
		{ "access", accesses, ENOENT },
		{ "socket", connects, BY_SIGNAL + SIGSYS },
		{ "execve", executes, BY_SIGNAL + SIGSYS },
		{ "ptrace", traces, BY_SIGNAL + SIGSYS },
		{ "fork", forks, EPERM },
		{ "code", makes_code, EPERM },
		{ "kill", signals_others, EPERM },
		{ "memory", takes_memory, ENOMEM },
	};
	struct confinement is;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int result = attempt(rows[i].what, &is);
		if (is.seccomp != 0) {
			print_message("seccomp is not there: %d\n", is.seccomp);
			skip();
		}
		if (result != rows[i].with_seccomp)
			fail_msg("%s: %d, expected %d", rows[i].name, result, rows[i].with_seccomp);
		assert_int_equal(is.rlimits, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_but_computing) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
