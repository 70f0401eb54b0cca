#include "core/runs/run_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mtui/limits.h>

#include "core/runs/log_search.h"
#include "core/runs/unzip.h"

#define SEARCH_EVERY 10.0 /* seconds between looks through watched directories, */
#define SEARCH_POLL  2.0  /* and through those that are not */
#define SWEEP_WATCHED 64  /* files that one refresh looks at though nothing was told of them */
#define SWEEP_POLL    2048
#define LEAST_BUDGET  ((size_t)64 << 10)
#define WINDOW_KEPT   ((size_t)1 << 20) /* bytes of the buffer that stay for the next refresh */

const char *run_source_name(enum run_source source)
{
	static const char *const names[] = {
#define X(source, name) [source] = name,
		RUN_SOURCES(X)
#undef X
	};

	return names[source];
}

struct held_runs {
	struct runs runs; /* first: it is handed out */
	struct arena arena;
	atomic_uint references;
};

const struct runs *runs_retain(const struct runs *runs)
{
	atomic_fetch_add_explicit(&((struct held_runs *)runs)->references, 1, memory_order_relaxed);
	return runs;
}

void runs_release(const struct runs *runs)
{
	struct held_runs *held = (struct held_runs *)runs;

	if (!runs || atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < runs->count; i++)
		run_release(runs->items[i]);
	arena_free(&held->arena);
	free(held);
}

