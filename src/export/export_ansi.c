/*
 * Cells as text with SGR sequences, for `less -R` or a terminal.
 *
 * A sequence is written where the looks change, always from a reset, and every line ends reset, so
 * that a line cut out of the middle still looks right.
 */
#include "export/export.h"

#include <string.h>

#include "ui/app/colour.h"

static void overlay(struct style *style, const struct style *over)
{
	if (over->fore != THEME_DEFAULT_COLOUR)
		style->fore = over->fore;
	if (over->back != THEME_DEFAULT_COLOUR)
		style->back = over->back;
	style->bold |= over->bold;
	style->dim |= over->dim;
	style->underline |= over->underline;
	style->reverse |= over->reverse;
}

static struct style cell_style(const struct theme *theme, const struct cell *cell)
{
	struct style style = theme->roles[cell->role < ROLE_COUNT ? cell->role : ROLE_NORMAL];

	if (cell->back != ROLE_NORMAL && cell->back < ROLE_COUNT)
		style = (struct style){ .fore = style.fore, .back = theme->roles[cell->back].fore };
	if (cell->flags & CELL_SELECTED)
		overlay(&style, &theme->selected);
	if (cell->flags & CELL_FOCUSED)
		overlay(&style, &theme->focused);
	if (cell->flags & CELL_BOLD)
		style.bold = true;
	return style;
}

static bool style_equal(const struct style *a, const struct style *b)
{
	return a->fore == b->fore && a->back == b->back && a->bold == b->bold && a->dim == b->dim &&
	       a->underline == b->underline && a->reverse == b->reverse;
}

static void write_colour(struct output *output, uint32_t rgb, bool back, int colours)
{
	unsigned code;

	if (rgb == THEME_DEFAULT_COLOUR || colours == 0)
		return;
	if (colours == 16) {
		code = colour_16(rgb);
		output_format(output, ";%u", (code < 8 ? 30 + code : 82 + code) + (back ? 10 : 0));
	} else {
		output_format(output, ";%d;5;%u", back ? 48 : 38, colour_256(rgb));
	}
}

static void write_style(struct output *output, const struct style *style, int colours)
{
	output_string(output, "\033[0");
	if (style->bold)
		output_string(output, ";1");
	if (style->dim)
		output_string(output, ";2");
	if (style->underline)
		output_string(output, ";4");
	if (style->reverse)
		output_string(output, ";7");
	write_colour(output, style->fore, false, colours);
	write_colour(output, style->back, true, colours);
	output_string(output, "m");
}

/* One cell's characters; a blank where the code is 0. */
static void write_cell(struct output *output, const struct canvas *canvas, int x, int y)
{
	char bytes[64];
	struct canvas one = canvas_window(canvas, x, y, canvas_at(canvas, x, y)->width, 1);
	size_t len = canvas_row(&one, 0, bytes, sizeof bytes);

	if (len == 0) /* canvas_row cuts trailing blanks */
		output_bytes(output, " ", 1);
	else
		output_bytes(output, bytes, len);
}

static bool is_plain_blank(const struct theme *theme, const struct cell *cell)
{
	struct style style;

	if (cell->code[0] != ' ' && cell->code[0] != 0)
		return false;
	style = cell_style(theme, cell);
	return style.back == THEME_DEFAULT_COLOUR && !style.reverse && !style.underline;
}

static void write_row(struct output *output, const struct canvas *canvas, int y,
		      const struct theme *theme, int colours)
{
	struct style current = { .fore = THEME_DEFAULT_COLOUR, .back = THEME_DEFAULT_COLOUR };
	const struct style plain = current;
	int end = canvas->width;

	while (end > 0 && is_plain_blank(theme, canvas_at(canvas, end - 1, y)))
		end--;
	for (int x = 0; x < end; x++) {
		const struct cell *cell = canvas_at(canvas, x, y);
		struct style style = cell_style(theme, cell);

		if (cell->flags & CELL_PADDING)
			continue;
		if (!style_equal(&style, &current)) {
			if (style_equal(&style, &plain))
				output_string(output, "\033[0m");
			else
				write_style(output, &style, colours);
			current = style;
		}
		write_cell(output, canvas, x, y);
	}
	if (!style_equal(&current, &plain))
		output_string(output, "\033[0m");
	output_string(output, "\n");
}

void export_ansi(struct output *output, const struct canvas *canvas, const struct theme *theme,
		 int colours)
{
	for (int y = 0; y < canvas->height && !output_failed(output); y++)
		write_row(output, canvas, y, theme, colours);
}
