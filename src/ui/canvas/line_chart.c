/*
 * Lines are drawn in dots; a cell's glyph is the set of its dots, read back from the canvas when
 * another line crosses it. A dash is a set of columns of dots in which a line leaves out its dots,
 * so that it looks the same at every slope.
 */
#include "ui/canvas/line_chart.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#define DASH_COLUMNS 12
#define LABEL_MAX    9 /* columns of the labels on the left */

static const uint16_t dashes[CHART_STYLES] = { 0xfff, 0x3f3, 0x249, 0x0ff, 0x333, 0x5ff };
static const char letters[CHART_STYLES] = { '*', '+', 'o', 'x', '#', '%' };

enum role chart_role(unsigned style)
{
	static const enum role roles[CHART_STYLES] = { ROLE_CHART,   ROLE_CHART_OTHER, ROLE_CHART_3,
						       ROLE_CHART_4, ROLE_CHART_5,     ROLE_CHART_6 };

	return roles[style % CHART_STYLES];
}

/* --- Dots -------------------------------------------------------------------------------------- */

struct field {
	struct canvas canvas; /* of the lines alone */
	int across, up;	      /* dots of a cell */
	long width, height;   /* in dots */
};

static struct field field_of(struct canvas canvas)
{
	static const int across[] = { 1, 2, 2 }, up[] = { 1, 2, 4 };
	enum glyph_level level = canvas.glyphs->level;

	return (struct field){ .canvas = canvas, .across = across[level], .up = up[level],
			       .width = (long)canvas.width * across[level],
			       .height = (long)canvas.height * up[level] };
}

/* Quadrants by their dots: upper left 1, upper right 2, lower left 4, lower right 8. */
static const uint16_t quadrants[16] = { ' ',	0x2598, 0x259d, 0x2580, 0x2596, 0x258c,
					0x259e, 0x259b, 0x2597, 0x259a, 0x2590, 0x259c,
					0x2584, 0x2599, 0x259f, 0x2588 };

static uint32_t dots_of(const struct field *field, uint32_t code)
{
	if (field->across == 2 && field->up == 4)
		return code >= 0x2800 && code < 0x2900 ? code - 0x2800 : 0;
	for (uint32_t i = 1; i < 16; i++)
		if (quadrants[i] == code)
			return i;
	return 0;
}

/* A dot at (x, y) from the upper left; what is only background gives way to it. */
static void put_dot(struct field *field, long x, long y, enum role role, char letter)
{
	static const uint8_t braille[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 },
					       { 0x40, 0x80 } };
	int column = (int)(x / field->across), row = (int)(y / field->up);
	int right = (int)(x % field->across), down = (int)(y % field->up);
	const struct cell *cell;
	uint32_t dots = 0;

	if (x < 0 || y < 0 || x >= field->width || y >= field->height)
		return;
	if (field->across == 1) {
		canvas_put(&field->canvas, column, row, role, (unsigned char)letter);
		return;
	}
	cell = canvas_at(&field->canvas, column, row);
	if (cell->role != ROLE_DIM || role == ROLE_DIM)
		dots = dots_of(field, cell->code[0]);
	if (field->up == 4)
		canvas_put(&field->canvas, column, row, role,
			   0x2800 + (dots | braille[down][right]));
	else
		canvas_put(&field->canvas, column, row, role,
			   quadrants[dots | 1u << (2 * down + right)]);
}

struct pen {
	struct field *field;
	enum role role;
	unsigned dash;
	char letter;
};

static bool pen_down(const struct pen *pen, long x)
{
	return pen->dash >> (x % DASH_COLUMNS) & 1;
}

static void pen_column(const struct pen *pen, long x, long from, long to)
{
	long first = from < to ? from : to, last = from < to ? to : from;

	if (!pen_down(pen, x))
		return;
	if (first < 0)
		first = 0;
	if (last >= pen->field->height)
		last = pen->field->height - 1;
	for (long y = first; y <= last; y++)
		put_dot(pen->field, x, y, pen->role, pen->letter);
}

/* From (x0, y0) to (x1, y1), x0 < x1: each column gets its part of the slope. */
static void pen_line(const struct pen *pen, long x0, long y0, long x1, long y1)
{
	long before = y0;

	for (long x = x0 + 1; x <= x1; x++) {
		long y = y0 + lround((double)(y1 - y0) * (double)(x - x0) / (double)(x1 - x0));
		long from = before;

		if (y > before + 1)
			from = before + 1;
		else if (y < before - 1)
			from = before - 1;
		else
			from = y;
		pen_column(pen, x, from, y);
		before = y;
	}
}

/* --- Series ------------------------------------------------------------------------------------ */

/* Row of dots of a value; far outside of the field it stays a number that can be computed with. */
static bool dot_row(const struct field *field, const struct axis *axis, double value, long *row)
{
	double share = axis_share(axis, value);

	if (!isfinite(share))
		return false;
	share = fmin(fmax(share, -2), 3);
	*row = lround((1 - share) * (double)(field->height - 1));
	return true;
}

