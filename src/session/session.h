/*
 * Open documents and what has been computed about them: the only shared state that changes.
 *
 * All functions are called from one thread (the UI's, or main's in batch). Work runs in the pool;
 * finished reports reach the session through a mailbox that session_collect empties. Pointers to
 * reports and summaries stay valid until the next session_collect.
 *
 * A frame goes: session_update_begin; views call session_want for what they show;
 * session_update_end, which drops queued and stops running work that nobody wanted this time. So
 * a held key never builds a backlog: the newest wish wins.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/channels.h>
#include <mtui/check.h>
#include <mtui/error.h>
#include <mtui/fusion.h>
#include <mtui/histogram.h>
#include <mtui/importance.h>
#include <mtui/layer.h>
#include <mtui/model.h>
#include <mtui/model_plan.h>
#include <mtui/pca.h>
#include <mtui/picture.h>
#include <mtui/quant_error.h>
#include <mtui/quant_sample.h>
#include <mtui/run.h>
#include <mtui/ranking.h>
#include <mtui/sample.h>
#include <mtui/scope.h>
#include <mtui/singular_values.h>
#include <mtui/statistics.h>
#include <mtui/structure.h>

#include "session/xrays.h"

struct session;

/* threads 0: one per processor. NULL when memory is exhausted. */
struct session *session_new(unsigned threads, struct error *err);
void session_free(struct session *session);

/* Opens a model as the next document. */
bool session_open(struct session *session, const char *path, struct error *err);

/* Reads a document's file again under the same number; its reports are forgotten. On failure the
 * old model stays. */
bool session_reload(struct session *session, uint32_t document, struct error *err);

uint32_t session_documents(const struct session *session);
const struct model *session_model(const struct session *session, uint32_t document);

/* Built on the first call, which reports need not make; NULL when memory is exhausted then. */
const struct layers *session_layers(const struct session *session, uint32_t document);
const char *session_path(const struct session *session, uint32_t document);

/* Training runs, beside the models or instead of them: files, and directories that are looked
 * through for logs. Once a session; reads for about `seconds`, 0: all there is. */
bool session_open_runs(struct session *session, const char *const *paths, size_t n,
		       const struct run_options *options, double seconds, struct error *err);

/* Why the path of this index could not be read, or not to its end; false when all is well. */
bool session_run_failure(const struct session *session, size_t path, struct error *err);

/* Whether the logs have said anything yet. */
bool session_runs_hold(const struct session *session);

/* The version that was taken in last, valid until the next session_refresh_runs; NULL: none are
 * open. */
const struct runs *session_runs(const struct session *session);

/* Takes in what the logs have grown by, for about `seconds`, 0: to their end; true when there is
 * something new. To be called when session_runs_fd (-1: there is none) is readable, once a second,
 * and again at once while session_runs_unread. */
bool session_refresh_runs(struct session *session, double seconds);
int session_runs_fd(const struct session *session);

/* The model that was saved nearest to a step of the run, in its folder: its name below that, and
 * its step. NULL if there is none. Looks at the disk; valid until the next call. */
const char *session_checkpoint(struct session *session, const struct run *run, int64_t step,
			       int64_t *saved);
bool session_runs_unread(const struct session *session);

/* What has happened to the document's file since it was opened; looks at the disk at most once a
 * second. Empty when nothing: "file changed: was 120 bytes, is 60 bytes; press r". */
const char *session_file_state(struct session *session, uint32_t document);

/* REPORT_SCOPE is of all tensors below a row; REPORT_SAMPLE is a preview of the statistics of
 * that, or of a tensor; REPORT_QUANT_BRIEF has as much of a quantization error as
 * quant_error_brief says, and REPORT_QUANT_SAMPLE is a preview of it, likewise. */
enum report_kind {
	REPORT_STATISTICS,
	REPORT_QUANT_ERROR,
	REPORT_QUANT_BRIEF,
	REPORT_CHANNELS,
	REPORT_HISTOGRAM,
	REPORT_SCOPE,
	REPORT_SAMPLE,
	REPORT_PICTURE,
	REPORT_PCA,
	REPORT_SINGULAR_VALUES,
	REPORT_LADDER,
	REPORT_QUANT_SAMPLE,
	REPORT_XRAY,
	REPORT_FUSION,
	REPORT_STRUCTURE,    /* of the document, likewise */
	REPORT_CHECK,	     /* of the document: row 0, no tensor */
	REPORT_CHECK_VALUES, /* likewise, of its tensors' data */
};
enum report_state { REPORT_WAITING, REPORT_DONE, REPORT_FAILED, REPORT_STOPPED };

