/* One record of an event file: from the bytes of an Event into the log. */
#ifndef RUNS_EVENT_RECORD_H
#define RUNS_EVENT_RECORD_H

#include "core/base/pbwire.h"
#include "core/runs/log.h"

enum event_plugin {
	PLUGIN_NONE,
	PLUGIN_SCALARS,
	PLUGIN_HISTOGRAMS,
	PLUGIN_TEXT,
	PLUGIN_IMAGES,
	PLUGIN_AUDIO,
	PLUGIN_PR_CURVES,
	PLUGIN_HPARAMS,
	PLUGIN_GRAPH,
	PLUGIN_MESH,
	PLUGIN_OTHER
};

/* What is known of a tag. */
struct event_tag {
	struct name name;
	struct series_builder *series;
	struct event_tag *follower; /* the tag that came after it last time */
	enum event_plugin plugin;
	char plugin_name[40];
};

struct event_records {
	struct name_table tags;
	struct event_tag *last; /* of the value before */
	uint8_t *scratch;
	size_t scratch_size;
};

void event_records_free(struct event_records *records);

/* Most events are one number: those are taken in here. False: not such a one. */
bool event_record_scalar(struct event_records *records, struct run_log *log, const uint8_t *bytes,
			 size_t len);

/* Takes in an event of any kind that lies at [start, end) of the wire's file. False when it is not
 * what the format allows; then nothing of it was taken. */
bool event_record_take(struct event_records *records, struct run_log *log, struct pbwire *wire,
		       uint64_t start, uint64_t end);

#endif
