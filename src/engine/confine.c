/*
 * Landlock comes before seccomp, whose filter would refuse it. Landlock does not cover stat(2), so
 * the filter answers calls that take a path with ENOENT itself, as if the disk were empty; fstat,
 * which newer C libraries make of newfstatat with an empty path, works. What would start a program
 * or reach the net kills; everything else that is not needed fails with EPERM.
 */
#include "engine/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/engine/engine_protocol.h"

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_restrict_self  446
#endif
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

static int set_limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit now, limit = { soft, hard };

	if (getrlimit(resource, &now) != 0)
		return -errno;
	if (now.rlim_max != RLIM_INFINITY && limit.rlim_max > now.rlim_max)
		limit.rlim_max = now.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) == 0 ? 0 : -errno;
}

static int confine_resources(void)
{
	const int results[] = {
		set_limit(RLIMIT_AS, ENGINE_MEMORY, ENGINE_MEMORY),
		set_limit(RLIMIT_CPU, ENGINE_SECONDS, ENGINE_SECONDS + 1),
		set_limit(RLIMIT_FSIZE, 0, 0),
		set_limit(RLIMIT_NOFILE, 3, 3),
		set_limit(RLIMIT_CORE, 0, 0),
		set_limit(RLIMIT_NPROC, 0, 0),
	};

	for (unsigned i = 0; i < sizeof results / sizeof *results; i++)
		if (results[i] != 0)
			return results[i];
	return 0;
}

/* The kernel's structure, with the fields of newer versions. */
struct landlock_rules {
	uint64_t files, net, scopes;
};

/* Nothing is allowed, so a set of rules without a rule is all that is needed. */
static int confine_files(void)
{
	enum { ASK_VERSION = 1 };
	static const uint8_t rights[] = { 0, 13, 14, 15, 15, 16 }; /* bits of files, by version */
	struct landlock_rules rules = { 0 };
	long version = syscall(__NR_landlock_create_ruleset, NULL, 0, ASK_VERSION), fd;
	size_t size = sizeof rules.files;
	int result;

	if (version < 1)
		return version < 0 ? -errno : -ENOSYS;
	rules.files = ((uint64_t)1 << rights[version > 5 ? 5 : version]) - 1;
	if (version >= 4) {
		rules.net = 3; /* TCP: bind, connect */
		size += sizeof rules.net;
	}
	if (version >= 6) {
		rules.scopes = 3; /* abstract sockets, signals */
		size += sizeof rules.scopes;
	}
	fd = syscall(__NR_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return -errno;
	result = syscall(__NR_landlock_restrict_self, (int)fd, 0) == 0 ? (int)version : -errno;
	close((int)fd);
	return result;
}

#if defined __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

#define FIELD(name)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define LOW_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define ANSWER(what)   BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW	       ANSWER(SECCOMP_RET_ALLOW)
#define FAIL(number)   ANSWER(SECCOMP_RET_ERRNO | (number))
#define ON(call, what) IF(__NR_##call, 0, 1), what

static int confine_calls(void)
{
	struct sock_filter filter[] = {
		FIELD(arch),
		IF(MACHINE, 1, 0),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		FIELD(nr),
#ifdef __x86_64__
		/* The same calls under other numbers. */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
#endif
		ON(read, ALLOW), ON(write, ALLOW), ON(writev, ALLOW), ON(close, ALLOW),
		ON(brk, ALLOW), ON(munmap, ALLOW), ON(mremap, ALLOW), ON(madvise, ALLOW),
		ON(futex, ALLOW), ON(exit, ALLOW), ON(exit_group, ALLOW), ON(getrandom, ALLOW),
		ON(clock_gettime, ALLOW), ON(rt_sigreturn, ALLOW), ON(rt_sigprocmask, ALLOW),
		ON(getpid, ALLOW), ON(gettid, ALLOW), ON(fstat, ALLOW), ON(lseek, ALLOW),
		ON(execve, ANSWER(SECCOMP_RET_KILL_PROCESS)),
		ON(execveat, ANSWER(SECCOMP_RET_KILL_PROCESS)),
		ON(socket, ANSWER(SECCOMP_RET_KILL_PROCESS)),
		ON(ptrace, ANSWER(SECCOMP_RET_KILL_PROCESS)),
		ON(openat, FAIL(ENOENT)), ON(faccessat, FAIL(ENOENT)), ON(statx, FAIL(ENOENT)),
		ON(readlinkat, FAIL(ENOENT)),
#ifdef __x86_64__
		ON(open, FAIL(ENOENT)), ON(stat, FAIL(ENOENT)), ON(lstat, FAIL(ENOENT)),
		ON(access, FAIL(ENOENT)), ON(readlink, FAIL(ENOENT)),
#endif
		/* Only of an open descriptor. */
		IF(__NR_newfstatat, 0, 4),
		LOW_ARGUMENT(3),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1000 /* AT_EMPTY_PATH */, 0, 1),
		ALLOW,
		FAIL(ENOENT),
		/* Memory is never code. */
		IF(__NR_mmap, 1, 0),
		IF(__NR_mprotect, 0, 4),
		LOW_ARGUMENT(2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
		ALLOW,
		FAIL(EPERM),
		/* abort() signals the program itself, and says so by the signal it dies of. */
		IF(__NR_tgkill, 0, 3),
		LOW_ARGUMENT(0),
		IF((uint32_t)getpid(), 0, 1),
		ALLOW,
		FAIL(EPERM),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -errno;
}

#else

static int confine_calls(void)
{
	return -ENOSYS;
}

#endif

struct confinement confine(void)
{
	struct confinement result = { 0, -EPERM, -EPERM };

	syscall(__NR_close_range, 3, ~0u, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	/* Landlock's rules are a descriptor: before there may be no more of them. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		result.landlock = confine_files();
	result.rlimits = confine_resources();
	/* Without no_new_privs the kernel says itself why it refuses. */
	result.seccomp = confine_calls();
	return result;
}
