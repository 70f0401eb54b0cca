/* Being told when something changes in a directory, where the system has that. */
#ifndef RUNS_RUN_WATCH_H
#define RUNS_RUN_WATCH_H

#include <stdbool.h>
#include <stddef.h>

enum { WATCH_MOST = 4096 };

struct run_watch {
	int fd;	      /* -1: there is none */
	bool partial; /* some directory is not watched: look at its files yourself */
	struct watched {
		int id;
		char *path;
	} *items;     /* by id */
	size_t count, room;
};

/* Called with the path of a file in a watched directory; NULL: anything may have changed. */
typedef void run_watch_told(void *context, const char *path);

void run_watch_init(struct run_watch *watch);
void run_watch_free(struct run_watch *watch);
void run_watch_add(struct run_watch *watch, const char *directory);

/* Takes in what the system has told since the last call. */
void run_watch_read(struct run_watch *watch, run_watch_told *told, void *context);

#endif
