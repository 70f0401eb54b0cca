/* Rows as points in the plane of their principal components, and singular values as a curve. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "ui/canvas/number.h"
#include "ui/canvas/scatter.h"
#include "ui/views/picture_modes.h"

#define AXIS	    9 /* columns left of the chart, the line included */
#define ROWS_ABOVE  2
#define NAMED	    9 /* outliers that have a digit in the chart */
#define SMALLEST    1e-17 /* of the largest singular value, that the axis goes down to */

/* The frame of a chart: a line left, one below, and the ends of both ranges. */
static struct canvas draw_axes(struct canvas *canvas, int y, int rows, const char *low_x,
			       const char *high_x, const char *low_y, const char *high_y)
{
	const struct glyphs *g = canvas->glyphs;
	int bottom = y + rows;

	for (int row = y; row < bottom; row++)
		canvas_put(canvas, AXIS - 1, row, ROLE_BORDER, g->vertical);
	canvas_fill(canvas, AXIS, bottom, canvas->width - AXIS, 1, ROLE_BORDER, g->horizontal);
	canvas_put(canvas, AXIS - 1, bottom, ROLE_BORDER, g->bottom_left);
	canvas_print_right(canvas, AXIS - 2, y, ROLE_DIM, "%s", high_y);
	canvas_print_right(canvas, AXIS - 2, bottom - 1, ROLE_DIM, "%s", low_y);
	canvas_string(canvas, AXIS, bottom + 1, ROLE_DIM, low_x);
	canvas_print_right(canvas, canvas->width, bottom + 1, ROLE_DIM, "%s", high_x);
	return canvas_window(canvas, AXIS, y, canvas->width - AXIS, rows);
}

/* --- Principal components -------------------------------------------------------------------- */

static void draw_shares(const struct pca *pca, struct canvas *canvas)
{
	char share[2][NUMBER_SIZE], rows[NUMBER_SIZE], columns[NUMBER_SIZE], rest[NUMBER_SIZE];
	const char *about = pca->approximate ? "≈ " : "";
	int x = canvas_string(canvas, 0, 0, ROLE_DIM, "variance along component 1 ");

	x = canvas_print(canvas, x, 0, ROLE_NUMBER, "%s%s", about,
			 number_percent(share[0], pca->shares[0]));
	x = canvas_string(canvas, x, 0, ROLE_DIM, " (across), 2 ");
	x = canvas_print(canvas, x, 0, ROLE_NUMBER, "%s%s", about,
			 number_percent(share[1], pca->shares[1]));
	canvas_string(canvas, x, 0, ROLE_DIM, " (up)");
	x = canvas_print(canvas, 0, 1, ROLE_DIM, "%s rows of %s %s", number_count(rows, pca->rows),
			 number_count(columns, pca->columns), pca->columns == 1 ? "value" : "values");
	if (pca->stride > 1)
		x = canvas_print(canvas, x, 1, ROLE_DIM, " · one of %s drawn",
				 number_count(rest, pca->stride));
	if (pca->left_out > 0)
		x = canvas_print(canvas, x, 1, ROLE_WARNING, " · %s with NaN or Inf left out",
				 number_count(rest, pca->left_out));
	if (pca->approximate)
		canvas_print(canvas, x, 1, ROLE_WARNING, " · ≈ after %" PRIu32 " steps", pca->steps);
}

/* "1 row 12 at 4.9 sd  2 row 7 at 4.1 sd ..." as far as there is room. */
static void draw_outliers(const struct pca *pca, const struct picture_state *state,
			  struct canvas *canvas, int y, int rows)
{
	char row[NUMBER_SIZE], distance[NUMBER_SIZE], item[96];
	int x = canvas_string(canvas, 0, y, ROLE_DIM, "farthest out (standard deviations): ");

	for (unsigned i = 0; i < pca->n_outliers && i < NAMED; i++) {
		const struct pca_outlier *outlier = &pca->outliers[i];
		int len = snprintf(item, sizeof item, "row %s at %s",
				   number_count(row, outlier->row),
				   number_value(distance, outlier->distance, 3));

		if (x + len + 4 > canvas->width) {
			if (--rows < 1)
				return;
			y++;
			x = 0;
		}
		x = canvas_print(canvas, x, y, i == state->outlier ? ROLE_ACCENT : ROLE_KEY, "%u",
				 i + 1);
		x = canvas_print(canvas, x + 1, y, i == state->outlier ? ROLE_ACCENT : ROLE_NUMBER,
				 "%s", item) + 2;
	}
}

static void draw_marks(const struct pca *pca, const struct picture_state *state,
		       const struct scatter *scatter, struct canvas *chart, bool whole)
{
	int column, row;

	for (unsigned i = pca->n_outliers < NAMED ? pca->n_outliers : NAMED; i-- > 0;) {
		const struct pca_point *point = &pca->outliers[i].point;

		if (!scatter_cell(chart, scatter, point->x, point->y, &column, &row))
			continue;
		canvas_put(chart, column, row, ROLE_KEY, '1' + i);
		if (i == state->outlier && !whole)
			canvas_mark(chart, column, row, 1, CELL_SELECTED | CELL_FOCUSED);
	}
}

