#include "core/runs/log.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/limits.h>

void log_store_retain(struct log_store *store)
{
	atomic_fetch_add_explicit(&store->references, 1, memory_order_relaxed);
}

void log_store_release(struct log_store *store)
{
	if (!store || atomic_fetch_sub_explicit(&store->references, 1, memory_order_acq_rel) > 1)
		return;
	arena_free(&store->arena);
	free(store);
}

struct run_log *run_log_new(size_t budget)
{
	struct run_log *log = calloc(1, sizeof *log);

	if (!log)
		return NULL;
	log->store = malloc(sizeof *log->store);
	if (!log->store) {
		free(log);
		return NULL;
	}
	arena_init(&log->store->arena, budget);
	atomic_init(&log->store->references, 1);
	log->exit_code = -1;
	log->fresh = true;
	return log;
}

static void free_values(struct name_table *values)
{
	for (size_t i = 0; i < values->count; i++)
		free(((struct log_value *)values->items[i])->value);
	name_table_free(values);
}

static void free_console(struct log_console *console)
{
	for (size_t i = 0; console->lines && i < LOG_CONSOLE_LINES; i++)
		free(console->lines[i]);
	free(console->lines);
	free(console->lens);
}

void run_log_free(struct run_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->series.count; i++)
		series_builder_free((struct series_builder *)log->series.items[i]);
	name_table_free(&log->series);
	name_table_free(&log->histograms);
	name_table_free(&log->pr_curves);
	for (size_t i = 0; i < LOG_VALUES; i++)
		free_values(&log->values[i]);
	free_console(&log->console);
	log_store_release(log->store);
	free(log);
}

void *log_room(struct run_log *log, size_t count, size_t size)
{
	void *room = arena_array(&log->store->arena, count, size);

	if (!room)
		log->exhausted = true;
	return room;
}

struct text log_text_copy(struct run_log *log, struct text text)
{
	struct text copy = arena_text(&log->store->arena, text.data, text.len);

	if (copy.data)
		return copy;
	log->exhausted = true;
	return TEXT("");
}

/* The item of this name, made of `size` zeroed bytes where it is new. */
static void *item_named(struct run_log *log, struct name_table *table, struct text text, size_t size)
{
	struct name *item = name_table_find(table, text);

	if (item)
		return item;
	if (table->count >= LIMIT_METADATA) {
		log->crowded = true;
		return NULL;
	}
	item = log_room(log, 1, size);
	if (!item)
		return NULL;
	item->text = log_text_copy(log, text);
	if (log->exhausted || !name_table_add(table, item)) {
		log->exhausted = true;
		return NULL;
	}
	log->fresh = true;
	return item;
}

struct series_builder *log_series(struct run_log *log, struct text tag, enum series_role role)
{
	size_t before = log->series.count;
	struct series_builder *series = item_named(log, &log->series, tag, sizeof *series);

	if (series && log->series.count > before)
		series->role = role;
	return series;
}

/* Room for one more item at the end of an array, or NULL. */
static void *array_add(struct run_log *log, struct log_array *array, size_t size)
{
	if (array->count == array->room) {
		size_t room = array->room ? array->room * 2 : 4;
		void *items = log_room(log, room, size);
		if (!items)
			return NULL;
		if (array->count)
			memcpy(items, array->items, array->count * size);
		array->items = items;
		array->room = room;
	}
	log->fresh = true;
	return (char *)array->items + size * array->count++;
}

void log_add_histogram(struct run_log *log, struct text tag, struct run_histogram_step *step)
{
	struct log_histogram *histogram =
		item_named(log, &log->histograms, tag, sizeof *histogram);
	struct run_histogram_step **slot =
		histogram ? array_add(log, &histogram->steps, sizeof *slot) : NULL;

	if (slot)
		*slot = step;
}

