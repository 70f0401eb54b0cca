/*
 * What the plugin "hparams" says of a run (tensorboard/plugins/hparams/plugin_data.proto): the
 * hyperparameters of a session when it begins, how it went when it ends, and in the experiment's
 * own log the names of the metrics that matter.
 */
#include <string.h>

#include "core/base/decimal.h"
#include "core/runs/event_value.h"

/* A google.protobuf.Value: 1 null, 2 number, 3 string, 4 bool, 5 struct, 6 list. */
static bool take_value(struct event_walk *walk, struct text key, size_t used,
		       struct pb_message value)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &value, &field)) {
		char number[DECIMAL_SIZE];
		double plain;
		if (!walk->commit)
			continue;
		if (field.tag == PB_TAG(2, PB_FIXED64)) {
			memcpy(&plain, &field.value, sizeof plain);
			log_set_number(walk->log, LOG_HPARAMS, key,
				       (struct text){ number, decimal_write(number, plain) }, plain);
		} else if (field.tag == PB_TAG(3, PB_BYTES)) {
			uint8_t *bytes = event_bytes(walk, &field, used);
			key.data = (const char *)walk->records->scratch;
			if (bytes)
				log_set_text(walk->log, LOG_HPARAMS, key,
					     (struct text){ (const char *)bytes, (size_t)field.len });
		} else if (field.tag == PB_TAG(4, PB_VARINT)) {
			log_set_text(walk->log, LOG_HPARAMS, key,
				     text_from(field.value ? "true" : "false"));
		}
	}
	return pbwire_ok(walk->wire);
}

/* One entry of the map: 1 key, 2 value. */
static bool take_entry(struct event_walk *walk, struct pb_message entry)
{
	struct pb_field field, value = { 0 };
	struct text key = TEXT("");
	bool has_value = false;

	while (pbwire_next(walk->wire, &entry, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			uint8_t *bytes = event_bytes(walk, &field, 0);
			if (bytes)
				key = (struct text){ (const char *)bytes, (size_t)field.len };
		} else if (field.tag == PB_TAG(2, PB_BYTES)) {
			value = field;
			has_value = true;
		}
	}
	if (!pbwire_ok(walk->wire))
		return false;
	return !has_value || take_value(walk, key, key.len, pb_message(&value));
}

/* SessionStartInfo: 1 hparams, 2 model, 3 monitor, 4 group name, 5 start. */
static bool take_start(struct event_walk *walk, struct pb_message start)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &start, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			if (!take_entry(walk, pb_message(&field)))
				return false;
		} else if (field.tag == PB_TAG(4, PB_BYTES) && walk->commit) {
			uint8_t *bytes = event_bytes(walk, &field, 0);
			if (bytes)
				log_set_text(walk->log, LOG_INFO, TEXT("session group"),
					     (struct text){ (const char *)bytes, (size_t)field.len });
		}
	}
	return pbwire_ok(walk->wire);
}

/* SessionEndInfo: 1 status (1 success, 2 failure, 3 running), 2 end. */
static bool take_end(struct event_walk *walk, struct pb_message end)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &end, &field)) {
		if (field.tag != PB_TAG(1, PB_VARINT) || !walk->commit)
			continue;
		walk->log->finished = field.value == 1 || field.value == 2;
		log_set_text(walk->log, LOG_INFO, TEXT("session status"),
			     text_from(field.value == 1 ? "success" :
				       field.value == 2 ? "failure" :
				       field.value == 3 ? "running" : "unknown"));
	}
	return pbwire_ok(walk->wire);
}

/* HParamsPluginData: 1 version, 2 experiment, 3 session start, 4 session end. */
bool event_hparams_take(struct event_walk *walk, struct pb_message content)
{
	struct pb_field field;
	bool good = true;

	while (good && pbwire_next(walk->wire, &content, &field)) {
		if (field.tag == PB_TAG(3, PB_BYTES))
			good = take_start(walk, pb_message(&field));
		else if (field.tag == PB_TAG(4, PB_BYTES))
			good = take_end(walk, pb_message(&field));
	}
	return good && pbwire_ok(walk->wire);
}
