/*
 * Every number of every tensor, and of tensors taken as one: of the model, by dtype, by operator
 * type, of every scope. In JSON all of it; in CSV the table that was asked for.
 */
#include "export/export_view.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/initialisation.h>

#include "export/export_groups.h"
#include "export/export_ranked.h"
#include "export/export_statistics.h"

/* What is handed on with each result. */
struct stats {
	struct export_groups *groups; /* NULL: not wanted */
	bool writes;		      /* a row of each tensor */
};

/* --- Tensors --------------------------------------------------------------------------------- */

static void put_candidates(struct records *out, const struct initialisation *initialisation)
{
	struct json_out *object = records_object(out, "initialisation");

	json_out_string(object, "judgement", initialisation_word(initialisation->verdict));
	if (initialisation->fan_in) {
		json_out_count(object, "fan_in", initialisation->fan_in);
		json_out_count(object, "fan_out", initialisation->fan_out);
	}
	json_out_array(object, "candidates");
	for (unsigned i = 0; i < initialisation->n; i++) {
		const struct initialisation_candidate *it = &initialisation->candidates[i];

		json_out_object(object, NULL);
		json_out_string(object, "name", initialisation_name(it->kind));
		json_out_number(object, "spread", it->spread);
		json_out_number(object, "distance", it->distance);
		json_out_end(object);
	}
	json_out_end(object);
	records_close(out, object);
}

static void put_initialisation(struct export_run *run, const struct export_result *result)
{
	struct records *out = &run->records;
	struct initialisation initialisation;

	if (!initialisation_judge(run->model, run->model->tensors + result->tensor,
				  &result->statistics, &initialisation))
		return;
	put_candidates(out, &initialisation);
	if (!records_is_csv(out))
		return;
	records_string(out, "begun_as", initialisation_name(initialisation.candidates[0].kind));
	records_number(out, "distance", initialisation.candidates[0].distance);
	records_string(out, "judgement", initialisation_word(initialisation.verdict));
}

static void put_tensor(struct export_run *run, const struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;
	const struct export_stats *asked = run->subject->stats;
	const struct export_quantiles more = { asked ? asked->percents : NULL, result->more,
					       asked ? asked->n_percents : 0 };
	struct records *out = &run->records;

	records_row(out);
	export_tensor_place(run, result->tensor);
	export_tensor_type(run, result->tensor);
	records_count(out, "count", tensor->count);
	export_numbers(out, tensor->dtype, result->good ? &result->statistics : NULL, &more);
	if (result->good)
		put_initialisation(run, result);
	export_tensor_problem(run, result);
	records_row_end(out);
}

static void take(struct export_run *run, const struct export_result *result)
{
	const struct stats *stats = run->context;

	if (stats->groups)
		export_groups_add(stats->groups, result);
	if (stats->writes)
		put_tensor(run, result);
}

static bool put_tensors(struct export_run *run, struct error *err)
{
	static const char *const before[] = { "name", "graph_path", "dtype", "shape", "count", NULL };
	static const char *const after[] = { "begun_as", "distance", "judgement", "present",
					     "problem", NULL };
	const char **columns = export_number_columns(before, run->subject->stats, after);
	bool good;

	if (!columns)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	records_table(&run->records, "tensors", columns);
	good = export_batches(run, export_statistics, take, err);
	records_table_end(&run->records);
	free(columns);
	return good;
}

/* --- Groups ---------------------------------------------------------------------------------- */

static void put_holder(struct export_run *run, const char *key, uint32_t tensor)
{
	if (tensor == NO_INDEX)
		records_null(&run->records, key);
	else
		export_tensor_name(run, key, tensor);
}