struct request {
	uint32_t document;
	uint32_t tensor; /* NO_INDEX: the row */
	uint32_t row;	 /* of the layers, where there is no tensor */
	enum report_kind kind;
	struct quant_scheme scheme; /* of REPORT_QUANT_ERROR, _BRIEF, _SAMPLE, _FUSION */
	const struct importance *importance; /* of REPORT_QUANT_ERROR, or NULL; of session_importance */
	int axis;		    /* of REPORT_CHANNELS; -1: channels_default_axis decides */
	struct histogram_axis bins; /* of REPORT_HISTOGRAM; low and high are set */
	const struct ladder *ladder; /* of REPORT_LADDER; it must outlive the session */
	const struct check_options *check; /* of the REPORT_CHECKs; likewise */
	const struct xray_table *xray; /* of REPORT_XRAY: of session_xray; its tensor: the codes */
	uint32_t weight;	    /* likewise: which of its weights */
	struct fusion_site fusion;  /* of REPORT_FUSION; its tensor: the weight */
	struct picture_request picture; /* of REPORT_PICTURE; its view of the two after it */
};

/* Parameters of another kind do not count. */
bool request_same(const struct request *a, const struct request *b);

struct report {
	struct request request;
	enum report_state state;
	struct error error; /* when REPORT_FAILED */
	union {
		struct statistics statistics; /* of REPORT_SAMPLE, too */
		struct quant_error quant_error;
		struct channels channels;
		struct histogram histogram;
		struct scope_statistics scope;
		struct picture picture;
		struct pca pca;
		struct singular_values singular_values;
		struct ladder_costs ladder;
		struct quant_sample quant_sample;
		struct xray_result xray;
		struct fusion_report fusion;
		struct findings findings;
		struct structure structure;
	};
};

/* Weights from a file, kept as long as the session; NULL with err. */
const struct importance *session_importance(struct session *session, const char *path,
					    struct error *err);

/* NULL when it was never wanted or has been forgotten. Pure. */
const struct report *session_report(const struct session *session, const struct request *request);

/* What a tree row shows of a tensor: computed once, kept for every tensor. */
#define SUMMARY_BINS 8

struct summary {
	float figures[RANKING_COUNT]; /* ranking_value, with has_figures */
	float sqnr_db;		     /* of the scheme; NaN where it does not apply, +Inf if exact */
	uint8_t bins[SUMMARY_BINS];  /* share of the fullest bin, 0..255, over [min, max] */
	uint8_t state;		     /* enum report_state; WAITING: the bins may be known already */
	bool has_nonfinite;
	bool has_figures;
	bool has_bins;		     /* false where the tensor has no numbers */
};

/* NULL until it was wanted. With a scheme other than the one asked for last, state is WAITING. */
const struct summary *session_summary(const struct session *session, uint32_t document,
				      uint32_t tensor, const struct quant_scheme *scheme);

/* A preview is worth nothing behind what it previews. */
enum want_priority { WANT_ROW, WANT_DETAIL, WANT_PREVIEW };

void session_update_begin(struct session *session);
void session_want(struct session *session, const struct request *request);
void session_want_summary(struct session *session, uint32_t document, uint32_t tensor,
			  const struct quant_scheme *scheme);
void session_update_end(struct session *session);

/* Readable when session_collect has something to do; for poll. */
int session_wake_fd(const struct session *session);

/* Takes in finished work; true when something new is to be shown. */
bool session_collect(struct session *session);

/* Work that is queued or running; elements done and total since it was idle last, over all of it.
 * Zero tasks: idle. */
struct session_progress {
	uint32_t tasks;
	uint64_t done, total;
	double seconds;	   /* since it was idle last */
	struct text name;  /* of the tensor that is read longest; raw bytes */
};

struct session_progress session_progress(const struct session *session);

/* Esc: stops what is running and queued; what was wanted becomes REPORT_STOPPED until it is wanted
 * anew after session_resume (a move to another row). */
void session_stop(struct session *session);
void session_resume(struct session *session);

/* Batch: waits until nothing is queued or running, then collects. */
void session_finish(struct session *session);

#endif
