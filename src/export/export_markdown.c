/*
 * Cells as Markdown: a heading and a fenced block, to be pasted into a review.
 *
 * The fence is longer than any run of backticks in the cells, so that nothing in a name can end
 * it; the heading's special characters are escaped.
 */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#define TITLE_COLUMNS 200

static void markdown_title(struct output *output, const struct canvas *canvas, const char *title)
{
	char shown[TITLE_COLUMNS * 12 + 1];

	gate_text(canvas->glyphs->gate, shown, sizeof shown, TITLE_COLUMNS, text_from(title));
	output_string(output, "## ");
	for (const char *c = shown; *c; c++) {
		if (*c == '<')
			output_string(output, "&lt;");
		else if (*c == '&')
			output_string(output, "&amp;");
		else if (strchr("\\`*_{}[]()#+!|~>", *c))
			output_format(output, "\\%c", *c);
		else
			output_bytes(output, c, 1);
	}
	output_string(output, "\n\n");
}

/* Length of the longest run of backticks in the canvas. */
static int markdown_backticks(const struct canvas *canvas)
{
	int longest = 0;

	for (int y = 0; y < canvas->height; y++) {
		int run = 0;
		for (int x = 0; x < canvas->width; x++) {
			run = canvas_at(canvas, x, y)->code[0] == '`' ? run + 1 : 0;
			if (run > longest)
				longest = run;
		}
	}
	return longest;
}

void export_markdown(struct output *output, const struct canvas *canvas, const char *title)
{
	int fence = markdown_backticks(canvas) + 1;

	if (fence < 3)
		fence = 3;
	if (title)
		markdown_title(output, canvas, title);
	for (int i = 0; i < fence; i++)
		output_bytes(output, "`", 1);
	output_string(output, "text\n");
	export_text(output, canvas);
	for (int i = 0; i < fence; i++)
		output_bytes(output, "`", 1);
	output_bytes(output, "\n", 1);
}
