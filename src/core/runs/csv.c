#include "core/runs/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>
#include <mtui/limits.h>

#include "core/runs/column_role.h"
#include "core/runs/csv_cell.h"
#include "core/runs/json_values.h"
#include "core/runs/text_kind.h"

enum { STEP_OPEN = -2, NO_COLUMN = -1, RAGGED_SAID = 3 };

struct column {
	struct text name; /* in the log's store */
	struct series_builder *series; /* from the first number on */
	bool wall, elapsed;
};

struct csv {
	char delimiter;
	bool begun; /* the byte-order mark and the header are behind us */
	struct column *columns;
	struct csv_cell *cells; /* of one row; two more than columns */
	size_t n_columns, room;
	int step_column; /* STEP_OPEN until the first row */
	uint64_t line, rows;
	int64_t step; /* of the row before */
	double start; /* of the run, from a monitor's first line; else NaN */
	unsigned ragged;
};

static bool reserve(struct csv *csv, size_t count)
{
	if (count + 2 <= csv->room)
		return true;
	size_t room = (count + 2) * 2;
	struct column *columns = realloc(csv->columns, room * sizeof *columns);
	if (columns)
		csv->columns = columns;
	struct csv_cell *cells = realloc(csv->cells, room * sizeof *cells);
	if (cells)
		csv->cells = cells;
	if (!columns || !cells)
		return false;
	csv->room = room;
	return true;
}

enum row { ROW_DONE, ROW_TORN, ROW_WIDE, ROW_MEMORY };

/* Splits the row at *p into cells. Behind it *p stands behind the end of its line. */
static enum row split(struct csv *csv, const char **p, const char *end, size_t *count)
{
	const char *q = *p;

	for (*count = 0;; q++) {
		if (*count == LIMIT_CSV_COLUMNS)
			return ROW_WIDE;
		if (*count + 2 > csv->room && !reserve(csv, *count))
			return ROW_MEMORY;
		if (!csv_cell_read(&q, end, csv->delimiter, &csv->cells[*count]))
			return ROW_TORN;
		++*count;
		if (q == end)
			return ROW_TORN;
		if (*q == csv->delimiter)
			continue;
		*p = q + (*q == '\r') + 1;
		return ROW_DONE;
	}
}

/* A cell's text with doubled quotes made single, in the log's store. */
static struct text cell_name(struct run_log *log, const struct csv_cell *cell)
{
	struct text name = log_text_copy(log, cell->text);
	char *out = (char *)name.data;

	if (!cell->quoted)
		return name;
	for (size_t i = 0; i < cell->text.len; i++) {
		*out++ = cell->text.data[i];
		i += cell->text.data[i] == '"';
	}
	name.len = (size_t)(out - name.data);
	return name;
}

static void name_columns(struct csv *csv, struct run_log *log, size_t count, bool header)
{
	char numbered[32];

	for (size_t i = 0; i < count; i++) {
		struct column *column = &csv->columns[i];
		*column = (struct column){ 0 };
		if (header && csv->cells[i].text.len) {
			column->name = cell_name(log, &csv->cells[i]);
		} else {
			snprintf(numbered, sizeof numbered, "column %zu", i + 1);
			column->name = log_text_copy(log, text_from(numbered));
		}
		column->wall = column_is_wall(column->name);
		column->elapsed = text_is(column->name, "t");
	}
	csv->n_columns = count;
	csv->step_column = STEP_OPEN;
}

static bool is_header(const struct csv *csv, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (csv->cells[i].kind == CSV_NUMBER)
			return false;
	return true;
}

