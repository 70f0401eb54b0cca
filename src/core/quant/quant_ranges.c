#include "core/quant/quant_ranges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/lanes.h"

#define BATCH	    4096 /* granules whose histograms are held at once */
#define MAP_DECADES 7

struct fine {
	struct granules *granules;
	struct quant_prune *prune;
	uint64_t first, last; /* granules of this batch */
	size_t bins;
	uint64_t *counts;
	float values[BLOCK];
};

static void count_one(struct fine *fine, uint64_t granule, float value)
{
	double low, width;
	size_t bin;

	if (granule < fine->first || granule >= fine->last)
		return;
	low = (double)fine->granules->low[granule];
	width = (double)fine->granules->high[granule] - low;
	bin = width > 0 ? (size_t)(((double)value - low) / width * (double)fine->bins) : 0;
	bin = bin < fine->bins ? bin : fine->bins - 1;
	fine->counts[(granule - fine->first) * fine->bins + bin]++;
}

static bool fine_step(const struct quant_piece *piece, void *context)
{
	struct fine *fine = context;
	size_t i = 0;

	quant_prune_apply(fine->prune, piece, fine->values);
	while (i < piece->n) {
		struct granule_run run =
			granules_run(fine->granules, piece->position + i, piece->n - i);

		for (size_t k = i; k < i + run.n; k++)
			if (isfinite(piece->values[k]))
				count_one(fine, run.granule + (run.each ? k - i : 0),
					  fine->values[k]);
		i += run.n;
	}
	return true;
}

static void narrow(struct fine *fine, const struct quant_codec *codec, struct quant_points *points)
{
	for (uint64_t g = fine->first; g < fine->last; g++) {
		double low = (double)fine->granules->low[g];
		double high = (double)fine->granules->high[g];

		quant_points_of_bins(points, fine->counts + (g - fine->first) * fine->bins,
				     fine->bins, low, high);
		quant_calibrate(codec, points, &low, &high);
		fine->granules->low[g] = (float)low;
		fine->granules->high[g] = (float)high;
	}
}

bool quant_ranges_calibrate(struct granules *granules, const struct quant_codec *codec,
			    struct quant_prune *prune, struct quant_lines *lines,
			    struct tensor_walk *walk, struct quant_points *points,
			    struct error *err)
{
	struct fine *fine = calloc(1, sizeof *fine);
	uint64_t batch = granules->n < BATCH ? granules->n : BATCH;
	bool done = true;

	if (!fine)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a calibration");
	fine->granules = granules;
	fine->prune = prune;
	fine->bins = granules->n == 1 ? QUANT_TENSOR_BINS : QUANT_CHANNEL_BINS;
	fine->counts = malloc((size_t)batch * fine->bins * sizeof *fine->counts);
	if (!fine->counts) {
		free(fine);
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a calibration");
	}
	walk->total += lines->total * ((granules->n + BATCH - 1) / BATCH);
	for (uint64_t g = 0; done && g < granules->n; g += batch) {
		fine->first = g;
		fine->last = granules->n - g < batch ? granules->n : g + batch;
		memset(fine->counts, 0, (size_t)batch * fine->bins * sizeof *fine->counts);
		done = quant_lines_pass(lines, walk, fine_step, fine, err);
		if (done)
			narrow(fine, codec, points);
	}
	free(fine->counts);
	free(fine);
	return done;
}

static int ascending(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return a < b ? -1 : a > b;
}

/* Decade i has 2^i levels of either sign, in the middle of equal parts of [0.1, 1] 10^(i - 6). */
static void dynamic_map(struct grid *grid)
{
	float levels[256];
	size_t n = 0;
	double decade = 1e-6;

	for (unsigned i = 0; i < MAP_DECADES; i++, decade *= 10) {
		unsigned parts = 1u << i;

		for (unsigned k = 0; k < parts; k++) {
			double middle = 0.1 + 0.9 * ((double)k + 0.5) / parts;

			levels[n++] = (float)(middle * decade);
			levels[n++] = (float)(-middle * decade);
		}
	}
	levels[n++] = 0;
	levels[n++] = 1;
	qsort(levels, n, sizeof *levels, ascending);
	grid_levels(grid, levels, n, false);
}

static void double_block(const struct grid *grid, float *scales, size_t n, float mean)
{
	float rest[QUANT_DOUBLE_BLOCK], largest[QUANT_DOUBLE_BLOCK], restored[QUANT_DOUBLE_BLOCK];
	uint16_t codes[QUANT_DOUBLE_BLOCK];
	float max = 0;

	for (size_t i = 0; i < n; i++) {
		rest[i] = scales[i] - mean;
		max = fmaxf(max, fabsf(rest[i]));
	}
	for (size_t i = 0; i < n; i++)
		largest[i] = max > 0 ? max : 1;
	grid_encode(grid, rest, largest, NULL, n, 0, codes, restored);
	for (size_t i = 0; i < n; i++) {
		float scale = restored[i] + mean;

		scales[i] = scale > 0 ? scale : scales[i];
	}
}

bool quant_ranges_double(float *scales, uint64_t n, struct error *err)
{
	struct grid *grid = malloc(sizeof *grid);
	double sum = 0;

	if (!grid)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a quantization");
	dynamic_map(grid);
	for (uint64_t i = 0; i < n; i++)
		sum += (double)scales[i];
	for (uint64_t i = 0; i < n; i += QUANT_DOUBLE_BLOCK) {
		uint64_t left = n - i;

		double_block(grid, scales + i,
			     left < QUANT_DOUBLE_BLOCK ? (size_t)left : QUANT_DOUBLE_BLOCK,
			     (float)(sum / (double)n));
	}
	free(grid);
	return true;
}
