#include "ui/canvas/heat.h"

#include <math.h>

#include "ui/canvas/number.h"

/* From -4 to 4. */
static const uint32_t ramps[2][2 * HEAT_LEVELS + 1] = {
	{ '%', '=', '-', '\'', ' ', '.', '+', '*', '#' },
	{ 0x2261, '=', 0x2013, 0xb7, ' ', 0x2591, 0x2592, 0x2593, 0x2588 },
};

static uint32_t glyph_of(const struct canvas *canvas, int level)
{
	return ramps[canvas->glyphs->level != GLYPHS_ASCII][level + HEAT_LEVELS];
}

static enum role role_of(int level)
{
	return (enum role)((int)ROLE_ZERO + level);
}

int heat_level(const struct heat *heat, double value)
{
	double share = value / heat->limit;

	if (isnan(share))
		return 0;
	if (fabs(share) >= 1)
		return share > 0 ? HEAT_LEVELS : -HEAT_LEVELS;
	return (int)lround(share * HEAT_LEVELS);
}

/* The other half of the cell keeps its colour. */
static void put_pixel(struct canvas *canvas, int x, int y, enum role role)
{
	const struct cell *cell;
	enum role upper = ROLE_ZERO, lower = ROLE_ZERO;

	if (x < 0 || y < 0 || x >= canvas->width || y / 2 >= canvas->height)
		return;
	cell = canvas_at(canvas, x, y / 2);
	if (cell->back != ROLE_NORMAL) {
		upper = (enum role)cell->role;
		lower = (enum role)cell->back;
	}
	canvas_pixels(canvas, x, y / 2, y % 2 ? upper : role, y % 2 ? role : lower);
}

void heat_put(struct canvas *canvas, const struct heat *heat, int x, int y, int columns, int rows,
	      double value, bool missing)
{
	int level = heat_level(heat, value);
	bool odd = isnan(value) && missing;

	for (int row = 0; row < rows; row++)
		for (int column = 0; column < columns; column++) {
			if (heat->pixels)
				put_pixel(canvas, x + column, y + row,
					  odd ? ROLE_BAD : role_of(level));
			else
				canvas_put(canvas, x + column, y + row,
					   odd ? ROLE_BAD : role_of(level),
					   odd ? '?' : glyph_of(canvas, level));
		}
}

int heat_legend(struct canvas *canvas, const struct heat *heat, int x, int y)
{
	char number[NUMBER_SIZE];

	x = canvas_print(canvas, x, y, ROLE_DIM, "%s ", number_value(number, -heat->limit, 3));
	for (int level = -HEAT_LEVELS; level <= HEAT_LEVELS; level++)
		for (int i = 0; i < 2; i++) {
			if (heat->pixels)
				canvas_pixels(canvas, x++, y, role_of(level), role_of(level));
			else
				x = canvas_put(canvas, x, y, role_of(level),
					       glyph_of(canvas, level));
		}
	return canvas_print(canvas, x, y, ROLE_DIM, " %s", number_value(number, heat->limit, 3));
}

void heat_survey_add(struct heat_survey *survey, double value)
{
	double small = value * 0x1p-64; /* its square is in range for all but the largest f64 */

	if (!isfinite(value))
		return;
	survey->largest = fmax(survey->largest, fabs(value));
	survey->squares += small * small;
	survey->n++;
}

double heat_survey_limit(const struct heat_survey *survey, bool all)
{
	double limit;

	if (survey->largest == 0)
		return 1;
	limit = 3 * sqrt(survey->squares / (double)survey->n) * 0x1p64;
	return all || !(limit > 0 && limit < survey->largest) ? survey->largest : limit;
}
