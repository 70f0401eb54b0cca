#include "core/runs/json_media.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/runs/json_pull.h"

/* What such an object may have. Texts are raw JSON. */
struct members {
	struct text type, path, format;
	struct text values, bins; /* arrays */
	double size, width, height;
	double packed_min, packed_size, packed_count;
};

static void take_number(struct members *members, struct text key, double number)
{
	if (text_is(key, "size"))
		members->size = number;
	else if (text_is(key, "width"))
		members->width = number;
	else if (text_is(key, "height"))
		members->height = number;
}

static void take_packed(struct members *members, struct json_pull *pull)
{
	enum json_token token;
	struct text key = TEXT("");

	while ((token = json_pull_next(pull)) == JSON_KEY || token == JSON_NUMBER) {
		if (token == JSON_KEY)
			key = pull->text;
		else if (text_is(key, "min"))
			members->packed_min = pull->number;
		else if (text_is(key, "size"))
			members->packed_size = pull->number;
		else if (text_is(key, "count"))
			members->packed_count = pull->number;
	}
}

static void read_members(struct members *members, struct text json)
{
	struct json_pull pull;
	struct text key = TEXT("");
	enum json_token token;

	json_pull_init(&pull, json.data, json.len);
	if (json_pull_next(&pull) != JSON_OBJECT)
		return;
	while ((token = json_pull_next(&pull)) != JSON_OBJECT_END && token != JSON_BAD &&
	       token != JSON_TORN && token != JSON_DONE) {
		if (token == JSON_KEY) {
			key = pull.text;
		} else if (token == JSON_NUMBER) {
			take_number(members, key, pull.number);
		} else if (token == JSON_STRING) {
			if (text_is(key, "_type"))
				members->type = pull.text;
			else if (text_is(key, "path"))
				members->path = pull.text;
			else if (text_is(key, "format"))
				members->format = pull.text;
		} else if (token == JSON_OBJECT && text_is(key, "packedBins")) {
			take_packed(members, &pull);
		} else if (token == JSON_OBJECT || token == JSON_ARRAY) {
			const char *start = pull.start;
			json_pull_skip(&pull);
			struct text whole = { start, (size_t)(pull.p - start) };
			if (token == JSON_ARRAY && text_is(key, "values"))
				members->values = whole;
			else if (token == JSON_ARRAY && text_is(key, "bins"))
				members->bins = whole;
		}
	}
}

/* Numbers of an array, up to `most`; the count of all. */
static size_t numbers(struct text array, double *out, size_t most)
{
	struct json_pull pull;
	size_t count = 0;

	json_pull_init(&pull, array.data, array.len);
	if (json_pull_next(&pull) != JSON_ARRAY)
		return 0;
	while (json_pull_next(&pull) == JSON_NUMBER) {
		if (out && count < most)
			out[count] = pull.number;
		count++;
	}
	return count;
}

static void take_histogram(struct run_log *log, struct text tag, const struct members *members,
			   int64_t step_number, double wall)
{
	size_t buckets = numbers(members->values, NULL, 0);
	size_t edges = numbers(members->bins, NULL, 0);
	bool packed = edges == 0 && members->packed_count >= (double)buckets;
	struct run_histogram_step *step;

	if (buckets == 0 || (!packed && edges != buckets + 1)) {
		log_notice(log, "a histogram of %zu values and %zu edges was skipped", buckets, edges);
		return;
	}
	step = log_histogram_room(log, step_number, wall, buckets, true);
	if (!step)
		return;
	numbers(members->values, (double *)step->counts, buckets);
	if (!packed)
		numbers(members->bins, (double *)step->left, buckets + 1);
	for (size_t i = 0; packed && i <= buckets; i++)
		((double *)step->left)[i] = members->packed_min + members->packed_size * (double)i;
	log_add_histogram(log, tag, step);
}

static uint32_t pixels(double number)
{
	return number > 0 && number < 1e9 ? (uint32_t)number : 0;
}

void json_media_take(struct run_log *log, struct text tag, struct text json, int64_t step,
		     double wall)
{
	struct members members = { .type = TEXT(""), .path = TEXT(""), .format = TEXT("") };
	struct run_media media = { .tag = tag, .step = step, .wall_time = wall, .kind = RUN_OTHER };

	read_members(&members, json);
	if (text_is(members.type, "histogram")) {
		take_histogram(log, tag, &members, step, wall);
		return;
	}
	if (text_find(members.type, TEXT("image"), 0) == 0)
		media.kind = RUN_IMAGE;
	else if (text_find(members.type, TEXT("audio"), 0) == 0)
		media.kind = RUN_AUDIO;
	else if (text_find(members.type, TEXT("object3D"), 0) == 0)
		media.kind = RUN_MESH;
	else if (text_find(members.type, TEXT("graph"), 0) == 0)
		media.kind = RUN_GRAPH;
	media.bytes = members.size > 0 && members.size < 1e18 ? (uint64_t)members.size : 0;
	media.width = pixels(members.width);
	media.height = pixels(members.height);
	media.detail = members.path.len ? members.path :
		       members.format.len ? members.format : members.type;
	log_add_media(log, &media);
}
