/* Quantized weights of a model, read one after the other: for JSON and CSV, and for people. */
#include "export/export_xray.h"

#include <stdlib.h>

static bool show_progress(void *context, uint64_t done, uint64_t total)
{
	struct export_xray *x = context;
	char buffer[64];

	(void)total;
	return progress_update(&x->progress, x->done + done, x->total,
			       model_tensor_label(x->run->model, x->tensor, buffer));
}

static bool is_wanted(const struct export_run *run, uint32_t tensor)
{
	if (!run->subject->tensors)
		return true;
	for (size_t i = 0; i < run->subject->n_tensors; i++)
		if (run->subject->tensors[i] == tensor)
			return true;
	return false;
}

static bool find_pairs(struct export_xray *x, struct error *err)
{
	const struct export_run *run = x->run;

	if (!run->subject->original)
		return true;
	x->pairs = calloc(x->found.n_weights + 1, sizeof *x->pairs);
	if (!x->pairs)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	return xray_match(run->model, &x->found, run->subject->original, x->pairs, err);
}

bool export_xray_begin(struct export_xray *x, const struct export_run *run, struct error *err)
{
	*x = (struct export_xray){ .run = run };
	arena_init(&x->arena, 0);
	if (!xray_find(run->model, &x->arena, &x->found, err) || !find_pairs(x, err)) {
		export_xray_end(x);
		return false;
	}
	for (size_t i = 0; i < x->found.n_weights; i++) {
		uint32_t codes = x->found.weights[i].codes;

		if (is_wanted(run, codes)) {
			x->total += run->model->tensors[codes].present;
			x->n_wanted++;
		}
		x->n_matched += x->pairs && x->pairs[i].tensor != NO_INDEX;
	}
	progress_begin(&x->progress, run->subject->progress, run->output);
	return true;
}

void export_xray_end(struct export_xray *x)
{
	progress_end(&x->progress);
	free(x->pairs);
	arena_free(&x->arena);
}

bool export_xray_next(struct export_xray *x, struct export_xray_result *result, struct error *err)
{
	const struct export_run *run = x->run;
	const struct analysis_watch watch = { show_progress, x, NULL };

	while (x->next < x->found.n_weights && !is_wanted(run, x->found.weights[x->next].codes))
		x->next++;
	if (x->next == x->found.n_weights)
		return false;
	*result = (struct export_xray_result){ .weight = &x->found.weights[x->next],
					       .error = { .offset = -1 } };
	if (x->pairs && x->pairs[x->next].tensor != NO_INDEX)
		result->pair = &x->pairs[x->next];
	x->next++;
	x->tensor = result->weight->codes;
	result->good =
		xray_compute(run->model, result->weight, &watch, &result->report, &result->error);
	if (result->good && result->pair)
		result->good = xray_compare(run->model, result->weight, run->subject->original,
					    result->pair, &watch, &result->loss, &result->error);
	x->done += run->model->tensors[x->tensor].present;
	if (!result->good &&
	    (result->error.code == ERROR_MEMORY || result->error.code == ERROR_CANCELLED)) {
		*err = result->error;
		x->failed = true;
	}
	return !x->failed;
}
