/* Looking through directories for files that may be logs. */
#ifndef RUNS_LOG_SEARCH_H
#define RUNS_LOG_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/text.h>

/* Called for every regular file whose name could be that of a log. `below` is where the path goes
 * on behind the directory that the search began in. False ends the search: out of memory. */
typedef bool log_search_found(void *context, const char *path, const char *below);

/* Called for every directory before its files, for those who watch them. */
typedef bool log_search_entered(void *context, const char *path);

struct log_search {
	log_search_found *found;
	log_search_entered *entered;
	void *context;
	size_t files;	   /* found so far; at most LIMIT_LOG_FILES */
	size_t unreadable; /* directories that could not be read */
	bool limited, exhausted;
};

/* Goes through a directory and those below it, in byte order, and through no symbolic link. */
void log_search_run(struct log_search *search, const char *directory);

/* Whether the name of a file is one that logs have; what it holds decides then. */
bool log_search_name(struct text name);

#endif
