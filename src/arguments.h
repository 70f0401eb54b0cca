/*
 * The command line: one list of options, from which come the parser, the text of --help and the
 * check that the man page names them all.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/histogram.h>
#include <mtui/model_plan.h>
#include <mtui/shape_inference.h>
#include <mtui/picture.h>
#include <mtui/scheme.h>

#include "export/export.h"
#include "export/export_check.h"
#include "ui/canvas/glyphs.h"
#include "ui/tui/tui.h"

/* id, letter or 0, name, argument ("" if none, in brackets if it may be left out), help */
#define OPTIONS(X)                                                                                 \
	X(OPTION_VIEW, 0, "view", "NAME", "the view to show: see below") \
	X(OPTION_OP, 0, "op", "NAME", "what an operator means: Conv, Conv:13, ai.onnx.ml.Scaler")  \
	X(OPTION_CHECK, 0, "check", "[FORMAT]", "what is wrong with the files: text, json, sarif; help lists the rules") \
	X(OPTION_RULES, 0, "rules", "RULE,...", "of a check: only these rules, or with -RULE all but these") \
	X(OPTION_STRICT, 0, "strict", "", "of a check: warnings make the status 1, too")              \
	X(OPTION_SELECT, 0, "select", "GLOB", "layers, tensors or tags by name; may be repeated")       \
	X(OPTION_RUN, 0, "run", "PATH", "training runs beside the model: a log, or a directory; may be repeated") \
	X(OPTION_EXPORT, 0, "export", "FORMAT", "print the view: text, ansi, json, csv, markdown, dot, mermaid") \
	X(OPTION_OUTPUT, 'o', "output", "FILE", "write to FILE instead of standard output")        \
	X(OPTION_NO_CHECKSUM, 0, "no-checksum", "", "read event files whatever their checksums say")  \
	X(OPTION_FORCE, 0, "force", "", "let -o replace a file that exists")                       \
	X(OPTION_SIZE, 0, "size", "WxH", "export the whole screen, W columns by H rows")           \
	X(OPTION_KEYS, 0, "keys", "SCRIPT", "press these keys first: 'jj<Enter>2'")                \
	X(OPTION_BY, 0, "by", "WHAT", "of an export of stats: tensor, dtype, op or scope; all")    \
	X(OPTION_SORT, 0, "sort", "NAME", "likewise: tensors by a statistic; -NAME: smallest first") \
	X(OPTION_TOP, 0, "top", "N", "likewise: the first N of them")                              \
	X(OPTION_QUANTILES, 0, "quantiles", "P,...", "likewise: more quantiles, at these percents") \
	X(OPTION_QUANT, 0, "quant", "SPEC", "the quantization: int4:group=32:affine:mse; help lists them") \
	X(OPTION_IMPORTANCE, 0, "importance", "FILE", "likewise, of JSON and CSV: what channels weigh; npy or text") \
	X(OPTION_DIM, 0, "dim", "NAME=N", "the size of a named dimension; may be repeated")          \
	X(OPTION_BUDGET, 0, "budget", "SIZE", "of a plan: 50% of what the weights take, or bytes like 40M; 50%") \
	X(OPTION_PLAN, 0, "plan", "SPEC,...", "likewise: the settings to choose from")              \
	X(OPTION_PIN, 0, "pin", "GLOB=SPEC", "likewise: tensors that get that setting, or keep; may be repeated") \
	X(OPTION_PLAN_FORMAT, 0, "plan-format", "TOOL", "likewise, for another tool: ort, llama")  \
	X(OPTION_AXIS, 0, "axis", "N", "of an export of channels: slices along axis N")           \
	X(OPTION_HOPS, 0, "hops", "N", "of graph: hops around a node, 1 to 5; 2")                  \
	X(OPTION_MATRIX, 0, "matrix", "L,S,N", "of picture, pca, svd: L dimensions held, columns from S on, slice N") \
	X(OPTION_BINS, 0, "bins", "N", "of an export of histogram: bins; 256")                     \
	X(OPTION_RANGE, 0, "range", "LO,HI", "likewise: the range; that of the values")            \
	X(OPTION_LOG, 0, "log", "", "likewise: a symmetric-log axis")                              \
	X(OPTION_AGAINST, 0, "against", "NAME", "likewise: with that tensor's; of xray and without a view: the float model") \
	X(OPTION_THEME, 0, "theme", "NAME", "colours: a theme's name, or the path of its file")    \
	X(OPTION_GLYPHS, 0, "glyphs", "SET", "ascii, blocks or braille")                           \
	X(OPTION_COLOR, 0, "color", "WHEN", "auto, never, 16 or 256")                              \
	X(OPTION_MAX_STDIN, 0, "max-stdin", "SIZE", "most that is read from a pipe as '-'; 2G")    \
	X(OPTION_THREADS, 0, "threads", "N", "worker threads; default: one per processor")         \
	X(OPTION_CPU, 0, "cpu", "NAME", "kernels: plain, avx2, avx512 or auto, the best there are") \
	X(OPTION_LIBONNX, 0, "libonnx", "WHEN", "auto, or off: nothing is asked of libonnx")        \
	X(OPTION_VERBOSE, 0, "verbose", "", "with --version: the build and the limits too")        \
	X(OPTION_VERSION, 'V', "version", "", "print the version")                                 \
	X(OPTION_HELP, 'h', "help", "", "print this help")

