/*
 * The terminal as a device: descriptors of its own, raw mode, size, and output that never blocks.
 */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include <mtui/error.h>

enum terminal_state { TERMINAL_DRAINED, TERMINAL_PENDING, TERMINAL_GONE };

enum terminal_end { TERMINAL_IN, TERMINAL_OUT };

struct terminal {
	int fd[2];	       /* by terminal_end; non-blocking */
	bool own[2];	       /* opened by us: its flags are not shared with other processes */
	int flags[2];	       /* to put back where it is shared */
	struct termios cooked[2], raw[2];
	char *queue;	       /* written by terminal_flush from `sent` on */
	size_t queued, sent, room;
	bool gone;
};

/* Standard output must be a terminal; keys come from standard input, or where that is no terminal
 * (a model piped in) from /dev/tty. Stops with SIGTTOU when started in the background. */
bool terminal_open(struct terminal *terminal, struct error *err);
void terminal_close(struct terminal *terminal);

void terminal_set_raw(struct terminal *terminal);
void terminal_set_cooked(struct terminal *terminal); /* as it was found */

/* Columns and rows as the terminal says, 80x24 where it says nothing. */
void terminal_size(const struct terminal *terminal, int *width, int *height);

/* Adds to the output; false when memory is exhausted (then nothing is added). */
bool terminal_queue(struct terminal *terminal, const char *bytes, size_t n);

/* Writes as much as the terminal takes now. */
enum terminal_state terminal_flush(struct terminal *terminal);

/* Writes until all is out, but no longer than that. */
void terminal_drain(struct terminal *terminal, int milliseconds);

#endif
