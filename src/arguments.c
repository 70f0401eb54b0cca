#include "arguments.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mtui/excerpt.h>
#include <mtui/gate.h>
#include <mtui/limits.h>
#include <mtui/run.h>

#include "checkup.h"
#include "core/kernels/cpu.h"

#define SIZE_MAX_SIDE  10000
#define SIZE_MAX_CELLS 4000000
#define MAX_THREADS    256
#define SHOWN_COLUMNS  60

const struct option_row option_rows[OPTION_COUNT] = {
#define X(id, letter, name, argument, help) [id] = { letter, name, argument, help },
	OPTIONS(X)
#undef X
};

/* "--NAME: found 'WORD', MESSAGE" */
static bool bad_value(struct error *err, enum option_id id, const char *value, const char *message)
{
	char shown[SHOWN_COLUMNS * 12 + 1];

	gate_text(GATE_ASCII, shown, sizeof shown, SHOWN_COLUMNS, text_from(value));
	return error_set(err, ERROR_USAGE, -1, "--%s: found '%s', %s", option_rows[id].name, shown,
			 message);
}

/* Decimal digits only; advances *text. */
static bool parse_number(const char **text, uint64_t *value)
{
	const char *c = *text;

	*value = 0;
	if (*c < '0' || *c > '9')
		return false;
	for (; *c >= '0' && *c <= '9'; c++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*c - '0'), value))
			return false;
	*text = c;
	return true;
}

static bool parse_size(struct arguments *arguments, const char *value, struct error *err)
{
	const char *rest = value;
	uint64_t width, height;

	if (!parse_number(&rest, &width) || *rest++ != 'x' || !parse_number(&rest, &height) ||
	    *rest || width == 0 || height == 0)
		return bad_value(err, OPTION_SIZE, value, "allowed COLUMNSxROWS, like 120x40");
	if (width > SIZE_MAX_SIDE || height > SIZE_MAX_SIDE || width * height > SIZE_MAX_CELLS)
		return bad_value(err, OPTION_SIZE, value,
				 "allowed 10000 a side and 4000000 cells together");
	arguments->width = (int)width;
	arguments->height = (int)height;
	return true;
}

/* A number of bytes, with K, M, G or T behind it for powers of 1024. */
static bool parse_bytes(uint64_t *bytes, const char *value, struct error *err)
{
	static const char suffixes[] = "KMGT";
	const char *rest = value, *suffix;

	if (parse_number(&rest, bytes)) {
		suffix = *rest ? strchr(suffixes, *rest) : NULL;
		if (suffix && rest[1] == '\0' &&
		    !__builtin_mul_overflow(*bytes, UINT64_C(1024) << 10 * (suffix - suffixes),
					    bytes))
			return true;
		if (*rest == '\0')
			return true;
	}
	return bad_value(err, OPTION_MAX_STDIN, value,
			 "allowed a number of bytes, like 500M or 4G");
}

/* "batch=1" */
static bool parse_dim(struct arguments *arguments, const char *value, struct error *err)
{
	const char *size = strchr(value, '=') ? strchr(value, '=') + 1 : "";
	uint64_t number;

	if (size <= value + 1 || !parse_number(&size, &number) || *size || number > INT64_MAX)
		return bad_value(err, OPTION_DIM, value, "expected a name and a size, as in batch=1");
	arguments->dims[arguments->n_dims++] = (struct dim_binding){
		.name = { value, (size_t)(strchr(value, '=') - value) },
		.size = (int64_t)number,
	};
	return true;
}

/* A number from least to most. */
static bool parse_within(enum option_id id, const char *value, unsigned least, unsigned most,
			 const char *allowed, unsigned *result, struct error *err)
{
	const char *rest = value;
	uint64_t number;

	if (!parse_number(&rest, &number) || *rest || number < least || number > most)
		return bad_value(err, id, value, allowed);
	*result = (unsigned)number;
	return true;
}

