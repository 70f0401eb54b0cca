#include "ui/app/colour.h"

#include <stdlib.h>

static const uint8_t cube_levels[6] = { 0, 95, 135, 175, 215, 255 };

/* xterm's defaults; themes of the terminal may differ, the hue stays. */
static const uint32_t ansi_colours[16] = {
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

/* Squared distance, weighted roughly as the eye does. */
static unsigned colour_distance(uint32_t a, uint32_t b)
{
	int red = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
	int green = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
	int blue = (int)(a & 255) - (int)(b & 255);

	return (unsigned)(3 * red * red + 6 * green * green + blue * blue);
}

static unsigned cube_index(unsigned level)
{
	unsigned best = 0;

	for (unsigned i = 1; i < 6; i++)
		if (abs((int)level - cube_levels[i]) < abs((int)level - cube_levels[best]))
			best = i;
	return best;
}

uint8_t colour_256(uint32_t rgb)
{
	unsigned red = cube_index(rgb >> 16 & 255), green = cube_index(rgb >> 8 & 255);
	unsigned blue = cube_index(rgb & 255);
	uint32_t cube = (uint32_t)cube_levels[red] << 16 | (uint32_t)cube_levels[green] << 8 |
			cube_levels[blue];
	unsigned mean = ((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
	unsigned step = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
	uint32_t level = 8 + 10 * step, grey = level << 16 | level << 8 | level;

	if (colour_distance(rgb, grey) < colour_distance(rgb, cube))
		return (uint8_t)(232 + step);
	return (uint8_t)(16 + 36 * red + 6 * green + blue);
}

uint8_t colour_16(uint32_t rgb)
{
	uint8_t best = 0;

	for (uint8_t i = 1; i < 16; i++)
		if (colour_distance(rgb, ansi_colours[i]) < colour_distance(rgb, ansi_colours[best]))
			best = i;
	return best;
}
