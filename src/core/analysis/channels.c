/*
 * One pass. A block is cut where it goes over from one slice to the next; what lies in one slice
 * is added up in lanes, and where neighbours lie in neighbouring slices (the last axis) the loops
 * run along the slices. Blocks with NaN or infinities take the slow way, element by element.
 *
 * Squares of very large or very small f64 leave the range of a double: then the sums are taken
 * once more, each slice multiplied by a power of two of its own.
 */
#include <mtui/channels.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/analysis/channels_parts.h"
#include "core/kernels/decode.h"
#include "core/kernels/moments.h"

#define ACROSS 8 /* lanes within a slice */

#define HUGE_MAGNITUDE 0x1p400
#define TINY_MAGNITUDE 0x1p-400

/* Adds to a sum and keeps what was lost (D. Knuth, TAOCP 2, 4.2.2). */
static inline void add_to(double *sum, double *low, double value)
{
	double next = *sum + value, back = next - *sum;

	*low += (*sum - (next - back)) + (value - back);
	*sum = next;
}

/* a * b as a sum of two doubles (T. Dekker, 1971); magnitudes below 2^990. */
static double product(double a, double b, double *low)
{
	const double split = 0x1p27 + 1;
	double high = a * b, t = split * a, u = split * b;
	double a1 = t - (t - a), a2 = a - a1, b1 = u - (u - b), b2 = b - b1;

	*low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2;
	return high;
}

int channels_default_axis(const struct model *model, const struct tensor *tensor)
{
	int axis = channel_axis(model, tensor);

	return axis < 0 ? 0 : axis;
}

double channel_magnitude(const struct channel *channel)
{
	return isnan(channel->min) ? NAN : fmax(fabs(channel->min), fabs(channel->max));
}

/* --- Adding up ------------------------------------------------------------------------------- */

static inline void widen(double *min, double *max, double value)
{
	*min = value < *min ? value : *min;
	*max = value > *max ? value : *max;
}

/* n finite values of one slice. */
static void add_stretch(struct slices *slices, uint64_t slice, const double *values, size_t n)
{
	double sum[ACROSS] = { 0 }, sum_low[ACROSS] = { 0 };
	double square[ACROSS] = { 0 }, square_low[ACROSS] = { 0 };
	double origin = slices->origin[slice], min = slices->min[slice], max = slices->max[slice];
	uint64_t zeros = 0;

	for (size_t i = 0; i < n; i++) {
		widen(&min, &max, values[i]);
		zeros += values[i] == 0;
	}
	for (size_t i = 0; i + ACROSS <= n; i += ACROSS) {
		for (size_t k = 0; k < ACROSS; k++) {
			double d = values[i + k] - origin;

			add_to(&sum[k], &sum_low[k], d);
			add_to(&square[k], &square_low[k], d * d);
		}
	}
	for (size_t i = n - n % ACROSS; i < n; i++) {
		double d = values[i] - origin;

		add_to(&sum[i % ACROSS], &sum_low[i % ACROSS], d);
		add_to(&square[i % ACROSS], &square_low[i % ACROSS], d * d);
	}
	for (size_t k = 0; k < ACROSS && k < n; k++) {
		add_to(&slices->sum[slice], &slices->sum_low[slice], sum[k]);
		add_to(&slices->square[slice], &slices->square_low[slice], square[k]);
		slices->sum_low[slice] += sum_low[k];
		slices->square_low[slice] += square_low[k];
	}
	slices->min[slice] = min;
	slices->max[slice] = max;
	slices->result->items[slice].zeros += zeros;
}

