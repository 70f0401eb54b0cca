#include "core/quant/quant_loss.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/stripes.h"
#include "core/kernels/decode.h"
#include "core/kernels/loss.h"
#include "core/quant/granules.h"

/* Elements whose ranges and errors are taken in turns: they stay in the second cache. */
#define WINDOW	 ((uint64_t)1 << 16)
#define MOST_ROW (WINDOW / 4)

/* Of a block. */
struct loss_sums {
	double error, original;
};

struct loss {
	const struct quant_codec *codec;
	const struct quant_lines *lines;
	const struct loss_kernels *kernels;
	struct loss_law law;
	struct loss_rule rule;
	struct granules granules;
	float *inverse, *low, *high; /* of the granules, whose own low holds the scales */
	struct loss_sums *blocks;
	atomic_bool unfit;
};

struct worker {
	struct loss *loss;
	struct granules granules; /* ranges of what this worker has seen */
	uint64_t row;		  /* the first of the window */
	float low[WINDOW / LANES + 2], high[WINDOW / LANES + 2];
	struct loss_groups groups;
	struct loss_lanes lanes;
	float values[BLOCK], each[4][BLOCK];
};

bool quant_loss_fits(const struct quant_codec *codec, const struct quant_lines *lines)
{
	const struct quant_scheme *scheme = codec->scheme;
	unsigned unit = lines->unit;
	struct loss_rule rule;

	return codec->kind == CODEC_GRID && loss_rule_of(&codec->grid, &rule) &&
	       scheme->calibration == CALIBRATE_MINMAX && scheme->pruning == PRUNE_NONE &&
	       !scheme->double_scales && lines->rows == 0 && lines->total > 0 &&
	       (unit == 1 || lines->channels == 1 || lines->inner % unit == 0) &&
	       (unit == 1 || scheme->scale == SCALE_F32);
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

/* One granule's. */
struct step {
	float scale, inverse, low, high;
};

/* False for what the loops cannot take: see loss.h. */
static bool make_step(const struct loss *loss, float low, float high, struct step *step)
{
	float offset;

	quant_codec_scale(loss->codec, (double)low, (double)high, &step->scale, &offset);
	step->inverse = 1 / step->scale;
	step->low = loss->codec->grid.low - offset;
	step->high = loss->codec->grid.high - offset;
	return step->scale >= LOSS_LEAST_SCALE && step->scale <= LOSS_MOST_SCALE &&
	       (step->low == 0 || low / step->scale > 1.9f * step->low) &&
	       (step->high == 0 || high / step->scale < 1.9f * step->high);
}

static void end_block(struct worker *worker, uint64_t first)
{
	struct loss_sums *sums = &worker->loss->blocks[first / BLOCK];

	sums->error = lanes_sum(worker->lanes.error);
	sums->original = lanes_sum(worker->lanes.original);
	memset(&worker->lanes, 0, sizeof worker->lanes);
}

/* --- Groups ---------------------------------------------------------------------------------- */

static bool group_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	struct loss_groups *groups = &worker->groups;
	const struct loss_steps steps = { groups->scale, groups->inverse, groups->low,
					  groups->high };
	size_t size = loss->lines->unit;

	bytes = as_floats(worker, bytes, n);
	if (!loss->kernels->group(bytes, n, size, &loss->law, groups))
		return give_up(loss);
	loss->kernels->add(&loss->rule, bytes, n, size, &steps, &worker->lanes);
	end_block(worker, first);
	return true;
}

/* --- Rows, by windows ------------------------------------------------------------------------ */

/* Elements from `first` on that are in one row; which that is, counted from the window's first. */
static size_t row_run(const struct worker *worker, uint64_t first, size_t left, uint64_t *row)
{
	uint64_t inner = worker->loss->lines->inner, run = inner - first % inner;

	*row = first / inner - worker->row;
	return run < left ? (size_t)run : left;
}

static bool row_range_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	uint64_t row;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0, run; i < n; i += run) {
		run = row_run(worker, first + i, n - i, &row);
		worker->loss->kernels->range(bytes + 4 * i, run, &worker->low[row],
					     &worker->high[row]);
	}
	return true;
}

