#include "core/runs/wandb_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"

void wandb_records_free(struct wandb_records *records)
{
	row_free(&records->history);
	row_free(&records->stats);
	free(records->line);
	free(records->scratch);
}

/* A walk through one record; in memory, so that every payload is at hand. */
struct walk {
	struct wandb_records *records;
	struct run_log *log;
	struct pbwire *wire;
	bool commit; /* the second walk: take it in */
};

static struct text text_of(const struct walk *walk, const struct pb_field *field)
{
	return (struct text){ (const char *)walk->wire->file->memory + field->start,
			      (size_t)field->len };
}

/* Number and nanoseconds of a google.protobuf.Timestamp. */
static bool take_timestamp(struct walk *walk, struct pb_message message, double *wall)
{
	struct pb_field field;
	double seconds = 0, nanos = 0;

	while (pbwire_next(walk->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT))
			seconds = (double)(int64_t)field.value;
		else if (field.tag == PB_TAG(2, PB_VARINT))
			nanos = (double)(int32_t)field.value;
	}
	*wall = seconds + nanos * 1e-9;
	return pbwire_ok(walk->wire);
}

/* The item's key: `key`, or the parts of `nested_key` joined with dots in the scratch. */
struct item {
	struct text key, json;
	size_t nested; /* bytes of the scratch in use */
};

static bool add_nested(struct walk *walk, struct item *item, struct text part)
{
	struct wandb_records *records = walk->records;
	size_t need = item->nested + part.len + 1;

	if (need > records->scratch_room) {
		char *grown = realloc(records->scratch, need * 2);
		if (!grown) {
			walk->log->exhausted = true;
			return false;
		}
		records->scratch = grown;
		records->scratch_room = need * 2;
	}
	if (item->key.data)
		records->scratch[item->nested++] = '.';
	if (part.len)
		memcpy(records->scratch + item->nested, part.data, part.len);
	item->nested += part.len;
	item->key = (struct text){ records->scratch, item->nested };
	return true;
}

static bool read_item(struct walk *walk, struct pb_message message, unsigned json_field,
		      struct item *item)
{
	struct pb_field field;

	*item = (struct item){ .json = TEXT("") };
	while (pbwire_next(walk->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES))
			item->key = text_of(walk, &field);
		else if (field.tag == PB_TAG(2, PB_BYTES) && !add_nested(walk, item, text_of(walk, &field)))
			return false;
		else if (field.tag == PB_TAG(json_field, PB_BYTES))
			item->json = text_of(walk, &field);
	}
	if (!item->key.data)
		item->key = TEXT("");
	return pbwire_ok(walk->wire);
}

static void take_row_value(void *context, const struct json_value *value)
{
	struct walk *walk = context;

	row_take(&walk->records->history, value);
}

static void take_stat(void *context, const struct json_value *value)
{
	struct walk *walk = context;

	row_take(&walk->records->stats, value);
}

static void take_config(void *context, const struct json_value *value)
{
	struct walk *walk = context;

	if (value->is_number)
		log_set_number(walk->log, LOG_CONFIG, value->key, value->text, value->number);
	else
		log_set_text(walk->log, LOG_CONFIG, value->key, value->text);
}

static void take_summary_value(void *context, const struct json_value *value)
{
	struct walk *walk = context;

	if (value->is_number)
		log_set_number(walk->log, LOG_SUMMARY, value->key, value->text, value->number);
	else
		log_set_text(walk->log, LOG_SUMMARY, value->key, value->text);
}

/* Items of a history, summary, config or stats record; `take` gets their values taken apart. */
static bool take_item(struct walk *walk, struct pb_message message, json_value_taker *take)
{
	struct json_pull pull;
	struct item item;

	if (!read_item(walk, message, 16, &item))
		return false;
	if (!walk->commit)
		return item.json.len == 0 || json_is_good(item.json);
	json_pull_init(&pull, item.json.data, item.json.len);
	if (item.json.len)
		json_values_take(&walk->records->history.values, &pull, item.key, take, walk);
	walk->log->exhausted |= walk->records->history.values.exhausted;
	return true;
}

