/*
 * A grid of cells: the only thing views draw on.
 *
 * A cell has a role, never a colour; a sink (screen, text, ANSI) turns roles into looks. Drawing
 * outside the canvas is clipped. A window shares the cells of its parent.
 */
#ifndef CANVAS_CANVAS_H
#define CANVAS_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/text.h>

#include "ui/canvas/glyphs.h"

/* role, name in theme files, what it is for */
#define ROLES(X)                                                                                   \
	X(ROLE_NORMAL, "normal", "text")                                                           \
	X(ROLE_DIM, "dim", "labels, units, hints")                                                 \
	X(ROLE_ACCENT, "accent", "the one accent: focus, active tab")                              \
	X(ROLE_TITLE, "title", "names of what is open, headings")                                  \
	X(ROLE_BORDER, "border", "frames and axes")                                                \
	X(ROLE_BORDER_FOCUS, "border.focus", "title of the pane with the focus")                   \
	X(ROLE_NAME, "name", "names of layers and tensors")                                        \
	X(ROLE_SCOPE, "scope", "names of scopes")                                                  \
	X(ROLE_OP, "op", "op types")                                                               \
	X(ROLE_DTYPE, "dtype", "element types and shapes")                                         \
	X(ROLE_NUMBER, "number", "values")                                                         \
	X(ROLE_GOOD, "good", "small error, all well")                                              \
	X(ROLE_FAIR, "fair", "middling error")                                                     \
	X(ROLE_BAD, "bad", "large error, problems")                                                \
	X(ROLE_WARNING, "warning", "warnings")                                                     \
	X(ROLE_CHART, "chart", "bars and lines of a chart")                                        \
	X(ROLE_CHART_OTHER, "chart.other", "second series of a chart")                             \
	X(ROLE_CHART_3, "chart.3", "third series of a chart")                                      \
	X(ROLE_CHART_4, "chart.4", "fourth series")                                                \
	X(ROLE_CHART_5, "chart.5", "fifth series")                                                 \
	X(ROLE_CHART_6, "chart.6", "sixth series")                                                 \
	X(ROLE_SPARK, "spark", "mini-histograms of the tree")                                      \
	X(ROLE_KEY, "key", "names of keys")                                                        \
	X(ROLE_STATUS, "status", "top and bottom lines")                                           \
	X(ROLE_MESSAGE, "message", "messages on the bottom line")                                  \
	X(ROLE_PROMPT, "prompt", "what is being typed")                                            \
	X(ROLE_MATCH, "match", "search hits")                                                      \
	X(ROLE_ESCAPE, "escape", "bytes that the text gate made visible")                          \
	X(ROLE_HEAT_0, "heat.0", "heat map, lowest")                                               \
	X(ROLE_HEAT_1, "heat.1", "heat map")                                                       \
	X(ROLE_HEAT_2, "heat.2", "heat map")                                                       \
	X(ROLE_HEAT_3, "heat.3", "heat map")                                                       \
	X(ROLE_HEAT_4, "heat.4", "heat map, highest")                                               \
	X(ROLE_MINUS_4, "minus.4", "scale around zero, lowest")                                    \
	X(ROLE_MINUS_3, "minus.3", "scale around zero")                                            \
	X(ROLE_MINUS_2, "minus.2", "scale around zero")                                            \
	X(ROLE_MINUS_1, "minus.1", "scale around zero")                                            \
	X(ROLE_ZERO, "zero", "scale around zero, zero")                                            \
	X(ROLE_PLUS_1, "plus.1", "scale around zero")                                              \
	X(ROLE_PLUS_2, "plus.2", "scale around zero")                                              \
	X(ROLE_PLUS_3, "plus.3", "scale around zero")                                              \
	X(ROLE_PLUS_4, "plus.4", "scale around zero, highest")

enum role {
#define X(id, name, meaning) id,
	ROLES(X)
#undef X
	ROLE_COUNT
};

extern const char *const role_names[ROLE_COUNT];

enum cell_flag {
	CELL_SELECTED = 1, /* in the selected row */
	CELL_BOLD = 2,
	CELL_PADDING = 4,  /* right half of a wide character: code is 0 */
	CELL_FOCUSED = 8,  /* selected, in the pane that has the focus */
};

struct cell {
	uint32_t code[3]; /* base and up to 2 combining marks, 0-padded; blank is ' ' */
	uint8_t width;	  /* 1 or 2; 0 for padding */
	uint8_t role;	  /* enum role */
	uint8_t flags;	  /* enum cell_flag */
	uint8_t back;	  /* enum role whose colour lies behind; ROLE_NORMAL: the usual */
};

struct canvas {
	struct cell *cells; /* row y starts at cells + y * stride */
	int width, height, stride;
	const struct glyphs *glyphs;
	bool owner;
};

/* Blank cells; false when memory is exhausted. canvas_resize keeps nothing. */
bool canvas_init(struct canvas *canvas, int width, int height, const struct glyphs *glyphs);
bool canvas_resize(struct canvas *canvas, int width, int height);
void canvas_free(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);

/* Part of a canvas, clipped to it; needs no canvas_free. */
struct canvas canvas_window(const struct canvas *canvas, int x, int y, int width, int height);

static inline const struct cell *canvas_at(const struct canvas *canvas, int x, int y)
{
	return canvas->cells + (size_t)y * (size_t)canvas->stride + x;
}

/* All of these return the column after what was drawn, clipped at the canvas's width.
 * canvas_text passes file bytes through the gate, escapes in ROLE_ESCAPE, and cuts with an
 * ellipsis at `columns`; canvas_print is for mtui's own words (UTF-8, at most 512 bytes), which an
 * ellipsis ends where the canvas cuts them. */
int canvas_put(struct canvas *canvas, int x, int y, enum role role, uint32_t code);
int canvas_text(struct canvas *canvas, int x, int y, int columns, enum role role, struct text text);
int canvas_string(struct canvas *canvas, int x, int y, enum role role, const char *string);
int canvas_print(struct canvas *canvas, int x, int y, enum role role, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Two pixels in one cell, the upper one in the colour of `upper`, the lower one in that of
 * `lower`: nothing to be seen where there are no colours. */
void canvas_pixels(struct canvas *canvas, int x, int y, enum role upper, enum role lower);

/* Right-aligned: ends before column x_end. Returns the first column drawn. */
int canvas_print_right(struct canvas *canvas, int x_end, int y, enum role role, const char *format,
		       ...) __attribute__((format(printf, 5, 6)));

void canvas_fill(struct canvas *canvas, int x, int y, int width, int height, enum role role,
		 uint32_t code);
void canvas_box(struct canvas *canvas, int x, int y, int width, int height, enum role role);

/* Sets flags (CELL_SELECTED...) on a stretch of one row, keeping what is drawn there. */
void canvas_mark(struct canvas *canvas, int x, int y, int width, uint8_t flags);

/* Changes the role of a stretch of one row: search hits. */
void canvas_recolour(struct canvas *canvas, int x, int y, int width, enum role role);

/* One row as UTF-8 without trailing blanks, NUL-terminated; returns its length. For sinks and
 * tests. buffer of at least width * 12 + 1 bytes always suffices. */
size_t canvas_row(const struct canvas *canvas, int y, char *buffer, size_t size);

/* One cell as UTF-8, NUL-terminated; returns its length, 0 for padding. */
size_t canvas_cell_utf8(const struct cell *cell, char out[13]);

#endif
