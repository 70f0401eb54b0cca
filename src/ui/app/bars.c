/* What stands around the views: the top line, the tabs, the bottom line. */
#include <stdio.h>
#include <string.h>

#include <mtui/gate.h>

#include "ui/app/app_state.h"
#include "ui/canvas/number.h"
#include "ui/views/layer_curves.h"

/* --- Top ---------------------------------------------------------------------------------------
 */

static struct text base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return text_from(slash && slash[1] ? slash + 1 : path);
}

static uint64_t bytes_on_disk(const struct model *model)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model->n_files; i++)
		if (model->files[i].file)
			sum += model->files[i].file->size;
	return sum;
}

/* "ONNX opset 7 · 66 nodes · 1,235,496 params · 4.7 MiB"; where there is little room, less exactly,
 * and then without the parts that matter least. */
static void model_line(const struct model *model, size_t room, char *line, size_t size)
{
	char nodes[NUMBER_SIZE], parameters[NUMBER_SIZE], bytes[NUMBER_SIZE], opset[32] = "";
	char format[32] = "";
	const char *word = model->n_all_nodes == 1 ? "node" : "nodes";
	const char *params = model->n_parameters == 1 ? "param" : "params";

	for (size_t i = 0; model->format[i] && i + 1 < sizeof format; i++) {
		char c = model->format[i];

		format[i] = c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
		format[i + 1] = '\0';
	}
	for (size_t i = 0; i < model->n_opsets && !opset[0]; i++)
		if (!model->opsets[i].domain.len || text_is(model->opsets[i].domain, "ai.onnx"))
			snprintf(opset, sizeof opset, " opset %lld",
				 (long long)model->opsets[i].version);
	number_bytes(bytes, bytes_on_disk(model));
	for (unsigned less = 0; less < 6; less++) {
		if (less < 1)
			number_count(parameters, model->n_parameters);
		else
			number_short(parameters, model->n_parameters);
		number_count(nodes, model->n_all_nodes);
		if (less < 3)
			snprintf(line, size, "%s%s · %s %s · %s %s · %s", format,
				 less < 2 ? opset : "", nodes, word, parameters, params, bytes);
		else if (less < 4)
			snprintf(line, size, "%s %s · %s %s · %s", nodes, word, parameters, params,
				 bytes);
		else if (less < 5)
			snprintf(line, size, "%s %s · %s", parameters, params, bytes);
		else
			snprintf(line, size, "%s", bytes);
		if (gate_width(GATE_UNICODE, text_from(line), room + 1) <= room)
			return;
	}
	line[0] = '\0';
}

/* " → real.onnx", where the name is a symbolic link. */
static int link_target(struct canvas *canvas, int x, const struct model *model)
{
	const struct file *file = model->files[0].file;

	if (!file || !file->target)
		return x;
	x = canvas_put(canvas, x + 1, 0, ROLE_STATUS, canvas->glyphs->arrow_right);
	return canvas_text(canvas, x + 1, 0, canvas->width / 3, ROLE_STATUS,
			   base_name(file->target));
}

/* "49 problems": what Check says must not stay unseen. Empty where there are none. */
static void problem_words(const struct model *model, char *words, size_t size)
{
	char count[NUMBER_SIZE];
	uint64_t problems = 0;

	words[0] = '\0';
	for (size_t i = 0; i < model->n_notices; i++)
		problems += model->notices[i].severity == SEVERITY_PROBLEM;
	if (problems)
		snprintf(words, size, "%s problem%s", number_count(count, problems),
			 problems == 1 ? "" : "s");
}

/* Facts about the model, and how many problems it has, in what room there is. */
static void top_facts(struct canvas *canvas, int x, const struct model *model)
{
	char line[160], words[NUMBER_SIZE + 16];
	int room = canvas->width - x - 1, reserved;

	problem_words(model, words, sizeof words);
	reserved = words[0] ? (int)strlen(words) + 3 : 0;
	if (reserved > room / 2)
		reserved = 0;
	if (room <= 0)
		return;
	model_line(model, (size_t)(room - reserved), line, sizeof line);
	x = canvas_string(canvas, x, 0, ROLE_STATUS, line);
	if (!reserved)
		return;
	x = canvas_string(canvas, x, 0, ROLE_STATUS, line[0] ? " · " : "");
	canvas_string(canvas, x, 0, ROLE_BAD, words);
}

