#include "ui/app/complete.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <mtui/arena.h>
#include <mtui/cost.h>

#include "ui/app/theme.h"

struct search {
	struct text typed;  /* the part that is completed */
	const char *before; /* what stands before it */
	int before_len;
	unsigned wanted, seen;
	char *line;
	size_t size;
};

static bool begins(struct text word, struct text with)
{
	return word.len >= with.len && (!with.len || memcmp(word.data, with.data, with.len) == 0);
}

/* True when this is the one that is wanted; the line is written then. */
static bool offer(struct search *search, struct text word, const char *after)
{
	size_t total = (size_t)search->before_len + word.len + strlen(after);

	if (!begins(word, search->typed) || total >= search->size ||
	    (word.len && memchr(word.data, '\0', word.len)) || search->seen++ != search->wanted)
		return false;
	snprintf(search->line, search->size, "%.*s%.*s%s", search->before_len, search->before,
		 (int)word.len, word.len ? word.data : "", after);
	return true;
}

static bool offer_list(struct search *search, const char *const *words)
{
	for (; words && *words; words++)
		if (offer(search, text_from(*words), ""))
			return true;
	return false;
}

static bool offer_commands(struct search *search)
{
	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++)
		if (offer(search, text_from(commands[command].name),
			  commands[command].argument[0] ? " " : ""))
			return true;
	return false;
}

static bool offer_views(struct search *search, const struct view_ops *tree)
{
	for (const struct view_ops *const *tab = view_tabs; *tab; tab++)
		if (offer(search, text_from((*tab)->name), ""))
			return true;
	return offer(search, text_from(tree->name), "");
}

static bool offer_themes(struct search *search)
{
	char **names = theme_names();
	bool found = names && offer_list(search, (const char *const *)names);

	theme_names_free(names);
	return found;
}

static bool offer_glyphs(struct search *search)
{
	for (enum glyph_level level = 0; level < GLYPHS_COUNT; level++)
		if (offer(search, text_from(glyphs_get(level)->name), ""))
			return true;
	return false;
}

/* Paths of rows; subtrees that cannot match are passed over. */
static bool offer_layers(struct search *search, const struct layers *layers)
{
	struct arena arena;
	bool found = false;

	arena_init(&arena, 0);
	for (uint32_t row = 1; row < layers->n_rows && !found;) {
		struct text path = layer_path(layers, row, &arena);
		struct text typed = search->typed;

		found = offer(search, path, "");
		if (begins(path, typed) || begins(typed, path))
			row++;
		else
			row = layers->rows[row].end;
		if (arena.used > 1 << 20) {
			arena_free(&arena);
			arena_init(&arena, 0);
		}
	}
	arena_free(&arena);
	return found;
}

static bool offer_filters(struct search *search, const struct model *model)
{
	char label[256], word[300];

	for (size_t i = 0; i < model->n_ops; i++) {
		struct text op = model_op_label(model->ops[i], label);

		snprintf(word, sizeof word, "op=%.*s", (int)(op.len < 256 ? op.len : 256),
			 op.len ? op.data : "");
		if (offer(search, text_from(word), ""))
			return true;
	}
	for (enum dtype dtype = DTYPE_UNKNOWN + 1; dtype < DTYPE_COUNT; dtype++) {
		snprintf(word, sizeof word, "dtype=%s", dtype_name(dtype));
		if (offer(search, text_from(word), ""))
			return true;
	}
	return false;
}

/* Names of the inputs' dimensions: "batch=". */
static bool offer_dims(struct search *search, const struct model *model)
{
	const struct dim_binding *dims;
	struct arena arena;
	bool found = false;
	size_t n = 0;

	arena_init(&arena, 0);
	dims = cost_bindings(model, NULL, 0, &arena, &n);
	for (size_t i = 0; dims && i < n && !found; i++)
		found = offer(search, dims[i].name, "=");
	arena_free(&arena);
	return found;
}

static bool offer_arguments(const struct complete_words *words, enum command command,
			    struct search *search)
{
	switch (command) {
	case COMMAND_COMMAND:
		return offer_commands(search);
	case COMMAND_VIEW:
		return offer_views(search, words->tree);
	case COMMAND_THEME:
		return offer_themes(search);
	case COMMAND_GLYPHS:
		return offer_glyphs(search);
	case COMMAND_GOTO:
		return offer_layers(search, words->context->layers);
	case COMMAND_FILTER:
		return offer_filters(search, words->context->model);
	case COMMAND_DIM:
		return words->context->model && offer_dims(search, words->context->model);
	default:
		return (words->tree->words && offer_list(search, words->tree->words(command))) ||
		       (words->tab->words && offer_list(search, words->tab->words(command)));
	}
}

/* Splits a command line after its command's name and the blanks. */
static enum command split(struct text *line)
{
	const char *blank = line->len ? memchr(line->data, ' ', line->len) : NULL;
	enum command command;
	size_t at;

	if (!blank)
		return COMMAND_COMMAND;
	at = (size_t)(blank - line->data);
	command = command_named((struct text){ line->data, at });
	while (at < line->len && line->data[at] == ' ')
		at++;
	line->data += at;
	line->len -= at;
	return command;
}

bool complete_line(const struct complete_words *words, enum command command, struct text typed,
		   int index, char *line, size_t size)
{
	struct text rest = typed;
	struct search search = { .wanted = UINT_MAX, .line = line, .size = size };

	if (typed.len >= COMPLETE_MAX)
		return false;
	if (command == COMMAND_COMMAND)
		command = split(&rest);
	search.before = typed.len ? typed.data : "";
	search.before_len = (int)(typed.len - rest.len);
	search.typed = rest;
	offer_arguments(words, command, &search); /* counts them */
	if (!search.seen)
		return false;
	search.wanted =
		(unsigned)((index % (int)search.seen + (int)search.seen) % (int)search.seen);
	search.seen = 0;
	return offer_arguments(words, command, &search);
}

/* The only command that begins with what is typed, or the one of exactly that name. */
static enum command only_command(struct text typed)
{
	enum command only = command_named(typed);

	for (enum command command = COMMAND_NONE + 1; command < COMMAND_COUNT && !only; command++) {
		if (!begins(text_from(commands[command].name), typed))
			continue;
		for (enum command other = command + 1; other < COMMAND_COUNT; other++)
			if (begins(text_from(commands[other].name), typed))
				return COMMAND_NONE;
		only = command;
	}
	return only;
}

void complete_hint(enum command command, struct text typed, char *hint, size_t size)
{
	struct text rest = typed;
	const struct command_info *info;

	hint[0] = '\0';
	if (command != COMMAND_COMMAND) {
		if (!typed.len)
			snprintf(hint, size, "%s  %s", commands[command].argument,
				 commands[command].help);
		return;
	}
	if (!typed.len) {
		snprintf(hint, size, "a command; Tab shows them");
		return;
	}
	command = split(&rest);
	if (command != COMMAND_COMMAND) {
		if (command && !rest.len)
			snprintf(hint, size, "%s  %s", commands[command].argument,
				 commands[command].help);
		return;
	}
	info = &commands[only_command(typed)];
	if (info != &commands[COMMAND_NONE])
		snprintf(hint, size, "%s%s%s  %s", info->name + typed.len,
			 info->argument[0] ? " " : "", info->argument, info->help);
}
