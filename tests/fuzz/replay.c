/*
 * A main for a fuzz target without a fuzzer: runs it over the files named, and over those in the
 * directories named. For the tests, and to look at one input in a debugger.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int failures;

static void complain(const char *path)
{
	perror(path);
	failures++;
}

static void replay_file(const char *path, size_t size)
{
	FILE *stream = fopen(path, "rb");
	/* No spare byte, so that a sanitizer sees a read beyond the end. */
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (stream == NULL || data == NULL || fread(data, 1, size, stream) != size) {
		complain(path);
	} else {
		/* Said first: a crash must name its input. */
		printf("%s\n", path);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	if (stream != NULL)
		fclose(stream);
}

static void replay(const char *path);

static void replay_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		complain(path);
	for (int i = 0; i < count; i++) {
		char *name;

		if (entries[i]->d_name[0] != '.' &&
		    asprintf(&name, "%s/%s", path, entries[i]->d_name) >= 0) {
			replay(name);
			free(name);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void replay(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		complain(path);
	else if (S_ISDIR(status.st_mode))
		replay_directory(path);
	else
		replay_file(path, (size_t)status.st_size);
}

int main(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		replay(arguments[i]);
	return failures > 0;
}
