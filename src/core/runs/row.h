/*
 * One row of named values on its way into a log: a line of JSON lines, a history record.
 *
 * The step is the value of the best-named key that holds a whole number (see column_role.h), the
 * same key in every row until a better one appears; rows without it have the step of the row
 * before, and logs without any such key count their rows.
 */
#ifndef RUNS_ROW_H
#define RUNS_ROW_H

#include "core/runs/json_values.h"
#include "core/runs/log.h"

struct row_cell {
	size_t key, key_len; /* in the row's bytes */
	struct text object;  /* JSON of an object that says its type; data NULL: a number */
	double number;
};

struct row {
	char *bytes; /* keys */
	size_t used, room;
	struct row_cell *cells;
	size_t count, cells_room;
	double wall; /* NaN until a key tells it */
	bool exhausted;
	/* From row to row. */
	uint64_t rows;
	int64_t step;
	int step_rank; /* of the key that steps come from; 0: none so far */
	struct json_values values;
};

void row_free(struct row *row);
void row_begin(struct row *row);

/* A value of the row: numbers become points, dates the wall time; of objects that say their type,
 * histograms and the names of media are taken. Their JSON has to live until row_end. */
void row_take(struct row *row, const struct json_value *value);

/* All members of the object that comes next; false when it is not good JSON to its end. */
bool row_take_object(struct row *row, struct json_pull *pull);

/* The row's points. `step` and `wall` are those that stand beside the row, where has_step and where
 * wall is not NaN. With `prefix` before every tag, and `role` for all but axes. */
void row_end(struct row *row, struct run_log *log, bool has_step, int64_t step, double wall,
	     const char *prefix, enum series_role role);

#endif