/* "3 runs · step 12,400 · ● live" */
static void runs_words(const struct runs *runs, char *words, size_t size)
{
	char count[NUMBER_SIZE], number[NUMBER_SIZE];
	int64_t step = -1;
	bool live = false, reading = false;

	for (size_t i = 0; i < runs->count; i++) {
		const struct run *run = runs->items[i];

		live |= run->state == RUN_LIVE;
		reading |= run->state == RUN_READING;
		for (size_t k = 0; k < run->series_count; k++)
			if (run->series[k]->step_max > step)
				step = run->series[k]->step_max;
	}
	snprintf(words, size, "%s run%s%s%s%s", number_count(count, runs->count),
		 runs->count == 1 ? "" : "s", step >= 0 ? " · step " : "",
		 step >= 0 ? number_count(number, (uint64_t)step) : "",
		 live	   ? " · ● live"
		 : reading ? " · reading"
			   : "");
}

/* Runs beside a model stand at the right end; alone they take the line. */
static void top_runs(const struct app *app, struct canvas *canvas)
{
	const struct runs *runs = session_runs(app->session);
	char words[128];
	int width;

	if (!runs)
		return;
	runs_words(runs, words, sizeof words);
	width = (int)gate_width(GATE_UNICODE, text_from(words), 120);
	if (app->n_documents && canvas->width < 100)
		return;
	canvas_fill(canvas, canvas->width - width - 3, 0, width + 3, 1, ROLE_STATUS, ' ');
	canvas_print_right(canvas, canvas->width - 1, 0, ROLE_STATUS, "%s", words);
}

static void top_alone(const struct app *app, struct canvas *canvas)
{
	const struct runs *runs = session_runs(app->session);
	int x = 1;

	if (runs && runs->count == 1)
		canvas_text(canvas, x, 0, canvas->width / 2, ROLE_TITLE, runs->items[0]->path);
	else
		canvas_string(canvas, x, 0, ROLE_TITLE, "training runs");
	top_runs(app, canvas);
}

void bars_top(const struct app *app, struct canvas *canvas)
{
	const struct model *model = session_model(app->session, app->focus.document);
	struct canvas left = *canvas;
	int x = 1;

	canvas_fill(canvas, 0, 0, canvas->width, 1, ROLE_STATUS, ' ');
	if (app->file_state[0]) {
		int room = canvas->width / 2;
		int width = (int)gate_width(GATE_UNICODE, text_from(app->file_state), (size_t)room);

		left.width = canvas->width - width - 2;
		canvas_text(canvas, left.width + 1, 0, width, ROLE_WARNING,
			    text_from(app->file_state));
	}
	if (!model) {
		top_alone(app, canvas);
		return;
	}
	if (app->n_documents > 1)
		x = canvas_print(&left, x, 0, ROLE_STATUS, "%u/%u ", app->focus.document + 1,
				 app->n_documents);
	x = canvas_text(&left, x, 0, left.width / 2, ROLE_TITLE,
			base_name(session_path(app->session, app->focus.document)));
	x = link_target(&left, x, model);
	top_facts(&left, x + 2, model);
	if (!app->file_state[0])
		top_runs(app, canvas);
}

/* --- Tabs --------------------------------------------------------------------------------------
 */

enum command bars_tab_command(const struct app *app, unsigned tab)
{
	unsigned i = 0;

	while (view_tabs[i] && view_tabs[i] != app->tabs[tab].ops)
		i++;
	return (enum command)(COMMAND_VIEW_1 + i);
}

static void tab_key(const struct app *app, unsigned tab, char name[16])
{
	key_name(keymap_first(&app->keymap, bars_tab_command(app, tab)), name);
}

static int tab_width(const struct app *app, unsigned tab, bool full)
{
	char key[16];

	tab_key(app, tab, key);
	return (int)strlen(key) + 2 + (full ? (int)strlen(app->tabs[tab].ops->title) + 1 : 0);
}

void bars_tabs(const struct app *app, int width, struct tab_place places[APP_MAX_TABS])
{
	int total = 0, x = 2;

	for (unsigned i = 0; i < app->n_tabs; i++)
		total += tab_width(app, i, i == app->active);
	for (unsigned i = 0; i < app->n_tabs; i++) {
		int more = tab_width(app, i, true) - tab_width(app, i, false);

		places[i].full = i == app->active || total + more <= width - 3;
		total += places[i].full && i != app->active ? more : 0;
		places[i].x = x;
		places[i].width = tab_width(app, i, places[i].full);
		x += places[i].width;
	}
}

/* --- Bottom ------------------------------------------------------------------------------------
 */

