#include "core/analysis/quant_loss.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/analysis/granules.h"
#include "core/analysis/stripes.h"
#include "core/kernels/decode.h"
#include "core/kernels/loss.h"

/* Elements whose ranges and errors are taken in turns: they stay in the second cache. */
#define WINDOW	 ((uint64_t)1 << 16)
#define MOST_ROW (WINDOW / 4)

struct loss {
	const struct quant_codec *codec;
	const struct quant_lines *lines;
	const struct loss_kernels *kernels;
	struct granules granules;
	float *inverse, *low, *high; /* of granules, where each element has its own */
	struct loss_sums *blocks;
	atomic_bool unfit;
};

struct worker {
	struct loss *loss;
	struct granules granules; /* ranges of what this worker has seen */
	uint64_t row, rows;	  /* of the window */
	float low[WINDOW / LANES + 2], high[WINDOW / LANES + 2];
	struct loss_step steps[BLOCK / LANES];
	float values[BLOCK], restored[BLOCK];
};

bool quant_loss_fits(const struct quant_codec *codec, const struct quant_lines *lines)
{
	const struct quant_scheme *scheme = codec->scheme;
	unsigned unit = lines->unit;

	return codec->kind == CODEC_GRID && codec->grid.kind == GRID_INTEGER &&
	       scheme->rounding == ROUND_EVEN && scheme->calibration == CALIBRATE_MINMAX &&
	       scheme->pruning == PRUNE_NONE && codec->grid.high - codec->grid.low <= 255 &&
	       lines->rows == 0 && lines->total > 0 &&
	       (unit == 1 || lines->channels == 1 || lines->inner % unit == 0);
}

static const uint8_t *as_floats(struct worker *worker, const uint8_t *bytes, size_t n)
{
	enum dtype dtype = worker->loss->lines->dtype;

	if (dtype == DTYPE_F32)
		return bytes;
	decode_f32(dtype, bytes, n, worker->values);
	return (const uint8_t *)worker->values;
}

static bool give_up(struct loss *loss)
{
	atomic_store(&loss->unfit, true);
	return false;
}

/* False for scales that the loops cannot take. */
static bool make_step(const struct loss *loss, double low, double high, struct loss_step *step)
{
	float offset;

	quant_codec_scale(loss->codec, low, high, &step->scale, &offset);
	if (!(step->scale >= LOSS_LEAST_SCALE && step->scale <= LOSS_MOST_SCALE))
		return false;
	step->inverse = 1 / step->scale;
	step->low = loss->codec->grid.low - offset;
	step->high = loss->codec->grid.high - offset;
	return true;
}

static void add_block(struct worker *worker, const uint8_t *bytes, size_t n, uint64_t first)
{
	struct loss *loss = worker->loss;

	loss->kernels->sums(bytes, n, worker->restored, &loss->blocks[first / BLOCK]);
}

/* --- Groups ---------------------------------------------------------------------------------- */

static bool group_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	size_t size = loss->lines->unit;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n; i += size) {
		float low = INFINITY, high = -INFINITY;

		if (!loss->kernels->range(bytes + 4 * i, n - i < size ? n - i : size, &low, &high) ||
		    !make_step(loss, (double)low, (double)high, &worker->steps[i / size]))
			return give_up(loss);
	}
	loss->kernels->restore(bytes, n, size, worker->steps, worker->restored);
	add_block(worker, bytes, n, first);
	return true;
}

/* --- Rows, by windows ------------------------------------------------------------------------ */

static bool row_range_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	uint64_t inner = worker->loss->lines->inner;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n;) {
		uint64_t left = inner - (first + i) % inner, row = (first + i) / inner - worker->row;
		size_t run = left < n - i ? (size_t)left : n - i;

		if (!worker->loss->kernels->range(bytes + 4 * i, run, &worker->low[row],
						  &worker->high[row]))
			return give_up(worker->loss);
		i += run;
	}
	return true;
}

static bool row_error_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	uint64_t inner = loss->lines->inner;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n;) {
		uint64_t left = inner - (first + i) % inner, row = (first + i) / inner - worker->row;
		size_t run = left < n - i ? (size_t)left : n - i;
		struct loss_step step;

		if (!make_step(loss, (double)worker->low[row], (double)worker->high[row], &step))
			return give_up(loss);
		loss->kernels->restore(bytes + 4 * i, run, BLOCK, &step, worker->restored + i);
		i += run;
	}
	add_block(worker, bytes, n, first);
	return true;
}

static bool rows_of_stripe(struct tensor_walk *walk, uint64_t first, uint64_t n, void *context,
			   struct error *err)
{
	struct worker *worker = context;
	uint64_t inner = worker->loss->lines->inner, total = worker->loss->lines->total;
	uint64_t end = first + n;

	for (; first < end; first += WINDOW) {
		uint64_t part = end - first < WINDOW ? end - first : WINDOW, last;

		worker->row = first / inner;
		last = (first + part - 1) / inner + 1;
		for (uint64_t row = 0; row < last - worker->row; row++) {
			worker->low[row] = INFINITY;
			worker->high[row] = -INFINITY;
		}
		last = last * inner < total ? last * inner : total;
		if (!tensor_walk_stretch(walk, worker->row * inner, last - worker->row * inner,
					 row_range_step, worker, err) ||
		    !tensor_walk_stretch(walk, first, part, row_error_step, worker, err))
			return false;
		if (atomic_load(&worker->loss->unfit))
			return true;
	}
	return true;
}

/* --- Tensors and channels, by two passes ----------------------------------------------------- */

