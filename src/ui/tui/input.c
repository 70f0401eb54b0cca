/*
 * `bytes` holds what has been read and not yet understood. input_next looks at its beginning and
 * either takes a whole key, drops something that is none, or finds it incomplete and waits.
 *
 * Time decides twice. ESC alone is the Esc key if nothing follows for ESCAPE_WAIT. A longer
 * beginning is not something a person types: its rest may come late (a slow line splits anywhere)
 * and is waited for longer, then dropped.
 */
#include "ui/tui/input.h"

#include <limits.h>
#include <string.h>

#define ESC		0x1b
#define ESCAPE_WAIT	40   /* milliseconds */
#define SEQUENCE_WAIT	400
#define PASTE_WAIT	2000
#define DOUBLE_CLICK	400
#define SEQUENCE_LONGEST 64

enum step { STEP_MORE, STEP_DROPPED, STEP_KEY };

void input_init(struct input *input, bool utf8)
{
	memset(input, 0, sizeof(*input));
	input->utf8 = utf8;
	input->click_time = LONG_MIN;
}

char *input_room(struct input *input, size_t *n)
{
	if (input->first > 0) {
		memmove(input->bytes, input->bytes + input->first, input->end - input->first);
		input->end -= input->first;
		input->first = 0;
	}
	*n = sizeof(input->bytes) - input->end;
	return input->bytes + input->end;
}

void input_added(struct input *input, size_t n)
{
	input->end += n;
}

static enum step take(struct input *input, size_t n, struct key *key, uint32_t code)
{
	input->first += n;
	if (code == KEY_CODE_NONE)
		return STEP_DROPPED;
	*key = (struct key){ .code = code };
	return STEP_KEY;
}

static enum step drop(struct input *input, size_t n)
{
	input->first += n;
	return STEP_DROPPED;
}

/* button as in xterm's reports; x and y count from 1. */
static enum step mouse(struct input *input, size_t n, long now, struct key *key, int button, int x,
		       int y, bool press)
{
	input->first += n;
	if (!press || x < 1 || y < 1 || x > input->width || y > input->height)
		return STEP_DROPPED;
	*key = (struct key){ .code = KEY_CODE_MOUSE, .x = x - 1, .y = y - 1 };
	switch (button & ~0x1c) { /* without shift, meta, control */
	case 0:
		break;
	case 64:
		key->action = MOUSE_WHEEL_UP;
		return STEP_KEY;
	case 65:
		key->action = MOUSE_WHEEL_DOWN;
		return STEP_KEY;
	default: /* other buttons, motion */
		return STEP_DROPPED;
	}
	bool again = input->click_time != LONG_MIN && now - input->click_time <= DOUBLE_CLICK &&
		     input->click_x == x && input->click_y == y;
	key->action = again ? MOUSE_DOUBLE : MOUSE_CLICK;
	input->click_time = again ? LONG_MIN : now;
	input->click_x = x;
	input->click_y = y;
	return STEP_KEY;
}

/* Numbers of a control sequence; returns how many, at most 3. */
static int parameters(const char *s, size_t n, int value[3])
{
	int count = 0;

	value[0] = value[1] = value[2] = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] >= '0' && s[i] <= '9') {
			if (count < 3 && value[count] < 100000)
				value[count] = value[count] * 10 + (s[i] - '0');
		} else if (s[i] == ';') {
			count++;
		} else {
			return 0;
		}
	}
	return count < 2 ? count + 1 : 3;
}

static uint32_t key_of_letter(char letter)
{
	switch (letter) {
	case 'A':
		return KEY_CODE_UP;
	case 'B':
		return KEY_CODE_DOWN;
	case 'C':
		return KEY_CODE_RIGHT;
	case 'D':
		return KEY_CODE_LEFT;
	case 'H':
		return KEY_CODE_HOME;
	case 'F':
		return KEY_CODE_END;
	case 'Z':
		return KEY_CODE_BACK_TAB;
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return KEY_CODE_F1 + (uint32_t)(letter - 'P');
	case 'M':
		return '\r'; /* Enter of the keypad, after ESC O */
	default:
		return KEY_CODE_NONE;
	}
}

