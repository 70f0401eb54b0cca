#include "ui/views/figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GAP 2 /* between columns */

/* Widths of one column: label, value up to its decimal point, and the rest of the value. */
struct column {
	int label, whole, rest;
};

void figures_add(struct figures *figures, const char *label, enum role role, const char *format,
		 ...)
{
	struct figure *figure;
	va_list arguments;

	if (figures->count == FIGURES_MAX)
		return;
	figure = figures->items + figures->count++;
	figure->label = label;
	figure->role = role;
	va_start(arguments, format);
	vsnprintf(figure->value, sizeof figure->value, format, arguments);
	va_end(arguments);
	if (!figure->value[0])
		strcpy(figure->value, "–");
}

static int columns_of(const char *string)
{
	int columns = 0;

	for (; *string; string++)
		columns += ((unsigned char)*string & 0xc0) != 0x80;
	return columns;
}

/* Columns before the decimal point; all of what is not a number. */
static int whole_of(const char *value)
{
	int n = (int)strspn(value, "-0123456789,");

	return n ? n : columns_of(value);
}

static void measure(const struct figures *figures, unsigned n, struct column *columns)
{
	memset(columns, 0, n * sizeof *columns);
	for (unsigned i = 0; i < figures->count; i++) {
		const struct figure *figure = figures->items + i;
		struct column *column = columns + i % n;
		int label = columns_of(figure->label), whole = whole_of(figure->value);
		int rest = columns_of(figure->value) - whole;

		column->label = label > column->label ? label : column->label;
		column->whole = whole > column->whole ? whole : column->whole;
		column->rest = rest > column->rest ? rest : column->rest;
	}
}

static int column_width(const struct column *column)
{
	return column->label + 1 + column->whole + column->rest;
}

/* As many columns as fit, with their widths. */
static unsigned arrange(const struct figures *figures, int width, struct column *columns)
{
	unsigned n = figures->count ? figures->count : 1;

	for (;; n--) {
		int total = -GAP;

		measure(figures, n, columns);
		for (unsigned i = 0; i < n; i++)
			total += GAP + column_width(columns + i);
		if (total <= width || n == 1)
			return n;
	}
}

int figures_rows(const struct figures *figures, int width)
{
	struct column columns[FIGURES_MAX];
	unsigned n = arrange(figures, width, columns);

	return (int)((figures->count + n - 1) / n);
}

int figures_draw(const struct figures *figures, struct canvas *canvas, int y)
{
	struct column columns[FIGURES_MAX];
	unsigned n = arrange(figures, canvas->width, columns);
	int x = 0;

	for (unsigned i = 0; i < figures->count; i++) {
		const struct figure *figure = figures->items + i;
		const struct column *column = columns + i % n;
		int point = x + column->label + 1 + column->whole;

		canvas_string(canvas, x, y, ROLE_DIM, figure->label);
		canvas_string(canvas, point - whole_of(figure->value), y, figure->role,
			      figure->value);
		x += column_width(column) + GAP;
		if ((i + 1) % n == 0 || i + 1 == figures->count) {
			x = 0;
			y++;
		}
	}
	return y;
}