/* A row of words alone that names a column again or has another number of cells. */
static bool is_new_header(const struct csv *csv, size_t count)
{
	size_t known = 0, words = 0;

	if (!is_header(csv, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		words += csv->cells[i].kind == CSV_TEXT;
		for (size_t j = 0; j < csv->n_columns && j < 64; j++)
			known += text_equal(csv->cells[i].text, csv->columns[j].name);
	}
	return words == count && count > 1 && known > 0;
}

/* The best named column that holds a whole number in the first row. */
static void choose_step(struct csv *csv, size_t count)
{
	int best = 0;

	csv->step_column = NO_COLUMN;
	for (size_t i = 0; i < csv->n_columns; i++) {
		int rank = column_step_rank(csv->columns[i].name);
		const struct csv_cell *cell = &csv->cells[i];
		bool whole = i < count && cell->kind == CSV_NUMBER &&
			     cell->number == floor(cell->number);
		if (rank == 0 || (i < count && cell->kind != CSV_BLANK && !whole))
			continue;
		/* A blank cell says nothing; a number is better. */
		rank += whole ? 0 : 1000;
		if (best == 0 || rank < best) {
			best = rank;
			csv->step_column = (int)i;
		}
	}
}

static double row_wall(const struct csv *csv, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &csv->columns[i];
		const struct csv_cell *cell = &csv->cells[i];
		double wall = NAN;
		if (column->wall && cell->kind == CSV_NUMBER)
			wall = column_wall_time(cell->number);
		else if (column->wall && cell->kind == CSV_TEXT)
			wall = column_date(cell->text);
		else if (column->elapsed && cell->kind == CSV_NUMBER)
			wall = csv->start + cell->number;
		if (!isnan(wall))
			return wall;
	}
	return NAN;
}

static int64_t row_step(struct csv *csv, size_t count)
{
	const struct csv_cell *cell;

	if (csv->step_column < 0)
		return (int64_t)csv->rows;
	cell = (size_t)csv->step_column < count ? &csv->cells[csv->step_column] : NULL;
	if (cell && cell->kind == CSV_NUMBER && fabs(cell->number) < 9e18)
		csv->step = (int64_t)cell->number;
	return csv->step;
}

static void say_ragged(struct csv *csv, struct run_log *log, size_t count)
{
	log->damaged++;
	if (csv->ragged++ < RAGGED_SAID)
		log_notice(log, "line %llu has %zu cells, the header %zu",
			   (unsigned long long)csv->line, count, csv->n_columns);
}

static void take_row(struct csv *csv, struct run_log *log, size_t count)
{
	if (count != csv->n_columns)
		say_ragged(csv, log, count);
	if (count > csv->n_columns)
		count = csv->n_columns;
	if (csv->step_column == STEP_OPEN)
		choose_step(csv, count);
	int64_t step = row_step(csv, count);
	double wall = row_wall(csv, count);
	for (size_t i = 0; i < count; i++) {
		struct column *column = &csv->columns[i];
		if (csv->cells[i].kind != CSV_NUMBER)
			continue;
		if (!column->series)
			column->series = log_series(log, column->name, column_role(column->name));
		log_point(log, column->series, step, wall, csv->cells[i].number);
	}
	csv->rows++;
	log->records++;
}

/* #{"t_start": 1614619328.33, "env_id": "CartPole-v1"} */
static void take_comment(struct csv *csv, struct run_log *log, const char *line, size_t len)
{
	const struct name *start;

	if (len < 2 || line[1] != '{')
		return;
	json_values_set(log, LOG_INFO, (struct text){ line + 1, len - 1 });
	start = name_table_find(&log->values[LOG_INFO], TEXT("t_start"));
	if (start)
		csv->start = ((const struct log_value *)start)->number;
}

static void take_cells(struct csv *csv, struct run_log *log, size_t count)
{
	if (count == 1 && csv->cells[0].kind == CSV_BLANK && csv->n_columns != 1)
		return;
	if (csv->n_columns == 0) {
		bool header = is_header(csv, count);
		name_columns(csv, log, count, header);
		if (header)
			return;
	} else if (is_new_header(csv, count)) {
		if (csv->rows)
			log_notice(log, "line %llu: a new header", (unsigned long long)csv->line);
		name_columns(csv, log, count, true);
		return;
	}
	take_row(csv, log, count);
}

/* True when the row at *p was taken. A last row without an end of line counts where nothing more
 * will come and no cell is missing. */
