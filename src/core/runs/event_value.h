/* One value of an event's summary. */
#ifndef RUNS_EVENT_VALUE_H
#define RUNS_EVENT_VALUE_H

#include "core/runs/event_record.h"

/* A walk through one event. */
struct event_walk {
	struct event_records *records;
	struct run_log *log;
	struct pbwire *wire;
	int64_t step;
	double wall;
	bool commit; /* the second walk: take it in */
};

/* False when the value is not what the format allows. */
bool event_value_take(struct event_walk *walk, struct pb_message value);

/* False likewise; for a tensor of a tag whose plugin is known. */
bool event_tensor_take(struct event_walk *walk, struct event_tag *tag, struct pb_message tensor);

/* The content of the plugin "hparams", which stands in the metadata of a value. */
bool event_hparams_take(struct event_walk *walk, struct pb_message content);

/* NULL when memory is exhausted. */
struct event_tag *event_tag_named(struct event_records *records, struct run_log *log,
				  struct text text);

void event_point(struct event_tag *tag, struct run_log *log, int64_t step, double wall,
		 double value);

/* The bytes of a field in the walk's scratch (behind `used` bytes of it), NULL when memory is
 * exhausted or the field is longer than LIMIT_WINDOW_BYTES. */
uint8_t *event_bytes(struct event_walk *walk, const struct pb_field *field, size_t used);

void event_media(struct event_walk *walk, struct event_tag *tag, const struct run_media *media);

#endif
