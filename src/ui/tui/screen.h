/*
 * The screen: draws canvases on a terminal through curses, writing only what has changed.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <stdbool.h>

#include <mtui/error.h>

#include "ui/app/theme.h"
#include "ui/tui/colours.h"
#include "ui/tui/terminal.h"

struct screen;

/* Needs a terminal in raw mode. On success it is in the alternate screen, empty. */
struct screen *screen_open(struct terminal *terminal, enum tui_colour colour, bool mouse,
			   struct error *err);

/* Gives the terminal back; what the screen held is gone. Nothing waits for the terminal here. */
void screen_close(struct screen *screen);

/* Takes the terminal's size, and all of it is drawn anew with the next frame. A size beyond what
 * is sensible is cut. False when memory is exhausted; the old size stays. */
bool screen_resize(struct screen *screen);

/* To draw a frame: fill the canvas, then present it. The theme must stay until another is given. */
struct canvas *screen_canvas(struct screen *screen, const struct glyphs *glyphs);
void screen_present(struct screen *screen, const struct theme *theme);

/* The next frame writes everything. */
void screen_repaint(struct screen *screen);

/* The theme may have changed where it stands: look at it anew with the next frame. */
void screen_forget_theme(struct screen *screen);

/* For the time that the program is stopped. Queued only: drain the terminal after it. */
void screen_leave(struct screen *screen);
void screen_enter(struct screen *screen);

/* Bytes that undo what screen_open did to the terminal; for emergencies. */
const char *screen_rescue(const struct screen *screen, size_t *n);

bool screen_is_utf8(const struct screen *screen);

#endif
