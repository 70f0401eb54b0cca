#include <mtui/structure.h>

#include <stdlib.h>
#include <string.h>

#include "core/structure/structure_parts.h"

#define DUPLICATED 1024 /* bytes from which on a duplicate is told */

bool foldable_saves(const struct foldable *foldable, int64_t *bytes)
{
	if (foldable->result > INT64_MAX || foldable->freed > INT64_MAX)
		return false;
	*bytes = (int64_t)foldable->freed - (int64_t)foldable->result;
	return true;
}

static uint32_t count_users(const struct model *model, const struct value *value)
{
	uint32_t users = 0, last = NO_INDEX;

	for (uint32_t i = 0; i < value->n_consumers; i++) {
		uint32_t user = model->consumers[value->first_consumer + i];

		users += user != last;
		last = user;
	}
	return users;
}

struct ranked {
	struct shared_tensor shared;
	uint64_t count;
};

static int by_size(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->shared.tensor < b->shared.tensor ? -1 : 1;
}

static bool find_shared(const struct model *model, struct structure *structure)
{
	struct ranked *found = calloc(model->n_tensors + 1, sizeof *found);
	struct shared_tensor *shared;
	size_t n = 0;

	for (uint32_t t = 0; found && t < model->n_tensors; t++) {
		const struct tensor *tensor = &model->tensors[t];
		uint32_t users;

		if (tensor->kind != TENSOR_INITIALIZER || tensor->value == NO_INDEX ||
		    tensor->count < SHARED_ELEMENTS)
			continue;
		users = count_users(model, &model->values[tensor->value]);
		if (users > 1)
			found[n++] = (struct ranked){ { t, users }, tensor->count };
	}
	shared = found ? arena_array(&structure->arena, n, sizeof *shared) : NULL;
	if (shared && n > 0)
		qsort(found, n, sizeof *found, by_size);
	for (size_t i = 0; shared && i < n; i++)
		shared[i] = found[i].shared;
	free(found);
	structure->shared = shared;
	structure->n_shared = n;
	return shared != NULL;
}

static bool size_patterns(const struct shapes *sized, struct structure *structure)
{
	uint64_t *saved = arena_array(&structure->arena, structure->patterns.n, sizeof *saved);

	for (size_t i = 0; saved && i < structure->patterns.n; i++)
		if (!pattern_saved_bytes(sized, &structure->patterns.items[i], &saved[i]))
			saved[i] = UINT64_MAX;
	structure->saved = saved;
	return saved != NULL;
}

bool structure_find(const struct shapes *shapes, const struct shapes *sized,
		    const struct layers *layers,
		    const struct analysis_watch *watch, struct structure *structure,
		    struct error *err)
{
	const struct model *model = shapes->model;
	struct error failure = { .code = ERROR_NONE };
	bool good;

	memset(structure, 0, sizeof *structure);
	arena_init(&structure->arena, 0);
	error_set(&failure, ERROR_MEMORY, -1, "out of memory");
	good = find_shared(model, structure) && repeats_find(layers, structure) &&
	       foldable_find(shapes, structure) &&
	       patterns_find(model, &structure->arena, &structure->patterns, &failure) &&
	       size_patterns(sized, structure) && duplicates_find(model, DUPLICATED, &structure->arena, watch,
			       &structure->duplicates, &failure) &&
	       summary_make(shapes, structure);
	if (good)
		return true;
	structure_free(structure);
	if (err)
		*err = failure;
	return false;
}

void structure_free(struct structure *structure)
{
	arena_free(&structure->arena);
}
