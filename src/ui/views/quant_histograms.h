/* Values before and after a quantization on one axis, and its errors. */
#ifndef VIEWS_QUANT_HISTOGRAMS_H
#define VIEWS_QUANT_HISTOGRAMS_H

#include <mtui/quant_error.h>

#include "ui/canvas/canvas.h"

#define QUANT_HISTOGRAMS_BOTH 96 /* columns from which they stand side by side */

/* Fills the canvas from row y on: side by side, or the errors below. */
void quant_histograms_draw(const struct quant_error *error, struct canvas *canvas, int y);

#endif