static bool next_row(struct csv *csv, struct run_log *log, const char **p, const char *end,
		     bool settled, enum row *how)
{
	const char *begin = *p;
	size_t count = 0;

	if (*begin == '#' && csv->rows == 0) {
		const char *newline = memchr(begin, '\n', (size_t)(end - begin));
		*how = newline ? ROW_DONE : ROW_TORN;
		if (!newline)
			return false;
		csv->line++;
		take_comment(csv, log, begin, (size_t)(newline - begin));
		*p = newline + 1;
		return true;
	}
	if (csv->n_columns == 0) {
		const char *newline = memchr(begin, '\n', (size_t)(end - begin));
		csv->delimiter = csv_delimiter(begin, (size_t)((newline ? newline : end) - begin));
	}
	*how = split(csv, p, end, &count);
	if (*how == ROW_TORN && settled && count == csv->n_columns && count > 0 &&
	    csv->cells[count - 1].kind != CSV_BLANK) {
		*how = ROW_DONE;
		*p = end;
	}
	if (*how != ROW_DONE)
		return false;
	csv->line++;
	take_cells(csv, log, count);
	return true;
}

static void refuse(struct csv *csv, enum row how, const struct log_input *input,
		   struct log_feed *feed, struct error *err)
{
	uint64_t line = csv->line + 1;

	if (how == ROW_WIDE)
		error_set(err, ERROR_REFUSED, (int64_t)(input->position + feed->done),
			  "line %llu has more than %d columns", (unsigned long long)line,
			  LIMIT_CSV_COLUMNS);
	else
		error_set(err, ERROR_REFUSED, (int64_t)(input->position + feed->done),
			  "line %llu is longer than %d MiB (a quote that is not closed?)",
			  (unsigned long long)line, LIMIT_LOG_LINE >> 20);
	feed->stop = true;
}

static void csv_feed(void *state, struct run_log *log, const struct log_input *input,
		     struct log_feed *feed, struct error *err)
{
	struct csv *csv = state;
	const char *p = (const char *)input->bytes, *end = p + input->len;
	enum row how = ROW_DONE;

	if (!csv->begun) {
		if (!text_kind_begin(input, feed, err))
			return;
		csv->begun = true;
		csv->start = NAN;
		csv->step_column = STEP_OPEN;
		p += feed->done;
	}
	while (p < end && !log->exhausted &&
	       next_row(csv, log, &p, end, input->settled && input->end, &how))
		;
	feed->done = (size_t)(p - (const char *)input->bytes);
	if (how == ROW_MEMORY)
		log->exhausted = true;
	else if (how == ROW_WIDE || (how == ROW_TORN && end - p > LIMIT_LOG_LINE))
		refuse(csv, how, input, feed, err);
	else if (p < end && input->end)
		snprintf(feed->state, sizeof feed->state, "waiting for the rest of line %llu",
			 (unsigned long long)csv->line + 1);
}

static void csv_close(void *state)
{
	struct csv *csv = state;

	free(csv->columns);
	free(csv->cells);
}

/* Names that tables of metrics go by, whatever their columns are called. */
static bool is_metrics_name(struct text name)
{
	static const char *const words[] = { "metrics", "progress", "history", "training", "monitor",
					     "results", "log.csv" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_find(name, text_from(words[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

/* Whether the first line of the table names a column of steps. */
static bool header_has_step(const char *line, size_t len)
{
	char delimiter = csv_delimiter(line, len);
	const char *p = line, *end = line + len;
	struct csv_cell cell;

	for (; p < end && csv_cell_read(&p, end, delimiter, &cell); p++)
		if (cell.kind == CSV_TEXT && column_step_rank(cell.text))
			return true;
	return false;
}

static int csv_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	bool table = log_name_ends(name, ".csv") || log_name_ends(name, ".tsv");
	const char *line = (const char *)head, *end = line + n, *newline;

	(void)whole;
	if (n == 0)
		return 0;
	if (!text_kind_is_text(head, n))
		return table ? 1 : 0;
	if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	while (line < end && *line == '#' && (newline = memchr(line, '\n', (size_t)(end - line))))
		line = newline + 1;
	newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
	size_t len = (size_t)((newline ? newline : end) - line);
	if (!table && !memchr(line, csv_delimiter(line, len), len))
		return 0;
	if ((table || log_name_ends(name, ".log") || log_name_ends(name, ".txt")) &&
	    (header_has_step(line, len) || (table && is_metrics_name(name))))
		return 3;
	return table ? 2 : header_has_step(line, len) ? 1 : 0;
}

const struct log_reader csv_reader = {
	.source = RUN_CSV,
	.last_line = true,
	.probe = csv_probe,
	.state_size = sizeof(struct csv),
	.feed = csv_feed,
	.close = csv_close,
};