static void put_group_fields(struct export_run *run, const struct export_group *group)
{
	const struct export_stats *asked = run->subject->stats;
	const struct export_quantiles more = { asked ? asked->percents : NULL, group->more,
					       asked ? asked->n_percents : 0 };
	struct records *out = &run->records;
	bool any = group->statistics.finite > 0;

	records_count(out, "tensors", group->group->tensors);
	records_count(out, "count", group->statistics.count);
	put_holder(run, "min_in", any ? group->group->min_tensor : NO_INDEX);
	put_holder(run, "max_in", any ? group->group->max_tensor : NO_INDEX);
	export_numbers(out, group->group->dtype, &group->statistics, &more);
	if (group->error.code != ERROR_NONE)
		records_string(out, "problem", group->error.message);
}

static void put_group(struct export_run *run, const struct export_group *group)
{
	static const char *const keys[] = { [EXPORT_BY_DTYPE] = "dtype",
					    [EXPORT_BY_OP] = "op_type",
					    [EXPORT_BY_SCOPE] = "path" };
	struct records *out = &run->records;

	records_row(out);
	if (group->by == EXPORT_BY_OP && group->name.len == 0)
		records_null(out, keys[group->by]);
	else
		records_text(out, keys[group->by], group->name);
	put_group_fields(run, group);
	records_row_end(out);
}

static void put_model(struct export_run *run, const struct export_group *group)
{
	struct json_out *object = records_object(&run->records, "model");

	put_group_fields(run, group);
	records_close(&run->records, object);
}

static bool put_groups(struct export_run *run, struct export_groups *groups, enum export_by by,
		       struct error *err)
{
	static const char *const tables[] = { [EXPORT_BY_DTYPE] = "by_dtype",
					      [EXPORT_BY_OP] = "by_op_type",
					      [EXPORT_BY_SCOPE] = "scopes" };
	static const char *const before[][6] = {
		[EXPORT_BY_DTYPE] = { "dtype", "tensors", "count", "min_in", "max_in", NULL },
		[EXPORT_BY_OP] = { "op_type", "tensors", "count", "min_in", "max_in", NULL },
		[EXPORT_BY_SCOPE] = { "path", "tensors", "count", "min_in", "max_in", NULL },
	};
	static const char *const after[] = { "problem", NULL };
	const char **columns = export_number_columns(before[by], run->subject->stats, after);
	bool good;

	if (!columns)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	records_table(&run->records, tables[by], columns);
	good = export_groups_each(groups, run, by, true, put_group, err);
	records_table_end(&run->records);
	free(columns);
	return good;
}

static bool put_all_groups(struct export_run *run, struct export_groups *groups, struct error *err)
{
	return export_groups_each(groups, run, EXPORT_BY_ALL, true, put_model, err) &&
	       put_groups(run, groups, EXPORT_BY_DTYPE, err) &&
	       put_groups(run, groups, EXPORT_BY_OP, err) &&
	       put_groups(run, groups, EXPORT_BY_SCOPE, err);
}

/* --- The view -------------------------------------------------------------------------------- */

static bool put_table(struct export_run *run, struct stats *stats, enum export_by by,
		      struct error *err)
{
	stats->groups = export_groups_new(run, err);
	if (!stats->groups)
		return false;
	return export_batches(run, export_statistics, take, err) &&
	       put_groups(run, stats->groups, by, err);
}

bool export_view_stats(struct export_run *run, struct error *err)
{
	const struct export_stats *asked = run->subject->stats;
	enum export_by by = asked ? asked->by : EXPORT_BY_ALL;
	struct stats stats = { .writes = true };
	struct export_ranked ranked;
	bool good;

	run->context = &stats;
	if (by > EXPORT_BY_TENSOR) {
		stats.writes = false;
		good = put_table(run, &stats, by, err);
	} else if (asked && asked->ranked) {
		/* Of some tensors the model is not to be had. */
		good = export_ranked_begin(&ranked, run, err) && put_tensors(run, err);
		export_ranked_end(&ranked, run);
	} else {
		bool groups = by == EXPORT_BY_ALL && !records_is_csv(&run->records);

		stats.groups = groups ? export_groups_new(run, err) : NULL;
		good = (stats.groups || !groups) && put_tensors(run, err) &&
		       (!groups || put_all_groups(run, stats.groups, err));
	}
	export_groups_free(stats.groups);
	return good;
}
