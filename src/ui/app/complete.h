/* Completion of what is typed: command names and the words their arguments can be. */
#ifndef APP_COMPLETE_H
#define APP_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/text.h>

#include "ui/views/command.h"
#include "ui/views/view.h"

#define COMPLETE_MAX 512 /* bytes of a line that is completed */

/* Tab after Tab cycles through the candidates of what was typed before the first. */
struct completion {
	bool active;
	int index;
	char stem[COMPLETE_MAX];
};

/* What there is to choose from. */
struct complete_words {
	const struct view_context *context;
	const struct view_ops *tree, *tab; /* tab: the one shown */
};

/* The index-th line that the typed line can become, counting round from
 * either end; false when there is none.
 * command: whose argument is typed, COMMAND_COMMAND for a whole command line. */
bool complete_line(const struct complete_words *words, enum command command, struct text typed,
		   int index, char *line, size_t size);

/* What could be typed next, dim behind the cursor: the rest of the only command it can be, its
 * argument, its help. "" if there is nothing to say. */
void complete_hint(enum command command, struct text typed, char *hint, size_t size);

#endif
