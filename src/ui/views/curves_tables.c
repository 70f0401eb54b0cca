/* What the logs hold that is no curve, as pages: HParams with metrics, configurations side by side,
 * what is known of the runs, texts. Built when something of it changes. */
#include "ui/views/curves.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>
#include <mtui/metric.h>

#include "ui/canvas/number.h"

#define RUNS_BESIDE 32 /* most runs beside or below each other */
#define KEY_WIDTH   22
#define COLUMN	    14
#define METRICS	    8	/* beside the hyperparameters */
#define GUESSED	    4	/* of them where no log names its metrics */
#define TEXTS	    20	/* of one tag, newest first */
#define CONSOLE	    200 /* lines */

static const struct run_value *find(const struct run_values *values, struct text key)
{
	for (size_t i = 0; i < values->count; i++)
		if (text_equal(values->items[i].key, key))
			return values->items + i;
	return NULL;
}

/* --- Configurations side by side --------------------------------------------------------------- */

/* True where a run says something else about the key than the first one, or says nothing. */
static bool differs(const struct curves *curves, struct text key)
{
	const struct run_value *first = find(&curves->runs->items[0]->config, key);

	for (size_t i = 1; i < curves->runs->count; i++) {
		const struct run_value *value = find(&curves->runs->items[i]->config, key);

		if (!first != !value || (first && !text_equal(first->value, value->value)))
			return true;
	}
	return false;
}

static void config_row(struct curves *curves, struct text key, size_t runs, int width)
{
	bool other = curves->runs->count > 1 && differs(curves, key);

	if (curves->panel == 0 && curves->runs->count > 1 && !other)
		return;
	page_line(&curves->text);
	page_print(&curves->text, 0, ROLE_WARNING, "%s", other ? "≠" : "");
	page_text(&curves->text, 2, ROLE_DIM, key);
	for (size_t i = 0; i < runs; i++) {
		const struct run_value *value = find(&curves->runs->items[i]->config, key);
		int column = KEY_WIDTH + (int)i * width;

		if (value)
			page_text(&curves->text, column, other ? ROLE_NORMAL : ROLE_NUMBER,
				  value->value);
		else
			page_print(&curves->text, column, ROLE_DIM, "–");
	}
}

static void config_page(struct curves *curves, int width)
{
	size_t count = curves->runs->count, shown = count < RUNS_BESIDE ? count : RUNS_BESIDE;
	int each = shown ? (width - KEY_WIDTH) / (int)shown : 0;

	if (each < COLUMN)
		each = COLUMN;
	page_line(&curves->text);
	page_print(&curves->text, 0, ROLE_TITLE, "configuration");
	if (count > 1)
		page_print(&curves->text, PAGE_AFTER, ROLE_DIM,
			   curves->panel ? "· all keys, ≠ where runs differ"
					 : "· what differs; w shows all");
	page_line(&curves->text);
	for (size_t i = 0; i < shown; i++)
		page_text(&curves->text, KEY_WIDTH + (int)i * each, ROLE_TITLE,
			  curves_run_name(curves, i));
	/* Keys in the order of the first run, then those that only later ones have. */
	for (size_t r = 0; r < count; r++) {
		const struct run_values *config = &curves->runs->items[r]->config;

		for (size_t i = 0; i < config->count; i++) {
			size_t before = 0;

			while (before < r &&
			       !find(&curves->runs->items[before]->config, config->items[i].key))
				before++;
			if (before == r)
				config_row(curves, config->items[i].key, shown, each);
		}
	}
}

/* --- HParams ----------------------------------------------------------------------------------- */

struct hparams {
	struct text keys[RUNS_BESIDE];	  /* columns: hyperparameters */
	struct text metrics[METRICS];	  /* and metrics, with their titles */
	struct text titles[METRICS];
	unsigned n_keys, n_metrics;
	int places[1 + RUNS_BESIDE + METRICS]; /* of the columns */
	size_t order[256];		  /* rows: runs */
	size_t n_runs;
};

static const struct run *run_named(const struct curves *curves, const char *name, size_t len)
{
	for (size_t r = 0; r < curves->runs->count; r++)
		if (text_equal(curves->runs->items[r]->name, (struct text){ name, len }))
			return curves->runs->items[r];
	return NULL;
}

