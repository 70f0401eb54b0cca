/* A theme: the looks of every role, from a JSON file. */
#ifndef APP_THEME_H
#define APP_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>

#include "ui/canvas/canvas.h"

#define THEME_DEFAULT_COLOUR UINT32_MAX /* the terminal's own */

struct style {
	uint32_t fore, back; /* 0xRRGGBB or THEME_DEFAULT_COLOUR */
	bool bold, dim, underline, reverse;
};

struct theme {
	char name[64];
	char title[96];			  /* one line for people */
	struct style roles[ROLE_COUNT];
	struct style selected, focused;	  /* laid over a cell: only what they set */
	char glyphs[16];		  /* preferred glyph set, or "" */
};

/* Finds NAME.json in the theme directories: $XDG_CONFIG_HOME/mtui/themes, then, from where the
 * program lies, PREFIX/share/mtui/themes or the source tree's themes/. Or opens NAME itself when it
 * holds a '/'. On error the theme is the built-in default and err says in one line what was wrong
 * and where. */
bool theme_load(struct theme *theme, const char *name, struct error *err);

/* The built-in default: themes/dark.json compiled in. */
void theme_default(struct theme *theme);

/* Names of all themes that can be found, sorted; NULL-terminated, freed with theme_names_free. */
char **theme_names(void);
void theme_names_free(char **names);

#endif
