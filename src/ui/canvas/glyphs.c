#include "ui/canvas/glyphs.h"

#include <stddef.h>
#include <string.h>

static const struct glyphs glyph_sets[GLYPHS_COUNT] = {
	[GLYPHS_ASCII] = {
		.name = "ascii",
		.level = GLYPHS_ASCII,
		.gate = GATE_ASCII,
		.horizontal = '-', .vertical = '|',
		.top_left = '+', .top_right = '+', .bottom_left = '+', .bottom_right = '+',
		.tee_left = '+', .tee_right = '+', .tee_top = '+', .tee_bottom = '+', .cross = '+',
		.folded = '+', .unfolded = '-', .leaf = ' ',
		.cursor = '>',
		.ellipsis = '~', .dash = '-', .bullet = '*', .approximately = '~',
		.arrow_right = '>', .arrow_left = '<', .arrow_up = '^', .arrow_down = 'v',
		.times = 'x', .check = '+', .cross_mark = 'x', .axis_tick = '+',
		.bars = { ' ', '.', '.', ':', ':', '|', '|', '#', '#' },
		.shares = { ' ', '.', '.', '-', '-', '=', '=', '#', '#' },
		.shades = { ' ', '.', '+', '*', '#' },
	},
	[GLYPHS_BLOCKS] = {
		.name = "blocks",
		.level = GLYPHS_BLOCKS,
		.gate = GATE_UNICODE,
		.horizontal = 0x2500, .vertical = 0x2502,
		.top_left = 0x250c, .top_right = 0x2510,
		.bottom_left = 0x2514, .bottom_right = 0x2518,
		.tee_left = 0x251c, .tee_right = 0x2524,
		.tee_top = 0x252c, .tee_bottom = 0x2534, .cross = 0x253c,
		.folded = 0x25b8, .unfolded = 0x25be, .leaf = ' ',
		.cursor = 0x258c,
		.ellipsis = 0x2026, .dash = 0x2013, .bullet = 0xb7, .approximately = 0x2248,
		.arrow_right = 0x2192, .arrow_left = 0x2190,
		.arrow_up = 0x2191, .arrow_down = 0x2193,
		.times = 0xd7, .check = 0x2713, .cross_mark = 0x2717, .axis_tick = 0x2524,
		.bars = { ' ', 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588 },
		.shares = { ' ', 0x258f, 0x258e, 0x258d, 0x258c, 0x258b, 0x258a, 0x2589, 0x2588 },
		.shades = { ' ', 0x2591, 0x2592, 0x2593, 0x2588 },
	},
	[GLYPHS_BRAILLE] = {
		.name = "braille",
		.level = GLYPHS_BRAILLE,
		.gate = GATE_UNICODE,
		.horizontal = 0x2500, .vertical = 0x2502,
		.top_left = 0x256d, .top_right = 0x256e,
		.bottom_left = 0x2570, .bottom_right = 0x256f,
		.tee_left = 0x251c, .tee_right = 0x2524,
		.tee_top = 0x252c, .tee_bottom = 0x2534, .cross = 0x253c,
		.folded = 0x25b8, .unfolded = 0x25be, .leaf = ' ',
		.cursor = 0x258c,
		.ellipsis = 0x2026, .dash = 0x2013, .bullet = 0xb7, .approximately = 0x2248,
		.arrow_right = 0x2192, .arrow_left = 0x2190,
		.arrow_up = 0x2191, .arrow_down = 0x2193,
		.times = 0xd7, .check = 0x2713, .cross_mark = 0x2717, .axis_tick = 0x2524,
		/* four even steps: a ragged top edge would look like data */
		.bars = { ' ', 0x28c0, 0x28c0, 0x28e4, 0x28e4, 0x28f6, 0x28f6, 0x28ff, 0x28ff },
		.shares = { ' ', 0x2840, 0x2844, 0x2846, 0x2847, 0x28c7, 0x28e7, 0x28f7, 0x28ff },
		.shades = { ' ', 0x2882, 0x2895, 0x28ed, 0x28ff },
	},
};

const struct glyphs *glyphs_get(enum glyph_level level)
{
	return &glyph_sets[level];
}

const struct glyphs *glyphs_named(const char *name)
{
	for (size_t i = 0; i < GLYPHS_COUNT; i++)
		if (strcmp(glyph_sets[i].name, name) == 0)
			return &glyph_sets[i];
	return NULL;
}

uint32_t glyphs_substitute(const struct glyphs *glyphs, uint32_t code)
{
	static const struct {
		uint32_t code;
		char ascii;
	} substitutes[] = {
		{ 0xb0, 'o' },	 { 0xb1, '~' },	  { 0xb5, 'u' },   { 0xb7, '.' },   { 0xd7, 'x' },
		{ 0x2013, '-' }, { 0x2014, '-' }, { 0x2018, '\'' }, { 0x2019, '\'' }, { 0x201c, '"' },
		{ 0x201d, '"' }, { 0x2022, '*' }, { 0x2026, '~' }, { 0x2190, '<' }, { 0x2191, '^' },
		{ 0x2192, '>' }, { 0x2193, 'v' }, { 0x2212, '-' }, { 0x221e, '*' }, { 0x2248, '~' },
		{ 0x2264, '<' }, { 0x2265, '>' }, { 0x25b8, '+' }, { 0x25cf, '*' }, { 0x2713, '+' }, { 0x2717, 'x' },
	};

	if (code < 0x80 || glyphs->level != GLYPHS_ASCII)
		return code;
	for (size_t i = 0; i < sizeof(substitutes) / sizeof(substitutes[0]); i++)
		if (substitutes[i].code == code)
			return (unsigned char)substitutes[i].ascii;
	if (code >= 0x2500 && code < 0x2580) /* box drawing */
		return '+';
	return '?';
}
