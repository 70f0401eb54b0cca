/* Commands of the large chart: cursor, zoom, smoothing, axes, runs, groups. */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/canvas/number.h"

static const double weights[] = { 0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999 };
#define N_WEIGHTS (sizeof weights / sizeof weights[0])

static unsigned say(struct view_answer *answer, const char *words)
{
	snprintf(answer->message, sizeof answer->message, "%s", words);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned set_weight(struct curves *curves, double weight, struct view_answer *answer)
{
	char number[NUMBER_SIZE];

	curves->weight = weight;
	curves->stale = true;
	snprintf(answer->message, sizeof answer->message, "smoothing %s",
		 weight > 0 ? number_value(number, weight, 3) : "off");
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned step_weight(struct curves *curves, bool more, struct view_answer *answer)
{
	size_t i = 0;

	if (more) {
		while (i + 1 < N_WEIGHTS && weights[i] <= curves->weight)
			i++;
		return set_weight(curves, fmax(weights[i], curves->weight), answer);
	}
	i = N_WEIGHTS - 1;
	while (i > 0 && weights[i] >= curves->weight)
		i--;
	return set_weight(curves, weights[i], answer);
}

/* "0.6": digits and one point; the same in every locale. */
static unsigned typed_weight(struct curves *curves, struct text argument,
			     struct view_answer *answer)
{
	double weight = 0, unit = 1;
	bool point = false;

	for (size_t i = 0; i < argument.len; i++) {
		char c = argument.data[i];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			return say(answer, "smoothing takes a number from 0 to 0.999");
		if (point)
			weight += (c - '0') * (unit /= 10);
		else
			weight = weight * 10 + (c - '0');
	}
	if (!argument.len || !(weight <= SMOOTHING_MAX))
		return say(answer, "smoothing takes a number from 0 to 0.999");
	/* Digits summed up are a little off what the decimal stands for. */
	return set_weight(curves, round(weight * 1e6) / 1e6, answer);
}

/* --- Axes -------------------------------------------------------------------------------------- */

static void whole_range(struct curves *curves)
{
	curves->zoomed = false;
	curves->has_cursor = false;
	curves->stale = true;
}

static bool axis_exists(const struct curves *curves, enum curve_axis axis)
{
	for (unsigned i = 0; i < curves->n_lines; i++) {
		const struct run *run = curves->runs->items[curves->lines[i].run];

		if (axis == CURVE_STEP ||
		    (axis == CURVE_EPOCH &&
		     (run_series(run, TEXT("epoch")) || run_series(run, TEXT("train/epoch")))) ||
		    ((axis == CURVE_RELATIVE || axis == CURVE_WALL) &&
		     !isnan(curves->lines[i].series->wall_min)) ||
		    (axis == CURVE_COLUMN && curves->column[0] &&
		     run_series(run, text_from(curves->column))))
			return true;
	}
	return false;
}

/* Before one is named: the first column of the lines' runs that counts something (tokens) and is none
 * of the axes that have names. */
static void choose_column(struct curves *curves)
{
	for (unsigned i = 0; i < curves->n_lines && !curves->column[0]; i++) {
		const struct run *run = curves->runs->items[curves->lines[i].run];

		for (size_t k = 0; k < run->series_count; k++) {
			struct text tag = run->series[k]->tag;

			if (run->series[k]->role != SERIES_AXIS || tag.len >= sizeof curves->column ||
			    text_is(tag, "step") || text_is(tag, "epoch") ||
			    text_is(tag, "train/epoch") || text_is(tag, "_step") ||
			    text_is(tag, "_timestamp") || text_is(tag, "_runtime"))
				continue;
			memcpy(curves->column, tag.data, tag.len);
			curves->column[tag.len] = '\0';
			break;
		}
	}
}

static unsigned next_axis(struct curves *curves, struct view_answer *answer)
{
	choose_column(curves);
	for (unsigned i = 1; i <= CURVE_AXIS_COUNT; i++) {
		enum curve_axis axis = (curves->axis + i) % CURVE_AXIS_COUNT;

		if (!axis_exists(curves, axis))
			continue;
		if (axis == curves->axis)
			return say(answer, "this log has steps alone");
		curves->axis = axis;
		whole_range(curves);
		break;
	}
	return EFFECT_REDRAW;
}

static unsigned named_axis(struct curves *curves, struct text name, struct view_answer *answer)
{
	for (unsigned i = 0; i < CURVE_COLUMN; i++) {
		if (!text_is(name, curve_axis_names[i]))
			continue;
		if (!axis_exists(curves, i))
			return say(answer, "no run in this chart has that");
		curves->axis = i;
		whole_range(curves);
		return EFFECT_REDRAW;
	}
	if (name.len >= sizeof curves->column)
		return say(answer, "that name is too long");
	memcpy(curves->column, name.data, name.len);
	curves->column[name.len] = '\0';
	curves->axis = CURVE_COLUMN;
	if (!axis_exists(curves, CURVE_COLUMN)) {
		curves->column[0] = '\0';
		curves->axis = CURVE_STEP;
		whole_range(curves);
		return say(answer, "no run in this chart has a column of that name");
	}
	whole_range(curves);
	return EFFECT_REDRAW;
}

/* --- Cursor and zoom --------------------------------------------------------------------------- */

static void range(const struct curves *curves, double *low, double *high)
{
	*low = curves->zoomed ? curves->low : curves->span_low;
	*high = curves->zoomed ? curves->high : curves->span_high;
}

static void pan(struct curves *curves, double by)
{
	double width = curves->high - curves->low;

	if (!curves->zoomed)
		return;
	curves->low += by;
	if (curves->low < curves->span_low)
		curves->low = curves->span_low;
	if (curves->low + width > curves->span_high)
		curves->low = curves->span_high - width;
	curves->high = curves->low + width;
}

static void move_cursor(struct curves *curves, const struct view_context *context, int direction)
{
	const struct curve *curve = &curves->lines[curves->legend].curve;
	double low, high, by;

	range(curves, &low, &high);
	by = direction * (high - low) / (context->width > 12 ? context->width - 8 : 4);
	if (!curves->has_cursor) {
		curves->cursor = direction > 0 ? low : high;
		curves->has_cursor = true;
		size_t at = curve_nearest(curve, curves->cursor);

		if (at < curve->n)
			curves->cursor = curve->x[at];
		return;
	}
	curves->cursor = curve_step_from(curve, curves->cursor, by);
	if (curves->zoomed && (curves->cursor < curves->low || curves->cursor > curves->high))
		pan(curves, curves->cursor - (curves->low + curves->high) / 2);
}

static void zoom(struct curves *curves, bool in)
{
	double low, high, middle, width;

	range(curves, &low, &high);
	width = (high - low) * (in ? 0.5 : 2);
	middle = curves->has_cursor ? curves->cursor : (low + high) / 2;
	if (!(width > 0) || width < 1e-12 * fmax(fabs(low), fabs(high)))
		return;
	if (width >= curves->span_high - curves->span_low) {
		curves->zoomed = false;
		return;
	}
	curves->zoomed = true;
	curves->low = middle - width / 2;
	curves->high = curves->low + width;
	pan(curves, 0);
}

/* --- Runs -------------------------------------------------------------------------------------- */

/* The runs that have the tag, on or off, as the legend's cursor walks over them when all are on. */
static unsigned toggle(struct curves *curves, struct view_answer *answer)
{
	char name[64];
	uint32_t run;

	if (!curves->n_lines) {
		memset(curves->off, 0, curves->runs->count * sizeof *curves->off);
		curves->stale = true;
		return say(answer, "all runs are on again");
	}
	run = curves->lines[curves->legend].run;
	curves->off[run] = true;
	curves->stale = true;
	gate_text(GATE_UNICODE, name, sizeof name, 24, curves->runs->items[run]->name);
	snprintf(answer->message, sizeof answer->message, "%s is off; o shows all again", name);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static unsigned only(struct curves *curves)
{
	bool any_off = false;
	uint32_t run = curves->n_lines ? curves->lines[curves->legend].run : 0;

	for (size_t i = 0; i < curves->runs->count; i++)
		any_off |= curves->off[i];
	for (size_t i = 0; i < curves->runs->count; i++)
		curves->off[i] = !any_off && i != run;
	curves->stale = true;
	return EFFECT_REDRAW;
}

static unsigned group(struct curves *curves, struct text key, struct view_answer *answer)
{
	if (key.len >= sizeof curves->group_key)
		return say(answer, "that key is too long");
	if (key.len) {
		memcpy(curves->group_key, key.data, key.len);
		curves->group_key[key.len] = '\0';
		curves->grouping = CURVES_RANGE;
	} else {
		curves->grouping = curves->grouping == CURVES_SINGLE	? CURVES_RANGE
				   : curves->grouping == CURVES_RANGE ? CURVES_DEVIATION
								      : CURVES_SINGLE;
		if (curves->grouping == CURVES_SINGLE)
			curves->group_key[0] = '\0';
	}
	curves->stale = true;
	return EFFECT_REDRAW;
}

static unsigned difference(struct curves *curves, struct view_answer *answer)
{
	if (curves->n_lines < 2)
		return say(answer, "a difference needs two runs");
	curves->grouping = curves->grouping == CURVES_DIFFERENCE ? CURVES_RATIO
			   : curves->grouping == CURVES_RATIO	 ? CURVES_SINGLE
								 : CURVES_DIFFERENCE;
	curves->stale = true;
	return EFFECT_REDRAW;
}

static unsigned walk_legend(struct curves *curves, int by)
{
	unsigned n = curves->n_lines;

	if (n)
		curves->legend = (curves->legend + n + (unsigned)by) % n;
	/* Differences are to the selected run. */
	curves->stale |= curves->grouping == CURVES_DIFFERENCE || curves->grouping == CURVES_RATIO;
	return EFFECT_REDRAW;
}

static unsigned next_tag(struct curves *curves, int by)
{
	size_t n = curves->n_listed;

	if (n)
		curves->selected = (curves->selected + n + (size_t)by) % n;
	return EFFECT_REDRAW;
}

unsigned curves_chart_command(struct curves *curves, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	bool to_right = command == COMMAND_PAN_RIGHT;

	switch (command) {
	case COMMAND_SMOOTHING:
		return typed_weight(curves, argument, answer);
	case COMMAND_SMOOTH_MORE:
	case COMMAND_SMOOTH_LESS:
		return step_weight(curves, command == COMMAND_SMOOTH_MORE, answer);
	case COMMAND_Y_SCALE:
		curves->y_scale = (curves->y_scale + 1) % 3;
		return EFFECT_REDRAW;
	case COMMAND_X_AXIS:
		return argument.len ? named_axis(curves, argument, answer)
				    : next_axis(curves, answer);
	case COMMAND_LEFT:
	case COMMAND_RIGHT:
		if (curves->n_lines)
			move_cursor(curves, context, command == COMMAND_RIGHT ? 1 : -1);
		return EFFECT_REDRAW;
	case COMMAND_X_ZOOM_IN:
	case COMMAND_X_ZOOM_OUT:
		zoom(curves, command == COMMAND_X_ZOOM_IN);
		return EFFECT_REDRAW;
	case COMMAND_X_ZOOM_RESET:
		curves->zoomed = false;
		return EFFECT_REDRAW;
	case COMMAND_PAN_LEFT:
	case COMMAND_PAN_RIGHT:
		pan(curves, (to_right ? 0.5 : -0.5) * (curves->high - curves->low));
		return EFFECT_REDRAW;
	case COMMAND_MARK_NEXT:
	case COMMAND_MARK_PREVIOUS:
		curves_mark_jump(curves, command == COMMAND_MARK_NEXT ? 1 : -1, answer->message,
				 sizeof answer->message);
		return EFFECT_MESSAGE | EFFECT_REDRAW;
	case COMMAND_RUN_TOGGLE:
		return toggle(curves, answer);
	case COMMAND_RUN_ONLY:
		return only(curves);
	case COMMAND_GROUP:
		return group(curves, argument, answer);
	case COMMAND_DIFFERENCE:
		return difference(curves, answer);
	case COMMAND_UP:
	case COMMAND_DOWN:
		return walk_legend(curves, command == COMMAND_DOWN ? 1 : -1);
	case COMMAND_PAGE_UP:
	case COMMAND_PAGE_DOWN:
		return next_tag(curves, command == COMMAND_PAGE_DOWN ? 1 : -1);
	default:
		return EFFECT_PASS;
	}
}
