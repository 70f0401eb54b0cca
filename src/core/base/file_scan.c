/*
 * Tensor bytes through a mapping, guarded.
 *
 * A window of a few MiB is mapped, walked piece by piece and unmapped before the next one, so
 * what is resident stays small however long the scan is. Pages that the file no longer has raise
 * SIGBUS in the thread that touches them. While a window is walked the thread's guard names the
 * window and a place to jump back to; the handler jumps there when the fault lies inside the
 * window, and otherwise lets the signal do what it does without mtui.
 *
 * A page that the file still holds in part reads as zeros behind its end without any fault, so
 * the size is compared after every window too.
 *
 * Where there is no mapping (or no handler was installed) the same pieces come through pread, and
 * so do short ones: a mapping and its fault cost more than to read a few pages.
 */
#include <mtui/file.h>

#include <mtui/bytes.h>

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_BYTES ((size_t)2 << 20)
#define SHORT_BYTES  ((uint64_t)16 << 10)

struct guard {
	sigjmp_buf back;
	uintptr_t start, end; /* of the mapping */
};

/* The signal guard is the exception to "no mutable globals": a handler has no argument. */
static _Thread_local struct guard *volatile current_guard;
static atomic_bool guard_installed;

static void on_bus_error(int signal_number, siginfo_t *info, void *context)
{
	struct guard *guard = current_guard;
	uintptr_t address = (uintptr_t)info->si_addr;

	(void)context;
	if (guard != NULL && address >= guard->start && address < guard->end)
		siglongjmp(guard->back, 1);
	/* Not ours: the faulting instruction runs again and ends the program as usual. */
	signal(signal_number, SIG_DFL);
	if (info->si_code <= 0)
		raise(signal_number);
}

bool file_guard_install(struct error *err)
{
	struct sigaction action = { .sa_sigaction = on_bus_error };

	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, NULL) != 0)
		return error_set(err, ERROR_INTERNAL, -1, "cannot install the SIGBUS handler");
	atomic_store(&guard_installed, true);
	return true;
}

struct scan {
	const struct file *file;
	size_t piece;
	file_step *step;
	void *context;
};

enum outcome { WALKED, STOPPED, FAULTED };

static enum outcome walk(const struct scan *scan, const uint8_t *bytes, size_t len,
			 uint64_t position)
{
	while (len > 0) {
		size_t n = len < scan->piece ? len : scan->piece;

		if (!scan->step(bytes, n, position, scan->context))
			return STOPPED;
		bytes += n;
		position += n;
		len -= n;
	}
	return WALKED;
}

/* walk under the guard. Nothing of this frame is used after the jump but its constant guard. */
static enum outcome walk_guarded(const struct scan *scan, const void *map, size_t map_len,
				 size_t skip, uint64_t position)
{
	struct guard guard = { .start = (uintptr_t)map, .end = (uintptr_t)map + map_len };
	struct guard *volatile outer = current_guard;
	volatile enum outcome outcome = FAULTED;

	/* With the signal mask: in the handler, SIGBUS is blocked. */
	if (sigsetjmp(guard.back, 1) == 0) {
		current_guard = &guard;
		outcome = walk(scan, (const uint8_t *)map + skip, map_len - skip, position);
	}
	current_guard = outer;
	return outcome;
}

static bool file_is_short(const struct file *file, uint64_t end, uint64_t *size)
{
	struct stat now;

	if (fstat(file->fd, &now) != 0)
		return false;
	*size = (uint64_t)now.st_size;
	return *size < end;
}

static bool say_changed(const struct file *file, uint64_t position, struct error *err)
{
	uint64_t size = file->size;

	if (file_is_short(file, file->size, &size))
		return error_set(err, ERROR_CHANGED, (int64_t)position,
				 "file changed: was %llu, is %llu bytes",
				 (unsigned long long)file->size, (unsigned long long)size);
	/* Full size, yet its pages cannot be had: a bad disk or a vanished network file. */
	return error_set(err, ERROR_READ, (int64_t)position, "cannot read: Input/output error");
}

static bool finish_window(const struct scan *scan, enum outcome outcome, uint64_t position,
			  size_t len, struct error *err)
{
	uint64_t size;

	if (outcome == FAULTED)
		return say_changed(scan->file, position, err);
	if (scan->file->memory == NULL && file_is_short(scan->file, position + len, &size))
		return say_changed(scan->file, size > position ? size : position, err);
	if (outcome == STOPPED)
		return error_set(err, ERROR_CANCELLED, (int64_t)position, "stopped");
	return true;
}

static bool scan_buffered(const struct scan *scan, uint64_t position, uint64_t end,
			  struct error *err)
{
	size_t most = end - position < scan->piece ? (size_t)(end - position) : scan->piece;
	uint8_t *buffer = malloc(most);
	bool good = buffer != NULL;

	if (!good)
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	while (good && position < end) {
		size_t n = end - position < most ? (size_t)(end - position) : most;

		good = file_read(scan->file, position, buffer, n, err) &&
		       finish_window(scan, walk(scan, buffer, n, position), position, n, err);
		position += n;
	}
	free(buffer);
	return good;
}

static bool scan_mapped(const struct scan *scan, uint64_t position, uint64_t end, struct error *err)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t window = scan->piece;

	/* Whole pieces, so that pieces have one size whatever the windows are. */
	if (window < WINDOW_BYTES)
		window = WINDOW_BYTES / scan->piece * scan->piece;
	while (position < end) {
		size_t len = end - position < window ? (size_t)(end - position) : window;
		size_t skip = (size_t)(position % page);
		void *map = mmap(NULL, skip + len, PROT_READ, MAP_SHARED, scan->file->fd,
				 (off_t)(position - skip));

		if (map == MAP_FAILED)
			return scan_buffered(scan, position, end, err);
		madvise(map, skip + len, MADV_SEQUENTIAL);

		enum outcome outcome = walk_guarded(scan, map, skip + len, skip, position);

		munmap(map, skip + len);
		if (!finish_window(scan, outcome, position, len, err))
			return false;
		position += len;
	}
	return true;
}

bool file_scan_run(const struct file *file, uint64_t offset, uint64_t len, size_t piece,
		   file_step *step, void *context, struct error *err)
{
	struct scan scan = { file, piece > 0 ? piece : 1, step, context };

	if (!extent_ok(offset, len, file->size))
		return error_set(
			err, ERROR_MALFORMED, (int64_t)offset,
			"needs %llu bytes, %llu left in the file", (unsigned long long)len,
			(unsigned long long)(offset < file->size ? file->size - offset : 0));
	if (len == 0)
		return true;
	/* Bytes in memory: len fits in size_t, because they are there. */
	if (file->memory != NULL)
		return finish_window(&scan, walk(&scan, file->memory + offset, (size_t)len, offset),
				     offset, (size_t)len, err);
	if (len <= SHORT_BYTES || !atomic_load(&guard_installed))
		return scan_buffered(&scan, offset, offset + len, err);
	return scan_mapped(&scan, offset, offset + len, err);
}
