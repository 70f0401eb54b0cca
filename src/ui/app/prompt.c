#include "ui/app/prompt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#define CONTROL(letter) ((letter)&0x1f)

void prompt_open(struct prompt *prompt, enum command command, const char *text, bool proposed)
{
	prompt->command = command;
	prompt->at = prompt->n_lines;
	prompt_set(prompt, text_from(text));
	prompt->proposed = proposed && prompt->len > 0;
}

static void remember(struct prompt *prompt)
{
	struct prompt_line *newest = prompt->n_lines ? &prompt->lines[prompt->n_lines - 1] : NULL;
	char *copy;

	if (!prompt->len || (newest && newest->command == prompt->command &&
			     strcmp(newest->text, prompt->text) == 0))
		return;
	copy = strdup(prompt->text);
	if (!copy)
		return;
	if (prompt->n_lines == PROMPT_LINES) {
		free(prompt->lines[0].text);
		memmove(prompt->lines, prompt->lines + 1,
			(PROMPT_LINES - 1) * sizeof prompt->lines[0]);
		prompt->n_lines--;
	}
	prompt->lines[prompt->n_lines++] = (struct prompt_line){ prompt->command, copy };
}

void prompt_close(struct prompt *prompt, bool keep)
{
	if (keep)
		remember(prompt);
	prompt->command = COMMAND_NONE;
	prompt->len = prompt->cursor = 0;
	prompt->text[0] = '\0';
}

void prompt_free(struct prompt *prompt)
{
	for (unsigned i = 0; i < prompt->n_lines; i++)
		free(prompt->lines[i].text);
	prompt->n_lines = 0;
}

/* Bytes of the character at a position. */
static size_t step_right(const struct prompt *prompt, size_t at)
{
	struct gate_glyph glyph;

	return at < prompt->len
		       ? gate_next(GATE_UNICODE, prompt->text + at, prompt->len - at, &glyph)
		       : 0;
}

/* Where the character before a position begins. */
static size_t step_left(const struct prompt *prompt, size_t at)
{
	size_t from = 0, next;

	/* A glyph takes few bytes, except a base with a pile of marks: look back far enough. */
	if (at > 64)
		from = at - 64;
	while (from > 0 && from < at && ((unsigned char)prompt->text[from] & 0xc0) == 0x80)
		from++;
	while ((next = from + step_right(prompt, from)) < at)
		from = next;
	return at ? from : 0;
}

static void erase(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, prompt->len - to + 1);
	prompt->len -= to - from;
	prompt->cursor = from;
}

static bool insert(struct prompt *prompt, const char *bytes, size_t len)
{
	size_t room = LIMIT_PASTE - prompt->len;

	if (len > room) {
		len = room;
		while (len > 0 && ((unsigned char)bytes[len] & 0xc0) == 0x80)
			len--;
	}
	memmove(prompt->text + prompt->cursor + len, prompt->text + prompt->cursor,
		prompt->len - prompt->cursor + 1);
	memcpy(prompt->text + prompt->cursor, bytes, len);
	prompt->len += len;
	prompt->cursor += len;
	return len > 0;
}

void prompt_set(struct prompt *prompt, struct text text)
{
	prompt->len = prompt->cursor = 0;
	prompt->text[0] = '\0';
	insert(prompt, text.data, text.len);
}

/* A paste is text, whatever it holds: no key is run. A line end ends it. */
static enum prompt_result paste(struct prompt *prompt, const char *bytes, size_t len)
{
	size_t end = 0;

	while (end < len && end < LIMIT_PASTE && bytes[end] != '\n' && bytes[end] != '\r' &&
	       bytes[end] != '\0')
		end++;
	return insert(prompt, bytes, end) ? PROMPT_EDITED : PROMPT_NOTHING;
}

static enum prompt_result erase_word(struct prompt *prompt)
{
	size_t from = prompt->cursor;

	while (from > 0 && strchr(" /.", prompt->text[from - 1]))
		from--;
	while (from > 0 && !strchr(" /.", prompt->text[from - 1]))
		from--;
	if (from == prompt->cursor)
		return PROMPT_NOTHING;
	erase(prompt, from, prompt->cursor);
	return PROMPT_EDITED;
}

