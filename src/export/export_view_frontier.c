/* Error against size of all settings: of each selected tensor, or of the whole model. */
#include "export/export_view.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/frontier.h>

/* Sums over the tensors so far, a setting each. */
struct filling {
	struct frontier frontier;
	struct frontier_sums sums[FRONTIER_MAX];
	bool refused[FRONTIER_MAX];
	size_t n; /* tensors of a frontier: 1, or all */
};

/* One setting of many as progress of the whole. */
struct step {
	const struct analysis_watch *watch;
	unsigned at, of;
};

static bool step_progress(void *context, uint64_t done, uint64_t total)
{
	const struct step *step = context;
	double share = total ? (double)done / (double)total : 1;

	return step->watch->progress(step->watch->context,
				     (uint64_t)((step->at + share) * 1024),
				     (uint64_t)step->of * 1024);
}

static bool compute_frontier(const struct export_run *run, const struct analysis_watch *watch,
			     struct export_result *result)
{
	const struct filling *filling = run->context;
	const struct tensor *tensor = run->model->tensors + result->tensor;
	struct step step = { watch, 0, filling->frontier.n };
	const struct analysis_watch part = { step_progress, &step, watch->pool };
	struct quant_error error;

	if (!frontier_applies(tensor, filling->n))
		return false;
	for (; step.at < step.of; step.at++) {
		struct frontier_sums *sums = &result->frontier[step.at];

		*sums = (struct frontier_sums){ .count = NAN };
		if (quant_error_brief(run->model, tensor,
				      &filling->frontier.points[step.at].scheme, &part, &error,
				      &result->error)) {
			*sums = (struct frontier_sums){ 0 };
			frontier_sums_add(sums, &error);
		} else if (result->error.code != ERROR_REFUSED) {
			return false;
		}
	}
	result->error.code = ERROR_NONE;
	return true;
}

static void put_point(struct export_run *run, uint32_t tensor, const struct frontier_point *point)
{
	struct records *out = &run->records;
	char text[QUANT_SCHEME_TEXT];

	records_row(out);
	if (tensor == NO_INDEX)
		records_null(out, "tensor");
	else
		export_tensor_name(run, "tensor", tensor);
	records_string(out, "scheme", quant_scheme_print(text, &point->scheme));
	records_string(out, "family", frontier_lines[point->line].name);
	records_defined(out, "bits_per_weight", point->bits_per_weight);
	records_count(out, "bytes", point->bytes);
	if (point->state == FRONTIER_EXACT) {
		records_defined(out, "mse", point->count > 0 ? point->error / point->count : NAN);
		records_defined(out, "rel_fro", frontier_relative(point));
		records_defined(out, "sqnr_db", point->count > 0 ? point->sqnr_db : NAN);
		records_flag(out, "on_hull", point->on_hull);
	} else {
		records_string(out, "problem", "the setting is not for this shape");
	}
	records_row_end(out);
}

/* What was summed up, of some tensors; the sums begin anew. */
static void put_points(struct export_run *run, struct filling *filling, uint32_t tensor,
		       const uint32_t *tensors, size_t n)
{
	struct frontier *frontier = &filling->frontier;
	struct error err;

	for (unsigned i = 0; i < frontier->n; i++) {
		frontier_point_size(&frontier->points[i], run->model, tensors, n);
		frontier->points[i].state = FRONTIER_REFUSED;
		if (!filling->refused[i])
			frontier_point_exact(&frontier->points[i], &filling->sums[i]);
		filling->sums[i] = (struct frontier_sums){ 0 };
		filling->refused[i] = false;
	}
	if (!frontier_hull(frontier, &err))
		run->records.json.failed = true;
	for (unsigned i = 0; i < frontier->n; i++)
		put_point(run, tensor, &frontier->points[i]);
}

static void take_frontier(struct export_run *run, const struct export_result *result)
{
	struct filling *filling = run->context;

	if (!result->good && result->error.code == ERROR_NONE)
		return;
	for (unsigned i = 0; i < filling->frontier.n; i++) {
		filling->refused[i] |= !result->good || isnan(result->frontier[i].count);
		frontier_sums_merge(&filling->sums[i], &result->frontier[i]);
	}
	if (filling->n == 1)
		put_points(run, filling, result->tensor, &result->tensor, 1);
}

bool export_view_frontier(struct export_run *run, struct error *err)
{
	static const char *const columns[] = { "tensor", "scheme",  "family",	 "bits_per_weight",
					       "bytes",	 "mse",	    "rel_fro",	 "sqnr_db",
					       "on_hull", "problem", NULL };
	struct filling *filling = calloc(1, sizeof *filling);
	uint32_t *tensors = calloc(run->model->n_tensors + 1, sizeof *tensors);
	size_t at = 0, n = 0;
	bool good = filling && tensors;

	if (good) {
		for (uint32_t t; (t = export_next_tensor(run, &at)) != NO_INDEX;)
			tensors[n++] = t;
		frontier_init(&filling->frontier);
		filling->n = run->subject->tensors ? 1 : n;
		run->context = filling;
		records_string(&run->records, "note", "weight error, not accuracy");
		records_table(&run->records, "points", columns);
		good = export_batches(run, compute_frontier, take_frontier, err);
		if (!run->subject->tensors)
			put_points(run, filling, NO_INDEX, tensors, n);
		records_table_end(&run->records);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	free(tensors);
	free(filling);
	return good;
}
