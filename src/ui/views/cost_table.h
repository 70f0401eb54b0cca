/*
 * Tables of what running a part of the model costs: by operator type, by the rows below the
 * selected one, by node, and by intensity.
 */
#ifndef VIEWS_COST_TABLE_H
#define VIEWS_COST_TABLE_H

#include <mtui/cost_sheet.h>

#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* id, name, heading */
#define COST_PAGES(X)                                                                              \
	X(COST_BY_OP, "operators", "by operator type")                                             \
	X(COST_BY_LAYER, "layers", "by layer")                                                     \
	X(COST_BY_NODE, "nodes", "by node")                                                        \
	X(COST_BY_INTENSITY, "intensity", "by intensity")

enum cost_page {
#define X(id, name, heading) id,
	COST_PAGES(X)
#undef X
	COST_PAGE_COUNT
};

/* id, name, what the header calls it, columns with the blank before them. THEN is called as the
 * dial is. */
#define COST_COLUMNS(X)                                                                            \
	X(COST_NODES, "nodes", "nodes", 7)                                                         \
	X(COST_MACS, "macs", "MACs", 7)                                                            \
	X(COST_FLOPS, "flops", "FLOPs", 7)                                                         \
	X(COST_SHARE, "share", "share", 8)                                                         \
	X(COST_BAR, "bar", "", 9)                                                                  \
	X(COST_WEIGHTS, "weights", "weights", 10)                                                  \
	X(COST_THEN, "dial", "", 11)                                                               \
	X(COST_ACTIVATIONS, "activations", "activations", 12)                                      \
	X(COST_INTENSITY, "intensity", "FLOP/B", 8)

enum cost_column {
#define X(id, name, title, width) id,
	COST_COLUMNS(X)
#undef X
	COST_COLUMN_COUNT
};

extern const char *const cost_page_names[COST_PAGE_COUNT + 1];	   /* ended by NULL, too */
extern const char *const cost_page_headings[COST_PAGE_COUNT];
extern const char *const cost_column_names[COST_COLUMN_COUNT + 1];

struct cost_line {
	const struct op *op; /* of COST_BY_OP */
	uint32_t row;	     /* of the layers; of COST_BY_INTENSITY the class */
	uint64_t nodes;
	struct cost cost; /* of COST_BY_INTENSITY its bytes are read_bytes */
	uint64_t then;	  /* bytes of weights with the dial's scheme */
};

struct cost_table {
	const struct cost_sheet *sheet;
	enum cost_page page;
	struct cost_line *lines;
	size_t count;
};

/* Lines about the nodes below a row, sorted by a column, the largest first. at: of cost_sheet_at,
 * or NULL. The lines are in the arena; without memory there are none. */
void cost_table_fill(struct cost_table *table, const struct cost_sheet *sheet, enum cost_page page,
		     uint32_t row, const uint64_t *at, enum cost_column sort, bool reverse,
		     struct arena *arena);

/* A header and lines from `top` on, on all of the canvas. cursor: UINT64_MAX for none. */
struct cost_table_look {
	const struct quant_scheme *dial;
	enum cost_column sort;
	bool reverse;
	uint64_t top, cursor;
	bool focused;
};

void cost_table_draw(const struct cost_table *table, const struct cost_table_look *look,
		     struct canvas *canvas);

/* The column at x of a table that wide; COST_COLUMN_COUNT if there is none. */
enum cost_column cost_table_column_at(enum cost_page page, int width, int x);

#endif