static double column_x(const struct field *field, const struct axis *axis, long column)
{
	return axis_value(axis, (double)column / (double)field->width);
}

static void draw_piece(struct field *field, const struct line_chart *chart,
		       const struct chart_line *line, unsigned piece)
{
	struct pen pen = { field, line->background ? ROLE_DIM : chart_role(line->style),
			   dashes[line->style % CHART_STYLES], letters[line->style % CHART_STYLES] };
	long before_x = -1, before_y = 0, first = 0, last = 0, low = 0, high = 0;
	unsigned dash;
	bool connected = dot_row(field, &chart->y, line->at(line->source, piece, chart->x.low),
				 &before_y);

	if (line->background) {
		pen.letter = '.';
		pen.dash = dashes[0];
	}
	dash = pen.dash;
	for (long column = 0; column < field->width; column++) {
		bool end = column == field->width - 1;
		double x0 = column_x(field, &chart->x, column);
		double x1 = end ? chart->x.high : column_x(field, &chart->x, column + 1);
		struct chart_part part = line->part(line->source, piece, x0, x1, end);

		if (!part.any)
			continue;
		if (!dot_row(field, &chart->y, part.first, &first))
			connected = false;
		if (connected)
			pen_line(&pen, before_x, before_y, column, first);
		/* Where a line begins it is seen whatever its dash: it may be a single point. */
		pen.dash = connected ? dash : dashes[0];
		if (part.finite && dot_row(field, &chart->y, part.max, &high)) {
			/* On a logarithmic axis the least value may have no place: down to the end. */
			if (!dot_row(field, &chart->y, part.min, &low))
				low = field->height - 1;
			pen_column(&pen, column, high, low);
		}
		pen.dash = dash;
		connected = dot_row(field, &chart->y, part.last, &last);
		before_x = column;
		before_y = last;
	}
	if (connected && before_x < field->width - 1 &&
	    dot_row(field, &chart->y, line->at(line->source, piece, chart->x.high), &last))
		pen_line(&pen, before_x, before_y, field->width - 1, last);
}

static void draw_band(struct field *field, const struct line_chart *chart,
		      const struct chart_band *band)
{
	for (int column = 0; column < field->canvas.width; column++) {
		double x = axis_value(&chart->x, (column + 0.5) / field->canvas.width);
		long low, high;

		if (!dot_row(field, &chart->y, band->low->at(band->low->source, 0, x), &low) ||
		    !dot_row(field, &chart->y, band->high->at(band->high->source, 0, x), &high))
			continue;
		for (long row = high / field->up; row <= low / field->up; row++)
			if (row >= 0 && row < field->canvas.height)
				canvas_put(&field->canvas, column, (int)row, ROLE_DIM,
					   field->up == 4   ? 0x2822
					   : field->up == 2 ? 0x2591
							    : ':');
	}
}

/* --- Around the lines -------------------------------------------------------------------------- */

struct frame {
	struct chart_area area;
	bool x_axis, x_labels;
	unsigned n_ticks;
	struct axis_tick ticks[AXIS_TICKS_MAX]; /* of y */
};

static struct frame frame_of(const struct canvas *canvas, const struct line_chart *chart)
{
	struct frame frame = { .area = { 0, 0, canvas->width, canvas->height } };
	int labels = 0;

	if (chart->bare)
		return frame;
	if (canvas->width < 8 || canvas->height < 2) {
		frame.area.width = 0;
		return frame;
	}
	frame.area.y = chart->n_marks > 0 && canvas->height >= 6;
	frame.x_labels = canvas->height >= 4;
	frame.x_axis = canvas->height >= 7;
	frame.area.height -= frame.area.y + frame.x_labels + frame.x_axis;
	if (canvas->width < 20)
		return frame;
	frame.n_ticks = axis_ticks(&chart->y,
				   frame.area.height < 4 ? 2 : (unsigned)frame.area.height / 3 + 1,
				   frame.ticks);
	for (unsigned i = 0; i < frame.n_ticks; i++) {
		int width = (int)strlen(frame.ticks[i].label);

		labels = width > labels ? width : labels;
	}
	labels = labels > LABEL_MAX ? LABEL_MAX : labels < 3 ? 3 : labels;
	frame.area.x = labels + 2;
	frame.area.width -= frame.area.x;
	return frame;
}

struct chart_area line_chart_area(const struct canvas *canvas, const struct line_chart *chart)
{
	return frame_of(canvas, chart).area;
}

