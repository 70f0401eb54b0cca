/*
 * What the tree view is made of; for its files only.
 *
 *	tree_rows.c     which rows are visible, in what order: folds, sorting, hiding
 *	tree_filter.c   what a filter and a search look at
 *	tree_figures.c  what has been computed about the rows on the screen
 *	tree_columns.c  columns and drawing
 *	tree_find.c     search, filter and goto
 *	tree.c          state, commands, the selected row
 */
#ifndef VIEWS_TREE_H
#define VIEWS_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/cost_sheet.h>
#include <mtui/shapes.h>

#include "ui/views/pattern.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* Orders of siblings; those from SORT_BYTES on begin with the largest (the error: the worst). Behind
 * them come those by a statistic, SORT_COUNT + enum ranking; a row goes by its largest tensor. */
#define TREE_SORTS(X)                                                                              \
	X(SORT_GRAPH, "graph")                                                                     \
	X(SORT_NAME, "name")                                                                       \
	X(SORT_OP, "op")                                                                           \
	X(SORT_BYTES, "weights")                                                                   \
	X(SORT_SHAPE, "shape")                                                                     \
	X(SORT_PARAMETERS, "params")                                                               \
	X(SORT_MACS, "macs")                                                                       \
	X(SORT_FLOPS, "flops")                                                                     \
	X(SORT_ACTIVATIONS, "activations")                                                         \
	X(SORT_ERROR, "error")

enum tree_sort {
#define X(id, name) id,
	TREE_SORTS(X)
#undef X
		SORT_COUNT
};

extern const char *const tree_sort_names[SORT_COUNT];

static inline bool tree_sort_is_ranking(unsigned sort)
{
	return sort >= SORT_COUNT;
}

static inline bool tree_sort_is_cost(unsigned sort)
{
	return sort >= SORT_MACS && sort <= SORT_ACTIVATIONS;
}

const char *tree_sort_name(unsigned sort);

enum row_flag {
	ROW_OPEN = 1,	       /* unfolded */
	ROW_OPEN_FILTERED = 2, /* unfolded while a filter is on, which has folds of its own */
	ROW_HIT = 4,	       /* passes the filter */
	ROW_ABOVE_HIT = 8,
	ROW_BELOW_HIT = 16,
	ROW_PINNED = 32, /* shown although the filter says no: someone jumped there */
};

/* Rows are numbers of the layer tree. All of memory is taken at the start, but for sorting. */
struct tree_rows {
	const struct model *model;
	const struct layers *layers;
	uint8_t *flags;	   /* by row */
	uint32_t *visible; /* rows as they stand on the screen */
	uint32_t n_visible;
	uint32_t *first, *next; /* children in sorted order, by row; NULL in graph order */
	unsigned sort; /* enum tree_sort, or SORT_COUNT + enum ranking */
	bool reverse;
	bool filtered;
	uint32_t n_hits;
	int name_width; /* tree_name_width */
	bool has_curves; /* tags of open runs belong to rows that were seen */
	int error_width; /* tree_error_width */
	const struct shapes *shapes; /* inferred ones, of this frame; NULL while there are none */
	const struct cost_sheet *cost; /* likewise */
};

/* Type of the first output of a node that has outputs; NULL where nobody knows. */
const struct type *tree_output_type(const struct tree_rows *rows, uint32_t node, bool *inferred);

bool tree_rows_init(struct tree_rows *rows, const struct model *model, const struct layers *layers);
void tree_rows_free(struct tree_rows *rows);

/* Lays the visible rows out anew: after every change of folds, order or filter. */
void tree_rows_flatten(struct tree_rows *rows);

/* Place of a row among the visible ones, UINT32_MAX when it is folded away or filtered out. */
uint32_t tree_rows_find(const struct tree_rows *rows, uint32_t row);

bool tree_rows_has_children(const struct tree_rows *rows, uint32_t row);
bool tree_rows_is_open(const struct tree_rows *rows, uint32_t row);
void tree_rows_open(struct tree_rows *rows, uint32_t row, bool open);
void tree_rows_open_all(struct tree_rows *rows, bool open);

/* The row after it, in the order of the screen, as if all were unfolded; NO_INDEX at the end. */
uint32_t tree_rows_following(const struct tree_rows *rows, uint32_t row);

/* Unfolds what is above a row, and pins it where a filter hides it. */
void tree_rows_reveal(struct tree_rows *rows, uint32_t row);

/* Orders siblings. keys has a number for each row, for the orders that go by number; else NULL.
 * False when memory is exhausted: graph order then. */
bool tree_rows_sort(struct tree_rows *rows, unsigned sort, bool reverse, const double *keys);

/* Takes over the hits marked in flags: marks what is above and below, folds all but the way to
 * them. No filter: tree_rows_show_all. */
void tree_rows_filter(struct tree_rows *rows);
void tree_rows_show_all(struct tree_rows *rows);

/* "op=Conv dtype=f16 name": all of them must fit. */
struct tree_filter {
	char op[64], dtype[16]; /* "" if not asked for */
	struct pattern *name;	/* NULL likewise */
};

