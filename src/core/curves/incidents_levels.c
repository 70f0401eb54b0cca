#include "core/curves/incidents_levels.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/metric.h>

#define PARTS_MAX   32
#define PARTS_MIN   8
#define PART_POINTS 4	 /* at least */
#define LEFT	    0.25 /* of the way come: further from the best than this is having left it */
#define DIVERGED    0.5
#define NOISE	    5
#define FLAT	    0.01

struct levels {
	unsigned n;
	double mean[PARTS_MAX]; /* less is better */
	uint64_t first[PARTS_MAX];
};

static bool levels_of(const struct series *series, struct levels *levels)
{
	double values[SERIES_CHUNK], sum[PARTS_MAX] = { 0 };
	uint64_t finite[PARTS_MAX] = { 0 };
	uint64_t n = series->count / PART_POINTS;
	double sign = metric_rises(series->tag) ? -1 : 1;

	levels->n = n > PARTS_MAX ? PARTS_MAX : (unsigned)n;
	if (levels->n < PARTS_MIN)
		return false;
	for (size_t c = 0; c < series->chunk_count; c++) {
		series_values(series->chunks[c], values);
		for (uint32_t i = 0; i < series->chunks[c]->count; i++) {
			double index = (double)(series->starts[c] + i);
			size_t part = (size_t)(index * levels->n / (double)series->count);

			if (!isfinite(values[i]))
				continue;
			sum[part] += values[i];
			finite[part]++;
		}
	}
	for (unsigned i = 0; i < levels->n; i++) {
		double at = (double)i * (double)series->count / levels->n;

		/* A part without a number says nothing, and nothing is said of such a series. */
		if (!finite[i])
			return false;
		levels->mean[i] = sign * sum[i] / (double)finite[i];
		levels->first[i] = (uint64_t)ceil(at);
	}
	return true;
}

static bool add(struct incidents *incidents, const struct series *series, enum incident_kind kind,
		uint64_t index, double before)
{
	struct series_point point = series_point(series, index);

	return incidents_add(incidents, &(struct incident){ .kind = kind,
							    .index = index,
							    .count = 1,
							    .step = point.step,
							    .wall_time = point.wall_time,
							    .before = before,
							    .value = point.value });
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How far neighbouring levels lie apart: the median. What is no larger than some of it is noise. */
static double restlessness(const struct levels *levels)
{
	double steps[PARTS_MAX];

	for (unsigned i = 1; i < levels->n; i++)
		steps[i - 1] = fabs(levels->mean[i] - levels->mean[i - 1]);
	qsort(steps, levels->n - 1, sizeof steps[0], compare_doubles);
	return steps[(levels->n - 1) / 2];
}

/* First part of those that stayed away from the best for good; n if it did not diverge. */
static unsigned diverged_from(const struct levels *levels)
{
	unsigned best = 0, left;
	double way, last = levels->mean[levels->n - 1];

	for (unsigned i = 1; i < levels->n; i++)
		if (levels->mean[i] < levels->mean[best])
			best = i;
	way = levels->mean[0] - levels->mean[best];
	/* It never came down: more than twice where it began is away, too. */
	if (best == 0)
		way = 2 * fabs(levels->mean[0]);
	if (!(way > 0) || !(last - levels->mean[best] > DIVERGED * way) || best + 2 >= levels->n ||
	    way < NOISE * restlessness(levels))
		return levels->n;
	left = levels->n;
	while (left > best + 1 && levels->mean[left - 1] - levels->mean[best] > LEFT * way)
		left--;
	return left;
}

/* First part of the flat end; n if it is not flat. */
static unsigned flat_from(const struct levels *levels)
{
	double low = levels->mean[0], high = low, range, tail_low, tail_high;
	unsigned from = levels->n - 1;

	for (unsigned i = 1; i < levels->n; i++) {
		low = fmin(low, levels->mean[i]);
		high = fmax(high, levels->mean[i]);
	}
	range = high - low;
	tail_low = tail_high = levels->mean[from];
	while (from > 0) {
		double mean = levels->mean[from - 1];

		if (fmax(tail_high, mean) - fmin(tail_low, mean) > FLAT * range)
			break;
		tail_low = fmin(tail_low, mean);
		tail_high = fmax(tail_high, mean);
		from--;
	}
	return range > 0 && levels->n - from >= (levels->n + 3) / 4 ? from : levels->n;
}

bool levels_judge(struct incidents *incidents, const struct series *series)
{
	struct levels levels;
	unsigned part;
	double sign = metric_rises(series->tag) ? -1 : 1;

	if (!levels_of(series, &levels))
		return true;
	part = diverged_from(&levels);
	if (part < levels.n && !add(incidents, series, INCIDENT_DIVERGENCE, levels.first[part],
				    sign * levels.mean[part - 1]))
		return false;
	part = flat_from(&levels);
	return part >= levels.n ||
	       add(incidents, series, INCIDENT_PLATEAU, levels.first[part], NAN);
}
