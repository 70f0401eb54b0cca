/*
 * The passes over a tensor: what pruning must know, the range of all values and of each granule,
 * calibration, and the last one, which restores every element and compares. Groups and blocks find
 * their scales in the last pass; tensors and channels have theirs before it.
 */
#include <mtui/quant_error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/channels.h>

#include "core/analysis/tensor_walk.h"
#include "core/kernels/microscaling.h"
#include "core/quant/granules.h"
#include "core/quant/quant_calibrate.h"
#include "core/quant/quant_codebook.h"
#include "core/quant/quant_codec.h"
#include "core/quant/quant_cost.h"
#include "core/quant/quant_lines.h"
#include "core/quant/quant_loss.h"
#include "core/quant/quant_prune.h"
#include "core/quant/quant_ranges.h"
#include "core/quant/quant_rank.h"
#include "core/quant/quant_tally.h"

#define TERNARY_SHARE 0.7

struct trial {
	const struct quant_scheme *scheme;
	struct quant_error *result;
	struct quant_lines lines;
	struct quant_codec codec;
	struct quant_prune prune;
	struct granules granules; /* of the tensor or its channels */
	struct quant_points points;
	struct quant_codebook codebook;
	struct quant_rank rank;
	struct quant_tally tally;
	unsigned unit;	      /* elements of a group or block; 1: granules */
	float *group_scales;  /* where they are quantized themselves, else NULL */
	uint64_t next_group;
	float *above;	      /* of the sums of granules, or NULL */
	/* The piece at hand. */
	float values[BLOCK], scales[BLOCK], offsets[BLOCK], restored[BLOCK];
	uint16_t codes[BLOCK];
};

/* --- Passes ---------------------------------------------------------------------------------- */

static bool range_step(const struct quant_piece *piece, void *context)
{
	struct trial *trial = context;
	struct quant_error *result = trial->result;
	struct survey survey = { .min = INFINITY, .max = -INFINITY };

	quant_prune_apply(&trial->prune, piece, trial->values);
	granules_widen(&trial->granules, trial->values, piece->n, piece->position);
	survey_block_f32((const uint8_t *)piece->values, piece->n, &survey);
	if (survey.bad) {
		survey = (struct survey){ .min = INFINITY, .max = -INFINITY };
		for (size_t i = 0; i < piece->n; i++) {
			double x = (double)piece->values[i];

			survey.min = isfinite(x) && x < survey.min ? x : survey.min;
			survey.max = isfinite(x) && x > survey.max ? x : survey.max;
		}
	}
	if (survey.min > survey.max)
		return true;
	result->low = survey.min >= result->low ? result->low : survey.min;
	result->high = survey.max <= result->high ? result->high : survey.max;
	return true;
}

static bool sum_step(const struct quant_piece *piece, void *context)
{
	struct trial *trial = context;

	quant_prune_apply(&trial->prune, piece, trial->values);
	for (size_t i = 0; i < piece->n; i++)
		if (!isfinite(piece->values[i]) ||
		    (trial->values[i] == 0 && piece->values[i] != 0))
			trial->values[i] = NAN;
	granules_sum(&trial->granules, trial->values, piece->n, piece->position, trial->above);
	return true;
}

/* Scale and offset of a group of n values. */
static void sign_scale(const struct trial *trial, const float *values, size_t n, float *scale,
		       float *offset)
{
	double sum = 0, above = 0;
	size_t count = 0, left = 0;

	for (size_t i = 0; i < n; i++) {
		sum += fabs((double)values[i]);
		count += values[i] != 0 || trial->scheme->pruning == PRUNE_NONE;
	}
	sum = count ? sum / (double)count : 0;
	*offset = trial->scheme->id == SCHEME_TERNARY ? (float)(TERNARY_SHARE * sum) : -1;
	for (size_t i = 0; i < n; i++) {
		if (!(fabsf(values[i]) > *offset) ||
		    (values[i] == 0 && trial->scheme->pruning != PRUNE_NONE))
			continue;
		above += fabs((double)values[i]);
		left++;
	}
	*scale = quant_codec_stored(&trial->codec, left ? above / (double)left : 0);
}

