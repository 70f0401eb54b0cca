/*
 * A file that appears under its name complete or not at all.
 *
 * The bytes go to a file without a name (O_TMPFILE) in the target's directory, or, where the file
 * system has no such thing, to .mtui-XXXXXX beside it. Commit syncs the bytes, gives the file its
 * name in one step, and syncs the directory. Without force that step is linkat, or renameat2 with
 * RENAME_NOREPLACE, which fail when the name exists; with force a file without a name first gets
 * a temporary one and is then renamed over the old file. Everything is relative to the open
 * directory, so a directory that is renamed meanwhile does no harm.
 */
#include "export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BUFFER 65536
#define TEMPORARY_NAME 16 /* ".mtui-XXXXXX" */
#define OUTPUT_EXISTS  "file exists; use --force to replace it"

struct output {
	int fd;
	int directory;			/* -1 for standard output */
	char *name;			/* of the target in the directory */
	char temporary[TEMPORARY_NAME]; /* "" while the file has no name */
	bool force;
	bool replaces; /* a regular file stands there now: device and inode are its */
	dev_t device;
	ino_t inode;
	int error; /* errno of the first write that failed; later ones are skipped */
	output_watch *watch;
	void *watch_context;
	size_t used;
	char buffer[OUTPUT_BUFFER];
};

static void output_free(struct output *output)
{
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	if (output->directory >= 0)
		close(output->directory);
	free(output->name);
	free(output);
}

/* Looks at what stands under the target's name; never follows a symbolic link. */
static bool output_check_target(struct output *output, struct error *err)
{
	struct stat st;

	output->replaces = false;
	if (fstatat(output->directory, output->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return true;
		return error_set(err, ERROR_EXPORT, -1, "%s", strerror(errno));
	}
	if (S_ISDIR(st.st_mode))
		return error_set(err, ERROR_EXPORT, -1, "is a directory");
	if (S_ISLNK(st.st_mode))
		return error_set(err, ERROR_EXPORT, -1, "is a symbolic link; not followed");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_EXPORT, -1, "is not a regular file");
	if (!output->force)
		return error_set(err, ERROR_EXPORT, -1, "%s", OUTPUT_EXISTS);
	output->replaces = true;
	output->device = st.st_dev;
	output->inode = st.st_ino;
	return true;
}

static bool output_split_path(struct output *output, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *directory;

	if (*name == '\0')
		return error_set(err, ERROR_EXPORT, -1,
				 *path ? "is a directory" : "the file name is empty");
	directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	output->name = strdup(name);
	if (!directory || !output->name) {
		free(directory);
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	output->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	if (output->directory < 0)
		return error_set(err, ERROR_EXPORT, -1, "%s", strerror(errno));
	return true;
}

static void output_random_name(char name[TEMPORARY_NAME])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char bytes[6] = { 0 };

	if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes) {
		unsigned seed = (unsigned)getpid();
		memcpy(bytes, &seed, sizeof seed);
	}
	memcpy(name, ".mtui-", 7);
	for (size_t i = 0; i < sizeof bytes; i++)
		name[6 + i] = letters[bytes[i] % (sizeof letters - 1)];
	name[6 + sizeof bytes] = '\0';
}

