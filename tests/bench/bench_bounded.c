/*
 * Statistics of a file of f32 on one thread, with the file mapped window by window, as mtui does,
 * or as a whole: what the bound on memory costs.
 *
 *	build/bench/bench_bounded windows|whole FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mtui/file.h>
#include <mtui/statistics.h>

#include "one_tensor.h"

int main(int argc, char **argv)
{
	struct error err = { .code = ERROR_NONE };
	struct statistics *result = malloc(sizeof *result);
	struct file *file;
	struct one_tensor one;
	void *map;

	if (argc != 3 || !result || !file_guard_install(&err) || !(file = file_open(argv[2], &err)))
		return 1;
	one_tensor_init(&one, DTYPE_F32, file->size / 4, "", 0);
	one.tensor.nbytes = one.runs[0].nbytes = file->size;
	file_close(one.file.file);
	one.file.file = file;
	if (strcmp(argv[1], "whole") == 0) {
		map = mmap(NULL, (size_t)file->size, PROT_READ, MAP_SHARED, file->fd, 0);
		if (map == MAP_FAILED)
			return 1;
		one.file.file = file_wrap(map, (size_t)file->size, "whole");
	}
	if (!statistics_compute(&one.model, &one.tensor, NULL, result, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	printf("%a\n", result->mean);
	return 0;
}