static void group_scale(struct trial *trial, const float *values, size_t n, float *scale,
			float *offset)
{
	double low = INFINITY, high = -INFINITY;

	if (trial->codec.grid.kind == GRID_SIGN) {
		sign_scale(trial, values, n, scale, offset);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		low = (double)values[i] < low ? (double)values[i] : low;
		high = (double)values[i] > high ? (double)values[i] : high;
	}
	if (trial->scheme->calibration != CALIBRATE_MINMAX) {
		quant_points_of_values(&trial->points, values, n);
		quant_calibrate(&trial->codec, &trial->points, &low, &high);
	}
	quant_codec_scale(&trial->codec, low, high, scale, offset);
}

static void spread_groups(struct trial *trial, const struct quant_piece *piece)
{
	size_t i = 0;

	while (i < piece->n) {
		struct quant_place place = quant_lines_place(&trial->lines, piece->position + i);
		uint64_t in_line = place.length < piece->n - i ? place.length : piece->n - i;
		size_t end = i + (size_t)in_line;

		while (i < end) {
			size_t n = end - i < trial->unit ? end - i : trial->unit;
			float scale, offset;

			group_scale(trial, trial->values + i, n, &scale, &offset);
			if (trial->group_scales)
				scale = trial->group_scales[trial->next_group++];
			for (size_t k = i; k < i + n; k++) {
				trial->scales[k] = scale;
				trial->offsets[k] = offset;
			}
			i += n;
		}
	}
}

static bool group_scale_step(const struct quant_piece *piece, void *context)
{
	struct trial *trial = context;
	float *scales = trial->group_scales;

	quant_prune_apply(&trial->prune, piece, trial->values);
	trial->group_scales = NULL;
	spread_groups(trial, piece);
	trial->group_scales = scales;
	for (size_t i = 0; i < piece->n;) {
		struct quant_place place = quant_lines_place(&trial->lines, piece->position + i);

		scales[trial->next_group++] = trial->scales[i];
		i += place.left < trial->unit ? (size_t)place.left : trial->unit;
	}
	return true;
}

static size_t encode_blocks(struct trial *trial, const struct quant_piece *piece)
{
	size_t clipped = 0, i = 0;

	while (i < piece->n) {
		struct quant_place place = quant_lines_place(&trial->lines, piece->position + i);
		uint64_t in_line = place.length < piece->n - i ? place.length : piece->n - i;
		size_t end = i + (size_t)in_line;

		for (; i < end; i += trial->unit) {
			size_t n = end - i < trial->unit ? end - i : trial->unit;

			clipped += quant_codec_block(&trial->codec, trial->values + i, n,
						     trial->codes + i, trial->restored + i);
		}
		i = end;
	}
	return clipped;
}

/* What pruning left out is not stored, so nothing else is restored there. */
static void keep_zeros(struct trial *trial, const struct quant_piece *piece)
{
	for (size_t i = 0; i < piece->n; i++) {
		if (trial->values[i] != 0 || piece->values[i] == 0 || !isfinite(piece->values[i]))
			continue;
		trial->result->pruned++;
		if (!scheme_traits[trial->scheme->id].block_bits)
			trial->restored[i] = 0;
	}
}

static bool compare_step(const struct quant_piece *piece, void *context)
{
	struct trial *trial = context;
	enum scheme_family family = scheme_traits[trial->scheme->id].family;
	const uint16_t *codes = quant_tally_wants_codes(&trial->tally) ? trial->codes : NULL;
	size_t clipped = 0;

	quant_prune_apply(&trial->prune, piece, trial->values);
	if (family == FAMILY_GGUF || family == FAMILY_MICROSCALING) {
		clipped = encode_blocks(trial, piece);
	} else if (trial->scheme->id == SCHEME_LOW_RANK) {
		memcpy(trial->restored, trial->rank.values + piece->position,
		       piece->n * sizeof *trial->restored);
	} else if (trial->scheme->id == SCHEME_PQ) {
		quant_codebook_encode(&trial->codebook, &trial->lines, piece->position,
				      trial->values, piece->n, trial->codes, trial->restored);
	} else {
		if (trial->scheme->granularity == QUANT_PER_GROUP)
			spread_groups(trial, piece);
		else
			granules_spread(&trial->granules, piece->position, piece->n, trial->scales,
					trial->offsets);
		clipped = quant_codec_encode(&trial->codec, trial->values, trial->scales,
					     trial->offsets, piece->n, piece->position,
					     trial->codes, trial->restored);
	}
	if (trial->scheme->pruning != PRUNE_NONE)
		keep_zeros(trial, piece);
	quant_tally_add(&trial->tally, piece, trial->restored, codes, clipped);
	return true;
}

