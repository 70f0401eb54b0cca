#include "core/runs/json_document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/runs/column_role.h"
#include "core/runs/row.h"
#include "core/runs/text_kind.h"

enum { STEP_ARRAYS = 8 };

/* An array of numbers whose key is that of steps. */
struct step_array {
	int64_t *steps;
	size_t count;
	int rank;
};

struct document {
	struct run_log *log;
	enum log_values singles; /* where single values go */
	bool series;		 /* arrays of numbers are such */
	struct row row;
	struct step_array steps[STEP_ARRAYS];
	size_t n_steps;
};

/* The items of an array of numbers; SIZE_MAX where something else is among them. */
static size_t count_numbers(struct text array)
{
	struct json_pull pull;
	enum json_token token;
	size_t count = 0;

	json_pull_init(&pull, array.data, array.len);
	json_pull_next(&pull);
	while ((token = json_pull_next(&pull)) == JSON_NUMBER || token == JSON_NULL)
		count++;
	return token == JSON_ARRAY_END ? count : SIZE_MAX;
}

static bool is_of_objects(struct text array)
{
	struct json_pull pull;

	json_pull_init(&pull, array.data, array.len);
	json_pull_next(&pull);
	return json_pull_next(&pull) == JSON_OBJECT;
}

/* The last part of a key that is joined with dots. */
static struct text last_part(struct text key)
{
	const char *dot = key.len ? memrchr(key.data, '.', key.len) : NULL;

	return dot ? (struct text){ dot + 1, (size_t)(key.data + key.len - dot - 1) } : key;
}

static void note_steps(struct document *document, const struct json_value *value)
{
	int rank = column_step_rank(last_part(value->key));
	size_t count = rank ? count_numbers(value->text) : SIZE_MAX;
	struct step_array *array = &document->steps[document->n_steps];
	struct json_pull pull;

	if (count == SIZE_MAX || count == 0 || document->n_steps == STEP_ARRAYS)
		return;
	array->steps = calloc(count, sizeof *array->steps);
	if (!array->steps) {
		document->log->exhausted = true;
		return;
	}
	array->count = count;
	array->rank = rank;
	json_pull_init(&pull, value->text.data, value->text.len);
	json_pull_next(&pull);
	for (size_t i = 0; i < count; i++) {
		bool number = json_pull_next(&pull) == JSON_NUMBER;
		if (number && (pull.number != floor(pull.number) || fabs(pull.number) > 9e18)) {
			free(array->steps);
			return;
		}
		array->steps[i] = number ? (int64_t)pull.number : i ? array->steps[i - 1] : 0;
	}
	document->n_steps++;
}

static const int64_t *steps_for(const struct document *document, size_t count)
{
	const struct step_array *best = NULL;

	for (size_t i = 0; i < document->n_steps; i++)
		if (document->steps[i].count == count &&
		    (!best || document->steps[i].rank < best->rank))
			best = &document->steps[i];
	return best ? best->steps : NULL;
}

static void take_numbers(struct document *document, struct text key, struct text array, size_t count)
{
	const int64_t *steps = steps_for(document, count);
	struct series_builder *series;
	struct json_pull pull;

	series = log_series(document->log, key, column_role(last_part(key)));
	json_pull_init(&pull, array.data, array.len);
	json_pull_next(&pull);
	for (size_t i = 0; i < count && !document->log->exhausted; i++)
		if (json_pull_next(&pull) == JSON_NUMBER)
			log_point(document->log, series, steps ? steps[i] : (int64_t)i, NAN,
				  pull.number);
	document->log->records += count;
}

static void take_rows(struct document *document, struct text array)
{
	struct json_pull pull, item;

	json_pull_init(&pull, array.data, array.len);
	json_pull_next(&pull);
	for (;;) {
		item = pull;
		enum json_token token = json_pull_next(&pull);
		if (token == JSON_ARRAY_END || token == JSON_BAD || token == JSON_TORN)
			return;
		if (token != JSON_OBJECT) {
			if (token == JSON_ARRAY)
				json_pull_skip(&pull);
			continue;
		}
		row_begin(&document->row);
		row_take_object(&document->row, &item);
		row_end(&document->row, document->log, false, 0, NAN, "", SERIES_METRIC);
		document->log->records++;
		pull = item;
		if (document->log->exhausted)
			return;
	}
}

static void find_steps(void *context, const struct json_value *value)
{
	if (value->token == JSON_ARRAY)
		note_steps(context, value);
}

static void take_value(void *context, const struct json_value *value)
{
	struct document *document = context;
	size_t count;

	if (value->token != JSON_ARRAY) {
		if (value->is_number)
			log_set_number(document->log, document->singles, value->key, value->text,
				       value->number);
		else if (value->token != JSON_NULL && value->token != JSON_OBJECT)
			log_set_text(document->log, document->singles, value->key, value->text);
		return;
	}
	if (document->series && is_of_objects(value->text)) {
		take_rows(document, value->text);
		return;
	}
	count = count_numbers(value->text);
	if (count != SIZE_MAX && count > 0 && document->series)
		take_numbers(document, value->key, value->text, count);
	else if (value->text.len < LOG_CONSOLE_COLUMNS)
		log_set_text(document->log, document->singles, value->key, value->text);
}

static void walk(struct document *document, struct text json, json_value_taker *take)
{
	struct json_pull pull;

	json_pull_init(&pull, json.data, json.len);
	json_values_take(&document->row.values, &pull, TEXT(""), take, document);
}

