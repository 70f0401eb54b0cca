/*
 * What views want, and how it gets done.
 *
 * A detail (session_want) becomes a job at once; rows (session_want_summary) are in rows.c.
 *
 * A job nobody wanted in an update is taken back or told to end. Its results, when some were
 * ready, are still taken in: they cost nothing any more.
 */
#include "session/session.h"

#include <stdlib.h>

#include "session/state.h"

const struct report *session_report(const struct session *session, const struct request *request)
{
	const struct report_entry *entry = reports_find(&session->reports, request);

	return entry ? &entry->report : NULL;
}

/* Why a tensor has no numbers to look at. */
bool session_has_numbers(const struct model *model, const struct tensor *tensor,
			 enum report_kind kind, struct error *err)
{
	const struct model_file *file =
		tensor->file < model->n_files ? &model->files[tensor->file] : NULL;

	switch ((enum tensor_problem)tensor->problem) {
	case TENSOR_OVERFLOW:
		return error_set(err, ERROR_MALFORMED, -1, "the shape has too many elements");
	case TENSOR_BAD_DIMS:
		return error_set(err, ERROR_MALFORMED, -1, "the shape has a negative dimension");
	case TENSOR_BAD_DTYPE:
		return error_set(err, ERROR_MALFORMED, -1,
				 "elements of type %d cannot be read from %s", tensor->dtype_number,
				 storage_name(tensor->storage));
	case TENSOR_NO_DATA:
		if (file && !file->file && file->error.code) {
			*err = file->error;
			return false;
		}
		return error_set(err, ERROR_MALFORMED, -1, "the data is missing");
	case TENSOR_OK:
	case TENSOR_SHORT:
	case TENSOR_LONG:
		break;
	}
	if (!dtype_is_numeric(tensor->dtype))
		return error_set(err, ERROR_REFUSED, -1, "elements of type %s are no numbers",
				 dtype_name(tensor->dtype));
	if ((kind == REPORT_QUANT_ERROR || kind == REPORT_QUANT_BRIEF || kind == REPORT_LADDER ||
	     kind == REPORT_QUANT_SAMPLE) &&
	    !quant_applies(tensor))
		return error_set(err, ERROR_REFUSED, -1,
				 "quantization applies to floating-point tensors "
				 "with elements");
	return true;
}

/* --- Jobs ------------------------------------------------------------------------------------ */

static void job_unlink(struct session *session, struct job *job)
{
	struct job **link = &session->jobs;

	while (*link && *link != job)
		link = &(*link)->next;
	if (*link)
		*link = job->next;
	session->n_row_jobs -= job->is_row;
	session->n_large_jobs -= job->is_large;
	for (unsigned i = 0; job->is_row && i < job->n_items; i++) {
		struct summary_slot *slot =
			session_slot(session, job->document, job->items[i].tensor);

		if (slot)
			slot->in_job = false;
	}
}

/* From here on the job is the pool's until it comes back through the mailbox. */
void session_cancel(struct session *session, struct job *job)
{
	bool queued = pool_remove(session->pool, job_run, job);

	job_unlink(session, job);
	job->cancelled = true;
	if (queued)
		job_free(job);
	else
		atomic_store(&job->cancel, true);
}

/* Forgets, or marks as stopped, what details wait for from a job. */
static void give_up(struct session *session, struct job *job, enum report_state state)
{
	for (unsigned i = 0; i < job->n_items; i++) {
		for (unsigned kind = 0; kind < REPORT_KINDS; kind++) {
			struct report_entry *result = job->items[i].results[kind], *waiting = NULL;

			/* The worker writes to the result, but never to its request. */
			if (result && job->is_detail)
				waiting = reports_find(&session->reports, &result->report.request);
			if (!waiting || waiting->report.state != REPORT_WAITING)
				continue;
			if (state == REPORT_STOPPED)
				waiting->report.state = state;
			else
				reports_bury(&session->reports, waiting);
		}
		struct summary_slot *slot =
			session_slot(session, job->document, job->items[i].tensor);

		if (job->is_row && slot && slot->summary.state == REPORT_WAITING)
			slot->summary.state = (uint8_t)state;
	}
	session_cancel(session, job);
}

void session_forget(struct session *session, uint32_t document)
{
	struct job *next;

	for (struct job *job = session->jobs; job; job = next) {
		next = job->next;
		if (job->document == document)
			give_up(session, job, REPORT_WAITING);
	}
	reports_forget(&session->reports, document);
	library_forget(&session->library, document);
	rows_drop(session);
}