/* 1 item, 2 step. */
static bool take_history(struct walk *walk, struct pb_message message)
{
	struct pb_field field;
	bool has_step = false;
	int64_t step = 0;

	row_begin(&walk->records->history);
	while (pbwire_next(walk->wire, &message, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			if (!take_item(walk, pb_message(&field), take_row_value))
				return false;
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			struct pb_message number = pb_message(&field);
			has_step = true;
			while (pbwire_next(walk->wire, &number, &field))
				if (field.tag == PB_TAG(1, PB_VARINT))
					step = (int64_t)field.value;
		}
	}
	if (!pbwire_ok(walk->wire))
		return false;
	if (!walk->commit)
		return true;
	/* The item "_step" says it too, in all but the newest logs; a metric "epoch" does not. */
	for (size_t i = 0; i < walk->records->history.count; i++) {
		const struct row_cell *cell = &walk->records->history.cells[i];
		struct text key = { walk->records->history.bytes + cell->key, cell->key_len };
		if (text_is(key, "_step") && !cell->object.data && fabs(cell->number) < 9e18) {
			step = (int64_t)cell->number;
			has_step = true;
		}
	}
	if (!has_step)
		step = walk->records->history.rows ? walk->records->history.step + 1 : 0;
	row_end(&walk->records->history, walk->log, true, step, NAN, "", SERIES_METRIC);
	return true;
}

/* 1 update, 2 remove (of summary and config). */
static bool take_updates(struct walk *walk, struct pb_message message, json_value_taker *take)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &message, &field))
		if (field.tag == PB_TAG(1, PB_BYTES) && !take_item(walk, pb_message(&field), take))
			return false;
	return pbwire_ok(walk->wire);
}

/* 1 kind, 2 timestamp, 3 item. */
static bool take_stats(struct walk *walk, struct pb_message message)
{
	struct pb_field field;
	double wall = NAN;

	row_begin(&walk->records->stats);
	while (pbwire_next(walk->wire, &message, &field)) {
		bool good = true;
		if (field.tag == PB_TAG(2, PB_BYTES))
			good = take_timestamp(walk, pb_message(&field), &wall);
		else if (field.tag == PB_TAG(3, PB_BYTES))
			good = take_item(walk, pb_message(&field), take_stat);
		if (!good)
			return false;
	}
	if (!pbwire_ok(walk->wire))
		return false;
	if (walk->commit)
		row_end(&walk->records->stats, walk->log, true,
			(int64_t)walk->records->stats.rows, wall, "system/", SERIES_SYSTEM);
	return true;
}

/* Output comes in pieces of lines. A carriage return writes the line anew, as progress bars do. */
static void take_output(struct walk *walk, struct text text)
{
	struct wandb_records *records = walk->records;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n') {
			log_console_line(walk->log,
					 (struct text){ records->line, records->line_len });
			records->line_len = 0;
			continue;
		}
		if (text.data[i] == '\r') {
			bool end = i + 1 < text.len && text.data[i + 1] == '\n';
			records->line_len = end ? records->line_len : 0;
			continue;
		}
		if (records->line_len == records->line_room) {
			size_t room = records->line_room ? records->line_room * 2 : 256;
			char *grown = room > LOG_CONSOLE_COLUMNS * 2 ? NULL :
								      realloc(records->line, room);
			if (!grown)
				continue; /* a line is cut, not the log */
			records->line = grown;
			records->line_room = room;
		}
		records->line[records->line_len++] = text.data[i];
	}
}

static bool take_output_record(struct walk *walk, struct pb_message message)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &message, &field))
		if (field.tag == PB_TAG(3, PB_BYTES) && walk->commit)
			take_output(walk, text_of(walk, &field));
	return pbwire_ok(walk->wire);
}

struct fact {
	unsigned number;
	const char *name;
};

