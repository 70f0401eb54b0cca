/*
 * Two passes: the first finds the range of each granule, hence its scale; the second restores
 * every element and compares. Both look at floats; NaN and infinities take no part.
 */
#include <mtui/quant_error.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/granules.h"
#include "core/analysis/log2_exact.h"
#include "core/analysis/tensor_walk.h"
#include "core/kernels/bins.h"
#include "core/kernels/decode.h"
#include "core/kernels/floats.h"
#include "core/kernels/moments.h"
#include "core/kernels/quantize.h"

#define LOG10_2 0x1.34413509f79ffp-2

struct trial {
	enum dtype dtype;
	float qmax;
	struct granules granules;
	struct quant_error *result;
	struct exact_sum error, original, restored, product, bias;
	struct bins bins;
	struct floats_aim aim;
	bool aimed;		       /* single precision can guess the bins */
	struct floats_catch caught[2]; /* of values and of what they are restored to */
	uint64_t unfolded;	       /* elements in their bins */
	uint8_t seen[256];	       /* by code, as unsigned byte */
	/* The block at hand: n finite values, their scales, and where they stood. */
	size_t n;
	bool squeezed;
	float values[BLOCK], scales[BLOCK], back[BLOCK];
	double wide[BLOCK];
	int8_t codes[BLOCK];
	uint16_t positions[BLOCK];
};

static bool all_finite(const float *values, size_t n)
{
	struct survey survey;

	survey_block_f32((const uint8_t *)values, n, &survey);
	return survey.bad == 0;
}

static bool range_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct trial *trial = context;

	decode_f32(trial->dtype, bytes, n, trial->values);
	if (!all_finite(trial->values, n))
		for (size_t i = 0; i < n; i++)
			if (isinf(trial->values[i]))
				trial->values[i] = NAN;
	granules_widen(&trial->granules, trial->values, n, first);
	return true;
}

static void squeeze(struct trial *trial)
{
	size_t kept = 0;

	trial->squeezed = true;
	for (size_t i = 0; i < trial->n; i++) {
		if (!isfinite(trial->values[i]))
			continue;
		trial->positions[kept] = (uint16_t)i;
		trial->scales[kept] = trial->scales[i];
		trial->values[kept++] = trial->values[i];
	}
	trial->n = kept;
}

static void note_max(struct trial *trial, double max_error, uint64_t first)
{
	size_t i = 0;

	if (trial->result->max_index != UINT64_MAX && max_error <= trial->result->max_abs)
		return;
	while (i < trial->n - 1 &&
	       fabs((double)trial->back[i] - (double)trial->values[i]) != max_error)
		i++;
	trial->result->max_abs = max_error;
	trial->result->max_index = first + (trial->squeezed ? trial->positions[i] : i);
}

/* Once every code has been seen there is nothing left to find out. */
static void note_codes(struct trial *trial)
{
	struct quant_error *result = trial->result;

	if (result->levels_used == result->levels)
		return;
	for (size_t i = 0; i < trial->n; i++)
		trial->seen[(uint8_t)trial->codes[i]] = 1;
	result->levels_used = 0;
	for (size_t code = 0; code < sizeof trial->seen; code++)
		result->levels_used += trial->seen[code];
}

static void count_bins(struct trial *trial, const float *values, struct floats_catch *caught,
		       uint64_t *counts)
{
	if (!trial->aimed) {
		decode_f64(DTYPE_F32, (const uint8_t *)values, trial->n, trial->wide);
		bins_count(&trial->bins, trial->wide, trial->n, counts);
		return;
	}
	floats_catch((const uint8_t *)values, trial->n, &trial->aim, caught);
	for (size_t i = 0; i < caught->n_doubtful; i++) {
		float value;
		size_t bin;

		memcpy(&value, &caught->doubtful[i], sizeof value);
		bin = bins_index(&trial->bins, value);
		counts[floats_guess(&trial->aim, caught->doubtful[i])]--;
		if (bin < HISTOGRAM_BINS)
			counts[bin]++;
	}
	caught->n_doubtful = caught->n_wanted = 0;
}

static void fold_bins(struct floats_catch *caught, uint64_t *counts)
{
	for (size_t t = 0; t < FLOAT_BIN_TABLES; t++)
		for (size_t b = 0; b < HISTOGRAM_BINS; b++)
			counts[b] += caught->bins[t][b];
	memset(caught->bins, 0, sizeof caught->bins);
}

static void fold_histograms(struct trial *trial)
{
	fold_bins(&trial->caught[0], trial->result->original);
	fold_bins(&trial->caught[1], trial->result->reconstructed);
	trial->unfolded = 0;
}

