#include "core/runs/csv_cell.h"

#include <math.h>
#include <strings.h>

#include "core/base/decimal.h"

enum { LONGEST_NUMBER = 64 };

char csv_delimiter(const char *line, size_t len)
{
	static const char candidates[] = "\t;,|";
	size_t counts[4] = { 0 }, best = 2;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		const char *found = line[i] ? strchr(candidates, line[i]) : NULL;
		if (line[i] == '"')
			quoted = !quoted;
		else if (found && !quoted)
			counts[found - candidates]++;
	}
	for (size_t i = 0; i < 4; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

/* Without the commas or points that part thousands: 1,234.5 and 1.234,5. The decimal sign is the
 * one that stands last, and stands there once. */
static bool read_grouped(struct text text, double *number)
{
	const char *comma = memrchr(text.data, ',', text.len);
	const char *point = memrchr(text.data, '.', text.len);
	char sign = comma > point ? ',' : '.', copy[LONGEST_NUMBER];
	size_t len = 0, since = 0;
	bool decimals = false, grouped = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == sign && !decimals && !memchr(text.data + i + 1, sign, text.len - i - 1)) {
			if (grouped && since != 3)
				return false;
			decimals = true;
		} else if (c == ',' || c == '.') {
			if (decimals || since == 0 || since > 3 || (grouped && since != 3))
				return false;
			grouped = true;
			since = 0;
			continue;
		}
		since += !decimals && c >= '0' && c <= '9';
		copy[len++] = c;
	}
	return decimal_read(copy, len, sign, number) == len;
}

/* Commas alone, 1,234,567: groups of three. */
static bool read_thousands(struct text text, double *number)
{
	char copy[LONGEST_NUMBER];
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != ',')
			copy[len++] = text.data[i];
		else if (i + 3 >= text.len || (i + 4 < text.len && text.data[i + 4] != ','))
			return false;
	}
	return decimal_read(copy, len, '.', number) == len;
}

static bool read_number(struct text text, double *number)
{
	const char *comma;

	if (text.len == 0 || text.len > LONGEST_NUMBER)
		return false;
	if (decimal_read(text.data, text.len, '.', number) == text.len ||
	    decimal_word(text.data, text.len, number))
		return true;
	comma = memchr(text.data, ',', text.len);
	if (!comma)
		return false;
	if (memchr(text.data, '.', text.len))
		return read_grouped(text, number);
	if (memchr(comma + 1, ',', text.len - (size_t)(comma + 1 - text.data)))
		return read_thousands(text, number);
	return decimal_read(text.data, text.len, ',', number) == text.len;
}

static bool is_word(struct text text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

static void classify(struct csv_cell *cell)
{
	while (cell->text.len && (*cell->text.data == ' ' || *cell->text.data == '\t')) {
		cell->text.data++;
		cell->text.len--;
	}
	while (cell->text.len && (cell->text.data[cell->text.len - 1] == ' ' ||
				  cell->text.data[cell->text.len - 1] == '\t'))
		cell->text.len--;
	cell->number = NAN;
	if (cell->text.len == 0 || is_word(cell->text, "null") || is_word(cell->text, "none") ||
	    is_word(cell->text, "na") || is_word(cell->text, "n/a"))
		cell->kind = CSV_BLANK;
	else
		cell->kind = read_number(cell->text, &cell->number) ? CSV_NUMBER : CSV_TEXT;
}

static bool ends_cell(const char *p, const char *end, char delimiter)
{
	return p == end || *p == delimiter || *p == '\n' || (*p == '\r' && p + 1 < end && p[1] == '\n');
}

static bool read_quoted(const char **p, const char *end, char delimiter, struct csv_cell *cell)
{
	const char *q = *p + 1;

	for (;;) {
		q = memchr(q, '"', (size_t)(end - q));
		if (!q)
			return false;
		if (q + 1 < end && q[1] == '"') {
			q += 2;
			continue;
		}
		break;
	}
	cell->text = (struct text){ *p + 1, (size_t)(q - *p - 1) };
	cell->quoted = true;
	/* What follows the closing quote is no part of the cell. */
	for (q++; !ends_cell(q, end, delimiter); q++)
		;
	*p = q;
	return true;
}

bool csv_cell_read(const char **p, const char *end, char delimiter, struct csv_cell *cell)
{
	size_t taken = decimal_read(*p, (size_t)(end - *p), '.', &cell->number);
	const char *begin = *p;

	cell->quoted = false;
	if (taken && ends_cell(*p + taken, end, delimiter)) {
		cell->kind = CSV_NUMBER;
		cell->text = (struct text){ *p, taken };
		*p += taken;
		return true;
	}
	while (*p < end && **p == ' ')
		++*p;
	if (*p < end && **p == '"') {
		if (!read_quoted(p, end, delimiter, cell))
			return false;
	} else {
		for (*p = begin; !ends_cell(*p, end, delimiter); ++*p)
			;
		cell->text = (struct text){ begin, (size_t)(*p - begin) };
	}
	classify(cell);
	return true;
}
