/* What a session is made of; for the files of this room only. */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include "session/checkpoints.h"
#include "session/dims.h"
#include "session/job.h"
#include "session/library_jobs.h"
#include "session/reports.h"
#include "session/session.h"
#include "session/summaries.h"
#include "session/xrays.h"

struct document {
	char *path;
	struct model *model;
	struct summaries summaries;
	struct xray_table *xray; /* NULL until it was asked for */
	int64_t looked;	   /* at the disk, job_clock */
	char state[256];   /* of the file */
};

/* Jobs may read it until the session ends. */
struct kept_importance {
	struct importance importance;
	struct kept_importance *next;
};

struct row_wish {
	uint32_t document, tensor;
};

struct session {
	struct pool *pool;
	struct mailbox mailbox;
	struct library library;
	struct dims *dims; /* bound sizes, or NULL */
	struct document **documents;
	uint32_t n_documents;

	struct reports reports;
	struct job *jobs;	   /* queued or running */
	unsigned n_row_jobs, max_row_jobs;
	unsigned n_large_jobs, max_large_jobs; /* row jobs of one large tensor */

	uint32_t update;	   /* number of the current one */
	bool stopped;
	bool out_of_memory;	   /* since the last update */

	struct row_wish *rows;	   /* summaries wanted in this update, in that order */
	size_t n_rows, rows_capacity;
	size_t next_row;	   /* first that was not looked at yet */
	size_t n_deferred;	   /* rows to look at again, moved to the front */
	uint64_t pending;	   /* elements behind the rows that no job computes yet */
	uint64_t finished;	   /* elements done since the session was idle last */

	int64_t busy_since;	   /* job_clock; 0: idle */

	struct run_set *run_set;   /* NULL: no runs are open */
	const struct runs *runs;   /* its version that was taken in last */
	struct checkpoints checkpoints; /* of one run */

	struct kept_importance *importances;
	struct model *original;	   /* of x-rays, or NULL */

	struct model **retired;	   /* replaced by a reload; views may still look at them */
	size_t n_retired;
};

static inline struct document *session_document(const struct session *session, uint32_t document)
{
	return document < session->n_documents ? session->documents[document] : NULL;
}

static inline struct request statistics_request(uint32_t document, uint32_t tensor)
{
	return (struct request){ .document = document, .tensor = tensor, .kind = REPORT_STATISTICS };
}

static inline struct request quant_request(uint32_t document, uint32_t tensor, struct quant_scheme scheme)
{
	return (struct request){ .document = document, .tensor = tensor,
				 .kind = REPORT_QUANT_BRIEF, .scheme = scheme };
}

/* False, with the reason, for a tensor that no report of that kind can be made of. */
bool session_has_numbers(const struct model *model, const struct tensor *tensor,
			 enum report_kind kind, struct error *err);

/* The live job whose one tensor and reports include this request, or NULL. */
struct job *session_job_for(const struct session *session, const struct request *request);

/* Takes a job among the live ones and gives it to the pool; frees it on failure. */
bool session_start(struct session *session, struct job *job);

/* NULL until summaries of the document were wanted. */
struct summary_slot *session_slot(const struct session *session, uint32_t document,
				  uint32_t tensor);

/* Forgets the list of wanted rows; fills the pool from it; takes in a row that was computed. */
void rows_drop(struct session *session);
void rows_start(struct session *session);
void rows_settle(struct session *session, const struct job *job, const struct job_item *item);

/* Of session_free. */
void runs_close(struct session *session);

/* Gives up all work for a document and forgets what is known about it. */
void session_forget(struct session *session, uint32_t document);

/* Gives up a job: takes it back from the pool or tells it to end. */
void session_cancel(struct session *session, struct job *job);

#endif
