/*
 * A theme file:
 *
 *	{ "title": "…", "glyphs": "braille", "colours": { "blue": "#5fafff", … },
 *	  "roles": { "accent": { "fore": "blue", "bold": true }, … },
 *	  "selected": { … }, "focused": { … } }
 *
 * A colour is "#rrggbb", "default" (the terminal's own) or a name out of "colours". A role that is
 * not mentioned, or does not set a colour, looks like "normal". Unknown words are errors: a typing
 * mistake should not pass as a theme that looks odd.
 */
#include "ui/app/theme.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mtui/gate.h>
#include <mtui/json.h>
#include <mtui/limits.h>

/* themes/dark.json, made into a string by the build */
extern const char theme_dark_json[];

struct parse {
	const struct json *colours; /* NULL if there are none */
	struct error *err;
};

static bool refuse(const struct parse *parse, const char *where, const char *what,
		   const char *found)
{
	char shown_where[80], shown_found[80];

	gate_text(GATE_UNICODE, shown_where, sizeof(shown_where), 32, text_from(where));
	gate_text(GATE_UNICODE, shown_found, sizeof(shown_found), 32, text_from(found));
	return error_set(parse->err, ERROR_MALFORMED, -1, "\"%s\": %s \"%s\"", shown_where, what,
			 shown_found);
}

static bool parse_hex(const char *string, uint32_t *rgb)
{
	if (string[0] != '#' || strlen(string) != 7 ||
	    strspn(string + 1, "0123456789abcdefABCDEF") != 6)
		return false;
	*rgb = (uint32_t)strtoul(string + 1, NULL, 16);
	return true;
}

static bool parse_colour(const struct parse *parse, const char *where, const struct json *value,
			 uint32_t *rgb)
{
	const char *string = json_string(value);

	if (!string)
		return refuse(parse, where, "a colour is a string, found", "something else");
	if (strcmp(string, "default") == 0) {
		*rgb = THEME_DEFAULT_COLOUR;
		return true;
	}
	if (parse_hex(string, rgb))
		return true;
	const struct json *named = parse->colours ? json_get(parse->colours, string) : NULL;
	if (named && json_string(named) && parse_hex(json_string(named), rgb))
		return true;
	return refuse(parse, where, "not #rrggbb and not a name out of \"colours\":", string);
}

static bool parse_style(const struct parse *parse, const char *where, const struct json *object,
			struct style *style)
{
	if (!json_is_object(object))
		return refuse(parse, where, "a style is an object, found", "something else");
	for (const struct json *member = json_first(object); member; member = json_next(member)) {
		const char *key = json_key(member);
		bool *attribute = NULL;
		if (strcmp(key, "fore") == 0) {
			if (!parse_colour(parse, where, member, &style->fore))
				return false;
			continue;
		}
		if (strcmp(key, "back") == 0) {
			if (!parse_colour(parse, where, member, &style->back))
				return false;
			continue;
		}
		if (strcmp(key, "bold") == 0)
			attribute = &style->bold;
		else if (strcmp(key, "dim") == 0)
			attribute = &style->dim;
		else if (strcmp(key, "underline") == 0)
			attribute = &style->underline;
		else if (strcmp(key, "reverse") == 0)
			attribute = &style->reverse;
		else
			return refuse(parse, where, "unknown key", key);
		if (!json_is_bool(member))
			return refuse(parse, where, "is true or false:", key);
		*attribute = json_bool(member, false);
	}
	return true;
}

static int role_named(const char *name)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (strcmp(role_names[i], name) == 0)
			return i;
	return -1;
}

static bool parse_roles(const struct parse *parse, const struct json *roles, struct theme *theme)
{
	if (!json_is_object(roles))
		return refuse(parse, "roles", "is an object, found", "something else");
	const struct json *normal = json_get(roles, role_names[ROLE_NORMAL]);
	struct style *base = &theme->roles[ROLE_NORMAL];
	if (normal && !parse_style(parse, "normal", normal, base))
		return false;
	for (int i = 0; i < ROLE_COUNT; i++) {
		theme->roles[i].fore = base->fore;
		theme->roles[i].back = base->back;
	}
	for (const struct json *member = json_first(roles); member; member = json_next(member)) {
		int role = role_named(json_key(member));
		if (role < 0)
			return refuse(parse, "roles", "unknown role", json_key(member));
		if (role != ROLE_NORMAL &&
		    !parse_style(parse, json_key(member), member, &theme->roles[role]))
			return false;
	}
	return true;
}

static bool parse_word(const struct parse *parse, const struct json *member, char *out, size_t size)
{
	const char *string = json_string(member);

	if (!string)
		return refuse(parse, json_key(member), "is a string, found", "something else");
	gate_text(GATE_UNICODE, out, size, size, text_from(string));
	return true;
}

static void plain(struct theme *theme, const char *name)
{
	const struct style none = { .fore = THEME_DEFAULT_COLOUR, .back = THEME_DEFAULT_COLOUR };

	*theme = (struct theme){ .selected = none, .focused = none };
	for (int i = 0; i < ROLE_COUNT; i++)
		theme->roles[i] = none;
	gate_text(GATE_UNICODE, theme->name, sizeof(theme->name), sizeof(theme->name),
		  text_from(name));
}

static bool parse_theme(struct theme *theme, const char *name, const struct json *root,
			struct error *err)
{
	struct parse parse = { .err = err };

