/*
 * Every command there is: one list, from which come the enum, the names for the command line and
 * for key files, the default keys, the help screen, and the test that the man page names them all.
 *
 * Keys are written as in key scripts: a character, or <Enter> <Esc> <Tab> <BackTab> <Up> <Down>
 * <Left> <Right> <PgUp> <PgDn> <Home> <End> <Space> <Backspace> <Delete> <F1>..<F12> <C-x>
 * <lt> (for '<'); several are separated by blanks.
 */
#ifndef VIEWS_COMMAND_H
#define VIEWS_COMMAND_H

#include <mtui/text.h>

/* Where a command's default keys work. A view's own keys come before the general ones. */
enum command_scope { SCOPE_GENERAL, SCOPE_TREE, SCOPE_WEIGHTS, SCOPE_QUANT, SCOPE_VALUES, SCOPE_CHANNELS, SCOPE_PICTURE, SCOPE_GRAPH, SCOPE_COST, SCOPE_CURVES, SCOPE_PROMPT, SCOPE_COUNT };

/* id, name, argument ("" if none), scope, default keys, help */
#define COMMANDS(X)                                                                                \
	X(COMMAND_UP, "up", "", SCOPE_GENERAL, "<Up> k", "move up, or scroll")                     \
	X(COMMAND_DOWN, "down", "", SCOPE_GENERAL, "<Down> j", "move down, or scroll")             \
	X(COMMAND_LEFT, "left", "", SCOPE_GENERAL, "<Left> h", "fold, or to the parent; scroll left") \
	X(COMMAND_RIGHT, "right", "", SCOPE_GENERAL, "<Right> l", "unfold; scroll right")          \
	X(COMMAND_PAGE_UP, "page-up", "", SCOPE_GENERAL, "<PgUp> <C-b>", "one page up")            \
	X(COMMAND_PAGE_DOWN, "page-down", "", SCOPE_GENERAL, "<PgDn> <C-f>", "one page down")      \
	X(COMMAND_FIRST, "first", "", SCOPE_GENERAL, "<Home> g", "to the beginning")               \
	X(COMMAND_LAST, "last", "", SCOPE_GENERAL, "<End> G", "to the end")                        \
	X(COMMAND_PANE, "pane", "", SCOPE_GENERAL, "<Tab> <BackTab>", "to the other pane")         \
	X(COMMAND_ENTER, "enter", "", SCOPE_GENERAL, "<Enter>", "into the selected row")           \
	X(COMMAND_BACK, "back", "", SCOPE_GENERAL, "<Esc>", "stop the work that runs, or close, or back to the tree") \
	X(COMMAND_VIEW_NEXT, "view-next", "", SCOPE_GENERAL, "]", "next view")                     \
	X(COMMAND_VIEW_PREVIOUS, "view-previous", "", SCOPE_GENERAL, "[", "previous view")         \
	X(COMMAND_VIEW, "view", "NAME", SCOPE_GENERAL, "", "show a view by name")                  \
	X(COMMAND_VIEW_1, "view-1", "", SCOPE_GENERAL, "1", "Overview: what the selected layer is") \
	X(COMMAND_VIEW_2, "view-2", "", SCOPE_GENERAL, "2", "Weights: statistics and histogram")   \
	X(COMMAND_VIEW_3, "view-3", "", SCOPE_GENERAL, "3", "Quant: quantization error")           \
	X(COMMAND_VIEW_4, "view-4", "", SCOPE_GENERAL, "4", "Curves: training runs")               \
	X(COMMAND_VIEW_5, "view-5", "", SCOPE_GENERAL, "5", "Graph: boxes and lines, of a scope or about a node") \
	X(COMMAND_VIEW_6, "view-6", "", SCOPE_GENERAL, "6", "Values: the numbers themselves")      \
	X(COMMAND_VIEW_7, "view-7", "", SCOPE_GENERAL, "7", "Check: notices about the file")       \
	X(COMMAND_VIEW_8, "view-8", "", SCOPE_GENERAL, "8", "Channels: slices along an axis, outliers first") \
	X(COMMAND_VIEW_9, "view-9", "", SCOPE_GENERAL, "9", "Picture: heat map, kernels, principal components, singular values") \
	X(COMMAND_VIEW_10, "view-10", "", SCOPE_GENERAL, "0", "Cost: operations, memory, where they go") \
	X(COMMAND_DIM, "dim", "NAME=SIZE", SCOPE_GENERAL, "D", "give a named dimension a size, or none: batch=1, batch=") \
	X(COMMAND_SEARCH, "search", "PATTERN", SCOPE_GENERAL, "/", "search names; ~ first for a regular expression") \
	X(COMMAND_SEARCH_NEXT, "search-next", "", SCOPE_GENERAL, "n", "next hit")                  \
	X(COMMAND_SEARCH_PREVIOUS, "search-previous", "", SCOPE_GENERAL, "N", "previous hit")      \
	X(COMMAND_FILTER, "filter", "PATTERN", SCOPE_GENERAL, "f", "only rows of that name, op=TYPE or dtype=TYPE; empty: all") \
	X(COMMAND_SORT, "sort", "COLUMN", SCOPE_GENERAL, "s", "sort the tree by the next column, or by the named one") \
	X(COMMAND_SORT_REVERSE, "sort-reverse", "", SCOPE_GENERAL, "S", "reverse the order")       \
	X(COMMAND_FOLD, "fold", "", SCOPE_TREE, "<Space>", "fold or unfold")                       \
	X(COMMAND_FOLD_ALL, "fold-all", "", SCOPE_TREE, "-", "fold all")                           \
	X(COMMAND_UNFOLD_ALL, "unfold-all", "", SCOPE_TREE, "+ *", "unfold all")                   \
	X(COMMAND_PRODUCER, "producer", "", SCOPE_GENERAL, "p", "to the node that makes the input; again: the next input") \
	X(COMMAND_CONSUMER, "consumer", "", SCOPE_GENERAL, "c", "to the node that uses the output; again: the next one") \
	X(COMMAND_HISTORY_BACK, "history-back", "", SCOPE_GENERAL, "<Backspace> <C-o>", "back to where you were") \
	X(COMMAND_HISTORY_FORWARD, "history-forward", "", SCOPE_GENERAL, "<C-n>", "forward again") \
	X(COMMAND_GOTO, "goto", "NAME", SCOPE_GENERAL, "", "select the layer of that name")        \
	X(COMMAND_DOCUMENT_NEXT, "document-next", "", SCOPE_GENERAL, "}", "next open file")        \
	X(COMMAND_DOCUMENT_PREVIOUS, "document-previous", "", SCOPE_GENERAL, "{", "previous open file") \
	X(COMMAND_LOG, "log", "", SCOPE_WEIGHTS, "L", "linear or logarithmic counts")              \
	X(COMMAND_ZOOM_IN, "zoom-in", "", SCOPE_WEIGHTS, "+", "half the range of values, counted anew; arrows move it") \
	X(COMMAND_ZOOM_OUT, "zoom-out", "", SCOPE_WEIGHTS, "-", "twice the range")                 \
	X(COMMAND_ZOOM_RESET, "zoom-reset", "", SCOPE_WEIGHTS, "=", "all values again")            \
	X(COMMAND_MARK, "mark", "", SCOPE_WEIGHTS, "m", "mark the tensor; other histograms are drawn over its own") \
	X(COMMAND_SYMLOG, "symlog", "", SCOPE_WEIGHTS, "x", "linear or symmetric-log values")      \
	X(COMMAND_BITS_DOWN, "bits-down", "", SCOPE_QUANT, "b", "fewer bits, or levels, or a lower rank") \
	X(COMMAND_BITS_UP, "bits-up", "", SCOPE_QUANT, "B", "more bits")                           \
	X(COMMAND_SCHEME_NEXT, "scheme-next", "", SCOPE_QUANT, "x", "next scheme: integers, floats, blocks, codebooks") \
	X(COMMAND_SCHEME_PREVIOUS, "scheme-previous", "", SCOPE_QUANT, "X", "previous scheme")     \
	X(COMMAND_GRANULARITY, "granularity", "", SCOPE_QUANT, "a", "per tensor, per channel, per group of 256 to 16") \
	X(COMMAND_CALIBRATION, "calibration", "", SCOPE_QUANT, "c", "range by min-max, least MSE, least KL or percentile") \
	X(COMMAND_SYMMETRY, "symmetry", "", SCOPE_QUANT, "z", "symmetric, full range or affine")   \
	X(COMMAND_ROUNDING, "rounding", "", SCOPE_QUANT, "w", "halves to even, away from zero, or stochastic") \
	X(COMMAND_DIAL_BACK, "dial-back", "", SCOPE_QUANT, "=", "dial back to where it began, and there again") \
	X(COMMAND_QUANT_PAGE, "quant-page", "NAME", SCOPE_QUANT, "m", "the next page: the error, charts of all settings by bits and by size, the plan; or the named one") \
	X(COMMAND_BUDGET_DOWN, "budget-down", "", SCOPE_QUANT, "-", "of the plan: a smaller budget") \
	X(COMMAND_BUDGET_UP, "budget-up", "", SCOPE_QUANT, "+", "a larger budget")                 \
	X(COMMAND_BUDGET, "budget", "SIZE", SCOPE_QUANT, "", "the budget: 50% or 40M")             \
	X(COMMAND_PLAN_PIN, "plan-pin", "", SCOPE_QUANT, "P", "the selected tensor has this setting in every plan, or no longer") \
	X(COMMAND_PLAN_KEEP, "plan-keep", "", SCOPE_QUANT, "K", "the selected tensor stays as it is, or no longer") \
	X(COMMAND_IMPORTANCE, "importance", "FILE", SCOPE_QUANT, "", "errors weigh by channel as the file says (npy or text); without one: no longer") \
	X(COMMAND_DIAL, "dial", "SPEC", SCOPE_QUANT, "", "set the dial: int4:group=32:affine:mse") \
	X(COMMAND_HEX, "hex", "", SCOPE_VALUES, "x", "show the bytes beside the numbers")          \
	X(COMMAND_INDEX, "index", "I,J,...", SCOPE_VALUES, "i", "to the element of that index")    \
	X(COMMAND_AXIS, "axis", "N", SCOPE_CHANNELS, "a", "slices along the next axis, or along that one") \
	X(COMMAND_PICTURE, "picture", "NAME", SCOPE_PICTURE, "m", "the next kind of picture, or map, kernels, pca or svd") \
	X(COMMAND_NEARER, "nearer", "", SCOPE_PICTURE, "+", "zoom in about the cursor; arrows move it") \
	X(COMMAND_FARTHER, "farther", "", SCOPE_PICTURE, "-", "zoom out")                          \
	X(COMMAND_ALL, "all", "", SCOPE_PICTURE, "=", "the whole matrix again")                    \
	X(COMMAND_FLATTEN, "flatten", "LEAD,SPLIT", SCOPE_PICTURE, "a", "other dimensions as rows and columns: LEAD of them held, columns from SPLIT on") \
	X(COMMAND_SLICE_NEXT, "slice-next", "", SCOPE_PICTURE, ")", "next slice, where dimensions are held") \
	X(COMMAND_SLICE_PREVIOUS, "slice-previous", "", SCOPE_PICTURE, "(", "previous slice")      \
	X(COMMAND_SLICE, "slice", "N", SCOPE_PICTURE, "", "the slice of that number")              \
	X(COMMAND_EXTREME, "extreme", "", SCOPE_PICTURE, "x", "a cell shows the mean of its block, or its largest magnitude") \
	X(COMMAND_SCALE, "scale", "", SCOPE_PICTURE, "v", "the scale ends at three root mean squares, or at the largest shown") \
	X(COMMAND_PIXELS, "pixels", "", SCOPE_PICTURE, "d", "two rows in one row of cells, told by colours alone") \
	X(COMMAND_HOPS_MORE, "hops-more", "", SCOPE_GRAPH, "+", "of a node: one hop more around it") \
	X(COMMAND_HOPS_FEWER, "hops-fewer", "", SCOPE_GRAPH, "-", "one hop fewer")                 \
	X(COMMAND_HOPS, "hops", "N", SCOPE_GRAPH, "", "that many hops, 1 to 5")                    \
	X(COMMAND_EXPAND, "expand", "", SCOPE_GRAPH, "<Space>", "open the box in place, repeated blocks first one by one; close it") \
	X(COMMAND_MARK_NODE, "mark-node", "", SCOPE_GRAPH, "m", "mark the box; all ways between it and the cursor stand out") \
	X(COMMAND_LEAVE, "leave", "", SCOPE_GRAPH, "o", "out to the scope around")                 \
	X(COMMAND_SMOOTHING, "smoothing", "WEIGHT", SCOPE_CURVES, "", "smooth by that weight, 0 to 0.999, as TensorBoard does") \
	X(COMMAND_SMOOTH_MORE, "smooth-more", "", SCOPE_CURVES, "+", "smooth more")                \
	X(COMMAND_SMOOTH_LESS, "smooth-less", "", SCOPE_CURVES, "-", "smooth less")                \
	X(COMMAND_Y_SCALE, "y-scale", "", SCOPE_CURVES, "l", "linear, logarithmic or symmetric-log values") \
	X(COMMAND_X_AXIS, "x-axis", "COLUMN", SCOPE_CURVES, "x", "by step, epoch, relative or wall time, or the named column") \
	X(COMMAND_RUN_TOGGLE, "run-toggle", "", SCOPE_CURVES, "<Space>", "selected run on or off") \
	X(COMMAND_RUN_ONLY, "run-only", "", SCOPE_CURVES, "o", "only the selected run, or all again") \
	X(COMMAND_X_ZOOM_IN, "x-zoom-in", "", SCOPE_CURVES, "z", "half of what is shown, about the cursor") \
	X(COMMAND_X_ZOOM_OUT, "x-zoom-out", "", SCOPE_CURVES, "Z", "twice as much")                \
	X(COMMAND_X_ZOOM_RESET, "x-zoom-reset", "", SCOPE_CURVES, "=", "all of it again")          \
	X(COMMAND_PAN_LEFT, "pan-left", "", SCOPE_CURVES, ",", "show what came before")            \
	X(COMMAND_PAN_RIGHT, "pan-right", "", SCOPE_CURVES, ".", "show what comes after")          \
	X(COMMAND_MARK_NEXT, "mark-next", "", SCOPE_CURVES, "m", "cursor to the next thing that went wrong") \
	X(COMMAND_MARK_PREVIOUS, "mark-previous", "", SCOPE_CURVES, "M", "to the one before")      \
	X(COMMAND_MARKS, "marks", "", SCOPE_CURVES, "i", "list of what went wrong")                \
	X(COMMAND_GROUP, "group", "KEY", SCOPE_CURVES, "a", "runs of like name, or of one value of KEY in their configuration, as mean and band") \
	X(COMMAND_DIFFERENCE, "difference", "", SCOPE_CURVES, "d", "difference to the selected run, or ratio") \
	X(COMMAND_PIN, "pin", "", SCOPE_CURVES, "P", "keep this tag first in the list, or no longer") \
	X(COMMAND_PANEL, "panel", "", SCOPE_CURVES, "w", "histograms as heat map or percentiles; differences of configurations or all") \
	X(COMMAND_COST_PAGE, "cost-page", "NAME", SCOPE_COST, "m", "costs by operators, layers, nodes or intensity") \
	X(COMMAND_COMMAND, "command", "", SCOPE_GENERAL, ":", "type a command")                    \
	X(COMMAND_EXPORT, "export", "FILE", SCOPE_GENERAL, "e", "write this view to a file; .txt .ansi .json .csv .md choose the format") \
	X(COMMAND_THEME, "theme", "NAME", SCOPE_GENERAL, "t", "next theme, or the named one")      \
	X(COMMAND_GLYPHS, "glyphs", "NAME", SCOPE_GENERAL, "u", "next glyph set: ascii, blocks, braille") \
	X(COMMAND_RELOAD, "reload", "", SCOPE_GENERAL, "r", "read the file again")                 \
	X(COMMAND_REDRAW, "redraw", "", SCOPE_GENERAL, "<C-l>", "draw the screen anew")            \
	X(COMMAND_HELP, "help", "", SCOPE_GENERAL, "? <F1>", "the keys of this view")              \
	X(COMMAND_SUSPEND, "suspend", "", SCOPE_GENERAL, "<C-z>", "suspend mtui")                  \
	X(COMMAND_QUIT, "quit", "", SCOPE_GENERAL, "q <C-c>", "quit")

enum command {
	COMMAND_NONE,
#define X(id, name, argument, scope, keys, help) id,
	COMMANDS(X)
#undef X
	COMMAND_COUNT
};

struct command_info {
	const char *name, *argument;
	enum command_scope scope;
	const char *keys, *help;
};

extern const struct command_info commands[COMMAND_COUNT]; /* [COMMAND_NONE] is empty */

/* COMMAND_NONE for an unknown name. */
enum command command_named(struct text name);

#endif
