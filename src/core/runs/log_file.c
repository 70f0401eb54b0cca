#include "core/runs/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mtui/limits.h>

#include "core/base/file_open.h"
#include "core/runs/unzip.h"

enum {
	WINDOW = 256 << 10,
	WINDOW_MOST = 2 * LIMIT_LOG_LINE,
	HEAD = 4096,
};

#define QUIET 2.0 /* seconds after which a last line without its end is taken as it is */

double log_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct log_file *log_file_new(const char *path, bool follow_link)
{
	struct log_file *file = calloc(1, sizeof *file);

	if (!file)
		return NULL;
	file->path = strdup(path);
	file->follow_link = follow_link;
	if (!file->path) {
		free(file);
		return NULL;
	}
	return file;
}

static void drop_state(struct log_file *file)
{
	if (file->state && file->reader->close)
		file->reader->close(file->state);
	free(file->state);
	file->state = NULL;
}

void log_file_free(struct log_file *file)
{
	if (!file)
		return;
	drop_state(file);
	run_log_free(file->log);
	run_log_free(file->next);
	free(file->path);
	free(file);
}

static void fail(struct log_file *file, const struct error *err)
{
	file->error = *err;
	file->unread = false;
	file->fresh = true;
	snprintf(file->state_text, sizeof file->state_text, "%.*s", LOG_STATE_SIZE - 1, err->message);
}

static void out_of_memory(struct log_file *file, struct log_look *look)
{
	struct error err;
	struct run_log *log = file->next ? file->next : file->log;

	if (log && log->store->arena.refused)
		arena_exhausted(&log->store->arena, &err);
	else
		error_set(&err, ERROR_MEMORY, -1, "out of memory");
	look->exhausted = true;
	fail(file, &err);
}

/* Begins to read from the first byte; what is shown stays until that is done. */
static bool begin(struct log_file *file, struct log_look *look)
{
	struct run_log *log = run_log_new(look->budget);

	drop_state(file);
	file->state = calloc(1, file->reader->state_size ? file->reader->state_size : 1);
	if (!log || !file->state) {
		run_log_free(log);
		out_of_memory(file, look);
		return false;
	}
	run_log_free(file->next);
	file->next = NULL;
	if (file->log)
		file->next = log;
	else
		file->log = log;
	file->offset = 0;
	file->print_len = 0;
	file->last_line_taken = false;
	file->error.code = ERROR_NONE;
	file->unread = true;
	file->state_text[0] = '\0';
	return true;
}

/* What was read anew takes the place of what was shown. */
static void finish_restart(struct log_file *file)
{
	if (!file->next)
		return;
	run_log_free(file->log);
	file->log = file->next;
	file->log->fresh = true;
	file->next = NULL;
	file->fresh = true;
}