static bool range_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	const struct loss_kernels *kernels = worker->loss->kernels;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n;) {
		struct granule_run run = granules_run(&worker->granules, first + i, n - i);
		float *low = worker->granules.low + run.granule;
		float *high = worker->granules.high + run.granule;

		if (!(run.each ? kernels->range_each : kernels->range)(bytes + 4 * i, run.n, low,
								       high))
			return give_up(worker->loss);
		i += run.n;
	}
	return true;
}

static bool error_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	const struct granules *granules = &loss->granules;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n;) {
		struct granule_run run = granules_run(granules, first + i, n - i);
		uint64_t g = run.granule;
		struct loss_steps each = { granules->low + g, loss->inverse + g, loss->low + g,
					   loss->high + g };
		struct loss_step step = { *each.scale, *each.inverse, *each.low, *each.high };
		float *restored = worker->restored + i;

		if (run.each)
			loss->kernels->restore_each(bytes + 4 * i, run.n, &each, restored);
		else
			loss->kernels->restore(bytes + 4 * i, run.n, BLOCK, &step, restored);
		i += run.n;
	}
	add_block(worker, bytes, n, first);
	return true;
}

static bool make_steps(struct loss *loss, struct error *err)
{
	struct granules *granules = &loss->granules;
	size_t n = (size_t)granules->n;

	loss->inverse = malloc(n * sizeof(float));
	loss->low = malloc(n * sizeof(float));
	loss->high = malloc(n * sizeof(float));
	if (!loss->inverse || !loss->low || !loss->high)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for %zu scales", n);
	for (size_t g = 0; g < n; g++) {
		struct loss_step step;

		if (!make_step(loss, (double)granules->low[g], (double)granules->high[g], &step)) {
			give_up(loss);
			break;
		}
		granules->low[g] = step.scale;
		loss->inverse[g] = step.inverse;
		loss->low[g] = step.low;
		loss->high[g] = step.high;
	}
	return true;
}

static void merge_ranges(struct granules *into, const struct granules *other)
{
	for (uint64_t g = 0; g < into->n; g++) {
		into->low[g] = fminf(into->low[g], other->low[g]);
		into->high[g] = fmaxf(into->high[g], other->high[g]);
	}
}

static bool two_passes(struct loss *loss, struct worker **workers, size_t n,
		       struct tensor_walk *walk, struct error *err)
{
	bool channels = loss->codec->scheme->granularity == QUANT_PER_CHANNEL;
	bool done = granules_init(&loss->granules, loss->lines, channels, false, err);

	for (size_t w = 0; done && w < n; w++)
		done = granules_init(&workers[w]->granules, loss->lines, channels, false, err);
	done = done && stripes_pass(walk, (void **)workers, n, range_step, NULL, NULL, err);
	for (size_t w = 0; done && w < n; w++)
		merge_ranges(&loss->granules, &workers[w]->granules);
	for (size_t w = 0; w < n; w++)
		granules_free(&workers[w]->granules);
	if (!done || atomic_load(&loss->unfit) || !make_steps(loss, err) ||
	    atomic_load(&loss->unfit))
		return done;
	return stripes_pass(walk, (void **)workers, n, error_step, NULL, NULL, err);
}

/* --- All of it ------------------------------------------------------------------------------- */

static bool by_rows(const struct loss *loss, const struct tensor_walk *walk)
{
	return loss->codec->scheme->granularity == QUANT_PER_CHANNEL && loss->lines->outer == 1 &&
	       loss->lines->inner >= LANES && loss->lines->inner <= MOST_ROW &&
	       tensor_walk_has_stretches(walk);
}

static bool pass(struct loss *loss, struct worker **workers, size_t n, struct tensor_walk *walk,
		 struct error *err)
{
	walk->total = loss->lines->unit > 1 ? loss->lines->total : 2 * loss->lines->total;
	if (loss->lines->unit > 1)
		return stripes_pass(walk, (void **)workers, n, group_step, NULL, NULL, err);
	if (by_rows(loss, walk))
		return stripes_run(walk, (void **)workers, n, rows_of_stripe, err);
	return two_passes(loss, workers, n, walk, err);
}

bool quant_loss_sums(const struct quant_codec *codec, const struct quant_lines *lines,
		     struct tensor_walk *walk, double *error, double *original, bool *found,
		     struct error *err)
{
	struct loss loss = { .codec = codec, .lines = lines, .kernels = loss_current() };
	struct worker *workers[STRIPES_WORKERS];
	struct exact_sum errors = { 0, 0 }, originals = { 0, 0 };
	size_t wanted = stripes_workers(walk), n = 0;
	uint64_t n_blocks = (lines->total - 1) / BLOCK + 1;
	bool done = false;

	loss.blocks = calloc((size_t)n_blocks, sizeof *loss.blocks);
	for (struct worker *worker; n < wanted && (worker = calloc(1, sizeof *worker)); n++) {
		worker->loss = &loss;
		workers[n] = worker;
	}
	if (loss.blocks && n > 0)
		done = pass(&loss, workers, n, walk, err);
	else
		error_set(err, ERROR_MEMORY, -1, "out of memory for a quantization error");
	*found = done && !atomic_load(&loss.unfit);
	for (uint64_t b = 0; *found && b < n_blocks; b++) {
		exact_sum_add(&errors, loss.blocks[b].error);
		exact_sum_add(&originals, loss.blocks[b].original);
	}
	*error = exact_sum_value(&errors);
	*original = exact_sum_value(&originals);
	while (n > 0)
		free(workers[--n]);
	granules_free(&loss.granules);
	free(loss.inverse);
	free(loss.low);
	free(loss.high);
	free(loss.blocks);
	return done;
}
