/* Runs that belong together, drawn as their mean and a band; and two runs, drawn as their ratio or
 * difference. */
#include "ui/views/curves.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void curves_groups_free(struct curves *curves)
{
	for (unsigned i = 0; i < curves->n_groups; i++)
		band_free(&curves->groups[i].band);
	free(curves->groups);
	curves->groups = NULL;
	curves->n_groups = 0;
}

/* "exp/run_*" of "exp/run_12": runs that differ in their numbers alone are one group. */
static void name_pattern(struct text name, char *pattern, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n + 1 < size; i++) {
		char c = name.data[i];
		bool digit = c >= '0' && c <= '9';

		if (!digit)
			pattern[n++] = c;
		else if (n == 0 || pattern[n - 1] != '*')
			pattern[n++] = '*';
	}
	pattern[n] = '\0';
}

static bool config_value(const struct run_values *values, const char *key, struct text *value)
{
	for (size_t i = 0; i < values->count; i++)
		if (text_is(values->items[i].key, key)) {
			*value = values->items[i].value;
			return true;
		}
	return false;
}

static void group_name(const struct curves *curves, const struct run *run, char *name, size_t size)
{
	const char *key = curves->group_key;
	struct text value = TEXT("?");

	if (!key[0]) {
		name_pattern(run->name, name, size);
		return;
	}
	if (!config_value(&run->config, key, &value))
		config_value(&run->hparams, key, &value);
	snprintf(name, size, "%s=%.*s", key, (int)(value.len < 60 ? value.len : 60), value.data);
}

static bool make_groups(struct curves *curves)
{
	const struct curve *members[CURVES_LINES];

	curves->groups = calloc(CURVES_LINES, sizeof *curves->groups);
	if (!curves->groups)
		return false;
	for (unsigned i = 0; i < curves->n_lines; i++) {
		char name[96];
		unsigned g = 0;

		group_name(curves, curves->runs->items[curves->lines[i].run], name, sizeof name);
		while (g < curves->n_groups && strcmp(curves->groups[g].name, name) != 0)
			g++;
		if (g == curves->n_groups)
			memcpy(curves->groups[curves->n_groups++].name, name, sizeof name);
		curves->groups[g].count++;
		curves->lines[i].group = g;
	}
	for (unsigned g = 0; g < curves->n_groups; g++) {
		size_t n = 0;

		for (unsigned i = 0; i < curves->n_lines; i++)
			if (curves->lines[i].group == g)
				members[n++] = &curves->lines[i].curve;
		if (!band_make(&curves->groups[g].band, members, n,
			       curves->grouping == CURVES_RANGE ? BAND_RANGE : BAND_DEVIATION))
			return false;
	}
	return true;
}

/* Each of the other runs against the one that is selected in the legend. */
static bool make_pairs(struct curves *curves)
{
	const struct curves_line *base = curves->lines + curves->legend;

	if (curves->n_lines < 2)
		return true;
	curves->groups = calloc(CURVES_LINES, sizeof *curves->groups);
	if (!curves->groups)
		return false;
	for (unsigned i = 0; i < curves->n_lines; i++) {
		struct curves_group *group = curves->groups + curves->n_groups;
		const struct text name = curves_run_name(curves, curves->lines[i].run);
		const struct text other = curves_run_name(curves, base->run);

		if (i == curves->legend)
			continue;
		snprintf(group->name, sizeof group->name, "%.*s %c %.*s",
			 (int)(name.len < 40 ? name.len : 40), name.data,
			 curves->grouping == CURVES_RATIO ? '/' : '-',
			 (int)(other.len < 40 ? other.len : 40), other.data);
		if (!combine_two(&group->band.mean, &curves->lines[i].curve, &base->curve,
				 curves->grouping == CURVES_RATIO ? COMBINE_RATIO
								  : COMBINE_DIFFERENCE))
			return false;
		group->count = 1;
		curves->lines[i].group = curves->n_groups++;
	}
	return true;
}

bool curves_groups_update(struct curves *curves)
{
	bool good = true;

	curves_groups_free(curves);
	if (curves->grouping == CURVES_RANGE || curves->grouping == CURVES_DEVIATION)
		good = make_groups(curves);
	else if (curves->grouping != CURVES_SINGLE)
		good = make_pairs(curves);
	if (!good)
		curves_groups_free(curves);
	return good;
}