/* A metric of a session: its own tag, or one of a run in a folder below its own. */
static const struct series *metric_series(const struct curves *curves, const struct run *run,
					  struct text metric)
{
	const struct series *own = run_series(run, metric);
	char name[PATH_MAX];

	for (size_t slash = metric.len; !own && slash-- > 1;) {
		struct text tag = { metric.data + slash + 1, metric.len - slash - 1 };
		if (metric.data[slash] != '/' || run->name.len + 1 + slash > sizeof name)
			continue;
		memcpy(name, run->name.data, run->name.len);
		name[run->name.len] = '/';
		memcpy(name + run->name.len + 1, metric.data, slash);
		const struct run *below = run_named(curves, name, run->name.len + 1 + slash);
		own = below ? run_series(below, tag) : NULL;
	}
	return own;
}

static void add_metric(struct hparams *table, struct text metric, struct text title)
{
	for (unsigned i = 0; i < table->n_metrics; i++)
		if (text_equal(table->metrics[i], metric))
			return;
	if (table->n_metrics == METRICS)
		return;
	table->metrics[table->n_metrics] = metric;
	table->titles[table->n_metrics++] = title.len ? title : metric;
}

/* Those that an experiment names; else the first tags of runs that have hyperparameters. */
static void metric_columns(const struct curves *curves, struct hparams *table)
{
	for (size_t r = 0; r < curves->runs->count; r++) {
		const struct run_values *metrics = &curves->runs->items[r]->metrics;

		for (size_t i = 0; i < metrics->count; i++)
			add_metric(table, metrics->items[i].key, metrics->items[i].value);
	}
	for (size_t i = 0, named = table->n_metrics;
	     !named && i < curves->catalogue.count && table->n_metrics < GUESSED; i++) {
		const struct curves_entry *entry = curves->catalogue.items + i;
		bool any = false;

		for (size_t r = 0; r < table->n_runs && entry->kind == CURVES_SCALAR; r++)
			any |= run_series(curves->runs->items[table->order[r]], entry->tag) != NULL;
		if (any)
			add_metric(table, entry->tag, entry->tag);
	}
}

static void hparams_columns(const struct curves *curves, struct hparams *table)
{
	for (size_t r = 0; r < curves->runs->count; r++) {
		const struct run *run = curves->runs->items[r];

		if (run->hparams.count && table->n_runs < 256)
			table->order[table->n_runs++] = r;
		for (size_t i = 0; i < run->hparams.count; i++) {
			unsigned k = 0;

			while (k < table->n_keys &&
			       !text_equal(table->keys[k], run->hparams.items[i].key))
				k++;
			if (k == table->n_keys && k < RUNS_BESIDE)
				table->keys[table->n_keys++] = run->hparams.items[i].key;
		}
	}
	metric_columns(curves, table);
}

static double last_finite(const struct series *series)
{
	for (uint64_t i = series ? series->count : 0; i-- > 0;) {
		double value = series_point(series, i).value;

		if (isfinite(value))
			return value;
	}
	return NAN;
}

/* What a run has in a column: a number if it is one, else NaN and its text. */
static double cell(const struct curves *curves, const struct hparams *table, size_t run,
		   unsigned column, struct text *text)
{
	const struct run *it = curves->runs->items[run];
	const struct run_value *value;

	*text = (struct text){ 0 };
	if (column == 0) {
		*text = curves_run_name(curves, run);
		return NAN;
	}
	if (column > table->n_keys)
		return last_finite(metric_series(curves, it,
						 table->metrics[column - 1 - table->n_keys]));
	value = find(&it->hparams, table->keys[column - 1]);
	if (value)
		*text = value->value;
	return value && value->is_number ? value->number : NAN;
}

static int compare_cells(const struct curves *curves, const struct hparams *table, size_t a,
			 size_t b)
{
	struct text x, y;
	double m = cell(curves, table, a, curves->sort, &x);
	double n = cell(curves, table, b, curves->sort, &y);
	int order;

	if (isnan(m) != isnan(n))
		return isnan(m) ? 1 : -1;
	order = isnan(m) ? text_compare_natural(x, y) : (m > n) - (m < n);
	if (order == 0)
		return a < b ? -1 : 1;
	return curves->reverse ? -order : order;
}

