/*
 * A version borrows from its logs' stores what never changes (histograms, texts), shares with the
 * version before the series that have no new points, and copies the little that remains.
 */
#include "core/runs/run_version.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_FOR 60.0 /* seconds since the last growth */

struct held_run {
	struct run run; /* first: it is handed out */
	struct arena arena;
	struct log_store **stores;
	size_t n_stores;
	atomic_uint references;
};

void run_retain(const struct run *run)
{
	atomic_fetch_add_explicit(&((struct held_run *)run)->references, 1, memory_order_relaxed);
}

void run_release(const struct run *run)
{
	struct held_run *held = (struct held_run *)run;

	if (!run || atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < run->series_count; i++)
		series_release(run->series[i]);
	for (size_t i = 0; i < held->n_stores; i++)
		log_store_release(held->stores[i]);
	arena_free(&held->arena);
	free(held);
}

/* A version that is being made. */
struct making {
	struct held_run *held;
	struct run_group *group;
	struct arena *arena;
	bool failed;
};

static void *room(struct making *making, size_t count, size_t size)
{
	void *memory = arena_array(making->arena, count, size);

	if (!memory)
		making->failed = true;
	return memory;
}

static struct text copy(struct making *making, struct text text)
{
	struct text made = arena_text(making->arena, text.data, text.len);

	if (made.data)
		return made;
	making->failed = true;
	return TEXT("");
}

/* Logs of the group's files that have one. */
static size_t count_logs(const struct run_group *group)
{
	size_t count = 0;

	for (size_t i = 0; i < group->n_files; i++)
		count += group->files[i]->log != NULL;
	return count;
}

static void hold_stores(struct making *making)
{
	struct run_group *group = making->group;

	making->held->stores = room(making, count_logs(group), sizeof(struct log_store *));
	for (size_t i = 0; !making->failed && i < group->n_files; i++) {
		if (!group->files[i]->log)
			continue;
		log_store_retain(group->files[i]->log->store);
		making->held->stores[making->held->n_stores++] = group->files[i]->log->store;
	}
}

/* One tag with the parts of it that the files hold. */
struct tag_parts {
	struct name name;
	const void **parts;
	size_t count;
	bool fresh;
};

/* The tags of all logs, in order, from the table at `table` in each; `fresh` is asked of parts. */
static struct tag_parts *collect(struct making *making, size_t table, size_t *count)
{
	struct run_group *group = making->group;
	struct name_table tags = { 0 };
	size_t most = 0, n_logs = count_logs(group);
	struct tag_parts *parts;

	*count = 0;
	for (size_t i = 0; i < group->n_files; i++)
		if (group->files[i]->log)
			most += ((struct name_table *)((char *)group->files[i]->log + table))->count;
	parts = room(making, most, sizeof *parts);
	for (size_t i = 0; !making->failed && i < group->n_files; i++) {
		struct name_table *own =
			group->files[i]->log ?
				(struct name_table *)((char *)group->files[i]->log + table) :
				NULL;
		for (size_t j = 0; own && !making->failed && j < own->count; j++) {
			struct name *found =
				n_logs > 1 ? name_table_find(&tags, own->items[j]->text) : NULL;
			struct tag_parts *tag = (struct tag_parts *)found;
			if (!tag) {
				tag = &parts[(*count)++];
				tag->name.text = own->items[j]->text;
				tag->parts = room(making, n_logs, sizeof *tag->parts);
				if (n_logs > 1 && !name_table_add(&tags, &tag->name))
					making->failed = true;
			}
			if (!making->failed)
				tag->parts[tag->count++] = own->items[j];
		}
	}
	name_table_free(&tags);
	return parts;
}

static bool has_points(const struct tag_parts *tag, bool *fresh)
{
	bool points = false;

	*fresh = false;
	for (size_t i = 0; i < tag->count; i++) {
		const struct series_builder *builder = tag->parts[i];
		points |= series_builder_count(builder) > 0;
		*fresh |= builder->fresh;
	}
	return points;
}

/* Series keep their places between versions unless tags came into the middle. */
static void make_series(struct making *making, bool keep)
{
	struct run *run = &making->held->run;
	const struct run *before = keep ? making->group->now : NULL;
	size_t count;
	struct tag_parts *tags = collect(making, offsetof(struct run_log, series), &count);
	const struct series **series = room(making, count, sizeof(struct series *));

	run->series = series;
	for (size_t i = 0; !making->failed && i < count; i++) {
		bool fresh;
		if (!has_points(&tags[i], &fresh))
			continue;
		size_t at = run->series_count;
		if (!fresh && before && at < before->series_count &&
		    text_equal(before->series[at]->tag, tags[i].name.text)) {
			series_retain(before->series[at]);
			series[run->series_count++] = before->series[at];
			continue;
		}
		series[at] = series_snapshot((const struct series_builder *const *)tags[i].parts,
					     tags[i].count);
		if (series[at])
			run->series_count++;
		else
			making->failed = true;
	}
}

