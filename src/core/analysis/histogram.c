/*
 * Up to BINS_MAX linear bins are counted by the kernel of the statistics. More of them are found by
 * a guess that is moved to where the edges say; those of the symmetric-log axis by bisection.
 */
#include <mtui/histogram.h>

#include <math.h>
#include <stdlib.h>

#include "core/analysis/log2_exact.h"
#include "core/analysis/tensor_walk.h"
#include "core/kernels/bins.h"
#include "core/kernels/decode.h"

#define THRESHOLD_SHARE 0x1p-10

struct tallying {
	enum dtype dtype;
	struct histogram *result;
	double norm;	 /* bins over the range, for a guess */
	double min, max; /* of the finite values, when the range is asked of them */
	bool by_kernel;
	struct bins bins;
	double values[BLOCK];
};

/* --- Axes ------------------------------------------------------------------------------------ */

double histogram_scaled(const struct histogram_axis *axis, double value)
{
	double size = fabs(value);

	if (!axis->symlog)
		return value;
	/* Divided first: the sum of both may be too large. */
	return copysign(log2_exact(1 + size / axis->threshold), value);
}

double histogram_unscaled(const struct histogram_axis *axis, double place)
{
	if (!axis->symlog)
		return place;
	return copysign(axis->threshold * (exp2_exact(fabs(place)) - 1), place);
}

static void fill_symlog_edges(struct histogram *result)
{
	const struct histogram_axis *axis = &result->axis;
	double low = histogram_scaled(axis, axis->low), high = histogram_scaled(axis, axis->high);

	result->edges[0] = axis->low;
	for (uint32_t i = 1; i < axis->bins; i++) {
		double share = (double)i / axis->bins;
		double edge = histogram_unscaled(axis, low * (1 - share) + high * share);

		/* Rounding must not turn two of them round. */
		edge = fmin(fmax(edge, result->edges[i - 1]), axis->high);
		result->edges[i] = edge;
	}
	result->edges[axis->bins] = axis->high;
}

/* As numpy.linspace computes them, in the type numpy takes. */
static void fill_linear_edges(struct histogram *result, bool narrow)
{
	const struct histogram_axis *axis = &result->axis;
	double width = axis->high - axis->low, step = width / axis->bins;

	for (uint32_t i = 0; i <= axis->bins; i++) {
		double share = (double)i / axis->bins;
		double edge = i * step + axis->low;

		if (step == 0)
			edge = share * width + axis->low;
		if (!isfinite(width))
			edge = axis->low * (1 - share) + axis->high * share;
		if (i == axis->bins)
			edge = axis->high;
		result->edges[i] = narrow ? (double)(float)edge : edge;
	}
}

static void init_linear(struct tallying *tallying)
{
	struct histogram *result = tallying->result;
	const struct histogram_axis *axis = &result->axis;
	bool narrow = dtype_traits[tallying->dtype].class == CLASS_FLOAT &&
		      tallying->dtype != DTYPE_F64;
	double largest = fmax(fabs(axis->low), fabs(axis->high));

	tallying->by_kernel = axis->bins <= BINS_MAX;
	if (tallying->by_kernel) {
		bins_init(&tallying->bins, bins_type_of(tallying->dtype), axis->low, axis->high,
			  axis->bins);
		for (uint32_t i = 0; i <= axis->bins; i++)
			result->edges[i] = tallying->bins.edges[i] / tallying->bins.scale;
		return;
	}
	fill_linear_edges(result, narrow && largest < 0x1p127);
	tallying->norm = axis->bins / (result->edges[axis->bins] - result->edges[0]);
	if (!isfinite(tallying->norm))
		tallying->norm = 0;
}

/* --- Counting -------------------------------------------------------------------------------- */

/* The bin of a value inside: the last whose lower edge is not above it. */
static uint32_t bisect(const struct histogram *result, double value)
{
	uint32_t low = 0, high = result->axis.bins; /* edges[low] <= value, value < edges[high] */

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (value < result->edges[middle])
			high = middle;
		else
			low = middle;
	}
	return low;
}

static uint32_t guess(const struct tallying *tallying, double value)
{
	const struct histogram *result = tallying->result;
	double place = (value - result->edges[0]) * tallying->norm;
	uint32_t last = result->axis.bins - 1;
	uint32_t bin = place >= last ? last : place > 0 ? (uint32_t)place : 0;

	for (int step = 0; step < 2 && bin > 0 && value < result->edges[bin]; step++)
		bin--;
	for (int step = 0; step < 2 && bin < last && value >= result->edges[bin + 1]; step++)
		bin++;
	if (value < result->edges[bin] || (bin < last && value >= result->edges[bin + 1]))
		return bisect(result, value);
	return bin;
}

