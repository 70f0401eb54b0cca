/* The axis of a chart: where a number stands along it, and the round numbers beside it. */
#ifndef CANVAS_AXIS_H
#define CANVAS_AXIS_H

#include <stdbool.h>

enum axis_scale {
	AXIS_LINEAR,
	AXIS_LOG,   /* numbers above 0 only */
	AXIS_SYMLOG /* sign(v) * log10(1 + |v| / linear) */
};

enum axis_unit {
	AXIS_NUMBER,
	AXIS_COUNT,   /* of whole things: 20K, 1.5M */
	AXIS_SECONDS, /* a duration: 40s, 1h 30m */
	AXIS_TIME     /* seconds since 1970, shown in UTC: 14:05, Mar 3 */
};

struct axis {
	enum axis_scale scale;
	enum axis_unit unit;
	double low, high; /* finite, low < high; of AXIS_LOG above 0 */
	double linear;	  /* of AXIS_SYMLOG: where it turns from linear to logarithmic; above 0 */
};

/* 0 at low, 1 at high, beyond them outside of that; NaN where the axis has no place for it. */
double axis_share(const struct axis *axis, double value);

/* The number at a share of the axis. */
double axis_value(const struct axis *axis, double share);

#define AXIS_TICKS_MAX 16

struct axis_tick {
	double value;
	char label[24];
};

/* At most `most` round numbers on the axis, ascending; `most` is at least 2. */
unsigned axis_ticks(const struct axis *axis, unsigned most, struct axis_tick ticks[AXIS_TICKS_MAX]);

/* A number of the axis in its unit, with that many significant digits. */
void axis_label(const struct axis *axis, double value, int significant, char label[24]);

/* Makes low < high by as little as looks right, and both finite: a curve of one value, or of none. */
void axis_open(struct axis *axis);

#endif