/* Insertion: at most 256 runs, and no comparison can be handed a context. */
static void hparams_sort(const struct curves *curves, struct hparams *table)
{
	for (size_t i = 1; i < table->n_runs; i++) {
		size_t run = table->order[i], k = i;

		while (k > 0 && compare_cells(curves, table, run, table->order[k - 1]) < 0) {
			table->order[k] = table->order[k - 1];
			k--;
		}
		table->order[k] = run;
	}
}

static struct text column_title(const struct hparams *table, unsigned column)
{
	return column == 0		? TEXT("run")
	       : column <= table->n_keys ? table->keys[column - 1]
					 : table->titles[column - 1 - table->n_keys];
}

/* Where the columns begin: as narrow as what stands in them, and no wider than COLUMN. */
static void place_columns(const struct curves *curves, struct hparams *table)
{
	unsigned columns = 1 + table->n_keys + table->n_metrics;
	char number[NUMBER_SIZE];
	int at = 0;

	for (unsigned c = 0; c < columns; c++) {
		size_t most = c ? COLUMN : KEY_WIDTH;
		/* An arrow may stand behind the title. */
		size_t wide = gate_width(GATE_UNICODE, column_title(table, c), most) + 1;

		for (size_t r = 0; r < table->n_runs; r++) {
			struct text text;
			double value = cell(curves, table, table->order[r], c, &text);

			if (!text.len && !isnan(value))
				text = text_from(number_value(number, value, 5));
			size_t own = gate_width(GATE_UNICODE, text, most);
			wide = own > wide ? own : wide;
		}
		table->places[c] = at;
		at += (int)(wide < most - 1 ? wide : most - 1) + 2;
	}
}

static void hparams_row(struct curves *curves, const struct hparams *table, size_t run)
{
	char number[NUMBER_SIZE];

	page_line(&curves->text);
	for (unsigned c = 0; c < 1 + table->n_keys + table->n_metrics; c++) {
		struct text text;
		double value = cell(curves, table, run, c, &text);

		if (text.len)
			page_text(&curves->text, table->places[c], c ? ROLE_NORMAL : ROLE_NAME, text);
		else if (isnan(value))
			page_print(&curves->text, table->places[c], ROLE_DIM, "–");
		else
			page_print(&curves->text, table->places[c], ROLE_NUMBER, "%s",
				   number_value(number, value, 5));
	}
}

static void hparams_page(struct curves *curves)
{
	struct hparams table = { 0 };
	unsigned columns;

	hparams_columns(curves, &table);
	columns = 1 + table.n_keys + table.n_metrics;
	curves->sort %= columns;
	hparams_sort(curves, &table);
	place_columns(curves, &table);
	page_line(&curves->text);
	for (unsigned c = 0; c < columns; c++) {
		page_text(&curves->text, table.places[c],
			  c == curves->sort ? ROLE_ACCENT : ROLE_DIM, column_title(&table, c));
		if (c == curves->sort)
			page_print(&curves->text, PAGE_BESIDE, ROLE_ACCENT, "%s",
				   curves->reverse ? "↓" : "↑");
	}
	for (size_t r = 0; r < table.n_runs; r++)
		hparams_row(curves, &table, table.order[r]);
}

/* --- Runs and texts ---------------------------------------------------------------------------- */

static void values_lines(struct page *page, const char *title, const struct run_values *values)
{
	if (!values->count)
		return;
	page_line(page);
	page_print(page, 2, ROLE_DIM, "%s", title);
	for (size_t i = 0; i < values->count; i++) {
		page_line(page);
		page_text(page, 4, ROLE_DIM, values->items[i].key);
		page_text(page, 4 + KEY_WIDTH, ROLE_NORMAL, values->items[i].value);
	}
}

static const char *const state_words[] = {
	[RUN_READING] = "reading", [RUN_LIVE] = "live", [RUN_QUIET] = "not growing",
	[RUN_FINISHED] = "finished", [RUN_GONE] = "deleted",
};

static void file_lines(struct page *page, const struct run_file *file)
{
	char count[NUMBER_SIZE], bytes[NUMBER_SIZE], damaged[NUMBER_SIZE];

	page_line(page);
	page_text(page, 4, ROLE_NORMAL, file->path);
	page_line(page);
	page_print(page, 6, ROLE_DIM, "%s · %s records%s%s", number_bytes(bytes, file->size),
		   number_count(count, file->records), file->damaged ? " · damaged: " : "",
		   file->damaged ? number_count(damaged, file->damaged) : "");
	if (file->state.len)
		page_text(page, PAGE_AFTER, ROLE_WARNING, file->state);
}

