/*
 * The readers: one a kind of log file, in one table.
 *
 * A reader is given the bytes of a file from the first one on, in pieces of any size, and answers
 * how many of them it is done with; the rest comes again with more behind it. What it adds to the
 * log depends on the bytes alone, never on where the pieces were cut: so a file that grows while it
 * is read gives the same as one that is read at once.
 */
#ifndef RUNS_LOG_READER_H
#define RUNS_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/file.h>
#include <mtui/run.h>

#include "core/runs/log.h"

enum { LOG_STATE_SIZE = 200 };

/* A piece of a file. */
struct log_input {
	const struct file *file; /* for what is too long to be held; its size is what there is now */
	const uint8_t *bytes;
	size_t len;
	uint64_t position; /* of bytes[0] in the file */
	bool end;	   /* nothing lies behind the piece now */
	bool settled;	   /* and nothing will: a last line may lack its end */
	bool no_checksum;  /* --no-checksum */
	double now;	   /* of the monotonic clock */
};

/* What a call of feed leaves behind. */
struct log_feed {
	size_t done;   /* bytes that need not come again; less than len: more has to come */
	uint64_t skip; /* bytes behind those that are skipped unread, or were read by the reader */
	uint64_t want; /* bytes from the new position on without which a new call is no use; or 0 */
	bool stop;     /* what is there is no log of this kind: the error says why */
	char state[LOG_STATE_SIZE]; /* why it waits, one calm line through the gate; or empty */
};

struct log_reader {
	enum run_source source;
	/* A document is read anew as a whole when it changes, and only once it is complete. */
	bool document;
	/* Of lines: the last one may lack its end. */
	bool last_line;
	/* It accompanies the logs of its folder (config.yaml) and is no run of its own. */
	bool beside;
	unsigned char order; /* among the files of one folder: the larger the later */
	/* How well the file's name and first bytes (all of it where `whole`) fit; 0 not at all. */
	int (*probe)(struct text name, const uint8_t *head, size_t n, bool whole);
	size_t state_size;
	/* The state is zeroed. `log` is empty. */
	void (*feed)(void *state, struct run_log *log, const struct log_input *input,
		     struct log_feed *feed, struct error *err);
	void (*close)(void *state); /* or NULL */
};

/* Where the next bytes are that are no hole of a sparse file, from a place on; the file's size when
 * there are none. */
uint64_t log_next_data(const struct file *file, uint64_t from);

/* Whether the name of a file ends so, in any case. */
bool log_name_ends(struct text name, const char *ending);

/* How well a reader's file fits: the least for a file that was named, and for one that was found in
 * a search. */
enum { LOG_FIT_NAMED = 1, LOG_FIT_FOUND = 3 };

/* The reader that a file fits best by its name and its first bytes; NULL if it is no log. */
const struct log_reader *log_reader_for(struct text name, const uint8_t *head, size_t n, bool whole,
					int *fit);

#endif