bool tree_filter_parse(struct tree_filter *filter, struct text source, struct error *err);
void tree_filter_free(struct tree_filter *filter);
bool tree_filter_match(const struct tree_filter *filter, const struct tree_rows *rows,
		       uint32_t row);

/* A pattern hits a row by its label; one that is written like a path ("layers.0/attn") also by
 * the whole name of its node or tensor. */
struct tree_search {
	char source[PATTERN_MAX + 1];
	struct pattern *pattern; /* NULL for an empty or bad source */
	bool whole_names;
};

bool tree_search_set(struct tree_search *search, struct text source, struct error *err);
bool tree_search_match(const struct tree_search *search, const struct tree_rows *rows,
		       uint32_t row);

#define TREE_CURVE 8 /* columns */

/* What the session knows of the tensors of one row. */
struct tree_figures {
	uint32_t row;
	float worst;		    /* lowest dB of the dial's scheme; NaN: none known */
	uint8_t bins[SUMMARY_BINS]; /* of all of them together, each over its own range */
	bool has_bins;
	bool nonfinite; /* a tensor holds NaN or infinity */
	float ranked;	/* largest of the statistic that rows are sorted by; NaN likewise */
	bool unread;	/* the elements of a tensor are not there or cannot be read */
	bool complete;	/* nothing is missing: will not change */
	uint8_t curve[TREE_CURVE]; /* what was logged of it in training, as shares */
	bool has_curve;
	uint64_t curve_version; /* of the runs, + 1 */
};

struct tree_window {
	struct tree_figures *figures; /* of the visible rows from first on */
	uint32_t first, count;
	struct quant_scheme dial;
	unsigned sort; /* of the rows, whose statistic the figures have */
	bool planned; /* the errors are those of a plan */
	bool turned;  /* the dial is not where it began */
};

/* Fills the window from what is known, and wants what is not. */
void tree_window_update(struct tree_window *window, struct tree_rows *rows,
			const struct view_context *context, uint32_t first, uint32_t count);

/* Sort keys of all rows by error, or by a statistic, and wants all tensors. The number of tensors known comes back,
 * and in *complete whether that is all. NULL: out of memory. */
double *tree_error_keys(const struct tree_rows *rows, const struct view_context *context,
			unsigned sort, uint32_t *known, bool *complete);
double *tree_size_keys(const struct tree_rows *rows, enum tree_sort sort);
/* The same by cost; rows->cost is there. */
double *tree_cost_keys(const struct tree_rows *rows, enum tree_sort sort);

/* Everything that a document's tree remembers. */
struct tree_document {
	struct tree_rows rows;
	struct scroll scroll; /* over rows.visible */
	struct tree_window window;
	uint32_t sorted_known; /* tensors known when it was sorted by error last */
	bool sorted_complete;
	struct quant_scheme sorted_dial;
	const struct cost_sheet *sorted_cost; /* that rows are sorted by; NULL: none yet */
	uint32_t opened[64]; /* rows that the last search unfolded */
	unsigned n_opened;
};

struct tree {
	struct tree_document *documents; /* by number; rows.layers is NULL where not yet seen */
	uint32_t n_documents;
	struct tree_search search;
};

/* tree.c, for tree_find.c */
uint32_t tree_cursor_row(const struct tree_document *document);
void tree_select_row(struct tree_document *document, const struct view_context *context,
		     uint32_t row);
/* Lays out anew and keeps the row under the cursor, or what it has been folded into. */
void tree_relayout(struct tree_document *document, const struct view_context *context);
/* EFFECT_FOCUS with the row under the cursor, if that is another than before. */
unsigned tree_focus_answer(const struct tree_document *document, const struct view_context *context,
			   struct view_answer *answer);
unsigned tree_message(struct view_answer *answer, const char *text);

/* Commands: effect bits. */
unsigned tree_search_command(struct tree *tree, struct tree_document *document,
			     const struct view_context *context, struct text source, bool backward,
			     struct view_answer *answer);
unsigned tree_filter_command(struct tree_document *document, const struct view_context *context,
			     struct text source, struct view_answer *answer);
unsigned tree_goto_command(struct tree_document *document, const struct view_context *context,
			   struct text name, struct view_answer *answer);

/* Draws the header and the rows; cursor marks are left out with context->whole. */
void tree_draw_rows(const struct tree *tree, const struct tree_document *document,
		    const struct view_context *context, struct canvas *canvas);

/* A tree that wide has a column of what rows cost. */
bool tree_shows_cost(const struct tree_rows *rows, int width);

/* Which order a click on the header at column x asks for; SORT_COUNT if none. */
enum tree_sort tree_sort_at(const struct tree_rows *rows, int width, int x);

/* Columns that names would like to have, with indent and marks. */
int tree_name_width(const struct layers *layers);

/* Columns of the error: what the header says of the dial, or of the statistic sorted by. */
int tree_error_width(unsigned sort, const struct quant_scheme *dial);

#endif
