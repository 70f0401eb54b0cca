/*
 * Makes calls fail, for LD_PRELOAD. FAULT_CALLS names the calls, FAULT_AT the one of them that
 * fails (counted from 1), FAULT_ERRNO with what; FAULT_EVER makes all after it fail too. The file
 * FAULT_HIT appears when that call was reached.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int count;

static void hit(void)
{
	const char *path = getenv("FAULT_HIT");
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");

	if (path)
		close(real(path, O_CREAT | O_WRONLY, 0666));
}

static int fails(const char *name)
{
	const char *calls = getenv("FAULT_CALLS"), *at = getenv("FAULT_AT");
	const char *found = calls ? strstr(calls, name) : NULL;
	size_t len = strlen(name);

	if (!found || (found[len] && found[len] != ' '))
		return 0;
	int number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED), wanted = at ? atoi(at) : 1;
	if (number != wanted && !(number > wanted && getenv("FAULT_EVER")))
		return 0;
	if (number == wanted)
		hit();
	errno = getenv("FAULT_ERRNO") ? atoi(getenv("FAULT_ERRNO")) : ENOSPC;
	return 1;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

	return fd != 2 && fails("write") ? -1 : real(fd, bytes, len);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
	ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");

	if (getenv("FAULT_SHORT") && len > 1)
		len = 1;
	return fails("pread") ? -1 : real(fd, bytes, len, offset);
}

ssize_t pread64(int fd, void *bytes, size_t len, off_t offset)
{
	return pread(fd, bytes, len, offset);
}

int fsync(int fd)
{
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

	return fails("fsync") ? -1 : real(fd);
}

int linkat(int from, const char *name, int to, const char *target, int flags)
{
	int (*real)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");

	return fails("linkat") ? -1 : real(from, name, to, target, flags);
}

int renameat(int from, const char *name, int to, const char *target)
{
	int (*real)(int, const char *, int, const char *) = dlsym(RTLD_NEXT, "renameat");

	return fails("renameat") ? -1 : real(from, name, to, target);
}

int renameat2(int from, const char *name, int to, const char *target, unsigned flags)
{
	int (*real)(int, const char *, int, const char *, unsigned) = dlsym(RTLD_NEXT, "renameat2");

	return fails("renameat2") ? -1 : real(from, name, to, target, flags);
}

int openat(int directory, const char *name, int flags, ...)
{
	int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, "openat");
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if ((flags & O_TMPFILE) == O_TMPFILE && getenv("FAULT_TMPFILE")) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return fails("openat") ? -1 : real(directory, name, flags, mode);
}

int openat64(int directory, const char *name, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return openat(directory, name, flags, mode);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		dlsym(RTLD_NEXT, "pthread_create");

	return fails("pthread_create") ? EAGAIN : real(thread, attributes, start, argument);
}

/* glibc's own allocator stays reachable under these names, without dlsym, which allocates. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static int memory_fails(void)
{
	int failed = fails("malloc");

	if (failed)
		errno = ENOMEM;
	return failed;
}

void *malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count_, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(count_, size);
}

void *realloc(void *old, size_t size)
{
	return memory_fails() ? NULL : __libc_realloc(old, size);
}
