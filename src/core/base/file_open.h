/* Between file.c, file_spool.c and file_beside.c: the parts of opening a file. */
#ifndef CORE_BASE_FILE_OPEN_H
#define CORE_BASE_FILE_OPEN_H

#include <sys/stat.h>

#include <mtui/file.h>

/* ERROR_READ for a directory, ERROR_REFUSED for whatever else is not a regular file. */
bool file_require_regular(mode_t mode, struct error *err);

/* Makes a file of an open descriptor, which it owns from now on, also on failure. */
struct file *file_adopt(int fd, const struct stat *status, const char *path, struct error *err);

/* True for files that the kernel makes up while they are read (/proc, /sys): their size says
 * nothing, and what is read twice may differ. */
bool file_is_generated(int fd, const struct stat *status);

/* Copies such a file (at most 1 MiB) to memory of its own; owns fd. */
struct file *file_spool_generated(int fd, const char *path, struct error *err);

/* Copies a pipe on standard input to an unlinked temporary file. */
struct file *file_spool_stdin(struct error *err);

#endif
