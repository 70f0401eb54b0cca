/*
 * From a file to a model: one reader a format, chosen by content, never by extension.
 *
 * mtui knows no more of a format than its reader; a file of a kind that has no reader is named for
 * what it is where that is cheap to know.
 */
#ifndef MTUI_READER_H
#define MTUI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/file.h>
#include <mtui/model.h>

/* Whether a file is called as models are that model_open reads: by the end of its name alone. */
bool model_named(const char *path);

/* Opens and reads a model file of any known format. NULL on error; the error's code and message
 * say what the file is where that is cheap to know. The caller owns one reference. */
struct model *model_open(const char *path, struct error *err);

/* The same for an open file, which the model takes over, also on failure. */
struct model *model_read(struct file *file, struct error *err);

/* What a file's first and last bytes say it is: "GGUF model", "zip archive (PyTorch, npz, ...)",
 * "git-LFS pointer: the model itself was not downloaded", or NULL. Static strings. */
const char *probe_kind(const uint8_t *head, size_t n);

#endif
