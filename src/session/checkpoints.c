#include "session/checkpoints.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <mtui/reader.h>

#define LOOK_EVERY INT64_C(10000000000) /* ns */
#define FILES_MAX  10000
#define DEPTH	   2 /* folders below the run's */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at a place; larger ones than any step are none. */
static int64_t number_at(const char *c)
{
	int64_t number = 0;

	if (!is_digit(*c))
		return -1;
	for (; is_digit(*c); c++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *c - '0', &number))
			return -1;
	return number;
}

static int64_t after_word(const char *name, size_t len)
{
	static const char *const words[] = { "step", "iter", "checkpoint", "ckpt" };

	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
		size_t n = strlen(words[w]);

		for (size_t i = len; i-- > 0;) {
			const char *c = name + i + n;

			if (i + n > len || strncmp(name + i, words[w], n) != 0)
				continue;
			while (*c == '-' || *c == '_' || *c == '=' || *c == 's')
				c++;
			if (is_digit(*c))
				return number_at(c);
		}
	}
	return -1;
}

static int64_t last_number(const char *name, size_t len)
{
	size_t i = len;

	while (i > 0 && !is_digit(name[i - 1]))
		i--;
	while (i > 0 && is_digit(name[i - 1]))
		i--;
	return i < len ? number_at(name + i) : -1;
}

int64_t checkpoint_step(const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	const char *dot = strrchr(base, '.');
	size_t len = dot ? (size_t)(dot - base) : strlen(base);
	int64_t step = after_word(base, len);

	if (step < 0)
		step = last_number(base, len);
	if (step < 0 && slash)
		step = after_word(name, (size_t)(slash - name));
	if (step < 0 && slash)
		step = last_number(name, (size_t)(slash - name));
	return step;
}

static bool add(struct checkpoints *checkpoints, const char *name, int64_t step)
{
	if (checkpoints->count == checkpoints->capacity) {
		size_t more = checkpoints->capacity ? checkpoints->capacity * 2 : 16;
		struct checkpoint *items = realloc(checkpoints->items, more * sizeof *items);

		if (!items)
			return false;
		checkpoints->items = items;
		checkpoints->capacity = more;
	}
	char *copy = strdup(name);

	if (copy)
		checkpoints->items[checkpoints->count++] = (struct checkpoint){ copy, step };
	return copy;
}

struct look {
	struct checkpoints *checkpoints;
	unsigned files;
};

/* Two folders deep, no further: the depth of the calls does not depend on what is found. */
static void look_into(struct look *look, const char *path, const char *below, int depth)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) && look->files++ < FILES_MAX) {
		char *full = NULL, *name = NULL;
		struct stat status;

		if (entry->d_name[0] == '.' ||
		    asprintf(&full, "%s/%s", path, entry->d_name) < 0)
			continue;
		if (asprintf(&name, "%s%s%s", below, *below ? "/" : "", entry->d_name) < 0) {
			free(full);
			continue;
		}
		if (lstat(full, &status) == 0) {
			int64_t step = model_named(name) ? checkpoint_step(name) : -1;

			if (S_ISDIR(status.st_mode) && depth > 0)
				look_into(look, full, name, depth - 1);
			else if (S_ISREG(status.st_mode) && step >= 0)
				add(look->checkpoints, name, step);
		}
		free(full);
		free(name);
	}
	if (folder)
		closedir(folder);
}

static int by_step(const void *a, const void *b)
{
	const struct checkpoint *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return strcmp(x->name, y->name);
}

void checkpoints_free(struct checkpoints *checkpoints)
{
	for (size_t i = 0; i < checkpoints->count; i++)
		free(checkpoints->items[i].name);
	free(checkpoints->items);
	free(checkpoints->folder);
	*checkpoints = (struct checkpoints){ 0 };
}

void checkpoints_look(struct checkpoints *checkpoints, const char *folder, int64_t now)
{
	struct look look = { .checkpoints = checkpoints };

	if (checkpoints->folder && strcmp(checkpoints->folder, folder) == 0 &&
	    now - checkpoints->looked < LOOK_EVERY)
		return;
	checkpoints_free(checkpoints);
	checkpoints->folder = strdup(folder);
	checkpoints->looked = now;
	look_into(&look, folder, "", DEPTH);
	if (checkpoints->count)
		qsort(checkpoints->items, checkpoints->count, sizeof *checkpoints->items, by_step);
}
