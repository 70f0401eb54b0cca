/*
 * Work for the pool: some tensors of one model, one or a few reports of each.
 *
 * The UI thread makes a job, hands it to the pool, may raise `cancel`, and gets it back whole
 * through the mailbox. In between the worker alone writes to it, but for the atomics.
 */
#ifndef SESSION_JOB_H
#define SESSION_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <mtui/model.h>
#include <mtui/pool.h>

#include "session/reports.h"

#define REPORT_KINDS (REPORT_CHECK_VALUES + 1)

struct mailbox {
	pthread_mutex_t mutex;
	struct job *finished; /* through job->delivered */
	int wake;	      /* eventfd */
};

bool mailbox_init(struct mailbox *mailbox, struct error *err);
void mailbox_free(struct mailbox *mailbox);

/* All finished jobs, in a list through `delivered`; clears the wake. */
struct job *mailbox_take(struct mailbox *mailbox);

struct job_item {
	uint32_t tensor; /* NO_INDEX: a row, as the one request says */
	struct report_entry *results[REPORT_KINDS]; /* to be filled; NULL where not needed */
	bool finished[REPORT_KINDS];		    /* false where the job was cancelled before */
};

struct job {
	struct mailbox *mailbox;
	struct model *model; /* a reference */
	struct xray_table *xray; /* likewise, of an x-ray; else NULL */
	uint32_t document;
	enum want_priority priority;
	bool is_row;	  /* asked for by rows: its items' summaries wait for it */
	bool is_large;	  /* a row job of one large tensor */
	bool is_detail;	  /* entries of the cache wait for it */
	bool wanted;	  /* in this update */
	bool cancelled;	  /* given up by the session; the worker may still be in it */
	struct job *next; /* of the session's live jobs */
	struct job *delivered;
	struct pool *pool; /* whose threads may help, or NULL */

	atomic_bool cancel;
	_Atomic uint64_t done;	    /* elements, over all reports of all items */
	_Atomic int64_t began;	    /* CLOCK_MONOTONIC in ns, 0 while queued */
	_Atomic uint32_t current;   /* tensor being read, NO_INDEX for many */
	uint64_t total;

	uint64_t base, extent;	    /* worker: done before this report, and in it */
	unsigned n_items;
	struct job_item items[];
};

/* Room for `capacity` items; NULL when memory is exhausted. */
struct job *job_new(struct mailbox *mailbox, struct model *model, uint32_t document,
		    unsigned capacity);

/* Adds a report to the job's last item, or to a new one. False when memory is exhausted. */
bool job_add(struct job *job, const struct request *request);

/* Lets go of the model and of results that nobody took. */
void job_free(struct job *job);

/* The pool's function: computes all reports, then puts the job into its mailbox. */
void job_run(void *job);

int64_t job_clock(void); /* CLOCK_MONOTONIC in ns, never 0 */

#endif
