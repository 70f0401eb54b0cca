/*
 * Signals become bytes in a pipe that the loop polls. One set of handlers a process.
 *
 * If the loop does not end within 2 seconds of a signal that asks for it, the rescue restores the
 * terminal from inside the handler and leaves with 128 + the signal's number.
 */
#ifndef TUI_SIGNALS_H
#define TUI_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>

#include "ui/tui/terminal.h"

enum signal_event {
	SIGNAL_END = 1,	     /* TERM, INT, QUIT, HUP: signals_ending says which */
	SIGNAL_RESIZE = 2,   /* WINCH */
	SIGNAL_SUSPEND = 4,  /* TSTP */
	SIGNAL_CONTINUE = 8, /* CONT */
};

/* What ends are ignored already (nohup) stay so. */
bool signals_open(struct error *err);
void signals_close(void); /* puts the handlers back that were there before */

int signals_fd(void);	    /* readable when signals_take has something */
unsigned signals_take(void); /* enum signal_event bits since the last call */
int signals_ending(void);   /* number of the first signal that asked for the end, or 0 */

/* What to do in an emergency: modes and bytes that give the terminal back. The terminal must stay
 * where it is until signals_close. */
void signals_set_rescue(const struct terminal *terminal, const char *bytes, size_t n);

/* Stops the process (with its group, as the key does, or alone, as the signal does); returns when
 * it is continued. */
void signals_stop(bool group);

#endif
