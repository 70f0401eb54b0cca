#include "ui/views/command.h"

const struct command_info commands[COMMAND_COUNT] = {
	[COMMAND_NONE] = { "", "", SCOPE_GENERAL, "", "" },
#define X(id, name, argument, scope, keys, help) [id] = { name, argument, scope, keys, help },
	COMMANDS(X)
#undef X
};

enum command command_named(struct text name)
{
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++)
		if (text_is(name, commands[command].name))
			return command;
	return COMMAND_NONE;
}
