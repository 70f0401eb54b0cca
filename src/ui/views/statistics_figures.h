/* Statistics as labelled numbers and as a histogram: of a tensor, of a scope, of a sample. */
#ifndef VIEWS_STATISTICS_FIGURES_H
#define VIEWS_STATISTICS_FIGURES_H

#include <stdbool.h>

#include <mtui/dtype.h>
#include <mtui/statistics.h>

#include "ui/canvas/canvas.h"

/* dtype: of the elements, DTYPE_UNKNOWN where there are several. Moments and counts, then
 * percentiles. Drawing returns the row after the last. */
int statistics_figures_rows(const struct statistics *s, enum dtype dtype, int width);
int statistics_figures_draw(const struct statistics *s, enum dtype dtype, struct canvas *canvas,
			    int y);

bool statistics_figures_has_histogram(const struct statistics *s, enum dtype dtype);

/* Fills the canvas from row y on; sure says how sure it is: "exact". */
void statistics_figures_histogram(const struct statistics *s, enum dtype dtype, bool log_counts,
				  const char *sure, struct canvas *canvas, int y);

#endif
