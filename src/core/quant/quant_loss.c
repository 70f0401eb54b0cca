#include "core/quant/quant_loss.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/stripes.h"
#include "core/kernels/decode.h"
#include "core/kernels/loss.h"
#include "core/quant/granules.h"

/* Elements whose ranges and errors are taken in turns, row by row. */
#define WINDOW	 ((uint64_t)1 << 16)
#define MOST_ROW (WINDOW / 4)

/* Bytes that are asked for ahead while those before them wait for arithmetic. */
#define AHEAD ((size_t)16 << 10)

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
	bool rows; /* by windows of them */
	bool magnitudes; /* are all that is found of the ranges of columns */
	bool even; /* no vector has elements of two granules */
	size_t ahead; /* bytes between what is rounded and what should come meanwhile */
	atomic_bool unfit;
};

/* Rows that a window touches, two of them in part. */
#define WINDOW_ROWS (WINDOW / LANES + 2)

struct worker {
	struct loss *loss;
	struct granules granules; /* ranges of what this worker has seen */
	uint64_t row, n_rows;	  /* the window's first, and how many have steps */
	uint64_t first, n;	  /* elements of the window that are the worker's to add */
	float scale[WINDOW_ROWS], inverse[WINDOW_ROWS], low[WINDOW_ROWS], high[WINDOW_ROWS];
	struct loss_groups groups;
	struct squares squares;
	float values[BLOCK], each[4][BLOCK];
	float *window; /* of values that are not stored as f32 */
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

/* --- Blocks ---------------------------------------------------------------------------------- */

/* Elements from a position on whose steps are `steps` alone, or one each. */
struct run {
	size_t n;
	bool each;
	struct loss_steps steps;
};

static struct run next_run(const struct worker *worker, uint64_t position, size_t left)
{
	const struct loss *loss = worker->loss;
	struct granule_run at;

	if (loss->rows) {
		uint64_t row = position / loss->lines->inner - worker->row;
		uint64_t n = loss->lines->inner - position % loss->lines->inner;

		return (struct run){ n < left ? (size_t)n : left, false,
				     { worker->scale + row, worker->inverse + row,
				       worker->low + row, worker->high + row } };
	}
	at = granules_run(&loss->granules, position, left);
	return (struct run){ at.n, at.each,
			     { loss->granules.low + at.granule, loss->inverse + at.granule,
			       loss->low + at.granule, loss->high + at.granule } };
}

static void spread(struct worker *worker, size_t i, const struct run *run)
{
	for (size_t k = 0; k < run->n; k++) {
		size_t s = run->each ? k : 0;

		worker->each[0][i + k] = run->steps.scale[s];
		worker->each[1][i + k] = run->steps.inverse[s];
		worker->each[2][i + k] = run->steps.low[s];
		worker->each[3][i + k] = run->steps.high[s];
	}
}

static void add(struct worker *worker, const uint8_t *bytes, size_t n, size_t size,
		const struct loss_steps *steps, bool wide)
{
	const struct loss *loss = worker->loss;

	loss->kernels->add(&loss->rule, bytes, n, size, steps, loss->ahead, wide, &worker->squares);
}

static void add_runs(struct worker *worker, const uint8_t *bytes, size_t n, uint64_t first,
		     bool wide)
{
	const struct loss_steps each = { worker->each[0], worker->each[1], worker->each[2],
					 worker->each[3] };

	for (size_t i = 0; i < n;) {
		struct run run = next_run(worker, first + i, n - i);

		if (worker->loss->even)
			add(worker, bytes + 4 * i, run.n, run.each, &run.steps, wide);
		else
			spread(worker, i, &run);
		i += run.n;
	}
	if (!worker->loss->even)
		add(worker, bytes, n, 1, &each, wide);
}

static void add_groups(struct worker *worker, const uint8_t *bytes, size_t n, bool wide)
{
	const struct loss_groups *groups = &worker->groups;
	const struct loss_steps steps = { groups->scale, groups->inverse, groups->low,
					  groups->high };

	add(worker, bytes, n, worker->loss->lines->unit, &steps, wide);
}

static void add_block(struct worker *worker, const uint8_t *bytes, size_t n, uint64_t first)
{
	struct loss_sums *sums = &worker->loss->blocks[first / BLOCK];

	for (int wide = 0; wide < 2; wide++) {
		memset(&worker->squares, 0, sizeof worker->squares);
		if (worker->loss->lines->unit > 1)
			add_groups(worker, bytes, n, wide);
		else
			add_runs(worker, bytes, n, first, wide);
		squares_end(&worker->squares, &sums->error, &sums->original);
		if (squares_stand(sums->error, sums->original))
			break;
	}
}

static bool group_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	struct loss *loss = worker->loss;

	bytes = as_floats(worker, bytes, n);
	if (!loss->kernels->group(bytes, n, loss->lines->unit, &loss->law, &worker->groups))
		return give_up(loss);
	add_block(worker, bytes, n, first);
	return true;
}

/* --- Rows, by windows ------------------------------------------------------------------------ */

static const uint8_t *window_as_floats(struct worker *worker, const uint8_t *bytes, size_t n)
{
	enum dtype dtype = worker->loss->lines->dtype;
	size_t size = dtype_traits[dtype].bits / 8;

	if (dtype == DTYPE_F32)
		return bytes;
	for (size_t i = 0; i < n; i += BLOCK)
		decode_f32(dtype, bytes + size * i, n - i < BLOCK ? n - i : BLOCK,
			   worker->window + i);
	return (const uint8_t *)worker->window;
}

