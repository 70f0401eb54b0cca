/*
 * Statistics of several tensors taken as one: of a scope, a dtype, an operator type, a model.
 *
 * Counts, extremes, sums and moments are merged from the statistics of the tensors, in the order in
 * which they are added (P. Pébay, SAND2008-6212, equations 2.1, 3.1). Quantiles, histogram, entropy
 * and distinct values cannot be merged; passes over the elements of all tensors find them exactly.
 * A number is what statistics_compute would say of one tensor with all the elements, but for these:
 * where dtypes differ, the histogram counts as for an array of float64, and 64-bit integers take
 * part in quantiles and distinct values as the nearest double.
 */
#ifndef MTUI_GROUP_H
#define MTUI_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/statistics.h>

/* What was merged. An index counts within the tensor beside it, NO_INDEX if there is none. */
struct group {
	uint32_t tensors;
	uint8_t dtype; /* of all of them; DTYPE_UNKNOWN when they differ */
	uint32_t min_tensor, max_tensor, nan_tensor, inf_tensor;
	uint64_t count, finite, zeros, negative, subnormal, nan, posinf, neginf;
	uint64_t argmin, argmax, first_nan, first_inf;
	double min, max;
	int64_t min_integer, max_integer; /* where all are of one integer type */
	int exponent;			  /* the sums are of values divided by 2^exponent */
	double mean, mean_low, m2, m3, m4, sum[2], absolute[2];
	struct statistics *sole; /* of the only tensor, when it is large; owned */
};

/* A zeroed group is an empty one. */
void group_add(struct group *group, const struct tensor *tensor, uint32_t index,
	       const struct statistics *statistics);
void group_free(struct group *group);

/* What is known without passes; quantiles and entropy are NaN, distinct is 0. */
void group_describe(const struct group *group, struct statistics *result);

/* Everything, of the same tensors as were added; n of them by index. ERROR_CHANGED where the file
 * has other elements by now. At most about 8 MiB of memory. */
bool group_finish(const struct group *group, const struct model *model, const uint32_t *tensors,
		  size_t n, const struct analysis_watch *watch, struct statistics *result,
		  struct error *err);

/* Quantiles at any percents (0 to 100) of the finite values, as statistics_compute defines them;
 * NaN when there are none. */
bool group_quantiles(const struct model *model, const uint32_t *tensors, size_t n,
		     const double *percents, size_t n_percents,
		     const struct analysis_watch *watch, double *values, struct error *err);

#endif
