#include "core/quant/quant_calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/log2_exact.h"
#include "core/kernels/lanes.h"

#define WIDEST	   100 /* % */
#define NARROWEST  20
#define STEP	   2

_Static_assert(QUANT_TENSOR_BINS <= BLOCK, "points are encoded at once");

static int ascending(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return a < b ? -1 : a > b;
}

void quant_points_of_values(struct quant_points *points, const float *values, size_t n)
{
	memcpy(points->values, values, n * sizeof *values);
	qsort(points->values, n, sizeof *values, ascending);
	points->n = n;
	for (size_t i = 0; i < n; i++)
		points->weights[i] = 1;
}

void quant_points_of_bins(struct quant_points *points, const uint64_t *counts, size_t n,
			  double low, double high)
{
	double width = (high - low) / (double)n;

	points->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (counts[i] == 0)
			continue;
		points->values[points->n] = (float)(low + ((double)i + 0.5) * width);
		points->weights[points->n++] = (double)counts[i];
	}
}

static void encode_points(const struct quant_codec *codec, struct quant_points *points,
			  double low, double high)
{
	float scale, offset;

	quant_codec_scale(codec, low, high, &scale, &offset);
	for (size_t i = 0; i < points->n; i++) {
		points->scales[i] = scale;
		points->offsets[i] = offset;
	}
	quant_codec_encode(codec, points->values, points->scales, points->offsets, points->n, 0,
			   points->codes, points->restored);
}

static double square_error(const struct quant_points *points)
{
	double sum = 0;

	for (size_t i = 0; i < points->n; i++) {
		double error = (double)points->restored[i] - (double)points->values[i];

		sum += points->weights[i] * error * error;
	}
	return sum;
}

/* P log2(P / Q) over the points from first to last that one level stands for. */
static double level_divergence(const struct quant_points *points, size_t first, size_t last,
			       const double *p, double inliers)
{
	double level = 0, sum = 0;

	for (size_t i = first; i < last; i++)
		level += points->weights[i];
	level /= (double)(last - first) * inliers;
	for (size_t i = first; i < last; i++)
		sum += p[i] * (log2_exact(p[i]) - log2_exact(level));
	return sum;
}

static double divergence(struct quant_points *points, double low, double high)
{
	double *p = points->order, total = 0, below = 0, above = 0, sum = 0, inliers;
	size_t first = points->n, last = 0;

	for (size_t i = 0; i < points->n; i++) {
		double x = (double)points->values[i];

		total += points->weights[i];
		if (x < low) {
			below += points->weights[i];
		} else if (x > high) {
			above += points->weights[i];
		} else {
			first = first < i ? first : i;
			last = i + 1;
		}
	}
	if (first >= last)
		return INFINITY;
	inliers = total - below - above;
	for (size_t i = first; i < last; i++)
		p[i] = (points->weights[i] + (i == first ? below : 0) +
			(i == last - 1 ? above : 0)) / total;
	for (size_t i = first, next; i < last; i = next) {
		next = i + 1;
		while (next < last && points->codes[next] == points->codes[i])
			next++;
		sum += level_divergence(points, i, next, p, inliers);
	}
	return sum;
}

static void least_loss(const struct quant_codec *codec, struct quant_points *points, double *low,
		       double *high)
{
	double best = INFINITY, low_end = *low, high_end = *high;
	bool affine = codec->scheme->range == RANGE_AFFINE;
	double reach = fmax(fabs(low_end), fabs(high_end));

	for (int percent = WIDEST; percent >= NARROWEST; percent -= STEP) {
		double factor = percent / 100.0, loss;
		double from = affine ? low_end * factor : -reach * factor;
		double to = affine ? high_end * factor : reach * factor;

		encode_points(codec, points, from, to);
		loss = codec->scheme->calibration == CALIBRATE_MSE ? square_error(points) :
								    divergence(points, from, to);
		if (loss >= best)
			continue;
		best = loss;
		*low = from;
		*high = to;
	}
}

/* The first of ascending values that `share` of the weight do not exceed. */
static double value_at(const double *values, const double *weights, size_t n, double share)
{
	double total = 0, sum = 0;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		total += weights[k];
	while (i < n - 1 && (sum += weights[i]) < share * total)
		i++;
	return values[i];
}

/* The points by magnitude: two ascending halves merged from the middle. */
static double magnitude_at(struct quant_points *points, double share)
{
	size_t right = 0, left;
	double sum = 0, total = 0, magnitude = 0;

	while (right < points->n && points->values[right] < 0)
		right++;
	left = right;
	for (size_t i = 0; i < points->n; i++)
		total += points->weights[i];
	for (size_t k = 0; k < points->n && (k == 0 || sum < share * total); k++) {
		bool from_left = right == points->n ||
				 (left > 0 && -points->values[left - 1] < points->values[right]);
		size_t i = from_left ? --left : right++;

		magnitude = fabs((double)points->values[i]);
		sum += points->weights[i];
	}
	return magnitude;
}

static void percentiles(const struct quant_codec *codec, struct quant_points *points, double *low,
			double *high)
{
	double share = codec->scheme->percentile / 100;

	if (codec->scheme->range != RANGE_AFFINE) {
		*high = magnitude_at(points, share);
		*low = -*high;
		return;
	}
	for (size_t i = 0; i < points->n; i++)
		points->order[i] = (double)points->values[i];
	*low = value_at(points->order, points->weights, points->n, 1 - share);
	*high = value_at(points->order, points->weights, points->n, share);
}

void quant_calibrate(const struct quant_codec *codec, struct quant_points *points, double *low,
		     double *high)
{
	if (points->n == 0 || !(*low <= *high))
		return;
	if (codec->scheme->calibration == CALIBRATE_PERCENTILE)
		percentiles(codec, points, low, high);
	else if (codec->scheme->calibration != CALIBRATE_MINMAX)
		least_loss(codec, points, low, high);
}