bool session_start(struct session *session, struct job *job)
{
	job->next = session->jobs;
	session->jobs = job;
	if (!session->busy_since)
		session->busy_since = job_clock();
	/* A row has time; a worker is kept free for what is being looked at. */
	job->pool = job->is_row ? NULL : session->pool;
	if (pool_add(session->pool, (int)job->priority, job_run, job))
		return true;
	job_unlink(session, job);
	job_free(job);
	session->out_of_memory = true;
	return false;
}

struct job *session_job_for(const struct session *session, const struct request *request)
{
	for (struct job *job = session->jobs; job; job = job->next) {
		const struct report_entry *result = NULL;

		/* In a job of many, the wish would wait for all the others. */
		if (job->document == request->document && job->n_items == 1)
			result = job->items[0].results[request->kind];
		if (result && request_same(&result->report.request, request))
			return job;
	}
	return NULL;
}

/* --- Details --------------------------------------------------------------------------------- */

static struct report_entry *put_new(struct session *session, const struct request *request,
				    enum report_state state)
{
	struct report_entry *entry = report_entry_new(request);

	if (!entry) {
		session->out_of_memory = true;
		return NULL;
	}
	entry->report.state = state;
	reports_put(&session->reports, entry);
	return entry;
}

/* Errors of many settings are much work and come behind what is looked at, wanted as they may be. */
static bool is_behind(struct report_entry *const results[REPORT_KINDS])
{
	return results[REPORT_LADDER] || results[REPORT_QUANT_BRIEF];
}

static void promote(struct session *session, struct job *job)
{
	job->wanted = job->is_detail = true;
	if (is_behind(job->items[0].results) || job->priority >= WANT_DETAIL || !pool_remove(session->pool, job_run, job))
		return;
	job->priority = WANT_DETAIL;
	if (!pool_add(session->pool, WANT_DETAIL, job_run, job))
		job_run(job);
}

static void start_detail(struct session *session, struct report_entry *entry)
{
	const struct request *request = &entry->report.request;
	struct document *document = session->documents[request->document];
	struct job *job = session_job_for(session, request);

	if (job) {
		promote(session, job);
		return;
	}
	job = job_new(&session->mailbox, document->model, request->document, 1);
	if (job && job_add(job, request)) {
		bool sample = request->kind == REPORT_SAMPLE || request->kind == REPORT_QUANT_SAMPLE;

		job->priority = sample				 ? WANT_PREVIEW
				: is_behind(job->items[0].results) ? WANT_ROW
								   : WANT_DETAIL;
		job->wanted = job->is_detail = true;
		if (session_start(session, job))
			return;
	} else if (job) {
		job_free(job);
	}
	entry->report.state = REPORT_FAILED;
	error_set(&entry->report.error, ERROR_MEMORY, -1, "out of memory");
}

/* Tensor and row are there. */
static bool is_possible(const struct model *model, const struct request *request)
{
	const struct layers *layers;

	if (request->kind != REPORT_SCOPE && request->tensor != NO_INDEX)
		return request->tensor < model->n_tensors;
	layers = model_layers(model, NULL);
	return request->tensor == NO_INDEX && layers && request->row < layers->n_rows;
}

void session_want(struct session *session, const struct request *request)
{
	struct document *document = session_document(session, request->document);
	struct report_entry *entry;

	if (!document || !is_possible(document->model, request))
		return;
	entry = reports_find(&session->reports, request);
	if (entry)
		reports_touch(&session->reports, entry);
	else
		entry = put_new(session, request,
				session->stopped ? REPORT_STOPPED : REPORT_WAITING);
	if (!entry || entry->report.state == REPORT_DONE || entry->report.state == REPORT_FAILED ||
	    session->stopped)
		return;
	if (request->tensor != NO_INDEX &&
	    !session_has_numbers(document->model, &document->model->tensors[request->tensor],
				 request->kind, &entry->report.error)) {
		entry->report.state = REPORT_FAILED;
		return;
	}
	entry->report.state = REPORT_WAITING;
	start_detail(session, entry);
}

/* --- The cycle ------------------------------------------------------------------------------- */

void session_update_begin(struct session *session)
{
	for (struct job *job = session->jobs; job; job = job->next)
		job->wanted = false;
	session->reports.update = ++session->update;
	library_update_begin(&session->library);
	rows_drop(session);
	session->out_of_memory = false;
}

