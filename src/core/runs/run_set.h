/* What is open, between its files: see <mtui/run.h>. */
#ifndef RUNS_RUN_SET_H
#define RUNS_RUN_SET_H

#include <mtui/run.h>

#include "core/runs/run_watch.h"
#include "core/runs/run_version.h"

/* A path that was named. */
struct run_root {
	char *path;
	bool directory;
	struct followed *file; /* of a file */
	struct error problem;  /* it was not there; ERROR_NONE since it is */
};

/* A file that is or may be a log. */
struct followed {
	struct name name; /* its path; first, for the table */
	struct log_file *file;
	struct run_root *root;
	bool placed; /* in its groups */
	bool told;   /* it may have changed */
};

struct run_set {
	struct run_options options;
	struct run_root *roots;
	size_t n_roots;
	struct name_table files; /* of struct followed */
	struct run_group **groups;
	size_t n_groups, groups_room;
	struct name_table keys; /* of the groups */
	struct runs *now;
	struct run_watch watch;
	struct log_look look;
	double searched;  /* when the directories were looked through last */
	size_t cursor;	  /* of the file that is looked at next, though nothing was told of it */
	size_t first;	  /* where the next refresh begins, so that none waits for ever */
	size_t unreadable;
	bool search_due, regrouped, limited, exhausted, unread;
};

/* Puts a file whose reader is known now into its groups; false when memory is exhausted. */
bool run_groups_place(struct run_set *set, struct followed *followed);

/* Names the groups anew: by folder, and by what tells them apart where folders do not. */
bool run_groups_name(struct run_set *set);

void run_groups_free(struct run_set *set);

#endif
