/* What tensors are ranked by: one number out of a tensor's statistics, by name. */
#ifndef MTUI_RANKING_H
#define MTUI_RANKING_H

#include <mtui/statistics.h>
#include <mtui/text.h>

/* id, name. Zeros and what follows count by their share of the elements. */
#define RANKINGS(X)                                                                                \
	X(RANKING_MIN, "min")                                                                      \
	X(RANKING_MAX, "max")                                                                      \
	X(RANKING_MEAN, "mean")                                                                    \
	X(RANKING_MEDIAN, "median")                                                                \
	X(RANKING_STD, "std")                                                                      \
	X(RANKING_IQR, "iqr")                                                                      \
	X(RANKING_SKEW, "skew")                                                                    \
	X(RANKING_KURTOSIS, "kurtosis")                                                            \
	X(RANKING_ABSMAX, "absmax")                                                                \
	X(RANKING_ABSMAX_OVER_STD, "absmax_over_std")                                              \
	X(RANKING_SUM, "sum")                                                                      \
	X(RANKING_L1, "l1")                                                                        \
	X(RANKING_L2, "l2")                                                                        \
	X(RANKING_ENTROPY, "entropy")                                                              \
	X(RANKING_DISTINCT, "distinct")                                                            \
	X(RANKING_ZEROS, "zeros")                                                                  \
	X(RANKING_NEGATIVE, "negative")                                                            \
	X(RANKING_SUBNORMAL, "subnormal")                                                          \
	X(RANKING_NAN, "nan")                                                                      \
	X(RANKING_INF, "inf")

enum ranking {
#define X(id, name) id,
	RANKINGS(X)
#undef X
	RANKING_COUNT
};

extern const char *const ranking_names[RANKING_COUNT];

/* RANKING_COUNT for an unknown name. */
enum ranking ranking_named(struct text name);

/* NaN where it is not defined; more distinct values than are counted are infinitely many. */
double ranking_value(const struct statistics *statistics, enum ranking ranking);

static inline bool ranking_is_share(enum ranking ranking)
{
	return ranking >= RANKING_ZEROS;
}

/* p75 - p25, and max |x| / std; NaN likewise. */
double statistics_iqr(const struct statistics *statistics);
double statistics_absmax_over_std(const struct statistics *statistics);

#define STATISTICS_MEDIAN 4 /* of the quantiles */

#endif