const struct series *run_series(const struct run *run, struct text tag)
{
	for (size_t i = 0; i < run->series_count; i++)
		if (text_equal(run->series[i]->tag, tag))
			return run->series[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct run *const *x = a, *const *y = b;

	return text_compare_natural((*x)->name, (*y)->name);
}

static void add_notices(struct run_set *set, struct held_runs *held)
{
	struct text *notices = arena_array(&held->arena, 3, sizeof *notices);

	if (!notices)
		return;
	held->runs.notices = notices;
	if (set->limited)
		notices[held->runs.notice_count++] = arena_format(
			&held->arena, "more than %d files or %d levels of folders: not all are read",
			LIMIT_LOG_FILES, LIMIT_LOG_DEPTH);
	if (set->unreadable)
		notices[held->runs.notice_count++] = arena_format(
			&held->arena, "%zu folders could not be read", set->unreadable);
	if (set->exhausted)
		notices[held->runs.notice_count++] = TEXT("out of memory: not all is shown");
}

/* Swaps in a version of what the groups hold now; false when memory is exhausted. */
static bool publish(struct run_set *set)
{
	struct held_runs *held = calloc(1, sizeof *held);
	const struct run **items;

	if (!held)
		return false;
	arena_init(&held->arena, 0);
	atomic_init(&held->references, 1);
	items = arena_array(&held->arena, set->n_groups, sizeof(struct run *));
	if (!items) {
		runs_release(&held->runs);
		return false;
	}
	for (size_t i = 0; i < set->n_groups; i++) {
		const struct run *run = set->groups[i]->now;
		if (!run)
			continue;
		run_retain(run);
		items[held->runs.count++] = run;
	}
	qsort(items, held->runs.count, sizeof *items, by_name);
	held->runs.items = items;
	held->runs.version = set->now ? set->now->version + 1 : 0;
	add_notices(set, held);
	runs_release(set->now);
	set->now = &held->runs;
	return true;
}

/* A path that is not there may come later: a directory is looked for with every search. */
static bool find_root(struct run_root *root)
{
	struct stat status;

	root->problem.code = ERROR_NONE;
	if (stat(root->path, &status) != 0)
		return error_set_errno(&root->problem, ERROR_READ, -1, errno, "cannot open");
	root->directory = S_ISDIR(status.st_mode);
	return true;
}

static bool add_root(struct run_set *set, const char *path)
{
	struct run_root *root = &set->roots[set->n_roots];

	root->path = strdup(path);
	if (!root->path)
		return false;
	set->n_roots++;
	find_root(root);
	return true;
}

static struct followed *follow(struct run_set *set, struct run_root *root, const char *path,
			       bool named)
{
	struct followed *followed = calloc(1, sizeof *followed);

	if (!followed)
		return NULL;
	followed->file = log_file_new(path, named);
	followed->root = root;
	followed->told = true;
	if (followed->file) {
		followed->name.text = text_from(followed->file->path);
		if (name_table_add(&set->files, &followed->name))
			return followed;
		log_file_free(followed->file);
	}
	free(followed);
	return NULL;
}

struct searching {
	struct run_set *set;
	struct run_root *root;
};

static bool on_found(void *context, const char *path, const char *below)
{
	struct searching *searching = context;

	(void)below;
	return name_table_find(&searching->set->files, text_from(path)) ||
	       follow(searching->set, searching->root, path, false);
}

static bool on_entered(void *context, const char *path)
{
	struct searching *searching = context;

	run_watch_add(&searching->set->watch, path);
	return true;
}

/* A named file is followed at once, and its folder watched for what becomes of it. */
static bool add_named(struct run_set *set, struct run_root *root)
{
	const char *slash = strrchr(root->path, '/');
	char *folder;

	root->file = (struct followed *)name_table_find(&set->files, text_from(root->path));
	if (!root->file)
		root->file = follow(set, root, root->path, true);
	folder = slash ? strndup(root->path, slash == root->path ? 1 : (size_t)(slash - root->path)) :
			 strdup(".");
	if (folder && slash)
		run_watch_add(&set->watch, folder);
	else
		set->watch.partial = true;
	free(folder);
	return root->file != NULL;
}

static void search(struct run_set *set)
{
	set->unreadable = 0;
	for (size_t i = 0; i < set->n_roots; i++) {
		struct searching searching = { set, &set->roots[i] };
		struct log_search look = {
			.found = on_found, .entered = on_entered, .context = &searching,
		};
		if (set->roots[i].problem.code != ERROR_NONE && find_root(&set->roots[i]) &&
		    !set->roots[i].directory && !add_named(set, &set->roots[i]))
			set->exhausted = true;
		if (!set->roots[i].directory)
			continue;
		log_search_run(&look, set->roots[i].path);
		set->limited |= look.limited;
		set->exhausted |= look.exhausted;
		set->unreadable += look.unreadable;
	}
	set->searched = set->look.now;
	set->search_due = false;
}

struct run_set *run_open(const char *const *paths, size_t count, const struct run_options *options,
			 struct error *err)
{
	struct run_set *set = calloc(1, sizeof *set);
	bool good;

	if (!set) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	run_watch_init(&set->watch);
	set->options = *options;
	set->search_due = true;
	set->unread = true;
	set->roots = calloc(count + 1, sizeof *set->roots);
	good = set->roots && publish(set);
	for (size_t i = 0; good && i < count; i++)
		good = add_root(set, paths[i]);
	for (size_t i = 0; good && i < set->n_roots; i++)
		good = set->roots[i].directory || set->roots[i].problem.code != ERROR_NONE ||
		       add_named(set, &set->roots[i]);
	if (good)
		return set;
	error_set(err, ERROR_MEMORY, -1, "out of memory");
	run_close(set);
	return NULL;
}

void run_close(struct run_set *set)
{
	if (!set)
		return;
	runs_release(set->now);
	run_groups_free(set);
	for (size_t i = 0; i < set->files.count; i++) {
		struct followed *followed = (struct followed *)set->files.items[i];
		log_file_free(followed->file);
		free(followed);
	}
	name_table_free(&set->files);
	for (size_t i = 0; i < set->n_roots; i++)
		free(set->roots[i].path);
	free(set->roots);
	run_watch_free(&set->watch);
	free(set->look.window);
	free(set);
}

static void on_told(void *context, const char *path)
{
	struct run_set *set = context;
	struct followed *followed;

	if (!path) {
		set->search_due = true;
		return;
	}
	followed = (struct followed *)name_table_find(&set->files, text_from(path));
	if (followed)
		followed->told = true;
	else
		set->search_due |= log_search_name(text_from(path));
}

static void look_at(struct run_set *set, struct followed *followed)
{
	struct log_file *file = followed->file;

	followed->told = false;
	log_file_look(file, &set->look);
	if (file->reader && !followed->placed && !run_groups_place(set, followed))
		set->exhausted = true;
	set->unread |= file->unread;
	followed->told |= file->unread || file->torn;
}

/* Files that something was told of, those that are not finished, and some of the others in turn. */
static void look_around(struct run_set *set)
{
	size_t count = set->files.count, swept = 0;
	size_t sweep = set->watch.partial ? SWEEP_POLL : SWEEP_WATCHED;

	for (size_t i = 0; i < count; i++) {
		struct followed *followed =
			(struct followed *)set->files.items[(set->first + i) % count];
		if (followed->told)
			look_at(set, followed);
		if (set->look.deadline > 0 && log_clock() > set->look.deadline) {
			set->unread |= i + 1 < count;
			set->first = (set->first + i + 1) % count;
			return;
		}
	}
	for (; count && swept < sweep && swept < count; swept++) {
		set->cursor = (set->cursor + 1) % count;
		look_at(set, (struct followed *)set->files.items[set->cursor]);
	}
}

static bool make_versions(struct run_set *set)
{
	bool fresh = false;

	if (set->regrouped && !run_groups_name(set))
		set->exhausted = true;
	for (size_t i = 0; i < set->n_groups; i++)
		if (!run_group_version(set->groups[i], set->look.now, &fresh)) {
			set->exhausted = true;
			return false;
		}
	for (size_t i = 0; fresh && i < set->n_groups; i++)
		run_group_mark_shown(set->groups[i]);
	return fresh && publish(set);
}

/* Bytes that a further log may take; all together may take what a model's index may. */
static size_t budget_left(const struct run_set *set)
{
	size_t most = limit_index_memory(), used = 0;

	for (size_t i = 0; i < set->files.count; i++) {
		const struct log_file *file = ((struct followed *)set->files.items[i])->file;
		used += file->log ? file->log->store->arena.used : 0;
	}
	return used + LEAST_BUDGET < most ? most - used : LEAST_BUDGET;
}

bool run_refresh(struct run_set *set, double seconds)
{
	set->look.now = log_clock();
	set->look.deadline = seconds > 0 ? set->look.now + seconds : 0;
	set->look.settled = set->options.settled;
	set->look.no_checksum = set->options.no_checksum;
	set->look.budget = budget_left(set);
	run_watch_read(&set->watch, on_told, set);
	if (set->search_due ||
	    set->look.now - set->searched > (set->watch.partial ? SEARCH_POLL : SEARCH_EVERY))
		search(set);
	do {
		set->unread = false;
		look_around(set);
	} while (set->unread && set->look.deadline == 0);
	if (set->look.window_size > WINDOW_KEPT) {
		free(set->look.window);
		set->look.window = NULL;
		set->look.window_size = 0;
	}
	return make_versions(set);
}

bool run_failure(const struct run_set *set, size_t path, struct error *err)
{
	const struct followed *file = path < set->n_roots ? set->roots[path].file : NULL;

	if (path < set->n_roots && set->roots[path].problem.code != ERROR_NONE) {
		*err = set->roots[path].problem;
		return true;
	}
	if (!file)
		return false;
	if (file->file->error.code == ERROR_NONE && file->file->size == 0 && !file->file->log) {
		error_set(err, ERROR_MALFORMED, 0, "file is empty");
		return true;
	}
	*err = file->file->error;
	/* Of a file that will not grow, what is waited for will not come. */
	if (err->code == ERROR_NONE && set->options.settled && file->file->log &&
	    file->file->log->records == 0 && file->file->state_text[0])
		error_set(err, ERROR_MALFORMED, (int64_t)file->file->offset, "no record of a log: %s",
			  file->file->state_text);
	return err->code != ERROR_NONE;
}

const struct runs *run_version(const struct run_set *set)
{
	return runs_retain(set->now);
}

bool run_unread(const struct run_set *set)
{
	return set->unread;
}

int run_wake_fd(const struct run_set *set)
{
	return set->watch.fd;
}

/* The files that only the name tells of: there is nothing in them yet, or it is packed. */
static bool name_is_log(struct text name)
{
	static const char *const endings[] = { ".wandb", ".csv", ".tsv", ".jsonl", ".ndjson",
					       ".csv.gz", ".tsv.gz", ".jsonl.gz", ".json.gz" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (log_name_ends(name, endings[i]))
			return true;
	return text_find(name, TEXT("tfevents"), 0) != SIZE_MAX;
}

bool run_probe(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct text name = text_from(slash ? slash + 1 : path);
	uint8_t head[4096];
	struct stat status;
	ssize_t n = -1;
	int fd, fit;

	if (stat(path, &status) != 0)
		return false;
	if (S_ISDIR(status.st_mode))
		return true;
	if (!S_ISREG(status.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		n = pread(fd, head, sizeof head, 0);
		close(fd);
	}
	if (n <= 0 || unzip_is(head, (size_t)n))
		return name_is_log(name);
	return log_reader_for(name, head, (size_t)n, n < (ssize_t)sizeof head, &fit) != NULL;
}
