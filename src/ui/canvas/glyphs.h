/* The three sets of glyphs: everything drawn that is not text has a form in each. */
#ifndef CANVAS_GLYPHS_H
#define CANVAS_GLYPHS_H

#include <stdint.h>

#include <mtui/gate.h>

enum glyph_level { GLYPHS_ASCII, GLYPHS_BLOCKS, GLYPHS_BRAILLE, GLYPHS_COUNT };

struct glyphs {
	const char *name; /* "ascii", "blocks", "braille" */
	enum glyph_level level;
	enum gate_mode gate; /* GATE_ASCII with GLYPHS_ASCII */
	uint32_t horizontal, vertical;
	uint32_t top_left, top_right, bottom_left, bottom_right;
	uint32_t tee_left, tee_right, tee_top, tee_bottom, cross;
	uint32_t folded, unfolded, leaf; /* marks of the tree */
	uint32_t cursor;		 /* mark of the selected row, so that colour is not alone */
	uint32_t ellipsis, dash, bullet, approximately, arrow_right, arrow_left, arrow_up,
		arrow_down, times, check, cross_mark, axis_tick;
	uint32_t bars[9];		 /* vertical fill of one cell, empty to full */
	uint32_t shares[9];		 /* horizontal fill of one cell, empty to full */
	uint32_t shades[5];		 /* empty to full, for heat maps */
};

const struct glyphs *glyphs_get(enum glyph_level level);

/* NULL for an unknown name. */
const struct glyphs *glyphs_named(const char *name);

/* The code itself, or with the ASCII set the nearest ASCII character: for mtui's own words. */
uint32_t glyphs_substitute(const struct glyphs *glyphs, uint32_t code);

#endif