static bool step_of_row(struct worker *worker, const uint8_t *bytes, size_t n, uint64_t row)
{
	float low = INFINITY, high = -INFINITY;
	struct step step;

	worker->loss->kernels->range(bytes, n, &low, &high);
	if (!make_step(worker->loss, low, high, &step))
		return give_up(worker->loss);
	worker->scale[row] = step.scale;
	worker->inverse[row] = step.inverse;
	worker->low[row] = step.low;
	worker->high[row] = step.high;
	return true;
}

/* Whole rows of n elements from `first` on, of which only the worker's are added. */
static bool window_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;
	size_t inner = (size_t)worker->loss->lines->inner, ready = 0;
	size_t at = (size_t)(worker->first - first), end = at + (size_t)worker->n;
	uint64_t row = 0;

	bytes = window_as_floats(worker, bytes, n);
	for (size_t run; at < end; at += run) {
		run = end - at < BLOCK ? end - at : BLOCK;
		for (size_t length; ready < at + run; ready += length) {
			length = n - ready < inner ? n - ready : inner;
			if (!step_of_row(worker, bytes + 4 * ready, length, row++))
				return false;
		}
		add_block(worker, bytes + 4 * at, run, first + at);
	}
	return true;
}

static bool rows_of_stripe(struct tensor_walk *walk, uint64_t first, uint64_t n, void *context,
			   struct error *err)
{
	struct worker *worker = context;
	uint64_t inner = worker->loss->lines->inner, total = worker->loss->lines->total;
	uint64_t end = first + n;

	for (; first < end; first += worker->n) {
		uint64_t last;

		worker->first = first;
		worker->n = end - first < WINDOW ? end - first : WINDOW;
		worker->row = first / inner;
		last = ((first + worker->n - 1) / inner + 1) * inner;
		last = last < total ? last : total;
		if (!tensor_walk_window(walk, worker->row * inner, last - worker->row * inner,
					window_step, worker, err))
			return false;
		walk->done += worker->n;
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

		if (run.each && worker->loss->magnitudes)
			kernels->range_each(bytes + 4 * i, run.n, NULL, high);
		else if (run.each)
			kernels->range_each(bytes + 4 * i, run.n, low, high);
		else
			kernels->range(bytes + 4 * i, run.n, low, high);
		i += run.n;
	}
	return true;
}

static bool error_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct worker *worker = context;

	add_block(worker, as_floats(worker, bytes, n), n, first);
	return true;
}

static bool make_steps(struct loss *loss, struct error *err)
{
	struct granules *granules = &loss->granules;
	size_t n = (size_t)granules->n;

	loss->inverse = granules_floats(n);
	loss->low = granules_floats(n);
	loss->high = granules_floats(n);
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
		/* Of magnitudes alone. */
		if (into->low[g] > into->high[g])
			into->low[g] = -into->high[g];
	}
}

static bool two_passes(struct loss *loss, struct worker **workers, size_t n,
		       struct tensor_walk *walk, struct error *err)
{
	bool channels = loss->codec->scheme->granularity == QUANT_PER_CHANNEL;
	bool done = granules_init(&loss->granules, loss->lines, channels, false, err);

	loss->magnitudes = channels && loss->lines->inner == 1 && !loss->law.affine;
	for (size_t w = 0; done && w < n; w++) {
		done = granules_init(&workers[w]->granules, loss->lines, channels, false, err);
		for (uint64_t g = 0; done && loss->magnitudes && g < loss->granules.n; g++)
			workers[w]->granules.high[g] = 0;
	}
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

static bool make_windows(const struct loss *loss, struct worker **workers, size_t n,
			 struct error *err)
{
	size_t size = (WINDOW + 2 * MOST_ROW) * sizeof(float);

	for (size_t w = 0; w < n && loss->lines->dtype != DTYPE_F32; w++) {
		workers[w]->window = malloc(size);
		if (!workers[w]->window)
			return error_set(err, ERROR_MEMORY, -1, "out of memory for rows of floats");
	}
	return true;
}

static bool pass(struct loss *loss, struct worker **workers, size_t n, struct tensor_walk *walk,
		 struct error *err)
{
	const struct quant_lines *lines = loss->lines;
	bool channels = loss->codec->scheme->granularity == QUANT_PER_CHANNEL;
	uint64_t run = lines->inner > 1 ? lines->inner : lines->channels;

	loss->rows = lines->unit == 1 && by_rows(loss, walk);
	loss->even = !channels || run % LANES == 0;
	/* What is read once, as it comes, the CPU fetches best without being told. */
	loss->ahead = loss->rows || lines->unit > 1 || lines->inner == 1 ? AHEAD : 0;
	if (loss->rows && lines->inner > BLOCK)
		loss->ahead = 4 * (size_t)lines->inner;
	walk->total = loss->rows || lines->unit > 1 ? lines->total : 2 * lines->total;
	if (lines->unit > 1)
		return stripes_pass(walk, (void **)workers, n, group_step, NULL, NULL, err);
	if (loss->rows && !make_windows(loss, workers, n, err))
		return false;
	if (loss->rows)
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
	/* What a scale is found from is then what it reaches. */
	loss.rule.clamped = codec->scheme->scale != SCALE_F32 ||
			    (codec->grid.kind == GRID_INTEGER && range != RANGE_SYMMETRIC);
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
	while (n > 0) {
		free(workers[--n]->window);
		free(workers[n]);
	}
	granules_free(&loss.granules);
	free(loss.inverse);
	free(loss.low);
	free(loss.high);
	free(loss.blocks);
	return done;
}
