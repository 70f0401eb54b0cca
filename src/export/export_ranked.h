/* The tensors of an export in the order of a statistic: computed once for the order. */
#ifndef EXPORT_EXPORT_RANKED_H
#define EXPORT_EXPORT_RANKED_H

#include "export/export_view.h"

struct export_ranked {
	struct export_subject subject; /* the same with the tensors in that order */
	const struct export_subject *before;
	struct ranked_tensor *items;
	size_t n;
	uint32_t *tensors;
};

/* The run goes over the ranked tensors, the first subject->stats->top of them, until the end; which
 * is to be called in any case. */
bool export_ranked_begin(struct export_ranked *ranked, struct export_run *run, struct error *err);
void export_ranked_end(struct export_ranked *ranked, struct export_run *run);

#endif
