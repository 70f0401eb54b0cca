/*
 * Passes over the elements of several tensors, one tensor after the other, as if they were one.
 *
 * All elements get keys of one kind, so that they can be put in order: those of the common dtype;
 * of f32 where all values fit into it; else of f64. The first pass counts the bins, whose range is
 * known, distinct keys and the leading bits of the keys; further ones resolve the quantiles.
 */
#include <math.h>
#include <stdlib.h>

#include <mtui/group.h>

#include "core/analysis/distinct.h"
#include "core/analysis/order.h"
#include "core/analysis/statistics_parts.h"
#include "core/kernels/bins.h"
#include "core/kernels/decode.h"
#include "core/kernels/keys.h"

struct passes {
	const struct model *model;
	const uint32_t *tensors;
	size_t n_tensors;
	enum dtype key_dtype, dtype; /* of the keys; of the tensor that is read */
	uint64_t elements;
	struct order order;
	struct distinct distinct; /* without slots: not asked for */
	struct bins *bins;	  /* NULL: likewise */
	uint64_t *counts;	  /* of the bins */
	uint64_t finite;	  /* in the first pass */
	bool first;
	double values[BLOCK];
	uint64_t keys[BLOCK];
	struct tensor_walk walk;
};

/* Every value of the type is one of f32. */
static bool fits_f32(enum dtype dtype)
{
	const struct dtype_traits *traits = &dtype_traits[dtype];

	return traits->bits <= 16 || dtype == DTYPE_F32;
}

static enum dtype key_dtype_of(const struct model *model, const uint32_t *tensors, size_t n)
{
	enum dtype common = n ? model->tensors[tensors[0]].dtype : DTYPE_F32;
	bool same = true, narrow = true;

	for (size_t i = 0; i < n; i++) {
		same = same && model->tensors[tensors[i]].dtype == common;
		narrow = narrow && fits_f32(model->tensors[tensors[i]].dtype);
	}
	return narrow ? DTYPE_F32 : same ? common : DTYPE_F64;
}

static size_t squeeze(double *values, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		values[kept] = values[i];
		kept += isfinite(values[i]) != 0;
	}
	return kept;
}

static bool step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct passes *passes = context;
	enum dtype_class class = dtype_traits[passes->dtype].class;

	(void)first;
	decode_f64(passes->dtype, bytes, n, passes->values);
	if (class == CLASS_FLOAT || class == CLASS_COMPLEX)
		n = squeeze(passes->values, n);
	keys_block(passes->key_dtype, passes->values, bytes, n, passes->keys);
	order_add(&passes->order, passes->keys, n);
	if (!passes->first)
		return true;
	passes->finite += n;
	if (passes->distinct.slots)
		distinct_add(&passes->distinct, passes->keys, n);
	if (passes->bins)
		bins_count(passes->bins, passes->values, n, passes->counts);
	return true;
}

static bool pass(struct passes *passes, struct error *err)
{
	if (passes->walk.done + passes->elements > passes->walk.total)
		passes->walk.total += passes->elements;
	for (size_t i = 0; i < passes->n_tensors; i++) {
		passes->walk.tensor = &passes->model->tensors[passes->tensors[i]];
		passes->dtype = passes->walk.tensor->dtype;
		if (!tensor_walk_pass(&passes->walk, step, passes, err))
			return false;
	}
	return true;
}

static struct passes *passes_new(const struct model *model, const uint32_t *tensors, size_t n,
				 const struct analysis_watch *watch, struct error *err)
{
	struct passes *passes = calloc(1, sizeof *passes);

	if (!passes) {
		error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
		return NULL;
	}
	passes->model = model;
	passes->tensors = tensors;
	passes->n_tensors = n;
	passes->key_dtype = key_dtype_of(model, tensors, n);
	passes->walk.model = model;
	passes->walk.watch = watch;
	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(passes->elements, model->tensors[tensors[i]].present,
					   &passes->elements))
			passes->elements = UINT64_MAX / 4;
	passes->walk.total = 2 * passes->elements;
	if (order_init(&passes->order, keys_bits(passes->key_dtype), passes->elements, err))
		return passes;
	order_free(&passes->order);
	free(passes);
	return NULL;
}