/* The steps of one tag from all its parts: borrowed where there is one, else put together. */
static const void *const *join_steps(struct making *making, const struct tag_parts *tag,
				     size_t offset, size_t *count)
{
	const struct log_array *first =
		(const struct log_array *)((const char *)tag->parts[0] + offset);
	const void **all;

	*count = 0;
	for (size_t i = 0; i < tag->count; i++)
		*count += ((const struct log_array *)((const char *)tag->parts[i] + offset))->count;
	if (tag->count == 1)
		return first->items;
	all = room(making, *count, sizeof *all);
	for (size_t i = 0, at = 0; all && i < tag->count; i++) {
		const struct log_array *part =
			(const struct log_array *)((const char *)tag->parts[i] + offset);
		if (part->count)
			memcpy(all + at, part->items, part->count * sizeof *all);
		at += part->count;
	}
	return all;
}

static void make_histograms(struct making *making)
{
	struct run *run = &making->held->run;
	size_t count;
	struct tag_parts *tags = collect(making, offsetof(struct run_log, histograms), &count);
	struct run_histogram *histograms = room(making, count, sizeof *histograms);

	run->histograms = histograms;
	for (size_t i = 0; !making->failed && i < count; i++) {
		histograms[i].tag = tags[i].name.text;
		histograms[i].steps = (const struct run_histogram_step *const *)join_steps(
			making, &tags[i], offsetof(struct log_histogram, steps),
			&histograms[i].count);
		run->histogram_count++;
	}
}

static void make_pr_curves(struct making *making)
{
	struct run *run = &making->held->run;
	size_t count;
	struct tag_parts *tags = collect(making, offsetof(struct run_log, pr_curves), &count);
	struct run_pr_curve *curves = room(making, count, sizeof *curves);

	run->pr_curves = curves;
	for (size_t i = 0; !making->failed && i < count; i++) {
		curves[i].tag = tags[i].name.text;
		curves[i].steps = (const struct run_pr_step *const *)join_steps(
			making, &tags[i], offsetof(struct log_pr_curve, steps), &curves[i].count);
		run->pr_curve_count++;
	}
}

/* The array at `offset` of a file's log; NULL where it has nothing. */
static const struct log_array *array_of(const struct log_file *file, size_t offset)
{
	const struct log_array *array =
		file->log ? (const struct log_array *)((const char *)file->log + offset) : NULL;

	return array && array->count ? array : NULL;
}

/* The arrays at `offset` of all logs, one behind the other. */
static const void *join_arrays(struct making *making, size_t offset, size_t size, size_t *count)
{
	struct run_group *group = making->group;
	const struct log_array *part, *only = NULL;
	size_t parts = 0, at = 0;
	char *all;

	*count = 0;
	for (size_t i = 0; i < group->n_files; i++) {
		if (!(part = array_of(group->files[i], offset)))
			continue;
		only = part;
		*count += part->count;
		parts++;
	}
	if (parts < 2)
		return only ? only->items : NULL;
	all = room(making, *count, size);
	for (size_t i = 0; all && i < group->n_files; i++) {
		if (!(part = array_of(group->files[i], offset)))
			continue;
		memcpy(all + at, part->items, part->count * size);
		at += part->count * size;
	}
	return all;
}

/* The newest value of every key; of a key that several files have, that of the last one. */
static struct run_values make_values(struct making *making, enum log_values which)
{
	size_t count;
	struct tag_parts *keys =
		collect(making,
			offsetof(struct run_log, values) + which * sizeof(struct name_table), &count);
	struct run_value *items = room(making, count, sizeof *items);

	for (size_t i = 0; !making->failed && i < count; i++) {
		const struct log_value *value = keys[i].parts[keys[i].count - 1];
		items[i] = (struct run_value){
			.key = keys[i].name.text,
			.value = copy(making, (struct text){ value->value, value->len }),
			.number = value->number,
			.is_number = value->is_number,
		};
	}
	return (struct run_values){ making->failed ? 0 : count, items };
}

