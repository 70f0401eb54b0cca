/*
 * Rows: summaries of many tensors, a few jobs at a time.
 *
 * session_want_summary only puts a wish on a list, in the order of the rows. From it a few jobs
 * are kept in the pool, each with one large tensor or many small ones, so that a model of 100,000
 * tensors costs neither 100,000 jobs nor a wake of the UI thread for each. Every update and every
 * collect refills them. What the cache of reports knows already is not computed again.
 */
#include <math.h>
#include <stdlib.h>

#include "session/state.h"

#define ROW_JOB_TENSORS	 128
#define ROW_JOB_ELEMENTS ((uint64_t)1 << 20) /* a few ms of work */

struct summary_slot *session_slot(const struct session *session, uint32_t document, uint32_t tensor)
{
	const struct document *found = session_document(session, document);

	return found && found->summaries.slots && tensor < found->summaries.count
		       ? &found->summaries.slots[tensor]
		       : NULL;
}

void rows_drop(struct session *session)
{
	session->n_rows = session->next_row = session->n_deferred = 0;
	session->pending = 0;
}

static const struct summary not_known = { .sqnr_db = NAN, .state = REPORT_WAITING };

const struct summary *session_summary(const struct session *session, uint32_t document,
				      uint32_t tensor, const struct quant_scheme *scheme)
{
	const struct summary_slot *slot = session_slot(session, document, tensor);

	if (!slot || !slot->wanted)
		return NULL;
	return summary_has_scheme(slot, scheme) ? &slot->summary : &not_known;
}

static bool rows_reserve(struct session *session)
{
	struct row_wish *rows;
	size_t capacity = session->rows_capacity ? session->rows_capacity * 2 : 256;

	if (session->n_rows < session->rows_capacity)
		return true;
	rows = realloc(session->rows, capacity * sizeof *rows);
	if (!rows)
		return false;
	session->rows = rows;
	session->rows_capacity = capacity;
	return true;
}

static struct summary_slot *slot_make(struct session *session, uint32_t document, uint32_t tensor)
{
	struct document *found = session_document(session, document);

	if (!found || tensor >= found->model->n_tensors)
		return NULL;
	if (!found->summaries.slots) {
		found->summaries.slots =
			calloc(found->model->n_tensors, sizeof *found->summaries.slots);
		if (!found->summaries.slots) {
			session->out_of_memory = true;
			return NULL;
		}
		found->summaries.count = found->model->n_tensors;
	}
	return &found->summaries.slots[tensor];
}

/* Elements that a job for the row will count. */
static uint64_t work_of(const struct summary_slot *slot, const struct tensor *tensor)
{
	uint64_t passes = (uint64_t)!slot->summary.has_figures + quant_applies(tensor), work;

	return __builtin_mul_overflow(passes, tensor->present, &work) ? 0 : work;
}

static void summary_finish(struct summary_slot *slot, const struct report *statistics,
			   const struct report *quant)
{
	struct summary *summary = &slot->summary;

	summary->state = REPORT_DONE;
	if (statistics)
		summary_take_statistics(summary, statistics);
	if (quant)
		summary_take_quant_error(summary, quant);
}

/* NULL as long as there is nothing to be taken from it. */
static const struct report *known_report(const struct session *session,
					 const struct request *request)
{
	const struct report *report = session_report(session, request);

	return report && (report->state == REPORT_DONE || report->state == REPORT_FAILED) ? report
											  : NULL;
}

/* The error for a row, of whichever kind. */
static const struct report *known_error(const struct session *session, struct request request)
{
	const struct report *brief = known_report(session, &request);

	request.kind = REPORT_QUANT_ERROR;
	return brief ? brief : known_report(session, &request);
}

/* Settles a row from the cache of reports, where that has all of it. */
static bool settle_known(struct session *session, struct row_wish row, struct summary_slot *slot)
{
	const struct tensor *tensor = &session->documents[row.document]->model->tensors[row.tensor];
	struct request statistics = statistics_request(row.document, row.tensor);
	struct request quant = quant_request(row.document, row.tensor, slot->scheme);
	const struct report *found = known_report(session, &statistics), *error = NULL;
	struct error why;

	if (!session_has_numbers(session->documents[row.document]->model, tensor,
				 REPORT_STATISTICS, &why))
		return false;
	if (!found && !slot->summary.has_figures)
		return false;
	if (quant_applies(tensor)) {
		error = known_error(session, quant);
		if (!error)
			return false;
	}
	summary_finish(slot, found, error);
	return true;
}

void session_want_summary(struct session *session, uint32_t document, uint32_t tensor,
			  const struct quant_scheme *scheme)
{
	struct summary_slot *slot = slot_make(session, document, tensor);

	if (!slot)
		return;
	if (!slot->wanted || !summary_has_scheme(slot, scheme))
		summary_set_scheme(slot, scheme);
	slot->wanted = true;
	if (slot->summary.state == REPORT_STOPPED && !session->stopped)
		slot->summary.state = REPORT_WAITING;
	if (slot->summary.state != REPORT_WAITING || slot->update == session->update)
		return;
	/* A dial that is turned to where it was; the first time there is nothing to look for. */
	if (slot->summary.has_figures &&
	    settle_known(session, (struct row_wish){ document, tensor }, slot))
		return;
	if (session->stopped) {
		slot->summary.state = REPORT_STOPPED;
		return;
	}
	if (!rows_reserve(session)) {
		session->out_of_memory = true;
		return;
	}
	slot->update = session->update;
	session->rows[session->n_rows++] = (struct row_wish){ document, tensor };
	slot->pending = slot->in_job
				? 0
				: work_of(slot, &session->documents[document]->model->tensors[tensor]);
	session->pending += slot->pending;
}