	plain(theme, name);
	if (!json_is_object(root))
		return error_set(err, ERROR_MALFORMED, -1, "a theme is a JSON object");
	parse.colours = json_get(root, "colours");
	if (parse.colours && !json_is_object(parse.colours))
		return refuse(&parse, "colours", "is an object, found", "something else");
	for (const struct json *member = json_first(root); member; member = json_next(member)) {
		const char *key = json_key(member);
		bool good;
		if (strcmp(key, "title") == 0)
			good = parse_word(&parse, member, theme->title, sizeof(theme->title));
		else if (strcmp(key, "roles") == 0)
			good = parse_roles(&parse, member, theme);
		else if (strcmp(key, "selected") == 0)
			good = parse_style(&parse, key, member, &theme->selected);
		else if (strcmp(key, "focused") == 0)
			good = parse_style(&parse, key, member, &theme->focused);
		else if (strcmp(key, "glyphs") == 0)
			good = parse_word(&parse, member, theme->glyphs, sizeof(theme->glyphs)) &&
			       (glyphs_named(theme->glyphs) ||
				refuse(&parse, key, "unknown glyph set", theme->glyphs));
		else
			good = strcmp(key, "colours") == 0 ||
			       refuse(&parse, "theme", "unknown key", key);
		if (!good)
			return false;
	}
	return true;
}

void theme_default(struct theme *theme)
{
	struct json *root = json_parse(theme_dark_json, strlen(theme_dark_json), NULL);

	if (!root || !parse_theme(theme, "dark", root, NULL))
		plain(theme, "dark");
	json_free(root);
}

/* The directories that hold themes, in the order they are looked at; false at the end. */
static bool theme_directory(int index, char *out, size_t size)
{
	static const char *const beside_program[] = { "../share/mtui/themes", "../themes",
						      "../../themes" };
	int length;

	if (index == 0) {
		const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
		if (config && config[0] == '/')
			length = snprintf(out, size, "%s/mtui/themes", config);
		else if (home && home[0] == '/')
			length = snprintf(out, size, "%s/.config/mtui/themes", home);
		else
			length = 0;
	} else if (index <= (int)(sizeof(beside_program) / sizeof(beside_program[0]))) {
		ssize_t n = readlink("/proc/self/exe", out, size);
		char *slash = n > 0 && (size_t)n < size ? memrchr(out, '/', (size_t)n) : NULL;
		size_t at = slash ? (size_t)(slash + 1 - out) : 0;
		length = slash ? snprintf(slash + 1, size - at, "%s", beside_program[index - 1]) : 0;
		length += (int)at;
	} else {
		return false;
	}
	if (length <= 0 || (size_t)length >= size)
		out[0] = '\0'; /* none; the caller goes on to the next */
	return true;
}

static bool load_file(struct theme *theme, const char *name, const char *path, struct error *err)
{
	struct json *root = json_read(path, LIMIT_CONFIG_BYTES, err);
	bool good = root && parse_theme(theme, name, root, err);

	json_free(root);
	return good;
}

static bool load_named(struct theme *theme, const char *name, struct error *err)
{
	char directory[PATH_MAX / 2], path[PATH_MAX];

	for (int i = 0; theme_directory(i, directory, sizeof(directory)); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s.json", directory, name);
		if (directory[0] && n < (int)sizeof(path) && access(path, F_OK) == 0)
			return load_file(theme, name, path, err);
	}
	if (strcmp(name, "dark") == 0) {
		theme_default(theme);
		return true;
	}
	return error_set(err, ERROR_USAGE, -1, "no theme of that name");
}

bool theme_load(struct theme *theme, const char *name, struct error *err)
{
	struct error cause = { .offset = -1 };
	char stem[NAME_MAX + 1], shown[160], place[32] = "";
	const char *slash = strrchr(name, '/');

	snprintf(stem, sizeof(stem), "%s", slash ? slash + 1 : name);
	size_t length = strlen(stem);
	if (slash && length > 5 && strcmp(stem + length - 5, ".json") == 0)
		stem[length - 5] = '\0';
	if (slash ? load_file(theme, stem, name, &cause) : load_named(theme, stem, &cause))
		return true;
	theme_default(theme);
	gate_text(GATE_UNICODE, shown, sizeof(shown), 40, text_from(name));
	if (cause.offset >= 0)
		snprintf(place, sizeof(place), "byte 0x%llx: ", (unsigned long long)cause.offset);
	return error_set(err, cause.code, -1, "theme %s: %s%s", shown, place, cause.message);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

#define THEMES_MAX 256

/* Adds the theme of a file name unless it is there already or the list is full. */
static void add_name(char **names, size_t *count, const char *file)
{
	size_t length = strlen(file);

	if (length <= 5 || strcmp(file + length - 5, ".json") != 0 || *count == THEMES_MAX)
		return;
	char *name = strndup(file, length - 5);
	if (!name)
		return;
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(names[i], name) == 0) {
			free(name);
			return;
		}
	}
	names[(*count)++] = name;
}

char **theme_names(void)
{
	char directory[PATH_MAX / 2];
	size_t count = 0;
	char **names = calloc(THEMES_MAX + 1, sizeof(*names));

	if (!names)
		return NULL;
	add_name(names, &count, "dark.json");
	for (int i = 0; theme_directory(i, directory, sizeof(directory)); i++) {
		DIR *dir = directory[0] ? opendir(directory) : NULL;
		if (!dir)
			continue;
		for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
			add_name(names, &count, entry->d_name);
		closedir(dir);
	}
	qsort(names, count, sizeof(*names), compare_names);
	return names;
}

void theme_names_free(char **names)
{
	if (!names)
		return;
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}
