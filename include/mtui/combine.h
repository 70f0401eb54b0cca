/* Curves made of several: mean and band of a group, ratio and difference of two. */
#ifndef MTUI_COMBINE_H
#define MTUI_COMBINE_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/curve.h>

enum band_kind { BAND_RANGE, BAND_DEVIATION };

/* Mean of a group, and from low to high: its range, or one standard deviation (of the whole group:
 * divided by n) to either side. */
struct band {
	struct curve mean, low, high;
};

/* Of the smoothed values, at every x that one of the curves has, or at 4,096 even places where that
 * would be more; of those curves that reach over x, between their points on the connecting line.
 * Values that are not finite are left out. False: out of memory. */
bool band_make(struct band *band, const struct curve *const *curves, size_t n,
	       enum band_kind kind);
void band_free(struct band *band);

/* a / b or a - b of the smoothed values, at the points of a over which b reaches. */
enum combine { COMBINE_RATIO, COMBINE_DIFFERENCE };

bool combine_two(struct curve *result, const struct curve *a, const struct curve *b,
		 enum combine how);

#endif
