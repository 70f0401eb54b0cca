/* Objects of nested JSON as a list of values whose keys are joined with dots. */
#ifndef RUNS_JSON_VALUES_H
#define RUNS_JSON_VALUES_H

#include "core/runs/json_pull.h"
#include "core/runs/log.h"

enum { JSON_VALUES_DEPTH = 8 }; /* objects inside objects that are taken apart */

/* One value: of arrays, of deeper objects and of objects with a member "_type" the text is all of
 * their JSON; of strings it is what they say. */
struct json_value {
	enum json_token token; /* JSON_OBJECT, _ARRAY, _STRING, _NUMBER, _TRUE, _FALSE or _NULL */
	struct text key;       /* lives until the next value */
	struct text text;
	double number; /* NaN where it is none; a string "NaN" or "Infinity" is one */
	bool is_number;
};

/* Buffers that are kept from one object to the next. */
struct json_values {
	char *path, *string;
	size_t path_room, string_room;
	bool exhausted;
};

typedef void json_value_taker(void *context, const struct json_value *value);

void json_values_free(struct json_values *values);

/* Takes the value that comes next, whatever it is, apart; `prefix` is the beginning of its keys (of
 * an object) or its key. Returns its last token: JSON_TORN or JSON_BAD when something is wrong,
 * and then some of it has been taken already. */
enum json_token json_values_take(struct json_values *values, struct json_pull *pull,
				 struct text prefix, json_value_taker *take, void *context);

/* True when the bytes are one good value, of any kind. */
bool json_is_good(struct text json);

/* Sets the values of a log from an object; what is no JSON is left alone. */
void json_values_set(struct run_log *log, enum log_values which, struct text json);

#endif