/* The lines of the first file that has some: others would repeat them. */
static void make_console(struct making *making)
{
	struct run *run = &making->held->run;
	const struct log_console *console = NULL;
	struct text *lines;

	for (size_t i = 0; i < making->group->n_files && !console; i++) {
		struct run_log *log = making->group->files[i]->log;
		if (log && log->console.count)
			console = &log->console;
	}
	if (!console)
		return;
	size_t count = console->count < LOG_CONSOLE_LINES ? (size_t)console->count :
							     LOG_CONSOLE_LINES;
	lines = room(making, count, sizeof *lines);
	run->console_dropped = console->count - count;
	for (size_t i = 0; !making->failed && i < count; i++) {
		size_t at = (run->console_dropped + i) % LOG_CONSOLE_LINES;
		lines[i] = copy(making, (struct text){ console->lines[at], console->lens[at] });
	}
	run->console = lines;
	run->console_count = making->failed ? 0 : count;
}

static void make_files(struct making *making, double now)
{
	struct run_group *group = making->group;
	struct run *run = &making->held->run;
	struct run_file *files = room(making, group->n_files, sizeof *files);
	bool live = false, reading = false, gone = true, finished = false;

	run->exit_code = -1;
	for (size_t i = 0; !making->failed && i < group->n_files; i++) {
		const struct log_file *file = group->files[i];
		files[i] = (struct run_file){
			.path = copy(making, text_from(file->path)),
			.size = file->size,
			.read = file->next ? 0 : file->offset,
			.records = file->log ? file->log->records : 0,
			.damaged = file->log ? file->log->damaged : 0,
			.restarts = file->restarts,
			.state = copy(making, text_from(file->state_text)),
		};
		reading |= file->unread;
		gone &= file->gone;
		live |= now - file->grown < LIVE_FOR;
		finished |= file->log && file->log->finished;
		if (file->log && file->log->exit_code >= 0)
			run->exit_code = file->log->exit_code;
	}
	run->files = files;
	run->file_count = making->failed ? 0 : group->n_files;
	run->state = reading ? RUN_READING :
		     gone && group->n_files ? RUN_GONE :
		     finished ? RUN_FINISHED :
		     live ? RUN_LIVE : RUN_QUIET;
}

static void make_all(struct making *making, bool keep, double now)
{
	struct run *run = &making->held->run;

	run->name = copy(making, making->group->name);
	run->path = copy(making, text_from(making->group->path));
	run->source = making->group->source;
	hold_stores(making);
	make_series(making, keep);
	make_histograms(making);
	make_pr_curves(making);
	run->config = make_values(making, LOG_CONFIG);
	run->summary = make_values(making, LOG_SUMMARY);
	run->hparams = make_values(making, LOG_HPARAMS);
	run->metrics = make_values(making, LOG_METRICS);
	run->info = make_values(making, LOG_INFO);
	run->texts = join_arrays(making, offsetof(struct run_log, texts), sizeof(struct run_text),
				 &run->text_count);
	run->media = join_arrays(making, offsetof(struct run_log, media), sizeof(struct run_media),
				 &run->media_count);
	run->notices = join_arrays(making, offsetof(struct run_log, notices), sizeof(struct text),
				   &run->notice_count);
	make_console(making);
	make_files(making, now);
}

static bool is_fresh(const struct run_group *group, double now)
{
	if (!group->now || group->changed ||
	    (group->now->state == RUN_LIVE && group->n_files &&
	     now - group->files[group->n_files - 1]->grown >= LIVE_FOR))
		return true;
	for (size_t i = 0; i < group->n_files; i++)
		if (group->files[i]->fresh || (group->files[i]->log && group->files[i]->log->fresh))
			return true;
	return false;
}

void run_group_mark_shown(struct run_group *group)
{
	for (size_t i = 0; i < group->n_files; i++) {
		struct run_log *log = group->files[i]->log;
		group->files[i]->fresh = false;
		if (!log)
			continue;
		log->fresh = false;
		for (size_t j = 0; j < log->series.count; j++)
			((struct series_builder *)log->series.items[j])->fresh = false;
	}
	group->changed = false;
}

/* A log that was read anew has other builders and store than the version shows. */
static bool same_stores(const struct run_group *group)
{
	const struct held_run *held = (const struct held_run *)group->now;
	size_t at = 0;

	if (!held || group->changed)
		return false;
	for (size_t i = 0; i < group->n_files; i++) {
		if (!group->files[i]->log)
			continue;
		if (at == held->n_stores || held->stores[at++] != group->files[i]->log->store)
			return false;
	}
	return at == held->n_stores;
}

bool run_group_version(struct run_group *group, double now, bool *fresh)
{
	struct making making = { .group = group };

	if (!is_fresh(group, now))
		return true;
	making.held = calloc(1, sizeof *making.held);
	if (!making.held)
		return false;
	making.arena = &making.held->arena;
	arena_init(making.arena, 0);
	atomic_init(&making.held->references, 1);
	make_all(&making, same_stores(group), now);
	if (making.failed) {
		run_release(&making.held->run);
		return false;
	}
	run_release(group->now);
	group->now = &making.held->run;
	*fresh = true;
	return true;
}
