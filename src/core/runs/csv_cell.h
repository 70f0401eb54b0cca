/* One cell of a table as text. */
#ifndef RUNS_CSV_CELL_H
#define RUNS_CSV_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/text.h>

enum csv_kind { CSV_BLANK, CSV_NUMBER, CSV_TEXT };

struct csv_cell {
	enum csv_kind kind;
	double number;
	struct text text; /* what stands in the cell, without quotes around it */
	bool quoted;	  /* it may hold doubled quotes */
};

/* Reads the cell at *p; the row's bytes end at `end`. True: *p stands on the delimiter, the end of
 * the line or `end`. False: the cell is not complete (an open quote). */
bool csv_cell_read(const char **p, const char *end, char delimiter, struct csv_cell *cell);

/* The delimiter that a header has most of, outside quotes; ',' where it has none. */
char csv_delimiter(const char *line, size_t len);

#endif
