/* What tree rows show of tensors: a small slot for every tensor of a document. */
#ifndef SESSION_SUMMARIES_H
#define SESSION_SUMMARIES_H

#include <stdbool.h>
#include <stdint.h>

#include "session/session.h"

struct summary_slot {
	struct summary summary;
	struct quant_scheme scheme; /* of the summary */
	bool wanted;	  /* ever */
	bool in_job;	  /* a live job computes it */
	uint64_t pending; /* how much of session->pending is its */
	uint32_t update;  /* number of the update that wanted it last */
};

struct summaries {
	struct summary_slot *slots; /* by tensor; NULL until the first wish */
	size_t count;
};

bool summary_has_scheme(const struct summary_slot *slot, const struct quant_scheme *scheme);

/* Turns a slot to another scheme: the bins stay, the error is to be found anew. */
void summary_set_scheme(struct summary_slot *slot, const struct quant_scheme *scheme);

/* Takes from a report that is done or failed what a row shows. */
void summary_take_statistics(struct summary *summary, const struct report *report);
void summary_take_quant_error(struct summary *summary, const struct report *report);

#endif
