/*
 * Views and reports as files: the sinks other than the screen.
 *
 * text, ansi and markdown walk the cells that the screen would show; JSON and CSV write the reports
 * behind them. Every sink writes to a struct output, which checks every write.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/model_plan.h>

#include "session/session.h"
#include "ui/app/app.h"
#include "ui/app/theme.h"
#include "ui/canvas/canvas.h"

/* id, name, file extension */
#define EXPORT_FORMATS(X)                                                                          \
	X(EXPORT_TEXT, "text", "txt")                                                              \
	X(EXPORT_ANSI, "ansi", "ansi")                                                             \
	X(EXPORT_JSON, "json", "json")                                                             \
	X(EXPORT_CSV, "csv", "csv")                                                                \
	X(EXPORT_MARKDOWN, "markdown", "md")                                                       \
	X(EXPORT_DOT, "dot", "dot")                                                                \
	X(EXPORT_MERMAID, "mermaid", "mmd")

enum export_format {
#define X(id, name, extension) id,
	EXPORT_FORMATS(X)
#undef X
	EXPORT_FORMAT_COUNT
};

/* EXPORT_FORMAT_COUNT if unknown. */
enum export_format export_format_named(const char *name);
enum export_format export_format_of_path(const char *path); /* by extension; text if unknown */

/*
 * Where bytes go. output_open writes a temporary file (mode by umask, O_TMPFILE or O_EXCL) beside
 * the target; output_commit syncs it and gives it the target's name without ever replacing a file
 * unless force, then syncs the directory; output_discard removes it. Path "-" is standard output.
 * Targets that are not regular files, or symbolic links, or one of the inputs, are refused.
 */
struct output;

