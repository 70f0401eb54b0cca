#include <mtui/curve.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const curve_axis_names[CURVE_AXIS_COUNT] = {
#define X(id, name) [id] = name,
	CURVE_AXES(X)
#undef X
};

void curve_free(struct curve *curve)
{
	if (curve->smooth != curve->raw)
		free(curve->smooth);
	free(curve->raw);
	free(curve->x);
	pyramid_free(&curve->raw_pyramid);
	pyramid_free(&curve->smooth_pyramid);
	*curve = (struct curve){ 0 };
}

/* --- x ----------------------------------------------------------------------------------------- */

static double run_begin(const struct run *run)
{
	double begin = NAN;

	for (size_t i = 0; i < run->series_count; i++)
		begin = fmin(begin, run->series[i]->wall_min);
	return begin;
}

static const struct series *axis_series(const struct curve_source *source)
{
	if (source->axis == CURVE_EPOCH) {
		const struct series *epoch = run_series(source->run, TEXT("epoch"));

		return epoch ? epoch : run_series(source->run, TEXT("train/epoch"));
	}
	return source->axis == CURVE_COLUMN ? run_series(source->run, source->column) : NULL;
}

/* The column's value at a step; between two of its steps on the line that connects them. */
static double at_step(const struct series *column, int64_t step)
{
	uint64_t index = series_find_step(column, step);
	struct series_point after, before;

	if (index >= column->count)
		return column->count && series_point(column, column->count - 1).step == step
			       ? series_point(column, column->count - 1).value
			       : NAN;
	after = series_point(column, index);
	if (after.step == step || index == 0)
		return after.step == step ? after.value : NAN;
	before = series_point(column, index - 1);
	if (before.step >= after.step)
		return after.value;
	double share = ((double)step - (double)before.step) /
		       ((double)after.step - (double)before.step);
	return before.value + share * (after.value - before.value);
}

double curve_x_of_step(const struct curve_source *source, int64_t step, double wall_time)
{
	const struct series *column = axis_series(source);

	switch (source->axis) {
	case CURVE_STEP:
		return (double)step;
	case CURVE_RELATIVE:
		return wall_time - run_begin(source->run);
	case CURVE_WALL:
		return wall_time;
	default:
		return column ? at_step(column, step) : NAN;
	}
}

/* --- Making ------------------------------------------------------------------------------------ */

static bool reserve(struct curve *curve, size_t n)
{
	size_t more = curve->capacity ? curve->capacity : 512;
	double *x, *raw, *smooth;

	if (n <= curve->capacity)
		return true;
	while (more < n)
		more *= 2;
	if (more > SIZE_MAX / 4 / sizeof *x)
		return false;
	x = realloc(curve->x, more * sizeof *x);
	if (x)
		curve->x = x;
	raw = realloc(curve->raw, more * sizeof *raw);
	if (raw) {
		if (curve->smooth == curve->raw)
			curve->smooth = raw;
		curve->raw = raw;
	}
	if (!x || !raw)
		return false;
	if (curve->smoothing.weight > 0) {
		smooth = realloc(curve->smooth == curve->raw ? NULL : curve->smooth,
				 more * sizeof *smooth);
		if (!smooth)
			return false;
		curve->smooth = smooth;
	} else {
		curve->smooth = curve->raw;
	}
	curve->capacity = more;
	return true;
}

static void append(struct curve *curve, double x, double value)
{
	if (!isfinite(x))
		return;
	if (curve->n_pieces == 0 || x < curve->x[curve->n - 1]) {
		if (curve->n_pieces == CURVE_PIECES_MAX)
			curve->sorted = true;
		else
			curve->pieces[curve->n_pieces++] = curve->n;
	}
	curve->x[curve->n] = x;
	curve->raw[curve->n++] = value;
}