static void run_lines(struct page *page, const struct run *run)
{
	page_line(page);
	page_text(page, 0, ROLE_TITLE, run->name);
	page_print(page, PAGE_AFTER, run->state == RUN_LIVE ? ROLE_GOOD : ROLE_DIM, "· %s · %s",
		   run_source_name(run->source), state_words[run->state]);
	if (run->exit_code >= 0)
		page_print(page, PAGE_AFTER, run->exit_code ? ROLE_BAD : ROLE_DIM, "· exit %d",
			   run->exit_code);
	for (size_t i = 0; i < run->notice_count; i++) {
		page_line(page);
		page_text(page, 2, ROLE_WARNING, run->notices[i]);
	}
	values_lines(page, "about", &run->info);
	values_lines(page, "summary", &run->summary);
	page_line(page);
	page_print(page, 2, ROLE_DIM, "files");
	for (size_t i = 0; i < run->file_count; i++)
		file_lines(page, run->files + i);
	if (run->media_count) {
		page_line(page);
		page_print(page, 2, ROLE_DIM, "not shown: %zu images, sounds, graphs or meshes",
			   run->media_count);
	}
	size_t first = run->console_count > CONSOLE ? run->console_count - CONSOLE : 0;

	if (run->console_count) {
		page_line(page);
		page_print(page, 2, ROLE_DIM, "console");
	}
	for (size_t i = first; i < run->console_count; i++) {
		page_line(page);
		page_text(page, 4, ROLE_NORMAL, run->console[i]);
	}
	page_line(page);
}

/* Newest first; lines of the text are lines of the page. */
static void text_lines(struct curves *curves, const struct run *run, struct text tag, int width)
{
	unsigned shown = 0;

	for (size_t i = run->text_count; i-- > 0 && shown < TEXTS;) {
		const struct run_text *text = run->texts + i;
		struct text rest = text->value;

		if (!text_equal(text->tag, tag))
			continue;
		page_line(&curves->text);
		page_text(&curves->text, 0, ROLE_TITLE, run->name);
		page_print(&curves->text, PAGE_AFTER, ROLE_DIM, "· step %lld",
			   (long long)text->step);
		while (rest.len) {
			const char *end = memchr(rest.data, '\n', rest.len);
			struct text line = { rest.data, end ? (size_t)(end - rest.data) : rest.len };

			page_line(&curves->text);
			page_wrap(&curves->text, 2, width, ROLE_NORMAL, line);
			rest.data += line.len + (end != NULL);
			rest.len -= line.len + (end != NULL);
		}
		page_line(&curves->text);
		shown++;
	}
}

bool curves_table_update(struct curves *curves, int width)
{
	const struct curves_entry *entry = curves_entry(curves);
	size_t number = entry ? curves->listed[curves->selected] : 0;

	if (!entry || (curves->text_version == curves->runs->version + 1 &&
		       curves->text_entry == number && curves->text_width == width &&
		       curves->text_panel == curves->panel))
		return true;
	page_reset(&curves->text);
	switch (entry->kind) {
	case CURVES_CONFIG:
		config_page(curves, width);
		break;
	case CURVES_HPARAMS:
		hparams_page(curves);
		break;
	case CURVES_RUNS:
		for (size_t i = 0; i < curves->runs->count; i++)
			run_lines(&curves->text, curves->runs->items[i]);
		break;
	case CURVES_TEXT:
		for (size_t i = 0; i < curves->runs->count; i++)
			text_lines(curves, curves->runs->items[i], entry->tag, width);
		break;
	default:
		return true;
	}
	curves->text_version = curves->runs->version + 1;
	curves->text_entry = number;
	curves->text_width = width;
	curves->text_panel = curves->panel;
	return !curves->text.failed;
}

int curves_table_rows(const struct curves *curves)
{
	size_t n = curves->text.lines.count;

	return n < 600000 ? (int)n : 600000;
}

void curves_table_draw(const struct curves *curves, const struct view_context *context,
		       struct canvas *canvas)
{
	uint64_t top = context->whole ? 0 : curves->text_scroll.top;

	page_draw(&curves->text, canvas, top);
	if (!context->whole)
		scroll_marks(canvas, top, curves->text.lines.count);
}