/* Keys worth showing, from left to right; where there is little room, those of a low rank stay. */
static const struct hint {
	enum command command, also; /* also: a second key, "↑↓" */
	const char *word;
	int rank;
} hints[] = {
	{ COMMAND_PANE, COMMAND_NONE, "pane", 2 },
	{ COMMAND_UP, COMMAND_DOWN, "move", 5 },
	{ COMMAND_LEFT, COMMAND_RIGHT, "fold", 6 },
	{ COMMAND_SEARCH, COMMAND_NONE, "search", 3 },
	{ COMMAND_FILTER, COMMAND_NONE, "filter", 8 },
	{ COMMAND_SORT, COMMAND_NONE, "sort", 9 },
	{ COMMAND_VIEW_1, COMMAND_VIEW_10, "view", 4 },
	{ COMMAND_LOG, COMMAND_NONE, "log", 7 },
	{ COMMAND_ZOOM_IN, COMMAND_ZOOM_OUT, "zoom", 8 },
	{ COMMAND_QUANT_PAGE, COMMAND_NONE, "page", 5 },
	{ COMMAND_BITS_DOWN, COMMAND_BITS_UP, "bits", 5 },
	{ COMMAND_SCHEME_NEXT, COMMAND_SCHEME_PREVIOUS, "scheme", 5 },
	{ COMMAND_GRANULARITY, COMMAND_NONE, "granularity", 7 },
	{ COMMAND_HEX, COMMAND_NONE, "hex", 7 },
	{ COMMAND_INDEX, COMMAND_NONE, "index", 7 },
	{ COMMAND_AXIS, COMMAND_NONE, "axis", 7 },
	{ COMMAND_PICTURE, COMMAND_NONE, "kind", 7 },
	{ COMMAND_NEARER, COMMAND_FARTHER, "zoom", 8 },
	{ COMMAND_FLATTEN, COMMAND_NONE, "flatten", 8 },
	{ COMMAND_COST_PAGE, COMMAND_NONE, "table", 5 },
	{ COMMAND_DIM, COMMAND_NONE, "sizes", 10 },
	{ COMMAND_EXPAND, COMMAND_NONE, "open", 4 },
	{ COMMAND_LEAVE, COMMAND_NONE, "out", 5 },
	{ COMMAND_MARK_NODE, COMMAND_NONE, "mark", 5 },
	{ COMMAND_HOPS_MORE, COMMAND_HOPS_FEWER, "hops", 6 },
	{ COMMAND_SMOOTH_LESS, COMMAND_SMOOTH_MORE, "smooth", 5 },
	{ COMMAND_Y_SCALE, COMMAND_NONE, "log", 7 },
	{ COMMAND_X_AXIS, COMMAND_NONE, "x axis", 6 },
	{ COMMAND_MARK_NEXT, COMMAND_NONE, "marks", 4 },
	{ COMMAND_RUN_TOGGLE, COMMAND_NONE, "run", 8 },
	{ COMMAND_EXPORT, COMMAND_NONE, "export", 10 },
	{ COMMAND_BACK, COMMAND_NONE, "close", 0 },
	{ COMMAND_HELP, COMMAND_NONE, "help", 0 },
	{ COMMAND_QUIT, COMMAND_NONE, "quit", 1 },
};

#define N_HINTS	 (sizeof hints / sizeof hints[0])
#define MAX_RANK 10

static bool hint_applies(const struct app *app, const struct hint *hint)
{
	enum command_scope scope = commands[hint->command].scope;

	if (app->help_open)
		return hint->command == COMMAND_UP || hint->command == COMMAND_BACK;
	if (hint->command == COMMAND_BACK)
		return false;
	if (hint->command == COMMAND_LEFT)
		return !app->detail_focus && app->n_documents;
	/* Elsewhere other keys matter more. */
	if (hint->command == COMMAND_DIM)
		return app->tabs[app->active].ops == &cost_view;
	if (hint->command == COMMAND_SORT || hint->command == COMMAND_VIEW_1)
		return app->n_documents > 0;
	return scope == SCOPE_GENERAL || scope == app->tabs[app->active].ops->scope;
}

