#include "export/records.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"

#define RECORDS_WRAPPED 2 /* members of the object and rows of a table have lines of their own */

static void write_nowhere(void *context, const char *bytes, size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
}

void records_begin(struct records *records, bool csv, bool facts_only,
		   void (*write)(void *context, const char *bytes, size_t len), void *context)
{
	*records = (struct records){ .csv = csv, .facts = csv && facts_only, .as_json = !csv };
	json_out_init(&records->nowhere, write_nowhere, NULL, 0);
	csv_out_init(&records->cells, write, context);
	if (!csv) {
		json_out_init(&records->json, write, context, RECORDS_WRAPPED);
		json_out_object(&records->json, NULL);
		return;
	}
	json_out_init(&records->json, csv_out_piece, &records->cells, 0);
	if (records->facts) {
		csv_out_plain(&records->cells, "key");
		csv_out_plain(&records->cells, "value");
		csv_out_row_end(&records->cells);
	}
}

bool records_end(struct records *records, struct error *err)
{
	bool failed;

	if (!records->csv) {
		json_out_end(&records->json);
		records->json.write(records->json.context, "\n", 1);
	}
	failed = records->json.failed || records->nowhere.failed;
	records_free(records);
	return !failed || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

void records_free(struct records *records)
{
	json_out_free(&records->json);
	json_out_free(&records->nowhere);
}

void records_table(struct records *records, const char *key, const char *const *columns)
{
	if (!records->csv) {
		json_out_array(&records->json, key);
	} else if (records->facts) {
		records_list(records, key);
		records->as_json = true;
	} else {
		/* Tables are told apart by an empty line. */
		if (records->tables++ > 0)
			csv_out_row_end(&records->cells);
		records->columns = columns;
		for (unsigned i = 0; columns[i]; i++)
			csv_out_text(&records->cells, text_from(columns[i]));
		csv_out_row_end(&records->cells);
	}
}

void records_row(struct records *records)
{
	records->column = 0;
	if (records->as_json)
		json_out_object(&records->json, NULL);
}

void records_row_end(struct records *records)
{
	if (records->as_json) {
		json_out_end(&records->json);
		return;
	}
	for (; records->columns[records->column]; records->column++)
		csv_out_plain(&records->cells, "");
	csv_out_row_end(&records->cells);
}

void records_table_end(struct records *records)
{
	if (records->facts) {
		records->as_json = false;
		records_close(records, &records->json);
	} else if (records->as_json) {
		json_out_end(&records->json);
	}
	records->columns = NULL;
}

/* CSV: goes on to the field's cell; false where it has none. */
static bool cell_of(struct records *records, const char *key)
{
	unsigned column = records->column;

	if (!records->columns) {
		if (records->facts)
			csv_out_text(&records->cells, text_from(key));
		return records->facts;
	}
	while (records->columns[column] && strcmp(records->columns[column], key) != 0)
		column++;
	if (!records->columns[column])
		return false;
	for (; records->column < column; records->column++)
		csv_out_plain(&records->cells, "");
	records->column++;
	return true;
}

static void cell_end(struct records *records)
{
	if (!records->columns)
		csv_out_row_end(&records->cells);
}

static void plain_cell(struct records *records, const char *key, const char *value)
{
	if (!cell_of(records, key))
		return;
	csv_out_plain(&records->cells, value);
	cell_end(records);
}

void records_text(struct records *records, const char *key, struct text value)
{
	if (records->as_json) {
		json_out_text(&records->json, key, value);
	} else if (cell_of(records, key)) {
		csv_out_text(&records->cells, value);
		cell_end(records);
	}
}

void records_string(struct records *records, const char *key, const char *value)
{
	records_text(records, key, text_from(value));
}

void records_integer(struct records *records, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, value);
	if (records->as_json)
		json_out_integer(&records->json, key, value);
	else
		plain_cell(records, key, digits);
}

void records_count(struct records *records, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	if (records->as_json)
		json_out_count(&records->json, key, value);
	else
		plain_cell(records, key, digits);
}

void records_number(struct records *records, const char *key, double value)
{
	char digits[NUMBER_SIZE];

	if (records->as_json)
		json_out_number(&records->json, key, value);
	else
		plain_cell(records, key, number_exact(digits, value));
}

void records_defined(struct records *records, const char *key, double value)
{
	if (isnan(value))
		records_null(records, key);
	else
		records_number(records, key, value);
}

void records_f32(struct records *records, const char *key, float value)
{
	char digits[NUMBER_SIZE];

	if (records->as_json)
		json_out_f32(&records->json, key, value);
	else
		plain_cell(records, key, number_exact_f32(digits, value));
}

void records_flag(struct records *records, const char *key, bool value)
{
	if (records->as_json)
		json_out_flag(&records->json, key, value);
	else
		plain_cell(records, key, value ? "true" : "false");
}

void records_null(struct records *records, const char *key)
{
	if (records->as_json)
		json_out_null(&records->json, key);
	else
		plain_cell(records, key, "");
}

/* Where a value with structure goes; *key becomes NULL where it is not to be written. */
static struct json_out *nested(struct records *records, const char **key)
{
	if (records->as_json)
		return &records->json;
	bool shown = cell_of(records, *key);
	*key = NULL;
	if (!shown)
		return &records->nowhere;
	csv_out_open(&records->cells);
	return &records->json;
}

struct json_out *records_list(struct records *records, const char *key)
{
	struct json_out *json = nested(records, &key);

	json_out_array(json, key);
	return json;
}

struct json_out *records_object(struct records *records, const char *key)
{
	struct json_out *json = nested(records, &key);

	json_out_object(json, key);
	return json;
}

struct json_out *records_map(struct records *records, const char *key)
{
	struct json_out *json = nested(records, &key);

	json_out_map(json, key);
	return json;
}

void records_close(struct records *records, struct json_out *json)
{
	json_out_end(json);
	if (records->as_json)
		return;
	json->levels[0] = (struct json_level){ 0 };
	if (json == &records->nowhere)
		return;
	csv_out_close(&records->cells);
	cell_end(records);
}