static void append_chunk(struct curve *curve, const struct curve_source *source, size_t c)
{
	const struct series *series = source->series;
	const struct series_chunk *chunk = series->chunks[c];
	const struct series *column = axis_series(source);
	uint32_t from = curve->taken > series->starts[c] ? (uint32_t)(curve->taken -
								      series->starts[c])
							 : 0;
	bool timed = source->axis == CURVE_RELATIVE || source->axis == CURVE_WALL;
	int64_t steps[SERIES_CHUNK];
	double values[SERIES_CHUNK], walls[SERIES_CHUNK];

	series_values(chunk, values);
	if (timed)
		series_walls(chunk, walls);
	else
		series_steps(chunk, steps);
	for (uint32_t i = from; i < chunk->count; i++)
		append(curve,
		       timed			  ? walls[i] - curve->origin
		       : source->axis == CURVE_STEP ? (double)steps[i]
		       : column			  ? at_step(column, steps[i])
						  : NAN,
		       values[i]);
}

struct pair {
	double x, value;
	size_t index;
};

static int by_x(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->index > q->index) - (p->index < q->index);
}

/* Steps in no order at all: one line through the points as they lie along x. */
static bool sort_by_x(struct curve *curve)
{
	struct pair *pairs = malloc(curve->n * sizeof *pairs);

	if (!pairs)
		return false;
	for (size_t i = 0; i < curve->n; i++)
		pairs[i] = (struct pair){ curve->x[i], curve->raw[i], i };
	qsort(pairs, curve->n, sizeof *pairs, by_x);
	for (size_t i = 0; i < curve->n; i++) {
		curve->x[i] = pairs[i].x;
		curve->raw[i] = pairs[i].value;
	}
	free(pairs);
	curve->n_pieces = 1;
	return true;
}

static bool goes_on(const struct curve *curve, const struct curve_source *source)
{
	const struct series *series = source->series;
	double weight = source->weight;
	struct smoothing asked;

	smoothing_begin(&asked, weight);
	return curve->taken > 0 && !curve->sorted && curve->taken <= series->count &&
	       curve->axis == source->axis && source->axis != CURVE_EPOCH &&
	       source->axis != CURVE_COLUMN && curve->smoothing.weight == asked.weight &&
	       curve->first_chunk == series->chunks[0] &&
	       (source->axis != CURVE_RELATIVE || curve->origin == run_begin(source->run));
}

static bool summarize(struct curve *curve)
{
	if (!pyramid_extend(&curve->raw_pyramid, curve->raw, curve->n))
		return false;
	if (curve->smooth == curve->raw)
		return true;
	/* A run that was constant until now is smoothed anew from its beginning. */
	if (smoothing_extend(&curve->smoothing, curve->raw, curve->n, curve->smooth) <
	    curve->smooth_pyramid.done)
		pyramid_reset(&curve->smooth_pyramid);
	return pyramid_extend(&curve->smooth_pyramid, curve->smooth, curve->n);
}

bool curve_make(struct curve *curve, const struct curve_source *source)
{
	const struct series *series = source->series;

	if (!goes_on(curve, source)) {
		curve_free(curve);
		smoothing_begin(&curve->smoothing, source->weight);
		curve->axis = source->axis;
		curve->origin = source->axis == CURVE_RELATIVE ? run_begin(source->run) : 0;
	}
	if (curve->taken == series->count)
		return true;
	if (series->count > SIZE_MAX / 64 || !reserve(curve, (size_t)series->count)) {
		curve_free(curve);
		return false;
	}
	for (size_t c = series_chunk_of(series, curve->taken); c < series->chunk_count; c++)
		append_chunk(curve, source, c);
	curve->taken = series->count;
	curve->first_chunk = series->chunks[0];
	if ((curve->sorted && !sort_by_x(curve)) || !summarize(curve)) {
		curve_free(curve);
		return false;
	}
	curve->pieces[curve->n_pieces] = curve->n;
	return true;
}

