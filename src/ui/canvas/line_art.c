#include "ui/canvas/line_art.h"

static uint32_t heavy_code(unsigned sides)
{
	static const uint16_t codes[16] = {
		[LINE_UP] = 0x2503,
		[LINE_DOWN] = 0x2503,
		[LINE_UP | LINE_DOWN] = 0x2503,
		[LINE_LEFT] = 0x2501,
		[LINE_RIGHT] = 0x2501,
		[LINE_LEFT | LINE_RIGHT] = 0x2501,
		[LINE_DOWN | LINE_RIGHT] = 0x250f,
		[LINE_DOWN | LINE_LEFT] = 0x2513,
		[LINE_UP | LINE_RIGHT] = 0x2517,
		[LINE_UP | LINE_LEFT] = 0x251b,
		[LINE_UP | LINE_DOWN | LINE_RIGHT] = 0x2523,
		[LINE_UP | LINE_DOWN | LINE_LEFT] = 0x252b,
		[LINE_DOWN | LINE_LEFT | LINE_RIGHT] = 0x2533,
		[LINE_UP | LINE_LEFT | LINE_RIGHT] = 0x253b,
		[LINE_UP | LINE_DOWN | LINE_LEFT | LINE_RIGHT] = 0x254b,
	};

	return codes[sides];
}

static uint32_t light_code(const struct glyphs *g, unsigned sides)
{
	switch (sides) {
	case LINE_UP:
	case LINE_DOWN:
	case LINE_UP | LINE_DOWN:
		return g->vertical;
	case LINE_LEFT:
	case LINE_RIGHT:
	case LINE_LEFT | LINE_RIGHT:
		return g->horizontal;
	case LINE_DOWN | LINE_RIGHT:
		return g->top_left;
	case LINE_DOWN | LINE_LEFT:
		return g->top_right;
	case LINE_UP | LINE_RIGHT:
		return g->bottom_left;
	case LINE_UP | LINE_LEFT:
		return g->bottom_right;
	case LINE_UP | LINE_DOWN | LINE_RIGHT:
		return g->tee_left;
	case LINE_UP | LINE_DOWN | LINE_LEFT:
		return g->tee_right;
	case LINE_DOWN | LINE_LEFT | LINE_RIGHT:
		return g->tee_top;
	case LINE_UP | LINE_LEFT | LINE_RIGHT:
		return g->tee_bottom;
	case LINE_UP | LINE_DOWN | LINE_LEFT | LINE_RIGHT:
		return g->cross;
	default:
		return ' ';
	}
}

uint32_t line_art_code(const struct glyphs *glyphs, unsigned sides, enum line_weight weight)
{
	if (weight == LINE_LIGHT || sides == 0)
		return light_code(glyphs, sides);
	if (glyphs->level != GLYPHS_ASCII)
		return heavy_code(sides);
	return (sides & (LINE_UP | LINE_DOWN)) ? '#' : '=';
}

void line_art_across(struct canvas *canvas, int x0, int x1, int y, enum role role,
		     enum line_weight weight)
{
	uint32_t code = line_art_code(canvas->glyphs, LINE_LEFT | LINE_RIGHT, weight);

	if (y < 0 || y >= canvas->height)
		return;
	for (int x = x0 < 0 ? 0 : x0; x <= x1 && x < canvas->width; x++)
		canvas_put(canvas, x, y, role, code);
}

void line_art_down(struct canvas *canvas, int x, int y0, int y1, enum role role,
		   enum line_weight weight)
{
	uint32_t code = line_art_code(canvas->glyphs, LINE_UP | LINE_DOWN, weight);

	if (x < 0 || x >= canvas->width)
		return;
	for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < canvas->height; y++)
		canvas_put(canvas, x, y, role, code);
}

void line_art_box(struct canvas *canvas, int x, int y, int width, int height, enum role role,
		  enum line_weight weight)
{
	const struct glyphs *g = canvas->glyphs;
	int right = x + width - 1, bottom = y + height - 1;

	line_art_across(canvas, x, right, y, role, weight);
	line_art_across(canvas, x, right, bottom, role, weight);
	line_art_down(canvas, x, y, bottom, role, weight);
	line_art_down(canvas, right, y, bottom, role, weight);
	canvas_put(canvas, x, y, role, line_art_code(g, LINE_DOWN | LINE_RIGHT, weight));
	canvas_put(canvas, right, y, role, line_art_code(g, LINE_DOWN | LINE_LEFT, weight));
	canvas_put(canvas, x, bottom, role, line_art_code(g, LINE_UP | LINE_RIGHT, weight));
	canvas_put(canvas, right, bottom, role, line_art_code(g, LINE_UP | LINE_LEFT, weight));
}
