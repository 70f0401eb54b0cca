#include <mtui/limits.h>

#include <unistd.h>

size_t limit_index_memory(void)
{
	const size_t most = (size_t)1 << 30;
	long pages = sysconf(_SC_PHYS_PAGES);
	long page_size = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page_size <= 0)
		return most / 4;

	size_t quarter = (size_t)pages / 4 * (size_t)page_size;

	return quarter < most ? quarter : most;
}
