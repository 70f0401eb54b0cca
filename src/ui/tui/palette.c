#include "ui/tui/palette.h"

#include <stdlib.h>
#include <string.h>

#include "ui/app/colour.h"

enum place { PLACE_PLAIN, PLACE_SELECTED, PLACE_FOCUSED };

void palette_init(struct palette *palette, enum tui_colour wish)
{
	*palette = (struct palette){ 0 };
	const char *no_color = getenv("NO_COLOR");
	if (wish == TUI_COLOUR_NEVER || (wish == TUI_COLOUR_AUTO && no_color && no_color[0]))
		return;
	if (!has_colors() || start_color() != OK || COLORS < 8)
		return;
	use_default_colors();
	palette->pairs_limit = COLOR_PAIRS - 1;
	if (palette->pairs_limit > PALETTE_PAIRS)
		palette->pairs_limit = PALETTE_PAIRS;
	if (wish == TUI_COLOUR_16 || COLORS < 256)
		palette->colours = COLORS >= 16 ? 16 : 8;
	else
		palette->colours = wish == TUI_COLOUR_256 && COLORS == 256 ? 256 : COLORS;
}

void palette_set_theme(struct palette *palette, const struct theme *theme)
{
	palette->theme = theme;
	palette->n_pairs = 0;
	memset(palette->looks, 0, sizeof(palette->looks));
}

static int nearest(const struct palette *palette, uint32_t rgb)
{
	if (rgb == THEME_DEFAULT_COLOUR)
		return -1;
	if (palette->colours > 256) /* direct colour; its first 8 are the ANSI ones */
		return rgb < 8 ? 0 : (int)rgb;
	if (palette->colours == 256)
		return colour_256(rgb);
	return colour_16(rgb);
}

static bool is_dark(const struct palette *palette, int colour)
{
	return palette->colours <= 16 && (colour % 8 == 0 || colour == 4);
}

/* Never pair 0, also for the terminal's own colours: curses resets all attributes on the way to
 * "no colour", which costs three times the bytes of a change of colour. */
static short pair_of(struct palette *palette, int fore, int back)
{
	for (int i = 0; i < palette->n_pairs; i++)
		if (palette->pairs[i].fore == fore && palette->pairs[i].back == back)
			return (short)(i + 1);
	if (palette->n_pairs == palette->pairs_limit)
		return 0;
	int i = palette->n_pairs++;
	palette->pairs[i].fore = fore;
	palette->pairs[i].back = back;
#if NCURSES_EXT_COLORS
	init_extended_pair(i + 1, fore, back);
#else
	init_pair((short)(i + 1), (short)fore, (short)back);
#endif
	return (short)(i + 1);
}

static struct style lay_over(struct style style, const struct style *over)
{
	if (over->fore != THEME_DEFAULT_COLOUR)
		style.fore = over->fore;
	if (over->back != THEME_DEFAULT_COLOUR)
		style.back = over->back;
	style.bold |= over->bold;
	style.dim |= over->dim;
	style.underline |= over->underline;
	style.reverse |= over->reverse;
	return style;
}

/* Where a background cannot be shown, something else has to tell the selected row. */
static attr_t without_colours(const struct style *over, enum place place)
{
	if (place == PLACE_PLAIN || over->bold || over->underline || over->reverse)
		return A_NORMAL;
	return place == PLACE_FOCUSED ? A_REVERSE : A_BOLD;
}

static struct look look_of(struct palette *palette, enum role role, enum place place, bool blank)
{
	const struct theme *theme = palette->theme;
	const struct style *over = place == PLACE_FOCUSED ? &theme->focused : &theme->selected;
	struct style style = theme->roles[role];
	struct look look = { .back = -1, .known = true };

	if (place != PLACE_PLAIN)
		style = lay_over(style, over);
	if (blank && !style.underline && !style.reverse) {
		bool fore_over = place != PLACE_PLAIN && over->fore != THEME_DEFAULT_COLOUR;
		style.fore = fore_over ? over->fore : theme->roles[ROLE_NORMAL].fore;
		style.bold = style.dim = false;
	}
	if (style.bold)
		look.attributes |= A_BOLD;
	if (style.dim)
		look.attributes |= A_DIM;
	if (style.underline)
		look.attributes |= A_UNDERLINE;
	if (style.reverse)
		look.attributes |= A_REVERSE;
	if (palette->colours == 0) {
		look.attributes |= without_colours(over, place);
		return look;
	}
	int fore = nearest(palette, style.fore), back = nearest(palette, style.back);
	if (palette->colours <= 16 && back == 0 && place != PLACE_PLAIN) {
		look.attributes |= without_colours(over, place); /* black would not be seen */
		back = -1;
	}
	if (palette->colours == 8) {
		if (fore >= 8)
			look.attributes |= A_BOLD;
		fore = fore == 8 ? 7 : fore >= 8 ? fore - 8 : fore;
		back = back >= 8 ? back - 8 : back;
	}
	if (fore >= 0 && fore == back)
		fore = is_dark(palette, back) ? 7 : 0;
	look.back = back;
	look.pair = pair_of(palette, fore, back);
	return look;
}

const struct look *palette_look(struct palette *palette, enum role role, uint8_t flags, bool blank)
{
	enum place place = flags & CELL_FOCUSED	   ? PLACE_FOCUSED
			   : flags & CELL_SELECTED ? PLACE_SELECTED
						   : PLACE_PLAIN;
	struct look *look = &palette->looks[role][place][blank];

	if (!look->known)
		*look = look_of(palette, role, place, blank);
	return look;
}

short palette_pixels(struct palette *palette, enum role upper, enum role lower)
{
	if (palette->colours == 0)
		return 0;
	int fore = nearest(palette, palette->theme->roles[upper].fore);
	int back = nearest(palette, palette->theme->roles[lower].fore);
	if (palette->colours == 8) { /* the bright ones are as their dark ones */
		fore = fore >= 8 ? fore - 8 : fore;
		back = back >= 8 ? back - 8 : back;
	}
	return pair_of(palette, fore, back);
}
