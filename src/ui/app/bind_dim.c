/* Sizes of named dimensions, given while the program runs. */
#include "session/dims.h"

#include <stdio.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/cost.h>

#include "ui/app/app_state.h"
#include "ui/canvas/number.h"

static bool complain(struct app *app, const char *words)
{
	app_message(app, "%s", words);
	app->message_bad = true;
	return false;
}

static bool is_named(const struct model *model, struct text name)
{
	for (size_t i = 0; i < model->n_types; i++)
		for (uint32_t d = 0; d < model->types[i].n_dims; d++)
			if (text_equal(model->types[i].dims[d].symbol, name))
				return true;
	return false;
}

/* "no dimension is called x; there are batch, seq" */
static bool complain_of_name(struct app *app, const struct model *model, struct text name)
{
	const struct dim_binding *dims;
	struct arena arena;
	char words[160], shown[48];
	int len;
	size_t n = 0;

	gate_text(app->glyphs->gate, shown, sizeof shown, 30, name);
	len = snprintf(words, sizeof words, "no dimension is called %s", shown);
	arena_init(&arena, 0);
	dims = cost_bindings(model, NULL, 0, &arena, &n);
	for (size_t i = 0; dims && i < n && len < 100; i++) {
		gate_text(app->glyphs->gate, shown, sizeof shown, 30, dims[i].name);
		len += snprintf(words + len, sizeof words - (size_t)len, "%s %s",
				i ? "," : "; there is", shown);
	}
	arena_free(&arena);
	return complain(app, words);
}

/* The size behind the last '='; -1 where nothing stands there. */
static bool parse(struct app *app, struct text argument, struct text *name, int64_t *size)
{
	size_t at = argument.len;
	uint64_t number = 0;

	while (at > 0 && argument.data[at - 1] != '=')
		at--;
	if (at < 2)
		return complain(app, "a name and a size, as in batch=1; batch= takes it away");
	*name = (struct text){ argument.data, at - 1 };
	*size = -1;
	for (size_t i = at; i < argument.len; i++) {
		char c = argument.data[i];

		if (c < '0' || c > '9' || !mul_ok(number, 10, &number) ||
		    !add_ok(number, (uint64_t)(c - '0'), &number) || number > INT64_MAX)
			return complain(app, "a size is a number, as in batch=1");
		*size = (int64_t)number;
	}
	return true;
}

void bind_dim(struct app *app, struct text argument)
{
	const struct model *model = session_model(app->session, app->focus.document);
	char shown[48], number[NUMBER_SIZE];
	struct text name;
	int64_t size;

	if (!model) {
		complain(app, "no model is open");
		return;
	}
	if (!parse(app, argument, &name, &size))
		return;
	if (!is_named(model, name)) {
		complain_of_name(app, model, name);
		return;
	}
	if (!session_bind_dim(app->session, name, size)) {
		complain(app, "out of memory");
		return;
	}
	session_resume(app->session);
	app_renew_views(app);
	gate_text(app->glyphs->gate, shown, sizeof shown, 30, name);
	if (size >= 0)
		app_message(app, "%s is %s", shown, number_count(number, (uint64_t)size));
	else
		app_message(app, "%s has no size now", shown);
}
