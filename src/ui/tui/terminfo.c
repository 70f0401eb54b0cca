#include "ui/tui/terminfo.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

/* last: they define short words ("columns") as macros */
#include <curses.h>
#include <term.h>

enum { SIZE_SENSIBLE = 4000 };

void terminfo_string(const char *name, char *out, size_t size)
{
	const char *s = tigetstr(name);
	size_t n = 0;

	if (s == (const char *)-1)
		s = NULL;
	while (s && *s && n + 1 < size) {
		const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
		if (end)
			s = end + 1;
		else
			out[n++] = *s++;
	}
	out[n] = '\0';
}

bool terminfo_has(const char *name)
{
	char value[8];

	terminfo_string(name, value, sizeof(value));
	return value[0] != '\0';
}

bool terminfo_check(int fd, struct error *err)
{
	const char *term = getenv("TERM");
	const char *trouble = NULL;
	int status;

	if (!term || !term[0])
		return error_set(err, ERROR_TERMINAL, -1, "TERM is not set; try --export=text");
	if (setupterm(term, fd, &status) != OK) {
		trouble = "is unknown";
	} else {
		if (!terminfo_has("cup"))
			trouble = "cannot place its cursor";
		else if (tigetnum("lines") > SIZE_SENSIBLE || tigetnum("cols") > SIZE_SENSIBLE)
			trouble = "has a broken description"; /* curses would allocate that much */
		del_curterm(cur_term);
	}
	if (!trouble)
		return true;
	char shown[64];
	gate_text(GATE_ASCII, shown, sizeof(shown), 40, text_from(term));
	return error_set(err, ERROR_TERMINAL, -1, "the terminal \"%s\" %s; try --export=text", shown,
			 trouble);
}
