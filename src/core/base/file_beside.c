/*
 * Files that a model names: data beside it, never elsewhere.
 *
 * The name is checked as text first; what is refused there causes no system call. Then the kernel
 * resolves it below the model's directory (openat2, RESOLVE_BENEATH) once as a place (O_PATH), to
 * see what it is, and once more to read it: a fifo or a device is never opened. Without openat2
 * the components are opened one by one and symbolic links refused altogether.
 *
 * One exception: the Hugging Face cache keeps `models--X/snapshots/REV/.../name` as a link to
 * `models--X/blobs/HASH`. A last component that is such a link, into the blobs of the very cache
 * the model lies in, is opened as that blob.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mtui/gate.h>

#include "core/base/file_open.h"

#define READ_FLAGS  (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define PLACE_FLAGS (O_PATH | O_CLOEXEC)
#define NAME_SHOWN  120

/* One request: what was asked for and how it is named in messages. */
struct request {
	const char *name; /* relative, NUL-terminated, checked */
	char *directory;  /* of the base file, "." if it has none */
	char shown[NAME_SHOWN * 4];
};

static bool outside(const struct request *request, struct error *err)
{
	return error_set(err, ERROR_REFUSED, -1, "\"%s\" points outside the model's directory",
			 request->shown);
}

static bool failed(const struct request *request, int number, struct error *err)
{
	if (number == ENOMEM)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	return error_set_errno(err, ERROR_READ, -1, number, "\"%s\"", request->shown);
}

static bool has_parent_component(const char *name, size_t len)
{
	for (size_t start = 0; start <= len;) {
		const char *slash = memchr(name + start, '/', len - start);
		size_t end = slash != NULL ? (size_t)(slash - name) : len;

		if (end - start == 2 && name[start] == '.' && name[start + 1] == '.')
			return true;
		start = end + 1;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Everything that the text alone tells; no system call. */
static bool check_name(const struct request *request, const char *name, size_t len,
		       struct error *err)
{
	if (len == 0)
		return error_set(err, ERROR_REFUSED, -1, "the name of a data file is empty");
	if (memchr(name, '\0', len) != NULL)
		return error_set(err, ERROR_REFUSED, -1, "\"%s\" has a NUL byte in it",
				 request->shown);
	if (memmem(name, len, "_ORT_MEM_ADDR_", 14) != NULL)
		return error_set(err, ERROR_REFUSED, -1, "\"%s\" is an in-memory address marker",
				 request->shown);
	if (name[0] == '/' || name[0] == '\\' || (len >= 2 && is_letter(name[0]) && name[1] == ':'))
		return outside(request, err);
	if (has_parent_component(name, len))
		return outside(request, err);
	if (memchr(name, '\\', len) != NULL)
		return error_set(err, ERROR_REFUSED, -1, "\"%s\" has a backslash in it",
				 request->shown);
	if (len == 1 && name[0] == '.')
		return error_set(err, ERROR_REFUSED, -1, "\".\" is a directory");
	if (len >= PATH_MAX)
		return failed(request, ENAMETOOLONG, err);
	return true;
}

/* What one step led to: O_PATH with O_NOFOLLOW opens a link itself. Closes what is refused. */
static int check_step(int fd, bool directory)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		return fd;
	if (!S_ISLNK(status.st_mode) && (!directory || S_ISDIR(status.st_mode)))
		return fd;
	close(fd);
	errno = S_ISLNK(status.st_mode) ? EXDEV : ENOTDIR;
	return -1;
}

/* Component by component without following a link: for kernels (and filters) without openat2. */
static int open_by_steps(int directory, const char *name, int flags)
{
	char component[NAME_MAX + 1];
	int at = directory;

	for (;;) {
		size_t len = strcspn(name, "/");
		const char *rest = name + len + strspn(name + len, "/");
		bool last = name[len] == '\0';

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			break;
		}
		memcpy(component, name, len);
		component[len] = '\0';

		int next = openat(at, component, (last ? flags : PLACE_FLAGS) | O_NOFOLLOW);

		if (at != directory)
			close(at);
		at = check_step(next, !last);
		if (at < 0 || *rest == '\0')
			return at;
		name = rest;
	}
	if (at != directory)
		close(at);
	return -1;
}

