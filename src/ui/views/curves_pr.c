/* Precision-recall curves from the log, of all runs that are on, each at its last step or some
 * steps before it. */
#include "ui/views/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/canvas/number.h"

#define THRESHOLDS_MAX 100000

void curves_pr_free(struct curves *curves)
{
	for (unsigned i = 0; curves->pr && i < curves->pr->n; i++)
		curve_free(&curves->pr->lines[i].curve);
	free(curves->pr);
	curves->pr = NULL;
}

/* From the highest threshold to the lowest: so recall rises. The area is the sum of precision over
 * the steps of recall (average precision). */
static bool make(struct curve *curve, double *area, const struct run_pr_step *step)
{
	uint32_t n = step->thresholds < THRESHOLDS_MAX ? step->thresholds : THRESHOLDS_MAX;
	double *x = malloc((n + 1) * sizeof *x), *y = malloc((n + 1) * sizeof *y), before = 0;
	bool good = x && y;

	*area = 0;
	for (uint32_t i = 0; good && i < n; i++) {
		x[i] = (double)step->recall[n - 1 - i];
		y[i] = (double)step->precision[n - 1 - i];
		if (x[i] > before && isfinite(y[i])) {
			*area += (x[i] - before) * y[i];
			before = x[i];
		}
	}
	good = good && curve_of_points(curve, x, y, n);
	free(x);
	free(y);
	return good;
}

static bool add(struct curves *curves, uint32_t run, const struct run_pr_curve *curve)
{
	struct curves_pr *pr = curves->pr;
	size_t last = curve->count - 1, at = last > curves->back ? last - curves->back : 0;

	if (pr->n == CURVES_LINES)
		return true;
	pr->lines[pr->n].run = run;
	pr->lines[pr->n].step = curve->steps[at]->step;
	if (!make(&pr->lines[pr->n].curve, &pr->lines[pr->n].area, curve->steps[at]))
		return false;
	pr->n++;
	return true;
}

bool curves_pr_update(struct curves *curves)
{
	const struct curves_entry *entry = curves_entry(curves);
	size_t number = entry ? curves->listed[curves->selected] : 0;
	bool good = true;

	if (!entry || entry->kind != CURVES_PR) {
		curves_pr_free(curves);
		return true;
	}
	if (curves->pr && curves->pr->entry == number && !curves->stale &&
	    curves->pr->version == curves->runs->version && curves->pr->back == curves->back)
		return true;
	curves_pr_free(curves);
	curves->pr = calloc(1, sizeof *curves->pr);
	if (!curves->pr)
		return false;
	curves->pr->entry = number;
	curves->pr->version = curves->runs->version;
	curves->pr->back = curves->back;
	for (uint32_t r = 0; r < curves->runs->count; r++) {
		const struct run *run = curves->runs->items[r];

		for (size_t i = 0; i < run->pr_curve_count && !curves->off[r] && good; i++)
			if (run->pr_curves[i].count &&
			    text_equal(run->pr_curves[i].tag, entry->tag))
				good = add(curves, r, run->pr_curves + i);
	}
	return good;
}

void curves_pr_draw(const struct curves *curves, struct canvas *canvas)
{
	const struct curves_pr *pr = curves->pr;
	const struct curves_entry *entry = curves_entry(curves);
	struct chart_line lines[CURVES_LINES];
	struct line_chart chart = { .x = { .high = 1 }, .y = { .high = 1 }, .lines = lines,
				    .x_title = "recall" };
	unsigned n = pr ? pr->n : 0, rows;
	char number[NUMBER_SIZE];
	struct canvas window;

	if (entry)
		canvas_text(canvas, 0, 0, canvas->width - 12, ROLE_TITLE, entry->tag);
	canvas_print_right(canvas, canvas->width, 0, ROLE_DIM, "precision");
	rows = n < (unsigned)canvas->height / 3 ? n : (unsigned)canvas->height / 3;
	window = canvas_window(canvas, 0, 1, canvas->width, canvas->height - 1 - (int)rows);
	for (unsigned i = 0; i < n; i++)
		lines[n - 1 - i] = curves_chart_line(&pr->lines[i].curve, i);
	chart.n_lines = n;
	line_chart_draw(&window, &chart);
	for (unsigned i = 0; i < rows; i++) {
		int y = canvas->height - (int)rows + (int)i, x;

		line_chart_sample(canvas, 1, y, 4, i);
		x = canvas_text(canvas, 6, y, canvas->width / 2, ROLE_NAME,
				curves_run_name(curves, pr->lines[i].run));
		canvas_print(canvas, x + 2, y, ROLE_DIM, "step %lld · area %s",
			     (long long)pr->lines[i].step,
			     number_value(number, pr->lines[i].area, 4));
	}
}
