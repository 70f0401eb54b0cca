#include "core/runs/log_search.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <mtui/limits.h>

#include "core/runs/log_reader.h"

/* Directories that hold no logs, but many files. */
static bool is_skipped(const char *name)
{
	return strcmp(name, ".git") == 0 || strcmp(name, "node_modules") == 0 ||
	       strcmp(name, "__pycache__") == 0;
}

bool log_search_name(struct text name)
{
	static const char *const endings[] = { ".wandb", ".csv", ".tsv", ".jsonl", ".ndjson",
					       ".json",	 ".log", ".npz", ".yaml" };

	if (log_name_ends(name, ".gz"))
		name.len -= 3;
	if (text_find(name, TEXT("tfevents"), 0) != SIZE_MAX)
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (log_name_ends(name, endings[i]))
			return true;
	return false;
}

/* Directories that are still to be read, as a stack. */
struct places {
	struct place {
		char *path;
		unsigned depth;
	} *items;
	size_t count, room;
};

static bool push(struct places *places, char *path, unsigned depth)
{
	if (path && places->count == places->room) {
		size_t room = places->room ? places->room * 2 : 64;
		struct place *grown = realloc(places->items, room * sizeof *grown);
		if (grown) {
			places->items = grown;
			places->room = room;
		}
	}
	if (!path || places->count == places->room) {
		free(path);
		return false;
	}
	places->items[places->count++] = (struct place){ path, depth };
	return true;
}

static char *join(const char *directory, const char *name)
{
	size_t len = strlen(directory);
	char *path;

	return asprintf(&path, "%s%s%s", directory, len && directory[len - 1] == '/' ? "" : "/",
			name) < 0 ?
		       NULL :
		       path;
}

struct walk {
	struct log_search *search;
	struct places places;
	size_t root; /* length of the directory's path that the search began in */
};

static void take_file(struct walk *walk, char *path)
{
	struct log_search *search = walk->search;
	const char *below = path + walk->root;

	if (search->files == LIMIT_LOG_FILES) {
		search->limited = true;
	} else {
		search->files++;
		while (*below == '/')
			below++;
		if (!search->found(search->context, path, below))
			search->exhausted = true;
	}
	free(path);
}

static void take_entry(struct walk *walk, const struct place *place, const char *name)
{
	char *path = join(place->path, name);
	struct stat status;

	if (!path) {
		walk->search->exhausted = true;
		return;
	}
	if (lstat(path, &status) != 0) {
		free(path);
	} else if (S_ISDIR(status.st_mode) && !is_skipped(name)) {
		if (place->depth + 1 >= LIMIT_LOG_DEPTH) {
			walk->search->limited = true;
			free(path);
		} else if (!push(&walk->places, path, place->depth + 1)) {
			walk->search->exhausted = true;
		}
	} else if (S_ISREG(status.st_mode) && log_search_name(text_from(name))) {
		take_file(walk, path);
	} else {
		free(path);
	}
}

static int in_byte_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_place(struct walk *walk, const struct place *place)
{
	struct dirent **entries = NULL;
	int count;

	if (!walk->search->entered(walk->search->context, place->path)) {
		walk->search->exhausted = true;
		return;
	}
	count = scandir(place->path, &entries, NULL, in_byte_order);
	if (count < 0) {
		walk->search->unreadable++;
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !walk->search->exhausted &&
		    !walk->search->limited)
			take_entry(walk, place, name);
		free(entries[i]);
	}
	free(entries);
}

void log_search_run(struct log_search *search, const char *directory)
{
	struct walk walk = { .search = search, .root = strlen(directory) };

	if (!push(&walk.places, strdup(directory), 0))
		search->exhausted = true;
	while (walk.places.count > 0) {
		struct place place = walk.places.items[--walk.places.count];
		if (!search->exhausted && !search->limited)
			read_place(&walk, &place);
		free(place.path);
	}
	free(walk.places.items);
}