static void passes_free(struct passes *passes)
{
	order_free(&passes->order);
	distinct_free(&passes->distinct);
	free(passes->bins);
	free(passes);
}

static bool find_quantiles(struct passes *passes, const double *percents, size_t n, double *values,
			   struct error *err)
{
	uint64_t ranks[ORDER_MAX_RANKS];

	passes->first = true;
	if (!pass(passes, err))
		return false;
	passes->first = false;
	for (size_t q = 0; q < n; q++) {
		values[q] = NAN;
		if (passes->finite > 0)
			ranks[q] = (uint64_t)floor(percents[q] / 100 * (double)(passes->finite - 1));
	}
	if (passes->finite == 0)
		return true;
	order_want(&passes->order, ranks, n);
	if (!order_end_pass(&passes->order, err))
		return false;
	while (!passes->order.finished)
		if (!pass(passes, err) || !order_end_pass(&passes->order, err))
			return false;
	for (size_t q = 0; q < n; q++)
		values[q] = keys_value(passes->key_dtype, passes->order.found[q]) + 0.0;
	return true;
}

static bool init_counting(struct passes *passes, const struct group *group,
			  struct statistics *result, struct error *err)
{
	enum bins_type type = group->dtype == DTYPE_UNKNOWN ? BINS_F64 : bins_type_of(group->dtype);

	passes->bins = malloc(sizeof *passes->bins);
	if (!passes->bins || !distinct_init(&passes->distinct))
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	bins_init(passes->bins, type, group->min, group->max, HISTOGRAM_BINS);
	passes->counts = result->bins;
	return true;
}

/* Where all are of one integer type. */
static int64_t integer_quantile(const struct group *group, const struct passes *passes, size_t q,
				const struct statistics *result)
{
	enum dtype_class class = dtype_traits[group->dtype].class;

	if (class != CLASS_SIGNED && class != CLASS_UNSIGNED)
		return 0;
	if (passes->key_dtype == DTYPE_I64 || passes->key_dtype == DTYPE_U64)
		return keys_integer(passes->key_dtype, passes->order.found[q]);
	return (int64_t)result->quantiles[q];
}

bool group_finish(const struct group *group, const struct model *model, const uint32_t *tensors,
		  size_t n, const struct analysis_watch *watch, struct statistics *result,
		  struct error *err)
{
	struct passes *passes;
	bool done;

	group_describe(group, result);
	if (group->sole) {
		*result = *group->sole;
		return true;
	}
	if (group->finite == 0)
		return true;
	passes = passes_new(model, tensors, n, watch, err);
	if (!passes)
		return false;
	done = init_counting(passes, group, result, err) &&
	       find_quantiles(passes, statistics_percents, STATISTICS_N_PERCENTS,
			      result->quantiles, err);
	for (size_t q = 0; done && q < STATISTICS_N_PERCENTS; q++)
		result->quantiles_integer[q] = integer_quantile(group, passes, q, result);
	if (done && passes->finite != group->finite)
		done = error_set(err, ERROR_CHANGED, -1, "the file was rewritten meanwhile");
	if (done) {
		result->distinct = distinct_count(&passes->distinct);
		statistics_finish_bins(result);
	}
	passes_free(passes);
	return done;
}

bool group_quantiles(const struct model *model, const uint32_t *tensors, size_t n,
		     const double *percents, size_t n_percents,
		     const struct analysis_watch *watch, double *values, struct error *err)
{
	bool done = true;

	for (size_t first = 0; first < n_percents && done; first += ORDER_MAX_RANKS) {
		size_t left = n_percents - first;
		struct passes *passes = passes_new(model, tensors, n, watch, err);

		done = passes && find_quantiles(passes, percents + first,
						left < ORDER_MAX_RANKS ? left : ORDER_MAX_RANKS,
						values + first, err);
		if (passes)
			passes_free(passes);
	}
	return done;
}
