#include <mtui/scope.h>

#include <stdlib.h>
#include <string.h>

bool scope_has_numbers(const struct tensor *tensor)
{
	return dtype_is_numeric(tensor->dtype) && tensor->present > 0;
}

bool scope_is_weight(const struct tensor *tensor)
{
	const struct dtype_traits *traits = &dtype_traits[tensor->dtype];
	bool integer = traits->class == CLASS_SIGNED || traits->class == CLASS_UNSIGNED;

	if (!scope_has_numbers(tensor))
		return false;
	return traits->class == CLASS_FLOAT || traits->class == CLASS_COMPLEX ||
	       (integer && traits->bits <= 8);
}

const struct op *scope_op(const struct model *model, uint32_t tensor)
{
	const struct tensor *it = &model->tensors[tensor];

	if (it->value != NO_INDEX && model->values[it->value].n_consumers > 0)
		return model->nodes[model->consumers[model->values[it->value].first_consumer]].op;
	return it->node != NO_INDEX ? model->nodes[it->node].op : NULL;
}

size_t scope_weights(const struct model *model, uint32_t *tensors, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		kept += scope_is_weight(&model->tensors[tensors[i]]);
	if (kept == 0)
		return n;
	kept = 0;
	for (size_t i = 0; i < n; i++)
		if (scope_is_weight(&model->tensors[tensors[i]]))
			tensors[kept++] = tensors[i];
	return kept;
}

size_t scope_tensors(const struct model *model, const struct layers *layers, uint32_t row,
		     uint32_t *tensors)
{
	size_t n = 0;

	for (uint32_t at = row; at < layers->rows[row].end; at++)
		if (layers->rows[at].kind == LAYER_TENSOR &&
		    scope_has_numbers(&model->tensors[layers->rows[at].item]))
			tensors[n++] = layers->rows[at].item;
	return n;
}

/* --- Parts ----------------------------------------------------------------------------------- */

struct keyed {
	uintptr_t key;
	uint32_t tensor;
};

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->tensor < b->tensor ? -1 : a->tensor > b->tensor;
}

/* Equal sizes stand in the order of their first tensors, which no address decides. */
static int compare_parts(const void *left, const void *right, void *context)
{
	const struct scope_part *a = left, *b = right;
	const uint32_t *tensors = context;

	if (a->elements != b->elements)
		return a->elements > b->elements ? -1 : 1;
	return tensors[a->first] < tensors[b->first] ? -1 : tensors[a->first] > tensors[b->first];
}

static void describe_part(struct scope_parts *parts, struct scope_part *part,
			  const struct model *model, enum scope_split split)
{
	uint32_t *tensors = parts->tensors + part->first;

	if (split == SCOPE_BY_DTYPE)
		part->dtype = model->tensors[tensors[0]].dtype;
	else
		part->op = scope_op(model, tensors[0]);
	part->n = (uint32_t)scope_weights(model, tensors, part->n);
	for (uint32_t i = 0; i < part->n; i++)
		if (__builtin_add_overflow(part->elements, model->tensors[tensors[i]].present,
					   &part->elements))
			part->elements = UINT64_MAX;
}

static size_t count_keys(const struct keyed *keyed, size_t n)
{
	size_t keys = n > 0;

	for (size_t i = 1; i < n; i++)
		keys += keyed[i].key != keyed[i - 1].key;
	return keys;
}

static void fill_parts(struct scope_parts *parts, const struct keyed *keyed, size_t n,
		       const struct model *model, enum scope_split split)
{
	for (size_t i = 0; i < n; i++) {
		parts->tensors[i] = keyed[i].tensor;
		if (i == 0 || keyed[i].key != keyed[i - 1].key)
			parts->items[parts->n++].first = (uint32_t)i;
		parts->items[parts->n - 1].n++;
	}
	for (size_t p = 0; p < parts->n; p++)
		describe_part(parts, &parts->items[p], model, split);
	qsort_r(parts->items, parts->n, sizeof *parts->items, compare_parts, parts->tensors);
	memset(parts->part_of, 0xff, model->n_tensors * sizeof *parts->part_of);
	for (size_t p = 0; p < parts->n; p++)
		for (uint32_t i = 0; i < parts->items[p].n; i++)
			parts->part_of[parts->tensors[parts->items[p].first + i]] = (uint32_t)p;
}

bool scope_parts_init(struct scope_parts *parts, const struct model *model,
		      const uint32_t *tensors, size_t n, enum scope_split split, struct error *err)
{
	struct keyed *keyed = calloc(n + 1, sizeof *keyed);

	*parts = (struct scope_parts){ 0 };
	for (size_t i = 0; keyed && i < n; i++) {
		keyed[i].tensor = tensors[i];
		keyed[i].key = split == SCOPE_BY_DTYPE ? model->tensors[tensors[i]].dtype :
							 (uintptr_t)scope_op(model, tensors[i]);
	}
	if (keyed) {
		qsort(keyed, n, sizeof *keyed, compare_keyed);
		parts->items = calloc(count_keys(keyed, n) + 1, sizeof *parts->items);
	}
	parts->tensors = calloc(n + 1, sizeof *parts->tensors);
	parts->part_of = calloc(model->n_tensors + 1, sizeof *parts->part_of);
	if (!parts->items || !parts->tensors || !parts->part_of) {
		free(keyed);
		scope_parts_free(parts);
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	}
	fill_parts(parts, keyed, n, model, split);
	free(keyed);
	return true;
}

