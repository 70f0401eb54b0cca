#include "core/runs/event_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

uint8_t *event_bytes(struct event_walk *walk, const struct pb_field *field, size_t used)
{
	struct event_records *records = walk->records;

	if (field->len > LIMIT_WINDOW_BYTES)
		return NULL;
	size_t need = used + (size_t)field->len + 1;
	if (need > records->scratch_size) {
		uint8_t *grown = realloc(records->scratch, need * 2);
		if (!grown) {
			walk->log->exhausted = true;
			return NULL;
		}
		records->scratch = grown;
		records->scratch_size = need * 2;
	}
	return pbwire_copy(walk->wire, field, records->scratch + used) ? records->scratch + used :
									  NULL;
}

void event_media(struct event_walk *walk, struct event_tag *tag, const struct run_media *media)
{
	struct run_media whole = *media;

	whole.tag = tag->name.text;
	whole.step = walk->step;
	whole.wall_time = walk->wall;
	if (!whole.detail.data)
		whole.detail = TEXT("");
	log_add_media(walk->log, &whole);
}

struct plugin_name {
	const char *name;
	enum event_plugin plugin;
};

static const struct plugin_name plugin_names[] = {
	{ "scalars", PLUGIN_SCALARS },	     { "histograms", PLUGIN_HISTOGRAMS },
	{ "text", PLUGIN_TEXT },	     { "images", PLUGIN_IMAGES },
	{ "audio", PLUGIN_AUDIO },	     { "pr_curves", PLUGIN_PR_CURVES },
	{ "hparams", PLUGIN_HPARAMS },	     { "mesh", PLUGIN_MESH },
	{ "graphs", PLUGIN_GRAPH },	     { "graph_keras_model", PLUGIN_GRAPH },
	{ "graph_run_metadata", PLUGIN_GRAPH }, { "graph_run_metadata_graph", PLUGIN_GRAPH },
};

static enum event_plugin plugin_of(struct text name)
{
	for (size_t i = 0; i < sizeof plugin_names / sizeof *plugin_names; i++)
		if (text_is(name, plugin_names[i].name))
			return plugin_names[i].plugin;
	return name.len ? PLUGIN_OTHER : PLUGIN_NONE;
}

/* What a value has of each kind; a field that is repeated replaces the one before. */
struct parts {
	struct pb_field tag, metadata, image, histo, audio, tensor;
	float number;
	bool has_tag, has_metadata, has_image, has_histo, has_audio, has_tensor, has_number;
};

static bool find_parts(struct event_walk *walk, struct pb_message value, struct parts *parts)
{
	struct pb_field field;
	uint32_t bits;

	*parts = (struct parts){ 0 };
	while (pbwire_next(walk->wire, &value, &field)) {
		switch (field.tag) {
		case PB_TAG(1, PB_BYTES):
			parts->tag = field;
			parts->has_tag = true;
			break;
		case PB_TAG(2, PB_FIXED32):
			bits = (uint32_t)field.value;
			memcpy(&parts->number, &bits, sizeof bits);
			parts->has_number = true;
			break;
		case PB_TAG(4, PB_BYTES):
			parts->image = field;
			parts->has_image = true;
			break;
		case PB_TAG(5, PB_BYTES):
			parts->histo = field;
			parts->has_histo = true;
			break;
		case PB_TAG(6, PB_BYTES):
			parts->audio = field;
			parts->has_audio = true;
			break;
		case PB_TAG(8, PB_BYTES):
			parts->tensor = field;
			parts->has_tensor = true;
			break;
		case PB_TAG(9, PB_BYTES):
			parts->metadata = field;
			parts->has_metadata = true;
			break;
		default:
			break;
		}
	}
	return pbwire_ok(walk->wire);
}

/* The plugin that the metadata names goes to `name`; its content is taken where it is HParams'. */
static bool take_metadata(struct event_walk *walk, struct pb_message metadata, char *name,
			  size_t size)
{
	struct pb_field field, content = { 0 };
	bool has_content = false;

	name[0] = '\0';
	while (pbwire_next(walk->wire, &metadata, &field)) {
		if (field.tag != PB_TAG(1, PB_BYTES))
			continue;
		struct pb_message plugin = pb_message(&field);
		while (pbwire_next(walk->wire, &plugin, &field)) {
			if (field.tag == PB_TAG(1, PB_BYTES)) {
				uint8_t *bytes = event_bytes(walk, &field, 0);
				size_t len = field.len < size - 1 ? (size_t)field.len : size - 1;
				if (bytes) {
					memcpy(name, bytes, len);
					name[len] = '\0';
				}
			} else if (field.tag == PB_TAG(2, PB_BYTES)) {
				content = field;
				has_content = true;
			}
		}
	}
	if (!pbwire_ok(walk->wire))
		return false;
	return !has_content || strcmp(name, "hparams") != 0 ||
	       event_hparams_take(walk, pb_message(&content));
}

/* A packed or single double of a repeated field goes to out[*count], if there is room. */
static bool take_doubles(struct event_walk *walk, const struct pb_field *field, double *out,
			 uint64_t most, uint64_t *count)
{
	if ((field->tag & 7) == PB_FIXED64) {
		if (out && *count < most)
			memcpy(&out[*count], &field->value, sizeof *out);
		++*count;
		return true;
	}
	for (uint64_t at = 0; at + 8 <= field->len; at += 8) {
		size_t have;
		const uint8_t *bytes = pbwire_view(walk->wire, field->start + at, 8, &have);
		if (!bytes || have < 8)
			return false;
		if (out && *count < most)
			out[*count] = load_f64(bytes);
		++*count;
	}
	return field->len % 8 == 0;
}