static bool still_wanted(const struct session *session, const struct job *job)
{
	if (job->wanted)
		return true;
	for (unsigned i = 0; job->is_row && i < job->n_items; i++) {
		const struct summary_slot *slot =
			session_slot(session, job->document, job->items[i].tensor);
		const struct report_entry *quant = job->items[i].results[REPORT_QUANT_BRIEF];

		if (slot && slot->update == session->update &&
		    (!quant || summary_has_scheme(slot, &quant->report.request.scheme)))
			return true;
	}
	return false;
}

static void note_idle(struct session *session)
{
	if (session->jobs || library_tasks(&session->library))
		return;
	session->finished = 0;
	session->busy_since = 0;
}

void session_update_end(struct session *session)
{
	struct job *next;

	for (struct job *job = session->jobs; job; job = next) {
		next = job->next;
		if (!still_wanted(session, job))
			give_up(session, job, REPORT_WAITING);
	}
	library_update_end(&session->library);
	rows_start(session);
	note_idle(session);
	for (size_t i = 0; i < session->n_retired; i++)
		model_unref(session->retired[i]);
	session->n_retired = 0;
}

int session_wake_fd(const struct session *session)
{
	return session->mailbox.wake;
}

static bool take_in(struct session *session, struct job *job)
{
	bool news = false;

	for (unsigned i = 0; i < job->n_items; i++) {
		struct job_item *item = &job->items[i];

		rows_settle(session, job, item);
		for (unsigned kind = 0; kind < REPORT_KINDS; kind++) {
			if (!item->finished[kind])
				continue;
			reports_put(&session->reports, item->results[kind]);
			item->results[kind] = NULL;
			news = true;
		}
	}
	return news;
}

bool session_collect(struct session *session)
{
	struct job *job, *next;
	bool news = false;

	reports_free_buried(&session->reports);
	for (job = mailbox_take(&session->mailbox); job; job = next) {
		struct document *document = session_document(session, job->document);

		next = job->delivered;
		if (!job->cancelled) {
			job_unlink(session, job);
			session->finished += job->total;
			news = true; /* the progress, if nothing else */
		}
		if (document->model == job->model)
			news |= take_in(session, job);
		job_free(job);
	}
	news |= library_collect(&session->library);
	reports_trim(&session->reports);
	rows_start(session);
	note_idle(session);
	return news;
}

static struct text name_of(const struct job *job)
{
	uint32_t tensor = atomic_load(&job->current);
	const struct layers *layers = model_layers(job->model, NULL);

	if (tensor != NO_INDEX)
		return job->model->tensors[tensor].name;
	for (unsigned kind = 0; layers && kind < REPORT_KINDS; kind++)
		if (job->items[0].results[kind])
			return layers->rows[job->items[0].results[kind]->report.request.row].label;
	return TEXT("");
}

struct session_progress session_progress(const struct session *session)
{
	struct session_progress progress = { .done = session->finished };
	const struct job *oldest = NULL;
	int64_t began = INT64_MAX;
	unsigned library = library_tasks(&session->library);

	for (const struct job *job = session->jobs; job; job = job->next) {
		int64_t job_began = atomic_load(&job->began);

		progress.tasks++;
		progress.done += atomic_load(&job->done);
		progress.total += job->total;
		if (job_began && job_began < began) {
			began = job_began;
			oldest = job;
		}
	}
	progress.tasks += library;
	progress.total += session->finished + session->pending;
	if (session->next_row < session->n_rows)
		progress.tasks += (uint32_t)(session->n_rows - session->next_row);
	if (session->busy_since)
		progress.seconds = (double)(job_clock() - session->busy_since) * 1e-9;
	if (oldest)
		progress.name = name_of(oldest);
	else if (library > 0)
		progress.name = TEXT("libonnx");
	return progress;
}

void session_stop(struct session *session)
{
	while (session->jobs)
		give_up(session, session->jobs, REPORT_STOPPED);
	for (size_t i = 0; i < session->n_rows; i++) {
		struct summary_slot *slot =
			session_slot(session, session->rows[i].document, session->rows[i].tensor);

		if (slot && slot->summary.state == REPORT_WAITING)
			slot->summary.state = REPORT_STOPPED;
	}
	rows_drop(session);
	library_stop(&session->library);
	note_idle(session);
	session->stopped = true;
}

void session_resume(struct session *session)
{
	session->stopped = false;
}

void session_finish(struct session *session)
{
	do {
		pool_wait(session->pool);
		library_wait(&session->library);
		session_collect(session);
	} while (session->jobs || library_tasks(&session->library));
}
