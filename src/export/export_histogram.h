/* The view "histogram" as cells. */
#ifndef EXPORT_EXPORT_HISTOGRAM_H
#define EXPORT_EXPORT_HISTOGRAM_H

#include "export/export.h"

#define EXPORT_HISTOGRAM_ROWS 17 /* of each tensor */

/* A chart a tensor, on a canvas that has the rows for them. */
void export_histogram_cells(const struct export_subject *subject, struct canvas *canvas);

#endif
