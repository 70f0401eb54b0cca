#include "session/reports.h"

#include <stdlib.h>

static bool same_view(const struct matrix_view *a, const struct matrix_view *b)
{
	return a->lead == b->lead && a->split == b->split && a->slice == b->slice;
}

static bool same_picture(const struct picture_request *a, const struct picture_request *b)
{
	return same_view(&a->view, &b->view) && a->window.row == b->window.row &&
	       a->window.column == b->window.column && a->window.n_rows == b->window.n_rows &&
	       a->window.n_columns == b->window.n_columns && a->across == b->across &&
	       a->down == b->down;
}

bool request_same(const struct request *a, const struct request *b)
{
	if (a->document != b->document || a->tensor != b->tensor || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case REPORT_STATISTICS:
	case REPORT_STRUCTURE:
		break;
	case REPORT_SCOPE:
	case REPORT_SAMPLE:
		return a->tensor != NO_INDEX || a->row == b->row;
	case REPORT_QUANT_ERROR:
	case REPORT_QUANT_BRIEF:
		return quant_scheme_same(&a->scheme, &b->scheme) && a->importance == b->importance;
	case REPORT_QUANT_SAMPLE:
		return quant_scheme_same(&a->scheme, &b->scheme) &&
		       (a->tensor != NO_INDEX || a->row == b->row);
	case REPORT_FUSION:
		return quant_scheme_same(&a->scheme, &b->scheme) &&
		       a->fusion.norm == b->fusion.norm;
	case REPORT_XRAY:
		return a->xray == b->xray && a->weight == b->weight;
	case REPORT_LADDER:
		return a->ladder == b->ladder;
	case REPORT_CHECK:
	case REPORT_CHECK_VALUES:
		return a->check == b->check;
	case REPORT_CHANNELS:
		return a->axis == b->axis;
	case REPORT_HISTOGRAM:
		return a->bins.low == b->bins.low && a->bins.high == b->bins.high &&
		       a->bins.bins == b->bins.bins && a->bins.symlog == b->bins.symlog &&
		       a->bins.threshold == b->bins.threshold;
	case REPORT_PICTURE:
		return same_picture(&a->picture, &b->picture);
	case REPORT_PCA:
	case REPORT_SINGULAR_VALUES:
		return same_view(&a->picture.view, &b->picture.view);
	}
	return true;
}

static size_t bucket_of(const struct request *request)
{
	uint64_t hash = (uint64_t)request->document << 32 | request->tensor;

	hash ^= (uint64_t)request->kind << 60;
	if (request->kind == REPORT_QUANT_ERROR || request->kind == REPORT_QUANT_BRIEF ||
	    request->kind == REPORT_QUANT_SAMPLE || request->kind == REPORT_FUSION)
		hash ^= quant_scheme_hash(&request->scheme);
	if (request->tensor == NO_INDEX)
		hash ^= request->row;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) % REPORTS_BUCKETS;
}

struct report_entry *reports_find(const struct reports *reports, const struct request *request)
{
	struct report_entry *entry = reports->buckets[bucket_of(request)];

	while (entry && !request_same(&entry->report.request, request))
		entry = entry->chain;
	return entry;
}

struct report_entry *report_entry_new(const struct request *request)
{
	struct report_entry *entry = calloc(1, sizeof *entry);

	if (entry)
		entry->report.request = *request;
	return entry;
}

void report_entry_free(struct report_entry *entry)
{
	if (!entry)
		return;
	switch (entry->report.request.kind) {
	case REPORT_STATISTICS:
	case REPORT_QUANT_ERROR:
	case REPORT_QUANT_BRIEF:
	case REPORT_SAMPLE:
	case REPORT_LADDER:
	case REPORT_QUANT_SAMPLE:
	case REPORT_XRAY:
	case REPORT_FUSION:
		break;
	case REPORT_CHANNELS:
		channels_free(&entry->report.channels);
		break;
	case REPORT_HISTOGRAM:
		histogram_free(&entry->report.histogram);
		break;
	case REPORT_SCOPE:
		scope_statistics_free(&entry->report.scope);
		break;
	case REPORT_PICTURE:
		picture_free(&entry->report.picture);
		break;
	case REPORT_PCA:
		pca_free(&entry->report.pca);
		break;
	case REPORT_STRUCTURE:
		structure_free(&entry->report.structure);
		break;
	case REPORT_CHECK:
	case REPORT_CHECK_VALUES:
		findings_free(&entry->report.findings);
		break;
	case REPORT_SINGULAR_VALUES:
		singular_values_free(&entry->report.singular_values);
		break;
	}
	free(entry);
}

