/* One line on standard error about work that takes long: only on a terminal, only after 200 ms. */
#ifndef EXPORT_PROGRESS_H
#define EXPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/text.h>

struct progress {
	bool wanted;	 /* standard error is a terminal */
	bool shown;	 /* the line is there and has to be erased */
	int64_t begin, last; /* milliseconds, monotonic */
};

/* wanted false: never shows anything. */
void progress_begin(struct progress *progress, bool wanted);

/* Elements done and total; name is raw bytes, of what is being read. Cheap to call often. */
void progress_update(struct progress *progress, uint64_t done, uint64_t total, struct text name);

/* Erases the line. */
void progress_end(struct progress *progress);

#endif
