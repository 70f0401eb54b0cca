/*
 * One log file that is followed: what has been read of it, and what happens to it on disk.
 *
 * Every look compares the file with what it was: it may have grown (only what is new is read),
 * been cut, rewritten or replaced (it is read anew from its first byte, and the points before stay
 * shown until then), or be gone (the points stay). No descriptor is kept between looks.
 */
#ifndef RUNS_LOG_FILE_H
#define RUNS_LOG_FILE_H

#include <sys/stat.h>

#include "core/runs/log_reader.h"

enum { LOG_PRINT = 64 }; /* bytes before the offset that must not have changed */

struct log_file {
	char *path;
	bool follow_link;		 /* the path was named, not found */
	const struct log_reader *reader; /* NULL until there are bytes to tell it by */
	size_t probed;			 /* bytes that the reader was chosen by */
	struct run_log *log;		 /* what is shown; NULL before the first bytes */
	struct run_log *next;		 /* read anew; becomes `log` when it is complete */
	void *state;			 /* of the reader, for `next` where there is one, else `log` */
	uint64_t offset, size;		 /* bytes taken in, bytes there are */
	struct stat seen;
	double grown;			 /* seconds of the monotonic clock when it changed last */
	uint8_t print[LOG_PRINT];
	size_t print_len;
	bool gone, unread, fresh, zipped;
	bool torn;	      /* a last line waits for its end, or for the file to be quiet */
	bool last_line_taken; /* without its end: what follows it makes it another line */
	uint32_t restarts;
	char state_text[LOG_STATE_SIZE];
	struct error error; /* why it is not read further; ERROR_NONE */
};

/* What looking at files needs, one for all of them. */
struct log_look {
	double now, deadline; /* of the monotonic clock; deadline 0: none */
	bool settled, no_checksum;
	size_t budget;	      /* bytes one log's store may take */
	uint8_t *window;      /* grows as lines and records need it */
	size_t window_size;
	bool exhausted;
};

/* Copies the path; NULL when memory is exhausted. */
struct log_file *log_file_new(const char *path, bool follow_link);
void log_file_free(struct log_file *file);

/* Takes in what is new until the deadline. */
void log_file_look(struct log_file *file, struct log_look *look);

/* The same for bytes in memory, as one look at a file that holds them: for tests and fuzzers. */
void log_file_look_at(struct log_file *file, const struct file *bytes, struct log_look *look);

double log_clock(void);

#endif