static uint32_t key_of_number(int number)
{
	static const uint8_t functions[] = { 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24 };

	for (uint32_t i = 0; i < sizeof(functions); i++)
		if (functions[i] == number)
			return KEY_CODE_F1 + i;
	switch (number) {
	case 1:
	case 7:
		return KEY_CODE_HOME;
	case 3:
		return KEY_CODE_DELETE;
	case 4:
	case 8:
		return KEY_CODE_END;
	case 5:
		return KEY_CODE_PAGE_UP;
	case 6:
		return KEY_CODE_PAGE_DOWN;
	default:
		return KEY_CODE_NONE;
	}
}

/* ESC [ parameters letter, complete: n bytes. */
static enum step control_sequence(struct input *input, const char *s, size_t n, long now,
				  struct key *key)
{
	char letter = s[n - 1];
	int value[3];

	if (s[2] == '<' && (letter == 'M' || letter == 'm')) {
		if (parameters(s + 3, n - 4, value) != 3)
			return drop(input, n);
		return mouse(input, n, now, key, value[0], value[1], value[2], letter == 'M');
	}
	int count = parameters(s + 2, n - 3, value);
	if (letter == '~' && value[0] == 200 && count == 1) {
		input->state = INPUT_PASTE;
		input->paste_len = 0;
		return drop(input, n);
	}
	if (count == 0)
		return drop(input, n);
	if (letter == '~')
		return take(input, n, key, key_of_number(value[0]));
	if (letter == 'R' && n > 3) /* a cursor position report, not F3 */
		return drop(input, n);
	return take(input, n, key, letter == 'M' ? KEY_CODE_NONE : key_of_letter(letter));
}

static enum step escape(struct input *input, const char *s, size_t n, long now, struct key *key)
{
	if (n == 1)
		return STEP_MORE;
	if (s[1] == 'O') {
		if (n == 2)
			return STEP_MORE;
		return s[2] >= 0x40 && s[2] <= 0x7e ? take(input, 3, key, key_of_letter(s[2]))
						    : drop(input, 2);
	}
	if (memchr("]P_^X", s[1], 5)) {
		input->state = INPUT_STRING;
		return drop(input, 2);
	}
	if (s[1] != '[') /* Esc, and then another key */
		return take(input, 1, key, ESC);
	if (n == 2)
		return STEP_MORE;
	if (s[2] == '[') /* function keys of the Linux console */
		return n == 3 ? STEP_MORE
		       : s[3] >= 'A' && s[3] <= 'E'
			       ? take(input, 4, key, KEY_CODE_F1 + (uint32_t)(s[3] - 'A'))
			       : drop(input, 3);
	if (s[2] == 'M') { /* the old form of mouse reports */
		if (n < 6)
			return STEP_MORE;
		const unsigned char *b = (const unsigned char *)s + 3;
		return mouse(input, 6, now, key, b[0] - 32, b[1] - 32, b[2] - 32,
			     ((b[0] - 32) & 3) != 3);
	}
	for (size_t i = 2; i < n; i++) {
		unsigned char byte = (unsigned char)s[i];
		if (byte >= 0x40 && byte <= 0x7e)
			return control_sequence(input, s, i + 1, now, key);
		if (byte < 0x20 || byte > 0x7e) /* broken off */
			return drop(input, i);
		if (i == SEQUENCE_LONGEST) {
			input->state = INPUT_SKIP;
			return drop(input, i);
		}
	}
	return STEP_MORE;
}

