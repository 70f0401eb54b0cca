/*
 * From bytes of the terminal to keys: UTF-8, escape sequences, bracketed pastes, mouse reports.
 *
 * Pure: it neither reads nor asks for the time, so that tests can feed it anything. What is not a
 * key (answers to queries, unknown sequences, invalid UTF-8) is dropped.
 */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/limits.h>

#include "ui/app/key.h"

enum input_state {
	INPUT_GROUND,
	INPUT_PASTE,  /* between ESC[200~ and ESC[201~ */
	INPUT_STRING, /* in an operating system command or the like: dropped until its end */
	INPUT_SKIP,   /* in a control sequence that is too long: dropped until its end */
};

struct input {
	int width, height; /* of the screen: mouse reports outside are dropped */
	bool utf8;
	enum input_state state;
	char bytes[512];
	size_t first, end;
	char paste[LIMIT_PASTE];
	size_t paste_len;
	int click_x, click_y;
	long click_time;   /* milliseconds; before any double click: LONG_MIN */
};

void input_init(struct input *input, bool utf8);

/* Where the next bytes go, and how many; then input_added. Room for at least one byte is there
 * whenever input_next has returned false. */
char *input_room(struct input *input, size_t *n);
void input_added(struct input *input, size_t n);

/* The next key; false when there is none yet. now in milliseconds, of any origin. */
bool input_next(struct input *input, long now, struct key *key);

/* How long to wait for the rest of what has begun, in milliseconds; -1 when nothing has. After
 * that time without a byte call input_timeout: true when what was there counts as a key. */
int input_wait(const struct input *input);
bool input_timeout(struct input *input, struct key *key);

#endif