/* n finite values, each of the next slice. */
static void add_across(struct slices *slices, uint64_t slice, const double *values, size_t n)
{
	double *restrict sum = slices->sum + slice, *restrict sum_low = slices->sum_low + slice;
	double *restrict square = slices->square + slice;
	double *restrict square_low = slices->square_low + slice;
	double *restrict min = slices->min + slice, *restrict max = slices->max + slice;
	const double *restrict origin = slices->origin + slice;
	struct channel *items = slices->result->items + slice;

	for (size_t i = 0; i < n; i++)
		widen(&min[i], &max[i], values[i]);
	for (size_t i = 0; i < n; i++)
		add_to(&sum[i], &sum_low[i], values[i] - origin[i]);
	for (size_t i = 0; i < n; i++) {
		double d = values[i] - origin[i];

		add_to(&square[i], &square_low[i], d * d);
	}
	for (size_t i = 0; i < n; i++)
		if (values[i] == 0)
			items[i].zeros++;
}

/* Elements of the slice among the first `seen` of the tensor. */
static uint64_t count_in_slice(const struct slices *slices, uint64_t seen, uint64_t slice)
{
	uint64_t row = slices->inner * slices->along, rest = seen % row;
	uint64_t before = slice * slices->inner;
	uint64_t part = rest > before ? rest - before : 0;

	return seen / row * slices->inner + (part < slices->inner ? part : slices->inner);
}

/* Some may be NaN or infinite, and a slice may not have had its first finite value yet. */
static void add_slowly(struct slices *slices, uint64_t slice, size_t step, const double *values,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t at = slice + step * i;
		struct channel *item = &slices->result->items[at];
		double value = values[i];

		if (isnan(value)) {
			item->nan++;
		} else if (isinf(value)) {
			item->inf++;
		} else {
			if (slices->min[at] > slices->max[at])
				slices->origin[at] = value;
			add_stretch(slices, at, &value, 1);
		}
	}
}

static bool all_begun(const struct slices *slices, const struct slice_run *run)
{
	size_t n = slices->inner == 1 ? run->length : 1;

	for (size_t i = 0; i < n; i++)
		if (slices->min[run->slice + i] > slices->max[run->slice + i])
			return false;
	return true;
}

static bool all_finite(const double *values, size_t n)
{
	struct survey survey;

	survey_block(values, n, 0, &survey);
	return survey.bad == 0;
}

static void add_values(struct slices *slices, size_t n, uint64_t first)
{
	bool finite = all_finite(slices->values, n);
	size_t i = 0;

	while (i < n) {
		struct slice_run run = slice_run_at(slices->inner, slices->along, first + i, n - i);
		const double *values = slices->values + i;
		bool across = slices->inner == 1;

		if (finite && all_begun(slices, &run)) {
			if (across)
				add_across(slices, run.slice, values, run.length);
			else
				add_stretch(slices, run.slice, values, run.length);
		} else if (finite && !across) {
			slices->origin[run.slice] = values[0];
			add_stretch(slices, run.slice, values, run.length);
		} else {
			add_slowly(slices, run.slice, across, values, run.length);
		}
		i += run.length;
	}
}

static bool first_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct slices *slices = context;

	decode_f64(slices->dtype, bytes, n, slices->values);
	slices_fill_words(slices, bytes, n);
	add_values(slices, n, first);
	slices_hash(slices, n, first);
	slices->seen += n;
	return true;
}

static bool scaled_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct slices *slices = context;

	decode_f64(slices->dtype, bytes, n, slices->values);
	for (size_t i = 0; i < n; i++) {
		uint64_t at = (first + i) / slices->inner % slices->along;
		double value = slices->values[i] * slices->scale[at];
		double d = value - slices->origin[at] * slices->scale[at];

		if (!isfinite(value))
			continue;
		add_to(&slices->sum[at], &slices->sum_low[at], d);
		add_to(&slices->square[at], &slices->square_low[at], d * d);
	}
	return true;
}

/* --- From sums to numbers -------------------------------------------------------------------- */

static bool leaves_range(const struct slices *slices, uint64_t slice)
{
	double low = slices->min[slice], high = slices->max[slice];
	double largest = fmax(fabs(low), fabs(high));

	return low <= high && largest != 0 &&
	       (largest > HUGE_MAGNITUDE || largest < TINY_MAGNITUDE);
}

