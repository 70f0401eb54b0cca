/* The curves of the selected tag: one for each run that has it. They are kept as long as the tag,
 * the axis and the smoothing stay, and go on where a log grew. */
#include "ui/views/curves.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include <mtui/metric.h>

static void line_free(struct curves_line *line)
{
	curve_free(&line->curve);
	incidents_free(&line->incidents);
	*line = (struct curves_line){ 0 };
}

void curves_lines_free(struct curves *curves)
{
	for (unsigned i = 0; i < CURVES_LINES; i++)
		line_free(curves->lines + i);
	curves->n_lines = 0;
}

struct curve_source curves_source(const struct curves *curves, const struct curves_line *line)
{
	return (struct curve_source){
		.run = curves->runs->items[line->run],
		.series = line->series,
		.axis = curves->axis,
		.column = text_from(curves->column),
		.weight = curves->weight,
	};
}

static struct series_point no_point(void)
{
	return (struct series_point){ .value = NAN, .wall_time = NAN };
}

/* The chunk knows the value; only it is unpacked to find where. */
static struct series_point best_point(const struct series *series, bool rises)
{
	double values[SERIES_CHUNK], wanted = rises ? series->high : series->low;

	for (size_t c = 0; c < series->chunk_count; c++) {
		const struct series_chunk *chunk = series->chunks[c];

		if ((rises ? chunk->high : chunk->low) != wanted)
			continue;
		series_values(chunk, values);
		for (uint32_t i = 0; i < chunk->count; i++)
			if (values[i] == wanted)
				return series_point(series, series->starts[c] + i);
	}
	return no_point();
}

static void judge_ends(struct curves_line *line)
{
	line->last = line->series->count ? series_point(line->series, line->series->count - 1)
					 : no_point();
	line->best = best_point(line->series, metric_rises(line->series->tag));
}

static bool add_overfit(struct curves_line *line, const struct run *run)
{
	const struct series *validation = metric_validation(run, line->series->tag);
	struct train_gap gap;
	struct incident incident = { .kind = INCIDENT_OVERFIT, .count = 1 };
	struct incident *items;

	if (!validation ||
	    !train_gap_find(&gap, line->series, validation, metric_rises(line->series->tag)) ||
	    !gap.opens)
		return true;
	incident.step = gap.best_step;
	incident.index = series_find_step(line->series, gap.best_step);
	incident.before = gap.best;
	incident.value = gap.validation - gap.train;
	if (incident.index >= line->series->count)
		incident.index = line->series->count - 1;
	incident.wall_time = series_point(line->series, incident.index).wall_time;
	items = realloc(line->incidents.items, (line->incidents.count + 1) * sizeof *items);
	if (!items)
		return false;
	line->incidents.items = items;
	line->incidents.capacity = line->incidents.count + 1;
	items[line->incidents.count++] = incident;
	return true;
}

static bool add_those_of(struct curves_line *line, const struct series *rate)
{
	size_t own = line->incidents.count, kept = own;
	bool good = incidents_find(&line->incidents, rate);

	for (size_t i = own; i < line->incidents.count; i++)
		if (line->incidents.items[i].kind == INCIDENT_RATE)
			line->incidents.items[kept++] = line->incidents.items[i];
	line->incidents.count = kept;
	return good;
}

/* Changes of the learning rate belong to every curve of the run. */
static bool add_rates(struct curves_line *line, const struct run *run)
{
	if (metric_is_rate(line->series->tag))
		return true;
	for (size_t i = 0; i < run->series_count; i++)
		if (metric_is_rate(run->series[i]->tag) && run->series[i]->role == SERIES_METRIC)
			return add_those_of(line, run->series[i]);
	return true;
}

static bool judge(struct curves_line *line, const struct run *run)
{
	if (line->judged == line->series->count)
		return true;
	line->incidents.count = 0;
	line->incidents.dropped = 0;
	judge_ends(line);
	line->judged = line->series->count;
	return incidents_find(&line->incidents, line->series) && add_overfit(line, run) &&
	       add_rates(line, run);
}

/* The lines' places: the runs that have the tag and are on, in their order. Curves that were made
 * are moved to their new places. */
static void place_lines(struct curves *curves, struct text tag)
{
	unsigned n = 0, style = 0;

	for (uint32_t r = 0; r < curves->runs->count; r++) {
		const struct series *series = run_series(curves->runs->items[r], tag);
		struct curves_line *line = curves->lines + n;
		unsigned from = n;

		if (!series)
			continue;
		style++;
		if (curves->off[r] || n == CURVES_LINES)
			continue;
		while (from < CURVES_LINES &&
		       (!curves->lines[from].curve.taken ||
			curves->lines[from].curve.first_chunk != series->chunks[0]))
			from++;
		if (from < CURVES_LINES && from != n) {
			struct curves_line kept = curves->lines[from];

			curves->lines[from] = *line;
			*line = kept;
		}
		line->run = r;
		line->series = series;
		line->style = style - 1;
		line->group = UINT_MAX;
		n++;
	}
	for (unsigned i = n; i < CURVES_LINES; i++)
		line_free(curves->lines + i);
	curves->n_lines = n;
}

static void span(struct curves *curves)
{
	double low, high;

	curves->span_low = INFINITY;
	curves->span_high = -INFINITY;
	for (unsigned i = 0; i < curves->n_lines; i++) {
		if (!curve_span(&curves->lines[i].curve, &low, &high))
			continue;
		curves->span_low = fmin(curves->span_low, low);
		curves->span_high = fmax(curves->span_high, high);
	}
}

bool curves_lines_update(struct curves *curves)
{
	const struct curves_entry *entry = curves_entry(curves);
	bool good = true;

	if (!entry || !curves_is_chart(entry->kind)) {
		curves_lines_free(curves);
		curves->shown = (struct text){ 0 };
		return true;
	}
	if (!curves->stale && curves->prepared == curves->runs->version &&
	    text_equal(curves->shown, entry->tag))
		return true;
	if (!text_equal(curves->shown, entry->tag)) {
		curves_lines_free(curves);
		curves->legend = 0;
	}
	curves->shown = entry->tag;
	curves->prepared = curves->runs->version;
	place_lines(curves, entry->tag);
	for (unsigned i = 0; i < curves->n_lines && good; i++) {
		struct curves_line *line = curves->lines + i;
		struct curve_source source = curves_source(curves, line);

		good = curve_make(&line->curve, &source) &&
		       judge(line, curves->runs->items[line->run]);
	}
	if (curves->legend >= curves->n_lines)
		curves->legend = curves->n_lines ? curves->n_lines - 1 : 0;
	span(curves);
	curves->stale = false;
	return good && curves_groups_update(curves) && curves_marks_update(curves);
}
