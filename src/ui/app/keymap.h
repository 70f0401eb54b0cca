/* Which key is which command: defaults from the command list, changed by the configuration. */
#ifndef APP_KEYMAP_H
#define APP_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>

#include "ui/views/command.h"

struct keymap_entry {
	uint32_t code;
	enum command_scope scope;
	enum command command;
};

struct keymap {
	struct keymap_entry entries[256];
	unsigned count;
};

void keymap_default(struct keymap *keymap);

/* Binds keys (as in command.h) to a command, replacing what they did in that scope. */
bool keymap_bind(struct keymap *keymap, enum command_scope scope, const char *keys,
		 enum command command, struct error *err);

/* The command of a key: in the view's scope first, then in the general one. */
enum command keymap_find(const struct keymap *keymap, enum command_scope scope, uint32_t code);

/* The first key of a command, KEY_CODE_NONE (see key.h) if it has none. */
uint32_t keymap_first(const struct keymap *keymap, enum command command);

/* The keys of a command as help shows them, "j Down", in a buffer; "" if it has none. */
char *keymap_keys(const struct keymap *keymap, enum command command, char *buffer, unsigned size);

#endif
