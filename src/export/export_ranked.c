#include "export/export_ranked.h"

#include <math.h>
#include <stdlib.h>

struct ranked_tensor {
	double key; /* the smallest first, NaN last */
	uint32_t tensor, place;
};

static void note(struct export_run *run, const struct export_result *result)
{
	struct export_ranked *ranked = run->context;
	const struct export_stats *asked = run->subject->stats;
	struct ranked_tensor *item = &ranked->items[ranked->n];

	item->tensor = result->tensor;
	item->place = (uint32_t)ranked->n++;
	item->key = result->good ? ranking_value(&result->statistics, asked->ranking) : NAN;
	if (!asked->ascending)
		item->key = -item->key;
}

static int compare(const void *left, const void *right)
{
	const struct ranked_tensor *a = left, *b = right;

	if (isnan(a->key) != isnan(b->key))
		return isnan(a->key) ? 1 : -1;
	if (a->key != b->key && !isnan(a->key))
		return a->key < b->key ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static size_t count_tensors(const struct export_run *run)
{
	size_t at = 0, n = 0;

	while (export_next_tensor(run, &at) != NO_INDEX)
		n++;
	return n;
}

/* Numbers for the order need no more than the default quantiles. */
static bool compute(const struct export_run *run, const struct analysis_watch *watch,
		    struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;

	return scope_has_numbers(tensor) &&
	       statistics_compute(run->model, tensor, watch, &result->statistics, &result->error);
}

bool export_ranked_begin(struct export_ranked *ranked, struct export_run *run, struct error *err)
{
	size_t n = count_tensors(run), top = run->subject->stats->top;
	void *context = run->context;
	bool good;

	*ranked = (struct export_ranked){ .subject = *run->subject, .before = run->subject };
	ranked->items = calloc(n + 1, sizeof *ranked->items);
	ranked->tensors = calloc(n + 1, sizeof *ranked->tensors);
	if (!ranked->items || !ranked->tensors)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	run->context = ranked;
	good = export_batches(run, compute, note, err);
	run->context = context;
	qsort(ranked->items, ranked->n, sizeof *ranked->items, compare);
	for (size_t i = 0; i < ranked->n; i++)
		ranked->tensors[i] = ranked->items[i].tensor;
	ranked->subject.tensors = ranked->tensors;
	ranked->subject.n_tensors = top && top < ranked->n ? top : ranked->n;
	run->subject = &ranked->subject;
	return good;
}

void export_ranked_end(struct export_ranked *ranked, struct export_run *run)
{
	run->subject = ranked->before;
	free(ranked->items);
	free(ranked->tensors);
}
