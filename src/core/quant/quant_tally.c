#include "core/quant/quant_tally.h"

#include <math.h>
#include <string.h>

#include <mtui/channels.h>

#include "core/analysis/log2_exact.h"
#include "core/kernels/decode.h"
#include "core/kernels/quantize.h"

#define LOG10_2 0x1.34413509f79ffp-2

void quant_tally_start(struct quant_tally *tally)
{
	/* Nothing is wanted: no finite value begins like this. */
	const uint16_t nan = 0x7fff;

	if (isnan(tally->result->low))
		return;
	bins_init(&tally->bins, BINS_F64, tally->result->low, tally->result->high, HISTOGRAM_BINS);
	tally->aimed = floats_aim_at(&tally->aim, &tally->bins, &nan, 1);
}

bool quant_tally_wants_codes(const struct quant_tally *tally)
{
	return tally->result->levels_used < tally->result->levels;
}

static void squeeze(struct quant_tally *tally, const struct quant_piece *piece,
		    const float *restored)
{
	struct survey survey;
	size_t kept = 0;

	survey_block_f32((const uint8_t *)piece->values, piece->n, &survey);
	tally->squeezed = survey.bad > 0;
	tally->n = piece->n;
	if (!tally->squeezed) {
		memcpy(tally->values, piece->values, piece->n * sizeof *restored);
		memcpy(tally->back, restored, piece->n * sizeof *restored);
		return;
	}
	for (size_t i = 0; i < piece->n; i++) {
		if (!isfinite(piece->values[i]))
			continue;
		tally->positions[kept] = (uint16_t)i;
		tally->back[kept] = restored[i];
		tally->values[kept++] = piece->values[i];
	}
	tally->n = kept;
}

static uint64_t index_of(const struct quant_tally *tally, const struct quant_piece *piece,
			 size_t i)
{
	uint64_t position = piece->position + (tally->squeezed ? tally->positions[i] : i);

	return quant_lines_place(tally->lines, position).index;
}

/* Of equal errors the one of the least index counts. */
static void note_max(struct quant_tally *tally, const struct quant_piece *piece, double max_error)
{
	struct quant_error *result = tally->result;

	if (result->max_index != UINT64_MAX && max_error < result->max_abs)
		return;
	if (result->max_index == UINT64_MAX || max_error > result->max_abs)
		result->max_index = UINT64_MAX;
	result->max_abs = max_error;
	for (size_t i = 0; i < tally->n; i++) {
		uint64_t index;

		if (fabs((double)tally->back[i] - (double)tally->values[i]) != max_error)
			continue;
		index = index_of(tally, piece, i);
		result->max_index = index < result->max_index ? index : result->max_index;
		if (tally->lines->rows == 0)
			break;
	}
}

static void note_codes(struct quant_tally *tally, const uint16_t *codes)
{
	uint32_t used = tally->result->levels_used;

	for (size_t i = 0; i < tally->n; i++) {
		uint8_t *seen = &tally->seen[codes[tally->squeezed ? tally->positions[i] : i]];

		used += *seen == 0;
		*seen = 1;
	}
	tally->result->levels_used = used;
}

