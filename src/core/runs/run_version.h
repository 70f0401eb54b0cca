/* Versions of runs, made of what their files' logs hold now. */
#ifndef RUNS_RUN_VERSION_H
#define RUNS_RUN_VERSION_H

#include <mtui/run.h>

#include "core/runs/log_file.h"

/* One run while it is followed. */
struct run_group {
	struct name key;  /* source and path, on the heap; first, for the table */
	struct text name; /* on the heap, unique in its set */
	char *path;
	enum run_source source;
	struct log_file **files; /* in the order in which their points follow each other */
	size_t n_files, room;
	const struct run *now;   /* the newest version, or NULL */
	const char *root;	 /* what was opened, borrowed */
	bool by_folder;		 /* the path is a folder, all of whose logs are one run */
	bool clashes;
	bool changed;		 /* its list of files or its name did */
};

/* Makes a new version of the group where something in it is new; false when memory is exhausted
 * (the old one stays). *fresh is set when there is one. `now` is the monotonic
 * clock's. */
bool run_group_version(struct run_group *group, double now, bool *fresh);

/* To be called when the versions of all groups are made: files may belong to several. */
void run_group_mark_shown(struct run_group *group);

void run_retain(const struct run *run);
void run_release(const struct run *run);

#endif
