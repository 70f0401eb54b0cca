/*
 * A slice is a tensor of its own: [outer, a few channels, inner], read into memory, so that what
 * measures whole tensors measures it.
 */
#include <mtui/quant_sample.h>

#include <math.h>
#include <stdlib.h>

#include <mtui/bytes.h>
#include <mtui/channels.h>
#include <mtui/model_plan.h>

#include "core/quant/quant_tally.h"

#define MOST_PIECES (1u << 15) /* of a slice: each is a read of its own */
#define FEW_SLICES  4	       /* of one tensor among many */
#define DECIBEL	    4.342944819032518 /* 10 / ln 10 */

/* A tensor by its channels. */
struct cut {
	const struct model *model;
	const struct tensor *tensor;
	uint64_t outer, channels, inner;
	uint64_t width; /* channels of a slice; all of them: one slice */
	uint32_t slices;
};

struct slicing {
	struct model model; /* of the slice alone */
	struct model_file file;
	struct tensor tensor;
	int64_t dims[3];
	struct run_of_bytes run;
	uint8_t *bytes;
};

bool quant_sample_applies(const struct quant_scheme *scheme)
{
	if (scheme->pruning == PRUNE_SHARE || scheme->pruning == PRUNE_CHANNELS ||
	    scheme->double_scales || scheme->id == SCHEME_NVFP4)
		return false;
	switch ((enum scheme_family)scheme_traits[scheme->id].family) {
	case FAMILY_INTEGER:
	case FAMILY_SIGN:
	case FAMILY_FLOAT:
	case FAMILY_TABLE:
		return scheme->granularity != QUANT_PER_TENSOR || scheme->scale == SCALE_NONE;
	case FAMILY_NONE:
	case FAMILY_MICROSCALING:
	case FAMILY_GGUF:
		return true;
	default:
		return false;
	}
}

/* False where the channels cannot be told apart; one slice then, of everything. */
static bool has_slices(struct cut *cut, const struct quant_scheme *scheme)
{
	const struct tensor *tensor = cut->tensor;
	unsigned bits = dtype_traits[tensor->dtype].bits;
	int axis = scheme->axis >= 0 && (uint32_t)scheme->axis < tensor->n_dims ?
			   scheme->axis : channel_axis(cut->model, tensor);

	if (axis < 0 || !tensor_is_plain(tensor) || bits % 8 != 0 ||
	    tensor->present != tensor->count)
		return false;
	cut->outer = cut->inner = 1;
	cut->channels = (uint64_t)tensor->dims[axis];
	for (uint32_t d = 0; d < tensor->n_dims; d++) {
		uint64_t *side = d < (uint32_t)axis ? &cut->outer : &cut->inner;

		if (d != (uint32_t)axis && !mul_ok(*side, (uint64_t)tensor->dims[d], side))
			return false;
	}
	return cut->outer <= MOST_PIECES;
}

static void make_cut(struct cut *cut, const struct quant_scheme *scheme, uint32_t slices)
{
	uint64_t most = QUANT_SAMPLE_ELEMENTS / QUANT_SAMPLE_SLICES;

	cut->slices = 1;
	cut->channels = cut->width = 0;
	if (!has_slices(cut, scheme))
		return;
	cut->width = most / (cut->tensor->present / cut->channels);
	cut->width = cut->width ? cut->width : 1;
	/* What is nearly all of it may as well be all. */
	if (cut->channels / 2 < cut->width * slices)
		cut->width = 0;
	else
		cut->slices = slices;
}

bool quant_sample_worth(const struct model *model, const struct tensor *tensor,
			const struct quant_scheme *scheme)
{
	struct cut cut = { .model = model, .tensor = tensor };

	if (tensor->present < 4 * QUANT_SAMPLE_ELEMENTS || !quant_sample_applies(scheme))
		return false;
	make_cut(&cut, scheme, QUANT_SAMPLE_SLICES);
	return cut.slices > 1;
}

static bool read_slice(struct slicing *slicing, const struct cut *cut, uint64_t channel,
		       size_t size, struct error *err)
{
	const struct file *file = model_tensor_file(cut->model, cut->tensor);
	uint64_t base = cut->tensor->runs[0].offset, row = cut->inner * size;
	size_t piece = (size_t)(cut->width * row);

	if (!file)
		return error_set(err, ERROR_READ, -1, "the tensor's data is not there");
	slicing->bytes = malloc(piece * (size_t)cut->outer);
	if (!slicing->bytes)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a sample");
	for (uint64_t o = 0; o < cut->outer; o++)
		if (!file_read(file, base + (o * cut->channels + channel) * row,
			       slicing->bytes + o * piece, piece, err))
			return false;
	slicing->run = (struct run_of_bytes){ 0, piece * cut->outer, RUN_PLAIN };
	slicing->file.file = file_wrap(slicing->bytes, piece * (size_t)cut->outer, "slice");
	return slicing->file.file || error_set(err, ERROR_MEMORY, -1, "out of memory for a sample");
}

