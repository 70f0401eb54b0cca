/* One walk over the series, chunk by chunk; what needs levels is judged from their means at the
 * end (incidents_levels.c). */
#include <mtui/incidents.h>

#include <math.h>
#include <stdlib.h>

#include <mtui/metric.h>

#include "core/curves/incidents_levels.h"

#define MEMORY	      32 /* points that the mean of changes remembers */
#define WARM_UP	      16
#define SPIKE_FACTOR  10
#define SPIKE_POINTS  8 /* until it must be back */
#define RATE_JUMP     0.1
#define RATE_RISES    3 /* that make a warm-up */
#define GAP_FACTOR    10
#define GAP_SECONDS   10
#define GAP_SAMPLES   1024

const char *const incident_words[INCIDENT_KINDS] = {
#define X(id, words, mark) [id] = words,
	INCIDENTS(X)
#undef X
};

const char incident_marks[INCIDENT_KINDS] = {
#define X(id, words, mark) [id] = mark,
	INCIDENTS(X)
#undef X
};

bool incidents_add(struct incidents *incidents, const struct incident *incident)
{
	if (incidents->count == INCIDENTS_MAX) {
		incidents->dropped++;
		return true;
	}
	if (incidents->count == incidents->capacity) {
		size_t more = incidents->capacity ? incidents->capacity * 2 : 16;
		struct incident *items = realloc(incidents->items, more * sizeof *items);

		if (!items)
			return false;
		incidents->items = items;
		incidents->capacity = more;
	}
	incidents->items[incidents->count++] = *incident;
	return true;
}

void incidents_free(struct incidents *incidents)
{
	free(incidents->items);
	*incidents = (struct incidents){ 0 };
}

struct walk {
	struct incidents *incidents;
	bool failed, is_rate;
	double longest;		 /* interval that is no gap; +Inf: nobody knows */

	uint64_t seen;		 /* points */
	int64_t step;		 /* of the point before */
	double wall, value;	 /* likewise; value is the last finite one */
	bool has_value;
	size_t stretch;		 /* place + 1 of the incident of the stretch that goes on, or 0 */
	enum incident_kind kind; /* of that stretch */

	double level;		 /* the value before, spikes apart */
	double change_size;	 /* mean of how far values lie from those before */
	unsigned warm;		 /* values in it, at most MEMORY */
	struct incident spike;	 /* waits to come back */
	unsigned since;		 /* points since the spike began; 0: none waits */

	double change;		 /* of the learning rate before */
	unsigned rises;		 /* of it in a row */
};

static void walk_add(struct walk *walk, const struct incident *incident)
{
	if (!incidents_add(walk->incidents, incident))
		walk->failed = true;
}

static void walk_not_finite(struct walk *walk, const struct incident *point)
{
	enum incident_kind kind = isnan(point->value) ? INCIDENT_NAN : INCIDENT_INFINITE;

	if (walk->stretch && walk->kind == kind) {
		walk->incidents->items[walk->stretch - 1].count++;
		return;
	}
	struct incident stretch = *point;
	bool kept = walk->incidents->count < INCIDENTS_MAX;

	stretch.kind = kind;
	stretch.before = walk->has_value ? walk->value : NAN;
	walk_add(walk, &stretch);
	walk->kind = kind;
	walk->stretch = kept && !walk->failed ? walk->incidents->count : 0;
}

static void usual_change(struct walk *walk, double value)
{
	if (walk->warm < MEMORY)
		walk->warm++;
	if (walk->warm > 1)
		walk->change_size += (fabs(value - walk->level) - walk->change_size) / walk->warm;
	walk->level = value;
}

static void walk_spike(struct walk *walk, const struct incident *point)
{
	double away = fabs(point->value - walk->level);

	if (walk->since) {
		if (away < fabs(walk->spike.value - walk->level) / 4) {
			walk_add(walk, &walk->spike);
			walk->since = 0;
		} else if (++walk->since > SPIKE_POINTS) {
			/* It did not come back: a new level. */
			walk->since = 0;
			walk->warm = 0;
			walk->change_size = 0;
		} else {
			if (away > fabs(walk->spike.value - walk->level))
				walk->spike.value = point->value;
			walk->spike.count++;
			return;
		}
	} else if (walk->warm >= WARM_UP && away > SPIKE_FACTOR * walk->change_size &&
		   away > 1e-9 * fabs(walk->level)) {
		walk->spike = *point;
		walk->spike.kind = INCIDENT_SPIKE;
		walk->spike.before = walk->level;
		walk->since = 1;
		return;
	}
	usual_change(walk, point->value);
}

