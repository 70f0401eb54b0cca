/* What the user wants of colours. */
#ifndef TUI_COLOURS_H
#define TUI_COLOURS_H

/* AUTO: what the terminal has, none with NO_COLOR in the environment. */
enum tui_colour { TUI_COLOUR_AUTO, TUI_COLOUR_NEVER, TUI_COLOUR_16, TUI_COLOUR_256 };

#endif
