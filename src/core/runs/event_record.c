/*
 * An event is walked twice: once to see that all of it is what the format allows, then to take it
 * in, so that a broken one leaves nothing behind. Single numbers, by far the most, do not come this
 * way: event_record_scalar knows their bytes by heart.
 */
#include "core/runs/event_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

#include "core/runs/event_value.h"

void event_records_free(struct event_records *records)
{
	for (size_t i = 0; i < records->tags.count; i++)
		free(records->tags.items[i]);
	name_table_free(&records->tags);
	free(records->scratch);
}

/* The tag, made where it is new: its name lies in the log's store. */
struct event_tag *event_tag_named(struct event_records *records, struct run_log *log,
				  struct text text)
{
	struct event_tag *tag = (struct event_tag *)name_table_find(&records->tags, text);

	if (tag)
		return tag;
	tag = calloc(1, sizeof *tag);
	if (!tag) {
		log->exhausted = true;
		return NULL;
	}
	tag->name.text = log_text_copy(log, text);
	if (log->exhausted || !name_table_add(&records->tags, &tag->name)) {
		log->exhausted = true;
		free(tag);
		return NULL;
	}
	return tag;
}

void event_point(struct event_tag *tag, struct run_log *log, int64_t step, double wall,
		 double value)
{
	if (!tag->series)
		tag->series = log_series(log, tag->name.text, SERIES_METRIC);
	log_point(log, tag->series, step, wall, value);
}

/* Tags are short: without a call. */
static inline bool same_tag(struct text a, struct text b)
{
	size_t at = 0;

	if (a.len != b.len || a.len < 8)
		return text_equal(a, b);
	for (; at + 8 < a.len; at += 8)
		if (load_u64(a.data + at) != load_u64(b.data + at))
			return false;
	return load_u64(a.data + a.len - 8) == load_u64(b.data + b.len - 8);
}

/* Values of an event come in the same order every time, mostly. */
static struct event_tag *guess_tag(struct event_records *records, struct run_log *log,
				   struct text text)
{
	struct event_tag *guess = records->last ? records->last->follower : NULL;

	if (!guess || !same_tag(guess->name.text, text)) {
		guess = event_tag_named(records, log, text);
		if (records->last)
			records->last->follower = guess;
	}
	records->last = guess;
	return guess;
}

/* A varint in [p, end), NULL where it is cut. */
static inline const uint8_t *varint(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
	uint64_t result = 0;

	for (unsigned shift = 0; p < end && shift < 63; shift += 7) {
		result |= (uint64_t)(*p & 0x7f) << shift;
		if (*p++ < 0x80) {
			*value = result;
			return p;
		}
	}
	return NULL;
}

/* The tag of a summary's only value, whose lengths reach just to the end: 2a length, 0a length, 0a
 * length tag, 15 value. Lengths of one byte, by far the most, at once. */
static inline const uint8_t *find_tag(const uint8_t *p, const uint8_t *end, size_t *len)
{
	size_t left = (size_t)(end - p);
	uint64_t length;

	if (left >= 11 && left < 0x80 && p[0] == 0x2a && p[1] == left - 2 && p[2] == 0x0a &&
	    p[3] == left - 4 && p[4] == 0x0a && p[5] == left - 11) {
		*len = left - 11;
		return p + 6;
	}
	for (int level = 0; level < 3; level++) {
		if (end - p < 2 || *p != (level == 0 ? 0x2a : 0x0a))
			return NULL;
		p = varint(p + 1, end, &length);
		if (!p || length > (uint64_t)(end - p) ||
		    length != (uint64_t)(end - p) - (level == 2 ? 5 : 0))
			return NULL;
	}
	*len = (size_t)length;
	return p;
}

/* 09 wall time, [10 step], and the summary. */
bool event_record_scalar(struct event_records *records, struct run_log *log, const uint8_t *bytes,
			 size_t len)
{
	const uint8_t *p = bytes + 9, *end = bytes + len;
	uint64_t step = 0;
	size_t tag_len = 0;

	if (len < 20 || bytes[0] != 0x09 || end[-5] != 0x15)
		return false;
	if (*p == 0x10 && !(p = varint(p + 1, end, &step)))
		return false;
	p = find_tag(p, end, &tag_len);
	if (!p)
		return false;
	struct event_tag *tag = guess_tag(records, log, (struct text){ (const char *)p, tag_len });
	if (tag)
		event_point(tag, log, (int64_t)step, load_f64(bytes + 1), (double)load_f32(end - 4));
	return true;
}

static void media(struct event_walk *walk, const char *tag, enum run_media_kind kind, uint64_t bytes)
{
	struct run_media media = {
		.tag = text_from(tag), .kind = kind, .step = walk->step, .wall_time = walk->wall,
		.bytes = bytes, .detail = TEXT(""),
	};

	if (walk->commit)
		log_add_media(walk->log, &media);
}

static bool take_summary(struct event_walk *walk, struct pb_message summary)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &summary, &field))
		if (field.tag == PB_TAG(1, PB_BYTES) && !event_value_take(walk, pb_message(&field)))
			return false;
	return pbwire_ok(walk->wire);
}

static bool walk_event(struct event_walk *walk, struct pb_message event)
{
	struct pb_field field;
	double wall;

	while (pbwire_next(walk->wire, &event, &field)) {
		switch (field.tag) {
		case PB_TAG(1, PB_FIXED64):
			memcpy(&wall, &field.value, sizeof wall);
			walk->wall = wall;
			break;
		case PB_TAG(2, PB_VARINT):
			walk->step = (int64_t)field.value;
			break;
		case PB_TAG(4, PB_BYTES):
			media(walk, "graph_def", RUN_GRAPH, field.len);
			break;
		case PB_TAG(5, PB_BYTES):
			if (!take_summary(walk, pb_message(&field)))
				return false;
			break;
		case PB_TAG(8, PB_BYTES):
			media(walk, "run_metadata", RUN_GRAPH, field.len);
			break;
		case PB_TAG(9, PB_BYTES):
			media(walk, "meta_graph_def", RUN_GRAPH, field.len);
			break;
		default:
			break;
		}
	}
	return pbwire_ok(walk->wire);
}

bool event_record_take(struct event_records *records, struct run_log *log, struct pbwire *wire,
		       uint64_t start, uint64_t end)
{
	struct event_walk walk = { .records = records, .log = log, .wire = wire };

	/* Step and wall time may stand behind the summary; the first walk has found them. */
	if (!walk_event(&walk, (struct pb_message){ start, end }))
		return false;
	walk.commit = true;
	return walk_event(&walk, (struct pb_message){ start, end });
}