struct output *output_open(const char *path, bool force, struct error *err);
void output_bytes(struct output *output, const void *bytes, size_t len);
void output_string(struct output *output, const char *string);
void output_format(struct output *output, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool output_commit(struct output *output, struct error *err); /* frees it */
void output_discard(struct output *output);		      /* frees it; NULL is fine */

/* Refuses when the target is one of the model's own files; call it for every open model. */
bool output_protect(const struct output *output, const struct model *model, struct error *err);

/* The first failure sticks and later writes are skipped; output_commit reports it. A writer with
 * much to do asks output_failed now and then. output_fail is for a writer that cannot go on. */
bool output_failed(const struct output *output);
void output_fail(struct output *output, int number);

/* Who waits for an export may watch it: asked on the thread that exports, at most ten times a
 * second, with the work that is done of a total (which may be of a part); true stops it. */
typedef bool output_watch(void *context, uint64_t done, uint64_t total);

void output_set_watch(struct output *output, output_watch *watch, void *context);
bool output_is_watched(const struct output *output); /* NULL is fine */

/* Asks the watcher; one that stops is a failure of the output. True when there has been any. */
bool output_ask_watch(struct output *output, uint64_t done, uint64_t total);
bool output_stopped(const struct output *output); /* by the watcher */

/* Cells. colours: 0 (attributes only), 16 or 256. The title is raw bytes, NULL for none. */
void export_text(struct output *output, const struct canvas *canvas);
void export_ansi(struct output *output, const struct canvas *canvas, const struct theme *theme,
		 int colours);
void export_markdown(struct output *output, const struct canvas *canvas, const char *title);

/* Cells in a format of cells: text, ansi or markdown. */
struct export_looks {
	const struct theme *theme;
	int colours;
	const char *title;
};

void export_cells(struct output *output, enum export_format format, const struct canvas *canvas,
		  const struct export_looks *looks);

/* Cells that one export may have; more would take gigabytes. */
#define EXPORT_MAX_CELLS 16000000
#define EXPORT_MAX_COLUMNS 2000 /* of a view that is wider than asked for */

/* A view alone, computed to the end and drawn as tall as it wants, on a new canvas of that width,
 * or of a larger one where it wants that.
 * The context says what is selected; the output's watcher may stop it. */
bool export_draw(struct view *view, const struct view_context *context, int width, bool progress,
		 struct output *output, struct canvas *canvas, struct error *err);

/* Writes what the app shows to a file, in the format of its extension: the `e` key. An
 * app_exporter. */
bool export_app(struct app *app, const char *path, bool force, struct error *err);

/* Rows of the view "stats". */
enum export_by { EXPORT_BY_ALL, EXPORT_BY_TENSOR, EXPORT_BY_DTYPE, EXPORT_BY_OP, EXPORT_BY_SCOPE };

#define EXPORT_MAX_PERCENTS 32

/* What else is asked of the view "stats". */
struct export_stats {
	enum export_by by; /* EXPORT_BY_ALL: all tables, in CSV the tensors */
	bool ranked;	   /* tensors by the ranking, the largest first; NaN last */
	enum ranking ranking;
	bool ascending;	   /* the smallest first */
	size_t top;	   /* ranked tensors that are listed; 0: all */
	size_t n_percents; /* quantiles besides the usual ones */
	double percents[EXPORT_MAX_PERCENTS];
};

/* What the view "plan" is made from. */
enum plan_tool { PLAN_TOOL_NONE, PLAN_TOOL_ORT, PLAN_TOOL_LLAMA };

struct export_plan {
	const struct ladder *ladder;
	const char *budget;	 /* for plan_budget_parse */
	const char *const *pins; /* "GLOB=SETTING" or "GLOB=keep" */
	size_t n_pins;
	enum plan_tool tool;	 /* of export_plan_tool */
	const struct model_plan *made; /* NULL: to be made from the above */
};

/* What a report export is about. */
struct export_subject {
	struct session *session;
	uint32_t document;
	const char *const *tags;  /* patterns of the view "curves"; NULL: all */
	size_t n_tags;
	const char *view;	  /* "model", "tensors", "stats", "histogram", "nodes", or a tab's name */
	const uint32_t *tensors;  /* selected tensors; NULL: all that the view would list */
	size_t n_tensors;
	const uint32_t *nodes;	  /* likewise, of the view "nodes" */
	size_t n_nodes;
	const uint32_t *rows;	  /* selected rows of the layers, ascending, of the view "graph" */
	size_t n_rows;
	unsigned hops;		  /* likewise; 0: EXCERPT_HOPS */
	struct quant_scheme dial;
	const double *importance; /* of the view "quant": what errors weigh, or NULL */
	size_t n_importance;
	const struct histogram_axis *bins; /* of the view "histogram"; NULL: 256 over all values */
	const uint32_t *against;  /* of the view "histogram": a tensor drawn over each; or NULL */
	const struct export_plan *plan; /* of the view "plan" */
	const struct export_stats *stats; /* of the view "stats"; NULL: all tables */
	const int *axis;	  /* of the view "channels"; NULL: channels_default_axis decides */
	const struct picture_request *picture; /* of "picture"; its view of "pca" and "svd", too;
						* NULL: a row for each place of the first dimension */
	const struct model *original; /* of "xray": what the model was made from, or NULL */
	unsigned threads;	  /* 0: one per processor */
	bool progress;		  /* show progress on standard error */
};

/* One JSON object, or one CSV table with its header line, for one document. Computes what it
 * needs, tensor by tensor, in bounded memory. */
bool export_json(struct output *output, const struct export_subject *subject, struct error *err);
bool export_csv(struct output *output, const struct export_subject *subject, struct error *err);

/* The views "tensors", "stats", "nodes" (tables) and "histogram" (charts) as cells, on a new canvas of that width. */
bool export_list(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		 struct canvas *canvas, struct error *err);

/* Formats of data, not of cells. */
bool export_is_report(enum export_format format);

/* In one of these. DOT and Mermaid are of the view "graph". */
bool export_report(struct output *output, enum export_format format,
		   const struct export_subject *subject, struct error *err);

/* True when that view can be exported as JSON and CSV. */
bool export_has_view(const char *view);

#endif