static bool rescale(struct slices *slices, struct tensor_walk *walk, struct error *err)
{
	uint64_t slice = 0;
	size_t size = (size_t)slices->n * sizeof(double);

	if (slices->dtype != DTYPE_F64 && slices->dtype != DTYPE_C128)
		return true;
	while (slice < slices->n && !leaves_range(slices, slice))
		slice++;
	if (slice == slices->n)
		return true;
	slices->scale = malloc(size);
	if (!slices->scale)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
	for (slice = 0; slice < slices->n; slice++) {
		int exponent = 0;

		if (leaves_range(slices, slice))
			frexp(fmax(fabs(slices->min[slice]), fabs(slices->max[slice])), &exponent);
		slices->scale[slice] = ldexp(1, -exponent < 1000 ? -exponent : 1000);
	}
	memset(slices->sum, 0, size);
	memset(slices->sum_low, 0, size);
	memset(slices->square, 0, size);
	memset(slices->square_low, 0, size);
	walk->total += walk->tensor->present;
	return tensor_walk_pass(walk, scaled_pass, slices, err);
}

/* mean = origin + S/n, M2 = Q - S^2/n; the digits that cancel are carried along. */
static void finish_moments(const struct slices *slices, uint64_t slice, struct channel *item,
			   double n)
{
	double scale = slices->scale ? slices->scale[slice] : 1;
	double origin = slices->origin[slice] * scale;
	double sum = slices->sum[slice], sum_low = slices->sum_low[slice];
	double quotient = (sum + sum_low) / n, back_low, back, m2, rest = 0, mean;

	if (item->min == item->max) {
		item->mean = item->min;
		item->std = 0;
		return;
	}
	back = product(quotient, n, &back_low);
	mean = origin;
	add_to(&mean, &rest, quotient);
	rest += ((sum - back) + (sum_low - back_low)) / n;
	item->mean = (mean + rest) / scale;
	m2 = slices->square[slice];
	rest = slices->square_low[slice];
	back = product(quotient, sum, &back_low);
	add_to(&m2, &rest, -back);
	m2 += rest - back_low - quotient * sum_low;
	item->std = m2 > 0 ? sqrt(m2 / n) / scale : 0;
}

static void finish_slice(struct slices *slices, uint64_t slice)
{
	struct channels *result = slices->result;
	struct channel *item = &result->items[slice];
	uint64_t finite;

	item->count = count_in_slice(slices, slices->seen, slice);
	item->same_as = NO_INDEX;
	item->min = item->max = item->mean = item->std = NAN;
	finite = item->count - item->nan - item->inf;
	result->n_nonfinite += finite < item->count;
	if (finite == 0)
		return;
	item->min = slices->min[slice] + 0.0;
	item->max = slices->max[slice] + 0.0;
	finish_moments(slices, slice, item, (double)finite);
	item->dead = item->zeros == item->count;
	item->constant = item->count > 1 && finite == item->count && item->min == item->max &&
			 !item->dead;
	result->n_dead += item->dead;
	result->n_constant += item->constant;
	result->min = fmin(result->min, item->min);
	result->max = fmax(result->max, item->max);
}

/* --- From beginning to end ------------------------------------------------------------------- */

static bool measure(struct slices *slices, const struct tensor *tensor, int axis,
		    struct error *err)
{
	uint64_t row, begun;

	slices->inner = 1;
	for (uint32_t d = (uint32_t)axis; d < tensor->n_dims; d++)
		if (tensor->dims[d] <= 0)
			return error_set(err, ERROR_REFUSED, -1, "no elements");
	for (uint32_t d = (uint32_t)axis + 1; d < tensor->n_dims; d++)
		if (!mul_ok(slices->inner, (uint64_t)tensor->dims[d], &slices->inner))
			return error_set(err, ERROR_MALFORMED, -1, "the shape has too many elements");
	slices->along = (uint64_t)tensor->dims[axis];
	if (!mul_ok(slices->inner, slices->along, &row))
		return error_set(err, ERROR_MALFORMED, -1, "the shape has too many elements");
	begun = (tensor->present - 1) / slices->inner + 1;
	slices->n = begun < slices->along ? begun : slices->along;
	if (slices->n > CHANNELS_MAX)
		return error_set(err, ERROR_REFUSED, -1, "%llu slices along axis %d (max %u)",
				 (unsigned long long)slices->n, axis, CHANNELS_MAX);
	return true;
}