/* One pass over a HistogramProto: counts limits and buckets, and stores them where there is room. */
static bool walk_histo(struct event_walk *walk, struct pb_message histo,
		       struct run_histogram_step *step, uint64_t *limits, uint64_t *counts)
{
	struct pb_field field;
	double *right = step ? (double *)step->right : NULL;
	double *values = step ? (double *)step->counts : NULL;
	uint64_t most = step ? step->buckets : 0;

	*limits = *counts = 0;
	while (pbwire_next(walk->wire, &histo, &field)) {
		unsigned number = field.tag >> 3, wire = field.tag & 7;
		if ((number == 6 || number == 7) && (wire == PB_BYTES || wire == PB_FIXED64)) {
			if (!take_doubles(walk, &field, number == 6 ? right : values, most,
					  number == 6 ? limits : counts))
				return false;
		} else if (step && number >= 1 && number <= 5 && wire == PB_FIXED64) {
			double *facts[] = { &step->min, &step->max, &step->num, &step->sum,
					    &step->sum_squares };
			memcpy(facts[number - 1], &field.value, sizeof(double));
		}
	}
	return pbwire_ok(walk->wire);
}

static bool take_histo(struct event_walk *walk, struct event_tag *tag, struct pb_message histo)
{
	struct run_histogram_step *step;
	uint64_t limits, counts;

	if (!walk_histo(walk, histo, NULL, &limits, &counts))
		return false;
	if (!walk->commit)
		return true;
	if (limits != counts)
		log_notice(walk->log, "a histogram with %llu limits and %llu counts",
			   (unsigned long long)limits, (unsigned long long)counts);
	step = log_histogram_room(walk->log, walk->step, walk->wall,
				  limits < counts ? limits : counts, true);
	if (!step || !tag)
		return true;
	step->min = step->max = step->num = step->sum = step->sum_squares = 0;
	walk_histo(walk, histo, step, &limits, &counts);
	/* The format does not say where the first bucket begins. */
	double *left = (double *)step->left;
	left[0] = step->buckets && step->min < step->right[0] ? step->min :
		  step->buckets ? step->right[0] : 0;
	log_add_histogram(walk->log, tag->name.text, step);
	return true;
}

static bool take_image(struct event_walk *walk, struct event_tag *tag, struct pb_message image)
{
	struct run_media media = { .kind = RUN_IMAGE };
	struct pb_field field;

	while (pbwire_next(walk->wire, &image, &field)) {
		if (field.tag == PB_TAG(1, PB_VARINT))
			media.height = (uint32_t)field.value;
		else if (field.tag == PB_TAG(2, PB_VARINT))
			media.width = (uint32_t)field.value;
		else if (field.tag == PB_TAG(4, PB_BYTES))
			media.bytes = field.len;
	}
	if (tag && walk->commit)
		event_media(walk, tag, &media);
	return pbwire_ok(walk->wire);
}

static bool take_audio(struct event_walk *walk, struct event_tag *tag, struct pb_message audio)
{
	struct run_media media = { .kind = RUN_AUDIO };
	struct pb_field field;

	while (pbwire_next(walk->wire, &audio, &field)) {
		if (field.tag == PB_TAG(4, PB_BYTES)) {
			media.bytes = field.len;
		} else if (field.tag == PB_TAG(5, PB_BYTES) && walk->commit) {
			uint8_t *bytes = event_bytes(walk, &field, 0);
			media.detail = (struct text){ (const char *)bytes,
						      bytes ? (size_t)field.len : 0 };
		}
	}
	if (tag && walk->commit)
		event_media(walk, tag, &media);
	return pbwire_ok(walk->wire);
}

static bool find_tag(struct event_walk *walk, const struct parts *parts, struct event_tag **tag)
{
	struct pb_field none = { 0 };
	const struct pb_field *field = parts->has_tag ? &parts->tag : &none;
	uint8_t *bytes = event_bytes(walk, field, 0);

	*tag = NULL;
	if (!bytes)
		return false;
	*tag = event_tag_named(walk->records, walk->log,
			       (struct text){ (const char *)bytes, (size_t)field->len });
	return *tag != NULL;
}

bool event_value_take(struct event_walk *walk, struct pb_message value)
{
	char plugin[sizeof((struct event_tag *)0)->plugin_name];
	struct event_tag *tag = NULL;
	struct parts parts;

	if (!find_parts(walk, value, &parts))
		return false;
	/* Only what is taken makes a tag. */
	if (walk->commit && !find_tag(walk, &parts, &tag))
		return false;
	if (parts.has_metadata) {
		if (!take_metadata(walk, pb_message(&parts.metadata), plugin, sizeof plugin))
			return false;
		if (tag && tag->plugin == PLUGIN_NONE && plugin[0]) {
			tag->plugin = plugin_of(text_from(plugin));
			memcpy(tag->plugin_name, plugin, sizeof plugin);
		}
	}
	if (parts.has_number && tag)
		event_point(tag, walk->log, walk->step, walk->wall, (double)parts.number);
	return (!parts.has_histo || take_histo(walk, tag, pb_message(&parts.histo))) &&
	       (!parts.has_image || take_image(walk, tag, pb_message(&parts.image))) &&
	       (!parts.has_audio || take_audio(walk, tag, pb_message(&parts.audio))) &&
	       (!parts.has_tensor || event_tensor_take(walk, tag, pb_message(&parts.tensor)));
}
