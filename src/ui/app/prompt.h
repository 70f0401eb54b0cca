/* A line that is being typed: editing, history, paste. Knows nothing of what it is for. */
#ifndef APP_PROMPT_H
#define APP_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/limits.h>
#include <mtui/text.h>

#include "ui/app/key.h"
#include "ui/views/command.h"

#define PROMPT_LINES 64 /* kept for Up and Down, over all prompts */

struct prompt_line {
	enum command command;
	char *text;
};

struct prompt {
	enum command command; /* whose argument is typed; COMMAND_NONE: not open */
	size_t len, cursor;   /* bytes */
	bool proposed;	      /* nobody has touched the text: typing replaces it */
	char text[LIMIT_PASTE + 1];  /* NUL-terminated; may hold any bytes but NUL */
	char draft[LIMIT_PASTE + 1]; /* what was typed before Up went into the history */
	struct prompt_line lines[PROMPT_LINES]; /* oldest first */
	unsigned n_lines;
	unsigned at;		     /* line shown; n_lines: none of them */
};

enum prompt_result {
	PROMPT_NOTHING,
	PROMPT_MOVED,	/* cursor only */
	PROMPT_EDITED,
	PROMPT_ACCEPTED, /* Enter; the prompt is still open */
	PROMPT_CANCELLED,
	PROMPT_NEXT,	 /* Tab: complete */
	PROMPT_PREVIOUS, /* BackTab */
};

/* With a text that is there to be edited, or one that is only proposed. */
void prompt_open(struct prompt *prompt, enum command command, const char *text, bool proposed);

/* Closes; with `remember` the line goes into the history. */
void prompt_close(struct prompt *prompt, bool remember);
void prompt_free(struct prompt *prompt);

/* Replaces the line, cursor at its end; cut at LIMIT_PASTE bytes, at a character. */
void prompt_set(struct prompt *prompt, struct text text);

enum prompt_result prompt_key(struct prompt *prompt, const struct key *key);

static inline struct text prompt_text(const struct prompt *prompt)
{
	return (struct text){ prompt->text, prompt->len };
}

#endif
