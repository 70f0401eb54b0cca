/* The terminal: curses, keys, signals, the loop. The only room that includes <curses.h>. */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>

#include <mtui/error.h>

#include "ui/app/app.h"
#include "ui/tui/colours.h"

/* Runs the app on the terminal until it quits; the terminal is as before afterwards, also when a
 * signal ends it (then *signal_number is set and the caller exits with 128 + it). False with
 * ERROR_TERMINAL when there is no usable terminal. */
bool tui_run(struct app *app, enum tui_colour colour, bool mouse, int *signal_number,
	     struct error *err);

#endif
