/*
 * Writing CSV (RFC 4180) as a stream: cells between commas, CRLF after a row.
 *
 * Text passes the text gate. A text cell that a spreadsheet would take for a formula (it begins
 * with = + - @ TAB or CR) gets a leading apostrophe (CWE-1236); numbers are never touched.
 */
#ifndef EXPORT_CSV_OUT_H
#define EXPORT_CSV_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

struct csv_out {
	void (*write)(void *context, const char *bytes, size_t len);
	void *context;
	bool cells; /* the row has a cell already */
};

void csv_out_init(struct csv_out *csv, void (*write)(void *context, const char *bytes, size_t len),
		  void *context);

void csv_out_text(struct csv_out *csv, struct text value);
void csv_out_plain(struct csv_out *csv, const char *value); /* a number or nothing: as it is */

/* A cell in pieces, always in quotes: for JSON inside a cell, which begins with [ or {. */
void csv_out_open(struct csv_out *csv);
void csv_out_piece(void *csv, const char *bytes, size_t len); /* a json_out's write */
void csv_out_close(struct csv_out *csv);

void csv_out_row_end(struct csv_out *csv);

#endif
