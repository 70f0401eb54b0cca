/* Lines of a drawing in cells, with the joints that fit. */
#ifndef CANVAS_LINE_ART_H
#define CANVAS_LINE_ART_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/canvas/canvas.h"

/* Where a line leaves a cell. */
enum line_side { LINE_UP = 1, LINE_DOWN = 2, LINE_LEFT = 4, LINE_RIGHT = 8 };

enum line_weight { LINE_LIGHT, LINE_HEAVY, LINE_WEIGHTS };

/* The character for those sides; a line that ends in the cell goes on to its middle's other side. */
uint32_t line_art_code(const struct glyphs *glyphs, unsigned sides, enum line_weight weight);

/* From one cell to another of the same row or column, both included. */
void line_art_across(struct canvas *canvas, int x0, int x1, int y, enum role role,
		     enum line_weight weight);
void line_art_down(struct canvas *canvas, int x, int y0, int y1, enum role role,
		   enum line_weight weight);

void line_art_box(struct canvas *canvas, int x, int y, int width, int height, enum role role,
		  enum line_weight weight);

#endif
