#include "core/quant/granules.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/quant_error.h>

/* Of the cache, in bytes: vectors of columns then do not straddle two. */
#define LINE 64

float *granules_floats(size_t n)
{
	return aligned_alloc(LINE, (n * sizeof(float) / LINE + 1) * LINE);
}

bool granules_init(struct granules *granules, const struct quant_lines *lines, bool channels,
		   bool sums, struct error *err)
{
	uint64_t begun = lines->total ? (lines->total - 1) / lines->inner + 1 : 1;

	*granules = (struct granules){ .lines = lines, .n = 1, .channels = channels };
	if (channels)
		granules->n = begun < lines->channels ? begun : lines->channels;
	if (granules->n > QUANT_MAX_GRANULES)
		return error_set(err, ERROR_REFUSED, -1, "%llu channels (max %u)",
				 (unsigned long long)granules->n, QUANT_MAX_GRANULES);
	granules->low = granules_floats((size_t)granules->n);
	granules->high = granules_floats((size_t)granules->n);
	if (sums) {
		granules->sums = calloc((size_t)granules->n, sizeof(double));
		granules->counts = calloc((size_t)granules->n, sizeof(uint64_t));
	}
	if (!granules->low || !granules->high || (sums && !(granules->sums && granules->counts))) {
		granules_free(granules);
		return error_set(err, ERROR_MEMORY, -1, "out of memory for %llu scales",
				 (unsigned long long)granules->n);
	}
	for (uint64_t g = 0; g < granules->n; g++) {
		granules->low[g] = INFINITY;
		granules->high[g] = -INFINITY;
	}
	return true;
}

void granules_free(struct granules *granules)
{
	free(granules->low);
	free(granules->high);
	free(granules->sums);
	free(granules->counts);
	granules->low = granules->high = NULL;
	granules->sums = NULL;
	granules->counts = NULL;
}

struct granule_run granules_run(const struct granules *granules, uint64_t position, size_t left)
{
	struct granule_run run = { .n = left };
	struct quant_place place;
	uint64_t length;

	if (!granules->channels)
		return run;
	place = quant_lines_place(granules->lines, position);
	run.granule = place.channel;
	length = place.length;
	if (granules->lines->inner == 1 && granules->lines->rows == 0) {
		run.each = true;
		length = granules->lines->channels - place.channel;
	}
	run.n = length < left ? (size_t)length : left;
	return run;
}

static void widen_one(float *low, float *high, const float *values, size_t n)
{
	float min = *low, max = *high;

	for (size_t i = 0; i < n; i++) {
		min = values[i] < min ? values[i] : min;
		max = values[i] > max ? values[i] : max;
	}
	*low = min;
	*high = max;
}

static void widen_each(float *low, float *high, const float *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		low[i] = values[i] < low[i] ? values[i] : low[i];
		high[i] = values[i] > high[i] ? values[i] : high[i];
	}
}

void granules_widen(struct granules *granules, const float *values, size_t n, uint64_t position)
{
	size_t i = 0;

	while (i < n) {
		struct granule_run run = granules_run(granules, position + i, n - i);
		float *low = granules->low + run.granule, *high = granules->high + run.granule;

		(run.each ? widen_each : widen_one)(low, high, values + i, run.n);
		i += run.n;
	}
}

void granules_sum(struct granules *granules, const float *values, size_t n, uint64_t position,
		  const float *above)
{
	size_t i = 0;

	while (i < n) {
		struct granule_run run = granules_run(granules, position + i, n - i);

		for (size_t k = 0; k < run.n; k++) {
			uint64_t g = run.granule + (run.each ? k : 0);
			float magnitude = fabsf(values[i + k]);

			if (isnan(magnitude) || (above && magnitude <= above[g]))
				continue;
			granules->sums[g] += (double)magnitude;
			granules->counts[g]++;
		}
		i += run.n;
	}
}

void granules_make_scales(struct granules *granules, const struct quant_codec *codec)
{
	for (uint64_t g = 0; g < granules->n; g++)
		quant_codec_scale(codec, (double)granules->low[g], (double)granules->high[g],
				  &granules->low[g], &granules->high[g]);
}

static void spread(const float *from, const struct granule_run *run, float *to)
{
	if (run->each)
		for (size_t k = 0; k < run->n; k++)
			to[k] = from[run->granule + k];
	else
		for (size_t k = 0; k < run->n; k++)
			to[k] = from[run->granule];
}

void granules_spread(const struct granules *granules, uint64_t position, size_t n, float *scales,
		     float *offsets)
{
	size_t i = 0;

	while (i < n) {
		struct granule_run run = granules_run(granules, position + i, n - i);

		spread(granules->low, &run, scales + i);
		spread(granules->high, &run, offsets + i);
		i += run.n;
	}
}