bool curve_of_points(struct curve *curve, const double *x, const double *values, size_t n)
{
	*curve = (struct curve){ 0 };
	smoothing_begin(&curve->smoothing, 0);
	if (!reserve(curve, n)) {
		curve_free(curve);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		append(curve, x[i], values[i]);
	if ((curve->sorted && !sort_by_x(curve)) || !summarize(curve)) {
		curve_free(curve);
		return false;
	}
	curve->pieces[curve->n_pieces] = curve->n;
	return true;
}

/* --- Asking ------------------------------------------------------------------------------------ */

/* First point of [from, end) whose x is not below; or, with after, above. */
static size_t lower_bound(const double *x, size_t from, size_t end, double value, bool after)
{
	while (from < end) {
		size_t middle = from + (end - from) / 2;

		if (x[middle] < value || (after && x[middle] == value))
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

struct curve_part curve_part(const struct curve *curve, bool smooth, unsigned piece, double low,
			     double high, bool closed)
{
	const double *values = smooth ? curve->smooth : curve->raw;
	const struct pyramid *pyramid = smooth && curve->smooth != curve->raw
						? &curve->smooth_pyramid
						: &curve->raw_pyramid;
	size_t begin = curve->pieces[piece], end = curve->pieces[piece + 1];
	size_t from = lower_bound(curve->x, begin, end, low, false);
	size_t to = lower_bound(curve->x, from, end, high, closed);
	struct curve_part part = { .n = to - from, .first = NAN, .last = NAN };

	part.extent = pyramid_query(pyramid, values, from, to);
	if (part.n) {
		part.first = values[from];
		part.last = values[to - 1];
	}
	return part;
}

size_t curve_nearest(const struct curve *curve, double x)
{
	size_t best = curve->n;
	double distance = INFINITY;

	for (unsigned p = curve->n_pieces; p-- > 0;) {
		size_t begin = curve->pieces[p], end = curve->pieces[p + 1];
		size_t at = lower_bound(curve->x, begin, end, x, false);

		for (size_t i = at > begin ? at - 1 : at; i <= at && i < end; i++) {
			double away = fabs(curve->x[i] - x);

			/* Between two equally near the earlier one: what was known there. */
			if (away < distance) {
				distance = away;
				best = i;
			}
		}
	}
	return best;
}

double curve_step_from(const struct curve *curve, double x, double by)
{
	double wanted = x + by, nearest = by > 0 ? INFINITY : -INFINITY, outermost = x;

	for (unsigned p = 0; p < curve->n_pieces; p++) {
		size_t begin = curve->pieces[p], end = curve->pieces[p + 1];
		size_t at = lower_bound(curve->x, begin, end, wanted, by < 0);

		if (by > 0) {
			nearest = at < end ? fmin(nearest, curve->x[at]) : nearest;
			outermost = fmax(outermost, curve->x[end - 1]);
		} else {
			nearest = at > begin ? fmax(nearest, curve->x[at - 1]) : nearest;
			outermost = fmin(outermost, curve->x[begin]);
		}
	}
	return isfinite(nearest) ? nearest : outermost;
}

double curve_at(const struct curve *curve, bool smooth, double x)
{
	const double *values = smooth ? curve->smooth : curve->raw;

	for (unsigned p = curve->n_pieces; p-- > 0;) {
		size_t begin = curve->pieces[p], end = curve->pieces[p + 1], at;

		if (x < curve->x[begin] || x > curve->x[end - 1])
			continue;
		at = lower_bound(curve->x, begin, end, x, false);
		if (curve->x[at] == x || at == begin)
			return values[at];
		double share = (x - curve->x[at - 1]) / (curve->x[at] - curve->x[at - 1]);

		return values[at - 1] + share * (values[at] - values[at - 1]);
	}
	return NAN;
}

bool curve_span(const struct curve *curve, double *low, double *high)
{
	if (!curve->n)
		return false;
	*low = INFINITY;
	*high = -INFINITY;
	for (unsigned p = 0; p < curve->n_pieces; p++) {
		*low = fmin(*low, curve->x[curve->pieces[p]]);
		*high = fmax(*high, curve->x[curve->pieces[p + 1] - 1]);
	}
	return true;
}
