#include "session/summaries.h"

#include <math.h>

_Static_assert(HISTOGRAM_BINS % SUMMARY_BINS == 0, "whole bins are summed");

bool summary_has_scheme(const struct summary_slot *slot, const struct quant_scheme *scheme)
{
	return quant_scheme_same(&slot->scheme, scheme);
}

void summary_set_scheme(struct summary_slot *slot, const struct quant_scheme *scheme)
{
	slot->summary.state = REPORT_WAITING;
	slot->summary.sqnr_db = NAN;
	slot->scheme = *scheme;
}

void summary_take_statistics(struct summary *summary, const struct report *report)
{
	const struct statistics *statistics = &report->statistics;
	uint64_t sums[SUMMARY_BINS] = { 0 }, fullest = 0;

	if (report->state != REPORT_DONE) {
		summary->state = REPORT_FAILED;
		return;
	}
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		sums[i / (HISTOGRAM_BINS / SUMMARY_BINS)] += statistics->bins[i];
	for (unsigned i = 0; i < SUMMARY_BINS; i++)
		fullest = sums[i] > fullest ? sums[i] : fullest;
	for (unsigned i = 0; i < SUMMARY_BINS; i++) {
		double share = fullest ? (double)sums[i] / (double)fullest : 0;

		/* What is there at all stays visible. */
		summary->bins[i] = (uint8_t)ceil(share * 255);
	}
	summary->has_nonfinite = statistics->nan || statistics->posinf || statistics->neginf;
	summary->has_bins = statistics->finite > 0;
	summary->has_figures = true;
	for (enum ranking ranking = 0; ranking < RANKING_COUNT; ranking++)
		summary->figures[ranking] = (float)ranking_value(statistics, ranking);
}

void summary_take_quant_error(struct summary *summary, const struct report *report)
{
	if (report->state == REPORT_DONE)
		summary->sqnr_db = (float)report->quant_error.sqnr_db;
	else
		summary->state = REPORT_FAILED;
}
