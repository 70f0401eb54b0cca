/* The view "stats" as cells. */
#ifndef EXPORT_EXPORT_STATS_TABLE_H
#define EXPORT_EXPORT_STATS_TABLE_H

#include "export/export.h"

/* Heading and a line a tensor, on a canvas that has the rows for them. */
bool export_stats_table(const struct export_subject *subject, struct canvas *canvas,
			struct error *err);

#endif
