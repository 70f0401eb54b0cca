/* Cells as plain text: one line a row, trailing blanks cut. */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>

void export_text(struct output *output, const struct canvas *canvas)
{
	size_t size = (size_t)canvas->width * 12 + 1;
	char *row = malloc(size);

	if (!row) {
		output_fail(output, ENOMEM);
		return;
	}
	for (int y = 0; y < canvas->height && !output_failed(output); y++) {
		output_bytes(output, row, canvas_row(canvas, y, row, size));
		output_bytes(output, "\n", 1);
	}
	free(row);
}