/* Whether all of it is one good document; waits where it is not complete. */
static bool check(struct text json, uint64_t position, struct log_feed *feed, struct error *err)
{
	struct json_pull pull;
	enum json_token token;

	json_pull_init(&pull, json.data, json.len);
	do {
		token = json_pull_next(&pull);
	} while (token != JSON_DONE && token != JSON_TORN && token != JSON_BAD);
	if (token == JSON_TORN)
		snprintf(feed->state, sizeof feed->state, "waiting for the end of the document");
	else if (token == JSON_BAD)
		feed->stop = !json_pull_fail(&pull, position, err);
	return token == JSON_DONE;
}

static void feed_document(struct run_log *log, const struct log_input *input, struct log_feed *feed,
			  struct error *err, enum log_values singles, bool series)
{
	struct document document = { .log = log, .singles = singles, .series = series };
	size_t mark = 0;

	if (!text_kind_begin(input, feed, err))
		return;
	mark = feed->done;
	feed->done = 0;
	struct text json = { (const char *)input->bytes + mark, input->len - mark };
	if (!check(json, mark, feed, err))
		return;
	walk(&document, json, find_steps);
	walk(&document, json, take_value);
	log->exhausted |= document.row.values.exhausted;
	for (size_t i = 0; i < document.n_steps; i++)
		free(document.steps[i].steps);
	row_free(&document.row);
	feed->done = input->len;
}

static void feed_series(void *state, struct run_log *log, const struct log_input *input,
			struct log_feed *feed, struct error *err)
{
	(void)state;
	feed_document(log, input, feed, err, LOG_SUMMARY, true);
}

static void feed_summary(void *state, struct run_log *log, const struct log_input *input,
			 struct log_feed *feed, struct error *err)
{
	(void)state;
	feed_document(log, input, feed, err, LOG_SUMMARY, false);
}

static void feed_metadata(void *state, struct run_log *log, const struct log_input *input,
			  struct log_feed *feed, struct error *err)
{
	(void)state;
	feed_document(log, input, feed, err, LOG_INFO, false);
}

/* The members that an object of series has: numbers, and arrays of numbers. 0: others too. */
static int fit_of_object(struct json_pull *pull)
{
	enum json_token token;
	size_t arrays = 0;

	while ((token = json_pull_next(pull)) == JSON_KEY) {
		bool history = text_is(pull->text, "history") || text_is(pull->text, "log_history");
		token = json_pull_next(pull);
		if (token == JSON_OBJECT && history)
			return fit_of_object(pull);
		if (token == JSON_ARRAY) {
			token = json_pull_next(pull);
			if (token == JSON_OBJECT && history)
				return 3;
			if (token != JSON_NUMBER)
				return token == JSON_TORN && arrays ? 3 : 0;
			while ((token = json_pull_next(pull)) == JSON_NUMBER || token == JSON_NULL)
				;
			if (token != JSON_ARRAY_END && token != JSON_TORN)
				return 0;
			arrays++;
		} else if (token != JSON_NUMBER) {
			return token == JSON_TORN && arrays ? 3 : 0;
		}
		if (token == JSON_TORN)
			break;
	}
	return arrays ? 3 : token == JSON_OBJECT_END ? 2 : 0;
}

/* An array of objects is a log where the first one has a step and a number besides. */
static int fit_of_array(struct json_pull *pull)
{
	enum json_token token;
	size_t steps = 0, numbers = 0;

	if (json_pull_next(pull) != JSON_OBJECT)
		return 0;
	while ((token = json_pull_next(pull)) == JSON_KEY) {
		bool step = column_step_rank(pull->text);
		token = json_pull_next(pull);
		if (token == JSON_NUMBER)
			*(step ? &steps : &numbers) += 1;
		if ((token == JSON_OBJECT || token == JSON_ARRAY) &&
		    json_pull_skip(pull) == JSON_TORN)
			break;
	}
	return steps && numbers ? 3 : numbers ? 2 : 0;
}

static int json_document_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	bool named = log_name_ends(name, ".json");
	struct json_pull pull;
	enum json_token token;

	(void)whole;
	if (!text_kind_is_text(head, n))
		return 0;
	if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		head += 3;
		n -= 3;
	}
	json_pull_init(&pull, (const char *)head, n);
	token = json_pull_next(&pull);
	int fit = token == JSON_OBJECT ? fit_of_object(&pull) :
		  token == JSON_ARRAY ? fit_of_array(&pull) : 0;
	return named ? fit : fit > 1 ? 1 : 0;
}

static int trainer_state_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)whole;
	return n && head[0] == '{' && log_name_ends(name, "trainer_state.json") ? 6 : 0;
}

static int summary_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)whole;
	return n && head[0] == '{' && text_is(name, "wandb-summary.json") ? 7 : 0;
}

static int metadata_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)whole;
	return n && head[0] == '{' && text_is(name, "wandb-metadata.json") ? 7 : 0;
}

const struct log_reader json_document_reader = {
	.source = RUN_JSON, .document = true, .probe = json_document_probe, .feed = feed_series,
};

const struct log_reader trainer_state_reader = {
	.source = RUN_TRAINER_STATE, .document = true, .probe = trainer_state_probe,
	.feed = feed_series,
};

const struct log_reader wandb_summary_reader = {
	.source = RUN_WANDB, .document = true, .order = 1, .probe = summary_probe,
	.feed = feed_summary,
};

const struct log_reader wandb_metadata_reader = {
	.source = RUN_WANDB, .document = true, .order = 1, .probe = metadata_probe,
	.feed = feed_metadata,
};