/* --- Scales ---------------------------------------------------------------------------------- */

static double mean_of(const struct granules *granules, uint64_t g)
{
	return granules->counts[g] ? granules->sums[g] / (double)granules->counts[g] : 0;
}

static bool sign_scales(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	struct granules *granules = &trial->granules;
	size_t n = (size_t)granules->n;

	walk->total += trial->lines.total;
	if (!quant_lines_pass(&trial->lines, walk, sum_step, trial, err))
		return false;
	for (size_t g = 0; g < n; g++)
		granules->high[g] = trial->scheme->id == SCHEME_TERNARY ?
					    (float)(TERNARY_SHARE * mean_of(granules, g)) :
					    -1;
	if (trial->scheme->id == SCHEME_TERNARY) {
		memset(granules->sums, 0, n * sizeof *granules->sums);
		memset(granules->counts, 0, n * sizeof *granules->counts);
		trial->above = granules->high;
		walk->total += trial->lines.total;
		if (!quant_lines_pass(&trial->lines, walk, sum_step, trial, err))
			return false;
	}
	for (size_t g = 0; g < n; g++)
		granules->low[g] = quant_codec_stored(&trial->codec, mean_of(granules, g));
	return true;
}

/* Scales of groups before the last pass: only where they are quantized themselves. */
static bool double_scales(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	uint64_t n = quant_lines_units(&trial->lines, trial->unit);

	if (trial->scheme->granularity != QUANT_PER_GROUP)
		return quant_ranges_double(trial->granules.low, trial->granules.n, err);
	trial->group_scales = calloc((size_t)n, sizeof *trial->group_scales);
	if (!trial->group_scales)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for %llu scales",
				 (unsigned long long)n);
	walk->total += trial->lines.total;
	if (!quant_lines_pass(&trial->lines, walk, group_scale_step, trial, err))
		return false;
	trial->next_group = 0;
	return quant_ranges_double(trial->group_scales, n, err);
}

static bool make_scales(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	struct granules *granules = &trial->granules;
	bool grouped = trial->scheme->granularity == QUANT_PER_GROUP;

	if (trial->codec.kind == CODEC_NVFP4)
		trial->codec.tensor_scale =
			nvfp4_tensor_scale(fmaxf(-granules->low[0], granules->high[0]));
	if (trial->scheme->id == SCHEME_KMEANS || trial->scheme->id == SCHEME_PQ)
		return quant_codebook_fit(&trial->codebook, &trial->codec, granules, &trial->prune,
					  &trial->lines, walk, err);
	if (trial->scheme->id == SCHEME_LOW_RANK)
		return quant_rank_fit(&trial->rank, trial->scheme, &trial->prune, &trial->lines,
				      walk, err);
	if (trial->codec.kind != CODEC_GRID)
		return true;
	if (!grouped && trial->codec.grid.kind == GRID_SIGN)
		return sign_scales(trial, walk, err);
	if (!grouped) {
		if (trial->scheme->calibration != CALIBRATE_MINMAX &&
		    !quant_ranges_calibrate(granules, &trial->codec, &trial->prune, &trial->lines,
					    walk, &trial->points, err))
			return false;
		granules_make_scales(granules, &trial->codec);
	}
	return !trial->scheme->double_scales || double_scales(trial, walk, err);
}

