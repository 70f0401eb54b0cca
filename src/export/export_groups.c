#include "export/export_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/progress.h"

enum { LISTED = 1, READ = 2 }; /* flags of a tensor */

struct scope {
	uint32_t row;
	bool weighs; /* has a weight: then other tensors do not count */
	struct group group;
};

/* What was found of a group; a later one of the same tensors takes it over. */
struct known {
	bool any, weighs;
	size_t n;
	struct statistics statistics;
	double more[EXPORT_MAX_PERCENTS];
};

struct export_groups {
	const struct model *model;
	const struct layers *layers;
	uint8_t *flags;	   /* by tensor */
	uint32_t *tensors; /* room for all of them */
	struct scope whole;
	struct known of_whole, of_scope;
	uint32_t known_end; /* of the rows of that scope */
	struct scope_parts dtypes, ops;
	struct scope *scopes;
	size_t n_scopes;
	uint32_t *scope_of; /* by row; NO_INDEX: no scope, or nothing in it */
};

static bool is_scope(const struct layers *layers, uint32_t row)
{
	return layers->rows[row].kind == LAYER_SCOPE || layers->rows[row].kind == LAYER_GRAPH;
}

static uint32_t row_above(const struct export_groups *groups, uint32_t tensor)
{
	uint32_t row = groups->layers->row_of_tensor[tensor];

	return row == NO_INDEX ? NO_INDEX : groups->layers->rows[row].parent;
}

/* Scopes around one of the listed tensors, in the order of the tree. */
static bool find_scopes(struct export_groups *groups, size_t n, struct error *err)
{
	const struct layers *layers = groups->layers;

	groups->scope_of = malloc(layers->n_rows * sizeof *groups->scope_of);
	if (!groups->scope_of)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	memset(groups->scope_of, 0xff, layers->n_rows * sizeof *groups->scope_of);
	for (size_t i = 0; i < n; i++) {
		uint32_t row = row_above(groups, groups->tensors[i]);

		for (; row != NO_INDEX; row = layers->rows[row].parent) {
			groups->n_scopes += is_scope(layers, row) &&
					    groups->scope_of[row] == NO_INDEX;
			groups->scope_of[row] = 0;
		}
	}
	groups->scopes = calloc(groups->n_scopes + 1, sizeof *groups->scopes);
	if (!groups->scopes)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	groups->n_scopes = 0;
	for (uint32_t row = 0; row < layers->n_rows; row++) {
		bool taken = groups->scope_of[row] == 0 && is_scope(layers, row);

		groups->scope_of[row] = taken ? (uint32_t)groups->n_scopes : NO_INDEX;
		if (taken)
			groups->scopes[groups->n_scopes++].row = row;
	}
	return true;
}

static struct scope *next_scope(struct export_groups *groups, uint32_t *row)
{
	while (*row != NO_INDEX) {
		uint32_t scope = groups->scope_of[*row];

		*row = groups->layers->rows[*row].parent;
		if (scope != NO_INDEX)
			return &groups->scopes[scope];
	}
	return NULL;
}

static void weigh(struct export_groups *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t row = row_above(groups, groups->tensors[i]);

		groups->flags[groups->tensors[i]] = LISTED;
		if (!scope_is_weight(&groups->model->tensors[groups->tensors[i]]))
			continue;
		groups->whole.weighs = true;
		for (struct scope *scope; (scope = next_scope(groups, &row));)
			scope->weighs = true;
	}
}

struct export_groups *export_groups_new(const struct export_run *run, struct error *err)
{
	const struct model *model = run->model;
	struct export_groups *groups = calloc(1, sizeof *groups);
	size_t n = 0, at = 0;
	bool good;

	if (!groups) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	groups->model = model;
	groups->layers = model_layers(model, err);
	groups->flags = calloc(model->n_tensors + 1, 1);
	groups->tensors = calloc(model->n_tensors + 1, sizeof *groups->tensors);
	good = groups->layers && ((groups->flags && groups->tensors) ||
				  error_set(err, ERROR_MEMORY, -1, "out of memory"));
	for (uint32_t t; good && (t = export_next_tensor(run, &at)) != NO_INDEX;) {
		if (scope_has_numbers(&model->tensors[t]) && !groups->flags[t])
			groups->tensors[n++] = t;
		groups->flags[t] = LISTED;
	}
	good = good &&
	       scope_parts_init(&groups->dtypes, model, groups->tensors, n, SCOPE_BY_DTYPE, err) &&
	       scope_parts_init(&groups->ops, model, groups->tensors, n, SCOPE_BY_OP, err) &&
	       find_scopes(groups, n, err);
	if (!good) {
		export_groups_free(groups);
		return NULL;
	}
	weigh(groups, n);
	return groups;
}

