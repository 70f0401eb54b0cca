#include "ui/tui/terminfo.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void terminfo_keep_palette(void)
{
	char *reset = tigetstr("oc");

	if (reset && reset != (char *)-1)
		reset[0] = '\0'; /* the text is curses' own; setting the pointer would not reach it */
}

static void cut(char *string, const char *part)
{
	char *at = strstr(string, part);

	if (at)
		memmove(at, at + strlen(part), strlen(at + strlen(part)) + 1);
}

void terminfo_keep_charset(FILE *out)
{
	static const char *const names[] = { "sgr", "sgr0" };
	/* As descriptions write it: in sgr a choice between two, in sgr0 alone. */
	static const char *const parts[] = {
		"%?%p9%t\033(0%e\033(B%;", "%?%p9%t\016%e\017%;", "\033(B", "\017",
	};
	char plain[16];

	terminfo_string("rmacs", plain, sizeof(plain));
	fputs(plain, out);
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		char *string = tigetstr(names[n]);

		if (!string || string == (char *)-1)
			continue;
		for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
			cut(string, parts[p]);
	}
}

/* curses trusts the extended part of a description (and dies of a broken one), so it is read only
 * from where the system keeps them. It saves a few bytes a frame, no more. */
static bool is_from_system(void)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	if (getenv("TERMINFO") || getenv("TERMINFO_DIRS"))
		return false;
	if (!home)
		return true;
	int n = snprintf(path, sizeof(path), "%s/.terminfo", home);
	return n < (int)sizeof(path) && access(path, F_OK) != 0;
}

bool terminfo_check(int fd, struct error *err)
{
	const char *term = getenv("TERM");
	const char *trouble = NULL;
	int status;

	if (!term || !term[0])
		return error_set(err, ERROR_TERMINAL, -1, "TERM is not set; try --export=text");
	use_extended_names(is_from_system());
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