/* What the scheme stores, once it is known how much was pruned. */
static void finish(struct trial *trial)
{
	struct quant_error *result = trial->result;
	struct quant_cost cost;

	quant_cost(trial->scheme, &trial->lines,
		   trial->scheme->pruning == PRUNE_CHANNELS ? trial->prune.elements_gone :
							      result->pruned,
		   &cost);
	result->granules = cost.granules;
	result->bytes_after = cost.bytes;
	result->bits_per_weight = cost.bits_per_weight;
}

static bool run_whole(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	struct quant_error *result = trial->result;

	if (!quant_prune_init(&trial->prune, trial->scheme, &trial->lines, walk, err) ||
	    !quant_lines_pass(&trial->lines, walk, range_step, trial, err) ||
	    !make_scales(trial, walk, err))
		return false;
	result->levels = trial->codec.levels;
	quant_tally_start(&trial->tally);
	if (!quant_lines_pass(&trial->lines, walk, compare_step, trial, err))
		return false;
	quant_tally_finish(&trial->tally);
	finish(trial);
	return true;
}

static bool run_brief(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	struct quant_error *result = trial->result;
	double error, original;
	bool found;

	if (!quant_loss_fits(&trial->codec, &trial->lines))
		return run_whole(trial, walk, err);
	if (!quant_loss_sums(&trial->codec, &trial->lines, walk, &error, &original, &found, err))
		return false;
	if (!found) {
		walk->total += 2 * trial->lines.total;
		return run_whole(trial, walk, err);
	}
	result->count = trial->lines.total;
	result->levels = trial->codec.levels;
	quant_tally_error(result, error, original, (double)result->count);
	finish(trial);
	return true;
}

/* --- Set-up ---------------------------------------------------------------------------------- */

static void set_empty(struct quant_error *result, const struct tensor *tensor)
{
	*result = (struct quant_error){ .max_index = UINT64_MAX, .axis = -1 };
	result->mse = result->rmse = result->rel_fro = result->sqnr_db = NAN;
	result->max_abs = result->bias = result->cosine = result->clipped = result->kl = NAN;
	result->low = result->high = NAN;
	if (!dtype_bytes(tensor->dtype, tensor->present, &result->bytes_before))
		result->bytes_before = tensor->nbytes;
}

bool quant_applies(const struct tensor *tensor)
{
	return dtype_traits[tensor->dtype].class == CLASS_FLOAT && tensor->present > 0;
}

/* What runs along lines: groups, blocks, vectors, the M of N:M. */
static unsigned unit_of(const struct quant_scheme *scheme)
{
	const struct scheme_traits *traits = &scheme_traits[scheme->id];
	unsigned unit = traits->block_bits ? traits->block : 1;

	if (scheme->granularity == QUANT_PER_GROUP)
		unit = scheme->group;
	if (scheme->id == SCHEME_PQ)
		unit = scheme->vector;
	return unit;
}

static unsigned piece_unit(const struct quant_scheme *scheme)
{
	unsigned unit = unit_of(scheme);

	return scheme->pruning == PRUNE_N_OF_M && scheme->of > unit ? scheme->of : unit;
}

static int choose_axis(const struct model *model, const struct tensor *tensor,
		       const struct quant_scheme *scheme)
{
	if (scheme->granularity != QUANT_PER_CHANNEL && scheme->pruning != PRUNE_CHANNELS &&
	    scheme->id != SCHEME_LOW_RANK && piece_unit(scheme) == 1)
		return -1;
	if (scheme->id == SCHEME_LOW_RANK)
		return tensor->n_dims > 1 ? 0 : -1;
	if (scheme->axis >= 0 && (uint32_t)scheme->axis < tensor->n_dims)
		return scheme->axis;
	return channel_axis(model, tensor);
}

static bool prepare(struct trial *trial, const struct model *model, const struct tensor *tensor,
		    const struct quant_scheme *scheme, struct error *err)
{
	int axis = choose_axis(model, tensor, scheme);
	bool sign = scheme_traits[scheme->id].family == FAMILY_SIGN;

	trial->scheme = scheme;
	trial->unit = unit_of(scheme);
	trial->tally.lines = &trial->lines;
	trial->result->axis = (int8_t)axis;
	quant_codec_init(&trial->codec, scheme);
	if (!quant_lines_init(&trial->lines, tensor, axis, piece_unit(scheme), err))
		return false;
	return granules_init(&trial->granules, &trial->lines,
			     scheme->granularity == QUANT_PER_CHANNEL, sign, err);
}

