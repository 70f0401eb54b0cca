#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mtui/gate.h>
#include <mtui/pool.h>
#include <mtui/reader.h>

#include "session/state.h"

#define LOOK_INTERVAL 1000000000 /* ns between looks at the disk */
#define LOOK_FILES    8		 /* files with external data that are looked at */

struct session *session_new(unsigned threads, struct error *err)
{
	struct session *session = calloc(1, sizeof *session);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (!session) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	if (!mailbox_init(&session->mailbox, err)) {
		free(session);
		return NULL;
	}
	library_init(&session->library, session->mailbox.wake);
	if (!threads)
		threads = processors > 0 ? (unsigned)processors : 1;
	session->max_row_jobs = threads + 2;
	/* Where it can be, one worker stays free for what the user looks at. */
	session->max_large_jobs = threads > 1 ? threads - 1 : 1;
	session->update = 1;
	session->pool = pool_new(threads);
	if (!session->pool) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		library_free(&session->library);
		mailbox_free(&session->mailbox);
		free(session);
		return NULL;
	}
	return session;
}

static void document_free(struct document *document)
{
	model_unref(document->model);
	xray_table_unref(document->xray);
	free(document->summaries.slots);
	free(document->path);
	free(document);
}

static void free_retired(struct session *session)
{
	for (size_t i = 0; i < session->n_retired; i++)
		model_unref(session->retired[i]);
	free(session->retired);
	session->retired = NULL;
	session->n_retired = 0;
}

static void free_importances(struct session *session)
{
	struct kept_importance *next;

	for (struct kept_importance *kept = session->importances; kept; kept = next) {
		next = kept->next;
		importance_free(&kept->importance);
		free(kept);
	}
}

const struct importance *session_importance(struct session *session, const char *path,
					    struct error *err)
{
	struct kept_importance *kept = calloc(1, sizeof *kept);

	if (!kept) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	if (!importance_load(&kept->importance, path, err)) {
		free(kept);
		return NULL;
	}
	kept->next = session->importances;
	session->importances = kept;
	return &kept->importance;
}

void session_free(struct session *session)
{
	struct job *job, *next;

	if (!session)
		return;
	for (job = session->jobs; job; job = next) {
		next = job->next;
		session_cancel(session, job);
	}
	pool_free(session->pool);
	library_free(&session->library);
	for (job = mailbox_take(&session->mailbox); job; job = next) {
		next = job->delivered;
		job_free(job);
	}
	mailbox_free(&session->mailbox);
	reports_free(&session->reports);
	free_retired(session);
	dims_unref(session->dims);
	runs_close(session);
	for (uint32_t i = 0; i < session->n_documents; i++)
		document_free(session->documents[i]);
	free(session->documents);
	model_unref(session->original);
	free_importances(session);
	free(session->rows);
	free(session);
}

static bool out_of_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, -1, "out of memory");
}

static bool document_read(struct document *document, struct error *err)
{
	document->model = model_open(document->path, err);
	return document->model;
}

bool session_open(struct session *session, const char *path, struct error *err)
{
	struct document **documents, *document = calloc(1, sizeof *document);

	if (!document)
		return out_of_memory(err);
	document->path = strdup(path);
	documents = realloc(session->documents,
			    (session->n_documents + (size_t)1) * sizeof(struct document *));
	if (documents)
		session->documents = documents;
	if (!document->path || !documents ? !out_of_memory(err) : !document_read(document, err)) {
		if (document->model)
			model_unref(document->model);
		free(document->path);
		free(document);
		return false;
	}
	session->documents[session->n_documents++] = document;
	return true;
}

bool session_reload(struct session *session, uint32_t number, struct error *err)
{
	struct document *document = session_document(session, number);
	struct document fresh = { 0 };
	struct model **retired;

	if (!document)
		return error_set(err, ERROR_USAGE, -1, "there is no such document");
	if (strcmp(document->path, "-") == 0)
		return error_set(err, ERROR_READ, -1, "standard input cannot be read again");
	retired = realloc(session->retired, (session->n_retired + 1) * sizeof *retired);
	if (!retired)
		return out_of_memory(err);
	session->retired = retired;
	fresh.path = document->path;
	if (!document_read(&fresh, err) || !model_layers(fresh.model, err)) {
		if (fresh.model)
			model_unref(fresh.model);
		return false;
	}
	session_forget(session, number);
	xray_table_unref(document->xray);
	free(document->summaries.slots);
	session->retired[session->n_retired++] = document->model;
	*document = fresh;
	return true;
}

uint32_t session_documents(const struct session *session)
{
	return session->n_documents;
}

const struct model *session_model(const struct session *session, uint32_t document)
{
	const struct document *found = session_document(session, document);

	return found ? found->model : NULL;
}

const struct layers *session_layers(const struct session *session, uint32_t document)
{
	const struct document *found = session_document(session, document);

	return found ? model_layers(found->model, NULL) : NULL;
}

const char *session_path(const struct session *session, uint32_t document)
{
	const struct document *found = session_document(session, document);

	return found ? found->path : "";
}

static bool describe_change(struct document *document, const struct model_file *member)
{
	char *state = document->state;
	size_t size = sizeof document->state;
	char name[80] = "";
	uint64_t now = 0;

	if (member->location.len) {
		name[0] = ' ';
		gate_text(GATE_UNICODE, name + 1, sizeof name - 1, 40, member->location);
	}
	switch (file_changed(member->file, &now)) {
	case FILE_SAME:
		return false;
	case FILE_SHRANK:
	case FILE_GREW:
		snprintf(state, size, "file%s changed: was %llu bytes, is %llu bytes; press r",
			 name, (unsigned long long)member->file->size, (unsigned long long)now);
		break;
	case FILE_REWRITTEN:
		snprintf(state, size, "file%s was rewritten; press r", name);
		break;
	case FILE_REPLACED:
		snprintf(state, size, "file%s was replaced; press r", name);
		break;
	case FILE_DELETED:
		snprintf(state, size, "file%s was deleted; shown as it was", name);
		break;
	}
	return true;
}

const char *session_file_state(struct session *session, uint32_t number)
{
	struct document *document = session_document(session, number);
	int64_t now = job_clock();

	if (!document)
		return "";
	if (session->out_of_memory)
		return "out of memory: some numbers are missing";
	if (document->looked && now - document->looked < LOOK_INTERVAL)
		return document->state;
	document->looked = now;
	document->state[0] = '\0';
	for (size_t i = 0; i < document->model->n_files && i < LOOK_FILES; i++)
		if (document->model->files[i].file &&
		    describe_change(document, &document->model->files[i]))
			break;
	return document->state;
}
