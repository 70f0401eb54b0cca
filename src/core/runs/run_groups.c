/* Which files make up a run, and what it is called. */
#include "core/runs/run_set.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory of a path, on the heap; "." where it has none. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* W&B keeps what is not history in files/ below the run's folder. */
static char *folder_of(const struct followed *followed)
{
	char *folder = directory_of(followed->file->path);

	if (folder && followed->file->reader->source == RUN_WANDB &&
	    strcmp(base_name(folder), "files") == 0 && strchr(folder, '/')) {
		char *above = directory_of(folder);
		free(folder);
		return above;
	}
	return folder;
}

static bool is_by_folder(const struct followed *followed)
{
	enum run_source source = followed->file->reader->source;

	return followed->root->directory && (source == RUN_TENSORBOARD || source == RUN_WANDB);
}

static bool is_before(const struct log_file *a, const struct log_file *b)
{
	return a->reader->order != b->reader->order ? a->reader->order < b->reader->order :
						      strcmp(a->path, b->path) < 0;
}

static bool add_file(struct run_group *group, struct log_file *file)
{
	size_t at = group->n_files;

	if (at == group->room) {
		size_t room = at ? at * 2 : 2;
		struct log_file **grown = realloc(group->files, room * sizeof(struct log_file *));
		if (!grown)
			return false;
		group->files = grown;
		group->room = room;
	}
	/* What accompanies a log comes behind it; logs stand by name. */
	while (at > 0 && is_before(file, group->files[at - 1])) {
		group->files[at] = group->files[at - 1];
		at--;
	}
	group->files[at] = file;
	group->n_files++;
	group->changed = true;
	return true;
}

/* Data is NULL when memory is exhausted. */
static struct text make_key(const char *path, enum run_source source)
{
	char *key;
	int len = asprintf(&key, "%d %s", (int)source, path);

	return (struct text){ len < 0 ? NULL : key, len < 0 ? 0 : (size_t)len };
}

static struct run_group *add_group(struct run_set *set, char *path, enum run_source source)
{
	struct run_group *group = calloc(1, sizeof *group);

	if (group && set->n_groups == set->groups_room) {
		size_t room = set->n_groups ? set->n_groups * 2 : 16;
		struct run_group **grown = realloc(set->groups, room * sizeof(struct run_group *));
		if (grown) {
			set->groups = grown;
			set->groups_room = room;
		}
	}
	if (!group || set->n_groups == set->groups_room) {
		free(group);
		return NULL;
	}
	group->path = path;
	group->source = source;
	group->key.text = make_key(path, source);
	if (!group->key.text.data || !name_table_add(&set->keys, &group->key)) {
		free((char *)group->key.text.data);
		free(group);
		return NULL;
	}
	set->groups[set->n_groups++] = group;
	set->regrouped = true;
	return group;
}

static struct run_group *find_group(const struct run_set *set, const char *path,
				    enum run_source source)
{
	struct text key = make_key(path, source);
	struct name *found = key.data ? name_table_find(&set->keys, key) : NULL;

	free((char *)key.data);
	return (struct run_group *)found;
}

/* The folder that a group's path is or lies in. */
static char *group_folder(const struct run_group *group)
{
	return group->by_folder ? strdup(group->path) : directory_of(group->path);
}

/* A file that accompanies the logs of its folder goes to each of them. */
static bool place_beside(struct run_set *set, struct followed *followed, const char *folder)
{
	for (size_t i = 0; i < set->n_groups; i++) {
		char *other = group_folder(set->groups[i]);
		bool good = other && (strcmp(other, folder) != 0 ||
				      add_file(set->groups[i], followed->file));
		free(other);
		if (!good)
			return false;
	}
	return true;
}

/* What accompanies logs and was found before them. */
static bool take_beside(struct run_set *set, struct run_group *group)
{
	char *folder = group_folder(group);
	bool good = folder != NULL;

	for (size_t i = 0; good && i < set->files.count; i++) {
		struct followed *other = (struct followed *)set->files.items[i];
		if (!other->placed || !other->file->reader->beside)
			continue;
		char *its = folder_of(other);
		good = its && (strcmp(its, folder) != 0 || add_file(group, other->file));
		free(its);
	}
	free(folder);
	return good;
}

