#include "core/runs/json_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"

void json_values_free(struct json_values *values)
{
	free(values->path);
	free(values->string);
	*values = (struct json_values){ 0 };
}

static bool reserve(struct json_values *values, char **room, size_t *have, size_t want)
{
	if (want <= *have)
		return true;
	char *grown = realloc(*room, want * 2);
	if (!grown) {
		values->exhausted = true;
		return false;
	}
	*room = grown;
	*have = want * 2;
	return true;
}

/* Puts a key behind the path's first `len` bytes; the new length, or SIZE_MAX. */
static size_t join(struct json_values *values, size_t len, struct text key)
{
	if (!reserve(values, &values->path, &values->path_room, len + 1 + key.len))
		return SIZE_MAX;
	if (len)
		values->path[len++] = '.';
	if (key.len)
		memcpy(values->path + len, key.data, key.len);
	return len + key.len;
}

/* The text of the pull's string with its escapes resolved. */
static struct text string_of(struct json_values *values, const struct json_pull *pull)
{
	if (!reserve(values, &values->string, &values->string_room, pull->text.len + 1))
		return TEXT("");
	return json_pull_text(pull, values->string);
}

/* Whether the object that was just opened says what it is instead of having members of its own. */
static bool is_typed(const struct json_pull *pull)
{
	struct json_pull ahead = *pull;
	enum json_token token = json_pull_next(&ahead);

	for (; token == JSON_KEY; token = json_pull_next(&ahead)) {
		if (text_is(ahead.text, "_type"))
			return true;
		token = json_pull_next(&ahead);
		if (token == JSON_OBJECT || token == JSON_ARRAY)
			token = json_pull_skip(&ahead);
	}
	return false;
}

static void scalar(struct json_values *values, const struct json_pull *pull, enum json_token token,
		   struct json_value *value)
{
	value->token = token;
	value->number = NAN;
	value->is_number = token == JSON_NUMBER;
	value->text = pull->text;
	if (token == JSON_NUMBER) {
		value->number = pull->number;
	} else if (token == JSON_STRING) {
		value->text = string_of(values, pull);
		value->is_number = decimal_word(value->text.data, value->text.len, &value->number) > 0;
	} else if (token == JSON_TRUE || token == JSON_FALSE) {
		value->number = token == JSON_TRUE;
	}
}

/* A container as one value, or false: an object that is to be taken apart. */
static bool whole(struct json_pull *pull, enum json_token token, unsigned depth,
		  struct json_value *value, enum json_token *last)
{
	if (token == JSON_OBJECT && depth <= JSON_VALUES_DEPTH && !is_typed(pull))
		return false;
	*last = json_pull_skip(pull);
	value->token = token;
	value->text = (struct text){ pull->start, (size_t)(pull->p - pull->start) };
	value->number = NAN;
	value->is_number = false;
	return true;
}

enum json_token json_values_take(struct json_values *values, struct json_pull *pull,
				 struct text prefix, json_value_taker *take, void *context)
{
	size_t lens[JSON_VALUES_DEPTH + 2], len = join(values, 0, prefix);
	unsigned depth = 0;
	struct json_value value;
	enum json_token token, last;

	do {
		token = last = json_pull_next(pull);
		if (token == JSON_TORN || token == JSON_BAD || len == SIZE_MAX)
			return values->exhausted ? JSON_BAD : token;
		if (token == JSON_KEY) {
			struct text key = string_of(values, pull);
			len = join(values, lens[depth], key);
			continue;
		}
		if (token == JSON_OBJECT_END) {
			depth--;
			continue;
		}
		if ((token == JSON_OBJECT || token == JSON_ARRAY) &&
		    !whole(pull, token, depth + 1, &value, &last)) {
			lens[++depth] = len;
			continue;
		}
		if (last == JSON_TORN || last == JSON_BAD)
			return last;
		if (token != JSON_OBJECT && token != JSON_ARRAY)
			scalar(values, pull, token, &value);
		value.key = (struct text){ values->path, len };
		take(context, &value);
	} while (depth > 0 && !values->exhausted);
	return values->exhausted ? JSON_BAD : last;
}

bool json_is_good(struct text json)
{
	struct json_pull pull;
	enum json_token token;

	json_pull_init(&pull, json.data, json.len);
	do {
		token = json_pull_next(&pull);
	} while (token != JSON_DONE && token != JSON_TORN && token != JSON_BAD);
	return token == JSON_DONE;
}

struct setting {
	struct run_log *log;
	enum log_values which;
};

static void set(void *context, const struct json_value *value)
{
	const struct setting *setting = context;

	if (value->is_number)
		log_set_number(setting->log, setting->which, value->key, value->text, value->number);
	else if (value->token != JSON_NULL)
		log_set_text(setting->log, setting->which, value->key, value->text);
}

void json_values_set(struct run_log *log, enum log_values which, struct text json)
{
	struct setting setting = { log, which };
	struct json_values values = { 0 };
	struct json_pull pull;

	json_pull_init(&pull, json.data, json.len);
	json_values_take(&values, &pull, TEXT(""), set, &setting);
	log->exhausted |= values.exhausted;
	json_values_free(&values);
}
