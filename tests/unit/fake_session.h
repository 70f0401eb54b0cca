/*
 * A session without threads: one document, a model made by hand; what is wanted is computed at
 * once, unless the test holds it back. Defines the functions of session.h that views and exports
 * call, so that the real ones are not linked.
 */
#ifndef FAKE_SESSION_H
#define FAKE_SESSION_H

#include <math.h>
#include <string.h>

#include "session/dims.h"
#include "session/library.h"
#include "session/session.h"

#define FAKE_REPORTS 64

struct session {
	const struct model *model;
	const struct runs *runs;
	const struct layers *layers;
	const char *path;
	bool held;	      /* wanted reports stay as they are in `state` */
	enum report_state state;
	const char *message;  /* of a failed one */
	struct report *reports; /* FAKE_REPORTS */
	size_t n_reports;
	struct summary summaries[FAKE_REPORTS];
	bool wanted[FAKE_REPORTS];
	const struct library_answer *inference, *verdict, *op_doc; /* NULL: never asked for */
	const struct library_answer *cost;
	const struct dim_binding *dims;
	size_t n_dims;
	bool wants_shapes, wants_cost;
	int64_t wants_opset;
};

static inline bool fake_same(const struct request *a, const struct request *b)
{
	return a->tensor == b->tensor && a->kind == b->kind &&
	       (a->tensor != NO_INDEX || a->row == b->row) &&
	       ((a->kind != REPORT_QUANT_ERROR && a->kind != REPORT_QUANT_BRIEF &&
		 a->kind != REPORT_QUANT_SAMPLE) ||
		quant_scheme_same(&a->scheme, &b->scheme)) &&
	       (a->kind != REPORT_CHANNELS || a->axis == b->axis) &&
	       (a->kind != REPORT_HISTOGRAM ||
		(a->bins.low == b->bins.low && a->bins.high == b->bins.high &&
		 a->bins.symlog == b->bins.symlog)) &&
	       (a->kind < REPORT_PICTURE ||
		(a->picture.view.lead == b->picture.view.lead &&
		 a->picture.view.split == b->picture.view.split &&
		 a->picture.view.slice == b->picture.view.slice)) &&
	       (a->kind != REPORT_PICTURE ||
		(memcmp(&a->picture.window, &b->picture.window, sizeof a->picture.window) == 0 &&
		 a->picture.across == b->picture.across && a->picture.down == b->picture.down));
}

const struct report *session_report(const struct session *session, const struct request *request)
{
	for (size_t i = 0; i < session->n_reports; i++)
		if (fake_same(&session->reports[i].request, request))
			return &session->reports[i];
	return NULL;
}

static inline bool fake_compute(const struct session *session, const struct request *request,
				struct report *report)
{
	const struct tensor *tensor =
		request->tensor == NO_INDEX ? NULL : &session->model->tensors[request->tensor];

	switch (request->kind) {
	case REPORT_STATISTICS:
		return statistics_compute(session->model, tensor, NULL, &report->statistics,
					  &report->error);
	case REPORT_QUANT_ERROR:
		return quant_error_compute(session->model, tensor, &request->scheme, NULL,
					   &report->quant_error, &report->error);
	case REPORT_QUANT_BRIEF:
		return quant_error_brief(session->model, tensor, &request->scheme, NULL,
					 &report->quant_error, &report->error);
	case REPORT_CHANNELS:
		return channels_compute(session->model, tensor, request->axis, NULL,
					&report->channels, &report->error);
	case REPORT_HISTOGRAM:
		return histogram_compute(session->model, tensor, &request->bins, NULL,
					 &report->histogram, &report->error);
	case REPORT_SCOPE:
		return scope_compute(session->model, session->layers, request->row, NULL,
				     &report->scope, &report->error);
	case REPORT_SAMPLE:
		return sample_compute(session->model, &request->tensor, 1, NULL,
				      &report->statistics, &report->error);
	case REPORT_PICTURE:
		return picture_compute(session->model, tensor, &request->picture, NULL,
				       &report->picture, &report->error);
	case REPORT_PCA:
		return pca_compute(session->model, tensor, &request->picture.view, NULL,
				   &report->pca, &report->error);
	case REPORT_LADDER:
		return ladder_compute(session->model, tensor, request->ladder, NULL,
				      &report->ladder, &report->error);
	case REPORT_QUANT_SAMPLE:
		return quant_sample_compute(session->model, &request->tensor, 1, &request->scheme,
					    NULL, &report->quant_sample, &report->error);
	case REPORT_STRUCTURE:
		return false;
	case REPORT_CHECK:
		return check_model((struct model *)(uintptr_t)session->model, request->check,
				   &report->findings, &report->error);
	case REPORT_CHECK_VALUES:
		return check_values(session->model, request->check, NULL, &report->findings,
				    &report->error);
	case REPORT_FUSION:
		return fusion_compute(session->model, &request->fusion, &request->scheme, NULL,
				      &report->fusion, &report->error);
	case REPORT_XRAY:
		return false;
	case REPORT_SINGULAR_VALUES:
		return singular_values_compute(session->model, tensor, &request->picture.view,
					       NULL, &report->singular_values, &report->error);
	}
	return false;
}