struct run_histogram_step *log_histogram_room(struct run_log *log, int64_t step_number, double wall,
					       uint64_t buckets, bool shared)
{
	struct run_histogram_step *step;
	double *numbers;

	if (buckets > LOG_BUCKETS) {
		log_notice(log, "a histogram of %llu buckets was skipped (allowed %d)",
			   (unsigned long long)buckets, LOG_BUCKETS);
		return NULL;
	}
	step = log_room(log, 1, sizeof *step);
	numbers = log_room(log, (size_t)(shared ? 2 * buckets + 1 : 3 * buckets), sizeof *numbers);
	if (!step || !numbers)
		return NULL;
	step->step = step_number;
	step->wall_time = wall;
	step->buckets = (uint32_t)buckets;
	step->left = numbers;
	step->right = shared ? numbers + 1 : numbers + buckets;
	step->counts = shared ? numbers + buckets + 1 : numbers + 2 * buckets;
	step->min = step->max = step->num = step->sum = step->sum_squares = NAN;
	return step;
}

void log_add_pr(struct run_log *log, struct text tag, struct run_pr_step *step)
{
	struct log_pr_curve *curve = item_named(log, &log->pr_curves, tag, sizeof *curve);
	struct run_pr_step **slot = curve ? array_add(log, &curve->steps, sizeof *slot) : NULL;

	if (slot)
		*slot = step;
}

void log_add_text(struct run_log *log, const struct run_text *text)
{
	struct run_text copy = *text, *slot;

	copy.tag = log_text_copy(log, text->tag);
	copy.value = log_text_copy(log, text->value);
	slot = log->exhausted ? NULL : array_add(log, &log->texts, sizeof *slot);
	if (slot)
		*slot = copy;
}

void log_add_media(struct run_log *log, const struct run_media *media)
{
	struct run_media copy = *media, *slot;

	copy.tag = log_text_copy(log, media->tag);
	copy.detail = log_text_copy(log, media->detail);
	slot = log->exhausted ? NULL : array_add(log, &log->media, sizeof *slot);
	if (slot)
		*slot = copy;
}

static struct log_value *set_value(struct run_log *log, enum log_values which, struct text key,
				   struct text value)
{
	struct log_value *item = item_named(log, &log->values[which], key, sizeof *item);

	if (!item)
		return NULL;
	if (value.len > item->room) {
		char *grown = realloc(item->value, value.len);
		if (!grown) {
			log->exhausted = true;
			return NULL;
		}
		item->value = grown;
		item->room = value.len;
	}
	if (value.len)
		memcpy(item->value, value.data, value.len);
	item->len = value.len;
	log->fresh = true;
	return item;
}

void log_set_number(struct run_log *log, enum log_values which, struct text key, struct text value,
		    double number)
{
	struct log_value *item = set_value(log, which, key, value);

	if (item) {
		item->number = number;
		item->is_number = true;
	}
}

void log_set_text(struct run_log *log, enum log_values which, struct text key, struct text value)
{
	struct log_value *item = set_value(log, which, key, value);

	if (item) {
		item->number = NAN;
		item->is_number = false;
	}
}

void log_console_line(struct run_log *log, struct text line)
{
	struct log_console *console = &log->console;
	size_t at = console->count % LOG_CONSOLE_LINES;
	size_t len = line.len < LOG_CONSOLE_COLUMNS ? line.len : LOG_CONSOLE_COLUMNS;
	char *copy;

	if (!console->lines) {
		console->lines = calloc(LOG_CONSOLE_LINES, sizeof *console->lines);
		console->lens = calloc(LOG_CONSOLE_LINES, sizeof *console->lens);
	}
	copy = console->lines && console->lens ? realloc(console->lines[at], len + 1) : NULL;
	if (!copy) {
		log->exhausted = true;
		return;
	}
	if (len)
		memcpy(copy, line.data, len);
	console->lines[at] = copy;
	console->lens[at] = len;
	console->count++;
	log->fresh = true;
}

void log_notice(struct run_log *log, const char *format, ...)
{
	char line[300];
	va_list arguments;
	struct text *slot, copy;

	if (log->notices.count >= LOG_NOTICES) {
		log->unsaid++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	copy = log_text_copy(log, text_from(line));
	slot = log->exhausted ? NULL : array_add(log, &log->notices, sizeof *slot);
	if (slot)
		*slot = copy;
}
