/*
 * The cache of reports: found by request, bounded, the ones wanted longest ago go first.
 *
 * An entry that leaves the table is buried, not freed: readers may still hold its report. The
 * next session_collect frees the buried.
 */
#ifndef SESSION_REPORTS_H
#define SESSION_REPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "session/session.h"

#define REPORTS_BYTES ((size_t)24 << 20)
#define REPORTS_BUCKETS 4096

struct report_entry {
	struct report report;
	struct report_entry *chain; /* in its bucket, or among the buried */
	struct report_entry *newer, *older;
	size_t bytes;	 /* of it, once in the table */
	uint32_t update; /* in which it was touched last */
};

struct reports {
	struct report_entry *buckets[REPORTS_BUCKETS];
	struct report_entry *newest, *oldest;
	struct report_entry *buried;
	size_t bytes;	 /* of all in the table */
	uint32_t update; /* the current one: what was touched in it stays */
};

struct report_entry *reports_find(const struct reports *reports, const struct request *request);

/* A zeroed entry outside the table, state WAITING; NULL when memory is exhausted. */
struct report_entry *report_entry_new(const struct request *request);
void report_entry_free(struct report_entry *entry); /* NULL is fine */

/* Puts an entry into the table, in place of the one of the same request. */
void reports_put(struct reports *reports, struct report_entry *entry);
void reports_touch(struct reports *reports, struct report_entry *entry);
void reports_bury(struct reports *reports, struct report_entry *entry);
void reports_forget(struct reports *reports, uint32_t document);

/* Keeps the cache inside its bound; entries that are waited for or on the screen stay. */
void reports_trim(struct reports *reports);
void reports_free_buried(struct reports *reports);
void reports_free(struct reports *reports);

#endif