void export_groups_free(struct export_groups *groups)
{
	if (!groups)
		return;
	group_free(&groups->whole.group);
	for (size_t i = 0; i < groups->n_scopes && groups->scopes; i++)
		group_free(&groups->scopes[i].group);
	scope_parts_free(&groups->dtypes);
	scope_parts_free(&groups->ops);
	free(groups->scopes);
	free(groups->scope_of);
	free(groups->tensors);
	free(groups->flags);
	free(groups);
}

static void add_to(struct scope *scope, const struct tensor *tensor,
		   const struct export_result *result)
{
	if (!scope->weighs || scope_is_weight(tensor))
		group_add(&scope->group, tensor, result->tensor, &result->statistics);
}

void export_groups_add(struct export_groups *groups, const struct export_result *result)
{
	const struct tensor *tensor = &groups->model->tensors[result->tensor];
	uint32_t row = row_above(groups, result->tensor);

	if (!result->good || groups->flags[result->tensor] & READ)
		return;
	groups->flags[result->tensor] |= READ;
	add_to(&groups->whole, tensor, result);
	for (struct scope *scope; (scope = next_scope(groups, &row));)
		add_to(scope, tensor, result);
	scope_parts_add(&groups->dtypes, groups->model, result->tensor, &result->statistics);
	scope_parts_add(&groups->ops, groups->model, result->tensor, &result->statistics);
}

size_t export_groups_count(const struct export_groups *groups, enum export_by by)
{
	return by == EXPORT_BY_DTYPE ? groups->dtypes.n :
	       by == EXPORT_BY_OP    ? groups->ops.n :
	       by == EXPORT_BY_SCOPE ? groups->n_scopes :
				       1;
}

/* --- The numbers of each --------------------------------------------------------------------- */

struct finishing {
	struct export_groups *groups;
	struct export_run *run;
	struct export_group group;
	bool passes;
	struct progress line;
	struct arena arena; /* of the name */
	char op[256];
};

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
	struct finishing *finishing = context;

	return progress_update(&finishing->line, done, total, finishing->group.name);
}

/* Those that were read, of n in groups->tensors. */
static size_t keep_read(struct export_groups *groups, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (groups->flags[groups->tensors[i]] & READ)
			groups->tensors[kept++] = groups->tensors[i];
	return kept;
}

static size_t members_of_scope(struct export_groups *groups, const struct scope *scope)
{
	size_t n = 0;

	if (scope == &groups->whole) {
		for (uint32_t t = 0; t < groups->model->n_tensors; t++)
			if (groups->flags[t] & READ)
				groups->tensors[n++] = t;
	} else {
		n = scope_tensors(groups->model, groups->layers, scope->row, groups->tensors);
		n = keep_read(groups, n);
	}
	return scope->weighs ? scope_weights(groups->model, groups->tensors, n) : n;
}

static size_t members_of_part(struct export_groups *groups, const struct scope_parts *parts,
			      const struct scope_part *part)
{
	memcpy(groups->tensors, parts->tensors + part->first, part->n * sizeof *groups->tensors);
	return keep_read(groups, part->n);
}

/* All tensors of the whole are among the weights, or none is; so as many of them are all. */
static const struct known *find_known(const struct export_groups *groups, size_t n)
{
	const struct known *whole = &groups->of_whole;

	if (!whole->any || whole->n != n)
		return NULL;
	for (size_t i = 0; groups->whole.weighs && i < n; i++)
		if (!scope_is_weight(&groups->model->tensors[groups->tensors[i]]))
			return NULL;
	return whole;
}

static void keep(struct known *known, const struct export_group *group, size_t n)
{
	known->any = group->error.code == ERROR_NONE;
	known->n = n;
	known->statistics = group->statistics;
	memcpy(known->more, group->more, sizeof known->more);
}

