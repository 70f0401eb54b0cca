/* Everything there is to look at, over all runs, in the order of the list: pinned first, then by
 * kind, group and tag. */
#include "ui/views/curves.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/metric.h>

static const char *const headings[] = {
#define X(id, heading) [id] = heading,
	CURVES_KINDS(X)
#undef X
};

static bool is_pinned(const struct curves *curves, struct text tag)
{
	for (size_t i = 0; i < curves->n_pins; i++)
		if (text_equal(tag, (struct text){ curves->pins[i].tag, curves->pins[i].len }))
			return true;
	return false;
}

static bool add(struct curves *curves, enum curves_kind kind, struct text tag)
{
	struct curves_catalogue *catalogue = &curves->catalogue;

	if (catalogue->count == catalogue->capacity) {
		size_t more = catalogue->capacity ? catalogue->capacity * 2 : 64;
		struct curves_entry *items = realloc(catalogue->items, more * sizeof *items);

		if (!items)
			return false;
		catalogue->items = items;
		catalogue->capacity = more;
	}
	catalogue->items[catalogue->count++] = (struct curves_entry){
		.tag = tag,
		.kind = kind,
		.group = headings[kind][0] ? text_from(headings[kind]) : metric_group(tag),
		.pinned = is_pinned(curves, tag),
	};
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct curves_entry *x = a, *y = b;
	int order;

	if (x->pinned != y->pinned)
		return x->pinned ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	order = text_compare_natural(x->group, y->group);
	return order ? order : text_compare_natural(x->tag, y->tag);
}

static bool add_run(struct curves *curves, const struct run *run, bool axes)
{
	bool good = true;

	for (size_t i = 0; i < run->series_count && good; i++) {
		enum series_role role = run->series[i]->role;

		if (role != SERIES_AXIS || axes)
			good = add(curves, role == SERIES_SYSTEM ? CURVES_SYSTEM : CURVES_SCALAR,
				   run->series[i]->tag);
	}
	for (size_t i = 0; i < run->histogram_count && good; i++)
		good = add(curves, CURVES_HISTOGRAM, run->histograms[i].tag);
	for (size_t i = 0; i < run->pr_curve_count && good; i++)
		good = add(curves, CURVES_PR, run->pr_curves[i].tag);
	for (size_t i = 0; i < run->text_count && good; i++)
		good = add(curves, CURVES_TEXT, run->texts[i].tag);
	return good;
}

static bool add_tables(struct curves *curves)
{
	bool hparams = false, config = false;

	for (size_t i = 0; i < curves->runs->count; i++) {
		hparams |= curves->runs->items[i]->hparams.count > 0;
		config |= curves->runs->items[i]->config.count > 0;
	}
	return (!hparams || add(curves, CURVES_HPARAMS, TEXT("HParams"))) &&
	       (!config || add(curves, CURVES_CONFIG, TEXT("configuration"))) &&
	       (!curves->runs->count || add(curves, CURVES_RUNS, TEXT("runs")));
}

/* One tag of several runs is one entry; entries are in order, equal ones beside each other. */
static void unify(struct curves_catalogue *catalogue)
{
	size_t kept = 0;

	if (catalogue->count)
		qsort(catalogue->items, catalogue->count, sizeof *catalogue->items, compare);
	for (size_t i = 0; i < catalogue->count; i++) {
		struct curves_entry *item = catalogue->items + i;

		if (kept == 0 || catalogue->items[kept - 1].kind != item->kind ||
		    !text_equal(catalogue->items[kept - 1].tag, item->tag))
			catalogue->items[kept++] = *item;
	}
	catalogue->count = kept;
}

bool curves_catalogue_build(struct curves *curves)
{
	size_t scalars = 0;
	bool good = true;

	curves->catalogue.count = 0;
	for (size_t i = 0; i < curves->runs->count && good; i++)
		good = add_run(curves, curves->runs->items[i], false);
	for (size_t i = 0; i < curves->catalogue.count; i++)
		scalars += curves->catalogue.items[i].kind == CURVES_SCALAR;
	/* A log of steps and times alone: better those than nothing. */
	for (size_t i = 0; scalars == 0 && i < curves->runs->count && good; i++)
		good = add_run(curves, curves->runs->items[i], true);
	good = good && add_tables(curves);
	unify(&curves->catalogue);
	return good;
}

bool curves_list(struct curves *curves)
{
	struct curves_catalogue *catalogue = &curves->catalogue;
	size_t *listed = realloc(curves->listed, (catalogue->count + 1) * sizeof *listed);

	if (!listed)
		return false;
	curves->listed = listed;
	curves->n_listed = 0;
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct curves_entry *entry = catalogue->items + i;

		if (!curves->filter || pattern_match(curves->filter, entry->tag, NULL, NULL))
			listed[curves->n_listed++] = i;
	}
	if (curves->selected >= curves->n_listed)
		curves->selected = curves->n_listed ? curves->n_listed - 1 : 0;
	return true;
}

const struct curves_entry *curves_entry(const struct curves *curves)
{
	if (curves->selected >= curves->n_listed)
		return NULL;
	return curves->catalogue.items + curves->listed[curves->selected];
}

bool curves_select(struct curves *curves, struct text tag)
{
	for (size_t i = 0; i < curves->n_listed; i++) {
		if (!text_equal(curves->catalogue.items[curves->listed[i]].tag, tag))
			continue;
		curves->selected = i;
		return true;
	}
	return false;
}

bool curves_pin(struct curves *curves, struct text tag)
{
	for (size_t i = 0; i < curves->n_pins; i++) {
		struct curves_pin *pin = curves->pins + i;

		if (!text_equal(tag, (struct text){ pin->tag, pin->len }))
			continue;
		free(pin->tag);
		*pin = curves->pins[--curves->n_pins];
		return true;
	}
	struct curves_pin *pins = realloc(curves->pins, (curves->n_pins + 1) * sizeof *pins);

	if (!pins)
		return false;
	curves->pins = pins;
	pins[curves->n_pins].tag = malloc(tag.len + 1);
	if (!pins[curves->n_pins].tag)
		return false;
	memcpy(pins[curves->n_pins].tag, tag.data, tag.len);
	pins[curves->n_pins++].len = tag.len;
	return true;
}

bool curves_is_chart(enum curves_kind kind)
{
	return kind == CURVES_SCALAR || kind == CURVES_SYSTEM;
}

/* Bytes that all names of runs begin with, up to a slash. */
static size_t common_folder(const struct runs *runs)
{
	struct text first = runs->items[0]->name;
	size_t common = first.len, folder = 0;

	for (size_t i = 1; i < runs->count; i++) {
		struct text name = runs->items[i]->name;
		size_t k = 0;

		while (k < common && k < name.len && name.data[k] == first.data[k])
			k++;
		common = k;
	}
	for (size_t i = 0; i < common; i++)
		if (first.data[i] == '/')
			folder = i + 1;
	return folder;
}

struct text curves_run_name(const struct curves *curves, size_t run)
{
	struct text name = curves->runs->items[run]->name;
	size_t skip = curves->runs->count > 1 ? common_folder(curves->runs) : 0;

	return (struct text){ name.data + skip, name.len - skip };
}

uint32_t curves_runs_on(const struct curves *curves)
{
	uint32_t on = 0;

	for (size_t i = 0; curves->runs && i < curves->runs->count; i++)
		on += !curves->off[i];
	return on;
}
