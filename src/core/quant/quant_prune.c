#include "core/quant/quant_prune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 65536

/* Magnitudes as integers of the same order, counted by their upper half, then by their lower one
 * where the upper is the wanted one. */
struct ranking {
	uint64_t counts[KEYS];
	uint64_t finite;
	uint32_t upper;
	bool lower;
};

static uint32_t magnitude_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits & 0x7fffffff;
}

static bool rank_step(const struct quant_piece *piece, void *context)
{
	struct ranking *ranking = context;

	for (size_t i = 0; i < piece->n; i++) {
		uint32_t bits = magnitude_bits(piece->values[i]);

		if (bits >= 0x7f800000)
			continue;
		if (!ranking->lower) {
			ranking->counts[bits >> 16]++;
			ranking->finite++;
		} else if (bits >> 16 == ranking->upper) {
			ranking->counts[bits & 0xffff]++;
		}
	}
	return true;
}

/* The key that holds rank *left, which becomes the rank within it. */
static uint32_t find_key(const struct ranking *ranking, uint64_t *left)
{
	uint32_t key = 0;

	while (key < KEYS - 1 && *left >= ranking->counts[key])
		*left -= ranking->counts[key++];
	return key;
}

static bool find_share(struct quant_prune *prune, struct quant_lines *lines,
		       struct tensor_walk *walk, struct error *err)
{
	struct ranking *ranking = calloc(1, sizeof *ranking);
	uint64_t left;
	uint32_t bits;
	bool done;

	if (!ranking)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a pruning");
	walk->total += 2 * lines->total;
	done = quant_lines_pass(lines, walk, rank_step, ranking, err);
	left = (uint64_t)(prune->scheme->prune * (double)ranking->finite);
	prune->threshold = INFINITY;
	if (done && left < ranking->finite) {
		ranking->upper = find_key(ranking, &left);
		ranking->lower = true;
		memset(ranking->counts, 0, sizeof ranking->counts);
		done = quant_lines_pass(lines, walk, rank_step, ranking, err);
		bits = ranking->upper << 16;
		bits |= find_key(ranking, &left);
		memcpy(&prune->threshold, &bits, sizeof bits);
		prune->ties = left;
	}
	free(ranking);
	return done;
}

static bool norm_step(const struct quant_piece *piece, void *context)
{
	struct quant_prune *prune = context;
	struct granules *channels = &prune->channels;
	size_t i = 0;

	while (i < piece->n) {
		struct granule_run run =
			granules_run(channels, piece->position + i, piece->n - i);

		for (size_t k = 0; k < run.n; k++) {
			uint64_t g = run.granule + (run.each ? k : 0);
			double x = (double)piece->values[i + k];

			channels->counts[g]++;
			if (isfinite(x))
				channels->sums[g] += x * x;
		}
		i += run.n;
	}
	return true;
}

struct norm {
	double sum;
	uint64_t channel;
};

static int by_norm(const void *left, const void *right)
{
	const struct norm *a = left, *b = right;

	if (a->sum != b->sum)
		return a->sum < b->sum ? -1 : 1;
	return a->channel < b->channel ? -1 : a->channel > b->channel;
}

static bool find_channels(struct quant_prune *prune, struct quant_lines *lines,
			  struct tensor_walk *walk, struct error *err)
{
	struct granules *channels = &prune->channels;
	struct norm *norms;

	if (!granules_init(channels, lines, true, true, err))
		return false;
	prune->gone = calloc((size_t)channels->n, 1);
	norms = calloc((size_t)channels->n, sizeof *norms);
	walk->total += lines->total;
	if (!prune->gone || !norms) {
		free(norms);
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a pruning");
	}
	if (!quant_lines_pass(lines, walk, norm_step, prune, err)) {
		free(norms);
		return false;
	}
	for (uint64_t c = 0; c < channels->n; c++)
		norms[c] = (struct norm){ channels->sums[c], c };
	qsort(norms, (size_t)channels->n, sizeof *norms, by_norm);
	prune->channels_gone = (uint64_t)(prune->scheme->prune * (double)channels->n);
	for (uint64_t i = 0; i < prune->channels_gone; i++) {
		prune->gone[norms[i].channel] = 1;
		prune->elements_gone += channels->counts[norms[i].channel];
	}
	free(norms);
	return true;
}

