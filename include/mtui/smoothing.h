/*
 * Smoothing of a curve, as TensorBoard's chart does it.
 *
 * An exponential moving average that begins at 0, divided by what it lacks for that:
 *
 *	last = weight * last + (1 - weight) * value;  n = n + 1
 *	smoothed = last / (1 - weight^n)
 *
 * Values that are not finite stay as they are and are not counted in n. A run of one value only
 * stays as it is, so that rounding does not make a constant look noisy. Source: TensorBoard,
 * webapp/widgets/line_chart_v2/data_transformer.ts, classicSmoothing (2021; the same formula as
 * vz_line_chart2/line-chart.ts, resmoothDataset, before it).
 */
#ifndef MTUI_SMOOTHING_H
#define MTUI_SMOOTHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMOOTHING_MAX 0.999

struct smoothing {
	double weight;	 /* 0: not at all; at most SMOOTHING_MAX */
	double last;
	uint64_t finite; /* values taken into last */
	size_t done;	 /* values looked at */
	bool constant;	 /* all of them equal the first */
};

/* A weight outside 0..SMOOTHING_MAX is brought inside; NaN counts as 0. */
void smoothing_begin(struct smoothing *smoothing, double weight);

/* Writes smoothed[i] for i from smoothing->done to n - 1; values[] are all values from the first
 * on. Where a run that was constant no longer is, smoothed[] is written from 0 on. Returns the
 * first index that was written. */
size_t smoothing_extend(struct smoothing *smoothing, const double *values, size_t n,
			double *smoothed);

#endif
