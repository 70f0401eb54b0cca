/*
 * Training runs: what trainers wrote about them, from whatever log, followed while it grows.
 *
 * A run is one folder of one kind of log (all event files of a directory, one W&B run), or one
 * file where a folder holds several tables. It is immutable. A refresh appends what is new to a new
 * version of the run and swaps it in; versions share all that did not change, so keeping an old one
 * costs nothing but its tail.
 *
 * Texts and names are raw bytes of the logs: they are shown through the gate. They live as long as
 * the version they were found in.
 */
#ifndef MTUI_RUN_H
#define MTUI_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/series.h>
#include <mtui/text.h>

/* One row a family of logs: enumerator, name in exports. */
#define RUN_SOURCES(X)                                                                             \
	X(RUN_TENSORBOARD, "tensorboard")     /* events.out.tfevents.* */                          \
	X(RUN_WANDB, "wandb")		      /* run-ID.wandb, or the folder of 2020 */            \
	X(RUN_CSV, "csv")		      /* and TSV */                                        \
	X(RUN_JSON_LINES, "jsonl")                                                                 \
	X(RUN_TRAINER_STATE, "trainer_state") /* Hugging Face trainer_state.json */                \
	X(RUN_JSON, "json")		      /* an array of objects, an object of arrays */       \
	X(RUN_NPZ, "npz")		      /* evaluations.npz of Stable-Baselines */

enum run_source {
#define X(source, name) source,
	RUN_SOURCES(X)
#undef X
		RUN_SOURCE_COUNT
};

const char *run_source_name(enum run_source source);

enum run_state {
	RUN_READING,  /* there is more in its files than has been read so far */
	RUN_LIVE,     /* grew within the last minute, by our own clock */
	RUN_QUIET,    /* did not */
	RUN_FINISHED, /* its log says that it ended */
	RUN_GONE      /* its files were deleted; the points are kept */
};

/* One entry of config, summary or HParams; nested keys are joined with dots. */
struct run_value {
	struct text key;
	struct text value; /* as it stood in the log, strings without their quotes */
	double number;	   /* NaN where the value is none (or is NaN) */
	bool is_number;
};

struct run_values {
	size_t count;
	const struct run_value *items; /* in the order of first appearance */
};

/* One histogram of a tag: counts of values in [left, right). */
struct run_histogram_step {
	int64_t step;
	double wall_time;
	uint32_t buckets;
	const double *left, *right, *counts; /* buckets each; as the log has them */
	double min, max, num, sum, sum_squares; /* NaN where the log does not say (TF2) */
};

struct run_histogram {
	struct text tag;
	size_t count;
	const struct run_histogram_step *const *steps;
};

/* One precision-recall curve of a tag: by threshold, ascending as the log has them. */
struct run_pr_step {
	int64_t step;
	double wall_time;
	uint32_t thresholds;
	const float *true_positives, *false_positives, *true_negatives, *false_negatives;
	const float *precision, *recall;
};

struct run_pr_curve {
	struct text tag;
	size_t count;
	const struct run_pr_step *const *steps;
};

struct run_text {
	struct text tag;
	int64_t step;
	double wall_time;
	struct text value;
};

enum run_media_kind { RUN_IMAGE, RUN_AUDIO, RUN_GRAPH, RUN_MESH, RUN_OTHER };

/* What is known of something mtui does not show: never its bytes. */
struct run_media {
	struct text tag;
	enum run_media_kind kind;
	int64_t step;
	double wall_time;
	uint64_t bytes;		/* of the encoded thing */
	uint32_t width, height; /* of images; 0 when unknown */
	struct text detail;	/* file name, content type or plugin; may be empty */
};

/* One file that the run was read from. */
struct run_file {
	struct text path;
	uint64_t size;	      /* bytes there are */
	uint64_t read;	      /* bytes taken in; the rest is a torn tail that waits, or still to read */
	uint64_t records;     /* records, rows or lines understood */
	uint64_t damaged;     /* skipped */
	uint32_t restarts;    /* times it was replaced or cut and read anew */
	struct text state;    /* one calm line, through the gate: "waiting for the rest of a record at
				 byte 1,024", "ends in zeros", "deleted"; empty when all is well */
};

struct run {
	struct text name; /* of its folder below what was opened; unique in its version */
	struct text path;
	enum run_source source;
	enum run_state state;
	int exit_code;	  /* -1 unknown */
	size_t series_count;
	const struct series *const *series; /* in order of first appearance; tags are unique */
	size_t histogram_count;
	const struct run_histogram *histograms;
	size_t pr_curve_count;
	const struct run_pr_curve *pr_curves;
	struct run_values config, summary;
	struct run_values hparams; /* the session's, TensorBoard's plugin */
	struct run_values metrics; /* what its experiment calls metrics: "tag", or "folder/tag" below
				      each session's run; the value is the name people read */
	struct run_values info;	   /* what was noted of the run: host, program, git commit, notes */
	size_t text_count;
	const struct run_text *texts;
	size_t media_count;
	const struct run_media *media;
	size_t console_count;	  /* the last lines of what the program printed */
	const struct text *console;
	uint64_t console_dropped; /* lines before those */
	size_t notice_count;	  /* through the gate already */
	const struct text *notices;
	size_t file_count;
	const struct run_file *files;
};

/* All runs that are open, one version of them; shared between threads by reference count. */
struct runs {
	size_t count;
	const struct run *const *items; /* by name, natural order */
	uint64_t version;		/* rises whenever anything in it is new */
	size_t notice_count;
	const struct text *notices;	/* of the search: a folder that could not be read, a limit */
};

const struct runs *runs_retain(const struct runs *runs);
void runs_release(const struct runs *runs);

/* NULL where there is none. */
const struct series *run_series(const struct run *run, struct text tag);

/*
 * Following. A run_set is used by one thread at a time; the versions it gives may go to others.
 */
struct run_set;

struct run_options {
	bool settled;	  /* nothing more will be written: a last line may lack its end */
	bool no_checksum; /* event files are read without looking at their checksums */
};

/* Files and directories to be looked through for logs (recursively, through no symbolic link that
 * was not named). Reads nothing yet. What is not there may come later (run_failure tells). NULL when
 * memory is exhausted. */
struct run_set *run_open(const char *const *paths, size_t count, const struct run_options *options,
			 struct error *err);
void run_close(struct run_set *set);

/* Takes in what is new, for about `seconds` (0: until nothing is left). True when run_version gives
 * another version than before. Trouble with files is said in the version and by run_failure;
 * memory that runs out keeps what there is so far. */
bool run_refresh(struct run_set *set, double seconds);

/* Why the path of this index could not be read, or not to its end; false when all is well. */
bool run_failure(const struct run_set *set, size_t path, struct error *err);

/* The version now; the caller releases it. Never NULL. */
const struct runs *run_version(const struct run_set *set);

/* True while run_refresh stopped for its time and not for the end of the logs. */
bool run_unread(const struct run_set *set);

/* Readable when a log may have grown (inotify); -1 where the system has nothing of the kind. Also
 * with it call run_refresh once a second: not every file system tells. */
int run_wake_fd(const struct run_set *set);

/* Whether run_open would know what to do with a path: a directory, or a file that is a log by its
 * first bytes (an empty or gzip file: by its name). */
bool run_probe(const char *path);

#endif
