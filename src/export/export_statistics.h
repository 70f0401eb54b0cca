/* The numbers of statistics as fields: of a tensor, and of several taken as one. */
#ifndef EXPORT_EXPORT_STATISTICS_H
#define EXPORT_EXPORT_STATISTICS_H

#include <mtui/dtype.h>
#include <mtui/statistics.h>

#include "export/export.h"
#include "export/records.h"

/* Quantiles beyond those of the statistics. */
struct export_quantiles {
	const double *percents;
	const double *values;
	size_t n;
};

/* null for UINT64_MAX. */
void export_index(struct records *out, const char *key, uint64_t index);

/* min and max, exact of integers; null without statistics or finite values. */
void export_extremes(struct records *out, enum dtype dtype, const struct statistics *statistics);

/* The object by percent, exact of integers; in CSV a column for each, as "p50". more: NULL if there are none. */
void export_quantiles(struct records *out, enum dtype dtype, const struct statistics *statistics,
		      const struct export_quantiles *more);

/* What the view "stats" says of statistics, from min on; all null without. */
void export_numbers(struct records *out, enum dtype dtype, const struct statistics *statistics,
		    const struct export_quantiles *more);

/* Its columns, ended by NULL, between those of `before` and `after`; with the quantiles that were
 * asked for. NULL: out of memory. The caller frees. */
const char **export_number_columns(const char *const *before, const struct export_stats *asked,
				   const char *const *after);

#endif
