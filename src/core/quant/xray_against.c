/* A quantized model against the one it was made from: which weight was which, and what it lost. */
#include <mtui/xray.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/hash.h>
#include <mtui/values.h>

#include "core/quant/xray_codes.h"

/* Square tiles of a transposed twin. */
#define TILE 64

/* What quantizers put behind a name, longest first. */
static const char *const suffixes[] = { "_quantized", "_Q4",   "_Q8",	   "_q4", "_q8",
					".quantized", "_int8", "_qweight", "_q" };

struct names {
	const struct model *model;
	uint32_t *slots; /* tensor + 1 */
	size_t n_slots;
	uint64_t seed;
};

static bool is_float_weight(const struct tensor *tensor)
{
	return tensor->kind != TENSOR_SPARSE && tensor->kind != TENSOR_INDICES &&
	       dtype_traits[tensor->dtype].class == CLASS_FLOAT && tensor->problem == TENSOR_OK &&
	       tensor->present == tensor->count;
}

static struct text name_of(const struct model *model, uint32_t tensor)
{
	const struct tensor *t = &model->tensors[tensor];

	return t->name.len || t->value == NO_INDEX ? t->name : model->values[t->value].name;
}

static bool names_build(struct names *names, const struct model *model, struct error *err)
{
	names->model = model;
	names->seed = hash_seed();
	names->n_slots = 16;
	while (names->n_slots < 2 * model->n_tensors)
		names->n_slots *= 2;
	names->slots = calloc(names->n_slots, sizeof *names->slots);
	if (!names->slots)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (uint32_t i = 0; i < model->n_tensors; i++) {
		struct text name = name_of(model, i);
		size_t at;

		if (name.len == 0 || !is_float_weight(&model->tensors[i]))
			continue;
		at = hash_bytes(name.data, name.len, names->seed) & (names->n_slots - 1);
		while (names->slots[at])
			at = (at + 1) & (names->n_slots - 1);
		names->slots[at] = i + 1;
	}
	return true;
}

static uint32_t names_find(const struct names *names, struct text name)
{
	size_t at = hash_bytes(name.data, name.len, names->seed) & (names->n_slots - 1);

	for (; names->slots[at]; at = (at + 1) & (names->n_slots - 1))
		if (text_equal(name_of(names->model, names->slots[at] - 1), name))
			return names->slots[at] - 1;
	return NO_INDEX;
}

/* The same shape, or that of the transpose. */
static bool shapes_fit(const struct xray_weight *w, const struct tensor *twin, bool *transposed)
{
	bool same = w->n_dims == twin->n_dims;

	*transposed = false;
	for (uint32_t i = 0; same && i < w->n_dims; i++)
		same = w->dims[i] == twin->dims[i];
	if (same && w->form != XRAY_N_BITS)
		return true;
	/* MatMulNBits stands for a MatMul with [K, N]: a square twin is transposed, too. */
	*transposed = w->n_dims == 2 && twin->n_dims == 2 && w->dims[0] == twin->dims[1] &&
		      w->dims[1] == twin->dims[0];
	return *transposed || same;
}

static bool try_name(const struct names *names, const struct xray_weight *w, struct text name,
		     struct xray_pair *pair)
{
	uint32_t twin = name.len ? names_find(names, name) : NO_INDEX;
	bool transposed;

	if (twin == NO_INDEX || !shapes_fit(w, &names->model->tensors[twin], &transposed))
		return false;
	*pair = (struct xray_pair){ twin, XRAY_BY_NAME, transposed };
	return true;
}

static bool match_name(const struct names *names, const struct model *model,
		       const struct xray_weight *w, struct xray_pair *pair)
{
	struct text name = name_of(model, w->codes);

	if (try_name(names, w, name, pair))
		return true;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		size_t n = strlen(suffixes[i]);
		/* "fc.weight_Q4G32": what follows the suffix goes, too */
		size_t at = text_find(name, text_from(suffixes[i]), 0);

		if (at != SIZE_MAX && at > 0 && (at + n == name.len || name.len - at - n <= 4) &&
		    try_name(names, w, (struct text){ name.data, at }, pair))
			return true;
	}
	return false;
}

/* Weights without a name in common, by order among those of one shape: the i-th left over here is
 * the i-th left over there, if both leave over as many. */
struct place {
	uint32_t index; /* weight here, tensor there */
	uint32_t n_dims;
	int64_t low, high; /* of the dims of two; their product and 0 else */
};