/* Fields that are texts, under the names that people know them by. */
static bool take_facts(struct walk *walk, struct pb_message message, const struct fact *facts,
		       size_t count)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &message, &field))
		for (size_t i = 0; walk->commit && i < count; i++)
			if (field.tag == PB_TAG(facts[i].number, PB_BYTES) && field.len)
				log_set_text(walk->log, LOG_INFO, text_from(facts[i].name),
					     text_of(walk, &field));
	return pbwire_ok(walk->wire);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool take_run(struct walk *walk, struct pb_message message)
{
	static const struct fact facts[] = { { 1, "run_id" },	  { 2, "entity" },
					     { 3, "project" },	  { 6, "group" },
					     { 7, "job_type" },	  { 8, "display_name" },
					     { 9, "notes" },	  { 12, "sweep_id" },
					     { 13, "host" } };
	static const struct fact git[] = { { 1, "git remote" }, { 2, "git commit" } };
	struct pb_message again = message;
	struct pb_field field;
	bool good = take_facts(walk, message, facts, COUNT(facts));

	while (good && pbwire_next(walk->wire, &again, &field)) {
		if (field.tag == PB_TAG(4, PB_BYTES))
			good = take_updates(walk, pb_message(&field), take_config);
		else if (field.tag == PB_TAG(5, PB_BYTES))
			good = take_updates(walk, pb_message(&field), take_summary_value);
		else if (field.tag == PB_TAG(10, PB_BYTES) && walk->commit)
			log_set_text(walk->log, LOG_INFO, TEXT("tags"), text_of(walk, &field));
		else if (field.tag == PB_TAG(21, PB_BYTES))
			good = take_facts(walk, pb_message(&field), git, COUNT(git));
	}
	return good && pbwire_ok(walk->wire);
}

static bool take_environment(struct walk *walk, struct pb_message message)
{
	static const struct fact facts[] = { { 1, "os" },      { 2, "python" },	    { 6, "program" },
					     { 12, "host" },   { 13, "username" },  { 14, "executable" },
					     { 18, "gpu" } };

	return take_facts(walk, message, facts, COUNT(facts));
}

static bool take_exit(struct walk *walk, struct pb_message message)
{
	struct pb_field field;
	int64_t code = 0;

	while (pbwire_next(walk->wire, &message, &field))
		if (field.tag == PB_TAG(1, PB_VARINT))
			code = (int64_t)field.value;
	if (walk->commit) {
		walk->log->exit_code = code >= 0 && code < INT32_MAX ? (int)code : 255;
		walk->log->finished = true;
		walk->log->fresh = true;
	}
	return pbwire_ok(walk->wire);
}

static bool take_field(struct walk *walk, const struct pb_field *field)
{
	switch (field->tag) {
	case PB_TAG(2, PB_BYTES):
		return take_history(walk, pb_message(field));
	case PB_TAG(3, PB_BYTES):
		return take_updates(walk, pb_message(field), take_summary_value);
	case PB_TAG(4, PB_BYTES):
	case PB_TAG(13, PB_BYTES):
		return take_output_record(walk, pb_message(field));
	case PB_TAG(5, PB_BYTES):
		return take_updates(walk, pb_message(field), take_config);
	case PB_TAG(7, PB_BYTES):
		return take_stats(walk, pb_message(field));
	case PB_TAG(17, PB_BYTES):
		return take_run(walk, pb_message(field));
	case PB_TAG(18, PB_BYTES):
		return take_exit(walk, pb_message(field));
	case PB_TAG(26, PB_BYTES):
		return take_environment(walk, pb_message(field));
	default:
		return true;
	}
}

bool wandb_record_take(struct wandb_records *records, struct run_log *log, const uint8_t *bytes,
		       size_t len)
{
	struct file memory = { .memory = bytes, .size = len, .fd = -1 };
	struct error err;
	struct pbwire wire;
	struct walk walk = { .records = records, .log = log, .wire = &wire };

	for (int round = 0; round < 2; round++) {
		struct pb_message message = { 0, len };
		struct pb_field field;
		walk.commit = round == 1;
		pbwire_init_memory(&wire, &memory, &err);
		while (pbwire_next(&wire, &message, &field))
			if (!take_field(&walk, &field))
				return false;
		if (!pbwire_ok(&wire))
			return false;
	}
	return true;
}