static void trial_free(struct trial *trial)
{
	if (!trial)
		return;
	quant_codebook_free(&trial->codebook);
	quant_rank_free(&trial->rank);
	quant_prune_free(&trial->prune);
	granules_free(&trial->granules);
	quant_lines_free(&trial->lines);
	free(trial->group_scales);
	free(trial);
}

typedef bool trial_run(struct trial *trial, struct tensor_walk *walk, struct error *err);

static bool compute(const struct model *model, const struct tensor *tensor,
		    const struct quant_scheme *scheme, const struct quant_importance *importance,
		    trial_run *run, const struct analysis_watch *watch, struct quant_error *result,
		    struct error *err)
{
	struct tensor_walk *walk;
	struct trial *trial;
	bool done = false;

	set_empty(result, tensor);
	if (!quant_applies(tensor))
		return error_set(err, ERROR_REFUSED, -1,
				 "only float tensors with data have a "
				 "quantization error");
	walk = calloc(1, sizeof *walk);
	trial = calloc(1, sizeof *trial);
	if (walk && trial) {
		walk->model = model;
		walk->tensor = tensor;
		walk->watch = watch;
		walk->total = 2 * tensor->present;
		trial->result = result;
		trial->tally.result = result;
		trial->tally.importance = importance;
		done = prepare(trial, model, tensor, scheme, err) && run(trial, walk, err);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory for a quantization error");
	}
	trial_free(trial);
	free(walk);
	return done;
}

bool quant_error_weighted(const struct model *model, const struct tensor *tensor,
			  const struct quant_scheme *scheme,
			  const struct quant_importance *importance,
			  const struct analysis_watch *watch, struct quant_error *result,
			  struct error *err)
{
	return compute(model, tensor, scheme, importance, run_whole, watch, result, err);
}

bool quant_error_by_axis(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const double *weights, uint64_t n,
			 const struct analysis_watch *watch, struct quant_error *result,
			 struct error *err)
{
	struct quant_importance importance = { weights, n, 1 };
	int axis = quant_importance_axis(model, tensor, n);

	if (axis < 0)
		return error_set(err, ERROR_USAGE, -1,
				 "no channels that %llu weights would be about",
				 (unsigned long long)n);
	for (uint32_t d = (uint32_t)axis + 1; d < tensor->n_dims; d++)
		if (tensor->dims[d] <= 0 ||
		    !mul_ok(importance.inner, (uint64_t)tensor->dims[d], &importance.inner))
			return error_set(err, ERROR_REFUSED, -1, "shape without elements");
	return quant_error_weighted(model, tensor, scheme, &importance, watch, result, err);
}

bool quant_error_compute(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const struct analysis_watch *watch,
			 struct quant_error *result, struct error *err)
{
	return compute(model, tensor, scheme, NULL, run_whole, watch, result, err);
}

bool quant_error_brief(const struct model *model, const struct tensor *tensor,
		       const struct quant_scheme *scheme, const struct analysis_watch *watch,
		       struct quant_error *result, struct error *err)
{
	return compute(model, tensor, scheme, NULL, run_brief, watch, result, err);
}

uint64_t quant_bytes_after(const struct model *model, const struct tensor *tensor,
			   const struct quant_scheme *scheme)
{
	struct quant_lines lines;
	struct quant_cost cost;
	double share = 0;

	if (!quant_applies(tensor))
		return 0;
	quant_lines_measure(&lines, tensor, choose_axis(model, tensor, scheme),
			    piece_unit(scheme));
	if (scheme->pruning == PRUNE_SHARE || scheme->pruning == PRUNE_CHANNELS)
		share = scheme->prune;
	quant_cost(scheme, &lines, (uint64_t)(share * (double)tensor->present), &cost);
	return cost.bytes;
}