static bool allocate(struct slices *slices, struct error *err)
{
	double **const sums[] = { &slices->origin, &slices->sum,	&slices->sum_low,
				  &slices->square, &slices->square_low, &slices->min,
				  &slices->max };
	size_t n = (size_t)slices->n;
	bool enough = true;

	for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
		enough = (*sums[i] = calloc(n, sizeof(double))) && enough;
	for (size_t i = 0; i < 2; i++)
		enough = (slices->hashes[i] = calloc(n, sizeof(uint64_t))) && enough;
	slices->result->items = calloc(n, sizeof(struct channel));
	slices->result->ranked = malloc(n * sizeof(uint32_t));
	if (!enough || !slices->result->items || !slices->result->ranked)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for %zu slices", n);
	for (size_t i = 0; i < n; i++) {
		slices->min[i] = INFINITY;
		slices->max[i] = -INFINITY;
	}
	return true;
}

static void slices_free(struct slices *slices)
{
	free(slices->origin);
	free(slices->sum);
	free(slices->sum_low);
	free(slices->square);
	free(slices->square_low);
	free(slices->min);
	free(slices->max);
	free(slices->scale);
	free(slices->hashes[0]);
	free(slices->hashes[1]);
	free(slices);
}

static bool run(struct slices *slices, struct tensor_walk *walk, struct error *err)
{
	struct channels *result = slices->result;

	if (!allocate(slices, err) || !tensor_walk_pass(walk, first_pass, slices, err) ||
	    !rescale(slices, walk, err))
		return false;
	result->n = slices->n;
	result->min = result->max = NAN;
	for (uint64_t slice = 0; slice < slices->n; slice++)
		finish_slice(slices, slice);
	return slices_find_twins(slices, walk, err) && channels_rank(result, err);
}

static bool check(const struct tensor *tensor, int axis, struct error *err)
{
	if (!dtype_is_numeric(tensor->dtype))
		return error_set(err, ERROR_REFUSED, -1, "%s elements have no channels",
				 dtype_name(tensor->dtype));
	if (tensor->n_dims == 0)
		return error_set(err, ERROR_REFUSED, -1, "a scalar has no channels");
	if (tensor->present == 0)
		return error_set(err, ERROR_REFUSED, -1, "no elements");
	if (axis < 0 || (uint32_t)axis >= tensor->n_dims)
		return error_set(err, ERROR_USAGE, -1, "no axis %d (the tensor has %u)", axis,
				 (unsigned)tensor->n_dims);
	return true;
}

bool channels_compute(const struct model *model, const struct tensor *tensor, int axis,
		      const struct analysis_watch *watch, struct channels *result,
		      struct error *err)
{
	struct tensor_walk *walk;
	struct slices *slices;
	bool done = false;

	*result = (struct channels){ 0 };
	result->axis = axis == -1 ? channels_default_axis(model, tensor) : axis;
	if (!check(tensor, result->axis, err))
		return false;
	walk = calloc(1, sizeof *walk);
	slices = calloc(1, sizeof *slices);
	if (walk && slices) {
		walk->model = model;
		walk->tensor = tensor;
		walk->watch = watch;
		walk->total = tensor->present;
		slices->dtype = tensor->dtype;
		slices->result = result;
		done = measure(slices, tensor, result->axis, err) && run(slices, walk, err);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory for channels");
	}
	if (slices)
		slices_free(slices);
	free(walk);
	if (!done)
		channels_free(result);
	return done;
}

void channels_free(struct channels *channels)
{
	free(channels->items);
	free(channels->ranked);
	channels->items = NULL;
	channels->ranked = NULL;
	channels->n = 0;
}