bool quant_prune_init(struct quant_prune *prune, const struct quant_scheme *scheme,
		      struct quant_lines *lines, struct tensor_walk *walk, struct error *err)
{
	*prune = (struct quant_prune){ .scheme = scheme, .channels = { .lines = lines } };
	switch ((enum quant_pruning)scheme->pruning) {
	case PRUNE_NONE:
	case PRUNE_N_OF_M:
		break;
	case PRUNE_THRESHOLD:
		prune->threshold = (float)scheme->prune;
		break;
	case PRUNE_SHARE:
		return find_share(prune, lines, walk, err);
	case PRUNE_CHANNELS:
		return find_channels(prune, lines, walk, err);
	}
	return true;
}

void quant_prune_free(struct quant_prune *prune)
{
	granules_free(&prune->channels);
	free(prune->gone);
	prune->gone = NULL;
}

static void drop_small(struct quant_prune *prune, size_t n, float *values)
{
	for (size_t i = 0; i < n; i++) {
		float magnitude = fabsf(values[i]);

		if (magnitude < prune->threshold)
			values[i] = 0;
		else if (magnitude == prune->threshold && prune->ties_gone < prune->ties) {
			values[i] = 0;
			prune->ties_gone++;
		}
	}
}

/* Drops the least until `keep` are left. */
static void drop_least(float *values, size_t n, unsigned keep)
{
	bool dropped[64] = { false };

	for (size_t left = n; left > keep; left--) {
		size_t least = n;

		for (size_t i = 0; i < n; i++)
			if (!dropped[i] &&
			    (least == n || fabsf(values[i]) <= fabsf(values[least])))
				least = i;
		dropped[least] = true;
	}
	for (size_t i = 0; i < n; i++)
		values[i] = dropped[i] ? 0 : values[i];
}

static void drop_along(const struct quant_prune *prune, const struct quant_piece *piece,
		       float *values)
{
	unsigned of = prune->scheme->of, keep = prune->scheme->keep;
	size_t i = 0;

	while (i < piece->n) {
		struct quant_place place =
			quant_lines_place(prune->channels.lines, piece->position + i);
		size_t n = piece->n - i < place.length ? piece->n - i : (size_t)place.length;

		for (size_t k = 0; k < n; k += of)
			drop_least(values + i + k, n - k < of ? n - k : of, keep);
		i += n;
	}
}

static void drop_channels(const struct quant_prune *prune, const struct quant_piece *piece,
			  float *values)
{
	size_t i = 0;

	while (i < piece->n) {
		struct granule_run run =
			granules_run(&prune->channels, piece->position + i, piece->n - i);

		for (size_t k = 0; k < run.n; k++)
			if (prune->gone[run.granule + (run.each ? k : 0)])
				values[i + k] = 0;
		i += run.n;
	}
}

void quant_prune_apply(struct quant_prune *prune, const struct quant_piece *piece, float *values)
{
	for (size_t i = 0; i < piece->n; i++)
		values[i] = isfinite(piece->values[i]) ? piece->values[i] : 0;
	if (piece->position == 0)
		prune->ties_gone = 0;
	switch ((enum quant_pruning)prune->scheme->pruning) {
	case PRUNE_NONE:
		break;
	case PRUNE_THRESHOLD:
	case PRUNE_SHARE:
		drop_small(prune, piece->n, values);
		break;
	case PRUNE_N_OF_M:
		drop_along(prune, piece, values);
		break;
	case PRUNE_CHANNELS:
		drop_channels(prune, piece, values);
		break;
	}
}