static bool parse_by(struct arguments *arguments, const char *value, struct error *err)
{
	static const char *const names[] = { [EXPORT_BY_TENSOR] = "tensor",
					     [EXPORT_BY_DTYPE] = "dtype",
					     [EXPORT_BY_OP] = "op",
					     [EXPORT_BY_SCOPE] = "scope" };

	for (unsigned by = EXPORT_BY_TENSOR; by <= EXPORT_BY_SCOPE; by++)
		if (strcmp(value, names[by]) == 0)
			arguments->stats.by = by;
	arguments->has_stats = true;
	return arguments->stats.by != EXPORT_BY_ALL ||
	       bad_value(err, OPTION_BY, value, "allowed tensor, dtype, op or scope");
}

static bool parse_sort(struct arguments *arguments, const char *value, struct error *err)
{
	struct export_stats *stats = &arguments->stats;

	arguments->has_stats = stats->ranked = true;
	stats->ascending = *value == '-';
	stats->ranking = ranking_named(text_from(value + stats->ascending));
	return stats->ranking != RANKING_COUNT ||
	       bad_value(err, OPTION_SORT, value, "not a statistic; the manual names them");
}

static bool parse_top(struct arguments *arguments, const char *value, struct error *err)
{
	const char *rest = value;
	uint64_t top;

	if (!parse_number(&rest, &top) || *rest || top < 1 || top > LIMIT_TENSORS)
		return bad_value(err, OPTION_TOP, value, "allowed 1 to 10000000");
	arguments->stats.top = (size_t)top;
	arguments->has_stats = true;
	return true;
}

/* Percents between commas; the locale of numbers is never anything but "C". */
static bool parse_quantiles(struct arguments *arguments, const char *value, struct error *err)
{
	struct export_stats *stats = &arguments->stats;
	const char *at = value;
	char *end;

	arguments->has_stats = true;
	for (;; at = end + 1) {
		double percent = strtod(at, &end);

		if (end == at || !(percent >= 0 && percent <= 100) ||
		    stats->n_percents == EXPORT_MAX_PERCENTS || (*end && *end != ','))
			return bad_value(err, OPTION_QUANTILES, value,
					 "allowed up to 32 percents, like 2.5,97.5");
		stats->percents[stats->n_percents++] = percent + 0.0;
		if (!*end)
			return true;
	}
}

static bool parse_quant(struct arguments *arguments, const char *value, struct error *err)
{
	struct error wrong;

	if (strcmp(value, "help") == 0) {
		arguments->action = ARGUMENTS_QUANT_HELP;
		return true;
	}
	return quant_scheme_parse(text_from(value), &arguments->quant, &wrong) ||
	       error_set(err, ERROR_USAGE, -1, "--quant: found %s", wrong.message);
}

static bool parse_plan(struct arguments *arguments, const char *value, struct error *err)
{
	struct error wrong;

	arguments->has_plan = true;
	return ladder_parse(text_from(value), &arguments->ladder, &wrong) ||
	       error_set(err, ERROR_USAGE, -1, "--plan: found %s", wrong.message);
}

static bool parse_budget(struct arguments *arguments, const char *value, struct error *err)
{
	struct error wrong;
	uint64_t bytes;

	arguments->has_plan = true;
	arguments->plan.budget = value;
	return plan_budget_parse(text_from(value), 1, &bytes, &wrong) ||
	       bad_value(err, OPTION_BUDGET, value, wrong.message);
}

static bool parse_plan_format(struct arguments *arguments, const char *value, struct error *err)
{
	static const char *const tools[] = { [PLAN_TOOL_ORT] = "ort", [PLAN_TOOL_LLAMA] = "llama" };

	arguments->has_plan = true;
	for (enum plan_tool tool = PLAN_TOOL_ORT; tool <= PLAN_TOOL_LLAMA; tool++)
		if (strcmp(value, tools[tool]) == 0) {
			arguments->plan.tool = tool;
			return true;
		}
	return bad_value(err, OPTION_PLAN_FORMAT, value, "allowed ort, llama");
}

/* LEAD,SPLIT or LEAD,SPLIT,SLICE; what the tensor has of it is seen later. */
static bool parse_matrix(struct arguments *arguments, const char *value, struct error *err)
{
	const char *rest = value;
	uint64_t lead, split, slice = 0;
	bool good = parse_number(&rest, &lead) && *rest++ == ',' && parse_number(&rest, &split);

	if (good && *rest == ',') {
		rest++;
		good = parse_number(&rest, &slice);
	}
	if (!good || *rest || split > LIMIT_DIMS || lead >= split)
		return bad_value(err, OPTION_MATRIX, value, "allowed LEAD,SPLIT or LEAD,SPLIT,SLICE, "
							    "like 0,1 or 2,3,5");
	arguments->picture.view = (struct matrix_view){ (uint32_t)lead, (uint32_t)split, slice };
	arguments->has_matrix = true;
	return true;
}

