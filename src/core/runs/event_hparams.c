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

/* MetricName: 1 group, 2 tag. Into the scratch, as "group/tag"; *len is 0 where there is none. */
static bool take_metric_name(struct event_walk *walk, struct pb_message name, size_t *len)
{
	struct pb_field field, parts[2] = { 0 };
	bool has[2] = { false, false };

	*len = 0;
	while (pbwire_next(walk->wire, &name, &field)) {
		if (field.tag != PB_TAG(1, PB_BYTES) && field.tag != PB_TAG(2, PB_BYTES))
			continue;
		int part = field.tag == PB_TAG(2, PB_BYTES);
		parts[part] = field;
		has[part] = field.len > 0;
	}
	for (int part = 0; part < 2 && has[1]; part++) {
		if (!has[part])
			continue;
		if (!event_bytes(walk, &parts[part], *len))
			return pbwire_ok(walk->wire);
		*len += (size_t)parts[part].len;
		if (part == 0)
			walk->records->scratch[(*len)++] = '/';
	}
	return pbwire_ok(walk->wire);
}

/* MetricInfo: 1 name, 3 display name. */
static bool take_metric(struct event_walk *walk, struct pb_message metric)
{
	struct pb_field field, shown = { 0 };
	bool has_shown = false;
	size_t len = 0;

	while (pbwire_next(walk->wire, &metric, &field)) {
		if (field.tag == PB_TAG(1, PB_BYTES)) {
			if (!take_metric_name(walk, pb_message(&field), &len))
				return false;
		} else if (field.tag == PB_TAG(3, PB_BYTES)) {
			shown = field;
			has_shown = true;
		}
	}
	if (!pbwire_ok(walk->wire) || !len || !walk->commit)
		return pbwire_ok(walk->wire);
	const uint8_t *name = has_shown ? event_bytes(walk, &shown, len) : NULL;
	log_set_text(walk->log, LOG_METRICS,
		     (struct text){ (const char *)walk->records->scratch, len },
		     (struct text){ (const char *)name, name ? (size_t)shown.len : 0 });
	return pbwire_ok(walk->wire);
}

/* Experiment: 5 metric infos, besides what the sessions say themselves. */
static bool take_experiment(struct event_walk *walk, struct pb_message experiment)
{
	struct pb_field field;

	while (pbwire_next(walk->wire, &experiment, &field))
		if (field.tag == PB_TAG(5, PB_BYTES) && !take_metric(walk, pb_message(&field)))
			return false;
	return pbwire_ok(walk->wire);
}

/* HParamsPluginData: 1 version, 2 experiment, 3 session start, 4 session end. */
bool event_hparams_take(struct event_walk *walk, struct pb_message content)
{
	struct pb_field field;
	bool good = true;

	while (good && pbwire_next(walk->wire, &content, &field)) {
		if (field.tag == PB_TAG(2, PB_BYTES))
			good = take_experiment(walk, pb_message(&field));
		else if (field.tag == PB_TAG(3, PB_BYTES))
			good = take_start(walk, pb_message(&field));
		else if (field.tag == PB_TAG(4, PB_BYTES))
			good = take_end(walk, pb_message(&field));
	}
	return good && pbwire_ok(walk->wire);
}
