#include "ui/canvas/scatter.h"

#include <math.h>
#include <stdlib.h>

#define BRAILLE 0x2800

static bool is_ascii(const struct canvas *canvas)
{
	return canvas->glyphs->level == GLYPHS_ASCII;
}

static int dots_across(const struct canvas *canvas)
{
	return canvas->width * (is_ascii(canvas) ? 1 : 2);
}

static int dots_down(const struct canvas *canvas)
{
	return canvas->height * (is_ascii(canvas) ? 1 : 4);
}

void scatter_range(double *low, double *high)
{
	double middle = *low / 2 + *high / 2, least = fabs(middle) * 1e-9;

	if (*high - *low > least)
		return;
	*low = middle - (least > 0 ? least : 0.5);
	*high = middle + (least > 0 ? least : 0.5);
}

static bool dot_of(const struct canvas *canvas, const struct scatter *scatter, double x, double y,
		   int *column, int *row)
{
	double right = (x - scatter->low_x) / (scatter->high_x - scatter->low_x);
	double up = (y - scatter->low_y) / (scatter->high_y - scatter->low_y);

	if (!(right >= 0 && right <= 1 && up >= 0 && up <= 1) || canvas->width <= 0 ||
	    canvas->height <= 0)
		return false;
	*column = (int)lround(right * (dots_across(canvas) - 1));
	*row = (int)lround((1 - up) * (dots_down(canvas) - 1));
	return true;
}

static void put_dot(struct canvas *canvas, int column, int row, enum role role)
{
	static const uint8_t dots[4][2] = { { 1, 8 }, { 2, 16 }, { 4, 32 }, { 64, 128 } };
	uint32_t code;

	if (is_ascii(canvas)) {
		canvas_put(canvas, column, row, role, '*');
		return;
	}
	code = canvas_at(canvas, column / 2, row / 4)->code[0];
	if (code < BRAILLE || code > BRAILLE + 255)
		code = BRAILLE;
	canvas_put(canvas, column / 2, row / 4, role, code | dots[row % 4][column % 2]);
}

void scatter_point(struct canvas *canvas, const struct scatter *scatter, double x, double y,
		   enum role role)
{
	int column, row;

	if (dot_of(canvas, scatter, x, y, &column, &row))
		put_dot(canvas, column, row, role);
}

bool scatter_cell(const struct canvas *canvas, const struct scatter *scatter, double x, double y,
		  int *column, int *row)
{
	if (!dot_of(canvas, scatter, x, y, column, row))
		return false;
	*column /= is_ascii(canvas) ? 1 : 2;
	*row /= is_ascii(canvas) ? 1 : 4;
	return true;
}

void scatter_line(struct canvas *canvas, const struct scatter *scatter, double x1, double y1,
		  double x2, double y2, enum role role)
{
	int from, top, to, bottom, steps;

	if (!dot_of(canvas, scatter, x1, y1, &from, &top) ||
	    !dot_of(canvas, scatter, x2, y2, &to, &bottom))
		return;
	steps = abs(to - from) > abs(bottom - top) ? abs(to - from) : abs(bottom - top);
	for (int i = 0; i <= steps; i++) {
		double share = steps ? (double)i / steps : 0;

		put_dot(canvas, from + (int)lround(share * (to - from)),
			top + (int)lround(share * (bottom - top)), role);
	}
}
