#include "core/quant/quant_codebook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/lanes.h"

#define LLOYD_ROUNDS  100
#define VECTOR_ROUNDS 20

struct fit {
	const struct quant_scheme *scheme;
	struct granules *granules;
	struct quant_prune *prune;
	const struct quant_lines *lines;
	size_t n; /* values, or vectors, held */
	uint64_t seen, stride; /* vectors passed, and every how manieth is held */
	double points[QUANT_FIT_VALUES], weights[QUANT_FIT_VALUES];
	float *vectors;
	float values[BLOCK];
};

/* --- Levels ---------------------------------------------------------------------------------- */

/* Sums over the first i points, about the mean so that squares keep their digits. */
struct prefix {
	double weight, sum, squares;
};

struct search {
	const struct prefix *prefix;
	double *before, *now;  /* least error of the first i points with one level less, and now */
	uint16_t *cuts;	       /* where the last level of the first i points begins */
};

static double cell_error(const struct prefix *prefix, size_t from, size_t to)
{
	double weight = prefix[to].weight - prefix[from].weight;
	double sum = prefix[to].sum - prefix[from].sum;
	double error = prefix[to].squares - prefix[from].squares - sum * sum / weight;

	return error > 0 ? error : 0;
}

/* An interval of ends whose best cut lies in [low, high]. */
struct span {
	size_t first, last, low, high;
};

static void best_cuts(struct search *search, size_t n, size_t level)
{
	struct span stack[64];
	size_t depth = 0;

	stack[depth++] = (struct span){ level + 1, n, level, n - 1 };
	while (depth > 0) {
		struct span span = stack[--depth];
		size_t middle = span.first + (span.last - span.first) / 2, cut = span.low;
		double best = INFINITY;

		for (size_t c = span.low; c <= span.high && c < middle; c++) {
			double error = search->before[c] + cell_error(search->prefix, c, middle);

			if (error < best) {
				best = error;
				cut = c;
			}
		}
		search->now[middle] = best;
		search->cuts[middle] = (uint16_t)cut;
		if (middle > span.first)
			stack[depth++] = (struct span){ span.first, middle - 1, span.low, cut };
		if (middle < span.last)
			stack[depth++] = (struct span){ middle + 1, span.last, cut, span.high };
	}
}

static void sum_up(const double *points, const double *weights, size_t n, double mean,
		   struct prefix *prefix)
{
	prefix[0] = (struct prefix){ 0, 0, 0 };
	for (size_t i = 0; i < n; i++) {
		double x = points[i] - mean;

		prefix[i + 1].weight = prefix[i].weight + weights[i];
		prefix[i + 1].sum = prefix[i].sum + weights[i] * x;
		prefix[i + 1].squares = prefix[i].squares + weights[i] * x * x;
	}
}

static double mean_of(const double *points, const double *weights, size_t n)
{
	double sum = 0, weight = 0;

	for (size_t i = 0; i < n; i++) {
		sum += weights[i] * points[i];
		weight += weights[i];
	}
	return weight > 0 ? sum / weight : 0;
}

static void solve(struct search *search, const struct prefix *prefix, size_t n, size_t k)
{
	uint16_t *cuts = search->cuts;

	for (size_t i = 0; i <= n; i++)
		search->before[i] = i ? cell_error(prefix, 0, i) : 0;
	for (size_t level = 1; level < k; level++) {
		double *swap = search->before;

		search->cuts = cuts + level * (n + 1);
		best_cuts(search, n, level);
		search->before = search->now;
		search->now = swap;
	}
	search->cuts = cuts;
}

size_t quant_codebook_optimum(const double *points, const double *weights, size_t n, size_t k,
			      double *levels, double *error)
{
	struct prefix *prefix = malloc((n + 1) * sizeof *prefix);
	double *errors = malloc(2 * (n + 1) * sizeof *errors);
	double mean = mean_of(points, weights, n);
	struct search search = { .prefix = prefix, .before = errors };
	size_t end = n;

	k = k < n ? k : n;
	search.cuts = calloc(k * (n + 1) + 1, sizeof *search.cuts);
	if (!prefix || !errors || !search.cuts)
		k = 0;
	if (k > 0) {
		search.now = errors + n + 1;
		sum_up(points, weights, n, mean, prefix);
		solve(&search, prefix, n, k);
		*error = search.before[n];
	}
	for (size_t level = k; level-- > 0;) {
		size_t from = level ? search.cuts[level * (n + 1) + end] : 0;

		levels[level] = mean + (prefix[end].sum - prefix[from].sum) /
					       (prefix[end].weight - prefix[from].weight);
		end = from;
	}
	free(search.cuts);
	free(errors);
	free(prefix);
	return k;
}