/* The next line of this command's history that way. */
static enum prompt_result recall(struct prompt *prompt, bool older)
{
	unsigned at = prompt->at;

	if (prompt->at == prompt->n_lines)
		memcpy(prompt->draft, prompt->text, prompt->len + 1);
	do {
		if (older ? at == 0 : at == prompt->n_lines)
			return PROMPT_NOTHING;
		at = older ? at - 1 : at + 1;
	} while (at < prompt->n_lines && prompt->lines[at].command != prompt->command);
	prompt->at = at;
	prompt_set(prompt,
		   text_from(at < prompt->n_lines ? prompt->lines[at].text : prompt->draft));
	return PROMPT_EDITED;
}

static enum prompt_result move(struct prompt *prompt, size_t to)
{
	prompt->cursor = to;
	return PROMPT_MOVED;
}

static enum prompt_result erase_to(struct prompt *prompt, size_t from, size_t to)
{
	if (from == to)
		return PROMPT_NOTHING;
	erase(prompt, from, to);
	return PROMPT_EDITED;
}

static enum prompt_result type(struct prompt *prompt, uint32_t code)
{
	char bytes[4];

	if (code < 0x20 || code >= KEY_CODE_NONE)
		return PROMPT_NOTHING;
	size_t len = gate_encode(code, bytes);
	if (prompt->len + len > LIMIT_PASTE)
		return PROMPT_NOTHING;
	insert(prompt, bytes, len);
	return PROMPT_EDITED;
}

/* A character or a paste takes the place of a proposal, erasing erases it; other keys make it a text
 * like any other. */
static bool replaces(uint32_t code)
{
	return code == KEY_CODE_PASTE || code == CONTROL('h') || code == 127 ||
	       (code >= 0x20 && code < KEY_CODE_NONE);
}

enum prompt_result prompt_key(struct prompt *prompt, const struct key *key)
{
	size_t cursor = prompt->cursor;
	bool proposed = prompt->proposed;

	prompt->proposed = false;
	if (proposed && replaces(key->code)) {
		prompt_set(prompt, TEXT(""));
		cursor = 0;
		if (key->code == 127 || key->code == CONTROL('h'))
			return PROMPT_EDITED;
	}

	switch (key->code) {
	case CONTROL('m'):
	case CONTROL('j'):
		return PROMPT_ACCEPTED;
	case 27:
	case CONTROL('c'):
	case CONTROL('g'):
		return PROMPT_CANCELLED;
	case CONTROL('i'):
		return PROMPT_NEXT;
	case KEY_CODE_BACK_TAB:
		return PROMPT_PREVIOUS;
	case KEY_CODE_LEFT:
	case CONTROL('b'):
		return move(prompt, step_left(prompt, cursor));
	case KEY_CODE_RIGHT:
	case CONTROL('f'):
		return move(prompt, cursor + step_right(prompt, cursor));
	case KEY_CODE_HOME:
	case CONTROL('a'):
		return move(prompt, 0);
	case KEY_CODE_END:
	case CONTROL('e'):
		return move(prompt, prompt->len);
	case KEY_CODE_UP:
	case CONTROL('p'):
		return recall(prompt, true);
	case KEY_CODE_DOWN:
	case CONTROL('n'):
		return recall(prompt, false);
	case 127:
	case CONTROL('h'):
		if (!prompt->len)
			return PROMPT_CANCELLED;
		return erase_to(prompt, step_left(prompt, cursor), cursor);
	case KEY_CODE_DELETE:
	case CONTROL('d'):
		return erase_to(prompt, cursor, cursor + step_right(prompt, cursor));
	case CONTROL('u'):
		return erase_to(prompt, 0, cursor);
	case CONTROL('k'):
		return erase_to(prompt, cursor, prompt->len);
	case CONTROL('w'):
		return erase_word(prompt);
	case KEY_CODE_PASTE:
		return paste(prompt, key->paste, key->paste_len);
	default:
		return type(prompt, key->code);
	}
}
