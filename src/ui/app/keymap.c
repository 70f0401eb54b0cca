#include "ui/app/keymap.h"

#include <stdio.h>
#include <string.h>

#include "ui/app/key.h"

#define KEYMAP_MAX (sizeof((struct keymap *)0)->entries / sizeof(struct keymap_entry))

static void unbind(struct keymap *keymap, enum command_scope scope, uint32_t code)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < keymap->count; i++) {
		struct keymap_entry entry = keymap->entries[i];

		if (entry.scope != scope || entry.code != code)
			keymap->entries[kept++] = entry;
	}
	keymap->count = kept;
}

bool keymap_bind(struct keymap *keymap, enum command_scope scope, const char *keys,
		 enum command command, struct error *err)
{
	struct key key;

	for (;;) {
		keys += strspn(keys, " ");
		if (!key_parse(&keys, &key, err))
			return false;
		if (key.code == KEY_CODE_NONE)
			return true;
		unbind(keymap, scope, key.code);
		if (keymap->count == KEYMAP_MAX)
			return error_set(err, ERROR_REFUSED, -1, "more than %zu keys are bound",
					 KEYMAP_MAX);
		keymap->entries[keymap->count++] =
			(struct keymap_entry){ key.code, scope, command };
	}
}

void keymap_default(struct keymap *keymap)
{
	keymap->count = 0;
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++)
		keymap_bind(keymap, commands[command].scope, commands[command].keys, command, NULL);
}

static enum command find_in(const struct keymap *keymap, enum command_scope scope, uint32_t code)
{
	for (unsigned i = 0; i < keymap->count; i++) {
		const struct keymap_entry *entry = &keymap->entries[i];

		if (entry->scope == scope && entry->code == code)
			return entry->command;
	}
	return COMMAND_NONE;
}

enum command keymap_find(const struct keymap *keymap, enum command_scope scope, uint32_t code)
{
	enum command command = COMMAND_NONE;

	if (scope != SCOPE_GENERAL)
		command = find_in(keymap, scope, code);
	return command ? command : find_in(keymap, SCOPE_GENERAL, code);
}

uint32_t keymap_first(const struct keymap *keymap, enum command command)
{
	for (unsigned i = 0; i < keymap->count; i++)
		if (keymap->entries[i].command == command)
			return keymap->entries[i].code;
	return KEY_CODE_NONE;
}

char *keymap_keys(const struct keymap *keymap, enum command command, char *buffer, unsigned size)
{
	unsigned used = 0;

	if (size)
		buffer[0] = '\0';
	for (unsigned i = 0; i < keymap->count; i++) {
		char name[16];

		if (keymap->entries[i].command != command)
			continue;
		key_name(keymap->entries[i].code, name);
		if (used + (used > 0) + strlen(name) + 1 > size)
			break;
		used += (unsigned)snprintf(buffer + used, size - used, "%s%s", used ? " " : "",
					   name);
	}
	return buffer;
}