/* A key as people draw it: arrows as arrows. Returns the column after it. */
static int put_key(const struct app *app, struct canvas *canvas, int x, int y, enum command command)
{
	const struct glyphs *glyphs = app->glyphs;
	uint32_t code = keymap_first(&app->keymap, command);
	char name[16];

	switch (code) {
	case KEY_CODE_UP:
		return canvas_put(canvas, x, y, ROLE_KEY, glyphs->arrow_up);
	case KEY_CODE_DOWN:
		return canvas_put(canvas, x, y, ROLE_KEY, glyphs->arrow_down);
	case KEY_CODE_LEFT:
		return canvas_put(canvas, x, y, ROLE_KEY, glyphs->arrow_left);
	case KEY_CODE_RIGHT:
		return canvas_put(canvas, x, y, ROLE_KEY, glyphs->arrow_right);
	default:
		return canvas_string(canvas, x, y, ROLE_KEY, key_name(code, name));
	}
}

static int key_width(const struct app *app, enum command command)
{
	uint32_t code = keymap_first(&app->keymap, command);
	char name[16];

	if (code == KEY_CODE_UP || code == KEY_CODE_DOWN || code == KEY_CODE_LEFT ||
	    code == KEY_CODE_RIGHT)
		return 1;
	return (int)gate_width(GATE_UNICODE, text_from(key_name(code, name)), 16);
}

static int hint_width(const struct app *app, const struct hint *hint)
{
	int width = key_width(app, hint->command) + 1 + (int)strlen(hint->word) + 2;

	if (hint->also)
		width += key_width(app, hint->also) + (hint->command == COMMAND_VIEW_1);
	return width;
}

static bool has_keys(const struct app *app, const struct hint *hint)
{
	return keymap_first(&app->keymap, hint->command) != KEY_CODE_NONE &&
	       (!hint->also || keymap_first(&app->keymap, hint->also) != KEY_CODE_NONE);
}

static void draw_hints(const struct app *app, struct canvas *canvas, int y, int room)
{
	bool shown[N_HINTS] = { false };
	int x = 1, left = room;

	for (int rank = 0; rank <= MAX_RANK; rank++) {
		for (size_t i = 0; i < N_HINTS; i++) {
			const struct hint *hint = &hints[i];

			if (hint->rank != rank || !hint_applies(app, hint) ||
			    !has_keys(app, hint) || hint_width(app, hint) > left)
				continue;
			shown[i] = true;
			left -= hint_width(app, hint);
		}
	}
	for (size_t i = 0; i < N_HINTS; i++) {
		const struct hint *hint = &hints[i];

		if (!shown[i])
			continue;
		x = put_key(app, canvas, x, y, hint->command);
		if (hint->command == COMMAND_VIEW_1)
			x = canvas_put(canvas, x, y, ROLE_KEY, '-');
		if (hint->also)
			x = put_key(app, canvas, x, y, hint->also);
		x = canvas_string(canvas, x + 1, y, ROLE_STATUS, hint->word) + 2;
	}
}

/* "reading NAME 43 %, 5 s left · Esc stops", at the right end. Returns the columns that are left of it. */
static int draw_progress(const struct app *app, struct canvas *canvas, int y, int room)
{
	struct session_progress progress = session_progress(app->session);
	int percent =
		progress.total ? (int)((double)progress.done * 100 / (double)progress.total) : 0;
	char number[NUMBER_SIZE], end[96], left[NUMBER_SIZE + 8] = "";
	int name_width, width;

	/* What takes no time to read is not worth the flicker. */
	if (!progress.tasks || progress.seconds < 0.15)
		return room;
	if (progress.seconds >= 1 && percent >= 2 && percent < 100)
		snprintf(left, sizeof left, ", %s left",
			 number_duration(number, progress.seconds * (double)(100 - percent) /
							 (double)percent));
	/* What has no measure of its length. */
	if (progress.total == 0)
		snprintf(end, sizeof end, " · Esc stops");
	else
		snprintf(end, sizeof end, " %d %%%s · Esc stops", percent > 100 ? 100 : percent,
			 left);
	name_width = (int)gate_width(app->glyphs->gate, progress.name, 24);
	if (name_width > 24)
		name_width = 24;
	width = 8 + name_width + (int)gate_width(GATE_UNICODE, text_from(end), 64) + 1;
	if (width > room) {
		canvas_print_right(canvas, room - 1, y, ROLE_STATUS, "%d %%", percent);
		return room - 6;
	}
	int x = canvas_string(canvas, room - width, y, ROLE_STATUS,
			      progress.total == 0 ? "asking " : "reading ");

	x = canvas_text(canvas, x, y, name_width, ROLE_NAME, progress.name);
	canvas_string(canvas, x, y, ROLE_STATUS, name_width > 0 ? end : end + 1);
	return room - width - 1;
}

