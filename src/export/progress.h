/* Tells about work that takes long, after 200 ms: in one line on standard error, if that is a
 * terminal, and to who watches the output. */
#ifndef EXPORT_PROGRESS_H
#define EXPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/text.h>

struct output;

struct progress {
	bool wanted;	 /* standard error is a terminal */
	bool shown;	 /* the line is there and has to be erased */
	struct output *watched; /* or NULL */
	int64_t begin, last; /* milliseconds, monotonic */
};

/* wanted false: no line. output may be NULL. */
void progress_begin(struct progress *progress, bool wanted, struct output *output);

/* Elements done and total; name is raw bytes, of what is being read. Cheap to call often. True
 * when the work is to stop. */
bool progress_update(struct progress *progress, uint64_t done, uint64_t total, struct text name);

/* Erases the line. */
void progress_end(struct progress *progress);

#endif