static struct place place_of(uint32_t index, uint32_t n_dims, const int64_t *dims)
{
	struct place p = { .index = index, .n_dims = n_dims, .low = 1 };

	if (n_dims == 2) {
		p.low = dims[0] < dims[1] ? dims[0] : dims[1];
		p.high = dims[0] < dims[1] ? dims[1] : dims[0];
		return p;
	}
	for (uint32_t i = 0; i < n_dims; i++)
		p.low = (int64_t)((uint64_t)p.low * (uint64_t)dims[i]);
	return p;
}

static int shape_order(const struct place *a, const struct place *b)
{
	if (a->n_dims != b->n_dims)
		return a->n_dims < b->n_dims ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return a->high < b->high ? -1 : a->high > b->high;
}

static int by_shape(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = shape_order(x, y);

	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static size_t run_of(const struct place *places, size_t first, size_t n)
{
	size_t end = first;

	while (end < n && shape_order(&places[first], &places[end]) == 0)
		end++;
	return end;
}

static void match_places(const struct xray *xray, const struct model *original, struct place *ours,
			 size_t n_ours, struct place *theirs, size_t n_theirs,
			 struct xray_pair *pairs)
{
	size_t j = 0;

	qsort(ours, n_ours, sizeof *ours, by_shape);
	qsort(theirs, n_theirs, sizeof *theirs, by_shape);
	for (size_t i = 0; i < n_ours;) {
		size_t end = run_of(ours, i, n_ours), until;

		while (j < n_theirs && shape_order(&theirs[j], &ours[i]) < 0)
			j++;
		until = j < n_theirs && shape_order(&theirs[j], &ours[i]) == 0
				? run_of(theirs, j, n_theirs)
				: j;
		for (size_t k = 0; until - j == end - i && k < end - i; k++) {
			const struct xray_weight *w = &xray->weights[ours[i + k].index];
			uint32_t twin = theirs[j + k].index;
			bool transposed;

			if (shapes_fit(w, &original->tensors[twin], &transposed))
				pairs[ours[i + k].index] =
					(struct xray_pair){ twin, XRAY_BY_POSITION, transposed };
		}
		i = end;
	}
}

bool xray_match(const struct model *model, const struct xray *xray, const struct model *original,
		struct xray_pair *pairs, struct error *err)
{
	struct names names;
	uint8_t *taken = calloc(original->n_tensors + 1, 1);
	struct place *ours = malloc((xray->n_weights + 1) * sizeof *ours);
	struct place *theirs = malloc((original->n_tensors + 1) * sizeof *theirs);
	size_t n_ours = 0, n_theirs = 0;
	bool ok = names_build(&names, original, err);

	if (ok && (!taken || !ours || !theirs))
		ok = error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (uint32_t i = 0; ok && i < xray->n_weights; i++) {
		const struct xray_weight *w = &xray->weights[i];

		pairs[i] = (struct xray_pair){ .tensor = NO_INDEX };
		if (match_name(&names, model, w, &pairs[i]))
			taken[pairs[i].tensor] = 1;
		else
			ours[n_ours++] = place_of(i, w->n_dims, w->dims);
	}
	for (uint32_t i = 0; ok && i < original->n_tensors; i++) {
		const struct tensor *t = &original->tensors[i];

		/* One dimension is a bias or a norm: too many look alike. */
		if (!taken[i] && is_float_weight(t) && t->n_dims >= 2)
			theirs[n_theirs++] = place_of(i, t->n_dims, t->dims);
	}
	if (ok)
		match_places(xray, original, ours, n_ours, theirs, n_theirs, pairs);
	free(names.slots);
	free(taken);
	free(ours);
	free(theirs);
	return ok;
}

struct sums {
	double error, original, restored, product, bias;
};

static void compare_value(struct sums *s, double x, double back, uint64_t index,
			  struct xray_loss *loss)
{
	double e = back - x;

	if (!isfinite(x) || !isfinite(back))
		return;
	loss->count++;
	s->error += e * e;
	s->original += x * x;
	s->restored += back * back;
	s->product += x * back;
	s->bias += e;
	if (fabs(e) > loss->max_abs || (fabs(e) == loss->max_abs && index < loss->max_index)) {
		loss->max_abs = fabs(e);
		loss->max_index = index;
	}
}

struct twin {
	const struct model *model;
	const struct tensor *tensor;
	struct element *elements;
	uint8_t bytes[XRAY_STRETCH * 4];
	double values[XRAY_STRETCH]; /* a stretch, or a tile */
};

static bool read_twin(struct twin *twin, uint64_t first, size_t n, double *values,
		      struct error *err)
{
	return xray_values_read(twin->model, twin->tensor, first, n, twin->elements, twin->bytes,
				values, err);
}

static bool compare_straight(struct xray_codes *c, struct twin *twin,
			     const struct analysis_watch *watch, struct sums *sums,
			     struct xray_loss *loss, struct error *err)
{
	for (uint64_t first = 0; first < c->count; first += XRAY_STRETCH) {
		size_t n =
			c->count - first < XRAY_STRETCH ? (size_t)(c->count - first) : XRAY_STRETCH;

		if (watch && watch->progress && watch->progress(watch->context, first, c->count))
			return error_set(err, ERROR_CANCELLED, -1, "stopped");
		if (!xray_codes_read(c, first, n, err) ||
		    !read_twin(twin, first, n, twin->values, err))
			return false;
		for (size_t i = 0; i < n; i++)
			compare_value(sums, twin->values[i], c->values[i], first + i, loss);
	}
	return true;
}

/* Row r of ours is column r of the twin. */
static bool compare_tile(struct xray_codes *c, struct twin *twin, uint64_t row, uint64_t column,
			 struct sums *sums, struct xray_loss *loss, struct error *err)
{
	uint64_t rows = (uint64_t)c->weight->dims[0], columns = (uint64_t)c->weight->dims[1];
	size_t tall = rows - row < TILE ? (size_t)(rows - row) : TILE;
	size_t wide = columns - column < TILE ? (size_t)(columns - column) : TILE;

	for (size_t k = 0; k < wide; k++)
		if (!read_twin(twin, (column + k) * rows + row, tall, twin->values + k * TILE, err))
			return false;
	for (size_t r = 0; r < tall; r++) {
		uint64_t first = (row + r) * columns + column;

		if (!xray_codes_read(c, first, wide, err))
			return false;
		for (size_t k = 0; k < wide; k++)
			compare_value(sums, twin->values[k * TILE + r], c->values[k], first + k,
				      loss);
	}
	return true;
}

static bool compare_transposed(struct xray_codes *c, struct twin *twin,
			       const struct analysis_watch *watch, struct sums *sums,
			       struct xray_loss *loss, struct error *err)
{
	uint64_t rows = (uint64_t)c->weight->dims[0], columns = (uint64_t)c->weight->dims[1];

	for (uint64_t row = 0; row < rows; row += TILE) {
		if (watch && watch->progress &&
		    watch->progress(watch->context, row * columns, c->count))
			return error_set(err, ERROR_CANCELLED, -1, "stopped");
		for (uint64_t column = 0; column < columns; column += TILE)
			if (!compare_tile(c, twin, row, column, sums, loss, err))
				return false;
	}
	return true;
}

static void finish(const struct sums *s, struct xray_loss *loss)
{
	double n = (double)loss->count;

	loss->mse = s->error / n;
	loss->rmse = sqrt(loss->mse);
	loss->rel_fro = sqrt(s->error / s->original);
	loss->sqnr_db = s->error > 0 ? 10 * log10(s->original / s->error) : INFINITY;
	loss->bias = s->bias / n;
	loss->cosine = s->product / sqrt(s->original * s->restored);
}

bool xray_compare(const struct model *model, const struct xray_weight *weight,
		  const struct model *original, const struct xray_pair *pair,
		  const struct analysis_watch *watch, struct xray_loss *loss, struct error *err)
{
	struct xray_codes *c = xray_codes_new(model, weight, err);
	struct twin *twin = malloc(sizeof *twin);
	struct sums sums = { 0 };
	bool ok = c != NULL;

	*loss = (struct xray_loss){ .max_index = UINT64_MAX };
	if (ok && !twin)
		ok = error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (ok) {
		twin->model = original;
		twin->tensor = &original->tensors[pair->tensor];
		twin->elements = malloc(XRAY_STRETCH * sizeof *twin->elements);
		ok = twin->elements || error_set(err, ERROR_MEMORY, -1, "out of memory");
	} else if (twin) {
		twin->elements = NULL;
	}
	if (ok)
		ok = pair->transposed ? compare_transposed(c, twin, watch, &sums, loss, err)
				      : compare_straight(c, twin, watch, &sums, loss, err);
	if (ok)
		finish(&sums, loss);
	if (twin)
		free(twin->elements);
	free(twin);
	xray_codes_free(c);
	return ok;
}
