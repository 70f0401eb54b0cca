/* One look at all elements of a tensor: what is odd about them. */
#ifndef CHECK_WEIGHT_SCAN_H
#define CHECK_WEIGHT_SCAN_H

#include <mtui/model.h>
#include <mtui/statistics.h>

#define SCAN_CHANNELS (1u << 20) /* more channels of a tensor are not told apart */

struct weight_scan {
	uint64_t nan, posinf, neginf;
	uint64_t first_nan, first_inf; /* row-major, UINT64_MAX if there is none */
	uint64_t channels, dead;       /* along the axis asked for; 0 where nobody asked */
	double value;		       /* of all elements, with is_constant */
	bool is_constant;	       /* every element has the bits of the first one, or is a zero like it */
};

/* axis -1: channels are not looked at; those of floating-point types only. Types other than floats
 * are read up to the first two elements that differ. */
bool weight_scan_run(const struct model *model, const struct tensor *tensor, int axis,
		     const struct analysis_watch *watch, struct weight_scan *result,
		     struct error *err);

#endif
