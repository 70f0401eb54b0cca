/*
 * The view "xray": quantized weights of a model, each computed when it is its turn.
 *
 *	if (export_xray_begin(&x, run, err)) {
 *		while (export_xray_next(&x, &result, err)) ...
 *		good = !x.failed;
 *		export_xray_end(&x);
 *	}
 */
#ifndef EXPORT_EXPORT_XRAY_H
#define EXPORT_EXPORT_XRAY_H

#include <mtui/xray.h>

#include "export/export_view.h"
#include "export/progress.h"

struct export_xray {
	const struct export_run *run;
	struct xray found;
	struct xray_pair *pairs; /* one a weight; NULL without an original */
	size_t n_wanted;	 /* weights that the export is about */
	size_t n_matched;	 /* of all weights */
	bool failed;		 /* next ended with an error */
	/* private */
	struct arena arena;
	struct progress progress;
	uint32_t tensor;      /* being read */
	uint64_t done, total; /* elements of finished weights, of all */
	size_t next;
};

struct export_xray_result {
	const struct xray_weight *weight;
	const struct xray_pair *pair; /* NULL where there is none */
	bool good;		      /* else there are no numbers */
	struct error error;
	struct xray_report report;
	struct xray_loss loss; /* where there is a pair */
};

bool export_xray_begin(struct export_xray *x, const struct export_run *run, struct error *err);
bool export_xray_next(struct export_xray *x, struct export_xray_result *result, struct error *err);
void export_xray_end(struct export_xray *x);

/* The table as cells, on a new canvas of that width. */
bool export_xray_table(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		       struct canvas *canvas, struct error *err);

#endif