static bool reserve_window(struct log_look *look, size_t size)
{
	if (size <= look->window_size)
		return true;
	uint8_t *grown = realloc(look->window, size);
	if (!grown)
		return false;
	look->window = grown;
	look->window_size = size;
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The name without ".gz", by which a reader is chosen. */
static struct text plain_name(const struct log_file *file)
{
	struct text name = text_from(base_name(file->path));

	if (file->zipped && name.len > 3 && memcmp(name.data + name.len - 3, ".gz", 3) == 0)
		name.len -= 3;
	return name;
}

/* Asks for the reader anew, by as much of the file's beginning as there is now. */
static const struct log_reader *ask_reader(struct log_file *file, const struct file *bytes)
{
	uint8_t head[HEAD];
	size_t n = bytes->size < HEAD ? (size_t)bytes->size : HEAD;
	const struct log_reader *reader;
	struct error err;
	int fit;

	file->probed = n;
	if (!file_read(bytes, 0, head, n, &err))
		return NULL;
	file->zipped = unzip_is(head, n);
	if (file->zipped && !unzip_head(head, &n, &err)) {
		fail(file, &err);
		return NULL;
	}
	reader = log_reader_for(plain_name(file), head, n, n < HEAD, &fit);
	if (file->zipped && reader && reader->source == RUN_TENSORBOARD) {
		error_set(&err, ERROR_FORMAT, 0, "gzip data: event files are not read compressed");
		fail(file, &err);
		return NULL;
	}
	return fit < (file->follow_link ? LOG_FIT_NAMED : LOG_FIT_FOUND) ? NULL : reader;
}

/* What was read by another reader's rules does not hold. */
static void drop_all(struct log_file *file)
{
	drop_state(file);
	run_log_free(file->log);
	run_log_free(file->next);
	file->log = file->next = NULL;
	file->reader = NULL;
	file->offset = 0;
	file->print_len = 0;
	file->unread = false;
	file->fresh = true;
	file->error.code = ERROR_NONE;
	file->state_text[0] = '\0';
}

/* Chooses the reader by name and first bytes, again while those become more; false when there is
 * none (yet). What was read stays where a document is being `replaced` by bytes that say nothing. */
static bool choose_reader(struct log_file *file, const struct file *bytes, bool replaced,
			  struct log_look *look)
{
	const struct log_reader *reader;
	bool zipped = file->zipped;
	struct error err;

	if (bytes->size == 0 || file->probed == HEAD || bytes->size == file->probed)
		return file->reader != NULL;
	reader = ask_reader(file, bytes);
	if (reader == file->reader && reader && file->zipped == zipped)
		return true;
	if (!reader && replaced && file->reader->document) {
		file->probed = 0;
		snprintf(file->state_text, sizeof file->state_text, "waiting for the end of the document");
		return false;
	}
	struct error said = file->error;
	drop_all(file);
	file->reader = reader;
	if (reader)
		return begin(file, look);
	if (said.code != ERROR_NONE)
		fail(file, &said);
	else if (file->follow_link && !error_set(&err, ERROR_FORMAT, 0, "not a log that mtui knows"))
		fail(file, &err);
	return false;
}

static void note_print(struct log_file *file, const struct file *bytes)
{
	struct error err;
	size_t len = file->offset < LOG_PRINT ? (size_t)file->offset : LOG_PRINT;

	file->print_len = file_read(bytes, file->offset - len, file->print, len, &err) ? len : 0;
}

/* Whether the bytes before the offset are the ones that were read. */
static bool print_fits(const struct log_file *file, const struct file *bytes)
{
	uint8_t now[LOG_PRINT];
	struct error err;

	return file->print_len == 0 ||
	       (file->offset <= bytes->size &&
		file_read(bytes, file->offset - file->print_len, now, file->print_len, &err) &&
		memcmp(now, file->print, file->print_len) == 0);
}

/* One call of the reader; false when it wants no other now. */
static bool feed_once(struct log_file *file, struct log_input *input, struct log_look *look)
{
	struct run_log *log = file->next ? file->next : file->log;
	struct log_feed feed = { 0 };
	struct error err = { .code = ERROR_NONE };

	file->reader->feed(file->state, log, input, &feed, &err);
	file->offset = input->position + feed.done + feed.skip;
	snprintf(file->state_text, sizeof file->state_text, "%s", feed.state);
	file->fresh = true;
	if (log->crowded && !file->state_text[0])
		snprintf(file->state_text, sizeof file->state_text,
			 "more than %d names: the others are not kept", LIMIT_METADATA);
	if (log->exhausted) {
		out_of_memory(file, look);
		return false;
	}
	if (feed.stop) {
		fail(file, &err);
		return false;
	}
	if (feed.want && feed.want > input->file->size - file->offset)
		return false;
	return feed.done > 0 || feed.skip > 0 || !input->end;
}

static bool ends_line(const struct file *bytes)
{
	struct error err;
	char last = '\n';

	return bytes->size == 0 || (file_read(bytes, bytes->size - 1, &last, 1, &err) && last == '\n');
}

/* Reads on from the offset, window by window. */
static void read_on(struct log_file *file, const struct file *bytes, struct log_look *look)
{
	struct error err;
	size_t size = WINDOW;
	bool more = true;

	while (more && file->offset < bytes->size) {
		uint64_t left = bytes->size - file->offset, before = file->offset;
		size_t len = left < size ? (size_t)left : size;
		if (!reserve_window(look, len)) {
			out_of_memory(file, look);
			return;
		}
		if (!file_read(bytes, before, look->window, len, &err)) {
			/* It changed under our hands; the next look sees how. */
			file->seen.st_ino = 0;
			file->unread = false;
			return;
		}
		struct log_input input = {
			.file = bytes, .bytes = look->window, .len = len, .position = before,
			.end = len == left, .settled = look->settled,
			.no_checksum = look->no_checksum, .now = look->now,
		};
		more = feed_once(file, &input, look);
		if (file->offset == before && more && size < WINDOW_MOST)
			size *= 2;
		else if (file->offset == before)
			more = false;
		if (more && look->deadline > 0 && log_clock() > look->deadline)
			break;
	}
	file->unread = more && file->offset < bytes->size;
	if (!file->unread) {
		file->torn = !look->settled && file->offset < bytes->size;
		file->last_line_taken |= look->settled && file->offset == bytes->size &&
					 file->reader->last_line && !ends_line(bytes);
		finish_restart(file);
	}
	note_print(file, bytes);
}

/* A document: all of it at once, and only when that is good does it replace the one before. */
static void read_document(struct log_file *file, const struct file *bytes, struct log_look *look)
{
	struct log_input input = { .file = bytes, .end = true, .settled = true };
	struct error err;
	bool good;

	file->unread = false;
	if (file->zipped) {
		good = unzip_all(bytes, &look->window, &look->window_size, &input.len, &err);
	} else if (bytes->size > LIMIT_LOG_DOCUMENT) {
		good = error_set(&err, ERROR_REFUSED, -1, "%llu bytes; at most %d MiB are read at once",
				 (unsigned long long)bytes->size, LIMIT_LOG_DOCUMENT >> 20);
	} else if (!reserve_window(look, (size_t)bytes->size + 1)) {
		out_of_memory(file, look);
		return;
	} else {
		input.len = (size_t)bytes->size;
		good = file_read(bytes, 0, look->window, input.len, &err);
	}
	input.bytes = look->window;
	if (good) {
		feed_once(file, &input, look);
		/* Of packed lines the last one may be torn. */
		good = file->error.code == ERROR_NONE &&
		       (file->offset == input.len || !file->reader->document);
	} else {
		fail(file, &err);
	}
	file->offset = good ? bytes->size : 0;
	if (good) {
		finish_restart(file);
	} else {
		run_log_free(file->next);
		file->next = NULL;
	}
	note_print(file, bytes);
}

/* Whether what was read of the file does not stand in it any more. */
static bool is_replaced(const struct log_file *file, const struct file *bytes)
{
	return bytes->size < file->offset || !print_fits(file, bytes);
}

void log_file_look_at(struct log_file *file, const struct file *bytes, struct log_look *look)
{
	const struct log_reader *before = file->reader;
	bool replaced = before && is_replaced(file, bytes);
	bool anew = replaced || (before && (before->document || file->zipped ||
					    file->last_line_taken));

	file->fresh |= file->size != bytes->size;
	file->size = bytes->size;
	/* Cut to nothing: what was there stays until something comes. */
	if (anew && bytes->size == 0) {
		snprintf(file->state_text, sizeof file->state_text, "cut to 0 bytes");
		return;
	}
	if (anew)
		file->probed = 0;
	if (!choose_reader(file, bytes, replaced, look))
		return;
	bool whole = file->reader->document || file->zipped;
	if (anew && file->reader == before) {
		file->restarts += !whole && !file->last_line_taken;
		if (!begin(file, look))
			return;
	}
	if (file->error.code != ERROR_NONE)
		return;
	if (whole)
		read_document(file, bytes, look);
	else
		read_on(file, bytes, look);
}

/* NULL when it is gone or cannot be read. */
static struct file *open_now(struct log_file *file, struct stat *status, struct error *err)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(file->path, file->follow_link ? flags : flags | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, status) != 0) {
		error_set_errno(err, ERROR_READ, -1, errno, "cannot open");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (!file_require_regular(status->st_mode, err)) {
		close(fd);
		return NULL;
	}
	return file_adopt(fd, status, file->path, err);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void note_gone(struct log_file *file)
{
	if (!file->gone) {
		file->gone = file->fresh = true;
		file->unread = false;
		snprintf(file->state_text, sizeof file->state_text, "deleted");
	}
}

/* When it changed last, on our own clock: what is seen to change changed now; of what is found, the
 * date tells, unless that lies in the future. */
static double time_of_change(const struct log_file *file, const struct stat *status, double now)
{
	struct timespec date;
	double age;

	if (file->seen.st_ino)
		return now;
	clock_gettime(CLOCK_REALTIME, &date);
	age = (double)(date.tv_sec - status->st_mtim.tv_sec) +
	      (double)(date.tv_nsec - status->st_mtim.tv_nsec) * 1e-9;
	return age >= 0 ? now - age : now - 1e6;
}

static void look_inside(struct log_file *file, struct log_look *look, bool settled)
{
	struct stat status;
	struct error err = { .code = ERROR_NONE };
	struct file *bytes = open_now(file, &status, &err);
	bool before = look->settled;

	if (!bytes) {
		if (file->log)
			note_gone(file);
		else if (file->error.code == ERROR_NONE)
			fail(file, &err);
		return;
	}
	file->gone = false;
	file->seen = status;
	look->settled |= settled;
	log_file_look_at(file, bytes, look);
	look->settled = before;
	file_close(bytes);
}

void log_file_look(struct log_file *file, struct log_look *look)
{
	struct stat status;

	if (stat(file->path, &status) != 0 || !S_ISREG(status.st_mode)) {
		if (file->log || !file->follow_link)
			note_gone(file);
		else
			look_inside(file, look, false);
		return;
	}
	bool changed = !same(&status, &file->seen);
	if (changed)
		/* What is settled is not live, however new it is. */
		file->grown = look->settled ? -INFINITY
					    : time_of_change(file, &status, look->now);
	bool quiet = look->now - file->grown > QUIET;
	bool last_line = quiet && file->torn;
	if (!changed && !file->unread && !file->gone && !last_line)
		return;
	if (file->reader && file->seen.st_ino && !file->gone &&
	    (status.st_ino != file->seen.st_ino || status.st_dev != file->seen.st_dev)) {
		/* Another file under the name: nothing of the old one holds, whatever its bytes. */
		file->restarts++;
		if (!begin(file, look))
			return;
	}
	look_inside(file, look, quiet);
}
