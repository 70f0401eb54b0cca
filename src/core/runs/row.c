#include "core/runs/row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/runs/column_role.h"
#include "core/runs/json_media.h"

void row_free(struct row *row)
{
	free(row->bytes);
	free(row->cells);
	json_values_free(&row->values);
}

void row_begin(struct row *row)
{
	row->used = row->count = 0;
	row->wall = NAN;
}

static bool reserve(struct row *row, size_t bytes)
{
	if (row->used + bytes > row->room) {
		size_t room = (row->used + bytes) * 2;
		char *grown = realloc(row->bytes, room);
		if (!grown)
			return false;
		row->bytes = grown;
		row->room = room;
	}
	if (row->count == row->cells_room) {
		size_t room = row->count ? row->count * 2 : 32;
		struct row_cell *grown = realloc(row->cells, room * sizeof *grown);
		if (!grown)
			return false;
		row->cells = grown;
		row->cells_room = room;
	}
	return true;
}

static void add(struct row *row, struct text key, struct text object, double number)
{
	if (!reserve(row, key.len + 1)) {
		row->exhausted = true;
		return;
	}
	row->cells[row->count++] = (struct row_cell){ row->used, key.len, object, number };
	if (key.len)
		memcpy(row->bytes + row->used, key.data, key.len);
	row->used += key.len;
}

void row_take(struct row *row, const struct json_value *value)
{
	if (value->token == JSON_OBJECT)
		add(row, value->key, value->text, NAN);
	if (value->token == JSON_OBJECT || value->token == JSON_ARRAY)
		return;
	if (column_is_wall(value->key) && isnan(row->wall))
		row->wall = value->is_number ? column_wall_time(value->number) :
			    value->token == JSON_STRING ? column_date(value->text) : NAN;
	if (value->is_number)
		add(row, value->key, (struct text){ NULL, 0 }, value->number);
}

static void take(void *context, const struct json_value *value)
{
	row_take(context, value);
}

bool row_take_object(struct row *row, struct json_pull *pull)
{
	enum json_token token = json_values_take(&row->values, pull, TEXT(""), take, row);

	row->exhausted |= row->values.exhausted;
	return token == JSON_OBJECT_END;
}

/* The step that the row's own keys tell. */
static int64_t own_step(struct row *row)
{
	int best = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct row_cell *cell = &row->cells[i];
		int rank = column_step_rank((struct text){ row->bytes + cell->key, cell->key_len });
		if (rank == 0 || cell->object.data || cell->number != floor(cell->number) || fabs(cell->number) > 9e18)
			continue;
		/* A worse one than before does not count: epochs are no steps of a run with steps. */
		if ((best == 0 || rank < best) && (row->step_rank == 0 || rank <= row->step_rank)) {
			best = rank;
			row->step = (int64_t)cell->number;
		}
	}
	if (best)
		row->step_rank = best;
	else if (row->step_rank == 0)
		row->step = (int64_t)row->rows;
	return row->step;
}

static struct series_builder *series_of(struct row *row, struct run_log *log,
					const struct row_cell *cell, const char *prefix,
					enum series_role role)
{
	struct text key = { row->bytes + cell->key, cell->key_len };
	size_t len = strlen(prefix);
	char tag[512];

	if (role == SERIES_METRIC)
		role = column_role(key);
	/* The events of 2020 say "system.cpu", the records of later ones "cpu". */
	if (role == SERIES_SYSTEM && key.len > 7 && memcmp(key.data, "system.", 7) == 0)
		key = (struct text){ key.data + 7, key.len - 7 };
	if (len == 0 || len + key.len > sizeof tag)
		return log_series(log, key, role);
	memcpy(tag, prefix, len);
	memcpy(tag + len, key.data, key.len);
	return log_series(log, (struct text){ tag, len + key.len }, role);
}

void row_end(struct row *row, struct run_log *log, bool has_step, int64_t step, double wall,
	     const char *prefix, enum series_role role)
{
	if (has_step)
		row->step = step;
	else
		row->step = own_step(row);
	if (!isnan(row->wall))
		wall = row->wall;
	for (size_t i = 0; i < row->count; i++) {
		const struct row_cell *cell = &row->cells[i];
		if (cell->object.data)
			json_media_take(log, (struct text){ row->bytes + cell->key, cell->key_len },
					cell->object, row->step, wall);
		else
			log_point(log, series_of(row, log, cell, prefix, role), row->step, wall,
				  cell->number);
	}
	row->rows++;
	log->exhausted |= row->exhausted;
}