/* Strict UTF-8; what is not, and C1 controls, are dropped. */
static enum step character(struct input *input, const unsigned char *s, size_t n, struct key *key)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
			: s[0] >= 0xe0		     ? 3
			: s[0] >= 0xc2		     ? 2
						     : 0;

	if (!input->utf8 || s[0] > 0xf4 || length == 0)
		return drop(input, 1);
	uint32_t code = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (i == n)
			return STEP_MORE;
		if ((s[i] & 0xc0) != 0x80)
			return drop(input, i);
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[length] || code < 0xa0 || (code >= 0xd800 && code < 0xe000) ||
	    code > 0x10ffff)
		return drop(input, length);
	return take(input, length, key, code);
}

static enum step ground(struct input *input, const char *s, size_t n, long now, struct key *key)
{
	unsigned char byte = (unsigned char)s[0];

	if (byte == ESC)
		return escape(input, s, n, now, key);
	if (byte >= 0x80)
		return character(input, (const unsigned char *)s, n, key);
	if (byte == '\n')
		byte = '\r';
	if (byte == '\b')
		byte = 0x7f;
	if (byte == 0 || (byte > 26 && byte < ' '))
		return drop(input, 1);
	return take(input, 1, key, byte);
}

static enum step paste_done(struct input *input, struct key *key)
{
	input->state = INPUT_GROUND;
	*key = (struct key){ .code = KEY_CODE_PASTE, .paste = input->paste,
			     .paste_len = input->paste_len };
	return STEP_KEY;
}

static enum step paste(struct input *input, const char *s, size_t n, struct key *key)
{
	static const char end[] = "\x1b[201~";
	const size_t end_len = sizeof(end) - 1;

	for (size_t i = 0; i < n; i++) {
		size_t left = n - i < end_len ? n - i : end_len;
		if (memcmp(s + i, end, left) == 0) {
			input->first += i;
			if (left < end_len)
				return STEP_MORE;
			input->first += end_len;
			return paste_done(input, key);
		}
		if (input->paste_len < sizeof(input->paste))
			input->paste[input->paste_len++] = s[i];
	}
	return drop(input, n);
}

/* Until BEL or ESC \; an ESC of anything else begins something new. */
static enum step string(struct input *input, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == ESC && i + 1 == n) {
			input->first += i;
			return STEP_MORE;
		}
		if (s[i] == '\a' || s[i] == ESC) {
			input->state = INPUT_GROUND;
			return drop(input, s[i] == '\a' ? i + 1 : s[i + 1] == '\\' ? i + 2 : i);
		}
	}
	return drop(input, n);
}

static enum step skip(struct input *input, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] >= 0x20 && s[i] < 0x40)
			continue;
		input->state = INPUT_GROUND;
		return drop(input, s[i] >= 0x40 && s[i] < 0x7f ? i + 1 : i);
	}
	return drop(input, n);
}

bool input_next(struct input *input, long now, struct key *key)
{
	while (input->first < input->end) {
		const char *s = input->bytes + input->first;
		size_t n = input->end - input->first;
		enum step step = input->state == INPUT_PASTE	? paste(input, s, n, key)
				 : input->state == INPUT_STRING ? string(input, s, n)
				 : input->state == INPUT_SKIP	? skip(input, s, n)
								: ground(input, s, n, now, key);
		if (step == STEP_KEY)
			return true;
		if (step == STEP_MORE)
			return false;
	}
	return false;
}

int input_wait(const struct input *input)
{
	size_t n = input->end - input->first;

	if (input->state == INPUT_PASTE)
		return PASTE_WAIT;
	if (input->state != INPUT_GROUND)
		return SEQUENCE_WAIT;
	if (n == 0)
		return -1;
	return n == 1 && input->bytes[input->first] == ESC ? ESCAPE_WAIT : SEQUENCE_WAIT;
}

bool input_timeout(struct input *input, struct key *key)
{
	size_t n = input->end - input->first;
	bool alone = n == 1 && input->bytes[input->first] == ESC;

	input->first = input->end = 0;
	if (input->state == INPUT_PASTE)
		return paste_done(input, key) == STEP_KEY;
	bool esc = alone && input->state == INPUT_GROUND;
	input->state = INPUT_GROUND;
	if (esc)
		*key = (struct key){ .code = ESC };
	return esc;
}
