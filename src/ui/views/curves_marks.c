/* What went wrong in the shown runs: marks above the chart, and the list one can jump through. */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <mtui/gate.h>

#include "ui/canvas/number.h"

static int compare(const void *a, const void *b)
{
	const struct curves_mark *x = a, *y = b;

	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (int)x->incident->kind - (int)y->incident->kind;
}

bool curves_marks_update(struct curves *curves)
{
	size_t n = 0;
	struct curves_mark *marks;

	for (unsigned i = 0; i < curves->n_lines; i++)
		n += curves->lines[i].incidents.count;
	marks = realloc(curves->marks, (n + 1) * sizeof *marks);
	if (!marks)
		return false;
	curves->marks = marks;
	curves->n_marks = 0;
	for (uint32_t i = 0; i < curves->n_lines; i++) {
		struct curve_source source = curves_source(curves, curves->lines + i);

		for (size_t k = 0; k < curves->lines[i].incidents.count; k++) {
			const struct incident *incident = curves->lines[i].incidents.items + k;
			double x = curve_x_of_step(&source, incident->step, incident->wall_time);

			if (isfinite(x))
				marks[curves->n_marks++] = (struct curves_mark){ incident, i, x };
		}
	}
	if (curves->n_marks)
		qsort(marks, curves->n_marks, sizeof *marks, compare);
	return true;
}

void curves_mark_words(const struct incident *incident, char *words, size_t size)
{
	char value[NUMBER_SIZE], before[NUMBER_SIZE], count[NUMBER_SIZE];

	number_value(value, incident->value, 4);
	number_value(before, incident->before, 4);
	switch (incident->kind) {
	case INCIDENT_NAN:
	case INCIDENT_INFINITE:
		snprintf(words, size, "%s: %s point%s%s%s", incident_words[incident->kind],
			 number_count(count, incident->count), incident->count == 1 ? "" : "s",
			 isnan(incident->before) ? "" : ", before it ",
			 isnan(incident->before) ? "" : before);
		break;
	case INCIDENT_SPIKE:
		snprintf(words, size, "spike: %s, about it %s", value, before);
		break;
	case INCIDENT_DIVERGENCE:
		snprintf(words, size, "divergence: leaves %s for good", before);
		break;
	case INCIDENT_PLATEAU:
		snprintf(words, size, "plateau: stays at about %s from here on", value);
		break;
	case INCIDENT_RATE:
		snprintf(words, size, "learning rate: %s, was %s", value, before);
		break;
	case INCIDENT_RESTART:
		snprintf(words, size, "restart: the step goes back from %s",
			 number_count(count, (uint64_t)fmax(incident->before, 0)));
		break;
	case INCIDENT_GAP:
		snprintf(words, size, "gap in time: %s", number_duration(value, incident->value));
		break;
	case INCIDENT_OVERFIT:
		snprintf(words, size, "validation parts from training: its best is %s, the gap now %s",
			 before, value);
		break;
	case INCIDENT_KINDS:
		break;
	}
}

/* Moves the view so that the cursor is inside. */
static void show_cursor(struct curves *curves)
{
	double width = curves->high - curves->low;

	if (!curves->zoomed || (curves->cursor >= curves->low && curves->cursor <= curves->high))
		return;
	curves->low = curves->cursor - width / 2;
	curves->high = curves->low + width;
}

bool curves_mark_jump(struct curves *curves, int direction, char *message, size_t size)
{
	const struct curves_mark *found = NULL;
	char words[160], name[64], step[NUMBER_SIZE];

	for (size_t i = 0; i < curves->n_marks; i++) {
		size_t at = direction > 0 ? i : curves->n_marks - 1 - i;
		double x = curves->marks[at].x;

		if (!curves->has_cursor ||
		    (direction > 0 ? x > curves->cursor : x < curves->cursor)) {
			found = curves->marks + at;
			break;
		}
	}
	if (!found) {
		snprintf(message, size, "%s", curves->n_marks ? "no further mark" : "nothing is marked");
		return false;
	}
	curves->cursor = found->x;
	curves->has_cursor = true;
	curves->mark_scroll.cursor = (uint64_t)(found - curves->marks);
	show_cursor(curves);
	curves_mark_words(found->incident, words, sizeof words);
	gate_text(GATE_UNICODE, name, sizeof name, 20,
		  curves_run_name(curves, curves->lines[found->line].run));
	snprintf(step, sizeof step, "%lld", (long long)found->incident->step);
	snprintf(message, size, "%s%sstep %s: %s", curves->n_lines > 1 ? name : "",
		 curves->n_lines > 1 ? ", " : "", step, words);
	return true;
}

void curves_marks_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas)
{
	uint64_t top = context->whole ? 0 : curves->mark_scroll.top;
	char words[160], number[NUMBER_SIZE];
	int x;

	canvas_text(canvas, 0, 0, canvas->width, ROLE_TITLE, curves->shown);
	if (!curves->n_marks) {
		canvas_string(canvas, 0, 2, ROLE_DIM, "nothing is marked in this tag");
		return;
	}
	canvas_string(canvas, 0, 1, ROLE_DIM, "        step  what");
	for (int y = 2; y < canvas->height && top < curves->n_marks; y++, top++) {
		const struct curves_mark *mark = curves->marks + top;
		struct text run = curves_run_name(curves, curves->lines[mark->line].run);
		bool bad = mark->incident->kind == INCIDENT_NAN ||
			   mark->incident->kind == INCIDENT_INFINITE ||
			   mark->incident->kind == INCIDENT_DIVERGENCE;

		snprintf(number, sizeof number, "%lld", (long long)mark->incident->step);
		canvas_print_right(canvas, 12, y, ROLE_NUMBER, "%s", number);
		canvas_put(canvas, 14, y, bad ? ROLE_BAD : ROLE_WARNING,
			   (unsigned char)incident_marks[mark->incident->kind]);
		curves_mark_words(mark->incident, words, sizeof words);
		x = canvas_string(canvas, 16, y, ROLE_NORMAL, words);
		if (curves->n_lines > 1 && x + 4 < canvas->width)
			canvas_text(canvas, x + 2, y, canvas->width - x - 2, ROLE_DIM, run);
		if (context->whole || top != curves->mark_scroll.cursor)
			continue;
		canvas_put(canvas, 0, y, ROLE_ACCENT, canvas->glyphs->cursor);
		canvas_mark(canvas, 0, y, canvas->width,
			    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
}
