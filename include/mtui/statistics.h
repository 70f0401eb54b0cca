/*
 * Statistics of a tensor's values: exact, in one pass and a bit, in bounded memory.
 *
 * All numbers are over the elements that are present (tensor->present). NaN and infinities are
 * counted and kept out of everything else; complex values enter by magnitude. Sums are kept in
 * double over fixed lanes and merged in index order, so the result is the same to the last bit on
 * every CPU, thread count and chunking. Formulas: population moments,
 *   mean = S1/n   std = sqrt(M2/n)   skew = (M3/n)/std^3   kurtosis = (M4/n)/std^4 - 3 (excess)
 * merged over chunks as in P. Pébay, SAND2008-6212, equations 2.1, 3.1. Quantile p is the value at
 * rank floor(p/100 * (n - 1)) of the sorted finite values (numpy's method='lower').
 */
#ifndef MTUI_STATISTICS_H
#define MTUI_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/pool.h>

/* Percentiles reported, in this order. */
#define STATISTICS_PERCENTS(X) X(0.1) X(1) X(5) X(25) X(50) X(75) X(95) X(99) X(99.9)
#define STATISTICS_N_PERCENTS 9

#define HISTOGRAM_BINS 256

struct statistics {
	uint64_t count;	      /* elements looked at */
	uint64_t finite;      /* of those, neither NaN nor infinite */
	uint64_t zeros, negative, positive, subnormal;
	uint64_t nan, posinf, neginf;
	uint64_t first_nan, first_inf; /* index in row-major order, UINT64_MAX if none */
	uint64_t argmin, argmax;       /* index of the first occurrence */
	double min, max;	       /* of the finite values; NaN when there are none */
	int64_t min_integer, max_integer; /* the same, exact, of integer types; u64 as its bits */
	double mean, std, skew, kurtosis; /* NaN where not defined */
	double sum, l1, l2, max_abs;
	double quantiles[STATISTICS_N_PERCENTS];
	int64_t quantiles_integer[STATISTICS_N_PERCENTS]; /* as min_integer */
	double entropy;	      /* bits, of the histogram below */
	uint64_t distinct;    /* distinct finite values, exact up to 65,536; above: UINT64_MAX */
	/* Equal-width bins over [min, max], the last one closed, as numpy.histogram counts an array
	 * of this dtype (of float32 for floats it lacks, of float64 for magnitudes); over
	 * [min - 0.5, max + 0.5] when all values are equal. */
	uint64_t bins[HISTOGRAM_BINS];
};

extern const double statistics_percents[STATISTICS_N_PERCENTS];

/* Asked between blocks (a few 100 µs); return true to stop with ERROR_CANCELLED. done and total
 * are elements over all passes, for a progress display. May be NULL. */
typedef bool analysis_progress(void *context, uint64_t done, uint64_t total);

struct analysis_watch {
	analysis_progress *progress; /* called by the thread that called, only */
	void *context;
	struct pool *pool; /* whose threads may help with a large tensor, or NULL */
};

/* Elements that the file cannot deliver any more end it with ERROR_CHANGED, types without numbers
 * with ERROR_REFUSED. At most about 9 MiB of memory, whatever the tensor's size. */
bool statistics_compute(const struct model *model, const struct tensor *tensor,
			const struct analysis_watch *watch, struct statistics *result,
			struct error *err);

#endif