/* From levels of equal weight; false when nothing moved. */
static bool lloyd_round(const struct fit *fit, double *levels, size_t k)
{
	size_t i = 0;
	bool moved = false;

	for (size_t level = 0; level < k; level++) {
		double edge = level + 1 < k ? (levels[level] + levels[level + 1]) / 2 : INFINITY;
		double sum = 0, weight = 0;

		for (; i < fit->n && fit->points[i] <= edge; i++) {
			sum += fit->weights[i] * fit->points[i];
			weight += fit->weights[i];
		}
		if (weight > 0 && sum / weight != levels[level]) {
			levels[level] = sum / weight;
			moved = true;
		}
	}
	return moved;
}

static size_t lloyd(const struct fit *fit, double *levels, size_t k)
{
	double total = 0, sum = 0;
	size_t i = 0;

	for (size_t p = 0; p < fit->n; p++)
		total += fit->weights[p];
	k = k < fit->n ? k : fit->n;
	for (size_t level = 0; level < k; level++) {
		double wanted = total * ((double)level + 0.5) / (double)k;

		while (i + 1 < fit->n && sum + fit->weights[i] < wanted)
			sum += fit->weights[i++];
		levels[level] = fit->points[i];
	}
	for (unsigned round = 0; round < LLOYD_ROUNDS; round++)
		if (!lloyd_round(fit, levels, k))
			break;
	return k;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static bool value_step(const struct quant_piece *piece, void *context)
{
	struct fit *fit = context;
	double low = (double)fit->granules->low[0], high = (double)fit->granules->high[0];

	quant_prune_apply(fit->prune, piece, fit->values);
	for (size_t i = 0; i < piece->n; i++) {
		double x = (double)fit->values[i];
		size_t bin;

		if (!isfinite(piece->values[i]) || (x == 0 && piece->values[i] != 0))
			continue;
		if (fit->lines->total <= QUANT_FIT_VALUES) {
			fit->points[fit->n] = x;
			fit->weights[fit->n++] = 1;
			continue;
		}
		bin = high > low ? (size_t)((x - low) / (high - low) * QUANT_FIT_BINS) : 0;
		bin = bin < QUANT_FIT_BINS ? bin : QUANT_FIT_BINS - 1;
		fit->points[bin] += x;
		fit->weights[bin]++;
	}
	return true;
}

/* Sums to means, without empty bins; values in order, equal ones as one point. */
static void tidy_points(struct fit *fit)
{
	size_t n = 0;

	if (fit->lines->total <= QUANT_FIT_VALUES) {
		qsort(fit->points, fit->n, sizeof *fit->points, ascending);
		for (size_t i = 0; i < fit->n; i++) {
			if (n > 0 && fit->points[n - 1] == fit->points[i]) {
				fit->weights[n - 1]++;
				continue;
			}
			fit->points[n] = fit->points[i];
			fit->weights[n++] = 1;
		}
		fit->n = n;
		return;
	}
	for (size_t i = 0; i < QUANT_FIT_BINS; i++) {
		if (fit->weights[i] == 0)
			continue;
		fit->points[n] = fit->points[i] / fit->weights[i];
		fit->weights[n++] = fit->weights[i];
	}
	fit->n = n;
}

static bool fit_levels(struct fit *fit, struct quant_codec *codec, struct quant_lines *lines,
		       struct tensor_walk *walk, struct error *err)
{
	double levels[GRID_MAX_LEVELS] = { 0 }, error;
	float narrow[GRID_MAX_LEVELS];
	size_t k = fit->scheme->levels;

	if (!quant_lines_pass(lines, walk, value_step, fit, err))
		return false;
	tidy_points(fit);
	if (fit->n == 0)
		k = 1;
	else if (fit->scheme->lloyd)
		k = lloyd(fit, levels, k);
	else
		k = quant_codebook_optimum(fit->points, fit->weights, fit->n, k, levels, &error);
	if (k == 0)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a codebook");
	for (size_t i = 0; i < k; i++)
		narrow[i] = (float)levels[i];
	grid_levels(&codec->grid, narrow, k, false);
	codec->kind = CODEC_GRID;
	codec->levels = fit->scheme->levels;
	fit->granules->low[0] = 1;
	fit->granules->high[0] = 0;
	return true;
}

/* --- Vectors --------------------------------------------------------------------------------- */

static size_t nearest(const struct quant_codebook *codebook, const float *vector)
{
	size_t best = 0;
	float least = INFINITY;

	for (size_t level = 0; level < codebook->levels; level++) {
		const float *centre = codebook->centres + level * codebook->vector;
		float distance = 0;

		for (size_t k = 0; k < codebook->vector; k++)
			distance += (vector[k] - centre[k]) * (vector[k] - centre[k]);
		if (distance < least) {
			least = distance;
			best = level;
		}
	}
	return best;
}

/* The next vector of a piece, filled with zeros; the answer is how many elements it took. */
static size_t take_vector(const struct quant_codebook *codebook, const struct quant_lines *lines,
			  uint64_t position, const float *values, float *vector)
{
	struct quant_place place = quant_lines_place(lines, position);
	size_t n = place.length < codebook->vector ? (size_t)place.length : codebook->vector;

	for (size_t k = 0; k < codebook->vector; k++)
		vector[k] = k < n ? values[k] : 0;
	return n;
}

struct sampling {
	struct fit *fit;
	const struct quant_codebook *codebook;
};

static bool vector_step(const struct quant_piece *piece, void *context)
{
	struct sampling *sampling = context;
	struct fit *fit = sampling->fit;
	float vector[16];

	quant_prune_apply(fit->prune, piece, fit->values);
	for (size_t i = 0; i < piece->n;) {
		i += take_vector(sampling->codebook, fit->lines, piece->position + i,
				 fit->values + i, vector);
		if (fit->seen++ % fit->stride == 0 && fit->n < QUANT_FIT_VECTORS)
			memcpy(fit->vectors + sampling->codebook->vector * fit->n++, vector,
			       sampling->codebook->vector * sizeof *vector);
	}
	return true;
}

/* Each centre becomes the mean of the vectors nearest to it; one without any stays. */
static bool vector_round(const struct quant_codebook *codebook, const struct fit *fit,
			 double *sums, uint64_t *counts)
{
	size_t size = codebook->levels * codebook->vector;
	bool moved = false;

	memset(sums, 0, size * sizeof *sums);
	memset(counts, 0, codebook->levels * sizeof *counts);
	for (size_t i = 0; i < fit->n; i++) {
		const float *vector = fit->vectors + i * codebook->vector;
		size_t level = nearest(codebook, vector);

		counts[level]++;
		for (size_t k = 0; k < codebook->vector; k++)
			sums[level * codebook->vector + k] += (double)vector[k];
	}
	for (size_t i = 0; i < size; i++) {
		uint64_t count = counts[i / codebook->vector];
		float centre = count ? (float)(sums[i] / (double)count) : codebook->centres[i];

		moved = moved || centre != codebook->centres[i];
		codebook->centres[i] = centre;
	}
	return moved;
}

static bool fit_vectors(struct quant_codebook *codebook, struct fit *fit,
			struct quant_lines *lines, struct tensor_walk *walk, struct error *err)
{
	uint64_t vectors = quant_lines_units(lines, fit->scheme->vector);
	struct sampling sampling = { fit, codebook };
	double *sums;
	uint64_t *counts;
	bool done;

	codebook->levels = fit->scheme->levels;
	codebook->vector = fit->scheme->vector;
	codebook->centres = calloc(codebook->levels * codebook->vector, sizeof(float));
	fit->stride = (vectors + QUANT_FIT_VECTORS - 1) / QUANT_FIT_VECTORS;
	fit->vectors = malloc(QUANT_FIT_VECTORS * codebook->vector * sizeof(float));
	sums = malloc(codebook->levels * codebook->vector * sizeof *sums);
	counts = malloc(codebook->levels * sizeof *counts);
	done = codebook->centres && fit->vectors && sums && counts;
	if (!done)
		error_set(err, ERROR_MEMORY, -1, "out of memory for a codebook");
	done = done && quant_lines_pass(lines, walk, vector_step, &sampling, err);
	if (done && codebook->levels > fit->n)
		codebook->levels = fit->n;
	for (size_t level = 0; done && level < codebook->levels; level++)
		memcpy(codebook->centres + level * codebook->vector,
		       fit->vectors + level * fit->n / codebook->levels * codebook->vector,
		       codebook->vector * sizeof(float));
	for (unsigned round = 0; done && round < VECTOR_ROUNDS; round++)
		if (!vector_round(codebook, fit, sums, counts))
			break;
	free(sums);
	free(counts);
	free(fit->vectors);
	return done;
}

void quant_codebook_encode(const struct quant_codebook *codebook, const struct quant_lines *lines,
			   uint64_t position, const float *values, size_t n, uint16_t *codes,
			   float *restored)
{
	float vector[16];

	for (size_t i = 0; i < n;) {
		size_t took = take_vector(codebook, lines, position + i, values + i, vector);
		size_t level = nearest(codebook, vector);

		for (size_t k = 0; k < took; k++, i++) {
			restored[i] = codebook->centres[level * codebook->vector + k];
			codes[i] = (uint16_t)level;
		}
	}
}

bool quant_codebook_fit(struct quant_codebook *codebook, struct quant_codec *codec,
			struct granules *granules, struct quant_prune *prune,
			struct quant_lines *lines, struct tensor_walk *walk, struct error *err)
{
	struct fit *fit = calloc(1, sizeof *fit);
	bool done;

	if (!fit)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a codebook");
	fit->scheme = codec->scheme;
	fit->granules = granules;
	fit->prune = prune;
	fit->lines = lines;
	walk->total += lines->total;
	codec->levels = codec->scheme->levels;
	done = codec->scheme->id == SCHEME_PQ ? fit_vectors(codebook, fit, lines, walk, err) :
						fit_levels(fit, codec, lines, walk, err);
	free(fit);
	return done;
}

void quant_codebook_free(struct quant_codebook *codebook)
{
	free(codebook->centres);
	codebook->centres = NULL;
}