/* Settles a row from what is known without computing; else adds to the job what is missing, and
 * says so. */
static bool row_needs_job(struct session *session, struct row_wish row, struct job *job,
			  struct summary_slot *slot)
{
	const struct model *model = session->documents[row.document]->model;
	const struct tensor *tensor = &model->tensors[row.tensor];
	struct request statistics = statistics_request(row.document, row.tensor);
	struct request quant = quant_request(row.document, row.tensor, slot->scheme);
	const struct report *known_statistics, *known_quant;
	bool quantizes = quant_applies(tensor);
	struct error err;

	if (!session_has_numbers(model, tensor, REPORT_STATISTICS, &err)) {
		bool broken = err.code != ERROR_REFUSED;

		slot->summary.state = broken ? REPORT_FAILED : REPORT_DONE;
		return false;
	}
	if (settle_known(session, row, slot))
		return false;
	known_statistics = known_report(session, &statistics);
	known_quant = quantizes ? known_error(session, quant) : NULL;
	if (known_statistics)
		summary_take_statistics(&slot->summary, known_statistics);
	slot->summary.state = REPORT_WAITING;
	if (!(known_statistics || slot->summary.has_figures) && !job_add(job, &statistics)) {
		session->out_of_memory = true;
		return false;
	}
	if (quantizes && !known_quant && !job_add(job, &quant))
		session->out_of_memory = true;
	return true;
}

/* A large tensor waits for a worker, or for the details that are being computed from it anyway. */
static bool must_wait(const struct session *session, struct row_wish row,
		      const struct summary_slot *slot)
{
	struct request statistics = statistics_request(row.document, row.tensor);
	struct request brief = quant_request(row.document, row.tensor, slot->scheme), whole = brief;

	whole.kind = REPORT_QUANT_ERROR;
	return session->n_large_jobs >= session->max_large_jobs ||
	       session_job_for(session, &statistics) || session_job_for(session, &brief) ||
	       session_job_for(session, &whole);
}

/* One job for the next rows; NULL when there are none left. */
static struct job *next_row_job(struct session *session)
{
	struct job *job = NULL;
	uint64_t elements = 0;

	for (; session->next_row < session->n_rows; session->next_row++) {
		struct row_wish row = session->rows[session->next_row];
		struct document *document = session->documents[row.document];
		struct summary_slot *slot = session_slot(session, row.document, row.tensor);
		uint64_t present = document->model->tensors[row.tensor].present;

		if (job && (job->document != row.document || job->n_items == ROW_JOB_TENSORS ||
			    elements + present > ROW_JOB_ELEMENTS))
			break;
		if (slot) {
			session->pending -= slot->pending;
			slot->pending = 0;
		}
		if (!slot || slot->in_job || slot->summary.state != REPORT_WAITING)
			continue;
		if (present > ROW_JOB_ELEMENTS && must_wait(session, row, slot)) {
			session->rows[session->n_deferred++] = row;
			slot->pending = work_of(slot, &document->model->tensors[row.tensor]);
			session->pending += slot->pending;
			continue;
		}
		if (!job)
			job = job_new(&session->mailbox, document->model, row.document,
				      ROW_JOB_TENSORS);
		if (!job) {
			session->out_of_memory = true;
			return NULL;
		}
		if (!row_needs_job(session, row, job, slot))
			continue;
		slot->in_job = true;
		elements += present;
	}
	if (job && !job->n_items) {
		job_free(job);
		job = NULL;
	}
	return job;
}

static uint64_t elements_of(const struct job *job)
{
	return job->n_items == 1 ? job->model->tensors[job->items[0].tensor].present : 0;
}

static void look_again(struct session *session)
{
	if (session->next_row < session->n_rows || !session->n_deferred)
		return;
	session->n_rows = session->n_deferred;
	session->next_row = session->n_deferred = 0;
}

void rows_start(struct session *session)
{
	look_again(session);
	while (!session->stopped && session->n_row_jobs < session->max_row_jobs) {
		struct job *job = next_row_job(session);

		if (!job)
			return;
		job->is_row = true;
		job->is_large = elements_of(job) > ROW_JOB_ELEMENTS;
		job->priority = WANT_ROW;
		session->n_row_jobs++;
		session->n_large_jobs += job->is_large;
		if (!session_start(session, job))
			return;
	}
}

/* A row is settled when its job brought all that was missing. */
void rows_settle(struct session *session, const struct job *job, const struct job_item *item)
{
	struct summary_slot *slot = session_slot(session, job->document, item->tensor);
	const struct report *found[REPORT_KINDS] = { NULL };
	const struct report_entry *quant = item->results[REPORT_QUANT_BRIEF];

	if (!slot || !job->is_row || slot->summary.state == REPORT_DONE)
		return;
	for (unsigned kind = 0; kind < REPORT_KINDS; kind++) {
		if (item->results[kind] && !item->finished[kind])
			return;
		if (item->results[kind])
			found[kind] = &item->results[kind]->report;
	}
	if (quant && !summary_has_scheme(slot, &quant->report.request.scheme)) {
		if (found[REPORT_STATISTICS])
			summary_take_statistics(&slot->summary, found[REPORT_STATISTICS]);
		return;
	}
	summary_finish(slot, found[REPORT_STATISTICS], found[REPORT_QUANT_BRIEF]);
}
