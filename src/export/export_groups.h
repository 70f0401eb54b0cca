/*
 * The tensors of an export taken together: all of them, by dtype, by operator type, by scope.
 *
 * Made before the first tensor is computed; takes each result as it comes; at the end gives the
 * numbers of each group, for which the elements are read again unless it is of one tensor.
 */
#ifndef EXPORT_EXPORT_GROUPS_H
#define EXPORT_EXPORT_GROUPS_H

#include <mtui/scope.h>

#include "export/export_view.h"

struct export_groups;

struct export_group {
	enum export_by by;	   /* EXPORT_BY_ALL: the whole */
	struct text name;	   /* dtype, operator type or path; raw bytes; empty: none */
	const struct group *group;
	struct statistics statistics;
	double more[EXPORT_MAX_PERCENTS]; /* the quantiles that were asked for */
	struct error error;	   /* why numbers are missing, else ERROR_NONE */
};

typedef void export_group_each(struct export_run *run, const struct export_group *group);

/* NULL: out of memory. */
struct export_groups *export_groups_new(const struct export_run *run, struct error *err);
void export_groups_free(struct export_groups *groups); /* NULL is fine */

void export_groups_add(struct export_groups *groups, const struct export_result *result);

/* How many of a kind there are: those that have tensors with numbers. */
size_t export_groups_count(const struct export_groups *groups, enum export_by by);

/* In order: the most elements first, scopes as in the tree. Without passes what needs another look
 * at the elements (quantiles, distinct values, entropy) is missing. */
bool export_groups_each(struct export_groups *groups, struct export_run *run, enum export_by by,
			bool passes, export_group_each *each, struct error *err);

#endif
