/*
 * Curves: what the runs' logs hold, as a grid of small charts, one large chart, or tables.
 *
 * The catalogue is the list of everything there is to look at, over all runs: tags, histograms, PR
 * curves, texts, and the tables. The tab on the right shows its entries; without a model, the pane
 * on the left lists them, too (runs_tree.c). Both are views over one struct curves, so that what is
 * selected on the left is shown on the right.
 *
 * `update` takes over new versions of the runs, and prepares the curves that will be drawn; `draw`
 * draws what is there.
 */
#ifndef VIEWS_CURVES_H
#define VIEWS_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/combine.h>
#include <mtui/curve.h>
#include <mtui/incidents.h>
#include <mtui/run.h>

#include "ui/canvas/line_chart.h"
#include "ui/views/page.h"
#include "ui/views/pattern.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

#define CURVES_LINES 24 /* most runs in one chart */
#define CURVES_GROUP_KEY 64

/* id, heading in the list ("": the group of the tag) */
#define CURVES_KINDS(X)                                                                            \
	X(CURVES_SCALAR, "")                                                                       \
	X(CURVES_SYSTEM, "system")                                                                 \
	X(CURVES_HISTOGRAM, "histograms")                                                          \
	X(CURVES_PR, "PR curves")                                                                  \
	X(CURVES_TEXT, "texts")                                                                    \
	X(CURVES_HPARAMS, "tables")                                                                \
	X(CURVES_CONFIG, "tables")                                                                 \
	X(CURVES_RUNS, "tables")

enum curves_kind {
#define X(id, heading) id,
	CURVES_KINDS(X)
#undef X
};

struct curves_entry {
	struct text tag;   /* of the version of the runs that is shown; mtui's own of tables */
	struct text group; /* before the last '/', or the heading of its kind */
	enum curves_kind kind;
	bool pinned;
};

struct curves_catalogue {
	struct curves_entry *items;
	size_t count, capacity;
};

/* A tag that was pinned; survives versions. */
struct curves_pin {
	char *tag;
	size_t len;
};

/* One run in the large chart. */
struct curves_line {
	uint32_t run; /* of the version shown */
	const struct series *series;
	struct curve curve;
	struct incidents incidents;
	uint64_t judged; /* points of the series when the incidents were found */
	struct series_point last, best; /* finite ones; NaN where there is none */
	unsigned style;
	unsigned group; /* place among the groups, or UINT_MAX */
};

/* A group of runs, or the difference of two, as it is drawn. */
struct curves_group {
	char name[96];
	unsigned count; /* runs in it */
	struct band band;
};

enum curves_grouping { CURVES_SINGLE, CURVES_RANGE, CURVES_DEVIATION, CURVES_DIFFERENCE, CURVES_RATIO };

struct curves_mark {
	const struct incident *incident;
	uint32_t line;
	double x;
};

#define HEAT_COLUMNS	 128
#define HEAT_ROWS	 48
#define HEAT_PERCENTILES 5

/* Histograms of one run over its steps: shares of the fullest cell, and percentiles. */
struct curves_heat {
	size_t entry;
	uint64_t version;
	uint32_t which;
	struct text run;
	size_t steps; /* that the log has; at most HEAT_COLUMNS of them are shown */
	unsigned columns;
	int64_t step[HEAT_COLUMNS];
	double low, high; /* of the values; NaN where there are none */
	float cells[HEAT_COLUMNS][HEAT_ROWS];
	struct curve percentiles[HEAT_PERCENTILES];
};

/* The PR curves of all runs at one step each. */
struct curves_pr {
	size_t entry;
	uint64_t version;
	uint32_t back;
	unsigned n;
	struct {
		uint32_t run;
		int64_t step;
		double area; /* average precision */
		struct curve curve;
	} lines[CURVES_LINES];
};

/* What the grid shows of one tag: for every run a curve of few points. */
struct curves_spark {
	unsigned count; /* runs */
	struct curve *curves;
	unsigned *styles;
	double low, high, x_low, x_high;
	double last; /* newest finite value of the first run that is shown */
	uint64_t nan;
};

enum curves_row_kind { CURVES_ROW_ALL, CURVES_ROW_RUN, CURVES_ROW_GROUP, CURVES_ROW_ENTRY };

/* One row of the list on the left. */
struct curves_row {
	enum curves_row_kind kind;
	size_t index; /* of the run; of the entry among the listed, for a group its first one */
};

enum curves_page { CURVES_GRID, CURVES_ENTRY, CURVES_MARKS };

struct curves {
	const struct runs *runs; /* retained; NULL until the first update */
	const struct runs *previous; /* retained until the curves have gone on to `runs` */
	bool *off;		     /* by run: not shown in charts */
	struct curves_catalogue catalogue;
	struct curves_pin *pins;
	size_t n_pins;
	struct pattern *filter; /* NULL: none */
	size_t *listed; /* entries that pass the filter */
	size_t n_listed;

