/* Help: every key and command, from the command list. */
#include <stdio.h>
#include <string.h>

#include "ui/views/page.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* Keys, the command's name, what it does; where that is too wide, keys and what they do. */
#define KEYS_COLUMN    2
#define COMMAND_COLUMN 17
#define WORDS_COLUMN   37
#define NARROW	       60

struct help_state {
	bool built;
	struct page page;
	struct scroll scroll;
};

static const char *const titles[SCOPE_COUNT] = {
	[SCOPE_GENERAL] = "Everywhere", [SCOPE_TREE] = "Layers",   [SCOPE_WEIGHTS] = "Weights",
	[SCOPE_QUANT] = "Quant",	[SCOPE_VALUES] = "Values",
	[SCOPE_CHANNELS] = "Channels", [SCOPE_PICTURE] = "Picture", [SCOPE_GRAPH] = "Graph", [SCOPE_COST] = "Cost", [SCOPE_CURVES] = "Curves", [SCOPE_PROMPT] = "Prompt",
};

/* "<Up> k" as people read it: "Up k"; "<lt>" is the key '<'. */
static void keys_shown(const char *keys, char *buffer, size_t size)
{
	size_t n = 0;

	while (*keys && n + 1 < size) {
		size_t len = strcspn(keys, " ");

		if (len == 4 && strncmp(keys, "<lt>", 4) == 0)
			buffer[n++] = '<';
		else
			for (size_t i = 0; i < len && n + 1 < size; i++)
				if (len == 1 || (keys[i] != '<' && keys[i] != '>'))
					buffer[n++] = keys[i];
		keys += len;
		if (*keys && n + 1 < size)
			buffer[n++] = *keys++;
	}
	buffer[n] = '\0';
}

static void add_command(struct page *page, const struct view_context *context, int width,
			enum command command)
{
	const struct command_info *info = commands + command;
	bool narrow = width < NARROW;
	int words = narrow ? COMMAND_COLUMN : WORDS_COLUMN;
	char keys[64] = "";

	if (context->keys)
		context->keys(context->keymap, command, keys, sizeof keys);
	else
		keys_shown(info->keys, keys, sizeof keys);
	page_line(page);
	if (keys[0])
		page_print(page, KEYS_COLUMN, ROLE_KEY, "%s", keys);
	if (!keys[0] || !narrow)
		page_print(page, narrow ? KEYS_COLUMN : COMMAND_COLUMN,
			   keys[0] ? ROLE_DIM : ROLE_KEY, ":%s%s%s", info->name,
			   info->argument[0] ? " " : "", info->argument);
	page_wrap(page, words, width - 1, ROLE_NORMAL, text_from(info->help));
}

static void add_scope(struct page *page, const struct view_context *context, int width,
		      enum command_scope scope)
{
	bool any = false;

	for (int command = COMMAND_NONE + 1; command < COMMAND_COUNT; command++) {
		if (commands[command].scope != scope)
			continue;
		if (!any)
			page_heading(page, titles[scope]);
		any = true;
		add_command(page, context, width, (enum command)command);
	}
}

/* The keys of the view that the help is about come first, then the general ones. */
static void help_build(struct help_state *state, const struct view_context *context, int width)
{
	enum command_scope about = context->about ? context->about->scope : SCOPE_GENERAL;

	if (state->built)
		page_reset(&state->page);
	else
		page_init(&state->page);
	state->built = true;
	if (about != SCOPE_GENERAL)
		add_scope(&state->page, context, width, about);
	for (int scope = 0; scope < SCOPE_COUNT; scope++)
		if (scope == SCOPE_GENERAL || scope != (int)about)
			add_scope(&state->page, context, width, (enum command_scope)scope);
}

static void help_update(struct view *view, const struct view_context *context)
{
	struct help_state *state = view->state;

	help_build(state, context, context->width);
	scroll_clamp(&state->scroll, state->page.lines.count,
		     (uint64_t)(context->height > 0 ? context->height : 1), false);
}

static int help_measure(struct view *view, const struct view_context *context, int width)
{
	struct help_state *state = view->state;

	help_build(state, context, width);
	return state->page.lines.count > 0 ? (int)state->page.lines.count : 1;
}

static void help_draw(const struct view *view, const struct view_context *context,
		      struct canvas *canvas)
{
	const struct help_state *state = view->state;

	if (!state->built)
		return;
	page_draw(&state->page, canvas, context->whole ? 0 : state->scroll.top);
	if (!context->whole)
		scroll_marks(canvas, state->scroll.top, state->page.lines.count);
}

static unsigned help_command(struct view *view, const struct view_context *context,
			     enum command command, struct text argument, struct view_answer *answer)
{
	struct help_state *state = view->state;

	(void)argument;
	(void)answer;
	if (scroll_command(&state->scroll, command, state->page.lines.count,
			   (uint64_t)(context->height > 0 ? context->height : 1), false))
		return EFFECT_REDRAW;
	return EFFECT_PASS;
}

static void help_close(struct view *view)
{
	struct help_state *state = view->state;

	if (state->built)
		page_free(&state->page);
}

const struct view_ops help_view = {
	.name = "help",
	.title = "Help",
	.scope = SCOPE_GENERAL,
	.state_size = sizeof(struct help_state),
	.update = help_update,
	.measure = help_measure,
	.draw = help_draw,
	.command = help_command,
	.close = help_close,
};