static void count_bins(struct quant_tally *tally, const float *values,
		       struct floats_catch *caught, uint64_t *counts)
{
	if (!tally->aimed) {
		decode_f64(DTYPE_F32, (const uint8_t *)values, tally->n, tally->wide);
		bins_count(&tally->bins, tally->wide, tally->n, counts);
		return;
	}
	floats_catch((const uint8_t *)values, tally->n, &tally->aim, caught);
	for (size_t i = 0; i < caught->n_doubtful; i++) {
		float value;
		size_t bin;

		memcpy(&value, &caught->doubtful[i], sizeof value);
		bin = bins_index(&tally->bins, value);
		counts[floats_guess(&tally->aim, caught->doubtful[i])]--;
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

static void fold_histograms(struct quant_tally *tally)
{
	fold_bins(&tally->caught[0], tally->result->original);
	fold_bins(&tally->caught[1], tally->result->reconstructed);
	tally->unfolded = 0;
}

/* What lies beyond the original range counts at its ends. */
static void count_both(struct quant_tally *tally)
{
	float low = (float)tally->result->low, high = (float)tally->result->high;

	count_bins(tally, tally->values, &tally->caught[0], tally->result->original);
	for (size_t i = 0; i < tally->n; i++) {
		float back = tally->back[i] > low ? tally->back[i] : low;

		tally->back[i] = back < high ? back : high;
	}
	count_bins(tally, tally->back, &tally->caught[1], tally->result->reconstructed);
	tally->unfolded += tally->n;
	if (tally->unfolded > UINT32_MAX / 2)
		fold_histograms(tally);
}

static void add_sums(struct quant_tally *tally, const struct quantize_sums *sums)
{
	exact_sum_add(&tally->error, sums->error);
	exact_sum_add(&tally->original, sums->original);
	exact_sum_add(&tally->power, sums->power);
	exact_sum_add(&tally->restored, sums->restored);
	exact_sum_add(&tally->product, sums->product);
	exact_sum_add(&tally->bias, sums->bias);
}

/* The same sums, each element times its channel's importance. */
static void add_weighted(struct quant_tally *tally, const struct quant_piece *piece)
{
	const struct quant_importance *importance = tally->importance;
	struct quantize_sums sums = { .error = 0 };
	double total = 0;

	for (size_t i = 0; i < tally->n; i++) {
		uint64_t index = index_of(tally, piece, i);
		double w = importance->weights[index / importance->inner % importance->n];
		double x = (double)tally->values[i], y = (double)tally->back[i], e = y - x;

		total += w;
		sums.error += w * e * e;
		sums.original += w * x * x;
		sums.restored += w * y * y;
		sums.product += w * x * y;
		sums.bias += w * e;
	}
	sums.power = sums.original;
	add_sums(tally, &sums);
	exact_sum_add(&tally->weight, total);
}

void quant_tally_add(struct quant_tally *tally, const struct quant_piece *piece,
		     const float *restored, const uint16_t *codes, size_t clipped)
{
	struct quantize_sums sums;

	squeeze(tally, piece, restored);
	tally->result->count += tally->n;
	tally->result->skipped += piece->n - tally->n;
	tally->clipped += clipped;
	if (tally->n == 0)
		return;
	quantize_compare(tally->values, tally->back, tally->n, &sums);
	note_max(tally, piece, sums.max_error);
	error_bins_add(&tally->errors, tally->values, tally->back, tally->n, sums.max_error);
	if (tally->importance)
		add_weighted(tally, piece);
	else
		add_sums(tally, &sums);
	if (codes)
		note_codes(tally, codes);
	count_both(tally);
}

/* Every bin counts one more than it holds, so that none is impossible. */
static double divergence(const struct quant_error *result)
{
	double n = (double)result->count + HISTOGRAM_BINS, sum = 0;

	for (size_t b = 0; b < HISTOGRAM_BINS; b++) {
		double p = (double)result->original[b] + 1;
		double q = (double)result->reconstructed[b] + 1;

		if (p != q)
			sum += p / n * (log2_exact(p) - log2_exact(q));
	}
	return sum > 0 ? sum : 0;
}

void quant_tally_error(struct quant_error *result, double error, double original, double n)
{
	result->energy = original;
	result->mse = error / n;
	result->rmse = sqrt(result->mse);
	result->rel_fro = error == 0 ? 0 : sqrt(error / original);
	result->sqnr_db = INFINITY;
	if (!isfinite(error))
		result->sqnr_db = -INFINITY;
	else if (error > 0 && original > 0)
		result->sqnr_db = 10 * LOG10_2 * (log2_exact(original) - log2_exact(error));
	else if (error > 0)
		result->sqnr_db = -INFINITY;
}

void quant_tally_finish(struct quant_tally *tally)
{
	struct quant_error *result = tally->result;
	double error = exact_sum_value(&tally->error), n = (double)result->count;
	double original = exact_sum_value(&tally->original);
	double power = exact_sum_value(&tally->power);
	double restored = exact_sum_value(&tally->restored);

	if (result->count == 0)
		return;
	fold_histograms(tally);
	error_bins_fit(&tally->errors, result->max_abs, result->errors, &result->error_range);
	result->clipped = (double)tally->clipped / n;
	result->kl = divergence(result);
	if (tally->importance)
		n = exact_sum_value(&tally->weight);
	quant_tally_error(result, error, original, n);
	result->bias = exact_sum_value(&tally->bias) / n;
	if (power == 0)
		result->cosine = restored == 0;
	else if (restored == 0)
		result->cosine = 0;
	else
		result->cosine =
			exact_sum_value(&tally->product) / (sqrt(power) * sqrt(restored));
}

int quant_importance_axis(const struct model *model, const struct tensor *tensor, uint64_t n)
{
	int channels = channel_axis(model, tensor);
	int summed = channels == 0 ? 1 : channels - 1;

	if (tensor->n_dims == 1)
		return (uint64_t)tensor->dims[0] == n ? 0 : -1;
	if (channels >= 0 && (uint64_t)tensor->dims[summed] == n)
		return summed;
	if (channels >= 0 && (uint64_t)tensor->dims[channels] == n)
		return channels;
	return -1;
}