static bool parse_bins(struct arguments *arguments, const char *value, struct error *err)
{
	const char *rest = value;
	uint64_t bins;

	if (!parse_number(&rest, &bins) || *rest || bins < 1 || bins > HISTOGRAM_MAX_BINS)
		return bad_value(err, OPTION_BINS, value, "allowed 1 to 65536");
	arguments->bins.bins = (uint32_t)bins;
	arguments->has_bins = true;
	return true;
}

/* Two finite numbers; the locale of numbers is never anything but "C". */
static bool parse_range(struct arguments *arguments, const char *value, struct error *err)
{
	char *middle, *end = NULL;
	double low = strtod(value, &middle), high = 0;

	if (middle != value && *middle == ',')
		high = strtod(middle + 1, &end);
	if (!end || end == middle + 1 || *end || !isfinite(low) || !isfinite(high) || low > high)
		return bad_value(err, OPTION_RANGE, value, "allowed LO,HI, like -0.5,1e3");
	arguments->bins.low = low;
	arguments->bins.high = high;
	arguments->has_bins = true;
	return true;
}

static bool parse_colour(struct arguments *arguments, const char *value, struct error *err)
{
	static const struct {
		const char *name;
		enum tui_colour colour;
	} names[] = { { "auto", TUI_COLOUR_AUTO },
		      { "never", TUI_COLOUR_NEVER },
		      { "16", TUI_COLOUR_16 },
		      { "256", TUI_COLOUR_256 } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(value, names[i].name) == 0) {
			arguments->colour = names[i].colour;
			arguments->has_colour = names[i].colour != TUI_COLOUR_AUTO;
			return true;
		}
	}
	return bad_value(err, OPTION_COLOR, value, "allowed auto, never, 16 or 256");
}

static bool parse_view(struct arguments *arguments, const char *value, struct error *err)
{
	if (!view_named(text_from(value)) && !export_has_view(value))
		return bad_value(err, OPTION_VIEW, value, "not a view; mtui --help names them");
	arguments->view = value;
	return true;
}

static bool parse_format(struct arguments *arguments, const char *value, struct error *err)
{
	arguments->format = export_format_named(value);
	arguments->has_format = true;
	return arguments->format != EXPORT_FORMAT_COUNT ||
	       bad_value(err, OPTION_EXPORT, value, "allowed text, ansi, json, csv, markdown, dot or mermaid");
}

/* The choice is the process's, like the CPU itself. */
static bool parse_cpu(const char *value, struct error *err)
{
	static const char *const names[] = { "auto", "plain", "avx2", "avx512" };

	if (kernels_select(value))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0)
			return bad_value(err, OPTION_CPU, value, "this CPU or build has none");
	return bad_value(err, OPTION_CPU, value, "allowed plain, avx2, avx512 or auto");
}

static bool parse_libonnx(struct arguments *arguments, const char *value, struct error *err)
{
	arguments->libonnx = strcmp(value, "auto") == 0;
	return arguments->libonnx || strcmp(value, "off") == 0 ||
	       bad_value(err, OPTION_LIBONNX, value, "allowed auto or off");
}

static bool parse_glyphs(struct arguments *arguments, const char *value, struct error *err)
{
	arguments->glyphs = glyphs_named(value);
	return arguments->glyphs ||
	       bad_value(err, OPTION_GLYPHS, value, "allowed ascii, blocks or braille");
}

static bool apply(struct arguments *arguments, enum option_id id, const char *value,
		  struct error *err)
{
	unsigned number = 0;
	bool good;

