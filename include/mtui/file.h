/*
 * A file that is read, never written: headers through pread, tensor bytes through a guarded
 * mapping.
 *
 * The size, device, inode and time are noted at open. A regular file is required; anything else
 * is refused without reading a byte (a pipe on standard input is spooled first). The descriptor
 * stays open, so a deleted or replaced file keeps being shown.
 *
 * Threads: file_read and the windows may be used from several threads at once on one file.
 */
#ifndef MTUI_FILE_H
#define MTUI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <mtui/error.h>

struct file {
	int fd;
	uint64_t size;		   /* at open; nothing beyond it is ever read */
	dev_t device;
	ino_t inode;
	struct timespec modified;
	uint32_t links;		   /* hard links at open */
	char *path;		   /* as given, for messages; through the gate before printing */
	char *target;		   /* where a symbolic link led, or NULL */
	bool spooled;		   /* a private copy of a pipe or of a /proc file: never changes */
	const uint8_t *memory;	   /* bytes given by file_wrap instead of a descriptor, or NULL */
};

/* Checks it is a regular file, opens with O_NONBLOCK | O_NOCTTY | O_CLOEXEC and checks again. An
 * empty file opens. "-" spools standard input to an unlinked temporary file. Result is freed with
 * file_close; NULL on error. */
struct file *file_open(const char *path, struct error *err);

/* Most bytes taken from a pipe on standard input (--max-stdin; LIMIT_STDIN_DEFAULT until then).
 * Call before the first file_open. */
void file_set_stdin_limit(uint64_t bytes);

/* The same, relative to the directory of base, never leaving it: no "..", no absolute path, no
 * symbolic link that leads outside, except into the sibling blobs/ of a Hugging Face cache. */
struct file *file_open_beside(const struct file *base, const char *name, size_t name_len,
			      struct error *err);

/* Bytes in memory as a file: for samples, tests and fuzzers. The bytes must outlive the file. */
struct file *file_wrap(const void *bytes, size_t size, const char *name);

void file_close(struct file *file);

/* Exactly len bytes from offset, or an error with the offset: a loop over pread that survives
 * EINTR and short reads. Past the size noted at open: ERROR_MALFORMED. */
bool file_read(const struct file *file, uint64_t offset, void *buffer, size_t len,
	       struct error *err);

enum file_change { FILE_SAME, FILE_SHRANK, FILE_GREW, FILE_REWRITTEN, FILE_REPLACED, FILE_DELETED };

/* Compares what is on disk now with what was opened; two stat calls. now_size may be NULL. */
enum file_change file_changed(const struct file *file, uint64_t *now_size);

/* Whether somebody is appending to it: it grew since it was opened or, if written to within the
 * last two seconds, grows while this waits, at most a quarter of a second. */
bool file_is_growing(const struct file *file);

/*
 * Tensor bytes, through a mapping behind a guard.
 *
 * file_scan_run calls step(bytes, n, position, context) for consecutive pieces of `piece` bytes
 * (the last may be shorter) under the guard. A fault inside step ends the scan: ERROR_CHANGED when
 * the file shrank, ERROR_READ when its pages cannot be had; step must therefore hold no locks and
 * own no memory that it does not keep in context. A file that shrank without a fault is
 * ERROR_CHANGED, too. Windows are dropped behind the scan, so resident memory stays below 16 MiB at
 * any size (for pieces of at most 4 MiB). step returns false to stop early (ERROR_CANCELLED).
 * Without the handler, or where a file cannot be mapped, the same pieces come through pread.
 */
typedef bool file_step(const uint8_t *bytes, size_t len, uint64_t position, void *context);

bool file_scan_run(const struct file *file, uint64_t offset, uint64_t len, size_t piece,
		   file_step *step, void *context, struct error *err);

/* Installs the SIGBUS handler; call once before the first scan, from the main thread. */
bool file_guard_install(struct error *err);

#endif
