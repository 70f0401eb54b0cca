/*
 * What one log file has said so far: filled by its reader, looked at when a version is made.
 *
 * Points, histograms and texts never change once they are added, and lie in a store that versions
 * share with the log. What does change (config, summary, the console's last lines) is copied into
 * every version. A call that runs out of memory marks the log as exhausted, so a reader need not
 * ask after every one.
 */
#ifndef RUNS_LOG_H
#define RUNS_LOG_H

#include <stdatomic.h>

#include <mtui/arena.h>
#include <mtui/run.h>

#include "core/runs/name_table.h"
#include "core/runs/series_pack.h"

enum { LOG_CONSOLE_LINES = 2000, LOG_CONSOLE_COLUMNS = 4096, LOG_NOTICES = 20, LOG_BUCKETS = 65536 };

/* Memory of a log's unchanging parts, freed with its last user. */
struct log_store {
	struct arena arena;
	atomic_uint references;
};

void log_store_retain(struct log_store *store);
void log_store_release(struct log_store *store);

/* An array that only grows: what lies below `count` stays where it is for those that saw it. */
struct log_array {
	void *items;
	size_t count, room;
};

struct log_histogram {
	struct name name;
	struct log_array steps; /* of const struct run_histogram_step * */
};

struct log_pr_curve {
	struct name name;
	struct log_array steps; /* of const struct run_pr_step * */
};

/* A key with its newest value. */
struct log_value {
	struct name name;
	char *value; /* on the heap, len bytes */
	size_t len, room;
	double number;
	bool is_number;
};

enum log_values { LOG_CONFIG, LOG_SUMMARY, LOG_HPARAMS, LOG_METRICS, LOG_INFO, LOG_VALUES };

struct log_console {
	char **lines; /* a ring of LOG_CONSOLE_LINES */
	size_t *lens;
	uint64_t count;
};

struct run_log {
	struct log_store *store;
	struct name_table series, histograms, pr_curves;
	struct name_table values[LOG_VALUES];
	struct log_array texts, media, notices;
	struct log_console console;
	uint64_t records, damaged;
	uint64_t unsaid; /* notices beyond LOG_NOTICES */
	int exit_code;	 /* -1 unknown */
	bool finished;
	bool exhausted;
	bool crowded;	 /* more than LIMIT_METADATA names of a kind: the others are not kept */
	bool fresh;	 /* something new but points since the last version */
};

/* NULL when memory is exhausted. The budget is that of the store, in bytes. */
struct run_log *run_log_new(size_t budget);
void run_log_free(struct run_log *log);

/* The series of a tag, made when it is new; NULL when memory is exhausted. */
struct series_builder *log_series(struct run_log *log, struct text tag, enum series_role role);

static inline void log_point(struct run_log *log, struct series_builder *series, int64_t step,
			     double wall_time, double value)
{
	if (!series ? !log->crowded :
		      !series_append(series, &log->store->arena, step, wall_time, value))
		log->exhausted = true;
}

/* Room in the store, zeroed; NULL (and the log exhausted) when there is none. */
void *log_room(struct run_log *log, size_t count, size_t size);
struct text log_text_copy(struct run_log *log, struct text text);

/* Room for one histogram, with its edges in one array where `shared`; NULL (and something said)
 * where it has more than LOG_BUCKETS. */
struct run_histogram_step *log_histogram_room(struct run_log *log, int64_t step_number, double wall,
					       uint64_t buckets, bool shared);

/* These take over steps made with log_room, and copy all texts. */
void log_add_histogram(struct run_log *log, struct text tag, struct run_histogram_step *step);
void log_add_pr(struct run_log *log, struct text tag, struct run_pr_step *step);
void log_add_text(struct run_log *log, const struct run_text *text);
void log_add_media(struct run_log *log, const struct run_media *media);

/* Sets the newest value of a key; a number is told from its text. */
void log_set_text(struct run_log *log, enum log_values which, struct text key, struct text value);
void log_set_number(struct run_log *log, enum log_values which, struct text key, struct text value,
		    double number);

/* One line of what the program printed, without its end. */
void log_console_line(struct run_log *log, struct text line);

/* A line for people; what it quotes has passed the gate. */
void log_notice(struct run_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
