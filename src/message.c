#include "message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_COLUMNS 400
#define NAME_COLUMNS	200
#define NAME_LEAST	20

int message_error(enum gate_mode mode, const char *name, const struct error *err)
{
	char line[MESSAGE_COLUMNS * 12 + 1], shown[NAME_COLUMNS * 12 + 1] = "", where[32] = "";
	size_t taken = gate_width(mode, text_from(err->message), MESSAGE_COLUMNS);
	size_t columns = 0;

	if (err->offset >= 0)
		snprintf(where, sizeof where, "byte 0x%" PRIx64 ": ", (uint64_t)err->offset);
	taken += strlen("mtui: : ") + strlen(where);
	if (name) {
		columns = taken + NAME_LEAST < MESSAGE_COLUMNS ? MESSAGE_COLUMNS - taken : NAME_LEAST;
		if (columns > NAME_COLUMNS)
			columns = NAME_COLUMNS;
		columns = gate_text(mode, shown, sizeof shown, columns, text_from(name));
	}
	taken = strlen("mtui: : ") + strlen(where) + columns;
	gate_text(mode, line, sizeof line, MESSAGE_COLUMNS - taken, text_from(err->message));
	/* One write a line: messages of several processes do not mix. */
	fprintf(stderr, "mtui: %s%s%s%s\n", shown, name ? ": " : "", where, line);
	return error_exit_status(err->code);
}