void session_want(struct session *session, const struct request *request)
{
	struct report *report;

	if (!session->reports || session_report(session, request) ||
	    session->n_reports == FAKE_REPORTS)
		return;
	report = &session->reports[session->n_reports++];
	*report = (struct report){ .request = *request, .state = session->state };
	if (session->message)
		error_set(&report->error, ERROR_CHANGED, 64, "%s", session->message);
	if (session->held)
		return;
	report->state = REPORT_DONE;
	if (!fake_compute(session, request, report))
		report->state = REPORT_FAILED;
}

const struct importance *session_importance(struct session *session, const char *path,
					    struct error *err)
{
	(void)session;
	(void)path;
	error_set(err, ERROR_READ, -1, "no files here");
	return NULL;
}

/* Models that tests make by hand have nothing that is quantized already. */
const struct xray_table *session_xray(struct session *session, uint32_t document)
{
	(void)session;
	(void)document;
	return NULL;
}

const struct xray_table *session_xray_known(const struct session *session, uint32_t document)
{
	(void)session;
	(void)document;
	return NULL;
}

const struct model *session_original(const struct session *session)
{
	(void)session;
	return NULL;
}

const struct summary *session_summary(const struct session *session, uint32_t document,
				      uint32_t tensor, const struct quant_scheme *scheme)
{
	(void)document;
	(void)scheme;
	return session->wanted[tensor] ? &session->summaries[tensor] : NULL;
}

void session_want_summary(struct session *session, uint32_t document, uint32_t tensor,
			  const struct quant_scheme *scheme)
{
	(void)document;
	(void)scheme;
	session->wanted[tensor] = true;
}

void session_update_begin(struct session *session)
{
	(void)session;
}

void session_update_end(struct session *session)
{
	(void)session;
}

void session_finish(struct session *session)
{
	(void)session;
}

/* libonnx: what the test put there, or nothing. */
const struct library_answer *session_shapes(const struct session *session, uint32_t document)
{
	(void)document;
	return session->inference;
}

void session_want_shapes(struct session *session, uint32_t document)
{
	(void)document;
	session->wants_shapes = true;
}

const struct library_answer *session_cost(const struct session *session, uint32_t document)
{
	(void)document;
	return session->cost;
}

void session_want_cost(struct session *session, uint32_t document)
{
	(void)document;
	session->wants_cost = true;
}

const struct dim_binding *session_dims(const struct session *session, size_t *n)
{
	*n = session->n_dims;
	return session->dims;
}

const struct library_answer *session_verdict(const struct session *session, uint32_t document)
{
	(void)document;
	return session->verdict;
}

void session_want_verdict(struct session *session, uint32_t document)
{
	(void)session;
	(void)document;
}

const struct library_answer *session_op_doc(const struct session *session, struct text domain,
					    struct text name, int64_t opset)
{
	(void)domain;
	(void)name;
	(void)opset;
	return session->op_doc;
}

void session_want_op_doc(struct session *session, struct text domain, struct text name,
			 int64_t opset)
{
	(void)domain;
	(void)name;
	session->wants_opset = opset;
}

struct session_progress session_progress(const struct session *session)
{
	return (struct session_progress){ .tasks = session->held, .done = 1, .total = 4 };
}

const struct model *session_model(const struct session *session, uint32_t document)
{
	(void)document;
	return session->model;
}

const struct runs *session_runs(const struct session *session)
{
	return session->runs;
}

const char *session_checkpoint(struct session *session, const struct run *run, int64_t step,
			       int64_t *saved)
{
	(void)session;
	(void)run;
	*saved = step;
	return NULL;
}

const struct layers *session_layers(const struct session *session, uint32_t document)
{
	(void)document;
	return session->layers;
}

const char *session_path(const struct session *session, uint32_t document)
{
	(void)document;
	return session->path;
}

#endif
