/* The view "stats" as cells: a line a tensor, computed as it is drawn; then a line a group. */
#include "export/export_stats_table.h"

#include <math.h>
#include <string.h>

#include "export/export_groups.h"
#include "export/export_ranked.h"
#include "ui/canvas/number.h"

#define DTYPE_WIDTH  11
#define RANKED_WIDTH 11 /* of the number that tensors are ranked by, where no other column has it */

/* What is known of statistics, right-aligned at the end of the line. */
static const struct column {
	const char *title;
	int width;
	enum ranking ranking; /* that goes by it, or RANKING_COUNT */
} columns[] = {
	{ "values", 6, RANKING_COUNT }, { "min", 10, RANKING_MIN },	{ "max", 10, RANKING_MAX },
	{ "mean", 10, RANKING_MEAN },	{ "std", 9, RANKING_STD },	{ "zeros", 7, RANKING_COUNT },
	{ "NaN", 6, RANKING_COUNT },	{ "Inf", 6, RANKING_COUNT },
};

#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

struct stats_table {
	struct export_run run;
	struct export_groups *groups; /* NULL: only tensors */
	bool draws;		      /* a line of each tensor */
	bool headed;		      /* the groups of this kind have their heading */
	struct canvas *canvas;
	int y;
};

/* The ranking that needs a column of its own, or RANKING_COUNT. */
static enum ranking own_ranking(const struct export_stats *asked)
{
	if (!asked || !asked->ranked)
		return RANKING_COUNT;
	for (int i = 0; i < N_COLUMNS; i++)
		if (columns[i].ranking == asked->ranking)
			return RANKING_COUNT;
	return asked->ranking;
}

/* A column of its own stands where NaN and Inf stand else. */
static int shown_columns(const struct stats_table *table)
{
	return own_ranking(table->run.subject->stats) < RANKING_COUNT ? N_COLUMNS - 2 : N_COLUMNS;
}

static int numbers_width(const struct stats_table *table)
{
	int width = own_ranking(table->run.subject->stats) < RANKING_COUNT ? RANKED_WIDTH : 0;

	for (int i = 0; i < shown_columns(table); i++)
		width += columns[i].width;
	return width;
}

static void value_text(double value, char cell[NUMBER_SIZE])
{
	if (isnan(value))
		strcpy(cell, "–");
	else
		number_value(cell, value, 3);
}

static void cell_text(uint64_t count, const struct statistics *s, int column,
		      char cell[NUMBER_SIZE])
{
	if (column == 0) {
		number_short(cell, count);
	} else if (column < 5) {
		const double values[] = { s->min, s->max, s->mean, s->std };

		value_text(values[column - 1], cell);
	} else {
		const uint64_t counts[] = { s->zeros, s->nan, s->posinf + s->neginf };

		number_short(cell, counts[column - 5]);
	}
}

/* The numbers at the end of a line; s is NULL where there are none. */
static void draw_numbers(const struct stats_table *table, int y, uint64_t count,
			 const struct statistics *s)
{
	struct canvas *canvas = table->canvas;
	enum ranking own = own_ranking(table->run.subject->stats);
	int x = canvas->width - numbers_width(table);
	char cell[NUMBER_SIZE];

	for (int i = 0; i < shown_columns(table); i++) {
		x += columns[i].width;
		if (i > 0 && !s)
			strcpy(cell, "–");
		else
			cell_text(count, s, i, cell);
		canvas_print_right(canvas, x, y,
				   i > 5 && s && strcmp(cell, "0") != 0 ? ROLE_BAD : ROLE_NUMBER,
				   "%s", cell);
	}
	if (own == RANKING_COUNT)
		return;
	if (s && ranking_is_share(own))
		number_percent(cell, ranking_value(s, own));
	else
		value_text(s ? ranking_value(s, own) : NAN, cell);
	canvas_print_right(canvas, canvas->width, y, ROLE_NUMBER, "%s", cell);
}

static void draw_heading(struct stats_table *table, const char *first, const char *second)
{
	struct canvas *canvas = table->canvas;
	enum ranking own = own_ranking(table->run.subject->stats);
	int x = canvas->width - numbers_width(table), y = table->y++;

	canvas_string(canvas, 0, y, ROLE_DIM, first);
	canvas_string(canvas, x - DTYPE_WIDTH, y, ROLE_DIM, second);
	for (int i = 0; i < shown_columns(table); i++)
		canvas_print_right(canvas, x += columns[i].width, y, ROLE_DIM, "%s",
				   columns[i].title);
	if (own < RANKING_COUNT && strlen(ranking_names[own]) < RANKED_WIDTH)
		canvas_print_right(canvas, canvas->width, y, ROLE_ACCENT, "%s", ranking_names[own]);
	else if (own < RANKING_COUNT)
		canvas_print_right(canvas, canvas->width, y, ROLE_ACCENT, "|x|max/std");
}