static void draw_y_axis(struct canvas *canvas, const struct line_chart *chart,
			const struct frame *frame)
{
	const struct chart_area *area = &frame->area;
	int free_row = area->y + area->height;

	if (area->x == 0)
		return;
	for (int y = 0; y < area->height; y++)
		canvas_put(canvas, area->x - 1, area->y + y, ROLE_BORDER, canvas->glyphs->vertical);
	for (unsigned i = 0; i < frame->n_ticks; i++) {
		double share = axis_share(&chart->y, frame->ticks[i].value);
		int y = area->y + (int)lround((1 - share) * (area->height - 1));

		if (y >= free_row || y < area->y)
			continue;
		canvas_print_right(canvas, area->x - 2, y, ROLE_DIM, "%s", frame->ticks[i].label);
		canvas_put(canvas, area->x - 1, y, ROLE_BORDER, canvas->glyphs->axis_tick);
		free_row = y;
	}
}

static void draw_x_axis(struct canvas *canvas, const struct line_chart *chart,
			const struct frame *frame)
{
	const struct chart_area *area = &frame->area;
	const struct glyphs *glyphs = canvas->glyphs;
	struct axis_tick ticks[AXIS_TICKS_MAX];
	unsigned n = axis_ticks(&chart->x, area->width < 24 ? 2 : (unsigned)area->width / 9, ticks);
	int y = area->y + area->height, title = 0, free_from = 0;

	if (frame->x_axis) {
		if (area->x > 0)
			canvas_put(canvas, area->x - 1, y, ROLE_BORDER, glyphs->bottom_left);
		for (int x = 0; x < area->width; x++)
			canvas_put(canvas, area->x + x, y, ROLE_BORDER, glyphs->horizontal);
	}
	if (!frame->x_labels)
		return;
	if (chart->x_title) {
		title = (int)gate_width(GATE_UNICODE, text_from(chart->x_title), 60);
		canvas_print_right(canvas, canvas->width, y + frame->x_axis, ROLE_DIM, "%s",
				   chart->x_title);
	}
	for (unsigned i = 0; i < n; i++) {
		double share = axis_share(&chart->x, ticks[i].value);
		int at = area->x + (int)fmin(share * area->width, area->width - 1);
		int width = (int)strlen(ticks[i].label), from = at - width / 2;

		from = from < 0 ? 0 : from;
		if (from < free_from || from + width > canvas->width - (title ? title + 1 : 0))
			continue;
		canvas_print(canvas, from, y + frame->x_axis, ROLE_DIM, "%s", ticks[i].label);
		if (frame->x_axis)
			canvas_put(canvas, at, y, ROLE_BORDER, glyphs->tee_top);
		free_from = from + width + 1;
	}
}

static int column_of(const struct chart_area *area, const struct axis *axis, double x)
{
	double share = axis_share(axis, x);

	if (!(share >= -1e-9 && share <= 1 + 1e-9))
		return -1;
	return area->x + (int)fmin(fmax(share, 0) * area->width, area->width - 1);
}

static void draw_marks(struct canvas *canvas, const struct line_chart *chart,
		       const struct chart_area *area)
{
	for (size_t i = 0; i < chart->n_marks && area->y > 0; i++) {
		const struct chart_mark *mark = chart->marks + i;
		int x = column_of(area, &chart->x, mark->x);

		if (x >= 0)
			canvas_put(canvas, x, 0, mark->role, (unsigned char)mark->letter);
	}
}

/* Where no line is. */
static void draw_cursor(struct canvas *canvas, const struct line_chart *chart,
			const struct chart_area *area)
{
	int x = chart->cursor ? column_of(area, &chart->x, *chart->cursor) : -1;

	for (int y = area->y; x >= 0 && y < area->y + area->height; y++) {
		const struct cell *cell = canvas_at(canvas, x, y);

		if (cell->code[0] == ' ' || cell->role == ROLE_DIM)
			canvas_put(canvas, x, y, ROLE_ACCENT, canvas->glyphs->vertical);
	}
}

void line_chart_draw(struct canvas *canvas, const struct line_chart *chart)
{
	struct frame frame = frame_of(canvas, chart);
	const struct chart_area *area = &frame.area;
	struct field field;

	if (area->width < 1 || area->height < 1)
		return;
	field = field_of(canvas_window(canvas, area->x, area->y, area->width, area->height));
	for (size_t i = 0; i < chart->n_bands; i++)
		draw_band(&field, chart, chart->bands + i);
	for (int background = 1; background >= 0; background--)
		for (size_t i = 0; i < chart->n_lines; i++)
			for (unsigned p = 0; p < chart->lines[i].pieces; p++)
				if (chart->lines[i].background == (bool)background)
					draw_piece(&field, chart, chart->lines + i, p);
	if (chart->bare)
		return;
	draw_y_axis(canvas, chart, &frame);
	draw_x_axis(canvas, chart, &frame);
	draw_marks(canvas, chart, area);
	draw_cursor(canvas, chart, area);
}

void line_chart_sample(struct canvas *canvas, int x, int y, int width, unsigned style)
{
	struct field field = field_of(canvas_window(canvas, x, y, width, 1));
	struct pen pen = { &field, chart_role(style), dashes[style % CHART_STYLES],
			   letters[style % CHART_STYLES] };

	for (long column = 0; column < field.width; column++)
		pen_column(&pen, column, field.up / 2, field.up / 2);
}
