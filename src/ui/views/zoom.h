/* A part of a tensor's values and the axis they are counted on: what a histogram shows. */
#ifndef VIEWS_ZOOM_H
#define VIEWS_ZOOM_H

#include <stdbool.h>

#include <mtui/histogram.h>
#include <mtui/statistics.h>

#include "ui/views/command.h"

struct zoom {
	bool symlog;
	bool partial;	  /* low and high are in force; else all finite values */
	double low, high;
};

/* The histogram of the statistics is not what is to be shown. */
bool zoom_counts(const struct zoom *zoom, const struct statistics *statistics);

/* The axis to count on, nothing left open. */
struct histogram_axis zoom_axis(const struct zoom *zoom, const struct statistics *statistics);

/* In and out about the median, which stays where it is on the axis, back, along, and the kind of
 * axis; true when the command was one of these and something changed. */
bool zoom_command(struct zoom *zoom, enum command command, const struct statistics *statistics);

#endif