static void take_tensor(struct export_run *run, const struct export_result *result)
{
	struct stats_table *table = run->context;
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct canvas *canvas = table->canvas;
	int x = canvas->width - numbers_width(table), y;
	char label[64];

	if (table->groups)
		export_groups_add(table->groups, result);
	if (!table->draws)
		return;
	y = table->y++;
	canvas_text(canvas, 0, y, x - DTYPE_WIDTH - 1, ROLE_NAME,
		    model_tensor_label(run->model, result->tensor, label));
	canvas_text(canvas, x - DTYPE_WIDTH, y, DTYPE_WIDTH, ROLE_DTYPE,
		    text_from(dtype_name(tensor->dtype)));
	draw_numbers(table, y, tensor->count, result->good ? &result->statistics : NULL);
}

static void draw_group(struct export_run *run, const struct export_group *group)
{
	static const char *const titles[] = { [EXPORT_BY_ALL] = "model",
					      [EXPORT_BY_DTYPE] = "dtype",
					      [EXPORT_BY_OP] = "operator",
					      [EXPORT_BY_SCOPE] = "scope" };
	struct stats_table *table = run->context;
	struct canvas *canvas = table->canvas;
	int x = canvas->width - numbers_width(table);
	char number[NUMBER_SIZE];

	if (!table->headed) {
		table->y += table->y > 0;
		draw_heading(table, titles[group->by], "tensors");
		table->headed = true;
	}
	if (group->name.len > 0)
		canvas_text(canvas, 0, table->y, x - DTYPE_WIDTH - 1, ROLE_NAME, group->name);
	else
		canvas_string(canvas, 0, table->y, ROLE_DIM,
			      group->by == EXPORT_BY_OP ? "none" : "all weights");
	canvas_string(canvas, x - DTYPE_WIDTH, table->y, ROLE_NUMBER,
		      number_count(number, group->group->tensors));
	draw_numbers(table, table->y++, group->statistics.count, &group->statistics);
}

static bool draw_groups(struct stats_table *table, enum export_by by, struct error *err)
{
	table->headed = false;
	return export_groups_each(table->groups, &table->run, by, false, draw_group, err);
}

static bool draw_tables(struct stats_table *table, enum export_by by, struct error *err)
{
	bool all = by == EXPORT_BY_ALL;

	if (!table->groups)
		return true;
	if (!all)
		return draw_groups(table, by, err);
	return draw_groups(table, EXPORT_BY_ALL, err) &&
	       draw_groups(table, EXPORT_BY_DTYPE, err) &&
	       draw_groups(table, EXPORT_BY_OP, err) && draw_groups(table, EXPORT_BY_SCOPE, err);
}

/* Lines of the groups, with the heading and the empty line before it. */
static size_t group_rows(const struct export_groups *groups, enum export_by by)
{
	size_t rows = 0;

	for (enum export_by kind = EXPORT_BY_ALL; kind <= EXPORT_BY_SCOPE; kind++) {
		size_t n = export_groups_count(groups, kind);

		if (kind != EXPORT_BY_TENSOR && (by == EXPORT_BY_ALL || by == kind) && n > 0)
			rows += n + 2;
	}
	return rows;
}

static bool init_canvas(struct canvas *canvas, int width, size_t rows, const struct glyphs *glyphs,
			struct error *err)
{
	size_t most = EXPORT_MAX_CELLS / (size_t)width;

	if (rows > most)
		return error_set(err, ERROR_REFUSED, -1,
				 "the table is too tall for text (found %zu rows, allowed %zu)",
				 rows, most);
	return canvas_init(canvas, width, rows ? (int)rows : 1, glyphs) ||
	       error_set(err, ERROR_MEMORY, -1, "out of memory");
}

static size_t count_tensors(const struct export_run *run)
{
	size_t at = 0, n = 0;

	while (export_next_tensor(run, &at) != NO_INDEX)
		n++;
	return n;
}

static bool draw_all(struct stats_table *table, enum export_by by, int width,
		     const struct glyphs *glyphs, struct error *err)
{
	size_t rows = table->draws ? count_tensors(&table->run) + 1 : 0;
	bool good;

	if (table->groups)
		rows += group_rows(table->groups, by) - !table->draws;
	if (!init_canvas(table->canvas, width, rows, glyphs, err))
		return false;
	if (table->draws)
		draw_heading(table, "name", "dtype");
	good = export_batches(&table->run, export_statistics, take_tensor, err) &&
	       draw_tables(table, by, err);
	if (!good)
		canvas_free(table->canvas);
	return good;
}

bool export_stats_table(const struct export_subject *subject, int width,
			const struct glyphs *glyphs, struct canvas *canvas, struct error *err)
{
	const struct export_stats *asked = subject->stats;
	enum export_by by = asked ? asked->by : EXPORT_BY_ALL;
	bool ranked = asked && asked->ranked, grouped = by != EXPORT_BY_TENSOR && !ranked, good;
	struct stats_table table = {
		.run = { .subject = subject,
			 .model = session_model(subject->session, subject->document),
			 .path_graph = NO_INDEX },
		.draws = by <= EXPORT_BY_TENSOR,
		.canvas = canvas,
	};
	struct export_ranked order;

	table.run.context = &table;
	table.groups = grouped ? export_groups_new(&table.run, err) : NULL;
	good = table.groups || !grouped;
	if (ranked)
		good = export_ranked_begin(&order, &table.run, err);
	good = good && draw_all(&table, by, width, glyphs, err);
	if (ranked)
		export_ranked_end(&order, &table.run);
	export_groups_free(table.groups);
	return good;
}