static void walk_rate(struct walk *walk, const struct incident *point)
{
	double change = point->value - walk->value, size = fabs(walk->value);
	struct incident rate = *point;

	rate.kind = INCIDENT_RATE;
	rate.before = walk->value;
	if (fabs(point->value) > size)
		size = fabs(point->value);
	if (walk->seen >= 2 && fabs(change) > RATE_JUMP * size &&
	    fabs(change) > 4 * fabs(walk->change))
		walk_add(walk, &rate);
	else if (change < 0 && walk->rises >= RATE_RISES)
		walk_add(walk, &rate);
	walk->rises = change > 0 ? walk->rises + 1 : change < 0 ? 0 : walk->rises;
	walk->change = change;
}

static void walk_time(struct walk *walk, const struct incident *point)
{
	double seconds = point->wall_time - walk->wall;

	if (point->step < walk->step) {
		struct incident restart = *point;

		restart.kind = INCIDENT_RESTART;
		restart.before = (double)walk->step;
		walk_add(walk, &restart);
	}
	if (seconds > walk->longest) {
		struct incident gap = *point;

		gap.kind = INCIDENT_GAP;
		gap.value = seconds;
		gap.before = NAN;
		walk_add(walk, &gap);
	}
}

static void walk_point(struct walk *walk, const struct incident *point)
{
	if (walk->seen > 0)
		walk_time(walk, point);
	if (!isfinite(point->value)) {
		walk_not_finite(walk, point);
	} else {
		walk->stretch = 0;
		if (walk->is_rate && walk->has_value)
			walk_rate(walk, point);
		else if (!walk->is_rate)
			walk_spike(walk, point);
		walk->value = point->value;
		walk->has_value = true;
	}
	walk->step = point->step;
	walk->wall = point->wall_time;
	walk->seen++;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* From the median of the intervals of at most GAP_SAMPLES pairs of neighbours. */
static double longest_interval(const struct series *series)
{
	double intervals[GAP_SAMPLES];
	size_t n = 0;
	uint64_t stride = series->count / GAP_SAMPLES + 1;

	for (uint64_t i = 1; i < series->count && n < GAP_SAMPLES; i += stride) {
		double seconds = series_point(series, i).wall_time -
				 series_point(series, i - 1).wall_time;

		if (seconds >= 0 && isfinite(seconds))
			intervals[n++] = seconds;
	}
	if (n < 3)
		return INFINITY;
	qsort(intervals, n, sizeof intervals[0], compare_doubles);
	double longest = GAP_FACTOR * intervals[n / 2];
	return longest > GAP_SECONDS ? longest : GAP_SECONDS;
}

static int by_index(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static void walk_chunks(struct walk *walk, const struct series *series)
{
	int64_t steps[SERIES_CHUNK];
	double values[SERIES_CHUNK], walls[SERIES_CHUNK];

	for (size_t c = 0; c < series->chunk_count && !walk->failed; c++) {
		const struct series_chunk *chunk = series->chunks[c];

		series_steps(chunk, steps);
		series_walls(chunk, walls);
		series_values(chunk, values);
		for (uint32_t i = 0; i < chunk->count && !walk->failed; i++)
			walk_point(walk, &(struct incident){ .index = series->starts[c] + i,
							     .count = 1,
							     .step = steps[i],
							     .wall_time = walls[i],
							     .value = values[i],
							     .before = NAN });
	}
}

bool incidents_find(struct incidents *incidents, const struct series *series)
{
	struct incidents own = { 0 };
	struct walk walk = {
		.incidents = &own,
		.is_rate = metric_is_rate(series->tag),
		.longest = longest_interval(series),
	};
	bool good = true;

	walk_chunks(&walk, series);
	if (!walk.failed && !walk.is_rate && !levels_judge(&own, series))
		walk.failed = true;
	if (own.count)
		qsort(own.items, own.count, sizeof *own.items, by_index);
	for (size_t i = 0; i < own.count && good; i++)
		good = incidents_add(incidents, own.items + i);
	incidents->dropped += own.dropped;
	incidents_free(&own);
	return good && !walk.failed;
}