/* With what hangs on it. */
static size_t entry_bytes(const struct report_entry *entry)
{
	const struct channels *channels = &entry->report.channels;
	size_t bytes = sizeof *entry;

	if (entry->report.request.kind == REPORT_CHANNELS)
		bytes += (size_t)channels->n *
			 (sizeof *channels->items + sizeof *channels->ranked);
	if (entry->report.request.kind == REPORT_HISTOGRAM)
		bytes += (entry->report.request.bins.bins + (size_t)1) * 2 * sizeof(double);
	if (entry->report.request.kind == REPORT_SCOPE)
		bytes += scope_statistics_bytes(&entry->report.scope);
	if (entry->report.request.kind == REPORT_PICTURE)
		bytes += (size_t)entry->report.picture.across * entry->report.picture.down *
			 sizeof *entry->report.picture.cells;
	if (entry->report.request.kind == REPORT_PCA)
		bytes += (size_t)entry->report.pca.n * sizeof *entry->report.pca.points;
	if (entry->report.request.kind == REPORT_STRUCTURE)
		bytes += entry->report.structure.arena.used;
	if (entry->report.request.kind == REPORT_CHECK ||
	    entry->report.request.kind == REPORT_CHECK_VALUES)
		bytes += entry->report.findings.arena.used;
	if (entry->report.request.kind == REPORT_SINGULAR_VALUES)
		bytes += entry->report.singular_values.n * sizeof(double);
	return bytes;
}

static void unlink_age(struct reports *reports, struct report_entry *entry)
{
	*(entry->newer ? &entry->newer->older : &reports->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &reports->oldest) = entry->newer;
}

static void link_newest(struct reports *reports, struct report_entry *entry)
{
	entry->newer = NULL;
	entry->older = reports->newest;
	*(entry->older ? &entry->older->newer : &reports->oldest) = entry;
	reports->newest = entry;
}

void reports_bury(struct reports *reports, struct report_entry *entry)
{
	struct report_entry **link = &reports->buckets[bucket_of(&entry->report.request)];

	while (*link != entry)
		link = &(*link)->chain;
	*link = entry->chain;
	unlink_age(reports, entry);
	reports->bytes -= entry->bytes;
	entry->chain = reports->buried;
	reports->buried = entry;
}

void reports_put(struct reports *reports, struct report_entry *entry)
{
	struct report_entry *old = reports_find(reports, &entry->report.request);
	size_t bucket = bucket_of(&entry->report.request);

	entry->update = old ? old->update : reports->update;
	if (old)
		reports_bury(reports, old);
	entry->chain = reports->buckets[bucket];
	reports->buckets[bucket] = entry;
	link_newest(reports, entry);
	entry->bytes = entry_bytes(entry);
	reports->bytes += entry->bytes;
}

void reports_touch(struct reports *reports, struct report_entry *entry)
{
	entry->update = reports->update;
	if (reports->newest == entry)
		return;
	unlink_age(reports, entry);
	link_newest(reports, entry);
}

void reports_forget(struct reports *reports, uint32_t document)
{
	struct report_entry *newer;

	for (struct report_entry *entry = reports->oldest; entry; entry = newer) {
		newer = entry->newer;
		if (entry->report.request.document == document)
			reports_bury(reports, entry);
	}
}

void reports_trim(struct reports *reports)
{
	struct report_entry *entry = reports->oldest, *newer;

	for (; entry && reports->bytes > REPORTS_BYTES; entry = newer) {
		newer = entry->newer;
		if (entry->report.state != REPORT_WAITING && entry->update != reports->update)
			reports_bury(reports, entry);
	}
}

void reports_free_buried(struct reports *reports)
{
	struct report_entry *entry = reports->buried, *next;

	for (; entry; entry = next) {
		next = entry->chain;
		report_entry_free(entry);
	}
	reports->buried = NULL;
}

void reports_free(struct reports *reports)
{
	while (reports->oldest)
		reports_bury(reports, reports->oldest);
	reports_free_buried(reports);
}
