/*
 * One report, written as a JSON object or as a CSV table by the same calls.
 *
 * A report is facts (key and value) and tables (rows of fields). In JSON a table is an array of
 * objects under its key. In CSV there is one table: of a report with a table the table alone, its
 * header first, fields not among its columns left out; of a report of facts two columns, key and
 * value. What has structure (lists, objects, a table among facts) stands in a CSV cell as JSON.
 *
 *	records_begin, records_table, { records_row, fields, records_row_end }, records_table_end,
 *	records_end
 *
 * The fields of a row come in the order of the columns; any may be left out.
 */
#ifndef EXPORT_RECORDS_H
#define EXPORT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/text.h>

#include "export/csv_out.h"
#include "export/json_out.h"

struct records {
	bool csv;		    /* else JSON */
	bool facts;		    /* CSV: facts are the table */
	bool as_json;		    /* fields go to json: also in a table inside a CSV cell */
	const char *const *columns; /* CSV: of the table that is open, ended by NULL */
	unsigned column;	    /* CSV: the next one to be written */
	unsigned tables;	    /* CSV: begun so far */
	struct csv_out cells;
	struct json_out json;	 /* the object, or in CSV the cell with structure */
	struct json_out nowhere; /* takes what CSV leaves out */
};

/* facts_only: the report has no table of its own. */
void records_begin(struct records *records, bool csv, bool facts_only,
		   void (*write)(void *context, const char *bytes, size_t len), void *context);
bool records_end(struct records *records, struct error *err); /* false: out of memory on the way */

/* Frees what an unfinished report holds; also fine after records_end. */
void records_free(struct records *records);

/* columns is ended by NULL. */
void records_table(struct records *records, const char *key, const char *const *columns);
void records_row(struct records *records);
void records_row_end(struct records *records);
void records_table_end(struct records *records);

/* For what a table has and an object does not, as one column for each quantile. */
static inline bool records_is_csv(const struct records *records)
{
	return !records->as_json;
}

void records_text(struct records *records, const char *key, struct text value);
void records_string(struct records *records, const char *key, const char *value);
void records_integer(struct records *records, const char *key, int64_t value);
void records_count(struct records *records, const char *key, uint64_t value);
void records_number(struct records *records, const char *key, double value);
void records_defined(struct records *records, const char *key, double value); /* NaN: null */
void records_f32(struct records *records, const char *key, float value);
void records_flag(struct records *records, const char *key, bool value);
void records_null(struct records *records, const char *key);

/* A value with structure: its container is open in what these return; write what it holds, then
 * call records_close with the same. */
struct json_out *records_list(struct records *records, const char *key);
struct json_out *records_object(struct records *records, const char *key);
struct json_out *records_map(struct records *records, const char *key);
void records_close(struct records *records, struct json_out *json);

#endif