bool run_groups_place(struct run_set *set, struct followed *followed)
{
	const struct log_reader *reader = followed->file->reader;
	bool by_folder = is_by_folder(followed);
	char *path = by_folder || reader->beside ? folder_of(followed) :
						   strdup(followed->file->path);
	struct run_group *group;

	if (!path)
		return false;
	followed->placed = true;
	if (reader->beside && followed->root->directory) {
		bool good = place_beside(set, followed, path);
		free(path);
		return good;
	}
	group = by_folder ? find_group(set, path, reader->source) : NULL;
	if (group) {
		free(path);
		return add_file(group, followed->file);
	}
	group = add_group(set, path, reader->source);
	if (!group) {
		free(path);
		return false;
	}
	group->by_folder = by_folder;
	group->root = followed->root->path;
	return add_file(group, followed->file) &&
	       (!followed->root->directory || take_beside(set, group));
}

/* The name of a folder below what was opened; of that itself, its own. */
static char *folder_name(const struct run_group *group)
{
	char *folder = group_folder(group), real[PATH_MAX];
	size_t root = strlen(group->root);
	char *name = NULL;

	if (!folder)
		return NULL;
	while (root > 1 && group->root[root - 1] == '/')
		root--;
	if (strncmp(folder, group->root, root) == 0 && folder[root] == '/') {
		const char *below = folder + root;
		name = strdup(below + strspn(below, "/"));
	}
	if (!name || !*name) {
		free(name);
		const char *own = realpath(folder, real) ? base_name(real) : folder;
		name = strdup(*own ? own : "/");
	}
	free(folder);
	return name;
}

enum { STEP_FOLDER, STEP_FILE, STEP_SOURCE, STEP_NUMBER };

/* The name with more and more in it. */
static char *spell(const struct run_group *group, int step, size_t number)
{
	char *folder = folder_name(group), *name = NULL;
	const char *file = group->by_folder ? "" : base_name(group->path);

	if (!folder || step == STEP_FOLDER)
		return folder;
	if (step == STEP_FILE && asprintf(&name, "%s%s%s", folder, *file ? "/" : "", file) < 0)
		name = NULL;
	if (step == STEP_SOURCE &&
	    asprintf(&name, "%s%s%s (%s)", folder, *file ? "/" : "", file,
		     run_source_name(group->source)) < 0)
		name = NULL;
	if (step == STEP_NUMBER && asprintf(&name, "%s%s%s (%s) #%zu", folder, *file ? "/" : "", file,
					    run_source_name(group->source), number + 1) < 0)
		name = NULL;
	free(folder);
	return name;
}

static bool rename_group(struct run_group *group, int step, size_t number)
{
	char *name = spell(group, step, number);

	if (!name)
		return false;
	free((char *)group->name.data);
	group->name = text_from(name);
	group->changed = true;
	return true;
}

/* Groups of equal names get longer ones together. */
static bool tell_apart(struct run_set *set, int step, bool *clash)
{
	struct name_table names = { 0 };
	struct name *items = calloc(set->n_groups + 1, sizeof *items);
	bool good = items != NULL;

	*clash = false;
	for (size_t i = 0; good && i < set->n_groups; i++) {
		struct name *found = name_table_find(&names, set->groups[i]->name);
		items[i].text = set->groups[i]->name;
		if (!found) {
			good = name_table_add(&names, &items[i]);
			continue;
		}
		struct run_group *first = set->groups[found - items];
		*clash = true;
		set->groups[i]->clashes = first->clashes = true;
	}
	for (size_t i = 0; good && i < set->n_groups; i++)
		if (set->groups[i]->clashes)
			good = rename_group(set->groups[i], step, i);
	for (size_t i = 0; i < set->n_groups; i++)
		set->groups[i]->clashes = false;
	name_table_free(&names);
	free(items);
	return good;
}

bool run_groups_name(struct run_set *set)
{
	bool clash = true;

	for (size_t i = 0; i < set->n_groups; i++)
		if (!rename_group(set->groups[i], STEP_FOLDER, i))
			return false;
	for (int step = STEP_FILE; clash && step <= STEP_NUMBER; step++)
		if (!tell_apart(set, step, &clash))
			return false;
	set->regrouped = false;
	return true;
}

void run_groups_free(struct run_set *set)
{
	for (size_t i = 0; i < set->n_groups; i++) {
		run_release(set->groups[i]->now);
		free((char *)set->groups[i]->name.data);
		free((char *)set->groups[i]->key.text.data);
		free(set->groups[i]->path);
		free(set->groups[i]->files);
		free(set->groups[i]);
	}
	free(set->groups);
	name_table_free(&set->keys);
}