enum option_id {
#define X(id, letter, name, argument, help) id,
	OPTIONS(X)
#undef X
	OPTION_COUNT
};

struct option_row {
	char letter; /* or 0 */
	const char *name, *argument, *help;
};

extern const struct option_row option_rows[OPTION_COUNT];

enum arguments_action {
	ARGUMENTS_RUN,
	ARGUMENTS_VERSION,
	ARGUMENTS_HELP,
	ARGUMENTS_QUANT_HELP,
	ARGUMENTS_CHECK_HELP,
};

struct arguments {
	enum arguments_action action;
	const char **files; /* n_files of them */
	size_t n_files;
	const char **selects;
	size_t n_selects;
	const char **runs;  /* of --run, and files that are logs: arguments_take_runs */
	size_t n_runs;
	bool has_run;	    /* --run was given */
	bool no_checksum;   /* of event files */
	const char *view;   /* NULL if not given; likewise below */
	const char *op;     /* no files then */
	const char *output;
	const char *against;
	struct dim_binding *dims;  /* n_dims of them */
	size_t n_dims;
	const char *keys;
	const char *theme;
	const struct glyphs *glyphs;
	enum export_format format; /* given, or by the name of -o, or text */
	bool has_format;	   /* --export was given */
	bool force, verbose;
	bool check;		   /* nothing but the check; likewise below */
	enum check_format check_format;
	struct check_options check_options;
	bool has_rules, strict;
	struct quant_scheme quant; /* the dial's setting */
	const char *importance;	   /* path of the file, or NULL */
	struct ladder ladder;	   /* of plans */
	struct export_plan plan;   /* its ladder is the one above */
	const char **pins;	   /* likewise */
	bool has_plan;		   /* one of its options was given */
	unsigned hops;		   /* 0 without --hops */
	int axis;		   /* -1 without --axis */
	struct picture_request picture;
	bool has_matrix;	   /* its view was given */
	struct export_stats stats;  /* zeros without --by, --sort, --top and --quantiles */
	bool has_stats;		   /* one of them was given */
	struct histogram_axis bins; /* the default without --bins, --range and --log */
	bool has_bins;		   /* one of them was given */
	int width, height;	   /* 0 without --size */
	enum tui_colour colour;
	bool has_colour;	   /* --color was given: NO_COLOR does not count */
	uint64_t max_stdin;
	unsigned threads;	   /* 0: one per processor */
	bool libonnx;		   /* may be asked */
};

/* Points into argv. ERROR_USAGE with a message that names the option. arguments_free always. */
bool arguments_parse(struct arguments *arguments, int argc, char **argv, struct error *err);

/* Of arguments_parse: whether what was given goes together. */
bool arguments_check(struct arguments *arguments, struct error *err);

/* Moves those files to the runs that are training logs, by their first bytes, and directories. */
void arguments_take_runs(struct arguments *arguments);
void arguments_free(struct arguments *arguments);

/* The view when it is a tab of the screen, else NULL. */
const char *arguments_tab(const struct arguments *arguments);

/* The file of --against where it is the model that a quantized one was made from: of the view xray,
 * and without a view; else NULL. */
const char *arguments_original(const struct arguments *arguments);

/* What --help, --quant=help and --version print, on standard output. */
void arguments_print_help(void);
void arguments_print_quant_help(void);
void arguments_print_version(bool verbose);

#endif