/* Values outside, and what is no number; returns how many are inside. */
static size_t sort_out(struct histogram *result, const double *values, size_t n)
{
	double low = result->edges[0], high = result->edges[result->axis.bins];
	size_t inside = 0;

	for (size_t i = 0; i < n; i++)
		inside += values[i] >= low && values[i] <= high;
	if (inside == n)
		return n;
	for (size_t i = 0; i < n; i++) {
		result->nan += isnan(values[i]) != 0;
		result->inf += isinf(values[i]) != 0;
		result->below += values[i] < low && !isinf(values[i]);
		result->above += values[i] > high && !isinf(values[i]);
	}
	return inside;
}

static bool count_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct tallying *tallying = context;
	struct histogram *result = tallying->result;
	const double *values = tallying->values;
	double low = result->edges[0], high = result->edges[result->axis.bins];

	(void)first;
	decode_f64(tallying->dtype, bytes, n, tallying->values);
	result->count += n;
	result->inside += sort_out(result, values, n);
	if (tallying->by_kernel) {
		bins_count(&tallying->bins, values, n, result->counts);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (values[i] >= low && values[i] <= high)
			result->counts[result->axis.symlog ? bisect(result, values[i])
							   : guess(tallying, values[i])]++;
	return true;
}

static bool range_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct tallying *tallying = context;

	(void)first;
	decode_f64(tallying->dtype, bytes, n, tallying->values);
	for (size_t i = 0; i < n; i++) {
		double value = tallying->values[i];

		if (!isfinite(value))
			continue;
		tallying->min = value < tallying->min ? value : tallying->min;
		tallying->max = value > tallying->max ? value : tallying->max;
	}
	return true;
}

/* --- From beginning to end ------------------------------------------------------------------- */

static bool check_axis(const struct histogram_axis *axis, struct error *err)
{
	if (axis->bins < 1 || axis->bins > HISTOGRAM_MAX_BINS)
		return error_set(err, ERROR_USAGE, -1, "%u bins (1 to %u)", axis->bins,
				 HISTOGRAM_MAX_BINS);
	if (isnan(axis->low) && isnan(axis->high))
		return true;
	if (!isfinite(axis->low) || !isfinite(axis->high) || axis->low > axis->high)
		return error_set(err, ERROR_USAGE, -1, "the range is not finite and ascending");
	return true;
}

static bool find_range(struct tallying *tallying, struct tensor_walk *walk, struct error *err)
{
	struct histogram_axis *axis = &tallying->result->axis;
	double half = 0.5;

	if (isnan(axis->low)) {
		walk->total += walk->tensor->present;
		tallying->min = INFINITY;
		tallying->max = -INFINITY;
		if (!tensor_walk_pass(walk, range_pass, tallying, err))
			return false;
		if (tallying->min > tallying->max)
			return error_set(err, ERROR_REFUSED, -1, "no finite value");
		axis->low = tallying->min + 0.0;
		axis->high = tallying->max + 0.0;
	}
	if (axis->low == axis->high) {
		axis->low -= half;
		axis->high += half;
	}
	if (!axis->symlog)
		axis->threshold = 0;
	else if (!(axis->threshold > 0) || !isfinite(axis->threshold))
		axis->threshold = fmax(fabs(axis->low), fabs(axis->high)) * THRESHOLD_SHARE;
	if (axis->symlog && axis->threshold < 0x1p-1022)
		axis->threshold = 0x1p-1022;
	return true;
}

static bool run(struct tallying *tallying, struct tensor_walk *walk, struct error *err)
{
	struct histogram *result = tallying->result;

	if (!find_range(tallying, walk, err))
		return false;
	result->edges = calloc((size_t)result->axis.bins + 1, sizeof(double));
	result->counts = calloc(result->axis.bins, sizeof(uint64_t));
	if (!result->edges || !result->counts)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a histogram");
	if (result->axis.symlog)
		fill_symlog_edges(result);
	else
		init_linear(tallying);
	return tensor_walk_pass(walk, count_pass, tallying, err);
}

bool histogram_compute(const struct model *model, const struct tensor *tensor,
		       const struct histogram_axis *axis, const struct analysis_watch *watch,
		       struct histogram *result, struct error *err)
{
	struct tensor_walk *walk;
	struct tallying *tallying;
	bool done = false;

	*result = (struct histogram){ .axis = *axis };
	if (!check_axis(axis, err))
		return false;
	if (!dtype_is_numeric(tensor->dtype))
		return error_set(err, ERROR_REFUSED, -1, "%s elements have no histogram",
				 dtype_name(tensor->dtype));
	walk = calloc(1, sizeof *walk);
	tallying = calloc(1, sizeof *tallying);
	if (walk && tallying) {
		walk->model = model;
		walk->tensor = tensor;
		walk->watch = watch;
		walk->total = tensor->present;
		tallying->dtype = tensor->dtype;
		tallying->result = result;
		done = run(tallying, walk, err);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory for a histogram");
	}
	free(walk);
	free(tallying);
	if (!done)
		histogram_free(result);
	return done;
}

void histogram_free(struct histogram *histogram)
{
	free(histogram->edges);
	free(histogram->counts);
	histogram->edges = NULL;
	histogram->counts = NULL;
}