void pca_draw(const struct picture_state *state, const struct view_context *context,
	      const struct pca *pca, struct canvas *canvas)
{
	struct scatter scatter = { pca->low_x, pca->high_x, pca->low_y, pca->high_y };
	int below = canvas->height >= 16 ? 2 : 1, rows = canvas->height - ROWS_ABOVE - 2 - below;
	char low[2][NUMBER_SIZE], high[2][NUMBER_SIZE];
	struct canvas chart;

	draw_shares(pca, canvas);
	if (rows < 3 || canvas->width < 2 * AXIS) {
		draw_outliers(pca, state, canvas, ROWS_ABOVE, canvas->height - ROWS_ABOVE);
		return;
	}
	scatter_range(&scatter.low_x, &scatter.high_x);
	scatter_range(&scatter.low_y, &scatter.high_y);
	chart = draw_axes(canvas, ROWS_ABOVE, rows, number_value(low[0], scatter.low_x, 3),
			  number_value(high[0], scatter.high_x, 3),
			  number_value(low[1], scatter.low_y, 3),
			  number_value(high[1], scatter.high_y, 3));
	for (uint64_t i = 0; i < pca->n; i++)
		scatter_point(&chart, &scatter, pca->points[i].x, pca->points[i].y, ROLE_CHART);
	draw_marks(pca, state, &scatter, &chart, context->whole);
	draw_outliers(pca, state, canvas, ROWS_ABOVE + rows + 2, below);
}

static bool move(uint64_t *place, uint64_t n, uint64_t page, enum command command)
{
	struct scroll scroll = { .cursor = *place };

	if (command == COMMAND_LEFT || command == COMMAND_RIGHT)
		command = command == COMMAND_LEFT ? COMMAND_UP : COMMAND_DOWN;
	if (!scroll_command(&scroll, command, n, page, true))
		return false;
	*place = scroll.cursor;
	return true;
}

bool pca_command(struct picture_state *state, const struct pca *pca, enum command command)
{
	return move(&state->outlier, pca->n_outliers < NAMED ? pca->n_outliers : NAMED, 4, command);
}

/* --- Singular values ------------------------------------------------------------------------- */

static const char *const share_names[SINGULAR_N_SHARES] = {
#define X(share) #share,
	SINGULAR_SHARES(X)
#undef X
};

/* "energy kept by rank: 90 % 392 · 99 % 592 · 99.9 % 687 of 768" */
static void draw_ranks(const struct singular_values *values, struct canvas *canvas)
{
	uint64_t shorter = values->rows < values->columns ? values->rows : values->columns;
	char number[NUMBER_SIZE];
	int x = canvas_string(canvas, 0, 0, ROLE_DIM, "rank that keeps ");

	for (unsigned i = 0; i < SINGULAR_N_SHARES; i++) {
		x = canvas_print(canvas, x, 0, ROLE_DIM, "%s%s %% ", i ? " · " : "", share_names[i]);
		if (values->ranks[i])
			x = canvas_print(canvas, x, 0, ROLE_NUMBER, "%s%s",
					 values->approximate ? "≤ " : "",
					 number_count(number, values->ranks[i]));
		else if (values->norm > 0)
			x = canvas_print(canvas, x, 0, ROLE_NUMBER, "not in %s",
					 number_count(number, values->n));
		else
			x = canvas_string(canvas, x, 0, ROLE_NUMBER, "–");
	}
	canvas_print(canvas, x, 0, ROLE_DIM, " of the energy, of %s", number_count(number, shorter));
}

static void draw_facts(const struct singular_values *values, struct canvas *canvas)
{
	char number[NUMBER_SIZE], other[NUMBER_SIZE];
	int x;

	if (values->approximate) {
		x = canvas_print(canvas, 0, 1, ROLE_WARNING, "≈ on %s directions",
				 number_count(number, values->dimension));
		canvas_print(canvas, x, 1, ROLE_DIM,
			     " with %s of the energy: each value at most the true one",
			     number_percent(other, values->kept));
		return;
	}
	x = canvas_print(canvas, 0, 1, ROLE_DIM, "largest ");
	x = canvas_string(canvas, x, 1, ROLE_NUMBER, number_value(number, values->values[0], 4));
	x = canvas_string(canvas, x, 1, ROLE_DIM, " · smallest ");
	x = canvas_string(canvas, x, 1, ROLE_NUMBER,
			  number_value(number, values->values[values->n - 1], 4));
	x = canvas_string(canvas, x, 1, ROLE_DIM, " · numeric rank ");
	canvas_string(canvas, x, 1, ROLE_NUMBER, number_count(number, values->rank));
}

