#include <mtui/file.h>

#include <mtui/bytes.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file_open.h"

/* A download writes several times a second: looks, the pause between them in ms, and how long ago
 * the last write may lie. */
enum { GROWTH_LOOKS = 5, GROWTH_PAUSE = 50, GROWTH_SECONDS = 2 };

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static const char *kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "fifo";
	case S_IFCHR:
		return "character device";
	case S_IFBLK:
		return "block device";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown kind";
	}
}

bool file_require_regular(mode_t mode, struct error *err)
{
	if (S_ISREG(mode))
		return true;
	if (S_ISDIR(mode))
		return error_set(err, ERROR_READ, -1, "is a directory");
	return error_set(err, ERROR_REFUSED, -1, "not a regular file (%s)", kind_name(mode));
}

struct file *file_adopt(int fd, const struct stat *status, const char *path, struct error *err)
{
	struct file *file = calloc(1, sizeof *file);
	char *name = strdup(path);

	if (file == NULL || name == NULL) {
		free(file);
		free(name);
		close(fd);
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	file->fd = fd;
	file->size = (uint64_t)status->st_size;
	file->device = status->st_dev;
	file->inode = status->st_ino;
	file->modified = status->st_mtim;
	file->links = (uint32_t)status->st_nlink;
	file->path = name;
	return file;
}

/* Where a symbolic link leads; only for show, so a failure but that of the heap is no error. */
static bool note_target(struct file *file, struct error *err)
{
	struct stat status;

	if (lstat(file->path, &status) != 0 || !S_ISLNK(status.st_mode))
		return true;
	file->target = realpath(file->path, NULL);
	if (file->target == NULL && errno == ENOMEM)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	return true;
}

struct file *file_open(const char *path, struct error *err)
{
	struct stat status;

	if (strcmp(path, "-") == 0)
		return file_spool_stdin(err);

	/* Looked at before it is opened: opening a device or a socket may already do something. */
	if (stat(path, &status) != 0) {
		error_set_errno(err, ERROR_READ, -1, errno, "cannot open");
		return NULL;
	}
	if (!file_require_regular(status.st_mode, err))
		return NULL;

	int fd = open(path, OPEN_FLAGS);

	if (fd < 0 || fstat(fd, &status) != 0) {
		error_set_errno(err, ERROR_READ, -1, errno, "cannot open");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (!file_require_regular(status.st_mode, err)) {
		close(fd);
		return NULL;
	}
	if (file_is_generated(fd, &status))
		return file_spool_generated(fd, path, err);

	struct file *file = file_adopt(fd, &status, path, err);

	if (file != NULL && !note_target(file, err)) {
		file_close(file);
		return NULL;
	}
	return file;
}

struct file *file_wrap(const void *bytes, size_t size, const char *name)
{
	struct file *file = calloc(1, sizeof *file);
	char *path = strdup(name);

	if (file == NULL || path == NULL) {
		free(file);
		free(path);
		return NULL;
	}
	/* Never NULL, even for no bytes: it tells this kind from the others. */
	file->memory = bytes != NULL ? bytes : (const uint8_t *)"";
	file->fd = -1;
	file->size = size;
	file->links = 1;
	file->path = path;
	return file;
}

void file_close(struct file *file)
{
	if (file == NULL)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->target);
	free(file);
}

static bool read_failed(const struct file *file, uint64_t offset, int number, struct error *err)
{
	struct stat now;

	if (number != 0)
		return error_set_errno(err, ERROR_READ, (int64_t)offset, number, "cannot read");

	uint64_t size = fstat(file->fd, &now) == 0 ? (uint64_t)now.st_size : offset;

	return error_set(err, ERROR_CHANGED, (int64_t)offset,
			 "file changed: was %llu, is %llu bytes", (unsigned long long)file->size,
			 (unsigned long long)size);
}

bool file_read(const struct file *file, uint64_t offset, void *buffer, size_t len,
	       struct error *err)
{
	uint8_t *out = buffer;

	if (!extent_ok(offset, len, file->size))
		return error_set(
			err, ERROR_MALFORMED, (int64_t)offset,
			"needs %zu bytes, %llu left in the file", len,
			(unsigned long long)(offset < file->size ? file->size - offset : 0));
	if (len == 0)
		return true;
	if (file->memory != NULL) {
		memcpy(out, file->memory + offset, len);
		return true;
	}
	while (len > 0) {
		size_t chunk = len < SSIZE_MAX ? len : SSIZE_MAX;
		ssize_t got = pread(file->fd, out, chunk, (off_t)offset);

		if (got > 0) {
			out += got;
			offset += (uint64_t)got;
			len -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = file->fd, .events = POLLIN }, 1, 100);
		} else if (got == 0 || errno != EINTR) {
			return read_failed(file, offset, got == 0 ? 0 : errno, err);
		}
	}
	return true;
}

bool file_is_growing(const struct file *file)
{
	struct timespec now;

	if (file->memory != NULL || file->spooled)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	for (int looks = 0; looks <= GROWTH_LOOKS; looks++) {
		struct stat held;

		if (fstat(file->fd, &held) != 0 || held.st_nlink == 0)
			return false;
		if ((uint64_t)held.st_size > file->size)
			return true;
		if (now.tv_sec - held.st_mtim.tv_sec > GROWTH_SECONDS)
			return false;
		poll(NULL, 0, GROWTH_PAUSE);
	}
	return false;
}

enum file_change file_changed(const struct file *file, uint64_t *now_size)
{
	struct stat held, named;
	enum file_change change = FILE_SAME;
	uint64_t size = file->size;

	if (file->memory != NULL || file->spooled || fstat(file->fd, &held) != 0) {
		if (now_size != NULL)
			*now_size = size;
		return FILE_SAME;
	}
	size = (uint64_t)held.st_size;
	if (stat(file->path, &named) != 0) {
		if (held.st_nlink == 0 || errno == ENOENT || errno == ENOTDIR)
			change = FILE_DELETED;
	} else if (named.st_dev != file->device || named.st_ino != file->inode) {
		change = FILE_REPLACED;
		size = (uint64_t)named.st_size;
	}
	/* What the descriptor still shows is looked at first: those bytes are on the screen. */
	if ((uint64_t)held.st_size < file->size) {
		change = FILE_SHRANK;
		size = (uint64_t)held.st_size;
	} else if (change == FILE_SAME && (uint64_t)held.st_size > file->size) {
		change = FILE_GREW;
	} else if (change == FILE_SAME && (held.st_mtim.tv_sec != file->modified.tv_sec ||
					   held.st_mtim.tv_nsec != file->modified.tv_nsec)) {
		change = FILE_REWRITTEN;
	}
	if (now_size != NULL)
		*now_size = size;
	return change;
}
