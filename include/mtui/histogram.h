/*
 * Histograms of a tensor's values: any number of bins over any range, exact.
 *
 * A value x is counted in bin i where edges[i] <= x < edges[i + 1]; the last bin is closed. Linear
 * edges are those of numpy.linspace(low, high, bins + 1), and the counts equal numpy.histogram(
 * values, bins, (low, high)) for an array of the tensor's dtype (of float32 for floats that numpy
 * lacks, of float64 for complex magnitudes; above 1,024 bins f16 counts as float32). A range
 * without width is widened by 0.5 on both sides.
 *
 * On the symmetric-log axis the edges are equally spaced in sign(x) log2(1 + |x| / threshold), so
 * the axis is linear around 0 and logarithmic beyond; counts equal numpy.histogram(values, edges).
 */
#ifndef MTUI_HISTOGRAM_H
#define MTUI_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

#define HISTOGRAM_MAX_BINS 65536

struct histogram_axis {
	double low, high; /* both NaN: the smallest and the largest finite value */
	uint32_t bins;	  /* 1 to HISTOGRAM_MAX_BINS */
	bool symlog;
	double threshold; /* of symlog; 0: the largest magnitude of the range / 1024 */
};

struct histogram {
	struct histogram_axis axis; /* as it was counted: nothing left open */
	double *edges;		    /* bins + 1 */
	uint64_t *counts;
	uint64_t count;		    /* elements looked at */
	uint64_t inside, below, above; /* the finite ones */
	uint64_t nan, inf;
};

/* Where a value lies on an axis with low, high and threshold set, and back: the value itself where
 * it is linear. */
double histogram_scaled(const struct histogram_axis *axis, double value);
double histogram_unscaled(const struct histogram_axis *axis, double place);

/* A wrong axis is ERROR_USAGE; types without numbers, and no finite value where the range is left
 * open, are ERROR_REFUSED. On success the caller frees the result. */
bool histogram_compute(const struct model *model, const struct tensor *tensor,
		       const struct histogram_axis *axis, const struct analysis_watch *watch,
		       struct histogram *result, struct error *err);
void histogram_free(struct histogram *histogram);

#endif
