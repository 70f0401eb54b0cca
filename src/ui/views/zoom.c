#include "ui/views/zoom.h"

#include <math.h>

#define MEDIAN		4	 /* among the quantiles */
#define THRESHOLD_SHARE 0x1p-10	 /* of the largest magnitude */
#define NARROWEST	0x1p-40	 /* a range, in terms of its magnitude */

static bool has_width(const struct statistics *statistics)
{
	return statistics->finite > 0 && statistics->min < statistics->max;
}

bool zoom_counts(const struct zoom *zoom, const struct statistics *statistics)
{
	return has_width(statistics) && (zoom->symlog || zoom->partial);
}

struct histogram_axis zoom_axis(const struct zoom *zoom, const struct statistics *statistics)
{
	struct histogram_axis axis = {
		.low = zoom->partial ? zoom->low : statistics->min,
		.high = zoom->partial ? zoom->high : statistics->max,
		.bins = HISTOGRAM_BINS,
		.symlog = zoom->symlog,
	};

	/* Of all values, so that a part looks as it did in the whole. */
	if (zoom->symlog)
		axis.threshold = fmax(statistics->max_abs * THRESHOLD_SHARE, 0x1p-1022);
	return axis;
}

/* A range between two places, inside that of all values; false when it is too narrow. */
static bool set_range(struct zoom *zoom, const struct histogram_axis *axis,
		      const struct statistics *statistics, double low, double high)
{
	low = fmax(histogram_unscaled(axis, low), statistics->min);
	high = fmin(histogram_unscaled(axis, high), statistics->max);
	if (!(high / 2 - low / 2 > NARROWEST * fmax(fabs(low), fabs(high))))
		return false;
	zoom->partial = low > statistics->min || high < statistics->max;
	zoom->low = low;
	zoom->high = high;
	return true;
}

bool zoom_command(struct zoom *zoom, enum command command, const struct statistics *statistics)
{
	struct histogram_axis axis = zoom_axis(zoom, statistics);
	double low, high, first, last, anchor, step;

	if (!has_width(statistics))
		return false;
	low = histogram_scaled(&axis, axis.low);
	high = histogram_scaled(&axis, axis.high);
	first = histogram_scaled(&axis, statistics->min);
	last = histogram_scaled(&axis, statistics->max);
	anchor = histogram_scaled(&axis, statistics->quantiles[MEDIAN]);
	if (!(anchor >= low && anchor <= high))
		anchor = low / 2 + high / 2;
	step = high / 4 - low / 4;
	switch (command) {
	case COMMAND_ZOOM_IN:
		return set_range(zoom, &axis, statistics, anchor / 2 + low / 2,
				 anchor / 2 + high / 2);
	case COMMAND_ZOOM_OUT:
		return zoom->partial && set_range(zoom, &axis, statistics,
						  fmax(low - (anchor - low), first),
						  fmin(high + (high - anchor), last));
	case COMMAND_ZOOM_RESET:
		zoom->partial = false;
		return true;
	case COMMAND_SYMLOG:
		zoom->symlog = !zoom->symlog;
		return true;
	case COMMAND_LEFT:
		step = fmin(step, low - first);
		return zoom->partial && step > 0 &&
		       set_range(zoom, &axis, statistics, low - step, high - step);
	case COMMAND_RIGHT:
		step = fmin(step, last - high);
		return zoom->partial && step > 0 &&
		       set_range(zoom, &axis, statistics, low + step, high + step);
	default:
		return false;
	}
}