static const char *prompt_label(enum command command)
{
	switch (command) {
	case COMMAND_COMMAND:
		return ":";
	case COMMAND_SEARCH:
		return "/";
	default:
		return commands[command].name;
	}
}

/* First byte shown, so that the cursor stands inside of `room` columns. */
static size_t prompt_start(const struct app *app, int room)
{
	const struct prompt *prompt = &app->prompt;
	size_t start = 0;

	while (start < prompt->cursor) {
		struct text before = { prompt->text + start, prompt->cursor - start };
		struct gate_glyph glyph;

		if (gate_width(app->glyphs->gate, before, (size_t)room) < (size_t)room)
			break;
		start += gate_next(app->glyphs->gate, before.data, before.len, &glyph);
	}
	return start;
}

static void draw_prompt(const struct app *app, struct canvas *canvas, int y)
{
	const struct prompt *prompt = &app->prompt;
	const char *label = prompt_label(prompt->command);
	int x = canvas_string(canvas, 1, y, ROLE_KEY, label), room, cursor;
	char hint[256];

	x += label[1] != '\0';
	room = canvas->width - x - 2;
	if (room < 1)
		return;

	size_t start = prompt_start(app, room);
	struct text before = { prompt->text + start, prompt->cursor - start };
	struct text after = { prompt->text + prompt->cursor, prompt->len - prompt->cursor };

	cursor = canvas_text(canvas, x, y, room, ROLE_PROMPT, before);
	if (prompt->proposed)
		canvas_mark(canvas, x, y, cursor - x, CELL_SELECTED);
	x = canvas_text(canvas, cursor, y, canvas->width - cursor - 1, ROLE_PROMPT, after);
	if (!after.len) {
		complete_hint(prompt->command, prompt_text(prompt), hint, sizeof hint);
		canvas_text(canvas, cursor + (hint[0] && !prompt->len), y,
			    canvas->width - cursor - 2, ROLE_DIM, text_from(hint));
	}
	if (app->message[0]) {
		int width = (int)gate_width(GATE_UNICODE, text_from(app->message), 60) + 1;
		int from = canvas->width - width - 1;

		if (from < x + 2)
			from = x + 2;
		canvas_fill(canvas, from - 1, y, canvas->width - from + 1, 1, ROLE_STATUS, ' ');
		canvas_text(canvas, from, y, canvas->width - from - 1,
			    app->message_bad ? ROLE_BAD : ROLE_MESSAGE, text_from(app->message));
	}
	canvas_mark(canvas, cursor, y, 1, CELL_SELECTED | CELL_FOCUSED);
}

/* The newest loss beside a model, at the right end. Returns the columns that are left of it. */
static int draw_loss(const struct app *app, struct canvas *canvas, int y, int room)
{
	const struct runs *runs = session_runs(app->session);
	const struct run *run = NULL;
	const struct series *loss;
	char number[NUMBER_SIZE], bars[64], line[128];
	int width;

	for (size_t i = 0; runs && i < runs->count; i++)
		if (!run || runs->items[i]->state == RUN_LIVE)
			run = runs->items[i];
	loss = run && app->n_documents ? layer_curves_loss(run) : NULL;
	if (!loss || room < 100)
		return room;
	layer_curve_bars(loss, app->glyphs, 10, bars, sizeof bars);
	snprintf(line, sizeof line, " %s %s", bars,
		 number_value(number, series_point(loss, loss->count - 1).value, 4));
	width = (int)gate_width(GATE_UNICODE, text_from(line), 40) + 18;
	canvas_text(canvas, room - width, y, 17, ROLE_STATUS, loss->tag);
	canvas_print_right(canvas, room - 1, y, ROLE_SPARK, "%s", line);
	return room - width - 1;
}

void bars_bottom(const struct app *app, struct canvas *canvas)
{
	int y = canvas->height - 1, room;

	canvas_fill(canvas, 0, y, canvas->width, 1, ROLE_STATUS, ' ');
	if (app->prompt.command) {
		draw_prompt(app, canvas, y);
		return;
	}
	room = draw_progress(app, canvas, y, canvas->width);
	if (room == canvas->width)
		room = draw_loss(app, canvas, y, room);
	if (app->message[0])
		canvas_text(canvas, 1, y, room - 2, app->message_bad ? ROLE_BAD : ROLE_MESSAGE,
			    text_from(app->message));
	else
		draw_hints(app, canvas, y, room - 1);
}