static void spread(struct worker *worker, size_t i, size_t n, const struct step *step)
{
	for (size_t k = i; k < i + n; k++) {
		worker->each[0][k] = step->scale;
		worker->each[1][k] = step->inverse;
		worker->each[2][k] = step->low;
		worker->each[3][k] = step->high;
	}
}

static void add_spread(struct worker *worker, const uint8_t *bytes, size_t n)
{
	const struct loss_steps steps = { worker->each[0], worker->each[1], worker->each[2],
					  worker->each[3] };

	worker->loss->kernels->add_each(&worker->loss->rule, bytes, n, &steps, &worker->lanes);
}

static bool row_error_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	bool even = loss->lines->inner % LANES == 0;
	uint64_t row;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0, run; i < n; i += run) {
		struct step step;
		const struct loss_steps steps = { &step.scale, &step.inverse, &step.low,
						  &step.high };

		run = row_run(worker, first + i, n - i, &row);
		if (!make_step(loss, worker->low[row], worker->high[row], &step))
			return give_up(loss);
		if (even)
			loss->kernels->add(&loss->rule, bytes + 4 * i, run, BLOCK, &steps, &worker->lanes);
		else
			spread(worker, i, run, &step);
	}
	if (!even)
		add_spread(worker, bytes, n);
	end_block(worker, first);
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

		(run.each ? kernels->range_each : kernels->range)(bytes + 4 * i, run.n, low, high);
		i += run.n;
	}
	return true;
}

static bool error_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;
	const struct loss_kernels *kernels = loss->kernels;
	uint64_t length = loss->granules.channels && loss->lines->inner > 1 ?
				  loss->lines->inner : loss->lines->channels;
	bool even = !loss->granules.channels || length % LANES == 0;

	bytes = as_floats(worker, bytes, n);
	for (size_t i = 0; i < n;) {
		struct granule_run run = granules_run(&loss->granules, first + i, n - i);
		uint64_t g = run.granule;
		const struct loss_steps steps = { loss->granules.low + g, loss->inverse + g,
						  loss->low + g, loss->high + g };

		if (even && run.each)
			kernels->add_each(&worker->loss->rule, bytes + 4 * i, run.n, &steps, &worker->lanes);
		else if (even)
			kernels->add(&loss->rule, bytes + 4 * i, run.n, BLOCK, &steps, &worker->lanes);
		for (size_t k = 0; !even && k < run.n; k += run.each ? 1 : run.n) {
			struct step step = { steps.scale[k], steps.inverse[k], steps.low[k],
					     steps.high[k] };

			spread(worker, i + k, run.each ? 1 : run.n, &step);
		}
		i += run.n;
	}
	if (!even)
		add_spread(worker, bytes, n);
	end_block(worker, first);
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
		struct step step;

		if (!make_step(loss, granules->low[g], granules->high[g], &step)) {
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
	enum quant_range range = (enum quant_range)codec->scheme->range;
	struct worker *workers[STRIPES_WORKERS];
	struct exact_sum errors = { 0, 0 }, originals = { 0, 0 };
	size_t wanted = stripes_workers(walk), n = 0;
	uint64_t n_blocks = (lines->total - 1) / BLOCK + 1;
	bool done = false;

	loss.law = (struct loss_law){ grid_reach(&codec->grid), codec->grid.low, codec->grid.high,
				      range == RANGE_AFFINE };
	if (range == RANGE_FULL)
		loss.law.reach = (codec->grid.high - codec->grid.low) / 2;
	loss_rule_of(&codec->grid, &loss.rule);
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
	for (uint64_t b = 0; done && b < n_blocks; b++) {
		exact_sum_add(&errors, loss.blocks[b].error);
		exact_sum_add(&originals, loss.blocks[b].original);
	}
	*error = exact_sum_value(&errors);
	*original = exact_sum_value(&originals);
	*found = *found && isfinite(*original);
	while (n > 0)
		free(workers[--n]);
	granules_free(&loss.granules);
	free(loss.inverse);
	free(loss.low);
	free(loss.high);
	free(loss.blocks);
	return done;
}