static bool output_create(struct output *output, struct error *err)
{
	/* Without /proc a file that has no name could not be given one. */
	if (access("/proc/self/fd", X_OK) == 0)
		output->fd = openat(output->directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	if (output->fd >= 0)
		return true;
	for (int i = 0; i < 100; i++) {
		output_random_name(output->temporary);
		output->fd = openat(output->directory, output->temporary,
				    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (output->fd >= 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	output->temporary[0] = '\0';
	return error_set(err, ERROR_EXPORT, -1, "%s", strerror(errno));
}

struct output *output_open(const char *path, bool force, struct error *err)
{
	struct output *output = malloc(sizeof *output);

	if (!output) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	/* Not calloc: the buffer needs no clearing. */
	memset(output, 0, offsetof(struct output, buffer));
	output->fd = STDOUT_FILENO;
	output->directory = -1;
	output->force = force;
	if (strcmp(path, "-") == 0)
		return output;
	output->fd = -1;
	if (!output_split_path(output, path, err) || !output_check_target(output, err) ||
	    !output_create(output, err)) {
		output_free(output);
		return NULL;
	}
	return output;
}

bool output_protect(const struct output *output, const struct model *model, struct error *err)
{
	if (!output->replaces)
		return true;
	for (size_t i = 0; i < model->n_files; i++) {
		const struct file *file = model->files[i].file;
		if (file && !file->memory && file->device == output->device &&
		    file->inode == output->inode)
			return error_set(err, ERROR_EXPORT, -1,
					 "is a file of the model being read; not replaced");
	}
	return true;
}

static void output_flush(struct output *output)
{
	size_t done = 0;

	while (done < output->used && !output->error) {
		ssize_t n = write(output->fd, output->buffer + done, output->used - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			output->error = EIO;
		else if (errno != EINTR && errno != EAGAIN)
			output->error = errno;
		else if (errno == EAGAIN) /* somebody made the descriptor non-blocking */
			poll(&(struct pollfd){ .fd = output->fd, .events = POLLOUT }, 1, -1);
	}
	output->used = 0;
}

void output_bytes(struct output *output, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len > 0 && !output->error) {
		size_t room = sizeof output->buffer - output->used;
		size_t n = len < room ? len : room;
		memcpy(output->buffer + output->used, from, n);
		output->used += n;
		from += n;
		len -= n;
		if (output->used == sizeof output->buffer)
			output_flush(output);
	}
}

void output_string(struct output *output, const char *string)
{
	output_bytes(output, string, strlen(string));
}

void output_format(struct output *output, const char *format, ...)
{
	char small[512], *large;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(small, sizeof small, format, arguments);
	va_end(arguments);
	if (n < 0) {
		output_fail(output, errno);
		return;
	}
	if ((size_t)n < sizeof small) {
		output_bytes(output, small, (size_t)n);
		return;
	}
	va_start(arguments, format);
	n = vasprintf(&large, format, arguments);
	va_end(arguments);
	if (n < 0) {
		output_fail(output, ENOMEM);
		return;
	}
	output_bytes(output, large, (size_t)n);
	free(large);
}

void output_fail(struct output *output, int number)
{
	if (!output->error)
		output->error = number;
}

bool output_failed(const struct output *output)
{
	return output->error != 0;
}

void output_set_watch(struct output *output, output_watch *watch, void *context)
{
	output->watch = watch;
	output->watch_context = context;
}

bool output_is_watched(const struct output *output)
{
	return output && output->watch;
}

bool output_ask_watch(struct output *output, uint64_t done, uint64_t total)
{
	if (!output->error && output->watch && output->watch(output->watch_context, done, total))
		output->error = ECANCELED;
	return output->error != 0;
}

bool output_stopped(const struct output *output)
{
	return output->error == ECANCELED;
}

static mode_t output_umask(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return mask;
}

/* Gives the file without a name a temporary one, so that it can be renamed over the target. */
static int output_link_temporary(struct output *output, const char *from)
{
	for (int i = 0; i < 100; i++) {
		output_random_name(output->temporary);
		if (linkat(AT_FDCWD, from, output->directory, output->temporary,
			   AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	output->temporary[0] = '\0';
	return -1;
}

/* The one step that makes the target appear; -1 with errno. */
static int output_publish(struct output *output)
{
	char from[32];

	if (!output->temporary[0]) {
		snprintf(from, sizeof from, "/proc/self/fd/%d", output->fd);
		if (!output->replaces)
			return linkat(AT_FDCWD, from, output->directory, output->name,
				      AT_SYMLINK_FOLLOW);
		if (output_link_temporary(output, from) != 0)
			return -1;
	} else if (fchmod(output->fd, 0666 & ~output_umask()) != 0) {
		return -1;
	}
	if (output->replaces)
		return renameat(output->directory, output->temporary, output->directory,
				output->name);
	if (renameat2(output->directory, output->temporary, output->directory, output->name,
		      RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(output->directory, output->temporary, output->directory, output->name, 0) != 0)
		return -1;
	unlinkat(output->directory, output->temporary, 0);
	return 0;
}

/* Some file systems (FUSE, some network ones) cannot sync a directory; that is not a failure. */
static bool output_sync_directory(const struct output *output)
{
	return fsync(output->directory) == 0 || errno == EINVAL || errno == ENOTSUP;
}

static bool output_commit_file(struct output *output, struct error *err)
{
	if (!output->error && fsync(output->fd) != 0)
		output->error = errno;
	if (output->error)
		return error_set(err, ERROR_EXPORT, -1, "%s", strerror(output->error));
	if (!output_check_target(output, err))
		return false;
	if (output_publish(output) != 0)
		return error_set(err, ERROR_EXPORT, -1, "%s",
				 errno == EEXIST ? OUTPUT_EXISTS : strerror(errno));
	output->temporary[0] = '\0';
	if (!output_sync_directory(output))
		return error_set(err, ERROR_EXPORT, -1, "%s", strerror(errno));
	return true;
}

bool output_commit(struct output *output, struct error *err)
{
	bool good;

	output_flush(output);
	if (output->directory >= 0) {
		good = output_commit_file(output, err);
		if (!good && output->temporary[0])
			unlinkat(output->directory, output->temporary, 0);
	} else {
		good = !output->error;
		if (!good)
			error_set(err, ERROR_EXPORT, -1, "%s", strerror(output->error));
	}
	output_free(output);
	return good;
}

void output_discard(struct output *output)
{
	if (!output)
		return;
	if (output->directory >= 0 && output->temporary[0])
		unlinkat(output->directory, output->temporary, 0);
	output_free(output);
}