static bool compare_pass(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct trial *trial = context;
	struct quantize_sums sums;

	decode_f32(trial->dtype, bytes, n, trial->values);
	granules_scales(&trial->granules, first, n, trial->scales);
	trial->n = n;
	trial->squeezed = false;
	if (!all_finite(trial->values, n))
		squeeze(trial);
	trial->result->count += trial->n;
	trial->result->skipped += n - trial->n;
	if (trial->n == 0)
		return true;
	quantize_block(trial->values, trial->scales, trial->n, trial->qmax, trial->codes,
		       trial->back);
	quantize_compare(trial->values, trial->back, trial->n, &sums);
	exact_sum_add(&trial->error, sums.error);
	exact_sum_add(&trial->original, sums.original);
	exact_sum_add(&trial->restored, sums.restored);
	exact_sum_add(&trial->product, sums.product);
	exact_sum_add(&trial->bias, sums.bias);
	note_max(trial, sums.max_error, first);
	note_codes(trial);
	count_bins(trial, trial->values, &trial->caught[0], trial->result->original);
	count_bins(trial, trial->back, &trial->caught[1], trial->result->reconstructed);
	trial->unfolded += trial->n;
	if (trial->unfolded > UINT32_MAX / 2)
		fold_histograms(trial);
	return true;
}

static void finish(struct trial *trial)
{
	struct quant_error *result = trial->result;
	double error = exact_sum_value(&trial->error), n = (double)result->count;
	double original = exact_sum_value(&trial->original);
	double restored = exact_sum_value(&trial->restored);

	if (result->count == 0)
		return;
	result->mse = error / n;
	result->rmse = sqrt(result->mse);
	result->bias = exact_sum_value(&trial->bias) / n;
	result->rel_fro = error == 0 ? 0 : sqrt(error / original);
	result->sqnr_db = INFINITY;
	if (error > 0)
		result->sqnr_db = 10 * LOG10_2 * (log2_exact(original) - log2_exact(error));
	if (original == 0)
		result->cosine = 1;
	else if (restored == 0)
		result->cosine = 0;
	else
		result->cosine =
			exact_sum_value(&trial->product) / (sqrt(original) * sqrt(restored));
}

static void set_empty(struct quant_error *result)
{
	*result = (struct quant_error){ .max_index = UINT64_MAX, .axis = -1 };
	result->mse = result->rmse = result->rel_fro = result->sqnr_db = NAN;
	result->max_abs = result->bias = result->cosine = NAN;
}

static void set_sizes(struct quant_error *result, const struct tensor *tensor, unsigned bits)
{
	uint64_t scales = 4 * result->granules;

	if (!dtype_bytes(tensor->dtype, tensor->present, &result->bytes_before))
		result->bytes_before = tensor->nbytes;
	result->bytes_after =
		tensor->present / 8 * bits + (tensor->present % 8 * bits + 7) / 8 + scales;
	result->bits_per_weight = bits + 8 * (double)scales / (double)tensor->present;
}

bool quant_applies(const struct tensor *tensor)
{
	return dtype_traits[tensor->dtype].class == CLASS_FLOAT && tensor->present > 0;
}

static int choose_axis(const struct model *model, const struct tensor *tensor,
		       const struct quant_scheme *scheme)
{
	if (scheme->granularity != QUANT_PER_CHANNEL)
		return -1;
	if (scheme->axis >= 0 && (uint32_t)scheme->axis < tensor->n_dims)
		return scheme->axis;
	return quant_axis(model, tensor);
}

static bool run(struct trial *trial, struct tensor_walk *walk, struct error *err)
{
	struct quant_error *result = trial->result;

	if (!tensor_walk_pass(walk, range_pass, trial, err))
		return false;
	granules_make_scales(&trial->granules, trial->qmax, &result->low, &result->high);
	if (!isnan(result->low)) {
		/* Nothing is wanted: no finite value begins like this. */
		const uint16_t nan = 0x7fff;

		bins_init(&trial->bins, BINS_F64, result->low, result->high, HISTOGRAM_BINS);
		trial->aimed = floats_aim_at(&trial->aim, &trial->bins, &nan, 1);
	}
	if (!tensor_walk_pass(walk, compare_pass, trial, err))
		return false;
	fold_histograms(trial);
	finish(trial);
	return true;
}

bool quant_error_compute(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const struct analysis_watch *watch,
			 struct quant_error *result, struct error *err)
{
	struct tensor_walk *walk;
	struct trial *trial;
	int axis = choose_axis(model, tensor, scheme);
	bool done = false;

	set_empty(result);
	if (scheme->id < SCHEME_INT2 || scheme->id > SCHEME_INT8)
		return error_set(err, ERROR_REFUSED, -1, "no error for %s yet",
				 scheme_traits[scheme->id].name);
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
		trial->dtype = tensor->dtype;
		trial->qmax = (float)((1 << (quant_scheme_bits(scheme) - 1)) - 1);
		trial->result = result;
		result->levels = 2 * (uint32_t)trial->qmax + 1;
		result->axis = (int8_t)axis;
		if (granules_init(&trial->granules, tensor, axis, err)) {
			result->granules = trial->granules.n;
			set_sizes(result, tensor, quant_scheme_bits(scheme));
			done = run(trial, walk, err);
			granules_free(&trial->granules);
		}
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory for a quantization error");
	}
	free(trial);
	free(walk);
	return done;
}
