/* The looks of roles on a terminal with so many colours: curses attributes and colour pairs. */
#ifndef TUI_PALETTE_H
#define TUI_PALETTE_H

#include <curses.h>

#include "ui/app/theme.h"
#include "ui/tui/colours.h"

#define PALETTE_PAIRS 255

struct look {
	attr_t attributes;
	short pair;
	int back; /* its background: a colour, -1 for the terminal's own */
	bool known;
};

struct palette {
	const struct theme *theme;
	int colours; /* 0, 8, 16, 256; above that the terminal takes 0xRRGGBB */
	struct look looks[ROLE_COUNT][3][2]; /* by plain, selected, focused; text, blank */
	struct {
		int fore, back;
	} pairs[PALETTE_PAIRS]; /* pairs[i] is curses' pair i + 1 */
	int n_pairs, pairs_limit;
};

/* After newterm. Without colours no colour function of curses is called at all, so that nothing
 * about colours is written. */
void palette_init(struct palette *palette, enum tui_colour wish);

/* Forgets what was known; what is on the screen must be drawn again. */
void palette_set_theme(struct palette *palette, const struct theme *theme);

/* Pairs are made when they are first needed. A blank cell looks the same in many roles; asked with
 * `blank`, these get one look, so that nothing is written when one takes the place of another. */
const struct look *palette_look(struct palette *palette, enum role role, uint8_t flags, bool blank);

/* The pair of a role's colour on the colour of another one; 0 where there are no colours. */
short palette_pixels(struct palette *palette, enum role upper, enum role lower);

#endif