	enum curves_page page;
	size_t selected;  /* place in `listed` */
	struct scroll grid;
	uint32_t legend;  /* selected line of the legend */
	int panel;	  /* of entries that have several: heat map or bands */

	double weight; /* of smoothing */
	enum axis_scale y_scale;
	enum curve_axis axis;
	char column[128]; /* tag of CURVE_COLUMN */
	enum curves_grouping grouping;
	char group_key[CURVES_GROUP_KEY]; /* config key; "": by name */
	bool zoomed, has_cursor;
	char checkpoint[128]; /* the one nearest to the cursor, its name through the gate; or "" */
	int64_t checkpoint_step;
	double low, high, cursor; /* of x */
	double span_low, span_high; /* all of x that there is */

	struct curves_line lines[CURVES_LINES];
	unsigned n_lines;
	struct curves_group *groups;
	unsigned n_groups;
	struct curves_mark *marks;
	size_t n_marks;
	struct scroll mark_scroll;
	struct text shown; /* tag the lines are of */
	uint64_t prepared; /* version they are of */
	bool stale;	   /* something that lines depend on was changed */
	bool failed;	   /* memory was exhausted */

	struct curves_spark **sparks; /* by entry; NULL where it was not in view yet */
	size_t n_sparks;
	size_t made; /* of them */
	bool whole;  /* all are to be seen at once */

	struct curves_heat *heat; /* of the selected histograms, or NULL */
	struct curves_pr *pr;	  /* of the selected PR curves, or NULL */
	uint32_t which;		  /* run whose histograms are shown, among those that have them */
	uint32_t back;		  /* steps of PR curves before the last */

	struct page text; /* tables and texts */
	struct scroll text_scroll;
	size_t text_entry;
	uint64_t text_version;
	int text_width, text_panel;
	unsigned sort; /* column of the table of hyperparameters */
	bool reverse;

	/* The list on the left. */
	struct curves_row *rows;
	size_t n_rows;
	struct scroll list;
};

/* curves.c: takes over the version of the runs that the context has. */
bool curves_take(struct curves *curves, const struct view_context *context);

/* curves_catalogue.c */
bool curves_catalogue_build(struct curves *curves);
bool curves_list(struct curves *curves); /* anew, by the filter */
const struct curves_entry *curves_entry(const struct curves *curves);
bool curves_select(struct curves *curves, struct text tag); /* false: there is none */
bool curves_pin(struct curves *curves, struct text tag);
bool curves_is_chart(enum curves_kind kind);

/* Without the folder that all runs are in. */
struct text curves_run_name(const struct curves *curves, size_t run);

/* curves_lines.c: the curves of the selected tag, for the large chart. */
bool curves_lines_update(struct curves *curves);
void curves_lines_free(struct curves *curves);
struct curve_source curves_source(const struct curves *curves, const struct curves_line *line);

/* curves_groups.c */
bool curves_groups_update(struct curves *curves);
void curves_groups_free(struct curves *curves);

/* curves_marks.c */
bool curves_marks_update(struct curves *curves);
bool curves_mark_jump(struct curves *curves, int direction, char *message, size_t size);
void curves_marks_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas);
void curves_mark_words(const struct incident *incident, char *words, size_t size);

/* curves_chart.c */
void curves_chart_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas);
int curves_chart_rows(const struct curves *curves);
unsigned curves_chart_command(struct curves *curves, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer);
struct chart_line curves_chart_line(const struct curve *curve, unsigned style);

/* curves_grid.c */
bool curves_grid_update(struct curves *curves, const struct view_context *context);
void curves_grid_free(struct curves *curves);
int curves_grid_rows(const struct curves *curves, int width);
void curves_grid_draw(const struct curves *curves, const struct view_context *context,
		      struct canvas *canvas);
bool curves_grid_command(struct curves *curves, const struct view_context *context,
			 enum command command);

/* A row of bars for an entry of the catalogue, as far as it was made ready. */
bool curves_spark_want(struct curves *curves, size_t entry);
const struct curves_spark *curves_spark(const struct curves *curves, size_t entry);
void curves_spark_draw(const struct curves_spark *spark, struct canvas *canvas, int x, int y,
		       int width);

/* curves_tables.c: HParams, configurations, what is known of the runs, texts. */
bool curves_table_update(struct curves *curves, int width);
int curves_table_rows(const struct curves *curves);
void curves_table_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas);

/* curves_histograms.c: histograms over time. */
bool curves_heat_update(struct curves *curves);
void curves_heat_free(struct curves *curves);
void curves_heat_draw(const struct curves *curves, struct canvas *canvas);

/* curves_pr.c: precision-recall curves. */
bool curves_pr_update(struct curves *curves);
void curves_pr_free(struct curves *curves);
void curves_pr_draw(const struct curves *curves, struct canvas *canvas);

/* Runs that are not off. */
uint32_t curves_runs_on(const struct curves *curves);

#endif
