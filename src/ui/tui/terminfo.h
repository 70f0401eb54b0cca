/* What the terminal's description says. */
#ifndef TUI_TERMINFO_H
#define TUI_TERMINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <mtui/error.h>

/* Looks whether $TERM names a terminal that a screen can be drawn on; ERROR_TERMINAL if not. fd is
 * what curses is going to write to. */
bool terminfo_check(int fd, struct error *err);

/* After newterm: curses is not to reset the terminal's palette at the end. mtui does not change it,
 * and whoever did wants to keep it. */
void terminfo_keep_palette(void);

/* The same for the character set: curses says with every change of attributes that it is the plain
 * one. This says it once. */
void terminfo_keep_charset(FILE *out);

/* A string without its padding ("$<5>"); "" where there is none. After terminfo_check, or newterm. */
void terminfo_string(const char *name, char *out, size_t size);
bool terminfo_has(const char *name);

#endif
