/* The configuration file: $XDG_CONFIG_HOME/mtui/config.json. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>

#include <mtui/error.h>

#include "ui/app/keymap.h"
#include "ui/canvas/glyphs.h"

struct config {
	char theme[256];		/* "" if the file says nothing */
	const struct glyphs *glyphs;	/* NULL likewise */
	bool mouse;			/* default true */
	struct keymap keymap;
};

/* Defaults, then the file where there is one. A missing file is fine; a bad one gives false, one
 * clear message and the defaults. */
bool config_load(struct config *config, struct error *err);

#endif
