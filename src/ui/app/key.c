#include "ui/app/key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <mtui/gate.h>
#include <mtui/text.h>

struct named_key {
	const char *name;
	uint32_t code;
};

/* The first name of a code is the one that is shown. */
static const struct named_key named_keys[] = {
	{ "Enter", 13 },
	{ "Esc", 27 },
	{ "Tab", 9 },
	{ "BackTab", KEY_CODE_BACK_TAB },
	{ "Up", KEY_CODE_UP },
	{ "Down", KEY_CODE_DOWN },
	{ "Left", KEY_CODE_LEFT },
	{ "Right", KEY_CODE_RIGHT },
	{ "PgUp", KEY_CODE_PAGE_UP },
	{ "PgDn", KEY_CODE_PAGE_DOWN },
	{ "Home", KEY_CODE_HOME },
	{ "End", KEY_CODE_END },
	{ "Space", ' ' },
	{ "Backspace", 127 },
	{ "Delete", KEY_CODE_DELETE },
	{ "lt", '<' },
};

#define N_NAMED_KEYS (sizeof named_keys / sizeof named_keys[0])

static bool same_name(const char *name, size_t len, const char *candidate)
{
	return strlen(candidate) == len && strncasecmp(name, candidate, len) == 0;
}

/* The code of what stands between < and >, or KEY_CODE_NONE. */
static uint32_t code_named(const char *name, size_t len)
{
	for (size_t i = 0; i < N_NAMED_KEYS; i++)
		if (same_name(name, len, named_keys[i].name))
			return named_keys[i].code;
	if (len == 3 && (name[0] == 'C' || name[0] == 'c') && name[1] == '-') {
		char letter = (char)(name[2] | 0x20);

		return letter >= 'a' && letter <= 'z' ? (uint32_t)(letter - 'a' + 1)
						      : KEY_CODE_NONE;
	}
	for (unsigned n = 1; n <= 12; n++) {
		char function[8];

		snprintf(function, sizeof function, "F%u", n);
		if (same_name(name, len, function))
			return KEY_CODE_F1 + n - 1;
	}
	return KEY_CODE_NONE;
}

static bool parse_name(const char **script, struct key *key, struct error *err)
{
	const char *name = *script + 1;
	size_t len = strcspn(name, "<> ");
	char shown[32];

	key->code = name[len] == '>' ? code_named(name, len) : (uint32_t)KEY_CODE_NONE;
	if (key->code == KEY_CODE_NONE) {
		gate_text(GATE_UNICODE, shown, sizeof shown, 16, (struct text){ name, len });
		return error_set(err, ERROR_USAGE, -1,
				 "unknown key <%s>; the character '<' is written <lt>", shown);
	}
	*script = name + len + 1;
	return true;
}

bool key_parse(const char **script, struct key *key, struct error *err)
{
	struct gate_glyph glyph;
	size_t len = strnlen(*script, 16);

	*key = (struct key){ .code = KEY_CODE_NONE };
	if (!len)
		return true;
	if (**script == '<')
		return parse_name(script, key, err);
	if ((unsigned char)**script < 0x20 || **script == 0x7f)
		return error_set(err, ERROR_USAGE, -1,
				 "a control character in the keys: write <C-a>, <Enter>, <Tab>");
	if ((unsigned char)**script < 0x80) {
		key->code = (unsigned char)*(*script)++;
		return true;
	}
	size_t used = gate_next(GATE_UNICODE, *script, len, &glyph);

	if (glyph.escaped)
		return error_set(err, ERROR_USAGE, -1,
				 "a byte in the keys that is no character: %s", glyph.escape);
	key->code = glyph.code[0];
	*script += used;
	return true;
}

char *key_name(uint32_t code, char buffer[16])
{
	for (size_t i = 0; i < N_NAMED_KEYS; i++) {
		if (named_keys[i].code != code || code == '<')
			continue;
		snprintf(buffer, 16, "%s", named_keys[i].name);
		return buffer;
	}
	if (code >= 1 && code <= 26)
		snprintf(buffer, 16, "C-%c", (int)('a' + code - 1));
	else if (code >= KEY_CODE_F1 && code <= KEY_CODE_F12)
		snprintf(buffer, 16, "F%u", (unsigned)(code - KEY_CODE_F1 + 1));
	else if (code >= KEY_CODE_NONE || code < 0x20)
		buffer[0] = '\0';
	else
		buffer[gate_encode(code, buffer)] = '\0';
	return buffer;
}