	switch (id) {
	case OPTION_VIEW:
		return parse_view(arguments, value, err);
	case OPTION_OP:
		arguments->op = value;
		return true;
	case OPTION_CHECK:
		return checkup_parse_format(arguments, value, err);
	case OPTION_RULES:
		return checkup_parse_rules(arguments, value, err);
	case OPTION_STRICT:
		arguments->strict = true;
		return true;
	case OPTION_SELECT:
		arguments->selects[arguments->n_selects++] = value;
		return true;
	case OPTION_RUN:
		arguments->runs[arguments->n_runs++] = value;
		arguments->has_run = true;
		return true;
	case OPTION_EXPORT:
		return parse_format(arguments, value, err);
	case OPTION_OUTPUT:
		arguments->output = value;
		return true;
	case OPTION_NO_CHECKSUM:
		arguments->no_checksum = true;
		return true;
	case OPTION_FORCE:
		arguments->force = true;
		return true;
	case OPTION_SIZE:
		return parse_size(arguments, value, err);
	case OPTION_KEYS:
		arguments->keys = value;
		return true;
	case OPTION_BY:
		return parse_by(arguments, value, err);
	case OPTION_SORT:
		return parse_sort(arguments, value, err);
	case OPTION_TOP:
		return parse_top(arguments, value, err);
	case OPTION_QUANTILES:
		return parse_quantiles(arguments, value, err);
	case OPTION_QUANT:
		return parse_quant(arguments, value, err);
	case OPTION_IMPORTANCE:
		arguments->importance = value;
		return true;
	case OPTION_DIM:
		return parse_dim(arguments, value, err);
	case OPTION_BUDGET:
		return parse_budget(arguments, value, err);
	case OPTION_PLAN:
		return parse_plan(arguments, value, err);
	case OPTION_PIN:
		arguments->pins[arguments->plan.n_pins++] = value;
		arguments->has_plan = true;
		return true;
	case OPTION_PLAN_FORMAT:
		return parse_plan_format(arguments, value, err);
	case OPTION_AXIS:
		good = parse_within(OPTION_AXIS, value, 0, LIMIT_DIMS - 1, "allowed 0 to 63", &number,
				    err);
		arguments->axis = (int)number;
		return good;
	case OPTION_HOPS:
		return parse_within(OPTION_HOPS, value, 1, EXCERPT_MOST_HOPS, "allowed 1 to 5",
				    &arguments->hops, err);
	case OPTION_MATRIX:
		return parse_matrix(arguments, value, err);
	case OPTION_BINS:
		return parse_bins(arguments, value, err);
	case OPTION_RANGE:
		return parse_range(arguments, value, err);
	case OPTION_LOG:
		arguments->bins.symlog = arguments->has_bins = true;
		return true;
	case OPTION_AGAINST:
		arguments->against = value;
		return true;
	case OPTION_THEME:
		arguments->theme = value;
		return true;
	case OPTION_GLYPHS:
		return parse_glyphs(arguments, value, err);
	case OPTION_COLOR:
		return parse_colour(arguments, value, err);
	case OPTION_MAX_STDIN:
		return parse_bytes(&arguments->max_stdin, value, err);
	case OPTION_THREADS:
		return parse_within(OPTION_THREADS, value, 1, MAX_THREADS, "allowed 1 to 256",
				    &arguments->threads, err);
	case OPTION_CPU:
		return parse_cpu(value, err);
	case OPTION_LIBONNX:
		return parse_libonnx(arguments, value, err);
	case OPTION_VERBOSE:
		arguments->verbose = true;
		return true;
	case OPTION_VERSION:
		arguments->action = ARGUMENTS_VERSION;
		return true;
	case OPTION_HELP:
		arguments->action = ARGUMENTS_HELP;
		return true;
	case OPTION_COUNT:
		break;
	}
	return true;
}

static bool unknown_option(struct error *err, const char *word)
{
	char shown[SHOWN_COLUMNS * 12 + 1];

	gate_text(GATE_ASCII, shown, sizeof shown, SHOWN_COLUMNS, text_from(word));
	return error_set(err, ERROR_USAGE, -1, "unknown option '%s'; mtui --help lists them",
			 shown);
}

/* "--name", "--name=value", "-o" and "-oVALUE"; *value is NULL where none is attached. */
static enum option_id find_option(const char *word, const char **value)
{
	enum option_id id;

	*value = NULL;
	for (id = 0; id < OPTION_COUNT; id++) {
		size_t len = strlen(option_rows[id].name);
		if (word[1] == '-') {
			if (strncmp(word + 2, option_rows[id].name, len) != 0)
				continue;
			if (word[2 + len] == '=')
				*value = word + 3 + len;
			if (*value || word[2 + len] == '\0')
				break;
		} else if (option_rows[id].letter && word[1] == option_rows[id].letter) {
			*value = word[2] ? word + 2 : NULL;
			break;
		}
	}
	return id;
}

