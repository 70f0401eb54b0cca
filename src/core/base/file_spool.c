/* Input that cannot be read twice, copied to a file that has no name: a pipe on standard input,
 * and what the kernel generates on reading. */
#include <mtui/limits.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/file_open.h"

#define GENERATED_LIMIT ((uint64_t)1 << 20)
#define COPY_BYTES	((size_t)64 << 10)

#ifndef TRACEFS_MAGIC
#define TRACEFS_MAGIC 0x74726163
#endif

/* Set from the command line before the first file is opened. */
static _Atomic uint64_t stdin_limit = LIMIT_STDIN_DEFAULT;

void file_set_stdin_limit(uint64_t bytes)
{
	atomic_store(&stdin_limit, bytes);
}

bool file_is_generated(int fd, const struct stat *status)
{
	struct statfs system;

	/* Ordinary files say a size; asking only the others saves a call on every open. */
	if (status->st_size > 4096 || fstatfs(fd, &system) != 0)
		return false;
	switch ((unsigned long)system.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/* A file without a name on a disk: what comes through a pipe may be larger than memory. */
static int open_unnamed(void)
{
	const char *directory = getenv("TMPDIR");

	if (directory == NULL || directory[0] != '/')
		directory = "/tmp";

	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;

	char *name;

	if (asprintf(&name, "%s/.mtui-XXXXXX", directory) < 0) {
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			errno = written == 0 ? ENOSPC : errno;
			return false;
		}
		bytes += written;
		len -= (size_t)written;
	}
	return true;
}

/* What a copy is and how it names its limit. */
struct spool {
	int from, to;
	uint64_t limit;
	const char *limit_name;
	enum error_code unreadable; /* code when the source cannot be read */
};

static bool copy(const struct spool *spool, char *buffer, struct error *err)
{
	uint64_t total = 0;

	for (;;) {
		ssize_t got = read(spool->from, buffer, COPY_BYTES);

		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		/* A generated file has nothing to wait for (a log of the kernel would block). */
		if (got < 0 && errno == EAGAIN && spool->unreadable == ERROR_READ) {
			poll(&(struct pollfd){ .fd = spool->from, .events = POLLIN }, 1, -1);
			continue;
		}
		if (got < 0)
			return error_set_errno(err, spool->unreadable, (int64_t)total, errno,
					       "cannot read");
		if ((uint64_t)got > spool->limit - total)
			return error_set(err, ERROR_REFUSED, -1, "more than %llu bytes (%s)",
					 (unsigned long long)spool->limit, spool->limit_name);
		if (!write_all(spool->to, buffer, (size_t)got))
			return error_set_errno(err, ERROR_READ, -1, errno,
					       "cannot keep a copy of the input");
		total += (uint64_t)got;
	}
}

/* Runs the copy and makes a file of the result; owns spool->to. */
static struct file *finish(const struct spool *spool, const char *path, struct error *err)
{
	struct stat status;
	struct file *file = NULL;
	char *buffer = malloc(COPY_BYTES);
	bool copied;

	if (buffer == NULL)
		copied = error_set(err, ERROR_MEMORY, -1, "out of memory");
	else
		copied = copy(spool, buffer, err);
	free(buffer);
	if (copied && fstat(spool->to, &status) != 0)
		copied = error_set_errno(err, ERROR_READ, -1, errno, "cannot read");
	if (!copied) {
		close(spool->to);
		return NULL;
	}
	file = file_adopt(spool->to, &status, path, err);
	if (file != NULL) {
		file->spooled = true;
		file->links = 1;
	}
	return file;
}

struct file *file_spool_generated(int fd, const char *path, struct error *err)
{
	struct spool spool = { .from = fd,
			       .limit = GENERATED_LIMIT,
			       .limit_name = "the limit for files that the kernel generates",
			       .unreadable = ERROR_REFUSED };
	struct file *file = NULL;

	spool.to = memfd_create("mtui", MFD_CLOEXEC);
	if (spool.to < 0)
		spool.to = open_unnamed();
	if (spool.to < 0)
		error_set_errno(err, ERROR_READ, -1, errno, "cannot keep a copy of the input");
	else
		file = finish(&spool, path, err);
	close(fd);
	return file;
}

struct file *file_spool_stdin(struct error *err)
{
	struct spool spool = { .from = STDIN_FILENO,
			       .limit = atomic_load(&stdin_limit),
			       .limit_name = "the limit set by --max-stdin",
			       .unreadable = ERROR_READ };
	struct stat status;

	if (fstat(STDIN_FILENO, &status) != 0) {
		error_set_errno(err, ERROR_READ, -1, errno, "cannot read standard input");
		return NULL;
	}
	/* `mtui - < model.onnx` needs no copy. */
	if (S_ISREG(status.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) {
		int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		struct file *file = NULL;

		if (fd < 0)
			error_set_errno(err, ERROR_READ, -1, errno, "cannot open");
		else
			file = file_adopt(fd, &status, "-", err);
		if (file != NULL)
			file->spooled = true;
		return file;
	}
	if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) {
		file_require_regular(status.st_mode, err);
		return NULL;
	}
	spool.to = open_unnamed();
	if (spool.to < 0) {
		error_set_errno(err, ERROR_READ, -1, errno, "cannot keep a copy of the input");
		return NULL;
	}
	return finish(&spool, "-", err);
}