/* Of n tensors in groups->tensors. */
static bool finish(struct finishing *finishing, const struct group *group, size_t n,
		   const struct known *known, struct error *err)
{
	const struct export_stats *asked = finishing->run->subject->stats;
	const struct analysis_watch watch = { on_progress, finishing, NULL };
	struct export_group *it = &finishing->group;
	const struct model *model = finishing->groups->model;
	uint32_t *tensors = finishing->groups->tensors;

	it->group = group;
	it->error = (struct error){ .code = ERROR_NONE };
	if (!finishing->passes) {
		group_describe(group, &it->statistics);
		return true;
	}
	if (known) {
		it->statistics = known->statistics;
		memcpy(it->more, known->more, sizeof it->more);
		return true;
	}
	if (!group_finish(group, model, tensors, n, &watch, &it->statistics, &it->error) ||
	    (asked && asked->n_percents > 0 &&
	     !group_quantiles(model, tensors, n, asked->percents, asked->n_percents, &watch,
			      it->more, &it->error))) {
		if (it->error.code == ERROR_MEMORY) {
			*err = it->error;
			return false;
		}
		group_describe(group, &it->statistics);
	}
	return true;
}

static bool each_part(struct finishing *finishing, const struct scope_parts *parts,
		      export_group_each *each, struct error *err)
{
	for (size_t p = 0; p < parts->n; p++) {
		const struct scope_part *part = &parts->items[p];
		size_t n = members_of_part(finishing->groups, parts, part);

		if (finishing->group.by == EXPORT_BY_DTYPE)
			finishing->group.name = text_from(dtype_name(part->dtype));
		else
			finishing->group.name = part->op ? model_op_label(part->op, finishing->op) :
							   TEXT("");
		if (!finish(finishing, &part->group, n, find_known(finishing->groups, n), err))
			return false;
		each(finishing->run, &finishing->group);
	}
	return true;
}

static bool each_scope(struct finishing *finishing, struct scope *scopes, size_t n,
		       export_group_each *each, struct error *err)
{
	struct export_groups *groups = finishing->groups;

	for (size_t i = 0; i < n; i++) {
		size_t members = members_of_scope(groups, &scopes[i]);
		const struct known *known = find_known(groups, members);
		bool inside = groups->of_scope.any && scopes[i].row < groups->known_end;

		/* A scope in which nothing stands beside another one. */
		if (!known && inside && groups->of_scope.n == members &&
		    groups->of_scope.weighs == scopes[i].weighs)
			known = &groups->of_scope;
		arena_free(&finishing->arena);
		arena_init(&finishing->arena, 0);
		finishing->group.name = TEXT("");
		if (scopes != &groups->whole) {
			finishing->group.name =
				layer_path(groups->layers, scopes[i].row, &finishing->arena);
			if (!finishing->group.name.data)
				return error_set(err, ERROR_MEMORY, -1, "out of memory");
		}
		if (!finish(finishing, &scopes[i].group, members, known, err))
			return false;
		if (scopes == &groups->whole) {
			keep(&groups->of_whole, &finishing->group, members);
		} else {
			keep(&groups->of_scope, &finishing->group, members);
			groups->of_scope.weighs = scopes[i].weighs;
			groups->known_end = groups->layers->rows[scopes[i].row].end;
		}
		each(finishing->run, &finishing->group);
	}
	return true;
}

bool export_groups_each(struct export_groups *groups, struct export_run *run, enum export_by by,
			bool passes, export_group_each *each, struct error *err)
{
	struct finishing finishing = { .groups = groups, .run = run, .group.by = by,
				       .passes = passes };
	bool good;

	arena_init(&finishing.arena, 0);
	progress_begin(&finishing.line, run->subject->progress, run->output);
	if (by == EXPORT_BY_DTYPE)
		good = each_part(&finishing, &groups->dtypes, each, err);
	else if (by == EXPORT_BY_OP)
		good = each_part(&finishing, &groups->ops, each, err);
	else if (by == EXPORT_BY_SCOPE)
		good = each_scope(&finishing, groups->scopes, groups->n_scopes, each, err);
	else
		good = each_scope(&finishing, &groups->whole, 1, each, err);
	progress_end(&finishing.line);
	arena_free(&finishing.arena);
	return good;
}