static bool parse_word(struct arguments *arguments, char **argv, int *i, struct error *err)
{
	const char *value;
	enum option_id id = find_option(argv[*i], &value);

	if (id == OPTION_COUNT)
		return unknown_option(err, argv[*i]);
	if (*option_rows[id].argument == '[')
		return apply(arguments, id, value, err);
	if (*option_rows[id].argument) {
		if (!value)
			value = argv[++*i];
		if (!value)
			return error_set(err, ERROR_USAGE, -1, "--%s needs %s", option_rows[id].name,
					 option_rows[id].argument);
	} else if (value) {
		return bad_value(err, id, value, "it takes no value");
	}
	return apply(arguments, id, value, err);
}

/* Files that are called what models are called need no look inside. */
static bool named_model(const char *path)
{
	static const char *const endings[] = { ".onnx", ".ort",	  ".gguf", ".safetensors", ".pt",
					       ".pth",	".ckpt",  ".h5",   ".keras",	   ".tflite",
					       ".pb",	".npy" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcasecmp(path + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

void arguments_take_runs(struct arguments *arguments)
{
	size_t files = 0;

	for (size_t i = 0; i < arguments->n_files; i++) {
		const char *path = arguments->files[i];

		if (strcmp(path, "-") != 0 && !named_model(path) && run_probe(path))
			arguments->runs[arguments->n_runs++] = path;
		else
			arguments->files[files++] = path;
	}
	arguments->n_files = files;
}

bool arguments_parse(struct arguments *arguments, int argc, char **argv, struct error *err)
{
	const char *libonnx = getenv("MTUI_LIBONNX");
	bool only_files = false;

	*arguments = (struct arguments){ .max_stdin = LIMIT_STDIN_DEFAULT, .axis = -1,
					   .quant = QUANT_DIAL_DEFAULT,
					   .picture = { .across = 64, .down = 64 },
					   .bins = { NAN, NAN, HISTOGRAM_BINS, false, 0 } };
	arguments->libonnx = !libonnx || strcmp(libonnx, "off") != 0;
	arguments->files = calloc((size_t)argc + 1, sizeof *arguments->files);
	arguments->selects = calloc((size_t)argc + 1, sizeof *arguments->selects);
	arguments->dims = calloc((size_t)argc + 1, sizeof *arguments->dims);
	arguments->runs = calloc((size_t)argc + 1, sizeof *arguments->runs);
	arguments->pins = calloc((size_t)argc + 1, sizeof *arguments->pins);
	if (!arguments->pins || !arguments->files || !arguments->selects || !arguments->dims || !arguments->runs)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	arguments->plan = (struct export_plan){ .ladder = &arguments->ladder, .budget = "50%",
						.pins = arguments->pins };
	if (!ladder_parse(TEXT(LADDER_DEFAULT), &arguments->ladder, err))
		return false;
	for (int i = 1; i < argc; i++) {
		if (only_files || argv[i][0] != '-' || argv[i][1] == '\0')
			arguments->files[arguments->n_files++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_files = true;
		else if (!parse_word(arguments, argv, &i, err))
			return false;
	}
	arguments->check_options.dims = arguments->dims;
	arguments->check_options.n_dims = arguments->n_dims;
	return arguments_check(arguments, err);
}

void arguments_free(struct arguments *arguments)
{
	free(arguments->files);
	free(arguments->selects);
	free(arguments->dims);
	free(arguments->runs);
	free(arguments->pins);
}

const char *arguments_original(const struct arguments *arguments)
{
	return arguments->against && (!arguments->view || strcmp(arguments->view, "xray") == 0)
		       ? arguments->against
		       : NULL;
}

const char *arguments_tab(const struct arguments *arguments)
{
	const struct view_ops *ops = arguments->view ? view_named(text_from(arguments->view)) : NULL;

	if (!arguments->view && arguments->against)
		return "xray";
	for (const struct view_ops *const *tab = view_tabs; *tab; tab++)
		if (*tab == ops)
			return arguments->view;
	return NULL;
}
