/* A key press, however it came: from a terminal or from a key script. */
#ifndef APP_KEY_H
#define APP_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>

enum key_code { /* beyond Unicode */
	KEY_CODE_NONE = 0x110000,
	KEY_CODE_UP, KEY_CODE_DOWN, KEY_CODE_LEFT, KEY_CODE_RIGHT,
	KEY_CODE_PAGE_UP, KEY_CODE_PAGE_DOWN, KEY_CODE_HOME, KEY_CODE_END,
	KEY_CODE_DELETE, KEY_CODE_BACK_TAB,
	KEY_CODE_F1, /* to F12: KEY_CODE_F1 + n - 1 */
	KEY_CODE_F12 = KEY_CODE_F1 + 11,
	KEY_CODE_MOUSE,	 /* see the mouse fields */
	KEY_CODE_PASTE,	 /* bytes of a bracketed paste */
	KEY_CODE_RESIZE, /* the app_resize that goes with it has been called */
};

enum mouse_action { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct key {
	uint32_t code; /* Unicode (Enter 13, Esc 27, Tab 9, Backspace 127, C-x is 1..26) or above */
	int x, y;      /* KEY_CODE_MOUSE */
	enum mouse_action action;
	const char *paste; /* KEY_CODE_PASTE: valid during the call */
	size_t paste_len;
};

/* Parses the next key of a script at *script ("j", "<Enter>", "<C-o>", "<lt>"), advancing it.
 * False with ERROR_USAGE for an unknown name. At the end of the string: KEY_CODE_NONE. */
bool key_parse(const char **script, struct key *key, struct error *err);

/* "<C-o>", "j": as the help shows it. Buffer of at least 16 bytes. */
char *key_name(uint32_t code, char buffer[16]);

#endif
