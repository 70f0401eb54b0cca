/* The view "stats" as cells. */
#ifndef EXPORT_EXPORT_STATS_TABLE_H
#define EXPORT_EXPORT_STATS_TABLE_H

#include "export/export.h"

/* Headings, a line a tensor and a line a group, as far as subject->stats says, on a new canvas. */
bool export_stats_table(const struct export_subject *subject, int width,
			const struct glyphs *glyphs, struct canvas *canvas, struct error *err);

#endif