static void draw_curve(const struct singular_values *values, const struct scatter *scatter,
		       struct canvas *chart)
{
	double before = NAN;

	for (uint32_t i = 0; i < values->n; i++) {
		double height = log10(values->values[i]);

		if (!(height >= scatter->low_y))
			break;
		if (i > 0)
			scatter_line(chart, scatter, i, before, i + 1, height, ROLE_CHART);
		else
			scatter_point(chart, scatter, 1, height, ROLE_CHART);
		before = height;
	}
}

/* Upright lines at the ranks, below the curve's cells alone; their shares on top where there is
 * room beside each other. */
static void draw_rank_marks(const struct singular_values *values, const struct scatter *scatter,
			    struct canvas *chart)
{
	int column, row, end = 0, width;
	char label[16];

	for (unsigned i = 0; i < SINGULAR_N_SHARES; i++) {
		if (values->ranks[i] == 0 ||
		    !scatter_cell(chart, scatter, values->ranks[i], scatter->low_y, &column, &row))
			continue;
		for (int y = 1; y < chart->height; y++)
			if (canvas_at(chart, column, y)->code[0] == ' ')
				canvas_put(chart, column, y, ROLE_CHART_OTHER,
					   chart->glyphs->vertical);
		width = snprintf(label, sizeof label, "%s %%", share_names[i]);
		if (column - width / 2 < end || column - width / 2 + width > chart->width)
			continue;
		end = canvas_string(chart, column - width / 2, 0, ROLE_CHART_OTHER, label) + 1;
	}
}

/* "rank 128: 1.204 · the first 128 keep 85.1 % of the energy" */
static void draw_rank_line(const struct picture_state *state, const struct singular_values *values,
			   struct canvas *canvas, int y)
{
	uint32_t at = state->rank < values->n ? (uint32_t)state->rank : values->n - 1;
	char number[NUMBER_SIZE], value[NUMBER_SIZE], kept[NUMBER_SIZE];
	int x = canvas_print(canvas, 0, y, ROLE_ACCENT, "rank %s", number_count(number, at + 1));

	x = canvas_print(canvas, x, y, ROLE_DIM, ": value ");
	x = canvas_string(canvas, x, y, ROLE_NUMBER, number_value(value, values->values[at], 4));
	x = canvas_string(canvas, x, y, ROLE_DIM, " · keeps ");
	x = canvas_string(canvas, x, y, ROLE_NUMBER,
			  number_percent(kept, singular_values_kept(values, at + 1)));
	canvas_string(canvas, x, y, ROLE_DIM, " of the energy");
}

void svd_draw(const struct picture_state *state, const struct view_context *context,
	      const struct singular_values *values, struct canvas *canvas)
{
	struct scatter scatter = { .low_x = 1, .high_x = values->n };
	double largest = values->values[0], smallest = largest;
	int rows = canvas->height - ROWS_ABOVE - 3, column, row;
	char low[NUMBER_SIZE], high[NUMBER_SIZE], last[NUMBER_SIZE];
	struct canvas chart;

	draw_ranks(values, canvas);
	if (!(largest > 0)) {
		canvas_string(canvas, 0, 1, ROLE_DIM, "all values are zero");
		return;
	}
	draw_facts(values, canvas);
	if (rows < 3 || canvas->width < 2 * AXIS) {
		draw_rank_line(state, values, canvas, ROWS_ABOVE);
		return;
	}
	for (uint32_t i = 0; i < values->n && values->values[i] > largest * SMALLEST; i++)
		smallest = values->values[i];
	scatter.low_y = log10(smallest);
	scatter.high_y = log10(largest);
	scatter_range(&scatter.low_y, &scatter.high_y);
	scatter_range(&scatter.low_x, &scatter.high_x);
	chart = draw_axes(canvas, ROWS_ABOVE, rows, "1", number_count(last, values->n),
			  number_value(low, smallest, 3), number_value(high, largest, 3));
	draw_curve(values, &scatter, &chart);
	draw_rank_marks(values, &scatter, &chart);
	canvas_string(canvas, AXIS + 3, ROWS_ABOVE + rows + 1, ROLE_DIM, "log axis");
	if (context->whole)
		return;
	if (scatter_cell(&chart, &scatter, (double)(state->rank + 1), scatter.low_y, &column, &row))
		canvas_put(canvas, AXIS + column, ROWS_ABOVE + rows, ROLE_ACCENT,
			   canvas->glyphs->arrow_up);
	draw_rank_line(state, values, canvas, ROWS_ABOVE + rows + 2);
}

bool svd_command(struct picture_state *state, const struct singular_values *values,
		 enum command command)
{
	if (state->rank >= values->n)
		state->rank = values->n - 1;
	return move(&state->rank, values->n, values->n / 10 + 2, command);
}
