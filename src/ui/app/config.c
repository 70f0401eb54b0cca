#include "ui/app/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <mtui/gate.h>
#include <mtui/json.h>
#include <mtui/limits.h>

/* Names of the scopes in the "keys" object. */
static const char *const scope_names[SCOPE_COUNT] = {
	[SCOPE_GENERAL] = "general", [SCOPE_TREE] = "tree",	[SCOPE_WEIGHTS] = "weights",
	[SCOPE_QUANT] = "quant",     [SCOPE_VALUES] = "values",
	[SCOPE_CHANNELS] = "channels", [SCOPE_PICTURE] = "picture", [SCOPE_GRAPH] = "graph", [SCOPE_COST] = "cost", [SCOPE_CURVES] = "curves", [SCOPE_PROMPT] = "prompt",
};

/* A word of the file as part of a message. */
struct shown {
	char text[48];
};

static struct shown shown(const char *word)
{
	struct shown result;

	gate_text(GATE_UNICODE, result.text, sizeof result.text, 32, text_from(word ? word : ""));
	return result;
}

static bool read_scope(struct keymap *keymap, enum command_scope scope, const struct json *keys,
		       struct error *err)
{
	for (const struct json *item = json_first(keys); item; item = json_next(item)) {
		enum command command = command_named(text_from(json_key(item)));
		struct error cause;

		if (!command)
			return error_set(err, ERROR_USAGE, -1, "keys.%s: unknown command \"%s\"",
					 scope_names[scope], shown(json_key(item)).text);
		if (!json_is_string(item))
			return error_set(err, ERROR_USAGE, -1,
					 "keys.%s.%s: expected keys, \"j <Down>\"",
					 scope_names[scope], commands[command].name);
		if (!keymap_bind(keymap, scope, json_string(item), command, &cause))
			return error_set(err, ERROR_USAGE, -1, "keys.%s.%s: %s", scope_names[scope],
					 commands[command].name, cause.message);
	}
	return true;
}

static bool read_keys(struct keymap *keymap, const struct json *keys, struct error *err)
{
	if (!json_is_object(keys))
		return error_set(err, ERROR_USAGE, -1, "\"keys\" is not an object");
	for (const struct json *item = json_first(keys); item; item = json_next(item)) {
		unsigned scope = 0;

		while (scope < SCOPE_PROMPT && strcmp(scope_names[scope], json_key(item)) != 0)
			scope++;
		if (scope == SCOPE_PROMPT || !json_is_object(item))
			return error_set(
				err, ERROR_USAGE, -1,
				"keys.%s: expected general, tree, weights, quant, values, channels, picture, "
				"cost or curves, each an object",
				shown(json_key(item)).text);
		if (!read_scope(keymap, scope, item, err))
			return false;
	}
	return true;
}

static bool read_member(struct config *config, const struct json *item, struct error *err)
{
	const char *key = json_key(item), *string = json_string(item);

	if (strcmp(key, "theme") == 0) {
		if (!string || strlen(string) >= sizeof config->theme)
			return error_set(err, ERROR_USAGE, -1,
					 "\"theme\" is not the name of a theme");
		strcpy(config->theme, string);
		return true;
	}
	if (strcmp(key, "glyphs") == 0) {
		config->glyphs = string ? glyphs_named(string) : NULL;
		return config->glyphs || error_set(err, ERROR_USAGE, -1,
						   "\"glyphs\" is not ascii, blocks or braille");
	}
	if (strcmp(key, "mouse") == 0) {
		config->mouse = json_bool(item, true);
		return json_is_bool(item) ||
		       error_set(err, ERROR_USAGE, -1, "\"mouse\" is not true or false");
	}
	if (strcmp(key, "keys") == 0)
		return read_keys(&config->keymap, item, err);
	return error_set(err, ERROR_USAGE, -1,
			 "unknown key \"%s\"; known are theme, glyphs, mouse, keys",
			 shown(key).text);
}

static bool read_config(struct config *config, const struct json *root, struct error *err)
{
	if (!json_is_object(root))
		return error_set(err, ERROR_MALFORMED, -1, "not a JSON object");
	for (const struct json *item = json_first(root); item; item = json_next(item))
		if (!read_member(config, item, err))
			return false;
	return true;
}

static void config_default(struct config *config)
{
	memset(config, 0, sizeof *config);
	config->mouse = true;
	keymap_default(&config->keymap);
}

/* False where the environment names no place. A relative one does not count (XDG base directory
 * specification). */
static bool config_path(char *path, size_t size)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int len = -1;

	if (base && base[0] == '/')
		len = snprintf(path, size, "%s/mtui/config.json", base);
	else if (home && home[0] == '/')
		len = snprintf(path, size, "%s/.config/mtui/config.json", home);
	return len >= 0 && (size_t)len < size;
}

bool config_load(struct config *config, struct error *err)
{
	char path[PATH_MAX], name[80], place[32] = "";
	struct json *root;
	struct error cause = { .offset = -1 };
	struct stat status;
	bool ok;

	config_default(config);
	if (!config_path(path, sizeof path) ||
	    (lstat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)))
		return true;
	root = json_read(path, LIMIT_CONFIG_BYTES, &cause);
	ok = root && read_config(config, root, &cause);
	json_free(root);
	if (ok)
		return true;
	config_default(config);
	gate_text(GATE_UNICODE, name, sizeof name, 64, text_from(path));
	if (cause.offset >= 0)
		snprintf(place, sizeof place, "byte 0x%llx: ", (unsigned long long)cause.offset);
	return error_set(err, cause.code, -1, "%s: %s%s; using the defaults", name, place,
			 cause.message);
}