void scope_parts_free(struct scope_parts *parts)
{
	for (size_t p = 0; p < parts->n; p++)
		group_free(&parts->items[p].group);
	free(parts->items);
	free(parts->tensors);
	free(parts->part_of);
	*parts = (struct scope_parts){ 0 };
}

void scope_parts_add(struct scope_parts *parts, const struct model *model, uint32_t tensor,
		     const struct statistics *statistics)
{
	uint32_t part = parts->part_of[tensor];

	if (part != NO_INDEX)
		group_add(&parts->items[part].group, &model->tensors[tensor], tensor, statistics);
}

/* --- A whole subtree ------------------------------------------------------------------------- */

#define PASSES 4 /* over each element: two for its tensor, two for the scope */

struct reading {
	const struct model *model;
	const struct analysis_watch *outer;
	struct analysis_watch watch;
	uint64_t before, extent, total; /* elements times passes */
	struct scope_statistics *result;
	uint32_t *tensors; /* with numbers; then those that could be read */
	size_t n;
};

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	const struct reading *reading = context;
	double share = total ? (double)done / (double)total : 1;

	if (!reading->outer || !reading->outer->progress)
		return false;
	share = share < 1 ? share : 1;
	return reading->outer->progress(reading->outer->context,
					reading->before +
						(uint64_t)(share * (double)reading->extent),
					reading->total);
}

static bool read_tensor(struct reading *reading, uint32_t tensor, bool counts, struct error *err)
{
	const struct model *model = reading->model;
	struct scope_statistics *result = reading->result;
	struct statistics statistics;
	struct error error = { .code = ERROR_NONE };

	reading->extent = model->tensors[tensor].present * 2;
	if (!statistics_compute(model, &model->tensors[tensor], &reading->watch, &statistics,
				&error)) {
		if (error.code == ERROR_CANCELLED || error.code == ERROR_MEMORY) {
			*err = error;
			return false;
		}
		if (result->failed++ == 0)
			result->failure = error;
		reading->before += reading->extent;
		return true;
	}
	reading->before += reading->extent;
	reading->tensors[reading->n] = tensor;
	reading->n += counts;
	if (counts)
		group_add(&result->group, &model->tensors[tensor], tensor, &statistics);
	scope_parts_add(&result->dtypes, model, tensor, &statistics);
	scope_parts_add(&result->ops, model, tensor, &statistics);
	return true;
}

static bool read_all(struct reading *reading, size_t n, struct error *err)
{
	const struct model *model = reading->model;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		uint64_t present = model->tensors[reading->tensors[i]].present;

		any = any || scope_is_weight(&model->tensors[reading->tensors[i]]);
		if (__builtin_mul_overflow(present, PASSES, &present) ||
		    __builtin_add_overflow(reading->total, present, &reading->total))
			reading->total = UINT64_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t tensor = reading->tensors[i];
		bool counts = !any || scope_is_weight(&model->tensors[tensor]);

		if (!read_tensor(reading, tensor, counts, err))
			return false;
	}
	reading->extent = reading->total > reading->before ? reading->total - reading->before : 0;
	return group_finish(&reading->result->group, model, reading->tensors, reading->n,
			    &reading->watch, &reading->result->statistics, err);
}

/* The groups are all that is left to be asked for. */
static void settle(struct scope_parts *parts)
{
	for (size_t p = 0; p < parts->n; p++)
		group_free(&parts->items[p].group);
	free(parts->tensors);
	free(parts->part_of);
	parts->tensors = parts->part_of = NULL;
}

bool scope_compute(const struct model *model, const struct layers *layers, uint32_t row,
		   const struct analysis_watch *watch, struct scope_statistics *result,
		   struct error *err)
{
	struct reading reading = { .model = model, .outer = watch, .result = result };
	size_t n;
	bool done;

	*result = (struct scope_statistics){ 0 };
	reading.watch = (struct analysis_watch){ on_progress, &reading, watch ? watch->pool : NULL };
	reading.tensors = calloc(layers->rows[row].end - row, sizeof *reading.tensors);
	if (!reading.tensors)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	n = scope_tensors(model, layers, row, reading.tensors);
	if (n == 0) {
		free(reading.tensors);
		return error_set(err, ERROR_REFUSED, -1, "no numbers here");
	}
	done = scope_parts_init(&result->dtypes, model, reading.tensors, n, SCOPE_BY_DTYPE, err) &&
	       scope_parts_init(&result->ops, model, reading.tensors, n, SCOPE_BY_OP, err) &&
	       read_all(&reading, n, err);
	free(reading.tensors);
	settle(&result->dtypes);
	settle(&result->ops);
	group_free(&result->group);
	if (!done)
		scope_statistics_free(result);
	return done;
}

void scope_statistics_free(struct scope_statistics *statistics)
{
	group_free(&statistics->group);
	scope_parts_free(&statistics->dtypes);
	scope_parts_free(&statistics->ops);
}

size_t scope_statistics_bytes(const struct scope_statistics *statistics)
{
	return (statistics->dtypes.n + statistics->ops.n) * sizeof(struct scope_part);
}