static int open_below(int directory, const char *name, int flags, unsigned resolve)
{
	struct open_how how = { .flags = (unsigned)flags,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve };
	long fd;

	do {
		fd = syscall(SYS_openat2, directory, name, &how, sizeof how);
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	/* Filters of containers that do not know the call answer EPERM. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_by_steps(directory, name, flags);
	return (int)fd;
}

/* The first component that is a symbolic link, for the message; NULL if none is, or with ENOMEM. */
static char *first_link(int directory, const char *name)
{
	char *prefix = strdup(name);
	char target[1];

	for (size_t end = 0; prefix != NULL;) {
		end += strspn(name + end, "/");
		end += strcspn(name + end, "/");
		prefix[end] = '\0';
		if (readlinkat(directory, prefix, target, sizeof target) >= 0)
			return prefix;
		if (name[end] == '\0')
			break;
		prefix[end] = name[end];
	}
	free(prefix);
	return NULL;
}

static bool escaping_link(const struct request *request, int directory, struct error *err)
{
	errno = 0;
	char *link = first_link(directory, request->name);
	char shown[NAME_SHOWN * 4];

	if (link == NULL)
		return errno == ENOMEM ? failed(request, ENOMEM, err) : outside(request, err);
	gate_text(GATE_UNICODE, shown, sizeof shown, NAME_SHOWN, text_from(link));
	free(link);
	return error_set(err, ERROR_REFUSED, -1,
			 "\"%s\": the link \"%s\" points outside the model's directory",
			 request->shown, shown);
}

static bool is_blob_hash(const char *name)
{
	size_t len = strspn(name, "0123456789abcdef");

	return name[len] == '\0' && (len == 40 || len == 64);
}

/*
 * If the real path of a directory is ROOT/snapshots/REV[/...] with ROOT's last component
 * beginning "models--", the length of ROOT; else 0. *depth is the number of components behind it.
 */
static size_t cache_root(const char *real, size_t *depth)
{
	size_t root = 0, components = 0;
	bool model_before = false;

	for (size_t start = 1; real[start] != '\0' && root == 0;) {
		size_t len = strcspn(real + start, "/");

		if (model_before && len == 9 && memcmp(real + start, "snapshots", 9) == 0)
			root = start - 1;
		model_before = len > 8 && memcmp(real + start, "models--", 8) == 0;
		start += len + (real[start + len] == '/');
	}
	if (root == 0)
		return 0;
	for (const char *c = real + root; *c != '\0'; c++)
		components += *c == '/';
	*depth = components;
	return components >= 2 ? root : 0;
}

/* The blob's name if target climbs exactly depth times and then names ROOT/blobs/HASH. */
static const char *blob_of_target(const char *target, size_t depth)
{
	for (size_t i = 0; i < depth; i++, target += 3)
		if (strncmp(target, "../", 3) != 0)
			return NULL;
	if (strncmp(target, "blobs/", 6) != 0 || !is_blob_hash(target + 6))
		return NULL;
	return target;
}

/* The real path of the directory that holds the last component, which must not be reached
 * through a link. Caller frees; NULL when there is none. */
static char *real_parent(const struct request *request)
{
	const char *slash = strrchr(request->name, '/');
	int below = slash != NULL ? (int)(slash - request->name) : 0;
	char *real = realpath(request->directory, NULL);
	char *parent, *resolved;

	if (real == NULL || below == 0)
		return real;
	int made = asprintf(&parent, "%s/%.*s", real, below, request->name);

	free(real);
	if (made < 0)
		return NULL;
	resolved = realpath(parent, NULL);
	/* Equal only if no component was a link, "." or empty. */
	if (resolved != NULL && strcmp(resolved, parent) != 0) {
		free(resolved);
		resolved = NULL;
	}
	free(parent);
	return resolved;
}

/* The target of the last component. Asking for it must not follow a link before it. */
static ssize_t read_last_link(const struct request *request, int directory, char *target, size_t size)
{
	char *link = first_link(directory, request->name);
	bool last = link != NULL && strcmp(link, request->name) == 0;

	free(link);
	return last ? readlinkat(directory, request->name, target, size) : -1;
}

/* A descriptor of the directory ROOT and the blob's path below it, or -1. */
static int open_cache_root(const struct request *request, int directory, char blob[80])
{
	char target[PATH_MAX];
	size_t depth = 0;
	ssize_t len = read_last_link(request, directory, target, sizeof target - 1);

	if (len <= 0)
		return -1;
	target[len] = '\0';

	char *parent = real_parent(request);
	size_t root = parent != NULL ? cache_root(parent, &depth) : 0;
	const char *found = root > 0 ? blob_of_target(target, depth) : NULL;
	int fd = -1;

	if (found != NULL) {
		snprintf(blob, 80, "%s", found);
		parent[root] = '\0';
		fd = open(parent, PLACE_FLAGS | O_DIRECTORY);
	}
	free(parent);
	return fd;
}

/* Looks at the place, then opens it for reading and looks again. -1 with errno or with err set. */
static int open_regular(const struct request *request, int directory, const char *name,
			unsigned resolve, struct stat *status, struct error *err)
{
	for (int round = 0; round < 2; round++) {
		int fd =
			open_below(directory, name, round == 0 ? PLACE_FLAGS : READ_FLAGS, resolve);
		struct error kind;

		if (fd < 0 || fstat(fd, status) != 0) {
			int number = errno;

			if (fd >= 0)
				close(fd);
			errno = number;
			return -1;
		}
		if (!file_require_regular(status->st_mode, &kind)) {
			close(fd);
			errno = 0;
			error_set(err, kind.code, -1, "\"%s\": %s", request->shown, kind.message);
			return -1;
		}
		if (round == 1)
			return fd;
		close(fd);
	}
	return -1;
}

static int open_request(const struct request *request, struct stat *status, struct error *err)
{
	char blob[80];
	int directory = open(request->directory, PLACE_FLAGS | O_DIRECTORY);

	if (directory < 0) {
		failed(request, errno, err);
		return -1;
	}

	int fd = open_regular(request, directory, request->name, 0, status, err);

	/* ELOOP: a link on the way without openat2, or links in a circle. */
	if (fd < 0 && (errno == EXDEV || errno == ELOOP)) {
		int number = errno;

		errno = 0;
		int root = open_cache_root(request, directory, blob);

		if (root < 0 && errno == ENOMEM)
			number = ENOMEM;
		if (root >= 0) {
			fd = open_regular(request, root, blob, RESOLVE_NO_SYMLINKS, status, err);
			number = errno;
			close(root);
		}
		if (fd < 0 && number == EXDEV)
			escaping_link(request, directory, err);
		else if (fd < 0 && number != 0)
			failed(request, number, err);
	} else if (fd < 0 && errno != 0) {
		failed(request, errno, err);
	}
	close(directory);
	return fd;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Opens request->name, whose copy and directory the caller frees. */
static struct file *open_checked(const struct request *request, struct error *err)
{
	struct stat status;
	char *path = NULL;
	struct file *file = NULL;
	int fd;

	if (asprintf(&path, "%s/%s", request->directory, request->name) < 0) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	fd = open_request(request, &status, err);
	if (fd >= 0)
		file = file_adopt(fd, &status, path, err);
	free(path);
	return file;
}

struct file *file_open_beside(const struct file *base, const char *name, size_t name_len,
			      struct error *err)
{
	struct request request = { .name = NULL };
	struct file *file = NULL;

	gate_text(GATE_UNICODE, request.shown, sizeof request.shown, NAME_SHOWN,
		  (struct text){ name, name_len });
	if (!check_name(&request, name, name_len, err))
		return NULL;
	if (base->memory != NULL || base->spooled) {
		error_set(err, ERROR_REFUSED, -1, "\"%s\": the model was not read from a directory",
			  request.shown);
		return NULL;
	}

	char *copy = strndup(name, name_len);

	request.name = copy;
	request.directory = directory_of(base->path);
	if (copy == NULL || request.directory == NULL)
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	else
		file = open_checked(&request, err);
	free(copy);
	free(request.directory);
	return file;
}