static bool make_slice(struct slicing *slicing, const struct cut *cut, uint64_t channel,
		       struct error *err)
{
	*slicing = (struct slicing){ .tensor = *cut->tensor };
	if (!read_slice(slicing, cut, channel, dtype_traits[cut->tensor->dtype].bits / 8, err))
		return false;
	slicing->dims[0] = (int64_t)cut->outer;
	slicing->dims[1] = (int64_t)cut->width;
	slicing->dims[2] = (int64_t)cut->inner;
	slicing->tensor.dims = slicing->dims;
	slicing->tensor.n_dims = 3;
	slicing->tensor.runs = &slicing->run;
	slicing->tensor.n_runs = 1;
	slicing->tensor.file = 0;
	slicing->tensor.value = NO_INDEX;
	slicing->tensor.count = slicing->tensor.present = cut->outer * cut->width * cut->inner;
	slicing->tensor.nbytes = slicing->run.nbytes;
	slicing->model.files = &slicing->file;
	slicing->model.tensors = &slicing->tensor;
	slicing->model.n_files = slicing->model.n_tensors = 1;
	return true;
}

static void free_slice(struct slicing *slicing)
{
	if (slicing->file.file)
		file_close(slicing->file.file);
	free(slicing->bytes);
}

/* Sums of squares of one slice. */
struct squares {
	double error, energy;
	uint64_t looked;
};

static bool look_at(const struct cut *cut, uint32_t i, const struct quant_scheme *scheme,
		    const struct analysis_watch *watch, struct squares *squares,
		    struct error *err)
{
	struct slicing slicing;
	struct quant_scheme by_channel = *scheme;
	struct quant_error error;
	bool done;

	if (cut->slices == 1) {
		done = quant_error_brief(cut->model, cut->tensor, scheme, watch, &error, err);
	} else {
		by_channel.axis = 1;
		done = make_slice(&slicing, cut, cut->channels * i / cut->slices, err) &&
		       quant_error_brief(&slicing.model, &slicing.tensor, &by_channel, watch,
					 &error, err);
		free_slice(&slicing);
	}
	if (!done)
		return false;
	squares->error = error.count ? error.mse * (double)error.count : 0;
	squares->energy = error.energy;
	squares->looked = error.count;
	return true;
}

static uint32_t slices_of(size_t n)
{
	return n == 1 ? QUANT_SAMPLE_SLICES : FEW_SLICES;
}

/* All slices of one tensor, into squares. */
static bool look_at_tensor(const struct cut *cut, const struct quant_scheme *scheme,
			   const struct analysis_watch *watch, struct squares *squares,
			   struct quant_sample *result, struct error *err)
{
	double factor, looked = 0;

	for (uint32_t i = 0; i < cut->slices; i++) {
		if (!look_at(cut, i, scheme, watch, &squares[i], err))
			return false;
		looked += (double)squares[i].looked;
		result->looked += squares[i].looked;
	}
	factor = cut->slices > 1 && looked > 0 ? (double)cut->tensor->present / looked : 1;
	for (uint32_t i = 0; i < cut->slices; i++) {
		squares[i].error *= factor;
		squares[i].energy *= factor;
		result->error += squares[i].error;
		result->energy += squares[i].energy;
	}
	result->slices += cut->slices > 1 ? cut->slices : 0;
	return true;
}

/* What one tensor adds to the variance of the sum of d: the slices already stand for all. */
static double variance_of(const struct squares *squares, uint32_t m, double ratio)
{
	double mean = 0, sum = 0;

	for (uint32_t i = 0; i < m; i++)
		mean += (squares[i].error - ratio * squares[i].energy) / m;
	for (uint32_t i = 0; m > 1 && i < m; i++) {
		double d = squares[i].error - ratio * squares[i].energy - mean;

		sum += d * d;
	}
	return m > 1 ? sum * m / (m - 1) : 0;
}

static void finish(struct quant_sample *result, const struct squares *squares,
		   const uint32_t *slices, size_t n)
{
	double ratio = result->energy > 0 ? result->error / result->energy : 0, variance = 0;
	struct quant_error whole = { .mse = 0 };

	for (size_t i = 0; i < n; i++) {
		variance += variance_of(squares, slices[i], ratio);
		squares += slices[i];
	}
	quant_tally_error(&whole, result->error, result->energy, (double)result->count);
	result->mse = whole.mse;
	result->rmse = whole.rmse;
	result->rel_fro = whole.rel_fro;
	result->sqnr_db = whole.sqnr_db;
	result->sqnr_error = ratio > 0 ? DECIBEL * sqrt(variance) / result->error : 0;
}

bool quant_sample_compute(const struct model *model, const uint32_t *tensors, size_t n,
			  const struct quant_scheme *scheme, const struct analysis_watch *watch,
			  struct quant_sample *result, struct error *err)
{
	struct squares *squares = calloc(n * slices_of(n) + 1, sizeof *squares), *next = squares;
	uint32_t *slices = calloc(n + 1, sizeof *slices);
	size_t used = 0;
	bool good = squares && slices;

	*result = (struct quant_sample){ .looked = 0 };
	if (!good)
		error_set(err, ERROR_MEMORY, -1, "out of memory for a sample");
	else if (!quant_sample_applies(scheme))
		good = error_set(err, ERROR_REFUSED, -1, "a sample does not tell it");
	for (size_t i = 0; good && i < n; i++) {
		struct cut cut = { .model = model, .tensor = &model->tensors[tensors[i]] };

		if (n > 1 ? !ladder_applies(cut.tensor) : !quant_applies(cut.tensor))
			continue;
		make_cut(&cut, scheme, slices_of(n));
		good = look_at_tensor(&cut, scheme, watch, next, result, err);
		result->count += cut.tensor->present;
		next += slices[used++] = cut.slices;
	}
	if (good && result->looked == 0)
		good = error_set(err, ERROR_REFUSED, -1, "nothing to quantize");
	if (good)
		finish(result, squares, slices, used);
	free(squares);
	free(slices);
	return good;
}
